"""Opening connections: from where a system is to a runner that reaches it.

``HttpxTransport`` and ``AsyncHttpxTransport`` wrap an httpx client of your own (proxies, certificates, pools as you
like them); give them to ``Runner`` or ``AsyncRunner`` yourself and close your client yourself. httpx is imported when
one of these is first used.
"""

from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import AsyncExitStack, ExitStack
from importlib import import_module
from typing import TYPE_CHECKING

from khaos_connectors.calls.connection import Connection, InsecureConnection
from khaos_connectors.calls.drivers import AsyncRunner, Clock, Runner
from khaos_connectors.calls.hooks import Hook
from khaos_connectors.calls.opening import opened_by_async_with, opened_by_with
from khaos_connectors.errors import ConfigError

if TYPE_CHECKING:
    from khaos_connectors.calls._httpx import AsyncHttpxTransport, HttpxTransport

__all__ = [
    "AsyncHttpxTransport",
    "Connection",
    "HttpxTransport",
    "InsecureConnection",
    "open_async_runner",
    "open_runner",
]


@opened_by_with
def open_runner(
    *connections: Connection, clock: Clock | None = None, hooks: Sequence[Hook] = ()
) -> Generator[Runner, None, None]:
    """A runner that reaches each of *connections* by its name, until the ``with`` block ends."""
    from khaos_connectors.calls._httpx import open_transport  # noqa: PLC0415 - httpx is loaded when it is needed

    _check(connections)
    with ExitStack() as stack:
        transports = {each.system: stack.enter_context(open_transport(each)) for each in connections}
        yield Runner(transports, clock=clock, hooks=hooks)


@opened_by_async_with
async def open_async_runner(
    *connections: Connection, clock: Clock | None = None, hooks: Sequence[Hook] = ()
) -> AsyncGenerator[AsyncRunner, None]:
    """``open_runner`` for the running event loop."""
    from khaos_connectors.calls._httpx import open_async_transport  # noqa: PLC0415 - as above

    _check(connections)
    async with AsyncExitStack() as stack:
        transports = {each.system: await stack.enter_async_context(open_async_transport(each)) for each in connections}
        yield AsyncRunner(transports, clock=clock, hooks=hooks)


def _check(connections: Sequence[Connection]) -> None:
    names = [each.system for each in connections]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(field="connections", problem=f"more than one is named {', '.join(map(repr, twice))}")


def __getattr__(name: str) -> object:
    if name in {"AsyncHttpxTransport", "HttpxTransport"}:
        return getattr(import_module("khaos_connectors.calls._httpx"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
