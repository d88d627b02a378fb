"""The order document SALES_ORDERS (KSDXMLImportFormat) as records whose fields carry the document's own limits.

A field is the element of the same name in capitals (addresses add I or D). Its metadata is a ``Rule``: how long the
text may be, whether it must be filled, whether it is written when empty. The elements that are always written are
those that a live shop sends; the others appear only when filled. Card data has no field: its elements are written
empty and never read.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Literal

import attrs

__all__ = ["Address", "Customer", "Header", "Item", "Kind", "PaymentDetail", "Rule", "SalesOrder", "rule_of"]

Kind = Literal["text", "money", "quantity", "moment", "flag"]
"""How an element's text is written and read."""

_KEY = "khaos_control"


@attrs.frozen(kw_only=True)
class Rule:
    """What the ERP demands of an element.

    *limit*: longest text. *cut*: text beyond it is cut off rather than refused. *always*: written even when empty.
    *code*: neither ``#`` nor a comma. *plain*: no ``#``. *lines*: line breaks are allowed.
    """

    kind: Kind = "text"
    limit: int | None = None
    required: bool = False
    cut: bool = False
    always: bool = True
    code: bool = False
    plain: bool = False
    lines: bool = False


def rule_of(metadata: Mapping[object, object]) -> Rule:
    """The rule in a field's metadata."""
    rule = metadata.get(_KEY)
    return rule if isinstance(rule, Rule) else Rule()


def _text(
    limit: int | None = None,
    *,
    required: bool = False,
    cut: bool = False,
    always: bool = True,
    code: bool = False,
    plain: bool = False,
    lines: bool = False,
    private: bool = False,
) -> str:
    rule = Rule(limit=limit, required=required, cut=cut, always=always, code=code, plain=plain, lines=lines)
    field: str = attrs.field(default="", metadata={_KEY: rule}, repr=not private)
    return field


def _money(*, required: bool = False, always: bool = True) -> Decimal | None:
    rule = Rule(kind="money", required=required, always=always)
    field: Decimal | None = attrs.field(default=None, metadata={_KEY: rule})
    return field


def _quantity(*, required: bool = False) -> Decimal | None:
    field: Decimal | None = attrs.field(default=None, metadata={_KEY: Rule(kind="quantity", required=required)})
    return field


def _moment(*, required: bool = False) -> datetime | None:
    field: datetime | None = attrs.field(default=None, metadata={_KEY: Rule(kind="moment", required=required)})
    return field


def _flag(*, default: bool | None = None, required: bool = False) -> bool | None:
    field: bool | None = attrs.field(default=default, metadata={_KEY: Rule(kind="flag", required=required)})
    return field


@attrs.frozen(kw_only=True)
class Address:
    """INVADDR or DELADDR; the elements carry the prefix I or D. Personal data: left out of ``repr``."""

    address1: str = _text(35, required=True, private=True)
    address2: str = _text(35, private=True)
    address3: str = _text(35, private=True)
    town: str = _text(35, required=True, private=True)
    county: str = _text(35, private=True)
    postcode: str = _text(10, required=True, private=True)
    country_code: str = _text(3)
    country_name: str = _text(50)
    title: str = _text(20, private=True)
    forename: str = _text(50, private=True)
    surname: str = _text(50, required=True, private=True)
    tel: str = _text(19, cut=True, private=True)
    fax: str = _text(19, cut=True, private=True)
    mobile: str = _text(19, cut=True, private=True)
    email: str = _text(50, private=True)
    email_subscriber: bool | None = _flag()
    dob: str = _text(10, private=True)
    organisation: str = _text(50, private=True)
    preferred_communication_method: str = _text()


