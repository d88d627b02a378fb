"""What is expected of a settlement, from the orders themselves: for those who keep no drafts of an ERP."""

from collections.abc import Sequence

import attrs

from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.ids import OrderId
from khaos_connectors.core.orders import TaxMode
from khaos_connectors.core.settlement_types import ExpectedOrder
from khaos_connectors.mirakl import endpoints, mapping
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.endpoints.paging import chunked
from khaos_connectors.mirakl.given import texts
from khaos_connectors.mirakl.models.rows import Broken

__all__ = ["Owed", "owed_for"]


@attrs.frozen(kw_only=True)
class Owed:
    """What *orders* say is owed for them; *unread* ones broke the contract, *missing* ones this shop cannot see.

    An unread row without a legible id may be any order of its call that did not come: none of these is called missing.
    """

    orders: tuple[ExpectedOrder, ...]
    unread: tuple[Broken, ...] = ()
    missing: tuple[OrderId, ...] = ()


def owed_for(caller: Caller, config: MiraklConfig, order_ids: Sequence[OrderId], tax_mode: TaxMode) -> Flow[Owed]:
    """``mapping.expected_order`` of each of *order_ids*, which may name one twice: OR11, 100 orders to a call."""
    found: dict[OrderId, ExpectedOrder] = {}
    unread: dict[OrderId, Broken] = {}
    nameless: list[Broken] = []
    missing: list[OrderId] = []
    mode = config.order_tax_mode
    once = tuple(dict.fromkeys(map(OrderId, texts(config.scope, "OR11", "order_ids", order_ids))))
    for asked in chunked(once):
        named = True
        for call in endpoints.orders_by_id(config.scope, asked, order_tax_mode=mode):
            for row in (yield from caller.pages(call)):
                order_id = OrderId(row.id)
                if isinstance(row, Broken):
                    if order_id:
                        unread[order_id] = row
                    else:
                        named = False
                        nameless.append(row)
                    continue
                try:
                    found[order_id] = mapping.expected_order(row.record, tax_mode=tax_mode, asked_mode=mode)
                except (ValueError, TypeError) as problem:  # amounts that are no money, a currency that is none
                    unread[order_id] = Broken(id=row.id, path="$", expected=str(problem), payload=row.payload)
        if named:
            missing += [order_id for order_id in asked if order_id not in found and order_id not in unread]
    return Owed(
        orders=tuple(found[order_id] for order_id in once if order_id in found),
        unread=(*unread.values(), *nameless),
        missing=tuple(missing),
    )
