"""The vendor's example documents of the Channels push/pull door: every one is read, or refused for a stated reason."""

import json
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from khaos_connectors.errors import Undecodable
from khaos_connectors.khaos_control.channels import Conventions, DataItem, Format
from khaos_connectors.khaos_control.channels.checks import problems
from khaos_connectors.khaos_control.channels.models import (
    CustomerReturnImport,
    EndpointConfig,
    Match,
    OrderImportConfig,
    OrderStatus,
    OrderStatuses,
    PriceLists,
    SalesOrderImport,
    ShipmentStatus,
    StockItems,
    StockStatuses,
)
from khaos_connectors.khaos_control.channels.reading import (
    read_document,
    read_order_statuses,
    read_price_lists,
    read_row,
    read_stock_items,
    read_stock_statuses,
)
from khaos_connectors.khaos_control.channels.roots import Document
from khaos_connectors.khaos_control.channels.writing import write_document, write_row

_BY = Conventions(account="khaos")
_KINDS: dict[str, type[Document]] = {
    "config.example.xml": EndpointConfig,
    "config.sample.xml": EndpointConfig,
    "customer_return_download.corrected.xml": CustomerReturnImport,
    "customer_return_download.json": CustomerReturnImport,
    "customer_return_download.xml": CustomerReturnImport,
    "order_download.json": SalesOrderImport,
    "order_download.xml": SalesOrderImport,
    "order_status_upload.json": OrderStatuses,
    "order_status_upload.xml": OrderStatuses,
    "price_list_upload.json": PriceLists,
    "price_list_upload.xml": PriceLists,
    "stock_status_upload.json": StockStatuses,
    "stock_status_upload.xml": StockStatuses,
    "stock_upload.json": StockItems,
    "stock_upload.xml": StockItems,
}
_FRAGMENTS = {"order_import_config.json.txt", "order_import_config.xml.txt"}
_MALFORMED = "customer_return_download.xml"
_READABLE = sorted(_KINDS.keys() - {_MALFORMED})


@pytest.fixture
def documents(reference_data: Path) -> Path:
    """The folder with the vendor's examples."""
    return reference_data / "kcc_channels"


def _form(name: str) -> Format:
    return Format.XML if name.endswith(".xml") else Format.JSON


def _read(folder: Path, name: str) -> Document:
    return read_document(_KINDS[name], (folder / name).read_bytes(), _form(name), _BY)


def test_every_file_is_spoken_for(documents: Path) -> None:
    """A file that the vendor adds must be read by a test or refused by one."""
    assert {path.name for path in documents.iterdir()} == _KINDS.keys() | _FRAGMENTS


@pytest.mark.parametrize("name", _READABLE)
def test_a_document_survives_both_forms(name: str, documents: Path) -> None:
    """Read, written and read again it is the same document, in its own form and in the other."""
    document = _read(documents, name)
    for form in Format:
        assert read_document(_KINDS[name], write_document(document, form, _BY), form, _BY) == document


@pytest.mark.parametrize("name", [name for name in _READABLE if name.endswith(".json")])
def test_nothing_is_lost_on_the_way(name: str, documents: Path) -> None:
    """Every value of the example is in what we write from it, but for empty ones and what the settings spell anew."""
    told = json.loads((documents / name).read_bytes())
    written = json.loads(write_document(_read(documents, name), Format.JSON, _BY))
    missing = _leaves(told) - _leaves(written)
    assert {path for path, _ in missing if "SourceReturnReference" not in path} == set()


@pytest.mark.parametrize("name", [name for name in _READABLE if name.endswith(".xml")])
def test_no_element_is_lost_on_the_way(name: str, documents: Path) -> None:
    """Every element with a text or attributes is in what we write, with the same text, as often."""
    written = ET.fromstring(write_document(_read(documents, name), Format.XML, _BY))
    told = ET.fromstring((documents / name).read_bytes())
    assert sorted(_texts(told)) == sorted(_texts(written))


def _leaves(value: object, path: str = "$") -> set[tuple[str, str]]:
    if isinstance(value, dict):
        return {leaf for name, inner in value.items() for leaf in _leaves(inner, f"{path}.{name}")}
    if isinstance(value, list):
        return {leaf for inner in value for leaf in _leaves(inner, path)}
    return set() if value == "" else {(path, str(value))}


def _texts(root: ET.Element) -> list[tuple[str, str]]:
    """Tag and value of every element with a text or attributes; a name as text and as attribute are the same."""
    found: list[tuple[str, str]] = []
    for element in root.iter():
        values = (*element.attrib.values(), (element.text or "").strip())
        found += [(element.tag, _plain(value)) for value in values if value]
    return found


