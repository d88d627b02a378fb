"""OR23 and OR24, ST01 and ST11: tracking, confirmation, and shipments of parts of an order."""

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import attrs

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.orders import OWN_CENTRE, find_order, move_on
from khaos_connectors.testing.simulators.mirakl.seek import frozen, seek
from khaos_connectors.testing.simulators.mirakl.shipping_state import Parcel, Shipment, Tracking
from khaos_connectors.testing.simulators.mirakl.state import Job, MiraklState, Order, OrderLine
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, answer, parse, stamp

__all__ = [
    "NO_TRACKING",
    "OPERATIONS",
    "confirm_shipped",
    "create_shipments",
    "information_of",
    "leave",
    "list_shipments",
    "needs_shipments",
    "set_tracking",
    "shipment_json",
    "text_of",
    "to_ship",
    "tracking_missing",
    "tracking_of",
    "warehouse_of",
]

_UUIDS = uuid.UUID("6f1f3c1e-5f0b-4d52-9a53-6d6972616b6c")
NO_TRACKING = "tracking details are mandatory for this shipping method"
"""How live instances refuse a shipment without a number."""

_WRONG_QUANTITY = "Shipment quantity is invalid."
_REFERENCE = re.compile(r"[0-9a-zA-Z_-]{0,255}")
_MOST_SHIPMENTS = 1000


def set_tracking(state: MiraklState, asked: Asked) -> Response:
    """OR23: how the whole order can be followed. The address of a registered carrier is computed, not taken."""
    body = parse(asked.request)
    order = find_order(state, asked.ids[0])
    _may_ship(order, ("SHIPPING", "SHIPPED"))
    tracking = tracking_of(state, {**body, "tracking_url": body.get("carrier_url")})
    state.orders[order.order_id] = attrs.evolve(order, tracking=tracking, updated_at=asked.now)
    return Response(status=204)


def confirm_shipped(state: MiraklState, asked: Asked) -> Response:
    """OR24: the whole order has left. Only from ``SHIPPING``, and with tracking where the method demands it."""
    order = find_order(state, asked.ids[0])
    _may_ship(order, ("SHIPPING",))
    if state.shipments.of(order.order_id):
        raise Refusal(400, "The order is shipped with shipments")
    if tracking_missing(state, order, order.tracking):
        raise Refusal(400, NO_TRACKING)
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


def tracking_missing(state: MiraklState, order: Order, tracking: Tracking | None) -> bool:
    """Whether the order's method demands a number that is not there."""
    kind = next((kind for kind in state.settings.shipping_types if kind.code == order.shipping_type), None)
    return bool(kind and kind.mandatory_tracking) and (tracking is None or not tracking.tracking_number)


def tracking_of(state: MiraklState, value: Mapping[str, Json]) -> Tracking:
    """The tracking in a body: of a registered carrier, or of another one where that is allowed."""
    given = {name: text_of(value.get(name), name) for name in attrs.fields_dict(Tracking)}
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


def text_of(value: Json, name: str) -> str | None:
    """A text or nothing; anything else is a 400 that names the field."""
    if value is None or isinstance(value, str):
        return value or None
    raise Refusal(400, f"Error with field {name}. Please check the field datatype.")


# --- ST01 ----------------------------------------------------------------------------------------------------------


def create_shipments(state: MiraklState, asked: Asked) -> Response:
    """ST01: at most 1000 shipments; 201 lists those that were made beside those that failed."""
    needs_shipments(state)
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
            made.append(shipment_json(_make(state, wish, asked.now), fresh=True))
        except Refusal as refusal:
            failed.append({"order_id": wish.order_id, "message": refusal.message})
    return answer({"shipment_success": made, "shipment_errors": failed}, status=201)


def needs_shipments(state: MiraklState) -> None:
    """404 where this platform knows one shipment to an order only."""
    if not state.settings.multi_shipment:
        raise Refusal(404, "Not Found")


@attrs.frozen
class _Wish:
    order_id: str
    lines: tuple[tuple[str | None, str | None, int, str | None], ...]
    tracking: Mapping[str, Json] | None
    shipped: bool
    invoice_reference: str | None
    warehouse: Json
    information: Json


def _wish(item: Json) -> _Wish:
    order_id = item.get("order_id") if isinstance(item, Mapping) else None
    if not isinstance(item, Mapping) or not isinstance(order_id, str) or not order_id:
        raise Refusal(400, "Error with field shipments.order_id. Please check the field datatype.")
    lines, tracking, shipped = item.get("shipment_lines"), item.get("tracking"), item.get("shipped", False)
    if not isinstance(lines, list) or not lines:
        raise Refusal(400, "Error with field shipments.shipment_lines. Please check the field datatype.")
    if not isinstance(tracking, Mapping | None) or not isinstance(shipped, bool | None):
        raise Refusal(400, "Error with field shipments.tracking. Please check the field datatype.")
    reference = text_of(item.get("invoice_reference"), "shipments.invoice_reference")
    information = item.get("shipment_additional_information")
    wished = tuple(_wished_line(line) for line in lines)
    return _Wish(order_id, wished, tracking, bool(shipped), reference, item.get("shipping_from"), information)


