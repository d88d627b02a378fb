"""Reads people as Khaos Control would: the CUSTOMER_DETAIL of orders and catalogue requests, and COMPANYS."""

import re
from typing import Literal
from xml.etree import ElementTree as ET

from khaos_connectors.testing.simulators.khaos_customers import Customer, KhaosAddress, KhaosContact
from khaos_connectors.testing.simulators.khaos_reading import known_name, needed, text_of, unknown, whole
from khaos_connectors.testing.simulators.khaos_settings import KhaosSettings
from khaos_connectors.testing.simulators.khaos_soap import KhaosFault

__all__ = ["country_of", "read_company", "read_customer_detail"]


def country_of(code: str, name: str, settings: KhaosSettings) -> str:
    """The two-letter code of a country given by a code of two or three letters or by name; "" for neither."""
    if not code and not name:
        return ""
    for known in settings.reference.countries:
        if code.upper() in {known.code2, known.code3} or (not code and name == known.name):
            return known.code2
    # Orders go to more countries than the sample installation lists: a code that looks like one is taken.
    if re.fullmatch(r"[A-Za-z]{2,3}", code):
        return code.upper()
    raise KhaosFault(f"Country '{code or name}' does not exist")


# --- CUSTOMER_DETAIL -------------------------------------------------------------------------------------------------


def read_customer_detail(document: ET.Element, settings: KhaosSettings) -> Customer:
    """The customer of a SALES_ORDER or a REQUEST; the currency is the order's."""
    detail = document.find("CUSTOMER_DETAIL")
    if detail is None:
        raise KhaosFault("CUSTOMER_DETAIL is required")
    needed(detail, "IS_NEW_CUSTOMER")
    company_class = needed(detail, "COMPANY_CLASS")
    if company_class not in settings.company_classes:
        raise unknown("COMPANY_CLASS", company_class, settings.company_classes)
    known_name(detail, "COMPANY_TYPE", settings.company_types)
    for name in ("IADDRESS1", "ITOWN", "IPOSTCODE", "ISURNAME"):
        needed(detail, f"ADDRESSES/INVADDR/{name}")
    addresses = (_address(detail, "INVADDR", "I", 1, settings), _address(detail, "DELADDR", "D", 2, settings))
    currency = text_of(document, "ORDER_HEADER/ORDER_CURRENCY_CODE") or settings.currencies[0]
    if currency not in settings.currencies:
        raise unknown("ORDER_CURRENCY_CODE", currency, settings.currencies)
    person = addresses[0].contacts[0]
    return Customer(
        urn=text_of(detail, "COMPANY_CODE"),
        name=text_of(detail, "COMPANY_NAME") or f"{person.forename} {person.surname}".strip(),
        company_class=company_class,
        company_type=text_of(detail, "COMPANY_TYPE"),
        currency=currency,
        country=addresses[0].country,
        other_ref=text_of(detail, "OTHER_REF"),
        web_user=text_of(detail, "WEB_USER"),
        web_site=text_of(detail, "WEB_SITE"),
        source_code=text_of(detail, "SOURCE_CODE"),
        tax_reference=text_of(detail, "TAX_REFERENCE"),
        mailing_status=text_of(detail, "MAILING_STATUS") or "3",
        additional=_additional(detail),
        delivery_note=text_of(document, "ORDER_HEADER/COURIER_NOTE"),
        addresses=tuple(one for one in addresses if one.line1),
    )


def _address(detail: ET.Element, group: str, prefix: str, kind: Literal[1, 2], settings: KhaosSettings) -> KhaosAddress:
    def told(name: str) -> str:
        return text_of(detail, f"ADDRESSES/{group}/{prefix}{name}")

    person = KhaosContact(
        title=told("TITLE"),
        forename=told("FORENAME"),
        surname=told("SURNAME"),
        telephone=told("TEL"),
        fax=told("FAX"),
        mobile=told("MOBILE"),
        email=told("EMAIL"),
        subscribed=told("EMAIL_SUBSCRIBER") == "-1",
        born=told("DOB"),
    )
    return KhaosAddress(
        kind=kind,
        line1=told("ADDRESS1"),
        line2=told("ADDRESS2"),
        line3=told("ADDRESS3"),
        town=told("TOWN"),
        county=told("COUNTY"),
        postcode=told("POSTCODE"),
        organisation=told("ORGANISATION"),
        email=told("EMAIL"),
        telephone=told("TEL"),
        country=country_of(told("COUNTRY_CODE"), told("COUNTRY_NAME"), settings) or "GB",
        contacts=(person,),
    )


def _additional(element: ET.Element) -> tuple[tuple[str, str], ...]:
    rows = element.iter("ADDITIONAL")
    return tuple((row.get("NAME", ""), (row.text or "").strip()) for row in rows if row.get("NAME"))


# --- COMPANYS --------------------------------------------------------------------------------------------------------


