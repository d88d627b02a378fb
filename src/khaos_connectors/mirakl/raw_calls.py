"""Any operation of Mirakl by its code, for what this library has no function for yet.

The table of operations gives address, paging, language, limits and whether a repeat is harmless; the answer comes as
the JSON that it is. An operation from which Mirakl keeps integrations away is refused unless it is asked for by name.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import partial
from re import findall
from typing import cast

import attrs

from khaos_connectors import errors
from khaos_connectors._choices import known_names
from khaos_connectors.calls.decode import to_json
from khaos_connectors.calls.messages import Call, Page, Request, Response
from khaos_connectors.calls.multipart import FilePart, ValuePart, multipart
from khaos_connectors.mirakl._operations.parameters import parameters
from khaos_connectors.mirakl.answers import content, nothing, refuse, refused_locally
from khaos_connectors.mirakl.endpoints.exported import export_file
from khaos_connectors.mirakl.endpoints.paging import Listing, offset_page, seek_page
from khaos_connectors.mirakl.endpoints.writing import MOST_VALUES, comma_list, flag, instant, json_request, segment
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.operations import Answer, Body, Operation, Paging, operation
from khaos_connectors.mirakl.scope import Scope

__all__ = ["QueryValue", "raw", "raw_pages"]

QueryValue = str | int | Decimal | datetime | Enum
"""What a parameter may be; booleans go as words, times in UTC, enumerations by their codes."""

_FILE_SECONDS = 120.0
_PAGING: Mapping[Paging, tuple[str, ...]] = {
    Paging.NONE: (),
    Paging.OFFSET: ("max", "offset", "sort", "order"),
    Paging.SEEK: ("limit", "page_token", "sort"),
}
_EVERY_PAGING = ("max", "offset", "limit", "page_token", "sort", "order")


def raw(
    code: str,
    scope: Scope,
    *,
    path: Mapping[str, str | int] | None = None,
    query: Mapping[str, QueryValue | Sequence[QueryValue] | None] | None = None,
    body: object = None,
    form: Mapping[str, object] | None = None,
    files: Sequence[FilePart] = (),
    url: str = "",
    against_advice: bool = False,
    unlisted: bool = False,
) -> Call[object]:
    """The call of operation *code*; its result is parsed JSON (``Decimal``, never float), ``bytes`` of a file, or None.

    *path* fills the names in braces of the operation's path. *query*: None is left out, a list goes as the operation
    wants lists (at most 100 values); shop and language come from *scope*. *body* is sent as JSON. *form* and *files*
    are the parts of a form: text and booleans as words, anything else as a JSON part. *url* is for the operations whose
    address another answer gives (OF54, OR15, TL05): its path is asked for on the account's own host.

    Raises ``Unsupported`` for a code that the document does not have, and for one that Mirakl labels as not for
    integrations unless *against_advice*; ``Invalid`` for what cannot be sent so. A parameter that the document of
    2026-08 does not list is ``Invalid`` as well, because Mirakl would leave it out without a word; *unlisted* sends it.
    """
    known = _allowed(code, scope, against_advice=against_advice)
    if not known.path:
        if not url:
            raise refused_locally(scope, code, "url", "is needed: another answer tells it")
        return export_file(scope, code, url, partial(_file_or_json, scope=scope, operation=code))
    _documented(known, scope, query or {}, paging=_PAGING[known.paging], unlisted=unlisted)
    pairs = scope.query(*_pairs(known, scope, query or {}), translated=_in_own_language(known, query or {}))
    bare = Request(method=known.method, path=_path(known, scope, path or {}), query=pairs)
    request = _filled(known, scope, bare, body=body, form=form or {}, files=files)
    return Call(operation=code, repeat=known.repeat, request=request, decode=_decoder(known, scope))


def raw_pages(
    code: str,
    scope: Scope,
    *,
    path: Mapping[str, str | int] | None = None,
    query: Mapping[str, QueryValue | Sequence[QueryValue] | None] | None = None,
    size: int | None = None,
    sort: str | None = None,
    descending: bool = False,
    against_advice: bool = False,
    unlisted: bool = False,
) -> Call[Page[object]]:
    """The first page of a list and behind it all others, for ``client.walk``; each row is the JSON that it is.

    *size* is the largest that the operation gives where it is not told. *sort* is by default the field under which a
    walk meets every row. Raises as ``raw`` does, and ``Unsupported`` for an operation without pages.
    """
    known = _allowed(code, scope, against_advice=against_advice)
    if known.paging is Paging.NONE:
        raise errors.Unsupported(
            system=scope.account, operation=code, capability="pages", advice="its whole answer is one: use raw"
        )
    wanted = query or {}
    for name in _EVERY_PAGING:
        if name in wanted:
            raise refused_locally(scope, code, name, "belongs to the paging, which is done here")
    _documented(known, scope, wanted, unlisted=unlisted)
    field = sort if sort is not None else next(iter(known.sort), None)
    if field is not None and field not in known.sort:
        raise refused_locally(scope, code, "sort", f"is one of {', '.join(known.sort) or '(nothing)'}, not {field!r}")
    listing = Listing(
        operation=code,
        path=_path(known, scope, path or {}),
        record=object,
        field=known.rows,
        most=known.most,
        translated=_in_own_language(known, wanted),
        total_in_rows=known.total_in_rows,
    )
    pairs, rows = _pairs(known, scope, wanted), known.most if size is None else size
    if known.paging is Paging.OFFSET:
        order = "desc" if descending else "asc"
        return _plain(offset_page(scope, listing, pairs, size=rows, sort=field, order=order))
    direction = None if field is None else f"{field},{'DESC' if descending else 'ASC'}"
    return _plain(seek_page(scope, listing, pairs, size=rows, sort=direction))


def _allowed(code: str, scope: Scope, *, against_advice: bool) -> Operation:
    known = operation(code, account=scope.account)
    if not known.integration and not against_advice:
        raise errors.Unsupported(
            system=scope.account,
            operation=code,
            capability=f"{code} in an integration (Mirakl labels it so)",
            advice=f"use {known.instead}, or say against_advice=True",
        )
    return known


def _path(known: Operation, scope: Scope, given: Mapping[str, str | int]) -> str:
    names = set(findall(r"\{(\w+)\}", known.path))
    if names != set(given):
        wanted = ", ".join(sorted(names)) or "nothing"
        raise refused_locally(scope, known.code, "path", f"takes {wanted}, not {', '.join(sorted(given)) or 'nothing'}")
    path = known.path
    for name, value in given.items():
        path = path.replace(f"{{{name}}}", segment(scope, known.code, str(value)))
    return path


def _documented(
    known: Operation,
    scope: Scope,
    wanted: Mapping[str, object],
    *,
    paging: tuple[str, ...] = (),
    unlisted: bool,
) -> None:
    names = (*parameters(known.code), *paging, *(("locale",) if known.translated else ()))
    for name in wanted:
        if name in names or name == "shop_id" or unlisted:  # of the shop there is a problem of its own
            continue
        there = known_names(name, names) if names else "it takes none"
        problem = f"is no parameter of {known.code}; {there}; unlisted=True sends it all the same"
        raise refused_locally(scope, known.code, name, problem)


def _pairs(
    known: Operation, scope: Scope, wanted: Mapping[str, QueryValue | Sequence[QueryValue] | None]
) -> list[tuple[str, str | None]]:
    if "shop_id" in wanted:
        raise refused_locally(scope, known.code, "shop_id", "comes from the scope")
    pairs: list[tuple[str, str | None]] = []
    for name, value in wanted.items():
        if value is None or isinstance(value, (str, int, Decimal, datetime, Enum)):
            pairs.append((name, None if value is None else _word(known, scope, name, value)))
            continue
        words = [_word(known, scope, name, each) for each in _several(known, scope, name, value)]
        if len(words) > MOST_VALUES:
            raise refused_locally(
                scope, known.code, name, f"takes at most {MOST_VALUES} values, not {len(words)}: send them in pieces"
            )
        if name in known.commas:
            pairs.append((name, comma_list(scope, known.code, name, words)))
        else:
            pairs += [(name, word) for word in words]
    return pairs


# Both take any object: not everybody runs a type checker, and bytes would go out as a list of numbers.


def _several(known: Operation, scope: Scope, name: str, value: object) -> Iterable[object]:
    if isinstance(value, bytes) or not isinstance(value, Iterable):
        problem = f"is a text, a number, a Decimal, a time, a code, or a list of these, not {type(value).__name__}"
        raise refused_locally(scope, known.code, name, problem)
    return cast("Iterable[object]", value)  # whatever it holds is looked at next


def _word(known: Operation, scope: Scope, name: str, value: object) -> str:
    if isinstance(value, bool):
        return flag(value) or ""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return instant(scope, known.code, name, value) or ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (str, int)):
        return str(value)
    raise refused_locally(scope, known.code, name, f"cannot hold {type(value).__name__}: give a text or a Decimal")


def _in_own_language(known: Operation, wanted: Mapping[str, object]) -> bool:
    return known.translated and "locale" not in wanted


def _filled(
    known: Operation,
    scope: Scope,
    bare: Request,
    *,
    body: object,
    form: Mapping[str, object],
    files: Sequence[FilePart],
) -> Request:
    if body is not None and known.body is not Body.JSON:
        raise refused_locally(scope, known.code, "body", "this operation takes none" + _hint(known))
    if (form or files) and known.body is not Body.FORM:
        raise refused_locally(scope, known.code, "form", "this operation takes no form")
    if known.body is Body.FORM:
        return _as_form(known, scope, bare, form=form, files=files)
    if body is not None:
        return json_request(bare.method, bare.path, bare.query, body)
    if known.answer in {Answer.FILE, Answer.EITHER}:
        return attrs.evolve(bare, headers={"accept": "*/*"}, timeout=_FILE_SECONDS, spool=True)
    return bare


def _hint(known: Operation) -> str:
    return ": give form and files" if known.body is Body.FORM else ""


def _as_form(
    known: Operation, scope: Scope, bare: Request, *, form: Mapping[str, object], files: Sequence[FilePart]
) -> Request:
    if not form and not files:
        raise refused_locally(scope, known.code, "form", "must have at least one part")
    names = [file.filename for file in files]
    if len(set(names)) < len(names) or not all(name.isascii() for name in names):
        raise refused_locally(scope, known.code, "files", f"must have distinct names in ASCII, not {names}")
    words = [(name, _form_word(value)) for name, value in form.items() if isinstance(value, (str, bool))]
    values = [
        ValuePart(field=name, content=to_json(value).encode(), content_type="application/json")
        for name, value in form.items()
        if not isinstance(value, (str, bool))
    ]
    kind, body = multipart(words, [*values, *files])
    return attrs.evolve(bare, headers={"content-type": kind}, body=body, timeout=_FILE_SECONDS)


def _form_word(value: str | bool) -> str:  # noqa: FBT001 - a value of a form, not a switch of this function
    return value if isinstance(value, str) else flag(value) or ""


def _decoder(known: Operation, scope: Scope) -> "partial[object]":
    decode = {
        Answer.JSON: content,
        Answer.FILE: _file,
        Answer.EITHER: _file_or_json,
        Answer.NOTHING: nothing,
    }[known.answer]
    return partial(decode, scope=scope, operation=known.code)


def _file(response: Response, *, scope: Scope, operation: str) -> bytes:
    if not 200 <= response.status < 300:
        refuse(response, scope=scope, operation=operation)
    return response.body


def _file_or_json(response: Response, *, scope: Scope, operation: str) -> object:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().casefold()
    read = content if kind == "application/json" else _file
    return read(response, scope=scope, operation=operation)


def _plain(call: Call[Page[Read[object] | Broken]]) -> Call[Page[object]]:
    def decode(response: Response) -> Page[object]:
        page = call.decode(response)
        rows = tuple(row.record for row in page.items if isinstance(row, Read))  # any JSON value reads as an object
        return Page(items=rows, next=None if page.next is None else _plain(page.next))

    return Call(operation=call.operation, repeat=call.repeat, request=call.request, decode=decode)
