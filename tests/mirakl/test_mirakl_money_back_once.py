"""Money goes back once and never beyond what is left: whoever else refunds, however often a wish is carried out."""

import json
from collections.abc import Callable
from decimal import Context, Decimal, localcontext

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors import errors
from khaos_connectors.calls.decode import Text, dump_record, load_record
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.messages import Lost, Request, Response
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.core.ids import AccountId, OrderId
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.after_sales.desk import AfterSales
from khaos_connectors.mirakl.after_sales.money_back import (
    Ask,
    Codes,
    NotPossible,
    Plan,
    everything_left,
    plan_money_back,
)
from khaos_connectors.mirakl.after_sales.money_seen import seen_since
from khaos_connectors.mirakl.after_sales.refunds import Done, Looks, NotDone, Prepared, StillUnknown
from khaos_connectors.mirakl.after_sales.remaining import remaining
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.models.amounts import Fee
from khaos_connectors.mirakl.models.codes import OrderState, PaymentWorkflow
from khaos_connectors.mirakl.models.orders import Order, OrderLine, Refund
from khaos_connectors.mirakl.models.refunds import NewFee, NewRefund
from khaos_connectors.mirakl.orders.reading import one_order
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.play import play
from khaos_connectors.testing.simulators.faults import Fault, FaultKind, Faults, Faulty
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.mirakl.order_state import OrderSettings
from khaos_connectors.testing.simulators.routes import transport

CODES = Codes(refund="15", cancelation="34")
AUTOMATIC = MiraklSettings(order_acceptance="AUTOMATIC", debit_seconds=60)
CONFIG = MiraklConfig(
    account=AccountId("john-lewis"),
    base_url="https://shop.example.com/api",
    api_key=Secret("key-123"),
    shop_id=2000,
    pace_factor=0,
)


class World:
    """One paid order of three S1 at 9.99 and 4.95 carriage. *then*: what happens right before an operation is taken."""

    def __init__(self, chosen: MiraklSettings = AUTOMATIC, *, paid: bool = True) -> None:
        self.clock, self.faults = ManualClock(), Faults(seed=1)
        offers = {"S1": OfferState(price=Decimal("9.99"), quantity=50)}
        self.market = MiraklSimulator(clock=self.clock.now, api_key="key-123", offers=offers, settings=chosen)
        self.asked: list[str] = []
        self.then: dict[str, Callable[[], object]] = {}
        self.run = Runner({"john-lewis": transport(self)}, clock=self.clock).run
        self.desk = self.another_desk()
        order_id = self.market.buy([("S1", 3)])
        assert order_id is not None
        self.order_id, self.line_id = OrderId(order_id), f"{order_id}-1"
        self.clock.advance(120 if paid else 0)

    def another_desk(self) -> AfterSales:
        """The desk of another process of the same shop."""
        return AfterSales(CONFIG, looks=Looks(times=2, seconds=5))

    def handle(self, request: Request) -> Response | Lost:
        self.asked.append(self.market.operation(request))
        self.then.pop(self.asked[-1], lambda: None)()
        return Faulty(self.market, self.faults).handle(request)

    def operation(self, request: Request) -> str:
        return self.market.operation(request)

    def prepared(self, *asks: Ask, desk: AfterSales | None = None) -> Prepared:
        found = self.run((desk or self.desk).money_back.prepare(self.order_id, asks or None, codes=CODES))
        assert isinstance(found, Prepared), found
        return found

    def order(self) -> Order:
        row = self.run(one_order(CONFIG.caller(), CONFIG, self.order_id))
        assert row is not None
        return row.record

    @property
    def given(self) -> list[Decimal]:
        return [back.amount for back in self.market.orders[self.order_id].lines[0].backs]


def one_unit(world: World) -> Ask:
    return Ask(line_id=world.line_id, units=1)


# --- the same wish twice ---------------------------------------------------------------------------------------------


def test_what_was_prepared_once_is_made_once_however_often_it_is_carried_out() -> None:
    """A run that is killed after the refund and starts again from what it kept sends nothing more."""
    world = World()
    prepared = world.prepared(one_unit(world))
    first = world.run(world.desk.money_back.carry_out(prepared))
    again = world.run(world.another_desk().money_back.carry_out(prepared))
    assert isinstance(first, Done)
    assert again == Done(ids=first.ids, looked=True)
    assert world.given == [Decimal("9.99")]
    assert world.asked.count("OR28") == 1


