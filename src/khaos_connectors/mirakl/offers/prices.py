"""Pushing prices: files in (PRI01), every offer's fate out by SKU (PRI02, PRI03); nothing else of an offer changes."""

from collections.abc import Sequence

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.messages import Call, Page
from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.models.offer_imports import PriceImportStatus
from khaos_connectors.mirakl.models.rows import Broken, Row
from khaos_connectors.mirakl.offers.import_push import (
    Door,
    ImportLook,
    ImportReceipt,
    import_state,
    push_rows,
    reshaped,
)
from khaos_connectors.mirakl.offers.in_flight import Turn
from khaos_connectors.mirakl.offers.price_file import OfferPrices, newest_prices, price_problem, price_table
from khaos_connectors.protocols import RowRefusal

__all__ = ["push_prices"]

_ADVICE = (
    "this instance has no price import (PRI01); ask the operator to switch it on, or set prices in the back office"
)
_SLOWEST_POLL = 60.0
"""Price imports are asked about once a minute at most."""


def push_prices(
    caller: Caller,
    config: MiraklConfig,
    offers: Sequence[OfferPrices],
    *,
    decimals: int = 2,
    turn: Turn[OfferPrices] | None = None,
) -> Flow[ImportReceipt]:
    """Give each offer exactly the prices told; every SKU ends as accepted, refused or pending.

    All prices of an offer go in one file, because those that are not sent are deleted; of a SKU given twice the last
    set counts. *decimals* is the operator's highest number of them (PC01 ``offer_prices_decimals``). Where the operator
    approves prices, accepted means that they wait for it. *turn* is its place among the pushes of one ``InFlight``.
    Raises what ``push_rows`` raises.
    """
    good: list[OfferPrices] = []
    refused: list[RowRefusal] = []
    for offer in newest_prices(offers):
        problem = price_problem(offer, decimals=decimals)
        if problem:
            refused.append(RowRefusal(sku=offer.sku, message=problem))
        else:
            good.append(offer)
    return (yield from push_rows(caller, config, _door(config), good, refused=refused, turn=turn))


def _door(config: MiraklConfig) -> Door[OfferPrices]:
    scope = config.scope

    def upload(part: Sequence[OfferPrices]) -> Call[str]:
        table = price_table(part, separator=config.stock_separator)
        return reshaped(endpoints.import_prices(scope, table), lambda found: str(found.import_id))

    def look(ticket: str) -> Call[ImportLook]:
        wanted = endpoints.PriceImportFilter(import_id=(ticket,))

        def shape(page: Page[Row[PriceImportStatus]]) -> ImportLook:
            return _look(config, ticket, page)

        return reshaped(endpoints.list_price_imports(scope, wanted), shape)

    return Door(
        operation="PRI01",
        upload=upload,
        look=look,
        report=lambda ticket: endpoints.price_import_errors(scope, ticket),
        sku=_sku,
        lines=_lines,
        per_file=max(1, config.stock_rows_per_file // 4),
        poll_seconds=max(config.import_poll_seconds, _SLOWEST_POLL * config.pace_factor),
        capability="price import",
        advice=_ADVICE,
    )


def _sku(offer: OfferPrices) -> ChannelSku:
    return offer.sku


def _lines(offer: OfferPrices) -> int:
    return len(offer.rows)


def _look(config: MiraklConfig, ticket: str, page: Page[Row[PriceImportStatus]]) -> ImportLook:
    for row in page.items:
        if isinstance(row, Broken):
            if row.id == ticket:
                raise errors.Undecodable(system=config.account, operation="PRI02", path=row.path, expected=row.expected)
        elif str(row.record.import_id) == ticket:
            found = row.record
            return ImportLook(
                state=import_state(found.status),
                has_report=bool(found.has_error_report),
                in_error=found.lines_in_error,
                in_success=found.lines_in_success,
                reason=found.reason_status or "",
            )
    return ImportLook(state="open")  # not listed yet
