"""Buffers keep units back, rounded so that a channel never gets the benefit of the doubt."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

import pytest

from khaos_connectors.core.buffers import (
    NO_BUFFER,
    Band,
    Buffer,
    Fixed,
    MaxOf,
    Percent,
    Risk,
    SumOf,
    Velocity,
    with_sales,
)

NOON = datetime(2025, 3, 14, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)


class Tens:
    """A buffer of somebody's own."""

    def units(self, pool: int, /) -> int:
        return 10 if pool > 50 else 0

    def __str__(self) -> str:
        return "tens"


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


class TestBand:
    def test_each_size_of_the_pool_has_its_number(self) -> None:
        """Domain §2.3: n of the band; a band holds from its first number on, a pool below 0 counts as 0."""
        buffer = Band(((0, 2), (50, 3), (100, 0)))

        assert [buffer.units(pool) for pool in (-7, 0, 49, 50, 99, 100, 5000)] == [2, 2, 2, 3, 3, 0, 0]

    def test_below_the_first_band_nothing_is_kept(self) -> None:
        """Bands may begin above 0."""
        assert [Band(((10, 1),)).units(pool) for pool in (-1, 9, 10)] == [0, 0, 1]

    def test_more_stock_must_not_leave_less(self) -> None:
        """Domain §2.3: at 10, 2 leaves 8; at 11, 6 leaves 5: refused, with the step."""
        with pytest.raises(ValueError, match="at 10, 2 kept leaves 8; at 11, 6 kept leaves 5: more stock must not"):
            Band(((0, 2), (11, 6)))

    def test_the_first_band_is_a_step_too(self) -> None:
        """Two units from 10 on: 9 would leave 9, and 10 only 8."""
        with pytest.raises(ValueError, match="at 9, 0 kept leaves 9; at 10, 2 kept leaves 8"):
            Band(((10, 2), (20, 3)))

    def test_the_step_that_offends_is_named_wherever_it_is(self) -> None:
        """Not only the first step is looked at, and the units of the band before it are those that count."""
        with pytest.raises(ValueError, match="at 29, 1 kept leaves 28; at 30, 3 kept leaves 27"):
            Band(((0, 5), (20, 1), (30, 3)))

    def test_one_more_at_a_time_is_allowed(self) -> None:
        """A step of one leaves as much as before."""
        buffer = Band([(0, 0), (1, 1), (2, 2)])  # type: ignore[arg-type, unused-ignore]  # reason: a list will do

        assert [pool - buffer.units(pool) for pool in range(5)] == [0, 0, 0, 1, 2]
        assert hash(buffer) == hash(Band(((0, 0), (1, 1), (2, 2))))

    @pytest.mark.parametrize(
        ("bands", "why"),
        [
            ((), "bands: at least one band is needed"),
            (((0, 2), (0, 3)), "bands must rise: 0 does not come after 0"),
            (((0, 2), (10, 2), (5, 2)), "bands must rise: 5 does not come after 10"),
            (((0, -1),), r"bands: \(0, -1\) is below 0"),
            (((-5, 1),), r"bands: \(-5, 1\) is below 0"),
        ],
    )
    def test_impossible_bands_are_refused(self, bands: tuple[tuple[int, int], ...], why: str) -> None:
        """No bands, bands that do not rise, and numbers below 0 name the field and the rule."""
        with pytest.raises(ValueError, match=why):
            Band(bands)

    @pytest.mark.parametrize("band", [(0, 1.0), (True, 1), (0,), (0, 1, 2), ("0", 1)])
    def test_a_band_is_two_whole_numbers(self, band: tuple[int, int]) -> None:
        """Anything else is a TypeError that shows the band."""
        with pytest.raises(TypeError, match=r"bands: a band is two int, \(from, units\), not \("):
            Band((band,))


