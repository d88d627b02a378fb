"""Laws of an order's way: the sequence and repetition of news do not matter, and nothing is lost."""

from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.cancellations import CancelWay, decide_cancellation
from khaos_connectors.core.order_stages import (
    NEEDS,
    Happening,
    Moved,
    OrderEvent,
    OrderProgress,
    Parked,
    advance,
    conflicts_of,
    replay,
)
from khaos_connectors.testing.strategies import histories, order_events, order_progresses

law = settings(deadline=None, max_examples=150)


@law
@given(histories(), st.data())
def test_any_permutation_and_duplication_ends_the_same(told: list[OrderEvent], data: st.DataObject) -> None:
    """Domain 12: any permutation and duplication of events gives the same final state, waiting events included."""
    repeats = data.draw(st.lists(st.sampled_from(told), max_size=8)) if told else []
    mixed = data.draw(st.permutations([*told, *repeats]))

    assert replay(mixed) == replay(told)
    assert replay(mixed).stage is replay(told).stage


@law
@given(histories())
def test_no_event_is_lost(told: list[OrderEvent]) -> None:
    """Every event has happened or waits; never both."""
    state = replay(told)

    assert {*state.happened} | {*state.waiting} == {*told}
    assert not {*state.happened} & {*state.waiting}


@law
@given(histories())
def test_what_happened_had_its_parent(told: list[OrderEvent]) -> None:
    """No despatch without a confirmed order: a missing parent parks."""
    state = replay(told)
    kinds = {event.what for event in state.happened}

    assert all(not NEEDS[what] or kinds & {*NEEDS[what]} for what in kinds)
    assert all(event.what is Happening.CLEARED or not kinds & {*NEEDS[event.what]} for event in state.waiting)
    assert bool(state.waiting) is bool(state.wanted)


@law
@given(order_progresses(), order_events())
def test_fetching_what_is_missing_frees_what_waits(state: OrderProgress, event: OrderEvent) -> None:
    """A parked event names a parent that can itself take its place; fetching again and again gets it there."""
    step = advance(state, event)
    for _ in Happening:
        if not isinstance(step, Parked):
            break
        fetched = advance(step.state, OrderEvent(step.missing, event.about if step.missing is Happening.HELD else ""))
        assert isinstance(fetched, Moved)
        step = advance(fetched.state, event)

    assert event in step.state.happened


@law
@given(histories())
def test_every_conflict_can_end(told: list[OrderEvent]) -> None:
    """Domain 10: an item closes when its condition clears: closed orders contradict nothing, whatever happened."""
    closed = replay([OrderEvent(Happening.SEEN), OrderEvent(Happening.STORED), OrderEvent(Happening.CANCELLED)])
    state = replay([*told, OrderEvent(Happening.CLOSED)], closed)
    left = {event.what for event in state.happened} & {Happening.PART_DESPATCHED, Happening.DESPATCHED}

    assert conflicts_of(state, order_id="O1") == ()
    assert (decide_cancellation(state, order_id="O1").way is CancelWay.DONE) is (not left)


@law
@given(histories())
def test_who_cancels_and_who_sweeps_agree(told: list[OrderEvent]) -> None:
    """A cancellation of an open order is a person's work exactly as long as its history contradicts itself."""
    state = replay([OrderEvent(Happening.SEEN), OrderEvent(Happening.STORED), OrderEvent(Happening.CANCELLED), *told])
    if any(event.what is Happening.CLOSED for event in state.happened):
        return

    assert bool(decide_cancellation(state, order_id="O1").reasons) is bool(conflicts_of(state, order_id="O1"))
