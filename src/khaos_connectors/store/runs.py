"""When each job of an account ran last and how it ended, so that a job that does not run is seen.

The runs stand in the mailbox of any store. ``standing`` compares them with how often each job should run; it is pure.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum

import attrs

from khaos_connectors.core.ids import AccountId
from khaos_connectors.store.mailbox import Mailbox

__all__ = ["JobStanding", "JobState", "Run", "Runs", "standing"]

_BOX = "runs"


@attrs.frozen(kw_only=True)
class Run:
    """The latest run of *job*: *ended_at* None while it runs, or for ever when its process was killed.

    *succeeded_at* is when any run of it last ended well, *failures* how many have failed since. *detail* is what the
    latest one came to, or what it failed with. *lost_at* is when the first run since then began that never ended.
    """

    account: AccountId
    job: str
    began_at: datetime
    ended_at: datetime | None = None
    succeeded_at: datetime | None = None
    failures: int = 0
    detail: str = ""
    lost_at: datetime | None = None


class JobState(Enum):
    """How a job does, the worst first."""

    NEVER_RAN = "has never run"
    LATE = "is late"
    HANGING = "does not end"
    FAILING = "fails"
    FINE = "is fine"


@attrs.frozen(kw_only=True)
class JobStanding:
    """How one job of an account does, and *why* that is said."""

    account: AccountId
    job: str
    state: JobState
    why: str
    run: Run | None = None

    def __str__(self) -> str:
        return f"{self.account}: {self.job} {self.state.value}: {self.why}"


class Runs:
    """What is remembered of jobs, over *mailbox* (any ``Store``). Methods block: flows call them through ``do``."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def latest(self, account: AccountId) -> dict[str, Run]:
        """The latest run of every job of *account*, by the job's name."""
        found: dict[str, Run] = {}
        after = 0
        while messages := self._mailbox.messages(account, _BOX, after=after):
            after = messages[-1].sequence
            found |= {message.key: _read(account, message.key, message.payload) for message in messages}
        return found

    def begin(self, account: AccountId, job: str, *, at: datetime) -> None:
        """A run of *job* begins."""
        before = self._one(account, job)
        run = Run(account=account, job=job, began_at=at)
        if before is not None:
            lost_at = before.lost_at or (before.began_at if before.ended_at is None else None)
            run = attrs.evolve(run, succeeded_at=before.succeeded_at, failures=before.failures, lost_at=lost_at)
        self._keep(run, at)

    def end(self, account: AccountId, job: str, *, at: datetime, detail: str = "") -> None:
        """The run of *job* that has begun ended well."""
        run = self._one(account, job) or Run(account=account, job=job, began_at=at)
        self._keep(attrs.evolve(run, ended_at=at, succeeded_at=at, failures=0, detail=detail, lost_at=None), at)

    def fail(self, account: AccountId, job: str, *, at: datetime, detail: str) -> None:
        """The run of *job* that has begun failed."""
        run = self._one(account, job) or Run(account=account, job=job, began_at=at)
        self._keep(attrs.evolve(run, ended_at=at, failures=run.failures + 1, detail=detail), at)

    def _one(self, account: AccountId, job: str) -> Run | None:
        found = self._mailbox.messages(account, _BOX, keys=(job,), limit=1)
        return _read(account, job, found[0].payload) if found else None

    def _keep(self, run: Run, at: datetime) -> None:
        told = attrs.asdict(run, filter=lambda field, _: field.name not in {"account", "job"})
        times = {name: value.isoformat() for name, value in told.items() if isinstance(value, datetime)}
        self._mailbox.post(run.account, _BOX, {run.job: json.dumps(told | times)}, at=at)


def _read(account: AccountId, job: str, payload: str) -> Run:
    told = json.loads(payload)

    def moment(name: str) -> datetime | None:
        return None if told.get(name) is None else datetime.fromisoformat(told[name])

    return Run(
        account=account,
        job=job,
        began_at=datetime.fromisoformat(told["began_at"]),
        ended_at=moment("ended_at"),
        succeeded_at=moment("succeeded_at"),
        failures=told["failures"],
        detail=told["detail"],
        lost_at=moment("lost_at"),
    )


def standing(
    account: AccountId,
    every: Mapping[str, timedelta],
    latest: Mapping[str, Run],
    *,
    now: datetime,
    longest: timedelta = timedelta(hours=1),
) -> tuple[JobStanding, ...]:
    """How every job that should run does, the worst first. Pure.

    *every* says by job how far apart its good runs may lie; *longest* is how long one may take.
    """
    found = [
        JobStanding(account=account, job=job, state=state, why=why, run=latest.get(job))
        for job, allowed in every.items()
        for state, why in [_judged(latest.get(job), allowed, now=now, longest=longest)]
    ]
    order = list(JobState)
    return tuple(sorted(found, key=lambda each: (order.index(each.state), each.job)))


def _judged(run: Run | None, allowed: timedelta, *, now: datetime, longest: timedelta) -> tuple[JobState, str]:
    wanted = f"a run every {_span(allowed)} is expected"
    if run is None:
        return JobState.NEVER_RAN, wanted
    if run.ended_at is None and now - run.began_at > longest:
        return JobState.HANGING, f"the run of {run.began_at:%Y-%m-%d %H:%M} has not ended; was it killed?"
    last = "none ended well yet"
    if run.succeeded_at is not None:
        last = f"the last good run ended {run.succeeded_at:%Y-%m-%d %H:%M}"
    if run.failures:
        return JobState.FAILING, f"{last}; failed {run.failures} times since{run.detail and f', with {run.detail}'}"
    if run.succeeded_at is None and run.lost_at is not None and now - run.lost_at > allowed:
        return JobState.LATE, f"no run since {run.lost_at:%Y-%m-%d %H:%M} has ended; are they killed? {wanted}"
    if run.succeeded_at is None:
        return JobState.FINE, "its first run is under way"
    if now - run.succeeded_at > allowed:
        return JobState.LATE, f"{last}; {wanted}"
    return JobState.FINE, f"{last}{run.detail and f': {run.detail}'}"


def _span(length: timedelta) -> str:
    minutes = length / timedelta(minutes=1)
    return f"{minutes:g} minutes" if minutes < 120 else f"{minutes / 60:g} hours"
