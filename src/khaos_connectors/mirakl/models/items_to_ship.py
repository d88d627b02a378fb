"""What is still to leave, order by order, as Mirakl counts it (ST12)."""

from datetime import datetime

import attrs

from khaos_connectors.calls.decode import Text
from khaos_connectors.mirakl.models.customers import OrderAddress
from khaos_connectors.mirakl.models.orders import Fulfillment, References

__all__ = ["ItemToShip", "OrderToShip"]


@attrs.frozen(kw_only=True)
class ItemToShip:
    """*quantity* of an order line that no shipment holds yet; *package_reference* is one of the item's parts."""

    order_line_id: Text | None = None
    quantity: int
    offer_sku: Text | None = None
    product_title: str | None = None
    package_reference: Text | None = None
    package_description: str | None = None


@attrs.frozen(kw_only=True)
class OrderToShip:
    """An order with something left to ship. *shipping_date* is when it came into SHIPPING."""

    order_id: Text
    shipment_lines: tuple[ItemToShip, ...] | None = ()
    references: References | None = None
    fulfillment: Fulfillment | None = None
    shipping_address: OrderAddress | None = None
    shipping_date: datetime | None = None
    shipping_deadline: datetime | None = None
    shipping_type_code: Text | None = None
    shipping_type_standard_code: str | None = None
