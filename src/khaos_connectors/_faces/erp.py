"""The faces of an ERP."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime

from khaos_connectors._faces.pages import everything, walk, walk_async
from khaos_connectors._faces.told import told_by
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do
from khaos_connectors.calls.lists import listed
from khaos_connectors.calls.moments import moment
from khaos_connectors.core.despatch import Despatch
from khaos_connectors.core.ids import AccountId, OrderRef, StockCode
from khaos_connectors.core.orders import ErpOrder, ErpOrderDraft
from khaos_connectors.core.stock import Snapshot
from khaos_connectors.protocols import ERP, Batch, DraftProblem, ERPCapabilities, ERPPort, Health

__all__ = ["AsyncERPFace", "ERPFace", "LiftedERP"]


@told_by(ERPPort)
class ERPFace:
    """``ERP`` over a port."""

    def __init__(self, port: ERPPort, runner: Runner) -> None:
        self._port, self._run = port, runner

    @property
    def account(self) -> AccountId:
        return self._port.account

    def check(self) -> Health:
        return self._run.run(self._port.check())

    def capabilities(self) -> ERPCapabilities:
        return self._run.run(self._port.capabilities())

    def stock(self, codes: Sequence[StockCode] | None = None) -> Snapshot:
        return self._run.run(self._port.stock(codes))

    def stock_codes(self) -> tuple[StockCode, ...]:
        return self._run.run(self._port.stock_codes())

    def problems(self, draft: ErpOrderDraft) -> tuple[DraftProblem, ...]:
        return self._port.problems(draft)

    def find_order(self, reference: OrderRef) -> ErpOrder | None:
        return self._run.run(self._port.find_order(reference))

    def create_order(self, draft: ErpOrderDraft) -> ErpOrder:
        return self._run.run(self._port.create_order(draft))

    def despatches(self, *, since: datetime, references: Sequence[OrderRef] = ()) -> Iterator[Despatch]:
        """Shipments that left since *since* (aware), and all those of the orders in *references*.

        Read as they are asked for. Those that cannot be read come last: after all the others, ``Undecodable`` names
        them in *records*. Raises ``Invalid`` for a naive *since*, ``TypeError`` for one reference not in a list.
        """
        since = moment(since, system=self.account, operation="despatches", name="since")
        wanted = listed(references, name="references", what="references")

        def page(cursor: str | None) -> Flow[Batch[Despatch]]:
            return self._port.despatches(since=since, references=wanted, cursor=cursor)

        return walk(self._run, page, self.account, "despatches")


@told_by(ERPPort)
class AsyncERPFace:
    """``AsyncERP`` over a port."""

    def __init__(self, port: ERPPort, runner: AsyncRunner) -> None:
        self._port, self._run = port, runner

    @property
    def account(self) -> AccountId:
        return self._port.account

    async def check(self) -> Health:
        return await self._run.run(self._port.check())

    async def capabilities(self) -> ERPCapabilities:
        return await self._run.run(self._port.capabilities())

    async def stock(self, codes: Sequence[StockCode] | None = None) -> Snapshot:
        return await self._run.run(self._port.stock(codes))

    async def stock_codes(self) -> tuple[StockCode, ...]:
        return await self._run.run(self._port.stock_codes())

    def problems(self, draft: ErpOrderDraft) -> tuple[DraftProblem, ...]:
        return self._port.problems(draft)

    async def find_order(self, reference: OrderRef) -> ErpOrder | None:
        return await self._run.run(self._port.find_order(reference))

    async def create_order(self, draft: ErpOrderDraft) -> ErpOrder:
        return await self._run.run(self._port.create_order(draft))

    def despatches(self, *, since: datetime, references: Sequence[OrderRef] = ()) -> AsyncIterator[Despatch]:
        """Shipments that left since *since* (aware), and all those of the orders in *references*.

        Read as they are asked for. Those that cannot be read come last: after all the others, ``Undecodable`` names
        them in *records*. Raises ``Invalid`` for a naive *since*, ``TypeError`` for one reference not in a list.
        """
        since = moment(since, system=self.account, operation="despatches", name="since")
        wanted = listed(references, name="references", what="references")

        def page(cursor: str | None) -> Flow[Batch[Despatch]]:
            return self._port.despatches(since=since, references=wanted, cursor=cursor)

        return walk_async(self._run, page, self.account, "despatches")


class LiftedERP:
    """``ERPPort`` over a plain class."""

    def __init__(self, erp: ERP) -> None:
        self._plain = erp

    @property
    def account(self) -> AccountId:
        return self._plain.account

    def check(self) -> Flow[Health]:
        return do(self._plain.check)

    def capabilities(self) -> Flow[ERPCapabilities]:
        return do(self._plain.capabilities)

    def stock(self, codes: Sequence[StockCode] | None = None) -> Flow[Snapshot]:
        return do(self._plain.stock, codes)

    def stock_codes(self) -> Flow[tuple[StockCode, ...]]:
        return do(self._plain.stock_codes)

    def problems(self, draft: ErpOrderDraft) -> tuple[DraftProblem, ...]:
        return self._plain.problems(draft)

    def find_order(self, reference: OrderRef) -> Flow[ErpOrder | None]:
        return do(self._plain.find_order, reference)

    def create_order(self, draft: ErpOrderDraft) -> Flow[ErpOrder]:
        return do(self._plain.create_order, draft)

    def despatches(
        self, *, since: datetime, references: Sequence[OrderRef] = (), cursor: str | None = None
    ) -> Flow[Batch[Despatch]]:
        return do(everything, lambda: self._plain.despatches(since=since, references=references))
