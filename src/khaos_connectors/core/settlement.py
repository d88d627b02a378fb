"""Where did this penny go: every line of a marketplace's statement is matched with what was expected, or explained.

``classify`` names what a line is about, ``match`` finds what it settles, ``tie_out`` proves that the statement adds up;
``journals.journal_for`` books the result.
"""

from collections.abc import Collection, Mapping, Sequence

import attrs

from khaos_connectors.core.amounts import from_minor, to_minor
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.reconciliation import (
    MatchResult,
    MatchRule,
    MatchStatus,
    OrderBalance,
    Reconciliation,
    not_settled,
    order_balances,
    overpaid,
)
from khaos_connectors.core.refund_records import CreditNote
from khaos_connectors.core.settlement_book import Book
from khaos_connectors.core.settlement_expected import expected_of
from khaos_connectors.core.settlement_fees import fee_reasons, rule_for
from khaos_connectors.core.settlement_names import is_blank
from khaos_connectors.core.settlement_taking import Claim, Level
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
    "overpaid",
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
_RULES = {
    (True, True): MatchRule.ORDER_LINE,
    (True, False): MatchRule.ORDER_TOTAL,
    (False, True): MatchRule.REFERENCE_LINE,
    (False, False): MatchRule.REFERENCE_TOTAL,
}
"""By whether the order was found by its id, and whether its own line was."""


