"""The order document SALES_ORDERS (KSDXMLImportFormat) as records whose fields carry the document's own limits.

A field is the element of the same name in capitals (addresses add I or D). Its metadata is a ``Rule``: how long the
text may be, whether it must be filled, whether it is written when empty. The elements that are always written are
those that a live shop sends; the others appear only when filled. Card data has no field: its elements are written
empty and never read.
"""

from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.khaos_control import rules
from khaos_connectors.khaos_control.rules import Kind, Rule, rule_of

__all__ = [
    "NEVER_SENT",
    "Address",
    "CatalogueRequest",
    "CommLog",
    "Customer",
    "Header",
    "Item",
    "Kind",
    "NamedValue",
    "PaymentDetail",
    "Rule",
    "SalesOrder",
    "rule_of",
]

NEVER_SENT = frozenset(
    {
        "CARD_TYPE",
        "CARD_START",
        "CARD_EXPIRE",
        "CARD_ISSUE",
        "CARD_CV2",
        "CARD_NAME",
        "SECURITY_TOKEN",
        "INTERNAL_REF",
        "FORCE_SORDER_CODE",
    }
)
"""Elements of the vendor's document that have no field: card data, and what is for the vendor's own use."""


@attrs.frozen(kw_only=True)
class NamedValue:
    """A property that the installation or the vendor has named (ADDITIONAL, CUSTOM_PROPERTY); may be personal data."""

    name: str
    value: str = attrs.field(default="", repr=False)


@attrs.frozen(kw_only=True)
class Address:
    """INVADDR or DELADDR; the elements carry the prefix I or D. Personal data: left out of ``repr``.

    The ids and their other references are for arranged cases only.
    """

    address_id: str = rules.text(always=False)
    address_other_ref: str = rules.text(name="ADDRESS_ID/@OTHER_REF", always=False)
    address1: str = rules.text(35, required=True, private=True, free=True)
    address2: str = rules.text(35, private=True, free=True)
    address3: str = rules.text(35, private=True, free=True)
    town: str = rules.text(35, required=True, private=True, free=True)
    county: str = rules.text(35, private=True, free=True)
    postcode: str = rules.text(10, required=True, private=True)
    country_code: str = rules.text(3)
    country_name: str = rules.text(50, free=True)
    contact_id: str = rules.text(always=False)
    contact_other_ref: str = rules.text(name="CONTACT_ID/@OTHER_REF", always=False)
    title: str = rules.text(20, private=True, free=True)
    forename: str = rules.text(50, private=True, free=True)
    surname: str = rules.text(50, required=True, private=True, free=True)
    tel: str = rules.text(19, cut=True, private=True)
    fax: str = rules.text(19, cut=True, private=True)
    mobile: str = rules.text(19, cut=True, private=True)
    email: str = rules.text(50, private=True)
    email_subscriber: bool | None = rules.flag()
    dob: str = rules.text(10, private=True)
    organisation: str = rules.text(50, private=True, free=True)
    preferred_communication_method: str = rules.text()


@attrs.frozen(kw_only=True)
class Customer:
    """CUSTOMER_DETAIL without the addresses. Never invent a *company_code*: it is the ERP's own customer number.

    *uda* are the installation's own properties of customers, *custom* those that were arranged with the vendor.
    """

    is_new_customer: bool | None = rules.flag(default=False, required=True)
    company_code: str = rules.text(10)
    other_ref: str = rules.text(30)
    other_ref_type: str = rules.text()
    web_user: str = rules.text(50)
    company_class: str = rules.text(50, required=True)
    company_type: str = rules.text()
    company_name: str = rules.text(50, private=True, free=True)
    web_site: str = rules.text(50, free=True)
    source_code: str = rules.text()
    mailing_status: str = rules.text()
    optin_newsletter: bool | None = rules.flag()
    tax_reference: str = rules.text(20)
    gift_aid: bool | None = rules.flag()
    vat_relief_qualified: bool | None = rules.flag()
    uda: tuple[NamedValue, ...] = ()
    custom: tuple[NamedValue, ...] = ()


@attrs.frozen(kw_only=True)
class PaymentDetail:
    """PAYMENT_DETAIL. *auth_code* not empty: the payment counts as taken, unless *preauth*.

    *card_number* is only ever a word such as ``PAYPAL`` or a voucher's or cheque's reference. A text that looks like a
    card number is refused with ``ValueError``, in whichever field: it would lie in the server's archive for good.
    """

    payment_amount: Decimal | None = rules.money(required=True)
    payment_type: str = rules.text(1, required=True, no_card=True)
    card_number: str = rules.text(50, no_card=True)
    preauth: bool | None = rules.flag()
    auth_code: str = rules.text(50, no_card=True)
    transaction_id: str = rules.text(100, no_card=True)
    psp_code: str = rules.text(no_card=True)
    preauth_ref: str = rules.text(no_card=True)
    security_ref: str = rules.text(no_card=True)
    security_comment: str = rules.text(no_card=True)
    account_number: str = rules.text(no_card=True)
    account_name: str = rules.text(no_card=True)
    credit_score: str = rules.text(no_card=True)
    transaction_timestamp: datetime | None = rules.moment()
    charge_amount: Decimal | None = rules.money()


