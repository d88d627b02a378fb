"""Requests that come in and the answers to them, as values."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import attrs

from khaos_connectors.calls.effects import Flow

__all__ = ["Doorkeeper", "Handler", "InboundRequest", "InboundResponse"]


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@attrs.frozen(kw_only=True)
class InboundRequest:
    """One HTTP request as it came in; header names are lower case, *path* is decoded and without the query.

    *cut*: the body was longer than the server takes, and *body* holds its beginning only. Body and headers are left
    out of ``repr``: they may hold personal data and credentials.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], converter=_lower, repr=False)
    body: bytes = attrs.field(default=b"", repr=False)
    cut: bool = False


@attrs.frozen(kw_only=True)
class InboundResponse:
    """The answer to give; header names are lower case. The body is left out of ``repr``."""

    status: int
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], converter=_lower, repr=False)
    body: bytes = attrs.field(default=b"", repr=False)


class Handler(Protocol):
    """What answers requests."""

    @property
    def max_body_bytes(self) -> int:
        """How much of a body is worth reading; a longer one is handed over *cut*."""
        ...

    def handle(self, request: InboundRequest) -> Flow[InboundResponse]:
        """The answer to *request*; what it promises has been done when the flow ends."""
        ...


@runtime_checkable
class Doorkeeper(Protocol):
    """A handler that can tell from the head of a request that it will not answer it: then no body is read."""

    def turn_away(self, request: InboundRequest) -> InboundResponse | None:
        """The refusal of a *request* whose body is still to come; None: come in. Pure."""
        ...
