"""What the simulated ImportOrders takes and refuses, and Khaos Control's own sums of it."""

import re
from decimal import Decimal

import pytest

from khaos_connectors.testing.simulators.khaos_control import KhaosControlSimulator, KhaosItem, KhaosSettings


def together(*documents: str) -> str:
    """Several orders in one document."""
    return "<SALES_ORDERS>" + "".join(text[14:-15] for text in documents) + "</SALES_ORDERS>"


class TestImport:
    @pytest.mark.parametrize("answers", ["inline", "multiref"])
    def test_result(self, make_soap, order_document, answers) -> None:
        """The result names order code, reference and customer of what was imported."""
        soap = make_soap(KhaosSettings(answers=answers))
        found = soap.value("ImportOrders", Orders=order_document("A-1", OTHER_REF="buyer-7"))
        row = found.find("OrderImport/item")

        assert found.findtext("ImportedCount") == "1"
        assert row is not None
        assert [one.text or "" for one in row] == ["SO000001", "A-1", "", "CU0000001", "buyer-7"]
        assert not found.findall("OrderSkipped/item")

    def test_a_second_import_is_skipped(self, soap, order_document) -> None:
        """The same reference is not stored twice; the call succeeds with nothing imported, and both are counted."""
        document = order_document("A-1")
        soap.value("ImportOrders", Orders=document)
        found = soap.value("ImportOrders", Orders=document)
        simulator: KhaosControlSimulator = soap.simulator

        assert found.findtext("ImportedCount") == "0"
        assert found.findtext("OrderSkipped/item/OrderRef") == "A-1"
        assert "A-1" in (found.findtext("OrderSkipped/item/SkipReason") or "")
        assert (simulator.import_attempts["A-1"], simulator.duplicates["A-1"], len(simulator.orders)) == (2, 1, 1)
        assert simulator.stock["MUG", 1].allocated == 1

    def test_cancelled_orders_keep_their_reference(self, soap, order_document, take) -> None:
        """A cancelled order's reference is used up all the same."""
        soap.simulator.cancel(take().code)

        assert soap.value("ImportOrders", Orders=order_document("A-1")).findtext("ImportedCount") == "0"

    def test_documents_are_archived(self, soap, order_document) -> None:
        """Every document received stays, the refused ones too; attempts count when a reference could be read."""
        soap.value("ImportOrders", Orders=order_document("A-1"))
        soap.fault("ImportOrders", Orders=order_document("A-2", {"NONE": 1}))
        soap.fault("ImportOrders", Orders="<SALES_ORDERS>")

        assert len(soap.simulator.archive) == 3
        assert dict(soap.simulator.import_attempts) == {"A-1": 1, "A-2": 1}

    def test_what_came_before_a_fault_stays(self, soap, order_document) -> None:
        """A call with several orders stores those before the faulty one: nothing tells the caller which."""
        document = together(order_document("A-1"), order_document("A-2", {"NONE": 1}), order_document("A-3"))

        assert "A-2" in soap.fault("ImportOrders", Orders=document)[1]
        assert [order.reference for order in soap.simulator.orders.values()] == ["A-1"]

    def test_data_errors_may_be_skipped_rows(self, make_soap, order_document) -> None:
        """Another installation answers with a reason per order and takes the rest."""
        soap = make_soap(KhaosSettings(data_errors="skip"))
        document = together(order_document("A-1", {"NONE": 1}), order_document("A-2"))
        found = soap.value("ImportOrders", Orders=document)

        assert found.findtext("ImportedCount") == "1"
        assert "'NONE' could not be found" in (found.findtext("OrderSkipped/item/SkipReason") or "")

    @pytest.mark.parametrize(
        ("elements", "known"),
        [
            ({"COMPANY_CLASS": "web"}, "Web, Retail, Trade"),
            ({"COMPANY_TYPE": "others"}, "Others"),
            ({"SALES_SOURCE": "telephone"}, "Telephone, Internet, John Lewis"),
            ({"SITE": "main site"}, "Main Site.*"),
            ({"COURIER_CODE": "rm"}, "RM24"),
            ({"ORDER_CURRENCY_CODE": "USD"}, "GBP"),
            ({"TAX_RATE": "20"}, "2, 1, 4"),
            ({"PAYMENT_TYPE": "9"}, "0, 1, 2, 3, 4"),
        ],
    )
    def test_a_fault_tells_what_there_is(self, soap, order_document, elements: dict[str, str], known: str) -> None:
        """Reference data belongs to the installation: whoever mistypes a name is shown those that it has."""
        message = soap.fault("ImportOrders", Orders=order_document("A-1", **elements))[1]

        assert re.search(rf"does not exist; known: {known}$", message), message

    def test_a_fault_about_an_item_tells_the_nearest(self, soap, order_document) -> None:
        """Codes are case-sensitive; the likeliest come first."""
        message = soap.fault("ImportOrders", Orders=order_document("A-1", {"mug": 1}))[1]

        assert re.search(r"'mug' could not be found; known: MUG, \w+, \w+ and \d+ more$", message), message

    @pytest.mark.parametrize(
        ("elements", "named"),
        [
            ({"IS_NEW_CUSTOMER": ""}, "IS_NEW_CUSTOMER"),
            ({"IS_NEW_CUSTOMER": "false"}, "IS_NEW_CUSTOMER"),
            ({"IS_NEW_CUSTOMER": "1"}, "IS_NEW_CUSTOMER"),
            ({"COMPANY_CLASS": ""}, "COMPANY_CLASS"),
            ({"COMPANY_CLASS": "web"}, "COMPANY_CLASS"),
            ({"COMPANY_TYPE": "others"}, "COMPANY_TYPE"),
            ({"SALES_SOURCE": "internet"}, "SALES_SOURCE"),
            ({"BRAND": "Unknown"}, "BRAND"),
            ({"INV_PRIORITY": "Fast"}, "INV_PRIORITY"),
            ({"SITE": "Nowhere"}, "SITE"),
            ({"LINE_SITE": "Nowhere"}, "SITE"),
            ({"COURIER_CODE": "XX"}, "Courier"),
            ({"CHANNEL_ID": "5"}, "CHANNEL_ID"),
            ({"FORCE_SORDER_CODE": "SO9"}, "FORCE_SORDER_CODE"),
            ({"ORDER_CURRENCY_CODE": "USD"}, "USD"),
            ({"ICOUNTRY_CODE": "England"}, "England"),
            ({"IADDRESS1": ""}, "IADDRESS1"),
            ({"ITOWN": ""}, "ITOWN"),
            ({"IPOSTCODE": ""}, "IPOSTCODE"),
            ({"ISURNAME": ""}, "ISURNAME"),
            ({"MAPPING_TYPE": ""}, "MAPPING_TYPE"),
            ({"MAPPING_TYPE": "9"}, "MAPPING_TYPE"),
            ({"ORDER_QTY": ""}, "ORDER_QTY"),
            ({"ORDER_QTY": "0"}, "ORDER_QTY"),
            ({"ORDER_QTY": "1.5"}, "ORDER_QTY"),
            ({"PRICE_GRS": ""}, "PRICE_GRS"),
            ({"PRICE_GRS": "1,234.50"}, "PRICE_GRS"),
            ({"TAX_RATE": "20"}, "TAX_RATE"),
            ({"PAYMENT_TYPE": "9"}, "PAYMENT_TYPE"),
            ({"FREEITEM_REASON": "Because"}, "FREEITEM_REASON"),
            ({"STOCK_DESC": "No #1"}, "STOCK_DESC"),
        ],
    )
    def test_data_errors(self, soap, order_document, elements: dict[str, str], named: str) -> None:
        """A missing, unknown or misspelt value fails the order by a fault that names it; nothing is stored."""
        message = soap.fault("ImportOrders", Orders=order_document("A-1", **elements))[1]

        assert named in message
        assert "A-1" in message
        assert not soap.simulator.orders
        assert soap.simulator.stock["MUG", 1].allocated == 0

    @pytest.mark.parametrize(
        ("name", "limit"),
        [("IADDRESS1", 35), ("IPOSTCODE", 10), ("ITEL", 19), ("IEMAIL", 50), ("PO_NUMBER", 30), ("STOCK_DESC", 250)],
    )
    def test_lengths(self, soap, make_soap, order_document, name: str, limit: int) -> None:
        """The longest text is taken, one more character fails the import; a lenient installation takes that too."""
        soap.value("ImportOrders", Orders=order_document("A-1", **{name: "x" * limit}))
        over = order_document("A-2", **{name: "x" * (limit + 1)})

        assert name in soap.fault("ImportOrders", Orders=over)[1]
        assert make_soap(KhaosSettings(strict_lengths=False)).value("ImportOrders", Orders=over) is not None

    def test_reference_limit(self, make_soap, order_document) -> None:
        """The limit of the reference is 50 or 15, as the installation has it."""
        strict = make_soap(KhaosSettings(reference_limit=15))

        assert "ASSOCIATED_REF" in strict.fault("ImportOrders", Orders=order_document("R" * 16))[1]
        assert "ASSOCIATED_REF" in make_soap().fault("ImportOrders", Orders=order_document("R" * 51))[1]
        assert make_soap().value("ImportOrders", Orders=order_document("R" * 50)).findtext("ImportedCount") == "1"

    def test_extended_text_is_limited_per_line(self, soap, order_document) -> None:
        """Each line of an extended description may have 150 characters."""
        text = "\n".join(["x" * 150] * 3)

        assert (
            soap.value("ImportOrders", Orders=order_document("A", EXTENDED_DESC=text)).findtext("ImportedCount") == "1"
        )
        assert "EXTENDED_DESC" in soap.fault("ImportOrders", Orders=order_document("B", EXTENDED_DESC="x" * 151))[1]

    @pytest.mark.parametrize("code", ["GONE", "NONE", "mug", "A#B"])
    def test_items_that_cannot_be_sold(self, soap, order_document, code: str) -> None:
        """Discontinued, unknown, wrongly written and impossible codes are faults."""
        assert code in soap.fault("ImportOrders", Orders=order_document("A", {code: 1}))[1] or code == "A#B"
        assert not soap.simulator.orders

    def test_templates_cannot_be_sold(self, make_soap, order_document) -> None:
        """The parent of variants is no item to sell."""
        soap = make_soap(items=(KhaosItem(stock_code="P"), KhaosItem(stock_code="P-1", parent="P")))

        assert "template" in soap.fault("ImportOrders", Orders=order_document("A", {"P": 1}))[1]

    def test_run_to_zero(self, soap, order_document) -> None:
        """An item that is run to zero is sold to its last unit, then orders fail."""
        assert "'LAST'" in soap.fault("ImportOrders", Orders=order_document("A", {"LAST": 2}))[1]
        assert soap.value("ImportOrders", Orders=order_document("A", {"LAST": 1})).findtext("ImportedCount") == "1"
        assert "'LAST'" in soap.fault("ImportOrders", Orders=order_document("B", {"LAST": 1}))[1]

    @pytest.mark.parametrize(
        ("mapping", "text"), [("-1", "M-1"), ("-1", "MUG"), ("2", "M-1"), ("4", "Mug"), ("5", "5000000000017")]
    )
    def test_mappings(self, take, mapping: str, text: str) -> None:
        """A line may name its item by code, other ref, description or bar code; -1 tries them in turn."""
        assert take("A", {text: 1}, MAPPING_TYPE=mapping).lines[0].stock_code == "MUG"

    @pytest.mark.parametrize(("mapping", "text"), [("1", "M-1"), ("6", "MUG"), ("7", "MUG")])
    def test_mappings_that_find_nothing(self, soap, order_document, mapping: str, text: str) -> None:
        """By stock code only the stock code counts; catalogues and channels are not set up here."""
        assert (
            "could not be found"
            in soap.fault("ImportOrders", Orders=order_document("A", {text: 1}, MAPPING_TYPE=mapping))[1]
        )

    def test_another_root(self, soap) -> None:
        """Only SALES_ORDERS documents are taken; an empty one imports nothing."""
        assert "SALES_ORDERS" in soap.fault("ImportOrders", Orders="<COMPANYS/>")[1]
        assert soap.value("ImportOrders", Orders="<SALES_ORDERS/>").findtext("ImportedCount") == "0"

    def test_no_customer(self, soap, order_document) -> None:
        """An order without its customer's part is refused."""
        before, _, rest = order_document("A").partition("<CUSTOMER_DETAIL>")
        document = before + rest.partition("</CUSTOMER_DETAIL>")[2]

        assert "CUSTOMER_DETAIL is required" in soap.fault("ImportOrders", Orders=document)[1]

    def test_no_lines(self, soap, order_document) -> None:
        """An order has at least one line."""
        assert "ORDER_ITEM" in soap.fault("ImportOrders", Orders=order_document("A", {}))[1]


