"""Laws of exception items: one open per key, none lost, deadlines ahead, escalated once."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.exception_report import (
    ExceptionItem,
    Reason,
    by_owner,
    close_item,
    escalate,
    merge_items,
    open_item,
    rows,
)
from khaos_connectors.core.ids import AccountId
from khaos_connectors.core.sla import Calendar
from khaos_connectors.testing.order_strategies import reasons

law = settings(deadline=None, max_examples=80)
moments = st.timedeltas(timedelta(0), timedelta(days=730)).map(lambda after: datetime(2026, 1, 1, tzinfo=UTC) + after)
spans = st.timedeltas(timedelta(days=-3), timedelta(days=30))
SHOP = AccountId("shop")


@law
@given(reasons(), moments, st.none() | spans, st.none() | spans)
def test_a_deadline_lies_ahead_and_not_after_the_orders(
    reason: Reason, now: datetime, order_in: timedelta | None, accept_in: timedelta | None
) -> None:
    """Never before it was found; never later than the order's deadline unless that has passed."""
    order_deadline = None if order_in is None else now + order_in

    item = open_item(
        reason,
        account=SHOP,
        now=now,
        order_deadline=order_deadline,
        accept_by=None if accept_in is None else now + accept_in,
    )

    assert item.deadline >= now == item.opened_at
    assert order_deadline is None or item.deadline <= max(now, order_deadline) or item.deadline.year == 9999


@law
@given(st.lists(reasons(), max_size=12), moments)
def test_one_open_item_per_key_and_none_lost(found: list[Reason], now: datetime) -> None:
    """However often a problem is seen, it is one item; the counts add up to what was seen."""
    merged: tuple[ExceptionItem, ...] = ()
    for hour, reason in enumerate(found):
        merged = merge_items(merged, [open_item(reason, account=SHOP, now=now + timedelta(hours=hour))])

    assert len({item.key for item in merged}) == len(merged)
    assert sum(item.count for item in merged) == len(found)


@law
@given(st.lists(reasons(), max_size=8), moments)
def test_owners_divide_what_is_open(found: list[Reason], now: datetime) -> None:
    """Every open item has exactly one owner; closed ones have none; every item is a row."""
    items = [open_item(reason, account=SHOP, now=now) for reason in found]
    mixed = [close_item(item, now=now, because="fixed") if n % 3 == 0 else item for n, item in enumerate(items)]

    owned = [item for group in by_owner(mixed).values() for item in group]

    assert sorted(map(repr, owned)) == sorted(repr(item) for item in mixed if item.is_open)
    assert len(rows(mixed)) == len(mixed)


@law
@given(reasons(), moments, st.lists(st.timedeltas(timedelta(0), timedelta(days=400)), max_size=4))
def test_escalating_often_is_escalating_once(reason: Reason, now: datetime, later: list[timedelta]) -> None:
    """At most one step, whenever and however often one looks."""
    item = open_item(reason, account=SHOP, now=now)
    seen = item
    for wait in sorted(later):
        seen = escalate(seen, now + wait)

    assert 0 <= seen.severity.value - item.severity.value <= 1


@law
@given(moments, st.integers(1, 10), st.timedeltas(timedelta(0), timedelta(days=3)))
def test_working_days_keep_the_order_of_things(now: datetime, days: int, later: timedelta) -> None:
    """What is found later is not due earlier, and a deadline falls on a working day or at the end of one."""
    calendar = Calendar()
    # The hour that the clocks repeat in autumn is the one place where a wall clock runs backwards.
    slack = timedelta(hours=1)

    first, second = calendar.working_days_after(now, days), calendar.working_days_after(now + later, days)

    assert first <= second + slack
    assert calendar.is_working(calendar.local(first - timedelta(microseconds=1)).date()) or calendar.is_working(
        calendar.local(first).date()
    )
