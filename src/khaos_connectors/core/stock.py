"""Stock figures as they are read, and the number of units that may be promised to channels."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum

import attrs

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


@attrs.frozen(kw_only=True)
class Incoming:
    """A receipt that is expected: *units* due at *due*; only *confirmed* ones are ever counted."""

    units: int
    due: datetime
    confirmed: bool = False


@attrs.frozen(kw_only=True)
class StockFigure:
    """What a source says about one stock code at one location, in eaches. None: the source does not tell.

    *available* is stock that is not assigned to orders (basis AVAILABLE); *back_order* is what was sold without
    stock. *held* is a manual ring-fence. *shipped_not_posted* has left the shelf but not the ERP's allocation.
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


@attrs.frozen(kw_only=True)
class Snapshot:
    """Stock figures read together. *as_of* is a moment before the first of them was read.

    *complete* is False when something that was asked for could not be read; *missing* names those codes. A code that
    is absent from a full and complete snapshot is unknown, not zero.
    """

    account: AccountId
    as_of: datetime
    figures: tuple[StockFigure, ...]
    full: bool = True
    complete: bool = True
    missing: tuple[StockCode, ...] = ()

    def age(self, now: datetime) -> timedelta:
        """How old the oldest possible figure is at *now*."""
        return now - self.as_of


@attrs.frozen(kw_only=True)
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
    erp_created_at: datetime | None = None


def pool(
    figures: Iterable[StockFigure],
    *,
    in_flight: int = 0,
    basis: CommitmentBasis = CommitmentBasis.MAX,
    netting: Netting = Netting.NET,
    incoming_until: datetime | None = None,
) -> int:
    """Signed number of units of one stock code that may be promised to channels, before any buffer."""
    raise NotImplementedError


def in_flight(
    demands: Iterable[Demand],
    *,
    as_of: datetime,
    skew: timedelta = timedelta(0),
    basis: CommitmentBasis = CommitmentBasis.MAX,
) -> int:
    """Units of channel demand that a snapshot taken at *as_of* does not contain yet."""
    raise NotImplementedError
