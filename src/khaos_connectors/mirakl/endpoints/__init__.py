"""Every Mirakl call that this library makes, as a value: performed by a client, compared by a test.

Each function's first line ends with Mirakl's operation code, the word that sellers and Mirakl's support use.
"""

from khaos_connectors.mirakl.endpoints.accounting import (
    BillingCycleFilter,
    InvoiceFilter,
    download_invoice,
    list_billing_cycles,
    list_invoices,
)
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
from khaos_connectors.mirakl.endpoints.returns import (
    ReturnFilter,
    cancel_returns,
    close_returns,
    create_returns,
    decide_returns,
    list_returnable_items,
    list_returns,
    receive_returns,
    set_return_compliance,
    update_returns,
)
from khaos_connectors.mirakl.endpoints.shipments import create_shipments, list_shipments
from khaos_connectors.mirakl.endpoints.transactions import (
    TransactionFilter,
    list_transactions,
    start_transaction_export,
    transaction_export_chunk,
    transaction_export_status,
)

__all__ = [
    "BillingCycleFilter",
    "InvoiceFilter",
    "OfferFilter",
    "OrderExport",
    "OrderFilter",
    "ReturnFilter",
    "TransactionFilter",
    "adjust_lines",
    "cancel_lines",
    "cancel_order",
    "cancel_returns",
    "close_returns",
    "create_returns",
    "create_shipments",
    "decide_lines",
    "decide_returns",
    "download_invoice",
    "fetch_orders",
    "get_account",
    "get_evaluation",
    "get_platform",
    "get_version",
    "import_stock",
    "list_billing_cycles",
    "list_carriers",
    "list_invoices",
    "list_offers",
    "list_order_taxes",
    "list_orders",
    "list_returnable_items",
    "list_returns",
    "list_shipments",
    "list_shipping_types",
    "list_transactions",
    "order_export_status",
    "orders_by_id",
    "receive_returns",
    "refund_lines",
    "resolve_incident",
    "set_additional_fields",
    "set_line_origins",
    "set_order_tracking",
    "set_return_compliance",
    "set_seller_references",
    "ship_order",
    "start_order_export",
    "start_transaction_export",
    "stock_import_errors",
    "stock_import_status",
    "transaction_export_chunk",
    "transaction_export_status",
    "update_orders",
    "update_returns",
]
