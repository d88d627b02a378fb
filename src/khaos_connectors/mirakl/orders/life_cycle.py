"""The life of a Mirakl order as a table: what each state means, who moves it on, what the seller may do in it.

Only ``PAY_ON_ACCEPTANCE`` has a sequence that can be relied on, and an instance may leave steps out of that one too.
So nothing here knows "the next state": what may be done follows from the state, the flags and the dates that an order
carries now. Pure.
"""

from collections.abc import Mapping
from enum import Enum

import attrs

from khaos_connectors.calls.decode import Unrecognised
from khaos_connectors.core.orders import OrderState as Standing
from khaos_connectors.mirakl.models.codes import LineState, OrderState, PaymentWorkflow, ShopModel
from khaos_connectors.mirakl.models.orders import Order, OrderLine

__all__ = [
    "LIFE_CYCLE",
    "WORKFLOWS",
    "Act",
    "Debit",
    "ImportRule",
    "Mover",
    "Permission",
    "Stage",
    "Workflow",
    "is_debited",
    "may",
    "may_on_line",
    "sent_by_others",
    "stage_of",
    "workflow_of",
]


class Mover(Enum):
    """Who takes an order out of a state."""

    SELLER = "the seller"
    OPERATOR = "the operator"
    MIRAKL = "Mirakl"
    TIME = "time"
    CARRIER = "the carrier"


class Act(Enum):
    """What a seller can do to an order; the value names the operations."""

    DECIDE = "accept or refuse (OR21)"
    CANCEL_ORDER = "cancel the whole order (OR29)"
    CANCEL_LINES = "cancel lines (OR30)"
    TRACK = "tell the tracking (OR23)"
    SHIP = "confirm the shipment (OR24, ST01)"
    REFUND = "refund (OR28)"
    RESOLVE_INCIDENT = "declare an incident solved (OR64)"


class Debit(Enum):
    """When the customer's money is taken."""

    AFTER_ACCEPTANCE = "after acceptance, before the goods leave"
    WITH_SHIPMENT = "shipment by shipment, as each is prepared"
    AFTER_DELIVERY = "once the goods were delivered"
    ON_DUE_DATE = "on a due date after the goods left"
    ELSEWHERE = "outside Mirakl: the seller's pay does not wait for it"


@attrs.frozen(kw_only=True)
class Stage:
    """One state: its *meaning*, its *standing* in the library's own words, who moves it on, what the seller may do.

    *hides_address*: the delivery address may still be hidden. *ends*: nothing follows.
    """

    meaning: str
    standing: Standing
    moved_by: frozenset[Mover] = frozenset()
    seller_may: frozenset[Act] = frozenset()
    hides_address: bool = False
    ends: bool = False


_CANCELS = frozenset({Act.CANCEL_ORDER, Act.CANCEL_LINES})

LIFE_CYCLE: Mapping[OrderState, Stage] = {
    OrderState.STAGING: Stage(
        meaning="created; the operator checks it, for fraud say",
        standing=Standing.BEING_CHECKED,
        moved_by=frozenset({Mover.OPERATOR}),
        hides_address=True,
    ),
    OrderState.WAITING_ACCEPTANCE: Stage(
        meaning="waits for the seller's word on every line",
        standing=Standing.AWAITING_ACCEPTANCE,
        moved_by=frozenset({Mover.SELLER, Mover.TIME}),
        seller_may=frozenset({Act.DECIDE}),
        hides_address=True,
    ),
    OrderState.WAITING_DEBIT: Stage(
        meaning="accepted; the debit was not asked for yet",
        standing=Standing.AWAITING_PAYMENT,
        moved_by=frozenset({Mover.MIRAKL}),
        seller_may=_CANCELS,
        hides_address=True,
    ),
    OrderState.WAITING_DEBIT_PAYMENT: Stage(
        meaning="the operator was asked to debit the customer: minutes to days",
        standing=Standing.AWAITING_PAYMENT,
        moved_by=frozenset({Mover.OPERATOR}),
        seller_may=_CANCELS,
        hides_address=True,
    ),
    OrderState.SHIPPING: Stage(
        meaning="to be sent now",
        standing=Standing.AWAITING_SHIPMENT,
        moved_by=frozenset({Mover.SELLER}),
        seller_may=frozenset({Act.TRACK, Act.SHIP, Act.REFUND, *_CANCELS}),
    ),
    OrderState.SHIPPED: Stage(
        meaning="the seller said that it left",
        standing=Standing.SHIPPED,
        moved_by=frozenset({Mover.TIME, Mover.CARRIER, Mover.OPERATOR}),
        seller_may=frozenset({Act.TRACK, Act.REFUND, Act.RESOLVE_INCIDENT}),
    ),
    OrderState.TO_COLLECT: Stage(
        meaning="waits for the customer in the operator's shop",
        standing=Standing.SHIPPED,
        moved_by=frozenset({Mover.OPERATOR}),
        seller_may=frozenset({Act.REFUND, Act.RESOLVE_INCIDENT}),
    ),
    OrderState.RECEIVED: Stage(
        meaning="delivered, or counted as delivered some days after it left",
        standing=Standing.DELIVERED,
        moved_by=frozenset({Mover.TIME}),
        seller_may=frozenset({Act.REFUND, Act.RESOLVE_INCIDENT}),
    ),
    OrderState.CLOSED: Stage(
        meaning="paid out, the time for returns is over: refunds are refused", standing=Standing.CLOSED, ends=True
    ),
    OrderState.REFUSED: Stage(
        meaning="every line was refused, or nobody accepted in time", standing=Standing.REFUSED, ends=True
    ),
    OrderState.CANCELED: Stage(meaning="cancelled before it left", standing=Standing.CANCELLED, ends=True),
}
"""Every order state of Mirakl's."""

