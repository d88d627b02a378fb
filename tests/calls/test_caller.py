"""A call from its first attempt to its outcome, under both drivers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest

from khaos_connectors.calls.auth import Basic, Bearer, HeaderKey
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.decode import parse_json
from khaos_connectors.calls.effects import Flow, Send, Sleep
from khaos_connectors.calls.messages import Call, Lost, Outcome, Page, Repeat, Request, Response
from khaos_connectors.calls.pace import Limit, Pacer
from khaos_connectors.calls.refusals import refusal
from khaos_connectors.calls.retry import RetryPolicy
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.errors import (
    AuthFailed,
    CursorStuck,
    Invalid,
    NotSent,
    RateLimited,
    Refused,
    Unanswered,
    Undecodable,
)
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.play import play


def _read(response: Response) -> object:
    if response.status >= 300:
        raise refusal(response, system="acc", operation="op", message="no")
    return parse_json(response, system="acc", operation="op")


def call(repeat: Repeat = "free") -> Call[object]:
    return Call(operation="op", repeat=repeat, request=Request(method="POST", path="/x"), decode=_read)


def script(*outcomes: Outcome) -> Callable[[Request], Outcome]:
    left = iter(outcomes)
    return lambda _: next(left)


GOOD = Response(status=200, body=b"7")
GONE = Lost(sent=True, reason="no answer in time")
NEVER_LEFT = Lost(sent=False, reason="could not connect")


class TestOutcomes:
    def test_the_answer_is_decoded(self, drive: Any) -> None:
        """The result is what the call's own reader makes of the answer."""
        assert drive(Caller("acc").perform(call()), {"acc": script(GOOD)}) == 7

    def test_attempts_are_numbered(self) -> None:
        """Each request says which attempt it is, and waits grow between them."""
        played = play(Caller("acc").perform(call()), [GONE, NEVER_LEFT, GOOD])

        assert [effect.attempt for effect in played.of(Send)] == [1, 2, 3]
        assert [effect.seconds for effect in played.of(Sleep)] == [0.5, 1.0]
        assert all(effect.spread == 0.25 for effect in played.of(Sleep))

    @pytest.mark.parametrize("repeat", ["free", "same-effect", "never"])
    def test_what_never_left_is_repeated_and_then_told(self, drive: Any, repeat: Repeat) -> None:
        """After all attempts the caller knows that nothing happened there."""
        flow = Caller("acc", retry=RetryPolicy(attempts=3)).perform(call(repeat))

        with pytest.raises(NotSent, match=r"acc\.op: not sent: could not connect"):
            drive(flow, {"acc": script(NEVER_LEFT, NEVER_LEFT, NEVER_LEFT)})

    def test_a_silence_is_not_repeated_for_a_call_that_must_not_be(self, drive: Any) -> None:
        """One request is made, and the caller learns that the outcome is unknown."""
        with pytest.raises(Unanswered, match="sent, outcome unknown: no answer in time"):
            drive(Caller("acc").perform(call("never")), {"acc": script(GONE)})

    @pytest.mark.parametrize(
        "outcome",
        [Response(status=503), Response(status=504), Response(status=200, body=b'{"a": '), Response(status=200)],
    )
    def test_an_unusable_answer_to_such_a_call_is_a_silence(self, drive: Any, outcome: Response) -> None:
        """Busy gateways and garbage say nothing about what the system did."""
        with pytest.raises(Unanswered) as raised:
            drive(Caller("acc").perform(call("never")), {"acc": script(outcome)})

        assert isinstance(raised.value.__cause__, Refused | Undecodable)
        assert raised.value.reason == raised.value.__cause__.detail()

    def test_the_same_answers_to_a_read_are_asked_again(self, drive: Any) -> None:
        """A busy answer and a truncated one are gone the next time."""
        answers = script(Response(status=503), Response(status=200, body=b'{"a": '), GOOD)

        assert drive(Caller("acc").perform(call()), {"acc": answers}) == 7

    def test_a_read_that_stays_busy_shows_the_refusal(self, drive: Any) -> None:
        """After the last attempt the vendor's own status comes out."""
        flow = Caller("acc", retry=RetryPolicy(attempts=2)).perform(call())

        with pytest.raises(Refused) as raised:
            drive(flow, {"acc": script(Response(status=503), Response(status=503))})

        assert (raised.value.status, raised.value.retryable) == (503, True)

    def test_a_plain_no_comes_out_at_once(self, drive: Any) -> None:
        """One request, one error with the fields that were refused."""
        with pytest.raises(Invalid):
            drive(Caller("acc").perform(call()), {"acc": script(Response(status=422))})

    def test_a_final_loss_is_not_repeated(self, drive: Any) -> None:
        """Asking again cannot make an answer shorter or a certificate good."""
        lost = Lost(sent=True, reason="the answer is longer than 9 bytes", final=True)

        with pytest.raises(Unanswered, match="longer than 9 bytes"):
            drive(Caller("acc").perform(call()), {"acc": script(lost)})


