"""STATUS_LIST, the answer of ExportOrderStatusEx: orders with their invoices, boxes and items."""

from xml.etree.ElementTree import Element

from khaos_connectors.khaos_control.documents.fields import Node, Reading, read_rows
from khaos_connectors.khaos_control.models import Box, Invoice, ItemSent, OrderStatus, Rows

__all__ = ["read_status_list"]


def read_status_list(root: Element, reading: Reading) -> Rows[OrderStatus]:
    """The orders of a STATUS_LIST; a broken order never hides the others (KSDXMLOrderStatusEx).

    Raises ``Undecodable`` if the document is another one.
    """
    if root.tag != "STATUS_LIST":
        raise reading.broken(f"/{root.tag}", "STATUS_LIST")
    orders = Node(root, "/STATUS_LIST", reading).children("ORDER_STATUS")
    return read_rows(orders, _order, key=_key)


def _key(node: Node) -> str:
    return node.text("@ASSOCIATED_REF") or node.text("@SORDER_CODE") or node.path


def _order(node: Node) -> OrderStatus | None:
    if not node.element.attrib and not len(node.element):
        return None
    code, reference = node.text("@SORDER_CODE"), node.text("@ASSOCIATED_REF")
    if not code:
        raise node.broken("@SORDER_CODE", "an order code")
    company, kind = node.child("COMPANY_NAME"), node.child("ORDER_TYPE")
    items, delivery = node.child("ITEMS_TOTAL"), node.child("DELIVERY_TOTAL")
    cancelled = node.child("CANCELLED")
    invoices = node.child("INVOICES")
    return OrderStatus(
        sorder_code=code,
        associated_ref=reference,
        company_code=company.text("@COMPANY_CODE") if company else "",
        customer_other_ref=company.text("@OTHER_REF") if company else "",
        order_type=(kind.own_text() or kind.text("@TYPE_ID")) if kind else "",
        courier=node.text("COURIER"),
        currency_code=node.text("CURRENCY_CODE"),
        date_created=node.moment("DATE_CREATED"),
        delivery_date=node.moment("DELIVERY_DATE"),
        items_gross=node.number("ITEMS_TOTAL"),
        items_net=items.number("@NET_VALUE") if items else None,
        delivery_gross=node.number("DELIVERY_TOTAL"),
        delivery_net=delivery.number("@NET_VALUE") if delivery else None,
        complete=node.flag("COMPLETE"),
        qty_sold=node.number("QTY_SOLD"),
        qty_assigned=node.number("QTY_ASSIGNED"),
        cancelled=cancelled is not None,
        cancelled_at=cancelled.moment("CANCELLED_DATE_TIME") if cancelled else None,
        cancel_reason=cancelled.text("REASON") if cancelled else "",
        invoices=tuple(
            _invoice(invoice) for invoice in (invoices.children("INVOICE") if invoices else ()) if _filled(invoice)
        ),
    )


def _filled(node: Node) -> bool:
    # The older sample shows <INVOICE /> and <BOX /> without anything: "further ones follow", not a broken row.
    return bool(node.element.attrib) or bool(len(node.element))


def _invoice(node: Node) -> Invoice:
    code = node.text("@INVOICE_CODE")
    if not code:
        raise node.broken("@INVOICE_CODE", "an invoice code")
    items = node.child("INVOICE_ITEMS")
    return Invoice(
        invoice_code=code,
        stage_id=node.whole("@INVOICE_STAGE_ID"),
        stage_desc=node.text("@INVOICE_STAGE_DESC"),
        invoice_date=node.moment("@INVOICE_DATE"),
        ship_date=node.moment("@SHIP_DATE"),
        issue_date=node.moment("@ISSUE_DATE"),
        courier=node.text("@COURIER"),
        consignment_ref=node.text("@CONSIGNMENT_REF"),
        tracking_url=node.text("@TRACKING_URL"),
        qty_sold=node.number("@QTY_SOLD"),
        qty_sent=node.number("@QTY_SENT"),
        moved=node.flag("@MOVED"),
        boxes=tuple(_box(box) for box in node.children("BOX") if _filled(box)),
        items=tuple(_item(item) for item in items.children("INVOICE_ITEM")) if items else None,
    )


def _box(node: Node) -> Box:
    return Box(
        shipped=node.flag("@SHIPPED"),
        ship_date=node.moment("@SHIP_DATE"),
        courier=node.text("@COURIER"),
        consignment_ref=node.text("@CONSIGNMENT_REF"),
        tracking_url=node.text("@TRACKING_URL"),
        items=tuple(_item(item) for item in node.children("BOX_ITEM")),
    )


def _item(node: Node) -> ItemSent:
    code = node.text("@STOCK_CODE")
    if not code:
        raise node.broken("@STOCK_CODE", "a stock code")
    quantity = node.number("@QTY_SENT")
    if quantity is None:
        raise node.broken("@QTY_SENT", "a quantity")
    return ItemSent(stock_code=code, qty_sent=quantity)
