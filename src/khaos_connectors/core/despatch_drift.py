"""Whether channel, ERP and warehouse agree about what has left; to be compared every cycle, in both directions."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum

import attrs

from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import aware_or_none, not_blank
from khaos_connectors.core.ids import OrderRef, StockCode

__all__ = ["Drift", "DriftKind", "OrderDespatches", "Shipped", "drift_of", "find_drift"]


class DriftKind(Enum):
    """Who is behind whom. The value says which side to replay."""

    CHANNEL_BEHIND_ERP = "the ERP has despatched it, the channel does not know: confirm it there"
    ERP_BEHIND_CHANNEL = "the channel shows it as shipped, the ERP has not despatched it: somebody used the portal"
    ERP_BEHIND_WAREHOUSE = "the warehouse has shipped it, the ERP does not know: post it there"


def _no_negatives(_: object, field: "attrs.Attribute[Mapping[StockCode, int]]", units: Mapping[StockCode, int]) -> None:
    for code, count in units.items():
        if count < 0:
            raise ValueError(f"{field.name} of {code} must be 0 or more, not {count}")


@attrs.frozen(kw_only=True)
class Shipped:
    """What one system says has left of an order: eaches per stock code, the last of it at *at* (None: not told)."""

    units: Mapping[StockCode, int] = attrs.field(factory=dict[StockCode, int], validator=_no_negatives)
    at: datetime | None = attrs.field(default=None, validator=aware_or_none)


@attrs.frozen(kw_only=True)
class OrderDespatches:
    """What each system says of one order. None: it was not asked, or has no part in the order, and is not compared."""

    reference: OrderRef = attrs.field(validator=not_blank)
    channel: Shipped | None = None
    erp: Shipped | None = None
    warehouse: Shipped | None = None


@attrs.frozen(kw_only=True)
class Drift:
    """One disagreement: by how many *units* of which codes the side behind lags."""

    kind: DriftKind
    units: Mapping[StockCode, int]


def drift_of(order: OrderDespatches, *, now: datetime, grace: timedelta = timedelta(minutes=30)) -> tuple[Drift, ...]:
    """Where the systems disagree about *order* for longer than *grace*; empty: they agree, or news is on its way.

    The clock starts with the last thing that the side ahead reports; what it gives no time for is compared at once.
    Raises ValueError for a naive *now* or a negative *grace*.
    """
    if now.tzinfo is None:
        raise ValueError(f"now has no time zone: {now.isoformat()}; a moment must be aware")
    if grace < timedelta(0):
        raise ValueError(f"grace must not be negative: {grace}")
    pairs = (
        (DriftKind.CHANNEL_BEHIND_ERP, order.erp, order.channel),
        (DriftKind.ERP_BEHIND_CHANNEL, order.channel, order.erp),
        (DriftKind.ERP_BEHIND_WAREHOUSE, order.warehouse, order.erp),
    )
    found: list[Drift] = []
    for kind, ahead, behind in pairs:
        if ahead is None or behind is None or (ahead.at is not None and now - ahead.at < grace):
            continue
        lag = {code: units - behind.units.get(code, 0) for code, units in sorted(ahead.units.items())}
        lag = {code: units for code, units in lag.items() if units > 0}
        if lag:
            found.append(Drift(kind=kind, units=lag))
    return tuple(found)


def find_drift(
    orders: Iterable[OrderDespatches], *, now: datetime, grace: timedelta = timedelta(minutes=30)
) -> tuple[Reason, ...]:
    """``DESPATCH_DRIFT`` for each order about which the systems disagree: one reason per order, with all directions."""
    return tuple(reason for order in orders for reason in _reason(order, drift_of(order, now=now, grace=grace)))


def _reason(order: OrderDespatches, drifts: tuple[Drift, ...]) -> tuple[Reason, ...]:
    if not drifts:
        return ()
    evidence = {drift.kind.name.lower().replace("_", " "): _units(drift) for drift in drifts}
    message = f"order {order.reference}: " + "; ".join(f"{drift.kind.value} ({_units(drift)})" for drift in drifts)
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
