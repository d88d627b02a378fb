"""What is outstanding while a settlement is matched: the one place of matching that changes as lines are taken."""

from collections.abc import Sequence
from decimal import Decimal

import attrs

from khaos_connectors.core.amounts import from_minor, to_minor
from khaos_connectors.core.money import minor_digits
from khaos_connectors.core.refund_records import CreditNote
from khaos_connectors.core.settlement_types import Expected, ExpectedOrder, LineKind, Tolerance

__all__ = ["Book", "OrderAccount", "Taken"]


@attrs.frozen
class Taken:
    """What taking an amount gave, in minor units: the *difference* written off, and what is left *outstanding*."""

    difference: int
    outstanding: int


@attrs.define
class OrderAccount:
    """What is outstanding of each part of one order, in minor units, and where each part stands."""

    order: ExpectedOrder
    outstanding: list[int]
    by_line: dict[tuple[str, LineKind], int]
    by_kind: dict[LineKind, list[int]]

    @classmethod
    def of(cls, order: ExpectedOrder) -> "OrderAccount":
        """The account of *order*, with what earlier statements have settled taken off."""
        account = cls(order, [], {}, {})
        for position, part in enumerate(order.parts):
            left = to_minor(part.amount, order.currency) - to_minor(part.settled, order.currency)
            account.outstanding.append(left)
            account.by_line[part.line_id, part.kind] = position
            account.by_kind.setdefault(part.kind, []).append(position)
        return account


class Book:
    """The orders and credit notes that lines are matched with, and how much of each is left.

    Raises ``ValueError`` when an order id, or the refund id of two complete credit notes, is there twice.
    """

    def __init__(
        self, orders: Sequence[ExpectedOrder], credit_notes: Sequence[CreditNote], tolerance: Tolerance, currency: str
    ) -> None:
        self._orders = _unique(orders)
        self._notes = _one_per_refund(credit_notes)
        self._by_reference = _by_reference(orders)
        self._accounts: dict[str, OrderAccount] = {}
        self._refunds: dict[str, list[int]] = {}
        self._written_off: dict[str, int] = {}
        self._line_slack = _units(tolerance.line, currency)
        self._order_slack = _units(tolerance.order, currency)

    def order(self, order_id: str) -> ExpectedOrder | None:
        """The order with this id."""
        return self._orders.get(order_id)

    def order_by_reference(self, reference: str) -> ExpectedOrder | None:
        """The order with this external reference, unless two have it."""
        return self._by_reference.get(reference)

    def note(self, refund_id: str) -> CreditNote | None:
        """The complete credit note for this refund."""
        return self._notes.get(refund_id)

    def take_line(self, order: ExpectedOrder, line_id: str, kind: LineKind, amount: int) -> Taken | None:
        """*amount* taken from one kind of one line; None if there is none or less is outstanding."""
        account = self._account(order)
        position = account.by_line.get((line_id, kind))
        if position is None:
            return None
        return self._take(order.order_id, account.outstanding, (position,), amount, self._line_slack)

    def take_total(self, order: ExpectedOrder, kind: LineKind, amount: int) -> Taken | None:
        """*amount* taken from one kind of the whole order; None if there is none or less is outstanding.

        A line of which exactly this amount is outstanding goes first; otherwise lines are taken in their order.
        """
        account = self._account(order)
        positions = account.by_kind.get(kind)
        if positions is None:
            return None
        for position in positions:
            if account.outstanding[position] == amount:
                account.outstanding[position] = 0
                return Taken(0, sum(account.outstanding[each] for each in positions))
        slack = self._line_slack * len(positions)
        return self._take(order.order_id, account.outstanding, positions, amount, slack)

    def take_refund(self, note: CreditNote, amount: int) -> Taken | None:
        """*amount* (minus: from the seller) taken from a credit note; None if less is outstanding."""
        if note.refund_id not in self._refunds:
            left = to_minor(note.settled, note.currency) - to_minor(note.total, note.currency)
            self._refunds[note.refund_id] = [left]
        return self._take(note.order_id, self._refunds[note.refund_id], (0,), amount, self._line_slack)

    def orders_after(self, orders: Sequence[ExpectedOrder]) -> tuple[ExpectedOrder, ...]:
        """*orders* with what has been taken; an untouched order is the same object."""
        return tuple(self._order_after(order) for order in orders)

    def notes_after(self, credit_notes: Sequence[CreditNote]) -> tuple[CreditNote, ...]:
        """*credit_notes* with what has been taken; an untouched note is the same object."""
        return tuple(self._note_after(note) for note in credit_notes)

    def _account(self, order: ExpectedOrder) -> OrderAccount:
        account = self._accounts.get(order.order_id)
        if account is None:
            account = self._accounts[order.order_id] = OrderAccount.of(order)
        return account

    def _take(
        self, order_id: str, outstanding: list[int], positions: Sequence[int], amount: int, slack: int
    ) -> Taken | None:
        left = sum(outstanding[position] for position in positions)
        difference = amount - left
        spent = self._spent(order_id) + abs(difference)
        if not difference or (abs(difference) <= slack and spent <= self._order_slack):
            for position in positions:
                outstanding[position] = 0
            self._written_off[order_id] = spent
            return Taken(difference, 0)
        if 0 <= amount < left or left < amount <= 0:
            _fill(outstanding, positions, amount)
            return Taken(0, left - amount)
        return None

    def _spent(self, order_id: str) -> int:
        """The differences of an order that were written off so far, without sign, earlier statements included."""
        if order_id not in self._written_off:
            order = self._orders.get(order_id)
            self._written_off[order_id] = 0 if order is None else to_minor(order.written_off, order.currency)
        return self._written_off[order_id]

    def _order_after(self, order: ExpectedOrder) -> ExpectedOrder:
        account = self._accounts.get(order.order_id)
        spent = self._written_off.get(order.order_id)
        if spent is not None and from_minor(spent, order.currency) != order.written_off:
            order = attrs.evolve(order, written_off=from_minor(spent, order.currency))
        if account is None:
            return order
        parts = (
            _part_after(part, left, order.currency) for part, left in zip(order.parts, account.outstanding, strict=True)
        )
        return attrs.evolve(order, parts=tuple(parts))

    def _note_after(self, note: CreditNote) -> CreditNote:
        if note.refund_id not in self._refunds or self._notes.get(note.refund_id) is not note:
            return note
        settled = to_minor(note.total, note.currency) + self._refunds[note.refund_id][0]
        return attrs.evolve(note, settled=from_minor(settled, note.currency))


