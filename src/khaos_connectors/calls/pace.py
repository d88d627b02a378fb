"""Even spacing of calls, so that a system's published limits are never met head-on."""

import math
from collections.abc import Mapping
from datetime import datetime
from threading import Lock
from typing import Protocol

import attrs

from khaos_connectors.calls.effects import Flow
from khaos_connectors.errors import ConfigError

__all__ = ["Limit", "Pace", "Pacer", "Slot", "Turn"]


class Turn(Protocol):
    """When a call may be made: in *wait* seconds. *quiet*: for so many seconds the system wants none at all."""

    @property
    def wait(self) -> float:
        """Seconds until the slot that was taken."""
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


class Pace(Protocol):
    """What spaces the calls of one account, wherever it keeps count of them."""

    def turn(self, operation: str, moment: datetime, *, patience: float) -> Flow[Turn]:
        """Take the next slot for *operation*, reckoned from *moment*, which is the present.

        None is taken where the system wants quiet for longer than *patience* seconds: ``Turn.quiet`` says for how long.
        """
        ...

    def hush(self, operation: str, moment: datetime, seconds: float) -> Flow[None]:
        """Give no slot for *operation* for *seconds*: the system asked for quiet."""
        ...


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
        quiet = self.held(operation, moment)
        return Slot(wait=quiet if quiet > patience else self.reserve(operation, moment), quiet=quiet)

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
            lane, own = self._lanes.get(operation, self._default), self._hushed(operation)
            wait = 0.0 if lane is None else lane.reserve(now)
            # After a quiet of its own they are not let loose together either.
            return wait if own is None or own is lane else max(wait, own.reserve(now))

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

    def _hushed(self, operation: str) -> _Lane | None:
        if operation in self._lanes or self._default is None or not self._apart:
            return self._lanes.get(operation, self._default)
        return self._own.setdefault(operation, _Lane(spacing=self._default.spacing))