def _wished_line(line: Json) -> tuple[str | None, str | None, int, str | None]:
    quantity = line.get("quantity") if isinstance(line, Mapping) else None
    if not isinstance(line, Mapping) or not isinstance(quantity, int) or isinstance(quantity, bool):
        raise Refusal(400, "Error with field shipments.shipment_lines.quantity. Please check the field datatype.")
    line_id, sku = text_of(line.get("order_line_id"), "order_line_id"), text_of(line.get("offer_sku"), "offer_sku")
    return line_id, sku, quantity, text_of(line.get("package_reference"), "package_reference")


def _make(state: MiraklState, wish: _Wish, now: datetime) -> Shipment:
    order = state.orders.get(wish.order_id)
    if order is None:
        raise Refusal(404, "The order does not exist.")
    _may_ship(order, ("SHIPPING",))
    parcels = _parcels(state, order, wish)
    tracking = tracking_of(state, wish.tracking) if wish.tracking else None
    if wish.shipped and tracking_missing(state, order, tracking):
        raise Refusal(400, NO_TRACKING)
    if wish.invoice_reference and not _REFERENCE.fullmatch(wish.invoice_reference):
        raise Refusal(400, "The invoice reference is invalid.")
    number = state.shipments.made + 1
    shipment = Shipment(
        shipment_id=str(uuid.uuid5(_UUIDS, f"{state.settings.seed} {number}")),
        number=number,
        order_id=order.order_id,
        parcels=parcels,
        tracking=tracking,
        invoice_reference=wish.invoice_reference,
        created_at=now,
        updated_at=now,
        debit="NOT_STARTED" if _pays_on_shipment(state) else "NO_DEBIT",
        warehouse=warehouse_of(state, wish.warehouse) if wish.warehouse else None,
        information=information_of(state, wish.information),
    )
    state.shipments[shipment.shipment_id] = shipment
    return leave(state, shipment, now) if wish.shipped else shipment


def warehouse_of(state: MiraklState, value: Json) -> str:
    """The code of one of the shop's warehouses in ``shipping_from``, or a refusal."""
    house = value.get("warehouse") if isinstance(value, Mapping) else None
    code = text_of(house.get("code"), "shipping_from.warehouse.code") if isinstance(house, Mapping) else None
    if code not in state.settings.shipping.warehouses:
        raise Refusal(400, f"Warehouse with code {code} does not exist")
    return code


def information_of(state: MiraklState, value: Json) -> dict[str, tuple[str, str]]:
    """What a body tells of a shipment: type and text by code. The text is a text, whatever the document calls it."""
    found: dict[str, tuple[str, str]] = {}
    for place, row in enumerate(value if isinstance(value, list) else []):
        where = f"shipmentAdditionalInfoCommands[{place}].value"
        code, kind, text = (row.get(name) if isinstance(row, Mapping) else None for name in ("code", "type", "value"))
        if not isinstance(code, str) or kind not in ("STRING", "DATE") or not isinstance(text, str):
            raise Refusal(400, "Error with field value. Please check the field datatype.", field=where)
        form = state.settings.shipping.information.get(code, ".*")
        if kind == "STRING" and not re.fullmatch(form, text):
            problem = f"The shipment additional info ''{code}'' does not match the expected format"
            raise Refusal(400, problem, code="invalid.value", field=where)
        found[code] = (str(kind), text)
    return found


def to_ship(state: MiraklState, order: Order, line: OrderLine) -> int:
    """Units of a line that no shipment holds and that were neither cancelled nor taken out by a refund."""
    if not line.open:
        return 0
    out = sum(back.quantity for back in line.backs if back.kind == "cancelation" or back.excluded)
    return max(0, line.quantity - out - state.shipments.units(order.order_id)[line.line_id])


def _parcels(state: MiraklState, order: Order, wish: _Wish) -> tuple[Parcel, ...]:
    left = {line.line_id: to_ship(state, order, line) for line in order.lines}
    parcels: list[Parcel] = []
    for line_id, sku, quantity, package in wish.lines:
        line = order.line(line_id) if line_id else next((one for one in order.lines if one.sku == sku), None)
        if line is None:
            raise Refusal(400, f"The order line '{line_id or sku}' does not exist.")
        left[line.line_id] -= quantity
        if quantity < 1 or left[line.line_id] < 0:
            raise Refusal(400, _WRONG_QUANTITY)
        parcels.append(Parcel(line_id=line.line_id, sku=line.sku, quantity=quantity, package_reference=package))
    return tuple(parcels)


# --- leaving -------------------------------------------------------------------------------------------------------


def _pays_on_shipment(state: MiraklState) -> bool:
    return state.settings.orders.workflow == "PAY_ON_SHIPMENT"


