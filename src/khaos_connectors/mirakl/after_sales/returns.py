"""Returns: read, decided, moved on. A return moves no money; ``asks_for`` says what may follow it."""

from collections.abc import Callable, Iterable, Sequence
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
from khaos_connectors.calls.unrun import warns_unrun
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.after_sales.money_back import Ask
from khaos_connectors.mirakl.after_sales.remaining import remaining
from khaos_connectors.mirakl.answers import refused_locally
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.endpoints.paging import chunked
from khaos_connectors.mirakl.given import one_record, records, texts
from khaos_connectors.mirakl.looking import Blind, Missing, looked
from khaos_connectors.mirakl.models.orders import Order
from khaos_connectors.mirakl.models.return_codes import ReturnMethod, ReturnState
from khaos_connectors.mirakl.models.returns import (
    NewReturn,
    Return,
    ReturnCompliance,
    ReturnDecision,
    ReturnLine,
    ReturnsMoved,
)
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.one_by_one import OneByOne
from khaos_connectors.mirakl.polling import wait_for_turn
from khaos_connectors.mirakl.scope import Scope

__all__ = ["OpenedReturn", "ReturnDesk", "ReturnOutcome", "ReturnUnknown", "ReturnsRead", "asks_for", "still_due"]

M = TypeVar("M", str, ReturnDecision, ReturnCompliance)

_NOT_OFFERED = frozenset({403, 404, 405})
_OVERLAP = timedelta(minutes=15)
_NEVER_WAS = (ReturnState.REFUSED, ReturnState.CANCELED)
_OVER = (*_NEVER_WAS, ReturnState.CLOSED, ReturnState.NO_RECEPTION)


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
    """A return that is there. *looked*: Mirakl did not answer, and it was found. *already*: it stood there before, and
    nothing was sent.
    """

    made: Return
    looked: bool = False
    already: bool = False


@attrs.frozen(kw_only=True)
class ReturnUnknown:
    """Mirakl did not answer and the return was not found (*missing*), or nobody could look. A person has to."""

    why: str
    missing: bool


def asks_for(made: Return, *, with_shipping: bool = False) -> tuple[Ask, ...]:
    """What to refund for a return whose goods are back: the units of each line that was not found wanting. Pure.

    Nothing while goods are on their way or did not come (a closed return tells by its verdicts that they did), except
    of one without goods to come. Nothing of the shipping, unless *with_shipping*: then all that is left of it. The same
    return gives the same asks however often it is told; ``still_due`` leaves out what was refunded.
    """
    return tuple(
        Ask(line_id=line.order_line_id, units=line.quantity, shipping=None if with_shipping else Decimal(0))
        for line in made.return_lines or ()
        if line.quantity
        and not any(verdict.compliant is False for verdict in line.compliance or ())
        and _is_back(made, line)
    )


def still_due(order: Order, returns: Iterable[Return]) -> tuple[Ask, ...]:
    """What is left to refund on *order* for all of its *returns* (``ReturnDesk.of_order``, not only those of a poll):
    the units that are back, less those that refunds and cancelations name already. Pure.

    Safe to ask for at every poll: what was refunded is not due again. A goodwill refund that names units counts for
    them, so that the customer gets less rather than twice.
    """
    back: dict[str, int] = {}
    for made in {each.id: each for each in returns if each.order_id in (None, order.order_id)}.values():
        for ask in asks_for(made):
            back[ask.line_id] = back.get(ask.line_id, 0) + (ask.units or 0)
    due = {line.line_id: back.get(line.line_id, 0) - (line.ordered - line.units) for line in remaining(order)}
    return tuple(Ask(line_id=line_id, units=units) for line_id, units in due.items() if units > 0)


def _is_back(made: Return, line: ReturnLine) -> bool:
    if made.standing is ReturnState.CLOSED:  # after RECEIVED, or after NO_RECEPTION
        return made.method_code is ReturnMethod.RETURNLESS or any(each.compliant for each in line.compliance or ())
    returnless = made.method_code is ReturnMethod.RETURNLESS and made.standing is ReturnState.IN_PROGRESS
    return made.standing is ReturnState.RECEIVED or returnless


