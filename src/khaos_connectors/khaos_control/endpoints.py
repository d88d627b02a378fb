"""The operations of the SOAP service that this library uses, each as a ``Call``; nothing is sent here.

Parameters are named as the vendor's guide v7.8d names them; ``Dialect.parameter_names`` overrides the spelling.
Reading may be repeated freely; ImportOrders never is: look the reference up first.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import TypeVar
from xml.etree.ElementTree import Element

import attrs

from khaos_connectors.calls.messages import Call, Repeat, Request, Response
from khaos_connectors.calls.soap import Parameter, SoapValue, answer, envelope
from khaos_connectors.calls.xml import parse, stream_inner
from khaos_connectors.errors import FieldError, Invalid
from khaos_connectors.khaos_control import structures
from khaos_connectors.khaos_control.dates import NO_DATE, ServerTime
from khaos_connectors.khaos_control.dialect import Dialect
from khaos_connectors.khaos_control.documents.fields import Reading
from khaos_connectors.khaos_control.documents.orders import read_sales_orders
from khaos_connectors.khaos_control.documents.status import read_status_list
from khaos_connectors.khaos_control.documents.stock import read_sop_data, read_stock_items, read_stock_status
from khaos_connectors.khaos_control.enums import (
    OrderMapping,
    PotentialMapping,
    StatusMapping,
    StockDate,
    StockItemKind,
    StockMapping,
)
from khaos_connectors.khaos_control.models import (
    OrderImportResult,
    OrderStatus,
    Rows,
    SiteList,
    SopData,
    StockItem,
    StockListEntry,
    StockPotential,
    StockStatusRow,
)
from khaos_connectors.khaos_control.order_models import SalesOrder

__all__ = [
    "Service",
    "export_order_status",
    "export_orders",
    "export_stock",
    "export_stock_status",
    "get_site_list",
    "get_sop_data",
    "get_stock_list",
    "get_stock_potential",
    "get_version",
    "import_orders",
]

T = TypeVar("T")

# The first element of a document that travels as text: escaped, or in a CDATA section.
_INNER_ROOT = re.compile(rb"(?:&lt;|<!\[CDATA\[\s*<)([A-Za-z_]\w*)")


@attrs.frozen(kw_only=True)
class Service:
    """Whom a call goes to: the account *system*, the endpoint's *path*, how it is spoken to and how it tells time."""

    system: str
    path: str = "/soap/IKosWeb"
    dialect: Dialect = attrs.field(factory=Dialect)
    time: ServerTime = attrs.field(factory=ServerTime)

    def reading(self, operation: str) -> Reading:
        """How answers of *operation* are read."""
        return Reading(system=self.system, operation=operation, time=self.time)


def get_version(service: Service) -> Call[str]:
    """The version of the business objects; harmless, hence the health check (GetVersion)."""
    return _call(service, "GetVersion", (), lambda value: (value.text or "").strip())


def get_site_list(service: Service) -> Call[SiteList]:
    """All stock sites with their ids and names (GetSiteList)."""
    reading = service.reading("GetSiteList")
    return _call(service, "GetSiteList", (), lambda value: structures.site_list(value, reading))


def get_stock_list(
    service: Service,
    *,
    since: datetime | None = None,
    date: StockDate = StockDate.REVISION,
    kind: StockItemKind = StockItemKind.ALL,
) -> Call[tuple[StockListEntry, ...]]:
    """Codes of all items, or of those whose *date* is *since* (aware) or later (GetStockList)."""
    reading = service.reading("GetStockList")
    parameters = (
        Parameter("DateType", int(date)),
        Parameter("DateValue", _since(service, since)),
        Parameter("StockItemType", int(kind)),
    )
    return _call(service, "GetStockList", parameters, lambda value: structures.stock_list(value, reading))


