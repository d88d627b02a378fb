"""Documents: forms as Mirakl wants them, downloads, and what is there of an order and of the shop."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email import message_from_bytes
from email.message import Message
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors import errors
from khaos_connectors.calls.effects import Flow, Send
from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.documents.invoice_rules import ascii_name
from khaos_connectors.mirakl.models.codes import DocumentFormat
from khaos_connectors.mirakl.models.document_codes import AccountingEntity, DocumentEntity
from khaos_connectors.mirakl.models.document_requests import NewAccountingDocument, NewAccountingFile
from khaos_connectors.mirakl.models.documents import NewOrderDocument, NewShopDocument, Upload
from khaos_connectors.mirakl.models.rows import Broken, Read
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

# --- forms -----------------------------------------------------------------------------------------------------------


def test_complaint_10_the_description_has_a_content_type_of_its_own(scope: Scope) -> None:
    """Uploads failed for users with a bare 400: the JSON part says what it is, the files say theirs."""
    document = NewOrderDocument(
        file=Upload(name="inv-7.pdf", content=PDF, content_type="application/pdf"), type_code="CUSTOMER_INVOICE"
    )

    described, file = parts(endpoints.upload_order_documents(scope, "O/1", [document]).request)

    assert named(described) == "order_documents"
    assert (described.get_content_type(), described.get_filename()) == ("application/json", None)
    told = {"order_documents": [{"file_name": "inv-7.pdf", "type_code": "CUSTOMER_INVOICE"}]}
    assert json.loads(described.get_payload(decode=True)) == told
    assert (named(file), file.get_filename(), file.get_content_type()) == ("files", "inv-7.pdf", "application/pdf")
    assert file.get_payload(decode=True) == PDF


def test_complaint_10_the_description_as_xml_where_json_fails(scope: Scope) -> None:
    """Users who failed with JSON succeeded with the XML of Mirakl's own library: it is a switch."""
    document = NewOrderDocument(
        file=Upload(name="a&b.pdf", content=PDF), type_code="SYSTEM_RETURN_LABEL", return_id="R<1"
    )

    described, _ = parts(endpoints.upload_order_documents(scope, "O-1", [document], form="xml").request)

    assert described.get_content_type() == "application/xml"
    assert described.get_payload(decode=True) == (
        b'<?xml version="1.0" encoding="UTF-8"?><body><order_documents><order_document>'
        b"<file_name>a&amp;b.pdf</file_name><type_code>SYSTEM_RETURN_LABEL</type_code><entity><type>RETURN</type><id>R&lt;1</id></entity>"
        b"</order_document></order_documents></body>"
    )


@pytest.mark.parametrize("name", ["rechnung-ü.pdf", "a\nb.pdf", 'a"b.pdf', "x/y.pdf", "", " a.pdf"])
def test_complaint_10_file_names_are_checked_before_anything_is_sent(scope: Scope, name: str) -> None:
    """Names that are not plain ASCII are refused here, with the reason that Mirakl does not give."""
    document = NewOrderDocument(file=Upload(name=name, content=PDF), type_code="T")
    with pytest.raises(errors.Invalid, match="file name"):
        endpoints.upload_order_documents(scope, "O-1", [document])


def test_complaint_10_file_names_are_distinct(scope: Scope) -> None:
    """Two files of one name in one form are refused before anything is sent, and so are 51, and an empty one."""

    def upload(*names: str, content: bytes = PDF) -> None:
        rows = [NewOrderDocument(file=Upload(name=name, content=content), type_code="T") for name in names]
        endpoints.upload_order_documents(scope, "O-1", rows)

    with pytest.raises(errors.Invalid, match="distinct"):
        upload("a.pdf", "a.pdf")
    with pytest.raises(errors.Invalid, match="at most 50"):
        upload(*(f"{n}.pdf" for n in range(51)))
    with pytest.raises(errors.Invalid, match="empty"):
        upload("a.pdf", content=b"")
    with pytest.raises(errors.Invalid, match="at least one"):
        upload()


