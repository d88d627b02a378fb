"""By when an order has to be despatched, and whether it still will be.

The channel's own deadline comes first; without one, working days are counted with the day of payment as the first.
Days end on the wall clock of the rule's calendar, over clock changes too; every result is in UTC.
"""

from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from fractions import Fraction

import attrs

from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import aware, typed
from khaos_connectors.core.orders import ChannelOrder, OrderState
from khaos_connectors.core.quantities import exact, part_of_whole, per_cent, whole
from khaos_connectors.core.sla import UK, Calendar

__all__ = [
    "DeadlineSource",
    "DespatchDeadline",
    "DespatchRule",
    "NotDue",
    "SlaCheck",
    "SlaPolicy",
    "SlaVerdict",
    "check_sla",
    "despatch_deadline",
]


def _wall_clock(_: object, field: "attrs.Attribute[time | None]", value: time | None) -> None:
    if value is not None and value.tzinfo is not None:
        raise ValueError(
            f"{field.name} must be a time on the calendar's wall clock, without a zone of its own: {value}"
        )


def _before_it_is_due(rule: "DespatchRule", field: "attrs.Attribute[time | None]", due_at: time | None) -> None:
    _wall_clock(rule, field, due_at)
    if rule.working_days == 1 and due_at is not None and rule.cut_off is not None and rule.cut_off > due_at:
        raise ValueError(
            f"cut_off must not be after {field.name} of the only working day, and {rule.cut_off} is after {due_at}"
        )


def _not_negative(_: object, field: "attrs.Attribute[timedelta]", span: timedelta) -> None:
    if span < timedelta(0):
        raise ValueError(f"{field.name} must not be negative: {span}")


@attrs.frozen(kw_only=True, field_transformer=typed)
class DespatchRule:
    """*working_days* to despatch an order, the day of payment being the first; days off do not count.

    An order paid on a day off, or at *cut_off* or later, begins with the next working day. It is due at *due_at* of
    the last day; None is the end of that day. Both are times on the calendar's wall clock. Of a single working day,
    *due_at* is the cut-off where none is set, so that no order is late before it is paid.
    """

    working_days: int = attrs.field(validator=whole(least=1))
    cut_off: time | None = attrs.field(default=None, validator=_wall_clock)
    due_at: time | None = attrs.field(default=None, validator=_before_it_is_due)
    calendar: Calendar = UK

    def first_day(self, paid_at: datetime) -> date:
        """The working day that counts as day 1 of an order paid at *paid_at* (aware)."""
        day = self.calendar.local(paid_at).date()
        ends = [self.cut_off, self.due_at] if self.working_days == 1 else [self.cut_off]
        # Moments are compared, not clock times: when the clocks go back, those come twice, and a cut-off that they jump
        # over when they go forward is after what they show next.
        last_calls = [self.calendar.at(day, end) for end in ends if end is not None]
        late = self.calendar.is_working(day) and any(paid_at >= moment for moment in last_calls)
        return self.calendar.working_day(day, 2 if late else 1)

    def due(self, paid_at: datetime) -> datetime:
        """The deadline of an order paid at *paid_at* (aware), in UTC. At that very moment it is too late."""
        last = self.calendar.working_day(self.first_day(paid_at), self.working_days)
        return self.calendar.end_of(last) if self.due_at is None else self.calendar.at(last, self.due_at)

    def __str__(self) -> str:
        days = f"{self.working_days} working day{'' if self.working_days == 1 else 's'}"
        cut_off = "" if self.cut_off is None else f", cut-off at {_clock(self.cut_off)}"
        due_at = "" if self.due_at is None else f", due at {_clock(self.due_at)}"
        return f"{days} with the day of payment as the first{cut_off}{due_at}"


def _clock(at: time) -> str:
    """*at* to the minute, or as it is where it has seconds."""
    return at.isoformat("auto" if at.second or at.microsecond else "minutes")


class DeadlineSource(Enum):
    """Who set a deadline: the CHANNEL, in the order itself, or our RULE."""

    CHANNEL = "channel"
    RULE = "rule"


@attrs.frozen(kw_only=True, field_transformer=typed)
class DespatchDeadline:
    """An order is to be despatched before *due*; the window runs from *starts_at*. Both in UTC; *why* says how so."""

    starts_at: datetime = attrs.field(validator=aware)
    due: datetime = attrs.field(validator=aware)
    source: DeadlineSource
    why: str


@attrs.frozen(kw_only=True, field_transformer=typed)
class NotDue:
    """No deadline runs, and *why*; *reasons* where somebody has to see to it that one does."""

    why: str
    reasons: tuple[Reason, ...] = ()


_OVER = frozenset({OrderState.CANCELLED, OrderState.REFUSED})


