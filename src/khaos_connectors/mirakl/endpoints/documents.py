"""Documents of orders and of the shop: what kinds there are, what is there, bringing, fetching and deleting them."""

from collections.abc import Sequence
from functools import partial

from khaos_connectors.calls.messages import Call, Page, Request
from khaos_connectors.mirakl.answers import model, nothing, refused_locally
from khaos_connectors.mirakl.documents.downloads import Download, downloaded
from khaos_connectors.mirakl.endpoints.paging import Listing, chunked, whole_list
from khaos_connectors.mirakl.endpoints.uploads import (
    FILE_SECONDS,
    Row,
    check_files,
    described,
    form_request,
    printable,
)
from khaos_connectors.mirakl.endpoints.writing import comma_list, segment
from khaos_connectors.mirakl.given import codes, records, texts
from khaos_connectors.mirakl.models.document_codes import DocumentEntity
from khaos_connectors.mirakl.models.documents import (
    DocumentForm,
    DocumentTypes,
    NewOrderDocument,
    NewShopDocument,
    OrderDocument,
    ShopDocument,
    UploadedOrderDocuments,
    UploadedShopDocuments,
)
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.scope import Scope

__all__ = [
    "delete_order_document",
    "delete_shop_document",
    "download_order_documents",
    "download_shop_documents",
    "list_document_types",
    "list_order_documents",
    "list_shop_documents",
    "upload_order_documents",
    "upload_shop_documents",
]

_MOST_DOCUMENTS = 50
_OF_ORDERS = Listing(operation="OR72", path="/api/orders/documents", record=OrderDocument, field="order_documents")
_OF_SHOP = Listing(operation="S30", path="/api/shops/documents", record=ShopDocument, field="shop_documents")


def list_document_types(scope: Scope, entities: Sequence[DocumentEntity] = ()) -> Call[DocumentTypes]:
    """The types of documents that this operator knows, of orders, of the shop, or of both: DO01."""
    found = codes(scope, "DO01", "entities", entities, DocumentEntity)
    wanted = comma_list(scope, "DO01", "entities", tuple(dict.fromkeys(found)))
    return Call(
        operation="DO01",
        repeat="free",
        request=Request(method="GET", path="/api/documents", query=scope.query(("entities", wanted), translated=True)),
        decode=partial(model, DocumentTypes, scope=scope, operation="DO01"),
    )


# --- of orders -------------------------------------------------------------------------------------------------------


def list_order_documents(
    scope: Scope, order_ids: Sequence[str]
) -> tuple[Call[Page[Read[OrderDocument] | Broken]], ...]:
    """The calls that list the documents of *order_ids*, 100 orders to a call: OR72."""
    return tuple(
        whole_list(scope, _OF_ORDERS, [("order_ids", comma_list(scope, "OR72", "order_ids", chunk))])
        for chunk in chunked(texts(scope, "OR72", "order_ids", order_ids))
    )


def download_order_documents(
    scope: Scope,
    *,
    document_ids: Sequence[int] = (),
    order_ids: Sequence[str] = (),
    document_codes: Sequence[str] = (),
) -> Call[Download]:
    """Documents by their ids, or those of whole orders (of the types *document_codes*), up to 100 of each: OR73.

    A single document id gives that file as it is, anything else a ZIP archive with a folder to each order.
    """
    _ids(scope, "OR73", document_ids)
    document_codes = texts(scope, "OR73", "document_codes", document_codes)
    if not document_ids and not order_ids:
        raise refused_locally(scope, "OR73", "document_ids", "give document_ids or order_ids")
    query = scope.query(
        ("order_ids", comma_list(scope, "OR73", "order_ids", order_ids)),
        ("document_ids", comma_list(scope, "OR73", "document_ids", [str(each) for each in document_ids])),
        ("document_codes", comma_list(scope, "OR73", "document_codes", document_codes)),
    )
    return _fetched(scope, "OR73", "/api/orders/documents/download", query, archive=len(document_ids) != 1)


