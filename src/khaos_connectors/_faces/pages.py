"""Listings page by page, for every face."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeVar

from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.errors import CursorStuck, Undecodable
from khaos_connectors.protocols import Batch, Unreadable

__all__ = ["everything", "walk", "walk_async"]

T = TypeVar("T")


class Pages:
    """What is remembered between the pages of one listing: cursors already used, records that could not be read."""

    def __init__(self, system: str, operation: str) -> None:
        self._system, self._operation = system, operation
        self._seen: set[str] = set()
        self._unreadable: list[Unreadable] = []

    def next(self, batch: Batch[T]) -> str | None:
        self._unreadable += batch.unreadable
        if batch.next is not None:
            if batch.next in self._seen:
                raise CursorStuck(system=self._system, operation=self._operation, cursor=batch.next)
            self._seen.add(batch.next)
        return batch.next

    def end(self) -> None:
        if not self._unreadable:
            return
        keys = [each.key or "(without a key)" for each in self._unreadable]
        named = ", ".join(keys[:20]) + (f" and {len(keys) - 20} more" if len(keys) > 20 else "")
        expected = f"records of the promised shape (the first: {self._unreadable[0].problem})"
        records = tuple(each.key for each in self._unreadable)
        raise Undecodable(
            system=self._system,
            operation=self._operation,
            path=named,
            expected=expected,
            records=records,
            others_given=True,
        )


def walk(run: Runner, page: Callable[[str | None], Flow[Batch[T]]], system: str, operation: str) -> Iterator[T]:
    pages = Pages(system, operation)
    cursor: str | None = None
    while True:
        batch = run.run(page(cursor))
        yield from batch.items
        cursor = pages.next(batch)
        if cursor is None:
            return pages.end()


async def walk_async(
    run: AsyncRunner, page: Callable[[str | None], Flow[Batch[T]]], system: str, operation: str
) -> AsyncIterator[T]:
    pages = Pages(system, operation)
    cursor: str | None = None
    while True:
        batch = await run.run(page(cursor))
        for item in batch.items:
            yield item
        cursor = pages.next(batch)
        if cursor is None:
            pages.end()
            return


def everything(records: Callable[[], Iterator[T]]) -> Batch[T]:
    """Every readable record; an ``Undecodable`` at the end names the others and becomes part of the batch.

    One about an answer as a whole goes on to the caller: whatever stood in that answer and after it is unread, and a
    batch that seemed complete would let a watermark pass it.
    """
    items: list[T] = []
    try:
        items.extend(records())
    except Undecodable as error:
        keys = error.records or (error.path,)
        if not error.records and error.path.startswith("$"):
            raise
        return Batch(items=tuple(items), unreadable=tuple(Unreadable(key=key, problem=error.expected) for key in keys))
    return Batch(items=tuple(items))
