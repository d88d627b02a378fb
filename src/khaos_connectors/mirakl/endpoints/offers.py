"""Offers, and the import of stock levels that touches nothing else of them."""

from collections.abc import Iterable
from functools import partial
from urllib.parse import urlsplit

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.decode import Text, read, to_json
from khaos_connectors.calls.messages import Call, Page, Request, Response
from khaos_connectors.calls.multipart import FilePart, multipart
from khaos_connectors.mirakl.answers import content, legible, model, refused_locally, text
from khaos_connectors.mirakl.endpoints.offsets import goes_on, page_mark
from khaos_connectors.mirakl.endpoints.writing import MOST_VALUES, comma_list, flag, segment
from khaos_connectors.mirakl.models.offers import BrokenOffer, Offer, ReadOffer, StockImport, StockImportStatus
from khaos_connectors.mirakl.scope import Scope

__all__ = [
    "OfferFilter",
    "import_stock",
    "list_offers",
    "mark_of_offers",
    "stock_import_errors",
    "stock_import_status",
]

_UPLOAD_SECONDS = 120.0
"""How long an upload may take; the connection's own limit is for ordinary calls."""


@attrs.frozen(kw_only=True)
class OfferFilter:
    """Which offers, all of it optional."""

    sku: str | None = None
    product_id: str | None = None
    offer_state_codes: tuple[str, ...] = ()
    favorite: bool | None = None
    pricing_channel_code: str | None = None
    pricing_customer_organization_id: str | None = None


def list_offers(
    scope: Scope, wanted: OfferFilter | None = None, *, size: int = 100, offset: int = 0, after: str = ""
) -> Call[Page[ReadOffer | BrokenOffer]]:
    """The shop's own offers by title, a page of *size* (1 to 100) from *offset*: OF21.

    Meant for pages, not for the whole range every hour. Each offer is read by itself. *after* is the ``mark`` of the
    page before; the same page once more is ``CursorStuck``, as is one that is empty before the total.
    """
    wanted = wanted or OfferFilter()
    if not 1 <= size <= MOST_VALUES or offset < 0:
        raise refused_locally(scope, "OF21", "max", f"must be 1 to 100 from offset 0, not {size} from {offset}")
    query = scope.query(
        ("sku", wanted.sku),
        ("product_id", wanted.product_id),
        ("offer_state_codes", comma_list(scope, "OF21", "offer_state_codes", wanted.offer_state_codes)),
        ("favorite", flag(wanted.favorite)),
        ("pricing_channel_code", wanted.pricing_channel_code),
        ("pricing_customer_organization_id", wanted.pricing_customer_organization_id),
        ("max", str(size)),
        ("offset", str(offset)),
        # By title: the default order, by price, moves while it is walked.
        ("sort", "productTitle"),
        ("order", "asc"),
        translated=True,
    )

    def decode(response: Response) -> Page[ReadOffer | BrokenOffer]:
        body = content(response, scope=scope, operation="OF21")
        rows = read(_OfferRows, body, system=scope.account, operation="OF21")
        records = tuple(_offer(row, at, scope) for at, row in enumerate(rows.offers))
        seen, mark, total = len(records), mark_of_offers(records), rows.total_count
        more = goes_on(scope, "OF21", rows=seen, size=size, offset=offset, total=total, mark=mark, after=after)
        following = list_offers(scope, wanted, size=size, offset=offset + seen, after=mark) if more else None
        return Page(items=records, next=following)

    return Call(
        operation="OF21", repeat="free", request=Request(method="GET", path="/api/offers", query=query), decode=decode
    )


def mark_of_offers(records: Iterable[ReadOffer | BrokenOffer]) -> str:
    """What tells this page of offers from another."""
    return page_mark(
        record.shop_sku or record.payload if isinstance(record, BrokenOffer) else record.offer.shop_sku
        for record in records
    )


def import_stock(scope: Scope, table: bytes) -> Call[StockImport]:
    """Hand over a CSV of absolute stock levels; only an id comes back: STO01.

    The file's levels are absolute, so sending it twice has the same effect. ``stock_import_status`` tells its fate.
    """
    part = FilePart(field="file", filename="stock.csv", content=table, content_type="text/csv")
    content_type, body = multipart([], [part])

    def decode(response: Response) -> StockImport:
        found = content(response, scope=scope, operation="STO01")
        place = urlsplit(response.headers.get("location", "")).path.strip("/").split("/")
        if found == {} and "imports" in place[:-1]:
            return StockImport(import_id=Text(place[place.index("imports") + 1]))  # the header tells it as well
        return read(StockImport, found, system=scope.account, operation="STO01")

    request = Request(
        method="POST",
        path="/api/offers/stock/imports",
        query=scope.query(),
        headers={"content-type": content_type},
        body=body,
        timeout=_UPLOAD_SECONDS,
    )
    return Call(operation="STO01", repeat="same-effect", request=request, decode=decode)


def stock_import_status(scope: Scope, import_id: str) -> Call[StockImportStatus]:
    """How far a stock import is and how many lines failed: STO02."""
    return Call(
        operation="STO02",
        repeat="free",
        request=Request(
            method="GET", path=f"/api/offers/stock/imports/{segment(import_id)}/status", query=scope.query()
        ),
        decode=partial(model, StockImportStatus, scope=scope, operation="STO02"),
    )


def stock_import_errors(scope: Scope, import_id: str) -> Call[str]:
    """The text of an import's error report, a CSV of the lines that were not taken: STO03."""
    return Call(
        operation="STO03",
        repeat="free",
        request=Request(
            method="GET",
            path=f"/api/offers/stock/imports/{segment(import_id)}/error_report",
            query=scope.query(),
            headers={"accept": "text/csv, application/octet-stream;q=0.9, */*;q=0.1"},
        ),
        decode=partial(text, scope=scope, operation="STO03"),
    )


@attrs.frozen(kw_only=True)
class _OfferRows:
    offers: tuple[object, ...]
    total_count: int | None = None


def _offer(row: object, at: int, scope: Scope) -> ReadOffer | BrokenOffer:
    try:
        return ReadOffer(offer=read(Offer, row, system=scope.account, operation="OF21", path=f"$.offers[{at}]"))
    except errors.Undecodable as broken:
        return BrokenOffer(shop_sku=legible(row, "shop_sku"), problem=broken.detail(), payload=to_json(row))
