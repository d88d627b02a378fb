"""Stock that suppliers hold and send themselves: each feed has its own age and its own buffer."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

import attrs

from khaos_connectors.core.buffers import NO_BUFFER, Buffer
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import typed, whole_number
from khaos_connectors.core.ids import LocationId, StockCode
from khaos_connectors.core.quantities import whole
from khaos_connectors.core.snapshots import ReadFailure, SnapshotPolicy, SnapshotVerdict, judge_snapshot
from khaos_connectors.core.stock import CommitmentBasis, Netting, Snapshot, StockFigure, pool

__all__ = ["Supplier", "SupplierUnits", "pool_with_suppliers", "supplier_units"]


def _positive(_: object, field: "attrs.Attribute[timedelta]", span: timedelta) -> None:
    if span <= timedelta(0):
        raise ValueError(f"{field.name} must be more than no time: {span}")


@attrs.frozen(kw_only=True, field_transformer=typed)
class Supplier:
    """A supplier's stock as a location: a feed older than *max_age* counts for nothing; *buffer* is kept back."""

    location: LocationId
    max_age: timedelta = attrs.field(validator=_positive)
    buffer: Buffer = NO_BUFFER
    basis: CommitmentBasis = CommitmentBasis.AVAILABLE


@attrs.frozen(kw_only=True, field_transformer=typed)
class SupplierUnits:
    """How many eaches of a code may be promised from a supplier (0 or more), and *why*.

    *known* is False where its feed does not tell: then *units* is 0 because nobody holds goods for us there, which is
    not to say that there are none, and *reasons* tell people.
    """

    location: LocationId
    stock_code: StockCode
    units: int = attrs.field(validator=whole(least=0))
    why: str
    reasons: tuple[Reason, ...] = ()
    known: bool = True


def supplier_units(
    code: StockCode, feed: Snapshot | ReadFailure | None, supplier: Supplier, *, now: datetime
) -> SupplierUnits:
    """What may be promised of *code* from *supplier*, whose latest *feed* is given.

    A feed that is too old, failed or never came gives 0, and people are told: at a supplier, nobody holds goods for us.
    So does one that could not read the code whole (``Snapshot.in_parts``), that lacks the figure which the supplier's
    basis needs, or that is a delta without the code. All of these are unknown. A whole feed that does not name the code
    says that there is none.
    """
    verdict = judge_snapshot(feed, now=now, policy=SnapshotPolicy(max_age=supplier.max_age))
    if not verdict.usable or not isinstance(feed, Snapshot):
        return _unusable(code, supplier, verdict)
    figures = [f for f in feed.figures if f.stock_code == code and f.location == supplier.location]
    if any(figure.discontinued for figure in figures):
        return _units(code, supplier, 0, f"it has ended {code}")
    if code in feed.in_parts():
        return _unknown(code, supplier, f"its feed did not give {code} whole")
    if not figures and not feed.full:
        return _unknown(code, supplier, f"its latest feed is a delta that does not name {code}")
    if not figures:
        return _units(code, supplier, 0, f"its feed does not name {code}")
    try:
        free = pool(figures, basis=supplier.basis)
    except ValueError as untold:
        return _unknown(code, supplier, str(untold))
    kept = supplier.buffer.units(free)
    return _units(code, supplier, max(0, free - kept), f"{free} there, {kept} kept back ({supplier.buffer})")


def _units(code: StockCode, supplier: Supplier, units: int, why: str) -> SupplierUnits:
    return SupplierUnits(location=supplier.location, stock_code=code, units=units, why=why)


def _unusable(code: StockCode, supplier: Supplier, verdict: SnapshotVerdict) -> SupplierUnits:
    """Nothing, because of the feed as a whole: one item of work, whichever code is asked for."""
    reason = Reason(
        type=ExceptionType.STOCK_STALE,
        entity=f"feed:{supplier.location}",
        message=f"nothing is offered from {supplier.location}: {verdict.why}",
        evidence={"location": supplier.location, "state": verdict.state.value},
    )
    return attrs.evolve(_units(code, supplier, 0, verdict.why), reasons=(reason,), known=False)


def _unknown(code: StockCode, supplier: Supplier, why: str) -> SupplierUnits:
    reason = Reason(
        type=ExceptionType.STOCK_PARTIAL,
        entity=f"stock:{code}@{supplier.location}",
        message=f"no {code} is offered from {supplier.location}: {why}",
        evidence={"stock code": code, "location": supplier.location, "why": why},
    )
    return attrs.evolve(_units(code, supplier, 0, why), reasons=(reason,), known=False)


def pool_with_suppliers(
    own: Collection[StockFigure],
    suppliers: Sequence[SupplierUnits],
    *,
    in_flight: int = 0,
    basis: CommitmentBasis = CommitmentBasis.MAX,
    netting: Netting = Netting.NET,
    incoming_until: datetime | None = None,
) -> int:
    """The signed pool of one code over *own* locations and *suppliers*; see ``stock.pool`` for the rest.

    With no figure of our own it is the suppliers' alone (pure drop-ship). What a supplier does not tell counts for
    nothing. Raises ValueError when stock codes are mixed, a location is there twice, there is neither a figure nor a
    supplier, or *in_flight* is below 0: that would be goods that nobody has.
    """
    whole_number("in_flight", in_flight)
    if in_flight < 0:
        raise ValueError(f"in_flight must be 0 or more, not {in_flight}")
    figures = list(own)
    _check(figures, suppliers)
    theirs = sum(part.units for part in suppliers)
    if not figures:
        return theirs - in_flight
    ours = pool(figures, in_flight=in_flight, basis=basis, netting=netting, incoming_until=incoming_until)
    return ours + theirs


def _check(own: Iterable[StockFigure], suppliers: Sequence[SupplierUnits]) -> None:
    places = [*((f.stock_code, f.location) for f in own), *((s.stock_code, s.location) for s in suppliers)]
    if not places:
        raise ValueError("no stock figure and no supplier: what is not told is unknown, not zero")
    codes = sorted({code for code, _ in places})
    if len(codes) > 1:
        raise ValueError(f"a pool is of one stock code, not of {', '.join(codes)}")
    locations = [location for _, location in places]
    twice = sorted({location for location in locations if locations.count(location) > 1})
    if twice:
        raise ValueError(f"{codes[0]}: location {twice[0]} occurs twice")
