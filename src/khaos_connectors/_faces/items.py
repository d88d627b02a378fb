"""The faces of a source of items."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime

from khaos_connectors._faces.pages import everything, walk, walk_async
from khaos_connectors._faces.told import told_by
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do
from khaos_connectors.calls.moments import moment
from khaos_connectors.core.ids import AccountId
from khaos_connectors.core.items import ItemRecord
from khaos_connectors.protocols import Batch, Items, ItemSource

__all__ = ["AsyncItemsFace", "ItemsFace", "LiftedItems"]


@told_by(ItemSource)
class ItemsFace:
    """``Items`` over a port."""

    def __init__(self, port: ItemSource, runner: Runner) -> None:
        self._source, self._runs = port, runner

    @property
    def account(self) -> AccountId:
        return self._source.account

    def items(self, *, since: datetime | None = None) -> Iterator[ItemRecord]:
        """Items, or those that changed *since* (aware); variants with codes of their own, templates blocked.

        Read chunk by chunk as they are asked for. Those that cannot be read come last: after all the others,
        ``Undecodable`` names them in *records*.
        """
        at = _moment(self.account, since)

        def page(cursor: str | None) -> Flow[Batch[ItemRecord]]:
            return self._source.items(since=at, cursor=cursor)

        return walk(self._runs, page, self.account, "items")


@told_by(ItemSource)
class AsyncItemsFace:
    """``AsyncItems`` over a port."""

    def __init__(self, port: ItemSource, runner: AsyncRunner) -> None:
        self._source, self._runs = port, runner

    @property
    def account(self) -> AccountId:
        return self._source.account

    def items(self, *, since: datetime | None = None) -> AsyncIterator[ItemRecord]:
        """Items, or those that changed *since* (aware); variants with codes of their own, templates blocked.

        Read chunk by chunk as they are asked for. Those that cannot be read come last: after all the others,
        ``Undecodable`` names them in *records*.
        """
        at = _moment(self.account, since)

        def page(cursor: str | None) -> Flow[Batch[ItemRecord]]:
            return self._source.items(since=at, cursor=cursor)

        return walk_async(self._runs, page, self.account, "items")


class LiftedItems:
    """``ItemSource`` over a plain class."""

    def __init__(self, items: Items) -> None:
        self._plain = items

    @property
    def account(self) -> AccountId:
        return self._plain.account

    def items(self, *, since: datetime | None = None, cursor: str | None = None) -> Flow[Batch[ItemRecord]]:
        return do(everything, lambda: self._plain.items(since=since))


def _moment(account: AccountId, since: datetime | None) -> datetime | None:
    return None if since is None else moment(since, system=account, operation="items", name="since")
