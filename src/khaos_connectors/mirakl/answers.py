"""Mirakl's answers: the JSON of a good one, the typed refusal of any other.

The official document has no error schema. These bodies are met: ``{status, message}`` (classic operations),
``{errors: [{code, field, message}]}`` (newer ones), ``{code, message, errors}`` (Connect), HTML and nothing at all
(gateways in front).
"""

import re
from collections.abc import Sequence
from typing import NoReturn, TypeVar, cast

from khaos_connectors import errors
from khaos_connectors.calls.decode import parse_json, read
from khaos_connectors.calls.messages import Response
from khaos_connectors.calls.refusals import refusal
from khaos_connectors.mirakl.scope import Scope

__all__ = ["content", "legible", "model", "nothing", "refuse", "refused_locally", "text"]

T = TypeVar("T")

_FOREIGN = "no reason given (the body is not JSON; a gateway may have answered)"
_CODE_WORD = re.compile(r"\b(?:ORDER_[A-Z][A-Z_]*[A-Z]|VALIDATION_ERROR)\b")


def content(response: Response, *, scope: Scope, operation: str) -> object:
    """The parsed JSON of a 2xx answer, ``{}`` where it has no body; anything else is raised as a refusal."""
    _must_be_good(response, scope=scope, operation=operation)
    if not response.body.strip():
        return {}
    return parse_json(response, system=scope.account, operation=operation)


def model(cls: type[T], response: Response, *, scope: Scope, operation: str) -> T:
    """The answer as *cls*; raises ``Undecodable`` with the path where it differs, or the refusal."""
    return read(cls, content(response, scope=scope, operation=operation), system=scope.account, operation=operation)


def nothing(response: Response, *, scope: Scope, operation: str) -> None:
    """A 2xx answer whose body does not matter; anything else is raised as a refusal."""
    _must_be_good(response, scope=scope, operation=operation)


def text(response: Response, *, scope: Scope, operation: str) -> str:
    """The text of a 2xx answer that is a file; a web page instead of a file is ``Undecodable``."""
    _must_be_good(response, scope=scope, operation=operation)
    try:
        found = response.body.decode("utf-8-sig")
    except UnicodeDecodeError:
        # The report echoes the rows that were sent, and those were UTF-8: nothing else is expected here.
        raise errors.Undecodable(
            system=scope.account, operation=operation, path="$", expected="text in UTF-8"
        ) from None
    if found.lstrip()[:1] == "<":
        raise errors.Undecodable(system=scope.account, operation=operation, path="$", expected="a CSV file, not HTML")
    return found


def legible(row: object, name: str) -> str:
    """The id under *name* in a record that could not be read, empty where there is none."""
    return _words(cast("dict[str, object]", row).get(name)) if isinstance(row, dict) else ""  # keys of JSON are strings


def refuse(response: Response, *, scope: Scope, operation: str) -> NoReturn:
    """Raise the refusal that *response* is, with the vendor's code, message and fields where it gave any."""
    message, code, fields = _described(response, scope=scope, operation=operation)
    found = refusal(response, system=scope.account, operation=operation, message=message, code=code, fields=fields)
    if isinstance(found, errors.NotFound) and message == _FOREIGN:
        # A gateway has no page of that name; that Mirakl has no such thing would be a conclusion from nothing.
        found = errors.Refused(
            system=scope.account,
            operation=operation,
            request_id=found.request_id,
            message=message,
            status=found.status,
        )
    raise found from None


def refused_locally(scope: Scope, operation: str, field: str, problem: str) -> errors.Invalid:
    """The refusal of something that Mirakl would refuse, made before anything is sent."""
    return errors.Invalid(
        system=scope.account,
        operation=operation,
        message="not sent",
        fields=(errors.FieldError(field, problem),),
    )


def _must_be_good(response: Response, *, scope: Scope, operation: str) -> None:
    # Imports answer 201, some third parties' tests 202: any 2xx is a yes.
    if not 200 <= response.status < 300:
        refuse(response, scope=scope, operation=operation)


def _described(
    response: Response, *, scope: Scope, operation: str
) -> tuple[str, str | None, tuple[errors.FieldError, ...]]:
    if not response.body.strip():
        return "no reason given (empty body)", None, ()
    try:
        body = parse_json(response, system=scope.account, operation=operation)
    except errors.Undecodable:
        return _FOREIGN, None, ()
    if isinstance(body, dict):
        found = cast("dict[str, object]", body)  # a JSON object's keys are strings
        rows = _rows(found.get("errors"))
        message = _words(found.get("message")) or _words(found.get("error_description")) or _words(found.get("error"))
        code = _words(found.get("code"))
    else:
        rows, message, code = _rows(body), "", ""
    fields = tuple(errors.FieldError(_words(row.get("field")) or "(no field)", _problem(row)) for row in rows)
    message = message or "; ".join(field.problem for field in fields) or "no reason given"
    code = code or next((word for row in rows if (word := _words(row.get("code")))), "") or _word_in(message)
    return message, code or None, fields


def _rows(value: object) -> Sequence[dict[str, object]]:
    if not isinstance(value, list):
        return ()
    rows = cast("list[object]", value)  # a JSON array
    return [cast("dict[str, object]", row) for row in rows if isinstance(row, dict)]  # keys of JSON are strings


def _problem(row: dict[str, object]) -> str:
    message, code = _words(row.get("message")), _words(row.get("code"))
    return message if not code or code in message else f"{code}: {message}".removesuffix(": ")


def _words(value: object) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _word_in(message: str) -> str:
    found = _CODE_WORD.search(message)
    return found.group() if found else ""
