"""The two loops that touch the world: they run any flow, blocking or awaited."""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeVar

import attrs

from khaos_connectors.calls.effects import Do, Effect, Flow, Gather, Now, Send, Sleep, Step
from khaos_connectors.calls.given import kind_of
from khaos_connectors.calls.hooks import CallEvent, Hook
from khaos_connectors.calls.messages import Lost, Outcome, Request, Response
from khaos_connectors.calls.refusals import request_id
from khaos_connectors.errors import ConfigError

__all__ = ["AsyncRunner", "AsyncTransport", "Clock", "Runner", "SystemClock", "Transport"]

T = TypeVar("T")
Carrier = TypeVar("Carrier")

_log = logging.getLogger("khaos_connectors.calls")


class Clock(Protocol):
    """The time, and waiting for it to pass."""

    def now(self) -> datetime:
        """The present time, aware, in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return *seconds* later."""
        ...

    async def sleep_async(self, seconds: float) -> None:
        """Return *seconds* later, letting others run."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """The present time, aware, in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Block this thread for *seconds*."""
        time.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Let others run for *seconds*."""
        await asyncio.sleep(seconds)


class Transport(Protocol):
    """Carries one request to one system."""

    def send(self, request: Request) -> Outcome:
        """The answer, or what is known of its absence; raises nothing for a network's failures."""
        ...


class AsyncTransport(Protocol):
    """``Transport``, awaited."""

    async def send(self, request: Request) -> Outcome:
        """The answer, or what is known of its absence; raises nothing for a network's failures."""
        ...


