"""What is known to have left of orders: their shipments (ST11), or the orders themselves (OR11)."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.despatch import ShippedUnits
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl import endpoints, mapping
from khaos_connectors.mirakl.answers import legible
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.endpoints.paging import chunked
from khaos_connectors.mirakl.models.rows import Broken

__all__ = ["Known", "known_orders", "known_shipments"]


@attrs.frozen(kw_only=True)
class Known:
    """The shipments of some orders, cancelled ones left out, and the orders of which one could not be read."""

    units: Mapping[OrderId, tuple[ShippedUnits, ...]]
    unread: Mapping[OrderId, errors.Undecodable]

    def of(self, order_id: OrderId) -> tuple[ShippedUnits, ...]:
        """What left of one order. What cannot be read may be what we are about to tell, so it is ``Undecodable``."""
        if order_id in self.unread:
            raise self.unread[order_id]
        return self.units.get(order_id, ())


def known_shipments(caller: Caller, config: MiraklConfig, order_ids: Iterable[OrderId]) -> Flow[Known]:
    """The shipments of *order_ids*, 100 orders to a call: ST11. A row that cannot be read costs its own order only."""
    units: dict[OrderId, list[ShippedUnits]] = defaultdict(list)
    unread: dict[OrderId, errors.Undecodable] = {}
    for chunk in chunked(list(dict.fromkeys(order_ids))):
        asked = frozenset(chunk)
        for row in (yield from caller.pages(endpoints.list_shipments(config.scope, [str(each) for each in chunk]))):
            if isinstance(row, Broken):
                trouble = _undecodable(config, "ST11", row)
                named = OrderId(legible(json.loads(row.payload), "order_id"))
                # A row that does not even say whose it is may be anybody's.
                unread.update(dict.fromkeys(asked if not named else asked & {named}, trouble))
            elif (order_id := OrderId(row.record.order_id)) in asked:
                shipped = mapping.shipped_units(row.record)
                units[order_id] += [] if shipped is None else [shipped]
    return Known(units={order: tuple(each) for order, each in units.items()}, unread=unread)


def known_orders(caller: Caller, config: MiraklConfig, order_ids: Sequence[OrderId]) -> Flow[Known]:
    """What *order_ids* themselves say to have left, 100 to a call: OR11."""
    units: dict[OrderId, tuple[ShippedUnits, ...]] = {}
    unread: dict[OrderId, errors.Undecodable] = {}
    for call in endpoints.orders_by_id(config.scope, order_ids, order_tax_mode=config.order_tax_mode):
        for row in (yield from caller.pages(call)):
            if isinstance(row, Broken):
                unread[OrderId(row.id)] = _undecodable(config, "OR11", row)
            else:
                units[OrderId(row.record.order_id)] = mapping.order_shipments(row.record)
    return Known(units=units, unread=unread)


def _undecodable(config: MiraklConfig, operation: str, row: Broken) -> errors.Undecodable:
    return errors.Undecodable(system=config.account, operation=operation, path=row.path, expected=row.expected)
