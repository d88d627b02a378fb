"""Exception items: the taxonomy as data, deadlines, escalation, grouping and export."""

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest

from khaos_connectors.core.exception_report import (
    COLUMNS,
    RULES,
    ExceptionItem,
    ExceptionType,
    Reason,
    RetryClass,
    Severity,
    Team,
    by_owner,
    close_item,
    escalate,
    merge_items,
    open_item,
    rows,
    rule_table,
    see_again,
)
from khaos_connectors.core.ids import AccountId
from khaos_connectors.core.sla import NEVER, UK, Calendar

X = ExceptionType
SHOP = AccountId("shop")
FRIDAY = datetime(2026, 3, 6, 15, 30, tzinfo=UTC)  # London is on UTC until 29 March
HOUR = timedelta(hours=1)


def item(kind: ExceptionType = X.SKU_UNMAPPED, *, now: datetime = FRIDAY, entity: str = "O1") -> ExceptionItem:
    return open_item(Reason(type=kind, entity=entity, message="why"), account=SHOP, now=now)


def due(
    kind: ExceptionType,
    *,
    now: datetime = FRIDAY,
    order_deadline: datetime | None = None,
    accept_by: datetime | None = None,
    calendar: Calendar = UK,
) -> datetime:
    reason = Reason(type=kind, entity="O1", message="why")
    found = open_item(
        reason, account=SHOP, now=now, order_deadline=order_deadline, accept_by=accept_by, calendar=calendar
    )
    return found.deadline


class TestTaxonomy:
    def test_every_type_has_its_rule(self) -> None:
        """Domain 10: no kind of exception is without owner, deadline and advice, and none is listed twice."""
        assert set(RULES) == set(X)
        assert all(rule.fix.endswith(".") for rule in RULES.values())

    def test_a_name_is_its_own_value(self) -> None:
        """What people search for is what the code says."""
        assert [kind.name for kind in X] == [kind.value for kind in X]

    def test_the_table_of_the_domain(self) -> None:
        """Domain 10: 70 kinds; who owns how many, how bad they are, and how they are retried."""
        assert len(X) == 70
        teams = {team: sum(rule.team is team for rule in RULES.values()) for team in Team}
        assert teams == {
            Team.ECOMMERCE: 11,
            Team.OPERATIONS: 9,
            Team.FULFILMENT: 9,
            Team.WAREHOUSE: 8,
            Team.FINANCE: 18,
            Team.CUSTOMER_SERVICE: 5,
            Team.INTEGRATION: 10,
        }
        critical = {kind for kind, rule in RULES.items() if rule.severity is Severity.CRITICAL}
        assert critical == {X.OVERSOLD, X.ACCEPTANCE_EXPIRED, X.SLA_BREACH, X.AUTH_FAILED}
        low = {kind for kind, rule in RULES.items() if rule.severity is Severity.LOW}
        assert low == {X.ALLOCATION_SHORT, X.SETTLEMENT_DUPLICATE}

    def test_what_nobody_may_retry(self) -> None:
        """Domain 10, column R: a person decides on these, whatever is fixed."""
        assert {kind for kind, rule in RULES.items() if rule.retry is RetryClass.NEVER} == {
            X.OVERSOLD,
            X.ORDER_DUPLICATE,
            X.ACCEPTANCE_RISK,
            X.ACCEPTANCE_EXPIRED,
            X.CANCEL_CONFLICT,
            X.ORDER_OUTSIDE_CHANNEL,
            X.SLA_RISK,
            X.SLA_BREACH,
            X.OVER_DESPATCH,
            X.SHORT_PICK,
            X.SETTLEMENT_DUPLICATE,
        }

    def test_the_table_can_be_read(self) -> None:
        """One line per kind under a heading, deadlines in words."""
        lines = rule_table().splitlines()

        assert len(lines) == 71
        assert lines[0].split() == ["type", "team", "severity", "deadline", "retry", "what", "to", "do"]
        text = "\n".join(lines)
        for words in (
            "now",
            "within 15 min",
            "within 1 h",
            "within 1 working day",
            "within 5 working days",
            "same day",
        ):
            assert f"  {words}  " in text
        for words in ("2 h before the order's despatch deadline", "by the acceptance deadline", "no deadline"):
            assert words in text
        assert "2 working days before the month ends" in text
        assert "before the next VAT return" in text


