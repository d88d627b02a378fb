"""Status lists, stock rows and item masters: what is read, what is left, what is broken."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from khaos_connectors import errors
from khaos_connectors.calls.messages import Response
from khaos_connectors.khaos_control import endpoints
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.documents.fields import Reading
from khaos_connectors.khaos_control.documents.status import read_status_list
from khaos_connectors.khaos_control.documents.stock import read_stock_status
from khaos_connectors.khaos_control.endpoints import Service
from khaos_connectors.khaos_control.enums import Stage
from khaos_connectors.khaos_control.models import OrderStatus, Rows

_READING = Reading(system="khaos", operation="X", time=ServerTime())


@pytest.fixture
def statuses(sample: Callable[[str], str]) -> Rows[OrderStatus]:
    """The orders of our sample list."""
    return read_status_list(ET.fromstring(sample("status_list.xml")), _READING)


def test_an_order_with_its_invoices_and_boxes(statuses: Rows[OrderStatus]) -> None:
    """Codes, totals, dates day first, boxes with their own couriers."""
    order = statuses.items[0]

    assert (order.sorder_code, order.associated_ref, order.company_code) == ("SO000101", "JL-1001", "CU000007")
    assert (order.gross, order.items_net, order.date_created) == (
        Decimal("34.95"),
        Decimal(25),
        datetime(2026, 1, 5, tzinfo=UTC),
    )
    shipped, waiting = order.invoices
    assert (shipped.stage, shipped.ship_date, shipped.issue_date) == (
        Stage.ISSUE_INVOICES,
        datetime(2026, 1, 6, tzinfo=UTC),
        None,
    )
    assert [(box.courier, len(box.items)) for box in shipped.boxes] == [("Royal Mail Tracked 48", 2), ("DPD", 1)]
    assert (waiting.stage, waiting.items, waiting.boxes) == (Stage.AWAITING_STOCK, None, ())


def test_a_broken_order_stands_apart_with_its_path(statuses: Rows[OrderStatus]) -> None:
    """A word for an amount spoils one order; it is kept with its text, and an empty shell is nothing at all."""
    assert [row.associated_ref for row in statuses] == ["JL-1001", "JL-1003", "JL-1003", "JL-1004"]
    (bad,) = statuses.unread
    assert (bad.key, bad.path, bad.expected) == (
        "JL-1002",
        "/STATUS_LIST/ORDER_STATUS[1]/ITEMS_TOTAL",
        "a number",
    )
    assert "thirty" in bad.payload
    assert "thirty" not in repr(bad)


def test_credit_notes_and_cancellations_are_told(statuses: Rows[OrderStatus]) -> None:
    """By the type's text first; a cancellation with its reason."""
    assert [row.is_credit_note for row in statuses] == [False, False, True, False]
    assert [row.cancelled for row in statuses] == [False, False, False, True]
    assert statuses.items[3].cancel_reason == "Customer changed their mind"


@pytest.mark.parametrize(
    ("attributes", "path"),
    [
        ('ASSOCIATED_REF="R"', "@SORDER_CODE"),
        ('SORDER_CODE="S" ASSOCIATED_REF="R"><INVOICES><INVOICE SHIP_DATE="01/01/2026"/></INVOICES', "@INVOICE_CODE"),
        (
            'SORDER_CODE="S"><INVOICES><INVOICE INVOICE_CODE="I" SHIP_DATE="soon"/></INVOICES',
            "@SHIP_DATE",
        ),
        ('SORDER_CODE="S"><COMPLETE>perhaps</COMPLETE', "COMPLETE"),
        (
            'SORDER_CODE="S"><INVOICES><INVOICE INVOICE_CODE="I"><BOX><BOX_ITEM/></BOX></INVOICE></INVOICES',
            "@STOCK_CODE",
        ),
        ('SORDER_CODE="S"><INVOICES><INVOICE INVOICE_CODE="I" INVOICE_STAGE_ID="x"/></INVOICES', "@INVOICE_STAGE_ID"),
    ],
)
def test_each_broken_field_is_named(attributes: str, path: str) -> None:
    """The path ends in the attribute or element that is wrong."""
    tail = "</ORDER_STATUS>" if ">" in attributes else "/>"
    text = (
        f"<STATUS_LIST><ORDER_STATUS {attributes}>{tail}"
        if ">" in attributes
        else f"<STATUS_LIST><ORDER_STATUS {attributes}/>"
    )

    rows = read_status_list(ET.fromstring(text + "</STATUS_LIST>"), _READING)

    assert rows.items == ()
    assert [bad.path.rsplit("/", 1)[1] for bad in rows.unread] == [path]


