"""Lists that come from a caller: a text in place of one would be taken apart into its letters, and find nothing."""

from collections.abc import Sequence
from typing import TypeVar

__all__ = ["listed"]

T = TypeVar("T")


def listed(values: Sequence[T], *, name: str, what: str) -> Sequence[T]:
    """*values*, given as the parameter *name*, where they are a list of *what* ("stock codes") and not one of them.

    Raises ``TypeError`` for a text, which is a sequence as well.
    """
    if isinstance(values, str):
        raise TypeError(f"{name}: give a list of {what}, [{str(values)!r}]")
    return values
