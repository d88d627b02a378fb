"""From a Mirakl order to the credit notes for it: what the customer got back, fees too, to the penny and once."""

import weakref
from collections.abc import Callable
from decimal import Decimal

import attrs
import pytest

from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.messages import Response
from khaos_connectors.core.ids import AccountId, OrderId, StockCode
from khaos_connectors.core.order_mapping import Mapped, map_order
from khaos_connectors.core.order_policy import OrderPolicy
from khaos_connectors.core.refunds import (
    CreditNote,
    CreditNoteDraft,
    Held,
    NextStep,
    RefundEvent,
    credit_note_for,
    sale_of,
)
from khaos_connectors.core.skus import Target
from khaos_connectors.mirakl import mapping
from khaos_connectors.mirakl.after_sales.desk import AfterSales
from khaos_connectors.mirakl.after_sales.money_back import Ask, Codes
from khaos_connectors.mirakl.after_sales.refunds import Done
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.models.codes import OrderTaxMode
from khaos_connectors.mirakl.models.orders import Order
from khaos_connectors.mirakl.orders.reading import one_order
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.play import play
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.mirakl.order_state import OrderSettings
from khaos_connectors.testing.simulators.routes import transport

CODES = Codes(refund="15", cancelation="34")
FEE = StockCode("FEE")  # Mirakl lists no tax for a fee
POLICY = OrderPolicy(payment_method="ACCOUNT", charge_codes={"HANDLING": FEE}, vat_rates={FEE: Decimal(0)})


@pytest.mark.parametrize(
    ("rule", "by_order", "fee"),
    [
        ("PROPORTIONAL_TO_AMOUNT", False, Decimal(0)),
        ("PROPORTIONAL_TO_AMOUNT", False, Decimal("0.30")),
        ("PROPORTIONAL_TO_AMOUNT", True, Decimal(0)),
        ("NONE", False, Decimal(0)),
        ("NONE", False, Decimal("0.30")),
    ],
)
@pytest.mark.parametrize("mode", OrderTaxMode)
def test_credit_notes_of_a_whole_order_come_to_what_was_paid(
    mode: OrderTaxMode, rule: str, config: MiraklConfig, *, by_order: bool, fee: Decimal
) -> None:
    """A unit, then all the rest with carriage and fee: two credit notes, none held, together the order with its VAT;
    told again, neither is made again.
    """
    # Taxes of the order are put on by the ERP's rate: amounts whose net is whole pennies are the same both ways.
    price, carriage = (Decimal("12.00"), "6.00") if by_order else (Decimal("9.99"), "4.95")
    clock = ManualClock()
    market = MiraklSimulator(
        clock=clock.now,
        api_key="key-123",
        offers={"S1": OfferState(price=price, quantity=50)},
        settings=MiraklSettings(
            order_acceptance="AUTOMATIC", tax_rule=rule, orders=OrderSettings(fee=fee, order_level_taxes=by_order)
        ),
    )
    run = Runner({"john-lewis": transport(market)}, clock=clock).run
    desk = AfterSales(attrs.evolve(config, order_tax_mode=mode))
    order_id = OrderId(market.buy([("S1", 3)], shipping=carriage) or "")
    clock.advance(120)
    row = run(one_order(desk.config.caller(), desk.config, order_id))
    assert row is not None
    order = mapping.channel_order(AccountId("john-lewis"), row.record)
    found = map_order(order, targets={order.lines[0].sku: Target(StockCode("CODE"))}, policy=POLICY)
    assert isinstance(found, Mapped), found
    sale = sale_of(found.draft, invoice="INV1")
    assert sale.paid == 3 * price + Decimal(carriage) + fee

    for asks in ([Ask(line_id=f"{order_id}-1", units=1)], None):
        assert isinstance(run(desk.money_back.give_back(order_id, asks, codes=CODES)), Done)
    clock.advance(120)
    notes: list[CreditNote] = []
    for event in run(desk.news(clock.now())).refunds:
        draft = credit_note_for(event, sale=sale, earlier=notes)
        assert isinstance(draft, CreditNoteDraft), draft
        notes.append(draft.as_note(f"CN{len(notes)}"))
    assert sum(note.total for note in notes) == sale.paid
    vat = sum((line.vat or Decimal(0) for note in notes for line in note.lines), Decimal(0))
    carried = sum((note.shipping_vat or Decimal(0) for note in notes), Decimal(0))
    assert vat + carried == sum((line.vat for line in found.draft.lines), found.draft.shipping_vat)
    for event in run(desk.news(clock.now())).refunds:
        again = credit_note_for(event, sale=sale, earlier=notes)
        assert isinstance(again, Held)
        assert again.step is NextStep.NOTHING


def test_news_hold_one_page_of_orders_at_a_time(
    config: MiraklConfig, document: Callable[[str], dict[str, object]], answer: Callable[..., Response]
) -> None:
    """A month of orders with a refund here and there: of those read, only the refunds stay in memory."""
    order = document("orders.json")["orders"][0]
    alive: list[weakref.ref[object]] = []
    most = 0

    class Watching(AfterSales):
        def on(self, order: Order) -> tuple[tuple[RefundEvent, ...], tuple[RefundEvent, ...]]:
            nonlocal most
            alive.append(weakref.ref(order))
            most = max(most, sum(each() is not None for each in alive))
            return super().on(order)

    rows = [{**order, "order_id": f"JL{number:08d}-A"} for number in range(500)]
    pages = [answer({"orders": rows[at : at + 100], "total_count": len(rows)}) for at in range(0, len(rows), 100)]
    start = ManualClock().now()
    played = play(Watching(config).news(start), pages)
    assert len(alive) == 500
    assert most <= 200
    assert len(played.result.refunds) <= 2
