"""Laws of stock in special cases: what is unknown never raises a level, rounding never promises what is not there."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.availability import ListingPolicy, available_to_sell
from khaos_connectors.core.buffers import Buffer
from khaos_connectors.core.drop_ship import Supplier, SupplierUnits, pool_with_suppliers, supplier_units
from khaos_connectors.core.ids import AccountId, ChannelId, ChannelSku, LocationId, StockCode
from khaos_connectors.core.push import plan_push
from khaos_connectors.core.snapshots import SnapshotPolicy, UnknownPolicy, fallback_levels, judge_snapshot
from khaos_connectors.core.stock import CommitmentBasis, Netting, Snapshot, StockFigure, pool
from khaos_connectors.core.stock_cases import (
    CodeAction,
    DirectRead,
    NonStockPolicy,
    PreOrder,
    judge_code,
    pre_order_offer,
)
from khaos_connectors.core.units import UnitRule
from khaos_connectors.testing.strategies import acknowledged_levels, buffers, figures_of_one_code, snapshots
from khaos_connectors.testing.warehouse_strategies import non_stock_policies, pre_orders, unit_rules

law = settings(deadline=None, max_examples=100)
MIDDAY = datetime(2025, 3, 14, 12, tzinfo=UTC)
stocks = st.fractions(min_value=-20, max_value=60, max_denominator=24)
hours = st.integers(0, 100).map(lambda number: timedelta(hours=number))


@law
@given(unit_rules(), stocks)
def test_what_is_promised_can_be_sent(rule: UnitRule, stock: Fraction) -> None:
    """Floor when promising, ceil when consuming: the packs that a stock makes never use up more than that stock."""
    packs = rule.packs_in(stock)

    assert packs >= 0
    assert rule.stock_for(packs) <= max(stock, Fraction(0))


@law
@given(unit_rules(), st.integers(0, 40))
def test_what_is_used_makes_at_least_what_it_was_used_for(rule: UnitRule, packs: int) -> None:
    """Taking what some packs need, one can make them."""
    assert rule.packs_in(rule.stock_for(packs)) >= packs


@law
@given(unit_rules(), stocks, stocks)
def test_more_stock_never_makes_fewer_packs(rule: UnitRule, one: Fraction, other: Fraction) -> None:
    """And taking never rounds down below what is there."""
    low, high = sorted((one, other))

    assert rule.packs_in(low) <= rule.packs_in(high)
    assert rule.eaches_in(low) <= rule.eaches_in(high)
    assert rule.eaches_in(low) <= rule.eaches_for(low)


@law
@given(acknowledged_levels(), hours, st.integers(0, 30), st.none() | hours)
def test_unknown_stock_never_raises_a_level(
    last: dict[ChannelSku, int], unknown_for: timedelta, floor: int, limit: timedelta | None
) -> None:
    """While stock is unknown a plan is empty; after too long it holds decreases only."""
    policy = UnknownPolicy(max_unknown=limit, floor=floor)
    levels = fallback_levels(last.items(), known_at=MIDDAY, now=MIDDAY + unknown_for, policy=policy)
    plan = plan_push(levels, last, approved=True)

    assert plan.increases == ()
    assert all(level.units is not None and level.units <= floor for level in plan.decreases)
    assert plan.decreases == () or (limit is not None and unknown_for > limit)


@law
@given(snapshots(), st.integers(-120, 120))
def test_only_a_usable_snapshot_goes_without_an_alarm(snapshot: Snapshot, minutes: int) -> None:
    """Whatever its age: fresh without reasons, or with them; never neither."""
    verdict = judge_snapshot(snapshot, now=MIDDAY + timedelta(minutes=minutes), policy=SnapshotPolicy())

    assert verdict.usable is not bool(verdict.reasons)


@law
@given(
    snapshot=snapshots(),
    full=st.booleans(),
    ended=st.sets(st.integers(0, 7)),
    uncounted=st.sets(st.integers(0, 7)),
    direct=st.sampled_from(DirectRead),
    policy=st.none() | non_stock_policies(),
)
def test_a_code_stops_only_for_a_reason_that_was_told(
    *,
    snapshot: Snapshot,
    full: bool,
    ended: set[int],
    uncounted: set[int],
    direct: DirectRead,
    policy: NonStockPolicy | None,
) -> None:
    """Absence alone never makes a zero: only the source's own word, or an item that has ended."""
    figures = tuple(
        attrs.evolve(figure, discontinued=number in ended, stock_controlled=number not in uncounted)
        for number, figure in enumerate(snapshot.figures)
    )
    read = attrs.evolve(snapshot, figures=figures, full=full)
    codes = {figure.stock_code for figure in figures}
    for code in (*sorted(codes), StockCode("ABSENT")):
        verdict = judge_code(code, read, direct=direct, non_stock=policy)
        over = any(figure.discontinued for figure in figures if figure.stock_code == code)
        gone = code not in codes and full and direct is DirectRead.GONE

        assert (verdict.action is CodeAction.STOP) is (over or gone)
        assert (verdict.units is None) is (verdict.action not in {CodeAction.STOP, CodeAction.OFFER})
        assert verdict.why


