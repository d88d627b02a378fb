"""What a custom operation is sent, as data: constants, values of a record by their path, documents made of both.

Every path is checked against the record's class when the operation is configured. Values become XML through the SOAP
envelope and the XML writer, which escape them; no text is ever put together.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from xml.etree import ElementTree as ET

import attrs

from khaos_connectors.calls.soap import Parameter
from khaos_connectors.errors import ConfigError, FieldError
from khaos_connectors.khaos_control.cards import looks_like_card_number
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.documents.writing import amount_text, unfit_character
from khaos_connectors.khaos_control.names import check_name
from khaos_connectors.khaos_control.setting_checks import must_be
from khaos_connectors.khaos_control.typed_paths import check_value_path, row_class, rows_at, value_at

__all__ = ["Document", "Each", "Field", "Fixed", "Tag", "Template"]


@attrs.frozen
class Fixed:
    """The same value each time."""

    value: str | int | bool

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.value, str):
            must_be("value", self.value, int, "a text, a whole number, True or False")
            return
        if unfit := unfit_character(self.value):
            raise ConfigError(field="value", problem=f"holds the character {unfit}, which the service cannot take")
        if looks_like_card_number(self.value):
            raise ConfigError(field="value", problem="looks like it holds a card number, which is never sent")


@attrs.frozen
class Field:
    """The value at *path* of the record (``"against"``). *words* replace it, by its text; others are refused then.

    Amounts have two decimals or more, times are the server's wall time, an enum is its value.
    """

    path: str
    words: Mapping[str, str] = attrs.field(factory=dict[str, str], kw_only=True)


@attrs.frozen
class Tag:
    """An element of a document: *content* or *inside*, and *attributes*. A value that is None is an empty text."""

    name: str
    content: Fixed | Field | None = None
    attributes: Mapping[str, Fixed | Field] = attrs.field(factory=dict[str, Fixed | Field], kw_only=True)
    inside: "tuple[Tag | Each, ...]" = attrs.field(default=(), kw_only=True)

    def __attrs_post_init__(self) -> None:
        for name in (self.name, *self.attributes):
            check_name("tag", name)
        if self.content is not None and self.inside:
            raise ConfigError(field="tag", problem=f"{self.name} must have content or other tags inside, not both")


@attrs.frozen
class Each:
    """*tag* once for every record in the tuple at *path*; the paths in it begin at that record."""

    path: str
    tag: Tag


@attrs.frozen
class Document:
    """An XML document, which travels as a text like all documents of this service."""

    root: Tag


@attrs.frozen
class Template:
    """A parameter: its *name* as the service spells it, and what it is filled with."""

    name: str
    value: Fixed | Field | Document

    def __attrs_post_init__(self) -> None:
        check_name("parameter", self.name)
        text = isinstance(self.value, str)
        ways = (
            f"Field({self.value!r}) or Fixed({self.value!r})" if text else "Field(path), Fixed(value) or Document(tag)"
        )
        must_be("value", self.value, (Fixed, Field, Document), ways)

    def check(self, context: type) -> None:
        """``ConfigError`` unless every path exists in records of the class *context*."""
        match self.value:
            case Document(root):
                _check_tag(root, context)
            case Field(path):
                check_value_path(context, path)
            case Fixed():
                pass

    def filled(self, record: object, time: ServerTime, problems: list[FieldError]) -> Parameter:
        """The parameter for *record*; what cannot be sent goes into *problems*."""
        match self.value:
            case Fixed(value):
                return Parameter(self.name, value)
            case Field() as field:
                return Parameter(self.name, _value(field, record, self.name, time, problems))
            case Document(root):
                element = _element(root, record, f"{self.name}/{root.name}", time, problems)
                return Parameter(self.name, ET.tostring(element, encoding="unicode"))


def _check_tag(tag: Tag, context: type) -> None:
    for value in (tag.content, *tag.attributes.values()):
        if isinstance(value, Field):
            check_value_path(context, value.path)
    for each in tag.inside:
        if isinstance(each, Each):
            _check_tag(each.tag, row_class(context, each.path))
        else:
            _check_tag(each, context)


def _element(tag: Tag, record: object, at: str, time: ServerTime, problems: list[FieldError]) -> ET.Element:
    element = ET.Element(tag.name)
    for name, value in tag.attributes.items():
        element.set(name, _text(value, record, f"{at}/@{name}", time, problems))
    if tag.content is not None:
        element.text = _text(tag.content, record, at, time, problems)
    for inner, context, place in _inside(tag, record, at):
        element.append(_element(inner, context, place, time, problems))
    return element


def _inside(tag: Tag, record: object, at: str) -> Iterator[tuple[Tag, object, str]]:
    for each in tag.inside:
        if isinstance(each, Tag):
            yield each, record, f"{at}/{each.name}"
            continue
        for number, row in enumerate(rows_at(record, each.path)):
            yield each.tag, row, f"{at}/{each.tag.name}[{number}]"


def _text(value: Fixed | Field, record: object, at: str, time: ServerTime, problems: list[FieldError]) -> str:
    found = value.value if isinstance(value, Fixed) else _replaced(value, record, at, problems)
    match found:
        case bool():
            return "-1" if found else "0"
        case datetime():
            return time.for_order(found)
        case _:
            return _checked(_plain_text(found), at, problems)


def _value(
    field: Field, record: object, at: str, time: ServerTime, problems: list[FieldError]
) -> str | int | bool | datetime | None:
    found = _replaced(field, record, at, problems)
    match found:
        case bool() | int() | None:
            return found
        case datetime():
            return time.for_call(found)
        case _:
            return _checked(_plain_text(found), at, problems)


def _replaced(field: Field, record: object, at: str, problems: list[FieldError]) -> object:
    found = value_at(record, field.path)
    if isinstance(found, Enum):
        found = found.value
    if not field.words:
        return found
    text = _plain_text(found)
    if text not in field.words:
        problems.append(FieldError(at, f"{field.path} is {text!r}, for which no word is set"))
    return field.words.get(text, "")


def _plain_text(value: object) -> str:
    match value:
        case None:
            return ""
        case Decimal():
            return amount_text(value)
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _checked(text: str, at: str, problems: list[FieldError]) -> str:
    unfit = unfit_character(text)
    if unfit:
        problems.append(FieldError(at, f"holds the character {unfit}, which the service cannot take"))
        return ""
    return text
