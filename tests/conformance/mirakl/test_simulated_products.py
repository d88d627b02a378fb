"""What the simulated marketplace tells of products, promotions and pick lists is valid by the official schemas."""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import jsonschema
import pytest

from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.mirakl.product_state import ProductSettings

DATA = Path(os.environ.get("KHAOS_CONTRACTS", Path(__file__).parents[3].parent / "shared" / "contracts" / "data"))
SPEC = DATA / "mirakl" / "spec" / "mmp-seller-openapi.2026-08.json"
ENUMS = DATA / "mirakl" / "mmp-seller-enums.json"
pytestmark = pytest.mark.skipif(not SPEC.exists(), reason="the vendor's document is not at hand")

OPERATIONS = ("H11", "P11", "P31", "P41", "P42", "P51", "PL11", "PM11", "PR01", "RO02", "VL11")
BYTES = "application/octet-stream"
FILES = {"P44": BYTES, "P45": BYTES, "P46": "text/csv", "P47": BYTES}
TABLE = (
    "category;shop_sku;title;ean;description\n"
    "TEAWARE;POT-1;A teapot;2900000000018;Holds tea\n"
    "TEAWARE;POT-2;A plain one;2900000000025;\n"
    "SHEDS;SHED-1;A shed;2900000000032;\n"
)
PROMOTION = {
    "internal_id": "SPRING",
    "internal_description": "Two for less",
    "start_date": "2026-03-01T00:00:00Z",
    "end_date": "2026-03-10T00:00:00Z",
    "application_to_cart": [{"promo_code": "TWO"}],
    "channel_codes": ["UK"],
    "customer_group_ids": ["G"],
    "customer_organization_ids": ["O"],
    "public_descriptions": [{"locale": "en_GB", "value": "Two for less"}],
    "trigger": {"type": "EVERY_QUANTITY", "quantity_purchased": 2, "selection": {"type": "ALL"}},
    "reward": {"type": "PERCENTAGE_OFF", "percentage_off": 12.5, "selection": {"type": "PURCHASED_ITEMS"}},
}
OTHERS = (
    ({"type": "MINIMUM_AMOUNT", "amount_purchased": 20.5}, {"type": "AMOUNT_OFF", "amount_off": 2}),
    ({"type": "EVERY_AMOUNT", "amount_purchased": 20}, {"type": "FREE_ITEMS", "free_items_quantity": 1}),
    ({"type": "MINIMUM_QUANTITY", "quantity_purchased": 2}, {"type": "REDUCED_UNIT_PRICE", "reduced_unit_price": 5}),
)
# Null in live data although the schema wants them, the shop because P11 does not tell sellers whose an offer is.
NULLS = {
    "P11": {"description", "min_quantity_alert", "shipping_deadline", "shop_grade", "shop_id", "unit_discount_price"},
}


@cache
def played() -> Mapping[str, Response]:
    """One answer per operation, after a file with every kind of row, promotions of every type and two pick lists."""
    clock = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
    sim = MiraklSimulator(
        clock=clock.now,
        api_key="k",
        offers={"MUG": OfferState(price="9.99", quantity=10, category="TEAWARE")},
        settings=MiraklSettings(
            order_acceptance="AUTOMATIC",
            debit_seconds=0,
            channel="UK",
            products=ProductSettings(refused={"POT-2": "Too plain"}),
        ),
    )

    def ask(method: str, path: str, body: bytes = b"", kind: str = "application/json", **query: str) -> Response:
        headers = {"authorization": "k", "content-type": kind}
        pairs = tuple(query.items())
        return sim.handle(Request(method=method, path=f"/api/{path}", query=pairs, headers=headers, body=body))

    def promote(internal_id: str, trigger: Mapping[str, object], reward: Mapping[str, object]) -> None:
        chosen = {"selection": {"type": "OFFER", "values": ["MUG"]}}
        body = {**PROMOTION, "internal_id": internal_id, "trigger": trigger | chosen, "reward": reward | chosen}
        assert ask("POST", "promotions", json.dumps(body).encode()).status == 201

    assert ask("POST", "promotions", json.dumps(PROMOTION).encode()).status == 201
    for number, (trigger, reward) in enumerate(OTHERS):
        promote(f"P{number}", trigger, reward)
    for units in (1, 2):
        order_id = sim.buy([("MUG", units)])
        assert order_id
        sim.operator.call_for([order_id], pickup=clock.now() + timedelta(days=units), run="VAN")
    handed = ask("POST", "products/imports", upload(TABLE), "multipart/form-data; boundary=x")
    place = f"products/imports/{json.loads(handed.body)['import_id']}"
    clock.advance(100)
    mug = json.loads(ask("GET", "offers").body)["offers"][0]
    reference = f"EAN|{mug['product_references'][0]['reference']}"
    return {
        "H11": ask("GET", "hierarchies"),
        "P11": ask("GET", "products/offers", product_ids=mug["product_sku"]),
        "P31": ask("GET", "products", product_references=f"{reference},EAN|2900000000018"),
        "P41": handed,
        "P42": ask("GET", place),
        "P44": ask("GET", f"{place}/error_report"),
        "P45": ask("GET", f"{place}/new_product_report"),
        "P46": ask("GET", f"{place}/transformed_file"),
        "P47": ask("GET", f"{place}/transformation_error_report"),
        "P51": ask("GET", "products/imports"),
        "PL11": ask("GET", "picklists", limit="1"),
        "PM11": ask("GET", "products/attributes"),
        "PR01": ask("GET", "promotions"),
        "RO02": ask("GET", "users/shops/roles"),
        "VL11": ask("GET", "values_lists"),
    }


