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
    """A listing with all that its item checks look at.

    *flat* is the recipe of a kit down to its components, *picked* what the warehouse would be told to pick for it.
    """

    listing: ListingRecord
    code: StockCode
    pack: int
    item: ItemRecord
    stored: ItemRecord | None
    flat: Bundle | BundleFault | None
    picked: tuple[StockCode, ...]
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
    kits = _kits_in(code, recipes)
    return _Subject(
        listing=listing,
        code=code,
        pack=target.pack,
        item=catalogue.items[code],
        stored=None if catalogue.warehouse is None else catalogue.warehouse.get(code),
        flat=_flat(kits, catalogue.items) if kits else None,
        picked=_picked(code, kits, catalogue),
        catalogue=catalogue,
    )


def _kits_in(code: StockCode, recipes: Mapping[StockCode, Bundle]) -> list[Bundle]:
    """The recipe of *code* and after it all that are in it, at any depth; none where it is no kit.

    Only what it leads to is looked at: recipes and items can be many.
    """
    reached = {code: recipes[code]} if code in recipes else {}
    waiting = list(reached.values())
    while waiting:
        nested = {part: recipes[part] for part in waiting.pop().needs if part in recipes and part not in reached}
        reached |= nested
        waiting.extend(nested.values())
    return list(reached.values())


def _flat(kits: Sequence[Bundle], items: Mapping[StockCode, ItemRecord]) -> Bundle | BundleFault:
    """The first of *kits* down to its components."""
    known = {part for kit in kits for part in kit.needs if part in items}
    return flatten(kits[0], kits, known=known, non_stock=[part for part in known if not items[part].stock_controlled])


def _picked(code: StockCode, kits: Sequence[Bundle], catalogue: Catalogue) -> tuple[StockCode, ...]:
    """What the warehouse would be told for *code*, as ``release`` tells it: a kit that it does not know by its parts.

    A nested kit that it knows stays whole, whether the ERP counts it or not. A kit that cannot be taken apart is named
    itself.
    """
    lacking = [kit for kit in kits if catalogue.warehouse is not None and kit.code not in catalogue.warehouse]
    if not lacking or lacking[0].code != code:
        return (code,)
    whole = {kit.code for kit in kits}
    items = catalogue.items
    parts = {part for kit in lacking for part in kit.needs if part in items and part not in whole}
    flat = flatten(lacking[0], lacking, non_stock=[part for part in parts if not items[part].stock_controlled])
    return tuple(flat.needs) if isinstance(flat, Bundle) else (code,)


# --- the checks of the item behind a listing -------------------------------------------------------------------------

_Check: TypeAlias = Callable[[_Subject], Iterable[FailedCheck]]


def _sold(subject: _Subject) -> Iterable[FailedCheck]:
    for code in dict.fromkeys((subject.code, *subject.parts, *subject.picked)):
        item = subject.catalogue.items.get(code)
        if item is not None and not item.sold:
            why = f"{code} is {'discontinued' if item.discontinued else 'blocked'}"
            yield FailedCheck(ListingCheck.SOLD, ExceptionType.LISTING_ORPHANED, why)


def _stocked(subject: _Subject) -> Iterable[FailedCheck]:
    counted = subject.item.stock_controlled or subject.flat is not None
    if not counted and subject.code not in subject.catalogue.non_stock:
        why = f"{subject.code} is not counted, and no quantity is set for it"
        yield FailedCheck(ListingCheck.STOCKED, ExceptionType.CONFIG_MISSING, why)


def _in_warehouse(subject: _Subject) -> Iterable[FailedCheck]:
    warehouse = subject.catalogue.warehouse
    missing = [code for code in subject.picked if warehouse is not None and code not in warehouse]
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
