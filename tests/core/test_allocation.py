"""What each channel may use of a pool: the modes, the remainders, ties, pauses, and promises that cannot be kept."""

from fractions import Fraction

import pytest

from khaos_connectors.core.allocation import (
    Allocation,
    AllocationMode,
    Remainder,
    Share,
    allocate,
    explain_allocation,
)
from khaos_connectors.core.availability import ListingPolicy, available_to_sell
from khaos_connectors.core.buffers import Fixed, MaxOf, Percent
from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import ChannelId, LocationId, StockCode
from khaos_connectors.core.stock import Netting, StockFigure, pool

JL, MP, WEB, SHOP = (ChannelId(name) for name in ("john-lewis", "marketplacer", "web", "shop"))
FIXED, HYBRID, PERCENT = AllocationMode.FIXED, AllocationMode.HYBRID, AllocationMode.PERCENT
QUOTA, SHARED, WATERFALL = AllocationMode.QUOTA, AllocationMode.SHARED, AllocationMode.WATERFALL
WITHHOLD, LARGEST, DIVISOR = Remainder.WITHHOLD, Remainder.LARGEST_REMAINDER, Remainder.DIVISOR


def percents(*parts: str | Fraction) -> list[Share]:
    return [Share(channel, percent=part) for channel, part in zip((JL, MP, SHOP, WEB), parts, strict=False)]


def amounts(*units: int | None) -> list[Share]:
    return [Share(channel, units=number) for channel, number in zip((JL, MP, WEB), units, strict=False)]


def whys(allocation: Allocation) -> list[str]:
    return [allotment.why for allotment in allocation.allotments]


