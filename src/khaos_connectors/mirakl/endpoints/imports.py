"""Files of offers, prices and stock: handed over, followed, and the lines that were not taken.

An upload gives an id and nothing more. Each may be made again: its rows are absolute. Of offers (OF01, OF24) Mirakl
recognises a repeat, gives the id of the import that it knows already and writes nothing; that goes for a file which is
the same as an earlier one by chance, too.
"""

from datetime import datetime
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

import attrs

from khaos_connectors.calls.decode import read
from khaos_connectors.calls.messages import Call, Page, Request, Response
from khaos_connectors.calls.multipart import FilePart, multipart
from khaos_connectors.core.fields import typed
from khaos_connectors.mirakl.answers import content, model, refused_locally, text
from khaos_connectors.mirakl.endpoints.paging import Listing, seek_page
from khaos_connectors.mirakl.endpoints.writing import MOST_VALUES, code_of, flag, instant, segment
from khaos_connectors.mirakl.models.codes import ImportStatus
from khaos_connectors.mirakl.models.offer_codes import ImportMode, ImportOrigin, OfferImportState
from khaos_connectors.mirakl.models.offer_imports import (
    OfferImport,
    OfferImportStatus,
    PriceImport,
    PriceImportStatus,
    StockImport,
    StockImportStatus,
)
from khaos_connectors.mirakl.models.rows import Row
from khaos_connectors.mirakl.scope import Scope

__all__ = [
    "OfferImportFilter",
    "PriceImportFilter",
    "import_offers",
    "import_prices",
    "import_stock",
    "list_offer_imports",
    "list_price_imports",
    "offer_import_errors",
    "offer_import_status",
    "price_import_errors",
    "stock_import_errors",
    "stock_import_status",
]

T = TypeVar("T")

_OFFERS = "/api/offers/imports"
_PRICES = "/api/offers/pricing/imports"
_STOCK = "/api/offers/stock/imports"
_UPLOAD_SECONDS = 120.0
"""How long an upload may take; the connection's own limit is for ordinary calls."""

_OLDEST_FIRST = "dateCreated,ASC"
_NEWEST_FIRST = "dateCreated,DESC"
_OFFER_IMPORTS = Listing(operation="OF04", path=_OFFERS, record=OfferImportStatus, id="import_id")
_PRICE_IMPORTS = Listing(operation="PRI02", path=_PRICES, record=PriceImportStatus, id="import_id")


@attrs.frozen(kw_only=True, field_transformer=typed)
class OfferImportFilter:
    """Which imports of offers, all of it optional; times are of creation and aware."""

    start_date: datetime | None = None
    end_date: datetime | None = None
    status: OfferImportState | None = None
    mode: ImportMode | None = None
    origins: tuple[ImportOrigin, ...] = ()


@attrs.frozen(kw_only=True, field_transformer=typed)
class PriceImportFilter:
    """Which imports of prices, all of it optional; times are of creation and aware."""

    import_id: tuple[str, ...] = ()
    start_date: datetime | None = None
    end_date: datetime | None = None
    status: ImportStatus | None = None
    origins: tuple[ImportOrigin, ...] = ()


# --- stock -----------------------------------------------------------------------------------------------------------


def import_stock(scope: Scope, table: bytes) -> Call[StockImport]:
    """Hand over a CSV of absolute stock levels; only an id comes back: STO01.

    The file's levels are absolute, so sending it twice has the same effect. ``stock_import_status`` tells its fate.
    """
    part = FilePart(field="file", filename="stock.csv", content=table, content_type="text/csv")
    return _upload(scope, "STO01", _STOCK, StockImport, multipart([], [part]))


def stock_import_status(scope: Scope, import_id: str) -> Call[StockImportStatus]:
    """How far a stock import is and how many lines failed: STO02."""
    path = f"{_STOCK}/{segment(scope, 'STO02', import_id)}/status"
    return Call(
        operation="STO02",
        repeat="free",
        request=Request(method="GET", path=path, query=scope.query()),
        decode=partial(model, StockImportStatus, scope=scope, operation="STO02"),
    )


def stock_import_errors(scope: Scope, import_id: str) -> Call[str]:
    """The text of an import's error report, a CSV of the lines that were not taken: STO03."""
    return _report(scope, "STO03", _STOCK, import_id)


# --- prices ----------------------------------------------------------------------------------------------------------


def import_prices(scope: Scope, table: bytes) -> Call[PriceImport]:
    """Hand over a CSV of prices; only an id comes back: PRI01.

    Delete and replace: a price of an offer in the file that is not in the file is gone. At most 50 prices per offer.
    """
    part = FilePart(field="file", filename="prices.csv", content=table, content_type="text/csv")
    return _upload(scope, "PRI01", _PRICES, PriceImport, multipart([], [part]))


