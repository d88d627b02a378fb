"""The way of an order as a table, and what each event does to it."""

import pytest

from khaos_connectors.core.cancellations import CancelWay, decide_cancellation
from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.order_stages import (
    NEEDS,
    STAGES,
    Happening,
    Ignored,
    Moved,
    OrderEvent,
    OrderProgress,
    OrderStage,
    Parked,
    advance,
    conflicts_of,
    replay,
    stage_table,
)

H, S = Happening, OrderStage
WAY = (H.SEEN, H.STORED, H.ACCEPTED, H.MAPPED, H.POSTED, H.CONFIRMED, H.RELEASED, H.PART_DESPATCHED, H.DESPATCHED)


def events(*what: Happening) -> list[OrderEvent]:
    return [OrderEvent(each) for each in what]


def up_to(last: Happening) -> list[OrderEvent]:
    return events(*WAY[: WAY.index(last) + 1])


class TestTheTable:
    def test_every_event_has_its_needs(self) -> None:
        """Domain 6.2: no event is outside the table, and none needs itself on any way."""
        assert set(NEEDS) == set(Happening)
        assert all(what not in needs for what, needs in NEEDS.items())

    def test_every_stage_can_be_reached(self) -> None:
        """HELD stands before the others; every other stage has a rule."""
        assert {rule.stage for rule in STAGES} | {S.HELD} == set(OrderStage)

    def test_the_way_of_an_order(self) -> None:
        """Domain 6.2: seen, stored, accepted, mapped, posted, confirmed, released, (part) despatched, closed."""
        state = OrderProgress()
        stages = [state.stage]
        for event in events(*WAY, H.CLOSED):
            step = advance(state, event)
            assert isinstance(step, Moved)
            assert step.before is stages[-1]
            state = step.state
            stages.append(state.stage)

        assert [stage.value for stage in stages] == ["new", *(what.value for what in WAY), "closed"]

    def test_it_can_be_read(self) -> None:
        """One line per event: what it needs and where it leads."""
        lines = stage_table().splitlines()

        assert len(lines) == 1 + len(Happening)
        assert [line.split() for line in lines[:3]] == [
            ["event", "needs", "leads", "to"],
            ["seen", "-", "seen"],
            ["stored", "seen", "stored"],
        ]
        assert "closed           despatched or refused or cancelled" in stage_table()
        assert lines[-1].split() == ["cleared", "held", "-"]


class TestAdvance:
    def test_told_twice(self) -> None:
        """A duplicate changes nothing and says so."""
        state = replay(up_to(H.STORED))

        step = advance(state, OrderEvent(H.STORED))

        assert step == Ignored(state=state, why="stored was told before")

    def test_paid_before_created(self) -> None:
        """Domain 6.2: an event whose parent is missing is parked and says what to fetch."""
        step = advance(OrderProgress(), OrderEvent(H.ACCEPTED))

        assert isinstance(step, Parked)
        assert (step.missing, step.why) == (H.SEEN, "accepted, but it is not seen yet")
        assert step.state.stage is S.NEW
        assert step.state.waiting == (OrderEvent(H.ACCEPTED),)
        assert step.state.wanted == (H.SEEN,)

    def test_parked_events_move_when_their_parent_comes(self) -> None:
        """All of them at once, through several levels."""
        state = replay([*reversed(up_to(H.POSTED)[1:])])
        assert (state.stage, state.wanted) == (S.NEW, (H.SEEN,))

        step = advance(state, OrderEvent(H.SEEN))

        assert isinstance(step, Moved)
        assert (step.state.stage, step.before) == (S.POSTED, S.NEW)
        assert [event.what for event in step.freed] == [H.STORED, H.ACCEPTED, H.MAPPED, H.POSTED]
        assert step.state.waiting == ()

    def test_a_parked_event_told_again_still_waits(self) -> None:
        """It is one event however often it comes."""
        once = advance(OrderProgress(), OrderEvent(H.POSTED)).state

        assert advance(once, OrderEvent(H.POSTED)).state == once

    def test_without_a_warehouse_nothing_is_released(self) -> None:
        """An ERP may despatch what it confirmed."""
        state = replay([*up_to(H.CONFIRMED), OrderEvent(H.DESPATCHED)])

        assert state.stage is S.DESPATCHED

    def test_two_part_despatches_are_two(self) -> None:
        """Told apart by what they are about; the stage stays."""
        state = replay([*up_to(H.RELEASED), OrderEvent(H.PART_DESPATCHED, "D1")])

        step = advance(state, OrderEvent(H.PART_DESPATCHED, "D2"))

        assert isinstance(step, Moved)
        assert (step.before, step.state.stage) == (S.PART_DESPATCHED, S.PART_DESPATCHED)
        repeat = advance(step.state, OrderEvent(H.PART_DESPATCHED, "D1"))
        assert repeat == Ignored(state=step.state, why="part despatched (D1) was told before")


