"""Pushing stock: one file in, an import that is followed to its end, each row's fate out."""

from collections.abc import Iterable, Sequence

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import now, sleep
from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.models.codes import ImportStatus
from khaos_connectors.mirakl.models.offer_imports import StockImportStatus
from khaos_connectors.mirakl.stock_file import ErrorReport, newest, problem_of, read_report, stock_table
from khaos_connectors.protocols import RowRefusal, StockLevel, StockReceipt

__all__ = ["push_stock"]

_FILE_REFUSED = frozenset({400, 413, 422})
_NO_SUCH_DOOR = frozenset({404, 405, 410})
_ADVICE = (
    "this instance has no stock import (STO01); ask the operator to switch it on: the other ways of writing offers "
    "replace the whole offer and would wipe what is not sent"
)


def push_stock(caller: Caller, config: MiraklConfig, levels: Sequence[StockLevel]) -> Flow[StockReceipt]:
    """Set absolute levels; every SKU ends as accepted, refused or pending. Of a SKU given twice the last level counts.

    A file that is refused whole is halved until the bad line stands alone. Raises what the upload raises; levels are
    absolute, so the push may then be made again.
    """
    tally = _Tally(splits=config.stock_splits_per_push)
    good: list[StockLevel] = []
    for level in newest(levels):
        problem = problem_of(level)
        if problem:
            tally.refuse((level.sku,), problem)
        else:
            good.append(level)
    size = config.stock_rows_per_file
    parts = [good[at : at + size] for at in range(0, len(good), size)]
    waiting = parts[::-1]
    while waiting:
        part = waiting.pop()
        halves = yield from _upload(caller, config, part, tally)
        waiting.extend(reversed(halves))
    return tally.receipt()


@attrs.define
class _Tally:
    """What became of the rows so far. A SKU is entered once."""

    splits: int
    accepted: list[ChannelSku] = attrs.field(factory=list[ChannelSku])
    refused: list[RowRefusal] = attrs.field(factory=list[RowRefusal])
    pending: list[ChannelSku] = attrs.field(factory=list[ChannelSku])
    tickets: list[str] = attrs.field(factory=list[str])

    def refuse(self, skus: Iterable[ChannelSku], message: str) -> None:
        self.refused.extend(RowRefusal(sku=sku, message=message) for sku in skus)

    def receipt(self) -> StockReceipt:
        return StockReceipt(
            accepted=tuple(self.accepted),
            refused=tuple(self.refused),
            pending=tuple(self.pending),
            ticket=",".join(self.tickets),
        )


def _upload(
    caller: Caller, config: MiraklConfig, part: list[StockLevel], tally: _Tally
) -> Flow[tuple[list[StockLevel], ...]]:
    """Send one file and follow it; the halves to send in its place when it was refused whole."""
    table = stock_table(part, separator=config.stock_separator, warehouse=config.stock_warehouse)
    try:
        found = yield from caller.perform(endpoints.import_stock(config.scope, table))
    except errors.Refused as refused:
        if refused.status in _NO_SUCH_DOOR:
            raise errors.Unsupported(
                system=config.account,
                operation="STO01",
                request_id=refused.request_id,
                capability="stock import",
                advice=_ADVICE,
            ) from refused
        if refused.status not in _FILE_REFUSED:
            raise
        if len(part) == 1 or tally.splits <= 0:
            tally.refuse((level.sku for level in part), refused.detail())
            return ()
        tally.splits -= 1
        middle = len(part) // 2
        return part[:middle], part[middle:]
    tally.tickets.append(found.import_id)
    status = yield from _end_of(caller, config, found.import_id)
    yield from _settle(caller, config, part, status, tally)
    return ()


def _end_of(caller: Caller, config: MiraklConfig, import_id: str) -> Flow[StockImportStatus | None]:
    """The status of an import that has ended, None when patience or the connection ended first."""
    began = yield from now()
    moment = began
    while (moment - began).total_seconds() < config.import_patience_seconds:
        yield from sleep(config.import_poll_seconds)
        try:
            status = yield from caller.perform(endpoints.stock_import_status(config.scope, import_id))
        except errors.AuthFailed:
            raise
        except errors.CallError:
            return None  # the rows are there; that nobody tells their fate does not make the push a failure
        if status.status in {ImportStatus.COMPLETE, ImportStatus.FAILED}:
            return status
        moment = yield from now()
    return None


def _settle(
    caller: Caller, config: MiraklConfig, part: Sequence[StockLevel], status: StockImportStatus | None, tally: _Tally
) -> Flow[None]:
    skus = [level.sku for level in part]
    if status is None:
        tally.pending.extend(skus)
        return
    failed = status.status is ImportStatus.FAILED
    if not failed and not status.has_error_report and not status.lines_in_error:
        (tally.accepted if _all_taken(status, len(skus)) else tally.pending).extend(skus)
        return
    report = ErrorReport(refused=())
    if status.has_error_report or status.lines_in_error:
        try:
            text = yield from caller.perform(endpoints.stock_import_errors(config.scope, status.import_id))
            report = read_report(text, skus)
        except errors.AuthFailed:
            raise
        except errors.CallError:
            if not failed:
                tally.pending.extend(skus)  # some lines failed, and which ones is not known
                return
    tally.refused.extend(report.refused)
    named = {refusal.sku for refusal in report.refused}
    rest = [sku for sku in skus if sku not in named]
    if failed:
        tally.refuse(rest, f"the import failed: {status.reason_status or 'no reason given'}")
    elif report.unmatched or report.lines < max(status.lines_in_error or 0, 1) or not _all_taken(status, len(rest)):
        tally.pending.extend(rest)  # a failed line that names no SKU of ours may be any of these
    else:
        tally.accepted.extend(rest)


def _all_taken(status: StockImportStatus, rows: int) -> bool:
    """Whether the import's own count bears out that *rows* were taken; an instance that does not count is believed."""
    return status.lines_in_success is None or status.lines_in_success >= rows
