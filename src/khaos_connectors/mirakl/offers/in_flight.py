"""Which row of each SKU is the newest among the pushes that are under way.

Two pushes of one SKU may run at once, and the older one may be the last to reach Mirakl: it waited for its turn, was
told to come back, or was sent again after a lost answer. The older row must not have the last word.
"""

from collections import deque
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Generic, TypeVar

import attrs

from khaos_connectors.core.ids import ChannelSku

__all__ = ["InFlight", "Turn"]

R = TypeVar("R")

_REMEMBERED = 500
"""So many of the last imports are told from new ones."""


@attrs.define(eq=False)
class Turn(Generic[R]):
    """The place of one push among those under way. *unsettled*: the SKUs of which it does not know the fate."""

    shared: "InFlight[R]"
    rows: Sequence[R] = ()
    unsettled: Collection[ChannelSku] | None = None
    done: bool = False
    _index: Mapping[ChannelSku, R] | None = None

    def fill(self, rows: Sequence[R]) -> None:
        """Say what is pushed: *rows*, each with what an older one of its SKU changes and that may not show yet."""
        self.rows = self.shared.with_older(self, rows)
        self._index = None

    def row(self, sku: ChannelSku) -> R | None:
        """Its row of *sku*, None where it has none."""
        if self._index is None:  # few pushes are ever asked: those that began while another was under way
            self._index = {self.shared.sku(row): row for row in self.rows}
        return self._index.get(sku)

    def newer(self, sku: ChannelSku) -> R | None:
        """The row of *sku* of the last push that began after this one, None where there is none."""
        return self.shared.newer(self, sku)


class InFlight(Generic[R]):
    """The pushes of one kind of rows to one account, in this process.

    *combined* makes one row of an older and a newer one of a SKU; without it the newer one takes the older one's place.
    It is asked as long as the older row's fate is not known, after the end of its push too: what it changed may not
    show yet where offers are read.
    """

    def __init__(self, sku: Callable[[R], ChannelSku], combined: Callable[[R, R], R] | None = None) -> None:
        self.sku = sku
        self._combined = combined
        self._turns: list[Turn[R]] = []
        self._unsettled: dict[ChannelSku, R] = {}
        self._tickets: deque[str] = deque(maxlen=_REMEMBERED)
        self._lock = Lock()

    @contextmanager
    def turn(self) -> Generator[Turn[R], None, None]:
        """A place behind all pushes that began before, for as long as the context lasts."""
        made = Turn(self)
        with self._lock:
            self._turns.append(made)
        try:
            yield made
        finally:
            self._end(made)

    def with_older(self, turn: Turn[R], rows: Sequence[R]) -> Sequence[R]:
        """*rows* of *turn*, each made one with the older row of its SKU whose fate is not known."""
        combined = self._combined
        if combined is None:
            return rows
        with self._lock:
            before = self._turns[: self._turns.index(turn)]
            open_still = [each for each in reversed(before) if not each.done]
        found: list[R] = []
        for row in rows:
            sku = self.sku(row)
            under_way = (each.row(sku) for each in open_still)
            older = next((each for each in under_way if each is not None), self._unsettled.get(sku))
            found.append(row if older is None else combined(older, row))
        return found

    def is_stale(self, ticket: str) -> bool:
        """Note that a file became the import *ticket*; whether it did so before, and other files came in between."""
        with self._lock:
            stale = ticket in self._tickets and ticket != self._tickets[-1]
            if not stale:
                self._tickets.append(ticket)
            return stale

    def newer(self, turn: Turn[R], sku: ChannelSku) -> R | None:
        """The row of *sku* of the last push that began after *turn*, None where there is none."""
        for later in reversed(self._turns[:]):
            if later is turn:
                return None
            row = later.row(sku)
            if row is not None:
                return row
        return None

    def _end(self, turn: Turn[R]) -> None:
        with self._lock:
            turn.done = True
            if self._combined is not None:
                open_still = None if turn.unsettled is None else frozenset(turn.unsettled)
                for row in turn.rows:
                    sku = self.sku(row)
                    if open_still is None or sku in open_still:
                        self._unsettled[sku] = row
                    else:
                        self._unsettled.pop(sku, None)
            # One that ended is needed as long as an older one may still be on its way.
            while self._turns and self._turns[0].done:
                del self._turns[0]
