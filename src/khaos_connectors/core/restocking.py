"""What becomes of goods that came back: decided from what arrived, never from a refund."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

import attrs

from khaos_connectors.core.fields import typed, whole_number
from khaos_connectors.core.ids import LineId, OrderId, StockCode
from khaos_connectors.core.quantities import whole

__all__ = ["USUAL_PLACES", "Condition", "GoodsIn", "Place", "Restock", "restock"]


class Condition(Enum):
    """How returned goods were found."""

    AS_NEW = "as new"
    OPENED = "opened"
    DAMAGED = "damaged"
    UNCHECKED = "unchecked"


class Place(Enum):
    """Where returned goods go: only SELLABLE goods are in any pool."""

    SELLABLE = "sellable"
    QUARANTINE = "quarantine"
    WRITE_OFF = "write off"


USUAL_PLACES: Mapping[Condition, Place] = MappingProxyType(
    {
        Condition.AS_NEW: Place.SELLABLE,
        Condition.OPENED: Place.QUARANTINE,
        Condition.DAMAGED: Place.WRITE_OFF,
        Condition.UNCHECKED: Place.QUARANTINE,
    }
)
"""Nothing that nobody has looked at is sold again."""


@attrs.frozen(kw_only=True, field_transformer=typed)
class GoodsIn:
    """*units* (eaches) of one order line that came back, as the warehouse received them."""

    order_id: OrderId
    line_id: LineId
    stock_code: StockCode
    units: int = attrs.field(validator=whole(least=1))
    condition: Condition


@attrs.frozen(kw_only=True, field_transformer=typed)
class Restock:
    """*units* of *stock_code* go to *place*, because *why*."""

    stock_code: StockCode
    units: int
    place: Place
    why: str


def restock(
    received: GoodsIn, *, despatched: int, returned: int = 0, places: Mapping[Condition, Place] = USUAL_PLACES
) -> tuple[Restock, ...]:
    """Where the *received* units go. *despatched* units of the line had left, *returned* of them were back before.

    More than could come back is not the customer's copy of ours: that part is quarantined. All units are placed.
    Raises ``ValueError`` when a count is below 0, ``TypeError`` when it is not an ``int``.
    """
    for name, units in (("despatched", despatched), ("returned", returned)):
        whole_number(name, units)
        if units < 0:
            raise ValueError(f"{name} must be 0 or more, not {units}")
    possible = max(0, min(received.units, despatched - returned))
    surplus = received.units - possible
    place = places.get(received.condition, Place.QUARANTINE)
    parts = (
        (possible, place, f"received {received.condition.value}"),
        (surplus, Place.QUARANTINE, f"{received.units} came back, {max(0, despatched - returned)} were out"),
    )
    return tuple(
        Restock(stock_code=received.stock_code, units=units, place=where, why=why)
        for units, where, why in parts
        if units
    )
