"""A clock that is moved by hand."""

import asyncio
from datetime import UTC, datetime, timedelta
from heapq import heappush
from threading import Lock

__all__ = ["ManualClock"]


class ManualClock:
    """A clock that stands until somebody sleeps or ``advance`` is called; sleeping takes no real time.

    Sleepers of one event loop wait at the same time, as they would in life: two sleeps of five seconds end five
    seconds later, not ten.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._now = datetime(2026, 1, 5, 9, tzinfo=UTC) if start is None else start
        if self._now.tzinfo is None:
            raise ValueError("start: must have a time zone")
        self._sleepers: list[datetime] = []
        self._lock = Lock()
        self.slept: list[float] = []

    def now(self) -> datetime:
        """The time that was last set, in UTC."""
        return self._now.astimezone(UTC)

    def advance(self, seconds: float) -> None:
        """Move on by *seconds*; a negative number sets the clock back."""
        with self._lock:
            self._now += timedelta(seconds=seconds)

    def sleep(self, seconds: float) -> None:
        """Move on by *seconds*."""
        self.slept.append(seconds)
        self.advance(max(0.0, seconds))

    async def sleep_async(self, seconds: float) -> None:
        """Return when the clock has moved on by *seconds*; it moves when every other sleeper wakes later."""
        self.slept.append(seconds)
        target = self._now + timedelta(seconds=max(0.0, seconds))
        heappush(self._sleepers, target)
        try:
            # Whoever has something to do at the present time does it before time moves.
            await asyncio.sleep(0)
            while self._now < target:
                await asyncio.sleep(0)
                if self._sleepers[0] == target:
                    self._now = max(self._now, target)
        finally:
            self._sleepers.remove(target)
            self._sleepers.sort()
