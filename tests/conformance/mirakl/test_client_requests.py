"""Every request that the Mirakl client can make is valid under the official document: path, query, body, form parts."""

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import HTTP
from functools import cache
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khaos_connectors.calls.messages import Call, Request
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.endpoints import OfferFilter, OrderFilter
from khaos_connectors.mirakl.models.codes import (
    CustomerDebitStatus,
    OrderState,
    OrderTaxMode,
    PaymentWorkflow,
    ShipmentStatus,
)
from khaos_connectors.mirakl.models.shipments import NewShipment, NewShipmentLine, NewTracking
from khaos_connectors.mirakl.scope import Scope

DATA = Path(os.environ.get("KHAOS_CONTRACTS", Path(__file__).parents[3].parent / "shared" / "contracts" / "data"))
SPEC = DATA / "mirakl" / "spec" / "mmp-seller-openapi.2026-08.json"
pytestmark = pytest.mark.skipif(not SPEC.exists(), reason="the vendor's OpenAPI document is not at hand")

# Described once in the document's prose and listed at no operation.
PAGING = {
    "offset": {"max", "offset", "sort", "order"},
    "seek": {"limit", "page_token", "sort"},
}
PAGED = {"OR11": "offset", "OF21": "offset", "ST11": "seek"}
TRANSLATED = {"OR11", "OF21", "SH12"}
SORTS = {"OR11": {"dateCreated"}, "OF21": {"productTitle"}, "ST11": {"dateCreated,ASC"}}

ids = st.text(st.characters(codec="utf-8", exclude_characters=","), min_size=1, max_size=20)
few = st.lists(ids, max_size=3).map(tuple)
times = st.none() | st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
maybe = st.none() | st.booleans()
scopes = st.builds(
    Scope, account=st.just("a"), shop_id=st.none() | st.integers(0, 2**63 - 1), locale=st.sampled_from(["", "en_GB"])
)
optional = st.none() | st.text(min_size=1, max_size=20)
trackings = st.builds(
    NewTracking,
    carrier_code=optional,
    carrier_name=optional,
    carrier_standard_code=optional,
    tracking_number=optional,
    tracking_url=optional,
)
shipments = st.builds(
    NewShipment,
    order_id=ids,
    shipment_lines=st.lists(
        st.builds(NewShipmentLine, order_line_id=ids, quantity=st.integers(1, 2**31 - 1), package_reference=optional),
        min_size=1,
        max_size=3,
    ).map(tuple),
    shipped=st.booleans(),
    tracking=st.none() | trackings,
    invoice_reference=st.none() | st.from_regex(r"[0-9a-zA-Z_-]{1,255}", fullmatch=True),
    warehouse_code=optional,
)
order_filters = st.builds(
    OrderFilter,
    order_ids=few,
    order_references_for_customer=few,
    order_references_for_seller=few,
    order_state_codes=st.lists(st.sampled_from(OrderState), max_size=11).map(tuple),
    channel_codes=few,
    only_null_channel=maybe,
    start_date=times,
    end_date=times,
    start_update_date=times,
    end_update_date=times,
    customer_debited=maybe,
    payment_workflow=st.none() | st.sampled_from(PaymentWorkflow),
    has_incident=maybe,
    fulfillment_center_code=few,
    order_tax_mode=st.none() | st.sampled_from(OrderTaxMode),
)
offer_filters = st.builds(
    OfferFilter,
    sku=optional,
    product_id=optional,
    offer_state_codes=few,
    favorite=maybe,
    pricing_channel_code=optional,
    pricing_customer_organization_id=optional,
)
sizes, offsets = st.integers(1, 100), st.integers(0, 10_000)

CALLS: Mapping[str, st.SearchStrategy[Call[object]]] = {
    "V01": st.builds(endpoints.get_version, scopes),
    "A01": st.builds(endpoints.get_account, scopes),
    "PC01": st.builds(endpoints.get_platform, scopes),
    "SH12": st.builds(endpoints.list_shipping_types, scopes),
    "SH21": st.builds(endpoints.list_carriers, scopes),
    "OR11": st.builds(endpoints.list_orders, scopes, order_filters, size=sizes, offset=offsets),
    "OR21": st.builds(endpoints.decide_lines, scopes, ids, st.dictionaries(ids, st.booleans(), min_size=1, max_size=3)),
    "OR04": st.builds(
        endpoints.set_seller_references,
        scopes,
        st.dictionaries(ids, st.text(min_size=1, max_size=2000), min_size=1, max_size=3),
    ),
    "OR23": st.builds(endpoints.set_order_tracking, scopes, ids, trackings),
    "OR24": st.builds(endpoints.ship_order, scopes, ids),
    "ST01": st.builds(endpoints.create_shipments, scopes, st.lists(shipments, min_size=1, max_size=3)),
    "ST11": st.builds(
        endpoints.list_shipments,
        scopes,
        few,
        states=st.lists(st.sampled_from(ShipmentStatus), max_size=3),
        debit_states=st.lists(st.sampled_from(CustomerDebitStatus), max_size=3),
        updated_from=times,
        updated_to=times,
        size=sizes,
    ),
    "OF21": st.builds(endpoints.list_offers, scopes, offer_filters, size=sizes, offset=offsets),
    "STO01": st.builds(endpoints.import_stock, scopes, st.binary(max_size=60)),
    "STO02": st.builds(endpoints.stock_import_status, scopes, ids),
    "STO03": st.builds(endpoints.stock_import_errors, scopes, ids),
}


