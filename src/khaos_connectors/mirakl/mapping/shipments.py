"""Carriers, and shipments as units that left."""

from khaos_connectors.core.couriers import Carrier
from khaos_connectors.core.despatch import ShipmentLine, ShippedUnits
from khaos_connectors.core.ids import LineId, OrderId
from khaos_connectors.mirakl.models import codes, shipments, shipping

__all__ = ["carrier", "shipped_units"]


def carrier(wire: shipping.Carrier) -> Carrier:
    """The carrier for the courier map."""
    return Carrier(
        code=wire.code,
        label=wire.label or wire.code,
        standard_code=wire.standard_code or "",
        tracking_url=wire.tracking_url or "",
    )


def shipped_units(wire: shipments.Shipment) -> ShippedUnits | None:
    """The shipment as the channel knows it, None for a cancelled one.

    One that is still in SHIPPING was created but not confirmed. A status that we have not met counts as confirmed:
    sending goods twice is the worse mistake.
    """
    if wire.status is codes.ShipmentStatus.CANCELED:
        return None
    tracking = wire.tracking or shipments.ShipmentTracking()
    return ShippedUnits(
        order_id=OrderId(wire.order_id),
        lines=tuple(
            ShipmentLine(line_id=LineId(line.order_line_id), quantity=line.quantity)
            for line in wire.shipment_lines or ()
            if line.order_line_id
        ),
        tracking=tracking.tracking_number or "",
        carrier=tracking.carrier_code or tracking.carrier_name or "",
        shipment_id=wire.id,
        shipped=wire.status is not codes.ShipmentStatus.SHIPPING,
    )
