"""What becomes of a listing after its checks, what is pushed in each state, and the daily look at what is on sale."""

from collections.abc import Collection, Iterable

import attrs

from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import typed
from khaos_connectors.core.ids import ChannelId, ChannelSku
from khaos_connectors.core.listing_records import Catalogue, ListingRecord, ListingState, NotReady, Ready
from khaos_connectors.core.listings import check_listings
from khaos_connectors.core.push import WantedLevel

__all__ = ["PAUSING", "DailyCheck", "ListingChange", "check_active", "level_in_state", "next_state"]

PAUSING = frozenset(
    {
        ExceptionType.BUNDLE_INVALID,
        ExceptionType.LISTING_NO_STOCK_CODE,
        ExceptionType.LISTING_ORPHANED,
        ExceptionType.SKU_AMBIGUOUS,
        ExceptionType.SKU_NOT_IN_WMS,
    }
)
"""Failures that pause an active listing unless another policy is given: an order for it could not be sent."""


@attrs.frozen(kw_only=True, field_transformer=typed)
class ListingChange:
    """A listing's state *before* and *after* its checks, and *why*."""

    channel: ChannelId
    sku: ChannelSku
    before: ListingState
    after: ListingState
    why: str


def next_state(result: Ready | NotReady, *, pausing: Collection[ExceptionType] = PAUSING) -> ListingChange:
    """The state of a listing after its checks.

    A draft that passes is ready, and a ready one that fails is a draft again. An active one that fails for a cause of
    *pausing* is paused; other causes are only told. Nothing is put on sale by itself: a paused one stays paused. A
    listing that has lost its item is orphaned, and a draft once it has one again.
    """
    listing = result.listing
    if isinstance(result, Ready):
        after = _WHEN_READY.get(listing.state, listing.state)
        why = "all checks passed"
    else:
        kinds = {failed.type for failed in result.failed}
        after = _when_not_ready(listing.state, kinds, pausing)
        why = "; ".join(failed.why for failed in result.failed)
    return ListingChange(channel=listing.channel, sku=listing.sku, before=listing.state, after=after, why=why)


_WHEN_READY = {ListingState.DRAFT: ListingState.READY, ListingState.ORPHANED: ListingState.DRAFT}


def _when_not_ready(
    state: ListingState, kinds: Collection[ExceptionType], pausing: Collection[ExceptionType]
) -> ListingState:
    if ExceptionType.LISTING_ORPHANED in kinds and (state is not ListingState.ACTIVE or _pauses(kinds, pausing)):
        return ListingState.ORPHANED
    if state is ListingState.READY:
        return ListingState.DRAFT
    if state is ListingState.ACTIVE and _pauses(kinds, pausing):
        return ListingState.PAUSED
    return state


def _pauses(kinds: Collection[ExceptionType], pausing: Collection[ExceptionType]) -> bool:
    return any(kind in pausing for kind in kinds)


def level_in_state(state: ListingState, wanted: WantedLevel) -> WantedLevel:
    """What is pushed for a listing in *state*: nothing for drafts and paused ones, 0 for orphans, else *wanted*.

    A *wanted* 0 goes to paused ones all the same. The seller's or the marketplace's people can put a paused listing
    back on sale over there, and it would then sell the stock that it showed before. A draft was never on sale.
    """
    if state is ListingState.ORPHANED:
        return attrs.evolve(wanted, units=0, why="the listing is orphaned: its item is gone")
    if state is ListingState.DRAFT or (state is ListingState.PAUSED and wanted.units != 0):
        return attrs.evolve(wanted, units=None, why=f"the listing is {state.value}: no stock is pushed for it")
    return wanted


@attrs.frozen(kw_only=True, field_transformer=typed)
class DailyCheck:
    """The daily look at active listings. ``checked == passed + failed``; *changes* are those to take off sale."""

    checked: int
    passed: int
    failed: int
    changes: tuple[ListingChange, ...]
    reasons: tuple[Reason, ...]


def check_active(
    listings: Iterable[ListingRecord], catalogue: Catalogue, *, pausing: Collection[ExceptionType] = PAUSING
) -> DailyCheck:
    """Checks every active one of *listings*: what fails becomes a reason, and is taken off sale by *pausing*."""
    results = check_listings((one for one in listings if one.state is ListingState.ACTIVE), catalogue)
    failed = [result for result in results if isinstance(result, NotReady)]
    changes = (next_state(result, pausing=pausing) for result in failed)
    return DailyCheck(
        checked=len(results),
        passed=len(results) - len(failed),
        failed=len(failed),
        changes=tuple(change for change in changes if change.after is not change.before),
        reasons=tuple(reason for result in failed for reason in result.reasons),
    )
