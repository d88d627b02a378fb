"""Invoices: by the way that the platform wants, each brought once whatever happens on the line."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from email import message_from_bytes
from email.message import Message
from typing import Any

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.effects import Flow, Send
from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import InvoiceWay
from khaos_connectors.mirakl.documents.accounting import AccountingDocument
from khaos_connectors.mirakl.documents.invoice_rules import choose_way
from khaos_connectors.mirakl.documents.order_documents import told_outcomes
from khaos_connectors.mirakl.documents.outcomes import (
    NotDue,
    NotUploaded,
    Rejected,
    Unclear,
    Uploaded,
)
from khaos_connectors.mirakl.models.document_codes import AccountingDocumentType
from khaos_connectors.mirakl.models.documents import DocumentForm, NewOrderDocument, Upload
from khaos_connectors.mirakl.models.platform import EnhancedSellerInvoicing, Platform, PlatformSettings
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.testing.simulators.faults import Fault, FaultKind
from khaos_connectors.testing.simulators.mirakl.papers_state import PaperSettings

PDF = b"%PDF-1.7\r\n\x00\xff--\r\n%%EOF"
DROP = Fault(kind=FaultKind.DROP)
REFUSE = Fault(kind=FaultKind.UNAVAILABLE)


def parts(request: Request) -> list[Message]:
    """The parts of a form as a server would see them."""
    kind = request.headers["content-type"]
    message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + request.body)
    return [part for part in message.walk() if not part.is_multipart()]


def named(part: Message) -> object:
    return part.get_param("name", header="content-disposition")


MakeWorld = Callable[..., Any]  # Any: the ``PaperWorld`` of conftest.py, which no test can import

# --- invoices --------------------------------------------------------------------------------------------------------


def test_complaint_10_one_call_brings_an_invoice_as_an_order_document(papers: MakeWorld) -> None:
    """Without enhanced invoicing (PC01) the invoice goes to the order by OR74, under the operator's type."""
    w = papers()
    order_id = w.ship()

    outcome = w.invoice(order_id, number="INV/7 ü")

    assert outcome == Uploaded(name="INV-7-u.pdf", operation="OR74")
    (paper,) = w.market.papers.of_orders
    assert (paper.order_id, paper.type_code, paper.paper.name) == (order_id, "CUSTOMER_INVOICE", "INV-7-u.pdf")
    assert paper.paper.content == PDF


def test_complaint_10_one_call_brings_an_invoice_against_its_request(papers: MakeWorld) -> None:
    """With enhanced invoicing the same call finds the order's request (DR11) and answers it (DR74)."""
    w = papers(PaperSettings(enhanced_invoicing=True))
    order_id = w.ship()
    issued = datetime(2026, 1, 5, tzinfo=UTC)

    outcome = w.invoice(order_id, issued=issued, net=Decimal("10.00"), tax=Decimal("2.00"))

    (request,) = w.market.papers.requests
    assert outcome == Uploaded(name="INV-7.pdf", operation="DR74", request_id=request.request_id)
    assert (request.state, request.number) == ("ISSUED", "INV-7")
    assert [(kind, paper.content) for kind, paper in request.papers] == [("PDF", PDF)]
    assert "OR74" not in w.asked


@pytest.mark.parametrize("operation", ["OR74", "DR74"])
def test_complaint_10_an_invoice_is_brought_once(papers: MakeWorld, operation: str) -> None:
    """The same invoice again is told to be there, and nothing is sent."""
    w = papers(PaperSettings(enhanced_invoicing=operation == "DR74"))
    order_id = w.ship()
    w.invoice(order_id)

    again = w.invoice(order_id)

    assert isinstance(again, Uploaded)
    assert again.already
    assert w.asked.count(operation) == 1


@pytest.mark.parametrize("operation", ["OR74", "DR74"])
def test_complaint_10_a_lost_answer_is_looked_for(papers: MakeWorld, operation: str) -> None:
    """The upload took effect and its answer was lost: the list shows it, and it is not sent again."""
    w = papers(PaperSettings(enhanced_invoicing=operation == "DR74"))
    order_id = w.ship()
    w.faults.next(operation, DROP)

    outcome = w.invoice(order_id)

    assert isinstance(outcome, Uploaded)
    assert not outcome.already
    assert w.asked.count(operation) == 1


