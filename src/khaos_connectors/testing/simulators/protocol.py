"""What a simulated system is to everything around it: one function from a request to an answer."""

import threading
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from khaos_connectors.calls.messages import Lost, Request, Response

__all__ = ["Answering", "Guarded", "NamesOperations", "Simulator", "guard_of"]


class Simulator(Protocol):
    """A vendor system that lives in memory: its state is inside, its clock was given to it, nothing else is touched."""

    def handle(self, request: Request) -> Response:
        """The system's answer; the state has changed when it returns."""
        ...


class Answering(Protocol):
    """A simulator, or one behind a bad line (``Faulty``): sometimes there is no answer."""

    def handle(self, request: Request) -> Response | Lost:
        """The answer, or what is known of its absence."""
        ...


@runtime_checkable
class NamesOperations(Protocol):
    """A simulator that can tell the vendor's own name of what a request asks for ("OR11", "ImportOrders")."""

    def operation(self, request: Request) -> str:
        """The name; for a request that is nothing known, its method and path."""
        ...


@runtime_checkable
class Guarded(Protocol):
    """A simulator with a re-entrant *lock* of its own, which its world methods take as well."""

    @property
    def lock(self) -> AbstractContextManager[object]:
        """The lock; whoever serves the simulator from several threads holds it around ``handle``."""
        ...


def guard_of(simulator: object) -> AbstractContextManager[object]:
    """The lock of *simulator*, or a new one for a simulator that has none."""
    return simulator.lock if isinstance(simulator, Guarded) else threading.RLock()
