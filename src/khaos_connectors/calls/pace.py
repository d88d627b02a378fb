"""Even spacing of calls, so that a system's published limits are never met head-on."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

import attrs

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import now as present
from khaos_connectors.calls.flows import sleep
from khaos_connectors.errors import ConfigError

__all__ = ["Limit", "Pace", "Pacer", "Slot", "Turn", "ahead", "turn_come"]

_AHEAD = 300.0
_SAME = 1.0


class Turn(Protocol):
    """When a call may be made: in *wait* seconds. *quiet*: for so many seconds the system wants none at all."""

    @property
    def wait(self) -> float:
        """Seconds until the slot that was taken, or until it is worth asking again where none was."""
        ...

    @property
    def taken(self) -> bool:
        """Whether a slot was taken; none is while too many others wait."""
        ...

    @property
    def quiet(self) -> float:
        """Seconds for which the system asked for quiet."""
        ...


@attrs.frozen(kw_only=True)
class Slot:
    """A ``Turn`` as a value."""

    wait: float
    quiet: float = 0.0
    taken: bool = True


class Pace(Protocol):
    """What spaces the calls of one account, wherever it keeps count of them."""

    def turn(self, operation: str, moment: datetime, *, patience: float) -> Flow[Turn]:
        """Take the next slot for *operation*, reckoned from *moment*, which is the present.

        None is taken where the system wants quiet for longer than *patience* seconds: ``Turn.quiet`` says for how long;
        and none that lies further ``ahead`` than they are given out. ``turn_come`` waits as all of this wants it.
        """
        ...

    def quiet_left(self, operation: str, moment: datetime) -> Flow[float]:
        """For how many seconds from *moment* the system still wants no call of *operation*; nothing is taken."""
        ...

    def hush(self, operation: str, moment: datetime, seconds: float) -> Flow[None]:
        """Give no slot for *operation* for *seconds*: the system asked for quiet."""
        ...


def ahead(spacing: float) -> float:
    """How many seconds ahead a slot of a lane may be taken.

    Whoever took one may be killed or given up before it comes. Taken further ahead, such slots would pile up: a program
    that dies and is started again every few seconds would leave hours behind in which nobody may call.
    """
    return max(spacing, _AHEAD)


def turn_come(pace: Pace, operation: str, *, patience: float = math.inf) -> Flow[float]:
    """Wait until *operation* may be called, and give 0; or, where the system wants quiet for longer than *patience*
    seconds, for how many it does, without having waited for it.

    A request for quiet that comes meanwhile, to whoever, is kept: the slot is given up and another one waited for.
    """
    moment = yield from present()
    while True:
        turn = yield from pace.turn(operation, moment, patience=patience)
        if turn.quiet > patience:
            return turn.quiet
        if turn.wait <= 0:
            return 0.0
        yield from sleep(turn.wait)
        patience = max(0.0, patience - min(turn.quiet, turn.wait))
        known, moment = moment + timedelta(seconds=turn.quiet), (yield from present())
        if not turn.taken:
            continue
        left = yield from pace.quiet_left(operation, moment)
        # What is left of the quiet that the slot lies behind is no news but a clock that goes a little slow.
        if left <= 0 or moment + timedelta(seconds=left) <= known + timedelta(seconds=_SAME):
            yield from sleep(left)
            return 0.0


@attrs.frozen
class Limit:
    """At most *calls* (1 or more) in any window of *seconds* (more than 0)."""

    calls: int
    seconds: float

    def __attrs_post_init__(self) -> None:
        if self.calls < 1 or not self.seconds > 0:
            raise ConfigError(field="limit", problem=f"needs 1 call or more in more than 0 seconds, not {self}")


@attrs.define
class _Lane:
    spacing: float
    seen: datetime | None = None
    clock: float = 0.0
    free: float = 0.0
    quiet: float = 0.0

    def move(self, now: datetime) -> None:
        # The lane keeps a time of its own that only moves forward: a clock set back costs nothing and frees nothing.
        if self.seen is not None:
            self.clock += max(0.0, (now - self.seen).total_seconds())
        self.seen = now

    def queue(self, now: datetime) -> float:
        self.move(now)
        return max(0.0, self.free - max(self.clock, self.quiet))

    def reserve(self, now: datetime) -> float:
        self.move(now)
        slot = max(self.clock, self.free)
        self.free = slot + self.spacing
        return slot - self.clock

    def hold(self, now: datetime, seconds: float) -> None:
        self.move(now)
        self.quiet = max(self.quiet, self.clock + seconds)
        self.free = max(self.free, self.quiet)

    def held(self, now: datetime) -> float:
        self.move(now)
        return max(0.0, self.quiet - self.clock)


class Pacer:
    """Hands out slots: calls of one limit are spaced evenly, never in a burst.

    *limits* is by operation; operations without one share *default* (None: they are not paced). The spacing is
    ``seconds / calls``, widened by *jitter* (a share of it) because calls do not travel at even speed, times *factor*:
    2 takes half of what is allowed, 0.001 suits a simulator that runs a thousand times faster than life. How unevenly
    they travel does not grow with the spacing: *longest_margin* (seconds) bounds what *jitter* adds to one.
    A system that asks for quiet means all that shares the limit, or with *apart* the operation alone, where the shared
    limit is our own choice and theirs are by operation.
    One pacer serves all flows and threads that use one account; its only state is when each limit is free again.
    """

    def __init__(
        self,
        limits: Mapping[str, Limit],
        default: Limit | None = None,
        factor: float = 1.0,
        jitter: float = 0.1,
        *,
        longest_margin: float = math.inf,
        apart: bool = False,
    ) -> None:
        if factor < 0 or jitter < 0 or longest_margin < 0:
            raise ConfigError(field="pacer", problem="factor, jitter and longest_margin must be 0 or more")

        def lane(limit: Limit) -> _Lane:
            even = limit.seconds / limit.calls
            return _Lane(spacing=(even + min(even * jitter, longest_margin)) * factor)

        self._lanes = {operation: lane(limit) for operation, limit in limits.items()}
        self._default = None if default is None else lane(default)
        self._apart = apart
        self._own: dict[str, _Lane] = {}
        self._lock = Lock()

    def turn(self, operation: str, moment: datetime, *, patience: float) -> Flow[Turn]:
        """See ``Pace.turn``; the count is kept here, so it is never asked elsewhere."""
        yield from ()
        with self._lock:
            own = self._hushed(operation)
            quiet = 0.0 if own is None else own.held(moment)
            if quiet > patience:
                return Slot(wait=quiet, quiet=quiet)
            for lane in self._lanes_of(operation):
                queue, longest = lane.queue(moment), ahead(lane.spacing)
                if queue > longest:
                    return Slot(wait=quiet + queue - longest / 2, quiet=quiet, taken=False)
            return Slot(wait=self._reserved(operation, moment), quiet=quiet)

    def quiet_left(self, operation: str, moment: datetime) -> Flow[float]:
        """See ``Pace.quiet_left``."""
        yield from ()
        return self.held(operation, moment)

    def hush(self, operation: str, moment: datetime, seconds: float) -> Flow[None]:
        """See ``Pace.hush``."""
        yield from ()
        self.hold(operation, moment, seconds)

    def lane(self, operation: str) -> tuple[str, float] | None:
        """The name of the limit that *operation* falls under and its spacing in seconds; None if it is not paced.

        The name is the operation's own, or empty for the limit that all the others share.
        """
        if operation in self._lanes:
            return operation, self._lanes[operation].spacing
        return None if self._default is None else ("", self._default.spacing)

    def quiet_lane(self, operation: str) -> str:
        """The name under which a request for quiet after *operation* is kept: its limit's, or its own where *apart*."""
        return operation if self._apart or operation in self._lanes else ""

    def reserve(self, operation: str, now: datetime) -> float:
        """Take the next free slot for *operation*; the seconds from *now* until it comes."""
        with self._lock:
            return self._reserved(operation, now)

    def hold(self, operation: str, now: datetime, seconds: float) -> None:
        """Give no slot for *operation* (and what shares its limit) for *seconds*: the system asked for quiet."""
        with self._lock:
            lane = self._hushed(operation)
            if lane is not None:
                lane.hold(now, seconds)

    def held(self, operation: str, now: datetime) -> float:
        """For how many seconds from *now* the system still wants no call of *operation*; 0 where it asked for none."""
        with self._lock:
            lane = self._hushed(operation)
            return 0.0 if lane is None else lane.held(now)

    def _reserved(self, operation: str, now: datetime) -> float:
        return max((lane.reserve(now) for lane in self._lanes_of(operation)), default=0.0)

    def _lanes_of(self, operation: str) -> list[_Lane]:
        lane, own = self._lanes.get(operation, self._default), self._hushed(operation)
        # After a quiet of its own they are not let loose together either.
        return [each for each in (lane, None if own is lane else own) if each is not None]

    def _hushed(self, operation: str) -> _Lane | None:
        if operation in self._lanes or self._default is None or not self._apart:
            return self._lanes.get(operation, self._default)
        return self._own.setdefault(operation, _Lane(spacing=self._default.spacing))
