"""The order book of the simulated marketplace: sales, acceptance, debit, cancellation, and what time does by itself."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import attrs

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.state import MiraklState, Order, OrderLine, What, cents
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, answer, parse

__all__ = ["OPERATIONS", "OWN_CENTRE", "accept", "advance", "cancel", "find_order", "move_on", "sell", "set_references"]

OWN_CENTRE = "DEFAULT"
_DEBIT_AFTERWARDS = ("PAY_ON_DELIVERY", "PAY_ON_DUE_DATE")
_LEAST_REFERENCE, _MOST_REFERENCE, _MOST_ORDERS = 1, 2000, 100


def sell(
    state: MiraklState,
    now: datetime,
    lines: Sequence[tuple[str, int]],
    *,
    shipping: Decimal,
    ship_within: timedelta,
    shipping_type: str,
    centre: str,
) -> str | None:
    """A customer's purchase: the new order's id, or None when one of the offers cannot serve it."""
    wanted = Counter[str]()
    for sku, quantity in lines:
        wanted[sku] += quantity
    offers = state.offers
    if not lines or any(sku not in offers or not offers[sku].active for sku in wanted):
        return None
    if any(quantity < 1 for _, quantity in lines) or any(offers[sku].quantity < n for sku, n in wanted.items()):
        return None
    number = len(state.orders) + 1
    commercial_id = f"{state.settings.order_prefix}{number:08d}"
    order_id = f"{commercial_id}-A"
    order = Order(
        order_id=order_id,
        commercial_id=commercial_id,
        number=number,
        state="STAGING",
        created_at=now,
        updated_at=now,
        ship_by=now + ship_within,
        shipping_type=shipping_type,
        centre=centre,
        lines=_lines(state, order_id, lines, _shares(state, shipping, len(lines))),
        due=now + timedelta(seconds=state.settings.staging_seconds),
    )
    for sku, quantity in wanted.items():
        state.move_stock(now, "bought", sku, offers[sku].quantity - quantity, units=quantity, order_id=order_id)
    state.orders[order_id] = order
    if state.settings.staging_seconds <= 0:
        advance(state, order_id)
    return order_id


def _shares(state: MiraklState, shipping: Decimal, lines: int) -> list[Decimal]:
    if state.settings.shipping_on == "first line":
        return [shipping] + [Decimal("0.00")] * (lines - 1)
    each = cents(shipping / lines)
    return [shipping - each * (lines - 1)] + [each] * (lines - 1)


def _lines(
    state: MiraklState, order_id: str, lines: Sequence[tuple[str, int]], shipping: Sequence[Decimal]
) -> tuple[OrderLine, ...]:
    ids = {sku: 2000 + place for place, sku in enumerate(state.offers)}
    return tuple(
        OrderLine(
            line_id=f"{order_id}-{index}",
            index=index,
            sku=sku,
            title=state.offers[sku].title or f"Sample product {sku}",
            product_sku=state.offers[sku].product_sku or f"MKP{ids[sku]:012d}",
            category=state.offers[sku].category,
            offer_id=ids[sku],
            offer_state=state.offers[sku].state_code,
            quantity=quantity,
            unit_price=cents(state.offers[sku].price),
            shipping=cents(share),
            state="STAGING",
        )
        for index, ((sku, quantity), share) in enumerate(zip(lines, shipping, strict=True), start=1)
    )


def move_on(order: Order, to: str, at: datetime, *, due: datetime | None = None) -> Order:
    """*order* in its next state, its open lines with it."""
    lines = tuple(attrs.evolve(line, state=to) if line.open else line for line in order.lines)
    return attrs.evolve(order, state=to, updated_at=at, due=due, lines=lines)


def advance(state: MiraklState, order_id: str) -> None:
    """Let the marketplace take the step that was due for this order, at the moment at which it was due."""
    order, settings = state.orders[order_id], state.settings
    at = order.due
    if at is None:
        return
    if order.state == "STAGING":
        if settings.order_acceptance == "AUTOMATIC":
            order = _await_debit(state, order, at)
        else:
            hours = settings.acceptance_hours
            order = move_on(order, "WAITING_ACCEPTANCE", at, due=None if hours is None else at + timedelta(hours=hours))
    elif order.state == "WAITING_ACCEPTANCE":
        for line in order.lines:
            _give_back(state, at, order_id, line, what_for="refusal")
        order = move_on(order, "REFUSED", at)
        state.note(at, "expired", order_id=order_id)
    elif order.state == "WAITING_DEBIT_PAYMENT":
        order = _debited(state, attrs.evolve(order, debited_at=at), at)
    elif order.state == "SHIPPED" and order.debited_at is None and settings.orders.workflow in _DEBIT_AFTERWARDS:
        order = move_on(order, "WAITING_DEBIT_PAYMENT", at, due=_debit_due(state, order, at))
    elif order.state == settings.unseen_state:
        order = move_on(order, "SHIPPING", at)
    else:
        order = move_on(order, "RECEIVED", at)
    state.orders[order_id] = order


def _await_debit(state: MiraklState, order: Order, at: datetime) -> Order:
    if state.settings.orders.workflow != "PAY_ON_ACCEPTANCE":
        return move_on(order, "SHIPPING", at)  # the debit comes with the shipments, after them, or elsewhere
    return move_on(order, "WAITING_DEBIT_PAYMENT", at, due=_debit_due(state, order, at))


def _debit_due(state: MiraklState, order: Order, at: datetime) -> datetime:
    settings = state.settings
    spread = settings.orders.debit_spread_seconds
    late = random.Random(f"debit {settings.seed} {order.number}").uniform(0, spread) if spread else 0
    return at + timedelta(seconds=round(settings.debit_seconds + late, 3))


def _debited(state: MiraklState, order: Order, at: datetime) -> Order:
    state.note(at, "debited", order_id=order.order_id)
    if any(line.shipped_at is not None for line in order.lines):
        return move_on(order, "RECEIVED", at)
    every = state.settings.unseen_every
    if every and order.number % every == 0:
        due = at + timedelta(seconds=state.settings.unseen_seconds)
        return move_on(order, state.settings.unseen_state, at, due=due)
    return move_on(order, "SHIPPING", at)


def _give_back(state: MiraklState, at: datetime, order_id: str, line: OrderLine, *, what_for: str) -> None:
    restocks = state.settings.refusal_restocks if what_for == "refusal" else state.settings.cancel_restocks
    if restocks and line.sku in state.offers:
        quantity = state.offers[line.sku].quantity + line.quantity
        state.move_stock(at, "given back", line.sku, quantity, units=line.quantity, order_id=order_id)


def cancel(state: MiraklState, now: datetime, order_id: str) -> bool:
    """The operator cancels a whole order; False when it is too late or there is none."""
    order = state.orders.get(order_id)
    ended = ("SHIPPED", "TO_COLLECT", "RECEIVED", "CLOSED", "REFUSED", "CANCELED")
    if order is None or order.state in ended or state.shipments.of(order_id):
        return False
    for line in order.lines:
        if line.open:
            state.note(now, "cancelled", order_id=order_id, sku=line.sku, units=line.quantity)
            _give_back(state, now, order_id, line, what_for="cancellation")
    state.orders[order_id] = attrs.evolve(move_on(order, "CANCELED", now), cancelled_at=now)
    return True


def find_order(state: MiraklState, order_id: str, *, code: str = "") -> Order:
    """The order, or a refusal with 404."""
    order = state.orders.get(order_id)
    if order is None:
        raise Refusal(404, f"Order with id '{order_id}' not found", code=code)
    return order


def accept(state: MiraklState, asked: Asked) -> Response:
    """OR21: a decision for every line of an order that waits for acceptance."""
    body = parse(asked.request)
    order = find_order(state, asked.ids[0], code="ORDER_NOT_FOUND")
    decisions = _decisions(body.get("order_lines"))
    if order.centre != OWN_CENTRE:
        raise _no("ORDER_FULFILLED_UNAUTHORIZED", "The operator fulfils this order")
    if order.state != "WAITING_ACCEPTANCE":
        raise _no("ORDER_INVALID_STATE", f"Order is in state {order.state}, expected WAITING_ACCEPTANCE")
    if len({line_id for line_id, _ in decisions}) != len(decisions):
        raise _no("ORDER_LINE_DUPLICATE_ID", "An order line is given twice")
    verdicts = dict(decisions)
    known = {line.line_id for line in order.lines}
    if strangers := sorted(set(verdicts) - known):
        raise _no("ORDER_LINE_NOT_FOUND", f"Order line '{strangers[0]}' does not belong to the order")
    if missing := sorted(known - set(verdicts)):
        raise _no("ORDER_LINE_ACCEPTANCE_DECISION_MISSING", f"No decision for order line '{missing[0]}'")
    if not state.settings.partial_acceptance and len(set(verdicts.values())) > 1:
        raise _no("ORDER_PARTIAL_ACCEPTANCE_DISABLED", "Partial acceptance is disabled for this shop")
    _decide(state, order, verdicts, asked.now)
    return Response(status=204)


def _decisions(value: Json) -> list[tuple[str, bool]]:
    if not isinstance(value, list) or not value:
        raise _no("VALIDATION_ERROR", "order_lines must not be empty", field="order_lines")
    found: list[tuple[str, bool]] = []
    for place, item in enumerate(value):
        if item is None:
            raise _no("ORDER_LINE_NULL_ELEMENT", "order_lines contains null", field=f"order_lines[{place}]")
        line_id = item.get("id") if isinstance(item, Mapping) else None
        accepted = item.get("accepted") if isinstance(item, Mapping) else None
        if not isinstance(line_id, str) or not isinstance(accepted, bool):
            raise _no("VALIDATION_ERROR", "id and accepted are required", field=f"order_lines[{place}]")
        found.append((line_id, accepted))
    return found


def _no(code: str, message: str, *, field: str = "order_lines") -> Refusal:
    return Refusal(400, message, code=code, field=field)


def _decide(state: MiraklState, order: Order, verdicts: Mapping[str, bool], now: datetime) -> None:
    lines: list[OrderLine] = []
    for line in order.lines:
        taken = verdicts[line.line_id]
        what: What = "accepted" if taken else "refused"
        state.note(now, what, order_id=order.order_id, sku=line.sku, units=line.quantity, reference=line.line_id)
        if not taken:
            _give_back(state, now, order.order_id, line, what_for="refusal")
        lines.append(line if taken else attrs.evolve(line, state="REFUSED"))
    order = attrs.evolve(order, lines=tuple(lines), decided_at=now)
    if any(verdicts.values()):
        state.orders[order.order_id] = _await_debit(state, order, now)
    else:
        state.orders[order.order_id] = attrs.evolve(order, state="REFUSED", updated_at=now, due=None)


def set_references(state: MiraklState, asked: Asked) -> Response:
    """OR04: the seller's own order number, for at most 100 orders; failures are listed inside a 200."""
    value = parse(asked.request).get("orders")
    if not isinstance(value, list) or not value:
        raise Refusal(400, "Error with field orders. Please check the field datatype.")
    if len(value) > _MOST_ORDERS:
        raise Refusal(400, f"The limit of {_MOST_ORDERS} is exceeded for the parameter : orders")
    return answer({"updated_orders": [_set_reference(state, item, asked.now) for item in value]})