def leave(state: MiraklState, shipment: Shipment, now: datetime) -> Shipment:
    """The seller confirms a shipment: it is on its way, or prepared until the customer is debited for it."""
    if not _pays_on_shipment(state):
        return _ship(state, shipment, now)
    prepared = attrs.evolve(shipment, status="SHIPMENT_PREPARED", debit="WAITING_DEBIT_CONFIRMATION", updated_at=now)
    state.shipments[shipment.shipment_id] = prepared
    due = now + timedelta(seconds=state.settings.shipping.debit_seconds)
    state.jobs[f"debit {shipment.shipment_id}"] = Job(due, _debit(shipment.shipment_id))
    return prepared


def _debit(shipment_id: str) -> Callable[[MiraklState, datetime], None]:
    def run(state: MiraklState, at: datetime) -> None:
        shipment = state.shipments[shipment_id]
        if shipment.status == "SHIPMENT_PREPARED":
            state.note(at, "debited", order_id=shipment.order_id, reference=shipment_id)
            _ship(state, attrs.evolve(shipment, debit="DEBIT_OK", debited_at=at), at)

    return run


def _ship(state: MiraklState, shipment: Shipment, now: datetime) -> Shipment:
    shipment = attrs.evolve(shipment, status="SHIPPED", shipped_at=now, updated_at=now)
    state.shipments[shipment.shipment_id] = shipment
    order = state.orders[shipment.order_id]
    for parcel in shipment.parcels:
        state.note(
            now, "shipped", order_id=order.order_id, sku=parcel.sku, units=parcel.quantity, reference=parcel.line_id
        )
    gone = state.shipments.units(order.order_id, shipped_only=True)
    lines = tuple(_line_after(line, gone[line.line_id], now) for line in order.lines)
    order = attrs.evolve(order, lines=lines, updated_at=now)
    done = all(line.state == "SHIPPED" for line in lines if line.open)
    state.orders[order.order_id] = _all_shipped(state, order, now) if done else order
    return shipment


def _line_after(line: OrderLine, gone: int, now: datetime) -> OrderLine:
    out = sum(back.quantity for back in line.backs if back.kind == "cancelation" or back.excluded)
    if not line.open or line.state == "SHIPPED" or gone < line.quantity - out:
        return line
    return attrs.evolve(line, state="SHIPPED", shipped_at=now)


# --- ST11 ----------------------------------------------------------------------------------------------------------


def list_shipments(state: MiraklState, asked: Asked) -> Response:
    """ST11: shipments page by page. A page token holds the filters; whatever comes beside it is ignored."""
    needs_shipments(state)
    asked, after = frozen(asked)
    orders, states = asked.repeated("order_id"), asked.repeated("shipment_state_code")
    debits = asked.repeated("shipment_customer_debit_state_code")
    since, until = asked.moment("last_updated_from"), asked.moment("last_updated_to")
    sorting = ("dateCreated", "dateCreated,ASC", "dateCreated,DESC")
    newest_first = asked.choice("sort", "dateCreated", sorting).endswith("DESC")
    found = [one for order in dict.fromkeys(orders) for one in state.shipments.all_of(order)] if orders else None
    rows = [
        shipment
        for shipment in (state.shipments.values() if found is None else found)
        if (not states or shipment.status in states)
        and (not debits or shipment.debit in debits)
        and (since is None or shipment.updated_at >= since)
        and (until is None or shipment.updated_at <= until)
    ]
    rows.sort(key=lambda shipment: shipment.number, reverse=newest_first)
    return seek(asked, after, rows, key=lambda one: str(one.number), show=shipment_json)


def shipment_json(shipment: Shipment, *, fresh: bool = False) -> Json:
    """A shipment on the wire. One that has only just been made was never updated: null, although that is required."""
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
    paid: Json = {
        "customer_debited_date": stamp(shipment.debited_at),
        "transaction_date": stamp(shipment.debited_at),
        "transaction_number": f"TR-S{shipment.number:06d}",
    }
    information: list[Json] = [
        {"code": code, "type": kind, "value": text} for code, (kind, text) in shipment.information.items()
    ]
    return {
        "id": shipment.shipment_id,
        "order_id": shipment.order_id,
        "status": shipment.status,
        "status_customer_debit": shipment.debit,
        "shipment_lines": lines,
        "tracking": shown,
        "created_date": stamp(shipment.created_at),
        "last_updated_date": None if fresh else stamp(shipment.updated_at),
        "shipped_date": stamp(shipment.shipped_at),
        "invoice_reference": shipment.invoice_reference,
        "shipment_additional_information": information,
        "shipping_from": {"warehouse": {"code": shipment.warehouse}} if shipment.warehouse else None,
        "payment_details": paid if shipment.debited_at else None,
    }


OPERATIONS = (
    operation("OR23", "PUT", "api/orders/*/tracking", set_tracking),
    operation("OR24", "PUT", "api/orders/*/ship", confirm_shipped),
    operation("ST01", "POST", "api/shipments", create_shipments),
    operation("ST11", "GET", "api/shipments", list_shipments),
)
