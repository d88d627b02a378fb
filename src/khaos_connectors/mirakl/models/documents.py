"""Documents of orders and of the shop: their types, what is there, what is uploaded and what became of it."""

from datetime import datetime
from typing import Literal

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.document_codes import DocumentEntity

__all__ = [
    "DocumentError",
    "DocumentForm",
    "DocumentInput",
    "DocumentInputEntity",
    "DocumentType",
    "DocumentTypes",
    "NewOrderDocument",
    "NewShopDocument",
    "OrderDocument",
    "RefusedDocument",
    "ShopDocument",
    "Upload",
    "UploadedOrderDocuments",
    "UploadedShopDocuments",
]

DocumentForm = Literal["json", "xml"]
"""How the list beside uploaded files is written. The document says JSON; some instances were seen to want XML."""


@attrs.frozen(kw_only=True)
class DocumentType:
    """A type of document (DO01). *mime_types* is what may be uploaded under it, empty where the instance is silent."""

    code: Text
    label: Text | None = None
    description: Text | None = None
    entity: DocumentEntity | Unrecognised | None = None
    mime_types: tuple[Text, ...] | None = ()


@attrs.frozen(kw_only=True)
class DocumentTypes:
    """The answer of DO01."""

    documents: tuple[DocumentType, ...] | None = ()


@attrs.frozen(kw_only=True)
class OrderDocument:
    """A document of an order (OR72); *file_size* in bytes."""

    id: int
    order_id: Text | None = None
    type: Text | None = None
    file_name: Text | None = attrs.field(default=None, repr=False)
    file_size: int | None = None
    date_uploaded: datetime | None = None


@attrs.frozen(kw_only=True)
class ShopDocument:
    """A document of the shop (S30)."""

    id: int
    type: Text | None = None
    file_name: Text | None = attrs.field(default=None, repr=False)
    date_uploaded: datetime | None = None


@attrs.frozen(kw_only=True)
class DocumentError:
    """Why a document was not taken."""

    code: Text | None = None
    field: Text | None = None
    message: Text | None = None


@attrs.frozen(kw_only=True)
class DocumentInputEntity:
    """What a document belongs to besides its order."""

    type: Text | None = None
    id: Text | None = None


@attrs.frozen(kw_only=True)
class DocumentInput:
    """The document that an error is about, as it was sent."""

    file_name: Text | None = attrs.field(default=None, repr=False)
    type_code: Text | None = None
    entity: DocumentInputEntity | None = None


@attrs.frozen(kw_only=True)
class RefusedDocument:
    """One document that was not taken, and why."""

    errors: tuple[DocumentError, ...] | None = ()
    input: DocumentInput | None = None


@attrs.frozen(kw_only=True)
class UploadedOrderDocuments:
    """The answer of OR74. Only documents that failed are listed: whatever is not here was taken.

    *order_documents* null and no count: the answer says nothing of any document.
    """

    errors_count: int | None = None
    order_documents: tuple[RefusedDocument, ...] | None = None

    @property
    def refused(self) -> tuple[RefusedDocument, ...]:
        """The documents that were not taken, those without a reason too."""
        return self.order_documents or ()


@attrs.frozen(kw_only=True)
class UploadedShopDocuments:
    """The answer of S32. The document's schema calls the list *documents*, its example *shop_documents*."""

    errors_count: int | None = None
    documents: tuple[RefusedDocument, ...] | None = ()
    shop_documents: tuple[RefusedDocument, ...] | None = ()

    @property
    def refused(self) -> tuple[RefusedDocument, ...]:
        """The documents that were not taken."""
        return tuple(each for each in (*(self.documents or ()), *(self.shop_documents or ())) if each.errors)


@attrs.frozen(kw_only=True)
class Upload:
    """A file to be uploaded: a *name* in ASCII, its *content*, its media type."""

    name: str = attrs.field(repr=False)
    content: bytes = attrs.field(repr=False)
    content_type: str = "application/octet-stream"


@attrs.frozen(kw_only=True)
class NewOrderDocument:
    """A document for an order; *return_id* where it belongs to one of its returns (a label, say)."""

    file: Upload
    type_code: str
    return_id: str | None = None


@attrs.frozen(kw_only=True)
class NewShopDocument:
    """A document for the shop; one file to a type."""

    file: Upload
    type_code: str
