"""Orders as OR11 tells them, under Mirakl's own names.

Only what cannot be missed is required. The document marks more fields as required than live answers carry, and null
turns up in fields that it marks; such fields have a default here.
"""

from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.amounts import AmountBreakdown, EcoContribution, Fee, PurchaseInformation, TaxAmount
from khaos_connectors.mirakl.models.codes import (
    DocumentFormat,
    LineState,
    OrderState,
    OrderTaxMode,
    PaymentWorkflow,
    RefundState,
)
from khaos_connectors.mirakl.models.customers import Contact, Customer, OrderAddress, Organization

__all__ = [
    "AdditionalField",
    "Cancelation",
    "Center",
    "Channel",
    "Contact",
    "Customer",
    "DateRange",
    "DocumentDetail",
    "Fee",
    "Fulfillment",
    "InvoiceDetails",
    "Order",
    "OrderAddress",
    "OrderLine",
    "OrderTax",
    "Organization",
    "PaymentTerms",
    "References",
    "Refund",
    "ShippingFrom",
    "TaxAmount",
    "UpdatedOrder",
    "UpdatedOrderError",
    "Warehouse",
]


@attrs.frozen(kw_only=True)
class OrderTax:
    """One tax of the whole order (operators with order-level tax calculation)."""

    code: Text
    total_amount: Decimal
    rate: Decimal | None = None


@attrs.frozen(kw_only=True)
class AdditionalField:
    """A custom field; *value* is text, or a list of texts for MULTIPLE_VALUES_LIST."""

    code: Text
    type: str | None = None
    value: object = None


@attrs.frozen(kw_only=True)
class Refund:
    """Money that went back after the debit. *quantity* is for information only and may be null."""

    id: Text
    order_refund_id: Text | None = None
    amount: Decimal | None = None
    shipping_amount: Decimal | None = None
    quantity: int | None = None
    reason_code: Text | None = None
    refund_state: RefundState | Unrecognised | None = None
    state: RefundState | Unrecognised | None = None
    taxes: tuple[TaxAmount, ...] | None = ()
    shipping_taxes: tuple[TaxAmount, ...] | None = ()
    fees: tuple[Fee, ...] | None = ()
    commission_amount: Decimal | None = None
    commission_taxes: tuple[TaxAmount, ...] | None = ()
    commission_total_amount: Decimal | None = None
    amount_breakdown: AmountBreakdown | None = None
    shipping_amount_breakdown: AmountBreakdown | None = None
    eco_contributions: tuple[EcoContribution, ...] | None = ()
    purchase_information: PurchaseInformation | None = None
    tax_legal_notice: str | None = None
    created_date: datetime | None = None
    transaction_date: datetime | None = None
    transaction_number: Text | None = None


@attrs.frozen(kw_only=True)
class Cancelation:
    """A quantity or an amount that was taken out before the debit (the document spells it so)."""

    id: Text
    amount: Decimal | None = None
    shipping_amount: Decimal | None = None
    quantity: int | None = None
    reason_code: Text | None = None
    taxes: tuple[TaxAmount, ...] | None = ()
    shipping_taxes: tuple[TaxAmount, ...] | None = ()
    fees: tuple[Fee, ...] | None = ()
    commission_amount: Decimal | None = None
    commission_taxes: tuple[TaxAmount, ...] | None = ()
    commission_total_amount: Decimal | None = None
    amount_breakdown: AmountBreakdown | None = None
    shipping_amount_breakdown: AmountBreakdown | None = None
    eco_contributions: tuple[EcoContribution, ...] | None = ()
    purchase_information: PurchaseInformation | None = None
    created_date: datetime | None = None


@attrs.frozen(kw_only=True)
class Warehouse:
    """A warehouse of the shop."""

    code: Text


@attrs.frozen(kw_only=True)
class ShippingFrom:
    """Where a line leaves from."""

    warehouse: Warehouse | None = None


@attrs.frozen(kw_only=True)
class OrderLine:
    """One line. *price* is the total of the line without shipping, *offer_sku* the seller's own SKU."""

    order_line_id: Text
    order_line_state: LineState | Unrecognised
    offer_sku: Text
    quantity: int
    price: Decimal
    shipping_price: Decimal
    order_line_index: int | None = None
    order_line_state_reason_code: Text | None = None
    order_line_state_reason_label: str | None = None
    offer_id: Text | None = None
    offer_state_code: Text | None = None
    product_sku: Text | None = None
    product_shop_sku: Text | None = None
    product_title: str | None = None
    category_code: Text | None = None
    category_label: str | None = None
    description: str | None = None
    price_unit: Decimal | None = None
    origin_unit_price: Decimal | None = None
    price_additional_info: str | None = None
    total_price: Decimal | None = None
    fees: tuple[Fee, ...] | None = ()
    taxes: tuple[TaxAmount, ...] | None = ()
    shipping_taxes: tuple[TaxAmount, ...] | None = ()
    tax_legal_notice: str | None = None
    commission_fee: Decimal | None = None
    commission_taxes: tuple[TaxAmount, ...] | None = ()
    total_commission: Decimal | None = None
    refunds: tuple[Refund, ...] | None = ()
    cancelations: tuple[Cancelation, ...] | None = ()
    can_refund: bool | None = None
    shipping_from: ShippingFrom | None = None
    order_line_additional_fields: tuple[AdditionalField, ...] | None = ()
    created_date: datetime | None = None
    debited_date: datetime | None = None
    shipped_date: datetime | None = None
    received_date: datetime | None = None
    last_updated_date: datetime | None = None


