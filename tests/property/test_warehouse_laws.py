"""Laws of the warehouse: releases, short picks, variance and the item master."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.bundles import Bundle
from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import AccountId, ErpOrderCode, LocationId, StockCode
from khaos_connectors.core.item_sync import compare_items
from khaos_connectors.core.items import ItemRecord
from khaos_connectors.core.release import AckState, Gate, ReleaseCandidate, check_ack, decide_release, next_shipment_id
from khaos_connectors.core.short_picks import Leg, ShortagePolicy, ShortPick, plan_short_pick
from khaos_connectors.core.skus import Target
from khaos_connectors.core.stock import Snapshot, StockFigure
from khaos_connectors.core.variance import (
    Movement,
    Streak,
    VariancePolicy,
    VarianceVerdict,
    compare_stock,
)
from khaos_connectors.testing.warehouse_strategies import (
    item_catalogues,
    movements,
    release_candidates,
    short_picks,
    variance_policies,
)

law = settings(deadline=None, max_examples=120)
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
MUG = StockCode("MUG")
KITS = (Bundle(StockCode("SET"), {MUG: 2, StockCode("LID"): 1}), Bundle(StockCode("JUG"), {StockCode("SET"): 2}))
EACHES = {
    StockCode("SET"): {MUG: 2, StockCode("LID"): 1},
    StockCode("JUG"): {MUG: 4, StockCode("LID"): 2},
}
known_codes = st.sets(st.sampled_from([StockCode(name) for name in ("MUG", "CUP", "JUG", "SET", "LID")]))


# --- release ---------------------------------------------------------------------------------------------------------


def in_pieces(units: list[tuple[StockCode, int]]) -> dict[StockCode, int]:
    total: dict[StockCode, int] = {}
    for code, count in units:
        for part, need in EACHES.get(code, {code: 1}).items():
            total[part] = total.get(part, 0) + count * need
    return total


@law
@given(release_candidates(), known_codes)
def test_an_order_is_released_or_its_gates_are_named(
    candidate: ReleaseCandidate, warehouse: Collection[StockCode]
) -> None:
    """A draft exactly when every gate is open; otherwise one RELEASE_BLOCKED with each shut gate in its evidence."""
    decision = decide_release(candidate, warehouse=warehouse, kits=KITS)
    shut = {result.gate.value for result in decision.gates if not result.passed}

    assert (decision.draft is None) is bool(shut)
    assert bool(decision.reasons) is bool(shut)
    if decision.draft is None:
        blocked = [reason for reason in decision.reasons if reason.type is ExceptionType.RELEASE_BLOCKED]
        assert [set(reason.evidence) - {"order"} for reason in blocked] == [shut]
    else:
        assert decision.draft.shipment_id not in candidate.used


@law
@given(release_candidates(), known_codes)
def test_a_release_picks_what_was_ordered(candidate: ReleaseCandidate, warehouse: Collection[StockCode]) -> None:
    """In single pieces, what the warehouse is told is the order, whichever kits it takes apart; all of it is known."""
    draft = decide_release(candidate, warehouse=warehouse, kits=KITS).draft
    if draft is not None:
        ordered = in_pieces([(line.stock_code, line.units) for line in candidate.lines])
        assert in_pieces([(line.stock_code, line.units) for line in draft.lines]) == ordered
        assert all(line.stock_code in warehouse for line in draft.lines)


@law
@given(release_candidates(), known_codes, st.sets(st.sampled_from(Gate)), st.booleans())
def test_no_line_is_dropped_whichever_gates_are_asked(
    candidate: ReleaseCandidate,
    warehouse: Collection[StockCode],
    gates: set[Gate],
    broken: bool,  # noqa: FBT001 - drawn in this order
) -> None:
    """All of the order is told, or nothing of it and why; also with a recipe that contains itself."""
    kits = (Bundle(StockCode("SET"), {StockCode("SET"): 1}), KITS[1]) if broken else KITS
    decision = decide_release(candidate, warehouse=warehouse, kits=kits, gates=gates)

    if decision.draft is None:
        assert decision.reasons[0].type is ExceptionType.RELEASE_BLOCKED
    else:
        ordered = in_pieces([(line.stock_code, line.units) for line in candidate.lines])
        assert in_pieces([(line.stock_code, line.units) for line in decision.draft.lines]) == ordered


@law
@given(st.integers(-90, 90), st.booleans(), st.sampled_from(["", "unknown SKU"]))
def test_a_refusal_is_always_heard(minutes: int, acknowledged: bool, rejected: str) -> None:  # noqa: FBT001 - drawn in this order
    """Whatever was said before and whatever the clocks show; and only a warehouse that spoke or may still speak is no
    work.
    """
    sent_at = NOON - timedelta(minutes=minutes)
    check = check_ack("SO1", sent_at=sent_at, now=NOON, acknowledged=acknowledged, rejected=rejected)

    assert (check.state is AckState.REJECTED) is bool(rejected)
    assert bool(check.reasons) is (check.state in {AckState.REJECTED, AckState.JAMMED})
    assert (check.state is AckState.WAITING) is (not rejected and not acknowledged and abs(minutes) < 30)


@law
@given(st.sets(st.sampled_from(["SO1", "SO1-2", "SO1-4", "SO2", "SO1-X", "SO11"])), st.integers(1, 5))
def test_shipment_ids_never_come_twice(used: set[str], times: int) -> None:
    """Released again and again, every id is new, even if others were skipped or cancelled."""
    given_out: list[str] = []
    for _ in range(times):
        given_out.append(next_shipment_id(ErpOrderCode("SO1"), {*used, *given_out}))

    assert len(set(given_out)) == times
    assert not used & set(given_out)


# --- short picks -----------------------------------------------------------------------------------------------------


@law
@given(
    pick=short_picks(),
    policy=st.sampled_from(ShortagePolicy),
    posted=st.sets(st.sampled_from(Leg)),
    capable=st.booleans(),
    substitute=st.none() | st.just(Target(StockCode("CUP"), 2)),
)
def test_a_short_pick_is_open_until_every_leg_is_posted(
    *, pick: ShortPick, policy: ShortagePolicy, posted: set[Leg], capable: bool, substitute: Target | None
) -> None:
    """The ERP's stock is always first, the push second; the due leg is the first unposted one; open means a reason."""
    plan = plan_short_pick(
        pick, policy, posted=posted, substitute=substitute, several_shipments=capable, line_cancel=capable
    )
    legs = [step.leg for step in plan.steps]
    left = [leg for leg in legs if leg not in posted]

    assert legs[:2] == [Leg.ERP_ADJUSTMENT, Leg.STOCK_PUSH]
    assert len(set(legs)) == len(legs)
    assert [step.leg for step in plan.due] == left[:1]
    assert plan.done is not any(reason.type is ExceptionType.SHORT_PICK for reason in plan.reasons)
    assert all(step.units > 0 for step in plan.steps)