def test_an_unknown_stage_is_no_error() -> None:
    """Sites define stages of their own."""
    text = (
        '<STATUS_LIST><ORDER_STATUS SORDER_CODE="S"><INVOICES><INVOICE INVOICE_CODE="I" INVOICE_STAGE_ID="45"/>'
        "</INVOICES></ORDER_STATUS></STATUS_LIST>"
    )
    (order,) = read_status_list(ET.fromstring(text), _READING)

    assert (order.invoices[0].stage_id, order.invoices[0].stage) == (45, None)


def test_stock_rows(sample: Callable[[str], str]) -> None:
    """Levels as they are, sentinels as None, the document's site on each row, broken rows apart."""
    rows = read_stock_status(ET.fromstring(sample("stock_status.xml")), _READING)

    assert [(row.code, row.level, row.status, row.site) for row in rows] == [
        ("MUG-RED", Decimal(53), 0, "Main Site"),
        ("TEA-1KG", Decimal("-2.5"), 2, "Main Site"),
        ("GIFTWRAP", None, 5, "Main Site"),
        ("OLD", Decimal(1), 4, "Main Site"),
    ]
    assert rows.items[0].lead_time is None
    assert rows.items[1].stock_id == "A1002"
    assert [(bad.key, bad.path.rsplit("/", 1)[1]) for bad in rows.unread] == [("BROKEN", "LEVEL")]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1,000", "0x10", "1 000", "--1"])
def test_only_plain_numbers_are_numbers(number: str) -> None:
    """What Python would gladly read as a number, the service does not write."""
    text = f'<STOCK_STATUS><STOCK_ITEM CODE="A"><LEVEL>{number}</LEVEL></STOCK_ITEM></STOCK_STATUS>'

    assert len(read_stock_status(ET.fromstring(text), _READING).unread) == 1


def test_items_and_their_variants(sample: Callable[[str], str], texted: Callable[..., Response]) -> None:
    """Variants nest at any depth and inherit net or gross; a web price of 0 is none; CDATA is text."""
    call = endpoints.export_stock(Service(system="khaos"), ["MUG-RED", "TEE"])
    mug, tee = call.decode(texted("ExportStock", sample("stock_items.xml")))

    assert (mug.description, mug.price_is_net, mug.sell_price_web) == ("Red mug & saucer", False, None)
    assert (mug.barcodes, mug.deleted, mug.stock_controlled) == (("5000000000017",), True, True)
    (child,) = tee.children
    assert (child.stock_code, child.parent_code, child.price_is_net, child.description) == (
        "TEE-BLK-S",
        "TEE",
        True,
        "Black, small",
    )


def test_a_large_export_is_read_item_by_item(texted: Callable[..., Response]) -> None:
    """Thousands of items, each let go before the next is built (the reader is given them one at a time)."""
    item = "<STOCK_ITEM><STOCK_CODE>A{}</STOCK_CODE><SELL_PRICE IS_NET='0'>1.5</SELL_PRICE></STOCK_ITEM>"
    text = "<STOCK_ITEMS>" + "".join(item.format(n) for n in range(3_000)) + "</STOCK_ITEMS>"

    rows = endpoints.export_stock(Service(system="khaos"), ["A"]).decode(texted("ExportStock", text))

    assert (len(rows.items), rows.items[-1].stock_code) == (3_000, "A2999")


@pytest.mark.parametrize("read", [read_status_list, read_stock_status])
def test_another_document_is_refused(read: Callable[..., object]) -> None:
    """The root says what a document is."""
    with pytest.raises(errors.Undecodable):
        read(ET.fromstring("<SOPDATA/>"), _READING)
