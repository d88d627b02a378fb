"""The operations of the simulated Khaos Control that are about customers."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal
from xml.etree import ElementTree as ET

import attrs

from khaos_connectors.testing.simulators.khaos_archive import Archive
from khaos_connectors.testing.simulators.khaos_companies import CompanyDocuments
from khaos_connectors.testing.simulators.khaos_customers import COMPANY_CRITERIA, Customer
from khaos_connectors.testing.simulators.khaos_operations import Arguments
from khaos_connectors.testing.simulators.khaos_people import read_company, read_customer_detail
from khaos_connectors.testing.simulators.khaos_reading import check_texts, read_root, text_of
from khaos_connectors.testing.simulators.khaos_soap import EMPTY_DATE, KhaosFault, Listing, Record, SoapValue
from khaos_connectors.testing.simulators.khaos_world import KhaosWorld

__all__ = ["CatalogueRequest", "CustomerDesk"]

_KEYS: Mapping[int, Callable[[Customer], str]] = {
    1: lambda one: one.urn,
    2: lambda one: one.other_ref,
    3: lambda one: one.web_user,
    4: lambda one: one.name,
    5: lambda one: one.sales_source,
}


@attrs.frozen(kw_only=True)
class CatalogueRequest:
    """Somebody wants *catalogue* (may be ""): who, and the day as it was sent."""

    urn: str
    requested_on: str
    catalogue: str


class CustomerDesk:
    """Tells and takes customers. *catalogue_requests* are those that came."""

    def __init__(self, world: KhaosWorld, archive: Archive) -> None:
        self._world = world
        self._archive = archive
        self._settings = world.settings
        self._documents = CompanyDocuments(world.settings)
        self.catalogue_requests: list[CatalogueRequest] = []

    # --- telling -----------------------------------------------------------------------------------------------------

    def login(self, arguments: Arguments) -> SoapValue:
        """Login: the customer with this web name and password, or nothing at all."""
        user, password = arguments.text("UserName"), arguments.text("UserPassword")
        for one in self._world.customers.customers.values():
            if user and one.web_user == user and password and one.web_password == password:
                return self._documents.companies([one])
        return ""

    def company_list(self, arguments: Arguments) -> SoapValue:
        """GetCompanyList: codes of those that changed since a date, of some classes."""
        since, classes = arguments.moment("LastUpdated"), set(arguments.codes("CompanyClassList"))
        rows: list[Record] = []
        for one in self._world.customers.customers.values():
            changed = one.updated_at or EMPTY_DATE
            if (since is None or changed >= since) and (not classes or one.company_class in classes):
                fields = (("CompanyCode", one.urn), ("OtherRef", one.other_ref), ("LastUpdated", changed))
                rows.append(Record("TCompanyListItem", fields))
        return Record("TCompanyList", (("Count", len(rows)), ("List", Listing("TCompanyListItem", tuple(rows)))))

    def export(self, arguments: Arguments) -> SoapValue:
        """ExportCompany: by codes, which win over the date; without both everybody."""
        if arguments.codes("CompanyCode"):
            return self._documents.companies(self._named(arguments))
        since = arguments.moment("LastUpdated") or EMPTY_DATE
        found = self._world.customers.customers.values()
        return self._documents.companies(one for one in found if (one.updated_at or EMPTY_DATE) >= since)

    def info(self, arguments: Arguments) -> SoapValue:
        """GetCompanyInfo: how a customer stands."""
        return Listing("TCompanyInfo", tuple(_info(one) for one in self._named(arguments)))

    def _named(self, arguments: Arguments) -> list[Customer]:
        mapping = arguments.number("MappingType", 1)
        if mapping not in _KEYS:
            raise KhaosFault(f"MappingType {mapping} is not supported")
        codes = arguments.codes("CompanyCode")
        return [one for one in self._world.customers.customers.values() if _KEYS[mapping](one) in codes]

    def deleted(self, arguments: Arguments) -> SoapValue:
        """GetDeletedEntries: of companies, the only kind of document that it knows."""
        kind = arguments.number("DocumentType", 5)
        if kind != 5:
            raise KhaosFault(f"DocumentType {kind} is not supported")
        since, until = arguments.moment("DateFrom"), arguments.moment("DateTo")
        return self._documents.deleted(one for one in self._world.customers.deleted if _between(one.at, since, until))

    # --- taking ------------------------------------------------------------------------------------------------------

    def import_companies(self, arguments: Arguments) -> SoapValue:
        """ImportCompany: what cannot be taken is skipped with a reason, or a fault, as orders are."""
        text, method = arguments.text("Customers"), arguments.number("Method", 0)
        self._archive.received("ImportCompany", text)
        if method not in range(4):
            raise KhaosFault(f"Method {method} is not supported")
        imported: list[Record] = []
        skipped: list[Record] = []
        for company in read_root(text, "COMPANYS").findall("COMPANY"):
            try:
                stored, action = self._import(company, method)
            except KhaosFault as fault:
                if self._settings.data_errors == "fault" and not isinstance(fault, _Unwanted):
                    raise
                skipped.append(_skipped(company, fault.message))
                continue
            fields = (
                ("URN", stored.urn),
                ("Action", action),
                ("OtherRef", stored.other_ref),
                ("PassedReference", text_of(company, "PASSED_REFERENCE")),
                ("WebUser", stored.web_user),
            )
            imported.append(Record("TCustomerImport", fields))
        counted: tuple[tuple[str, SoapValue], ...] = (
            ("ImportedCount", len(imported)),
            ("CustomerImport", Listing("TCustomerImport", tuple(imported))),
            ("CustomerSkipped", Listing("TCustomerSkipped", tuple(skipped))),
        )
        return Record("TCustomerImportResult", counted)

    def _import(self, company: ET.Element, method: int) -> tuple[Customer, Literal["New", "Update"]]:
        check_texts(company, self._settings)
        wanted = read_company(company, self._settings)
        found = None if method == 3 else self._world.customers.match(wanted, COMPANY_CRITERIA)
        if found is None:
            if method == 2:
                raise _Unwanted("The customer does not exist and was to be updated only")
            filled = attrs.evolve(wanted, status=wanted.status or "Active", mailing_status=wanted.mailing_status or "3")
            return self._world.customers.create(filled), "New"
        if method == 1:
            raise _Unwanted(f"The customer exists as {found.urn} and was to be created only")
        return self._world.customers.store(_updated(found, wanted)), "Update"

    def catalogue_request(self, arguments: Arguments) -> None:
        """ImportCatalogueRequest: creates or matches the customers of the requests; there is no result."""
        text = arguments.text("CatRequest")
        self._archive.received("ImportCatalogueRequest", text)
        for request in read_root(text, "CATREQUESTS").findall("REQUEST"):
            if not len(request):  # the vendor's sample ends with an empty one: "further requests follow"
                continue
            check_texts(request, self._settings)
            wanted = read_customer_detail(request, self._settings)
            always_new = text_of(request, "CUSTOMER_DETAIL/IS_NEW_CUSTOMER") == "-1"
            customer = self._world.customers.keep(wanted, always_new=always_new)
            day, catalogue = text_of(request, "REQUEST_DATE"), text_of(request, "CATALOGUE")
            self.catalogue_requests.append(CatalogueRequest(urn=customer.urn, requested_on=day, catalogue=catalogue))


class _Unwanted(KhaosFault):
    """A customer that the import's method does not want: skipped, whatever is done about bad data."""