class TestDeadlines:
    """Domain 10: the deadline is the earlier of the listed one and the order's, in London's time."""

    @pytest.mark.parametrize(
        ("kind", "after"),
        [
            (X.OVERSOLD, timedelta(0)),
            (X.ORDER_OUTCOME_UNKNOWN, timedelta(minutes=15)),
            (X.STOCK_MASS_CHANGE_HELD, timedelta(minutes=30)),
            (X.STOCK_PUSH_FAILED, HOUR),
            (X.STOCK_DRIFT, 4 * HOUR),
        ],
    )
    def test_so_long_after_it_was_found(self, kind: ExceptionType, after: timedelta) -> None:
        """Now, minutes, hours."""
        assert due(kind) == FRIDAY + after

    def test_before_the_order_has_to_leave(self) -> None:
        """'before D' is the order's despatch deadline."""
        assert due(X.SKU_UNMAPPED, order_deadline=FRIDAY + 3 * HOUR) == FRIDAY + 3 * HOUR

    def test_two_hours_before_the_order_has_to_leave(self) -> None:
        """'SLA - 2 h'."""
        assert due(X.COURIER_UNMAPPED, order_deadline=FRIDAY + 3 * HOUR) == FRIDAY + HOUR

    def test_never_before_it_was_found(self) -> None:
        """A deadline that has passed already is now."""
        assert due(X.COURIER_UNMAPPED, order_deadline=FRIDAY + HOUR) == FRIDAY
        assert due(X.SKU_UNMAPPED, order_deadline=FRIDAY - 5 * HOUR) == FRIDAY

    def test_without_an_order_deadline_there_is_still_one(self) -> None:
        """An order whose deadline we do not know is due the next working day; a despatch within four hours."""
        assert due(X.SKU_UNMAPPED) == FRIDAY + timedelta(days=3)
        assert due(X.COURIER_UNMAPPED) == FRIDAY + 4 * HOUR
        assert due(X.SLA_RISK) == FRIDAY + 4 * HOUR

    def test_the_order_goes_before_the_rule(self) -> None:
        """A listed deadline later than the order's is brought forward, an earlier one is kept."""
        assert due(X.STOCK_DRIFT, order_deadline=FRIDAY + HOUR) == FRIDAY + HOUR
        assert due(X.STOCK_DRIFT, order_deadline=FRIDAY + 9 * HOUR) == FRIDAY + 4 * HOUR

    def test_acceptance_ends_when_the_channel_says(self) -> None:
        """The acceptance deadline, where the channel tells one; else four hours."""
        assert due(X.PRICE_DROP, accept_by=FRIDAY + 7 * HOUR) == FRIDAY + 7 * HOUR
        assert due(X.PRICE_DROP, accept_by=FRIDAY + 7 * HOUR, order_deadline=FRIDAY + HOUR) == FRIDAY + HOUR
        assert due(X.ACCEPTANCE_RISK) == FRIDAY + 4 * HOUR

    def test_a_working_day_passes_over_the_weekend(self) -> None:
        """Friday afternoon and one working day is Monday afternoon; five are next Friday."""
        assert due(X.LISTING_ORPHANED) == datetime(2026, 3, 9, 15, 30, tzinfo=UTC)
        assert due(X.ORDER_NOT_SETTLED) == datetime(2026, 3, 13, 15, 30, tzinfo=UTC)

    def test_a_weekend_does_not_count(self) -> None:
        """Found on a Saturday or a Sunday, one working day ends with the Monday."""
        monday_ends = datetime(2026, 3, 10, tzinfo=UTC)

        assert due(X.LISTING_ORPHANED, now=datetime(2026, 3, 7, 11, tzinfo=UTC)) == monday_ends
        assert due(X.LISTING_ORPHANED, now=datetime(2026, 3, 8, 23, tzinfo=UTC)) == monday_ends

    def test_holidays_do_not_count(self) -> None:
        """Easter 2026: Thursday 2 April and one working day is Tuesday the 7th, by the wall clock of the summer."""
        easter = Calendar(holidays=frozenset({date(2026, 4, 3), date(2026, 4, 6)}))
        thursday = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)

        assert due(X.LISTING_ORPHANED, now=thursday, calendar=easter) == datetime(2026, 4, 7, 9, 0, tzinfo=UTC)

    def test_the_wall_clock_is_londons(self) -> None:
        """Over the change to summer time, the same time of day is an hour less in UTC."""
        friday = datetime(2026, 3, 27, 15, 30, tzinfo=UTC)

        assert due(X.LISTING_ORPHANED, now=friday) == datetime(2026, 3, 30, 14, 30, tzinfo=UTC)

    def test_the_same_day_ends_at_midnight_in_london(self) -> None:
        """In summer that is 23:00 UTC, and 23:30 UTC is already tomorrow."""
        noon = datetime(2026, 7, 1, 12, tzinfo=UTC)

        assert due(X.GOODS_IN_UNKNOWN_SKU, now=noon) == datetime(2026, 7, 1, 23, tzinfo=UTC)
        assert due(X.GOODS_IN_UNKNOWN_SKU, now=noon + 11.5 * HOUR) == datetime(2026, 7, 2, 23, tzinfo=UTC)

    def test_two_working_days_before_the_month_ends(self) -> None:
        """March 2026 ends on a Tuesday: the last working days are 31, 30 and 27, so the 27th, at its end."""
        assert due(X.FEE_UNMAPPED) == datetime(2026, 3, 28, tzinfo=UTC)

    def test_month_end_may_be_past(self) -> None:
        """On the month's last day it is due now."""
        last = datetime(2026, 3, 31, 12, tzinfo=UTC)

        assert due(X.FEE_UNMAPPED, now=last) == last

    @pytest.mark.parametrize(
        ("now", "ends"),
        [
            (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 2, 8, tzinfo=UTC)),
            (datetime(2026, 2, 7, 12, tzinfo=UTC), datetime(2026, 2, 8, tzinfo=UTC)),
            (datetime(2026, 2, 8, 12, tzinfo=UTC), datetime(2026, 5, 7, 23, tzinfo=UTC)),
            (datetime(2026, 12, 24, tzinfo=UTC), datetime(2027, 2, 8, tzinfo=UTC)),
        ],
    )
    def test_before_the_vat_return(self, now: datetime, ends: datetime) -> None:
        """One month and seven days after a quarter: 7 February, May, August, November, to the end of the day."""
        assert due(X.VAT_TREATMENT, now=now) == ends

    def test_other_vat_quarters(self) -> None:
        """A company of another stagger group files in other months."""
        stagger = Calendar(vat_quarter_ends=(1, 4, 7, 10))

        assert due(X.VAT_TREATMENT, calendar=stagger) == datetime(2026, 3, 8, tzinfo=UTC)

    def test_no_deadline(self) -> None:
        """Nothing is asked of anybody, whatever the order's deadline."""
        assert due(X.SETTLEMENT_DUPLICATE, order_deadline=FRIDAY + HOUR) == NEVER

    def test_a_naive_now_is_refused(self) -> None:
        """Nobody can tell which moment it means."""
        with pytest.raises(ValueError, match="must be aware"):
            item(now=FRIDAY.replace(tzinfo=None))

    def test_everything_is_utc(self) -> None:
        """Whatever zone the caller lives in."""
        found = item(now=FRIDAY.astimezone(UK.local(FRIDAY).tzinfo))

        assert (found.opened_at.tzinfo, found.deadline.tzinfo) == (UTC, UTC)


