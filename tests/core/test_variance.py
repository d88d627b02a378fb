"""Warehouse against ERP, with what is on its way between them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs
import pytest

from khaos_connectors.core.exception_report import ExceptionType, Severity, open_item
from khaos_connectors.core.ids import AccountId, LocationId, StockCode
from khaos_connectors.core.stock import Snapshot, StockFigure
from khaos_connectors.core.variance import (
    Movement,
    MovementKind,
    Streak,
    Tolerance,
    VariancePolicy,
    VarianceVerdict,
    compare_stock,
)

TEN = datetime(2026, 1, 15, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MUG, CUP = StockCode("MUG"), StockCode("CUP")


def counted(**units: int | None) -> Snapshot:
    figures = tuple(
        StockFigure(stock_code=StockCode(code), location=LocationId("MAIN"), physical=count)
        for code, count in units.items()
    )
    return Snapshot(account=AccountId("wms"), as_of=TEN, figures=figures)


def moved(kind: MovementKind, units: int, *, at: int = -10, posted: int | None = None) -> Movement:
    return Movement(
        message=f"M{at}",
        kind=kind,
        stock_code=MUG,
        units=units,
        at=TEN + at * MINUTE,
        posted_at=None if posted is None else TEN + posted * MINUTE,
    )


class TestTransit:
    def test_messages_on_their_way_are_no_variance(self) -> None:
        """Domain §11, variance: shipped 3, received 10 and adjusted by -1 that the ERP has not booked: 50 are 56."""
        movements = [
            moved(MovementKind.SHIPPED, 3),
            moved(MovementKind.RECEIVED, 10),
            moved(MovementKind.ADJUSTED, -1),
        ]
        report = compare_stock(counted(MUG=56), counted(MUG=50), movements=movements)

        assert [(row.expected, row.units, row.verdict) for row in report.rows] == [(56, 0, VarianceVerdict.EQUAL)]
        assert compare_stock(counted(MUG=56), counted(MUG=50)).rows[0].units == 6

    @pytest.mark.parametrize(
        ("at", "posted", "expected"),
        [
            (-10, None, 47),
            (-10, 1, 47),  # booked after the ERP's snapshot
            (-10, -5, 50),  # in both
            (0, None, 47),  # at the very moment of the snapshots
            (0, 0, 50),
            (5, None, 50),  # in neither
            (5, -1, 53),  # booked in advance: in the ERP's only
        ],
    )
    def test_a_movement_counts_where_one_snapshot_has_it(self, at: int, posted: int | None, expected: int) -> None:
        """What both contain, or neither, changes nothing."""
        report = compare_stock(
            counted(MUG=47), counted(MUG=50), movements=[moved(MovementKind.SHIPPED, 3, at=at, posted=posted)]
        )

        assert report.rows[0].expected == expected

    def test_movements_of_another_code_do_not_count(self) -> None:
        """A mug that left is no cup."""
        movement = attrs.evolve(moved(MovementKind.SHIPPED, 3), stock_code=CUP)

        assert compare_stock(counted(MUG=50), counted(MUG=50), movements=[movement]).rows[0].units == 0


class TestRuns:
    policy = VariancePolicy(runs=2)

    def test_a_difference_has_to_last(self) -> None:
        """Domain §11, variance: persisted for k runs, by default 2, then it is work, with the trail of movements."""
        first = compare_stock(counted(MUG=45), counted(MUG=50), policy=self.policy)
        movements = [moved(MovementKind.ADJUSTED, 1)]
        second = compare_stock(
            counted(MUG=45), counted(MUG=50), streaks=first.streaks, movements=movements, policy=self.policy
        )

        assert (first.rows[0].verdict, first.reasons) == (VarianceVerdict.NEW, ())
        assert first.streaks == {MUG: Streak(-5, 1)}
        assert second.rows[0].verdict is VarianceVerdict.LASTING
        assert second.streaks == {MUG: Streak(-6, 2)}
        assert [(r.type, r.entity) for r in second.reasons] == [(ExceptionType.STOCK_VARIANCE, "stock:MUG")]
        assert second.reasons[0].evidence["in transit"] == "M-10 adjusted +1"
        assert second.reasons[0].evidence["difference"] == "-6"

    @pytest.mark.parametrize(("there", "streaks"), [(50, {}), (55, {MUG: Streak(5, 1)})])
    def test_a_streak_ends(self, there: int, streaks: dict[StockCode, Streak]) -> None:
        """Right again, or wrong to the other side, which is noise of timing and begins anew."""
        before = {MUG: Streak(-5, 7)}
        report = compare_stock(counted(MUG=there), counted(MUG=50), streaks=before, policy=self.policy)

        assert (report.streaks, report.reasons) == (streaks, ())

    @pytest.mark.parametrize(("before", "there"), [(1, 55), (5, 51), (-1, 45), (-5, 49)])
    def test_to_the_same_side_is_the_same_variance(self, before: int, there: int) -> None:
        """However much it grows or shrinks, one unit included; equal again, no run of it is left."""
        again = compare_stock(counted(MUG=there), counted(MUG=50), streaks={MUG: Streak(before, 1)}, policy=self.policy)
        right = compare_stock(counted(MUG=50), counted(MUG=50), streaks=again.streaks, policy=self.policy)

        assert again.streaks == {MUG: Streak(there - 50, 2)}
        assert (again.rows[0].runs, right.rows[0].runs) == (2, 0)
        assert again.rows[0].why == f"the warehouse counts {there}, 50 are expected: {there - 50:+d}, run 2 of 2"

    def test_what_is_not_counted_keeps_its_streak(self) -> None:
        """Not to be counted is no proof of being right; and no variance either."""
        before = {MUG: Streak(-5, 1)}
        for there, ours in ((None, 50), (45, None)):
            report = compare_stock(
                counted(MUG=there, CUP=1), counted(MUG=ours, CUP=1), streaks=before, policy=self.policy
            )

            assert [row.verdict for row in report.rows] == [VarianceVerdict.EQUAL, VarianceVerdict.UNKNOWN]
            assert (report.streaks, report.reasons) == ({MUG: Streak(-5, 1, unseen=1)}, ())

    def test_a_code_that_one_side_lacks_is_unknown(self) -> None:
        """Domain §2.5: absent is not zero."""
        report = compare_stock(counted(MUG=1), counted(CUP=1), policy=self.policy)

        assert [(row.stock_code, row.verdict, row.why) for row in report.rows] == [
            (
                CUP,
                VarianceVerdict.UNKNOWN,
                "the warehouse does not count CUP, and the ERP makes it 1: run 1 of 2",
            ),
            (MUG, VarianceVerdict.UNKNOWN, "the ERP does not count MUG, and the warehouse makes it 1: run 1 of 2"),
        ]
        assert report.streaks == {CUP: Streak(0, 0, unseen=1), MUG: Streak(0, 0, unseen=1)}
        assert report.reasons == ()

    def test_a_code_that_one_side_keeps_lacking_is_work(self) -> None:
        """Domain §11, variance: what persists for k runs is told; nobody else would ever look for these units."""
        first = compare_stock(counted(MUG=7, CUP=1), counted(CUP=1), policy=self.policy)
        second = compare_stock(counted(MUG=7, CUP=1), counted(CUP=1), streaks=first.streaks, policy=self.policy)
        (row,) = second.lasting
        (reason,) = second.reasons

        assert (first.lasting, first.reasons) == ((), ())
        assert (row.verdict, row.units, row.value, row.severity) == (
            VarianceVerdict.UNCOUNTED,
            None,
            None,
            Severity.HIGH,
        )
        assert (reason.type, reason.entity) == (ExceptionType.STOCK_VARIANCE, "stock:MUG")
        assert reason.message == "MUG: the ERP does not count MUG, and the warehouse makes it 7: run 2 of 2"
        assert {name: reason.evidence[name] for name in ("warehouse", "expected", "difference")} == {
            "warehouse": "7",
            "expected": "not counted",
            "difference": "not known",
        }

    def test_the_warehouse_lacks_what_the_erp_expects(self) -> None:
        """The ERP's count with what is on its way, seven booked and three received since; the movement is the trail."""
        movements = [moved(MovementKind.RECEIVED, 3)]
        report = compare_stock(
            counted(CUP=1), counted(MUG=7, CUP=1), movements=movements, policy=VariancePolicy(runs=1)
        )

        assert report.reasons[0].message == "MUG: the warehouse does not count MUG, and the ERP makes it 10: run 1 of 1"
        assert report.reasons[0].evidence["warehouse"] == "not counted"
        assert report.reasons[0].evidence["in transit"] == "M-10 received +3"

    @pytest.mark.parametrize(("units", "controlled"), [(0, True), (7, False)])
    def test_nothing_to_look_for(self, units: int, *, controlled: bool) -> None:
        """Where the one side has none, or the item is not counted at all, a code may be lacking for ever."""
        only = counted(MUG=units, CUP=1)
        figures = tuple(attrs.evolve(figure, stock_controlled=controlled) for figure in only.figures[:1])
        warehouse = attrs.evolve(only, figures=(*figures, *only.figures[1:]))
        report = compare_stock(
            warehouse, counted(CUP=1), streaks={MUG: Streak(0, 0, unseen=1)}, policy=VariancePolicy(runs=1)
        )

        assert [row.verdict for row in report.rows] == [VarianceVerdict.EQUAL, VarianceVerdict.UNKNOWN]
        assert (report.reasons, report.streaks) == ((), {})
        assert report.rows[1].why == "the ERP does not count MUG, " + (
            "and the warehouse has none" if controlled else "which is not stock controlled"
        )

    def test_a_code_that_neither_side_has_keeps_its_streak(self) -> None:
        """A variance does not end because both snapshots came without its code: the next ones go on from there."""
        streaks = dict(compare_stock(counted(MUG=45, CUP=1), counted(MUG=50, CUP=1), policy=self.policy).streaks)
        streaks[MUG] = attrs.evolve(streaks[MUG], unseen=1)
        without = compare_stock(counted(CUP=1), counted(CUP=1), streaks=streaks, policy=self.policy)
        after = compare_stock(counted(MUG=45), counted(MUG=50), streaks=without.streaks, policy=self.policy)

        assert without.streaks == streaks
        assert without.rows[1].verdict is VarianceVerdict.UNKNOWN
        assert without.rows[1].why == "neither the warehouse nor the ERP counts MUG"
        assert without.reasons == ()
        assert after.rows[0].verdict is VarianceVerdict.LASTING

    def test_to_be_counted_ends_the_waiting(self) -> None:
        """One run in which both count it: equal or not, it begins anew."""
        streaks = {MUG: Streak(0, 0, unseen=9), CUP: Streak(0, 0, unseen=9)}
        report = compare_stock(counted(MUG=1, CUP=4), counted(MUG=1, CUP=5), streaks=streaks, policy=self.policy)

        assert report.streaks == {CUP: Streak(-1, 1)}


