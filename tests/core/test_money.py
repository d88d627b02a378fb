"""Money is exact, in one currency, and never loses a penny."""

import decimal
import pickle
from decimal import Decimal
from fractions import Fraction

import pytest

from khaos_connectors.core.money import Money, minor_digits, round_money
from khaos_connectors.core.quantities import exact, largest_remainder, per_cent, proportion


def gbp(amount: str) -> Money:
    return Money(Decimal(amount), "GBP")


class TestRounding:
    @pytest.mark.parametrize(
        ("amount", "currency", "rounded"),
        [
            ("1.005", "GBP", "1.01"),
            ("-1.005", "GBP", "-1.01"),
            ("1.0049", "GBP", "1.00"),
            ("2.665", "EUR", "2.67"),
            ("1.5", "JPY", "2"),
            ("1.4", "JPY", "1"),
            ("0.0005", "KWD", "0.001"),
            ("1", "CLF", "1.0000"),
        ],
    )
    def test_half_a_minor_unit_goes_away_from_zero(self, amount: str, currency: str, rounded: str) -> None:
        """ROUND_HALF_UP to the currency's own minor unit (domain, house rules); the places are always shown."""
        assert str(round_money(Decimal(amount), currency)) == rounded
        assert str(Money(Decimal(amount), currency).amount) == rounded

    def test_there_is_no_negative_zero(self) -> None:
        """An amount that rounds to nothing has no sign: it prints and compares as 0.00."""
        assert str(round_money(Decimal("-0.001"), "GBP")) == "0.00"

    def test_an_int_is_whole_currency_units(self) -> None:
        """An int is as exact as a Decimal: 5 is five pounds, not five pence."""
        assert Money(5, "GBP") == gbp("5.00")

    @pytest.mark.parametrize("amount", [1.1, True, "1.10", None])
    def test_only_decimal_and_int_are_money(self, amount: object) -> None:
        """A float never becomes money, nor does anything else that only looks like a number."""
        with pytest.raises(TypeError, match=r"money is Decimal, write Decimal"):
            Money(amount, "GBP")  # type: ignore[arg-type]  # reason: what a caller without a type checker passes

    @pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "sNaN"])
    def test_what_is_no_number_is_no_amount(self, amount: str) -> None:
        """NaN and infinity are refused where they appear, not when a journal fails to balance."""
        with pytest.raises(ValueError, match="is not an amount of money"):
            round_money(Decimal(amount), "GBP")

    def test_an_absurdly_long_amount_is_refused(self) -> None:
        """An amount beyond 60 digits is a fault of the data, told as such."""
        with pytest.raises(ValueError, match="more digits than an amount of money can have"):
            round_money(Decimal("1e70"), "GBP")

    @pytest.mark.parametrize("currency", ["gbp", "GB", "GBPP", "G1P", "", "ÄÖÜ"])
    def test_a_currency_is_three_capital_letters(self, currency: str) -> None:
        """A currency that is spelt differently would be another currency: it is refused."""
        with pytest.raises(ValueError, match="is not a currency code"):
            Money(Decimal(1), currency)

    @pytest.mark.parametrize(
        ("currency", "digits"), [("GBP", 2), ("EUR", 2), ("JPY", 0), ("ISK", 0), ("KWD", 3), ("TND", 3), ("UYW", 4)]
    )
    def test_minor_digits(self, currency: str, digits: int) -> None:
        """The places of a currency: two, unless ISO 4217 says otherwise."""
        assert minor_digits(currency) == digits

    def test_another_contexts_precision_does_not_touch_money(self) -> None:
        """A program that lowers decimal's precision does not thereby round its invoices."""
        with decimal.localcontext() as context:
            context.prec = 3
            total = gbp("123456.78") + gbp("0.01")
            parts = total.split([1, 1])

        assert total == gbp("123456.79")
        assert parts == (gbp("61728.40"), gbp("61728.39"))


class TestArithmetic:
    def test_sums_differences_and_signs(self) -> None:
        """Money of one currency adds, subtracts and changes its sign exactly."""
        assert gbp("0.10") + gbp("0.20") == gbp("0.30")
        assert gbp("0.10") - gbp("0.20") == gbp("-0.10")
        assert -gbp("0.10") == gbp("-0.10")

    def test_comparison(self) -> None:
        """Money of one currency has an order."""
        small, large = gbp("9.99"), gbp("10.00")

        assert small < large
        assert small <= large
        assert small <= gbp("9.99")
        assert large > small
        assert large >= small
        assert large >= gbp("10.00")
        assert not small < gbp("9.99")
        assert not small > gbp("9.99")
        assert not large <= small
        assert not small >= large

    @pytest.mark.parametrize("operator", ["__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"])
    def test_two_currencies_never_meet(self, operator: str) -> None:
        """Pounds and euros are not added or compared; the error names both amounts."""
        with pytest.raises(ValueError, match=r"1\.00 GBP and 1\.00 EUR are of two currencies"):
            getattr(gbp("1"), operator)(Money(Decimal(1), "EUR"))

    def test_equality_asks_for_both(self) -> None:
        """Equal amounts of two currencies are different money; equal money is one key of a dict."""
        assert gbp("1") != Money(Decimal(1), "EUR")
        assert len({gbp("1"), gbp("1.00"), gbp("1.001")}) == 1

    def test_minor_units(self) -> None:
        """Pence in and pence out; a currency without minor units counts whole ones."""
        assert Money.of_minor(1995, "GBP") == gbp("19.95")
        assert gbp("-19.95").minor == -1995
        assert Money.of_minor(7, "JPY").minor == 7

    def test_text_and_pickle(self) -> None:
        """Money prints as people write it and survives pickle."""
        assert str(gbp("3")) == "3.00 GBP"
        assert pickle.loads(pickle.dumps(gbp("3"))) == gbp("3")

    def test_money_cannot_change(self) -> None:
        """An amount that was checked stays what it was."""
        money = gbp("1")

        with pytest.raises(AttributeError):
            money.amount = Decimal(2)  # type: ignore[misc]  # reason: the point of the test


