"""One operation of the simulated marketplace: what it answers to, and the function that answers."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import attrs

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.state import MiraklState
from khaos_connectors.testing.simulators.mirakl.wire import Asked

__all__ = ["Handler", "Operation", "operation"]

Handler: TypeAlias = Callable[[MiraklState, Asked], Response]


@attrs.frozen
class Operation:
    """Mirakl's *code*, its method and path (``"*"`` where an id stands), and its *handler*."""

    code: str
    method: str
    path: tuple[str, ...]
    handler: Handler

    def ids(self, path: Sequence[str]) -> tuple[str, ...] | None:
        """The ids that *path* holds where this operation's path has a gap; None when it is another path."""
        if len(path) != len(self.path):
            return None
        pairs = list(zip(self.path, path, strict=True))
        return tuple(given for own, given in pairs if own == "*") if all(o in ("*", g) for o, g in pairs) else None


def operation(code: str, method: str, path: str, handler: Handler) -> Operation:
    """An operation at *path*, ``"api/orders/*/ship"``."""
    return Operation(code, method, tuple(path.split("/")), handler)