class TestTolerance:
    @pytest.mark.parametrize(
        ("tolerance", "difference", "cost", "allowed"),
        [
            (Tolerance(), 0, None, True),
            (Tolerance(), 1, None, False),
            (Tolerance(units=2), -2, None, True),
            (Tolerance(units=2), 3, None, False),
            (Tolerance(percent=Fraction(1, 20)), 5, None, True),
            (Tolerance(percent="5%"), 6, None, False),
            (Tolerance(value=Decimal(10)), 5, Decimal(2), True),
            (Tolerance(value=Decimal(10)), 6, Decimal(2), False),
            (Tolerance(value=Decimal(10)), 1, None, False),
            (Tolerance(units=9, value=Decimal(10)), 1, Decimal(500), False),
            (Tolerance(units=9, percent="5%"), 6, None, False),
        ],
    )
    def test_every_limit_that_is_set_has_to_hold(
        self, *, tolerance: Tolerance, difference: int, cost: Decimal | None, allowed: bool
    ) -> None:
        """Domain §11, variance: within units, per cent and value; an unknown cost does not make it cheap."""
        report = compare_stock(
            counted(MUG=100 + difference),
            counted(MUG=100),
            costs={} if cost is None else {MUG: cost},
            policy=VariancePolicy(tolerance=tolerance, runs=1),
        )

        good = VarianceVerdict.EQUAL if difference == 0 else VarianceVerdict.TOLERATED
        assert report.rows[0].verdict is (good if allowed else VarianceVerdict.LASTING)
        assert len(report.reasons) == len(report.lasting) == (0 if allowed else 1)

    def test_impossible_limits_are_refused(self) -> None:
        """Field and rule are named."""
        with pytest.raises(ValueError, match="units must be 0 or more"):
            Tolerance(units=-1)
        with pytest.raises(ValueError, match="not between 0 and 1"):
            Tolerance(percent=5)
        with pytest.raises(ValueError, match="value must be 0 or more"):
            Tolerance(value=Decimal(-1))
        with pytest.raises(TypeError, match="value must be a Decimal"):
            Tolerance(value=1.5)  # type: ignore[arg-type]  # that it is a float is the point
        with pytest.raises(ValueError, match="skew must not be negative"):
            VariancePolicy(skew=-MINUTE)


