"""The outcome of matching a settlement: one result per line, and how every order stands after it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

import attrs

from khaos_connectors.core.amounts import from_minor, to_minor, total
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import aware_or_none
from khaos_connectors.core.ids import OrderId
from khaos_connectors.core.refund_records import CreditNote
from khaos_connectors.core.settlement_types import ExpectedOrder, LineClass, SettlementLine

__all__ = ["MatchResult", "MatchRule", "MatchStatus", "OrderBalance", "Reconciliation", "not_settled", "order_balances"]


class MatchStatus(Enum):
    """Where a line ended; every line has exactly one."""

    MATCHED = "matched"
    FEE = "fee"
    ADJUSTMENT = "adjustment"
    OPERATOR_TAX = "operator tax"
    RESERVE = "reserve"
    PAYOUT = "payout"
    DUPLICATE = "duplicate"
    UNMATCHED = "unmatched"


class MatchRule(Enum):
    """Which test decided."""

    LINE_ID = "the line id was seen before"
    TYPE = "the type of the line"
    ORDER_LINE = "order, line and kind"
    ORDER_TOTAL = "order and kind, on totals"
    REFERENCE_LINE = "order by its external reference, then line and kind"
    REFERENCE_TOTAL = "order by its external reference, then kind, on totals"
    REFUND = "refund id"
    NONE = "no test"


@attrs.frozen(kw_only=True)
class MatchResult:
    """Where *line* ended and why. *target* is the order, the credit note or the ledger account that it belongs to.

    *difference* is what the line has more (plus) or less than was outstanding, where that is taken for rounding.
    *outstanding* is what it leaves of what it was matched with. *vat_code* comes from the fee's rule.
    """

    line: SettlementLine
    status: MatchStatus
    rule: MatchRule
    target: str = ""
    difference: Decimal = Decimal(0)
    outstanding: Decimal = Decimal(0)
    vat_code: str = ""
    reason: Reason | None = None

    @property
    def order_id(self) -> str:
        """The order that it belongs to: the one it was matched with, else the one that the line names."""
        sale = self.status is MatchStatus.MATCHED and self.line.line_class is LineClass.SALE
        return self.target if sale else self.line.order_id


@attrs.frozen(kw_only=True)
class OrderBalance:
    """How an order stands in the clearing account.

    *expected* is what is owed for it less its credit notes, *settled* what statements have cleared of that.
    """

    order_id: OrderId
    currency: str
    expected: Decimal
    settled: Decimal
    since: datetime | None = attrs.field(default=None, validator=aware_or_none)

    @property
    def outstanding(self) -> Decimal:
        """What the marketplace still owes (minus: what it will still take back)."""
        return self.expected - self.settled


@attrs.frozen(kw_only=True)
class Reconciliation:
    """One result per line, in the lines' order; *orders* and *credit_notes* as they stand after these lines.

    *currency* is empty when there was no line. *reasons* are for people: those of the results, then those of fees.
    """

    currency: str
    results: tuple[MatchResult, ...]
    orders: tuple[ExpectedOrder, ...]
    credit_notes: tuple[CreditNote, ...]
    reasons: tuple[Reason, ...] = ()

    def of(self, status: MatchStatus) -> tuple[MatchResult, ...]:
        """The results with *status*."""
        return tuple(result for result in self.results if result.status is status)

    def amount(self, status: MatchStatus | None = None) -> Decimal:
        """The sum of the lines with *status*; of all lines but duplicates when that is None."""
        if not self.currency:
            return Decimal(0)
        counted = (
            result.line.amount
            for result in self.results
            if (result.status is not MatchStatus.DUPLICATE if status is None else result.status is status)
        )
        return total(counted, self.currency)

    @property
    def rounding(self) -> tuple[MatchResult, ...]:
        """The results whose difference goes to the rounding account."""
        return tuple(result for result in self.results if result.difference)

    @property
    def balances(self) -> tuple[OrderBalance, ...]:
        """How each order stands, see ``order_balances``."""
        return order_balances(self.orders, self.credit_notes)


def order_balances(orders: Sequence[ExpectedOrder], credit_notes: Sequence[CreditNote]) -> tuple[OrderBalance, ...]:
    """One balance per order, in the order of *orders*; then orders that only credit notes name. Drafts do not count."""
    taken: dict[OrderId, list[CreditNote]] = {}
    for note in credit_notes:
        if note.complete:
            taken.setdefault(note.order_id, []).append(note)
    found = [_balance(order.order_id, order, taken.pop(order.order_id, [])) for order in orders]
    return (*found, *(_balance(order_id, None, notes) for order_id, notes in taken.items()))


def _balance(order_id: OrderId, order: ExpectedOrder | None, notes: Sequence[CreditNote]) -> OrderBalance:
    currency = notes[0].currency if order is None else order.currency
    expected = 0 if order is None else to_minor(order.expected, currency)
    settled = 0 if order is None else to_minor(order.settled, currency)
    for note in notes:
        expected -= to_minor(note.total, currency)
        settled -= to_minor(note.settled, currency)
    return OrderBalance(
        order_id=order_id,
        currency=currency,
        expected=from_minor(expected, currency),
        settled=from_minor(settled, currency),
        since=None if order is None else order.since,
    )


def not_settled(balances: Sequence[OrderBalance], *, now: datetime, days: int = 30) -> tuple[Reason, ...]:
    """Why somebody must ask the marketplace: orders of which something is outstanding *days* after they fell due.

    *now* is aware. An order without a ``since`` is not late. Raises ``ValueError`` for a naive *now*.
    """
    if now.tzinfo is None:
        raise ValueError(f"now must be aware: {now.isoformat()} has no time zone")
    limit = timedelta(days=days)
    return tuple(
        Reason(
            type=ExceptionType.ORDER_NOT_SETTLED,
            entity=balance.order_id,
            message=(
                f"{balance.outstanding} of {balance.expected} {balance.currency} for order {balance.order_id} is "
                f"outstanding since {balance.since.date().isoformat()}, longer than {days} days."
            ),
            evidence={
                "expected": str(balance.expected),
                "settled": str(balance.settled),
                "outstanding": str(balance.outstanding),
            },
        )
        for balance in balances
        if balance.since is not None and balance.outstanding > 0 and now - balance.since > limit
    )
