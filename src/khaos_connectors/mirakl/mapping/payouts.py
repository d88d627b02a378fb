"""A billing cycle with all that is known of it, put together from what was read. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import Enum

import attrs

from khaos_connectors.core.amounts import total
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.settlement import LineClass, Meaning, SettlementLine, Statement
from khaos_connectors.mirakl.mapping.cycle_sums import class_sums, odd_sums, summary_lines, with_documents
from khaos_connectors.mirakl.mapping.settlements import (
    carried,
    cycle_of,
    is_paid_directly,
    settlement_line,
    statement,
)
from khaos_connectors.mirakl.mapping.words import code_word
from khaos_connectors.mirakl.models.accounting_codes import PayOutFailure, PayOutState
from khaos_connectors.mirakl.models.billing import BillingCycle, InvoiceSummary
from khaos_connectors.mirakl.models.invoices import Invoice
from khaos_connectors.mirakl.models.rows import Broken, Read, Row
from khaos_connectors.mirakl.models.transactions import Transaction
from khaos_connectors.mirakl.money.settlement_types import TRANSACTION_TYPES

__all__ = ["Lacking", "MoneyPart", "Payout", "cycles_of", "payout_of"]


_FAILURES = {
    PayOutFailure.INCOMPLETE_KYC: "the operator's check of who you are (KYC) is not complete: give what it asks for",
    PayOutFailure.AWAITING_INVOICE_CHECK: "the operator has yet to check an invoice of yours",
}


class MoneyPart(Enum):
    """A part of the money side that not every key may read and not every instance has."""

    BILLING_CYCLES = "billing cycles"
    TRANSACTION_LOG = "transaction log"
    DOCUMENTS = "accounting documents"


@attrs.frozen(kw_only=True)
class Lacking:
    """A *part* that *operation* was refused with *status*, and what to do about it."""

    part: MoneyPart
    operation: str
    status: int | None
    advice: str


@attrs.frozen(kw_only=True)
class Payout:
    """One billing cycle for the settlement: its *statement* and classified *lines* go to ``core.settlement``.

    *aside* are transactions of the cycle that it does not pay: the customer paid the seller directly, or they are in
    another currency. *unread* broke the contract. *reasons* says what a person must look at; *lacking* what could not
    be read at all: without the transaction log *lines* are the cycle's sums and name no orders.
    """

    cycle: BillingCycle
    statement: Statement
    lines: tuple[SettlementLine, ...]
    aside: tuple[SettlementLine, ...] = ()
    unread: tuple[Broken, ...] = ()
    documents: tuple[Invoice, ...] = ()
    lacking: tuple[Lacking, ...] = ()
    reasons: tuple[Reason, ...] = ()

    @property
    def is_paid(self) -> bool:
        """Whether the marketplace says that the money has left."""
        return self.cycle.pay_out is not None and self.cycle.pay_out.state is PayOutState.PAID

    @property
    def by_order(self) -> bool:
        """Whether the lines are transactions, so that orders and refunds can be matched."""
        return all(each.part is not MoneyPart.TRANSACTION_LOG for each in self.lacking)


def payout_of(
    cycle: BillingCycle,
    *,
    rows: Sequence[Row[Transaction]] | None,
    documents: Iterable[Row[Invoice]] = (),
    opening: Decimal = Decimal(0),
    table: Mapping[str, Meaning] = TRANSACTION_TYPES,
    paid_directly: Callable[[SettlementLine], bool] = is_paid_directly,
    compare_sums: bool = True,
    lacking: tuple[Lacking, ...] = (),
) -> Payout:
    """What *cycle* settles. *rows* may hold other cycles' transactions too; None: there is no log to read.

    *paid_directly* says which lines the cycle does not pay, *compare_sums* whether the statement carries the cycle's
    own sums for comparison. Raises ``ValueError`` for a cycle that is ``unfit`` to be a statement.
    """
    own = tuple(row.record for row in documents if isinstance(row, Read) and _belongs(row.record, cycle))
    summary = _summary(cycle, own)
    if rows is None:
        sorted_out = _Sorted(lines=[*with_documents(summary_lines(cycle, summary, table=table), own, table=table)])
    else:
        sorted_out = _sorted_out(cycle, rows, table, paid_directly)
    lines = tuple(sorted_out.lines)
    sums: Mapping[LineClass, Decimal] = {}
    if compare_sums and rows is not None:
        met = {line.type for line in lines}
        sums = class_sums(summary, currency=cycle.currency_iso_code, table=table, met=met)
    closing = carried(opening, lines, cycle.amount_transferred_to_seller, cycle.currency_iso_code)
    return Payout(
        cycle=cycle,
        statement=statement(cycle, opening=opening, closing=closing, sums=sums),
        lines=lines,
        aside=tuple(sorted_out.aside),
        unread=tuple(sorted_out.broken),
        documents=own,
        lacking=lacking,
        reasons=(*_failed(cycle), *_told_odd(cycle, summary), *sorted_out.reasons),
    )


def cycles_of(documents: Iterable[Invoice]) -> tuple[BillingCycle, ...]:
    """The billing cycles that *documents* are of, in their order, for instances that do not list them.

    Of several documents of one cycle the newest counts.
    """
    found: dict[str, BillingCycle] = {}
    for document in documents:
        cycle = cycle_of(document)
        if cycle is None:
            continue
        before = found.get(cycle.id)
        if before is None or before.date_created <= cycle.date_created:
            found[cycle.id] = cycle
    return tuple(found.values())


def _belongs(document: Invoice, cycle: BillingCycle) -> bool:
    if document.seller_billing_cycle_id is not None:
        return document.seller_billing_cycle_id == cycle.id
    own = cycle_of(document)
    return own is not None and own.id == cycle.id


def _summary(cycle: BillingCycle, documents: Sequence[Invoice]) -> InvoiceSummary:
    """The cycle's sums: what its document tells, which knows of the reserves as well, else what itself does."""
    told = [each.summary for each in documents if each.summary is not None]
    sums: dict[str, Decimal | None] = {}
    for field in attrs.fields(InvoiceSummary):
        values = (getattr(each, field.name, None) for each in (*told, cycle.summary))
        sums[field.name] = next((value for value in values if value is not None), None)
    return InvoiceSummary(**sums)


