"""Offers: read-merge-write that loses nothing, drift, gathered changes, and the traps of reading and writing them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors import errors
from khaos_connectors.calls.decode import read
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.config import MiraklConfig, StockWay
from khaos_connectors.mirakl.models.additional_fields import AdditionalFieldType, NewAdditionalField
from khaos_connectors.mirakl.models.exports import ExportState
from khaos_connectors.mirakl.models.new_offers import NewOffer
from khaos_connectors.mirakl.models.offer_codes import OfferImportState
from khaos_connectors.mirakl.models.offers import Offer
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.offers.coalescing import Gathered
from khaos_connectors.mirakl.offers.desk import Offers
from khaos_connectors.mirakl.offers.drift import LOOKED_UP, Shown, compare_stock, read_back
from khaos_connectors.mirakl.offers.merge import NotWhole, OfferChange, merged
from khaos_connectors.mirakl.offers.price_file import OfferPrices
from khaos_connectors.mirakl.offers.rewrite import rewrite_offers
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.protocols import StockLevel
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.mirakl_offers_strategies import offer_answers, offer_changes
from khaos_connectors.testing.play import play
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.mirakl.offer_state import OfferDetails, PriceLine
from khaos_connectors.testing.simulators.routes import transport

T = TypeVar("T")
Change = Callable[..., MiraklConfig]
Answer = Callable[..., Response]
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
RICH = OfferDetails(
    description="A mug",
    internal_description="shelf 4",
    price_additional_info="with box",
    leadtime_to_ship=3,
    logistic_class="BULKY",
    min_quantity_alert=2,
    min_order_quantity=1,
    max_order_quantity=9,
    package_quantity=1,
    available_start="2026-01-01T00:00:00Z",
    product_tax_code="TAX1",
    discount=PriceLine(price=Decimal(20), discount=Decimal("15.50"), discount_start="2026-02-01T00:00:00Z"),
    prices=(PriceLine(price=Decimal(22), channels=("UK",)),),
    additional=(("engraving", "yes"),),
)


class Shop:
    """A simulated marketplace with a runner for its account."""

    def __init__(self, offers: dict[str, OfferState], settings: MiraklSettings | None = None) -> None:
        self.clock = ManualClock()
        self.sim = MiraklSimulator(clock=self.clock.now, api_key="key-123", offers=offers, settings=settings)
        self.asked: list[str] = []
        hooks = [lambda event: self.asked.append(event.operation)]
        self._runner = Runner({"john-lewis": transport(self.sim)}, clock=self.clock, hooks=hooks)

    def run(self, flow: Flow[T]) -> T:
        return self._runner.run(flow)


def test_complaint_01_a_change_of_one_field_wipes_nothing(config: MiraklConfig) -> None:
    """OF24 resets what is not sent. Read, merged and written whole, every other field is what it was, the stock too."""
    shop = Shop({"MUG": OfferState(price="20", quantity=7, details=RICH)})
    receipt = shop.run(rewrite_offers(config.caller(), config, {ChannelSku("MUG"): OfferChange(leadtime_to_ship=5)}))
    after = shop.sim.offers["MUG"]
    assert receipt.accepted == ("MUG",)
    assert after.quantity == 7
    assert after.price == Decimal(20)
    wanted = attrs.evolve(RICH, leadtime_to_ship=5)
    same = {field.name for field in attrs.fields(OfferDetails)} - {"discount", "prices", "available_start"}
    assert {name: getattr(after.details, name) for name in same} == {name: getattr(wanted, name) for name in same}
    assert after.details.discount is not None
    assert after.details.discount.discount == Decimal("15.50")
    assert [(line.price, line.channels) for line in after.details.prices] == [(Decimal(22), ("UK",))]


def test_a_change_that_names_nothing_is_refused_by_its_row(config: MiraklConfig) -> None:
    """Nothing is read or written for it, and the changes beside it are made; a change without prices is the same."""
    offers = {sku: OfferState(price="20", quantity=7) for sku in ("MUG", "JUG")}
    shop, desk = Shop(offers), Offers(config)
    nothing = shop.run(desk.change({ChannelSku("MUG"): OfferChange()}))
    assert [(row.sku, "names no field" in row.message) for row in nothing.refused] == [("MUG", True)]
    assert (nothing.accepted, nothing.pending, shop.asked) == ((), (), [])
    both = shop.run(desk.change({ChannelSku("MUG"): OfferChange(), ChannelSku("JUG"): OfferChange(leadtime_to_ship=0)}))
    assert (both.accepted, [row.sku for row in both.refused]) == (("JUG",), ["MUG"])
    assert shop.sim.offers["MUG"] == offers["MUG"]
    shop.asked.clear()
    prices = shop.run(desk.change_prices([OfferPrices(sku=ChannelSku("MUG"), rows=())]))
    assert [(row.sku, "names no price" in row.message) for row in prices.refused] == [("MUG", True)]
    assert not {"OF21", "PRI01"} & set(shop.asked)


def test_the_simulated_write_does_wipe(config: MiraklConfig) -> None:
    """The trap is there to fall into: an offer written with the needed fields alone loses all the others."""
    shop = Shop({"MUG": OfferState(price="20", quantity=7, details=RICH)})
    bare = NewOffer(
        shop_sku="MUG", product_id="P", product_id_type="SKU", price=Decimal(20), state_code="11", quantity=0
    )
    shop.run(config.caller().perform(endpoints.write_offers(config.scope, [bare])))
    shop.clock.advance(60)
    shop.sim.tick()
    assert shop.sim.offers["MUG"].quantity == 0
    assert shop.sim.offers["MUG"].details == OfferDetails()


def test_what_cannot_be_read_whole_is_not_written(config: MiraklConfig) -> None:
    """Warehouse stock, prices for some customers, and unknown SKUs are refused by name; the others are written."""
    shop = Shop(
        {
            "GOOD": OfferState(price="20", quantity=7),
            "DEPOT": OfferState(price="20", quantity=7, details=OfferDetails(warehouses=(("EAST", 7),))),
            "CLUB": OfferState(
                price="20",
                quantity=7,
                details=OfferDetails(prices=(PriceLine(price=Decimal(18), groups=("CLUB",)),)),
            ),
        }
    )
    skus = ("GOOD", "DEPOT", "CLUB", "NONE")
    changes = {ChannelSku(sku): OfferChange(description="new") for sku in skus}
    receipt = shop.run(rewrite_offers(config.caller(), config, changes))
    assert receipt.accepted == ("GOOD",)
    why = {str(each.sku): each.message for each in receipt.refused}
    assert "warehouses" in why["DEPOT"]
    assert "some customers" in why["CLUB"]
    assert "no offer with this SKU" in why["NONE"]
    assert shop.sim.offers["DEPOT"].details.warehouses == (("EAST", 7),)


def test_an_offer_of_the_list_alone_is_not_whole(scope: Scope) -> None:
    """OF21 does not tell the product tax code, so what it gives is never written back."""
    offer = _offer({"shop_sku": "A", "quantity": 1, "active": True, "product_sku": "P", "state_code": 11, "price": 1})
    refused = merged(offer, OfferChange(), complete=False)
    assert isinstance(refused, NotWhole)
    assert "OF22" in str(refused)
    empty = merged(attrs.evolve(offer, product_sku=None, state_code=None, price=None), OfferChange(), complete=True)
    assert isinstance(empty, NotWhole)
    assert len(empty.reasons) == 3


def test_numbers_that_moved_on_are_noticed(config: MiraklConfig, answer: Answer) -> None:
    """Offer numbers are not stable: one that leads to another SKU by now is refused, never written over it."""
    row = {"shop_sku": "A", "quantity": 1, "active": True, "offer_id": 7}
    outcomes = [answer({"offers": [row], "total_count": 1}), answer({**row, "shop_sku": "B"})]
    result = play(rewrite_offers(config.caller(), config, {ChannelSku("A"): OfferChange(quantity=2)}), outcomes).result
    assert "now leads to" in result.refused[0].message


def _offer(answer: dict[str, object]) -> Offer:
    return read(Offer, answer, system="john-lewis", operation="OF22")


@given(offer_answers(), offer_changes())
def test_a_merge_changes_what_was_asked_and_nothing_else(answer: dict[str, object], change: OfferChange) -> None:
    """Law: each field of the write is the change's, else the read's, under its own name."""
    offer = _offer(answer)
    whole = merged(offer, change, complete=True)
    assert isinstance(whole, NewOffer)
    names = {"available_started": "available_start_date", "available_ended": "available_end_date"}
    for field in attrs.fields(OfferChange):
        wanted = getattr(change, field.name)
        if wanted is None:
            wanted = getattr(offer, names.get(field.name, field.name), None)  # no read tells the pricing unit
            wanted = wanted.code if field.name == "logistic_class" and wanted is not None else wanted
        assert getattr(whole, field.name) == wanted
    assert (whole.price, whole.product_id, whole.product_id_type) == (offer.price, offer.product_sku, "SKU")
    sent = json.loads(endpoints.write_offers(Scope(account="a"), [whole]).request.body)["offers"][0]
    assert sent["quantity"] == (offer.quantity if change.quantity is None else change.quantity)


def test_complaint_02_the_logistic_class_is_an_object_to_read_and_a_code_to_write(scope: Scope) -> None:
    """Two models: what is read is never sent back as it came, which would be a bare 400."""
    given = {"shop_sku": "A", "quantity": 1, "active": True, "product_sku": "P", "state_code": "11", "price": "1.10"}
    offer = _offer({**given, "logistic_class": {"code": "M", "label": "Medium"}})
    whole = merged(offer, OfferChange(), complete=True)
    assert isinstance(whole, NewOffer)
    body = json.loads(endpoints.write_offers(scope, [whole]).request.body)
    assert body["offers"][0]["logistic_class"] == "M"


def test_trap_02_numbers_as_texts_and_texts_as_numbers_in_offers(scope: Scope, answer: Answer) -> None:
    """Mirakl's own OF24 example sends quantities as texts and a price as one: both are read, numbers are written."""
    row = {"shop_sku": 77, "quantity": "5000", "active": True, "price": "49", "package_quantity": "2", "state_code": 11}
    page = endpoints.list_offers(scope).decode(answer({"offers": [row], "total_count": 1}))
    (found,) = page.items
    assert isinstance(found, Read)
    assert (found.record.shop_sku, found.record.quantity, found.record.price) == ("77", 5000, Decimal(49))
    new = NewOffer(
        shop_sku="A", product_id="1", product_id_type="EAN", price=Decimal("49.90"), state_code="11", quantity=5000
    )
    assert b'"price":49.90' in endpoints.write_offers(scope, [new]).request.body
    assert b'"quantity":5000' in endpoints.write_offers(scope, [new]).request.body


