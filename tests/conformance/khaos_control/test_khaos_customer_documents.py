"""The vendor's samples and the recordings of the customer side: read, written and read again, no element forgotten."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import attrs
import pytest

from khaos_connectors.calls.messages import Response
from khaos_connectors.khaos_control import endpoints
from khaos_connectors.khaos_control.company_models import Company, CompanyAddress, CompanyPriceList, Contact
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.documents.catalogue_requests import (
    read_catalogue_requests,
    write_catalogue_requests,
)
from khaos_connectors.khaos_control.documents.companies import read_companies, write_companies
from khaos_connectors.khaos_control.documents.fields import Reading
from khaos_connectors.khaos_control.documents.orders import read_sales_orders, write_sales_orders
from khaos_connectors.khaos_control.endpoints import Service
from khaos_connectors.khaos_control.enums import SopPart, Stage
from khaos_connectors.khaos_control.order_models import (
    NEVER_SENT,
    Address,
    CommLog,
    Customer,
    Header,
    Item,
    PaymentDetail,
)
from khaos_connectors.khaos_control.rules import ruled_fields

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

_SERVICE = Service(system="khaos")
_TIME = ServerTime()
_READING = Reading(system="khaos", operation="Export", time=_TIME)
both = pytest.mark.parametrize("pack", ["soap_pack_v7.3b", "soap_pack_v7.8"])


def _root(path: Path) -> ET.Element:
    return ET.fromstring(path.read_text(encoding="utf-8"))


def _answer(operation: str, inner: str) -> Response:
    body = (
        '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Body>'
        f"<m:{operation}Response xmlns:m='urn:x'><return>{inner}</return></m:{operation}Response>"
        "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )
    return Response(status=200, body=body.encode())


def _encoded(value: Json) -> str:
    """A recorded result as the service writes such values: lists of items, truths in words."""
    match value:
        case dict():
            return "".join(f"<{name}>{_encoded(each)}</{name}>" for name, each in value.items())
        case list():
            return "".join(f"<item>{_encoded(each)}</item>" for each in value)
        case bool():
            return "true" if value else "false"
        case _:
            return escape(str(value))


def _recorded(folder: Path, operation: str, name: str) -> Response:
    value: Json = json.loads((folder / "recorded_neutralised" / name).read_text(encoding="utf-8"))
    return _answer(operation, _encoded(value))


def _places(root: ET.Element) -> set[str]:
    """Every element and attribute of the document, by name; the attribute NAME is the key of named values."""
    return {
        name
        for each in root.iter()
        for name in (each.tag, *(f"{each.tag}/@{attribute}" for attribute in each.attrib if attribute != "NAME"))
    }


def _known(cls: type[attrs.AttrsInstance], prefix: str = "") -> Iterator[str]:
    for _, name, _ in ruled_fields(cls):
        yield prefix + name


# --- orders ----------------------------------------------------------------------------------------------------------


@both
def test_every_element_of_an_order_is_modelled_or_never_sent(reference_data: Path, pack: str) -> None:
    """Nothing that the vendor documents is forgotten: it has a field, or it stands on the list with its reason."""
    groups = {"CUSTOMER_DETAIL", "UDA", "ADDITIONAL", "ADDRESSES", "INVADDR", "DELADDR", "CUSTOM", "CUSTOM_PROPERTY"}
    groups |= {"SALES_ORDERS", "SALES_ORDER", "PAYMENTS", "PAYMENT_DETAIL", "ORDER_HEADER", "ORDER_ITEMS", "ORDER_ITEM"}
    groups |= {"COMM_LOGS", "COMM_LOG_ENTRY"}
    known = {name for cls in (Customer, PaymentDetail, Header, CommLog, Item) for name in _known(cls)}
    known |= {name for prefix in "ID" for name in _known(Address, prefix)}

    found = _places(_root(reference_data / pack / "KSDXMLImportFormat.xml"))

    left = {name for name in found if name.split("/")[0] not in NEVER_SENT | groups} - known
    assert {name for name in left if not name.startswith("{")} == set()


@both
def test_sample_orders_survive_a_round_trip(reference_data: Path, pack: str) -> None:
    """Read, written, read: the same orders, custom properties and notes included."""
    rows = read_sales_orders(_root(reference_data / pack / "KSDXMLImportFormat.xml"), _READING)

    for order in rows:
        (again,) = read_sales_orders(ET.fromstring(write_sales_orders(order, _TIME)), _READING)
        assert again == order
        assert len(order.customer.uda) == 2
    first = rows.items[0]
    assert first.items[0].option_ref1 == "OAK"
    if pack == "soap_pack_v7.8":
        assert (first.header.delivery_date_locked, len(first.header.comm_logs), len(first.header.custom)) == (
            True,
            2,
            2,
        )
        assert (first.invoice.address_id, first.invoice.address_other_ref) == ("ABC", "ABC")


def test_the_recorded_order_survives_a_round_trip(reference_data: Path) -> None:
    """What a live shop sent is read, and written again it says the same."""
    name = "import_orders_sent.neutralised.2022.xml"
    (order,) = read_sales_orders(_root(reference_data / "recorded_neutralised" / name), _READING)

    assert read_sales_orders(ET.fromstring(write_sales_orders(order, _TIME)), _READING).items == (order,)


@both
def test_recent_order_statuses(reference_data: Path, pack: str) -> None:
    """Both rows, the first one complete with its invoice."""
    text = (reference_data / pack / "KSDXMLOrderStatus.xml").read_text(encoding="utf-8")

    rows = endpoints.export_recent_statuses(_SERVICE).decode(_answer("ExportOrderStatus", escape(text)))

    assert rows.unread == ()
    assert [(each.associated_ref, each.invoice_code, each.complete, each.stage) for each in rows] == [
        ("X12", "I3243", True, Stage.STAGING),
        ("69", "", False, Stage.AUTHORISE_PAYMENT),
    ]


# --- customers -------------------------------------------------------------------------------------------------------


@both
def test_every_element_of_a_customer_is_modelled(reference_data: Path, pack: str) -> None:
    """All but the password, which is dropped on purpose."""
    groups = {"COMPANYS", "COMPANY", "PRICE_LISTS", "PRICE_LIST", "ADDRESSES", "ADDRESS", "CONTACTS", "CONTACT"}
    groups |= {"ADDITIONAL", "EMAIL_OPTION"}
    known = {name for cls in (Company, CompanyAddress, Contact) for name in _known(cls)}
    known |= set(_known(CompanyPriceList, "PRICE_LIST/"))

    found = _places(_root(reference_data / pack / "KSDXMLCustomer.xml"))

    assert found - groups - known == {"WEB_PASSWORD"}


def test_every_element_of_a_recorded_customer_is_modelled(reference_data: Path) -> None:
    """The live service sends a few that no sample shows."""
    found = _places(_root(reference_data / "recorded_neutralised" / "export_company.blanked.2020.xml"))
    known = {name for cls in (Company, CompanyAddress, Contact) for name in _known(cls)}

    assert {"CREDIT_CODE", "MAILING_FLAG"} <= found & known


@both
def test_sample_customers_survive_a_round_trip(reference_data: Path, pack: str) -> None:
    """Read, written, read: the same but for what an import ignores."""
    rows = read_companies(_root(reference_data / pack / "KSDXMLCustomer.xml"), _READING)
    again = read_companies(ET.fromstring(write_companies(rows.items, _TIME)), _READING)

    assert rows.unread == again.unread == ()
    assert [each.importable() for each in rows] == list(again)
    first = rows.items[0]
    assert (first.company_status, first.sale_source, first.customer_discount) == ("Active", "USA", Decimal("2.5"))
    assert [each.name for each in first.additional] == ["Security Question", "Favourite Colour"]
    assert [(each.document, each.always_print) for each in first.email_options] == [
        ("Statement", True),
        ("Invoice", False),
    ]


def test_a_recorded_customer(reference_data: Path) -> None:
    """Empty dates are none, the price list is told, and it survives a round trip."""
    path = reference_data / "recorded_neutralised" / "export_company.blanked.2020.xml"
    call = endpoints.export_companies(_SERVICE, ["x"])

    (company,) = call.decode(_answer("ExportCompany", escape(path.read_text(encoding="utf-8"))))

    assert (company.company_code, company.reward_points_updated, company.pays_vat) == ("CU0000001", None, True)
    assert [(each.name, each.is_net, each.kind) for each in company.price_lists] == [("PRICE LIST A", False, "1")]
    assert company.addresses[0].contacts[0].mailing_flag == "3"
    assert read_companies(ET.fromstring(write_companies([company], _TIME)), _READING).items == (company.importable(),)


def test_deleted_entries(reference_data: Path) -> None:
    """Two customers that were merged into a third."""
    text = (reference_data / "soap_pack_v7.8" / "KSDXMLDeletedEntries.xml").read_text(encoding="utf-8")
    at = datetime(2026, 1, 1, tzinfo=UTC)

    rows = endpoints.get_deleted_entries(_SERVICE, at, at).decode(_answer("GetDeletedEntries", escape(text)))

    assert [(each.header_id, each.merged_into, each.deleted_on) for each in rows] == [
        ("71", "70", datetime(2018, 11, 2, tzinfo=UTC)),
        ("73", "70", datetime(2018, 11, 2, tzinfo=UTC)),
    ]


@both
def test_catalogue_requests_survive_a_round_trip(reference_data: Path, pack: str) -> None:
    """The customer as in orders, the own properties without a group."""
    rows = read_catalogue_requests(_root(reference_data / pack / "KSDXMLCatRequest.xml"), _READING)
    again = read_catalogue_requests(ET.fromstring(write_catalogue_requests(rows.items, _TIME)), _READING)

    assert rows.unread == ()
    assert rows == again
    assert [len(each.customer.uda) for each in rows] == [2]


# --- reference data --------------------------------------------------------------------------------------------------


@both
def test_all_parts_of_the_promotions(reference_data: Path, pack: str) -> None:
    """Every row of every part of the sample is read; what the older sample lacks is missing, not wrong."""
    text = (reference_data / pack / "KSDXMLSOPData.xml").read_text(encoding="utf-8")

    found = endpoints.get_sop_data(_SERVICE, list(SopPart)).decode(_answer("GetSOPData", escape(text)))

    assert found.unread == ()
    parts = (found.couriers, found.delivery_rates, found.courier_bands, found.keycodes, found.bogofs)
    assert tuple(map(len, parts)) == (2, 1, 1 if pack == "soap_pack_v7.3b" else 2, 1, 1)
    assert (len(found.special_offers), len(found.telesale_prompts)) == (1, 1)
    assert (len(found.restrictions), len(found.free_gifts)) == ((0, 0) if pack == "soap_pack_v7.3b" else (4, 2))
    assert found.keycodes[0].discounts[0].percent is not None
    assert found.delivery_rates[0].postage == Decimal("15.00")


def test_recorded_lists_of_names(reference_data: Path) -> None:
    """Classes, statuses, sources and types of key codes, in their own spelling."""
    calls = {
        "get_company_class.excerpt.json": endpoints.get_company_classes(_SERVICE),
        "get_company_status.json": endpoints.get_company_statuses(_SERVICE),
        "get_sale_source.excerpt.json": endpoints.get_sale_sources(_SERVICE),
        "get_keycode_types.json": endpoints.get_keycode_types(_SERVICE),
    }
    for name, call in calls.items():
        wanted = json.loads((reference_data / "recorded_neutralised" / name).read_text(encoding="utf-8"))
        assert list(call.decode(_recorded(reference_data, call.operation, name))) == wanted


def test_recorded_structures(reference_data: Path) -> None:
    """Customers' codes, countries, key codes and mailing statuses as a live service told them."""
    listed = endpoints.get_company_list(_SERVICE)
    codes = listed.decode(_recorded(reference_data, listed.operation, "get_company_list.shape.json"))
    countries = endpoints.get_countries(_SERVICE)
    found = countries.decode(_recorded(reference_data, countries.operation, "get_country_list.excerpt.json"))
    keycodes = endpoints.get_keycodes(_SERVICE)
    none, half = keycodes.decode(_recorded(reference_data, keycodes.operation, "get_keycodes.excerpt.json"))
    mailing = endpoints.get_mailing_statuses(_SERVICE)
    statuses = mailing.decode(_recorded(reference_data, mailing.operation, "get_mailing_status_list.json"))

    assert [(each.company_code, each.other_ref) for each in codes] == [("CU0000001", ""), ("CU0000002", "WEB-2")]
    assert codes[0].last_updated == datetime(2019, 9, 25, 10, 6, 59, 327000, tzinfo=UTC)
    assert (len(found.items), found.unread) == (8, ())
    assert {each.code2: each.eu_member for each in found}["IE"] is True
    assert (none.expires, half.expires) == (None, datetime(2020, 1, 12, tzinfo=UTC))
    assert none.created == datetime(2020, 1, 6, tzinfo=UTC)
    assert {each.status_id for each in statuses} == {str(number) for number in range(1, 11)}
