"""Drift of stock by warehouse, single prices changed without losing others, gathered changes through the channel."""

import decimal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.calls.decode import read
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.messages import Response
from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.mirakl import Gathered, endpoints
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.models.additional_fields import AdditionalField, NewAdditionalField
from khaos_connectors.mirakl.models.offers import Offer
from khaos_connectors.mirakl.offers.drift import LOOKED_UP, compare_stock, read_back
from khaos_connectors.mirakl.offers.merge import NotWhole, OfferChange, merged
from khaos_connectors.mirakl.offers.price_file import OfferPrices, PriceRow, price_problem
from khaos_connectors.mirakl.offers.price_merge import merged_prices
from khaos_connectors.protocols import StockLevel
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.play import play
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.mirakl.offer_state import OfferDetails, PriceLine
from khaos_connectors.testing.simulators.routes import transport

Change = Callable[..., MiraklConfig]
Answer = Callable[..., Response]
WHEN = datetime(2026, 3, 1, tzinfo=UTC)


class Shop:
    """A marketplace with a runner for its account."""

    def __init__(self, offers: dict[str, OfferState], settings: MiraklSettings | None = None) -> None:
        self.clock = ManualClock()
        self.sim = MiraklSimulator(clock=self.clock.now, api_key="key-123", offers=offers, settings=settings)
        self.asked: list[str] = []
        hooks = [lambda event: self.asked.append(event.operation)]
        self._runner = Runner({"john-lewis": transport(self.sim)}, clock=self.clock, hooks=hooks)

    def run(self, flow: Flow[object]) -> object:
        return self._runner.run(flow)


def level(sku: str, units: int) -> StockLevel:
    return StockLevel(sku=ChannelSku(sku), units=units)


# --- drift -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("others", [0, LOOKED_UP])
def test_what_was_pushed_to_a_warehouse_is_compared_there(change: Change, others: int) -> None:
    """With ``stock_warehouse`` set, an offer that shows the pushed units there is right whatever lies elsewhere."""
    depots = OfferDetails(warehouses=(("EAST", 1), ("WEST", 6)))
    offers = {"A": OfferState(price="9", quantity=7, details=depots), "B": OfferState(price="9", quantity=3)}
    shop = Shop(offers | {f"S{n}": OfferState(price="9", quantity=1) for n in range(others)})
    config = change(stock_warehouse="EAST")
    assert shop.run(MiraklChannel(config).push_stock([level("A", 4)])).accepted == ("A",)
    wanted = {ChannelSku("A"): 4, ChannelSku("B"): 3} | {ChannelSku(f"S{n}"): 1 for n in range(others)}
    report = shop.run(read_back(config.caller(), config, wanted))
    assert report.right == 1
    assert shop.sim.offers["A"].quantity == 10
    first = report.wrong[0]
    assert (str(first.sku), first.shown, first.why) == ("B", None, "it has no stock in the warehouse EAST")


def test_what_could_not_be_read_is_not_clean() -> None:
    """An offer that broke the contract may show anything: the report does not call it clean."""
    report = compare_stock({ChannelSku("A"): 1}, [], unreadable=["A"])
    assert (report.missing, report.unreadable, report.clean) == ((), ("A",), False)


# --- prices ----------------------------------------------------------------------------------------------------------


def test_one_price_is_changed_and_the_others_stay(change: Change) -> None:
    """PRI01 deletes what is not sent: a new default price keeps those of a channel, of a group and of a season."""
    lines = (
        PriceLine(price=Decimal(22), channels=("UK",), ranges=((5, Decimal(21)),)),
        PriceLine(price=Decimal(18), groups=("CLUB",)),
        PriceLine(price=Decimal(15), start="2026-11-20T00:00:00Z", end="2026-11-30T00:00:00Z"),
    )
    shop = Shop({"MUG": OfferState(price="20", quantity=7, details=OfferDetails(prices=lines))})
    new = OfferPrices(sku=ChannelSku("MUG"), rows=(PriceRow(price=Decimal("19.50"), discount_price=Decimal(17)),))
    ghost = OfferPrices(sku=ChannelSku("GHOST"), rows=(PriceRow(price=Decimal(1)),))
    receipt = shop.run(MiraklChannel(change()).offers.change_prices([new, ghost]))
    after = shop.sim.offers["MUG"]
    assert receipt.accepted == ("MUG",)
    assert [(str(each.sku), "no offer" in each.message) for each in receipt.refused] == [("GHOST", True)]
    assert (after.price, after.details.discount and after.details.discount.discount) == (Decimal("19.50"), Decimal(17))
    kept = [attrs.evolve(line, ranges=line.ranges) for line in after.details.prices]
    assert [(line.price, line.channels, line.groups, line.ranges) for line in kept] == [
        (line.price, line.channels, line.groups, line.ranges) for line in lines
    ]
    assert [line.start for line in kept] == [None, None, "2026-11-20T00:00:00Z"]


