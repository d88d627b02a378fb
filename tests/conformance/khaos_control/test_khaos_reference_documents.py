"""The vendor's sample documents, both generations, and what a live service answered: all are read, one is rewritten."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.messages import Response
from khaos_connectors.core.ids import AccountId, OrderId, OrderRef, StockCode
from khaos_connectors.core.orders import Address, DraftLine, ErpOrderDraft, Payment
from khaos_connectors.khaos_control import CalcMode, LineMapping, OrderSettings, PaymentRule, endpoints
from khaos_connectors.khaos_control.arithmetic import LineTotals, gross_line, net_line
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.documents.fields import Reading
from khaos_connectors.khaos_control.documents.orders import read_sales_orders, write_sales_orders
from khaos_connectors.khaos_control.endpoints import Service
from khaos_connectors.khaos_control.mapping import sales_order

_SERVICE = Service(system="khaos")
_PACKS = ("soap_pack_v7.3b", "soap_pack_v7.8")
both = pytest.mark.parametrize("pack", _PACKS)


def _answer(operation: str, document: str) -> Response:
    body = (
        '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Body>'
        f"<m:{operation}Response xmlns:m='urn:x'><return>{escape(document)}</return></m:{operation}Response>"
        "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )
    return Response(status=200, body=body.encode())


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@both
def test_order_status_samples(reference_data: Path, pack: str) -> None:
    """Every order and invoice of the sample is read; the old one's empty shells are nothing, not errors."""
    text = _text(reference_data / pack / "KSDXMLOrderStatusEx.xml")

    rows = endpoints.export_order_status(_SERVICE, ["x"]).decode(_answer("ExportOrderStatusEx", text))

    assert rows.unread == ()
    order = rows.items[0]
    assert (order.sorder_code, order.associated_ref, order.gross) == ("SO1234", "SO_WEBREF", Decimal("127.66"))
    assert (order.cancelled, order.is_credit_note, order.date_created) == (
        True,
        False,
        datetime(2009, 1, 1, tzinfo=UTC),
    )
    invoice = order.invoices[0]
    assert (invoice.stage_id, invoice.ship_date, invoice.moved) == (19, datetime(2009, 1, 4, tzinfo=UTC), True)
    expected = {"soap_pack_v7.3b": (1, 1, None, 0), "soap_pack_v7.8": (2, 2, 2, 2)}[pack]
    items = None if invoice.items is None else len(invoice.items)
    assert (len(order.invoices), len(invoice.boxes), items, len(invoice.boxes[0].items)) == expected


@both
def test_stock_status_samples(reference_data: Path, pack: str) -> None:
    """Level, status and site of each row; the build potentials only where that version has them."""
    text = _text(reference_data / pack / "KSDXMLStockStatus.xml")

    rows = endpoints.export_stock_status(_SERVICE, ["x"]).decode(_answer("ExportStockStatus", text))

    assert rows.unread == ()
    assert [(row.code, row.level, row.status, row.stock_id, row.site) for row in rows] == [
        ("BM101901", Decimal(53), 0, "A3567", "Main Site"),
        ("BM101902", Decimal(0), 1, "A3508", "Main Site"),
    ]
    assert rows.items[0].build_potential_children == (None if pack == "soap_pack_v7.3b" else Decimal(123))


@both
def test_stock_item_samples(reference_data: Path, pack: str) -> None:
    """The template item with its nested variant; price side (where that version has it) and variant are told."""
    text = _text(reference_data / pack / "KSDXMLStock.xml")

    rows = endpoints.export_stock(_SERVICE, ["x"]).decode(_answer("ExportStock", text))

    assert rows.unread == ()
    (item,) = rows.items
    is_net = {"soap_pack_v7.3b": None, "soap_pack_v7.8": False}[pack]
    assert (item.sell_price, item.price_is_net, len(item.children)) == (Decimal("5.99"), is_net, 1)


