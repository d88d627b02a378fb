"""From stock rows to stock figures. Fractions of a unit are never promised: they round against us."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from khaos_connectors.core.ids import LocationId, StockCode
from khaos_connectors.core.stock import StockFigure
from khaos_connectors.khaos_control.enums import StockState
from khaos_connectors.khaos_control.models import StockPotential, StockStatusRow

__all__ = ["figure_of_potential", "figure_of_status", "units_short"]


def figure_of_status(
    row: StockStatusRow, location: LocationId, *, add_build_potential: bool = False
) -> StockFigure | None:
    """What ExportStockStatus tells of an item at *location*; None where a controlled item has no level."""
    controlled = row.status != StockState.NOT_CONTROLLED
    level = row.level
    if level is None and controlled:
        return None
    if level is not None and add_build_potential:
        level += max(Decimal(0), row.build_potential_children or Decimal(0))
    return StockFigure(
        stock_code=StockCode(row.code),
        location=location,
        available=_floor(level) if level is not None and controlled else None,
        discontinued=row.status == StockState.DISCONTINUED,
        stock_controlled=controlled,
    )


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
