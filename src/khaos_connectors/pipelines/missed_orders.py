"""The net under ``order_import``: orders that the channel has by their creation, held against those that are stored.

Meant once a day, for a channel that can read orders by creation (``OrderHistory``). Whatever the import has missed is
stored, so that its next run carries on with it, and is named: a finding is a fault that is worth looking for.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do, now, step
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import AccountId, OrderId
from khaos_connectors.errors import CallError, CursorStuck
from khaos_connectors.pipelines.failures import clear_feed, feed_reason, raise_reasons
from khaos_connectors.pipelines.import_policy import ImportPolicy
from khaos_connectors.pipelines.intake import FEED, keep, named
from khaos_connectors.protocols import Batch, OrderHistory, ReceivedOrder, Unreadable
from khaos_connectors.store.protocol import Store

__all__ = ["MissedReport", "run"]

COMPARISON = "orders compared"
_MOST_NAMED = 20


@attrs.frozen(kw_only=True)
class MissedReport:
    """What one comparison found: ``read == same + len(missing) + len(behind) + len(unreadable)``.

    Compared are the orders created from *start* to *end*; None for both where nothing was imported yet. *missing* were
    not stored at all, *behind* as they were before a change that the import should have met; both are stored now.
    *unreadable* cannot be read and were not stored. *failure* says why the comparison stopped early.
    """

    account: AccountId
    start: datetime | None = None
    end: datetime | None = None
    read: int = 0
    same: int = 0
    missing: tuple[OrderId, ...] = ()
    behind: tuple[OrderId, ...] = ()
    unreadable: tuple[str, ...] = ()
    failure: CallError | None = None

    @property
    def complete(self) -> bool:
        """Whether all was compared and nothing had been missed."""
        return self.failure is None and not (self.missing or self.behind or self.unreadable)


@attrs.define
class _Found:
    """What of the batches so far was not stored as it should be."""

    missing: list[OrderId] = attrs.field(factory=list[OrderId])
    behind: list[OrderId] = attrs.field(factory=list[OrderId])
    unreadable: list[str] = attrs.field(factory=list[str])
    read: int = 0
    same: int = 0

    def add(
        self, store: Store, account: AccountId, batch: Batch[ReceivedOrder], settled: datetime
    ) -> Batch[ReceivedOrder]:
        """Those of *batch* that the store lacks. A change after *settled* is left to the next import."""
        lacking: list[ReceivedOrder] = []
        for received in batch.items:
            order = received.order
            stored = store.order(account, order.order_id)
            if stored is None:
                self.missing.append(order.order_id)
            elif stored.changed_at is not None and stored.changed_at < order.changed_at <= settled:
                self.behind.append(order.order_id)
            else:
                self.same += 1
                continue
            lacking.append(received)
        strangers: list[Unreadable] = []
        for record in map(named, batch.unreadable):
            if store.order(account, OrderId(record.key)) is not None:
                self.same += 1  # somebody has it on a list
            else:
                self.unreadable.append(record.key)
                strangers.append(record)
        self.read += len(batch.items) + len(batch.unreadable)
        return Batch(items=tuple(lacking), next=batch.next, unreadable=tuple(strangers))


def run(
    channel: OrderHistory,
    store: Store,
    policy: ImportPolicy,
    *,
    within: timedelta = timedelta(days=14),
    dry_run: bool = False,
) -> Flow[MissedReport]:
    """Compare the orders created *within* that long before the last import with the stored ones.

    Orders of the import's own overlap are left to it: it may still be reading them. With *dry_run* nothing is stored.
    """
    account = channel.account
    started = yield from now()
    mark = yield from do(store.watermark, account, FEED)
    if mark is None:
        return MissedReport(account=account)
    end = min(mark, started) - policy.reading.overlap
    found = _Found()
    failure: CallError | None = None
    try:
        yield from _compare(channel, store, policy, found, start=end - within, end=end, at=None if dry_run else started)
    except CallError as error:
        failure = error
    report = MissedReport(
        account=account,
        start=end - within,
        end=end,
        read=found.read,
        same=found.same,
        missing=tuple(found.missing),
        behind=tuple(found.behind),
        unreadable=tuple(found.unreadable),
        failure=failure,
    )
    if not dry_run:
        yield from _tell(store, report, at=started)
    return report


def _compare(
    channel: OrderHistory,
    store: Store,
    policy: ImportPolicy,
    found: _Found,
    *,
    start: datetime,
    end: datetime,
    at: datetime | None,
) -> Flow[None]:
    cursor: str | None = None
    passed: set[str] = set()
    while True:
        batch = yield from step("read created orders", channel.created_orders, start=start, end=end, cursor=cursor)
        lacking = yield from do(found.add, store, channel.account, batch, end)
        if at is not None and (lacking.items or lacking.unreadable):
            yield from keep(store, channel.account, channel.channel, lacking, skus=policy.skus, at=at)
        if batch.next is None:
            return
        if batch.next in passed:
            raise CursorStuck(system=channel.account, operation="created orders", cursor=batch.next)
        passed.add(batch.next)
        cursor = batch.next


def _tell(store: Store, report: MissedReport, *, at: datetime) -> Flow[None]:
    """Put what was found on somebody's list; take it off once a whole comparison finds nothing."""
    reasons: list[Reason] = []
    if report.missing or report.behind:
        reasons.append(_gap(report))
    if report.failure is not None:
        reasons.append(feed_reason(report.failure, feed=COMPARISON))
    else:
        yield from clear_feed(store, report.account, feed=COMPARISON, now=at)
    yield from raise_reasons(store, report.account, reasons, now=at)
    if report.complete:
        yield from do(
            store.close_items,
            report.account,
            types=(ExceptionType.SEQUENCE_GAP,),
            entity=f"feed:{COMPARISON}",
            because="a later comparison found nothing missing",
            at=at,
        )


def _gap(report: MissedReport) -> Reason:
    told = [f"{len(ids)} {word}" for word, ids in (("missing", report.missing), ("out of date", report.behind)) if ids]
    return Reason(
        type=ExceptionType.SEQUENCE_GAP,
        entity=f"feed:{COMPARISON}",
        message=f"of {report.read} orders {' and '.join(told)} in the import; they are stored now, look for the fault",
        evidence={"missing": _some(report.missing), "out of date": _some(report.behind)},
    )


def _some(ids: Sequence[OrderId]) -> str:
    return ", ".join(ids[:_MOST_NAMED]) + (f" and {len(ids) - _MOST_NAMED} more" if len(ids) > _MOST_NAMED else "")
