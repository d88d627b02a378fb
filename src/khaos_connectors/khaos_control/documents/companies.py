"""COMPANYS: customers as ExportCompany and Login tell them and ImportCompany takes them (KSDXMLCustomer).

The service exports passwords in plain text. They are emptied before anything else is read, so that neither a record nor
the payload of an unreadable row can hold one. Only what is filled is written: an import leaves the rest as it is.
"""

from collections.abc import Collection, Iterator
from xml.etree.ElementTree import Element, SubElement

import attrs

from khaos_connectors.errors import FieldError
from khaos_connectors.khaos_control.company_models import (
    Company,
    CompanyAddress,
    CompanyPriceList,
    Contact,
    EmailOption,
)
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.documents.fields import Node, Reading, flag_text, read_rows
from khaos_connectors.khaos_control.documents.records import (
    document_text,
    filled,
    named_problems,
    read_named,
    read_record,
    record_problems,
    text_problems,
    without_text,
    write_named,
    write_record,
)
from khaos_connectors.khaos_control.enums import AddressType
from khaos_connectors.khaos_control.models import Rows
from khaos_connectors.khaos_control.rules import Rule

__all__ = ["company_problems", "read_companies", "write_companies"]

_OPTION_NAME = Rule()


# --- reading ---------------------------------------------------------------------------------------------------------


def read_companies(root: Element, reading: Reading) -> Rows[Company]:
    """The customers of a COMPANYS document; a broken one never hides the others.

    Passwords are emptied in *root* itself. Raises ``Undecodable`` if the document is another one.
    """
    without_text(root)
    if root.tag != "COMPANYS":
        raise reading.broken(f"/{root.tag}", "COMPANYS")
    companies = Node(root, "/COMPANYS", reading).children("COMPANY")
    return read_rows(companies, _company, key=lambda node: node.text("COMPANY_CODE") or node.text("OTHER_REF"))


def _company(node: Node) -> Company | None:
    if not len(node.element):
        return None
    return attrs.evolve(
        read_record(Company, node),
        additional=read_named(node, "ADDITIONAL"),
        email_options=tuple(_options(node)),
        price_lists=tuple(
            read_record(CompanyPriceList, each) for each in filled(node.child("PRICE_LISTS"), "PRICE_LIST")
        ),
        addresses=tuple(_address(each) for each in filled(node.child("ADDRESSES"), "ADDRESS")),
    )


def _options(node: Node) -> Iterator[EmailOption]:
    for each in node.children("EMAIL_OPTION"):
        name, text = each.text("@NAME"), each.own_text()
        if name and text:
            try:
                yield EmailOption(document=name, always_print=flag_text(text))
            except ValueError:
                raise node.reading.broken(each.path, "-1 or 0") from None


def _address(node: Node) -> CompanyAddress:
    contacts = tuple(read_record(Contact, each) for each in filled(node.child("CONTACTS"), "CONTACT"))
    return attrs.evolve(read_record(CompanyAddress, node), contacts=contacts)


# --- writing ---------------------------------------------------------------------------------------------------------


def write_companies(companies: Collection[Company], time: ServerTime) -> str:
    """The COMPANYS document that creates or updates *companies*; what an import ignores is left out."""
    root = Element("COMPANYS")
    for company in companies:
        _write_company(SubElement(root, "COMPANY"), company, time)
    return document_text(root)


def _write_company(parent: Element, company: Company, time: ServerTime) -> None:
    write_record(parent, company, time, only_filled=True)
    if company.addresses:
        addresses = SubElement(parent, "ADDRESSES")
        for address in company.addresses:
            element = SubElement(addresses, "ADDRESS")
            write_record(element, address, time, only_filled=True)
            if address.contacts:
                contacts = SubElement(element, "CONTACTS")
                for contact in address.contacts:
                    write_record(SubElement(contacts, "CONTACT"), contact, time, only_filled=True)
    write_named(parent, company.additional, "ADDITIONAL")
    for option in company.email_options:
        SubElement(parent, "EMAIL_OPTION", {"NAME": option.document}).text = str(-int(option.always_print))


# --- what must not be sent -------------------------------------------------------------------------------------------


def company_problems(companies: Collection[Company], *, encoding: str = "") -> tuple[FieldError, ...]:
    """Every reason why the ERP would not take *companies*, by the document's names; empty: they may be sent."""
    found: list[FieldError] = []
    for number, company in enumerate(companies, start=1):
        found += (FieldError(f"COMPANY[{number}]/{each.field}", each.problem) for each in _problems(company, encoding))
    return tuple(found)


def _problems(company: Company, encoding: str) -> Iterator[FieldError]:
    yield from record_problems(company, encoding=encoding)
    if not company.country and not company.country_code:
        yield FieldError("COUNTRY_CODE", "a country or its code is needed")
    yield from named_problems(company.additional, "ADDITIONAL", encoding=encoding)
    for number, option in enumerate(company.email_options, start=1):
        place = f"EMAIL_OPTION[{number}]/@NAME"
        if not option.document.strip():
            yield FieldError(place, "must not be empty")
        yield from (FieldError(place, problem) for problem in text_problems(option.document, _OPTION_NAME, encoding))
    for number, address in enumerate(company.addresses, start=1):
        yield from _address_problems(address, f"ADDRESS[{number}]/", encoding)
    if company.addresses and not any(address.is_invoice for address in company.addresses):
        yield FieldError("ADDRESS", "one address has to be the invoice address (ADDRTYPE 1)")


def _address_problems(address: CompanyAddress, place: str, encoding: str) -> Iterator[FieldError]:
    yield from record_problems(address, prefix=place, encoding=encoding)
    if not address.country and not address.country_code:
        yield FieldError(f"{place}COUNTRY_CODE", "a country or its code is needed")
    if address.address_type not in {None, *AddressType}:
        yield FieldError(f"{place}ADDRTYPE", f"must be 1 (invoice) or 2 (delivery), not {address.address_type}")
    for number, contact in enumerate(address.contacts, start=1):
        yield from record_problems(contact, prefix=f"{place}CONTACT[{number}]/", encoding=encoding)
