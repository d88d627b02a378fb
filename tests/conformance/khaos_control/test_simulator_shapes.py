"""The simulator's documents beside the vendor's samples and recorded answers: no element or attribute of its own."""

import csv
import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import pytest

from khaos_connectors.calls.messages import Request
from khaos_connectors.testing.simulators.khaos_control import (
    Customer,
    KhaosCategory,
    KhaosControlSimulator,
    KhaosCourier,
    KhaosItem,
    KhaosLink,
    KhaosListing,
    KhaosPrice,
    KhaosPriceList,
    KhaosReference,
    KhaosSettings,
    KhaosStyle,
    KhaosWebsite,
)
from khaos_connectors.testing.simulators.khaos_reference import SOP_PARTS
from khaos_connectors.testing.simulators.khaos_totals import line_totals

ROOT = Path(os.environ.get("KHAOS_CONTRACTS", Path(__file__).parents[3].parent / "shared/contracts/data"))
DATA = ROOT / "khaos_control"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the vendor's samples are not here (set KHAOS_CONTRACTS)")

PRICE_SAMPLES = ("soap_pack_v7.8/KSDXMLPriceLists.xml", "recorded_neutralised/export_price_list.2022.xml")
# what newer services add; clients of the vendor read these, no sample shows them
NEWER = {"STOCK_STATUS/STOCK_ITEM/" + name for name in ("SITE", "ON_ORDER_LEVEL", "MAX_BO_QTY")}


def shapes(element: ET.Element, path: str = "") -> Iterator[str]:
    """Every element path and attribute below *element*; the levels of nested styles or categories count as one."""
    here = f"{path}/{element.tag}".lstrip("/").replace("STYLE/STYLE", "STYLE").replace("CATEGORY/CATEGORY", "CATEGORY")
    yield here
    yield from (f"{here}@{name}" for name in element.attrib)
    for child in element:
        yield from shapes(child, here)


def known(*names: str) -> set[str]:
    return {shape for name in names for shape in shapes(ET.parse(DATA / name).getroot())}


@pytest.fixture
def simulator() -> KhaosControlSimulator:
    return KhaosControlSimulator(
        clock=lambda: datetime(2026, 7, 1, tzinfo=UTC),
        items=[
            KhaosItem(
                stock_code="ITEM001",
                physical=5,
                barcodes=("5",),
                tax_code=1,
                build_potential=2,
                launch=date(2026, 1, 1),
            ),
            KhaosItem(
                stock_code="PARENT", headings=("Colour", "Size"), links=(KhaosLink(stock_code="ITEM001", kind=1),)
            ),
            KhaosItem(
                stock_code="PARENT-A-B",
                parent="PARENT",
                links=(KhaosLink(stock_code="ITEM001", kind=2),),
                styles=(KhaosStyle(description="A", suffix="A"), KhaosStyle(description="B", suffix="B")),
            ),
        ],
        couriers=[KhaosCourier(name="Carrier", code="C", tracking_url="https://track.example.com/{consignment}")],
        price_lists=[
            KhaosPriceList(name="Trade", prices=(KhaosPrice(stock_code="ITEM001"),)),
        ],
        websites=[
            KhaosWebsite(
                website_id="1",
                name="Shop",
                categories=(
                    KhaosCategory(
                        category_id="2",
                        name="A",
                        items=(KhaosListing(stock_code="ITEM001", channel_code="C"),),
                        categories=(KhaosCategory(category_id="3", name="B"),),
                    ),
                ),
                items=(KhaosListing(stock_code="ITEM001"),),
            )
        ],
        settings=KhaosSettings(
            sales_sources=("Own website (Internet)",),
            company_classes={"Trade": "net"},
            reference=KhaosReference(sop_parts=SOP_PARTS),
        ),
    )


@pytest.fixture
def ask(simulator: KhaosControlSimulator) -> Callable[..., ET.Element]:
    """Calls an operation and gives the body's first element."""

    def call(operation: str, **parameters: str) -> ET.Element:
        parts = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in parameters.items())
        body = (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
            f'<k:{operation} xmlns:k="urn:IKosWebIntf-IKosWeb">{parts}</k:{operation}></e:Body></e:Envelope>'
        )
        answer = simulator.handle(Request(method="POST", path="/soap/IKosWeb", body=body.encode()))
        return ET.fromstring(answer.body)[0][0]

    return call


@pytest.fixture
def recorded_order(simulator: KhaosControlSimulator, ask: Callable[..., ET.Element]) -> str:
    """The reference of the recorded order, after the simulator took its document as a live service did."""
    text = (DATA / "recorded_neutralised/import_orders_sent.neutralised.2022.xml").read_text(encoding="utf-8")
    result = ask("ImportOrders", Orders=text)
    assert result.findtext("return/ImportedCount") == "1", ET.tostring(result)
    return "WEB000001"


def test_the_recorded_order_is_taken_to_the_penny(simulator: KhaosControlSimulator, recorded_order: str) -> None:
    """What a live shop sent is accepted, and its check total is the simulator's own."""
    order = simulator.order_of(recorded_order)

    assert order is not None
    assert order.total == Decimal("12.00")
    assert not simulator.amount_differences
    assert order.allocated == 1


