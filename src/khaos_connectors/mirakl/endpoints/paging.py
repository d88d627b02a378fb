"""Lists that come in pages: by offset, by token, by pieces of a long list of ids, by slices of a long time.

A row is read by itself (``Read`` or ``Broken``), so that one that breaks the contract costs itself only.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Generic, TypeVar, cast

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.decode import read, to_json
from khaos_connectors.calls.messages import Call, Page, Request, Response
from khaos_connectors.mirakl.answers import content, legible, refused_locally
from khaos_connectors.mirakl.endpoints.writing import MOST_VALUES
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.scope import Scope

__all__ = ["Listing", "chunked", "offset_page", "page_mark", "read_rows", "seek_page", "time_slices", "whole_list"]

T = TypeVar("T")

_Pairs = Iterable[tuple[str, str | None]]


@attrs.frozen(kw_only=True)
class Listing(Generic[T]):
    """What an operation lists: GET *path* answers an object whose *field* holds rows of *record* known by *id*.

    *most* is the largest page that the operation gives; *translated* sends the language of the scope along.
    *total_in_rows*: the pages are of something inside the rows, and each row tells how many of it there are.
    *may_lack*: a list that is left out or null is an empty one.
    """

    operation: str
    path: str
    record: type[T]
    field: str = "data"
    id: str = "id"
    most: int = MOST_VALUES
    translated: bool = False
    total_in_rows: bool = False
    may_lack: bool = False


def offset_page(
    scope: Scope,
    listing: Listing[T],
    wanted: _Pairs = (),
    *,
    size: int = MOST_VALUES,
    offset: int = 0,
    after: str = "",
    sort: str | None = None,
    order: str | None = "asc",
) -> Call[Page[Read[T] | Broken]]:
    """A page of *size* rows from *offset* on, and behind it the call for the next one.

    *wanted* are the filters as pairs of the query, None left out; *order* is sent with *sort* only. *after* is the
    ``mark`` of the page before. The same page once more is ``CursorStuck``, unless as many rows have come in before it
    meanwhile, as is one that is empty before the total: in both the rest would go missing unseen.
    """
    if not 1 <= size <= listing.most or offset < 0:
        problem = f"must be 1 to {listing.most} from offset 0, not {size} from {offset}"
        raise refused_locally(scope, listing.operation, "max", problem)
    filters = tuple(wanted)
    paging = (("max", str(size)), ("offset", str(offset)), ("sort", sort), ("order", order if sort else None))

    def decode(response: Response) -> Page[Read[T] | Broken]:
        body = _object(response, scope, listing.operation)
        rows = read_rows(scope, listing, body)
        if listing.total_in_rows:
            end, mark, more = offset + size, "", offset + size < _largest_total(rows)
        else:
            total = read(_Total, body, system=scope.account, operation=listing.operation).total_count
            end, mark = offset + len(rows), page_mark(rows, total)
            if (rows and _stands_still(mark, after, len(rows))) or (not rows and total is not None and offset < total):
                raise errors.CursorStuck(system=scope.account, operation=listing.operation, cursor=f"offset={offset}")
            # Without a total a full page is the only sign that there is more.
            more = bool(rows) and (len(rows) == size if total is None else end < total)
        if not more:
            return Page(items=rows)
        following = offset_page(scope, listing, filters, size=size, offset=end, after=mark, sort=sort, order=order)
        return Page(items=rows, next=following, mark=mark)

    return _call(listing, scope.query(*filters, *paging, translated=listing.translated), decode)


def seek_page(
    scope: Scope,
    listing: Listing[T],
    wanted: _Pairs = (),
    *,
    size: int = MOST_VALUES,
    sort: str | None = None,
    token: str = "",
) -> Call[Page[Read[T] | Broken]]:
    """The first page of *size* rows, or the one that *token* stands for, and behind it the call for the next one.

    *wanted* are the filters as pairs of the query, None left out; *sort* is Mirakl's ``field,ASC`` or ``field,DESC``.
    A token has the filters frozen in it: it goes alone with the shop. A token that leads to itself is ``CursorStuck``.
    """
    if not 1 <= size <= listing.most:
        raise refused_locally(scope, listing.operation, "limit", f"must be 1 to {listing.most}, not {size}")
    filters = tuple(wanted)

    def decode(response: Response) -> Page[Read[T] | Broken]:
        body = _object(response, scope, listing.operation)
        rows = read_rows(scope, listing, body)
        following = read(_Token, body, system=scope.account, operation=listing.operation).next_page_token
        if not following:
            return Page(items=rows)
        if following == token:
            raise errors.CursorStuck(system=scope.account, operation=listing.operation, cursor=f"page_token={token}")
        return Page(items=rows, next=seek_page(scope, listing, size=size, token=following))

    if token:
        query = scope.query(("page_token", token))
    else:
        query = scope.query(*filters, ("limit", str(size)), ("sort", sort), translated=listing.translated)
    return _call(listing, query, decode)


def whole_list(scope: Scope, listing: Listing[T], wanted: _Pairs = ()) -> Call[Page[Read[T] | Broken]]:
    """All rows of a list that Mirakl gives in one answer; *wanted* are the filters as pairs, None left out."""

    def decode(response: Response) -> Page[Read[T] | Broken]:
        return Page(items=read_rows(scope, listing, _object(response, scope, listing.operation)))

    return _call(listing, scope.query(*wanted, translated=listing.translated), decode)


def read_rows(scope: Scope, listing: Listing[T], body: Mapping[str, object]) -> tuple[Read[T] | Broken, ...]:
    """Every row of an answer's *body* by itself. Raises ``Undecodable`` where the list itself is not there."""
    account, operation, path = scope.account, listing.operation, f"$.{listing.field}"
    if listing.may_lack and body.get(listing.field) is None:
        return ()
    if listing.field not in body:
        raise errors.Undecodable(system=account, operation=operation, path=path, expected="a list")
    rows = read(tuple[object, ...], body[listing.field], system=account, operation=operation, path=path)
    return tuple(_row(scope, listing, row, f"{path}[{at}]") for at, row in enumerate(rows))


