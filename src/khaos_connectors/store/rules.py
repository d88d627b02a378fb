"""What a store decides, apart from where it keeps things: every implementation of ``Store`` asks here. Pure."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum

import attrs

from khaos_connectors.core.exception_report import ExceptionItem, ExceptionType, see_again
from khaos_connectors.core.ids import AccountId, ErpOrderCode, OrderId, OrderRef
from khaos_connectors.core.stock import Demand
from khaos_connectors.errors import ConfigError
from khaos_connectors.store.mailbox import Message
from khaos_connectors.store.protocol import Intent, IntentState, Kept, Progress, RawOrder, StoredOrder

__all__ = [
    "Fate",
    "ItemKey",
    "KeptOrders",
    "arrived",
    "by_deadline",
    "claimed",
    "digest_of",
    "item_key",
    "keep_all",
    "kept",
    "marked",
    "opened",
    "own_demand",
    "raise_all",
    "reference_taken",
    "seen_again",
    "settled",
    "utc",
]


class Fate(Enum):
    """What becomes of one raw order, in the words of ``Kept``."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"


def utc(moment: datetime) -> datetime:
    """The same moment in UTC; ``ValueError`` if it is naive, since nobody could say which moment was meant."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()}: a time for the store must be aware")
    return moment.astimezone(UTC)


def digest_of(payload: str) -> str:
    """The SHA-256 of a text in hexadecimal. Any text has one, lone surrogates included: raw orders can be broken."""
    return hashlib.sha256(payload.encode("utf-8", "surrogatepass")).hexdigest()


# --- raw orders ----------------------------------------------------------------------------------------------------


def kept(account: AccountId, known: StoredOrder | None, raw: RawOrder, *, at: datetime) -> tuple[Fate, StoredOrder]:
    """What becomes of *raw* and how the order stands afterwards (``Store.keep_raw``)."""
    digest = digest_of(raw.payload)
    changed_at = None if raw.changed_at is None else utc(raw.changed_at)
    if known is None:
        new = StoredOrder(
            account=account,
            order_id=raw.order_id,
            payload=raw.payload,
            digest=digest,
            progress=Progress.STORED if raw.readable else Progress.QUARANTINED,
            fresh=True,
            first_seen_at=utc(at),
            last_seen_at=utc(at),
            changed_at=changed_at,
        )
        return (Fate.STORED if raw.readable else Fate.QUARANTINED), new
    seen = attrs.evolve(known, last_seen_at=max(known.last_seen_at, utc(at)))
    fate = _fate(known, raw, digest, changed_at)
    if fate is Fate.QUARANTINED and known.progress is not Progress.QUARANTINED:
        return fate, seen
    if fate is Fate.DUPLICATE:
        # The same text with a later change time: a text from in between, should it arrive late, is the older one.
        return fate, attrs.evolve(seen, changed_at=_later(known.changed_at, changed_at))
    progress = Progress.STORED if raw.readable and known.progress is Progress.QUARANTINED else known.progress
    return fate, attrs.evolve(
        seen,
        payload=raw.payload,
        digest=digest,
        progress=progress,
        fresh=True,
        changed_at=_later(known.changed_at, changed_at),
    )


def _fate(known: StoredOrder, raw: RawOrder, digest: str, changed_at: datetime | None) -> Fate:
    heals = raw.readable and known.progress is Progress.QUARANTINED
    if digest == known.digest and not heals:
        return Fate.DUPLICATE
    if changed_at is not None and known.changed_at is not None and changed_at < known.changed_at:
        return Fate.DUPLICATE
    return Fate.STORED if raw.readable else Fate.QUARANTINED


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return max(one, other)


@attrs.frozen
class KeptOrders:
    """What ``Store.keep_raw`` returns, and every order of the batch as it stands afterwards."""

    kept: Kept
    orders: Mapping[OrderId, StoredOrder]


def keep_all(
    account: AccountId,
    known: Mapping[OrderId, StoredOrder | None],
    batch: Sequence[RawOrder],
    *,
    at: datetime,
) -> KeptOrders:
    """``kept`` over a whole batch, in its order; *known* holds the orders that the store has."""
    numbers = dict.fromkeys(Fate, 0)
    orders: dict[OrderId, StoredOrder] = {}
    changed: dict[OrderId, None] = {}
    for raw in batch:
        fate, orders[raw.order_id] = kept(account, orders.get(raw.order_id) or known.get(raw.order_id), raw, at=at)
        numbers[fate] += 1
        if fate is Fate.STORED:
            changed[raw.order_id] = None
    result = Kept(
        stored=numbers[Fate.STORED],
        duplicate=numbers[Fate.DUPLICATE],
        quarantined=numbers[Fate.QUARANTINED],
        changed=tuple(changed),
    )
    return KeptOrders(result, orders)


def marked(
    known: StoredOrder | None,
    account: AccountId,
    order_id: OrderId,
    progress: Progress,
    *,
    at: datetime,
    digest: str | None,
    reference: OrderRef | None,
    erp_code: ErpOrderCode | None,
    erp_created_at: datetime | None,
    why: str,
    only_from: Collection[Progress],
) -> StoredOrder:
    """How an order stands after ``Store.mark``; ``LookupError`` if it was never kept."""
    if known is None:
        raise LookupError(f"{account}: no order {order_id!r} in the store")
    if only_from and known.progress not in only_from:
        return known
    return attrs.evolve(
        known,
        progress=progress,
        fresh=known.fresh and digest != known.digest,
        reference=known.reference if reference is None else reference,
        erp_code=known.erp_code if erp_code is None else erp_code,
        erp_created_at=known.erp_created_at if erp_created_at is None else utc(erp_created_at),
        why=why,
        marked_at=utc(at),
    )


def reference_taken(reference: OrderRef | None) -> ConfigError:
    """The error for a reference that another order has: one of the two would be shipped for the other."""
    return ConfigError(
        field="reference",
        problem=f"{reference!r} already belongs to another order; make the reference template unique over all channels",
    )


def own_demand(account: AccountId, order_id: OrderId, demands: Sequence[Demand]) -> tuple[Demand, ...]:
    """*demands* as they are kept; ``ValueError`` if one of them is of another order."""
    for demand in demands:
        if (demand.account, demand.order_id) != (account, order_id):
            raise ValueError(f"demand of {demand.account}/{demand.order_id} given for {account}/{order_id}")
    return tuple(attrs.evolve(demand, erp_created_at=None) for demand in demands)


# --- intents -------------------------------------------------------------------------------------------------------


def claimed(
    known: Intent | None,
    *,
    account: AccountId,
    action: str,
    key: str,
    digest: str,
    owner: str,
    at: datetime,
    until: datetime,
) -> Intent | None:
    """The intent as *owner* holds it after ``Store.claim``, None if it may not have it."""
    if known is None:
        return Intent(
            account=account,
            action=action,
            key=key,
            digest=digest,
            state=IntentState.OPEN,
            attempts=1,
            written_at=utc(at),
            leased_until=utc(until),
            owner=owner,
        )
    if known.state is IntentState.DONE:
        return None
    was_open = known.state is IntentState.OPEN
    if was_open and known.owner != owner and known.leased_until > utc(at):
        return None
    return attrs.evolve(
        known,
        digest=digest,
        state=IntentState.OPEN,
        attempts=known.attempts + 1,
        failures=known.failures if known.digest == digest else 0,
        leased_until=utc(until),
        owner=owner,
        taken_over=was_open,
        detail="",
    )


def settled(known: Intent | None, intent: Intent, state: IntentState, *, at: datetime, detail: str) -> Intent:
    """How the intent stands after ``Store.settle``; ``LookupError`` if it was never claimed."""
    if known is None:
        raise LookupError(f"{intent.account}: no intent {intent.action} {intent.key!r} in the store")
    holds = (known.owner, known.attempts) == (intent.owner, intent.attempts) and known.state is IntentState.OPEN
    news = known.state is not IntentState.DONE if state is IntentState.DONE else holds
    if not news:
        return known
    failures = known.failures + 1 if state is IntentState.FAILED else known.failures
    return attrs.evolve(known, state=state, leased_until=utc(at), detail=detail, failures=failures)


# --- messages -------------------------------------------------------------------------------------------------------


def arrived(
    account: AccountId,
    box: str,
    known: Mapping[str, Message],
    messages: Mapping[str, str],
    *,
    last: int,
    at: datetime,
) -> tuple[list[Message], list[Message]]:
    """The messages as they stand after ``Mailbox.post``: the stored ones, and those that were only seen again.

    *known* holds those of the keys that are there, *last* is the highest number of the box so far.
    """
    moment = utc(at)
    stored: list[Message] = []
    seen: list[Message] = []
    for key, payload in messages.items():
        digest, before = digest_of(payload), known.get(key)
        if before is not None and before.digest == digest:
            seen.append(attrs.evolve(before, seen_at=max(before.seen_at, moment)))
            continue
        last += 1
        new = Message(
            account=account,
            box=box,
            key=key,
            payload=payload,
            digest=digest,
            sequence=last,
            at=moment,
            seen_at=moment,
        )
        stored.append(new)
    return stored, seen


# --- exception items -----------------------------------------------------------------------------------------------


def opened(item: ExceptionItem) -> ExceptionItem:
    """*item* as it is kept when none is open under its key."""
    return attrs.evolve(
        item,
        opened_at=utc(item.opened_at),
        deadline=utc(item.deadline),
        last_seen_at=utc(item.last_seen_at or item.opened_at),
        evidence=dict(item.evidence),
        escalated_at=None if item.escalated_at is None else utc(item.escalated_at),
        closed_at=None,
        closed_because="",
    )


def seen_again(known: ExceptionItem, item: ExceptionItem) -> ExceptionItem:
    """The open item *known* after the same was raised again."""
    return see_again(known, opened(item))


ItemKey = tuple[AccountId, ExceptionType, str]
"""What at most one open item has: account, type and entity."""


def item_key(item: ExceptionItem) -> ItemKey:
    """The parts of ``ExceptionItem.key``, apart: an account's name may hold any character."""
    return item.account, item.type, item.entity


def raise_all(known: Mapping[ItemKey, ExceptionItem], items: Sequence[ExceptionItem]) -> dict[ItemKey, ExceptionItem]:
    """Every item of *items* by key as it is kept, in their order; *known* holds the open ones by key."""
    raised: dict[ItemKey, ExceptionItem] = {}
    for item in items:
        key = item_key(item)
        before = raised.get(key) or known.get(key)
        raised[key] = opened(item) if before is None else seen_again(before, item)
    return raised


def by_deadline(item: ExceptionItem) -> tuple[datetime, str, str, str, datetime, datetime, datetime]:
    """The sort key of ``Store.items``: the earliest deadline first, ties in a fixed order."""
    ended = item.closed_at or datetime.max.replace(tzinfo=UTC)
    return (
        item.deadline,
        item.account,
        item.type.value,
        item.entity,
        item.opened_at,
        ended,
        item.last_seen_at or ended,
    )
