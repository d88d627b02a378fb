"""What refunds and credit notes consist of. Amounts are ``Decimal`` in whole minor units of the record's currency."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from enum import Enum

import attrs

from khaos_connectors.core.amounts import in_minor_units, to_minor, total
from khaos_connectors.core.exception_report import Reason
from khaos_connectors.core.fields import aware_or_none, not_blank, percentage
from khaos_connectors.core.ids import AccountId, LineId, OrderId, StockCode
from khaos_connectors.core.orders import ErpOrderDraft, TaxMode
from khaos_connectors.core.vat import STANDARD_RATE

__all__ = [
    "CreditLine",
    "CreditNote",
    "CreditNoteDraft",
    "CreditedLine",
    "Held",
    "NextStep",
    "RefundEvent",
    "RefundLine",
    "RefundPolicy",
    "RefundState",
    "Sale",
    "SoldLine",
    "sale_of",
]


class RefundState(Enum):
    """Where a refund stands in its channel. WITHDRAWN: it will not be paid. UNKNOWN: a code that we have not met."""

    AWAITING_DECISION = "awaiting decision"
    AWAITING_PAYMENT = "awaiting payment"
    REFUNDED = "refunded"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


@attrs.frozen(kw_only=True)
class RefundLine:
    """What a refund gives back on one order line (``line_id`` None: on the order as a whole).

    *amount* and *shipping* are in the refund's tax mode, from 0; a tax of None was not stated. *commission* is what
    the channel returns to the seller. *quantity* is for information: goodwill and shipping have none.
    """

    line_id: LineId | None = None
    amount: Decimal = Decimal(0)
    tax: Decimal | None = None
    shipping: Decimal = Decimal(0)
    shipping_tax: Decimal | None = None
    commission: Decimal = Decimal(0)
    quantity: int | None = None
    reason: str = ""


def _lines_in_minor_units(refund: "RefundEvent", _: object, lines: tuple[RefundLine, ...]) -> None:
    for line in lines:
        amounts = (line.amount, line.tax, line.shipping, line.shipping_tax, line.commission)
        for amount in amounts:
            if amount is not None:
                to_minor(amount, refund.currency)


@attrs.frozen(kw_only=True)
class RefundEvent:
    """A refund as a channel tells it; its key is *refund_id*. *at* is aware."""

    account: AccountId
    refund_id: str = attrs.field(validator=not_blank)
    order_id: OrderId
    state: RefundState
    currency: str
    lines: tuple[RefundLine, ...] = attrs.field(validator=_lines_in_minor_units)
    tax_mode: TaxMode = TaxMode.INCLUDED
    at: datetime | None = attrs.field(default=None, validator=aware_or_none)


@attrs.frozen(kw_only=True)
class SoldLine:
    """A line of the ERP's order or invoice: *gross* is its money with tax, *vat_rate* a percentage."""

    line_id: LineId
    stock_code: StockCode
    gross: Decimal
    vat_rate: Decimal = attrs.field(default=STANDARD_RATE, validator=percentage)


def _no_line_twice(sale: "Sale", _: object, lines: tuple[SoldLine, ...]) -> None:
    ids = [line.line_id for line in lines]
    if len(set(ids)) < len(ids):
        raise ValueError(f"lines: order {sale.order_id} has a line twice: {', '.join(ids)}")
    for line in lines:
        to_minor(line.gross, sale.currency)


@attrs.frozen(kw_only=True)
class Sale:
    """What was sold, as the ERP holds it: the limit of everything that may be credited.

    *invoice* is empty while there is none. *cancelled* says that the ERP's order was cancelled as a whole.
    """

    order_id: OrderId
    currency: str
    lines: tuple[SoldLine, ...] = attrs.field(validator=_no_line_twice)
    shipping_gross: Decimal = attrs.field(default=Decimal(0), validator=in_minor_units)
    shipping_rate: Decimal = attrs.field(default=STANDARD_RATE, validator=percentage)
    reference: str = ""
    invoice: str = ""
    cancelled: bool = False


def sale_of(
    draft: ErpOrderDraft, *, invoice: str = "", cancelled: bool = False, shipping_rate: Decimal = STANDARD_RATE
) -> Sale:
    """The sale that *draft* became in the ERP. A draft line of several channel lines counts under the first."""
    return Sale(
        order_id=draft.order_id,
        currency=draft.currency,
        lines=tuple(
            SoldLine(line_id=line.source[0], stock_code=line.stock_code, gross=line.gross, vat_rate=line.vat_rate)
            for line in draft.lines
            if line.source
        ),
        shipping_gross=draft.shipping_gross,
        shipping_rate=shipping_rate,
        reference=draft.reference,
        invoice=invoice,
        cancelled=cancelled,
    )


