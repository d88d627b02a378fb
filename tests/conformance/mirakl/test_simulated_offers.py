"""What the simulated marketplace tells of offers, imports and exports has only what the document has."""

import csv
import json
import os
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.mirakl.offer_state import OfferDetails, PriceLine

DATA = Path(os.environ.get("KHAOS_CONTRACTS", Path(__file__).parents[3].parent / "shared" / "contracts" / "data"))
FIELDS = DATA / "mirakl" / "mmp-seller-fields.csv"
pytestmark = pytest.mark.skipif(not FIELDS.exists(), reason="the vendor's field list is not at hand")

TYPES = {"string": str, "integer": int, "number": int | Decimal, "boolean": bool, "object": dict}
RICH = OfferDetails(
    description="A mug",
    discount=PriceLine(price=Decimal(20), discount=Decimal(15), discount_ranges=((5, Decimal(12)),)),
    prices=(
        PriceLine(price=Decimal(22), channels=("UK",), start="2026-01-01T00:00:00Z"),
        PriceLine(price=Decimal(30), retail=True),
    ),
    additional=(("engraving", "yes"),),
    warehouses=(("EAST", 3),),
    product_tax_code="T",
)
OPERATIONS = (
    "OF01",
    "OF02",
    "OF04",
    "OF21",
    "OF22",
    "OF24",
    "OF52",
    "OF53",
    "OF54",
    "PRI01",
    "PRI02",
    "STO01",
    "STO02",
)


def form(table: str, **fields: str) -> tuple[bytes, str]:
    """A form with plain fields and one CSV."""
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}' for name, value in fields.items()]
    parts.append(f'Content-Disposition: form-data; name="file"; filename="f.csv"\r\n\r\n{table}')
    body = "".join(f"--x\r\n{part}\r\n" for part in parts) + "--x--\r\n"
    return body.encode(), "multipart/form-data; boundary=x"


@pytest.fixture(scope="module")
def played() -> Mapping[str, Response]:
    """One answer per operation, from a drop-ship shop with one rich offer, after every import and an export."""
    clock = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
    sim = MiraklSimulator(
        clock=clock.now,
        api_key="k",
        offers={"MUG": OfferState(price="20", quantity=3, details=RICH), "RUG": OfferState(price="9", quantity=0)},
        settings=MiraklSettings(model="DROPSHIP", channel="UK"),
    )

    def ask(method: str, path: str, body: object = None, *, upload: tuple[bytes, str] | None = None) -> Response:
        raw, kind = upload or (json.dumps(body).encode(), "application/json")
        headers = {"authorization": "k", "content-type": kind}
        where, _, query = path.partition("?")
        pairs = tuple(tuple(part.split("=", 1)) for part in query.split("&") if part)
        return sim.handle(Request(method=method, path=f"/api/{where}", query=pairs, headers=headers, body=raw))  # type: ignore[arg-type]  # pairs

    offers = ask("GET", "offers")
    number = json.loads(offers.body)["offers"][0]["offer_id"]
    one = ask("GET", f"offers/{number}")
    export = ask("POST", "offers/export/async", {"export_type": "application/json", "include_inactive_offers": True})
    tracking = json.loads(export.body)["tracking_id"]
    clock.advance(100)
    done = ask("GET", f"offers/export/async/status/{tracking}")
    place = json.loads(done.body)["urls"][0].partition("/api/")[2]
    new = {"shop_sku": "NEW", "product_id": "P", "product_id_type": "SKU", "price": 3, "state_code": "11"}
    found = {
        "OF21": offers,
        "OF22": one,
        "OF52": export,
        "OF53": done,
        "OF54": ask("GET", place),
        "OF24": ask("POST", "offers", {"offers": [{**new, "update_delete": ""}]}),
        "OF01": ask("POST", "offers/imports", upload=form("sku;price\nGONE;1\n", import_mode="NORMAL")),
        "PRI01": ask("POST", "offers/pricing/imports", upload=form("offer-sku;price\nRUG;5\nGONE;1\n")),
        "STO01": ask("POST", "offers/stock/imports", upload=form("offer-sku;quantity\nRUG;5\nGONE;1\n")),
    }
    clock.advance(100)
    ids = {name: json.loads(found[name].body)["import_id"] for name in ("OF01", "STO01")}
    return {
        **found,
        "OF02": ask("GET", f"offers/imports/{ids['OF01']}"),
        "OF04": ask("GET", "offers/imports"),
        "PRI02": ask("GET", "offers/pricing/imports"),
        "STO02": ask("GET", f"offers/stock/imports/{ids['STO01']}/status"),
    }


@cache
def documented(operation: str) -> Mapping[str, Mapping[str, str]]:
    """The response fields of an operation by path, without the vendor's marks for alternatives."""
    with FIELDS.open(newline="", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["operation"] == operation]
    told = [row for row in rows if row["where"].startswith("response 2") and "csv" not in row["where"]]
    return {re.sub(r"\{.*?\}", "", row["path"]).removeprefix("[]."): row for row in told}


def walk(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every field in *value* with its path in the field list's own notation."""
    if isinstance(value, dict):
        for name, inner in value.items():
            here = f"{path}.{name}" if path else name
            yield here, inner
            yield from walk(inner, here)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner, f"{path}[]" if path else "")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_field_is_documented(operation: str, played: Mapping[str, Response]) -> None:
    """No field, type or code is made up; null may stand anywhere, as it does in live data."""
    fields = documented(operation)
    answer = played[operation]
    assert answer.status in {200, 201}
    seen = 0
    for path, value in walk(json.loads(answer.body, parse_float=Decimal)):
        assert path in fields
        seen += 1
        kind, codes = fields[path]["type"], fields[path]["enum"]
        if value is None:
            continue
        assert isinstance(value, list if kind.startswith("array") else TYPES[kind]), path
        if codes and not codes.startswith("(") and isinstance(value, str):
            assert value in codes.split("|"), path
    assert seen > 0
