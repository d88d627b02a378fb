"""From billing cycles to statements that can be matched and booked: SBC11, TL02 (or its export), IV01, IV02.

Nothing here posts or decides anything: a ``Payout`` goes to ``core.settlement`` as it is.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import now
from khaos_connectors.calls.messages import Call, Page
from khaos_connectors.calls.unrun import warns_unrun
from khaos_connectors.core.ids import OrderId
from khaos_connectors.core.orders import TaxMode
from khaos_connectors.core.settlement import Meaning, SettlementLine
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.answers import refused_locally
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.documents.downloads import Download
from khaos_connectors.mirakl.endpoints.paging import chunked, time_slices
from khaos_connectors.mirakl.exports import run_export
from khaos_connectors.mirakl.given import records
from khaos_connectors.mirakl.mapping.payouts import Lacking, MoneyPart, Payout, cycles_of, payout_of
from khaos_connectors.mirakl.mapping.settlements import cycle_of, is_paid_directly, unfit
from khaos_connectors.mirakl.models.accounting_codes import InvoiceType
from khaos_connectors.mirakl.models.billing import BillingCycle
from khaos_connectors.mirakl.models.invoices import Invoice
from khaos_connectors.mirakl.models.rows import Broken, Read, Row
from khaos_connectors.mirakl.models.transactions import Transaction
from khaos_connectors.mirakl.money.owed import Owed, owed_for
from khaos_connectors.mirakl.money.settlement_types import TRANSACTION_TYPES
from khaos_connectors.mirakl.operations import OPERATIONS

__all__ = ["LONGEST_EXPORT", "Cycles", "Exported", "Lacking", "MoneyPart", "Payout", "Payouts"]

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


@attrs.frozen(kw_only=True)
class Exported:
    """What exports of the log gave: *rows*, each transaction once and as it was last.

    *rest* is what is still to be exported, oldest first, and *stopped* why: mostly ``RateLimited`` with the time to
    come back after, because Mirakl takes one export a day.
    """

    rows: tuple[Row[Transaction], ...]
    rest: tuple[endpoints.TransactionFilter, ...] = ()
    stopped: errors.CallError | None = None


@warns_unrun
class Payouts:
    """The money side of one Mirakl account. ``MiraklChannel.payouts`` gives one that shares the channel's pace.

    *table* says what the types of transactions mean. What the key may not read (403), or the instance does not have
    (404, 405), is done without and named as ``Lacking``; it is asked for again when ``settings_age`` has passed.
    *paid_directly* and *compare_sums* replace inferences of ours: which lines no cycle pays, and that the sums that a
    cycle tells are those of its lines.
    """

    def __init__(
        self,
        config: MiraklConfig,
        *,
        caller: Caller | None = None,
        table: Mapping[str, Meaning] = TRANSACTION_TYPES,
        paid_directly: Callable[[SettlementLine], bool] = is_paid_directly,
        compare_sums: bool = True,
    ) -> None:
        self._config = config
        self._caller = caller or config.caller()
        self._table = table
        self._paid_directly = paid_directly
        self._compare_sums = compare_sums
        self._refused: dict[MoneyPart, tuple[Lacking, datetime]] = {}
        self._export_begun: datetime | None = None

    def forget(self) -> None:
        """Ask again for what was refused, at the next use: after the key's user was given another role."""
        self._refused.clear()

    def cycles(self, *, since: datetime | None = None, until: datetime | None = None) -> Flow[Cycles]:
        """The billing cycles made from *since* to *until*, both inclusive: SBC11, else the documents of IV01.

        Those that can be no statement are ``unread``. Raises ``Unsupported`` when neither can be read.
        """
        wanted = endpoints.BillingCycleFilter(start_date=since, end_date=until)
        found = yield from self._optional(
            MoneyPart.BILLING_CYCLES, endpoints.list_billing_cycles(self._config.scope, wanted)
        )
        if found is not None:
            return _cycles_of_rows(found)
        documents = yield from self._documents(endpoints.InvoiceFilter(start_date=since, end_date=until))
        if documents is None:
            raise errors.Unsupported(
                system=self._config.account,
                operation="SBC11",
                capability=MoneyPart.BILLING_CYCLES.value,
                advice="; ".join(each.advice for each in self.lacking()),
            )
        return attrs.evolve(_cycles_of_documents(documents), lacking=self.lacking())

    def payouts(
        self,
        cycles: Sequence[BillingCycle],
        *,
        openings: Mapping[str, Decimal] | None = None,
        log: Sequence[Row[Transaction]] | None = None,
    ) -> Flow[tuple[Payout, ...]]:
        """Each of *cycles* with its statement, lines and documents, oldest first: TL02 and IV01, 100 cycles to a call.

        A cycle that is given twice counts as it was given last. *openings* is what each currency's first cycle starts
        with; a debt is carried on from cycle to cycle. *log* are the transactions where they were read already
        (``exported``, ``transactions``, one after another). Without the transaction
        log the lines are the cycle's own sums, and the payout says so in ``lacking``.
        """
        if isinstance(cycles, Cycles):
            problem = "give their .cycles, not the Cycles that they came in"
            raise refused_locally(self._config.scope, "TL02", "cycles", problem)
        cycles = records(self._config.scope, "TL02", "cycles", cycles, BillingCycle)
        once = {cycle.id: cycle for cycle in cycles}
        in_time = sorted(once.values(), key=lambda cycle: (cycle.date_created, cycle.id))
        ids = [str(cycle.id) for cycle in in_time]
        rows = (yield from self._log_of(ids)) if log is None else _latest(log)
        by_cycle = None if rows is None else _by_cycle(rows)
        documents: list[Row[Invoice]] = []
        for some in chunked(ids):
            documents += (yield from self._documents(endpoints.InvoiceFilter(seller_billing_cycle_id=some))) or ()
        given = MoneyPart.TRANSACTION_LOG if rows is not None else None
        lacking = tuple(each for each in self.lacking() if each.part is not given)
        made: list[Payout] = []
        standing = dict(openings or {})
        for cycle in in_time:
            payout = payout_of(
                cycle,
                rows=None if by_cycle is None else (*by_cycle.get(str(cycle.id), ()), *by_cycle.get("", ())),
                documents=documents,
                opening=standing.get(cycle.currency_iso_code, Decimal(0)),
                table=self._table,
                paid_directly=self._paid_directly,
                compare_sums=self._compare_sums,
                lacking=lacking,
            )
            standing[cycle.currency_iso_code] = payout.statement.closing
            made.append(payout)
        return tuple(made)

    def owed(self, order_ids: Sequence[OrderId], *, tax_mode: TaxMode = TaxMode.INCLUDED) -> Flow[Owed]:
        """What the marketplace owes for orders, by the orders themselves: for ``core.settlement.match``, OR11.

        *tax_mode* is the log's: EXCLUDED where it has rows for taxes. ``core.settlement.expected_of`` makes the same
        from the drafts that went into an ERP, which also finds what was invoiced otherwise.
        """
        return (yield from owed_for(self._caller, self._config, order_ids, tax_mode))

    def transactions(self, wanted: endpoints.TransactionFilter) -> Flow[tuple[Row[Transaction], ...]]:
        """The log by *wanted*, each transaction once and as it was last: TL02, all pages.

        Raises ``Unsupported`` with the capability "transaction log" when the key may not read it.
        """
        rows = yield from self._optional(
            MoneyPart.TRANSACTION_LOG, endpoints.list_transactions(self._config.scope, wanted)
        )
        if rows is None:
            raise self._no_log("TL02")
        return _latest(rows)

    def exported(self, wanted: endpoints.TransactionFilter) -> Flow[Exported]:
        """The same by an export, meant for long stretches of time: TL03, TL04, TL05.

        A stretch of creation dates longer than a year (an open one ends now) takes several exports, oldest first.
        Mirakl takes one a day, and nobody waits for a day here: what is left is the ``rest`` of the answer, for another
        day. ``limits`` with a shorter wait for TL03 has them follow each other.

        Raises ``RateLimited``, with the time to come back after, when this object has had its export of the day or
        Mirakl says so; ``Unsupported`` when the key may not read the log; and what ``run_export`` raises. After the
        first export nothing is raised any more: what was read is not lost.
        """
        moment = yield from now()
        endpoints.start_transaction_export(self._config.scope, wanted)  # refuses here what cannot be cut into slices
        slices = _slices(wanted, moment)
        found: list[Row[Transaction]] = []
        stopped: errors.CallError | None = None
        done = 0
        for some in slices:
            try:
                found += yield from self._export(some)
            except errors.CallError as problem:
                if not done:
                    raise
                stopped = problem
                break
            done += 1
        return Exported(rows=_latest(found), rest=tuple(slices[done:]), stopped=stopped)

    def document(self, invoice_id: int) -> Flow[Download]:
        """The file of an issued document: IV02."""
        return (yield from self._caller.perform(endpoints.download_invoice(self._config.scope, invoice_id)))

    def lacking(self) -> tuple[Lacking, ...]:
        """What was refused so far, in the order in which it was asked for."""
        return tuple(lacking for lacking, _ in self._refused.values())

    def _export(self, wanted: endpoints.TransactionFilter) -> Flow[Sequence[Row[Transaction]]]:
        """One export, if the last one is long enough ago."""
        scope = self._config.scope
        moment = yield from now()
        before, wait = self._export_begun, self._export_wait(moment)
        if wait > 0:
            message = f"not sent: Mirakl takes one export of the log a day, the next one in {wait:.0f} seconds"
            raise errors.RateLimited(system=self._config.account, operation="TL03", message=message, retry_after=wait)
        self._export_begun = moment  # before it is sent: another flow may ask meanwhile
        try:
            files = yield from run_export(
                self._caller,
                self._config,
                start=endpoints.start_transaction_export(scope, wanted),
                status=lambda tracking: endpoints.transaction_export_status(scope, tracking),
                chunk=lambda url: endpoints.transaction_export_chunk(scope, url),
            )
        except errors.CallError as problem:
            if _not_begun(problem):
                self._export_begun = before
            if isinstance(problem, errors.Refused) and problem.status in _NOT_OFFERED and problem.operation == "TL03":
                raise self._no_log("TL03") from problem
            raise
        return [row for rows in files for row in rows]

    def _export_wait(self, moment: datetime) -> float:
        """Seconds until Mirakl takes the next export."""
        limit = self._config.limits.get("TL03") or OPERATIONS["TL03"].usage.limit
        if limit is None or self._export_begun is None:
            return 0.0
        apart = limit.seconds / limit.calls * self._config.pace_factor
        return apart - (moment - self._export_begun).total_seconds()

    def _no_log(self, operation: str) -> errors.Unsupported:
        return errors.Unsupported(
            system=self._config.account,
            operation=operation,
            capability=MoneyPart.TRANSACTION_LOG.value,
            advice=_ADVICE[MoneyPart.TRANSACTION_LOG],
        )

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


