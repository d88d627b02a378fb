"""Refunds that changed after a credit note was made for them: found, and said with both amounts."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import attrs

from khaos_connectors.core.amounts import from_minor, to_minor
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.orders import TaxMode
from khaos_connectors.core.refund_records import CreditNote, RefundEvent, Sale
from khaos_connectors.core.vat import STANDARD_RATE, split_gross

__all__ = ["changes_since", "reason_about", "withdrawn_after"]

_SHIPPING, _LINES = "shipping", "the lines"


def reason_about(
    refund: RefundEvent, kind: ExceptionType, message: str, evidence: Mapping[str, str] | None = None
) -> Reason:
    """A reason whose entity is *refund*: order and refund are always in its evidence."""
    known = {"order": refund.order_id, "refund": refund.refund_id}
    return Reason(type=kind, entity=refund.refund_id, message=message, evidence={**known, **(evidence or {})})


def withdrawn_after(refund: RefundEvent, own: Sequence[CreditNote]) -> Reason:
    """The reason that *refund* was withdrawn while there are credit notes (*own*, at least one) for it."""
    return _changed(
        refund, own, "is withdrawn", "gave back " + ", ".join(f"{note.total} {note.currency}" for note in own)
    )


def changes_since(refund: RefundEvent, own: Sequence[CreditNote], sale: Sale | None) -> tuple[Reason, ...]:
    """Where *own* (at least one), the credit notes made for *refund*, are not what it asks for by now.

    Compared are the amounts per line and for shipping (all lines together, if one of the refund's rows names none),
    then the tax where the refund states it. Of net amounts and notes that do not tell their VAT, *sale* gives the
    rates; without it they cannot be compared, and are taken for unchanged.
    """
    at, currency = (refund.order_id, refund.currency), refund.currency
    moved = next(((note.order_id, note.currency) for note in own if (note.order_id, note.currency) != at), None)
    if moved is not None:
        return (_changed(refund, own, "is for order {} in {}".format(*at), "was for order {} in {}".format(*moved)),)
    asked, credited = _asked(refund), [piece for note in own for piece in _credited(note)]
    amounts = _amounts(asked, credited, refund.tax_mode, sale, currency)
    if amounts.differ:
        now, then = _told(amounts.asked, currency), _told(amounts.credited, currency)
        return (_changed(refund, own, f"asks for {now}", f"gave back {then}"),)
    now_tax, then_tax = _tax(asked), _tax(credited)
    if now_tax is not None and then_tax is not None and abs(now_tax - then_tax) > len(asked):
        now, then = str(from_minor(now_tax, currency)), str(from_minor(then_tax, currency))
        return (_changed(refund, own, f"states VAT of {now}", f"gave back VAT of {then}"),)
    return ()


@attrs.frozen
class _Piece:
    """*amount* of a part of an order, in minor units, and the tax in it or on it (None: not told)."""

    part: str
    amount: int
    tax: int | None


@attrs.frozen
class _Amounts:
    """What a refund asks for and what was credited for it, by part; they may differ by *leeway* minor units."""

    asked: Mapping[str, int]
    credited: Mapping[str, int]
    leeway: int = 0

    @property
    def differ(self) -> bool:
        parts = {*self.asked, *self.credited}
        return any(abs(self.asked.get(part, 0) - self.credited.get(part, 0)) > self.leeway for part in parts)


def _asked(refund: RefundEvent) -> list[_Piece]:
    pieces: list[tuple[str, Decimal, Decimal | None]] = []
    for line in refund.lines:
        pieces.append((_LINES if line.line_id is None else f"line {line.line_id}", line.amount, line.tax))
        pieces.append((_SHIPPING, line.shipping, line.shipping_tax))
    return _in_minor(pieces, refund.currency)


def _credited(note: CreditNote) -> list[_Piece]:
    lines = [(f"line {line.line_id}", line.gross, line.vat) for line in note.lines]
    return _in_minor([*lines, (_SHIPPING, note.shipping, note.shipping_vat)], note.currency)


def _in_minor(pieces: Iterable[tuple[str, Decimal, Decimal | None]], currency: str) -> list[_Piece]:
    return [
        _Piece(part, to_minor(amount, currency), None if tax is None else to_minor(tax, currency))
        for part, amount, tax in pieces
        if amount
    ]


def _amounts(
    asked: Sequence[_Piece], credited: Sequence[_Piece], mode: TaxMode, sale: Sale | None, currency: str
) -> _Amounts:
    """With tax where both sides tell it, else without."""
    wide = any(piece.part == _LINES for piece in asked)
    if mode is TaxMode.INCLUDED:
        return _Amounts(_sums(asked, wide=wide), _sums(credited, wide=wide))
    if _tax(asked) is not None:
        gross = [attrs.evolve(piece, amount=piece.amount + (piece.tax or 0)) for piece in asked]
        return _Amounts(_sums(gross, wide=wide), _sums(credited, wide=wide))
    unknown = sum(piece.tax is None for piece in credited)
    if unknown and sale is None:
        return _Amounts({}, {})
    rates = {} if sale is None else {f"line {line.line_id}": line.vat_rate for line in sale.lines}
    rates[_SHIPPING] = STANDARD_RATE if sale is None else sale.shipping_rate
    net = [attrs.evolve(piece, amount=_net(piece, rates, currency)) for piece in credited]
    return _Amounts(_sums(asked, wide=wide), _sums(net, wide=wide), leeway=unknown)


def _net(piece: _Piece, rates: Mapping[str, Decimal], currency: str) -> int:
    if piece.tax is not None:
        return piece.amount - piece.tax
    split = split_gross(from_minor(piece.amount, currency), rates.get(piece.part, STANDARD_RATE), currency=currency)
    return to_minor(split.net, currency)


def _tax(pieces: Iterable[_Piece]) -> int | None:
    """The tax in all of them; None where one does not tell it."""
    taxes = [piece.tax for piece in pieces]
    known = [tax for tax in taxes if tax is not None]
    return sum(known) if len(known) == len(taxes) else None


def _sums(pieces: Iterable[_Piece], *, wide: bool) -> dict[str, int]:
    """By part; *wide*: the lines together."""
    sums: dict[str, int] = {}
    for piece in pieces:
        part = _LINES if wide and piece.part != _SHIPPING else piece.part
        sums[part] = sums.get(part, 0) + piece.amount
    return sums


def _told(sums: Mapping[str, int], currency: str) -> str:
    return ", ".join(f"{from_minor(units, currency)} on {part}" for part, units in sums.items()) or "nothing"


def _changed(refund: RefundEvent, own: Sequence[CreditNote], now: str, then: str) -> Reason:
    message = f"Refund {refund.refund_id} {now} now; {_named(own)} {then}."
    evidence = {"now": now, "credited": then, "credit_note": _codes(own)}
    return reason_about(refund, ExceptionType.REFUND_VALUE_MISMATCH, message, evidence)


def _named(own: Sequence[CreditNote]) -> str:
    kind = "credit note" if any(note.complete for note in own) else "draft"
    return f"{kind}{'s' if len(own) > 1 else ''} {_codes(own)}"


def _codes(own: Sequence[CreditNote]) -> str:
    return ", ".join(note.code for note in own)
