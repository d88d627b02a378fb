"""What the simulated marketplace answers has only fields, types and codes that the official document has."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.testing.simulators import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.mirakl.papers_state import PaperSettings

DATA = Path(os.environ.get("KHAOS_CONTRACTS", Path(__file__).parents[3].parent / "shared" / "contracts" / "data"))
FIELDS = DATA / "mirakl" / "mmp-seller-fields.csv"
Documented = Callable[[str], Mapping[str, Mapping[str, str]]]
Walk = Callable[[object], Iterator[tuple[str, object]]]
pytestmark = pytest.mark.skipif(not FIELDS.exists(), reason="the vendor's field list is not at hand")

TYPES = {"string": str, "integer": int, "number": int | Decimal, "boolean": bool, "object": dict}
# The document calls these objects; its own examples hold texts (ST06 is left out: schema and example spell it apart).
MISTAKEN = {"shipment_update_success[].shipment_additional_information[].value": str}
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


def form(field: str, described: object, name: str = "") -> tuple[bytes, str]:
    """A form with a JSON description and, with a *name*, one file."""
    head = f'Content-Disposition: form-data; name="{field}"\r\nContent-Type: application/json\r\n\r\n'
    parts = [head.encode() + json.dumps(described).encode()]
    if name:
        parts.append(f'Content-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n%PDF-1.7'.encode())
    return b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + b"--x--\r\n", "multipart/form-data; boundary=x"


def written() -> dict[str, Response]:
    """One answer per operation of messages and documents, failures beside successes."""
    sim = MiraklSimulator(
        clock=lambda: datetime(2026, 3, 2, tzinfo=UTC),
        api_key="k",
        offers={"MUG": OfferState(price="9.99", quantity=10)},
        settings=MiraklSettings(
            order_acceptance="AUTOMATIC", debit_seconds=0, papers=PaperSettings(enhanced_invoicing=True)
        ),
    )

    def ask(method: str, path: str, upload: tuple[bytes, str] = (b"", ""), **query: str) -> Response:
        body, kind = upload
        headers = {"authorization": "k", "content-type": kind}
        pairs = tuple(query.items())
        return sim.handle(Request(method=method, path=f"/api/{path}", query=pairs, headers=headers, body=body))

    order_id = sim.buy([("MUG", 2)])
    assert order_id
    ask("PUT", f"orders/{order_id}/ship")
    thread = sim.inbox.customer_writes(order_id, "Where is it?", files={"photo.png": b"x"})
    topic = {"type": "FREE_TEXT", "value": "A parcel"}
    message = {"body": "It has left.", "to": [{"type": "CUSTOMER"}]}
    opened = {"body": "It has left.", "to": ["CUSTOMER"], "topic": topic}
    asking = {"body": "Please help.", "entity": {"type": "SELLER_OPERATOR"}, "topic": topic}
    requests = json.loads(ask("GET", "document-request/requests", limit="1").body)["data"]
    upload = {"request_id": requests[0]["id"], "document_number": "N", "files": [{"name": "i.pdf", "format": "PDF"}]}
    both = {"requests": [upload, {**upload, "request_id": "none"}]}
    paper = {"file_name": "i.pdf", "type_code": "CUSTOMER_INVOICE"}
    card = {"file_name": "i.pdf", "type_code": "NO_SUCH"}
    good_card = {"file_name": "i.pdf", "type_code": "ID_CARD"}
    papers = f"orders/{order_id}/documents"
    ask("POST", papers, form("order_documents", {"order_documents": [paper]}, "i.pdf"))
    ask("POST", "shops/documents", form("shop_documents", {"shop_documents": [good_card]}, "i.pdf"))
    wrong = {"order_documents": [{**paper, "type_code": "NO_SUCH"}]}
    return {
        "OR43": ask("POST", f"orders/{order_id}/threads", form("thread_input", opened)),
        "M12": ask("POST", f"inbox/threads/{thread}/message", form("message_input", message)),
        "M14": ask("POST", "inbox/threads", form("thread_input", asking)),
        "M10": ask("GET", f"inbox/threads/{thread}"),
        "M11": ask("GET", "inbox/threads", with_messages="true", limit="1"),
        "DO01": ask("GET", "documents"),
        "DR11": ask("GET", "document-request/requests"),
        "DR12": ask("GET", f"document-request/{requests[0]['id']}/lines"),
        "DR74": ask("POST", "document-request/documents/upload", form("documents_input", both, "i.pdf")),
        "OR72": ask("GET", "orders/documents", order_ids=order_id),
        "OR74": ask("POST", papers, form("order_documents", wrong, "i.pdf")),
        "S30": ask("GET", "shops/documents"),
        "S32": ask("POST", "shops/documents", form("shop_documents", {"shop_documents": [card]}, "i.pdf")),
    }


# The vendor's example has these where its schema has others (S32), or has more than its schema (OR74).
ONLY_IN_EXAMPLES = {"S32": "shop_documents", "OR74": "order_documents[].input.entity"}


def despatched() -> dict[str, Response]:
    """One answer per operation about the shop, its settings and its shipments, failures inside among them."""
    sim = MiraklSimulator(
        clock=lambda: datetime(2026, 3, 2, tzinfo=UTC),
        api_key="k",
        offers={"MUG": OfferState(price="9.99", quantity=10)},
        settings=MiraklSettings(order_acceptance="AUTOMATIC", debit_seconds=0, channel="UK"),
    )

    def ask(method: str, path: str, **body: object) -> Response:
        headers = {"authorization": "k", "content-type": "application/json"}
        raw = json.dumps(body).encode()
        return sim.handle(Request(method=method, path=f"/api/{path}", headers=headers, body=raw))

    order_id = sim.buy([("MUG", 3)])
    parcel = {"order_id": order_id, "shipment_lines": [{"order_line_id": f"{order_id}-1", "quantity": 1}]}
    made = json.loads(ask("POST", "shipments", shipments=[parcel, parcel]).body)["shipment_success"]
    ids = [{"id": id_} for id_ in (made[0]["id"], "none")]
    origin = {"shipping_from": {"warehouse": {"code": "MAIN"}}}
    told = {"shipment_additional_information": [{"code": "DELIVERY_BILL_ID", "type": "STRING", "value": "A-1"}]}
    tracked = {"tracking": {"carrier_code": "DPD", "tracking_number": "15502"}}
    reads = {
        "A21": "account/statistics",
        "AF01": "additional_fields",
        "CH11": "channels",
        "CUR01": "currencies",
        "L01": "locales",
        "OF61": "offers/states",
        "RE01": "reasons",
        "SH11": "shipping/zones",
        "SH31": "shipping/logistic_classes",
        "SH42": "shipping/configuration/shop",
        "SH52": "shipping/charges/shop",
        "ST12": "shipments/items_to_ship",
    }
    return {
        "A02": ask("PUT", "account", return_policy="30 days", shop_name="Other"),
        "ST07": ask("PUT", "shipments", shipments=[{**each, **origin} for each in ids]),
        "ST31": ask("PUT", "shipments/additional_information", shipments=[{**each, **told} for each in ids]),
        "ST23": ask("POST", "shipments/tracking", shipments=[{**each, **tracked} for each in ids]),
        "ST26": ask("PUT", "shipments/ready_for_pick_up", shipments=ids),
        "ST24": ask("PUT", "shipments/ship", shipments=ids),
        **{code: ask("GET", path) for code, path in reads.items()},
    }


OPERATIONS = """
    A01 DO01 DR11 DR12 DR74 M10 M11 M12 M14 OF21 OR04 OR11 OR43 OR72 OR74 PC01 S30 S32 SH12 SH21 ST01 ST11 STO01 STO02
    A02 A21 AF01 CH11 CUR01 L01 OF61 RE01 SH11 SH31 SH42 SH52 ST07 ST12 ST23 ST24 ST26 ST31
"""


@pytest.mark.parametrize("operation", OPERATIONS.split())
def test_every_field_is_documented(operation: str, documented: Documented, walk: Walk) -> None:
    """No field, type or code is made up; null may stand anywhere, as it does in live data."""
    fields = documented(operation)
    answer = {**played(), **written(), **despatched()}[operation]
    assert answer.status in (200, 201)
    found = dict.fromkeys(fields, 0)
    for path, value in walk(json.loads(answer.body, parse_float=Decimal)):
        if path.startswith(ONLY_IN_EXAMPLES.get(operation, "\0")):
            continue
        assert path in fields
        found[path] += 1
        kind, codes = fields[path]["type"], fields[path]["enum"]
        if value is None:
            continue
        assert isinstance(value, list if kind.startswith("array") else MISTAKEN.get(path, TYPES[kind])), path
        if codes and not codes.startswith("(") and isinstance(value, str):
            assert value in codes.split("|"), path
    assert sum(found.values()) > 0
