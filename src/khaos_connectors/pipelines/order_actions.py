"""What to do next with one order: a pure decision over what the channel says, what we did, and what stock there is."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs

from khaos_connectors.core.acceptance import AcceptancePolicy, Verdict, decide_acceptance
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import ChannelSku, OrderRef, StockCode
from khaos_connectors.core.order_mapping import Held, Mapped, OrderPolicy, map_order
from khaos_connectors.core.orders import ChannelOrder, ErpOrderDraft, OrderState
from khaos_connectors.core.skus import SkuMiss, Target
from khaos_connectors.protocols import LineDecision
from khaos_connectors.store.protocol import Progress

__all__ = ["IN_ERP", "Action", "Decide", "End", "Hold", "Post", "Wait", "next_action", "reference_of"]


@attrs.frozen(kw_only=True)
class Decide:
    """Tell the channel which lines are accepted; *taken* is the stock that the accepted ones use up."""

    decisions: tuple[LineDecision, ...]
    taken: Mapping[StockCode, int]
    reasons: tuple[Reason, ...] = ()

    @property
    def accepts(self) -> bool:
        """Whether any line is accepted."""
        return any(decision.accept for decision in self.decisions)


@attrs.frozen(kw_only=True)
class Post:
    """Create this order in the ERP."""

    draft: ErpOrderDraft
    notes: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Hold:
    """A person has to decide; every hold has at least one reason."""

    reasons: tuple[Reason, ...]


@attrs.frozen(kw_only=True)
class Wait:
    """Nothing to do until the channel moves."""

    why: str


@attrs.frozen(kw_only=True)
class End:
    """The order is over for us. *withdraw*: a reference to take back first, if the ERP lets us; where that works out,
    there is nothing that a person has to do.
    """

    progress: Progress
    why: str
    reasons: tuple[Reason, ...] = ()
    withdraw: OrderRef | None = None


Action = Decide | Post | Hold | Wait | End

IN_ERP = frozenset({Progress.POSTED, Progress.CONFIRMED, Progress.PART_DESPATCHED, Progress.DESPATCHED})


def next_action(
    order: ChannelOrder,
    *,
    progress: Progress,
    reference: str,
    targets: Mapping[ChannelSku, Target | SkuMiss],
    free: Mapping[StockCode, int],
    orders: OrderPolicy,
    acceptance: AcceptancePolicy | None,
    partial: bool,
    alert_after: timedelta,
    now: datetime,
) -> Action:
    """The next thing to do with *order*, and why.

    *free* is what is left per stock code for orders that are not accepted yet. *acceptance* None: acceptance is left
    to people, and an order that waits longer than *alert_after*, or half of a window that ends earlier, becomes their
    work.
    """
    if progress in IN_ERP:
        return _in_erp(order, reference=reference)
    match order.state:
        case OrderState.AWAITING_ACCEPTANCE if progress is Progress.ACCEPTED:
            return Wait(why="accepted; the channel has not moved the order on yet")
        case OrderState.AWAITING_ACCEPTANCE:
            return _acceptance(
                order, targets=targets, free=free, policy=acceptance, partial=partial, alert_after=alert_after, now=now
            )
        case OrderState.AWAITING_SHIPMENT:
            return _post(order, targets=targets, policy=orders)
        case OrderState.BEING_CHECKED | OrderState.AWAITING_PAYMENT:
            return Wait(why=f"the channel has the order in {order.state.value!r}")
        case OrderState.REFUSED:
            return End(progress=Progress.REFUSED, why="refused in the channel")
        case OrderState.CANCELLED:
            return End(progress=Progress.CANCELLED, why="cancelled in the channel before it reached the ERP")
        case OrderState.SHIPPED | OrderState.DELIVERED | OrderState.CLOSED:
            return Hold(reasons=(_shipped_elsewhere(order),))
        case OrderState.UNKNOWN:
            return Hold(reasons=(_unknown_state(order),))


def reference_of(order: ChannelOrder, policy: OrderPolicy) -> str:
    """The reference under which *order* is, or would be, in the ERP."""
    return policy.reference_template.format(
        order_id=order.order_id, account=order.account, customer_number=order.customer_number
    )


def _in_erp(order: ChannelOrder, *, reference: str) -> Action:
    if order.state is OrderState.CANCELLED:
        conflict = Reason(
            type=ExceptionType.CANCEL_CONFLICT,
            entity=order.order_id,
            message=f"the channel cancelled order {order.order_id} after the ERP took it; stop or return it",
            evidence={"order": order.order_id, "reference": reference},
        )
        return End(
            progress=Progress.CANCELLED,
            why="cancelled in the channel after it reached the ERP",
            reasons=(conflict,),
            withdraw=OrderRef(reference) if reference else None,
        )
    return Wait(why="the ERP has the order")


def _acceptance(
    order: ChannelOrder,
    *,
    targets: Mapping[ChannelSku, Target | SkuMiss],
    free: Mapping[StockCode, int],
    policy: AcceptancePolicy | None,
    partial: bool,
    alert_after: timedelta,
    now: datetime,
) -> Action:
    if policy is None:
        if now - order.placed_at < _patience(order, alert_after):
            return Wait(why="acceptance is left to people")
        return Hold(reasons=(_acceptance_risk(order, now),))
    verdict = decide_acceptance(order, targets=targets, free=free, policy=policy, partial=partial)
    if not verdict.waits:
        return Wait(why="no line waits for a decision")
    if not verdict.decided:
        return Hold(reasons=verdict.reasons or (_acceptance_risk(order, now),))
    decisions = tuple(
        LineDecision(line_id=line.line_id, accept=line.verdict is Verdict.ACCEPT) for line in verdict.lines
    )
    return Decide(decisions=decisions, taken=verdict.taken, reasons=verdict.reasons)


def _patience(order: ChannelOrder, alert_after: timedelta) -> timedelta:
    """How long an order may wait unnoticed: never until its window is over."""
    return alert_after if order.accept_by is None else min(alert_after, (order.accept_by - order.placed_at) / 2)


def _post(order: ChannelOrder, *, targets: Mapping[ChannelSku, Target | SkuMiss], policy: OrderPolicy) -> Action:
    mapped = map_order(order, targets=targets, policy=policy)
    match mapped:
        case Mapped(draft=draft, notes=notes):
            return Post(draft=draft, notes=notes)
        case Held(reasons=reasons):
            return Hold(reasons=reasons)
        case _:
            return End(progress=Progress.CANCELLED, why=mapped.why)


def _acceptance_risk(order: ChannelOrder, now: datetime) -> Reason:
    hours = int((now - order.placed_at).total_seconds() // 3600)
    evidence = {"order": order.order_id, "placed": order.placed_at.isoformat()}
    window = ""
    if order.accept_by is not None:
        evidence["accept by"] = order.accept_by.isoformat()
        window = f"; its window ends at {order.accept_by:%Y-%m-%d %H:%M} UTC"
    return Reason(
        type=ExceptionType.ACCEPTANCE_RISK,
        entity=order.order_id,
        message=f"order {order.order_id} has waited {hours} h for acceptance{window}",
        evidence=evidence,
    )


def _shipped_elsewhere(order: ChannelOrder) -> Reason:
    return Reason(
        type=ExceptionType.DESPATCH_DRIFT,
        entity=order.order_id,
        message=f"the channel shows order {order.order_id} as {order.state.value}, but it never reached the ERP",
        evidence={"order": order.order_id, "state": order.state.value},
    )


def _unknown_state(order: ChannelOrder) -> Reason:
    return Reason(
        type=ExceptionType.SCHEMA_DRIFT,
        entity=f"order:{order.order_id}",
        message=f"order {order.order_id} is in a state that is not known: {order.vendor_state!r}",
        evidence={"order": order.order_id, "state": order.vendor_state},
    )