def despatch_deadline(order: ChannelOrder, *, rule: DespatchRule | None = None) -> DespatchDeadline | NotDue:
    """By when *order* has to leave: the channel's own field, else *rule* from the moment of payment.

    Nothing is due of an order that is cancelled or refused, nor, by the rule, of one that is not paid.
    """
    if order.state in _OVER:
        return NotDue(why=f"the order is {order.state.value}")
    if order.ship_by is not None:
        starts_at = order.paid_at or order.accepted_at or order.placed_at
        return DespatchDeadline(
            starts_at=starts_at.astimezone(UTC),
            due=order.ship_by.astimezone(UTC),
            source=DeadlineSource.CHANNEL,
            why="the channel says so",
        )
    if rule is None:
        why = "the channel gives no despatch deadline, and no rule is set for it"
        evidence = {"order": str(order.order_id)}
        reason = Reason(type=ExceptionType.CONFIG_MISSING, entity="despatch rule", message=why, evidence=evidence)
        return NotDue(why=why, reasons=(reason,))
    if order.paid_at is None:
        return NotDue(why="the order is not paid yet")
    return DespatchDeadline(
        starts_at=order.paid_at.astimezone(UTC),
        due=rule.due(order.paid_at),
        source=DeadlineSource.RULE,
        why=str(rule),
    )


@attrs.frozen(kw_only=True)
class SlaPolicy:
    """When to warn: once the part *risk_at* (0 to 1) of the window is over, or *warn_before* the deadline, whichever is
    earlier. A cancellation within *forgiven* of the window's begin is not counted by the marketplace.
    """

    risk_at: Fraction = attrs.field(default=Fraction(3, 4), converter=exact, validator=part_of_whole)
    warn_before: timedelta = attrs.field(default=timedelta(0), validator=_not_negative)
    forgiven: timedelta = attrs.field(default=timedelta(days=3), validator=_not_negative)


_USUAL = SlaPolicy()


class SlaVerdict(Enum):
    """How an order stands against its deadline. The last three are final."""

    IN_TIME = "in time"
    AT_RISK = "at risk"
    BREACHED = "breached"
    KEPT = "kept"
    TOO_LATE = "too late"
    CANCELLED = "cancelled"


@attrs.frozen(kw_only=True, field_transformer=typed)
class SlaCheck:
    """The *verdict*, *why* in a sentence, and *reasons* while something can still be done.

    *risk_from* is when the warning begins (UTC). *counted* is False where the marketplace does not count the order.
    """

    verdict: SlaVerdict
    why: str
    risk_from: datetime = attrs.field(validator=aware)
    counted: bool = True
    reasons: tuple[Reason, ...] = ()


def check_sla(
    order_id: str,
    deadline: DespatchDeadline,
    *,
    now: datetime,
    acknowledged_at: datetime | None = None,
    cancelled_at: datetime | None = None,
    policy: SlaPolicy = _USUAL,
) -> SlaCheck:
    """How *order_id* stands at *now* (aware).

    The timer stops when the *channel* acknowledges that all of the order is despatched (*acknowledged_at*), or when the
    order is cancelled; goods that left without the channel knowing do not stop it. At the deadline itself it is too
    late. Raises ValueError for a naive moment.
    """
    for name, moment in (("now", now), ("acknowledged_at", acknowledged_at), ("cancelled_at", cancelled_at)):
        if moment is not None and moment.tzinfo is None:
            raise ValueError(f"{name} must be aware: {moment.isoformat()} has no time zone")
    risk_from = _risk_from(deadline, policy)
    if acknowledged_at is not None:
        kept = acknowledged_at < deadline.due
        verdict = SlaVerdict.KEPT if kept else SlaVerdict.TOO_LATE
        told = f"the channel acknowledged the despatch {_apart(acknowledged_at, deadline.due)} the deadline"
        return SlaCheck(verdict=verdict, why=told, risk_from=risk_from)
    if cancelled_at is not None:
        counted = cancelled_at - deadline.starts_at > policy.forgiven
        why = "it was cancelled" if counted else "it was cancelled so early that the marketplace does not count it"
        return SlaCheck(verdict=SlaVerdict.CANCELLED, why=why, risk_from=risk_from, counted=counted)
    return _open(order_id, deadline, now, risk_from, policy)


def _open(order_id: str, deadline: DespatchDeadline, now: datetime, risk_from: datetime, policy: SlaPolicy) -> SlaCheck:
    """The check of an order that the channel still waits for."""
    apart = _apart(now, deadline.due)
    if now >= deadline.due:
        verdict, kind = SlaVerdict.BREACHED, ExceptionType.SLA_BREACH
        why = f"the channel knows of no despatch, {apart} the deadline"
    elif now >= risk_from:
        verdict, kind = SlaVerdict.AT_RISK, ExceptionType.SLA_RISK
        limit = f"{per_cent(policy.risk_at)} of the window or {policy.warn_before} before its end"
        why = f"the channel knows of no despatch, {apart} the deadline (warned at {limit})"
    else:
        return SlaCheck(verdict=SlaVerdict.IN_TIME, why=f"it is {apart} the deadline", risk_from=risk_from)
    evidence = {
        "order": order_id,
        "due": deadline.due.isoformat(),
        "starts": deadline.starts_at.isoformat(),
        "deadline by": f"{deadline.source.value}: {deadline.why}",
    }
    reason = Reason(type=kind, entity=order_id, message=f"order {order_id}: {why}", evidence=evidence)
    return SlaCheck(verdict=verdict, why=why, risk_from=risk_from, reasons=(reason,))


def _risk_from(deadline: DespatchDeadline, policy: SlaPolicy) -> datetime:
    window = max(timedelta(0), deadline.due - deadline.starts_at)
    part = window * policy.risk_at.numerator // policy.risk_at.denominator
    return min(deadline.starts_at + part, deadline.due - policy.warn_before)


def _apart(moment: datetime, due: datetime) -> str:
    return f"{due - moment} before" if moment < due else f"{moment - due} after"
