"""Attempts outlive the process that made them."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.erp_jobs import Attempt, Job, Rung
from khaos_connectors.core.ids import AccountId
from khaos_connectors.errors import ConfigError
from khaos_connectors.store.attempts import MailboxAttempts, StoreAttempts
from khaos_connectors.store.memory import MemoryStore

_ACCOUNT = AccountId("khaos")
_ATTEMPTS = st.builds(
    Attempt,
    job=st.sampled_from(Job),
    key=st.text(min_size=1, max_size=12),
    rung=st.sampled_from(Rung),
    state=st.sampled_from(["begun", "done", "handed over", "dropped"]),
    at=st.datetimes(timezones=st.just(UTC)),
    code=st.text(max_size=8),
    detail=st.text(max_size=8),
)


@settings(max_examples=50)
@given(st.lists(_ATTEMPTS, max_size=6))
def test_the_latest_attempt_at_each_job_is_recalled(attempts: list[Attempt]) -> None:
    """Kept and recalled is the identity, per account, job and key."""
    memory = MailboxAttempts(MemoryStore())
    for each in attempts:
        memory.keep(_ACCOUNT, each)

    for each in attempts:
        latest = [one for one in attempts if (one.job, one.key) == (each.job, each.key)][-1]
        assert memory.recall(_ACCOUNT, each.job, each.key) == latest
        assert memory.recall(AccountId("other"), each.job, each.key) is None


def test_a_state_may_come_back() -> None:
    """Dropped, begun anew, dropped again: the mailbox takes a payload that it had before for the latest."""
    memory = MailboxAttempts(MemoryStore())
    dropped = Attempt(
        job=Job.JOURNAL, key="S-77", rung=Rung.CUSTOM, state="dropped", at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    for each in (dropped, attrs.evolve(dropped, state="begun"), dropped):
        memory.keep(_ACCOUNT, each)

    assert memory.recall(_ACCOUNT, Job.JOURNAL, "S-77") == dropped


def test_a_turn_is_one_workers_until_it_ends() -> None:
    """Two objects, or two threads over one, are two workers; a turn that nobody gives back ends by itself."""
    store, at = MemoryStore(), datetime(2026, 1, 1, tzinfo=UTC)
    first, second = StoreAttempts(store), StoreAttempts(store)
    turn = first.take(_ACCOUNT, Job.JOURNAL, "S-77", at)
    assert turn is not None
    for worker in (first, second):
        assert worker.take(_ACCOUNT, Job.JOURNAL, "S-77", at) is None
    assert second.take(_ACCOUNT, Job.JOURNAL, "S-78", at) is not None
    assert second.take(AccountId("other"), Job.JOURNAL, "S-77", at) is not None

    first.give_back(turn, at)
    taken = second.take(_ACCOUNT, Job.JOURNAL, "S-77", at)
    assert taken is not None
    later = first.take(_ACCOUNT, Job.JOURNAL, "S-77", at + timedelta(minutes=15))
    assert later is not None
    second.give_back(taken, at + timedelta(minutes=16))
    assert second.take(_ACCOUNT, Job.JOURNAL, "S-77", at + timedelta(minutes=16)) is None


def test_a_lease_has_to_last() -> None:
    """A turn that ends at once would be everybody's."""
    with pytest.raises(ConfigError, match="lease"):
        StoreAttempts(MemoryStore(), lease=timedelta(0))
