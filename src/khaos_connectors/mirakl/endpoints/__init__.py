"""Every Mirakl call that this library makes, as a value: performed by a client, compared by a test.

Each function's first line ends with Mirakl's operation code, the word that sellers and Mirakl's support use.
"""

from khaos_connectors.mirakl.endpoints.offers import (
    OfferFilter,
    import_stock,
    list_offers,
    stock_import_errors,
    stock_import_status,
)
from khaos_connectors.mirakl.endpoints.orders import (
    OrderFilter,
    decide_lines,
    list_orders,
    orders_by_id,
    set_order_tracking,
    set_seller_references,
    ship_order,
)
from khaos_connectors.mirakl.endpoints.platform import (
    get_account,
    get_platform,
    get_version,
    list_carriers,
    list_shipping_types,
)
from khaos_connectors.mirakl.endpoints.refunds import cancel_lines, cancel_order, refund_lines, resolve_incident
from khaos_connectors.mirakl.endpoints.shipments import create_shipments, list_shipments

__all__ = [
    "OfferFilter",
    "OrderFilter",
    "cancel_lines",
    "cancel_order",
    "create_shipments",
    "decide_lines",
    "get_account",
    "get_platform",
    "get_version",
    "import_stock",
    "list_carriers",
    "list_offers",
    "list_orders",
    "list_shipments",
    "list_shipping_types",
    "orders_by_id",
    "refund_lines",
    "resolve_incident",
    "set_order_tracking",
    "set_seller_references",
    "ship_order",
    "stock_import_errors",
    "stock_import_status",
]
