"""Whether a stock snapshot may be used: what is old, incomplete or missing is unknown, and unknown is not zero."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum

import attrs

from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import aware, typed
from khaos_connectors.core.ids import AccountId, ChannelSku, StockCode
from khaos_connectors.core.push import WantedLevel
from khaos_connectors.core.quantities import whole
from khaos_connectors.core.stock import Snapshot

__all__ = [
    "ReadFailure",
    "SnapshotPolicy",
    "SnapshotState",
    "SnapshotVerdict",
    "UnknownPolicy",
    "fallback_levels",
    "judge_snapshot",
]

_NO_TIME = timedelta(0)


def _not_negative(_: object, field: "attrs.Attribute[timedelta]", span: timedelta) -> None:
    if span < _NO_TIME:
        raise ValueError(f"{field.name} must not be negative: {span}")


class SnapshotState(Enum):
    """FRESH may be used, and PARTIAL for the codes that it read whole. UNKNOWN: nothing can be said."""

    FRESH = "fresh"
    PARTIAL = "partial"
    STALE = "stale"
    FAILED = "failed"
    UNKNOWN = "unknown"


@attrs.frozen(kw_only=True)
class ReadFailure:
    """A snapshot that could not be taken, *why* in the source's words."""

    account: AccountId
    at: datetime = attrs.field(validator=aware)
    why: str


@attrs.frozen(kw_only=True)
class SnapshotPolicy:
    """A snapshot older than *max_age* is stale; one that is more than *skew* in the future is not believed."""

    max_age: timedelta = attrs.field(default=timedelta(minutes=30), validator=_not_negative)
    skew: timedelta = attrs.field(default=timedelta(minutes=1), validator=_not_negative)


_USUAL = SnapshotPolicy()


@attrs.frozen(kw_only=True, field_transformer=typed)
class SnapshotVerdict:
    """What a snapshot is worth, *why* in a sentence, and the *reasons* for people unless it is FRESH.

    *unread* are the codes that it could not read, or not whole. It may be empty for a PARTIAL one: then nobody knows
    which, and every figure may be a part only.
    """

    state: SnapshotState
    why: str
    unread: frozenset[StockCode] = frozenset()
    reasons: tuple[Reason, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether its figures may be used, but for those of codes in *unread*."""
        return self.state is SnapshotState.FRESH or (self.state is SnapshotState.PARTIAL and bool(self.unread))


def judge_snapshot(
    read: Snapshot | ReadFailure | None, *, now: datetime, policy: SnapshotPolicy = _USUAL
) -> SnapshotVerdict:
    """What *read*, the latest attempt at a snapshot, is worth at *now* (aware); None: there was none yet.

    Raises ValueError for a naive *now*.
    """
    _aware_moment("now", now)
    if read is None:
        return _unusable(SnapshotState.UNKNOWN, "stock has not been read yet", {})
    if isinstance(read, ReadFailure):
        why = f"stock could not be read: {read.why}"
        return _unusable(SnapshotState.FAILED, why, {"account": read.account, "tried at": read.at.isoformat()})
    age = read.age(now)
    told = {"account": str(read.account), "as of": read.as_of.isoformat(), "age": str(age)}
    if -age > policy.skew:
        return _unusable(SnapshotState.UNKNOWN, f"the figures claim to be {-age} in the future", told)
    if age > policy.max_age:
        return _unusable(SnapshotState.STALE, f"the figures are {age} old, {policy.max_age} is allowed", told)
    if not read.complete:
        return _partial(read, told)
    return SnapshotVerdict(state=SnapshotState.FRESH, why=f"the figures are {max(age, _NO_TIME)} old")


def _aware_moment(name: str, moment: datetime) -> None:
    if moment.tzinfo is None:
        raise ValueError(f"{name} must be aware: {moment.isoformat()} has no time zone")


def _unusable(state: SnapshotState, why: str, told: dict[str, str]) -> SnapshotVerdict:
    reason = Reason(
        type=ExceptionType.STOCK_STALE,
        entity="feed:stock",
        message=f"stock is unknown, so listings keep their levels: {why}",
        evidence={**told, "state": state.value},
    )
    return SnapshotVerdict(state=state, why=why, reasons=(reason,))


def _partial(read: Snapshot, told: dict[str, str]) -> SnapshotVerdict:
    unread = sorted(set(read.missing))
    why = (
        f"{len(unread)} stock codes could not be read" if unread else "nobody knows which stock codes could not be read"
    )
    reason = Reason(
        type=ExceptionType.STOCK_PARTIAL,
        entity="feed:stock",
        message=f"{why}; {'their' if unread else 'all'} listings keep their levels",
        evidence={**told, "count": str(len(unread)), "codes": ", ".join(unread[:20])},
    )
    return SnapshotVerdict(state=SnapshotState.PARTIAL, why=why, unread=frozenset(unread), reasons=(reason,))


@attrs.frozen(kw_only=True, field_transformer=typed)
class UnknownPolicy:
    """Stock that has been unknown for longer than *max_unknown* is offered at *floor* units of the listing at most.

    *max_unknown* None: levels are kept for as long as it takes.
    """

    max_unknown: timedelta | None = attrs.field(default=None, validator=attrs.validators.optional(_not_negative))
    floor: int = attrs.field(default=0, validator=whole(least=0))


def fallback_levels(
    last: Iterable[tuple[ChannelSku, int | None]], *, known_at: datetime, now: datetime, policy: UnknownPolicy
) -> tuple[WantedLevel, ...]:
    """What listings should show while their stock is unknown, from the level that each had last (None: none known).

    Up to ``max_unknown`` after *known_at*, when their stock was last known, they keep what they show. After that they
    go down to the floor, never up: what is not known must not raise a level. Without a last level that means 0.
    Raises ValueError for a naive moment.
    """
    _aware_moment("known_at", known_at)
    _aware_moment("now", now)
    unknown_for = now - known_at
    if policy.max_unknown is None or unknown_for <= policy.max_unknown:
        return tuple(WantedLevel(sku, None, f"its stock has been unknown for {unknown_for}") for sku, _ in last)
    why = f"its stock has been unknown for {unknown_for}, longer than {policy.max_unknown}"
    return tuple(WantedLevel(sku, min(policy.floor, units or 0), why) for sku, units in last)