def export_stock(
    service: Service,
    codes: Collection[str] = (),
    *,
    mapping: StockMapping = StockMapping.STOCK_CODE,
    since: datetime | None = None,
) -> Call[Rows[StockItem]]:
    """Item masters by *codes*, or those changed *since* (aware); codes win over the date (ExportStock).

    A template's variants come nested in it. Neither codes nor a date would mean everything: ``ValueError``. A code
    with a comma cannot be asked for: ``Invalid``. The answer is read item by item, whatever its size.
    """
    operation = "ExportStock"
    _guard(codes, since)
    reading = service.reading(operation)

    def decode(response: Response) -> Rows[StockItem]:
        # Reading item by item never sees the root: another document would look like an empty one.
        root = _INNER_ROOT.search(response.body)
        if root is not None and root.group(1) != b"STOCK_ITEMS":
            raise reading.broken(f"/{root.group(1).decode()}", "STOCK_ITEMS")
        elements = stream_inner(response, "STOCK_ITEM", system=service.system, operation=operation)
        return read_stock_items(elements, reading)

    parameters = (
        Parameter("StockCode", _csv(service, operation, "StockCode", codes)),
        Parameter("MappingType", int(mapping)),
        Parameter("LastUpdated", service.time.for_call(since) if since is not None else None, "dateTime"),
    )
    return Call(operation=operation, repeat="free", request=_request(service, operation, parameters), decode=decode)


def export_stock_status(
    service: Service,
    codes: Collection[str] = (),
    *,
    mapping: StockMapping = StockMapping.STOCK_CODE,
    since: datetime | None = None,
    site_id: str | None = None,
    potential_lead_time: bool | None = None,
) -> Call[Rows[StockStatusRow]]:
    """What can be sold of *codes* (or of items changed *since*) at one site (ExportStockStatus).

    *site_id* None: the default site. Neither codes nor a date would mean everything: ``ValueError``. A code with a
    comma cannot be asked for: ``Invalid``.
    """
    operation = "ExportStockStatus"
    _guard(codes, since)
    reading = service.reading(operation)
    parameters = (
        Parameter("StockCode", _csv(service, operation, "StockCode", codes)),
        Parameter("MappingType", int(mapping)),
        Parameter("LastUpdated", _since(service, since)),
        Parameter("SiteID", None if site_id is None else int(site_id), "int"),
        Parameter("PotentialLeadTime", potential_lead_time, "boolean"),
    )
    return _document_call(service, operation, parameters, lambda root: read_stock_status(root, reading))


def get_stock_potential(
    service: Service, codes: Collection[str], *, mapping: PotentialMapping = PotentialMapping.STOCK_CODE
) -> Call[Rows[StockPotential]]:
    """Available, on order and back order of *codes*, all sites together (GetStockPotential).

    The service's own default would take the codes for internal ids, so the mapping is always sent. No codes:
    ``ValueError``; a code with a comma: ``Invalid``.
    """
    operation = "GetStockPotential"
    _guard(codes, None)
    reading = service.reading(operation)
    parameters = (
        Parameter("StockCode", _csv(service, operation, "StockCode", codes)),
        Parameter("MappingType", int(mapping)),
    )
    return _call(service, operation, parameters, lambda value: structures.stock_potential(value, reading))