def test_trap_09_imports_end_as_complete(scope: Scope, answer: Answer) -> None:
    """Imports say COMPLETE and exports COMPLETED; a word that is none of ours is kept and ends nothing."""
    status = endpoints.offer_import_status(scope, 7).decode(answer({"import_id": 7, "status": "COMPLETE"}))
    export = endpoints.offer_export_status(scope, "t").decode(answer({"status": "COMPLETED", "urls": ["u"]}))
    later = endpoints.offer_import_status(scope, 7).decode(answer({"import_id": 7, "status": "PAUSED"}))
    assert status.status is OfferImportState.COMPLETE
    assert export.status is ExportState.COMPLETED
    assert getattr(later.status, "code", None) == "PAUSED"


def test_trap_11_media_addresses_are_kept_as_they_came(scope: Scope, answer: Answer) -> None:
    """Addresses of pictures are relative to the instance, without /api: they are not read as addresses of ours."""
    product = {"product_sku": "P", "product_media": {"media_url": "/media/product/1.jpg", "type": "SMALL"}}
    wanted = endpoints.MarketFilter(product_ids=("P",))
    page = endpoints.list_product_offers(scope, wanted).decode(answer({"products": [product]}))
    (found,) = page.items
    assert isinstance(found, Read)
    assert found.record.product_media is not None
    assert found.record.product_media.media_url == "/media/product/1.jpg"


