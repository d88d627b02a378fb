"""From what the ERP pushes to orders, despatches, stock figures and items."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, localcontext

import attrs
import pytest

from khaos_connectors.calls.decode import Unrecognised
from khaos_connectors.core.despatch import Despatch, DespatchLine, Parcel
from khaos_connectors.core.ids import AccountId, DespatchId, ErpOrderCode, LocationId, OrderRef, StockCode
from khaos_connectors.core.items import ItemRecord
from khaos_connectors.core.orders import ErpOrder
from khaos_connectors.core.stock import StockFigure
from khaos_connectors.errors import ConfigError
from khaos_connectors.khaos_control.channels import Conventions, DataItem, Format, ItemSettings, StatusRules
from khaos_connectors.khaos_control.channels.mapping import (
    despatches,
    erp_order,
    has_left,
    item_record,
    stock_figure,
)
from khaos_connectors.khaos_control.channels.models import (
    OrderStatus,
    PackItem,
    PackType,
    RelationshipPotential,
    SalesOrderStatus,
    Shipment,
    ShipmentItem,
    ShipmentPackage,
    ShipmentStatus,
    StockItem,
    StockItemRelationship,
    StockLevels,
    StockStatus,
)
from khaos_connectors.khaos_control.channels.reading import read_order_statuses, read_stock_items
from khaos_connectors.protocols import Unreadable

_ACCOUNT = AccountId("khaos")
_REFERENCE = OrderRef("1001")
_READ = datetime(2026, 7, 5, 8, 0, tzinfo=UTC)
_LEFT = datetime(2026, 7, 2, 14, 0, tzinfo=UTC)
_RULES = StatusRules()


def _shipment(*items: tuple[str, str], status: ShipmentStatus | Unrecognised = ShipmentStatus.ISSUE) -> Shipment:
    lines = tuple(ShipmentItem(sku=sku, quantity=Decimal(quantity)) for sku, quantity in items)
    return Shipment(id="S-1", status=status, items=lines)


def _status(*shipments: Shipment, status: OrderStatus | Unrecognised = OrderStatus.SHIPPING) -> SalesOrderStatus:
    return SalesOrderStatus(order_code="SO1", status=status, shipments=shipments)


def _despatches(status: SalesOrderStatus, rules: StatusRules = _RULES) -> tuple[Despatch, ...]:
    found, broken = despatches(status, account=_ACCOUNT, reference=_REFERENCE, rules=rules, read_at=_READ)
    assert broken == ()
    return found


def test_a_part_shipment_is_told(sample: Callable[[str], bytes], by: Conventions) -> None:
    """Units per stock code, the parcel with its contents, the date as the ERP told it; the other shipment waits."""
    status = read_order_statuses(sample("channels_order_statuses.xml"), Format.XML, by).items[0]
    lines = (DespatchLine(stock_code=StockCode("MUG"), units=3),)
    assert _despatches(status) == (
        Despatch(
            account=_ACCOUNT,
            reference=_REFERENCE,
            erp_order=ErpOrderCode("SO0001"),
            despatch_id=DespatchId("S-1"),
            despatched_on=_LEFT,
            lines=lines,
            parcels=(Parcel(courier="Royal Mail 24", tracking="AB123456785GB", lines=lines),),
            final=False,
        ),
    )
    assert erp_order(status, _REFERENCE, _RULES) == ErpOrder(
        code=ErpOrderCode("SO0001"), reference=_REFERENCE, stage="shipped, back order"
    )


@pytest.mark.parametrize("status", list(ShipmentStatus))
def test_a_shipment_has_left_by_its_status(status: ShipmentStatus) -> None:
    """Issued and archived ones have left, nothing else has; which ones count is a setting."""
    left = status in {ShipmentStatus.ISSUE, ShipmentStatus.ARCHIVED}
    assert has_left(_shipment(status=status), _RULES) is left
    assert has_left(_shipment(status=status), StatusRules(shipped=frozenset({status}))) is True


def test_a_shipment_has_left_by_the_dates_of_its_parcels() -> None:
    """All parcels carry a date, unless dates do not count; one that waits keeps the shipment here."""
    dated, undated = ShipmentPackage(shipment_date=_LEFT), ShipmentPackage(consignment_ref="X")
    picked = _shipment(status=ShipmentStatus.PICKING)
    assert has_left(attrs.evolve(picked, packages=(dated,)), _RULES)
    assert not has_left(attrs.evolve(picked, packages=(dated,)), StatusRules(by_date=False))
    assert not has_left(attrs.evolve(picked, packages=(dated, undated)), _RULES)
    assert not has_left(picked, _RULES)
    assert not has_left(_shipment(status=Unrecognised("Issued")), _RULES)


def test_a_complete_order_ends_with_its_last_shipment() -> None:
    """When the order is complete all its shipments have left, and the last one is final."""
    first = _shipment(("MUG", "1"), status=ShipmentStatus.PICKING)
    second = attrs.evolve(_shipment(("CUP", "1")), id="S-2")
    found = _despatches(_status(first, second, status=OrderStatus.COMPLETE))
    assert [(each.despatch_id, each.final) for each in found] == [("S-1", False), ("S-2", True)]
    assert [each.final for each in _despatches(_status(first, second))] == [False]


def test_a_cancelled_order_has_no_despatches() -> None:
    """Whatever stage its shipments were left at."""
    status = _status(_shipment(("MUG", "1")), status=OrderStatus.CANCELLED)
    assert _despatches(status) == ()
    assert erp_order(status, _REFERENCE, _RULES) == ErpOrder(
        code=ErpOrderCode("SO1"), reference=_REFERENCE, cancelled=True, stage="cancelled"
    )


def test_several_parcels_have_no_contents_of_their_own() -> None:
    """The push does not say what is in which; the latest date counts, the courier goes by whatever is told of it."""
    packages = (
        ShipmentPackage(consignment_ref="A", courier=DataItem(code="RM24", id="7"), shipment_date=_LEFT),
        ShipmentPackage(consignment_ref="B", courier=DataItem(id="7"), shipment_date=_READ),
        ShipmentPackage(consignment_ref="C"),
    )
    (found,) = _despatches(_status(attrs.evolve(_shipment(("MUG", "2")), packages=packages)))
    assert [(each.courier, each.tracking, each.lines) for each in found.parcels] == [
        ("RM24", "A", ()),
        ("7", "B", ()),
        ("", "C", ()),
    ]
    assert found.despatched_on == _READ


def test_a_shipment_without_parcels_has_one_untracked(by: Conventions) -> None:
    """And left when it was read, for want of a better time; units that came to nothing are not told."""
    (found,) = _despatches(_status(_shipment(("MUG", "2"), ("CUP", "0"))))
    lines = (DespatchLine(stock_code=StockCode("MUG"), units=2),)
    assert (found.parcels, found.lines, found.despatched_on) == ((Parcel(lines=lines),), lines, _READ)


@pytest.mark.parametrize("quantity", ["1.5", "-1"])
def test_what_is_not_whole_units_is_set_apart(quantity: str) -> None:
    """A broken shipment does not hide the others."""
    good = attrs.evolve(_shipment(("MUG", "1")), id="S-2")
    found, broken = despatches(
        _status(_shipment(("MUG", quantity)), good), account=_ACCOUNT, reference=_REFERENCE, rules=_RULES, read_at=_READ
    )
    assert [each.despatch_id for each in found] == ["S-2"]
    assert broken == (Unreadable(key="1001/S-1", problem=f"{quantity} of MUG is not a whole number of units"),)


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        (_status(status=OrderStatus.RECEIVED), "new"),
        (_status(status=Unrecognised("Sleeping")), "unknown (Sleeping)"),
        (_status(_shipment(status=Unrecognised("Dozing"))), "unknown (Dozing)"),
        (_status(_shipment(status=ShipmentStatus.STAGING), _shipment(status=ShipmentStatus.RELEASED)), "new"),
        (_status(_shipment(status=ShipmentStatus.PAYMENT)), "pending payment"),
        (_status(_shipment(status=ShipmentStatus.TERMS_HOLD)), "on hold"),
    ],
)
def test_stages_are_named(status: SalesOrderStatus, stage: str) -> None:
    """Each state once, codes that nobody has met as they came."""
    assert erp_order(status, _REFERENCE, _RULES).stage == stage


def test_stage_names_are_settings() -> None:
    """The map is data; a status that it does not hold goes by its own word."""
    rules = StatusRules(order_states={}, shipment_states={ShipmentStatus.PICKING: "in the warehouse"})
    assert erp_order(_status(status=OrderStatus.COMPLETE), _REFERENCE, rules).stage == "Complete"
    assert erp_order(_status(status=OrderStatus.COMPLETE), _REFERENCE, rules).complete
    shipments = (_shipment(status=ShipmentStatus.PICKING), _shipment(status=ShipmentStatus.PACKING))
    assert erp_order(_status(*shipments), _REFERENCE, rules).stage == "in the warehouse, Packing"


# --- levels ----------------------------------------------------------------------------------------------------------

_SITES = ItemSettings(locations={1: LocationId("MAIN")})


def _level(available: str | None, *, children: str | None = None, site: int = 1) -> StockStatus:
    return StockStatus(
        stock_code="MUG",
        site_id=site,
        levels=StockLevels(available=Decimal(available)) if available is not None else None,
        relationship_potential=RelationshipPotential(from_children=Decimal(children)) if children is not None else None,
    )


@pytest.mark.parametrize(
    ("row", "available"),
    [
        (_level("77.0"), 77),
        (_level("1.9"), 1),
        (_level("-1.5"), -2),
        (_level(None, children="3"), 3),
        (_level("2", children="3"), 2),
    ],
)
def test_levels_become_figures(row: StockStatus, available: int) -> None:
    """The level, else what could be built; fractions round against us, even below zero."""
    figure = StockFigure(stock_code=StockCode("MUG"), location=LocationId("MAIN"), available=available)
    assert stock_figure(row, _SITES) == figure


def test_builds_may_be_added_to_a_level() -> None:
    """Only where the settings say so; less than nothing can't be built."""
    adding = attrs.evolve(_SITES, add_build_potential=True)
    for row, available in ((_level("2", children="3"), 5), (_level("2", children="-3"), 2), (_level("2"), 2)):
        figure = stock_figure(row, adding)
        assert figure is not None
        assert figure.available == available
    empty = attrs.evolve(_level("2"), relationship_potential=RelationshipPotential(from_parents=Decimal(9)))
    figure = stock_figure(empty, adding)
    assert figure is not None
    assert figure.available == 2