class TestOpenItem:
    def test_it_carries_the_rule_and_the_evidence(self) -> None:
        """Who, how bad, what to do, and what was seen."""
        reason = Reason(type=X.OVERSOLD, entity="MUG", message="2 more sold than there are", evidence={"units": "2"})

        found = open_item(reason, account=SHOP, now=FRIDAY)

        rule = RULES[X.OVERSOLD]
        assert (found.team, found.severity, found.retry, found.fix) == (rule.team, rule.severity, rule.retry, rule.fix)
        assert found.evidence == {"units": "2", "message": "2 more sold than there are"}
        assert found.key == "shop/OVERSOLD/MUG"
        assert found.is_open

    def test_a_message_among_the_evidence_is_kept(self) -> None:
        """What a system said goes before our own sentence."""
        reason = Reason(type=X.OVERSOLD, entity="MUG", message="ours", evidence={"message": "theirs"})

        assert open_item(reason, account=SHOP, now=FRIDAY).evidence == {"message": "theirs"}

    def test_severity_may_be_given(self) -> None:
        """Domain 10: a stock variance is medium or high by its value."""
        reason = Reason(type=X.STOCK_VARIANCE, entity="MUG", message="why")

        assert open_item(reason, account=SHOP, now=FRIDAY).severity is Severity.MEDIUM
        assert open_item(reason, account=SHOP, now=FRIDAY, severity=Severity.HIGH).severity is Severity.HIGH


