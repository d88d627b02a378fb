"""The shared budget of calls: slots of a lane go out one after the other, whoever asks."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.store import MemoryStore, SqlStore, Store
from khaos_connectors.store.slots import Slot

At = Callable[..., datetime]
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
WORKER = str(Path(__file__).with_name("worker.py"))


def wait(store: Store, at: datetime, *, lane: str = "OR04", account: str = "jl", spacing: float = 60) -> float:
    return store.reserve_slot(account, lane, at=at, spacing=spacing, patience=0).wait


def test_slots_are_spaced(store: Store, at: At) -> None:
    """Three who ask at one moment get three slots, evenly apart; who comes late enough waits no more."""
    assert [wait(store, at()) for _ in range(3)] == [0, 60, 120]
    assert wait(store, at(2)) == 60
    assert wait(store, at(9)) == 0


def test_lanes_and_accounts_have_slots_of_their_own(store: Store, at: At) -> None:
    """What one lane has used up is still free in another, and for another account."""
    assert wait(store, at()) == wait(store, at(), lane="OR11") == wait(store, at(), account="other") == 0
    assert wait(store, at()) == wait(store, at(), lane="OR11") == wait(store, at(), account="other") == 60


def test_quiet_is_kept_by_everybody(store: Store, at: At) -> None:
    """After a request for quiet no slot goes out before its end, and none is taken by who will not wait for it."""
    assert store.quiet_left("jl", "OR04", at=at()) == 0
    store.hush("jl", "OR04", at=at(), seconds=600)

    assert [store.quiet_left("jl", "OR04", at=at(minute)) for minute in (0, 1, 10, 11)] == [600, 540, 0, 0]
    assert store.quiet_left("jl", "OR11", at=at()) == 0
    assert store.reserve_slot("jl", "OR04", at=at(1), spacing=60, patience=60) == Slot(wait=540, quiet=540)
    assert store.reserve_slot("jl", "OR04", at=at(1), spacing=60, patience=540) == Slot(wait=540, quiet=540)
    assert store.reserve_slot("jl", "OR04", at=at(1), spacing=60, patience=540).wait == 600
    assert wait(store, at(1), lane="OR11") == 0


def test_a_shorter_quiet_takes_nothing_back(store: Store, at: At) -> None:
    """The longest request holds; slots that were given out before stay given out."""
    assert [wait(store, at(), spacing=400) for _ in range(2)] == [0, 400]
    store.hush("jl", "OR04", at=at(), seconds=600)
    store.hush("jl", "OR04", at=at(), seconds=5)

    assert store.reserve_slot("jl", "OR04", at=at(), spacing=1, patience=600).wait == 800


def test_a_clock_that_is_set_back_takes_the_lane_with_it(store: Store, at: At) -> None:
    """An hour back costs no hour of waiting; a few seconds, as two machines differ, are waited for."""
    assert wait(store, at(60)) == 0
    assert wait(store, at(60) - timedelta(seconds=5)) == 65
    assert wait(store, at()) == 120


def test_a_naive_moment_is_refused(store: Store) -> None:
    """Nobody could say which moment is meant."""
    with pytest.raises(ValueError, match="aware"):
        wait(store, datetime(2026, 3, 2))  # noqa: DTZ001 - the naive one is what is refused
    with pytest.raises(ValueError, match="aware"):
        store.hush("jl", "OR04", at=datetime(2026, 3, 2), seconds=1)  # noqa: DTZ001 - as above


@given(
    steps=st.lists(st.tuples(st.floats(0, 30), st.sampled_from(["ask", "ask", "hush"])), max_size=40),
    spacing=st.floats(0.5, 20),
)
def test_no_two_slots_are_closer_than_the_spacing(steps: list[tuple[float, str]], spacing: float) -> None:
    """However callers and requests for quiet come, slots are apart, and none lies inside a quiet that was known."""
    store, now, slots, quiet = MemoryStore(), START, list[datetime](), START
    for seconds, what in steps:
        now += timedelta(seconds=seconds)
        if what == "hush":
            store.hush("jl", "x", at=now, seconds=7)
            quiet = max(quiet, now + timedelta(seconds=7))
        else:
            slot = store.reserve_slot("jl", "x", at=now, spacing=spacing, patience=1e6)
            slots.append(now + timedelta(seconds=slot.wait))
            assert slots[-1] >= quiet - timedelta(milliseconds=1)
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(slots)]
    assert all(gap >= spacing - 1e-4 for gap in gaps)


def test_three_processes_share_the_slots_of_one_file(url: str) -> None:
    """Three programs that ask at the same moment get thirty different slots, with no gap and none twice."""
    SqlStore(url).close()
    workers = [
        subprocess.Popen([sys.executable, WORKER, "slots", url, "10"], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    waits = [float(line) for worker in workers for line in worker.communicate(timeout=60)[0].split()]

    assert sorted(waits) == [60.0 * number for number in range(30)]