def test_what_is_prepared_can_be_stored() -> None:
    """It survives the process: written as text and read again it is the same."""
    world = World(attrs.evolve(AUTOMATIC, tax_rule="NONE", orders=OrderSettings(fee=Decimal("0.30"))))
    prepared = world.prepared()
    assert load_record(Prepared, dump_record(prepared)) == prepared


def test_two_processes_with_the_same_wish_make_it_once() -> None:
    """Both read the order before either sent: the second finds what the first made, and sends nothing."""
    world = World()
    other = world.another_desk()
    ours, theirs = world.prepared(one_unit(world)), world.prepared(one_unit(world), desk=other)
    assert isinstance(world.run(world.desk.money_back.carry_out(ours)), Done)
    second = world.run(other.money_back.carry_out(theirs))
    assert isinstance(second, Done)
    assert second.looked
    assert world.given == [Decimal("9.99")]


def test_while_one_is_being_sent_another_of_the_same_order_is_not() -> None:
    """Two flows of one desk at once, a click and its double: the second is told to wait."""
    world = World()
    ours, double = world.prepared(one_unit(world)), world.prepared(one_unit(world))
    seconds: list[object] = []
    world.then["OR28"] = lambda: seconds.append(world.run(world.desk.money_back.carry_out(double)))
    assert isinstance(world.run(world.desk.money_back.carry_out(ours)), Done)
    assert [type(each) for each in seconds] == [NotDone]
    assert world.given == [Decimal("9.99")]
    assert isinstance(world.run(world.desk.money_back.give_back(world.order_id, codes=CODES)), Done)


def test_a_refund_that_is_still_at_work_when_looked_for_first_is_found() -> None:
    """Killed right after sending: a first look sees nothing yet, so ``look`` looks again before it says NotDone."""
    world = World()
    prepared = world.prepared(one_unit(world))
    late = endpoints.refund_lines(CONFIG.scope, prepared.plan.refunds, order_tax_mode=prepared.plan.order_tax_mode)

    def between_the_looks() -> None:
        world.then["OR11"] = lambda: world.run(CONFIG.caller().perform(late))

    world.then["OR11"] = between_the_looks
    found = world.run(world.desk.money_back.look(prepared))
    assert isinstance(found, Done), found
    nothing = world.run(world.desk.money_back.look(world.prepared(one_unit(world))))
    assert isinstance(nothing, NotDone)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, FaultKind.REFUSE, FaultKind.UNAVAILABLE, FaultKind.DROP, FaultKind.BREAK]),
            st.sampled_from(["desk", "operator", "again", "look"]),
            st.integers(1, 1200),
        ),
        max_size=8,
    )
)
def test_whatever_fails_every_refund_of_ours_is_known_and_made_once(
    steps: list[tuple[FaultKind | None, str, int]],
) -> None:
    """Answers lost, services down, the operator beside us, wishes carried out again: what stands on the order is what
    the operator gave and what we were told is done, each once, and never more than was paid.
    """
    world = World()
    theirs: set[str] = set()
    told: set[str] = set()
    kept: list[Prepared] = []
    for fault, step, pence in steps:
        amount = Decimal(pence) / 100
        left = remaining(world.order())[0].amount
        if step == "operator":
            if amount <= left:
                theirs.add(world.market.give_back(world.line_id, str(amount)))
            continue
        if step == "desk":
            found = world.run(
                world.desk.money_back.prepare(world.order_id, [Ask(line_id=world.line_id, amount=amount)], codes=CODES)
            )
            if isinstance(found, NotPossible):
                assert amount > left
                continue
            kept.append(found)
        if not kept:
            continue
        if fault is not None:
            world.faults.next("OR28", Fault(kind=fault))
        go = world.desk.money_back.look if step == "look" else world.desk.money_back.carry_out
        outcome = world.run(go(kept[-1]))
        if isinstance(outcome, Done):
            told |= set(outcome.ids)
        world.faults = Faults(seed=1)
    backs = world.market.orders[world.order_id].lines[0].backs
    assert len({back.id for back in backs}) == len(backs)
    assert {back.id for back in backs} == told | theirs
    assert sum(back.amount for back in backs) <= Decimal("29.97")


