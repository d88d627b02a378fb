"""The pool: what may be promised, per commitment basis and netting, and what a snapshot does not contain yet."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from khaos_connectors.core.ids import AccountId, LineId, LocationId, OrderId, StockCode
from khaos_connectors.core.stock import (
    CommitmentBasis,
    Demand,
    Incoming,
    Netting,
    Snapshot,
    StockFigure,
    in_flight,
    pool,
)

TEN = datetime(2025, 3, 14, 10, tzinfo=UTC)
MUG = StockCode("MUG")
MINUTE = timedelta(minutes=1)


def at(location: str) -> StockFigure:
    return StockFigure(stock_code=MUG, location=LocationId(location))


def line(ordered: int, *, erp_created_at: datetime | None = None) -> Demand:
    return Demand(
        account=AccountId("john-lewis"),
        order_id=OrderId("O1"),
        line_id=LineId("L1"),
        stock_code=MUG,
        ordered=ordered,
        erp_created_at=erp_created_at,
    )


MAIN = attrs.evolve(at("MAIN"), physical=42, unsellable=2, allocated=15, ordered_open=18)
SHOP = attrs.evolve(at("SHOP"), physical=1, allocated=3)


class TestPool:
    def test_two_locations_net(self) -> None:
        """Domain §2.4: 40 - 18 and 1 - 3 net to 20; with 5 in flight the pool is 15."""
        assert pool([MAIN, SHOP]) == 20
        assert pool([MAIN, SHOP], in_flight=5) == 15

    def test_each_location_ships_its_own(self) -> None:
        """Domain §2.4: FLOOR_EACH does not let the shop's debt eat the main stock: 22."""
        assert pool([MAIN, SHOP], netting=Netting.FLOOR_EACH) == 22

    @pytest.mark.parametrize(
        ("basis", "free"),
        [(CommitmentBasis.ALLOCATED, 25), (CommitmentBasis.ORDERED, 22), (CommitmentBasis.MAX, 22)],
    )
    def test_the_basis_chooses_the_committed_figure(self, basis: CommitmentBasis, free: int) -> None:
        """Domain §2.1: 40 sellable less allocated 15, or less ordered 18, or less the larger of them."""
        assert pool([MAIN], basis=basis) == free

    def test_max_takes_allocated_where_it_is_larger(self) -> None:
        """Domain §2.1: MAX is the larger figure whichever of the two it is."""
        assert pool([attrs.evolve(MAIN, allocated=30)]) == 10

    def test_max_takes_allocated_where_ordered_is_not_told(self) -> None:
        """Domain §2.4: the shop tells allocated 3 only, and 3 is what MAX commits there."""
        assert pool([SHOP]) == -2

    def test_available_is_taken_as_the_source_says(self) -> None:
        """Design §6.1: free = available - back_order - held; nothing else of the figure is subtracted again."""
        figure = attrs.evolve(MAIN, available=12, back_order=3, held=2, shipped_not_posted=4)

        assert pool([figure], basis=CommitmentBasis.AVAILABLE) == 7

    def test_shipped_by_the_warehouse_but_not_posted(self) -> None:
        """Domain §2.1: warehouse 18 after shipping 2 that the ERP's allocated 6 still holds: 18 - (6 - 2) = 14."""
        figure = attrs.evolve(at("MAIN"), physical=18, allocated=6, shipped_not_posted=2)

        assert pool([figure], basis=CommitmentBasis.ALLOCATED) == 14

    def test_shipped_before_it_was_ever_allocated(self) -> None:
        """Units that left without an allocation are still in flight; they are subtracted once, not twice."""
        figure = attrs.evolve(at("MAIN"), physical=18, allocated=0, shipped_not_posted=2)
        unallocated = in_flight([line(2, erp_created_at=TEN - MINUTE)], as_of=TEN, basis=CommitmentBasis.ALLOCATED)

        assert pool([figure], in_flight=unallocated, basis=CommitmentBasis.ALLOCATED) == 18

    def test_held_units_are_kept_out(self) -> None:
        """Domain §2.1: free_l is less what is ring-fenced."""
        assert pool([attrs.evolve(MAIN, held=4)]) == 18

    def test_equal_figures_at_two_places_are_two(self) -> None:
        """Domain §2.1: two sites with 10 each are 20; figures are told apart by location, never by value."""
        assert pool([attrs.evolve(at(name), physical=10) for name in ("A", "B")]) == 20

    def test_a_negative_count_is_carried(self) -> None:
        """Domain §2.5: negative physical is legal input, and NET carries it; the sign is kept."""
        assert pool([attrs.evolve(at("A"), physical=-3)]) == -3
        assert pool([attrs.evolve(at("A"), physical=-3), attrs.evolve(at("B"), physical=5)]) == 2

    def test_oversold_is_the_negative_pool(self) -> None:
        """Domain §2.1: a pool of -4 means four units oversold."""
        assert pool([attrs.evolve(at("A"), physical=2)], in_flight=6) == -4

    def test_only_confirmed_receipts_within_the_horizon_count(self) -> None:
        """Domain §2.1: incoming is never counted unless asked for, then only what is confirmed and due by then."""
        receipts = (
            Incoming(units=5, due=TEN, confirmed=True),
            Incoming(units=7, due=TEN, confirmed=False),
            Incoming(units=11, due=TEN + MINUTE, confirmed=True),
        )
        figure = attrs.evolve(at("A"), physical=1, incoming=receipts)

        assert pool([figure]) == 1
        assert pool([figure], incoming_until=TEN) == 6
        assert pool([figure], incoming_until=TEN + MINUTE) == 17
        assert pool([figure], incoming_until=TEN - MINUTE) == 1

    @pytest.mark.parametrize(
        ("basis", "field"),
        [
            (CommitmentBasis.ALLOCATED, "physical"),
            (CommitmentBasis.MAX, "physical"),
            (CommitmentBasis.AVAILABLE, "available"),
        ],
    )
    def test_unknown_is_not_zero(self, basis: CommitmentBasis, field: str) -> None:
        """A figure that the basis needs and the source does not tell is an error that names it, not a zero."""
        with pytest.raises(ValueError, match=f"^MUG at A: {field} is unknown, and basis {basis.name} needs it$"):
            pool([at("A")], basis=basis)

    def test_ordered_must_be_told_for_its_basis(self) -> None:
        """ORDERED without an ordered figure has no answer."""
        with pytest.raises(ValueError, match=r"^MUG at A: ordered_open is unknown, and basis ORDERED needs it; "):
            pool([attrs.evolve(at("A"), physical=5)], basis=CommitmentBasis.ORDERED)

    @pytest.mark.parametrize(
        ("told", "basis", "enough"),
        [
            ({"available": 4}, CommitmentBasis.MAX, "AVAILABLE"),
            ({"physical": 4}, CommitmentBasis.AVAILABLE, "ALLOCATED or MAX"),
            ({"physical": 4}, CommitmentBasis.ORDERED, "ALLOCATED or MAX"),
            ({"physical": 4, "ordered_open": 1}, CommitmentBasis.AVAILABLE, "ALLOCATED or ORDERED or MAX"),
        ],
    )
    def test_a_missing_figure_says_which_basis_would_do(
        self, told: dict[str, int], basis: CommitmentBasis, enough: str
    ) -> None:
        """Whoever reads the error need not try one basis after the other: those that work are named."""
        with pytest.raises(
            ValueError, match=f"basis {basis.name} needs it; what is told is enough for basis {enough}$"
        ):
            pool([attrs.evolve(at("A"), **told)], basis=basis)

    def test_a_basis_that_one_location_cannot_follow_is_not_suggested(self) -> None:
        """It would end in the same error about the other location."""
        figures = [attrs.evolve(at("A"), physical=4), attrs.evolve(at("B"), available=4)]

        with pytest.raises(ValueError, match=r"^MUG at B: physical is unknown, and basis MAX needs it$"):
            pool(figures)

    def test_a_location_counts_once(self) -> None:
        """Domain §2.1: one site that is reached by two routes must not be counted twice; it is refused by name."""
        with pytest.raises(ValueError, match=r"^MUG: location MAIN occurs twice"):
            pool([MAIN, SHOP, MAIN])

    def test_a_pool_is_of_one_stock_code(self) -> None:
        """Figures of two codes at one location are two things, not a doubled one."""
        other = attrs.evolve(MAIN, stock_code=StockCode("CUP"))

        with pytest.raises(ValueError, match=r"^a pool is of one stock code, not of CUP, MUG"):
            pool([MAIN, other])

    def test_no_figure_is_no_pool(self) -> None:
        """Domain §2.5: a code that is absent from a snapshot is unknown, not zero."""
        with pytest.raises(ValueError, match=r"^no stock figure: what is not told is unknown, not zero$"):
            pool([])

    def test_in_flight_cannot_add_stock(self) -> None:
        """Demand only ever lowers the pool."""
        with pytest.raises(ValueError, match=r"^in_flight must be 0 or more, not -1"):
            pool([MAIN], in_flight=-1)

    def test_a_horizon_without_a_time_zone(self) -> None:
        """Times are aware; a naive horizon is refused by name."""
        with pytest.raises(ValueError, match=r"^incoming_until has no time zone"):
            pool([MAIN], incoming_until=TEN.replace(tzinfo=None))


