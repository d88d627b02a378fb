"""Flows that nobody ran: calling a method that is one does nothing yet; forgotten, it says so, as coroutines do."""

from collections.abc import Callable, Generator
from functools import wraps
from inspect import isfunction
from typing import Any, ParamSpec, TypeVar
from warnings import warn

from khaos_connectors.calls.effects import Effect, Flow

__all__ = ["warns_unrun"]

P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C")


def warns_unrun(cls: type[C]) -> type[C]:
    """A class decorator: a flow of a public method of *cls* that is dropped unrun is a ``RuntimeWarning`` by its name.

    A flow that was begun, or closed because it is no longer wanted, is none.
    """
    for name, method in list(vars(cls).items()):
        if isfunction(method) and not name.startswith("_") and _gives_a_flow(method):
            setattr(cls, name, _watched(method))
    return cls


def _gives_a_flow(method: object) -> bool:
    """By its annotation: a method may look at what it was given before it hands out the flow of another."""
    given: object = getattr(method, "__annotations__", {}).get("return")
    return getattr(given, "__origin__", None) is Flow


def _watched(method: Callable[P, Flow[T]]) -> Callable[P, Flow[T]]:
    @wraps(method)
    def made(*args: P.args, **kwargs: P.kwargs) -> Flow[T]:
        flow = method(*args, **kwargs)
        return flow if isinstance(flow, _Watched) else _Watched(flow, method.__qualname__)

    return made


class _Watched(Generator[Effect, Any, T]):  # Any: as in Flow, what a driver sends back is typed by who asked
    """*flow*, and whether anybody took it up."""

    __slots__ = ("_flow", "_name", "_taken_up")

    def __init__(self, flow: Flow[T], name: str) -> None:
        self._flow, self._name, self._taken_up = flow, name, False

    def send(self, value: object, /) -> Effect:
        self._taken_up = True
        return self._flow.send(value)

    def throw(self, problem: Any, value: object = None, trace: Any = None, /) -> Effect:  # Any: Generator's own
        self._taken_up = True
        return self._flow.throw(problem) if value is None else self._flow.throw(problem, value, trace)

    def close(self) -> None:
        self._taken_up = True
        self._flow.close()

    def __repr__(self) -> str:
        return f"<flow {self._name}>"

    def __del__(self) -> None:
        if not self._taken_up:
            told = f"the flow {self._name} was never run, so nothing was done: hand it to client.run"
            warn(told, RuntimeWarning, stacklevel=2, source=self)
