"""OR28, OR29, OR30, OR64 and RE01: money back, goods taken out, incidents, and the reasons for all of them.

A batch is taken whole or not at all. A refund is paid some time after it was asked for, and the order tells both.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

import attrs

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.after_sales_state import Back
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.orders import cancel, find_order
from khaos_connectors.testing.simulators.mirakl.state import Job, MiraklState, Order, OrderLine
from khaos_connectors.testing.simulators.mirakl.taxes import FEE, Amounts, fee_of, left_of
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, answer, parse

__all__ = [
    "OPERATIONS",
    "cancel_lines",
    "cancel_order",
    "close_incident",
    "list_reasons",
    "open_incident",
    "refund",
    "refund_by_operator",
    "resolve_incident",
]

Kind = Literal["refund", "cancelation"]
_MODES = ("TAX_INCLUDED", "TAX_EXCLUDED")
_CANCELLABLE = ("WAITING_DEBIT", "WAITING_DEBIT_PAYMENT")
_FIELD = "Error with field {}. Please check the field datatype."


@attrs.frozen(kw_only=True)
class _Call:
    kind: Kind
    mode: str
    group: str
    at: datetime


@attrs.frozen(kw_only=True)
class _Wish:
    order: Order
    line: OrderLine
    back: Back
    row: Mapping[str, Json]


def list_reasons(state: MiraklState, asked: Asked) -> Response:
    """RE01: all reasons, with the mark of those that a seller may use."""
    asked.choice("locale", state.settings.locales[0], state.settings.locales)
    rows: list[Json] = [
        {"code": each.code, "type": each.type, "label": each.label, "is_shop_right": each.shop}
        for each in state.settings.reasons
    ]
    return answer({"reasons": rows, "total_count": len(rows)})


def refund(state: MiraklState, asked: Asked) -> Response:
    """OR28: refunds on debited lines, all of one call under one group."""
    return _take(state, asked, "refund")


def cancel_lines(state: MiraklState, asked: Asked) -> Response:
    """OR30: quantities and amounts taken out of lines that nobody was debited for."""
    return _take(state, asked, "cancelation")


def _take(state: MiraklState, asked: Asked, kind: Kind) -> Response:
    body = parse(asked.request)
    mode = body.get("order_tax_mode") or state.settings.order_tax_mode
    rows = body.get(f"{kind}s")
    if mode not in _MODES:
        raise Refusal(400, _FIELD.format("order_tax_mode"))
    if not isinstance(rows, list) or not rows:
        raise Refusal(400, _FIELD.format(f"{kind}s"))
    group = f"00000000-0000-4000-9000-{state.after_sales.backs:012d}"
    taken: dict[str, list[Back]] = {}
    call = _Call(kind=kind, mode=str(mode), group=group, at=asked.now)
    wishes = [_wish(state, row, call, taken) for row in rows]
    for wish in wishes:
        _apply(state, asked.now, wish)
    shown: list[Json] = [{**wish.row, **_ids(wish.back), "order_line_id": wish.line.line_id} for wish in wishes]
    return answer({"order_tax_mode": mode, f"{kind}s": shown}, amounts_as_strings=state.settings.amounts_as_strings)


def _ids(back: Back) -> dict[str, Json]:
    if back.kind == "refund":
        return {"refund_id": back.id, "order_refund_id": back.group, "quantity": back.quantity}
    return {"cancelation_id": back.id}


def _wish(state: MiraklState, row: Json, call: _Call, taken: dict[str, list[Back]]) -> _Wish:
    kind = call.kind
    if not isinstance(row, Mapping):
        raise Refusal(400, _FIELD.format(f"{kind}s"))
    order, line = _find(state, row.get("order_line_id"))
    _must_be_due(state, order, kind)
    _reason(state, row.get("reason_code"), "REFUND" if kind == "refund" else "CANCELATION")
    if row.get("currency_iso_code") not in (None, state.settings.currency):
        raise Refusal(400, _FIELD.format("currency_iso_code"))
    back = Back(
        id=state.after_sales.next_back(),
        group=call.group,
        kind=kind,
        mode=call.mode,
        amount=_amount(row, "amount"),
        shipping=_amount(row, "shipping_amount"),
        quantity=_quantity(row, kind),
        reason=str(row["reason_code"]),
        at=call.at,
        taxes=_taxes(state, row, "taxes"),
        shipping_taxes=_taxes(state, row, "shipping_taxes"),
        fee=_fee(row),
        excluded=row.get("excluded_from_shipment") is True,
    )
    earlier = taken.setdefault(line.line_id, [])
    left = left_of(Amounts(state.settings, call.mode), line, extra=earlier)
    fee_left = fee_of(state.settings, line) - sum((each.fee for each in (*line.backs, *earlier)), Decimal(0))
    if not (back.amount or back.shipping or back.fee):
        raise Refusal(400, f"The {kind} amount of order line '{line.line_id}' must be greater than 0")
    if back.amount > left[0] or back.shipping > left[1] or back.fee > fee_left:
        raise Refusal(400, f"The {kind} amount of order line '{line.line_id}' exceeds what is left of it")
    earlier.append(back)
    return _Wish(order=order, line=line, back=back, row=row)


def _find(state: MiraklState, line_id: Json) -> tuple[Order, OrderLine]:
    if not isinstance(line_id, str):
        raise Refusal(400, _FIELD.format("order_line_id"))
    order = state.orders.get(line_id.rpartition("-")[0])
    line = None if order is None else order.line(line_id)
    if order is None or line is None:
        raise Refusal(404, f"Order line with id '{line_id}' not found")
    return order, line


def _must_be_due(state: MiraklState, order: Order, kind: Kind) -> None:
    debited = order.debited_at is not None
    if kind == "refund" and (not debited or order.state not in state.settings.refund_states):
        raise Refusal(400, f"The order lines of an order in state {order.state} cannot be refunded")
    if kind == "cancelation" and (debited or order.state not in _CANCELLABLE):
        raise Refusal(400, f"The order lines of an order in state {order.state} cannot be canceled")


def _reason(state: MiraklState, code: Json, kind: str) -> None:
    usable = {each.code for each in state.settings.reasons if each.type == kind and each.shop}
    if code not in usable:
        raise Refusal(400, f"The reason with code '{code}' does not exist")


def _amount(row: Mapping[str, Json], name: str) -> Decimal:
    value = row.get(name)
    if not isinstance(value, int | Decimal) or isinstance(value, bool) or value < 0:
        raise Refusal(400, _FIELD.format(name))
    return Decimal(value)


def _fee(row: Mapping[str, Json]) -> Decimal:
    rows = row.get("fees")
    listed = [each for each in rows if isinstance(each, Mapping)] if isinstance(rows, list) else []
    if any(each.get("code") != FEE for each in listed):
        raise Refusal(400, _FIELD.format("fees"))
    return sum((_amount(each, "amount") for each in listed), Decimal(0))


def _quantity(row: Mapping[str, Json], kind: Kind) -> int:
    value = row.get("quantity", 0 if kind == "refund" else None)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Refusal(400, _FIELD.format("quantity"))
    return value


def _taxes(state: MiraklState, row: Mapping[str, Json], name: str) -> Decimal | None:
    """What was sent along of taxes; None where the marketplace works them out. Nothing sent is nothing given back."""
    rows = row.get(name)
    if state.settings.tax_rule == "PROPORTIONAL_TO_AMOUNT":
        return None
    if not isinstance(rows, list):
        return Decimal(0)
    return sum((_amount(each, "amount") for each in rows if isinstance(each, Mapping)), Decimal(0))


def _apply(state: MiraklState, now: datetime, wish: _Wish) -> None:
    order = state.orders[wish.order.order_id]  # an earlier row of the same call may have replaced it
    back = wish.back
    lines = tuple(
        attrs.evolve(line, backs=(*line.backs, back)) if line.line_id == wish.line.line_id else line
        for line in order.lines
    )
    order = attrs.evolve(order, lines=lines, updated_at=now)
    if back.kind == "refund":
        due = now + timedelta(seconds=state.settings.refund_seconds)
        state.jobs[f"refund {back.id}"] = Job(due, _payer(order.order_id, back.id))
    else:
        order = _after_cancelation(state, now, order, back.mode)
    state.orders[order.order_id] = order


def _after_cancelation(state: MiraklState, now: datetime, order: Order, mode: str) -> Order:
    """Lines of which nothing is left are cancelled, and so is an order of such lines."""
    amounts = Amounts(state.settings, mode)
    lines = tuple(
        attrs.evolve(line, state="CANCELED") if line.open and not any(left_of(amounts, line)) else line
        for line in order.lines
    )
    if any(line.open for line in lines):
        return attrs.evolve(order, lines=lines)
    state.note(now, "cancelled", order_id=order.order_id)
    return attrs.evolve(order, lines=lines, state="CANCELED", due=None, cancelled_at=now)


def _payer(order_id: str, back_id: str) -> Callable[[MiraklState, datetime], None]:
    def pay(state: MiraklState, at: datetime) -> None:
        order = state.orders[order_id]
        lines = tuple(
            attrs.evolve(
                line,
                backs=tuple(attrs.evolve(b, paid_at=at) if b.id == back_id else b for b in line.backs),
            )
            for line in order.lines
        )
        state.orders[order_id] = attrs.evolve(order, lines=lines, updated_at=at)

    return pay


def cancel_order(state: MiraklState, asked: Asked) -> Response:
    """OR29: the whole order, while its debit is waited for."""
    order = find_order(state, asked.ids[0])
    if order.state not in _CANCELLABLE or not cancel(state, asked.now, order.order_id):
        raise Refusal(400, f"The order status must be one of {', '.join(_CANCELLABLE)} but it is '{order.state}'.")
    return Response(status=204)


def resolve_incident(state: MiraklState, asked: Asked) -> Response:
    """OR64: the seller declares the incident on a line solved."""
    order_id, line_id = asked.ids
    order = find_order(state, order_id)
    line = order.line(line_id)
    if line is None:
        raise Refusal(404, f"Order line with id '{line_id}' not found")
    _reason(state, parse(asked.request).get("reason_code"), "INCIDENT_CLOSE")
    if line.state != "INCIDENT_OPEN":
        raise Refusal(400, f"No incident is open on order line '{line_id}'")
    close_incident(state, asked.now, order_id, line_id)
    return Response(status=204)


def open_incident(state: MiraklState, now: datetime, order_id: str, line_id: str) -> None:
    """A customer complains about a line; where it stood before is kept."""
    order = state.orders[order_id]
    lines = tuple(
        attrs.evolve(line, state="INCIDENT_OPEN", before_incident=line.state) if line.line_id == line_id else line
        for line in order.lines
    )
    state.orders[order_id] = attrs.evolve(order, lines=lines, has_incident=True, updated_at=now)


def close_incident(state: MiraklState, now: datetime, order_id: str, line_id: str) -> None:
    """The line stands again where it stood; the order has an incident as long as another line has."""
    order = state.orders[order_id]
    lines = tuple(
        attrs.evolve(line, state=line.before_incident or order.state, before_incident=None)
        if line.line_id == line_id
        else line
        for line in order.lines
    )
    still = any(line.state == "INCIDENT_OPEN" for line in lines)
    state.orders[order_id] = attrs.evolve(order, lines=lines, has_incident=still, updated_at=now)


def refund_by_operator(
    state: MiraklState, now: datetime, line_id: str, amount: Decimal, *, shipping: Decimal, quantity: int
) -> str:
    """The operator's customer service gives money back: nobody asks the seller. The id of the refund."""
    order, line = _find(state, line_id)
    own = state.settings.order_tax_mode
    group = f"00000000-0000-4000-9000-{state.after_sales.backs:012d}"
    number = state.after_sales.next_back()
    back = Back(
        id=number,
        group=group,
        kind="refund",
        mode=own,
        amount=amount,
        shipping=shipping,
        quantity=quantity,
        reason="19",
        at=now,
    )
    _apply(state, now, _Wish(order=order, line=line, back=back, row={}))
    return number


OPERATIONS = (
    operation("RE01", "GET", "api/reasons", list_reasons),
    operation("OR28", "PUT", "api/orders/refund", refund),
    operation("OR30", "PUT", "api/orders/cancel", cancel_lines),
    operation("OR29", "PUT", "api/orders/*/cancel", cancel_order),
    operation("OR64", "PUT", "api/orders/*/lines/*/resolve_incident", resolve_incident),
)
