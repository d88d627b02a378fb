"""Watching calls: one frozen event per request, and a hook that writes it to the standard library's logging."""

import logging
from collections.abc import Collection, Mapping
from typing import Literal, Protocol

import attrs

__all__ = ["CallEvent", "CallOutcome", "Hook", "LoggingHook"]

CallOutcome = Literal["answered", "unanswered", "not sent"]
"""What became of a request: an answer came (of any status), it left without one, or it never left."""


@attrs.frozen(kw_only=True)
class CallEvent:
    """One request and what became of it. It carries no body and no request header.

    *path*, *query* and *headers* (of the answer, lower case) may name customers' orders or sessions: the last two are
    left out of ``repr``, and a hook that stores them chooses which. *reason* is why there was no answer.
    """

    system: str
    operation: str
    method: str
    path: str
    status: int | None
    attempt: int
    milliseconds: float
    request_id: str | None
    outcome: CallOutcome
    reason: str = ""
    query: tuple[tuple[str, str], ...] = attrs.field(default=(), repr=False)
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)


class Hook(Protocol):
    """Something that is told of each request after it was made. It must not block."""

    def __call__(self, event: CallEvent) -> None:
        """Take note of *event*; what is raised here is logged and goes no further."""
        ...


class LoggingHook:
    """Writes each request as one line: INFO when it was answered below 400, WARNING otherwise.

    Of the answer's headers only those named in *headers* are written, and of the query only the values of the
    parameters named in *query*; of the others just the names. Bodies and request headers never are.
    """

    def __init__(
        self,
        logger: logging.Logger | None = None,
        headers: Collection[str] = (),
        query: Collection[str] = (),
    ) -> None:
        self._logger = logging.getLogger("khaos_connectors.calls") if logger is None else logger
        self._headers = frozenset(name.lower() for name in headers)
        self._query = frozenset(query)

    def __call__(self, event: CallEvent) -> None:
        """Write *event*."""
        good = event.status is not None and event.status < 400
        level = logging.INFO if good else logging.WARNING
        if not self._logger.isEnabledFor(level):
            return
        told = [f"{name}={value if name in self._query else '…'}" for name, value in event.query]
        told += [f"{name}: {value}" for name, value in sorted(event.headers.items()) if name in self._headers]
        self._logger.log(
            level,
            "%s.%s %s %s -> %s attempt=%d ms=%.0f request=%s%s%s",
            event.system,
            event.operation,
            event.method,
            event.path,
            event.outcome if event.status is None else event.status,
            event.attempt,
            event.milliseconds,
            event.request_id or "-",
            f" ({event.reason})" if event.reason else "",
            f" [{'; '.join(told)}]" if told else "",
        )
