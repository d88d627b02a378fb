"""Amounts counted in whole minor units (pence): integers cannot lose a penny, whatever the caller's decimal context."""

from collections.abc import Iterable
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from functools import lru_cache
from typing import Any, Protocol

import attrs

from khaos_connectors.core.fields import typed, whole_number
from khaos_connectors.core.money import minor_digits

__all__ = [
    "HasCurrency",
    "from_minor",
    "in_minor_units",
    "in_minor_units_from_0",
    "known_currency",
    "nearest",
    "to_minor",
    "total",
    "typed_money",
    "whole_units",
]

_MOST_DIGITS = 60
_EXACT = Context(prec=_MOST_DIGITS, Emin=-999999, Emax=999999, traps=[Inexact])
_TOO_LONG = "has more digits than an amount of money can have"
_digits = lru_cache(maxsize=64)(minor_digits)  # asked for every single amount of a statement


class HasCurrency(Protocol):
    """A record that says in which currency its amounts are."""

    @property
    def currency(self) -> str:
        """ISO 4217, three capital letters."""
        ...


def to_minor(amount: Decimal, currency: str) -> int:
    """*amount* of *currency* in minor units: ``to_minor(Decimal("19.95"), "GBP")`` is 1995.

    Raises ``ValueError`` when it is not a whole number of them (nothing is rounded here) or has more than 60 digits,
    ``TypeError`` for anything but a ``Decimal``.
    """
    if type(amount) is not Decimal:
        raise TypeError(f"{amount!r} is a {type(amount).__name__}: money is Decimal")
    if not amount.is_finite():
        raise ValueError(f"{amount} is not an amount of money")
    if amount.adjusted() >= _MOST_DIGITS:  # before 1E+999999 becomes an int of a million digits
        raise ValueError(f"{amount} {_TOO_LONG}")
    scaled = _scaled(amount, _digits(currency))
    units = int(scaled)
    if units != scaled:
        raise ValueError(f"{amount} is not in whole minor units of {currency}")
    return units


def from_minor(units: int, currency: str) -> Decimal:
    """The amount that *units* minor units of *currency* are: 1995 pence are ``Decimal("19.95")``.

    Raises ``TypeError`` unless *units* is an int, ``ValueError`` when it has more than 60 digits.
    """
    whole_number("units", units)
    return _scaled(Decimal(units), -_digits(currency))


def _scaled(amount: Decimal, places: int) -> Decimal:
    try:
        return _EXACT.scaleb(amount, places)
    except Inexact as problem:
        raise ValueError(f"{amount} {_TOO_LONG}") from problem


def nearest(units: Fraction) -> int:
    """The whole number nearest to *units*; half a unit goes away from zero."""
    half_up = (2 * abs(units) + 1) // 2
    return half_up if units >= 0 else -half_up


def total(amounts: Iterable[Decimal], currency: str) -> Decimal:
    """The exact sum of *amounts* of *currency*. Raises as ``to_minor``."""
    return from_minor(sum(to_minor(amount, currency) for amount in amounts), currency)


def in_minor_units(record: HasCurrency, field: "attrs.Attribute[Decimal]", amount: Decimal) -> None:
    """An attrs validator: the field is a whole number of minor units of the record's own currency."""
    whole_units(field.name, amount, record.currency)


def in_minor_units_from_0(record: HasCurrency, field: "attrs.Attribute[Decimal]", amount: Decimal) -> None:
    """An attrs validator: as ``in_minor_units``, and not below 0."""
    whole_units(field.name, amount, record.currency)
    if amount < 0:
        raise ValueError(f"{field.name} must be 0 or more, not {amount}")


def known_currency(_: object, field: "attrs.Attribute[str]", currency: str) -> None:
    """An attrs validator: the field is a currency code, also where no amount would ask for one."""
    if type(currency) is not str:
        raise TypeError(f"{field.name} must be a text, not {currency!r}")
    try:
        _digits(currency)
    except ValueError as problem:
        raise ValueError(f"{field.name}: {problem}") from problem


def typed_money(record: type, fields: list["attrs.Attribute[Any]"]) -> list["attrs.Attribute[Any]"]:  # Any: all types
    """An attrs ``field_transformer``: as ``fields.typed``, and a field of ``Decimal`` (or None) refuses a float."""
    return [_exact(field) for field in typed(record, fields)]


def _exact(field: "attrs.Attribute[Any]") -> "attrs.Attribute[Any]":  # Any: of every type
    if field.type is not Decimal and field.type != Decimal | None:
        return field
    or_none, own = field.type is not Decimal, field.validator

    def check(record: object, attribute: "attrs.Attribute[object]", amount: object) -> None:
        if type(amount) is not Decimal and not (or_none and amount is None):
            name = attribute.alias or attribute.name
            raise TypeError(f"{name}: {amount!r} is a {type(amount).__name__}: money is Decimal")
        if own is not None:
            own(record, attribute, amount)

    return field.evolve(validator=check)


def whole_units(name: str, amount: Decimal, currency: str) -> None:
    """Refuses what is no whole number of minor units of *currency*, as ``to_minor`` does, by a message with *name*."""
    try:
        to_minor(amount, currency)
    except (TypeError, ValueError) as problem:
        raise type(problem)(f"{name}: {problem}") from problem