class TestSplit:
    def test_bundle_price(self) -> None:
        """Domain §3: 49.99 over list prices 20/20/15 is 18.18, 18.18 and 13.63."""
        assert gbp("49.99").split([20, 20, 15]) == (gbp("18.18"), gbp("18.18"), gbp("13.63"))

    def test_ties_go_by_position(self) -> None:
        """Equal parts: the pennies that are left go to the first ones."""
        assert gbp("0.05").split([1, 1, 1]) == (gbp("0.02"), gbp("0.02"), gbp("0.01"))

    def test_a_refund_splits_like_its_sale(self) -> None:
        """A negative amount has the opposite parts, so that a full refund undoes a sale line by line."""
        assert gbp("-0.05").split([1, 1, 1]) == tuple(-part for part in gbp("0.05").split([1, 1, 1]))

    def test_the_largest_remainder_wins(self) -> None:
        """Domain §4: 17 at 50/30/20 is 9/5/3 by largest remainder."""
        assert largest_remainder(17, ["50%", "30%", "20%"]) == (9, 5, 3)

    def test_more_can_mean_less(self) -> None:
        """Domain §4: weights 6/6/2 give 4/4/2 of 10 but 5/5/1 of 11, which is why channels are not split this way."""
        assert largest_remainder(10, [6, 6, 2]) == (4, 4, 2)
        assert largest_remainder(11, [6, 6, 2]) == (5, 5, 1)

    def test_a_weight_of_zero_gets_nothing(self) -> None:
        """A free line takes no share of the price."""
        assert gbp("10").split([0, Decimal("2.5"), Fraction(5, 2)]) == (gbp("0"), gbp("5"), gbp("5"))

    @pytest.mark.parametrize(("weights", "problem"), [([1, -1, 1], "negative"), ([], "add up to 0"), ([0], "add up")])
    def test_weights_that_cannot_divide(self, weights: list[int], problem: str) -> None:
        """Negative weights, none, or only zeroes leave nothing to divide by."""
        with pytest.raises(ValueError, match=problem):
            gbp("1").split(weights)

    def test_float_weights_are_refused(self) -> None:
        """0.1 as a float is not a tenth."""
        with pytest.raises(TypeError, match="float"):
            gbp("1").split([0.1, 0.9])  # type: ignore[list-item]  # reason: what an untyped caller passes


class TestExactNumbers:
    @pytest.mark.parametrize(
        ("value", "fraction"),
        [
            (3, Fraction(3)),
            ("0.1", Fraction(1, 10)),
            ("1/3", Fraction(1, 3)),
            (Decimal("0.25"), Fraction(1, 4)),
            ("10%", Fraction(1, 10)),
            (" 12.5 % ", Fraction(1, 8)),
        ],
    )
    def test_numbers_are_read_digit_by_digit(self, value: str | int | Decimal, fraction: Fraction) -> None:
        """What was written is what is meant, per cent included."""
        assert exact(value) == fraction

    @pytest.mark.parametrize("value", [0.1, True])
    def test_binary_fractions_are_refused(self, value: float) -> None:
        """float and bool raise TypeError."""
        with pytest.raises(TypeError, match="to be exact"):
            exact(value)  # type: ignore[arg-type]  # reason: what an untyped caller passes

    @pytest.mark.parametrize("value", ["ten", "1/0", "", "%", Decimal("NaN"), Decimal("Infinity")])
    def test_text_that_is_no_number(self, value: str | Decimal) -> None:
        """Text without a number, NaN and infinity raise ValueError with what was given."""
        with pytest.raises(ValueError, match="is not a finite number"):
            exact(value)

    @pytest.mark.parametrize("value", [10, "10", "-1%", "100.1%"])
    def test_a_proportion_lies_between_nothing_and_all(self, value: str | int) -> None:
        """A plain 10 is not taken for ten per cent, nor for ten times the stock."""
        with pytest.raises(ValueError, match="is not between 0 and 1"):
            proportion(value)

    @pytest.mark.parametrize(
        ("part", "text"),
        [("1/10", "10 %"), ("1/8", "12.5 %"), ("1", "100 %"), ("0", "0 %"), ("1/3", "1/3"), ("1/400", "0.25 %")],
    )
    def test_proportions_read_well(self, part: str, text: str) -> None:
        """A part is shown in per cent where that is exact, else as the fraction."""
        assert per_cent(Fraction(part)) == text
