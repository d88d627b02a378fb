"""The simulated web service's price lists, web sites, levels that are set, compressed answers and reference data."""

import base64
import bz2
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest

from khaos_connectors.testing.simulators.khaos_control import (
    KhaosCategory,
    KhaosFault,
    KhaosHarmonisation,
    KhaosItem,
    KhaosKeycode,
    KhaosListing,
    KhaosPrice,
    KhaosPriceList,
    KhaosReference,
    KhaosSettings,
    KhaosWebsite,
    Parameter,
    SiteOperation,
)
from khaos_connectors.testing.simulators.khaos_reference import SOP_PARTS

LISTS = (
    KhaosPriceList(name="Web", prices=(KhaosPrice(stock_code="MUG", amount=Decimal(10)),)),
    KhaosPriceList(name="Trade", net=True, currency="GBP", prices=(KhaosPrice(stock_code="MUG", discount=Decimal(5)),)),
    KhaosPriceList(name="Web", kind=4, prices=(KhaosPrice(stock_type="Mugs", markup=Decimal(20)),)),
)
SITE = KhaosWebsite(
    website_id="7",
    name="Shop",
    categories=(
        KhaosCategory(
            category_id="8",
            name="Kitchen",
            items=(KhaosListing(stock_code="BOWL"),),
            categories=(
                KhaosCategory(
                    category_id="9",
                    name="Mugs",
                    items=(
                        KhaosListing(stock_code="MUG", channel_code="CH-1", canonical=True),
                        KhaosListing(stock_code="CHILD"),
                    ),
                ),
            ),
        ),
    ),
    items=(KhaosListing(stock_code="MUG", short_description="A mug <b>"),),
)


@pytest.fixture
def shop(make_soap):
    """An installation with price lists and a web site, one of whose items is a variant."""
    items = (
        KhaosItem(stock_code="MUG", physical=10, manufacturer="Potter"),
        KhaosItem(stock_code="BOWL", physical=2, manufacturer="Potter"),
        KhaosItem(stock_code="PARENT", headings=("Size",)),
        KhaosItem(stock_code="CHILD", parent="PARENT"),
        KhaosItem(stock_code="CARD", stock_controlled=False),
    )
    return make_soap(items=items, price_lists=LISTS, websites=(SITE,))


class TestPriceLists:
    def test_names(self, shop) -> None:
        """Each name is told once, whatever kinds of lists it has."""
        assert [one.text for one in shop.value("GetPriceLists")] == ["Web", "Trade"]

    def test_the_web_list_is_the_default(self, shop) -> None:
        """Without a name the list of items that begins with "web" is told; lists of types never are."""
        (one,) = shop.document("ExportPriceList", PriceList="")

        assert (one.tag, one.get("CompClass"), one.get("CurrencyCode")) == (
            "StockItem-CustomerClassifications",
            "Web",
            "None",
        )
        assert one[0].findtext("AmountValue") == "10"

    def test_several_matches_are_a_fault(self, make_soap) -> None:
        """Two lists that begin with "web" are one too many."""
        lists = (KhaosPriceList(name="Web"), KhaosPriceList(name="Website"))

        assert "More than one" in make_soap(price_lists=lists).fault("ExportPriceList")[1]

    def test_by_kind_name_and_number(self, shop) -> None:
        """Several lists are of one kind, picked by name or number, or all of it."""

        def told(**parameters: str) -> list[str]:
            return [one.get("CompClass", "") for one in shop.document("ExportPriceListEx", **parameters)]

        assert told(PriceListType="3") == ["Web", "Trade"]
        assert told(PriceListType="3", PriceLists="Trade") == ["Trade"]
        assert told(PriceListType="3", PriceListIDs="1") == ["Web"]
        assert told(PriceListType="4", PriceLists="Web,Trade") == ["Web"]
        assert "PriceListType 5" in shop.fault("ExportPriceListEx", PriceListType="5")[1]

    @pytest.mark.parametrize("form", ["recorded", "sample"])
    def test_what_went_out_may_come_in(self, make_soap, form) -> None:
        """In both forms: a list that is imported as it was exported stays as it is."""
        soap = make_soap(KhaosSettings(price_list_form=form), price_lists=LISTS[:2])
        before = soap.simulator.price_lists
        soap.text("ImportPriceLists", PriceList=soap.text("ExportPriceListEx", PriceListType="3"))

        assert soap.simulator.price_lists == before

    def test_an_import_overwrites(self, shop) -> None:
        """A list that comes replaces the one of its kind and name, and no other."""
        text = (
            '<PriceLists><StockItem-CustomerClassifications CompClass="Web"><StockItem><StockCode>BOWL</StockCode>'
            "<AmountValue>3</AmountValue></StockItem></StockItem-CustomerClassifications></PriceLists>"
        )
        shop.text("ImportPriceLists", PriceList=text)
        lists = shop.simulator.price_lists

        assert [(one.stock_code, one.amount) for one in lists[3, "Web"].prices] == [("BOWL", Decimal(3))]
        assert lists[4, "Web"] == LISTS[2]
        assert "does not exist" in shop.fault("ImportPriceLists", PriceList=text.replace("BOWL", "NONE"))[1]
        assert "does not exist" in shop.fault("ImportPriceLists", PriceList=text.replace("Web", "Nobody"))[1]


