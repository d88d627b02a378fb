"""The strict converters behind ``decode``: cattrs with every lenient hook replaced.

There are two: *quick* for reading, and *thorough*, which does the same work again slowly to find where it went wrong.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, TypeGuard, Union, get_args, get_origin

import attrs
import cattrs
from cattrs.errors import AttributeValidationNote, ClassValidationError, StructureHandlerNotFoundError
from cattrs.gen import make_dict_structure_fn, override

from khaos_connectors.calls._values import (
    Hook,
    Misfit,
    Text,
    as_it_is,
    day,
    decimal,
    enum,
    fraction,
    instant,
    is_list,
    is_open_enum,
    never,
    open_enum_hook,
    seconds,
    text,
    text_or_number,
    truth,
    unfit,
    whole,
)

__all__ = ["locate", "quick", "thorough", "wire_name"]

_Factory = Callable[[Any, cattrs.Converter], Hook]  # Any: kinds come from annotations

# --- values made of values ---------------------------------------------------------------------------------------


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _is_sequence(kind: object) -> bool:
    return get_origin(kind) in {tuple, list, set, frozenset, Sequence}


def _list(items: list[object]) -> object:
    return items


def _tuple(items: list[object]) -> object:
    return tuple(items)


_BUILDS: Mapping[object, Callable[[list[object]], object]] = {list: _list, set: set, frozenset: frozenset}


def _sequence_hook(kind: object, converter: cattrs.Converter) -> Hook:
    origin, args = get_origin(kind), get_args(kind)
    build = _BUILDS.get(origin, _tuple)
    if origin is tuple and not (len(args) == 2 and args[1] is Ellipsis):
        return _pair_hook(args, converter)
    item_kind = args[0]
    item_hook = converter.get_structure_hook(item_kind)

    def hook(value: object, _: object) -> object:
        if not is_list(value):
            raise unfit("a list", value)
        if not converter.detailed_validation:
            return build([item_hook(item, item_kind) for item in value])
        return build([_at(f"[{index}]", item_hook, item, item_kind) for index, item in enumerate(value)])

    return hook


def _pair_hook(kinds: tuple[Any, ...], converter: cattrs.Converter) -> Hook:  # Any: kinds come from annotations
    hooks = [(converter.get_structure_hook(kind), kind) for kind in kinds]

    def hook(value: object, _: object) -> object:
        if not is_list(value) or len(value) != len(hooks):
            raise unfit(f"a list of {len(hooks)}", value)
        return tuple(
            _at(f"[{index}]", hook, item, kind)
            for index, (item, (hook, kind)) in enumerate(zip(value, hooks, strict=True))
        )

    return hook


def _is_mapping(kind: object) -> bool:
    return get_origin(kind) in {dict, Mapping}


def _mapping_hook(kind: object, converter: cattrs.Converter) -> Hook:
    key_kind, item_kind = get_args(kind)
    key_hook, item_hook = converter.get_structure_hook(key_kind), converter.get_structure_hook(item_kind)

    def hook(value: object, _: object) -> object:
        if not _is_object(value):
            raise unfit("an object", value)
        return {key_hook(key, key_kind): _at(_member(key), item_hook, item, item_kind) for key, item in value.items()}

    return hook


def _is_optional(kind: object) -> bool:
    args = get_args(kind)
    return get_origin(kind) in {Union, UnionType} and len(args) == 2 and NoneType in args


def _optional_hook(kind: object, converter: cattrs.Converter) -> Hook:
    # Most fields of most answers may be null: the hook behind them is looked up once, not for each value.
    other: object = next(each for each in get_args(kind) if each is not NoneType)
    behind = converter.get_structure_hook(other)

    def hook(value: object, _: object) -> object:
        return None if value is None else behind(value, other)

    return hook


def _is_record(kind: object) -> bool:
    origin = get_origin(kind) or kind
    return isinstance(origin, type) and attrs.has(origin)


def _record_hook(kind: Any, converter: cattrs.Converter) -> Hook:  # Any: kinds come from annotations
    @cache
    def structure() -> Callable[..., Any]:  # Any: kinds come from annotations
        origin: type[Any] = get_origin(kind) or kind  # Any: kinds come from annotations
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
            raise unfit("an object", value)
        # Made when a first value comes: a class may hold itself.
        return structure()(value, kind)

    return hook


def wire_name(field: "attrs.Attribute[Any]") -> str:  # Any: kinds come from annotations
    """The name that *field* has in JSON."""
    name: str = field.metadata.get("wire", field.name)
    return name


def _at(where: str, hook: Hook, value: object, kind: object) -> object:
    try:
        return hook(value, kind)
    except StructureHandlerNotFoundError:
        raise
    except Exception as problem:  # a hook may raise anything: where it did is put before it
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
        record: type[Any] = get_origin(problem.cl) or problem.cl  # Any: kinds come from annotations
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


def _with(converter: cattrs.Converter, factory: _Factory, kind: Any) -> Hook:  # Any: kinds come from annotations
    return factory(kind, converter)


def _converter(*, detailed: bool) -> cattrs.Converter:
    converter = cattrs.Converter(detailed_validation=detailed)
    single: Sequence[tuple[type[Any], Hook]] = [  # Any: kinds come from annotations
        (str, text),
        (int, whole),
        (bool, truth),
        (Decimal, decimal),
        (datetime, instant),
        (date, day),
        (timedelta, seconds),
        (Fraction, fraction),
        (float, never),
        (complex, never),
        (bytes, never),
        (Enum, enum),  # by class, not by factory: older cattrs has a hook for this class, which would be found first
    ]
    for kind, hook in single:
        converter.register_structure_hook(kind, hook)
    converter.register_structure_hook_func(lambda kind: kind is object, as_it_is)
    converter.register_structure_hook_func(lambda kind: kind is Text, text_or_number)
    made_of: Sequence[tuple[Callable[[object], bool], _Factory]] = [
        (_is_sequence, _sequence_hook),
        (_is_mapping, _mapping_hook),
        (_is_optional, _optional_hook),
        (_is_record, _record_hook),
    ]
    for applies, factory in made_of:
        converter.register_structure_hook_factory(applies, partial(_with, converter, factory))
    converter.register_structure_hook_factory(is_open_enum, open_enum_hook)
    return converter


quick = _converter(detailed=False)
thorough = _converter(detailed=True)
