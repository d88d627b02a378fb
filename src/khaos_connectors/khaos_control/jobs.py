"""Credit notes, ship confirmations, stage moves, routing marks and journals: each by the best way that is open.

The order is always the same: what is remembered, what can be seen over there, the documented door, the operation that
this installation has, our own record, and people. A job is never sent twice on a guess, and never left out.
"""

from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from typing import TypeVar

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do, now
from khaos_connectors.calls.given import given, kind_of
from khaos_connectors.core.erp_jobs import (
    Attempt,
    Attempts,
    AttemptState,
    Choice,
    CreditNoteReceipt,
    Door,
    Handover,
    Job,
    JobReceipt,
    RoutingMark,
    Rung,
    SharedAttempts,
    ShipConfirmation,
    StageMove,
    choose,
    credit_note_key,
)
from khaos_connectors.core.handovers import (
    hand_over_credit_note,
    hand_over_journal,
    hand_over_routing,
    hand_over_ship_confirmation,
    hand_over_stage_move,
)
from khaos_connectors.core.journals import Journal
from khaos_connectors.core.refund_records import CreditNoteDraft
from khaos_connectors.khaos_control.config import KhaosControlConfig
from khaos_connectors.khaos_control.custom import CustomLook, CustomOperation, JobContext
from khaos_connectors.khaos_control.job_looks import look
from khaos_connectors.khaos_control.refusals import by_the_service, lacks
from khaos_connectors.protocols import CreditNoteDesk

__all__ = ["JobDesk"]

R = TypeVar("R", bound=JobReceipt)
_AHEAD = "the channel has not paid yet: only a complete credit note is raised by a call"


@attrs.frozen(kw_only=True)
class _Work:
    """A job to be done: its record, what makes it one, and how it is handed to people."""

    job: Job
    key: str
    context: JobContext
    hand_over: Callable[[Sequence[str]], Handover]
    detail: str = ""
    ahead: bool = False


