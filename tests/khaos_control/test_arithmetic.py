"""Line totals, VAT and the split of a line total over its units."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.khaos_control.arithmetic import (
    gross_line,
    line_totals,
    net_line,
    pennies,
    split_total,
    total_gross,
)
from khaos_connectors.khaos_control.enums import CalcMode

amounts = st.decimals(min_value=0, max_value=10_000, places=2)
quantities = st.integers(min_value=1, max_value=500).map(Decimal)
rates = st.sampled_from([Decimal(0), Decimal(5), Decimal("12.5"), Decimal(20)])
discounts = st.decimals(min_value=0, max_value=100, places=2)


@given(amounts, quantities, rates, discounts)
def test_net_and_tax_make_gross_in_both_modes(
    unit: Decimal, quantity: Decimal, rate: Decimal, discount: Decimal
) -> None:
    """Net plus tax is gross to the penny, whatever the line, and nothing has fractions of a penny."""
    for line in (
        gross_line(unit, quantity, rate=rate, discount=discount),
        net_line(unit, quantity, rate=rate, discount=discount),
    ):
        assert line.net + line.tax == line.gross
        assert all(value == pennies(value) for value in (line.discount, line.net, line.tax, line.gross))


def test_the_discount_is_taken_from_the_rounded_line() -> None:
    """115.17 x 4 less 10 % is 414.61: rounding the discounted unit price first would give 414.60."""
    assert net_line(Decimal("115.17"), Decimal(4), rate=Decimal(20), discount=Decimal(10)).net == Decimal("414.61")


def test_half_a_penny_rounds_up() -> None:
    """0.125 becomes 0.13, and a negative half goes away from zero too."""
    assert (pennies(Decimal("0.125")), pennies(Decimal("-0.125"))) == (Decimal("0.13"), Decimal("-0.13"))


@given(st.decimals(min_value=0, max_value=100_000, places=2), st.integers(min_value=1, max_value=2_000))
def test_a_split_total_is_conserved_by_the_erps_own_multiplication(total: Decimal, units: int) -> None:
    """Unit price times units, rounded per line and summed, is the total again; at most two lines, a penny apart."""
    parts = split_total(total, units)

    assert sum(count for count, _ in parts) == units
    assert total_gross(gross_line(price, Decimal(count), rate=Decimal(20)) for count, price in parts) == total
    prices = [price for _, price in parts]
    assert len(parts) <= 2
    assert max(prices) - min(prices) in {Decimal(0), Decimal("0.01")}


@pytest.mark.parametrize(("total", "units"), [(Decimal("1.005"), 1), (Decimal(1), 0), (Decimal(1), -2)])
def test_what_cannot_be_split_is_refused(total: Decimal, units: int) -> None:
    """Fractions of a penny and no units at all are the caller's mistake."""
    with pytest.raises(ValueError, match="must be"):
        split_total(total, units)


@given(amounts, quantities)
def test_zero_rated_lines_are_the_same_from_either_side(unit: Decimal, quantity: Decimal) -> None:
    """Without VAT a net price and a gross price are one, in both modes of calculation."""
    results = {
        line_totals(unit, quantity, rate=Decimal(0), mode=mode, unit_is_net=is_net)
        for mode in CalcMode
        for is_net in (True, False)
    }

    assert len(results) == 1


def test_a_price_of_the_other_side_is_turned_first() -> None:
    """A net unit price in gross mode becomes a gross one in pennies before it is multiplied; so does the reverse."""
    gross = line_totals(Decimal("8.33"), Decimal(3), rate=Decimal(20), mode=CalcMode.GROSS, unit_is_net=True)
    net = line_totals(Decimal("10.00"), Decimal(3), rate=Decimal(20), mode=CalcMode.NET, unit_is_net=False)

    assert (gross.gross, net.net) == (Decimal("30.00"), Decimal("24.99"))


@given(st.decimals(min_value=0, max_value=10_000, places=4), quantities, rates, discounts)
def test_the_callers_decimal_context_does_not_matter(
    unit: Decimal, quantity: Decimal, rate: Decimal, discount: Decimal
) -> None:
    """In a context of three digits a line, a sum and a split have every penny that they have in the usual one."""

    def reckoned() -> list[str]:
        found = [
            line_totals(unit, quantity, rate=rate, mode=mode, unit_is_net=is_net, discount=discount)
            for mode in CalcMode
            for is_net in (True, False)
        ]
        whole = total_gross(found, delivery=Decimal("4.95"))
        return [repr(found), str(whole), repr(split_total(whole, int(quantity))), str(pennies(unit))]

    plain = reckoned()
    with localcontext(prec=3):
        assert reckoned() == plain
