"""The operations that create orders and tell what became of them. ImportOrders is never repeated by itself."""

from collections.abc import Collection, Sequence
from datetime import datetime

from khaos_connectors.calls.messages import Call
from khaos_connectors.calls.soap import Parameter
from khaos_connectors.errors import Invalid
from khaos_connectors.khaos_control import structures
from khaos_connectors.khaos_control.documents.orders import document_problems, read_sales_orders
from khaos_connectors.khaos_control.documents.recent_status import read_recent_statuses
from khaos_connectors.khaos_control.documents.status import read_status_list
from khaos_connectors.khaos_control.endpoints._calling import (
    Service,
    call,
    csv,
    document_call,
    guard,
    until_when,
    when,
)
from khaos_connectors.khaos_control.enums import OrderMapping, StatusMapping
from khaos_connectors.khaos_control.models import OrderImportResult, OrderStatus, RecentStatus, Rows
from khaos_connectors.khaos_control.order_models import SalesOrder

__all__ = ["export_order_status", "export_orders", "export_recent_statuses", "import_orders"]


def import_orders(service: Service, document: str) -> Call[OrderImportResult]:
    """Create the orders of a SALES_ORDERS *document*; one order each, so that a fault can only mean it (ImportOrders).

    The call can succeed without importing anything: read ``skipped``. Never repeated by itself. ``Invalid`` for a
    document with card data in a payment.
    """
    problems = document_problems(document, system=service.system)
    if problems:
        raise Invalid(
            system=service.system,
            operation="ImportOrders",
            message="not sent: card data is never sent",
            fields=problems,
        )
    reading = service.reading("ImportOrders")
    return call(
        service,
        "ImportOrders",
        (Parameter("Orders", document),),
        lambda value: structures.order_import(value, reading),
        repeat="never",
    )


def export_orders(
    service: Service, codes: Collection[str], *, mapping: OrderMapping = OrderMapping.ASSOCIATED_REF
) -> Call[Rows[SalesOrder]]:
    """Whole orders in the import format, without card data (ExportOrders).

    No codes: ``ValueError``; a code with a comma: ``Invalid``.
    """
    operation = "ExportOrders"
    guard(codes, None)
    reading = service.reading(operation)
    parameters = (
        Parameter("OrderCode", csv(service, operation, "OrderCode", codes)),
        Parameter("MappingType", int(mapping)),
    )
    return document_call(service, operation, parameters, lambda root: read_sales_orders(root, reading))


def export_order_status(
    service: Service,
    ids: Collection[str] = (),
    *,
    mapping: StatusMapping = StatusMapping.ASSOCIATED_REF,
    web_only: bool = False,
    confirmed_only: bool = False,
    include_tracking: bool = True,
    include_cancelled: bool = False,
    date_from: datetime | None = None,
    date_to: datetime | None = None,
    stages: Sequence[int] = (),
    show_items: bool = True,
) -> Call[Rows[OrderStatus]]:
    """Orders with their invoices, boxes and tracking, by *ids* or by dates (aware) (ExportOrderStatusEx).

    Which of an order's dates is compared is not documented: read with an overlap. Neither ids nor both dates would
    mean everything: ``ValueError``. An id with a comma cannot be asked for: ``Invalid``.
    """
    operation = "ExportOrderStatusEx"
    guard(ids, date_from if date_to is not None else None)
    reading = service.reading(operation)
    parameters = (
        Parameter("IDs", csv(service, operation, "IDs", ids)),
        Parameter("MappingType", int(mapping) if ids else int(StatusMapping.COMPANY_CODE)),
        Parameter("WebOnly", web_only),
        Parameter("ConfirmedOnly", confirmed_only),
        Parameter("IncludeTracking", include_tracking),
        Parameter("IncludeCancelled", include_cancelled),
        Parameter("DateFrom", when(service, operation, "date_from", date_from), "dateTime"),
        Parameter("DateTo", until_when(service, operation, "date_to", date_to), "dateTime"),
        Parameter("InvoiceStageIDs", ",".join(map(str, stages))),
        Parameter("ShowItems", show_items),
    )
    return document_call(service, operation, parameters, lambda root: read_status_list(root, reading))


def export_recent_statuses(service: Service) -> Call[Rows[RecentStatus]]:
    """All orders with a web reference that are not issued yet, and those issued in the last 48 h (ExportOrderStatus).

    Not for finding out whether an order exists: older ones are not told. ``export_order_status`` is.
    """
    operation = "ExportOrderStatus"
    reading = service.reading(operation)
    return document_call(service, operation, (), lambda root: read_recent_statuses(root, reading))