@given(st.text(max_size=40))
def test_any_name_can_be_made_one_that_mirakl_takes(name: str) -> None:
    """What comes out passes the check, ends as it should, and is made the same way twice."""
    made = ascii_name(name, ending=".pdf")
    assert made.endswith(".pdf")
    assert ascii_name(made, ending=".pdf") == made
    document = NewOrderDocument(file=Upload(name=made, content=PDF), type_code="T")
    endpoints.upload_order_documents(Scope(account="a"), "O-1", [document])


def test_the_shop_gets_one_file_to_a_type(scope: Scope) -> None:
    """S32 takes one file to a type, so two of one are refused before anything is sent."""
    rows = [NewShopDocument(file=Upload(name=f"{n}.pdf", content=PDF), type_code="ID_CARD") for n in "ab"]
    with pytest.raises(errors.Invalid, match="ID_CARD comes twice"):
        endpoints.upload_shop_documents(scope, rows)


# --- downloads -------------------------------------------------------------------------------------------------------


def test_what_is_there_can_be_fetched_and_deleted(papers: MakeWorld) -> None:
    """One id gives the file, an order a ZIP archive with its folder; what is deleted is gone, and twice is NotFound."""
    w = papers()
    order_id, scope, caller = w.ship(), w.desk.config.scope, w.desk.config.caller()
    w.invoice(order_id)
    w.invoice(order_id, number="INV-8")

    first, second = w.run(w.desk.of_order(order_id))
    one = w.run(caller.perform(endpoints.download_order_documents(scope, document_ids=[first.id])))
    all_ = w.run(caller.perform(endpoints.download_order_documents(scope, order_ids=[order_id])))

    assert (one.name, one.is_archive, one.read(), b"".join(one.pieces())) == ("INV-7.pdf", False, PDF, PDF)
    assert [(f.folder, f.name, f.content) for f in one.files()] == [("", "INV-7.pdf", PDF)]
    assert all_.is_archive
    assert [(f.folder, f.name, f.content) for f in all_.files()] == [
        (order_id, "INV-7.pdf", PDF),
        (order_id, "INV-8.pdf", PDF),
    ]
    w.run(caller.perform(endpoints.delete_order_document(scope, second.id)))
    assert len(w.run(w.desk.of_order(order_id))) == 1
    with pytest.raises(errors.NotFound):
        w.run(caller.perform(endpoints.delete_order_document(scope, second.id)))


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        (b"", {}, "not an empty answer"),
        (b"<html>busy</html>", {"content-type": "text/html"}, "not a web page"),
        (b"not a zip", {}, "a ZIP archive"),
    ],
)
def test_an_answer_that_is_no_file_is_told(scope: Scope, body: bytes, headers: dict[str, str], expected: str) -> None:
    """A gateway's page, nothing at all, or one file where several were asked for is never taken for a document."""
    call = endpoints.download_order_documents(scope, order_ids=["O-1"])
    with pytest.raises(errors.Undecodable, match=expected):
        call.decode(Response(status=200, headers=headers, body=body))


