"""What the simulated web service tells of sites, items and stock, with the traps that the contract warns of."""

from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from khaos_connectors.testing.simulators.khaos_control import (
    KhaosControlSimulator,
    KhaosItem,
    KhaosLink,
    KhaosSettings,
    KhaosSite,
    KhaosStyle,
)


def figures(document: ET.Element, name: str) -> dict[str, str | None]:
    return {row.get("CODE", ""): row.findtext(name) for row in document}


class TestLists:
    def test_sites(self, soap) -> None:
        """GetSiteList gives number and name of each site and the current one."""
        found = soap.value("GetSiteList")

        assert [one.findtext("SiteName") for one in found.findall("List/item")] == ["Main Site", "Shop"]
        assert found.findtext("CurrentSiteID") == "1"

    @pytest.mark.parametrize("answers", ["inline", "multiref"])
    def test_both_encodings_say_the_same(self, make_soap, answers) -> None:
        """Structures come inline or as numbered objects that are pointed at; the content is one."""
        soap = make_soap(KhaosSettings(answers=answers))
        rows = soap.value("GetStockList").findall("List/item")

        assert [one.findtext("StockCode") for one in rows] == ["MUG", "BOWL", "LAST", "GONE", "CARD", "1001"]
        assert rows[1].findtext("StockDesc") == "Bowl <large> & deep"
        assert (b"href" in soap.send("GetStockList", {}).body) == (answers == "multiref")

    @pytest.mark.parametrize(
        ("style", "children"), [("empty", ["Count", "List"]), ("nil", ["Count", "List"]), ("missing", ["Count"])]
    )
    def test_empty_lists(self, make_soap, style, children: list[str]) -> None:
        """An empty array is empty, nil or not there at all."""
        soap = make_soap(KhaosSettings(empty_arrays=style))
        found = soap.value("GetStockList", DateValue="2030-01-01")

        assert [one.tag for one in found] == children
        assert not found.findall("List/item")

    def test_movements_and_revisions_are_different_dates(self, soap, clock) -> None:
        """DateType 2 compares the last movement, 0 the last revision, -1 both."""
        clock.step(60)
        soap.simulator.receive("BOWL", 1)
        soap.simulator.revise(KhaosItem(stock_code="MUG", description="Large mug"))

        def codes(kind: str) -> list[str | None]:
            rows = soap.value("GetStockList", DateType=kind, DateValue="2026-07-01T11:00:00").findall("List/item")
            return [one.findtext("StockCode") for one in rows]

        assert (codes("0"), codes("2"), codes("-1")) == (["MUG"], ["BOWL"], ["MUG", "BOWL"])
        assert soap.fault("GetStockList", DateType="7")[1] == "DateType 7 is not supported"

    def test_times_carry_a_z_and_milliseconds(self, make_soap) -> None:
        """LastUpdated is marked Z; on some installations it is wall time all the same."""
        for honest, hour in ((True, "09"), (False, "10")):
            row = make_soap(KhaosSettings(z_is_utc=honest)).value("GetStockList").find("List/item")
            assert row is not None
            assert row.findtext("LastUpdated") == f"2026-07-01T{hour}:30:00.000Z"

    def test_no_movement_is_day_zero(self, soap) -> None:
        """An item that never moved shows Delphi's empty date."""
        rows = soap.value("GetStockList", DateType="2").findall("List/item")

        assert {one.findtext("StockCode"): one.findtext("LastUpdated") for one in rows}[
            "GONE"
        ] == "1899-12-30T00:00:00.000Z"

    def test_reference_data(self, soap) -> None:
        """Sources and classes are plain string arrays."""
        assert "Internet" in [one.text for one in soap.value("GetSaleSource")]
        assert [one.text for one in soap.value("GetCompanyClass", CompanyClassType="0")] == ["Web", "Retail", "Trade"]
        assert len(soap.value("GetCompanyClass", CompanyClassType="1")) == 0

    def test_couriers(self, soap) -> None:
        """GetSOPData gives only the parts asked for; a courier may have no code."""
        rows = soap.document("GetSOPData", Courier="true").findall("COURIERS/COURIER")

        assert [(one.get("CODE"), one.text) for one in rows] == [("RM24", "Royal Mail 24"), (None, "Own van")]
        assert soap.text("GetSOPData", Courier="false", DelRate="true") == "<SOPDATA/>"


