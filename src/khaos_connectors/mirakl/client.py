"""One account by hand: a client that knows for which account, shop and language it asks."""

from khaos_connectors.calls.client import AsyncClient, Client
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.scope import Scope

__all__ = ["AsyncMiraklClient", "MiraklClient"]


class MiraklClient(Client):
    """Makes calls of ``mirakl.endpoints`` and ``mirakl.raw`` with one account's key, pace and repeats, blocking."""

    scope: Scope
    """What every call wants to know first: account, shop, language."""

    def __init__(self, config: MiraklConfig, runner: Runner) -> None:
        super().__init__(config.caller(), runner)
        self.scope = config.scope


class AsyncMiraklClient(AsyncClient):
    """Makes calls of ``mirakl.endpoints`` and ``mirakl.raw`` with one account's key, pace and repeats, awaited."""

    scope: Scope
    """What every call wants to know first: account, shop, language."""

    def __init__(self, config: MiraklConfig, runner: AsyncRunner) -> None:
        super().__init__(config.caller(), runner)
        self.scope = config.scope
