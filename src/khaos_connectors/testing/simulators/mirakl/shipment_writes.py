"""What is done to shipments that exist, and what is left to ship: ST06, ST07, ST12, ST23, ST24, ST26, ST31."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias

import attrs

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.people import invent
from khaos_connectors.testing.simulators.mirakl.seek import frozen, seek
from khaos_connectors.testing.simulators.mirakl.shipping import (
    NO_TRACKING,
    information_of,
    leave,
    needs_shipments,
    to_ship,
    tracking_missing,
    tracking_of,
    warehouse_of,
)
from khaos_connectors.testing.simulators.mirakl.shipping_state import Shipment
from khaos_connectors.testing.simulators.mirakl.state import MiraklState, Order
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, answer, parse, stamp

__all__ = [
    "OPERATIONS",
    "confirm",
    "delete",
    "inform",
    "list_items_to_ship",
    "ready_for_pick_up",
    "set_origins",
    "set_trackings",
]

_Row: TypeAlias = Mapping[str, Json]
_Work: TypeAlias = Callable[[Shipment, _Row], dict[str, Json]]


def _each(state: MiraklState, asked: Asked, most: int, work: _Work, *, names: str = "shipment") -> Response:
    """Do *work* for every row of the body; a 200 lists what was done beside what was not."""
    needs_shipments(state)
    rows = parse(asked.request).get("shipments")
    if not isinstance(rows, list) or not rows:
        raise Refusal(400, "Error with field shipments. Please check the field datatype.")
    if len(rows) > most:
        raise Refusal(400, f"The limit of {most} is exceeded for the parameter : shipments")
    done: list[Json] = []
    failed: list[Json] = []
    for row in rows:
        id_ = row.get("id") if isinstance(row, Mapping) else None
        if not isinstance(row, Mapping) or not isinstance(id_, str):
            raise Refusal(400, "Error with field shipments.id. Please check the field datatype.")
        try:
            done.append({"id": id_, **work(_known(state, id_), row)})
        except Refusal as refusal:
            failed.append({"id": id_, "message": refusal.message})
    return answer({f"{names}_success": done, f"{names}_errors": failed})


def _known(state: MiraklState, id_: Json) -> Shipment:
    shipment = state.shipments.get(id_) if isinstance(id_, str) else None
    if shipment is None:
        raise Refusal(404, f"No shipment with id '{id_}'.", code="not.found", field="id")
    return shipment


def _must_be(shipment: Shipment, *states: str) -> None:
    if shipment.status not in states:
        raise Refusal(400, f"Shipment with id '{shipment.shipment_id}' is not in {states[0]} status.")


def delete(state: MiraklState, asked: Asked) -> Response:
    """ST06: shipments that have not left are taken back. The answer is spelt as the vendor's own example spells it."""

    def work(shipment: Shipment, _: _Row) -> dict[str, Json]:
        _must_be(shipment, "SHIPPING")
        del state.shipments[shipment.shipment_id]
        return {}

    return _each(state, asked, 1000, work, names="deletion")


def set_origins(state: MiraklState, asked: Asked) -> Response:
    """ST07: from which warehouse shipments leave."""

    def work(shipment: Shipment, row: _Row) -> dict[str, Json]:
        code = warehouse_of(state, row.get("shipping_from"))
        state.shipments[shipment.shipment_id] = attrs.evolve(shipment, warehouse=code, updated_at=asked.now)
        return {"shipping_from": {"warehouse": {"code": code}}}

    return _each(state, asked, 100, work)


def set_trackings(state: MiraklState, asked: Asked) -> Response:
    """ST23: how shipments can be followed; the last word wins until the goods have arrived."""

    def work(shipment: Shipment, row: _Row) -> dict[str, Json]:
        tracking = row.get("tracking")
        if not isinstance(tracking, Mapping):
            raise Refusal(400, "Error with field tracking. Please check the field datatype.")
        changed = attrs.evolve(shipment, tracking=tracking_of(state, tracking), updated_at=asked.now)
        state.shipments[shipment.shipment_id] = changed
        return {}

    return _each(state, asked, 1000, work)


def confirm(state: MiraklState, asked: Asked) -> Response:
    """ST24: shipments have left, each with a number where its method demands one."""

    def work(shipment: Shipment, _: _Row) -> dict[str, Json]:
        _must_be(shipment, "SHIPPING", "READY_FOR_PICK_UP")
        if tracking_missing(state, state.orders[shipment.order_id], shipment.tracking):
            raise Refusal(400, NO_TRACKING)
        leave(state, shipment, asked.now)
        return {}

    return _each(state, asked, 1000, work)


