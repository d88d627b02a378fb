"""The simulated web service's customers: how they come in, whom they are taken for, and what is told of them."""

from xml.sax.saxutils import escape

import pytest

from khaos_connectors.testing.simulators.khaos_control import (
    Customer,
    KhaosAddress,
    KhaosContact,
    KhaosSettings,
)


def company(inside: str = "", *, name: str = "Example Ltd", **elements: str) -> str:
    """A COMPANYS document with one company; keywords replace or add elements, *inside* is XML of its own."""
    told = {"COMPANY_NAME": name, "COMPANY_CLASS": "Web", "COUNTRY_CODE": "GB", **elements}
    leaves = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in told.items())
    return f"<COMPANYS><COMPANY>{leaves}{inside}</COMPANY></COMPANYS>"


def address(surname: str = "Ash", postcode: str = "AA1 1AA", kind: str = "1", town: str = "Testtown") -> str:
    """ADDRESSES with one address and one person."""
    return (
        f"<ADDRESSES><ADDRESS><ADDR1>1 Test Street</ADDR1><TOWN>{town}</TOWN><POSTCODE>{postcode}</POSTCODE>"
        f"<COUNTRY_CODE>GB</COUNTRY_CODE><ADDRTYPE>{kind}</ADDRTYPE><CONTACTS><CONTACT><SURNAME>{surname}</SURNAME>"
        "</CONTACT></CONTACTS></ADDRESS></ADDRESSES>"
    )


def codes(document) -> list[str]:
    return [row.findtext("COMPANY_CODE") for row in document]


