"""Accepting and refusing the lines of an order, once, whatever becomes of the answer."""

from collections.abc import Mapping, Sequence
from enum import Enum

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.decode import Unrecognised
from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.given import records
from khaos_connectors.mirakl.models.codes import LineState
from khaos_connectors.mirakl.orders.reading import one_order
from khaos_connectors.protocols import LineDecision

__all__ = ["Decisions"]

_UNDECIDED = frozenset({LineState.STAGING, LineState.WAITING_ACCEPTANCE})
_PARTIAL_OFF = "ORDER_PARTIAL_ACCEPTANCE_DISABLED"


class Decisions:
    """OR21, and a look at the order where its answer leaves open what was decided.

    *takes_partial* turns False when the operator refuses that some lines are accepted and others not.
    """

    def __init__(self, caller: Caller, config: MiraklConfig) -> None:
        self._caller = caller
        self._config = config
        self.takes_partial = True

    def forget(self) -> None:
        """Believe again that an order may be accepted in part."""
        self.takes_partial = True

    def decide(self, order_id: OrderId, decisions: Sequence[LineDecision]) -> Flow[None]:
        """See ``MiraklChannel.decide``."""
        decisions = records(self._config.scope, "OR21", "decisions", decisions, LineDecision)
        accepted: dict[str, bool] = {decision.line_id: decision.accept for decision in decisions}
        try:
            yield from self._caller.perform(endpoints.decide_lines(self._config.scope, order_id, accepted))
        except errors.Unanswered as silence:
            yield from self._look_whether_decided(order_id, accepted, silence)
        except errors.Refused as refused:
            if refused.code == _PARTIAL_OFF:
                self.takes_partial = False
            if not _is_about_state(refused):
                raise
            yield from self._look_whether_decided(order_id, accepted, refused)

    def _look_whether_decided(
        self, order_id: OrderId, accepted: Mapping[str, bool], trouble: errors.Unanswered | errors.Refused
    ) -> Flow[None]:
        try:
            record = yield from one_order(self._caller, self._config, order_id)
        except errors.CallError:
            raise trouble from None  # the look failed too; what is known is the first trouble
        if record is None:
            raise trouble
        lines = {str(line.order_line_id): line.order_line_state for line in record.record.order_lines}
        strange = [str(line_id) for line_id in accepted if line_id not in lines]
        if strange and isinstance(trouble, errors.Refused):
            problem = f"order {order_id} has no line {', '.join(strange)}; its lines are {', '.join(lines)}"
            raise errors.Invalid(
                system=self._config.account,
                operation="OR21",
                request_id=trouble.request_id,
                message=trouble.message,
                status=trouble.status,
                fields=(errors.FieldError("decisions.line_id", problem),),
            ) from trouble
        if any(state in _UNDECIDED for state in lines.values()):
            raise trouble
        if all(_was_decided(lines.get(line_id), accept=accept) for line_id, accept in accepted.items()):
            return
        if isinstance(trouble, errors.Refused):
            raise errors.Conflict(
                system=self._config.account,
                operation="OR21",
                request_id=trouble.request_id,
                message=f"order {order_id} was decided otherwise: it is in {_shown(record.record.order_state)}",
                status=trouble.status,
                code=trouble.code,
            ) from trouble
        raise trouble


def _shown(code: Enum | Unrecognised | None) -> str:
    if code is None:
        return "(not told)"
    return code.code if isinstance(code, Unrecognised) else str(code.value)


def _was_decided(state: LineState | Unrecognised | None, *, accept: bool) -> bool:
    if state is None or state is LineState.CANCELED:
        return False
    return (state is not LineState.REFUSED) is accept


def _is_about_state(refused: errors.Refused) -> bool:
    words = f"{refused.code or ''} {refused.message}".casefold()
    return refused.status == 409 or "order_invalid_state" in words or "status must be" in words
