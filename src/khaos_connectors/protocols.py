"""What the library asks of a sales channel, an ERP and a warehouse, and nothing about any vendor.

Each role exists three times with the same method names: as a *port* whose methods are flows (``ChannelPort``), as a
blocking face (``Channel``) and as an asynchronous one (``AsyncChannel``). ``faces`` turns a port into either face, and
anybody's plain class into a port. The roles are made of small protocols, so that a pipeline asks only for what it uses.
What a system cannot do is told by its capabilities; asked all the same, it raises ``errors.Unsupported``.

Records that could not be read are returned beside the good ones, never in place of them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from khaos_connectors._ports.asynchronous import AwaitedERP, WithdrawingERP
from khaos_connectors._ports.awaited import AsyncChannel, AsyncERP, AsyncItems, AsyncWMS
from khaos_connectors._ports.blocking import ERP, WMS, Channel, Items
from khaos_connectors._ports.desks import (
    AsyncJobs,
    CreditNoteDesk,
    Jobs,
    JobsPort,
    JournalDesk,
    RoutingDesk,
    ShipConfirmDesk,
    StageDesk,
)
from khaos_connectors._ports.records import (
    Batch,
    ChannelCapabilities,
    Concern,
    DraftProblem,
    ERPCapabilities,
    Health,
    LineDecision,
    Listing,
    ReceivedOrder,
    ReferenceRefusal,
    RowRefusal,
    ShipmentNotice,
    ShipmentReceipt,
    StockLevel,
    StockReceipt,
    Unreadable,
    WMSCapabilities,
)
from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.couriers import Carrier
from khaos_connectors.core.despatch import Despatch, ShippedUnits
from khaos_connectors.core.ids import AccountId, ChannelId, OrderId, OrderRef, StockCode
from khaos_connectors.core.items import ItemRecord
from khaos_connectors.core.orders import ChannelOrder, ErpOrder, ErpOrderDraft
from khaos_connectors.core.release import ReleaseDraft, WarehouseShipment
from khaos_connectors.core.stock import Snapshot

__all__ = [
    "ERP",
    "WMS",
    "AsyncChannel",
    "AsyncERP",
    "AsyncItems",
    "AsyncJobs",
    "AsyncWMS",
    "AwaitedERP",
    "Batch",
    "Channel",
    "ChannelCapabilities",
    "ChannelPort",
    "Concern",
    "CreditNoteDesk",
    "DespatchSource",
    "DraftProblem",
    "ERPCapabilities",
    "ERPPort",
    "Health",
    "ItemSource",
    "Items",
    "Jobs",
    "JobsPort",
    "JournalDesk",
    "LineDecision",
    "Listing",
    "OrderBook",
    "OrderDesk",
    "OrderHistory",
    "OrderSource",
    "ReceivedOrder",
    "ReferenceRefusal",
    "RoutingDesk",
    "RowRefusal",
    "ShipConfirmDesk",
    "ShipmentDesk",
    "ShipmentNotice",
    "ShipmentReceipt",
    "StageDesk",
    "StockLevel",
    "StockReceipt",
    "StockSink",
    "StockSource",
    "Unreadable",
    "WMSCapabilities",
    "WMSPort",
    "WithdrawingERP",
]


class OrderSource(Protocol):
    """Where orders come from."""

    @property
    def account(self) -> AccountId:
        """The name of this connection; everything stored is keyed by it."""
        ...

    def orders(self, *, since: datetime, cursor: str | None = None) -> Flow[Batch[ReceivedOrder]]:
        """Orders touched since *since* (aware), oldest first; the same order may come again."""
        ...

    def order(self, order_id: OrderId) -> Flow[ReceivedOrder | None]:
        """One order as it is now, None if this account cannot see it."""
        ...

    def read_order(self, payload: str) -> ChannelOrder:
        """The order in a payload that ``orders`` gave earlier. Pure; raises ``Undecodable``."""
        ...


@runtime_checkable
class OrderHistory(OrderSource, Protocol):
    """Where orders can be read by their creation too, whatever became of them since: not every channel can."""

    @property
    def channel(self) -> ChannelId:
        """The channel's name in allocation, SKU and courier rules."""
        ...

    def created_orders(
        self, *, start: datetime, end: datetime, cursor: str | None = None
    ) -> Flow[Batch[ReceivedOrder]]:
        """Orders created from *start* to *end* (both aware and included), as they are now, oldest first."""
        ...


class OrderDesk(Protocol):
    """Where orders are accepted or refused and our reference is written back."""

    def decide(self, order_id: OrderId, decisions: Sequence[LineDecision]) -> Flow[None]:
        """Accept or refuse every line of an order that waits for it."""
        ...

    def set_references(self, references: Mapping[OrderId, str]) -> Flow[tuple[ReferenceRefusal, ...]]:
        """Write the ERP's references onto the channel's orders; writing one twice is harmless. Given back: refusals."""
        ...


