"""What is pushed, in which order, and when a person is asked first."""

from fractions import Fraction

import pytest

from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.core.push import BreakerPolicy, PlannedLevel, PushPlan, SkippedLevel, WantedLevel, plan_push
from khaos_connectors.core.push_outcomes import ReadBack, find_drift


def sku(name: str | int) -> ChannelSku:
    return ChannelSku(name if isinstance(name, str) else f"S{name:03}")


def want(name: str | int, units: int | None, why: str = "") -> WantedLevel:
    return WantedLevel(sku(name), units, why)


def shop(count: int, units: int) -> dict[ChannelSku, int]:
    """A channel with *count* listings of *units* each."""
    return {sku(number): units for number in range(count)}


def sent(plan: PushPlan) -> list[tuple[str, int]]:
    return [(level.sku, level.units) for level in (*plan.decreases, *plan.increases)]


class TestDelta:
    def test_only_what_differs_from_the_last_acknowledged(self) -> None:
        """Domain §5: compared with what the channel acknowledged; equal levels are not sent."""
        plan = plan_push([want("A", 5), want("B", 6), want("C", 4)], {sku("A"): 5, sku("B"): 5, sku("C"): 5})

        assert plan.increases == (PlannedLevel(sku("B"), 6, 5, "it was 5"),)
        assert plan.decreases == (PlannedLevel(sku("C"), 4, 5, "it was 5"),)
        assert plan.skipped == (SkippedLevel(sku("A"), 5, 5, "unchanged"),)
        assert plan.held == ()
        assert plan.reasons == ()

    def test_a_listing_without_an_acknowledgement_is_sent(self) -> None:
        """What was never acknowledged may be anything: it is pushed, a zero among the decreases."""
        plan = plan_push([want("A", 5), want("B", 0)], {})

        assert plan.increases == (PlannedLevel(sku("A"), 5, None, "the channel has acknowledged no level yet"),)
        assert plan.decreases == (PlannedLevel(sku("B"), 0, None, "the channel has acknowledged no level yet"),)

    def test_unknown_is_skipped_with_its_reason(self) -> None:
        """Domain §2.5: an unknown level pushes nothing, whatever the channel shows; zero is a level."""
        plan = plan_push([want("A", None, "snapshot is stale"), want("B", None), want("C", 0)], {sku("A"): 5})

        assert plan.skipped == (
            SkippedLevel(sku("A"), None, 5, "snapshot is stale"),
            SkippedLevel(sku("B"), None, None, "the stock level is unknown"),
        )
        assert sent(plan) == [("C", 0)]

    def test_a_listing_that_is_not_wanted_stays(self) -> None:
        """Domain §2.5: absence from a delta is no change."""
        assert plan_push([], shop(30, 5)) == PushPlan()

    def test_full_sends_what_is_unchanged_too(self) -> None:
        """Domain §5: a full push repeats every known level; unknown ones stay out."""
        acked = {sku("A"): 5, sku("B"): 0, sku("C"): 1}
        plan = plan_push([want("A", 5), want("B", 0), want("C", 2), want("D", None)], acked, full=True)

        assert sent(plan) == [("B", 0), ("C", 2), ("A", 5)]
        assert plan.increases[-1].why == "unchanged, sent in full"
        assert [level.sku for level in plan.skipped] == ["D"]

    def test_the_callers_reason_is_kept(self) -> None:
        """A level that says why it is what it is keeps its words."""
        assert plan_push([want("A", 1, "pack of 2")], {}).increases[0].why == "pack of 2"


class TestOrder:
    def test_zeroes_then_falls_then_rises(self) -> None:
        """Domain §5: decreases before increases, zeroes first; the deepest fall first, equals by SKU."""
        acked = {sku(name): 10 for name in "ABCDEFG"} | {sku("Z"): 90}
        wanted = [
            want("G", 12),
            want("A", 11),
            want("B", 9),
            want("C", 2),
            want("E", 0),
            want("D", 0),
            want("F", 2),
            want("Z", 0),
        ]

        plan = plan_push(wanted, acked)

        assert [level.sku for level in plan.decreases] == ["Z", "D", "E", "C", "F", "B"]
        assert [level.sku for level in plan.increases] == ["A", "G"]

    def test_unchanged_zeroes_follow_new_ones(self) -> None:
        """In a full push, a zero that the channel has already is less urgent than one that it has not."""
        plan = plan_push([want("A", 0), want("B", 0)], {sku("A"): 0, sku("B"): 3}, full=True)

        assert [level.sku for level in plan.decreases] == ["B", "A"]


