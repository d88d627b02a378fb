"""Both drivers run any flow alike."""

import asyncio
import gc
import threading
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from khaos_connectors.calls.drivers import AsyncRunner, Runner, SystemClock
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do, gather, now, send, sleep, step
from khaos_connectors.calls.hooks import CallEvent
from khaos_connectors.calls.messages import Lost, Outcome, Request, Response
from khaos_connectors.errors import ConfigError
from khaos_connectors.testing.clock import ManualClock

PING = Request(method="GET", path="/ping")


def _raise(error: BaseException) -> object:
    raise error


class TestEffects:
    def test_a_request_goes_to_the_system_it_names(self, drive: Any) -> None:
        """The outcome of the named system's transport comes back, the other system hears nothing."""
        answers = {"a": lambda _: Response(status=201), "b": lambda _: Response(status=500)}

        assert drive(send("a", "ping", PING), answers) == Response(status=201)

    def test_an_unknown_system_is_a_configuration_error(self, drive: Any) -> None:
        """It is raised in the flow and names what is known."""

        def flow() -> Flow[str]:
            try:
                yield from send("c", "ping", PING)
            except ConfigError as error:
                return str(error)
            return ""

        told = drive(flow(), {"b": lambda _: Response(status=200), "a": lambda _: Response(status=200)})

        assert told == "system: no connection is named 'c'; known: a, b"

    def test_time_is_the_clocks(self, drive: Any) -> None:
        """``Now`` and ``Sleep`` ask the clock; chance lengthens a wait by its share of the spread."""
        clock = ManualClock(datetime(2026, 3, 1, tzinfo=UTC))

        def flow() -> Flow[timedelta]:
            before = yield from now()
            yield from sleep(10, spread=0.5)
            after = yield from now()
            return after - before

        assert drive(flow(), clock=clock, chance=0.5) == timedelta(seconds=12.5)

    def test_no_wait_is_no_effect(self, drive: Any) -> None:
        """A wait of zero or less asks nothing of the clock."""
        clock = ManualClock()

        drive(sleep(-1), clock=clock)

        assert clock.slept == []

    def test_work_gives_its_result_or_its_failure(self, drive: Any) -> None:
        """What the work raises is raised in the flow, which may go on."""

        def flow() -> Flow[list[object]]:
            good = yield from do(int, "7")
            try:
                yield from do(int, "seven")
            except ValueError:
                return [good, "handled"]
            return [good]

        assert drive(flow()) == [7, "handled"]

    def test_what_nobody_handles_comes_out(self, drive: Any) -> None:
        """The very exception that the work raised reaches the caller."""
        error = KeyError("x")

        with pytest.raises(KeyError) as raised:
            drive(do(_raise, error))

        assert raised.value is error

    def test_work_that_raises_stop_iteration_is_a_failure(self, drive: Any) -> None:
        """A StopIteration must neither end the flow nor hang it."""
        with pytest.raises(RuntimeError):
            drive(do(_raise, StopIteration("done?")))

    def test_a_step_runs_in_place(self, drive: Any) -> None:
        """A step's result is its flow's, and its exception is raised in the flow around it."""

        def inner(number: int) -> Flow[int]:
            doubled = yield from do(lambda: number * 2)
            if doubled > 10:
                raise ValueError(doubled)
            return doubled

        def flow() -> Flow[tuple[int, str]]:
            small = yield from step("small", inner, 4)
            try:
                yield from step("large", inner, 40)
            except ValueError as error:
                return small, str(error)
            return small, ""

        assert drive(flow()) == (8, "80")


class TestClosing:
    def test_a_generator_is_closed_however_it_ends(self, drive: Any) -> None:
        """Its ``finally`` has run when ``run`` returns or raises."""
        closed: list[str] = []

        def flow(name: str, work: Callable[[], object]) -> Flow[None]:
            try:
                yield from do(work)
            finally:
                closed.append(name)

        drive(flow("good", lambda: 1))
        with pytest.raises(ValueError, match="no"):
            drive(flow("bad", lambda: _raise(ValueError("no"))))

        assert closed == ["good", "bad"]