@attrs.frozen(kw_only=True)
class Customer:
    """CUSTOMER_DETAIL without the addresses. Never invent a *company_code*: it is the ERP's own customer number."""

    is_new_customer: bool | None = _flag(default=False, required=True)
    company_code: str = _text(10)
    other_ref: str = _text(30)
    other_ref_type: str = _text()
    web_user: str = _text(50)
    company_class: str = _text(50, required=True)
    company_type: str = _text()
    company_name: str = _text(50, private=True)
    web_site: str = _text(50)
    source_code: str = _text()
    mailing_status: str = _text()
    optin_newsletter: bool | None = _flag()
    tax_reference: str = _text(20)
    gift_aid: bool | None = _flag()
    vat_relief_qualified: bool | None = _flag()


@attrs.frozen(kw_only=True)
class PaymentDetail:
    """PAYMENT_DETAIL. *auth_code* not empty: the payment counts as taken, unless *preauth*.

    *card_number* is only ever a word such as ``PAYPAL`` or a voucher's or cheque's reference.
    """

    payment_amount: Decimal | None = _money(required=True)
    payment_type: str = _text(1, required=True)
    card_number: str = _text(50)
    preauth: bool | None = _flag()
    auth_code: str = _text(50)
    transaction_id: str = _text(100)
    psp_code: str = _text()
    preauth_ref: str = _text()
    security_ref: str = _text()
    security_comment: str = _text()
    account_number: str = _text()
    account_name: str = _text()
    credit_score: str = _text()
    transaction_timestamp: datetime | None = _moment()
    charge_amount: Decimal | None = _money()


@attrs.frozen(kw_only=True)
class Header:
    """ORDER_HEADER. *order_amount* is the gross total with delivery, which the ERP checks.

    *delivery_net* with *delivery_tax*, or *delivery_grs*; all empty: the ERP works the charge out; 0: free.
    """

    order_date: datetime | None = _moment(required=True)
    delivery_date: datetime | None = _moment()
    order_amount: Decimal | None = _money(required=True)
    order_currency_code: str = _text(3)
    site: str = _text()
    associated_ref: str = _text(50, required=True, code=True)
    agent: str = _text(always=False)
    order_note: str = _text(2000, lines=True, private=True)
    invoice_note: str = _text(2000, lines=True, private=True)
    delivery_net: Decimal | None = _money()
    delivery_tax: Decimal | None = _money()
    delivery_grs: Decimal | None = _money()
    courier_code: str = _text()
    courier_desc: str = _text()
    po_number: str = _text(30)
    keycode_code: str = _text()
    brand: str = _text()
    sales_source: str = _text()
    courier_note: str = _text(255, lines=True, private=True)
    inv_priority: str = _text()
    gift_aid: bool | None = _flag()
    manual_received: bool | None = _flag()
    required_by_date: datetime | None = _moment()
    client_name: str = _text()
    website_name: str = _text()
    channel_id: str = _text()
    ship_date: datetime | None = _moment()
    consignment_ref: str = _text()


@attrs.frozen(kw_only=True)
class Item:
    """ORDER_ITEM: *order_qty* units at a net or a gross unit price, before *ksd_discount* percent.

    *tax_rate* is a code of the installation (1 standard, 2 zero, 4 reduced), never a percentage.
    """

    stock_code: str = _text(50, required=True, code=True)
    mapping_type: str = _text(required=True)
    stock_desc: str = _text(250, plain=True)
    extended_desc: str = _text(150, always=False, plain=True)
    order_qty: Decimal | None = _quantity(required=True)
    price_net: Decimal | None = _money(always=False)
    price_grs: Decimal | None = _money(always=False)
    ksd_discount: Decimal | None = _quantity()
    tax_rate: str = _text()
    freeitem_reason: str = _text(always=False)
    import_ref: str = _text(always=False)
    webitem_ref: str = _text(always=False)
    pack_sort_order: str = _text(always=False)
    site: str = _text()


@attrs.frozen(kw_only=True)
class SalesOrder:
    """One SALES_ORDER. *delivery* None: the ERP delivers to the *invoice* address (its elements are written empty)."""

    customer: Customer
    invoice: Address
    delivery: Address | None = None
    payments: tuple[PaymentDetail, ...] = ()
    header: Header
    items: tuple[Item, ...]
