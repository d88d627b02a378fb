"""Orders as OR11 tells them, under Mirakl's own names.

Only what cannot be missed is required. The document marks more fields as required than live answers carry, and null
turns up in fields that it marks; such fields have a default here.
"""

from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.additional_fields import AdditionalField
from khaos_connectors.mirakl.models.amounts import Fee, TaxAmount
from khaos_connectors.mirakl.models.codes import DocumentFormat, OrderState, OrderTaxMode, PaymentWorkflow
from khaos_connectors.mirakl.models.customers import Contact, Customer, OrderAddress, Organization
from khaos_connectors.mirakl.models.order_codes import PaymentTermType
from khaos_connectors.mirakl.models.order_lines import Cancelation, OrderLine, Refund, ShippingFrom, Warehouse
from khaos_connectors.mirakl.models.order_updates import UpdatedOrder, UpdatedOrderError
from khaos_connectors.mirakl.models.promotions import DiscountCampaign, OrderPromotions

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
    "OrderRefund",
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
class OrderRefund:
    """A refund of the whole order, to which the refunds of lines belong (order-level tax calculation)."""

    order_refund_id: Text
    taxes: tuple[OrderTax, ...] | None = ()


@attrs.frozen(kw_only=True)
class References:
    """The order's numbers in other systems."""

    order_reference_for_customer: Text | None = None
    order_reference_for_seller: Text | None = None


@attrs.frozen(kw_only=True)
class Channel:
    """The operator's sales channel (its country shops, often)."""

    code: Text | None = None
    label: str | None = None


@attrs.frozen(kw_only=True)
class Center:
    """A fulfilment centre."""

    code: Text | None = None


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

    format: DocumentFormat | Unrecognised | None = None


@attrs.frozen(kw_only=True)
class PaymentTerms:
    """Days until payment, from the invoice (NET) or from the month's end."""

    days: int | None = None
    type: PaymentTermType | Unrecognised | None = None


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
    order_refunds: tuple[OrderRefund, ...] | None = ()
    promotions: OrderPromotions | None = None
    discount_campaigns: tuple[DiscountCampaign, ...] | None = ()
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
