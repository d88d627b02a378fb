"""Using a system by hand."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.client import AsyncClient, Client
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.flows import now
from khaos_connectors.calls.messages import Call, Outcome, Page, Request, Response
from khaos_connectors.errors import CursorStuck
from khaos_connectors.testing.clock import ManualClock


class Shop:
    """Counts the pages that were asked for; a page holds its number twice."""

    def __init__(self) -> None:
        self.asked = 0

    def send(self, request: Request) -> Outcome:
        self.asked += 1
        return Response(status=200)


class AsyncShop(Shop):
    async def send(self, request: Request) -> Outcome:  # type: ignore[override]  # the awaited twin
        return super().send(request)


def page(number: int, *, last: int = 2, stuck: bool = False) -> Call[Page[int]]:
    following = number if stuck else number + 1

    def decode(_: Response) -> Page[int]:
        return Page(items=(number, number), next=page(following, last=last, stuck=stuck) if number < last else None)

    return Call(
        operation="list",
        repeat="free",
        request=Request(method="GET", path="/", query=(("page", str(number)),)),
        decode=decode,
    )


class TestBlocking:
    def test_call_and_run(self) -> None:
        """A call gives its result, and so does any flow."""
        clock = ManualClock()
        client = Client(Caller("s"), Runner({"s": Shop()}, clock=clock))

        assert client.call(page(0)).items == (0, 0)
        assert client.run(now()) == clock.now()

    def test_walking_is_lazy(self) -> None:
        """A page is asked for when its first item is wanted."""
        shop = Shop()
        walk: Iterator[int] = Client(Caller("s"), Runner({"s": shop})).walk(page(0))

        assert shop.asked == 0
        assert [next(walk), next(walk)] == [0, 0]
        assert shop.asked == 1
        assert list(walk) == [1, 1, 2, 2]

    def test_a_circle_is_left(self) -> None:
        """What was read so far has been given."""
        seen: list[int] = []

        with pytest.raises(CursorStuck, match="page=0"):
            seen.extend(Client(Caller("s"), Runner({"s": Shop()})).walk(page(0, stuck=True)))
        assert seen == [0, 0]


class TestAwaited:
    def test_call_walk_and_run(self) -> None:
        """The same, awaited."""
        clock = ManualClock()

        async def scene() -> tuple[Any, ...]:
            shop = AsyncShop()
            client = AsyncClient(Caller("s"), AsyncRunner({"s": shop}, clock=clock))
            walk: AsyncIterator[int] = client.walk(page(0))
            first = await anext(walk)
            asked = shop.asked
            rest = [item async for item in walk]
            return (await client.call(page(0))).items, await client.run(now()), first, asked, rest

        assert asyncio.run(scene()) == ((0, 0), clock.now(), 0, 1, [0, 1, 1, 2, 2])

    def test_a_circle_is_left(self) -> None:
        """The same, awaited."""

        async def scene() -> None:
            client = AsyncClient(Caller("s"), AsyncRunner({"s": AsyncShop()}))
            async for _ in client.walk(page(0, stuck=True)):
                pass

        with pytest.raises(CursorStuck):
            asyncio.run(scene())


class TestTheWrongDoor:
    """What comes in by the wrong door is a ``TypeError`` that names the right one, and nothing is sent."""

    def wrong(self) -> "tuple[tuple[str, Any, str], ...]":  # Any: each is what its method does not take
        write = Call(operation="OR29", request=Request(method="PUT", path="/"), decode=lambda _: None)
        return (
            ("call", now(), "call takes a Call, and this is a flow.*: use run"),
            ("call", (page(0), page(1)), "one Call, not a tuple: call each"),
            ("call", "OF21", "call takes a Call, not str"),
            ("run", page(0), "run takes a flow, and list is a Call: use call, or walk"),
            ("run", None, "run takes a flow.*, not None"),
            ("walk", now(), "walk takes the call of a first page, and this is a flow: use run"),
            ("walk", (page(0), page(1)), "not a tuple: walk each"),
            ("walk", "OF21", "walk takes the call of a first page, not str"),
            ("walk", write, "walk takes the call of a first page, and OR29 writes: use call"),
        )

    def test_of_a_blocking_client(self) -> None:
        """Told at the call itself: a walk need not be begun for that."""
        shop = Shop()
        client = Client(Caller("s"), Runner({"s": shop}))

        for method, given, advice in self.wrong():
            with pytest.raises(TypeError, match=advice):
                getattr(client, method)(given)
        assert shop.asked == 0

    def test_of_an_awaited_client(self) -> None:
        """The same, awaited."""
        shop = AsyncShop()

        async def knock() -> None:
            client = AsyncClient(Caller("s"), AsyncRunner({"s": shop}))
            for method, given, advice in self.wrong():
                with pytest.raises(TypeError, match=advice):
                    await getattr(client, method)(given)

        asyncio.run(knock())
        assert shop.asked == 0

    def test_an_answer_without_pages(self) -> None:
        """That a call gives no page shows in its answer alone; then it is told what gives pages."""
        plain = Call(operation="OF21", repeat="free", request=Request(method="GET", path="/"), decode=lambda _: {})
        advice = "OF21 gave dict: use call, or raw_pages for raw"

        with pytest.raises(TypeError, match=advice):
            next(Client(Caller("s"), Runner({"s": Shop()})).walk(plain))  # type: ignore[arg-type]  # the wrong door

        async def knock() -> None:
            client = AsyncClient(Caller("s"), AsyncRunner({"s": AsyncShop()}))
            async for _ in client.walk(plain):  # type: ignore[arg-type]  # as above
                pass

        with pytest.raises(TypeError, match=advice):
            asyncio.run(knock())