class StockSink(Protocol):
    """Where stock levels go."""

    def push_stock(self, levels: Sequence[StockLevel]) -> Flow[StockReceipt]:
        """Set absolute levels and learn what became of each row."""
        ...

    def listings(self, *, cursor: str | None = None) -> Flow[Batch[Listing]]:
        """What the channel shows now."""
        ...


class ShipmentDesk(Protocol):
    """Where shipments are confirmed."""

    def carriers(self) -> Flow[tuple[Carrier, ...]]:
        """The carriers that the channel knows."""
        ...

    def shipments(self, order_id: OrderId) -> Flow[tuple[ShippedUnits, ...]]:
        """What the channel already knows to have been shipped of an order."""
        ...

    def confirm(self, notice: ShipmentNotice) -> Flow[ShipmentReceipt]:
        """Tell a shipment with its tracking, once. ``Unanswered``: ask ``shipments`` before repeating."""
        ...


@runtime_checkable
class ChannelPort(OrderSource, OrderDesk, StockSink, ShipmentDesk, Protocol):
    """A place that sells our stock and hands us its orders, as flows."""

    @property
    def channel(self) -> ChannelId:
        """The channel's name in allocation, SKU and courier rules."""
        ...

    def check(self) -> Flow[Health]:
        """A harmless call that proves address and credentials."""
        ...

    def capabilities(self) -> Flow[ChannelCapabilities]:
        """What this account can do; read from the instance once, explicit configuration wins."""
        ...


class StockSource(Protocol):
    """Where stock figures come from."""

    def stock(self, codes: Sequence[StockCode] | None = None) -> Flow[Snapshot]:
        """Figures for *codes*, or for everything. ``as_of`` is before the first read.

        A code that was asked for and that the source does not know is in the snapshot's ``missing``.
        """
        ...

    def stock_codes(self) -> Flow[tuple[StockCode, ...]]:
        """Every stock code that the source knows."""
        ...


@runtime_checkable
class ItemSource(Protocol):
    """Where item masters come from."""

    @property
    def account(self) -> AccountId:
        """The name of this connection."""
        ...

    def items(self, *, since: datetime | None = None, cursor: str | None = None) -> Flow[Batch[ItemRecord]]:
        """Items, or those that changed *since* (aware); variants with codes of their own, templates blocked.

        A batch's ``next`` may be kept, to go on there later, in another process too.
        """
        ...


class OrderBook(Protocol):
    """Where orders are kept."""

    def problems(self, draft: ErpOrderDraft) -> tuple[DraftProblem, ...]:
        """Why the ERP would refuse *draft*, found without asking it; empty: it may be sent. Pure."""
        ...

    def find_order(self, reference: OrderRef) -> Flow[ErpOrder | None]:
        """The order with this external reference, cancelled ones included; None if there is none."""
        ...

    def create_order(self, draft: ErpOrderDraft) -> Flow[ErpOrder]:
        """Create the order, once. ``Refused``: it was not created. ``Unanswered``: look before repeating."""
        ...


class DespatchSource(Protocol):
    """Where despatches come from."""

    def despatches(
        self, *, since: datetime, references: Sequence[OrderRef] = (), cursor: str | None = None
    ) -> Flow[Batch[Despatch]]:
        """Shipments that left since *since*, and all those of the orders in *references*."""
        ...


@runtime_checkable
class ERPPort(StockSource, OrderBook, DespatchSource, Protocol):
    """The system that owns items, orders and commercial stock, as flows."""

    @property
    def account(self) -> AccountId:
        """The name of this connection."""
        ...

    def check(self) -> Flow[Health]:
        """A harmless call that proves address and credentials."""
        ...

    def capabilities(self) -> Flow[ERPCapabilities]:
        """What this installation can do."""
        ...


@runtime_checkable
class WMSPort(StockSource, Protocol):
    """The system that owns physical stock and picks orders, as flows."""

    @property
    def account(self) -> AccountId:
        """The name of this connection."""
        ...

    def check(self) -> Flow[Health]:
        """A harmless call that proves address and credentials."""
        ...

    def capabilities(self) -> Flow[WMSCapabilities]:
        """What this installation can do."""
        ...

    def find_shipment(self, shipment_id: str) -> Flow[WarehouseShipment | None]:
        """The shipment with our id, None if the warehouse does not know it."""
        ...

    def release(self, draft: ReleaseDraft) -> Flow[WarehouseShipment]:
        """Hand an order to the warehouse, once. ``Unanswered``: ask ``find_shipment`` before repeating."""
        ...

    def cancel(self, shipment_id: str) -> Flow[None]:
        """Take a released order back; ``Conflict`` when it is too late."""
        ...

    def shipments(self, *, since: datetime, cursor: str | None = None) -> Flow[Batch[WarehouseShipment]]:
        """Shipments that changed since *since*."""
        ...
