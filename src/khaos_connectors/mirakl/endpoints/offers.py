"""Offers, and the import of stock levels that touches nothing else of them."""

from functools import partial
from urllib.parse import urlsplit

import attrs

from khaos_connectors.calls.decode import Text, read
from khaos_connectors.calls.messages import Call, Page, Request, Response
from khaos_connectors.calls.multipart import FilePart, multipart
from khaos_connectors.mirakl.answers import content, model, text
from khaos_connectors.mirakl.endpoints.paging import Listing, offset_page
from khaos_connectors.mirakl.endpoints.writing import comma_list, flag, segment
from khaos_connectors.mirakl.models.offers import Offer, StockImport, StockImportStatus
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.scope import Scope

__all__ = [
    "OfferFilter",
    "import_stock",
    "list_offers",
    "stock_import_errors",
    "stock_import_status",
]

_UPLOAD_SECONDS = 120.0
"""How long an upload may take; the connection's own limit is for ordinary calls."""

_OFFERS = Listing(operation="OF21", path="/api/offers", record=Offer, field="offers", id="shop_sku", translated=True)


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
) -> Call[Page[Read[Offer] | Broken]]:
    """The shop's own offers by title, a page of *size* (1 to 100) from *offset*: OF21.

    Meant for pages, not for the whole range every hour. Each offer is read by itself. *after* is the ``page_mark`` of
    the page before; the same page once more is ``CursorStuck``, as is one that is empty before the total.
    """
    wanted = wanted or OfferFilter()
    pairs = (
        ("sku", wanted.sku),
        ("product_id", wanted.product_id),
        ("offer_state_codes", comma_list(scope, "OF21", "offer_state_codes", wanted.offer_state_codes)),
        ("favorite", flag(wanted.favorite)),
        ("pricing_channel_code", wanted.pricing_channel_code),
        ("pricing_customer_organization_id", wanted.pricing_customer_organization_id),
    )
    # By title: the default order, by price, moves while it is walked.
    return offset_page(scope, _OFFERS, pairs, size=size, offset=offset, after=after, sort="productTitle")


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
