"""Creating one order in an ERP exactly once: written down, looked up, created, looked up again when nobody answered."""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

import attrs

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do, now, step
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import AccountId, OrderId, OrderRef
from khaos_connectors.core.orders import ErpOrder, ErpOrderDraft
from khaos_connectors.errors import AuthFailed, CallError, Refused, Unanswered
from khaos_connectors.pipelines.failures import is_passing
from khaos_connectors.protocols import OrderBook
from khaos_connectors.store.protocol import Intent, IntentState, Progress, Store, StoredOrder

__all__ = ["ACTION", "Posting", "PostingResult", "look_up", "post_once"]

ACTION = "create order"
_SAME_TOTAL = Decimal("0.05")
"""How far the total of an order that is found may be from the draft's: roundings, not another order."""


class PostingResult(Enum):
    """CREATED now; FOUND there already; REFUSED for good; PASSING trouble, next run tries again; UNKNOWN whether it
    exists, next run looks; BUSY: another process is at it; ABSENT: looked for, not there.
    """

    CREATED = "created"
    FOUND = "found"
    REFUSED = "refused"
    PASSING = "passing"
    UNKNOWN = "unknown"
    BUSY = "busy"
    ABSENT = "absent"


@attrs.frozen(kw_only=True)
class Posting:
    """What became of one draft. *order* is there for CREATED and FOUND; *error* for what a call said."""

    result: PostingResult
    order: ErpOrder | None = None
    reasons: tuple[Reason, ...] = ()
    error: CallError | None = None


def post_once(
    erp: OrderBook,
    store: Store,
    draft: ErpOrderDraft,
    *,
    digest: str,
    owner: str,
    lease: timedelta,
    most_refusals: int,
) -> Flow[Posting]:
    """Create *draft* in the ERP unless it is there already.

    The reference is looked up before every creation, because an earlier run may have been killed after the ERP took
    the order. A creation that was not answered is looked up at once; if it cannot be seen, nothing is repeated in
    this run.
    """
    at = yield from now()
    holder = yield from do(store.order_by_reference, draft.reference)
    if holder is not None and (holder.account, holder.order_id) != (draft.account, draft.order_id):
        return Posting(result=PostingResult.REFUSED, reasons=(_taken(draft, holder),))
    intent = yield from do(
        store.claim, draft.account, ACTION, draft.reference, digest=digest, owner=owner, at=at, until=at + lease
    )
    if intent is None:
        return (yield from _somebody_elses(erp, store, draft.account, draft.order_id, draft.reference))
    try:
        found = yield from step("find order", erp.find_order, draft.reference)
    except CallError as error:
        return (yield from _given_up(store, draft, intent, error, at=at))
    if found is not None:
        return (yield from _found(store, draft, intent, found, at=at))
    if intent.failures >= most_refusals:
        yield from do(store.settle, intent, IntentState.OPEN, at=at, detail=intent.detail)
        return Posting(result=PostingResult.REFUSED, reasons=(_too_often(draft, intent),))
    return (yield from _create(erp, store, draft, intent))


def look_up(
    erp: OrderBook, store: Store, order_id: OrderId, begun: Intent, *, owner: str, lease: timedelta
) -> Flow[Posting]:
    """Whether a creation that was *begun*, and whose end nobody saw, took effect. Nothing is created."""
    at = yield from now()
    reference = OrderRef(begun.key)
    intent = yield from do(
        store.claim, begun.account, ACTION, reference, digest=begun.digest, owner=owner, at=at, until=at + lease
    )
    if intent is None:
        return (yield from _somebody_elses(erp, store, begun.account, order_id, reference))
    try:
        found = yield from step("find order", erp.find_order, reference)
    except CallError as error:
        yield from do(store.settle, intent, IntentState.OPEN, at=at, detail=error.detail())
        return Posting(result=PostingResult.PASSING, error=error)
    if found is None or found.cancelled:
        yield from do(store.settle, intent, IntentState.FAILED, at=at, detail="looked up: not there")
        return Posting(result=PostingResult.ABSENT)
    yield from _record(store, begun.account, order_id, reference, found)
    yield from do(store.settle, intent, IntentState.DONE, at=at, detail=found.code)
    return Posting(result=PostingResult.FOUND, order=found)


def _somebody_elses(
    erp: OrderBook, store: Store, account: AccountId, order_id: OrderId, reference: OrderRef
) -> Flow[Posting]:
    """Another run is at it, or was and finished without our knowing: what the ERP holds is true either way."""
    try:
        found = yield from step("find order", erp.find_order, reference)
    except CallError as error:
        return Posting(result=PostingResult.PASSING, error=error)
    if found is None or found.cancelled:
        return Posting(result=PostingResult.BUSY)
    yield from _record(store, account, order_id, reference, found)
    return Posting(result=PostingResult.FOUND, order=found)


def _create(erp: OrderBook, store: Store, draft: ErpOrderDraft, intent: Intent) -> Flow[Posting]:
    at = yield from now()
    if at >= intent.leased_until:
        # Looking took so long that somebody else may be creating by now.
        return Posting(result=PostingResult.BUSY)
    try:
        created = yield from step("create order", erp.create_order, draft)
    except Unanswered as silence:
        return (yield from _look_again(erp, store, draft, intent, silence, at=at))
    except CallError as error:
        if is_passing(error) or isinstance(error, AuthFailed) or not isinstance(error, Refused):
            return (yield from _given_up(store, draft, intent, error, at=at))
        return (yield from _refused(store, intent, _import_failed(draft, error), error=error, at=at))
    yield from _record(store, draft.account, draft.order_id, draft.reference, created)
    yield from do(store.settle, intent, IntentState.DONE, at=at, detail=created.code)
    return Posting(result=PostingResult.CREATED, order=created)


