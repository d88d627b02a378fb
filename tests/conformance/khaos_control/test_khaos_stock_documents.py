"""The vendor's samples and recorded answers of the stock side: items whole, prices in both forms, web categories."""

import bz2
import io
import zipfile
from base64 import b64encode
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import pytest

from khaos_connectors.calls.messages import Response
from khaos_connectors.khaos_control import endpoints
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.documents.fields import Reading
from khaos_connectors.khaos_control.documents.price_lists import price_problems, read_price_lists, write_price_lists
from khaos_connectors.khaos_control.endpoints import Service
from khaos_connectors.khaos_control.enums import PriceListKind
from khaos_connectors.khaos_control.models import Rows
from khaos_connectors.khaos_control.price_models import PriceList
from khaos_connectors.khaos_control.stock_models import (
    CountryRate,
    Restriction,
    StockItem,
    StockType,
    SupplierRef,
    VariantHeading,
    VariantStep,
)

_SERVICE = Service(system="khaos")
_READING = Reading(system="khaos", operation="ExportPriceList", time=ServerTime())
_PACKS = ("soap_pack_v7.3b", "soap_pack_v7.8")
both = pytest.mark.parametrize("pack", _PACKS)


def _enveloped(operation: str, inner: str) -> Response:
    body = (
        '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Body>'
        f"<m:{operation}Response xmlns:m='urn:x'><return>{inner}</return></m:{operation}Response>"
        "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )
    return Response(status=200, body=body.encode())


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _items(path: Path) -> Rows[StockItem]:
    return endpoints.export_stock(_SERVICE, ["x"]).decode(_enveloped("ExportStock", escape(_text(path))))


def test_every_group_of_the_item_sample(reference_data: Path) -> None:
    """The newer sample fills one element of each group; none is lost, and none of them is broken."""
    (item,) = _items(reference_data / "soap_pack_v7.8" / "KSDXMLStock.xml")

    assert (item.unread_fields, item.buy_price_is_net, item.page_order) == ((), False, Decimal(1))
    assert item.country_rates == (CountryRate(country_code="GB", country_name="England", rate=Decimal("17.5")),)
    assert [(level.level, level.name) for level in item.types] == [
        (1, "Level one stock"),
        (2, "Sample stock type"),
        (3, "aaaaM"),
        (4, "L4 type"),
    ]
    assert item.types[0].epos_description == "XYZ"
    assert [option.system for option in item.options] == [True] * 4 + [False] * 2
    listed = next(each for each in item.user_defined if each.kind == "LIST")
    assert listed.values == ("List Option 2", "List Option 3")
    assert item.barred_countries == ("JPN", "DEU")
    assert item.restrictions[0] == Restriction(kind="1", value="JPN")
    assert item.barcodes == ("ABCDEFG",) * 2
    assert item.barcode_labels == ("ABC",) * 2
    assert [ref.preferred for ref in item.supplier_refs] == [True, False]
    assert (item.supplier_refs[0].supplier_urn, item.supplier_refs[0].lead_time_days) == ("SU001", None)
    assert [each.file_name for each in item.images] == [r"C:\TestImage.jpg", ""]
    assert [each.value for each in item.external_items] == [r"C:\File.txt", ""]
    assert [heading.name for heading in item.headings] == ["Size", "Colour", "Style", "Length"]
    (variant,) = item.children
    assert variant.steps == (VariantStep(suffix="ABC"),)
    assert (variant.buy_price_is_net, variant.min_level, variant.safe_level) == (False, Decimal(12), Decimal(20))


def test_the_older_item_sample_is_read_too(reference_data: Path) -> None:
    """It knows less: no side of the prices, and nothing breaks for it."""
    rows = _items(reference_data / "soap_pack_v7.3b" / "KSDXMLStock.xml")

    assert rows.unread == ()
    (item,) = rows
    assert (item.unread_fields, item.price_is_net, item.buy_price_is_net) == ((), None, None)


def test_recorded_items_whole(reference_data: Path) -> None:
    """A live service: unset pictures and ids, suppliers with lead times, the headings after two levels of variants."""
    folder = reference_data / "recorded_neutralised"
    (simple,) = _items(folder / "export_stock_simple_item.2020.xml")
    (parent,) = _items(folder / "export_stock_scs_parent.2022.xml")

    assert (simple.image_file_name, simple.launch, simple.reward_points) == ("", None, Decimal(0))
    assert (simple.height, simple.width, simple.depth) == (Decimal(2), Decimal(8), Decimal(11))
    assert simple.types == (
        StockType(level=1, name="TYPE A", type_id="8"),
        StockType(level=2, name="TYPE A", type_id="30"),
    )
    assert simple.supplier_refs == (
        SupplierRef(
            preferred=True,
            supplier_name="SUPPLIER A",
            supplier_urn="SU00001",
            discount=Decimal(0),
            purchase_cost=Decimal("2.5"),
            reorder_qty=Decimal(0),
            qty_available=Decimal(0),
            lead_time_days=Decimal(0),
        ),
    )
    assert [each.index for each in simple.user_defined] == ["", "2", "", "0"]
    assert [option.name for option in simple.options if option.on] == ["Publish to EPOS"]
    assert parent.headings == (VariantHeading(level="1", name="COLOUR"), VariantHeading(level="2", name="SIZE"))
    assert [[step.suffix for step in child.steps] for child in parent.children] == [["BLK", "M/L"], ["BLK", "S/M"]]
    assert {child.buy_price_is_net for child in parent.children} == {True}
    assert [item.unread_fields for item in (simple, parent, *parent.children)] == [()] * 4


def _zip(data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("stock.xml", data)
    return target.getvalue()


@pytest.mark.parametrize("pack", [_zip, bz2.compress], ids=["zip", "bzip2"])
@pytest.mark.parametrize(
    "name",
    [
        "soap_pack_v7.8/KSDXMLStock.xml",
        "recorded_neutralised/export_stock_scs_parent.2022.xml",
        "recorded_neutralised/export_stock_empty.xml",
    ],
)
def test_items_in_an_archive_are_the_same_items(
    reference_data: Path, name: str, pack: Callable[[bytes], bytes]
) -> None:
    """Whatever way the document came."""
    data = (reference_data / name).read_bytes()
    inner = f"<Method>?</Method><Data>{b64encode(pack(data)).decode()}</Data>"

    found = endpoints.export_stock_compressed(_SERVICE, ["x"]).decode(_enveloped("ExportStockCompressed", inner))

    assert found == _items(reference_data / name)


# --- price lists -----------------------------------------------------------------------------------------------------


def _prices(path: Path) -> Rows[PriceList]:
    call = endpoints.export_price_list(_SERVICE)
    return call.decode(_enveloped("ExportPriceList", escape(_text(path))))


def _written_and_read(lists: Rows[PriceList]) -> Rows[PriceList]:
    return read_price_lists(ET.fromstring(write_price_lists(lists.items)), _READING)


@both
def test_price_list_samples(reference_data: Path, pack: str) -> None:
    """All four kinds, without the empty shells; written and read again they are the same, but for the names."""
    lists = _prices(reference_data / pack / "KSDXMLPriceLists.xml")

    assert lists.unread == ()
    assert [prices.kind for prices in lists] == [
        PriceListKind.ITEM_CUSTOMER,
        PriceListKind.ITEM_CLASS,
        PriceListKind.TYPE_CUSTOMER,
        PriceListKind.TYPE_CLASS,
    ]
    first, second, third, _ = lists
    assert (first.company_code, first.company_name, first.rows[0].amount) == (
        "EMPME1",
        "EMP Merchandising",
        Decimal("4.35"),
    )
    assert (second.company_class, second.rows[0].stock_code) == ("MailOrder", "BM102700")
    assert third.rows[0].stock_type == "Hooded SS Blk"
    assert second.is_net is {"soap_pack_v7.3b": True, "soap_pack_v7.8": None}[pack]
    assert price_problems(lists.items) == ()
    assert _written_and_read(lists).items == tuple(prices.importable() for prices in lists)


def test_written_price_lists_have_the_elements_of_the_sample(reference_data: Path) -> None:
    """Group for group and element for element, without what the sample calls an import's omission."""
    path = reference_data / "soap_pack_v7.8" / "KSDXMLPriceLists.xml"
    written = ET.fromstring(write_price_lists(_prices(path).items))

    def shape(element: ET.Element) -> object:
        parts = sorted(str(shape(each)) for each in element if len(each) or (each.text or "").strip())
        return (element.tag, (element.text or "").strip(), sorted(set(element.keys()) - {"CompanyName"}), parts)

    assert shape(written) == shape(ET.fromstring(_text(path)))


def test_recorded_price_list(reference_data: Path) -> None:
    """A live service leaves the groups out and tells more; what an import takes of it survives writing."""
    folder = reference_data / "recorded_neutralised"
    lists = _prices(folder / "export_price_list.2022.xml")

    assert lists.unread == ()
    (prices,) = lists
    assert (prices.kind, prices.company_class, prices.is_net, prices.currency_code) == (
        PriceListKind.ITEM_CLASS,
        "PRICE LIST A",
        False,
        "",
    )
    (row,) = prices.rows
    assert (row.stock_code, row.amount, row.tax_rate, row.discontinued) == ("ITEM001", Decimal(10), Decimal(20), False)
    assert _written_and_read(lists).items == (prices.importable(),)
    assert list(_prices(folder / "export_price_list_empty.xml")) == []


# --- web categories --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "categories", "items", "site_items"),
    [
        ("soap_pack_v7.3b/KSDXMLWebCategories.xml", 5, 5, 2),
        ("soap_pack_v7.8/KSDXMLWebCategories.xml", 5, 5, 2),
        ("soap_pack_v7.8/KSDXMLWebCategoriesEx2.xml", 3, 6, 6),
    ],
)
def test_web_category_samples(reference_data: Path, name: str, categories: int, items: int, site_items: int) -> None:
    """Every category and item, counted in the file itself; the comment before the root is no obstacle."""
    text = _text(reference_data / name)
    root = ET.fromstring(text)
    call = endpoints.export_web_categories(_SERVICE, "x")

    site = call.decode(_enveloped("ExportWebCategories", escape(text)))

    assert site.unread == ()
    walked = list(site.walk())
    assert (len(walked), sum(len(each.items) for each in walked), len(site.items)) == (categories, items, site_items)
    assert len(walked) == len(root.findall(".//CATEGORY"))
    assert sum(len(each.items) for each in walked) == len(root.findall(".//CATEGORY/STOCK_ITEM"))
    assert len(site.items) == len(root.findall("WEBSITE_STOCK_ITEMS/STOCK_ITEM"))
