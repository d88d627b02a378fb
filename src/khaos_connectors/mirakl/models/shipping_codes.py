"""Codes of shipping settings and of parcels on their way; read as open enumerations."""

from enum import Enum

__all__ = ["InformationType", "MilestoneDetail", "MilestoneType", "ShippingPriceType", "Warden"]


class ShippingPriceType(Enum):
    """How a shipping charge is reckoned: per item, not at all, or by the order's amount (two spellings)."""

    FIXED_PRICE = "FIXED_PRICE"
    FREE_SHIPPING = "FREE_SHIPPING"
    ORDER_PRICE_RANGE = "ORDER_PRICE_RANGE"
    ORDER_RANGE = "ORDER_RANGE"


class Warden(Enum):
    """Who settles a delivery time or a cut-off."""

    OPERATOR = "OPERATOR"
    SHOP = "SHOP"
    NOT_NEEDED = "NOT_NEEDED"


class InformationType(Enum):
    """What an operator's own piece of shipment information holds; a date too travels as text."""

    STRING = "STRING"
    DATE = "DATE"


class MilestoneType(Enum):
    """How far a parcel got."""

    IN_TRANSIT = "IN_TRANSIT"
    OUT_FOR_DELIVERY = "OUT_FOR_DELIVERY"
    TO_COLLECT = "TO_COLLECT"
    DELIVERED = "DELIVERED"
    EXCEPTION = "EXCEPTION"


class MilestoneDetail(Enum):
    """What more a carrier told of a milestone."""

    DESTINATION_ARRIVAL = "DESTINATION_ARRIVAL"
    DATA_ORDER_CANCELLED = "DATA_ORDER_CANCELLED"
    DATA_DELIVERY_PROPOSED = "DATA_DELIVERY_PROPOSED"
    DATA_DELIVERY_DECIDED = "DATA_DELIVERY_DECIDED"
    CUSTOMS_RECEIVED = "CUSTOMS_RECEIVED"
    CUSTOMS_EXCEPTION = "CUSTOMS_EXCEPTION"
    CUSTOMS_CLEARED = "CUSTOMS_CLEARED"
    CUSTOMS_REJECTED = "CUSTOMS_REJECTED"
    DELIVERY_ATTEMPTED = "DELIVERY_ATTEMPTED"
    DELIVERY_EXCEPTION = "DELIVERY_EXCEPTION"
