"""What a channel is told of goods that left: parcel by parcel, once, and never more than was ordered."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import attrs
import pytest

from khaos_connectors.core.despatch import (
    Despatch,
    DespatchLine,
    Parcel,
    ShipmentLine,
    ShipmentPlan,
    ShippedUnits,
    plan_shipment,
)
from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import (
    AccountId,
    ChannelSku,
    DespatchId,
    ErpOrderCode,
    LineId,
    OrderId,
    OrderRef,
    StockCode,
)
from khaos_connectors.core.orders import ChannelOrder, OrderLine, OrderState, TaxMode
from khaos_connectors.core.packs import fill_packs
from khaos_connectors.core.skus import Target

X = ExceptionType
TARGETS = {
    ChannelSku("MUG"): Target(StockCode("MUG")),
    ChannelSku("MUG-3"): Target(StockCode("MUG"), 3),
    ChannelSku("MUG-2"): Target(StockCode("MUG"), 2),
    ChannelSku("CUP"): Target(StockCode("CUP")),
}
DAY = datetime(2026, 3, 2, tzinfo=UTC)


def line(sku: str = "MUG", quantity: int = 2, *, number: int = 1, **more: object) -> OrderLine:
    made = OrderLine(
        line_id=LineId(f"L{number}"),
        sku=ChannelSku(sku),
        quantity=quantity,
        amount=Decimal(10),
        state=OrderState.AWAITING_SHIPMENT,
    )
    return attrs.evolve(made, **more)


def order(*lines: OrderLine) -> ChannelOrder:
    return ChannelOrder(
        account=AccountId("john-lewis"),
        order_id=OrderId("O1"),
        state=OrderState.AWAITING_SHIPMENT,
        placed_at=DAY,
        changed_at=DAY,
        currency="GBP",
        tax_mode=TaxMode.INCLUDED,
        lines=lines,
        total=Decimal(10),
    )


def goods(**units: int) -> tuple[DespatchLine, ...]:
    return tuple(DespatchLine(stock_code=StockCode(code), units=count) for code, count in units.items())


def parcel(tracking: str, **units: int) -> Parcel:
    return Parcel(courier="DPD", tracking=tracking, lines=goods(**units))


def despatch(
    lines: tuple[DespatchLine, ...] = (), *parcels: Parcel, final: bool = False, name: str = "D1", reference: str = "O1"
) -> Despatch:
    return Despatch(
        account=AccountId("khaos"),
        reference=OrderRef(reference),
        erp_order=ErpOrderCode("SO1"),
        despatch_id=DespatchId(name),
        despatched_on=DAY,
        lines=lines,
        parcels=parcels,
        final=final,
    )


def told(tracking: str, *, shipped: bool = True, order_id: str = "O1", **units: int) -> ShippedUnits:
    lines = tuple(ShipmentLine(line_id=LineId(line_id), quantity=count) for line_id, count in units.items())
    return ShippedUnits(order_id=OrderId(order_id), lines=lines, tracking=tracking, shipped=shipped)


def plan(
    left: Despatch,
    *lines: OrderLine,
    already: Sequence[ShippedUnits] = (),
    several: bool = True,
    wait_full: bool = True,
    others: Sequence[Despatch] = (),
    before: Sequence[str] = (),
) -> ShipmentPlan:
    return plan_shipment(
        left,
        order(*lines),
        targets=TARGETS,
        already=already,
        several_shipments=several,
        wait_full=wait_full,
        others=others,
        told=[DespatchId(name) for name in before],
    )


def parts(found: ShipmentPlan) -> list[tuple[str, dict[str, int], bool]]:
    assert not found.reasons, found.reasons
    return [(p.parcel.tracking, {str(x.line_id): x.quantity for x in p.lines}, p.final) for p in found.parts]


def why(found: ShipmentPlan) -> list[ExceptionType]:
    assert not found.parts
    assert not found.done
    assert all(reason.entity.startswith("despatch:O1/") for reason in found.reasons)
    return [reason.type for reason in found.reasons]


class TestUnits:
    def test_everything_in_one_parcel(self) -> None:
        """The plain case: final, because nothing is open after it."""
        found = plan(despatch(goods(MUG=2, CUP=1), parcel("T1")), line(), line("CUP", 1, number=2))

        assert parts(found) == [("T1", {"L1": 2, "L2": 1}, True)]
        assert not found.done

    def test_a_part_leaves_the_rest_open(self) -> None:
        """Not final, even if the ERP thinks so: the channel still waits for a mug."""
        assert parts(plan(despatch(goods(MUG=1), parcel("T1"), final=True), line())) == [("T1", {"L1": 1}, False)]

    def test_lines_of_one_code_are_filled_in_the_orders_sequence(self) -> None:
        """Three of four mugs: both of the first line, one of the second."""
        found = plan(despatch(goods(MUG=3), parcel("T1")), line(), line(number=2))

        assert parts(found) == [("T1", {"L1": 2, "L2": 1}, False)]

    def test_what_was_told_before_comes_off_first(self) -> None:
        """Domain 7.1: the channel knows one of the first line, so two more are one there and one of the next."""
        found = plan(despatch(goods(MUG=2), parcel("T2")), line(), line(number=2), already=[told("T1", L1=1)])

        assert parts(found) == [("T2", {"L1": 1, "L2": 1}, False)]

    def test_what_the_line_says_is_shipped_counts_too(self) -> None:
        """The larger of the line's own figure and the shipments'."""
        found = plan(despatch(goods(MUG=1), parcel("T2")), line(shipped=1), already=[told("T1", L1=1)])

        assert parts(found) == [("T2", {"L1": 1}, True)]

    def test_units_become_packs(self) -> None:
        """Six mugs are two boxes of three."""
        assert parts(plan(despatch(goods(MUG=6), parcel("T1")), line("MUG-3"))) == [("T1", {"L1": 2}, True)]

    def test_mixed_packs_are_placed_exactly(self) -> None:
        """Four mugs on a box of three and two boxes of two: the boxes of two, although the other comes first."""
        found = plan(despatch(goods(MUG=4), parcel("T1")), line("MUG-3", 1), line("MUG-2", 2, number=2))

        assert parts(found) == [("T1", {"L2": 2}, False)]

    def test_larger_packs_go_first(self) -> None:
        """Two mugs of two single ones and a box of two are the box: the single mug after them still has a line."""
        lines = (line("MUG", 2), line("MUG-2", 1, number=2))
        first = plan(despatch(goods(MUG=2), parcel("T1")), *lines)

        assert parts(first) == [("T1", {"L2": 1}, False)]
        then = plan(despatch(goods(MUG=1), parcel("T2"), name="D2"), *lines, already=[told("T1", L2=1)])
        assert parts(then) == [("T2", {"L1": 1}, False)]

    def test_no_whole_number_of_packs(self) -> None:
        """Four mugs are not boxes of three: held, for a box was opened or a figure is wrong."""
        found = plan(despatch(goods(MUG=4), parcel("T1")), line("MUG-3"))

        assert why(found) == [X.UOM_MISMATCH]
        assert found.reasons[0].evidence["stock code MUG"] == "4 left, which is no whole number of packs"
        assert found.reasons[0].evidence["tracking"] == "T1"

    def test_lines_of_one_code_in_a_despatch_are_added(self) -> None:
        """A despatch may name a code twice."""
        twice = (*goods(MUG=1), *goods(MUG=1))

        assert parts(plan(despatch(twice, parcel("T1")), line())) == [("T1", {"L1": 2}, True)]

    def test_nothing_of_a_code_is_nothing(self) -> None:
        """A line of no units is passed over."""
        found = plan(despatch(goods(MUG=2, STRANGER=0), parcel("T1")), line())

        assert parts(found) == [("T1", {"L1": 2}, True)]


class TestTooMuch:
    def test_more_than_ordered(self) -> None:
        """Domain 7.1: OVER_DESPATCH, and nothing is told."""
        found = plan(despatch(goods(MUG=3), parcel("T1")), line())

        assert why(found) == [X.OVER_DESPATCH]
        assert found.reasons[0].evidence["stock code MUG"] == "3 left, 2 of 2 ordered were open"

    def test_cancelled_units_are_not_ordered(self) -> None:
        """Domain 7.1: ordered less cancelled."""
        assert why(plan(despatch(goods(MUG=2), parcel("T1")), line(cancelled=1))) == [X.OVER_DESPATCH]

    @pytest.mark.parametrize("state", [OrderState.CANCELLED, OrderState.REFUSED])
    def test_a_cancelled_line_wants_nothing(self, state: OrderState) -> None:
        """Whatever its quantity says."""
        lines = (line(state=state), line("CUP", number=2))

        assert why(plan(despatch(goods(MUG=1), parcel("T1")), *lines)) == [X.OVER_DESPATCH]

    def test_more_than_is_left_over(self) -> None:
        """Two of three are told; two more would be four."""
        found = plan(despatch(goods(MUG=2), parcel("T2")), line(quantity=3), already=[told("T1", L1=2)])

        assert why(found) == [X.OVER_DESPATCH]

    def test_goods_that_nobody_ordered(self) -> None:
        """A stranger in the parcel: nothing is told, the good line neither."""
        found = plan(despatch(goods(MUG=2, STRANGER=1), parcel("T1")), line())

        assert why(found) == [X.OVER_DESPATCH]
        assert found.reasons[0].evidence["stock code STRANGER"] == "1 left, and nobody ordered it"

    def test_goods_that_may_belong_to_an_unmapped_line(self) -> None:
        """While a line has no stock code, the stranger may be its goods."""
        assert why(plan(despatch(goods(STRANGER=1), parcel("T1")), line("NEW"))) == [X.SKU_UNMAPPED]
        told_all = [told("T0", L1=2)]
        assert why(plan(despatch(goods(STRANGER=1)), line("NEW"), already=told_all)) == [X.OVER_DESPATCH]

    def test_units_taken_back(self) -> None:
        """A negative figure is no shipment."""
        assert why(plan(despatch(goods(MUG=-1), parcel("T1")), line())) == [X.DESPATCH_DRIFT]

    def test_each_kind_of_trouble_once(self) -> None:
        """Two codes with one problem are one reason with both in its evidence."""
        found = plan(despatch(goods(MUG=9, CUP=9, BOX=1), parcel("T1")), line(), line("CUP", number=2))

        assert why(found) == [X.OVER_DESPATCH]
        assert {"stock code MUG", "stock code CUP", "stock code BOX"} <= set(found.reasons[0].evidence)


class TestWithoutItems:
    def test_the_last_despatch_means_all_that_is_left(self) -> None:
        """Some sources tell parcels, not items."""
        found = plan(
            despatch((), parcel("T1"), final=True), line(), line("NEW", 1, number=2), already=[told("T0", L1=1)]
        )

        assert parts(found) == [("T1", {"L1": 1, "L2": 1}, True)]

    def test_any_other_cannot_be_told(self) -> None:
        """Nobody knows which lines it holds."""
        assert why(plan(despatch((), parcel("T1")), line())) == [X.PARTIAL_NOT_SUPPORTED]

    def test_the_contents_of_the_parcels_will_do(self) -> None:
        """Items may be told per parcel only."""
        assert parts(plan(despatch((), parcel("T1", MUG=2)), line())) == [("T1", {"L1": 2}, True)]

    def test_all_of_a_cancelled_order(self) -> None:
        """It left, and nobody wants it any more."""
        assert why(plan(despatch((), parcel("T1"), final=True), line(cancelled=2))) == [X.OVER_DESPATCH]

    def test_all_of_an_order_that_is_told_already(self) -> None:
        """Under another number: somebody used the portal."""
        found = plan(despatch((), parcel("T1"), final=True), line(), already=[told("T9", L1=2)])

        assert why(found) == [X.DESPATCH_DRIFT]


class TestParcels:
    def test_one_part_per_parcel_with_contents(self) -> None:
        """Domain 7.1: lines are split per parcel where known; only the last part is final."""
        found = plan(
            despatch(goods(MUG=2, CUP=1), parcel("T1", MUG=1), parcel("T2", MUG=1, CUP=1)),
            line(),
            line("CUP", 1, number=2),
        )

        assert parts(found) == [("T1", {"L1": 1}, False), ("T2", {"L1": 1, "L2": 1}, True)]

    def test_without_contents_all_goes_with_the_first_number(self) -> None:
        """Domain 7.1: the first parcel's number is primary, the others go along."""
        found = plan(despatch(goods(MUG=2), parcel(""), parcel("T1"), parcel("T2")), line())

        assert parts(found) == [("T1", {"L1": 2}, True)]
        assert [p.tracking for p in found.parts[0].others] == ["", "T2"]

    def test_without_a_parcel_there_is_no_number(self) -> None:
        """The part is there; whoever tells it sees that the number is missing."""
        assert parts(plan(despatch(goods(MUG=2)), line())) == [("", {"L1": 2}, True)]

    def test_what_no_parcel_lists_goes_with_one_that_lists_nothing(self) -> None:
        """Else with the first."""
        left = despatch(goods(MUG=2, CUP=1), parcel("T1", MUG=2), parcel("T2"))
        listed = despatch(goods(MUG=2, CUP=1), parcel("T1", MUG=1), parcel("T2", MUG=1))
        lines = (line(), line("CUP", 1, number=2))

        assert parts(plan(left, *lines)) == [("T1", {"L1": 2}, False), ("T2", {"L2": 1}, True)]
        assert parts(plan(listed, *lines)) == [("T1", {"L1": 1, "L2": 1}, False), ("T2", {"L1": 1}, True)]

    def test_parcels_of_one_number_are_one(self) -> None:
        """A courier may give one number to two boxes."""
        found = plan(despatch(goods(MUG=2), parcel("T 1", MUG=1), parcel("t1", MUG=1)), line())

        assert parts(found) == [("T 1", {"L1": 2}, True)]

    def test_an_empty_parcel_is_not_told(self) -> None:
        """Everything is in the other one."""
        found = plan(despatch(goods(MUG=2), parcel("T1", MUG=2), parcel("T2")), line())

        assert parts(found) == [("T1", {"L1": 2}, True)]

    def test_a_pack_in_two_parcels(self) -> None:
        """They can only be told together."""
        found = plan(despatch(goods(MUG=3), parcel("T1", MUG=2), parcel("T2", MUG=1)), line("MUG-3", 1))

        assert parts(found) == [("T1", {"L1": 1}, True)]
        assert [p.tracking for p in found.parts[0].others] == ["T2"]

    def test_contents_that_exceed_the_despatch_are_not_believed(self) -> None:
        """The despatch's own lines count."""
        found = plan(despatch(goods(MUG=1), parcel("T1", MUG=1), parcel("T2", MUG=1)), line())

        assert parts(found) == [("T1", {"L1": 1}, False)]