def ready_for_pick_up(state: MiraklState, asked: Asked) -> Response:
    """ST26: shipments wait for the operator's own delivery; refused for methods that are not the operator's."""

    def work(shipment: Shipment, _: _Row) -> dict[str, Json]:
        _must_be(shipment, "SHIPPING")
        own = {kind.code for kind in state.settings.shipping_types if kind.delivery_by_operator}
        if state.orders[shipment.order_id].shipping_type not in own:
            raise Refusal(400, "The shipping method is not delivered by the operator.")
        changed = attrs.evolve(shipment, status="READY_FOR_PICK_UP", updated_at=asked.now)
        state.shipments[shipment.shipment_id] = changed
        return {}

    return _each(state, asked, 1000, work)


def inform(state: MiraklState, asked: Asked) -> Response:
    """ST31: what the operator asks to be told of shipments; failures name the place in the list that was sent."""
    needs_shipments(state)
    rows = parse(asked.request).get("shipments")
    if not isinstance(rows, list) or not 1 <= len(rows) <= 100:
        raise Refusal(400, "Error with field shipments. Please check the field datatype.")
    done: list[Json] = []
    failed: list[Json] = []
    for row in rows:
        id_ = row.get("id") if isinstance(row, Mapping) else None
        value = row.get("shipment_additional_information") if isinstance(row, Mapping) else None
        try:
            shipment = _known(state, id_)
            known = {**shipment.information, **information_of(state, value)}
        except Refusal as refusal:
            error: Json = {"code": refusal.code, "field": refusal.field, "message": refusal.message}
            failed.append({"shipment_id": id_, "errors": [error]})
            continue
        state.shipments[shipment.shipment_id] = attrs.evolve(shipment, information=known, updated_at=asked.now)
        told: list[Json] = [{"code": code, "type": kind, "value": text} for code, (kind, text) in known.items()]
        done.append({"shipment_id": id_, "shipment_additional_information": told})
    return answer({"shipment_update_success": done, "shipment_update_errors": failed})


# --- what is left --------------------------------------------------------------------------------------------------


def list_items_to_ship(state: MiraklState, asked: Asked) -> Response:
    """ST12: orders in ``SHIPPING`` with units that no shipment holds, the longest waiting first."""
    needs_shipments(state)
    asked, after = frozen(asked)
    orders, centres = asked.repeated("order_id"), asked.repeated("fulfillment_center_code")
    since, until = asked.moment("shipping_date_from"), asked.moment("shipping_date_to")
    asked.choice("sort", "shippingDate", ("shippingDate", "shippingDate,ASC", "shippingDate,DESC"))
    found = [state.orders[each] for each in orders if each in state.orders] if orders else state.orders.values()
    rows = [
        order
        for order in found
        if order.state == "SHIPPING"
        and (not centres or order.centre in centres)
        and (since is None or _since(order) >= since)
        and (until is None or _since(order) <= until)
        and any(to_ship(state, order, line) for line in order.lines)
    ]
    passed = state.orders.get(after)
    if passed is not None and passed not in rows:
        rows.append(passed)  # shipped since its page was read: it still marks the place, and is not shown again
    rows.sort(key=lambda order: (_since(order), order.number))
    return seek(asked, after, rows, key=lambda order: order.order_id, show=lambda order: _left(state, order))


def _since(order: Order) -> datetime:
    return order.debited_at or order.decided_at or order.created_at


def _left(state: MiraklState, order: Order) -> Json:
    settings = state.settings
    kind = next((kind for kind in settings.shipping_types if kind.code == order.shipping_type), None)
    buyer = invent(settings.seed, order.number, null_country=False)
    lines: list[Json] = [
        {
            "order_line_id": line.line_id,
            "offer_sku": line.sku,
            "product_title": line.title,
            "package_reference": None,
            "quantity": left,
        }
        for line in order.lines
        if (left := to_ship(state, order, line))
    ]
    return {
        "order_id": order.order_id,
        "references": {"order_reference_for_customer": None, "order_reference_for_seller": order.seller_reference},
        "fulfillment": {"center": {"code": order.centre}},
        "shipment_lines": lines,
        "shipping_address": {**buyer.address(hidden=False), "additional_info": None},
        "shipping_date": stamp(_since(order)),
        "shipping_deadline": stamp(order.ship_by),
        "shipping_type_code": order.shipping_type,
        "shipping_type_standard_code": kind.standard_code if kind else None,
    }


OPERATIONS = (
    operation("ST06", "PUT", "api/shipments/delete", delete),
    operation("ST07", "PUT", "api/shipments", set_origins),
    operation("ST12", "GET", "api/shipments/items_to_ship", list_items_to_ship),
    operation("ST23", "POST", "api/shipments/tracking", set_trackings),
    operation("ST24", "PUT", "api/shipments/ship", confirm),
    operation("ST26", "PUT", "api/shipments/ready_for_pick_up", ready_for_pick_up),
    operation("ST31", "PUT", "api/shipments/additional_information", inform),
)
