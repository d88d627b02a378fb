"""Buffers keep units back, rounded so that a channel never gets the benefit of the doubt."""

from decimal import Decimal
from fractions import Fraction

import pytest

from khaos_connectors.core.buffers import NO_BUFFER, Buffer, Fixed, MaxOf, Percent


class TestFixed:
    def test_it_is_the_same_for_every_pool(self) -> None:
        """Domain §2.3: Fixed(n) keeps back n, of an oversold pool too."""
        assert [Fixed(2).units(pool) for pool in (-5, 0, 1, 100)] == [2, 2, 2, 2]
        assert Fixed(units=2) == Fixed(2)

    def test_no_buffer_keeps_nothing(self) -> None:
        """NO_BUFFER leaves any pool as it is."""
        assert NO_BUFFER.units(10) == 0

    def test_it_cannot_be_negative(self) -> None:
        """A negative buffer would promise stock that is not there."""
        with pytest.raises(ValueError, match="must be 0 or more, not -1"):
            Fixed(-1)

    @pytest.mark.parametrize("units", [1.0, True, "1"])
    def test_it_is_a_whole_number(self, units: object) -> None:
        """Units are counted in int, nothing else."""
        with pytest.raises(TypeError, match="must be an int"):
            Fixed(units)  # type: ignore[arg-type]  # reason: what an untyped caller passes


class TestPercent:
    @pytest.mark.parametrize(
        ("percent", "pool", "kept"),
        [("10%", 15, 2), ("10%", 10, 1), ("10%", 11, 2), ("10%", 0, 0), ("10%", -17, 0), ("1/3", 10, 4), (1, 7, 7)],
    )
    def test_it_rounds_up(self, percent: str | int, pool: int, kept: int) -> None:
        """Domain §2.3: ceil(p x max(pool, 0)), so that what remains is rounded down."""
        assert Percent(percent).units(pool) == kept

    def test_what_remains_of_three_at_half_is_one(self) -> None:
        """Domain §2.4: half of 3 is 1."""
        assert 3 - Percent("50%").units(3) == 1

    def test_a_tenth_of_thirty_is_exactly_three(self) -> None:
        """The case that binary fractions get wrong: 0.1 x 30 must not round up to 4."""
        assert Percent("0.1").units(30) == Percent(Decimal("0.1")).units(30) == Percent(Fraction(1, 10)).units(30) == 3

    def test_floats_are_refused(self) -> None:
        """0.1 as a float is a little more than a tenth."""
        with pytest.raises(TypeError, match="float"):
            Percent(0.1)  # type: ignore[arg-type]  # reason: what an untyped caller passes

    def test_ten_is_not_ten_per_cent(self) -> None:
        """A number above 1 is refused, with the way to write it."""
        with pytest.raises(ValueError, match="write ten per cent as"):
            Percent(10)


class TestMaxOf:
    def test_the_larger_one_counts(self) -> None:
        """Domain §2.4: of pool 15, MaxOf(Fixed 2, Percent 10 %) keeps max(2, ceil 1.5) = 2."""
        buffer = MaxOf(Fixed(2), Percent("10%"))

        assert [buffer.units(pool) for pool in (15, 20, 21, 0)] == [2, 2, 3, 2]

    def test_it_takes_any_buffer(self) -> None:
        """A buffer is whatever has the one method: a user's own and nested ones too."""

        class Tens:
            def units(self, pool: int, /) -> int:
                return 10 if pool > 50 else 0

        own: Buffer = Tens()

        assert MaxOf(MaxOf(Fixed(1)), own).units(51) == 10

    def test_equal_buffers_are_equal(self) -> None:
        """Buffers are values: they compare and hash by what they say."""
        assert MaxOf(Fixed(1), Percent("5%")) == MaxOf(Fixed(1), Percent("1/20"))
        assert len({Fixed(1), Fixed(1)}) == 1

    def test_the_largest_of_nothing_is_refused(self) -> None:
        """MaxOf() is a mistake in a configuration, not a buffer of zero."""
        with pytest.raises(ValueError, match="at least one"):
            MaxOf()


def test_buffers_say_what_they_are() -> None:
    """The text of a buffer is what a support person reads in an explanation."""
    assert str(Fixed(1)) == "1 unit"
    assert str(Fixed(2)) == "2 units"
    assert str(MaxOf(Fixed(2), Percent("10%"))) == "the larger of 2 units and 10 % of the stock"
