"""What the ERP would refuse in a Channels document, found before it is offered: it imports an order or it does not."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from functools import singledispatch

import attrs

from khaos_connectors.errors import FieldError
from khaos_connectors.khaos_control.channels.codes import Mapping, Match
from khaos_connectors.khaos_control.channels.fields import Element, elements_of
from khaos_connectors.khaos_control.channels.orders import OrderImportConfig, OrderItem, OrderPayment, SalesOrder
from khaos_connectors.khaos_control.channels.returns import CustomerReturn, ExchangeItem, ReturnedItem, SourceOrder
from khaos_connectors.khaos_control.channels.trees import is_row
from khaos_connectors.khaos_control.channels.values import Contact, DataItem, Price

__all__ = ["age_problem", "problems"]

_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile(r"[\t\r\n]")
_OLDEST = timedelta(days=90)
_BY_NAME_OR_ID = frozenset({"SalesSource", "Brand"})


def problems(record: object) -> tuple[FieldError, ...]:
    """Every reason why the ERP would not take *record* (an order, a return or a document of them), by path; empty: it
    may be offered.
    """
    return tuple(_record(record, ""))


def age_problem(order: SalesOrder, *, now: datetime, starts: datetime | None = None) -> FieldError | None:
    """Why *order* is not imported for its date: older than three months (taken as 90 days), or from before the
    channel's start.
    """
    placed = order.header.order_date
    if now - placed > _OLDEST:
        return FieldError("Header.OrderDate", "is more than three months ago: the ERP does not import it")
    if starts is not None and placed < starts:
        return FieldError("Header.OrderDate", "is before the channel's start date: the ERP does not import it")
    return None


def _record(record: object, path: str) -> Iterator[FieldError]:
    for field, element in elements_of(type(record)):
        value = getattr(record, field.name)
        at = f"{path}.{element.name}" if path else element.name
        yield from _value(value, element, at, needed=field.default is attrs.NOTHING)
    for name, problem in _own_rules(record):
        yield FieldError(f"{path}.{name}" if path and name else path or name, problem)


def _value(value: object, element: Element, at: str, *, needed: bool) -> Iterator[FieldError]:
    if is_row(value):
        for index, each in enumerate(value):
            yield from _value(each, element, f"{at}[{index}]", needed=False)
        return
    match value:
        case str():
            yield from (FieldError(at, problem) for problem in _text_problems(value, element, needed=needed))
        case Decimal():
            if not value.is_finite():
                yield FieldError(at, "must be a finite number")
        case DataItem():
            if needed and not value:
                yield FieldError(at, "must not be empty")
            if element.name in _BY_NAME_OR_ID and value.code and not (value.id or value.name):
                yield FieldError(at, "cannot be matched by its code: give its ID or its name")
            yield from _record(value, at)
        case _:
            if element.of is not None and isinstance(value, element.of) and element.kind not in {"code", "codes"}:
                yield from _record(value, at)


def _text_problems(text: str, element: Element, *, needed: bool) -> Iterator[str]:
    if needed and not text.strip():
        yield "must not be empty"
    if element.limit is not None and len(text) > element.limit:
        yield f"must have at most {element.limit} characters, not {len(text)}"
    if element.kind != "raw" and (_FORBIDDEN.search(text) or (not element.lines and _BREAKS.search(text))):
        yield f"must not hold control characters{'' if element.lines else ' or line breaks'}"
    if text != text.strip():
        yield "must not begin or end with a space: XML does not keep it"


# --- rules that span fields ------------------------------------------------------------------------------------------


@singledispatch
def _own_rules(_: object) -> Iterator[tuple[str, str]]:
    """What a record as a whole breaks, as the field's path below it and the problem; most records have no such rule."""
    yield from ()


@_own_rules.register
def _(contact: Contact) -> Iterator[tuple[str, str]]:
    if not (contact.forename.strip() or contact.surname.strip()):
        yield "Surname", "a forename or a surname is needed"


@_own_rules.register
def _(price: Price) -> Iterator[tuple[str, str]]:
    if price.net is not None and price.gross is not None:
        yield "", "is either net or gross, not both"
    if any(amount is not None and amount.is_finite() and amount < 0 for amount in (price.net, price.gross)):
        yield "", "must not be negative"


@_own_rules.register
def _(payment: OrderPayment) -> Iterator[tuple[str, str]]:
    ways = (payment.cash, payment.cheque, payment.voucher, payment.bacs, payment.card)
    if sum(way is not None for way in ways) != 1:
        yield "", "must be exactly one of Cash, Cheque, Voucher, BACS and Card"


@_own_rules.register
def _(config: OrderImportConfig) -> Iterator[tuple[str, str]]:
    if Match.COMPANY_CODE in config.match_company_on and len(config.match_company_on) > 1:
        yield "MatchCompanyOn", "CompanyCode must stand alone"


@_own_rules.register
def _(order: SalesOrder) -> Iterator[tuple[str, str]]:
    if not order.items:
        yield "Items", "at least one line is needed"


@_own_rules.register
def _(item: OrderItem) -> Iterator[tuple[str, str]]:
    yield from _quantity(item.quantity)
    if not item.unit_price:
        yield "UnitPrice", "a net or a gross unit price is needed"
    if item.mapping is not Mapping.BARCODE and item.mapping_item:
        yield "MappingItem", "is the kind of bar code: the line is not mapped by one"


@_own_rules.register
def _(source: SourceOrder) -> Iterator[tuple[str, str]]:
    keys = (source.associated_ref, source.sorder_id, source.sorder_code, source.sorder_item_id)
    if sum(bool(key) for key in keys) != 1:
        yield "", "must hold exactly one key of the order"


@_own_rules.register
def _(document: CustomerReturn) -> Iterator[tuple[str, str]]:
    if not (document.returned_items or document.exchange_items):
        yield "ReturnedItems", "nothing is returned"


@_own_rules.register(ReturnedItem)
@_own_rules.register(ExchangeItem)
def _(item: ReturnedItem | ExchangeItem) -> Iterator[tuple[str, str]]:
    yield from _quantity(item.quantity)


def _quantity(quantity: Decimal) -> Iterator[tuple[str, str]]:
    if not quantity.is_finite() or quantity <= 0 or quantity != quantity.to_integral_value():
        yield "Quantity", "must be a whole number above 0"
