"""The lines of an order, with what was refunded and cancelled of them, under Mirakl's own names."""

from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.additional_fields import AdditionalField
from khaos_connectors.mirakl.models.amounts import AmountBreakdown, EcoContribution, Fee, PurchaseInformation, TaxAmount
from khaos_connectors.mirakl.models.codes import LineState, RefundState
from khaos_connectors.mirakl.models.customers import PlainAddress
from khaos_connectors.mirakl.models.order_codes import MeasurementUnit
from khaos_connectors.mirakl.models.promotions import DiscountCampaign, Promotion

__all__ = [
    "Cancelation",
    "Measurement",
    "OrderLine",
    "ProductMedia",
    "Refund",
    "ShippingFrom",
    "Warehouse",
]


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

    code: Text | None = None


@attrs.frozen(kw_only=True)
class ShippingFrom:
    """Where goods leave from: a warehouse, an address, or just a country (alpha-3)."""

    warehouse: Warehouse | None = None
    address: PlainAddress | None = None


@attrs.frozen(kw_only=True)
class ProductMedia:
    """A picture of the product; *media_url* is relative to the instance, without ``/api``."""

    media_url: str | None = None
    mime_type: str | None = None
    type: str | None = None


@attrs.frozen(kw_only=True)
class Measurement:
    """Of goods that are sold by weight or length: what was ordered, what was sent, how far they may differ."""

    measurement_unit: MeasurementUnit | Unrecognised | None = None
    ordered_measurement: Decimal | None = None
    actual_measurement: Decimal | None = None
    adjustment_limit: Decimal | None = None


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
    product_medias: tuple[ProductMedia, ...] | None = ()
    category_code: Text | None = None
    category_label: str | None = None
    description: str | None = None
    price_unit: Decimal | None = None
    origin_unit_price: Decimal | None = None
    price_additional_info: str | None = None
    price_amount_breakdown: AmountBreakdown | None = None
    shipping_price_amount_breakdown: AmountBreakdown | None = None
    total_price: Decimal | None = None
    fees: tuple[Fee, ...] | None = ()
    taxes: tuple[TaxAmount, ...] | None = ()
    shipping_taxes: tuple[TaxAmount, ...] | None = ()
    tax_legal_notice: str | None = None
    commission_fee: Decimal | None = None
    commission_taxes: tuple[TaxAmount, ...] | None = ()
    total_commission: Decimal | None = None
    promotions: tuple[Promotion, ...] | None = ()
    discount_campaign: DiscountCampaign | None = None
    eco_contributions: tuple[EcoContribution, ...] | None = ()
    measurement: Measurement | None = None
    purchase_information: PurchaseInformation | None = None
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
