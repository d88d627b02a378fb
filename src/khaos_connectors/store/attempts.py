"""Attempts at jobs, remembered in the mailbox of a store."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import uuid4

from khaos_connectors.core.erp_jobs import Attempt, AttemptState, Job, Rung
from khaos_connectors.core.ids import AccountId
from khaos_connectors.errors import ConfigError
from khaos_connectors.store.mailbox import Mailbox
from khaos_connectors.store.protocol import Intent, IntentState, Store

__all__ = ["MailboxAttempts", "StoreAttempts"]

_STATES: Mapping[str, AttemptState] = {
    "begun": "begun",
    "done": "done",
    "handed over": "handed over",
    "dropped": "dropped",
}


class MailboxAttempts:
    """``Attempts`` over *mailbox* (any ``Store``): the latest attempt at each job, in a box for each kind of job.

    For one worker per account; several need ``StoreAttempts``.
    """

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    def recall(self, account: AccountId, job: Job, key: str) -> Attempt | None:
        """The latest attempt of the ERP *account* at a job, None if there was none."""
        found = self.mailbox.messages(account, _box(job), keys=(key,), limit=1)
        if not found:
            return None
        told: dict[str, str] = json.loads(found[0].payload)
        return Attempt(
            job=job,
            key=key,
            rung=Rung(told["rung"]),
            state=_STATES[told["state"]],
            at=datetime.fromisoformat(told["at"]),
            code=told["code"],
            detail=told["detail"],
        )

    def keep(self, account: AccountId, attempt: Attempt) -> None:
        """Remember *attempt* in place of an earlier one at the same job."""
        payload = {
            "state": attempt.state,
            "rung": attempt.rung.value,
            "at": attempt.at.isoformat(),
            "code": attempt.code,
            "detail": attempt.detail,
        }
        self.mailbox.post(account, _box(attempt.job), {attempt.key: json.dumps(payload)}, at=attempt.at)


class StoreAttempts(MailboxAttempts):
    """``SharedAttempts`` over *store*: two workers never do one job at the same time, in two processes either.

    *lease* has to outlast the longest job, its repeats included. The job of a worker that died is taken up by another
    when that has passed.
    """

    def __init__(self, store: Store, *, lease: timedelta = timedelta(minutes=15)) -> None:
        if lease <= timedelta(0):
            raise ConfigError(field="lease", problem="must be more than nothing")
        super().__init__(store)
        self._store, self._lease = store, lease
        self._turns: dict[str, Intent] = {}

    def take(self, account: AccountId, job: Job, key: str, at: datetime) -> str | None:
        """Take the turn at a job; what gives it back, None while another worker has it."""
        turn = uuid4().hex  # a turn each: threads of one process are workers too
        intent = self._store.claim(
            account, f"turn: {job.value}", key, digest="", owner=turn, at=at, until=at + self._lease
        )
        if intent is None:
            return None
        self._turns[turn] = intent
        return turn

    def give_back(self, turn: str, at: datetime) -> None:
        """End the *turn* that ``take`` gave."""
        self._store.settle(self._turns.pop(turn), IntentState.OPEN, at=at)


def _box(job: Job) -> str:
    return f"attempts: {job.value}"
