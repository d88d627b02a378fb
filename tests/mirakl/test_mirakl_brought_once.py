"""Brought once: two calls at a time, answers that tell nothing, names that Mirakl changes, requests of others."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from khaos_connectors.calls.drivers import AsyncRunner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import gather
from khaos_connectors.calls.messages import Lost, Request, Response
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import InvoiceWay, MiraklConfig
from khaos_connectors.mirakl.documents.desk import Documents
from khaos_connectors.mirakl.documents.invoice_rules import ascii_name
from khaos_connectors.mirakl.documents.order_documents import told_outcomes
from khaos_connectors.mirakl.documents.outcomes import (
    DocumentOutcome,
    NotDue,
    NotUploaded,
    Rejected,
    Unclear,
    Uploaded,
)
from khaos_connectors.mirakl.models.documents import NewOrderDocument, Upload
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.play import play
from khaos_connectors.testing.simulators.mirakl.papers_state import PaperSettings
from khaos_connectors.testing.simulators.routes import async_transport

PDF = b"%PDF-1.7"
ORDER = OrderId("O")
BUSY = Response(status=503)
TYPES = Response(status=200, body=b'{"documents": []}')
MakeWorld = Callable[..., Any]  # Any: the ``PaperWorld`` of conftest.py, which no test can import


def answered(**body: object) -> Response:
    return Response(status=200, body=json.dumps(body).encode())


def listed(*documents: tuple[int, str]) -> Response:
    """An answer of OR72 with *documents*, by id and name."""
    return answered(
        order_documents=[
            {"id": n, "order_id": ORDER, "file_name": name, "type": "CUSTOMER_INVOICE"} for n, name in documents
        ]
    )


def bring(config: MiraklConfig, way: InvoiceWay, *answers: Response, number: str = "INV-7") -> DocumentOutcome:
    desk = Documents(attrs.evolve(config, invoice_way=way))
    clock = ManualClock(datetime(2026, 1, 5, tzinfo=UTC))
    outcome = play(desk.upload_invoice(ORDER, PDF, number=number), answers, clock=clock).result
    assert isinstance(outcome, DocumentOutcome)
    return outcome


@pytest.mark.parametrize("enhanced", [False, True])
def test_two_calls_at_once_bring_an_invoice_once(papers: MakeWorld, enhanced: bool) -> None:  # noqa: FBT001 - a case
    """Whoever comes second waits, looks at what is there, and sends nothing."""
    w = papers(PaperSettings(enhanced_invoicing=enhanced))
    order_id = w.ship()
    line = async_transport(w.market)

    class Slow:
        """Lets the others run before anything is done, as a network does."""

        async def send(self, request: Request) -> Response | Lost:
            await asyncio.sleep(0)
            return await line.send(request)

    def twice() -> Flow[list[DocumentOutcome]]:
        return (yield from gather([w.desk.upload_invoice(order_id, PDF, number="INV-7") for _ in range(3)], limit=3))

    outcomes = asyncio.run(AsyncRunner({w.desk.config.account: Slow()}, clock=w.clock).run(twice()))

    assert sorted(each.already for each in outcomes if isinstance(each, Uploaded)) == [False, True, True]
    assert len(w.market.papers.of_orders) == (0 if enhanced else 1)


@pytest.mark.parametrize(
    "answer", [Response(status=200), answered(), answered(errors_count=None, order_documents=None)]
)
def test_an_answer_that_says_nothing_is_no_success(config: MiraklConfig, answer: Response) -> None:
    """OR74 lists what failed: an answer without that list proves nothing, and the order's documents decide."""
    way = InvoiceWay.ORDER_DOCUMENT
    there = bring(config, way, TYPES, listed(), answer, listed((1, "INV-7.pdf")))
    missing = bring(config, way, TYPES, listed(), answer, listed(), listed(), listed())

    assert there == Uploaded(name="INV-7.pdf", operation="OR74", document_id=1, why="found on the order afterwards")
    assert isinstance(missing, NotUploaded)


