"""Refunds and cancelations: planned by what is left, sent once, looked for before anybody repeats them."""

import json
from collections.abc import Callable
from decimal import Decimal

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.decode import Text
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.messages import Lost, Request, Response
from khaos_connectors.core.ids import AccountId, LineId, OrderId, StockCode
from khaos_connectors.core.refunds import CreditNoteDraft, RefundState, Sale, SoldLine, credit_note_for
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
from khaos_connectors.mirakl.after_sales.refunds import Done, Looks, NotDone, Prepared, StillUnknown
from khaos_connectors.mirakl.after_sales.remaining import remaining
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.models.codes import OrderState, OrderTaxMode
from khaos_connectors.mirakl.models.orders import Order, OrderTax
from khaos_connectors.mirakl.models.refunds import NewRefund, NewTax
from khaos_connectors.mirakl.orders.reading import one_order
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.faults import Fault, FaultKind, Faults, Faulty
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.routes import transport

CODES = Codes(refund="15", cancelation="34")
AUTOMATIC = MiraklSettings(order_acceptance="AUTOMATIC", debit_seconds=60)


@attrs.define
class Desk:
    """A marketplace, a line to it that can be spoiled, and the after-sales desk of its shop."""

    market: MiraklSimulator
    clock: ManualClock
    faults: Faults
    desk: AfterSales
    run: Callable[[Flow[object]], object]

    def buy(self, *lines: tuple[str, int], paid: bool = True) -> OrderId:
        order_id = self.market.buy(lines)
        assert order_id is not None
        if paid:
            self.clock.advance(120)
        return OrderId(order_id)

    def order(self, order_id: OrderId) -> Order:
        row = self.run(one_order(self.desk.config.caller(), self.desk.config, order_id))
        assert row is not None
        return row.record

    def count(self, operation: str) -> int:
        return len([each for each in self.asked if each == operation])

    asked: list[str] = attrs.field(factory=list)
    then: dict[str, Callable[[], object]] = attrs.field(factory=dict)


@pytest.fixture
def shop(config: MiraklConfig) -> Callable[..., Desk]:
    """A shop under given settings, whose line can be spoiled on demand."""

    def made(settings: MiraklSettings = AUTOMATIC, **wishes: object) -> Desk:
        clock = ManualClock()
        offers = {f"S{n}": OfferState(price=Decimal("9.99"), quantity=50) for n in range(5)}
        market = MiraklSimulator(clock=clock.now, api_key="key-123", offers=offers, settings=settings)
        faults = Faults(seed=1)
        asked: list[str] = []
        then: dict[str, Callable[[], object]] = {}

        @attrs.define
        class Watched:
            inner: Faulty

            def handle(self, request: Request) -> Response | Lost:
                asked.append(market.operation(request))
                then.pop(asked[-1], lambda: None)()
                return self.inner.handle(request)

            def operation(self, request: Request) -> str:
                return market.operation(request)

        runner = Runner({"john-lewis": transport(Watched(Faulty(market, faults)))}, clock=clock)
        desk = AfterSales(attrs.evolve(config, **wishes), looks=Looks(times=2, seconds=5))
        return Desk(market, clock, faults, desk, runner.run, asked, then)

    return made


# --- what is left --------------------------------------------------------------------------------------------------


def test_complaint_11_a_whole_order_is_refunded_with_what_is_left_of_each_line(shop: Callable[..., Desk]) -> None:
    """Goods and shipping of every line less what went back before; nothing of it has to be worked out by hand."""
    s = shop()
    order_id = s.buy(("S1", 3), ("S2", 1))
    first = s.run(s.desk.money_back.give_back(order_id, [Ask(line_id=f"{order_id}-1", units=1)], codes=CODES))
    assert isinstance(first, Done)
    left = remaining(s.order(order_id))
    assert [(line.amount, line.shipping, line.units) for line in left] == [
        (Decimal("19.98"), Decimal("4.95"), 2),
        (Decimal("9.99"), Decimal(0), 1),
    ]
    rest = s.run(s.desk.money_back.give_back(order_id, codes=CODES))
    assert isinstance(rest, Done)
    assert len(rest.ids) == 2
    order = s.order(order_id)
    assert order.fully_refunded
    assert not any(line.anything for line in remaining(order))
    again = s.run(s.desk.money_back.give_back(order_id, codes=CODES))
    assert again == NotDone(reasons=(f"nothing is left to give back on order {order_id}",))
    assert s.count("OR28") == 2


