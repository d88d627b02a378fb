"""SalesOrder and what it consists of: what the ERP fetches with OrderDownload (vendor's pages, "SalesOrder").

Of a card there is only what a payment that was taken elsewhere needs. CardNumber, CardStart, CardExpire, CardCV2,
CardHolder, CardIssue, PreauthRef, SecurityRef, SecurityToken, AAVCV2Results, FraudData, AccountNumber and Timestamp
have no field: they are neither written nor read.
"""

from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.khaos_control.cards import last_digits, no_card_number
from khaos_connectors.khaos_control.channels import fields
from khaos_connectors.khaos_control.channels.codes import (
    CalcMethod,
    CreateNew,
    DescriptionSource,
    Mapping,
    Match,
    UnfitItems,
)
from khaos_connectors.khaos_control.channels.values import (
    Address,
    Contact,
    DataItem,
    ItemMapping,
    LockableDate,
    Price,
)

__all__ = [
    "API_VERSION",
    "BACSPayment",
    "CardPayment",
    "CashPayment",
    "ChequePayment",
    "Customer",
    "OrderHeader",
    "OrderImportConfig",
    "OrderItem",
    "OrderItemDescription",
    "OrderPayment",
    "SalesOrder",
    "SalesOrderImport",
    "VoucherPayment",
]

API_VERSION = 1000
"""What every document that the ERP fetches says; the vendor's sample pages still show an older 10000."""


@attrs.frozen(kw_only=True)
class Customer:
    """Whose order it is (Customer). *urn* only for a customer that is known to exist: it is the ERP's own number."""

    create_new: CreateNew = attrs.field(metadata=fields.code("CreateNew", CreateNew))
    company_class: DataItem = attrs.field(metadata=fields.record("CompanyClass", DataItem))
    currency: DataItem = attrs.field(metadata=fields.record("Currency", DataItem))
    other_ref: str = attrs.field(default="", metadata=fields.text("OtherRef", 50))
    web_user: str = attrs.field(default="", metadata=fields.text("WebUser", 50))
    company_type: DataItem | None = attrs.field(default=None, metadata=fields.record("CompanyType", DataItem))
    company_name: str = attrs.field(default="", metadata=fields.text("CompanyName", 50), repr=False)
    website_url: str = attrs.field(default="", metadata=fields.text("WebsiteUrl", 50))
    source_code: DataItem | None = attrs.field(default=None, metadata=fields.record("SourceCode", DataItem))
    mailing_status: DataItem | None = attrs.field(default=None, metadata=fields.record("MailingStatus", DataItem))
    tax_reference: str = attrs.field(default="", metadata=fields.text("TaxReference", 20))
    urn: str = attrs.field(default="", metadata=fields.text("URN"))
    tax_exempt: bool | None = attrs.field(default=None, metadata=fields.flag("TaxExempt"))


@attrs.frozen(kw_only=True)
class OrderHeader:
    """The order as a whole (OrderHeader).

    *associated_ref* is unique per source. *delivery_charge*: None lets the ERP work it out, 0 is free. *gross_total*
    lets it absorb rounding differences. *value_discount* is gross. *custom_data* comes back with the statuses.
    *ioss_number* needs version 8.201. *sorder_code* and *sorder_type* are only told by the ERP.
    """

    associated_ref: str = attrs.field(metadata=fields.text("AssociatedRef", 50))
    order_date: datetime = attrs.field(metadata=fields.moment("OrderDate"))
    site: DataItem = attrs.field(metadata=fields.record("Site", DataItem))
    agent: DataItem | None = attrs.field(default=None, metadata=fields.record("Agent", DataItem))
    courier: DataItem | None = attrs.field(default=None, metadata=fields.record("Courier", DataItem))
    courier_group: DataItem | None = attrs.field(default=None, metadata=fields.record("CourierGroup", DataItem))
    keycode: DataItem | None = attrs.field(default=None, metadata=fields.record("Keycode", DataItem))
    sales_source: DataItem = attrs.field(metadata=fields.record("SalesSource", DataItem))
    client: DataItem | None = attrs.field(default=None, metadata=fields.record("Client", DataItem))
    website: DataItem | None = attrs.field(default=None, metadata=fields.record("Website", DataItem))
    brand: DataItem | None = attrs.field(default=None, metadata=fields.record("Brand", DataItem))
    invoice_priority: DataItem | None = attrs.field(default=None, metadata=fields.record("InvoicePriority", DataItem))
    discount_codes: tuple[DataItem, ...] = attrs.field(
        default=(), metadata=fields.records("DiscountCodes", DataItem, "DataItem", always=True)
    )
    order_note: str = attrs.field(default="", metadata=fields.text("OrderNote", lines=True), repr=False)
    invoice_note: str = attrs.field(default="", metadata=fields.text("InvoiceNote", lines=True), repr=False)
    delivery_date: LockableDate | None = attrs.field(default=None, metadata=fields.record("DeliveryDate", LockableDate))
    required_date: datetime | None = attrs.field(default=None, metadata=fields.moment("RequiredDate"))
    po_number: str = attrs.field(default="", metadata=fields.text("PONumber"))
    delivery_charge: Price | None = attrs.field(default=None, metadata=fields.record("DeliveryCharge", Price))
    delivery_tax_amount: Decimal | None = attrs.field(default=None, metadata=fields.number("DeliveryTaxAmount"))
    remainder_on_account: bool | None = attrs.field(default=None, metadata=fields.flag("RemainderOnAccount"))
    calc_method: CalcMethod | None = attrs.field(default=None, metadata=fields.code("CalcMethod", CalcMethod))
    value_discount: Decimal | None = attrs.field(default=None, metadata=fields.number("ValueDiscount"))
    gross_total: Decimal | None = attrs.field(default=None, metadata=fields.number("GrossTotal"))
    custom_data: str = attrs.field(default="", metadata=fields.text("CustomData"))
    currency: DataItem | None = attrs.field(default=None, metadata=fields.record("Currency", DataItem))
    vat_relief_qualified: bool | None = attrs.field(default=None, metadata=fields.flag("VATReliefQualified"))
    ioss_number: str = attrs.field(default="", metadata=fields.text("IOSSNumber"))
    sorder_code: str = attrs.field(default="", metadata=fields.text("SOrderCode"))
    sorder_type: DataItem | None = attrs.field(default=None, metadata=fields.record("SOrderType", DataItem))


