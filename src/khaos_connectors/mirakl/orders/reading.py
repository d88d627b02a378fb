"""Reading single orders, which several jobs of the channel need before or after they write."""

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.models.orders import Order
from khaos_connectors.mirakl.models.rows import Broken, Read

__all__ = ["one_order", "seen_order"]


def seen_order(caller: Caller, config: MiraklConfig, order_id: OrderId) -> Flow[Order]:
    """The order as it is now. Raises ``NotFound`` if this shop cannot see it, ``Undecodable`` if it cannot be read."""
    row = yield from one_order(caller, config, order_id)
    if row is None:
        message = f"order {order_id} is not there for this shop"
        raise errors.NotFound(system=config.account, operation="OR11", message=message)
    return row.record


def one_order(caller: Caller, config: MiraklConfig, order_id: OrderId) -> Flow[Read[Order] | None]:
    """The order as it is now, None if this shop cannot see it. Raises ``Undecodable`` if it breaks the contract."""
    (call,) = endpoints.orders_by_id(config.scope, [order_id], order_tax_mode=config.order_tax_mode)
    page = yield from caller.perform(call)
    for row in page.items:
        if isinstance(row, Broken):
            raise errors.Undecodable(system=config.account, operation="OR11", path=row.path, expected=row.expected)
        if OrderId(row.record.order_id) == order_id:
            return row
    return None