@attrs.frozen(kw_only=True)
class CreditedLine:
    """How much of a sold line a credit note has given back, tax included."""

    line_id: LineId
    gross: Decimal


def _credited_in_minor_units(note: "CreditNote", _: object, lines: tuple[CreditedLine, ...]) -> None:
    for line in lines:
        to_minor(line.gross, note.currency)


@attrs.frozen(kw_only=True)
class CreditNote:
    """A credit note in the ERP: *code* is its number, *refund_id* the channel's refund that it is for.

    *complete* is False while it is a draft that waits for the channel's payment. *settled* is how much of it the
    statements so far have taken from the seller, from 0 to *total*. *written_off* adds up the differences, without
    sign, that statements took for rounding on it while its order was not among the expected.
    """

    code: str
    refund_id: str
    order_id: OrderId
    currency: str
    lines: tuple[CreditedLine, ...] = attrs.field(default=(), validator=_credited_in_minor_units)
    shipping: Decimal = attrs.field(default=Decimal(0), validator=in_minor_units)
    complete: bool = True
    settled: Decimal = attrs.field(default=Decimal(0), validator=in_minor_units)
    written_off: Decimal = attrs.field(default=Decimal(0), validator=in_minor_units)

    @property
    def total(self) -> Decimal:
        """Goods and shipping, tax included."""
        return total((self.shipping, *(line.gross for line in self.lines)), self.currency)


@attrs.frozen(kw_only=True)
class CreditLine:
    """One line to credit: *net* + *vat* is what was refunded. *quantity* is what the channel said, if anything."""

    line_id: LineId
    stock_code: StockCode
    net: Decimal
    vat: Decimal
    vat_rate: Decimal
    quantity: int | None = None
    reason: str = ""

    @property
    def gross(self) -> Decimal:
        """Net and VAT together."""
        return self.net + self.vat


@attrs.frozen(kw_only=True)
class CreditNoteDraft:
    """A credit note to be created, whole. *against* is the invoice it is for, else the order's reference.

    *complete* is False for a draft ahead of the channel's payment. *commission* is what the channel gives back of its
    fee, for information: the settlement books it.
    """

    account: AccountId
    refund_id: str
    order_id: OrderId
    against: str
    currency: str
    lines: tuple[CreditLine, ...]
    shipping_net: Decimal
    shipping_vat: Decimal
    commission: Decimal
    complete: bool
    notes: tuple[str, ...] = ()

    @property
    def total(self) -> Decimal:
        """All that is given back, tax included."""
        return total(self._parts(), self.currency)

    def _parts(self) -> Iterator[Decimal]:
        yield self.shipping_net
        yield self.shipping_vat
        yield from (line.gross for line in self.lines)

    def as_note(self, code: str) -> CreditNote:
        """The credit note once the ERP has given it the number *code*."""
        return CreditNote(
            code=code,
            refund_id=self.refund_id,
            order_id=self.order_id,
            currency=self.currency,
            lines=tuple(CreditedLine(line_id=line.line_id, gross=line.gross) for line in self.lines),
            shipping=self.shipping_net + self.shipping_vat,
            complete=self.complete,
        )


class NextStep(Enum):
    """What is to be done about a refund for which no credit note is made now.

    WAIT: ask again later. FETCH_ORDER: import the order, then try again. CANCEL_ONLY: cancel the order in the ERP.
    DECIDE: a person looks at the reasons. NOTHING: it is done, or will never be paid.
    """

    WAIT = "wait"
    FETCH_ORDER = "fetch order"
    CANCEL_ONLY = "cancel only"
    DECIDE = "decide"
    NOTHING = "nothing"


@attrs.frozen(kw_only=True)
class Held:
    """No credit note now: what to do instead, and why. *reasons* are for people; a mere wait has none."""

    step: NextStep
    why: str
    reasons: tuple[Reason, ...] = ()


@attrs.frozen(kw_only=True)
class RefundPolicy:
    """*draft_early* makes a draft as soon as the channel has decided, to be completed once it has paid."""

    draft_early: bool = False
