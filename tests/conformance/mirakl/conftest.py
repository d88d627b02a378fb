"""A request held against the official document: address, query, headers, body."""

import csv
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

from khaos_connectors.calls.messages import Call, Request
from khaos_connectors.calls.xml import parse
from khaos_connectors.mirakl.operations import OPERATIONS, Answer, Paging

DATA = Path(os.environ.get("KHAOS_CONTRACTS", Path(__file__).parents[3].parent / "shared" / "contracts" / "data"))
SPEC = DATA / "mirakl" / "spec" / "mmp-seller-openapi.2026-08.json"

# Described once in the document's prose and listed at no operation.
PAGING = {
    Paging.NONE: set[str](),
    Paging.OFFSET: {"max", "offset", "sort", "order"},
    Paging.SEEK: {"limit", "page_token", "sort"},
}
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
    assert call.repeat == OPERATIONS[code].repeat, f"{code} is {call.repeat}, not {OPERATIONS[code].repeat}"


def sent_by(request: Request) -> Iterator[str]:
    """The names of all that *request* carries: of parameters bare, of body fields as the vendor's list has them."""
    yield from (f"?{name}" for name, _ in request.query)
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        yield from fields_of(json.loads(request.body), "")
    if not kind.startswith("multipart/"):
        return
    for part in parts_of(request):
        name = str(part.get_param("name", header="content-disposition"))
        yield name
        if part.get_content_type() == "application/json":
            yield from fields_of(json.loads(part.get_payload(decode=True)), f"{name}.")


def fields_of(value: object, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield f"{path}{name}"
            yield from fields_of(each, f"{path}{name}.")
    elif isinstance(value, list):
        for each in value:
            yield from fields_of(each, f"{path.removesuffix('.')}[].")


def parameters_of(code: str) -> set[str]:
    known, (_, path, operation) = OPERATIONS[code], described()[code]
    if path.startswith("/dynamic-url/"):
        return {"shop_id"}  # the address as it was told holds the others
    listed = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
    prose = PAGING[known.paging] - (set() if known.sort else {"sort"})
    return listed | prose | ({"locale"} if known.translated else set())


# --- what tests ask for ----------------------------------------------------------------------------------------------

Check = Callable[[Call[object]], None]


@pytest.fixture(name="check")
def _check() -> Callable[[Call[object], str], None]:
    """Fails for a call that is not what the document says of the operation named."""
    return check


@pytest.fixture(name="check_query")
def _check_query() -> Check:
    """The part of it that looks at the query."""
    return check_query


@pytest.fixture(name="check_body")
def _check_body() -> Check:
    """The part of it that looks at the body."""
    return check_body


@pytest.fixture(name="sent_by")
def _sent_by() -> Callable[[Request], Iterator[str]]:
    """The names of all that a request carries."""
    return sent_by


@pytest.fixture(name="described")
def _described() -> Callable[[], Mapping[str, tuple[str, str, dict[str, object]]]]:
    """Method, path and description of every operation of the document, by its code."""
    return described


@pytest.fixture(name="parameters_of")
def _parameters_of() -> Callable[[str], set[str]]:
    """The parameters of an operation, those that the document describes in prose among them."""
    return parameters_of


@pytest.fixture(scope="session")
def documented() -> Callable[[str], Mapping[str, Mapping[str, str]]]:
    """The response fields of an operation by path, without the vendor's marks for alternatives."""

    @cache
    def fields_of(operation: str) -> Mapping[str, Mapping[str, str]]:
        with (DATA / "mirakl" / "mmp-seller-fields.csv").open(newline="", encoding="utf-8") as lines:
            rows = [row for row in csv.DictReader(lines) if row["operation"] == operation]
        return {re.sub(r"\{.*?\}", "", row["path"]): row for row in rows if row["where"].startswith("response 2")}

    return fields_of


@pytest.fixture(scope="session")
def walk() -> Callable[[object], Iterator[tuple[str, object]]]:
    """Every field in a value with its path in the field list's own notation."""

    def fields_in(value: object, path: str = "") -> Iterator[tuple[str, object]]:
        if isinstance(value, dict):
            for name, inner in value.items():
                here = f"{path}.{name}" if path else name
                yield here, inner
                yield from fields_in(inner, here)
        elif isinstance(value, list):
            for inner in value:
                yield from fields_in(inner, f"{path}[]")

    return fields_in
