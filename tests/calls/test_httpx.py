"""Real requests on the loopback: what arrives, what comes back, and what is known when nothing does."""

import asyncio
import gzip
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

from khaos_connectors.calls.connect import (
    AsyncHttpxTransport,
    Connection,
    HttpxTransport,
    InsecureConnection,
    open_async_runner,
    open_runner,
)
from khaos_connectors.calls.flows import gather, send
from khaos_connectors.calls.messages import Lost, Outcome, Request, Response
from khaos_connectors.errors import ConfigError

CERTIFICATE = Path(__file__).parent.parent / "samples" / "tls" / "localhost.pem"
GET = Request(method="GET", path="/x")


class Seen:
    """What the server saw, and how it is to answer."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.answer: Callable[[BaseHTTPRequestHandler], None] = ok


def ok(handler: BaseHTTPRequestHandler) -> None:
    reply(handler, 200, b"fine", {"X-Request-Id": "r-1"})


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def server(seen: Seen, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            seen.lines.append(f"{self.command} {self.path}")
            seen.headers.append({name.lower(): value for name, value in self.headers.items()})
            seen.bodies.append(self.rfile.read(int(self.headers.get("content-length", 0))))
            try:
                seen.answer(self)
            except OSError:
                self.close_connection = True

        do_GET = do_POST = do_PUT = answer  # noqa: N815 - the names that http.server looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server uses
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass

    with Server(("127.0.0.1", 0), Handler) as http:
        if tls is not None:
            http.socket = tls.wrap_socket(http.socket, server_side=True)
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        scheme = "http" if tls is None else "https"
        try:
            yield f"{scheme}://127.0.0.1:{http.server_address[1]}"
        finally:
            http.shutdown()
            thread.join()


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def address(seen: Seen) -> Iterator[str]:
    with server(seen) as base_url:
        yield base_url


Fetch = Callable[..., Any]


@pytest.fixture(params=["blocking", "awaited"])
def fetch(request: pytest.FixtureRequest) -> Fetch:
    """Send one request over a connection that is opened for it, with each transport in its turn."""

    def blocking(connection: Connection, one: Request) -> Outcome:
        with open_runner(connection) as runner:
            return runner.run(send(connection.system, "op", one))

    async def awaited(connection: Connection, one: Request) -> Outcome:
        async with open_async_runner(connection) as runner:
            return await runner.run(send(connection.system, "op", one))

    if request.param == "blocking":
        return blocking
    return lambda connection, one: asyncio.run(awaited(connection, one))


class TestRequests:
    def test_everything_arrives(self, fetch: Fetch, address: str, seen: Seen) -> None:
        """Method, path under the base, query in order with repeats, headers and body."""
        one = Request(
            method="POST",
            path="/api/orders",
            query=(("id", "a b"), ("id", "ü&="), ("since", "2026-01-01T00:00:00+01:00")),
            headers={"X-Key": "k", "Content-Type": "text/xml; charset=utf-8"},
            body=b"<a/>",
        )

        answer = fetch(Connection("acc", f"{address}/base/", headers={"X-More": "m"}), one)

        assert seen.lines == ["POST /base/api/orders?id=a+b&id=%C3%BC%26%3D&since=2026-01-01T00%3A00%3A00%2B01%3A00"]
        assert seen.bodies == [b"<a/>"]
        assert (
            seen.headers[0].items() >= {"x-key": "k", "x-more": "m", "content-type": "text/xml; charset=utf-8"}.items()
        )
        assert seen.headers[0]["user-agent"].startswith("khaos-connectors/")
        assert (answer.status, answer.body, answer.headers["x-request-id"]) == (200, b"fine", "r-1")

    @pytest.mark.parametrize("base", ["/soap/IKosWeb", "/soap/IKosWeb/"])
    def test_an_empty_path_leaves_the_base_as_it_is(self, fetch: Fetch, address: str, seen: Seen, base: str) -> None:
        """Some servers take a slash at the end for another address."""
        fetch(Connection("acc", address + base), Request(method="POST", path="", body=b"x"))

        assert seen.lines == [f"POST {base}"]

    def test_redirects_are_answers(self, fetch: Fetch, address: str, seen: Seen) -> None:
        """Credentials are not carried to wherever a system points."""
        seen.answer = lambda handler: reply(handler, 302, b"", {"Location": "/elsewhere"})

        assert fetch(Connection("acc", address), GET).status == 302
        assert len(seen.lines) == 1

    def test_compressed_answers_are_read(self, fetch: Fetch, address: str, seen: Seen) -> None:
        """The body is what was compressed."""
        seen.answer = lambda handler: reply(handler, 200, gzip.compress(b"text" * 100), {"Content-Encoding": "gzip"})

        assert fetch(Connection("acc", address), GET).body == b"text" * 100


class TestBounds:
    @pytest.mark.parametrize("announced", [True, False])
    def test_an_answer_that_is_too_long_is_not_read(
        self, fetch: Fetch, address: str, seen: Seen, *, announced: bool
    ) -> None:
        """Whether it says its length or just keeps coming: the limit is named, asking again cannot help."""

        def endless(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Length", str(100 * 2**20)) if announced else None
            handler.send_header("Connection", "close")
            handler.end_headers()
            for _ in range(1600):
                handler.wfile.write(b"x" * 2**16)

        seen.answer = endless

        lost = fetch(Connection("acc", address, max_answer_bytes=10_000), GET)

        assert lost == Lost(sent=True, final=True, reason="the answer is longer than the 10000 bytes that are accepted")

    def test_a_compressed_bomb_is_measured_as_it_unfolds(self, fetch: Fetch, address: str, seen: Seen) -> None:
        """A few kilobytes on the wire may be megabytes of text."""
        seen.answer = lambda handler: reply(handler, 200, gzip.compress(b"0" * 2**22), {"Content-Encoding": "gzip"})

        assert fetch(Connection("acc", address, max_answer_bytes=10_000), GET).final

    def test_an_answer_of_exactly_the_limit_is_read(self, fetch: Fetch, address: str, seen: Seen) -> None:
        """The limit itself is allowed."""
        seen.answer = lambda handler: reply(handler, 200, b"x" * 1000)

        assert len(fetch(Connection("acc", address, max_answer_bytes=1000), GET).body) == 1000

    def test_a_large_answer_is_spooled_where_the_request_allows(self, fetch: Fetch, address: str, seen: Seen) -> None:
        """What is read is the same, from a file or from memory; the limit holds for both."""
        large = bytes(range(256)) * 8192
        seen.answer = lambda handler: reply(handler, 200, large)
        spooling = attrs.evolve(GET, spool=True)

        answers = [fetch(Connection("acc", address), request) for request in (GET, spooling)]

        assert [answer.body for answer in answers] == [large, large]
        assert b"".join(answers[1].pieces()) == large
        assert fetch(Connection("acc", address, max_answer_bytes=10_000), spooling).final


class TestLosses:
    def test_nobody_there(self, fetch: Fetch) -> None:
        """A refused connection: nothing was sent."""
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]

        lost = fetch(Connection("acc", f"http://127.0.0.1:{port}"), GET)

        assert (lost.sent, lost.final) == (False, False)
        assert lost.reason.startswith("could not connect (")

    def test_no_answer_in_time(self, fetch: Fetch, address: str, seen: Seen) -> None:
        """It was sent, and nobody knows what became of it; a request's own timeout is the one that counts."""
        release = threading.Event()
        seen.answer = lambda _: release.wait(10) and None  # type: ignore[func-returns-value]  # waits, answers nothing

        try:
            lost = fetch(Connection("acc", address), Request(method="GET", path="/", timeout=0.05))
        finally:
            release.set()

        assert lost == Lost(sent=True, reason="no answer in time")

    @pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", b"garbage\r\n\r\n"])
    def test_the_connection_breaks(self, fetch: Fetch, address: str, seen: Seen, start: bytes) -> None:
        """Without an answer, in the middle of one, or with nonsense: it was sent."""

        def breaks(handler: BaseHTTPRequestHandler) -> None:
            handler.wfile.write(start)
            handler.close_connection = True

        seen.answer = breaks

        lost = fetch(Connection("acc", address), GET)

        assert isinstance(lost, Lost)
        assert (lost.sent, lost.final) == (True, False)
        assert lost.reason in {
            "the connection was closed before the answer was complete",
            "the connection broke while waiting for the answer",
        }

    def test_broken_compression(self, fetch: Fetch, address: str, seen: Seen) -> None:
        """The answer cannot be read: its request was sent."""
        seen.answer = lambda handler: reply(handler, 200, b"not gzip at all", {"Content-Encoding": "gzip"})

        assert fetch(Connection("acc", address), GET) == Lost(sent=True, reason="the answer could not be decompressed")

    def test_no_reason_shows_the_address(self, fetch: Fetch) -> None:
        """Paths and queries may hold keys and customers."""
        one = Request(method="GET", path="/private/path", query=(("key", "hush"),))

        lost = fetch(Connection("acc", "http://nowhere.invalid"), one)

        assert not lost.sent
        assert not any(word in lost.reason for word in ("hush", "private", "nowhere"))


