"""From an order as a channel hands it over to one that an ERP can take: every line, or none with the reasons.

Pure: the same order under the same policy gives the same draft.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

import attrs

from khaos_connectors.core.address_rules import AddressProblem, address_doubts, address_problems
from khaos_connectors.core.addresses import country_code, missing_parts, tidy
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import typed
from khaos_connectors.core.ids import ChannelSku, OrderRef
from khaos_connectors.core.money import exactly, minor_digits
from khaos_connectors.core.order_policy import OrderPolicy
from khaos_connectors.core.order_totals import Totals, add_up, tax_differences, total_of
from khaos_connectors.core.orders import Address, ChannelOrder, ErpOrderDraft, OrderLine, OrderState, Payment
from khaos_connectors.core.skus import SkuMiss, Target

__all__ = ["Held", "MapResult", "Mapped", "Nothing", "OrderPolicy", "map_order"]

_GONE = frozenset({OrderState.REFUSED, OrderState.CANCELLED})
_LEFT = frozenset({OrderState.SHIPPED, OrderState.DELIVERED, OrderState.CLOSED})


@attrs.frozen(kw_only=True, field_transformer=typed)
class Mapped:
    """The draft, whole. *notes* say what was left out or replaced, and why."""

    draft: ErpOrderDraft
    notes: tuple[str, ...] = ()


@attrs.frozen(kw_only=True, field_transformer=typed)
class Held:
    """The order cannot be posted; at least one reason, at most one per exception type, each about the whole order."""

    reasons: tuple[Reason, ...]


@attrs.frozen(kw_only=True, field_transformer=typed)
class Nothing:
    """There is nothing to post: every line was cancelled or refused."""

    why: str
    notes: tuple[str, ...] = ()


MapResult: TypeAlias = Mapped | Held | Nothing


@exactly
def map_order(order: ChannelOrder, *, targets: Mapping[ChannelSku, Target | SkuMiss], policy: OrderPolicy) -> MapResult:
    """The ERP draft for *order*: all of its live lines, or none and why.

    Cancelled and refused lines are left out with a note. Prices are the channel's, line by line; VAT is split per
    line at our own rates. Discounts, fees and carriage of the whole order are lines of their own, under the codes that
    the policy gives. ``sum(lines) + shipping + rounding == total`` holds for every draft, and *total* is the channel's
    (less what was left out, where the channel still counts it).
    """
    live, notes = _live_lines(order)
    if not live:
        return Nothing(why=f"no line of order {order.order_id} is left to deliver", notes=notes)
    to = _destination(order, policy)
    reasons = [
        *_unmapped(order, live, targets),
        *_odd(order, live, policy),
        *_already_left(order, live),
        *_uncoded(order, policy),
    ]
    if not isinstance(to, _Destination):
        return Held(reasons=_one_per_type((*reasons, *to)))
    if reasons:
        return Held(reasons=_one_per_type(reasons))
    totals = add_up(order, live, _found(live, targets), policy)
    total = total_of(order, totals, policy)
    off = tax_differences(order, live, totals, policy)
    if total is None or off:
        return Held(reasons=_disagreement(order, totals, total, off))
    draft = ErpOrderDraft(
        account=order.account,
        reference=to.reference,
        order_id=order.order_id,
        placed_at=order.placed_at,
        currency=order.currency,
        lines=totals.lines + totals.charges,
        shipping_gross=totals.shipping.gross,
        shipping_net=totals.shipping.net,
        shipping_vat=totals.shipping.vat,
        rounding=total - totals.gross,
        total=total,
        delivery=to.delivery,
        billing=to.billing,
        customer_key=order.customer_key,
        customer_number=order.customer_number,
        service=to.service,
        deliver_by=order.ship_by,
        payments=_payments(order, total, policy),
    )
    return Mapped(draft=draft, notes=(*notes, *to.notes))


@attrs.frozen
class _Destination:
    """Where an order goes and under which reference it is found again."""

    reference: OrderRef
    delivery: Address
    billing: Address
    service: str
    notes: tuple[str, ...]


# --- which lines ---------------------------------------------------------------------------------------------------


def _live_lines(order: ChannelOrder) -> tuple[tuple[OrderLine, ...], tuple[str, ...]]:
    live: list[OrderLine] = []
    notes: list[str] = []
    for line in order.lines:
        if line.state in _GONE:
            notes.append(f"line {line.line_id} left out: {line.state.value}")
        elif 0 < line.quantity <= line.cancelled:
            notes.append(f"line {line.line_id} left out: all {line.quantity} cancelled")
        else:
            live.append(line)
            if line.cancelled > 0:
                notes.append(f"line {line.line_id}: {line.cancelled} of {line.quantity} cancelled")
            if line.refunded:
                notes.append(f"line {line.line_id}: the channel refunded {line.refunded} of {line.quantity}")
    return tuple(live), tuple(notes)


def _found(live: Sequence[OrderLine], targets: Mapping[ChannelSku, Target | SkuMiss]) -> Mapping[ChannelSku, Target]:
    return {line.sku: target for line in live if isinstance(target := targets.get(line.sku), Target)}


def _unmapped(
    order: ChannelOrder, live: Sequence[OrderLine], targets: Mapping[ChannelSku, Target | SkuMiss]
) -> list[Reason]:
    evidence: dict[str, str] = {}
    skus: dict[ChannelSku, None] = {}
    for line in live:
        target = targets.get(line.sku)
        if isinstance(target, Target):
            continue
        skus[line.sku] = None
        evidence[f"line {line.line_id}"] = target.why if target is not None else f"{line.sku!r} was not looked up"
        if target is not None and target.suggestions:
            near = ", ".join(f"{s.stock_code} ({s.why})" for s in target.suggestions)
            evidence[f"suggestions for {line.sku}"] = near
    if not evidence:
        return []
    names = ", ".join(repr(str(sku)) for sku in skus)
    return [_reason(order, ExceptionType.SKU_UNMAPPED, f"no stock code for {names}", evidence)]


def _odd(order: ChannelOrder, live: Sequence[OrderLine], policy: OrderPolicy) -> list[Reason]:
    """What needs somebody's word: no currency, quantity of none, price of nothing, negative price."""
    odd: dict[str, str] = {}
    try:
        minor_digits(order.currency)
    except ValueError as problem:
        odd["currency"] = str(problem)
    for line in live:
        if line.quantity <= 0:
            odd[f"line {line.line_id}"] = f"quantity {line.quantity}"
        elif line.amount == 0 and not policy.allow_zero_price:
            odd[f"line {line.line_id}"] = "costs nothing, and the policy does not allow that"
        elif line.amount < 0 and not policy.allow_negative:
            odd[f"line {line.line_id}"] = f"amount {line.amount}, and the policy does not allow negative lines"
    if not odd:
        return []
    return [
        _reason(order, ExceptionType.CONFIG_MISSING, f"no usable quantity, price or currency: {', '.join(odd)}", odd)
    ]