class TestPercent:
    @pytest.mark.parametrize(
        ("remainder", "expected"), [(WITHHOLD, [8, 5, 3]), (LARGEST, [9, 5, 3]), (DIVISOR, [9, 5, 3])]
    )
    def test_seventeen_units(self, remainder: Remainder, expected: list[int]) -> None:
        """Domain §4: 17 at 50/30/20 is 8/5/3 rounded down, with 1 withheld, and 9/5/3 by largest remainder."""
        found = explain_allocation(17, percents("50%", "30%", "20%"), mode=PERCENT, remainder=remainder)

        assert list(found.units.values()) == expected
        assert found.withheld == 17 - sum(expected)

    def test_the_example_of_the_pipeline(self) -> None:
        """Domain §2.4: 8 at 50/30/20 rounded down is 4 / 2 / 1 and 1 withheld; channel one shows 1 pack of 2."""
        shares = allocate(8, percents("50%", "30%", "20%"), mode=PERCENT)
        rules = ListingPolicy(pool_buffer=Fixed(2), min_to_list=2, max_to_list=3, pack=2)

        assert shares == {JL: 4, MP: 2, SHOP: 1}
        assert available_to_sell(10, policy=rules, share=shares[JL]).value == 1

    def test_the_alabama_paradox(self) -> None:
        """Domain §4, a law that does not hold: by largest remainder, 6/6/2 give 4/4/2 of 10 but 5/5/1 of 11."""
        weights = percents(Fraction(6, 14), Fraction(6, 14), Fraction(2, 14))
        shares = [list(allocate(units, weights, mode=PERCENT, remainder=LARGEST).values()) for units in (10, 11)]

        assert shares == [[4, 4, 2], [5, 5, 1]]

    def test_the_other_two_do_not_have_it(self) -> None:
        """The same weights and pools: rounding down and the divisor never lower a channel."""
        weights = percents(Fraction(6, 14), Fraction(6, 14), Fraction(2, 14))

        assert list(allocate(10, weights, mode=PERCENT).values()) == [4, 4, 1]
        assert list(allocate(11, weights, mode=PERCENT).values()) == [4, 4, 1]
        assert list(allocate(10, weights, mode=PERCENT, remainder=DIVISOR).values()) == [5, 4, 1]
        assert list(allocate(11, weights, mode=PERCENT, remainder=DIVISOR).values()) == [5, 5, 1]

    def test_the_divisor_may_be_off_by_more_than_one(self) -> None:
        """A law that does not hold (domain §4): 91 % of 20 is 18.2, and the divisor gives 17."""
        weights = percents("91%", "3%", "3%", "3%")

        assert list(allocate(20, weights, mode=PERCENT, remainder=DIVISOR).values()) == [17, 1, 1, 1]
        assert list(allocate(20, weights, mode=PERCENT, remainder=LARGEST).values()) == [18, 1, 1, 0]

    def test_webster_takes_odd_divisors(self) -> None:
        """Of 3 at 60/40: 60, 40, then 60/3 = 20 against 40/3; of 4 at 75/25 the quotients 25 tie and go by rank."""
        assert allocate(3, percents("60%", "40%"), mode=PERCENT, remainder=DIVISOR) == {JL: 2, MP: 1}
        assert allocate(2, percents("75%", "25%"), mode=PERCENT, remainder=DIVISOR) == {JL: 2, MP: 0}
        assert allocate(2, percents("25%", "75%"), mode=PERCENT, remainder=DIVISOR) == {JL: 1, MP: 1}

    @pytest.mark.parametrize("remainder", [LARGEST, DIVISOR])
    def test_ties_go_by_priority_then_channel(self, remainder: Remainder) -> None:
        """One unit, two equal halves: the lower priority number has it, else the first channel in the alphabet."""
        web, shop = Share(WEB, percent="50%"), Share(SHOP, percent="50%")
        first = Share(WEB, percent="50%", priority=-1)

        assert allocate(1, [web, shop], mode=PERCENT, remainder=remainder) == {WEB: 0, SHOP: 1}
        assert allocate(1, [shop, web], mode=PERCENT, remainder=remainder) == {WEB: 0, SHOP: 1}
        assert allocate(1, [shop, first], mode=PERCENT, remainder=remainder) == {WEB: 1, SHOP: 0}

    def test_a_tie_is_a_tie_of_fractions(self) -> None:
        """Priority breaks ties only: a larger fraction goes before a better priority."""
        shares = [Share(JL, percent="49%", priority=0), Share(MP, percent="51%", priority=9)]

        assert allocate(1, shares, mode=PERCENT, remainder=LARGEST) == {JL: 0, MP: 1}
        assert allocate(1, shares, mode=PERCENT, remainder=DIVISOR) == {JL: 0, MP: 1}

    @pytest.mark.parametrize(("remainder", "expected"), [(WITHHOLD, [4, 3]), (LARGEST, [4, 4]), (DIVISOR, [4, 4])])
    def test_what_nobody_is_given_stays_withheld(self, remainder: Remainder, expected: list[int]) -> None:
        """Percents that come to less than all: of 9 at 50/40 no more than 8 are given, however the rest is rounded."""
        found = explain_allocation(9, percents("50%", "40%"), mode=PERCENT, remainder=remainder)

        assert list(found.units.values()) == expected
        assert found.withheld == 9 - sum(expected)

    def test_a_channel_without_a_part_never_gets_any(self) -> None:
        """0 % is no claim on what rounding leaves over."""
        for remainder in Remainder:
            assert allocate(7, percents("0%", "1/3", "1/3", "1/3"), mode=PERCENT, remainder=remainder)[JL] == 0
            assert allocate(7, percents("0%"), mode=PERCENT, remainder=remainder) == {JL: 0}

    def test_more_than_all_is_refused(self) -> None:
        """Domain §4: percents that total more than 1 are a mistake, and are told one by one."""
        with pytest.raises(
            ValueError, match=r"come to 110 %, more than there is \(john-lewis 60 %, marketplacer 50 %, shop 0 %"
        ):
            allocate(10, percents("60%", "50%", "0%"), mode=PERCENT)
        assert allocate(10, percents("60%", "40%"), mode=PERCENT) == {JL: 6, MP: 4}

    def test_more_than_all_is_refused_with_a_paused_channel_too(self) -> None:
        """It would be active again one day."""
        with pytest.raises(ValueError, match="110 %"):
            allocate(10, [Share(JL, percent="60%"), Share(MP, percent="50%", paused=True)], mode=PERCENT)

    def test_percents_are_exact(self) -> None:
        """Three thirds are all of it; a tenth of thirty is three."""
        assert allocate(9, percents("1/3", "1/3", "1/3"), mode=PERCENT) == {JL: 3, MP: 3, SHOP: 3}
        assert allocate(30, percents("0.1"), mode=PERCENT) == {JL: 3}

    def test_the_divisor_is_quick_for_large_pools(self) -> None:
        """A billion units are not handed out one by one, also where a part of them is nobody's."""
        assert allocate(10**9, percents("50%", "20%"), mode=PERCENT, remainder=DIVISOR) == {
            JL: 500_000_000,
            MP: 200_000_000,
        }

    def test_the_divisor_never_gives_more_than_there_is(self) -> None:
        """Eight equal channels and seven units, so that many exact parts are just above a half: one goes without."""
        eight = [Share(ChannelId(name), percent="1/8") for name in "abcdefgh"]

        for units in range(40):
            shown = list(allocate(units, eight, mode=PERCENT, remainder=DIVISOR).values())
            assert shown == [units // 8 + (place < units % 8) for place in range(8)]


class TestAmounts:
    def test_fixed_amounts_are_cut_by_priority(self) -> None:
        """Domain §4: min(n, what is left) by priority, then channel; who is cut is told."""
        shares = [Share(WEB, units=4), Share(MP, units=4), Share(JL, units=4, priority=1)]
        found = explain_allocation(9, shares, mode=FIXED, entity="MUG")

        assert found.units == {MP: 4, WEB: 4, JL: 1}
        assert found.withheld == 0
        assert [allotment.short for allotment in found.allotments] == [0, 0, 3]
        assert allocate(15, shares, mode=FIXED) == {MP: 4, WEB: 4, JL: 4}
        assert explain_allocation(15, shares, mode=FIXED).withheld == 3

    def test_a_waterfall_fills_targets_in_order(self) -> None:
        """Domain §4: pool 9, targets 6 each: 6 / 3 / 0. A target that is missed is no broken promise."""
        found = explain_allocation(9, amounts(6, 6, 6), mode=WATERFALL)

        assert found.units == {JL: 6, MP: 3, WEB: 0}
        assert found.reasons == ()
        assert [allotment.short for allotment in found.allotments] == [0, 0, 0]

    def test_a_channel_without_a_target_takes_what_is_left(self) -> None:
        """The last of a waterfall usually has no target; who comes after it gets nothing."""
        assert allocate(9, amounts(2, None, 6), mode=WATERFALL) == {JL: 2, MP: 7, WEB: 0}
        assert allocate(0, amounts(2, None, 6), mode=WATERFALL) == {JL: 0, MP: 0, WEB: 0}

    def test_a_quota_is_not_refilled_by_stock(self) -> None:
        """Domain §4: granted 6, sold 4: 2, whatever arrives."""
        granted = [Share(JL, units=6, sold=4)]

        assert [allocate(units, granted, mode=QUOTA)[JL] for units in (0, 1, 2, 20, 2000)] == [0, 1, 2, 2, 2]
        assert allocate(20, [Share(JL, units=6, sold=9)], mode=QUOTA) == {JL: 0}
        assert allocate(20, [Share(JL, units=6)], mode=QUOTA) == {JL: 6}

    def test_sales_count_in_a_quota_only(self) -> None:
        """In the other modes the sale is out of the pool already, and the amount stands."""
        assert allocate(20, [Share(JL, units=6, sold=4)], mode=FIXED) == {JL: 6}

    def test_hybrid_guarantees_and_an_open_rest(self) -> None:
        """Domain §4: pool 20, reserves 6 and 4: 16, 14, and a third channel without a reserve sees the 10."""
        found = explain_allocation(20, amounts(6, 4, None), mode=HYBRID)

        assert found.units == {JL: 16, MP: 14, WEB: 10}
        assert (found.withheld, found.reasons) == (0, ())
        assert allocate(20, amounts(6, 4, 0), mode=HYBRID) == found.units

    def test_guarantees_that_cannot_be_kept_are_cut_by_priority(self) -> None:
        """Domain §4: reserves above the pool are cut by priority and told as ALLOCATION_SHORT, one for the pool."""
        found = explain_allocation(8, amounts(6, 4, 3), mode=HYBRID, entity="MUG")

        assert found.units == {JL: 6, MP: 2, WEB: 0}
        (reason,) = found.reasons
        assert reason.type is ExceptionType.ALLOCATION_SHORT
        assert reason.entity == "MUG"
        assert reason.message == (
            "A stock of 8 does not cover what channels were promised: marketplacer lacks 2, web lacks 3."
        )
        assert reason.evidence == {"pool": "8", "marketplacer lacks": "2", "web lacks": "3"}
        assert [allotment.short for allotment in found.allotments] == [0, 2, 3]
        assert explain_allocation(13, amounts(6, 4, 3), mode=HYBRID).reasons == ()

    def test_a_quota_that_cannot_be_met_is_told(self) -> None:
        """What is left of a grant is a promise as well."""
        (reason,) = explain_allocation(1, [Share(JL, units=6, sold=4)], mode=QUOTA).reasons

        assert reason.entity == "pool"
        assert reason.evidence["john-lewis lacks"] == "1"

    def test_shared_is_all_for_everybody(self) -> None:
        """Domain §4: every channel sees the whole buffered pool."""
        found = explain_allocation(7, amounts(1, None, 3), mode=SHARED)

        assert found.units == {JL: 7, MP: 7, WEB: 7}
        assert (found.withheld, found.reasons) == (0, ())


class TestPaused:
    def test_its_percent_is_withheld_or_given_to_the_others(self) -> None:
        """Domain §4: a paused share is kept back unless redistribute; then in proportion to the others' percents."""
        shares = [Share(JL, percent="50%", paused=True), Share(MP, percent="30%"), Share(WEB, percent="20%")]
        kept = explain_allocation(20, shares, mode=PERCENT)
        given = explain_allocation(20, shares, mode=PERCENT, redistribute=True)

        assert (kept.units, kept.withheld) == ({JL: 0, MP: 6, WEB: 4}, 10)
        assert (given.units, given.withheld) == ({JL: 0, MP: 12, WEB: 8}, 0)

    def test_only_what_was_shared_out_is_redistributed(self) -> None:
        """Half of the stock is nobody's; it stays so when one of two channels is paused."""
        shares = [Share(JL, percent="20%", paused=True), Share(MP, percent="30%")]

        assert allocate(20, shares, mode=PERCENT, redistribute=True) == {JL: 0, MP: 10}

    def test_without_anybody_to_give_it_to_it_is_kept(self) -> None:
        """All channels paused, or only channels with 0 % left: nothing is shown."""
        alone = [Share(JL, percent="20%", paused=True), Share(MP, percent=0)]

        for remainder in Remainder:
            for shares in (alone, alone[:1]):
                found = explain_allocation(20, shares, mode=PERCENT, remainder=remainder, redistribute=True)
                assert set(found.units.values()) == {0}
                assert found.withheld == 20

    @pytest.mark.parametrize(
        ("mode", "kept", "given"),
        [
            (FIXED, {JL: 0, MP: 3, WEB: 0}, {JL: 0, MP: 6, WEB: 3}),
            (WATERFALL, {JL: 0, MP: 3, WEB: 0}, {JL: 0, MP: 6, WEB: 3}),
            (QUOTA, {JL: 0, MP: 5, WEB: 0}, {JL: 0, MP: 6, WEB: 3}),
            (HYBRID, {JL: 0, MP: 3, WEB: 0}, {JL: 0, MP: 6, WEB: 3}),
            (SHARED, {JL: 0, MP: 9, WEB: 9}, {JL: 0, MP: 9, WEB: 9}),
        ],
    )
    def test_its_amount_is_withheld_or_left_to_the_others(
        self, mode: AllocationMode, kept: dict[ChannelId, int], given: dict[ChannelId, int]
    ) -> None:
        """A paused channel comes first in line and is kept its amount, or is passed over."""
        shares = [Share(JL, units=6, paused=True, sold=2), Share(MP, units=6), Share(WEB, units=6)]

        assert allocate(9, shares, mode=mode) == kept
        assert allocate(9, shares, mode=mode, redistribute=True) == given

    def test_a_paused_channel_is_not_short(self) -> None:
        """Nobody misses what a paused channel would not be shown; what is kept for it is withheld."""
        shares = [Share(JL, units=6), Share(MP, units=6, paused=True)]
        found = explain_allocation(9, shares, mode=FIXED)

        assert (found.units, found.withheld, found.reasons) == ({JL: 6, MP: 0}, 3, ())
        assert whys(found) == ["its amount is 6", "it is paused, and 3 kept back for it"]

    @pytest.mark.parametrize("mode", [SHARED, HYBRID])
    def test_with_all_paused_nobody_sees_anything(self, mode: AllocationMode) -> None:
        """An open rest that is open to nobody is withheld."""
        found = explain_allocation(9, [Share(JL, units=2, paused=True)], mode=mode)

        assert (found.units, found.withheld) == ({JL: 0}, 9)
        assert explain_allocation(9, [], mode=mode).withheld == 9

    def test_a_paused_guarantee_of_a_hybrid_is_withheld(self) -> None:
        """The rest that is open does not contain it, unless it is redistributed."""
        shares = [Share(JL, units=6, paused=True), Share(MP, units=4)]
        kept = explain_allocation(20, shares, mode=HYBRID)

        assert (kept.units, kept.withheld) == ({JL: 0, MP: 14}, 6)
        assert explain_allocation(20, shares, mode=HYBRID, redistribute=True).units == {JL: 0, MP: 20}


class TestWords:
    @pytest.mark.parametrize(
        ("mode", "units", "expected"),
        [
            (FIXED, 8, ["its amount is 6", "its amount is 6, but there are only 2 for it"]),
            (WATERFALL, 8, ["its target is 6", "its target is 6, but there are only 2 for it"]),
            (SHARED, 8, ["every channel sees all 8", "every channel sees all 8"]),
            (
                HYBRID,
                8,
                [
                    "6 guaranteed, and 0 open to every channel",
                    "6 guaranteed, but there are only 2 for it, and 0 open to every channel",
                ],
            ),
            (
                QUOTA,
                2,
                [
                    "2 left of its grant of 6, as 4 are sold",
                    "6 left of its grant of 6, as 0 are sold, but there are only 0 for it",
                ],
            ),
        ],
    )
    def test_each_amount_says_why(self, mode: AllocationMode, units: int, expected: list[str]) -> None:
        """Whoever asks "why is this channel at 2?" is answered from one sentence."""
        shares = [Share(JL, units=6, sold=4), Share(MP, units=6)]

        assert whys(explain_allocation(units, shares, mode=mode)) == expected

    def test_a_percent_says_its_exact_part(self) -> None:
        """The part before rounding is an exact number."""
        shares = percents("50%", "30%", "20%")

        assert whys(explain_allocation(17, shares, mode=PERCENT)) == [
            "its part is 8 and 1/2, given as 8",
            "its part is 5 and 1/10, given as 5",
            "its part is 3 and 2/5, given as 3",
        ]
        assert whys(explain_allocation(2, shares, mode=PERCENT, remainder=LARGEST)) == [
            "its part is 1",
            "its part is 3/5, given as 1",
            "its part is 2/5, given as 0",
        ]

    def test_the_rest_of_a_waterfall_and_a_pause(self) -> None:
        """No target: all that is left. A paused channel to which nothing is kept is just paused."""
        found = explain_allocation(3, [*amounts(2, None), Share(WEB, units=1, paused=True)], mode=WATERFALL)

        assert whys(found) == ["its target is 2", "it takes all that is left", "it is paused"]
        redistributed = [Share(JL, units=2, paused=True)]
        assert whys(explain_allocation(3, redistributed, mode=FIXED, redistribute=True)) == ["it is paused"]


class TestImpossible:
    @pytest.mark.parametrize("mode", AllocationMode)
    def test_a_channel_has_one_share(self, mode: AllocationMode) -> None:
        """Domain §4: the same channel may appear once."""
        with pytest.raises(ValueError, match="channel web has two shares"):
            allocate(5, [Share(WEB, percent=0, units=1), Share(WEB, percent=0, units=1)], mode=mode)

    def test_a_share_has_what_its_mode_needs(self) -> None:
        """A missing number is not 0, except for a guarantee, which a channel need not have."""
        with pytest.raises(ValueError, match="the share of web has no percent, and mode PERCENT needs it"):
            allocate(5, [Share(WEB, units=1)], mode=PERCENT)
        with pytest.raises(ValueError, match="the share of web has no units, and mode FIXED needs them"):
            allocate(5, [Share(WEB, percent=0)], mode=FIXED)
        with pytest.raises(ValueError, match="the share of web has no units, and mode QUOTA needs them"):
            allocate(5, [Share(WEB, sold=1)], mode=QUOTA)

    @pytest.mark.parametrize(
        ("field", "value", "error", "why"),
        [
            ("percent", 0.5, TypeError, "float"),
            ("percent", 50, ValueError, "not between 0 and 1"),
            ("percent", "-1%", ValueError, "not between 0 and 1"),
            ("units", -1, ValueError, "units must be 0 or more, not -1"),
            ("units", 1.0, TypeError, "units must be an int"),
            ("sold", -1, ValueError, "sold must be 0 or more, not -1"),
            ("priority", "high", TypeError, "priority"),
            ("paused", "no", TypeError, "paused"),
            ("channel", "", ValueError, "channel"),
        ],
    )
    def test_impossible_fields_are_refused(self, field: str, value: object, error: type[Exception], why: str) -> None:
        """Each names the field and the rule."""
        with pytest.raises(error, match=why):
            Share(**{"channel": WEB, field: value})  # type: ignore[arg-type]  # reason: what an untyped caller passes

    @pytest.mark.parametrize("units", [2.0, True, "2"])
    def test_a_pool_is_a_whole_number(self, units: int) -> None:
        """Units are counted in int, nothing else."""
        with pytest.raises(TypeError, match="pool must be an int, not"):
            allocate(units, amounts(1), mode=FIXED)

    @pytest.mark.parametrize("mode", AllocationMode)
    def test_a_pool_below_zero_is_shared_out_as_nothing(self, mode: AllocationMode) -> None:
        """Oversold already: every channel gets 0, and the promises that are broken are told."""
        shares = [Share(JL, percent="50%", units=2), Share(MP, percent="50%", units=0)]
        found = explain_allocation(-4, shares, mode=mode)

        assert found.units == {JL: 0, MP: 0}
        assert (found.pool, found.withheld) == (-4, 0)
        assert len(found.reasons) == (mode in (FIXED, HYBRID, QUOTA))


def test_a_whole_trace() -> None:
    """Domain §2.4, the whole trace: two locations, three channels, from the shelf to what each channel shows."""
    mug = StockCode("MUG")
    main = StockFigure(
        stock_code=mug, location=LocationId("MAIN"), physical=42, unsellable=2, allocated=15, ordered_open=18
    )
    shop = StockFigure(stock_code=mug, location=LocationId("SHOP"), physical=1, allocated=3)
    assert (pool([main, shop]), pool([main, shop], netting=Netting.FLOOR_EACH)) == (20, 22)
    units = pool([main, shop], in_flight=2 + 3)
    assert units == 15

    rule = MaxOf(Fixed(2), Percent("10%"))
    buffered = available_to_sell(units, policy=ListingPolicy(pool_buffer=rule)).buffered
    assert buffered == 13
    shares = allocate(buffered, amounts(4, 3, None), mode=HYBRID)
    assert shares == {JL: 10, MP: 9, WEB: 6}

    policies = {
        JL: ListingPolicy(pool_buffer=rule, channel_buffer=Fixed(1), min_to_list=3, max_to_list=8),
        MP: ListingPolicy(pool_buffer=rule, pack=3),
        WEB: ListingPolicy(pool_buffer=rule, percent=Fraction(1, 2), min_to_list=4),
    }
    results = {name: available_to_sell(units, policy=policy, share=shares[name]) for name, policy in policies.items()}
    assert {name: result.value for name, result in results.items()} == {JL: 8, MP: 3, WEB: 0}
    assert [step.output for step in results[JL].trace] == [13, 10, 10, 9, 9, 8, 8, 8]
    assert [step.output for step in results[WEB].trace] == [13, 6, 3, 3, 0, 0, 0, 0]
