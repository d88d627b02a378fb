"""Rows of a result or a document: those that could be read, and beside them those that could not."""

from collections.abc import Iterator
from typing import Generic, TypeVar

import attrs

__all__ = ["Rows", "UnreadRow"]

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class UnreadRow:
    """A row that breaks the contract: *key* as far as it can be told, *path* and what was *expected* there."""

    key: str
    path: str
    expected: str
    payload: str = attrs.field(default="", repr=False)


@attrs.frozen(kw_only=True)
class Rows(Generic[T]):
    """The rows of a document: those that could be read, and beside them those that could not."""

    items: tuple[T, ...]
    unread: tuple[UnreadRow, ...] = ()

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)
