"""What the ERP should have done by now: a pure decision over moments, with the reason in words."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import attrs

from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import OrderRef
from khaos_connectors.khaos_control.channels.config import Patience
from khaos_connectors.khaos_control.channels.receiving import Unread, unread_entity
from khaos_connectors.protocols import Concern

__all__ = ["Standing", "all_of", "order_concern", "return_concern", "silence_concern", "unread_concern"]


@attrs.frozen(kw_only=True)
class Standing:
    """How far an order or return has come: put where the ERP fetches it, proven to be fetched, first told of."""

    reference: OrderRef
    offered_at: datetime | None = None
    fetched_at: datetime | None = None
    told_at: datetime | None = None


def order_concern(order: Standing, *, now: datetime, patience: Patience) -> Concern | None:
    """Why somebody has to look at an order, None while it is on its way or has arrived."""
    if order.told_at is not None:
        return None
    if order.offered_at is None:
        why, stage, since = "was handed over, but is not among what the ERP can fetch", "lost", None
    elif order.fetched_at is None:
        if now - order.offered_at < patience.fetched:
            return None
        why, stage, since = "has not been fetched by the ERP", "offered", order.offered_at
    else:
        if now - order.fetched_at < patience.told:
            return None
        why, stage, since = "was fetched, but the ERP has told nothing of it", "fetched", order.fetched_at
    reason = Reason(
        type=ExceptionType.ORDER_STALLED,
        entity=order.reference,
        message=f"order {order.reference} {why}{_since(since, now)}",
        evidence={"reference": order.reference, "stage": stage, "since": since.isoformat() if since else ""},
    )
    return Concern(reason=reason, reference=order.reference)


def return_concern(of: Standing, *, now: datetime, patience: Patience) -> Concern | None:
    """Why somebody has to look at a return. What becomes of one that was fetched is never told."""
    if of.fetched_at is not None or of.offered_at is None or now - of.offered_at < patience.fetched:
        return None
    reason = Reason(
        type=ExceptionType.CREDIT_NOTE_FAILED,
        entity=f"return:{of.reference}",
        message=f"return {of.reference} has not been fetched by the ERP{_since(of.offered_at, now)}",
        evidence={"return": of.reference, "stage": "offered", "since": of.offered_at.isoformat()},
    )
    return Concern(reason=reason)


def silence_concern(heard: Iterable[tuple[str, datetime]], *, now: datetime, patience: Patience) -> Concern | None:
    """That the ERP, which has called before, has not called at all for too long; *heard* is by endpoint."""
    calls = dict(heard)
    last = max(calls.values(), default=None)
    if last is None or patience.pushed is None or now - last < patience.pushed:
        return None
    reason = Reason(
        type=ExceptionType.API_DOWN,
        entity="feed:pushes",
        message=f"the ERP has not called{_since(last, now)}",
        evidence={endpoint: at.isoformat() for endpoint, at in sorted(calls.items())},
    )
    return Concern(reason=reason)


def unread_concern(key: str, unread: Unread) -> Concern:
    """That something was pushed which nobody could read; it is kept as it came, under *key*."""
    what = "a body" if unread.whole else f"the row of {unread.key or 'an unknown key'}"
    reason = Reason(
        type=ExceptionType.SCHEMA_DRIFT,
        entity=unread_entity(key),
        message=f"{unread.endpoint}: {what} could not be read at {unread.path}: {unread.expected} was expected",
        evidence={"endpoint": unread.endpoint, "key": unread.key, "path": unread.path, "kept as": key},
    )
    return Concern(reason=reason, once=True)


def all_of(concerns: Iterable[Concern | None]) -> Iterator[Concern]:
    """Those that there are."""
    return (concern for concern in concerns if concern is not None)


def _since(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return ""
    return f" for {timedelta(seconds=int((now - moment).total_seconds()))}"
