"""When a call is made again, and how long after."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.calls.messages import Repeat
from khaos_connectors.calls.retry import Again, RetryPolicy, Stop, decide, retry_after
from khaos_connectors.errors import (
    AuthFailed,
    CallError,
    ConfigError,
    Conflict,
    Invalid,
    NotFound,
    NotSent,
    RateLimited,
    Refused,
    Unanswered,
    Undecodable,
)

NOW = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


def who(kind: type[CallError], **more: object) -> CallError:
    return kind(system="s", operation="o", **more)  # type: ignore[arg-type]  # each kind's own fields


NO_EFFECT = [who(NotSent, reason="r"), who(RateLimited, message="m", status=429)]
UNKNOWN = [
    who(Unanswered, reason="r"),
    who(Refused, message="m", status=503, retryable=True),
    who(Undecodable, path="$", expected="JSON"),
]
FINAL = [
    who(Refused, message="m", status=418),
    who(AuthFailed, message="m", status=401),
    who(NotFound, message="m", status=404),
    who(Conflict, message="m", status=409),
    who(Invalid, message="m", status=400),
    who(Undecodable, path="$.orders[3].id", expected="text"),
]
REPEATS: list[Repeat] = ["free", "same-effect", "never"]
policies = st.builds(
    RetryPolicy,
    attempts=st.integers(1, 20),
    first_wait=st.floats(0, 10),
    factor=st.floats(1, 10),
    longest_wait=st.floats(0, 60),
    budget=st.floats(0, 600),
    spread=st.floats(0, 1),
)
failures = st.sampled_from(NO_EFFECT + UNKNOWN + FINAL)
attempts = st.integers(1, 30)
spents = st.floats(0, 1000)


class TestLaws:
    @given(policies, st.sampled_from(UNKNOWN + FINAL), attempts, spents)
    def test_an_unrepeatable_call_is_repeated_only_if_it_took_no_effect(
        self, policy: RetryPolicy, failure: CallError, attempt: int, spent: float
    ) -> None:
        """Whatever the policy: once it may have been acted on, a "never" call is not made again."""
        assert isinstance(decide(policy, repeat="never", failure=failure, attempt=attempt, spent=spent), Stop)

    @given(policies, st.sampled_from(REPEATS), st.sampled_from(FINAL), attempts, spents)
    def test_a_plain_no_is_not_asked_again(
        self, policy: RetryPolicy, repeat: Repeat, failure: CallError, attempt: int, spent: float
    ) -> None:
        """A refusal that repeating cannot change is final for every kind of call."""
        assert isinstance(decide(policy, repeat=repeat, failure=failure, attempt=attempt, spent=spent), Stop)

    @given(policies, st.sampled_from(REPEATS), failures, attempts, spents)
    def test_budgets_hold(
        self, policy: RetryPolicy, repeat: Repeat, failure: CallError, attempt: int, spent: float
    ) -> None:
        """No attempt beyond the number allowed, none that begins after the budget of seconds."""
        decision = decide(policy, repeat=repeat, failure=failure, attempt=attempt, spent=spent)

        if isinstance(decision, Again):
            assert attempt < policy.attempts
            assert spent + decision.after <= policy.budget
            assert 0 <= decision.after <= policy.longest_wait

    @given(st.sampled_from(REPEATS), st.sampled_from(NO_EFFECT))
    def test_what_took_no_effect_is_always_repeated(self, repeat: Repeat, failure: CallError) -> None:
        """Not sent, or one call too many: every kind of call is made again."""
        assert isinstance(decide(RetryPolicy(), repeat=repeat, failure=failure, attempt=1, spent=0), Again)

    @given(st.sampled_from(REPEATS[:2]), st.sampled_from(UNKNOWN))
    def test_a_silence_is_repeated_where_that_is_harmless(self, repeat: Repeat, failure: CallError) -> None:
        """Reads, and writes of the same effect, are made again."""
        assert isinstance(decide(RetryPolicy(), repeat=repeat, failure=failure, attempt=1, spent=0), Again)

    @given(policies, st.integers(1, 10_000))
    def test_waits_grow_to_their_cap(self, policy: RetryPolicy, attempt: int) -> None:
        """A later wait is never shorter, and never longer than the longest."""
        assert policy.wait(attempt) <= policy.wait(attempt + 1) <= policy.longest_wait


class TestRetryAfterInTheDecision:
    def test_the_wait_that_was_asked_for_is_kept_whole(self) -> None:
        """Even one that is longer than our own longest wait, as long as the budget allows."""
        failure = who(RateLimited, message="m", retry_after=45.0)
        policy = RetryPolicy(longest_wait=1)

        assert decide(policy, repeat="never", failure=failure, attempt=1, spent=0) == Again(after=45.0, spread=0.25)

    def test_a_wait_beyond_the_budget_is_not_made_shorter(self) -> None:
        """Coming back too early helps nobody: the call ends instead."""
        failure = who(RateLimited, message="m", retry_after=3600.0)

        decision = decide(RetryPolicy(), repeat="free", failure=failure, attempt=1, spent=0)

        assert decision == Stop("the next attempt would begin later than 120 seconds after the first")


class TestRetryAfter:
    @pytest.mark.parametrize(("value", "seconds"), [("0", 0.0), (" 120 ", 120.0), ("1.5", 1.5)])
    def test_seconds(self, value: str, seconds: float) -> None:
        """A number is seconds from now."""
        assert retry_after(value, NOW) == seconds

    @given(st.integers(-(10**6), 10**6), st.sampled_from([0, 1, -5, 9]))
    def test_dates(self, ahead: int, hours: int) -> None:
        """A date in any zone is the time until then, and no time when it has passed."""
        moment = (NOW + timedelta(seconds=ahead)).astimezone(timezone(timedelta(hours=hours)))

        assert retry_after(format_datetime(moment), NOW) == max(0, ahead)

    @pytest.mark.parametrize("value", ["Tue, 03 Feb 2026 04:06:06", "Tue, 03 Feb 2026 04:06:06 GMT"])
    def test_a_date_without_a_zone_is_utc(self, value: str) -> None:
        """HTTP dates are in UTC, whether they say so or not."""
        assert retry_after(value, NOW) == 60.0

    @pytest.mark.parametrize(
        "value", ["", "soon", "-5", "inf", "nan", "1e9", "٣", "Tue, 99 Feb 2026 04:06:06 GMT", "," * 50]
    )
    def test_anything_else_says_nothing(self, value: str) -> None:
        """What is neither is no wait at all, and no failure."""
        assert retry_after(value, NOW) is None

    @given(st.text(max_size=40))
    def test_no_text_breaks_it(self, value: str) -> None:
        """Headers come from outside: any text gives a wait or nothing."""
        seconds = retry_after(value, NOW)

        assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    ("field", "value"), [("attempts", 0), ("first_wait", -1), ("factor", 0.5), ("budget", -1), ("spread", float("nan"))]
)
def test_an_impossible_policy_is_refused(field: str, value: float) -> None:
    """The setting is named."""
    with pytest.raises(ConfigError, match=f"retry.{field}"):
        RetryPolicy(**{field: value})  # type: ignore[arg-type]  # the field is a parameter of the test
