"""What a type checker infers where flows are written and used; it is checked, not run."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from decimal import Decimal
from typing import assert_type

from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.client import AsyncClient, Client
from khaos_connectors.calls.decode import load_record, read
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do, gather, now, send, sleep, step
from khaos_connectors.calls.messages import Call, Outcome, Page, Request
from khaos_connectors.core.orders import ChannelOrder
from khaos_connectors.testing.play import Played, play


def halve(number: int, *, exact: bool) -> Decimal:
    return Decimal(number) / 2 if exact else Decimal(number // 2)


def halved(number: int, *, exact: bool) -> Flow[Decimal]:
    result = yield from do(halve, number, exact=exact)
    assert_type(result, Decimal)
    return result


def words(request: Request, call: Call[int], caller: Caller) -> Flow[str]:
    assert_type((yield from do(halve, 3, exact=True)), Decimal)
    assert_type((yield from step("halve", halved, 3, exact=True)), Decimal)
    assert_type((yield from gather([halved(1, exact=True), halved(2, exact=False)], limit=2)), list[Decimal])
    assert_type((yield from now()), datetime)
    yield from sleep(1.5, spread=0.5)
    assert_type((yield from send("shop", "OR11", request)), Outcome)
    assert_type((yield from caller.perform(call)), int)
    return "done"


def wrong() -> Flow[None]:
    yield from do(halve, "3", exact=True)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - text is no number
    yield from step("halve", halved, 3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] - exact is missing


def blocking(runner: Runner, client: Client, call: Call[int], pages: Call[Page[Decimal]]) -> None:
    assert_type(runner.run(halved(3, exact=True)), Decimal)
    assert_type(client.call(call), int)
    assert_type(client.call(pages), Page[Decimal])
    assert_type(client.walk(pages), Iterator[Decimal])
    assert_type(client.run(halved(3, exact=True)), Decimal)


async def awaited(runner: AsyncRunner, client: AsyncClient, call: Call[int], pages: Call[Page[Decimal]]) -> None:
    assert_type(await runner.run(halved(3, exact=True)), Decimal)
    assert_type(await client.call(call), int)
    assert_type(client.walk(pages), AsyncIterator[Decimal])
    assert_type([each async for each in client.walk(pages)], list[Decimal])
    assert_type(await client.run(halved(3, exact=True)), Decimal)


def pages_of(caller: Caller, first: Call[Page[Decimal]]) -> Flow[None]:
    assert_type((yield from caller.pages(first)), tuple[Decimal, ...])


def reading(value: object, text: str) -> None:
    assert_type(read(ChannelOrder, value, system="shop", operation="OR11"), ChannelOrder)
    assert_type(load_record(ChannelOrder, text), ChannelOrder)


def by_hand() -> None:
    assert_type(play(halved(3, exact=True), [Decimal(1)]), Played[Decimal])
    assert_type(play(halved(3, exact=True), [Decimal(1)]).result, Decimal)


def a_call_of_a_subtype_is_a_call(call: Call[bool]) -> Call[int]:
    return call
