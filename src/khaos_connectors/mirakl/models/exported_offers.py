"""Offers as the export gives them (OF54): other names than OF21, the deleted ones too, no stock alert."""

from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.additional_fields import AdditionalField
from khaos_connectors.mirakl.models.offer_prices import OfferEcoContribution, PriceContext
from khaos_connectors.mirakl.models.offers import OfferFulfillment, WarehouseQuantity
from khaos_connectors.mirakl.models.order_codes import MeasurementUnit
from khaos_connectors.mirakl.models.shipping_codes import ShippingPriceType

__all__ = [
    "DeliveryDays",
    "DiscountCampaign",
    "ExportedClass",
    "ExportedMeasurement",
    "ExportedOffer",
    "ExportedPrice",
    "ExportedRetailPrice",
    "ExportedShipping",
    "ExportedVolumePrice",
]


@attrs.frozen(kw_only=True)
class ExportedVolumePrice:
    """A price from a quantity on."""

    quantity_threshold: int | None = None
    unit_origin_price: Decimal | None = None
    unit_discount_price: Decimal | None = None


@attrs.frozen(kw_only=True)
class ExportedPrice:
    """A price; without a context it is the default one."""

    context: PriceContext | None = None
    origin_price: Decimal | None = None
    discount_price: Decimal | None = None
    discount_start_date: datetime | None = None
    discount_end_date: datetime | None = None
    volume_prices: tuple[ExportedVolumePrice, ...] | None = ()


@attrs.frozen(kw_only=True)
class ExportedRetailPrice:
    """What the consumer pays in a drop-ship shop."""

    origin_price: Decimal | None = None
    discount_price: Decimal | None = None
    discount_start_date: datetime | None = None
    discount_end_date: datetime | None = None


@attrs.frozen(kw_only=True)
class DeliveryDays:
    """How long a delivery takes, in days."""

    earliest_days: int | None = None
    latest_days: int | None = None


@attrs.frozen(kw_only=True)
class ExportedShipping:
    """A shipping method of an offer and what it costs."""

    code: Text | None = None
    shipping_zone_code: Text | None = None
    shipping_price_type: ShippingPriceType | Unrecognised | None = None
    shipping_price_unit: Decimal | None = None
    shipping_price_additional_unit: Decimal | None = None
    delivery_time: DeliveryDays | None = None


@attrs.frozen(kw_only=True)
class ExportedMeasurement:
    """How much of something one product holds."""

    total_measurement_of_product: Decimal | None = None
    unit: MeasurementUnit | Unrecognised | None = None


@attrs.frozen(kw_only=True)
class ExportedClass:
    """The logistic class by its code."""

    code: Text | None = None


@attrs.frozen(kw_only=True)
class DiscountCampaign:
    """A campaign of the operator that an offer takes part in."""

    identifier: Text | None = None


@attrs.frozen(kw_only=True)
class ExportedOffer:
    """One offer of an export. A deleted one tells little more than its SKU and that it is *deleted*."""

    shop_sku: Text
    quantity: int | None = None
    active: bool | None = None
    deleted: bool | None = None
    offer_id: Text | None = None
    product_sku: Text | None = None
    state_code: Text | None = None
    date_created: datetime | None = None
    last_updated: datetime | None = None
    warehouses: tuple[WarehouseQuantity, ...] | None = ()

    prices: tuple[ExportedPrice, ...] | None = ()
    retail_prices: tuple[ExportedRetailPrice, ...] | None = ()
    msrp: Decimal | None = None
    price_additional_info: str | None = None
    currency_iso_code: str | None = None
    eco_contributions: tuple[OfferEcoContribution, ...] | None = ()
    ongoing_discount_campaigns: tuple[DiscountCampaign, ...] | None = ()
    product_tax_code: Text | None = None
    allow_quote_requests: bool | None = None

    description: str | None = None
    channels: tuple[str, ...] | None = ()
    favorite_rank: int | None = None
    is_professional: bool | None = None
    premium: bool | None = None
    shop_id: int | None = None
    shop_name: str | None = None
    offer_additional_fields: tuple[AdditionalField, ...] | None = ()

    leadtime_to_ship: int | None = None
    logistic_class: ExportedClass | None = None
    measurement: ExportedMeasurement | None = None
    shipping_types: tuple[ExportedShipping, ...] | None = ()
    min_shipping_price: Decimal | None = None
    min_shipping_price_additional: Decimal | None = None
    min_shipping_type: Text | None = None
    min_shipping_zone: Text | None = None
    fulfillment: OfferFulfillment | None = None
    min_order_quantity: int | None = None
    max_order_quantity: int | None = None
    package_quantity: int | None = None
    available_start_date: datetime | None = None
    available_end_date: datetime | None = None
