"""DR11, DR12, DR73 and DR74: invoices and credit notes that the marketplace asks the shop for."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import attrs

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.forms import Form, form
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.papers import archive, file_answer
from khaos_connectors.testing.simulators.mirakl.papers_state import Paper, PaperRequest
from khaos_connectors.testing.simulators.mirakl.people import invent
from khaos_connectors.testing.simulators.mirakl.seek import frozen, seek
from khaos_connectors.testing.simulators.mirakl.state import MiraklState, Order, OrderLine, cents
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, answer, stamp

__all__ = [
    "OPERATIONS",
    "ask_for",
    "download",
    "list_lines",
    "list_requests",
    "upload",
]

_IDS = uuid.UUID("0c1dd1d2-93bb-4bb0-8a86-706170657273")
_LEFT = frozenset({"SHIPPED", "TO_COLLECT", "RECEIVED", "CLOSED"})
_MOST = 50
_CUSTOMER = "PRODUCT_LOGISTIC_ORDER"


def ask_for(state: MiraklState, now: datetime, order_id: str, kind: str, *, ready: bool = True) -> str:
    """The operator asks for a document of *kind* (INVOICE, CREDIT_NOTE) for an order: the request's id."""
    request_id = str(uuid.uuid5(_IDS, f"{state.settings.seed} {len(state.papers.requests)} {order_id} {kind}"))
    state.papers.requests[request_id] = PaperRequest(
        request_id=request_id,
        order_id=order_id,
        kind=kind,
        state="TO_PROCESS" if ready else "STAGING",
        created_at=now,
        updated_at=now,
    )
    return request_id


def list_requests(state: MiraklState, asked: Asked) -> Response:
    """DR11: what is asked for follows the orders: in preparation from the debit on, due once the goods have left."""
    _open(state, asked.now)
    asked, after = frozen(asked)
    types, ids = asked.repeated("entity_type"), asked.repeated("entity_id")
    if ids and not types:
        raise Refusal(400, "The entity_type must be specified to filter by entity_id")
    states, kinds, issuers = asked.repeated("state"), asked.repeated("type"), asked.repeated("issuer_type")
    one, number, paid = asked.one("id"), asked.one("document_number"), asked.one("payment_state")
    rows = [
        each
        for each in state.papers.requests.values()
        if (not types or _CUSTOMER in types)
        and (not ids or each.order_id in ids)
        and (not states or each.state in states)
        and (not kinds or each.kind in kinds)
        and (not issuers or "SHOP" in issuers)
        and (one is None or each.request_id == one)
        and (number is None or each.number == number)
        and paid in (None, "PAID")
        and asked.one("shop_billing_cycle_id") is None
        and _within(asked, "date_created", each.created_at)
        and _within(asked, "last_updated", each.updated_at)
        and _within(asked, "issue_date", each.created_at)
    ]
    if asked.choice("sort", "dateCreated,DESC", ("dateCreated,ASC", "dateCreated,DESC")).endswith("DESC"):
        rows.reverse()
    return seek(asked, after, rows, key=lambda each: each.request_id, show=lambda each: _request(state, each))


def list_lines(state: MiraklState, asked: Asked) -> Response:
    """DR12."""
    _open(state, asked.now)
    request = state.papers.requests.get(asked.ids[0])
    if request is None:
        raise Refusal(404, "Not Found")
    asked, after = frozen(asked)
    order = state.orders[request.order_id]
    lines = [line for line in order.lines if line.open]
    return seek(
        asked, after, lines, key=lambda line: line.line_id, show=lambda line: _line(state, request, order, line)
    )