class TestTrust:
    @pytest.fixture
    def secure(self, seen: Seen) -> Iterator[str]:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(CERTIFICATE)
        with server(seen, tls) as base_url:
            yield base_url

    def test_an_unknown_certificate_ends_it(self, fetch: Fetch, secure: str, seen: Seen) -> None:
        """Nothing was sent, and asking again will not make it trusted."""
        lost = fetch(Connection("acc", secure), GET)

        assert (lost.sent, lost.final) == (False, True)
        assert lost.reason.startswith("its certificate is not trusted: self")
        assert seen.lines == []

    def test_a_certificate_may_be_pinned(self, fetch: Fetch, secure: str) -> None:
        """Vendors ship self-signed ones: trust exactly that one."""
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert fetch(Connection("acc", secure, ca_file=CERTIFICATE), GET).status == 200

    def test_trusting_anybody_warns(self, fetch: Fetch, secure: str) -> None:
        """It is possible, and it is said."""
        with pytest.warns(InsecureConnection, match="acc: certificates are not checked"):
            assert fetch(Connection("acc", secure, verify=False), GET).status == 200

    def test_a_client_certificate_is_shown(self, fetch: Fetch, seen: Seen) -> None:
        """A server that asks for one lets us in."""
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(CERTIFICATE)
        tls.verify_mode = ssl.CERT_REQUIRED
        tls.load_verify_locations(CERTIFICATE)
        with server(seen, tls) as base_url:
            known = Connection("acc", base_url, ca_file=CERTIFICATE, client_cert=CERTIFICATE)
            unknown = Connection("acc", base_url, ca_file=CERTIFICATE)

            assert fetch(known, GET).status == 200
            assert isinstance(fetch(unknown, GET), Lost)

    def test_a_file_that_is_no_certificate(self, fetch: Fetch, tmp_path: Path) -> None:
        """The setting is named, and the file: it may be looked for in another folder than one thinks."""
        with pytest.raises(ConfigError, match=r"ca_file.*missing\.pem cannot be loaded \(FileNotFoundError\)"):
            fetch(Connection("acc", "https://127.0.0.1", ca_file=tmp_path / "missing.pem"), GET)
        with pytest.raises(ConfigError, match=r"^client_cert: \S*missing\.pem cannot be loaded"):
            fetch(Connection("acc", "https://127.0.0.1", client_cert=tmp_path / "missing.pem"), GET)

    def test_connections_that_trust_alike_share_one_context(self) -> None:
        """Loading the authorities is dearer than a call."""
        from khaos_connectors.calls._httpx import _context

        again = {"verify": True, "ca_file": None, "client_cert": None}

        assert _context(**again) is _context(**again)  # type: ignore[arg-type]  # the values fit the keywords


