"""Amounts in whole minor units."""

import decimal
import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs
import pytest

from khaos_connectors.core.amounts import from_minor, nearest, to_minor, total, typed_money


@pytest.mark.parametrize(("amount", "currency", "units"), [("19.95", "GBP", 1995), ("-3", "JPY", -3), ("0", "KWD", 0)])
def test_there_and_back(amount: str, currency: str, units: int) -> None:
    """Minor units are those of the currency."""
    assert to_minor(Decimal(amount), currency) == units
    assert from_minor(units, currency) == Decimal(amount)


def test_nothing_is_rounded_here() -> None:
    """Part of a penny, no number, and a float are refused by name."""
    with pytest.raises(ValueError, match=r"0\.001 is not in whole minor units of GBP"):
        to_minor(Decimal("0.001"), "GBP")
    with pytest.raises(ValueError, match="NaN is not an amount"):
        to_minor(Decimal("NaN"), "GBP")
    with pytest.raises(TypeError, match=r"0\.5 is a float"):
        to_minor(0.5, "GBP")  # type: ignore[arg-type]  # what a caller without a type checker does


def test_the_callers_precision_changes_nothing() -> None:
    """Sums are exact under any decimal context."""
    with decimal.localcontext() as context:
        context.prec = 2
        assert total([Decimal("12345.67"), Decimal("0.01")], "GBP") == Decimal("12345.68")


@pytest.mark.parametrize(
    ("units", "whole"), [("1/2", 1), ("-1/2", -1), ("49/100", 0), ("-3/2", -2), ("5/3", 2), ("0", 0)]
)
def test_nearest(units: str, whole: int) -> None:
    """Half a unit goes away from zero."""
    assert nearest(Fraction(units)) == whole


@attrs.frozen(kw_only=True, field_transformer=typed_money)
class Priced:
    """A record with money in it, in each way."""

    price: Decimal
    discount: Decimal | None = None
    shipping: Decimal | None = attrs.field(default=None, validator=attrs.validators.optional(attrs.validators.ge(0)))
    units: int = 1


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"price": 25.5}, "price: 25.5 is a float: money is Decimal"),
        ({"price": None}, "price: None is a NoneType: money is Decimal"),
        ({"discount": "1.00"}, "discount: '1.00' is a str: money is Decimal"),
        ({"shipping": 1}, "shipping: 1 is a int: money is Decimal"),
        ({"units": 1.0}, "units must be an int, not 1.0"),
    ],
)
def test_money_in_a_record_is_exact(wrong: dict[str, Any], told: str) -> None:  # Any: what a user may give
    """A float has lost its pennies before it comes into a record: refused by its field, where the record is made."""
    with pytest.raises(TypeError, match=re.escape(told)):
        Priced(**{"price": Decimal(1), **wrong})


def test_a_field_of_money_keeps_its_own_rule() -> None:
    """The field's own validator comes after its type."""
    assert Priced(price=Decimal(1), shipping=Decimal(0)).discount is None
    with pytest.raises(ValueError, match="shipping"):
        Priced(price=Decimal(1), shipping=Decimal(-1))