class TestInFlight:
    def test_three_orders_around_a_snapshot(self) -> None:
        """Domain §2.2: X imported 09:55 is inside, Y imported 10:02 and Z not imported are not: 3 + 1; pool 10."""
        demands = [
            line(2, erp_created_at=TEN - 5 * MINUTE),
            line(3, erp_created_at=TEN + 2 * MINUTE),
            line(1),
        ]
        figure = attrs.evolve(at("MAIN"), physical=20, allocated=6)

        unseen = in_flight(demands, as_of=TEN)

        assert unseen == 4
        assert pool([figure], in_flight=unseen) == 10
        assert pool([figure]) == 14

    def test_an_order_of_the_very_moment_is_inside(self) -> None:
        """``as_of`` is a moment before the first read: an order that was there then is in the figures."""
        assert in_flight([line(2, erp_created_at=TEN)], as_of=TEN) == 0
        assert in_flight([line(2, erp_created_at=TEN + timedelta(microseconds=1))], as_of=TEN) == 2

    def test_clock_skew_counts_more_as_in_flight(self) -> None:
        """Domain §2.2: within the skew nobody knows which came first, so the order counts."""
        demand = line(2, erp_created_at=TEN - MINUTE)

        assert in_flight([demand], as_of=TEN, skew=MINUTE) == 0
        assert in_flight([demand], as_of=TEN, skew=2 * MINUTE) == 2

    @pytest.mark.parametrize(
        ("basis", "units"),
        [
            (CommitmentBasis.ALLOCATED, 4),
            (CommitmentBasis.ORDERED, 0),
            (CommitmentBasis.MAX, 0),
            (CommitmentBasis.AVAILABLE, 0),
        ],
    )
    def test_what_a_basis_sees_of_an_imported_order(self, basis: CommitmentBasis, units: int) -> None:
        """Domain §2.2: ALLOCATED sees what is allocated (3) and despatched (1) of 8; the others see the order whole,
        because what could not be allocated is ordered, or on back order (design §6.1).
        """
        demand = attrs.evolve(line(8, erp_created_at=TEN - MINUTE), allocated=3, despatched=1)

        assert in_flight([demand], as_of=TEN, basis=basis) == units

    def test_an_order_that_the_erp_does_not_hold_is_not_allocated_there(self) -> None:
        """Domain §2.2: without an ERP order nothing is visible, whatever the line says."""
        demand = attrs.evolve(line(8), allocated=3, despatched=1)

        assert in_flight([demand], as_of=TEN, basis=CommitmentBasis.ALLOCATED) == 8

    def test_cancelled_and_refused_units_are_no_demand(self) -> None:
        """Domain §2.2: outstanding = ordered - cancelled - refused - visible."""
        assert in_flight([attrs.evolve(line(8), cancelled=2, refused=1)], as_of=TEN) == 5

    def test_one_line_never_pays_for_another(self) -> None:
        """Domain §2.2: a line of which the ERP sees more than is wanted counts 0, not less."""
        cancelled = attrs.evolve(line(4, erp_created_at=TEN - MINUTE), cancelled=4)

        assert in_flight([cancelled, line(3)], as_of=TEN) == 3

    def test_no_demand_is_nothing_in_flight(self) -> None:
        """Without orders nothing is subtracted."""
        assert in_flight([], as_of=TEN) == 0

    def test_a_negative_skew_is_refused(self) -> None:
        """A negative skew would hide orders."""
        with pytest.raises(ValueError, match=r"^skew must not be negative"):
            in_flight([], as_of=TEN, skew=-MINUTE)

    def test_times_are_aware(self) -> None:
        """A time without a zone is refused by name; comparing it would be a guess."""
        with pytest.raises(ValueError, match=r"^as_of has no time zone"):
            in_flight([], as_of=TEN.replace(tzinfo=None))
        with pytest.raises(ValueError, match=r"^erp_created_at has no time zone"):
            in_flight([line(1, erp_created_at=TEN.replace(tzinfo=None))], as_of=TEN)


