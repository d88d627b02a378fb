"""Laws of money: nothing is lost in a split, and rounding is half a unit at most."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from khaos_connectors.core.money import Money, minor_digits, round_money
from khaos_connectors.core.quantities import largest_remainder
from khaos_connectors.testing.strategies import moneys

law = settings(deadline=None, max_examples=80)
currencies = st.sampled_from(["GBP", "JPY", "KWD", "CLF"])
weights = st.lists(st.integers(0, 50) | st.fractions(0, 5, max_denominator=9), min_size=1, max_size=6).filter(any)


@law
@given(moneys(), weights)
def test_the_parts_are_the_whole(money: Money, parts: list[int | Fraction]) -> None:
    """A split adds up to the penny, in the same currency, and a refund is its mirror."""
    split = money.split(parts)

    assert sum(part.minor for part in split) == money.minor
    assert {part.currency for part in split} == {money.currency}
    assert (-money).split(parts) == tuple(-part for part in split)


@law
@given(st.integers(0, 500), weights)
def test_each_part_is_within_one_unit_of_its_share(total: int, parts: list[int | Fraction]) -> None:
    """Largest remainder keeps the quota: less than one unit off, and equal weights differ by at most one."""
    split = largest_remainder(total, parts)
    exact = [Fraction(total) * part / sum(map(Fraction, parts)) for part in parts]

    assert all(abs(got - share) < 1 for got, share in zip(split, exact, strict=True))
    for first in range(len(parts)):
        for second in range(first + 1, len(parts)):
            assert parts[first] != parts[second] or split[first] - split[second] in (0, 1)


@law
@given(st.decimals(-10_000, 10_000, places=7), currencies)
def test_rounding_moves_by_half_a_unit_at_most(amount: Decimal, currency: str) -> None:
    """The rounded amount is the nearest one, rounding again changes nothing, and the sign makes no difference."""
    rounded = round_money(amount, currency)
    unit = Fraction(1, 10 ** minor_digits(currency))

    assert abs(Fraction(rounded) - Fraction(amount)) <= unit / 2
    assert Fraction(rounded) % unit == 0
    assert round_money(rounded, currency) == rounded
    assert round_money(-amount, currency) == -rounded


@law
@given(moneys(), moneys())
def test_arithmetic_is_that_of_minor_units(first: Money, second: Money) -> None:
    """Adding, subtracting and comparing money is adding, subtracting and comparing pence."""
    assume(first.currency == second.currency)

    assert (first + second).minor == first.minor + second.minor
    assert first - second == first + -second
    assert (first < second, first <= second) == (first.minor < second.minor, first.minor <= second.minor)
    assert (first > second, first >= second) == (first.minor > second.minor, first.minor >= second.minor)
    assert Money.of_minor(first.minor, first.currency) == first