class TestWebsites:
    def test_tree(self, shop) -> None:
        """Categories nest, items stand in them with their channel code, and those of the whole site behind them."""
        site = shop.document("ExportWebCategories", Website="Shop")

        assert [one.get("NAME") for one in site.iter("CATEGORY")] == ["Kitchen", "Mugs"]
        assert site.findtext("CATEGORY/CATEGORY/STOCK_ITEM/CATEGORY_STOCK_CODE") == "CH-1"
        assert [one.findtext("STOCK_CODE") for one in site.iter("STOCK_ITEM")] == ["MUG", "CHILD", "BOWL", "MUG"]
        assert "does not exist" in shop.fault("ExportWebCategories", Website="shop")[1]

    def test_one_node(self, shop) -> None:
        """The newer operation leaves variants out, and may give one node of the tree, with its items or without."""
        node = shop.document("ExportWebCategoriesEx2", WebsiteID="7", WebNodeID="9", IncludeItems="true")
        bare = shop.document("ExportWebCategoriesEx2", WebsiteName="Shop", IncludeItems="false")

        assert [one.findtext("STOCK_CODE") for one in node.iter("STOCK_ITEM")] == ["MUG"]
        assert [one.tag for one in bare.iter()] == ["WEBSITE", "CATEGORY", "CATEGORY"]
        assert "7/1" in shop.fault("ExportWebCategoriesEx2", WebsiteID="7", WebNodeID="1")[1]

    def test_channel_codes_find_items(self, shop, order_document) -> None:
        """An order line may name its item by the code that it has on a site."""
        shop.value("ImportOrders", Orders=order_document("A", {"CH-1": 1}, MAPPING_TYPE="6"))

        assert shop.simulator.order_of("A").lines[0].stock_code == "MUG"


class TestSettingStock:
    @staticmethod
    def level(code: str, level: str, site: str = "") -> str:
        return (
            f'<STOCK_STATUS SITE="{site}"><STOCK_ITEM CODE="{code}"><LEVEL>{level}</LEVEL></STOCK_ITEM></STOCK_STATUS>'
        )

    def test_levels_are_absolute(self, shop) -> None:
        """A level is what can be sold afterwards; the result lists what was set, the ledger tells the difference."""
        result = shop.value("ImportStockStatus", StockStatus=self.level("MUG", "4"), UpdateStockLevels="true")

        assert result.findtext("Count") == "1"
        assert shop.simulator.stock["MUG", 1].available == 4
        assert [(one.reason, one.physical) for one in shop.simulator.ledger if one.reason == "set"] == [("set", -6)]

    @pytest.mark.parametrize(("means", "available"), [("available", 5), ("physical", 2)])
    def test_what_a_level_means(self, make_soap, order_document, means, available: int) -> None:
        """Whether a level counts what is allocated is not documented: installations differ."""
        soap = make_soap(KhaosSettings(level_means=means))
        soap.value("ImportOrders", Orders=order_document("A", {"MUG": 3}))
        soap.value("ImportStockStatus", StockStatus=self.level("MUG", "5"), UpdateStockLevels="true")

        assert soap.simulator.stock["MUG", 1].available == available

    def test_nothing_without_a_flag(self, shop) -> None:
        """Without either flag nothing is set and nothing listed."""
        assert shop.value("ImportStockStatus", StockStatus=self.level("MUG", "4")).findtext("Count") == "0"
        assert shop.simulator.stock["MUG", 1].available == 10

    def test_prices(self, shop) -> None:
        """With the data flag prices are set, and levels are left alone."""
        text = self.level("MUG", "1").replace("<LEVEL>", "<SELL_PRICE>3.5</SELL_PRICE><LEVEL>")
        shop.value("ImportStockStatus", StockStatus=text, UpdateStockData="true")

        assert shop.simulator.items["MUG"].sell_price == Decimal("3.5")
        assert shop.simulator.stock["MUG", 1].available == 10

    def test_another_site(self, shop) -> None:
        """The site stands on the document, by name."""
        shop.value("ImportStockStatus", StockStatus=self.level("MUG", "9", "Shop"), UpdateStockLevels="true")

        assert [shop.simulator.stock["MUG", site].available for site in (1, 2)] == [10, 9]

    @pytest.mark.parametrize(
        ("code", "level", "site", "problem"),
        [
            ("NONE", "1", "", "does not exist"),
            ("MUG", "-1", "", "at least 0"),
            ("MUG", "1.5", "", "whole number"),
            ("CARD", "1", "", "not stock controlled"),
            ("MUG", "1", "Moon", "SITE 'Moon' does not exist"),
        ],
    )
    def test_refusals(self, shop, code: str, level: str, site: str, problem: str) -> None:
        """What cannot be set is a fault, and then nothing is."""
        document = self.level(code, level, site).replace("</STOCK_STATUS>", "")
        document = document.replace(
            "<STOCK_ITEM", '<STOCK_ITEM CODE="BOWL"><LEVEL>99</LEVEL></STOCK_ITEM><STOCK_ITEM', 1
        )
        fault = shop.fault("ImportStockStatus", StockStatus=f"{document}</STOCK_STATUS>", UpdateStockLevels="true")

        assert problem in fault[1]
        assert shop.simulator.stock["BOWL", 1].available == 2

    def test_bins_without_a_default(self, make_soap) -> None:
        """Where bins are used without a default location, levels cannot be set."""
        soap = make_soap(KhaosSettings(default_location=False))
        fault = soap.fault("ImportStockStatus", StockStatus=self.level("MUG", "4"), UpdateStockLevels="true")

        assert "default location" in fault[1]


