"""Working days, and the rules by which a piece of work becomes due.

Everything is computed on the wall clock of the calendar's zone and given back in UTC.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from khaos_connectors.core.fields import aware, aware_or_none, typed
from khaos_connectors.core.quantities import whole

__all__ = [
    "NEVER",
    "UK",
    "BeforeAcceptance",
    "BeforeMonthEnd",
    "BeforeOrderDeadline",
    "BeforeVatReturn",
    "Calendar",
    "DueRule",
    "EndOfDay",
    "Moments",
    "NoDeadline",
    "Within",
    "WorkingDays",
]

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Stands for "no deadline" where a moment must be given."""

_DAY = timedelta(days=1)
_SATURDAY, _SUNDAY = 5, 6
_VAT_RETURN_DAY = 7


def _known_zone(_: object, field: "attrs.Attribute[str]", zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, ZoneInfoNotFoundError) as problem:
        raise ValueError(f"{field.name} must be the name of a time zone, not {zone!r}") from problem


def _only_days(_: object, field: "attrs.Attribute[frozenset[date]]", days: frozenset[date]) -> None:
    # A moment is a date to Python, and equal to none: as a holiday it would be one that is never kept.
    if wrong := [day for day in days if type(day) is not date]:
        raise TypeError(f"{field.name} must be dates, not {wrong[0]!r}")


def _some_days_off(_: object, field: "attrs.Attribute[frozenset[int]]", days: frozenset[int]) -> None:
    if not days <= frozenset(range(7)):
        raise ValueError(f"{field.name} must be days from 0 (Monday) to 6 (Sunday), not {sorted(days)}")
    if len(days) == 7:
        raise ValueError(f"{field.name} must leave a day to work on")


def _months(_: object, field: "attrs.Attribute[tuple[int, ...]]", months: tuple[int, ...]) -> None:
    if not months:
        raise ValueError(f"{field.name} must name a month at least: without one no return is ever due")
    if wrong := [month for month in months if type(month) is not int or month not in range(1, 13)]:
        raise ValueError(f"{field.name} must be months from 1 (January) to 12, not {wrong[0]!r}")


def _not_negative(_: object, field: "attrs.Attribute[timedelta]", span: timedelta) -> None:
    if span < timedelta(0):
        raise ValueError(f"{field.name} must not be negative: {span}")


@attrs.frozen(kw_only=True, field_transformer=typed)
class Calendar:
    """Working days are all but *weekend* (0 is Monday) and *holidays*, in *zone*.

    *vat_quarter_ends* are the months in which the company's VAT periods end (its stagger group; one month for a yearly
    return). Raises ``ValueError`` for a zone that is not known, a weekend of seven days and what is no month.
    """

    holidays: frozenset[date] = attrs.field(default=frozenset(), validator=_only_days)
    zone: str = attrs.field(default="Europe/London", validator=_known_zone)
    vat_quarter_ends: tuple[int, ...] = attrs.field(default=(3, 6, 9, 12), validator=_months)
    weekend: frozenset[int] = attrs.field(default=frozenset({_SATURDAY, _SUNDAY}), validator=_some_days_off)

    def with_holidays(self, more: Iterable[date] = (), *, but: Iterable[date] = ()) -> "Calendar":
        """The same calendar with *more* holidays, and with *but* as working days after all."""
        return attrs.evolve(self, holidays=(self.holidays | frozenset(more)) - frozenset(but))

    def local(self, moment: datetime) -> datetime:
        """*moment* on the calendar's wall clock. Raises ``ValueError`` for a naive moment."""
        if moment.tzinfo is None:
            msg = "a moment must be aware: give it a time zone"
            raise ValueError(msg)
        return moment.astimezone(ZoneInfo(self.zone))

    def start_of(self, day: date) -> datetime:
        """The first moment of *day*, which is also the end of the day before, in UTC."""
        return self.at(day, time(0))

    def end_of(self, day: date) -> datetime:
        """The first moment after *day*, in UTC."""
        return self.at(day + _DAY, time(0))

    def at(self, day: date, clock: time) -> datetime:
        """When the wall clock shows *clock* on *day*, in UTC: the first time, when the clocks go back over it.

        A time that the clocks jump over is as long after midnight as on any other day.
        """
        return datetime.combine(day, clock, tzinfo=ZoneInfo(self.zone)).astimezone(UTC)

    def is_working(self, day: date) -> bool:
        """Whether people work on *day*."""
        return day.weekday() not in self.weekend and day not in self.holidays

    def working_days_after(self, moment: datetime, days: int) -> datetime:
        """The same time of day *days* (1 or more) working days later.

        Time outside working days does not count: from a Saturday, one working day ends with the Monday.
        """
        local = self.local(moment)
        started_outside = not self.is_working(local.date())
        day = local.date()
        for _ in range(days):
            day = self._next_working(day)
        if started_outside:
            return self.start_of(day + _DAY)
        return datetime.combine(day, local.time(), tzinfo=ZoneInfo(self.zone)).astimezone(UTC)

    def working_days_before(self, day: date, days: int) -> date:
        """The date that lies *days* working days before *day* (which itself need not be one)."""
        for _ in range(days):
            day -= _DAY
            while not self.is_working(day):
                day -= _DAY
        return day

    def working_day(self, day: date, number: int) -> date:
        """The *number*-th (1 or more) working day from *day* on; *day* is the first if people work on it."""
        found = self._next_working(day - _DAY)
        for _ in range(number - 1):
            found = self._next_working(found)
        return found

    def _next_working(self, day: date) -> date:
        day += _DAY
        while not self.is_working(day):
            day += _DAY
        return day