@cache
def document() -> dict[str, object]:
    return json.loads(SPEC.read_text(encoding="utf-8"))


@cache
def closed_components() -> dict[str, object]:
    """The document's schemas, with every object closed: a field that it does not name is an error here."""

    def closed(node: object) -> object:
        if isinstance(node, list):
            return [closed(each) for each in node]
        if not isinstance(node, dict):
            return node
        found = {name: closed(each) for name, each in node.items()}
        if "properties" in found and "additionalProperties" not in found:
            found["additionalProperties"] = False
        return found

    return closed(document()["components"])


def described(request: Request) -> dict[str, object]:
    """The one operation of the document that *request* addresses."""
    found = [
        operations[request.method.lower()]
        for path, operations in document()["paths"].items()
        if request.method.lower() in operations
        and re.fullmatch(re.sub(r"\\\{[^/]*?\\\}", "[^/]+", re.escape(path)), request.path)
    ]
    assert len(found) == 1, f"{request.method} {request.path} addresses {len(found)} operations"
    return found[0]


def check_value(name: str, value: str, schema: Mapping[str, object]) -> None:
    kind = schema.get("type")
    if kind == "boolean":
        assert value in {"true", "false"}, name
    elif kind == "integer":
        assert re.fullmatch(r"[0-9]+", value), name
        assert int(value) < 2**63
    elif schema.get("format") == "date-time":
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", value), name
    elif "enum" in schema:
        assert set(value.split(",")) <= set(schema["enum"]), name
    else:
        assert kind == "string", f"{name} has a type that this test does not know: {kind}"
        assert value


def check_query(call: Call[object], operation: Mapping[str, object]) -> None:
    declared = {each["name"]: each for each in operation.get("parameters", []) if each["in"] == "query"}
    prose = PAGING.get(PAGED.get(call.operation, ""), set()) | ({"locale"} if call.operation in TRANSLATED else set())
    counts = Counter(name for name, _ in call.request.query)
    for name, value in call.request.query:
        if name in declared:
            schema = declared[name]["schema"]
            is_list = schema.get("type") == "array"
            assert is_list or counts[name] == 1, f"{name} is repeated and no list"
            check_value(name, value, schema["items"] if is_list else schema)
        else:
            assert name in prose, f"{call.operation} has no parameter {name}"
            assert counts[name] == 1
        if name == "sort":
            assert value in SORTS[call.operation]
    assert not [name for name, each in declared.items() if each.get("required") and name not in counts]


def check_body(call: Call[object], operation: Mapping[str, object]) -> None:
    kinds = operation.get("requestBody", {}).get("content", {})
    if not kinds:
        assert call.request.body == b""
        return
    given_kind = call.request.headers["content-type"].partition(";")[0]
    schema = kinds[given_kind]["schema"]
    if given_kind == "application/json":
        whole = {**schema, "components": closed_components()}
        jsonschema.Draft202012Validator(whole).validate(json.loads(call.request.body))
        return
    head = f"Content-Type: {call.request.headers['content-type']}\r\n\r\n".encode()
    parts = list(BytesParser(policy=HTTP).parsebytes(head + call.request.body).iter_parts())
    names = [part.get_param("name", header="content-disposition") for part in parts]
    assert set(names) <= set(schema["properties"])
    assert set(schema.get("required", ())) <= set(names)


@pytest.mark.parametrize("code", sorted(CALLS))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_requests_are_valid(code: str, data: st.DataObject) -> None:
    """Whatever the arguments, operation, parameters and body are what the document describes."""
    call = data.draw(CALLS[code])
    operation = described(call.request)
    assert (call.operation, operation["operationId"]) == (code, code)
    check_query(call, operation)
    check_body(call, operation)


def test_a_next_page_is_valid_too() -> None:
    """The page token goes alone with the shop."""
    from khaos_connectors.calls.messages import Response

    first = endpoints.list_shipments(Scope(account="a", shop_id=5))
    page = first.decode(Response(status=200, body=b'{"data": [], "next_page_token": "t"}'))
    assert page.next is not None
    check_query(page.next, described(page.next.request))


@pytest.mark.parametrize(
    ("code", "spoil"),
    [
        ("OR21", lambda body: {"order_lines": [{"id": 5, "accepted": True}]}),
        ("OR21", lambda body: {**body, "unheard_of": 1}),
        ("ST01", lambda body: {"shipments": []}),
    ],
)
def test_the_check_itself_can_fail(code: str, spoil: Callable[[dict[str, object]], object]) -> None:
    """A wrong type, an unknown field and an empty list are caught, so a pass means something."""
    calls = {
        "OR21": endpoints.decide_lines(Scope(account="a"), "O", {"L": True}),
        "ST01": endpoints.create_shipments(
            Scope(account="a"),
            [NewShipment(order_id="O", shipment_lines=(NewShipmentLine(order_line_id="L", quantity=1),))],
        ),
    }
    call = calls[code]
    request = Request(
        method=call.request.method,
        path=call.request.path,
        headers=call.request.headers,
        body=json.dumps(spoil(json.loads(call.request.body))).encode(),
    )
    bad = Call(operation=code, request=request, decode=call.decode)
    with pytest.raises(jsonschema.ValidationError):
        check_body(bad, described(request))
