"""The desk of offers: the platform's decimals bound prices, changes and drift go through one caller."""

from decimal import Decimal

from khaos_connectors.calls.drivers import Runner
from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.offers.desk import Offers
from khaos_connectors.mirakl.offers.merge import OfferChange
from khaos_connectors.mirakl.offers.price_file import OfferPrices, PriceRow
from khaos_connectors.protocols import StockLevel
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.mirakl import MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.routes import transport


def test_prices_changes_and_drift(config: MiraklConfig) -> None:
    """Amounts finer than the platform takes are refused, not rounded; a change keeps the price; drift is told."""
    clock = ManualClock()
    market = MiraklSimulator(
        clock=clock.now,
        api_key="key-123",
        offers={"MUG": OfferState(price="8.50", quantity=20), "RUG": OfferState(price="90", quantity=1)},
    )
    runner = Runner({"john-lewis": transport(market)}, clock=clock)
    desk = Offers(config)
    rows = {"MUG": "8.25", "RUG": "89.999"}
    prices = [OfferPrices(sku=ChannelSku(sku), rows=(PriceRow(price=Decimal(price)),)) for sku, price in rows.items()]
    receipt = runner.run(desk.push_prices(prices))
    assert receipt.accepted == ("MUG",)
    assert [(str(each.sku), "decimals" in each.message) for each in receipt.refused] == [("RUG", True)]
    assert runner.run(desk.change({ChannelSku("MUG"): OfferChange(leadtime_to_ship=4)})).accepted == ("MUG",)
    shown = market.offers["MUG"]
    assert (shown.price, shown.quantity, shown.details.leadtime_to_ship) == (Decimal("8.25"), 20, 4)
    levels = [StockLevel(sku=ChannelSku("MUG"), units=20), StockLevel(sku=ChannelSku("RUG"), units=3)]
    report = runner.run(desk.drift(levels))
    assert [(str(each.sku), each.wanted, each.shown) for each in report.wrong] == [("RUG", 3, 1)]
