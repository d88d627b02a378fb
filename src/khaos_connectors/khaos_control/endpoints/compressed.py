"""The operations whose answer is an archive, for exports that otherwise time out or come cut off.

The archive is unpacked piece by piece and never holds more than *max_bytes* of document. The codes and dates mean what
they mean in the operations without "compressed"; ``Undecodable`` is what a damaged archive is.
"""

from collections.abc import Collection
from datetime import datetime

from khaos_connectors.calls.messages import Call
from khaos_connectors.calls.soap import Parameter, SoapValue
from khaos_connectors.calls.xml import parse, stream
from khaos_connectors.khaos_control.compression import read_compressed, unpacked
from khaos_connectors.khaos_control.documents.stock import read_stock_items, read_stock_status
from khaos_connectors.khaos_control.documents.stock_list import read_stock_list
from khaos_connectors.khaos_control.endpoints._calling import Service, call
from khaos_connectors.khaos_control.endpoints._stock_parameters import (
    item_parameters,
    list_parameters,
    status_parameters,
)
from khaos_connectors.khaos_control.enums import CompressionMethod, StockDate, StockItemKind, StockMapping
from khaos_connectors.khaos_control.models import Rows, StockItem, StockListEntry, StockStatusRow

__all__ = ["export_stock_compressed", "export_stock_status_compressed", "get_stock_list_compressed"]

_MEBIBYTE = 2**20


def export_stock_compressed(
    service: Service,
    codes: Collection[str] = (),
    *,
    mapping: StockMapping = StockMapping.STOCK_CODE,
    since: datetime | None = None,
    method: CompressionMethod = CompressionMethod.ZIP,
    max_bytes: int = 512 * _MEBIBYTE,
) -> Call[Rows[StockItem]]:
    """Item masters by *codes*, or those changed *since* (aware), read item by item (ExportStockCompressed)."""
    operation = "ExportStockCompressed"
    parameters = item_parameters(service, operation, codes, mapping, since)
    reading = service.reading(operation)

    def read(value: SoapValue) -> Rows[StockItem]:
        pieces = unpacked(read_compressed(value, reading), reading, max_bytes=max_bytes)
        elements = stream(
            pieces,
            "STOCK_ITEM",
            system=service.system,
            operation=operation,
            root="STOCK_ITEMS",
            may_be_empty=True,
            max_bytes=max_bytes,
        )
        return read_stock_items(elements, reading)

    return call(service, operation, (*parameters, _method(method)), read)


def export_stock_status_compressed(
    service: Service,
    codes: Collection[str] = (),
    *,
    mapping: StockMapping = StockMapping.STOCK_CODE,
    since: datetime | None = None,
    site_id: str | None = None,
    potential_lead_time: bool | None = None,
    method: CompressionMethod = CompressionMethod.ZIP,
    max_bytes: int = 64 * _MEBIBYTE,
) -> Call[Rows[StockStatusRow]]:
    """What can be sold at one site (ExportStockStatusCompressed).

    The vendor's guide names this operation and gives no signature: name and parameters follow the other two.
    """
    operation = "ExportStockStatusCompressed"
    parameters = status_parameters(
        service, operation, codes, mapping, since, site_id=site_id, potential_lead_time=potential_lead_time
    )
    reading = service.reading(operation)

    def read(value: SoapValue) -> Rows[StockStatusRow]:
        document = b"".join(unpacked(read_compressed(value, reading), reading, max_bytes=max_bytes))
        if not document:
            return Rows(items=())
        return read_stock_status(
            parse(document, system=service.system, operation=operation, max_bytes=max_bytes), reading
        )

    return call(service, operation, (*parameters, _method(method)), read)


def get_stock_list_compressed(
    service: Service,
    *,
    since: datetime | None = None,
    date: StockDate = StockDate.REVISION,
    kind: StockItemKind = StockItemKind.ALL,
    method: CompressionMethod = CompressionMethod.ZIP,
    max_bytes: int = 64 * _MEBIBYTE,
) -> Call[tuple[StockListEntry, ...]]:
    """Codes of all items, or of those whose *date* is *since* (aware) or later (GetStockListCompressed).

    The element names of the list are not documented: see ``documents.stock_list`` for what counts as a row.
    """
    operation = "GetStockListCompressed"
    parameters = list_parameters(service, operation, since, date, kind)
    reading = service.reading(operation)

    def read(value: SoapValue) -> tuple[StockListEntry, ...]:
        document = b"".join(unpacked(read_compressed(value, reading), reading, max_bytes=max_bytes))
        if not document:
            return ()
        return read_stock_list(
            parse(document, system=service.system, operation=operation, max_bytes=max_bytes), reading
        )

    return call(service, operation, (*parameters, _method(method)), read)


def _method(method: CompressionMethod) -> Parameter:
    return Parameter("CompressionMethod", int(method))
