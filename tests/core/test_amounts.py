"""Amounts in whole minor units."""

import decimal
from decimal import Decimal
from fractions import Fraction

import pytest

from khaos_connectors.core.amounts import from_minor, nearest, to_minor, total


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
