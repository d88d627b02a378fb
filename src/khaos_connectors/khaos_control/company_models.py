"""Customers (COMPANYS, KSDXMLCustomer) and what the service tells about them.

A field is the element of the same name in capitals. Fields of the document that have no place here: WEB_PASSWORD, which
the service exports in plain text and which is emptied before anything else is read. Personal data is left out of
``repr``. What an import ignores is only told; ``importable`` leaves it out.
"""

from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.khaos_control import rules
from khaos_connectors.khaos_control.enums import AddressType
from khaos_connectors.khaos_control.order_models import NamedValue

__all__ = [
    "Company",
    "CompanyAddress",
    "CompanyInfo",
    "CompanyListEntry",
    "CompanyPriceList",
    "Contact",
    "CustomerImportResult",
    "DeletedEntry",
    "EmailOption",
    "ImportedCustomer",
    "SkippedCustomer",
]


@attrs.frozen(kw_only=True)
class Contact:
    """A person at an address. *inactive* takes the person out of use."""

    contact_id: str = rules.text()
    title: str = rules.text(20, private=True, free=True)
    forename: str = rules.text(50, private=True, free=True)
    surname: str = rules.text(50, private=True, free=True)
    job_title: str = rules.text(name="JOBTITLE", private=True, free=True)
    tel: str = rules.text(19, cut=True, private=True)
    fax: str = rules.text(19, cut=True, private=True)
    mobile: str = rules.text(19, cut=True, private=True)
    email: str = rules.text(50, private=True)
    note: str = rules.text(lines=True, private=True)
    email_subscribe: bool | None = rules.flag(name="EMAILSUBSCRIBE")
    dob: str = rules.text(10, private=True)
    inactive: bool | None = rules.flag()
    preferred_communication_method: str = rules.text(told=True)
    hide_contact: bool | None = rules.flag()
    hold_data: bool | None = rules.flag()
    is_preferred: bool | None = rules.flag()
    is_preferred_invoice: bool | None = rules.flag()
    is_preferred_delivery: bool | None = rules.flag()
    mailing_flag: str = rules.text(told=True)


@attrs.frozen(kw_only=True)
class CompanyAddress:
    """An address of a customer with the people there; *address_type* is one of ``AddressType``."""

    address_id: str = rules.text()
    addr1: str = rules.text(35, required=True, private=True, free=True)
    addr2: str = rules.text(35, private=True, free=True)
    addr3: str = rules.text(35, private=True, free=True)
    town: str = rules.text(35, required=True, private=True, free=True)
    county: str = rules.text(35, private=True, free=True)
    postcode: str = rules.text(10, required=True, private=True)
    organisation: str = rules.text(50, private=True, free=True)
    longitude: Decimal | None = rules.quantity(told=True, private=True)
    latitude: Decimal | None = rules.quantity(told=True, private=True)
    address_type: int | None = rules.whole(name="ADDRTYPE", required=True)
    email: str = rules.text(50, private=True)
    tel: str = rules.text(19, cut=True, private=True)
    fax: str = rules.text(19, cut=True, private=True)
    country: str = rules.text()
    country_code: str = rules.text(3)
    inactive: bool | None = rules.flag()
    hide_address: bool | None = rules.flag()
    hold_data: bool | None = rules.flag()
    is_preferred_delivery: bool | None = rules.flag()
    contacts: tuple[Contact, ...] = ()

    @property
    def is_invoice(self) -> bool:
        """Whether it is the invoice address."""
        return self.address_type == AddressType.INVOICE

    def importable(self) -> "CompanyAddress":
        """The same without what an import ignores."""
        return attrs.evolve(rules.importable(self), contacts=tuple(map(rules.importable, self.contacts)))


@attrs.frozen(kw_only=True)
class CompanyPriceList:
    """A price list of a customer. *kind*: empty or 0 without prices, else a ``PriceListKind``; only told."""

    name: str = rules.text(name=".")
    is_net: bool | None = rules.flag(name="@IS_NET")
    currency_code: str = rules.text(name="@CURRENCY_CODE")
    kind: str = rules.text(name="@PRICELIST_TYPE")


@attrs.frozen(kw_only=True)
class EmailOption:
    """How a kind of *document* reaches the customer: always printed as well, or by e-mail where that is possible."""

    document: str
    always_print: bool


