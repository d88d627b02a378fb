"""Calls are spaced so that limits hold."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.drivers import AsyncRunner
from khaos_connectors.calls.flows import gather
from khaos_connectors.calls.messages import Call, Outcome, Request, Response
from khaos_connectors.calls.pace import Limit, Pacer
from khaos_connectors.errors import ConfigError
from khaos_connectors.testing.clock import ManualClock

START = datetime(2026, 1, 1, tzinfo=UTC)


@given(
    st.integers(1, 50),
    st.floats(0.01, 3600),
    st.floats(0.001, 4),
    st.floats(0, 1),
    st.lists(st.floats(0, 100), min_size=2, max_size=60),
)
def test_no_window_holds_more_calls_than_the_limit(
    calls: int, seconds: float, factor: float, jitter: float, pauses: list[float]
) -> None:
    """Whenever calls are wanted, any window of ``seconds * factor`` sees at most ``calls`` of them."""
    pacer = Pacer({"op": Limit(calls, seconds)}, factor=factor, jitter=jitter)
    now, sent = 0.0, []
    for pause in pauses:
        now += pause
        sent.append(now + pacer.reserve("op", START + timedelta(seconds=now)))

    window = seconds * factor
    # datetimes are exact to the microsecond, and sums of floats to a little more
    crowded = [b - a for a, b in zip(sent, sent[calls:], strict=False) if b - a < window - 1e-5 * (1 + len(sent))]
    assert crowded == []


@given(st.lists(st.floats(-3600, 3600), min_size=1, max_size=40))
def test_a_clock_that_jumps_does_no_harm(jumps: list[float]) -> None:
    """Set back or forth, no wait is ever longer than the queue of calls before it."""
    pacer = Pacer({}, Limit(1, 10), jitter=0)
    now = START
    for count, jump in enumerate(jumps, 1):
        now += timedelta(seconds=jump)
        assert 0 <= pacer.reserve("op", now) <= 10 * count


def test_a_clock_set_back_frees_nothing() -> None:
    """The call after a set-back waits for its slot like any other."""
    pacer = Pacer({}, Limit(1, 10), jitter=0)

    assert pacer.reserve("op", START) == 0
    assert pacer.reserve("op", START - timedelta(hours=1)) == 10
    assert pacer.reserve("op", START - timedelta(hours=1) + timedelta(seconds=15)) == 5


def test_calls_that_want_to_go_at_once_are_spread_evenly() -> None:
    """Six a minute, with ten per cent for uneven travel: one every eleven seconds, the first at once."""
    pacer = Pacer({"op": Limit(6, 60)})

    assert [pacer.reserve("op", START) for _ in range(4)] == pytest.approx([0, 11, 22, 33])


def test_operations_have_their_own_limits_or_share_the_default() -> None:
    """A named limit is its operation's alone; the others queue together."""
    pacer = Pacer({"slow": Limit(1, 100)}, Limit(1, 10), jitter=0)

    waits = [pacer.reserve(operation, START) for operation in ("slow", "a", "b", "slow")]

    assert waits == [0, 0, 10, 100]


def test_without_a_limit_nothing_waits() -> None:
    """An operation that no limit names goes at once."""
    pacer = Pacer({"slow": Limit(1, 100)})

    assert [pacer.reserve("other", START) for _ in range(3)] == [0, 0, 0]


def test_quiet_that_was_asked_for_is_kept() -> None:
    """After ``hold`` the next slot comes when the system wants to be called again."""
    pacer = Pacer({}, Limit(1, 1), jitter=0)
    pacer.reserve("op", START)

    pacer.hold("op", START, 30)
    pacer.hold("op", START, 5)

    assert pacer.reserve("op", START + timedelta(seconds=10)) == 20


def test_quiet_counts_from_the_answer() -> None:
    """Not from the moment at which the slot of a slow call was taken."""
    pacer = Pacer({}, Limit(1, 1), jitter=0)
    pacer.reserve("op", START)
    answered = START + timedelta(seconds=10)

    pacer.hold("op", answered, 30)

    assert pacer.held("op", answered) == 30
    assert pacer.reserve("op", answered) == 30
    assert pacer.held("op", answered + timedelta(seconds=31)) == 0


def test_quiet_before_the_first_call() -> None:
    """What was asked for counts from the start; an operation without a limit has nobody to hold."""
    pacer = Pacer({"op": Limit(1, 1)})

    pacer.hold("op", START, 30)
    pacer.hold("other", START, 30)

    assert pacer.reserve("op", START + timedelta(seconds=10)) == 20
    assert pacer.reserve("other", START) == 0
    assert pacer.held("other", START) == 0


@pytest.mark.parametrize("more", [{"factor": -1}, {"jitter": -0.1}])
def test_an_impossible_pace_is_refused(more: dict[str, float]) -> None:
    """Time does not run backwards."""
    with pytest.raises(ConfigError, match="pacer"):
        Pacer({}, **more)


@pytest.mark.parametrize(("calls", "seconds"), [(0, 1), (1, 0), (1, -1), (1, float("nan"))])
def test_an_impossible_limit_is_refused(calls: int, seconds: float) -> None:
    """A limit that no call could meet is a mistake in the settings."""
    with pytest.raises(ConfigError):
        Limit(calls, seconds)


def test_gathered_flows_never_share_a_slot() -> None:
    """Forty calls at once through one account reach the system one by one, evenly."""
    clock = ManualClock(START)
    moments: list[datetime] = []

    class Noting:
        async def send(self, request: Request) -> Outcome:
            moments.append(clock.now())
            await asyncio.sleep(0)
            return Response(status=200)

    caller = Caller("a", pacer=Pacer({}, Limit(10, 10), jitter=0))
    call: Call[Any] = Call(operation="op", request=Request(method="GET", path="/"), decode=lambda r: r.status)

    asyncio.run(
        AsyncRunner({"a": Noting()}, clock=clock).run(gather([caller.perform(call) for _ in range(40)], limit=40))
    )

    assert moments == [START + timedelta(seconds=n) for n in range(40)]


def test_quiet_may_be_of_one_operation_alone() -> None:
    """Operations that share our own limit are hushed one by one where theirs are by operation, then spaced."""
    pacer = Pacer({}, Limit(1, 1), jitter=0, apart=True)
    pacer.hold("read", START, 30)

    assert [pacer.reserve("write", START) for _ in range(2)] == [0, 1]
    assert (pacer.held("write", START), pacer.held("read", START)) == (0, 30)
    assert [pacer.reserve("read", START) for _ in range(3)] == [30, 31, 32]
    assert Pacer({}).held("read", START) == 0
    assert (pacer.quiet_lane("read"), Pacer({}, Limit(1, 1)).quiet_lane("read")) == ("read", "")