def list_price_imports(
    scope: Scope, wanted: PriceImportFilter | None = None, *, size: int = 100, token: str = ""
) -> Call[Page[Row[PriceImportStatus]]]:
    """Imports of prices, newest first, a page of *size* (1 to 100): PRI02.

    There is no other way to ask for the status of a single one: filter by its id.
    """
    wanted = wanted or PriceImportFilter()
    if len(wanted.import_id) > MOST_VALUES:
        problem = f"takes at most {MOST_VALUES} values, not {len(wanted.import_id)}"
        raise refused_locally(scope, "PRI02", "import_id", problem)
    pairs = (
        *(("import_id", each) for each in wanted.import_id),
        ("start_date", instant(scope, "PRI02", "start_date", wanted.start_date)),
        ("end_date", instant(scope, "PRI02", "end_date", wanted.end_date)),
        ("status", code_of(wanted.status)),
        *(("origins", code_of(each)) for each in dict.fromkeys(wanted.origins)),
    )
    return seek_page(scope, _PRICE_IMPORTS, pairs, size=size, sort=_NEWEST_FIRST, token=token)


def price_import_errors(scope: Scope, import_id: str) -> Call[str]:
    """The text of an import's error report, a CSV of the lines that were not taken: PRI03."""
    return _report(scope, "PRI03", _PRICES, import_id)


# --- offers ----------------------------------------------------------------------------------------------------------


def import_offers(
    scope: Scope,
    table: bytes,
    *,
    mode: ImportMode = ImportMode.NORMAL,
    with_products: bool = False,
    operator_format: bool = False,
    filename: str = "offers.csv",
) -> Call[OfferImport]:
    """Hand over a file of whole offers (CSV, XML or XLSX by the end of *filename*): OF01.

    Every column that is left out is reset. REPLACE also deletes every offer that is not in the file. *with_products*
    takes products in the same file, in the operator's columns or (with *operator_format* False) in the seller's own;
    Mirakl wants that every 15 minutes at most.
    """
    if not (filename.isascii() and filename.isprintable() and filename.strip()):
        raise refused_locally(scope, "OF01", "file", "must have a name in ASCII")
    kinds = {"csv": "text/csv", "xml": "application/xml"}
    kind = kinds.get(filename.rpartition(".")[2].lower(), "application/octet-stream")
    fields = [("import_mode", mode.value)]
    if with_products:
        fields += [("with_products", flag(with_products) or ""), ("operator_format", flag(operator_format) or "")]
    part = FilePart(field="file", filename=filename, content=table, content_type=kind)
    return _upload(scope, "OF01", _OFFERS, OfferImport, multipart(fields, [part]))


def offer_import_status(scope: Scope, import_id: int) -> Call[OfferImportStatus]:
    """How far an import of offers (of OF01 or OF24) is and how many lines failed: OF02."""
    request = Request(method="GET", path=f"{_OFFERS}/{_known(scope, 'OF02', import_id)}", query=scope.query())
    decode = partial(model, OfferImportStatus, scope=scope, operation="OF02")
    return Call(operation="OF02", repeat="free", request=request, decode=decode)


def offer_import_errors(scope: Scope, import_id: int) -> Call[str]:
    """The text of an import's error report: the columns that were sent, the line and the reason: OF03."""
    return _report(scope, "OF03", _OFFERS, str(_known(scope, "OF03", import_id)))


def list_offer_imports(
    scope: Scope, wanted: OfferImportFilter | None = None, *, size: int = 100, token: str = ""
) -> Call[Page[Row[OfferImportStatus]]]:
    """Imports of offers by whichever door they came, oldest first, a page of *size* (1 to 100): OF04."""
    wanted = wanted or OfferImportFilter()
    if wanted.status is OfferImportState.QUEUED:
        raise refused_locally(scope, "OF04", "status", "QUEUED is only ever answered, never asked for")
    pairs = (
        ("start_date", instant(scope, "OF04", "start_date", wanted.start_date)),
        ("end_date", instant(scope, "OF04", "end_date", wanted.end_date)),
        ("status", code_of(wanted.status)),
        ("mode", code_of(wanted.mode)),
        *(("origins", code_of(each)) for each in dict.fromkeys(wanted.origins)),
    )
    return seek_page(scope, _OFFER_IMPORTS, pairs, size=size, sort=_OLDEST_FIRST, token=token)


# --- what they share -------------------------------------------------------------------------------------------------


def _upload(scope: Scope, operation: str, path: str, record: type[T], form: tuple[str, bytes]) -> Call[T]:
    content_type, body = form

    def decode(response: Response) -> T:
        found = content(response, scope=scope, operation=operation)
        place = urlsplit(response.headers.get("location", "")).path.strip("/").split("/")
        if found == {} and "imports" in place[:-1]:
            found = {"import_id": place[place.index("imports") + 1]}  # the header tells it as well
        return read(record, found, system=scope.account, operation=operation)

    request = Request(
        method="POST",
        path=path,
        query=scope.query(),
        headers={"content-type": content_type},
        body=body,
        timeout=_UPLOAD_SECONDS,
    )
    return Call(operation=operation, repeat="same-effect", request=request, decode=decode)


def _report(scope: Scope, operation: str, path: str, import_id: str) -> Call[str]:
    return Call(
        operation=operation,
        repeat="free",
        request=Request(
            method="GET",
            path=f"{path}/{segment(scope, operation, import_id)}/error_report",
            query=scope.query(),
            headers={"accept": "text/csv, application/octet-stream;q=0.9, */*;q=0.1"},
        ),
        decode=partial(text, scope=scope, operation=operation),
    )


def _known(scope: Scope, operation: str, import_id: int) -> int:
    if not 0 <= import_id < 2**63:
        raise refused_locally(scope, operation, "import", f"must be an import's number, not {import_id}")
    return import_id
