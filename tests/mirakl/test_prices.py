"""Prices: the file, the push with every offer's fate by SKU, and the trap that a price not sent is deleted."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors import errors
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.offers.import_push import ImportReceipt
from khaos_connectors.mirakl.offers.price_file import (
    MOST_PRICES,
    OfferPrices,
    PriceKind,
    PriceRow,
    newest_prices,
    price_problem,
    price_table,
)
from khaos_connectors.mirakl.offers.prices import push_prices
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.mirakl_offers_strategies import offer_prices
from khaos_connectors.testing.play import play
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.routes import transport

Change = Callable[..., MiraklConfig]
WHEN = datetime(2026, 3, 1, tzinfo=UTC)


def prices(sku: str, *rows: PriceRow) -> OfferPrices:
    return OfferPrices(sku=ChannelSku(sku), rows=rows)


def row(price: str, **more: object) -> PriceRow:
    return attrs.evolve(PriceRow(price=Decimal(price)), **more)


def market(skus: int = 6, **settings: object) -> tuple[MiraklSimulator, ManualClock]:
    clock = ManualClock()
    made = MiraklSimulator(
        clock=clock.now,
        api_key="key-123",
        offers={f"S{n}": OfferState(price="9.99", quantity=3) for n in range(skus)},
        settings=attrs.evolve(MiraklSettings(), **settings),
    )
    return made, clock


def push(config: MiraklConfig, sim: MiraklSimulator, clock: ManualClock, offers: list[OfferPrices]) -> ImportReceipt:
    runner = Runner({"john-lewis": transport(sim)}, clock=clock)
    return runner.run(push_prices(config.caller(), config, offers))


def test_prices_arrive_and_stock_stays(config: MiraklConfig) -> None:
    """A push sets the default price, a discount and a channel's price, and leaves stock and everything else alone."""
    sim, clock = market()
    discounted = row("20.00", discount_price=Decimal("15.50"), discount_start=WHEN)
    offers = [prices("S1", discounted, row("22.00", channels=("UK", "IE"))), prices("S2", row("5"))]
    receipt = push(config, sim, clock, offers)
    assert (receipt.accepted, receipt.refused, receipt.pending) == (("S1", "S2"), (), ())
    first = sim.offers["S1"]
    assert (first.price, first.quantity) == (Decimal("20.00"), 3)
    assert first.details.discount is not None
    assert first.details.discount.discount == Decimal("15.50")
    assert [line.channels for line in first.details.prices] == [("UK", "IE")]
    assert sim.offers["S2"].price == Decimal(5)
    assert sim.offers["S0"].price == Decimal("9.99")


def test_what_is_not_sent_is_deleted_and_so_a_default_price_must_be(config: MiraklConfig) -> None:
    """A second push without the channel's price removes it; one without a default price is refused here."""
    sim, clock = market()
    push(config, sim, clock, [prices("S1", row("20"), row("22", channels=("UK",)))])
    push(config, sim, clock, [prices("S1", row("21"))])
    assert sim.offers["S1"].details.prices == ()
    receipt = push(config, sim, clock, [prices("S1", row("22", channels=("UK",)))])
    assert [(each.sku, "exactly one default price" in each.message) for each in receipt.refused] == [("S1", True)]
    assert sim.offers["S1"].price == Decimal(21)


def test_refused_offers_are_named_by_sku(config: MiraklConfig) -> None:
    """COMPLETE with failed lines: the report is read back to SKUs, the others are accepted."""
    sim, clock = market(failing_skus=frozenset({"S3"}))
    receipt = push(config, sim, clock, [prices(f"S{n}", row("7.50")) for n in range(6)] + [prices("GONE", row("1"))])
    assert {each.sku for each in receipt.refused} == {"S3", "GONE"}
    assert set(receipt.accepted) == {"S0", "S1", "S2", "S4", "S5"}


def test_one_bad_offer_does_not_spoil_the_others(config: MiraklConfig) -> None:
    """An offer that cannot be written is refused before anything is sent, and the file goes without it."""
    sim, clock = market()
    bad = prices("S0", row("1.005"))
    receipt = push(config, sim, clock, [bad, prices("S1", row("3"))])
    assert [each.sku for each in receipt.refused] == ["S0"]
    assert receipt.accepted == ("S1",)


def test_the_rows_of_an_offer_stay_in_one_file(change: Change) -> None:
    """However small the files are, an offer's prices are never split over two: the second would delete the first."""
    config = change(stock_rows_per_file=4)  # one offer to a file of prices
    sim, clock = market()
    rows = tuple(row(str(10 + n), channels=(f"C{n}",)) for n in range(5))
    receipt = push(config, sim, clock, [prices(f"S{n}", row("10"), *rows) for n in range(3)])
    assert len(receipt.tickets) == 3
    assert all(len(sim.offers[f"S{n}"].details.prices) == 5 for n in range(3))


