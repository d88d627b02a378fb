"""Items that the ERP takes from us with ProvidedStock, in both forms and both documents."""

from decimal import Decimal

import attrs
import pytest

from khaos_connectors.calls.drivers import Runner
from khaos_connectors.core.ids import AccountId, StockCode
from khaos_connectors.core.items import ItemRecord
from khaos_connectors.errors import Invalid, Unsupported
from khaos_connectors.inbound import InboundRequest, InboundResponse
from khaos_connectors.khaos_control.channels import (
    ChannelsDoor,
    Format,
    ItemSettings,
    KhaosChannelsConfig,
    KhaosChannelsERP,
    OrderDownloadSettings,
    ProvidedStockSettings,
    Spelling,
    mapping,
)
from khaos_connectors.khaos_control.channels.codes import PackType
from khaos_connectors.khaos_control.channels.reading import read_document
from khaos_connectors.khaos_control.channels.stock import ProvidedItems, StockChanges
from khaos_connectors.store.mailbox import Posted
from khaos_connectors.store.memory import MemoryStore

_BASIC = {"authorization": "Basic ZXJwOnNlY3JldA=="}
_MUG = ItemRecord(
    stock_code=StockCode("MUG"),
    description="A mug",
    barcode="5012345678900",
    weight=Decimal("0.35"),
    tax_code="1",
    discontinued=True,
)
_PAIR = ItemRecord(
    stock_code=StockCode("PAIR"), description="Two mugs", kit=True, made_of=((StockCode("MUG"), 2),), run_to_zero=True
)


class World:
    """A door and the ERP behind it."""

    def __init__(self, config: KhaosChannelsConfig) -> None:
        self.config, self.store, self.runner = config, MemoryStore(), Runner({})
        self.door, self.erp = ChannelsDoor(config, self.store), KhaosChannelsERP(config, self.store)

    def provide(self, *items: ItemRecord, gone: tuple[str, ...] = ()) -> Posted:
        return self.runner.run(self.erp.provide_items(items, gone=[StockCode(each) for each in gone]))

    def call(self, method: str, path: str, cursor: str = "", body: bytes = b"") -> InboundResponse:
        headers = {**_BASIC, "sirion-continuation": cursor}
        request = InboundRequest(method=method, path=path, headers=headers, body=body)
        return self.runner.run(self.door.handle(request))

    def changes(self, cursor: str = "") -> tuple[StockChanges, str]:
        answer = self.call("GET", "/provided-stock", cursor)
        assert answer.status == 200
        document = read_document(StockChanges, answer.body, self.config.form, self.config.by)
        return document, answer.headers.get("sirion-continuation", "")


@pytest.fixture(params=Format)
def config(request: pytest.FixtureRequest, settings: OrderDownloadSettings) -> KhaosChannelsConfig:
    return KhaosChannelsConfig(
        account=AccountId("khaos"),
        user="erp",
        password="secret",
        public_url="https://erp-door.example.com",
        form=request.param,
        default_orders=settings,
        provided=ProvidedStockSettings(),
    )


@pytest.fixture
def world(config: KhaosChannelsConfig) -> World:
    return World(config)


def test_items_and_what_they_are_made_of_are_answered(world: World) -> None:
    """The document of the vendor's text: items as we know them, packs with their parts, each once per change."""
    assert world.provide(_MUG, _PAIR) == Posted(stored=2, duplicate=0)
    document, cursor = world.changes()
    assert document.stock_items is not None
    assert document.relationships is not None
    mug, pair = document.stock_items.items
    assert mapping.item_record(mug, world.config.items) == _MUG
    single, pack = document.relationships.relationships
    assert (single.stock_id, single.pack_type, single.pack_items) == ("MUG", PackType.NONE, ())
    assert mapping.item_record(pair, world.config.items, relationship=pack).kit
    assert pack.pack_items is not None
    assert [(each.linked_stock_id, int(each.quantity)) for each in pack.pack_items] == [("MUG", 2)]

    assert world.provide(_MUG) == Posted(stored=0, duplicate=1)
    again, cursor = world.changes(cursor)
    assert (again.stock_items is None or again.stock_items.items == ()) is True
    world.provide(attrs.evolve(_MUG, discontinued=False))
    changed, _ = world.changes(cursor)
    assert changed.stock_items is not None
    assert [each.stock_code for each in changed.stock_items.items] == ["MUG"]


