"""Ways to reach a simulator: as a transport, through respx, or over real HTTP on a loopback port."""

import socket
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl, urlsplit

import attrs

from khaos_connectors._extras import extra
from khaos_connectors.calls.messages import Lost, Request, Response
from khaos_connectors.testing.simulators.faults import Faulty
from khaos_connectors.testing.simulators.protocol import Answering, guard_of

if TYPE_CHECKING:
    from respx import MockResponse, Route, Router

__all__ = ["SimulatedAsyncTransport", "SimulatedTransport", "async_transport", "respx_routes", "serve", "transport"]


class SimulatedTransport:
    """Hands each request to *simulator* without a network; *prefix* stands for the path of a base URL."""

    def __init__(self, simulator: Answering, *, prefix: str = "") -> None:
        self._simulator = simulator
        self._prefix = prefix.rstrip("/")
        self._guard = _guard(simulator)

    def send(self, request: Request) -> Response | Lost:
        """The simulator's answer, or the ``Lost`` of a faulty line."""
        with self._guard:
            return self._simulator.handle(_under(self._prefix, request))


class SimulatedAsyncTransport:
    """``SimulatedTransport`` for drivers that await; it never blocks for longer than the simulator computes."""

    def __init__(self, simulator: Answering, *, prefix: str = "") -> None:
        self._blocking = SimulatedTransport(simulator, prefix=prefix)

    async def send(self, request: Request) -> Response | Lost:
        """The simulator's answer, or the ``Lost`` of a faulty line."""
        return self._blocking.send(request)


def transport(simulator: Answering, *, prefix: str = "") -> SimulatedTransport:
    """A blocking transport that ends in *simulator*."""
    return SimulatedTransport(simulator, prefix=prefix)


def async_transport(simulator: Answering, *, prefix: str = "") -> SimulatedAsyncTransport:
    """An awaitable transport that ends in *simulator*."""
    return SimulatedAsyncTransport(simulator, prefix=prefix)


def respx_routes(router: "Router", simulator: Answering, *, base_url: str) -> "Route":
    """Let *router* answer everything under *base_url* from *simulator*; needs the extra ``testing``.

    The path of *base_url* is part of what the simulator sees. A lost answer is httpx's ``ConnectError`` when nothing
    was sent, else its ``ReadError``.
    """
    send = SimulatedTransport(simulator).send

    def answer(request: "_HttpxRequest") -> "MockResponse":
        return _for_httpx(send(_request(request.method, str(request.url), dict(request.headers), request.read())))

    return router.route(url__startswith=base_url.rstrip("/") + "/").mock(side_effect=answer)


class _HttpxRequest(Protocol):
    """The part of ``httpx.Request`` that is read here."""

    method: str

    @property
    def url(self) -> object: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def read(self) -> bytes: ...


def _for_httpx(outcome: Response | Lost) -> "MockResponse":
    if isinstance(outcome, Lost):
        # respx brings httpx along. Only calls/_httpx.py of this library may depend on it by name.
        httpx = import_module("httpx")
        raise httpx.ReadError(outcome.reason) if outcome.sent else httpx.ConnectError(outcome.reason)
    # Loaded here: the extra ``testing`` is only needed by those who call this.
    with extra("testing"):
        respx = import_module("respx")
    response: MockResponse = respx.MockResponse(outcome.status, content=outcome.body, headers=dict(outcome.headers))
    return response


@contextmanager
def serve(simulator: Answering, *, host: str = "127.0.0.1", port: int = 0) -> Generator[str, None, None]:
    """Serve *simulator* over HTTP/1.1 while the context lasts; gives the base URL, without a slash at its end.

    Port 0 takes a free one. Requests are handled one at a time, under the simulator's own lock if it has one;
    what the simulator raises is raised here at the end. A lost
    answer is a connection that closes in silence: on loopback a client cannot tell "never sent" from "no answer".
    """
    server = _Server(simulator, host, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="simulator")
    thread.start()
    try:
        yield f"http://{host}:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.hang_up()
        server.server_close()
    if server.failures:
        raise server.failures[0]


class _Server(ThreadingHTTPServer):
    """A threading server that knows its open connections, so that closing waits for threads and never for clients."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, simulator: Answering, host: str, port: int) -> None:
        super().__init__((host, port), _Handler)
        self.simulator = simulator
        self.guard = _guard(simulator)
        self.failures: list[BaseException] = []
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        with self._open_lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        with self._open_lock:
            if isinstance(request, socket.socket):
                self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up in mid-request is its own affair; any other error is the simulator's, and is kept."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, ConnectionError):
            self.failures.append(error)

    def hang_up(self) -> None:
        """Wake every thread that waits for a further request on a kept connection."""
        with self._open_lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:  # the client was faster
                    continue


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes: together with delayed acknowledgement 40 ms each
    wbufsize = -1

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        request = _request(self.command, self.path, dict(self.headers.items()), body)
        server = self.server
        assert isinstance(server, _Server)
        with server.guard:
            outcome = server.simulator.handle(request)
        if isinstance(outcome, Lost):
            self.close_connection = True
            return
        self.send_response(outcome.status)
        for name, value in outcome.headers.items():
            self.send_header(name, value)
        if outcome.status not in (204, 304):
            self.send_header("content-length", str(len(outcome.body)))
        self.end_headers()
        if outcome.status not in (204, 304):
            self.wfile.write(outcome.body)
        self.wfile.flush()

    do_DELETE = do_GET = do_PATCH = do_POST = do_PUT = _answer  # noqa: N815 - the standard library looks these up

    def version_string(self) -> str:
        """The server header of the answers."""
        return "simulator"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library named it
        """A test run is not the place for an access log."""


def _request(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Request:
    parts = urlsplit(url)
    query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    return Request(method=method, path=parts.path or "/", query=query, headers=headers, body=body)


def _under(prefix: str, request: Request) -> Request:
    return attrs.evolve(request, path=f"{prefix}/{request.path.lstrip('/')}")


def _guard(simulator: Answering) -> AbstractContextManager[object]:
    # A faulty line waits before it lets anything through, and takes the simulator's lock only then.
    return nullcontext() if isinstance(simulator, Faulty) else guard_of(simulator)
