"""A listing, what it is checked against, and what a check can say."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from enum import Enum

import attrs

from khaos_connectors.core.bundles import Bundle
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import exact_amount, exact_amounts, typed
from khaos_connectors.core.ids import ChannelId, ChannelSku, StockCode
from khaos_connectors.core.items import ItemRecord
from khaos_connectors.core.quantities import whole
from khaos_connectors.core.skus import SkuMap, Target
from khaos_connectors.core.stock_cases import NonStockPolicy

__all__ = [
    "Catalogue",
    "FailedCheck",
    "ListingCheck",
    "ListingRecord",
    "ListingState",
    "NotReady",
    "Ready",
]


class ListingState(Enum):
    """DRAFT until all checks pass, then READY; ACTIVE and PAUSED are the seller's wish; ORPHANED has lost its item."""

    DRAFT = "draft"
    READY = "ready"
    ACTIVE = "active"
    PAUSED = "paused"
    ORPHANED = "orphaned"


@attrs.frozen(kw_only=True, field_transformer=typed)
class ListingRecord:
    """A listing as the channel's tools know it. *pack* is how many eaches it claims to hold, if it says so."""

    channel: ChannelId
    sku: ChannelSku
    state: ListingState
    price: Decimal | None = attrs.field(default=None, validator=attrs.validators.optional(exact_amount))
    barcode: str = ""
    pack: int | None = attrs.field(default=None, validator=attrs.validators.optional(whole(least=1)))


@attrs.frozen(kw_only=True, field_transformer=typed)
class Catalogue:
    """What listings are checked against.

    *items* are the ERP's, *warehouse* the WMS's (None: there is none). *kits* are the recipes. *gone* are codes that
    the ERP has confirmed to be deleted. *listed* are all SKUs per channel, for the one-to-one check. *non_stock* holds
    the policies of items that are not counted, *lowest_prices* the least that a SKU may cost (else it must cost more
    than nothing), *couriers_unmapped* what ``unmapped_couriers`` found.
    """

    skus: SkuMap
    items: Mapping[StockCode, ItemRecord]
    warehouse: Mapping[StockCode, ItemRecord] | None = None
    kits: tuple[Bundle, ...] = ()
    gone: frozenset[StockCode] = frozenset()
    listed: Mapping[ChannelId, Collection[ChannelSku]] = attrs.field(factory=dict[ChannelId, Collection[ChannelSku]])
    non_stock: Mapping[StockCode, NonStockPolicy] = attrs.field(factory=dict[StockCode, NonStockPolicy])
    lowest_prices: Mapping[ChannelSku, Decimal] = attrs.field(
        factory=dict[ChannelSku, Decimal], validator=exact_amounts
    )
    couriers_unmapped: Mapping[ChannelId, Sequence[str]] = attrs.field(factory=dict[ChannelId, Sequence[str]])


class ListingCheck(Enum):
    """What is looked at before a listing goes on sale, and every day while it is."""

    STOCK_CODE = "stock code exists"
    SOLD = "neither blocked nor discontinued"
    STOCKED = "counted, or with a quantity of its own"
    ONE_TO_ONE = "one SKU for one thing"
    WAREHOUSE = "known to the warehouse"
    BARCODE = "barcodes agree"
    UNIT = "pack and unit of measure"
    TAX = "tax code"
    PRICE = "price"
    COURIERS = "couriers mapped"
    KIT = "recipe valid"


@attrs.frozen(field_transformer=typed)
class FailedCheck:
    """A check that a listing did not pass, and *why*; *type* is the exception that it becomes."""

    check: ListingCheck
    type: ExceptionType
    why: str


@attrs.frozen(kw_only=True)
class Ready:
    """The listing may be on sale; it sells *target*."""

    listing: ListingRecord
    target: Target


@attrs.frozen(kw_only=True, field_transformer=typed)
class NotReady:
    """The listing must not go on sale: all checks that *failed*, and as *reasons*, one per exception type."""

    listing: ListingRecord
    failed: tuple[FailedCheck, ...]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """One reason per type: an exception item is one per listing and type, and none of the causes may be lost."""
        return tuple(self._reason(kind) for kind in dict.fromkeys(failed.type for failed in self.failed))

    def _reason(self, kind: ExceptionType) -> Reason:
        causes = [failed for failed in self.failed if failed.type is kind]
        whys = "; ".join(failed.why for failed in causes)
        evidence = {"channel": str(self.listing.channel), "sku": str(self.listing.sku)}
        for failed in causes:
            before = evidence.get(failed.check.value)
            evidence[failed.check.value] = f"{before}; {failed.why}" if before else failed.why
        message = f"{self.listing.sku} on {self.listing.channel}: {whys}"
        return Reason(type=kind, entity=f"listing:{self.listing.sku}", message=message, evidence=evidence)
