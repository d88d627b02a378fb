"""Whether the fees of a settlement are what was agreed: ``round(rate x base)``, order by order."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from khaos_connectors.core.amounts import from_minor, nearest, to_minor
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.money import minor_digits
from khaos_connectors.core.quantities import per_cent
from khaos_connectors.core.settlement_book import Book
from khaos_connectors.core.settlement_types import FeeRule, LineClass, LineKind, SettlementLine, Tolerance

__all__ = ["fee_reasons", "rule_for"]

_MONEY = frozenset({LineClass.SALE, LineClass.REFUND})
_Owner: TypeAlias = tuple[str, str]
"""Whose fee or money it is: an order's sales ``(order id, "")``, or one refund ``(order id, refund id)``."""


def rule_for(line: SettlementLine, fees: Mapping[str, FeeRule]) -> FeeRule | None:
    """The rule of a line's type and fee code, else of its type."""
    return fees.get(line.fee_key) or fees.get(line.type)


def fee_reasons(
    lines: Sequence[SettlementLine], *, fees: Mapping[str, FeeRule], book: Book, currency: str, tolerance: Tolerance
) -> tuple[Reason, ...]:
    """A ``FEE_MISMATCH`` for each fee of an order (of a refund) that is not its rate of what it is measured on.

    *lines* are those of one statement, without duplicates. Fee lines of one type and order are added up, each may be
    off by the tolerance. Measured is what the statement itself settles; a fee that comes without its sale or refund is
    measured on the whole order or credit note.
    """
    rated: dict[tuple[_Owner, str], tuple[FeeRule, list[SettlementLine]]] = {}
    for line in lines:
        rule = rule_for(line, fees) if line.line_class is LineClass.FEE else None
        if rule is not None and rule.rate is not None:
            rated.setdefault((_owner(line), line.fee_key), (rule, []))[1].append(line)
    if not rated:
        return ()
    sold: dict[tuple[_Owner, LineKind], int] = {}
    charged: dict[tuple[_Owner, str], int] = {}
    for line in lines:
        owner, units = _owner(line), to_minor(line.amount, currency)
        if line.line_class in _MONEY:
            sold[owner, line.meaning.kind] = sold.get((owner, line.meaning.kind), 0) + units
        else:
            charged[owner, line.type] = charged.get((owner, line.type), 0) + units
    slack = tolerance.fee * 10 ** minor_digits(currency)
    found: list[Reason] = []
    for (owner, _), (rule, group) in rated.items():
        assert rule.rate is not None  # only such rules are collected
        base = charged.get((owner, rule.of)) if rule.of else _base(owner, rule, sold, book, currency)
        expected = None if base is None else nearest(rule.rate * (base if rule.of else -base))
        actual = sum(to_minor(line.amount, currency) for line in group)
        if expected is None or abs(actual - expected) > slack * len(group):
            found.append(_mismatch(owner, group[0], rule.rate, actual=actual, expected=expected))
    return tuple(found)


def _owner(line: SettlementLine) -> _Owner:
    of_refund = line.line_class is LineClass.REFUND or line.meaning.returned
    return (line.order_id, line.refund_id if of_refund else "")


def _base(
    owner: _Owner, rule: FeeRule, sold: Mapping[tuple[_Owner, LineKind], int], book: Book, currency: str
) -> int | None:
    settled = [sold[owner, kind] for kind in rule.kinds if (owner, kind) in sold]
    if settled:
        return sum(settled)
    order_id, refund_id = owner
    if refund_id:
        note = book.note(refund_id)
        return None if note is None else -to_minor(note.total, currency)
    order = book.order(order_id)
    return None if order is None else sum(to_minor(p.amount, currency) for p in order.parts if p.kind in rule.kinds)


def _mismatch(owner: _Owner, line: SettlementLine, rate: Fraction, *, actual: int, expected: int | None) -> Reason:
    order_id, refund_id = owner
    fee = line.fee_key if line.fee_code else line.type
    whose = refund_id or order_id or line.statement_id
    charged = from_minor(actual, line.currency)
    evidence = {"statement": line.statement_id, "type": fee, "rate": per_cent(rate), "charged": str(charged)}
    if expected is None:
        message = f"{fee} of {charged} for {whose} has nothing to be measured on."
    else:
        evidence["expected"] = str(from_minor(expected, line.currency))
        message = f"{fee} for {whose} is {charged}, at {per_cent(rate)} it would be {evidence['expected']}."
    return Reason(type=ExceptionType.FEE_MISMATCH, entity=f"{whose}/{fee}", message=message, evidence=evidence)
