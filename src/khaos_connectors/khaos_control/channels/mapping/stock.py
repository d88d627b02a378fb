"""From pushed levels to stock figures, and from pushed items to item records. Fractions round against us."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR, Context, Decimal

from khaos_connectors.core.ids import StockCode
from khaos_connectors.core.items import ItemRecord
from khaos_connectors.core.stock import StockFigure
from khaos_connectors.khaos_control.channels.codes import PackType
from khaos_connectors.khaos_control.channels.relationships import PackItem, StockItemRelationship
from khaos_connectors.khaos_control.channels.settings import ItemSettings
from khaos_connectors.khaos_control.channels.statuses import StockStatus
from khaos_connectors.khaos_control.channels.stock import StockBarcode, StockItem, StockOptions
from khaos_connectors.khaos_control.channels.values import DataItem

__all__ = ["item_record", "pack", "stock_figure", "stock_item"]


_PLAIN = Context(prec=28)  # whatever the caller's own context is


def stock_figure(status: StockStatus, settings: ItemSettings, *, discontinued: bool = False) -> StockFigure | None:
    """What a pushed row tells of an item at its site; None for a site that is not in the settings.

    By the vendor's rule the level counts if there is one, else what could be built from components. A row with neither
    is of an item whose stock is not controlled; one that only tells what larger items could be broken down for is of
    unknown stock. *discontinued* is told by the item, not by the row.
    """
    location = settings.locations.get(status.site_id)
    if location is None:
        return None
    available = status.available
    potential = status.relationship_potential
    if available is not None and status.levels is not None and settings.add_build_potential and potential is not None:
        available += max(Decimal(0), potential.from_children or Decimal(0))
    return StockFigure(
        stock_code=StockCode(status.stock_code),
        location=location,
        available=int(available.to_integral_value(rounding=ROUND_FLOOR)) if available is not None else None,
        discontinued=discontinued,
        stock_controlled=status.levels is not None or potential is not None,
    )


def item_record(
    item: StockItem, settings: ItemSettings, *, relationship: StockItemRelationship | None = None
) -> ItemRecord:
    """The item as the library keeps it; *relationship* tells whether it is made of others, where that is known.

    An item whose options are not told counts as sold and controlled.
    """
    options = item.options or StockOptions()
    weight = item.average_weight
    return ItemRecord(
        stock_code=StockCode(item.stock_code),
        description=item.short_description,
        barcode=_barcode(item.barcodes, settings.barcode_types),
        weight=weight * settings.weight_in_kg if weight is not None and weight > 0 else None,
        kit=relationship is not None and _is_kit(relationship),
        tax_code=item.tax_rate.code or item.tax_rate.name if item.tax_rate is not None else "",
        blocked=settings.unpublished_is_blocked and options.publish_on_web is False,
        discontinued=bool(options.discontinued),
        stock_controlled=options.stock_controlled is not False and not options.non_physical,
    )


def stock_item(record: ItemRecord, settings: ItemSettings, *, stock_id: str) -> StockItem:
    """The item as the ERP is told of it: ``item_record`` reads it back. What the record does not tell is left out."""
    first = (record.barcode,) if record.barcode else ()
    barcodes = tuple(dict.fromkeys((*first, *record.barcodes)))
    kind = DataItem(name=settings.barcode_types[0]) if settings.barcode_types else None
    return StockItem(
        stock_id=stock_id,
        stock_code=record.stock_code,
        short_description=record.description,
        tax_rate=DataItem(code=record.tax_code) if record.tax_code else None,
        options=StockOptions(
            publish_on_web=not record.blocked if settings.unpublished_is_blocked else None,
            discontinued=record.discontinued,
            drop_ship_item=record.drop_ship,
            run_to_zero=record.run_to_zero,
            stock_controlled=record.stock_controlled,
        ),
        average_weight=_PLAIN.divide(record.weight, settings.weight_in_kg) if record.weight is not None else None,
        barcodes=tuple(StockBarcode(barcode=each, type=kind) for each in barcodes),
    )


def pack(record: ItemRecord, ids: Mapping[StockCode, str], pack_type: PackType) -> StockItemRelationship | None:
    """What the item is made of, as a *pack_type*; None for a kit whose parts are not told, which leaves it as it is.

    An item that is none takes the ERP's apart. *ids* are the StockIDs of the item and its parts.
    """
    if record.kit and not record.made_of:
        return None
    parts = tuple(PackItem(linked_stock_id=ids[code], quantity=Decimal(units)) for code, units in record.made_of)
    return StockItemRelationship(
        stock_id=ids[record.stock_code], pack_type=pack_type if parts else PackType.NONE, pack_items=parts
    )


def _is_kit(relationship: StockItemRelationship) -> bool:
    return relationship.pack_type in {PackType.BUILD, PackType.PACK} or bool(relationship.pack_items)


def _barcode(barcodes: Sequence[StockBarcode], types: Sequence[str]) -> str:
    if not types:
        return barcodes[0].barcode if barcodes else ""
    for wanted in types:
        for each in barcodes:
            if each.type is not None and wanted in {each.type.name, each.type.code, each.type.id}:
                return each.barcode
    return ""
