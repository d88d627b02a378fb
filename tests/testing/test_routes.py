"""A simulator is the same through a transport, through respx and over real HTTP; serving leaves nothing behind."""

import asyncio
import http.client
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.parse import urlsplit

import attrs
import httpx
import pytest
import respx

from khaos_connectors.calls.messages import Lost, Request, Response
from khaos_connectors.testing.simulators import (
    Fault,
    FaultKind,
    Faults,
    Faulty,
    MiraklSimulator,
    OfferState,
    async_transport,
    respx_routes,
    serve,
    transport,
)

KEY = {"authorization": "key-for-tests"}
LIST = Request(method="GET", path="/api/orders", query=(("max", "5"),), headers=KEY)


def marketplace() -> MiraklSimulator:
    return MiraklSimulator(
        clock=lambda: datetime(2026, 3, 2, tzinfo=UTC),
        api_key=KEY["authorization"],
        offers={"MUG": OfferState(price="9.99", quantity=1000)},
    )


def broken(*kinds: FaultKind) -> Faulty:
    faults = Faults()
    faults.next("/", *(Fault(kind=kind) for kind in kinds))
    return Faulty(marketplace(), faults)


@attrs.define
class Mirror:
    """Keeps what came and answers with it."""

    seen: list[Request] = attrs.field(factory=list)

    def handle(self, request: Request) -> Response:
        self.seen.append(request)
        status = int(dict(request.query).get("status", "200"))
        return Response(status=status, headers={"content-type": "text/plain", "x-mark": "m"}, body=request.body)


def line_to(base_url: str) -> http.client.HTTPConnection:
    parts = urlsplit(base_url)
    return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)


def test_transports_end_in_the_simulator() -> None:
    """Blocking and awaitable transports give the simulator's answers and its losses."""
    sim = marketplace()
    sim.buy([("MUG", 1)])
    direct = sim.handle(LIST)
    assert transport(sim).send(LIST) == direct
    assert asyncio.run(async_transport(sim).send(LIST)) == direct
    assert transport(broken(FaultKind.REFUSE)).send(LIST) == Lost(sent=False, reason="connection refused")
    lost = asyncio.run(async_transport(broken(FaultKind.DROP)).send(LIST))
    assert isinstance(lost, Lost)
    assert lost.sent is True


def test_prefix_stands_for_a_base_urls_path() -> None:
    """Paths that are relative to a base URL with a path of its own reach the simulator whole."""
    short = attrs.evolve(LIST, path="/orders")
    assert transport(marketplace(), prefix="/api").send(short).status == 200
    assert transport(marketplace(), prefix="/api/").send(attrs.evolve(LIST, path="orders")).status == 200
    assert transport(marketplace()).send(short).status == 404


def test_a_request_arrives_over_http_as_it_was_sent() -> None:
    """Method, path, decoded query with repeats and blanks, headers and body; status, headers and body come back."""
    mirror = Mirror()
    with serve(mirror) as base_url:
        line = line_to(base_url)
        line.request("PUT", "/a%20b/c?x=1&x=2%2B3&y=&status=201", body="häßlich".encode(), headers={"X-Own": "v"})
        answer = line.getresponse()
        assert (answer.status, answer.read(), answer.getheader("x-mark")) == (201, "häßlich".encode(), "m")
        line.close()
    (seen,) = mirror.seen
    assert (seen.method, seen.path, seen.headers["x-own"]) == ("PUT", "/a%20b/c", "v")
    assert seen.query == (("x", "1"), ("x", "2+3"), ("y", ""), ("status", "201"))


def test_one_connection_serves_many_requests() -> None:
    """HTTP/1.1 connections are kept, also after an answer without a body."""
    with serve(Mirror()) as base_url:
        line = line_to(base_url)
        line.connect()
        own_port = line.sock.getsockname()[1]
        for path in ("/", "/?status=204", "/?status=404", "/"):
            line.request("POST", path, body=b"")
            line.getresponse().read()
            assert line.sock is not None
            assert line.sock.getsockname()[1] == own_port
        line.close()


