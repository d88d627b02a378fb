"""From refunds and cancelations of an order to events that credit notes are made from. Pure.

Everything that stands on the order counts, whoever made it: the seller, the operator, its customer service.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from khaos_connectors.core.amounts import from_minor, to_minor
from khaos_connectors.core.ids import AccountId, ChannelSku, LineId, OrderId
from khaos_connectors.core.money import exactly
from khaos_connectors.core.orders import TaxMode
from khaos_connectors.core.quantities import largest_remainder
from khaos_connectors.core.refunds import RefundEvent, RefundLine, RefundState, fee_line
from khaos_connectors.mirakl.models import codes, orders

__all__ = ["cancelation_events", "refund_events"]

_NOTHING = Decimal(0)


def refund_events(
    account: AccountId,
    wire: orders.Order,
    *,
    asked_mode: codes.OrderTaxMode | None = None,
    packs: Mapping[ChannelSku, int] | None = None,
) -> tuple[RefundEvent, ...]:
    """An event for every refund on *wire*, by refund id, by amount.

    *packs* tells how many of the ERP's units a SKU stands for, where that is not 1. Fees that go back to the customer
    are lines of their own (``core.refunds.fee_line``), as they are in the sale. Raises ``ValueError`` for amounts that
    are not whole minor units.
    """
    mode = _mode(wire, asked_mode)
    by_order = _order_taxes(wire) if mode is TaxMode.EXCLUDED else {}
    return tuple(
        RefundEvent(
            account=account,
            refund_id=refund.id,
            order_id=OrderId(wire.order_id),
            state=_state(refund),
            currency=wire.currency_iso_code,
            lines=(
                _line(line, refund, mode, packs or {}, by_order.get(refund.id)),
                *_fees(wire, refund, mode),
            ),
            tax_mode=mode,
            at=refund.transaction_date or refund.created_date,
        )
        for line in wire.order_lines
        for refund in line.refunds or ()
    )


def cancelation_events(
    account: AccountId,
    wire: orders.Order,
    *,
    asked_mode: codes.OrderTaxMode | None = None,
    packs: Mapping[ChannelSku, int] | None = None,
) -> tuple[RefundEvent, ...]:
    """An event for every cancelation on *wire*: money that will never be asked of the customer.

    Only an order that the ERP has invoiced already needs a credit note for it. The id is that of the cancelation behind
    ``"cancelation "``, because Mirakl numbers refunds and cancelations apart.
    """
    mode = _mode(wire, asked_mode)
    return tuple(
        RefundEvent(
            account=account,
            refund_id=f"cancelation {cancelation.id}",
            order_id=OrderId(wire.order_id),
            state=RefundState.REFUNDED,
            currency=wire.currency_iso_code,
            lines=(_line(line, cancelation, mode, packs or {}, None), *_fees(wire, cancelation, mode)),
            tax_mode=mode,
            at=cancelation.created_date,
        )
        for line in wire.order_lines
        for cancelation in line.cancelations or ()
    )


def _state(refund: orders.Refund) -> RefundState:
    state = refund.refund_state if refund.refund_state is not None else refund.state
    if state is codes.RefundState.REFUNDED:
        return RefundState.REFUNDED
    return RefundState.AWAITING_PAYMENT if isinstance(state, codes.RefundState) else RefundState.UNKNOWN


def _mode(wire: orders.Order, asked: codes.OrderTaxMode | None) -> TaxMode:
    told = wire.order_tax_mode if isinstance(wire.order_tax_mode, codes.OrderTaxMode) else asked
    taxed = bool(wire.order_taxes) or _taxed_by_line(wire)
    # Without any tax on the order both modes show the same figures, which are what the customer pays.
    return TaxMode.EXCLUDED if told is codes.OrderTaxMode.TAX_EXCLUDED and taxed else TaxMode.INCLUDED


def _taxed_by_line(wire: orders.Order) -> bool:
    return any(line.taxes or line.shipping_taxes for line in wire.order_lines)


def _fees(wire: orders.Order, back: orders.Refund | orders.Cancelation, mode: TaxMode) -> tuple[RefundLine, ...]:
    """A line for each fee. Beside net amounts a tax that is not listed is none, except where taxes are the order's."""
    untaxed = mode is TaxMode.EXCLUDED and (_taxed_by_line(wire) or not wire.order_taxes)
    tax, reason = _NOTHING if untaxed else None, back.reason_code or ""
    return tuple(
        RefundLine(line_id=fee_line(fee.code), amount=fee.amount, tax=tax, reason=reason)
        for fee in back.fees or ()
        if fee.amount
    )


@exactly
def _line(
    line: orders.OrderLine,
    back: orders.Refund | orders.Cancelation,
    mode: TaxMode,
    packs: Mapping[ChannelSku, int],
    by_order: tuple[Decimal, Decimal] | None,
) -> RefundLine:
    sku = ChannelSku(line.offer_sku)
    tax, shipping_tax = _tax(back.taxes, mode), _tax(back.shipping_taxes, mode)
    if by_order is not None and not (back.taxes or back.shipping_taxes):
        tax, shipping_tax = by_order
    elif _tax_is_awaited(back):
        tax, shipping_tax = tax or None, shipping_tax or None
    return RefundLine(
        line_id=LineId(line.order_line_id),
        amount=back.amount or _NOTHING,
        tax=tax,
        shipping=back.shipping_amount or _NOTHING,
        shipping_tax=shipping_tax,
        commission=back.commission_total_amount or back.commission_amount or _NOTHING,
        quantity=(back.quantity or 0) * packs.get(sku, 1) or None,
        reason=back.reason_code or "",
    )


def _tax_is_awaited(back: orders.Refund | orders.Cancelation) -> bool:
    state = codes.RefundState.WAITING_REFUND_TAX_CONFIRMATION
    return isinstance(back, orders.Refund) and state in (back.refund_state, back.state)


def _tax(taxes: Iterable[orders.TaxAmount] | None, mode: TaxMode) -> Decimal | None:
    stated = list(taxes or ())
    if not stated:
        # Beside net prices only a tax that is listed goes back; in gross prices it is inside, at the line's rate.
        return _NOTHING if mode is TaxMode.EXCLUDED else None
    return sum((tax.amount for tax in stated), _NOTHING)


def _order_taxes(wire: orders.Order) -> dict[str, tuple[Decimal, Decimal]]:
    """Where taxes belong to the order: the tax of goods and of shipping for each refund, shared by amount."""
    totals = {
        group.order_refund_id: sum((tax.total_amount for tax in group.taxes or ()), _NOTHING)
        for group in wire.order_refunds or ()
    }
    shares: dict[str, tuple[Decimal, Decimal]] = {}
    refunds = [refund for line in wire.order_lines for refund in line.refunds or ()]
    currency = wire.currency_iso_code
    for group, total in totals.items():
        own = [refund for refund in refunds if refund.order_refund_id == group]
        weights = [Fraction(part or 0) for refund in own for part in (refund.amount, refund.shipping_amount)]
        if not any(weights):
            continue
        parts = [from_minor(units, currency) for units in largest_remainder(to_minor(total, currency), weights)]
        for at, refund in enumerate(own):
            shares[refund.id] = (parts[2 * at], parts[2 * at + 1])
    return shares
