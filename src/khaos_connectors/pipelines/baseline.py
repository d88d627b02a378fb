"""What a channel is believed to show: the last acknowledged levels, or its own where they are read back."""

from collections.abc import Mapping

import attrs

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do, step
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.errors import CursorStuck
from khaos_connectors.protocols import ChannelPort, Listing
from khaos_connectors.store.protocol import Store

__all__ = ["Baseline", "read_baseline"]


@attrs.frozen(kw_only=True)
class Baseline:
    """The listings, and the level that each is believed to show (absent: not known).

    *read_back*: the levels are the channel's own, read now.
    """

    listings: frozenset[ChannelSku]
    levels: Mapping[ChannelSku, int]
    reasons: tuple[Reason, ...] = ()
    read_back: bool = False


def read_baseline(channel: ChannelPort, store: Store, *, full: bool) -> Flow[Baseline]:
    """The last acknowledged levels; with *full*, or where nothing was acknowledged yet, what the channel shows now.

    A level in doubt (forgotten, because a push of it may still be under way over there) is not known even if the
    channel shows one: it may change in a moment.
    """
    acked = yield from do(store.acked, channel.account)
    believed = {sku: row.units for sku, row in acked.items() if row.units is not None}
    if acked and not full:
        return Baseline(listings=frozenset(acked), levels=believed)
    shown: dict[ChannelSku, int] = {}
    drift: list[Reason] = []
    cursor: str | None = None
    passed: set[str] = set()
    while True:
        batch = yield from step("listings", channel.listings, cursor=cursor)
        for listing in batch.items:
            shown[listing.sku] = listing.units
            if listing.units > believed.get(listing.sku, listing.units):
                drift.append(_drift(listing, believed[listing.sku]))
        if batch.next is None:
            break
        if batch.next in passed:
            raise CursorStuck(system=channel.account, operation="listings", cursor=batch.next)
        passed.add(batch.next)
        cursor = batch.next
    levels = {sku: units for sku, units in shown.items() if sku not in acked or sku in believed}
    return Baseline(listings=frozenset(shown), levels=levels, reasons=tuple(drift), read_back=True)


def _drift(listing: Listing, acked: int) -> Reason:
    # Only upwards: a level below the acknowledged one may simply have been sold since.
    return Reason(
        type=ExceptionType.STOCK_DRIFT,
        entity=f"listing:{listing.sku}",
        message=f"the channel shows {listing.units} of {listing.sku}, it acknowledged {acked}",
        evidence={"sku": listing.sku, "shown": str(listing.units), "acknowledged": str(acked)},
    )