def test_trap_12_import_numbers_and_import_ids(scope: Scope, answer: Answer) -> None:
    """Offer imports have numbers, price and stock imports texts: each is asked for by what it has."""
    assert endpoints.write_offers(scope, [_new("A")]).decode(answer({"import_id": 2044}, 201)).import_id == "2044"
    assert (
        endpoints.import_prices(scope, b"x").decode(answer({"import_id": "7d98", "importId": "7d98"})).import_id
        == "7d98"
    )
    assert endpoints.offer_import_status(scope, 2044).request.path == "/api/offers/imports/2044"
    with pytest.raises(errors.Invalid):
        endpoints.offer_import_status(scope, -1)


def _new(sku: str, **more: object) -> NewOffer:
    return attrs.evolve(
        NewOffer(shop_sku=sku, product_id="P", product_id_type="SKU", price=Decimal(1), state_code="11", quantity=1),
        **more,
    )


@pytest.mark.parametrize(
    "offer",
    [
        _new(""),
        _new(" A"),
        _new("A/B"),
        _new("A" * 41),
        _new("A", price=Decimal("NaN")),
        _new("A", quantity=-1),
        _new("A", leadtime_to_ship=45),
        _new("A", available_started=NOW.replace(tzinfo=None)),
        _new(
            "A",
            offer_additional_fields=(
                NewAdditionalField(code="c", value="one", type=AdditionalFieldType.MULTIPLE_VALUES_LIST),
            ),
        ),
    ],
)
def test_a_write_that_mirakl_would_refuse_is_not_sent(scope: Scope, offer: NewOffer) -> None:
    """SKUs, amounts, lead times and times are looked at before anything is sent."""
    with pytest.raises(errors.Invalid):
        endpoints.write_offers(scope, [offer])
    with pytest.raises(errors.Invalid):
        endpoints.write_offers(scope, [])


