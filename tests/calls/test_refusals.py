"""From a status to an error that says what to do."""

import pytest

from khaos_connectors.calls.messages import Response
from khaos_connectors.calls.refusals import refusal, request_id
from khaos_connectors.errors import AuthFailed, Conflict, FieldError, Invalid, NotFound, RateLimited, Refused


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (301, Refused, False),
        (400, Invalid, False),
        (401, AuthFailed, False),
        (403, AuthFailed, False),
        (404, NotFound, False),
        (405, Refused, False),
        (408, Refused, True),
        (409, Conflict, False),
        (410, NotFound, False),
        (418, Refused, False),
        (422, Invalid, False),
        (425, Refused, True),
        (429, RateLimited, True),
        (500, Refused, True),
        (503, Refused, True),
        (599, Refused, True),
    ],
)
def test_the_class_follows_from_the_status(status: int, kind: type[Refused], *, retryable: bool) -> None:
    """Exactly one class per status, with the vendor's words, code and id kept."""
    headers = {"X-Correlation-Id": "c-1"}

    error = refusal(Response(status=status, headers=headers), system="s", operation="o", message="No way", code="E7")

    assert type(error) is kind
    assert error.retryable is retryable
    assert (error.status, error.code, error.message, error.request_id) == (status, "E7", "No way", "c-1")


def test_fields_are_kept() -> None:
    """Which fields were refused, and why."""
    fields = [FieldError("sku", "unknown")]

    error = refusal(Response(status=422), system="s", operation="o", message="m", fields=fields)

    assert isinstance(error, Invalid)
    assert error.fields == tuple(fields)


@pytest.mark.parametrize(("header", "seconds"), [("12", 12.0), ("x", None), ("", None), ("٣", None)])
def test_seconds_to_wait(header: str, seconds: float | None) -> None:
    """A Retry-After in seconds is kept, nonsense is nothing."""
    error = refusal(Response(status=429, headers={"Retry-After": header}), system="s", operation="o", message="m")

    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds


def test_a_long_message_is_cut() -> None:
    """A page of text does not become an error's text."""
    error = refusal(Response(status=500), system="s", operation="o", message=" word " * 500)

    assert len(error.message) == 500
    assert error.message.startswith("word word")


def test_no_message_is_said_so() -> None:
    """An empty answer has no words; the error still has."""
    assert refusal(Response(status=500), system="s", operation="o", message=" ").message == "no reason given"


def test_the_first_known_id_counts() -> None:
    """Systems name their ids differently; an empty one is none."""
    assert request_id({"x-request-id": "", "cf-ray": "b"}) == "b"
    assert request_id({}) is None
