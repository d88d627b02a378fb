"""The bulk way to orders: an export that is started, asked for, and fetched file by file."""

from datetime import datetime, timedelta

import attrs

from khaos_connectors.calls.messages import Call, Response
from khaos_connectors.mirakl.answers import refused_locally
from khaos_connectors.mirakl.endpoints.exported import (
    CHUNK_ITEMS,
    CHUNK_MEGABYTES,
    export_file,
    export_start,
    export_status,
    exported_rows,
)
from khaos_connectors.mirakl.endpoints.orders import ORDERS
from khaos_connectors.mirakl.endpoints.paging import read_rows
from khaos_connectors.mirakl.endpoints.writing import MOST_VALUES, code_of, instant
from khaos_connectors.mirakl.models.codes import OrderState, OrderTaxMode
from khaos_connectors.mirakl.models.exports import ExportStarted, ExportStatus
from khaos_connectors.mirakl.models.orders import Order
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.scope import Scope

__all__ = ["LONGEST_EXPORT", "OrderExport", "fetch_orders", "order_export_status", "start_order_export"]

LONGEST_EXPORT = timedelta(days=365)
"""The longest time that one export may cover; Mirakl refuses more than a year."""

_MOST_ITEMS = 1_000_000
_MOST_MEGABYTES = 1024


@attrs.frozen(kw_only=True)
class OrderExport:
    """Which orders to export. Times are aware and come in pairs: by creation, by last update, or both.

    The files are cut at *items_per_chunk* (10,000 to 1,000,000) and *megabytes_per_chunk* (10 to 1024); the smallest
    are the default, because a file is held in memory while it is read. *only_null_channel* overrules *channel_codes*.
    """

    start_date: datetime | None = None
    end_date: datetime | None = None
    start_update_date: datetime | None = None
    end_update_date: datetime | None = None
    order_state_codes: tuple[OrderState, ...] = ()
    channel_codes: tuple[str, ...] = ()
    only_null_channel: bool | None = None
    fulfillment_center_codes: str | None = None
    order_tax_mode: OrderTaxMode | None = None
    items_per_chunk: int = CHUNK_ITEMS
    megabytes_per_chunk: int = CHUNK_MEGABYTES


def start_order_export(scope: Scope, wanted: OrderExport) -> Call[ExportStarted]:
    """Start an export of orders, of which a shop may have one at a time: OR13.

    Raises ``Invalid`` for a time range without its other end, for none at all, and for one of more than a year.
    """
    _check(scope, wanted)
    given = {
        "start_date": instant(scope, "OR13", "start_date", wanted.start_date),
        "end_date": instant(scope, "OR13", "end_date", wanted.end_date),
        "start_update_date": instant(scope, "OR13", "start_update_date", wanted.start_update_date),
        "end_update_date": instant(scope, "OR13", "end_update_date", wanted.end_update_date),
        "order_state_codes": [state.value for state in wanted.order_state_codes] or None,
        "channel_codes": list(wanted.channel_codes) or None,
        "only_null_channel": wanted.only_null_channel,
        "fulfillment_center_codes": wanted.fulfillment_center_codes or None,
        "order_tax_mode": code_of(wanted.order_tax_mode),
        "items_per_chunk": wanted.items_per_chunk,
        "megabytes_per_chunk": wanted.megabytes_per_chunk,
    }
    body = {name: value for name, value in given.items() if value is not None}
    call = export_start(scope, "OR13", "/api/orders/async-export", body)
    return attrs.evolve(call, request=attrs.evolve(call.request, query=scope.query(translated=True)))


def order_export_status(scope: Scope, tracking_id: str) -> Call[ExportStatus]:
    """How far an export of orders is and, once it is COMPLETED, where its files are: OR14."""
    return export_status(scope, "OR14", "/api/orders/async-export/status", tracking_id)


def fetch_orders(scope: Scope, url: str) -> Call[tuple[Read[Order] | Broken, ...]]:
    """The orders of one file of an export, by the *url* that its status told: OR15.

    Each order is read by itself, as in a page of OR11.
    """
    listing = attrs.evolve(ORDERS, operation="OR15")

    def decode(response: Response) -> tuple[Read[Order] | Broken, ...]:
        rows = exported_rows(response, scope=scope, operation="OR15", under=("orders", "data"))
        return read_rows(scope, listing, {"orders": list(rows)})

    return export_file(scope, "OR15", url, decode)


def _check(scope: Scope, wanted: OrderExport) -> None:
    ranges = (
        ("start_date", wanted.start_date, wanted.end_date),
        ("start_update_date", wanted.start_update_date, wanted.end_update_date),
    )
    for field, start, end in ranges:
        if (start is None) != (end is None):
            raise refused_locally(scope, "OR13", field, "needs both its start and its end")
        # A time without zone is refused where it is written; here it only must not be compared with one that has one.
        zoned = start is not None and end is not None and start.tzinfo is not None and end.tzinfo is not None
        if zoned and start is not None and end is not None and not timedelta(0) <= end - start <= LONGEST_EXPORT:
            raise refused_locally(scope, "OR13", field, "must end at or after its start, and at most 365 days later")
    if all(start is None for _, start, _ in ranges):
        raise refused_locally(scope, "OR13", "start_date", "give a range of creation or of last update")
    for field, number, least, most in (
        ("items_per_chunk", wanted.items_per_chunk, CHUNK_ITEMS, _MOST_ITEMS),
        ("megabytes_per_chunk", wanted.megabytes_per_chunk, CHUNK_MEGABYTES, _MOST_MEGABYTES),
    ):
        if not least <= number <= most:
            raise refused_locally(scope, "OR13", field, f"must be {least} to {most}, not {number}")
    for field, count in (
        ("order_state_codes", len(wanted.order_state_codes)),
        ("channel_codes", len(wanted.channel_codes)),
    ):
        if count > MOST_VALUES:
            raise refused_locally(scope, "OR13", field, f"takes at most {MOST_VALUES} values, not {count}")
    if len(wanted.fulfillment_center_codes or "") > 100:
        raise refused_locally(scope, "OR13", "fulfillment_center_codes", "must have at most 100 characters")
