"""The words that flows are written in: each asks a driver for one effect and types what comes back."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import ParamSpec, TypeVar

from khaos_connectors.calls.effects import Do, Flow, Gather, Now, Send, Sleep, Step
from khaos_connectors.calls.messages import Outcome, Request

__all__ = ["do", "gather", "now", "send", "sleep", "step"]

P = ParamSpec("P")
T = TypeVar("T")


def do(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Flow[T]:
    """The result of blocking *work*, done by the driver (in a worker thread where the driver is asynchronous)."""
    result: T = yield Do(partial(work, *args, **kwargs))
    return result


def step(name: str, flow: Callable[P, Flow[T]], *args: P.args, **kwargs: P.kwargs) -> Flow[T]:
    """The result of the sub-conversation *flow*, which a durable driver remembers under *name*."""
    result: T = yield Step(name, partial(flow, *args, **kwargs))
    return result


def gather(flows: Iterable[Flow[T]], *, limit: int) -> Flow[list[T]]:
    """The results of *flows* in their order, at most *limit* of them under way at once (1 or more)."""
    if limit < 1:
        raise ValueError(f"limit: must be at least 1, not {limit}")
    results: list[T] = yield Gather(tuple(flows), limit)
    return results


def now() -> Flow[datetime]:
    """The present time, aware, in UTC."""
    moment: datetime = yield Now()
    return moment


def sleep(seconds: float, *, spread: float = 0.0) -> Flow[None]:
    """Wait *seconds* and up to *spread* (a share of it) more; zero or less returns at once."""
    if seconds > 0:
        yield Sleep(seconds=seconds, spread=spread)


def send(system: str, operation: str, request: Request, *, attempt: int = 1) -> Flow[Outcome]:
    """The outcome of sending *request* once to the account named *system*."""
    outcome: Outcome = yield Send(system=system, operation=operation, request=request, attempt=attempt)
    return outcome
