"""Invoices and other documents, up and down.

Start with ``MiraklChannel.documents`` (``desk.Documents``). ``invoice_rules`` chooses the way of an invoice,
``order_documents`` and ``accounting`` go it, ``outcomes`` are what comes of each document, ``downloads`` hands out
files and takes archives apart.

The names that users need are here, and are loaded when they are first used (PEP 562).
"""

from typing import TYPE_CHECKING

from khaos_connectors.mirakl._lazy import lazy_names

if TYPE_CHECKING:
    from khaos_connectors.mirakl.documents.accounting import AccountingDocument, AccountingDocuments, Duties
    from khaos_connectors.mirakl.documents.desk import Documents
    from khaos_connectors.mirakl.documents.downloads import ArchivedFile, Download
    from khaos_connectors.mirakl.documents.order_documents import OrderDocuments
    from khaos_connectors.mirakl.documents.outcomes import (
        DocumentOutcome,
        NotDue,
        NotUploaded,
        Rejected,
        Unclear,
        Uploaded,
    )
    from khaos_connectors.mirakl.models.documents import NewOrderDocument, NewShopDocument, Upload

__all__ = [
    "AccountingDocument",
    "AccountingDocuments",
    "ArchivedFile",
    "DocumentOutcome",
    "Documents",
    "Download",
    "Duties",
    "NewOrderDocument",
    "NewShopDocument",
    "NotDue",
    "NotUploaded",
    "OrderDocuments",
    "Rejected",
    "Unclear",
    "Upload",
    "Uploaded",
]

_HOMES = {
    "AccountingDocument": "documents.accounting",
    "AccountingDocuments": "documents.accounting",
    "ArchivedFile": "documents.downloads",
    "DocumentOutcome": "documents.outcomes",
    "Documents": "documents.desk",
    "Download": "documents.downloads",
    "Duties": "documents.accounting",
    "NewOrderDocument": "models.documents",
    "NewShopDocument": "models.documents",
    "NotDue": "documents.outcomes",
    "NotUploaded": "documents.outcomes",
    "OrderDocuments": "documents.order_documents",
    "Rejected": "documents.outcomes",
    "Unclear": "documents.outcomes",
    "Upload": "models.documents",
    "Uploaded": "documents.outcomes",
}

__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
