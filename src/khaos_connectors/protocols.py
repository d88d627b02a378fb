"""What the library asks of a sales channel, an ERP and a warehouse, and nothing about any vendor.

Each role exists three times with the same method names: as a *port* whose methods are flows (``ChannelPort``), as a
blocking face (``Channel``) and as an asynchronous one (``AsyncChannel``). ``faces`` turns a port into either face, and
anybody's plain class into a port. The roles are made of small protocols, so that a pipeline asks only for what it uses.
What a system cannot do is told by its capabilities; asked all the same, it raises ``errors.Unsupported``.

Records that could not be read are returned beside the good ones, never in place of them.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Generic, Protocol, TypeVar, runtime_checkable

import attrs

from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.couriers import Carrier, CarrierChoice
from khaos_connectors.core.despatch import Despatch, ShipmentLine, ShippedUnits
from khaos_connectors.core.ids import AccountId, ChannelId, ChannelSku, DespatchId, LineId, OrderId, OrderRef, StockCode
from khaos_connectors.core.orders import ChannelOrder, ErpOrder, ErpOrderDraft
from khaos_connectors.core.release import ReleaseDraft, WarehouseShipment
from khaos_connectors.core.stock import Snapshot

__all__ = [
    "ERP",
    "WMS",
    "AsyncChannel",
    "AsyncERP",
    "AsyncWMS",
    "Batch",
    "Channel",
    "ChannelCapabilities",
    "ChannelPort",
    "DespatchSource",
    "DraftProblem",
    "ERPCapabilities",
    "ERPPort",
    "Health",
    "LineDecision",
    "Listing",
    "OrderBook",
    "OrderDesk",
    "OrderSource",
    "ReceivedOrder",
    "ReferenceRefusal",
    "RowRefusal",
    "ShipmentDesk",
    "ShipmentNotice",
    "ShipmentReceipt",
    "StockLevel",
    "StockReceipt",
    "StockSink",
    "StockSource",
    "Unreadable",
    "WMSCapabilities",
    "WMSPort",
]

T = TypeVar("T")


# --- records that cross a port -----------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Unreadable:
    """A record that broke the contract: *key* where one could be found, what is wrong, and the record as it came."""

    key: str
    problem: str
    payload: str = attrs.field(default="", repr=False)


@attrs.frozen(kw_only=True)
class Batch(Generic[T]):
    """Part of a listing. *next* is an opaque cursor for the rest, None at the end."""

    items: tuple[T, ...]
    next: str | None = None
    unreadable: tuple[Unreadable, ...] = ()

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)


@attrs.frozen(kw_only=True)
class Health:
    """The answer of a harmless call: who answered, which version, and anything a person should know."""

    account: AccountId
    version: str = ""
    notes: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class ReceivedOrder:
    """An order with the text it was read from; ``read_order`` reads that text again, today's way."""

    order: ChannelOrder
    payload: str = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class LineDecision:
    """Whether one line of an order that waits for acceptance is accepted."""

    line_id: LineId
    accept: bool


@attrs.frozen(kw_only=True)
class ReferenceRefusal:
    """An order onto which the channel would not write our reference, in its own words."""

    order_id: OrderId
    message: str


@attrs.frozen(kw_only=True)
class StockLevel:
    """The absolute number of *units* (0 or more, in the listing's own units) that may be sold of *sku*."""

    sku: ChannelSku
    units: int


@attrs.frozen(kw_only=True)
class RowRefusal:
    """A row that the channel did not take, in its own words."""

    sku: ChannelSku
    message: str


@attrs.frozen(kw_only=True)
class StockReceipt:
    """What became of a push, row by row: every pushed SKU is in exactly one of the three.

    *pending*: the channel took the rows but has not said what it did with them; push them again next time.
    *ticket* is the channel's own id of the import, for its support.
    """

    accepted: tuple[ChannelSku, ...]
    refused: tuple[RowRefusal, ...] = ()
    pending: tuple[ChannelSku, ...] = ()
    ticket: str = ""


@attrs.frozen(kw_only=True)
class Listing:
    """A sellable record as the channel shows it now. *reasons* say why it is not active."""

    sku: ChannelSku
    units: int
    active: bool
    reasons: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class ShipmentNotice:
    """What the channel is to be told: *lines* of *order_id* left in one parcel with *tracking*.

    *final*: with this shipment nothing of the order is left to ship.
    """

    order_id: OrderId
    despatch_id: DespatchId
    lines: tuple[ShipmentLine, ...]
    carrier: CarrierChoice
    tracking: str
    final: bool


@attrs.frozen(kw_only=True)
class ShipmentReceipt:
    """The channel knows the shipment. *already*: it knew it before this call, with the same tracking."""

    order_id: OrderId
    shipment_id: str = ""
    already: bool = False


@attrs.frozen(kw_only=True)
class DraftProblem:
    """Why an ERP would refuse a draft: the field by the ERP's own name, and what to do about it."""

    field: str
    problem: str


# --- capabilities ------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class ChannelCapabilities:
    """What a channel, as configured for this account, can do.

    *needs_acceptance*: orders wait for the seller's word. *partial_acceptance*: single lines may be refused.
    *several_shipments*: an order may leave in several parcels, each with its own tracking.
    *free_text_carriers*: carriers outside its list are allowed. *mandatory_tracking*: no shipment without a number.
    """

    needs_acceptance: bool
    partial_acceptance: bool
    several_shipments: bool
    free_text_carriers: bool
    mandatory_tracking: bool


@attrs.frozen(kw_only=True)
class ERPCapabilities:
    """What an ERP can do for us through documented or configured doors.

    *stock_per_location*: figures carry their location. *physical*: it tells physical stock (else only what is
    available). *item_lines*: despatches tell their items.
    """

    stock_per_location: bool
    physical: bool
    item_lines: bool
    ship_confirm: bool = False
    credit_notes: bool = False
    journals: bool = False


