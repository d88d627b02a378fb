"""An installation that is open: the ``ERP`` of this library, and what Khaos Control can do beyond it."""

from khaos_connectors._faces.erp import AsyncERPFace, ERPFace
from khaos_connectors._faces.items import AsyncItemsFace, ItemsFace
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.khaos_control.erp import KhaosControlERP

__all__ = ["AsyncKhaosControl", "KhaosControl"]


class KhaosControl(ERPFace, ItemsFace):
    """An ``ERP`` and ``Items``."""

    def __init__(self, port: KhaosControlERP, runner: Runner) -> None:
        ERPFace.__init__(self, port, runner)
        ItemsFace.__init__(self, port, runner)


class AsyncKhaosControl(AsyncERPFace, AsyncItemsFace):
    """``KhaosControl``, awaited."""

    def __init__(self, port: KhaosControlERP, runner: AsyncRunner) -> None:
        AsyncERPFace.__init__(self, port, runner)
        AsyncItemsFace.__init__(self, port, runner)
