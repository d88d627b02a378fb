"""Watching jobs: each run writes down that it began and how it ended, and one question tells which does not run."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeVar

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do, now
from khaos_connectors.core.ids import AccountId
from khaos_connectors.store.mailbox import Mailbox
from khaos_connectors.store.runs import JobStanding, Runs, standing

__all__ = ["jobs_of", "watched"]

T = TypeVar("T")

_LONGEST = 300


def watched(
    mailbox: Mailbox,
    account: AccountId,
    job: str,
    flow: Flow[T],
    *,
    summary: Callable[[T], str] | None = None,
    failed: Callable[[T], str] | None = None,
) -> Flow[T]:
    """The result of *flow*, a run of *job*; its beginning and its end are remembered in *mailbox* (any store).

    What *flow* raises is remembered by its kind and text and raised again. Pipelines report a feed that could not be
    read instead of raising: *failed* says of a result why it is no success, empty if it is one. *summary* puts it into
    a few words. Neither holds anybody's name.
    """
    runs = Runs(mailbox)
    moment = yield from now()
    yield from do(runs.begin, account, job, at=moment)
    try:
        result = yield from flow
    except Exception as error:  # whatever it is: it is remembered and goes on its way
        moment = yield from now()
        told = f"{type(error).__name__}: {error}"
        yield from do(runs.fail, account, job, at=moment, detail=told[:_LONGEST])
        raise
    moment = yield from now()
    trouble = "" if failed is None else failed(result)
    if trouble:
        yield from do(runs.fail, account, job, at=moment, detail=trouble)
    else:
        yield from do(runs.end, account, job, at=moment, detail="" if summary is None else summary(result))
    return result


def jobs_of(
    mailbox: Mailbox,
    account: AccountId,
    every: Mapping[str, timedelta],
    *,
    longest: timedelta = timedelta(hours=1),
) -> Flow[tuple[JobStanding, ...]]:
    """How each job of *account* in *every* does, the worst first; a job that nobody has ever started is one of them."""
    moment = yield from now()
    latest = yield from do(Runs(mailbox).latest, account)
    return standing(account, every, latest, now=moment, longest=longest)