@attrs.frozen(kw_only=True)
class OrderItemDescription:
    """A line's description: *parameter* is the text itself or the set of web categories to take it from."""

    source: DescriptionSource = attrs.field(metadata=fields.code("Source", DescriptionSource, place="attribute"))
    parameter: str = attrs.field(default="", metadata=fields.text("Parameter", place="text"))


@attrs.frozen(kw_only=True)
class OrderItem:
    """A line (OrderItem). *import_ref* and *web_item_ref* come back in shipments. *unit_price* is before discounts.

    *value_discount* is the discount that the vendor prefers (desktop from 8.190.36). *pack_link*: ``001.001``.
    """

    sku: str = attrs.field(metadata=fields.text("SKU"))
    mapping: Mapping = attrs.field(metadata=fields.code("Mapping", Mapping))
    mapping_item: str = attrs.field(default="", metadata=fields.text("MappingItem"))
    quantity: Decimal = attrs.field(metadata=fields.number("Quantity"))
    stock_description: OrderItemDescription | None = attrs.field(
        default=None, metadata=fields.record("StockDescription", OrderItemDescription)
    )
    extended_description: tuple[str, ...] = attrs.field(
        default=(), metadata=fields.texts("ExtendedDescription", always=True), repr=False
    )
    free_item_reason: DataItem | None = attrs.field(default=None, metadata=fields.record("FreeItemReason", DataItem))
    import_ref: str = attrs.field(default="", metadata=fields.text("ImportRef"))
    web_item_ref: str = attrs.field(default="", metadata=fields.text("WebItemRef"))
    site: DataItem | None = attrs.field(default=None, metadata=fields.record("Site", DataItem))
    pack_link: str = attrs.field(default="", metadata=fields.text("PackLink"))
    unit_price: Price = attrs.field(metadata=fields.record("UnitPrice", Price))
    percent_discount: Decimal | None = attrs.field(default=None, metadata=fields.number("PercentDiscount"))
    value_discount: Decimal | None = attrs.field(default=None, metadata=fields.number("ValueDiscount"))
    alternate_mapping: tuple[ItemMapping, ...] = attrs.field(
        default=(), metadata=fields.records("AlternateMapping", ItemMapping, "ItemMapping")
    )


@attrs.frozen(kw_only=True)
class CashPayment:
    """Paid in cash."""

    reference: str = attrs.field(default="", metadata=fields.text("Reference"), validator=no_card_number)


@attrs.frozen(kw_only=True)
class ChequePayment:
    """Paid by cheque."""

    reference: str = attrs.field(default="", metadata=fields.text("Reference"), validator=no_card_number)


@attrs.frozen(kw_only=True)
class VoucherPayment:
    """Paid with a voucher that the ERP issued; it is found by its *reference*."""

    reference: str = attrs.field(metadata=fields.text("Reference"), validator=no_card_number)


@attrs.frozen(kw_only=True)
class BACSPayment:
    """Paid by bank transfer."""

    reference: str = attrs.field(default="", metadata=fields.text("Reference"), validator=no_card_number)