class TestOnce:
    def test_a_number_that_the_channel_has_is_done(self) -> None:
        """Domain 7.1: already shipped with the same tracking is success, however it is written."""
        found = plan(despatch(goods(MUG=2), parcel("t-1")), line(), already=[told("T1", L1=2)])

        assert found == ShipmentPlan(done=True)

    def test_no_number_is_not_a_number_that_it_has(self) -> None:
        """A shipment without tracking and a parcel without tracking need not be the same."""
        found = plan(despatch(goods(MUG=1), parcel("")), line(), already=[told("", L1=1)])

        assert parts(found) == [("", {"L1": 1}, True)]

    def test_only_the_parcels_that_it_lacks_are_told(self) -> None:
        """A run that was cut off between two parcels goes on with the second."""
        left = despatch(goods(MUG=2, CUP=1), parcel("T1", MUG=2), parcel("T2", CUP=1))
        lines = (line(), line("CUP", 1, number=2))

        assert parts(plan(left, *lines, already=[told("T1", L1=2)])) == [("T2", {"L2": 1}, True)]
        assert plan(left, *lines, already=[told("T1", L1=2), told("T2", L2=1)]).done

    def test_a_number_may_cover_several_despatches(self) -> None:
        """One consignment number for two days' goods: the second despatch is told, too, until the channel has it."""
        second, lines = despatch(goods(CUP=1), parcel("T1"), final=True), (line(), line("CUP", 1, number=2))

        assert parts(plan(second, *lines, already=[told("T1", L1=2)])) == [("T1", {"L2": 1}, True)]
        assert plan(second, *lines, already=[told("T1", L1=2), told("t-1", L2=1)]).done
        assert plan(second, *lines, already=[told("T1", L1=2, L2=1)]).done

    def test_a_number_told_with_fewer_units_is_looked_at(self) -> None:
        """Somebody keyed in less than left: that is work for a person, not success."""
        assert why(plan(despatch(goods(MUG=2), parcel("T1")), line(), already=[told("T1", L1=1)])) == [X.OVER_DESPATCH]

    def test_a_number_told_for_lines_unknown_is_believed(self) -> None:
        """What the channel has under it cannot be compared, so it is taken for this despatch."""
        strange = told("T1", L9=1)

        assert plan(despatch(goods(MUG=2), parcel("T1")), line(), already=[strange]).done
        assert plan(despatch(goods(MUG=2), parcel("T1")), line(), already=[strange, told("T1", L1=1)]).done

    def test_without_contents_one_known_number_stands_for_all(self) -> None:
        """The others went along with it."""
        left = despatch(goods(MUG=2), parcel("T1"), parcel("T2"))

        assert plan(left, line(), already=[told("T1", L1=2)]).done

    def test_a_parcel_that_lists_nothing_has_nothing_left_to_tell(self) -> None:
        """All contents are in the parcel that the channel knows."""
        left = despatch(goods(MUG=2), parcel("T1", MUG=2), parcel("T2"))

        assert plan(left, line(), already=[told("T1", L1=2)]).done

    def test_another_number_is_a_conflict(self) -> None:
        """Domain 7.1: the same units under another number: DESPATCH_DRIFT, not a second shipment."""
        found = plan(despatch(goods(MUG=2), parcel("T1")), line(), already=[told("T9", L1=2)])

        assert why(found) == [X.DESPATCH_DRIFT]

    def test_a_shipment_without_lines_stands_for_the_whole_order(self) -> None:
        """Channels with one shipment per order do not repeat the lines."""
        assert why(plan(despatch(goods(MUG=1), parcel("T1")), line(), already=[told("T9")])) == [X.DESPATCH_DRIFT]

    def test_a_line_that_left_in_the_portal(self) -> None:
        """The channel has it as shipped without telling a shipment."""
        shipped = line(state=OrderState.SHIPPED)

        assert why(plan(despatch(goods(MUG=2), parcel("T1")), shipped)) == [X.DESPATCH_DRIFT]

    def test_a_shipment_that_is_not_shipped_yet_is_told_again(self) -> None:
        """A number alone does not ship: the step that ships is still due."""
        waiting = [told("T1", shipped=False, L1=2)]

        assert parts(plan(despatch(goods(MUG=2), parcel("T1")), line(), already=waiting)) == [("T1", {"L1": 2}, True)]
        assert why(plan(despatch(goods(MUG=2), parcel("T2")), line(), already=waiting)) == [X.DESPATCH_DRIFT]
        empty = [told("T1", shipped=False)]
        assert parts(plan(despatch(goods(MUG=2), parcel("T2")), line(), already=empty)) == [("T2", {"L1": 2}, True)]

    def test_parcels_of_packs_and_singles_have_a_number_each(self) -> None:
        """A box of two and a single mug in two parcels are two shipments, in whichever sequence the order has them."""
        left = despatch(goods(MUG=3), parcel("T1", MUG=2), parcel("T2", MUG=1))

        found = plan(left, line("MUG", 2), line("MUG-2", 1, number=2))
        assert parts(found) == [("T1", {"L2": 1}, False), ("T2", {"L1": 1}, False)]

    def test_packs_after_another_despatch_are_told_once(self) -> None:
        """What another despatch left of the lines does not change under which number these units are told: told, and
        not yet known to have been told, they are found again and are not told a second time."""
        lines = (line("MUG", 3), line("MUG-2", 2, number=2))
        single = despatch(goods(MUG=1), parcel("T2", MUG=1), name="D0")
        left = despatch(goods(MUG=5), parcel("T1", MUG=4), parcel("T2", MUG=1))
        channel = [told("T2", L1=1)]
        shipped = plan(left, *lines, already=channel, others=[single], before=["D0"])
        channel += [
            ShippedUnits(order_id=OrderId("O1"), lines=part.lines, tracking=part.parcel.tracking)
            for part in shipped.parts
        ]

        assert plan(left, *lines, already=channel, others=[single], before=["D0"]).done

    def test_a_pack_in_two_parcels_is_told_once(self) -> None:
        """The channel has it under the first number, as it was told: the second has nothing left to tell."""
        left = despatch(goods(MUG=3), parcel("T1", MUG=2), parcel("T2", MUG=1))
        (part,) = plan(left, line("MUG-3", 1)).parts

        assert plan(left, line("MUG-3", 1), already=[told("T1", L1=part.lines[0].quantity)]).done

    def test_what_went_along_with_a_parcel_is_told_once(self) -> None:
        """The cup is in no parcel's list and was told with the first: a run that was cut off goes on from there."""
        left = despatch(goods(MUG=2, CUP=1), parcel("T1", MUG=1), parcel("T2", MUG=1))
        lines = (line(), line("CUP", 1, number=2))

        assert parts(plan(left, *lines, already=[told("T1", L1=1, L2=1)])) == [("T2", {"L1": 1}, True)]
        assert plan(left, *lines, already=[told("T1", L1=1, L2=1), told("T2", L1=1)]).done

    def test_what_nobody_told_of_a_despatch_is_told(self) -> None:
        """Both numbers were keyed in by hand without the cup: it goes with the first, and is not forgotten."""
        left = despatch(goods(MUG=2, CUP=1), parcel("T1", MUG=1), parcel("T2", MUG=1))
        lines = (line(), line("CUP", 1, number=2))

        assert parts(plan(left, *lines, already=[told("T1", L1=1), told("T2", L1=1)])) == [("T1", {"L2": 1}, True)]
        twice = despatch(goods(MUG=2), parcel("T1", MUG=1), parcel("T1", MUG=1))
        assert parts(plan(twice, line(), already=[told("T1", L1=1)])) == [("T1", {"L1": 1}, True)]

    def test_what_is_in_the_next_parcel_and_told_already_is_not_told_again(self) -> None:
        """A box of three in two parcels, keyed in with the first number: only the cup of the second one is left."""
        left = despatch(goods(MUG=3, CUP=1), parcel("T1", MUG=2), parcel("T2", MUG=1, CUP=1))
        lines = (line("MUG-3", 1), line("CUP", 1, number=2), line("MUG", 1, number=3))

        assert parts(plan(left, *lines, already=[told("T1", L1=1)])) == [("T2", {"L2": 1}, False)]

    def test_an_order_without_items_is_done_with_its_number(self) -> None:
        """Nothing tells more than the number does."""
        assert plan(despatch((), parcel("T1"), final=True), line(), already=[told("T1", L1=2)]).done

    def test_shipments_of_other_orders_do_not_count(self) -> None:
        """Nor do their numbers."""
        others = [told("T1", order_id="O2", L1=2)]

        assert parts(plan(despatch(goods(MUG=2), parcel("T1")), line(), already=others)) == [("T1", {"L1": 2}, True)]


