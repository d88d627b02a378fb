"""A short pick: the order in which systems are told, and when it is over."""

import pytest

from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import LineId, OrderId, StockCode
from khaos_connectors.core.short_picks import (
    Leg,
    ShortagePolicy,
    ShortPick,
    Step,
    plan_short_pick,
    shortage_code,
)
from khaos_connectors.core.skus import Target

MUG, CUP = StockCode("MUG"), StockCode("CUP")


def pick(picked: int = 3, wanted: int = 5) -> ShortPick:
    return ShortPick(
        order_id=OrderId("O1"),
        shipment_id="SO1000",
        line_id=LineId("L1"),
        stock_code=MUG,
        wanted=wanted,
        picked=picked,
        cause="not in bin",
    )


FIRST = (Step(Leg.ERP_ADJUSTMENT, MUG, 2), Step(Leg.STOCK_PUSH, MUG, 2))
SHIP = Step(Leg.SHIP_PICKED, MUG, 3)
REST = Step(Leg.PICK_REST, MUG, 2)


class TestPlan:
    @pytest.mark.parametrize(
        ("policy", "steps"),
        [
            (ShortagePolicy.WAIT, (*FIRST, REST)),
            (ShortagePolicy.PART_SHIP, (*FIRST, SHIP, REST)),
            (
                ShortagePolicy.CANCEL_LINE,
                (*FIRST, Step(Leg.CHANNEL_CANCEL, MUG, 2), Step(Leg.ERP_CANCEL, MUG, 2), SHIP),
            ),
            (
                ShortagePolicy.SUBSTITUTE,
                (*FIRST, Step(Leg.ERP_SUBSTITUTE, CUP, 4), Step(Leg.RELEASE_SUBSTITUTE, CUP, 4), SHIP),
            ),
        ],
    )
    def test_the_legs_of_each_policy(self, policy: ShortagePolicy, steps: tuple[Step, ...]) -> None:
        """Domain §11, short pick: ERP adjustment first, then the push, then the order; cancel in the channel first."""
        plan = plan_short_pick(pick(), policy, substitute=Target(CUP, 2))

        assert (plan.policy, plan.steps) == (policy, steps)
        assert plan.due == (FIRST[0],)
        assert not plan.done
        assert [(r.type, r.entity) for r in plan.reasons] == [(ExceptionType.SHORT_PICK, "shipment:SO1000/L1")]

    def test_nothing_picked_ships_nothing(self) -> None:
        """There is no parcel of nothing."""
        plan = plan_short_pick(pick(picked=0), ShortagePolicy.PART_SHIP)

        assert [step.leg for step in plan.steps] == [Leg.ERP_ADJUSTMENT, Leg.STOCK_PUSH, Leg.PICK_REST]

    def test_it_is_open_until_every_leg_is_posted(self) -> None:
        """Domain §11, short pick: any leg unposted: the item stays open; the next leg is the first unposted one."""
        posted: list[Leg] = []
        told: list[Leg] = []
        while not (plan := plan_short_pick(pick(), ShortagePolicy.CANCEL_LINE, posted=posted)).done:
            assert plan.reasons[0].evidence["next"] == plan.due[0].leg.value
            told.append(plan.due[0].leg)
            posted.append(plan.due[0].leg)

        assert told == [step.leg for step in plan.steps]
        assert plan.reasons == ()

    def test_a_leg_out_of_turn_does_not_hide_an_earlier_one(self) -> None:
        """The channel was cancelled by hand: the ERP's stock still comes first."""
        plan = plan_short_pick(pick(), ShortagePolicy.CANCEL_LINE, posted=[Leg.CHANNEL_CANCEL])

        assert plan.due == (FIRST[0],)
        assert Leg.CHANNEL_CANCEL.value not in plan.reasons[0].message

    def test_a_failed_adjustment_is_work_of_its_own(self) -> None:
        """Domain §10, ADJUSTMENT_FAILED: warehouse to ERP; it goes away once it is posted."""
        failed = {Leg.ERP_ADJUSTMENT: "period closed"}
        plan = plan_short_pick(pick(), ShortagePolicy.WAIT, failed=failed)
        later = plan_short_pick(pick(), ShortagePolicy.WAIT, failed=failed, posted=[Leg.ERP_ADJUSTMENT])

        assert [r.type for r in plan.reasons] == [ExceptionType.SHORT_PICK, ExceptionType.ADJUSTMENT_FAILED]
        assert plan.reasons[1].message == "the adjustment of -2 MUG did not reach the ERP: period closed"
        assert plan.reasons[0].evidence["failed: stock adjusted in the ERP"] == "period closed"
        assert [r.type for r in later.reasons] == [ExceptionType.SHORT_PICK]

    def test_other_failures_are_evidence(self) -> None:
        """Whoever looks at the item sees what the channel said."""
        failed = {Leg.CHANNEL_CANCEL: "line is shipped"}
        plan = plan_short_pick(pick(), ShortagePolicy.CANCEL_LINE, failed=failed, posted=list(Leg)[:2])

        assert plan.reasons[0].evidence["failed: cancelled in the channel"] == "line is shipped"
        assert len(plan.reasons) == 1


class TestFallback:
    def test_a_channel_that_takes_only_whole_shipments(self) -> None:
        """Domain §7.1: then the rest is waited for, and PARTIAL_NOT_SUPPORTED says so."""
        plan = plan_short_pick(pick(), ShortagePolicy.PART_SHIP, several_shipments=False)

        assert (plan.policy, plan.steps) == (ShortagePolicy.WAIT, (*FIRST, REST))
        assert [r.type for r in plan.reasons] == [ExceptionType.SHORT_PICK, ExceptionType.PARTIAL_NOT_SUPPORTED]

    def test_a_channel_that_cannot_cancel_a_line(self) -> None:
        """Nothing is cancelled behind its back."""
        plan = plan_short_pick(pick(), ShortagePolicy.CANCEL_LINE, line_cancel=False)

        assert plan.policy is ShortagePolicy.WAIT
        assert plan.why == "the channel cannot cancel a line, so somebody has to decide"
        assert [r.type for r in plan.reasons] == [ExceptionType.SHORT_PICK]

    def test_without_a_substitute_somebody_decides(self) -> None:
        """None is made up."""
        plan = plan_short_pick(pick(), ShortagePolicy.SUBSTITUTE)

        assert (plan.policy, plan.steps) == (ShortagePolicy.WAIT, (*FIRST, REST))


def test_a_short_pick_is_short() -> None:
    """As many as wanted, or a negative number, is none."""
    with pytest.raises(ValueError, match="picked must be less than the 5 wanted"):
        pick(picked=5)
    with pytest.raises(ValueError, match="picked must be 0 or more"):
        pick(picked=-1)


def test_the_warehouses_own_code_comes_from_the_same_policy() -> None:
    """Domain §11, short pick: the connector sets the warehouse's shortage code, so that the two cannot disagree."""
    codes = {ShortagePolicy.WAIT: "PICKNOW", ShortagePolicy.CANCEL_LINE: " "}

    assert shortage_code(ShortagePolicy.WAIT, codes).code == "PICKNOW"
    for policy in (ShortagePolicy.CANCEL_LINE, ShortagePolicy.SUBSTITUTE):
        unset = shortage_code(policy, codes)
        assert (unset.code, [r.type for r in unset.reasons]) == ("", [ExceptionType.CONFIG_MISSING])
