"""Any operation by its code: what is sent, what comes back, what is refused before it is sent."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import attrs
import pytest

from khaos_connectors import errors, mirakl
from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.calls.multipart import FilePart
from khaos_connectors.mirakl import MiraklConfig
from khaos_connectors.mirakl.models.codes import OrderState
from khaos_connectors.mirakl.operations import OPERATIONS, Body, Paging
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.routes import serve

Answer = Callable[..., Response]


def file(name: str = "a.pdf") -> FilePart:
    return FilePart(field="files", filename=name, content=b"%PDF")


@pytest.mark.parametrize("code", sorted(OPERATIONS))
def test_complaint_12_every_operation_can_be_called(code: str, scope: Scope) -> None:
    """Whatever the document has can be called by its code, with the method, path and repeat class of the table."""
    known = OPERATIONS[code]
    names = {part.strip("{}"): 7 for part in known.path.split("/") if part.startswith("{")}
    call = mirakl.raw(
        code,
        scope,
        path=names,
        body={} if known.body is Body.JSON else None,
        files=[file()] if known.body is Body.FORM else [],
        url="" if known.path else "https://shop.example.com/api/files/1",
        against_advice=not known.integration,
    )
    assert (call.operation, call.request.method, call.repeat) == (code, known.method, known.repeat)
    assert "{" not in call.request.path
    assert ("shop_id", "2000") in call.request.query


@pytest.mark.parametrize("code", sorted(code for code, known in OPERATIONS.items() if known.paging is not Paging.NONE))
def test_complaint_06_every_list_is_walked_to_its_end(code: str, scope: Scope, answer: Answer) -> None:
    """Pages are as large as the operation gives them, and the next one follows by itself, by offset or by token."""
    known = OPERATIONS[code]
    names = {part.strip("{}"): "x" for part in known.path.split("/") if part.startswith("{")}
    first = mirakl.raw_pages(code, scope, path=names, size=2, against_advice=not known.integration)
    largest = mirakl.raw_pages(code, scope, path=names, against_advice=not known.integration)
    asked = dict(largest.request.query)
    assert asked["max" if known.paging is Paging.OFFSET else "limit"] == str(known.most)
    rows = [{"id": "a", "total_count": 3}, {"id": "b"}]
    body = {known.rows: rows, "total_count": 3, "next_page_token": "t"}
    page = first.decode(answer(body))
    assert list(page.items) == rows
    assert page.next is not None
    query = dict(page.next.request.query)
    if known.paging is Paging.OFFSET:
        assert (query["offset"], query["max"]) == ("2", "2")
        last = page.next.decode(answer({known.rows: [{"id": "c", "total_count": 3}], "total_count": 3}))
    else:
        assert query == {"page_token": "t", "shop_id": "2000"}
        last = page.next.decode(answer({"data": [{"id": "c"}]}))
    assert last.next is None


def test_a_walk_keeps_its_order(scope: Scope) -> None:
    """A list is sorted by what does not move while it is walked; another field of the operation may be asked for."""
    assert ("sort", "productTitle") in mirakl.raw_pages("OF21", scope).request.query
    assert ("sort", "dateCreated,ASC") in mirakl.raw_pages("TL02", scope).request.query
    newest = mirakl.raw_pages("TL02", scope, sort="lastUpdated", descending=True)
    assert ("sort", "lastUpdated,DESC") in newest.request.query
    assert {"sort", "order"}.isdisjoint(dict(mirakl.raw_pages("M11", scope).request.query))
    with pytest.raises(errors.Invalid, match="dateCreated, lastUpdated"):
        mirakl.raw_pages("TL02", scope, sort="amount")


def test_values_are_written_as_mirakl_reads_them(scope: Scope) -> None:
    """Lists go in one value or repeated as the operation wants, times in UTC, booleans as words, the shop always."""
    orders = mirakl.raw(
        "OR11",
        attrs.evolve(scope, locale="en_GB"),
        query={
            "order_ids": ["A", "B"],
            "fulfillment_center_code": ["X", "Y"],
            "order_state_codes": [OrderState.SHIPPING],
            "start_update_date": datetime(2026, 3, 1, tzinfo=UTC),
            "customer_debited": True,
            "left_out": None,
            "number": 5,
            "amount": Decimal("1.10"),
        },
        unlisted=True,
    )
    assert orders.request.query == (
        ("order_ids", "A,B"),
        ("fulfillment_center_code", "X"),
        ("fulfillment_center_code", "Y"),
        ("order_state_codes", "SHIPPING"),
        ("start_update_date", "2026-03-01T00:00:00.000Z"),
        ("customer_debited", "true"),
        ("number", "5"),
        ("amount", "1.10"),
        ("locale", "en_GB"),
        ("shop_id", "2000"),
    )
    own = mirakl.raw("OR11", attrs.evolve(scope, locale="en_GB"), query={"locale": "fr_FR"})
    assert own.request.query == (("locale", "fr_FR"), ("shop_id", "2000"))


def test_a_misspelt_parameter_is_not_sent(scope: Scope) -> None:
    """Mirakl leaves out what it does not know, and everything comes back: the document's names are told instead."""
    with pytest.raises(errors.Invalid, match=r"skuu.*no parameter of OF21; known: sku, .*unlisted=True") as caught:
        mirakl.raw("OF21", scope, query={"skuu": "MUG"})
    assert caught.value.status is None
    with pytest.raises(errors.Invalid, match=r"order_id.*known: order_ids"):
        mirakl.raw_pages("OR11", scope, query={"order_id": ["A"]})
    with pytest.raises(errors.Invalid, match="it takes none"):
        mirakl.raw("V01", scope, query={"a": "b"})
    with pytest.raises(errors.Invalid, match="comes from the scope"):
        mirakl.raw("V01", scope, query={"shop_id": 7})
    meant = mirakl.raw("OF21", scope, query={"new_in_2027": "x"}, unlisted=True)
    assert ("new_in_2027", "x") in meant.request.query
    assert ("max", "5") in mirakl.raw("OF21", scope, query={"sku": "MUG", "max": 5}).request.query
    assert ("page_token", "t") in mirakl.raw("TL02", scope, query={"page_token": "t"}).request.query
    rows = mirakl.raw_pages("OF21", scope, query={"new_in_2027": "x"}, unlisted=True)
    assert ("new_in_2027", "x") in rows.request.query


