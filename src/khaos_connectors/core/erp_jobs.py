"""Jobs that an ERP may have no documented call for: by which way each is done, what it is done with, what came of it.

The ways form a ladder: a documented door, an operation that this installation bought or built, our own record of it
where that is enough, and a worklist for people. The lowest step is always there, so that no job is ever skipped.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import Literal, Protocol, runtime_checkable

import attrs

from khaos_connectors.core.exception_report import ExceptionItem, Reason, open_item
from khaos_connectors.core.fields import aware, not_blank, typed
from khaos_connectors.core.ids import AccountId, DespatchId, OrderRef
from khaos_connectors.core.refund_records import CreditNote, CreditNoteDraft
from khaos_connectors.core.shipments import DespatchLine

__all__ = [
    "Attempt",
    "AttemptState",
    "Attempts",
    "Choice",
    "CreditNoteReceipt",
    "Door",
    "Handover",
    "Job",
    "JobReceipt",
    "RoutingMark",
    "Rung",
    "SharedAttempts",
    "ShipConfirmation",
    "StageMove",
    "choose",
    "credit_note_key",
]


class Job(Enum):
    """What is to be done in the ERP."""

    CREDIT_NOTE = "credit note"
    SHIP_CONFIRM = "ship confirmation"
    STAGE_MOVE = "stage move"
    ROUTING_MARK = "routing mark"
    JOURNAL = "journal"


class Rung(Enum):
    """The ways of doing it, the best first."""

    DOCUMENTED = "documented door"
    CUSTOM = "custom operation"
    OWN_RECORD = "own record"
    WORKLIST = "worklist"


@attrs.frozen(kw_only=True, field_transformer=typed)
class Door:
    """A way that may be open: *name* is the operation or endpoint, *obstacles* are why it cannot be used."""

    rung: Rung
    name: str = ""
    obstacles: tuple[str, ...] = ()


@attrs.frozen(kw_only=True, field_transformer=typed)
class Choice:
    """The way that is used for a job, and *why* none of the better ones is."""

    job: Job
    rung: Rung
    door: str = ""
    why: tuple[str, ...] = ()


def choose(job: Job, doors: Iterable[Door]) -> Choice:
    """The best of *doors* without an obstacle, the worklist where none is left; the first of equals. Pure.

    Every way that is better than the chosen one is named in ``why``, also one that is not there at all. Our own record
    is a way for routing marks only: nobody but us has to know of them.
    """
    given = list(doors)
    ways = [rung for rung in Rung if rung is not Rung.OWN_RECORD or job is Job.ROUTING_MARK]
    why: list[str] = []
    for rung in ways[:-1]:
        there = [door for door in given if door.rung is rung]
        usable = next((door for door in there if not door.obstacles), None)
        if usable is not None:
            return Choice(job=job, rung=rung, door=usable.name, why=tuple(why))
        why += [f"{rung.value}: none for a {job.value}"] if not there else []
        why += [f"{rung.value} {door.name}".rstrip() + f": {'; '.join(door.obstacles)}" for door in there]
    return Choice(job=job, rung=Rung.WORKLIST, why=tuple(why))


# --- what a job is done with (credit notes: CreditNoteDraft, journals: Journal) --------------------------------------


@attrs.frozen(kw_only=True, field_transformer=typed)
class ShipConfirmation:
    """Units of an ERP order that a warehouse sent. *despatch_id* is the ERP's own id of the shipment (its invoice).

    *courier* and *service* are the ERP's names. Its key is the despatch with the consignment.
    """

    account: AccountId
    reference: OrderRef = attrs.field(validator=not_blank)
    despatch_id: DespatchId = attrs.field(validator=not_blank)
    shipped_at: datetime = attrs.field(validator=aware)
    courier: str = ""
    service: str = ""
    consignment: str = ""
    tracking_url: str = ""
    lines: tuple[DespatchLine, ...] = ()

    @property
    def key(self) -> str:
        """What makes the confirmation one."""
        return f"{self.account}/{self.despatch_id}/{self.consignment}"


@attrs.frozen(kw_only=True, field_transformer=typed)
class StageMove:
    """A shipment that is to stand at *stage* (the ERP's own number), and why it should."""

    account: AccountId
    reference: OrderRef = attrs.field(validator=not_blank)
    despatch_id: DespatchId = attrs.field(validator=not_blank)
    stage: int
    why: str = ""

    @property
    def key(self) -> str:
        """What makes the move one."""
        return f"{self.account}/{self.despatch_id}/{self.stage}"


@attrs.frozen(kw_only=True, field_transformer=typed)
class RoutingMark:
    """A shipment that *warehouse* has taken as *shipment_id*: no other may be asked to pick it."""

    account: AccountId
    reference: OrderRef = attrs.field(validator=not_blank)
    despatch_id: DespatchId = attrs.field(validator=not_blank)
    warehouse: AccountId = attrs.field(validator=not_blank)
    shipment_id: str = ""

    @property
    def key(self) -> str:
        """What makes the mark one: by shipment, because one order can have several."""
        return f"{self.account}/{self.despatch_id}"


def credit_note_key(draft: CreditNoteDraft) -> str:
    """What makes a credit note one: the channel's account and its refund; a draft ahead of the payment is another."""
    return f"{draft.account}/{draft.refund_id}" + ("" if draft.complete else "/ahead")


# --- what came of it -------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, field_transformer=typed)
class Handover:
    """A job for people: the *reason* for their worklist, and *rows* under *columns* for a file that can be imported.

    *name* is what the file may be called. Rows only; writing files is the caller's.
    """

    reason: Reason
    name: str
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]

    def item(self, account: AccountId, now: datetime) -> ExceptionItem:
        """The work item of the ERP *account* as found at *now* (aware); one per job, however often it comes."""
        return open_item(self.reason, account=account, now=now)


