"""What a forgotten or finished ``with`` says: our own words, at the line that forgot it."""

import asyncio
import copy
from collections.abc import AsyncGenerator, Generator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from khaos_connectors import open_async_runner, open_runner
from khaos_connectors.calls.connection import Connection
from khaos_connectors.calls.flows import send
from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.calls.opening import opened_by_async_with, opened_by_with
from khaos_connectors.core.ids import AccountId
from khaos_connectors.errors import ConfigError
from khaos_connectors.khaos_control import KhaosControlConfig
from khaos_connectors.khaos_control import connect as connect_erp
from khaos_connectors.khaos_control import connect_async as connect_erp_async
from khaos_connectors.mirakl import MiraklConfig
from khaos_connectors.mirakl import connect as connect_channel
from khaos_connectors.mirakl import connect_async as connect_channel_async
from khaos_connectors.testing.simulators import serve

KHAOS = KhaosControlConfig(account=AccountId("khaos"), base_url="https://erp.example.com/K.exe")
SHOP = MiraklConfig(account=AccountId("shop"), base_url="https://shop.example.com", api_key="key")
GET = Request(method="GET", path="/x")


class Hello:
    def handle(self, request: Request) -> Response:
        return Response(status=200, body=b"hello")

    def operation(self, request: Request) -> str:
        return "hello"


@pytest.fixture
def connection() -> Iterator[Connection]:
    with serve(Hello()) as address:
        yield Connection("acc", address)


@pytest.mark.parametrize(
    ("opening", "call"),
    [
        (lambda: connect_erp(KHAOS), "connect"),
        (lambda: connect_channel(SHOP), "connect"),
        (lambda: open_runner(KHAOS.connection()), "open_runner"),
    ],
)
def test_a_with_that_was_forgotten_is_named(opening: Any, call: str) -> None:
    """Whatever is asked of what ``connect`` gives, the answer is how to open it."""
    with pytest.raises(AttributeError, match=rf"no 'check'.* with {call}\(\.\.\.\) as opened: opened\.check"):
        opening().check()
    assert f"with {call}(...) as opened" in repr(opening())


@pytest.mark.parametrize(
    ("opening", "call"),
    [
        (lambda: connect_erp_async(KHAOS), "connect_async"),
        (lambda: connect_channel_async(SHOP), "connect_async"),
        (lambda: open_async_runner(KHAOS.connection()), "open_async_runner"),
    ],
)
def test_an_async_with_that_was_forgotten_is_named(opening: Any, call: str) -> None:
    """The same for the event loop."""
    with pytest.raises(AttributeError, match=rf"no 'check'.* async with {call}\(\.\.\.\) as opened: opened\.check"):
        opening().check()
    assert f"async with {call}(...) as opened" in repr(opening())


def test_python_may_still_look_at_it() -> None:
    """``hasattr``, ``copy`` and debuggers ask for names that nobody has; they get the usual answer."""
    opening = connect_erp(KHAOS)

    assert not hasattr(opening, "check")
    assert copy.copy(opening) is not opening


def test_after_the_block_nothing_can_be_sent(connection: Connection) -> None:
    """A call after the end of the ``with`` block says that the block has ended, and that nothing was sent."""
    with open_runner(connection) as runner:
        assert runner.run(send("acc", "hello", GET)).body == b"hello"

    with pytest.raises(ConfigError, match="the with block that opened it has ended"):
        runner.run(send("acc", "hello", GET))


def test_after_the_async_block_nothing_can_be_sent(connection: Connection) -> None:
    """The same, awaited."""

    async def late() -> None:
        async with open_async_runner(connection) as runner:
            assert (await runner.run(send("acc", "hello", GET))).body == b"hello"
        await runner.run(send("acc", "hello", GET))

    with pytest.raises(ConfigError, match="the with block that opened it has ended"):
        asyncio.run(late())


def test_a_listing_is_read_inside_the_block(connection: Connection) -> None:
    """Its pages are asked for while it is read: an iterator that was taken out of the block says so too."""
    config = KhaosControlConfig(account=AccountId("khaos"), base_url=f"{connection.base_url}/K.exe")
    with connect_erp(config) as erp:
        despatches = erp.despatches(since=datetime(2026, 3, 1, tzinfo=UTC))

    with pytest.raises(ConfigError, match="the with block that opened it has ended"):
        next(despatches)


def test_one_opening_opens_once(connection: Connection) -> None:
    """Used for a second block it says what to do; the first block's connections are closed for good."""
    opening = open_runner(connection)
    with opening:
        pass

    with pytest.raises(ConfigError, match=r"call open_runner\(\.\.\.\) again"), opening:
        raise AssertionError("it was opened twice")


def test_one_async_opening_opens_once(connection: Connection) -> None:
    """The same for the event loop."""

    async def twice() -> None:
        opening = open_async_runner(connection)
        async with opening:
            pass
        async with opening:
            raise AssertionError("it was opened twice")

    with pytest.raises(ConfigError, match=r"call open_async_runner\(\.\.\.\) again"):
        asyncio.run(twice())


def test_what_goes_wrong_in_the_block_comes_out_of_it() -> None:
    """Nothing is swallowed, and what was opened is closed."""
    told: list[str] = []

    @opened_by_with
    def opening(name: str) -> Generator[str, None, None]:
        """Words of its own."""
        try:
            yield name
        finally:
            told.append("closed")

    def use() -> None:
        with opening("x") as opened:
            assert opened == "x"
            raise KeyError

    with pytest.raises(KeyError):
        use()
    assert told == ["closed"]
    assert (opening.__name__, opening.__doc__) == ("opening", "Words of its own.")


def test_what_goes_wrong_in_the_async_block_comes_out_of_it() -> None:
    """The same for the event loop."""
    told: list[str] = []

    @opened_by_async_with
    async def opening(name: str) -> AsyncGenerator[str, None]:
        """Words of its own."""
        try:
            yield name
        finally:
            told.append("closed")

    async def use() -> None:
        async with opening("x") as opened:
            assert opened == "x"
            raise KeyError

    with pytest.raises(KeyError):
        asyncio.run(use())
    assert told == ["closed"]
    assert (opening.__name__, opening.__doc__) == ("opening", "Words of its own.")
