"""From a failed call to somebody's work item, the same way in every pipeline."""

from collections.abc import Sequence
from datetime import datetime

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do
from khaos_connectors.core.exception_report import ExceptionType, Reason, open_item
from khaos_connectors.core.ids import AccountId
from khaos_connectors.errors import AuthFailed, CallError, CursorStuck, NotSent, RateLimited, Refused, Undecodable
from khaos_connectors.store.protocol import Store

__all__ = ["FEED_TYPES", "clear_feed", "feed_reason", "is_passing", "raise_reasons"]

FEED_TYPES = (
    ExceptionType.AUTH_FAILED,
    ExceptionType.API_DOWN,
    ExceptionType.RATE_LIMITED,
    ExceptionType.CURSOR_STUCK,
    ExceptionType.SCHEMA_DRIFT,
)
"""The kinds of item that speak of a whole connection; they close when it answers again."""


def feed_reason(error: CallError, *, feed: str) -> Reason:
    """Why a whole *feed* of an account could not be read or written: one reason for it, not one per record."""
    match error:
        case AuthFailed():
            kind = ExceptionType.AUTH_FAILED
        case RateLimited():
            kind = ExceptionType.RATE_LIMITED
        case CursorStuck():
            kind = ExceptionType.CURSOR_STUCK
        case Undecodable():
            kind = ExceptionType.SCHEMA_DRIFT
        case _:
            kind = ExceptionType.API_DOWN
    evidence = {"operation": error.operation, "error": type(error).__name__, "detail": error.detail()}
    if error.request_id:
        evidence["request id"] = error.request_id
    return Reason(type=kind, entity=f"feed:{feed}", message=str(error), evidence=evidence)


def is_passing(error: CallError) -> bool:
    """Whether *error* will go away by itself, so that the record needs no person yet.

    An ``Unanswered`` is not passing: whether its write took effect has to be looked up first.
    """
    return isinstance(error, NotSent) or (isinstance(error, Refused) and error.retryable)


def raise_reasons(
    store: Store,
    account: AccountId,
    reasons: Sequence[Reason],
    *,
    now: datetime,
    order_deadline: datetime | None = None,
) -> Flow[int]:
    """Open one work item per reason (repeats count up); how many reasons there were."""
    if reasons:
        items = [open_item(reason, account=account, now=now, order_deadline=order_deadline) for reason in reasons]
        yield from do(store.raise_items, items)
    return len(reasons)


def clear_feed(store: Store, account: AccountId, *, feed: str, now: datetime) -> Flow[int]:
    """Close the items about a *feed* that answers again; how many there were."""
    return (
        yield from do(
            store.close_items,
            account,
            types=FEED_TYPES,
            entity=f"feed:{feed}",
            because="the connection answers again",
            at=now,
        )
    )