@law
@given(short_picks(), st.sampled_from(ShortagePolicy))
def test_every_unit_of_the_line_is_dealt_with(pick: ShortPick, policy: ShortagePolicy) -> None:
    """What is shipped, waited for, cancelled or replaced adds up to what was ordered; WAIT ships nothing yet."""
    plan = plan_short_pick(pick, policy, substitute=Target(StockCode("CUP")))
    units = {step.leg: step.units for step in plan.steps}
    ways = (Leg.PICK_REST, Leg.CHANNEL_CANCEL, Leg.RELEASE_SUBSTITUTE)

    assert sum(units.get(leg, 0) for leg in ways) == pick.short
    assert units.get(Leg.SHIP_PICKED, 0) == (0 if policy is ShortagePolicy.WAIT else pick.picked)
    assert units.get(Leg.ERP_CANCEL, 0) == units.get(Leg.CHANNEL_CANCEL, 0)


# --- variance --------------------------------------------------------------------------------------------------------


def counted(units: int, as_of: datetime = NOON) -> Snapshot:
    figure = StockFigure(stock_code=MUG, location=LocationId("MAIN"), physical=units)
    return Snapshot(account=AccountId("wms"), as_of=as_of, figures=(figure,))


@law
@given(
    st.integers(0, 100),
    st.lists(movements(), max_size=8),
    st.integers(-10, 10).map(lambda number: NOON + timedelta(minutes=number)),
    variance_policies(),
)
def test_messages_alone_never_make_a_variance(
    start: int, moves: list[Movement], erp_as_of: datetime, policy: VariancePolicy
) -> None:
    """Both systems began with the same stock and booked the same movements at their own times: the difference is 0."""
    there = start + sum(move.change for move in moves if move.at <= NOON)
    booked = sum(move.change for move in moves if move.posted_at is not None and move.posted_at <= erp_as_of)
    report = compare_stock(counted(there), counted(start + booked, erp_as_of), movements=moves, policy=policy)

    assert [row.units for row in report.rows] == [0]
    assert (report.reasons, report.streaks) == ((), {})


