"""Offers to write (OF24). The whole offer is replaced: every field that is left out is reset by Mirakl."""

from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.core.amounts import typed_money
from khaos_connectors.mirakl.models.additional_fields import NewAdditionalField
from khaos_connectors.mirakl.models.offer_codes import EprCategory, UpdateDelete

__all__ = [
    "NewDiscount",
    "NewDiscountRange",
    "NewEcoContribution",
    "NewOffer",
    "NewOfferPrice",
    "NewRetailPrice",
    "NewVolumePrice",
]


@attrs.frozen(kw_only=True, field_transformer=typed_money)
class NewVolumePrice:
    """A price from *quantity_threshold* (1 or more) on."""

    quantity_threshold: int
    unit_origin_price: Decimal
    unit_discount_price: Decimal | None = None


@attrs.frozen(kw_only=True, field_transformer=typed_money)
class NewOfferPrice:
    """A price of the offer on one channel, None for the default price."""

    unit_origin_price: Decimal
    channel_code: str | None = None
    unit_discount_price: Decimal | None = None
    discount_start_date: datetime | None = None
    discount_end_date: datetime | None = None
    volume_prices: tuple[NewVolumePrice, ...] = ()


@attrs.frozen(kw_only=True, field_transformer=typed_money)
class NewDiscountRange:
    """A discounted price from *quantity_threshold* (1 or more) on."""

    quantity_threshold: int
    price: Decimal


@attrs.frozen(kw_only=True, field_transformer=typed_money)
class NewDiscount:
    """A discount of the default price."""

    price: Decimal | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    ranges: tuple[NewDiscountRange, ...] = ()


@attrs.frozen(kw_only=True, field_transformer=typed_money)
class NewRetailPrice:
    """What the consumer pays; for drop-ship shops only."""

    unit_origin_price: Decimal
    unit_discount_price: Decimal | None = None
    discount_start_date: datetime | None = None
    discount_end_date: datetime | None = None


@attrs.frozen(kw_only=True, field_transformer=typed_money)
class NewEcoContribution:
    """What a producer owes for the recycling of one unit."""

    epr_category_code: EprCategory
    eco_contribution_amount: Decimal | None = None
    producer_id: str | None = None


@attrs.frozen(kw_only=True, field_transformer=typed_money)
class NewOffer:
    """One offer, whole. Times are aware, amounts in the platform's currency and tax mode, quantities 0 or more.

    *product_id* and *product_id_type* (``SKU``, ``SHOP_SKU``, ``EAN`` …) say on which product it is; Mirakl wants them
    although only a new offer needs them. *leadtime_to_ship* is less than 45 days. *all_prices*, when given, holds the
    default price as well. *retail_prices* and *msrp* are for drop-ship shops.
    """

    shop_sku: str
    product_id: str
    product_id_type: str
    price: Decimal
    state_code: str
    quantity: int
    update_delete: UpdateDelete = UpdateDelete.UPDATE

    description: str | None = None
    internal_description: str | None = None
    price_additional_info: str | None = None
    leadtime_to_ship: int | None = None
    logistic_class: str | None = None
    min_quantity_alert: int | None = None
    min_order_quantity: int | None = None
    max_order_quantity: int | None = None
    package_quantity: int | None = None
    available_started: datetime | None = None
    available_ended: datetime | None = None
    product_tax_code: str | None = None
    allow_quote_requests: bool | None = None
    pricing_unit: str | None = None
    msrp: Decimal | None = None
    discount: NewDiscount | None = None
    all_prices: tuple[NewOfferPrice, ...] = ()
    retail_prices: tuple[NewRetailPrice, ...] = ()
    eco_contributions: tuple[NewEcoContribution, ...] = ()
    offer_additional_fields: tuple[NewAdditionalField, ...] = ()
