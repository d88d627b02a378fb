"""The outcome of matching a settlement: one result per line, and how every order stands after it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

import attrs

from khaos_connectors.core.amounts import from_minor, in_minor_units, known_currency, to_minor, total
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import aware_or_none, typed
from khaos_connectors.core.ids import OrderId
from khaos_connectors.core.refund_records import CreditNote
from khaos_connectors.core.settlement_names import Names, is_blank
from khaos_connectors.core.settlement_types import ExpectedOrder, LineClass, SettlementLine

__all__ = [
    "MatchResult",
    "MatchRule",
    "MatchStatus",
    "OrderBalance",
    "Reconciliation",
    "not_settled",
    "order_balances",
    "overpaid",
]


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


@attrs.frozen(kw_only=True, field_transformer=typed)
class MatchResult:
    """Where *line* ended and why. *target* is the order, the credit note or the ledger account that it belongs to.

    *difference* is what the line has more (plus) or less than was outstanding, where that is taken for rounding.
    *outstanding* is what its statement leaves of what it was matched with. *vat_code* comes from the fee's rule.
    *belongs_to* is the order that it was found to be of, by whichever name, matched or not.
    """

    line: SettlementLine
    status: MatchStatus
    rule: MatchRule
    target: str = ""
    difference: Decimal = Decimal(0)
    outstanding: Decimal = Decimal(0)
    vat_code: str = ""
    reason: Reason | None = None
    belongs_to: str = ""

    @property
    def order_id(self) -> str:
        """The order that it belongs to: the one it was found to be of, else the one that the line names."""
        if self.belongs_to:
            return self.belongs_to
        sale = self.status is MatchStatus.MATCHED and self.line.line_class is LineClass.SALE
        return self.target if sale else self.line.order_id


@attrs.frozen(kw_only=True)
class OrderBalance:
    """How an order stands in the clearing account.

    *expected* is what is owed for it less its credit notes, *settled* what statements have cleared of that.
    *to_take_back* is what of its credit notes the marketplace has not taken from the seller yet.
    """

    order_id: OrderId
    currency: str = attrs.field(validator=known_currency)
    expected: Decimal = attrs.field(validator=in_minor_units)
    settled: Decimal = attrs.field(validator=in_minor_units)
    since: datetime | None = attrs.field(default=None, validator=aware_or_none)
    to_take_back: Decimal = attrs.field(default=Decimal(0), validator=in_minor_units)

    @property
    def outstanding(self) -> Decimal:
        """What the marketplace still owes (minus: what it will still take back)."""
        return from_minor(self._outstanding, self.currency)

    @property
    def overpaid(self) -> Decimal:
        """What was paid for it beyond what was expected, from 0: a refund that is still to be taken back is none."""
        beyond = -self._outstanding - to_minor(self.to_take_back, self.currency)
        return from_minor(max(0, beyond), self.currency)

    @property
    def _outstanding(self) -> int:
        return to_minor(self.expected, self.currency) - to_minor(self.settled, self.currency)


@attrs.frozen(kw_only=True, field_transformer=typed)
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
    """One balance per order, in the order of *orders*; then orders that only credit notes name. Drafts do not count.

    A credit note names its order by the id, else by the reference. One without an order id, or in another currency
    than its order, has a balance of its own.
    """
    names = Names(orders)
    of_order: dict[int, list[CreditNote]] = {}
    of_others: dict[tuple[str, str, int], list[CreditNote]] = {}
    for number, note in enumerate(credit_notes):
        if not note.complete:
            continue
        place = names.find(note.order_id)
        if place is not None and orders[place].currency == note.currency:
            of_order.setdefault(place, []).append(note)
        else:
            own = number if is_blank(note.order_id) else -1
            of_others.setdefault((note.order_id, note.currency, own), []).append(note)
    found = [_balance(OrderId(order.name), order, of_order.get(place, [])) for place, order in enumerate(orders)]
    return (*found, *(_balance(notes[0].order_id, None, notes) for notes in of_others.values()))


def _balance(order_id: OrderId, order: ExpectedOrder | None, notes: Sequence[CreditNote]) -> OrderBalance:
    currency = notes[0].currency if order is None else order.currency
    expected = 0 if order is None else to_minor(order.expected, currency)
    settled = 0 if order is None else to_minor(order.settled, currency)
    credited = sum(to_minor(note.total, currency) for note in notes)
    taken_back = sum(to_minor(note.settled, currency) for note in notes)
    return OrderBalance(
        order_id=order_id,
        currency=currency,
        expected=from_minor(expected - credited, currency),
        settled=from_minor(settled - taken_back, currency),
        since=None if order is None else order.since,
        to_take_back=from_minor(credited - taken_back, currency),
    )


def not_settled(balances: Sequence[OrderBalance], *, now: datetime, days: int = 30) -> tuple[Reason, ...]:
    """Why somebody must ask the marketplace: orders that are not settled *days* after they fell due, whether something
    was not paid or something was not taken back.

    *now* is aware. An order without a ``since`` is not late. Raises ``ValueError`` for a naive *now*.
    """
    if now.tzinfo is None:
        raise ValueError(f"now must be aware: {now.isoformat()} has no time zone")
    limit = timedelta(days=days)
    return tuple(
        Reason(
            type=ExceptionType.ORDER_NOT_SETTLED,
            entity=balance.order_id,
            message=_late(balance, balance.since, days),
            evidence={
                "expected": str(balance.expected),
                "settled": str(balance.settled),
                "outstanding": str(balance.outstanding),
            },
        )
        for balance in balances
        if balance.since is not None and balance.outstanding and now - balance.since > limit
    )


def _late(balance: OrderBalance, since: datetime, days: int) -> str:
    lateness = f"since {since.date().isoformat()}, longer than {days} days"
    if balance.outstanding > 0:
        owed = f"{balance.outstanding} of {balance.expected} {balance.currency} for order {balance.order_id}"
        return f"{owed} is outstanding {lateness}."
    beyond = f"{balance.outstanding.copy_abs()} {balance.currency} too much stands for order {balance.order_id}"
    return f"{beyond} {lateness}: it was not taken back."


def overpaid(balances: Sequence[OrderBalance]) -> tuple[Reason, ...]:
    """Orders for which more was paid than was expected, at once and whenever they fell due.

    A balance below nothing that credit notes explain is no such order: the marketplace will take it back, and if it
    does not, ``not_settled`` tells.
    """
    return tuple(
        Reason(
            type=ExceptionType.ORDER_NOT_SETTLED,
            entity=balance.order_id,
            message=(
                f"{balance.overpaid} {balance.currency} too much was paid for order {balance.order_id}: "
                f"{balance.settled} for {balance.expected}."
            ),
            evidence={
                "expected": str(balance.expected),
                "settled": str(balance.settled),
                "overpaid": str(balance.overpaid),
            },
        )
        for balance in balances
        if balance.overpaid
    )