class TestStockFigures:
    def test_default_site(self, soap) -> None:
        """Without a site the default site is meant."""
        document = soap.document("ExportStockStatus", StockCode="MUG", MappingType="1")

        assert document.get("SITE") == "Main Site"
        assert figures(document, "LEVEL") == {"MUG": "10"}

    def test_one_site(self, soap) -> None:
        """SiteID asks for the level of that site."""
        assert figures(soap.document("ExportStockStatus", StockCode="MUG", SiteID="2"), "LEVEL") == {"MUG": "3"}
        assert "Site 9" in soap.fault("ExportStockStatus", StockCode="MUG", SiteID="9")[1]

    @pytest.mark.parametrize("newer", [True, False])
    def test_all_sites(self, make_soap, newer) -> None:
        """-1 gives a row per site; only newer services say which site a row is about."""
        document = make_soap(KhaosSettings(newer_elements=newer)).document(
            "ExportStockStatus", StockCode="MUG", SiteID="-1"
        )

        assert [row.findtext("LEVEL") for row in document] == ["10", "3"]
        assert [row.findtext("SITE") for row in document] == (["Main Site", "Shop"] if newer else [None, None])
        assert document.get("SITE") == "Main Site"

    def test_unknown_codes_are_left_out(self, soap) -> None:
        """A code that is not known makes no row and no fault, in whatever case."""
        assert figures(soap.document("ExportStockStatus", StockCode="MUG,mug,NONE, BOWL,"), "LEVEL") == {
            "MUG": "10",
            "BOWL": "2",
        }

    def test_empty_list_is_everything(self, soap) -> None:
        """No codes and no date select all items."""
        assert len(soap.document("ExportStockStatus", StockCode="")) == 6

    def test_date_selects_what_changed(self, soap, clock) -> None:
        """Without codes, a date selects what was revised or moved since."""
        clock.step(60)
        soap.simulator.write_off("BOWL", 1)

        assert figures(soap.document("ExportStockStatus", LastUpdated="2026-07-01T11:00:00"), "LEVEL") == {"BOWL": "1"}

    def test_states(self, soap, order_document) -> None:
        """STATUS tells in stock, all allocated, due in, out, discontinued and not stock-controlled apart."""
        simulator: KhaosControlSimulator = soap.simulator
        soap.value("ImportOrders", Orders=order_document("A", {"BOWL": 3}))
        simulator.write_off("LAST", 1)
        simulator.sell_over_counter("1001", 7)
        simulator.order_in("1001", 5, due=date(2026, 8, 1))
        document = soap.document("ExportStockStatus")

        wanted = {"MUG": "0", "BOWL": "1", "1001": "2", "LAST": "3", "GONE": "4", "CARD": "5"}
        assert figures(document, "STATUS") == wanted
        assert figures(document, "LEVEL")["CARD"] is None
        assert figures(document, "LEAD_TIME")["1001"] == "2026-08-01"
        assert figures(document, "LEAD_TIME")["MUG"] == "1899-12-30"

    def test_lead_time_with_free_stock(self, soap, order_document) -> None:
        """PotentialLeadTime asks for the first purchase order that is not promised to back orders."""
        soap.value("ImportOrders", Orders=order_document("A", {"BOWL": 4}))
        soap.simulator.order_in("BOWL", 2, due=date(2026, 8, 1))
        soap.simulator.order_in("BOWL", 2, due=date(2026, 9, 1))

        def due(free: str) -> str | None:
            return figures(soap.document("ExportStockStatus", StockCode="BOWL", PotentialLeadTime=free), "LEAD_TIME")[
                "BOWL"
            ]

        assert (due("false"), due("true")) == ("2026-08-01", "2026-09-01")

    def test_potential_defaults_to_the_internal_id(self, soap) -> None:
        """Without a mapping the codes are internal ids: a numeric stock code finds another item."""

        def found(**parameters: str) -> list[str | None]:
            return [row.findtext("StockCode") for row in soap.value("GetStockPotential", **parameters)]

        assert found(StockCode="1001") == ["MUG"]
        assert found(StockCode="MUG") == []
        assert found(StockCode="1001", MappingType="1") == ["1001"]
        assert found(StockCode="") == []

    def test_potential_figures(self, soap, order_document) -> None:
        """All sites together: potential is available plus on order less back order."""
        soap.value("ImportOrders", Orders=order_document("A", {"MUG": 12}))
        soap.simulator.order_in("MUG", 4, due=date(2026, 8, 1))
        row = soap.value("GetStockPotential", StockCode="MUG", MappingType="1")[0]

        found = {one.tag: one.text for one in row}
        assert (found["Available"], found["OnOrder"], found["BackOrder"], found["Potential"]) == ("3", "4", "2", "5")

    def test_shared_other_ref_gives_the_first(self, soap) -> None:
        """Other Refs are not unique, and nothing tells that another item was meant."""
        assert figures(soap.document("ExportStockStatus", StockCode="SHARED", MappingType="2"), "LEVEL") == {
            "BOWL": "2"
        }

    def test_receipts_use_up_purchase_orders(self, soap) -> None:
        """What arrives is no longer on order, the earliest due first."""
        soap.simulator.order_in("MUG", 4, due=date(2026, 9, 1))
        soap.simulator.order_in("MUG", 4, due=date(2026, 8, 1))
        soap.simulator.receive("MUG", 5)
        document = soap.document("ExportStockStatus", StockCode="MUG")

        assert figures(document, "ON_ORDER_LEVEL") == {"MUG": "3"}
        assert figures(document, "LEAD_TIME") == {"MUG": "2026-09-01"}
        soap.simulator.receive("MUG", 5)
        assert figures(soap.document("ExportStockStatus", StockCode="MUG"), "ON_ORDER_LEVEL") == {"MUG": "0"}

    def test_unknown_mappings(self, soap) -> None:
        """Each operation has its own mapping types; any other number is a fault."""
        assert "MappingType 3" in soap.fault("GetStockPotential", StockCode="MUG", MappingType="3")[1]
        assert "MappingType 0" in soap.fault("ExportStock", StockCode="MUG", MappingType="0")[1]

    def test_new_items_open_with_their_stock(self, soap) -> None:
        """An item that is made later starts with its opening stock; a revision does not move stock."""
        soap.simulator.revise(KhaosItem(stock_code="NEW", physical=4))
        soap.simulator.revise(KhaosItem(stock_code="NEW", physical=9, description="Renamed"))

        assert soap.simulator.stock["NEW", 1].physical == 4
        assert soap.document("ExportStock", StockCode="NEW")[0].findtext("STOCK_DESC") == "Renamed"


