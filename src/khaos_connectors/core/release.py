"""What a warehouse is asked to pick, and what it reports back."""

from datetime import datetime

import attrs

from khaos_connectors.core.despatch import DespatchLine, Parcel
from khaos_connectors.core.fields import aware, aware_or_none
from khaos_connectors.core.ids import AccountId, ErpOrderCode, OrderRef
from khaos_connectors.core.orders import Address

__all__ = ["ReleaseDraft", "WarehouseShipment"]


@attrs.frozen(kw_only=True)
class ReleaseDraft:
    """An order that may be picked: *shipment_id* is ours and unique, *lines* are in eaches."""

    account: AccountId
    shipment_id: str
    reference: OrderRef
    erp_order: ErpOrderCode
    lines: tuple[DespatchLine, ...]
    delivery: Address
    service: str = ""
    due: datetime | None = attrs.field(default=None, validator=aware_or_none)


@attrs.frozen(kw_only=True)
class WarehouseShipment:
    """How far a released shipment is. *stage* is the warehouse's own word; *shipped* means that it left."""

    shipment_id: str
    stage: str
    shipped: bool
    changed_at: datetime = attrs.field(validator=aware)
    lines: tuple[DespatchLine, ...] = ()
    parcels: tuple[Parcel, ...] = ()
