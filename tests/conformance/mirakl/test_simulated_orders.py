"""What the simulated marketplace answers about orders has only documented fields and codes, however it is set up."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.mirakl.order_state import CustomField, OrderSettings

DATA = Path(os.environ.get("KHAOS_CONTRACTS", Path(__file__).parents[3].parent / "shared" / "contracts" / "data"))
FIELDS = DATA / "mirakl" / "mmp-seller-fields.csv"
Documented = Callable[[str], Mapping[str, Mapping[str, str]]]
Walk = Callable[[object], Iterator[tuple[str, object]]]
pytestmark = pytest.mark.skipif(not FIELDS.exists(), reason="the vendor's field list is not at hand")

TYPES = {"string": str, "integer": int, "number": int | Decimal, "boolean": bool, "object": dict}
OPERATIONS = ("OR04", "OR07", "OR11", "OR13", "OR14", "OR15", "OR31", "OR32", "OR51", "OR75")
FIELD = {"code": "note", "value": "x"}


@cache
def played() -> dict[str, Response]:
    """One answer per operation, from a drop-ship shop with custom fields, fees, taxes by order and measured goods."""
    clock = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
    sim = MiraklSimulator(
        clock=clock.now,
        api_key="k",
        offers={"MUG": OfferState(price="9.99", quantity=100)},
        settings=MiraklSettings(
            model="DROPSHIP",
            orders=OrderSettings(
                workflow="PAY_ON_DELIVERY",
                order_level_taxes=True,
                fee=Decimal("1.50"),
                fields={"note": CustomField(), "lot": CustomField(entity="ORDER_LINE")},
                measured={"MUG": "KILOGRAM"},
            ),
        ),
    )

    def ask(method: str, path: str, body: object = None, **query: str) -> Response:
        headers = {"authorization": "k", "content-type": "application/json"}
        sent = json.dumps(body).encode()
        asked = Request(method=method, path=f"/api/{path}", headers=headers, body=sent, query=tuple(query.items()))
        return sim.handle(asked)

    order_id = sim.buy([("MUG", 5)])
    assert order_id
    line = f"{order_id}-1"
    sim.evaluate(order_id, 5, "Fine")
    of_line = {"order_line_id": line, "order_line_additional_fields": [{"code": "lot", "value": "L7"}]}
    dates = {"start_date": "2026-03-01T00:00:00Z", "end_date": "2026-03-03T00:00:00Z"}
    made = {
        "OR07": ask("PUT", "orders/shipping_from", _origins(line)),
        "OR31": ask(
            "PUT",
            f"orders/{order_id}/additional_fields",
            {"order_additional_fields": [FIELD], "order_lines": [of_line]},
        ),
        "OR32": ask("PUT", "orders/adjust", {"order_lines": [{"order_line_id": line, "actual_measurement": 4.5}]}),
        "OR51": ask("GET", f"orders/{order_id}/evaluation"),
        "OR75": ask("GET", "orders/taxes"),
        "OR04": ask("PUT", "orders", {"orders": [{"order_id": order_id}, {"order_id": "NONE"}]}),
        "OR13": ask("POST", "orders/async-export", dates),
    }
    clock.advance(60)
    tracking_id = json.loads(made["OR13"].body)["tracking_id"]
    made["OR11"] = ask("GET", "orders")
    made["OR14"] = ask("GET", f"orders/async-export/status/{tracking_id}")
    made["OR15"] = ask("GET", f"orders/async-export/{tracking_id}", file="part 1")
    return made


def _origins(line: str) -> dict[str, object]:
    return {
        "order_lines": [
            {"id": line, "shipping_from": {"warehouse": {"code": "MAIN"}}},
            {"id": "NONE", "shipping_from": {"address": {"country_iso_code": "GBR"}}},
        ]
    }


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_field_is_documented(operation: str, documented: Documented, walk: Walk) -> None:
    """No field, type or code is made up; null may stand anywhere, as it does in live data."""
    fields = documented(operation)
    answer = played()[operation]
    assert answer.status == 200
    seen = 0
    for path, value in walk(json.loads(answer.body, parse_float=Decimal)):
        seen += 1
        assert path in fields
        kind, codes = fields[path]["type"], fields[path]["enum"]
        if value is None or path.endswith("additional_fields[].value"):
            continue  # the types of custom fields are alternatives of one name
        assert isinstance(value, list if kind.startswith("array") else TYPES[kind]), path
        if codes and not codes.startswith("(") and isinstance(value, str):
            assert value in codes.split("|"), path
    assert seen > 0
