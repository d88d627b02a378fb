"""How shipments and what belongs to them are written into bodies."""

from collections.abc import Mapping, Sequence

import attrs

from khaos_connectors.mirakl.answers import refused_locally
from khaos_connectors.mirakl.given import records
from khaos_connectors.mirakl.models.shipments import NewShipmentInformation, NewTracking
from khaos_connectors.mirakl.scope import Scope

__all__ = ["some", "written_information", "written_tracking"]


def some(scope: Scope, operation: str, count: int, most: int) -> None:
    """Raise ``Invalid`` unless *count* shipments are 1 to *most*."""
    if not 1 <= count <= most:
        raise refused_locally(scope, operation, "shipments", f"takes 1 to {most}, not {count}")


def written_tracking(tracking: NewTracking) -> Mapping[str, object]:
    """A tracking as shipments carry it; what is empty is left out."""
    return {name: value for name, value in attrs.asdict(tracking).items() if value}


def written_information(
    scope: Scope, operation: str, information: Sequence[NewShipmentInformation]
) -> list[Mapping[str, object]]:
    """The operator's own fields of a shipment, their type beside each. The value travels as text, a day too."""
    given = records(scope, operation, "information", information, NewShipmentInformation)
    for each in given:
        if not each.code:
            raise refused_locally(scope, operation, "shipment_additional_information.code", "must not be empty")
    return [{"code": each.code, "type": each.type.value, "value": each.text} for each in given]