def upload_order_documents(
    scope: Scope, order_id: str, documents: Sequence[NewOrderDocument], *, form: DocumentForm = "json"
) -> Call[UploadedOrderDocuments]:
    """Attach up to 50 documents to an order: OR74.

    A 200 is no success by itself: it lists the documents that failed, and only those. Never repeated blindly: the
    order would have them twice; ``list_order_documents`` tells what is there. *form* is how the list beside the files
    is written.
    """
    documents = records(scope, "OR74", "documents", documents, NewOrderDocument)
    if not documents:
        raise refused_locally(scope, "OR74", "order_documents", "must hold at least one document")
    files = [each.file for each in documents]
    check_files(scope, "OR74", files, most=_MOST_DOCUMENTS)
    rows: list[Row] = []
    for each in documents:
        printable(scope, "OR74", "type_code", each.type_code)
        row: dict[str, str | Row] = {"file_name": each.file.name, "type_code": each.type_code}
        if each.return_id is not None:
            printable(scope, "OR74", "entity.id", each.return_id)
            row["entity"] = {"type": "RETURN", "id": each.return_id}
        rows.append(row)
    description = described("order_documents", "order_document", rows, form)
    return Call(
        operation="OR74",
        repeat="never",
        request=form_request(f"/api/orders/{segment(scope, 'OR74', order_id)}/documents", scope, description, files),
        decode=partial(model, UploadedOrderDocuments, scope=scope, operation="OR74"),
    )


def delete_order_document(scope: Scope, document_id: int) -> Call[None]:
    """Delete a document of an order; made twice, the second is ``NotFound``: OR76."""
    return _deleted(scope, "OR76", f"/api/orders/documents/{document_id}")


# --- of the shop -----------------------------------------------------------------------------------------------------


def list_shop_documents(scope: Scope) -> Call[Page[Read[ShopDocument] | Broken]]:
    """The documents of the shop: S30.

    The document's text asks for parameters that sellers do not have; the shop is all that can be said.
    """
    return whole_list(scope, _OF_SHOP)


def download_shop_documents(
    scope: Scope, *, document_ids: Sequence[int] = (), type_codes: Sequence[str] = ()
) -> Call[Download]:
    """Documents of the shop by their ids, or all of them (of the types *type_codes*), up to 100 of each: S31.

    A single document id gives that file as it is, anything else a ZIP archive. ``NotFound`` if one id is wrong.
    """
    _ids(scope, "S31", document_ids)
    query = scope.query(
        ("document_ids", comma_list(scope, "S31", "document_ids", [str(each) for each in document_ids])),
        ("type_codes", comma_list(scope, "S31", "type_codes", type_codes)),
    )
    return _fetched(scope, "S31", "/api/shops/documents/download", query, archive=len(document_ids) != 1)


def upload_shop_documents(
    scope: Scope, documents: Sequence[NewShopDocument], *, form: DocumentForm = "json"
) -> Call[UploadedShopDocuments]:
    """Bring up to 50 documents of the shop, one to a type: S32.

    A 200 is no success by itself: it lists the documents that failed. Never repeated blindly; ``list_shop_documents``
    tells what is there.
    """
    documents = records(scope, "S32", "documents", documents, NewShopDocument)
    if not documents:
        raise refused_locally(scope, "S32", "shop_documents", "must hold at least one document")
    files = [each.file for each in documents]
    check_files(scope, "S32", files, most=_MOST_DOCUMENTS)
    codes = [each.type_code for each in documents]
    for code in codes:
        printable(scope, "S32", "type_code", code)
        if codes.count(code) > 1:
            raise refused_locally(scope, "S32", "type_code", f"takes one file to a type, and {code} comes twice")
    rows: list[Row] = [{"file_name": each.file.name, "type_code": each.type_code} for each in documents]
    description = described("shop_documents", "shop_document", rows, form)
    return Call(
        operation="S32",
        repeat="never",
        request=form_request("/api/shops/documents", scope, description, files),
        decode=partial(model, UploadedShopDocuments, scope=scope, operation="S32"),
    )


def delete_shop_document(scope: Scope, document_id: int) -> Call[None]:
    """Delete a document of the shop; made twice, the second is ``NotFound``: S33."""
    return _deleted(scope, "S33", f"/api/shops/documents/{document_id}")


def _ids(scope: Scope, operation: str, document_ids: object) -> None:
    if isinstance(document_ids, str | int):
        problem = f"give a list of ids, not one alone: [{document_ids!r}]"
        raise refused_locally(scope, operation, "document_ids", problem)


def _deleted(scope: Scope, operation: str, path: str) -> Call[None]:
    return Call(
        operation=operation,
        repeat="same-effect",
        request=Request(method="DELETE", path=path, query=scope.query()),
        decode=partial(nothing, scope=scope, operation=operation),
    )


def _fetched(
    scope: Scope, operation: str, path: str, query: tuple[tuple[str, str], ...], *, archive: bool
) -> Call[Download]:
    request = Request(
        method="GET",
        path=path,
        query=query,
        headers={"accept": "application/octet-stream, */*;q=0.1"},
        timeout=FILE_SECONDS,
        spool=True,
    )
    decode = partial(downloaded, scope=scope, operation=operation, archive=archive)
    return Call(operation=operation, repeat="free", request=request, decode=decode)