class TestVelocity:
    SALES = ((NOON - HOUR, 100), (NOON - timedelta(minutes=59), 2), (NOON, 1), (NOON + timedelta(seconds=3), 4))

    def test_it_is_what_was_sold_in_the_window(self) -> None:
        """Domain §2.3: ceil(k x units sold in the window); the window is open at its far end, clocks may differ."""
        assert Velocity(HOUR).counting(self.SALES, now=NOON).sold == 7
        assert Velocity(HOUR).counting(self.SALES, now=NOON).units(50) == 7
        assert Velocity(HOUR, "1.5").counting(self.SALES, now=NOON).units(-3) == ceil(10.5)
        assert Velocity(HOUR, 0).counting(self.SALES, now=NOON).units(50) == 0
        assert Velocity(HOUR).counting([], now=NOON).units(50) == 0

    def test_unknown_sales_are_not_none(self) -> None:
        """Before the sales are counted there is no number, and no listing is computed with 0."""
        with pytest.raises(ValueError, match="sales of the last 1:00:00 are unknown"):
            Velocity(HOUR).units(50)

    def test_impossible_rules_are_refused(self) -> None:
        """A factor or sales below 0, no window, floats."""
        with pytest.raises(ValueError, match="'-1' is below 0"):
            Velocity(HOUR, "-1")
        with pytest.raises(ValueError, match="window must be longer than no time, not 0:00:00"):
            Velocity(timedelta(0))
        with pytest.raises(ValueError, match="sold must be 0 or more, not -1"):
            Velocity(HOUR, 1, -1)
        with pytest.raises(TypeError, match="float"):
            Velocity(HOUR, 1.5)  # type: ignore[arg-type]  # reason: what an untyped caller passes

    def test_impossible_sales_are_refused(self) -> None:
        """Naive times and negative units are mistakes; a return is not a sale below 0."""
        with pytest.raises(ValueError, match="2025-03-14T12:00:00 has no time zone"):
            Velocity(HOUR).counting([(NOON.replace(tzinfo=None), 1)], now=NOON)
        with pytest.raises(ValueError, match="has no time zone"):
            Velocity(HOUR).counting([], now=NOON.replace(tzinfo=None))
        with pytest.raises(ValueError, match="-1 units cannot have been sold"):
            Velocity(HOUR).counting([(NOON, -1)], now=NOON)

    def test_a_rule_of_a_configuration_meets_the_sales_of_a_stock_code(self) -> None:
        """with_sales fills every velocity, however deep, and leaves the rest as it is."""
        rule = MaxOf(Fixed(2), SumOf(Velocity(HOUR), Percent("10%")), Tens())

        filled = with_sales(rule, self.SALES, now=NOON)

        assert filled == MaxOf(Fixed(2), SumOf(Velocity(HOUR, 1, 7), Percent("10%")), rule.parts[2])
        assert filled.units(20) == 9
        with pytest.raises(ValueError, match="unknown"):
            rule.units(20)

    def test_sales_may_come_from_an_iterator(self) -> None:
        """Every velocity of a rule sees all the sales, also when they can be read only once."""
        filled = with_sales(SumOf(Velocity(HOUR), Velocity(HOUR)), iter(self.SALES), now=NOON)

        assert filled.units(0) == 14


class TestRisk:
    def test_the_worked_numbers(self) -> None:
        """Domain §2.3: six an hour over 15 minutes are 1.5 to expect: 4 at 5 %, 5 at 1 %."""
        assert Risk(6, QUARTER, "5%").mean == Fraction(3, 2)
        assert [Risk(6, QUARTER, "5%").units(pool) for pool in (-3, 0, 1000)] == [4, 4, 4]
        assert Risk(6, QUARTER, "1%").units(10) == 5

    def test_nothing_sold_needs_nothing(self) -> None:
        """No rate, no latency, or every risk taken: 0."""
        assert Risk(0, QUARTER, "1%").units(10) == 0
        assert Risk(6, timedelta(0), "1%").units(10) == 0
        assert Risk(6, QUARTER, 1).units(10) == 0

    def test_latency_counts_to_the_microsecond(self) -> None:
        """The mean is exact: 3.6 million an hour are one in a millisecond."""
        assert Risk(3_600_000, timedelta(microseconds=1), "5%").mean == Fraction(1, 1000)

    def test_impossible_rules_are_refused(self) -> None:
        """A risk of none has no number; rate and latency are 0 or more; floats are not exact."""
        with pytest.raises(ValueError, match="risk must be above 0: no number of units is never exceeded"):
            Risk(6, QUARTER, 0)
        with pytest.raises(ValueError, match="between 0 and 1"):
            Risk(6, QUARTER, 5)
        with pytest.raises(ValueError, match="-6 is below 0"):
            Risk(-6, QUARTER, "5%")
        with pytest.raises(ValueError, match="latency must be 0 or more, not -1 day"):
            Risk(6, -QUARTER, "5%")
        with pytest.raises(TypeError, match="float"):
            Risk(6, QUARTER, 0.05)  # type: ignore[arg-type]  # reason: what an untyped caller passes

    def test_it_is_a_value(self) -> None:
        """Equal rules are equal, and say what they are made of."""
        assert Risk(6, QUARTER, "5%") == Risk("6", QUARTER, Fraction(1, 20))
        assert "needed" not in repr(Risk(6, QUARTER, "5%"))


