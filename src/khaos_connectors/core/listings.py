"""Whether a listing may go, or stay, on sale: every check at once, so that all that is wrong is told in one go."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

import attrs

from khaos_connectors.core.bundles import Bundle, BundleFault, flatten
from khaos_connectors.core.couriers import Carrier, CourierMap
from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import ChannelId, ChannelSku, StockCode
from khaos_connectors.core.items import ItemRecord
from khaos_connectors.core.listing_records import (
    Catalogue,
    FailedCheck,
    ListingCheck,
    ListingRecord,
    NotReady,
    Ready,
)
from khaos_connectors.core.sku_checks import ambiguities
from khaos_connectors.core.skus import SkuMiss, Target

__all__ = ["check_listing", "check_listings", "unmapped_couriers"]


def check_listing(listing: ListingRecord, catalogue: Catalogue) -> Ready | NotReady:
    """Whether *listing* may go on sale, by every check of ``ListingCheck``; all that fail are told, not the first."""
    return check_listings([listing], catalogue)[0]


def check_listings(listings: Iterable[ListingRecord], catalogue: Catalogue) -> tuple[Ready | NotReady, ...]:
    """The same for many listings, in their order; what they share is worked out once."""
    given = tuple(listings)
    channels = {listing.channel for listing in given}
    listed = {channel: skus for channel, skus in catalogue.listed.items() if channel in channels}
    unclear = ambiguities(catalogue.skus, listed=listed, known=catalogue.items.keys())
    recipes = {kit.code: kit for kit in catalogue.kits}
    return tuple(_check(listing, catalogue, recipes, unclear) for listing in given)


def unmapped_couriers(
    couriers: CourierMap,
    services: Iterable[tuple[str, str]],
    *,
    channel: ChannelId,
    live: Sequence[Carrier],
    free_text: bool = False,
) -> tuple[str, ...]:
    """Those of *services*, (courier, service) as the ERP names them, for which *channel* would have no carrier.

    *live* is the channel's own list of carriers; *free_text*: it takes carriers outside of it.
    """
    return tuple(
        f"{courier} {service}".strip()
        for courier, service in services
        if not couriers.choose(courier=courier, service=service, channel=channel, live=live, free_text=free_text).mapped
    )


@attrs.frozen
class _Subject:
    """A listing with all that its item checks look at. *flat* is the recipe of a kit down to its components."""

    listing: ListingRecord
    code: StockCode
    pack: int
    item: ItemRecord
    stored: ItemRecord | None
    flat: Bundle | BundleFault | None
    catalogue: Catalogue

    @property
    def parts(self) -> tuple[StockCode, ...]:
        """The components that are counted; none where it is no kit, or one that cannot be read."""
        return tuple(self.flat.needs) if isinstance(self.flat, Bundle) else ()


def _check(
    listing: ListingRecord,
    catalogue: Catalogue,
    recipes: Mapping[StockCode, Bundle],
    unclear: Mapping[tuple[ChannelId, ChannelSku], str],
) -> Ready | NotReady:
    failed: list[FailedCheck] = []
    found = catalogue.skus.find(listing.channel, listing.sku, known=catalogue.items.keys())
    why = unclear.get((listing.channel, listing.sku))
    if why is not None:
        failed.append(FailedCheck(ListingCheck.ONE_TO_ONE, ExceptionType.SKU_AMBIGUOUS, why))
    if isinstance(found, SkuMiss):
        failed.append(_no_code(listing, found, catalogue))
    else:
        subject = _subject(listing, found, catalogue, recipes)
        failed.extend(problem for check in _ITEM_CHECKS for problem in check(subject))
    failed.extend(_sale(listing, catalogue))
    if failed or isinstance(found, SkuMiss):
        return NotReady(listing=listing, failed=tuple(failed))
    return Ready(listing=listing, target=found)


def _no_code(listing: ListingRecord, miss: SkuMiss, catalogue: Catalogue) -> FailedCheck:
    target = catalogue.skus.candidate(listing.channel, listing.sku)
    if target is not None and target.stock_code in catalogue.gone:
        why = f"{target.stock_code} is gone from the ERP"
        return FailedCheck(ListingCheck.STOCK_CODE, ExceptionType.LISTING_ORPHANED, why)
    near = ", ".join(f"{near.stock_code} {near.why}" for near in miss.suggestions)
    why = f"{miss.why} (near: {near})" if near else miss.why
    return FailedCheck(ListingCheck.STOCK_CODE, ExceptionType.LISTING_NO_STOCK_CODE, why)


def _subject(
    listing: ListingRecord, target: Target, catalogue: Catalogue, recipes: Mapping[StockCode, Bundle]
) -> _Subject:
    code = target.stock_code
    return _Subject(
        listing=listing,
        code=code,
        pack=target.pack,
        item=catalogue.items[code],
        stored=None if catalogue.warehouse is None else catalogue.warehouse.get(code),
        flat=_flat(code, recipes, catalogue.items) if code in recipes else None,
        catalogue=catalogue,
    )


def _flat(
    code: StockCode, recipes: Mapping[StockCode, Bundle], items: Mapping[StockCode, ItemRecord]
) -> Bundle | BundleFault:
    """The kit down to its components. Only what it leads to is handed on: recipes and items can be many."""
    reached = {code}
    waiting = [code]
    while waiting:
        kit = recipes.get(waiting.pop())
        parts = set(kit.needs) - reached if kit is not None else set[StockCode]()
        reached |= parts
        waiting.extend(parts)
    kits = [recipes[part] for part in sorted(reached) if part in recipes]
    known = {part for part in reached if part in items}
    return flatten(recipes[code], kits, known=known, non_stock=[p for p in known if not items[p].stock_controlled])


# --- the checks of the item behind a listing -------------------------------------------------------------------------

_Check: TypeAlias = Callable[[_Subject], Iterable[FailedCheck]]


def _sold(subject: _Subject) -> Iterable[FailedCheck]:
    for code in (subject.code, *subject.parts):
        item = subject.catalogue.items[code]
        if not item.sold:
            why = f"{code} is {'discontinued' if item.discontinued else 'blocked'}"
            yield FailedCheck(ListingCheck.SOLD, ExceptionType.LISTING_ORPHANED, why)


def _stocked(subject: _Subject) -> Iterable[FailedCheck]:
    counted = subject.item.stock_controlled or subject.flat is not None
    if not counted and subject.code not in subject.catalogue.non_stock:
        why = f"{subject.code} is not counted, and no quantity is set for it"
        yield FailedCheck(ListingCheck.STOCKED, ExceptionType.CONFIG_MISSING, why)


def _in_warehouse(subject: _Subject) -> Iterable[FailedCheck]:
    warehouse = subject.catalogue.warehouse
    if warehouse is None or subject.stored is not None:
        return
    # A kit that the warehouse does not have is picked by its components.
    missing = [code for code in subject.parts or (subject.code,) if code not in warehouse]
    if missing:
        why = f"the warehouse does not know {', '.join(missing)}"
        yield FailedCheck(ListingCheck.WAREHOUSE, ExceptionType.SKU_NOT_IN_WMS, why)


def _barcode(subject: _Subject) -> Iterable[FailedCheck]:
    # A pack has a barcode of its own, which the item does not hold.
    listed = subject.listing.barcode if subject.pack == 1 else ""
    stored = "" if subject.stored is None else subject.stored.barcode
    ours = subject.item.barcode
    for who, theirs in (("the listing", listed), ("the warehouse", stored)):
        if ours and theirs and ours != theirs:
            why = f"{who} has barcode {theirs}, {subject.code} has {ours}"
            yield FailedCheck(ListingCheck.BARCODE, ExceptionType.SKU_AMBIGUOUS, why)


def _unit(subject: _Subject) -> Iterable[FailedCheck]:
    unit = subject.item.unit.strip()
    stored = "" if subject.stored is None else subject.stored.unit.strip()
    if not unit:
        why = f"{subject.code} has no unit of measure"
        yield FailedCheck(ListingCheck.UNIT, ExceptionType.CONFIG_MISSING, why)
    elif stored and stored != unit:
        why = f"{subject.code} is stocked by {unit!r}, in the warehouse by {stored!r}"
        yield FailedCheck(ListingCheck.UNIT, ExceptionType.UOM_MISMATCH, why)
    if subject.listing.pack is not None and subject.listing.pack != subject.pack:
        why = f"the listing says {subject.listing.pack} in a pack, the SKU map {subject.pack}"
        yield FailedCheck(ListingCheck.UNIT, ExceptionType.UOM_MISMATCH, why)


def _tax(subject: _Subject) -> Iterable[FailedCheck]:
    if not subject.item.tax_code.strip():
        yield FailedCheck(ListingCheck.TAX, ExceptionType.CONFIG_MISSING, f"{subject.code} has no tax code")


def _kit(subject: _Subject) -> Iterable[FailedCheck]:
    if subject.item.kit and subject.flat is None:
        why = f"{subject.code} is a kit, and its recipe is not known"
        yield FailedCheck(ListingCheck.KIT, ExceptionType.BUNDLE_INVALID, why)
    for reason in subject.flat.reasons if isinstance(subject.flat, BundleFault) else ():
        # A kit of nothing that is counted can be offered by a policy, like any item that is not counted.
        if reason.type is ExceptionType.BUNDLE_INVALID or subject.code not in subject.catalogue.non_stock:
            yield FailedCheck(ListingCheck.KIT, reason.type, reason.message)


_ITEM_CHECKS: tuple[_Check, ...] = (_sold, _stocked, _in_warehouse, _barcode, _unit, _tax, _kit)


def _sale(listing: ListingRecord, catalogue: Catalogue) -> Iterable[FailedCheck]:
    """The checks that need no item: price and couriers."""
    lowest = catalogue.lowest_prices.get(listing.sku, Decimal(0))
    if listing.price is None or listing.price <= 0:
        why = "it has no price" if listing.price is None else f"its price is {listing.price}"
        yield FailedCheck(ListingCheck.PRICE, ExceptionType.CONFIG_MISSING, why)
    elif listing.price < lowest:
        why = f"its price is {listing.price}, the lowest allowed is {lowest}"
        yield FailedCheck(ListingCheck.PRICE, ExceptionType.PRICE_DROP, why)
    unmapped: Collection[str] = catalogue.couriers_unmapped.get(listing.channel, ())
    if unmapped:
        why = f"{listing.channel} has no carrier for {', '.join(unmapped)}"
        yield FailedCheck(ListingCheck.COURIERS, ExceptionType.COURIER_UNMAPPED, why)
