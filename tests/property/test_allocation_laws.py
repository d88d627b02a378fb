"""Laws of allocation (domain §4 and §12), and an independent count that hands out one unit at a time."""

from collections.abc import Sequence
from fractions import Fraction
from random import Random

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.allocation import Allocation, AllocationMode, Remainder, Share, allocate, explain_allocation
from khaos_connectors.core.availability import ListingPolicy, available_to_sell
from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import ChannelId
from khaos_connectors.testing.allocation_strategies import modes, partitioning_modes, remainders, shares
from khaos_connectors.testing.strategies import listing_policies

law = settings(deadline=None, max_examples=150)
pools = st.integers(-5, 60)
monotone = st.sampled_from([Remainder.WITHHOLD, Remainder.DIVISOR])


@attrs.frozen
class Way:
    """One way to share out a pool."""

    mode: AllocationMode
    remainder: Remainder = Remainder.WITHHOLD
    redistribute: bool = False

    def allocate(self, pool: int, given_shares: Sequence[Share]) -> dict[ChannelId, int]:
        """What each channel may use."""
        return allocate(pool, given_shares, mode=self.mode, remainder=self.remainder, redistribute=self.redistribute)

    def explain(self, pool: int, given_shares: Sequence[Share]) -> Allocation:
        """The same with its reasons."""
        return explain_allocation(
            pool, given_shares, mode=self.mode, remainder=self.remainder, redistribute=self.redistribute
        )


ways = st.builds(Way, modes(), remainders(), st.booleans())
dividing_ways = st.builds(Way, partitioning_modes(), remainders(), st.booleans())
monotone_ways = st.builds(Way, modes(), monotone, st.booleans())


def by_hand(  # noqa: C901, PLR0912 - reason: an oracle that shares no line with the code under test
    pool: int, given_shares: Sequence[Share], way: Way
) -> dict[str, int]:
    """What each channel may use, by putting units on the table and handing them out singly."""
    mode, remainder, redistribute = way.mode, way.remainder, way.redistribute
    table = list(range(pool))
    queue = sorted((share.priority, share.channel, share) for share in given_shares)
    line = [share for _, _, share in queue if not (share.paused and redistribute)]
    hands: dict[str, int] = {share.channel: 0 for share in line}
    everybody_sees = 0
    if mode is AllocationMode.SHARED:
        everybody_sees = len(table)
    elif mode is AllocationMode.PERCENT:
        claimed = sum(share.percent or 0 for share in given_shares)
        mine = sum(share.percent or 0 for share in line)
        ideal = {share.channel: Fraction(0) for share in line}
        if mine > 0:
            for share in line:
                ideal[share.channel] = (share.percent or 0) / mine * claimed * len(table)
        to_give = 0
        while to_give + 1 <= sum(ideal.values()):
            to_give += 1
        if remainder is not Remainder.DIVISOR:
            for channel, part in ideal.items():
                while hands[channel] + 1 <= part:
                    hands[channel] += 1
                    to_give -= 1
        lucky = set[str]()
        while remainder is not Remainder.WITHHOLD and to_give > 0:
            best = None
            for share in line:
                if remainder is Remainder.DIVISOR:
                    claim = ideal[share.channel] / (2 * hands[share.channel] + 1)
                elif share.channel in lucky:
                    continue
                else:
                    claim = ideal[share.channel] - hands[share.channel]
                if best is None or claim > best[0]:
                    best = (claim, share.channel)
            assert best is not None
            hands[best[1]] += 1
            lucky.add(best[1])
            to_give -= 1
    else:
        for share in line:
            wanted = share.units or 0
            if mode is AllocationMode.QUOTA:
                wanted -= share.sold
            while table and hands[share.channel] < wanted:
                hands[share.channel] += 1
                table.pop()
        if mode is AllocationMode.HYBRID:
            everybody_sees = len(table)
    return {share.channel: 0 if share.paused else hands[share.channel] + everybody_sees for share in given_shares}


def some_shares(random: Random) -> list[Share]:
    channels = random.sample(["a", "b", "c", "d", "e"], random.randint(0, 5))
    parts = [random.randint(0, 5) for _ in channels]
    whole = sum(parts) + random.choice([0, 0, 1, 4]) or 1
    return [
        Share(
            ChannelId(channel),
            percent=Fraction(part, whole),
            units=random.randint(0, 9),
            priority=random.randint(0, 2),
            paused=random.random() < 0.25,
            sold=random.choice([0, 2, 7]),
        )
        for channel, part in zip(channels, parts, strict=True)
    ]


