"""STOCK_ITEMS whole: every group of the document, variants at any depth, what breaks and what does not."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.documents.fields import Reading
from khaos_connectors.khaos_control.documents.stock_items import read_stock_items
from khaos_connectors.khaos_control.models import Rows
from khaos_connectors.khaos_control.stock_models import (
    ItemOption,
    LinkedItem,
    StockItem,
    StockType,
    SupplierRef,
    UserDefined,
    VariantHeading,
    VariantStep,
)
from khaos_connectors.testing.khaos_stock_strategies import stock_items

_TIME = ServerTime()
_READING = Reading(system="khaos", operation="ExportStock", time=_TIME)
_TYPE_NAMES = {1: "STOCK_TTYPE", 2: "STOCK_TYPE", 3: "STOCK_MID_TYPE", 4: "STOCK_SUB_TYPE"}


def _read(document: str) -> Rows[StockItem]:
    return read_stock_items(ET.fromstring(document).findall("STOCK_ITEM"), _READING)


def _one(inner: str) -> StockItem:
    rows = _read(f"<STOCK_ITEMS><STOCK_ITEM><STOCK_CODE>MUG</STOCK_CODE>{inner}</STOCK_ITEM></STOCK_ITEMS>")
    assert rows.unread == ()
    (item,) = rows
    return item


# --- the document, written as the service would --------------------------------------------------------------------


def _put(parent: Element, name: str, value: object, attributes: dict[str, object] | None = None) -> Element:
    child = SubElement(parent, name, {key: _text(each) for key, each in (attributes or {}).items() if each is not None})
    child.text = _text(value)
    return child


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "-1" if value else "0"
        case Decimal():
            return f"{value.normalize():f}"
        case _:
            return str(value)


def _group(parent: Element, name: str, rows: Iterable[tuple[str, object, dict[str, object]]]) -> None:
    group = SubElement(parent, name)
    for row, value, attributes in rows:
        _put(group, row, value, attributes)


def _records(parent: Element, group: str, row: str, records: Iterable[dict[str, object]]) -> None:
    holder = SubElement(parent, group)
    for record in records:
        element = SubElement(holder, row)
        for name, value in record.items():
            _put(element, name, value)


def _rendered(item: StockItem, element: Element, shuffle: random.Random, *, variant: bool = False) -> None:
    local = item.launch.astimezone(ZoneInfo("Europe/London")) if item.launch else None
    plain: dict[str, object] = {
        "STOCK_CODE": item.stock_code,
        "STOCK_ID": item.stock_id,
        "ASSOCIATED_REF": item.other_ref,
        ("DESCRIPTION" if variant else "STOCK_DESC"): item.description,
        "LONG_DESC": item.long_description,
        "WEB_TEASER": item.web_teaser,
        "VAT_RATE": item.vat_rate,
        "SELL_PRICE_WEB": item.sell_price_web or Decimal(0),
        "WEIGHT": item.weight,
        "MANUFACTURER": item.manufacturer,
        "DELETED": item.deleted,
        "WEB": item.web,
        "DISCONTINUED": item.discontinued,
        "RUN_TO_ZERO": item.run_to_zero,
        "STOCK_CONTROLLED": item.stock_controlled,
        "VAT_RELIEF_QUALIFIED": item.vat_relief_qualified,
        "LEAD_TIME": item.lead_time_days,
        "MIN_LEVEL": item.min_level,
        "HEIGHT": item.height,
        "LAUNCH_DATE": f"{local:%Y-%m-%d}" if local else "",
        "LAUNCH_TIME": f"{local:%H:%M:%S}" if local else "",
        "IMAGE_FILENAME": "?",
    }
    for name, value in plain.items():
        _put(element, name, value)
    _put(element, "BUY_PRICE", item.buy_price, {} if variant else {"IS_NET": item.buy_price_is_net})
    _put(element, "SELL_PRICE", item.sell_price, {} if variant else {"IS_NET": item.price_is_net})
    for level in item.types:
        _put(element, _TYPE_NAMES[level.level], level.name, {"EPOS_DESC": level.epos_description})
        _put(element, f"{_TYPE_NAMES[level.level]}_ID", level.type_id)
    for option in item.options:
        _put(element, "STOCK_OPTION" if option.system else "OPTION", option.value, {"NAME": option.name})
    for each in item.user_defined:
        _put(element, "USER_DEFINED", each.value, {"NAME": each.name, "TYPE": each.kind, "INDEX": each.index})
    labels = zip(item.barcodes, item.barcode_labels, strict=True)
    _group(element, "BARCODES", (("BARCODE", code, {"DESC": label}) for code, label in labels))
    _group(
        element,
        "COUNTRY_RATES",
        (
            ("COUNTRY_RATE", each.rate, {"COUNTRY_CODE": each.country_code, "COUNTRY_NAME": each.country_name})
            for each in item.country_rates
        ),
    )
    _group(element, "BARS", (("BAR", each.value, {"TYPE": each.kind}) for each in item.restrictions))
    _group(element, "SUPPLIER_STOCK_CODES", (_supplier(each) for each in item.supplier_refs))
    _records(element, "LINKED_ITEMS", "LINK_ITEM", (_link(each) for each in item.links))
    _records(
        element,
        "STOCK_IMAGES",
        "STOCK_IMAGE",
        ({"IMAGE_NAME": each.name, "FILE_NAME": each.file_name, "IMAGE_TYPE": each.kind} for each in item.images),
    )
    _records(
        element,
        "EXTERNAL_DATA",
        "EXTERNAL_ITEM",
        ({"EXTERNAL_TYPE": each.kind, "EXTERNAL_VALUE": each.value} for each in item.external_items),
    )
    _variants(item, element, shuffle)
    _disorder(element, shuffle)


def _supplier(each: SupplierRef) -> tuple[str, object, dict[str, object]]:
    names = {
        "IS_PREFERRED": "preferred",
        "SUPPLIER_NAME": "supplier_name",
        "SUPPLIER_URN": "supplier_urn",
        "DISCOUNT": "discount",
        "PURCHASE_COST": "purchase_cost",
        "REORDER_QTY": "reorder_qty",
        "QTY_AVAIL": "qty_available",
        "LEAD_TIME": "lead_time_days",
    }
    return "SUPPLIER_REF", each.stock_code, {name: getattr(each, field) for name, field in names.items()}


def _link(each: LinkedItem) -> dict[str, object]:
    return {
        "STOCK_CODE": each.stock_code,
        "LINK_TYPE": each.link_type,
        "LINK_VALUE": each.value,
        "AUTO_ADD": each.auto_add,
    }


def _variants(item: StockItem, element: Element, shuffle: random.Random) -> None:
    scs = SubElement(element, "SCS")
    for child in item.children:
        style = scs
        for step in child.steps:
            style = SubElement(style, "STYLE")
            _put(style, "DESCRIPTION", step.description)
            _put(style, "SCS_CODE_SUFFIX", step.suffix)
        _rendered(child, SubElement(style, "SCS_ITEM"), shuffle, variant=True)
        SubElement(style, "STYLE")  # one without an item, as services send them
    for heading in item.headings:
        _put(scs, "HEADING", heading.name, {"LEVEL": heading.level})


def _disorder(element: Element, shuffle: random.Random) -> None:
    # Elements come in another order in each version; those of one name keep theirs.
    names = sorted({child.tag for child in element})
    shuffle.shuffle(names)
    element[:] = [child for name in names for child in element if child.tag == name]


@given(st.lists(stock_items(), max_size=2), st.randoms(use_true_random=False))
def test_whatever_the_service_writes_is_read_as_it_was_meant(items: list[StockItem], shuffle: random.Random) -> None:
    """Every group of the document arrives exactly, in any order of elements, variants with their way to them."""
    document = Element("STOCK_ITEMS")
    for item in items:
        _rendered(item, SubElement(document, "STOCK_ITEM"), shuffle)
    SubElement(document, "STOCK_ITEM")

    rows = _read(ET.tostring(document, encoding="unicode"))

    assert rows.unread == ()
    assert list(rows) == items


# --- single rules ----------------------------------------------------------------------------------------------------


def test_a_variant_of_a_variant_belongs_to_the_inner_template() -> None:
    """A template inside a template is read once, under its own parent, with the price side that is nearest."""
    outer = _one(
        '<SELL_PRICE IS_NET="-1">6</SELL_PRICE><SCS><STYLE><DESCRIPTION>Red</DESCRIPTION><SCS_ITEM>'
        '<STOCK_CODE>MUG-R</STOCK_CODE><SELL_PRICE IS_NET="0">7</SELL_PRICE><SCS><STYLE><SCS_CODE_SUFFIX>L'
        "</SCS_CODE_SUFFIX><SCS_ITEM><STOCK_CODE>MUG-R-L</STOCK_CODE></SCS_ITEM></STYLE></SCS></SCS_ITEM></STYLE>"
        '<HEADING LEVEL="1">COLOUR</HEADING></SCS>'
    )

    (middle,) = outer.children
    (inner,) = middle.children
    assert (outer.price_is_net, middle.price_is_net, inner.price_is_net) == (True, False, False)
    assert (middle.parent_code, inner.parent_code) == ("MUG", "MUG-R")
    assert (middle.steps, inner.steps) == ((VariantStep(description="Red"),), (VariantStep(suffix="L"),))
    assert outer.headings == (VariantHeading(level="1", name="COLOUR"),)


def test_empty_shells_of_variants_are_nothing() -> None:
    """Samples end their lists with an empty element; it is no broken row."""
    item = _one("<SCS><STYLE><SCS_ITEM/></STYLE><SCS_ITEM/></SCS><LINKED_ITEMS><LINK_ITEM/></LINKED_ITEMS>")

    assert (item.children, item.links) == ((), ())


def test_variants_forty_levels_down_are_found() -> None:
    """The guide speaks of four levels; nothing here depends on it."""
    item = _one(
        "<SCS>" + "<STYLE>" * 40 + "<SCS_ITEM><STOCK_CODE>V</STOCK_CODE></SCS_ITEM>" + "</STYLE>" * 40 + "</SCS>"
    )

    assert [(child.stock_code, len(child.steps)) for child in item.children] == [("V", 40)]


def test_a_broken_variant_hides_neither_its_template_nor_the_others() -> None:
    """It is told apart, by its own code, with the place where it broke."""
    variants = "".join(
        f"<STYLE><SCS_ITEM><STOCK_CODE>{code}</STOCK_CODE><SELL_PRICE>{price}</SELL_PRICE></SCS_ITEM></STYLE>"
        for code, price in [("A", "1"), ("B", "dear"), ("C", "3")]
    )
    text = f"<STOCK_ITEMS><STOCK_ITEM><STOCK_CODE>MUG</STOCK_CODE><SCS>{variants}</SCS></STOCK_ITEM></STOCK_ITEMS>"

    rows = _read(text)

    assert [child.stock_code for child in rows.items[0].children] == ["A", "C"]
    (bad,) = rows.unread
    assert (bad.key, bad.path, bad.expected) == (
        "B",
        "/STOCK_ITEMS/STOCK_ITEM[0]/SCS[0]/STYLE[1]/SCS_ITEM[0]/SELL_PRICE",
        "a number",
    )
    assert "dear" in bad.payload


@pytest.mark.parametrize(
    "broken",
    [
        "<VAT_RATE>standard</VAT_RATE>",
        "<STOCK_CONTROLLED>perhaps</STOCK_CONTROLLED>",
        '<BUY_PRICE IS_NET="2">1</BUY_PRICE>',
        "<LINKED_ITEMS><LINK_ITEM><LINK_VALUE>two</LINK_VALUE></LINK_ITEM></LINKED_ITEMS>",
    ],
)
def test_what_an_item_is_sold_by_must_be_right(broken: str) -> None:
    """A price, flag or pack content that cannot be read leaves the item unread, never with a guess in its place."""
    rows = _read(f"<STOCK_ITEMS><STOCK_ITEM><STOCK_CODE>MUG</STOCK_CODE>{broken}</STOCK_ITEM></STOCK_ITEMS>")

    assert (rows.items, [bad.key for bad in rows.unread]) == ((), ["MUG"])


@pytest.mark.parametrize(
    ("broken", "path", "expected"),
    [
        ("<HEIGHT>tall</HEIGHT>", "HEIGHT", "a number"),
        ("<LAUNCH_DATE>soon</LAUNCH_DATE>", "LAUNCH_DATE", "a date"),
        (
            "<COUNTRY_RATES><COUNTRY_RATE COUNTRY_CODE='GB'>full</COUNTRY_RATE></COUNTRY_RATES>",
            "COUNTRY_RATE[0]/.",
            "a number",
        ),
        (
            "<SUPPLIER_STOCK_CODES><SUPPLIER_REF IS_PREFERRED='x'/></SUPPLIER_STOCK_CODES>",
            "SUPPLIER_REF[0]/@IS_PREFERRED",
            "-1 or 0",
        ),
    ],
)
def test_a_broken_description_is_noted_and_the_item_stays(broken: str, path: str, expected: str) -> None:
    """A size or date that somebody mistyped takes no item out of a listing; where it stands is told."""
    item = _one(broken)

    (noted,) = item.unread_fields
    assert (noted.path.endswith(path), noted.expected) == (True, expected)
    assert (item.height, item.launch) == (None, None)


def test_the_lowest_type_goes_by_two_names_and_zero_is_no_id() -> None:
    """SUB_TYPE stands in for STOCK_SUB_TYPE; a level without name and id is left out."""
    item = _one(
        '<STOCK_MID_TYPE EPOS_DESC="" /><STOCK_MID_TYPE_ID /><STOCK_SUB_TYPE EPOS_DESC=""/>'
        '<SUB_TYPE EPOS_DESC="Till">Socks</SUB_TYPE><SUB_TYPE_ID>0</SUB_TYPE_ID><STOCK_TYPE_ID>30</STOCK_TYPE_ID>'
    )

    assert item.types == (StockType(level=2, type_id="30"), StockType(level=4, name="Socks", epos_description="Till"))


def test_the_launch_is_the_servers_wall_time() -> None:
    """Date and time are two elements; in summer the server is an hour ahead of UTC."""
    text = "<LAUNCH_DATE>2026-07-01</LAUNCH_DATE><LAUNCH_TIME>09:00:00</LAUNCH_TIME>"

    assert _one(text).launch == datetime(2026, 7, 1, 8, tzinfo=UTC)
    assert _one("<LAUNCH_TIME>09:00:00</LAUNCH_TIME>").launch is None


def test_a_question_mark_is_no_picture() -> None:
    """That is what services send for none."""
    assert _one("<IMAGE_FILENAME>?</IMAGE_FILENAME>").image_file_name == ""
    assert _one("<IMAGE_FILENAME>a.jpg</IMAGE_FILENAME>").image_file_name == "a.jpg"


def test_values_of_a_list_are_told_one_by_one() -> None:
    """Lists come quoted and separated by commas; other kinds are one value, commas or not."""
    listed = UserDefined(name="Sizes", kind="LIST", value='"Small, thin","Large"')

    assert listed.values == ("Small, thin", "Large")
    assert UserDefined(name="Sizes", kind="TEXT", value="a,b").values == ("a,b",)
    assert UserDefined(name="Sizes", kind="LIST").values == UserDefined(name="Sizes").values == ()


@pytest.mark.parametrize(("value", "on"), [("-1", True), ("1", True), ("True", True), ("0", False), ("", False)])
def test_an_option_is_on_or_off(value: str, *, on: bool) -> None:
    """Whatever the version writes for a truth."""
    assert ItemOption(name="Held", value=value).on is on


def test_barred_countries_are_the_restrictions_of_type_one() -> None:
    """A restriction of a type that nobody has documented is kept, not taken for a country."""
    item = _one('<BARS><BAR TYPE="1">JPN</BAR><BAR TYPE="2">X</BAR><BAR TYPE="1"/></BARS>')

    assert item.barred_countries == ("JPN",)
    assert len(item.restrictions) == 2
