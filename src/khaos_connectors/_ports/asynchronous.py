"""What is asked of an ERP that does things in its own time. ``protocols`` exports it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from khaos_connectors._ports.records import Concern
from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.ids import AccountId, OrderRef
from khaos_connectors.core.orders import ErpOrder

__all__ = ["AwaitedERP", "WithdrawingERP"]


@runtime_checkable
class AwaitedERP(Protocol):
    """An ERP that fetches orders and pushes news in its own time, so that somebody has to notice when it does not."""

    @property
    def account(self) -> AccountId:
        """The name of this connection."""
        ...

    def find_order(self, reference: OrderRef) -> Flow[ErpOrder | None]:
        """See ``OrderBook``; ``pending`` while the ERP has not told of the order."""
        ...

    def concerns(self, references: Sequence[OrderRef], *, since: datetime | None) -> Flow[tuple[Concern, ...]]:
        """What the ERP should have done by now: about the orders of *references*, about what else waits for it, and
        what it pushed since *since* (None: ever) and nobody could read.
        """
        ...


@runtime_checkable
class WithdrawingERP(Protocol):
    """An ERP that may be spared an order which it has not fetched yet."""

    def withdraw_order(self, reference: OrderRef) -> Flow[bool]:
        """Take the order back; True: it is certain that the ERP will not get it. Harmless to repeat."""
        ...
