"""Web categories: a tree of any depth, items by category and by site, three ways to ask for them."""

import zipfile
from base64 import b64encode
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest

from khaos_connectors import errors
from khaos_connectors.calls.messages import Response
from khaos_connectors.khaos_control import endpoints
from khaos_connectors.khaos_control.category_models import Category, ListedItem, Website
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.documents.categories import read_website
from khaos_connectors.khaos_control.documents.fields import Reading
from khaos_connectors.khaos_control.endpoints import Service
from khaos_connectors.khaos_control.enums import CompressionMethod

_SERVICE = Service(system="khaos")
_READING = Reading(system="khaos", operation="ExportWebCategories", time=ServerTime())
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_SITE = (
    '<WEBSITE NAME="Shop" ID="00001_"><CATEGORY ID="A1" NAME="Cups" SHORT_DESC="s" LONG_DESC="l" FILE_NAME="c.jpg">'
    '<CUSTOM><CUSTOM_PROPERTY NAME="META">x</CUSTOM_PROPERTY></CUSTOM><ITEM>OLD-1</ITEM><ITEM/>'
    '<CATEGORY ID="A2" NAME="Mugs" DELETE="-1"><STOCK_ITEM DELETE="-1"><STOCK_CODE>MUG</STOCK_CODE></STOCK_ITEM>'
    "</CATEGORY><STOCK_ITEM><STOCK_ID>7</STOCK_ID><STOCK_CODE>CUP</STOCK_CODE>"
    "<CATEGORY_STOCK_CODE>CUP-JL</CATEGORY_STOCK_CODE><LONG_DESC>long</LONG_DESC><SHORT_DESC>short</SHORT_DESC>"
    "<WEB_TEASER>tease</WEB_TEASER><SELL_PRICE>9.99</SELL_PRICE><IMAGE_NAME>Main</IMAGE_NAME>"
    "<CANONICAL_ITEM>-1</CANONICAL_ITEM><SCS><STOCK_CODE>CUP-1</STOCK_CODE><STOCK_CODE/></SCS></STOCK_ITEM>"
    "<STOCK_ITEM/></CATEGORY><WEBSITE_STOCK_ITEMS><STOCK_ITEM><STOCK_CODE>CUP</STOCK_CODE>"
    "<WEBSITE_STOCK_CODE>CUP-W</WEBSITE_STOCK_CODE><SELL_PRICE>0</SELL_PRICE></STOCK_ITEM></WEBSITE_STOCK_ITEMS>"
    "</WEBSITE>"
)


def _read(text: str) -> Website:
    return read_website(ET.fromstring(text), _READING)


def test_a_site_whole() -> None:
    """Everything that the document says of categories and items; a price of 0 is none."""
    cup = ListedItem(
        stock_code="CUP",
        stock_id="7",
        channel_code="CUP-JL",
        short_description="short",
        long_description="long",
        web_teaser="tease",
        sell_price=Decimal("9.99"),
        image_name="Main",
        canonical=True,
        variants=("CUP-1",),
    )
    mugs = Category(category_id="A2", name="Mugs", removed=True, items=(ListedItem(stock_code="MUG", removed=True),))
    cups = Category(
        category_id="A1",
        name="Cups",
        short_description="s",
        long_description="l",
        file_name="c.jpg",
        items=(cup,),
        item_codes=("OLD-1",),
        custom=(("META", "x"),),
        categories=(mugs,),
    )

    assert _read(_SITE) == Website(
        name="Shop",
        website_id="00001_",
        categories=(cups,),
        items=(ListedItem(stock_code="CUP", channel_code="CUP-W"),),
    )


@pytest.mark.parametrize("depth", [1, 5, 40])
def test_categories_of_any_depth_are_walked_in_their_order(depth: int) -> None:
    """Each before those in it, whatever the depth."""
    inner = "".join(f'<CATEGORY ID="{level}">' for level in range(depth)) + "</CATEGORY>" * depth
    site = _read(f'<WEBSITE>{inner}<CATEGORY ID="last"/><CATEGORY/></WEBSITE>')

    assert [each.category_id for each in site.walk()] == [*map(str, range(depth)), "last"]


