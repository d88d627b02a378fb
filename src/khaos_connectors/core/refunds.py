"""From a refund that a channel has made to the credit note for it: by amount, never more than was sold, once.

The refund starts in the channel. Whether goods that come back may be sold again is another matter: ``restocking``.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import attrs

from khaos_connectors.core.amounts import from_minor, to_minor, total
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import LineId
from khaos_connectors.core.orders import TaxMode
from khaos_connectors.core.refund_records import (
    CreditedLine,
    CreditLine,
    CreditNote,
    CreditNoteDraft,
    Held,
    NextStep,
    RefundEvent,
    RefundLine,
    RefundPolicy,
    RefundState,
    Sale,
    SoldLine,
    sale_of,
)
from khaos_connectors.core.vat import VatSplit, split_gross, split_net

__all__ = [
    "CreditLine",
    "CreditNote",
    "CreditNoteDraft",
    "CreditedLine",
    "Held",
    "NextStep",
    "RefundEvent",
    "RefundLine",
    "RefundPolicy",
    "RefundState",
    "Sale",
    "SoldLine",
    "credit_note_for",
    "made_elsewhere",
    "sale_of",
]

_X = ExceptionType
_USUAL = RefundPolicy()


def credit_note_for(
    refund: RefundEvent, *, sale: Sale | None, earlier: Sequence[CreditNote] = (), policy: RefundPolicy = _USUAL
) -> CreditNoteDraft | Held:
    """The credit note for *refund* on *sale* (None: the order is not in the ERP), or why there is none and what next.

    *earlier* are the order's credit notes so far, of whatever refund. Credited is the amount; a quantity is only
    passed on. Tax is the refund's own where it states one, else what the line's rate makes of the gross. Per line and
    for shipping, no more is ever credited than was sold. All of the refund is credited, or nothing.
    """
    waits = _not_due(refund, sale, earlier, policy)
    if waits is not None:
        return waits
    assert sale is not None  # _not_due parks a refund without a sale
    unfit = _unfit(refund, sale)
    if unfit is not None:
        return _decide(unfit)
    others = [note for note in earlier if note.order_id == refund.order_id and note.refund_id != refund.refund_id]
    found = _attributed(refund, sale, others)
    if isinstance(found, Reason):
        return _decide(found)
    beyond = _beyond(refund, found, sale, others)
    if beyond:
        return _decide(*beyond)
    return _draft(refund, found, sale, complete=refund.state is RefundState.REFUNDED)


def made_elsewhere(notes: Iterable[CreditNote], refund_ids: Iterable[str]) -> tuple[Reason, ...]:
    """Credit notes that no refund of the channel stands behind: the money has to go back through the channel."""
    known = frozenset(refund_ids)
    return tuple(
        Reason(
            type=_X.REFUND_UNMATCHED,
            entity=note.code,
            message=f"Credit note {note.code} for order {note.order_id} belongs to no refund of the channel.",
            evidence={"order": note.order_id, "credit_note": note.code, "refund": note.refund_id},
        )
        for note in notes
        if note.refund_id not in known
    )


def _not_due(
    refund: RefundEvent, sale: Sale | None, earlier: Sequence[CreditNote], policy: RefundPolicy
) -> Held | None:
    """Why no credit note is to be made at all, or not yet."""
    if refund.state is RefundState.UNKNOWN:
        message = f"Refund {refund.refund_id} is in a state that we have not met."
        drift = _reason(refund, _X.SCHEMA_DRIFT, message)
        return Held(step=NextStep.WAIT, why=message, reasons=(drift,))
    if refund.state is RefundState.WITHDRAWN:
        return Held(step=NextStep.NOTHING, why=f"the channel has withdrawn refund {refund.refund_id}")
    done = next((note for note in earlier if note.refund_id == refund.refund_id), None)
    if done is not None and (done.complete or refund.state is not RefundState.REFUNDED):
        return Held(step=NextStep.NOTHING, why=f"credit note {done.code} was made for refund {refund.refund_id}")
    if refund.state is not RefundState.REFUNDED and not policy.draft_early:
        return Held(step=NextStep.WAIT, why=f"the channel has not paid refund {refund.refund_id} yet")
    if sale is None:
        message = f"Order {refund.order_id} of refund {refund.refund_id} is not in the ERP yet."
        return Held(step=NextStep.FETCH_ORDER, why=message, reasons=(_reason(refund, _X.REFUND_UNMATCHED, message),))
    if sale.cancelled and not sale.invoice:
        why = f"order {sale.order_id} was cancelled before it was invoiced: there is nothing to credit"
        return Held(step=NextStep.CANCEL_ONLY, why=why)
    return None


@attrs.frozen
class _Attributed:
    """A refund line, the sold line it is for (None: shipping only), and its money."""

    asked: RefundLine
    sold: SoldLine | None
    goods: VatSplit
    shipping: VatSplit


def _attributed(refund: RefundEvent, sale: Sale, others: Sequence[CreditNote]) -> list[_Attributed] | Reason:
    """Every line of the refund with the sold line that it is for, or why one of them has none."""
    left = _room(sale, others)
    found: list[_Attributed] = []
    for asked in refund.lines:
        sold = _sold_line(asked, refund, sale, left)
        if sold is None and (asked.amount or asked.line_id is not None):
            message = f"{asked.amount} of refund {refund.refund_id} fits no line of order {sale.order_id}."
            evidence = {"amount": str(asked.amount), "line": asked.line_id or ""}
            return _reason(refund, _X.REFUND_VALUE_MISMATCH, message, evidence)
        rate = sale.shipping_rate if sold is None else sold.vat_rate
        goods = _split(asked.amount, asked.tax, rate, refund)
        shipping = _split(asked.shipping, asked.shipping_tax, sale.shipping_rate, refund)
        found.append(_Attributed(asked, sold, goods, shipping))
    return found


def _sold_line(asked: RefundLine, refund: RefundEvent, sale: Sale, left: dict[LineId, int]) -> SoldLine | None:
    """The line by its id; without one the only line, else the only one of which exactly this amount is left."""
    if asked.line_id is not None:
        return next((line for line in sale.lines if line.line_id == asked.line_id), None)
    if len(sale.lines) == 1:
        return sale.lines[0]
    fitting = [
        line
        for line in sale.lines
        if to_minor(_split(asked.amount, asked.tax, line.vat_rate, refund).gross, sale.currency) == left[line.line_id]
    ]
    return fitting[0] if len(fitting) == 1 else None


def _split(amount: Decimal, tax: Decimal | None, rate: Decimal, refund: RefundEvent) -> VatSplit:
    if refund.tax_mode is TaxMode.EXCLUDED:
        return split_net(amount, rate, currency=refund.currency) if tax is None else VatSplit(net=amount, vat=tax)
    return split_gross(amount, rate, currency=refund.currency) if tax is None else VatSplit(net=amount - tax, vat=tax)


def _unfit(refund: RefundEvent, sale: Sale) -> Reason | None:
    """What no refund on *sale* can be."""
    amounts = [part for line in refund.lines for part in (line.amount, line.shipping)]
    taxed = [pair for line in refund.lines for pair in ((line.amount, line.tax), (line.shipping, line.shipping_tax))]
    if (refund.order_id, refund.currency) != (sale.order_id, sale.currency):
        message = (
            f"Refund {refund.refund_id} is for order {refund.order_id} in {refund.currency}, "
            f"the sale is order {sale.order_id} in {sale.currency}."
        )
    elif not any(amounts):
        message = f"Refund {refund.refund_id} gives nothing back on order {sale.order_id}."
    elif min(amounts) < 0:
        message = f"Refund {refund.refund_id} has an amount below zero: {min(amounts)}."
    elif any(tax is not None and not 0 <= tax <= amount for amount, tax in taxed):
        message = f"The tax of refund {refund.refund_id} is not a part of its amount."
    else:
        return None
    return _reason(refund, _X.REFUND_VALUE_MISMATCH, message)


def _room(sale: Sale, notes: Sequence[CreditNote]) -> dict[LineId, int]:
    """What may still be credited per sold line, in minor units."""
    left = {line.line_id: to_minor(line.gross, sale.currency) for line in sale.lines}
    for note in notes:
        for credited in note.lines:
            if credited.line_id in left:
                left[credited.line_id] -= to_minor(credited.gross, sale.currency)
    return left


def _beyond(
    refund: RefundEvent, found: Sequence[_Attributed], sale: Sale, others: Sequence[CreditNote]
) -> list[Reason]:
    """Each line, and the shipping, of which more would be credited than was sold."""
    currency = sale.currency
    room = _room(sale, others)
    asked: dict[LineId, int] = {}
    for each in found:
        if each.sold is not None:
            asked[each.sold.line_id] = asked.get(each.sold.line_id, 0) + to_minor(each.goods.gross, currency)
    reasons = [
        _exceeds(refund, f"line {line_id}", units, room[line_id], currency)
        for line_id, units in asked.items()
        if units > room[line_id]
    ]
    shipping = sum(to_minor(each.shipping.gross, currency) for each in found)
    left = to_minor(sale.shipping_gross, currency) - sum(to_minor(note.shipping, currency) for note in others)
    if shipping > left:
        reasons.append(_exceeds(refund, "shipping", shipping, left, currency))
    return reasons


def _exceeds(refund: RefundEvent, what: str, units: int, left: int, currency: str) -> Reason:
    asked, rest = from_minor(units, currency), from_minor(left, currency)
    message = f"Refund {refund.refund_id} asks for {asked} on {what}; {rest} may still be credited."
    return _reason(refund, _X.REFUND_EXCEEDS_ORIGINAL, message, {"part": what, "asked": str(asked), "left": str(rest)})


def _draft(refund: RefundEvent, found: Sequence[_Attributed], sale: Sale, *, complete: bool) -> CreditNoteDraft:
    lines = tuple(
        CreditLine(
            line_id=each.sold.line_id,
            stock_code=each.sold.stock_code,
            net=each.goods.net,
            vat=each.goods.vat,
            vat_rate=each.sold.vat_rate,
            quantity=each.asked.quantity,
            reason=each.asked.reason,
        )
        for each in found
        if each.sold is not None and each.asked.amount
    )
    currency = refund.currency
    return CreditNoteDraft(
        account=refund.account,
        refund_id=refund.refund_id,
        order_id=refund.order_id,
        against=sale.invoice or sale.reference,
        currency=currency,
        lines=lines,
        shipping_net=total((each.shipping.net for each in found), currency),
        shipping_vat=total((each.shipping.vat for each in found), currency),
        commission=total((each.asked.commission for each in found), currency),
        complete=complete,
        notes=tuple(note for each in found for note in _tax_notes(each, currency)),
    )


def _tax_notes(found: _Attributed, currency: str) -> list[str]:
    """Where the channel's own tax is not what the line's rate gives: it is used, and said."""
    if found.sold is None or found.asked.tax is None:
        return []
    usual = split_gross(found.goods.gross, found.sold.vat_rate, currency=currency).vat
    if abs(to_minor(found.goods.vat, currency) - to_minor(usual, currency)) <= 1:
        return []
    return [f"line {found.sold.line_id}: the channel's tax {found.goods.vat} is not {found.sold.vat_rate} per cent"]


def _reason(refund: RefundEvent, kind: ExceptionType, message: str, evidence: dict[str, str] | None = None) -> Reason:
    known = {"order": refund.order_id, "refund": refund.refund_id}
    return Reason(type=kind, entity=refund.refund_id, message=message, evidence={**known, **(evidence or {})})


def _decide(*reasons: Reason) -> Held:
    return Held(step=NextStep.DECIDE, why=" ".join(reason.message for reason in reasons), reasons=reasons)
