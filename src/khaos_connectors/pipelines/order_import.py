"""Orders from a channel into an ERP: all lines or none, each exactly once, each failure on somebody's list.

One run reads what changed, takes every order that is not finished one step further (accept or refuse, create in the
ERP), and writes the references of all that the ERP holds back together. What cannot go on is held with an exception
item and tried again next time.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import attrs

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do, now, step
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import AccountId, OrderId
from khaos_connectors.core.orders import ChannelOrder, OrderState
from khaos_connectors.errors import AuthFailed, CallError, Undecodable
from khaos_connectors.pipelines.failures import clear_feed, feed_reason, raise_reasons
from khaos_connectors.pipelines.import_policy import ImportPolicy
from khaos_connectors.pipelines.intake import Intake, close_unreadable, take_in
from khaos_connectors.pipelines.order_actions import IN_ERP, Action, Decide, next_action, reference_of
from khaos_connectors.pipelines.order_steps import Kind, Outcome, Steps
from khaos_connectors.pipelines.owner import owner_of
from khaos_connectors.pipelines.posting import ACTION as CREATION
from khaos_connectors.pipelines.references import write_references
from khaos_connectors.pipelines.shelf import Shelf, look_at_shelf
from khaos_connectors.protocols import ChannelPort, ERPPort, ReceivedOrder
from khaos_connectors.store.protocol import Intent, Progress, Store, StoredOrder

__all__ = ["ImportPolicy", "ImportReport", "Planned", "run"]

ERP_FEED = "erp"
_UNFINISHED = (Progress.STORED, Progress.HELD, Progress.ACCEPTED)
_MANY = 500


@attrs.frozen(kw_only=True)
class Planned:
    """What a dry run would do with one order."""

    order_id: OrderId
    action: Action


@attrs.frozen(kw_only=True)
class ImportReport:
    """What one run did. ``read == stored + duplicate + quarantined`` and
    ``worked == accepted + refused + posted + found + held + waiting + ended + failed``.

    *found* orders were in the ERP already. *confirmed* ones got their reference in the channel, those of earlier runs
    included. *failed* ones met passing trouble and are tried again. *exceptions* counts
    the reasons that were put on somebody's list. *failures* are the calls that failed, in words. *planned* is filled
    by a dry run only.
    """

    account: AccountId
    read: int = 0
    stored: int = 0
    duplicate: int = 0
    quarantined: int = 0
    worked: int = 0
    accepted: int = 0
    refused: int = 0
    posted: int = 0
    found: int = 0
    confirmed: int = 0
    held: int = 0
    waiting: int = 0
    ended: int = 0
    failed: int = 0
    exceptions: int = 0
    failures: tuple[str, ...] = ()
    planned: tuple[Planned, ...] = ()


@attrs.frozen(kw_only=True)
class _Work:
    """One unfinished order with what the store knows of it."""

    order: ChannelOrder
    progress: Progress
    digest: str = ""
    reference: str = ""
    healed: bool = False

    @property
    def entity(self) -> str:
        return f"order:{self.order.order_id}"

    @property
    def in_erp(self) -> bool:
        return self.progress in IN_ERP

    @property
    def unaccepted(self) -> bool:
        return self.order.state is OrderState.AWAITING_ACCEPTANCE and self.progress is not Progress.ACCEPTED


class _Tally:
    """The running counts of one run."""

    def __init__(self) -> None:
        self.orders: Counter[Kind] = Counter()
        self.confirmed = 0
        self.exceptions = 0
        self.failures: list[str] = []

    def failed(self, error: CallError, orders: int = 0) -> None:
        self.failures.append(str(error))
        self.orders["failed"] += orders

    def report(self, account: AccountId, intake: Intake, planned: tuple[Planned, ...] = ()) -> ImportReport:
        seen = self.orders
        return ImportReport(
            account=account,
            read=intake.read,
            stored=intake.stored,
            duplicate=intake.duplicate,
            quarantined=intake.quarantined,
            worked=seen.total(),
            accepted=seen["accepted"],
            refused=seen["refused"],
            posted=seen["posted"],
            found=seen["found"],
            confirmed=self.confirmed,
            held=seen["held"],
            waiting=seen["waiting"],
            ended=seen["ended"],
            failed=seen["failed"],
            exceptions=self.exceptions,
            failures=tuple(self.failures),
            planned=planned,
        )


def run(
    channel: ChannelPort, erp: ERPPort, store: Store, policy: ImportPolicy, *, dry_run: bool = False
) -> Flow[ImportReport]:
    """Take the orders of *channel* over into *erp*. With *dry_run* nothing is written; the plan is returned."""
    account = channel.account
    policy = attrs.evolve(policy, owner=(yield from owner_of(policy.owner)))
    intake = yield from take_in(
        channel, store, channel_id=channel.channel, skus=policy.skus, reading=policy.reading, dry_run=dry_run
    )
    tally = _Tally()
    if intake.failure is not None:
        tally.failed(intake.failure)
    work, unreadable = yield from do(_unfinished, channel, store, intake.orders)
    if not dry_run:
        at = yield from now()
        yield from do(close_unreadable, store, account, {item.entity for item in work if item.healed}, at=at)
    if unreadable and not dry_run:
        tally.exceptions += yield from _quarantine(account, store, unreadable)
    if not work:
        if not dry_run:
            yield from _write_back(channel, store, tally)
        return tally.report(account, intake)
    try:
        shelf = yield from _shelf(channel, erp, store, policy, work)
        able = yield from step("capabilities", channel.capabilities)
    except CallError as failure:
        tally.failed(failure, orders=len(work))
        if not dry_run:
            at = yield from now()
            tally.exceptions += yield from raise_reasons(
                store, AccountId(failure.system), [feed_reason(failure, feed=ERP_FEED)], now=at
            )
        return tally.report(account, intake)
    at = yield from now()
    if dry_run:
        planned = _plan(work, shelf, policy, partial=able.partial_acceptance, at=at)
        return tally.report(account, intake, tuple(planned))
    for system in (erp.account, account):
        yield from clear_feed(store, system, feed=ERP_FEED, now=at)
    steps = Steps(channel=channel, erp=erp, store=store, policy=policy)
    begun = yield from do(store.intents, account, CREATION)
    creations = {intent.key: intent for intent in begun}
    yield from _work_off(steps, work, shelf, tally, creations, partial=able.partial_acceptance)
    yield from _write_back(channel, store, tally)
    return tally.report(account, intake)


def _write_back(channel: ChannelPort, store: Store, tally: _Tally) -> Flow[None]:
    written = yield from write_references(channel, channel.account, store)
    tally.confirmed += written.confirmed
    tally.exceptions += written.exceptions
    if written.error is not None:
        tally.failed(written.error)


def _shelf(
    channel: ChannelPort, erp: ERPPort, store: Store, policy: ImportPolicy, work: Sequence[_Work]
) -> Flow[Shelf]:
    return look_at_shelf(
        erp,
        store,
        channel_id=channel.channel,
        skus=policy.skus,
        ordered={line.sku for item in work for line in item.order.lines},
        unaccepted={item.order.order_id for item in work if item.unaccepted},
        skew=policy.clock_skew,
    )


def _work_off(
    steps: Steps, work: Sequence[_Work], shelf: Shelf, tally: _Tally, creations: Mapping[str, Intent], *, partial: bool
) -> Flow[None]:
    in_a_row = 0
    for position, item in enumerate(work):
        if in_a_row >= steps.policy.give_up_after:
            tally.orders["failed"] += len(work) - position
            return
        outcome = yield from _one_step(steps, item, shelf, creations, partial=partial)
        tally.orders[outcome.count] += 1
        tally.exceptions += outcome.exceptions
        if outcome.error is not None:
            tally.failed(outcome.error)
        if isinstance(outcome.error, AuthFailed):
            in_a_row = steps.policy.give_up_after
        else:
            in_a_row = in_a_row + 1 if outcome.count == "failed" else 0


def _one_step(
    steps: Steps, item: _Work, shelf: Shelf, creations: Mapping[str, Intent], *, partial: bool
) -> Flow[Outcome]:
    begun = creations.get(reference_of(item.order, steps.policy.orders))
    if begun is not None and not item.in_erp and item.order.state is not OrderState.AWAITING_SHIPMENT:
        # It will not be posted any more (the customer cancelled, somebody sent it by hand): is it there already?
        looked = yield from steps.look_up(item.order, begun)
        if looked is not None:
            return looked
        item = yield from do(_as_stored, steps.store, item)
    at = yield from now()
    action = _next(item, shelf, steps.policy, partial=partial, at=at)
    outcome = yield from steps.carry_out(item.order, item.digest, action)
    if isinstance(action, Decide):
        shelf.take(action.taken)  # also when nobody answered: the decision may have been taken
    return outcome


def _as_stored(store: Store, item: _Work) -> _Work:
    stored = store.order(item.order.account, item.order.order_id)
    if stored is None:
        return item
    return attrs.evolve(item, progress=stored.progress, reference=stored.reference or "")


def _plan(
    work: Sequence[_Work], shelf: Shelf, policy: ImportPolicy, *, partial: bool, at: datetime
) -> Iterator[Planned]:
    for item in work:
        action = _next(item, shelf, policy, partial=partial, at=at)
        if isinstance(action, Decide):
            shelf.take(action.taken)
        yield Planned(order_id=item.order.order_id, action=action)


def _next(item: _Work, shelf: Shelf, policy: ImportPolicy, *, partial: bool, at: datetime) -> Action:
    return next_action(
        item.order,
        progress=item.progress,
        reference=item.reference,
        targets=shelf.targets,
        free=shelf.free,
        orders=policy.orders,
        acceptance=policy.acceptance,
        partial=partial,
        alert_after=policy.acceptance_alert,
        now=at,
    )


def _unfinished(
    channel: ChannelPort, store: Store, just_read: Iterable[ReceivedOrder]
) -> tuple[list[_Work], list[tuple[StoredOrder, Undecodable]]]:
    """Every order that is not finished, oldest first; what a dry run has just read replaces what is stored."""
    newest = {received.order.order_id: received.order for received in just_read}
    work: list[_Work] = []
    unreadable: list[tuple[StoredOrder, Undecodable]] = []
    for stored in _stored(channel.account, store):
        try:
            order = newest.pop(stored.order_id, None) or channel.read_order(stored.payload)
        except Undecodable as error:
            if stored.progress is not Progress.QUARANTINED:
                unreadable.append((stored, error))
        else:
            healed = stored.progress is Progress.QUARANTINED
            work.append(
                _Work(
                    order=order,
                    progress=Progress.STORED if healed else stored.progress,
                    digest=stored.digest,
                    reference=stored.reference or "",
                    healed=healed,
                )
            )
    work.extend(
        _Work(order=order, progress=Progress.STORED)
        for order in newest.values()
        if store.order(channel.account, order.order_id) is None
    )
    work.sort(key=lambda item: (item.order.placed_at, item.order.order_id))
    return work, unreadable


def _stored(account: AccountId, store: Store) -> Iterator[StoredOrder]:
    """Unfinished orders, quarantined ones (an upgrade may read them), and finished ones whose text has changed."""
    seen: set[OrderId] = set()
    for progress, fresh in (((*_UNFINISHED, Progress.QUARANTINED), None), ((), True)):
        after: OrderId | None = None
        while page := store.orders(account, progress=progress, fresh=fresh, after=after, limit=_MANY):
            for stored in page:
                if stored.order_id not in seen:
                    seen.add(stored.order_id)
                    yield stored
            after = page[-1].order_id


def _quarantine(account: AccountId, store: Store, unreadable: Sequence[tuple[StoredOrder, Undecodable]]) -> Flow[int]:
    at = yield from now()
    reasons: list[Reason] = []
    for stored, error in unreadable:
        yield from do(
            store.mark,
            account,
            stored.order_id,
            Progress.QUARANTINED,
            at=at,
            digest=stored.digest,
            why=error.detail(),
        )
        reasons.append(
            Reason(
                type=ExceptionType.SCHEMA_DRIFT,
                entity=f"order:{stored.order_id}",
                message=f"the stored text of order {stored.order_id} can no longer be read: {error.detail()}",
                evidence={"order": stored.order_id, "problem": error.detail()},
            )
        )
    return (yield from raise_reasons(store, account, reasons, now=at))
