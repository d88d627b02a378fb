"""Eight steps from a pool to what a listing shows, in a fixed order, each explained."""

from fractions import Fraction

import pytest

from khaos_connectors.core.availability import AtsResult, ListingPolicy, available_to_sell, explain
from khaos_connectors.core.buffers import Fixed, MaxOf, Percent

POOL_BUFFER = MaxOf(Fixed(2), Percent("10%"))


def outputs(result: AtsResult) -> list[int]:
    return [step.output for step in result.trace]


class TestWorkedNumbers:
    def test_channel_one(self) -> None:
        """Domain §2.4: pool 10, Fixed(2) gives 8; share 4; min_to_list 2 keeps 4; cap 3; pack 2: 1 pack."""
        policy = ListingPolicy(pool_buffer=Fixed(2), min_to_list=2, max_to_list=3, pack=2)

        result = available_to_sell(10, policy=policy, share=4)

        assert result.value == 1
        assert outputs(result) == [8, 4, 4, 4, 4, 3, 1, 1]
        assert (result.pool, result.buffered) == (10, 8)

    def test_john_lewis(self) -> None:
        """Domain §2.4, whole trace: share 10, buffer 1, min 3, max 8: 9, 9, then 8."""
        policy = ListingPolicy(pool_buffer=POOL_BUFFER, channel_buffer=Fixed(1), min_to_list=3, max_to_list=8)

        assert outputs(available_to_sell(15, policy=policy, share=10)) == [13, 10, 10, 9, 9, 8, 8, 8]

    def test_marketplacer(self) -> None:
        """Domain §2.4, whole trace: share 9 in packs of 3: 3 packs."""
        assert available_to_sell(15, policy=ListingPolicy(pool_buffer=POOL_BUFFER, pack=3), share=9).value == 3

    def test_web(self) -> None:
        """Domain §2.4, whole trace: 50 % of share 6 is 3, fewer than min_to_list 4: 0."""
        policy = ListingPolicy(pool_buffer=POOL_BUFFER, percent=Fraction(1, 2), min_to_list=4)

        assert outputs(available_to_sell(15, policy=policy, share=6)) == [13, 6, 3, 3, 0, 0, 0, 0]

    def test_end_when(self) -> None:
        """Domain §2.4: "end when e" is min_to_list = e + 1: e itself shows 0, one more shows."""
        policy = ListingPolicy(min_to_list=4)

        assert available_to_sell(3, policy=policy).value == 0
        assert available_to_sell(4, policy=policy).value == 4

    @pytest.mark.parametrize(("pool", "value"), [(5, 8), (1, 4), (-2, 1), (-3, 0), (-9, 0)])
    def test_back_order(self, pool: int, value: int) -> None:
        """Domain §2.5: max(0, pool + k - buffer) with k = 5 and buffer 2, also below zero."""
        policy = ListingPolicy(pool_buffer=Fixed(2), backorder_limit=5)

        assert available_to_sell(pool, policy=policy).value == value


class TestSteps:
    def test_their_order_is_the_contract(self) -> None:
        """Domain §2.4: eight steps, always all of them, in this order and joined end to end."""
        trace = available_to_sell(10).trace

        assert [(step.number, step.name) for step in trace] == [
            (1, "pool buffer"),
            (2, "share"),
            (3, "percent"),
            (4, "channel buffer"),
            (5, "minimum to list"),
            (6, "maximum to list"),
            (7, "pack"),
            (8, "protocol maximum"),
        ]
        assert all(step.why for step in trace)

    def test_no_rules_show_the_pool(self) -> None:
        """Without a policy the whole pool is shown."""
        assert outputs(available_to_sell(10)) == [10] * 8

    def test_oversold_shows_nothing_and_keeps_the_sign(self) -> None:
        """Domain §2.1: below zero the listing shows 0, and the result still tells by how much."""
        result = available_to_sell(-3)

        assert (result.value, result.pool) == (0, -3)

    def test_a_share_never_exceeds_the_buffered_pool(self) -> None:
        """A share from an older, larger pool is cut down to what there is."""
        assert available_to_sell(4, policy=ListingPolicy(pool_buffer=Fixed(1)), share=10).value == 3

    def test_a_share_of_nothing(self) -> None:
        """Share 0 is a share; only None means the whole pool."""
        assert available_to_sell(4, share=0).value == 0

    def test_a_percentage_is_rounded_down(self) -> None:
        """Domain §2.4: half of 3 is 1."""
        assert available_to_sell(3, policy=ListingPolicy(percent="50%")).value == 1

    def test_the_channel_buffer_looks_at_what_is_left(self) -> None:
        """Domain §2.4 step 4: 10 % of the 30 that the percentage left, not of the pool."""
        policy = ListingPolicy(percent=Fraction(1, 2), channel_buffer=Percent("10%"))

        assert outputs(available_to_sell(60, policy=policy))[2:4] == [30, 27]

    def test_a_channel_buffer_larger_than_the_share(self) -> None:
        """Step 4 never goes below zero."""
        assert available_to_sell(2, policy=ListingPolicy(channel_buffer=Fixed(5))).value == 0

    def test_protocol_maximum_counts_packs(self) -> None:
        """Domain §2.4 step 8: the limit of the channel's field applies to the units that it is sent."""
        policy = ListingPolicy(pack=10, protocol_max=99)

        assert outputs(available_to_sell(5000, policy=policy))[6:] == [500, 99]

    def test_max_to_list_may_be_zero(self) -> None:
        """A cap of 0 takes a listing off without a special case."""
        assert available_to_sell(9, policy=ListingPolicy(max_to_list=0)).value == 0


