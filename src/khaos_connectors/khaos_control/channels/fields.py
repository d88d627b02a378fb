"""How a field of a Channels record is spelt in JSON and in XML: the metadata that one reader and one writer follow.

A record's field carries an ``Element``. A field without a default must be in the document; all others may be left out.
Neither form knows null: what a record does not have is not written.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Literal

import attrs

__all__ = [
    "Element",
    "Kind",
    "bare_codes",
    "code",
    "elements_of",
    "flag",
    "moment",
    "number",
    "open_code",
    "raw",
    "record",
    "records",
    "source_order",
    "text",
    "texts",
    "whole",
]

Kind = Literal[
    "text", "number", "whole", "flag", "moment", "code", "codes", "record", "records", "texts", "raw", "source"
]
"""What a field holds. "raw": a list of a shape that the vendor does not tell, each item kept as JSON text."""

Place = Literal["element", "attribute", "text"]
"""Where a field stands in XML: in a child element, in an attribute, or as the text of the record's own element."""

_KEY = "channels"


@attrs.frozen(kw_only=True)
class Element:
    """The wire side of a field.

    *name* is written; *also* are spellings that are read as well. *of* is the record or the enum. *item* names the
    items of a list in XML; a *bare* list repeats its own element there. *hollow*: an empty one is as good as none.
    *is_open*: a code that we have not met is kept as it came. *limit* is the longest text; *lines*: it may have
    line breaks. *always*: an empty list is written too. *spelt* is the field of ``Spelling`` that names it; *plain*:
    another of them says whether it is text in XML.
    """

    name: str
    kind: Kind
    also: tuple[str, ...] = ()
    of: type[object] | None = None
    item: str = ""
    bare: bool = False
    hollow: bool = True
    is_open: bool = False
    place: Place = "element"
    limit: int | None = None
    lines: bool = False
    always: bool = False
    spelt: str = ""
    plain: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Every spelling that is read, the written one first."""
        return (self.name, *self.also)


Fields = tuple[tuple["attrs.Attribute[object]", Element], ...]

_known: dict[type[object], Fields] = {}


def elements_of(cls: type[object]) -> Fields:
    """The fields of the record class *cls* with their wire side, in the order in which they are written."""
    found = _known.get(cls)
    if found is None:
        if not attrs.has(cls):
            raise TypeError(f"not a record: {cls.__name__}")
        found = tuple((field, _element(field.metadata)) for field in attrs.fields(cls) if _KEY in field.metadata)
        _known[cls] = found
    return found


def _element(metadata: Mapping[object, object]) -> Element:
    element = metadata[_KEY]
    if not isinstance(element, Element):
        raise TypeError(f"{_KEY}: must be an Element, not {type(element).__name__}")
    return element


Metadata = dict[str, Element]


def text(
    name: str,
    limit: int | None = None,
    *,
    also: tuple[str, ...] = (),
    place: Place = "element",
    lines: bool = False,
    spelt: str = "",
) -> Metadata:
    """Text, at most *limit* characters long."""
    return {_KEY: Element(name=name, kind="text", also=also, place=place, limit=limit, lines=lines, spelt=spelt)}


def number(name: str) -> Metadata:
    """A decimal number."""
    return {_KEY: Element(name=name, kind="number")}


def whole(name: str) -> Metadata:
    """A whole number."""
    return {_KEY: Element(name=name, kind="whole")}


def flag(name: str) -> Metadata:
    """A boolean: ``True`` and ``False`` in XML."""
    return {_KEY: Element(name=name, kind="flag")}


def moment(name: str) -> Metadata:
    """A time of the server's wall clock, written without an offset."""
    return {_KEY: Element(name=name, kind="moment")}


def code(name: str, of: type[Enum], *, place: Place = "element") -> Metadata:
    """One of the words of an enum."""
    return {_KEY: Element(name=name, kind="code", of=of, place=place)}


def open_code(name: str, of: type[Enum], *, also: tuple[str, ...] = (), spelt: str = "") -> Metadata:
    """One of the words of an enum, or one that we have not met."""
    return {_KEY: Element(name=name, kind="code", of=of, also=also, is_open=True, spelt=spelt)}


def bare_codes(name: str, of: type[Enum]) -> Metadata:
    """A list of words, whose element is repeated in XML without one around it."""
    return {_KEY: Element(name=name, kind="codes", of=of, bare=True)}


def record(
    name: str, of: type[object], *, also: tuple[str, ...] = (), hollow: bool = True, plain: bool = False
) -> Metadata:
    """A record inside the record."""
    return {_KEY: Element(name=name, kind="record", of=of, also=also, hollow=hollow, plain=plain)}


def records(name: str, of: type[object], item: str, *, also: tuple[str, ...] = (), always: bool = False) -> Metadata:
    """A list of records, each an element *item* in XML."""
    return {_KEY: Element(name=name, kind="records", of=of, item=item, also=also, always=always)}


def texts(name: str, *, also: tuple[str, ...] = (), item: str = "", always: bool = False) -> Metadata:
    """A list of texts; *item* names the field that holds the text where an item turns out to be an object."""
    return {_KEY: Element(name=name, kind="texts", also=also, item=item, always=always)}


def raw(name: str, item: str) -> Metadata:
    """A list whose items the vendor does not describe."""
    return {_KEY: Element(name=name, kind="raw", item=item)}


def source_order(of: type[object]) -> Metadata:
    """The reference of a returned item to its order, whose spelling is a setting."""
    return {
        _KEY: Element(
            name="SourceReference", also=("SourceReturnReference",), kind="source", of=of, spelt="return_source"
        )
    }
