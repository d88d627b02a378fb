"""From an order to what the marketplace owes for it. Pure."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from khaos_connectors.core.amounts import from_minor, to_minor
from khaos_connectors.core.ids import LineId, OrderId
from khaos_connectors.core.money import exactly
from khaos_connectors.core.orders import TaxMode
from khaos_connectors.core.quantities import largest_remainder
from khaos_connectors.core.settlement_types import Expected, ExpectedOrder, LineKind, VatKey
from khaos_connectors.mirakl.models import codes, orders

__all__ = ["expected_order"]

_NOTHING = Decimal(0)
_GONE = frozenset({codes.LineState.REFUSED, codes.LineState.CANCELED})
_EARLY = frozenset({codes.LineState.STAGING, codes.LineState.WAITING_ACCEPTANCE})


@exactly
def expected_order(
    wire: orders.Order,
    *,
    tax_mode: TaxMode = TaxMode.INCLUDED,
    asked_mode: codes.OrderTaxMode | None = None,
    since: datetime | None = None,
    vat: VatKey | None = None,
) -> ExpectedOrder:
    """What *wire* says that the marketplace owes: goods and shipping of each line, less what was cancelled.

    Nothing is owed for a line that was refused or cancelled, nor for one that is not accepted yet. Taxes that belong to
    the order are owed in the share, by amount, that its lines are: OR11 does not tell which line they are of.

    It is the marketplace's word on itself: ``core.settlement.expected_of`` of the draft that went into the ERP also
    finds what was invoiced otherwise. *tax_mode* is the statement's: EXCLUDED expects net amounts and taxes apart.
    *asked_mode* is the mode that the order was read in, for old instances that do not echo it. *since* is by default
    when the customer was debited. Refunds lower nothing: credit notes stand for them. Fees that the customer pays are
    lines of the log with a type of their own. Raises ``ValueError`` for amounts that are not whole minor units.
    """
    told = wire.order_tax_mode if isinstance(wire.order_tax_mode, codes.OrderTaxMode) else asked_mode
    net_told = told is codes.OrderTaxMode.TAX_EXCLUDED
    apart = tax_mode is TaxMode.EXCLUDED
    parts: list[Expected] = []

    def add(line_id: str, kinds: tuple[LineKind, LineKind], amount: Decimal, tax: Decimal) -> None:
        net = amount if net_told else amount - tax
        both = ((kinds[0], net), (kinds[1], tax)) if apart else ((kinds[0], net + tax),)
        parts.extend(Expected(line_id=LineId(line_id), kind=kind, amount=sum_) for kind, sum_ in both if sum_)

    for line in wire.order_lines:
        if not _is_owed(line):
            continue
        gone = line.cancelations or ()
        goods = line.price - _sum(each.amount for each in gone)
        shipping = line.shipping_price - _sum(each.shipping_amount for each in gone)
        tax = _taxes(line.taxes) - _sum(_taxes(each.taxes) for each in gone)
        shipping_tax = _taxes(line.shipping_taxes) - _sum(_taxes(each.shipping_taxes) for each in gone)
        add(line.order_line_id, (LineKind.GOODS, LineKind.GOODS_TAX), goods, tax)
        add(line.order_line_id, (LineKind.SHIPPING, LineKind.SHIPPING_TAX), shipping, shipping_tax)
    if net_told and not any(line.taxes or line.shipping_taxes for line in wire.order_lines):
        add("", (LineKind.GOODS, LineKind.GOODS_TAX), _NOTHING, _order_tax(wire))
    return ExpectedOrder(
        order_id=OrderId(wire.order_id),
        currency=wire.currency_iso_code,
        parts=tuple(parts),
        reference=(wire.references and wire.references.order_reference_for_seller) or "",
        since=since or wire.customer_debited_date,
        vat=vat,
    )


def _is_owed(line: orders.OrderLine) -> bool:
    return line.order_line_state not in _GONE and line.order_line_state not in _EARLY


@exactly
def _order_tax(wire: orders.Order) -> Decimal:
    """What is owed of the taxes that belong to the order."""
    whole = _sum(each.total_amount for each in wire.order_taxes or ())
    owed = [line for line in wire.order_lines if _is_owed(line)]
    if not whole or not owed:
        return _NOTHING
    # A total of the order does not hold its refused and cancelled lines; what is cancelled of a line it does.
    taxed = _sum(_price(line) for line in wire.order_lines if line.order_line_state not in _GONE)
    # A cancelation that says its taxes has lowered its line by them already.
    untold = [
        each
        for line in owed
        for each in line.cancelations or ()
        if not (_taxes(each.taxes) or _taxes(each.shipping_taxes))
    ]
    kept = _sum(map(_price, owed)) - _sum(part for each in untold for part in (each.amount, each.shipping_amount))
    if taxed <= 0 or kept >= taxed:
        return whole
    weights = [Fraction(max(kept, _NOTHING)), Fraction(taxed - max(kept, _NOTHING))]
    share, _ = largest_remainder(to_minor(whole, wire.currency_iso_code), weights)
    return from_minor(share, wire.currency_iso_code)


def _price(line: orders.OrderLine) -> Decimal:
    return line.price + line.shipping_price


def _taxes(taxes: Iterable[orders.TaxAmount] | None) -> Decimal:
    return _sum(tax.amount for tax in taxes or ())


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((each or _NOTHING for each in amounts), _NOTHING)
