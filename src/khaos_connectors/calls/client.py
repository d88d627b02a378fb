"""Using one system by hand: calls in, results out."""

from collections.abc import AsyncIterator, Generator, Iterator
from typing import TypeVar

from khaos_connectors.calls.caller import Caller, page_key
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.given import kind_of
from khaos_connectors.calls.messages import Call, Page

__all__ = ["AsyncClient", "Client", "a_first_page"]

T = TypeVar("T")


# What is given is an object to these: not everybody runs a type checker, and what fails deep within tells nobody that
# it came in by the wrong door.


def _a_call(given: object) -> None:
    if isinstance(given, Call):
        return
    kind = kind_of(given)
    if isinstance(given, Generator):
        given.close()  # so that it does not say as well that nobody ran it
        raise TypeError("call takes a Call, and this is a flow, as the methods of a port and its desks give: use run")
    if isinstance(given, tuple | list):
        raise TypeError(f"call takes one Call, not a {kind}: call each of them")
    raise TypeError(f"call takes a Call, not {kind}")


def _a_flow(given: object) -> None:
    if isinstance(given, Generator):
        return
    if isinstance(given, Call):
        raise TypeError(f"run takes a flow, and {given.operation} is a Call: use call, or walk where it gives pages")
    raise TypeError(f"run takes a flow, as the methods of a port and its desks give, not {kind_of(given)}")


def a_first_page(given: object) -> None:
    """``TypeError``, with the method that takes it, unless *given* may be the call of a list's first page."""
    if isinstance(given, Call):
        if given.repeat == "never" and given.request.method != "GET":
            raise TypeError(f"walk takes the call of a first page, and {given.operation} writes: use call")
        return
    kind = kind_of(given)
    if isinstance(given, Generator):
        given.close()
        raise TypeError("walk takes the call of a first page, and this is a flow: use run")
    if isinstance(given, tuple | list):
        raise TypeError(f"walk takes the call of one first page, not a {kind}: walk each of them")
    raise TypeError(f"walk takes the call of a first page, not {kind}")


def _a_page(answer: object, operation: str) -> None:
    if not isinstance(answer, Page):
        raise TypeError(
            f"walk takes calls that give pages, and {operation} gave {kind_of(answer)}: use call, or raw_pages for raw"
        )


class Client:
    """Makes the calls of one account, blocking."""

    def __init__(self, caller: Caller, runner: Runner) -> None:
        self._caller = caller
        self._runner = runner

    def call(self, call: Call[T]) -> T:
        """The result of *call*, with the caller's credentials, pace and repeats; raises ``CallError``."""
        _a_call(call)
        return self._runner.run(self._caller.perform(call))

    def walk(self, first: Call[Page[T]]) -> Iterator[T]:
        """The items of all pages, each page asked for when its first item is wanted; ``CursorStuck`` on a circle."""
        a_first_page(first)
        return self._walked(first)

    def _walked(self, first: Call[Page[T]]) -> Iterator[T]:
        seen: set[tuple[object, ...]] = set()
        call: Call[Page[T]] | None = first
        while call is not None:
            seen.add(page_key(call, seen, system=self._caller.system))
            page = self.call(call)
            _a_page(page, call.operation)
            yield from page.items
            call = page.next

    def run(self, flow: Flow[T]) -> T:
        """The result of any flow."""
        _a_flow(flow)
        return self._runner.run(flow)


class AsyncClient:
    """Makes the calls of one account, awaited."""

    def __init__(self, caller: Caller, runner: AsyncRunner) -> None:
        self._caller = caller
        self._runner = runner

    async def call(self, call: Call[T]) -> T:
        """The result of *call*, with the caller's credentials, pace and repeats; raises ``CallError``."""
        _a_call(call)
        return await self._runner.run(self._caller.perform(call))

    def walk(self, first: Call[Page[T]]) -> AsyncIterator[T]:
        """The items of all pages, each page asked for when its first item is wanted; ``CursorStuck`` on a circle."""
        a_first_page(first)
        return self._walked(first)

    async def _walked(self, first: Call[Page[T]]) -> AsyncIterator[T]:
        seen: set[tuple[object, ...]] = set()
        call: Call[Page[T]] | None = first
        while call is not None:
            seen.add(page_key(call, seen, system=self._caller.system))
            page = await self.call(call)
            _a_page(page, call.operation)
            for item in page.items:
                yield item
            call = page.next

    async def run(self, flow: Flow[T]) -> T:
        """The result of any flow."""
        _a_flow(flow)
        return await self._runner.run(flow)
