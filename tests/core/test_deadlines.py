"""By when an order has to leave, over weekends, holidays and clock changes; and whether it still will."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import attrs
import pytest

from khaos_connectors.core.bank_holidays import ENGLAND_AND_WALES, NORTHERN_IRELAND, SCOTLAND, YEARS
from khaos_connectors.core.deadlines import (
    DeadlineSource,
    DespatchDeadline,
    DespatchRule,
    NotDue,
    SlaPolicy,
    SlaVerdict,
    check_sla,
    despatch_deadline,
)
from khaos_connectors.core.exception_report import ExceptionType, open_item
from khaos_connectors.core.ids import AccountId, OrderId
from khaos_connectors.core.orders import ChannelOrder, OrderState, TaxMode
from khaos_connectors.core.sla import (
    UK,
    BeforeMonthEnd,
    BeforeOrderDeadline,
    BeforeVatReturn,
    Calendar,
    Moments,
    Within,
    WorkingDays,
)

LONDON = ZoneInfo("Europe/London")
ONE, TWO = DespatchRule(working_days=1), DespatchRule(working_days=2)


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def order(
    *,
    paid_at: datetime | None = None,
    ship_by: datetime | None = None,
    state: OrderState = OrderState.AWAITING_SHIPMENT,
) -> ChannelOrder:
    return ChannelOrder(
        account=AccountId("marketplacer"),
        order_id=OrderId("O1"),
        state=state,
        placed_at=utc("2026-01-14T09:00"),
        changed_at=utc("2026-01-14T09:00"),
        currency="GBP",
        tax_mode=TaxMode.INCLUDED,
        lines=(),
        total=Decimal(0),
        paid_at=paid_at,
        ship_by=ship_by,
    )


class TestRule:
    @pytest.mark.parametrize(
        ("rule", "paid", "due"),
        [
            (ONE, "2026-01-15T23:59", "2026-01-16T00:00"),  # Thursday, end of Thursday
            (TWO, "2026-01-16T10:00", "2026-01-20T00:00"),  # Friday, end of Monday
            (TWO, "2026-01-13T13:00", "2026-01-15T00:00"),  # Tuesday, end of Wednesday
        ],
    )
    def test_the_three_published_examples(self, rule: DespatchRule, paid: str, due: str) -> None:
        """Domain §6.4: the day of payment is day 1, weekends do not count, the last day counts to its end."""
        assert rule.due(london(paid)) == london(due)

    @pytest.mark.parametrize("paid", ["2026-01-17T00:00", "2026-01-17T12:00", "2026-01-18T23:59"])
    def test_a_payment_at_the_weekend_counts_from_monday(self, paid: str) -> None:
        """Domain §6.4: a day off is no day 1."""
        assert ONE.due(london(paid)) == london("2026-01-20T00:00")

    @pytest.mark.parametrize(
        ("paid", "due"),
        [
            ("2026-01-15T13:59", "2026-01-16T00:00"),
            ("2026-01-15T14:00", "2026-01-17T00:00"),
            ("2026-01-16T14:00", "2026-01-20T00:00"),  # Friday too late: Monday is day 1
            ("2026-01-17T15:00", "2026-01-20T00:00"),  # on a Saturday there is no cut-off to miss
        ],
    )
    def test_what_is_paid_at_the_cut_off_begins_with_the_next_working_day(self, paid: str, due: str) -> None:
        """Issue 3, point 9: orders paid before the cut-off of a working day have that day as day 1."""
        assert DespatchRule(working_days=1, cut_off=time(14)).due(london(paid)) == london(due)

    def test_due_at_an_hour_of_the_last_day(self) -> None:
        """A rule may end with the carrier's collection in place of midnight."""
        rule = DespatchRule(working_days=2, due_at=time(17, 30))

        assert rule.due(london("2026-01-16T10:00")) == utc("2026-01-19T17:30")

    def test_the_clocks_go_forward_inside_the_window(self) -> None:
        """Paid on Friday in winter time, due at the end of Monday in summer time: 23:00 UTC, 85 hours for 86."""
        paid = london("2026-03-27T10:00")
        due = TWO.due(paid)

        assert due == utc("2026-03-30T23:00")
        assert due.tzinfo is UTC
        assert due - paid.astimezone(UTC) == timedelta(hours=85)

    def test_the_clocks_go_back_inside_the_window(self) -> None:
        """Paid on Friday in summer time, due at the end of Monday in winter time: midnight UTC, an hour more."""
        paid = london("2026-10-23T10:00")
        due = TWO.due(paid)

        assert due == utc("2026-10-27T00:00")
        assert due - paid.astimezone(UTC) == timedelta(hours=87)

    def test_the_day_of_payment_is_the_day_in_london(self) -> None:
        """23:30 UTC on a summer Thursday is Friday in London."""
        assert ONE.due(utc("2026-07-16T23:30")) == utc("2026-07-17T23:00")

    @pytest.mark.parametrize(("day", "due"), [("2026-03-29", "2026-03-29T01:30"), ("2026-10-25", "2026-10-25T00:30")])
    def test_an_hour_that_clocks_jump_over_or_show_twice(self, day: str, due: str) -> None:
        """A time that does not exist is as late after midnight as ever; of two, the first counts."""
        sundays = Calendar(weekend=frozenset({5}))
        rule = DespatchRule(working_days=1, due_at=time(1, 30), calendar=sundays)

        assert rule.due(london(f"{day}T00:10")) == utc(due)

    @pytest.mark.parametrize(
        ("paid", "due"),
        [
            ("2026-01-16T17:29", "2026-01-16T17:30"),
            ("2026-01-16T17:30", "2026-01-19T17:30"),  # Friday at the last collection: Monday's
            ("2026-01-16T23:59", "2026-01-19T17:30"),
            ("2026-01-17T23:59", "2026-01-19T17:30"),
        ],
    )
    def test_no_order_is_late_before_it_is_paid(self, paid: str, due: str) -> None:
        """Domain §6.4: with one day and an hour at which it ends, what is paid too late for it has the next day."""
        assert DespatchRule(working_days=1, due_at=time(17, 30)).due(london(paid)) == london(due)

    def test_a_cut_off_of_ones_own_goes_before_the_hour_of_the_end(self) -> None:
        """Paid between the two, the order has the next working day."""
        rule = DespatchRule(working_days=1, cut_off=time(14), due_at=time(17, 30))

        assert rule.due(london("2026-01-15T13:59")) == london("2026-01-15T17:30")
        assert rule.due(london("2026-01-15T15:00")) == london("2026-01-16T17:30")
        two = attrs.evolve(rule, working_days=2, cut_off=None)
        assert two.due(london("2026-01-15T18:00")) == london("2026-01-16T17:30")

    def test_a_cut_off_that_the_clock_shows_twice(self) -> None:
        """The first time counts: paid twenty minutes after it is too late, although the clock shows less again."""
        sundays = Calendar(weekend=frozenset({5}))
        for rule in (
            DespatchRule(working_days=1, cut_off=time(1, 30), calendar=sundays),
            DespatchRule(working_days=1, due_at=time(1, 30), calendar=sundays),
        ):
            in_time, too_late = utc("2026-10-25T00:29"), utc("2026-10-25T01:10")  # 01:29, and 01:10 once more
            assert rule.first_day(in_time) == date(2026, 10, 25)
            assert rule.first_day(too_late) == date(2026, 10, 26)
            assert rule.due(too_late) > rule.due(in_time)

    @pytest.mark.parametrize("minutes", [2, 15, 29])
    def test_a_cut_off_that_the_clocks_jump_over_on_a_day_with_an_end(self, minutes: int) -> None:
        """Half past one does not come when the clocks go forward at one, and two o'clock comes at once: what is paid
        after the day's end begins with the next day, and is not late before it is paid."""
        rule = DespatchRule(
            working_days=1, cut_off=time(1, 30), due_at=time(2), calendar=Calendar(weekend=frozenset({5}))
        )
        paid = utc("2026-03-29T01:00") + timedelta(minutes=minutes)

        assert rule.due(paid) == utc("2026-03-30T01:00")

    def test_bank_holidays_do_not_count(self) -> None:
        """Maundy Thursday 2026 with two days: Friday and Monday are holidays, so the end of Tuesday, in summer time."""
        easter = attrs.evolve(TWO, calendar=UK.with_holidays(ENGLAND_AND_WALES))

        assert easter.due(london("2026-04-02T09:00")) == utc("2026-04-07T23:00")
        assert TWO.due(london("2026-04-02T09:00")) == utc("2026-04-03T23:00")

    def test_a_naive_payment_is_refused(self) -> None:
        """A moment without a zone could be an hour off."""
        with pytest.raises(ValueError, match="aware"):
            ONE.due(datetime(2026, 1, 15))  # noqa: DTZ001 - that it is naive is the point

    def test_impossible_rules_are_refused(self) -> None:
        """No day at all, and clock times with a zone of their own, name field and rule."""
        with pytest.raises(ValueError, match="working_days must be 1 or more"):
            DespatchRule(working_days=0)
        with pytest.raises(ValueError, match="cut_off must be a time on the calendar's wall clock"):
            DespatchRule(working_days=1, cut_off=time(14, tzinfo=UTC))
        with pytest.raises(ValueError, match="due_at must be a time on the calendar's wall clock"):
            DespatchRule(working_days=1, due_at=time(14, tzinfo=UTC))
        with pytest.raises(ValueError, match="cut_off must not be after due_at of the only working day, and 18:00:00"):
            DespatchRule(working_days=1, cut_off=time(18), due_at=time(17, 30))
        assert DespatchRule(working_days=2, cut_off=time(18), due_at=time(17, 30)).cut_off == time(18)
        assert DespatchRule(working_days=1, cut_off=time(17, 30), due_at=time(17, 30)).due_at == time(17, 30)


