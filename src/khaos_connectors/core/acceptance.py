"""Whether the lines of an order that waits for the seller's word are accepted, refused, or left to a person."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Literal

import attrs

from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import exact_amounts, exact_number, typed, whole_numbers
from khaos_connectors.core.ids import ChannelSku, LineId, StockCode
from khaos_connectors.core.orders import ChannelOrder, OrderLine
from khaos_connectors.core.skus import SkuMiss, Target

__all__ = ["Acceptance", "AcceptancePolicy", "LineVerdict", "Verdict", "decide_acceptance"]


class Verdict(Enum):
    """ACCEPT and REFUSE can be told to the channel; HOLD means that a person decides."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    HOLD = "hold"


def _fraction(_: object, field: "attrs.Attribute[Decimal | None]", drop: Decimal | None) -> None:
    if drop is None:
        return
    exact_number(field.name, drop)
    if not 0 <= drop <= 1:
        raise ValueError(f"{field.name}: {drop} is not a part of a price, ten per cent is Decimal('0.10')")


def _not_negative(_: object, field: "attrs.Attribute[int]", units: int) -> None:
    if units < 0:
        raise ValueError(f"{field.name}: {units} units cannot be kept back")


def _no_negatives(
    _: object, field: "attrs.Attribute[Mapping[StockCode, int]]", limits: Mapping[StockCode, int]
) -> None:
    for code, units in limits.items():
        if units < 0:
            raise ValueError(f"{field.name} of {code} must be 0 or more, not {units}")


@attrs.frozen(kw_only=True, field_transformer=typed)
class AcceptancePolicy:
    """What to do with lines that cannot simply be accepted.

    *accept* False leaves every line to a person. *safety* units of each stock code are kept back. A line may cost up
    to *max_price_drop* (a fraction: ``Decimal("0.10")``) less than *expected_prices* says per listing unit, in the
    order's own tax mode; None, or a SKU without an expected price, is not checked, and a rise never blocks.
    *back_order* is how many units of a stock code may be promised beyond what there is; none where it is absent.
    """

    accept: bool = True
    on_shortage: Literal["hold", "refuse"] = "hold"
    on_unmapped: Literal["hold", "refuse"] = "hold"
    on_price_drop: Literal["hold", "refuse"] = "hold"
    safety: int = attrs.field(default=0, validator=_not_negative)
    max_price_drop: Decimal | None = attrs.field(default=None, validator=_fraction)
    expected_prices: Mapping[ChannelSku, Decimal] = attrs.field(
        factory=dict[ChannelSku, Decimal], validator=exact_amounts
    )
    back_order: Mapping[StockCode, int] = attrs.field(factory=dict[StockCode, int], validator=_no_negatives)


@attrs.frozen(kw_only=True, field_transformer=typed)
class LineVerdict:
    """What becomes of one line, and why."""

    line_id: LineId
    verdict: Verdict
    why: str


@attrs.frozen(kw_only=True, field_transformer=typed)
class Acceptance:
    """The verdict on every line that waits; *taken* are the eaches per stock code that the accepted ones use up.

    *reasons* name what a person should know, one per exception type, also for lines that are refused.
    """

    lines: tuple[LineVerdict, ...]
    reasons: tuple[Reason, ...] = ()
    taken: Mapping[StockCode, int] = attrs.field(factory=dict[StockCode, int])

    @property
    def decided(self) -> bool:
        """Whether the channel can be told: no line is on hold. True as well when no line waits."""
        return all(line.verdict is not Verdict.HOLD for line in self.lines)

    @property
    def waits(self) -> bool:
        """Whether any line waits for the seller's word at all."""
        return bool(self.lines)


@attrs.frozen
class _Opinion:
    """A verdict with the exception type behind it (None: nothing to report)."""

    line: OrderLine
    verdict: Verdict
    why: str
    kind: ExceptionType | None = None