def test_a_broken_row_hides_only_what_is_in_it() -> None:
    """An item by its code, a category by its id, with the place."""
    site = _read(
        '<WEBSITE><CATEGORY ID="A" DELETE="x"/><CATEGORY ID="B"><STOCK_ITEM><STOCK_CODE>M</STOCK_CODE>'
        "<SELL_PRICE>dear</SELL_PRICE></STOCK_ITEM><STOCK_ITEM><STOCK_ID>1</STOCK_ID></STOCK_ITEM><STOCK_ITEM>"
        "<STOCK_CODE>N</STOCK_CODE></STOCK_ITEM></CATEGORY></WEBSITE>"
    )

    assert [[item.stock_code for item in each.items] for each in site.walk()] == [["N"]]
    assert [(bad.key, bad.path) for bad in site.unread] == [
        ("A", "/WEBSITE/CATEGORY[0]/@DELETE"),
        ("M", "/WEBSITE/CATEGORY[1]/STOCK_ITEM[0]/SELL_PRICE"),
        ("", "/WEBSITE/CATEGORY[1]/STOCK_ITEM[1]/STOCK_CODE"),
    ]
    assert "dear" in site.unread[1].payload


def test_three_ways_to_ask(enveloped: Callable[..., Response], texted: Callable[..., Response]) -> None:
    """By text, in an archive and by node, all tell the same site."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("site.xml", _SITE)
    packed = f"<return><Data>{b64encode(target.getvalue()).decode()}</Data></return>"

    plain = endpoints.export_web_categories(_SERVICE, "Shop").decode(texted("ExportWebCategories", _SITE))
    compressed = endpoints.export_web_categories_compressed(_SERVICE, "Shop")
    node = endpoints.export_web_categories_ex2(_SERVICE, website_id="1", node_id="2")

    assert plain == _read(_SITE)
    assert compressed.decode(enveloped("ExportWebCategoriesCompressed", packed)) == plain
    assert node.decode(texted("ExportWebCategoriesEx2", f"<!-- vendor -->{_SITE}")) == plain


def test_our_own_sample(sample: Callable[[str], str]) -> None:
    """What channels call an item stands on the category and on the site; a category that is gone says so."""
    site = _read(sample("web_categories.xml"))

    assert [(each.name, each.removed) for each in site.walk()] == [("Kitchen", False), ("Mugs", False), ("Tea", True)]
    codes = [item.channel_code for each in site.walk() for item in each.items]
    assert (codes, [item.channel_code for item in site.items], site.unread) == (["JL-77001"], ["W-101"], ())


def test_another_document_is_undecodable(enveloped: Callable[..., Response], texted: Callable[..., Response]) -> None:
    """It never reads as a site without categories; nor does an archive of nothing."""
    with pytest.raises(errors.Undecodable, match="WEBSITE"):
        endpoints.export_web_categories(_SERVICE, "Shop").decode(texted("ExportWebCategories", "<STOCK_ITEMS/>"))
    with pytest.raises(errors.Undecodable):
        endpoints.export_web_categories_compressed(_SERVICE, "Shop").decode(
            enveloped("ExportWebCategoriesCompressed", "<return/>")
        )


def test_parameters() -> None:
    """As the vendor's guide names them, in its order; what is not asked by is nil."""
    calls = [
        endpoints.export_web_categories(_SERVICE, "Shop"),
        endpoints.export_web_categories_compressed(_SERVICE, "Shop", method=CompressionMethod.BZIP2),
        endpoints.export_web_categories_ex2(_SERVICE, "Shop", include_items=False),
        endpoints.export_web_categories_ex2(_SERVICE, website_id="1", node_id="2"),
    ]

    sent = [
        [(each.tag, None if each.get(f"{_XSI}nil") else each.text) for each in ET.fromstring(call.request.body)[0][0]]
        for call in calls
    ]
    assert sent == [
        [("Website", "Shop")],
        [("Website", "Shop"), ("CompressionMethod", "1")],
        [("WebsiteName", "Shop"), ("WebsiteID", None), ("WebNodeID", None), ("IncludeItems", "false")],
        [("WebsiteName", None), ("WebsiteID", "1"), ("WebNodeID", "2"), ("IncludeItems", "true")],
    ]


@pytest.mark.parametrize(
    ("name", "website_id", "node_id"),
    [("", "", ""), ("Shop", "1", "2"), ("Shop", "1", ""), ("", "1", ""), ("", "", "2")],
)
def test_a_site_is_named_in_one_way(name: str, website_id: str, node_id: str) -> None:
    """By its name or by both ids: which would win is not documented."""
    with pytest.raises(ValueError, match="website"):
        endpoints.export_web_categories_ex2(_SERVICE, name, website_id=website_id, node_id=node_id)


@pytest.mark.parametrize(
    "ask", [endpoints.export_web_categories, endpoints.export_web_categories_compressed], ids=["plain", "compressed"]
)
def test_a_site_without_a_name_is_not_asked_for(ask: Callable[[Service, str], object]) -> None:
    """What the service would take that for is not documented."""
    with pytest.raises(ValueError, match="website: must not be empty"):
        ask(_SERVICE, " ")
