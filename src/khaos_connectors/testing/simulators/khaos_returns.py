"""Returns of the simulated Khaos Control: what came back, and the credit notes that processing them raises."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

import attrs

from khaos_connectors.testing.simulators.khaos_ledger import StockBook
from khaos_connectors.testing.simulators.khaos_orders import Invoice, InvoiceRow, Order, OrderBook, OrderLine
from khaos_connectors.testing.simulators.khaos_soap import KhaosFault
from khaos_connectors.testing.simulators.khaos_totals import LineTotals

__all__ = ["KhaosReturn", "ReturnBook", "ReturnLine"]


@attrs.frozen(kw_only=True)
class ReturnLine:
    """*units* of the order's line at *place* (from 0) that came back.

    *worth* is what is credited for them, net and gross, where the return says so itself; None: what they were sold
    for. A *place* of -1 is nothing that was sold, but a stock code that stands for money, such as carriage.
    """

    place: int
    stock_code: str
    units: int
    worth: LineTotals | None = None


@attrs.frozen(kw_only=True)
class KhaosReturn:
    """A return against an order. *restock*: processing puts the units on the shelf again, else they are written off.

    *credit_note* is the code of the note that processing raised, "" before that.
    """

    code: str
    reference: str
    order_code: str
    urn: str
    lines: tuple[ReturnLine, ...]
    reason: str
    restock: bool
    delivery: bool
    created_at: datetime
    credit_note: str = ""
    authorisation: str = ""
    deleted: bool = False


class ReturnBook:
    """All returns and credit notes. A credit note is an ``Order`` of the kind "Credit Note" with positive amounts."""

    def __init__(self, *, clock: Callable[[], datetime], stock: StockBook, orders: OrderBook) -> None:
        self._clock = clock
        self._stock = stock
        self._orders = orders
        self._returns: dict[str, KhaosReturn] = {}
        self._notes: dict[str, Order] = {}

    @property
    def returns(self) -> Mapping[str, KhaosReturn]:
        """A copy of all returns by their code, oldest first."""
        return dict(self._returns)

    @property
    def credit_notes(self) -> Mapping[str, Order]:
        """A copy of all credit notes by their code, oldest first."""
        return dict(self._notes)

    def take(
        self,
        order_code: str,
        *,
        units: Mapping[str, int] | None,
        reference: str,
        reason: str,
        restock: bool,
        delivery: bool,
    ) -> KhaosReturn:
        """Book *units* by stock code (None: all that were sent and have not come back) as returned, unprocessed."""
        order = self._orders.order(order_code)
        if reference and self.of_reference(reference) is not None:
            raise ValueError(f"there is a return {reference}")
        lines = self.shared_out(order, units)
        if not lines:
            raise ValueError(f"{order_code} has nothing that could come back")
        return self.keep(order, lines, reference=reference, reason=reason, restock=restock, delivery=delivery)

    def of_reference(self, reference: str) -> KhaosReturn | None:
        """The return of this reference that is not deleted."""
        return next((one for one in self._returns.values() if one.reference == reference and not one.deleted), None)

    def keep(
        self,
        order: Order,
        lines: tuple[ReturnLine, ...],
        *,
        reference: str,
        reason: str,
        restock: bool,
        delivery: bool,
        urn: str = "",
    ) -> KhaosReturn:
        """Book *lines* as returned, unprocessed; *urn* is the customer's, "" for that of the order."""
        code = f"RET{len(self._returns) + 1:06d}"
        found = KhaosReturn(
            code=code,
            reference=reference or code,
            order_code=order.code,
            urn=urn or order.urn,
            lines=lines,
            reason=reason,
            restock=restock,
            delivery=delivery,
            created_at=self._clock(),
        )
        self._returns[code] = found
        return found

    def delete(self, code: str) -> None:
        """Delete a return that was not processed."""
        found = self._returns[code]
        if found.credit_note:
            raise ValueError(f"{code} is processed")
        self._returns[code] = attrs.evolve(found, deleted=True)

    def process(self, code: str, *, authorisation: str = "") -> Order:
        """Raise the credit note of a return and move its stock; a fault where that cannot be done."""
        found = self._returns.get(code)
        if found is None or found.deleted:
            raise KhaosFault(f"Return '{code}' does not exist or was deleted")
        if found.credit_note:
            raise KhaosFault(f"Return '{code}' is already processed")
        order = self._orders.order(found.order_code)
        note = self._note(found, order)
        self._notes[note.code] = note
        self._returns[code] = attrs.evolve(found, credit_note=note.code, authorisation=authorisation)
        for line in found.lines:
            if line.place < 0:
                continue
            sold = order.lines[line.place]
            if found.restock and sold.stock_controlled:
                self._stock.post(
                    line.stock_code,
                    sold.site_id,
                    "returned",
                    physical=line.units,
                    order_code=found.order_code,
                    invoice_code=note.invoices[0].code,
                )
        return note

    def _returned(self, order_code: str, *, processed: bool = False) -> dict[int, int]:
        """Units that came back by the place of their line."""
        total: dict[int, int] = {}
        for one in self._returns.values():
            if one.order_code == order_code and not one.deleted and (one.credit_note or not processed):
                for line in one.lines:
                    total[line.place] = total.get(line.place, 0) + line.units
        return total

    def shared_out(self, order: Order, units: Mapping[str, int] | None) -> tuple[ReturnLine, ...]:
        """*units* by stock code (None: all that can come back) on the order's lines, the first ones first."""
        before = self._returned(order.code)
        left = None if units is None else dict(units)
        found: list[ReturnLine] = []
        for place, line in enumerate(order.lines):
            able = line.shipped - before.get(place, 0)
            taken = able if left is None else min(able, left.get(line.stock_code, 0))
            if taken > 0:
                found.append(ReturnLine(place=place, stock_code=line.stock_code, units=taken))
                if left is not None:
                    left[line.stock_code] -= taken
        if left is not None and any(left.values()):
            raise ValueError(f"more units than were sent and did not come back yet: {left}")
        return tuple(found)

    def _note(self, found: KhaosReturn, order: Order) -> Order:
        now, before = self._clock(), self._returned(order.code, processed=True)
        lines = tuple(_credited(order, one, before.get(one.place, 0)) for one in found.lines)
        number = len(self._notes) + 1
        units = sum(one.units for one in found.lines)
        invoice = Invoice(
            code=f"CRN{number:06d}",
            stage=70,
            sold=units,
            edited_at=now,
            issued_at=now,
            rows=tuple(InvoiceRow(stock_code=one.stock_code, units=one.units) for one in found.lines),
        )
        return Order(
            kind="Credit Note",
            code=f"CN{number:06d}",
            reference=found.reference,
            urn=found.urn,
            company_name=order.company_name,
            customer_ref=order.customer_ref,
            currency=order.currency,
            courier=order.courier,
            delivery_date=now.date(),
            created_at=now,
            changed_at=now,
            lines=lines,
            delivery_net=order.delivery_net if found.delivery else Decimal(0),
            delivery_gross=order.delivery_gross if found.delivery else Decimal(0),
            document="",
            invoices=(invoice,),
        )


def _credited(order: Order, back: ReturnLine, before: int) -> OrderLine:
    """The line of the note for what came *back* of a line of which *before* units were credited.

    All units of a line together are worth the line.
    """
    units, worth = back.units, back.worth
    if back.place < 0:
        worth = worth or LineTotals(net=Decimal(0), gross=Decimal(0))
        return OrderLine(
            stock_code=back.stock_code,
            site_id=order.lines[0].site_id,
            ordered=units,
            shipped=units,
            net=worth.net,
            gross=worth.gross,
            stock_controlled=False,
        )
    line = order.lines[back.place]

    def share(total: Decimal) -> Decimal:
        def penny(count: int) -> Decimal:
            return (total * count / line.ordered).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)

        return penny(before + units) - penny(before)

    net, gross = (worth.net, worth.gross) if worth is not None else (share(line.net), share(line.gross))
    return attrs.evolve(line, ordered=units, shipped=units, allocated=0, net=net, gross=gross)
