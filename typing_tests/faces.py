"""Faces and lifts fit their protocols in both directions; it is checked, not run."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import assert_type

from khaos_connectors.calls.connect import Connection, HttpxTransport, open_async_runner, open_runner
from khaos_connectors.calls.drivers import AsyncRunner, AsyncTransport, Clock, Runner, SystemClock, Transport
from khaos_connectors.calls.hooks import Hook, LoggingHook
from khaos_connectors.core.despatch import Despatch
from khaos_connectors.core.ids import OrderId, OrderRef
from khaos_connectors.core.orders import ChannelOrder, ErpOrder
from khaos_connectors.core.release import WarehouseShipment
from khaos_connectors.core.stock import Snapshot
from khaos_connectors.faces import (
    async_channel_face,
    async_erp_face,
    async_wms_face,
    channel_face,
    erp_face,
    lift_channel,
    lift_erp,
    lift_wms,
    wms_face,
)
from khaos_connectors.protocols import (
    ERP,
    WMS,
    AsyncChannel,
    AsyncERP,
    AsyncWMS,
    Channel,
    ChannelPort,
    ERPPort,
    Listing,
    OrderSource,
    ShipmentDesk,
    StockSink,
    StockSource,
    WMSPort,
)
from khaos_connectors.testing.clock import ManualClock


def blocking(channel: ChannelPort, erp: ERPPort, wms: WMSPort, runner: Runner, since: datetime) -> None:
    shop = channel_face(channel, runner)
    assert_type(shop, Channel)
    assert_type(shop.orders(since=since), Iterator[ChannelOrder])
    assert_type(shop.order(OrderId("1")), ChannelOrder | None)
    assert_type(shop.listings(), Iterator[Listing])
    books = erp_face(erp, runner)
    assert_type(books, ERP)
    assert_type(books.despatches(since=since), Iterator[Despatch])
    assert_type(books.find_order(OrderRef("1")), ErpOrder | None)
    shed = wms_face(wms, runner)
    assert_type(shed, WMS)
    assert_type(shed.stock(), Snapshot)


async def awaited(channel: ChannelPort, erp: ERPPort, wms: WMSPort, runner: AsyncRunner, since: datetime) -> None:
    shop = async_channel_face(channel, runner)
    assert_type(shop, AsyncChannel)
    assert_type(shop.orders(since=since), AsyncIterator[ChannelOrder])
    assert_type(await shop.order(OrderId("1")), ChannelOrder | None)
    books = async_erp_face(erp, runner)
    assert_type(books, AsyncERP)
    assert_type(await books.stock(), Snapshot)
    shed = async_wms_face(wms, runner)
    assert_type(shed, AsyncWMS)
    assert_type(shed.shipments(since=since), AsyncIterator[WarehouseShipment])


def lifted(channel: Channel, erp: ERP, wms: WMS) -> None:
    assert_type(lift_channel(channel), ChannelPort)
    assert_type(lift_erp(erp), ERPPort)
    assert_type(lift_wms(wms), WMSPort)


def a_port_is_all_its_parts(port: ChannelPort) -> tuple[OrderSource, StockSink, ShipmentDesk]:
    return port, port, port


def both_tell_stock(erp: ERPPort, wms: WMSPort) -> tuple[StockSource, StockSource]:
    return erp, wms


def clocks_and_hooks() -> tuple[Clock, Clock, Hook]:
    return SystemClock(), ManualClock(), LoggingHook()


def transports(own: HttpxTransport) -> Transport:
    return own


def a_blocking_transport_is_not_awaited(own: HttpxTransport) -> AsyncTransport:
    return own  # type: ignore[return-value]  # pyright: ignore[reportReturnType] - it does not return an awaitable


def opened(connection: Connection) -> None:
    with open_runner(connection) as runner:
        assert_type(runner, Runner)


async def opened_async(connection: Connection) -> None:
    async with open_async_runner(connection) as runner:
        assert_type(runner, AsyncRunner)
