"""Asynchronous exports, the part that offers, orders and transactions share: their start, their status, their files."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar, cast
from urllib.parse import parse_qsl, urlsplit

from khaos_connectors import errors
from khaos_connectors.calls.decode import parse_json, read
from khaos_connectors.calls.messages import Call, Request, Response
from khaos_connectors.mirakl.answers import model, refuse
from khaos_connectors.mirakl.endpoints.writing import json_request, segment
from khaos_connectors.mirakl.models.exports import ExportStarted, ExportStatus
from khaos_connectors.mirakl.scope import Scope

__all__ = ["CHUNK_ITEMS", "CHUNK_MEGABYTES", "export_file", "export_start", "export_status", "exported_rows"]

T = TypeVar("T")

CHUNK_ITEMS = 10_000
"""The fewest rows to which Mirakl cuts one file of an export."""

CHUNK_MEGABYTES = 10
"""The smallest size to which Mirakl cuts one file of an export."""

_FILE_SECONDS = 120.0


def export_start(scope: Scope, operation: str, path: str, body: object) -> Call[ExportStarted]:
    """The call of *operation* that starts the export described by *body*.

    It reads, hence may be repeated: of a duplicate the running export's id comes back, or a refusal.
    """
    return Call(
        operation=operation,
        repeat="free",
        request=json_request("POST", path, scope.query(), body),
        decode=partial(model, ExportStarted, scope=scope, operation=operation),
    )


def export_status(scope: Scope, operation: str, path: str, tracking_id: str) -> Call[ExportStatus]:
    """The call of *operation* that asks how far the export *tracking_id* is; *path* ends before the id."""
    return Call(
        operation=operation,
        repeat="free",
        request=Request(method="GET", path=f"{path}/{segment(scope, operation, tracking_id)}", query=scope.query()),
        decode=partial(model, ExportStatus, scope=scope, operation=operation),
    )


def export_file(scope: Scope, operation: str, url: str, decode: Callable[[Response], T]) -> Call[T]:
    """The call of *operation* that fetches one file of an export by the *url* that its status told.

    The path and the query of *url* are kept; where they are asked for is the caller's connection, so that a key never
    goes to a host that is not its own. The shop is named if *url* does not name it. *decode* gets 2xx answers only.
    Raises ``Undecodable`` for what is no address.
    """
    path, query = _parts(scope, operation, url)
    if all(name != "shop_id" for name, _ in query):
        query = (*query, *scope.query())

    def decoded(response: Response) -> T:
        if not 200 <= response.status < 300:
            refuse(response, scope=scope, operation=operation)
        return decode(response)

    request = Request(
        method="GET", path=path, query=query, headers={"accept": "*/*"}, timeout=_FILE_SECONDS, spool=True
    )
    return Call(operation=operation, repeat="free", request=request, decode=decoded)


def exported_rows(
    response: Response, *, scope: Scope, operation: str, under: tuple[str, ...] = ("data",)
) -> Iterator[object]:
    """The rows of one exported file, parsed one by one and not yet read into records.

    A file is met as an array, as an object with its rows in one of the fields *under*, and as one object to a line
    (NDJSON, whether its content type says so or not); a single row that stands alone is one row. Raises
    ``Undecodable``, for a file that breaks off too: nothing tells how much of it is missing.
    """
    if _is_lines(response):
        yield from _lines(response, scope, operation)
        return
    if not response.body.strip():
        return
    try:
        found = parse_json(response, system=scope.account, operation=operation)
    except errors.Undecodable:
        # A store of files knows nothing of what it keeps: it may give lines as mere bytes.
        if not _starts_with_a_line(response.body, scope, operation):
            raise
        yield from _lines(response, scope, operation)
        return
    yield from _rows(found, scope, operation, under)


def _rows(found: object, scope: Scope, operation: str, under: tuple[str, ...]) -> tuple[object, ...]:
    def read_as_rows(value: object, path: str) -> tuple[object, ...]:
        return read(tuple[object, ...], value, system=scope.account, operation=operation, path=path)

    if isinstance(found, list):
        return read_as_rows(cast("list[object]", found), "$")  # a JSON array
    fields = read(dict[str, object], found, system=scope.account, operation=operation)
    for name in under:
        if name in fields:
            return read_as_rows(fields[name], f"$.{name}")
    return (found,)


def _is_lines(response: Response) -> bool:
    return "ndjson" in response.headers.get("content-type", "").lower()


def _starts_with_a_line(body: bytes, scope: Scope, operation: str) -> bool:
    first, _, more = body.lstrip().partition(b"\n")
    try:
        parse_json(Response(status=200, body=first), system=scope.account, operation=operation)
    except errors.Undecodable:
        return False
    return bool(more.strip())


def _lines(response: Response, scope: Scope, operation: str) -> Iterator[object]:
    for line in _split(response.pieces()):
        if line.strip():
            yield parse_json(Response(status=200, body=line), system=scope.account, operation=operation)


def _split(pieces: Iterator[bytes]) -> Iterator[bytes]:
    open_line: list[bytes] = []
    for piece in pieces:
        first, *others = piece.split(b"\n")
        open_line.append(first)
        if others:
            yield b"".join(open_line)
            yield from others[:-1]
            open_line = [others[-1]]
    yield b"".join(open_line)


def _parts(scope: Scope, operation: str, url: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    try:
        parts = urlsplit(url.strip())
        # A stray percent sign, as in Mirakl's own examples, is a character like any other and is escaped anew.
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    except ValueError:
        parts, query = urlsplit(""), ()
    if not parts.path.startswith("/") or parts.path == "/":
        raise errors.Undecodable(
            system=scope.account, operation=operation, path="$.urls[]", expected="the address of an exported file"
        )
    return parts.path, query
