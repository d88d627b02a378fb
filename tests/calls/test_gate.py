"""One address has so many places for the whole process, whichever thread or event loop comes."""

import asyncio
import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from khaos_connectors.calls._gate import Gate, gate_to
from khaos_connectors.calls._httpx import open_async_transport, open_transport
from khaos_connectors.calls.connect import Connection
from khaos_connectors.calls.messages import Lost, Outcome, Request, Response

_GET = Request(method="GET", path="/x")


class Busy:
    """A server that holds each request until somebody lets it go, and counts how many it holds."""

    def __init__(self) -> None:
        self.held, self.most, self.seen = 0, 0, 0
        self.arrived, self.go = threading.Semaphore(0), threading.Semaphore(0)
        self._lock = threading.Lock()

    def hold(self) -> None:
        with self._lock:
            self.held += 1
            self.seen += 1
            self.most = max(self.most, self.held)
        self.arrived.release()
        self.go.acquire()
        with self._lock:
            self.held -= 1


@contextmanager
def _serving(busy: Busy) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            busy.hold()
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _in_thread(connection: Connection, told: list[Outcome]) -> threading.Thread:
    def ask() -> None:
        with open_transport(connection) as transport:
            told.append(transport.send(_GET))

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def _in_a_loop(connection: Connection, told: list[Outcome]) -> threading.Thread:
    async def ask() -> None:
        async with open_async_transport(connection) as transport:
            told.append(await transport.send(_GET))

    thread = threading.Thread(target=lambda: asyncio.run(ask()))
    thread.start()
    return thread


def test_connections_of_one_address_wait_for_each_other() -> None:
    """Two that were opened apart, blocking or awaited, never have two requests under way where one is the limit."""
    busy, told = Busy(), list[Outcome]()
    with _serving(busy) as address:
        one, other = (Connection(name, address, at_once=1) for name in ("one", "other"))
        threads = [start(each, told) for start in (_in_thread, _in_a_loop) for each in (one, other, one)]
        for _ in threads:
            assert busy.arrived.acquire(timeout=10)
            busy.go.release()
        for thread in threads:
            thread.join()

    assert (busy.most, busy.seen) == (1, 6)
    assert [each.status for each in told if isinstance(each, Response)] == [200] * 6


def test_who_is_not_let_in_in_time_has_sent_nothing() -> None:
    """It is safe to try again; and the place is free once the first is through."""
    busy, told = Busy(), list[Outcome]()
    with _serving(busy) as address:
        patient = Connection("one", address, at_once=1)
        hasty = Connection("other", address + "/", at_once=1, read_timeout=0.01)
        first = _in_thread(patient, told)
        assert busy.arrived.acquire(timeout=10)
        late: list[Outcome] = []
        for start in (_in_thread, _in_a_loop):
            start(hasty, late).join()
        busy.go.release()
        first.join()
        busy.go.release()
        _in_thread(patient, told).join()

    assert [(each.sent, each.final) for each in late if isinstance(each, Lost)] == [(False, False)] * 2
    assert (busy.seen, len(told)) == (2, 2)


def test_a_place_that_is_not_waited_for_any_more_goes_to_the_next() -> None:
    """A task that is cancelled while it waits takes nobody's place, and keeps none that came at that moment."""

    async def scene() -> None:
        gate = Gate(1)
        assert gate.enter(0)
        waiting = [asyncio.create_task(gate.enter_async(10)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
        gate.leave()
        waiting[1].cancel()  # its turn has come, and it has not heard of it yet
        assert await asyncio.wait_for(waiting[2], 10)
        assert not gate.enter(0)
        gate.leave()
        assert gate.enter(0)
        for each in waiting[:2]:
            with pytest.raises(asyncio.CancelledError):
                await each

    asyncio.run(scene())


def test_an_address_is_one_however_it_is_written() -> None:
    """The case of host and path, a port that goes without saying and a last slash make no other place of it."""
    gate = gate_to("https://ERP.example.com/Live/K.exe", 1)

    assert gate_to("https://erp.example.com:443/live/k.exe/", 1) is gate
    assert gate_to("https://erp.example.com/demo/k.exe", 1) is not gate
    assert gate_to("https://erp.example.com/live/k.exe", 2) is not gate


def test_a_gate_that_nobody_holds_is_forgotten() -> None:
    """A process that opens many addresses keeps none of them."""
    gate = gate_to("https://gone.example.com", 1)
    assert gate.enter(0)
    del gate
    gc.collect()

    assert gate_to("https://gone.example.com", 1).enter(0)
