"""From a refund that a channel has made to the credit note for it: by amount, never more than was sold, once.

The refund starts in the channel. Whether goods that come back may be sold again is another matter: ``restocking``.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import attrs

from khaos_connectors.core.amounts import from_minor, to_minor, total
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import LineId
from khaos_connectors.core.refund_changes import changes_since, reason_about, withdrawn_after
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
)
from khaos_connectors.core.refund_room import Room, Taken
from khaos_connectors.core.refund_sales import fee_line, sale_of

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
    "fee_line",
    "made_elsewhere",
    "sale_of",
]

_X = ExceptionType
_USUAL = RefundPolicy()


def credit_note_for(
    refund: RefundEvent, *, sale: Sale | None, earlier: Sequence[CreditNote] = (), policy: RefundPolicy = _USUAL
) -> CreditNoteDraft | Held:
    """The credit note for *refund* on *sale* (None: the order is not in the ERP), or why there is none and what next.

    *earlier* are the order's credit notes so far, of whatever refund, in the order they were made; a draft that was
    completed is the one note by then. Credited is the amount; a quantity is only passed on. Tax is the refund's own
    where it states one, else at the line's rate, so that the parts of a sale have the VAT of the sale. Per line, for
    shipping and for the order as a whole, no more is ever credited than was paid. All of the refund is credited, or
    nothing. A refund that changed after its credit note was made is for a person to decide.
    """
    own = [note for note in earlier if note.refund_id == refund.refund_id]
    others = [note for note in earlier if note.order_id == refund.order_id and note.refund_id != refund.refund_id]
    if refund.state in (RefundState.UNKNOWN, RefundState.WITHDRAWN):
        return _never_due(refund, own)
    if own and (refund.state is not RefundState.REFUNDED or any(note.complete for note in own)):
        changed = changes_since(refund, own, sale)
        if changed:
            return _decide(*changed)
        return Held(step=NextStep.NOTHING, why=f"credit note {own[0].code} was made for refund {refund.refund_id}")
    waits = _not_due(refund, sale, policy)
    if waits is not None:
        return waits
    assert sale is not None  # _not_due parks a refund without a sale
    unfit = _unfit(refund, sale, others)
    if unfit is not None:
        return _decide(unfit)
    room = Room(sale, others)
    found = _attributed(refund, room, sale)
    if isinstance(found, Reason):
        return _decide(found)
    beyond = _beyond(refund, found, room)
    if beyond:
        return _decide(*beyond)
    return _draft(refund, found, sale, own)


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


def _never_due(refund: RefundEvent, own: Sequence[CreditNote]) -> Held:
    """What to do about a refund that no credit note is made for, by its state."""
    if refund.state is RefundState.UNKNOWN:
        message = f"Refund {refund.refund_id} is in a state that we have not met."
        drift = reason_about(refund, _X.SCHEMA_DRIFT, message)
        return Held(step=NextStep.WAIT, why=message, reasons=(drift,))
    if own:
        return _decide(withdrawn_after(refund, own))
    return Held(step=NextStep.NOTHING, why=f"the channel has withdrawn refund {refund.refund_id}")


def _not_due(refund: RefundEvent, sale: Sale | None, policy: RefundPolicy) -> Held | None:
    """Why no credit note is to be made at all, or not yet."""
    decided = policy.draft_early and refund.state is RefundState.AWAITING_PAYMENT
    if refund.state is not RefundState.REFUNDED and not decided:
        return Held(step=NextStep.WAIT, why=f"the channel has not paid refund {refund.refund_id} yet")
    if sale is None:
        message = f"Order {refund.order_id} of refund {refund.refund_id} is not in the ERP yet."
        unmatched = reason_about(refund, _X.REFUND_UNMATCHED, message)
        return Held(step=NextStep.FETCH_ORDER, why=message, reasons=(unmatched,))
    if sale.cancelled and not sale.invoice:
        why = f"order {sale.order_id} was cancelled before it was invoiced: there is nothing to credit"
        return Held(step=NextStep.CANCEL_ONLY, why=why)
    return None


@attrs.frozen
class _Attributed:
    """A refund line, the sold line it is for (None: shipping only), and its money."""

    asked: RefundLine
    sold: SoldLine | None
    goods: Taken | None
    shipping: Taken | None


def _attributed(refund: RefundEvent, room: Room, sale: Sale) -> list[_Attributed] | Reason:
    """Every line of the refund with the sold line that it is for, taken from *room*, or why one of them has none.

    Lines that name theirs go first: what the others may be for is what is left then.
    """
    places = sorted(range(len(refund.lines)), key=lambda place: refund.lines[place].line_id is None)
    found: dict[int, _Attributed] = {}
    for place in places:
        asked = refund.lines[place]
        sold = _sold_line(asked, refund, sale, room)
        if sold is None and (asked.amount or asked.line_id is not None):
            message = f"{asked.amount} of refund {refund.refund_id} fits no line of order {sale.order_id}."
            evidence = {"amount": str(asked.amount), "line": asked.line_id or ""}
            return reason_about(refund, _X.REFUND_VALUE_MISMATCH, message, evidence)
        goods = None if sold is None else _take(room, sold.line_id, asked.amount, asked.tax, refund)
        shipping = _take(room, None, asked.shipping, asked.shipping_tax, refund)
        found[place] = _Attributed(asked, sold, goods, shipping)
    return [found[place] for place in sorted(found)]


def _sold_line(asked: RefundLine, refund: RefundEvent, sale: Sale, room: Room) -> SoldLine | None:
    """The line by its id; without one the only line, else the only one of which exactly this amount is left."""
    if asked.line_id is not None:
        return next((line for line in sale.lines if line.line_id == asked.line_id), None)
    if len(sale.lines) == 1:
        return sale.lines[0]
    amount, tax = _in_minor(asked.amount, asked.tax, refund)
    fitting = [
        line
        for line in sale.lines
        if room.split(line.line_id, amount, tax, refund.tax_mode).gross == room.left(line.line_id).gross
    ]
    return fitting[0] if len(fitting) == 1 else None


def _take(room: Room, part: LineId | None, amount: Decimal, tax: Decimal | None, refund: RefundEvent) -> Taken | None:
    return room.take(part, *_in_minor(amount, tax, refund), refund.tax_mode) if amount else None


def _in_minor(amount: Decimal, tax: Decimal | None, refund: RefundEvent) -> tuple[int, int | None]:
    return to_minor(amount, refund.currency), None if tax is None else to_minor(tax, refund.currency)


def _unfit(refund: RefundEvent, sale: Sale, others: Sequence[CreditNote]) -> Reason | None:
    """What no refund on *sale* can be."""
    amounts = [part for line in refund.lines for part in (line.amount, line.shipping)]
    taxed = [pair for line in refund.lines for pair in ((line.amount, line.tax), (line.shipping, line.shipping_tax))]
    foreign = next((note for note in others if note.currency != sale.currency), None)
    if (refund.order_id, refund.currency) != (sale.order_id, sale.currency):
        message = (
            f"Refund {refund.refund_id} is for order {refund.order_id} in {refund.currency}, "
            f"the sale is order {sale.order_id} in {sale.currency}."
        )
    elif foreign is not None:
        message = (
            f"Credit note {foreign.code} for order {sale.order_id} is in {foreign.currency}, the sale in "
            f"{sale.currency}: how much may still be credited cannot be told."
        )
    elif not any(amounts):
        message = f"Refund {refund.refund_id} gives nothing back on order {sale.order_id}."
    elif min(amounts) < 0:
        message = f"Refund {refund.refund_id} has an amount below zero: {min(amounts)}."
    elif any(tax is not None and not 0 <= tax <= amount for amount, tax in taxed):
        message = f"The tax of refund {refund.refund_id} is not a part of its amount."
    else:
        return None
    return reason_about(refund, _X.REFUND_VALUE_MISMATCH, message)


def _beyond(refund: RefundEvent, found: Sequence[_Attributed], room: Room) -> list[Reason]:
    """Each line, and the shipping, of which more was taken than was left; else the order, if that is so of it."""
    asked: dict[LineId | None, int] = {}
    for each in found:
        if each.sold is not None and each.goods is not None:
            asked[each.sold.line_id] = asked.get(each.sold.line_id, 0) + each.goods.gross
    shipping = [each.shipping.gross for each in found if each.shipping is not None]
    if shipping:
        asked[None] = sum(shipping)
    reasons = [
        _exceeds(refund, "shipping" if part is None else f"line {part}", units, room.left(part).gross)
        for part, units in asked.items()
        if room.left(part).gross < 0
    ]
    if not reasons and room.order.gross < 0:
        reasons.append(_exceeds(refund, "the order", sum(asked.values()), room.order.gross))
    return reasons


def _exceeds(refund: RefundEvent, what: str, units: int, short: int) -> Reason:
    """*units* were taken of *what*, which left *short* of it (below 0)."""
    asked, rest = from_minor(units, refund.currency), from_minor(max(0, units + short), refund.currency)
    message = f"Refund {refund.refund_id} asks for {asked} on {what}; {rest} may still be credited."
    evidence = {"part": what, "asked": str(asked), "left": str(rest)}
    return reason_about(refund, _X.REFUND_EXCEEDS_ORIGINAL, message, evidence)


def _draft(
    refund: RefundEvent, found: Sequence[_Attributed], sale: Sale, ahead: Sequence[CreditNote]
) -> CreditNoteDraft:
    currency = refund.currency
    lines = tuple(
        CreditLine(
            line_id=each.sold.line_id,
            stock_code=each.sold.stock_code,
            net=from_minor(each.goods.net, currency),
            vat=from_minor(each.goods.vat, currency),
            vat_rate=each.sold.vat_rate,
            quantity=each.asked.quantity,
            reason=each.asked.reason,
        )
        for each in found
        if each.sold is not None and each.goods is not None
    )
    shipping = [each.shipping for each in found if each.shipping is not None]
    changed = changes_since(refund, ahead, sale) if ahead else ()
    taxes = [note for each in found for note in _tax_notes(each, sale)]
    return CreditNoteDraft(
        account=refund.account,
        refund_id=refund.refund_id,
        order_id=refund.order_id,
        against=sale.invoice or sale.reference,
        currency=currency,
        lines=lines,
        shipping_net=from_minor(sum(each.net for each in shipping), currency),
        shipping_vat=from_minor(sum(each.vat for each in shipping), currency),
        commission=total((each.asked.commission for each in found), currency),
        complete=refund.state is RefundState.REFUNDED,
        notes=(*taxes, *(reason.message for reason in changed)),
        shipping_code=sale.shipping_code if shipping else None,
    )


def _tax_notes(found: _Attributed, sale: Sale) -> Iterator[str]:
    """Where the VAT is not what the rate gives: because the channel states it, or because that much is left."""
    parts: list[tuple[str, Taken | None, Decimal | None, Decimal]] = [
        ("shipping", found.shipping, found.asked.shipping_tax, sale.shipping_rate)
    ]
    if found.sold is not None:
        parts.insert(0, (f"line {found.sold.line_id}", found.goods, found.asked.tax, found.sold.vat_rate))
    for what, taken, stated, rate in parts:
        if taken is not None and abs(taken.vat - taken.expected_vat) > 1:
            whose = "what is left of the VAT," if stated is None else "the channel's tax"
            yield f"{what}: {whose} {from_minor(taken.vat, sale.currency)} is not {rate} per cent"


def _decide(*reasons: Reason) -> Held:
    return Held(step=NextStep.DECIDE, why=" ".join(reason.message for reason in reasons), reasons=reasons)
