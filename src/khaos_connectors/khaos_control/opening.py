"""From a configuration to an ERP that answers, blocking or awaited."""

from collections.abc import AsyncGenerator, Generator, Sequence

from khaos_connectors.calls.connect import open_async_runner, open_runner
from khaos_connectors.calls.drivers import Clock
from khaos_connectors.calls.hooks import Hook
from khaos_connectors.calls.opening import opened_by_async_with, opened_by_with
from khaos_connectors.faces import async_erp_face, erp_face
from khaos_connectors.khaos_control.config import KhaosControlConfig
from khaos_connectors.khaos_control.erp import KhaosControlERP
from khaos_connectors.protocols import ERP, AsyncERP

__all__ = ["connect", "connect_async"]


@opened_by_with
def connect(
    config: KhaosControlConfig, *, clock: Clock | None = None, hooks: Sequence[Hook] = ()
) -> Generator[ERP, None, None]:
    """The installation as an ``ERP`` until the ``with`` block ends."""
    with open_runner(config.connection(), clock=clock, hooks=hooks) as runner:
        yield erp_face(KhaosControlERP(config), runner)


@opened_by_async_with
async def connect_async(
    config: KhaosControlConfig, *, clock: Clock | None = None, hooks: Sequence[Hook] = ()
) -> AsyncGenerator[AsyncERP, None]:
    """``connect`` for the running event loop."""
    async with open_async_runner(config.connection(), clock=clock, hooks=hooks) as runner:
        yield async_erp_face(KhaosControlERP(config), runner)
