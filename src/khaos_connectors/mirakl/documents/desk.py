"""Documents of one account: invoices by the way that the platform wants, any other document to its order.

Each document has an outcome of its own. What left without an answer is looked for before anything is said of it, and
nothing is sent twice.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from khaos_connectors import errors
from khaos_connectors._choices import known_names
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import now
from khaos_connectors.calls.given import kind_of
from khaos_connectors.calls.unrun import warns_unrun
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import InvoiceWay, MiraklConfig
from khaos_connectors.mirakl.documents.accounting import AccountingDocument, AccountingDocuments, Duties
from khaos_connectors.mirakl.documents.invoice_rules import ChosenWay, ascii_name, choose_way
from khaos_connectors.mirakl.documents.order_documents import OrderDocuments
from khaos_connectors.mirakl.documents.outcomes import DocumentOutcome
from khaos_connectors.mirakl.given import one_text
from khaos_connectors.mirakl.instance.asked import Instance
from khaos_connectors.mirakl.models.document_codes import AccountingDocumentType, DocumentEntity
from khaos_connectors.mirakl.models.document_requests import DocumentRequest
from khaos_connectors.mirakl.models.documents import DocumentType, NewOrderDocument, OrderDocument, Upload

__all__ = ["Documents"]

_NOT_OFFERED = frozenset({403, 404, 405})
_PDF_MARK, _PDF_MARK_WITHIN = b"%PDF-", 1024


@warns_unrun
class Documents:
    """The document desk of one account.

    What the instance says of itself (PC01, DO01) is asked once and kept for ``settings_age``. Desks and ports that
    share an account should share a *caller*, so that they share its pace.
    """

    def __init__(self, config: MiraklConfig, *, caller: Caller | None = None, instance: Instance | None = None) -> None:
        self.config = config
        self._caller = caller or config.caller()
        self._instance = instance or Instance(config, self._caller)
        self._orders = OrderDocuments(config, self._caller)
        self._accounting = AccountingDocuments(config, self._caller)
        self._types: tuple[DocumentType, ...] | None = None
        self._types_since: datetime | None = None

    def forget(self) -> None:
        """Ask the instance about itself and for its types of documents anew at the next use."""
        self._instance.forget()
        self._types = self._types_since = None

    # --- invoices --------------------------------------------------------------------------------------------------

    def invoice_way(self) -> Flow[ChosenWay]:
        """By which way invoices go on this platform, and why."""
        if self.config.invoice_way is not InvoiceWay.AUTOMATIC:
            return choose_way(self.config.invoice_way, None)
        return choose_way(self.config.invoice_way, (yield from self._instance.platform()))

    def upload_invoice(
        self,
        order_id: OrderId,
        pdf: bytes,
        *,
        number: str,
        name: str = "",
        kind: AccountingDocumentType = AccountingDocumentType.INVOICE,
        type_code: str = "",
        request_id: str = "",
        cxml: bytes | None = None,
        issued: datetime | None = None,
        due: datetime | None = None,
        net: Decimal | None = None,
        tax: Decimal | None = None,
    ) -> Flow[DocumentOutcome]:
        """Bring the invoice or credit note *number* of an order, once, by OR74 or DR74 as the platform wants it.

        *name* is the file's (else made of the *number*); what Mirakl takes in no file name is taken out of it. *kind*
        CREDIT_NOTE needs *type_code* where it goes by OR74. *request_id*, *cxml*, the times (aware) and the amounts are
        for DR74 only. Raises ``Invalid`` for what cannot be right (no PDF, an unknown type), ``Unsupported`` where the
        platform does not offer what it says that it wants.
        """
        self._check_pdf(pdf, number)
        file_name = ascii_name(name or number, ending=".pdf")
        chosen = yield from self.invoice_way()
        if chosen.way is InvoiceWay.ACCOUNTING_DOCUMENT:
            document = AccountingDocument(
                number=number, name=file_name, pdf=pdf, cxml=cxml, kind=kind, issued=issued, due=due, net=net, tax=tax
            )
            return (yield from self._accounting.bring_for_order(order_id, document, request_id=request_id))
        code = type_code or (self.config.invoice_type_code if kind is AccountingDocumentType.INVOICE else "")
        yield from self._check_type(code)
        file = Upload(name=file_name, content=pdf, content_type="application/pdf")
        (outcome,) = yield from self._orders.attach(order_id, [NewOrderDocument(file=file, type_code=code)])
        return outcome

    def duties(self) -> Flow[Duties]:
        """Every accounting document that the shop owes now: customers' invoices, and a drop-ship seller's own."""
        return (yield from self._accounting.duties())

    def fulfil(self, request: DocumentRequest, document: AccountingDocument) -> Flow[DocumentOutcome]:
        """Bring *document* against one of the ``duties``."""
        self._check_pdf(document.pdf, document.number)
        return (yield from self._accounting.bring(request, document))

    # --- other documents -------------------------------------------------------------------------------------------

    def of_order(self, order_id: OrderId) -> Flow[tuple[OrderDocument, ...]]:
        """The documents that an order has."""
        return (yield from self._orders.known(order_id))

    def attach(self, order_id: OrderId, documents: Sequence[NewOrderDocument]) -> Flow[tuple[DocumentOutcome, ...]]:
        """Bring any documents to an order (a return's label, say), one outcome to each; see ``OrderDocuments``."""
        return (yield from self._orders.attach(order_id, documents))

    def types(self) -> Flow[tuple[DocumentType, ...] | None]:
        """The operator's types of documents, None where the instance does not tell them."""
        moment = yield from now()
        if self._types_since is None or moment - self._types_since >= self.config.settings_age:
            try:
                found = yield from self._caller.perform(endpoints.list_document_types(self.config.scope))
                self._types = found.documents or ()
            except errors.Refused as refused:
                if refused.status not in _NOT_OFFERED:
                    raise
                self._types = None
            self._types_since = moment
        return self._types

    def _check_type(self, code: str) -> Flow[None]:
        if not code:
            raise self._invalid("type_code", "give the operator's type of document for credit notes (DO01)")
        types = yield from self.types()
        of_orders = {str(each.code) for each in types or () if each.entity is not DocumentEntity.SHOP}
        if of_orders and code not in of_orders:
            problem = f"{code!r} is not among the operator's types of order documents (DO01); "
            raise self._invalid("type_code", problem + known_names(code, of_orders))

    def _check_pdf(self, pdf: object, number: str) -> None:
        one_text(self.config.scope, "upload_invoice", "number", number)
        if not isinstance(pdf, bytes | bytearray):
            problem = f"give the bytes of the document, such as Path(...).read_bytes(), not {kind_of(pdf)}"
            raise self._invalid("pdf", problem)
        if not number.strip():
            raise self._invalid("number", "must not be empty")
        if _PDF_MARK not in pdf[:_PDF_MARK_WITHIN]:
            raise self._invalid("pdf", "is no PDF document: it does not begin like one")

    def _invalid(self, field: str, problem: str) -> errors.Invalid:
        return errors.Invalid(
            system=self.config.account,
            operation="upload_invoice",
            message="not sent",
            fields=(errors.FieldError(field, problem),),
        )
