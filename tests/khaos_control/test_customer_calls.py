"""The operations around customers: what they ask for, how their answers are read, what is never sent or repeated."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors import errors
from khaos_connectors.calls.messages import Call, Response
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.khaos_control import endpoints
from khaos_connectors.khaos_control.company_models import (
    Company,
    CompanyInfo,
    CompanyListEntry,
    DeletedEntry,
    ImportedCustomer,
    SkippedCustomer,
)
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.documents.catalogue_requests import (
    read_catalogue_requests,
    request_problems,
    write_catalogue_requests,
)
from khaos_connectors.khaos_control.documents.fields import Reading
from khaos_connectors.khaos_control.endpoints import Service
from khaos_connectors.khaos_control.enums import CompanyMapping, ImportMethod
from khaos_connectors.khaos_control.order_models import Address, CatalogueRequest, Customer
from khaos_connectors.testing.khaos_customer_strategies import catalogue_requests

_SERVICE = Service(system="khaos")
_READING = Reading(system="khaos", operation="ImportCatalogueRequest", time=ServerTime())
_JULY = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
_COMPANY = Company(company_class="Trade", country_code="GB")
_REQUEST = CatalogueRequest(
    customer=Customer(company_class="Web"),
    invoice=Address(address1="1 Test Street", town="Testtown", postcode="AA1 1AA", surname="Person"),
    catalogue="SPRING",
)


def _asked(call: Call[object]) -> dict[str, str | None]:
    """The parameters as they are sent; None for nil."""
    root = ET.fromstring(call.request.body)
    return {each.tag: each.text for each in root[0][0]}


# --- telling ---------------------------------------------------------------------------------------------------------


def test_the_list_asks_by_the_servers_wall_time(enveloped: Callable[..., Response]) -> None:
    """Changed since, of some classes; no date is written as the date that means all of them."""
    call = endpoints.get_company_list(_SERVICE, since=_JULY, classes=["Web", "Trade"])
    answer = enveloped(
        "GetCompanyList",
        "<return><Count>2</Count><List><item><CompanyCode>A1</CompanyCode><OtherRef>W1</OtherRef>"
        "<LastUpdated>2019-09-25T10:06:59.327Z</LastUpdated></item><item><CompanyCode>A2</CompanyCode>"
        "<LastUpdated>1899-12-30T00:00:00.000Z</LastUpdated></item></List></return>",
    )

    assert _asked(call) == {"LastUpdated": "2026-07-01T10:30:00", "CompanyClassList": "Web,Trade"}
    assert _asked(endpoints.get_company_list(_SERVICE)) == {
        "LastUpdated": "1899-12-31T00:00:00",
        "CompanyClassList": None,
    }
    assert call.decode(answer) == (
        CompanyListEntry(
            company_code="A1", other_ref="W1", last_updated=datetime(2019, 9, 25, 10, 6, 59, 327000, tzinfo=UTC)
        ),
        CompanyListEntry(company_code="A2"),
    )


@pytest.mark.parametrize(
    ("inner", "path"),
    [
        ("<return><Count>1</Count><List><item><OtherRef>W1</OtherRef></item></List></return>", "List[0]/CompanyCode"),
        ("<return><Count>2</Count><List><item><CompanyCode>A</CompanyCode></item></List></return>", "List"),
        ("<return/>", "List"),
        ("<return><Count>few</Count></return>", "Count"),
    ],
)
def test_a_list_that_could_hide_a_customer_is_an_error(
    enveloped: Callable[..., Response], inner: str, path: str
) -> None:
    """A row without a code, fewer rows than counted, no list at all."""
    with pytest.raises(errors.Undecodable) as caught:
        endpoints.get_company_list(_SERVICE).decode(enveloped("GetCompanyList", inner))

    assert caught.value.path == path


def test_an_empty_list_is_one(enveloped: Callable[..., Response]) -> None:
    """Nobody changed: a count of nothing, the list nil or missing."""
    answer = enveloped("GetCompanyList", "<return><Count>0</Count></return>")

    assert endpoints.get_company_list(_SERVICE).decode(answer) == ()


def test_customers_are_asked_by_code_or_date(
    texted: Callable[[str, str], Response], sample: Callable[[str], str]
) -> None:
    """Codes, what they are, and a date; neither would mean everybody."""
    by_code = endpoints.export_companies(_SERVICE, ["A1", "A2"], mapping=CompanyMapping.USER_NAME)
    by_date = endpoints.export_companies(_SERVICE, since=_JULY)

    assert _asked(by_code) == {"CompanyCode": "A1,A2", "MappingType": "3", "LastUpdated": None}
    assert _asked(by_date) == {"CompanyCode": None, "MappingType": "1", "LastUpdated": "2026-07-01T10:30:00"}
    assert [each.company_code for each in by_code.decode(texted("ExportCompany", sample("companys.xml")))] == [
        "CU0000007"
    ]
    assert by_code.decode(texted("ExportCompany", "<COMPANYS/>")).items == ()
    with pytest.raises(ValueError, match="empty"):
        endpoints.export_companies(_SERVICE)
    with pytest.raises(errors.Invalid):
        endpoints.export_companies(_SERVICE, ["A,1"])
    with pytest.raises(errors.Undecodable):
        by_code.decode(texted("ExportCompany", "<STOCK_ITEMS/>"))


def test_credit_is_told_exactly(enveloped: Callable[..., Response]) -> None:
    """Amounts to the penny, stops as truths, what an older service does not tell as None; a broken row apart."""
    answer = enveloped(
        "GetCompanyInfo",
        "<return><item><CompanyCode>A1</CompanyCode><CreditLimit>1000.10</CreditLimit><CreditStop>true</CreditStop>"
        "<TermsLength>30</TermsLength><PTypeID>3</PTypeID><PriceLists><item>Trade</item><item/></PriceLists></item>"
        "<item><CompanyCode>A2</CompanyCode><CreditLimit>lots</CreditLimit></item><item><CompanyCode/></item></return>",
    )
    call = endpoints.get_company_infos(_SERVICE, ["A1", "A2"])

    rows = call.decode(answer)

    assert _asked(call) == {"CompanyCode": "A1,A2", "MappingType": "1"}
    assert rows.items == (
        CompanyInfo(
            company_code="A1",
            credit_limit=Decimal("1000.10"),
            credit_stop=True,
            terms_length=30,
            payment_type_id=3,
            price_lists=("Trade",),
        ),
    )
    assert [(each.key, each.path, each.expected) for each in rows.unread] == [
        ("A2", "[1]/CreditLimit", "a number"),
        ("", "[2]/CompanyCode", "a text"),
    ]
    with pytest.raises(ValueError, match="empty"):
        endpoints.get_company_infos(_SERVICE, [])


def test_deletions_tell_merges(texted: Callable[[str, str], Response]) -> None:
    """By internal ids, British dates; a row without an id or a kind is told apart."""
    call = endpoints.get_deleted_entries(_SERVICE, _JULY, _JULY.replace(day=2))
    document = (
        "<DELETED_ENTRIES><DELETED_ENTRY><HEADER_ID>71</HEADER_ID><DOCUMENT_TYPE>5</DOCUMENT_TYPE>"
        "<ADDITIONAL_REF>70</ADDITIONAL_REF><DELETION_DATE>02/11/2018</DELETION_DATE><PARENT_ID/></DELETED_ENTRY>"
        "<DELETED_ENTRY><HEADER_ID>72</HEADER_ID></DELETED_ENTRY>"
        "<DELETED_ENTRY><DOCUMENT_TYPE>5</DOCUMENT_TYPE></DELETED_ENTRY><DELETED_ENTRY/></DELETED_ENTRIES>"
    )

    rows = call.decode(texted("GetDeletedEntries", document))

    assert _asked(call) == {
        "DateFrom": "2026-07-01T10:30:00",
        "DateTo": "2026-07-02T10:30:00",
        "DocumentType": "5",
        "ObjectID": None,
    }
    assert rows.items == (
        DeletedEntry(header_id="71", document_type=5, merged_into="70", deleted_on=datetime(2018, 11, 2, tzinfo=UTC)),
    )
    assert [(each.key, each.path.rsplit("/", 1)[-1]) for each in rows.unread] == [
        ("72", "DOCUMENT_TYPE"),
        ("", "HEADER_ID"),
    ]
    with pytest.raises(errors.Undecodable):
        call.decode(texted("GetDeletedEntries", "<COMPANYS/>"))


# --- shoppers --------------------------------------------------------------------------------------------------------


def test_a_login_finds_its_customer(texted: Callable[[str, str], Response], sample: Callable[[str], str]) -> None:
    """The customer, or None for an empty answer; the password is in the envelope and nowhere else."""
    call = endpoints.login(_SERVICE, "teas@example.com", Secret("opensesame"))

    found = call.decode(texted("Login", "\ufeff" + sample("companys.xml")))

    assert found is not None
    assert found.company_code == "CU0000007"
    assert "opensesame" not in repr(found)
    assert "opensesame" not in repr(call)
    assert _asked(call) == {"UserName": "teas@example.com", "UserPassword": "opensesame"}
    assert _asked(endpoints.login(_SERVICE, "u", "plain"))["UserPassword"] == "plain"
    for nobody in ("", "\ufeff", "<COMPANYS/>"):
        assert call.decode(texted("Login", nobody)) is None


def test_an_unreadable_customer_is_no_failed_login(
    texted: Callable[[str, str], Response], sample: Callable[[str], str]
) -> None:
    """Somebody is there: saying None would turn the shopper away. The error does not show the password."""
    text = sample("companys.xml").replace("<ADDRTYPE>1<", "<ADDRTYPE>one<")

    with pytest.raises(errors.Undecodable) as caught:
        endpoints.login(_SERVICE, "u", "p").decode(texted("Login", text))

    assert caught.value.path.endswith("ADDRTYPE")
    assert "opensesame" not in str(caught.value)


# --- importing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", list(ImportMethod))
def test_only_an_update_is_repeated_by_itself(method: ImportMethod) -> None:
    """What can create could create twice after a lost answer."""
    call = endpoints.import_companies(_SERVICE, [_COMPANY], method=method)

    assert call.repeat == ("same-effect" if method is ImportMethod.UPDATE else "never")
    assert _asked(call)["Method"] == str(int(method))
    assert ET.fromstring(_asked(call)["Customers"] or "").tag == "COMPANYS"


def test_an_import_can_succeed_without_anybody(enveloped: Callable[..., Response]) -> None:
    """Who was created, who was updated, who was skipped and why; a result without a count is none."""
    call = endpoints.import_companies(_SERVICE, [_COMPANY])
    answer = enveloped(
        "ImportCompany",
        "<return><ImportedCount>1</ImportedCount><CustomerImport><item><URN>CU1</URN><Action>New</Action>"
        "<PassedReference>P1</PassedReference><WebUser>w@example.com</WebUser></item></CustomerImport>"
        "<CustomerSkipped><item><CustomerRef>W2</CustomerRef><SkipReason>Unknown class</SkipReason></item>"
        "</CustomerSkipped></return>",
    )

    result = call.decode(answer)

    assert result.imported == (
        ImportedCustomer(urn="CU1", action="New", passed_reference="P1", web_user="w@example.com"),
    )
    assert result.skipped == (SkippedCustomer(customer_ref="W2", skip_reason="Unknown class"),)
    assert "w@example.com" not in repr(result)
    with pytest.raises(errors.Undecodable):
        call.decode(enveloped("ImportCompany", "<return/>"))


def test_what_is_not_fit_is_not_sent() -> None:
    """Nobody at all, and customers that the server would refuse, by the document's own names."""
    with pytest.raises(ValueError, match="empty"):
        endpoints.import_companies(_SERVICE, [])
    with pytest.raises(errors.Invalid) as caught:
        endpoints.import_companies(_SERVICE, [attrs.evolve(_COMPANY, company_class="")])
    with pytest.raises(errors.Invalid):
        endpoints.import_companies(_SERVICE, [attrs.evolve(_COMPANY, company_name="ł")], encoding="cp1252")

    assert [each.field for each in caught.value.fields] == ["COMPANY[1]/COMPANY_CLASS"]


