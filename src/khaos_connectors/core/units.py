"""From the unit in which an item is stocked to eaches and to packs of a listing, by exact ratios.

What is promised is rounded down, what is used up is rounded up, so that a sum of promises never exceeds the stock.
Measured goods (cable, cloth) are counted in their quantum, the smallest piece that is cut.
"""

import math
from fractions import Fraction

import attrs

from khaos_connectors.core.fields import whole_number
from khaos_connectors.core.ids import LocationId, StockCode
from khaos_connectors.core.quantities import ExactNumber, exact
from khaos_connectors.core.stock import StockFigure

__all__ = ["UnitRule", "figure_in_eaches"]


def _above_zero(_: object, field: "attrs.Attribute[Fraction]", number: Fraction) -> None:
    if number <= 0:
        raise ValueError(f"{field.name} must be more than 0, not {number}")


def _ratio(default: int) -> Fraction:
    return attrs.field(default=Fraction(default), converter=exact, validator=_above_zero)


@attrs.frozen(kw_only=True)
class UnitRule:
    """*eaches* make one *unit* of stock, and *pack* eaches make one unit of the listing.

    *quantum* is the smallest part of a stock unit that can be sent: 1 for boxes that stay whole, ``"1/12"`` for boxes
    of twelve that are opened, ``"0.25"`` for cloth cut by the quarter metre. All are exact (``quantities.exact``).
    """

    unit: str = "each"
    eaches: Fraction = _ratio(1)
    pack: Fraction = _ratio(1)
    quantum: Fraction = _ratio(1)

    def eaches_in(self, stock: ExactNumber) -> int:
        """Whole eaches that *stock* units hold, rounded down: for what is there."""
        return math.floor(self._whole_quanta(stock) * self.eaches)

    def eaches_for(self, stock: ExactNumber) -> int:
        """Whole eaches that cover *stock* units, rounded up: for what is taken."""
        return math.ceil(math.ceil(exact(stock) / self.quantum) * self.quantum * self.eaches)

    def packs_in(self, stock: ExactNumber) -> int:
        """Whole packs that *stock* units make, 0 or more: first whole quanta, then whole packs."""
        return max(0, math.floor(self._whole_quanta(stock) * self.eaches / self.pack))

    def stock_for(self, packs: int) -> Fraction:
        """Stock units that *packs* (0 or more) use up, rounded up to whole quanta."""
        whole_number("packs", packs)
        if packs < 0:
            raise ValueError(f"packs must be 0 or more, not {packs}")
        return math.ceil(packs * self.pack / self.eaches / self.quantum) * self.quantum

    def _whole_quanta(self, stock: ExactNumber) -> Fraction:
        return math.floor(exact(stock) / self.quantum) * self.quantum


def figure_in_eaches(
    rule: UnitRule,
    *,
    stock_code: StockCode,
    location: LocationId,
    physical: ExactNumber,
    unsellable: ExactNumber = 0,
    allocated: ExactNumber = 0,
    ordered_open: ExactNumber | None = None,
    held: ExactNumber = 0,
) -> StockFigure:
    """A figure that a source gives in stock units, in eaches: what is there rounded down, what is taken rounded up."""
    return StockFigure(
        stock_code=stock_code,
        location=location,
        physical=rule.eaches_in(physical),
        unsellable=rule.eaches_for(unsellable),
        allocated=rule.eaches_for(allocated),
        ordered_open=None if ordered_open is None else rule.eaches_for(ordered_open),
        held=rule.eaches_for(held),
    )
