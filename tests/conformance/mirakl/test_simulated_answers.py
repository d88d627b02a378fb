"""What the simulated marketplace answers has only fields, types and codes that the official document has."""

import csv
import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.testing.simulators import MiraklSettings, MiraklSimulator, OfferState

DATA = Path(os.environ.get("KHAOS_CONTRACTS", Path(__file__).parents[3].parent / "shared" / "contracts" / "data"))
FIELDS = DATA / "mirakl" / "mmp-seller-fields.csv"
pytestmark = pytest.mark.skipif(not FIELDS.exists(), reason="the vendor's field list is not at hand")

TYPES = {"string": str, "integer": int, "number": int | Decimal, "boolean": bool, "object": dict}
PART = b'Content-Disposition: form-data; name="file"; filename="s.csv"'
STOCK = b"--x\r\n" + PART + b"\r\n\r\noffer-sku;quantity\nMUG;1\r\n--x--\r\n"


def played() -> dict[str, Response]:
    """One answer per operation, from a shop that has seen a sale, a cancellation, a shipment and a stock file."""
    sim = MiraklSimulator(
        clock=lambda: datetime(2026, 3, 2, tzinfo=UTC),
        api_key="k",
        offers={"MUG": OfferState(price="9.99", quantity=10), "RUG": OfferState(price="120.00", quantity=0)},
        settings=MiraklSettings(order_acceptance="AUTOMATIC", debit_seconds=0, import_seconds=0, channel="UK"),
    )

    def ask(method: str, path: str, body: object = None, kind: str = "application/json") -> Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"authorization": "k", "content-type": kind}
        return sim.handle(Request(method=method, path=f"/api/{path}", headers=headers, body=raw))

    order_id, cancelled = sim.buy([("MUG", 2), ("MUG", 1)]), sim.buy([("MUG", 1)])
    assert cancelled
    assert sim.cancel_order(cancelled)
    parcel = {"order_id": order_id, "shipment_lines": [{"order_line_id": f"{order_id}-1", "quantity": 2}]}
    parcel |= {"shipped": True, "tracking": {"carrier_code": "DPD", "tracking_number": "15501"}}
    made = ask("POST", "shipments", {"shipments": [parcel, parcel]})
    taken = ask("POST", "offers/stock/imports", STOCK, "multipart/form-data; boundary=x")
    reference = {"order_id": order_id, "references": {"order_reference_for_seller": "SO1"}}
    return {
        "ST01": made,
        "STO01": taken,
        "A01": ask("GET", "account"),
        "OF21": ask("GET", "offers"),
        "OR04": ask("PUT", "orders", {"orders": [reference, {**reference, "order_id": "NONE"}]}),
        "OR11": ask("GET", "orders"),
        "PC01": ask("GET", "platform/configuration"),
        "SH12": ask("GET", "shipping/types"),
        "SH21": ask("GET", "shipping/carriers"),
        "ST11": ask("GET", "shipments"),
        "STO02": ask("GET", f"offers/stock/imports/{json.loads(taken.body)['import_id']}/status"),
    }


def documented(operation: str) -> dict[str, dict[str, str]]:
    """The response fields of an operation by path, without the vendor's marks for alternatives."""
    with FIELDS.open(newline="", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["operation"] == operation]
    return {re.sub(r"\{.*?\}", "", row["path"]): row for row in rows if row["where"].startswith("response 2")}


def walk(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every field in *value* with its path in the field list's own notation."""
    if isinstance(value, dict):
        for name, inner in value.items():
            here = f"{path}.{name}" if path else name
            yield here, inner
            yield from walk(inner, here)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner, f"{path}[]")


@pytest.mark.parametrize(
    "operation", ["A01", "OF21", "OR04", "OR11", "PC01", "SH12", "SH21", "ST01", "ST11", "STO01", "STO02"]
)
def test_every_field_is_documented(operation: str) -> None:
    """No field, type or code is made up; null may stand anywhere, as it does in live data."""
    fields = documented(operation)
    answer = played()[operation]
    assert answer.status in (200, 201)
    found = dict.fromkeys(fields, 0)
    for path, value in walk(json.loads(answer.body, parse_float=Decimal)):
        assert path in fields
        found[path] += 1
        kind, codes = fields[path]["type"], fields[path]["enum"]
        if value is None:
            continue
        assert isinstance(value, list if kind.startswith("array") else TYPES[kind]), path
        if codes and not codes.startswith("(") and isinstance(value, str):
            assert value in codes.split("|"), path
    assert sum(found.values()) > 0