def test_a_price_for_a_new_place_is_added() -> None:
    """What has no counterpart is added; what cannot be told whole is refused instead of deleted."""
    offer = _offer({"all_prices": [{"unit_origin_price": 20}], "retail_prices": [{"unit_origin_price": 30}]})
    found = merged_prices(offer, [PriceRow(price=Decimal(22), channels=("UK",))])
    assert isinstance(found, OfferPrices)
    assert [(str(row.price), row.channels, row.kind.value) for row in found.rows] == [
        ("20", (), "PRICE"),
        ("30", (), "RETAIL-PRICE"),
        ("22", ("UK",), "PRICE"),
    ]
    assert "origin price" in str(merged_prices(_offer({"all_prices": [{"price": 20}]}), []))
    assert "did not tell" in str(merged_prices(_offer({}), []))


@settings(max_examples=30, deadline=None)
@given(
    channels=st.lists(st.sampled_from(["UK", "IE", "FR"]), unique=True),
    changed=st.sampled_from([None, "UK", "IE", "DE"]),
    price=st.integers(1, 99),
)
def test_a_change_of_one_price_loses_none(channels: list[str], changed: str | None, price: int) -> None:
    """Law: after a change every other price stands as it was, and the changed one is there once."""
    lines = tuple(PriceLine(price=Decimal(20 + n), channels=(code,)) for n, code in enumerate(channels))
    shop = Shop({"A": OfferState(price="10", quantity=1, details=OfferDetails(prices=lines))})
    config = MiraklConfig(account="john-lewis", base_url="shop.example.com", api_key="key-123", pace_factor=0)
    row = PriceRow(price=Decimal(price), channels=() if changed is None else (changed,))
    shop.run(MiraklChannel(config).offers.change_prices([OfferPrices(sku=ChannelSku("A"), rows=(row,))]))
    after = shop.sim.offers["A"]
    shown = {None: after.price} | {line.channels[0]: line.price for line in after.details.prices}
    before = {None: Decimal(10)} | {line.channels[0]: line.price for line in lines}
    assert shown == before | {changed: Decimal(price)}
    assert len(after.details.prices) == len(shown) - 1


def test_two_prices_for_the_same_place_are_refused() -> None:
    """One of them would be lost, and nobody can say which."""
    default = PriceRow(price=Decimal(20))
    uk = PriceRow(price=Decimal(22), channels=("UK", "IE"))
    offer = OfferPrices(sku=ChannelSku("A"), rows=(default, uk, PriceRow(price=Decimal(23), channels=("IE",))))
    assert "two prices hold on channel IE" in price_problem(offer)
    later = attrs.evolve(offer.rows[2], start=WHEN)
    assert price_problem(attrs.evolve(offer, rows=(default, uk, later))) == ""


def test_decimals_are_counted_whatever_the_context_of_the_caller() -> None:
    """A caller who works with three digits does not make 12.345 a price of two decimals."""
    with decimal.localcontext(decimal.Context(prec=3)):
        fine = OfferPrices(sku=ChannelSku("A"), rows=(PriceRow(price=Decimal("12.345")),))
        assert "more than 2 decimals" in price_problem(fine)
    for amount in ("12.340", "0.00000", "1E+3", "12.34"):
        assert price_problem(OfferPrices(sku=ChannelSku("A"), rows=(PriceRow(price=Decimal(amount)),))) == ""


# --- whole offers ----------------------------------------------------------------------------------------------------


def _offer(more: dict[str, object]) -> Offer:
    given = {"shop_sku": "A", "quantity": 1, "active": True, "product_sku": "P", "state_code": "11"}
    return read(Offer, given | more, system="john-lewis", operation="OF22")


_AMOUNTS = st.integers(100, 9999).map(lambda cents: Decimal(cents) / 100)


@st.composite
def _details(draw: st.DrawFn) -> tuple[Decimal, OfferDetails]:
    """The price and the details of an offer, any of them there or not, with discounts and prices by quantity."""
    price = draw(_AMOUNTS)

    def line(origin: Decimal, channels: tuple[str, ...]) -> PriceLine:
        lower = origin / 2 if draw(st.booleans()) else None
        starts = "2026-02-01T00:00:00Z" if lower is not None and draw(st.booleans()) else None
        steps = ((5, origin - Decimal("0.10")), (10, origin - Decimal("0.20"))) if draw(st.booleans()) else ()
        lower_steps = tuple((at, step / 2) for at, step in steps) if lower is not None and draw(st.booleans()) else ()
        return PriceLine(
            price=origin,
            discount=None if lower is None else lower.quantize(Decimal("0.01")),
            discount_start=starts,
            ranges=steps,
            discount_ranges=tuple((at, step.quantize(Decimal("0.01"))) for at, step in lower_steps),
            channels=channels,
        )

    default = line(price, ())
    rich = default.discount is not None or bool(default.ranges)
    channels = draw(st.lists(st.sampled_from(["UK", "IE"]), unique=True, max_size=2))
    return price, OfferDetails(
        description=draw(st.sampled_from([None, "A mug"])),
        leadtime_to_ship=draw(st.sampled_from([None, 2, 9])),
        logistic_class=draw(st.sampled_from(["STD", "BULKY"])),
        min_order_quantity=draw(st.sampled_from([None, 2])),
        product_tax_code=draw(st.sampled_from([None, "TAX1"])),
        allow_quote_requests=draw(st.booleans()),
        discount=default if rich else None,
        prices=tuple(line(draw(_AMOUNTS), (code,)) for code in channels),
        additional=draw(st.sampled_from([(), (("engraving", "yes"),)])),
    )


