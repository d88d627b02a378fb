"""How money goes back: what is asked for, and the refunds or cancelations that it takes. Pure.

Who was debited gets a refund (OR28), who was not has goods taken out of the order (OR30), or the whole order cancelled
(OR29). What Mirakl would refuse for certain, and what would give back more than is left, is told with its reason.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

import attrs

from khaos_connectors.core.amounts import from_minor, nearest, typed_money
from khaos_connectors.core.money import exactly, minor_digits
from khaos_connectors.mirakl.after_sales.remaining import Part, Remaining, remaining
from khaos_connectors.mirakl.models.codes import LineState, OrderState, OrderTaxMode
from khaos_connectors.mirakl.models.orders import Order
from khaos_connectors.mirakl.models.refunds import NewCancelation, NewFee, NewRefund, NewTax

__all__ = ["Ask", "Codes", "NotPossible", "Plan", "Windows", "everything_left", "plan_money_back"]

_UNPAID = frozenset({OrderState.WAITING_DEBIT, OrderState.WAITING_DEBIT_PAYMENT})
_LEFT_SHIPPING = frozenset({OrderState.SHIPPED, OrderState.TO_COLLECT, OrderState.RECEIVED})
_NO_SHIPPING: Decimal | None = Decimal(0)


@attrs.frozen(kw_only=True, field_transformer=typed_money)
class Ask:
    """What is to go back on one line, in the order's tax mode.

    *amount* is for the goods. None means the share of *units*, never more than they cost, or without units all that is
    left. *shipping* None means all that is left of it; nothing of it goes back unless asked for. *fees*: give back the
    customer's fees too; None means so where all goods and shipping go back. *not_to_ship*: the units need not be
    shipped any more; None means so where all of a line that has not left goes back. *reason_code* overrules that of
    ``Codes``.
    """

    line_id: str
    amount: Decimal | None = None
    shipping: Decimal | None = _NO_SHIPPING
    units: int | None = None
    fees: bool | None = None
    not_to_ship: bool | None = None
    reason_code: str = ""


@attrs.frozen(kw_only=True)
class Codes:
    """The operator's reason codes to use, from RE01: one of type REFUND, one of type CANCELATION."""

    refund: str = ""
    cancelation: str = ""


@attrs.frozen(kw_only=True)
class Windows:
    """In which order states money can go back: some operators take refunds in SHIPPING, none takes them in CLOSED."""

    refund: frozenset[OrderState] = frozenset({OrderState.SHIPPING}) | _LEFT_SHIPPING
    cancel: frozenset[OrderState] = frozenset({OrderState.SHIPPING}) | _UNPAID | _LEFT_SHIPPING


@attrs.frozen(kw_only=True)
class Plan:
    """What is to be sent for one order: refunds, cancelations, or the cancelation of the *whole_order*."""

    order_id: str
    order_tax_mode: OrderTaxMode | None
    refunds: tuple[NewRefund, ...] = ()
    cancelations: tuple[NewCancelation, ...] = ()
    whole_order: bool = False


@attrs.frozen(kw_only=True)
class NotPossible:
    """Why nothing is to be sent; every reason that was found."""

    reasons: tuple[str, ...]


def everything_left(order: Order) -> tuple[Ask, ...]:
    """All that is left of every line of *order*: goods, shipping and fees."""
    return tuple(Ask(line_id=line.line_id, shipping=None) for line in remaining(order) if line.anything)


@exactly
def plan_money_back(
    order: Order,
    asks: Sequence[Ask],
    *,
    codes: Codes,
    asked_mode: OrderTaxMode | None = None,
    windows: Windows | None = None,
) -> Plan | NotPossible:
    """How *asks* are done on *order* as it stands, or all reasons why not. All of them are done, or none.

    *asked_mode* is the tax mode that the order was read in, for old instances that do not echo it. A whole order that
    nobody was debited for, may be cancelled (``can_cancel``) and has no reason code is cancelled by OR29, which takes
    none.
    """
    windows = windows or Windows()
    told = order.order_tax_mode
    mode = told if isinstance(told, OrderTaxMode) else asked_mode
    lines = {line.line_id: line for line in remaining(order)}
    problems = _problems(order, asks, lines, windows)
    if problems:
        return NotPossible(reasons=problems)
    whole = _is_whole(order, asks, lines) and not codes.cancelation and not any(ask.reason_code for ask in asks)
    if whole and order.can_cancel:
        return Plan(order_id=order.order_id, order_tax_mode=mode, whole_order=True)
    by_order = bool(order.order_taxes) and mode is OrderTaxMode.TAX_EXCLUDED
    found = [
        _row(order, ask, lines[ask.line_id], codes, included=mode is not OrderTaxMode.TAX_EXCLUDED) for ask in asks
    ]
    wrong = tuple(each for each in found if isinstance(each, str))
    if wrong:
        return NotPossible(reasons=wrong)
    rows = [
        each if not by_order else attrs.evolve(each, taxes=(), shipping_taxes=())
        for each in found
        if not isinstance(each, str)
    ]
    return Plan(
        order_id=order.order_id,
        order_tax_mode=mode,
        refunds=tuple(row for row in rows if isinstance(row, NewRefund)),
        cancelations=tuple(row for row in rows if isinstance(row, NewCancelation)),
    )