@pytest.mark.parametrize("mode", AllocationMode)
@pytest.mark.parametrize("paused", ["kept back", "redistributed"])
def test_it_is_what_handing_out_single_units_gives(mode: AllocationMode, paused: str) -> None:
    """Eight thousand small random cases: the same numbers as an independent count, one unit at a time."""
    random = Random(f"{mode.name} {paused}")
    for _ in range(500):
        found = some_shares(random)
        pool = random.randint(-2, 24)
        for remainder in Remainder if mode is AllocationMode.PERCENT else [Remainder.WITHHOLD]:
            way = Way(mode, remainder, paused == "redistributed")
            assert way.allocate(pool, found) == by_hand(pool, found, way), (pool, found, remainder)


@law
@given(pools, shares(), ways, st.randoms(use_true_random=False))
def test_the_order_of_shares_does_not_matter(
    pool: int,
    found: list[Share],
    way: Way,
    random: Random,
) -> None:
    """The same shares in any order give each channel the same, ties included."""
    shuffled = list(found)
    random.shuffle(shuffled)

    assert way.allocate(pool, shuffled) == way.allocate(pool, found)


@law
@given(pools, shares(), ways)
def test_the_explanation_adds_up(
    pool: int,
    found: list[Share],
    way: Way,
) -> None:
    """It says the numbers of allocate; every unit is seen by somebody or withheld; a shortage has one reason."""
    told = way.explain(pool, found)
    short = sum(allotment.short for allotment in told.allotments)

    assert told.units == way.allocate(pool, found)
    assert [allotment.channel for allotment in told.allotments] == [share.channel for share in found]
    assert 0 <= told.withheld <= max(0, pool)
    assert all(allotment.why and 0 <= allotment.units <= max(0, pool) for allotment in told.allotments)
    assert [reason.type for reason in told.reasons] == [ExceptionType.ALLOCATION_SHORT] * (short > 0)
    for share, allotment in zip(found, told.allotments, strict=True):
        assert allotment.units == 0 or not share.paused


@law
@given(pools, shares(), dividing_ways)
def test_modes_that_divide_never_give_more_than_there_is(
    pool: int,
    found: list[Share],
    way: Way,
) -> None:
    """Domain §12: the shares and what is withheld are exactly the pool."""
    told = way.explain(pool, found)

    assert sum(told.units.values()) + told.withheld == max(0, pool)


@law
@given(pools, shares(paused=False))
def test_a_hybrid_exceeds_by_its_open_rest_only(pool: int, found: list[Share]) -> None:
    """Domain §4: what channels could sell beyond the pool is the open rest, once for each channel after the first."""
    shown = allocate(pool, found, mode=AllocationMode.HYBRID)
    rest = max(0, pool - sum(share.units or 0 for share in found))

    assert sum(shown.values()) <= max(0, pool) + rest * max(0, len(found) - 1)


@law
@given(st.integers(0, 60), shares(total=Fraction(1), least=1), remainders())
def test_all_of_it_is_given_when_all_of_it_is_shared_out(pool: int, found: list[Share], remainder: Remainder) -> None:
    """Domain §12: with shares that total 1, LARGEST_REMAINDER and DIVISOR leave nothing, WITHHOLD less than a unit
    per channel; redistribution keeps that so while any channel with a part is active.
    """
    if not any(share.percent for share in found if not share.paused):
        found = [attrs.evolve(share, paused=False) for share in found]
    told = explain_allocation(pool, found, mode=AllocationMode.PERCENT, remainder=remainder, redistribute=True)

    if remainder is Remainder.WITHHOLD:
        assert told.withheld < len(found)
    else:
        assert told.withheld == 0


@law
@given(pools, shares(), monotone_ways, st.integers(1, 9))
def test_more_stock_never_lowers_a_channel(
    pool: int,
    found: list[Share],
    way: Way,
    more: int,
) -> None:
    """Domain §4: each share is monotone in the pool, but for LARGEST_REMAINDER (see the Alabama paradox)."""
    before = way.allocate(pool, found)
    after = way.allocate(pool + more, found)

    assert all(after[channel] >= units for channel, units in before.items())


