"""What customers get back on a day, and whether the ERP's credit notes say so: once, the amount, the units."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from khaos_connectors.testing.day.world import TradingDay

__all__ = ["DayRefund", "miscredited", "overcredited"]


@attrs.frozen(kw_only=True)
class DayRefund:
    """A refund that the marketplace has paid on one order line.

    *amount* is for goods or for goodwill, *shipping* for carriage, both with VAT; *quantity* of the offer came back, 0:
    nothing did. *sent_back* is what that is in the ERP's stock codes.
    """

    refund_id: str
    order_id: str
    line_id: str
    sku: str
    amount: Decimal
    shipping: Decimal = Decimal(0)
    quantity: int = 0
    sent_back: tuple[tuple[str, int], ...] = ()

    @property
    def total(self) -> Decimal:
        """All that the customer gets back."""
        return self.amount + self.shipping

    def as_json(self) -> dict[str, object]:
        """What the marketplace tells of it."""
        return {
            "refund_id": self.refund_id,
            "order_id": self.order_id,
            "line_id": self.line_id,
            "sku": self.sku,
            "amount": str(self.amount),
            "shipping": str(self.shipping),
            "quantity": self.quantity,
        }


def miscredited(day: "TradingDay") -> Iterator[str]:
    """Refunds without their credit note, or with one that says something else."""
    put_away: dict[str, Counter[str]] = {}
    for entry in day.khaos.ledger:
        if entry.reason == "returned":
            put_away.setdefault(entry.invoice_code, Counter())[entry.stock_code] += entry.physical
    for refund in day.refunds:
        found = [note for note in day.khaos.credit_notes.values() if note.reference == refund.refund_id]
        if not found:
            yield f"{refund.refund_id} of {refund.order_id} has no credit note"
        for note in found:
            if note.total != refund.total:
                yield f"{refund.refund_id}: {refund.total} were paid back, {note.code} says {note.total}"
            back = put_away.get(note.invoices[0].code, Counter[str]())
            if back != Counter(dict(refund.sent_back)):
                yield f"{refund.refund_id}: {dict(refund.sent_back)} came back, the ERP has put away {dict(back)}"


def overcredited(day: "TradingDay") -> Iterator[str]:
    """Refunds with two credit notes, and credit notes without a refund."""
    known = {refund.refund_id for refund in day.refunds}
    times = Counter(note.reference for note in day.khaos.credit_notes.values())
    for reference, number in times.items():
        if number > 1:
            yield f"{reference} has {number} credit notes"
        if reference not in known:
            yield f"a credit note was made for {reference!r}, which is no refund"
