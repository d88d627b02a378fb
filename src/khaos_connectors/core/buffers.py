"""Units that are kept back from channels, because what they are told is always a little late.

A buffer must never take more from a larger pool than the pool grew by: ``pool - units(pool)`` never falls as the pool
rises. All buffers here keep that law, and what cannot keep it is refused when it is made; a goods receipt can
therefore never lower what a channel sees. A buffer of your own should keep the law too: nothing can check it for you.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Protocol

import attrs

from khaos_connectors.core.fields import typed, whole_number
from khaos_connectors.core.poisson import cover
from khaos_connectors.core.quantities import ExactNumber, exact, part_of_whole, per_cent, proportion, whole

__all__ = ["NO_BUFFER", "Band", "Buffer", "Fixed", "MaxOf", "Percent", "Risk", "SumOf", "Velocity", "with_sales"]

_HOUR = timedelta(hours=1)


class Buffer(Protocol):
    """Anything that says how many units to keep back; ``str()`` of it names it in explanations."""

    def units(self, pool: int, /) -> int:
        """Units (0 or more) to keep back from a *pool* that may be negative."""
        ...


def _factor(value: ExactNumber) -> Fraction:
    factor = exact(value)
    if factor < 0:
        raise ValueError(f"{value!r} is below 0: a buffer keeps back 0 or more")
    return factor


def _some_time(_: object, field: "attrs.Attribute[timedelta]", value: timedelta) -> None:
    if value <= timedelta(0):
        raise ValueError(f"{field.name} must be longer than no time, not {value}")


@attrs.frozen(field_transformer=typed)
class Fixed:
    """Always the same number of units: ``Fixed(2)``. Raises ValueError below 0."""

    amount: int = attrs.field(alias="units", validator=whole(least=0))

    def units(self, pool: int, /) -> int:
        """The fixed number, however large the *pool*."""
        return self.amount

    def __str__(self) -> str:
        return f"{self.amount} {'unit' if self.amount == 1 else 'units'}"


@attrs.frozen
class Percent:
    """A part of the pool, rounded up, so that what remains is rounded down: ``Percent("10%")``, ``Percent("1/3")``.

    *part* is from 0 to 1 as Fraction, Decimal, int or text; TypeError for ``float``, ValueError outside the range.
    """

    part: Fraction = attrs.field(alias="percent", converter=exact, validator=part_of_whole)

    def units(self, pool: int, /) -> int:
        """The part of *pool*, rounded up; 0 of a pool below 0."""
        whole_number("pool", pool)
        return math.ceil(self.part * max(pool, 0))

    def __str__(self) -> str:
        return f"{per_cent(self.part)} of the stock"


def _as_bands(bands: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    return tuple(bands)


def _bands(_: object, __: object, bands: Sequence[Sequence[int]]) -> None:
    if not bands:
        raise ValueError("bands: at least one band is needed")
    before = (0, 0)
    for number, band in enumerate(bands):
        if len(band) != 2 or any(type(part) is not int for part in band):
            raise TypeError(f"bands: a band is two int, (from, units), not {band!r}")
        start, units = band
        if units < 0 or start < 0:
            raise ValueError(f"bands: {band!r} is below 0")
        if number and start <= before[0]:
            raise ValueError(f"bands must rise: {start} does not come after {before[0]}")
        # The first band may keep what it likes of a pool of 0: what is below 0 counts as that.
        if start and units > before[1] + 1:
            raise ValueError(
                f"bands: at {start - 1}, {before[1]} kept leaves {start - 1 - before[1]}; at {start}, {units} kept "
                f"leaves {start - units}: more stock must not leave less, so a band keeps at most 1 more than the last"
            )
        before = (start, units)


@attrs.frozen(field_transformer=typed)
class Band:
    """A number of units for each size of the pool: ``Band(((0, 2), (50, 3), (100, 0)))`` keeps 2, from 50 on 3, from
    100 on none.

    A band holds from its first number up to the next band. Nothing is kept below the first one; a pool below 0 counts
    as 0. Raises ValueError, naming the step, when a larger pool would leave less than a smaller one (a band that keeps
    two or more above the one before it does), when there is no band, when they do not rise, and below 0.
    """

    bands: tuple[tuple[int, int], ...] = attrs.field(converter=_as_bands, validator=_bands)

    def units(self, pool: int, /) -> int:
        """What the band that *pool* falls into keeps back."""
        whole_number("pool", pool)
        return next((units for start, units in reversed(self.bands) if start <= max(pool, 0)), 0)

    def __str__(self) -> str:
        return ", ".join(f"{units} from {start} on" for start, units in self.bands)


@attrs.frozen(field_transformer=typed)
class Velocity:
    """*factor* times the units that were sold in the last *window*, rounded up: what sells fast needs more room.

    The rule alone, ``Velocity(timedelta(hours=1), "1.5")``, knows no sales yet: ``counting`` gives the buffer of one
    stock code. *factor* is exact (Fraction, Decimal, int, text), 0 or more. Raises ValueError below 0 and for a window
    that is no time, TypeError for ``float``.
    """

    window: timedelta = attrs.field(validator=_some_time)
    factor: Fraction = attrs.field(default=Fraction(1), converter=_factor)
    sold: int | None = attrs.field(default=None, validator=attrs.validators.optional(whole(least=0)))

    def counting(self, sales: Iterable[tuple[datetime, int]], *, now: datetime) -> "Velocity":
        """The rule with the *sales* (when, eaches) of one stock code counted: those after *now* less the window.

        A sale that is later than *now* by another clock counts too. Raises ValueError for times without a time zone
        and for negative units.
        """
        sold = 0
        for when, units in [(now, 0), *sales]:
            if when.tzinfo is None:
                raise ValueError(f"{when.isoformat()} has no time zone")
            whole_number("units", units)
            if units < 0:
                raise ValueError(f"{units} units cannot have been sold")
            sold += units if when > now - self.window else 0
        return attrs.evolve(self, sold=sold)

    def units(self, pool: int, /) -> int:
        """What was sold times the factor, rounded up, whatever the *pool*.

        Raises ValueError while the sales are not known: unknown is not zero.
        """
        if self.sold is None:
            raise ValueError(f"the sales of the last {self.window} are unknown: count them with counting(sales, now=…)")
        return math.ceil(self.factor * self.sold)

    def __str__(self) -> str:
        sold = "what was" if self.sold is None else str(self.sold)
        return f"{self.factor} x {sold} sold in the last {self.window}"


def _latency(value: timedelta) -> timedelta:
    if value < timedelta(0):
        raise ValueError(f"latency must be 0 or more, not {value}")
    return value


def _some_risk(value: ExactNumber) -> Fraction:
    risk = proportion(value)
    if risk == 0:
        raise ValueError("risk must be above 0: no number of units is never exceeded")
    return risk


def _needed(rule: "Risk") -> int:
    return cover(rule.mean, rule.risk)


@attrs.frozen
class Risk:
    """The least number of units that chance sales exceed, while a channel does not know of them, with at most *risk*.

    ``Risk(6, timedelta(minutes=15), "5%")``: six an hour, news that takes a quarter of an hour. Sales are taken to
    come by chance (Poisson) at *rate_per_hour*; *latency* is the time between two order polls plus computing, pushing
    and the channel's own time to apply a push. The tail is decided exactly, never by floating point. Rate and risk are
    Fraction, Decimal, int or text. Raises ValueError for a rate or latency below 0 and for a risk of 0 or above 1,
    TypeError for ``float``.
    """

    rate_per_hour: Fraction = attrs.field(converter=_factor)
    latency: timedelta = attrs.field(converter=_latency)
    risk: Fraction = attrs.field(converter=_some_risk)
    # Found once, when the rule is made: it depends on nothing else.
    _needed: int = attrs.field(init=False, repr=False, eq=False, default=attrs.Factory(_needed, takes_self=True))

    @property
    def mean(self) -> Fraction:
        """The sales to expect within the latency, exactly."""
        microsecond = timedelta(microseconds=1)
        return self.rate_per_hour * Fraction(self.latency // microsecond, _HOUR // microsecond)

    def units(self, pool: int, /) -> int:
        """The same number for every *pool*: chance sales do not depend on it."""
        return self._needed

    def __str__(self) -> str:
        return f"{self.rate_per_hour} sales an hour for {self.latency} at a risk of {per_cent(self.risk)}"


@attrs.frozen(init=False)
class MaxOf:
    """The largest of several buffers: ``MaxOf(Fixed(2), Percent("10%"))``. Raises ValueError without any."""

    parts: tuple[Buffer, ...]

    def __init__(self, *buffers: Buffer) -> None:
        if not buffers:
            raise ValueError("MaxOf needs at least one buffer")
        object.__setattr__(self, "parts", buffers)

    def units(self, pool: int, /) -> int:
        """The most that any of the buffers keeps back of *pool*."""
        return max(buffer.units(pool) for buffer in self.parts)

    def __str__(self) -> str:
        return f"the larger of {' and '.join(str(buffer) for buffer in self.parts)}"


@attrs.frozen(init=False)
class SumOf:
    """Several buffers together: ``SumOf(Fixed(2), Percent("10%"))``. Raises ValueError without any.

    The exact parts are added and the sum is rounded up once. Rounding up each part would break the law of buffers: of
    two times 30 %, a pool of 10 would leave 4 and a pool of 11 only 3. A sum can break it in two more ways, and is
    refused for them: percentages that come to more than all of the stock, and a band that begins where the other
    parts grow too; the step is named.
    """

    parts: tuple[Buffer, ...]

    def __init__(self, *buffers: Buffer) -> None:
        if not buffers:
            raise ValueError("SumOf needs at least one buffer")
        object.__setattr__(self, "parts", buffers)
        if _growth(self) > 1:
            raise ValueError(f"SumOf: the parts keep back {per_cent(_growth(self))} of the stock, more than there is")
        # Sales that are not counted yet may count as none: they only ever make the steps of the other parts smaller.
        parts = [_each_velocity(part, _unsold) for part in buffers]
        for large in sorted(set(_steps(self))):
            small = large - 1
            kept, more = _together(parts, small), _together(parts, large)
            if large - more < small - kept:
                raise ValueError(
                    f"SumOf: at {small}, {kept} kept leaves {small - kept}; at {large}, {more} kept leaves "
                    f"{large - more}: more stock must not leave less"
                )

    def units(self, pool: int, /) -> int:
        """What all the buffers keep back of *pool* together, rounded up once."""
        whole_number("pool", pool)
        return _together(self.parts, pool)

    def __str__(self) -> str:
        return " plus ".join(str(buffer) for buffer in self.parts)


def with_sales(buffer: Buffer, sales: Iterable[tuple[datetime, int]], *, now: datetime) -> Buffer:
    """*buffer* with the *sales* of one stock code counted in every ``Velocity`` that it is made of.

    For rules that stand in a configuration and hold for many stock codes. Raises as ``Velocity.counting`` does.
    """
    found = list(sales)
    return _each_velocity(buffer, lambda rule: rule.counting(found, now=now))


def _each_velocity(buffer: Buffer, change: Callable[[Velocity], Velocity]) -> Buffer:
    match buffer:
        case Velocity():
            return change(buffer)
        case MaxOf() | SumOf():
            return type(buffer)(*(_each_velocity(part, change) for part in buffer.parts))
        case _:
            return buffer


def _unsold(rule: Velocity) -> Velocity:
    return attrs.evolve(rule, sold=0)


def _together(buffers: Iterable[Buffer], pool: int) -> int:
    return math.ceil(sum(_unrounded(buffer, pool) for buffer in buffers))


def _unrounded(buffer: Buffer, pool: int) -> Fraction:
    """What a buffer keeps back before it rounds."""
    match buffer:
        case Percent():
            return buffer.part * max(pool, 0)
        case MaxOf():
            return max(_unrounded(part, pool) for part in buffer.parts)
        case SumOf():
            return sum((_unrounded(part, pool) for part in buffer.parts), Fraction(0))
        case _:
            return Fraction(buffer.units(pool))


def _growth(buffer: Buffer) -> Fraction:
    """How much more a buffer keeps back, in the end, for each unit by which the pool rises."""
    match buffer:
        case Percent():
            return buffer.part
        case MaxOf():
            return max(_growth(part) for part in buffer.parts)
        case SumOf():
            return sum((_growth(part) for part in buffer.parts), Fraction(0))
        case _:
            return Fraction(0)


def _steps(buffer: Buffer) -> list[int]:
    """The pools at which a buffer keeps back suddenly more or less."""
    match buffer:
        case Band():
            return [start for start, _ in buffer.bands]
        case MaxOf() | SumOf():
            return [start for part in buffer.parts for start in _steps(part)]
        case _:
            return []


NO_BUFFER = Fixed(0)
"""Keeps nothing back."""
