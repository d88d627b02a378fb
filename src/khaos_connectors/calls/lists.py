"""Lists that come from a caller: a text in place of one would be taken apart into its letters, and find nothing."""

from collections.abc import Sequence
from typing import TypeVar

from khaos_connectors.calls.given import kind_of

__all__ = ["listed"]

T = TypeVar("T")


def listed(values: Sequence[T], *, name: str, what: str) -> Sequence[T]:
    """*values*, given as the parameter *name*, where they are a list of *what* ("stock codes") and not one of them.

    Raises ``TypeError`` for a text, which is a sequence as well, for what is no list, and for what is no text in it.
    """
    if isinstance(values, str):
        raise TypeError(f"{name}: give a list of {what}, [{str(values)!r}]")
    try:
        found = tuple(values)
    except TypeError:
        raise TypeError(f"{name}: give a list of {what}, each a text, not {kind_of(values)}") from None
    for each in found:
        if not isinstance(each, str):
            raise TypeError(f"{name}: give a list of {what}, each a text, {each!r} is {kind_of(each)}")
    return found