@attrs.frozen(kw_only=True)
class CardPayment:
    """Paid with a card, or through a service such as a marketplace, which *card_type* then names.

    *auth_code* not empty: the money was taken (or reserved, if *is_preauth*). Anything that looks like a card number
    is refused with ``ValueError``.
    """

    card_type: str = attrs.field(metadata=fields.text("CardType", 25), validator=no_card_number)
    is_preauth: bool = attrs.field(metadata=fields.flag("IsPreauth"))
    auth_code: str = attrs.field(default="", metadata=fields.text("AuthCode"), validator=no_card_number)
    transaction_id: str = attrs.field(default="", metadata=fields.text("TransactionID"), validator=no_card_number)
    last4_digits: str = attrs.field(default="", metadata=fields.text("Last4Digits", 4), validator=last_digits)


@attrs.frozen(kw_only=True)
class OrderPayment:
    """Money for an order, in exactly one of five ways (OrderPayment)."""

    amount: Decimal = attrs.field(metadata=fields.number("Amount"))
    cash: CashPayment | None = attrs.field(default=None, metadata=fields.record("Cash", CashPayment, hollow=False))
    cheque: ChequePayment | None = attrs.field(
        default=None, metadata=fields.record("Cheque", ChequePayment, hollow=False)
    )
    voucher: VoucherPayment | None = attrs.field(
        default=None, metadata=fields.record("Voucher", VoucherPayment, hollow=False)
    )
    bacs: BACSPayment | None = attrs.field(default=None, metadata=fields.record("BACS", BACSPayment, hollow=False))
    card: CardPayment | None = attrs.field(default=None, metadata=fields.record("Card", CardPayment, hollow=False))
    bank_account: DataItem | None = attrs.field(
        default=None, metadata=fields.record("BankAccount", DataItem, plain=True)
    )
    credit_score: str = attrs.field(default="", metadata=fields.text("CreditScore"), validator=no_card_number)
    security_comment: str = attrs.field(default="", metadata=fields.text("SecurityComment"), validator=no_card_number)


@attrs.frozen(kw_only=True)
class SalesOrder:
    """One order (SalesOrder). Without *payments* it is unpaid, unless it goes on the customer's account."""

    customer: Customer = attrs.field(metadata=fields.record("Customer", Customer))
    invoice_address: Address = attrs.field(metadata=fields.record("InvoiceAddress", Address))
    invoice_contact: Contact = attrs.field(metadata=fields.record("InvoiceContact", Contact))
    delivery_address: Address | None = attrs.field(default=None, metadata=fields.record("DeliveryAddress", Address))
    delivery_contact: Contact | None = attrs.field(default=None, metadata=fields.record("DeliveryContact", Contact))
    header: OrderHeader = attrs.field(metadata=fields.record("Header", OrderHeader))
    items: tuple[OrderItem, ...] = attrs.field(metadata=fields.records("Items", OrderItem, "OrderItem"))
    payments: tuple[OrderPayment, ...] = attrs.field(
        default=(), metadata=fields.records("Payments", OrderPayment, "OrderPayment")
    )


@attrs.frozen(kw_only=True)
class OrderImportConfig:
    """How the ERP finds existing customers, and what it does with items that it cannot sell (OrderImportConfig)."""

    match_company_on: tuple[Match, ...] = attrs.field(default=(), metadata=fields.bare_codes("MatchCompanyOn", Match))
    match_address_on: tuple[Match, ...] = attrs.field(default=(), metadata=fields.bare_codes("MatchAddressOn", Match))
    match_contact_on: tuple[Match, ...] = attrs.field(default=(), metadata=fields.bare_codes("MatchContactOn", Match))
    discontinued_items: UnfitItems | None = attrs.field(
        default=None, metadata=fields.code("DiscontinuedItems", UnfitItems)
    )
    run_to_zero_error_items: UnfitItems | None = attrs.field(
        default=None, metadata=fields.code("RunToZeroErrorItems", UnfitItems)
    )
    import_as_unconfirmed: bool | None = attrs.field(default=None, metadata=fields.flag("ImportAsUnconfirmed"))


@attrs.frozen(kw_only=True)
class SalesOrderImport:
    """The answer to OrderDownload."""

    orders: tuple[SalesOrder, ...] = attrs.field(
        default=(), metadata=fields.records("Orders", SalesOrder, "SalesOrder", always=True)
    )
    api_version: int = attrs.field(default=API_VERSION, metadata=fields.whole("ApiVersion"))
    config: OrderImportConfig | None = attrs.field(
        default=None, metadata=fields.record("Config", OrderImportConfig, also=("config",))
    )