def test_a_listed_document_failed_with_or_without_a_reason() -> None:
    """OR74 lists failures only, so a row without errors is one; a count beyond them tells nothing of the rest."""
    sent = [NewOrderDocument(file=Upload(name=f"{n}.pdf", content=PDF), type_code="T") for n in "ab"]
    call = endpoints.upload_order_documents(Scope(account="a"), ORDER, sent)

    def told(count: int | None, *rows: object) -> object:
        return told_outcomes(call.decode(answered(errors_count=count, order_documents=rows)), sent)

    silent = {"errors": None, "input": {"file_name": "a.pdf"}}
    two = {"errors": [{"code": "x"}, {"code": "y"}], "input": {"file_name": "a.pdf"}}

    outcomes = told(1, silent)
    assert isinstance(outcomes, dict)
    assert isinstance(outcomes["a.pdf"], Rejected)
    assert str(outcomes["a.pdf"]) == "a.pdf was refused: no reason given"
    assert isinstance(outcomes["b.pdf"], Uploaded)
    assert told(2, two) is not None, "two errors of one document"
    assert told(2, silent) is None


def test_a_new_document_under_another_name_may_be_ours(config: MiraklConfig) -> None:
    """No answer, and one of this type stands there that was not there before: it may be ours."""
    way = InvoiceWay.ORDER_DOCUMENT
    old, new = (1, "INV-6.pdf"), (2, "INV-7(1).pdf")
    renamed = bring(config, way, TYPES, listed(old), BUSY, *[listed(old, new)] * 3)
    missing = bring(config, way, TYPES, listed(old), BUSY, *[listed(old)] * 3)

    assert isinstance(renamed, Unclear)
    assert "another name (document 2)" in renamed.why
    assert isinstance(missing, NotUploaded)


def test_what_becomes_of_a_request_whose_answer_was_lost(config: MiraklConfig) -> None:
    """Issued under another number: somebody else's document is there. Not listed any more: nothing is claimed."""
    way = InvoiceWay.ACCOUNTING_DOCUMENT
    due = {"id": "D", "state": "TO_PROCESS", "type": "INVOICE", "entity_id": ORDER}
    due |= {"entity_type": "PRODUCT_LOGISTIC_ORDER"}
    other = due | {"state": "ISSUED", "document_number": "INV-8"}

    taken = bring(config, way, answered(data=[due]), BUSY, answered(data=[other]))
    gone = bring(config, way, answered(data=[due]), BUSY, answered(data=[]))

    assert isinstance(taken, NotDue)
    assert "under number INV-8" in taken.why
    assert isinstance(gone, Unclear)
    assert "the request D" in gone.why


def test_the_row_of_another_request_says_nothing_of_ours(config: MiraklConfig) -> None:
    """A single row is ours unless it names another request: then the list of requests decides."""
    way = InvoiceWay.ACCOUNTING_DOCUMENT
    due = {"id": "D", "state": "TO_PROCESS", "type": "INVOICE", "entity_id": ORDER}
    due |= {"entity_type": "PRODUCT_LOGISTIC_ORDER"}
    foreign = answered(requests=[{"errors": [], "input": {"request_id": "D-2"}}])

    outcome = bring(config, way, answered(data=[due]), foreign, *[answered(data=[due])] * 3)

    assert isinstance(outcome, NotUploaded)


def test_names_that_ascii_cannot_tell_apart_stay_apart() -> None:
    """Documents are recognised by their names: two invoices whose letters are all lost must not become one."""
    one, other = ascii_name("Ж", ending=".pdf"), ascii_name("Ш", ending=".pdf")
    assert one != other
    assert ascii_name("Ж", ending=".pdf") == one
    assert ascii_name("Rechnung für Åse 7", ending=".pdf") == "Rechnung-fur-Ase-7.pdf"
