"""What refunds and credit notes consist of. Amounts are ``Decimal`` in whole minor units of the record's currency."""

from datetime import datetime
from decimal import Decimal
from enum import Enum

import attrs

from khaos_connectors.core.amounts import (
    in_minor_units,
    in_minor_units_from_0,
    known_currency,
    to_minor,
    total,
    whole_units,
)
from khaos_connectors.core.exception_report import Reason
from khaos_connectors.core.fields import aware_or_none, exact_amount, not_blank, percentage, typed
from khaos_connectors.core.ids import AccountId, LineId, OrderId, StockCode
from khaos_connectors.core.money import exactly
from khaos_connectors.core.orders import TaxMode
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
]


class RefundState(Enum):
    """Where a refund stands in its channel. WITHDRAWN: it will not be paid. UNKNOWN: a code that we have not met."""

    AWAITING_DECISION = "awaiting decision"
    AWAITING_PAYMENT = "awaiting payment"
    REFUNDED = "refunded"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


@attrs.frozen(kw_only=True, field_transformer=typed)
class RefundLine:
    """What a refund gives back on one order line (``line_id`` None: on the order as a whole; that of ``fee_line``: of a
    fee that the customer paid beside the lines).

    *amount* and *shipping* are in the refund's tax mode, from 0; a tax of None was not stated. *commission* is what
    the channel returns to the seller. *quantity* counts what comes back in the ERP's units, so a box of 3 that the
    channel counts as 1 is 3 (``Target.pack``); goodwill and shipping have none. No amount is reckoned from it.
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
        of_line = "the order" if line.line_id is None else f"line {line.line_id}"
        amounts = {
            "amount": line.amount,
            "tax": line.tax,
            "shipping": line.shipping,
            "shipping_tax": line.shipping_tax,
            "commission": line.commission,
        }
        for name, amount in amounts.items():
            if amount is not None:
                whole_units(f"lines: {name} of {of_line}", amount, refund.currency)


@attrs.frozen(kw_only=True, field_transformer=typed)
class RefundEvent:
    """A refund as a channel tells it; its key is *refund_id*. *at* is aware."""

    account: AccountId
    refund_id: str = attrs.field(validator=not_blank)
    order_id: OrderId
    state: RefundState
    currency: str = attrs.field(validator=known_currency)
    lines: tuple[RefundLine, ...] = attrs.field(validator=_lines_in_minor_units)
    tax_mode: TaxMode = TaxMode.INCLUDED
    at: datetime | None = attrs.field(default=None, validator=aware_or_none)


def _part_of(what: str, vat: Decimal | None, gross: Decimal) -> None:
    if vat is not None and not min(Decimal(0), gross) <= vat <= max(Decimal(0), gross):
        raise ValueError(f"{what} must be a part of {gross}, not {vat}")


def _vat_of_line(
    line: "SoldLine | CreditedLine", field: "attrs.Attribute[Decimal | None]", vat: Decimal | None
) -> None:
    _part_of(f"{field.name} of line {line.line_id}", vat, line.gross)


def _vat_of_sold_shipping(sale: "Sale", field: "attrs.Attribute[Decimal | None]", vat: Decimal | None) -> None:
    _pennies_or_none(sale, field, vat)
    _part_of(field.name, vat, sale.shipping_gross)


def _vat_of_credited_shipping(
    note: "CreditNote", field: "attrs.Attribute[Decimal | None]", vat: Decimal | None
) -> None:
    _pennies_or_none(note, field, vat)
    _part_of(field.name, vat, note.shipping)


def _pennies_or_none(
    record: "Sale | CreditNote", field: "attrs.Attribute[Decimal | None]", vat: Decimal | None
) -> None:
    if vat is not None:
        whole_units(field.name, vat, record.currency)


@attrs.frozen(kw_only=True, field_transformer=typed)
class SoldLine:
    """A line of the ERP's order or invoice: *gross* is its money with tax, *vat_rate* a percentage.

    *vat* is the tax in it as the ERP has it; None: what the rate gives.
    """

    line_id: LineId
    stock_code: StockCode
    gross: Decimal
    vat_rate: Decimal = attrs.field(default=STANDARD_RATE, validator=percentage)
    vat: Decimal | None = attrs.field(default=None, validator=_vat_of_line)


def _line_in_minor_units(line: "SoldLine | CreditedLine", currency: str) -> None:
    whole_units(f"lines: gross of line {line.line_id}", line.gross, currency)
    if line.vat is not None:
        whole_units(f"lines: vat of line {line.line_id}", line.vat, currency)


def _no_line_twice(sale: "Sale", _: object, lines: tuple[SoldLine, ...]) -> None:
    ids = [line.line_id for line in lines]
    if len(set(ids)) < len(ids):
        raise ValueError(f"lines: order {sale.order_id} has a line twice: {', '.join(ids)}")
    for line in lines:
        _line_in_minor_units(line, sale.currency)


@attrs.frozen(kw_only=True, field_transformer=typed)
class Sale:
    """What was sold, as the ERP holds it: the limit of everything that may be credited.

    Shipping is all carriage, whether of the lines or of the whole order; *shipping_code* is the stock code that it has
    where it is a line of the ERP's order. *charges_gross* is what the customer paid beside lines and shipping: fees
    and rounding, less the discounts of the whole order, so it may be below 0. A *shipping_vat* of None is what the
    rate gives, a *charges_vat* of None is as much as in lines and shipping together.

    *invoice* is empty while there is none. *cancelled* says that the ERP's order was cancelled as a whole.
    """

    order_id: OrderId
    currency: str = attrs.field(validator=known_currency)
    lines: tuple[SoldLine, ...] = attrs.field(validator=_no_line_twice)
    shipping_gross: Decimal = attrs.field(default=Decimal(0), validator=in_minor_units)
    shipping_rate: Decimal = attrs.field(default=STANDARD_RATE, validator=percentage)
    reference: str = ""
    invoice: str = ""
    cancelled: bool = False
    shipping_vat: Decimal | None = attrs.field(default=None, validator=_vat_of_sold_shipping)
    shipping_code: StockCode | None = None
    charges_gross: Decimal = attrs.field(default=Decimal(0), validator=in_minor_units)
    charges_vat: Decimal | None = attrs.field(default=None, validator=_pennies_or_none)

    @property
    def paid(self) -> Decimal:
        """What the customer paid for the order: lines, shipping and charges, tax included."""
        return total((self.shipping_gross, self.charges_gross, *(line.gross for line in self.lines)), self.currency)


@attrs.frozen(kw_only=True, field_transformer=typed)
class CreditedLine:
    """How much of a sold line a credit note has given back, tax included; *vat* is the tax in it, None: not known."""

    line_id: LineId
    gross: Decimal
    vat: Decimal | None = attrs.field(default=None, validator=_vat_of_line)


def _credited_in_minor_units(note: "CreditNote", _: object, lines: tuple[CreditedLine, ...]) -> None:
    for line in lines:
        _line_in_minor_units(line, note.currency)


def _within_total(note: "CreditNote", field: "attrs.Attribute[Decimal]", settled: Decimal) -> None:
    whole_units(field.name, settled, note.currency)
    if settled:  # most are not settled: no sum for those
        _part_of(field.name, settled, note.total)


@attrs.frozen(kw_only=True, field_transformer=typed)
class CreditNote:
    """A credit note in the ERP: *code* is its number, *refund_id* the channel's refund that it is for.

    *complete* is False while it is a draft that waits for the channel's payment. *settled* is how much of it the
    statements so far have taken from the seller, from 0 to *total*. *written_off* adds up the differences, without
    sign, that statements took for rounding on it while its order was not among the expected. *shipping_vat* is the tax
    in *shipping*, None: not known.
    """

    code: str
    refund_id: str
    order_id: OrderId
    currency: str = attrs.field(validator=known_currency)
    lines: tuple[CreditedLine, ...] = attrs.field(default=(), validator=_credited_in_minor_units)
    shipping: Decimal = attrs.field(default=Decimal(0), validator=in_minor_units)
    complete: bool = True
    settled: Decimal = attrs.field(default=Decimal(0), validator=_within_total)
    written_off: Decimal = attrs.field(default=Decimal(0), validator=in_minor_units_from_0)
    shipping_vat: Decimal | None = attrs.field(default=None, validator=_vat_of_credited_shipping)

    @property
    def total(self) -> Decimal:
        """Goods and shipping, tax included."""
        return total((self.shipping, *(line.gross for line in self.lines)), self.currency)


@exactly
def _net_and_vat(line: "CreditLine") -> Decimal:
    return line.net + line.vat


def _zero_or_more(record: object, field: "attrs.Attribute[Decimal]", amount: Decimal) -> None:
    exact_amount(record, field, amount)
    if amount < 0:
        raise ValueError(f"{field.name} must be 0 or more, not {amount}")


def _adds_up(line: "CreditLine", field: "attrs.Attribute[Decimal]", gross: Decimal) -> None:
    exact_amount(line, field, gross)
    if gross != _net_and_vat(line):
        raise ValueError(f"gross of line {line.line_id} is {gross}: net {line.net} and VAT {line.vat} are not that")


@attrs.frozen(kw_only=True, field_transformer=typed)
class CreditLine:
    """One line to credit: *net* + *vat* is *gross*, what was refunded; given without it, it is worked out.

    *quantity* is that of the refund's line, in the ERP's units.
    """

    line_id: LineId
    stock_code: StockCode
    net: Decimal = attrs.field(validator=_zero_or_more)
    vat: Decimal = attrs.field(validator=_zero_or_more)
    vat_rate: Decimal = attrs.field(validator=percentage)
    quantity: int | None = None
    reason: str = ""
    gross: Decimal = attrs.field(default=attrs.Factory(_net_and_vat, takes_self=True), validator=_adds_up)


def _draft_in_minor_units(draft: "CreditNoteDraft", _: object, lines: tuple[CreditLine, ...]) -> None:
    for line in lines:
        to_minor(line.net, draft.currency)
        to_minor(line.vat, draft.currency)


@attrs.frozen(kw_only=True, field_transformer=typed)
class CreditNoteDraft:
    """A credit note to be created, whole. *against* is the invoice it is for, else the order's reference.

    *complete* is False for a draft ahead of the channel's payment. *commission* is what the channel gives back of its
    fee, for information: the settlement books it. *shipping_code* is the stock code of the shipping, where the ERP's
    order has it as a line.
    """

    account: AccountId
    refund_id: str
    order_id: OrderId
    against: str
    currency: str = attrs.field(validator=known_currency)
    lines: tuple[CreditLine, ...] = attrs.field(validator=_draft_in_minor_units)
    shipping_net: Decimal = attrs.field(validator=in_minor_units_from_0)
    shipping_vat: Decimal = attrs.field(validator=in_minor_units_from_0)
    commission: Decimal = attrs.field(validator=in_minor_units)
    complete: bool
    notes: tuple[str, ...] = ()
    shipping_code: StockCode | None = None

    @property
    def net(self) -> Decimal:
        """All that is given back, without tax."""
        return total((self.shipping_net, *(line.net for line in self.lines)), self.currency)

    @property
    def vat(self) -> Decimal:
        """All tax that is given back."""
        return total((self.shipping_vat, *(line.vat for line in self.lines)), self.currency)

    @property
    def total(self) -> Decimal:
        """All that is given back, tax included."""
        return total((self.net, self.vat), self.currency)

    def as_note(self, code: str) -> CreditNote:
        """The credit note once the ERP has given it the number *code*."""
        return CreditNote(
            code=code,
            refund_id=self.refund_id,
            order_id=self.order_id,
            currency=self.currency,
            lines=tuple(CreditedLine(line_id=line.line_id, gross=line.gross, vat=line.vat) for line in self.lines),
            shipping=total((self.shipping_net, self.shipping_vat), self.currency),
            complete=self.complete,
            shipping_vat=self.shipping_vat,
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


@attrs.frozen(kw_only=True, field_transformer=typed)
class Held:
    """No credit note now: what to do instead, and why. *reasons* are for people; a mere wait has none."""

    step: NextStep
    why: str
    reasons: tuple[Reason, ...] = ()


@attrs.frozen(kw_only=True, field_transformer=typed)
class RefundPolicy:
    """*draft_early* makes a draft once the channel has decided (AWAITING_PAYMENT), to be completed when it has paid."""

    draft_early: bool = False