@law
@given(st.integers(0, 60), shares(paused=False), st.sampled_from([Remainder.WITHHOLD, Remainder.LARGEST_REMAINDER]))
def test_a_share_is_within_one_unit_of_the_exact_one(pool: int, found: list[Share], remainder: Remainder) -> None:
    """Domain §4: the quota rule, for all but DIVISOR."""
    shown = allocate(pool, found, mode=AllocationMode.PERCENT, remainder=remainder)

    assert all(abs(shown[share.channel] - (share.percent or 0) * pool) < 1 for share in found)


@law
@given(st.integers(0, 60), shares(paused=False), remainders())
def test_equal_parts_differ_by_one_at_most(pool: int, found: list[Share], remainder: Remainder) -> None:
    """Domain §12: equal weights are treated alike, up to the unit that cannot be divided."""
    equal = [attrs.evolve(share, percent=Fraction(1, len(found))) for share in found]
    shown = allocate(pool, equal, mode=AllocationMode.PERCENT, remainder=remainder).values()

    assert not shown or max(shown) - min(shown) <= 1


@law
@given(pools, shares(), st.sampled_from([AllocationMode.FIXED, AllocationMode.WATERFALL, AllocationMode.HYBRID]))
def test_nobody_is_served_before_a_better_priority(pool: int, found: list[Share], mode: AllocationMode) -> None:
    """A channel that lacks anything leaves nothing to those behind it."""
    told = explain_allocation(pool, found, mode=mode)
    ranked = sorted(zip(found, told.allotments, strict=True), key=lambda pair: (pair[0].priority, pair[0].channel))
    active = [(share.units or 0, allotment.units) for share, allotment in ranked if not share.paused]

    for place, (wanted, units) in enumerate(active):
        if units < wanted:
            assert all(behind == 0 for _, behind in active[place + 1 :])


@law
@given(pools, shares(), modes(), monotone)
def test_redistributing_never_takes_from_an_active_channel(
    pool: int, found: list[Share], mode: AllocationMode, remainder: Remainder
) -> None:
    """What a paused channel leaves only adds to the others.

    LARGEST_REMAINDER is left out: its odd units may fall to another channel.
    """
    kept = Way(mode, remainder).allocate(pool, found)
    given_on = Way(mode, remainder, redistribute=True).allocate(pool, found)

    assert all(given_on[channel] >= units for channel, units in kept.items())


@law
@given(pools, shares(paused=False), modes(), remainders())
def test_with_nobody_paused_there_is_nothing_to_redistribute(
    pool: int, found: list[Share], mode: AllocationMode, remainder: Remainder
) -> None:
    """Redistribution is about paused channels and nothing else."""
    assert Way(mode, remainder, redistribute=True).allocate(pool, found) == Way(mode, remainder).allocate(pool, found)


@law
@given(
    pools,
    shares(),
    partitioning_modes(),
    remainders(),
    st.lists(listing_policies(backorder=False), min_size=5, max_size=5),
)
def test_what_channels_show_together_is_in_stock(
    pool: int, found: list[Share], mode: AllocationMode, remainder: Remainder, policies: list[ListingPolicy]
) -> None:
    """Domain §12: in partitioning modes all packs of all channels together are at most the buffered pool."""
    rule = policies[0].pool_buffer
    buffered = available_to_sell(pool, policy=ListingPolicy(pool_buffer=rule)).buffered
    parts = allocate(buffered, found, mode=mode, remainder=remainder)
    shown = [
        policy.pack
        * available_to_sell(pool, policy=attrs.evolve(policy, pool_buffer=rule), share=parts[share.channel]).value
        for share, policy in zip(found, policies, strict=False)
    ]

    assert sum(shown) <= buffered


@law
@given(st.integers(0, 60), shares(least=1), st.integers(0, 60))
def test_new_stock_never_refills_a_quota(pool: int, found: list[Share], more: int) -> None:
    """Domain §4: once the stock covers what is left of all grants, no arrival changes what a channel sees."""
    enough = pool + sum(share.units or 0 for share in found)

    assert allocate(enough + more, found, mode=AllocationMode.QUOTA) == allocate(
        enough, found, mode=AllocationMode.QUOTA
    )