@attrs.frozen(kw_only=True, field_transformer=typed)
class JobReceipt:
    """What became of a job: *rung* says by which way, *why* says why by none better.

    *code* is the ERP's own number of what was made, where it told any. *already*: it was done before this call.
    *pending*: the ERP has still to fetch it. *handover* is there if, and only if, people have to do it.
    """

    job: Job
    key: str
    rung: Rung
    code: str = ""
    already: bool = False
    pending: bool = False
    why: tuple[str, ...] = ()
    handover: Handover | None = None

    @property
    def done(self) -> bool:
        """Whether the ERP (or our own record, where that is the way) has it."""
        return not self.pending and self.handover is None


@attrs.frozen(kw_only=True, field_transformer=typed)
class CreditNoteReceipt(JobReceipt):
    """What became of a credit note."""

    def note(self, draft: CreditNoteDraft) -> CreditNote | None:
        """*draft* as the ERP's credit note; None while its number is not known, or people have still to raise it."""
        return draft.as_note(self.code) if self.done and self.code else None


# --- memory ----------------------------------------------------------------------------------------------------------


AttemptState = Literal["begun", "done", "handed over", "dropped"]


@attrs.frozen(kw_only=True, field_transformer=typed)
class Attempt:
    """How far a job got, and by which way.

    "begun" before it is sent, "done" with the ERP's *code*, "handed over" once it is with people: it stays with them.
    "dropped": nothing came of it, and it may be tried anew. *detail* is what the key does not say.
    """

    job: Job
    key: str
    rung: Rung
    state: AttemptState
    at: datetime = attrs.field(validator=aware)
    code: str = ""
    detail: str = ""


class Attempts(Protocol):
    """Where attempts are remembered, so that no job is done twice. Blocking; flows call it through ``do``."""

    def recall(self, account: AccountId, job: Job, key: str) -> Attempt | None:
        """The latest attempt of the ERP *account* at a job, None if there was none."""
        ...

    def keep(self, account: AccountId, attempt: Attempt) -> None:
        """Remember *attempt* in place of an earlier one at the same job."""
        ...


@runtime_checkable
class SharedAttempts(Attempts, Protocol):
    """``Attempts`` of several workers: each job is one worker's turn at a time, from recalling it to keeping it."""

    def take(self, account: AccountId, job: Job, key: str, at: datetime) -> str | None:
        """Take the turn at a job; what gives it back, None while another has it. It ends by itself after a while."""
        ...

    def give_back(self, turn: str, at: datetime) -> None:
        """End the *turn* that ``take`` gave."""
        ...