@pytest.mark.parametrize("ask", [mirakl.raw, mirakl.raw_pages])
def test_a_new_parameter_and_an_operation_for_others_are_two_consents(ask: Callable[..., object], scope: Scope) -> None:
    """Who sends what the document does not list keeps the guard of operations, and the other way round."""
    paged = (code for code, known in OPERATIONS.items() if not known.integration and known.paging is not Paging.NONE)
    code = next(paged)
    names = {part.strip("{}"): "x" for part in OPERATIONS[code].path.split("/") if part.startswith("{")}
    query = {"new_in_2027": "x"}
    with pytest.raises(errors.Unsupported, match="against_advice=True"):
        ask(code, scope, path=names, query=query, unlisted=True)
    with pytest.raises(errors.Invalid, match=r"new_in_2027.*unlisted=True"):
        ask(code, scope, path=names, query=query, against_advice=True)
    assert ask(code, scope, path=names, query=query, against_advice=True, unlisted=True)


@pytest.mark.parametrize(
    ("code", "advice"), [("p31", "say 'P31'"), (" OF21", "say 'OF21'"), ("OF211", "OF21"), ("?", "by hand")]
)
def test_a_misspelt_code_names_what_may_be_meant(scope: Scope, code: str, advice: str) -> None:
    """A code in small letters or nearly right: the error says which one there is."""
    with pytest.raises(errors.Unsupported, match=advice):
        mirakl.raw(code, scope)


