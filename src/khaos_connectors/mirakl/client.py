"""One account by hand: a client that knows for which account, shop and language it asks, and how often it may poll."""

from collections.abc import AsyncIterator, Iterator
from typing import TypeVar

from khaos_connectors.calls.client import AsyncClient, Client, a_first_page
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.messages import Call, Page
from khaos_connectors.faces import async_channel_face, channel_face
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.polling import wait_for_turn
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.protocols import AsyncChannel, Channel

__all__ = ["AsyncMiraklClient", "MiraklClient"]

T = TypeVar("T")


class MiraklClient(Client):
    """Makes calls of ``mirakl.endpoints`` and ``mirakl.raw`` with one account's key, pace and repeats, blocking."""

    scope: Scope
    """What every call wants to know first: account, shop, language."""

    channel: MiraklChannel
    """The same account as a port, with its desks, all in flows: ``client.run(client.channel.payouts.cycles())``."""

    shop: Channel
    """The same account as ``connect`` gives it, with results in place of flows and every page of a listing:
    ``for order in client.shop.orders(since=yesterday)``. It shares key, pace and memory with ``channel``."""

    def __init__(self, config: MiraklConfig, runner: Runner) -> None:
        caller, self._polls = config.caller(), config.polls()
        super().__init__(caller, runner)
        self.scope = config.scope
        self.channel = MiraklChannel(config, caller=caller, polls=self._polls)
        self.shop = channel_face(self.channel, runner)

    def walk(self, first: Call[Page[T]]) -> Iterator[T]:
        """The items of all pages, each page asked for when its first item is wanted; ``CursorStuck`` on a circle.

        Of lists that Mirakl lets one ask for only so often (orders once a minute, returns every five), the next walk
        waits for its turn, however many pages the one before had. ``call`` with a single page never waits for that.
        """
        a_first_page(first)
        return self._in_turn(first)

    def _in_turn(self, first: Call[Page[T]]) -> Iterator[T]:
        self.run(wait_for_turn(self._polls, first.operation))
        yield from super().walk(first)


class AsyncMiraklClient(AsyncClient):
    """Makes calls of ``mirakl.endpoints`` and ``mirakl.raw`` with one account's key, pace and repeats, awaited."""

    scope: Scope
    """What every call wants to know first: account, shop, language."""

    channel: MiraklChannel
    """The same account as a port, and its desks, in flows: ``await client.run(client.channel.payouts.cycles())``."""

    shop: AsyncChannel
    """The same account as ``connect_async`` gives it: ``async for order in client.shop.orders(since=yesterday)``."""

    def __init__(self, config: MiraklConfig, runner: AsyncRunner) -> None:
        caller, self._polls = config.caller(), config.polls()
        super().__init__(caller, runner)
        self.scope = config.scope
        self.channel = MiraklChannel(config, caller=caller, polls=self._polls)
        self.shop = async_channel_face(self.channel, runner)

    def walk(self, first: Call[Page[T]]) -> AsyncIterator[T]:
        """``MiraklClient.walk``, awaited."""
        a_first_page(first)
        return self._in_turn(first)

    async def _in_turn(self, first: Call[Page[T]]) -> AsyncIterator[T]:
        await self.run(wait_for_turn(self._polls, first.operation))
        async for item in super().walk(first):
            yield item
