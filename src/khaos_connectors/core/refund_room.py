"""What may still be credited of a sale and how much VAT is in it: parts that add up to the sale, to the penny.

Counted in whole minor units (pence).
"""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

import attrs

from khaos_connectors.core.amounts import from_minor, nearest, to_minor
from khaos_connectors.core.fields import typed
from khaos_connectors.core.ids import LineId
from khaos_connectors.core.orders import TaxMode
from khaos_connectors.core.refund_records import CreditNote, Sale
from khaos_connectors.core.vat import split_gross, split_net

__all__ = ["Left", "Room", "Taken"]

_LEEWAY = 1  # minor units by which a channel's net may be above ours, because it rounds the tax of the line otherwise


@attrs.frozen(kw_only=True, field_transformer=typed)
class Taken:
    """An amount taken apart. *expected_vat* is what the rate makes of *gross* alone, with no regard to other parts."""

    net: int
    vat: int
    expected_vat: int

    @property
    def gross(self) -> int:
        """Net and VAT together."""
        return self.net + self.vat


@attrs.frozen(kw_only=True, field_transformer=typed)
class Left:
    """What is left to credit of a part of a sale, or of all of it: without tax, and as tax."""

    net: int
    vat: int

    @property
    def gross(self) -> int:
        """Net and VAT together."""
        return self.net + self.vat

    def less(self, taken: Taken) -> "Left":
        """What is left after *taken*."""
        return attrs.evolve(self, net=self.net - taken.net, vat=self.vat - taken.vat)


class Room:
    """What is left of the lines of *sale* (by their ids), of its shipping (None) and of all of it, after *notes*.

    Where a note does not tell its VAT, it is the VAT that would have been taken for it here.
    """

    def __init__(self, sale: Sale, notes: Iterable[CreditNote] = ()) -> None:
        self._currency = sale.currency
        self._rates: dict[LineId | None, Decimal] = {line.line_id: line.vat_rate for line in sale.lines}
        self._rates[None] = sale.shipping_rate
        self._parts: dict[LineId | None, Left] = {
            line.line_id: self._part(line.gross, line.vat, line.vat_rate) for line in sale.lines
        }
        self._parts[None] = self._part(sale.shipping_gross, sale.shipping_vat, sale.shipping_rate)
        self._sold = dict(self._parts)
        self._order = _whole(sale, list(self._parts.values()))
        for note in notes:
            self._credit(note)

    @property
    def order(self) -> Left:
        """What is left of the order as a whole: never more may be credited than was paid."""
        return self._order

    def left(self, part: LineId | None) -> Left:
        """What is left of a line that was sold, or of the shipping."""
        return self._parts[part]

    def split(self, part: LineId | None, amount: int, tax: int | None, mode: TaxMode) -> Taken:
        """*amount* (in *mode*) of *part* taken apart: by *tax* where it is stated, else at the part's rate.

        At the rate means together with what was credited before, so that the VAT of two parts is that of their sum;
        and never so that net or VAT of the part or of the order would fall below 0.
        """
        if tax is None:
            tax = self._usual(part, amount, mode)
            for left in (self._parts[part], self._order):
                fitting = _fitting_vat(left, tax, amount, mode)
                if fitting is None:
                    break
                tax = fitting
        net = amount if mode is TaxMode.EXCLUDED else amount - tax
        return Taken(net=net, vat=tax, expected_vat=self._vat_in(net + tax, self._rates[part]))

    def take(self, part: LineId | None, amount: int, tax: int | None, mode: TaxMode) -> Taken:
        """As ``split``, and the room is less by it."""
        taken = self.split(part, amount, tax, mode)
        self._parts[part] = self._parts[part].less(taken)
        self._order = self._order.less(taken)
        return taken

    def _part(self, gross: Decimal, vat: Decimal | None, rate: Decimal) -> Left:
        units = to_minor(gross, self._currency)
        tax = self._vat_in(units, rate) if vat is None else to_minor(vat, self._currency)
        return Left(net=units - tax, vat=tax)

    def _usual(self, part: LineId | None, amount: int, mode: TaxMode) -> int:
        """What the rate makes of all that is credited by then, less what it made of it before."""
        rate, sold, left = self._rates[part], self._sold[part], self._parts[part]
        if mode is TaxMode.EXCLUDED:
            before = sold.net - left.net
            return self._vat_on(before + amount, rate) - self._vat_on(before, rate)
        before = sold.gross - left.gross
        return self._vat_in(before + amount, rate) - self._vat_in(before, rate)

    def _vat_in(self, gross: int, rate: Decimal) -> int:
        split = split_gross(from_minor(gross, self._currency), rate, currency=self._currency)
        return gross - to_minor(split.net, self._currency)

    def _vat_on(self, net: int, rate: Decimal) -> int:
        return to_minor(split_net(from_minor(net, self._currency), rate, currency=self._currency).vat, self._currency)

    def _credit(self, note: CreditNote) -> None:
        pieces = [(line.line_id, line.gross, line.vat) for line in note.lines]
        for part, gross, vat in [*pieces, (None, note.shipping, note.shipping_vat)]:
            units = to_minor(gross, self._currency)
            tax = None if vat is None else to_minor(vat, self._currency)
            if part in self._parts:
                self.take(part, units, tax, TaxMode.INCLUDED)
            else:
                share = _share(units, self._order.vat, self._order.gross) if tax is None else tax
                self._order = self._order.less(Taken(net=units - share, vat=share, expected_vat=share))


def _fitting_vat(left: Left, vat: int, amount: int, mode: TaxMode) -> int | None:
    """The VAT nearest to *vat* for *amount* (in *mode*) that leaves neither net nor VAT below 0. An amount that takes
    all that is left takes all of its VAT. None where that says nothing: of less than nothing, of more net than is left.
    """
    if mode is TaxMode.INCLUDED:
        if amount < 0:
            return None
        least = max(0, left.vat - (left.gross - amount))
        return min(max(vat, least), amount, max(0, left.vat))
    if amount < left.net:
        return min(vat, max(0, left.vat))
    rest = left.gross - amount
    return rest if amount <= left.net + _LEEWAY and rest >= 0 else None


def _whole(sale: Sale, parts: list[Left]) -> Left:
    """The order: its parts and what was charged beside them."""
    net, vat = sum(part.net for part in parts), sum(part.vat for part in parts)
    charged = to_minor(sale.charges_gross, sale.currency)
    told = sale.charges_vat
    tax = _share(charged, vat, net + vat) if told is None else to_minor(told, sale.currency)
    return Left(net=net + charged - tax, vat=vat + tax)


def _share(units: int, vat: int, gross: int) -> int:
    """The VAT in *units* where *gross* has *vat*."""
    return nearest(Fraction(units * vat, gross)) if gross else 0