SHIRT = (
    KhaosItem(
        stock_code="SHIRT",
        description="Shirt",
        headings=("Colour", "Size"),
        styles=(KhaosStyle(description="Green", suffix="GRN"),),
        prices_net=True,
    ),
    *(
        KhaosItem(
            stock_code=f"SHIRT-{colour}-{size}",
            description=f"Shirt {colour} {size}",
            parent="SHIRT",
            physical=4,
            styles=(KhaosStyle(description=colour, suffix=colour), KhaosStyle(description=size, suffix=size)),
        )
        for size in ("S", "L")
        for colour in ("RED", "BLU")
    ),
)


class TestExportStock:
    def test_numbers_and_flags(self, soap) -> None:
        """Prices are not padded, -1 is yes, a web price of 0 means that there is none."""
        row = soap.document("ExportStock", StockCode="MUG", MappingType="1")[0]

        assert [row.findtext(name) for name in ("SELL_PRICE", "BUY_PRICE", "SELL_PRICE_WEB", "VAT_RATE")] == [
            "9.99",
            "2.5",
            "0",
            "20",
        ]
        assert [row.findtext(name) for name in ("DELETED", "WEB", "STOCK_CONTROLLED")] == ["0", "-1", "-1"]
        assert row.findtext("ASSOCIATED_REF") == "M-1"
        assert row.findtext("BARCODES/BARCODE") == "5000000000017"

    def test_deleted_means_not_for_the_web(self, make_soap) -> None:
        """DELETED is computed: also an item that is merely not published carries it."""
        soap = make_soap(items=(KhaosItem(stock_code="A", web=False), KhaosItem(stock_code="B", discontinued=True)))

        assert [row.findtext("DELETED") for row in soap.document("ExportStock")] == ["-1", "-1"]

    def test_links(self, make_soap) -> None:
        """A pack's link value is the quantity contained."""
        links = (KhaosLink(stock_code="A", kind=3, value=Decimal(2)),)
        soap = make_soap(items=(KhaosItem(stock_code="A"), KhaosItem(stock_code="PACK", links=links)))
        link = soap.document("ExportStock", StockCode="PACK").find(".//LINK_ITEM")

        assert link is not None
        assert [one.text for one in link] == ["A", "3", "2"]

    def test_variants_are_nested(self, make_soap) -> None:
        """A parent holds its variants below the styles, headings last, and a style may hold nothing."""
        document = make_soap(items=SHIRT).document("ExportStock", StockCode="SHIRT")
        parent = document[0]
        styles = parent.findall("SCS/STYLE")

        assert [one.findtext("SCS_CODE_SUFFIX") for one in styles] == ["RED", "BLU", "GRN"]
        assert [one.text for one in styles[0].findall("STYLE/SCS_ITEM/STOCK_CODE")] == ["SHIRT-RED-S", "SHIRT-RED-L"]
        assert not list(styles[2].iter("SCS_ITEM"))
        assert [one.tag for one in parent.findall("SCS/*")][-2:] == ["HEADING", "HEADING"]
        assert parent.findtext("STOCK_CONTROLLED") == "0"
        assert [one.get("IS_NET") for one in parent.iter("SELL_PRICE")] == ["-1", None, None, None, None]

    def test_variants_are_not_found_by_themselves(self, make_soap) -> None:
        """Only the parent's code brings its variants; the list of items names them with their parent."""
        soap = make_soap(items=SHIRT)

        assert soap.text("ExportStock", StockCode="SHIRT-RED-S") == "<STOCK_ITEMS/>"
        assert [row.findtext("STOCK_CODE") for row in soap.document("ExportStock")] == ["SHIRT"]
        children = soap.value("GetStockList", StockItemType="2").findall("List/item")
        assert {row.findtext("ParentCode") for row in children} == {"SHIRT"}
        assert soap.value("GetStockList", StockItemType="1").findtext("Count") == "1"

    @pytest.mark.parametrize(
        "settings", [KhaosSettings(bom=True, declaration=True), KhaosSettings(cdata=True, result_cdata=True)]
    )
    def test_ways_of_writing(self, make_soap, settings) -> None:
        """Byte order mark, declaration and CDATA change the text of an answer, never what it says."""
        soap = make_soap(settings, items=(KhaosItem(stock_code="A", description="odd ]]> <text> & more"),))
        text = soap.text("ExportStock")

        assert text.startswith("\ufeff") == settings.bom
        assert ("<?xml" in text) == settings.declaration
        assert ("CDATA" in text) == settings.cdata
        assert soap.document("ExportStock")[0].findtext("STOCK_DESC") == "odd ]]> <text> & more"

    def test_launch_dates(self, make_soap, clock) -> None:
        """DateType 1 lists by launch date; items without one are left out."""
        soap = make_soap(items=(KhaosItem(stock_code="A", launch=date(2026, 8, 1)), KhaosItem(stock_code="B")))

        assert soap.value("GetStockList", DateType="1", DateValue="2026-07-15").findtext("Count") == "1"
        assert soap.document("ExportStock", StockCode="A")[0].findtext("LAUNCH_DATE") == "2026-08-01"


