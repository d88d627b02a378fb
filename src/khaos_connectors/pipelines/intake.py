"""Reading a channel's orders into the store: kept before anything is decided, so that none can be lost."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

import attrs

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do, now, step
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import AccountId, ChannelId, ChannelSku, OrderId
from khaos_connectors.core.orders import ChannelOrder, OrderState
from khaos_connectors.core.skus import SkuMap
from khaos_connectors.core.stock import Demand
from khaos_connectors.errors import CallError, CursorStuck, Undecodable
from khaos_connectors.pipelines.failures import clear_feed, feed_reason, raise_reasons
from khaos_connectors.protocols import Batch, OrderSource, ReceivedOrder, Unreadable
from khaos_connectors.store.protocol import Kept, Progress, RawOrder, Store

__all__ = ["FEED", "Intake", "Reading", "close_unreadable", "demand_of", "keep", "named", "take_in"]

FEED = "orders"
_ON_ITS_WAY = (Progress.STORED, Progress.HELD, Progress.ACCEPTED)


@attrs.frozen(kw_only=True)
class Reading:
    """How far back to read: *overlap* before the watermark, or *first_look_back* where there is none yet.

    Channels hand out an order again when it changes, and their clocks differ from ours: the overlap makes up for both.
    """

    overlap: timedelta = timedelta(minutes=10)
    first_look_back: timedelta = timedelta(days=30)


@attrs.frozen(kw_only=True)
class Intake:
    """What was read: ``read == stored + duplicate + quarantined``. *failure* says why reading stopped early."""

    read: int = 0
    stored: int = 0
    duplicate: int = 0
    quarantined: int = 0
    orders: tuple[ReceivedOrder, ...] = ()
    failure: CallError | None = None


class _Tally:
    """The running counts of one intake."""

    def __init__(self) -> None:
        self.intake = Intake()

    def add(self, batch: Batch[ReceivedOrder], kept: Kept, *, remember: bool) -> None:
        seen = self.intake
        self.intake = attrs.evolve(
            seen,
            read=seen.read + len(batch.items) + len(batch.unreadable),
            stored=seen.stored + kept.stored,
            duplicate=seen.duplicate + kept.duplicate,
            quarantined=seen.quarantined + kept.quarantined,
            orders=(*seen.orders, *batch.items) if remember else (),
        )


def take_in(
    channel: OrderSource,
    store: Store,
    *,
    channel_id: ChannelId,
    skus: SkuMap,
    reading: Reading,
    dry_run: bool = False,
) -> Flow[Intake]:
    """Read every order touched since the watermark into the store, with the demand that it stands for.

    The watermark moves to a moment before the first read, and only after everything was stored. A call that fails
    ends the reading with one work item for the connection; what was read by then is kept. With *dry_run* nothing is
    stored and the orders are returned instead.
    """
    account = channel.account
    started = yield from now()
    mark = yield from do(store.watermark, account, FEED)
    # A clock that ran ahead once has left a mark that is still to come: nothing would be read until then.
    since = min(mark, started) - reading.overlap if mark is not None else started - reading.first_look_back
    tally = _Tally()
    cursor: str | None = None
    passed: set[str] = set()
    try:
        while True:
            batch = yield from step("read orders", channel.orders, since=since, cursor=cursor)
            if dry_run:
                tally.add(batch, _as_read(batch), remember=True)
            else:
                kept = yield from keep(store, account, channel_id, batch, skus=skus, at=started)
                tally.add(batch, kept, remember=False)
            if batch.next is None:
                break
            if batch.next in passed:
                raise CursorStuck(system=account, operation="orders", cursor=batch.next)
            passed.add(batch.next)
            cursor = batch.next
    except CallError as failure:
        if not dry_run:
            yield from raise_reasons(store, account, [feed_reason(failure, feed=FEED)], now=started)
            yield from do(_renew_demand, channel, store, channel_id, skus)
        return attrs.evolve(tally.intake, failure=failure)
    if not dry_run:
        yield from do(store.advance, account, FEED, started)
        yield from clear_feed(store, account, feed=FEED, now=started)
        yield from do(_renew_demand, channel, store, channel_id, skus)
    return tally.intake


def _as_read(batch: Batch[ReceivedOrder]) -> Kept:
    return Kept(stored=len(batch.items), duplicate=0, quarantined=len(batch.unreadable), changed=())


def keep(
    store: Store,
    account: AccountId,
    channel_id: ChannelId,
    batch: Batch[ReceivedOrder],
    *,
    skus: SkuMap,
    at: datetime,
) -> Flow[Kept]:
    """Store the orders of a *batch* with the demand that they stand for; unreadable ones go on somebody's list."""
    unreadable = [named(record) for record in batch.unreadable]
    raw = [
        *(RawOrder(order_id=r.order.order_id, payload=r.payload, changed_at=r.order.changed_at) for r in batch.items),
        *(RawOrder(order_id=OrderId(u.key), payload=u.payload, readable=False) for u in unreadable),
    ]
    yield from do(_forget_levels, store, account, batch.items)
    kept = yield from do(store.keep_raw, account, raw, at=at)
    yield from do(_note, store, account, channel_id, batch.items, skus=skus, at=at)
    yield from raise_reasons(store, account, [_unreadable(record) for record in unreadable], now=at)
    return kept


