"""Validators for the fields of records: what cannot be true is refused when a record is made, by field and rule.

``typed`` gives one to every field of a record whose type says enough: counts, flags, enums and fixed words.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, TypeGuard, Union, get_args, get_origin

import attrs

__all__ = [
    "a_text",
    "aware",
    "aware_or_none",
    "calendar_date",
    "exact_amount",
    "exact_amounts",
    "exact_number",
    "not_blank",
    "percentage",
    "record_of",
    "typed",
    "whole_number",
    "whole_numbers",
]

_ONLY_INT = frozenset({int})
_LOOKED_THROUGH = 256  # a longer tuple is looked at by its first only: there may be 100,000 figures in one

Validator: TypeAlias = Callable[[Any, "attrs.Attribute[Any]", Any], None]  # Any: fields of every type


def typed(_: type, fields: list["attrs.Attribute[Any]"]) -> list["attrs.Attribute[Any]"]:  # Any: of every type
    """An attrs ``field_transformer``: a record refuses what is not of a field's type, by TypeError and field name
    (a word that is not one of those allowed: by ValueError).

    Looked at are fields of ``int``, ``bool``, an ``Enum``, each also with ``| None``; ``Literal`` words; mappings to
    ``int``; tuples of any length and what is in them. There is no other way in: ``3.0`` and ``True`` are no units,
    ``"shipped"`` is no state, one line is no tuple of lines. A field's own validator comes after, and need not ask
    again.
    """
    return [_checked(field) for field in fields]


def whole_number(name: str, value: object) -> None:
    """Refuses what is not an ``int``: a ``float`` (even 3.0) or a ``bool``, by TypeError that says *name*."""
    if type(value) is not int:
        raise TypeError(f"{name} must be an int, not {value!r}")


def whole_numbers(name: str, numbers: Mapping[Any, int]) -> None:  # Any: keys of every kind
    """Refuses a mapping with anything but ``int`` in it, by TypeError that says *name* and the key."""
    if not set(map(type, numbers.values())) <= _ONLY_INT:  # one comparison for all: there may be 100,000 of them
        wrong = next(key for key, number in numbers.items() if type(number) is not int)
        whole_number(f"{name} of {wrong}", numbers[wrong])


def _checked(field: "attrs.Attribute[Any]") -> "attrs.Attribute[Any]":  # Any: of every type
    of_type, own = _of_type(field.type), field.validator
    if of_type is None:
        return field
    return field.evolve(validator=of_type if own is None else _both(of_type, own))


def _both(first: Validator, then: Validator) -> Validator:
    def check(record: object, field: "attrs.Attribute[object]", value: object) -> None:
        first(record, field, value)
        then(record, field, value)

    return check


def _of_type(kind: Any) -> Validator | None:  # Any: what stands in an annotation
    """What checks a field of the annotation *kind*. Each compares one type, for records are made by the million."""
    parts = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    plain = [part for part in parts if part is not NoneType]
    if len(plain) > 1:
        return None
    only, or_none = plain[0], len(parts) > 1
    if get_origin(only) is Literal:
        return _one_of((*get_args(only), None) if or_none else get_args(only))
    if get_origin(only) is Mapping and get_args(only)[1] is int:
        return attrs.validators.optional(_all_whole) if or_none else _all_whole
    if get_origin(only) is tuple and get_args(only)[1:] == (...,):
        of_tuple = _tuple_of(get_args(only)[0])
        return attrs.validators.optional(of_tuple) if or_none else of_tuple
    if isinstance(only, type) and (only in (int, bool) or issubclass(only, Enum)):
        return _exactly(only, or_none=or_none)
    return None


def _exactly(kind: type, *, or_none: bool) -> Validator:
    def check(_: object, field: "attrs.Attribute[object]", value: object) -> None:
        if type(value) is not kind and not (or_none and value is None):
            raise TypeError(f"{field.alias or field.name} must be {_told(kind, value)}")

    return check


def _tuple_of(each: Any) -> Validator:  # Any: what stands in an annotation
    """Refuses what is no tuple, such as a list or one record alone, and a tuple of something else than *each*."""
    while hasattr(each, "__supertype__"):  # a NewType is a name only, there are none of it at run time
        each = each.__supertype__
    told: object = get_origin(each) or each
    kind: type[object] = object
    if isinstance(told, type) and told is not UnionType and not getattr(told, "_is_protocol", False):
        kind = told
    name, only = "values" if kind is object else kind.__name__, {kind}

    def check(_: object, field: "attrs.Attribute[object]", value: object) -> None:
        if not _is_tuple(value):
            raise TypeError(f"{field.alias or field.name} must be a tuple of {name}, not {_no_tuple(value, kind)}")
        if not value or kind is object:
            return
        found = value if len(value) <= _LOOKED_THROUGH else value[:1]
        if set(map(type, found)) == only:
            return
        for number, one in enumerate(found):
            if not isinstance(one, kind):
                what = f"{field.alias or field.name}[{number}]"
                raise TypeError(f"{what} must be of type {name}, not {type(one).__name__}")

    return check


def _is_tuple(value: object) -> TypeGuard[tuple[object, ...]]:
    return isinstance(value, tuple)


def _no_tuple(value: object, kind: type) -> str:
    # By its type alone: an address or an order must not come to stand in a message.
    if kind is not object and isinstance(value, kind):
        return f"one {kind.__name__} alone: write (it,)"
    told = type(value).__name__
    return f"{told}: write tuple(...)" if isinstance(value, list | set | frozenset) else told


def _told(kind: type, value: object) -> str:
    if not issubclass(kind, Enum):
        return f"an int, not {value!r}" if kind is int else f"True or False, not {value!r}"
    meant = next((member for member in kind if member.value == value), None)
    advice = f": write {kind.__name__}.{meant.name}" if meant else ""
    return f"a member of {kind.__name__}, not {value!r}{advice}"


def _one_of(words: tuple[object, ...]) -> Validator:
    def check(_: object, field: "attrs.Attribute[object]", value: object) -> None:
        if value not in words:
            raise ValueError(f"{field.name} must be {' or '.join(map(repr, words))}, not {value!r}")

    return check


def _all_whole(_: object, field: "attrs.Attribute[Mapping[object, int]]", numbers: Mapping[object, int]) -> None:
    whole_numbers(field.alias or field.name, numbers)


def aware(_: object, field: "attrs.Attribute[datetime]", moment: date) -> None:
    """The field is a moment with a time zone: a naive one can be an hour off, and nobody could tell."""
    if not isinstance(moment, datetime):
        raise TypeError(f"{field.name} must be a datetime with a time zone, not {moment!r}")
    if moment.tzinfo is None:
        raise ValueError(f"{field.name} has no time zone: {moment.isoformat()}; a moment must be aware")


def aware_or_none(_: object, field: "attrs.Attribute[datetime | None]", moment: date | None) -> None:
    """The field is a moment with a time zone, or None."""
    if moment is None:
        return
    if not isinstance(moment, datetime):
        raise TypeError(f"{field.name} must be a datetime with a time zone, not {moment!r}")
    if moment.tzinfo is None:
        raise ValueError(f"{field.name} has no time zone: {moment.isoformat()}; a moment must be aware")


def calendar_date(_: object, field: "attrs.Attribute[date]", day: date) -> None:
    """The field is a day: a moment would be another day elsewhere, and a text is none."""
    if type(day) is not date:
        raise TypeError(f"{field.name} must be a date, not {day!r}")


def exact_amount(_: object, field: "attrs.Attribute[Decimal]", amount: Decimal) -> None:
    """The field is a finite ``Decimal``: a ``float`` has lost its pennies before it comes here."""
    if type(amount) is not Decimal or not amount.is_finite():
        exact_number(field.name, amount)


def percentage(_: object, field: "attrs.Attribute[Decimal]", rate: Decimal) -> None:
    """The field is a rate in per cent, from 0 to 100: 20 per cent is ``Decimal(20)``."""
    if type(rate) is not Decimal:
        raise TypeError(f"{field.name} must be a Decimal, not {rate!r}")
    if not rate.is_finite() or not 0 <= rate <= 100:
        raise ValueError(f"{field.name} must be 0 to 100 per cent, not {rate}")


def exact_number(name: str, number: object) -> None:
    """Refuses what is not a finite ``Decimal``, by TypeError or ValueError that says *name*."""
    if type(number) is not Decimal:
        raise TypeError(f"{name} must be a Decimal, not {number!r}")
    if not number.is_finite():
        raise ValueError(f"{name} must be a number, not {number}")


def exact_amounts(
    _: object,
    field: "attrs.Attribute[Mapping[Any, Decimal]]",  # Any: keys of every kind
    amounts: Mapping[Any, Decimal],  # Any: as above
) -> None:
    """The field is a mapping to finite ``Decimal`` numbers; another one is named with its key."""
    for key, amount in amounts.items():
        exact_number(f"{field.name} of {key}", amount)


def a_text(_: object, field: "attrs.Attribute[Any]", text: object) -> None:  # Any: fields of every NewType of str
    """The field is a text: an id that is a number elsewhere is written as one, so that it is found again."""
    if type(text) is not str and not isinstance(text, str):
        raise TypeError(f"{field.alias or field.name} must be a text, not {text!r}")


def record_of(kind: type) -> Validator:
    """An attrs validator: the field is a *kind*; only the type of what came in its place is told."""

    def check(_: object, field: "attrs.Attribute[object]", value: object) -> None:
        if not isinstance(value, kind):
            raise TypeError(f"{field.alias or field.name} must be of type {kind.__name__}, not {type(value).__name__}")

    return check


def not_blank(_: object, field: "attrs.Attribute[Any]", text: Any) -> None:  # Any: fields of every NewType of str
    """The field is a text with something in it."""
    if not text.strip():
        raise ValueError(f"{field.name} must not be blank")
