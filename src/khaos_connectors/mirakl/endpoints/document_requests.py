"""Accounting documents that somebody owes: the list of duties, their lines, bringing and fetching the documents."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import attrs

from khaos_connectors.calls.decode import to_json
from khaos_connectors.calls.messages import Call, Page, Request
from khaos_connectors.calls.multipart import ValuePart
from khaos_connectors.core.fields import typed
from khaos_connectors.mirakl.answers import model, refused_locally
from khaos_connectors.mirakl.documents.downloads import Download, downloaded
from khaos_connectors.mirakl.endpoints.paging import Listing, seek_page
from khaos_connectors.mirakl.endpoints.uploads import FILE_SECONDS, check_files, form_request, printable
from khaos_connectors.mirakl.endpoints.writing import MOST_VALUES, code_of, instant, segment
from khaos_connectors.mirakl.given import records
from khaos_connectors.mirakl.models.codes import DocumentFormat
from khaos_connectors.mirakl.models.document_codes import (
    AccountingDocumentType,
    AccountingEntity,
    DocumentRequestState,
    IssuerType,
    RequestPaymentState,
)
from khaos_connectors.mirakl.models.document_lines import DocumentLine
from khaos_connectors.mirakl.models.document_requests import (
    DocumentRequest,
    NewAccountingDocument,
    UploadedAccountingDocuments,
)
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.scope import Scope

__all__ = [
    "AccountingDocumentFilter",
    "DocumentRequestFilter",
    "download_accounting_documents",
    "list_document_request_lines",
    "list_document_requests",
    "upload_accounting_documents",
]

_REQUESTS = Listing(operation="DR11", path="/api/document-request/requests", record=DocumentRequest)
_MOST_DOCUMENTS = 50
_LONGEST_ID = 100


@attrs.frozen(kw_only=True, field_transformer=typed)
class DocumentRequestFilter:
    """Which duties, all of it optional; times are aware, *entity_id* needs *entity_type*.

    What the seller owes is *issuer_type* SHOP with *state* TO_PROCESS.
    """

    id: str | None = None
    document_number: str | None = None
    date_created_from: datetime | None = None
    date_created_to: datetime | None = None
    last_updated_from: datetime | None = None
    last_updated_to: datetime | None = None
    issue_date_from: datetime | None = None
    issue_date_to: datetime | None = None
    state: tuple[DocumentRequestState, ...] = ()
    type: tuple[AccountingDocumentType, ...] = ()
    issuer_type: tuple[IssuerType, ...] = ()
    entity_type: tuple[AccountingEntity, ...] = ()
    entity_id: tuple[str, ...] = ()
    shop_billing_cycle_id: str | None = None
    shop_billing_cycle_from: datetime | None = None
    shop_billing_cycle_to: datetime | None = None
    payment_state: RequestPaymentState | None = None


@attrs.frozen(kw_only=True, field_transformer=typed)
class AccountingDocumentFilter:
    """Which documents: by *document_request_id*, by *document_id* or by *entity_id* (with *entity_type*)."""

    document_request_id: tuple[str, ...] = ()
    document_id: tuple[str, ...] = ()
    document_format: tuple[DocumentFormat, ...] = ()
    entity_type: tuple[AccountingEntity, ...] = ()
    entity_id: tuple[str, ...] = ()


def list_document_requests(
    scope: Scope, wanted: DocumentRequestFilter | None = None, *, size: int = 100, token: str = ""
) -> Call[Page[Read[DocumentRequest] | Broken]]:
    """Requests for accounting documents, oldest first, *size* (1 to 100) to a page: DR11."""
    wanted = wanted or DocumentRequestFilter()
    _check_entities(scope, "DR11", wanted.entity_type, wanted.entity_id)

    def timed(name: str, value: datetime | None) -> tuple[str, str | None]:
        return name, instant(scope, "DR11", name, value)

    pairs = (
        ("id", wanted.id or None),
        ("document_number", wanted.document_number or None),
        timed("date_created_from", wanted.date_created_from),
        timed("date_created_to", wanted.date_created_to),
        timed("last_updated_from", wanted.last_updated_from),
        timed("last_updated_to", wanted.last_updated_to),
        timed("issue_date_from", wanted.issue_date_from),
        timed("issue_date_to", wanted.issue_date_to),
        *(("state", each.value) for each in dict.fromkeys(wanted.state)),
        *(("type", each.value) for each in dict.fromkeys(wanted.type)),
        *(("issuer_type", each.value) for each in dict.fromkeys(wanted.issuer_type)),
        *(("entity_type", each.value) for each in dict.fromkeys(wanted.entity_type)),
        *(("entity_id", each) for each in wanted.entity_id),
        ("shop_billing_cycle_id", wanted.shop_billing_cycle_id or None),
        timed("shop_billing_cycle_from", wanted.shop_billing_cycle_from),
        timed("shop_billing_cycle_to", wanted.shop_billing_cycle_to),
        ("payment_state", code_of(wanted.payment_state)),
    )
    return seek_page(scope, _REQUESTS, pairs, size=size, sort="dateCreated,ASC", token=token)


def list_document_request_lines(
    scope: Scope, document_request_id: str, *, size: int = 100, token: str = ""
) -> Call[Page[Read[DocumentLine] | Broken]]:
    """The lines of one requested document, oldest first, *size* (1 to 100) to a page: DR12."""
    path = f"/api/document-request/{segment(scope, 'DR12', document_request_id)}/lines"
    lines = Listing(operation="DR12", path=path, record=DocumentLine)
    return seek_page(scope, lines, size=size, sort="dateCreated,ASC", token=token)


def download_accounting_documents(scope: Scope, wanted: AccountingDocumentFilter) -> Call[Download]:
    """Accounting documents, one as it is or several in a ZIP archive: DR73."""
    if not (wanted.document_request_id or wanted.document_id or wanted.entity_id):
        problem = "give document_request_id, document_id or entity_id"
        raise refused_locally(scope, "DR73", "document_request_id", problem)
    _check_entities(scope, "DR73", wanted.entity_type, wanted.entity_id)
    for name, values in (
        ("document_request_id", wanted.document_request_id),
        ("document_id", wanted.document_id),
    ):
        if len(values) > MOST_VALUES:
            raise refused_locally(scope, "DR73", name, f"takes at most {MOST_VALUES} values, not {len(values)}")
    request = Request(
        method="GET",
        path="/api/document-request/documents/download",
        query=scope.query(
            *(("document_request_id", each) for each in wanted.document_request_id),
            *(("document_id", each) for each in wanted.document_id),
            *(("document_format", each.value) for each in dict.fromkeys(wanted.document_format)),
            *(("entity_type", each.value) for each in dict.fromkeys(wanted.entity_type)),
            *(("entity_id", each) for each in wanted.entity_id),
        ),
        headers={"accept": "application/octet-stream, */*;q=0.1"},
        timeout=FILE_SECONDS,
        spool=True,
    )
    decode = partial(downloaded, scope=scope, operation="DR73")
    return Call(operation="DR73", repeat="free", request=request, decode=decode)


def upload_accounting_documents(
    scope: Scope, documents: Sequence[NewAccountingDocument]
) -> Call[UploadedAccountingDocuments]:
    """Bring accounting documents against their requests, 50 files at most, all formats of one together: DR74.

    A 200 is no success by itself: each request has a row with its errors. Never repeated blindly:
    ``list_document_requests`` tells whether a request is ISSUED.
    """
    documents = records(scope, "DR74", "documents", documents, NewAccountingDocument)
    if not documents:
        raise refused_locally(scope, "DR74", "requests", "must hold at least one document")
    files = [each.file for document in documents for each in document.files]
    check_files(scope, "DR74", files, most=_MOST_DOCUMENTS)
    for document in documents:
        printable(scope, "DR74", "request_id", document.request_id)
        printable(scope, "DR74", "document_number", document.document_number)
        if not document.files:
            raise refused_locally(scope, "DR74", "files", f"must not be empty ({document.request_id})")
    rows = [_row(scope, document) for document in documents]
    content = to_json({"requests": rows}).encode()
    description = ValuePart(field="documents_input", content=content, content_type="application/json")
    return Call(
        operation="DR74",
        repeat="never",
        request=form_request("/api/document-request/documents/upload", scope, description, files),
        decode=partial(model, UploadedAccountingDocuments, scope=scope, operation="DR74"),
    )


def _row(scope: Scope, document: NewAccountingDocument) -> dict[str, object]:
    for name, amount in (
        ("total_amount_excluding_taxes", document.total_amount_excluding_taxes),
        ("total_tax_amount", document.total_tax_amount),
    ):
        if amount is not None and not amount.is_finite():
            raise refused_locally(scope, "DR74", name, "must be a number")
    row: dict[str, object | None] = {
        "request_id": document.request_id,
        "document_number": document.document_number,
        "files": [{"name": each.file.name, "format": each.format} for each in document.files],
        "issue_date": instant(scope, "DR74", "issue_date", document.issue_date),
        "due_date": instant(scope, "DR74", "due_date", document.due_date),
        "total_amount_excluding_taxes": document.total_amount_excluding_taxes,
        "total_tax_amount": document.total_tax_amount,
    }
    return {name: value for name, value in row.items() if value is not None}


def _check_entities(scope: Scope, operation: str, types: Sequence[AccountingEntity], ids: Sequence[str]) -> None:
    if ids and not types:
        raise refused_locally(scope, operation, "entity_type", "is needed beside entity_id")
    if len(ids) > MOST_VALUES:
        raise refused_locally(scope, operation, "entity_id", f"takes at most {MOST_VALUES} values, not {len(ids)}")
    for each in ids:
        if not 1 <= len(each) <= _LONGEST_ID:
            raise refused_locally(scope, operation, "entity_id", f"has 1 to {_LONGEST_ID} characters, not {len(each)}")