UK = Calendar()
"""Monday to Friday in London, without bank holidays: ``UK.with_holidays(bank_holidays.ENGLAND_AND_WALES)`` has them."""


@attrs.frozen(kw_only=True)
class Moments:
    """What a due rule may look at: when the work was found, and the deadlines of its order where it has one."""

    now: datetime = attrs.field(validator=aware)
    order_deadline: datetime | None = attrs.field(default=None, validator=aware_or_none)
    accept_by: datetime | None = attrs.field(default=None, validator=aware_or_none)
    calendar: Calendar = UK


class DueRule(Protocol):
    """When a piece of work is due. ``str`` of a rule says it in words."""

    def due(self, moments: Moments) -> datetime:
        """The moment, in UTC; it may lie in the past."""
        ...


@attrs.frozen
class Within:
    """So long after it was found; zero means at once."""

    span: timedelta = attrs.field(validator=_not_negative)

    def due(self, moments: Moments) -> datetime:
        """Now and the span."""
        return moments.now + self.span

    def __str__(self) -> str:
        return f"within {_told(self.span)}" if self.span else "now"


def _told(span: timedelta) -> str:
    """*span* in hours where it is whole hours, else in minutes, rounded up."""
    minutes = -(-span // timedelta(minutes=1))
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


@attrs.frozen(field_transformer=typed)
class WorkingDays:
    """So many working days after it was found."""

    days: int = attrs.field(validator=whole(least=1))

    def due(self, moments: Moments) -> datetime:
        """The same time of day, that many working days on."""
        return moments.calendar.working_days_after(moments.now, self.days)

    def __str__(self) -> str:
        return f"within {self.days} working day{'' if self.days == 1 else 's'}"


@attrs.frozen
class EndOfDay:
    """By the end of the day on which it was found."""

    def due(self, moments: Moments) -> datetime:
        """Midnight."""
        return moments.calendar.start_of(moments.calendar.local(moments.now).date() + _DAY)

    def __str__(self) -> str:
        return "same day"


@attrs.frozen
class BeforeOrderDeadline:
    """*margin* before the order has to be despatched; *otherwise* where no despatch deadline is known."""

    margin: timedelta = attrs.field(default=timedelta(0), validator=_not_negative)
    otherwise: DueRule = WorkingDays(1)

    def due(self, moments: Moments) -> datetime:
        """The order's deadline less the margin."""
        if moments.order_deadline is None:
            return self.otherwise.due(moments)
        return moments.order_deadline - self.margin

    def __str__(self) -> str:
        before = f"{_told(self.margin)} before" if self.margin else "by"
        return f"{before} the order's despatch deadline (unknown: {self.otherwise})"


@attrs.frozen
class BeforeAcceptance:
    """Before the channel's acceptance window closes; *otherwise* where its end is not known."""

    otherwise: DueRule

    def due(self, moments: Moments) -> datetime:
        """The end of the acceptance window."""
        return self.otherwise.due(moments) if moments.accept_by is None else moments.accept_by

    def __str__(self) -> str:
        return f"by the acceptance deadline (unknown: {self.otherwise})"


@attrs.frozen(field_transformer=typed)
class BeforeMonthEnd:
    """At the end of the day that lies *working_days* (0 or more) working days before the month's last.

    Counted backwards: a holiday that the calendar does not have makes it later, not earlier.
    """

    working_days: int = attrs.field(validator=whole(least=0))

    def due(self, moments: Moments) -> datetime:
        """That day's end; past already in the last days of a month."""
        calendar = moments.calendar
        next_month = (calendar.local(moments.now).date().replace(day=1) + 31 * _DAY).replace(day=1)
        last = calendar.working_days_before(next_month, 1 + self.working_days)
        return calendar.start_of(last + _DAY)

    def __str__(self) -> str:
        return f"{self.working_days} working day{'' if self.working_days == 1 else 's'} before the month ends"


@attrs.frozen
class BeforeVatReturn:
    """Before the next UK VAT return falls due: one month and seven days after a VAT quarter's end."""

    def due(self, moments: Moments) -> datetime:
        """The end of the next such day, today's included."""
        calendar = moments.calendar
        day = calendar.local(moments.now).date()
        # A return is due in the second month after its quarter's last: March's on 7 May.
        months = {(month + 1) % 12 + 1 for month in calendar.vat_quarter_ends}
        while day.day != _VAT_RETURN_DAY or day.month not in months:
            day += _DAY
        return calendar.start_of(day + _DAY)

    def __str__(self) -> str:
        return "before the next VAT return"


@attrs.frozen
class NoDeadline:
    """Nothing is asked of anybody."""

    def due(self, moments: Moments) -> datetime:
        """``NEVER``."""
        return NEVER

    def __str__(self) -> str:
        return "no deadline"
