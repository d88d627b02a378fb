"""Every request that the Mirakl client can make is valid under the official document: address, query, headers, body.

The endpoints are found in ``endpoints.__all__``; ``testing.mirakl_call_strategies`` draws their arguments.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khaos_connectors.calls.messages import Call, Page, Request, Response
from khaos_connectors.calls.xml import parse
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.models.shipments import NewShipment, NewShipmentLine
from khaos_connectors.mirakl.operations import OPERATIONS, Answer, Body, Paging
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.testing.mirakl_call_strategies import calls, endpoint_functions, operation_of

DATA = Path(os.environ.get("KHAOS_CONTRACTS", Path(__file__).parents[3].parent / "shared" / "contracts" / "data"))
SPEC = DATA / "mirakl" / "spec" / "mmp-seller-openapi.2026-08.json"
pytestmark = pytest.mark.skipif(not SPEC.exists(), reason="the vendor's OpenAPI document is not at hand")

ENDPOINTS = endpoint_functions()
# Described once in the document's prose and listed at no operation.
PAGING = {
    Paging.NONE: set[str](),
    Paging.OFFSET: {"max", "offset", "sort", "order"},
    Paging.SEEK: {"limit", "page_token", "sort"},
}
# Groups that this library reaches by ``mirakl.raw`` only.
BY_CODE = {"Products", "Promotions", "Users", "Picklists"}
# The document describes the CSV as a text and lists no such form field for these.
UNTYPED_PARTS = {"file", "files"}


@cache
def document() -> dict[str, object]:
    return json.loads(SPEC.read_text(encoding="utf-8"))


# Where the document is wrong about a request, with what Mirakl takes.
MISTAKES: dict[str, dict[str, object]] = {
    # Trap 4: the value is declared an object and is a text.
    "ST01_Request_Shipments_ShipmentAdditionalInformation": {"value": {"type": "string"}},
    "ST31_Request_Shipments_ShipmentAdditionalInformation": {"value": {"type": "string"}},
}


@cache
def closed_components() -> dict[str, object]:
    """The document's schemas, with every object closed: a field that it does not name is an error here."""
    schemas = document()["components"]["schemas"]

    def merged(schema: dict[str, object]) -> dict[str, object]:
        properties, required = dict[str, object](), set[str]()
        for each in schema.get("allOf", []):
            name = each["$ref"].rpartition("/")[2]
            parent = merged(schemas[name])
            properties |= parent["properties"] | MISTAKES.get(name, {})
            required |= set(parent["required"])
        properties |= {name: closed(each) for name, each in schema.get("properties", {}).items()}
        return {"properties": properties, "required": sorted(required | set(schema.get("required", ())))}

    def chosen(schema: dict[str, object]) -> dict[str, object]:
        by, forms = schema["discriminator"]["propertyName"], []
        for value, ref in schema["discriminator"]["mapping"].items():
            form = merged(schemas[ref.rpartition("/")[2]])
            form["properties"][by] = {"enum": [value]}
            forms.append({"type": "object", **form, "additionalProperties": False})
        # Without a value the bare form stands: it removes what was there.
        forms.append({"type": "object", **merged(schema), "additionalProperties": False})
        return {"anyOf": forms}

    def closed(node: object) -> object:
        if isinstance(node, list):
            return [closed(each) for each in node]
        if not isinstance(node, dict):
            return node
        if "discriminator" in node:
            return chosen(node)
        if "allOf" in node and "properties" in node:
            return {"type": "object", **merged(node), "additionalProperties": False}
        found = {name: closed(each) for name, each in node.items()}
        if "properties" in found and "additionalProperties" not in found:
            found["additionalProperties"] = False
        return found

    return {"schemas": {name: closed(each) for name, each in schemas.items()}}


@cache
def described() -> dict[str, tuple[str, str, dict[str, object]]]:
    """Method, path and description of every operation of the document, by its code."""
    return {
        each["operationId"]: (method.upper(), path, each)
        for path, operations in document()["paths"].items()
        for method, each in operations.items()
    }


def check_address(call: Call[object]) -> None:
    """The call goes to its operation and to no other one that the document has."""
    method, path, _ = described()[call.operation]
    assert call.request.method == method
    if path.startswith("/dynamic-url/"):
        assert call.request.path.startswith("/")
        return
    assert re.fullmatch(re.sub(r"\\\{[^/]*?\\\}", "[^/]+", re.escape(path)), call.request.path), call.request.path
    assert not any(part in {".", ".."} for part in unquote(call.request.path).split("/") if part != call.request.path)
    rivals = [
        code
        for code, (other, template, _) in described().items()
        if other == method and template == call.request.path and code != call.operation
    ]
    assert not rivals, f"{call.request.path} is the address of {rivals}"