def test_an_item_without_levels_is_not_controlled() -> None:
    """Levels are absent if the stock is not controlled: then there is no number."""
    figure = stock_figure(_level(None), _SITES, discontinued=True)
    assert figure is not None
    assert (figure.available, figure.stock_controlled, figure.discontinued) == (None, False, True)


def test_other_sites_are_not_looked_at() -> None:
    """A site that nobody has named does not count for anything."""
    assert stock_figure(_level("5", site=2), _SITES) is None


# --- items -----------------------------------------------------------------------------------------------------------


def test_an_item_becomes_a_record(sample: Callable[[str], bytes], by: Conventions) -> None:
    """Description, weight, tax code, flags and the first bar code."""
    (item,) = read_stock_items(sample("channels_stock_items.json"), Format.JSON, by).items
    assert item_record(item, ItemSettings()) == ItemRecord(
        stock_code=StockCode("MUG"),
        description="A mug, blue",
        barcode="5000000000012",
        weight=Decimal("0.35"),
        tax_code="1",
        discontinued=True,
    )
    settings = ItemSettings(
        unpublished_is_blocked=True, weight_in_kg=Decimal("0.001"), barcode_types=("EAN", "9", "GTIN")
    )
    other = item_record(item, settings)
    assert (other.blocked, other.weight, other.barcode) == (True, Decimal("0.00035"), "MUG-SHELF")
    assert item_record(item, ItemSettings(barcode_types=("EAN",))).barcode == ""


