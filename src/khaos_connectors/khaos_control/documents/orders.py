"""SALES_ORDERS: the writer of ImportOrders, what the ERP would refuse in it, and the reader of ExportOrders.

Flags are written -1 and 0, money with two decimals, times as the server's wall time. What cannot be right is told by
``order_problems`` under the document's own element names before anything is sent: a text that is too long makes the
whole import fail over there.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from xml.etree.ElementTree import Element, SubElement, tostring

import attrs

from khaos_connectors.errors import FieldError
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.documents.fields import Node, Reading, read_rows
from khaos_connectors.khaos_control.models import Rows
from khaos_connectors.khaos_control.order_models import (
    Address,
    Customer,
    Header,
    Item,
    Kind,
    PaymentDetail,
    Rule,
    SalesOrder,
    rule_of,
)

__all__ = ["order_problems", "read_sales_orders", "write_sales_orders"]

R = TypeVar("R", Address, Customer, Header, Item, PaymentDetail)

_CARD = ("CARD_TYPE", "CARD_START", "CARD_EXPIRE", "CARD_ISSUE", "CARD_CV2", "CARD_NAME")
_CARD_NUMBER = re.compile(r"(?:\d[ -]?){12,19}")
# What XML 1.0 cannot carry at all, and the control characters that its parser over there will not take.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile(r"[\t\r\n]")


def _fields(record: R) -> Iterator[tuple[str, object, Rule]]:
    for field in attrs.fields(type(record)):
        yield field.name.upper(), getattr(record, field.name), rule_of(field.metadata)


# --- what the ERP would refuse ---------------------------------------------------------------------------------------


def order_problems(
    order: SalesOrder, *, reference_limit: int = 50, encoding: str = "", currency: str = ""
) -> tuple[FieldError, ...]:
    """Every reason why the ERP would not take *order*, by the document's element names; empty: it may be sent.

    *encoding*: texts must fit this character set ("": any). *currency*: the one that the account sells in ("": any).
    """
    found = [*_record_problems(order.customer, "", encoding), *_record_problems(order.invoice, "I", encoding)]
    if order.delivery is not None:
        found += _record_problems(order.delivery, "D", encoding)
    for payment in order.payments:
        found += _record_problems(payment, "", encoding)
        if _CARD_NUMBER.search(payment.card_number):
            found.append(FieldError("CARD_NUMBER", "looks like a card number; card data is never sent"))
    found += _record_problems(order.header, "", encoding)
    found += _header_problems(order.header, reference_limit, currency)
    if not order.items:
        found.append(FieldError("ORDER_ITEMS", "at least one line is needed"))
    for number, item in enumerate(order.items, start=1):
        for problem in [*_record_problems(item, "", encoding), *_item_problems(item)]:
            found.append(FieldError(f"ORDER_ITEM[{number}]/{problem.field}", problem.problem))
    return tuple(found)


def _record_problems(record: R, prefix: str, encoding: str) -> Iterator[FieldError]:
    for element, value, rule in _fields(record):
        name = prefix + element
        if rule.required and (value is None or value == ""):
            yield FieldError(name, "must not be empty")
        if isinstance(value, str) and value:
            yield from (FieldError(name, problem) for problem in _text_problems(value, rule, encoding))
        elif isinstance(value, Decimal) and not _fits_pennies(value):
            yield FieldError(name, "must have at most two decimals")


def _text_problems(text: str, rule: Rule, encoding: str) -> Iterator[str]:
    if rule.limit is not None and not rule.cut and len(text) > rule.limit:
        yield f"must have at most {rule.limit} characters, not {len(text)}"
    if _FORBIDDEN.search(text) or (not rule.lines and _BREAKS.search(text)):
        yield f"must not hold control characters{'' if rule.lines else ' or line breaks'}"
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


def _fits_pennies(value: Decimal) -> bool:
    return value.is_finite() and value == value.quantize(Decimal("0.01"))


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
    if item.order_qty is not None and (item.order_qty <= 0 or item.order_qty != item.order_qty.to_integral_value()):
        yield FieldError("ORDER_QTY", "must be a whole number above 0")
    if item.price_net is None and item.price_grs is None:
        yield FieldError("PRICE_GRS", "a net or a gross unit price is needed")
    for element, price in (("PRICE_NET", item.price_net), ("PRICE_GRS", item.price_grs)):
        if price is not None and price < 0:
            yield FieldError(element, "must not be negative")


# --- writing ---------------------------------------------------------------------------------------------------------


def write_sales_orders(order: SalesOrder, time: ServerTime) -> str:
    """The SALES_ORDERS document with *order* alone, so that a fault can only mean this one (KSDXMLImportFormat)."""
    root = Element("SALES_ORDERS")
    sales_order = SubElement(root, "SALES_ORDER")
    _write_customer(SubElement(sales_order, "CUSTOMER_DETAIL"), order, time)
    payments = SubElement(sales_order, "PAYMENTS")
    for payment in order.payments:
        detail = SubElement(payments, "PAYMENT_DETAIL")
        _write(detail, payment, time)
        for name in _CARD:
            SubElement(detail, name)
    _write(SubElement(sales_order, "ORDER_HEADER"), order.header, time)
    items = SubElement(sales_order, "ORDER_ITEMS")
    for item in order.items:
        _write(SubElement(items, "ORDER_ITEM"), item, time)
    return tostring(root, encoding="unicode")


def _write_customer(parent: Element, order: SalesOrder, time: ServerTime) -> None:
    _write(parent, order.customer, time)
    SubElement(parent, "UDA")
    addresses = SubElement(parent, "ADDRESSES")
    _write(SubElement(addresses, "INVADDR"), order.invoice, time, prefix="I")
    _write(SubElement(addresses, "DELADDR"), order.delivery or Address(), time, prefix="D")


def _write(parent: Element, record: R, time: ServerTime, *, prefix: str = "") -> None:
    for element, value, rule in _fields(record):
        text = _written(value, rule, time)
        if text or rule.always:
            SubElement(parent, prefix + element).text = text or None


def _written(value: object, rule: Rule, time: ServerTime) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "-1" if value else "0"
        case Decimal():
            return f"{value.normalize():f}" if rule.kind == "quantity" else f"{value:.2f}"
        case datetime():
            return time.for_order(value)
        case _:
            text = str(value)
            return text[: rule.limit] if rule.cut else text


# --- reading ---------------------------------------------------------------------------------------------------------


def read_sales_orders(root: Element, reading: Reading) -> Rows[SalesOrder]:
    """The orders of a SALES_ORDERS document; a broken order never hides the others, card data is not read.

    Raises ``Undecodable`` if the document is another one.
    """
    if root.tag != "SALES_ORDERS":
        raise reading.broken(f"/{root.tag}", "SALES_ORDERS")
    orders = Node(root, "/SALES_ORDERS", reading).children("SALES_ORDER")
    return read_rows(orders, _read_order, key=lambda node: node.text("ORDER_HEADER/ASSOCIATED_REF"))


def _read_order(node: Node) -> SalesOrder | None:
    if not len(node.element):
        return None
    customer, payments = _part(node, "CUSTOMER_DETAIL"), node.child("PAYMENTS")
    invoice, delivery = customer.child("ADDRESSES/INVADDR"), customer.child("ADDRESSES/DELADDR")
    to = _read(Address, delivery, prefix="D") if delivery is not None else Address()
    return SalesOrder(
        customer=_read(Customer, customer),
        invoice=_read(Address, invoice, prefix="I") if invoice is not None else Address(),
        delivery=to if to.address1 else None,
        payments=tuple(_read_payment(each) for each in _filled(payments, "PAYMENT_DETAIL")),
        header=_read(Header, _part(node, "ORDER_HEADER")),
        items=tuple(_read(Item, item) for item in _filled(_part(node, "ORDER_ITEMS"), "ORDER_ITEM")),
    )


def _filled(parent: Node | None, name: str) -> Iterator[Node]:
    # The samples end their lists with an empty element: "further ones follow", not a broken row.
    if parent is not None:
        yield from (node for node in parent.children(name) if len(node.element))


def _part(node: Node, name: str) -> Node:
    part = node.child(name)
    if part is None:
        raise node.broken(name, "an element")
    return part


def _read_payment(node: Node) -> PaymentDetail:
    payment = _read(PaymentDetail, node)
    return attrs.evolve(payment, card_number="") if _CARD_NUMBER.search(payment.card_number) else payment


def _read(cls: type[R], node: Node, *, prefix: str = "") -> R:
    values: dict[str, object] = {}
    for field in attrs.fields(cls):
        name = prefix + field.name.upper()
        if node.text(name):
            values[field.name] = _value(node, name, rule_of(field.metadata).kind)
    return _built(cls, values)


def _built(build: Callable[..., R], values: Mapping[str, object]) -> R:
    # The fields' kinds were read by the same metadata that declares their types: that is what checks them.
    return build(**values)


def _value(node: Node, name: str, kind: Kind) -> object:
    match kind:
        case "money" | "quantity":
            return node.number(name)
        case "moment":
            return node.moment(name)
        case "flag":
            return node.flag(name)
        case "text":
            return node.text(name)