class TestGather:
    def test_results_keep_their_order(self, drive: Any) -> None:
        """Whichever flow ends first, results stand where their flows stood."""

        def flow(number: int) -> Flow[int]:
            yield from sleep(10 - number)
            return number

        assert drive(gather([flow(n) for n in range(10)], limit=3)) == list(range(10))

    def test_nothing_to_gather(self, drive: Any) -> None:
        """No flows give no results."""
        assert drive(gather([], limit=3)) == []

    def test_the_first_failure_ends_the_others(self, drive: Any) -> None:
        """It is thrown into the gathering flow; all other generators are closed, begun or not."""
        closed: list[int] = []

        def flow(number: int) -> Flow[int]:
            try:
                yield from sleep(number + 1)
                if number == 1:
                    raise ValueError("number one")
                yield from sleep(100)
            finally:
                closed.append(number)
            return number

        def around() -> Flow[str]:
            try:
                yield from gather([flow(n) for n in range(4)], limit=2)
            except ValueError as error:
                return f"handled {error}"
            return "missed"

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert drive(around()) == "handled number one"
            gc.collect()
        assert sorted(closed) == [0, 1]

    def test_a_limit_below_one_is_refused(self) -> None:
        """A limit of zero would wait for ever."""
        with pytest.raises(ValueError, match="limit"):
            next(gather([], limit=0))

    def test_at_most_the_limit_is_under_way(self) -> None:
        """The asynchronous driver really runs as many at once as allowed, and never more."""
        running = 0
        seen: list[int] = []

        class Counting:
            async def send(self, request: Request) -> Outcome:
                nonlocal running
                running += 1
                seen.append(running)
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                running -= 1
                return Response(status=200)

        flows = [send("a", "ping", PING) for _ in range(20)]
        asyncio.run(AsyncRunner({"a": Counting()}).run(gather(flows, limit=4)))

        assert max(seen) == 4

    def test_waits_overlap(self) -> None:
        """Ten gathered waits of a minute take the asynchronous driver a minute."""
        clock = ManualClock()
        start = clock.now()

        asyncio.run(AsyncRunner({}, clock=clock).run(gather([sleep(60) for _ in range(10)], limit=10)))

        assert clock.now() - start == timedelta(seconds=60)


class TestCancellation:
    def test_it_closes_every_flow_and_goes_on(self) -> None:
        """Cancelling the task closes the outer and the gathered generators, without a warning, and is not handled."""
        closed: list[str] = []
        started = asyncio.Event()

        class Silent:
            async def send(self, request: Request) -> Outcome:
                started.set()
                await asyncio.Event().wait()
                return Lost(sent=True, reason="never")

        def flow(name: str) -> Flow[None]:
            try:
                yield from send("a", "ping", PING)
            except Exception:  # a cancellation is none of these
                closed.append("wrongly handled")
            finally:
                closed.append(name)

        def outer() -> Flow[None]:
            try:
                yield from gather([flow("one"), flow("two"), flow("late")], limit=2)
            finally:
                closed.append("outer")

        async def scene() -> None:
            task = asyncio.create_task(AsyncRunner({"a": Silent()}).run(outer()))
            await started.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            asyncio.run(scene())
            gc.collect()
        assert sorted(closed) == ["one", "outer", "two"]

    def test_work_that_has_begun_is_waited_for(self) -> None:
        """When the cancellation comes out, no thread of ours is still writing."""
        begun, release = threading.Event(), threading.Event()
        done: list[bool] = []

        def work() -> None:
            begun.set()
            release.wait(10)
            done.append(True)

        async def scene() -> None:
            task = asyncio.create_task(AsyncRunner({}).run(do(work)))
            await asyncio.to_thread(begun.wait, 10)
            task.cancel()
            await asyncio.sleep(0)
            release.set()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert done == [True]

        asyncio.run(scene())

    def test_work_leaves_the_event_loop_alone(self) -> None:
        """Blocking work runs in another thread under the asynchronous driver, in this one under the other."""
        here = threading.get_ident()

        assert asyncio.run(AsyncRunner({}).run(do(threading.get_ident))) != here
        assert Runner({}).run(do(threading.get_ident)) == here


class TestHooks:
    def test_a_hook_is_told_of_each_request(self, drive: Any) -> None:
        """System, operation, attempt, status and the answer's id; a lost answer has none of the last two."""
        events: list[CallEvent] = []
        answers: list[Outcome] = [
            Response(status=200, headers={"X-Request-Id": "r-1"}),
            Lost(sent=True, reason="no answer in time"),
            Lost(sent=False, reason="could not connect"),
        ]

        def flow() -> Flow[None]:
            for attempt in (1, 2, 3):
                yield from send("a", "ping", PING, attempt=attempt)

        drive(flow(), {"a": lambda _: answers[len(events)]}, hooks=[events.append])

        told = [(e.system, e.operation, e.attempt, e.status, e.request_id, e.outcome, e.reason) for e in events]
        assert told == [
            ("a", "ping", 1, 200, "r-1", "answered", ""),
            ("a", "ping", 2, None, None, "unanswered", "no answer in time"),
            ("a", "ping", 3, None, None, "not sent", "could not connect"),
        ]
        assert all(event.milliseconds >= 0 for event in events)

    def test_a_failing_hook_does_not_lose_an_answer(self, drive: Any, caplog: pytest.LogCaptureFixture) -> None:
        """The answer comes back all the same, and the log names the hook's failure without its text."""

        def broken(event: CallEvent) -> None:
            raise RuntimeError("the text may hold anything")

        assert drive(send("a", "ping", PING), {"a": lambda _: Response(status=200)}, hooks=[broken]).status == 200
        assert "RuntimeError" in caplog.text
        assert "anything" not in caplog.text


def test_the_system_clock_is_aware() -> None:
    """Its time is in UTC, and a wait of nothing returns."""
    clock = SystemClock()

    clock.sleep(0)
    asyncio.run(clock.sleep_async(0))

    assert clock.now().utcoffset() == timedelta(0)
