"""Exact numbers: what may stand for a proportion or a count, and how a whole is divided without losing a unit.

``float`` is refused everywhere: ``0.1 * 30`` is not 3, and a buffer that is one unit short oversells.
"""

import math
from collections.abc import Callable, Sequence
from decimal import Context, Decimal
from fractions import Fraction
from typing import TypeAlias

import attrs

from khaos_connectors.core.fields import whole_number

__all__ = ["ExactNumber", "exact", "largest_remainder", "part_of_whole", "per_cent", "proportion", "whole"]

ExactNumber: TypeAlias = int | Fraction | Decimal | str
"""What is read as an exact number: ``3``, ``Fraction(1, 3)``, ``Decimal("0.1")``, ``"0.1"``, ``"1/3"`` or ``"10%"``."""


def exact(value: ExactNumber) -> Fraction:
    """*value* as the fraction that it says, digit by digit.

    Raises TypeError for ``float`` and ``bool``, ValueError for text that is no number and for NaN or infinity.
    """
    if isinstance(value, (bool, float)):
        raise TypeError(f"{value!r} is a {type(value).__name__}: write it as Decimal, Fraction, int or str to be exact")
    try:
        if isinstance(value, str) and value.rstrip().endswith("%"):
            return Fraction(value.rstrip()[:-1].strip()) / 100
        return Fraction(value)
    except (ValueError, OverflowError, ZeroDivisionError) as problem:
        raise ValueError(f"{value!r} is not a finite number") from problem


def proportion(value: ExactNumber) -> Fraction:
    """*value* as a part of a whole, from 0 to 1; ten per cent is ``"10%"``, ``"0.1"`` or ``Fraction(1, 10)``.

    Raises ValueError outside that range, so that a plain ``10`` is not taken for ten times the stock.
    """
    part = exact(value)
    if not 0 <= part <= 1:
        raise ValueError(f'{value!r} is not between 0 and 1: write ten per cent as "10%" or Fraction(1, 10)')
    return part


def part_of_whole(_: object, field: "attrs.Attribute[Fraction]", part: Fraction) -> None:
    """An attrs validator behind the converter ``exact``: the field is a part of a whole, see ``proportion``."""
    if not 0 <= part <= 1:
        name = field.alias or field.name
        raise ValueError(f'{name}: {part} is not between 0 and 1, write ten per cent as "10%" or Fraction(1, 10)')


def per_cent(part: Fraction) -> str:
    """*part* for people: ``"12.5 %"``, or the fraction itself (``"1/3"``) where no decimal number says it exactly."""
    hundredths = part * 100
    context = Context(prec=12)  # not the caller's, which may keep fewer digits than there are
    number = context.divide(Decimal(hundredths.numerator), Decimal(hundredths.denominator))
    return f"{context.normalize(number):f} %" if Fraction(number) == hundredths else str(part)


def whole(*, least: int) -> Callable[[object, "attrs.Attribute[int]", int], None]:
    """An attrs validator: the field is an ``int`` (no ``bool``, no ``float``) and not below *least*."""

    def check(_: object, field: "attrs.Attribute[int]", value: int) -> None:
        if type(value) is int and value >= least:
            return
        name = field.alias or field.name
        whole_number(name, value)
        raise ValueError(f"{name} must be {least} or more, not {value}")

    return check


def largest_remainder(total: int, weights: Sequence[ExactNumber]) -> tuple[int, ...]:
    """*total* divided in proportion to *weights*: each part within one of its exact share, the sum exactly *total*.

    What the rounding down leaves goes, one each, to the parts with the largest remainders; equal remainders by
    position. A negative *total* is divided like its opposite. Raises ValueError when a weight is negative or all are 0,
    TypeError when *total* is not an int.
    """
    whole_number("total", total)
    shares = [exact(weight) for weight in weights]
    if any(share < 0 for share in shares):
        raise ValueError(f"a weight is negative: {list(weights)}")
    of_all = sum(shares)
    if of_all == 0:
        raise ValueError(f"nothing to divide by: the weights {list(weights)} add up to 0")
    ideal = [abs(total) * share / of_all for share in shares]
    parts = [math.floor(part) for part in ideal]
    left = abs(total) - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda position: parts[position] - ideal[position])
    for position in by_remainder[:left]:
        parts[position] += 1
    return tuple(parts) if total >= 0 else tuple(-part for part in parts)
