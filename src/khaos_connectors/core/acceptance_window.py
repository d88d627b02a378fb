"""Acceptance against the clock: a line on hold must not let the channel's deadline decide for us."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

import attrs

from khaos_connectors.core.acceptance import Acceptance, LineVerdict, Verdict
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import aware_or_none, typed
from khaos_connectors.core.ids import ChannelSku, StockCode
from khaos_connectors.core.orders import ChannelOrder
from khaos_connectors.core.skus import SkuMiss, Target

__all__ = ["TimedAcceptance", "WindowPolicy", "settle_by_deadline"]


def _not_negative(_: object, field: "attrs.Attribute[timedelta]", span: timedelta) -> None:
    if span < timedelta(0):
        raise ValueError(f"{field.name} must not be negative: {span}")


def _before_warning(policy: "WindowPolicy", field: "attrs.Attribute[timedelta]", span: timedelta) -> None:
    if span > policy.warn_before:
        raise ValueError(f"{field.name} must not be longer than warn_before ({policy.warn_before}): people come first")


@attrs.frozen(kw_only=True, field_transformer=typed)
class WindowPolicy:
    """What happens to lines on hold as the window closes.

    *warn_before* its end a person is told; *act_before* its end, *on_deadline* decides for them: accept the lines,
    refuse them, or leave them to the channel (which usually refuses the order). *window* is the usual length where the
    channel does not tell the end: counted from when the order was placed; None: no end is known.
    """

    warn_before: timedelta = attrs.field(default=timedelta(hours=4), validator=_not_negative)
    act_before: timedelta = attrs.field(default=timedelta(minutes=30), validator=[_not_negative, _before_warning])
    on_deadline: Literal["accept", "refuse", "hold"] = attrs.field(
        default="hold", validator=attrs.validators.in_(("accept", "refuse", "hold"))
    )
    window: timedelta | None = attrs.field(default=None, validator=attrs.validators.optional(_not_negative))


@attrs.frozen(kw_only=True, field_transformer=typed)
class TimedAcceptance:
    """The verdicts as they stand at this moment, *why*, and the end of the window (None: not known).

    *expired*: the window has closed, so nothing is told to the channel any more: read what it did with the order.
    """

    acceptance: Acceptance
    why: str
    accept_by: datetime | None = attrs.field(default=None, validator=aware_or_none)
    expired: bool = False


def settle_by_deadline(
    order: ChannelOrder,
    acceptance: Acceptance,
    *,
    targets: Mapping[ChannelSku, Target | SkuMiss],
    now: datetime,
    policy: WindowPolicy,
) -> TimedAcceptance:
    """*acceptance* of *order* at *now*: its lines on hold are warned about, then decided, before the window closes.

    Adds ``ACCEPTANCE_RISK`` from *warn_before* on while a line is on hold (also when the policy decides it: somebody
    should know), and ``ACCEPTANCE_EXPIRED`` once the window has closed over lines that wait. Raises ValueError for a
    naive *now*.
    """
    if now.tzinfo is None:
        raise ValueError(f"now has no time zone: {now.isoformat()}; a moment must be aware")
    ends = order.accept_by
    if ends is None and policy.window is not None:
        ends = order.placed_at + policy.window
    if not acceptance.waits:
        return TimedAcceptance(acceptance=acceptance, why="no line waits for an answer", accept_by=ends)
    if ends is None:
        return TimedAcceptance(acceptance=acceptance, why="the end of the acceptance window is not known")
    if now >= ends:
        why = f"the window closed at {ends.isoformat()}"
        late = _told(order, acceptance, ExceptionType.ACCEPTANCE_EXPIRED, ends, why)
        return TimedAcceptance(acceptance=late, why=why, accept_by=ends, expired=True)
    if acceptance.decided:
        return TimedAcceptance(acceptance=acceptance, why="every line is decided", accept_by=ends)
    if now < ends - policy.warn_before:
        return TimedAcceptance(acceptance=acceptance, why="there is time for a person to decide", accept_by=ends)
    if policy.on_deadline == "hold" or now < ends - policy.act_before:
        why = f"lines on hold, and the window closes at {ends.isoformat()}"
        return TimedAcceptance(
            acceptance=_told(order, acceptance, ExceptionType.ACCEPTANCE_RISK, ends, why), why=why, accept_by=ends
        )
    verdict = Verdict.ACCEPT if policy.on_deadline == "accept" else Verdict.REFUSE
    why = f"nobody decided before the window closes at {ends.isoformat()}: {verdict.value}, as the policy says"
    decided = _decided(order, acceptance, verdict, why, targets)
    return TimedAcceptance(
        acceptance=_told(order, decided, ExceptionType.ACCEPTANCE_RISK, ends, why), why=why, accept_by=ends
    )


def _decided(
    order: ChannelOrder,
    acceptance: Acceptance,
    verdict: Verdict,
    why: str,
    targets: Mapping[ChannelSku, Target | SkuMiss],
) -> Acceptance:
    """Lines on hold get *verdict*; what they take up is counted where their SKU leads to a stock code."""
    lines = tuple(
        LineVerdict(line_id=line.line_id, verdict=verdict, why=f"{why} ({line.why})") if _on_hold(line) else line
        for line in acceptance.lines
    )
    taken: dict[StockCode, int] = dict(acceptance.taken)
    accepted = {line.line_id for line in acceptance.lines if _on_hold(line) and verdict is Verdict.ACCEPT}
    for line in order.lines:
        target = targets.get(line.sku)
        if line.line_id in accepted and isinstance(target, Target):
            taken[target.stock_code] = taken.get(target.stock_code, 0) + line.open_quantity * target.pack
    return attrs.evolve(acceptance, lines=lines, taken=taken)


def _on_hold(line: LineVerdict) -> bool:
    return line.verdict is Verdict.HOLD


def _told(order: ChannelOrder, acceptance: Acceptance, kind: ExceptionType, ends: datetime, why: str) -> Acceptance:
    lines = {f"line {line.line_id}": f"{line.verdict.value}: {line.why}" for line in acceptance.lines}
    reason = Reason(
        type=kind,
        entity=order.order_id,
        message=f"order {order.order_id}: {why}",
        evidence={"order": order.order_id, "accept by": ends.isoformat(), **lines},
    )
    return attrs.evolve(acceptance, reasons=(*acceptance.reasons, reason))
