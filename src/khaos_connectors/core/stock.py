"""Stock figures as they are read, and the number of units that may be promised to channels.

The order of work in a cycle matters: poll the orders, take the snapshot, compute, push. A channel lowers its own
quantity when it sells; an absolute push that was computed without that sale raises it again, so the sale must be in
``in_flight`` until a snapshot that was taken after the ERP had the order contains it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum

import attrs

from khaos_connectors.core.fields import aware, aware_or_none, typed, whole_number
from khaos_connectors.core.ids import AccountId, LineId, LocationId, OrderId, StockCode

__all__ = ["CommitmentBasis", "Demand", "Incoming", "Netting", "Snapshot", "StockFigure", "in_flight", "pool"]


class CommitmentBasis(Enum):
    """Which figure stands for demand that the ERP already holds."""

    ALLOCATED = "allocated"
    ORDERED = "ordered"
    MAX = "max"
    AVAILABLE = "available"


class Netting(Enum):
    """Whether a location in debt eats another's stock (NET) or each ships its own (FLOOR_EACH)."""

    NET = "net"
    FLOOR_EACH = "floor each"


@attrs.frozen(kw_only=True, field_transformer=typed)
class Incoming:
    """A receipt that is expected: *units* due at *due*; only *confirmed* ones are ever counted."""

    units: int
    due: datetime = attrs.field(validator=aware)
    confirmed: bool = False


@attrs.frozen(kw_only=True, field_transformer=typed)
class StockFigure:
    """What a source says about one stock code at one location, in eaches. None: the source does not tell.

    *available* is stock that is not assigned to orders (basis AVAILABLE); *back_order* is what was sold without
    stock. *held* is a manual ring-fence. *shipped_not_posted* has left the shelf but not the ERP's allocation.
    *as_of* is the moment that this figure speaks of, where the source tells each by itself; None: the snapshot's.
    """

    stock_code: StockCode
    location: LocationId
    physical: int | None = None
    unsellable: int = 0
    allocated: int = 0
    ordered_open: int | None = None
    available: int | None = None
    back_order: int = 0
    held: int = 0
    shipped_not_posted: int = 0
    incoming: tuple[Incoming, ...] = ()
    discontinued: bool = False
    stock_controlled: bool = True
    as_of: datetime | None = attrs.field(default=None, validator=aware_or_none)


@attrs.frozen(kw_only=True, field_transformer=typed)
class Snapshot:
    """Stock figures read together. *as_of* is a moment before the first of them was read; see also ``told_at``.

    *complete* is False when something that was asked for could not be read; *missing* names those codes. A code that
    is absent from a full and complete snapshot is unknown, not zero. One that is missing may have come through for one
    of its locations all the same: that is a part of its stock, see ``in_parts``.
    """

    account: AccountId
    as_of: datetime = attrs.field(validator=aware)
    figures: tuple[StockFigure, ...]
    full: bool = True
    complete: bool = True
    missing: tuple[StockCode, ...] = ()

    def age(self, now: datetime) -> timedelta:
        """How old the oldest possible figure is at *now*."""
        return now - self.as_of

    def told_at(self, figures: Iterable[StockFigure]) -> datetime:
        """The moment up to which *figures* of it (of one stock code, say) know of orders: that of the oldest.

        A source that tells only what moved has figures of different ages: an order is inside a sum of them when it is
        inside each.
        """
        return min((figure.as_of or self.as_of for figure in figures), default=self.as_of)

    def in_parts(self) -> frozenset[StockCode]:
        """Codes of which these figures may be a part only, and which are therefore unknown.

        Those that are *missing*; every code of a snapshot that is not complete and does not say what it lacks.
        """
        if self.complete or self.missing:
            return frozenset(self.missing)
        return frozenset(figure.stock_code for figure in self.figures)


@attrs.frozen(kw_only=True, field_transformer=typed)
class Demand:
    """Channel demand for one stock code by one order line, in eaches.

    *erp_created_at* is when the ERP was known to hold the order, None while it does not.
    """

    account: AccountId
    order_id: OrderId
    line_id: LineId
    stock_code: StockCode
    ordered: int
    cancelled: int = 0
    refused: int = 0
    allocated: int = 0
    despatched: int = 0
    erp_created_at: datetime | None = attrs.field(default=None, validator=aware_or_none)