def check_value(name: str, value: str, schema: Mapping[str, object]) -> None:
    kind = schema.get("type")
    if kind == "boolean":
        assert value in {"true", "false"}, name
    elif kind == "integer":
        assert re.fullmatch(r"[0-9]+", value), f"{name}={value}"
        assert int(value) < 2**63
    elif kind == "number":
        assert re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value), f"{name}={value}"
    elif schema.get("format") == "date-time":
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", value), f"{name}={value}"
    elif "enum" in schema:
        assert set(value.split(",")) <= set(schema["enum"]), f"{name}={value}"
    else:
        assert kind == "string", f"{name} has a type that this test does not know: {kind}"
        assert value, name


def check_query(call: Call[object]) -> None:
    known, (_, path, operation) = OPERATIONS[call.operation], described()[call.operation]
    declared = {each["name"]: each for each in operation.get("parameters", []) if each["in"] == "query"}
    prose = PAGING[known.paging] | ({"locale"} if known.translated else set())
    counts = Counter(name for name, _ in call.request.query)
    if "page_token" in counts:
        assert set(counts) <= {"page_token", "shop_id"}, "a token goes alone with the shop"
        return
    for name, value in call.request.query:
        if name in declared:
            schema = declared[name]["schema"]
            is_list = schema.get("type") == "array"
            assert is_list or counts[name] == 1, f"{name} is repeated and no list"
            assert counts[name] <= 100
            check_value(name, value, schema["items"] if is_list else schema)
            if name in known.commas:
                assert len(value.split(",")) <= 100
        elif not path.startswith("/dynamic-url/"):
            assert name in prose, f"{call.operation} has no parameter {name}"
            assert counts[name] == 1
        if name == "sort":
            field, _, direction = value.partition(",")
            assert field in known.sort
            assert direction in ({"ASC", "DESC"} if known.paging is Paging.SEEK else {""})
        if name in {"max", "limit"} and known.paging is not Paging.NONE:
            assert 1 <= int(value) <= known.most
    missing = [name for name, each in declared.items() if each.get("required") and name not in counts]
    assert not missing or path.startswith("/dynamic-url/")  # the address as it was told holds them


def check_body(call: Call[object]) -> None:
    kinds = described()[call.operation][2].get("requestBody", {}).get("content", {})
    if not kinds:
        assert call.request.body == b""
        assert "content-type" not in call.request.headers
        return
    given_kind = call.request.headers["content-type"].partition(";")[0]
    assert given_kind in kinds
    schema = kinds[given_kind]["schema"]
    if given_kind == "application/json":
        check_json(call.request.body, schema)
        return
    parts = list(parts_of(call.request))
    names = [str(part.get_param("name", header="content-disposition")) for part in parts]
    assert set(names) <= set(schema["properties"])
    assert set(schema.get("required", ())) <= set(names)
    files = [name for part in parts if (name := part.get_filename()) is not None]
    assert len(set(files)) == len(files)
    assert all(name.isascii() for name in files)
    for name, part in zip(names, parts, strict=True):
        check_part(name, part, schema["properties"][name])


def check_part(name: str, part: Message, schema: Mapping[str, object]) -> None:
    if name in UNTYPED_PARTS:
        assert part.get_filename(), f"{name} is a file and has no name"
        assert part.get_content_type() != "application/json"
        return
    assert part.get_filename() is None, f"{name} is a value and goes without a file name"
    content = part.get_payload(decode=True)
    if "$ref" in schema or schema.get("type") == "object":
        # Without a type of its own Mirakl does not read it.
        assert part.get_content_type() in {"application/json", "application/xml"}
        if part.get_content_type() == "application/json":
            check_json(content, schema)
        else:
            assert parse(content, system="a", operation="form").tag == "body"
        return
    text = content.decode()
    assert schema.get("type") != "boolean" or text in {"true", "false"}, name
    assert text in schema.get("enum", [text]), name


def check_json(body: bytes, schema: Mapping[str, object]) -> None:
    whole = {**schema, "components": closed_components()}
    jsonschema.Draft202012Validator(whole).validate(json.loads(body))


