"""What the simulated marketplace knows of money: a log of signed amounts, cycles, documents, exports."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

import attrs

__all__ = ["Cycle", "Document", "LogExport", "MoneySettings", "MoneyState", "Transaction"]


@attrs.frozen(kw_only=True)
class MoneySettings:
    """How this marketplace pays. A part that is not open is refused: the log with 403, cycles and documents with 404.

    *commission_vat* is a percentage. A cycle is paid *pay_out_seconds* after it was closed, or fails to be for the
    reason *pay_out_failure*. *export_shape* is what a
    JSON file of an export holds; *export_span* the longest stretch of creation dates that an export takes.
    """

    log_open: bool = True
    cycles_open: bool = True
    documents_open: bool = True
    commission_vat: Decimal = Decimal(20)
    pay_out_seconds: float = 3600
    pay_out_failure: str = ""
    export_seconds: float = 30
    export_shape: Literal["object", "list"] = "object"
    export_span: timedelta = timedelta(days=366)


@attrs.frozen(kw_only=True)
class Transaction:
    """One signed amount; plus is to the seller. *state* is the vendor's payment state, *balance* the one after it."""

    number: int
    transaction_id: str
    kind: str
    amount: Decimal
    currency: str
    created_at: datetime
    updated_at: datetime
    state: str
    balance: Decimal
    cycle_id: str | None = None
    order_id: str | None = None
    line_id: str | None = None
    refund_id: str | None = None
    fee_code: str | None = None
    document_number: str | None = None
    description: str | None = None


@attrs.frozen(kw_only=True)
class Document:
    """An invoice or a credit of the operator; amounts are above 0. *summary* is that of a cycle's own document."""

    number: int
    document_id: str
    kind: str
    currency: str
    created_at: datetime
    net: Decimal
    tax: Decimal
    description: str
    cycle_id: str | None = None
    paid_at: datetime | None = None
    failure: str = ""
    summary: Mapping[str, Decimal] | None = None


@attrs.frozen(kw_only=True)
class Cycle:
    """One billing cycle. *opening* and *closing* are the seller's debt (below 0) before and after it."""

    cycle_id: str
    number: int
    currency: str
    created_at: datetime
    payout: Decimal
    opening: Decimal
    closing: Decimal
    summary: Mapping[str, Decimal]
    paid_at: datetime | None = None
    failure: str = ""

    @property
    def reference(self) -> str | None:
        """What the bank shows once it is paid."""
        return None if self.paid_at is None else f"BANK{self.number:06d}"


@attrs.frozen(kw_only=True)
class LogExport:
    """An export of the log: its rows are taken when it runs."""

    tracking_id: str
    created_at: datetime
    query: tuple[tuple[str, str], ...]
    lines: bool
    items_per_chunk: int
    chunks: tuple[tuple[str, ...], ...] | None = None


@attrs.define(kw_only=True)
class MoneyState:
    """Everything about money that changes; the records in it are frozen and replaced."""

    transactions: dict[str, Transaction] = attrs.field(factory=dict[str, Transaction])
    cycles: dict[str, Cycle] = attrs.field(factory=dict[str, Cycle])
    documents: list[Document] = attrs.field(factory=list[Document])
    exports: dict[str, LogExport] = attrs.field(factory=dict[str, LogExport])
    booked: set[str] = attrs.field(factory=set[str])
    balance: Decimal = Decimal(0)
    debt: Decimal = Decimal(0)
