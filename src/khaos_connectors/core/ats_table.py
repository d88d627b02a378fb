"""Available to sell for a whole catalogue: the same answers as ``availability``, looked up where they were worked out.

What a listing shows depends on the pool and its policy alone, and pools are small numbers: so each policy is worked out
once per pool, and a stock code costs three attributes and a look-up. ``availability.available_to_sell`` stays the
truth; it is what the table is filled from, and what explains a figure.
"""

from collections.abc import Iterator, Mapping, Sequence

from khaos_connectors.core.availability import ListingPolicy, available_to_sell
from khaos_connectors.core.fields import whole_number
from khaos_connectors.core.ids import ChannelId
from khaos_connectors.core.stock import CommitmentBasis, StockFigure, pool

__all__ = ["AtsTable"]

_USUAL_DEBT = 256


class AtsTable:
    """What every channel may show for every pool, worked out on first use.

    *policies* is by channel; ``channels`` keeps its order, and so does each row. Pools up to *largest* are kept in the
    table, larger ones are worked out each time. The policies' buffers must depend on the pool alone (all of
    ``buffers`` do). Shares (``allocation``) do not fit in here: they depend on the other channels.

    Raises ValueError without a channel or for a *largest* below 1.
    """

    def __init__(self, policies: Mapping[ChannelId, ListingPolicy], *, largest: int = 4096) -> None:
        if not policies:
            raise ValueError("policies: at least one channel is needed")
        if largest < 1:
            raise ValueError(f"largest: must be at least 1, not {largest}")
        self.channels = tuple(policies)
        self._policies = tuple(policies.values())
        # A list's negative indices stand for debts: rows[-3] is the row of a pool of -3. Beyond the deepest back-order
        # limit every debt shows the same; the tail is longer only so that debts are seldom an exception.
        self._deepest = max(_USUAL_DEBT, 1 + max(policy.backorder_limit for policy in self._policies))
        self._largest = largest
        tail = range(-self._deepest, 0)
        self._rows = [self._worked_out(units) for units in (*range(largest + 1), *tail)]

    def _worked_out(self, units: int) -> tuple[int, ...]:
        return tuple(available_to_sell(units, policy=policy).value for policy in self._policies)

    def levels(self, units: int) -> tuple[int, ...]:
        """What each channel may show of a pool of *units* (signed, eaches), in the order of ``channels``."""
        whole_number("units", units)
        if units > self._largest:
            return self._worked_out(units)
        return self._rows[max(units, -self._deepest)]

    def pools(self, figures: Sequence[StockFigure]) -> list[int]:
        """The pool of each figure on basis AVAILABLE, one location per stock code: available less back order and held.

        Raises ValueError where a figure does not tell what is available.
        """
        try:
            # ``available`` may be None: then the subtraction fails, and ``pool`` says so.
            return [one.available - one.back_order - one.held for one in figures]  # type: ignore[operator]  # see above
        except TypeError:
            return [pool([one], basis=CommitmentBasis.AVAILABLE) for one in figures]

    def table(self, figures: Sequence[StockFigure]) -> list[tuple[int, ...]]:
        """The levels of every figure, in their order (see ``pools`` for what a figure has to be)."""
        pools = self.pools(figures)
        if not pools:
            return []
        if min(pools) < -self._deepest or max(pools) > self._largest:
            return [self.levels(units) for units in pools]
        rows = self._rows
        return [rows[units] for units in pools]

    def changes(self, before: Sequence[int], now: Sequence[int]) -> Iterator[tuple[int, tuple[int, ...]]]:
        """The place and the new levels of every pool that is no longer what it was; an unchanged one is one comparison.

        Both are as ``pools`` gave them, for the same figures in the same order; ValueError if their lengths differ.
        """
        for place, (old, new) in enumerate(zip(before, now, strict=True)):
            if old != new:
                yield place, self.levels(new)
