"""How items belong together: variants, links, packs and builds (vendor's "StockRelationships")."""

from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Unrecognised
from khaos_connectors.khaos_control.channels import fields
from khaos_connectors.khaos_control.channels.codes import LinkedItemType, PackType

__all__ = [
    "LinkedItem",
    "PackItem",
    "SCSChildRelationship",
    "SCSParentRelationship",
    "StockItemRelationship",
    "StockRelationships",
]


@attrs.frozen(kw_only=True)
class SCSParentRelationship:
    """The item has variants; *headings* name what they vary by."""

    headings: tuple[str, ...] = attrs.field(default=(), metadata=fields.texts("Headings"))


@attrs.frozen(kw_only=True)
class SCSChildRelationship:
    """The item is a variant; *values* are the short forms that its code is made of, *descriptions* the long ones."""

    parent_stock_id: str = attrs.field(metadata=fields.text("ParentStockID"))
    values: tuple[str, ...] = attrs.field(default=(), metadata=fields.texts("SCSValues"))
    descriptions: tuple[str, ...] = attrs.field(
        default=(), metadata=fields.texts("SCSDescription", also=("SCSDescriptions",))
    )


@attrs.frozen(kw_only=True)
class LinkedItem:
    """An item that is offered beside this one (LinkedItem)."""

    linked_stock_id: str = attrs.field(metadata=fields.text("LinkedStockID"))
    linked_item_type: LinkedItemType | Unrecognised = attrs.field(
        metadata=fields.open_code("LinkedItemType", LinkedItemType, also=("Type",))
    )
    sell_price: Decimal | None = attrs.field(default=None, metadata=fields.number("SellPrice"))
    auto_add: bool = attrs.field(default=False, metadata=fields.flag("AutoAdd"))


@attrs.frozen(kw_only=True)
class PackItem:
    """What a pack or a build consists of: *quantity* of an item, and its share of the value."""

    linked_stock_id: str = attrs.field(metadata=fields.text("LinkedStockID"))
    quantity: Decimal = attrs.field(metadata=fields.number("Quantity"))
    value_proportion: Decimal | None = attrs.field(default=None, metadata=fields.number("ValueProportion"))


@attrs.frozen(kw_only=True)
class StockItemRelationship:
    """Everything that ties one item to others; at most one of *scs_parent* and *scs_child*.

    *pack_type* NONE with *pack_items* ``()`` takes an item's pack apart; both None leave it as it is.
    """

    stock_id: str = attrs.field(metadata=fields.text("StockID"))
    scs_parent: SCSParentRelationship | None = attrs.field(
        default=None, metadata=fields.record("SCSParent", SCSParentRelationship, hollow=False)
    )
    scs_child: SCSChildRelationship | None = attrs.field(
        default=None, metadata=fields.record("SCSChild", SCSChildRelationship)
    )
    linked: tuple[LinkedItem, ...] = attrs.field(
        default=(), metadata=fields.records("Linked", LinkedItem, "LinkedItem")
    )
    pack_type: PackType | Unrecognised | None = attrs.field(
        default=None, metadata=fields.open_code("PackType", PackType)
    )
    pack_items: tuple[PackItem, ...] | None = attrs.field(
        default=None, metadata=fields.records("PackItems", PackItem, "PackItem", always=True)
    )

    def __attrs_post_init__(self) -> None:
        if self.scs_parent is not None and self.scs_child is not None:
            raise ValueError("scs_parent, scs_child: an item is a parent of variants or a variant, not both")


@attrs.frozen(kw_only=True)
class StockRelationships:
    """The relationships of many items."""

    relationships: tuple[StockItemRelationship, ...] = attrs.field(
        default=(),
        metadata=fields.records("Relationships", StockItemRelationship, "StockItemRelationship", always=True),
    )
