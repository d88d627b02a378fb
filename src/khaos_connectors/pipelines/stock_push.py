"""Stock from an ERP to a channel: what may be sold, no more, and only where it differs from what the channel has.

The cycle's order is what keeps it from overselling: orders are read first, the snapshot is taken after that, and what
was ordered but is not in the snapshot yet is subtracted. Levels are absolute, so that a repeated push is harmless.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import attrs

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do, now, step
from khaos_connectors.core.availability import AtsResult, ListingPolicy
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import AccountId, ChannelSku, StockCode
from khaos_connectors.core.push import BreakerPolicy, PlannedLevel, PushPlan, plan_push
from khaos_connectors.core.skus import SkuMap
from khaos_connectors.errors import CallError
from khaos_connectors.pipelines.baseline import Baseline, read_baseline
from khaos_connectors.pipelines.failures import clear_feed, feed_reason, raise_reasons
from khaos_connectors.pipelines.intake import Reading, demand_of, take_in
from khaos_connectors.pipelines.levels import ABSENT, Levels, work_out
from khaos_connectors.pipelines.owner import owner_of
from khaos_connectors.pipelines.shelf import basis_of
from khaos_connectors.protocols import ChannelPort, ERPPort, ReceivedOrder, StockLevel, StockReceipt
from khaos_connectors.store.protocol import IntentState, Store

__all__ = ["PushPolicy", "PushReport", "run"]

FEED = "stock"
LOCK = "stock push"


@attrs.frozen(kw_only=True)
class PushPolicy:
    """How stock is offered.

    *listing* is the policy of every listing without one of its own in *listings*. *non_stock* is the quantity to offer
    of items that the ERP does not count (None: they are not pushed and become work). *max_age* is how old a snapshot
    may be. *rows* is the most levels that go into one push. *run_to_zero* are codes of which an order beyond what is
    there fails in the ERP (``core.catalogue.run_to_zero_codes``): none of them is offered on back order. *owner*,
    *lease* and *clock_skew*: see ``ImportPolicy``.
    """

    skus: SkuMap
    listing: ListingPolicy = ListingPolicy()
    listings: Mapping[ChannelSku, ListingPolicy] = attrs.field(factory=dict[ChannelSku, ListingPolicy])
    non_stock: int | None = None
    run_to_zero: frozenset[StockCode] = frozenset()
    max_age: timedelta = timedelta(minutes=30)
    breaker: BreakerPolicy = BreakerPolicy()
    reading: Reading = Reading()
    rows: int = 5000
    clock_skew: timedelta = timedelta(seconds=5)
    owner: str = ""
    lease: timedelta = timedelta(minutes=15)


@attrs.frozen(kw_only=True)
class PushReport:
    """What one run did. ``considered == unchanged + skipped + held + planned`` and
    ``planned == acked + rejected + pending + failed`` (levels, not units).

    *skipped* are unknown: nothing is said of them. *held* wait for a person to approve. *results* explains every level.
    """

    account: AccountId
    considered: int = 0
    unchanged: int = 0
    skipped: int = 0
    held: int = 0
    planned: int = 0
    acked: int = 0
    rejected: int = 0
    pending: int = 0
    failed: int = 0
    exceptions: int = 0
    revision: int = 0
    failures: tuple[str, ...] = ()
    plan: PushPlan | None = None
    results: Mapping[ChannelSku, AtsResult] = attrs.field(factory=dict[ChannelSku, AtsResult], repr=False)


def run(
    channel: ChannelPort,
    erp: ERPPort,
    store: Store,
    policy: PushPolicy,
    *,
    full: bool = False,
    approved: bool = False,
    dry_run: bool = False,
) -> Flow[PushReport]:
    """Tell *channel* what may be sold.

    A delta pushes what differs from the last acknowledged level. *full* reads the channel's own levels back first and
    pushes whatever differs from those; the first run is always full. *approved* lets a mass change through that an
    earlier run held. With *dry_run* nothing is written; the plan and its explanations are returned.
    """
    account = channel.account
    at = yield from now()
    if dry_run:
        return (yield from _pushed(channel, erp, store, policy, full=full, approved=approved, dry_run=True))
    owner = yield from owner_of(policy.owner)
    lock = yield from do(store.claim, account, LOCK, account, digest="", owner=owner, at=at, until=at + policy.lease)
    if lock is None:
        return PushReport(account=account, failures=("another run is pushing stock to this account",))
    report = yield from _pushed(channel, erp, store, policy, full=full, approved=approved, dry_run=False)
    at = yield from now()
    yield from do(store.settle, lock, IntentState.OPEN, at=at)  # the lease is given back; a killed run's runs out
    return report


def _pushed(
    channel: ChannelPort,
    erp: ERPPort,
    store: Store,
    policy: PushPolicy,
    *,
    full: bool,
    approved: bool,
    dry_run: bool,
) -> Flow[PushReport]:
    account = channel.account
    intake = yield from take_in(
        channel, store, channel_id=channel.channel, skus=policy.skus, reading=policy.reading, dry_run=dry_run
    )
    if intake.failure is not None:
        # Unread orders are demand that nobody subtracts: better an old level than one too high.
        return PushReport(account=account, failures=(str(intake.failure),))
    revision = 0 if dry_run else (yield from do(store.next_revision, account))
    try:
        seen = yield from read_baseline(channel, store, full=full)
        levels = yield from _levels(channel, erp, store, policy, seen, unread=intake.orders)
    except CallError as failure:
        unknown = (feed_reason(failure, feed=FEED), _stale(failure.detail()))
        return (yield from _no_push(account, store, unknown, dry_run=dry_run))
    if isinstance(levels, Reason):
        return (yield from _no_push(account, store, (levels,), dry_run=dry_run))
    plan = plan_push(
        levels.wanted,
        seen.levels,
        breaker=policy.breaker,
        approved=approved,
        known_decreases=levels.claimed,
    )
    reasons = (*seen.reasons, *levels.reasons, *plan.reasons)
    report = _planned(account, plan, levels, revision=revision)
    if dry_run:
        return report
    at = yield from now()
    if seen.read_back:
        # As good as acknowledged: a listing that needs no push today must not be missing from tomorrow's deltas.
        yield from do(store.ack, account, seen.levels, revision=revision, at=at)
    yield from _settle_items(store, account, reasons, at=at)
    raised = yield from raise_reasons(store, account, reasons, now=at)
    report = attrs.evolve(report, exceptions=raised)
    return (yield from _send(channel, store, policy, plan, report))


def _levels(
    channel: ChannelPort,
    erp: ERPPort,
    store: Store,
    policy: PushPolicy,
    seen: Baseline,
    *,
    unread: Sequence[ReceivedOrder],
) -> Flow[Levels | Reason]:
    targets = (policy.skus.candidate(channel.channel, sku) for sku in seen.listings)
    codes = sorted({target.stock_code for target in targets if target is not None})
    basis = yield from basis_of(erp)
    snapshot = yield from step("stock", erp.stock, codes)
    at = yield from now()
    if snapshot.age(at) > policy.max_age:
        return _stale(f"the figures are {snapshot.age(at)} old, {policy.max_age} is allowed")
    demands = yield from do(store.demand)
    in_store = {demand.order_id for demand in demands}
    for received in unread:  # a dry run has kept nothing
        if received.order.order_id not in in_store:
            demands.extend(demand_of(received.order, channel_id=channel.channel, skus=policy.skus))
    items = yield from do(store.items, [channel.account])
    return work_out(
        seen.listings,
        channel=channel.channel,
        skus=policy.skus,
        snapshot=snapshot,
        demands=demands,
        basis=basis,
        skew=policy.clock_skew,
        policy_of=policy.listings,
        default=policy.listing,
        non_stock=policy.non_stock,
        absent_before={item.entity for item in items if item.type is ABSENT},
        run_to_zero=policy.run_to_zero,
    )


def _stale(why: str) -> Reason:
    return Reason(
        type=ExceptionType.STOCK_STALE,
        entity="feed:stock",
        message=f"stock is unknown, so nothing was pushed: {why}",
        evidence={"why": why},
    )


def _no_push(account: AccountId, store: Store, reasons: Sequence[Reason], *, dry_run: bool) -> Flow[PushReport]:
    """Unknown stock is not zero stock: nothing is pushed, and somebody is told."""
    failures = tuple(reason.message for reason in reasons)
    if dry_run:
        return PushReport(account=account, failures=failures)
    at = yield from now()
    raised = yield from raise_reasons(store, account, reasons, now=at)
    return PushReport(account=account, exceptions=raised, failures=failures)


def _planned(account: AccountId, plan: PushPlan, levels: Levels, *, revision: int) -> PushReport:
    unknown = sum(1 for level in levels.wanted if level.units is None)
    return PushReport(
        account=account,
        considered=len(levels.wanted),
        unchanged=len(plan.skipped) - unknown,
        skipped=unknown,
        held=len(plan.held),
        planned=len(plan.decreases) + len(plan.increases),
        revision=revision,
        plan=plan,
        results=levels.results,
    )


# --- telling the channel ---------------------------------------------------------------------------------------------


def _send(
    channel: ChannelPort, store: Store, policy: PushPolicy, plan: PushPlan, report: PushReport
) -> Flow[PushReport]:
    rows = (*plan.decreases, *plan.increases)
    for start in range(0, len(rows), policy.rows):
        part = rows[start : start + policy.rows]
        # Forgotten before the call: if this run dies now, the next one must not believe the old level.
        yield from do(store.forget_ack, channel.account, [row.sku for row in part], revision=report.revision)
        at = yield from now()
        try:
            levels = [StockLevel(sku=row.sku, units=row.units or 0) for row in part]
            receipt = yield from step("push stock", channel.push_stock, levels)
        except CallError as failure:
            raised = yield from raise_reasons(store, channel.account, [_push_failed(failure)], now=at)
            return attrs.evolve(
                report,
                failed=report.failed + len(rows) - start,
                exceptions=report.exceptions + raised,
                failures=(*report.failures, str(failure)),
            )
        report = yield from _received(channel.account, store, part, receipt, report)
    if rows:
        at = yield from now()
        yield from do(
            store.close_items,
            channel.account,
            types=(ExceptionType.STOCK_PUSH_FAILED,),
            because="a push went through",
            at=at,
        )
    return report


def _received(
    account: AccountId, store: Store, part: Sequence[PlannedLevel], receipt: StockReceipt, report: PushReport
) -> Flow[PushReport]:
    at = yield from now()
    sent = {row.sku: row.units or 0 for row in part}
    accepted = {sku: sent[sku] for sku in receipt.accepted}
    yield from do(store.ack, account, accepted, revision=report.revision, at=at)
    reasons = [
        Reason(
            type=ExceptionType.STOCK_PUSH_REJECTED,
            entity=f"listing:{row.sku}",
            message=f"the channel refused the level of {row.sku}: {row.message}",
            evidence={"sku": row.sku, "message": row.message, "import": receipt.ticket},
        )
        for row in receipt.refused
    ]
    raised = yield from raise_reasons(store, account, reasons, now=at)
    yield from do(_rejections_over, store, account, accepted, at)
    return attrs.evolve(
        report,
        acked=report.acked + len(accepted),
        rejected=report.rejected + len(receipt.refused),
        pending=report.pending + len(receipt.pending),
        exceptions=report.exceptions + raised,
    )


def _rejections_over(store: Store, account: AccountId, accepted: Collection[ChannelSku], at: datetime) -> None:
    for item in store.items([account]):
        if item.type is ExceptionType.STOCK_PUSH_REJECTED and item.entity.removeprefix("listing:") in accepted:
            store.close_items(account, types=(item.type,), entity=item.entity, because="accepted since", at=at)


def _push_failed(failure: CallError) -> Reason:
    return Reason(
        type=ExceptionType.STOCK_PUSH_FAILED,
        entity="feed:stock",
        message=f"stock could not be pushed: {failure}",
        evidence={"operation": failure.operation, "error": failure.detail()},
    )


_CONDITIONS = (
    ExceptionType.OVERSOLD,
    ExceptionType.NEGATIVE_STOCK,
    ExceptionType.CONFIG_MISSING,
    ExceptionType.LISTING_NO_STOCK_CODE,
    ExceptionType.STOCK_STALE,
    ExceptionType.STOCK_PARTIAL,
    ExceptionType.STOCK_MASS_CHANGE_HELD,
    ExceptionType.STOCK_DRIFT,
)


_OURS = ("listing:", "stock:", "feed:stock", "stock push")
"""What this pipeline's items are about; the same types also speak of orders, which are another's to close."""


def _settle_items(store: Store, account: AccountId, reasons: Sequence[Reason], *, at: datetime) -> Flow[None]:
    """Close the items whose condition this run no longer finds; every run looks at every listing."""
    yield from clear_feed(store, account, feed=FEED, now=at)
    found = {(reason.type, reason.entity) for reason in reasons}
    items = yield from do(store.items, [account])
    for item in items:
        ours = item.type in _CONDITIONS and item.entity.startswith(_OURS)
        if ours and (item.type, item.entity) not in found:
            yield from do(
                store.close_items, account, types=(item.type,), entity=item.entity, because="no longer so", at=at
            )