# --- whether ---------------------------------------------------------------------------------------------------------


def _problems(order: Order, asks: Sequence[Ask], lines: Mapping[str, Remaining], windows: Windows) -> tuple[str, ...]:
    state = order.order_state
    named = [ask.line_id for ask in asks]
    problems = [f"line {line_id} is asked for twice" for line_id in dict.fromkeys(named) if named.count(line_id) > 1]
    problems += [
        f"order {order.order_id} has no line {line_id}" for line_id in dict.fromkeys(named) if line_id not in lines
    ]
    if not asks:
        left = any(line.anything for line in lines.values())
        problems.append(f"nothing is {'asked for' if left else 'left to give back'} on order {order.order_id}")
    try:
        minor_digits(order.currency_iso_code)
    except ValueError as strange:
        problems.append(str(strange))
    known = [lines[line_id] for line_id in named if line_id in lines]
    if any(line.debited for line in known) and state not in windows.refund:
        problems.append(f"an order in {_shown(state)} takes no refund")
    else:
        problems += [
            f"line {line.line_id}: Mirakl says that it cannot be refunded (can_refund)"
            for line in known
            if line.debited and line.refundable is False and line.anything
        ]
    if any(not line.debited for line in known):
        problems += _why_not_cancel(order, windows)
    return tuple(problems)


def _why_not_cancel(order: Order, windows: Windows) -> list[str]:
    state = order.order_state
    if state is OrderState.WAITING_ACCEPTANCE:
        return ["the order waits for acceptance: refuse its lines instead (OR21)"]
    if state not in windows.cancel:
        return [f"an order in {_shown(state)} takes no cancelation"]
    if state in _UNPAID and order.can_cancel is False:
        return [f"the operator lets nobody cancel this order in {_shown(state)} (can_cancel)"]
    return []


def _is_whole(order: Order, asks: Sequence[Ask], lines: Mapping[str, Remaining]) -> bool:
    """Whether *asks* are all of an order of which nothing was debited and nothing went back so far."""
    untouched = not any(line.refunds or line.cancelations for line in order.order_lines)
    asked = {ask.line_id for ask in asks if ask.amount is None and ask.units is None and ask.shipping is None}
    rest = {line.line_id for line in lines.values() if line.anything}
    return untouched and rest <= asked and not any(line.debited for line in lines.values())


def _shown(state: object) -> str:
    return str(state.value) if isinstance(state, OrderState) else f"a state that is not known ({state})"


# --- how much --------------------------------------------------------------------------------------------------------


@attrs.frozen
class _Sums:
    goods: Decimal
    shipping: Decimal
    units: int
    fees: tuple[NewFee, ...]
    all_goods: bool


def _row(order: Order, ask: Ask, line: Remaining, codes: Codes, *, included: bool) -> NewRefund | NewCancelation | str:
    sums = _sums(order, ask, line)
    if isinstance(sums, str):
        return f"line {line.line_id}: {sums}"
    code = ask.reason_code or (codes.refund if line.debited else codes.cancelation)
    if not code:
        return f"line {line.line_id}: needs a reason code of type {'REFUND' if line.debited else 'CANCELATION'}"
    currency = order.currency_iso_code
    taxes = _taxes(line.taxes, sums.goods, line.amount, currency, included=included)
    shipping_taxes = _taxes(line.shipping_taxes, sums.shipping, line.shipping, currency, included=included)
    if not line.debited:
        if ask.not_to_ship is False:
            return f"line {line.line_id}: what is cancelled is never shipped"
        return NewCancelation(
            order_line_id=line.line_id,
            amount=sums.goods,
            shipping_amount=sums.shipping,
            quantity=sums.units,
            reason_code=code,
            currency_iso_code=currency,
            taxes=taxes,
            shipping_taxes=shipping_taxes,
            fees=sums.fees,
        )
    excluded = _excluded(order, ask, line, sums)
    if isinstance(excluded, str):
        return f"line {line.line_id}: {excluded}"
    return NewRefund(
        order_line_id=line.line_id,
        amount=sums.goods,
        shipping_amount=sums.shipping,
        quantity=sums.units or None,
        reason_code=code,
        currency_iso_code=currency,
        taxes=taxes,
        shipping_taxes=shipping_taxes,
        fees=sums.fees,
        excluded_from_shipment=excluded or None,
    )