class TestDeadline:
    def test_the_channels_own_field_goes_first(self) -> None:
        """Domain §6.4: a rule is asked only where the channel says nothing."""
        by = london("2026-07-20T18:00")
        found = despatch_deadline(order(paid_at=utc("2026-07-16T10:00"), ship_by=by), rule=ONE)

        assert isinstance(found, DespatchDeadline)
        assert (found.due, found.due.tzinfo, found.source) == (utc("2026-07-20T17:00"), UTC, DeadlineSource.CHANNEL)
        assert found.starts_at == utc("2026-07-16T10:00")

    def test_the_window_of_an_unpaid_order_begins_when_it_was_placed(self) -> None:
        """A channel that sets the deadline itself need not say when it was paid."""
        found = despatch_deadline(order(ship_by=utc("2026-01-16T18:00")))

        assert isinstance(found, DespatchDeadline)
        assert found.starts_at == utc("2026-01-14T09:00")

    def test_the_rule_counts_from_the_payment(self) -> None:
        """Domain §6.4: placed on Wednesday, paid on Friday: two days end on Monday."""
        found = despatch_deadline(order(paid_at=london("2026-01-16T10:00")), rule=TWO)

        assert isinstance(found, DespatchDeadline)
        assert (found.due, found.source) == (utc("2026-01-20T00:00"), DeadlineSource.RULE)
        assert found.why == "2 working days with the day of payment as the first"

    def test_an_unpaid_order_is_not_due_by_the_rule(self) -> None:
        """Nothing is wrong with it, so there is no reason either."""
        assert despatch_deadline(order(), rule=TWO) == NotDue(why="the order is not paid yet")

    def test_without_field_and_rule_somebody_is_told(self) -> None:
        """No deadline is ever made up: the missing rule becomes work."""
        found = despatch_deadline(order(paid_at=utc("2026-01-16T10:00")))

        assert isinstance(found, NotDue)
        assert [reason.type for reason in found.reasons] == [ExceptionType.CONFIG_MISSING]

    @pytest.mark.parametrize("state", [OrderState.CANCELLED, OrderState.REFUSED])
    def test_nothing_is_due_of_an_order_that_is_over(self, state: OrderState) -> None:
        """Cancelled and refused orders have no deadline, whatever the channel's field says."""
        found = despatch_deadline(order(ship_by=utc("2026-01-16T18:00"), state=state), rule=ONE)

        assert found == NotDue(why=f"the order is {state.value}")

    def test_the_rule_says_itself(self) -> None:
        """An explanation names days, cut-off and the hour of the end."""
        rule = DespatchRule(working_days=1, cut_off=time(14))
        until = DespatchRule(working_days=2, cut_off=time(14, 0, 30), due_at=time(17, 30))

        assert str(rule) == "1 working day with the day of payment as the first, cut-off at 14:00"
        assert str(until) == "2 working days with the day of payment as the first, cut-off at 14:00:30, due at 17:30"


