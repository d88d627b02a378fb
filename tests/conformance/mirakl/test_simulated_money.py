"""What the simulated marketplace tells of money has only fields, types and codes of the official document."""

import csv
import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import jsonschema
import pytest

from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.mirakl.models.accounting_codes import (
    CURRENCIES,
    BankAccountKind,
    InvoicePaymentState,
    InvoiceType,
    IssuingUserType,
    PayOutFailure,
    PayOutProvider,
    PayOutState,
    TransactionPaymentState,
    TransactionType,
)
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators import MiraklSettings, MiraklSimulator, OfferState

DATA = Path(os.environ.get("KHAOS_CONTRACTS", Path(__file__).parents[3].parent / "shared" / "contracts" / "data"))
SPEC = DATA / "mirakl" / "spec" / "mmp-seller-openapi.2026-08.json"
ENUMS = DATA / "mirakl" / "mmp-seller-enums.json"
pytestmark = pytest.mark.skipif(not SPEC.exists(), reason="the vendor's OpenAPI document is not at hand")


@pytest.fixture(scope="module")
def played() -> Mapping[str, Response]:
    """One answer per operation, after a cycle with a row of every type, documents by hand, a debt and a pay-out."""
    clock = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
    sim = MiraklSimulator(
        clock=clock.now,
        api_key="k",
        offers={"MUG": OfferState(price="9.99", quantity=10)},
        settings=MiraklSettings(order_acceptance="AUTOMATIC", debit_seconds=0),
    )

    def ask(method: str, path: str, body: object = None, query: tuple[tuple[str, str], ...] = ()) -> Response:
        headers = {"authorization": "k", "content-type": "application/json"}
        raw = json.dumps(body).encode()
        return sim.handle(Request(method=method, path=f"/api/{path}", query=query, headers=headers, body=raw))

    order_id = sim.buy([("MUG", 2)])
    assert ask("PUT", f"orders/{order_id}/ship").status == 204
    for kind in TransactionType:
        sim.money.book(kind.value, "1.00", order_id=order_id, fee_code="LATE", description="by the operator")
    sim.money.bill_by_hand("MANUAL_CREDIT", net="10.00", tax="2.00")
    sim.money.close_cycle(reserve="5.00")
    clock.advance(timedelta(days=1).total_seconds())
    sim.money.book("SUBSCRIPTION_FEE", "-39.00")
    sim.money.close_cycle()
    begun = ask("POST", "sellerpayment/transactions_logs/async", {"format": "JSON"})
    tracking = json.loads(begun.body)["tracking_id"]
    clock.advance(60)
    status = f"sellerpayment/transactions_logs/async/status/{tracking}"
    return {
        "IV01": ask("GET", "invoices", query=(("type", "ALL"),)),
        "SBC11": ask("GET", "seller-billing-cycles"),
        "TL02": ask("GET", "sellerpayment/transactions_logs", query=(("limit", "50"),)),
        "TL03": begun,
        "TL04": ask("GET", status),
    }


@cache
def closed() -> Mapping[str, object]:
    """The document's schemas, with every object closed: a field that it does not name is an error here."""
    schemas = json.loads(SPEC.read_text(encoding="utf-8"))["components"]["schemas"]

    def close(node: object) -> object:
        if isinstance(node, list):
            return [close(each) for each in node]
        if not isinstance(node, dict):
            return node
        found = {name: close(each) for name, each in node.items() if name not in {"discriminator", "format"}}
        if "properties" in found and not {"allOf", "discriminator"} & node.keys():
            found["additionalProperties"] = False
        return found

    return {name: close(each) for name, each in schemas.items()}


def without_nulls(value: object) -> object:
    """*value* without what is null, which may stand anywhere, as it does in live data."""
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    return [without_nulls(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("operation", ["SBC11", "TL02", "TL03", "TL04"])
def test_answers_are_valid(played: Mapping[str, Response], operation: str) -> None:
    """Each answer is one of the operation's closed schema."""
    answer = played[operation]
    assert answer.status == 200
    schema = {"$ref": f"#/components/schemas/{operation}_Response_200", "components": {"schemas": closed()}}
    jsonschema.validate(without_nulls(json.loads(answer.body)), schema)


def fields(operation: str) -> dict[str, dict[str, str]]:
    import re

    with (DATA / "mirakl" / "mmp-seller-fields.csv").open(newline="", encoding="utf-8") as lines:
        rows = [
            row for row in csv.DictReader(lines) if row["operation"] == operation and row["where"] == "response 200"
        ]
    return {re.sub(r"\{.*?\}", "", row["path"]): row for row in rows}


def walk(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            here = f"{path}.{name}" if path else name
            yield here, inner
            yield from walk(inner, here)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner, f"{path}[]")


def test_documents_have_documented_fields_only(played: Mapping[str, Response]) -> None:
    """IV01's forms share one list of fields: each that we send is in it, with its type and its codes."""
    known = fields("IV01")
    kinds = {"string": str, "integer": int, "number": int | Decimal, "object": dict}
    rows = json.loads(played["IV01"].body, parse_float=Decimal)
    assert {row["type"] for row in rows["invoices"]} == {"AUTO_INVOICE", "MANUAL_CREDIT"}
    for path, value in walk(rows):
        assert path in known
        kind, codes = known[path]["type"], known[path]["enum"]
        if value is None:
            continue
        assert isinstance(value, list if kind.startswith("array") else kinds[kind]), path
        if codes and not codes.startswith("("):
            assert value in codes.split("|"), path


@pytest.mark.parametrize(
    ("operation", "where", "ours"),
    [
        ("TL02", "response 200:data[].type", TransactionType),
        ("TL02", "response 200:data[].payment_state", TransactionPaymentState),
        ("TL02", "response 200:data[].pay_out_psp_code", PayOutProvider),
        ("SBC11", "response 200:data[].pay_out.state", PayOutState),
        ("SBC11", "response 200:data[].pay_out.failure_reason", PayOutFailure),
        ("IV01", "response 200:invoices[].type", InvoiceType),
        ("IV01", "response 200:invoices[].payment.state", InvoicePaymentState),
        ("IV01", "response 200:invoices[].issuing_user.type", IssuingUserType),
        ("IV01", "response 200:invoices[].payment_info{type=AUTO_INVOICE}.@type", BankAccountKind),
    ],
)
def test_our_codes_are_theirs(operation: str, where: str, ours: type[TransactionType]) -> None:
    """The codes of the money side are the document's, no more and no fewer."""
    known = json.loads(ENUMS.read_text(encoding="utf-8"))["by_operation"][operation][where]["values"]
    assert {member.value for member in ours} == set(known)


def test_the_currencies_are_theirs() -> None:
    """Cycles and documents are filtered by the document's currencies."""
    known = json.loads(ENUMS.read_text(encoding="utf-8"))["by_operation"]["IV01"]
    assert set(known["response 200:invoices[].currency_iso_code"]["values"]) == CURRENCIES
