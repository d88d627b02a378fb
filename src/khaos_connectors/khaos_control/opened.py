"""An installation that is open: the ``ERP`` of this library, and what Khaos Control can do beyond it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from khaos_connectors._faces.erp import AsyncERPFace, ERPFace
from khaos_connectors._faces.items import AsyncItemsFace, ItemsFace
from khaos_connectors._faces.jobs import AsyncJobsFace, JobsFace
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.core.exception_report import Reason
from khaos_connectors.core.ids import LocationId, OrderRef, StockCode
from khaos_connectors.core.money import Money
from khaos_connectors.core.orders import ErpOrder
from khaos_connectors.khaos_control.describe import Description
from khaos_connectors.khaos_control.erp import KhaosControlERP
from khaos_connectors.khaos_control.stock_writing import LevelSet
from khaos_connectors.protocols import Batch

__all__ = ["AsyncKhaosControl", "KhaosControl"]

_ROUNDING = Decimal("0.05")


class KhaosControl(ERPFace, ItemsFace, JobsFace):
    """An ``ERP``, ``Items`` and ``Jobs``, and what has no place in any."""

    def __init__(self, port: KhaosControlERP, runner: Runner) -> None:
        self._khaos, self._runner = port, runner
        ERPFace.__init__(self, port, runner)
        ItemsFace.__init__(self, port, runner)
        JobsFace.__init__(self, port, runner)

    def describe(self) -> Description:
        """What the installation has beside the vendor's guide: see ``KhaosControlERP.describe``."""
        return self._runner.run(self._khaos.describe())

    def changed_codes(self, *, since: datetime) -> tuple[StockCode, ...]:
        """Codes that were revised or whose stock moved since then: see ``KhaosControlERP.changed_codes``."""
        return self._runner.run(self._khaos.changed_codes(since=since))

    def set_levels(
        self,
        levels: Mapping[StockCode, int],
        *,
        location: LocationId | None = None,
        instead_of: Mapping[StockCode, int] | None = None,
    ) -> tuple[LevelSet, ...]:
        """Set absolute levels and read them back, where that is allowed: see ``KhaosControlERP.set_levels``."""
        return self._runner.run(self._khaos.set_levels(levels, location=location, instead_of=instead_of))

    def find_orders(self, references: Sequence[OrderRef]) -> Batch[ErpOrder]:
        """``find_order`` for many: see ``KhaosControlERP.find_orders``."""
        return self._runner.run(self._khaos.find_orders(references))

    def value_drift(self, totals: Mapping[OrderRef, Money], *, tolerance: Decimal = _ROUNDING) -> Batch[Reason]:
        """Orders that are not worth what the channel says: see ``KhaosControlERP.value_drift``."""
        return self._runner.run(self._khaos.value_drift(totals, tolerance=tolerance))


class AsyncKhaosControl(AsyncERPFace, AsyncItemsFace, AsyncJobsFace):
    """``KhaosControl``, awaited."""

    def __init__(self, port: KhaosControlERP, runner: AsyncRunner) -> None:
        self._khaos, self._runner = port, runner
        AsyncERPFace.__init__(self, port, runner)
        AsyncItemsFace.__init__(self, port, runner)
        AsyncJobsFace.__init__(self, port, runner)

    async def describe(self) -> Description:
        """What the installation has beside the vendor's guide: see ``KhaosControlERP.describe``."""
        return await self._runner.run(self._khaos.describe())

    async def changed_codes(self, *, since: datetime) -> tuple[StockCode, ...]:
        """Codes that were revised or whose stock moved since then: see ``KhaosControlERP.changed_codes``."""
        return await self._runner.run(self._khaos.changed_codes(since=since))

    async def set_levels(
        self,
        levels: Mapping[StockCode, int],
        *,
        location: LocationId | None = None,
        instead_of: Mapping[StockCode, int] | None = None,
    ) -> tuple[LevelSet, ...]:
        """Set absolute levels and read them back, where that is allowed: see ``KhaosControlERP.set_levels``."""
        return await self._runner.run(self._khaos.set_levels(levels, location=location, instead_of=instead_of))

    async def find_orders(self, references: Sequence[OrderRef]) -> Batch[ErpOrder]:
        """``find_order`` for many: see ``KhaosControlERP.find_orders``."""
        return await self._runner.run(self._khaos.find_orders(references))

    async def value_drift(self, totals: Mapping[OrderRef, Money], *, tolerance: Decimal = _ROUNDING) -> Batch[Reason]:
        """Orders that are not worth what the channel says: see ``KhaosControlERP.value_drift``."""
        return await self._runner.run(self._khaos.value_drift(totals, tolerance=tolerance))