_STRANGER = Stage(meaning="a state that this library has not met", standing=Standing.UNKNOWN)


@attrs.frozen(kw_only=True)
class Workflow:
    """How an order is paid: when the *debit* comes, whether an order in SHIPPING is paid by then, what to mind."""

    debit: Debit
    paid_in_shipping: bool
    note: str


WORKFLOWS: Mapping[PaymentWorkflow, Workflow] = {
    PaymentWorkflow.PAY_ON_ACCEPTANCE: Workflow(
        debit=Debit.AFTER_ACCEPTANCE, paid_in_shipping=True, note="the debit states lie between acceptance and SHIPPING"
    ),
    PaymentWorkflow.PAY_ON_SHIPMENT: Workflow(
        debit=Debit.WITH_SHIPMENT,
        paid_in_shipping=False,
        note="a shipment waits as SHIPMENT_PREPARED for its own debit: its status_customer_debit tells",
    ),
    PaymentWorkflow.PAY_ON_DELIVERY: Workflow(
        debit=Debit.AFTER_DELIVERY, paid_in_shipping=False, note="the debit states come after the goods left"
    ),
    PaymentWorkflow.PAY_ON_DUE_DATE: Workflow(
        debit=Debit.ON_DUE_DATE, paid_in_shipping=False, note="the debit states come after the goods left"
    ),
    PaymentWorkflow.NO_CUSTOMER_PAYMENT_CONFIRMATION: Workflow(
        debit=Debit.ELSEWHERE, paid_in_shipping=False, note="no date of a debit is to be waited for"
    ),
}
"""Every payment workflow of Mirakl's."""


def stage_of(state: OrderState | Unrecognised) -> Stage:
    """The table's row; a state that we have not met is one in which nothing may be done."""
    return _STRANGER if isinstance(state, Unrecognised) else LIFE_CYCLE[state]


def workflow_of(order: Order) -> Workflow:
    """How *order* is paid; an order that does not say, or names a way that we have not met, is taken for the usual."""
    told = order.payment_workflow
    return WORKFLOWS[told if isinstance(told, PaymentWorkflow) else PaymentWorkflow.PAY_ON_ACCEPTANCE]


def sent_by_others(order: Order) -> bool:
    """Whether *order* waits for a shipment that is not this shop's to make."""
    return order.order_state is OrderState.SHIPPING and order.can_shop_ship is False


def is_debited(order: Order) -> bool:
    """Whether the customer's money was taken, for the order or for one of its lines."""
    return order.customer_debited_date is not None or any(line.debited_date is not None for line in order.order_lines)


@attrs.frozen(kw_only=True)
class Permission:
    """Whether the seller may do something, and why (not), in a sentence for a person."""

    granted: bool
    why: str


