"""When each job ran last, and which of them does not run."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.core.ids import AccountId
from khaos_connectors.store import MemoryStore, Store
from khaos_connectors.store.runs import JobState, Run, Runs, standing

A, B = AccountId("john-lewis"), AccountId("other")
At = Callable[..., datetime]
HOUR = timedelta(hours=1)


def test_a_run_is_remembered_from_its_beginning(store: Store, at: At) -> None:
    """What began is there before it ends; its end says when it was last well."""
    runs = Runs(store)
    runs.begin(A, "tracking", at=at(1))
    assert runs.latest(A)["tracking"] == Run(account=A, job="tracking", began_at=at(1))
    runs.end(A, "tracking", at=at(2), detail="3 shipments")
    assert runs.latest(A)["tracking"] == Run(
        account=A, job="tracking", began_at=at(1), ended_at=at(2), succeeded_at=at(2), detail="3 shipments"
    )
    assert runs.latest(B) == {}


def test_failures_add_up_until_a_run_ends_well(store: Store, at: At) -> None:
    """The last good run stays in sight however many fail after it."""
    runs = Runs(store)
    runs.begin(A, "stock", at=at(1))
    runs.end(A, "stock", at=at(1))
    for minute in (2, 3):
        runs.begin(A, "stock", at=at(minute))
        runs.fail(A, "stock", at=at(minute), detail="AuthFailed")
    found = runs.latest(A)["stock"]
    assert (found.succeeded_at, found.failures, found.detail) == (at(1), 2, "AuthFailed")
    runs.begin(A, "stock", at=at(4))
    runs.end(A, "stock", at=at(4))
    assert (runs.latest(A)["stock"].failures, runs.latest(A)["stock"].succeeded_at) == (0, at(4))


def test_complaint_17_a_job_that_is_killed_each_time_is_seen(store: Store, at: At) -> None:
    """It begins anew every ten minutes and has never ended: that is no first run under way."""
    runs = Runs(store)
    for minute in range(0, 70, 10):
        runs.begin(A, "tracking", at=at(minute))
    (found,) = standing(A, {"tracking": HOUR}, runs.latest(A), now=at(61))
    assert (found.state, found.why.startswith("no run since 2026-03-02 09:00 has ended")) == (JobState.LATE, True)

    runs.end(A, "tracking", at=at(62))
    (found,) = standing(A, {"tracking": HOUR}, runs.latest(A), now=at(63))
    assert found.state is JobState.FINE
    runs.begin(A, "tracking", at=at(70))
    assert runs.latest(A)["tracking"].lost_at is None


def test_an_end_without_a_beginning_is_kept_too(store: Store, at: At) -> None:
    """Whoever was started by an older version ends under this one."""
    Runs(store).end(A, "one", at=at(1))
    Runs(store).fail(A, "two", at=at(1), detail="x")
    assert Runs(store).latest(A)["one"].succeeded_at == at(1)
    assert Runs(store).latest(A)["two"].failures == 1


def test_more_jobs_than_a_page_of_messages(at: At) -> None:
    """Every job is found, however many there are."""
    store = MemoryStore()
    store.post(A, "runs", {}, at=at(1))
    for number in range(1100):
        Runs(store).begin(A, f"job {number}", at=at(1))
    assert len(Runs(store).latest(A)) == 1100


def judged(at: At, run: Run | None, minute: float) -> tuple[JobState, str]:
    latest = {} if run is None else {"tracking": run}
    (found,) = standing(A, {"tracking": HOUR}, latest, now=at(minute))
    assert str(found).startswith(f"john-lewis: tracking {found.state.value}: ")
    return found.state, found.why


def run(at: At, **more: object) -> Run:
    return Run(account=A, job="tracking", **{"began_at": at(0), **more})


def test_how_a_job_stands(at: At) -> None:
    """Never ran, late, hanging, failing, fine: each with what it is judged by."""
    assert judged(at, None, 0) == (JobState.NEVER_RAN, "a run every 60 minutes is expected")
    good = run(at, ended_at=at(1), succeeded_at=at(1), detail="3 shipments")
    assert judged(at, good, 61) == (JobState.FINE, "the last good run ended 2026-03-02 09:01: 3 shipments")
    assert judged(at, good, 61.1)[0] is JobState.LATE
    assert judged(at, run(at), 60) == (JobState.FINE, "its first run is under way")
    assert judged(at, run(at), 61)[0] is JobState.HANGING
    failing = run(at, ended_at=at(1), failures=2, detail="AuthFailed: key")
    assert judged(at, failing, 2) == (
        JobState.FAILING,
        "none ended well yet; failed 2 times since, with AuthFailed: key",
    )


@pytest.mark.parametrize("minutes", [30, 240])
def test_spans_read_well(at: At, minutes: int) -> None:
    """Minutes below two hours, then hours."""
    (found,) = standing(A, {"x": timedelta(minutes=minutes)}, {}, now=at(0))
    assert found.why == f"a run every {'30 minutes' if minutes == 30 else '4 hours'} is expected"


@given(
    ages=st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.none() | st.integers(0, 300), min_size=1),
    allowed=st.integers(1, 200),
)
def test_every_expected_job_is_judged_and_the_worst_come_first(ages: dict[str, int | None], allowed: int) -> None:
    """No job that is expected is left out, and a job is fine exactly if its last good run is young enough."""
    now = datetime.fromisoformat("2026-03-02T09:00:00+00:00")
    latest = {
        job: Run(account=A, job=job, began_at=ended, ended_at=ended, succeeded_at=ended)
        for job, age in ages.items()
        if age is not None
        for ended in [now - timedelta(minutes=age)]
    }
    found = standing(A, dict.fromkeys(ages, timedelta(minutes=allowed)), latest, now=now)
    assert {each.job for each in found} == set(ages)
    order = [list(JobState).index(each.state) for each in found]
    assert order == sorted(order)
    for each in found:
        age = ages[each.job]
        assert (each.state is JobState.FINE) is (age is not None and age <= allowed)
