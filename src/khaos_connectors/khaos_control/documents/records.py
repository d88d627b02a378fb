"""Records whose fields carry rules, as elements: what the ERP would refuse in them, writing them, reading them.

Flags are written -1 and 0, money with two decimals, times as the server's wall time. A problem has the document's own
name of the element, so that it can be told before anything is sent: a text that is too long makes a whole import fail.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from xml.etree.ElementTree import Element, SubElement, tostring

import attrs

from khaos_connectors.errors import FieldError
from khaos_connectors.khaos_control.cards import looks_like_card_number
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.documents.fields import Node
from khaos_connectors.khaos_control.documents.writing import quantity_text, unfit_character
from khaos_connectors.khaos_control.order_models import NamedValue
from khaos_connectors.khaos_control.rules import Kind, Rule, ruled_fields

__all__ = [
    "document_text",
    "filled",
    "named_problems",
    "read_named",
    "read_record",
    "record_problems",
    "text_problems",
    "without_text",
    "write_named",
    "write_record",
]

R = TypeVar("R", bound=attrs.AttrsInstance)

_BREAKS = frozenset("\t\r\n")
_PENNIES = 2
_PASSWORDS = frozenset({"WEB_PASSWORD"})


# --- what the ERP would refuse ---------------------------------------------------------------------------------------


def record_problems(record: attrs.AttrsInstance, *, prefix: str = "", encoding: str = "") -> Iterator[FieldError]:
    """Every reason why the ERP would not take *record*; *encoding*: texts must fit this character set ("": any)."""
    for field, name, rule in ruled_fields(type(record)):
        value: object = getattr(record, field)
        element = prefix + name
        if rule.told:
            continue
        if rule.required and (value is None or value == ""):
            yield FieldError(element, "must not be empty")
        if isinstance(value, str) and value:
            yield from (FieldError(element, problem) for problem in text_problems(value, rule, encoding))
        elif isinstance(value, Decimal) and not value.is_finite():
            yield FieldError(element, f"must be a number, not {value}")
        elif isinstance(value, Decimal) and _decimals(value) > _PENNIES:
            yield FieldError(element, "must have at most two decimals")


def _decimals(value: Decimal) -> int:
    return len(quantity_text(value).partition(".")[2])


def text_problems(text: str, rule: Rule, encoding: str = "") -> Iterator[str]:
    """What is wrong with *text* under *rule*."""
    longest = max(map(len, text.splitlines()), default=0) if rule.each_line else len(text)
    if rule.limit is not None and not rule.cut and longest > rule.limit:
        yield f"must have at most {rule.limit} characters{' a line' if rule.each_line else ''}, not {longest}"
    if unfit_character(text) or (not rule.lines and _BREAKS.intersection(text)):
        yield f"must not hold control characters{'' if rule.lines else ' or line breaks'}"
    if rule.free and looks_like_card_number(text):
        yield "looks like it holds a card number; card data is never sent"
    if (rule.code or rule.plain) and "#" in text:
        yield "must not hold '#'"
    if rule.code and "," in text:
        yield "must not hold a comma: it could not be looked up again"
    if rule.code and text != text.strip():
        yield "must not begin or end with a space"
    if encoding:
        try:
            text.encode(encoding)
        except UnicodeEncodeError as bad:
            yield f"holds a character that {encoding} cannot write, at position {bad.start + 1}"


_NAME_OF_PROPERTY = Rule(required=True, free=True)
_VALUE_OF_PROPERTY = Rule(lines=True, free=True)


def named_problems(values: Iterable[NamedValue], element: str, *, encoding: str = "") -> Iterator[FieldError]:
    """The same for properties with names of their own, each under the *element* that holds it and its number."""
    for number, each in enumerate(values, start=1):
        place = f"{element}[{number}]"
        if not each.name.strip():
            yield FieldError(f"{place}/@NAME", "must not be empty")
        yield from (FieldError(f"{place}/@NAME", it) for it in text_problems(each.name, _NAME_OF_PROPERTY, encoding))
        yield from (FieldError(place, it) for it in text_problems(each.value, _VALUE_OF_PROPERTY, encoding))


# --- writing ---------------------------------------------------------------------------------------------------------


def write_record(
    parent: Element, record: attrs.AttrsInstance, time: ServerTime, *, prefix: str = "", only_filled: bool = False
) -> None:
    """The fields of *record* as children and attributes of *parent*; *only_filled*: an empty field has no element."""
    for field, name, rule in ruled_fields(type(record)):
        text = "" if rule.told else _written(getattr(record, field), rule, time)
        if not text and (rule.told or only_filled or not rule.always):
            continue
        path, _, attribute = name.rpartition("@")
        if not attribute or "@" not in name:
            SubElement(parent, prefix + name).text = text or None
            continue
        child = prefix + path.rstrip("/")
        element = parent if not path else parent.find(child)
        if element is None:
            element = SubElement(parent, child)
        element.set(attribute, text)


def _written(value: object, rule: Rule, time: ServerTime) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "-1" if value else "0"
        case Decimal():
            return quantity_text(value) if rule.kind == "quantity" else f"{value:.2f}"
        case datetime():
            return time.for_order(value)
        case _:
            text = str(value)
            return text[: rule.limit] if rule.cut else text


def write_named(parent: Element, values: Iterable[NamedValue], element: str) -> None:
    """Properties with names of their own, each an *element* with the attribute NAME."""
    for each in values:
        SubElement(parent, element, {"NAME": each.name}).text = each.value or None


def document_text(root: Element) -> str:
    """The document as text. A carriage return is written as a reference: a bare one would arrive as a line feed."""
    return tostring(root, encoding="unicode").replace("\r", "&#13;")


# --- reading ---------------------------------------------------------------------------------------------------------


def read_record(cls: type[R], node: Node, *, prefix: str = "") -> R:
    """A *cls* from the children and attributes of *node*; a field whose element is empty keeps its default."""
    values: dict[str, object] = {}
    for field, name, rule in ruled_fields(cls):
        found = _place(node, prefix + name)
        if found is not None and found[0].text(found[1]):
            values[field] = _value(*found, rule.kind)
    return _built(cls, values)


def _place(node: Node, name: str) -> tuple[Node, str] | None:
    path, _, attribute = name.partition("/@")
    if not attribute:
        return node, name
    child = node.child(path)
    return None if child is None else (child, f"@{attribute}")


def _built(build: Callable[..., R], values: Mapping[str, object]) -> R:
    # The fields' kinds were read by the same metadata that declares their types: that is what checks them.
    return build(**values)


def _value(node: Node, name: str, kind: Kind) -> object:
    match kind:
        case "money" | "quantity":
            return node.number(name)
        case "whole":
            return node.whole(name)
        case "moment":
            return node.moment(name)
        case "flag":
            return node.flag(name)
        case "text":
            return node.text(name)


def read_named(node: Node | None, element: str) -> tuple[NamedValue, ...]:
    """The properties among the children of *node*; one without a name cannot be told from another and is left out."""
    found = node.children(element) if node is not None else ()
    return tuple(NamedValue(name=name, value=each.own_text()) for each in found if (name := each.text("@NAME")))


def filled(parent: Node | None, name: str) -> Iterator[Node]:
    """The children *name* that hold something: lists end with an empty element, which means "further ones follow"."""
    for node in parent.children(name) if parent is not None else ():
        if len(node.element) or node.element.attrib or node.own_text():
            yield node


def without_text(root: Element, names: frozenset[str] = frozenset()) -> None:
    """Empty every element called one of *names* in *root*, whole: not even an unreadable row keeps what was in it.

    So are attributes and named properties of these names. Passwords are always among them: customers are exported with
    theirs in plain text.
    """
    unwanted = names | _PASSWORDS
    for element in root.iter():
        if _called(element.tag, unwanted) or _called(element.get("NAME", ""), unwanted):
            tail = element.tail
            element.clear()
            element.tail = tail
        for attribute in [name for name in element.attrib if _called(name, unwanted)]:
            del element.attrib[attribute]


def _called(name: str, names: frozenset[str]) -> bool:
    return name.rpartition("}")[2].strip().upper() in names