class TestSeverity:
    @pytest.mark.parametrize(
        ("cost", "severity"),
        [(Decimal(19), Severity.MEDIUM), (Decimal(20), Severity.HIGH), (None, Severity.HIGH)],
    )
    def test_severity_is_by_value(self, cost: Decimal | None, severity: Severity) -> None:
        """Domain §10, STOCK_VARIANCE: medium or high by value: five at 20.00 reach 100.00."""
        report = compare_stock(
            counted(MUG=45),
            counted(MUG=50),
            costs={} if cost is None else {MUG: cost},
            policy=VariancePolicy(runs=1),
        )
        row = report.lasting[0]
        item = open_item(report.reasons[0], account=AccountId("wms"), now=TEN, severity=row.severity)

        assert (row.severity, item.severity) == (severity, severity)
        assert row.value == (None if cost is None else 5 * cost)
        assert report.reasons[0].evidence["value"] == ("not known" if cost is None else str(5 * cost))


class TestComparable:
    @pytest.mark.parametrize(("minutes", "compared"), [(5, 1), (-5, 1), (6, 0), (-6, 0)])
    def test_snapshots_have_to_be_of_one_moment(self, minutes: int, compared: int) -> None:
        """Domain §11, variance, step 1: both within the skew; else nothing is said, and no streak ends."""
        before = {MUG: Streak(-5, 1)}
        erp = attrs.evolve(counted(MUG=50), as_of=TEN + minutes * MINUTE)
        report = compare_stock(counted(MUG=45), erp, streaks=before)

        assert (report.compared, len(report.rows)) == (bool(compared), compared)
        assert report.streaks == ({MUG: Streak(-5, 2)} if compared else before)
        assert report.why

    def test_half_a_snapshot_is_not_compared(self) -> None:
        """A location that is missing would be a variance of all that it holds."""
        report = compare_stock(attrs.evolve(counted(MUG=45), complete=False), counted(MUG=50))

        assert (report.compared, report.why, report.rows) == (False, "a snapshot is not complete", ())

    @pytest.mark.parametrize("whose", ["the warehouse's", "the ERP's"])
    def test_a_delta_is_not_compared(self, whose: str) -> None:
        """Domain §2.5: what it does not name has not changed; it may name one location of a code, and not the other."""
        before = {MUG: Streak(-5, 1)}
        delta = attrs.evolve(counted(MUG=45), full=False)
        sides = (delta, counted(MUG=50)) if whose == "the warehouse's" else (counted(MUG=50), delta)
        report = compare_stock(*sides, streaks=before)

        assert (report.compared, report.rows, report.streaks, report.reasons) == (False, (), before, ())
        assert report.why.startswith(f"{whose} snapshot is a delta")

    @pytest.mark.parametrize("silent", [counted(), counted(MUG=None)])
    def test_a_side_that_counts_nothing_is_not_compared(self, silent: Snapshot) -> None:
        """An ERP that tells only what is available, or an empty answer, would make work of every code."""
        report = compare_stock(counted(MUG=45), silent, policy=VariancePolicy(runs=1))

        assert (report.compared, report.why) == (False, "the ERP's snapshot has no physical count at all")

    def test_a_code_that_was_read_in_part_is_not_counted(self) -> None:
        """What came of a code that is named as missing is not its stock."""
        part = attrs.evolve(counted(MUG=45, CUP=1), missing=(MUG,))

        assert compare_stock(part, counted(MUG=50, CUP=1)).rows[1].verdict is VarianceVerdict.UNKNOWN

    def test_locations_are_added_up(self) -> None:
        """One that does not tell its count makes the sum unknown, in whichever order they come."""
        first = counted(MUG=45).figures[0]
        other = attrs.evolve(first, location=LocationId("SHOP"), physical=5)
        silent = attrs.evolve(other, physical=None)
        both = attrs.evolve(counted(), figures=(first, other))

        assert compare_stock(both, counted(MUG=50)).rows[0].units == 0
        for figures in ((first, silent), (silent, first)):
            report = compare_stock(attrs.evolve(counted(), figures=figures), counted(MUG=50))
            assert report.rows[0].verdict is VarianceVerdict.UNKNOWN


