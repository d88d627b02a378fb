"""Goods that left, as an ERP or a warehouse reports them and as a channel is told of them.

A despatch is known by its reference and despatch id, never by its tracking number: couriers give one number to a whole
consignment. Two despatches of one number with the same units are two, and are told as two: where the channel has one
shipment of these units under the number, it is that of the despatch that is known to have been told, else of the one
whose id comes first, and the other is told.
"""

from datetime import datetime

import attrs

from khaos_connectors.core.exception_report import Reason
from khaos_connectors.core.fields import aware, typed
from khaos_connectors.core.ids import AccountId, DespatchId, ErpOrderCode, LineId, OrderId, OrderRef, StockCode

__all__ = [
    "Despatch",
    "DespatchLine",
    "Parcel",
    "ShipmentLine",
    "ShipmentPart",
    "ShipmentPlan",
    "ShippedUnits",
    "entity_of",
]


@attrs.frozen(kw_only=True, field_transformer=typed)
class DespatchLine:
    """*units* (eaches) of *stock_code* that left."""

    stock_code: StockCode
    units: int


@attrs.frozen(kw_only=True, field_transformer=typed)
class Parcel:
    """One tracked box. *courier* is the source's own name for it; *lines* is empty where contents are not told."""

    courier: str = ""
    service: str = ""
    tracking: str = ""
    tracking_url: str = ""
    lines: tuple[DespatchLine, ...] = ()


@attrs.frozen(kw_only=True, field_transformer=typed)
class Despatch:
    """One shipment of an ERP or a warehouse; key ``(reference, despatch_id)``.

    *despatched_on* may have the precision of a day. *final*: nothing of the order is left to ship. *lines* is empty
    where the source does not tell items (then the whole remaining order is meant when *final*).
    """

    account: AccountId
    reference: OrderRef
    erp_order: ErpOrderCode
    despatch_id: DespatchId
    despatched_on: datetime = attrs.field(validator=aware)
    lines: tuple[DespatchLine, ...] = ()
    parcels: tuple[Parcel, ...] = ()
    final: bool = False


@attrs.frozen(kw_only=True, field_transformer=typed)
class ShipmentLine:
    """*quantity* of one channel order line, in the listing's own units."""

    line_id: LineId
    quantity: int


@attrs.frozen(kw_only=True, field_transformer=typed)
class ShippedUnits:
    """A shipment that the channel already knows: its lines and the tracking number that it holds.

    Whose despatch it is the channel does not tell; see the rule of this module.
    """

    order_id: OrderId
    lines: tuple[ShipmentLine, ...] = ()
    tracking: str = ""
    carrier: str = ""
    shipment_id: str = ""
    shipped: bool = True


@attrs.frozen(kw_only=True, field_transformer=typed)
class ShipmentPart:
    """One shipment to tell the channel: *lines* in one *parcel*. *final*: nothing of the order is open after it.

    *others* are parcels that travel with it and cannot be told apart: their numbers are additional information.
    """

    lines: tuple[ShipmentLine, ...]
    parcel: Parcel
    final: bool
    others: tuple[Parcel, ...] = ()


@attrs.frozen(kw_only=True, field_transformer=typed)
class ShipmentPlan:
    """What is left to tell of one despatch: *parts*, in this sequence.

    *done*: the channel knows all of it. Neither parts nor done: it cannot be told now, *reasons* say why; a despatch
    is told whole or not at all.
    """

    parts: tuple[ShipmentPart, ...] = ()
    done: bool = False
    reasons: tuple[Reason, ...] = ()


def entity_of(despatch: Despatch) -> str:
    """What an exception item about *despatch* is about: one item per despatch, not per order."""
    return f"despatch:{despatch.reference}/{despatch.despatch_id}"
