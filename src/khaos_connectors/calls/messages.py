"""Requests, answers and calls as values: comparable, loggable, testable without a network."""

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, Literal, TypeVar

import attrs

from khaos_connectors.calls.spool import Spooled

__all__ = ["Call", "Lost", "Outcome", "Page", "Repeat", "Request", "Response"]

_PIECE = 16 * 1024

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Repeat = Literal["free", "same-effect", "never"]
"""Whether sending a request twice is harmless: it reads (free), its effect is the same (same-effect), or it is not."""


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@attrs.frozen(kw_only=True)
class Request:
    """One HTTP request, its path relative to the system's base URL; header names are lower case.

    *query* keeps order and repeats. *timeout* (seconds to wait for an answer) overrides the connection's own.
    *spool*: the answer may be large, so that one of more than a mebibyte waits in a temporary file until it was read.
    The body and the headers are left out of ``repr``: they may hold personal data and credentials.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], converter=_lower, repr=False)
    body: bytes = attrs.field(default=b"", repr=False)
    timeout: float | None = None
    spool: bool = False

    def with_headers(self, more: Mapping[str, str]) -> "Request":
        """The same request with *more* headers; a name given twice takes the new value."""
        return attrs.evolve(self, headers={**self.headers, **_lower(more)})


@attrs.frozen(kw_only=True)
class Response:
    """One HTTP answer, received whole; header names are lower case. The body is left out of ``repr``."""

    status: int
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], converter=_lower, repr=False)
    _content: bytes | Spooled = attrs.field(default=b"", repr=False, alias="body")

    @property
    def body(self) -> bytes:
        """The whole body; one that waits in a file (``Request.spool``) is read into memory: prefer ``pieces``."""
        return self._content.read() if isinstance(self._content, Spooled) else self._content

    def pieces(self) -> Iterator[bytes]:
        """The body piece by piece, from the start each time."""
        if isinstance(self._content, Spooled):
            yield from self._content.pieces()
        else:
            for start in range(0, len(self._content), _PIECE):
                yield self._content[start : start + _PIECE]


@attrs.frozen(kw_only=True)
class Lost:
    """No answer: *sent* tells whether the request may have been acted on, *reason* why, in words without secrets.

    *final* means that asking again cannot help (the answer was larger than we accept, say).
    """

    sent: bool
    reason: str
    final: bool = False


Outcome = Response | Lost
"""What a driver gives back for a ``Send``."""


@attrs.frozen(kw_only=True)
class Call(Generic[T_co]):
    """The whole truth about one vendor call: what is sent, whether it may be repeated, how the answer is read.

    *operation* is the vendor's own code or name ("OR11", "ImportOrders"); limits, logs and errors use it.
    *decode* gets every answer that the transport brought back, whatever its status, and returns the result or
    raises a ``CallError``.
    """

    operation: str
    request: Request
    decode: Callable[[Response], T_co] = attrs.field(repr=False, eq=False)
    repeat: Repeat = "never"


@attrs.frozen(kw_only=True)
class Page(Generic[T]):
    """One page of a listing. *next* is the call for the following page, None at the end.

    *mark* tells this page from another where the vendor's paging needs that; whoever walks on elsewhere keeps it.
    """

    items: tuple[T, ...]
    next: "Call[Page[T]] | None" = None
    mark: str = ""

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)
