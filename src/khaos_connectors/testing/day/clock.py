"""A clock that runs fast: a working day passes in seconds, for everybody who reads it."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

__all__ = ["DAY_START", "DayClock"]

DAY_START = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
"""A Tuesday morning in London, outside summer time."""


class DayClock:
    """Time since *start*, *speed* times as fast as real time; sleeping takes as much less. It never runs backwards.

    ``skip_to`` moves it forward. *real* gives real seconds, for tests.
    """

    def __init__(
        self, start: datetime = DAY_START, *, speed: float = 600.0, real: Callable[[], float] = time.monotonic
    ) -> None:
        if speed <= 0:
            raise ValueError(f"speed: must be positive, not {speed}")
        self.speed = speed
        self._real = real
        self._start = start
        self._anchor = real()

    def now(self) -> datetime:
        """The time of the simulated day, aware, in UTC."""
        return self._start + timedelta(seconds=(self._real() - self._anchor) * self.speed)

    def skip_to(self, moment: datetime) -> None:
        """Let it be *moment*, unless it is later already."""
        if moment > self.now():
            self._start, self._anchor = moment, self._real()

    def sleep(self, seconds: float) -> None:
        """Wait *seconds* of the simulated day."""
        time.sleep(seconds / self.speed)

    async def sleep_async(self, seconds: float) -> None:
        """Wait *seconds* of the simulated day without blocking others."""
        await asyncio.sleep(seconds / self.speed)
