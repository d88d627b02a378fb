"""What is expected of a settlement, from Mirakl's own orders, where no draft of an ERP says it."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.decode import Text
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.messages import Response
from khaos_connectors.core.ids import OrderId
from khaos_connectors.core.orders import TaxMode
from khaos_connectors.core.settlement import Expected, FeeRule, LineKind, MatchStatus, match
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.mapping import expected_order
from khaos_connectors.mirakl.models.amounts import TaxAmount
from khaos_connectors.mirakl.models.codes import LineState, OrderState, OrderTaxMode
from khaos_connectors.mirakl.models.order_lines import Cancelation, OrderLine, Refund
from khaos_connectors.mirakl.models.orders import Order, OrderTax
from khaos_connectors.mirakl.money.payouts import Payouts
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.play import play
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.routes import transport

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
GOODS, GOODS_TAX, SHIPPING, SHIPPING_TAX = (
    LineKind.GOODS,
    LineKind.GOODS_TAX,
    LineKind.SHIPPING,
    LineKind.SHIPPING_TAX,
)


def line(number: int = 1, **more: object) -> OrderLine:
    told = {"price": Decimal(24), "shipping_price": Decimal(6), "quantity": 2, "offer_sku": Text("MUG"), **more}
    return OrderLine(order_line_id=Text(f"O-{number}"), order_line_state=LineState.SHIPPED, **told)


def order(*lines: OrderLine, mode: OrderTaxMode | None = OrderTaxMode.TAX_INCLUDED, **more: object) -> Order:
    return Order(
        order_id=Text("O"),
        order_state=OrderState.SHIPPED,
        created_date=NOON,
        currency_iso_code="GBP",
        total_price=Decimal(0),
        order_lines=lines,
        order_tax_mode=mode,
        **more,
    )


def taxes(amount: str) -> tuple[TaxAmount, ...]:
    return (TaxAmount(code=Text("VAT"), amount=Decimal(amount)),)


def parts(wire: Order, **more: object) -> list[tuple[str, LineKind, str]]:
    return [(part.line_id, part.kind, str(part.amount)) for part in expected_order(wire, **more).parts]


TAXED = {"taxes": taxes("4.00"), "shipping_taxes": taxes("1.00")}


@pytest.mark.parametrize(
    ("told", "statement", "wanted"),
    [
        ("TAX_INCLUDED", "INCLUDED", [("O-1", GOODS, "24"), ("O-1", SHIPPING, "6")]),
        (
            "TAX_INCLUDED",
            "EXCLUDED",
            [
                ("O-1", GOODS, "20.00"),
                ("O-1", GOODS_TAX, "4.00"),
                ("O-1", SHIPPING, "5.00"),
                ("O-1", SHIPPING_TAX, "1.00"),
            ],
        ),
        ("TAX_EXCLUDED", "INCLUDED", [("O-1", GOODS, "28.00"), ("O-1", SHIPPING, "7.00")]),
        (
            "TAX_EXCLUDED",
            "EXCLUDED",
            [("O-1", GOODS, "24"), ("O-1", GOODS_TAX, "4.00"), ("O-1", SHIPPING, "6"), ("O-1", SHIPPING_TAX, "1.00")],
        ),
    ],
)
def test_taxes_stand_as_the_statement_has_them(told: str, statement: str, wanted: list[object]) -> None:
    """Whichever way the order was told: what is owed is net and tax apart, or both in one, as the statement books."""
    found = parts(order(line(**TAXED), mode=OrderTaxMode[told]), tax_mode=TaxMode[statement])
    assert [(*each[:2], Decimal(each[2])) for each in found] == [(*each[:2], Decimal(each[2])) for each in wanted]
    unsaid = order(line(**TAXED), mode=None)
    assert parts(unsaid, tax_mode=TaxMode[statement], asked_mode=OrderTaxMode[told]) == found


def test_what_was_cancelled_is_not_owed_and_what_was_refunded_is() -> None:
    """A cancelation lowers its line, with its taxes; a refund has a credit note instead; a dead line owes nothing."""
    out = Cancelation(
        id=Text("C"), amount=Decimal(12), shipping_amount=Decimal(1), quantity=1, taxes=taxes("2.00"), shipping_taxes=()
    )
    back = Refund(id=Text("R"), amount=Decimal(5), shipping_amount=Decimal(0), quantity=1)
    dead = attrs.evolve(line(2), order_line_state=LineState.CANCELED)
    wire = order(line(cancelations=(out,), refunds=(back,), **TAXED), dead, mode=OrderTaxMode.TAX_EXCLUDED)
    assert parts(wire) == [("O-1", GOODS, "14.00"), ("O-1", SHIPPING, "6.00")]


def test_taxes_of_the_order_are_owed_for_the_order() -> None:
    """Where taxes belong to the order and prices exclude them they are one sum; they are inside where included."""
    whole = (OrderTax(code=Text("SALES"), total_amount=Decimal("2.50")),)
    net = order(line(), mode=OrderTaxMode.TAX_EXCLUDED, order_taxes=whole)
    assert parts(net)[-1] == ("", GOODS, "2.50")
    assert parts(net, tax_mode=TaxMode.EXCLUDED)[-1] == ("", GOODS_TAX, "2.50")
    assert len(parts(order(line(), order_taxes=whole))) == 2


@pytest.mark.parametrize("state", [LineState.CANCELED, LineState.REFUSED, LineState.WAITING_ACCEPTANCE])
def test_taxes_of_an_order_that_owes_nothing_are_not_owed(state: LineState) -> None:
    """An order of which every line was cancelled, refused or is not accepted yet owes no taxes of the order either."""
    whole = (OrderTax(code=Text("SALES"), total_amount=Decimal("2.00")),)
    dead = attrs.evolve(line(), order_line_state=state)
    assert parts(order(dead, mode=OrderTaxMode.TAX_EXCLUDED, order_taxes=whole)) == []


def test_taxes_of_the_order_go_down_with_what_is_owed_of_it() -> None:
    """A cancelation takes its share by amount, as a line not accepted does, unless it says its taxes; dead lines none.

    Prices of lines that were cancelled or refused whole stand in no total of the order, so neither do their taxes.
    """
    whole = (OrderTax(code=Text("SALES"), total_amount=Decimal("3.00")),)
    out = Cancelation(id=Text("C"), amount=Decimal(12), shipping_amount=Decimal(3), quantity=1)
    dead = attrs.evolve(line(2), order_line_state=LineState.CANCELED)
    early = attrs.evolve(line(3), order_line_state=LineState.WAITING_ACCEPTANCE)
    told = {"mode": OrderTaxMode.TAX_EXCLUDED, "order_taxes": whole}
    assert parts(order(line(cancelations=(out,)), **told))[-1] == ("", GOODS, "1.50")
    assert parts(order(line(), dead, **told))[-1] == ("", GOODS, "3.00")
    assert parts(order(line(), early, **told))[-1] == ("", GOODS, "1.50")
    free = attrs.evolve(line(), price=Decimal(0), shipping_price=Decimal(0))
    assert parts(order(free, **told)) == [("", GOODS, "3.00")]
    said = attrs.evolve(out, taxes=taxes("1.25"))
    found = expected_order(order(line(cancelations=(said,)), **told), tax_mode=TaxMode.EXCLUDED).parts
    assert sum(part.amount for part in found if part.kind is GOODS_TAX) == Decimal("1.75")
    third = Cancelation(id=Text("C"), amount=Decimal(10), shipping_amount=Decimal(0), quantity=1)
    odd = attrs.evolve(whole[0], total_amount=Decimal("1.00"))
    rounded = order(line(cancelations=(third,)), mode=OrderTaxMode.TAX_EXCLUDED, order_taxes=(odd,))
    assert parts(rounded)[-1] == ("", GOODS, "0.67")


@pytest.mark.parametrize("state", [LineState.STAGING, LineState.WAITING_ACCEPTANCE])
def test_what_is_not_accepted_yet_is_not_owed(state: LineState) -> None:
    """Nobody owes anything for a line that the seller may still refuse; accepted ones beside it are owed in full."""
    early = attrs.evolve(line(1), order_line_state=state)
    assert parts(order(early)) == []
    waits = attrs.evolve(line(2), order_line_state=LineState.WAITING_DEBIT)
    assert parts(order(early, waits)) == [("O-2", GOODS, "24"), ("O-2", SHIPPING, "6")]


def test_who_owes_since_when() -> None:
    """Owed since the customer was debited, unless the caller knows better; found by the seller's reference, too."""
    debited = order(line(), customer_debited_date=NOON)
    assert expected_order(debited).since == NOON
    later = datetime(2026, 4, 1, tzinfo=UTC)
    assert expected_order(debited, since=later).since == later
    assert expected_order(debited).reference == ""


