"""The simulated order book: what is allocated, how orders leave, and what the exports tell of them."""

import pytest

from khaos_connectors.testing.simulators.khaos_control import KhaosSettings


class TestAllocation:
    def test_stages(self, take) -> None:
        """In stock: staging; short: awaiting stock; unpaid: authorise payment; later: awaiting date."""
        assert take("A", {"MUG": 2}).invoices[0].stage == 10
        assert take("B", {"BOWL": 3}).invoices[0].stage == 18
        assert take("C", PAYMENTS="none").invoices[0].stage == 11
        assert take("D", AUTH_CODE="").invoices[0].stage == 11
        assert take("E", AUTH_CODE="", PAYMENT_TYPE="3").invoices[0].stage == 10
        assert take("F", DELIVERY_DATE="2026-07-02").invoices[0].stage == 17

    def test_import_allocates_at_once(self, soap, take) -> None:
        """LEVEL falls with the import; what is short becomes back order, and LEVEL stays at 0."""
        order = take("A", {"BOWL": 3})
        position = soap.simulator.stock["BOWL", 1]

        assert (order.allocated, order.back_order) == (2, 1)
        assert (position.physical, position.allocated, position.available, position.back_order) == (2, 2, 0, 1)

    def test_sites(self, soap, take) -> None:
        """The header's site fulfils, unless a line names its own."""
        take("A", SITE="Shop")
        take("B", {"MUG": 2}, LINE_SITE="Shop")

        assert soap.simulator.stock["MUG", 2].allocated == 3
        assert soap.simulator.stock["MUG", 1].allocated == 0

    def test_receipts_serve_the_oldest_first(self, soap, take) -> None:
        """New stock goes to those who wait, in the order in which they came; a served order moves to staging."""
        first, second = take("A", {"BOWL": 3}), take("B", {"BOWL": 2})
        soap.simulator.receive("BOWL", 2)
        orders = soap.simulator.orders

        assert [orders[one.code].back_order for one in (first, second)] == [0, 1]
        assert [orders[one.code].invoices[0].stage for one in (first, second)] == [10, 18]

    def test_receipts_may_wait_for_people(self, make_soap, order_document) -> None:
        """Where nothing is assigned by itself, stock is available and on back order at the same time."""
        soap = make_soap(KhaosSettings(allocate_on_receipt=False))
        soap.value("ImportOrders", Orders=order_document("A", {"BOWL": 3}))
        soap.simulator.receive("BOWL", 4)
        before = soap.simulator.stock["BOWL", 1]
        soap.simulator.allocate("BOWL")
        after = soap.simulator.stock["BOWL", 1]

        assert (before.available, before.back_order) == (4, 1)
        assert (after.available, after.back_order) == (3, 0)

    def test_cancelling_frees_stock(self, soap, take) -> None:
        """A cancelled order's stock goes to the next who waits, and only untouched orders can be cancelled."""
        first, second = take("A", {"BOWL": 2}), take("B", {"BOWL": 1})
        soap.simulator.cancel(first.code)

        assert soap.simulator.orders[second.code].back_order == 0
        assert soap.simulator.stock["BOWL", 1].available == 1
        with pytest.raises(ValueError, match="cannot be cancelled"):
            soap.simulator.cancel(first.code)