def test_an_archive_that_is_damaged_or_too_large_is_told(papers: MakeWorld) -> None:
    """Nothing is unpacked beyond the limits that are given, and a broken archive is Undecodable, not a crash."""
    w = papers()
    order_id, scope = w.ship(), w.desk.config.scope
    w.invoice(order_id)
    call = endpoints.download_order_documents(scope, order_ids=[order_id])
    good = w.run(w.desk.config.caller().perform(call))
    damaged = call.decode(Response(status=200, body=good.read()[:-30]))

    with pytest.raises(errors.Undecodable, match="undamaged"):
        list(damaged.files())
    with pytest.raises(errors.Undecodable, match="at most 10000 files and 5 bytes"):
        list(good.files(most_bytes=5))
    with pytest.raises(errors.Undecodable, match="at most 0 files"):
        list(good.files(most_files=0))


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="a b.pdf"', "a b.pdf"),
        ("attachment; filename=a.pdf", "a.pdf"),
        ("attachment; filename*=UTF-8''%C3%BC.pdf", "ü.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\x\\\\y.pdf"', "y.pdf"),
        ("attachment; filename*=a\0b''x", ""),
        ("", ""),
    ],
)
def test_names_come_without_folders_however_they_are_spelt(scope: Scope, header: str, name: str) -> None:
    """Several spellings of the header are met; none may lead out of the folder in which somebody saves the file."""
    call = endpoints.download_attachment(scope, "F-1")
    headers = {"content-disposition": header} if header else {}
    assert call.decode(Response(status=200, headers=headers, body=b"x")).name == name


# --- the rest --------------------------------------------------------------------------------------------------------


def test_trap_08_the_shops_documents_are_asked_for_by_the_shop_alone(papers: MakeWorld) -> None:
    """S30's text demands parameters that sellers do not have: nothing but the shop is sent, and the list comes."""
    w = papers()
    scope, caller = w.desk.config.scope, w.desk.config.caller()
    call = endpoints.list_shop_documents(scope)
    assert call.request.query == (("shop_id", "2000"),)

    rows = [NewShopDocument(file=Upload(name=f"{code}.pdf", content=PDF), type_code=code) for code in ("ID_CARD", "X")]
    told = w.run(caller.perform(endpoints.upload_shop_documents(scope, rows)))
    assert [str(each.input.file_name) for each in told.refused if each.input is not None] == ["X.pdf"]

    (row,) = w.run(caller.perform(call)).items
    assert isinstance(row, Read)
    assert (row.record.type, row.record.file_name) == ("ID_CARD", "ID_CARD.pdf")
    fetched = w.run(caller.perform(endpoints.download_shop_documents(scope)))
    assert [(each.folder, each.name) for each in fetched.files()] == [("2000", "ID_CARD.pdf")]
    w.run(caller.perform(endpoints.delete_shop_document(scope, row.record.id)))
    assert w.market.papers.of_shop == ()


def test_types_are_told_for_orders_and_for_the_shop(papers: MakeWorld) -> None:
    """DO01 lists the types, of one kind or of both."""
    w = papers()
    call = endpoints.list_document_types(w.desk.config.scope, [DocumentEntity.SHOP])
    found = w.run(w.desk.config.caller().perform(call)).documents or ()
    assert {each.entity for each in found} == {DocumentEntity.SHOP}
    every = w.run(w.desk.types()) or ()
    assert {each.entity for each in every} == set(DocumentEntity)


def test_lines_and_files_of_requests(papers: MakeWorld) -> None:
    """DR12 tells what the document is about, DR73 gives it back once it is there."""
    w = papers(PaperSettings(enhanced_invoicing=True))
    order_id, scope, caller = w.ship(), w.desk.config.scope, w.desk.config.caller()
    w.invoice(order_id)
    (request,) = w.market.papers.requests

    (row,) = w.run(caller.pages(endpoints.list_document_request_lines(scope, request.request_id)))
    wanted = endpoints.AccountingDocumentFilter(
        entity_id=(order_id,), entity_type=(AccountingEntity.PRODUCT_LOGISTIC_ORDER,)
    )
    fetched = w.run(caller.perform(endpoints.download_accounting_documents(scope, wanted)))

    assert isinstance(row, Read)
    assert (row.record.quantity, row.record.total_price_including_taxes) == (1, Decimal("16.95"))
    assert (fetched.name, fetched.is_archive, fetched.read()) == ("INV-7.pdf", False, PDF)


