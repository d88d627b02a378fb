"""OR23, OR24, ST01 and ST11: tracking, confirmation, and shipments of parts of an order."""

import base64
import json
import re
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import attrs

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.orders import OWN_CENTRE, find_order, move_on
from khaos_connectors.testing.simulators.mirakl.state import MiraklState, Order, OrderLine, Parcel, Shipment, Tracking
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, answer, parse, stamp

__all__ = ["OPERATIONS", "confirm_shipped", "create_shipments", "list_shipments", "set_tracking"]

_UUIDS = uuid.UUID("6f1f3c1e-5f0b-4d52-9a53-6d6972616b6c")
_NO_TRACKING = "tracking details are mandatory for this shipping method"
_WRONG_QUANTITY = "Shipment quantity is invalid."
_REFERENCE = re.compile(r"[0-9a-zA-Z_-]{0,255}")
_MOST_SHIPMENTS = 1000


def set_tracking(state: MiraklState, asked: Asked) -> Response:
    """OR23: how the whole order can be followed. The address of a registered carrier is computed, not taken."""
    body = parse(asked.request)
    order = find_order(state, asked.ids[0])
    _may_ship(order, ("SHIPPING", "SHIPPED"))
    tracking = _tracking(state, {**body, "tracking_url": body.get("carrier_url")})
    state.orders[order.order_id] = attrs.evolve(order, tracking=tracking, updated_at=asked.now)
    return Response(status=204)


def confirm_shipped(state: MiraklState, asked: Asked) -> Response:
    """OR24: the whole order has left. Only from ``SHIPPING``, and with tracking where the method demands it."""
    order = find_order(state, asked.ids[0])
    _may_ship(order, ("SHIPPING",))
    if any(shipment.order_id == order.order_id for shipment in state.shipments):
        raise Refusal(400, "The order is shipped with shipments")
    if _tracking_missing(state, order, order.tracking):
        raise Refusal(400, _NO_TRACKING)
    for line in order.lines:
        if line.open:
            state.note(asked.now, "shipped", order_id=order.order_id, sku=line.sku, units=line.quantity)
    lines = tuple(attrs.evolve(line, shipped_at=asked.now) if line.open else line for line in order.lines)
    state.orders[order.order_id] = _all_shipped(state, attrs.evolve(order, lines=lines), asked.now)
    return Response(status=204)


def _may_ship(order: Order, states: Sequence[str]) -> None:
    if order.centre != OWN_CENTRE:
        raise Refusal(403, "The operator fulfils this order")
    if order.state not in states:
        raise Refusal(400, f"The order status must be 'SHIPPING' but it is '{order.state}'.")


def _all_shipped(state: MiraklState, order: Order, at: datetime) -> Order:
    wait = state.settings.receive_seconds
    return move_on(order, "SHIPPED", at, due=None if wait is None else at + timedelta(seconds=wait))


def _tracking_missing(state: MiraklState, order: Order, tracking: Tracking | None) -> bool:
    kind = next((kind for kind in state.settings.shipping_types if kind.code == order.shipping_type), None)
    return bool(kind and kind.mandatory_tracking) and (tracking is None or not tracking.tracking_number)


def _tracking(state: MiraklState, value: Mapping[str, Json]) -> Tracking:
    given = {name: _text(value.get(name), name) for name in attrs.fields_dict(Tracking)}
    code, standard = given["carrier_code"], given["carrier_standard_code"]
    carrier = state.carrier(code) if code else None
    if code and carrier is None:
        raise Refusal(400, f"The carrier with code '{code}' is not registered")
    if carrier is None and standard:
        carrier = next((known for known in state.carriers if known.standard_code == standard), None)
    if carrier is None:
        if given["carrier_name"] and not state.settings.alternative_carriers:
            raise Refusal(400, "Only registered carriers are allowed")
        return Tracking(**given)
    url = carrier.tracking_url
    return Tracking(
        carrier_code=carrier.code,
        carrier_name=carrier.label,
        carrier_standard_code=carrier.standard_code,
        tracking_number=given["tracking_number"],
        tracking_url=url.replace("{trackingId}", given["tracking_number"] or "") if url else None,
    )


def _text(value: Json, name: str) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    raise Refusal(400, f"Error with field {name}. Please check the field datatype.")


def create_shipments(state: MiraklState, asked: Asked) -> Response:
    """ST01: at most 1000 shipments; 201 lists those that were made beside those that failed."""
    _needs_shipments(state)
    value = parse(asked.request).get("shipments")
    if not isinstance(value, list) or not value:
        raise Refusal(400, "Error with field shipments. Please check the field datatype.")
    if len(value) > _MOST_SHIPMENTS:
        raise Refusal(400, f"The limit of {_MOST_SHIPMENTS} is exceeded for the parameter : shipments")
    wishes = [_wish(item) for item in value]
    made: list[Json] = []
    failed: list[Json] = []
    for wish in wishes:
        try:
            made.append(_shipment(_make(state, wish, asked.now), fresh=True))
        except Refusal as refusal:
            failed.append({"order_id": wish.order_id, "message": refusal.message})
    return answer({"shipment_success": made, "shipment_errors": failed}, status=201)


