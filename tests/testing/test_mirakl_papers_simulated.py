"""The simulated inbox and documents refuse what the vendor refuses, as curtly as it does."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.mirakl.papers_state import PaperSettings

Ask = Callable[..., Response]
JSON = "application/json"


def part(name: str, content: bytes, *, kind: str = "", filename: str | None = None) -> bytes:
    """One part of a form."""
    head = f'Content-Disposition: form-data; name="{name}"' + (
        f'; filename="{filename}"' if filename is not None else ""
    )
    return (head + (f"\r\nContent-Type: {kind}" if kind else "")).encode() + b"\r\n\r\n" + content


def described(field: str, value: object, kind: str = JSON) -> bytes:
    return part(field, json.dumps(value).encode(), kind=kind)


def form(*parts: bytes) -> tuple[bytes, str]:
    return b"".join(b"--x\r\n" + each + b"\r\n" for each in parts) + b"--x--\r\n", "multipart/form-data; boundary=x"


@pytest.fixture
def market() -> MiraklSimulator:
    """A marketplace with enhanced invoicing that takes JSON only."""
    return MiraklSimulator(
        clock=lambda: datetime(2026, 3, 2, tzinfo=UTC),
        api_key="k",
        offers={"MUG": OfferState(price="9.99", quantity=9)},
        settings=MiraklSettings(
            order_acceptance="AUTOMATIC",
            debit_seconds=0,
            papers=PaperSettings(enhanced_invoicing=True, forms=frozenset({"json"})),
        ),
    )


@pytest.fixture
def ask(market: MiraklSimulator) -> Ask:
    """Ask it something."""

    def asked(method: str, path: str, upload: tuple[bytes, str] = (b"", ""), **query: str) -> Response:
        body, kind = upload
        headers = {"authorization": "k", "content-type": kind}
        pairs = tuple(query.items())
        return market.handle(Request(method=method, path=f"/api/{path}", query=pairs, headers=headers, body=body))

    return asked


PAPER = {"order_documents": [{"file_name": "i.pdf", "type_code": "CUSTOMER_INVOICE"}]}
FILE = part("files", b"%PDF", filename="i.pdf")


@pytest.mark.parametrize(
    "upload",
    [
        form(part("order_documents", json.dumps(PAPER).encode()), FILE),
        form(part("order_documents", json.dumps(PAPER).encode(), kind=JSON, filename="d.json"), FILE),
        form(described("order_documents", PAPER, "application/xml"), FILE),
        form(described("order_documents", PAPER), part("files", b"%PDF", filename="ü.pdf")),
        form(described("order_documents", PAPER), FILE, FILE),
        form(described("order_documents", PAPER)),
        form(described("order_documents", {"order_documents": "i.pdf"}), FILE),
        form(described("order_documents", ["i.pdf"]), FILE),
        form(part("order_documents", b"{", kind=JSON), FILE),
        (b"--x\r\nbroken\r\n--x--\r\n", "multipart/form-data; boundary=x"),
    ],
    ids=[
        "untyped",
        "as a file",
        "other form",
        "not ASCII",
        "twice",
        "no file",
        "no list",
        "no object",
        "cut",
        "no form",
    ],
)
def test_a_form_that_is_not_right_is_a_bare_400(market: MiraklSimulator, ask: Ask, upload: tuple[bytes, str]) -> None:
    """Whatever is wrong with a form, the answer says no more than that it is a bad request, and nothing is kept."""
    order_id = market.buy([("MUG", 1)])
    answer = ask("POST", f"orders/{order_id}/documents", upload)
    assert (answer.status, json.loads(answer.body)) == (400, {"status": 400, "message": "Bad Request"})
    assert market.papers.of_orders == ()


def test_a_body_that_is_no_form_is_415(market: MiraklSimulator, ask: Ask) -> None:
    """JSON in place of a form is another media type."""
    order_id = market.buy([("MUG", 1)])
    assert ask("POST", f"orders/{order_id}/documents", (b"{}", JSON)).status == 415


@pytest.mark.parametrize(
    ("method", "path", "query", "status"),
    [
        ("GET", "orders/documents", {}, 400),
        ("GET", "orders/documents/download", {}, 400),
        ("GET", "orders/documents/download", {"document_ids": "7"}, 404),
        ("DELETE", "orders/documents/7", {}, 404),
        ("DELETE", "orders/documents/x", {}, 400),
        ("POST", "orders/NONE/documents", {}, 404),
        ("POST", "orders/NONE/threads", {}, 404),
        ("GET", "shops/documents/download", {"document_ids": "7"}, 404),
        ("DELETE", "shops/documents/7", {}, 404),
        ("GET", "documents", {"entities": "OFFER"}, 400),
        ("GET", "inbox/threads/NONE", {}, 404),
        ("GET", "inbox/threads/NONE/download", {}, 404),
        ("GET", "inbox/threads", {"entity_id": "O"}, 400),
        ("GET", "inbox/threads", {"entity_type": "ORDER"}, 400),
        ("GET", "inbox/threads", {"page_token": "?"}, 400),
        ("GET", "document-request/requests", {"entity_id": "O"}, 400),
        ("GET", "document-request/NONE/lines", {}, 404),
        ("GET", "document-request/documents/download", {}, 400),
        ("GET", "document-request/documents/download", {"entity_id": "O"}, 400),
        ("GET", "document-request/documents/download", {"document_request_id": "NONE"}, 404),
    ],
)
def test_what_is_not_there_or_not_asked_rightly(
    ask: Ask, method: str, path: str, query: dict[str, str], status: int
) -> None:
    """404 for what this shop does not have, 400 for parameters that are missing or wrong."""
    assert ask(method, path, **query).status == status


@pytest.mark.parametrize(
    "change",
    [
        {"body": "x"},
        {"body": 7},
        {"topic": {"type": "FREE_TEXT", "value": "ab"}},
        {"topic": {"type": "RIDDLE", "value": "abc"}},
        {"topic": None},
        {"to": []},
        {"to": "CUSTOMER"},
        {"to": ["SHOP"]},
        {"to": ["CUSTOMER", "NOBODY"]},
    ],
)
def test_a_message_that_the_vendor_refuses(market: MiraklSimulator, ask: Ask, change: dict[str, object]) -> None:
    """Lengths, topics and recipients are checked; nothing is said in any thread."""
    order_id = market.buy([("MUG", 1)])
    good = {"body": "Hello.", "to": ["CUSTOMER"], "topic": {"type": "FREE_TEXT", "value": "Topic"}}
    answer = ask("POST", f"orders/{order_id}/threads", form(described("thread_input", good | change)))
    assert answer.status == 400
    assert market.inbox.threads == ()


def test_with_the_operator_only_about_the_shop(market: MiraklSimulator, ask: Ask) -> None:
    """M14 takes the entity of sellers and the operator, no other; files beyond 30 MB are refused."""
    wanted = {"body": "Hello.", "topic": {"type": "REASON_CODE", "value": "1"}, "entity": {"type": "MMP_ORDER"}}
    assert ask("POST", "inbox/threads", form(described("thread_input", wanted))).status == 400
    wanted["entity"] = {"type": "SELLER_OPERATOR"}
    big = part("files", b"x" * 30_000_001, filename="a.mov")
    assert ask("POST", "inbox/threads", form(described("thread_input", wanted), big)).status == 400
    assert ask("POST", "inbox/threads", form(described("thread_input", wanted))).status == 201
    assert [each.entity_type for each in market.inbox.threads] == ["SELLER_OPERATOR"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"request_id": "NONE"}, "DATA_NOT_FOUND"),
        ({"files": [{"name": "i.pdf", "format": "cXML"}]}, "INVALID_FIELD_TYPE"),
        ({"files": [{"name": "other.pdf", "format": "PDF"}]}, "INVALID_FIELD_TYPE"),
        ({"document_number": ""}, "REQUIRED"),
    ],
)
def test_a_200_of_dr74_holds_failures(market: MiraklSimulator, ask: Ask, row: dict[str, object], code: str) -> None:
    """A wrong row is told inside the 200, and the request still waits."""
    order_id = market.buy([("MUG", 1)])
    ask("PUT", f"orders/{order_id}/ship")
    request_id = json.loads(ask("GET", "document-request/requests").body)["data"][0]["id"]
    good = {"request_id": request_id, "document_number": "N", "files": [{"name": "i.pdf", "format": "PDF"}]}

    answer = ask(
        "POST",
        "document-request/documents/upload",
        form(described("documents_input", {"requests": [good | row]}), FILE),
    )

    assert answer.status == 200
    (told,) = json.loads(answer.body)["requests"]
    assert [each["code"] for each in told["errors"]] == [code]
    assert [each.state for each in market.papers.requests] == ["TO_PROCESS"]


def test_a_token_holds_its_filters(market: MiraklSimulator, ask: Ask) -> None:
    """Filters beside a token are ignored, and the page before can be reached."""
    order_id = market.buy([("MUG", 1)])
    assert order_id
    for n in range(5):
        market.inbox.customer_writes(order_id, f"Question {n}")
        market.inbox.operator_writes(f"Notice {n}")

    first = json.loads(ask("GET", "inbox/threads", entity_type="MMP_ORDER", limit="2").body)
    second = json.loads(ask("GET", "inbox/threads", page_token=first["next_page_token"], entity_type="MMP_OFFER").body)
    third = json.loads(ask("GET", "inbox/threads", page_token=second["next_page_token"]).body)
    back = json.loads(ask("GET", "inbox/threads", page_token=third["previous_page_token"]).body)

    assert [len(page["data"]) for page in (first, second, third)] == [2, 2, 1]
    assert third["next_page_token"] is None
    assert back["data"] == second["data"]


def test_names_that_come_again_in_an_archive_are_counted(market: MiraklSimulator, ask: Ask) -> None:
    """Two files of one name in one order have two places in its archive."""
    order_id = market.buy([("MUG", 1)])
    for _ in range(2):
        assert (
            ask("POST", f"orders/{order_id}/documents", form(described("order_documents", PAPER), FILE)).status == 200
        )
    archive = ask("GET", "orders/documents/download", order_ids=str(order_id)).body
    assert b"/i.pdf" in archive
    assert b"/i(1).pdf" in archive


def test_a_type_that_is_not_the_shops_is_not_found(ask: Ask) -> None:
    """S31 answers 404 where one type code is wrong, of orders' documents too, and an archive where all are right."""
    assert ask("GET", "shops/documents/download", type_codes="ID_CARD,NONE").status == 404
    assert ask("GET", "shops/documents/download", type_codes="CUSTOMER_INVOICE").status == 404
    assert ask("GET", "shops/documents/download", type_codes="ID_CARD").body[:2] == b"PK"