# --- catalogues ------------------------------------------------------------------------------------------------------


@given(st.lists(catalogue_requests(), max_size=2))
def test_catalogue_requests_are_read_back(requests: list[CatalogueRequest]) -> None:
    """Writing and reading is the identity, and what the strategy draws may be sent."""
    text = write_catalogue_requests(requests, ServerTime())

    rows = read_catalogue_requests(ET.fromstring(text), _READING)

    assert (rows.items, rows.unread) == (tuple(requests), ())
    assert request_problems(requests) == ()
    assert "<UDA" not in text


def test_a_catalogue_is_asked_for_once(enveloped: Callable[..., Response]) -> None:
    """There is nothing in the answer, and no repeat by itself."""
    call = endpoints.import_catalogue_requests(_SERVICE, [_REQUEST])
    document = ET.fromstring(_asked(call)["CatRequest"] or "")

    assert (call.repeat, document.findtext("REQUEST/CATALOGUE")) == ("never", "SPRING")
    call.decode(enveloped("ImportCatalogueRequest", ""))
    with pytest.raises(ValueError, match="empty"):
        endpoints.import_catalogue_requests(_SERVICE, [])
    with pytest.raises(errors.Invalid) as caught:
        endpoints.import_catalogue_requests(_SERVICE, [attrs.evolve(_REQUEST, customer=Customer())])
    assert [each.field for each in caught.value.fields] == ["REQUEST[1]/COMPANY_CLASS"]


def test_a_broken_request_leaves_the_others_readable() -> None:
    """One without a customer is told apart, an empty shell is nothing, another document is refused."""
    good = write_catalogue_requests([_REQUEST], ServerTime())
    text = good.replace("</CATREQUESTS>", "<REQUEST><CATALOGUE>A</CATALOGUE></REQUEST><REQUEST/></CATREQUESTS>")

    rows = read_catalogue_requests(ET.fromstring(text), _READING)

    assert (list(rows), [each.expected for each in rows.unread]) == ([_REQUEST], ["an element"])
    with pytest.raises(errors.Undecodable):
        read_catalogue_requests(ET.fromstring("<COMPANYS/>"), _READING)
