"""The shortest way to a working channel: from a configuration to a face, with its connections opened and closed."""

from collections.abc import AsyncGenerator, Generator, Sequence

from khaos_connectors.calls.connect import open_async_runner, open_runner
from khaos_connectors.calls.drivers import Clock
from khaos_connectors.calls.hooks import Hook
from khaos_connectors.calls.opening import opened_by_async_with, opened_by_with
from khaos_connectors.faces import async_channel_face, channel_face
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.client import AsyncMiraklClient, MiraklClient
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.protocols import AsyncChannel, Channel

__all__ = ["connect", "connect_async", "open_client", "open_client_async"]


@opened_by_with
def connect(
    config: MiraklConfig, *, clock: Clock | None = None, hooks: Sequence[Hook] = ()
) -> Generator[Channel, None, None]:
    """A blocking channel on *config*'s instance, connected until the ``with`` block ends."""
    with open_runner(*config.connections(), clock=clock, hooks=hooks) as runner:
        yield channel_face(MiraklChannel(config), runner)


@opened_by_async_with
async def connect_async(
    config: MiraklConfig, *, clock: Clock | None = None, hooks: Sequence[Hook] = ()
) -> AsyncGenerator[AsyncChannel, None]:
    """``connect`` for the running event loop."""
    async with open_async_runner(*config.connections(), clock=clock, hooks=hooks) as runner:
        yield async_channel_face(MiraklChannel(config), runner)


@opened_by_with
def open_client(
    config: MiraklConfig, *, clock: Clock | None = None, hooks: Sequence[Hook] = ()
) -> Generator[MiraklClient, None, None]:
    """A blocking client of *config*'s instance, single calls and desks, connected until the ``with`` block ends."""
    with open_runner(*config.connections(), clock=clock, hooks=hooks) as runner:
        yield MiraklClient(config, runner)


@opened_by_async_with
async def open_client_async(
    config: MiraklConfig, *, clock: Clock | None = None, hooks: Sequence[Hook] = ()
) -> AsyncGenerator[AsyncMiraklClient, None]:
    """``open_client`` for the running event loop."""
    async with open_async_runner(*config.connections(), clock=clock, hooks=hooks) as runner:
        yield AsyncMiraklClient(config, runner)