class JobDesk:
    """The jobs of one installation; see the methods of ``KhaosControlERP`` with the same names.

    *attempts* remember what was done; *credit_notes* is the documented door to credit notes, where there is one.
    ``ConfigError`` where an operation may be sent once only and nothing could tell whether it was: give it a look, or
    the desk a memory. ``TypeError`` for a store that stands where ``MailboxAttempts(store)`` belongs, and the like.
    """

    def __init__(
        self,
        config: KhaosControlConfig,
        caller: Caller,
        *,
        attempts: Attempts | None = None,
        credit_notes: CreditNoteDesk | None = None,
    ) -> None:
        _check_doors(attempts, credit_notes)
        self._config, self._caller = config, caller
        self._attempts, self._documented = attempts, credit_notes
        for each in config.jobs.operations:
            if each.repeat == "never" and each.look is None and attempts is None:
                problem = f"{each.name} may be sent once only: give it a look, or the ERP attempts to remember it by"
                raise errors.ConfigError(field="jobs.operations", problem=problem)

    def ways(self) -> Mapping[Job, Choice]:
        """The way that is open for each job, as far as that does not depend on the single case. Pure."""
        return {job: choose(job, self._doors(job)) for job in Job}

    def credit_note(self, draft: CreditNoteDraft) -> Flow[CreditNoteReceipt]:
        """Raise the credit note, once per refund."""
        given("draft", draft, CreditNoteDraft)
        work = _Work(
            job=Job.CREDIT_NOTE,
            key=credit_note_key(draft),
            context=draft,
            hand_over=lambda why: hand_over_credit_note(draft, why),
            ahead=not draft.complete,
        )
        return (yield from self._do(work, CreditNoteReceipt))

    def confirm_shipment(self, confirmation: ShipConfirmation) -> Flow[JobReceipt]:
        """Tell the ERP that a shipment left, once."""
        given("confirmation", confirmation, ShipConfirmation)
        work = _Work(
            job=Job.SHIP_CONFIRM,
            key=confirmation.key,
            context=confirmation,
            hand_over=lambda why: hand_over_ship_confirmation(confirmation, why),
        )
        return (yield from self._do(work, JobReceipt))

    def move_stage(self, move: StageMove) -> Flow[JobReceipt]:
        """Move a shipment to a stage, once."""
        given("move", move, StageMove)
        work = _Work(
            job=Job.STAGE_MOVE, key=move.key, context=move, hand_over=lambda why: hand_over_stage_move(move, why)
        )
        return (yield from self._do(work, JobReceipt))

    def mark_routed(self, mark: RoutingMark) -> Flow[JobReceipt]:
        """Remember, and tell the ERP where it can be told, that a warehouse has taken a shipment."""
        given("mark", mark, RoutingMark)
        work = _Work(
            job=Job.ROUTING_MARK,
            key=mark.key,
            context=mark,
            hand_over=lambda why: hand_over_routing(mark, why),
            detail=f"{mark.warehouse} {mark.shipment_id}".strip(),
        )
        return (yield from self._do(work, JobReceipt))

    def post_journal(self, journal: Journal) -> Flow[JobReceipt]:
        """Post the journal into the ledger, once per reference."""
        given("journal", journal, Journal)
        jobs = self._config.jobs
        work = _Work(
            job=Job.JOURNAL,
            key=journal.ref,
            context=journal,
            hand_over=lambda why: hand_over_journal(
                journal, why, form=jobs.journal_form, tax_codes=jobs.journal_tax_codes
            ),
        )
        return (yield from self._do(work, JobReceipt))

    # --- the ladder --------------------------------------------------------------------------------------------------

    def _doors(self, job: Job) -> list[Door]:
        doors: list[Door] = []
        if job is Job.CREDIT_NOTE and self._documented is not None:
            doors.append(Door(rung=Rung.DOCUMENTED, name="returns"))
        operation = self._config.jobs.operation(job)
        if operation is not None:
            doors.append(Door(rung=Rung.CUSTOM, name=operation.name))
        if job is Job.ROUTING_MARK and self._attempts is not None:
            doors.append(Door(rung=Rung.OWN_RECORD))
        return doors

    def _do(self, work: _Work, kind: type[R]) -> Flow[R]:
        desk = self._attempts
        if not isinstance(desk, SharedAttempts):
            return (yield from self._once(work, kind))
        turn = yield from do(desk.take, self._config.account, work.job, work.key, (yield from now()))
        if turn is None:
            raise errors.NotSent(
                system=self._config.account, operation=work.job.value, reason="another worker is at this very job"
            )
        try:
            receipt = yield from self._once(work, kind)
        except errors.ConnectorError:
            yield from do(desk.give_back, turn, (yield from now()))
            raise
        yield from do(desk.give_back, turn, (yield from now()))
        return receipt

    def _once(self, work: _Work, kind: type[R]) -> Flow[R]:
        before = yield from self._before(work)
        if before is not None and before.state == "handed over":
            why = (f"handed over at {before.at.isoformat()}: it stays with people until they say otherwise",)
            return self._receipt(kind, work, Rung.WORKLIST, why=why)
        if before is not None and before.state == "done":
            return self._receipt(kind, work, before.rung, code=before.code, already=True)
        if before is not None and before.state == "begun" and before.rung is Rung.DOCUMENTED:
            return (yield from self._by_the_same_document(work, kind, before))
        operation = self._config.jobs.operation(work.job)
        unfit = operation.look_problems(work.context, self._config.time) if operation is not None else ()
        if unfit:
            why = (f"it cannot be looked for: {'; '.join(map(str, unfit))}",)
            return (yield from self._handed_over(kind, work, why))
        if operation is not None and operation.look is not None:
            found = yield from self._look(operation, work)
            if found is not None:
                yield from self._keep(work, Rung.CUSTOM, "done", code=found)
                return self._receipt(kind, work, Rung.CUSTOM, code=found, already=True)
        elif before is not None and before.state == "begun" and (operation is None or operation.repeat == "never"):
            why = (f"sent at {before.at.isoformat()} and never answered: look whether it is there before you do it",)
            return (yield from self._handed_over(kind, work, why))
        elif before is not None and before.state == "begun":
            return (yield from self._climb_down(work, kind, begun=True))
        return (yield from self._climb_down(work, kind))

    def _climb_down(self, work: _Work, kind: type[R], *, begun: bool = False) -> Flow[R]:
        """The best way that is open for this very case; each that turns out shut is an obstacle for the next choice.

        What an operation may have *begun* is not given to the documented door: both might do it.
        """
        doors = {door.rung: self._with_obstacles(door, work) for door in self._doors(work.job)}
        if begun:
            doors.pop(Rung.DOCUMENTED, None)
        while True:
            choice = choose(work.job, doors.values())
            try:
                if choice.rung is Rung.DOCUMENTED:
                    return (yield from self._by_document(work, kind))
                if choice.rung is Rung.CUSTOM:
                    return (yield from self._by_operation(work, kind, choice.why))
            except (errors.Invalid, errors.Unsupported, _Shut) as shut:
                told = shut.refusal.detail() if isinstance(shut, _Shut) else shut.detail()
                doors[choice.rung] = attrs.evolve(doors[choice.rung], obstacles=(told,))
                continue
            if choice.rung is Rung.OWN_RECORD:
                yield from self._keep(work, Rung.OWN_RECORD, "done")
                return self._receipt(kind, work, Rung.OWN_RECORD, why=choice.why)
            return (yield from self._handed_over(kind, work, choice.why))

    def _with_obstacles(self, door: Door, work: _Work) -> Door:
        operation = self._config.jobs.operation(work.job)
        if door.rung is not Rung.CUSTOM or operation is None:
            return door
        obstacles = [str(each) for each in operation.problems(work.context, self._config.time)]
        return attrs.evolve(door, obstacles=(*([_AHEAD] if work.ahead else []), *obstacles))

    def _by_the_same_document(self, work: _Work, kind: type[R], before: Attempt) -> Flow[R]:
        """What was given to the documented door is asked of it again, and of no other: it may be under way."""
        why = [f"given to the documented door at {before.at.isoformat()}: look whether it is there before you do it"]
        if self._documented is None:
            return (yield from self._handed_over(kind, work, [*why, "the door is not configured any more"]))
        try:
            return (yield from self._by_document(work, kind, again=True))
        except (errors.Invalid, errors.Unsupported) as shut:
            return (yield from self._handed_over(kind, work, [*why, shut.detail()]))

    def _by_document(self, work: _Work, kind: type[R], *, again: bool = False) -> Flow[R]:
        assert self._documented is not None
        assert isinstance(work.context, CreditNoteDraft)
        yield from self._keep(work, Rung.DOCUMENTED, "begun")
        try:
            made = yield from self._documented.credit_note(work.context)
        except (errors.Invalid, errors.Unsupported):
            if not again:
                yield from self._keep(work, Rung.DOCUMENTED, "dropped")
            raise
        if made.code and not made.pending:
            yield from self._keep(work, Rung.DOCUMENTED, "done", code=made.code)
        return kind(
            job=work.job, key=work.key, rung=Rung.DOCUMENTED, code=made.code, already=made.already, pending=made.pending
        )

    def _by_operation(self, work: _Work, kind: type[R], why: tuple[str, ...]) -> Flow[R]:
        operation = self._config.jobs.operation(work.job)
        assert operation is not None
        call = operation.call(self._config.service, work.context)
        yield from self._keep(work, Rung.CUSTOM, "begun")
        try:
            told = yield from self._caller.perform(call)
        except errors.Refused as refusal:
            if operation.says_already(refusal):
                code = yield from self._code_there(operation, work)
                yield from self._keep(work, Rung.CUSTOM, "done", code=code)
                return self._receipt(kind, work, Rung.CUSTOM, code=code, already=True, why=why)
            yield from self._keep(work, Rung.CUSTOM, "dropped")
            if lacks(refusal, operation.name):
                raise _no_such(operation.name, refusal) from refusal
            about_others = isinstance(refusal, errors.AuthFailed | errors.RateLimited) or not by_the_service(refusal)
            if refusal.retryable or about_others:
                raise  # nothing about this job: it is tried anew
            raise _Shut(refusal) from refusal
        except errors.NotSent:
            yield from self._keep(work, Rung.CUSTOM, "dropped")
            raise
        yield from self._keep(work, Rung.CUSTOM, "done", code=told.code)
        return self._receipt(kind, work, Rung.CUSTOM, code=told.code, why=why)

    def _code_there(self, operation: CustomOperation, work: _Work) -> Flow[str]:
        return (yield from self._look(operation, work)) or ""

    def _look(self, operation: CustomOperation, work: _Work) -> Flow[str | None]:
        if operation.look is None:
            return None
        try:
            return (yield from look(self._config, self._caller, operation.look, work.job, work.context))
        except errors.Refused as refusal:
            if isinstance(operation.look, CustomLook) and lacks(refusal, operation.look.name):
                raise _no_such(operation.look.name, refusal) from refusal
            raise

    def _handed_over(self, kind: type[R], work: _Work, why: Sequence[str]) -> Flow[R]:
        yield from self._keep(work, Rung.WORKLIST, "handed over")
        return self._receipt(kind, work, Rung.WORKLIST, why=tuple(why))

    def _receipt(
        self,
        kind: type[R],
        work: _Work,
        rung: Rung,
        *,
        code: str = "",
        already: bool = False,
        why: tuple[str, ...] = (),
    ) -> R:
        handover = work.hand_over(why) if rung is Rung.WORKLIST else None
        return kind(job=work.job, key=work.key, rung=rung, code=code, already=already, why=why, handover=handover)

    # --- memory ------------------------------------------------------------------------------------------------------

    def _before(self, work: _Work) -> Flow[Attempt | None]:
        if self._attempts is None:
            return None
        before = yield from do(self._attempts.recall, self._config.account, work.job, work.key)
        if before is not None and before.state == "done" and before.detail != work.detail:
            message = f"it is done for {before.detail!r}, not for {work.detail!r}"
            raise errors.Conflict(system=self._config.account, operation=work.job.value, message=message)
        return before

    def _keep(self, work: _Work, rung: Rung, state: AttemptState, *, code: str = "") -> Flow[None]:
        if self._attempts is None:
            return
        at = yield from now()
        attempt = Attempt(job=work.job, key=work.key, rung=rung, state=state, at=at, code=code, detail=work.detail)
        yield from do(self._attempts.keep, self._config.account, attempt)


