"""STOCK_ITEMS (ExportStock): item masters with every group of the document, variants at any depth (KSDXMLStock).

What an item is sold by (its code, prices, flags, bar codes, links) must be right, else the item is unread. What only
describes it (sizes, multiples, levels, suppliers' figures, the launch) reads as empty where it is broken, and the item
says so in ``unread_fields``: a launch date that somebody mistyped must not take the item out of a listing.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from xml.etree.ElementTree import Element, tostring

import attrs

from khaos_connectors import errors
from khaos_connectors.khaos_control.documents.fields import Node, Reading
from khaos_connectors.khaos_control.models import Rows, UnreadRow
from khaos_connectors.khaos_control.stock_models import (
    CountryRate,
    ExternalItem,
    ItemOption,
    LinkedItem,
    Restriction,
    StockImage,
    StockItem,
    StockType,
    SupplierRef,
    UnreadField,
    UserDefined,
    VariantHeading,
    VariantStep,
)

__all__ = ["in_rows", "read_stock_items", "stream_stock_items"]

T = TypeVar("T")

_NO_IMAGE = "?"
# The elements of each level; the lowest comes under two names, and versions differ in which of them they fill.
_TYPES = ((1, ("STOCK_TTYPE",)), (2, ("STOCK_TYPE",)), (3, ("STOCK_MID_TYPE",)), (4, ("STOCK_SUB_TYPE", "SUB_TYPE")))


def read_stock_items(elements: Iterable[Element], reading: Reading) -> Rows[StockItem]:
    """The STOCK_ITEM *elements* of an ExportStock answer, read one after the other (KSDXMLStock).

    A broken item never hides the others, nor does a broken variant hide its template and the other variants.
    """
    return in_rows(stream_stock_items(elements, reading))


def in_rows(read: Iterable[StockItem | UnreadRow]) -> Rows[StockItem]:
    """What was read one at a time, all together."""
    items: list[StockItem] = []
    unread: list[UnreadRow] = []
    for row in read:
        if isinstance(row, UnreadRow):
            unread.append(row)
        else:
            items.append(row)
    return Rows(items=tuple(items), unread=tuple(unread))


def stream_stock_items(elements: Iterable[Element], reading: Reading) -> Iterator[StockItem | UnreadRow]:
    """``read_stock_items`` one at a time: an item follows those of its variants that cannot be read."""
    reader = _Reader(reading)
    for index, element in enumerate(elements):
        if len(element):  # the vendor's sample ends with an empty one
            item = reader.item_or_unread(Node(element, f"/STOCK_ITEMS/STOCK_ITEM[{index}]", reading))
            yield from reader.unread
            reader.unread.clear()
            if item is not None:
                yield item


@attrs.frozen
class _Family:
    """What a variant takes from its template: the code, and whether prices are net, which only templates tell."""

    code: str = ""
    sell_is_net: bool | None = None
    buy_is_net: bool | None = None
    steps: tuple[VariantStep, ...] = ()


class _Reader:
    """Reads items one after the other and keeps those that cannot be read, templates and variants alike."""

    def __init__(self, reading: Reading) -> None:
        self.unread: list[UnreadRow] = []
        self._reading = reading

    def item_or_unread(self, node: Node, family: _Family | None = None) -> StockItem | None:
        try:
            return self._item(node, family or _Family())
        except errors.Undecodable as problem:
            payload = tostring(node.element, encoding="unicode")
            key = node.text("STOCK_CODE")
            self.unread.append(UnreadRow(key=key, path=problem.path, expected=problem.expected, payload=payload))
            return None

    def _item(self, node: Node, family: _Family) -> StockItem:
        if node.element.find("STOCK_CODE") is None:
            raise node.broken("STOCK_CODE", "a stock code")
        code = node.text("STOCK_CODE")
        sell_is_net = _is_net(node, "SELL_PRICE", inherited=family.sell_is_net)
        buy_is_net = _is_net(node, "BUY_PRICE", inherited=family.buy_is_net)
        barcodes = [bar for bar in _inside(node, "BARCODES", "BARCODE") if bar.own_text()]
        soft = _Soft()
        sold = StockItem(
            stock_code=code,
            stock_id=node.text("STOCK_ID"),
            other_ref=node.text("ASSOCIATED_REF"),
            description=node.text("STOCK_DESC") or node.text("DESCRIPTION"),
            long_description=node.text("LONG_DESC"),
            parent_code=family.code,
            steps=family.steps,
            vat_rate=node.number("VAT_RATE"),
            buy_price=node.number("BUY_PRICE"),
            buy_price_is_net=buy_is_net,
            sell_price=node.number("SELL_PRICE"),
            price_is_net=sell_is_net,
            sell_price_web=node.number("SELL_PRICE_WEB") or None,
            weight=node.number("WEIGHT"),
            manufacturer=node.text("MANUFACTURER"),
            deleted=node.flag("DELETED"),
            web=node.flag("WEB"),
            discontinued=node.flag("DISCONTINUED"),
            run_to_zero=node.flag("RUN_TO_ZERO"),
            drop_ship=node.flag("DROP_SHIP"),
            stock_controlled=node.flag("STOCK_CONTROLLED") if node.text("STOCK_CONTROLLED") else True,
            discounts_disabled=node.flag("DISCOUNTS_DISABLED"),
            vat_relief_qualified=node.flag("VAT_RELIEF_QUALIFIED"),
            barcodes=tuple(bar.own_text() for bar in barcodes),
            barcode_labels=tuple(bar.text("@DESC") for bar in barcodes),
            links=tuple(_link(link) for link in _inside(node, "LINKED_ITEMS", "LINK_ITEM") if len(link.element)),
        )
        described = _described(sold, node, soft)
        return attrs.evolve(
            _listed(described, node, soft),
            headings=tuple(
                VariantHeading(level=each.text("@LEVEL"), name=each.own_text())
                for each in _inside(node, "SCS", "HEADING")
            ),
            children=self._variants(node, _Family(code, sell_is_net, buy_is_net)),
            unread_fields=tuple(soft.unread),
        )

    def _variants(self, node: Node, family: _Family) -> tuple[StockItem, ...]:
        found = (
            self.item_or_unread(each, attrs.evolve(family, steps=steps))
            for each, steps in _styled(node)
            if len(each.element)
        )
        return tuple(item for item in found if item is not None)


def _is_net(node: Node, name: str, *, inherited: bool | None) -> bool | None:
    price = node.child(name)
    return price.flag("@IS_NET") if price is not None and price.text("@IS_NET") else inherited


def _styled(item: Node) -> Iterator[tuple[Node, tuple[VariantStep, ...]]]:
    # STYLE nests up to four levels by the guide, and may hold no item at all; the headings come before or after.
    for scs in item.children("SCS"):
        yield from _under(scs, ())


def _under(style: Node, steps: tuple[VariantStep, ...]) -> Iterator[tuple[Node, tuple[VariantStep, ...]]]:
    yield from ((variant, steps) for variant in style.children("SCS_ITEM"))
    for inner in style.children("STYLE"):
        step = VariantStep(description=inner.text("DESCRIPTION"), suffix=inner.text("SCS_CODE_SUFFIX"))
        yield from _under(inner, (*steps, step))


def _link(node: Node) -> LinkedItem:
    return LinkedItem(
        stock_code=node.text("STOCK_CODE"),
        link_type=node.text("LINK_TYPE"),
        value=node.number("LINK_VALUE"),
        auto_add=node.flag("AUTO_ADD"),
    )


# --- what describes an item ------------------------------------------------------------------------------------------


class _Soft:
    """Reads fields that may be broken: they are empty then, and noted."""

    def __init__(self) -> None:
        self.unread: list[UnreadField] = []

    def number(self, node: Node, name: str) -> Decimal | None:
        return self._read(node.number, name)

    def flag(self, node: Node, name: str) -> bool:
        return bool(self._read(node.flag, name))

    def launch(self, node: Node) -> datetime | None:
        day, hour = node.text("LAUNCH_DATE"), node.text("LAUNCH_TIME")

        def read(name: str) -> datetime | None:
            try:
                return node.reading.time.read(f"{day} {hour}".strip()) if day else None
            except ValueError:
                raise node.broken(name, "a date") from None

        return self._read(read, "LAUNCH_DATE")

    def _read(self, read: Callable[[str], T], name: str) -> T | None:
        try:
            return read(name)
        except errors.Undecodable as problem:
            self.unread.append(UnreadField(path=problem.path, expected=problem.expected))
            return None


def _described(item: StockItem, node: Node, soft: _Soft) -> StockItem:
    image = node.text("IMAGE_FILENAME")
    return attrs.evolve(
        item,
        epos_description=node.text("EPOS_DESC"),
        web_teaser=node.text("WEB_TEASER"),
        discount_code=node.text("DISCOUNT_CODE"),
        reward_points=soft.number(node, "REWARD_POINTS"),
        supplier_stock_code=node.text("SUPPLIER_STOCK_CODE"),
        lead_time_days=soft.number(node, "LEAD_TIME"),
        reorder_multiple=soft.number(node, "REORDER_MULTIPLE"),
        purchase_multiple=soft.number(node, "PURCHASE_MULTIPLE"),
        sales_multiple=soft.number(node, "SALES_MULTIPLE"),
        min_level=soft.number(node, "MIN_LEVEL"),
        safe_level=soft.number(node, "SAFE_LEVEL"),
        height=soft.number(node, "HEIGHT"),
        width=soft.number(node, "WIDTH"),
        depth=soft.number(node, "DEPTH"),
        country_of_manufacture=node.text("COUNTRY_OF_MANUFACTURE"),
        country_name=node.text("COUNTRY_NAME"),
        commodity_code=node.text("ICN_CODE"),
        commodity_description=node.text("ICN_DESCRIPTION"),
        page_order=soft.number(node, "WEB_PAGEORDER"),
        colour_value=node.text("WEB_COLOURVALUE"),
        meta_title=node.text("META_TITLE"),
        meta_description=node.text("META_DESCRIPTION"),
        meta_keywords=node.text("META_KEYWORDS"),
        availability=node.text("AVAILABILITY"),
        max_display_qty=soft.number(node, "MAX_DISPLAY_QTY"),
        launch=soft.launch(node),
        image_file_name="" if image == _NO_IMAGE else image,
    )


def _listed(item: StockItem, node: Node, soft: _Soft) -> StockItem:
    return attrs.evolve(
        item,
        types=tuple(_types(node)),
        country_rates=tuple(
            CountryRate(country_code=code, country_name=each.text("@COUNTRY_NAME"), rate=soft.number(each, "."))
            for each in _inside(node, "COUNTRY_RATES", "COUNTRY_RATE")
            if (code := each.text("@COUNTRY_CODE"))
        ),
        supplier_refs=tuple(_supplier(each, soft) for each in _inside(node, "SUPPLIER_STOCK_CODES", "SUPPLIER_REF")),
        options=tuple(
            ItemOption(name=each.text("@NAME"), value=each.own_text(), system=element == "STOCK_OPTION")
            for element in ("STOCK_OPTION", "OPTION")
            for each in node.children(element)
        ),
        user_defined=tuple(
            UserDefined(
                name=each.text("@NAME"),
                kind=each.text("@TYPE"),
                value=each.own_text(),
                index=each.text("@INDICES") or each.text("@INDEX"),
            )
            for each in node.children("USER_DEFINED")
        ),
        restrictions=tuple(
            Restriction(kind=each.text("@TYPE"), value=value)
            for each in _inside(node, "BARS", "BAR")
            if (value := each.own_text())
        ),
        images=tuple(
            StockImage(
                name=each.text("IMAGE_NAME"),
                description=each.text("IMAGE_DESC"),
                file_name=each.text("FILE_NAME"),
                kind=each.text("IMAGE_TYPE"),
            )
            for each in _inside(node, "STOCK_IMAGES", "STOCK_IMAGE")
        ),
        external_items=tuple(
            ExternalItem(
                kind=each.text("EXTERNAL_TYPE"),
                value=each.text("EXTERNAL_VALUE"),
                description=each.text("EXTERNAL_SHORT_DESC"),
                sort_order=each.text("EXTERNAL_SORT_ORDER"),
            )
            for each in _inside(node, "EXTERNAL_DATA", "EXTERNAL_ITEM")
        ),
    )


def _types(node: Node) -> Iterator[StockType]:
    for level, elements in _TYPES:
        ids = (text for name in elements if (text := node.text(f"{name}_ID")) not in {"", "0"})
        texts = (text for name in elements if (text := node.text(name)))
        epos = (each.text("@EPOS_DESC") for name in elements if (each := node.child(name)) is not None)
        found = StockType(
            level=level,
            name=next(texts, ""),
            type_id=next(ids, ""),
            epos_description=next((text for text in epos if text), ""),
        )
        if found.name or found.type_id:
            yield found


def _supplier(node: Node, soft: _Soft) -> SupplierRef:
    return SupplierRef(
        stock_code=node.own_text(),
        preferred=soft.flag(node, "@IS_PREFERRED"),
        supplier_name=node.text("@SUPPLIER_NAME"),
        supplier_urn=node.text("@SUPPLIER_URN"),
        discount=soft.number(node, "@DISCOUNT"),
        purchase_cost=soft.number(node, "@PURCHASE_COST"),
        reorder_qty=soft.number(node, "@REORDER_QTY"),
        qty_available=soft.number(node, "@QTY_AVAIL"),
        lead_time_days=soft.number(node, "@LEAD_TIME"),
    )


def _inside(node: Node, group: str, name: str) -> Iterator[Node]:
    inner = node.child(group)
    if inner is not None:
        yield from inner.children(name)