def _set_reference(state: MiraklState, item: Json, now: datetime) -> Json:
    order_id = item.get("order_id") if isinstance(item, Mapping) else None
    if not isinstance(item, Mapping) or not isinstance(order_id, str):
        raise Refusal(400, "Error with field orders.order_id. Please check the field datatype.")
    order = state.orders.get(order_id)
    if order is None:
        return _not_updated(order_id, "ORDER_NOT_FOUND", "order_id", "Order not found")
    references = item.get("references")
    if isinstance(references, Mapping) and "order_reference_for_seller" in references:
        reference = references["order_reference_for_seller"]
        if reference is not None and not isinstance(reference, str):
            raise Refusal(400, "Error with field order_reference_for_seller. Please check the field datatype.")
        if reference is not None and not _LEAST_REFERENCE <= len(reference) <= _MOST_REFERENCE:
            field = "references.order_reference_for_seller"
            return _not_updated(order_id, "VALIDATION_ERROR", field, "size must be between 1 and 2000")
        order = attrs.evolve(order, seller_reference=reference, updated_at=now)
        state.orders[order_id] = order
    updated: Json = {"references": {"order_reference_for_seller": order.seller_reference}, "order_lines": []}
    return {"order_id": order_id, "errors": [], "updated": updated}


def _not_updated(order_id: str, code: str, field: str, message: str) -> Json:
    return {"order_id": order_id, "errors": [{"code": code, "field": field, "message": message}], "updated": None}


OPERATIONS = (
    operation("OR04", "PUT", "api/orders", set_references),
    operation("OR21", "PUT", "api/orders/*/accept", accept),
)
