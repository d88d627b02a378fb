"""Refund events for credit notes, from the order as it stands: money, tax and state as the channel tells them."""

import json
from collections.abc import Callable
from decimal import Decimal

import attrs
import pytest

from khaos_connectors.calls.decode import Text, Unrecognised, read
from khaos_connectors.calls.messages import Response
from khaos_connectors.core.ids import AccountId, ChannelSku
from khaos_connectors.core.orders import TaxMode
from khaos_connectors.core.refunds import RefundState, fee_line
from khaos_connectors.mirakl.after_sales.desk import AfterSales
from khaos_connectors.mirakl.after_sales.money_back import (
    Ask,
    Codes,
    NotPossible,
    Plan,
    everything_left,
    plan_money_back,
)
from khaos_connectors.mirakl.after_sales.refunds import Looks, Prepared, StillUnknown
from khaos_connectors.mirakl.after_sales.remaining import remaining
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.mapping import cancelation_events, refund_events
from khaos_connectors.mirakl.models import codes
from khaos_connectors.mirakl.models.amounts import Fee, TaxAmount
from khaos_connectors.mirakl.models.orders import Cancelation, Order, OrderRefund, OrderTax, Refund
from khaos_connectors.mirakl.models.platform_codes import ReasonType
from khaos_connectors.testing.play import play

ACCOUNT = AccountId("john-lewis")
CODES = Codes(refund="15", cancelation="34")
EXCLUDED = codes.OrderTaxMode.TAX_EXCLUDED


@pytest.fixture
def order(document: Callable[[str], dict[str, object]]) -> Order:
    """The first order of the samples, with nothing given back so far."""
    row = document("orders.json")["orders"][0]
    wire = read(Order, row, system="a", operation="OR11")
    lines = tuple(
        attrs.evolve(line, refunds=(), cancelations=(), taxes=(), shipping_taxes=()) for line in wire.order_lines
    )
    return attrs.evolve(wire, order_lines=lines, order_taxes=(), order_tax_mode=codes.OrderTaxMode.TAX_INCLUDED)


def with_refunds(order: Order, *refunds: Refund, **line: object) -> Order:
    first, *rest = order.order_lines
    return attrs.evolve(order, order_lines=(attrs.evolve(first, refunds=refunds, **line), *rest))


def refund(number: str = "1120", **fields: object) -> Refund:
    return Refund(id=Text(number), **{"amount": Decimal("2.40"), "refund_state": codes.RefundState.REFUNDED, **fields})


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"refund_state": codes.RefundState.WAITING_REFUND}, RefundState.AWAITING_PAYMENT),
        ({"refund_state": codes.RefundState.WAITING_REFUND_TAX_CONFIRMATION}, RefundState.AWAITING_PAYMENT),
        ({"refund_state": codes.RefundState.REFUNDED}, RefundState.REFUNDED),
        ({"refund_state": None, "state": codes.RefundState.REFUNDED}, RefundState.REFUNDED),
        ({"refund_state": Unrecognised("REFUND_PARKED")}, RefundState.UNKNOWN),
        ({"refund_state": None}, RefundState.UNKNOWN),
    ],
)
def test_the_state_of_a_refund(order: Order, told: dict[str, object], expected: RefundState) -> None:
    """The deprecated ``state`` of old answers counts where the new one is missing; a new code is never guessed at."""
    (event,) = refund_events(ACCOUNT, with_refunds(order, refund(**told)))
    assert event.state is expected


def test_money_beside_the_goods(order: Order) -> None:
    """Fees are lines of their own, commission is told apart, 0 units are none, packs count in the ERP's units."""
    fees = (Fee(code=Text("BAG"), amount=Decimal("0.30")),)
    commission = Decimal("0.40")
    back = refund(fees=fees, quantity=2, shipping_amount=Decimal("1.00"), commission_total_amount=commission)
    sku = ChannelSku(order.order_lines[0].offer_sku)
    (event,) = refund_events(ACCOUNT, with_refunds(order, back), packs={sku: 3})
    line, fee = event.lines
    assert (fee.line_id, fee.amount, fee.quantity) == (fee_line("BAG"), Decimal("0.30"), None)
    assert (line.amount, line.shipping, line.commission, line.quantity) == (
        Decimal("2.40"),
        Decimal("1.00"),
        commission,
        6,
    )
    (plain,) = refund_events(ACCOUNT, with_refunds(order, refund(quantity=0)))
    assert plain.lines[0].quantity is None


def test_gross_amounts_have_their_tax_inside(order: Order) -> None:
    """No tax is listed and prices are gross: the tax is what the line's rate gives, not nothing."""
    (event,) = refund_events(ACCOUNT, with_refunds(order, refund()))
    assert (event.tax_mode, event.lines[0].tax) == (TaxMode.INCLUDED, None)