def _sums(order: Order, ask: Ask, line: Remaining) -> _Sums | str:
    # Units on a refund only inform: those of a goodwill refund may be given back with an amount of their own.
    most = line.units if ask.amount is None else line.ordered
    if ask.units is not None and not 0 <= ask.units <= most:
        if ask.amount is None and not line.amount:
            return f"{_units(ask.units)} asked for, and nothing of the goods is left to give back"
        rest = "" if not 0 < ask.units <= line.ordered else ": earlier refunds name the others, so say how much"
        return f"{_units(ask.units)} asked for, {most} {'is' if most == 1 else 'are'} left{rest}"
    goods = line.amount if ask.amount is None else ask.amount
    if ask.amount is None and ask.units is not None:
        goods = _share_of_units(line, ask.units, order.currency_iso_code)
    shipping = line.shipping if ask.shipping is None else ask.shipping
    for what, wanted, left in (("goods", goods, line.amount), ("shipping", shipping, line.shipping)):
        if not wanted.is_finite() or wanted < 0 or wanted > left:
            return f"{wanted} is asked for of the {what}, {left} is left"
        if _places(wanted) > max(minor_digits(order.currency_iso_code), _places(left)):
            return f"{wanted} has more digits than an amount in {order.currency_iso_code}"
    all_goods = goods == line.amount
    with_fees = (all_goods and shipping == line.shipping) if ask.fees is None else ask.fees
    fees = tuple(NewFee(code=fee.code, amount=fee.amount) for fee in line.fees if fee.amount) if with_fees else ()
    if not (goods or shipping or fees):
        return "nothing is asked for" if line.anything else "nothing is left of it"
    units = (line.units if all_goods and goods else 0) if ask.units is None else ask.units
    return _Sums(goods=goods, shipping=shipping, units=units, fees=fees, all_goods=all_goods)


def _units(count: int) -> str:
    return f"{count} unit is" if count == 1 else f"{count} units are"


def _share_of_units(line: Remaining, units: int, currency: str) -> Decimal:
    """What goes back for *units* of those that no refund named: their price, or their share where less is left.

    Where an earlier refund gave less for the units that it named than they cost, the rest is no part of these.
    """
    if not units:
        return Decimal(0)
    named = line.ordered - line.units
    before, after = (_share(line.price, Fraction(count, line.ordered), currency) for count in (named, named + units))
    if line.amount >= line.price - before:
        return after - before
    return line.amount if units == line.units else _share(line.amount, Fraction(units, line.units), currency)


def _share(amount: Decimal, share: Fraction, currency: str) -> Decimal:
    """*share* of *amount* to the penny, half up, and never more than the amount."""
    digits = minor_digits(currency)
    return min(amount, from_minor(nearest(Fraction(amount) * share * 10**digits), currency))


def _places(amount: Decimal) -> int:
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _taxes(
    parts: Sequence[Part], taken: Decimal, whole: Decimal, currency: str, *, included: bool
) -> tuple[NewTax, ...]:
    """The taxes that have to be sent with *taken* out of *whole*: those that Mirakl does not work out by itself.

    The last part takes what is left of a tax, so that the parts come to the whole of it. Where prices include taxes, a
    tax is never more than the amount that it is in.
    """
    rows: list[NewTax] = []
    for part in parts:
        if part.automatic:
            continue
        share = Fraction(taken) / Fraction(whole) if taken else Fraction(0)
        amount = part.amount if share == 1 else _share(part.amount, share, currency)
        rows.append(NewTax(code=part.code, amount=min(amount, taken) if included else amount))
    return tuple(rows)


def _excluded(order: Order, ask: Ask, line: Remaining, sums: _Sums) -> bool | str:
    to_be_shipped = order.order_state is OrderState.SHIPPING and line.state in (LineState.SHIPPING, None)
    if ask.not_to_ship is None:
        return to_be_shipped and sums.all_goods and sums.units > 0
    if ask.not_to_ship and not to_be_shipped:
        return "has left already: nothing of it can be kept from shipment"
    if ask.not_to_ship and not sums.units:
        return "name the units that need not be shipped"
    return ask.not_to_ship
