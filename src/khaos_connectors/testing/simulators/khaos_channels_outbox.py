"""What the simulated ERP still has to push: changes in bodies of limited size, sent until answered with 200."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import attrs

from khaos_connectors.testing.simulators.khaos_channels_wire import Rows, Value, write

__all__ = ["Outbox"]

Resend = Literal["first", "last", "fresh"]


@attrs.frozen(kw_only=True)
class _Push:
    endpoint: str
    body: bytes = attrs.field(repr=False)
    xml: bool
    keys: tuple[tuple[str, str], ...]


class Outbox:
    """Bodies in the order in which they go out. *resend* says what becomes of one that was not answered with 200:
    the same bytes before anything newer, after it, or the rows as they are by then.
    """

    def __init__(self, *, resend: Resend, rows_per_push: int) -> None:
        self._resend = resend
        self._rows_per_push = rows_per_push
        self._queue: list[_Push] = []
        self._late: list[_Push] = []
        self._told: dict[tuple[str, str], str] = {}

    @property
    def pending(self) -> int:
        """How many bodies wait."""
        return len(self._queue) + len(self._late)

    def add(
        self,
        endpoint: str,
        root: str,
        field: str,
        tag: str,
        rows: Iterable[tuple[str, Mapping[str, Value]]],
        *,
        xml: bool,
    ) -> None:
        """Queue those of *rows* (each with its key) that differ from what was queued of them last."""
        changed: list[tuple[tuple[str, str], Mapping[str, Value]]] = []
        for key, row in rows:
            place, mark = (endpoint, key), hashlib.sha256(write(tag, row, xml=False)).hexdigest()
            if self._told.get(place) != mark:
                self._told[place] = mark
                changed.append((place, row))
        for start in range(0, len(changed), self._rows_per_push):
            part = changed[start : start + self._rows_per_push]
            body = write(root, {field: Rows(tag, [row for _, row in part])}, xml=xml)
            self._queue.append(_Push(endpoint=endpoint, body=body, xml=xml, keys=tuple(place for place, _ in part)))

    def send(self, deliver: Callable[[str, bytes, bool], bool]) -> bool:
        """Send what waits; *deliver* tells whether a body of an endpoint was answered with 200. Whether all was."""
        waiting = [*self._queue, *self._late]
        self._queue, self._late = [], []
        for place, push in enumerate(waiting):
            if deliver(push.endpoint, push.body, push.xml):
                continue
            rest = waiting[place + 1 :]
            match self._resend:
                case "first":
                    self._queue = [push, *rest]
                case "last":
                    self._queue, self._late = rest, [push]
                case _:  # "fresh": the rows are told anew, as they are by then
                    for one in (push, *rest):
                        for key in one.keys:
                            self._told.pop(key, None)
            return False
        return True
