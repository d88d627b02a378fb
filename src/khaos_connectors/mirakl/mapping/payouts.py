"""A billing cycle with all that is known of it, put together from what was read. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import Enum

import attrs

from khaos_connectors.core.amounts import total
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.settlement import Meaning, SettlementLine, Statement
from khaos_connectors.mirakl.mapping.cycle_sums import class_sums, summary_lines, with_documents
from khaos_connectors.mirakl.mapping.settlements import (
    carried,
    cycle_of,
    is_paid_directly,
    settlement_line,
    statement,
)
from khaos_connectors.mirakl.models.accounting_codes import PayOutState
from khaos_connectors.mirakl.models.billing import BillingCycle, BillingSummary
from khaos_connectors.mirakl.models.invoices import Invoice
from khaos_connectors.mirakl.models.rows import Broken, Read, Row
from khaos_connectors.mirakl.models.transactions import Transaction
from khaos_connectors.mirakl.money.settlement_types import TRANSACTION_TYPES

__all__ = ["Lacking", "MoneyPart", "Payout", "cycles_of", "payout_of"]


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
    lacking: tuple[Lacking, ...] = (),
) -> Payout:
    """What *cycle* settles. *rows* may hold other cycles' transactions too; None: there is no log to read.

    Raises ``ValueError`` when the cycle's own figures are no amounts of its currency.
    """
    own = tuple(row.record for row in documents if isinstance(row, Read) and _belongs(row.record, cycle))
    summary = _summary(cycle, own)
    sums = class_sums(summary, currency=cycle.currency_iso_code, table=table)
    if rows is None:
        sorted_out = _Sorted(lines=[*with_documents(summary_lines(cycle, summary, table=table), own, table=table)])
    else:
        sorted_out = _sorted_out(cycle, rows, table)
    lines = tuple(sorted_out.lines)
    closing = carried(opening, lines, cycle.amount_transferred_to_seller, cycle.currency_iso_code)
    return Payout(
        cycle=cycle,
        statement=statement(cycle, opening=opening, closing=closing, sums={} if rows is None else sums),
        lines=lines,
        aside=tuple(sorted_out.aside),
        unread=tuple(sorted_out.broken),
        documents=own,
        lacking=lacking,
        reasons=tuple(sorted_out.reasons),
    )


def cycles_of(documents: Iterable[Invoice]) -> tuple[BillingCycle, ...]:
    """The billing cycles that *documents* are of, in their order, for instances that do not list them."""
    found = (cycle_of(document) for document in documents)
    return tuple(cycle for cycle in found if cycle is not None)


def _belongs(document: Invoice, cycle: BillingCycle) -> bool:
    if document.seller_billing_cycle_id is not None:
        return document.seller_billing_cycle_id == cycle.id
    own = cycle_of(document)
    return own is not None and own.id == cycle.id


def _summary(cycle: BillingCycle, documents: Sequence[Invoice]) -> BillingSummary | None:
    """The cycle's sums; those on its document are the same ones and tell the reserves as well."""
    return next((each.summary for each in documents if each.summary is not None), cycle.summary)


@attrs.define(kw_only=True)
class _Sorted:
    lines: list[SettlementLine] = attrs.field(factory=list[SettlementLine])
    aside: list[SettlementLine] = attrs.field(factory=list[SettlementLine])
    broken: list[Broken] = attrs.field(factory=list[Broken])
    reasons: list[Reason] = attrs.field(factory=list[Reason])


def _sorted_out(cycle: BillingCycle, rows: Sequence[Row[Transaction]], table: Mapping[str, Meaning]) -> _Sorted:
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
            (found.aside if other or is_paid_directly(line) else found.lines).append(line)
    found.reasons += _told_aside(cycle, found.aside)
    return found


def _told_aside(cycle: BillingCycle, aside: Sequence[SettlementLine]) -> Iterator[Reason]:
    direct = [line for line in aside if line.currency == cycle.currency_iso_code]
    if direct:
        amount = total((line.amount for line in direct), cycle.currency_iso_code)
        told = f"{len(direct)} lines of {amount} in all were paid to the seller directly: this cycle does not pay them."
        yield _reason(ExceptionType.SETTLEMENT_UNMATCHED, cycle, cycle.id, told)


def _reason(kind: ExceptionType, cycle: BillingCycle, entity: str, message: str) -> Reason:
    return Reason(type=kind, entity=entity, message=message, evidence={"statement": cycle.id})