@pytest.mark.parametrize("operation", ["OR74", "DR74"])
def test_complaint_10_an_upload_that_did_not_arrive_is_told_as_such(papers: MakeWorld, operation: str) -> None:
    """No answer and nothing there after three looks: not uploaded, and bringing it again works."""
    w = papers(PaperSettings(enhanced_invoicing=operation == "DR74"))
    order_id = w.ship()
    w.faults.next(operation, REFUSE)

    outcome = w.invoice(order_id)

    assert isinstance(outcome, NotUploaded)
    assert "3 times in 10 seconds" in outcome.why
    assert w.clock.slept == [5.0, 5.0]
    assert isinstance(w.invoice(order_id), Uploaded)


@pytest.mark.parametrize(("operation", "look"), [("OR74", "OR72"), ("DR74", "DR11")])
def test_complaint_10_what_cannot_be_looked_for_stays_unclear(papers: MakeWorld, operation: str, look: str) -> None:
    """No answer, and the list does not answer either: nothing is claimed."""
    w = papers(PaperSettings(enhanced_invoicing=operation == "DR74"))
    order_id = w.ship()
    w.faults.next(operation, DROP)
    refused = Response(status=403)
    line = w.run

    def run(flow: Flow[object]) -> object:
        """The flow, whose look after the write is refused."""
        seen = False
        try:
            effect = next(flow)
            while True:
                if isinstance(effect, Send) and effect.operation == look and seen:
                    effect = flow.send(refused)
                    continue
                seen = seen or (isinstance(effect, Send) and effect.operation == operation)
                effect = flow.send(line(_one(effect)))
        except StopIteration as done:
            return done.value

    outcome = run(w.desk.upload_invoice(order_id, PDF, number="INV-7"))

    assert isinstance(outcome, Unclear)
    assert look in outcome.why


def _one(effect: object) -> Flow[object]:
    return (yield effect)


def test_complaint_10_what_mirakl_refuses_is_told_for_each_document(papers: MakeWorld) -> None:
    """OR74 answers 200 and lists the failures only: each document has an outcome of its own, in the given order."""
    w = papers()
    order_id = w.ship()

    def document(name: str, code: str) -> NewOrderDocument:
        return NewOrderDocument(file=Upload(name=name, content=PDF), type_code=code)

    good, bad, odd = w.run(
        w.desk.attach(
            order_id,
            [
                document("a.pdf", "CUSTOMER_INVOICE"),
                document("b.pdf", "NO_SUCH"),
                document("c.exe", "CUSTOMER_INVOICE"),
            ],
        )
    )

    assert good == Uploaded(name="a.pdf", operation="OR74")
    assert isinstance(bad, Rejected)
    assert isinstance(odd, Rejected)
    assert str(bad) == "b.pdf was refused: type_code: Unable to retrieve document's type from the given code"
    assert [paper.paper.name for paper in w.market.papers.of_orders] == ["a.pdf"]


def test_failures_that_are_counted_and_not_named_are_looked_for(papers: MakeWorld) -> None:
    """An answer that counts a failure without naming it says nothing of any document: the order's list decides."""
    document = NewOrderDocument(file=Upload(name="a.pdf", content=PDF), type_code="T")
    other = attrs.evolve(document, file=Upload(name="b.pdf", content=PDF))
    call = endpoints.upload_order_documents(Scope(account="a"), "O-1", [document, other])

    def told(body: str, *sent: NewOrderDocument) -> object:
        return told_outcomes(call.decode(Response(status=200, body=body.encode())), sent)

    assert told('{"errors_count": 1, "order_documents": []}', document, other) is None
    nameless = '{"order_documents": [{"errors": [{"code": "x", "field": "f", "message": "m"}]}]}'
    assert told(nameless, document, other) is None
    alone = told(nameless, document)
    assert isinstance(alone, dict)
    assert isinstance(alone["a.pdf"], Rejected)


