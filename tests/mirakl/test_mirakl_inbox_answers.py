"""Answers of messages and documents in every shape that the contract lets them have: each is read."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given

from khaos_connectors.calls.decode import Unrecognised, to_json
from khaos_connectors.calls.messages import Page, Response
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.documents.invoice_rules import (
    Against,
    AlreadyIssued,
    NoRequest,
    choose_request,
    wanted_formats,
)
from khaos_connectors.mirakl.messages.rules import replies_needed, reply_recipients, said_already
from khaos_connectors.mirakl.models.document_codes import AccountingDocumentType, AccountingEntity, DocumentRequestState
from khaos_connectors.mirakl.models.document_requests import DocumentRequest
from khaos_connectors.mirakl.models.message_codes import ParticipantType
from khaos_connectors.mirakl.models.messages import Thread
from khaos_connectors.mirakl.models.rows import Read
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.testing.mirakl_inbox_strategies import document_requests, order_documents, threads

SCOPE = Scope(account="a")
NOW = datetime(2026, 1, 5, tzinfo=UTC)


def only(page: Page[object]) -> object:
    """The one record of a page, which must have been read."""
    (row,) = page.items
    assert isinstance(row, Read), row
    return row.record


def answered(field: str, row: object) -> Response:
    return Response(status=200, body=to_json({field: [row]}).encode())


@given(threads())
def test_any_conversation_is_read_and_judged(row: dict[str, object]) -> None:
    """Nulls, absent fields, new codes and ids as numbers: it waits exactly if it has a time, and can be answered."""
    thread = only(endpoints.list_threads(SCOPE).decode(answered("data", row)))
    assert isinstance(thread, Thread)
    waits = replies_needed([thread], now=NOW, alert_after=timedelta(0))
    metadata = row.get("metadata")
    since = metadata.get("shop_reply_needed_since") if isinstance(metadata, dict) else None
    assert bool(waits) == (since is not None)
    assert all(isinstance(each.type, ParticipantType) for each in reply_recipients(thread))
    said_already(thread, "a")


@given(order_documents())
def test_any_document_of_an_order_is_read(row: dict[str, object]) -> None:
    """Whatever a document lacks, it is listed."""
    (call,) = endpoints.list_order_documents(SCOPE, ["O-1"])
    only(call.decode(answered("order_documents", row)))


@given(document_requests())
def test_any_request_is_read_and_chosen_only_where_it_waits(row: dict[str, object]) -> None:
    """Against a request a document goes exactly where it waits for that kind; anything else has its reason."""
    request = only(endpoints.list_document_requests(SCOPE).decode(answered("data", row)))
    assert isinstance(request, DocumentRequest)
    chosen = choose_request([request], kind=AccountingDocumentType.INVOICE, number="N")
    waits = request.type is AccountingDocumentType.INVOICE and request.state is DocumentRequestState.TO_PROCESS
    assert isinstance(chosen, Against) == waits
    assert not isinstance(chosen, NoRequest) or chosen.why
    formats, unknown = wanted_formats(request)
    assert formats or unknown


def test_the_samples_are_read_whole(sample: Callable[[str], str]) -> None:
    """A conversation with a file, and what a drop-ship seller owes the operator, with names of our own making."""
    page = endpoints.list_threads(SCOPE).decode(Response(status=200, body=sample("threads.json").encode()))
    (first, second) = page.items
    assert isinstance(first, Read)
    assert isinstance(second, Read)
    assert [each.order_ids for each in replies_needed([first.record, second.record], now=NOW, alert_after=timedelta(1))]
    assert [each.name for each in (first.record.messages or ())[0].attachments or ()] == ["broken-handle.jpg"]
    assert page.next is not None

    body = sample("document_requests.json").encode()
    (invoice, purchase) = (
        row.record for row in endpoints.list_document_requests(SCOPE).decode(Response(status=200, body=body))
    )
    assert purchase.entity_type is AccountingEntity.LOGISTIC_PURCHASE_ORDER
    assert purchase.total_amount_including_taxes == Decimal("42.00")
    assert purchase.payment_destination.type == "IBAN"
    assert invoice.recipient.billing_address.lastname == "Testperson"
    assert "Testperson" not in repr(invoice)


@pytest.mark.parametrize(
    ("state", "number", "kind", "told"),
    [
        ("ISSUED", "N", "INVOICE", None),
        ("ISSUED", None, "INVOICE", "under another number"),
        ("CANCELED", None, "INVOICE", "in state CANCELED"),
        ("ON_HOLD", None, "INVOICE", "in state ON_HOLD"),
        ("TO_PROCESS", None, "CREDIT_NOTE", "has not asked for an invoice"),
    ],
)
def test_why_nothing_is_due(state: str, number: str | None, kind: str, told: str | None) -> None:
    """Each state in which nothing waits is told in words; the very number there already is no refusal."""
    known = {each.value: each for each in DocumentRequestState}
    request = DocumentRequest(
        id="D",
        state=known.get(state) or Unrecognised(state),
        entity_type=AccountingEntity.PRODUCT_LOGISTIC_ORDER,
        entity_id="O",
        type=AccountingDocumentType(kind),
        document_number=number,
    )
    chosen = choose_request([request], kind=AccountingDocumentType.INVOICE, number="N")
    if told is None:
        assert chosen == AlreadyIssued(request=request)
    else:
        assert isinstance(chosen, NoRequest)
        assert told in chosen.why