@both
def test_order_samples(reference_data: Path, pack: str) -> None:
    """Orders in the import format, which ExportOrders gives; the card numbers in them are not kept."""
    text = _text(reference_data / pack / "KSDXMLImportFormat.xml")

    rows = endpoints.export_orders(_SERVICE, ["x"]).decode(_answer("ExportOrders", text))

    assert rows.unread == ()
    count = {"soap_pack_v7.3b": 1, "soap_pack_v7.8": 2}[pack]
    assert [order.header.associated_ref for order in rows] == ["DK07151555O"] * count
    assert [order.header.order_amount for order in rows] == [Decimal("56.99")] * count
    assert {payment.card_number for order in rows for payment in order.payments} == {""}


@both
def test_courier_samples(reference_data: Path, pack: str) -> None:
    """The couriers of the sample, among everything else that the document holds."""
    text = _text(reference_data / pack / "KSDXMLSOPData.xml")

    found = endpoints.get_sop_data(_SERVICE).decode(_answer("GetSOPData", text))

    assert [(each.code, each.name) for each in found.couriers] == [
        ("ABCD", "Royal Mail Standard"),
        ("1234", "UPS Standard"),
    ]


def test_recorded_items(reference_data: Path) -> None:
    """What a live service sent: a simple item, a parent with two levels of variants, nothing."""
    folder = reference_data / "recorded_neutralised"
    call = endpoints.export_stock(_SERVICE, ["x"])
    (simple,) = call.decode(_answer("ExportStock", _text(folder / "export_stock_simple_item.2020.xml")))
    (parent,) = call.decode(_answer("ExportStock", _text(folder / "export_stock_scs_parent.2022.xml")))
    nothing = call.decode(_answer("ExportStock", _text(folder / "export_stock_empty.xml")))

    assert (simple.stock_code, simple.stock_id, simple.sell_price_web, simple.stock_controlled) == (
        "ITEM001",
        "506",
        None,
        True,
    )
    assert simple.barcodes == ("5000000000000",)
    assert (parent.stock_code, parent.stock_controlled, parent.price_is_net) == ("PARENT1", False, True)
    assert parent.children
    assert all(
        child.stock_controlled and child.price_is_net and child.parent_code == "PARENT1" for child in parent.children
    )
    assert (nothing.items, nothing.unread) == ((), ())


def test_recorded_empty_sop_data(reference_data: Path) -> None:
    """Nothing asked for, nothing told."""
    text = _text(reference_data / "recorded_neutralised" / "get_sop_data_empty.xml")

    assert endpoints.get_sop_data(_SERVICE).decode(_answer("GetSOPData", text)).couriers == ()


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("fault_remotable_exception.xml", "Exception", "This tag will contain information about the exception"),
        ("fault_web_service_error.xml", "EIntfCastError", "Interface not supported"),
    ],
)
@pytest.mark.parametrize("status", [200, 500])
def test_printed_faults(reference_data: Path, name: str, code: str, message: str, status: int) -> None:
    """Both published faults, with either status: refused, the class as the code, not worth repeating."""
    response = Response(status=status, body=(reference_data / "soap_faults" / name).read_bytes())
    for call in (endpoints.get_version(_SERVICE), endpoints.export_stock(_SERVICE, ["x"])):
        with pytest.raises(errors.Refused) as caught:
            call.decode(response)
        assert (caught.value.code, caught.value.message, caught.value.retryable) == (code, message, False)


# --- the order that a live shop sent ---------------------------------------------------------------------------------


def _paths(element: ET.Element, above: str = "") -> Iterator[str]:
    path = f"{above}/{element.tag}"
    yield path
    for child in element:
        yield from _paths(child, path)


