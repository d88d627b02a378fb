"""Laws of a push's answers (domain §12, Push): the newest revision counts, rows do not touch each other."""

from collections.abc import Mapping
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.core.push import PlannedLevel, WantedLevel, plan_push
from khaos_connectors.core.push_outcomes import (
    Ack,
    Outcome,
    ReadBack,
    RowAnswer,
    acked_levels,
    apply_answers,
    batches,
    find_drift,
    next_batches,
)
from khaos_connectors.testing.strategies import acknowledged_levels, wanted_levels
from khaos_connectors.testing.warehouse_strategies import acks, row_answers

law = settings(deadline=None, max_examples=120)
MUG, CUP = ChannelSku("MUG"), ChannelSku("CUP")


@law
@given(st.lists(row_answers(), max_size=8), st.randoms(use_true_random=False))
def test_answers_may_come_in_any_order_and_twice(answers: list[RowAnswer], random: Random) -> None:
    """Any permutation and repetition of the same answers ends in the same belief."""
    shuffled = [*answers, *(answer for answer in answers if random.random() < 0.3)]
    random.shuffle(shuffled)

    assert apply_answers({}, shuffled) == apply_answers({}, answers)


@law
@given(st.lists(row_answers(), max_size=8))
def test_last_acked_is_the_last_accepted_revision(answers: list[RowAnswer]) -> None:
    """Counted another way: the newest revision that was not refused; unknown if nobody has confirmed it."""
    told = [answer for answer in answers if answer.outcome is not Outcome.REFUSED]
    newest = max((answer.revision for answer in told), default=None)
    accepted = [a.units for a in told if a.revision == newest and a.outcome is Outcome.ACCEPTED]
    expected = {} if newest is None else {MUG: Ack(accepted[0] if accepted else None, newest)}

    assert apply_answers({}, answers) == expected


@law
@given(acks(), st.lists(row_answers(), max_size=6), st.lists(row_answers(sku=CUP), max_size=6))
def test_a_row_never_changes_anothers(
    before: Mapping[ChannelSku, Ack], ours: list[RowAnswer], others: list[RowAnswer]
) -> None:
    """What became of the cups says nothing about the mugs."""
    quiet = {sku: ack for sku, ack in before.items() if sku not in {MUG, CUP}}
    both = apply_answers(quiet, [*ours, *others])

    assert both.get(MUG) == apply_answers(quiet, ours).get(MUG)
    assert both.get(CUP) == apply_answers(quiet, others).get(CUP)
    assert {sku: ack for sku, ack in both.items() if sku not in {MUG, CUP}} == quiet


@law
@given(
    numbers=st.sets(st.integers(0, 60)),
    bad_ones=st.sets(st.integers(0, 60)),
    size=st.integers(1, 25),
    named=st.booleans(),
)
def test_bad_rows_never_sink_good_ones(*, numbers: set[int], bad_ones: set[int], size: int, named: bool) -> None:
    """A channel that refuses a whole batch for one bad row, naming it or not, still gets every good row, once."""
    rows = [PlannedLevel(ChannelSku(f"S{number:02}"), 1, None, "new") for number in sorted(numbers)]
    bad = {ChannelSku(f"S{number:02}") for number in bad_ones}
    waiting = list(batches(rows, size))
    taken: list[PlannedLevel] = []
    refused: list[PlannedLevel] = []
    while waiting:
        batch = waiting.pop(0)
        culprits = [row.sku for row in batch if row.sku in bad]
        if not culprits:
            taken.extend(batch)
            continue
        retry = next_batches(batch, culprits[:1] if named else ())
        waiting.extend(retry.batches)
        refused.extend(retry.refused)

    assert sorted(row.sku for row in taken) == [row.sku for row in rows if row.sku not in bad]
    assert sorted(row.sku for row in refused) == [row.sku for row in rows if row.sku in bad]


@law
@given(wanted_levels(unknown=False), acks(), acknowledged_levels())
def test_after_a_read_back_the_channel_shows_what_is_wanted(
    wanted: list[WantedLevel], before: Mapping[ChannelSku, Ack], shown: Mapping[ChannelSku, int]
) -> None:
    """Pushing what differs from the read-back leaves every wanted listing right, whatever was acknowledged before."""
    drift = find_drift(before, ReadBack(levels=shown))
    plan = plan_push(wanted, drift.levels, approved=True)
    after = {**shown, **{level.sku: level.units for level in (*plan.decreases, *plan.increases)}}

    assert all(after[level.sku] == level.units for level in wanted)


@law
@given(acks())
def test_a_channel_that_shows_what_it_acknowledged_has_not_drifted(before: Mapping[ChannelSku, Ack]) -> None:
    """No reason without a difference, and a baseline equal to what is believed."""
    drift = find_drift(before, ReadBack(levels=acked_levels(before)))

    assert (drift.drifted, drift.gone, drift.reasons) == ((), (), ())
    assert drift.levels == acked_levels(before)
