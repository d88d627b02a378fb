"""TL02 to TL05, SBC11, IV01 and IV02: the money side as it travels."""

import base64
import json
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

import attrs

from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.testing.simulators.mirakl.money_state import Cycle, Document, LogExport, Transaction
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.state import Job, MiraklState
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, answer, dumps, parse, stamp

__all__ = [
    "OPERATIONS",
    "download_document",
    "export_file",
    "export_status",
    "list_cycles",
    "list_documents",
    "list_transactions",
    "start_export",
]

_EXPORTS = uuid.UUID("3f1c1f8e-9d62-4d13-8c39-6578706f7274")
_STATES = ("PENDING", "PAYABLE", "PAID", "NOT_APPLICABLE", "RESERVE")
_MOST_ITEMS = 1_000_000
_EXPORTED = "api/sellerpayment/transactions_logs/export/async/file"

_PROVIDER = "NOT_SPECIFIED"
_NOT_PLAYED = (
    "transaction_date_from",
    "transaction_date_to",
    "accounting_document_id",
    "order_reference_for_customer",
    "other_reference",
)
"""Filters of the log by what no row of ours holds: they are refused, not passed over."""

T = TypeVar("T")


def list_transactions(state: MiraklState, asked: Asked) -> Response:
    """TL02: seek paging; a token has its filters frozen in it."""
    _open(state.settings.money.log_open, 403, "Forbidden")
    asked, after = _continued(asked)
    rows = _wanted(state, asked)
    changed = asked.choice("sort", "dateCreated", _sorts("dateCreated", "lastUpdated")).startswith("lastUpdated")
    return _page(
        asked,
        after,
        rows,
        key=lambda row: (row.updated_at if changed else row.created_at, row.number),
        show=lambda row: _transaction(state, row),
        most=2000,
    )


def list_cycles(state: MiraklState, asked: Asked) -> Response:
    """SBC11."""
    _open(state.settings.money.cycles_open, 404, "Not Found")
    asked, after = _continued(asked)
    start, end, ids = asked.moment("start_date"), asked.moment("end_date"), asked.repeated("id")
    currencies, states = asked.repeated("currency"), asked.repeated("pay_out_state")
    rows = [
        cycle
        for cycle in state.money.cycles.values()
        if (start is None or cycle.created_at >= start)
        and (end is None or cycle.created_at <= end)
        and (not ids or cycle.cycle_id in ids)
        and (not currencies or cycle.currency in currencies)
        and (not states or _state(cycle, "TO_PAY") in states)
    ]
    return _page(
        asked,
        after,
        rows,
        key=lambda row: (row.created_at, row.number),
        show=lambda row: _cycle(state, row),
        most=1000,
    )


def list_documents(state: MiraklState, asked: Asked) -> Response:
    """IV01: what the operator makes by hand is left out unless it is asked for."""
    _open(state.settings.money.documents_open, 404, "Not Found")
    kind = asked.choice("type", "AUTO_INVOICE", ("ALL", "AUTO_INVOICE", "MANUAL_INVOICE", "MANUAL_CREDIT"))
    start, end = asked.moment("start_date"), asked.moment("end_date")
    numbers, cycles = asked.repeated("invoice_id"), asked.repeated("seller_billing_cycle_id")
    status, currency = asked.one("payment_status"), asked.one("currency")
    rows = [
        each
        for each in state.money.documents
        if kind in ("ALL", each.kind)
        and (start is None or each.created_at >= start)
        and (end is None or each.created_at <= end)
        and (not numbers or str(each.number) in numbers)
        and (not cycles or each.cycle_id in cycles)
        and status in (None, _state(each, "PENDING"))
        and currency in (None, each.currency)
    ]
    if asked.choice("order", "asc", ("asc", "desc")) == "desc":
        rows.reverse()
    shown, headers = asked.page(rows)
    body: Json = {"invoices": [_document(state, each) for each in shown], "total_count": len(rows)}
    return answer(body, headers=headers)