def test_complaint_11_what_is_refunded_before_it_leaves_is_excluded_from_shipment(shop: Callable[..., Desk]) -> None:
    """All of a line that has not left goes back: its units need not be shipped. A part of its money: they do."""
    s = shop()
    order_id = s.buy(("S1", 3), ("S2", 1))
    plan = s.run(
        s.desk.money_back.prepare(
            order_id,
            [*everything_left(s.order(order_id))[:1], Ask(line_id=f"{order_id}-2", amount=Decimal(1))],
            codes=CODES,
        )
    )
    assert isinstance(plan, Prepared)
    assert [(row.excluded_from_shipment, row.quantity) for row in plan.plan.refunds] == [(True, 3), (None, None)]


def test_more_than_is_left_is_not_sent(shop: Callable[..., Desk]) -> None:
    """A refund beyond the line is refused here, with what is left of it."""
    s = shop()
    order_id = s.buy(("S1", 1))
    outcome = s.run(
        s.desk.money_back.give_back(order_id, [Ask(line_id=f"{order_id}-1", amount=Decimal("10.00"))], codes=CODES)
    )
    assert outcome == NotDone(reasons=(f"line {order_id}-1: 10.00 is asked for of the goods, 9.99 is left",))
    assert s.count("OR28") == 0


# --- which way -----------------------------------------------------------------------------------------------------


def test_before_the_debit_lines_are_cancelled_not_refunded(shop: Callable[..., Desk]) -> None:
    """Nobody was debited: OR30. The line is cancelled, and with all of its lines the order."""
    s = shop()
    order_id = s.buy(("S1", 2), ("S2", 1), paid=False)
    outcome = s.run(s.desk.money_back.give_back(order_id, [Ask(line_id=f"{order_id}-1", shipping=None)], codes=CODES))
    assert isinstance(outcome, Done)
    assert s.market.orders[order_id].lines[0].state == "CANCELED"
    assert s.market.orders[order_id].state == "WAITING_DEBIT_PAYMENT"
    s.run(s.desk.money_back.give_back(order_id, codes=CODES))
    assert s.market.orders[order_id].state == "CANCELED"
    assert (s.count("OR30"), s.count("OR28"), s.count("OR29")) == (2, 0, 0)


def test_a_whole_order_without_a_reason_is_cancelled_by_the_call_that_takes_none(shop: Callable[..., Desk]) -> None:
    """OR29 knows no reason: it is used where the whole order is asked for, nothing was debited, and none is given."""
    s = shop()
    order_id = s.buy(("S1", 2), paid=False)
    outcome = s.run(s.desk.money_back.give_back(order_id, codes=Codes()))
    assert outcome == Done(ids=(order_id,))
    assert s.market.orders[order_id].state == "CANCELED"
    assert s.count("OR29") == 1


def test_a_closed_order_takes_no_refund(shop: Callable[..., Desk]) -> None:
    """Refunds of an order in CLOSED are refused by Mirakl, and here before anything is sent."""
    s = shop()
    order_id = s.buy(("S1", 2))
    closed = attrs.evolve(s.order(order_id), order_state=OrderState.CLOSED)
    found = plan_money_back(closed, everything_left(closed), codes=CODES)
    assert found == NotPossible(reasons=("an order in CLOSED takes no refund",))


def test_only_reasons_that_a_shop_may_use(shop: Callable[..., Desk]) -> None:
    """RE01 marks the seller's reasons by ``is_shop_right``; any other code is told with those that would do."""
    s = shop()
    order_id = s.buy(("S1", 2))
    outcome = s.run(s.desk.money_back.give_back(order_id, codes=Codes(refund="19")))
    assert isinstance(outcome, NotDone)
    assert "'19' is no REFUND reason that a shop may use (RE01); known: 15, 16" in outcome.reasons[0]
    assert s.count("OR28") == 0
    missing = s.run(s.desk.money_back.give_back(order_id, codes=Codes()))
    assert missing == NotDone(reasons=(f"line {order_id}-1: needs a reason code of type REFUND",))


# --- once ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [FaultKind.DROP, FaultKind.BREAK, FaultKind.GARBLE])
def test_a_refund_whose_answer_is_lost_is_found_and_not_made_twice(kind: FaultKind, shop: Callable[..., Desk]) -> None:
    """The answer is dropped, a 5xx or unreadable after the refund was made: the order tells, nothing is repeated."""
    s = shop()
    order_id = s.buy(("S1", 3))
    s.faults.next("OR28", Fault(kind=kind))
    outcome = s.run(s.desk.money_back.give_back(order_id, [Ask(line_id=f"{order_id}-1", units=1)], codes=CODES))
    line = s.market.orders[order_id].lines[0]
    assert outcome == Done(ids=(line.backs[0].id,), looked=True)
    assert len(line.backs) == 1
    assert s.count("OR28") == 1


