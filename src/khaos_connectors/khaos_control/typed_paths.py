"""Paths into frozen records (``"against"``, ``"total"``), checked against the record's class before there is one."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs

from khaos_connectors._choices import known_names
from khaos_connectors.errors import ConfigError

__all__ = ["check_value_path", "row_class", "rows_at", "value_at"]

_VALUES = (str, int, bool, Decimal, datetime, date)


def check_value_path(context: type, path: str) -> None:
    """``ConfigError`` unless *path* leads from a record of the class *context* to a single value."""
    kind = _at(context, path)
    if not (isinstance(kind, type) and (kind in _VALUES or issubclass(kind, Enum))):
        raise ConfigError(field="path", problem=f"{path!r} of {context.__name__} is not a single value")


def row_class(context: type, path: str) -> type:
    """The class of the records in the tuple at *path*; ``ConfigError`` where there is none."""
    kind = _at(context, path)
    of = get_args(kind)
    if get_origin(kind) is tuple and len(of) == 2 and of[1] is Ellipsis and attrs.has(of[0]):
        return of[0]
    raise ConfigError(field="path", problem=f"{path!r} of {context.__name__} is not a tuple of records")


def value_at(record: object, path: str) -> object:
    """What stands at the (checked) *path* of *record*; None where a part of the way is None."""
    value: object = record
    for name in path.split("."):
        if value is None:
            return None
        value = getattr(value, name)
    return value


def rows_at(record: object, path: str) -> tuple[object, ...]:
    """The records in the tuple at the (checked) *path* of *record*."""
    rows: Any = value_at(record, path)  # Any: ``row_class`` has seen that it is a tuple
    return tuple(rows)


def _at(context: type, path: str) -> Any:  # Any: what stands in an annotation
    kind: Any = context  # Any: what stands in an annotation
    for name in path.split("."):
        known = isinstance(kind, type) and attrs.has(kind)
        names: Mapping[str, Any] = _names(kind) if known else dict[str, Any]()  # Any: as above
        if name not in names:
            within = getattr(kind, "__name__", str(kind))
            problem = f"{path!r}: {within} has no {name!r}; {known_names(name, names)}"
            raise ConfigError(field="path", problem=problem)
        kind = _plain(names[name])
    return kind


@cache
def _names(of: type) -> Mapping[str, Any]:  # Any: what stands in an annotation
    hints = get_type_hints(of)
    found = {each.name: hints[each.name] for each in attrs.fields(of) if not each.name.startswith("_")}
    for base in reversed(of.__mro__):
        for name, member in vars(base).items():
            if isinstance(member, property) and member.fget is not None and not name.startswith("_"):
                found[name] = get_type_hints(member.fget).get("return", object)
    return found


def _plain(kind: Any) -> Any:  # Any: what stands in an annotation
    """*kind* without "or None", and what a NewType stands for."""
    if get_origin(kind) in (Union, UnionType):
        parts = [part for part in get_args(kind) if part is not NoneType]
        kind = parts[0] if len(parts) == 1 else kind
    while hasattr(kind, "__supertype__"):
        kind = kind.__supertype__
    return kind