def test_a_season_is_matched_without_any_draft(config: MiraklConfig) -> None:
    """Orders are bought, shipped and paid: what the orders say settles every sale to the penny."""
    clock = ManualClock(NOON)
    market = MiraklSimulator(
        clock=clock.now,
        api_key="key-123",
        offers={"S1": OfferState(price="9.99", quantity=99)},
        settings=MiraklSettings(order_acceptance="AUTOMATIC", debit_seconds=0),
    )
    runner = Runner({"john-lewis": transport(market)}, clock=clock)
    for units in (1, 2, 3):
        order_id = market.buy([("S1", units)])
        clock.advance(1)
        runner.run(config.caller().perform(endpoints.ship_order(config.scope, order_id)))
    market.money.close_cycle()
    desk = Payouts(config)
    (payout,) = runner.run(desk.payouts(runner.run(desk.cycles()).cycles))
    owed = runner.run(desk.owed([each.order_id for each in payout.lines if each.order_id]))
    assert (owed.unread, owed.missing, len(owed.orders)) == ((), (), 3)
    fees = {kind: FeeRule(account="7100") for kind in ("COMMISSION_FEE", "COMMISSION_VAT")}
    found = match(payout.lines, orders=owed.orders, credit_notes=[], fees=fees)
    assert {each.status for each in found.results} <= {MatchStatus.MATCHED, MatchStatus.FEE, MatchStatus.PAYOUT}
    assert [each.name for each in found.orders if each.settled != each.expected] == []


