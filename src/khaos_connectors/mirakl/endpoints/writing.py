"""How values are written into Mirakl's queries and bodies."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from urllib.parse import quote

from khaos_connectors.calls.decode import to_json
from khaos_connectors.calls.messages import Request
from khaos_connectors.calls.moments import moment
from khaos_connectors.mirakl.answers import refused_locally
from khaos_connectors.mirakl.given import one_text, texts
from khaos_connectors.mirakl.scope import Scope

__all__ = ["MOST_VALUES", "code_of", "comma_list", "flag", "given", "instant", "json_request", "repeated", "segment"]

MOST_VALUES = 100
"""The most values that Mirakl takes in one comma-separated list; one more is a 400."""


def comma_list(scope: Scope, operation: str, name: str, values: Sequence[str]) -> str | None:
    """*values* in one parameter, None for none. Raises ``Invalid`` for more than 100 and for a value with a comma."""
    found = texts(scope, operation, name, values)
    if len(found) > MOST_VALUES:
        raise refused_locally(scope, operation, name, f"takes at most {MOST_VALUES} values, not {len(found)}")
    for value in found:
        if not value or "," in value:
            raise refused_locally(scope, operation, name, f"cannot hold {value!r}: the list is separated by commas")
    return ",".join(found) or None


def repeated(scope: Scope, operation: str, name: str, values: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """*values* as the parameter *name* again and again, since a comma would be part of a value.

    Raises ``Invalid`` for more than 100 and for an empty value.
    """
    found = texts(scope, operation, name, values)
    if len(found) > MOST_VALUES:
        raise refused_locally(scope, operation, name, f"takes at most {MOST_VALUES} values, not {len(found)}")
    if not all(found):
        raise refused_locally(scope, operation, name, "must not hold an empty value")
    return tuple((name, value) for value in found)


def given(values: Mapping[str, object]) -> dict[str, object]:
    """Those of *values* that are not None, enumerations as their codes."""
    return {
        name: value.value if isinstance(value, Enum) else value for name, value in values.items() if value is not None
    }


def instant(scope: Scope, operation: str, name: str, value: datetime | None) -> str | None:
    """An aware time in UTC with milliseconds, None for none. Raises ``Invalid`` for anything else."""
    if value is None:
        return None
    known = moment(value, system=scope.account, operation=operation, name=name)
    return known.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def flag(value: bool | None) -> str | None:  # noqa: FBT001 - a wire value, not a switch of this function
    """A boolean in Mirakl's words, None for none."""
    return None if value is None else ("true" if value else "false")


def code_of(value: Enum | None) -> str | None:
    """An enumeration's code, None for none."""
    return None if value is None else str(value.value)


def segment(scope: Scope, operation: str, value: str) -> str:
    """An id as one segment of a path, whatever characters it holds.

    Raises ``Invalid`` for what is no text, for an empty one and for dots that a path reads as its own: they would
    address something else.
    """
    one_text(scope, operation, "path", value)
    if value in {"", ".", ".."}:
        raise refused_locally(scope, operation, "path", f"cannot hold the id {value!r}")
    return quote(value, safe="")


def json_request(method: str, path: str, query: Iterable[tuple[str, str]], body: object) -> Request:
    """A request with a JSON body."""
    return Request(
        method=method,
        path=path,
        query=tuple(query),
        headers={"content-type": "application/json"},
        body=to_json(body).encode(),
    )