class TestDespatch:
    def send(self, soap, order, **options):
        return soap.simulator.pick_and_despatch(order.code, **{"courier": "RM24", "consignment": "RM1", **options})

    def test_whole_order(self, soap, take) -> None:
        """A whole order leaves on its one invoice: shipped, issued, complete, and the stock is gone."""
        code = self.send(soap, take("A", {"MUG": 2, "CARD": 1}))
        order = soap.document("ExportOrderStatusEx", IDs="A", MappingType="4", ShowItems="true")[0]
        invoice = order.find("INVOICES/INVOICE")

        assert order.findtext("COMPLETE") == "-1"
        assert invoice is not None
        assert [invoice.get(name) for name in ("INVOICE_CODE", "INVOICE_STAGE_ID", "SHIP_DATE", "ISSUE_DATE")] == [
            code,
            "70",
            "01/07/2026",
            "01/07/2026",
        ]
        assert [invoice.get(name) for name in ("COURIER", "CONSIGNMENT_REF", "TRACKING_URL", "QTY_SENT")] == [
            "Royal Mail 24",
            "RM1",
            "https://track.example.com/RM1",
            "3",
        ]
        rows = [(one.get("STOCK_CODE"), one.get("QTY_SENT")) for one in invoice.findall("INVOICE_ITEMS/INVOICE_ITEM")]
        assert rows == [("MUG", "2"), ("CARD", "1")]
        assert soap.simulator.stock["MUG", 1].physical == 8

    def test_part_shipments(self, soap, take) -> None:
        """Each part is an invoice of its own; the order is complete with the last."""
        order = take("A", {"MUG": 3})
        self.send(soap, order, units={"MUG": 1})
        part = soap.document("ExportOrderStatusEx", IDs="A", MappingType="4")[0]
        self.send(soap, order, consignment="RM2")
        whole = soap.document("ExportOrderStatusEx", IDs="A", MappingType="4")[0]

        assert [one.get("INVOICE_STAGE_ID") for one in part.iter("INVOICE")] == ["70", "10"]
        assert [one.get("CONSIGNMENT_REF") for one in whole.iter("INVOICE")] == ["RM1", "RM2"]
        assert (part.findtext("COMPLETE"), whole.findtext("COMPLETE")) == ("0", "-1")
        assert (part.findtext("QTY_SOLD"), part.findtext("QTY_ASSIGNED")) == ("3", "3")

    def test_short_orders_send_what_they_have(self, soap, take) -> None:
        """What is on back order stays behind on an invoice that awaits stock."""
        order = take("A", {"BOWL": 3})
        self.send(soap, order)
        stages = [one.stage for one in soap.simulator.orders[order.code].invoices]

        assert stages == [70, 18]
        assert soap.simulator.stock["BOWL", 1].physical == 0
        with pytest.raises(ValueError, match="nothing allocated"):
            self.send(soap, order)

    @pytest.mark.parametrize("stage", [11, 17, 19, 21])
    def test_held_orders_stay(self, soap, take, stage: int) -> None:
        """An order that is held is not sent until somebody moves it on."""
        order = take("A")
        soap.simulator.move_stage(order.code, stage)
        with pytest.raises(ValueError, match="nothing that may be sent"):
            self.send(soap, order)
        soap.simulator.move_stage(order.code, 12)

        assert self.send(soap, order)

    @pytest.mark.parametrize("units", [{"MUG": 4}, {"MUG": -1}, {"MUG": 1, "BOWL": 1}, {}])
    def test_no_more_than_is_allocated(self, soap, take, units: dict[str, int]) -> None:
        """Nothing is sent that is not allocated to the order; the failed attempt moves nothing."""
        order = take("A", {"MUG": 3})
        with pytest.raises(ValueError, match="allocated"):
            self.send(soap, order, units=units)

        assert soap.simulator.stock["MUG", 1].physical == 10

    def test_shipped_but_not_issued(self, soap, take) -> None:
        """At stage 16 the ship date is there, the order is not complete until it is issued."""
        order = take("A")
        code = self.send(soap, order, issue=False)
        waiting = soap.document("ExportOrderStatusEx", IDs="A", MappingType="4")[0]
        soap.simulator.issue(code)

        invoice = waiting.find("INVOICES/INVOICE")
        assert invoice is not None
        assert (invoice.get("INVOICE_STAGE_ID"), invoice.get("ISSUE_DATE"), waiting.findtext("COMPLETE")) == (
            "16",
            "",
            "0",
        )
        assert soap.simulator.orders[order.code].complete

    @pytest.mark.parametrize(("place", "on_invoice"), [("box", ""), ("both", "RM1")])
    def test_boxes(self, make_soap, order_document, place, on_invoice: str) -> None:
        """Packed in boxes, the consignment stands on the box, on the invoice only where both are written."""
        soap = make_soap(KhaosSettings(box_consignment=place))
        soap.value("ImportOrders", Orders=order_document("A", {"MUG": 2}))
        self.send(soap, soap.simulator.order_of("A"), boxes=True)
        invoice = soap.document("ExportOrderStatusEx", IDs="A", MappingType="4", ShowItems="true").find(".//INVOICE")

        assert invoice is not None
        box = invoice.find("BOX")
        assert box is not None
        assert (invoice.get("CONSIGNMENT_REF"), box.get("CONSIGNMENT_REF"), box.get("SHIPPED")) == (
            on_invoice,
            "RM1",
            "-1",
        )
        assert [one.get("QTY_SENT") for one in box.findall("BOX_ITEM")] == ["2"]

    def test_unknown_couriers_are_shown_as_they_are(self, soap, take) -> None:
        """What the warehouse writes for a courier is exported as it stands, without a tracking page."""
        self.send(soap, take("A"), courier="Dave's van")
        invoice = soap.document("ExportOrderStatusEx", IDs="A", MappingType="4").find(".//INVOICE")

        assert invoice is not None
        assert (invoice.get("COURIER"), invoice.get("TRACKING_URL")) == ("Dave's van", "")


