"""From billing cycles to statements that can be matched and booked: SBC11, TL02 (or its export), IV01, IV02.

Nothing here posts or decides anything: a ``Payout`` goes to ``core.settlement`` as it is.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import now
from khaos_connectors.calls.messages import Call, Page
from khaos_connectors.core.settlement import Meaning
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.documents.downloads import Download
from khaos_connectors.mirakl.endpoints.paging import chunked, time_slices
from khaos_connectors.mirakl.exports import run_export
from khaos_connectors.mirakl.mapping.payouts import Lacking, MoneyPart, Payout, cycles_of, payout_of
from khaos_connectors.mirakl.models.billing import BillingCycle
from khaos_connectors.mirakl.models.invoices import Invoice
from khaos_connectors.mirakl.models.rows import Broken, Read, Row
from khaos_connectors.mirakl.models.transactions import Transaction
from khaos_connectors.mirakl.money.settlement_types import TRANSACTION_TYPES

__all__ = ["LONGEST_EXPORT", "Cycles", "Lacking", "MoneyPart", "Payout", "Payouts"]

T = TypeVar("T")

LONGEST_EXPORT = timedelta(days=365)
"""The longest stretch of time that one export is asked for; Mirakl refuses more than a year."""

_CYCLE = re.compile(r'"seller_billing_cycle_id":"([^"]+)"')
_NOT_OFFERED = frozenset({403, 404, 405})
_ADVICE = {
    MoneyPart.BILLING_CYCLES: "ask the operator for the billing cycle role, or read the cycles' documents",
    MoneyPart.TRANSACTION_LOG: "give the key's user the accountancy role of the shop; an administrator has it not",
    MoneyPart.DOCUMENTS: "give the key's user the role for accounting documents",
}


@attrs.frozen(kw_only=True)
class Cycles:
    """Billing cycles, oldest first, those that could not be read, and what the key may not read."""

    cycles: tuple[BillingCycle, ...]
    unread: tuple[Broken, ...] = ()
    lacking: tuple[Lacking, ...] = ()


class Payouts:
    """The money side of one Mirakl account. ``MiraklChannel.payouts`` gives one that shares the channel's pace.

    *table* says what the types of transactions mean. What the key may not read (403), or the instance does not have
    (404, 405), is done without and named as ``Lacking``; it is asked for again when ``settings_age`` has passed.
    """

    def __init__(
        self,
        config: MiraklConfig,
        *,
        caller: Caller | None = None,
        table: Mapping[str, Meaning] = TRANSACTION_TYPES,
    ) -> None:
        self._config = config
        self._caller = caller or config.caller()
        self._table = table
        self._refused: dict[MoneyPart, tuple[Lacking, datetime]] = {}

    def forget(self) -> None:
        """Ask again for what was refused, at the next use: after the key's user was given another role."""
        self._refused.clear()

    def cycles(self, *, since: datetime | None = None, until: datetime | None = None) -> Flow[Cycles]:
        """The billing cycles made from *since* to *until*, both inclusive: SBC11, else the documents of IV01.

        Raises ``Unsupported`` when neither can be read.
        """
        wanted = endpoints.BillingCycleFilter(start_date=since, end_date=until)
        found = yield from self._optional(
            MoneyPart.BILLING_CYCLES, endpoints.list_billing_cycles(self._config.scope, wanted)
        )
        if found is not None:
            return Cycles(cycles=tuple(_records(found)), unread=tuple(_broken(found)))
        documents = yield from self._documents(endpoints.InvoiceFilter(start_date=since, end_date=until))
        lacking = tuple(self.lacking())
        if documents is None:
            raise errors.Unsupported(
                system=self._config.account,
                operation="SBC11",
                capability=MoneyPart.BILLING_CYCLES.value,
                advice="; ".join(each.advice for each in lacking),
            )
        return Cycles(cycles=cycles_of(_records(documents)), unread=tuple(_broken(documents)), lacking=lacking)

    def payouts(
        self,
        cycles: Sequence[BillingCycle],
        *,
        openings: Mapping[str, Decimal] | None = None,
        log: Sequence[Row[Transaction]] | None = None,
    ) -> Flow[tuple[Payout, ...]]:
        """Each of *cycles* with its statement, lines and documents, oldest first: TL02 and IV01, 100 cycles to a call.

        *openings* is what each currency's first cycle starts with; a debt is carried on from cycle to cycle. *log*
        are the transactions where they were read already (``exported``, ``transactions``). Without the transaction
        log the lines are the cycle's own sums, and the payout says so in ``lacking``.
        """
        in_time = sorted(cycles, key=lambda cycle: (cycle.date_created, cycle.id))
        ids = [str(cycle.id) for cycle in in_time]
        rows = (yield from self._log_of(ids)) if log is None else log
        by_cycle = None if rows is None else _by_cycle(rows)
        documents: list[Row[Invoice]] = []
        for some in chunked(ids):
            documents += (yield from self._documents(endpoints.InvoiceFilter(seller_billing_cycle_id=some))) or ()
        made: list[Payout] = []
        standing = dict(openings or {})
        for cycle in in_time:
            payout = payout_of(
                cycle,
                rows=None if by_cycle is None else (*by_cycle.get(str(cycle.id), ()), *by_cycle.get("", ())),
                documents=documents,
                opening=standing.get(cycle.currency_iso_code, Decimal(0)),
                table=self._table,
                lacking=tuple(self.lacking()),
            )
            standing[cycle.currency_iso_code] = payout.statement.closing
            made.append(payout)
        return tuple(made)

    def transactions(self, wanted: endpoints.TransactionFilter) -> Flow[tuple[Row[Transaction], ...]]:
        """The log by *wanted*, each transaction once and as it was last: TL02, all pages.

        Raises ``Unsupported`` with the capability "transaction log" when the key may not read it.
        """
        rows = yield from self._optional(
            MoneyPart.TRANSACTION_LOG, endpoints.list_transactions(self._config.scope, wanted)
        )
        if rows is None:
            lacking, _ = self._refused[MoneyPart.TRANSACTION_LOG]
            raise errors.Unsupported(
                system=self._config.account,
                operation="TL02",
                capability=lacking.part.value,
                advice=lacking.advice,
            )
        return _latest(rows)

    def exported(self, wanted: endpoints.TransactionFilter) -> Flow[tuple[Row[Transaction], ...]]:
        """The same by an export, meant for long stretches of time: TL03, TL04, TL05.

        A stretch of creation dates longer than a year goes in several exports, of which Mirakl wants one a day.
        """
        found: list[Row[Transaction]] = []
        for some in _slices(wanted):
            files = yield from run_export(
                self._caller,
                self._config,
                start=endpoints.start_transaction_export(self._config.scope, some),
                status=lambda tracking: endpoints.transaction_export_status(self._config.scope, tracking),
                chunk=lambda url: endpoints.transaction_export_chunk(self._config.scope, url),
            )
            found += (row for rows in files for row in rows)
        return _latest(found)

    def document(self, invoice_id: int) -> Flow[Download]:
        """The file of an issued document: IV02."""
        return (yield from self._caller.perform(endpoints.download_invoice(self._config.scope, invoice_id)))

    def lacking(self) -> Iterator[Lacking]:
        """What was refused so far, in the order in which it was asked for."""
        return (lacking for lacking, _ in self._refused.values())

    def _log_of(self, ids: Sequence[str]) -> Flow[tuple[Row[Transaction], ...] | None]:
        found: list[Row[Transaction]] = []
        for some in chunked(ids):
            wanted = endpoints.TransactionFilter(seller_billing_cycle_id=some)
            rows = yield from self._optional(
                MoneyPart.TRANSACTION_LOG, endpoints.list_transactions(self._config.scope, wanted)
            )
            if rows is None:
                return None
            found += rows
        return _latest(found)

    def _documents(self, wanted: endpoints.InvoiceFilter) -> Flow[tuple[Row[Invoice], ...] | None]:
        return (yield from self._optional(MoneyPart.DOCUMENTS, endpoints.list_invoices(self._config.scope, wanted)))

    def _optional(self, part: MoneyPart, first: Call[Page[T]]) -> Flow[tuple[T, ...] | None]:
        """All pages, None where *part* is refused; the refusal is kept for a while."""
        moment = yield from now()
        kept = self._refused.get(part)
        if kept is not None and moment - kept[1] < self._config.settings_age:
            return None
        try:
            rows = yield from self._caller.pages(first)
        except errors.Refused as refused:
            if refused.status not in _NOT_OFFERED:
                raise
            lacking = Lacking(part=part, operation=first.operation, status=refused.status, advice=_ADVICE[part])
            self._refused[part] = (lacking, moment)
            return None
        self._refused.pop(part, None)
        return rows


