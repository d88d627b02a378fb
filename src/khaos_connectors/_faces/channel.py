"""The faces of a channel."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime

from khaos_connectors._faces.pages import everything, walk, walk_async
from khaos_connectors._faces.told import told_by
from khaos_connectors.calls.decode import dump_record, load_record
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do
from khaos_connectors.calls.moments import moment
from khaos_connectors.core.couriers import Carrier
from khaos_connectors.core.despatch import ShippedUnits
from khaos_connectors.core.ids import AccountId, ChannelId, OrderId
from khaos_connectors.core.orders import ChannelOrder
from khaos_connectors.protocols import (
    Batch,
    Channel,
    ChannelCapabilities,
    ChannelPort,
    Health,
    LineDecision,
    Listing,
    ReceivedOrder,
    ReferenceRefusal,
    ShipmentNotice,
    ShipmentReceipt,
    StockLevel,
    StockReceipt,
)

__all__ = ["AsyncChannelFace", "ChannelFace", "LiftedChannel"]


@told_by(Channel)
class ChannelFace:
    """``Channel`` over a port."""

    def __init__(self, port: ChannelPort, runner: Runner) -> None:
        self._port, self._run = port, runner

    @property
    def account(self) -> AccountId:
        return self._port.account

    @property
    def channel(self) -> ChannelId:
        return self._port.channel

    def check(self) -> Health:
        return self._run.run(self._port.check())

    def capabilities(self) -> ChannelCapabilities:
        return self._run.run(self._port.capabilities())

    def orders(self, *, since: datetime) -> Iterator[ChannelOrder]:
        since = moment(since, system=self.account, operation="orders", name="since")

        def page(cursor: str | None) -> Flow[Batch[ReceivedOrder]]:
            return self._port.orders(since=since, cursor=cursor)

        return (received.order for received in walk(self._run, page, self.account, "orders"))

    def order(self, order_id: OrderId) -> ChannelOrder | None:
        received = self._run.run(self._port.order(order_id))
        return None if received is None else received.order

    def decide(self, order_id: OrderId, decisions: Sequence[LineDecision]) -> None:
        self._run.run(self._port.decide(order_id, decisions))

    def set_references(self, references: Mapping[OrderId, str]) -> tuple[ReferenceRefusal, ...]:
        return self._run.run(self._port.set_references(references))

    def push_stock(self, levels: Sequence[StockLevel]) -> StockReceipt:
        return self._run.run(self._port.push_stock(levels))

    def listings(self) -> Iterator[Listing]:
        return walk(self._run, lambda cursor: self._port.listings(cursor=cursor), self.account, "listings")

    def carriers(self) -> tuple[Carrier, ...]:
        return self._run.run(self._port.carriers())

    def shipments(self, order_id: OrderId) -> tuple[ShippedUnits, ...]:
        return self._run.run(self._port.shipments(order_id))

    def confirm(self, notice: ShipmentNotice) -> ShipmentReceipt:
        return self._run.run(self._port.confirm(notice))


@told_by(Channel)
class AsyncChannelFace:
    """``AsyncChannel`` over a port."""

    def __init__(self, port: ChannelPort, runner: AsyncRunner) -> None:
        self._port, self._run = port, runner

    @property
    def account(self) -> AccountId:
        return self._port.account

    @property
    def channel(self) -> ChannelId:
        return self._port.channel

    async def check(self) -> Health:
        return await self._run.run(self._port.check())

    async def capabilities(self) -> ChannelCapabilities:
        return await self._run.run(self._port.capabilities())

    def orders(self, *, since: datetime) -> AsyncIterator[ChannelOrder]:
        since = moment(since, system=self.account, operation="orders", name="since")

        def page(cursor: str | None) -> Flow[Batch[ReceivedOrder]]:
            return self._port.orders(since=since, cursor=cursor)

        return (received.order async for received in walk_async(self._run, page, self.account, "orders"))

    async def order(self, order_id: OrderId) -> ChannelOrder | None:
        received = await self._run.run(self._port.order(order_id))
        return None if received is None else received.order

    async def decide(self, order_id: OrderId, decisions: Sequence[LineDecision]) -> None:
        await self._run.run(self._port.decide(order_id, decisions))

    async def set_references(self, references: Mapping[OrderId, str]) -> tuple[ReferenceRefusal, ...]:
        return await self._run.run(self._port.set_references(references))

    async def push_stock(self, levels: Sequence[StockLevel]) -> StockReceipt:
        return await self._run.run(self._port.push_stock(levels))

    def listings(self) -> AsyncIterator[Listing]:
        return walk_async(self._run, lambda cursor: self._port.listings(cursor=cursor), self.account, "listings")

    async def carriers(self) -> tuple[Carrier, ...]:
        return await self._run.run(self._port.carriers())

    async def shipments(self, order_id: OrderId) -> tuple[ShippedUnits, ...]:
        return await self._run.run(self._port.shipments(order_id))

    async def confirm(self, notice: ShipmentNotice) -> ShipmentReceipt:
        return await self._run.run(self._port.confirm(notice))


class LiftedChannel:
    """``ChannelPort`` over a plain class."""

    def __init__(self, channel: Channel) -> None:
        self._plain = channel

    @property
    def account(self) -> AccountId:
        return self._plain.account

    @property
    def channel(self) -> ChannelId:
        return self._plain.channel

    def check(self) -> Flow[Health]:
        return do(self._plain.check)

    def capabilities(self) -> Flow[ChannelCapabilities]:
        return do(self._plain.capabilities)

    def orders(self, *, since: datetime, cursor: str | None = None) -> Flow[Batch[ReceivedOrder]]:
        def received() -> Iterator[ReceivedOrder]:
            return map(_received, self._plain.orders(since=since))

        return do(everything, received)

    def order(self, order_id: OrderId) -> Flow[ReceivedOrder | None]:
        order = yield from do(self._plain.order, order_id)
        return None if order is None else _received(order)

    def read_order(self, payload: str) -> ChannelOrder:
        return load_record(ChannelOrder, payload)

    def decide(self, order_id: OrderId, decisions: Sequence[LineDecision]) -> Flow[None]:
        return do(self._plain.decide, order_id, decisions)

    def set_references(self, references: Mapping[OrderId, str]) -> Flow[tuple[ReferenceRefusal, ...]]:
        return do(self._plain.set_references, references)

    def push_stock(self, levels: Sequence[StockLevel]) -> Flow[StockReceipt]:
        return do(self._plain.push_stock, levels)

    def listings(self, *, cursor: str | None = None) -> Flow[Batch[Listing]]:
        return do(everything, self._plain.listings)

    def carriers(self) -> Flow[tuple[Carrier, ...]]:
        return do(self._plain.carriers)

    def shipments(self, order_id: OrderId) -> Flow[tuple[ShippedUnits, ...]]:
        return do(self._plain.shipments, order_id)

    def confirm(self, notice: ShipmentNotice) -> Flow[ShipmentReceipt]:
        return do(self._plain.confirm, notice)


def _received(order: ChannelOrder) -> ReceivedOrder:
    return ReceivedOrder(order=order, payload=dump_record(order))
