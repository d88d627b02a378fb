"""Trees as XML elements and back, by the shape of the record that they stand for. Namespaces are not looked at."""

import re
from collections.abc import Iterable
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement

from khaos_connectors.khaos_control.channels import fields
from khaos_connectors.khaos_control.channels.spelling import Spelling
from khaos_connectors.khaos_control.channels.trees import SOURCE_ORDER, Tree, is_list, is_tree
from khaos_connectors.khaos_control.channels.values import DataItem

__all__ = ["element_of", "local_name", "tree_from"]

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_OWN_TEXT = "#text"


def local_name(tag: str) -> str:
    """The name of an element without its namespace."""
    return tag.rpartition("}")[2]


# --- writing ---------------------------------------------------------------------------------------------------------


def element_of(tag: str, tree: Tree, cls: type[object], spelling: Spelling) -> Element:
    """The element *tag* for *tree*, a record of *cls*; ``ValueError`` for characters that XML cannot carry."""
    root = Element(tag)
    for _, element in fields.elements_of(cls):
        name = next((each for each in element.names if each in tree), None)
        if name is not None:
            _put(root, name, tree[name], element, spelling)
    return root


def _put(root: Element, name: str, value: object, element: fields.Element, spelling: Spelling) -> None:
    if element.place == "attribute":
        root.set(name, _text(value))
    elif element.place == "text":
        root.text = _text(value)
    elif element.plain and spelling.bank_account == "text" and is_tree(value) and set(value) == {"Name"}:
        SubElement(root, name).text = _text(value["Name"])
    elif is_list(value):
        _put_list(root, name, value, element, spelling)
    else:
        root.append(_child(name, value, element, spelling))


def _put_list(root: Element, name: str, values: list[object], element: fields.Element, spelling: Spelling) -> None:
    if element.bare:
        for value in values:
            SubElement(root, name).text = _text(value)
        return
    around = SubElement(root, name)
    for value in values:
        match element.kind:
            case "texts":
                SubElement(around, spelling.text_item).text = _text(value)
            case "raw":
                around.append(_loose_element(element.item, value))
            case _:
                around.append(_child(element.item, value, element, spelling))


def _child(name: str, value: object, element: fields.Element, spelling: Spelling) -> Element:
    if element.of is None or not is_tree(value):
        child = Element(name)
        child.text = _text(value) or None
        return child
    if element.kind == "source" and SOURCE_ORDER in value:
        child = Element(name)
        child.append(_child(SOURCE_ORDER, value[SOURCE_ORDER], element, spelling))
        return child
    return element_of(name, value, element.of, spelling)


def _loose_element(name: str, value: object) -> Element:
    root = Element(name)
    if not is_tree(value):
        root.text = _text(value) or None
        return root
    for key, inner in value.items():
        if key == _OWN_TEXT:
            root.text = _text(inner)
            continue
        if not _NAME.fullmatch(key):
            raise ValueError(f"{name}: {key[:40]!r} cannot be the name of an element")
        for each in inner if is_list(inner) else [inner]:
            root.append(_loose_element(key, each))
    return root


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "True" if value else "False"
        case Decimal():
            return f"{value:f}"
        case int():
            return str(value)
        case str():
            if _FORBIDDEN.search(value):
                raise ValueError("a text holds a control character, which XML cannot carry")
            return value.replace("\r\n", "\n").replace("\r", "\n")
        case _:
            raise ValueError(f"a {type(value).__name__} cannot be the text of an element")


# --- reading ---------------------------------------------------------------------------------------------------------


def tree_from(root: Element, cls: type[object]) -> Tree:
    """The tree of a record of *cls* in *root*; elements that the record does not know are not in it."""
    children = _by_name(root)
    tree: Tree = {}
    for _, element in fields.elements_of(cls):
        for name in element.names:
            found = _found(root, children.get(name, ()), name, element)
            if found is not None:
                tree[name] = found
    if cls is DataItem and "Name" not in tree and (own := _own_text(root)):
        tree["Name"] = own
    return tree


def _by_name(root: Element) -> dict[str, list[Element]]:
    children: dict[str, list[Element]] = {}
    for child in root:
        if child.get(_NIL) not in {"true", "1"}:
            children.setdefault(local_name(child.tag), []).append(child)
    return children


def _found(root: Element, children: Iterable[Element], name: str, element: fields.Element) -> object:
    if element.place == "text":
        return _own_text(root)
    if element.place == "attribute" and name in root.attrib:
        return root.attrib[name].strip()
    found = list(children)
    if not found:
        return None
    if element.bare:
        return [_own_text(child) for child in found]
    return _value(found[0], element)


def _value(child: Element, element: fields.Element) -> object:
    match element.kind:
        case "record":
            return tree_from(child, element.of or object)
        case "source":
            inner = _by_name(child).get(SOURCE_ORDER)
            return tree_from(inner[0] if inner else child, element.of or object)
        case "records":
            return [tree_from(item, element.of or object) for item in child]
        case "texts":
            return _texts(child, element)
        case "raw":
            return [_loose(item) for item in child]
        case _:
            return _own_text(child)


def _texts(around: Element, element: fields.Element) -> list[object]:
    if len(around):
        return [_own_text(item) or _own_text(item.find(f"{{*}}{element.item}")) for item in around]
    return [own] if (own := _own_text(around)) else []


def _loose(item: Element) -> object:
    if not len(item) and not item.attrib:
        return _own_text(item)
    tree: Tree = {name: value.strip() for name, value in item.attrib.items()}
    for name, children in _by_name(item).items():
        values = [_loose(child) for child in children]
        tree[name] = values if len(values) > 1 else values[0]
    if own := _own_text(item):
        tree[_OWN_TEXT] = own
    return tree


def _own_text(element: Element | None) -> str:
    return (element.text or "").strip() if element is not None else ""