class TestOneNumberForSeveralDespatches:
    """Domain 7.1: the key of a despatch is its id: one number with the same units twice is two despatches."""

    FIRST = despatch(goods(MUG=1), parcel("T1"), name="D1")
    SECOND = despatch(goods(MUG=1), parcel("t-1"), name="D2")
    BOTH = (FIRST, SECOND)

    def test_the_second_is_told_as_well(self) -> None:
        """The channel has one mug under the number: it is the first despatch's, and the other is not lost."""
        known = [told("T1", L1=1)]

        assert plan(self.FIRST, line(), already=known, others=self.BOTH).done
        assert parts(plan(self.SECOND, line(), already=known, others=self.BOTH)) == [("t-1", {"L1": 1}, True)]

    def test_neither_is_told_twice(self) -> None:
        """Once the channel has both, in two shipments or in one."""
        for known in ([told("T1", L1=1), told("T1", L1=1)], [told("T1", L1=2)]):
            assert plan(self.FIRST, line(), already=known, others=self.BOTH).done
            assert plan(self.SECOND, line(), already=known, others=self.BOTH).done

    def test_who_was_told_goes_before_the_id(self) -> None:
        """The second one left first: the channel's shipment is its, and the first is to be told."""
        known = [told("T1", L1=1)]

        assert plan(self.SECOND, line(), already=known, others=self.BOTH, before=["D2"]).done
        assert parts(plan(self.FIRST, line(), already=known, others=self.BOTH, before=["D2"])) == [
            ("T1", {"L1": 1}, True)
        ]

    def test_a_shipment_is_of_the_despatch_with_its_units(self) -> None:
        """Two mugs under the number are the despatch of two, although that of one goes first and would fit."""
        two, one = despatch(goods(MUG=2), parcel("T1"), name="D2"), self.FIRST
        known = [told("T1", L1=2)]

        assert plan(two, line(quantity=3), already=known, others=[one, two]).done
        assert parts(plan(one, line(quantity=3), already=known, others=[one, two])) == [("T1", {"L1": 1}, True)]

    def test_a_parcel_of_another_despatch(self) -> None:
        """Parcel by parcel: the number is shared by one parcel of each; the other parcel has a number of its own."""
        first = despatch(goods(MUG=1, CUP=1), parcel("T1", MUG=1), parcel("T2", CUP=1), name="D1")
        lines = (line(), line("CUP", 1, number=2))
        known = [told("T1", L1=1), told("T2", L2=1)]

        assert plan(first, *lines, already=known, others=[self.SECOND]).done
        assert parts(plan(self.SECOND, *lines, already=known, others=[first])) == [("t-1", {"L1": 1}, True)]

    def test_despatches_of_other_orders_have_no_part_in_it(self) -> None:
        """Even if the number is theirs, too."""
        stranger = despatch(goods(MUG=1), parcel("T1"), name="D0", reference="O9")

        assert plan(self.FIRST, line(), already=[told("T1", L1=1)], others=[stranger]).done

    def test_a_channel_that_takes_one_shipment_has_the_order(self) -> None:
        """Under any of its numbers: there is nothing to share out."""
        known = [told("T1", L1=2)]

        assert plan(self.SECOND, line(), already=known, others=self.BOTH, several=False, wait_full=False).done


