"""Driving flows by hand, and time by hand."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from khaos_connectors.calls.effects import Flow, Gather, Now, Send, Sleep, Step
from khaos_connectors.calls.flows import do, gather, now, send, sleep, step
from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.play import play

PING = Request(method="GET", path="/ping")


def ask(number: int) -> Flow[int]:
    outcome = yield from send("a", f"op{number}", PING)
    assert isinstance(outcome, Response)
    return outcome.status + number


class TestPlay:
    def test_outcomes_answer_requests_and_work_in_order(self) -> None:
        """One for each; time is answered by the clock."""
        clock = ManualClock()

        def flow() -> Flow[tuple[int, str, timedelta]]:
            before = yield from now()
            yield from sleep(5)
            after = yield from now()
            return (yield from ask(1)), (yield from do(str, 3)), after - before

        played = play(flow(), [Response(status=200), "from the script"], clock=clock)

        assert played.result == (201, "from the script", timedelta(seconds=5))
        assert [type(effect) for effect in played.effects][:4] == [Now, Sleep, Now, Send]

    def test_steps_and_gathered_flows_are_played_in_place(self) -> None:
        """Their effects are in the record as well."""

        def flow() -> Flow[list[int]]:
            first = yield from step("one", ask, 1)
            return [first, *(yield from gather([ask(2), ask(3)], limit=2))]

        played = play(flow(), [Response(status=n) for n in (100, 200, 300)])

        assert played.result == [101, 202, 303]
        assert [type(effect) for effect in played.effects] == [Step, Send, Gather, Send, Send]
        assert [effect.operation for effect in played.of(Send)] == ["op1", "op2", "op3"]

    def test_an_exception_is_raised_in_the_flow(self) -> None:
        """Which may handle it; unhandled it comes out."""

        def handles() -> Flow[str]:
            try:
                yield from do(str, 1)
            except ValueError as error:
                return str(error)
            return ""

        assert play(handles(), [ValueError("as scripted")]).result == "as scripted"
        with pytest.raises(ValueError, match="as scripted"):
            play(ask(1), [ValueError("as scripted")])

    def test_the_script_must_fit(self) -> None:
        """Outcomes that run out, or are left over, are the test's mistake."""
        with pytest.raises(AssertionError, match="no outcome is left"):
            play(ask(1), [])
        with pytest.raises(AssertionError, match="1 outcomes left over"):
            play(ask(1), [Response(status=200), "more"])


class TestManualClock:
    def test_it_stands_until_it_is_moved(self) -> None:
        """By sleeping or by hand, forth and back; what was slept is remembered."""
        clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))

        clock.sleep(2)
        clock.advance(-1)

        assert clock.now() == datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)
        assert clock.slept == [2]

    def test_sleepers_wake_in_the_order_of_their_time(self) -> None:
        """Each at its own moment, however they began."""
        clock = ManualClock()
        start = clock.now()
        woken: list[tuple[str, float]] = []

        async def sleeper(name: str, *naps: float) -> None:
            for nap in naps:
                await clock.sleep_async(nap)
                woken.append((name, (clock.now() - start).total_seconds()))

        async def scene() -> None:
            await asyncio.gather(sleeper("slow", 10), sleeper("quick", 3, 3, 3), sleeper("other", 5))

        asyncio.run(scene())

        assert woken == [("quick", 3), ("other", 5), ("quick", 6), ("quick", 9), ("slow", 10)]

    def test_a_sleeper_that_is_cancelled_holds_nobody_up(self) -> None:
        """Time goes on without it."""
        clock = ManualClock()

        async def scene() -> None:
            gone = asyncio.create_task(clock.sleep_async(1))
            await asyncio.sleep(0)
            gone.cancel()
            await clock.sleep_async(5)
            await asyncio.gather(gone, return_exceptions=True)

        asyncio.run(scene())

        assert clock.slept == [1, 5]

    def test_its_start_has_a_zone(self) -> None:
        """A naive time would be compared with aware ones."""
        with pytest.raises(ValueError, match="time zone"):
            ManualClock(datetime(2026, 1, 1))  # noqa: DTZ001 - the naive one is the point
