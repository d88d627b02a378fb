"""What is left of an order to give back or to cancel, line by line. Pure.

A line keeps its price when parts of it are refunded or cancelled: what is left is the price without those parts.
"""

from collections.abc import Iterable
from decimal import Decimal

import attrs

from khaos_connectors.core.money import exactly
from khaos_connectors.mirakl.models.amounts import Fee, TaxAmount
from khaos_connectors.mirakl.models.codes import LineState, OrderState, PaymentWorkflow, TaxCalculationRule
from khaos_connectors.mirakl.models.orders import Cancelation, Order, OrderLine, Refund

__all__ = ["Part", "Remaining", "remaining"]

_GONE = frozenset({LineState.REFUSED, LineState.CANCELED})
_LEFT = frozenset({OrderState.SHIPPED, OrderState.TO_COLLECT, OrderState.RECEIVED, OrderState.CLOSED})
_NOTHING = Decimal(0)


@attrs.frozen(kw_only=True)
class Part:
    """What is left of one tax or fee; *automatic*: Mirakl works out its share of a partial refund by itself."""

    code: str
    amount: Decimal
    automatic: bool = False


@attrs.frozen(kw_only=True)
class Remaining:
    """What is left of one line, in the order's tax mode. Money beside goods and shipping is listed by code.

    *price* is what the goods of the whole line cost. *units* counts what no refund and no cancelation named, *ordered*
    what was bought. *debited* says which way money goes back: by a refund if the customer was debited, by a cancelation
    if not. *refundable* is Mirakl's own word on refunds, None where it has none.
    """

    line_id: str
    price: Decimal
    amount: Decimal
    shipping: Decimal
    units: int
    ordered: int
    debited: bool
    refundable: bool | None = None
    state: LineState | None = None
    taxes: tuple[Part, ...] = ()
    shipping_taxes: tuple[Part, ...] = ()
    fees: tuple[Part, ...] = ()

    @property
    def anything(self) -> bool:
        """Whether there is money left."""
        return bool(self.amount or self.shipping or any(fee.amount for fee in self.fees))


@exactly
def remaining(order: Order) -> tuple[Remaining, ...]:
    """What is left of each line of *order*; lines that were refused or cancelled whole have nothing left."""
    return tuple(_line(order, line) for line in order.order_lines)


def _line(order: Order, line: OrderLine) -> Remaining:
    state = line.order_line_state if isinstance(line.order_line_state, LineState) else None
    debited = _debited(order, line)
    if state in _GONE:
        return Remaining(
            line_id=line.order_line_id,
            price=line.price,
            amount=_NOTHING,
            shipping=_NOTHING,
            units=0,
            ordered=line.quantity,
            debited=debited,
            state=state,
        )
    back: tuple[Refund | Cancelation, ...] = (*(line.refunds or ()), *(line.cancelations or ()))
    return Remaining(
        line_id=line.order_line_id,
        price=line.price,
        amount=_less(line.price, (each.amount for each in back)),
        shipping=_less(line.shipping_price, (each.shipping_amount for each in back)),
        units=max(0, line.quantity - sum(each.quantity or 0 for each in back)),
        ordered=line.quantity,
        debited=debited,
        refundable=line.can_refund,
        state=state,
        taxes=_parts(line.taxes, [tax for each in back for tax in each.taxes or ()]),
        shipping_taxes=_parts(line.shipping_taxes, [tax for each in back for tax in each.shipping_taxes or ()]),
        fees=_parts(line.fees, [fee for each in back for fee in each.fees or ()]),
    )


def _debited(order: Order, line: OrderLine) -> bool:
    if line.debited_date is not None or line.can_refund:
        return True
    # Paid by shipment, the order's own date tells of one of its shipments, and not whether this line was in it.
    if order.payment_workflow is not PaymentWorkflow.PAY_ON_SHIPMENT and order.customer_debited_date is not None:
        return True
    # Where the operator confirms no payment there is never a date: what has left is paid for.
    unconfirmed = order.payment_workflow is PaymentWorkflow.NO_CUSTOMER_PAYMENT_CONFIRMATION
    return unconfirmed and order.order_state in _LEFT


def _less(whole: Decimal, taken: Iterable[Decimal | None]) -> Decimal:
    return max(_NOTHING, whole - sum((each or _NOTHING for each in taken), _NOTHING))


def _parts(whole: tuple[TaxAmount | Fee, ...] | None, taken: Iterable[TaxAmount | Fee]) -> tuple[Part, ...]:
    sums: dict[str, Decimal] = {}
    automatic: dict[str, bool] = {}
    for each in whole or ():
        sums[each.code] = sums.get(each.code, _NOTHING) + each.amount
        rule = each.tax_calculation_rule if isinstance(each, TaxAmount) else None
        # Only if all taxes of a code are computed by Mirakl may that code be left out of a request.
        automatic[each.code] = automatic.get(each.code, True) and rule is TaxCalculationRule.PROPORTIONAL_TO_AMOUNT
    for each in taken:
        if each.code in sums:
            sums[each.code] -= each.amount
    return tuple(
        Part(code=code, amount=max(_NOTHING, amount), automatic=automatic[code]) for code, amount in sums.items()
    )