def test_only_adjustments_are_signed() -> None:
    """A negative shipment would be a receipt in disguise."""
    with pytest.raises(ValueError, match="units must be 0 or more when they are shipped"):
        moved(MovementKind.SHIPPED, -1)
    with pytest.raises(TypeError, match="units must be an int"):
        moved(MovementKind.ADJUSTED, 1.5)  # type: ignore[arg-type]  # that it is a float is the point
    with pytest.raises(ValueError, match=r"at .*aware"):
        attrs.evolve(moved(MovementKind.SHIPPED, 1), at=TEN.replace(tzinfo=None))


class TestFiguresOfTheirOwnTime:
    @pytest.mark.parametrize(("posted", "expected"), [(-30, 48), (-70, 50)])
    def test_a_figure_does_not_know_of_later_movements(self, posted: int, expected: int) -> None:
        """A level that the ERP told an hour ago has nothing in it that was booked since, whenever it was collected."""
        an_hour_ago = StockFigure(
            stock_code=MUG, location=LocationId("MAIN"), physical=50, as_of=TEN - timedelta(hours=1)
        )
        erp = Snapshot(account=AccountId("erp"), as_of=TEN, figures=(an_hour_ago,))
        movements = [moved(MovementKind.SHIPPED, 2, at=-90, posted=posted)]

        (row,) = compare_stock(counted(MUG=expected), erp, movements=movements).rows
        assert (row.expected, row.verdict) == (expected, VarianceVerdict.EQUAL)

    def test_the_warehouses_figures_too(self) -> None:
        """What the warehouse shipped after it last told its count is not in that count."""
        early = StockFigure(stock_code=MUG, location=LocationId("MAIN"), physical=50, as_of=TEN - timedelta(hours=1))
        there = Snapshot(account=AccountId("wms"), as_of=TEN, figures=(early,))
        movements = [moved(MovementKind.SHIPPED, 2, at=-30, posted=-20)]

        (row,) = compare_stock(there, counted(MUG=48), movements=movements).rows
        assert (row.expected, row.verdict) == (50, VarianceVerdict.EQUAL)


@pytest.mark.parametrize(("cost", "kind"), [(9.99, TypeError), (Decimal("NaN"), ValueError), (Decimal(-1), ValueError)])
def test_impossible_costs_are_refused(cost: Any, kind: type[Exception]) -> None:  # Any: what is no cost
    """A float, no number, and less than nothing: a difference of such a value would pass under any limit."""
    with pytest.raises(kind, match="costs of MUG must be"):
        compare_stock(counted(MUG=5), counted(MUG=7), costs={MUG: cost})