def _already_left(order: ChannelOrder, live: Sequence[OrderLine]) -> list[Reason]:
    """Posting a line that has left already would send it twice."""
    left = {
        f"line {line.line_id}": f"{line.state.value}, {line.shipped} of {line.quantity} shipped"
        for line in live
        if line.state in _LEFT or line.shipped > 0
    }
    if not left:
        return []
    return [_reason(order, ExceptionType.DESPATCH_DRIFT, "goods have left before the ERP had the order", left)]


def _uncoded(order: ChannelOrder, policy: OrderPolicy) -> list[Reason]:
    """A charge that the ERP has no code for would be money that nobody finds again."""
    codes = [charge.code for charge in order.charges if charge.code not in policy.charge_codes]
    if not codes:
        return []
    names = ", ".join(repr(code) for code in dict.fromkeys(codes))
    evidence = {f"charge {c.code}": f"{c.kind.value} of {c.amount}" for c in order.charges if c.code in codes}
    return [_reason(order, ExceptionType.CONFIG_MISSING, f"no ERP code for the charges {names}", evidence)]


# --- money ---------------------------------------------------------------------------------------------------------


def _disagreement(
    order: ChannelOrder, totals: Totals, total: Decimal | None, off: Mapping[str, str]
) -> tuple[Reason, ...]:
    reasons: list[Reason] = []
    if total is None:
        evidence = {
            "channel total": f"{order.total} {order.currency}",
            "lines": str(totals.gross - totals.shipping.gross),
            "shipping": str(totals.shipping.gross),
            "left out": str(totals.left_out),
            "tax mode": order.tax_mode.value,
        }
        message = f"lines and shipping come to {totals.gross}, the channel's total is {order.total}"
        reasons.append(_reason(order, ExceptionType.ORDER_TOTAL_MISMATCH, message, evidence))
    if off:
        message = "the channel's tax is not what our own rates give"
        reasons.append(_reason(order, ExceptionType.TAX_MISMATCH, message, off))
    return tuple(reasons)