START = utc("2026-01-13T00:00")
WINDOW = DespatchDeadline(
    starts_at=START, due=START + timedelta(hours=40), source=DeadlineSource.RULE, why="2 working days"
)


class TestCheck:
    @pytest.mark.parametrize(
        ("hours", "verdict", "types"),
        [
            (0, SlaVerdict.IN_TIME, []),
            (29, SlaVerdict.IN_TIME, []),
            (30, SlaVerdict.AT_RISK, [ExceptionType.SLA_RISK]),
            (39, SlaVerdict.AT_RISK, [ExceptionType.SLA_RISK]),
            (40, SlaVerdict.BREACHED, [ExceptionType.SLA_BREACH]),
            (90, SlaVerdict.BREACHED, [ExceptionType.SLA_BREACH]),
        ],
    )
    def test_risk_at_three_quarters_and_breach_at_the_deadline(
        self, hours: int, verdict: SlaVerdict, types: list[ExceptionType]
    ) -> None:
        """Domain §6.4: of 40 hours, the warning begins with the thirtieth."""
        check = check_sla("O1", WINDOW, now=START + timedelta(hours=hours))

        assert check.verdict is verdict
        assert [reason.type for reason in check.reasons] == types
        assert check.risk_from == START + timedelta(hours=30)
        assert check.why

    @pytest.mark.parametrize(("warn_before", "risk"), [(4, 30), (10, 30), (12, 28), (50, -10)])
    def test_the_earlier_of_the_two_warnings_counts(self, warn_before: int, risk: int) -> None:
        """Domain §6.4: 75 % of the window or a span before its end."""
        policy = SlaPolicy(warn_before=timedelta(hours=warn_before))

        assert check_sla("O1", WINDOW, now=START, policy=policy).risk_from == START + timedelta(hours=risk)

    def test_with_the_whole_window_only_the_span_warns(self) -> None:
        """``risk_at`` of 1 turns the share off."""
        policy = SlaPolicy(risk_at=Fraction(1), warn_before=timedelta(hours=2))

        assert check_sla("O1", WINDOW, now=START, policy=policy).risk_from == WINDOW.due - timedelta(hours=2)

    def test_the_channels_acknowledgement_stops_the_timer(self) -> None:
        """Domain §6.4: not the warehouse's word: until the channel knows, an order that left is still late."""
        late = WINDOW.due + timedelta(days=1)

        assert check_sla("O1", WINDOW, now=late).verdict is SlaVerdict.BREACHED
        kept = check_sla("O1", WINDOW, now=late, acknowledged_at=WINDOW.due - timedelta(seconds=1))
        assert (kept.verdict, kept.reasons) == (SlaVerdict.KEPT, ())

    def test_an_acknowledgement_at_the_deadline_is_too_late(self) -> None:
        """The end of Thursday is Friday; but nothing is left to do, so nobody is asked."""
        check = check_sla("O1", WINDOW, now=WINDOW.due, acknowledged_at=WINDOW.due)

        assert (check.verdict, check.reasons) == (SlaVerdict.TOO_LATE, ())

    @pytest.mark.parametrize("days", [0, 3, 4])
    def test_an_early_cancellation_is_not_counted(self, days: int) -> None:
        """Domain §6.4: what is cancelled within three days does not count against the seller."""
        check = check_sla("O1", WINDOW, now=WINDOW.due, cancelled_at=START + timedelta(days=days))

        assert (check.verdict, check.counted, check.reasons) == (SlaVerdict.CANCELLED, days > 3, ())

    def test_a_deadline_before_the_window_is_a_breach(self) -> None:
        """A channel may set a deadline that has passed already."""
        odd = attrs.evolve(WINDOW, due=START - timedelta(hours=1))

        assert check_sla("O1", odd, now=START).verdict is SlaVerdict.BREACHED

    def test_the_item_is_due_with_the_order(self) -> None:
        """Domain §10: SLA_RISK is due at the order's deadline, and its evidence says where that comes from."""
        now = START + timedelta(hours=31)
        reason = check_sla("O1", WINDOW, now=now).reasons[0]
        item = open_item(reason, account=AccountId("m"), now=now, order_deadline=WINDOW.due)

        assert item.deadline == WINDOW.due
        assert item.evidence["deadline by"] == "rule: 2 working days"
        assert "9:00:00 before the deadline" in reason.message

    def test_naive_moments_and_negative_spans_are_refused(self) -> None:
        """Field and rule are named."""
        naive = datetime(2026, 1, 15)  # noqa: DTZ001 - that it is naive is the point
        with pytest.raises(ValueError, match="now must be aware"):
            check_sla("O1", WINDOW, now=naive)
        with pytest.raises(ValueError, match="acknowledged_at must be aware"):
            check_sla("O1", WINDOW, now=START, acknowledged_at=naive)
        with pytest.raises(ValueError, match=r"due .*aware"):
            attrs.evolve(WINDOW, due=naive)
        with pytest.raises(ValueError, match="warn_before must not be negative"):
            SlaPolicy(warn_before=timedelta(-1))


