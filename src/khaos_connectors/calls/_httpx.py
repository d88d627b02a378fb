"""Requests over httpx: the only module that knows it."""

import ssl
import warnings
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import lru_cache
from urllib.parse import urlencode

import httpx

from khaos_connectors import __version__
from khaos_connectors.calls._gate import Gate, gate_to
from khaos_connectors.calls.connection import Connection, InsecureConnection
from khaos_connectors.calls.messages import Lost, Outcome, Request, Response
from khaos_connectors.calls.spool import Collector
from khaos_connectors.errors import ConfigError

__all__ = ["AsyncHttpxTransport", "HttpxTransport", "open_async_transport", "open_transport"]

_MAX_ANSWER = 64 * 2**20
_READ_TIMEOUT = 30.0
_CONNECT_TIMEOUT = 5.0

# These happen before the first byte of a request is written.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)

_REASONS: dict[type[Exception], str] = {
    httpx.ConnectTimeout: "could not connect in time",
    httpx.PoolTimeout: "no connection became free in time",
    httpx.ProxyError: "the proxy refused to connect",
    httpx.UnsupportedProtocol: "the address is neither http nor https",
    httpx.ReadTimeout: "no answer in time",
    httpx.WriteTimeout: "the request could not be written in time",
    httpx.RemoteProtocolError: "the connection was closed before the answer was complete",
    httpx.ReadError: "the connection broke while waiting for the answer",
    httpx.WriteError: "the connection broke while the request was written",
    httpx.DecodingError: "the answer could not be decompressed",
}


_NOT_LET_IN = Lost(sent=False, reason=_REASONS[httpx.PoolTimeout])

_FAILURES = (httpx.TransportError, httpx.DecodingError, OSError)
# OSError too: an alert that comes after the handshake leaves httpx as the bare ``ssl.SSLError``.


class HttpxTransport:
    """Sends requests of one system through *client*, whose timeouts a request's own may override.

    *base_url* empty: the client's own is used. Redirects are not followed, whatever the client would do: a system's
    credentials go to that system only. *gate*: where requests to one address wait for each other.
    """

    def __init__(
        self,
        client: httpx.Client,
        base_url: str = "",
        *,
        connect_timeout: float = _CONNECT_TIMEOUT,
        read_timeout: float = _READ_TIMEOUT,
        max_answer_bytes: int = _MAX_ANSWER,
        gate: Gate | None = None,
    ) -> None:
        self._client = client
        self._base_url = base_url or str(client.base_url)
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._max_answer_bytes = max_answer_bytes
        self._gate = gate

    def send(self, request: Request) -> Outcome:
        """The answer to *request*, or what is known of its absence."""
        if self._gate is None:
            return self._sent(request)
        if not self._gate.enter(_waiting(request, self._read_timeout)):
            return _NOT_LET_IN
        try:
            return self._sent(request)
        finally:
            self._gate.leave()

    def _sent(self, request: Request) -> Outcome:
        _check_open(self._client)
        try:
            with self._client.stream(
                request.method,
                _address(self._base_url, request),
                headers=_sendable(request.headers),
                content=request.body or None,
                timeout=_timeout(request, self._connect_timeout, self._read_timeout),
                follow_redirects=False,
            ) as answer:
                if _announced(answer) > self._max_answer_bytes:
                    return _too_large(self._max_answer_bytes)
                with Collector(self._max_answer_bytes, spool=request.spool) as collected:
                    for piece in answer.iter_bytes():
                        if not collected.take(piece):
                            return _too_large(self._max_answer_bytes)
                    return Response(status=answer.status_code, headers=dict(answer.headers), body=collected.content())
        except httpx.InvalidURL:
            raise ConfigError(field="base_url", problem="is not an address that can be called") from None
        except _FAILURES as error:
            return _lost(error)


