"""Looking whether a write took effect whose answer was lost: more than once, a slow server may still be at it."""

from collections.abc import Callable
from typing import Generic, TypeVar

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import sleep

__all__ = ["Blind", "Missing", "Seen", "looked"]

T = TypeVar("T")


@attrs.frozen
class Seen(Generic[T]):
    """It took effect, and this is what stands there."""

    found: T


@attrs.frozen
class Missing:
    """It is not there, however often it was looked for; *why* says how."""

    why: str


@attrs.frozen
class Blind:
    """It could not be looked for; *why* says what hindered."""

    why: str


def looked(
    look: Callable[[], Flow[T | None]], *, times: int = 3, seconds: float = 5.0
) -> Flow[Seen[T] | Missing | Blind]:
    """What *look* finds, asked up to *times* with *seconds* between; trouble on the way is ``Blind``, never raised."""
    for turn in range(times):
        if turn:
            yield from sleep(seconds)
        try:
            found = yield from look()
        except errors.CallError as trouble:
            return Blind(str(trouble))
        if found is not None:
            return Seen(found)
    return Missing(f"looked for {times} times in {seconds * (times - 1):g} seconds, and it was not there")
