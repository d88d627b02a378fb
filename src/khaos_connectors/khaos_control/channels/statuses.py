"""What the ERP pushes about orders and stock levels (OrderStatusUpload, StockStatusUpload of the vendor's pages)."""

from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Unrecognised
from khaos_connectors.khaos_control.channels import fields
from khaos_connectors.khaos_control.channels.codes import OrderStatus, ShipmentStatus
from khaos_connectors.khaos_control.channels.values import DataItem

__all__ = [
    "OrderStatuses",
    "RelationshipPotential",
    "SalesOrderStatus",
    "Shipment",
    "ShipmentItem",
    "ShipmentPackage",
    "StockLevels",
    "StockStatus",
    "StockStatuses",
]


@attrs.frozen(kw_only=True)
class ShipmentItem:
    """Part of an order line in a shipment; *import_ref* and *website_item_ref* are what the order gave with it."""

    order_item_id: str = attrs.field(default="", metadata=fields.text("OrderItemID"))
    shipment_item_id: str = attrs.field(default="", metadata=fields.text("ShipmentItemID"))
    sku: str = attrs.field(metadata=fields.text("SKU"))
    quantity: Decimal = attrs.field(metadata=fields.number("Quantity"))
    import_ref: str = attrs.field(default="", metadata=fields.text("ImportRef"))
    website_item_ref: str = attrs.field(default="", metadata=fields.text("WebsiteItemRef", also=("WebItemRef",)))


@attrs.frozen(kw_only=True)
class ShipmentPackage:
    """A parcel: its number and courier, but neither what is in it nor where it can be followed."""

    consignment_ref: str = attrs.field(default="", metadata=fields.text("ConsignmentRef"))
    courier: DataItem | None = attrs.field(default=None, metadata=fields.record("Courier", DataItem))
    shipment_date: datetime | None = attrs.field(default=None, metadata=fields.moment("ShipmentDate"))


@attrs.frozen(kw_only=True)
class Shipment:
    """A shipment (an invoice). *id* stays; *code*, the invoice's number, may change."""

    id: str = attrs.field(metadata=fields.text("ID"))
    code: str = attrs.field(default="", metadata=fields.text("Code"))
    status: ShipmentStatus | Unrecognised = attrs.field(metadata=fields.open_code("Status", ShipmentStatus))
    items: tuple[ShipmentItem, ...] = attrs.field(
        default=(), metadata=fields.records("Items", ShipmentItem, "ShipmentItem")
    )
    packages: tuple[ShipmentPackage, ...] = attrs.field(
        default=(), metadata=fields.records("Packages", ShipmentPackage, "ShipmentPackage")
    )


@attrs.frozen(kw_only=True)
class SalesOrderStatus:
    """Where an order of this channel stands (SalesOrderStatus); told only for orders that were fetched from us."""

    order_code: str = attrs.field(metadata=fields.text("OrderCode"))
    order_id: str = attrs.field(default="", metadata=fields.text("OrderID"))
    status: OrderStatus | Unrecognised = attrs.field(
        metadata=fields.open_code("Status", OrderStatus, also=("OrderStatus",), spelt="order_status")
    )
    associated_ref: str = attrs.field(default="", metadata=fields.text("AssociatedRef"))
    channel_id: str = attrs.field(default="", metadata=fields.text("ChannelID"))
    custom_data: str = attrs.field(default="", metadata=fields.text("CustomData"))
    shipments: tuple[Shipment, ...] = attrs.field(
        default=(), metadata=fields.records("Shipments", Shipment, "Shipment")
    )


@attrs.frozen(kw_only=True)
class OrderStatuses:
    """One OrderStatusUpload."""

    statuses: tuple[SalesOrderStatus, ...] = attrs.field(
        default=(), metadata=fields.records("Statuses", SalesOrderStatus, "SalesOrderStatus", always=True)
    )


@attrs.frozen(kw_only=True)
class StockLevels:
    """*available* is not assigned to orders; *on_order* is on purchase orders."""

    available: Decimal = attrs.field(metadata=fields.number("Available"))
    on_order: Decimal | None = attrs.field(default=None, metadata=fields.number("OnOrder"))


@attrs.frozen(kw_only=True)
class RelationshipPotential:
    """How many could be built from components (*from_children*) or by breaking down larger items (*from_parents*)."""

    from_children: Decimal | None = attrs.field(default=None, metadata=fields.number("FromChildren"))
    from_parents: Decimal | None = attrs.field(default=None, metadata=fields.number("FromParents"))

    def __bool__(self) -> bool:
        return self.from_children is not None or self.from_parents is not None


@attrs.frozen(kw_only=True)
class StockStatus:
    """One item at one site (StockStatus). *levels* None: the item is not stock-controlled."""

    stock_code: str = attrs.field(metadata=fields.text("StockCode"))
    stock_id: str = attrs.field(default="", metadata=fields.text("StockID"))
    site_id: int = attrs.field(metadata=fields.whole("SiteID"))
    levels: StockLevels | None = attrs.field(default=None, metadata=fields.record("Levels", StockLevels))
    relationship_potential: RelationshipPotential | None = attrs.field(
        default=None, metadata=fields.record("RelationshipPotential", RelationshipPotential)
    )

    @property
    def available(self) -> Decimal | None:
        """What may be sold, by the vendor's rule: the level if there is one, else what could be built, else None."""
        if self.levels is not None:
            return self.levels.available
        return self.relationship_potential.from_children if self.relationship_potential is not None else None


@attrs.frozen(kw_only=True)
class StockStatuses:
    """One StockStatusUpload: 0 to 100 rows."""

    statuses: tuple[StockStatus, ...] = attrs.field(
        default=(), metadata=fields.records("Statuses", StockStatus, "StockStatus", always=True)
    )
