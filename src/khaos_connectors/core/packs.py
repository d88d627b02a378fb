"""Whole packs out of single units, and units per stock code set against each other."""

from collections.abc import Mapping, Sequence
from math import gcd

from khaos_connectors.core.fields import whole_number
from khaos_connectors.core.ids import StockCode

__all__ = ["exceeds", "fill_packs", "less"]


def fill_packs(units: int, lines: Sequence[tuple[int, int]]) -> tuple[int, ...] | None:
    """How many packs of each line take exactly *units* eaches; None if no choice of packs does.

    Lines are given as (pack size, most packs); earlier lines are filled first. Raises TypeError when *units* is not an
    int.
    """
    whole_number("units", units)
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


def less(units: Mapping[StockCode, int], taken: Mapping[StockCode, int]) -> dict[StockCode, int]:
    """What is left of *units* without *taken*; codes of which nothing is left are dropped."""
    rest = {code: count - taken.get(code, 0) for code, count in units.items()}
    return {code: count for code, count in rest.items() if count}


def exceeds(units: Mapping[StockCode, int], limit: Mapping[StockCode, int]) -> bool:
    """Whether there is more of any code in *units* than in *limit*."""
    return any(count > limit.get(code, 0) for code, count in units.items())
