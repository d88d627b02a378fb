"""Whether the fees of a settlement are what was agreed: ``round(rate x base)``, order by order."""

from collections.abc import Iterable, Mapping, Sequence, Set
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import TypeAlias

from khaos_connectors.core.amounts import from_minor, nearest, to_minor
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.money import minor_digits
from khaos_connectors.core.quantities import per_cent
from khaos_connectors.core.settlement_book import Book
from khaos_connectors.core.settlement_names import is_blank
from khaos_connectors.core.settlement_types import (
    GOODS_AND_SHIPPING,
    FeeRule,
    LineClass,
    LineKind,
    SettlementLine,
    Tolerance,
)

__all__ = ["fee_reasons", "rule_for"]

_MONEY = frozenset({LineClass.SALE, LineClass.REFUND})


class _Of(Enum):
    """What a fee, or the money that it is measured on, belongs to."""

    SALES = "sales of an order"
    REFUND = "one refund"
    REFUNDS = "refunds of an order that have no id"
    STATEMENT = "no order at all"
    STATEMENT_BACK = "no order at all, given back"


_Owner: TypeAlias = tuple[_Of, str]
"""What it belongs to, and the name of that."""
_NAMELESS = frozenset({_Of.STATEMENT, _Of.STATEMENT_BACK})


def rule_for(line: SettlementLine, fees: Mapping[str, FeeRule]) -> FeeRule | None:
    """The rule of a line's type and fee code, else of its type."""
    return fees.get(line.fee_key) or fees.get(line.type)


def fee_reasons(
    lines: Sequence[SettlementLine], *, fees: Mapping[str, FeeRule], book: Book, currency: str, tolerance: Tolerance
) -> tuple[Reason, ...]:
    """A ``FEE_MISMATCH`` for each fee of an order (of a refund) that is not its rate of what it is measured on.

    *lines* are those of one statement, without duplicates. Fee lines of one type and order are added up, each may be
    off by the tolerance. Measured is what the statement itself settles; a fee that comes without its sale or refund is
    measured on the whole order or credit note. Lines that name no order belong to none, and not to each other; only a
    fee on a fee of the statement itself is measured there.
    """
    rated: dict[tuple[_Owner, str], tuple[FeeRule, list[SettlementLine]]] = {}
    for line in lines:
        rule = rule_for(line, fees) if line.line_class is LineClass.FEE else None
        if rule is not None and rule.rate is not None:
            rated.setdefault((_owner(line, book), line.fee_key), (rule, []))[1].append(line)
    if not rated:
        return ()
    sold, charged = _measured(lines, book, currency)
    slack = Fraction(tolerance.fee) * 10 ** minor_digits(currency)
    found: list[Reason] = []
    for (owner, _), (rule, group) in rated.items():
        assert rule.rate is not None  # only such rules are collected
        base = charged.get((owner, rule.of)) if rule.of else _base(group[0], rule, sold.get(owner, {}), book)
        expected = None if base is None else nearest(rule.rate * (base if rule.of else -base))
        actual = sum(to_minor(line.amount, currency) for line in group)
        if expected is None or abs(actual - expected) > slack * len(group):
            found.append(_mismatch(owner, group[0], rule.rate, actual=actual, expected=expected))
    return tuple(found)


def _measured(
    lines: Sequence[SettlementLine], book: Book, currency: str
) -> tuple[Mapping[_Owner, Mapping[LineKind, int]], Mapping[tuple[_Owner, str], int]]:
    """What was sold or refunded, by whose it is and kind, and what was charged, by whose it is and type."""
    sold: dict[_Owner, dict[LineKind, int]] = {}
    charged: dict[tuple[_Owner, str], int] = {}
    for line in lines:
        owner, units = _owner(line, book), to_minor(line.amount, currency)
        if line.line_class not in _MONEY:
            charged[owner, line.type] = charged.get((owner, line.type), 0) + units
        elif owner[0] not in _NAMELESS:
            kinds = sold.setdefault(owner, {})
            kinds[line.meaning.kind] = kinds.get(line.meaning.kind, 0) + units
    return sold, charged


def _owner(line: SettlementLine, book: Book) -> _Owner:
    order = book.order_of(line)
    named = line.order_reference if is_blank(line.order_id) else line.order_id
    name = named if order is None else order.name
    if line.line_class is LineClass.REFUND or line.meaning.returned:
        if not is_blank(line.refund_id):
            return _Of.REFUND, line.refund_id
        return (_Of.STATEMENT_BACK, line.statement_id) if is_blank(name) else (_Of.REFUNDS, name)
    return (_Of.STATEMENT, line.statement_id) if is_blank(name) else (_Of.SALES, name)


def _base(fee: SettlementLine, rule: FeeRule, sold: Mapping[LineKind, int], book: Book) -> int | None:
    """What *fee* is measured on: what the statement settled of it, else the whole order or credit note."""
    # A line of the whole order cannot be taken apart: it counts where goods and shipping both do.
    kinds = {*rule.kinds, LineKind.WHOLE} if rule.kinds >= GOODS_AND_SHIPPING else rule.kinds
    settled = [units for kind, units in sold.items() if kind in kinds]
    if settled:
        return sum(settled)
    if not fee.meaning.returned:
        order = book.order_of(fee)
        if order is None or order.currency != fee.currency:
            return None
        return _units(((part.kind, part.amount) for part in order.parts), kinds, fee.currency)
    place = book.note(fee.refund_id)
    if place is None or book.credit_notes[place].currency != fee.currency:
        return None
    note = book.credit_notes[place]
    goods = ((LineKind.GOODS, line.gross) for line in note.lines)
    return -_units((*goods, (LineKind.SHIPPING, note.shipping)), kinds, fee.currency)


def _units(amounts: Iterable[tuple[LineKind, Decimal]], kinds: Set[LineKind], currency: str) -> int:
    return sum(to_minor(amount, currency) for kind, amount in amounts if kind in kinds)


def _mismatch(owner: _Owner, line: SettlementLine, rate: Fraction, *, actual: int, expected: int | None) -> Reason:
    _, whose = owner
    fee = line.fee_key if line.fee_code else line.type
    charged = from_minor(actual, line.currency)
    evidence = {"statement": line.statement_id, "type": fee, "rate": per_cent(rate), "charged": str(charged)}
    if expected is None:
        message = f"{fee} of {charged} for {whose} has nothing to be measured on."
    else:
        evidence["expected"] = str(from_minor(expected, line.currency))
        message = f"{fee} for {whose} is {charged}, at {per_cent(rate)} it would be {evidence['expected']}."
    return Reason(type=ExceptionType.FEE_MISMATCH, entity=f"{whose}/{fee}", message=message, evidence=evidence)