def _between(moment: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or since <= moment) and (until is None or moment <= until)


def _skipped(company: ET.Element, reason: str) -> Record:
    reference = next((found for name in ("COMPANY_CODE", "OTHER_REF") if (found := text_of(company, name))), "")
    fields = (
        ("CustomerRef", reference),
        ("SkipReason", reason),
        ("PassedReference", text_of(company, "PASSED_REFERENCE")),
    )
    return Record("TCustomerSkipped", fields)


def _updated(found: Customer, wanted: Customer) -> Customer:
    """*found* with what *wanted* tells: its code, class and source stay, and what is empty changes nothing."""
    return attrs.evolve(
        found,
        name=wanted.name,
        other_ref=wanted.other_ref or found.other_ref,
        web_user=wanted.web_user or found.web_user,
        web_password=wanted.web_password or found.web_password,
        web_site=wanted.web_site or found.web_site,
        company_type=wanted.company_type or found.company_type,
        status=wanted.status or found.status,
        country=wanted.country,
        sales_source=wanted.sales_source or found.sales_source,
        tax_reference=wanted.tax_reference or found.tax_reference,
        mailing_status=wanted.mailing_status or found.mailing_status,
        additional=tuple({**dict(found.additional), **dict(wanted.additional)}.items()),
        hidden=wanted.hidden,
        held=wanted.held,
        addresses=wanted.addresses or found.addresses,
    )


def _info(one: Customer) -> Record:
    fields: tuple[tuple[str, SoapValue], ...] = (
        ("CompanyCode", one.urn),
        ("CompanyName", one.name),
        ("OtherRef", one.other_ref),
        ("HideCompany", one.hidden),
        ("HoldData", one.held),
        ("CreditLimit", one.credit_limit),
        ("CreditBalance", one.balance),
        ("CreditOverdue", one.overdue),
        ("CreditPending", one.balance - one.overdue),
        ("CreditUnallocated", one.credit_limit - one.balance),
        ("OutstandingBalance", one.balance),
        ("CurrencyCode", one.currency),
        ("TermsLength", one.terms_days),
        ("TermsType", 1),
        ("TermsDesc", f"{one.terms_days} days"),
        ("CreditStop", one.stopped),
        ("OrdersHeld", one.locked),
        ("PTypeID", one.payment),
        ("Proforma", one.proforma),
        ("Supplier", one.supplier),
        ("ECCompany", one.ec_company),
        ("PaysVAT", one.pays_vat),
        ("POCodeRequired", one.po_required),
        ("PriceLists", Listing("xsd:string", one.price_lists)),
    )
    return Record("TCompanyInfo", fields)
