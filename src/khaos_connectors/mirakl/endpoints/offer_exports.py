"""All offers at once: an export that Mirakl writes by itself, as CSV or JSON, and its files."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.messages import Call, Response
from khaos_connectors.mirakl.answers import refused_locally
from khaos_connectors.mirakl.endpoints.exported import (
    CHUNK_ITEMS,
    CHUNK_MEGABYTES,
    export_file,
    export_start,
    export_status,
    exported_rows,
)
from khaos_connectors.mirakl.endpoints.offer_columns import offer_of_columns
from khaos_connectors.mirakl.endpoints.paging import Listing, read_rows
from khaos_connectors.mirakl.endpoints.writing import instant
from khaos_connectors.mirakl.models.exported_offers import ExportedOffer
from khaos_connectors.mirakl.models.exports import ExportStarted, ExportStatus
from khaos_connectors.mirakl.models.rows import Row
from khaos_connectors.mirakl.scope import Scope

__all__ = ["OfferExport", "offer_export_chunk", "offer_export_status", "start_offer_export"]

_EXPORT = "/api/offers/export/async"
_ROWS = Listing(operation="OF54", path=_EXPORT, record=ExportedOffer, field="offers", id="shop_sku")


@attrs.frozen(kw_only=True)
class OfferExport:
    """What to export. Without *last_request_date* it is everything that is active, which Mirakl wants once a day; with
    it, what changed since, the deleted and inactive offers too.

    *include_inactive_offers* is for a full export. *include_fields* and *rename_fields* are for CSV: renamed columns
    are not understood by ``offer_export_chunk``.
    """

    last_request_date: datetime | None = None
    include_inactive_offers: bool | None = None
    export_type: Literal["application/json", "text/csv"] = "application/json"
    channel_codes: tuple[str, ...] = ()
    shipping_zones: tuple[str, ...] = ()
    ongoing_discount_campaign_identifiers: tuple[str, ...] = ()
    include_fields: tuple[str, ...] = ()
    rename_fields: tuple[tuple[str, str], ...] = ()
    items_per_chunk: int = CHUNK_ITEMS
    megabytes_per_chunk: int = CHUNK_MEGABYTES


def start_offer_export(scope: Scope, wanted: OfferExport | None = None) -> Call[ExportStarted]:
    """Let Mirakl write the shop's offers into files: OF52."""
    wanted = wanted or OfferExport()
    if wanted.include_inactive_offers and wanted.last_request_date is not None:
        problem = "an export since a date holds the inactive offers anyway, and Mirakl refuses both together"
        raise refused_locally(scope, "OF52", "include_inactive_offers", problem)
    for field, number, least, most in (
        ("items_per_chunk", wanted.items_per_chunk, CHUNK_ITEMS, 1_000_000),
        ("megabytes_per_chunk", wanted.megabytes_per_chunk, CHUNK_MEGABYTES, 1000),
    ):
        if not least <= number <= most:
            raise refused_locally(scope, "OF52", field, f"must be {least} to {most}, not {number}")
    given: dict[str, object] = {
        "export_type": wanted.export_type,
        "last_request_date": instant(scope, "OF52", "last_request_date", wanted.last_request_date),
        "include_inactive_offers": wanted.include_inactive_offers,
        "channel_codes": list(wanted.channel_codes) or None,
        "shipping_zones": list(wanted.shipping_zones) or None,
        "ongoing_discount_campaign_identifiers": list(wanted.ongoing_discount_campaign_identifiers) or None,
        "include_fields": list(wanted.include_fields) or None,
        "rename_fields": dict(wanted.rename_fields) or None,
        "items_per_chunk": wanted.items_per_chunk,
        "megabytes_per_chunk": wanted.megabytes_per_chunk,
    }
    return export_start(scope, "OF52", _EXPORT, {name: value for name, value in given.items() if value is not None})


def offer_export_status(scope: Scope, tracking_id: str) -> Call[ExportStatus]:
    """How far an export of offers is and, once it is COMPLETED, where its files are: OF53."""
    return export_status(scope, "OF53", f"{_EXPORT}/status", tracking_id)


def offer_export_chunk(scope: Scope, url: str) -> Call[tuple[Row[ExportedOffer], ...]]:
    """The offers of one file of an export, by the *url* that its status told: OF54.

    Each offer is read by itself. A CSV is read under the same names as a JSON file.
    """

    def decode(response: Response) -> tuple[Row[ExportedOffer], ...]:
        if _is_csv(response):
            return read_rows(scope, _ROWS, {"offers": list(_csv_rows(response, scope))})
        rows = exported_rows(response, scope=scope, operation="OF54", under=("offers", "data"))
        return read_rows(scope, _ROWS, {"offers": list(rows)})

    return export_file(scope, "OF54", url, decode)


def _is_csv(response: Response) -> bool:
    kind = response.headers.get("content-type", "").lower()
    first = next(response.pieces(), b"").lstrip(b"\xef\xbb\xbf \r\n")[:1]
    return "csv" in kind or ("json" not in kind and first not in {b"", b"[", b"{", b"<"})


def _csv_rows(response: Response, scope: Scope) -> Iterator[object]:
    try:
        text = response.body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise errors.Undecodable(system=scope.account, operation="OF54", path="$", expected="text in UTF-8") from None
    separator = max(";,\t", key=text.partition("\n")[0].count)
    for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, restkey="", restval=""):
        yield offer_of_columns({name: cell for name, cell in row.items() if name and isinstance(cell, str)})
