"""The faces of a warehouse."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime

from khaos_connectors._faces.pages import everything, walk, walk_async
from khaos_connectors._faces.told import told_by
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do
from khaos_connectors.calls.moments import moment
from khaos_connectors.core.ids import AccountId, StockCode
from khaos_connectors.core.release import ReleaseDraft, WarehouseShipment
from khaos_connectors.core.stock import Snapshot
from khaos_connectors.protocols import WMS, Batch, Health, WMSCapabilities, WMSPort

__all__ = ["AsyncWMSFace", "LiftedWMS", "WMSFace"]


@told_by(WMSPort)
class WMSFace:
    """``WMS`` over a port."""

    def __init__(self, port: WMSPort, runner: Runner) -> None:
        self._port, self._run = port, runner

    @property
    def account(self) -> AccountId:
        return self._port.account

    def check(self) -> Health:
        return self._run.run(self._port.check())

    def capabilities(self) -> WMSCapabilities:
        return self._run.run(self._port.capabilities())

    def stock(self, codes: Sequence[StockCode] | None = None) -> Snapshot:
        return self._run.run(self._port.stock(codes))

    def stock_codes(self) -> tuple[StockCode, ...]:
        return self._run.run(self._port.stock_codes())

    def find_shipment(self, shipment_id: str) -> WarehouseShipment | None:
        return self._run.run(self._port.find_shipment(shipment_id))

    def release(self, draft: ReleaseDraft) -> WarehouseShipment:
        return self._run.run(self._port.release(draft))

    def cancel(self, shipment_id: str) -> None:
        self._run.run(self._port.cancel(shipment_id))

    def shipments(self, *, since: datetime) -> Iterator[WarehouseShipment]:
        since = moment(since, system=self.account, operation="shipments", name="since")

        def page(cursor: str | None) -> Flow[Batch[WarehouseShipment]]:
            return self._port.shipments(since=since, cursor=cursor)

        return walk(self._run, page, self.account, "shipments")


@told_by(WMSPort)
class AsyncWMSFace:
    """``AsyncWMS`` over a port."""

    def __init__(self, port: WMSPort, runner: AsyncRunner) -> None:
        self._port, self._run = port, runner

    @property
    def account(self) -> AccountId:
        return self._port.account

    async def check(self) -> Health:
        return await self._run.run(self._port.check())

    async def capabilities(self) -> WMSCapabilities:
        return await self._run.run(self._port.capabilities())

    async def stock(self, codes: Sequence[StockCode] | None = None) -> Snapshot:
        return await self._run.run(self._port.stock(codes))

    async def stock_codes(self) -> tuple[StockCode, ...]:
        return await self._run.run(self._port.stock_codes())

    async def find_shipment(self, shipment_id: str) -> WarehouseShipment | None:
        return await self._run.run(self._port.find_shipment(shipment_id))

    async def release(self, draft: ReleaseDraft) -> WarehouseShipment:
        return await self._run.run(self._port.release(draft))

    async def cancel(self, shipment_id: str) -> None:
        await self._run.run(self._port.cancel(shipment_id))

    def shipments(self, *, since: datetime) -> AsyncIterator[WarehouseShipment]:
        since = moment(since, system=self.account, operation="shipments", name="since")

        def page(cursor: str | None) -> Flow[Batch[WarehouseShipment]]:
            return self._port.shipments(since=since, cursor=cursor)

        return walk_async(self._run, page, self.account, "shipments")


class LiftedWMS:
    """``WMSPort`` over a plain class."""

    def __init__(self, wms: WMS) -> None:
        self._plain = wms

    @property
    def account(self) -> AccountId:
        return self._plain.account

    def check(self) -> Flow[Health]:
        return do(self._plain.check)

    def capabilities(self) -> Flow[WMSCapabilities]:
        return do(self._plain.capabilities)

    def stock(self, codes: Sequence[StockCode] | None = None) -> Flow[Snapshot]:
        return do(self._plain.stock, codes)

    def stock_codes(self) -> Flow[tuple[StockCode, ...]]:
        return do(self._plain.stock_codes)

    def find_shipment(self, shipment_id: str) -> Flow[WarehouseShipment | None]:
        return do(self._plain.find_shipment, shipment_id)

    def release(self, draft: ReleaseDraft) -> Flow[WarehouseShipment]:
        return do(self._plain.release, draft)

    def cancel(self, shipment_id: str) -> Flow[None]:
        return do(self._plain.cancel, shipment_id)

    def shipments(self, *, since: datetime, cursor: str | None = None) -> Flow[Batch[WarehouseShipment]]:
        return do(everything, lambda: self._plain.shipments(since=since))
