"""The budget of calls that several processes share: when each lane of an account is free again. Decisions are pure.

A lane is whatever has a limit of its own with a system, usually one operation. Moments come from those who ask, so
their clocks have to agree as well as the limits are to be kept; what differs by less than a minute only delays.
"""

import math
from datetime import datetime, timedelta
from typing import Protocol

import attrs

__all__ = ["Lane", "Slot", "Slots", "hushed", "quiet_of", "reserved"]

_SET_BACK = timedelta(minutes=1)


@attrs.frozen(kw_only=True)
class Slot:
    """When somebody may call: in *wait* seconds. *quiet* is for how many seconds the system wants no call at all.

    *taken* False: none was taken, because too many others wait; *wait* is when to ask again.
    """

    wait: float
    quiet: float = 0.0
    taken: bool = True


@attrs.frozen(kw_only=True)
class Lane:
    """How one lane of *account* stands: the next slot is at *free*, the system wants no call before *quiet* (None: it
    never asked for quiet). *seen* is the latest moment that anybody has asked at.
    """

    account: str
    lane: str
    seen: datetime
    free: datetime
    quiet: datetime | None = None


class Slots(Protocol):
    """The part of a store that hands out slots, to one after the other, wherever they run."""

    def reserve_slot(
        self, account: str, lane: str, *, at: datetime, spacing: float, patience: float, within: float = math.inf
    ) -> Slot:
        """Take the next free slot of a lane whose slots are *spacing* seconds apart.

        Where the system wants quiet for longer than *patience* seconds, none is taken: the answer's ``quiet`` says so.
        Nor is one that lies more than *within* seconds ahead (after any quiet): who takes a slot may be killed before
        it comes, and nobody else gets it.
        """
        ...

    def hush(self, account: str, lane: str, *, at: datetime, seconds: float) -> None:
        """Hand out no slot of a lane for *seconds*, or for longer where that was asked for before."""
        ...

    def quiet_left(self, account: str, lane: str, *, at: datetime) -> float:
        """For how many seconds no slot of a lane is handed out because somebody asked for quiet; it only looks."""
        ...


def reserved(
    known: Lane | None,
    account: str,
    lane: str,
    *,
    at: datetime,
    spacing: float,
    patience: float,
    within: float = math.inf,
) -> tuple[Lane, Slot]:
    """The lane after a slot was asked for, and the slot."""
    stood = _at(known, account, lane, at)
    quiet = quiet_of(stood, at=at)
    if quiet > patience:
        return stood, Slot(wait=quiet, quiet=quiet)
    slot = max(at, stood.free)
    queue = (slot - at).total_seconds() - quiet
    if queue > within:
        return stood, Slot(wait=quiet + queue - within / 2, quiet=quiet, taken=False)
    moved = attrs.evolve(stood, free=slot + timedelta(seconds=spacing))
    return moved, Slot(wait=(slot - at).total_seconds(), quiet=quiet)


def hushed(known: Lane | None, account: str, lane: str, *, at: datetime, seconds: float) -> Lane:
    """The lane after the system asked for quiet."""
    stood = _at(known, account, lane, at)
    quiet = at + timedelta(seconds=seconds)
    if stood.quiet is not None:
        quiet = max(quiet, stood.quiet)
    return attrs.evolve(stood, quiet=quiet, free=max(stood.free, quiet))


def quiet_of(known: Lane | None, *, at: datetime) -> float:
    """For how many seconds from *at* the system wants no call."""
    return 0.0 if known is None or known.quiet is None else max(0.0, (known.quiet - at).total_seconds())


def _at(known: Lane | None, account: str, lane: str, at: datetime) -> Lane:
    if known is None:
        return Lane(account=account, lane=lane, seen=at, free=at)
    if at >= known.seen - _SET_BACK:
        return attrs.evolve(known, seen=max(known.seen, at))
    # A clock that was set back takes the lane with it: else everybody would wait for the hour to come round again.
    back = known.seen - at
    return attrs.evolve(known, seen=at, free=known.free - back, quiet=known.quiet and known.quiet - back)
