"""STOCK_STATUS (ExportStockStatus), STOCK_ITEMS (ExportStock) and SOPDATA (GetSOPData)."""

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from khaos_connectors.khaos_control.documents.fields import Node, Reading, read_rows
from khaos_connectors.khaos_control.models import Courier, LinkedItem, Rows, SopData, StockItem, StockStatusRow

__all__ = ["read_sop_data", "read_stock_items", "read_stock_status"]


def read_stock_status(root: Element, reading: Reading) -> Rows[StockStatusRow]:
    """The rows of a STOCK_STATUS; a broken row never hides the others (KSDXMLStockStatus).

    Raises ``Undecodable`` if the document is another one.
    """
    if root.tag != "STOCK_STATUS":
        raise reading.broken(f"/{root.tag}", "STOCK_STATUS")
    document = Node(root, "/STOCK_STATUS", reading)
    site = document.text("@SITE")
    return read_rows(document.children("STOCK_ITEM"), lambda node: _status(node, site), key=lambda n: n.text("@CODE"))


def _status(node: Node, site: str) -> StockStatusRow:
    code = node.text("@CODE")
    if not code:
        raise node.broken("@CODE", "a stock code")
    return StockStatusRow(
        code=code,
        stock_id=node.text("@ID"),
        other_ref=node.text("@OTHER_REF"),
        description=node.text("@DESC"),
        site=node.text("SITE") or site,
        level=node.number("LEVEL"),
        status=node.whole("STATUS"),
        buy_price=node.number("BUY_PRICE"),
        sell_price=node.number("SELL_PRICE"),
        web_sell_price=node.number("WEBSELL_PRICE"),
        safe_level=node.number("SAFE_LEVEL"),
        min_level=node.number("MIN_LEVEL"),
        lead_time=node.moment("LEAD_TIME"),
        build_potential_children=node.number("BUILD_POTENTIAL_CHILDREN"),
        build_potential_parents=node.number("BUILD_POTENTIAL_PARENTS"),
        on_order_level=node.number("ON_ORDER_LEVEL"),
        max_back_order=node.number("MAX_BO_QTY"),
    )


def read_stock_items(elements: Iterable[Element], reading: Reading) -> Rows[StockItem]:
    """The STOCK_ITEM *elements* of an ExportStock answer, read one after the other (KSDXMLStock)."""
    nodes = (
        Node(element, f"/STOCK_ITEMS/STOCK_ITEM[{index}]", reading)
        for index, element in enumerate(elements)
        if len(element)  # the vendor's sample ends with an empty one
    )
    return read_rows(nodes, _item, key=lambda node: node.text("STOCK_CODE"))


def _item(node: Node, *, parent: str = "", is_net: bool | None = None) -> StockItem:
    if node.element.find("STOCK_CODE") is None:
        raise node.broken("STOCK_CODE", "a stock code")
    price = node.child("SELL_PRICE")
    if price is not None and price.text("@IS_NET"):
        is_net = price.flag("@IS_NET")
    code = node.text("STOCK_CODE")
    barcodes, links = node.child("BARCODES"), node.child("LINKED_ITEMS")
    return StockItem(
        stock_code=code,
        stock_id=node.text("STOCK_ID"),
        other_ref=node.text("ASSOCIATED_REF"),
        description=node.text("STOCK_DESC") or node.text("DESCRIPTION"),
        long_description=node.text("LONG_DESC"),
        parent_code=parent,
        vat_rate=node.number("VAT_RATE"),
        buy_price=node.number("BUY_PRICE"),
        sell_price=node.number("SELL_PRICE"),
        price_is_net=is_net,
        sell_price_web=node.number("SELL_PRICE_WEB") or None,
        weight=node.number("WEIGHT"),
        manufacturer=node.text("MANUFACTURER"),
        deleted=node.flag("DELETED"),
        web=node.flag("WEB"),
        discontinued=node.flag("DISCONTINUED"),
        run_to_zero=node.flag("RUN_TO_ZERO"),
        drop_ship=node.flag("DROP_SHIP"),
        stock_controlled=node.flag("STOCK_CONTROLLED") if node.text("STOCK_CONTROLLED") else True,
        barcodes=tuple(text for bar in (barcodes.children("BARCODE") if barcodes else ()) if (text := bar.own_text())),
        links=tuple(_link(link) for link in (links.children("LINK_ITEM") if links else ()) if len(link.element)),
        children=tuple(
            _item(Node(element, f"{node.path}//SCS_ITEM[{index}]", node.reading), parent=code, is_net=is_net)
            for index, element in enumerate(_variants(node.element))
        ),
    )


def _variants(item: Element) -> Iterable[Element]:
    # STYLE nests up to four levels, and a STYLE may hold no item at all.
    scs = item.find("SCS")
    return scs.iter("SCS_ITEM") if scs is not None else ()


def _link(node: Node) -> LinkedItem:
    return LinkedItem(
        stock_code=node.text("STOCK_CODE"),
        link_type=node.text("LINK_TYPE"),
        value=node.number("LINK_VALUE"),
        auto_add=node.flag("AUTO_ADD"),
    )


def read_sop_data(root: Element, reading: Reading) -> SopData:
    """The couriers of a SOPDATA document (KSDXMLSOPData). Raises ``Undecodable`` if the document is another one."""
    if root.tag != "SOPDATA":
        raise reading.broken(f"/{root.tag}", "SOPDATA")
    couriers = Node(root, "/SOPDATA", reading).child("COURIERS")
    found = couriers.children("COURIER") if couriers else ()
    return SopData(couriers=tuple(Courier(code=node.text("@CODE"), name=node.own_text()) for node in found))
