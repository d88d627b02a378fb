"""What is done to shipments that exist: tracking, confirmation, origin, information, deletion. All of it in batches.

Each answer is a 200 in which shipments may have failed. Mirakl refuses per shipment, by id: look at ``refused``.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from khaos_connectors.calls.messages import Call
from khaos_connectors.mirakl.answers import model, refused_locally
from khaos_connectors.mirakl.endpoints.shipment_rows import some, written_information, written_tracking
from khaos_connectors.mirakl.endpoints.writing import MOST_VALUES, json_request
from khaos_connectors.mirakl.given import texts
from khaos_connectors.mirakl.models.shipment_outcomes import InformedShipments, MovedShipments, ShipmentResults
from khaos_connectors.mirakl.models.shipments import NewShipmentInformation, NewTracking
from khaos_connectors.mirakl.scope import Scope

__all__ = [
    "confirm_shipments",
    "delete_shipments",
    "inform_shipments",
    "mark_ready_for_pick_up",
    "set_shipment_origins",
    "set_shipment_trackings",
]

_MOST_SHIPMENTS = 1000


def delete_shipments(scope: Scope, shipment_ids: Sequence[str]) -> Call[ShipmentResults]:
    """Take back up to 1000 shipments that are still in SHIPPING: ST06.

    Made twice, the second is refused, shipment by shipment, because they are gone.
    """
    return _by_id(scope, "ST06", "/api/shipments/delete", shipment_ids)


def set_shipment_origins(scope: Scope, warehouses: Mapping[str, str]) -> Call[MovedShipments]:
    """Tell from which of the shop's warehouses up to 100 shipments leave, by shipment id: ST07."""
    some(scope, "ST07", len(warehouses), MOST_VALUES)
    _named(scope, "ST07", warehouses)
    if not all(warehouses.values()):
        raise refused_locally(scope, "ST07", "shipping_from.warehouse.code", "must not be empty")
    rows = [{"id": id_, "shipping_from": {"warehouse": {"code": code}}} for id_, code in warehouses.items()]
    return Call(
        operation="ST07",
        repeat="same-effect",
        request=json_request("PUT", "/api/shipments", scope.query(), {"shipments": rows}),
        decode=partial(model, MovedShipments, scope=scope, operation="ST07"),
    )


def set_shipment_trackings(scope: Scope, trackings: Mapping[str, NewTracking]) -> Call[ShipmentResults]:
    """Tell how up to 1000 shipments are followed, by shipment id; the last word wins: ST23."""
    some(scope, "ST23", len(trackings), _MOST_SHIPMENTS)
    _named(scope, "ST23", trackings)
    rows = [{"id": id_, "tracking": written_tracking(tracking)} for id_, tracking in trackings.items()]
    return Call(
        operation="ST23",
        repeat="same-effect",
        request=json_request("POST", "/api/shipments/tracking", scope.query(), {"shipments": rows}),
        decode=partial(model, ShipmentResults, scope=scope, operation="ST23"),
    )


def confirm_shipments(scope: Scope, shipment_ids: Sequence[str]) -> Call[ShipmentResults]:
    """Confirm that up to 1000 shipments have left; their tracking goes before: ST24.

    Made twice, the second is refused, shipment by shipment, because of the status: list them to see that it is done.
    """
    return _by_id(scope, "ST24", "/api/shipments/ship", shipment_ids)


def mark_ready_for_pick_up(scope: Scope, shipment_ids: Sequence[str]) -> Call[ShipmentResults]:
    """Tell that up to 1000 shipments wait for the operator's own delivery to fetch them: ST26."""
    return _by_id(scope, "ST26", "/api/shipments/ready_for_pick_up", shipment_ids)


def inform_shipments(
    scope: Scope, information: Mapping[str, Sequence[NewShipmentInformation]]
) -> Call[InformedShipments]:
    """Add what the operator asks to be told of up to 100 shipments, by shipment id: ST31."""
    some(scope, "ST31", len(information), MOST_VALUES)
    _named(scope, "ST31", information)
    rows = [
        {"id": id_, "shipment_additional_information": written_information(scope, "ST31", each)}
        for id_, each in information.items()
    ]
    request = json_request("PUT", "/api/shipments/additional_information", scope.query(), {"shipments": rows})
    decode = partial(model, InformedShipments, scope=scope, operation="ST31")
    return Call(operation="ST31", repeat="same-effect", request=request, decode=decode)


def _by_id(scope: Scope, operation: str, path: str, shipment_ids: Sequence[str]) -> Call[ShipmentResults]:
    found = texts(scope, operation, "shipment_ids", shipment_ids)
    some(scope, operation, len(found), _MOST_SHIPMENTS)
    _named(scope, operation, found)
    body = {"shipments": [{"id": id_} for id_ in found]}
    return Call(
        operation=operation,
        repeat="same-effect",
        request=json_request("PUT", path, scope.query(), body),
        decode=partial(model, ShipmentResults, scope=scope, operation=operation),
    )


def _named(scope: Scope, operation: str, shipment_ids: Sequence[str] | Mapping[str, object]) -> None:
    if not all(shipment_ids):
        raise refused_locally(scope, operation, "id", "must not be empty")
