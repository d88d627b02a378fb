"""Laws of figures that have a time of their own: level by level, an order is inside or in flight, never neither."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.core.ids import AccountId, LineId, LocationId, OrderId, StockCode
from khaos_connectors.core.stock import CommitmentBasis, Demand, Snapshot, StockFigure
from khaos_connectors.pipelines.shelf import pools_of

_START = datetime(2026, 7, 1, tzinfo=UTC)
_MUG = StockCode("MUG")
_minutes = st.integers(0, 60).map(lambda minutes: _START + timedelta(minutes=minutes))


@st.composite
def days(draw: st.DrawFn) -> tuple[list[int], list[tuple[int, int, datetime]], list[datetime]]:
    """Units on the shelf per site, orders (site, units, when the ERP took it), and when each site's level was told."""
    sites = draw(st.lists(st.integers(0, 30), min_size=1, max_size=3))
    places = st.integers(0, len(sites) - 1)
    orders = draw(st.lists(st.tuples(places, st.integers(1, 5), _minutes), max_size=6))
    told = draw(st.lists(_minutes, min_size=len(sites), max_size=len(sites)))
    return sites, orders, told


def _snapshot(sites: list[int], orders: list[tuple[int, int, datetime]], told: list[datetime]) -> Snapshot:
    figures = tuple(
        StockFigure(
            stock_code=_MUG,
            location=LocationId(str(site)),
            available=shelf - sum(units for where, units, at in orders if where == site and at <= told[site]),
            as_of=told[site],
        )
        for site, shelf in enumerate(sites)
    )
    return Snapshot(account=AccountId("khaos"), as_of=_START + timedelta(hours=2), figures=figures)


def _demands(orders: list[tuple[int, int, datetime]]) -> list[Demand]:
    return [
        Demand(
            account=AccountId("shop"),
            order_id=OrderId(str(number)),
            line_id=LineId("1"),
            stock_code=_MUG,
            ordered=units,
            erp_created_at=at,
        )
        for number, (_, units, at) in enumerate(orders)
    ]


@given(days())
def test_levels_of_different_ages_never_promise_what_an_order_took(
    day: tuple[list[int], list[tuple[int, int, datetime]], list[datetime]],
) -> None:
    """Whatever the age of each site's level, the pool is never above what is left after all orders; and where all
    levels are newer than all orders, it is just that.
    """
    sites, orders, told = day
    snapshot = _snapshot(sites, orders, told)
    left = sum(sites) - sum(units for _, units, _ in orders)
    promised = pools_of(snapshot, _demands(orders), basis=CommitmentBasis.AVAILABLE)[_MUG]
    assert promised <= left
    if all(at <= min(told) for _, _, at in orders):
        assert promised == left


def test_the_reading_of_an_old_level_does_not_make_it_new() -> None:
    """A level that was told before an order does not contain it, however late it is read: without the figure's own
    time the last unit would be sold twice.
    """
    figure = StockFigure(stock_code=_MUG, location=LocationId("1"), available=1, as_of=_START)
    snapshot = Snapshot(account=AccountId("khaos"), as_of=_START + timedelta(hours=2), figures=(figure,))
    demands = _demands([(0, 1, _START + timedelta(minutes=5))])
    assert pools_of(snapshot, demands, basis=CommitmentBasis.AVAILABLE) == {_MUG: 0}
    assert snapshot.told_at(()) == snapshot.as_of
