"""Records as trees of plain values and back: a tree is what JSON holds, and what XML is turned into and from.

The reader is lenient where documents are known to differ (numbers and flags as text, one item in place of a list, null
and empty values as "left out") and strict in everything else.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import TypeGuard, TypeVar

import attrs

from khaos_connectors.calls.decode import Unrecognised, parse_json, to_json
from khaos_connectors.calls.messages import Response
from khaos_connectors.errors import Undecodable
from khaos_connectors.khaos_control.channels.fields import Element, elements_of
from khaos_connectors.khaos_control.channels.spelling import Conventions
from khaos_connectors.khaos_control.channels.values import DataItem
from khaos_connectors.khaos_control.documents.fields import decimal_text

__all__ = ["SOURCE_ORDER", "Place", "Tree", "is_list", "is_row", "is_tree", "record_of", "tree_of"]

T = TypeVar("T")

Tree = dict[str, object]
"""A record as its document holds it: text, numbers, flags, lists and trees by their names on the wire."""

SOURCE_ORDER = "SourceOrder"
"""What is around the order's keys in a nested reference of a returned item."""

_MISSING = "this field, which is missing"


def is_tree(value: object) -> TypeGuard[Tree]:
    """Whether *value* is an object of JSON."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[object]]:
    """Whether *value* is a list of JSON."""
    return isinstance(value, list)


def is_row(value: object) -> TypeGuard[tuple[object, ...]]:
    """Whether *value* is a list of a record."""
    return isinstance(value, tuple)


# --- writing ---------------------------------------------------------------------------------------------------------


def tree_of(record: object, by: Conventions) -> Tree:
    """*record* as a tree; what it does not have is left out, unless the document needs it.

    Raises ``ValueError`` for a naive time and a number that is not finite.
    """
    tree: Tree = {}
    for field, element in elements_of(type(record)):
        needed = field.default is attrs.NOTHING
        written = _written(getattr(record, field.name), element, by, needed=needed)
        if written is not None:
            tree[_name(element, by)] = written
    return tree


def _name(element: Element, by: Conventions) -> str:
    return str(getattr(by.spelling, element.spelt)) if element.spelt else element.name


def _written(value: object, element: Element, by: Conventions, *, needed: bool) -> object:
    if is_row(value):
        return _list(value, element, by) if value or needed or element.always else None
    match value:
        case None:
            return None
        case str():
            return value if value or needed else None
        case bool():
            return value
        case Decimal():
            return _plain(value)
        case datetime():
            return by.time.for_call(value).isoformat()
        case Enum():
            return _code(value)
        case int():
            return value
        case Unrecognised():
            return value.code
        case _:
            return _inner(value, element, by, needed=needed)


def _code(value: Enum) -> object:
    return int(value) if isinstance(value, int) else value.value


def _list(values: tuple[object, ...], element: Element, by: Conventions) -> list[object]:
    if element.kind == "raw":
        return [_loads(str(value)) for value in values]
    return [_written(value, element, by, needed=True) for value in values]


def _inner(value: object, element: Element, by: Conventions, *, needed: bool) -> object:
    tree = tree_of(value, by)
    if element.kind == "source":
        if not tree:
            return None
        return {SOURCE_ORDER: tree} if by.spelling.return_source_nested else tree
    if tree or not element.hollow:
        return tree
    if needed:
        return {"ID": ""} if element.of is DataItem else tree
    return None


def _loads(text: str) -> object:
    try:
        return parse_json(Response(status=200, body=text.encode()), system="channels", operation="raw")
    except Undecodable as problem:
        raise ValueError(f"not the JSON text of an item: {problem.expected}") from None


def _plain(number: Decimal) -> Decimal:
    if not number.is_finite():
        raise ValueError("a number that is not finite cannot be written")
    return Decimal(f"{number:f}")


# --- reading ---------------------------------------------------------------------------------------------------------


@attrs.frozen
class Place:
    """Where a value stands in which document of whom."""

    by: Conventions
    operation: str
    path: str = "$"

    def at(self, name: str) -> "Place":
        """The field *name* of what stands here."""
        return attrs.evolve(self, path=f"{self.path}.{name}")

    def item(self, index: int) -> "Place":
        """One item of the list that stands here."""
        return attrs.evolve(self, path=f"{self.path}[{index}]")

    def broken(self, expected: str) -> Undecodable:
        """The error for a value that is not what was *expected* here."""
        return Undecodable(system=self.by.account, operation=self.operation, path=self.path, expected=expected)


def record_of(cls: type[T], value: object, place: Place) -> T:
    """The record *cls* in *value*; ``Undecodable`` naming the first place that does not fit."""
    if cls is DataItem and isinstance(value, str):
        value = {"Name": value}
    if not is_tree(value):
        raise place.broken("an object")
    fields: dict[str, object] = {}
    for field, element in elements_of(cls):
        needed = field.default is attrs.NOTHING
        name = next((each for each in element.names if value.get(each) is not None), None)
        found = None if name is None else _read(element, value[name], place.at(name), needed=needed)
        if found is not None:
            fields[field.name] = found
        elif needed:
            raise place.at(name or element.name).broken(_MISSING if name is None else "a value")
    return _built(cls, fields, place)


def _built(build: Callable[..., T], fields: dict[str, object], place: Place) -> T:
    # The fields' kinds were read by the same metadata that declares their types: that is what checks them.
    try:
        return build(**fields)
    except ValueError as problem:
        raise place.broken(f"what is allowed here: {problem}") from None


def _read(element: Element, value: object, place: Place, *, needed: bool) -> object:
    """What *value* stands for; None where it is as good as left out."""
    match element.kind:
        case "text":
            return _text(value, place, needed=needed)
        case "record":
            return _record(element, value, place, needed=needed)
        case "source":
            return _source(element, value, place)
        case "records" | "texts" | "codes" | "raw":
            return _items(element, value, place)
        case _:
            return None if value == "" else _scalar(element, value, place)


def _text(value: object, place: Place, *, needed: bool) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise place.broken("text")
    return value or (None if needed else "")


def _record(element: Element, value: object, place: Place, *, needed: bool) -> object:
    if value in ("", {}) and element.hollow and not needed:
        return None
    record = record_of(_class(element), {} if value == "" else value, place)
    return None if element.hollow and not needed and _is_empty(record) else record


def _is_empty(record: object) -> bool:
    return all(getattr(record, field.name) == field.default for field, _ in elements_of(type(record)))


def _source(element: Element, value: object, place: Place) -> object:
    if is_tree(value) and SOURCE_ORDER in value:
        value, place = value[SOURCE_ORDER], place.at(SOURCE_ORDER)
    record = record_of(_class(element), {} if value in ("", None) else value, place)
    return record or None


def _items(element: Element, value: object, place: Place) -> tuple[object, ...]:
    if value == "":
        return ()
    if not is_list(value):
        if element.kind == "raw":
            raise place.broken("a list")
        value = [value]
    return tuple(_item(element, item, place.item(index)) for index, item in enumerate(value))


def _item(element: Element, value: object, place: Place) -> object:
    match element.kind:
        case "records":
            return record_of(_class(element), value, place)
        case "codes":
            return _word(element, value, place)
        case "raw":
            return to_json(value)
        case _:
            if element.item and is_tree(value):
                value, place = value.get(element.item), place.at(element.item)
            found = _text(value, place, needed=False)
            return found or ""


def _scalar(element: Element, value: object, place: Place) -> object:
    match element.kind:
        case "number":
            return _number(value, place)
        case "whole":
            return _whole(value, place)
        case "flag":
            return _flag(value, place)
        case "moment":
            return _moment(value, place)
        case _:
            return _word(element, value, place)


def _number(value: object, place: Place, expected: str = "a number") -> Decimal:
    if isinstance(value, bool):
        raise place.broken(expected)
    if isinstance(value, int | Decimal):
        return Decimal(value)
    try:
        return decimal_text(value.strip() if isinstance(value, str) else "")
    except ValueError:
        raise place.broken(expected) from None


def _whole(value: object, place: Place) -> int:
    expected = "a whole number"
    number = _number(value, place, expected)
    if number != number.to_integral_value() or number.adjusted() > 30:
        raise place.broken(expected)
    return int(number)


def _flag(value: object, place: Place) -> bool:
    if isinstance(value, bool):
        return value
    word = value.strip().casefold() if isinstance(value, str) else ""
    if word not in {"true", "false"}:
        raise place.broken("true or false")
    return word == "true"


def _moment(value: object, place: Place) -> datetime | None:
    try:
        if isinstance(value, str):
            return place.by.time.read(value)
    except (ValueError, OverflowError):
        pass
    raise place.broken("a time like 2018-01-18T12:20:48")


def _word(element: Element, value: object, place: Place) -> object:
    enum = _class(element)
    words = {str(_code(member)): member for member in enum} if issubclass(enum, Enum) else {}
    if isinstance(value, str | int) and not isinstance(value, bool):
        found = words.get(str(value))
        if found is not None:
            return found
        if element.is_open:
            return Unrecognised(str(value))
    raise place.broken(f"one of {', '.join(words)}")


def _class(element: Element) -> type[object]:
    if element.of is None:
        raise TypeError(f"{element.name}: has no record")
    return element.of