def test_a_form_has_json_parts_of_their_own_type(scope: Scope) -> None:
    """Text and booleans go as words, documents as JSON with its content type, files under their names."""
    call = mirakl.raw(
        "OR74",
        scope,
        path={"order_id": "O/1"},
        form={"order_documents": {"order_documents": [{"file_name": "a.pdf"}]}, "flag": True, "word": "x"},
        files=[file()],
    )
    assert (call.request.path, call.repeat) == ("/api/orders/O%2F1/documents", "never")
    head = f"Content-Type: {call.request.headers['content-type']}\r\n\r\n".encode()
    parts = {
        str(part.get_param("name", header="content-disposition")): part
        for part in BytesParser(policy=HTTP).parsebytes(head + call.request.body).iter_parts()
    }
    assert set(parts) == {"order_documents", "flag", "word", "files"}
    assert parts["order_documents"].get_content_type() == "application/json"
    assert json.loads(parts["order_documents"].get_content()) == {"order_documents": [{"file_name": "a.pdf"}]}
    assert (parts["flag"].get_content(), parts["word"].get_content()) == ("true", "x")
    assert parts["files"].get_filename() == "a.pdf"


@pytest.mark.parametrize("code", sorted(code for code, known in OPERATIONS.items() if not known.integration))
def test_what_is_not_for_integrations_is_refused(code: str, scope: Scope) -> None:
    """Mirakl's old operations are refused with the name of what to use, unless the caller says that he knows."""
    with pytest.raises(errors.Unsupported, match=OPERATIONS[code].instead.split()[0]) as caught:
        mirakl.raw(code, scope)
    assert (caught.value.system, caught.value.operation) == ("john-lewis", code)


def test_what_cannot_be_sent_is_not_sent(scope: Scope) -> None:
    """Unknown codes, missing or unknown places in the path, bodies and forms that are not taken: one clear error."""
    with pytest.raises(errors.Unsupported, match="P43"):
        mirakl.raw("P43", scope)
    with pytest.raises(errors.Unsupported, match="pages"):
        mirakl.raw_pages("V01", scope)
    for wrong in (
        lambda: mirakl.raw("OR24", scope),
        lambda: mirakl.raw("OR24", scope, path={"order_id": ""}),
        lambda: mirakl.raw("OR24", scope, path={"order_id": "O", "line": "L"}),
        lambda: mirakl.raw("OR11", scope, body={}),
        lambda: mirakl.raw("OR74", scope, path={"order_id": "O"}, body={}),
        lambda: mirakl.raw("OR74", scope, path={"order_id": "O"}),
        lambda: mirakl.raw("OR74", scope, path={"order_id": "O"}, files=[file("é.pdf")]),
        lambda: mirakl.raw("OR74", scope, path={"order_id": "O"}, files=[file(), file()]),
        lambda: mirakl.raw("OR11", scope, files=[file()]),
        lambda: mirakl.raw("OR11", scope, query={"shop_id": 5}),
        lambda: mirakl.raw("OR11", scope, query={"order_ids": ["x"] * 101}),
        lambda: mirakl.raw("ST11", scope, query={"order_id": ["x"] * 101}),
        lambda: mirakl.raw("OR11", scope, query={"start_date": datetime(2026, 3, 1)}),  # noqa: DTZ001 - the wrong one
        lambda: mirakl.raw("OF54", scope),
        lambda: mirakl.raw_pages("OR11", scope, query={"offset": 5}),
        lambda: mirakl.raw_pages("OR11", scope, size=101),
    ):
        with pytest.raises(errors.Invalid):
            wrong()


@pytest.mark.parametrize("value", [1.5, date(2026, 1, 1), b"A", [1.5], {"a": b"x"}.values()])
def test_a_value_of_no_known_kind_is_named(scope: Scope, value: Any) -> None:
    """A float is no exact number, a date no moment, bytes no list of numbers: the parameter is named, nothing sent."""
    with pytest.raises(errors.Invalid, match="start_date"):
        mirakl.raw("OR11", scope, query={"start_date": value})