@law
@given(snapshots(), st.sets(st.integers(0, 7)), st.booleans())
def test_what_may_be_a_part_is_never_counted(snapshot: Snapshot, unread: set[int], complete: bool) -> None:  # noqa: FBT001 - hypothesis gives it by position
    """A code is counted exactly if no location of it can be lacking; any other keeps its level, and is told."""
    missing = {figure.stock_code for number, figure in enumerate(snapshot.figures) if number in unread}
    read = attrs.evolve(snapshot, missing=tuple(missing), complete=complete)
    for code in {figure.stock_code for figure in snapshot.figures}:
        verdict = judge_code(code, read)
        whole = code not in missing and (complete or bool(missing))
        supplier = Supplier(location=snapshot.figures[0].location, max_age=timedelta(days=1))

        assert (verdict.action is CodeAction.COUNT) is whole
        assert bool(verdict.reasons) is not whole
        assert whole or not supplier_units(code, read, supplier, now=snapshot.as_of).known


@law
@given(figures_of_one_code(), buffers(), st.integers(0, 20), st.integers(-5, 30), st.integers(0, 48))
def test_a_supplier_never_lowers_the_pool(
    own: list[StockFigure], buffer: Buffer, in_flight: int, available: int, age: int
) -> None:
    """A supplier adds what it may promise or nothing: it cannot make our own stock less, and a stale one adds 0."""
    supplier = Supplier(location=LocationId("ACME"), max_age=timedelta(hours=24), buffer=buffer)
    code = own[0].stock_code
    figure = StockFigure(stock_code=code, location=supplier.location, available=available)
    feed = Snapshot(account=AccountId("acme"), as_of=MIDDAY, figures=(figure,))
    units = supplier_units(code, feed, supplier, now=MIDDAY + timedelta(hours=age))
    alone = pool(own, in_flight=in_flight)

    assert pool_with_suppliers(own, [units], in_flight=in_flight) == alone + units.units
    assert 0 <= units.units <= max(0, available)
    assert age <= 24 or units.units == 0


@law
@given(figures_of_one_code(), st.sampled_from(list(CommitmentBasis)), st.sampled_from(list(Netting)))
def test_without_suppliers_the_pool_is_the_same(
    own: list[StockFigure], basis: CommitmentBasis, netting: Netting
) -> None:
    """Every option is handed on."""
    until = MIDDAY
    none: list[SupplierUnits] = []

    assert pool_with_suppliers(own, none, basis=basis, netting=netting, incoming_until=until) == pool(
        own, basis=basis, netting=netting, incoming_until=until
    )


@law
@given(pre_orders(), st.lists(st.sampled_from(("john-lewis", "web")), max_size=30))
def test_a_pre_order_never_sells_more_than_its_thresholds(terms: PreOrder, buyers: list[str]) -> None:
    """Sold one by one while there is an offer, no threshold is passed."""
    today = date(2025, 12, 31)
    sold: dict[ChannelId, int] = {}
    for buyer in map(ChannelId, buyers):
        if pre_order_offer(terms, channel=buyer, sold=sold, today=today).units:
            sold[buyer] = sold.get(buyer, 0) + 1

    assert terms.in_all is None or sum(sold.values()) <= terms.in_all
    assert terms.in_channel is None or all(units <= terms.in_channel for units in sold.values())
    assert terms.available_on is not None or not sold


@law
@given(st.integers(-40, 60), st.integers(0, 20), buffers())
def test_back_order_is_pool_and_limit_less_buffer(units: int, limit: int, buffer: Buffer) -> None:
    """Domain §2.5: ATS = max(0, pool + k - buffer)."""
    policy = ListingPolicy(pool_buffer=buffer, backorder_limit=limit)

    assert available_to_sell(units, policy=policy).value == max(0, units + limit - buffer.units(units))
