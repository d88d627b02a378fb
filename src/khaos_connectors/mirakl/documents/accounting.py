"""Accounting documents that the seller owes: the list of duties (DR11), and bringing what they wait for (DR74)."""

from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.messages import Call, Page
from khaos_connectors.core.amounts import typed_money
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.documents.invoice_rules import AlreadyIssued, NoRequest, choose_request, wanted_formats
from khaos_connectors.mirakl.documents.outcomes import (
    DocumentOutcome,
    NotDue,
    NotUploaded,
    Rejected,
    Unclear,
    Uploaded,
)
from khaos_connectors.mirakl.endpoints import DocumentRequestFilter
from khaos_connectors.mirakl.looking import Missing, Seen, looked
from khaos_connectors.mirakl.models.codes import DocumentFormat
from khaos_connectors.mirakl.models.document_codes import (
    AccountingDocumentType,
    AccountingEntity,
    DocumentRequestState,
    IssuerType,
)
from khaos_connectors.mirakl.models.document_requests import (
    DocumentRequest,
    NewAccountingDocument,
    NewAccountingFile,
)
from khaos_connectors.mirakl.models.documents import Upload
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.one_by_one import OneByOne

__all__ = ["AccountingDocument", "AccountingDocuments", "Duties"]

_NOT_OFFERED = frozenset({403, 404, 405})
_OPERATION = "DR74"


@attrs.frozen(kw_only=True, field_transformer=typed_money)
class AccountingDocument:
    """A document to be brought: its *number* in our books, its *pdf*, and the same as *cxml* where that is wanted.

    Times are aware; amounts are in the request's currency.
    """

    number: str
    name: str
    pdf: bytes = attrs.field(repr=False)
    cxml: bytes | None = attrs.field(default=None, repr=False)
    kind: AccountingDocumentType = AccountingDocumentType.INVOICE
    issued: datetime | None = None
    due: datetime | None = None
    net: Decimal | None = None
    tax: Decimal | None = None


@attrs.frozen(kw_only=True)
class Duties:
    """What the seller owes: requests that wait, oldest first, and rows of the list that could not be read."""

    due: tuple[DocumentRequest, ...]
    unreadable: tuple[Broken, ...] = ()