def parts_of(request: Request) -> Iterator[Message]:
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    return BytesParser(policy=HTTP).parsebytes(head + request.body).iter_parts()


def check_headers(call: Call[object]) -> None:
    """JSON is asked for by default (the caller's own header); whoever expects a file must say so."""
    asked = call.request.headers.get("accept", "application/json")
    if OPERATIONS[call.operation].answer is Answer.JSON:
        assert "application/json" in asked or "*/*" in asked
    if OPERATIONS[call.operation].answer is Answer.FILE:
        assert "*/*" in asked or "octet-stream" in asked or "csv" in asked


def check(call: Call[object], code: str) -> None:
    assert call.operation == code
    check_address(call)
    check_query(call)
    check_headers(call)
    check_body(call)
    wanted = OPERATIONS[code].repeat
    assert call.repeat == wanted or "never" not in {call.repeat, wanted}, f"{code} is {call.repeat}, not {wanted}"


@pytest.mark.parametrize("name", sorted(ENDPOINTS))
def test_requests_are_valid(name: str) -> None:
    """Whatever the arguments: refused before anything is sent, or exactly what the document describes."""
    code, seen = operation_of(ENDPOINTS[name]), list[int]()

    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(made=calls(ENDPOINTS[name]))
    def every(made: tuple[Call[object], ...]) -> None:
        seen.append(len(made))
        for call in made:
            check(call, code)

    every()
    assert any(seen), f"{name} refuses all that is drawn: say more of its arguments in NAMED"


def test_every_operation_has_an_endpoint() -> None:
    """All operations that Mirakl leaves to integrations are typed, but for the groups that are reached by code."""
    typed = {operation_of(function) for function in ENDPOINTS.values()}
    allowed = {code for code, each in OPERATIONS.items() if each.integration}
    assert typed <= allowed
    assert {code for code in allowed - typed if OPERATIONS[code].group not in BY_CODE} == set()


@pytest.mark.parametrize(
    "code",
    sorted({code for code in map(operation_of, ENDPOINTS.values()) if OPERATIONS[code].paging is not Paging.NONE}),
)
def test_a_next_page_is_valid_too(code: str) -> None:
    """The page token goes alone with the shop; an offset goes with all that the first page was asked with."""
    known = OPERATIONS[code]
    body = {known.rows: [{"total_count": 99_999}], "total_count": 99_999, "next_page_token": "t-2"}
    answer, found = Response(status=200, body=json.dumps(body).encode()), list[Call[object]]()

    @settings(max_examples=20, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(made=st.one_of([calls(each) for each in ENDPOINTS.values() if operation_of(each) == code]))
    def every(made: tuple[Call[object], ...]) -> None:
        for call in made:
            page = call.decode(answer)
            assert isinstance(page, Page)
            if page.next is not None:
                found.append(page.next)
                check(page.next, code)

    every()
    assert found


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
    made = {
        "OR21": endpoints.decide_lines(Scope(account="a"), "O", {"L": True}),
        "ST01": endpoints.create_shipments(
            Scope(account="a"),
            [NewShipment(order_id="O", shipment_lines=(NewShipmentLine(order_line_id="L", quantity=1),))],
        ),
    }
    call = made[code]
    check(call, code)
    request = Request(
        method=call.request.method,
        path=call.request.path,
        headers=call.request.headers,
        body=json.dumps(spoil(json.loads(call.request.body))).encode(),
    )
    with pytest.raises(jsonschema.ValidationError):
        check_body(Call(operation=code, request=request, decode=call.decode))


@pytest.mark.parametrize(
    "query", [(("unheard_of", "1"),), (("max", "101"),), (("sort", "amount"),), (("order_state_codes", "FROZEN"),)]
)
def test_the_check_of_a_query_can_fail(query: tuple[tuple[str, str], ...]) -> None:
    """A parameter, a page size, a sort field and a code that the document does not have are caught."""
    call = endpoints.list_orders(Scope(account="a"))
    request = Request(method="GET", path=call.request.path, query=query)
    with pytest.raises(AssertionError):
        check_query(Call(operation="OR11", request=request, decode=call.decode))


def test_bodies_of_the_table_are_those_of_the_document() -> None:
    """A form is sent where the document wants one, and JSON where it wants that."""
    for name, function in ENDPOINTS.items():
        wants = OPERATIONS[operation_of(function)].body
        assert (wants is Body.NONE) is ("requestBody" not in described()[operation_of(function)][2]), name
