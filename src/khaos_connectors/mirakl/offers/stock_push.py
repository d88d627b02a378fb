"""Pushing stock: files of absolute levels in (STO01), each row's fate out (STO02, STO03)."""

from collections.abc import Sequence
from datetime import datetime

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import now
from khaos_connectors.calls.messages import Call
from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig, StockWay
from khaos_connectors.mirakl.given import records
from khaos_connectors.mirakl.models.offer_imports import StockImportStatus
from khaos_connectors.mirakl.offers.import_push import (
    Door,
    ImportLook,
    ImportReceipt,
    import_state,
    push_rows,
    reshaped,
)
from khaos_connectors.mirakl.offers.in_flight import InFlight
from khaos_connectors.mirakl.offers.merge import OfferChange
from khaos_connectors.mirakl.offers.rewrite import Rewriting, rewrite_offers, rewrites
from khaos_connectors.mirakl.offers.stock_file import newest, problem_of, stock_table
from khaos_connectors.protocols import RowRefusal, StockLevel, StockReceipt

__all__ = ["StockPush"]

_ADVICE = (
    "this instance has no stock import (STO01); ask the operator to switch it on: the other ways of writing offers "
    "replace the whole offer and would wipe what is not sent. stock_way=StockWay.AUTOMATIC reads each offer whole and "
    "writes it back with its new stock"
)


class StockPush:
    """Sets absolute levels in the ways that ``stock_way`` allows.

    That an instance has no stock import is kept for ``settings_age``, so that not every push asks for it in vain.
    Pushes may run at once: of a SKU, the level of the one that began last stays. *in_flight* is shared with whoever
    else rewrites offers of this account.
    """

    def __init__(self, caller: Caller, config: MiraklConfig, *, in_flight: InFlight[Rewriting] | None = None) -> None:
        self._caller = caller
        self._config = config
        self._without_file: datetime | None = None
        self._in_flight = InFlight(_sku)
        self._rewrites = rewrites() if in_flight is None else in_flight

    def forget(self) -> None:
        """Try the stock import again at the next push."""
        self._without_file = None

    def push(self, levels: Sequence[StockLevel]) -> Flow[StockReceipt]:
        """Set *levels*; every SKU ends as accepted, refused or pending. Of a SKU given twice the last level counts.

        The levels go as a file (STO01), as whole offers that are read and written back (OF24), or in the second way
        where the instance has no door for the first. Raises what ``push_rows`` raises.
        """
        good: list[StockLevel] = []
        refused: list[RowRefusal] = []
        for level in newest(records(self._config.scope, "STO01", "levels", levels, StockLevel)):
            problem = problem_of(level)
            if problem:
                refused.append(RowRefusal(sku=level.sku, message=problem))
            else:
                good.append(level)
        receipt = yield from self._pushed(good)
        return StockReceipt(
            accepted=receipt.accepted,
            refused=(*refused, *receipt.refused),
            pending=receipt.pending,
            ticket=",".join(receipt.tickets),
        )

    def _pushed(self, levels: Sequence[StockLevel]) -> Flow[ImportReceipt]:
        # The places are taken before anything is waited for: they say which of two pushes is the newer one.
        with self._in_flight.turn() as turn, self._rewrites.turn() as rewriting:
            way = self._config.stock_way
            moment = yield from now()
            known = self._without_file
            if way is StockWay.AUTOMATIC and known is not None and moment - known < self._config.settings_age:
                way = StockWay.OFFERS
            if way is not StockWay.OFFERS:
                try:
                    return (yield from push_rows(self._caller, self._config, _door(self._config), levels, turn=turn))
                except errors.Unsupported:
                    if way is StockWay.STOCK_FILE:
                        raise
                    self._without_file = moment
            changes = {level.sku: OfferChange(quantity=level.units) for level in levels}
            return (yield from rewrite_offers(self._caller, self._config, changes, turn=rewriting))


def _door(config: MiraklConfig) -> Door[StockLevel]:
    scope = config.scope

    def upload(part: Sequence[StockLevel]) -> Call[str]:
        table = stock_table(part, separator=config.stock_separator, warehouse=config.stock_warehouse)
        return reshaped(endpoints.import_stock(scope, table), lambda found: str(found.import_id))

    return Door(
        operation="STO01",
        upload=upload,
        look=lambda ticket: reshaped(endpoints.stock_import_status(scope, ticket), _look),
        report=lambda ticket: endpoints.stock_import_errors(scope, ticket),
        sku=_sku,
        lines=lambda _: 1,
        per_file=config.stock_rows_per_file,
        poll_seconds=config.import_poll_seconds,
        capability="stock import",
        advice=_ADVICE,
    )


def _sku(level: StockLevel) -> ChannelSku:
    return level.sku


def _look(found: StockImportStatus) -> ImportLook:
    return ImportLook(
        state=import_state(found.status),
        has_report=bool(found.has_error_report),
        in_error=found.lines_in_error,
        in_success=found.lines_in_success,
        reason=found.reason_status or "",
    )