class TestRefused:
    def test_a_negative_share(self) -> None:
        """A share below 0 is a fault of the allocation, told as such."""
        with pytest.raises(ValueError, match="share must be 0 or more, not -1"):
            available_to_sell(4, share=-1)

    @pytest.mark.parametrize("field", ["min_to_list", "max_to_list", "backorder_limit", "protocol_max"])
    def test_negative_limits(self, field: str) -> None:
        """A negative limit is refused when the policy is made, by its name."""
        with pytest.raises(ValueError, match=f"{field} must be 0 or more, not -1"):
            ListingPolicy(**{field: -1})

    def test_a_pack_of_nothing(self) -> None:
        """A pack holds at least one."""
        with pytest.raises(ValueError, match="pack must be 1 or more, not 0"):
            ListingPolicy(pack=0)

    def test_percent_above_all(self) -> None:
        """More than the whole share cannot be offered."""
        with pytest.raises(ValueError, match="not between 0 and 1"):
            ListingPolicy(percent=50)

    @pytest.mark.parametrize("field", ["pool_buffer", "channel_buffer"])
    def test_a_buffer_that_adds_stock(self, field: str) -> None:
        """A user's own buffer that gives a negative number is refused, in either place."""

        class Generous:
            def units(self, pool: int, /) -> int:
                return -1

            def __str__(self) -> str:
                return "generous"

        with pytest.raises(ValueError, match=r"the buffer generous keeps back -1 of 4"):
            available_to_sell(4, policy=ListingPolicy(**{field: Generous()}))


class TestExplain:
    def test_why_is_this_listing_at_one(self) -> None:
        """The support question of domain §1.3: the number, where it came from, and only the steps that changed it."""
        policy = ListingPolicy(pool_buffer=Fixed(2), min_to_list=2, max_to_list=3, pack=2)

        assert explain(available_to_sell(10, policy=policy, share=4)).splitlines() == [
            "This listing is at 1.",
            "It starts from 10 units that may still be promised.",
            "Step 1: the stock buffer (2 units) keeps back 2, so 10 becomes 8.",
            "Step 2: this channel's share is 4, so 8 becomes 4.",
            "Step 6: no more than 3 are shown, so 4 becomes 3.",
            "Step 7: it is sold in packs of 2 and only whole packs count, so 3 becomes 1.",
            "No other rule changed it.",
        ]

    def test_every_rule_that_bites_is_named(self) -> None:
        """Percentage, channel buffer, smallest number and the channel's limit read as people say them."""
        policy = ListingPolicy(percent="1/2", channel_buffer=Fixed(1), protocol_max=3)
        text = explain(available_to_sell(12, policy=policy))

        assert "Step 3: 1/2" not in text
        assert "Step 3: 50 % of the share is offered, rounded down, so 12 becomes 6." in text
        assert "Step 4: this channel's own buffer (1 unit) keeps back 1, so 6 becomes 5." in text
        assert "Step 8: the channel takes no number above 3, so 5 becomes 3." in text
        assert "Step 5: fewer than 4 are not shown, so 3 becomes 0." in explain(
            available_to_sell(3, policy=ListingPolicy(min_to_list=4))
        )

    def test_nothing_changed(self) -> None:
        """A listing that shows the whole pool says so."""
        assert explain(available_to_sell(1)).splitlines() == [
            "This listing is at 1.",
            "It starts from 1 unit that may still be promised.",
            "No rule changed that.",
        ]

    def test_sold_out(self) -> None:
        """Zero stock is told in one sentence."""
        assert explain(available_to_sell(0)).splitlines() == [
            "This listing is at 0.",
            "There is no stock left to promise.",
            "No rule changed that.",
        ]

    def test_oversold(self) -> None:
        """Below zero, the text says by how many."""
        assert explain(available_to_sell(-3)).splitlines()[1:3] == [
            "It starts below zero: 3 units more have been promised than there are.",
            "Step 1: no buffer applies and a channel is never told less than 0, so -3 becomes 0.",
        ]

    def test_on_back_order(self) -> None:
        """Units that are not there yet are named as such."""
        policy = ListingPolicy(backorder_limit=5)

        assert "no buffer applies and 5 may be sold on back order, so 0 becomes 5." in explain(
            available_to_sell(0, policy=policy)
        )
