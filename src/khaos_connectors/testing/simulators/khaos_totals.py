"""Khaos Control's own arithmetic of order lines, written a second time so that it can judge what a client sends."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

import attrs

__all__ = ["LineTotals", "delivery_totals", "line_totals"]


@attrs.frozen(kw_only=True)
class LineTotals:
    """The worth of a line (or of delivery) in the order's currency, to the penny."""

    net: Decimal
    gross: Decimal

    @property
    def tax(self) -> Decimal:
        """The VAT in it."""
        return self.gross - self.net


def _penny(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def line_totals(
    mode: Literal["gross", "net"],
    *,
    unit_net: Decimal | None,
    unit_gross: Decimal | None,
    quantity: int,
    vat_percent: Decimal,
    discount_percent: Decimal,
) -> LineTotals:
    """A line by the vendor's calculation sheet: the discount is rounded by itself, then taken off the rounded line.

    Net wins when both unit prices are given. A price of the other side is turned by the rate without rounding: how
    the server does it is not documented.
    """
    factor = 1 + vat_percent / 100
    if unit_net is not None:
        unit = unit_net if mode == "net" else unit_net * factor
    elif unit_gross is not None:
        unit = unit_gross if mode == "gross" else unit_gross / factor
    else:
        raise ValueError("a line needs a unit price")
    worth = _penny(unit * quantity) - _penny(unit * quantity * discount_percent / 100)
    if mode == "gross":
        return LineTotals(net=_penny(worth / factor), gross=worth)
    return LineTotals(net=worth, gross=worth + _penny(worth * vat_percent / 100))


def delivery_totals(
    *, net: Decimal | None, tax: Decimal | None, gross: Decimal | None, charge: Decimal, vat_percent: Decimal
) -> LineTotals:
    """The delivery charge: net and tax as sent, else gross taken as vatable, else Khaos Control's own *charge*.

    -1 on either side means that nothing is delivered.
    """
    if Decimal(-1) in (net, gross):
        return LineTotals(net=Decimal("0.00"), gross=Decimal("0.00"))
    if net is not None:
        net = _penny(net)
        return LineTotals(net=net, gross=net + _penny(tax or Decimal(0)))
    gross = _penny(charge if gross is None else gross)
    return LineTotals(net=_penny(gross / (1 + vat_percent / 100)), gross=gross)
