"""From stock rows to stock figures. Fractions of a unit are never promised: they round against us."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from khaos_connectors.core.ids import LocationId, StockCode
from khaos_connectors.core.stock import Incoming, StockFigure
from khaos_connectors.khaos_control.enums import StockState
from khaos_connectors.khaos_control.models import StockPotential, StockStatusRow
from khaos_connectors.khaos_control.stock_settings import StockSettings

__all__ = ["figure_of_potential", "figure_of_status", "units_short"]


def figure_of_status(row: StockStatusRow, location: LocationId, settings: StockSettings) -> StockFigure | None:
    """What ExportStockStatus tells of an item at *location*; None where there is a number and it is not told.

    What is on order is told with the only date there is, that of the oldest purchase order.
    """
    built = StockCode(row.code) in settings.builds and row.status == StockState.NOT_CONTROLLED
    controlled = built or row.status != StockState.NOT_CONTROLLED
    potential = row.build_potential_children
    level = potential if built else row.level
    if level is None and controlled:
        return None
    if level is not None and not built and settings.add_build_potential:
        level += max(Decimal(0), potential or Decimal(0))
    return StockFigure(
        stock_code=StockCode(row.code),
        location=location,
        available=_floor(level) if level is not None and controlled else None,
        incoming=_on_order(row, confirmed=settings.trust_due_dates),
        discontinued=row.status == StockState.DISCONTINUED,
        stock_controlled=controlled,
    )


def _on_order(row: StockStatusRow, *, confirmed: bool) -> tuple[Incoming, ...]:
    units = _floor(row.on_order_level or Decimal(0))
    if units <= 0 or row.lead_time is None:
        return ()
    return (Incoming(units=units, due=row.lead_time, confirmed=confirmed),)


def figure_of_potential(row: StockPotential, location: LocationId) -> StockFigure:
    """What GetStockPotential tells of an item, all sites together, as a figure of *location*."""
    return StockFigure(
        stock_code=StockCode(row.stock_code),
        location=location,
        available=_floor(row.available),
        back_order=units_short(row),
    )


def units_short(row: StockPotential) -> int:
    """Units sold without stock, rounded up; never negative."""
    return max(0, int(row.back_order.to_integral_value(rounding=ROUND_CEILING)))


def _floor(quantity: Decimal) -> int:
    return int(quantity.to_integral_value(rounding=ROUND_FLOOR))
