"""Where did this penny go: every line of a marketplace's statement is matched with what was expected, or explained.

``classify`` names what a line is about, ``match`` finds what it settles, ``tie_out`` proves that the statement adds up;
``journals.journal_for`` books the result.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.core.amounts import from_minor, to_minor
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import LineId
from khaos_connectors.core.orders import ErpOrderDraft, TaxMode
from khaos_connectors.core.reconciliation import (
    MatchResult,
    MatchRule,
    MatchStatus,
    OrderBalance,
    Reconciliation,
    not_settled,
    order_balances,
)
from khaos_connectors.core.refund_records import CreditNote
from khaos_connectors.core.settlement_book import Book
from khaos_connectors.core.settlement_fees import fee_reasons, rule_for
from khaos_connectors.core.settlement_types import (
    UNCLASSIFIED,
    Expected,
    ExpectedOrder,
    FeeRule,
    LineClass,
    LineKind,
    Meaning,
    SettlementLine,
    Statement,
    Tolerance,
    VatKey,
    VatTreatment,
)
from khaos_connectors.core.tie_out import Check, TieOut, tie_out

__all__ = [
    "UNCLASSIFIED",
    "Check",
    "Expected",
    "ExpectedOrder",
    "FeeRule",
    "LineClass",
    "LineKind",
    "MatchResult",
    "MatchRule",
    "MatchStatus",
    "Meaning",
    "OrderBalance",
    "Reconciliation",
    "SettlementLine",
    "Statement",
    "TieOut",
    "Tolerance",
    "VatKey",
    "VatTreatment",
    "classify",
    "expected_of",
    "match",
    "not_settled",
    "order_balances",
    "tie_out",
]

_X = ExceptionType
_USUAL = Tolerance()
_BY_TYPE = {
    LineClass.FEE: MatchStatus.FEE,
    LineClass.ADJUSTMENT: MatchStatus.ADJUSTMENT,
    LineClass.OPERATOR_TAX: MatchStatus.OPERATOR_TAX,
    LineClass.RESERVE: MatchStatus.RESERVE,
}


def classify(line: SettlementLine, table: Mapping[str, Meaning]) -> SettlementLine:
    """*line* with the meaning that *table* gives its type; a type that is not in it is of class UNKNOWN.

    The tables stand with the systems whose codes they hold; ``{**table, "THEIR_CODE": Meaning(...)}`` adds to one.
    """
    return attrs.evolve(line, meaning=table.get(line.type, UNCLASSIFIED))


def expected_of(
    draft: ErpOrderDraft,
    *,
    tax_mode: TaxMode = TaxMode.INCLUDED,
    since: datetime | None = None,
    vat: VatKey | None = None,
) -> ExpectedOrder:
    """What the marketplace owes for the order that *draft* became: goods per line, shipping for the whole order.

    *tax_mode* is the statement's: EXCLUDED expects net amounts and taxes apart. The draft's rounding is no part of it.
    """
    parts: list[Expected] = []
    for line in draft.lines:
        source = line.source[0] if line.source else LineId("")
        parts += _apart(source, line.net, line.vat, (LineKind.GOODS, LineKind.GOODS_TAX), tax_mode)
    shipping = (LineKind.SHIPPING, LineKind.SHIPPING_TAX)
    parts += _apart(LineId(""), draft.shipping_net, draft.shipping_vat, shipping, tax_mode)
    return ExpectedOrder(
        order_id=draft.order_id,
        currency=draft.currency,
        parts=tuple(part for part in parts if part.amount),
        reference=draft.reference,
        since=since,
        vat=vat,
    )


def _apart(
    line_id: LineId, net: Decimal, tax: Decimal, kinds: tuple[LineKind, LineKind], tax_mode: TaxMode
) -> list[Expected]:
    kind, tax_kind = kinds
    if tax_mode is TaxMode.INCLUDED:
        return [Expected(line_id=line_id, kind=kind, amount=net + tax)]
    return [Expected(line_id=line_id, kind=kind, amount=net), Expected(line_id=line_id, kind=tax_kind, amount=tax)]


def match(
    lines: Sequence[SettlementLine],
    *,
    orders: Sequence[ExpectedOrder],
    credit_notes: Sequence[CreditNote],
    fees: Mapping[str, FeeRule],
    seen: Collection[str] = (),
    tolerance: Tolerance = _USUAL,
) -> Reconciliation:
    """Where each classified line of one statement belongs, in the order of *lines*; each has exactly one status.

    The tests, in this order: a line id that was there before (*seen* holds those of other statements); payouts; fees,
    adjustments, remitted taxes and reserves by type, which need a ledger account in *fees* (keys: the type, or
    ``"type/fee code"``); sales by order, line and kind, then by order and kind on totals, the order being found by its
    id, else by its external reference; refunds by refund id. Never by amount alone: equal amounts only choose between
    lines of one order. Less than is outstanding settles in part; more, beyond the *tolerance*, is not matched.

    Linear in lines and orders. Raises ``ValueError`` when lines are of several currencies, or an order or the credit
    note of a refund is there twice.
    """
    currency = _one_currency(lines)
    if not currency:
        return Reconciliation(currency="", results=(), orders=tuple(orders), credit_notes=tuple(credit_notes))
    book = Book(orders, credit_notes, tolerance, currency)
    known = set(seen)
    results: list[MatchResult] = []
    fresh: list[SettlementLine] = []
    for line in lines:
        if line.line_id in known:
            results.append(_duplicate(line))
            continue
        known.add(line.line_id)
        fresh.append(line)
        results.append(_decide(line, book, fees))
    mismatches = fee_reasons(fresh, fees=fees, book=book, currency=currency, tolerance=tolerance)
    return Reconciliation(
        currency=currency,
        results=tuple(results),
        orders=book.orders_after(orders),
        credit_notes=book.notes_after(credit_notes),
        reasons=(*(result.reason for result in results if result.reason is not None), *mismatches),
    )


def _one_currency(lines: Sequence[SettlementLine]) -> str:
    found = sorted({line.currency for line in lines})
    if len(found) > 1:
        raise ValueError(f"lines: a statement is of one currency, these are of {', '.join(found)}")
    return found[0] if found else ""


def _decide(line: SettlementLine, book: Book, fees: Mapping[str, FeeRule]) -> MatchResult:
    match line.line_class:
        case LineClass.PAYOUT:
            return MatchResult(line=line, status=MatchStatus.PAYOUT, rule=MatchRule.TYPE)
        case LineClass.FEE | LineClass.ADJUSTMENT | LineClass.OPERATOR_TAX | LineClass.RESERVE:
            return _by_type(line, fees)
        case LineClass.SALE:
            return _sale(line, book)
        case LineClass.REFUND:
            return _refund(line, book)
        case _:
            return _unmatched(line, _X.SCHEMA_DRIFT, f"No table says what {line.type} is.", entity=line.type)


def _by_type(line: SettlementLine, fees: Mapping[str, FeeRule]) -> MatchResult:
    rule = rule_for(line, fees)
    if rule is None:
        message = f"{line.type} of {line.amount} has no ledger account."
        return _unmatched(line, _X.FEE_UNMAPPED, message, entity=line.fee_key if line.fee_code else line.type)
    return MatchResult(
        line=line,
        status=_BY_TYPE[line.line_class],
        rule=MatchRule.TYPE,
        target=rule.account,
        vat_code=rule.vat_code,
    )


def _sale(line: SettlementLine, book: Book) -> MatchResult:
    order = book.order(line.order_id)
    rules = (MatchRule.ORDER_LINE, MatchRule.ORDER_TOTAL)
    if order is None:
        order = book.order_by_reference(line.order_reference or line.order_id)
        rules = (MatchRule.REFERENCE_LINE, MatchRule.REFERENCE_TOTAL)
    if order is None:
        message = f"No order {line.order_id or line.order_reference} is expected."
        return _unmatched(line, _X.SETTLEMENT_UNMATCHED, message)
    if order.currency != line.currency:
        message = f"Order {order.order_id} is in {order.currency}, the statement in {line.currency}."
        return _unmatched(line, _X.SETTLEMENT_UNMATCHED, message)
    amount, rule = to_minor(line.amount, line.currency), rules[0]
    taken = book.take_line(order, line.order_line_id, line.meaning.kind, amount)
    if taken is None:
        taken, rule = book.take_total(order, line.meaning.kind, amount), rules[1]
    if taken is None:
        message = (
            f"{line.amount} is not within what is outstanding of the {line.meaning.kind.value} of {order.order_id}."
        )
        return _unmatched(line, _X.SETTLEMENT_UNMATCHED, message)
    return MatchResult(
        line=line,
        status=MatchStatus.MATCHED,
        rule=rule,
        target=order.order_id,
        difference=from_minor(taken.difference, line.currency),
        outstanding=from_minor(taken.outstanding, line.currency),
    )


def _refund(line: SettlementLine, book: Book) -> MatchResult:
    note = book.note(line.refund_id)
    entity = line.refund_id or line.line_id
    if note is None:
        message = f"Refund {line.refund_id or 'without an id'} of {line.amount} has no complete credit note."
        return _unmatched(line, _X.REFUND_UNMATCHED, message, entity=entity)
    taken = book.take_refund(note, to_minor(line.amount, line.currency)) if note.currency == line.currency else None
    if taken is None:
        message = f"{line.amount} {line.currency} is not within what is outstanding of credit note {note.code}."
        return _unmatched(line, _X.REFUND_UNMATCHED, message, entity=entity)
    return MatchResult(
        line=line,
        status=MatchStatus.MATCHED,
        rule=MatchRule.REFUND,
        target=note.code,
        difference=from_minor(taken.difference, line.currency),
        outstanding=from_minor(taken.outstanding, line.currency),
    )


def _duplicate(line: SettlementLine) -> MatchResult:
    message = f"Line {line.line_id} was there before: it is left out."
    reason = _reason(line, _X.SETTLEMENT_DUPLICATE, message, line.line_id)
    return MatchResult(line=line, status=MatchStatus.DUPLICATE, rule=MatchRule.LINE_ID, reason=reason)


def _unmatched(line: SettlementLine, kind: ExceptionType, message: str, *, entity: str = "") -> MatchResult:
    reason = _reason(line, kind, message, entity or line.line_id)
    return MatchResult(line=line, status=MatchStatus.UNMATCHED, rule=MatchRule.NONE, reason=reason)


def _reason(line: SettlementLine, kind: ExceptionType, message: str, entity: str) -> Reason:
    evidence = {
        "statement": line.statement_id,
        "line": line.line_id,
        "type": line.type,
        "amount": f"{line.amount} {line.currency}",
        "order": line.order_id,
        "refund": line.refund_id,
    }
    return Reason(
        type=kind, entity=entity, message=message, evidence={name: text for name, text in evidence.items() if text}
    )
