"""The strict converters behind ``decode``: cattrs with every lenient hook replaced.

There are two: *quick* for reading, and *thorough*, which does the same work again slowly to find where it went wrong.
"""

import re
import types
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache, partial
from typing import Any, NewType, TypeGuard, Union, get_args, get_origin

import attrs
import cattrs
from cattrs.errors import AttributeValidationNote, ClassValidationError, StructureHandlerNotFoundError
from cattrs.gen import make_dict_structure_fn, override

__all__ = ["Misfit", "Text", "Unrecognised", "locate", "quick", "thorough", "wire_name"]

Text = NewType("Text", str)
"""An id that some versions of a system send as text and others as a whole number; always text here."""

_Hook = Callable[[Any, Any], Any]  # cattrs hands the value and its type through untyped

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


def _unfit(expected: str, value: object) -> Misfit:
    return Misfit(f"{expected}, not {_kind(value)}")


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


def _text(value: object, kind: type[str]) -> object:
    if issubclass(kind, Enum):  # cattrs finds this hook through the base class of a text enum
        return _enum_hook(kind)(value, kind)
    if isinstance(value, str):
        return value
    raise _unfit("text", value)


def _text_or_number(value: object, _: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise _unfit("text or a whole number", value)


def _whole(value: object, kind: type[int]) -> object:
    if issubclass(kind, Enum):
        return _enum_hook(kind)(value, kind)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, Decimal) and value.is_finite() and _is_whole(value):
        return int(value)
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    raise _unfit("a whole number", value)


def _is_whole(number: Decimal) -> bool:
    # Not by "% 1": that depends on the caller's decimal context.
    return number.adjusted() <= 100 and number == number.to_integral_value()


def _decimal(value: object, _: object) -> Decimal:
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and len(value) <= _LONGEST_NUMBER and _NUMBER.fullmatch(value):
        return Decimal(value)
    raise _unfit("a number", value)


def _truth(value: object, _: object) -> bool:
    if isinstance(value, bool):
        return value
    raise _unfit("true or false", value)


def _instant(value: object, _: object) -> datetime:
    if not isinstance(value, str):
        raise _unfit("a date-time with its zone", value)
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _unfit("a date-time with its zone", value) from None
    raise Misfit("a date-time with its zone, not a naive one")


def _day(value: object, _: object) -> date:
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise _unfit("a date", value)


def _seconds(value: object, _: object) -> timedelta:
    number = _decimal(value, Decimal)
    try:
        return timedelta(microseconds=int(Fraction(number) * 10**6))
    except (OverflowError, ArithmeticError):
        raise _unfit("a number of seconds", value) from None


def _fraction(value: object, _: object) -> Fraction:
    try:
        if isinstance(value, str) and len(value) <= _LONGEST_NUMBER and re.fullmatch(r"-?[0-9]+(/[0-9]+)?", value):
            return Fraction(value)
        return Fraction(_decimal(value, Decimal))
    except (Misfit, ZeroDivisionError):
        raise _unfit("a fraction", value) from None


def _never(_: object, kind: Any) -> object:
    raise StructureHandlerNotFoundError(f"{kind} has no exact form in JSON", kind)


def _as_it_is(value: object, _: object) -> object:
    return value


# --- enums -------------------------------------------------------------------------------------------------------


@cache
def _enum_hook(kind: type[Enum], *, is_open: bool = False, nullable: bool = False) -> _Hook:
    members: Mapping[object, object] = {member.value: member for member in kind}
    known = " or ".join(repr(code) for code in list(members)[:12])

    def hook(value: object, _: object) -> object:
        if value is None and nullable:
            return None
        # Enums whose values are pairs travel as lists.
        code = tuple(value) if _is_list(value) else value
        member = _looked_up(members, code)
        if member is not None:
            return member
        if is_open and isinstance(value, str | int) and not isinstance(value, bool):
            return Unrecognised(str(value))
        raise _unfit("a code" if is_open else f"one of {known}", value)

    return hook


def _looked_up(members: Mapping[object, object], code: object) -> object:
    try:
        return None if isinstance(code, bool) else members.get(code)
    except TypeError:  # a code that is an object, or a list of them, is not even hashable
        return None


def _is_open_enum(kind: object) -> bool:
    return get_origin(kind) in {Union, types.UnionType} and Unrecognised in get_args(kind)


def _open_enum_hook(kind: object) -> _Hook:
    args = get_args(kind)
    enums = [arg for arg in args if isinstance(arg, type) and issubclass(arg, Enum)]
    if len(enums) != 1:
        raise TypeError(f"an open enum is one enum and Unrecognised, not {kind}")
    return _enum_hook(enums[0], is_open=True, nullable=type(None) in args)


def _enum(value: object, kind: type[Enum]) -> object:
    return _enum_hook(kind)(value, kind)


# --- values made of values ---------------------------------------------------------------------------------------


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _is_sequence(kind: object) -> bool:
    return get_origin(kind) in {tuple, list, set, frozenset, Sequence}


def _list(items: list[object]) -> object:
    return items


def _tuple(items: list[object]) -> object:
    return tuple(items)


_BUILDS: Mapping[object, Callable[[list[object]], object]] = {list: _list, set: set, frozenset: frozenset}


