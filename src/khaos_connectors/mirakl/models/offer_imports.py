"""Imports of offers, prices and stock: what an upload gives back, and how far each is.

COMPLETE, the word by which they end, does not say that every line was taken: ``lines_in_error`` and the report do.
"""

from datetime import datetime

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.codes import ImportStatus
from khaos_connectors.mirakl.models.offer_codes import ImportMode, ImportOrigin, OfferImportState

__all__ = [
    "OfferImport",
    "OfferImportStatus",
    "PriceImport",
    "PriceImportStatus",
    "StockImport",
    "StockImportStatus",
]


@attrs.frozen(kw_only=True)
class StockImport:
    """The answer of STO01: the file was taken, nothing more. Its fate is asked for by *import_id*."""

    import_id: Text


@attrs.frozen(kw_only=True)
class StockImportStatus:
    """The answer of STO02."""

    import_id: Text
    status: ImportStatus | Unrecognised
    has_error_report: bool | None = None
    lines_in_error: int | None = None
    lines_in_success: int | None = None
    reason_status: str | None = None
    date_created: datetime | None = None
    shop_id: int | None = None


@attrs.frozen(kw_only=True)
class PriceImport:
    """The answer of PRI01: the file was taken, nothing more. Its fate is asked for by *import_id*."""

    import_id: Text


@attrs.frozen(kw_only=True)
class PriceImportStatus:
    """A row of PRI02."""

    import_id: Text
    status: ImportStatus | Unrecognised
    has_error_report: bool | None = None
    lines_in_error: int | None = None
    lines_in_success: int | None = None
    offers_in_error: int | None = None
    offers_updated: int | None = None
    reason_status: str | None = None
    origin: ImportOrigin | Unrecognised | None = None
    date_created: datetime | None = None
    shop_id: int | None = None


@attrs.frozen(kw_only=True)
class OfferImport:
    """The answer of OF01 and OF24; *product_import_id* is there when products came in the same file."""

    import_id: Text
    product_import_id: Text | None = None


@attrs.frozen(kw_only=True)
class OfferImportStatus:
    """The answer of OF02 and a row of OF04 (which adds *origin* and *shop_id*)."""

    import_id: Text
    status: OfferImportState | Unrecognised
    has_error_report: bool | None = None
    lines_read: int | None = None
    lines_in_success: int | None = None
    lines_in_error: int | None = None
    lines_in_pending: int | None = None
    offer_inserted: int | None = None
    offer_updated: int | None = None
    offer_deleted: int | None = None
    reason_status: str | None = None
    mode: ImportMode | Unrecognised | None = None
    origin: ImportOrigin | Unrecognised | None = None
    date_created: datetime | None = None
    shop_id: int | None = None