def read_company(company: ET.Element, settings: KhaosSettings) -> Customer:
    """One COMPANY of an import; what the service takes no notice of is not read."""
    company_class = needed(company, "COMPANY_CLASS")
    if company_class not in settings.company_classes:
        raise unknown("COMPANY_CLASS", company_class, settings.company_classes)
    for path, allowed in (
        ("COMPANY_TYPE", settings.company_types),
        ("COMPANY_STATUS", settings.reference.company_statuses),
        ("SALE_SOURCE", settings.sales_sources),
        ("CURRENCY_CODE", settings.currencies),
        ("MAILING_STATUS", tuple(settings.reference.mailing_statuses)),
    ):
        known_name(company, path, allowed)
    addresses = tuple(_company_address(one, settings) for one in company.findall("ADDRESSES/ADDRESS"))
    if len(addresses) == 1 and addresses[0].kind != 1:
        raise KhaosFault("ADDRTYPE of a single address must be 1")
    first = next((one.contacts[0] for one in addresses if one.contacts), KhaosContact())
    name = text_of(company, "COMPANY_NAME") or f"{first.forename} {first.surname}".strip()
    if not name:
        raise KhaosFault("COMPANY_NAME is required")
    return Customer(
        urn=text_of(company, "COMPANY_CODE"),
        company_id=text_of(company, "COMPANY_ID"),
        name=name,
        company_class=company_class,
        company_type=text_of(company, "COMPANY_TYPE"),
        status=text_of(company, "COMPANY_STATUS"),
        currency=text_of(company, "CURRENCY_CODE") or settings.currencies[0],
        country=_needed_country(company, settings),
        other_ref=text_of(company, "OTHER_REF"),
        web_user=text_of(company, "WEB_USER"),
        web_password=text_of(company, "WEB_PASSWORD"),
        web_site=text_of(company, "WEB_SITE"),
        source_code=text_of(company, "SOURCE_CODE"),
        sales_source=text_of(company, "SALE_SOURCE"),
        tax_reference=text_of(company, "TAX_REFERENCE"),
        mailing_status=text_of(company, "MAILING_STATUS"),
        additional=_additional(company),
        hidden=text_of(company, "HIDE_COMPANY") == "-1",
        held=text_of(company, "HOLD_DATA") == "-1",
        addresses=addresses,
    )


def _needed_country(element: ET.Element, settings: KhaosSettings) -> str:
    found = country_of(text_of(element, "COUNTRY_CODE"), text_of(element, "COUNTRY"), settings)
    if not found:
        raise KhaosFault(f"COUNTRY or COUNTRY_CODE of {element.tag} is required")
    return found


def _company_address(address: ET.Element, settings: KhaosSettings) -> KhaosAddress:
    kind = whole(address, "ADDRTYPE")
    if kind not in {1, 2}:
        raise unknown("ADDRTYPE", str(kind), (1, 2))
    for name in ("ADDR1", "TOWN", "POSTCODE"):
        needed(address, name)
    return KhaosAddress(
        address_id=text_of(address, "ADDRESS_ID"),
        kind=1 if kind == 1 else 2,
        line1=text_of(address, "ADDR1"),
        line2=text_of(address, "ADDR2"),
        line3=text_of(address, "ADDR3"),
        town=text_of(address, "TOWN"),
        county=text_of(address, "COUNTY"),
        postcode=text_of(address, "POSTCODE"),
        organisation=text_of(address, "ORGANISATION"),
        email=text_of(address, "EMAIL"),
        telephone=text_of(address, "TEL"),
        fax=text_of(address, "FAX"),
        country=_needed_country(address, settings),
        inactive=text_of(address, "INACTIVE") == "-1",
        preferred_delivery=text_of(address, "IS_PREFERRED_DELIVERY") == "-1",
        contacts=tuple(_contact(one) for one in address.findall("CONTACTS/CONTACT")),
    )


def _contact(contact: ET.Element) -> KhaosContact:
    return KhaosContact(
        contact_id=text_of(contact, "CONTACT_ID"),
        title=text_of(contact, "TITLE"),
        forename=text_of(contact, "FORENAME"),
        surname=text_of(contact, "SURNAME"),
        job_title=text_of(contact, "JOBTITLE"),
        telephone=text_of(contact, "TEL"),
        fax=text_of(contact, "FAX"),
        mobile=text_of(contact, "MOBILE"),
        email=text_of(contact, "EMAIL"),
        note=text_of(contact, "NOTE"),
        subscribed=text_of(contact, "EMAILSUBSCRIBE") == "-1",
        born=text_of(contact, "DOB"),
        inactive=text_of(contact, "INACTIVE") == "-1",
        preferred=text_of(contact, "IS_PREFERRED") == "-1",
        preferred_invoice=text_of(contact, "IS_PREFERRED_INVOICE") == "-1",
        preferred_delivery=text_of(contact, "IS_PREFERRED_DELIVERY") == "-1",
    )