class TestSumOf:
    def test_the_parts_add_up(self) -> None:
        """Domain §2.3: a composition; each part sees the whole pool."""
        assert SumOf(Fixed(2), Percent("10%"), Tens()).units(60) == 18
        assert SumOf(Fixed(2), MaxOf(Fixed(3), Percent("10%"))).units(60) == 8
        assert SumOf(SumOf(Fixed(2)), Fixed(1)).units(-4) == 3

    def test_rounding_each_part_would_break_the_law(self) -> None:
        """A counterexample: of two times 30 %, each rounded up, a pool of 10 leaves 4 and a pool of 11 only 3."""
        part = Percent("30%")

        assert [pool - 2 * part.units(pool) for pool in (10, 11)] == [4, 3]

    def test_the_sum_is_rounded_up_once(self) -> None:
        """Two times 30 % are 60 %, and leave no less of 11 than of 10."""
        twice = SumOf(Percent("30%"), Percent("30%"))

        assert [pool - twice.units(pool) for pool in (10, 11)] == [4, 4]
        assert all(twice.units(pool) == Percent("60%").units(pool) for pool in range(200))

    def test_nested_parts_are_rounded_once_too(self) -> None:
        """The largest of two percentages, and a sum inside a sum, are exact until the end."""
        nested = SumOf(MaxOf(Percent("30%"), Percent("10%")), SumOf(Percent("30%")))

        assert all(nested.units(pool) == Percent("60%").units(pool) for pool in range(200))

    def test_more_than_all_of_the_stock_is_refused(self) -> None:
        """60 % and 60 % would leave less the more there is; exactly all of it is allowed."""
        with pytest.raises(ValueError, match="SumOf: the parts keep back 120 % of the stock, more than there is"):
            SumOf(Percent("60%"), MaxOf(Percent("60%"), Fixed(3)))
        assert SumOf(Percent("60%"), Percent("40%")).units(7) == 7
        assert SumOf(Percent("30%"), MaxOf(Percent("60%"), Percent("50%"))).units(10) == 9

    def test_a_band_on_top_of_a_percentage_is_refused_with_its_step(self) -> None:
        """At 11 the band grows by one and the 10 % do too: 10 would leave 7 and 11 only 6."""
        with pytest.raises(ValueError, match="at 10, 3 kept leaves 7; at 11, 5 kept leaves 6: more stock must not"):
            SumOf(Band(((0, 2), (11, 3))), Percent("10%"))
        with pytest.raises(ValueError, match="at 10, 3 kept leaves 7; at 11, 5 kept leaves 6"):
            SumOf(MaxOf(Fixed(1), Band(((0, 2), (11, 3)))), Percent("10%"))

    def test_two_bands_that_begin_together_are_refused(self) -> None:
        """Each grows by one at 20, so both by two; inside a MaxOf as well. Apart they are fine."""
        with pytest.raises(ValueError, match="at 19, 0 kept leaves 19; at 20, 2 kept leaves 18"):
            SumOf(Band(((20, 1),)), MaxOf(Band(((20, 1),)), Fixed(0)))
        assert SumOf(Band(((20, 1),)), Band(((21, 1),))).units(21) == 2

    def test_a_band_that_falls_makes_room(self) -> None:
        """Where one band falls, another may grow by more than the sum of steps alone would allow."""
        assert SumOf(Band(((0, 4), (20, 0))), Band(((20, 1),)), Band(((20, 1),))).units(20) == 2

    def test_a_rule_can_be_made_before_its_sales_are_known(self) -> None:
        """Whether a sum is allowed does not depend on the sales of a stock code."""
        rule = SumOf(Velocity(HOUR), Band(((0, 1), (20, 2))))

        with pytest.raises(ValueError, match="unknown"):
            rule.units(20)
        assert with_sales(rule, [(NOON, 5)], now=NOON).units(20) == 7
        with pytest.raises(ValueError, match="at 19, 0 kept"):
            SumOf(Velocity(HOUR), Band(((20, 1),)), Band(((20, 1),)))

    def test_the_sum_of_nothing_is_refused(self) -> None:
        """SumOf() is a mistake in a configuration, not a buffer of zero."""
        with pytest.raises(ValueError, match="SumOf needs at least one buffer"):
            SumOf()


def test_buffers_say_what_they_are() -> None:
    """The text of a buffer is what a support person reads in an explanation."""
    assert str(Fixed(1)) == "1 unit"
    assert str(Fixed(2)) == "2 units"
    assert str(MaxOf(Fixed(2), Percent("10%"))) == "the larger of 2 units and 10 % of the stock"
    assert str(SumOf(Fixed(2), Percent("10%"))) == "2 units plus 10 % of the stock"
    assert str(Band(((0, 2), (50, 3)))) == "2 from 0 on, 3 from 50 on"
    assert str(Velocity(HOUR, "1/2")) == "1/2 x what was sold in the last 1:00:00"
    assert str(Velocity(HOUR, 2, 3)) == "2 x 3 sold in the last 1:00:00"
    assert str(Risk(6, QUARTER, "5%")) == "6 sales an hour for 0:15:00 at a risk of 5 %"
