"""Gathering changes of stock until it is time to push: of each SKU only the newest level goes out. Pure.

Mirakl takes one file a minute and recommends one every five: a change that is pushed at once keeps the next waiting.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import attrs

from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.protocols import StockLevel, StockReceipt

__all__ = ["Gathered"]


@attrs.frozen(kw_only=True)
class Gathered:
    """The levels that wait, and since when. Values are frozen: each method gives the next state.

    *window* is how long a change may wait for others (0: not at all), *most* how many SKUs may wait before it is time
    anyway (None: no such bound).
    """

    window: timedelta = timedelta(minutes=5)
    most: int | None = None
    levels: tuple[StockLevel, ...] = ()
    since: datetime | None = None

    def with_levels(self, levels: Iterable[StockLevel], now: datetime) -> "Gathered":
        """These levels as well: a newer one of a SKU takes the place of the older one, which is never pushed."""
        found = {level.sku: level for level in (*self.levels, *levels)}
        if not found:
            return self
        return attrs.evolve(self, levels=tuple(found.values()), since=self.since or now)

    def is_due(self, now: datetime) -> bool:
        """Whether it is time to push what waits."""
        if self.since is None:
            return False
        return now - self.since >= self.window or (self.most is not None and len(self.levels) >= self.most)

    def without(self, pushed: Iterable[StockLevel], now: datetime) -> "Gathered":
        """What still waits after *pushed* went out: levels that came meanwhile, whose wait begins anew."""
        gone: dict[ChannelSku, StockLevel] = {level.sku: level for level in pushed}
        if not gone:
            return self
        left = tuple(level for level in self.levels if gone.get(level.sku) != level)
        return attrs.evolve(self, levels=left, since=now if left else None)

    def after(self, pushed: Iterable[StockLevel], receipt: StockReceipt, now: datetime) -> "Gathered":
        """What still waits after a push of *pushed* ended with *receipt*: what came meanwhile, and what is pending."""
        pending = frozenset(receipt.pending)
        return self.without([level for level in pushed if level.sku not in pending], now)
