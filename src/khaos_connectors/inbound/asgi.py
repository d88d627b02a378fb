"""A handler behind any ASGI server (uvicorn, hypercorn, a mount in Starlette, FastAPI or Django). Needs none of them.

::

    app = asgi_app(door)          # then: uvicorn my_module:app

Behind a reverse proxy that cuts off part of the path, tell the handler which paths are its own.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import attrs

from khaos_connectors.calls.drivers import AsyncRunner
from khaos_connectors.inbound.messages import Doorkeeper, Handler, InboundRequest, InboundResponse

__all__ = ["asgi_app"]

# ASGI's own types: its scopes and events are dictionaries of whatever the specification says.
Scope = MutableMapping[str, Any]  # Any: as above
Event = MutableMapping[str, Any]  # Any: as above
Receive = Callable[[], Awaitable[Event]]
Give = Callable[[Event], Awaitable[None]]


class _GoneError(Exception):
    """The client hung up before its request was whole."""


def asgi_app(
    handler: Handler, *, runner: AsyncRunner | None = None
) -> Callable[[Scope, Receive, Give], Awaitable[None]]:
    """*handler* as an ASGI 3 application; blocking work of its flow goes to a worker thread.

    *runner*: the driver, where the handler's flow talks to systems or needs another clock. A body beyond the handler's
    ``max_body_bytes`` is not kept; what is left of it is read and dropped, up to as much again, so that the client
    hears the answer. Of a request that a ``Doorkeeper`` turns away (wrong credentials, say) no body is read at all.
    """
    driver = runner if runner is not None else AsyncRunner({})

    async def app(scope: Scope, receive: Receive, give: Give) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, give)
        elif scope["type"] == "http":
            head = _head(scope)
            response = handler.turn_away(head) if isinstance(handler, Doorkeeper) else None
            if response is None:
                try:
                    body, cut = await _body(receive, handler.max_body_bytes)
                except _GoneError:
                    return
                response = await driver.run(handler.handle(attrs.evolve(head, body=body, cut=cut)))
            await _answer(response, give, head=head.method == "HEAD")
        else:
            raise ValueError(f"{scope['type']}: only HTTP is spoken here")

    return app


async def _live(receive: Receive, give: Give) -> None:
    while True:
        event = await receive()
        if event["type"] == "lifespan.startup":
            await give({"type": "lifespan.startup.complete"})
        elif event["type"] == "lifespan.shutdown":
            await give({"type": "lifespan.shutdown.complete"})
            return


def _head(scope: Scope) -> InboundRequest:
    query = bytes(scope.get("query_string") or b"").decode("latin-1")
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = bytes(name).decode("latin-1").lower()
        text = bytes(value).decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return InboundRequest(
        method=str(scope["method"]).upper(),
        path=str(scope["path"]),
        query=tuple(parse_qsl(query, keep_blank_values=True)),
        headers=headers,
    )


async def _body(receive: Receive, most: int) -> tuple[bytes, bool]:
    kept = bytearray()
    seen = 0
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise _GoneError
        piece = bytes(event.get("body") or b"")
        seen += len(piece)
        kept += piece[: max(0, most - len(kept))]
        if not event.get("more_body") or seen > 2 * most:
            return bytes(kept), seen > most


async def _answer(response: InboundResponse, give: Give, *, head: bool) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    headers.append((b"content-length", str(len(response.body)).encode("ascii")))
    await give({"type": "http.response.start", "status": response.status, "headers": headers})
    await give({"type": "http.response.body", "body": b"" if head else response.body})