def classify(line: SettlementLine, table: Mapping[str, Meaning]) -> SettlementLine:
    """*line* with the meaning that *table* gives its type; a type that is not in it is of class UNKNOWN.

    The tables stand with the systems whose codes they hold; ``{**table, "THEIR_CODE": Meaning(...)}`` adds to one.
    """
    return attrs.evolve(line, meaning=table.get(line.type, UNCLASSIFIED))


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
    ``"type/fee code"``); sales by order, line and kind, then by order and kind on totals, then (kind WHOLE) all of the
    order, the order being found by its id, else by its external reference; refunds by refund id. A blank id is none.
    Never by amount alone: equal amounts only choose between lines of one order. Less than is outstanding settles in
    part; more, of the line or of the whole order, beyond the *tolerance*, is not matched.

    The sequence of *lines* changes nothing. Within an order what is taken back comes first, then what fits exactly by
    any of these tests, then what fits in part, small before large, then what is pennies too much; what then lacks
    pennies is written off on the largest line. A part of a line that is named stays with it, whatever is equal. Of
    several lines with one id, one counts, and the same one in any sequence.

    Nearly linear in lines and orders, be it many orders or one large one. Raises ``ValueError`` when lines are of
    several currencies, or an order or the credit note of a refund is there twice.
    """
    currency = _one_currency(lines)
    if not currency:
        return Reconciliation(currency="", results=(), orders=tuple(orders), credit_notes=tuple(credit_notes))
    book = Book(orders, credit_notes, tolerance, currency)
    fresh = {place: lines[place] for place in _counted(lines, seen)}
    claims = _claims(fresh, book)
    results = tuple(
        _decide(line, book, fees, claims.get(place)) if place in fresh else _duplicate(line)
        for place, line in enumerate(lines)
    )
    mismatches = fee_reasons(tuple(fresh.values()), fees=fees, book=book, currency=currency, tolerance=tolerance)
    return Reconciliation(
        currency=currency,
        results=results,
        orders=book.orders_after(),
        credit_notes=book.notes_after(),
        reasons=(*(result.reason for result in results if result.reason is not None), *mismatches),
    )


def _one_currency(lines: Sequence[SettlementLine]) -> str:
    found = sorted({line.currency for line in lines})
    if len(found) > 1:
        raise ValueError(f"lines: a statement is of one currency, these are of {', '.join(found)}")
    return found[0] if found else ""


def _counted(lines: Sequence[SettlementLine], seen: Collection[str]) -> list[int]:
    """The places of the lines that are no duplicates. Of copies that differ, the same one counts in any sequence."""
    copies: dict[str, list[int]] = {}
    known = frozenset(seen)
    for place, line in enumerate(lines):
        if line.line_id not in known:
            copies.setdefault(line.line_id, []).append(place)
    return sorted(
        places[0] if len(places) == 1 else min(places, key=lambda place: (repr(lines[place]), place))
        for places in copies.values()
    )


def _claims(lines: Mapping[int, SettlementLine], book: Book) -> Mapping[int, Claim]:
    """The claims of sales and refunds by the places of their lines, settled as far as they can be."""
    sales: dict[int, dict[int, Claim]] = {}
    refunds: dict[int, dict[int, Claim]] = {}
    for place, line in lines.items():
        if line.line_class is LineClass.SALE:
            order = book.names.find(line.order_id, line.order_reference)
            if order is not None and book.orders[order].currency == line.currency:
                sales.setdefault(order, {})[place] = _claim(line, line.order_line_id, line.meaning.kind)
        elif line.line_class is LineClass.REFUND:
            note = book.note(line.refund_id)
            if note is not None and book.credit_notes[note].currency == line.currency:
                refunds.setdefault(note, {})[place] = _claim(line, "", LineKind.OTHER)
    for order, claims in sales.items():
        book.account(order).settle(tuple(claims.values()))
    # Refunds share the tolerance of their order with its sales and with each other: always in one sequence.
    for note in sorted(refunds, key=lambda note: book.credit_notes[note].refund_id):
        book.refund_account(note).settle(tuple(refunds[note].values()))
    return {place: claim for group in (sales, refunds) for claims in group.values() for place, claim in claims.items()}


def _claim(line: SettlementLine, line_id: str, kind: LineKind) -> Claim:
    return Claim(line.line_id, to_minor(line.amount, line.currency), line_id, kind)


def _decide(line: SettlementLine, book: Book, fees: Mapping[str, FeeRule], claim: Claim | None) -> MatchResult:
    order = book.order_of(line)
    whose = "" if order is None else order.name
    match line.line_class:
        case LineClass.PAYOUT:
            return MatchResult(line=line, status=MatchStatus.PAYOUT, rule=MatchRule.TYPE, belongs_to=whose)
        case LineClass.FEE | LineClass.ADJUSTMENT | LineClass.OPERATOR_TAX | LineClass.RESERVE:
            return _by_type(line, fees, whose)
        case LineClass.SALE:
            return _sale(line, book, claim)
        case LineClass.REFUND:
            return _refund(line, book, claim)
        case _:
            message = f"No table says what {line.type} is."
            return _unmatched(line, _X.SCHEMA_DRIFT, message, entity=line.type, whose=whose)


def _by_type(line: SettlementLine, fees: Mapping[str, FeeRule], whose: str) -> MatchResult:
    rule = rule_for(line, fees)
    if rule is None:
        message = f"{line.type} of {line.amount} has no ledger account."
        entity = line.fee_key if line.fee_code else line.type
        return _unmatched(line, _X.FEE_UNMAPPED, message, entity=entity, whose=whose)
    return MatchResult(
        line=line,
        status=_BY_TYPE[line.line_class],
        rule=MatchRule.TYPE,
        target=rule.account,
        vat_code=rule.vat_code,
        belongs_to=whose,
    )


def _sale(line: SettlementLine, book: Book, claim: Claim | None) -> MatchResult:
    place = book.names.find(line.order_id, line.order_reference)
    if place is None:
        named = line.order_reference if is_blank(line.order_id) else line.order_id
        message = f"No order {named} is expected."
        if is_blank(named):
            message = f"No order is named by {line.type} of {line.amount}."
        return _unmatched(line, _X.SETTLEMENT_UNMATCHED, message)
    order = book.orders[place]
    if claim is None:
        message = f"Order {order.name} is in {order.currency}, the statement in {line.currency}."
        return _unmatched(line, _X.SETTLEMENT_UNMATCHED, message, whose=order.name)
    if claim.where is None:
        kind = line.meaning.kind.value
        message = f"{line.amount} is not within what is outstanding of the {kind} of {order.name}."
        return _unmatched(line, _X.SETTLEMENT_UNMATCHED, message, whose=order.name)
    by_id = book.names.by_id(line.order_id) is not None
    rule = _RULES[by_id, claim.level is Level.LINE]
    return _settled(line, claim, book.account(place).left(claim.where), rule=rule, target=order.name, whose=order.name)


def _refund(line: SettlementLine, book: Book, claim: Claim | None) -> MatchResult:
    place = book.note(line.refund_id)
    entity = line.line_id if is_blank(line.refund_id) else line.refund_id
    if place is None:
        order = book.order_of(line)
        told = "without an id" if is_blank(line.refund_id) else line.refund_id
        message = f"Refund {told} of {line.amount} has no complete credit note."
        whose = "" if order is None else order.name
        return _unmatched(line, _X.REFUND_UNMATCHED, message, entity=entity, whose=whose)
    note, whose = book.credit_notes[place], book.whose_refund(line, place)
    if claim is None or claim.where is None:
        message = f"{line.amount} {line.currency} is not within what is outstanding of credit note {note.code}."
        return _unmatched(line, _X.REFUND_UNMATCHED, message, entity=entity, whose=whose)
    left = book.refund_account(place).left(claim.where)
    return _settled(line, claim, left, rule=MatchRule.REFUND, target=note.code, whose=whose)


def _settled(line: SettlementLine, claim: Claim, left: int, *, rule: MatchRule, target: str, whose: str) -> MatchResult:
    return MatchResult(
        line=line,
        status=MatchStatus.MATCHED,
        rule=rule,
        target=target,
        difference=from_minor(claim.difference, line.currency),
        outstanding=from_minor(left, line.currency),
        belongs_to=whose,
    )


def _duplicate(line: SettlementLine) -> MatchResult:
    message = f"Line {line.line_id} was there before: it is left out."
    reason = _reason(line, _X.SETTLEMENT_DUPLICATE, message, line.line_id)
    return MatchResult(line=line, status=MatchStatus.DUPLICATE, rule=MatchRule.LINE_ID, reason=reason)


def _unmatched(
    line: SettlementLine, kind: ExceptionType, message: str, *, entity: str = "", whose: str = ""
) -> MatchResult:
    reason = _reason(line, kind, message, entity or line.line_id)
    return MatchResult(line=line, status=MatchStatus.UNMATCHED, rule=MatchRule.NONE, reason=reason, belongs_to=whose)


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