def _needs_shipments(state: MiraklState) -> None:
    if not state.settings.multi_shipment:
        raise Refusal(404, "Not Found")


@attrs.frozen
class _Wish:
    order_id: str
    lines: tuple[tuple[str | None, str | None, int, str | None], ...]
    tracking: Mapping[str, Json] | None
    shipped: bool
    invoice_reference: str | None


def _wish(item: Json) -> _Wish:
    order_id = item.get("order_id") if isinstance(item, Mapping) else None
    if not isinstance(item, Mapping) or not isinstance(order_id, str) or not order_id:
        raise Refusal(400, "Error with field shipments.order_id. Please check the field datatype.")
    lines, tracking, shipped = item.get("shipment_lines"), item.get("tracking"), item.get("shipped", False)
    if not isinstance(lines, list) or not lines:
        raise Refusal(400, "Error with field shipments.shipment_lines. Please check the field datatype.")
    if not isinstance(tracking, Mapping | None) or not isinstance(shipped, bool | None):
        raise Refusal(400, "Error with field shipments.tracking. Please check the field datatype.")
    reference = _text(item.get("invoice_reference"), "shipments.invoice_reference")
    return _Wish(order_id, tuple(_wished_line(line) for line in lines), tracking, bool(shipped), reference)


def _wished_line(line: Json) -> tuple[str | None, str | None, int, str | None]:
    quantity = line.get("quantity") if isinstance(line, Mapping) else None
    if not isinstance(line, Mapping) or not isinstance(quantity, int) or isinstance(quantity, bool):
        raise Refusal(400, "Error with field shipments.shipment_lines.quantity. Please check the field datatype.")
    line_id, sku = _text(line.get("order_line_id"), "order_line_id"), _text(line.get("offer_sku"), "offer_sku")
    return line_id, sku, quantity, _text(line.get("package_reference"), "package_reference")


def _make(state: MiraklState, wish: _Wish, now: datetime) -> Shipment:
    order = state.orders.get(wish.order_id)
    if order is None:
        raise Refusal(404, "The order does not exist.")
    _may_ship(order, ("SHIPPING",))
    parcels = _parcels(state, order, wish)
    tracking = _tracking(state, wish.tracking) if wish.tracking else None
    if wish.shipped and _tracking_missing(state, order, tracking):
        raise Refusal(400, _NO_TRACKING)
    if wish.invoice_reference and not _REFERENCE.fullmatch(wish.invoice_reference):
        raise Refusal(400, "The invoice reference is invalid.")
    number = len(state.shipments) + 1
    shipment = Shipment(
        shipment_id=str(uuid.uuid5(_UUIDS, f"{state.settings.seed} {number}")),
        number=number,
        order_id=order.order_id,
        parcels=parcels,
        tracking=tracking,
        invoice_reference=wish.invoice_reference,
        created_at=now,
        shipped_at=now if wish.shipped else None,
    )
    state.shipments.append(shipment)
    if wish.shipped:
        _ship(state, order, shipment, now)
    return shipment


def _parcels(state: MiraklState, order: Order, wish: _Wish) -> tuple[Parcel, ...]:
    gone = _units(state, order, shipped_only=False)
    parcels: list[Parcel] = []
    for line_id, sku, quantity, package in wish.lines:
        line = order.line(line_id) if line_id else next((one for one in order.lines if one.sku == sku), None)
        if line is None:
            raise Refusal(400, f"The order line '{line_id or sku}' does not exist.")
        gone[line.line_id] += quantity
        if quantity < 1 or not line.open or gone[line.line_id] > line.quantity:
            raise Refusal(400, _WRONG_QUANTITY)
        parcels.append(Parcel(line_id=line.line_id, sku=line.sku, quantity=quantity, package_reference=package))
    return tuple(parcels)


def _units(state: MiraklState, order: Order, *, shipped_only: bool) -> Counter[str]:
    gone = Counter[str]()
    for shipment in state.shipments:
        if shipment.order_id == order.order_id and (shipment.shipped_at or not shipped_only):
            for parcel in shipment.parcels:
                gone[parcel.line_id] += parcel.quantity
    return gone


def _ship(state: MiraklState, order: Order, shipment: Shipment, now: datetime) -> None:
    for parcel in shipment.parcels:
        state.note(
            now, "shipped", order_id=order.order_id, sku=parcel.sku, units=parcel.quantity, reference=parcel.line_id
        )
    gone = _units(state, order, shipped_only=True)
    lines = tuple(_line_after(line, gone[line.line_id], now) for line in order.lines)
    order = attrs.evolve(order, lines=lines, updated_at=now)
    done = all(line.state == "SHIPPED" for line in lines if line.open)
    state.orders[order.order_id] = _all_shipped(state, order, now) if done else order


def _line_after(line: OrderLine, gone: int, now: datetime) -> OrderLine:
    if not line.open or line.state == "SHIPPED" or gone < line.quantity:
        return line
    return attrs.evolve(line, state="SHIPPED", shipped_at=now)


