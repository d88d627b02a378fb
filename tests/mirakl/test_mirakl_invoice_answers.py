"""Answers about invoices that decide nothing, or not what was asked: none is guessed at."""

import json

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.effects import Send
from khaos_connectors.calls.messages import Response
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.config import InvoiceWay, MiraklConfig
from khaos_connectors.mirakl.documents.desk import Documents
from khaos_connectors.mirakl.documents.outcomes import DocumentOutcome, NotDue, Uploaded
from khaos_connectors.testing.play import play

PDF = b"%PDF-1.7"


def test_another_orders_request_is_never_answered(config: MiraklConfig) -> None:
    """Whatever the list holds, only requests of this very order count."""
    other = {"id": "D-1", "state": "TO_PROCESS", "type": "INVOICE", "entity_id": "O-2"}
    body = json.dumps({"data": [other | {"entity_type": "PRODUCT_LOGISTIC_ORDER"}]}).encode()
    desk = Documents(attrs.evolve(config, invoice_way=InvoiceWay.ACCOUNTING_DOCUMENT))

    played = play(desk.upload_invoice(OrderId("O-1"), PDF, number="INV-7"), [Response(status=200, body=body)])

    assert isinstance(played.result, NotDue)


def test_answers_that_decide_nothing(config: MiraklConfig) -> None:
    """A request that cannot be read, a format that is not known, an answer that names no request: each is told
    or looked for, none is guessed."""
    desk = Documents(attrs.evolve(config, invoice_way=InvoiceWay.ACCOUNTING_DOCUMENT))
    row = {"id": "D", "state": "TO_PROCESS", "type": "INVOICE", "entity_id": "O"}
    row |= {"entity_type": "PRODUCT_LOGISTIC_ORDER"}
    odd = row | {"document_details": [{"format": "UBL"}]}
    done = row | {"state": "ISSUED", "document_number": "INV-7"}

    def listed(*rows: object) -> Response:
        return Response(status=200, body=json.dumps({"data": rows}).encode())

    def brought(*answers: Response) -> DocumentOutcome:
        return play(desk.upload_invoice(OrderId("O"), PDF, number="INV-7"), answers).result

    with pytest.raises(errors.Undecodable, match=r"data\[1\]") as caught:
        brought(listed(row, {"id": "D-2"}))
    assert caught.value.records == ("D-2",)
    assert "given before" not in str(caught.value)
    with pytest.raises(errors.Invalid, match="formats that we do not know: UBL"):
        brought(listed(odd))
    with pytest.raises(errors.Refused, match="500"):
        brought(*[Response(status=500)] * 4)
    nameless = Response(status=200, body=b'{"requests": []}')
    assert brought(listed(row), nameless, listed(done)) == Uploaded(name="INV-7.pdf", operation="DR74", request_id="D")
    alone = Response(status=200, body=b'{"requests": [{}]}')
    assert isinstance(brought(listed(row), alone), Uploaded)


def test_types_that_are_not_told_stop_no_invoice(config: MiraklConfig) -> None:
    """Where DO01 is not offered the configured type is used; trouble on the way is raised."""
    desk = Documents(attrs.evolve(config, invoice_way=InvoiceWay.ORDER_DOCUMENT))
    none, taken = b'{"order_documents": []}', b'{"errors_count": 0, "order_documents": []}'
    answers = [Response(status=403), Response(status=200, body=none), Response(status=200, body=taken)]
    assert isinstance(play(desk.upload_invoice(OrderId("O"), PDF, number="1"), answers).result, Uploaded)
    fresh = Documents(attrs.evolve(config, invoice_way=InvoiceWay.ORDER_DOCUMENT))
    with pytest.raises(errors.AuthFailed):
        play(fresh.upload_invoice(OrderId("O"), PDF, number="1"), [Response(status=401)])


def test_failures_without_a_name_and_documents_of_others(config: MiraklConfig) -> None:
    """OR74 counts a failure and names none: the order's list decides; documents of others do not count."""
    desk = Documents(attrs.evolve(config, invoice_way=InvoiceWay.ORDER_DOCUMENT))

    def listed(*order_ids: str) -> Response:
        rows = [{"id": 1, "order_id": each, "file_name": "1.pdf", "type": "CUSTOMER_INVOICE"} for each in order_ids]
        return Response(status=200, body=json.dumps({"order_documents": rows}).encode())

    types = Response(status=200, body=b'{"documents": []}')
    counted = Response(status=200, body=b'{"errors_count": 1, "order_documents": []}')
    flow = desk.upload_invoice(OrderId("O"), PDF, number="1")
    found = play(flow, [types, listed("O-2"), counted, listed("O-2"), listed("O-2", "O")]).result
    assert found == Uploaded(name="1.pdf", operation="OR74", document_id=1, why="found on the order afterwards")


def test_the_desks_of_a_channel_share_what_it_knows(config: MiraklConfig) -> None:
    """The platform is asked once, whichever desk wants to know it first."""
    channel = MiraklChannel(config)
    answers = [
        Response(status=200, body=b'{"platform_configuration": {"enhanced_seller_invoicing": {"enabled": true}}}')
    ]
    assert play(channel.documents.invoice_way(), answers).result.way is InvoiceWay.ACCOUNTING_DOCUMENT
    assert play(channel.documents.invoice_way()).of(Send) == ()
    inbox = play(channel.conversations.inbox(), [Response(status=200, body=b'{"data": []}')])
    assert (inbox.result.read, inbox.result.overdue) == (0, ())
