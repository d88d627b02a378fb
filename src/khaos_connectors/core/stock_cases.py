"""Stock codes that are no plain number: absent, ended, not counted, below zero, or on offer before they are there."""

from collections.abc import Collection, Mapping
from datetime import date
from enum import Enum

import attrs

from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import typed, whole_numbers
from khaos_connectors.core.ids import ChannelId, StockCode
from khaos_connectors.core.quantities import whole
from khaos_connectors.core.stock import Snapshot, StockFigure

__all__ = [
    "CodeAction",
    "CodeVerdict",
    "DirectRead",
    "NonStockPolicy",
    "PreOrder",
    "PreOrderOffer",
    "judge_code",
    "pre_order_offer",
    "stock_warnings",
]


class DirectRead(Enum):
    """What asking the source for one code alone gave, after a full snapshot came without it."""

    NOT_DONE = "not done"
    FAILED = "failed"
    FOUND = "found"
    GONE = "gone"


class CodeAction(Enum):
    """What to do with the listings of a code.

    COUNT it by its figures; OFFER the fixed quantity of its policy; KEEP what is shown, with nothing new known; ASK the
    source for this code alone, and keep what is shown until then; STOP: show 0 and pause.
    """

    COUNT = "count"
    OFFER = "offer"
    KEEP = "keep"
    ASK = "ask"
    STOP = "stop"


@attrs.frozen(kw_only=True, field_transformer=typed)
class NonStockPolicy:
    """How many eaches to offer of an item that is not counted. There is no magic number: without a policy, none."""

    quantity: int = attrs.field(validator=whole(least=0))


@attrs.frozen(kw_only=True, field_transformer=typed)
class CodeVerdict:
    """What to do with a code, and *why*. *units* (eaches) is given for OFFER and STOP, else None."""

    action: CodeAction
    why: str
    units: int | None = None
    reasons: tuple[Reason, ...] = ()


def judge_code(
    code: StockCode,
    snapshot: Snapshot,
    *,
    direct: DirectRead = DirectRead.NOT_DONE,
    non_stock: NonStockPolicy | None = None,
    blocked: Collection[StockCode] = (),
) -> CodeVerdict:
    """What a fresh *snapshot* says of *code*.

    A discontinued item, and one of *blocked*, stops at once. A code that a delta does not name has not changed. One
    that a full snapshot does not name is not zero: it may be deleted, or a page may have slipped. It stops only once
    the source, asked for it alone, has said that it is gone (*direct*). One that could not be read whole is unknown,
    even if figures of some of its locations came through (``Snapshot.in_parts``).
    """
    figures = [figure for figure in snapshot.figures if figure.stock_code == code]
    if code in blocked or any(figure.discontinued for figure in figures):
        return CodeVerdict(action=CodeAction.STOP, units=0, why=f"{code} is blocked or discontinued")
    if not figures:
        return _absent(code, snapshot, direct)
    if code in snapshot.in_parts():
        came = ", ".join(sorted(figure.location for figure in figures))
        return _unread(code, f"{code} could not be read whole: what came is of {came}")
    if any(figure.stock_controlled for figure in figures):
        return CodeVerdict(action=CodeAction.COUNT, why=f"{code} is counted")
    if non_stock is None:
        why = f"{code} is not counted, and no quantity is set for items without stock control"
        missing = _reason(ExceptionType.CONFIG_MISSING, code, why, {"policy": "NonStockPolicy"})
        return CodeVerdict(action=CodeAction.KEEP, why=why, reasons=(missing,))
    return CodeVerdict(
        action=CodeAction.OFFER, units=non_stock.quantity, why=f"{code} is not counted; its policy's number"
    )


def _absent(code: StockCode, snapshot: Snapshot, direct: DirectRead) -> CodeVerdict:
    if not snapshot.full and code not in snapshot.missing:
        return CodeVerdict(action=CodeAction.KEEP, why=f"{code} is not in the delta: it has not changed")
    if direct is DirectRead.FOUND:
        return CodeVerdict(action=CodeAction.KEEP, why=f"{code} exists, though the snapshot came without it")
    if direct is DirectRead.GONE:
        why = f"{code} is gone: a snapshot came without it, and the source said so when asked"
        gone = _reason(ExceptionType.STOCK_CODE_MISSING, code, why, {"confirmed": "yes"})
        return CodeVerdict(action=CodeAction.STOP, units=0, why=why, reasons=(gone,))
    if not snapshot.complete:
        return _unread(code, f"{code} could not be read")
    why = f"{code} is absent from a full snapshot; asked for alone before it goes to 0"
    evidence = {"as of": snapshot.as_of.isoformat(), "confirmed": "no", "asked": direct.value}
    absent = _reason(ExceptionType.STOCK_CODE_MISSING, code, why, evidence)
    return CodeVerdict(action=CodeAction.ASK, why=why, reasons=(absent,))


