"""Whole packs out of single units."""

from collections.abc import Sequence
from math import gcd

__all__ = ["fill_packs"]


def fill_packs(units: int, lines: Sequence[tuple[int, int]]) -> tuple[int, ...] | None:
    """How many packs of each line take exactly *units* eaches; None if no choice of packs does.

    Lines are given as (pack size, most packs); earlier lines are filled first.
    """
    if not lines:
        return () if units == 0 else None
    (pack, room), rest = lines[0], lines[1:]
    if units > sum(size * most for size, most in lines) or units % gcd(*(size for size, _ in lines)):
        return None
    for packs in range(min(room, units // pack), -1, -1):
        others = fill_packs(units - packs * pack, rest)
        if others is not None:
            return (packs, *others)
    return None