def pool(
    figures: Iterable[StockFigure],
    *,
    in_flight: int = 0,
    basis: CommitmentBasis = CommitmentBasis.MAX,
    netting: Netting = Netting.NET,
    incoming_until: datetime | None = None,
) -> int:
    """Signed number of units of one stock code that may be promised to channels, before any buffer.

    *figures* is one figure per location, all of one stock code. Below zero, that many units are oversold already.
    *in_flight* is what the figures do not contain yet (see ``in_flight``). *basis* names the figure that stands for
    demand in the ERP; MAX takes the larger of allocated and ordered, or allocated alone from a source that does not
    tell ordered (count such a source's demand in flight with basis ALLOCATED). Confirmed receipts due up to
    *incoming_until* are added; without it none are.

    Raises ValueError, naming stock code, location and field, when a figure that the basis needs is unknown (and which
    basis all the figures would be enough for), a location occurs twice, or stock codes are mixed; and when there is no
    figure at all: unknown is not zero. Raises TypeError when *in_flight* is not an int.
    """
    whole_number("in_flight", in_flight)
    if in_flight < 0:
        raise ValueError(f"in_flight must be 0 or more, not {in_flight}")
    by_location = _one_per_location(figures)
    free = [units for figure in by_location if (units := _free(figure, basis)) is not None]
    if len(free) < len(by_location):
        raise ValueError(_untold(by_location, basis))
    network = sum(free) if netting is Netting.NET else sum(max(0, units) for units in free)
    return network + _incoming(by_location, incoming_until) - in_flight


def in_flight(
    demands: Iterable[Demand],
    *,
    as_of: datetime,
    skew: timedelta = timedelta(0),
    basis: CommitmentBasis = CommitmentBasis.MAX,
) -> int:
    """Units of channel demand that a snapshot taken at *as_of* does not contain yet.

    Give the lines that are still demand, of one stock code, and the *basis* that ``pool`` will use. What the snapshot
    contains of a line: nothing unless the ERP held the order at ``as_of - skew``; then its allocated and despatched
    units (ALLOCATED) or all of it (every other basis: what is not allocated is ordered or on back order). *skew* is
    how far the clocks may differ, and only ever counts more as in flight.

    Raises ValueError for a negative *skew* or a time without a time zone.
    """
    if skew < timedelta(0):
        raise ValueError(f"skew must not be negative: {skew}")
    seen_until = _aware(as_of, "as_of") - skew
    return sum(_unseen(demand, seen_until, basis) for demand in demands)


def _one_per_location(figures: Iterable[StockFigure]) -> list[StockFigure]:
    """The figures as a list, after the checks that make adding them up right."""
    found = list(figures)
    if not found:
        raise ValueError("no stock figure: what is not told is unknown, not zero")
    codes = sorted({figure.stock_code for figure in found})
    if len(codes) > 1:
        raise ValueError(f"a pool is of one stock code, not of {', '.join(codes)}")
    seen: set[LocationId] = set()
    for figure in found:
        if figure.location in seen:
            raise ValueError(f"{figure.stock_code}: location {figure.location} occurs twice")
        seen.add(figure.location)
    return found


def _free(figure: StockFigure, basis: CommitmentBasis) -> int | None:
    """Units that a location could still promise; signed. None where the figure does not tell what *basis* needs."""
    if basis is CommitmentBasis.AVAILABLE:
        return None if figure.available is None else figure.available - figure.back_order - figure.held
    committed = _committed(figure, basis)
    if figure.physical is None or committed is None:
        return None
    # Not floored at zero: a warehouse may ship an order before the ERP allocates it. Its units have left the shelf
    # and are still in flight, so the negative remainder is what keeps them from being subtracted twice.
    return figure.physical - figure.unsellable - (committed - figure.shipped_not_posted) - figure.held


def _committed(figure: StockFigure, basis: CommitmentBasis) -> int | None:
    if basis is CommitmentBasis.ALLOCATED:
        return figure.allocated
    if basis is CommitmentBasis.ORDERED:
        return figure.ordered_open
    return figure.allocated if figure.ordered_open is None else max(figure.allocated, figure.ordered_open)


def _untold(figures: list[StockFigure], basis: CommitmentBasis) -> str:
    """Which figure lacks what *basis* needs, and which other basis would do for all of them."""
    figure = next(figure for figure in figures if _free(figure, basis) is None)
    if basis is CommitmentBasis.AVAILABLE:
        field = "available"
    else:
        field = "physical" if figure.physical is None else "ordered_open"
    lacks = f"{figure.stock_code} at {figure.location}: {field} is unknown, and basis {basis.name} needs it"
    enough = [other.name for other in CommitmentBasis if all(_free(each, other) is not None for each in figures)]
    return f"{lacks}; what is told is enough for basis {' or '.join(enough)}" if enough else lacks


def _incoming(figures: list[StockFigure], until: datetime | None) -> int:
    if until is None:
        return 0
    horizon = _aware(until, "incoming_until")
    receipts = [receipt for figure in figures for receipt in figure.incoming]
    return sum(receipt.units for receipt in receipts if receipt.confirmed and receipt.due <= horizon)


def _unseen(demand: Demand, seen_until: datetime, basis: CommitmentBasis) -> int:
    """Units of one line that the snapshot does not contain; never negative."""
    if demand.erp_created_at is None or demand.erp_created_at > seen_until:
        visible = 0
    elif basis is CommitmentBasis.ALLOCATED:
        visible = demand.allocated + demand.despatched
    else:
        visible = demand.ordered
    return max(0, demand.ordered - demand.cancelled - demand.refused - visible)


def _aware(time: datetime, name: str) -> datetime:
    if time.tzinfo is None:
        raise ValueError(f"{name} has no time zone: {time.isoformat()}")
    return time