def import_orders(service: Service, document: str) -> Call[OrderImportResult]:
    """Create the orders of a SALES_ORDERS *document*; one order each, so that a fault can only mean it (ImportOrders).

    The call can succeed without importing anything: read ``skipped``. Never repeated by itself.
    """
    reading = service.reading("ImportOrders")
    return _call(
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
    _guard(codes, None)
    reading = service.reading(operation)
    parameters = (
        Parameter("OrderCode", _csv(service, operation, "OrderCode", codes)),
        Parameter("MappingType", int(mapping)),
    )
    return _document_call(service, operation, parameters, lambda root: read_sales_orders(root, reading))


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
    _guard(ids, date_from if date_to is not None else None)
    reading = service.reading(operation)
    parameters = (
        Parameter("IDs", _csv(service, operation, "IDs", ids)),
        Parameter("MappingType", int(mapping) if ids else int(StatusMapping.COMPANY_CODE)),
        Parameter("WebOnly", web_only),
        Parameter("ConfirmedOnly", confirmed_only),
        Parameter("IncludeTracking", include_tracking),
        Parameter("IncludeCancelled", include_cancelled),
        Parameter("DateFrom", None if date_from is None else service.time.for_call(date_from), "dateTime"),
        Parameter("DateTo", None if date_to is None else service.time.for_call(date_to), "dateTime"),
        Parameter("InvoiceStageIDs", ",".join(map(str, stages))),
        Parameter("ShowItems", show_items),
    )
    return _document_call(service, operation, parameters, lambda root: read_status_list(root, reading))


def get_sop_data(service: Service) -> Call[SopData]:
    """The couriers that orders may name; the other parts are not asked for (GetSOPData)."""
    operation = "GetSOPData"
    reading = service.reading(operation)
    unwanted = ("DelRate", "CourierBanding", "BOGOF", "SpecialOffer", "TelesalePrompt", "KeyCode", "BarredItems")
    parameters = (Parameter("Courier", True), *(Parameter(name, False) for name in unwanted))
    return _document_call(service, operation, parameters, lambda root: read_sop_data(root, reading))


# --- how every call is made ------------------------------------------------------------------------------------------


def _call(
    service: Service,
    operation: str,
    parameters: Sequence[Parameter],
    read: Callable[[SoapValue], T],
    *,
    repeat: Repeat = "free",
) -> Call[T]:
    def decode(response: Response) -> T:
        return read(answer(response, system=service.system, operation=operation))

    return Call(operation=operation, repeat=repeat, request=_request(service, operation, parameters), decode=decode)


def _document_call(
    service: Service,
    operation: str,
    parameters: Sequence[Parameter],
    read: Callable[[Element], T],
) -> Call[T]:
    def inner(value: SoapValue) -> T:
        return read(parse(value.text or "", system=service.system, operation=operation))

    return _call(service, operation, parameters, inner)


def _request(service: Service, operation: str, parameters: Sequence[Parameter]) -> Request:
    dialect = service.dialect
    named = [
        attrs.evolve(each, name=dialect.parameter_names.get(f"{operation}.{each.name}", each.name))
        for each in parameters
    ]
    body = envelope(
        operation,
        [*named, *dialect.extra_parameters],
        namespace=dialect.namespace,
        missing=dialect.missing,
        boolean=dialect.boolean,
    )
    headers = {"content-type": "text/xml; charset=utf-8", "accept": "text/xml"}
    if dialect.soap_action is not None:
        action = dialect.soap_action.format(namespace=dialect.namespace, operation=operation)
        headers["soapaction"] = f'"{action}"'
    return Request(method="POST", path=service.path, headers=headers, body=body)


def _since(service: Service, moment: datetime | None) -> datetime:
    return NO_DATE if moment is None else service.time.for_call(moment)


def _guard(codes: Collection[str], since: datetime | None) -> None:
    # An empty list without a date can mean everything to the service, and everything brings its server to its knees.
    if not codes and since is None:
        raise ValueError("codes: must not be empty without dates, the service may take that for everything")


def _csv(service: Service, operation: str, name: str, codes: Collection[str]) -> str:
    bad = list(_unaskable(name, codes))
    if bad:
        raise Invalid(
            system=service.system, operation=operation, message="not sent: codes cannot be asked for", fields=tuple(bad)
        )
    return ",".join(codes)


def _unaskable(name: str, codes: Collection[str]) -> Iterator[FieldError]:
    for code in codes:
        if "," in code:
            yield FieldError(name, f"{code!r} holds a comma, which separates codes here: it cannot be asked for")
        elif not code.strip():
            yield FieldError(name, "an empty code cannot be asked for")