def test_an_export_of_changes_takes_no_flag(scope: Scope) -> None:
    """``include_inactive_offers`` together with a date is an error at Mirakl, and refused here."""
    with pytest.raises(errors.Invalid):
        endpoints.start_offer_export(scope, endpoints.OfferExport(last_request_date=NOW, include_inactive_offers=True))


def test_csv_and_json_exports_tell_the_same(config: MiraklConfig) -> None:
    """The CSV form of an export is read under the names of the JSON form."""
    shop = Shop({f"S{n}": OfferState(price="9.99", quantity=n) for n in range(5)}, MiraklSettings(export_chunk=2))
    found: list[dict[str, int | None]] = []
    everything = endpoints.OfferExport(include_inactive_offers=True)
    for wanted in (everything, attrs.evolve(everything, export_type="text/csv")):
        started = shop.run(config.caller().perform(endpoints.start_offer_export(config.scope, wanted)))
        shop.clock.advance(61)
        status = shop.run(config.caller().perform(endpoints.offer_export_status(config.scope, started.tracking_id)))
        assert status.urls is not None
        assert len(status.urls) == 3
        rows: dict[str, int | None] = {}
        for url in status.urls:
            chunk = shop.run(config.caller().perform(endpoints.offer_export_chunk(config.scope, url)))
            rows |= {row.id: row.record.quantity for row in chunk if isinstance(row, Read)}
        found.append(rows)
    assert found[0] == found[1] == {f"S{n}": n for n in range(5)}


def test_a_bad_row_of_an_export_costs_itself(scope: Scope, answer: Answer) -> None:
    """A row without a SKU, and one with a wrong number, are broken among the good ones."""
    call = endpoints.offer_export_chunk(scope, "https://shop.example.com/api/f?file=0")
    rows = call.decode(answer([{"quantity": 1}, {"shop_sku": "A", "quantity": "many"}, {"shop_sku": "B"}]))
    assert [type(row) for row in rows] == [Broken, Broken, Read]
    text = "shop-sku;quantity;active\nA;3;true\nB;x;true\n"
    rows = call.decode(answer(text, 200, {"content-type": "text/csv"}))
    assert [(type(row), row.id) for row in rows] == [(Read, "A"), (Broken, "B")]


