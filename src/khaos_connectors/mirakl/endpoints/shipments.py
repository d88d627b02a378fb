"""Shipments: several parcels to an order, where the operator switched that on (404 where not)."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from khaos_connectors.calls.messages import Call, Page
from khaos_connectors.mirakl.answers import model, refused_locally
from khaos_connectors.mirakl.endpoints.paging import Listing, chunked, seek_page
from khaos_connectors.mirakl.endpoints.shipment_rows import some, written_information, written_tracking
from khaos_connectors.mirakl.endpoints.writing import given, instant, json_request, repeated
from khaos_connectors.mirakl.given import codes, records, texts
from khaos_connectors.mirakl.models.codes import CustomerDebitStatus, ShipmentStatus
from khaos_connectors.mirakl.models.items_to_ship import OrderToShip
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.models.shipment_outcomes import CreatedShipments
from khaos_connectors.mirakl.models.shipments import NewShipment, Shipment
from khaos_connectors.mirakl.scope import Scope

__all__ = ["create_shipments", "list_items_to_ship", "list_shipments", "shipments_by_order"]

_MOST_SHIPMENTS = 1000
_MOST_UNITS = 2**31 - 1
_SHIPMENTS = Listing(operation="ST11", path="/api/shipments", record=Shipment)
_LEFT = Listing(operation="ST12", path="/api/shipments/items_to_ship", record=OrderToShip, id="order_id")
_INVOICE_REFERENCE = re.compile(r"[0-9a-zA-Z_-]{1,255}")


def create_shipments(scope: Scope, shipments: Sequence[NewShipment]) -> Call[CreatedShipments]:
    """Create up to 1000 shipments, and confirm those that say *shipped*: ST01.

    Never repeated blindly: a second one is a second shipment. A 201 holds failures beside successes.
    """
    found = records(scope, "ST01", "shipments", shipments, NewShipment)
    some(scope, "ST01", len(found), _MOST_SHIPMENTS)
    body = {"shipments": [_created(scope, shipment) for shipment in found]}
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
    token: str = "",
) -> Call[Page[Read[Shipment] | Broken]]:
    """Shipments, of up to 100 orders or of all, oldest first, *size* (1 to 100) to a page: ST11."""
    debited = codes(scope, "ST11", "debit_states", debit_states, CustomerDebitStatus)
    pairs = (
        *repeated(scope, "ST11", "order_id", texts(scope, "ST11", "order_ids", order_ids)),
        *repeated(scope, "ST11", "shipment_state_code", codes(scope, "ST11", "states", states, ShipmentStatus)),
        *repeated(scope, "ST11", "shipment_customer_debit_state_code", debited),
        ("last_updated_from", instant(scope, "ST11", "last_updated_from", updated_from)),
        ("last_updated_to", instant(scope, "ST11", "last_updated_to", updated_to)),
    )
    return seek_page(scope, _SHIPMENTS, pairs, size=size, sort="dateCreated,ASC", token=token)


def shipments_by_order(scope: Scope, order_ids: Sequence[str]) -> tuple[Call[Page[Read[Shipment] | Broken]], ...]:
    """The calls that list the shipments of *order_ids*, 100 orders to a call: ST11."""
    return tuple(list_shipments(scope, chunk) for chunk in chunked(texts(scope, "ST11", "order_ids", order_ids)))


def list_items_to_ship(
    scope: Scope,
    order_ids: Sequence[str] = (),
    *,
    centres: Sequence[str] = (),
    shipping_from: datetime | None = None,
    shipping_to: datetime | None = None,
    size: int = 100,
    token: str = "",
) -> Call[Page[Read[OrderToShip] | Broken]]:
    """What no shipment holds yet, order by order, the longest waiting first: ST12.

    Of up to 100 orders or of all, of the *centres* given (``DEFAULT`` is the seller) or of all; the times are those at
    which orders came into SHIPPING.
    """
    pairs = (
        *repeated(scope, "ST12", "order_id", texts(scope, "ST12", "order_ids", order_ids)),
        *repeated(scope, "ST12", "fulfillment_center_code", texts(scope, "ST12", "centres", centres)),
        ("shipping_date_from", instant(scope, "ST12", "shipping_date_from", shipping_from)),
        ("shipping_date_to", instant(scope, "ST12", "shipping_date_to", shipping_to)),
    )
    return seek_page(scope, _LEFT, pairs, size=size, sort="shippingDate,ASC", token=token)


def _created(scope: Scope, shipment: NewShipment) -> Mapping[str, object]:
    where = f"({shipment.order_id})"
    if not shipment.order_id:
        raise refused_locally(scope, "ST01", "order_id", "must not be empty")
    if not shipment.shipment_lines:
        raise refused_locally(scope, "ST01", "shipment_lines", f"must not be empty {where}")
    if any(not 1 <= line.quantity <= _MOST_UNITS for line in shipment.shipment_lines):
        raise refused_locally(scope, "ST01", "quantity", f"must be 1 or more {where}")
    if shipment.invoice_reference and not _INVOICE_REFERENCE.fullmatch(shipment.invoice_reference):
        problem = f"must be at most 255 of A-Z, a-z, 0-9, _ and - {where}"
        raise refused_locally(scope, "ST01", "invoice_reference", problem)
    information = written_information(scope, "ST01", shipment.information)
    return given(
        {
            "order_id": shipment.order_id,
            "shipment_lines": [
                given(
                    {
                        "order_line_id": line.order_line_id,
                        "quantity": line.quantity,
                        "package_reference": line.package_reference or None,
                    }
                )
                for line in shipment.shipment_lines
            ],
            "shipped": shipment.shipped,
            "tracking": None if shipment.tracking is None else written_tracking(shipment.tracking),
            "invoice_reference": shipment.invoice_reference or None,
            "shipping_from": {"warehouse": {"code": shipment.warehouse_code}} if shipment.warehouse_code else None,
            "shipment_additional_information": information or None,
        }
    )