class TestCompressed:
    @pytest.mark.parametrize(
        ("operation", "plain", "parameters"),
        [
            ("ExportStockCompressed", "ExportStock", {"StockCode": "MUG"}),
            ("ExportStockStatusCompressed", "ExportStockStatus", {"SiteID": "-1"}),
            ("ExportWebCategoriesCompressed", "ExportWebCategories", {"Website": "Shop"}),
        ],
    )
    def test_the_same_document(self, shop, operation: str, plain: str, parameters: dict[str, str]) -> None:
        """A compressed answer holds what the plain one says, in a ZIP with one file or as BZip2."""
        text = shop.text(plain, **parameters).encode()
        zipped = shop.value(operation, **parameters, CompressionMethod="0")
        packed = shop.value(operation, **parameters, CompressionMethod="1")
        with zipfile.ZipFile(BytesIO(base64.b64decode(zipped.findtext("Data")))) as archive:
            (name,) = archive.namelist()
            assert archive.read(name) == text

        assert bz2.decompress(base64.b64decode(packed.findtext("Data"))) == text
        assert [one.findtext("Method") for one in (zipped, packed)] == ["ZIP", "BZIP2"]
        assert zipped.findtext("OriginalSize") == str(len(text))
        assert "CompressionMethod 2" in shop.fault(operation, **parameters, CompressionMethod="2")[1]

    def test_the_list_as_a_document(self, shop) -> None:
        """The compressed stock list has a row for each of the plain one's."""
        plain = [row.findtext("StockCode") for row in shop.value("GetStockList")[1]]
        data = shop.value("GetStockListCompressed", CompressionMethod="1").findtext("Data")
        root = ET.fromstring(bz2.decompress(base64.b64decode(data)))

        assert [row.text for row in root.iter("StockCode")] == plain


