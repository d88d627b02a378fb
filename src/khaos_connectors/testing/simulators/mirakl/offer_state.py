"""What the simulated marketplace knows of offers beyond price and stock, and of the files that change them."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Literal

import attrs

__all__ = ["OfferDetails", "OfferExportState", "OfferFile", "OfferWork", "PriceLine"]


@attrs.frozen(kw_only=True)
class PriceLine:
    """One price of an offer; without channels, customers and times it is the default one. Times are as they came."""

    price: Decimal
    discount: Decimal | None = None
    discount_start: str | None = None
    discount_end: str | None = None
    ranges: tuple[tuple[int, Decimal], ...] = ()
    discount_ranges: tuple[tuple[int, Decimal], ...] = ()
    channels: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    start: str | None = None
    end: str | None = None
    retail: bool = False

    @property
    def default(self) -> bool:
        """Whether it holds everywhere, for everybody and always."""
        limits = (self.channels, self.organizations, self.groups, self.start, self.end)
        return not self.retail and not any(limits)


@attrs.frozen(kw_only=True)
class OfferDetails:
    """The fields of an offer that a rewrite resets when they are not sent. *prices* holds those beside the default."""

    description: str | None = None
    internal_description: str | None = None
    price_additional_info: str | None = None
    leadtime_to_ship: int | None = None
    logistic_class: str = "STD"
    min_quantity_alert: int | None = None
    min_order_quantity: int | None = None
    max_order_quantity: int | None = None
    package_quantity: int | None = None
    available_start: str | None = None
    available_end: str | None = None
    product_tax_code: str | None = None
    allow_quote_requests: bool = False
    msrp: Decimal | None = None
    discount: PriceLine | None = None
    prices: tuple[PriceLine, ...] = ()
    additional: tuple[tuple[str, str], ...] = ()
    warehouses: tuple[tuple[str, int], ...] = ()


@attrs.frozen(kw_only=True)
class OfferFile:
    """One upload of offers (OF01, OF24) or prices (PRI01). *rows* are its lines by column, *number* counts imports."""

    import_id: str
    kind: Literal["offers", "prices"]
    created_at: datetime
    due: datetime
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    delimiter: str = ";"
    replace: bool = False
    status: str = "WAITING"
    read: int = 0
    done: int = 0
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    offers_failed: int = 0
    failed: tuple[tuple[int, str, tuple[str, ...]], ...] = ()


@attrs.frozen(kw_only=True)
class OfferExportState:
    """One export: its files are written when it is *due*."""

    tracking_id: str
    due: datetime
    csv: bool
    since: datetime | None
    inactive: bool
    per_file: int
    columns: tuple[str, ...] = ()
    files: tuple[bytes, ...] | None = None


@attrs.define(kw_only=True)
class OfferWork:
    """What becomes of offers over time: uploads, exports, when each last changed, and which are gone."""

    files: dict[str, OfferFile] = attrs.field(factory=dict[str, OfferFile])
    exports: dict[str, OfferExportState] = attrs.field(factory=dict[str, OfferExportState])
    numbers: dict[str, int] = attrs.field(factory=dict[str, int])
    changed: dict[str, datetime] = attrs.field(factory=dict[str, datetime])
    deleted: dict[str, datetime] = attrs.field(factory=dict[str, datetime])

    def number(self, sku: str, known: Iterable[str]) -> int:
        """The vendor's own number of an offer; the *known* ones were numbered in their order."""
        if sku not in self.numbers:
            for each in (*known, sku):
                self.numbers.setdefault(each, 2000 + len(self.numbers))
        return self.numbers[sku]