class TestHolds:
    def test_held_from_any_stage_and_back(self) -> None:
        """Domain 6.2: HELD from any state; clearing shows the stage behind it."""
        for last in WAY:
            held = replay([*up_to(last), OrderEvent(H.HELD, "SKU")])
            assert (held.stage, held.behind.value, held.holds) == (S.HELD, last.value, ("SKU",))
            assert replay([OrderEvent(H.CLEARED, "SKU")], held).stage.value == last.value

    def test_two_holds_are_cleared_one_by_one(self) -> None:
        """Each by its own name."""
        state = replay([*up_to(H.STORED), OrderEvent(H.HELD, "SKU"), OrderEvent(H.HELD, "ADDRESS")])

        state = replay([OrderEvent(H.CLEARED, "SKU")], state)

        assert (state.stage, state.holds) == (S.HELD, ("ADDRESS",))

    def test_cleared_before_held(self) -> None:
        """The clearing waits for its own hold, also when another one is there."""
        state = replay([*up_to(H.STORED), OrderEvent(H.HELD, "ADDRESS")])

        step = advance(state, OrderEvent(H.CLEARED, "SKU"))

        assert isinstance(step, Parked)
        assert (step.missing, step.why) == (H.HELD, "cleared (SKU), but it is not held yet")
        state = replay([OrderEvent(H.HELD, "SKU"), OrderEvent(H.CLEARED, "ADDRESS")], step.state)
        assert (state.stage, state.holds, state.waiting) == (S.STORED, (), ())

    def test_a_closed_order_is_not_held(self) -> None:
        """Nobody has to do anything about it any more."""
        assert replay([*up_to(H.DESPATCHED), *events(H.CLOSED), OrderEvent(H.HELD, "SKU")]).stage is S.CLOSED