def test_a_refund_that_never_was_made_is_told_as_such(shop: Callable[..., Desk]) -> None:
    """A 503 before anything happened: looked for, not there, so it is NotDone; asking again makes one."""
    s = shop()
    order_id = s.buy(("S1", 3))
    asks = [Ask(line_id=f"{order_id}-1", units=1)]
    s.faults.next("OR28", Fault(kind=FaultKind.UNAVAILABLE))
    outcome = s.run(s.desk.money_back.give_back(order_id, asks, codes=CODES))
    assert isinstance(outcome, NotDone)
    assert s.market.orders[order_id].lines[0].backs == ()
    assert isinstance(s.run(s.desk.money_back.give_back(order_id, asks, codes=CODES)), Done)
    assert len(s.market.orders[order_id].lines[0].backs) == 1


def test_what_nobody_can_look_for_stays_unknown(shop: Callable[..., Desk]) -> None:
    """No answer, and the order cannot be read either: StillUnknown; a later look finds it with what was kept."""
    s = shop(AUTOMATIC)
    order_id = s.buy(("S1", 3))
    prepared = s.run(s.desk.money_back.prepare(order_id, codes=CODES))
    assert isinstance(prepared, Prepared)
    s.faults.next("OR28", Fault(kind=FaultKind.DROP))
    s.then["OR28"] = lambda: s.faults.next("OR11", *[Fault(kind=FaultKind.UNAVAILABLE)] * 8)
    outcome = s.run(s.desk.money_back.carry_out(prepared))
    assert isinstance(outcome, StillUnknown)
    later = s.run(s.desk.money_back.look(prepared))
    assert isinstance(later, Done)
    assert later.looked
    assert len(s.market.orders[order_id].lines[0].backs) == 1


def test_an_equal_refund_from_before_is_not_taken_for_the_new_one(shop: Callable[..., Desk]) -> None:
    """Two equal refunds on one line: the first stands in the list from before, so it proves nothing of the second."""
    s = shop()
    order_id = s.buy(("S1", 3))
    asks = [Ask(line_id=f"{order_id}-1", units=1)]
    s.run(s.desk.money_back.give_back(order_id, asks, codes=CODES))
    s.faults.next("OR28", Fault(kind=FaultKind.UNAVAILABLE))
    second = s.run(
        s.desk.money_back.give_back(order_id, [Ask(line_id=f"{order_id}-1", amount=Decimal("9.99"))], codes=CODES)
    )
    assert isinstance(second, NotDone)


def test_a_strange_refund_beside_ours_is_for_a_person(shop: Callable[..., Desk]) -> None:
    """Customer service refunds something else while our answer is lost: nobody guesses."""
    s = shop()
    order_id = s.buy(("S1", 3))
    prepared = s.run(s.desk.money_back.prepare(order_id, [Ask(line_id=f"{order_id}-1", units=1)], codes=CODES))
    assert isinstance(prepared, Prepared)
    s.market.give_back(f"{order_id}-1", "1.23")
    outcome = s.run(s.desk.money_back.look(prepared))
    assert isinstance(outcome, StillUnknown)
    assert outcome.seen is not None
    assert len(outcome.seen.strange) == 1


def test_a_cancelation_repeated_by_the_driver_counts_as_done(shop: Callable[..., Desk]) -> None:
    """OR29's answer is lost, its repeat is refused because of the state: the order says that it is cancelled."""
    s = shop()
    order_id = s.buy(("S1", 2), paid=False)
    s.faults.next("OR29", Fault(kind=FaultKind.DROP))
    assert s.run(s.desk.money_back.give_back(order_id, codes=Codes())) == Done(ids=(order_id,))
    assert s.count("OR29") == 2


def test_a_refusal_is_raised(shop: Callable[..., Desk]) -> None:
    """What Mirakl refuses is raised with its words: nothing was made, and nobody has to look."""
    s = shop(attrs.evolve(AUTOMATIC, refund_states=frozenset({"SHIPPED"})))
    order_id = s.buy(("S1", 2))
    with pytest.raises(errors.Invalid, match="SHIPPING cannot be refunded"):
        s.run(s.desk.money_back.give_back(order_id, codes=CODES))


