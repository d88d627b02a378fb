"""Laws of the push plan (domain §12, Push)."""

from collections.abc import Mapping
from itertools import product
from random import Random

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.core.push import BreakerPolicy, PlannedLevel, PushPlan, WantedLevel, plan_push
from khaos_connectors.testing.strategies import acknowledged_levels, proportions, wanted_levels

law = settings(deadline=None, max_examples=80)
breakers = st.builds(BreakerPolicy, zeroed=proportions(), fall=proportions(), min_skus=st.integers(1, 10))
known = st.sets(st.integers(0, 39).map(lambda number: ChannelSku(f"S{number:02}")))


def sent(plan: PushPlan) -> list[PlannedLevel]:
    return [*plan.decreases, *plan.increases]


def applied(acked: Mapping[ChannelSku, int], levels: list[PlannedLevel]) -> dict[ChannelSku, int]:
    return {**acked, **{level.sku: level.units for level in levels}}


@law
@given(wanted_levels(), acknowledged_levels(), breakers, known)
def test_every_wanted_sku_is_in_exactly_one_bucket(
    wanted: list[WantedLevel], acked: Mapping[ChannelSku, int], breaker: BreakerPolicy, decreases: set[ChannelSku]
) -> None:
    """Nothing is dropped and nothing is sent twice; each level is the wanted one, beside what the channel had."""
    units = {level.sku: level.units for level in wanted}

    for approved, full in product((False, True), repeat=2):
        plan = plan_push(wanted, acked, breaker=breaker, approved=approved, known_decreases=decreases, full=full)
        everything = [*sent(plan), *plan.held, *plan.skipped]

        assert sorted(level.sku for level in everything) == sorted(units)
        assert all(level.units == units[level.sku] and level.before == acked.get(level.sku) for level in everything)
        assert all(level.why for level in everything)
        assert not (approved and (plan.held or plan.reasons))
        assert plan.reasons or not plan.held


@law
@given(wanted_levels(), acknowledged_levels())
def test_applying_a_plan_twice_changes_nothing_more(wanted: list[WantedLevel], acked: Mapping[ChannelSku, int]) -> None:
    """Once everything is acknowledged, the same wishes give an empty delta; a full push repeats equal values."""
    for full in (False, True):
        once = applied(acked, sent(plan_push(wanted, acked, approved=True, full=full)))

        assert sent(plan_push(wanted, once)) == []
        assert applied(once, sent(plan_push(wanted, once, approved=True, full=True))) == once


@law
@given(wanted_levels(), acknowledged_levels(), st.data())
def test_a_failed_row_never_changes_another(
    wanted: list[WantedLevel], acked: Mapping[ChannelSku, int], data: st.DataObject
) -> None:
    """After a push of which some rows failed, the next plan is exactly those rows, as they were."""
    first = sent(plan_push(wanted, acked, approved=True))
    accepted = [level for level in first if data.draw(st.booleans(), label=f"{level.sku} accepted")]
    failed = [level for level in first if level not in accepted]

    assert sent(plan_push(wanted, applied(acked, accepted), approved=True)) == failed


@law
@given(wanted_levels(), acknowledged_levels())
def test_an_unknown_snapshot_pushes_nothing(wanted: list[WantedLevel], acked: Mapping[ChannelSku, int]) -> None:
    """With every level unknown the plan is empty, in a full push too, and trips no breaker."""
    unknown = [attrs.evolve(level, units=None) for level in wanted]

    for full in (False, True):
        plan = plan_push(unknown, acked, full=full)

        assert plan == PushPlan(skipped=plan.skipped)
        assert len(plan.skipped) == len(wanted)


@law
@given(wanted_levels(), acknowledged_levels(), breakers, known, st.randoms(use_true_random=False))
def test_the_order_of_listings_does_not_matter(
    wanted: list[WantedLevel],
    acked: Mapping[ChannelSku, int],
    breaker: BreakerPolicy,
    decreases: set[ChannelSku],
    random: Random,
) -> None:
    """The same wishes in any order give the same plan, row for row."""
    shuffled = list(wanted)
    random.shuffle(shuffled)

    assert plan_push(shuffled, acked, breaker=breaker, known_decreases=decreases) == plan_push(
        wanted, acked, breaker=breaker, known_decreases=decreases
    )


@law
@given(wanted_levels(), acknowledged_levels())
def test_decreases_come_before_increases(wanted: list[WantedLevel], acked: Mapping[ChannelSku, int]) -> None:
    """Zeroes first, then what falls, then all else; no increase is among the decreases."""
    for full in (False, True):
        plan = plan_push(wanted, acked, approved=True, full=full)
        zeroes = [level.units == 0 for level in plan.decreases]

        assert zeroes == sorted(zeroes, reverse=True)
        assert all(level.units == 0 or level.units < (level.before or 0) for level in plan.decreases)
        assert all(level.units > 0 and level.units >= (level.before or 0) for level in plan.increases)


@law
@given(wanted_levels(unknown=False), acknowledged_levels(), breakers, known)
def test_a_tripped_breaker_lets_only_known_decreases_through(
    wanted: list[WantedLevel], acked: Mapping[ChannelSku, int], breaker: BreakerPolicy, decreases: set[ChannelSku]
) -> None:
    """With a reason, every row that goes out is a decrease (or a zero) of a known SKU, and no such row waits."""
    plan = plan_push(wanted, acked, breaker=breaker, known_decreases=decreases)

    def explained(level: PlannedLevel) -> bool:
        lower = level.units == 0 or (level.before is not None and level.units < level.before)
        return level.sku in decreases and lower

    if plan.reasons:
        assert all(explained(level) for level in sent(plan))
        assert not any(explained(level) for level in plan.held)
    else:
        assert plan.held == ()


@law
@given(wanted_levels(unknown=False), acknowledged_levels(), breakers)
def test_the_breaker_trips_exactly_at_its_limits(
    wanted: list[WantedLevel], acked: Mapping[ChannelSku, int], breaker: BreakerPolicy
) -> None:
    """Counted another way: the channel before and after, listing by listing; not known may have been anything."""
    after = applied(acked, [PlannedLevel(level.sku, level.units or 0, None, "") for level in wanted])
    falling = [sku for sku in acked if after[sku] < acked[sku]]
    emptied = [sku for sku, units in after.items() if units == 0 and acked.get(sku) != 0]
    listings = len(after)
    remaining = sum(after[sku] for sku in acked)
    mass = len(emptied) >= breaker.min_skus and len(emptied) > breaker.zeroed * listings
    slump = len(falling) >= breaker.min_skus and sum(acked.values()) - remaining > breaker.fall * sum(acked.values())

    assert bool(plan_push(wanted, acked, breaker=breaker).reasons) == (mass or slump)