class TestCancelled:
    @pytest.mark.parametrize(
        ("last", "stage", "way"),
        [
            (H.STORED, S.CANCELLED, CancelWay.DROP),
            (H.ACCEPTED, S.CANCELLED, CancelWay.DROP),
            (H.MAPPED, S.CANCELLED, CancelWay.DROP),
            (H.POSTED, S.CANCELLED, CancelWay.CANCEL_IN_ERP),
            (H.CONFIRMED, S.CANCELLED, CancelWay.CANCEL_IN_ERP),
            (H.RELEASED, S.RELEASED, CancelWay.ASK_WAREHOUSE),
            (H.PART_DESPATCHED, S.PART_DESPATCHED, CancelWay.RETURN),
            (H.DESPATCHED, S.DESPATCHED, CancelWay.RETURN),
        ],
    )
    def test_what_a_cancellation_asks_of_us(self, last: Happening, stage: OrderStage, way: CancelWay) -> None:
        """Domain 6.3: before release cancel, after release ask the warehouse, after despatch it is a return."""
        state = replay([*up_to(last), OrderEvent(H.CANCELLED)])

        decided = decide_cancellation(state, order_id="O1")

        assert (state.stage, decided.way) == (stage, way)
        asks = way in {CancelWay.ASK_WAREHOUSE, CancelWay.RETURN}
        assert [reason.type for reason in decided.reasons] == [ExceptionType.CANCEL_CONFLICT] * asks
        assert [reason.type for reason in conflicts_of(state, order_id="O1")] == [ExceptionType.CANCEL_CONFLICT] * asks
        assert decide_cancellation(replay(up_to(last)), order_id="O1") == decided

    def test_closed_is_a_return(self) -> None:
        """Even then something can come back."""
        state = replay([*up_to(H.DESPATCHED), OrderEvent(H.CLOSED)])

        assert decide_cancellation(state, order_id="O1").way is CancelWay.RETURN

    @pytest.mark.parametrize("last", WAY[1:7])
    @pytest.mark.parametrize("stopped", [True, False])
    def test_cancelled_and_closed_is_done(self, last: Happening, *, stopped: bool) -> None:
        """Domain 6.2 and 10: a cancellation that was carried through asks for nothing, and its item can close."""
        state = replay([*up_to(last), *events(H.CANCELLED, H.CLOSED), *events(*[H.STOPPED] * stopped)])

        assert (state.stage, conflicts_of(state, order_id="O1")) == (S.CLOSED, ())
        decided = decide_cancellation(state, order_id="O1")
        assert (decided.way, decided.reasons) == (CancelWay.DONE, ())
        assert "nothing of it has left" in decided.why

    @pytest.mark.parametrize("left", [H.PART_DESPATCHED, H.DESPATCHED])
    def test_what_left_comes_back_although_it_is_closed(self, left: Happening) -> None:
        """Closing ends the conflict that was; a cancellation that comes then is a return all the same."""
        state = replay([*up_to(left), *events(H.CANCELLED)])
        closed = replay([OrderEvent(H.CLOSED)], state)

        assert (len(conflicts_of(state, order_id="O1")), conflicts_of(closed, order_id="O1")) == (1, ())
        decided = decide_cancellation(closed, order_id="O1")
        assert (decided.way, len(decided.reasons)) == (CancelWay.RETURN, 1)

    def test_the_warehouse_stopped_it(self) -> None:
        """Then it is cancelled, nothing contradicts itself, and the ERP is told."""
        state = replay([*up_to(H.RELEASED), *events(H.CANCELLED, H.STOPPED)])

        assert (state.stage, conflicts_of(state, order_id="O1")) == (S.CANCELLED, ())
        assert decide_cancellation(state, order_id="O1").way is CancelWay.CANCEL_IN_ERP

    def test_stopped_too_late(self) -> None:
        """What has left has left, whatever the warehouse said."""
        state = replay([*up_to(H.DESPATCHED), *events(H.CANCELLED, H.STOPPED)])

        assert state.stage is S.DESPATCHED
        assert "treat it as a return" in conflicts_of(state, order_id="O1")[0].message
        assert decide_cancellation(state, order_id="O1").way is CancelWay.RETURN

    def test_refused(self) -> None:
        """Nothing is left to do, unless the ERP got it all the same."""
        refused = replay([*up_to(H.STORED), OrderEvent(H.REFUSED)])
        both = replay([*up_to(H.POSTED), OrderEvent(H.REFUSED)])

        assert (refused.stage, decide_cancellation(refused, order_id="O1").way) == (S.REFUSED, CancelWay.DONE)
        assert replay([OrderEvent(H.CLOSED)], refused).stage is S.CLOSED
        (conflict,) = conflicts_of(both, order_id="O1")
        assert conflict.evidence == {
            "order": "O1",
            "stage": "refused",
            "why": "refused, and the ERP has it: cancel it there",
        }
        assert (both.stage, decide_cancellation(both, order_id="O1").way) == (S.REFUSED, CancelWay.CANCEL_IN_ERP)

    def test_refused_and_then_cancelled(self) -> None:
        """The cancellation is what the conflict asked for: nothing contradicts itself any more."""
        both = replay([*up_to(H.POSTED), *events(H.REFUSED, H.CANCELLED)])

        assert conflicts_of(both, order_id="O1") == ()
        assert decide_cancellation(both, order_id="O1").way is CancelWay.CANCEL_IN_ERP
        released = replay([*up_to(H.RELEASED), *events(H.REFUSED, H.CANCELLED)])
        assert "ask the warehouse" in conflicts_of(released, order_id="O1")[0].message
        assert decide_cancellation(replay([OrderEvent(H.CLOSED)], both), order_id="O1").way is CancelWay.DONE
