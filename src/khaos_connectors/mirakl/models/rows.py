"""The rows of a list, each read by itself, so that a bad one never stops a page."""

from typing import Generic, TypeVar

import attrs

__all__ = ["Broken", "Read", "Row"]

T_co = TypeVar("T_co", covariant=True)


@attrs.frozen(kw_only=True)
class Read(Generic[T_co]):
    """A row that was read: its id, the record, and the exact JSON text that it was read from."""

    id: str
    record: T_co
    payload: str = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class Broken:
    """A row that broke the contract: its id where one is legible, where it differs, and its text as it came."""

    id: str
    path: str
    expected: str
    payload: str = attrs.field(repr=False)

    @property
    def problem(self) -> str:
        """What is wrong, in a sentence."""
        return f"cannot read {self.path}: expected {self.expected}"


Row = Read[T_co] | Broken
"""What stands in a page: ``Row[Order]`` is ``Read[Order] | Broken``."""