class TestReferenceData:
    def test_lists_of_texts(self, shop) -> None:
        """Names that the office set up come as arrays of texts; makers are those of the items, each once."""
        assert [one.text for one in shop.value("GetManufacturer")] == ["Potter"]
        assert [one.text for one in shop.value("GetCompanyStatus")] == ["Active", "Dormant"]
        assert shop.value("GetKeycodeTypes")[0].text == "(none)"
        assert len(shop.value("GetAgentList")) == 0

    def test_countries(self, shop) -> None:
        """Countries come counted, with truth values in words."""
        result = shop.value("GetCountryList")
        french = next(row for row in result[1] if row.findtext("CountryCode2") == "FR")

        assert result.findtext("Count") == str(len(result[1]))
        assert [french.findtext(name) for name in ("CountryCode3", "EUMember")] == ["FRA", "true"]

    def test_mailing_statuses_are_sorted_as_texts(self, shop) -> None:
        """Numbers are texts there: 10 comes before 2."""
        assert [row.findtext("ID") for row in shop.value("GetMailingStatusList")][:3] == ["1", "10", "2"]

    def test_expired_keycodes_are_not_told(self, make_soap, clock) -> None:
        """A key code is told until it expires; one that never does has day zero there."""
        codes = (KhaosKeycode(code="A"), KhaosKeycode(code="B", expires=datetime(2026, 7, 1, 10, tzinfo=UTC)))
        soap = make_soap(KhaosSettings(reference=KhaosReference(keycodes=codes)))

        def told() -> list[str | None]:
            return [row.findtext("KeycodeCode") for row in soap.value("GetKeycodes")]

        assert told() == ["A", "B"]
        assert soap.value("GetKeycodes")[0].findtext("ExpiryDate") == "1899-12-30T00:00:00.000Z"
        clock.step(30)  # to the very moment
        assert told() == ["A"]
        assert len(soap.document("GetSOPData", KeyCode="true").find("KEYCODES")) == 1

    def test_sop_data_tells_what_is_asked_for(self, make_soap) -> None:
        """Each flag brings its own part, and no flag brings nothing."""
        soap = make_soap(KhaosSettings(reference=KhaosReference(sop_parts=SOP_PARTS)))
        parts = {name: [one.tag for one in soap.document("GetSOPData", **{name: "true"})] for name in SOP_PARTS}

        assert parts == {
            "DelRate": ["DELRATES"],
            "CourierBanding": ["COURIERBANDING"],
            "BOGOF": ["BOGOFS"],
            "SpecialOffer": ["SPECIAL_OFFERS", "FREE_GIFTS"],
            "TelesalePrompt": ["TELESALE_PROMPTS"],
            "BarredItems": ["BARRED_PRODUCTS"],
        }
        assert len(soap.document("GetSOPData")) == 0

    def test_harmonisation_codes(self, make_soap) -> None:
        """Customs codes have the items under them with their duty."""
        codes = (KhaosHarmonisation(code="6912", duties={"MUG": Decimal("12.5")}),)
        (row,) = make_soap(KhaosSettings(reference=KhaosReference(harmonisation=codes))).value("GetHarmonisationCodes")

        assert row.findtext("StockItems/item/Duty") == "12.5"

    def test_back_orders_and_stock_data(self, soap, take) -> None:
        """What a customer waits for, and what can be sold, in shapes that nobody has documented."""
        order = take("A", {"BOWL": 5})
        (row,) = soap.value("GetBackOrderItems", CompanyCode=order.urn, MappingType="1")

        assert (row.findtext("StockCode"), row.findtext("Quantity")) == ("BOWL", "3")
        assert len(soap.value("GetBackOrderItems", CompanyCode="", MappingType="2")) == 0
        assert "MappingType 3" in soap.fault("GetBackOrderItems", MappingType="3")[1]
        assert len(soap.value("GetAgentStock")) == 0
        figures = {row.findtext("StockCode"): row.findtext("Available") for row in soap.value("FTStockDataArray")}
        assert figures["MUG"] == "13"


class TestArchive:
    def test_what_came_is_kept(self, soap) -> None:
        """Every document that comes is kept before anything is known of it; what goes out only if told so."""
        soap.fault("ImportPriceLists", PriceList="<nothing")
        soap.text("ExportStock", StockCode="MUG")

        assert [(one.operation, one.direction, one.text) for one in soap.simulator.archive] == [
            ("ImportPriceLists", "received", "<nothing")
        ]

    def test_what_went_may_be_kept(self, make_soap) -> None:
        """An installation that keeps what it sends has the documents of its answers."""
        soap = make_soap(KhaosSettings(archive_sent=True))
        text = soap.text("ExportStock", StockCode="MUG")

        assert [(one.direction, one.text) for one in soap.simulator.archive] == [("sent", text)]


class TestOwnOperations:
    def test_an_operation_of_one_site(self, make_soap) -> None:
        """An installation may offer operations of its own, which stand in its WSDL; their faults are the service's."""

        def greet(arguments) -> str:
            if not arguments.text("Name"):
                raise KhaosFault("Name is required")
            return f"Hello {arguments.text('Name')}"

        soap = make_soap(operations=(SiteOperation(name="Greet", parameters=(Parameter("Name"),), perform=greet),))

        assert soap.text("Greet", Name="Ash") == "Hello Ash"
        assert soap.fault("Greet")[1] == "Name is required"
        assert "Greet" in soap.simulator.operations