def _forget_levels(store: Store, account: AccountId, received: Iterable[ReceivedOrder]) -> None:
    """Forget what was acknowledged of the SKUs in new texts: the channel has changed these quantities by itself.

    Before the texts are kept: a run that dies in between reads them again, and they are still new.
    """
    touched: set[ChannelSku] = set()
    for each in received:
        stored = store.order(account, each.order.order_id)
        if stored is None or stored.payload != each.payload:
            touched.update(line.sku for line in each.order.lines)
    if touched:
        store.forget_ack(account, touched, revision=store.next_revision(account))


def _note(
    store: Store,
    account: AccountId,
    channel_id: ChannelId,
    received: Iterable[ReceivedOrder],
    *,
    skus: SkuMap,
    at: datetime,
) -> None:
    """What follows from the kept texts that nobody has worked on yet: their demand, and that they can be read.

    Not only from texts that are new in this read: a run may have died between keeping a text and this. Texts that
    were not kept (older ones, come late) say nothing.
    """
    readable: set[str] = set()
    for each in received:
        order = each.order
        stored = store.order(account, order.order_id)
        if stored is None or not stored.fresh or stored.payload != each.payload:
            continue
        store.set_demand(account, order.order_id, demand_of(order, channel_id=channel_id, skus=skus))
        if order.state is not OrderState.UNKNOWN:
            readable.add(f"order:{order.order_id}")
    close_unreadable(store, account, readable, at=at)


def _renew_demand(channel: OrderSource, store: Store, channel_id: ChannelId, skus: SkuMap) -> None:
    """What the orders claim that are on their way to the ERP, by today's SKU map: it may have been corrected since."""
    noted: defaultdict[OrderId, set[Demand]] = defaultdict(set)
    for demand in store.demand([channel.account]):
        noted[demand.order_id].add(demand)
    after: OrderId | None = None
    while page := store.orders(channel.account, progress=_ON_ITS_WAY, after=after):
        for stored in page:
            try:
                order = channel.read_order(stored.payload)
            except Undecodable:
                continue  # order_import puts it on a list
            wanted = demand_of(order, channel_id=channel_id, skus=skus)
            if set(wanted) != noted[stored.order_id]:
                store.set_demand(channel.account, stored.order_id, wanted)
        after = page[-1].order_id


def close_unreadable(store: Store, account: AccountId, entities: Collection[str], *, at: datetime) -> None:
    """Close the items which say that these *entities* could not be read."""
    if not entities:
        return
    for item in store.items([account]):
        if item.type is ExceptionType.SCHEMA_DRIFT and item.entity in entities:
            store.close_items(account, types=(item.type,), entity=item.entity, because="it can be read now", at=at)


def demand_of(order: ChannelOrder, *, channel_id: ChannelId, skus: SkuMap) -> Sequence[Demand]:
    """The units that *order* still claims, per line and in eaches; empty once none of its lines is demand."""
    rows: list[Demand] = []
    for line in order.lines:
        target = skus.candidate(channel_id, line.sku)
        if target is None or not line.state.is_demand:
            continue
        rows.append(
            Demand(
                account=order.account,
                order_id=order.order_id,
                line_id=line.line_id,
                stock_code=target.stock_code,
                ordered=line.quantity * target.pack,
                cancelled=line.cancelled * target.pack,
            )
        )
    return rows


def named(record: Unreadable) -> Unreadable:
    """A record in which not even an id could be read is known by its text, so that no two share a place."""
    if record.key:
        return record
    return attrs.evolve(record, key=f"unreadable-{sha256(record.payload.encode(errors='replace')).hexdigest()[:16]}")


def _unreadable(record: Unreadable) -> Reason:
    return Reason(
        type=ExceptionType.SCHEMA_DRIFT,
        entity=f"order:{record.key}",
        message=f"order {record.key} could not be read: {record.problem}",
        evidence={"order": record.key, "problem": record.problem},
    )
