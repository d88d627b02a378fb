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
from khaos_connectors.mirakl.endpoints.order_changes import (
    adjust_lines,
    set_additional_fields,
    set_line_origins,
    set_seller_references,
    update_orders,
)
from khaos_connectors.mirakl.endpoints.order_details import get_evaluation, list_order_taxes
from khaos_connectors.mirakl.endpoints.order_exports import (
    OrderExport,
    fetch_orders,
    order_export_status,
    start_order_export,
)
from khaos_connectors.mirakl.endpoints.orders import (
    OrderFilter,
    decide_lines,
    list_orders,
    orders_by_id,
    set_order_tracking,
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
    "OrderExport",
    "OrderFilter",
    "adjust_lines",
    "cancel_lines",
    "cancel_order",
    "create_shipments",
    "decide_lines",
    "fetch_orders",
    "get_account",
    "get_evaluation",
    "get_platform",
    "get_version",
    "import_stock",
    "list_carriers",
    "list_offers",
    "list_order_taxes",
    "list_orders",
    "list_shipments",
    "list_shipping_types",
    "order_export_status",
    "orders_by_id",
    "refund_lines",
    "resolve_incident",
    "set_additional_fields",
    "set_line_origins",
    "set_order_tracking",
    "set_seller_references",
    "ship_order",
    "start_order_export",
    "stock_import_errors",
    "stock_import_status",
    "update_orders",
]
