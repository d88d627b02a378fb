"""From Mirakl's billing cycles and transactions to statements and their lines. Pure.

What no document says is our inference, and is told as such: that the transactions of a cycle, its ``PAYMENT`` left
out, add up to what the cycle pays, and that a cycle which comes to less than nothing is carried into the next one.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from khaos_connectors.core.amounts import to_minor, total
from khaos_connectors.core.ids import LineId, OrderId
from khaos_connectors.core.settlement import (
    LineClass,
    Meaning,
    SettlementLine,
    Statement,
    classify,
)
from khaos_connectors.mirakl.mapping.words import code_word
from khaos_connectors.mirakl.models.accounting_codes import (
    InvoicePaymentState,
    InvoiceType,
    PayOutState,
    TransactionPaymentState,
)
from khaos_connectors.mirakl.models.billing import BilledShop, BillingCycle, InvoiceSummary, PayOut
from khaos_connectors.mirakl.models.invoices import Invoice, InvoicePayment
from khaos_connectors.mirakl.models.transactions import (
    Coded,
    FeeEntity,
    Identified,
    ManualDocument,
    OneOffItem,
    OrderEntity,
    OrderReferences,
    TaxEntity,
    Transaction,
    TransactionEntities,
)
from khaos_connectors.mirakl.money.settlement_types import TRANSACTION_TYPES

__all__ = [
    "carried",
    "cycle_of",
    "is_paid_directly",
    "settlement_line",
    "statement",
    "unfit",
]

_NOTHING = Decimal(0)
_PAY_OUT_STATES = {
    InvoicePaymentState.PENDING: PayOutState.TO_PAY,
    InvoicePaymentState.PAID: PayOutState.PAID,
    InvoicePaymentState.FAILED: PayOutState.FAILED,
}


def settlement_line(
    row: Transaction, *, statement_id: str, table: Mapping[str, Meaning] = TRANSACTION_TYPES
) -> SettlementLine:
    """One transaction as a line of the statement *statement_id*, its meaning taken from *table*.

    Raises ``ValueError`` for an amount that is not in whole minor units of its currency: nothing is rounded here.
    """
    about = row.entities or TransactionEntities()
    order = about.order or OrderEntity()
    item, document = about.one_off_item or OneOffItem(), about.manual_accounting_document or ManualDocument()
    references = order.references or OrderReferences()
    line = SettlementLine(
        line_id=row.id,
        statement_id=statement_id,
        type=code_word(row.type),
        currency=row.currency_iso_code,
        amount=row.amount,
        order_id=OrderId(order.id or ""),
        order_line_id=LineId((about.order_line or Identified()).id or ""),
        order_reference=references.order_reference_for_seller or "",
        refund_id=(about.refund or Identified()).id or "",
        fee_code=(about.fee or FeeEntity()).code or (about.order_fee or Coded()).code or "",
        tax_code=(about.order_tax or TaxEntity()).code or (about.shop_tax or TaxEntity()).code or "",
        description=item.description or document.number or "",
        payment_state=code_word(row.payment_state),
        at=row.date_created,
    )
    return classify(line, table)


def cycle_of(invoice: Invoice) -> BillingCycle | None:
    """The billing cycle that a document is of, for instances that do not list their cycles; None for any other one.

    Only documents of type AUTO_INVOICE are, and only when they tell what was paid.
    """
    summary = invoice.summary or InvoiceSummary()
    payout = summary.amount_transferred
    number = invoice.seller_billing_cycle_id or invoice.id
    if invoice.type is not InvoiceType.AUTO_INVOICE or payout is None or number is None:
        return None
    if invoice.date_created is None or invoice.currency_iso_code is None:
        return None
    payment = invoice.payment or InvoicePayment()
    state = payment.state
    return BillingCycle(
        id=number,
        date_created=invoice.date_created,
        currency_iso_code=invoice.currency_iso_code,
        amount_transferred_to_seller=payout,
        amount_transferred_to_operator=summary.amount_transferred_to_operator,
        pay_out=PayOut(
            state=_PAY_OUT_STATES[state] if isinstance(state, InvoicePaymentState) else state,
            reference=payment.reference,
            transaction_date=payment.transaction_date,
            failure_reason=payment.failure_reason,
        ),
        pay_out_psp_code=invoice.pay_out_psp_code,
        payment_voucher_number=invoice.payment_voucher_number,
        shop=BilledShop(
            shop_id=invoice.shop_id,
            shop_name=invoice.shop_name,
            shop_corporate_name=invoice.shop_corporate_name,
            shop_operator_internal_id=invoice.shop_operator_internal_id,
            shop_model=invoice.shop_model,
        ),
        summary=summary,
    )


def is_paid_directly(line: SettlementLine) -> bool:
    """Whether the customer has paid the seller for this directly, so that the marketplace does not (an inference).

    That is the order's own money in the state NOT_APPLICABLE; fees on such an order are still owed.
    """
    own = line.line_class in (LineClass.SALE, LineClass.REFUND)
    return own and line.payment_state == TransactionPaymentState.NOT_APPLICABLE.value


def carried(opening: Decimal, lines: Sequence[SettlementLine], payout: Decimal, currency: str) -> Decimal:
    """What a cycle carries into the next one: a debt of the seller, where nothing is paid out (an inference).

    *opening* is what came from the cycle before. Anything else that is left over is not explained here: the statement
    will not tie.
    """
    amounts = (line.amount for line in lines if line.line_class is not LineClass.PAYOUT)
    left = total((opening, *amounts), currency)
    return left if left < 0 and not payout else _NOTHING


def statement(
    cycle: BillingCycle,
    *,
    opening: Decimal = _NOTHING,
    closing: Decimal = _NOTHING,
    sums: Mapping[LineClass, Decimal] | None = None,
) -> Statement:
    """A billing cycle as a statement, dated by the day (UTC) on which it was made; *sums* as by ``class_sums``.

    Raises ``ValueError`` for amounts that are not in whole minor units, and for a currency that is no code.
    """
    return Statement(
        statement_id=cycle.id,
        currency=cycle.currency_iso_code,
        issued=cycle.date_created.date(),
        payout=cycle.amount_transferred_to_seller,
        opening=opening,
        closing=closing,
        summary=dict(sums or {}),
    )


def unfit(cycle: BillingCycle) -> tuple[str, str] | None:
    """Why *cycle* can be no statement: the name of its field and what is expected of it; None if it can."""
    currency = cycle.currency_iso_code
    if not cycle.id.strip():
        return "id", "an id"
    try:
        to_minor(_NOTHING, currency)
    except ValueError:
        return "currency_iso_code", "a currency of three capital letters"
    try:
        to_minor(cycle.amount_transferred_to_seller, currency)
    except ValueError:
        return "amount_transferred_to_seller", f"an amount in whole minor units of {currency}"
    return None
