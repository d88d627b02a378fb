"""Even spacing of calls, so that a system's published limits are never met head-on."""

from collections.abc import Mapping
from datetime import datetime
from threading import Lock

import attrs

from khaos_connectors.errors import ConfigError

__all__ = ["Limit", "Pacer"]


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
    2 takes half of what is allowed, 0.001 suits a simulator that runs a thousand times faster than life.
    One pacer serves all flows and threads that use one account; its only state is when each limit is free again.
    """

    def __init__(
        self, limits: Mapping[str, Limit], default: Limit | None = None, factor: float = 1.0, jitter: float = 0.1
    ) -> None:
        if factor < 0 or jitter < 0:
            raise ConfigError(field="pacer", problem="factor and jitter must be 0 or more")

        def lane(limit: Limit) -> _Lane:
            return _Lane(spacing=limit.seconds / limit.calls * (1 + jitter) * factor)

        self._lanes = {operation: lane(limit) for operation, limit in limits.items()}
        self._default = None if default is None else lane(default)
        self._lock = Lock()

    def reserve(self, operation: str, now: datetime) -> float:
        """Take the next free slot for *operation*; the seconds from *now* until it comes."""
        lane = self._lanes.get(operation, self._default)
        if lane is None:
            return 0.0
        with self._lock:
            return lane.reserve(now)

    def hold(self, operation: str, now: datetime, seconds: float) -> None:
        """Give no slot for *operation* (and what shares its limit) for *seconds*: the system asked for quiet."""
        lane = self._lanes.get(operation, self._default)
        if lane is not None:
            with self._lock:
                lane.hold(now, seconds)

    def held(self, operation: str, now: datetime) -> float:
        """For how many seconds from *now* the system still wants no call of *operation*; 0 where it asked for none."""
        lane = self._lanes.get(operation, self._default)
        if lane is None:
            return 0.0
        with self._lock:
            return lane.held(now)