class TestOwnClient:
    def test_it_is_used_as_it_is(self, address: str, seen: Seen) -> None:
        """Its base address and headers count; redirects are not followed even if it would."""
        seen.answer = lambda handler: reply(handler, 301, b"", {"Location": "/y"})
        with httpx.Client(base_url=f"{address}/own", headers={"X-Own": "1"}, follow_redirects=True) as client:
            answer = HttpxTransport(client).send(GET)

        assert isinstance(answer, Response)
        assert answer.status == 301
        assert seen.lines == ["GET /own/x"]
        assert seen.headers[0]["x-own"] == "1"

    def test_an_awaited_one_too(self, address: str, seen: Seen) -> None:
        """The same for the event loop."""

        async def scene() -> Outcome:
            async with httpx.AsyncClient(base_url=f"{address}/own/") as client:
                return await AsyncHttpxTransport(client).send(GET)

        assert isinstance(asyncio.run(scene()), Response)
        assert seen.lines == ["GET /own/x"]

    @pytest.mark.parametrize(
        ("error", "sent"),
        [
            (httpx.ConnectTimeout("x"), False),
            (httpx.PoolTimeout("x"), False),
            (httpx.ProxyError("x"), False),
            (httpx.UnsupportedProtocol("x"), False),
            (httpx.ConnectError("https://hush.example"), False),
            (httpx.ReadTimeout("x"), True),
            (httpx.WriteTimeout("x"), True),
            (httpx.ReadError("x"), True),
            (httpx.WriteError("x"), True),
            (httpx.CloseError("x"), True),
            (httpx.RemoteProtocolError("x"), True),
            (httpx.LocalProtocolError("x"), True),
            (ssl.SSLError("hush"), True),
            (ConnectionResetError("hush"), True),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_every_failure_is_told_by_what_is_known(self, error: Exception, *, sent: bool) -> None:
        """Before the first byte: not sent. After it: sent, whatever else. Never the library's own words."""

        def fail(_: httpx.Request) -> httpx.Response:
            raise error

        with httpx.Client(transport=httpx.MockTransport(fail), base_url="https://a.example") as client:
            lost = HttpxTransport(client).send(GET)

        assert isinstance(lost, Lost)
        assert lost.sent is sent
        assert "hush" not in lost.reason

    def test_an_impossible_address_is_a_setting(self) -> None:
        """It is not the network's fault."""
        with httpx.Client() as client, pytest.raises(ConfigError, match="base_url"):
            HttpxTransport(client, "http://a.example:port").send(GET)

    @pytest.mark.parametrize("value", ["hush-é", "hush\n", "hush\r\nEvil: 1", "\x00hush"])
    def test_a_header_that_cannot_travel_is_a_setting(self, fetch: Fetch, address: str, seen: Seen, value: str) -> None:
        """A key that was pasted with a line end is named, not shown, and nothing is sent."""
        with pytest.raises(ConfigError, match="header x-key") as raised:
            fetch(Connection("acc", address), Request(method="GET", path="/", headers={"X-Key": value}))

        assert "hush" not in str(raised.value)
        assert raised.value.__context__ is None
        assert seen.lines == []


class TestOpening:
    def test_several_systems_over_one_runner(self, address: str, seen: Seen) -> None:
        """Each goes to its own address."""
        with open_runner(Connection("a", f"{address}/a"), Connection("b", f"{address}/b")) as runner:
            runner.run(gather([send("a", "op", GET), send("b", "op", GET)], limit=2))

        assert seen.lines == ["GET /a/x", "GET /b/x"]

    def test_a_name_stands_for_one_connection(self) -> None:
        """Two of one name would hide each other."""
        twice = [Connection("a", "https://a.example"), Connection("a", "https://b.example")]

        with pytest.raises(ConfigError, match="'a'"), open_runner(*twice):
            pass

    @pytest.mark.parametrize(
        ("field", "more"),
        [
            ("base_url", {"base_url": ""}),
            ("base_url", {"base_url": "shop.example/api"}),
            ("base_url", {"base_url": "ftp://shop.example"}),
            ("base_url", {"base_url": "https://"}),
            ("base_url", {"base_url": "https://a.example:99999"}),
            ("base_url", {"base_url": "https://[broken"}),
            ("base_url", {"base_url": "https://me:hush@a.example"}),
            ("base_url", {"base_url": "https://a.example/?key=hush"}),
            ("connect_timeout", {"connect_timeout": 0}),
            ("read_timeout", {"read_timeout": -1}),
            ("read_timeout", {"read_timeout": float("nan")}),
            ("max_answer_bytes", {"max_answer_bytes": 0}),
            ("at_once", {"at_once": 0}),
        ],
    )
    def test_an_impossible_connection_is_refused(self, field: str, more: dict[str, Any]) -> None:
        """When it is described, not when it is used; no credential is repeated in the error."""
        with pytest.raises(ConfigError) as raised:
            Connection("acc", **{"base_url": "https://a.example", **more})

        assert raised.value.field == field
        assert "hush" not in str(raised.value)