# --- stock without a stock import ------------------------------------------------------------------------------------


def test_stock_goes_as_whole_offers_where_there_is_no_stock_import(change: Change) -> None:
    """STO01 answers 404: with ``AUTOMATIC`` each offer is read whole and written back, its other fields untouched."""
    config = change(stock_way=StockWay.AUTOMATIC)
    offers = {"MUG": OfferState(price="20", quantity=7, details=RICH), "RUG": OfferState(price="9", quantity=1)}
    shop = Shop(offers, MiraklSettings(stock_imports=False))
    levels = [StockLevel(sku=ChannelSku(sku), units=4) for sku in ("MUG", "RUG", "N/A", "GONE")]
    receipt = shop.run(MiraklChannel(config).push_stock(levels))
    assert set(receipt.accepted) == {"MUG", "RUG"}
    assert {str(each.sku) for each in receipt.refused} == {"N/A", "GONE"}
    assert shop.sim.offers["MUG"].quantity == 4
    assert shop.sim.offers["MUG"].details.description == "A mug"
    assert shop.sim.offers["MUG"].details.product_tax_code == "TAX1"


def test_a_missing_stock_import_is_asked_for_once_a_day(change: Change) -> None:
    """The 404 of STO01 is kept for ``settings_age``; ``forget`` drops it."""
    config = change(stock_way=StockWay.AUTOMATIC)
    shop = Shop({"MUG": OfferState(price="20", quantity=7)}, MiraklSettings(stock_imports=False))
    channel = MiraklChannel(config)

    def asked() -> list[str]:
        shop.asked.clear()
        shop.run(channel.push_stock([StockLevel(sku=ChannelSku("MUG"), units=4)]))
        return [operation for operation in shop.asked if operation in {"STO01", "OF24"}]

    assert [asked(), asked()] == [["STO01", "OF24"], ["OF24"]]
    shop.clock.advance(config.settings_age.total_seconds())
    assert asked() == ["STO01", "OF24"]
    channel.forget()
    assert asked() == ["STO01", "OF24"]


def test_the_file_alone_is_used_by_default_and_never_by_offers(config: MiraklConfig, change: Change) -> None:
    """Without the setting nobody's offers are rewritten; with ``OFFERS`` the file is not tried."""
    shop = Shop({"MUG": OfferState(price="20", quantity=7)}, MiraklSettings(stock_imports=False))
    level = [StockLevel(sku=ChannelSku("MUG"), units=4)]
    with pytest.raises(errors.Unsupported, match="StockWay"):
        shop.run(MiraklChannel(config).push_stock(level))
    assert shop.sim.offers["MUG"].quantity == 7
    shop.run(MiraklChannel(change(stock_way=StockWay.OFFERS)).push_stock(level))
    assert shop.sim.offers["MUG"].quantity == 4


# --- drift -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [3, LOOKED_UP + 50])
def test_complaint_14_wrong_stock_is_found_by_reading_back(config: MiraklConfig, count: int) -> None:
    """A few offers are looked up, many are exported; the report names what is wrong and what is missing, by SKU."""
    offers = {f"S{n}": OfferState(price="9", quantity=5) for n in range(count)}
    shop = Shop({**offers, "S1": OfferState(price="9", quantity=0), "EXTRA": OfferState(price="9", quantity=2)})
    wanted = {ChannelSku(f"S{n}"): 5 for n in range(count)} | {ChannelSku("NONE"): 1}
    report = shop.run(read_back(config.caller(), config, wanted))
    assert report.right == count - 1
    assert [(str(each.sku), each.wanted, each.shown) for each in report.wrong] == [("S1", 5, 0)]
    assert report.missing == ("NONE",)
    assert report.unknown == (() if count < LOOKED_UP else ("EXTRA",))
    assert not report.clean


