"""How many chance arrivals to be ready for: the Poisson tail, decided exactly.

Floating point gives the tail to about sixteen digits, which is one unit too few wherever a bound is close. Here every
term is kept between two integers that provably enclose it, and digits are added until the answer is certain.
"""

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import accumulate
from typing import TypeAlias

__all__ = ["cover"]

_FIRST_BITS = 64
_Span: TypeAlias = tuple[int, int]
"""Two integers with the true (scaled) value between them."""


def cover(mean: Fraction, risk: Fraction) -> int:
    """The least number that a Poisson variable of this *mean* exceeds with a probability of at most *risk*.

    *mean* is 0 or more, *risk* above 0 and at most 1; both exact. Takes time that grows with the root of *mean*.
    Raises ValueError outside those ranges.
    """
    if mean < 0:
        raise ValueError(f"mean must be 0 or more, not {mean}")
    if not 0 < risk <= 1:
        raise ValueError(f"risk must be above 0 and at most 1, not {risk}: no number is never exceeded")
    if mean == 0 or risk == 1:
        return 0
    # P(X <= b) is a rational number times e to the power of a rational other than 0, hence irrational: it never equals
    # 1 - risk, so enough digits always tell on which side it is.
    bits = _FIRST_BITS
    while (found := _least(mean, 1 - risk, bits)) is None:
        bits *= 2
    return found


def _least(mean: Fraction, wanted: Fraction, bits: int) -> int | None:
    """The least b with P(X <= b) >= *wanted*, None where *bits* are too few to tell.

    All terms are relative to the largest one, which therefore is exact. Those below 2**-bits of it are not counted
    one by one; what all of them come to is bounded by a geometric series.
    """
    below = list(_falling(mean, bits, up=False))
    above = list(_falling(mean, bits, up=True))
    first = math.floor(mean) - len(below) + 1
    terms = [*reversed(below[1:]), *above]
    under, over = _rest(mean, first, below[-1], up=False), _rest(mean, first + len(terms) - 1, above[-1], up=True)
    least = wanted * sum(term for term, _ in terms)
    # The rest below is left out on both sides: it counts whole for what is reached, and at most whole for the total.
    most = wanted * (sum(term for _, term in terms) + over)
    reached = accumulate(terms, _plus, initial=(0, under))
    # The first number that may be enough: all before it surely are not.
    number, low = next((at, low) for at, (low, high) in enumerate(reached, start=first - 1) if high >= least)
    return number if low >= most else None


def _plus(one: _Span, other: _Span) -> _Span:
    return one[0] + other[0], one[1] + other[1]


def _falling(mean: Fraction, bits: int, *, up: bool) -> Iterator[_Span]:
    """The terms from the largest one outwards, down to 0 or until they are below 2**-bits of it, the last included."""
    scale = 2 * bits + mean.numerator.bit_length()
    term = (1 << scale, 1 << scale)
    number = math.floor(mean)
    yield term
    while (ratio := _ratio(mean, number, up=up)) and term[1] >> (scale - bits):
        term = (term[0] * ratio.numerator // ratio.denominator, -(-term[1] * ratio.numerator // ratio.denominator))
        number += 1 if up else -1
        yield term


def _ratio(mean: Fraction, number: int, *, up: bool) -> Fraction:
    """What the term of *number* is multiplied by to get its neighbour; it shrinks with every step outwards."""
    return mean / (number + 1) if up else number / mean


def _rest(mean: Fraction, number: int, term: _Span, *, up: bool) -> int:
    """At least what all the terms beyond that of *number* come to: a geometric series with its ratio."""
    ratio = _ratio(mean, number, up=up)
    return 0 if ratio == 0 else math.ceil(term[1] * ratio / (1 - ratio))