# --- taxes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", OrderTaxMode)
def test_taxes_without_a_rule_are_sent_and_come_to_the_whole(shop: Callable[..., Desk], mode: OrderTaxMode) -> None:
    """A tax that Mirakl does not work out is sent with each part, and the parts are the tax of the sale."""
    s = shop(attrs.evolve(AUTOMATIC, tax_rule="NONE"), order_tax_mode=mode)
    order_id = s.buy(("S1", 3))
    for units in (1, 1):
        s.run(s.desk.money_back.give_back(order_id, [Ask(line_id=f"{order_id}-1", units=units)], codes=CODES))
    s.run(s.desk.money_back.give_back(order_id, codes=CODES))
    line = s.order(order_id).order_lines[0]
    sold = sum(tax.amount for tax in line.taxes or ())
    assert sum(tax.amount for refund in line.refunds or () for tax in refund.taxes or ()) == sold
    assert sum(refund.amount or 0 for refund in line.refunds or ()) == line.price


def test_taxes_that_mirakl_works_out_are_left_out(shop: Callable[..., Desk]) -> None:
    """PROPORTIONAL_TO_AMOUNT: nothing of the tax is sent, and the refund has it all the same."""
    s = shop(order_tax_mode=OrderTaxMode.TAX_EXCLUDED)
    order_id = s.buy(("S1", 3))
    prepared = s.run(s.desk.money_back.prepare(order_id, codes=CODES))
    assert isinstance(prepared, Prepared)
    assert [(row.taxes, row.shipping_taxes) for row in prepared.plan.refunds] == [((), ())]
    s.run(s.desk.money_back.carry_out(prepared))
    line = s.order(order_id).order_lines[0]
    assert [tax.amount for tax in (line.refunds or ())[0].taxes or ()] == [Decimal("4.99")]


def test_taxes_of_the_order_as_a_whole_are_not_sent(shop: Callable[..., Desk]) -> None:
    """Order-level taxes with net prices: Mirakl wants no taxes of lines in the request."""
    s = shop(attrs.evolve(AUTOMATIC, tax_rule="NONE"), order_tax_mode=OrderTaxMode.TAX_EXCLUDED)
    order_id = s.buy(("S1", 3))
    order = s.order(order_id)
    taxed = attrs.evolve(order, order_taxes=(OrderTax(code=Text("VAT"), total_amount=Decimal(5)),))
    plan = plan_money_back(taxed, everything_left(taxed), codes=CODES)
    assert isinstance(plan, Plan)
    assert [(row.taxes, row.shipping_taxes) for row in plan.refunds] == [((), ())]


# --- traps of the document -------------------------------------------------------------------------------------------


def test_trap_02_amounts_as_strings_and_reasons_as_numbers_are_read(scope: Scope) -> None:
    """The vendor's own examples write tax amounts as strings and reason codes as numbers."""
    row = {
        "order_line_id": "L-1",
        "refund_id": 1130,
        "amount": "1.5",
        "shipping_amount": 2,
        "reason_code": 15,
        "taxes": [{"code": "t", "amount": "1"}],
    }
    call = endpoints.refund_lines(
        scope, [NewRefund(order_line_id="L-1", amount=Decimal("1.5"), shipping_amount=Decimal(2), reason_code="15")]
    )
    answer = call.decode(Response(status=200, body=json.dumps({"refunds": [row]}).encode()))
    made = (answer.refunds or ())[0]
    assert (made.refund_id, made.amount, made.reason_code) == ("1130", Decimal("1.5"), "15")
    assert [tax.amount for tax in made.taxes or ()] == [Decimal(1)]


def test_trap_05_the_tax_legal_notice_of_the_example_is_never_sent(scope: Scope) -> None:
    """OR28's example sends ``tax_legal_notice``, its schema has no such field: we send none, and read one."""
    refund = NewRefund(
        order_line_id="L-1",
        amount=Decimal("1.50"),
        shipping_amount=Decimal(0),
        reason_code="15",
        taxes=(NewTax(code="t", amount=Decimal("0.25")),),
    )
    call = endpoints.refund_lines(scope, [refund], order_tax_mode=OrderTaxMode.TAX_EXCLUDED)
    body = json.loads(call.request.body, parse_float=Decimal)
    assert "tax_legal_notice" not in body["refunds"][0]
    assert body["refunds"][0]["taxes"] == [{"code": "t", "amount": Decimal("0.25")}]
    row = {"order_line_id": "L-1", "refund_id": "1", "tax_legal_notice": "A notice"}
    read = call.decode(Response(status=200, body=json.dumps({"refunds": [row]}).encode()))
    assert (read.refunds or ())[0].tax_legal_notice == "A notice"