def page_mark(rows: Iterable[Read[object] | Broken], total: int | None = None) -> str:
    """What tells a page from another: a short digest of its rows' ids, in their order, and the *total* told with it."""
    ids = (row.id or row.payload for row in rows)
    digest = sha256("\n".join(ids).encode(errors="surrogatepass")).hexdigest()[:16]
    return digest if total is None else f"{digest}/{total}"


def chunked(values: Sequence[T], most: int = MOST_VALUES) -> tuple[tuple[T, ...], ...]:
    """*values* in their order, at most *most* together."""
    return tuple(tuple(values[at : at + most]) for at in range(0, len(values), most))


def time_slices(start: datetime, end: datetime, longest: timedelta) -> tuple[tuple[datetime, datetime], ...]:
    """The time from *start* to *end* in neighbouring slices of *longest* (the last one may be shorter).

    Neighbours share their border, because Mirakl's ends are inclusive on both sides: what falls on one comes twice.
    An end that is not after the start gives one slice of no length.
    """
    slices: list[tuple[datetime, datetime]] = []
    while not slices or start < end:
        border = max(start, min(start + longest, end))
        slices.append((start, border))
        start = border
    return tuple(slices)


def _stands_still(mark: str, after: str, rows: int) -> bool:
    """Whether the page of *mark* is the one *after* which it should come.

    Rows that come in before the place of a walk push those that it has seen back under it. A whole page of them, by
    the total, shows the page before once more, and all is well.
    """
    digest, _, total = mark.partition("/")
    digest_before, _, total_before = after.partition("/")
    grown = int(total) - int(total_before) if total.isdecimal() and total_before.isdecimal() else 0
    return digest == digest_before and grown < rows


@attrs.frozen(kw_only=True)
class _Total:
    total_count: int | None = None


@attrs.frozen(kw_only=True)
class _Token:
    next_page_token: str | None = None


def _largest_total(rows: Iterable[Read[object] | Broken]) -> int:
    counts = [total for row in rows if (total := legible(json.loads(row.payload), "total_count")).isdecimal()]
    return max(map(int, counts), default=0)


def _object(response: Response, scope: Scope, operation: str) -> Mapping[str, object]:
    body = content(response, scope=scope, operation=operation)
    if isinstance(body, dict):
        return cast("dict[str, object]", body)  # keys of JSON are strings
    raise errors.Undecodable(system=scope.account, operation=operation, path="$", expected="an object")


def _row(scope: Scope, listing: Listing[T], row: object, path: str) -> Read[T] | Broken:
    payload, found = to_json(row), legible(row, listing.id)
    try:
        record = read(listing.record, row, system=scope.account, operation=listing.operation, path=path)
    except errors.Undecodable as broken:
        return Broken(id=found, path=broken.path, expected=broken.expected, payload=payload)
    return Read(id=found, record=record, payload=payload)


def _call(
    listing: Listing[T],
    query: tuple[tuple[str, str], ...],
    decode: Callable[[Response], Page[Read[T] | Broken]],
) -> Call[Page[Read[T] | Broken]]:
    request = Request(method="GET", path=listing.path, query=query)
    return Call(operation=listing.operation, repeat="free", request=request, decode=decode)