def _plain(text: str) -> str:
    try:
        return format(Decimal(text).normalize(), "f")
    except ArithmeticError:
        return {"true": "True", "false": "False"}.get(text, text)


def test_the_misspelt_example_is_refused(documents: Path) -> None:
    """A closing tag is misspelt as published: not well-formed, and the error says where."""
    with pytest.raises(Undecodable, match="mismatched tag at line 51"):
        _read(documents, _MALFORMED)


def test_the_fragments_are_options(documents: Path) -> None:
    """They are parts of documents: the JSON one lacks its braces, the XML one is a whole element."""
    expected = OrderImportConfig(
        match_company_on=(Match.ADDRESS1, Match.COMPANY_CODE),
        match_address_on=(Match.ADDRESS1, Match.POSTCODE),
        match_contact_on=(Match.SURNAME,),
    )
    fragment = (documents / "order_import_config.json.txt").read_text(encoding="utf-8")
    with pytest.raises(Undecodable, match="malformed"):
        read_document(SalesOrderImport, fragment.encode(), Format.JSON, _BY)
    document = read_document(SalesOrderImport, b"{" + fragment.encode() + b"}", Format.JSON, _BY)
    assert document.config == expected
    in_xml = (documents / "order_import_config.xml.txt").read_text(encoding="utf-8")
    with pytest.raises(Undecodable, match="the document SalesOrderImport"):
        read_document(SalesOrderImport, in_xml.encode(), Format.XML, _BY)
    whole = f"<SalesOrderImport>{in_xml}</SalesOrderImport>".encode()
    assert read_document(SalesOrderImport, whole, Format.XML, _BY).config == expected


def test_both_forms_of_a_push_say_the_same(documents: Path) -> None:
    """The status example is the same in XML and in JSON, but for one courier code that differs there."""
    in_xml = read_order_statuses((documents / "order_status_upload.xml").read_bytes(), Format.XML, _BY)
    in_json = read_order_statuses((documents / "order_status_upload.json").read_bytes(), Format.JSON, _BY)
    assert in_xml.unread == in_json.unread == ()
    assert [row.status for row in in_xml] == [OrderStatus.RECEIVED] * 2
    first = in_xml.items[0].shipments[0]
    assert first.status is ShipmentStatus.STAGING
    assert first.packages[0].courier == DataItem(id="76", code="24H", name="Metapack 24Hr")
    assert in_json.items[0].shipments[0].packages[0].courier == DataItem(id="76", code="24HR", name="Metapack 24Hr")
    assert [row.shipments[0].items for row in in_xml] == [row.shipments[0].items for row in in_json]


def test_pushes_are_read_row_by_row(documents: Path) -> None:
    """Ten levels in XML and two in JSON, one item, two price lists of six and two prices."""
    levels = read_stock_statuses((documents / "stock_status_upload.xml").read_bytes(), Format.XML, _BY)
    assert (len(levels.items), levels.unread) == (10, ())
    levels = read_stock_statuses((documents / "stock_status_upload.json").read_bytes(), Format.JSON, _BY)
    assert [(row.stock_code, row.available) for row in levels] == [("BOO", Decimal(77)), ("MUG1", Decimal(110))]
    for name in ("stock_upload.xml", "stock_upload.json"):
        push = read_stock_items((documents / name).read_bytes(), _form(name), _BY)
        (item,) = push.items
        assert item.tax_rate == DataItem(id="1", code="1", name="Standard")
        assert item.options is not None
        assert item.options.stock_controlled is True
    for name in ("price_list_upload.xml", "price_list_upload.json"):
        lists = read_price_lists((documents / name).read_bytes(), _form(name), _BY)
        assert [(each.net, len(each.prices)) for each in lists] == [(False, 6), (True, 2)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("order_download.json", {"Orders[0].Header.SalesSource": "must not be empty"}),
        ("order_download.xml", {"Config.MatchCompanyOn": "CompanyCode must stand alone"}),
        (
            "customer_return_download.json",
            {"Returns[0].ReturnedItems[0].SourceReference": "must hold exactly one key of the order"},
        ),
        (
            "customer_return_download.corrected.xml",
            {"Returns[0].ReturnedItems[0].SourceReference": "must hold exactly one key of the order"},
        ),
    ],
)
def test_what_the_examples_do_against_their_own_rules(name: str, expected: dict[str, str], documents: Path) -> None:
    """The vendor's examples break the vendor's tables in these places and in no other."""
    assert {each.field: each.problem for each in problems(_read(documents, name))} == expected


def test_a_row_is_stored_and_read_again(documents: Path) -> None:
    """Each pushed row of the examples survives the store's JSON text."""
    for row in read_order_statuses((documents / "order_status_upload.xml").read_bytes(), Format.XML, _BY):
        assert read_row(type(row), write_row(row, _BY), _BY) == row
