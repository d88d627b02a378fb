"""Units of items as shipments tell them: added up per item, since no order line is told with them."""

from collections.abc import Iterable
from decimal import Decimal

from khaos_connectors.core.despatch import DespatchLine
from khaos_connectors.core.ids import StockCode
from khaos_connectors.core.money import exactly

__all__ = ["despatch_lines"]


@exactly
def despatch_lines(sent: Iterable[tuple[str, Decimal]]) -> tuple[DespatchLine, ...]:
    """The units of each stock code in *sent*, by code; those of nothing are left out.

    Raises ``ValueError`` for a sum that is negative or no whole number.
    """
    sums: dict[str, Decimal] = {}
    for code, quantity in sent:
        sums[code] = sums.get(code, Decimal(0)) + quantity
    lines: list[DespatchLine] = []
    for code, quantity in sorted(sums.items()):
        if quantity != quantity.to_integral_value() or quantity < 0:
            raise ValueError(f"{quantity} of {code} is not a whole number of units")
        if quantity:
            lines.append(DespatchLine(stock_code=StockCode(code), units=int(quantity)))
    return tuple(lines)