def _look_again(
    erp: OrderBook, store: Store, draft: ErpOrderDraft, intent: Intent, silence: Unanswered, *, at: datetime
) -> Flow[Posting]:
    try:
        found = yield from step("find order", erp.find_order, draft.reference)
    except CallError:
        found = None
    if found is not None:
        return (yield from _found(store, draft, intent, found, at=at))
    yield from do(store.settle, intent, IntentState.OPEN, at=at, detail=silence.detail())
    reason = Reason(
        type=ExceptionType.ORDER_OUTCOME_UNKNOWN,
        entity=draft.order_id,
        message=f"the ERP did not answer when order {draft.order_id} was created; the next run looks it up",
        evidence={"order": draft.order_id, "reference": draft.reference, "error": silence.detail()},
    )
    return Posting(result=PostingResult.UNKNOWN, reasons=(reason,), error=silence)


def _found(store: Store, draft: ErpOrderDraft, intent: Intent, found: ErpOrder, *, at: datetime) -> Flow[Posting]:
    if found.cancelled:
        reason = Reason(
            type=ExceptionType.ORDER_IMPORT_FAILED,
            entity=draft.order_id,
            message=f"the ERP holds reference {draft.reference} as a cancelled order; it is not created again",
            evidence={"order": draft.order_id, "reference": draft.reference, "erp order": found.code},
        )
        return (yield from _refused(store, intent, reason, error=None, at=at))
    if found.gross is not None and abs(found.gross - draft.total) > _SAME_TOTAL:
        return (yield from _refused(store, intent, _another(draft, found), error=None, at=at))
    yield from _record(store, draft.account, draft.order_id, draft.reference, found)
    yield from do(store.settle, intent, IntentState.DONE, at=at, detail=found.code)
    return Posting(result=PostingResult.FOUND, order=found)


def _record(store: Store, account: AccountId, order_id: OrderId, reference: OrderRef, order: ErpOrder) -> Flow[None]:
    # Taken after the ERP answered, so never earlier than the creation itself: a snapshot older than this moment is
    # treated as if it did not contain the order, which can only hold stock back. An order that still waits for the ERP
    # is in no snapshot: its code and moment are filled in when the ERP has told of it.
    known_at = yield from now()
    yield from do(
        store.mark,
        account,
        order_id,
        Progress.POSTED,
        at=known_at,
        reference=reference,
        erp_code=None if order.pending else order.code,
        erp_created_at=None if order.pending else known_at,
    )


def _refused(store: Store, intent: Intent, reason: Reason, *, error: CallError | None, at: datetime) -> Flow[Posting]:
    yield from do(store.settle, intent, IntentState.FAILED, at=at, detail=reason.message)
    return Posting(result=PostingResult.REFUSED, reasons=(reason,), error=error)


def _given_up(store: Store, draft: ErpOrderDraft, intent: Intent, error: CallError, *, at: datetime) -> Flow[Posting]:
    """Left to the next run, which looks before it acts; what will not pass by itself is on a list meanwhile."""
    yield from do(store.settle, intent, IntentState.OPEN, at=at, detail=error.detail())
    passing = is_passing(error) or isinstance(error, Unanswered | AuthFailed)
    reasons = () if passing else (_import_failed(draft, error),)
    return Posting(result=PostingResult.PASSING, reasons=reasons, error=error)


def _import_failed(draft: ErpOrderDraft, error: CallError) -> Reason:
    return Reason(
        type=ExceptionType.ORDER_IMPORT_FAILED,
        entity=draft.order_id,
        message=f"order {draft.order_id} is not in the ERP: {error.detail()}",
        evidence={"order": draft.order_id, "reference": draft.reference, "error": error.detail()},
    )


def _another(draft: ErpOrderDraft, found: ErpOrder) -> Reason:
    return Reason(
        type=ExceptionType.ORDER_DUPLICATE,
        entity=draft.order_id,
        message=f"the ERP holds {found.code} as {draft.reference}, for {found.gross} and not {draft.total}",
        evidence={"order": draft.order_id, "reference": draft.reference, "erp order": found.code},
    )


def _taken(draft: ErpOrderDraft, holder: StoredOrder) -> Reason:
    return Reason(
        type=ExceptionType.ORDER_IMPORT_FAILED,
        entity=draft.order_id,
        message=f"reference {draft.reference} already belongs to order {holder.order_id} of {holder.account}",
        evidence={"order": draft.order_id, "reference": draft.reference, "other order": holder.order_id},
    )


def _too_often(draft: ErpOrderDraft, intent: Intent) -> Reason:
    return Reason(
        type=ExceptionType.ORDER_IMPORT_FAILED,
        entity=draft.order_id,
        message=f"order {draft.order_id} was refused {intent.failures} times; correct it, then replay it",
        evidence={"order": draft.order_id, "reference": draft.reference, "last": intent.detail},
    )
