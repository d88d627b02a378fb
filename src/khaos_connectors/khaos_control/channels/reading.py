"""Reading Channels documents, in XML or in JSON.

``read_document`` takes a document whole or not at all, for what we wrote ourselves. The other readers are for what is
pushed to us: a row that breaks the contract is put beside the good ones, because a push that is not answered with 200
comes again and again.
"""

from collections.abc import Iterable
from typing import TypeVar

import attrs

from khaos_connectors.calls import xml
from khaos_connectors.calls.decode import parse_json, to_json
from khaos_connectors.calls.messages import Response
from khaos_connectors.errors import Undecodable
from khaos_connectors.khaos_control.channels.codes import Format
from khaos_connectors.khaos_control.channels.price_lists import PriceList, PriceLists
from khaos_connectors.khaos_control.channels.roots import Document, root_of
from khaos_connectors.khaos_control.channels.spelling import Conventions
from khaos_connectors.khaos_control.channels.statuses import (
    OrderStatuses,
    SalesOrderStatus,
    StockStatus,
    StockStatuses,
)
from khaos_connectors.khaos_control.channels.stock import StockItem, StockItems
from khaos_connectors.khaos_control.channels.trees import Place, Tree, is_list, is_tree, record_of
from khaos_connectors.khaos_control.channels.xml_form import local_name, tree_from
from khaos_connectors.khaos_control.models import Rows, UnreadRow

__all__ = [
    "ItemPush",
    "read_document",
    "read_order_statuses",
    "read_price_lists",
    "read_row",
    "read_stock_items",
    "read_stock_statuses",
]

T = TypeVar("T")
D = TypeVar("D", bound=Document)

_KEY_LENGTH = 200
_MAX_DEPTH = 64


@attrs.frozen(kw_only=True)
class ItemPush:
    """One StockUpload as it was read: the items, and the StockIDs of those that were deleted."""

    items: Rows[StockItem]
    deleted: tuple[str, ...] = ()


def read_document(cls: type[D], body: bytes, form: Format, by: Conventions) -> D:
    """The document *cls* in *body*; ``Undecodable`` naming the first place that is not as promised."""
    place = Place(by, cls.__name__)
    return record_of(cls, _tree(cls, body, form, place), place)


def read_row(cls: type[T], text: str, by: Conventions) -> T:
    """The record that ``writing.write_row`` wrote as *text*; raises ``Undecodable``."""
    place = Place(by, cls.__name__)
    return record_of(cls, _json(text.encode(), place), place)


def read_order_statuses(body: bytes, form: Format, by: Conventions) -> Rows[SalesOrderStatus]:
    """The orders of an OrderStatusUpload; ``Undecodable`` if the body is not one."""
    place = Place(by, "OrderStatusUpload")
    tree = _tree(OrderStatuses, body, form, place)
    return _rows(SalesOrderStatus, tree, "Statuses", place, keys=("AssociatedRef", "OrderCode"))


def read_stock_statuses(body: bytes, form: Format, by: Conventions) -> Rows[StockStatus]:
    """The levels of a StockStatusUpload, one row per item and site; ``Undecodable`` if the body is not one."""
    place = Place(by, "StockStatusUpload")
    tree = _tree(StockStatuses, body, form, place)
    return _rows(StockStatus, tree, "Statuses", place, keys=("StockCode", "StockID"))


def read_stock_items(body: bytes, form: Format, by: Conventions) -> ItemPush:
    """The items of a StockUpload and the ids of those that were deleted; ``Undecodable`` if the body is not one."""
    place = Place(by, "StockUpload")
    tree = _tree(StockItems, body, form, place)
    if "Items" not in tree and "Deleted" in tree:
        tree["Items"] = ""
    gone = record_of(StockItems, {"Deleted": tree.get("Deleted")}, place)
    items = _rows(StockItem, tree, "Items", place, keys=("StockCode", "StockID"))
    return ItemPush(items=items, deleted=gone.deleted)


def read_price_lists(body: bytes, form: Format, by: Conventions) -> Rows[PriceList]:
    """The price lists of a PriceListUpload; ``Undecodable`` if the body is not one."""
    place = Place(by, "PriceListUpload")
    tree = _tree(PriceLists, body, form, place)
    return _rows(PriceList, tree, "UploadPriceLists", place, keys=("PriceListName", "PriceListID"))


def _rows(cls: type[T], tree: Tree, name: str, place: Place, *, keys: tuple[str, ...]) -> Rows[T]:
    around = place.at(name)
    values = tree.get(name)
    values = [] if values == "" else [values] if is_tree(values) else values
    if not is_list(values):
        raise around.broken("a list")
    items: list[T] = []
    unread: list[UnreadRow] = []
    for index, value in enumerate(values):
        try:
            items.append(record_of(cls, value, around.item(index)))
        except Undecodable as problem:
            row = UnreadRow(key=_key(value, keys), path=problem.path, expected=problem.expected, payload=to_json(value))
            unread.append(row)
    return Rows(items=tuple(items), unread=tuple(unread))


def _key(value: object, names: tuple[str, ...]) -> str:
    row = value if is_tree(value) else {}
    return next((str(row[name])[:_KEY_LENGTH] for name in names if isinstance(row.get(name), str | int)), "")


def _tree(cls: type[object], body: bytes, form: Format, place: Place) -> Tree:
    root = root_of(cls)
    if form is Format.XML:
        element = xml.parse(body, system=place.by.account, operation=place.operation, max_bytes=place.by.max_bytes)
        if local_name(element.tag) != root:
            raise place.broken(f"the document {root}")
        return tree_from(element, cls)
    value = _json(body, place)
    if is_tree(value) and is_tree(value.get(root)) and len(value) == 1:
        value = value[root]
    if not is_tree(value):
        raise place.broken(f"the document {root}")
    return value


def _json(body: bytes, place: Place) -> object:
    if len(body) > place.by.max_bytes:
        raise place.broken("a document of reasonable size")
    value = parse_json(Response(status=200, body=body), system=place.by.account, operation=place.operation)
    if _is_deep(value):
        raise place.broken(f"a document of at most {_MAX_DEPTH} levels")
    return value


def _is_deep(value: object) -> bool:
    # Level by level: what nests this deep may be more than a function that calls itself can walk.
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return False
    return True


def _inside(value: object) -> Iterable[object]:
    if is_tree(value):
        return value.values()
    return value if is_list(value) else ()
