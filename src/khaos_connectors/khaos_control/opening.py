"""From a configuration to an ERP that answers, blocking or awaited."""

from collections.abc import AsyncGenerator, Generator, Sequence

from khaos_connectors.calls.connect import open_async_runner, open_runner
from khaos_connectors.calls.drivers import Clock
from khaos_connectors.calls.hooks import Hook
from khaos_connectors.calls.opening import opened_by_async_with, opened_by_with
from khaos_connectors.core.erp_jobs import Attempts
from khaos_connectors.khaos_control.config import KhaosControlConfig
from khaos_connectors.khaos_control.erp import KhaosControlERP
from khaos_connectors.khaos_control.opened import AsyncKhaosControl, KhaosControl
from khaos_connectors.protocols import CreditNoteDesk

__all__ = ["connect", "connect_async"]


@opened_by_with
def connect(
    config: KhaosControlConfig,
    *,
    clock: Clock | None = None,
    hooks: Sequence[Hook] = (),
    attempts: Attempts | None = None,
    credit_notes: CreditNoteDesk | None = None,
) -> Generator[KhaosControl, None, None]:
    """The installation as an ``ERP``, and more, until the ``with`` block ends; nothing is asked of it by that alone.

    ``with connect(config) as erp: erp.check()`` proves address, credentials and the names in *config*. *hooks* hear of
    every call (``LoggingHook``). *attempts* (``StoreAttempts(store)``) and *credit_notes* (a ``ReturnsDoor``) are for
    the jobs of ``Jobs``, see ``KhaosControlERP``.
    """
    with open_runner(config.connection(), clock=clock, hooks=hooks) as runner:
        yield KhaosControl(KhaosControlERP(config, attempts=attempts, credit_notes=credit_notes), runner)


@opened_by_async_with
async def connect_async(
    config: KhaosControlConfig,
    *,
    clock: Clock | None = None,
    hooks: Sequence[Hook] = (),
    attempts: Attempts | None = None,
    credit_notes: CreditNoteDesk | None = None,
) -> AsyncGenerator[AsyncKhaosControl, None]:
    """``connect`` for the running event loop."""
    async with open_async_runner(config.connection(), clock=clock, hooks=hooks) as runner:
        yield AsyncKhaosControl(KhaosControlERP(config, attempts=attempts, credit_notes=credit_notes), runner)
