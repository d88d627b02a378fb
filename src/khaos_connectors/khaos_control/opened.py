"""An installation that is open: the ``ERP`` of this library, and what Khaos Control can do beyond it."""

from collections.abc import Mapping
from datetime import datetime

from khaos_connectors._faces.erp import AsyncERPFace, ERPFace
from khaos_connectors._faces.items import AsyncItemsFace, ItemsFace
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.core.ids import LocationId, StockCode
from khaos_connectors.khaos_control.erp import KhaosControlERP
from khaos_connectors.khaos_control.stock_writing import LevelSet

__all__ = ["AsyncKhaosControl", "KhaosControl"]


class KhaosControl(ERPFace, ItemsFace):
    """An ``ERP`` and ``Items``, and what has no place in either."""

    def __init__(self, port: KhaosControlERP, runner: Runner) -> None:
        self._khaos, self._runner = port, runner
        ERPFace.__init__(self, port, runner)
        ItemsFace.__init__(self, port, runner)

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


class AsyncKhaosControl(AsyncERPFace, AsyncItemsFace):
    """``KhaosControl``, awaited."""

    def __init__(self, port: KhaosControlERP, runner: AsyncRunner) -> None:
        self._khaos, self._runner = port, runner
        AsyncERPFace.__init__(self, port, runner)
        AsyncItemsFace.__init__(self, port, runner)

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
