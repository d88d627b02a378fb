"""Units that are kept back from channels, because what they are told is always a little late.

A buffer must never take more from a larger pool than the pool grew by: ``pool - units(pool)`` never falls as the pool
rises. All buffers here keep that law; a goods receipt can therefore never lower what a channel sees.
"""

import math
from fractions import Fraction
from typing import Protocol

import attrs

from khaos_connectors.core.quantities import per_cent, proportion, whole

__all__ = ["NO_BUFFER", "Buffer", "Fixed", "MaxOf", "Percent"]


class Buffer(Protocol):
    """Anything that says how many units to keep back; ``str()`` of it names it in explanations."""

    def units(self, pool: int, /) -> int:
        """Units (0 or more) to keep back from a *pool* that may be negative."""
        ...


@attrs.frozen
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

    part: Fraction = attrs.field(alias="percent", converter=proportion)

    def units(self, pool: int, /) -> int:
        """The part of *pool*, rounded up; 0 of a pool below 0."""
        return math.ceil(self.part * max(pool, 0))

    def __str__(self) -> str:
        return f"{per_cent(self.part)} of the stock"


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


NO_BUFFER = Fixed(0)
"""Keeps nothing back."""
