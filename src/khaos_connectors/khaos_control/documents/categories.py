"""WEBSITE: the categories of a web site and its items (ExportWebCategories and its variants, KSDXMLWebCategories)."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar
from xml.etree.ElementTree import Element, tostring

from khaos_connectors import errors
from khaos_connectors.khaos_control.category_models import Category, ListedItem, Website
from khaos_connectors.khaos_control.documents.fields import Node, Reading
from khaos_connectors.khaos_control.models import UnreadRow

__all__ = ["read_website"]

T = TypeVar("T")


def read_website(root: Element, reading: Reading) -> Website:
    """The site with its categories at any depth; a broken row hides only what is in it.

    Raises ``Undecodable`` if the document is another one.
    """
    if root.tag != "WEBSITE":
        raise reading.broken(f"/{root.tag}", "WEBSITE")
    node = Node(root, "/WEBSITE", reading)
    reader = _Reader()
    categories = reader.categories(node)
    items = tuple(item for group in node.children("WEBSITE_STOCK_ITEMS") for item in reader.items(group))
    return Website(
        name=node.text("@NAME"),
        website_id=node.text("@ID"),
        categories=categories,
        items=items,
        unread=tuple(reader.unread),
    )


class _Reader:
    """Reads the tree and keeps the rows that could not be read."""

    def __init__(self) -> None:
        self.unread: list[UnreadRow] = []

    def categories(self, parent: Node) -> tuple[Category, ...]:
        nodes = (node for node in parent.children("CATEGORY") if node.element.attrib)
        return tuple(self._readable(nodes, self._category, "@ID"))

    def items(self, parent: Node) -> Iterator[ListedItem]:
        nodes = (node for node in parent.children("STOCK_ITEM") if len(node.element))
        return self._readable(nodes, _item, "STOCK_CODE")

    def _readable(self, nodes: Iterable[Node], read: Callable[[Node], T], key: str) -> Iterator[T]:
        for node in nodes:
            try:
                yield read(node)
            except errors.Undecodable as problem:
                payload = tostring(node.element, encoding="unicode")
                self.unread.append(
                    UnreadRow(key=node.text(key), path=problem.path, expected=problem.expected, payload=payload)
                )

    def _category(self, node: Node) -> Category:
        return Category(
            removed=node.flag("@DELETE"),
            category_id=node.text("@ID"),
            name=node.text("@NAME"),
            short_description=node.text("@SHORT_DESC"),
            long_description=node.text("@LONG_DESC"),
            file_name=node.text("@FILE_NAME"),
            items=tuple(self.items(node)),
            item_codes=tuple(text for each in node.children("ITEM") if (text := each.own_text())),
            custom=tuple(
                (each.text("@NAME"), each.own_text())
                for custom in node.children("CUSTOM")
                for each in custom.children("CUSTOM_PROPERTY")
            ),
            categories=self.categories(node),
        )


def _item(node: Node) -> ListedItem:
    if not node.text("STOCK_CODE"):
        raise node.broken("STOCK_CODE", "a stock code")
    return ListedItem(
        stock_code=node.text("STOCK_CODE"),
        stock_id=node.text("STOCK_ID"),
        channel_code=node.text("CATEGORY_STOCK_CODE") or node.text("WEBSITE_STOCK_CODE"),
        short_description=node.text("SHORT_DESC"),
        long_description=node.text("LONG_DESC"),
        web_teaser=node.text("WEB_TEASER"),
        sell_price=node.number("SELL_PRICE") or None,
        image_name=node.text("IMAGE_NAME"),
        canonical=node.flag("CANONICAL_ITEM"),
        removed=node.flag("@DELETE"),
        variants=tuple(
            text for scs in node.children("SCS") for each in scs.children("STOCK_CODE") if (text := each.own_text())
        ),
    )