def test_an_instance_without_price_imports_is_named(config: MiraklConfig, answer: Callable[..., object]) -> None:
    """404 on PRI01 is ``Unsupported`` with what to do."""
    with pytest.raises(errors.Unsupported, match="price import"):
        play(push_prices(config.caller(), config, [prices("S1", row("1"))]), [answer({"message": "no"}, 404)])


def test_an_import_that_is_not_listed_yet_is_waited_for(config: MiraklConfig, answer: Callable[..., object]) -> None:
    """PRI02 is a list only: the import that it does not show yet is still open, and patience ends as pending."""
    taken = answer({"import_id": "p1"}, 201)
    done = answer({"data": [{"import_id": "p1", "status": "COMPLETE", "has_error_report": False}]})
    outcomes = [taken, answer({"data": []}), answer({"data": [{"import_id": "other", "status": "FAILED"}]}), done]
    assert play(push_prices(config.caller(), config, [prices("S1", row("1"))]), outcomes).result.accepted == ("S1",)


@pytest.mark.parametrize(
    ("offer", "why"),
    [
        (prices("S/1", row("1")), "no slash"),
        (prices("S1", *[row("1", channels=(str(n),)) for n in range(MOST_PRICES)], row("1")), "at most 50"),
        (prices("S1"), "exactly one default"),
        (prices("S1", row("1"), row("2")), "exactly one default"),
        (prices("S1", row("2", kind=PriceKind.RETAIL)), "exactly one default"),
        (prices("S1", row("-1")), "0 or more"),
        (prices("S1", row("NaN")), "0 or more"),
        (prices("S1", row("1.001")), "decimals"),
        (prices("S1", row("1", discount_price=Decimal(1))), "less than"),
        (prices("S1", row("1", ranges=((5, Decimal(1)), (5, Decimal(1))))), "rise"),
        (prices("S1", row("1", ranges=((0, Decimal(1)),))), "rise"),
        (prices("S1", row("1"), row("2", channels=("A|B",))), "separated by |"),
        (prices("S1", row("1"), row("2", start=WHEN, end=datetime(2025, 1, 1, tzinfo=UTC))), "ends before"),
        (prices("S1", row("1", discount_price=Decimal("0.5"), discount_start=WHEN.replace(tzinfo=None))), "time zone"),
        (prices("S1", row("1", discount_end=WHEN)), "needs a discount"),
    ],
)
def test_what_cannot_be_written_is_told(offer: OfferPrices, why: str) -> None:
    """Each rule of the file has a sentence of its own."""
    assert why in price_problem(offer)


def test_the_table_of_the_template() -> None:
    """Only columns that somebody fills are written, the times in UTC, ranges as quantity|price."""
    offer = prices("S1", row("20", ranges=((10, Decimal("15.50")),), discount_price=Decimal(18), discount_start=WHEN))
    assert price_table([offer]).decode() == (
        "offer-sku;price;price-ranges;discount-price;discount-start-date\nS1;20;10|15.50;18;2026-03-01T00:00:00Z\n"
    )
    assert price_table([prices("S;1", row("1"))], separator=",").decode() == "offer-sku,price\nS;1,1\n"


@given(st.lists(offer_prices(), max_size=6))
def test_every_offer_is_told_exactly_once(offers: list[OfferPrices]) -> None:
    """Law: of each SKU the last set counts, and what the rules let through fits the vendor's bounds."""
    kept = newest_prices(offers)
    assert len({offer.sku for offer in kept}) == len(kept)
    assert {offer.sku: offer for offer in offers} == {offer.sku: offer for offer in kept}
    good = [offer for offer in kept if not price_problem(offer)]
    lines = price_table(good).decode().splitlines()
    assert len(lines) == 1 + sum(len(offer.rows) for offer in good)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"price": 8.5}, "price: 8.5 is a float: money is Decimal"),
        ({"price": "8.50"}, "price: '8.50' is a str: money is Decimal"),
        ({"discount_price": 8}, "discount_price: 8 is a int: money is Decimal"),
        ({"ranges": ((10, 8.5),)}, "ranges[0] is (units from which it holds, price as a Decimal), not (10, 8.5)"),
        ({"discount_ranges": ((10,),)}, "discount_ranges[0] is (units from which it holds"),
        ({"channels": "UK"}, "channels must be a tuple of str, not one str alone: write (it,)"),
        ({"kind": "PRICE"}, "kind must be a member of PriceKind, not 'PRICE': write PriceKind.PRICE"),
    ],
)
def test_a_price_is_exact_when_it_is_made(wrong: dict[str, object], told: str) -> None:
    """A float, a text or a lone channel is refused by its field, not found in the middle of a push."""
    with pytest.raises(TypeError, match=re.escape(told)):
        PriceRow(**{"price": Decimal("9.99"), **wrong})
