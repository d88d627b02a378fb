"""From pushed levels to stock figures, and from pushed items to item records. Fractions round against us."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

from khaos_connectors.core.ids import StockCode
from khaos_connectors.core.items import ItemRecord
from khaos_connectors.core.stock import StockFigure
from khaos_connectors.khaos_control.channels.codes import PackType
from khaos_connectors.khaos_control.channels.relationships import StockItemRelationship
from khaos_connectors.khaos_control.channels.settings import ItemSettings
from khaos_connectors.khaos_control.channels.statuses import StockStatus
from khaos_connectors.khaos_control.channels.stock import StockBarcode, StockItem, StockOptions

__all__ = ["item_record", "stock_figure"]


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