class Runner:
    """Runs flows in the calling thread.

    *transports* are by the name that ``Send.system`` uses. *hooks* are told of each request. *chance* gives numbers
    from 0 up to 1 and lengthens waits. A runner may be used by several threads if its transports may.
    """

    def __init__(
        self,
        transports: Mapping[str, Transport],
        *,
        clock: Clock | None = None,
        hooks: Sequence[Hook] = (),
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._transports = dict(transports)
        self._clock: Clock = SystemClock() if clock is None else clock
        self._hooks = tuple(hooks)
        self._chance = chance

    def run(self, flow: Flow[T]) -> T:
        """The result of *flow*, or what it raises; its generator is closed in either case.

        What goes wrong while an effect is performed is raised inside the flow, at its ``yield``.
        """
        try:
            outcome: object = None
            problem: Exception | None = None
            while True:
                try:
                    effect = flow.send(outcome) if problem is None else flow.throw(problem)
                except StopIteration as done:
                    result: T = done.value
                    return result
                outcome = problem = None
                try:
                    outcome = self._perform(effect)
                except Exception as error:  # whatever it is, it is the flow's to handle; unhandled it comes back here
                    problem = error
        finally:
            flow.close()

    def _perform(self, effect: Effect) -> object:
        match effect:
            case Send():
                transport = _named(self._transports, effect.system)
                start = time.perf_counter()
                outcome = transport.send(effect.request)
                _tell(self._hooks, effect, outcome, start)
                return outcome
            case Sleep(seconds=seconds, spread=spread):
                self._clock.sleep(_lengthened(seconds, spread, self._chance))
                return None
            case Now():
                return self._clock.now()
            case Do(work=work):
                return _done(work)
            case Gather(flows=flows):
                return self._gather(flows)
            case Step(flow=flow):
                return self.run(flow())
        raise _no_effect(effect)

    def _gather(self, flows: Sequence[Flow[object]]) -> list[object]:
        try:
            return [self.run(flow) for flow in flows]
        finally:
            for flow in flows:
                flow.close()


class AsyncRunner:
    """Runs flows in the running event loop; ``Do`` goes to a worker thread and ``Gather`` is concurrent.

    Cancelling the awaiting task closes the flow and every flow gathered under it. Blocking work that has begun is
    waited for first, so that nobody closes a store under its hands.
    """

    def __init__(
        self,
        transports: Mapping[str, AsyncTransport],
        *,
        clock: Clock | None = None,
        hooks: Sequence[Hook] = (),
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._transports = dict(transports)
        self._clock: Clock = SystemClock() if clock is None else clock
        self._hooks = tuple(hooks)
        self._chance = chance

    async def run(self, flow: Flow[T]) -> T:
        """The result of *flow*, or what it raises; its generator is closed in either case.

        What goes wrong while an effect is performed is raised inside the flow, at its ``yield``. A cancellation is
        not: it closes the flow and goes on.
        """
        try:
            outcome: object = None
            problem: Exception | None = None
            while True:
                try:
                    effect = flow.send(outcome) if problem is None else flow.throw(problem)
                except StopIteration as done:
                    result: T = done.value
                    return result
                outcome = problem = None
                try:
                    outcome = await self._perform(effect)
                except Exception as error:  # whatever it is, it is the flow's to handle; unhandled it comes back here
                    problem = error
        finally:
            flow.close()

    async def _perform(self, effect: Effect) -> object:
        match effect:
            case Send():
                transport = _named(self._transports, effect.system)
                start = time.perf_counter()
                outcome = await transport.send(effect.request)
                _tell(self._hooks, effect, outcome, start)
                return outcome
            case Sleep(seconds=seconds, spread=spread):
                await self._clock.sleep_async(_lengthened(seconds, spread, self._chance))
                return None
            case Now():
                return self._clock.now()
            case Do(work=work):
                return await _in_thread(work)
            case Gather(flows=flows, limit=limit):
                return await self._gather(flows, limit)
            case Step(flow=flow):
                return await self.run(flow())
        raise _no_effect(effect)

    async def _gather(self, flows: Sequence[Flow[object]], limit: int) -> list[object]:
        results: list[object] = [None] * len(flows)
        problems: list[BaseException] = []
        waiting = iter(enumerate(flows))

        async def work() -> None:
            for index, flow in waiting:
                if problems:  # nothing new begins after the first failure
                    return
                try:
                    results[index] = await self.run(flow)
                except BaseException as problem:
                    problems.append(problem)
                    raise

        tasks = [asyncio.create_task(work()) for _ in range(min(limit, len(flows)))]
        try:
            if tasks:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            first = problems[0] if problems else None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for flow in flows:
                flow.close()
        if first is not None:
            raise first
        return results


def _no_effect(effect: object) -> TypeError:
    """Not everybody runs a type checker, and an iterator of records would be emptied without a word."""
    return TypeError(
        f"run takes a flow: {kind_of(effect)} is no effect; the iterator of a face needs no run, walk through it"
    )


async def _in_thread(work: Callable[[], object]) -> object:
    running = asyncio.ensure_future(asyncio.to_thread(_done, work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        if not running.cancelled():
            running.exception()  # looked at, so that asyncio does not report it as forgotten
        raise


def _done(work: Callable[[], object]) -> object:
    try:
        return work()
    except StopIteration as error:
        # Neither a generator nor a future can carry a StopIteration as a failure.
        raise RuntimeError("work raised StopIteration") from error


def _named(transports: Mapping[str, Carrier], system: str) -> Carrier:
    try:
        return transports[system]
    except KeyError:
        known = ", ".join(sorted(transports)) or "none"
        raise ConfigError(field="system", problem=f"no connection is named {system!r}; known: {known}") from None


def _lengthened(seconds: float, spread: float, chance: Callable[[], float]) -> float:
    return seconds * (1 + spread * chance()) if spread else seconds


def _tell(hooks: Sequence[Hook], effect: Send, outcome: Outcome, start: float) -> None:
    if not hooks:
        return
    event = CallEvent(
        system=effect.system,
        operation=effect.operation,
        method=effect.request.method,
        path=effect.request.path,
        query=effect.request.query,
        attempt=effect.attempt,
        milliseconds=(time.perf_counter() - start) * 1000,
        status=None,
        request_id=None,
        outcome="not sent",
    )
    match outcome:
        case Lost(sent=sent, reason=reason):
            event = attrs.evolve(event, outcome="unanswered" if sent else "not sent", reason=reason)
        case Response(status=status, headers=headers):
            found = request_id(headers)
            event = attrs.evolve(event, outcome="answered", status=status, headers=headers, request_id=found)
    for hook in hooks:
        try:
            hook(event)
        except Exception as error:  # a hook is somebody else's code: the answer of a write is not lost for its sake
            _log.warning("a hook failed with %s", type(error).__name__)