@attrs.frozen(kw_only=True)
class Company:
    """A customer; ExportCompany tells suppliers too (*supplier*).

    *company_code* is the ERP's own, never changed by an import. *passed_reference* comes back in the import's result.
    *company_class* has to be given always, and counts when the customer is created; so does *source_code* (a key code).
    *credit_code* and everything from *company_source* on are only told.
    """

    company_id: str = rules.text()
    company_code: str = rules.text(10)
    passed_reference: str = rules.text()
    company_name: str = rules.text(50, private=True, free=True)
    other_ref: str = rules.text(30)
    web_site: str = rules.text(50, private=True, free=True)
    company_class: str = rules.text(50, required=True)
    enforce_sales_multiple: str = rules.text(name="COMPANY_CLASS/@ENFORCE_SALES_MULTIPLE")
    company_type: str = rules.text()
    company_status: str = rules.text()
    source_code: str = rules.text()
    sale_source: str = rules.text()
    currency_code: str = rules.text(3)
    country: str = rules.text()
    country_code: str = rules.text(3)
    web_user: str = rules.text(50, private=True)
    tax_reference: str = rules.text(20, private=True)
    mailing_status: str = rules.text()
    hide_company: bool | None = rules.flag()
    hold_data: bool | None = rules.flag()
    additional: tuple[NamedValue, ...] = ()
    email_options: tuple[EmailOption, ...] = ()
    addresses: tuple[CompanyAddress, ...] = ()
    company_source: str = rules.text(told=True)
    date_created: datetime | None = rules.moment(told=True)
    proforma: bool | None = rules.flag(told=True)
    sorder_locked: bool | None = rules.flag(told=True)
    supplier: bool | None = rules.flag(told=True)
    ec_company: bool | None = rules.flag(told=True)
    pays_vat: bool | None = rules.flag(told=True)
    pocode_required: bool | None = rules.flag(told=True)
    earn_and_redeem_reward_points: bool | None = rules.flag(told=True)
    reward_point_balance: Decimal | None = rules.quantity(told=True)
    reward_points_updated: datetime | None = rules.moment(told=True)
    vat_relief_qualified: bool | None = rules.flag(told=True)
    agent_name: str = rules.text(told=True)
    customer_discount: Decimal | None = rules.quantity(told=True)
    payment_type: str = rules.text(told=True)
    credit_code: str = rules.text(told=True)
    price_lists: tuple[CompanyPriceList, ...] = ()

    def importable(self) -> "Company":
        """The same without what an import ignores."""
        addresses = tuple(each.importable() for each in self.addresses)
        return attrs.evolve(rules.importable(self), addresses=addresses, price_lists=())


# --- structured results ----------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class CompanyListEntry:
    """A customer of GetCompanyList. *last_updated* is None for an empty date."""

    company_code: str
    other_ref: str = ""
    last_updated: datetime | None = None


@attrs.frozen(kw_only=True)
class CompanyInfo:
    """The credit account of a customer (TCompanyInfo), amounts in *currency_code*.

    *outstanding_balance* is None from services before 8.173. *payment_type_id*: 1 cash, 2 card, 3 account.
    """

    company_code: str
    company_name: str = attrs.field(default="", repr=False)
    other_ref: str = ""
    hide_company: bool = False
    hold_data: bool = False
    credit_limit: Decimal | None = None
    credit_balance: Decimal | None = None
    credit_overdue: Decimal | None = None
    credit_pending: Decimal | None = None
    credit_unallocated: Decimal | None = None
    outstanding_balance: Decimal | None = None
    currency_code: str = ""
    terms_length: int | None = None
    terms_type: str = ""
    terms_description: str = ""
    credit_stop: bool = False
    orders_held: bool = False
    payment_type_id: int | None = None
    proforma: bool = False
    supplier: bool = False
    ec_company: bool = False
    pays_vat: bool = False
    po_code_required: bool = False
    price_lists: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class ImportedCustomer:
    """A customer that ImportCompany created or updated; *urn* is the company code, *action* New or Update."""

    urn: str
    action: str = ""
    other_ref: str = ""
    passed_reference: str = ""
    web_user: str = attrs.field(default="", repr=False)


@attrs.frozen(kw_only=True)
class SkippedCustomer:
    """A customer that ImportCompany left alone, with the reason in the server's own words."""

    customer_ref: str
    skip_reason: str
    passed_reference: str = ""


@attrs.frozen(kw_only=True)
class CustomerImportResult:
    """What became of an import. A call that "succeeded" may have imported nobody: read *skipped*."""

    imported_count: int
    imported: tuple[ImportedCustomer, ...] = ()
    skipped: tuple[SkippedCustomer, ...] = ()


@attrs.frozen(kw_only=True)
class DeletedEntry:
    """Something that is gone (GetDeletedEntries), by its internal id; *merged_into* is the id of what it is part of."""

    header_id: str
    document_type: int
    merged_into: str = ""
    deleted_on: datetime | None = None
    parent_id: str = ""