def test_beside_net_amounts_an_unlisted_tax_was_not_given_back(order: Order) -> None:
    """Net prices, a tax that was left out of the refund (rule NONE): no tax went back, so none is credited."""
    tax = (TaxAmount(code=Text("VAT"), amount=Decimal("0.40")),)
    order = attrs.evolve(order, order_tax_mode=EXCLUDED)
    (without,) = refund_events(ACCOUNT, with_refunds(order, refund(), taxes=tax))
    assert (without.tax_mode, without.lines[0].tax) == (TaxMode.EXCLUDED, Decimal(0))
    (stated,) = refund_events(ACCOUNT, with_refunds(order, refund(taxes=tax), taxes=tax))
    assert stated.lines[0].tax == Decimal("0.40")


def test_a_tax_that_is_still_awaited_is_not_taken_for_none(order: Order) -> None:
    """Net prices, the tax of the refund not confirmed yet: it is unknown, so no credit note may say that it is 0."""
    tax = (TaxAmount(code=Text("VAT"), amount=Decimal("0.40")),)
    awaited = refund(refund_state=codes.RefundState.WAITING_REFUND_TAX_CONFIRMATION)
    net = attrs.evolve(with_refunds(order, awaited, taxes=tax), order_tax_mode=EXCLUDED)
    (event,) = refund_events(ACCOUNT, net)
    assert (event.state, event.lines[0].tax, event.lines[0].shipping_tax) == (RefundState.AWAITING_PAYMENT, None, None)


def test_taxes_of_the_order_are_shared_by_amount(order: Order) -> None:
    """Order-level taxes hang on the group of refunds: each part gets its share, and the shares are the whole."""
    group = Text("G-1")
    back = [
        refund("1", amount=Decimal("1.00"), shipping_amount=Decimal("1.00"), order_refund_id=group),
        refund("2", amount=Decimal("1.00"), order_refund_id=group),
        refund("3", amount=Decimal("5.00")),
    ]
    taxed = attrs.evolve(
        with_refunds(order, *back),
        order_tax_mode=EXCLUDED,
        order_taxes=(OrderTax(code=Text("VAT"), total_amount=Decimal("9.00")),),
        order_refunds=(
            OrderRefund(order_refund_id=group, taxes=(OrderTax(code=Text("VAT"), total_amount=Decimal("0.50")),)),
        ),
    )
    lines = [event.lines[0] for event in refund_events(ACCOUNT, taxed)]
    assert [(line.tax, line.shipping_tax) for line in lines] == [
        (Decimal("0.17"), Decimal("0.17")),
        (Decimal("0.16"), Decimal("0.00")),
        (Decimal(0), Decimal(0)),
    ]


def test_what_was_cancelled_is_not_left_and_is_an_event(order: Order) -> None:
    """Cancelations lessen what is left as refunds do; their ids are kept apart from those of refunds."""
    first, *rest = order.order_lines
    gone = Cancelation(id=Text("1120"), amount=Decimal("1.00"), shipping_amount=Decimal(0), quantity=1)
    cancelled = attrs.evolve(order, order_lines=(attrs.evolve(first, cancelations=(gone,)), *rest))
    assert remaining(cancelled)[0].amount == first.price - 1
    (event,) = cancelation_events(ACCOUNT, cancelled)
    assert (event.refund_id, event.lines[0].amount) == ("cancelation 1120", Decimal("1.00"))


def test_an_amount_that_is_no_money_is_told_and_costs_only_its_order(
    config: MiraklConfig, document: Callable[[str], dict[str, object]], answer: Callable[..., Response]
) -> None:
    """A third of a penny cannot be credited: that order is unreadable, the others are news."""
    page = document("orders.json")
    good = page["orders"][0]
    good["order_lines"][0]["refunds"] = [{"id": "1", "amount": 1, "refund_state": "REFUNDED"}]
    bad = json.loads(json.dumps(good, default=str))
    bad["order_id"] = "JL70000099-A"
    bad["order_lines"][0]["refunds"] = [{"id": "2", "amount": "0.3333", "refund_state": "REFUNDED"}]
    page["orders"], page["total_count"] = [good, bad], 2
    desk = AfterSales(config)
    played = play(desk.news(read(Order, good, system="a", operation="OR11").created_date), [answer(page)])
    assert [event.refund_id for event in played.result.refunds] == ["1", "88"]  # the sample has one of its own
    assert [each.key for each in played.result.unreadable] == ["JL70000099-A"]
    assert "0.3333" in played.result.unreadable[0].problem


