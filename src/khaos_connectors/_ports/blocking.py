"""The faces of ``protocols`` that block: each has the methods of its port by the same names."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from khaos_connectors._ports.records import (
    ChannelCapabilities,
    DraftProblem,
    ERPCapabilities,
    Health,
    LineDecision,
    Listing,
    ReferenceRefusal,
    ShipmentNotice,
    ShipmentReceipt,
    StockLevel,
    StockReceipt,
    WMSCapabilities,
)
from khaos_connectors.core.couriers import Carrier
from khaos_connectors.core.despatch import Despatch, ShippedUnits
from khaos_connectors.core.ids import AccountId, ChannelId, OrderId, OrderRef, StockCode
from khaos_connectors.core.items import ItemRecord
from khaos_connectors.core.orders import ChannelOrder, ErpOrder, ErpOrderDraft
from khaos_connectors.core.release import ReleaseDraft, WarehouseShipment
from khaos_connectors.core.stock import Snapshot

__all__ = ["ERP", "WMS", "Channel", "Items"]


class Channel(Protocol):
    """A place that sells our stock and hands us its orders."""

    @property
    def account(self) -> AccountId:
        """The name of this connection; everything stored is keyed by it."""
        ...

    @property
    def channel(self) -> ChannelId:
        """The channel's name in allocation, SKU and courier rules."""
        ...

    def check(self) -> Health:
        """A harmless call that proves address and credentials."""
        ...

    def capabilities(self) -> ChannelCapabilities:
        """What this account can do, and what it cannot."""
        ...

    def orders(self, *, since: datetime) -> Iterator[ChannelOrder]:
        """Orders touched since *since* (aware), oldest first, fetched as they are asked for; one may come again.

        **Orders that cannot be read are told at the end**: when all others were given, ``Undecodable`` names them in
        ``records``. ``list(...)`` loses the others with it; a loop, or ``kept.extend(...)`` of a list, keeps them.
        """
        ...

    def order(self, order_id: OrderId) -> ChannelOrder | None:
        """One order as it is now, None if this account cannot see it."""
        ...

    def decide(self, order_id: OrderId, decisions: Sequence[LineDecision]) -> None:
        """Accept or refuse every line of an order that waits for it."""
        ...

    def set_references(self, references: Mapping[OrderId, str]) -> tuple[ReferenceRefusal, ...]:
        """Write the ERP's references onto the orders; what comes back was refused."""
        ...

    def push_stock(self, levels: Sequence[StockLevel]) -> StockReceipt:
        """Set absolute levels and learn what became of each row."""
        ...

    def listings(self) -> Iterator[Listing]:
        """What the channel shows now; what cannot be read is told at the end, as by ``orders``."""
        ...

    def carriers(self) -> tuple[Carrier, ...]:
        """The carriers that the channel knows."""
        ...

    def shipments(self, order_id: OrderId) -> tuple[ShippedUnits, ...]:
        """What the channel already knows to have been shipped of an order."""
        ...

    def confirm(self, notice: ShipmentNotice) -> ShipmentReceipt:
        """Tell a shipment with its tracking, once; after ``Unanswered`` ask ``shipments`` first."""
        ...


class ERP(Protocol):
    """The system that owns items, orders and commercial stock."""

    @property
    def account(self) -> AccountId:
        """The name of this connection; everything stored is keyed by it."""
        ...

    def check(self) -> Health:
        """A harmless call that proves address and credentials."""
        ...

    def capabilities(self) -> ERPCapabilities:
        """What this account can do, and what it cannot."""
        ...

    def stock(self, codes: Sequence[StockCode] | None = None) -> Snapshot:
        """Figures for *codes*, or for everything; unknown codes are in its ``missing``."""
        ...

    def stock_codes(self) -> tuple[StockCode, ...]:
        """Every stock code that the source knows."""
        ...

    def problems(self, draft: ErpOrderDraft) -> tuple[DraftProblem, ...]:
        """Why the ERP would refuse *draft*, found without asking it; empty: it may be sent."""
        ...

    def find_order(self, reference: OrderRef) -> ErpOrder | None:
        """The order with this external reference, cancelled ones included; None if there is none."""
        ...

    def create_order(self, draft: ErpOrderDraft) -> ErpOrder:
        """Create the order, once; after ``Unanswered`` ask ``find_order`` before repeating."""
        ...

    def despatches(self, *, since: datetime, references: Sequence[OrderRef] = ()) -> Iterator[Despatch]:
        """Shipments that left since *since*, and all those of the orders in *references*."""
        ...


class Items(Protocol):
    """Where item masters come from."""

    @property
    def account(self) -> AccountId:
        """The name of this connection; everything stored is keyed by it."""
        ...

    def items(self, *, since: datetime | None = None) -> Iterator[ItemRecord]:
        """Items, or those that changed *since* (aware)."""
        ...


class WMS(Protocol):
    """The system that owns physical stock and picks orders."""

    @property
    def account(self) -> AccountId:
        """The name of this connection; everything stored is keyed by it."""
        ...

    def check(self) -> Health:
        """A harmless call that proves address and credentials."""
        ...

    def capabilities(self) -> WMSCapabilities:
        """What this account can do, and what it cannot."""
        ...

    def stock(self, codes: Sequence[StockCode] | None = None) -> Snapshot:
        """Figures for *codes*, or for everything; unknown codes are in its ``missing``."""
        ...

    def stock_codes(self) -> tuple[StockCode, ...]:
        """Every stock code that the source knows."""
        ...

    def find_shipment(self, shipment_id: str) -> WarehouseShipment | None:
        """The shipment with our id, None if the warehouse does not know it."""
        ...

    def release(self, draft: ReleaseDraft) -> WarehouseShipment:
        """Hand an order to the warehouse, once; after ``Unanswered`` ask ``find_shipment`` first."""
        ...

    def cancel(self, shipment_id: str) -> None:
        """Take a released order back; ``Conflict`` when it is too late."""
        ...

    def shipments(self, *, since: datetime) -> Iterator[WarehouseShipment]:
        """Shipments that changed since *since*."""
        ...
