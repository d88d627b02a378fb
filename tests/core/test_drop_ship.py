"""A supplier's stock: its own age, its own buffer, and nothing when its feed is old."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from khaos_connectors.core.buffers import Fixed, Percent
from khaos_connectors.core.drop_ship import Supplier, SupplierUnits, pool_with_suppliers, supplier_units
from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import AccountId, LocationId, StockCode
from khaos_connectors.core.snapshots import ReadFailure
from khaos_connectors.core.stock import CommitmentBasis, Netting, Snapshot, StockFigure

TEN = datetime(2025, 3, 14, 10, tzinfo=UTC)
MUG = StockCode("MUG")
ACME = LocationId("ACME")
SUPPLIER = Supplier(location=ACME, max_age=timedelta(hours=24), buffer=Fixed(3))
FIGURE = StockFigure(stock_code=MUG, location=ACME, available=20)
FEED = Snapshot(account=AccountId("acme"), as_of=TEN, figures=(FIGURE,))
OWN = StockFigure(stock_code=MUG, location=LocationId("MAIN"), physical=8, allocated=10)


def asked(feed: Snapshot | ReadFailure | None, *, hours: int = 1) -> SupplierUnits:
    return supplier_units(MUG, feed, SUPPLIER, now=TEN + timedelta(hours=hours))


def test_the_suppliers_own_buffer_is_kept_back() -> None:
    """Domain §2.5: a supplier's feed is its own location with its own buffer."""
    found = asked(FEED)

    assert (found.units, found.reasons, found.known) == (17, (), True)
    assert found.why == "20 there, 3 kept back (3 units)"


@pytest.mark.parametrize(
    ("feed", "hours"), [(FEED, 25), (None, 1), (ReadFailure(account=AccountId("acme"), at=TEN, why="no file"), 1)]
)
def test_a_feed_that_is_old_failed_or_missing_counts_for_nothing(
    feed: Snapshot | ReadFailure | None, hours: int
) -> None:
    """Domain §2.5: stale feed: 0 for that location; nobody holds the goods for us. And somebody is told."""
    found = asked(feed, hours=hours)

    assert (found.units, found.known) == (0, False)
    assert [(r.type, r.entity) for r in found.reasons] == [(ExceptionType.STOCK_STALE, "feed:ACME")]
    assert found.reasons[0].message == f"nothing is offered from ACME: {found.why}"
    assert found.reasons[0].evidence["location"] == "ACME"
    assert found.reasons[0].evidence["state"] in {"stale", "unknown", "failed"}


@pytest.mark.parametrize(
    ("figures", "why"),
    [
        ((), "its feed does not name MUG"),
        ((attrs.evolve(FIGURE, location=LocationId("OTHER")),), "its feed does not name MUG"),
        ((attrs.evolve(FIGURE, discontinued=True),), "it has ended MUG"),
        ((attrs.evolve(FIGURE, available=2),), "2 there, 3 kept back (3 units)"),
        ((attrs.evolve(FIGURE, available=-4),), "-4 there, 3 kept back (3 units)"),
    ],
)
def test_what_a_feed_does_not_promise_is_not_offered(figures: tuple[StockFigure, ...], why: str) -> None:
    """Nothing below zero, and nothing from another location or of an ended item: all of that is known."""
    found = asked(attrs.evolve(FEED, figures=figures))

    assert (found.units, found.why, found.reasons, found.known) == (0, why, (), True)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"missing": (MUG,), "complete": False}, "its feed did not give MUG whole"),
        ({"missing": (MUG,)}, "its feed did not give MUG whole"),
        ({"missing": (MUG,), "complete": False, "figures": ()}, "its feed did not give MUG whole"),
        ({"full": False, "figures": ()}, "its latest feed is a delta that does not name MUG"),
        (
            {"figures": (attrs.evolve(FIGURE, available=None),)},
            "MUG at ACME: available is unknown, and basis AVAILABLE needs it",
        ),
    ],
)
def test_what_a_feed_does_not_tell_is_unknown(changes: dict[str, object], why: str) -> None:
    """Domain §2.5: partial is unknown, and unknown is not zero: nothing is counted, and somebody is told why."""
    found = asked(attrs.evolve(FEED, **changes))

    assert (found.units, found.why, found.known) == (0, why, False)
    assert [(r.type, r.entity) for r in found.reasons] == [(ExceptionType.STOCK_PARTIAL, "stock:MUG@ACME")]
    assert found.reasons[0].message == f"no MUG is offered from ACME: {why}"
    assert found.reasons[0].evidence == {"stock code": "MUG", "location": "ACME", "why": why}


