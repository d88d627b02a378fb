"""The offers of everybody on a product (P11). Mirakl blanks much of it for sellers: nothing for one's own data.

A seller sees ``offer_id`` 0, ``quantity`` 999 and no ``shop_id``, whatever the truth is.
"""

from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.additional_fields import AdditionalField
from khaos_connectors.mirakl.models.codes import InactivityReason
from khaos_connectors.mirakl.models.exported_offers import ExportedMeasurement
from khaos_connectors.mirakl.models.offer_prices import (
    OfferDiscount,
    OfferEcoContribution,
    OfferPrice,
    RetailPrice,
)
from khaos_connectors.mirakl.models.offers import LogisticClass, ProductReference
from khaos_connectors.mirakl.models.shipping_codes import ShippingPriceType

__all__ = ["DeliveryWindow", "MarketMedia", "MarketOffer", "MarketProduct", "MarketShipping"]


@attrs.frozen(kw_only=True)
class DeliveryWindow:
    """When a delivery would come."""

    earliest_days: int | None = None
    latest_days: int | None = None
    earliest_delivery_date: datetime | None = None
    latest_delivery_date: datetime | None = None


@attrs.frozen(kw_only=True)
class MarketShipping:
    """A shipping method of an offer on a product."""

    code: Text | None = None
    label: str | None = None
    standard_code: Text | None = None
    shipping_zone_code: Text | None = None
    shipping_zone_label: str | None = None
    shipping_price_type: ShippingPriceType | Unrecognised | None = None
    shipping_price_unit: Decimal | None = None
    shipping_deadline: datetime | None = None
    cut_off_next_date: datetime | None = None
    cut_off_time: str | None = None
    delivery_time: DeliveryWindow | None = None


@attrs.frozen(kw_only=True)
class MarketOffer:
    """Somebody's offer on a product; *offer_id*, *quantity* and *shop_id* are blanked for sellers."""

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
    allow_quote_requests: bool | None = None
    state_code: Text | None = None
    description: str | None = None
    active: bool | None = None
    inactivity_reasons: tuple[InactivityReason | Unrecognised, ...] | None = ()
    channels: tuple[str, ...] | None = ()
    available_start_date: datetime | None = None
    available_end_date: datetime | None = None
    favorite_rank: int | None = None
    min_quantity_alert: int | None = None
    offer_additional_fields: tuple[AdditionalField, ...] | None = ()
    offer_id: Text | None = None
    quantity: int | None = None

    shop_name: str | None = None
    shop_id: int | None = None
    shop_grade: Decimal | None = None
    nb_evaluation: int | None = None
    is_professional: bool | None = None
    premium: bool | None = None

    leadtime_to_ship: int | None = None
    shipping_deadline: datetime | None = None
    logistic_class: LogisticClass | None = None
    min_shipping_price: Decimal | None = None
    min_shipping_price_additional: Decimal | None = None
    min_shipping_type: Text | None = None
    min_shipping_zone: Text | None = None
    shipping_types: tuple[MarketShipping, ...] | None = ()


@attrs.frozen(kw_only=True)
class MarketMedia:
    """A picture of the product; a relative address is the instance's."""

    type: str | None = None
    media_url: str | None = None
    dam_url: str | None = None


@attrs.frozen(kw_only=True)
class MarketProduct:
    """A product with the offers on it; *total_count* is how many there are."""

    product_sku: Text
    product_title: str | None = None
    product_brand: str | None = None
    product_description: str | None = None
    product_references: tuple[ProductReference, ...] | None = ()
    product_media: MarketMedia | None = None
    category_code: Text | None = None
    category_label: str | None = None
    measurement: ExportedMeasurement | None = None
    offers: tuple[MarketOffer, ...] | None = ()
    total_count: int | None = None