# --- others beside us ------------------------------------------------------------------------------------------------


def test_what_changed_since_it_was_prepared_is_not_sent() -> None:
    """Customer service gave money back while the wish lay in a drawer: a person looks, nothing is sent."""
    world = World()
    prepared = world.prepared(one_unit(world))
    world.market.give_back(world.line_id, "9.99")
    outcome = world.run(world.desk.money_back.carry_out(prepared))
    assert isinstance(outcome, StillUnknown)
    assert "nothing was sent by this call" in outcome.why
    assert "OR28" not in world.asked


def test_a_refund_of_the_operators_at_the_same_moment_never_makes_it_more_than_was_paid() -> None:
    """Between our last look and our refund: Mirakl refuses what is beyond the rest, and that is raised."""
    world = World()
    prepared = world.prepared()
    world.then["OR28"] = lambda: world.market.give_back(world.line_id, "20.00")
    with pytest.raises(errors.Invalid, match="exceeds what is left"):
        world.run(world.desk.money_back.carry_out(prepared))
    assert world.given == [Decimal("20.00")]


def test_of_two_lines_one_was_made_and_the_rest_is_planned_by_what_stands_there(
    answer: Callable[..., Response],
) -> None:
    """No answer, and one of two refunds stands on the order: a person decides, and a new plan holds the other only."""
    order = order_of(line("L-1"), line("L-2"))
    plan = plan_money_back(order, everything_left(order), codes=CODES)
    assert isinstance(plan, Plan)
    back = Refund(id=Text("7"), amount=Decimal(30), shipping_amount=Decimal(5), reason_code=Text("15"))
    partly = order_of(line("L-1", refunds=(back,)), line("L-2"))
    page = [answer({"orders": [told(each)], "total_count": 1}) for each in (order, partly)]
    desk = AfterSales(CONFIG, looks=Looks(times=1, seconds=0)).money_back
    lost = Lost(sent=True, reason="silence")
    outcome = play(desk.carry_out(Prepared(plan=plan, before=())), [page[0], lost, page[1]]).result
    assert isinstance(outcome, StillUnknown)
    assert outcome.seen is not None
    assert (outcome.seen.made, outcome.seen.missing) == (("7",), ("L-2",))
    rest = plan_money_back(partly, everything_left(partly), codes=CODES)
    assert isinstance(rest, Plan)
    assert [row.order_line_id for row in rest.refunds] == ["L-2"]


def test_a_cancelation_that_was_refused_and_cannot_be_looked_up_is_not_called_undone() -> None:
    """OR29 lost, its repeat refused, the order not readable: nobody knows, so it is not raised as a refusal."""
    world = World(paid=False)
    prepared = world.run(world.desk.money_back.prepare(world.order_id, codes=Codes()))
    assert isinstance(prepared, Prepared)
    world.faults.next("OR29", Fault(kind=FaultKind.DROP))
    world.then["OR29"] = lambda: world.faults.next("OR11", *[Fault(kind=FaultKind.REFUSE)] * 30)
    outcome = world.run(world.desk.money_back.carry_out(prepared))
    assert isinstance(outcome, StillUnknown)
    assert world.market.orders[world.order_id].state == "CANCELED"


# --- how much --------------------------------------------------------------------------------------------------------


def line(line_id: str = "L-1", **fields: object) -> OrderLine:
    values = {
        "order_line_id": Text(line_id),
        "order_line_state": OrderState.SHIPPED,
        "offer_sku": Text("S"),
        "quantity": 3,
        "price": Decimal(30),
        "shipping_price": Decimal(5),
        **fields,
    }
    return OrderLine(**values)


def order_of(*lines: OrderLine, **fields: object) -> Order:
    values = {
        "order_id": Text("O-1"),
        "order_state": OrderState.SHIPPED,
        "created_date": ManualClock().now(),
        "currency_iso_code": "GBP",
        "total_price": Decimal(35),
        "order_lines": lines,
        "customer_debited_date": ManualClock().now(),
        **fields,
    }
    return Order(**values)


