"""What a conversation may ask of the world. A flow yields these; a driver performs them and sends back the result."""

from collections.abc import Callable, Generator
from typing import Any, TypeVar

import attrs
from typing_extensions import TypeAliasType

from khaos_connectors.calls.messages import Request

__all__ = ["Do", "Effect", "Flow", "Gather", "Now", "Send", "Sleep", "Step"]

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Send:
    """Send *request* to the account named *system*; resumed with a ``Response`` or a ``Lost``.

    *operation* and *attempt* (from 1) are for the hooks that watch calls.
    """

    system: str
    operation: str
    request: Request
    attempt: int = 1


@attrs.frozen(kw_only=True)
class Sleep:
    """Wait *seconds*, plus up to *spread* of it more: chance belongs to the driver, so that a flow stays replayable."""

    seconds: float
    spread: float = 0.0


@attrs.frozen
class Now:
    """Ask for the time; resumed with an aware UTC ``datetime``."""


@attrs.frozen
class Do:
    """Do blocking *work* (the store, a file); resumed with its result, or its exception is thrown into the flow."""

    work: Callable[[], object]


@attrs.frozen
class Gather:
    """Run *flows*, at most *limit* at a time; resumed with the list of their results in the given order.

    The first exception ends the others (their generators are closed) and is thrown into the flow.
    """

    flows: "tuple[Flow[Any], ...]"  # Any: what each returns is typed by ``gather``, which asked
    limit: int


@attrs.frozen
class Step:
    """Run a sub-conversation under a *name* by which a durable driver may remember its result."""

    name: str
    flow: "Callable[[], Flow[Any]]"  # Any: what it returns is typed by ``step``, which asked


Effect = Send | Sleep | Now | Do | Gather | Step

# An alias with a name, so that help() says Flow[T]. The one Any: what a driver sends back is typed by who asked.
Flow = TypeAliasType("Flow", Generator[Effect, Any, T], type_params=(T,))
