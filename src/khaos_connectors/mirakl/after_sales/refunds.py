"""Giving money back, once: refunds and cancelations of one order at a time, never repeated on a guess.

Mirakl knows no idempotency key, so ``Prepared`` is ours: what stands on the order is kept before anything is sent, to
be compared with the order right before sending, and again where an answer does not come.
"""

from collections.abc import Sequence

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import sleep
from khaos_connectors.calls.unrun import warns_unrun
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.after_sales.money_back import (
    Ask,
    Codes,
    NotPossible,
    Plan,
    Windows,
    everything_left,
    plan_money_back,
)
from khaos_connectors.mirakl.after_sales.money_seen import Seen, ids_before, seen_since
from khaos_connectors.mirakl.after_sales.reasons import Reasons
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.given import records
from khaos_connectors.mirakl.models.orders import Order
from khaos_connectors.mirakl.models.platform_codes import ReasonType
from khaos_connectors.mirakl.orders.reading import one_order

__all__ = ["Done", "Looks", "MoneyBack", "MoneyBackOutcome", "NotDone", "Prepared", "StillUnknown"]


@attrs.frozen(kw_only=True)
class Prepared:
    """A plan with what stood on the order *before*. Keep it before ``carry_out``: it is what a later look needs.

    It is the key of one wish: carried out again, it finds what was made and sends nothing. A wish that is prepared anew
    is another one.
    """

    plan: Plan
    before: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Done:
    """All of it is made. *ids* are those of the refunds or cancelations, the order's own for OR29.

    *looked*: Mirakl did not answer, and they were found on the order.
    """

    ids: tuple[str, ...]
    looked: bool = False


@attrs.frozen(kw_only=True)
class NotDone:
    """Nothing of it is made, and why. It may be asked for again, with a plan of its own."""

    reasons: tuple[str, ...]


@attrs.frozen(kw_only=True)
class StillUnknown:
    """Nobody knows, or a part was made: a person has to look. Ask ``MoneyBack.look`` later; do not send it again.

    *seen* is what the last look saw, None if there was none.
    """

    why: str
    seen: Seen | None = None


MoneyBackOutcome = Done | NotDone | StillUnknown


@attrs.frozen(kw_only=True)
class Looks:
    """How often to look for what was not answered, and the seconds before each look."""

    times: int = 3
    seconds: float = 30.0

    def __attrs_post_init__(self) -> None:
        if self.times < 1 or self.seconds < 0:
            raise errors.ConfigError(field="looks", problem="must be at least 1 time after 0 seconds or more")