def test_requests_come_in_pages_and_a_bad_one_stops_none(scope: Scope) -> None:
    """A row that breaks the contract is Broken among the others; a token goes alone with the shop."""
    call = endpoints.list_document_requests(scope)
    good = {"id": "D-1", "state": "NEW_STATE", "type": "INVOICE", "entity_type": "FEES", "entity_id": "O-1"}
    body = json.dumps({"data": [good, {"id": "D-2"}], "next_page_token": "t"})

    page = call.decode(Response(status=200, body=body.encode()))

    assert isinstance(page.items[0], Read)
    assert isinstance(page.items[1], Broken)
    assert page.items[1].id == "D-2"
    assert page.next is not None
    assert page.next.request.query == (("page_token", "t"), ("shop_id", "2000"))


def test_numbers_of_a_document_are_finite(scope: Scope) -> None:
    """What is no amount is refused before anything is sent, and so is a document without files."""
    file = NewAccountingFile(file=Upload(name="a.pdf", content=PDF), format=DocumentFormat.PDF)
    document = NewAccountingDocument(
        request_id="D", document_number="N", files=(file,), total_tax_amount=Decimal("NaN")
    )
    with pytest.raises(errors.Invalid, match="total_tax_amount: must be a number"):
        endpoints.upload_accounting_documents(scope, [document])
    with pytest.raises(errors.Invalid, match="files: must not be empty"):
        endpoints.upload_accounting_documents(scope, [attrs.evolve(document, files=())])


def test_a_document_list_that_cannot_be_read_decides_nothing(papers: MakeWorld) -> None:
    """A row of the order's list that cannot be read may be this very document: nothing is sent then."""
    w = papers()
    calls: list[str] = []

    def broken(flow: Flow[object]) -> object:
        effect = next(flow)
        while True:
            if isinstance(effect, Send):
                calls.append(effect.operation)
                body = b'{"order_documents": [{"id": "x"}]}' if effect.operation == "OR72" else b"{}"
                effect = flow.send(Response(status=200, body=body))
            else:
                effect = flow.send(datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=len(calls)))

    with pytest.raises(errors.Undecodable, match=r"order_documents\[0\]\.id") as caught:
        broken(w.desk.upload_invoice(OrderId("O-1"), PDF, number="INV-7"))
    assert "OR74" not in calls
    assert caught.value.records == ("x",)
    assert "given before" not in str(caught.value)


def test_what_a_call_cannot_hold_is_refused_before(scope: Scope) -> None:
    """Nothing to fetch, ids without their kind, too many or too long ones, a media type that is none."""
    wanted = endpoints.AccountingDocumentFilter
    order = (AccountingEntity.PRODUCT_LOGISTIC_ORDER,)
    for field, refused in (
        ("document_ids", lambda: endpoints.download_order_documents(scope)),
        ("document_request_id", lambda: endpoints.download_accounting_documents(scope, wanted())),
        ("entity_type", lambda: endpoints.download_accounting_documents(scope, wanted(entity_id=("O",)))),
        ("document_id", lambda: endpoints.download_accounting_documents(scope, wanted(document_id=("D",) * 101))),
        (
            "entity_id",
            lambda: endpoints.download_accounting_documents(scope, wanted(entity_id=("O",) * 101, entity_type=order)),
        ),
        (
            "entity_id",
            lambda: endpoints.download_accounting_documents(scope, wanted(entity_id=("O" * 101,), entity_type=order)),
        ),
        ("requests", lambda: endpoints.upload_accounting_documents(scope, [])),
        ("shop_documents", lambda: endpoints.upload_shop_documents(scope, [])),
        (
            "files",
            lambda: endpoints.upload_shop_documents(
                scope, [NewShopDocument(file=Upload(name="a", content=PDF, content_type="pdf"), type_code="T")]
            ),
        ),
        (
            "type_code",
            lambda: endpoints.upload_shop_documents(
                scope, [NewShopDocument(file=Upload(name="a", content=PDF), type_code="T\n")]
            ),
        ),
    ):
        with pytest.raises(errors.Invalid) as caught:
            refused()
        assert [each.field for each in caught.value.fields] == [field]