def download_document(state: MiraklState, asked: Asked) -> Response:
    """IV02."""
    _open(state.settings.money.documents_open, 404, "Not Found")
    found = next((each for each in state.money.documents if str(each.number) == asked.ids[0]), None)
    if found is None:
        raise Refusal(404, f"Accounting document with id '{asked.ids[0]}' not found")
    name = f"{found.kind.lower()}_{found.number}.pdf"
    headers = {"content-type": "application/octet-stream", "content-disposition": f'attachment; filename="{name}"'}
    return Response(status=200, headers=headers, body=f"%PDF-1.4 document {found.number}".encode())


def start_export(state: MiraklState, asked: Asked) -> Response:
    """TL03: an export that will have run after a while."""
    money = state.settings.money
    _open(money.log_open, 403, "Forbidden")
    body = parse(asked.request)
    query: list[tuple[str, str]] = []
    for name, value in body.items():
        if isinstance(value, str):
            query.append((name, value))
        elif isinstance(value, Sequence):
            query += ((name, str(each)) for each in value)
    given = attrs.evolve(asked, request=attrs.evolve(asked.request, query=tuple(query)))
    start, end = given.moment("date_created_from"), given.moment("date_created_to") or asked.now
    if start is not None and end - start > money.export_span:
        raise Refusal(400, "The date range must not exceed one year")
    size = body.get("items_per_chunk", _MOST_ITEMS)
    if not isinstance(size, int) or size < 1:
        raise Refusal(400, "Error with field items_per_chunk. Please check the field datatype.")
    _wanted(state, given)
    tracking_id = str(uuid.uuid5(_EXPORTS, str(len(state.money.exports) + 1)))
    state.money.exports[tracking_id] = LogExport(
        tracking_id=tracking_id,
        created_at=asked.now,
        query=tuple(query),
        lines=given.choice("format", "JSON", ("JSON", "NDJSON")) == "NDJSON",
        items_per_chunk=size,
    )
    due = asked.now + timedelta(seconds=money.export_seconds)
    state.jobs[f"export {tracking_id}"] = Job(due, lambda later, at: _run_export(later, at, tracking_id))
    return answer({"tracking_id": tracking_id})


def export_status(state: MiraklState, asked: Asked) -> Response:
    """TL04: the files' addresses are absolute, and plain HTTP as in the vendor's examples."""
    export = _export(state, asked.ids[0])
    body: dict[str, Json] = {"last_updated": stamp(export.created_at), "status": "PENDING"}
    if export.chunks is not None:
        host = asked.request.headers.get("host") or "shop.example.com"
        body["status"] = "COMPLETED"
        body["urls"] = [
            f"http://{host}/{_EXPORTED}/{export.tracking_id}?file={place}.json" for place in range(len(export.chunks))
        ]
    return answer(body)


def export_file(state: MiraklState, asked: Asked) -> Response:
    """TL05."""
    export = _export(state, asked.ids[0])
    name = (asked.one("file") or "").removesuffix(".json")
    if export.chunks is None or not name.isdecimal() or int(name) >= len(export.chunks):
        raise Refusal(404, "Not Found")
    rows = [_transaction(state, state.money.transactions[key]) for key in export.chunks[int(name)]]
    if export.lines:
        text = "\n".join(dumps(row) for row in rows)
        return Response(status=200, headers={"content-type": "application/x-ndjson"}, body=text.encode())
    return answer({"data": rows} if state.settings.money.export_shape == "object" else rows)


def _run_export(state: MiraklState, at: datetime, tracking_id: str) -> None:
    export = state.money.exports[tracking_id]
    asked = Asked(at, (), Request(method="GET", path="", query=export.query))
    keys = [row.transaction_id for row in _wanted(state, asked)]
    size = export.items_per_chunk
    chunks = tuple(tuple(keys[place : place + size]) for place in range(0, len(keys), size)) or ((),)
    state.money.exports[tracking_id] = attrs.evolve(export, chunks=chunks)


def _export(state: MiraklState, tracking_id: str) -> LogExport:
    _open(state.settings.money.log_open, 403, "Forbidden")
    found = state.money.exports.get(tracking_id)
    if found is None:
        raise Refusal(404, f"Export with tracking id '{tracking_id}' not found")
    return found


def _open(is_open: bool, status: int, message: str) -> None:  # noqa: FBT001 - a setting, not a switch of this function
    if not is_open:
        raise Refusal(status, message)


