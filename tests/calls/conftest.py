"""Both drivers behind one face, so that each flow is tested under each of them."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import pytest

from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.hooks import CallEvent
from khaos_connectors.calls.messages import Outcome, Request
from khaos_connectors.testing.clock import ManualClock

Handler = Callable[[Request], Outcome]


class Blocking:
    """A transport that asks a function."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def send(self, request: Request) -> Outcome:
        return self._handler(request)


class Awaited:
    """The same, awaited; others get a turn before it answers."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    async def send(self, request: Request) -> Outcome:
        await asyncio.sleep(0)
        return self._handler(request)


class Drive(Protocol):
    """Runs a flow against *systems* and gives its result."""

    def __call__(
        self,
        flow: Flow[Any],
        systems: dict[str, Handler] | None = None,
        *,
        clock: ManualClock | None = None,
        hooks: Sequence[Callable[[CallEvent], None]] = (),
        chance: float = 0.0,
    ) -> Any: ...


@pytest.fixture(params=["blocking", "awaited"])
def drive(request: pytest.FixtureRequest) -> Drive:
    """A driver, each in its turn."""

    def run(
        flow: Flow[Any],
        systems: dict[str, Handler] | None = None,
        *,
        clock: ManualClock | None = None,
        hooks: Sequence[Callable[[CallEvent], None]] = (),
        chance: float = 0.0,
    ) -> Any:
        clock = clock or ManualClock()
        handlers = systems or {}
        if request.param == "blocking":
            transports = {name: Blocking(handler) for name, handler in handlers.items()}
            return Runner(transports, clock=clock, hooks=hooks, chance=lambda: chance).run(flow)
        awaited = {name: Awaited(handler) for name, handler in handlers.items()}
        return asyncio.run(AsyncRunner(awaited, clock=clock, hooks=hooks, chance=lambda: chance).run(flow))

    return run