class TestBusy:
    @pytest.mark.parametrize("repeat", ["free", "never"])
    def test_the_wait_that_was_asked_for_is_made(self, drive: Any, repeat: Repeat) -> None:
        """429 took no effect: every call comes back when it may."""
        clock = ManualClock()
        start = clock.now()
        answers = script(Response(status=429, headers={"Retry-After": "17"}), GOOD)

        assert drive(Caller("acc").perform(call(repeat)), {"acc": answers}, clock=clock) == 7
        assert clock.now() - start == timedelta(seconds=17)

    def test_a_date_is_measured_by_the_answers_own_clock(self, drive: Any) -> None:
        """Our clock may be wrong; the answer tells its time."""
        clock = ManualClock()
        start = clock.now()
        headers = {"Date": "Tue, 03 Feb 2020 04:05:00 GMT", "Retry-After": "Tue, 03 Feb 2020 04:05:09 GMT"}

        assert (
            drive(
                Caller("acc").perform(call()), {"acc": script(Response(status=429, headers=headers), GOOD)}, clock=clock
            )
            == 7
        )
        assert clock.now() - start == timedelta(seconds=9)

    def test_a_date_without_the_answers_own_is_measured_by_ours(self, drive: Any) -> None:
        """The next best clock is ours."""
        clock = ManualClock()
        start = clock.now()
        headers = {"Retry-After": (start + timedelta(seconds=30)).strftime("%a, %d %b %Y %H:%M:%S GMT")}

        assert (
            drive(
                Caller("acc").perform(call()), {"acc": script(Response(status=429, headers=headers), GOOD)}, clock=clock
            )
            == 7
        )
        assert clock.now() - start == timedelta(seconds=30)

    def test_too_long_a_wait_is_the_callers_to_make(self, drive: Any) -> None:
        """The error says when to come back."""
        with pytest.raises(RateLimited) as raised:
            drive(
                Caller("acc").perform(call("never")),
                {"acc": script(Response(status=429, headers={"Retry-After": "3600"}))},
            )

        assert raised.value.retry_after == 3600

    def test_it_quiets_every_flow_of_the_account(self, drive: Any) -> None:
        """A 429 to one call holds back the next one that shares its limit."""
        clock = ManualClock()
        caller = Caller("acc", pacer=Pacer({}, Limit(1000, 1)), retry=RetryPolicy(attempts=1))
        with pytest.raises(RateLimited):
            drive(
                caller.perform(call()),
                {"acc": script(Response(status=429, headers={"Retry-After": "20"}))},
                clock=clock,
            )
        clock.slept.clear()

        drive(caller.perform(call()), {"acc": script(GOOD)}, clock=clock)

        assert clock.slept == [20]

    @pytest.mark.parametrize("status", [401, 503])
    def test_a_long_queue_leaves_the_patience_for_repeats_whole(self, drive: Any, status: int) -> None:
        """Who waited for minutes until it was its turn may still renew a token, or repeat after a busy answer."""
        clock = ManualClock()
        pacer = Pacer({}, Limit(1, 60), jitter=0)
        for _ in range(5):
            pacer.reserve("op", clock.now())
        caller = Caller("acc", auth=Renewing(), pacer=pacer, retry=RetryPolicy(budget=120, spread=0))

        assert drive(caller.perform(call()), {"acc": script(Response(status=status), GOOD)}, clock=clock) == 7
        assert clock.slept[0] == 300

    def test_quiet_beyond_all_patience_is_not_slept_through(self, drive: Any) -> None:
        """Whoever asks next is told at once, and nothing is sent: a lease would run out during such a sleep."""
        clock = ManualClock()
        caller = Caller("acc", pacer=Pacer({}, Limit(1000, 1)))
        answers = {"acc": script(Response(status=429, headers={"Retry-After": "3600"}), GOOD)}
        with pytest.raises(RateLimited):
            drive(caller.perform(call("never")), answers, clock=clock)

        with pytest.raises(RateLimited, match="not sent") as raised:
            drive(caller.perform(call("never")), answers, clock=clock)

        assert (raised.value.status, raised.value.retry_after, clock.slept) == (None, 3600, [])
        clock.advance(3500)
        assert drive(caller.perform(call("never")), answers, clock=clock) == 7
        assert clock.slept == [100]