def _slices(wanted: endpoints.TransactionFilter) -> Sequence[endpoints.TransactionFilter]:
    start, end = wanted.date_created_from, wanted.date_created_to
    if start is None or end is None:
        return (wanted,)
    return [
        attrs.evolve(wanted, date_created_from=first, date_created_to=last)
        for first, last in time_slices(start, end, LONGEST_EXPORT)
    ]


def _latest(rows: Sequence[Row[Transaction]]) -> tuple[Row[Transaction], ...]:
    """Each transaction once, as it was last: one that changes while the log is walked comes again."""
    found: dict[str, Row[Transaction]] = {}
    for place, row in enumerate(rows):
        key = row.id or f"row {place}"
        before = found.get(key)
        if before is None or _changed(before) <= _changed(row):
            found[key] = row
    return tuple(found.values())


def _changed(row: Row[Transaction]) -> datetime:
    moment = row.record.last_updated if isinstance(row, Read) else None
    return moment or datetime.min.replace(tzinfo=UTC)


def _by_cycle(rows: Sequence[Row[Transaction]]) -> Mapping[str, Sequence[Row[Transaction]]]:
    """The transactions by their cycle; what could not be read is under the one that its text names, else under none."""
    found: dict[str, list[Row[Transaction]]] = {}
    for row in rows:
        if isinstance(row, Read):
            cycle = row.record.seller_billing_cycle_id
            if cycle is not None:
                found.setdefault(cycle, []).append(row)
        else:
            named = _CYCLE.search(row.payload)
            found.setdefault(named[1] if named else "", []).append(row)
    return found


def _records(rows: Sequence[Row[T]]) -> Iterator[T]:
    return (row.record for row in rows if isinstance(row, Read))


def _broken(rows: Sequence[Row[object]]) -> Iterator[Broken]:
    return (row for row in rows if isinstance(row, Broken))
