"""Laws of despatch deadlines: every rule, every payment, over both clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.deadlines import (
    DespatchDeadline,
    DespatchRule,
    SlaPolicy,
    SlaVerdict,
    check_sla,
)
from khaos_connectors.testing.warehouse_strategies import (
    despatch_deadlines,
    despatch_rules,
    payment_times,
    sla_policies,
)

law = settings(deadline=None, max_examples=120)
LONDON = ZoneInfo("Europe/London")
moments = payment_times()
ending_rules = despatch_rules(due_at=st.sampled_from((time(0, 30), time(1, 30), time(2, 30), time(17, 30))))
_HARMLESS = {SlaVerdict.IN_TIME: 0, SlaVerdict.AT_RISK: 1, SlaVerdict.BREACHED: 2}


def days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@law
@given(despatch_rules(), payment_times())
def test_the_window_holds_exactly_the_working_days(rule: DespatchRule, paid: datetime) -> None:
    """Counted another way: from day 1 to the deadline, day by day, there are as many working days as the rule says."""
    due = rule.due(paid)
    last = due.astimezone(LONDON).date() - timedelta(days=1)
    first = rule.first_day(paid)
    working = [day for day in days_between(first, last) if rule.calendar.is_working(day)]

    assert len(working) == rule.working_days
    assert (working[0], working[-1]) == (first, last)


@law
@given(despatch_rules(), payment_times())
def test_day_one_is_the_day_of_payment_or_the_next_working_day(rule: DespatchRule, paid: datetime) -> None:
    """Between the payment and day 1 lies no working day that would have been in time."""
    local = paid.astimezone(LONDON)
    in_time = rule.cut_off is None or local.time() < rule.cut_off
    skipped = [day for day in days_between(local.date(), rule.first_day(paid))[:-1] if rule.calendar.is_working(day)]

    assert skipped == ([] if in_time or not rule.calendar.is_working(local.date()) else [local.date()])


@law
@given(despatch_rules(), payment_times())
def test_a_deadline_is_midnight_in_london_in_utc(rule: DespatchRule, paid: datetime) -> None:
    """The end of a day is told by the wall clock, in winter and in summer; and it is after the payment."""
    due = rule.due(paid)

    assert due.tzinfo is UTC
    assert due.astimezone(LONDON).time() == time(0)
    assert due > paid


@law
@given(ending_rules, payment_times(), payment_times())
def test_no_order_is_late_before_it_is_paid(rule: DespatchRule, one: datetime, other: datetime) -> None:
    """Whatever the hour of the end, in the night of a clock change too; and deadlines still follow payments."""
    earlier, later = sorted((one, other))

    assert rule.due(one) > one
    assert rule.due(earlier) <= rule.due(later)
    assert rule.calendar.is_working(rule.first_day(one))


@law
@given(despatch_rules(), payment_times(), payment_times())
def test_paying_later_never_makes_it_due_earlier(rule: DespatchRule, one: datetime, other: datetime) -> None:
    """Deadlines follow payments."""
    earlier, later = sorted((one, other))

    assert rule.due(earlier) <= rule.due(later)


@law
@given(despatch_rules(), payment_times(), st.sets(st.integers(0, 20)))
def test_a_holiday_more_never_makes_it_due_earlier(rule: DespatchRule, paid: datetime, extra: set[int]) -> None:
    """A holiday that is not in the table costs time; it is never the customer who waits for it unannounced."""
    days = [paid.date() + timedelta(days=number) for number in extra]
    more = DespatchRule(
        working_days=rule.working_days, cut_off=rule.cut_off, calendar=rule.calendar.with_holidays(days)
    )

    assert more.due(paid) >= rule.due(paid)


@law
@given(despatch_deadlines(), sla_policies(), st.integers(-20, 100), st.integers(0, 100))
def test_an_open_order_only_gets_worse(deadline: DespatchDeadline, policy: SlaPolicy, begin: int, hours: int) -> None:
    """In time, at risk, breached, in that order as time goes on; a reason exactly when it is not in time."""
    start = deadline.starts_at + timedelta(hours=begin)
    first = check_sla("O1", deadline, now=start, policy=policy)
    later = check_sla("O1", deadline, now=start + timedelta(hours=hours), policy=policy)

    assert _HARMLESS[first.verdict] <= _HARMLESS[later.verdict]
    assert bool(later.reasons) is (later.verdict is not SlaVerdict.IN_TIME)
    assert (later.verdict is SlaVerdict.BREACHED) is (start + timedelta(hours=hours) >= deadline.due)


@law
@given(despatch_deadlines(), sla_policies(), moments, moments)
def test_an_acknowledged_order_never_changes_again(
    deadline: DespatchDeadline, policy: SlaPolicy, acknowledged: datetime, now: datetime
) -> None:
    """The channel's acknowledgement stops the timer for good."""
    check = check_sla("O1", deadline, now=now, acknowledged_at=acknowledged, policy=policy)

    assert check.verdict is (SlaVerdict.KEPT if acknowledged < deadline.due else SlaVerdict.TOO_LATE)
    assert check.reasons == ()
