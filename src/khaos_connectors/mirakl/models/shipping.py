"""How goods may travel on a platform, and how the own shop sends them (SH11 to SH52)."""

from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.shipping_codes import ShippingPriceType, Warden

__all__ = [
    "Carrier",
    "CutOff",
    "DeliveryTime",
    "LeadTime",
    "LogisticClass",
    "ShippingCharge",
    "ShippingCharges",
    "ShippingPrice",
    "ShippingPriceRange",
    "ShippingSetup",
    "ShippingType",
    "ShippingZone",
    "TransitDays",
]


@attrs.frozen(kw_only=True)
class Carrier:
    """A carrier that the operator registered (SH21); *tracking_url* may hold ``{trackingId}``."""

    code: Text
    label: str | None = None
    standard_code: Text | None = None
    tracking_url: str | None = None


@attrs.frozen(kw_only=True)
class ShippingType:
    """A shipping method of the operator (SH12)."""

    code: Text
    label: str | None = None
    description: str | None = None
    standard_code: str | None = None
    mandatory_tracking: bool | None = None
    click_and_collect: bool | None = None
    delivery_by_operator: bool | None = None
    ignore_lead_time_to_ship: bool | None = None


@attrs.frozen(kw_only=True)
class ShippingZone:
    """Where goods go to (SH11)."""

    code: Text
    label: str | None = None
    description: str | None = None


@attrs.frozen(kw_only=True)
class LogisticClass:
    """A size of goods, by which shipping is charged (SH31)."""

    code: Text
    label: str | None = None
    description: str | None = None


# --- the own shop's set-up -----------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class LeadTime:
    """Days until goods leave: the platform's value, and the shop's own (None: the platform's holds)."""

    default_value: int | None = None
    shop_value: int | None = None


@attrs.frozen(kw_only=True)
class TransitDays:
    """Days that goods are under way."""

    earliest_days: int | None = None
    latest_days: int | None = None


@attrs.frozen(kw_only=True)
class DeliveryTime:
    """How long a method takes to a zone."""

    shipping_type_code: Text | None = None
    shipping_zone_code: Text | None = None
    set_by: Warden | Unrecognised | None = None
    delivery_time: TransitDays | None = None


@attrs.frozen(kw_only=True)
class CutOff:
    """Until when an order of a method leaves the same day: a time of day with its zone, ``"07:30:00Z"``."""

    shipping_type_code: Text | None = None
    cut_off_time: str | None = None
    is_required: bool | None = None
    set_by: Warden | Unrecognised | None = None


@attrs.frozen(kw_only=True)
class ShippingSetup:
    """When the own shop sends (SH42)."""

    shop_id: Text | None = None
    last_updated_date: datetime | None = None
    lead_time_to_ship: LeadTime | None = None
    order_cut_off_times: tuple[CutOff, ...] | None = ()
    delivery_times: tuple[DeliveryTime, ...] | None = ()
    order_free_shipping: bool | None = None
    shipping_paid_by_operator: bool | None = None


@attrs.frozen(kw_only=True)
class ShippingPriceRange:
    """*price* of shipping for orders from *threshold* on."""

    threshold: Decimal | None = None
    price: Decimal | None = None


@attrs.frozen(kw_only=True)
class ShippingPrice:
    """What shipping costs: a first and each further item, or by the order's amount, or nothing."""

    type: ShippingPriceType | Unrecognised | None = None
    initial_price: Decimal | None = None
    additional_price: Decimal | None = None
    free_shipping_threshold: Decimal | None = None
    ranges: tuple[ShippingPriceRange, ...] | None = ()


@attrs.frozen(kw_only=True)
class ShippingCharge:
    """What one size of goods costs by one method to one zone."""

    logistic_class_code: Text | None = None
    shipping_method_code: Text | None = None
    shipping_zone_code: Text | None = None
    overridden_by_shop: bool | None = None
    prices: ShippingPrice | None = None


@attrs.frozen(kw_only=True)
class ShippingCharges:
    """What the own shop charges for shipping (SH52)."""

    shop_id: Text | None = None
    currency_iso_code: str | None = None
    last_updated_date: datetime | None = None
    configuration: tuple[ShippingCharge, ...] | None = ()