@attrs.define(kw_only=True)
class _Sorted:
    lines: list[SettlementLine] = attrs.field(factory=list[SettlementLine])
    aside: list[SettlementLine] = attrs.field(factory=list[SettlementLine])
    broken: list[Broken] = attrs.field(factory=list[Broken])
    reasons: list[Reason] = attrs.field(factory=list[Reason])


def _sorted_out(
    cycle: BillingCycle,
    rows: Sequence[Row[Transaction]],
    table: Mapping[str, Meaning],
    paid_directly: Callable[[SettlementLine], bool],
) -> _Sorted:
    found = _Sorted()
    for row in rows:
        if isinstance(row, Broken):
            found.broken.append(row)
            found.reasons.append(_reason(ExceptionType.SCHEMA_DRIFT, cycle, row.id or cycle.id, row.problem))
        elif row.record.seller_billing_cycle_id == cycle.id:
            try:
                line = settlement_line(row.record, statement_id=cycle.id, table=table)
            except ValueError as problem:
                found.reasons.append(_reason(ExceptionType.SCHEMA_DRIFT, cycle, row.id, str(problem)))
                continue
            other = line.currency != cycle.currency_iso_code
            if other:
                told = f"{line.amount} {line.currency} stands in a cycle that is paid in {cycle.currency_iso_code}."
                found.reasons.append(_reason(ExceptionType.STATEMENT_MISMATCH, cycle, line.line_id, told))
            (found.aside if other or paid_directly(line) else found.lines).append(line)
    found.reasons += _told_aside(cycle, found.aside)
    return found


def _told_aside(cycle: BillingCycle, aside: Sequence[SettlementLine]) -> Iterator[Reason]:
    direct = [line for line in aside if line.currency == cycle.currency_iso_code]
    if direct:
        amount = total((line.amount for line in direct), cycle.currency_iso_code)
        told = f"{len(direct)} lines of {amount} in all were paid to the seller directly: this cycle does not pay them."
        yield _reason(ExceptionType.SETTLEMENT_UNMATCHED, cycle, cycle.id, told)


def _told_odd(cycle: BillingCycle, summary: InvoiceSummary) -> Iterator[Reason]:
    for name, amount in odd_sums(summary, currency=cycle.currency_iso_code):
        told = f"The cycle's sum {name} of {amount} is not in whole minor units: it is neither compared nor booked."
        yield _reason(ExceptionType.SCHEMA_DRIFT, cycle, f"{cycle.id}/{name}", told)


def _failed(cycle: BillingCycle) -> Iterator[Reason]:
    if cycle.pay_out is None or cycle.pay_out.state is not PayOutState.FAILED:
        return
    why = cycle.pay_out.failure_reason
    known = _FAILURES.get(why) if isinstance(why, PayOutFailure) else None
    told = known or f"ask the operator ({'no reason is given' if why is None else code_word(why)})"
    amount = f"{cycle.amount_transferred_to_seller} {cycle.currency_iso_code}"
    message = f"The pay-out of {amount} failed: {told}."
    yield _reason(ExceptionType.PAYOUT_MISMATCH, cycle, cycle.id, message)


def _reason(kind: ExceptionType, cycle: BillingCycle, entity: str, message: str) -> Reason:
    return Reason(type=kind, entity=entity, message=message, evidence={"statement": cycle.id})