@settings(max_examples=150, deadline=None)
@given(_details(), st.integers(0, 99))
def test_what_is_not_changed_reads_the_same_afterwards(drawn: tuple[Decimal, OfferDetails], units: int) -> None:
    """Law: after a change of the quantity, OF22 tells all the rest as before, prices by channel and quantity too."""
    price, details = drawn
    shop = Shop({"A": OfferState(price=price, quantity=7, details=details)})
    config = MiraklConfig(account="john-lewis", base_url="shop.example.com", api_key="key-123", pace_factor=0)

    def told() -> Offer:
        return shop.run(config.caller().perform(endpoints.get_offer(config.scope, 2000)))

    before = told()
    receipt = shop.run(MiraklChannel(config).offers.change({ChannelSku("A"): OfferChange(quantity=units)}))
    assert receipt.accepted == ("A",), receipt
    after = told()
    assert attrs.evolve(after, quantity=7, active=True, inactivity_reasons=()) == attrs.evolve(
        before, active=True, inactivity_reasons=()
    )


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"price": 15, "discount": {"discount_price": 15}}, "the price before it"),
        ({"price": 15, "all_prices": [{"channel_code": "UK", "unit_origin_price": 20}]}, "the default one"),
    ],
)
def test_a_price_of_today_is_never_written_as_the_origin_price(more: dict[str, object], why: str) -> None:
    """``price`` is what is paid now: where the origin price is not told, a write would make a discount permanent."""
    found = merged(_offer(more), OfferChange(), complete=True)
    assert isinstance(found, NotWhole)
    assert why in str(found)


def test_a_custom_field_keeps_all_its_values() -> None:
    """A field of a type that is not known here and holds several values is written with all of them."""
    field = {"code": "size", "type": "NEW_LIST", "value": ["S", "M"]}
    offer = _offer({"price": 1, "offer_additional_fields": [field]})
    assert isinstance(offer.offer_additional_fields and offer.offer_additional_fields[0], AdditionalField)
    found = merged(offer, OfferChange(pricing_unit="kg"), complete=True)
    assert not isinstance(found, NotWhole)
    assert found.offer_additional_fields == (NewAdditionalField(code="size", value=("S", "M")),)
    assert found.pricing_unit == "kg"


# --- gathering -------------------------------------------------------------------------------------------------------


def test_gathered_changes_go_out_once_and_what_is_pending_waits_on(change: Change) -> None:
    """Twenty changes in five minutes become one file with the newest levels; what was not settled goes again."""
    shop = Shop({f"S{n}": OfferState(price="9", quantity=0) for n in range(4)})
    channel, gathered = MiraklChannel(change()), Gathered(window=timedelta(minutes=5))
    for minute in range(5):
        gathered = gathered.with_levels([level(f"S{n}", 10 * minute + n) for n in range(4)], shop.clock.now())
        assert not gathered.is_due(shop.clock.now())
        shop.clock.advance(60)
    assert gathered.is_due(shop.clock.now())
    receipt = shop.run(channel.push_stock(gathered.levels))
    assert shop.asked.count("STO01") == 1
    assert {sku: offer.quantity for sku, offer in shop.sim.offers.items()} == {f"S{n}": 40 + n for n in range(4)}
    assert gathered.after(gathered.levels, receipt, shop.clock.now()).levels == ()


def test_what_is_pending_or_refused_while_gathering(change: Change, answer: Answer) -> None:
    """Pending rows stay and are pushed again with the next window; refused ones go, as pushing again helps nobody."""
    gathered = Gathered().with_levels([level("A", 1), level("B", 2)], WHEN)
    channel = MiraklChannel(change(import_patience_seconds=1, stock_rows_per_file=1))
    outcomes = [answer({"import_id": "1"}), answer({"message": "Bad"}, 400), answer({"status": "RUNNING"})]
    outcomes[2] = answer({"import_id": "1", "status": "RUNNING"})
    receipt = play(channel.push_stock(gathered.levels), outcomes).result
    assert (receipt.pending, [str(each.sku) for each in receipt.refused]) == (("A",), ["B"])
    left = gathered.after(gathered.levels, receipt, WHEN)
    assert (left.levels, left.since) == ((level("A", 1),), WHEN)