def test_answers_are_what_they_are(scope: Scope, answer: Answer) -> None:
    """JSON exactly, files as bytes, one or the other by its type, nothing where nothing is promised."""
    assert mirakl.raw("P31", scope).decode(answer('{"price": 1.10}')) == {"price": Decimal("1.10")}
    assert mirakl.raw("OR73", scope).decode(answer("PK")) == b"PK"
    assert mirakl.raw("OR24", scope, path={"order_id": "O"}).decode(answer("", 204)) is None
    attributes = mirakl.raw("PM11", scope)
    assert attributes.decode(answer('{"a": 1}', 200, {"content-type": "application/json;charset=UTF-8"})) == {"a": 1}
    assert attributes.decode(answer("a;b", 200, {"content-type": "text/csv"})) == b"a;b"
    chunk = mirakl.raw("OF54", scope, url="http://shop.example.com/api/files/1?x=2")
    assert (chunk.request.path, chunk.request.query) == ("/api/files/1", (("x", "2"), ("shop_id", "2000")))
    assert chunk.decode(answer("[1]", 200, {"content-type": "application/json"})) == [1]


def test_complaint_18_the_servers_words_are_kept(scope: Scope, answer: Answer) -> None:
    """A refusal carries status, Mirakl's own message, code and fields, the operation and the request's number."""
    said = {"errors": [{"code": "INVALID_FIELD_TYPE", "field": "requests[0].files", "message": "no such file"}]}
    for code in ("P31", "OR73", "PM11"):
        with pytest.raises(errors.Invalid) as caught:
            mirakl.raw(code, scope).decode(answer(said, 400, {"x-request-id": "r-7"}))
        refused = caught.value
        assert (refused.status, refused.operation, refused.code, refused.request_id) == (
            400,
            code,
            "INVALID_FIELD_TYPE",
            "r-7",
        )
        assert "no such file" in str(refused)
        assert [field.field for field in refused.fields] == ["requests[0].files"]


@attrs.define
class Says:
    """A server with two pages of products' imports and one product."""

    asked: list[Request] = attrs.field(factory=list)

    def handle(self, request: Request) -> Response:
        self.asked.append(request)
        if request.path == "/api/products":
            return Response(status=200, body=b'{"products": [{"product_id": "P1"}]}')
        first = ("offset", "0") in request.query
        rows = [{"import_id": at} for at in ((1, 2) if first else (3,))]
        return Response(status=200, body=json.dumps({"product_import_trackings": rows, "total_count": 3}).encode())


def test_a_client_by_hand(config: MiraklConfig) -> None:
    """Calls by code over a real connection, blocking and awaited, with the account's key and shop on each."""
    server = Says()
    with serve(server) as url:
        settings = attrs.evolve(config, base_url=url)
        with mirakl.open_client(settings) as client:
            found = client.call(mirakl.raw("P31", client.scope, query={"products": "EAN|1"}))
            rows = list(client.walk(mirakl.raw_pages("P51", client.scope, size=2)))

        async def awaited() -> tuple[object, list[object]]:
            async with mirakl.open_client_async(settings) as waiting:
                one = await waiting.call(mirakl.raw("P31", waiting.scope))
                return one, [row async for row in waiting.walk(mirakl.raw_pages("P51", waiting.scope, size=2))]

        assert asyncio.run(awaited()) == (found, rows)
    assert found == {"products": [{"product_id": "P1"}]}
    assert rows == [{"import_id": 1}, {"import_id": 2}, {"import_id": 3}]
    assert {request.headers["authorization"] for request in server.asked} == {"key-123"}
    assert all(("shop_id", "2000") in request.query for request in server.asked)


def test_walks_wait_for_their_turn(config: MiraklConfig) -> None:
    """Product imports may be listed once a minute: pages are not counted, the next walk is; single calls never wait."""
    clock = ManualClock()
    with serve(Says()) as url:
        settings = attrs.evolve(config, base_url=url, pace_factor=1.0)
        with mirakl.open_client(settings, clock=clock) as client:
            begun = clock.now()
            first = mirakl.raw_pages("P51", client.scope, size=2)
            assert len(list(client.walk(first))) == 3
            client.call(first)
            assert (clock.now() - begun).total_seconds() < 2
            assert len(list(client.walk(first))) == 3
            assert 60 <= (clock.now() - begun).total_seconds() < 70

        async def awaited() -> float:
            async with mirakl.open_client_async(settings, clock=clock) as waiting:
                begun = clock.now()
                for _ in range(2):
                    assert len([row async for row in waiting.walk(first)]) == 3
                return (clock.now() - begun).total_seconds()

        assert 60 <= asyncio.run(awaited()) < 70