class TestBreaker:
    def test_too_many_zeroes(self) -> None:
        """Domain §5: more than 20 % of the listings to 0 holds the run and says so with its figures."""
        plan = plan_push([want(number, 0) for number in range(21)], shop(100, 5))

        assert sent(plan) == []
        assert len(plan.held) == 21
        (reason,) = plan.reasons
        assert reason.type is ExceptionType.STOCK_MASS_CHANGE_HELD
        assert reason.entity == "stock push"
        assert reason.message == "The run is held: 21 of 100 listings would go to 0 (limit 20 %)."
        assert reason.evidence == {
            "listings": "100",
            "to_zero": "21",
            "to_zero_from_unknown": "0",
            "falling": "21",
            "units_before": "500",
            "units_after": "395",
        }

    def test_twenty_per_cent_is_not_more_than_twenty(self) -> None:
        """Domain §5: the limit itself passes."""
        plan = plan_push([want(number, 0) for number in range(20)], shop(100, 5))

        assert len(plan.decreases) == 20
        assert plan.reasons == ()

    def test_small_shops_sell_out(self) -> None:
        """Domain §5: at least 20 SKUs must be concerned; nineteen of nineteen may go to 0, twenty may not."""
        assert plan_push([want(number, 0) for number in range(19)], shop(19, 5)).held == ()
        assert len(plan_push([want(number, 0) for number in range(20)], shop(20, 5)).held) == 20

    @pytest.mark.parametrize(("zeroes", "held"), [(19, 0), (20, 20)])
    def test_twenty_zeroes_are_enough(self, zeroes: int, held: int) -> None:
        """Of 50 listings, 19 zeroes pass as too few to judge by, 20 do not; the units fall by less than half."""
        assert len(plan_push([want(number, 0) for number in range(zeroes)], shop(50, 5)).held) == held

    def test_total_units_fall_by_more_than_half(self) -> None:
        """Domain §5: no listing goes to 0, but 100 units would become 40."""
        (reason,) = plan_push([want(number, 2) for number in range(20)], shop(20, 5)).reasons

        assert reason.message == "The run is held: the units on offer would fall from 100 to 40 (limit 50 %)."

    def test_a_fall_of_few_listings_passes(self) -> None:
        """Fewer than 20 falling SKUs are no mass change, though 100 units become 43."""
        wanted = [want(number, 2) for number in range(19)]

        assert len(plan_push(wanted, shop(20, 5)).decreases) == 19

    def test_half_is_not_more_than_half(self) -> None:
        """The limit itself passes: 20 listings of 4 each become 2 each."""
        assert plan_push([want(number, 2) for number in range(20)], shop(20, 4)).reasons == ()

    def test_both_limits_are_named(self) -> None:
        """A run that breaks both limits says both."""
        (reason,) = plan_push([want(number, 0) for number in range(30)], shop(30, 5)).reasons

        assert "30 of 30 listings would go to 0" in reason.message
        assert "and the units on offer would fall from 150 to 0" in reason.message

    def test_the_whole_run_is_held_but_for_known_decreases(self) -> None:
        """Domain §5: increases wait too; decreases that orders explain pass, a known SKU's increase does not."""
        wanted = [want(number, 0) for number in range(25)] + [want(30, 9), want(31, 4), want(32, 9)]
        known = [sku(3), sku(31), sku(32), sku("elsewhere")]

        plan = plan_push(wanted, shop(40, 5), known_decreases=known)

        assert sent(plan) == [("S003", 0), ("S031", 4)]
        assert plan.increases == ()
        assert len(plan.held) == 26
        assert len(plan.reasons) == 1

    def test_a_new_listing_is_no_known_decrease(self) -> None:
        """Without an acknowledged level nobody knows that 3 is less: it waits. A zero can only be less: it passes."""
        wanted = [want(number, 0) for number in range(25)] + [want("new", 3), want("out", 0)]

        assert sent(plan_push(wanted, shop(40, 5), known_decreases=[sku("new"), sku("out")])) == [("out", 0)]

    def test_approved_lets_everything_through(self) -> None:
        """A person's yes is a yes to the whole run."""
        plan = plan_push([want(number, 0) for number in range(30)], shop(30, 5), approved=True)

        assert len(plan.decreases) == 30
        assert plan.held == ()
        assert plan.reasons == ()

    def test_a_zero_for_an_unknown_level_counts(self) -> None:
        """Domain §5: from > 0 to 0; a level in doubt may be above 0, so a broken feed after lost answers is held."""
        (reason,) = plan_push([want(number, 0) for number in range(30)], shop(5, 5)).reasons

        assert reason.message == (
            "The run is held: 30 of 30 listings would go to 0, 25 of them from a level that is not known (limit 20 %)."
        )
        assert (reason.evidence["to_zero"], reason.evidence["to_zero_from_unknown"]) == ("30", "25")
        assert (reason.evidence["falling"], reason.evidence["units_before"]) == ("5", "25")

    def test_a_first_push_is_asked_about(self) -> None:
        """Nothing acknowledged at all is nothing known: 20 of 99 to 0 are more than a fifth, 20 of 100 are not."""
        zeroes = [want(number, 0) for number in range(20)]

        assert len(plan_push([*zeroes, *(want(number, 5) for number in range(20, 99))], {}).held) == 99
        assert plan_push([*zeroes, *(want(number, 5) for number in range(20, 100))], {}).reasons == ()
        assert plan_push(zeroes[:19], {}).reasons == ()
        assert len(plan_push(zeroes, {}, approved=True).decreases) == 20

    def test_what_the_channel_shows_as_0_does_not_count(self) -> None:
        """Read back, a first push of a shop that is mostly sold out is no mass change."""
        shown = {sku(number): 0 for number in range(30)} | {sku(number): 5 for number in range(30, 40)}
        drift = find_drift({}, ReadBack(levels=shown))

        assert plan_push([want(number, 0) for number in range(30)], drift.levels).reasons == ()

    def test_an_unknown_level_is_no_known_fall(self) -> None:
        """Units that nobody knows cannot fall: 20 listings from unknown to 1 each pass."""
        assert plan_push([want(number, 1) for number in range(20)], {}).reasons == ()

    def test_new_listings_do_not_hide_a_fall(self) -> None:
        """Levels that were never acknowledged are no part of the fall: many new units do not offset lost ones."""
        wanted = [want(number, 1) for number in range(20)] + [want("new", 10_000)]

        assert len(plan_push(wanted, shop(20, 5)).held) == 21

    def test_listings_out_of_the_run_count(self) -> None:
        """A delta for 25 touched listings of 1000 is judged against the 1000."""
        assert plan_push([want(number, 0) for number in range(25)], shop(1000, 5)).reasons == ()

    def test_zeroes_that_are_zero_already_do_not_count(self) -> None:
        """In a full push, sold-out listings stay sold out; they are no mass change."""
        assert plan_push([want(number, 0) for number in range(30)], shop(30, 0), full=True).reasons == ()

    def test_its_limits_can_be_set(self) -> None:
        """A shop that wants a finer breaker sets one."""
        breaker = BreakerPolicy(zeroed="50%", fall=1, min_skus=1)
        acked = {sku("A"): 5, sku("B"): 5, sku("C"): 5}

        assert plan_push([want("A", 0)], acked, breaker=breaker).held == ()
        assert len(plan_push([want("A", 0), want("B", 0)], acked, breaker=breaker).held) == 2
        assert len(plan_push([want("A", 1)], {sku("A"): 3}, breaker=BreakerPolicy(min_skus=1)).held) == 1
        assert BreakerPolicy().zeroed == Fraction(1, 5)
        assert BreakerPolicy().fall == Fraction(1, 2)


class TestRefused:
    def test_a_sku_that_is_wanted_twice(self) -> None:
        """Domain §5: the newest value per listing wins before the plan; two of them have no order here."""
        with pytest.raises(ValueError, match="A is wanted twice"):
            plan_push([want("A", 1), want("A", 2)], {})

    def test_a_negative_level(self) -> None:
        """A channel shows 0 or more."""
        with pytest.raises(ValueError, match="units must be 0 or more, not -1"):
            want("A", -1)

    def test_a_breaker_without_a_minimum(self) -> None:
        """A breaker for no SKU at all would hold an empty run."""
        with pytest.raises(ValueError, match="min_skus must be 1 or more"):
            BreakerPolicy(min_skus=0)
