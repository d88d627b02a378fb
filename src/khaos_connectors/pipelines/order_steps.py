"""Carrying out what was decided for one order, and writing down what came of it."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Literal

import attrs

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do, now, step
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.orders import ChannelOrder, ErpOrderDraft, OrderState
from khaos_connectors.errors import AuthFailed, CallError, Unanswered
from khaos_connectors.pipelines.failures import feed_reason, is_passing, raise_reasons
from khaos_connectors.pipelines.import_policy import ImportPolicy
from khaos_connectors.pipelines.order_actions import Action, Decide, End, Hold, Post, Wait
from khaos_connectors.pipelines.posting import PostingResult, look_up, post_once
from khaos_connectors.protocols import ChannelPort, ERPPort, WithdrawingERP
from khaos_connectors.store.protocol import Intent, IntentState, Progress, Store

__all__ = ["Kind", "Outcome", "Steps"]

Kind = Literal["accepted", "refused", "posted", "found", "held", "waiting", "ended", "failed"]

ACCEPT = "decide lines"
_UNFINISHED = (Progress.STORED, Progress.HELD, Progress.ACCEPTED)

_CLOSED_BY_POSTING = (
    ExceptionType.SKU_UNMAPPED,
    ExceptionType.INSUFFICIENT_STOCK,
    ExceptionType.PRICE_DROP,
    ExceptionType.ACCEPTANCE_RISK,
    ExceptionType.ADDRESS_INVALID,
    ExceptionType.ORDER_TOTAL_MISMATCH,
    ExceptionType.TAX_MISMATCH,
    ExceptionType.SERVICE_UNMAPPED,
    ExceptionType.CONFIG_MISSING,
    ExceptionType.DESPATCH_DRIFT,
    ExceptionType.ORDER_IMPORT_FAILED,
    ExceptionType.ORDER_OUTCOME_UNKNOWN,
    ExceptionType.ORDER_DUPLICATE,
)
_CLOSED_BY_ENDING = (*_CLOSED_BY_POSTING, ExceptionType.ORDER_STALLED)
_CLOSED_BY_ACCEPTING = (
    ExceptionType.INSUFFICIENT_STOCK,
    ExceptionType.PRICE_DROP,
    ExceptionType.ACCEPTANCE_RISK,
    ExceptionType.SKU_UNMAPPED,
)


@attrs.frozen(kw_only=True)
class Outcome:
    """What became of one order in this run. *error* is the call that failed, if one did."""

    count: Kind
    exceptions: int = 0
    error: CallError | None = None


@attrs.frozen(kw_only=True)
class Steps:
    """The hands of ``order_import``: each method takes one order one step further."""

    channel: ChannelPort
    erp: ERPPort
    store: Store
    policy: ImportPolicy

    def carry_out(self, order: ChannelOrder, digest: str, action: Action) -> Flow[Outcome]:
        """Do what was decided; *digest* is that of the text which was decided on."""
        match action:
            case Decide():
                return (yield from self._decide(order, digest, action))
            case Post(draft=draft):
                return (yield from self._post(order, digest, draft))
            case Hold(reasons=reasons):
                return (yield from self._hold(order, digest, reasons))
            case Wait():
                at = yield from now()
                yield from do(self._worked_on, order, digest, at=at)
                return Outcome(count="waiting")
            case End():
                return (yield from self._end(order, digest, action))

    def look_up(self, order: ChannelOrder, begun: Intent) -> Flow[Outcome | None]:
        """Settle a creation whose end nobody saw; None when the order can go on, in the ERP or not."""
        posting = yield from look_up(
            self.erp, self.store, order.order_id, begun, owner=self.policy.owner, lease=self.policy.lease
        )
        match posting.result:
            case PostingResult.BUSY:
                return Outcome(count="waiting")
            case PostingResult.PASSING:
                raised = yield from self._erp_feed(posting.error)
                return Outcome(count="failed", exceptions=raised, error=posting.error)
            case _:
                return None

    def _erp_feed(self, error: CallError | None) -> Flow[int]:
        """One item for the connection if the ERP does not know us any more."""
        if not isinstance(error, AuthFailed):
            return 0
        at = yield from now()
        return (yield from raise_reasons(self.store, self.erp.account, [feed_reason(error, feed="erp")], now=at))

    def _worked_on(self, order: ChannelOrder, digest: str, *, at: datetime) -> None:
        known = self.store.order(self.channel.account, order.order_id)
        if known is None or not known.fresh:
            return
        self.store.mark(
            self.channel.account,
            order.order_id,
            known.progress,
            at=at,
            digest=digest,
            why=known.why,
            only_from=(known.progress,),
        )

    def _hold(self, order: ChannelOrder, digest: str, reasons: Sequence[Reason]) -> Flow[Outcome]:
        at = yield from now()
        account = self.channel.account
        # First the item, then the mark: a run killed in between leaves an order that is looked at again.
        raised = yield from raise_reasons(self.store, account, reasons, now=at, order_deadline=_deadline(order))
        why = "; ".join(reason.message for reason in reasons)
        yield from do(
            self.store.mark,
            account,
            order.order_id,
            Progress.HELD,
            at=at,
            digest=digest,
            why=why,
            only_from=_UNFINISHED,
        )
        yield from self._close(order, at, because="no longer the reason", besides={reason.type for reason in reasons})
        return Outcome(count="held", exceptions=raised)

    def _close(
        self,
        order: ChannelOrder,
        at: datetime,
        *,
        because: str,
        types: Sequence[ExceptionType] = _CLOSED_BY_POSTING,
        besides: set[ExceptionType] | None = None,
    ) -> Flow[int]:
        over = [kind for kind in types if kind not in (besides or ())]
        return (
            yield from do(
                self.store.close_items,
                self.channel.account,
                types=over,
                entity=order.order_id,
                because=because,
                at=at,
            )
        )

    def _end(self, order: ChannelOrder, digest: str, action: End) -> Flow[Outcome]:
        erp = self.erp
        if action.withdraw is not None and isinstance(erp, WithdrawingERP):
            try:
                withdrawn = yield from step("withdraw order", erp.withdraw_order, action.withdraw)
            except CallError as error:
                return Outcome(count="failed", error=error)
            if withdrawn:
                action = End(progress=action.progress, why="cancelled in the channel before the ERP fetched it")
        at = yield from now()
        account = self.channel.account
        raised = yield from raise_reasons(self.store, account, action.reasons, now=at, order_deadline=_deadline(order))
        yield from do(self.store.mark, account, order.order_id, action.progress, at=at, digest=digest, why=action.why)
        if action.progress in {Progress.REFUSED, Progress.CANCELLED}:
            yield from do(self.store.set_demand, account, order.order_id, ())
        yield from self._close(
            order,
            at,
            because=action.why,
            types=_CLOSED_BY_ENDING,
            besides={reason.type for reason in action.reasons},
        )
        return Outcome(count="ended", exceptions=raised)

    # --- acceptance --------------------------------------------------------------------------------------------------

    def _decide(self, order: ChannelOrder, digest: str, action: Decide) -> Flow[Outcome]:
        at = yield from now()
        account = self.channel.account
        intent = yield from do(
            self.store.claim,
            account,
            ACCEPT,
            order.order_id,
            digest=digest,
            owner=self.policy.owner,
            at=at,
            until=at + self.policy.lease,
        )
        if intent is None:
            return Outcome(count="waiting")
        try:
            if intent.taken_over:
                # An earlier run may have decided already: the channel's own view settles it.
                seen = yield from step("order", self.channel.order, order.order_id)
                if seen is not None and seen.order.state is not OrderState.AWAITING_ACCEPTANCE:
                    return (yield from self._decided(order, digest, action, intent, at=at, again=True))
            yield from step("decide", self.channel.decide, order.order_id, action.decisions)
        except CallError as error:
            yield from do(self.store.settle, intent, IntentState.OPEN, at=at, detail=error.detail())
            return (yield from self._call_failed(order, error, ExceptionType.ACCEPTANCE_RISK, at=at))
        return (yield from self._decided(order, digest, action, intent, at=at))

    def _decided(
        self, order: ChannelOrder, digest: str, action: Decide, intent: Intent, *, at: datetime, again: bool = False
    ) -> Flow[Outcome]:
        account = self.channel.account
        progress = Progress.ACCEPTED if action.accepts or again else Progress.REFUSED
        raised = yield from raise_reasons(self.store, account, action.reasons, now=at, order_deadline=_deadline(order))
        yield from do(self.store.mark, account, order.order_id, progress, at=at, digest=digest, only_from=_UNFINISHED)
        yield from do(self.store.settle, intent, IntentState.DONE, at=at)
        if progress is Progress.REFUSED:
            yield from do(self.store.set_demand, account, order.order_id, ())
        yield from self._close(
            order,
            at,
            because="decided in the channel",
            types=_CLOSED_BY_ACCEPTING,
            besides={reason.type for reason in action.reasons},
        )
        return Outcome(count="accepted" if progress is Progress.ACCEPTED else "refused", exceptions=raised)

    # --- the ERP -----------------------------------------------------------------------------------------------------

    def _post(self, order: ChannelOrder, digest: str, draft: ErpOrderDraft) -> Flow[Outcome]:
        problems = self.erp.problems(draft)
        if problems:
            text = "; ".join(f"{problem.field}: {problem.problem}" for problem in problems)
            reason = Reason(
                type=ExceptionType.ORDER_IMPORT_FAILED,
                entity=order.order_id,
                message=f"the ERP would refuse order {order.order_id}: {text}",
                evidence={"order": order.order_id, "fields": ", ".join(problem.field for problem in problems)},
            )
            return (yield from self._hold(order, digest, (reason,)))
        posting = yield from post_once(
            self.erp,
            self.store,
            draft,
            digest=_digest(draft),
            owner=self.policy.owner,
            lease=self.policy.lease,
            most_refusals=self.policy.most_refusals,
        )
        at = yield from now()
        result = posting.result
        match result:
            case PostingResult.CREATED | PostingResult.FOUND:
                yield from self._close(order, at, because="the ERP has the order")
                yield from do(self._worked_on, order, digest, at=at)
                return Outcome(count="posted" if result is PostingResult.CREATED else "found")
            case PostingResult.REFUSED:
                held = yield from self._hold(order, digest, posting.reasons)
                return attrs.evolve(held, error=posting.error)
            case PostingResult.BUSY:
                return Outcome(count="waiting")
            case _:
                raised = yield from raise_reasons(
                    self.store, self.channel.account, posting.reasons, now=at, order_deadline=_deadline(order)
                )
                raised += yield from self._erp_feed(posting.error)
                return Outcome(count="failed", exceptions=raised, error=posting.error)

    def _call_failed(
        self, order: ChannelOrder, error: CallError, kind: ExceptionType, *, at: datetime
    ) -> Flow[Outcome]:
        """Passing trouble is left to the next run; anything else becomes somebody's work, and is tried again too."""
        account = self.channel.account
        if isinstance(error, AuthFailed):
            raised = yield from raise_reasons(self.store, account, [feed_reason(error, feed="orders")], now=at)
            return Outcome(count="failed", exceptions=raised, error=error)
        if is_passing(error) or isinstance(error, Unanswered):
            return Outcome(count="failed", error=error)
        reason = Reason(
            type=kind,
            entity=order.order_id,
            message=f"order {order.order_id}: {error}",
            evidence={"order": order.order_id, "operation": error.operation, "error": error.detail()},
        )
        raised = yield from raise_reasons(self.store, account, [reason], now=at, order_deadline=_deadline(order))
        return Outcome(count="failed", exceptions=raised, error=error)


def _deadline(order: ChannelOrder) -> datetime | None:
    if order.state is OrderState.AWAITING_ACCEPTANCE:
        return order.accept_by or order.ship_by
    return order.ship_by


def _digest(draft: ErpOrderDraft) -> str:
    return sha256(repr(attrs.astuple(draft)).encode()).hexdigest()