def upload(table: str) -> bytes:
    """A form with one CSV and a JSON part for the converter."""
    options = json.dumps({"ai_rewrite": {"status": "ENABLED"}})
    parts = (
        f'Content-Disposition: form-data; name="file"; filename="f.csv"\r\n\r\n{table}',
        'Content-Disposition: form-data; name="conversion_type"\r\n\r\nAI_CONVERTER',
        f'Content-Disposition: form-data; name="conversion_options"\r\nContent-Type: application/json\r\n\r\n{options}',
    )
    return "".join(f"--x\r\n{part}\r\n" for part in parts).encode() + b"--x--\r\n"


def told(value: object) -> object:
    """*value* without its nulls: what is null counts as left out."""
    if isinstance(value, dict):
        return {name: told(each) for name, each in value.items() if each is not None}
    return [told(each) for each in value] if isinstance(value, list) else value


@cache
def answers(code: str) -> tuple[dict[str, object], dict[str, object]]:
    """The JSON schema of an operation's good answer with every object closed, and the document's components."""
    document = json.loads(SPEC.read_text(encoding="utf-8"))
    (operation,) = (
        each for methods in document["paths"].values() for each in methods.values() if each["operationId"] == code
    )
    (good,) = (answer for status, answer in operation["responses"].items() if status.startswith("2"))
    return good["content"], closed(document["components"])


def closed(node: object) -> object:
    """*node* with every object closed: a field that the document does not name is an error here."""
    if isinstance(node, list):
        return [closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    found = {name: closed(each) for name, each in node.items()}
    return {**found, "additionalProperties": False} if "properties" in found else found


@pytest.mark.parametrize("code", OPERATIONS)
def test_the_answer_is_valid(code: str) -> None:
    """Every required field is there, every field is one of the document's and of its type."""
    answer = played()[code]
    assert answer.status == (201 if code == "P41" else 200)
    content, components = answers(code)
    schema = {**closed(content["application/json"]["schema"]), "components": components}
    problems = list(jsonschema.Draft202012Validator(schema).iter_errors(told(json.loads(answer.body))))
    lacking = {one.message.split("'")[1] for one in problems if one.validator == "required"}
    assert lacking == NULLS.get(code, set())
    assert all(one.validator == "required" for one in problems), problems


@pytest.mark.parametrize("code", FILES)
def test_a_report_is_of_the_kind_that_the_document_names(code: str) -> None:
    """Reports come as the content type of the document, and hold a row."""
    answer = played()[code]
    assert answer.headers["content-type"].partition(";")[0] == FILES[code]
    assert FILES[code] in answers(code)[0]
    assert len(answer.body.splitlines()) > 1


@pytest.mark.parametrize("code", OPERATIONS)
def test_codes_are_the_documents(code: str) -> None:
    """Where the document lists the values of a field, there is no other."""
    rows = json.loads(ENUMS.read_text(encoding="utf-8"))["by_operation"].get(code, {}).items()
    known = {place.partition(":")[2]: set(row["values"]) for place, row in rows if place.startswith("response 2")}
    for path, value in walk(json.loads(played()[code].body)):
        if path in known and isinstance(value, str):
            assert value in known[path], path


def walk(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every field in *value* with its path in the notation of the list of values."""
    if isinstance(value, dict):
        for name, inner in value.items():
            here = f"{path}.{name}" if path else name
            yield here, inner
            yield from walk(inner, here)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner, f"{path}[]")
