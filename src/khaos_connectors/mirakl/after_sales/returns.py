"""Returns: read, decided, moved on. A return moves no money; ``asks_for`` says what may follow it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.messages import Call
from khaos_connectors.calls.moments import moment
from khaos_connectors.calls.pace import Pace
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.after_sales.money_back import Ask
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.endpoints.paging import chunked
from khaos_connectors.mirakl.looking import Blind, Missing, looked
from khaos_connectors.mirakl.models.return_codes import ReturnState
from khaos_connectors.mirakl.models.returns import (
    NewReturn,
    Return,
    ReturnCompliance,
    ReturnDecision,
    ReturnsMoved,
)
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.polling import wait_for_turn
from khaos_connectors.mirakl.scope import Scope

__all__ = ["OpenedReturn", "ReturnDesk", "ReturnOutcome", "ReturnUnknown", "ReturnsRead", "asks_for"]

M = TypeVar("M", str, ReturnDecision, ReturnCompliance)

_NOT_OFFERED = frozenset({403, 404, 405})
_OVERLAP = timedelta(minutes=15)


@attrs.frozen(kw_only=True)
class ReturnsRead:
    """The returns of a poll, each once, and the rows that broke the contract."""

    returns: tuple[Return, ...]
    broken: tuple[Broken, ...] = ()


@attrs.frozen(kw_only=True)
class ReturnOutcome:
    """What became of one return. *already*: it stood there before, so a repeat is no failure. *why* when not moved."""

    id: str
    moved: bool
    already: bool = False
    why: str = ""


@attrs.frozen(kw_only=True)
class OpenedReturn:
    """A return that is there. *looked*: Mirakl did not answer, and it was found."""

    made: Return
    looked: bool = False


@attrs.frozen(kw_only=True)
class ReturnUnknown:
    """Mirakl did not answer and the return was not found (*missing*), or nobody could look. A person has to."""

    why: str
    missing: bool


def asks_for(made: Return, *, with_shipping: bool = False) -> tuple[Ask, ...]:
    """What to refund for a return whose goods are back: the units of each line that was not found wanting. Pure.

    Nothing of the shipping, unless *with_shipping*: then all that is left of it.
    """
    return tuple(
        Ask(line_id=line.order_line_id, units=line.quantity, shipping=None if with_shipping else Decimal(0))
        for line in made.return_lines or ()
        if line.quantity and not any(verdict.compliant is False for verdict in line.compliance or ())
    )


class ReturnDesk:
    """The returns of one account."""

    def __init__(self, config: MiraklConfig, caller: Caller, *, polls: Pace | None = None) -> None:
        self._config = config
        self._caller = caller
        self._polls = polls or config.polls()

    def changed(self, since: datetime, *, overlap: timedelta = _OVERLAP) -> Flow[ReturnsRead]:
        """Returns that changed since *since* less *overlap*, so the same ones come again; each once, as it is: RT11.

        Take the time before the call as the next *since*; polls are spaced as Mirakl wants it. Raises ``Unsupported``
        where the operator has no returns in the API, ``Invalid`` for a *since* without a time zone.
        """
        start = moment(since, system=self._config.account, operation="RT11", name="since") - overlap
        yield from wait_for_turn(self._polls, "RT11")
        return (yield from self._read(endpoints.ReturnFilter(return_last_updated_from=start)))

    def named(self, return_ids: Sequence[str]) -> Flow[ReturnsRead]:
        """The returns of these ids as they are now: RT11, 100 ids to a call."""
        found: list[Return] = []
        broken: list[Broken] = []
        for chunk in chunked(tuple(return_ids)):
            read = yield from self._read(endpoints.ReturnFilter(return_id=chunk))
            found += read.returns
            broken += read.broken
        return ReturnsRead(returns=tuple(found), broken=tuple(broken))

    def decide(self, decisions: Sequence[ReturnDecision]) -> Flow[tuple[ReturnOutcome, ...]]:
        """Accept or refuse returns: RT21. An outcome for each, in their order."""
        wanted = {each.id: each.accepted for each in decisions}
        accepted = (ReturnState.IN_PROGRESS, ReturnState.RECEIVED, ReturnState.CLOSED, ReturnState.NO_RECEPTION)
        return (
            yield from self._move(
                decisions,
                endpoints.decide_returns,
                lambda one: one.standing in (accepted if wanted[one.id] else (ReturnState.REFUSED,)),
            )
        )

    def receive(self, return_ids: Sequence[str]) -> Flow[tuple[ReturnOutcome, ...]]:
        """Tell that goods are back: RT25."""
        after = (ReturnState.RECEIVED, ReturnState.CLOSED)
        return (yield from self._move(return_ids, endpoints.receive_returns, lambda one: one.standing in after))

    def judge(self, verdicts: Sequence[ReturnCompliance]) -> Flow[tuple[ReturnOutcome, ...]]:
        """Tell whether goods are as they should be, line by line: RT26."""
        wanted = {each.id: {line.order_line_id: line.compliant for line in each.return_lines} for each in verdicts}

        def told(one: Return) -> bool:
            stands = {
                line.order_line_id: verdict.compliant
                for line in one.return_lines or ()
                for verdict in line.compliance or ()
            }
            return stands == wanted[one.id]

        return (yield from self._move(verdicts, endpoints.set_return_compliance, told))

    def close(self, return_ids: Sequence[str]) -> Flow[tuple[ReturnOutcome, ...]]:
        """Close returns: RT27. The money is another matter, see ``asks_for``."""
        closed = (ReturnState.CLOSED,)
        return (yield from self._move(return_ids, endpoints.close_returns, lambda one: one.standing in closed))

    def cancel(self, return_ids: Sequence[str]) -> Flow[tuple[ReturnOutcome, ...]]:
        """Cancel returns: RT29."""
        gone = (ReturnState.CANCELED,)
        return (yield from self._move(return_ids, endpoints.cancel_returns, lambda one: one.standing in gone))

    def open(self, new: NewReturn) -> Flow[OpenedReturn | ReturnUnknown]:
        """Open a return, once: RT01. What stood there before is read first; an answer that does not come is looked for.

        What Mirakl refuses, also inside a 200, is ``Invalid``.
        """
        before = {str(each.id) for each in (yield from self._of_order(new.order_commercial_id))}
        try:
            answer = yield from self._caller.perform(endpoints.create_returns(self._config.scope, [new]))
        except (errors.Unanswered, errors.Undecodable) as trouble:
            return (yield from self._look_for(new, before, str(trouble)))
        if answer.return_success:
            return OpenedReturn(made=answer.return_success[0])
        if not answer.return_errors:
            return (yield from self._look_for(new, before, "the answer names neither a return nor an error"))
        message = "; ".join(each.message or "no reason given" for each in answer.return_errors)
        raise errors.Invalid(system=self._config.account, operation="RT01", message=message, status=200)

    # --- within ------------------------------------------------------------------------------------------------------

    def _read(self, wanted: endpoints.ReturnFilter) -> Flow[ReturnsRead]:
        try:
            rows = yield from self._caller.pages(endpoints.list_returns(self._config.scope, wanted))
        except errors.Refused as refused:
            if refused.status not in _NOT_OFFERED:
                raise
            raise errors.Unsupported(
                system=self._config.account,
                operation="RT11",
                request_id=refused.request_id,
                capability="returns",
                advice="PC01 features.returns tells whether returns are in the API; else the key lacks the role",
            ) from refused
        latest = {row.record.id: row.record for row in rows if isinstance(row, Read)}
        return ReturnsRead(returns=tuple(latest.values()), broken=tuple(row for row in rows if isinstance(row, Broken)))

    def _move(
        self,
        wanted: Sequence[M],
        call: Callable[[Scope, Sequence[M]], Call[ReturnsMoved]],
        done: Callable[[Return], bool],
    ) -> Flow[tuple[ReturnOutcome, ...]]:
        outcomes: dict[str, ReturnOutcome] = {}
        for chunk in chunked(tuple(wanted)):
            ids = [_id(each) for each in chunk]
            answer = yield from self._caller.perform(call(self._config.scope, chunk))
            moved = {str(each.id) for each in answer.return_success or ()}
            told = {str(each.id): each.message or "no reason given" for each in answer.return_errors or () if each.id}
            doubtful = [each for each in ids if each not in moved]
            # What an earlier call did whose answer was lost is refused now: the return itself tells.
            standing = {str(each.id): each for each in (yield from self.named(doubtful)).returns} if doubtful else {}
            for each in ids:
                already = each in standing and done(standing[each])
                why = "" if each in moved or already else told.get(each, "the answer says nothing of it")
                outcomes[each] = ReturnOutcome(id=each, moved=each in moved, already=already, why=why)
        return tuple(outcomes[_id(each)] for each in wanted)

    def _of_order(self, commercial_id: str) -> Flow[tuple[Return, ...]]:
        return (yield from self._read(endpoints.ReturnFilter(order_commercial_id=(commercial_id,)))).returns

    def _look_for(self, new: NewReturn, before: set[str], trouble: str) -> Flow[OpenedReturn | ReturnUnknown]:
        units = {line.order_line_id: line.quantity for line in new.return_lines}

        def look() -> Flow[Return | None]:
            for each in (yield from self._of_order(new.order_commercial_id)):
                if each.id not in before and {r.order_line_id: r.quantity for r in each.return_lines or ()} == units:
                    return each
            return None

        seen = yield from looked(look)
        if isinstance(seen, Missing | Blind):
            return ReturnUnknown(why=f"{seen.why} ({trouble})", missing=isinstance(seen, Missing))
        return OpenedReturn(made=seen.found, looked=True)


def _id(wanted: str | ReturnDecision | ReturnCompliance) -> str:
    return wanted if isinstance(wanted, str) else wanted.id
