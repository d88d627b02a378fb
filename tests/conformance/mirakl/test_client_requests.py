"""Every request that the Mirakl client can make is valid under the official document: address, query, headers, body.

The endpoints are found in ``endpoints.__all__``; ``testing.mirakl_call_strategies`` draws their arguments.
"""

import csv
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import attrs
import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khaos_connectors.calls.messages import Call, Page, Request, Response
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.models.shipments import NewShipment, NewShipmentLine
from khaos_connectors.mirakl.operations import OPERATIONS, Body, Paging
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.testing.mirakl_call_strategies import calls, endpoint_functions, operation_of

DATA = Path(os.environ.get("KHAOS_CONTRACTS", Path(__file__).parents[3].parent / "shared" / "contracts" / "data"))
SPEC = DATA / "mirakl" / "spec" / "mmp-seller-openapi.2026-08.json"
FIELDS = DATA / "mirakl" / "mmp-seller-fields.csv"
pytestmark = pytest.mark.skipif(not SPEC.exists(), reason="the vendor's OpenAPI document is not at hand")

Check = Callable[[Call[object], str], None]
SentBy = Callable[[Request], Iterator[str]]
Described = Callable[[], Mapping[str, tuple[str, str, dict[str, object]]]]
ENDPOINTS = endpoint_functions()
# Groups that this library reaches by ``mirakl.raw`` only.
BY_CODE = {"Products", "Promotions", "Users", "Picklists"}
DRAWS = 60
# The details of each kind of account have a walk of their own, in test_bank_accounts.
BANK = "payment_info."
# What the document has and no endpoint sends.
NEVER_SENT = {
    "ST01": {"shipments[].shipment_lines[].offer_sku"},  # given up: lines are named by their id
    "TL03": {"shop_id"},  # the shop goes in the query, as with every call
}


@attrs.define
class Walk:
    """What came of the arguments that were drawn for one endpoint; *sent* are parameters, parts and body fields."""

    drawn: int = 0
    accepted: int = 0
    sent: set[str] = attrs.field(factory=set[str])


@cache
def walked(name: str, check: Check, sent_by: SentBy) -> Walk:
    """The walk over one endpoint, the same draws each time. Every request that is made on it is checked."""
    code, walk = operation_of(ENDPOINTS[name]), Walk()
    quiet = [HealthCheck.too_slow, HealthCheck.filter_too_much]

    @settings(max_examples=DRAWS, deadline=None, database=None, derandomize=True, suppress_health_check=quiet)
    @given(made=calls(ENDPOINTS[name]))
    def every(made: tuple[Call[object], ...]) -> None:
        walk.drawn += 1
        walk.accepted += bool(made)
        for call in made:
            check(call, code)
            walk.sent.update(sent_by(call.request))

    every()
    return walk


@pytest.mark.parametrize("name", sorted(ENDPOINTS))
def test_requests_are_valid(name: str, check: Check, sent_by: SentBy) -> None:
    """Whatever the arguments: refused before anything is sent, or exactly what the document describes.

    Half of the draws at least are sent: a walk of refusals would prove nothing.
    """
    walk = walked(name, check, sent_by)
    assert walk.drawn >= DRAWS
    assert walk.accepted >= walk.drawn / 2, f"{walk.accepted} of {walk.drawn}: say more of its arguments in NAMED"


@pytest.mark.parametrize("code", sorted({operation_of(function) for function in ENDPOINTS.values()}))
def test_everything_that_can_be_sent_is_sent(
    code: str, check: Check, sent_by: SentBy, parameters_of: Callable[[str], set[str]]
) -> None:
    """Each parameter, part and body field of the operation is in some request of the walk, or named with its reason."""
    wanted = {f"?{name}" for name in parameters_of(code)} | body_fields(code)
    names = [name for name, function in ENDPOINTS.items() if operation_of(function) == code]
    sent = {each for name in names for each in walked(name, check, sent_by).sent}
    assert {each for each in wanted - sent if not each.startswith(BANK)} == NEVER_SENT.get(code, set())


@cache
def listed_fields() -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    with FIELDS.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            if row["where"].startswith("request"):
                found.setdefault(row["operation"], []).append(row)
    return found


def body_fields(code: str) -> set[str]:
    """The documented fields of the body or the form, lists of plain values by their own name only."""
    paths = {row["path"] for row in listed_fields().get(code, []) if not row["path"].endswith(("[]", "{*}"))}
    return {re.sub(r"\{[^}]*\}", "", path) for path in paths}


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
def test_a_next_page_is_valid_too(code: str, check: Check) -> None:
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
def test_the_check_itself_can_fail(
    code: str, spoil: Callable[[dict[str, object]], object], check: Check, check_body: Callable[[Call[object]], None]
) -> None:
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
def test_the_check_of_a_query_can_fail(
    query: tuple[tuple[str, str], ...], check_query: Callable[[Call[object]], None]
) -> None:
    """A parameter, a page size, a sort field and a code that the document does not have are caught."""
    call = endpoints.list_orders(Scope(account="a"))
    request = Request(method="GET", path=call.request.path, query=query)
    with pytest.raises(AssertionError):
        check_query(Call(operation="OR11", request=request, decode=call.decode))


def test_bodies_of_the_table_are_those_of_the_document(described: Described) -> None:
    """A form is sent where the document wants one, and JSON where it wants that."""
    for name, function in ENDPOINTS.items():
        wants = OPERATIONS[operation_of(function)].body
        assert (wants is Body.NONE) is ("requestBody" not in described()[operation_of(function)][2]), name