def test_an_item_of_which_little_is_told() -> None:
    """It counts as sold and controlled, and weighs nothing that is known."""
    bare = StockItem(stock_id="1", stock_code="A", average_weight=Decimal(0))
    assert item_record(bare, ItemSettings(unpublished_is_blocked=True)) == ItemRecord(stock_code=StockCode("A"))
    named = attrs.evolve(bare, tax_rate=DataItem(name="Zero"))
    assert item_record(named, ItemSettings()).tax_code == "Zero"


@pytest.mark.parametrize(
    ("options", "controlled"),
    [({"StockControlled": False}, False), ({"NonPhysical": True}, False), ({"NonPhysical": False}, True)],
)
def test_what_is_not_counted(options: dict[str, bool], controlled: bool, by: Conventions) -> None:  # noqa: FBT001
    """Neither what is not controlled nor what is not physical."""
    row = {"StockID": "1", "StockCode": "A", "Options": options}
    (item,) = read_stock_items(json.dumps({"Items": [row]}).encode(), Format.JSON, by).items
    assert item_record(item, ItemSettings()).stock_controlled is controlled


def test_a_pack_is_a_kit() -> None:
    """Where its relationship is known, by its type or by its parts."""
    item = StockItem(stock_id="1", stock_code="A")
    part = PackItem(linked_stock_id="2", quantity=Decimal(2))
    for relationship, kit in (
        (StockItemRelationship(stock_id="1", pack_type=PackType.PACK), True),
        (StockItemRelationship(stock_id="1", pack_type=PackType.BUILD), True),
        (StockItemRelationship(stock_id="1", pack_items=(part,)), True),
        (StockItemRelationship(stock_id="1", pack_type=PackType.NONE, pack_items=()), False),
        (None, False),
    ):
        assert item_record(item, ItemSettings(), relationship=relationship).kit is kit


def test_the_callers_decimal_context_does_not_matter() -> None:
    """In a context of three digits 1,230 and 4 units of one item are 1,234."""
    told = _status(_shipment(("MUG", "1230"), ("MUG", "4")))
    with localcontext(prec=3):
        (despatch,) = _despatches(told)
    assert [line.units for line in despatch.lines] == [1234]


def test_sites_are_numbers() -> None:
    """A push names its site by a number: under a text no level would ever be taken, without a word."""
    with pytest.raises(ConfigError, match=r"items\.locations.*SiteID '1' must be an int"):
        ItemSettings(locations={"1": LocationId("main")})  # type: ignore[dict-item]  # what a caller without types does