def told(order: Order) -> dict[str, object]:
    """The order as OR11 tells it."""
    row: dict[str, object] = json.loads(dump_record(order), parse_float=Decimal)
    return row


def sent(order: Order, *asks: Ask) -> tuple[NewRefund, ...]:
    plan = plan_money_back(order, asks, codes=CODES)
    assert isinstance(plan, Plan), plan
    return plan.refunds


def test_no_units_are_no_money() -> None:
    """Carriage for units of 0, on a line whose units a goodwill refund had named: none of the goods goes back."""
    goodwill = Refund(id=Text("1"), amount=Decimal(1), shipping_amount=Decimal(0), quantity=3)
    (row,) = sent(order_of(line(refunds=(goodwill,))), Ask(line_id="L-1", units=0, shipping=None))
    assert (row.amount, row.shipping_amount) == (0, 5)


def test_units_never_give_back_more_than_they_cost() -> None:
    """A goodwill refund of 1.00 named a unit that stays with the customer: the two others are 10.00 each, not 14.50."""
    goodwill = Refund(id=Text("1"), amount=Decimal(1), shipping_amount=Decimal(0), quantity=1)
    order = order_of(line(refunds=(goodwill,)))
    assert [sent(order, Ask(line_id="L-1", units=units))[0].amount for units in (1, 2)] == [10, 20]
    unnamed = attrs.evolve(goodwill, amount=Decimal(6), quantity=None)
    assert sent(order_of(line(refunds=(unnamed,))), Ask(line_id="L-1", units=1))[0].amount == 8


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 500), st.lists(st.integers(1, 6), min_size=1, max_size=6))
def test_units_one_after_the_other_come_to_the_price(pence: int, parts: list[int]) -> None:
    """Whatever a line costs and in whatever parts its units come back: the parts are the price, to the penny."""
    price, refunds = Decimal(pence) / 100, list[Refund]()
    for number, units in enumerate(parts):
        order = order_of(line(price=price, quantity=sum(parts), refunds=tuple(refunds)))
        plan = plan_money_back(order, [Ask(line_id="L-1", units=units)], codes=CODES)
        amount = plan.refunds[0].amount if isinstance(plan, Plan) else Decimal(0)
        refunds.append(Refund(id=Text(str(number)), amount=amount, shipping_amount=Decimal(0), quantity=units))
    assert sum(each.amount or 0 for each in refunds) == price


def test_the_callers_decimal_context_changes_nothing() -> None:
    """In a context of three digits the plan is the same, to the penny."""
    order = order_of(line(price=Decimal("1234.56"), shipping_price=Decimal("12.34")))
    asks = (Ask(line_id="L-1", units=1, shipping=Decimal("12.34")),)
    usual = sent(order, *asks)
    with localcontext(Context(prec=3)):
        assert sent(order, *asks) == usual


@pytest.mark.parametrize(
    "wrong", [{"amount": 9.99}, {"amount": 10}, {"shipping": "1.00"}, {"units": 1.0}, {"units": True}]
)
def test_an_ask_takes_exact_money_and_whole_units(wrong: dict[str, object]) -> None:
    """A float is no money and no unit: refused by its name, where it is made."""
    with pytest.raises(TypeError, match=next(iter(wrong))):
        Ask(line_id="L-1", **wrong)


def test_reasons_fit_what_was_asked() -> None:
    """No asks at all, and units below 0: the reason says so, and blames no earlier refund."""
    order = order_of(line())
    nothing = plan_money_back(order, [], codes=CODES)
    assert nothing == NotPossible(reasons=("nothing is asked for on order O-1",))
    below = plan_money_back(order, [Ask(line_id="L-1", units=-1)], codes=CODES)
    assert below == NotPossible(reasons=("line L-1: -1 units are asked for, 3 are left",))


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        (Decimal(30), "line L-1: 1 unit is asked for, and nothing of the goods is left to give back"),
        (Decimal(1), "line L-1: 1 unit is asked for, 0 are left: earlier refunds name the others, so say how much"),
    ],
)
def test_units_beyond_what_is_left_are_refused_with_what_helps(amount: Decimal, reason: str) -> None:
    """Earlier refunds name all units: "say how much" helps where money is left, and where none is that is told."""
    gone = Refund(id=Text("1"), amount=amount, shipping_amount=Decimal(0), quantity=3)
    order = order_of(line(refunds=(gone,), shipping_price=Decimal(5)))
    assert plan_money_back(order, [Ask(line_id="L-1", units=1)], codes=CODES) == NotPossible(reasons=(reason,))


