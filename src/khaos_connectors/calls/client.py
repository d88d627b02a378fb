"""Using one system by hand: calls in, results out."""

from collections.abc import AsyncIterator, Iterator
from typing import TypeVar

from khaos_connectors.calls.caller import Caller, page_key
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.messages import Call, Page

__all__ = ["AsyncClient", "Client"]

T = TypeVar("T")


class Client:
    """Makes the calls of one account, blocking."""

    def __init__(self, caller: Caller, runner: Runner) -> None:
        self._caller = caller
        self._runner = runner

    def call(self, call: Call[T]) -> T:
        """The result of *call*, with the caller's credentials, pace and repeats; raises ``CallError``."""
        return self._runner.run(self._caller.perform(call))

    def walk(self, first: Call[Page[T]]) -> Iterator[T]:
        """The items of all pages, each page asked for when its first item is wanted; ``CursorStuck`` on a circle."""
        seen: set[tuple[object, ...]] = set()
        call: Call[Page[T]] | None = first
        while call is not None:
            seen.add(page_key(call, seen, system=self._caller.system))
            page = self.call(call)
            yield from page.items
            call = page.next

    def run(self, flow: Flow[T]) -> T:
        """The result of any flow."""
        return self._runner.run(flow)


class AsyncClient:
    """Makes the calls of one account, awaited."""

    def __init__(self, caller: Caller, runner: AsyncRunner) -> None:
        self._caller = caller
        self._runner = runner

    async def call(self, call: Call[T]) -> T:
        """The result of *call*, with the caller's credentials, pace and repeats; raises ``CallError``."""
        return await self._runner.run(self._caller.perform(call))

    async def walk(self, first: Call[Page[T]]) -> AsyncIterator[T]:
        """The items of all pages, each page asked for when its first item is wanted; ``CursorStuck`` on a circle."""
        seen: set[tuple[object, ...]] = set()
        call: Call[Page[T]] | None = first
        while call is not None:
            seen.add(page_key(call, seen, system=self._caller.system))
            page = await self.call(call)
            for item in page.items:
                yield item
            call = page.next

    async def run(self, flow: Flow[T]) -> T:
        """The result of any flow."""
        return await self._runner.run(flow)