def _payments(order: ChannelOrder, total: Decimal, policy: OrderPolicy) -> tuple[Payment, ...]:
    if not policy.payment_method or not total:
        return ()
    paid = Payment(
        method=policy.payment_method, amount=total, reference=order.payment_reference, taken_at=order.paid_at
    )
    return (paid,)


# --- where to and under which name ---------------------------------------------------------------------------------


@attrs.frozen
class _Looked:
    """An address as an ERP wants it (None: it cannot be used), and what speaks against it, without personal data."""

    address: Address | None
    missing: tuple[str, ...] = ()
    problems: tuple[AddressProblem, ...] = ()
    doubts: tuple[str, ...] = ()


def _look_at(address: Address | None, policy: OrderPolicy) -> _Looked:
    if address is None:
        return _Looked(None, ("whole address",))
    clean = tidy(address)
    country = country_code(clean.country or policy.default_country, policy.country_names)
    if country is None:
        return _Looked(None, (f"known country (it says {clean.country!r})",))
    if policy.countries is not None and country not in policy.countries:
        return _Looked(None, (f"country that we deliver to (it says {country})",))
    clean = attrs.evolve(clean, country=country)
    missing = missing_parts(clean)
    problems = () if policy.address_rules is None else address_problems(clean, policy.address_rules)
    if missing or problems:
        return _Looked(None, missing, problems)
    return _Looked(clean, doubts=() if policy.address_rules is None else address_doubts(clean, policy.address_rules))


def _unusable(order: ChannelOrder, looked: _Looked) -> list[Reason]:
    reasons: list[Reason] = []
    if looked.missing:
        message = f"the delivery address lacks: {', '.join(looked.missing)}"
        reasons.append(_reason(order, ExceptionType.ADDRESS_INVALID, message, {"missing": ", ".join(looked.missing)}))
    if looked.problems:
        message = f"the delivery address does not fit: {'; '.join(map(str, looked.problems))}"
        evidence = {f"address {problem.field}": problem.rule for problem in looked.problems}
        reasons.append(_reason(order, ExceptionType.ADDRESS_INVALID, message, evidence))
    return reasons


def _destination(order: ChannelOrder, policy: OrderPolicy) -> _Destination | list[Reason]:
    looked = _look_at(order.delivery, policy)
    reasons = _unusable(order, looked)
    service = order.service.strip()
    if policy.services is not None and service and service not in policy.services:
        message = f"delivery service {service!r} leads to no service of the ERP"
        evidence = {"service": service, "label": order.service_label}
        reasons.append(_reason(order, ExceptionType.SERVICE_UNMAPPED, message, evidence))
    reference = policy.reference_template.format(
        order_id=order.order_id, account=order.account, customer_number=order.customer_number
    )
    if "{customer_number}" in policy.reference_template and not order.customer_number.strip():
        message = "the reference is made from the customer's order number, and the channel gave none"
        reasons.append(_reason(order, ExceptionType.CONFIG_MISSING, message, {"template": policy.reference_template}))
    if looked.address is None or reasons:
        return reasons
    bill_to = _look_at(order.billing, policy)
    billing = bill_to.address
    notes = [f"delivery postcode: {doubt}" for doubt in looked.doubts]
    if order.billing and not billing:
        trouble = "; ".join(map(str, bill_to.problems)) if bill_to.problems else "incomplete"
        notes.append(f"billing address {trouble}: the delivery address stands in")
    mapped = service if policy.services is None or not service else policy.services[service]
    return _Destination(OrderRef(reference), looked.address, billing or looked.address, mapped, tuple(notes))


def _reason(order: ChannelOrder, kind: ExceptionType, message: str, evidence: Mapping[str, str]) -> Reason:
    return Reason(
        type=kind,
        entity=order.order_id,
        message=f"order {order.order_id}: {message}",
        evidence={"order": order.order_id, **evidence},
    )


def _one_per_type(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    """Reasons of one type made one, so that no two open the same work item."""
    merged: dict[ExceptionType, Reason] = {}
    for reason in reasons:
        first = merged.get(reason.type)
        merged[reason.type] = reason if first is None else _together(first, reason)
    return tuple(merged.values())


def _together(first: Reason, second: Reason) -> Reason:
    message = f"{first.message}; {second.message}"
    return attrs.evolve(first, message=message, evidence={**first.evidence, **second.evidence})
