"""Attempts at jobs, remembered in the mailbox of a store."""

import json
from collections.abc import Mapping
from datetime import datetime

import attrs

from khaos_connectors.core.erp_jobs import Attempt, AttemptState, Job, Rung
from khaos_connectors.core.ids import AccountId
from khaos_connectors.store.mailbox import Mailbox

__all__ = ["MailboxAttempts"]

_STATES: Mapping[str, AttemptState] = {
    "begun": "begun",
    "done": "done",
    "handed over": "handed over",
    "dropped": "dropped",
}


@attrs.frozen
class MailboxAttempts:
    """``Attempts`` over *mailbox* (any ``Store``): the latest attempt at each job, in a box for each kind of job.

    Two workers that do one account's jobs at the same time need a lease of their own around them.
    """

    mailbox: Mailbox

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


def _box(job: Job) -> str:
    return f"attempts: {job.value}"
