"""The door that the ERP calls, on a loopback port. A real one stands behind a web server; the handler is the same."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, MutableMapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import attrs

from khaos_connectors.calls.drivers import AsyncRunner, Clock, Runner
from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.demo.merchant import channels_config
from khaos_connectors.inbound.asgi import asgi_app
from khaos_connectors.khaos_control.channels.codes import Format
from khaos_connectors.khaos_control.channels.config import KhaosChannelsConfig
from khaos_connectors.khaos_control.channels.door import ChannelsDoor
from khaos_connectors.store.mailbox import Mailbox
from khaos_connectors.testing.inbound import HandlerUnderTest
from khaos_connectors.testing.simulators.protocol import Answering
from khaos_connectors.testing.simulators.routes import serve

__all__ = ["open_door"]

Event = MutableMapping[str, Any]  # Any: as ASGI has it
App = Callable[
    [Event, Callable[[], Awaitable[Event]], Callable[[Event], Awaitable[None]]],
    Awaitable[None],
]


@attrs.define
class _Doorway:
    """What is served before it is known what stands behind: the address is part of what the door tells."""

    behind: Answering | None = None

    def handle(self, request: Request) -> Response:
        if self.behind is None:
            return Response(status=503)
        answer = self.behind.handle(request)
        assert isinstance(answer, Response)
        return answer


@attrs.frozen
class _OverAsgi:
    """Hands each request to an ASGI application, as an ASGI server would."""

    app: App

    def handle(self, request: Request) -> Response:
        return asyncio.run(self._answer(request))

    async def _answer(self, request: Request) -> Response:
        scope: Event = {
            "type": "http",
            "method": request.method,
            "path": request.path,
            "query_string": urlencode(request.query).encode("latin-1"),
            "headers": [
                (name.lower().encode("latin-1"), text.encode("latin-1")) for name, text in request.headers.items()
            ],
        }
        told: list[Event] = []

        async def receive() -> Event:
            return {"type": "http.request", "body": request.body, "more_body": False}

        async def give(event: Event) -> None:
            told.append(event)

        await self.app(scope, receive, give)
        headers = {str(name, "latin-1"): str(text, "latin-1") for name, text in told[0]["headers"]}
        return Response(status=told[0]["status"], headers=headers, body=b"".join(each["body"] for each in told[1:]))


@contextmanager
def open_door(
    mailbox: Mailbox, clock: Clock, *, form: Format, use_async: bool
) -> Generator[KhaosChannelsConfig, None, None]:
    """A door over *mailbox* while the context lasts; gives its settings, with the address in them."""
    doorway = _Doorway()
    with serve(doorway) as base_url:
        config = channels_config(f"{base_url}/khaos", form)
        door = ChannelsDoor(config, mailbox)
        direct = HandlerUnderTest(door, Runner({}, clock=clock))
        doorway.behind = _OverAsgi(asgi_app(door, runner=AsyncRunner({}, clock=clock))) if use_async else direct
        yield config
    for failure in direct.failures:
        raise failure