@warns_unrun
class ReturnDesk:
    """The returns of one account."""

    def __init__(self, config: MiraklConfig, caller: Caller, *, polls: Pace | None = None) -> None:
        self._config = config
        self._caller = caller
        self._polls = polls or config.polls()
        self._turns = OneByOne(config.account)

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
        for chunk in chunked(texts(self._config.scope, "RT11", "return_ids", return_ids)):
            read = yield from self._read(endpoints.ReturnFilter(return_id=chunk))
            found += read.returns
            broken += read.broken
        return ReturnsRead(returns=tuple(found), broken=tuple(broken))

    def of_order(self, commercial_id: str) -> Flow[ReturnsRead]:
        """Every return of the order that the customer knows under this number, of all its shops' parts: RT11."""
        return (yield from self._read(endpoints.ReturnFilter(order_commercial_id=(commercial_id,))))

    def decide(self, decisions: Sequence[ReturnDecision]) -> Flow[tuple[ReturnOutcome, ...]]:
        """Accept or refuse returns: RT21. An outcome for each, in their order."""
        decisions = records(self._config.scope, "RT21", "decisions", decisions, ReturnDecision)
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
        return_ids = texts(self._config.scope, "RT25", "return_ids", return_ids)
        after = (ReturnState.RECEIVED, ReturnState.CLOSED)
        return (yield from self._move(return_ids, endpoints.receive_returns, lambda one: one.standing in after))

    def judge(self, verdicts: Sequence[ReturnCompliance]) -> Flow[tuple[ReturnOutcome, ...]]:
        """Tell whether goods are as they should be, line by line: RT26."""
        verdicts = records(self._config.scope, "RT26", "verdicts", verdicts, ReturnCompliance)
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
        return_ids = texts(self._config.scope, "RT27", "return_ids", return_ids)
        closed = (ReturnState.CLOSED,)
        return (yield from self._move(return_ids, endpoints.close_returns, lambda one: one.standing in closed))

    def cancel(self, return_ids: Sequence[str]) -> Flow[tuple[ReturnOutcome, ...]]:
        """Cancel returns: RT29."""
        return_ids = texts(self._config.scope, "RT29", "return_ids", return_ids)
        gone = (ReturnState.CANCELED,)
        return (yield from self._move(return_ids, endpoints.cancel_returns, lambda one: one.standing in gone))

    def open(self, new: NewReturn, *, again: bool = False) -> Flow[OpenedReturn | ReturnUnknown]:
        """Open a return, once: RT01. What stood there before is read first; an answer that does not come is looked for.

        A return of the same lines and units (and the same number, where both tell an ``rma``) that is under way is this
        one, ``already``, and nothing is sent, unless *again*: another one of the same units. One that is over (refused,
        cancelled, closed, nothing received) is another one. Of several calls for one order each waits for the one
        before. Raises ``Invalid`` for what Mirakl refuses, also inside a 200, and ``Undecodable`` where a return of the
        order cannot be read, so that it may be this one: nothing was sent.
        """
        one_record(self._config.scope, "RT01", "new", new, NewReturn)

        def work() -> Flow[OpenedReturn | ReturnUnknown]:
            return (yield from self._open(new, again=again))

        return (yield from self._turns.alone("RT01", f"returns of order {new.order_commercial_id}", work))

    # --- within ------------------------------------------------------------------------------------------------------

    def _open(self, new: NewReturn, *, again: bool) -> Flow[OpenedReturn | ReturnUnknown]:
        read = yield from self.of_order(new.order_commercial_id)
        same = next((each for each in read.returns if _is_same(each, new)), None)
        if not again:
            if same is not None:
                return OpenedReturn(made=same, already=True)
            self._all_legible(read.broken)
        before = {str(each.id) for each in read.returns} | {row.id for row in read.broken}
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
        once: dict[str, M] = {}
        for each in wanted:
            if once.setdefault(_id(each), each) != each:
                scope, problem = self._config.scope, f"return {_id(each)} is told two different things at once"
                raise refused_locally(scope, call(scope, [each]).operation, "id", problem)
        for chunk in chunked(tuple(once.values())):
            ids = [_id(each) for each in chunk]
            answer = yield from self._caller.perform(call(self._config.scope, chunk))
            moved = {str(each.id) for each in answer.return_success or ()}
            told = {str(each.id): each.message or "no reason given" for each in answer.return_errors or () if each.id}
            doubtful = [each for each in ids if each not in moved]
            # What an earlier call did whose answer was lost is refused now: the return itself tells.
            standing = yield from self._standing(doubtful)
            for name in ids:
                already = name in standing and done(standing[name])
                why = "" if name in moved or already else told.get(name, "the answer says nothing of it")
                if why and name in standing:
                    why += f" (it is in {_shown(standing[name])})"
                outcomes[name] = ReturnOutcome(id=name, moved=name in moved, already=already, why=why)
        return tuple(outcomes[_id(each)] for each in wanted)

    def _standing(self, return_ids: Sequence[str]) -> Flow[dict[str, Return]]:
        """The returns as they are now, none where they cannot be read: what was moved must not get lost over that."""
        try:
            read = yield from self.named(return_ids)
        except errors.CallError:
            return {}
        return {str(each.id): each for each in read.returns}

    def _look_for(self, new: NewReturn, before: set[str], trouble: str) -> Flow[OpenedReturn | ReturnUnknown]:
        def look() -> Flow[Return | None]:
            read = yield from self.of_order(new.order_commercial_id)
            for each in read.returns:
                if each.id not in before and _has_units(each, new):
                    return each
            self._all_legible([row for row in read.broken if not row.id or row.id not in before])
            return None

        seen = yield from looked(look)
        if isinstance(seen, Missing | Blind):
            return ReturnUnknown(why=f"{seen.why} ({trouble})", missing=isinstance(seen, Missing))
        return OpenedReturn(made=seen.found, looked=True)

    def _all_legible(self, broken: Sequence[Broken]) -> None:
        """Raise where a row may be the very return that is looked for: nothing can be said without it."""
        if broken:
            raise errors.Undecodable(
                system=self._config.account,
                operation="RT11",
                path=broken[0].path,
                expected=broken[0].expected,
                records=tuple(each.id for each in broken if each.id),
            )


def _is_same(one: Return, new: NewReturn) -> bool:
    """Whether a return is the one that is to be opened.

    One number tells, also of a closed return. Without it what is over is another: more of the line may come back later.
    """
    if one.rma and new.rma:
        return str(one.rma) == new.rma and one.standing not in _NEVER_WAS and _has_units(one, new)
    return one.standing not in _OVER and _has_units(one, new)


def _has_units(one: Return, new: NewReturn) -> bool:
    wanted = {line.order_line_id: line.quantity for line in new.return_lines}
    return {str(line.order_line_id): line.quantity for line in one.return_lines or ()} == wanted


def _shown(one: Return) -> str:
    standing = one.standing
    return standing.value if isinstance(standing, ReturnState) else "a state that is not known"


def _id(wanted: str | ReturnDecision | ReturnCompliance) -> str:
    return wanted if isinstance(wanted, str) else wanted.id