@attrs.frozen(kw_only=True)
class WMSCapabilities:
    """What a warehouse system can do: *cancel_after_release* and whether it tells parcels with their contents."""

    cancel_after_release: bool
    parcel_lines: bool


# --- ports: methods are flows ------------------------------------------------------------------------------------


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


# --- faces: the same methods, blocking -----------------------------------------------------------------------------


class Channel(Protocol):
    """A place that sells our stock and hands us its orders."""

    @property
    def account(self) -> AccountId: ...
    @property
    def channel(self) -> ChannelId: ...
    def check(self) -> Health: ...
    def capabilities(self) -> ChannelCapabilities: ...
    def orders(self, *, since: datetime) -> Iterator[ChannelOrder]: ...
    def order(self, order_id: OrderId) -> ChannelOrder | None: ...
    def decide(self, order_id: OrderId, decisions: Sequence[LineDecision]) -> None: ...
    def set_references(self, references: Mapping[OrderId, str]) -> tuple[ReferenceRefusal, ...]: ...
    def push_stock(self, levels: Sequence[StockLevel]) -> StockReceipt: ...
    def listings(self) -> Iterator[Listing]: ...
    def carriers(self) -> tuple[Carrier, ...]: ...
    def shipments(self, order_id: OrderId) -> tuple[ShippedUnits, ...]: ...
    def confirm(self, notice: ShipmentNotice) -> ShipmentReceipt: ...


class ERP(Protocol):
    """The system that owns items, orders and commercial stock."""

    @property
    def account(self) -> AccountId: ...
    def check(self) -> Health: ...
    def capabilities(self) -> ERPCapabilities: ...
    def stock(self, codes: Sequence[StockCode] | None = None) -> Snapshot: ...
    def stock_codes(self) -> tuple[StockCode, ...]: ...
    def problems(self, draft: ErpOrderDraft) -> tuple[DraftProblem, ...]: ...
    def find_order(self, reference: OrderRef) -> ErpOrder | None: ...
    def create_order(self, draft: ErpOrderDraft) -> ErpOrder: ...
    def despatches(self, *, since: datetime, references: Sequence[OrderRef] = ()) -> Iterator[Despatch]: ...


class WMS(Protocol):
    """The system that owns physical stock and picks orders."""

    @property
    def account(self) -> AccountId: ...
    def check(self) -> Health: ...
    def capabilities(self) -> WMSCapabilities: ...
    def stock(self, codes: Sequence[StockCode] | None = None) -> Snapshot: ...
    def stock_codes(self) -> tuple[StockCode, ...]: ...
    def find_shipment(self, shipment_id: str) -> WarehouseShipment | None: ...
    def release(self, draft: ReleaseDraft) -> WarehouseShipment: ...
    def cancel(self, shipment_id: str) -> None: ...
    def shipments(self, *, since: datetime) -> Iterator[WarehouseShipment]: ...


# --- faces: the same methods, awaited ------------------------------------------------------------------------------


class AsyncChannel(Protocol):
    """``Channel``, awaited."""

    @property
    def account(self) -> AccountId: ...
    @property
    def channel(self) -> ChannelId: ...
    async def check(self) -> Health: ...
    async def capabilities(self) -> ChannelCapabilities: ...
    def orders(self, *, since: datetime) -> AsyncIterator[ChannelOrder]: ...
    async def order(self, order_id: OrderId) -> ChannelOrder | None: ...
    async def decide(self, order_id: OrderId, decisions: Sequence[LineDecision]) -> None: ...
    async def set_references(self, references: Mapping[OrderId, str]) -> tuple[ReferenceRefusal, ...]: ...
    async def push_stock(self, levels: Sequence[StockLevel]) -> StockReceipt: ...
    def listings(self) -> AsyncIterator[Listing]: ...
    async def carriers(self) -> tuple[Carrier, ...]: ...
    async def shipments(self, order_id: OrderId) -> tuple[ShippedUnits, ...]: ...
    async def confirm(self, notice: ShipmentNotice) -> ShipmentReceipt: ...


class AsyncERP(Protocol):
    """``ERP``, awaited."""

    @property
    def account(self) -> AccountId: ...
    async def check(self) -> Health: ...
    async def capabilities(self) -> ERPCapabilities: ...
    async def stock(self, codes: Sequence[StockCode] | None = None) -> Snapshot: ...
    async def stock_codes(self) -> tuple[StockCode, ...]: ...
    def problems(self, draft: ErpOrderDraft) -> tuple[DraftProblem, ...]: ...
    async def find_order(self, reference: OrderRef) -> ErpOrder | None: ...
    async def create_order(self, draft: ErpOrderDraft) -> ErpOrder: ...
    def despatches(self, *, since: datetime, references: Sequence[OrderRef] = ()) -> AsyncIterator[Despatch]: ...


class AsyncWMS(Protocol):
    """``WMS``, awaited."""

    @property
    def account(self) -> AccountId: ...
    async def check(self) -> Health: ...
    async def capabilities(self) -> WMSCapabilities: ...
    async def stock(self, codes: Sequence[StockCode] | None = None) -> Snapshot: ...
    async def stock_codes(self) -> tuple[StockCode, ...]: ...
    async def find_shipment(self, shipment_id: str) -> WarehouseShipment | None: ...
    async def release(self, draft: ReleaseDraft) -> WarehouseShipment: ...
    async def cancel(self, shipment_id: str) -> None: ...
    def shipments(self, *, since: datetime) -> AsyncIterator[WarehouseShipment]: ...
