"""Items that close themselves: only what was looked at, and only when it is gone."""

from datetime import UTC, datetime, timedelta

import pytest

from khaos_connectors.core.exception_closing import Checked, settle_items
from khaos_connectors.core.exception_report import ExceptionItem, ExceptionType, Reason, Severity, close_item, open_item
from khaos_connectors.core.ids import AccountId

X = ExceptionType
SHOP, OTHER = AccountId("shop"), AccountId("other")
NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALL = Checked.of(SHOP, [X.STOCK_DRIFT])


def item(
    entity: str = "MUG", kind: ExceptionType = X.STOCK_DRIFT, *, account: AccountId = SHOP, hours: int = 0
) -> ExceptionItem:
    reason = Reason(type=kind, entity=entity, message="why")
    return open_item(reason, account=account, now=NOON + hours * HOUR)


def test_what_is_found_again_is_counted() -> None:
    """Domain 10: repeats raise a count; one open item per key."""
    (settled,) = settle_items([item()], [item(hours=1)], checked=[ALL], now=NOON + HOUR)

    assert (settled.count, settled.is_open, settled.last_seen_at) == (2, True, NOON + HOUR)


def test_what_was_looked_at_and_is_gone_is_closed() -> None:
    """Domain 10: auto-closes when its condition clears, and says so."""
    (settled,) = settle_items([item()], [], checked=[ALL], now=NOON + HOUR)

    assert (settled.closed_at, settled.closed_because) == (NOON + HOUR, "checked again: the cause is gone")


def test_what_was_not_looked_at_stays_open() -> None:
    """Another account, another type, another entity: absence there says nothing."""
    some = Checked.of(SHOP, [X.STOCK_DRIFT], ["BOX"])

    for kept, checked in ((item(account=OTHER), ALL), (item(kind=X.OVERSOLD), ALL), (item("MUG"), some)):
        assert settle_items([kept], [], checked=[checked], now=NOON) == (kept,)
    assert settle_items([item()], [], checked=(), now=NOON) == (item(),)
    assert not settle_items([item("BOX")], [], checked=[some], now=NOON)[0].is_open


def test_new_items_and_closed_ones() -> None:
    """What is new is opened; what was closed before stays closed beside a new item of its key."""
    closed = close_item(item(), now=NOON, because="fixed")

    settled = settle_items([closed], [item(hours=1), item("BOX")], checked=[ALL], now=NOON + HOUR)

    assert [(each.entity, each.is_open) for each in settled] == [("MUG", False), ("MUG", True), ("BOX", True)]


def test_past_its_deadline_it_is_escalated() -> None:
    """Domain 10: past the deadline, severity + 1; what closes is not escalated any more."""
    late = NOON + 5 * HOUR

    (kept,) = settle_items([item()], [], checked=(), now=late)
    (gone,) = settle_items([item()], [], checked=[ALL], now=late)

    assert (kept.severity, kept.escalated_at) == (Severity.HIGH, late)
    assert (gone.severity, gone.escalated_at) == (Severity.MEDIUM, None)


def test_a_naive_now_is_refused() -> None:
    """Nobody can tell which moment it means."""
    with pytest.raises(ValueError, match="now has no time zone"):
        settle_items([], [], checked=(), now=NOON.replace(tzinfo=None))
