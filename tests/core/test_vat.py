"""VAT per line: the worked numbers, to the penny."""

from decimal import Decimal

import pytest

from khaos_connectors.core.vat import VatSplit, split_gross, split_net


def pounds(net: str, vat: str) -> VatSplit:
    return VatSplit(net=Decimal(net), vat=Decimal(vat))


class TestSplitGross:
    def test_three_mugs_as_one_line(self) -> None:
        """Domain 6.3: three at 10.00 and 20 % are 25.00 + 5.00 when the line is split."""
        assert split_gross(Decimal("30.00")) == pounds("25.00", "5.00")

    def test_three_mugs_one_by_one(self) -> None:
        """Domain 6.3: split per unit the same three are 24.99 + 5.01, a penny off, which is why lines are split."""
        unit = split_gross(Decimal("10.00"))

        assert (unit.net * 3, unit.vat * 3) == (Decimal("24.99"), Decimal("5.01"))

    def test_a_refund(self) -> None:
        """Domain 8: 35.50 at 20 % is 29.58 + 5.92."""
        assert split_gross(Decimal("35.50"), Decimal(20)) == pounds("29.58", "5.92")

    def test_a_refund_mirrors_its_sale(self) -> None:
        """A negative amount is split like its opposite."""
        assert split_gross(Decimal("-35.50")) == pounds("-29.58", "-5.92")

    def test_half_a_penny_goes_up(self) -> None:
        """0.03 at 100 % is half and half of three pennies: 1.5 rounds to 2."""
        assert split_gross(Decimal("0.03"), Decimal(100)) == pounds("0.02", "0.01")

    @pytest.mark.parametrize(("rate", "net"), [(0, "12.34"), (5, "11.75"), (Decimal("17.5"), "10.50"), (20, "10.28")])
    def test_other_rates(self, rate: Decimal | int, net: str) -> None:
        """Zero, reduced and historic rates."""
        split = split_gross(Decimal("12.34"), rate)

        assert split.net == Decimal(net)
        assert split.gross == Decimal("12.34")

    def test_the_currency_says_what_whole_is(self) -> None:
        """Yen have no smaller unit: 1,000 at 10 % is 909 + 91."""
        assert split_gross(1000, 10, currency="JPY") == pounds("909", "91")


class TestSplitNet:
    def test_tax_comes_on_top(self) -> None:
        """Net 24.99 at 20 % has 5.00 of tax, the tenth of a penny below half rounds down."""
        split = split_net(Decimal("24.99"))

        assert split == pounds("24.99", "5.00")
        assert split.gross == Decimal("29.99")

    def test_half_a_penny_of_tax_goes_up(self) -> None:
        """2.5 pennies of tax are 3."""
        assert split_net(Decimal("0.50"), 5) == pounds("0.50", "0.03")


class TestBadInput:
    @pytest.mark.parametrize("split", [split_gross, split_net])
    def test_parts_of_a_penny_are_refused(self, split: object) -> None:
        """An amount that is not in whole pennies has to be rounded by whoever knows how."""
        assert callable(split)
        with pytest.raises(ValueError, match="round it first"):
            split(Decimal("10.005"))

    @pytest.mark.parametrize("rate", [Decimal(-1), Decimal("NaN"), Decimal("Infinity")])
    def test_a_rate_is_a_number_of_per_cent(self, rate: Decimal) -> None:
        """A negative or endless rate is none."""
        with pytest.raises(ValueError, match="not a VAT rate"):
            split_gross(Decimal(1), rate)

    @pytest.mark.parametrize("rate", [0.2, True])
    def test_a_float_is_no_rate(self, rate: float) -> None:
        """Floats and booleans are refused, not converted."""
        with pytest.raises(TypeError, match=r"Decimal\('"):
            split_gross(Decimal(1), rate)  # type: ignore[arg-type]  # the point of the test