def test_the_same_name_with_another_content_is_a_conflict(papers: MakeWorld) -> None:
    """A corrected file under the old name is not taken for the old one, and not put beside it without a word."""
    w = papers()
    order_id = w.ship()
    w.invoice(order_id)

    with pytest.raises(
        errors.Conflict, match=r"INV-7\.pdf already, of \d+ bytes in place of \d+: delete document 2001"
    ):
        w.run(w.desk.upload_invoice(order_id, PDF + b" corrected", number="INV-7"))


def test_an_order_holds_fifty_documents(papers: MakeWorld) -> None:
    """The 51st is refused before it is sent."""
    w = papers()
    order_id = w.ship()
    files = [
        NewOrderDocument(file=Upload(name=f"{n}.pdf", content=PDF), type_code="CUSTOMER_INVOICE") for n in range(50)
    ]
    outcomes = w.run(w.desk.attach(order_id, files))
    assert all(isinstance(each, Uploaded) for each in outcomes)

    with pytest.raises(errors.Invalid, match="holds 50 documents"):
        w.invoice(order_id)


def test_an_invoice_waits_until_it_is_asked_for(papers: MakeWorld) -> None:
    """Before the goods have left the request is in preparation: not due, and never put elsewhere instead."""
    w = papers(PaperSettings(enhanced_invoicing=True))
    order_id = w.market.buy([("S1", 1)])
    assert order_id is not None
    w.clock.advance(1)

    early = w.invoice(OrderId(order_id))
    credit = w.invoice(OrderId(order_id), kind=AccountingDocumentType.CREDIT_NOTE)

    assert isinstance(early, NotDue)
    assert "being prepared" in early.why
    assert isinstance(credit, NotDue)
    assert "has not asked for a credit note" in credit.why
    assert w.asked.count("DR74") == 0
    assert w.market.papers.of_orders == ()


def test_of_several_requests_none_is_picked(papers: MakeWorld) -> None:
    """Two that wait for the same kind of document: the user says which, by the ids that are told."""
    w = papers(PaperSettings(enhanced_invoicing=True))
    order_id = w.ship()
    first, second = w.market.papers.ask_for(order_id), w.market.papers.ask_for(order_id)

    outcome = w.invoice(order_id)
    chosen = w.invoice(order_id, request_id=second)

    assert isinstance(outcome, NotDue)
    assert first in outcome.why
    assert second in outcome.why
    assert isinstance(chosen, Uploaded)
    assert chosen.request_id == second


def test_another_number_does_not_replace_what_was_brought(papers: MakeWorld) -> None:
    """A request that has its document is not due for another."""
    w = papers(PaperSettings(enhanced_invoicing=True))
    order_id = w.ship()
    w.invoice(order_id)

    outcome = w.invoice(order_id, number="INV-8")

    assert isinstance(outcome, NotDue)
    assert "under number INV-7" in outcome.why


def test_all_formats_go_together(papers: MakeWorld) -> None:
    """A request that wants PDF and cXML gets both at once; without the cXML nothing is sent."""
    w = papers(PaperSettings(enhanced_invoicing=True, formats=("PDF", "cXML")))
    order_id = w.ship()

    with pytest.raises(errors.Invalid, match="cXML as well"):
        w.invoice(order_id)
    outcome = w.invoice(order_id, cxml=b"<cXML/>")

    assert isinstance(outcome, Uploaded)
    (request,) = w.market.papers.requests
    assert {kind: paper.name for kind, paper in request.papers} == {"PDF": "INV-7.pdf", "cXML": "INV-7.xml"}


def test_what_the_shop_owes_is_listed_and_can_be_fulfilled(papers: MakeWorld) -> None:
    """The duty list holds what waits for the shop, and each duty can be answered by itself."""
    w = papers(PaperSettings(enhanced_invoicing=True))
    orders = [w.ship() for _ in range(3)]

    duties = w.run(w.desk.duties())
    assert [each.entity_id for each in duties.due] == orders
    assert duties.due[0].total_amount_including_taxes == Decimal("16.95")
    outcome = w.run(w.desk.fulfil(duties.due[1], AccountingDocument(number="N-2", name="n-2.pdf", pdf=PDF)))

    assert isinstance(outcome, Uploaded)
    assert [each.entity_id for each in w.run(w.desk.duties()).due] == [orders[0], orders[2]]
    late = w.run(w.desk.fulfil(duties.due[1], AccountingDocument(number="N-3", name="n-3.pdf", pdf=PDF)))
    assert isinstance(late, Rejected)
    assert "in state ISSUED" in str(late)