class TestCalendar:
    def test_days_can_be_added_and_taken_away(self) -> None:
        """Bank holidays are data, and the user's own days go with them."""
        ours = UK.with_holidays(ENGLAND_AND_WALES).with_holidays([date(2026, 12, 24)], but=[date(2026, 5, 4)])

        assert not ours.is_working(date(2026, 12, 24))
        assert ours.is_working(date(2026, 5, 4))
        assert not ours.is_working(date(2026, 12, 28))
        assert UK.is_working(date(2026, 12, 28))

    def test_a_weekend_of_ones_own(self) -> None:
        """A warehouse that works on Saturdays."""
        saturdays = Calendar(weekend=frozenset({6}))

        assert attrs.evolve(TWO, calendar=saturdays).due(london("2026-01-16T10:00")) == utc("2026-01-18T00:00")

    def test_a_holiday_is_a_day(self) -> None:
        """A moment equals no date, so it would be a holiday that is never kept."""
        for holiday in (datetime(2026, 12, 28, tzinfo=UTC), "2026-12-28"):
            with pytest.raises(TypeError, match="holidays must be dates, not"):
                UK.with_holidays([holiday])  # type: ignore[list-item]  # that it is no date is the point

    def test_impossible_calendars_are_refused(self) -> None:
        """No working day, no such day, no such zone."""
        with pytest.raises(ValueError, match="weekend must leave a day to work on"):
            Calendar(weekend=frozenset(range(7)))
        with pytest.raises(ValueError, match="weekend must be days from 0"):
            Calendar(weekend=frozenset({7}))
        for zone in ("Europe/Nowhere", "Europe", "../x"):
            with pytest.raises(ValueError, match="zone must be the name of a time zone"):
                Calendar(zone=zone)

    @pytest.mark.parametrize("months", [(0,), (13,), (3, 6, -1), (True,)])
    def test_a_vat_period_ends_in_a_month(self, months: tuple[int, ...]) -> None:
        """Field and rule are named, before a return is reckoned from a month that does not exist."""
        with pytest.raises(ValueError, match="vat_quarter_ends must be months from 1"):
            Calendar(vat_quarter_ends=months)

    def test_some_vat_period_ends(self) -> None:
        """Without one, the next return would be looked for until the calendar itself ends; one a year is possible."""
        with pytest.raises(ValueError, match="vat_quarter_ends must name a month at least"):
            Calendar(vat_quarter_ends=())
        yearly = Moments(now=utc("2026-05-08T12:00"), calendar=Calendar(vat_quarter_ends=(3,)))
        assert BeforeVatReturn().due(yearly) == london("2027-05-08T00:00")

    def test_impossible_due_rules_are_refused(self) -> None:
        """No days, spans that end before they begin; and each rule says what it is."""
        for make, told in (
            (lambda: Within(timedelta(-1)), "span must not be negative"),
            (lambda: BeforeOrderDeadline(timedelta(-1)), "margin must not be negative"),
            (lambda: WorkingDays(0), "days must be 1 or more"),
            (lambda: BeforeMonthEnd(-1), "working_days must be 0 or more"),
        ):
            with pytest.raises(ValueError, match=told):
                make()
        assert str(BeforeOrderDeadline(timedelta(minutes=90))).startswith("90 min before the order's")
        assert str(BeforeMonthEnd(1)) == "1 working day before the month ends"
        assert [str(Within(timedelta(seconds=n))) for n in (0, 30, 3600)] == ["now", "within 1 min", "within 1 h"]

    def test_a_holiday_that_is_not_known(self) -> None:
        """It makes what is counted forwards earlier, and what is counted backwards later."""
        knows = UK.with_holidays(ENGLAND_AND_WALES)
        thursday, august = utc("2026-04-02T09:00"), utc("2026-08-14T09:00")

        assert WorkingDays(1).due(Moments(now=thursday)) < WorkingDays(1).due(Moments(now=thursday, calendar=knows))
        assert BeforeMonthEnd(2).due(Moments(now=august)) == london("2026-08-28T00:00")
        assert BeforeMonthEnd(2).due(Moments(now=august, calendar=knows)) == london("2026-08-27T00:00")