class AccountingDocuments:
    """The accounting documents of one account."""

    def __init__(self, config: MiraklConfig, caller: Caller) -> None:
        self._config = config
        self._caller = caller
        self._turns = OneByOne(config.account)

    def duties(self) -> Flow[Duties]:
        """Every request that waits for a document of the shop. Raises ``Unsupported`` where the platform has none."""
        wanted = DocumentRequestFilter(issuer_type=(IssuerType.SHOP,), state=(DocumentRequestState.TO_PROCESS,))
        rows = yield from self._listed(endpoints.list_document_requests(self._config.scope, wanted))
        return Duties(
            due=tuple(row.record for row in rows if isinstance(row, Read)),
            unreadable=tuple(row for row in rows if isinstance(row, Broken)),
        )

    def bring_for_order(
        self, order_id: OrderId, document: AccountingDocument, *, request_id: str = ""
    ) -> Flow[DocumentOutcome]:
        """Bring the customer's *document* of an order, against *request_id* or the only request that waits for it.

        Of several calls for one order each waits for the one before.
        """

        def work() -> Flow[DocumentOutcome]:
            return (yield from self._bring_for_order(order_id, document, request_id))

        return (yield from self._turns.alone(_OPERATION, f"documents of order {order_id}", work))

    def _bring_for_order(
        self, order_id: OrderId, document: AccountingDocument, request_id: str
    ) -> Flow[DocumentOutcome]:
        wanted = DocumentRequestFilter(
            issuer_type=(IssuerType.SHOP,),
            entity_type=(AccountingEntity.PRODUCT_LOGISTIC_ORDER,),
            entity_id=(order_id,),
        )
        requests = yield from self._all(wanted)
        own = [each for each in requests if OrderId(each.entity_id) == order_id]
        chosen = choose_request(own, kind=document.kind, number=document.number, request_id=request_id)
        if isinstance(chosen, NoRequest):
            return NotDue(name=document.name, why=chosen.why, request_id=chosen.request_id)
        if isinstance(chosen, AlreadyIssued):
            return _there(document, chosen.request, already=True)
        return (yield from self.bring(chosen.request, document))

    def bring(self, request: DocumentRequest, document: AccountingDocument) -> Flow[DocumentOutcome]:
        """Bring *document* against *request*, in all the formats that it wants, once.

        Raises ``Invalid`` where a format is missing, or is one that we do not know.
        """
        new = self._new(request, document)
        call = endpoints.upload_accounting_documents(self._config.scope, [new])
        try:
            answer = yield from self._caller.perform(call)
        except errors.Unanswered as lost:
            return (yield from self._looked_for(request, document, lost.reason))
        rows = answer.requests or ()
        row = next((each for each in rows if each.input is not None and each.input.request_id == request.id), None)
        if row is None and len(rows) == 1 and (rows[0].input is None or rows[0].input.request_id is None):
            row = rows[0]  # it can be about nothing else
        if row is None:
            return (yield from self._looked_for(request, document, "the answer does not name the request"))
        if row.errors:
            return Rejected(name=document.name, operation=_OPERATION, problems=tuple(row.errors))
        return _there(document, request, already=False)

    def _looked_for(self, request: DocumentRequest, document: AccountingDocument, reason: str) -> Flow[DocumentOutcome]:
        def issued() -> Flow[DocumentRequest | None]:
            known = yield from self._all(DocumentRequestFilter(id=str(request.id)))
            own = next((each for each in known if each.id == request.id), None)
            if own is None:
                # It was there before: that it is not listed says nothing of the document.
                raise self._unlisted(request)
            return own if own.state is DocumentRequestState.ISSUED else None

        found = yield from looked(issued)
        if isinstance(found, Seen):
            number = found.found.document_number
            if number in {None, document.number}:
                return _there(document, found.found, already=False)
            why = f"{reason}; the request has a document by now, under number {number}"
            return NotDue(name=document.name, why=why, request_id=str(request.id))
        told = {"name": document.name, "operation": _OPERATION, "why": f"{reason}; {found.why}"}
        return NotUploaded(**told) if isinstance(found, Missing) else Unclear(**told)

    def _new(self, request: DocumentRequest, document: AccountingDocument) -> NewAccountingDocument:
        formats, unknown = wanted_formats(request)
        if unknown:
            raise self._invalid("files", f"the request wants formats that we do not know: {', '.join(unknown)}")
        files: list[NewAccountingFile] = []
        for each in formats:
            if each is DocumentFormat.PDF:
                file = Upload(name=document.name, content=document.pdf, content_type="application/pdf")
            elif document.cxml is None:
                raise self._invalid("cxml", "the request wants the document as cXML as well, all formats at once")
            else:
                name = document.name.removesuffix(".pdf") + ".xml"
                file = Upload(name=name, content=document.cxml, content_type="application/xml")
            files.append(NewAccountingFile(file=file, format=each))
        return NewAccountingDocument(
            request_id=str(request.id),
            document_number=document.number,
            files=tuple(files),
            issue_date=document.issued,
            due_date=document.due,
            total_amount_excluding_taxes=document.net,
            total_tax_amount=document.tax,
        )

    def _all(self, wanted: DocumentRequestFilter) -> Flow[tuple[DocumentRequest, ...]]:
        rows = yield from self._listed(endpoints.list_document_requests(self._config.scope, wanted))
        for row in rows:
            if isinstance(row, Broken):
                # It may be the very request that is looked for: nothing can be said without it.
                raise errors.Undecodable(
                    system=self._config.account,
                    operation="DR11",
                    path=row.path,
                    expected=row.expected,
                    records=(row.id,) if row.id else (),
                )
        return tuple(row.record for row in rows if isinstance(row, Read))

    def _listed(
        self, first: Call[Page[Read[DocumentRequest] | Broken]]
    ) -> Flow[tuple[Read[DocumentRequest] | Broken, ...]]:
        try:
            return (yield from self._caller.pages(first))
        except errors.Refused as refused:
            if refused.status not in _NOT_OFFERED:
                raise
            raise errors.Unsupported(
                system=self._config.account,
                operation=refused.operation,
                request_id=refused.request_id,
                capability="requests for accounting documents",
                advice="the key may lack the role for accounting documents; where the platform has none, set "
                "invoice_way to OR74",
            ) from refused

    def _unlisted(self, request: DocumentRequest) -> errors.Undecodable:
        return errors.Undecodable(
            system=self._config.account, operation="DR11", path="$.data", expected=f"the request {request.id}"
        )

    def _invalid(self, field: str, problem: str) -> errors.Invalid:
        return errors.Invalid(
            system=self._config.account,
            operation=_OPERATION,
            message="not sent",
            fields=(errors.FieldError(field, problem),),
        )


def _there(document: AccountingDocument, request: DocumentRequest, *, already: bool) -> Uploaded:
    why = "the request has this document already" if already else ""
    return Uploaded(name=document.name, operation=_OPERATION, already=already, request_id=str(request.id), why=why)