def download(state: MiraklState, asked: Asked) -> Response:
    """DR73: one document as it is, several as an archive."""
    _open(state, asked.now)
    ids, orders = asked.repeated("document_request_id"), asked.repeated("entity_id")
    if not ids and not orders and not asked.repeated("document_id"):
        raise Refusal(400, "One of 'document_id' or 'entity_id' is required")
    if orders and not asked.repeated("entity_type"):
        raise Refusal(400, "The entity_type must be specified to filter by entity_id")
    formats = asked.repeated("document_format")
    found = [
        (f"product-logistic-order/{each.order_id}", paper)
        for each in state.papers.requests.values()
        if each.request_id in ids or each.order_id in orders
        for form_, paper in each.papers
        if not formats or form_ in formats
    ]
    if not found:
        raise Refusal(404, "Not Found")
    return file_answer(found[0][1]) if len(found) == 1 else archive(found)


def upload(state: MiraklState, asked: Asked) -> Response:
    """DR74: a row to each request, good and bad; all formats that it wants at once."""
    _open(state, asked.now)
    came = form(asked, "documents_input")
    rows = came.described.get("requests")
    if isinstance(rows, str) or not isinstance(rows, Sequence) or not rows or len(came.files) > _MOST:
        raise Refusal(400, "Bad Request")
    told: list[Json] = []
    for row in rows:
        if not isinstance(row, Mapping):
            raise Refusal(400, "Bad Request")
        told.append({"errors": _taken(state, asked.now, came, row), "input": dict(row)})
    return answer({"requests": told})


def _taken(state: MiraklState, now: datetime, came: Form, row: Mapping[str, Json]) -> Sequence[Json]:
    request = state.papers.requests.get(str(row.get("request_id")))
    files = _files(row)
    if request is None:
        told = f"No document request found for request_id: {row.get('request_id')}"
        return [{"code": "DATA_NOT_FOUND", "field": "requestId", "message": told}]
    if request.state != "TO_PROCESS":
        told = f"The document request is in state {request.state}"
        return [{"code": "INVALID_STATE", "field": "requestId", "message": told}]
    if sorted(files) != sorted(state.settings.papers.formats) or set(files.values()) - set(came.files):
        told = f"Expected formats: {', '.join(state.settings.papers.formats)}"
        return [{"code": "INVALID_FIELD_TYPE", "field": "files", "message": told}]
    number = row.get("document_number")
    if not isinstance(number, str) or not number:
        return [{"code": "REQUIRED", "field": "documentNumber", "message": "Must not be empty"}]
    papers = tuple((kind, Paper(name=name, content=came.files[name].content)) for kind, name in files.items())
    state.papers.requests[request.request_id] = attrs.evolve(
        request, state="ISSUED", number=number, papers=papers, updated_at=now
    )
    return []


def _files(row: Mapping[str, Json]) -> dict[str, str]:
    files = row.get("files")
    if isinstance(files, str) or not isinstance(files, Sequence):
        raise Refusal(400, "Bad Request")
    return {str(each["format"]): str(each["name"]) for each in files if isinstance(each, Mapping)}


def _open(state: MiraklState, now: datetime) -> None:
    if not state.settings.papers.enhanced_invoicing:
        raise Refusal(404, "Not Found")
    if not state.settings.papers.requests_open:
        raise Refusal(403, "Forbidden")
    first = {each.order_id: each for each in reversed(state.papers.requests.values())}
    for order in state.orders.values():
        own = first.get(order.order_id)
        if own is None and order.debited_at is not None and order.state not in ("CANCELED", "REFUSED"):
            ask_for(state, now, order.order_id, "INVOICE", ready=order.state in _LEFT)
        elif own is not None and own.state == "STAGING" and order.state in _LEFT:
            state.papers.requests[own.request_id] = attrs.evolve(own, state="TO_PROCESS", updated_at=now)


def _within(asked: Asked, name: str, value: datetime) -> bool:
    start, end = asked.moment(f"{name}_from"), asked.moment(f"{name}_to")
    return (start is None or value >= start) and (end is None or value <= end)


# --- showing ---------------------------------------------------------------------------------------------------------