def may(act: Act, order: Order) -> Permission:
    """Whether *act* is worth sending for the whole of *order* as it stands now.

    A no is certain: Mirakl would refuse it with a bare 400. A yes is what its table says; Mirakl has the last word.
    """
    stage, state = stage_of(order.order_state), _word(order.order_state)
    if act is Act.CANCEL_ORDER and order.can_cancel is not None:
        # Mirakl's own flag knows what no state tells, such as a debit that was asked for.
        told = "Mirakl says that the order can" if order.can_cancel else "Mirakl says that the order cannot"
        return Permission(granted=order.can_cancel, why=f"{told} be cancelled (can_cancel), in {state}")
    if act is Act.SHIP and sent_by_others(order):
        return _no("the order is not this shop's to send (can_shop_ship): the operator fulfils it, or it has left")
    if act is Act.RESOLVE_INCIDENT and not order.has_incident:
        return _no("the order has no open incident")
    if act is Act.RESOLVE_INCIDENT or act in stage.seller_may:
        return Permission(granted=True, why=f"an order in {state} lets the seller {act.value}")
    can = ", ".join(sorted(_word(each) for each, row in LIFE_CYCLE.items() if act in row.seller_may))
    return _no(f"the order is in {state} ({stage.meaning}); to {act.value} it has to be in {can}")


def may_on_line(act: Act, order: Order, line: OrderLine) -> Permission:
    """Whether *act* is worth sending for one line: decisions, debits, refunds and incidents belong to lines.

    CANCEL_LINES is for lines that are not debited, REFUND for those that are.
    """
    state = line.order_line_state
    if state in {LineState.REFUSED, LineState.CANCELED}:
        return _no(f"the line is {_word(state)} already")
    if act is Act.RESOLVE_INCIDENT:
        opened = state is LineState.INCIDENT_OPEN
        return Permission(granted=opened, why=f"the line has {'an' if opened else 'no'} open incident")
    debited = line.debited_date is not None or order.customer_debited_date is not None
    if act is Act.CANCEL_LINES and debited:
        return _no("the line was debited: its money goes back by a refund (OR28)")
    if act is Act.REFUND and not debited and workflow_of(order).debit is not Debit.ELSEWHERE:
        return _no("the line was not debited: there is nothing to give back, it can be cancelled (OR30)")
    if act is Act.REFUND and line.can_refund is not None and not stage_of(order.order_state).ends:
        told = "can" if line.can_refund else "cannot"
        return Permission(granted=line.can_refund, why=f"Mirakl says that the line {told} be refunded (can_refund)")
    return may(act, order)


_EARLIER = frozenset({OrderState.WAITING_DEBIT, OrderState.WAITING_DEBIT_PAYMENT})


def _only_earlier(_: object, field: "attrs.Attribute[frozenset[OrderState]]", states: frozenset[OrderState]) -> None:
    if states - _EARLIER:
        names = ", ".join(sorted(state.value for state in _EARLIER))
        raise ValueError(f"{field.name} must be of {names}: earlier, an order may be refused; SHIPPING always counts")


@attrs.frozen(kw_only=True)
class ImportRule:
    """In which states an order is taken over into the ERP, and whether orders that wait are answered at all.

    SHIPPING always: it is paid (or not to be paid before it leaves) and has its address. *also* takes orders over in
    the debit states, which reserves stock for orders that may still be cancelled. *answer_waiting* False leaves orders
    in WAITING_ACCEPTANCE to people at the operator's screens.

    An order in SHIPPING that Mirakl does not let the shop send (``can_shop_ship`` false) is never taken over: its goods
    would leave twice. It is UNKNOWN, which is somebody's work; ``MiraklConfig.own_centres`` keeps such orders away. So
    is every order that is to be sent in a drop-ship shop (``MiraklConfig.model``), where the prices are what the
    operator pays: *purchase_prices* takes them over at these, once customer, VAT and journals of the ERP are up to it.
    """

    also: frozenset[OrderState] = attrs.field(default=frozenset(), validator=_only_earlier)
    answer_waiting: bool = True
    purchase_prices: bool = False

    def standing(self, state: OrderState | Unrecognised) -> Standing:
        """Where an order in *state* stands for the library under this rule."""
        found = stage_of(state).standing
        if state in self.also:
            return Standing.AWAITING_SHIPMENT
        if found is Standing.AWAITING_ACCEPTANCE and not self.answer_waiting:
            return Standing.BEING_CHECKED
        return found

    def withheld(self, order: Order, model: ShopModel | None = None) -> str:
        """Why *order*, which is to be sent, is not taken over, in words that follow its state; empty where it is."""
        if sent_by_others(order):
            return "which is not this shop's to send (can_shop_ship)"
        if model is ShopModel.DROPSHIP and not self.purchase_prices:
            return "at purchase prices, being of a drop-ship shop (ImportRule.purchase_prices takes such orders over)"
        return ""


def _no(why: str) -> Permission:
    return Permission(granted=False, why=why)


def _word(state: Enum | Unrecognised) -> str:
    return state.code if isinstance(state, Unrecognised) else str(state.value)
