"""What became of each shipment in a call that wrote many. Every such answer is a 2xx: what failed stands inside."""

import attrs

from khaos_connectors.calls.decode import Text
from khaos_connectors.mirakl.models.order_lines import ShippingFrom
from khaos_connectors.mirakl.models.shipments import Shipment, ShipmentInformation

__all__ = [
    "CreatedShipments",
    "InformationError",
    "InformedShipment",
    "InformedShipments",
    "MovedShipment",
    "MovedShipments",
    "ShipmentDone",
    "ShipmentError",
    "ShipmentRefusal",
    "ShipmentResults",
    "UninformedShipment",
]


@attrs.frozen(kw_only=True)
class ShipmentError:
    """Why ST01 did not create a shipment of *order_id*, although it answered 201."""

    message: str | None = None
    order_id: Text | None = None


@attrs.frozen(kw_only=True)
class CreatedShipments:
    """The answer of ST01: both lists count, whatever the status says."""

    shipment_success: tuple[Shipment, ...] | None = ()
    shipment_errors: tuple[ShipmentError, ...] | None = ()


@attrs.frozen(kw_only=True)
class ShipmentDone:
    """A shipment for which a call did what it was asked to."""

    id: Text | None = None


@attrs.frozen(kw_only=True)
class ShipmentRefusal:
    """A shipment for which a call did nothing, and why."""

    id: Text | None = None
    message: str | None = None


@attrs.frozen(kw_only=True)
class ShipmentResults:
    """The answer of ST06, ST23, ST24 and ST26, shipment by shipment.

    ST06 is met under two spellings; ``done`` and ``refused`` are right for both.
    """

    shipment_success: tuple[ShipmentDone, ...] | None = ()
    shipment_errors: tuple[ShipmentRefusal, ...] | None = ()
    deletion_success: tuple[ShipmentDone, ...] | None = ()
    deletion_errors: tuple[ShipmentRefusal, ...] | None = ()

    @property
    def done(self) -> tuple[str, ...]:
        """The shipments for which it was done."""
        rows = (*(self.shipment_success or ()), *(self.deletion_success or ()))
        return tuple(row.id for row in rows if row.id)

    @property
    def refused(self) -> tuple[ShipmentRefusal, ...]:
        """The shipments for which it was not."""
        return (*(self.shipment_errors or ()), *(self.deletion_errors or ()))


@attrs.frozen(kw_only=True)
class MovedShipment:
    """A shipment that leaves from elsewhere now."""

    id: Text | None = None
    shipping_from: ShippingFrom | None = None


@attrs.frozen(kw_only=True)
class MovedShipments:
    """The answer of ST07, shipment by shipment."""

    shipment_success: tuple[MovedShipment, ...] | None = ()
    shipment_errors: tuple[ShipmentRefusal, ...] | None = ()


@attrs.frozen(kw_only=True)
class InformationError:
    """Why a piece of information was not taken; *field* counts from 0 in the list that was sent."""

    code: Text | None = None
    field: str | None = None
    message: str | None = None


@attrs.frozen(kw_only=True)
class UninformedShipment:
    """A shipment whose information was not taken."""

    shipment_id: Text | None = None
    errors: tuple[InformationError, ...] | None = ()


@attrs.frozen(kw_only=True)
class InformedShipment:
    """A shipment with all the information that it carries now."""

    shipment_id: Text | None = None
    shipment_additional_information: tuple[ShipmentInformation, ...] | None = ()


@attrs.frozen(kw_only=True)
class InformedShipments:
    """The answer of ST31, shipment by shipment."""

    shipment_update_success: tuple[InformedShipment, ...] | None = ()
    shipment_update_errors: tuple[UninformedShipment, ...] | None = ()