def _state(paid: Cycle | Document, unpaid: str) -> str:
    return "FAILED" if paid.failure else unpaid if paid.paid_at is None else "PAID"


def _wanted(state: MiraklState, asked: Asked) -> list[Transaction]:
    cycles, orders, lines = (asked.repeated(n) for n in ("seller_billing_cycle_id", "order_id", "order_line_id"))
    kinds, states = asked.repeated("transaction_type"), asked.repeated("payment_state")
    if strangers := sorted(set(states) - set(_STATES)):
        raise Refusal(400, f"Invalid value for the parameter : payment_state ({strangers[0]})")
    if strange := next((name for name in _NOT_PLAYED if asked.repeated(name)), None):
        raise Refusal(400, f"the simulated log does not tell {strange}")
    numbers, sellers = asked.repeated("accounting_document_number"), asked.repeated("order_reference_for_seller")
    providers, models = asked.repeated("pay_out_psp_codes"), asked.repeated("shop_model")
    since, until = asked.moment("date_created_from"), asked.moment("date_created_to")
    changed = asked.moment("last_updated_from")
    return [
        row
        for row in state.money.transactions.values()
        if (not cycles or row.cycle_id in cycles)
        and (not orders or row.order_id in orders)
        and (not lines or row.line_id in lines)
        and (not numbers or row.document_number in numbers)
        and (not sellers or _seller_reference(state, row) in sellers)
        and (not providers or _PROVIDER in providers)
        and (not models or state.settings.model in models)
        and (not kinds or row.kind in kinds)
        and (not states or row.state in states)
        and (since is None or row.created_at >= since)
        and (until is None or row.created_at <= until)
        and (changed is None or row.updated_at >= changed)
    ]


def _seller_reference(state: MiraklState, row: Transaction) -> str | None:
    order = state.orders.get(row.order_id or "")
    return None if order is None else order.seller_reference


def _sorts(*fields: str) -> tuple[str, ...]:
    return tuple(f"{field}{order}" for field in fields for order in ("", ",ASC", ",DESC"))


def _continued(asked: Asked) -> tuple[Asked, tuple[datetime, int] | None]:
    """What a token stands for: the request that it was made for, and the place after which it goes on."""
    token = asked.one("page_token")
    if token is None:
        return asked, None
    try:
        moment, number, query = json.loads(base64.urlsafe_b64decode(token))
        request = attrs.evolve(asked.request, query=tuple((str(name), str(value)) for name, value in query))
        place = datetime.fromisoformat(moment), int(number)
    except (ValueError, TypeError) as broken:
        raise Refusal(400, "Invalid value for the parameter : page_token") from broken
    return attrs.evolve(asked, request=request), place


def _page(
    asked: Asked,
    after: tuple[datetime, int] | None,
    rows: Sequence[T],
    *,
    key: Callable[[T], tuple[datetime, int]],
    show: Callable[[T], Json],
    most: int,
) -> Response:
    newest_first = not (asked.one("sort") or "dateCreated,DESC").endswith("ASC")
    size = asked.number("limit", 10, least=1, most=most)
    in_order = sorted(rows, key=key, reverse=newest_first)
    if after is not None:
        in_order = [row for row in in_order if (key(row) < after if newest_first else key(row) > after)]
    body: dict[str, Json] = {"data": [show(row) for row in in_order[:size]]}
    if len(in_order) > size:
        moment, number = key(in_order[size - 1])
        told = json.dumps([moment.isoformat(), number, list(asked.request.query)])
        body["next_page_token"] = base64.urlsafe_b64encode(told.encode()).decode()
    return answer(body)