def _fill(outstanding: list[int], positions: Sequence[int], amount: int) -> None:
    """*amount* taken in the order of *positions*, from parts of its own sign, none further than to nothing."""
    for position in positions:
        part = outstanding[position]
        if part * amount > 0:
            taken = min(part, amount, key=abs)
            outstanding[position] = part - taken
            amount -= taken


def _part_after(part: Expected, left: int, currency: str) -> Expected:
    settled = from_minor(to_minor(part.amount, currency) - left, currency)
    return part if part.settled == settled else attrs.evolve(part, settled=settled)


def _unique(orders: Sequence[ExpectedOrder]) -> dict[str, ExpectedOrder]:
    by_id: dict[str, ExpectedOrder] = {order.order_id: order for order in orders}
    if len(by_id) < len(orders):
        raise ValueError("orders: an order is there twice; match by one expectation per order")
    return by_id


def _one_per_refund(credit_notes: Sequence[CreditNote]) -> dict[str, CreditNote]:
    complete = [note for note in credit_notes if note.complete]
    by_refund = {note.refund_id: note for note in complete}
    if len(by_refund) < len(complete):
        raise ValueError("credit_notes: two credit notes are for the same refund; a refund is credited once")
    return by_refund


def _by_reference(orders: Sequence[ExpectedOrder]) -> dict[str, ExpectedOrder | None]:
    found: dict[str, ExpectedOrder | None] = {}
    for order in orders:
        if order.reference:
            found[order.reference] = None if order.reference in found else order
    return found


def _units(amount: Decimal, currency: str) -> int:
    """A tolerance in whole minor units; a hundredth of a yen is no yen."""
    return int(amount * 10 ** minor_digits(currency))