class TestImport:
    def test_a_new_customer_gets_a_code(self, soap) -> None:
        """A customer that is not known is created, and the reference that was passed comes back with its code."""
        result = soap.value("ImportCompany", Customers=company(PASSED_REFERENCE="p-1", OTHER_REF="web-1"))

        assert result.findtext("ImportedCount") == "1"
        row = result.find("CustomerImport")[0]
        assert [row.findtext(name) for name in ("URN", "Action", "OtherRef", "PassedReference")] == [
            "CU0000001",
            "New",
            "web-1",
            "p-1",
        ]

    def test_an_update_keeps_code_class_and_source(self, soap) -> None:
        """The code, the class and the source of a customer are told on creation only; empty elements change nothing."""
        soap.value("ImportCompany", Customers=company(OTHER_REF="web-1", SOURCE_CODE="A", WEB_USER="ash"))
        again = company(OTHER_REF="web-1", SOURCE_CODE="B", COMPANY_CLASS="Trade", COMPANY_CODE="OTHER", name="New")
        result = soap.value("ImportCompany", Customers=again)
        (stored,) = soap.simulator.customers.values()

        assert result.find("CustomerImport")[0].findtext("Action") == "Update"
        assert (stored.urn, stored.company_class, stored.source_code) == ("CU0000001", "Web", "A")
        assert (stored.name, stored.web_user) == ("New", "ash")

    @pytest.mark.parametrize(
        ("method", "known", "count"),
        [("0", True, 1), ("0", False, 1), ("1", True, 0), ("1", False, 1), ("2", True, 1), ("2", False, 0)],
    )
    def test_methods(self, soap, method: str, known, count: int) -> None:
        """Create only skips who exists, update only skips who does not; both with a reason and no fault."""
        if known:
            soap.value("ImportCompany", Customers=company(OTHER_REF="web-1"))
        result = soap.value("ImportCompany", Customers=company(OTHER_REF="web-1", PASSED_REFERENCE="p"), Method=method)

        assert result.findtext("ImportedCount") == str(count)
        skipped = [(row.findtext("CustomerRef"), row.findtext("PassedReference")) for row in result[2]]
        assert skipped == ([] if count else [("web-1", "p")])

    def test_forced_creation(self, soap) -> None:
        """Force create makes a second record of the same customer."""
        for _ in range(2):
            soap.value("ImportCompany", Customers=company(OTHER_REF="web-1"), Method="3")

        assert [one.other_ref for one in soap.simulator.customers.values()] == ["web-1", "web-1"]

    def test_one_surname_and_postcode_is_one_customer(self, soap) -> None:
        """With the usual fixed criteria people of one surname and postcode merge, however different the rest is."""
        soap.value("ImportCompany", Customers=company(address("Ash", "AA1 1AA")))
        soap.value("ImportCompany", Customers=company(address("ASH", "aa11aa", town="Othertown"), name="Other"))
        soap.value("ImportCompany", Customers=company(address("Elm", "AA1 1AA")))

        assert [one.name for one in soap.simulator.customers.values()] == ["Other", "Example Ltd"]

    def test_fixed_criteria_are_never_dropped(self, make_soap) -> None:
        """An installation whose town is fixed takes the same person in another town for another one."""
        soap = make_soap(KhaosSettings(fixed_criteria=("surname", "postcode", "town")))
        soap.value("ImportCompany", Customers=company(address()))
        soap.value("ImportCompany", Customers=company(address(town="Othertown")))

        assert len(soap.simulator.customers) == 2

    def test_code_as_id(self, make_soap, order_document) -> None:
        """An ini option makes the service try a company code as its internal id."""
        for option, count in ((True, 1), (False, 2)):
            soap = make_soap(KhaosSettings(match_code_on_id=option))
            soap.value("ImportOrders", Orders=order_document("A"))
            number = soap.simulator.customers["CU0000001"].company_id
            soap.value("ImportOrders", Orders=order_document("B", COMPANY_CODE=number, ISURNAME="Other"))

            assert len(soap.simulator.customers) == count

    @pytest.mark.parametrize(
        ("document", "problem"),
        [
            (company(COMPANY_CLASS="web"), "COMPANY_CLASS 'web' does not exist"),
            (company(COMPANY_CLASS=""), "COMPANY_CLASS is required"),
            (company(COUNTRY_CODE=""), "COUNTRY or COUNTRY_CODE of COMPANY is required"),
            (company(MAILING_STATUS="99"), "MAILING_STATUS '99' does not exist"),
            (company(TAX_REFERENCE="x" * 21), "TAX_REFERENCE is too long"),
            (company(address(kind="2")), "ADDRTYPE of a single address must be 1"),
            (company(address(kind="3")), "ADDRTYPE '3' does not exist"),
            (company(address(postcode="")), "POSTCODE is required"),
            ("<COMPANIES/>", "COMPANYS expected"),
        ],
    )
    def test_bad_data(self, soap, document: str, problem: str) -> None:
        """What the service would not take is a fault that names the element, and nothing is stored."""
        assert problem in soap.fault("ImportCompany", Customers=document)[1]
        assert not soap.simulator.customers

    def test_bad_data_skipped(self, make_soap) -> None:
        """Installations that skip bad rows tell the reason."""
        soap = make_soap(KhaosSettings(data_errors="skip"))
        result = soap.value("ImportCompany", Customers=company(COMPANY_CLASS="web", OTHER_REF="o"))

        assert "does not exist" in result[2][0].findtext("SkipReason")

    def test_catalogue_request(self, soap) -> None:
        """A catalogue request makes or finds its customer and has no result at all."""
        detail = (
            "<CUSTOMER_DETAIL><IS_NEW_CUSTOMER>0</IS_NEW_CUSTOMER><COMPANY_CLASS>Web</COMPANY_CLASS><ADDRESSES>"
            "<INVADDR><IADDRESS1>1</IADDRESS1><ITOWN>T</ITOWN><IPOSTCODE>AA1 1AA</IPOSTCODE><ISURNAME>Ash</ISURNAME>"
            "</INVADDR></ADDRESSES></CUSTOMER_DETAIL>"
        )
        text = f"<CATREQUESTS><REQUEST>{detail}<CATALOGUE>Spring</CATALOGUE></REQUEST><REQUEST/></CATREQUESTS>"
        answer = soap.send("ImportCatalogueRequest", {"CatRequest": text})

        assert b"return" not in answer.body
        assert [(one.urn, one.catalogue) for one in soap.simulator.catalogue_requests] == [("CU0000001", "Spring")]