@attrs.frozen(kw_only=True)
class References:
    """The order's numbers in other systems."""

    order_reference_for_customer: Text | None = None
    order_reference_for_seller: Text | None = None


@attrs.frozen(kw_only=True)
class Channel:
    """The operator's sales channel (its country shops, often)."""

    code: Text
    label: str | None = None


@attrs.frozen(kw_only=True)
class Center:
    """A fulfilment centre."""

    code: Text


@attrs.frozen(kw_only=True)
class Fulfillment:
    """Who fulfils."""

    center: Center | None = None


@attrs.frozen(kw_only=True)
class DateRange:
    """When a delivery is promised."""

    earliest: datetime | None = None
    latest: datetime | None = None


@attrs.frozen(kw_only=True)
class DocumentDetail:
    """A format in which the buyer wants the invoice."""

    format: DocumentFormat | Unrecognised


@attrs.frozen(kw_only=True)
class PaymentTerms:
    """Days until payment, from the invoice (NET) or from the month's end."""

    days: int | None = None
    type: str | None = None


@attrs.frozen(kw_only=True)
class InvoiceDetails:
    """What the buyer asks of the invoice."""

    document_details: tuple[DocumentDetail, ...] | None = ()
    payment_terms: PaymentTerms | None = None


@attrs.frozen(kw_only=True)
class Order:
    """One order of one shop. *commercial_id* is the number that the customer sees."""

    order_id: Text
    order_state: OrderState | Unrecognised
    created_date: datetime
    currency_iso_code: str
    total_price: Decimal
    order_lines: tuple[OrderLine, ...]
    commercial_id: Text | None = None
    references: References | None = None
    quote_id: Text | None = None
    channel: Channel | None = None
    order_state_reason_code: Text | None = None
    order_state_reason_label: str | None = None
    can_cancel: bool | None = None
    can_shop_ship: bool | None = None
    fully_refunded: bool | None = None
    has_incident: bool | None = None
    has_invoice: bool | None = None
    has_customer_message: bool | None = None
    last_updated_date: datetime | None = None
    acceptance_decision_date: datetime | None = None
    customer_debited_date: datetime | None = None
    transaction_date: datetime | None = None
    transaction_number: Text | None = None
    shipping_deadline: datetime | None = None
    delivery_date: DateRange | None = None
    leadtime_to_ship: int | None = None
    price: Decimal | None = None
    shipping_price: Decimal | None = None
    total_commission: Decimal | None = None
    order_tax_mode: OrderTaxMode | Unrecognised | None = None
    order_taxes: tuple[OrderTax, ...] | None = ()
    payment_type: str | None = None
    payment_workflow: PaymentWorkflow | Unrecognised | None = None
    payment_duration: int | None = None
    customer_directly_pays_seller: bool | None = None
    invoice_details: InvoiceDetails | None = None
    shipping_type_code: Text | None = None
    shipping_type_label: str | None = None
    shipping_type_standard_code: str | None = None
    shipping_zone_code: Text | None = None
    shipping_zone_label: str | None = None
    shipping_pudo_id: Text | None = None
    shipping_carrier_code: Text | None = None
    shipping_carrier_standard_code: str | None = None
    shipping_company: str | None = None
    shipping_tracking: Text | None = None
    shipping_tracking_url: str | None = None
    fulfillment: Fulfillment | None = None
    customer: Customer | None = None
    customer_notification_email: str | None = attrs.field(default=None, repr=False)
    order_additional_fields: tuple[AdditionalField, ...] | None = ()


@attrs.frozen(kw_only=True)
class UpdatedOrderError:
    """Why OR04 left a field of an order as it was."""

    message: str | None = None
    code: Text | None = None
    field: str | None = None


@attrs.frozen(kw_only=True)
class UpdatedOrder:
    """What OR04 did to one order; not empty *errors* mean that it did not do all."""

    order_id: Text | None = None
    errors: tuple[UpdatedOrderError, ...] | None = ()
