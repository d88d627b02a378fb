"""Reading and writing JSON: strict, exact, forward compatible, and able to say where an answer breaks its contract.

Numbers never pass through binary floating point. A field that we do not know is ignored, a code that we do not know
becomes ``Unrecognised``, and anything else that is not as promised is ``Undecodable`` with the path to it.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import singledispatch
from json.encoder import encode_basestring_ascii
from types import NoneType
from typing import TypeVar

import attrs
from cattrs.errors import StructureHandlerNotFoundError

from khaos_connectors.calls._structure import locate, quick, thorough, wire_name
from khaos_connectors.calls._values import Text, Unrecognised
from khaos_connectors.calls.messages import Response
from khaos_connectors.calls.refusals import request_id
from khaos_connectors.errors import Undecodable

__all__ = ["Text", "Unrecognised", "dump_record", "load_record", "parse_json", "read", "to_json"]

T = TypeVar("T")

_MAX_EXPONENT = 400
_RECORD = "record"


class _Unfit(ValueError):
    """Well-formed JSON that we do not take; the text says what is expected instead."""


def parse_json(response: Response, *, system: str, operation: str) -> object:
    """The body of *response* as dicts, lists, str, int, ``Decimal``, bool and None.

    Raises ``Undecodable`` at ``$`` for anything but one JSON value in UTF-8: HTML, an empty or truncated answer, a
    field given twice, NaN, Infinity, numbers beyond all reason, nesting beyond Python's depth.
    """
    try:
        return _loads(response.body)
    except _Unfit as problem:
        expected = str(problem)
    raise Undecodable(
        system=system,
        operation=operation,
        request_id=request_id(response.headers),
        path="$",
        expected=expected,
    )


def read(cls: type[T], value: object, *, system: str, operation: str, path: str = "$") -> T:
    """*value* (as ``parse_json`` gives it) as an instance of *cls*, a frozen attrs class or any type its fields may
    have; *path* is where *value* stands in the answer.

    Understood are ``str``, ``Text``, ``int``, ``Decimal`` (JSON numbers and numeric text), ``bool``, aware
    ``datetime`` (given in UTC), ``date``, ``timedelta`` (seconds), ``Fraction``, enums by value, ``E | Unrecognised``,
    ``T | None``, ``tuple[T, ...]``, ``tuple[A, B]``, ``list[T]``, ``Mapping[str, T]``, attrs classes, ``object``
    (left as it is). A field whose wire name is no Python name carries it as ``metadata={"wire": "product-id"}``.

    Raises ``Undecodable`` naming the first place that does not fit, ``TypeError`` for a type beyond these.
    """
    try:
        result: T = quick.structure(value, cls)
    except RecursionError:
        raise Undecodable(
            system=system, operation=operation, path=path, expected="a value of reasonable depth"
        ) from None
    except StructureHandlerNotFoundError as problem:
        raise TypeError(f"{cls.__name__} has a field that no JSON value stands for: {problem.type_}") from None
    except Exception as problem:  # cattrs lets through whatever a hook or a record's own checks raised
        where, expected = _first_misfit(value, cls, path, problem)
        raise Undecodable(system=system, operation=operation, path=where, expected=expected) from None
    return result


def _first_misfit(value: object, cls: type[object], path: str, problem: Exception) -> tuple[str, str]:
    # The quick converter does not know where it stands; the thorough one is asked only when something is wrong.
    try:
        thorough.structure(value, cls)
    except Exception as located:  # the same set as above, this time with its place
        problem = located
    return locate(problem, path)


def to_json(value: object) -> str:
    """*value* as compact JSON text in ASCII: ``Decimal`` as a number digit for digit, aware ``datetime`` as ISO 8601
    in UTC with ``Z``, enums by value, attrs records as objects.

    Raises ``TypeError`` for floats and for anything else that has no exact form, ``ValueError`` for naive date-times
    and for numbers that are not finite.
    """
    return _written(value)


def dump_record(record: object) -> str:
    """A frozen attrs *record* (nested ones included) as JSON text, for the store; ``load_record`` is the inverse."""
    if not attrs.has(type(record)):
        raise TypeError(f"not a record: {type(record).__name__}")
    return to_json(record)


def load_record(cls: type[T], text: str) -> T:
    """The record of type *cls* that ``dump_record`` wrote as *text*; ``Undecodable`` for anything else."""
    try:
        value = _loads(text)
    except _Unfit as problem:
        expected = str(problem)
        raise Undecodable(system=_RECORD, operation=cls.__name__, path="$", expected=expected) from None
    return read(cls, value, system=_RECORD, operation=cls.__name__)


# --- reading text ------------------------------------------------------------------------------------------------


def _loads(body: bytes | str) -> object:
    try:
        text = body.decode("utf-8-sig") if isinstance(body, bytes) else body
    except UnicodeDecodeError:
        raise _Unfit("JSON in UTF-8") from None
    start = text.lstrip()
    if not start:
        raise _Unfit("JSON, not an empty answer")
    if start.startswith("<"):
        raise _Unfit("JSON, not HTML" if "<html" in start[:2000].lower() else "JSON, not XML or HTML")
    try:
        value: object = json.loads(text, parse_float=_number, parse_constant=_no_constant, object_pairs_hook=_object)
    except json.JSONDecodeError as problem:
        cut = problem.pos >= len(text.rstrip()) or problem.msg.startswith("Unterminated")
        told = "JSON to its end: the answer breaks off" if cut else "JSON: the answer is malformed"
        raise _Unfit(f"{told} at character {problem.pos}") from None
    except RecursionError:
        raise _Unfit("JSON of reasonable depth") from None
    except _Unfit:
        raise
    except ValueError:
        raise _Unfit("numbers of reasonable size") from None
    return value


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except ArithmeticError:
        raise _Unfit("numbers of reasonable size") from None
    exponent = number.as_tuple().exponent
    # "1e999999999" is nine bytes on the wire and a gigabyte as an int.
    if not isinstance(exponent, int) or max(abs(exponent), abs(number.adjusted())) > _MAX_EXPONENT:
        raise _Unfit("numbers of reasonable size")
    return number


def _no_constant(name: str) -> object:
    raise _Unfit(f"numbers, not {name}")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Unfit(f"each field once, but {twice[:80]!r} stands twice in one object")
    return found


# --- writing text ------------------------------------------------------------------------------------------------


def _written(value: object) -> str:
    # Every row of every page is written again as it came, and holds nothing but these: they skip the dispatch.
    plain = _PLAIN.get(type(value))
    return _any_written(value) if plain is None else plain(value)


@singledispatch
def _any_written(value: object) -> str:
    kind = type(value)
    if attrs.has(kind):
        members = (
            f"{encode_basestring_ascii(wire_name(field))}:{_written(getattr(value, field.name))}"
            for field in attrs.fields(kind)
        )
        return "{" + ",".join(members) + "}"
    raise TypeError(f"{type(value).__name__} has no exact form in JSON")


@_any_written.register
def _null(_: None) -> str:
    return "null"


@_any_written.register
def _text(value: str) -> str:
    return encode_basestring_ascii(value)


@_any_written.register
def _whole(value: int) -> str:
    return int.__repr__(value)


@_any_written.register
def _word(value: bool) -> str:  # noqa: FBT001 - the dispatch is by the type of the first argument
    return "true" if value else "false"


@_any_written.register
def _decimal(value: Decimal) -> str:
    if not value.is_finite():
        raise ValueError("a number that is not finite cannot be written as JSON")
    return str(value)


@_any_written.register
def _(value: Enum) -> str:
    return _written(value.value)


@_any_written.register
def _(value: Unrecognised) -> str:
    return encode_basestring_ascii(value.code)


@_any_written.register
def _(value: Fraction) -> str:
    return f'"{value}"'


@_any_written.register
def _(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("a date-time without a time zone cannot be written as JSON")
    return f'"{value.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"'


@_any_written.register
def _(value: date) -> str:
    return f'"{value.isoformat()}"'


@_any_written.register
def _(value: timedelta) -> str:
    whole, rest = divmod(abs(value // timedelta(microseconds=1)), 10**6)
    sign = "-" if value < timedelta(0) else ""
    return f"{sign}{whole}.{rest:06}".rstrip("0").rstrip(".")


@_any_written.register(list)
@_any_written.register(tuple)
@_any_written.register(frozenset)
def _list(value: list[object]) -> str:
    return "[" + ",".join(map(_written, value)) + "]"


@_any_written.register(Mapping)
def _fields(value: Mapping[object, object]) -> str:
    members: list[str] = []
    for key, item in value.items():
        name: object = key.value if isinstance(key, Enum) else key
        if not isinstance(name, str):
            raise TypeError(f"an object's field name must be text, not {type(name).__name__}")
        members.append(f"{encode_basestring_ascii(name)}:{_written(item)}")
    return "{" + ",".join(members) + "}"


_PLAIN: dict[type, Callable[..., str]] = {
    NoneType: _null,
    bool: _word,
    int: _whole,
    str: _text,
    Decimal: _decimal,
    list: _list,
    dict: _fields,
}