def list_shipments(state: MiraklState, asked: Asked) -> Response:
    """ST11: shipments page by page. A page token holds the filters; whatever comes beside it is ignored."""
    _needs_shipments(state)
    walk = _walk(asked)
    rows = [shipment for shipment in state.shipments if walk.wants(shipment)]
    rows.sort(key=lambda shipment: shipment.number, reverse=walk.newest_first)
    start = 0
    if walk.after:
        start = next((i + 1 for i, row in enumerate(rows) if row.number == walk.after), len(rows))
    page = rows[start : start + walk.limit]
    last_of_previous = rows[start - walk.limit - 1].number if start > walk.limit else 0
    return answer(
        {
            "data": [_shipment(shipment) for shipment in page],
            "next_page_token": walk.token(page[-1].number) if start + walk.limit < len(rows) else None,
            "previous_page_token": walk.token(last_of_previous) if start > 0 else None,
        }
    )


@attrs.frozen(kw_only=True)
class _Walk:
    orders: tuple[str, ...]
    states: tuple[str, ...]
    debits: tuple[str, ...]
    updated_from: datetime | None
    updated_to: datetime | None
    newest_first: bool
    limit: int
    after: int = 0

    def wants(self, shipment: Shipment) -> bool:
        updated = shipment.shipped_at or shipment.created_at
        return (
            (not self.orders or shipment.order_id in self.orders)
            and (not self.states or shipment.status in self.states)
            and (not self.debits or "NO_DEBIT" in self.debits)
            and (self.updated_from is None or updated >= self.updated_from)
            and (self.updated_to is None or updated <= self.updated_to)
        )

    def token(self, after: int) -> str:
        query = [
            *(("order_id", one) for one in self.orders),
            *(("shipment_state_code", one) for one in self.states),
            *(("shipment_customer_debit_state_code", one) for one in self.debits),
            *([("last_updated_from", self.updated_from.isoformat())] if self.updated_from else []),
            *([("last_updated_to", self.updated_to.isoformat())] if self.updated_to else []),
            ("sort", "dateCreated,DESC" if self.newest_first else "dateCreated,ASC"),
            ("limit", str(self.limit)),
        ]
        return base64.urlsafe_b64encode(json.dumps([after, query]).encode()).decode()


def _walk(asked: Asked) -> _Walk:
    token = asked.one("page_token")
    after = 0
    if token is not None:
        try:
            after, query = json.loads(base64.urlsafe_b64decode(token))
            request = attrs.evolve(asked.request, query=tuple((str(name), str(value)) for name, value in query))
        except ValueError as broken:
            raise Refusal(400, "Invalid value for the parameter : page_token") from broken
        asked = attrs.evolve(asked, request=request)
    sorting = ("dateCreated", "dateCreated,ASC", "dateCreated,DESC")
    return _Walk(
        orders=asked.repeated("order_id"),
        states=asked.repeated("shipment_state_code"),
        debits=asked.repeated("shipment_customer_debit_state_code"),
        updated_from=asked.moment("last_updated_from"),
        updated_to=asked.moment("last_updated_to"),
        newest_first=asked.choice("sort", "dateCreated", sorting).endswith("DESC"),
        limit=asked.number("limit", 10, least=1, most=100),
        after=after,
    )


def _shipment(shipment: Shipment, *, fresh: bool = False) -> Json:
    tracking = shipment.tracking
    shown: Json = None
    if tracking is not None:
        status = "UNVERIFIED" if tracking.tracking_number else "MISSING_TRACKING"
        shown = {
            **{name: getattr(tracking, name) for name in attrs.fields_dict(Tracking)},
            "validity_status": None if fresh else status,
            "milestones": [],
            "last_known_location": None,
        }
    lines: list[Json] = [
        {
            "order_line_id": parcel.line_id,
            "offer_sku": parcel.sku,
            "package_reference": parcel.package_reference,
            "quantity": parcel.quantity,
        }
        for parcel in shipment.parcels
    ]
    return {
        "id": shipment.shipment_id,
        "order_id": shipment.order_id,
        "status": shipment.status,
        "status_customer_debit": "NO_DEBIT",
        "shipment_lines": lines,
        "tracking": shown,
        "created_date": stamp(shipment.created_at),
        # A shipment that has only just been made has never been updated: null, although the field is "required".
        "last_updated_date": None if fresh else stamp(shipment.shipped_at or shipment.created_at),
        "shipped_date": stamp(shipment.shipped_at),
        "invoice_reference": shipment.invoice_reference,
        "shipment_additional_information": [],
        "shipping_from": None,
        "payment_details": None,
    }


OPERATIONS = (
    operation("OR23", "PUT", "api/orders/*/tracking", set_tracking),
    operation("OR24", "PUT", "api/orders/*/ship", confirm_shipped),
    operation("ST01", "POST", "api/shipments", create_shipments),
    operation("ST11", "GET", "api/shipments", list_shipments),
)