def _sequence_hook(kind: object, converter: cattrs.Converter) -> _Hook:
    origin, args = get_origin(kind), get_args(kind)
    build = _BUILDS.get(origin, _tuple)
    if origin is tuple and not (len(args) == 2 and args[1] is Ellipsis):
        return _pair_hook(args, converter)
    item_kind = args[0]
    item_hook = converter.get_structure_hook(item_kind)

    def hook(value: object, _: object) -> object:
        if not _is_list(value):
            raise _unfit("a list", value)
        if not converter.detailed_validation:
            return build([item_hook(item, item_kind) for item in value])
        return build([_at(f"[{index}]", item_hook, item, item_kind) for index, item in enumerate(value)])

    return hook


def _pair_hook(kinds: tuple[Any, ...], converter: cattrs.Converter) -> _Hook:
    hooks = [(converter.get_structure_hook(kind), kind) for kind in kinds]

    def hook(value: object, _: object) -> object:
        if not _is_list(value) or len(value) != len(hooks):
            raise _unfit(f"a list of {len(hooks)}", value)
        return tuple(
            _at(f"[{index}]", hook, item, kind)
            for index, (item, (hook, kind)) in enumerate(zip(value, hooks, strict=True))
        )

    return hook


def _is_mapping(kind: object) -> bool:
    return get_origin(kind) in {dict, Mapping}


def _mapping_hook(kind: object, converter: cattrs.Converter) -> _Hook:
    key_kind, item_kind = get_args(kind)
    key_hook, item_hook = converter.get_structure_hook(key_kind), converter.get_structure_hook(item_kind)

    def hook(value: object, _: object) -> object:
        if not _is_object(value):
            raise _unfit("an object", value)
        return {key_hook(key, key_kind): _at(_member(key), item_hook, item, item_kind) for key, item in value.items()}

    return hook


def _is_record(kind: object) -> bool:
    origin = get_origin(kind) or kind
    return isinstance(origin, type) and attrs.has(origin)


def _record_hook(kind: Any, converter: cattrs.Converter) -> _Hook:
    @cache
    def structure() -> Callable[..., Any]:
        origin: type[Any] = get_origin(kind) or kind
        if any(isinstance(field.type, str) for field in attrs.fields(origin)):
            attrs.resolve_types(origin)
        renames = {
            field.name: override(rename=wire_name(field))
            for field in attrs.fields(origin)
            if wire_name(field) != field.name
        }
        return make_dict_structure_fn(  # pyright: ignore[reportUnknownVariableType] - untyped there
            kind,
            converter,
            _cattrs_detailed_validation=converter.detailed_validation,
            **renames,  # type: ignore[arg-type]  # cattrs takes field names as keywords beside its own options
        )

    def hook(value: object, _: object) -> object:
        if not isinstance(value, dict):
            raise _unfit("an object", value)
        # Made when a first value comes: a class may hold itself.
        return structure()(value, kind)

    return hook


def wire_name(field: "attrs.Attribute[Any]") -> str:
    """The name that *field* has in JSON."""
    name: str = field.metadata.get("wire", field.name)
    return name


def _at(where: str, hook: _Hook, value: object, kind: object) -> object:
    try:
        return hook(value, kind)
    except StructureHandlerNotFoundError:
        raise
    except Exception as problem:
        raise Misfit("", where, problem) from None


def _member(name: str) -> str:
    return f".{name}" if name.isidentifier() else f"[{name!r}]"


# --- where it went wrong -----------------------------------------------------------------------------------------


def locate(problem: Exception, path: str) -> tuple[str, str]:
    """The path of the first misfit under *path* in what the thorough converter raised, and what was expected."""
    if isinstance(problem, Misfit):
        if problem.cause is None:
            return path + problem.where, problem.expected
        return locate(problem.cause, path + problem.where)
    if isinstance(problem, ClassValidationError):
        first = problem.exceptions[0]
        record: type[Any] = get_origin(problem.cl) or problem.cl
        for note in getattr(first, "__notes__", ()):
            if isinstance(note, AttributeValidationNote):
                field = attrs.fields_dict(record)[note.name]
                here = path + _member(wire_name(field))
                if isinstance(first, KeyError):
                    return here, "this field, which is missing"
                return locate(first, here)
        return path, f"a valid {record.__name__}"
    return path, f"a readable value ({type(problem).__name__})"


# --- the converters ----------------------------------------------------------------------------------------------


def _with(converter: cattrs.Converter, factory: Callable[[Any, cattrs.Converter], _Hook], kind: Any) -> _Hook:
    return factory(kind, converter)


def _converter(*, detailed: bool) -> cattrs.Converter:
    converter = cattrs.Converter(detailed_validation=detailed)
    single: Sequence[tuple[type[Any], _Hook]] = [
        (str, _text),
        (int, _whole),
        (bool, _truth),
        (Decimal, _decimal),
        (datetime, _instant),
        (date, _day),
        (timedelta, _seconds),
        (Fraction, _fraction),
        (float, _never),
        (complex, _never),
        (bytes, _never),
        (Enum, _enum),  # by class, not by factory: older cattrs has a hook for this class, which would be found first
    ]
    for kind, hook in single:
        converter.register_structure_hook(kind, hook)
    converter.register_structure_hook_func(lambda kind: kind is object, _as_it_is)
    converter.register_structure_hook_func(lambda kind: kind is Text, _text_or_number)
    made_of: Sequence[tuple[Callable[[object], bool], Callable[[Any, cattrs.Converter], _Hook]]] = [
        (_is_sequence, _sequence_hook),
        (_is_mapping, _mapping_hook),
        (_is_record, _record_hook),
    ]
    for applies, factory in made_of:
        converter.register_structure_hook_factory(applies, partial(_with, converter, factory))
    converter.register_structure_hook_factory(_is_open_enum, _open_enum_hook)
    return converter


quick = _converter(detailed=False)
thorough = _converter(detailed=True)