class TestRepeats:
    def test_seen_again(self) -> None:
        """One item: counted, with the newest evidence, its opening and the earlier deadline."""
        first = item(X.STOCK_DRIFT)
        again = attrs.evolve(item(X.STOCK_DRIFT, now=FRIDAY + HOUR), evidence={"units": "7"})

        merged = see_again(first, again)

        assert (merged.count, merged.opened_at, merged.deadline) == (2, FRIDAY, first.deadline)
        assert (merged.last_seen_at, merged.evidence) == (FRIDAY + HOUR, {"units": "7"})

    def test_a_nearer_deadline_wins(self) -> None:
        """A repeat with less time brings the item forward."""
        first, again = item(X.STOCK_DRIFT), attrs.evolve(item(X.STOCK_DRIFT), deadline=FRIDAY)

        assert see_again(first, again).deadline == FRIDAY

    def test_the_worse_grade_and_the_later_sight_win(self) -> None:
        """In whatever order the two were found."""
        mild, bad = (
            item(X.STOCK_DRIFT),
            attrs.evolve(item(X.STOCK_DRIFT, now=FRIDAY + HOUR), severity=Severity.CRITICAL),
        )

        for merged in (see_again(mild, bad), see_again(bad, mild)):
            assert (merged.severity, merged.last_seen_at) == (Severity.CRITICAL, FRIDAY + HOUR)

    def test_only_its_own_key_and_only_while_open(self) -> None:
        """Two problems are two items, and a closed one starts anew."""
        closed = close_item(item(), now=FRIDAY, because="mapped")

        with pytest.raises(ValueError, match="does not repeat"):
            see_again(item(), item(entity="O2"))
        with pytest.raises(ValueError, match="does not repeat"):
            see_again(closed, item())

    def test_one_open_item_per_key(self) -> None:
        """Merging counts repeats, leaves closed items alone and keeps the order."""
        closed = close_item(item(), now=FRIDAY, because="mapped")

        merged = merge_items([closed, item()], [item(), item(entity="O2")])

        assert [(i.entity, i.count, i.is_open) for i in merged] == [("O1", 1, False), ("O1", 2, True), ("O2", 1, True)]

    def test_closing_twice_is_closing_once(self) -> None:
        """The first cause stays."""
        closed = close_item(item(), now=FRIDAY, because="mapped")

        assert close_item(closed, now=FRIDAY + HOUR, because="again") == closed
        assert (closed.closed_at, closed.closed_because, closed.is_open) == (FRIDAY, "mapped", False)


class TestEscalate:
    def test_past_its_deadline_an_item_is_one_step_worse(self) -> None:
        """Domain 10: past the deadline, severity + 1; only once however often one looks."""
        late = item(X.STOCK_DRIFT)
        when = late.deadline + HOUR

        worse = escalate(late, when)

        assert (worse.severity, worse.escalated_at) == (Severity.HIGH, when)
        assert escalate(worse, when + HOUR) == worse

    def test_in_time_or_closed_it_stays(self) -> None:
        """The deadline itself is still in time."""
        open_one = item(X.STOCK_DRIFT)
        closed = close_item(open_one, now=FRIDAY, because="gone")

        assert escalate(open_one, open_one.deadline) == open_one
        assert escalate(closed, open_one.deadline + HOUR) == closed

    def test_critical_stays_critical(self) -> None:
        """There is nothing worse."""
        assert escalate(item(X.OVERSOLD), FRIDAY + HOUR).severity is Severity.CRITICAL


class TestReport:
    def test_each_team_sees_its_own_most_urgent_first(self) -> None:
        """Open items only, by deadline, then the worse one; teams without items are left out."""
        early, late = item(X.STOCK_PUSH_FAILED), item(X.SCHEMA_DRIFT)
        worse = attrs.evolve(early, entity="O2", severity=Severity.CRITICAL)
        closed = close_item(item(), now=FRIDAY, because="mapped")

        owners = by_owner([late, early, closed, worse, item(X.OVERSOLD)])

        assert list(owners) == [Team.CUSTOMER_SERVICE, Team.INTEGRATION]
        assert owners[Team.INTEGRATION] == (worse, early, late)

    def test_rows_for_a_spreadsheet(self) -> None:
        """Stable columns, texts only, UTC."""
        reason = Reason(type=X.SKU_UNMAPPED, entity="O1", message="no stock code", evidence={"sku": "MUG"})
        found = open_item(reason, account=SHOP, now=FRIDAY)

        (row,) = rows([close_item(found, now=FRIDAY + HOUR, because="mapped")])

        assert tuple(row) == COLUMNS
        assert row == {
            "account": "shop",
            "type": "SKU_UNMAPPED",
            "entity": "O1",
            "team": "ecommerce",
            "severity": "high",
            "opened_at": "2026-03-06T15:30:00Z",
            "deadline": "2026-03-09T15:30:00Z",
            "retry": "after fix",
            "count": "1",
            "last_seen_at": "",
            "closed_at": "2026-03-06T16:30:00Z",
            "closed_because": "mapped",
            "fix": RULES[X.SKU_UNMAPPED].fix,
            "evidence": "message=no stock code; sku=MUG",
        }

    def test_no_deadline_is_an_empty_cell(self) -> None:
        """Not a date in the year 9999."""
        assert rows([item(X.SETTLEMENT_DUPLICATE)])[0]["deadline"] == ""
