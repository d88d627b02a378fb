"""What is told of orders and deletions, whatever it is: every attribute and element is read as what it says."""

from datetime import datetime
from decimal import Decimal
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.khaos_control.company_models import DeletedEntry
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.documents.deleted import read_deleted_entries
from khaos_connectors.khaos_control.documents.fields import Reading
from khaos_connectors.khaos_control.documents.recent_status import read_recent_statuses
from khaos_connectors.khaos_control.documents.status import read_status_list
from khaos_connectors.khaos_control.models import Box, Invoice, ItemSent, OrderStatus, RecentStatus
from khaos_connectors.testing.khaos_status_strategies import deleted_entries, order_statuses, recent_statuses

_READING = Reading(system="khaos", operation="Export", time=ServerTime())
_LONDON = ZoneInfo("Europe/London")


def _text(value: str | int | Decimal | datetime | None) -> str:
    """As the vendor's documents say it: flags 0 and -1, days the British way, nothing for nothing."""
    match value:
        case None:
            return ""
        case bool():
            return str(-int(value))
        case datetime():
            return value.astimezone(_LONDON).strftime("%d/%m/%Y")
        case _:
            return str(value)


def _child(parent: ET.Element, name: str, value: str | int | Decimal | datetime | None = None) -> ET.Element:
    element = ET.SubElement(parent, name)
    element.text = _text(value)
    return element


def _write_items(parent: ET.Element, name: str, items: tuple[ItemSent, ...]) -> None:
    for item in items:
        ET.SubElement(parent, name, {"STOCK_CODE": item.stock_code, "QTY_SENT": _text(item.qty_sent)})


def _write_box(parent: ET.Element, box: Box) -> None:
    values = {
        "SHIPPED": box.shipped,
        "SHIP_DATE": box.ship_date,
        "COURIER": box.courier,
        "CONSIGNMENT_REF": box.consignment_ref,
        "TRACKING_URL": box.tracking_url,
    }
    element = ET.SubElement(parent, "BOX", {name: _text(value) for name, value in values.items()})
    _write_items(element, "BOX_ITEM", box.items)


def _write_invoice(parent: ET.Element, invoice: Invoice) -> None:
    values = {
        "INVOICE_CODE": invoice.invoice_code,
        "INVOICE_DATE": invoice.invoice_date,
        "SHIP_DATE": invoice.ship_date,
        "ISSUE_DATE": invoice.issue_date,
        "INVOICE_STAGE_ID": invoice.stage_id,
        "INVOICE_STAGE_DESC": invoice.stage_desc,
        "COURIER": invoice.courier,
        "CONSIGNMENT_REF": invoice.consignment_ref,
        "TRACKING_URL": invoice.tracking_url,
        "QTY_SOLD": invoice.qty_sold,
        "QTY_SENT": invoice.qty_sent,
        "MOVED": invoice.moved,
    }
    element = ET.SubElement(parent, "INVOICE", {name: _text(value) for name, value in values.items()})
    for box in invoice.boxes:
        _write_box(element, box)
    if invoice.items is not None:
        _write_items(ET.SubElement(element, "INVOICE_ITEMS"), "INVOICE_ITEM", invoice.items)


def _write_order(parent: ET.Element, order: OrderStatus) -> None:
    element = ET.SubElement(
        parent, "ORDER_STATUS", {"SORDER_CODE": order.sorder_code, "ASSOCIATED_REF": order.associated_ref}
    )
    company = {"COMPANY_CODE": order.company_code, "OTHER_REF": order.customer_other_ref}
    ET.SubElement(element, "COMPANY_NAME", company).text = "Example Ltd"
    _child(element, "ORDER_TYPE", order.order_type).set("TYPE_ID", "S")
    _child(element, "COURIER", order.courier)
    _child(element, "CURRENCY_CODE", order.currency_code)
    _child(element, "DATE_CREATED", order.date_created)
    _child(element, "DELIVERY_DATE", order.delivery_date)
    _child(element, "ITEMS_TOTAL", order.items_gross).set("NET_VALUE", _text(order.items_net))
    _child(element, "DELIVERY_TOTAL", order.delivery_gross).set("NET_VALUE", _text(order.delivery_net))
    _child(element, "COMPLETE", order.complete)
    _child(element, "QTY_SOLD", order.qty_sold)
    _child(element, "QTY_ASSIGNED", order.qty_assigned)
    if order.cancelled:
        cancelled = ET.SubElement(element, "CANCELLED")
        _child(cancelled, "CANCELLED_DATE_TIME", order.cancelled_at)
        _child(cancelled, "REASON", order.cancel_reason)
    invoices = ET.SubElement(element, "INVOICES")
    for invoice in order.invoices:
        _write_invoice(invoices, invoice)


@given(st.lists(order_statuses(), max_size=2))
def test_a_status_list_is_read_as_it_says(orders: list[OrderStatus]) -> None:
    """Orders, invoices, boxes and items, told or left out; the buyer's name is not kept."""
    root = ET.Element("STATUS_LIST")
    for order in orders:
        _write_order(root, order)

    rows = read_status_list(ET.fromstring(ET.tostring(root)), _READING)

    assert (rows.items, rows.unread) == (tuple(orders), ())
    assert "Example Ltd" not in repr(rows)


@given(st.lists(recent_statuses(), max_size=3))
def test_recent_statuses_are_read_as_they_say(statuses: list[RecentStatus]) -> None:
    """Stages of the installation's own are told by their number."""
    root = ET.Element("ORDER_STATUSES")
    for each in statuses:
        values: dict[str, str | bool] = {
            "REF": each.associated_ref,
            "ID": each.sorder_code,
            "INVOICE": each.invoice_code,
            "COMPLETE": each.complete,
            "CONSIGNMENT": each.consignment_ref,
            "URN": each.urn,
        }
        ET.SubElement(root, "ORDER", {name: _text(value) for name, value in values.items()}).text = str(each.stage_id)

    rows = read_recent_statuses(ET.fromstring(ET.tostring(root)), _READING)

    assert (rows.items, rows.unread) == (tuple(statuses), ())


@given(st.lists(deleted_entries(), max_size=3))
def test_deletions_are_read_as_they_say(entries: list[DeletedEntry]) -> None:
    """Ids are texts, days stand on the server's clock, summer or winter."""
    root = ET.Element("DELETED_ENTRIES")
    for each in entries:
        element = ET.SubElement(root, "DELETED_ENTRY")
        _child(element, "HEADER_ID", each.header_id)
        _child(element, "DOCUMENT_TYPE", each.document_type)
        _child(element, "ADDITIONAL_REF", each.merged_into)
        _child(element, "DELETION_DATE", each.deleted_on)
        _child(element, "PARENT_ID", each.parent_id)

    rows = read_deleted_entries(ET.fromstring(ET.tostring(root)), _READING)

    assert (rows.items, rows.unread) == (tuple(entries), ())