@attrs.define
class Renewing:
    """Credentials that can be renewed; counts how often."""

    renewals: int = 0

    def sign(self, request: Request) -> Flow[Request]:
        yield from ()
        return request.with_headers({"authorization": f"key {self.renewals}"})

    def refreshed(self, refused: Request) -> bool:
        self.renewals += 1
        return True


class TestCredentials:
    def test_they_are_signed_onto_each_request(self, drive: Any) -> None:
        """Key, Basic and bearer stand where their schemes put them; the caller's own headers come along."""
        seen: list[Request] = []

        def note(request: Request) -> Outcome:
            seen.append(request)
            return GOOD

        for auth in (
            HeaderKey("X-Key", Secret("s3"), prefix="ApiKey "),
            Basic("käthe", Secret("pä:ss")),
            Bearer(Secret("tok")),
        ):
            drive(Caller("acc", auth=auth, headers={"Accept": "application/json"}).perform(call()), {"acc": note})

        assert seen[0].headers == {"accept": "application/json", "x-key": "ApiKey s3"}
        assert seen[1].headers["authorization"] == "Basic a8OkdGhlOnDDpDpzcw=="
        assert seen[2].headers["authorization"] == "Bearer tok"

    def test_a_requests_own_header_wins(self, drive: Any) -> None:
        """What an endpoint sets is not overwritten by the account's defaults."""
        seen: list[Request] = []
        one = attrs.evolve(call(), request=Request(method="GET", path="/", headers={"Accept": "text/csv"}))

        def note(request: Request) -> Outcome:
            seen.append(request)
            return GOOD

        drive(Caller("acc", headers={"ACCEPT": "application/json"}).perform(one), {"acc": note})

        assert seen[0].headers == {"accept": "text/csv"}

    def test_they_are_renewed_once(self, drive: Any) -> None:
        """401, renewed, repeated: also for a call that is otherwise never repeated."""
        auth = Renewing()
        seen: list[str] = []
        answers = script(Response(status=401), GOOD)

        def note(request: Request) -> Outcome:
            seen.append(request.headers["authorization"])
            return answers(request)

        assert drive(Caller("acc", auth=auth).perform(call("never")), {"acc": note}) == 7
        assert seen == ["key 0", "key 1"]

    def test_and_not_twice(self, drive: Any) -> None:
        """A second 401 is the caller's."""
        auth = Renewing()

        with pytest.raises(AuthFailed):
            drive(Caller("acc", auth=auth).perform(call()), {"acc": script(Response(status=401), Response(status=401))})

        assert auth.renewals == 1

    def test_a_renewal_is_not_an_attempt(self, drive: Any) -> None:
        """A policy of one attempt still allows it."""
        caller = Caller("acc", auth=Renewing(), retry=RetryPolicy(attempts=1))

        assert drive(caller.perform(call()), {"acc": script(Response(status=401), GOOD)}) == 7

    def test_nor_does_it_use_one_up(self, drive: Any) -> None:
        """Two attempts are two beside the renewal."""
        caller = Caller("acc", auth=Renewing(), retry=RetryPolicy(attempts=2))

        assert drive(caller.perform(call()), {"acc": script(Response(status=401), NEVER_LEFT, GOOD)}) == 7

    def test_fixed_credentials_are_not_tried_again(self, drive: Any) -> None:
        """A key that was refused is refused the next time."""
        with pytest.raises(AuthFailed):
            drive(
                Caller("acc", auth=HeaderKey("x-key", Secret("k"))).perform(call()),
                {"acc": script(Response(status=401))},
            )


def page(number: int, last: int, *, stuck_at: int = -1) -> Call[Page[int]]:
    def decode(response: Response) -> Page[int]:
        following = number if number == stuck_at else number + 1
        return Page(
            items=(number * 2, number * 2 + 1), next=page(following, last, stuck_at=stuck_at) if number < last else None
        )

    request = Request(method="GET", path="/list", query=(("page", str(number)),))
    return Call(operation="list", repeat="free", request=request, decode=decode)


class TestPages:
    def test_all_pages_are_read(self, drive: Any) -> None:
        """Items come in the order of the pages."""
        assert drive(Caller("acc").pages(page(0, 4)), {"acc": lambda _: GOOD}) == tuple(range(10))

    def test_a_cursor_that_stands_still_is_an_error(self, drive: Any) -> None:
        """It names the system, the operation and the cursor."""
        with pytest.raises(CursorStuck, match=r"acc\.list: paging stands still at page=2"):
            drive(Caller("acc").pages(page(0, 4, stuck_at=2)), {"acc": lambda _: GOOD})