def test_an_order_that_cannot_be_read_costs_itself(
    config: MiraklConfig, answer: Callable[..., Response], document: Callable[[str], dict[str, object]]
) -> None:
    """Unreadable, of amounts that are no money, or not there: told beside the others. A bare text is no list."""
    page = document("orders.json")
    good = page["orders"][0]
    bad = {**good, "order_id": "BAD", "order_lines": 7}
    odd = {**good, "order_id": "ODD", "order_lines": [{**good["order_lines"][0], "price": Decimal("1.005")}]}
    rows = answer({"orders": [good, bad, odd], "total_count": 3})
    wanted = [OrderId(each) for each in ("GONE", "ODD", "BAD", good["order_id"], "ODD")]
    owed = play(Payouts(config).owed(wanted), [rows]).result
    assert [each.order_id for each in owed.orders] == [good["order_id"]]
    assert isinstance(owed.orders[0].parts[0], Expected)
    assert sorted(each.id for each in owed.unread) == ["BAD", "ODD"]
    assert owed.missing == ("GONE",)
    with pytest.raises(errors.Invalid, match="order_ids"):
        play(Payouts(config).owed(OrderId("JL1-A")), [])


def test_orders_whose_rows_do_not_say_whose_they_are_are_not_called_missing(
    config: MiraklConfig, answer: Callable[..., Response], document: Callable[[str], dict[str, object]]
) -> None:
    """Two rows without a legible id are both kept; of the orders in the same call none is then known to be missing."""
    page = document("orders.json")
    nameless = [{**page["orders"][0], "order_id": bad, "order_lines": 7} for bad in (None, [])]
    wanted = [OrderId("A"), OrderId("B")]
    rows = answer({"orders": nameless, "total_count": 2})
    owed = play(Payouts(config).owed(wanted), [rows]).result
    assert [each.id for each in owed.unread] == ["", ""]
    assert (owed.orders, owed.missing) == ((), ())
    many = [*wanted, *(OrderId(f"N{number}") for number in range(98)), OrderId("GONE")]
    none = answer({"orders": [], "total_count": 0})
    assert play(Payouts(config).owed(many), [rows, none]).result.missing == ("GONE",)  # the second call had no such row
