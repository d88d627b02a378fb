"""The orders and credit notes that a statement is matched with: whose a line is, and how they stand afterwards."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

import attrs

from khaos_connectors.core.amounts import from_minor, to_minor
from khaos_connectors.core.money import minor_digits
from khaos_connectors.core.refund_records import CreditNote
from khaos_connectors.core.settlement_names import Names, is_blank
from khaos_connectors.core.settlement_taking import Account, Budget
from khaos_connectors.core.settlement_types import Expected, ExpectedOrder, LineKind, SettlementLine, Tolerance

__all__ = ["Book", "in_units"]

_Purse: TypeAlias = tuple[str, int | str]
"""Who bears the differences of a line: an order by its place, one that is only named, or a credit note by itself."""
_ORDER = "order"


class Book:
    """What the lines of one statement are matched with, and how much of it is left, in minor units.

    Orders go by their place among *orders*, credit notes by their place among *credit_notes*. Raises ``ValueError``
    when an order id, or the refund id of two complete credit notes, is there twice.
    """

    def __init__(
        self, orders: Sequence[ExpectedOrder], credit_notes: Sequence[CreditNote], tolerance: Tolerance, currency: str
    ) -> None:
        self.currency = currency
        self.orders = orders
        self.credit_notes = credit_notes
        self.names = Names(orders)
        if self.names.repeated:
            raise ValueError("orders: an order is there twice; match by one expectation per order")
        self._by_refund = _one_per_refund(credit_notes)
        self._line_slack = in_units(tolerance.line, currency)
        self._order_slack = in_units(tolerance.order, currency)
        self._accounts: dict[int, Account] = {}
        self._refunds: dict[int, Account] = {}
        self._spent_before = self._spent()
        self._budgets: dict[_Purse, Budget] = {}

    def order_of(self, line: SettlementLine) -> ExpectedOrder | None:
        """The order that *line* names, by its id or by its reference."""
        place = self.names.find(line.order_id, line.order_reference)
        return None if place is None else self.orders[place]

    def whose_refund(self, line: SettlementLine, place: int) -> str:
        """The name of the order that the credit note at *place*, which *line* settles, was written for."""
        note = self.credit_notes[place]
        named = self.names.find(note.order_id)
        if named is not None:
            return self.orders[named].name
        order = self.order_of(line)
        return note.order_id if not is_blank(note.order_id) or order is None else order.name

    def note(self, refund_id: str) -> int | None:
        """The place of the complete credit note for this refund."""
        return self._by_refund.get(refund_id)

    def account(self, place: int) -> Account:
        """What is outstanding of an order, part by part."""
        if place not in self._accounts:
            self._accounts[place] = _account(self.orders[place], self._line_slack, self._budget((_ORDER, place)))
        return self._accounts[place]

    def refund_account(self, place: int) -> Account:
        """What is still to be taken back of a credit note: one part, not above nothing."""
        if place not in self._refunds:
            note = self.credit_notes[place]
            left = to_minor(note.settled, note.currency) - to_minor(note.total, note.currency)
            budget = self._budget(self._purse(place))
            self._refunds[place] = Account(
                [left], [LineKind.WHOLE], {("", LineKind.OTHER): 0}, self._line_slack, budget
            )
        return self._refunds[place]

    def orders_after(self) -> tuple[ExpectedOrder, ...]:
        """The orders with what has been taken; an untouched order is the same object."""
        return tuple(self._order_after(place, order) for place, order in enumerate(self.orders))

    def notes_after(self) -> tuple[CreditNote, ...]:
        """The credit notes with what has been taken; an untouched note is the same object."""
        return tuple(self._note_after(place, note) for place, note in enumerate(self.credit_notes))

    def _purse(self, place: int) -> _Purse:
        """Who bears the differences of the credit note at *place*: its order, where that is known."""
        note = self.credit_notes[place]
        order = self.names.find(note.order_id)
        if order is not None and self.orders[order].currency == self.currency:
            return (_ORDER, order)
        return ("note", place) if is_blank(note.order_id) else ("named", note.order_id)

    def _spent(self) -> dict[_Purse, int]:
        """The differences that earlier statements wrote off, without sign; each stands in one record only."""
        spent: dict[_Purse, int] = {}
        for place, order in enumerate(self.orders):
            if order.written_off:
                spent[_ORDER, place] = to_minor(order.written_off, order.currency)
        for place, note in enumerate(self.credit_notes):
            if note.written_off and note.currency == self.currency:
                purse = self._purse(place)
                spent[purse] = spent.get(purse, 0) + to_minor(note.written_off, note.currency)
        return spent

    def _budget(self, purse: _Purse) -> Budget:
        if purse not in self._budgets:
            self._budgets[purse] = Budget(self._spent_before.get(purse, 0), self._order_slack)
        return self._budgets[purse]

    def _order_after(self, place: int, order: ExpectedOrder) -> ExpectedOrder:
        purse = (_ORDER, place)
        spent = self._budgets[purse].spent - self._spent_before.get(purse, 0) if purse in self._budgets else 0
        account = self._accounts.get(place)
        parts = order.parts if account is None else _parts_after(order, account)
        if not spent and parts == order.parts:
            return order
        return attrs.evolve(order, parts=parts, written_off=_more(order.written_off, spent, order.currency))

    def _note_after(self, place: int, note: CreditNote) -> CreditNote:
        account = self._refunds.get(place)
        if account is None:
            return note
        settled = from_minor(to_minor(note.total, note.currency) + account.owed, note.currency)
        spent = 0 if self._purse(place)[0] == _ORDER else account.spent
        return attrs.evolve(note, settled=settled, written_off=_more(note.written_off, spent, note.currency))


def in_units(amount: Decimal, currency: str) -> int:
    """A tolerance in whole minor units, rounded down; a hundredth of a yen is no yen."""
    return int(Fraction(amount) * 10 ** minor_digits(currency))


def _more(amount: Decimal, units: int, currency: str) -> Decimal:
    return from_minor(to_minor(amount, currency) + units, currency) if units else amount


def _account(order: ExpectedOrder, slack: int, budget: Budget) -> Account:
    outstanding: list[int] = []
    by_line: dict[tuple[str, LineKind], int] = {}
    for position, part in enumerate(order.parts):
        outstanding.append(to_minor(part.amount, order.currency) - to_minor(part.settled, order.currency))
        for line_id in part.line_ids:
            by_line[line_id, part.kind] = position
    return Account(outstanding, [part.kind for part in order.parts], by_line, slack, budget)


def _parts_after(order: ExpectedOrder, account: Account) -> tuple[Expected, ...]:
    return tuple(
        _part_after(part, left, order.currency) for part, left in zip(order.parts, account.outstanding, strict=True)
    )


def _part_after(part: Expected, left: int, currency: str) -> Expected:
    settled = from_minor(to_minor(part.amount, currency) - left, currency)
    return part if part.settled == settled else attrs.evolve(part, settled=settled)


def _one_per_refund(credit_notes: Sequence[CreditNote]) -> dict[str, int]:
    by_refund: dict[str, int] = {}
    for place, note in enumerate(credit_notes):
        if note.complete and not is_blank(note.refund_id):
            if note.refund_id in by_refund:
                raise ValueError("credit_notes: two credit notes are for the same refund; a refund is credited once")
            by_refund[note.refund_id] = place
    return by_refund
