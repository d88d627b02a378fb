"""Shipments: several parcels to an order, where the operator switched that on (404 where not)."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import attrs

from khaos_connectors.calls.messages import Call, Page
from khaos_connectors.mirakl.answers import model, refused_locally
from khaos_connectors.mirakl.endpoints.paging import Listing, seek_page
from khaos_connectors.mirakl.endpoints.writing import instant, json_request
from khaos_connectors.mirakl.models.codes import CustomerDebitStatus, ShipmentStatus
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.models.shipments import CreatedShipments, NewShipment, Shipment
from khaos_connectors.mirakl.scope import Scope

__all__ = ["create_shipments", "list_shipments"]

_MOST_SHIPMENTS = 1000
_SHIPMENTS = Listing(operation="ST11", path="/api/shipments", record=Shipment)


def create_shipments(scope: Scope, shipments: Sequence[NewShipment]) -> Call[CreatedShipments]:
    """Create up to 1000 shipments, and confirm those that say *shipped*: ST01.

    Never repeated blindly: a second one is a second shipment. A 201 holds failures beside successes.
    """
    if not 1 <= len(shipments) <= _MOST_SHIPMENTS:
        raise refused_locally(scope, "ST01", "shipments", f"takes 1 to {_MOST_SHIPMENTS}, not {len(shipments)}")
    for shipment in shipments:
        if not shipment.shipment_lines:
            raise refused_locally(scope, "ST01", "shipment_lines", f"must not be empty ({shipment.order_id})")
        if any(line.quantity < 1 for line in shipment.shipment_lines):
            raise refused_locally(scope, "ST01", "quantity", f"must be 1 or more ({shipment.order_id})")
    body = {"shipments": [_body(shipment) for shipment in shipments]}
    return Call(
        operation="ST01",
        repeat="never",
        request=json_request("POST", "/api/shipments", scope.query(), body),
        decode=partial(model, CreatedShipments, scope=scope, operation="ST01"),
    )


def list_shipments(
    scope: Scope,
    order_ids: Sequence[str] = (),
    *,
    states: Sequence[ShipmentStatus] = (),
    debit_states: Sequence[CustomerDebitStatus] = (),
    updated_from: datetime | None = None,
    updated_to: datetime | None = None,
    size: int = 100,
) -> Call[Page[Read[Shipment] | Broken]]:
    """Shipments, of the given orders or of all, oldest first, *size* (1 to 100) to a page: ST11."""
    pairs = (
        *(("order_id", order_id) for order_id in order_ids),
        *(("shipment_state_code", state.value) for state in states),
        *(("shipment_customer_debit_state_code", state.value) for state in debit_states),
        ("last_updated_from", instant(scope, "ST11", "last_updated_from", updated_from)),
        ("last_updated_to", instant(scope, "ST11", "last_updated_to", updated_to)),
    )
    return seek_page(scope, _SHIPMENTS, pairs, size=size, sort="dateCreated,ASC")


def _body(shipment: NewShipment) -> dict[str, object]:
    lines: list[dict[str, object]] = []
    for line in shipment.shipment_lines:
        row: dict[str, object] = {"order_line_id": line.order_line_id, "quantity": line.quantity}
        if line.package_reference:
            row["package_reference"] = line.package_reference
        lines.append(row)
    body: dict[str, object] = {"order_id": shipment.order_id, "shipment_lines": lines, "shipped": shipment.shipped}
    if shipment.tracking is not None:
        body["tracking"] = {name: value for name, value in attrs.asdict(shipment.tracking).items() if value}
    if shipment.invoice_reference:
        body["invoice_reference"] = shipment.invoice_reference
    if shipment.warehouse_code:
        body["shipping_from"] = {"warehouse": {"code": shipment.warehouse_code}}
    return body
