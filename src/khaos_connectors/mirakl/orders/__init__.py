"""Reading orders so that none is missed, and what may be done with them in which state.

Start with ``MiraklChannel.feed`` (``feed.OrderFeed``: polls, the daily comparison, exports) or
``MiraklChannel.orders``. ``life_cycle`` has the states, the ways of paying, ``may`` and
``ImportRule``; ``reading`` asks for one order.

The names that users need are here, and are loaded when they are first used (PEP 562).
"""

from typing import TYPE_CHECKING

from khaos_connectors.mirakl._lazy import lazy_names

if TYPE_CHECKING:
    from khaos_connectors.mirakl.models.codes import OrderState
    from khaos_connectors.mirakl.orders.feed import Compared, OrderFeed, OrderRow, Poll, Reconciliation, Take
    from khaos_connectors.mirakl.orders.life_cycle import (
        LIFE_CYCLE,
        WORKFLOWS,
        Act,
        ImportRule,
        Permission,
        Stage,
        Workflow,
        may,
        may_on_line,
        stage_of,
        workflow_of,
    )
    from khaos_connectors.mirakl.orders.pricing import Purchase, SaleTo, purchase, sale_to
    from khaos_connectors.mirakl.orders.reading import one_order, seen_order

__all__ = [
    "LIFE_CYCLE",
    "WORKFLOWS",
    "Act",
    "Compared",
    "ImportRule",
    "OrderFeed",
    "OrderRow",
    "OrderState",
    "Permission",
    "Poll",
    "Purchase",
    "Reconciliation",
    "SaleTo",
    "Stage",
    "Take",
    "Workflow",
    "may",
    "may_on_line",
    "one_order",
    "purchase",
    "sale_to",
    "seen_order",
    "stage_of",
    "workflow_of",
]

_HOMES = {
    "LIFE_CYCLE": "orders.life_cycle",
    "WORKFLOWS": "orders.life_cycle",
    "Act": "orders.life_cycle",
    "Compared": "orders.feed",
    "ImportRule": "orders.life_cycle",
    "OrderFeed": "orders.feed",
    "OrderRow": "orders.feed",
    "OrderState": "models.codes",
    "Permission": "orders.life_cycle",
    "Poll": "orders.feed",
    "Purchase": "orders.pricing",
    "Reconciliation": "orders.feed",
    "SaleTo": "orders.pricing",
    "Stage": "orders.life_cycle",
    "Take": "orders.feed",
    "Workflow": "orders.life_cycle",
    "may": "orders.life_cycle",
    "may_on_line": "orders.life_cycle",
    "one_order": "orders.reading",
    "purchase": "orders.pricing",
    "sale_to": "orders.pricing",
    "seen_order": "orders.reading",
    "stage_of": "orders.life_cycle",
    "workflow_of": "orders.life_cycle",
}

__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