def easter(year: int) -> date:
    """Easter Sunday by the method of Meeus, Jones and Butcher."""
    a, b, c = year % 19, year // 100, year % 100
    d, e, f, g = b // 4, b % 4, (b + 8) // 25, 0
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def monday(year: int, month: int, *, last: bool = False) -> date:
    days = [date(year, month, 1) + timedelta(days=n) for n in range(31)]
    found = [day for day in days if day.month == month and day.weekday() == 0]
    return found[-1 if last else 0]


def moved(*days: date) -> set[date]:
    """Each day, or the next weekday that no earlier one has taken."""
    taken: set[date] = set()
    weekdays = [day for day in days if day.weekday() < 5]
    for day in days:
        free = day
        while free.weekday() > 4 or free in taken or (free != day and free in weekdays):
            free += timedelta(days=1)
        taken.add(free)
    return taken


class TestBankHolidays:
    @pytest.mark.parametrize("year", YEARS)
    def test_the_dates_follow_the_rules(self, year: int) -> None:
        """Worked out another way: Easter, Mondays and substitute days, for the three parts of the kingdom."""
        good_friday, easter_monday = easter(year) - timedelta(days=2), easter(year) + timedelta(days=1)
        everywhere = {good_friday, monday(year, 5), monday(year, 5, last=True)}
        everywhere |= moved(date(year, 12, 25), date(year, 12, 26))
        england = everywhere | moved(date(year, 1, 1)) | {easter_monday, monday(year, 8, last=True)}
        scotland = everywhere | moved(date(year, 1, 1), date(year, 1, 2)) | {monday(year, 8)}
        scotland |= moved(date(year, 11, 30)) | ({date(2026, 6, 15)} if year == 2026 else set())
        ireland = england | moved(date(year, 3, 17)) | moved(date(year, 7, 12))

        assert {day for day in ENGLAND_AND_WALES if day.year == year} == england
        assert {day for day in SCOTLAND if day.year == year} == scotland
        assert {day for day in NORTHERN_IRELAND if day.year == year} == ireland

    def test_the_tables_hold_those_years_only(self) -> None:
        """What is not known is not in the table, and no holiday is on a weekend."""
        days = ENGLAND_AND_WALES | SCOTLAND | NORTHERN_IRELAND

        assert {day.year for day in days} == set(YEARS)
        assert all(day.weekday() < 5 for day in days)