def _unread(code: StockCode, why: str) -> CodeVerdict:
    reason = _reason(ExceptionType.STOCK_PARTIAL, code, f"{why}; its listings keep their levels", {})
    return CodeVerdict(action=CodeAction.KEEP, why=why, reasons=(reason,))


def stock_warnings(code: StockCode, figures: Collection[StockFigure], pool: int) -> tuple[Reason, ...]:
    """What people should know of figures that count: physical stock below zero, and a *pool* below zero (oversold)."""
    below = sorted((f.location, f.physical) for f in figures if f.physical is not None and f.physical < 0)
    found: list[Reason] = []
    if below:
        where = ", ".join(f"{location} ({units})" for location, units in below)
        message = f"{code} has physical stock below zero: {where}"
        found.append(_reason(ExceptionType.NEGATIVE_STOCK, code, message, {"locations": where}))
    if pool < 0:
        message = f"{-pool} more of {code} promised than there are"
        found.append(_reason(ExceptionType.OVERSOLD, code, message, {"pool": str(pool)}))
    return tuple(found)


def _reason(kind: ExceptionType, code: StockCode, message: str, evidence: Mapping[str, str]) -> Reason:
    return Reason(type=kind, entity=f"stock:{code}", message=message, evidence={"stock code": code, **evidence})


# --- sold before they are there --------------------------------------------------------------------------------------


def _a_threshold(offer: "PreOrder", _: object, __: date | None) -> None:
    if offer.in_all is None and offer.in_channel is None:
        raise ValueError("in_all or in_channel must be set: a pre-order without any threshold has no end")


@attrs.frozen(kw_only=True, field_transformer=typed)
class PreOrder:
    """An item that is sold before it is there: at most *in_channel* eaches in one channel, *in_all* in all together.

    Its pool is its own and never mixed with physical stock. *available_on* is the day that buyers are promised.
    """

    stock_code: StockCode
    in_all: int | None = attrs.field(default=None, validator=attrs.validators.optional(whole(least=0)))
    in_channel: int | None = attrs.field(default=None, validator=attrs.validators.optional(whole(least=0)))
    available_on: date | None = attrs.field(default=None, validator=_a_threshold)


@attrs.frozen(kw_only=True, field_transformer=typed)
class PreOrderOffer:
    """How many eaches one channel may still pre-sell, with the promised day; 0 with the *reasons* without one."""

    units: int
    available_on: date | None
    why: str
    reasons: tuple[Reason, ...] = ()


def pre_order_offer(
    terms: PreOrder, *, channel: ChannelId, sold: Mapping[ChannelId, int], today: date
) -> PreOrderOffer:
    """What *channel* may offer, where *sold* are the eaches pre-sold per channel so far.

    Nothing is offered without a day to promise, or once that day has come. Raises ValueError for a negative number.
    """
    whole_numbers("sold", sold)
    if any(units < 0 for units in sold.values()):
        raise ValueError(f"sold must be 0 or more in every channel, not {dict(sold)}")
    if terms.available_on is None or terms.available_on <= today:
        day = (
            "no day to promise is set"
            if terms.available_on is None
            else f"the promised day, {terms.available_on}, has come"
        )
        why = f"{terms.stock_code} is on pre-order, and {day}"
        reason = _reason(ExceptionType.CONFIG_MISSING, terms.stock_code, why, {"setting": "available_on"})
        return PreOrderOffer(units=0, available_on=terms.available_on, why=why, reasons=(reason,))
    rooms = [
        (limit - taken, f"{taken} of {limit} sold {where}")
        for limit, taken, where in (
            (terms.in_channel, sold.get(channel, 0), f"in {channel}"),
            (terms.in_all, sum(sold.values()), "in all"),
        )
        if limit is not None
    ]
    room, why = min(rooms)
    return PreOrderOffer(units=max(0, room), available_on=terms.available_on, why=why)
