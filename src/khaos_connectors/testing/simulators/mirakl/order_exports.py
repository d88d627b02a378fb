"""OR13 to OR15: exports of orders that run for a while, one at a time, and lie in files that are cut."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs

from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.order_json import order_json, wanted_orders
from khaos_connectors.testing.simulators.mirakl.order_state import OrderExport
from khaos_connectors.testing.simulators.mirakl.state import Job, MiraklState
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, answer, dumps, parse, stamp

__all__ = ["OPERATIONS", "export_file", "export_status", "start_export"]

_PAIRS = (("start_date", "end_date"), ("start_update_date", "end_update_date"))
_LONGEST = timedelta(days=366)
_DEFAULT_ROWS, _LEAST_ROWS, _MOST_ROWS = 1_000_000, 10_000, 1_000_000
_COMMAS = ("order_state_codes", "channel_codes")


def start_export(state: MiraklState, asked: Asked) -> Response:
    """OR13: takes an export on; its orders are those that match when it is done."""
    _needs_exports(state)
    wanted = parse(asked.request)
    if any(one.files is None for one in state.desk.exports.values()):
        raise Refusal(400, "An export is already in progress for this shop")
    _check_times(wanted)
    rows = wanted.get("items_per_chunk", _DEFAULT_ROWS)
    if not isinstance(rows, int) or not _LEAST_ROWS <= rows <= _MOST_ROWS:
        raise Refusal(400, "Error with field items_per_chunk. Please check the field datatype.")
    tracking_id = f"00000000-0000-4000-8000-{len(state.desk.exports) + 1:012d}"
    due = asked.now + timedelta(seconds=state.settings.orders.export_seconds)
    state.desk.exports[tracking_id] = OrderExport(tracking_id=tracking_id, wanted=wanted, started_at=asked.now, due=due)
    state.jobs[f"order export {tracking_id}"] = Job(due, lambda state, at: _run(state, tracking_id, at))
    return answer({"tracking_id": tracking_id})


def _needs_exports(state: MiraklState) -> None:
    if not state.settings.orders.exports:
        raise Refusal(404, "Not Found")


def _check_times(wanted: Mapping[str, Json]) -> None:
    given = False
    for first, last in _PAIRS:
        start, end = wanted.get(first), wanted.get(last)
        if start is None and end is None:
            continue
        if not isinstance(start, str) or not isinstance(end, str):
            raise Refusal(400, f"{first} and {last} must be used together")
        try:
            span = datetime.fromisoformat(end) - datetime.fromisoformat(start)
        except ValueError as broken:
            raise Refusal(400, f"Error with field {first}. Please check the field datatype.") from broken
        if not timedelta(0) <= span <= _LONGEST:
            raise Refusal(400, "The date range must not exceed one year")
        given = True
    if not given:
        raise Refusal(400, "At least one date range must be specified")


def _run(state: MiraklState, tracking_id: str, at: datetime) -> None:
    export = state.desk.exports[tracking_id]
    settings = state.settings
    query = tuple(_pair(name, value) for name, value in export.wanted.items() if value is not None)
    asked = Asked(at, (), Request(method="GET", path="/api/orders", query=query))
    found = wanted_orders(state, asked)
    mode = str(export.wanted.get("order_tax_mode") or settings.order_tax_mode)
    rows = settings.orders.file_rows or _DEFAULT_ROWS
    # The vendor's files are cut at 10,000 rows or more; one without any row is written all the same.
    pieces = [found[start : start + rows] for start in range(0, len(found), rows)] or [found]
    files = tuple(
        dumps(
            {"orders": [order_json(settings, order, mode) for order in piece]},
            amounts_as_strings=settings.amounts_as_strings,
        )
        for piece in pieces
    )
    state.desk.exports[tracking_id] = attrs.evolve(export, files=files)


def _pair(name: str, value: Json) -> tuple[str, str]:
    if name in _COMMAS and isinstance(value, list):
        return name, ",".join(str(each) for each in value)
    if name == "fulfillment_center_codes":
        return "fulfillment_center_code", str(value)
    return name, json.dumps(value) if isinstance(value, bool) else str(value)


def export_status(state: MiraklState, asked: Asked) -> Response:
    """OR14: PENDING until it is COMPLETED, then with the addresses of its files, which are written carelessly."""
    _needs_exports(state)
    export = state.desk.exports.get(asked.ids[0])
    if export is None:
        raise Refusal(404, f"Export with id '{asked.ids[0]}' not found")
    body: dict[str, Json] = {"last_updated": stamp(export.started_at), "status": "PENDING"}
    if export.files is not None:
        host = asked.request.headers.get("host") or "shop.example.com"
        urls = [f"http://{host}/api/orders/async-export/{export.tracking_id}?file=part {n}" for n in _numbers(export)]
        body = {"last_updated": stamp(export.due), "status": "COMPLETED", "urls": urls}
    return answer(body)


def _numbers(export: OrderExport) -> range:
    return range(1, len(export.files or ()) + 1)


def export_file(state: MiraklState, asked: Asked) -> Response:
    """OR15: one file, to whoever knows its address and has the key."""
    _needs_exports(state)
    export = state.desk.exports.get(asked.ids[0])
    part = (asked.one("file") or "").removeprefix("part ")
    files = (export and export.files) or ()
    if not part.isdecimal() or not 1 <= int(part) <= len(files):
        raise Refusal(404, "Not Found")
    return Response(
        status=200, headers={"content-type": "application/octet-stream"}, body=files[int(part) - 1].encode()
    )


OPERATIONS = (
    operation("OR13", "POST", "api/orders/async-export", start_export),
    operation("OR14", "GET", "api/orders/async-export/status/*", export_status),
    operation("OR15", "GET", "api/orders/async-export/*", export_file),
)