class AsyncHttpxTransport:
    """``HttpxTransport`` for an ``httpx.AsyncClient``."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        base_url: str = "",
        *,
        connect_timeout: float = _CONNECT_TIMEOUT,
        read_timeout: float = _READ_TIMEOUT,
        max_answer_bytes: int = _MAX_ANSWER,
        gate: Gate | None = None,
    ) -> None:
        self._client = client
        self._base_url = base_url or str(client.base_url)
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._max_answer_bytes = max_answer_bytes
        self._gate = gate

    async def send(self, request: Request) -> Outcome:
        """The answer to *request*, or what is known of its absence."""
        if self._gate is None:
            return await self._sent(request)
        if not await self._gate.enter_async(_waiting(request, self._read_timeout)):
            return _NOT_LET_IN
        try:
            return await self._sent(request)
        finally:
            self._gate.leave()

    async def _sent(self, request: Request) -> Outcome:
        _check_open(self._client)
        try:
            async with self._client.stream(
                request.method,
                _address(self._base_url, request),
                headers=_sendable(request.headers),
                content=request.body or None,
                timeout=_timeout(request, self._connect_timeout, self._read_timeout),
                follow_redirects=False,
            ) as answer:
                if _announced(answer) > self._max_answer_bytes:
                    return _too_large(self._max_answer_bytes)
                with Collector(self._max_answer_bytes, spool=request.spool) as collected:
                    async for piece in answer.aiter_bytes():
                        if not collected.take(piece):
                            return _too_large(self._max_answer_bytes)
                    return Response(status=answer.status_code, headers=dict(answer.headers), body=collected.content())
        except httpx.InvalidURL:
            raise ConfigError(field="base_url", problem="is not an address that can be called") from None
        except _FAILURES as error:
            return _lost(error)


@contextmanager
def open_transport(connection: Connection) -> Generator[HttpxTransport, None, None]:
    """A transport with a pool of its own, closed at the end of the ``with`` block."""
    with httpx.Client(
        verify=_trust(connection), headers=_headers(connection), limits=_limits(connection), follow_redirects=False
    ) as client:
        yield HttpxTransport(
            client,
            connection.base_url,
            connect_timeout=connection.connect_timeout,
            read_timeout=connection.read_timeout,
            max_answer_bytes=connection.max_answer_bytes,
            gate=gate_to(connection.base_url, connection.at_once),
        )


@asynccontextmanager
async def open_async_transport(connection: Connection) -> AsyncGenerator[AsyncHttpxTransport, None]:
    """``open_transport`` for the running event loop."""
    async with httpx.AsyncClient(
        verify=_trust(connection), headers=_headers(connection), limits=_limits(connection), follow_redirects=False
    ) as client:
        yield AsyncHttpxTransport(
            client,
            connection.base_url,
            connect_timeout=connection.connect_timeout,
            read_timeout=connection.read_timeout,
            max_answer_bytes=connection.max_answer_bytes,
            gate=gate_to(connection.base_url, connection.at_once),
        )


# --- what both share ---------------------------------------------------------------------------------------------


def _check_open(client: httpx.Client | httpx.AsyncClient) -> None:
    if client.is_closed:
        problem = "is closed, nothing was sent: the with block that opened it has ended, and calls belong inside it"
        raise ConfigError(field="connection", problem=f"{problem} (a listing asks for its pages while it is read)")


def _headers(connection: Connection) -> dict[str, str]:
    return _sendable({"user-agent": f"khaos-connectors/{__version__}", **connection.headers})


def _limits(connection: Connection) -> httpx.Limits:
    # httpx 0.28 looks at every connection of its pool for each call: narrow pools are the fast ones.
    return httpx.Limits(max_connections=connection.at_once, max_keepalive_connections=connection.at_once)


def _trust(connection: Connection) -> ssl.SSLContext:
    if not connection.verify:
        warnings.warn(
            f"{connection.system}: certificates are not checked, anybody may answer in its place",
            InsecureConnection,
            stacklevel=5,
        )
    ca_file = None if connection.ca_file is None else str(connection.ca_file)
    client_cert = None if connection.client_cert is None else str(connection.client_cert)
    try:
        return _context(verify=connection.verify, ca_file=ca_file, client_cert=client_cert)
    except (OSError, ssl.SSLError) as error:
        files = {"ca_file": ca_file, "client_cert": client_cert}
        given = {name: path for name, path in files.items() if path is not None}
        problem = f"{' or '.join(given.values())} cannot be loaded ({type(error).__name__})"
        raise ConfigError(field=" or ".join(given), problem=problem) from None


@lru_cache(maxsize=32)
def _context(*, verify: bool, ca_file: str | None, client_cert: str | None) -> ssl.SSLContext:
    # One context for all connections that trust alike: loading the authorities costs more than a call.
    context = httpx.create_ssl_context() if ca_file is None else ssl.create_default_context(cafile=ca_file)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if client_cert is not None:
        context.load_cert_chain(client_cert)
    return context


def _address(base_url: str, request: Request) -> str:
    path = request.path.lstrip("/")
    # An empty path leaves the base as it was written: some servers take "/service" and "/service/" for two things.
    address = f"{base_url.rstrip('/')}/{path}" if path else base_url
    return f"{address}?{urlencode(request.query)}" if request.query else address


def _sendable(headers: Mapping[str, str]) -> dict[str, str]:
    # Found by httpx or by h11, such a character would come out as an error that quotes the whole value.
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            raise ConfigError(field=f"header {name}", problem="holds a character that cannot travel in HTTP")
    return dict(headers)


def _waiting(request: Request, read: float) -> float:
    return read if request.timeout is None else request.timeout


def _timeout(request: Request, connect: float, read: float) -> httpx.Timeout:
    waiting = _waiting(request, read)
    return httpx.Timeout(connect=connect, read=waiting, write=waiting, pool=waiting)


def _announced(answer: httpx.Response) -> int:
    length = answer.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 20 else 0


def _too_large(limit: int) -> Lost:
    return Lost(sent=True, reason=f"the answer is longer than the {limit} bytes that are accepted", final=True)


def _lost(error: Exception) -> Lost:
    # httpx's own texts may hold addresses; ours are told by kind, with the operating system's words at most.
    sent = not isinstance(error, _NOT_SENT)
    cause = _root(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Lost(sent=sent, reason=f"its certificate is not trusted: {cause.verify_message}", final=True)
    reason = _REASONS.get(type(error), "the connection failed")
    if isinstance(error, httpx.ConnectError):
        told = cause.strerror if isinstance(cause, OSError) and cause.strerror else type(cause).__name__
        reason = f"could not connect ({told})"
    return Lost(sent=sent, reason=reason)


def _root(error: BaseException) -> BaseException:
    for _ in range(10):
        deeper = error.__cause__ or error.__context__
        if deeper is None:
            break
        error = deeper
    return error
