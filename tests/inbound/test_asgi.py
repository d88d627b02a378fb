"""The thin adapter between an ASGI server and a handler."""

import asyncio
from typing import Any

import pytest

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do
from khaos_connectors.inbound import InboundRequest, InboundResponse
from khaos_connectors.inbound.asgi import asgi_app

Event = dict[str, Any]  # Any: the ASGI specification's own dictionaries


class Echo:
    """Remembers what came and answers with the body."""

    max_body_bytes = 10

    def __init__(self) -> None:
        self.seen: list[InboundRequest] = []

    def handle(self, request: InboundRequest) -> Flow[InboundResponse]:
        yield from do(self.seen.append, request)
        if request.path == "/broken":
            raise OSError("disk full")
        return InboundResponse(status=200, headers={"X-Kind": "echo"}, body=request.body)


def _scope(**more: Any) -> Event:
    headers = [(b"X-Name", b"a"), (b"x-name", b"b")]
    return {
        "type": "http",
        "method": "post",
        "path": "/in",
        "query_string": b"q=1&q=2&e=",
        "headers": headers,
    } | more


def _drive(handler: Echo, scope: Event, *events: Event) -> list[Event]:
    """What the application gives for *events*."""
    waiting = list(events)
    given: list[Event] = []

    async def receive() -> Event:
        return waiting.pop(0)

    async def give(event: Any) -> None:
        given.append(dict(event))

    async def run() -> None:
        await asgi_app(handler)(scope, receive, give)

    asyncio.run(run())
    return given


def _body(text: bytes, *, more: bool = False) -> Event:
    return {"type": "http.request", "body": text, "more_body": more}


def test_a_request_arrives_whole_and_its_answer_leaves_whole() -> None:
    """Method, path, query, headers and a body in pieces come to the handler; its status, headers and body go out."""
    echo = Echo()
    start, body = _drive(echo, _scope(), _body(b"ab", more=True), _body(b"cd"))
    (seen,) = echo.seen
    assert (seen.method, seen.path, seen.query) == ("POST", "/in", (("q", "1"), ("q", "2"), ("e", "")))
    assert (seen.headers, seen.body, seen.cut) == ({"x-name": "a, b"}, b"abcd", False)
    assert (start["status"], start["headers"]) == (200, [(b"x-kind", b"echo"), (b"content-length", b"4")])
    assert body["body"] == b"abcd"


@pytest.mark.parametrize("size", [10, 11, 19])
def test_a_body_beyond_the_limit_is_cut_and_said_to_be(size: int) -> None:
    """No more than the limit is kept, and the handler knows that it has not got everything."""
    echo = Echo()
    _drive(echo, _scope(), _body(b"x" * 5, more=True), _body(b"x" * (size - 5)))
    assert (len(echo.seen[0].body), echo.seen[0].cut) == (10, size > 10)


def test_a_body_without_end_is_not_read_for_ever() -> None:
    """Beyond twice the limit nothing is waited for: the answer goes out."""
    echo = Echo()
    given = _drive(echo, _scope(), *[_body(b"x" * 5, more=True)] * 5)
    assert echo.seen[0].cut
    assert given[0]["status"] == 200


def test_a_client_that_hangs_up_gets_no_answer_and_changes_nothing() -> None:
    """A request that never became whole is not handled."""
    echo = Echo()
    assert _drive(echo, _scope(), _body(b"x", more=True), {"type": "http.disconnect"}) == []
    assert echo.seen == []


def test_a_head_request_gets_no_body() -> None:
    """The headers are those of the answer, the body is left out."""
    start, body = _drive(Echo(), _scope(method="HEAD"), _body(b"abc"))
    assert (b"content-length", b"3") in start["headers"]
    assert body["body"] == b""


def test_a_failure_is_left_to_the_server() -> None:
    """What the handler raises is no answer of ours: the server says 500, and the caller sends again."""
    with pytest.raises(OSError, match="disk full"):
        _drive(Echo(), _scope(path="/broken"), _body(b""))


def test_it_starts_and_stops_when_the_server_does() -> None:
    """The server's own life cycle is acknowledged; anything but HTTP is refused."""
    events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    given = _drive(Echo(), {"type": "lifespan"}, *events)
    assert [event["type"] for event in given] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    with pytest.raises(ValueError, match="websocket"):
        _drive(Echo(), {"type": "websocket"})


class Keeper(Echo):
    """Lets nobody in."""

    def turn_away(self, request: InboundRequest) -> InboundResponse | None:
        return InboundResponse(status=401) if request.headers["x-name"] == "a, b" else None


def test_of_a_request_that_is_turned_away_no_body_is_read() -> None:
    """Who may not come in does not fill our memory either: the answer is given without asking for a body."""
    keeper = Keeper()
    start, body = _drive(keeper, _scope())
    assert (start["status"], body["body"], keeper.seen) == (401, b"", [])
    start, _ = _drive(keeper, _scope(headers=[(b"x-name", b"c")]), _body(b"ab"))
    assert (start["status"], keeper.seen[0].body) == (200, b"ab")
