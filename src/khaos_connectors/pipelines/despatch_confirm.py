"""Despatches from an ERP to the channel that sold the goods: each confirmed once, with its tracking, or on a list.

One run asks the ERP what left since the last one and for every order that is still open, compares with what the
channel knows already, and tells it the rest.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

import attrs

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do, now, step
from khaos_connectors.core.despatch import Despatch
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import AccountId, OrderId, OrderRef
from khaos_connectors.errors import AuthFailed, CallError, CursorStuck, Undecodable
from khaos_connectors.pipelines.confirm_policy import ConfirmPolicy
from khaos_connectors.pipelines.confirming import Confirmer, Verdict
from khaos_connectors.pipelines.failures import clear_feed, feed_reason, raise_reasons
from khaos_connectors.pipelines.owner import owner_of
from khaos_connectors.protocols import ChannelPort, ERPPort, Unreadable
from khaos_connectors.store.protocol import Progress, Store, StoredOrder

__all__ = ["ConfirmPolicy", "ConfirmReport", "run"]

FEED = "despatches"
_OPEN = (Progress.POSTED, Progress.CONFIRMED, Progress.PART_DESPATCHED)
_MANY = 500


@attrs.frozen(kw_only=True)
class ConfirmReport:
    """What one run did. ``read == foreign + finished + confirmed + already + waiting + held + failed + unreadable``.

    *foreign* belong to orders that this store does not know, *finished* to orders that were confirmed whole before.
    *planned* is filled by a dry run: the despatches that would be told.
    """

    account: AccountId
    read: int = 0
    foreign: int = 0
    finished: int = 0
    confirmed: int = 0
    already: int = 0
    waiting: int = 0
    held: int = 0
    failed: int = 0
    unreadable: int = 0
    exceptions: int = 0
    failures: tuple[str, ...] = ()
    planned: tuple[Despatch, ...] = ()


class _Tally:
    """The running counts of one run."""

    def __init__(self) -> None:
        self.counts: Counter[Verdict | str] = Counter()
        self.exceptions = 0
        self.failures: list[str] = []

    def report(self, account: AccountId, *, read: int, planned: Sequence[Despatch] = ()) -> ConfirmReport:
        seen = self.counts
        return ConfirmReport(
            account=account,
            read=read,
            foreign=seen["foreign"],
            finished=seen["finished"],
            confirmed=seen["confirmed"],
            already=seen["already"],
            waiting=seen["waiting"],
            held=seen["held"],
            failed=seen["failed"],
            unreadable=seen["unreadable"],
            exceptions=self.exceptions,
            failures=tuple(self.failures),
            planned=tuple(planned),
        )


def run(
    channel: ChannelPort, erp: ERPPort, store: Store, policy: ConfirmPolicy, *, dry_run: bool = False
) -> Flow[ConfirmReport]:
    """Tell *channel* about everything that left for its orders. With *dry_run* nothing is written or told."""
    account = channel.account
    started = yield from now()
    policy = attrs.evolve(policy, owner=(yield from owner_of(policy.owner)))
    tally = _Tally()
    try:
        despatches, unreadable = yield from _read(channel, erp, store, policy)
    except CallError as failure:
        tally.failures.append(str(failure))
        if not dry_run:
            reasons = [feed_reason(failure, feed=FEED)]
            tally.exceptions += yield from raise_reasons(store, erp.account, reasons, now=started)
        return tally.report(account, read=0)
    read = len(despatches) + len(unreadable)
    tally.counts["unreadable"] = len(unreadable)
    matched: list[tuple[Despatch, StoredOrder]] = []
    for despatch in despatches:
        stored = yield from do(store.order_by_reference, despatch.reference)
        if stored is None or stored.account != account:
            tally.counts["foreign"] += 1
        elif stored.progress not in _OPEN:
            tally.counts["finished"] += 1
        else:
            matched.append((despatch, stored))
    if dry_run:
        tally.counts["waiting"] += len(matched)
        return tally.report(account, read=read, planned=[despatch for despatch, _ in matched])
    tally.exceptions += yield from raise_reasons(store, account, [_unreadable(row) for row in unreadable], now=started)
    yield from clear_feed(store, erp.account, feed=FEED, now=started)
    yield from _tell_all(channel, store, policy, matched, tally)
    # Whatever could not be told belongs to an order that is still open, and is asked for by its reference.
    yield from do(store.advance, account, FEED, started)
    return tally.report(account, read=read)


def _read(
    channel: ChannelPort, erp: ERPPort, store: Store, policy: ConfirmPolicy
) -> Flow[tuple[list[Despatch], list[Unreadable]]]:
    """What left since the last run, and everything of the orders that are still open; each despatch once."""
    at = yield from now()
    mark = yield from do(store.watermark, channel.account, FEED)
    since = mark - policy.reading.overlap if mark is not None else at - policy.reading.first_look_back
    references = yield from do(_open_references, channel.account, store)
    found: dict[tuple[OrderRef, str], Despatch] = {}
    unreadable: dict[str, Unreadable] = {}
    cursor: str | None = None
    passed: set[str] = set()
    while True:
        batch = yield from step("read despatches", erp.despatches, since=since, references=references, cursor=cursor)
        found.update({(despatch.reference, despatch.despatch_id): despatch for despatch in batch.items})
        unreadable.update({row.key: row for row in batch.unreadable})
        if batch.next is None:
            break
        if batch.next in passed:
            raise CursorStuck(system=erp.account, operation="despatches", cursor=batch.next)
        passed.add(batch.next)
        cursor = batch.next
    return sorted(found.values(), key=lambda row: (row.despatched_on, row.despatch_id)), list(unreadable.values())


def _open_references(account: AccountId, store: Store) -> list[OrderRef]:
    references: list[OrderRef] = []
    after: OrderId | None = None
    while page := store.orders(account, progress=_OPEN, after=after, limit=_MANY):
        references.extend(stored.reference for stored in page if stored.reference is not None)
        after = page[-1].order_id
    return references


def _tell_all(
    channel: ChannelPort,
    store: Store,
    policy: ConfirmPolicy,
    matched: Sequence[tuple[Despatch, StoredOrder]],
    tally: _Tally,
) -> Flow[None]:
    if not matched:
        return
    try:
        able = yield from step("capabilities", channel.capabilities)
        carriers = yield from step("carriers", channel.carriers)
    except CallError as failure:
        at = yield from now()
        tally.failures.append(str(failure))
        tally.counts["failed"] += len(matched)
        tally.exceptions += yield from raise_reasons(store, channel.account, [feed_reason(failure, feed=FEED)], now=at)
        return
    at = yield from now()
    yield from clear_feed(store, channel.account, feed=FEED, now=at)
    confirmer = Confirmer(channel=channel, store=store, policy=policy, able=able, carriers=carriers)
    orders: defaultdict[OrderId, list[tuple[Despatch, StoredOrder]]] = defaultdict(list)
    for despatch, stored in matched:
        orders[stored.order_id].append((despatch, stored))
    in_a_row = 0
    for rows in orders.values():
        if in_a_row >= policy.give_up_after:
            tally.counts["failed"] += len(rows)
        else:
            in_a_row = yield from _tell_order(confirmer, rows, tally, in_a_row)


def _tell_order(
    confirmer: Confirmer, rows: Sequence[tuple[Despatch, StoredOrder]], tally: _Tally, in_a_row: int
) -> Flow[int]:
    """Tell all despatches of one order; how many calls have failed in a row by now."""
    stored = rows[0][1]
    try:
        order = confirmer.channel.read_order(stored.payload)
    except Undecodable as error:
        at = yield from now()
        reasons = [_no_longer_readable(stored, error)]
        tally.exceptions += yield from raise_reasons(confirmer.store, stored.account, reasons, now=at)
        tally.counts["held"] += len(rows)
        return 0
    told: list[Despatch] = []
    despatches = [despatch for despatch, _ in rows]
    for despatch in _in_turn(confirmer, despatches):
        if told and not confirmer.able.several_shipments:
            # One shipment stands for the whole order, and the channel has it.
            outcome = yield from confirmer.settled(despatch, "already")
        else:
            outcome = yield from confirmer.confirm(despatch, order, others=despatches)
        tally.counts[outcome.verdict] += 1
        tally.exceptions += outcome.exceptions
        if outcome.error is not None:
            tally.failures.append(str(outcome.error))
        if outcome.verdict in {"confirmed", "already"}:
            told.append(despatch)
        if isinstance(outcome.error, AuthFailed):
            in_a_row = confirmer.policy.give_up_after
        else:
            in_a_row = in_a_row + 1 if outcome.verdict == "failed" else 0
    if told:
        # Finished only when nothing of the order is still to be told: finished orders are not asked about again.
        whole = len(told) == len(rows) and any(despatch.final for despatch in told)
        progress = Progress.DESPATCHED if whole else Progress.PART_DESPATCHED
        at = yield from now()
        yield from do(confirmer.store.mark, stored.account, stored.order_id, progress, at=at, only_from=_OPEN)
        # Goods that left no longer need the reference that would not go onto the order.
        yield from do(
            confirmer.store.close_items,
            stored.account,
            types=(ExceptionType.ORDER_STALLED,),
            entity=stored.order_id,
            because="despatched",
            at=at,
        )
    return in_a_row


def _in_turn(confirmer: Confirmer, despatches: Sequence[Despatch]) -> Sequence[Despatch]:
    """Oldest first; where one shipment has to stand for a whole order, the one that completes it first."""
    if confirmer.able.several_shipments or not confirmer.policy.wait_full:
        return despatches
    return sorted(despatches, key=lambda despatch: not despatch.final)


def _no_longer_readable(stored: StoredOrder, error: Undecodable) -> Reason:
    return Reason(
        type=ExceptionType.SCHEMA_DRIFT,
        entity=f"order:{stored.order_id}",
        message=f"the stored text of order {stored.order_id} can no longer be read: {error.detail()}",
        evidence={"order": stored.order_id, "problem": error.detail()},
    )


def _unreadable(row: Unreadable) -> Reason:
    return Reason(
        type=ExceptionType.SCHEMA_DRIFT,
        entity=f"despatch:{row.key}",
        message=f"a despatch could not be read: {row.problem}",
        evidence={"key": row.key, "problem": row.problem},
    )
