"""Accounting documents that somebody owes (DR11), and the ones that are uploaded against them (DR74)."""

from datetime import date, datetime
from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.core.amounts import typed_money
from khaos_connectors.mirakl.models.codes import DocumentFormat
from khaos_connectors.mirakl.models.document_codes import (
    AccountingDocumentType,
    AccountingEntity,
    DocumentRequestState,
    InitialPaymentState,
    RequestPaymentState,
)
from khaos_connectors.mirakl.models.documents import DocumentError, Upload
from khaos_connectors.mirakl.models.parties import DeliveryAddress, DocumentIssuer, DocumentRecipient

__all__ = [
    "AccountingFile",
    "AccountingInput",
    "BillingCycle",
    "DeliveryBill",
    "DocumentRequest",
    "InitialDocument",
    "NewAccountingDocument",
    "NewAccountingFile",
    "PaymentDestination",
    "RequestEntities",
    "RequestPayment",
    "RequestPaymentTerms",
    "RequestTax",
    "RequestedFormat",
    "ShippingInformation",
    "UploadedAccountingDocument",
    "UploadedAccountingDocuments",
]


@attrs.frozen(kw_only=True)
class RequestedFormat:
    """A format in which the document is wanted; all of them are uploaded together."""

    format: DocumentFormat | Unrecognised | None = None


@attrs.frozen(kw_only=True)
class DeliveryBill:
    """A delivery note that the document covers."""

    delivery_bill_id: Text | None = None
    delivery_bill_date: date | None = None


@attrs.frozen(kw_only=True)
class ShippingInformation:
    """Where the goods went."""

    ship_to_address: DeliveryAddress | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class BillingCycle:
    """The billing cycle that the document covers."""

    id: Text | None = None
    date_from: datetime | None = None
    date_to: datetime | None = None


@attrs.frozen(kw_only=True)
class RequestEntities:
    """What else bears on the document."""

    ship_to_iso_country_code: Text | None = None
    shipping_information: ShippingInformation | None = None
    shop_billing_cycle: BillingCycle | None = None
    delivery_bill_information: tuple[DeliveryBill, ...] | None = ()


@attrs.frozen(kw_only=True)
class InitialDocument:
    """The invoice that a credit note is about."""

    id: Text | None = None
    number: Text | None = None
    type: AccountingDocumentType | Unrecognised | None = None
    issue_date: datetime | None = None


@attrs.frozen(kw_only=True)
class RequestPayment:
    """Whether, when and how it was paid."""

    state: RequestPaymentState | Unrecognised | None = None
    reference: Text | None = None
    transaction_date: datetime | None = None


@attrs.frozen(kw_only=True)
class PaymentDestination:
    """The account that the money is to go to."""

    type: Text | None = attrs.field(default=None, metadata={"wire": "@type"})
    iban: Text | None = attrs.field(default=None, repr=False)
    payment_reference: Text | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class RequestPaymentTerms:
    """Days until payment, from the document (NET) or from the month's end (END_OF_MONTH)."""

    days: int | None = None
    type: Text | None = None


@attrs.frozen(kw_only=True)
class RequestTax:
    """One tax of the document; *rate* is a percentage."""

    code: Text | None = None
    rate: Decimal | None = None
    total_amount: Decimal | None = None


@attrs.frozen(kw_only=True)
class DocumentRequest:
    """A document that *issuer* owes *recipient* (DR11): for *entity_id*, an order's id for customer invoices."""

    id: Text
    state: DocumentRequestState | Unrecognised
    entity_type: AccountingEntity | Unrecognised
    entity_id: Text
    type: AccountingDocumentType | Unrecognised
    issuer: DocumentIssuer | None = None
    recipient: DocumentRecipient | None = None
    document_number: Text | None = None
    document_upload_date: datetime | None = None
    document_details: tuple[RequestedFormat, ...] | None = ()
    initial_documents: tuple[InitialDocument, ...] | None = ()
    entities: RequestEntities | None = None
    entity_date_created: datetime | None = None
    currency_iso_code: Text | None = None
    taxes: tuple[RequestTax, ...] | None = ()
    total_amount_excluding_taxes: Decimal | None = None
    total_amount_including_taxes: Decimal | None = None
    total_tax_amount: Decimal | None = None
    initial_payment_state: InitialPaymentState | Unrecognised | None = None
    payment: RequestPayment | None = None
    payment_destination: PaymentDestination | None = None
    payment_terms: RequestPaymentTerms | None = None
    issue_date: datetime | None = None
    due_date: datetime | None = None
    date_created: datetime | None = None
    last_updated: datetime | None = None


@attrs.frozen(kw_only=True)
class AccountingFile:
    """A file of an uploaded document, by name."""

    name: Text | None = attrs.field(default=None, repr=False)
    format: DocumentFormat | Unrecognised | None = None


@attrs.frozen(kw_only=True)
class AccountingInput:
    """The document that an outcome is about, as it was sent."""

    request_id: Text | None = None
    document_number: Text | None = None
    files: tuple[AccountingFile, ...] | None = ()
    issue_date: datetime | None = None
    due_date: datetime | None = None
    total_amount_excluding_taxes: Decimal | None = None
    total_tax_amount: Decimal | None = None


@attrs.frozen(kw_only=True)
class UploadedAccountingDocument:
    """What became of one document: taken where there are no *errors*."""

    input: AccountingInput | None = None
    errors: tuple[DocumentError, ...] | None = ()


@attrs.frozen(kw_only=True)
class UploadedAccountingDocuments:
    """The answer of DR74, one row to a request, good and bad."""

    requests: tuple[UploadedAccountingDocument, ...] | None = ()


@attrs.frozen(kw_only=True)
class NewAccountingFile:
    """One format of an accounting document."""

    file: Upload
    format: DocumentFormat = DocumentFormat.PDF


@attrs.frozen(kw_only=True, field_transformer=typed_money)
class NewAccountingDocument:
    """A document for the request *request_id*, in all the formats that it wants; amounts are in its currency."""

    request_id: str
    document_number: str
    files: tuple[NewAccountingFile, ...]
    issue_date: datetime | None = None
    due_date: datetime | None = None
    total_amount_excluding_taxes: Decimal | None = None
    total_tax_amount: Decimal | None = None