def _trade_order() -> str:
    buyer = Address(
        forename="Test",
        surname="Person",
        line1="1 Test Street",
        town="Testtown",
        postcode="AA1 1AA",
        country="GB",
        email="buyer@example.com",
    )
    line = DraftLine(
        stock_code=StockCode("ITEM001"),
        units=1,
        gross=Decimal("6.00"),
        net=Decimal("5.00"),
        vat=Decimal("1.00"),
        vat_rate=Decimal(20),
    )
    at = datetime(2022, 2, 10, 10, 10, 23, tzinfo=UTC)
    draft = ErpOrderDraft(
        account=AccountId("web"),
        reference=OrderRef("WEB000001"),
        order_id=OrderId("1"),
        placed_at=at,
        currency="GBP",
        lines=(line,),
        shipping_gross=Decimal("6.00"),
        shipping_net=Decimal("5.00"),
        shipping_vat=Decimal("1.00"),
        total=Decimal("12.00"),
        delivery=attrs.evolve(buyer, email=""),
        billing=buyer,
        customer_key="WEBCUST1",
        payments=(Payment(method="paypal", amount=Decimal("12.00"), reference="TX0001", taken_at=at),),
    )
    settings = OrderSettings(
        company_class="Trade",
        calc_mode=CalcMode.NET,
        line_mapping=LineMapping.AUTOMATIC,
        sales_source="Own website (Internet)",
        site="Main Site",
        website_name="Website A",
        payments={"paypal": PaymentRule(auth_code="PAYPAL")},
    )
    written = sales_order(draft, settings, reference="WEB000001")
    assert written.problems == ()
    return write_sales_orders(written.order, ServerTime())


def test_our_order_has_the_elements_of_the_recorded_one(reference_data: Path) -> None:
    """Element by element, at the same places: none more, none less."""
    recorded = ET.fromstring(_text(reference_data / "recorded_neutralised" / "import_orders_sent.neutralised.2022.xml"))

    assert set(_paths(ET.fromstring(_trade_order()))) == set(_paths(recorded))


def test_our_order_says_what_the_recorded_one_says(reference_data: Path) -> None:
    """The same order written by us reads the same, but for choices that we make on purpose."""
    reading = Reading(system="khaos", operation="ExportOrders", time=ServerTime())
    text = _text(reference_data / "recorded_neutralised" / "import_orders_sent.neutralised.2022.xml")
    (theirs,) = read_sales_orders(ET.fromstring(text), reading)
    (ours,) = read_sales_orders(ET.fromstring(_trade_order()), reading)

    # A ship date would mark the order as gone, the charge is the card provider's fee, and our tax code is explicit.
    assert ours.header == attrs.evolve(theirs.header, ship_date=None)
    assert ours.customer == theirs.customer
    assert (ours.invoice, ours.delivery) == (theirs.invoice, theirs.delivery)
    assert [attrs.evolve(item, tax_rate="") for item in ours.items] == list(theirs.items)
    (mine,), (his,) = ours.payments, theirs.payments
    assert mine == attrs.evolve(his, charge_amount=None, transaction_timestamp=mine.transaction_timestamp)


# --- the worked sheet ------------------------------------------------------------------------------------------------


def _sheet(folder: Path) -> list[tuple[dict[str, str], LineTotals]]:
    with (folder / "calc" / "sales_order_calc_v1.2.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found: list[tuple[dict[str, str], LineTotals]] = []
    for row in rows:
        gross = row["calc_method"] == "GROSS"
        compute, unit = (gross_line, row["gross_unit"]) if gross else (net_line, row["net_unit"])
        totals = compute(
            Decimal(unit),
            Decimal(row["qty"]),
            rate=Decimal(row["vat_rate"]) * 100,
            discount=Decimal(row["discount_percent"]),
        )
        found.append((row, totals))
    return found


def test_all_lines_of_the_worked_sheet(reference_data: Path) -> None:
    """36 lines, 18 in each mode: discount, net, tax and gross to the penny."""
    lines = _sheet(reference_data)

    assert len(lines) == 36
    for row, totals in lines:
        wanted = [Decimal(row[name]) for name in ("line_discount", "net_total", "tax", "gross_total")]
        assert [totals.discount, totals.net, totals.tax, totals.gross] == wanted, row


@pytest.mark.parametrize(
    ("mode", "net", "tax", "gross"),
    [("GROSS", "6433.24", "1144.92", "7578.16"), ("NET", "6555.53", "1169.37", "7724.90")],
)
def test_the_footings_of_the_worked_sheet(reference_data: Path, mode: str, net: str, tax: str, gross: str) -> None:
    """The sheet's own totals, per mode."""
    lines = [totals for row, totals in _sheet(reference_data) if row["calc_method"] == mode]

    assert sum(line.net for line in lines) == Decimal(net)
    assert sum(line.tax for line in lines) == Decimal(tax)
    assert sum(line.gross for line in lines) == Decimal(gross)