@pytest.mark.parametrize(
    ("operation", "parameters", "samples"),
    [
        (
            "ExportStock",
            {},
            (
                "soap_pack_v7.8/KSDXMLStock.xml",
                "recorded_neutralised/export_stock_simple_item.2020.xml",
                "recorded_neutralised/export_stock_scs_parent.2022.xml",
            ),
        ),
        ("ExportStockStatus", {"SiteID": "-1"}, ("soap_pack_v7.8/KSDXMLStockStatus.xml",)),
        (
            "GetSOPData",
            dict.fromkeys(("Courier", "KeyCode", *SOP_PARTS), "true"),
            ("soap_pack_v7.8/KSDXMLSOPData.xml",),
        ),
        ("ExportOrderStatus", {}, ("soap_pack_v7.8/KSDXMLOrderStatus.xml",)),
        (
            "ExportCompany",
            {},
            ("soap_pack_v7.8/KSDXMLCustomer.xml", "recorded_neutralised/export_company.blanked.2020.xml"),
        ),
        ("GetDeletedEntries", {"DocumentType": "5"}, ("soap_pack_v7.8/KSDXMLDeletedEntries.xml",)),
        # of the other kinds of lists no answer was recorded
        ("ExportPriceListEx", {"PriceListType": "3"}, PRICE_SAMPLES),
        ("ExportWebCategories", {"Website": "Shop"}, ("soap_pack_v7.8/KSDXMLWebCategories.xml",)),
        (
            "ExportWebCategoriesEx2",
            {"WebsiteName": "Shop", "IncludeItems": "true"},
            ("soap_pack_v7.8/KSDXMLWebCategoriesEx2.xml",),
        ),
        (
            "ExportOrderStatusEx",
            {"ShowItems": "true", "IncludeCancelled": "true"},
            ("soap_pack_v7.8/KSDXMLOrderStatusEx.xml",),
        ),
        (
            "ExportOrders",
            {"OrderCode": "WEB000001", "MappingType": "2"},
            (
                "soap_pack_v7.8/KSDXMLImportFormat.xml",
                "recorded_neutralised/import_orders_sent.neutralised.2022.xml",
            ),
        ),
    ],
)
@pytest.mark.usefixtures("recorded_order")
def test_nothing_of_its_own(
    simulator: KhaosControlSimulator,
    ask: Callable[..., ET.Element],
    operation: str,
    parameters: dict[str, str],
    samples: tuple[str, ...],
) -> None:
    """Every element and attribute that the simulator writes stands in a sample or a recorded answer."""
    simulator.pick_and_despatch("SO000001", courier="C", consignment="1", boxes=True)
    simulator.process_return(simulator.take_return("SO000001"))
    simulator.add_customer(Customer(urn="GONE", name="G", company_class="Trade", currency="GBP"))
    simulator.delete_customer("GONE")
    simulator.add_customer(
        Customer(
            urn="KEPT",
            name="K",
            company_class="Trade",
            currency="GBP",
            price_lists=("Trade",),
            additional=(("a", "b"),),
        )
    )
    document = ET.fromstring(ask(operation, **parameters).findtext("return") or "")
    found = set(shapes(document))

    assert len(document) > 0
    assert len(found) > 2
    assert found <= known(*samples) | NEWER


def test_a_cancelled_order_too(
    simulator: KhaosControlSimulator, ask: Callable[..., ET.Element], recorded_order: str
) -> None:
    """The part that only cancelled orders have is the sample's."""
    order = simulator.order_of(recorded_order)
    assert order is not None
    simulator.cancel(order.code)
    document = ET.fromstring(ask("ExportOrderStatusEx", IncludeCancelled="true").findtext("return") or "")

    assert "STATUS_LIST/ORDER_STATUS/CANCELLED/REASON" in set(shapes(document))
    assert set(shapes(document)) <= known("soap_pack_v7.8/KSDXMLOrderStatusEx.xml")


@pytest.mark.parametrize(
    ("detail", "sample"),
    [("web-service", "fault_web_service_error.xml"), ("remotable", "fault_remotable_exception.xml")],
)
def test_faults(detail: Literal["web-service", "remotable"], sample: str) -> None:
    """Both forms of a fault have the printed ones' elements, in their order."""
    simulator = KhaosControlSimulator(
        clock=lambda: datetime(2026, 7, 1, tzinfo=UTC), settings=KhaosSettings(fault_detail=detail)
    )
    answer = simulator.handle(Request(method="POST", path="/soap/IKosWeb", body=b"<a/>"))

    assert list(shapes(ET.fromstring(answer.body))) == list(shapes(ET.parse(DATA / "soap_faults" / sample).getroot()))


def test_arithmetic() -> None:
    """All lines of the vendor's calculation sheet come out to the penny."""
    with (DATA / "calc/sales_order_calc_v1.2.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        mode: Literal["gross", "net"] = "gross" if row["calc_method"] == "GROSS" else "net"
        totals = line_totals(
            mode,
            unit_net=Decimal(row["net_unit"]) if mode == "net" else None,
            unit_gross=Decimal(row["gross_unit"]) if mode == "gross" else None,
            quantity=int(Decimal(row["qty"])),
            vat_percent=Decimal(row["vat_rate"]) * 100,
            discount_percent=Decimal(row["discount_percent"]),
        )
        assert [totals.net, totals.tax, totals.gross] == [Decimal(row[n]) for n in ("net_total", "tax", "gross_total")]

    assert len(rows) == 36
