"""Codes that are met on orders only, read as open enumerations like all others."""

from enum import Enum

__all__ = ["MeasurementUnit", "PaymentTermType", "PromotionType", "Replier"]


class MeasurementUnit(Enum):
    """What goods that are not counted are measured in."""

    GRAM = "GRAM"
    KILOGRAM = "KILOGRAM"
    TON = "TON"
    POUND = "POUND"
    OUNCE = "OUNCE"
    MILLILITER = "MILLILITER"
    CENTILITER = "CENTILITER"
    CUBIC_METER = "CUBIC_METER"
    LITER = "LITER"
    GALLON = "GALLON"
    FLUID_OUNCE = "FLUID_OUNCE"
    PINT = "PINT"
    BARREL = "BARREL"
    CENTIMETER = "CENTIMETER"
    METER = "METER"
    INCH = "INCH"
    FEET = "FEET"
    SQUARE_CENTIMETER = "SQUARE_CENTIMETER"
    SQUARE_METER = "SQUARE_METER"
    SQUARE_INCH = "SQUARE_INCH"
    SQUARE_FOOT = "SQUARE_FOOT"
    PIECE = "PIECE"


class PromotionType(Enum):
    """How a promotion works."""

    AMOUNT_OFF = "AMOUNT_OFF"
    FREE_ITEMS = "FREE_ITEMS"
    PERCENTAGE_OFF = "PERCENTAGE_OFF"
    REDUCED_UNIT_PRICE = "REDUCED_UNIT_PRICE"


class PaymentTermType(Enum):
    """From when the days until payment are counted."""

    NET = "NET"
    END_OF_MONTH = "END_OF_MONTH"


class Replier(Enum):
    """Who answered a customer's evaluation."""

    OPERATOR = "OPERATOR"
    SHOP = "SHOP"