class TestMoney:
    @pytest.mark.parametrize(
        ("elements", "lines", "total"),
        [
            ({"PRICE_GRS": "9.99"}, {"MUG": 3}, "29.97"),
            ({"PRICE_GRS": "0.25", "KSD_DISCOUNT": "50"}, {"MUG": 1}, "0.12"),
            ({"PRICE_GRS": "1.99", "KSD_DISCOUNT": "12.5"}, {"MUG": 2}, "3.48"),
            ({"PRICE_NET": "2.375", "PRICE_GRS": ""}, {"MUG": 1}, "2.85"),
            ({"PRICE_NET": "1.15", "PRICE_GRS": "", "COMPANY_CLASS": "Trade"}, {"MUG": 3}, "4.14"),
            ({"PRICE_GRS": "5.00", "DELIVERY_NET": "2.00", "DELIVERY_TAX": "0.40"}, {"MUG": 1}, "7.40"),
            ({"PRICE_GRS": "5.00", "DELIVERY_GRS": ""}, {"MUG": 1}, "9.95"),
            ({"PRICE_GRS": "5.00", "DELIVERY_GRS": "-1"}, {"MUG": 1}, "5.00"),
        ],
    )
    def test_total(self, take, elements: dict[str, str], lines: dict[str, int], total: str) -> None:
        """Totals follow the vendor's sheet; delivery left empty is charged by Khaos Control itself."""
        assert take("A", lines, **elements).total == Decimal(total)

    def test_tax_codes(self, take) -> None:
        """TAX_RATE is a code: 4 is the reduced rate; left empty the item's own rate holds."""
        assert take("A", PRICE_GRS="1.05", TAX_RATE="4").lines[0].net == Decimal("1.00")
        assert take("B", {"CARD": 1}, PRICE_GRS="10.00").lines[0].net == Decimal("10.00")

    def test_a_difference_is_noted(self, soap, make_soap, order_document, take) -> None:
        """A check total that does not fit is taken and noted, or refused where the installation does that."""
        take("A", ORDER_AMOUNT="9.98")
        take("B", ORDER_AMOUNT="9.99")
        noted = soap.simulator.amount_differences
        strict = make_soap(KhaosSettings(amount_difference="refuse"))

        assert [(one.reference, one.sent, one.computed) for one in noted] == [("A", Decimal("9.98"), Decimal("9.99"))]
        assert "ORDER_AMOUNT" in strict.fault("ImportOrders", Orders=order_document("A", ORDER_AMOUNT="9.98"))[1]

    def test_card_numbers_are_noticed(self, soap, take) -> None:
        """A document with a card number is remembered against the sender, and the number is not exported."""
        take("A", CARD_NUMBER="4000 0000 0000 0002")
        take("B", CARD_NUMBER="PAYPAL")

        assert soap.simulator.card_data == ["A"]
        assert "0002" not in soap.text("ExportOrders", OrderCode="A", MappingType="2")


