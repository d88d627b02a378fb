"""What nobody could read is read again after an upgrade, and never takes the place of what was pushed since."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest

from khaos_connectors.calls.decode import to_json
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.core.ids import AccountId, LocationId, OrderRef
from khaos_connectors.core.orders import ErpOrderDraft
from khaos_connectors.errors import Undecodable
from khaos_connectors.inbound import InboundRequest, InboundResponse
from khaos_connectors.khaos_control.channels import (
    ChannelsDoor,
    ItemSettings,
    KhaosChannelsConfig,
    KhaosChannelsERP,
    OrderDownloadSettings,
    boxes,
    receiving,
)
from khaos_connectors.khaos_control.channels.orders import SalesOrderImport
from khaos_connectors.khaos_control.channels.reading import read_document
from khaos_connectors.khaos_control.channels.rereading import ReadAgain
from khaos_connectors.khaos_control.models import UnreadRow
from khaos_connectors.store import Store, open_store
from khaos_connectors.testing.clock import ManualClock

_ACCOUNT = AccountId("khaos")
_BASIC = {"authorization": "Basic ZXJwOnNlY3JldA=="}


class World:
    """A door, the ERP behind it, and what an earlier version could not read."""

    def __init__(self, config: KhaosChannelsConfig, store: Store) -> None:
        self.config, self.store = config, store
        self.clock = ManualClock(datetime(2026, 7, 1, 10, 0, tzinfo=UTC))
        self.runner = Runner({}, clock=self.clock)
        self.door, self.erp = ChannelsDoor(config, store), KhaosChannelsERP(config, store)

    def puzzle(self, endpoint: str, row: object) -> None:
        """A row that was kept unread."""
        self.clock.sleep(60)
        unread = UnreadRow(key="", path="$", expected="x", payload=to_json(row))
        messages = receiving.unread_messages([unread], endpoint)
        self.store.post(_ACCOUNT, boxes.UNREAD, messages, at=self.clock.now())

    def puzzle_body(self, endpoint: str, body: bytes) -> None:
        """A body that was kept unread."""
        self.clock.sleep(60)
        problem = Undecodable(system="khaos", operation=endpoint, path="$", expected="x")
        key, message = receiving.unread_body(body, endpoint, problem)
        self.store.post(_ACCOUNT, boxes.UNREAD, {key: message}, at=self.clock.now())

    def call(self, method: str, path: str, document: object = None, cursor: str = "") -> InboundResponse:
        self.clock.sleep(60)
        body = to_json(document).encode() if document is not None else b""
        headers = {**_BASIC, "sirion-continuation": cursor}
        return self.runner.run(self.door.handle(InboundRequest(method=method, path=path, headers=headers, body=body)))

    def read_again(self) -> ReadAgain:
        self.clock.sleep(60)
        return self.runner.run(self.door.read_again())

    def stock(self) -> dict[str, tuple[int | None, bool]]:
        figures = self.runner.run(self.erp.stock()).figures
        return {f"{figure.stock_code}@{figure.location}": (figure.available, figure.discontinued) for figure in figures}

    def concerns(self) -> int:
        return len(self.runner.run(self.erp.concerns((), since=None)))


@pytest.fixture(params=["memory:", "sqlite:///"])
def world(request: pytest.FixtureRequest, settings: OrderDownloadSettings, tmp_path: Path) -> Iterator[World]:
    config = KhaosChannelsConfig(
        account=_ACCOUNT,
        user="erp",
        password="secret",
        public_url="https://erp-door.example.com",
        default_orders=settings,
        items=ItemSettings(locations={1: LocationId("main")}),
    )
    url: str = request.param
    store = open_store(url if url == "memory:" else f"{url}{tmp_path / 'store.db'}")
    yield World(config, store)
    store.close()


def level(units: int, code: str = "MUG", stock_id: str = "7") -> dict[str, object]:
    return {"StockCode": code, "StockID": stock_id, "SiteID": 1, "Levels": {"Available": units}}


def status(state: str, *shipped: str) -> dict[str, object]:
    shipments = [{"ID": each, "Status": "Issue", "Items": [{"SKU": "MUG", "Quantity": 1}]} for each in shipped]
    return {"OrderCode": "SO1", "Status": state, "AssociatedRef": "A", "Shipments": shipments}


def item(code: str = "MUG", *, discontinued: bool = False) -> dict[str, object]:
    return {"StockID": "7", "StockCode": code, "Options": {"Discontinued": discontinued}}


def test_rows_of_every_kind_are_read_again(world: World) -> None:
    """Each takes the place that it would have had, is no concern any more, and is not read a third time."""
    world.puzzle("OrderStatusUpload", status("PartialShip", "S1"))
    world.puzzle("StockStatusUpload", level(4))
    world.puzzle("StockUpload", item(discontinued=True))
    world.puzzle("PriceListUpload", {"PriceListID": "1", "PriceListName": "Web", "StockPrices": []})
    world.puzzle("StockStatusUpload", {"StockCode": "MUG", "SiteID": "shelf"})
    assert world.concerns() == 5
    report = world.read_again()
    assert (report.looked, report.left, len(report.entities)) == (5, 1, 4)
    assert all(each.startswith("push:") for each in report.entities)
    order = world.runner.run(world.erp.find_order(OrderRef("A")))
    assert order is not None
    assert order.code == "SO1"
    assert [each.despatch_id for each in world.runner.run(world.erp.despatches(since=world.clock.now())).items] == [
        "S1"
    ]
    assert world.stock() == {"MUG@main": (4, True)}
    assert [each.name for each in world.runner.run(world.erp.price_lists())] == ["Web"]
    assert world.concerns() == 1
    assert world.read_again() == ReadAgain(looked=1, left=1)


@pytest.mark.parametrize("encoded", [False, True])
def test_whole_bodies_are_read_again(world: World, *, encoded: bool) -> None:
    """A body is taken apart; what cannot be read of it is a row that waits from then on."""
    rows = [level(4), {"StockCode": "CUP", "SiteID": "shelf"}]
    text = to_json({"Statuses": rows}).encode()
    xml = (
        '<?xml version="1.0" encoding="latin-1"?><StockItems><Items><StockItem><StockID>7</StockID>'
        "<StockCode>MUG</StockCode><ShortDescription>Café</ShortDescription></StockItem></Items></StockItems>"
    )
    world.puzzle_body("StockStatusUpload", text)
    world.puzzle_body("StockUpload", xml.encode("latin-1" if encoded else "ascii", "xmlcharrefreplace"))
    world.puzzle_body("OrderStatusUpload", to_json({"Statuses": [status("Received")]}).encode())
    world.puzzle_body("PriceListUpload", b'{"UploadPriceLists": []}')
    world.puzzle_body("PriceListUpload", b"nonsense")
    report = world.read_again()
    assert (report.looked, report.left) == (5, 1)
    assert world.stock() == {"MUG@main": (4, False)}
    (record,) = world.runner.run(world.erp.items()).items
    assert record.description == "Café"
    assert world.concerns() == 2


def test_what_was_pushed_since_has_the_last_word(world: World) -> None:
    """Nothing old takes the place of something newer: neither level, status, item, code nor price list."""
    world.puzzle("StockStatusUpload", level(9))
    world.puzzle("OrderStatusUpload", status("Shipping"))
    world.puzzle("StockUpload", item("OLD"))
    world.puzzle("PriceListUpload", {"PriceListID": "1", "PriceListName": "Old", "StockPrices": []})
    world.call("POST", "/stock-statuses", {"Statuses": [level(2)]})
    world.call("POST", "/order-statuses", {"Statuses": [status("Cancelled")]})
    world.call("POST", "/items", {"Items": [item("NEW", discontinued=True)]})
    world.call(
        "POST",
        "/price-lists",
        {"UploadPriceLists": [{"PriceListID": "1", "PriceListName": "New", "StockPrices": []}]},
    )
    assert world.read_again().left == 0
    assert world.stock() == {"NEW@main": (2, True)}
    order = world.runner.run(world.erp.find_order(OrderRef("A")))
    assert order is not None
    assert order.cancelled
    assert [each.name for each in world.runner.run(world.erp.price_lists())] == ["New"]


def test_of_several_levels_the_lowest_counts(world: World) -> None:
    """Which of them came last is not certain, for the same row may have come again: nothing is promised on a guess."""
    world.puzzle("StockStatusUpload", level(5))
    first = world.clock.now()
    world.puzzle("StockStatusUpload", level(3))
    world.puzzle("StockStatusUpload", level(8))
    world.read_again()
    assert world.stock() == {"MUG@main": (3, False)}
    (figure,) = world.runner.run(world.erp.stock()).figures
    assert figure.as_of == first
    world.call("POST", "/stock-statuses", {"Statuses": [level(6)]})
    assert world.stock() == {"MUG@main": (6, False)}


def test_a_level_that_cannot_be_read_any_more_gives_way(world: World) -> None:
    """What is kept and is of no use to anybody does not stand in the way of what can be read."""
    world.store.post(_ACCOUNT, boxes.LEVELS, {receiving.level_key(1, "7"): "{}"}, at=world.clock.now())
    world.puzzle("StockStatusUpload", level(5))
    world.read_again()
    assert world.stock() == {"MUG@main": (5, False)}


def test_a_deleted_item_stays_deleted(world: World) -> None:
    """A level or an item from before its deletion does not bring an item back."""
    world.puzzle("StockUpload", item())
    world.puzzle("StockStatusUpload", level(5))
    world.call("POST", "/items", {"Items": [], "Deleted": ["7"]})
    world.puzzle("StockStatusUpload", level(6))
    assert world.read_again().left == 0
    assert world.stock() == {}


def test_an_order_that_was_left_out_is_offered_again(world: World, draft: ErpOrderDraft) -> None:
    """A document that was left out of its answer is met by a cursor that is past it; one that was given is not."""
    for key in ("A", "B"):
        world.runner.run(world.erp.create_order(attrs.evolve(draft, reference=OrderRef(key))))
    payloads = {each.key: each.payload for each in world.store.messages(_ACCOUNT, boxes.ORDERS)}
    world.call("GET", "/orders")
    world.runner.run(world.erp.create_order(attrs.evolve(draft, reference=OrderRef("C"))))
    (left_out,) = world.store.messages(_ACCOUNT, boxes.ORDERS, keys=("C",))
    cursor = f"{left_out.sequence}.{left_out.digest[:16]}"
    problem = Undecodable(system="khaos", operation="OrderDownload", path="$", expected="x")
    for payload in (payloads["A"], left_out.payload, "{}"):
        key, message = receiving.unread_body(payload.encode(), "OrderDownload", problem)
        world.store.post(_ACCOUNT, boxes.UNREAD, {key: message}, at=world.clock.now())
    world.call("GET", "/orders", cursor=cursor)
    assert world.read_again().left == 1
    (renewed,) = world.store.messages(_ACCOUNT, boxes.ORDERS, keys=("C",))
    assert renewed.sequence > left_out.sequence
    answer = world.call("GET", "/orders")
    document = read_document(SalesOrderImport, answer.body, world.config.form, world.config.by)
    assert [each.header.associated_ref for each in document.orders] == ["A", "B", "C"]
    assert [each.sequence for each in world.store.messages(_ACCOUNT, boxes.ORDERS)] == [1, 2, renewed.sequence]
