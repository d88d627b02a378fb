"""STOCK_STATUS (ExportStockStatus); STOCK_ITEMS is read in ``stock_items``."""

from xml.etree.ElementTree import Element

from khaos_connectors.khaos_control.documents.fields import Node, Reading, read_rows
from khaos_connectors.khaos_control.documents.stock_items import read_stock_items
from khaos_connectors.khaos_control.models import Rows, StockStatusRow

__all__ = ["read_stock_items", "read_stock_status"]


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
