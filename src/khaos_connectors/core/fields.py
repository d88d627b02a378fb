"""Validators for the fields of records: what cannot be true is refused when a record is made, by field and rule."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs

__all__ = ["aware", "aware_or_none", "exact_amount", "not_blank", "percentage"]


def aware(_: object, field: "attrs.Attribute[datetime]", moment: datetime) -> None:
    """The field is a moment with a time zone: a naive one can be an hour off, and nobody could tell."""
    if moment.tzinfo is None:
        raise ValueError(f"{field.name} has no time zone: {moment.isoformat()}; a moment must be aware")


def aware_or_none(_: object, field: "attrs.Attribute[datetime | None]", moment: datetime | None) -> None:
    """The field is a moment with a time zone, or None."""
    if moment is not None and moment.tzinfo is None:
        raise ValueError(f"{field.name} has no time zone: {moment.isoformat()}; a moment must be aware")


def exact_amount(_: object, field: "attrs.Attribute[Decimal]", amount: Decimal) -> None:
    """The field is a finite ``Decimal``: a ``float`` has lost its pennies before it comes here."""
    if type(amount) is not Decimal:
        raise TypeError(f"{field.name} must be a Decimal, not {amount!r}")
    if not amount.is_finite():
        raise ValueError(f"{field.name} must be a number, not {amount}")


def percentage(_: object, field: "attrs.Attribute[Decimal]", rate: Decimal) -> None:
    """The field is a rate in per cent, from 0 to 100: 20 per cent is ``Decimal(20)``."""
    if type(rate) is not Decimal:
        raise TypeError(f"{field.name} must be a Decimal, not {rate!r}")
    if not rate.is_finite() or not 0 <= rate <= 100:
        raise ValueError(f"{field.name} must be 0 to 100 per cent, not {rate}")


def not_blank(_: object, field: "attrs.Attribute[Any]", text: Any) -> None:  # Any: fields of every NewType of str
    """The field is a text with something in it."""
    if not text.strip():
        raise ValueError(f"{field.name} must not be blank")
