"""Line, VAT and discount arithmetic of the ERP: half a penny rounds up (away from zero), per line, then summed.

The rules are those of the vendor's worked sheet "Sales Order Calc v1.2". The vendor's text contradicts it in one place:
the discount is taken from the rounded line, not from the unit price.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

import attrs

from khaos_connectors.khaos_control.enums import CalcMode

__all__ = ["LineTotals", "gross_line", "line_totals", "net_line", "pennies", "split_total", "total_gross"]

_PENNY = Decimal("0.01")
_HUNDRED = Decimal(100)


@attrs.frozen(kw_only=True)
class LineTotals:
    """What a line comes to, in whole pennies; ``net + tax == gross`` always."""

    discount: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal


def pennies(amount: Decimal) -> Decimal:
    """*amount* rounded to two decimals, a half away from zero."""
    return amount.quantize(_PENNY, rounding=ROUND_HALF_UP)


def gross_line(unit: Decimal, quantity: Decimal, *, rate: Decimal, discount: Decimal = Decimal(0)) -> LineTotals:
    """A line in gross mode: *unit* includes tax; *rate* and *discount* are percentages (Sales Order Calc, gross)."""
    off = pennies(unit * quantity * discount / _HUNDRED)
    gross = pennies(unit * quantity) - off
    net = pennies(gross * _HUNDRED / (_HUNDRED + rate))
    return LineTotals(discount=off, net=net, tax=gross - net, gross=gross)


def net_line(unit: Decimal, quantity: Decimal, *, rate: Decimal, discount: Decimal = Decimal(0)) -> LineTotals:
    """A line in net mode: *unit* excludes tax; *rate* and *discount* are percentages (Sales Order Calc, net)."""
    off = pennies(unit * quantity * discount / _HUNDRED)
    net = pennies(unit * quantity) - off
    tax = pennies(net * rate / _HUNDRED)
    return LineTotals(discount=off, net=net, tax=tax, gross=net + tax)


def line_totals(
    unit: Decimal,
    quantity: Decimal,
    *,
    rate: Decimal,
    mode: CalcMode,
    unit_is_net: bool,
    discount: Decimal = Decimal(0),
) -> LineTotals:
    """What the ERP makes of a line whose unit price may be of the other side than its own *mode*.

    The service does not say how it turns one side into the other; the unit price rounded to pennies is assumed.
    """
    factor = (_HUNDRED + rate) / _HUNDRED
    if mode is CalcMode.GROSS:
        return gross_line(pennies(unit * factor) if unit_is_net else unit, quantity, rate=rate, discount=discount)
    return net_line(unit if unit_is_net else pennies(unit / factor), quantity, rate=rate, discount=discount)


def total_gross(lines: Iterable[LineTotals], *, delivery: Decimal = Decimal(0)) -> Decimal:
    """ORDER_AMOUNT: the gross of all lines and of the *delivery* charge."""
    return sum((line.gross for line in lines), delivery)


def split_total(total: Decimal, units: int) -> tuple[tuple[int, Decimal], ...]:
    """*total* (whole pennies) over *units* as one or two ``(units, unit price)`` a penny apart, whose sum is exact.

    A total that divides gives one pair; else the dearer units come first. Raises ``ValueError`` for fewer than one
    unit or a total with fractions of a penny.
    """
    if units < 1:
        raise ValueError(f"units: must be at least 1, not {units}")
    whole = total / _PENNY
    if whole != whole.to_integral_value():
        raise ValueError(f"total: must be whole pennies, not {total}")
    cheap, dearer = divmod(int(whole), units)
    pairs = ((dearer, cheap + 1), (units - dearer, cheap))
    return tuple((count, price * _PENNY) for count, price in pairs if count)
