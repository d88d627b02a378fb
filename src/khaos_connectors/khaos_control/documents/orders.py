"""SALES_ORDERS: the writer of ImportOrders, what the ERP would refuse in it, and the reader of ExportOrders.

What cannot be right is told by ``order_problems`` under the document's own element names before anything is sent. Card
data is neither written nor read: what lies in its elements is gone before the first order is looked at.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement

import attrs

from khaos_connectors.calls.xml import parse
from khaos_connectors.errors import FieldError, Undecodable
from khaos_connectors.khaos_control.cards import looks_like_card_number
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.documents.customer_detail import (
    customer_problems,
    read_customer_detail,
    write_customer_detail,
)
from khaos_connectors.khaos_control.documents.fields import Node, Reading, read_rows
from khaos_connectors.khaos_control.documents.records import (
    document_text,
    filled,
    named_problems,
    read_named,
    read_record,
    record_problems,
    without_text,
    write_named,
    write_record,
)
from khaos_connectors.khaos_control.models import Rows
from khaos_connectors.khaos_control.order_models import (
    NEVER_SENT,
    CommLog,
    Header,
    Item,
    PaymentDetail,
    SalesOrder,
)

__all__ = ["document_problems", "order_problems", "read_sales_orders", "write_sales_orders"]

_CARD = ("CARD_TYPE", "CARD_START", "CARD_EXPIRE", "CARD_ISSUE", "CARD_CV2", "CARD_NAME")
_CARD_NUMBER = re.compile(r"(?:\d[ -]?){12,19}")


# --- what the ERP would refuse ---------------------------------------------------------------------------------------


def order_problems(
    order: SalesOrder, *, reference_limit: int = 50, encoding: str = "", currency: str = ""
) -> tuple[FieldError, ...]:
    """Every reason why the ERP would not take *order*, by the document's element names; empty: it may be sent.

    *encoding*: texts must fit this character set ("": any). *currency*: the one that the account sells in ("": any).
    """
    found = [*customer_problems(order.customer, order.invoice, order.delivery, encoding=encoding)]
    for payment in order.payments:
        found += record_problems(payment, encoding=encoding)
        if _CARD_NUMBER.search(payment.card_number):
            found.append(FieldError("CARD_NUMBER", "looks like a card number; card data is never sent"))
    found += record_problems(order.header, encoding=encoding)
    found += _header_problems(order.header, reference_limit, currency)
    found += named_problems(order.header.custom, "CUSTOM_PROPERTY", encoding=encoding)
    for number, entry in enumerate(order.header.comm_logs, start=1):
        found += record_problems(entry, prefix=f"COMM_LOG_ENTRY[{number}]/", encoding=encoding)
    if not order.items:
        found.append(FieldError("ORDER_ITEMS", "at least one line is needed"))
    for number, item in enumerate(order.items, start=1):
        place = f"ORDER_ITEM[{number}]/"
        found += record_problems(item, prefix=place, encoding=encoding)
        found += (FieldError(place + each.field, each.problem) for each in _item_problems(item))
        found += named_problems(item.custom, f"{place}CUSTOM_PROPERTY", encoding=encoding)
    return tuple(found)


def _header_problems(header: Header, reference_limit: int, currency: str) -> Iterator[FieldError]:
    length = len(header.associated_ref)
    if reference_limit < length <= 50:
        yield FieldError("ASSOCIATED_REF", f"must have at most {reference_limit} characters, not {length}")
    code = header.order_currency_code
    if code and (len(code) != 3 or not code.isascii() or not code.isalpha()):
        yield FieldError("ORDER_CURRENCY_CODE", "must be three letters")
    elif currency and code != currency:
        yield FieldError("ORDER_CURRENCY_CODE", f"must be {currency}, the currency of this account's customers")


def _item_problems(item: Item) -> Iterator[FieldError]:
    quantity = _number(item.order_qty)
    if quantity is not None and (quantity <= 0 or quantity != quantity.to_integral_value()):
        yield FieldError("ORDER_QTY", "must be a whole number above 0")
    if item.price_net is None and item.price_grs is None:
        yield FieldError("PRICE_GRS", "a net or a gross unit price is needed")
    for element, price in (("PRICE_NET", _number(item.price_net)), ("PRICE_GRS", _number(item.price_grs))):
        if price is not None and price < 0:
            yield FieldError(element, "must not be negative")


def _number(value: Decimal | None) -> Decimal | None:
    # What is no number is a problem already, and cannot be compared.
    return value if value is not None and value.is_finite() else None


def document_problems(document: str, *, system: str) -> tuple[FieldError, ...]:
    """Where the payments of a SALES_ORDERS *document* hold card data, whoever wrote it; what is no XML holds none."""
    try:
        root = parse(document, system=system, operation="ImportOrders")
    except Undecodable:
        return ()
    places = (name or element.tag for payment in root.iter("PAYMENT_DETAIL") for element, name in _card_data(payment))
    return tuple(FieldError(place, "holds card data, which is never sent") for place in places)


def _card_data(payment: Element) -> Iterator[tuple[Element, str]]:
    """The elements of *payment* with card data in their text, and those with an attribute of that kind."""
    for element in payment.iter():
        text = (element.text or "").strip()
        number = element.tag == "CARD_NUMBER" and _CARD_NUMBER.search(text)
        if number or looks_like_card_number(text) or (text and element.tag in _CARD):
            yield element, ""
        yield from ((element, name) for name, value in element.attrib.items() if looks_like_card_number(value))


# --- writing ---------------------------------------------------------------------------------------------------------


def write_sales_orders(order: SalesOrder, time: ServerTime) -> str:
    """The SALES_ORDERS document with *order* alone, so that a fault can only mean this one (KSDXMLImportFormat)."""
    root = Element("SALES_ORDERS")
    sales_order = SubElement(root, "SALES_ORDER")
    detail = SubElement(sales_order, "CUSTOMER_DETAIL")
    write_customer_detail(detail, order.customer, order.invoice, order.delivery, time)
    payments = SubElement(sales_order, "PAYMENTS")
    for payment in order.payments:
        element = SubElement(payments, "PAYMENT_DETAIL")
        write_record(element, payment, time)
        for name in _CARD:
            SubElement(element, name)
    _write_header(SubElement(sales_order, "ORDER_HEADER"), order.header, time)
    items = SubElement(sales_order, "ORDER_ITEMS")
    for item in order.items:
        line = SubElement(items, "ORDER_ITEM")
        write_record(line, item, time)
        if item.custom:
            write_named(SubElement(line, "CUSTOM"), item.custom, "CUSTOM_PROPERTY")
    return document_text(root)


def _write_header(parent: Element, header: Header, time: ServerTime) -> None:
    write_record(parent, header, time)
    if header.custom:
        write_named(SubElement(parent, "CUSTOM"), header.custom, "CUSTOM_PROPERTY")
    if header.comm_logs:
        entries = SubElement(parent, "COMM_LOGS")
        for entry in header.comm_logs:
            write_record(SubElement(entries, "COMM_LOG_ENTRY"), entry, time, only_filled=True)


# --- reading ---------------------------------------------------------------------------------------------------------


def read_sales_orders(root: Element, reading: Reading) -> Rows[SalesOrder]:
    """The orders of a SALES_ORDERS document; a broken order never hides the others, card data is not read.

    What looks like a card number is emptied in *root* itself, in whichever element of a payment it is. Raises
    ``Undecodable`` if the document is another one.
    """
    if root.tag != "SALES_ORDERS":
        raise reading.broken(f"/{root.tag}", "SALES_ORDERS")
    _without_cards(root)
    orders = Node(root, "/SALES_ORDERS", reading).children("SALES_ORDER")
    return read_rows(orders, _read_order, key=lambda node: node.text("ORDER_HEADER/ASSOCIATED_REF"))


def _without_cards(root: Element) -> None:
    without_text(root, NEVER_SENT)
    for payment in root.iter("PAYMENT_DETAIL"):
        for element, name in list(_card_data(payment)):
            if name:
                del element.attrib[name]
            else:
                element.text = None


def _read_order(node: Node) -> SalesOrder | None:
    if not len(node.element):
        return None
    customer, invoice, delivery = read_customer_detail(_part(node, "CUSTOMER_DETAIL"))
    return SalesOrder(
        customer=customer,
        invoice=invoice,
        delivery=delivery,
        payments=tuple(read_record(PaymentDetail, each) for each in filled(node.child("PAYMENTS"), "PAYMENT_DETAIL")),
        header=_read_header(_part(node, "ORDER_HEADER")),
        items=tuple(_read_item(each) for each in filled(_part(node, "ORDER_ITEMS"), "ORDER_ITEM")),
    )


def _part(node: Node, name: str) -> Node:
    part = node.child(name)
    if part is None:
        raise node.broken(name, "an element")
    return part


def _read_header(node: Node) -> Header:
    return attrs.evolve(
        read_record(Header, node),
        custom=read_named(node.child("CUSTOM"), "CUSTOM_PROPERTY"),
        comm_logs=tuple(read_record(CommLog, each) for each in filled(node.child("COMM_LOGS"), "COMM_LOG_ENTRY")),
    )


def _read_item(node: Node) -> Item:
    return attrs.evolve(read_record(Item, node), custom=read_named(node.child("CUSTOM"), "CUSTOM_PROPERTY"))
