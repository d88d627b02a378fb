"""The sums that a billing cycle tells of itself, by class of lines, or as lines where there are no transactions. Pure.

Which sum is about which types of transactions is told by their names only, hence our inference.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

import attrs

from khaos_connectors.core.amounts import from_minor, to_minor, total
from khaos_connectors.core.settlement import UNCLASSIFIED, LineClass, Meaning, SettlementLine, classify
from khaos_connectors.mirakl.mapping.words import code_word
from khaos_connectors.mirakl.models.accounting_codes import InvoiceType
from khaos_connectors.mirakl.models.billing import BillingCycle, BillingSummary
from khaos_connectors.mirakl.models.invoices import Invoice
from khaos_connectors.mirakl.money.settlement_types import TRANSACTION_TYPES

__all__ = ["class_sums", "odd_sums", "summary_lines", "with_documents"]


@attrs.frozen
class _Sum:
    """One sum of a cycle: its name without the ending, whether it has one (taxes apart or not), and its types.

    *types* are those of the amount, *taxes* those of the tax that comes on top. Whether types of *perhaps* are in it,
    its name does not tell.
    """

    name: str
    types: tuple[str, ...]
    taxes: tuple[str, ...] = ()
    ending: bool = True
    perhaps: tuple[str, ...] = ()


_OF_PURCHASES = ("PURCHASE_COMMISSION_FEE", "PURCHASE_SHIPPING_COMMISSION_FEE", "PURCHASE_FEE_COMMISSION_FEE")
_SUMS = (
    _Sum(
        "payable_orders",
        ("ORDER_AMOUNT", "ORDER_SHIPPING_AMOUNT"),
        ("ORDER_AMOUNT_TAX", "ORDER_SHIPPING_AMOUNT_TAX"),
    ),
    _Sum(
        "refund_payable_orders",
        ("REFUND_ORDER_AMOUNT", "REFUND_ORDER_SHIPPING_AMOUNT"),
        ("REFUND_ORDER_AMOUNT_TAX", "REFUND_ORDER_SHIPPING_AMOUNT_TAX"),
    ),
    _Sum("commissions", ("COMMISSION_FEE",), ("COMMISSION_VAT",), perhaps=_OF_PURCHASES),
    _Sum(
        "refund_commissions",
        ("REFUND_COMMISSION_FEE",),
        ("REFUND_COMMISSION_VAT",),
        perhaps=tuple(f"REFUND_{code}" for code in _OF_PURCHASES),
    ),
    _Sum("subscription", ("SUBSCRIPTION_FEE",), ("SUBSCRIPTION_VAT",)),
    _Sum("fee", ("ORDER_FEE_AMOUNT",)),
    _Sum("refund_fee", ("REFUND_ORDER_FEE_AMOUNT",)),
    _Sum("seller_fees_on_orders", ("SELLER_FEE_ON_ORDER",), ("SELLER_FEE_ON_ORDER_TAX",)),
    _Sum("seller_penalty_fees", ("SELLER_PENALTY_FEE",), ("SELLER_PENALTY_FEE_TAX",)),
    _Sum(
        "other_credits",
        ("MANUAL_CREDIT", "INVOICEABLE_ONE_OFF_CREDIT"),
        ("MANUAL_CREDIT_VAT", "INVOICEABLE_ONE_OFF_CREDIT_TAX"),
    ),
    _Sum(
        "other_invoices",
        ("MANUAL_INVOICE", "INVOICEABLE_ONE_OFF_DEBIT"),
        ("MANUAL_INVOICE_VAT", "INVOICEABLE_ONE_OFF_DEBIT_TAX"),
    ),
    _Sum(
        "operator_remitted_taxes",
        ("OPERATOR_REMITTED_ORDER_AMOUNT_TAX", "OPERATOR_REMITTED_ORDER_SHIPPING_AMOUNT_TAX"),
        ending=False,
    ),
    _Sum(
        "refund_operator_remitted_taxes",
        ("OPERATOR_REMITTED_REFUND_ORDER_AMOUNT_TAX", "OPERATOR_REMITTED_REFUND_ORDER_SHIPPING_AMOUNT_TAX"),
        ending=False,
    ),
    _Sum("fee_operator_remitted", ("OPERATOR_REMITTED_ORDER_FEE_AMOUNT",)),
    _Sum("refund_fee_operator_remitted", ("OPERATOR_REMITTED_REFUND_ORDER_FEE_AMOUNT",)),
    _Sum(
        "operator_paid_shipping_charges",
        ("OPERATOR_PAID_ORDER_SHIPPING_AMOUNT",),
        ("OPERATOR_PAID_ORDER_SHIPPING_AMOUNT_TAX",),
    ),
    _Sum(
        "refund_operator_paid_shipping_charges",
        ("OPERATOR_PAID_REFUND_ORDER_SHIPPING_AMOUNT",),
        ("OPERATOR_PAID_REFUND_ORDER_SHIPPING_AMOUNT_TAX",),
    ),
    _Sum("purchase_taxes", ("PURCHASE_ORDER_AMOUNT_TAX", "PURCHASE_ORDER_SHIPPING_AMOUNT_TAX"), ending=False),
    _Sum(
        "refund_purchase_taxes",
        ("REFUND_PURCHASE_ORDER_AMOUNT_TAX", "REFUND_PURCHASE_ORDER_SHIPPING_AMOUNT_TAX"),
        ending=False,
    ),
)
_RELEASED = _Sum("reserve_settlement", ("RESERVE_SETTLEMENT",))
_RESERVES = (_Sum("reserve_funding", ("RESERVE_FUNDING",)), _RELEASED)
"""Told by the document of a cycle (IV01) only, without the words that the other sums have around them."""


_TYPES_BY_HAND = {
    "MANUAL_CREDIT": ("MANUAL_CREDIT", "MANUAL_CREDIT_VAT"),
    "MANUAL_INVOICE": ("MANUAL_INVOICE", "MANUAL_INVOICE_VAT"),
}
_BY_HAND = frozenset(code for codes in _TYPES_BY_HAND.values() for code in codes)


def class_sums(
    summary: BillingSummary | None,
    *,
    currency: str,
    table: Mapping[str, Meaning] = TRANSACTION_TYPES,
    met: Collection[str] = (),
) -> Mapping[LineClass, Decimal]:
    """What a cycle's own *summary* says per class of lines, for the comparison with its transactions.

    Only classes of which every type stands in the summary are there, and only if none of their sums is missing or
    finer than the currency; what is UNKNOWN to *table* is in no class. *met* are the types of the cycle's lines: of a
    sum that may or may not hold some of them nothing is compared.
    """
    told = {each: _units(_amount(summary, each), currency) for each in (*_SUMS, *_RESERVES)}
    found: dict[LineClass, int] = {}
    incomplete = {LineClass.PAYOUT, LineClass.UNKNOWN}
    covered: set[str] = set()
    for each, units in told.items():
        types = (*each.types, *each.taxes)
        covered.update(types)
        classes = {table[code].line_class if code in table else LineClass.UNKNOWN for code in types}
        if units is None or len(classes) > 1 or not set(each.perhaps).isdisjoint(met):
            incomplete |= classes
        else:
            (line_class,) = classes
            found[line_class] = found.get(line_class, 0) + units
    incomplete |= {meaning.line_class for code, meaning in table.items() if code not in covered}
    return {each: from_minor(units, currency) for each, units in found.items() if each not in incomplete}


def odd_sums(summary: BillingSummary | None, *, currency: str) -> Iterator[tuple[str, Decimal]]:
    """The sums of a cycle that are not in whole minor units, by name: they are neither compared nor made lines of."""
    for each in (*_SUMS, *_RESERVES):
        amount = _amount(summary, each)
        if amount is not None and _units(amount, currency) is None:
            yield each.name, amount


def summary_lines(
    cycle: BillingCycle, summary: BillingSummary | None, *, table: Mapping[str, Meaning] = TRANSACTION_TYPES
) -> tuple[SettlementLine, ...]:
    """The sums of a cycle as lines, for keys that may not read the transactions: one line to each sum that is not 0,
    and one to its tax where that is a type of its own.

    No order is named in them, so sales and refunds will be unmatched; fees are booked as they would be. ``odd_sums``
    are left out.
    """
    lines: list[SettlementLine] = []
    for each in (*_SUMS, *_RESERVES):
        for kind, amount in _parts(summary, each, cycle.currency_iso_code, table):
            bare = SettlementLine(
                line_id=f"{cycle.id}/{each.name}/{kind}",
                statement_id=cycle.id,
                type=kind,
                currency=cycle.currency_iso_code,
                amount=amount,
                description=f"sum of the cycle: {each.name}",
                at=cycle.date_created,
            )
            lines.append(classify(bare, table))
    return tuple(lines)


def _parts(
    summary: BillingSummary | None, each: _Sum, currency: str, table: Mapping[str, Meaning]
) -> Iterator[tuple[str, Decimal]]:
    units, kind = _units(_amount(summary, each), currency), each.types[0]
    if not units:
        return
    net = _units(_amount(summary, each, "excl_tax"), currency) if each.taxes else None
    # Sales and refunds are owed whole, and no order is told of which their taxes could be.
    if net is None or table.get(kind, UNCLASSIFIED).line_class in (LineClass.SALE, LineClass.REFUND):
        yield kind, from_minor(units, currency)
        return
    tax = units - net
    for code, part in ((kind, units - tax), (each.taxes[0], tax)):
        if part:
            yield code, from_minor(part, currency)


def _units(amount: Decimal | None, currency: str) -> int | None:
    if amount is None:
        return None
    try:
        return to_minor(amount, currency)
    except ValueError:
        return None


def _amount(summary: BillingSummary | None, each: _Sum, ending: str = "incl_tax") -> Decimal | None:
    """The amount of a sum, plus is to the seller; None where it is not told."""
    if each in _RESERVES:
        # Whichever sign it has: what is kept back is taken, what is released is given.
        held: Decimal | None = getattr(summary, each.name, None)
        return held if held is None else held.copy_abs() if each is _RELEASED else held.copy_abs().copy_negate()
    name = f"total_{each.name}_{ending}" if each.ending else f"total_{each.name}"
    found: Decimal | None = getattr(summary, name, None)
    return found


def with_documents(
    lines: Sequence[SettlementLine],
    documents: Iterable[Invoice],
    *,
    table: Mapping[str, Meaning] = TRANSACTION_TYPES,
) -> tuple[SettlementLine, ...]:
    """*lines* of a summary in which the operator's invoices and credits by hand stand one by one.

    Only if they come to the same as the sums in their place; else *lines* as they are.
    """
    by_hand = [line for line in lines if line.type in _BY_HAND]
    if not by_hand:
        return tuple(lines)
    cycle, currency = by_hand[0].statement_id, by_hand[0].currency
    try:
        named = [line for each in documents for line in _document_lines(each, cycle, currency, table)]
    except ValueError:
        return tuple(lines)
    if not named or total((line.amount for line in named), currency) != total((e.amount for e in by_hand), currency):
        return tuple(lines)
    return (*(line for line in lines if line.type not in _BY_HAND), *named)


def _document_lines(
    document: Invoice, cycle: str, currency: str, table: Mapping[str, Meaning]
) -> Iterator[SettlementLine]:
    kinds = _TYPES_BY_HAND.get(code_word(document.type))
    whole, net = document.total_amount_incl_taxes, document.total_amount_excl_taxes
    if kinds is None or whole is None or document.currency_iso_code != currency:
        return
    units = to_minor(whole, currency)
    tax = 0 if net is None else units - to_minor(net, currency)
    number = str(document.invoice_id) if document.invoice_id is not None else document.id or ""
    about = [each.description for each in document.details or () if each.description]
    sign = 1 if document.type is InvoiceType.MANUAL_CREDIT else -1
    for kind, part in zip(kinds, (units - tax, tax), strict=True):
        if part:
            bare = SettlementLine(
                line_id=f"{cycle}/{number}/{kind}",
                statement_id=cycle,
                type=kind,
                currency=currency,
                amount=from_minor(sign * part, currency),
                description=f"document {number}: {'; '.join(about)}" if about else f"document {number}",
                at=document.date_created,
            )
            yield classify(bare, table)
