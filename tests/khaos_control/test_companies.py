"""Customers: read whole, written back, refused where they could not be imported, and never with a password."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.khaos_control.company_models import (
    Company,
    CompanyAddress,
    CompanyPriceList,
    Contact,
    EmailOption,
)
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.documents.companies import company_problems, read_companies, write_companies
from khaos_connectors.khaos_control.documents.fields import Reading
from khaos_connectors.khaos_control.models import Rows
from khaos_connectors.khaos_control.order_models import NamedValue
from khaos_connectors.testing.khaos_customer_strategies import companies

_TIME = ServerTime()
_READING = Reading(system="khaos", operation="ExportCompany", time=_TIME)
_ADDRESS = CompanyAddress(addr1="1 Test Street", town="Testtown", postcode="AA1 1AA", address_type=1, country_code="GB")
_COMPANY = Company(company_code="CU0000007", company_class="Trade", country_code="GB", addresses=(_ADDRESS,))


def _read(text: str) -> Rows[Company]:
    return read_companies(ET.fromstring(text), _READING)


@given(st.lists(companies(), max_size=3))
def test_what_is_written_is_read_back(drawn: list[Company]) -> None:
    """Writing and reading is the identity for all that an import takes, and what the strategy draws may be sent."""
    text = write_companies(drawn, _TIME)

    rows = _read(text)

    assert (rows.items, rows.unread) == (tuple(drawn), ())
    assert write_companies(rows.items, _TIME) == text
    assert company_problems(drawn) == ()


def test_our_sample_is_read_whole(sample: Callable[[str], str]) -> None:
    """Flags told and not told, empty dates, lists that end with an empty element, what is only told."""
    (company,) = _read(sample("companys.xml"))

    assert (company.company_code, company.enforce_sales_multiple, company.web_user) == (
        "CU0000007",
        "-1",
        "teas@example.com",
    )
    assert (company.hide_company, company.hold_data, company.supplier, company.pays_vat) == (False, None, False, True)
    assert (company.date_created, company.reward_points_updated) == (None, None)
    assert (company.customer_discount, company.payment_type, company.credit_code) == (Decimal("2.5"), "Account", "n/a")
    assert company.price_lists == (CompanyPriceList(name="Wholesale", is_net=True, currency_code="GBP", kind="3"),)
    assert company.additional == (NamedValue(name="Favourite Colour", value="Green"),)
    assert company.email_options == (
        EmailOption(document="Invoice", always_print=False),
        EmailOption(document="Statement", always_print=True),
    )
    home, unit = company.addresses
    assert (home.is_invoice, home.latitude, unit.is_invoice, unit.contacts) == (True, Decimal("51.5"), False, ())
    assert home.contacts == (
        Contact(
            contact_id="9",
            forename="Pat",
            surname="Example",
            email="pat@example.com",
            email_subscribe=True,
            mailing_flag="3",
        ),
    )


def test_what_an_import_ignores_is_not_sent(sample: Callable[[str], str]) -> None:
    """A customer that was read and is written again is the same without what is only told."""
    (company,) = _read(sample("companys.xml"))
    text = write_companies([company], _TIME)

    assert list(_read(text)) == [company.importable()]
    assert company.importable().importable() == company.importable() != company
    for name in ("PRICE_LIST", "CREDIT_CODE", "SUPPLIER", "LATITUDE", "MAILING_FLAG", "PASSWORD"):
        assert name not in text


@given(
    secret=st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=8, max_size=20).map("pw-".__add__),
    spelt=st.sampled_from(["WEB_PASSWORD", "Web_Password", "web_password"]),
    place=st.sampled_from(["COMPANY", "ADDRESS", "CONTACT"]),
    nested=st.booleans(),
    broken=st.booleans(),
)
def test_a_password_reaches_neither_record_nor_payload(
    *, secret: str, spelt: str, place: str, nested: bool, broken: bool
) -> None:
    """Wherever it stands, however it is spelt, and also where the row around it cannot be read."""
    company = attrs.evolve(_COMPANY, addresses=(attrs.evolve(_ADDRESS, contacts=(Contact(surname="Example"),)),))
    text = write_companies([company], _TIME)
    inner = f"<X>{secret}</X>" if nested else secret
    text = text.replace(f"<{place}>", f'<{place}><{spelt} OLD="{secret}">{inner}</{spelt}>')
    if broken:
        text = text.replace("<ADDRTYPE>1<", "<ADDRTYPE>one<")
    root = ET.fromstring(text)

    rows = read_companies(root, _READING)

    assert (len(rows.items), len(rows.unread)) == ((0, 1) if broken else (1, 0))
    told = [repr(rows), *(each.payload for each in rows.unread), write_companies(rows.items, _TIME)]
    assert all(secret not in each for each in told)
    assert all(secret not in str(attrs.asdict(each)) for each in rows)
    assert secret not in ET.tostring(root, encoding="unicode")


@pytest.mark.parametrize(
    "hiding",
    [
        '<COMPANY Web_Password="{}">',
        '<COMPANY><WEB_USER WEB_PASSWORD="{}">x</WEB_USER>',
        '<COMPANY><k:WEB_PASSWORD xmlns:k="urn:x">{}</k:WEB_PASSWORD>',
        '<COMPANY k:WEB_PASSWORD="{}" xmlns:k="urn:x">',
        '<COMPANY><ADDITIONAL NAME="Web_Password ">{}</ADDITIONAL>',
        "<COMPANY><WEB_PASSWORD><![CDATA[{}]]><!-- --><![CDATA[{}]]></WEB_PASSWORD>",
    ],
)
@pytest.mark.parametrize("broken", [False, True])
def test_a_password_is_dropped_in_any_form(hiding: str, broken: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """As an attribute, in a namespace, as a named property, in pieces; in rows that can be read and that cannot."""
    text = write_companies([_COMPANY], _TIME).replace("<COMPANY>", hiding.format("pw-secret", "pw-secret"))
    root = ET.fromstring(text.replace("<ADDRTYPE>1<", "<ADDRTYPE>one<") if broken else text)

    rows = read_companies(root, _READING)

    assert (len(rows.items), len(rows.unread)) == ((0, 1) if broken else (1, 0))
    assert "pw-secret" not in str([attrs.asdict(each) for each in rows]) + str([each.payload for each in rows.unread])
    assert "pw-secret" not in ET.tostring(root, encoding="unicode")


def test_a_card_number_in_an_address_is_a_problem() -> None:
    """People write anything anywhere: where they write freely it is seen, and not repeated."""
    contact = Contact(surname="4000 0000 0000 0002")
    company = attrs.evolve(
        _COMPANY, addresses=(attrs.evolve(_ADDRESS, addr2="4000-0000-0000-0002", contacts=(contact,)),)
    )

    problems = company_problems([company])

    assert [each.field for each in problems] == [
        "COMPANY[1]/ADDRESS[1]/ADDR2",
        "COMPANY[1]/ADDRESS[1]/CONTACT[1]/SURNAME",
    ]
    assert "0002" not in str(problems)


def test_there_is_no_field_for_a_password() -> None:
    """Nobody can put one in either."""
    names = {field.name for cls in (Company, CompanyAddress, Contact) for field in attrs.fields(cls)}

    assert not [name for name in names if "pass" in name and name != "passed_reference"]


def test_people_are_not_shown(sample: Callable[[str], str]) -> None:
    """Names, addresses, numbers and the installation's own properties are left out of repr."""
    shown = repr(_read(sample("companys.xml")))

    for private in ("Example", "Test Street", "Testtown", "AA1", "example.com", "Green", "51.5"):
        assert private not in shown
    assert "CU0000007" in shown