def test_what_else_a_feed_lacks_does_not_matter() -> None:
    """Another code that could not be read, a delta that names this one, an ended item that was read in part."""
    other = attrs.evolve(FEED, missing=(StockCode("CUP"),), complete=False)
    ended = attrs.evolve(FEED, missing=(MUG,), complete=False, figures=(attrs.evolve(FIGURE, discontinued=True),))

    assert (asked(other).units, asked(attrs.evolve(FEED, full=False)).units) == (17, 17)
    assert (asked(ended).why, asked(ended).known) == ("it has ended MUG", True)


def test_a_feed_that_does_not_say_what_it_lacks() -> None:
    """Any figure of it may be a part: it is worth no more than one that failed."""
    found = asked(attrs.evolve(FEED, complete=False))

    assert (found.units, found.known) == (0, False)
    assert [(r.type, r.entity) for r in found.reasons] == [(ExceptionType.STOCK_STALE, "feed:ACME")]


def test_the_basis_of_a_feed_can_be_another() -> None:
    """A supplier that tells physical and allocated stock."""
    physical = attrs.evolve(SUPPLIER, basis=CommitmentBasis.ALLOCATED, buffer=Percent("10%"))
    feed = attrs.evolve(FEED, figures=(attrs.evolve(FIGURE, available=None, physical=25, allocated=5),))

    assert supplier_units(MUG, feed, physical, now=TEN).units == 18


class TestPool:
    def test_suppliers_add_to_our_own_stock(self) -> None:
        """Our debt of 2 comes off what the supplier has; demand in flight too."""
        assert pool_with_suppliers([OWN], [asked(FEED)], in_flight=1) == -2 + 17 - 1
        assert pool_with_suppliers([OWN], [asked(FEED)], netting=Netting.FLOOR_EACH) == 17

    def test_a_stale_supplier_leaves_our_own(self) -> None:
        """Its 0 is for its location alone."""
        assert pool_with_suppliers([attrs.evolve(OWN, physical=18)], [asked(FEED, hours=25)]) == 8

    def test_pure_drop_ship(self) -> None:
        """Without stock of our own, the suppliers' is the pool, less what is in flight."""
        assert pool_with_suppliers([], [asked(FEED)], in_flight=20) == -3

    @pytest.mark.parametrize("own", [[], [OWN]])
    def test_demand_below_zero_is_refused(self, own: list[StockFigure]) -> None:
        """It would be goods that nobody has; pure drop-ship is no exception."""
        with pytest.raises(ValueError, match="in_flight must be 0 or more, not -5"):
            pool_with_suppliers(own, [asked(FEED)], in_flight=-5)

    def test_a_supplier_owes_nothing(self) -> None:
        """Units below zero would take from our own stock."""
        with pytest.raises(ValueError, match="units must be 0 or more, not -1"):
            attrs.evolve(asked(FEED), units=-1)

    def test_mistakes_are_refused(self) -> None:
        """Nothing known, mixed codes, and a location that is counted twice."""
        part = asked(FEED)
        with pytest.raises(ValueError, match="unknown, not zero"):
            pool_with_suppliers([], [])
        with pytest.raises(ValueError, match="of one stock code, not of CUP, MUG"):
            pool_with_suppliers([attrs.evolve(OWN, stock_code=StockCode("CUP"))], [part])
        with pytest.raises(ValueError, match="MUG: location ACME occurs twice"):
            pool_with_suppliers([attrs.evolve(OWN, location=ACME)], [part])


def test_a_supplier_has_an_age() -> None:
    """A feed that may be no time old would never count."""
    with pytest.raises(ValueError, match="max_age must be more than no time"):
        Supplier(location=ACME, max_age=timedelta(0))
