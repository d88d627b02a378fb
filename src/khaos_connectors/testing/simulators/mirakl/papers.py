"""DO01, OR72 to OR76 and S30 to S33: documents of orders and of the shop."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.forms import Form, form
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.papers_state import OrderPaper, Paper, PaperType, ShopPaper
from khaos_connectors.testing.simulators.mirakl.state import MiraklState
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, answer, stamp

__all__ = [
    "OPERATIONS",
    "archive",
    "delete_of_order",
    "delete_of_shop",
    "download_of_orders",
    "download_of_shop",
    "file_answer",
    "list_of_orders",
    "list_of_shop",
    "list_types",
    "upload_to_order",
    "upload_to_shop",
]

_MOST = 50
_ORDER_KINDS = "csv doc xls xlsx ppt pdf odt ods odp txt rtf png jpg gif zpl mov mp4"
_SHOP_KINDS = (
    "csv doc docx gif html jpeg latex mp4 odp odc odg ods odt pdf png pps ppsx ppt pptx quicktime rtf text tiff xls "
    "xlsx xml zip"
)

_Reason = tuple[str, str, str]


def list_types(state: MiraklState, asked: Asked) -> Response:
    """DO01."""
    wanted = asked.commas("entities")
    if set(wanted) - {"ORDER", "SHOP"}:
        raise Refusal(400, "Invalid value for the parameter : entities")
    rows = [each for each in state.settings.papers.types if not wanted or each.entity in wanted]
    return answer({"documents": [_type(each) for each in rows]})


def _type(each: PaperType) -> Json:
    body: dict[str, Json] = {
        "code": each.code,
        "label": each.label,
        "description": each.label,
        "entity": each.entity,
    }
    return body | ({"mime_types": list(each.mime_types)} if each.mime_types else {})


# --- of orders -------------------------------------------------------------------------------------------------------


def list_of_orders(state: MiraklState, asked: Asked) -> Response:
    """OR72: orders of others are left out without a word."""
    ids = asked.commas("order_ids")
    if not ids:
        raise Refusal(400, "Required parameter 'order_ids' is not present.")
    rows: list[Json] = [
        {
            "id": each.paper_id,
            "order_id": each.order_id,
            "type": each.type_code,
            "file_name": each.paper.name,
            "file_size": len(each.paper.content),
            "date_uploaded": stamp(each.at),
        }
        for each in state.papers.of_orders.values()
        if each.order_id in ids
    ]
    return answer({"order_documents": rows})


def download_of_orders(state: MiraklState, asked: Asked) -> Response:
    """OR73: one document id gives the file, anything else an archive with a folder to each order."""
    wanted, orders, codes = asked.commas("document_ids"), asked.commas("order_ids"), asked.commas("document_codes")
    if not wanted and not orders:
        raise Refusal(400, "One of 'order_ids' or 'document_ids' is required")
    papers = state.papers.of_orders
    if set(wanted) - {str(key) for key in papers}:
        raise Refusal(404, "Not Found")
    found = [papers[int(key)] for key in wanted] or [
        each for each in papers.values() if each.order_id in orders and (not codes or each.type_code in codes)
    ]
    if len(wanted) == 1:
        return file_answer(found[0].paper)
    return archive((each.order_id, each.paper) for each in found)


def upload_to_order(state: MiraklState, asked: Asked) -> Response:
    """OR74: only the documents that failed are told."""
    order = state.orders.get(asked.ids[0])
    if order is None:
        raise Refusal(404, f"Order with id '{asked.ids[0]}' not found")
    came = form(asked, "order_documents", forms=state.settings.papers.forms)
    there = sum(each.order_id == order.order_id for each in state.papers.of_orders.values())
    if there + len(came.files) > _MOST:
        raise Refusal(400, f"An order can have a maximum of {_MOST} documents")
    failed: list[Json] = []
    for row in _described(came, "order_documents"):
        name, code = str(row.get("file_name") or ""), str(row.get("type_code") or "")
        reason = _refused(state, "ORDER", code, name, came.files[name].content)
        if reason is not None:
            failed.append(_failure(reason, row))
            continue
        entity = row.get("entity")
        return_id = str(entity["id"]) if isinstance(entity, Mapping) else None
        paper = Paper(name=name, content=came.files[name].content)
        key = state.papers.next_id()
        state.papers.of_orders[key] = OrderPaper(
            paper_id=key, order_id=order.order_id, type_code=code, paper=paper, at=asked.now, return_id=return_id
        )
    return answer({"errors_count": len(failed), "order_documents": failed})


def delete_of_order(state: MiraklState, asked: Asked) -> Response:
    """OR76."""
    if state.papers.of_orders.pop(_number(asked), None) is None:
        raise Refusal(404, "Not Found")
    return Response(status=204)


# --- of the shop -----------------------------------------------------------------------------------------------------


def list_of_shop(state: MiraklState, asked: Asked) -> Response:
    """S30."""
    del asked
    rows: list[Json] = [
        {
            "id": each.paper_id,
            "type": each.type_code,
            "file_name": each.paper.name,
            "date_uploaded": stamp(each.at),
        }
        for each in state.papers.of_shop.values()
    ]
    return answer({"shop_documents": rows})


def download_of_shop(state: MiraklState, asked: Asked) -> Response:
    """S31: one document id gives the file, anything else an archive."""
    wanted, codes = asked.commas("document_ids"), asked.commas("type_codes")
    papers = state.papers.of_shop
    types = {each.code for each in state.settings.papers.types if each.entity == "SHOP"}
    if set(wanted) - {str(key) for key in papers} or set(codes) - types:
        raise Refusal(404, "Not Found")
    found = [papers[int(key)] for key in wanted] or [
        each for each in papers.values() if not codes or each.type_code in codes
    ]
    if len(wanted) == 1:
        return file_answer(found[0].paper)
    return archive((str(state.settings.shop_id), each.paper) for each in found)


def upload_to_shop(state: MiraklState, asked: Asked) -> Response:
    """S32: the failures stand under the name that the vendor's example uses, not under that of its schema."""
    came = form(asked, "shop_documents", forms=state.settings.papers.forms)
    if len(state.papers.of_shop) + len(came.files) > _MOST:
        raise Refusal(400, f"A shop can have a maximum of {_MOST} documents")
    failed: list[Json] = []
    for row in _described(came, "shop_documents"):
        name, code = str(row.get("file_name") or ""), str(row.get("type_code") or "")
        reason = _refused(state, "SHOP", code, name, came.files[name].content)
        if reason is not None:
            failed.append(_failure(reason, row))
            continue
        key = state.papers.next_id()
        paper = Paper(name=name, content=came.files[name].content)
        state.papers.of_shop[key] = ShopPaper(paper_id=key, type_code=code, paper=paper, at=asked.now)
    return answer({"errors_count": len(failed), "shop_documents": failed})


