"""Orders that an ERP fetches in its own time: when it has told of them, and when somebody has to ask why it has not.

One run gives every order that waited for the ERP its code and the moment from which stock figures contain it, and puts
on somebody's list what the ERP should have done by now.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import attrs

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do, now, step
from khaos_connectors.core.exception_report import ExceptionItem, ExceptionType, Reason
from khaos_connectors.core.ids import AccountId, OrderId
from khaos_connectors.core.orders import ErpOrder
from khaos_connectors.pipelines.failures import raise_reasons
from khaos_connectors.protocols import AwaitedERP, Concern
from khaos_connectors.store.protocol import Progress, Store, StoredOrder

__all__ = ["AwaitedReport", "run"]

FEED = "unread pushes"
_IN_ERP = (Progress.POSTED, Progress.CONFIRMED, Progress.PART_DESPATCHED)
_LASTING = (ExceptionType.API_DOWN, ExceptionType.CREDIT_NOTE_FAILED)
_MANY = 500
_OVERLAP = timedelta(minutes=5)


@attrs.frozen(kw_only=True)
class AwaitedReport:
    """What one run found: ``looked == arrived + waiting``; *exceptions* counts what was put on somebody's list."""

    account: AccountId
    looked: int = 0
    arrived: int = 0
    waiting: int = 0
    exceptions: int = 0


def run(erp: AwaitedERP, store: Store, *, accounts: Sequence[AccountId]) -> Flow[AwaitedReport]:
    """Look after the orders of the channel *accounts* that were handed to *erp*."""
    started = yield from now()
    waiting: list[StoredOrder] = []
    arrived = 0
    for order in (yield from do(_unheard, store, accounts)):
        assert order.reference is not None
        found = yield from step("find order", erp.find_order, order.reference)
        if found is None or found.pending:
            waiting.append(order)
        else:
            yield from _arrived(store, order, found)
            arrived += 1
    since = yield from do(store.watermark, erp.account, FEED)
    references = [order.reference for order in waiting if order.reference is not None]
    concerns = yield from step(
        "concerns", erp.concerns, references, since=since - _OVERLAP if since is not None else None
    )
    raised = yield from _raise(erp.account, store, concerns, waiting)
    yield from _close(erp.account, store, concerns)
    yield from do(store.advance, erp.account, FEED, started)
    return AwaitedReport(
        account=erp.account,
        looked=arrived + len(waiting),
        arrived=arrived,
        waiting=len(waiting),
        exceptions=raised,
    )


def _unheard(store: Store, accounts: Sequence[AccountId]) -> list[StoredOrder]:
    """Orders that were handed over and of which the ERP had told nothing when we last looked."""

    def found() -> Iterator[StoredOrder]:
        for account in accounts:
            after: OrderId | None = None
            while page := store.orders(account, progress=_IN_ERP, after=after, limit=_MANY):
                yield from (order for order in page if order.reference is not None and order.erp_created_at is None)
                after = page[-1].order_id

    return list(found())


def _arrived(store: Store, order: StoredOrder, found: ErpOrder) -> Flow[None]:
    at = yield from now()
    yield from do(
        store.mark,
        order.account,
        order.order_id,
        order.progress,
        at=at,
        erp_code=found.code,
        erp_created_at=found.known_since or at,
        why=order.why,
        only_from=(order.progress,),
    )
    yield from do(
        store.close_items,
        order.account,
        types=(ExceptionType.ORDER_STALLED,),
        entity=order.order_id,
        because="the ERP has the order",
        at=at,
    )


def _raise(account: AccountId, store: Store, concerns: Sequence[Concern], waiting: Sequence[StoredOrder]) -> Flow[int]:
    at = yield from now()
    orders = {order.reference: order for order in waiting}
    raised = 0
    for concern in concerns:
        order = orders.get(concern.reference) if concern.reference else None
        if order is None:
            raised += yield from raise_reasons(store, account, [concern.reason], now=at)
        else:
            reason = attrs.evolve(concern.reason, entity=order.order_id)
            raised += yield from raise_reasons(store, order.account, [reason], now=at)
    return raised


def _close(account: AccountId, store: Store, concerns: Sequence[Concern]) -> Flow[None]:
    """Close the items of earlier runs about what is no longer of concern."""
    at = yield from now()
    still = {_about(concern.reason) for concern in concerns if not concern.once}
    for item in (yield from do(store.items, [account])):
        if item.type in _LASTING and item.entity.startswith(_OURS) and _about(item) not in still:
            yield from do(
                store.close_items, account, types=(item.type,), entity=item.entity, because="it has happened", at=at
            )


_OURS = ("return:", "feed:pushes")
"""How the entities of lasting concerns begin: other items of the account are other pipelines' to close."""


def _about(of: Reason | ExceptionItem) -> tuple[ExceptionType, str]:
    return of.type, of.entity
