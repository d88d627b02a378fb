"""Whether to ask again, as a pure decision over what is known of the outcome."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import attrs

from khaos_connectors.calls.messages import Repeat
from khaos_connectors.errors import CallError, ConfigError, NotSent, RateLimited, Refused, Unanswered, Undecodable

__all__ = ["Again", "RetryPolicy", "Stop", "decide", "retry_after"]

_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


@attrs.frozen(kw_only=True)
class RetryPolicy:
    """How patiently a call is repeated.

    At most *attempts* sends (1 or more: 1 never repeats), with waits of *first_wait* seconds growing by *factor* up to
    *longest_wait*, each lengthened by chance by up to *spread* of itself, and no new attempt later than *budget*
    seconds after the first began. A wait that the system itself asks for is kept whole or not made at all.
    """

    attempts: int = 4
    first_wait: float = 0.5
    factor: float = 2.0
    longest_wait: float = 30.0
    budget: float = 120.0
    spread: float = 0.25

    def __attrs_post_init__(self) -> None:
        lows = {"attempts": 1, "first_wait": 0, "factor": 1, "longest_wait": 0, "budget": 0, "spread": 0}
        for name, low in lows.items():
            if not getattr(self, name) >= low:
                raise ConfigError(field=f"retry.{name}", problem=f"must be {low} or more")

    def wait(self, attempt: int) -> float:
        """Seconds between attempt number *attempt* (from 1) and the next, before chance lengthens them."""
        # The exponent is bounded so that a patient policy does not overflow long after the cap was reached.
        return min(self.longest_wait, self.first_wait * self.factor ** min(attempt - 1, 64))


@attrs.frozen(kw_only=True)
class Again:
    """Ask again *after* seconds, and up to *spread* of that later."""

    after: float
    spread: float


@attrs.frozen
class Stop:
    """Do not ask again, because of *why*."""

    why: str


def decide(policy: RetryPolicy, *, repeat: Repeat, failure: CallError, attempt: int, spent: float) -> Again | Stop:
    """Whether a call that failed at its *attempt* (from 1), *spent* seconds after it began, is made again.

    What was not sent, and what was refused for being one call too many, took no effect: it is repeated always. After a
    silence, a busy answer or an answer that is no answer, only a call whose *repeat* allows it is. A plain "no" and a
    readable answer of the wrong shape are the same next time.
    """
    why = _final(repeat, failure)
    if why:
        return Stop(why)
    if attempt >= policy.attempts:
        return Stop(f"{attempt} attempts were made")
    asked = failure.retry_after if isinstance(failure, RateLimited) else None
    after = policy.wait(attempt) if asked is None else max(0.0, asked)
    if spent + after > policy.budget:
        return Stop(f"the next attempt would begin later than {policy.budget:g} seconds after the first")
    return Again(after=after, spread=policy.spread)


def _final(repeat: Repeat, failure: CallError) -> str:
    if isinstance(failure, NotSent | RateLimited):
        return ""
    transient = (
        isinstance(failure, Unanswered)
        or (isinstance(failure, Refused) and failure.retryable)
        or (isinstance(failure, Undecodable) and failure.path == "$")
    )
    if not transient:
        return "the answer is final"
    return "it may have taken effect" if repeat == "never" else ""


def retry_after(value: str, now: datetime) -> float | None:
    """Seconds to wait by a ``Retry-After`` header, which is a number or an HTTP date; None if it is neither.

    A date without a zone is read as UTC, as HTTP dates are; a date that has passed means no wait.
    """
    text = value.strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