@given(
    wanted=st.dictionaries(st.sampled_from("ABCDEF"), st.integers(0, 3)),
    shown=st.dictionaries(st.sampled_from("ABCDEF"), st.none() | st.integers(0, 3)),
    broken=st.sets(st.sampled_from("ABCDEF")),
)
def test_every_wanted_level_is_told_once(
    wanted: dict[str, int], shown: dict[str, int | None], broken: set[str]
) -> None:
    """Law: each wanted SKU is right, wrong, missing or unreadable, and only one of them."""
    levels = {ChannelSku(sku): units for sku, units in wanted.items()}
    told = [Shown(sku=ChannelSku(sku), units=units) for sku, units in shown.items() if sku not in broken]
    report = compare_stock(levels, told, unreadable=broken)
    unreadable = {sku for sku in wanted if sku in broken}
    parts = [{str(each.sku) for each in report.wrong}, {str(sku) for sku in report.missing}, unreadable]
    assert report.right + sum(len(part) for part in parts) == len(wanted)
    assert {str(each.sku) for each in report.wrong} == {
        sku for sku in wanted if sku in shown and sku not in broken and shown[sku] != wanted[sku]
    }
    assert {str(sku) for sku in report.unknown} == {sku for sku in shown if sku not in wanted and sku not in broken}


# --- gathering -------------------------------------------------------------------------------------------------------


def _level(sku: str, units: int) -> StockLevel:
    return StockLevel(sku=ChannelSku(sku), units=units)


def test_the_newest_level_of_a_sku_goes_out_when_the_window_ends() -> None:
    """Changes wait for each other at most for the window, which begins with the first; only the newest is pushed."""
    gathered = Gathered(window=timedelta(minutes=5))
    assert not gathered.is_due(NOW)
    gathered = gathered.with_levels([_level("A", 3)], NOW).with_levels([_level("A", 2), _level("B", 1)], NOW)
    assert not gathered.is_due(NOW + timedelta(minutes=4))
    later = NOW + timedelta(minutes=5)
    assert gathered.is_due(later)
    assert gathered.levels == (_level("A", 2), _level("B", 1))
    meanwhile = gathered.with_levels([_level("A", 9)], later)
    left = meanwhile.without(gathered.levels, later)
    assert left.levels == (_level("A", 9),)
    assert not left.is_due(later)
    assert left.without([_level("A", 9)], later).since is None


def test_so_many_changes_do_not_wait() -> None:
    """A bound on what waits makes it due at once; nothing at all is never due."""
    gathered = Gathered(most=2).with_levels([], NOW)
    assert gathered.since is None
    assert gathered.with_levels([_level("A", 1), _level("B", 1)], NOW).is_due(NOW)


# --- files -----------------------------------------------------------------------------------------------------------


def test_complaint_03_one_bad_line_does_not_spoil_a_batch(config: MiraklConfig, answer: Answer) -> None:
    """A file that is refused whole is halved until the bad row stands alone; the others are taken."""
    receipt = Runner({"john-lewis": Fussy(answer)}, clock=ManualClock()).run(
        MiraklChannel(config).push_stock([_level(sku, 1) for sku in ("A", "B", "BAD", "D", "E")])
    )
    assert receipt.accepted == ("A", "B", "D", "E")
    assert [str(each.sku) for each in receipt.refused] == ["BAD"]


class Fussy:
    """A marketplace that refuses every file in which something bad stands."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def send(self, request: Request) -> Response:
        """400 for such a file, an import that is complete for others."""
        if b"BAD" in request.body:
            return self._answer({"status": 400, "message": "Bad Request"}, 400)
        return self._answer({"import_id": "1", "status": "COMPLETE"}, 201)


def test_import_lists_page_by_token(config: MiraklConfig) -> None:
    """OF04 lists what came by any door, oldest first, over pages."""
    shop = Shop({"A": OfferState(price="1", quantity=1)})
    for price in (b"2", b"3", b"4"):  # of the same file once more there would be no import of its own
        shop.run(config.caller().perform(endpoints.import_offers(config.scope, b"sku;price\nA;" + price)))
    first = endpoints.list_offer_imports(config.scope, size=2)
    found = shop.run(config.caller().pages(first))
    assert [row.id for row in found] == ["2001", "2002", "2003"]