class TestTelling:
    def test_list_by_date_and_class(self, soap, clock) -> None:
        """The list tells codes, changed since a date and of the classes that are asked for."""
        soap.value("ImportCompany", Customers=company(OTHER_REF="1"))
        since = clock.step().strftime("%Y-%m-%dT%H:%M:%S")
        soap.value("ImportCompany", Customers=company(OTHER_REF="2", COMPANY_CLASS="Trade"))

        def listed(**parameters: str) -> list[str]:
            return [row.findtext("OtherRef") for row in soap.value("GetCompanyList", **parameters)[1]]

        assert listed() == ["1", "2"]
        assert listed(CompanyClassList="Trade,Retail") == ["2"]
        # the parameter is wall time: in summer 09:31 UTC is 10:31
        assert listed(LastUpdated=since.replace("T09", "T10")) == ["2"]

    @pytest.mark.parametrize(
        ("mapping", "code"),
        [("1", "CU0000001"), ("2", "web-1"), ("3", "ash"), ("4", "Example Ltd"), ("5", "Internet")],
    )
    def test_export_by(self, soap, mapping: str, code: str) -> None:
        """Customers are found by code, other ref, web name, company name or sales source."""
        soap.value("ImportCompany", Customers=company(OTHER_REF="web-1", WEB_USER="ash", SALE_SOURCE="Internet"))
        soap.value("ImportCompany", Customers=company(OTHER_REF="web-2", name="Other"))

        assert codes(soap.document("ExportCompany", CompanyCode=code, MappingType=mapping)) == ["CU0000001"]

    def test_export_of_everything(self, soap) -> None:
        """Neither codes nor a date mean everybody; an unknown code means nobody."""
        for number in "12":
            soap.value("ImportCompany", Customers=company(OTHER_REF=number))

        assert len(soap.document("ExportCompany")) == 2
        assert len(soap.document("ExportCompany", CompanyCode="CU9", MappingType="1")) == 0

    def test_orders_make_customers_with_addresses(self, soap, take) -> None:
        """The customer of an order has its address and person, exported with numbers of their own."""
        take("A", OTHER_REF="c1")
        (row,) = soap.document("ExportCompany", CompanyCode="c1", MappingType="2")

        assert row.findtext("ADDRESSES/ADDRESS/ADDR1") == "1 Test Street"
        assert row.findtext("ADDRESSES/ADDRESS/CONTACTS/CONTACT/SURNAME") == "Example"
        assert row.findtext("ADDRESSES/ADDRESS/ADDRESS_ID")
        assert row.findtext("COUNTRY") == "United Kingdom"

    def test_login(self, soap) -> None:
        """Login looks at the shopper's web name and password; anything wrong is an empty text. Passwords are plain."""
        soap.simulator.add_customer(
            Customer(urn="", name="Ash", company_class="Web", currency="GBP", web_user="ash", web_password="secret-1")
        )

        assert soap.document("Login", UserName="ash", UserPassword="secret-1")[0].findtext("WEB_PASSWORD") == "secret-1"
        assert soap.text("Login", UserName="ash", UserPassword="Secret-1") == ""
        assert soap.text("Login", UserName="", UserPassword="") == ""
        assert "secret-1" not in repr(soap.simulator.customers)

    def test_info(self, soap) -> None:
        """The credit data of a customer, with truth values in the words of XML schema."""
        soap.simulator.add_customer(
            Customer(urn="ASH", name="Ash", company_class="Trade", currency="GBP", locked=True, price_lists=("Trade",))
        )
        (row,) = soap.value("GetCompanyInfo", CompanyCode="ASH", MappingType="1")

        assert [row.findtext(name) for name in ("OrdersHeld", "Supplier", "PTypeID")] == ["true", "false", "2"]
        assert [one.text for one in row.find("PriceLists")] == ["Trade"]

    def test_deleted_entries(self, soap, clock) -> None:
        """Deleted and merged records are told by id; merged ones with the id of the other."""
        for urn in ("A", "B", "C"):
            soap.simulator.add_customer(Customer(urn=urn, name=urn, company_class="Web", currency="GBP"))
        soap.simulator.delete_customer("A")
        clock.step(60 * 24)
        soap.simulator.delete_customer("B", merged_into="C")

        def told(**parameters: str) -> list[tuple[str | None, ...]]:
            rows = soap.document("GetDeletedEntries", DocumentType="5", **parameters)
            return [tuple(row.findtext(n) for n in ("HEADER_ID", "ADDITIONAL_REF", "DELETION_DATE")) for row in rows]

        assert told() == [("1", "", "01/07/2026"), ("2", "3", "02/07/2026")]
        assert told(DateFrom="2026-07-02") == [("2", "3", "02/07/2026")]
        assert told(DateTo="2026-07-02") == [("1", "", "01/07/2026")]
        assert "DocumentType 4" in soap.fault("GetDeletedEntries", DocumentType="4")[1]

    def test_an_address_may_have_nobody(self, soap) -> None:
        """CONTACTS is left out where there is no contact, as recorded."""
        people = (KhaosContact(surname="Ash"),)
        customer = Customer(
            urn="A",
            name="A",
            company_class="Web",
            currency="GBP",
            addresses=(KhaosAddress(line1="1", contacts=people), KhaosAddress(line1="2", kind=2)),
        )
        soap.simulator.add_customer(customer)
        rows = soap.document("ExportCompany").iter("ADDRESS")

        assert [row.find("CONTACTS") is not None for row in rows] == [True, False]