def delete_of_shop(state: MiraklState, asked: Asked) -> Response:
    """S33."""
    if state.papers.of_shop.pop(_number(asked), None) is None:
        raise Refusal(404, "Not Found")
    return Response(status=204)


# --- both ------------------------------------------------------------------------------------------------------------


def file_answer(paper: Paper) -> Response:
    """A file as it is."""
    name = f'attachment; filename="{paper.name}"'
    headers = {"content-type": "application/octet-stream", "content-disposition": name}
    return Response(status=200, headers=headers, body=paper.content)


def archive(papers: Iterable[tuple[str, Paper]]) -> Response:
    """A ZIP archive with a folder to each owner; a name that comes again in one folder is counted."""
    whole = io.BytesIO()
    used: set[str] = set()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as target:
        for folder, paper in papers:
            stem, dot, ending = paper.name.rpartition(".")
            place, turn = f"{folder}/{paper.name}", 0
            while place in used:
                turn += 1
                place = f"{folder}/{stem}({turn}){dot}{ending}"
            used.add(place)
            target.writestr(zipfile.ZipInfo(place, (2026, 1, 1, 0, 0, 0)), paper.content)
    headers = {
        "content-type": "application/octet-stream",
        "content-disposition": 'attachment; filename="documents-1767225600000.zip"',
    }
    return Response(status=200, headers=headers, body=whole.getvalue())


def _described(came: Form, field: str) -> Sequence[Mapping[str, Json]]:
    rows = came.described.get(field)
    if isinstance(rows, str) or not isinstance(rows, Sequence):
        raise Refusal(400, "Bad Request")
    found = [row for row in rows if isinstance(row, Mapping)]
    if not found or {str(row.get("file_name")) for row in found} != set(came.files):
        raise Refusal(400, "Bad Request")
    return found


def _refused(state: MiraklState, entity: str, code: str, name: str, content: bytes) -> _Reason | None:
    prefix = f"valid_{entity.lower()}_document"
    kind = next((each for each in state.settings.papers.types if (each.entity, each.code) == (entity, code)), None)
    if kind is None:
        return f"{prefix}.type", "type_code", "Unable to retrieve document's type from the given code"
    if not kind.by_shop:
        return f"{prefix}.type", "type_code", "This document type cannot be uploaded"
    kinds = _ORDER_KINDS if entity == "ORDER" else _SHOP_KINDS
    if name.rpartition(".")[2].lower() not in kinds.split() or not content:
        return f"{prefix}.file", "file_name", "The type of the file is not supported"
    return None


def _failure(reason: _Reason, row: Mapping[str, Json]) -> Json:
    code, field, message = reason
    return {"errors": [{"code": code, "field": field, "message": message}], "input": dict(row)}


def _number(asked: Asked) -> int:
    text = asked.ids[0]
    if not (text.isascii() and text.isdigit()):
        raise Refusal(400, "Error with field document_id. Please check the field datatype.")
    return int(text)


OPERATIONS = (
    operation("DO01", "GET", "api/documents", list_types),
    operation("OR72", "GET", "api/orders/documents", list_of_orders),
    operation("OR73", "GET", "api/orders/documents/download", download_of_orders),
    operation("OR74", "POST", "api/orders/*/documents", upload_to_order),
    operation("OR76", "DELETE", "api/orders/documents/*", delete_of_order),
    operation("S30", "GET", "api/shops/documents", list_of_shop),
    operation("S31", "GET", "api/shops/documents/download", download_of_shop),
    operation("S32", "POST", "api/shops/documents", upload_to_shop),
    operation("S33", "DELETE", "api/shops/documents/*", delete_of_shop),
)
