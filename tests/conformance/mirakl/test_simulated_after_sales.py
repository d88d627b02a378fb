"""What the simulated marketplace answers about refunds, returns and reasons has only documented fields and codes."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.testing.simulators import MiraklSettings, MiraklSimulator, OfferState

DATA = Path(os.environ.get("KHAOS_CONTRACTS", Path(__file__).parents[3].parent / "shared" / "contracts" / "data"))
FIELDS = DATA / "mirakl" / "mmp-seller-fields.csv"
Documented = Callable[[str], Mapping[str, Mapping[str, str]]]
Walk = Callable[[object], Iterator[tuple[str, object]]]
pytestmark = pytest.mark.skipif(not FIELDS.exists(), reason="the vendor's field list is not at hand")

TYPES = {"string": str, "integer": int, "number": int | Decimal, "boolean": bool, "object": dict}
OPERATIONS = ("OR11", "OR28", "OR30", "RE01", "RT01", "RT04", "RT11", "RT12", "RT21", "RT25", "RT26", "RT27", "RT29")


@cache
def played() -> dict[str, Response]:
    """One answer per operation, from a shop with refunds, cancelations and returns in every state."""
    sim = MiraklSimulator(
        clock=lambda: datetime(2026, 3, 2, tzinfo=UTC),
        api_key="k",
        offers={"MUG": OfferState(price="9.99", quantity=100)},
        settings=MiraklSettings(order_acceptance="AUTOMATIC", debit_seconds=0, refund_seconds=0),
    )

    def ask(method: str, path: str, body: object = None) -> Response:
        headers = {"authorization": "k", "content-type": "application/json"}
        sent = json.dumps(body).encode()
        return sim.handle(Request(method=method, path=f"/api/{path}", headers=headers, body=sent))

    def row(line_id: str, reason: str) -> dict[str, object]:
        return {
            "order_line_id": line_id,
            "amount": 3,
            "shipping_amount": 1,
            "quantity": 1,
            "reason_code": reason,
            "taxes": [{"code": "VAT", "amount": 0.5}],
        }

    paid = sim.buy([("MUG", 5)])
    line = f"{paid}-1"
    refunded = ask("PUT", "orders/refund", {"order_tax_mode": "TAX_EXCLUDED", "refunds": [row(line, "15")]})
    assert ask("PUT", f"orders/{paid}/ship").status == 204
    goods = {"order_line_id": line, "quantity": 1, "reason_code": "RETURN_BROKEN_ITEM"}
    new = {"order_commercial_id": paid.removesuffix("-A"), "method_code": "RETURN_METHOD_BY_MAIL"}
    opened = ask("POST", "returns", {"returns": [{**new, "return_lines": [goods]}] * 6})
    ids = [each["id"] for each in json.loads(opened.body)["return_success"]]
    verdict = {
        "order_line_id": line,
        "compliant": False,
        "non_compliance_reason_code": "RETURN_NON_COMPLIANT_OTHER",
        "non_compliance_additional_info": "Wet",
    }
    address = {"street1": "1 Example Street", "city": "Sampleton", "country_iso_code": "GBR"}
    tracking = {"carrier_name": "Van", "tracking_number": "1"}
    change = {"id": ids[0], "rma": "R", "return_address": {"address": address}, "tracking": tracking}
    refusal = {"id": ids[4], "accepted": False, "rejection_reason_code": "RETURN_REJECTION_NOT_NEEDED"}
    answers = {
        "OR28": refunded,
        "RT01": opened,
        "RT04": ask("PUT", "returns", {"returns": [change, {"id": "NONE"}]}),
        "RT21": ask("PUT", "returns/accept", {"returns": [*({"id": i, "accepted": True} for i in ids[:4]), refusal]}),
        "RT25": ask("PUT", "returns/receive", {"returns": [{"id": each} for each in (*ids[:2], ids[4])]}),
        "RT26": ask("PUT", "returns/compliance", {"returns": [{"id": ids[0], "return_lines": [verdict]}]}),
        "RT27": ask("PUT", "returns/close", {"returns": [{"id": ids[0]}]}),
        "RT29": ask("PUT", "returns/cancel", {"returns": [{"id": ids[3]}]}),
        "RT11": ask("GET", "returns"),
        "RT12": ask("GET", "returns/items_to_return"),
        "RE01": ask("GET", "reasons"),
        "OR11": ask("GET", "orders"),
    }
    waiting = MiraklSimulator(
        clock=lambda: datetime(2026, 3, 2, tzinfo=UTC),
        api_key="k",
        offers={"MUG": OfferState(price="9.99", quantity=100)},
        settings=MiraklSettings(order_acceptance="AUTOMATIC", debit_seconds=60),
    )
    unpaid = waiting.buy([("MUG", 5)])
    sent = json.dumps({"cancelations": [row(f"{unpaid}-1", "34")]}).encode()
    headers = {"authorization": "k", "content-type": "application/json"}
    answers["OR30"] = waiting.handle(Request(method="PUT", path="/api/orders/cancel", headers=headers, body=sent))
    return answers


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_field_is_documented(operation: str, documented: Documented, walk: Walk) -> None:
    """No field, type or code is made up, and what the document requires is there."""
    fields = documented(operation)
    answer = played()[operation]
    assert answer.status == 200
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
    assert sum(found.values()) > 1


def test_the_shop_has_seen_everything() -> None:
    """The answers above hold refunds, cancelations, and returns in five states with a failure in each batch kind."""
    orders = json.loads(played()["OR11"].body)["orders"]
    assert [len(line["refunds"]) for order in orders for line in order["order_lines"]] == [1]
    assert len(json.loads(played()["OR30"].body)["cancelations"]) == 1
    states = {each["state"] for each in json.loads(played()["RT11"].body)["data"]}
    assert {"CLOSED", "RECEIVED", "CANCELED", "REFUSED", "IN_PROGRESS"} <= states
    assert json.loads(played()["RT25"].body)["return_errors"]