@pytest.mark.parametrize("kind", [FaultKind.REFUSE, FaultKind.DROP])
def test_a_lost_answer_is_a_connection_that_closes(kind: FaultKind) -> None:
    """The client sees no answer at all, and a new connection works."""
    line_sim = broken(kind)
    with serve(line_sim) as base_url:
        line = line_to(base_url)
        line.request("GET", "/api/orders", headers=KEY)
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            line.getresponse()
        line.close()
        line.request("GET", "/api/orders", headers=KEY)
        assert line.getresponse().status == 200
        line.close()


def test_many_clients_at_once_never_oversell() -> None:
    """Requests are handled one at a time, beside world methods from other threads: units out equal units in."""
    sim = marketplace()
    with serve(sim) as base_url, ThreadPoolExecutor(8) as pool:

        def client(_: int) -> int:
            line = line_to(base_url)
            statuses = []
            for _step in range(10):
                sim.buy([("MUG", 1)])
                line.request("GET", "/api/orders?max=1", headers=KEY)
                answer = line.getresponse()
                json.loads(answer.read())
                statuses.append(answer.status)
            line.close()
            return statuses.count(200)

        assert sum(pool.map(client, range(8))) == 80
    assert len(sim.orders) == 80
    assert sim.offers["MUG"].quantity == 920


@pytest.mark.parametrize("faulty", [False, True])
def test_a_simulator_without_a_lock_is_never_entered_twice(*, faulty: bool) -> None:
    """Two clients at once meet a simulator one after the other, behind a bad line as well."""
    meeting = threading.Barrier(2)

    class Alone:
        met = False

        def handle(self, request: Request) -> Response:
            try:
                meeting.wait(timeout=0.1)
                self.met = True
            except threading.BrokenBarrierError:
                meeting.reset()
            return Response(status=200)

    sim = Alone()
    with serve(Faulty(sim, Faults()) if faulty else sim) as base_url, ThreadPoolExecutor(2) as pool:

        def client(_: int) -> int:
            line = line_to(base_url)
            line.request("GET", "/")
            status = line.getresponse().status
            line.close()
            return status

        assert list(pool.map(client, range(2))) == [200, 200]
    assert sim.met is False


def test_closing_waits_for_no_client_and_leaves_nothing() -> None:
    """With connections still open, closing ends every thread and frees the port."""
    before = set(threading.enumerate())
    with serve(Mirror()) as base_url:
        port = urlsplit(base_url).port or 0
        idle, used = line_to(base_url), line_to(base_url)
        idle.connect()
        used.request("GET", "/")
        assert used.getresponse().read() == b""
    assert set(threading.enumerate()) == before
    for line in (idle, used):
        line.close()
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout=1):
        pass


def test_a_simulator_that_raises_is_heard_of() -> None:
    """An error inside a simulator is not swallowed by the server: it is raised where serving ends."""

    class Faint:
        def handle(self, request: Request) -> Response:
            raise ArithmeticError("a bug")

    def visit() -> None:
        with serve(Faint()) as base_url:
            line = line_to(base_url)
            line.request("GET", "/")
            with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
                line.getresponse()
            line.close()

    with pytest.raises(ArithmeticError, match="a bug"):
        visit()


def test_respx_answers_from_the_simulator() -> None:
    """httpx code under test meets the simulator; a lost answer is httpx's own error, connect or read."""
    base_url = "https://marketplace.example.com"
    with respx.mock(base_url=None) as router:
        respx_routes(router, marketplace(), base_url=base_url)
        answer = httpx.get(f"{base_url}/api/orders", params={"max": "1"}, headers=KEY)
        assert answer.json() == {"orders": [], "total_count": 0}
    for kind, error in ((FaultKind.REFUSE, httpx.ConnectError), (FaultKind.DROP, httpx.ReadError)):
        with respx.mock() as router:
            respx_routes(router, broken(kind), base_url=base_url + "/")
            with pytest.raises(error):
                httpx.get(f"{base_url}/api/orders", headers=KEY)


def test_names_are_loaded_when_they_are_used() -> None:
    """The package offers its names lazily and no others."""
    from khaos_connectors.testing import simulators

    assert set(simulators.__all__) == set(dir(simulators))
    assert all(getattr(simulators, name) is not None for name in simulators.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        simulators.Nothing  # noqa: B018 - looking the name up is the test