class TestOneShipmentPerOrder:
    """Domain 7.1: wait until complete, or send at the first parcel."""

    LINES = (line(), line("CUP", 1, number=2))

    def test_waiting_for_the_rest(self) -> None:
        """Nothing is told yet, and somebody sees that the order waits."""
        found = plan(despatch(goods(MUG=2), parcel("T1")), *self.LINES, several=False)

        assert why(found) == [X.PARTIAL_NOT_SUPPORTED]

    def test_the_last_despatch_tells_all(self) -> None:
        """What left before it is told with it."""
        found = plan(despatch(goods(CUP=1), parcel("T2"), parcel("T3"), final=True), *self.LINES, several=False)

        assert parts(found) == [("T2", {"L1": 2, "L2": 1}, True)]
        assert [p.tracking for p in found.parts[0].others] == ["T3"]

    def test_a_despatch_of_everything_need_not_say_that_it_is_the_last(self) -> None:
        """It covers every line."""
        assert parts(plan(despatch(goods(MUG=2, CUP=1), parcel("T1")), *self.LINES, several=False)) == [
            ("T1", {"L1": 2, "L2": 1}, True)
        ]

    def test_a_line_without_a_stock_code_is_never_covered(self) -> None:
        """Nobody can say that its goods left."""
        lines = (line(), line("NEW", 1, number=2))

        assert why(plan(despatch(goods(MUG=2), parcel("T1")), *lines, several=False)) == [X.PARTIAL_NOT_SUPPORTED]

    def test_the_first_parcel_may_stand_for_the_order(self) -> None:
        """By policy the whole order is told with the first number; opened packs do not matter."""
        first = despatch(goods(MUG=1), parcel("T1"))

        found = plan(first, line("MUG-3", 1), line("CUP", 1, number=2), several=False, wait_full=False)

        assert parts(found) == [("T1", {"L1": 1, "L2": 1}, True)]

    def test_parcels_after_the_first_have_nothing_to_tell(self) -> None:
        """The order is told under the first number, as the policy wants it."""
        second = despatch(goods(CUP=1), parcel("T2"))

        assert plan(second, *self.LINES, already=[told("T1")], several=False, wait_full=False).done

    def test_another_number_for_the_whole_order_is_a_conflict(self) -> None:
        """No earlier parcel of ours can have been it."""
        whole = despatch(goods(MUG=2, CUP=1), parcel("T1"), final=True)

        assert why(plan(whole, *self.LINES, already=[told("T9")], several=False, wait_full=False)) == [X.DESPATCH_DRIFT]
        assert why(plan(whole, *self.LINES, already=[told("T9")], several=False)) == [X.DESPATCH_DRIFT]

    def test_the_same_number_is_done(self) -> None:
        """Any of the despatch's parcels may have been the one."""
        whole = despatch(goods(MUG=2, CUP=1), parcel("T1"), parcel("T2"))

        assert plan(whole, *self.LINES, already=[told("T2")], several=False).done

    def test_too_much_is_told_before_waiting(self) -> None:
        """A surplus does not wait for the rest."""
        found = plan(despatch(goods(MUG=9), parcel("T1")), *self.LINES, several=False)

        assert why(found) == [X.OVER_DESPATCH]


class TestFillPacks:
    @pytest.mark.parametrize(
        ("units", "lines", "packs"),
        [
            (0, (), ()),
            (1, (), None),
            (0, ((3, 2),), (0,)),
            (5, ((1, 2), (1, 9)), (2, 3)),
            (4, ((3, 1), (2, 2)), (0, 2)),
            (7, ((3, 2), (2, 2)), (1, 2)),
            (1, ((3, 2), (2, 2)), None),
            (99, ((1, 9),), None),
            (5, ((2, 9), (4, 9)), None),
        ],
    )
    def test_earlier_lines_first_and_exactly(
        self, units: int, lines: tuple[tuple[int, int], ...], packs: tuple[int, ...] | None
    ) -> None:
        """The first choice of packs in the sequence of the lines that takes every unit."""
        assert fill_packs(units, lines) == packs
