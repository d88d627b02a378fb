"""Records of the simulated marketplace by key, with what time does to them found without looking through them all."""

import heapq
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from typing_extensions import override

__all__ = ["Book", "Dated"]

V = TypeVar("V")


class Book(dict[str, V]):
    """A dictionary that knows which of its records is due next. Records are frozen: put a new one in its place.

    *due* tells of a record when something will happen to it by itself, None for never.
    """

    def __init__(self, due: Callable[[V], datetime | None]) -> None:
        super().__init__()
        self._due = due
        self._heap: list[tuple[datetime, str]] = []

    @override
    def __setitem__(self, key: str, record: V) -> None:
        super().__setitem__(key, record)
        due = self._due(record)
        if due is not None:
            heapq.heappush(self._heap, (due, key))

    def next(self) -> tuple[datetime, str] | None:
        """The earliest due time and whose it is."""
        while self._heap:
            due, key = self._heap[0]
            record = self.get(key)
            if record is not None and self._due(record) == due:
                return due, key
            heapq.heappop(self._heap)  # replaced or gone since
        return None


class Dated(Book[V]):
    """A book whose records were made and changed at some time, found by either.

    A record that is put in place of another was made when that one was made. Times are those of a clock that does not
    run backwards; one that does costs time, not truth.
    """

    def __init__(
        self,
        due: Callable[[V], datetime | None],
        *,
        created: Callable[[V], datetime],
        changed: Callable[[V], datetime],
    ) -> None:
        super().__init__(due)
        self._created_at = created
        self._changed_at = changed
        self._created: list[tuple[datetime, str]] = []
        self._changed: list[tuple[datetime, str]] = []

    @override
    def __setitem__(self, key: str, record: V) -> None:
        if key not in self:
            _put(self._created, (self._created_at(record), key))
        before = self.get(key)
        super().__setitem__(key, record)
        changed = self._changed_at(record)
        if before is None or self._changed_at(before) != changed:
            _put(self._changed, (changed, key))

    def made(self, since: datetime | None, until: datetime | None) -> Iterable[str]:
        """The keys of the records made from *since* to *until*, both included, oldest first."""
        return [key for _, key in _between(self._created, since, until)]

    def touched(self, since: datetime, until: datetime | None) -> Iterable[str]:
        """The keys of the records whose last change lies from *since* to *until*, both included, each once."""
        return {key for at, key in _between(self._changed, since, until) if self._changed_at(self[key]) == at}


def _put(entries: list[tuple[datetime, str]], entry: tuple[datetime, str]) -> None:
    if not entries or entries[-1] <= entry:
        entries.append(entry)
    else:
        insort(entries, entry)


def _between(
    entries: list[tuple[datetime, str]], since: datetime | None, until: datetime | None
) -> list[tuple[datetime, str]]:
    first = 0 if since is None else bisect_left(entries, since, key=_time)
    last = len(entries) if until is None else bisect_right(entries, until, key=_time)
    return entries[first:last]


def _time(entry: tuple[datetime, str]) -> datetime:
    return entry[0]