def _check_doors(attempts: object, credit_notes: object) -> None:
    if attempts is not None and not (hasattr(attempts, "recall") and hasattr(attempts, "keep")):
        raise TypeError(f"attempts: give MailboxAttempts(store), not {kind_of(attempts)}")
    if credit_notes is not None and not _takes_a_draft(getattr(credit_notes, "credit_note", None)):
        wanted = "ReturnsDoor(erp, reference_of=...)"
        raise TypeError(f"credit_notes: give {wanted} or another CreditNoteDesk, not {kind_of(credit_notes)}")


def _takes_a_draft(way: object) -> bool:
    """Whether *way* can be called with a draft alone; that of Channels wants the order's reference besides."""
    if not callable(way):
        return False
    try:
        signature(way).bind(None)
    except TypeError:
        return False
    return True


def _no_such(name: str, refusal: errors.Refused) -> errors.ConfigError:
    problem = (
        f"{refusal.system} has no operation {name!r} (it says: {refusal.message}): correct its name in "
        "JobSettings(operations=...); describe() lists those that it has, check() compares. Nothing was done"
    )
    return errors.ConfigError(field="jobs.operations", problem=problem)


class _Shut(Exception):
    """The installation's operation would not do the job: nothing was done."""

    def __init__(self, refusal: errors.Refused) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal
