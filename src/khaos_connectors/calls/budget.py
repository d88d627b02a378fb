"""One pace for several processes that use one key: the slots are handed out by a book that all of them reach."""

from datetime import datetime
from typing import Protocol

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do, now
from khaos_connectors.calls.pace import Pacer, Slot, Turn, ahead

__all__ = ["SharedPacer", "SlotBook"]

_TRIES = 3
_PUNCTUAL = 0.05
_LATEST = 0.5


class SlotBook(Protocol):
    """What keeps count for everybody; every store does. Its methods block."""

    def reserve_slot(
        self, account: str, lane: str, *, at: datetime, spacing: float, patience: float, within: float
    ) -> Turn:
        """Take the next free slot of a lane with slots *spacing* seconds apart, unless quiet outlasts *patience* or it
        lies more than *within* seconds ahead.
        """
        ...

    def hush(self, account: str, lane: str, *, at: datetime, seconds: float) -> None:
        """Hand out no slot of a lane for *seconds*."""
        ...

    def quiet_left(self, account: str, lane: str, *, at: datetime) -> float:
        """For how many seconds no slot of a lane is handed out because somebody asked for quiet."""
        ...


class SharedPacer:
    """A ``Pace`` whose count stands in *book*, under *account*, so that all who share the book keep one limit together.

    The limits are those of *pacer*: whoever shares has to configure the same ones. A request for quiet (429 with
    ``Retry-After``) that one process gets holds for all. What *book* raises comes out of the call, before it is sent.
    """

    def __init__(self, pacer: Pacer, book: SlotBook, *, account: str) -> None:
        self._pacer = pacer
        self._book = book
        self._account = account

    def turn(self, operation: str, moment: datetime, *, patience: float) -> Flow[Turn]:
        """See ``Pace.turn``."""
        lane = self._pacer.lane(operation)
        if lane is None:
            return Slot(wait=0.0)
        name, spacing = lane
        own = self._pacer.quiet_lane(operation)
        if own != name:
            quiet = yield from do(self._book.quiet_left, self._account, own, at=moment)
            if quiet > patience:
                return Slot(wait=quiet, quiet=quiet)
            if quiet:
                return (yield from self._slot(own, spacing, moment, patience))
        return (yield from self._slot(name, spacing, moment, patience))

    def _slot(self, name: str, spacing: float, moment: datetime, patience: float) -> Flow[Turn]:
        tries = 0
        while True:
            tries += 1
            turn = yield from do(
                self._book.reserve_slot,
                self._account,
                name,
                at=moment,
                spacing=spacing,
                patience=patience,
                within=ahead(spacing),
            )
            if turn.quiet > patience or not turn.taken:
                return turn
            answered = yield from now()
            left = turn.wait - (answered - moment).total_seconds()
            # While the book was busy the slot may have passed; a call made now would be too near the next one's.
            if left >= -min(spacing * _PUNCTUAL, _LATEST) or tries == _TRIES:
                return Slot(wait=max(0.0, left), quiet=turn.quiet)
            moment = answered

    def quiet_left(self, operation: str, moment: datetime) -> Flow[float]:
        """See ``Pace.quiet_left``."""
        if self._pacer.lane(operation) is None:
            return 0.0
        own = self._pacer.quiet_lane(operation)
        return (yield from do(self._book.quiet_left, self._account, own, at=moment))

    def hush(self, operation: str, moment: datetime, seconds: float) -> Flow[None]:
        """See ``Pace.hush``."""
        if self._pacer.lane(operation) is not None:
            own = self._pacer.quiet_lane(operation)
            yield from do(self._book.hush, self._account, own, at=moment, seconds=seconds)
