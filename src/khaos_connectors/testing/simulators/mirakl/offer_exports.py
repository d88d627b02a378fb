"""OF52 to OF54: exports of offers that are written when they are due, in files of their own."""

import csv
import io
from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.catalogue import product_sku
from khaos_connectors.testing.simulators.mirakl.offer_state import OfferExportState, PriceLine
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.state import Job, MiraklState, OfferState, cents
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, answer, dumps, parse, stamp

__all__ = ["OPERATIONS", "file", "start", "status"]

_FILES = "/api/offers/export/async/file"


def start(state: MiraklState, asked: Asked) -> Response:
    """OF52: takes an export on; of one that still runs the same id comes back."""
    body = parse(asked.request)
    kind = body.get("export_type") or "text/csv"
    since, inactive = body.get("last_request_date"), body.get("include_inactive_offers") is True
    if kind not in ("text/csv", "application/json") or (since is not None and inactive):
        raise Refusal(400, "Bad Request")
    size = body.get("items_per_chunk") or state.settings.export_chunk
    columns = body.get("include_fields") or []
    assert isinstance(size, int)
    assert isinstance(columns, list)
    wanted = OfferExportState(
        tracking_id="",
        due=asked.now + timedelta(seconds=state.settings.export_seconds),
        csv=kind == "text/csv",
        since=None if since is None else datetime.fromisoformat(str(since)),
        inactive=inactive,
        per_file=min(size, state.settings.export_chunk),
        columns=tuple(str(name) for name in columns),
    )
    for known in state.offer_work.exports.values():
        if known.files is None and attrs.evolve(known, tracking_id="", due=wanted.due) == wanted:
            return answer({"tracking_id": known.tracking_id})
    tracking_id = f"of52-{len(state.offer_work.exports) + 1}"
    state.offer_work.exports[tracking_id] = attrs.evolve(wanted, tracking_id=tracking_id)
    state.jobs[f"export {tracking_id}"] = Job(wanted.due, lambda state, at: _write(state, tracking_id, at))
    return answer({"tracking_id": tracking_id})


def _write(state: MiraklState, tracking_id: str, at: datetime) -> None:
    export = state.offer_work.exports[tracking_id]
    rows = _rows(state, export, at)
    parts = [rows[start : start + export.per_file] for start in range(0, len(rows), export.per_file)]
    files = tuple((_csv(export, part) if export.csv else dumps(part)).encode() for part in parts)
    state.offer_work.exports[tracking_id] = attrs.evolve(export, files=files)


def _rows(state: MiraklState, export: OfferExportState, at: datetime) -> list[dict[str, Json]]:
    work, since = state.offer_work, export.since
    if since is None:
        return [_offer(state, sku, offer, at) for sku, offer in state.offers.items() if export.inactive or offer.active]
    moved = {entry.sku for entry in state.ledger if entry.sku is not None and entry.at >= since}
    moved |= {sku for sku, changed in work.changed.items() if changed >= since}
    found = [_offer(state, sku, offer, at) for sku, offer in state.offers.items() if sku in moved]
    gone = [sku for sku, deleted in work.deleted.items() if deleted >= since]
    return found + [{"shop_sku": sku, "deleted": True, "active": False, "quantity": 0} for sku in gone]


def _offer(state: MiraklState, sku: str, offer: OfferState, at: datetime) -> dict[str, Json]:
    more = offer.details
    first = more.discount or PriceLine(price=offer.price)
    lines = [first, *(line for line in more.prices if not line.retail)]
    return {
        "shop_sku": sku,
        "offer_id": state.offer_work.number(sku, state.offers),
        "product_sku": product_sku(state, sku),
        "quantity": offer.quantity,
        "active": offer.active,
        "deleted": False,
        "state_code": offer.state_code,
        "last_updated": stamp(state.offer_work.changed.get(sku, at)),
        "currency_iso_code": state.settings.currency,
        "description": more.description,
        "leadtime_to_ship": more.leadtime_to_ship or 1,
        "logistic_class": {"code": more.logistic_class},
        "is_professional": True,
        "premium": False,
        "shop_id": state.settings.shop_id,
        "shop_name": state.settings.shop_name,
        "fulfillment": {"center": {"code": "DEFAULT"}},
        "warehouses": [{"code": code, "quantity": units} for code, units in more.warehouses],
        "prices": [_price(line) for line in lines],
    }


def _price(line: PriceLine) -> Json:
    found: dict[str, Json] = {"origin_price": cents(line.price)}
    if line.discount is not None:
        found |= {
            "discount_price": cents(line.discount),
            "discount_start_date": line.discount_start,
            "discount_end_date": line.discount_end,
        }
    if line.channels:
        found["context"] = {"channel_codes": list(line.channels)}
    return {name: value for name, value in found.items() if value is not None}


def _csv(export: OfferExportState, rows: list[dict[str, Json]]) -> str:
    columns = export.columns or ("shop-sku", "quantity", "active", "deleted", "state-code", "origin-price", "shop-id")
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        prices = row.get("prices")
        first: Json = prices[0] if isinstance(prices, list) and prices else None
        cells = {
            name.replace("_", "-"): value
            for name, value in {**row, **(first if isinstance(first, Mapping) else {})}.items()
        }
        writer.writerow([_cell(cells.get(column)) for column in columns])
    return text.getvalue()


def _cell(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def status(state: MiraklState, asked: Asked) -> Response:
    """OF53: how far an export is; its files as absolute addresses, in plain http as the vendor shows them."""
    export = state.offer_work.exports.get(asked.ids[0])
    if export is None:
        raise Refusal(404, "Not Found")
    body: dict[str, Json] = {"last_updated": stamp(asked.now), "status": "PENDING"}
    if export.files is not None:
        host = asked.request.headers.get("host", state.settings.host)
        place = f"http://{host}{_FILES}/{export.tracking_id}?file=of52-export%offers/"
        end = "csv" if export.csv else "json"
        body |= {"status": "COMPLETED", "urls": [f"{place}{at}.{end}" for at in range(len(export.files))]}
    return answer(body)


def file(state: MiraklState, asked: Asked) -> Response:
    """OF54: one file of an export."""
    export = state.offer_work.exports.get(asked.ids[0])
    name = (asked.one("file") or "").removeprefix("of52-export%offers/").partition(".")[0]
    if export is None or export.files is None or not name.isdigit() or int(name) >= len(export.files):
        raise Refusal(404, "Not Found")
    kind = "text/csv;charset=UTF-8" if export.csv else "application/json;charset=UTF-8"
    return Response(status=200, headers={"content-type": kind}, body=export.files[int(name)])


OPERATIONS = (
    operation("OF52", "POST", "api/offers/export/async", start),
    operation("OF53", "GET", "api/offers/export/async/status/*", status),
    operation("OF54", "GET", "api/offers/export/async/file/*", file),
)