@warns_unrun
class MoneyBack:
    """The refund desk of one account."""

    def __init__(
        self,
        config: MiraklConfig,
        caller: Caller,
        reasons: Reasons,
        *,
        windows: Windows | None = None,
        looks: Looks | None = None,
    ) -> None:
        self._config = config
        self._caller = caller
        self._reasons = reasons
        self._windows = windows or Windows()
        self._looks = looks or Looks()
        self._in_hand: dict[str, object] = {}

    def prepare(
        self, order_id: OrderId, asks: Sequence[Ask] | None = None, *, codes: Codes
    ) -> Flow[Prepared | NotPossible]:
        """What has to be sent for *asks* (None: all that is left of the order), as the order stands now: OR11, RE01.

        Nothing is changed. Raises ``NotFound`` if this shop cannot see the order.
        """
        asked = None if asks is None else records(self._config.scope, "OR28", "asks", asks, Ask)
        order = yield from self._order(order_id)
        wanted = everything_left(order) if asked is None else asked
        mode = self._config.order_tax_mode
        plan = plan_money_back(order, wanted, codes=codes, asked_mode=mode, windows=self._windows)
        if isinstance(plan, NotPossible):
            return plan
        wrong = yield from self._wrong_reasons(plan)
        return NotPossible(reasons=wrong) if wrong else Prepared(plan=plan, before=ids_before(order))

    def carry_out(self, prepared: Prepared) -> Flow[MoneyBackOutcome]:
        """Send what was prepared, once: OR11, then OR28, OR30 or OR29.

        Nothing is sent where it stands on the order already, where something else went back since it was prepared, or
        while another of the same order is under way here. After a break in which it may just have been sent, call
        ``look`` instead. What Mirakl refuses is raised, as is ``NotSent``: nothing is made then. An answer that does
        not come is looked for.
        """
        order_id, mine = prepared.plan.order_id, object()
        if self._in_hand.setdefault(order_id, mine) is not mine:
            why = f"money of order {order_id} is being given back by another call: prepare this anew when that is done"
            return NotDone(reasons=(why,))
        try:
            seen = seen_since((yield from self._order(OrderId(order_id))), prepared.plan, prepared.before)
            if seen.made or seen.strange:
                return _judged(seen, "nothing was sent by this call")
            return (yield from self._sent_once(prepared))
        finally:
            del self._in_hand[order_id]

    def look(self, prepared: Prepared) -> Flow[MoneyBackOutcome]:
        """Whether what was prepared stands on the order, without sending anything: OR11.

        Looked for at once, and then as ``Looks`` say: a request that was sent just before may still be at work, so
        ``NotDone`` takes every look.
        """
        return (yield from self._look_for(prepared, "this call sent nothing", at_once=True))

    def give_back(
        self, order_id: OrderId, asks: Sequence[Ask] | None = None, *, codes: Codes
    ) -> Flow[MoneyBackOutcome]:
        """``prepare`` and ``carry_out`` in one, for callers who keep nothing in between.

        Nothing tells a second call from a second wish: asked twice for one unit, two go back. Who may be killed in
        between keeps what ``prepare`` gives, and carries that out.
        """
        prepared = yield from self.prepare(order_id, asks, codes=codes)
        if isinstance(prepared, NotPossible):
            return NotDone(reasons=prepared.reasons)
        return (yield from self.carry_out(prepared))

    # --- within ------------------------------------------------------------------------------------------------------

    def _sent_once(self, prepared: Prepared) -> Flow[MoneyBackOutcome]:
        plan = prepared.plan
        try:
            made = yield from self._send(prepared)
        except errors.CallError as trouble:
            if _acted_for_certain_not(plan, trouble):
                raise
            return (yield from self._look_for(prepared, str(trouble)))
        if plan.whole_order or len(made) == len(plan.refunds) + len(plan.cancelations):
            return Done(ids=made)
        return (yield from self._look_for(prepared, f"the answer names only {len(made)} of them"))

    def _send(self, prepared: Prepared) -> Flow[tuple[str, ...]]:
        plan = prepared.plan
        scope, mode = self._config.scope, plan.order_tax_mode
        if plan.whole_order:
            yield from self._cancel_whole(prepared)
            return (plan.order_id,)
        ids: list[str] = []
        if plan.refunds:
            refunds = yield from self._caller.perform(endpoints.refund_lines(scope, plan.refunds, order_tax_mode=mode))
            ids += [each.refund_id for each in refunds.refunds or ()]
        if plan.cancelations:
            call = endpoints.cancel_lines(scope, plan.cancelations, order_tax_mode=mode)
            cancelations = yield from self._caller.perform(call)
            ids += [each.cancelation_id for each in cancelations.cancelations or ()]
        return tuple(ids)

    def _cancel_whole(self, prepared: Prepared) -> Flow[None]:
        try:
            yield from self._caller.perform(endpoints.cancel_order(self._config.scope, prepared.plan.order_id))
        except errors.Refused as refused:
            # A lost answer and its repeat look like this: the first OR29 took effect.
            seen = yield from self._seen(prepared)
            if seen is None:
                raise errors.Unanswered(
                    system=self._config.account, operation="OR29", reason=f"{refused}; the order could not be read"
                ) from refused
            if seen.missing:
                raise

    def _look_for(self, prepared: Prepared, trouble: str, *, at_once: bool = False) -> Flow[MoneyBackOutcome]:
        seen: Seen | None = None
        for turn in range(self._looks.times):
            if turn or not at_once:
                yield from sleep(self._looks.seconds)
            seen = yield from self._seen(prepared)
            if seen is not None and not seen.missing:
                return Done(ids=seen.made, looked=True)
        return _judged(seen, trouble)

    def _seen(self, prepared: Prepared) -> Flow[Seen | None]:
        """What stands on the order of it; None if the order cannot be read now."""
        try:
            order = yield from self._order(OrderId(prepared.plan.order_id))
        except errors.CallError:
            return None
        return seen_since(order, prepared.plan, prepared.before)

    def _order(self, order_id: OrderId) -> Flow[Order]:
        read = yield from one_order(self._caller, self._config, order_id)
        if read is None:
            message = f"order {order_id} is not there for this shop"
            raise errors.NotFound(system=self._config.account, operation="OR11", message=message)
        return read.record

    def _wrong_reasons(self, plan: Plan) -> Flow[tuple[str, ...]]:
        wrong: list[str] = []
        for kind, codes in (
            (ReasonType.REFUND, [each.reason_code for each in plan.refunds]),
            (ReasonType.CANCELATION, [each.reason_code for each in plan.cancelations]),
        ):
            for code in dict.fromkeys(codes):
                problem = yield from self._reasons.problem(kind, code)
                if problem:
                    wrong.append(problem)
        return tuple(wrong)


def _acted_for_certain_not(plan: Plan, trouble: errors.CallError) -> bool:
    if plan.refunds and plan.cancelations:
        return False  # two calls: the first may be through when the second is refused
    return not isinstance(trouble, errors.Unanswered | errors.Undecodable)


def _judged(seen: Seen | None, trouble: str) -> MoneyBackOutcome:
    if seen is None:
        return StillUnknown(why=f"the order could not be read ({trouble})")
    if not seen.missing:
        return Done(ids=seen.made, looked=True)
    if seen.made or seen.strange:
        why = f"{len(seen.made)} of it stand on the order, {len(seen.strange)} others are new there ({trouble})"
        return StillUnknown(why=why, seen=seen)
    return NotDone(reasons=(f"nothing of it stands on the order ({trouble})",))
