"""Channels documents as the simulated ERP reads and writes them: JSON and XML as one kind of tree, by own code.

It is a second reading of the vendor's pages, so that it can judge what the library offers. What breaks a rule of them
(a null, a number in quotation marks, a truth value of another spelling) is a ``KhaosFault``: the answer is not taken.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import TypeAlias, TypeGuard
from xml.etree import ElementTree as ET

import attrs

from khaos_connectors.testing.simulators.khaos_settings import plain
from khaos_connectors.testing.simulators.khaos_soap import KhaosFault

__all__ = ["Rows", "Thing", "Value", "moment_of", "number_of", "read_body", "text_of", "thing_of", "truth_of", "write"]

_KIND = "json-kind"
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


@attrs.frozen(kw_only=True)
class Thing:
    """A DataItem: something by its id, its code, its name."""

    id: str = ""
    code: str = ""
    name: str = ""

    def names(self, *, id: object = "", code: str = "", name: str = "") -> bool:  # noqa: A002 - the wire's own word
        """Whether it stands for what has these: by its id if it has one, else by its code, else by its name."""
        if self.id:
            return self.id == str(id)
        return self.code == code if self.code else bool(self.name) and self.name == name

    def __str__(self) -> str:
        return self.id or self.code or self.name


@attrs.frozen
class Rows:
    """A list; in XML each of its items is a *tag*."""

    tag: str
    items: Sequence["Value"]


Value: TypeAlias = "str | bool | int | Decimal | datetime | Thing | Rows | Mapping[str, Value]"
"""What a document consists of. A datetime must be wall time of the server already."""


# --- reading ---------------------------------------------------------------------------------------------------------


def read_body(body: bytes, *, root: str) -> ET.Element:
    """The document in *body*, whichever form it has; objects and lists of JSON become elements."""
    if body.lstrip()[:1] == b"<":
        if b"<!DOCTYPE" in body:
            raise KhaosFault("DTD is prohibited")
        try:
            found = ET.fromstring(body)  # noqa: S314 - without a DTD there are no entities to expand
        except ET.ParseError as broken:
            raise KhaosFault(f"The document is no XML: {broken}") from broken
        if found.tag != root:
            raise KhaosFault(f"{root} expected, {found.tag} found")
        return found
    try:
        value: object = json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except ValueError as broken:
        raise KhaosFault("The document is no JSON") from broken
    return _element(root, value)


def _no_constant(word: str) -> None:
    raise ValueError(word)


def _element(tag: str, value: object) -> ET.Element:
    element = ET.Element(tag)
    if _is_object(value):
        element.set(_KIND, "object")
        element.extend([_element(name, each) for name, each in value.items()])
        return element
    if _is_array(value):
        element.set(_KIND, "array")
        element.extend([_element("Item", each) for each in value])
        return element
    match value:
        case bool():
            element.set(_KIND, "boolean")
            element.text = str(value)
        case int() | Decimal():
            element.set(_KIND, "number")
            element.text = str(value)
        case str():
            element.set(_KIND, "string")
            element.text = value
        case _:
            raise KhaosFault(f"{tag} is null")
    return element


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _is_array(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def text_of(element: ET.Element, path: str, *, needed: bool = False) -> str:
    """The text at *path*; "" or, where it is *needed*, a fault when there is none."""
    found = element.find(path)
    if found is not None and found.get(_KIND, "string") != "string":
        raise KhaosFault(f"{path} must be a text")
    text = (found.text or "").strip() if found is not None else ""
    if needed and not text:
        raise KhaosFault(f"{path} is required")
    return text


def number_of(element: ET.Element, path: str, *, needed: bool = False) -> Decimal | None:
    """The number at *path*, None or, where it is *needed*, a fault when there is none."""
    found = element.find(path)
    text = (found.text or "").strip() if found is not None else ""
    if found is None or (not text and found.get(_KIND) is None):
        if needed:
            raise KhaosFault(f"{path} is required")
        return None
    if found.get(_KIND, "number") != "number" or not _NUMBER.fullmatch(text):
        raise KhaosFault(f"{path} must be a number")
    return Decimal(text)


def truth_of(element: ET.Element, path: str) -> bool:
    """The truth value at *path*; False when there is none."""
    found = element.find(path)
    text = (found.text or "").strip() if found is not None else ""
    if found is None or not text:
        return False
    if found.get(_KIND, "boolean") != "boolean" or text not in {"True", "False"}:
        raise KhaosFault(f"{path} must be True or False")
    return text == "True"


def moment_of(element: ET.Element, path: str, zone: tzinfo) -> datetime | None:
    """The time at *path*, which is wall time of *zone*; None when there is none."""
    text = text_of(element, path)
    if not text:
        return None
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}", text):
        raise KhaosFault(f"{path} must look like 2018-01-18T12:20:48")
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def thing_of(element: ET.Element, path: str, *, needed: bool = False) -> Thing | None:
    """The DataItem at *path*: attributes or fields. Exactly one of ID, Code and Name may be given."""
    found = element.find(path)
    given = {}
    if found is not None:
        given = {name: (found.get(name) or text_of(found, name)).strip() for name in ("ID", "Code", "Name")}
        if found.get(_KIND) is None and not any(given.values()):
            given["Name"] = (found.text or "").strip()
    filled = {name: text for name, text in given.items() if text}
    if len(filled) > 1:
        raise KhaosFault(f"{path} may hold only one of {', '.join(filled)}")
    if needed and not filled:
        raise KhaosFault(f"{path} is required")
    if not filled:
        return None
    return Thing(id=filled.get("ID", ""), code=filled.get("Code", ""), name=filled.get("Name", ""))


# --- writing ---------------------------------------------------------------------------------------------------------


def write(root: str, value: Mapping[str, Value], *, xml: bool) -> bytes:
    """The document *root*, as XML or as JSON."""
    if xml:
        element = ET.Element(root)
        _fill(element, value)
        text: bytes = ET.tostring(element, encoding="utf-8", xml_declaration=False)
        return b'<?xml version="1.0" encoding="utf-8"?>\r\n' + text
    return json.dumps(_plain(value), default=_number).encode()


def _fill(element: ET.Element, value: Value) -> None:
    match value:
        case Thing():
            for name, text in (("ID", value.id), ("Code", value.code)):
                if text:
                    element.set(name, text)
            element.text = value.name
        case Rows():
            for each in value.items:
                _fill(ET.SubElement(element, value.tag), each)
        case Mapping():
            for name, each in value.items():
                _fill(ET.SubElement(element, name), each)
        case datetime():
            element.text = value.strftime("%Y-%m-%dT%H:%M:%S")
        case bool():
            element.text = str(value)
        case int() | Decimal():
            element.text = plain(value)
        case str():
            element.text = value


def _plain(value: Value) -> object:
    match value:
        case Thing():
            fields = (("ID", value.id), ("Code", value.code), ("Name", value.name))
            return {name: text for name, text in fields if text}
        case Rows():
            return [_plain(each) for each in value.items]
        case Mapping():
            return {name: _plain(each) for name, each in value.items()}
        case datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%S")
        case _:
            return value


def _number(value: object) -> object:
    # The standard library writes no Decimal; amounts of the simulated world are short enough for its floats.
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(type(value).__name__)