def _slices(wanted: endpoints.TransactionFilter, moment: datetime) -> Sequence[endpoints.TransactionFilter]:
    start, end = wanted.date_created_from, wanted.date_created_to or moment
    if start is None or end - start <= LONGEST_EXPORT:
        return (wanted,)
    return [
        attrs.evolve(wanted, date_created_from=first, date_created_to=last)
        for first, last in time_slices(start, end, LONGEST_EXPORT)
    ]


def _not_begun(problem: errors.CallError) -> bool:
    """Whether an export failed before it was one: its start was refused or never left."""
    refused = isinstance(problem, errors.Refused) and problem.status is not None
    return problem.operation == "TL03" and (refused or isinstance(problem, errors.NotSent))


def _cycles_of_rows(rows: Sequence[Row[BillingCycle]]) -> Cycles:
    good: list[BillingCycle] = []
    unread: list[Broken] = []
    for row in rows:
        wrong = unfit(row.record) if isinstance(row, Read) else None
        if isinstance(row, Broken):
            unread.append(row)
        elif wrong is not None:
            unread.append(Broken(id=row.id, path=f"$.{wrong[0]}", expected=wrong[1], payload=row.payload))
        else:
            good.append(row.record)
    return Cycles(cycles=tuple(good), unread=tuple(unread))


