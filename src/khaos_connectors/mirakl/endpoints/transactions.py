"""The transaction log: page by page, or as an export that Mirakl writes by itself."""

import re
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Literal, TypeAlias

import attrs

from khaos_connectors.calls.messages import Call, Page, Response
from khaos_connectors.core.fields import typed
from khaos_connectors.mirakl.answers import refused_locally
from khaos_connectors.mirakl.endpoints.exported import export_file, export_start, export_status, exported_rows
from khaos_connectors.mirakl.endpoints.paging import Listing, read_rows, seek_page
from khaos_connectors.mirakl.endpoints.writing import MOST_VALUES, instant
from khaos_connectors.mirakl.given import texts
from khaos_connectors.mirakl.models.accounting_codes import PayOutProvider, TransactionPaymentState, TransactionType
from khaos_connectors.mirakl.models.codes import ShopModel
from khaos_connectors.mirakl.models.exports import ExportStarted, ExportStatus
from khaos_connectors.mirakl.models.rows import Row
from khaos_connectors.mirakl.models.transactions import Transaction
from khaos_connectors.mirakl.scope import Scope

__all__ = [
    "MOST_TRANSACTIONS",
    "TransactionFilter",
    "cycle_ids",
    "list_transactions",
    "several",
    "start_transaction_export",
    "transaction_export_chunk",
    "transaction_export_status",
]

MOST_TRANSACTIONS = 2000
"""The largest page of the transaction log."""

_LOG = "/api/sellerpayment/transactions_logs"
_EXPORT = f"{_LOG}/async"
_BY_CHANGE = "lastUpdated,ASC"
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_LARGEST = 2**63 - 1
_Wanted: TypeAlias = datetime | str | tuple[str | Enum, ...] | None


@attrs.frozen(kw_only=True, field_transformer=typed)
class TransactionFilter:
    """Which transactions, all of it optional. Lists take at most 100 values each; times are aware.

    *last_updated_from* is the one for incremental reads: a transaction changes when it is billed and when it is paid.
    *other_reference* are references of one-off items that belong to no order.
    """

    seller_billing_cycle_id: tuple[str, ...] = ()
    date_created_from: datetime | None = None
    date_created_to: datetime | None = None
    transaction_date_from: datetime | None = None
    transaction_date_to: datetime | None = None
    last_updated_from: datetime | None = None
    payment_state: tuple[TransactionPaymentState, ...] = ()
    transaction_type: tuple[TransactionType, ...] = ()
    accounting_document_id: str | None = None
    accounting_document_number: str | None = None
    order_id: tuple[str, ...] = ()
    order_line_id: tuple[str, ...] = ()
    order_reference_for_customer: tuple[str, ...] = ()
    order_reference_for_seller: tuple[str, ...] = ()
    other_reference: tuple[str, ...] = ()
    pay_out_psp_codes: tuple[PayOutProvider, ...] = ()
    shop_model: tuple[ShopModel, ...] = ()


def list_transactions(
    scope: Scope, wanted: TransactionFilter | None = None, *, size: int = MOST_TRANSACTIONS, token: str = ""
) -> Call[Page[Row[Transaction]]]:
    """The log by *wanted*, the longest unchanged first, a page of *size* (1 to 2000): TL02.

    A transaction that changes while it is walked moves to the end and comes again; none is skipped. The log is not
    open to every key: ``AuthFailed`` means that the key lacks the role for accountancy.
    """
    filters = [
        (name, value)
        for name, values in _values(scope, "TL02", wanted or TransactionFilter()).items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    return seek_page(scope, _listing("TL02"), filters, size=size, sort=_BY_CHANGE, token=token)


def start_transaction_export(
    scope: Scope,
    wanted: TransactionFilter | None = None,
    *,
    file_format: Literal["JSON", "NDJSON"] = "NDJSON",
    items_per_chunk: int | None = None,
    megabytes_per_chunk: int | None = None,
    payment_voucher_number: str | None = None,
    shop_domains: Sequence[str] = (),
) -> Call[ExportStarted]:
    """Let Mirakl write the log by *wanted* into files, which it takes on once a day: TL03."""
    body: dict[str, object] = {
        name: values for name, values in _values(scope, "TL03", wanted or TransactionFilter()).items() if values
    }
    for name, number in (("items_per_chunk", items_per_chunk), ("megabytes_per_chunk", megabytes_per_chunk)):
        if number is not None:
            if not 1 <= number <= _LARGEST:
                raise refused_locally(scope, "TL03", name, f"must be 1 or more, not {number}")
            body[name] = number
    if payment_voucher_number is not None:
        body["payment_voucher_number"] = payment_voucher_number
    if shop_domains:
        body["shop_domain"] = several(scope, "TL03", "shop_domains", shop_domains)
    return export_start(scope, "TL03", _EXPORT, {**body, "format": file_format})


def transaction_export_status(scope: Scope, tracking_id: str) -> Call[ExportStatus]:
    """How far an export of the log is, and where its files are once it is done: TL04."""
    return export_status(scope, "TL04", f"{_EXPORT}/status", tracking_id)


def transaction_export_chunk(scope: Scope, url: str) -> Call[tuple[Row[Transaction], ...]]:
    """The transactions of one file of an export, whichever of its forms it has: TL05."""

    def decode(response: Response) -> tuple[Row[Transaction], ...]:
        rows = list(exported_rows(response, scope=scope, operation="TL05"))
        return read_rows(scope, _listing("TL05"), {"data": rows})

    return export_file(scope, "TL05", url, decode)


def cycle_ids(scope: Scope, operation: str, name: str, ids: Sequence[str]) -> list[str]:
    """Ids of billing cycles as one list of a request. Raises ``Invalid`` for more than 100 and for what is no UUID."""
    given = texts(scope, operation, name, ids)  # ids may be a generator, which can be gone through once
    for each in given:
        if not _UUID.fullmatch(each):
            raise refused_locally(scope, operation, name, f"must hold ids of billing cycles, not {each!r}")
    return several(scope, operation, name, given)


def several(scope: Scope, operation: str, name: str, values: Sequence[str | Enum]) -> list[str]:
    """*values* as one list of a request, repeated ones once. Raises ``Invalid`` for more than 100."""
    if isinstance(values, str):  # before it comes apart into its letters
        texts(scope, operation, name, values)
    words = [str(value.value) if isinstance(value, Enum) else value for value in values]
    found = texts(scope, operation, name, words)
    if len(found) > MOST_VALUES:
        raise refused_locally(scope, operation, name, f"takes at most {MOST_VALUES} values, not {len(found)}")
    return list(dict.fromkeys(found))


def _values(scope: Scope, operation: str, wanted: TransactionFilter) -> dict[str, str | list[str]]:
    """What *wanted* asks for, by Mirakl's names, which are the fields' own."""
    found: dict[str, str | list[str]] = {}
    for field in attrs.fields(TransactionFilter):
        value: _Wanted = getattr(wanted, field.name)
        if isinstance(value, datetime):
            found[field.name] = instant(scope, operation, field.name, value) or ""
        elif isinstance(value, str):
            found[field.name] = value
        elif value:
            found[field.name] = several(scope, operation, field.name, value)
    if wanted.seller_billing_cycle_id:
        name = "seller_billing_cycle_id"
        found[name] = cycle_ids(scope, operation, name, wanted.seller_billing_cycle_id)
    return found


def _listing(operation: str) -> Listing[Transaction]:
    return Listing(operation=operation, path=_LOG, record=Transaction, most=MOST_TRANSACTIONS)