@law
@given(st.integers(0, 60), st.integers(0, 60), st.none() | st.integers(0, 20).map(Decimal), variance_policies())
def test_a_constant_variance_becomes_work_exactly_after_k_runs(
    there: int, ours: int, cost: Decimal | None, policy: VariancePolicy
) -> None:
    """Tolerated for ever, or new up to the k-th run and lasting from then on."""
    streaks: dict[StockCode, Streak] = {}
    costs = {} if cost is None else {MUG: cost}
    value = None if cost is None else abs(there - ours) * cost
    allowed = policy.tolerance.allows(there - ours, expected=ours, value=value)
    for run in range(1, policy.runs + 3):
        report = compare_stock(counted(there), counted(ours), streaks=streaks, costs=costs, policy=policy)
        streaks = dict(report.streaks)

        assert bool(report.reasons) is (not allowed and run >= policy.runs)
        assert (report.rows[0].verdict is VarianceVerdict.LASTING) is bool(report.reasons)


@law
@given(
    st.lists(st.tuples(st.none() | st.integers(-2, 3), st.none() | st.integers(-2, 3)), max_size=8), st.integers(1, 3)
)
def test_no_code_is_unknown_for_ever(runs: list[tuple[int | None, int | None]], limit: int) -> None:
    """Whatever either side tells of a code, run by run: counted by one side alone, and not as 0, it is work once that
    has lasted; a difference counts on from where it was before the runs that said nothing of it.
    """
    policy = VariancePolicy(runs=limit)
    streaks: dict[StockCode, Streak] = {}
    alone = apart = side = 0
    for there, ours in runs:
        told = (attrs.evolve(counted(1).figures[0], stock_code=StockCode("CUP")),)
        sides = [told if units is None else (*counted(units).figures, *told) for units in (there, ours)]
        snapshots = [attrs.evolve(counted(1), figures=figures) for figures in sides]
        report = compare_stock(*snapshots, streaks=streaks, policy=policy)
        streaks = dict(report.streaks)
        if there is not None and ours is not None:
            difference = there - ours
            apart = 0 if difference == 0 else apart + 1 if apart and (difference > 0) == (side > 0) else 1
            alone, side = 0, difference
            work = apart >= limit
        elif there is None and ours is None:
            work = False
        else:
            alone = alone + 1 if there or ours else 0
            work = alone >= limit

        assert bool(report.reasons) is work


@law
@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 5), variance_policies())
def test_a_larger_difference_is_never_tolerated_where_a_smaller_one_is_not(
    there: int, ours: int, more: int, policy: VariancePolicy
) -> None:
    """Tolerances have no holes."""
    difference = there - ours
    larger = difference + (more if difference >= 0 else -more)
    small = policy.tolerance.allows(difference, expected=ours, value=Decimal(abs(difference)))
    large = policy.tolerance.allows(larger, expected=ours, value=Decimal(abs(larger)))

    assert small or not large


# --- the item master -------------------------------------------------------------------------------------------------

Items = dict[StockCode, ItemRecord]


@law
@given(item_catalogues(), item_catalogues(), st.sets(known_codes.map(lambda codes: tuple(sorted(codes))), max_size=3))
def test_sending_what_differs_leaves_nothing_to_send(
    erp: Items, warehouse: Items, orders: set[tuple[StockCode, ...]]
) -> None:
    """After the creations and corrections were made, a second comparison finds none (domain §11: read back)."""
    needed = {f"SO{number}": codes for number, codes in enumerate(sorted(orders))}
    sync = compare_items(erp, warehouse, orders=needed)
    after = dict(warehouse)
    after.update({item.stock_code: item for item in sync.create})
    for change in sync.change:
        code = change.item.stock_code
        after[code] = attrs.evolve(after[code], **{name: getattr(change.item, name) for name in change.fields})
    again = compare_items(erp, after, orders=needed)

    assert {item.stock_code for item in again.create} <= set(again.withheld)
    assert again.change == ()
    assert again.orphans == sync.orphans


@law
@given(item_catalogues(), item_catalogues(), known_codes)
def test_every_item_that_is_waited_for_is_told(erp: Items, warehouse: Items, due: set[StockCode]) -> None:
    """Each code of an order that the warehouse lacks is one SKU_NOT_IN_WMS; each of a delivery blocked by name."""
    sync = compare_items(erp, warehouse, orders={"SO1": due}, goods_in={"PO1": due})
    told = [(reason.type, reason.entity) for reason in sync.reasons]
    lacking = {f"stock:{code}" for code in due if code not in warehouse}

    assert {entity for kind, entity in told if kind is ExceptionType.SKU_NOT_IN_WMS} == lacking
    assert {entity for kind, entity in told if kind is ExceptionType.GOODS_IN_UNKNOWN_SKU} >= lacking
    assert len(set(told)) == len(told)
    assert not set(sync.withheld) & {item.stock_code for item in sync.create}