def test_what_is_gone_is_told_by_its_id(world: World) -> None:
    """A code that is no more is in the list of the deleted, until it is provided again."""
    world.provide(_MUG)
    world.provide(gone=("MUG",))
    document, cursor = world.changes()
    assert document.stock_items is not None
    assert (document.stock_items.items, document.stock_items.deleted) == ((), ("MUG",))
    world.provide(_MUG)
    back, _ = world.changes(cursor)
    assert back.stock_items is not None
    assert (len(back.stock_items.items), back.stock_items.deleted) == (1, ())


def test_the_older_page_has_another_document(config: KhaosChannelsConfig) -> None:
    """Set to the older sample page, the answer is items and deletions alone."""
    world = World(attrs.evolve(config, spelling=Spelling(provided_stock="items")))
    world.provide(_PAIR, gone=("OLD",))
    answer = world.call("GET", "/provided-stock")
    document = read_document(ProvidedItems, answer.body, world.config.form, world.config.by)
    assert ([each.stock_code for each in document.items], document.deleted) == (["PAIR"], ("OLD",))
    assert document.api_version == 1000


def test_the_id_is_the_erps_own_where_that_is_wanted(config: KhaosChannelsConfig) -> None:
    """Set so, an item whose id the ERP has told is named by it, in packs and among the deleted, too."""
    world = World(attrs.evolve(config, provided=ProvidedStockSettings(stock_id="told", pack_type=PackType.BUILD)))
    body = b'{"Items":[{"StockID":"7","StockCode":"MUG"}],"Deleted":[]}'
    assert world.call("POST", "/items", body=body).status == 200
    world.provide(_PAIR, gone=("MUG",))
    document, _ = world.changes()
    assert document.stock_items is not None
    assert document.relationships is not None
    (pack,) = document.relationships.relationships
    assert (document.stock_items.items[0].stock_id, document.stock_items.deleted) == ("PAIR", ("7",))
    assert pack.pack_type is PackType.BUILD
    assert pack.pack_items is not None
    assert pack.pack_items[0].linked_stock_id == "7"


def test_a_kit_of_unknown_parts_stays_as_it_is(world: World) -> None:
    """Nothing is said of what it is made of: an empty list would take it apart in the ERP."""
    world.provide(attrs.evolve(_PAIR, made_of=()))
    document, _ = world.changes()
    assert document.relationships is None or document.relationships.relationships == ()


def test_what_the_erp_would_refuse_is_not_kept(world: World) -> None:
    """Every problem is told with its item before anything is kept; an item is provided or gone, not both."""
    with pytest.raises(Invalid) as refused:
        world.provide(attrs.evolve(_MUG, barcode="5\x00"), _PAIR, gone=("PAIR",))
    assert [each.field for each in refused.value.fields] == ["MUG: Barcodes[0].Barcode", "PAIR"]
    assert world.store.messages(AccountId("khaos"), "provided") == []
    assert world.provide() == Posted(stored=0, duplicate=0)


def test_without_settings_nothing_is_provided(config: KhaosChannelsConfig) -> None:
    """Neither the configuration document nor the door knows of it, and providing is refused."""
    world = World(attrs.evolve(config, provided=None))
    assert config.endpoints().provided_stock is not None
    assert world.config.endpoints().provided_stock is None
    assert world.call("GET", "/provided-stock").status == 404
    with pytest.raises(Unsupported):
        world.provide(_MUG)


def test_weights_and_bar_codes_are_written_as_they_are_read() -> None:
    """The settings by which items are read are those by which they are written."""
    settings = ItemSettings(weight_in_kg=Decimal("0.001"), barcode_types=("EAN",), unpublished_is_blocked=True)
    record = attrs.evolve(_MUG, blocked=True, barcodes=("5012345678900", "2"))
    item = mapping.stock_item(record, settings, stock_id="MUG")
    assert item.average_weight == 350
    assert [each.barcode for each in item.barcodes] == ["5012345678900", "2"]
    read = mapping.item_record(item, settings)
    assert (read.barcode, read.weight, read.blocked) == (record.barcode, record.weight, True)