def test_a_platform_without_requests_is_named(papers: MakeWorld) -> None:
    """A 403 or 404 where requests are asked for is a capability that is missing, with what to do about it."""
    forbidden = papers(PaperSettings(enhanced_invoicing=True, requests_open=False))
    missing = papers(invoice_way=InvoiceWay.ACCOUNTING_DOCUMENT)
    for w in (forbidden, missing):
        with pytest.raises(errors.Unsupported, match=r"requests for accounting documents .*invoice_way to OR74"):
            w.invoice(w.ship())


def test_the_users_way_wins(papers: MakeWorld) -> None:
    """A settled way is taken without asking the platform."""
    w = papers(PaperSettings(enhanced_invoicing=True), invoice_way=InvoiceWay.ORDER_DOCUMENT)
    outcome = w.invoice(w.ship())
    assert isinstance(outcome, Uploaded)
    assert outcome.operation == "OR74"
    assert "PC01" not in w.asked


@pytest.mark.parametrize(
    ("told", "way"),
    [
        (EnhancedSellerInvoicing(enabled=True), InvoiceWay.ACCOUNTING_DOCUMENT),
        (EnhancedSellerInvoicing(enabled=False), InvoiceWay.ORDER_DOCUMENT),
        (EnhancedSellerInvoicing(), InvoiceWay.ORDER_DOCUMENT),
    ],
)
def test_the_platforms_way_is_told_with_its_reason(told: EnhancedSellerInvoicing, way: InvoiceWay) -> None:
    """True, false and silence each have their way, and say so."""
    platform = Platform(platform_configuration=PlatformSettings(enhanced_seller_invoicing=told))
    chosen = choose_way(InvoiceWay.AUTOMATIC, platform)
    assert chosen.way is way
    assert "PC01" in chosen.why
    assert choose_way(InvoiceWay.AUTOMATIC, None).way is InvoiceWay.ORDER_DOCUMENT


def test_what_cannot_be_right_is_refused_before_anything_is_sent(papers: MakeWorld) -> None:
    """No PDF, no number, a type that the operator does not have, a credit note without a type: each names its field."""
    w = papers()
    order_id = w.ship()
    w.asked.clear()

    with pytest.raises(errors.Invalid, match="pdf: is no PDF"):
        w.run(w.desk.upload_invoice(order_id, b"<html>", number="1"))
    with pytest.raises(errors.Invalid, match="number: must not be empty"):
        w.invoice(order_id, number=" ")
    with pytest.raises(errors.Invalid, match=r"type_code: 'CUSTOMER_INVOICES' is not among .*known: CUSTOMER_INVOICE"):
        w.invoice(order_id, type_code="CUSTOMER_INVOICES")
    with pytest.raises(errors.Invalid, match="type_code: give the operator's type"):
        w.invoice(order_id, kind=AccountingDocumentType.CREDIT_NOTE)
    assert set(w.asked) <= {"PC01", "DO01"}
    assert w.asked.count("DO01") == 1, "asked once and kept"
    w.clock.advance(86_400)
    w.invoice(order_id)
    w.invoice(order_id, number="INV-8")
    assert w.asked.count("DO01") == 2, "asked anew after a day"


@pytest.mark.parametrize(("taken", "form"), [("xml", "xml"), ("json", "json")])
def test_the_form_is_a_setting_of_the_account(papers: MakeWorld, taken: str, form: DocumentForm) -> None:
    """An instance that takes one form only is served by the setting; by the other it answers with a bare 400."""
    settings = PaperSettings(forms=frozenset({taken}))
    other: DocumentForm = "json" if form == "xml" else "xml"

    good, bad = papers(settings, document_form=form), papers(settings, document_form=other)
    assert isinstance(good.invoice(good.ship()), Uploaded)
    with pytest.raises(errors.Invalid, match="Bad Request"):
        bad.invoice(bad.ship())