def _transaction(state: MiraklState, row: Transaction) -> Json:
    about: dict[str, Json] = {}
    order = state.orders.get(row.order_id or "")
    if row.order_id is not None:
        about["order"] = {
            "id": row.order_id,
            "commercial_id": row.order_id.removesuffix("-A"),
            "creation_date": stamp(order.created_at) if order else None,
            "references": {
                "order_reference_for_customer": None,
                "order_reference_for_seller": _seller_reference(state, row),
            },
        }
        about["domain"] = "PRODUCT"
    if row.line_id is not None:
        about["order_line"] = {"id": row.line_id}
    if row.refund_id is not None:
        about["refund"] = {"id": row.refund_id}
    if row.fee_code is not None:
        about["fee"] = {"code": row.fee_code, "refunds": [], "cancelations": []}
    if row.document_number is not None:
        about["manual_accounting_document"] = {"number": row.document_number}
    if row.description is not None and row.kind.startswith("INVOICEABLE"):
        about["one_off_item"] = {
            "description": row.description,
            "operation_date": row.created_at.date().isoformat(),
            "quantity": 1,
            "unit_price": abs(row.amount),
            "references": [],
        }
    return {
        "id": row.transaction_id,
        "type": row.kind,
        "amount": row.amount,
        "amount_credited": max(row.amount, Decimal(0)),
        "amount_debited": max(-row.amount, Decimal(0)),
        "balance": row.balance,
        "psp_balance": row.balance,
        "currency_iso_code": row.currency,
        "payment_state": row.state,
        "pay_out_psp_code": _PROVIDER,
        "seller_billing_cycle_id": row.cycle_id,
        "accounting_document_id": None,
        "accounting_document_number": row.document_number,
        "accounting_document_creation_date": None,
        "date_created": stamp(row.created_at),
        "last_updated": stamp(row.updated_at),
        "entities": about,
    }


def _cycle(state: MiraklState, cycle: Cycle) -> Json:
    settings = state.settings
    pay_out: dict[str, Json] = {"state": _state(cycle, "TO_PAY")}
    if cycle.failure:
        pay_out["failure_reason"] = cycle.failure
    if cycle.paid_at is not None:
        pay_out |= {"reference": cycle.reference, "transaction_date": stamp(cycle.paid_at)}
    return {
        "id": cycle.cycle_id,
        "date_created": stamp(cycle.created_at),
        "currency_iso_code": cycle.currency,
        "amount_transferred_to_seller": cycle.payout,
        "amount_transferred_to_operator": Decimal("0.00"),
        "pay_out": pay_out,
        "pay_out_psp_code": _PROVIDER,
        "payment_voucher_number": f"{cycle.number:06d}",
        "shop": {"shop_id": settings.shop_id, "shop_name": settings.shop_name, "shop_model": settings.model},
        "summary": dict(cycle.summary),
    }


def _document(state: MiraklState, each: Document) -> Json:
    settings = state.settings
    taxes: Json = [{"amount": each.tax, "code": "TAXDEFAULT"}]
    shown: dict[str, Json] = {
        "id": each.document_id,
        "invoice_id": each.number,
        "type": each.kind,
        "state": "COMPLETE",
        "currency_iso_code": each.currency,
        "date_created": stamp(each.created_at),
        "issue_date": stamp(each.created_at),
        "due_date": stamp(each.created_at + timedelta(days=30)),
        "issuing_user": {"type": "BATCH" if each.kind == "AUTO_INVOICE" else "PARTNER", "information": None},
        "details": [{"description": each.description, "amount_excl_taxes": each.net, "quantity": 1, "taxes": taxes}],
        "total_amount_excl_taxes": each.net,
        "total_amount_incl_taxes": each.net + each.tax,
        "total_taxes": taxes,
        "payment": {
            "state": _state(each, "PENDING"),
            "failure_reason": each.failure or None,
            "reference": None,
            "transaction_date": stamp(each.paid_at),
        },
        "pay_out_psp_code": _PROVIDER,
        "shop_id": settings.shop_id,
        "shop_name": settings.shop_name,
        "shop_model": settings.model,
        "seller_billing_cycle_id": each.cycle_id,
    }
    if each.summary is not None:
        shown["summary"] = dict(each.summary)
        shown["end_time"] = stamp(each.created_at)
    return shown


OPERATIONS = (
    operation("IV01", "GET", "api/invoices", list_documents),
    operation("IV02", "GET", "api/invoices/*", download_document),
    operation("SBC11", "GET", "api/seller-billing-cycles", list_cycles),
    operation("TL02", "GET", "api/sellerpayment/transactions_logs", list_transactions),
    operation("TL03", "POST", "api/sellerpayment/transactions_logs/async", start_export),
    operation("TL04", "GET", "api/sellerpayment/transactions_logs/async/status/*", export_status),
    operation("TL05", "GET", f"{_EXPORTED}/*", export_file),
)
