"""The shop's own offers, under Mirakl's own names."""

from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.additional_fields import AdditionalField
from khaos_connectors.mirakl.models.codes import InactivityReason
from khaos_connectors.mirakl.models.offer_prices import (
    OfferDiscount,
    OfferEcoContribution,
    OfferPrice,
    RetailPrice,
)

__all__ = [
    "FulfillmentCenter",
    "LogisticClass",
    "Offer",
    "OfferFulfillment",
    "ProductReference",
    "WarehouseQuantity",
]


@attrs.frozen(kw_only=True)
class ProductReference:
    """A code of the product, such as its EAN."""

    reference_type: str | None = None
    reference: Text | None = None


@attrs.frozen(kw_only=True)
class LogisticClass:
    """How heavy or awkward the goods are (an object here, a mere code where offers are written)."""

    code: Text
    label: str | None = None


@attrs.frozen(kw_only=True)
class WarehouseQuantity:
    """Units in one warehouse of the shop."""

    code: Text
    quantity: int


@attrs.frozen(kw_only=True)
class FulfillmentCenter:
    """The centre that sends an offer's goods; ``DEFAULT`` is the seller."""

    code: Text | None = None


@attrs.frozen(kw_only=True)
class OfferFulfillment:
    """Who sends an offer's goods."""

    center: FulfillmentCenter | None = None


@attrs.frozen(kw_only=True)
class Offer:
    """A sellable record of this shop: OF21 and OF22. *shop_sku* is the lasting key; *offer_id* is not, over time.

    In drop-ship shops the prices are purchase prices and *retail_prices* what the consumer pays. *product_tax_code*
    comes from OF22 only. A *leadtime_to_ship* of 0 comes back as 1 where the platform's default is not 0.
    """

    shop_sku: Text
    quantity: int
    active: bool
    offer_id: Text | None = None
    product_sku: Text | None = None
    product_title: str | None = None
    product_brand: str | None = None
    product_description: str | None = None
    product_references: tuple[ProductReference, ...] | None = ()
    category_code: Text | None = None
    category_label: str | None = None
    inactivity_reasons: tuple[InactivityReason | Unrecognised, ...] | None = ()
    warehouses: tuple[WarehouseQuantity, ...] | None = ()

    price: Decimal | None = None
    total_price: Decimal | None = None
    msrp: Decimal | None = None
    price_additional_info: str | None = None
    applicable_pricing: OfferPrice | None = None
    all_prices: tuple[OfferPrice, ...] | None = ()
    retail_prices: tuple[RetailPrice, ...] | None = ()
    discount: OfferDiscount | None = None
    currency_iso_code: str | None = None
    eco_contributions: tuple[OfferEcoContribution, ...] | None = ()
    product_tax_code: Text | None = None
    allow_quote_requests: bool | None = None

    state_code: Text | None = None
    channels: tuple[str, ...] | None = ()
    description: str | None = None
    internal_description: str | None = None
    favorite_rank: int | None = None
    offer_additional_fields: tuple[AdditionalField, ...] | None = ()

    leadtime_to_ship: int | None = None
    shipping_deadline: datetime | None = None
    logistic_class: LogisticClass | None = None
    min_shipping_price: Decimal | None = None
    min_shipping_price_additional: Decimal | None = None
    min_shipping_type: Text | None = None
    min_shipping_zone: Text | None = None
    fulfillment: OfferFulfillment | None = None
    min_order_quantity: int | None = None
    max_order_quantity: int | None = None
    package_quantity: int | None = None
    min_quantity_alert: int | None = None
    available_start_date: datetime | None = None
    available_end_date: datetime | None = None