def test_an_order_in_a_state_that_nobody_knows_is_left_alone(order: Order) -> None:
    """Money is not sent on a guess about a new state."""
    strange = attrs.evolve(order, order_state=Unrecognised("FRAUD_RECHECK"))
    found = plan_money_back(strange, everything_left(strange), codes=CODES)
    assert isinstance(found, NotPossible)
    assert "FRAUD_RECHECK" in found.reasons[0]


def test_an_order_that_waits_for_acceptance_is_to_be_refused(order: Order) -> None:
    """Before acceptance the way out is OR21, and the reason says so."""
    lines = tuple(attrs.evolve(line, debited_date=None, can_refund=False) for line in order.order_lines)
    early = attrs.evolve(
        order, order_state=codes.OrderState.WAITING_ACCEPTANCE, customer_debited_date=None, order_lines=lines
    )
    found = plan_money_back(early, everything_left(early), codes=CODES)
    assert found == NotPossible(reasons=("the order waits for acceptance: refuse its lines instead (OR21)",))


def test_two_calls_of_which_the_second_is_refused_are_never_called_undone(
    order: Order, config: MiraklConfig, answer: Callable[..., Response]
) -> None:
    """A refund went through, the cancelation beside it was refused: a part is made, so a person has to look."""
    first = order.order_lines[0]
    paid = attrs.evolve(first, debited_date=order.created_date, can_refund=True)
    unpaid = attrs.evolve(first, order_line_id=Text("X-2"), debited_date=None, can_refund=False)
    mixed = attrs.evolve(
        order,
        order_state=codes.OrderState.SHIPPING,
        customer_debited_date=None,
        payment_workflow=codes.PaymentWorkflow.PAY_ON_SHIPMENT,
        order_lines=(paid, unpaid),
    )
    asks = [Ask(line_id=first.order_line_id, amount=Decimal(1)), Ask(line_id="X-2", amount=Decimal(1))]
    plan = plan_money_back(mixed, asks, codes=CODES)
    assert isinstance(plan, Plan)
    assert (len(plan.refunds), len(plan.cancelations)) == (1, 1)
    made = {"order_line_id": first.order_line_id, "refund_id": "7"}
    row = {"id": "7", "amount": 1, "shipping_amount": 0, "reason_code": "15"}
    line = {"order_line_id": first.order_line_id, "order_line_state": "SHIPPING", "offer_sku": "S", "quantity": 1}
    after = {
        "order_id": order.order_id,
        "order_state": "SHIPPING",
        "created_date": "2026-03-02T09:00:00Z",
        "currency_iso_code": "GBP",
        "total_price": 1,
        "order_lines": [{**line, "price": 9, "shipping_price": 0, "refunds": [row]}],
    }
    desk = AfterSales(config, looks=Looks(times=1, seconds=0)).money_back
    refused = answer({"status": 400, "message": "no"}, 400)
    before = {**after, "order_lines": [{**line, "price": 9, "shipping_price": 0}]}
    first_look, last_look = (answer({"orders": [each], "total_count": 1}) for each in (before, after))
    outcomes = [first_look, answer({"refunds": [made]}), refused, last_look]
    outcome = play(desk.carry_out(Prepared(plan=plan, before=())), outcomes).result
    assert isinstance(outcome, StillUnknown)
    assert outcome.seen is not None
    assert (outcome.seen.made, outcome.seen.missing) == (("7",), ("X-2",))


def test_reasons_that_nobody_may_ask_for_are_not_checked(
    config: MiraklConfig, order: Order, answer: Callable[..., Response]
) -> None:
    """A key without the role for RE01 (403): the code goes as it is, Mirakl has the last word."""
    desk = AfterSales(config)
    played = play(desk.reasons.problem(ReasonType.REFUND, "99"), [answer({"status": 403, "message": "no"}, 403)])
    assert played.result == ""


def test_units_of_a_goodwill_refund_can_still_come_back(order: Order) -> None:
    """A refund's quantity only informs: its units may go back with an amount that is named, not by a share."""
    first = order.order_lines[0]
    goodwill = refund(amount=Decimal("1.00"), quantity=first.quantity)
    paid = attrs.evolve(with_refunds(order, goodwill), order_state=codes.OrderState.SHIPPED)
    line_id = first.order_line_id
    shared = plan_money_back(paid, [Ask(line_id=line_id, units=1)], codes=CODES)
    assert isinstance(shared, NotPossible)
    assert "say how much" in shared.reasons[0]
    named = plan_money_back(paid, [Ask(line_id=line_id, units=1, amount=Decimal("2.00"))], codes=CODES)
    assert isinstance(named, Plan)
    assert (named.refunds[0].quantity, named.refunds[0].amount) == (1, Decimal("2.00"))
    many = plan_money_back(paid, [Ask(line_id=line_id, units=first.quantity + 1, amount=Decimal("2.00"))], codes=CODES)
    assert isinstance(many, NotPossible)
