"""Whether channel, ERP and warehouse agree about what has left; to be compared every cycle, in both directions.

News on its way is no drift, so a disagreement has to last. A system tells when the *last* of an order left, or only
when it was asked; counted from such a time, a disagreement would be young for ever. So a run hands to the next what it
saw first (``sightings_of``), and the time is counted from there.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum

import attrs

from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import aware, aware_or_none, not_blank, typed
from khaos_connectors.core.ids import OrderRef, StockCode
from khaos_connectors.core.packs import exceeds

__all__ = ["Drift", "DriftKind", "OrderDespatches", "Shipped", "Sighting", "drift_of", "find_drift", "sightings_of"]


class DriftKind(Enum):
    """Who is behind whom. The value says which side to replay."""

    CHANNEL_BEHIND_ERP = "the ERP has despatched it, the channel does not know: confirm it there"
    ERP_BEHIND_CHANNEL = "the channel shows it as shipped, the ERP has not despatched it: somebody used the portal"
    ERP_BEHIND_WAREHOUSE = "the warehouse has shipped it, the ERP does not know: post it there"


def _no_negatives(_: object, field: "attrs.Attribute[Mapping[StockCode, int]]", units: Mapping[StockCode, int]) -> None:
    for code, count in units.items():
        if count < 0:
            raise ValueError(f"{field.name} of {code} must be 0 or more, not {count}")


@attrs.frozen(kw_only=True, field_transformer=typed)
class Shipped:
    """What one system says has left of an order: eaches per stock code, the last of it at *at* (None: not told)."""

    units: Mapping[StockCode, int] = attrs.field(factory=dict[StockCode, int], validator=_no_negatives)
    at: datetime | None = attrs.field(default=None, validator=aware_or_none)


@attrs.frozen(kw_only=True, field_transformer=typed)
class Sighting:
    """That the side ahead had *units* (eaches per stock code: all that had left) by *at*, the side behind had not."""

    kind: DriftKind
    units: Mapping[StockCode, int] = attrs.field(validator=_no_negatives)
    at: datetime = attrs.field(validator=aware)


@attrs.frozen(kw_only=True, field_transformer=typed)
class OrderDespatches:
    """What each system says of one order. None: it was not asked, or has no part in the order, and is not compared.

    *seen* is what ``sightings_of`` gave in the last run. Without it only the systems' own times can be gone by.
    """

    reference: OrderRef = attrs.field(validator=not_blank)
    channel: Shipped | None = None
    erp: Shipped | None = None
    warehouse: Shipped | None = None
    seen: tuple[Sighting, ...] = ()


@attrs.frozen(kw_only=True, field_transformer=typed)
class Drift:
    """One disagreement: by how many *units* of which codes the side behind lags.

    *dated_ahead* is the time that the side ahead gives for it, where that is yet to come and was not believed.
    """

    kind: DriftKind
    units: Mapping[StockCode, int]
    dated_ahead: datetime | None = attrs.field(default=None, validator=aware_or_none)


def drift_of(order: OrderDespatches, *, now: datetime, grace: timedelta = timedelta(minutes=30)) -> tuple[Drift, ...]:
    """Where the systems disagree about *order* for longer than *grace*; empty: they agree, or news is on its way.

    The clock of each unit starts when the side ahead says that it left, or when a run first *saw* it, whichever is
    earlier: goods that leave later, and times that move on with every question, do not start it anew. What the side
    ahead gives no time for is compared at once, and so is what it dates further ahead of *now* than *grace*; a time
    less far ahead is a clock that is wrong by a little, and means now. Raises ValueError for a naive *now* or a
    negative *grace*.
    """
    _aware_now(now)
    if grace < timedelta(0):
        raise ValueError(f"grace must not be negative: {grace}")
    found: list[Drift] = []
    for kind, ahead, behind in _pairs(order):
        if ahead is None or behind is None:
            continue
        dated_ahead = ahead.at if ahead.at is not None and ahead.at - now > grace else None
        lasting = dict[StockCode, int]()
        if ahead.at is None or dated_ahead is not None:
            lasting.update(ahead.units)
        for sighting in _sightings(order, kind, ahead, behind, now):
            if now - sighting.at >= grace:
                lasting.update({code: max(n, lasting.get(code, 0)) for code, n in sighting.units.items()})
        lag = {code: units - behind.units.get(code, 0) for code, units in sorted(lasting.items())}
        lag = {code: units for code, units in lag.items() if units > 0}
        if lag:
            found.append(Drift(kind=kind, units=lag, dated_ahead=dated_ahead))
    return tuple(found)


def sightings_of(order: OrderDespatches, *, now: datetime) -> tuple[Sighting, ...]:
    """What is to be kept of *order* for the next run (its ``OrderDespatches.seen``); empty: nothing lags.

    What a side that was not asked now had not caught up with stays. Raises ValueError for a naive *now*.
    """
    _aware_now(now)
    kept: list[Sighting] = []
    for kind, ahead, behind in _pairs(order):
        if ahead is None or behind is None:
            kept.extend(sighting for sighting in order.seen if sighting.kind is kind)
        else:
            kept.extend(_sightings(order, kind, ahead, behind, now))
    return tuple(kept)


def _aware_now(now: datetime) -> None:
    if now.tzinfo is None:
        raise ValueError(f"now has no time zone: {now.isoformat()}; a moment must be aware")


def _pairs(order: OrderDespatches) -> tuple[tuple[DriftKind, Shipped | None, Shipped | None], ...]:
    """Each way to disagree, with the side ahead and the side behind."""
    return (
        (DriftKind.CHANNEL_BEHIND_ERP, order.erp, order.channel),
        (DriftKind.ERP_BEHIND_CHANNEL, order.channel, order.erp),
        (DriftKind.ERP_BEHIND_WAREHOUSE, order.warehouse, order.erp),
    )


def _sightings(
    order: OrderDespatches, kind: DriftKind, ahead: Shipped, behind: Shipped, now: datetime
) -> list[Sighting]:
    """What was seen of this kind up to now and is not caught up with yet, oldest first; nothing that says no more."""
    today = Sighting(kind=kind, units=ahead.units, at=now if ahead.at is None else ahead.at)
    known = [sighting for sighting in (*order.seen, today) if sighting.kind is kind]
    # The side ahead may have taken back what it once told, and a clock may have been put right.
    known = [Sighting(kind=kind, units=_at_most(each.units, ahead.units), at=min(each.at, now)) for each in known]
    kept: list[Sighting] = []
    for each in sorted(known, key=lambda sighting: (sighting.at, -sum(sighting.units.values()))):
        if exceeds(each.units, behind.units) and not any(not exceeds(each.units, older.units) for older in kept):
            kept.append(each)
    return kept


def _at_most(units: Mapping[StockCode, int], limit: Mapping[StockCode, int]) -> dict[StockCode, int]:
    return {code: min(count, limit.get(code, 0)) for code, count in units.items()}


def find_drift(
    orders: Iterable[OrderDespatches], *, now: datetime, grace: timedelta = timedelta(minutes=30)
) -> tuple[Reason, ...]:
    """``DESPATCH_DRIFT`` for each order about which the systems disagree: one reason per order, with all directions.

    Keep ``sightings_of`` each order for the next run. A date that is yet to come is named.
    """
    return tuple(reason for order in orders for reason in _reason(order, drift_of(order, now=now, grace=grace)))


def _reason(order: OrderDespatches, drifts: tuple[Drift, ...]) -> tuple[Reason, ...]:
    if not drifts:
        return ()
    evidence: dict[str, str] = {}
    said: list[str] = []
    for drift in drifts:
        name = drift.kind.name.lower().replace("_", " ")
        evidence[name] = units = _units(drift)
        if drift.dated_ahead is not None:
            evidence[f"{name}, dated"] = drift.dated_ahead.isoformat()
            units += f", dated {drift.dated_ahead.isoformat()}, which is yet to come"
        said.append(f"{drift.kind.value} ({units})")
    message = f"order {order.reference}: " + "; ".join(said)
    return (
        Reason(
            type=ExceptionType.DESPATCH_DRIFT,
            entity=f"order:{order.reference}",
            message=message,
            evidence={"order": str(order.reference), **evidence},
        ),
    )


def _units(drift: Drift) -> str:
    return ", ".join(f"{units} of {code}" for code, units in drift.units.items())