def test_a_broken_customer_leaves_the_others_readable() -> None:
    """Each is read for itself; an empty shell is nothing."""
    good = write_companies([_COMPANY], _TIME).removeprefix("<COMPANYS>").removesuffix("</COMPANYS>")
    bad = good.replace("CU0000007", "CU0000008").replace("</COMPANY>", "<PROFORMA>maybe</PROFORMA></COMPANY>")
    worse = "<COMPANY><OTHER_REF>W9</OTHER_REF><EMAIL_OPTION NAME='Invoice'>never</EMAIL_OPTION></COMPANY>"
    rows = _read(f"<COMPANYS>{bad}{good}{worse}<COMPANY/></COMPANYS>")

    assert list(rows) == [_COMPANY]
    assert [(each.key, each.path, each.expected) for each in rows.unread] == [
        ("CU0000008", "/COMPANYS/COMPANY[0]/PROFORMA", "-1 or 0"),
        ("W9", "/COMPANYS/COMPANY[2]/EMAIL_OPTION[0]", "-1 or 0"),
    ]


def test_dates_are_moments() -> None:
    """A date of creation is the start of that day on the server's clock."""
    (company,) = _read("<COMPANYS><COMPANY><DATE_CREATED>2026-07-01</DATE_CREATED></COMPANY></COMPANYS>")

    assert company.date_created == datetime(2026, 6, 30, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("company", "field", "words"),
    [
        (attrs.evolve(_COMPANY, company_class=""), "COMPANY_CLASS", "empty"),
        (attrs.evolve(_COMPANY, company_code="x" * 11), "COMPANY_CODE", "10"),
        (attrs.evolve(_COMPANY, company_name="x" * 51), "COMPANY_NAME", "50"),
        (attrs.evolve(_COMPANY, other_ref="x" * 31), "OTHER_REF", "30"),
        (attrs.evolve(_COMPANY, web_site="x" * 51), "WEB_SITE", "50"),
        (attrs.evolve(_COMPANY, country_code=""), "COUNTRY_CODE", "country"),
        (attrs.evolve(_COMPANY, additional=(NamedValue(name=" "),)), "ADDITIONAL[1]/@NAME", "empty"),
        (
            attrs.evolve(_COMPANY, email_options=(EmailOption(document="", always_print=True),)),
            "EMAIL_OPTION[1]/@NAME",
            "empty",
        ),
        (
            attrs.evolve(_COMPANY, email_options=(EmailOption(document="\x01", always_print=True),)),
            "EMAIL_OPTION[1]/@NAME",
            "control",
        ),
        (attrs.evolve(_COMPANY, addresses=(attrs.evolve(_ADDRESS, town=""),)), "ADDRESS[1]/TOWN", "empty"),
        (attrs.evolve(_COMPANY, addresses=(attrs.evolve(_ADDRESS, addr2="x" * 36),)), "ADDRESS[1]/ADDR2", "35"),
        (
            attrs.evolve(_COMPANY, addresses=(attrs.evolve(_ADDRESS, country_code=""),)),
            "ADDRESS[1]/COUNTRY_CODE",
            "country",
        ),
        (
            attrs.evolve(_COMPANY, addresses=(_ADDRESS, attrs.evolve(_ADDRESS, address_type=3))),
            "ADDRESS[2]/ADDRTYPE",
            "1",
        ),
        (
            attrs.evolve(_COMPANY, addresses=(_ADDRESS, attrs.evolve(_ADDRESS, address_type=None))),
            "ADDRESS[2]/ADDRTYPE",
            "empty",
        ),
        (attrs.evolve(_COMPANY, addresses=(attrs.evolve(_ADDRESS, address_type=2),)), "ADDRESS", "invoice"),
        (
            attrs.evolve(_COMPANY, addresses=(attrs.evolve(_ADDRESS, contacts=(Contact(email="x" * 51),)),)),
            "ADDRESS[1]/CONTACT[1]/EMAIL",
            "50",
        ),
    ],
)
def test_what_the_server_would_reject_is_told_by_its_element(company: Company, field: str, words: str) -> None:
    """Each rule of the contract is one problem under the document's own names, before anything is sent."""
    (problem,) = company_problems([_COMPANY, company])

    assert problem.field == f"COMPANY[2]/{field}"
    assert words in problem.problem


def test_telephones_are_cut_not_refused() -> None:
    """They end after 19 characters, as in orders."""
    company = attrs.evolve(_COMPANY, addresses=(attrs.evolve(_ADDRESS, tel="0" * 25),))

    assert company_problems([company]) == ()
    assert next(iter(_read(write_companies([company], _TIME)))).addresses[0].tel == "0" * 19