def test_age_of_a_snapshot() -> None:
    """The age is that of the oldest possible figure."""
    snapshot = Snapshot(account=AccountId("erp"), as_of=TEN, figures=())

    assert snapshot.age(TEN + MINUTE) == MINUTE


class TestParts:
    """Which figures of a snapshot are whole."""

    both = Snapshot(
        account=AccountId("erp"), as_of=TEN, figures=(MAIN, attrs.evolve(MAIN, stock_code=StockCode("CUP")))
    )

    def test_what_is_missing_is_there_in_part_at_most(self) -> None:
        """Domain §2.5: one location that came through is not the stock of a code; what was not asked for is no part."""
        assert self.both.in_parts() == frozenset()
        for complete in (True, False):
            snapshot = attrs.evolve(self.both, complete=complete, missing=(MUG, StockCode("JUG")))
            assert snapshot.in_parts() == {"MUG", "JUG"}

    def test_a_snapshot_that_does_not_say_what_it_lacks(self) -> None:
        """Any code of it may lack a location."""
        assert attrs.evolve(self.both, complete=False).in_parts() == {"MUG", "CUP"}


class TestRecords:
    def test_what_is_not_said(self) -> None:
        """A figure without a word claims nothing: no stock, no promises, counted and on sale; a snapshot is whole."""
        figure = StockFigure(stock_code=StockCode("A"), location=LocationId("m"))
        snapshot = Snapshot(account=AccountId("erp"), as_of=datetime(2026, 1, 5, tzinfo=UTC), figures=())
        demand = Demand(
            account=AccountId("x"), order_id=OrderId("o"), line_id=LineId("l"), stock_code=StockCode("A"), ordered=1
        )

        assert (figure.physical, figure.ordered_open, figure.available) == (None, None, None)
        assert (figure.unsellable, figure.allocated, figure.back_order, figure.held) == (0, 0, 0, 0)
        assert (figure.shipped_not_posted, figure.incoming) == (0, ())
        assert (figure.discontinued, figure.stock_controlled) == (False, True)
        assert (snapshot.full, snapshot.complete, snapshot.missing) == (True, True, ())
        assert (demand.cancelled, demand.refused, demand.allocated, demand.despatched) == (0, 0, 0, 0)
        assert demand.erp_created_at is None
        assert Incoming(units=1, due=snapshot.as_of).confirmed is False

    def test_the_names_of_the_choices(self) -> None:
        """They stand in configurations and stores, so they stay."""
        assert [one.value for one in CommitmentBasis] == ["allocated", "ordered", "max", "available"]
        assert [one.value for one in Netting] == ["net", "floor each"]

    def test_a_moment_without_a_zone(self) -> None:
        """Nobody can say which moment it is: refused by the field's name."""
        naive = datetime(2026, 1, 5)  # noqa: DTZ001 - that is wrong with it
        with pytest.raises(ValueError, match="due"):
            Incoming(units=1, due=naive)
        with pytest.raises(ValueError, match="as_of"):
            Snapshot(account=AccountId("erp"), as_of=naive, figures=())
        with pytest.raises(ValueError, match="erp_created_at"):
            Demand(
                account=AccountId("x"),
                order_id=OrderId("o"),
                line_id=LineId("l"),
                stock_code=StockCode("A"),
                ordered=1,
                erp_created_at=naive,
            )
