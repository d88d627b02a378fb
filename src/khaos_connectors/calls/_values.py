"""The strict hooks for single values and codes: what each takes, and what it says of anything else."""

import re
import types
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Any, NewType, TypeGuard, Union, get_args, get_origin

import attrs
from cattrs.errors import StructureHandlerNotFoundError

__all__ = [
    "Hook",
    "Misfit",
    "Text",
    "Unrecognised",
    "as_it_is",
    "day",
    "decimal",
    "enum",
    "fraction",
    "instant",
    "is_list",
    "is_open_enum",
    "never",
    "open_enum_hook",
    "seconds",
    "text",
    "text_or_number",
    "truth",
    "unfit",
    "whole",
]

Text = NewType("Text", str)
"""An id that some versions of a system send as text and others as a whole number; always text here."""

Hook = Callable[[Any, Any], Any]  # cattrs hands the value and its type through untyped

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
_WHOLE = re.compile(r"[+-]?[0-9]{1,100}")
_LONGEST_NUMBER = 200


@attrs.frozen
class Unrecognised:
    """A *code* that the system knows and we do not: shown as it came, never guessed at."""

    code: str


class Misfit(ValueError):
    """A value that does not fit: *where* below the value that was given, and what was *expected* there."""

    def __init__(self, expected: str, where: str = "", cause: Exception | None = None) -> None:
        super().__init__(expected)
        self.expected = expected
        self.where = where
        self.cause = cause


def unfit(expected: str, value: object) -> Misfit:
    return Misfit(f"{expected}, not {_kind(value)}")


def is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return "this text" if value else "an empty text"
        case int() | Decimal() | float():
            return "this number"
        case list() | tuple():
            return "a list"
        case dict():
            return "an object"
        case _:
            return type(value).__name__


# --- single values -----------------------------------------------------------------------------------------------


def text(value: object, kind: type[str]) -> object:
    if issubclass(kind, Enum):  # cattrs finds this hook through the base class of a text enum
        return _enum_hook(kind)(value, kind)
    if isinstance(value, str):
        return value
    raise unfit("text", value)


def text_or_number(value: object, _: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise unfit("text or a whole number", value)


def whole(value: object, kind: type[int]) -> object:
    if issubclass(kind, Enum):
        return _enum_hook(kind)(value, kind)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, Decimal) and value.is_finite() and _is_whole(value):
        return int(value)
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    raise unfit("a whole number", value)


def _is_whole(number: Decimal) -> bool:
    # Not by "% 1": that depends on the caller's decimal context.
    return number.adjusted() <= 100 and number == number.to_integral_value()


def decimal(value: object, _: object) -> Decimal:
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and len(value) <= _LONGEST_NUMBER and _NUMBER.fullmatch(value):
        return Decimal(value)
    raise unfit("a number", value)


def truth(value: object, _: object) -> bool:
    if isinstance(value, bool):
        return value
    raise unfit("true or false", value)


def instant(value: object, _: object) -> datetime:
    if not isinstance(value, str):
        raise unfit("a date-time with its zone", value)
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise unfit("a date-time with its zone", value) from None
    raise Misfit("a date-time with its zone, not a naive one")


def day(value: object, _: object) -> date:
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise unfit("a date", value)


def seconds(value: object, _: object) -> timedelta:
    number = decimal(value, Decimal)
    try:
        return timedelta(microseconds=int(Fraction(number) * 10**6))
    except (OverflowError, ArithmeticError):
        raise unfit("a number of seconds", value) from None


def fraction(value: object, _: object) -> Fraction:
    try:
        if isinstance(value, str) and len(value) <= _LONGEST_NUMBER and re.fullmatch(r"-?[0-9]+(/[0-9]+)?", value):
            return Fraction(value)
        return Fraction(decimal(value, Decimal))
    except (Misfit, ZeroDivisionError):
        raise unfit("a fraction", value) from None


def never(_: object, kind: Any) -> object:  # Any: kinds come from annotations
    raise StructureHandlerNotFoundError(f"{kind} has no exact form in JSON", kind)


def as_it_is(value: object, _: object) -> object:
    return value


# --- enums -------------------------------------------------------------------------------------------------------


@cache
def _enum_hook(kind: type[Enum], *, is_open: bool = False, nullable: bool = False) -> Hook:
    members: Mapping[object, object] = {member.value: member for member in kind}
    known = " or ".join(repr(code) for code in list(members)[:12])

    def hook(value: object, _: object) -> object:
        if value is None and nullable:
            return None
        # Enums whose values are pairs travel as lists.
        code = tuple(value) if is_list(value) else value
        member = _looked_up(members, code)
        if member is not None:
            return member
        if is_open and isinstance(value, str | int) and not isinstance(value, bool):
            return Unrecognised(str(value))
        raise unfit("a code" if is_open else f"one of {known}", value)

    return hook


def _looked_up(members: Mapping[object, object], code: object) -> object:
    try:
        return None if isinstance(code, bool) else members.get(code)
    except TypeError:  # a code that is an object, or a list of them, is not even hashable
        return None


def is_open_enum(kind: object) -> bool:
    return get_origin(kind) in {Union, types.UnionType} and Unrecognised in get_args(kind)


def open_enum_hook(kind: object) -> Hook:
    args = get_args(kind)
    enums = [arg for arg in args if isinstance(arg, type) and issubclass(arg, Enum)]
    if len(enums) != 1:
        raise TypeError(f"an open enum is one enum and Unrecognised, not {kind}")
    return _enum_hook(enums[0], is_open=True, nullable=type(None) in args)


def enum(value: object, kind: type[Enum]) -> object:
    return _enum_hook(kind)(value, kind)
