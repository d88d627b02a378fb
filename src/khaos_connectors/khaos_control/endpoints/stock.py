"""The operations that tell items and stock."""

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import chain

import attrs

from khaos_connectors.calls.messages import Call, Response
from khaos_connectors.calls.soap import Parameter
from khaos_connectors.calls.xml import stream_inner
from khaos_connectors.khaos_control import structures
from khaos_connectors.khaos_control.documents.stock import read_stock_status
from khaos_connectors.khaos_control.documents.stock_items import in_rows, stream_stock_items
from khaos_connectors.khaos_control.endpoints._calling import Service, call, csv, document_call, guard, request
from khaos_connectors.khaos_control.endpoints._stock_parameters import (
    item_parameters,
    list_parameters,
    status_parameters,
)
from khaos_connectors.khaos_control.enums import PotentialMapping, StockDate, StockItemKind, StockMapping
from khaos_connectors.khaos_control.models import (
    Rows,
    StockItem,
    StockListEntry,
    StockPotential,
    StockStatusRow,
    UnreadRow,
)

__all__ = ["export_stock", "export_stock_status", "get_stock_list", "get_stock_potential", "stream_stock"]

_MAX_BYTES = 2**40  # what is received is bounded by the connection, and no more than an item of it is held


def get_stock_list(
    service: Service,
    *,
    since: datetime | None = None,
    date: StockDate = StockDate.REVISION,
    kind: StockItemKind = StockItemKind.ALL,
    web_only: bool | None = None,
) -> Call[tuple[StockListEntry, ...]]:
    """Codes of all items, or of those whose *date* is *since* (aware) or later (GetStockList).

    *web_only* is a parameter of newer services, "publish to web only": it is not even named unless it is given.
    """
    operation = "GetStockList"
    reading = service.reading(operation)
    parameters = list_parameters(service, operation, since, date, kind)
    if web_only is not None:
        parameters = (*parameters, Parameter("PublishToWebOnly", web_only))
    return call(service, operation, parameters, lambda value: structures.stock_list(value, reading))


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
    stream = stream_stock(service, codes, mapping=mapping, since=since)

    def decode(response: Response) -> Rows[StockItem]:
        return in_rows(stream.decode(response))

    return Call(operation=stream.operation, repeat=stream.repeat, request=stream.request, decode=decode)


def stream_stock(
    service: Service,
    codes: Collection[str] = (),
    *,
    mapping: StockMapping = StockMapping.STOCK_CODE,
    since: datetime | None = None,
) -> Call[Iterator[StockItem | UnreadRow]]:
    """``export_stock`` one item at a time, for an answer that may be as large as it likes (ExportStock).

    The answer waits in a temporary file and what was read is forgotten. A refusal is raised by the call; a document
    that breaks off later is ``Undecodable`` when the reading comes to that place.
    """
    operation = "ExportStock"
    parameters = item_parameters(service, operation, codes, mapping, since)
    reading = service.reading(operation)

    def decode(response: Response) -> Iterator[StockItem | UnreadRow]:
        elements = stream_inner(
            response,
            "STOCK_ITEM",
            system=service.system,
            operation=operation,
            root="STOCK_ITEMS",
            max_bytes=_MAX_BYTES,
        )
        rows = stream_stock_items(elements, reading)
        first = next(rows, None)  # read now, so that the call itself fails for what is no such answer
        return iter(()) if first is None else chain((first,), rows)

    posted = attrs.evolve(request(service, operation, parameters), spool=True)
    return Call(operation=operation, repeat="free", request=posted, decode=decode)


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
    parameters = status_parameters(
        service, operation, codes, mapping, since, site_id=site_id, potential_lead_time=potential_lead_time
    )
    reading = service.reading(operation)
    return document_call(service, operation, parameters, lambda root: read_stock_status(root, reading))


def get_stock_potential(
    service: Service, codes: Collection[str], *, mapping: PotentialMapping = PotentialMapping.STOCK_CODE
) -> Call[Rows[StockPotential]]:
    """Available, on order and back order of *codes*, all sites together (GetStockPotential).

    The service's own default would take the codes for internal ids, so the mapping is always sent. No codes:
    ``ValueError``; a code with a comma: ``Invalid``.
    """
    operation = "GetStockPotential"
    guard(codes, None)
    reading = service.reading(operation)
    parameters = (
        Parameter("StockCode", csv(service, operation, "StockCode", codes)),
        Parameter("MappingType", int(mapping)),
    )
    return call(service, operation, parameters, lambda value: structures.stock_potential(value, reading))
