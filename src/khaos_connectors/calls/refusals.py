"""From an HTTP status that says "no" to the error that says what the caller may do."""

from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime

from khaos_connectors.calls.messages import Response
from khaos_connectors.calls.retry import retry_after
from khaos_connectors.errors import AuthFailed, Conflict, FieldError, Invalid, NotFound, RateLimited, Refused

__all__ = ["refusal", "request_id", "shortened"]

_ID_HEADERS = (
    "x-request-id",
    "request-id",
    "x-correlation-id",
    "x-amzn-requestid",
    "x-amzn-trace-id",
    "cf-ray",
    "x-trace-id",
)

_LONGEST_MESSAGE = 500


def request_id(headers: Mapping[str, str]) -> str | None:
    """The system's own id of an exchange, from the headers (lower case) that systems use for it."""
    return next((headers[name][:200] for name in _ID_HEADERS if headers.get(name)), None)


def shortened(message: str) -> str:
    """A vendor's *message* on one line of at most 500 characters: some repeat all of what they were sent in it."""
    words = " ".join(message.split())
    return words if len(words) <= _LONGEST_MESSAGE else words[: _LONGEST_MESSAGE - 1] + "…"


def refusal(
    response: Response,
    *,
    system: str,
    operation: str,
    message: str,
    code: str | None = None,
    fields: Iterable[FieldError] = (),
) -> Refused:
    """The error for an answer that is a refusal, to be raised by the caller; *message* is the vendor's own text.

    401 and 403 ``AuthFailed`` · 404 and 410 ``NotFound`` · 409 ``Conflict`` · 400 and 422 ``Invalid`` · 429
    ``RateLimited`` · 408, 425 and 5xx ``Refused`` that may be repeated · anything else ``Refused``.
    """
    words = shortened(message) or "no reason given"
    status = response.status
    found = request_id(response.headers)
    if status == 429:
        return RateLimited(
            system=system,
            operation=operation,
            request_id=found,
            message=words,
            status=status,
            code=code,
            retry_after=_asked_wait(response.headers),
        )
    if status in {400, 422}:
        return Invalid(
            system=system,
            operation=operation,
            request_id=found,
            message=words,
            status=status,
            code=code,
            fields=tuple(fields),
        )
    kind = _KINDS.get(status, Refused)
    retryable = status >= 500 or status in {408, 425}
    return kind(
        system=system,
        operation=operation,
        request_id=found,
        message=words,
        status=status,
        code=code,
        retryable=retryable,
    )


_KINDS: dict[int, type[Refused]] = {401: AuthFailed, 403: AuthFailed, 404: NotFound, 410: NotFound, 409: Conflict}


def _asked_wait(headers: Mapping[str, str]) -> float | None:
    # A date is measured against the answer's own date: no clock is asked, and the two machines need not agree.
    try:
        sent_at = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, IndexError, OverflowError):
        sent_at = None
    value = headers.get("retry-after", "")
    if sent_at is None or sent_at.tzinfo is None:
        return float(value) if value.strip().isdecimal() and value.strip().isascii() else None
    return retry_after(value, sent_at)
