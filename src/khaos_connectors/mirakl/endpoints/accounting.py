"""Billing cycles, and the operator's documents to the seller."""

from datetime import datetime
from functools import partial

import attrs

from khaos_connectors.calls.messages import Call, Page, Request
from khaos_connectors.core.fields import typed
from khaos_connectors.mirakl.answers import refused_locally
from khaos_connectors.mirakl.documents.downloads import Download, downloaded
from khaos_connectors.mirakl.endpoints.paging import Listing, offset_page, seek_page
from khaos_connectors.mirakl.endpoints.transactions import cycle_ids, several
from khaos_connectors.mirakl.endpoints.writing import MOST_VALUES, code_of, instant
from khaos_connectors.mirakl.models.accounting_codes import (
    CURRENCIES,
    InvoicePaymentState,
    InvoiceType,
    IssuingUserType,
    PayOutProvider,
    PayOutState,
)
from khaos_connectors.mirakl.models.billing import BillingCycle
from khaos_connectors.mirakl.models.invoices import Invoice
from khaos_connectors.mirakl.models.rows import Row
from khaos_connectors.mirakl.scope import Scope

__all__ = [
    "MOST_CYCLES",
    "BillingCycleFilter",
    "InvoiceFilter",
    "download_invoice",
    "list_billing_cycles",
    "list_invoices",
]

MOST_CYCLES = 1000
"""The largest page of billing cycles."""

_LARGEST = 2**63 - 1
_DOWNLOAD_SECONDS = 120.0
_CYCLES = Listing(operation="SBC11", path="/api/seller-billing-cycles", record=BillingCycle, most=MOST_CYCLES)
_INVOICES = Listing(operation="IV01", path="/api/invoices", record=Invoice, field="invoices")


@attrs.frozen(kw_only=True, field_transformer=typed)
class BillingCycleFilter:
    """Which billing cycles, all of it optional: by creation (both ends inclusive, aware), state, currency, id."""

    start_date: datetime | None = None
    end_date: datetime | None = None
    id: tuple[str, ...] = ()
    currency: tuple[str, ...] = ()
    pay_out_state: tuple[PayOutState, ...] = ()
    pay_out_psp_code: tuple[PayOutProvider, ...] = ()


@attrs.frozen(kw_only=True, field_transformer=typed)
class InvoiceFilter:
    """Which documents. Mirakl's own default leaves out what the operator makes by hand; ours is ALL."""

    type: InvoiceType = InvoiceType.ALL
    start_date: datetime | None = None
    end_date: datetime | None = None
    invoice_id: tuple[int, ...] = ()
    seller_billing_cycle_id: tuple[str, ...] = ()
    payment_status: InvoicePaymentState | None = None
    currency: str | None = None
    issuing_user_types: tuple[IssuingUserType, ...] = ()
    pay_out_psp_codes: tuple[PayOutProvider, ...] = ()


def list_billing_cycles(
    scope: Scope, wanted: BillingCycleFilter | None = None, *, size: int = MOST_CYCLES, token: str = ""
) -> Call[Page[Row[BillingCycle]]]:
    """The shop's billing cycles by *wanted*, oldest first, a page of *size* (1 to 1000): SBC11."""
    wanted = wanted or BillingCycleFilter()
    for currency in wanted.currency:
        _known_currency(scope, "SBC11", currency)
    filters = [
        ("start_date", instant(scope, "SBC11", "start_date", wanted.start_date)),
        ("end_date", instant(scope, "SBC11", "end_date", wanted.end_date)),
        *(("id", each) for each in cycle_ids(scope, "SBC11", "id", wanted.id)),
        *(("currency", each) for each in several(scope, "SBC11", "currency", wanted.currency)),
        *(("pay_out_state", each) for each in several(scope, "SBC11", "pay_out_state", wanted.pay_out_state)),
        *(("pay_out_psp_code", each) for each in several(scope, "SBC11", "pay_out_psp_code", wanted.pay_out_psp_code)),
    ]
    return seek_page(scope, _CYCLES, filters, size=size, sort="dateCreated,ASC", token=token)


def list_invoices(
    scope: Scope, wanted: InvoiceFilter | None = None, *, size: int = MOST_VALUES, offset: int = 0, after: str = ""
) -> Call[Page[Row[Invoice]]]:
    """The operator's invoices and credits by *wanted*, oldest first, a page of *size* (1 to 100): IV01.

    *after* is the ``mark`` of the page before.
    """
    wanted = wanted or InvoiceFilter()
    if wanted.currency is not None:
        _known_currency(scope, "IV01", wanted.currency)
    if any(not 0 <= number <= _LARGEST for number in wanted.invoice_id):
        raise refused_locally(scope, "IV01", "invoice_id", "must hold numbers of documents")
    ids = several(scope, "IV01", "invoice_id", [str(number) for number in wanted.invoice_id])
    cycles = cycle_ids(scope, "IV01", "seller_billing_cycle_id", wanted.seller_billing_cycle_id)
    filters = [
        ("type", code_of(wanted.type)),
        ("start_date", instant(scope, "IV01", "start_date", wanted.start_date)),
        ("end_date", instant(scope, "IV01", "end_date", wanted.end_date)),
        *(("invoice_id", each) for each in ids),
        *(("seller_billing_cycle_id", each) for each in cycles),
        ("payment_status", code_of(wanted.payment_status)),
        ("currency", wanted.currency),
        *(("issuing_user_types", e) for e in several(scope, "IV01", "issuing_user_types", wanted.issuing_user_types)),
        *(("pay_out_psp_codes", e) for e in several(scope, "IV01", "pay_out_psp_codes", wanted.pay_out_psp_codes)),
    ]
    return offset_page(scope, _INVOICES, filters, size=size, offset=offset, after=after, sort="dateCreated")


def download_invoice(scope: Scope, invoice_id: int) -> Call[Download]:
    """The file of one document by its ``invoice_id``, which it has once it is issued: IV02."""
    if not 0 <= invoice_id <= _LARGEST:
        raise refused_locally(scope, "IV02", "accounting_document_id", f"must be a document's number, not {invoice_id}")

    request = Request(
        method="GET",
        path=f"/api/invoices/{invoice_id}",
        query=scope.query(),
        headers={"accept": "application/octet-stream, */*;q=0.9"},
        timeout=_DOWNLOAD_SECONDS,
        spool=True,
    )
    decode = partial(downloaded, scope=scope, operation="IV02", archive=False)
    return Call(operation="IV02", repeat="free", request=request, decode=decode)


def _known_currency(scope: Scope, operation: str, currency: str) -> None:
    if currency not in CURRENCIES:
        raise refused_locally(scope, operation, "currency", f"cannot be {currency!r}: Mirakl filters by ISO 4217 codes")
