"""Codes of documents and of accounting documents, read as open enumerations: a code that we have not met is kept."""

from enum import Enum

__all__ = [
    "AccountingDocumentType",
    "AccountingEntity",
    "AccountingLineEntity",
    "DocumentEntity",
    "DocumentRequestState",
    "InitialPaymentState",
    "IssuerType",
    "RecipientType",
    "RequestPaymentState",
]


class DocumentEntity(Enum):
    """What documents of a type belong to."""

    ORDER = "ORDER"
    SHOP = "SHOP"


class AccountingEntity(Enum):
    """What an accounting document is for.

    PRODUCT_LOGISTIC_ORDER is the seller's invoice to the customer; the two purchase orders are what a drop-ship seller
    invoices to the operator; the fees are the operator's own.
    """

    PRODUCT_LOGISTIC_ORDER = "PRODUCT_LOGISTIC_ORDER"
    SHOP_BILLING_CYCLE_PURCHASE_ORDER = "SHOP_BILLING_CYCLE_PURCHASE_ORDER"
    LOGISTIC_PURCHASE_ORDER = "LOGISTIC_PURCHASE_ORDER"
    FEES = "FEES"
    ONE_OFF_FEES = "ONE_OFF_FEES"


class DocumentRequestState(Enum):
    """Where a request for an accounting document stands; TO_PROCESS waits for its issuer."""

    STAGING = "STAGING"
    TO_PROCESS = "TO_PROCESS"
    ISSUED = "ISSUED"
    CANCELED = "CANCELED"


class AccountingDocumentType(Enum):
    """Invoice or credit note."""

    INVOICE = "INVOICE"
    CREDIT_NOTE = "CREDIT_NOTE"


class IssuerType(Enum):
    """Who owes the document."""

    OPERATOR = "OPERATOR"
    SHOP = "SHOP"


class RecipientType(Enum):
    """Who gets the document."""

    CUSTOMER = "CUSTOMER"
    SHOP = "SHOP"
    OPERATOR = "OPERATOR"


class RequestPaymentState(Enum):
    """Whether what the document claims is paid."""

    PAID = "PAID"
    PENDING = "PENDING"


class InitialPaymentState(Enum):
    """Whether it was paid when the document was asked for."""

    PAID = "PAID"
    NOT_PAID = "NOT_PAID"


class AccountingLineEntity(Enum):
    """What one line of an accounting document stands for."""

    PRODUCT_DEBIT = "PRODUCT_DEBIT"
    PRODUCT_CREDIT_CANCEL = "PRODUCT_CREDIT_CANCEL"
    PRODUCT_CREDIT_CANCEL_COMMERCIAL_GESTURE = "PRODUCT_CREDIT_CANCEL_COMMERCIAL_GESTURE"
    PRODUCT_CREDIT_CANCEL_ADJUSTMENT = "PRODUCT_CREDIT_CANCEL_ADJUSTMENT"
    PRODUCT_CREDIT_REFUND = "PRODUCT_CREDIT_REFUND"
    PRODUCT_CREDIT_REFUND_COMMERCIAL_GESTURE = "PRODUCT_CREDIT_REFUND_COMMERCIAL_GESTURE"
    PRODUCT_CREDIT_REFUND_ADJUSTMENT = "PRODUCT_CREDIT_REFUND_ADJUSTMENT"
    PURCHASE_ORDER_DEBIT = "PURCHASE_ORDER_DEBIT"
    PURCHASE_ORDER_CREDIT = "PURCHASE_ORDER_CREDIT"
    FEES_DEBIT_COMMISSION = "FEES_DEBIT_COMMISSION"
    FEES_CREDIT_COMMISSION_REFUND = "FEES_CREDIT_COMMISSION_REFUND"
    FEES_DEBIT_SUBSCRIPTION = "FEES_DEBIT_SUBSCRIPTION"
    FEES_DEBIT_SELLER_FEE_ON_ORDER = "FEES_DEBIT_SELLER_FEE_ON_ORDER"
    FEES_DEBIT_SELLER_PENALTY_FEE = "FEES_DEBIT_SELLER_PENALTY_FEE"
    FEES_CREDIT_ONE_OFF = "FEES_CREDIT_ONE_OFF"
    FEES_DEBIT_ONE_OFF = "FEES_DEBIT_ONE_OFF"