@attrs.frozen(kw_only=True)
class CommLog:
    """COMM_LOG_ENTRY, a note for the customer's history. Personal data: left out of ``repr``."""

    contact_type: str = rules.text(required=True)
    date: datetime | None = rules.moment()
    next_date: datetime | None = rules.moment()
    description: str = rules.text(lines=True, private=True)
    response: str = rules.text(lines=True, private=True)


@attrs.frozen(kw_only=True)
class Header:
    """ORDER_HEADER. *order_amount* is the gross total with delivery, which the ERP checks.

    *delivery_net* with *delivery_tax*, or *delivery_grs*; all empty: the ERP works the charge out; 0: free.
    *delivery_date_locked* fixes the delivery date. *custom* are properties that were arranged with the vendor.
    """

    order_date: datetime | None = rules.moment(required=True)
    delivery_date: datetime | None = rules.moment()
    delivery_date_locked: bool | None = rules.flag(name="DELIVERY_DATE/@LOCKED", always=False)
    order_amount: Decimal | None = rules.money(required=True)
    order_currency_code: str = rules.text(3)
    site: str = rules.text()
    associated_ref: str = rules.text(50, required=True, code=True)
    agent: str = rules.text(always=False)
    order_note: str = rules.text(2000, lines=True, private=True)
    invoice_note: str = rules.text(2000, lines=True, private=True)
    delivery_net: Decimal | None = rules.money()
    delivery_tax: Decimal | None = rules.money()
    delivery_grs: Decimal | None = rules.money()
    courier_code: str = rules.text()
    courier_desc: str = rules.text(free=True)
    po_number: str = rules.text(30, free=True)
    keycode_code: str = rules.text()
    brand: str = rules.text()
    sales_source: str = rules.text()
    courier_note: str = rules.text(255, lines=True, private=True)
    inv_priority: str = rules.text()
    gift_aid: bool | None = rules.flag()
    manual_received: bool | None = rules.flag()
    required_by_date: datetime | None = rules.moment()
    client_name: str = rules.text()
    website_name: str = rules.text()
    channel_id: str = rules.text()
    ship_date: datetime | None = rules.moment()
    consignment_ref: str = rules.text()
    custom: tuple[NamedValue, ...] = ()
    comm_logs: tuple[CommLog, ...] = ()


@attrs.frozen(kw_only=True)
class Item:
    """ORDER_ITEM: *order_qty* units at a net or a gross unit price, before *ksd_discount* percent.

    *tax_rate* is a code of the installation (1 standard, 2 zero, 4 reduced), never a percentage. The options tell
    which variant is meant where the code alone does not. *extended_desc* may have several lines.
    """

    stock_code: str = rules.text(50, required=True, code=True)
    mapping_type: str = rules.text(required=True)
    stock_desc: str = rules.text(250, plain=True, free=True)
    extended_desc: str = rules.text(150, always=False, plain=True, lines=True, each_line=True)
    order_qty: Decimal | None = rules.quantity(required=True)
    price_net: Decimal | None = rules.money(always=False)
    price_grs: Decimal | None = rules.money(always=False)
    ksd_discount: Decimal | None = rules.quantity()
    tax_rate: str = rules.text()
    option_ref1: str = rules.text(always=False)
    option_ref2: str = rules.text(always=False)
    option_ref3: str = rules.text(always=False)
    freeitem_reason: str = rules.text(always=False)
    import_ref: str = rules.text(always=False)
    webitem_ref: str = rules.text(always=False)
    pack_sort_order: str = rules.text(always=False)
    site: str = rules.text()
    custom: tuple[NamedValue, ...] = ()


@attrs.frozen(kw_only=True)
class SalesOrder:
    """One SALES_ORDER. *delivery* None: the ERP delivers to the *invoice* address (its elements are written empty)."""

    customer: Customer
    invoice: Address
    delivery: Address | None = None
    payments: tuple[PaymentDetail, ...] = ()
    header: Header
    items: tuple[Item, ...]


@attrs.frozen(kw_only=True)
class CatalogueRequest:
    """One REQUEST of CATREQUESTS: who wants which *catalogue*, and since when."""

    customer: Customer
    invoice: Address
    delivery: Address | None = None
    request_date: datetime | None = rules.moment()
    catalogue: str = rules.text()