def _request(state: MiraklState, request: PaperRequest) -> Json:
    order = state.orders[request.order_id]
    settings = state.settings
    parts = [_split(state, amount) for line in order.lines if line.open for amount in (line.price, line.shipping)]
    net = sum((part[0] for part in parts), Decimal(0))
    tax = sum((part[1] for part in parts), Decimal(0))
    buyer = invent(settings.seed, order.number, null_country=False)
    return {
        "id": request.request_id,
        "state": request.state,
        "type": request.kind,
        "entity_type": _CUSTOMER,
        "entity_id": request.order_id,
        "entity_date_created": stamp(order.created_at),
        "currency_iso_code": settings.currency,
        "date_created": stamp(request.created_at),
        "last_updated": stamp(request.updated_at),
        "issue_date": stamp(request.created_at),
        "due_date": stamp(request.created_at + timedelta(days=30)),
        "document_details": [{"format": each} for each in settings.papers.formats],
        "document_number": request.number,
        "document_upload_date": stamp(request.updated_at) if request.papers else None,
        "entities": {"ship_to_iso_country_code": "GBR"},
        "initial_documents": [],
        "initial_payment_state": "PAID",
        "payment": {"state": "PAID"},
        "issuer": {
            "id": str(uuid.uuid5(_IDS, "shop")),
            "type": "SHOP",
            "organization": {
                "name": settings.shop_name,
                "address": {
                    "street_1": "1 Imaginary Lane",
                    "city": "Exampleton",
                    "zip_code": "ZZ99 9ZZ",
                    "country_iso_code": "GBR",
                },
            },
        },
        "recipient": {
            "id": buyer.customer_id,
            "type": "CUSTOMER",
            "billing_address": {
                "firstname": buyer.firstname,
                "lastname": buyer.lastname,
                "street_1": buyer.street_1,
                "city": buyer.city,
                "zip_code": buyer.zip_code,
                "country": "United Kingdom",
                "country_iso_code": "GBR",
            },
        },
        "taxes": [{"code": "VAT", "rate": settings.tax_rate, "total_amount": tax}],
        "total_amount_excluding_taxes": net,
        "total_amount_including_taxes": net + tax,
        "total_tax_amount": tax,
    }


def _line(state: MiraklState, request: PaperRequest, order: Order, line: OrderLine) -> Json:
    net, tax = _split(state, line.price)
    carriage, carriage_tax = _split(state, line.shipping)
    rate = state.settings.tax_rate
    return {
        "id": str(uuid.uuid5(_IDS, f"{request.request_id} {line.line_id}")),
        "entity_type": "PRODUCT_DEBIT" if request.kind == "INVOICE" else "PRODUCT_CREDIT_REFUND",
        "entity_id": line.line_id,
        "order": {"id": order.order_id, "commercial_id": order.commercial_id, "date_created": stamp(order.created_at)},
        "order_line": {"id": line.line_id},
        "product": {"sku": line.product_sku, "title": line.title, "references": []},
        "shop": {"id": state.settings.shop_id},
        "quantity": line.quantity,
        "unit_price_excluding_taxes": cents(net / line.quantity),
        "price_excluding_taxes": net,
        "taxes": [{"code": "VAT", "rate": rate, "amount": tax}],
        "shipping_price_excluding_taxes": carriage,
        "shipping_taxes": [{"code": "VAT", "rate": rate, "amount": carriage_tax}],
        "total_price_including_taxes": net + tax + carriage + carriage_tax,
        "delivery_bill_information": [],
        "shipping_from": {"address": {"country_iso_code": "GBR"}},
    }


def _split(state: MiraklState, amount: Decimal) -> tuple[Decimal, Decimal]:
    rate = state.settings.tax_rate / 100
    if state.settings.order_tax_mode == "TAX_EXCLUDED":
        return amount, cents(amount * rate)
    net = cents(amount / (1 + rate))
    return net, amount - net


OPERATIONS = (
    operation("DR11", "GET", "api/document-request/requests", list_requests),
    operation("DR12", "GET", "api/document-request/*/lines", list_lines),
    operation("DR73", "GET", "api/document-request/documents/download", download),
    operation("DR74", "POST", "api/document-request/documents/upload", upload),
)