def decide_acceptance(
    order: ChannelOrder,
    *,
    targets: Mapping[ChannelSku, Target | SkuMiss],
    free: Mapping[StockCode, int],
    policy: AcceptancePolicy,
    partial: bool = True,
) -> Acceptance:
    """The verdict on each line of *order* that is still demand, in the order's sequence.

    *free* is what may be promised per stock code, with this order's own units counted in; lines of the same stock
    code share it, first come first served. A stock code that is absent from *free* is unknown and never refused, only
    held. With *partial* False the channel takes an order whole or not at all: one line on hold holds all, otherwise one
    refused line refuses all.
    """
    whole_numbers("free", free)
    waiting = [line for line in order.lines if line.state.is_demand and line.open_quantity > 0]
    left = {code: units - policy.safety + policy.back_order.get(code, 0) for code, units in free.items()}
    opinions: list[_Opinion] = []
    taken: dict[StockCode, int] = {}
    for line in waiting:
        target = targets.get(line.sku)
        opinion = _opinion(line, target, left, policy)
        opinions.append(opinion)
        if opinion.verdict is Verdict.ACCEPT and isinstance(target, Target):
            units = line.open_quantity * target.pack
            left[target.stock_code] -= units
            taken[target.stock_code] = taken.get(target.stock_code, 0) + units
    reasons = _reasons(order, opinions)
    verdicts = tuple(LineVerdict(line_id=o.line.line_id, verdict=o.verdict, why=o.why) for o in opinions)
    if partial or all(verdict.verdict is Verdict.ACCEPT for verdict in verdicts):
        return Acceptance(lines=verdicts, reasons=reasons, taken=taken)
    return Acceptance(lines=_together(verdicts), reasons=reasons)


def _opinion(
    line: OrderLine, target: Target | SkuMiss | None, left: Mapping[StockCode, int], policy: AcceptancePolicy
) -> _Opinion:
    if not policy.accept:
        return _Opinion(line, Verdict.HOLD, "acceptance is left to people")
    if not isinstance(target, Target):
        why = f"{line.sku!r} was not looked up" if target is None else _miss(target)
        return _Opinion(line, _verdict(policy.on_unmapped), why, ExceptionType.SKU_UNMAPPED)
    drop = _price_drop(line, policy)
    if drop:
        return _Opinion(line, _verdict(policy.on_price_drop), drop, ExceptionType.PRICE_DROP)
    wanted, code = line.open_quantity * target.pack, target.stock_code
    if code not in left:
        return _Opinion(line, Verdict.HOLD, f"the stock of {code} is not known", ExceptionType.INSUFFICIENT_STOCK)
    if wanted > left[code]:
        why = f"{wanted} of {code} wanted, {max(0, left[code])} left"
        return _Opinion(line, _verdict(policy.on_shortage), why, ExceptionType.INSUFFICIENT_STOCK)
    return _Opinion(line, Verdict.ACCEPT, f"{wanted} of {code} wanted, {left[code]} left")


def _miss(miss: SkuMiss) -> str:
    near = ", ".join(f"{s.stock_code} ({s.why})" for s in miss.suggestions)
    return f"{miss.why}; near: {near}" if near else miss.why


def _verdict(choice: Literal["hold", "refuse"]) -> Verdict:
    return Verdict.HOLD if choice == "hold" else Verdict.REFUSE


def _price_drop(line: OrderLine, policy: AcceptancePolicy) -> str:
    """What is wrong with the price, in words; empty: nothing.

    Half a penny that the channel rounded away is no drop: the limit is per listing unit, rounded down to the penny.
    """
    expected = policy.expected_prices.get(line.sku)
    if policy.max_price_drop is None or expected is None:
        return ""
    # By fractions: the caller's decimal context may keep fewer digits than a price has.
    limit = math.floor(Fraction(expected) * (1 - Fraction(policy.max_price_drop)) * 100)
    if Fraction(line.amount) * 100 >= limit * line.quantity:
        return ""
    return f"{line.quantity} for {line.amount}, expected {expected} each with a drop of at most {policy.max_price_drop}"


def _reasons(order: ChannelOrder, opinions: Sequence[_Opinion]) -> tuple[Reason, ...]:
    kinds = dict.fromkeys(opinion.kind for opinion in opinions if opinion.kind is not None)
    return tuple(_reason(order, kind, [o for o in opinions if o.kind is kind]) for kind in kinds)


def _reason(order: ChannelOrder, kind: ExceptionType, opinions: Sequence[_Opinion]) -> Reason:
    told = "; ".join(f"line {o.line.line_id}: {o.why} ({o.verdict.value})" for o in opinions)
    evidence = {"order": str(order.order_id), **{f"line {o.line.line_id}": f"{o.line.sku}: {o.why}" for o in opinions}}
    return Reason(type=kind, entity=order.order_id, message=f"order {order.order_id}: {told}", evidence=evidence)


def _together(verdicts: Sequence[LineVerdict]) -> tuple[LineVerdict, ...]:
    """All on hold if one is, else all refused: the channel takes the order whole or not at all."""
    strictest = Verdict.HOLD if any(v.verdict is Verdict.HOLD for v in verdicts) else Verdict.REFUSE
    cause = next(v for v in verdicts if v.verdict is strictest)
    why = f"not in part: line {cause.line_id} is to {strictest.value}"
    return tuple(v if v.verdict is strictest else attrs.evolve(v, verdict=strictest, why=why) for v in verdicts)