def test_a_currency_that_is_none_is_a_reason() -> None:
    """An order in a currency that nobody knows is not given back, and not raised either."""
    order = order_of(line(), currency_iso_code="pounds")
    found = plan_money_back(order, everything_left(order), codes=CODES)
    assert isinstance(found, NotPossible)
    assert "'pounds' is not a currency code" in found.reasons[0]


# --- which way -------------------------------------------------------------------------------------------------------


def test_paid_by_shipment_each_line_goes_back_its_own_way() -> None:
    """PAY_ON_SHIPMENT: the order has a date as soon as a shipment is paid; a line of no paid shipment is cancelled."""
    order = order_of(
        line("L-1", debited_date=ManualClock().now()),
        line("L-2"),
        order_state=OrderState.SHIPPING,
        payment_workflow=PaymentWorkflow.PAY_ON_SHIPMENT,
    )
    plan = plan_money_back(order, everything_left(order), codes=CODES)
    assert isinstance(plan, Plan)
    assert [row.order_line_id for row in plan.refunds] == ["L-1"]
    assert [row.order_line_id for row in plan.cancelations] == ["L-2"]


def test_a_line_that_mirakl_will_not_refund_is_told_before_it_is_sent() -> None:
    """``can_refund`` is Mirakl's own no; where it is not told, the state decides."""
    order = order_of(line("L-1", can_refund=False), line("L-2"))
    found = plan_money_back(order, everything_left(order), codes=CODES)
    assert found == NotPossible(reasons=("line L-1: Mirakl says that it cannot be refunded (can_refund)",))
    assert len(sent(order, Ask(line_id="L-2"))) == 1


def test_an_order_without_lines_is_not_taken_for_a_cancelled_one() -> None:
    """An answer that lost its lines says nothing of a cancelation."""
    plan = Plan(order_id="O-1", order_tax_mode=None, whole_order=True)
    assert seen_since(order_of(), plan, ()).missing == ("O-1",)


# --- fees ------------------------------------------------------------------------------------------------------------


def test_the_customers_fee_goes_back_with_all_of_the_order_and_once() -> None:
    """A fee is given back with the whole line, and nothing of it is left then; of a part of the line it is kept."""
    world = World(attrs.evolve(AUTOMATIC, orders=OrderSettings(fee=Decimal("0.30"))))
    part = world.prepared(one_unit(world))
    assert part.plan.refunds[0].fees == ()
    world.run(world.desk.money_back.carry_out(part))
    rest = world.prepared()
    assert rest.plan.refunds[0].fees == (NewFee(code="HANDLING", amount=Decimal("0.30")),)
    assert isinstance(world.run(world.desk.money_back.carry_out(rest)), Done)
    refunds = world.order().order_lines[0].refunds or ()
    assert [fee for each in refunds for fee in each.fees or ()] == [Fee(code=Text("HANDLING"), amount=Decimal("0.30"))]
    assert not any(each.anything for each in remaining(world.order()))


def test_a_refund_without_the_fee_is_not_the_one_that_was_asked_for() -> None:
    """Fees belong to what is compared: a refund of 0.00 that gives no fee back is not ours."""
    wanted = NewRefund(
        order_line_id="L-1",
        amount=Decimal(0),
        shipping_amount=Decimal(0),
        reason_code="15",
        fees=(NewFee(code="BAG", amount=Decimal("0.30")),),
    )
    plan = Plan(order_id="O-1", order_tax_mode=None, refunds=(wanted,))
    bare = Refund(id=Text("7"), amount=Decimal(0), shipping_amount=Decimal(0), reason_code=Text("15"))
    seen = seen_since(order_of(line(refunds=(bare,))), plan, ())
    assert (seen.made, seen.missing, seen.strange) == ((), ("L-1",), ("7",))
    ours = attrs.evolve(bare, fees=(Fee(code=Text("BAG"), amount=Decimal("0.3")),))
    assert seen_since(order_of(line(refunds=(ours,))), plan, ()).made == ("7",)