class TestWorld:
    def test_till_and_write_off_stop_at_what_is_available(self, soap, order_document) -> None:
        """People can take what nobody has a claim on, no more."""
        simulator: KhaosControlSimulator = soap.simulator
        soap.value("ImportOrders", Orders=order_document("A", {"MUG": 6}))

        assert simulator.sell_over_counter("MUG", 3) == 3
        assert simulator.write_off("MUG", 3) == 1
        assert simulator.sell_over_counter("MUG", 3) == 0
        assert simulator.sell_over_counter("MUG", 1, site=2) == 1
        position = simulator.stock["MUG", 1]
        assert (position.physical, position.allocated, position.available) == (6, 6, 0)

    def test_ledger_tells_every_movement(self, soap, clock) -> None:
        """Each entry has its time and reason, and the entries add up to the stock."""
        clock.step(5)
        soap.simulator.receive("MUG", 2)
        entry = soap.simulator.ledger[-1]

        assert (entry.stock_code, entry.site_id, entry.reason, entry.physical) == ("MUG", 1, "received", 2)
        assert entry.at == datetime(2026, 7, 1, 9, 35, tzinfo=UTC)
        total = sum(one.physical for one in soap.simulator.ledger if (one.stock_code, one.site_id) == ("MUG", 1))
        assert total == soap.simulator.stock["MUG", 1].physical == 12

    @pytest.mark.parametrize(("code", "units"), [("NONE", 1), ("CARD", 1), ("MUG", -1)])
    def test_stock_that_cannot_move(self, soap, code: str, units: int) -> None:
        """Unknown items, items without stock control and negative numbers are refused."""
        for move in (soap.simulator.receive, soap.simulator.sell_over_counter, soap.simulator.write_off):
            with pytest.raises(ValueError, match="cannot move"):
                move(code, units)

    def test_wrong_set_up(self, clock) -> None:
        """An installation has a site, sites are known, and parents come before their variants."""
        with pytest.raises(ValueError, match="at least one site"):
            KhaosControlSimulator(clock=clock, sites=())
        with pytest.raises(ValueError, match="parent"):
            KhaosControlSimulator(clock=clock, items=(KhaosItem(stock_code="A-1", parent="A"),))
        with pytest.raises(ValueError, match="no site 7"):
            KhaosControlSimulator(clock=clock, items=(KhaosItem(stock_code="A"),)).receive("A", 1, site=7)

    def test_default_site_can_be_chosen(self, clock) -> None:
        """The default site need not be the first; opening stock without a site lands there."""
        sites = (KhaosSite(site_id=1, name="One"), KhaosSite(site_id=2, name="Two"))
        simulator = KhaosControlSimulator(
            clock=clock,
            items=(KhaosItem(stock_code="A", physical=5),),
            sites=sites,
            settings=KhaosSettings(default_site=2),
        )

        assert simulator.stock["A", 2].available == 5
        assert simulator.stock["A", 1].available == 0
