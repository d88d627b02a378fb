"""Writing the ERP's references onto the channel's orders, all of a run together: channels limit this call tightly."""

from collections.abc import Mapping

import attrs

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do, now, step
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import AccountId, OrderId
from khaos_connectors.errors import CallError, Unanswered
from khaos_connectors.pipelines.failures import feed_reason, is_passing, raise_reasons
from khaos_connectors.protocols import OrderDesk, ReferenceRefusal
from khaos_connectors.store.protocol import Progress, Store

__all__ = ["WrittenBack", "write_references"]

_MANY = 500


@attrs.frozen(kw_only=True)
class WrittenBack:
    """How many orders now carry their reference, and how many reasons were put on somebody's list."""

    confirmed: int = 0
    exceptions: int = 0
    error: CallError | None = None


def write_references(channel: OrderDesk, account: AccountId, store: Store) -> Flow[WrittenBack]:
    """Give every order that the ERP holds its reference in the channel, and mark it CONFIRMED.

    Whatever fails is tried again by the next run: an order stays POSTED until its reference is written.
    """
    waiting = yield from do(_posted, account, store)
    if not waiting:
        return WrittenBack()
    try:
        refusals = yield from step("set references", channel.set_references, waiting)
    except CallError as error:
        at = yield from now()
        # Writing twice is harmless, so silence is passing trouble here.
        passing = is_passing(error) or isinstance(error, Unanswered)
        reasons = () if passing else (feed_reason(error, feed="orders"),)
        raised = yield from raise_reasons(store, account, reasons, now=at)
        return WrittenBack(exceptions=raised, error=error)
    at = yield from now()
    refused = {refusal.order_id for refusal in refusals}
    for order_id in waiting:
        if order_id not in refused:
            yield from do(store.mark, account, order_id, Progress.CONFIRMED, at=at, only_from=(Progress.POSTED,))
    raised = yield from raise_reasons(store, account, [_stalled(row, waiting) for row in refusals], now=at)
    for item in (yield from do(store.items, [account])):
        if item.type is ExceptionType.ORDER_STALLED and item.entity in waiting and item.entity not in refused:
            yield from do(
                store.close_items,
                account,
                types=(item.type,),
                entity=item.entity,
                because="reference written back",
                at=at,
            )
    return WrittenBack(confirmed=len(waiting) - len(refused), exceptions=raised)


def _posted(account: AccountId, store: Store) -> dict[OrderId, str]:
    found: dict[OrderId, str] = {}
    after: OrderId | None = None
    while page := store.orders(account, progress=(Progress.POSTED,), after=after, limit=_MANY):
        found.update({stored.order_id: stored.reference for stored in page if stored.reference is not None})
        after = page[-1].order_id
    return found


def _stalled(refusal: ReferenceRefusal, references: Mapping[OrderId, str]) -> Reason:
    return Reason(
        type=ExceptionType.ORDER_STALLED,
        entity=refusal.order_id,
        message=f"the channel does not take the reference of order {refusal.order_id}: {refusal.message}",
        evidence={"order": refusal.order_id, "reference": references.get(refusal.order_id, "")},
    )
