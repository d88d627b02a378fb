"""Line, VAT and discount arithmetic of the ERP: half a penny rounds up (away from zero), per line, then summed.

The rules are those of the vendor's worked sheet "Sales Order Calc v1.2". The vendor's text contradicts it in one place:
the discount is taken from the rounded line, not from the unit price.

Reckoned in fractions: nothing depends on the caller's decimal context.
"""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

import attrs

from khaos_connectors.core.amounts import from_minor, nearest
from khaos_connectors.core.money import exactly
from khaos_connectors.khaos_control.enums import CalcMode

__all__ = ["LineTotals", "gross_line", "line_totals", "net_line", "pennies", "split_total", "total_gross"]

_STERLING = "GBP"
"""Whatever the currency of an order: the ERP keeps two decimals."""


@attrs.frozen(kw_only=True)
class LineTotals:
    """What a line comes to, in whole pennies; ``net + tax == gross`` always."""

    discount: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal


def pennies(amount: Decimal) -> Decimal:
    """*amount* rounded to two decimals, a half away from zero."""
    return _pennies(Fraction(amount))


@exactly
def gross_line(unit: Decimal, quantity: Decimal, *, rate: Decimal, discount: Decimal = Decimal(0)) -> LineTotals:
    """A line in gross mode: *unit* includes tax; *rate* and *discount* are percentages (Sales Order Calc, gross)."""
    full = Fraction(unit) * Fraction(quantity)
    off = _pennies(full * _share(discount))
    gross = _pennies(full) - off
    net = _pennies(Fraction(gross) / (1 + _share(rate)))
    return LineTotals(discount=off, net=net, tax=gross - net, gross=gross)


@exactly
def net_line(unit: Decimal, quantity: Decimal, *, rate: Decimal, discount: Decimal = Decimal(0)) -> LineTotals:
    """A line in net mode: *unit* excludes tax; *rate* and *discount* are percentages (Sales Order Calc, net)."""
    full = Fraction(unit) * Fraction(quantity)
    off = _pennies(full * _share(discount))
    net = _pennies(full) - off
    tax = _pennies(Fraction(net) * _share(rate))
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
    price, factor = Fraction(unit), 1 + _share(rate)
    if mode is CalcMode.GROSS:
        return gross_line(_pennies(price * factor) if unit_is_net else unit, quantity, rate=rate, discount=discount)
    return net_line(unit if unit_is_net else _pennies(price / factor), quantity, rate=rate, discount=discount)


@exactly
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
    whole = Fraction(total) * 100
    if whole.denominator != 1:
        raise ValueError(f"total: must be whole pennies, not {total}")
    cheap, dearer = divmod(whole.numerator, units)
    pairs = ((dearer, cheap + 1), (units - dearer, cheap))
    return tuple((count, from_minor(price, _STERLING)) for count, price in pairs if count)


def _share(per_cent: Decimal) -> Fraction:
    return Fraction(per_cent) / 100


def _pennies(amount: Fraction) -> Decimal:
    return from_minor(nearest(amount * 100), _STERLING)