class TestCustomers:
    def test_matching(self, soap, take) -> None:
        """Customers match by other ref or web user; else one surname and postcode make one customer."""
        take("A", OTHER_REF="c1", ISURNAME="Ash")
        take("B", OTHER_REF="c1", ISURNAME="Birch")
        take("C", WEB_USER="oak@example.com", ISURNAME="Oak")
        take("D", ISURNAME="OAK", IPOSTCODE="aa11aa")
        take("E", ISURNAME="Elm", IS_NEW_CUSTOMER="-1", OTHER_REF="c1")
        take("F", ISURNAME="Yew")
        take("G", ISURNAME="Fir")
        take("H", ISURNAME="Fir", COMPANY_CODE="CU0000002", OTHER_REF="c1")

        assert [order.urn[-1] for order in soap.simulator.orders.values()] == ["1", "1", "2", "2", "3", "4", "5", "2"]
        assert soap.simulator.customers["CU0000001"].surname == "Birch"

    def test_currency_is_the_customers(self, make_soap, order_document) -> None:
        """An order must be in its customer's currency."""
        soap = make_soap(KhaosSettings(currencies=("GBP", "EUR")))
        soap.value("ImportOrders", Orders=order_document("A"))

        assert "GBP" in soap.fault("ImportOrders", Orders=order_document("B", ORDER_CURRENCY_CODE="EUR"))[1]

    def test_courier_note_is_overwritten(self, soap, take) -> None:
        """A courier's note stays at the address and replaces the one before."""
        take("A", COURIER_NOTE="Green door")
        take("B", COURIER_NOTE="Ring twice")
        take("C")

        assert [one.delivery_note for one in soap.simulator.customers.values()] == ["Ring twice"]