@pytest.mark.parametrize(
    ("field", "refund"),
    [
        ("amount", NewRefund(order_line_id="L", amount=Decimal(-1), shipping_amount=Decimal(0), reason_code="1")),
        ("amount", NewRefund(order_line_id="L", amount=Decimal("NaN"), shipping_amount=Decimal(0), reason_code="1")),
        ("reason_code", NewRefund(order_line_id="L", amount=Decimal(1), shipping_amount=Decimal(0), reason_code="")),
        ("order_line_id", NewRefund(order_line_id="", amount=Decimal(1), shipping_amount=Decimal(0), reason_code="1")),
    ],
)
def test_nonsense_is_refused_before_it_is_sent(scope: Scope, field: str, refund: NewRefund) -> None:
    """A negative amount or an empty id never leaves the house."""
    with pytest.raises(errors.Invalid) as caught:
        endpoints.refund_lines(scope, [refund])
    assert caught.value.fields[0].field == field


# --- news for credit notes -------------------------------------------------------------------------------------------


def test_every_refund_is_news_whoever_made_it(shop: Callable[..., Desk]) -> None:
    """A refund of ours and one of the operator's customer service: an event each, by id, with its state and time."""
    s = shop()
    start = s.clock.now()
    order_id = s.buy(("S1", 3))
    ours = s.run(s.desk.money_back.give_back(order_id, [Ask(line_id=f"{order_id}-1", units=1)], codes=CODES))
    assert isinstance(ours, Done)
    theirs = s.market.give_back(f"{order_id}-1", "2.00", shipping="4.95")
    news = s.run(s.desk.news(start))
    assert [(each.refund_id, each.state) for each in news.refunds] == [
        (ours.ids[0], RefundState.AWAITING_PAYMENT),
        (theirs, RefundState.AWAITING_PAYMENT),
    ]
    s.clock.advance(120)
    paid = s.run(s.desk.news(start)).refunds
    assert {each.state for each in paid} == {RefundState.REFUNDED}
    sale = Sale(
        order_id=order_id,
        currency="GBP",
        lines=(SoldLine(line_id=LineId(f"{order_id}-1"), stock_code=StockCode("S1"), gross=Decimal("29.97")),),
        shipping_gross=Decimal("4.95"),
        reference="SO1",
    )
    notes = []
    for event in paid:
        draft = credit_note_for(event, sale=sale, earlier=notes)
        assert isinstance(draft, CreditNoteDraft), draft
        notes.append(draft.as_note(f"CN{len(notes)}"))
    assert [note.total for note in notes] == [Decimal("9.99"), Decimal("6.95")]


@pytest.mark.parametrize("mode", OrderTaxMode)
def test_credit_notes_come_to_the_same_in_both_tax_modes(shop: Callable[..., Desk], mode: OrderTaxMode) -> None:
    """Net amounts with their taxes beside them are the same money as gross ones."""
    s = shop(order_tax_mode=mode)
    order_id = s.buy(("S1", 3))
    s.run(s.desk.money_back.give_back(order_id, codes=CODES))
    s.clock.advance(120)
    (event,) = s.run(s.desk.news(s.clock.now())).refunds
    sale = Sale(
        order_id=order_id,
        currency="GBP",
        lines=(SoldLine(line_id=LineId(f"{order_id}-1"), stock_code=StockCode("S1"), gross=Decimal("29.97")),),
        shipping_gross=Decimal("4.95"),
    )
    draft = credit_note_for(event, sale=sale)
    assert isinstance(draft, CreditNoteDraft), draft
    assert draft.total == Decimal("34.92")
    assert event.account == AccountId("john-lewis")


def test_a_cancelation_is_news_of_its_own(shop: Callable[..., Desk]) -> None:
    """Mirakl numbers refunds and cancelations apart: their ids never meet."""
    s = shop()
    start = s.clock.now()
    order_id = s.buy(("S1", 3), paid=False)
    outcome = s.run(s.desk.money_back.give_back(order_id, [Ask(line_id=f"{order_id}-1", units=1)], codes=CODES))
    assert isinstance(outcome, Done)
    news = s.run(s.desk.news(start))
    assert news.refunds == ()
    assert [(each.refund_id, each.lines[0].amount, each.lines[0].quantity) for each in news.cancelations] == [
        (f"cancelation {outcome.ids[0]}", Decimal("9.99"), 1)
    ]


def test_not_possible_tells_every_reason(shop: Callable[..., Desk]) -> None:
    """A line that is not there and one that is asked for twice are told together."""
    s = shop()
    order_id = s.buy(("S1", 3))
    line = Ask(line_id=f"{order_id}-1")
    found = s.run(s.desk.money_back.prepare(order_id, [line, line, Ask(line_id="X")], codes=CODES))
    assert found == NotPossible(reasons=(f"line {order_id}-1 is asked for twice", f"order {order_id} has no line X"))
