"""One flow at a time about one thing: who reads before writing must not be overtaken between the two."""

from collections.abc import Callable
from typing import TypeVar

from khaos_connectors import errors
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import sleep

__all__ = ["OneByOne"]

T = TypeVar("T")

_POLL = 0.25


class OneByOne:
    """Flows (and threads) of this process that work on the same thing wait for each other, *longest* seconds at most.

    It knows nothing of other processes.
    """

    def __init__(self, system: str, *, longest: float = 600.0) -> None:
        self._system = system
        self._longest = longest
        self._held: dict[str, object] = {}

    def alone(self, operation: str, thing: str, work: Callable[[], Flow[T]]) -> Flow[T]:
        """What *work* gives, begun when nobody else works on *thing*. Raises ``NotSent`` where that takes too long."""
        mine, waited = object(), 0.0
        # setdefault is one step: two threads never both find it free.
        while self._held.setdefault(thing, mine) is not mine:
            if waited >= self._longest:
                reason = f"another call about {thing} is still under way after {self._longest:g} seconds"
                raise errors.NotSent(system=self._system, operation=operation, reason=reason)
            yield from sleep(_POLL)
            waited += _POLL
        try:
            return (yield from work())
        finally:
            del self._held[thing]