class TestStatusExport:
    def test_mapping_types(self, soap, take) -> None:
        """1 is the customer's code, 2 its other ref, 3 the order code, 4 the reference; with ids one must be given."""
        order = take("A", OTHER_REF="c1")
        take("B", OTHER_REF="c2", ISURNAME="Other")

        for mapping, value in (("1", order.urn), ("2", "c1"), ("3", order.code), ("4", "A")):
            assert soap.refs("ExportOrderStatusEx", IDs=value, MappingType=mapping) == ["A"]
        assert "MappingType 0" in soap.fault("ExportOrderStatusEx", IDs="A")[1]

    def test_no_ids_and_no_dates_is_everything(self, soap, take) -> None:
        """An empty list without dates selects all orders."""
        take("A")
        take("B")

        assert soap.refs("ExportOrderStatusEx", IDs="") == ["A", "B"]

    def test_cancelled_orders_are_hidden(self, soap, take) -> None:
        """A cancelled order looks as if it never was, unless cancelled ones are asked for."""
        soap.simulator.cancel(take("A").code, reason="No longer wanted")
        take("B")

        assert soap.refs("ExportOrderStatusEx", IDs="A,B", MappingType="4") == ["B"]
        assert soap.refs("ExportOrderStatusEx", IDs="A,B", MappingType="4", IncludeCancelled="true") == ["A", "B"]
        only = soap.document("ExportOrderStatusEx", IncludeCancelled="true", InvoiceStageIDs="1")
        assert [one.findtext("CANCELLED/REASON") for one in only] == ["No longer wanted"]
        assert only[0].findtext("CANCELLED/CANCELLED_DATE_TIME") == "2026-07-01"
        assert only[0].findtext("QTY_ASSIGNED") == "0"

    def test_stages(self, soap, take) -> None:
        """Stage ids select orders with such invoices, and only those invoices."""
        take("A", {"BOWL": 3})
        take("B", {"MUG": 1})
        soap.simulator.pick_and_despatch("SO000001", courier="", consignment="")

        assert soap.refs("ExportOrderStatusEx", InvoiceStageIDs="10,18") == ["A", "B"]
        shipped = soap.document("ExportOrderStatusEx", InvoiceStageIDs="70")
        assert [one.get("QTY_SOLD") for one in shipped.iter("INVOICE")] == ["2"]
        assert soap.refs("ExportOrderStatusEx", ConfirmedOnly="true") == ["A"]
        assert soap.fault("ExportOrderStatusEx", InvoiceStageIDs="x")[0] == "EConvertError"

    def test_dates(self, soap, take, clock) -> None:
        """The range selects by the last change; late tracking counts only when it is asked for."""
        first = take("A")
        code = soap.simulator.pick_and_despatch(first.code, courier="RM24", consignment="")
        clock.step(60)
        take("B")
        soap.simulator.track(code, "RM9")

        since = {"DateFrom": "2026-07-01T11:00:00"}
        assert soap.refs("ExportOrderStatusEx", **since) == ["B"]
        assert soap.refs("ExportOrderStatusEx", **since, IncludeTracking="true") == ["A", "B"]
        assert soap.refs("ExportOrderStatusEx", DateTo="2026-07-01T11:00:00") == ["A"]

    def test_dates_may_mean_creation(self, make_soap, order_document, clock) -> None:
        """On another installation the range compares when the order was made."""
        soap = make_soap(KhaosSettings(status_dates="created"))
        soap.value("ImportOrders", Orders=order_document("A"))
        clock.step(60)
        soap.simulator.move_stage("SO000001", 12)

        assert soap.refs("ExportOrderStatusEx", DateFrom="2026-07-01T11:00:00") == []

    def test_moved_is_shared_state(self, soap, take) -> None:
        """MOVED is true until somebody has exported the order, whoever that was."""
        take("A")

        def moved() -> list[str | None]:
            return [one.get("MOVED") for one in soap.document("ExportOrderStatusEx").iter("INVOICE")]

        assert (moved(), moved()) == (["-1"], ["0"])
        soap.simulator.move_stage("SO000001", 12)
        assert moved() == ["-1"]

    def test_texts(self, soap, take) -> None:
        """Dates are DD/MM/YYYY, numbers are not padded, totals have the net value as an attribute."""
        take("A", {"MUG": 3}, PRICE_GRS="4.90", DELIVERY_GRS="6.00", COURIER_CODE="RM24")
        order = soap.document("ExportOrderStatusEx")[0]

        assert [order.findtext(name) for name in ("DATE_CREATED", "ITEMS_TOTAL", "DELIVERY_TOTAL", "COURIER")] == [
            "01/07/2026",
            "14.7",
            "6",
            "Royal Mail 24",
        ]
        items = order.find("ITEMS_TOTAL")
        assert items is not None
        assert items.get("NET_VALUE") == "12.25"
        assert order.find("INVOICES/INVOICE/INVOICE_ITEMS") is None


class TestExportOrders:
    def test_whole_order(self, soap, take) -> None:
        """An order comes back in the import's format, with the codes that it was given."""
        take("A", {"MUG": 2})
        take("B")
        document = soap.document("ExportOrders", OrderCode="A", MappingType="2")

        assert len(document) == 1
        assert document.findtext(".//ORDER_HEADER/FORCE_SORDER_CODE") == "SO000001"
        assert document.findtext(".//COMPANY_CODE") == "CU0000001"
        assert document.findtext(".//ORDER_QTY") == "2"
        assert [one.text for one in soap.document("ExportOrders", OrderCode="SO000002").iter("ASSOCIATED_REF")] == ["B"]

    def test_nothing_found(self, soap, take) -> None:
        """Unknown and cancelled orders are not there; another mapping is a fault."""
        soap.simulator.cancel(take("A").code)

        assert soap.text("ExportOrders", OrderCode="A,Z", MappingType="2") == "<SALES_ORDERS/>"
        assert "MappingType 4" in soap.fault("ExportOrders", OrderCode="A", MappingType="4")[1]