def _cycles_of_documents(rows: Sequence[Row[Invoice]]) -> Cycles:
    good: list[Invoice] = []
    unread: list[Broken] = []
    for row in rows:
        if isinstance(row, Broken):
            unread.append(row)
        elif row.record.type is InvoiceType.AUTO_INVOICE:
            cycle = cycle_of(row.record)
            if cycle is None or unfit(cycle) is not None:
                path, expected = "$.summary.amount_transferred", "what the cycle paid, when and in which currency"
                unread.append(Broken(id=row.id, path=path, expected=expected, payload=row.payload))
            else:
                good.append(row.record)
    return Cycles(cycles=cycles_of(good), unread=tuple(unread))


def _latest(rows: Sequence[Row[Transaction]]) -> tuple[Row[Transaction], ...]:
    """Each transaction once, as it was last: one that changes while the log is walked comes again."""
    found: dict[str, Row[Transaction]] = {}
    for place, row in enumerate(rows):
        key = row.id or f"row {place}"
        before = found.get(key)
        if before is None or not _is_older(row, before):
            found[key] = row
    return tuple(found.values())


def _is_older(row: Row[Transaction], before: Row[Transaction]) -> bool:
    # Where either does not tell, the log's own order holds: what comes later was changed later.
    mine, other = _changed(row), _changed(before)
    return mine is not None and other is not None and mine < other


def _changed(row: Row[Transaction]) -> datetime | None:
    return row.record.last_updated if isinstance(row, Read) else None


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
