"""No secret shows: not in a repr, a format, a pickle, a log or an error."""

import copy
import logging
import pickle
from typing import Any

import attrs
import pytest

from khaos_connectors.calls._tokens import Grant
from khaos_connectors.calls.auth import AuthorisationCode, Basic, Bearer, ClientCredentials, HeaderKey
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.connect import Connection
from khaos_connectors.calls.effects import Send
from khaos_connectors.calls.hooks import CallEvent, LoggingHook
from khaos_connectors.calls.messages import Call, Lost, Outcome, Request, Response
from khaos_connectors.calls.refusals import refusal
from khaos_connectors.calls.retry import RetryPolicy
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.calls.soap import Parameter
from khaos_connectors.errors import CallError
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.play import play

HUSH = "correct-horse-battery"


class TestSecret:
    def test_only_reveal_tells(self) -> None:
        """Every other way to its text gives stars."""
        secret = Secret(HUSH)

        shown = [
            repr(secret),
            str(secret),
            f"{secret}",
            f"{secret!r:>20}",
            f"{secret:>20}",
            repr({"k": secret}),
            repr([secret]),
        ]

        assert secret.reveal() == HUSH
        assert not any(HUSH in text for text in shown)

    def test_it_is_not_pickled(self) -> None:
        """A queue or a cache must not hold it."""
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises(TypeError, match="not pickled"):
                pickle.dumps(Secret(HUSH), protocol)

    def test_it_compares_by_its_text(self) -> None:
        """Settings that hold the same secret are equal; a copy is the same secret."""
        secret = Secret(HUSH)

        assert secret == Secret(HUSH)
        assert secret != Secret("other")
        assert secret != HUSH
        assert hash(secret) == hash(Secret(HUSH))
        assert copy.deepcopy(secret) == copy.copy(secret) == secret
        assert bool(secret)
        assert not Secret("")

    def test_it_has_no_dict(self) -> None:
        """Nothing that walks attributes finds it by accident."""
        with pytest.raises(TypeError):
            vars(Secret(HUSH))


def _decode(response: Response) -> int:
    if response.status >= 300:
        raise refusal(response, system="acc", operation="op", message="no")
    return response.status


CALL: Call[int] = Call(
    operation="op",
    repeat="free",
    request=Request(
        method="POST", path="/x", query=(("email", "buyer@example.com"), ("max", "10")), body=b"surname=Example"
    ),
    decode=_decode,
)
AUTHS = [
    HeaderKey("authorization", Secret(HUSH)),
    Basic("me", Secret(HUSH)),
    Bearer(Secret(HUSH)),
    ClientCredentials("acc", token_url="https://login.example/t", client_id="me", client_secret=Secret(HUSH)),
]
TOKEN = Response(status=200, body=b'{"access_token": "correct-horse-battery", "expires_in": 60}')
BASIC = "bWU6Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5"
PRIVATE = [HUSH, BASIC, "buyer@example.com", "Example"]


@pytest.mark.parametrize("auth", AUTHS, ids=lambda auth: type(auth).__name__)
@pytest.mark.parametrize(
    "outcome",
    [
        Response(status=200, headers={"set-cookie": f"session={HUSH}"}, body=HUSH.encode()),
        Response(status=401, body=HUSH.encode()),
        Response(status=503, headers={"x-session": HUSH}),
        Lost(sent=True, reason="no answer in time"),
        Lost(sent=False, reason="could not connect"),
    ],
    ids=str,
)
def test_nothing_private_is_shown(auth: Any, outcome: Outcome, drive: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Logs at DEBUG, reprs of everything on the way and the error's text hold no secret, no body, no query value."""
    caplog.set_level(logging.DEBUG)
    events: list[CallEvent] = []
    shown: list[str] = [repr(auth)]
    caller = Caller("acc", auth=auth, retry=RetryPolicy(attempts=2))
    try:
        drive(
            caller.perform(CALL),
            {"acc": lambda _: outcome, "acc:auth": lambda _: TOKEN},
            hooks=[LoggingHook(query=["max"], headers=["retry-after"]), events.append],
        )
    except CallError as error:
        shown += [repr(error), str(error), repr(error.__cause__), repr(error.__context__)]

    shown += [caplog.text, repr(events), repr(caller), repr(outcome)]
    assert "max=10" in caplog.text
    assert "email=…" in caplog.text
    assert [text for text in shown if any(word in text for word in PRIVATE)] == []


def test_effects_show_no_credentials() -> None:
    """A recorded conversation may be printed."""
    played = play(Caller("acc", auth=Bearer(Secret(HUSH))).perform(CALL), [Response(status=200)])

    assert played.of(Send)[0].request.headers["authorization"] == f"Bearer {HUSH}"
    assert HUSH not in repr(attrs.evolve(played.of(Send)[0]))


def test_what_is_on_its_way_is_hidden() -> None:
    """Crash reporters print the local variables of every frame: a new token and a document full of people, too."""
    auth = AuthorisationCode(
        "acc",
        token_url="https://login.example/t",
        client_id="me",
        client_secret=Secret(HUSH),
        refresh_token=HUSH,
        keep=lambda _: None,
    )
    flow: Any = auth.sign(CALL.request)
    effect = next(flow)
    while not isinstance(effect, Send):
        effect = flow.send(ManualClock().now())
    frames, inner = list[str](), flow
    while inner is not None:
        frames.append(repr(inner.gi_frame.f_locals))
        inner = inner.gi_yieldfrom
    flow.close()
    parameter = Parameter("OrderXML", f"<Surname>{HUSH}</Surname>")

    shown = repr([Grant(access_token=HUSH, refresh_token=HUSH), parameter, *frames])

    assert "OrderXML" in shown
    assert HUSH not in shown


def test_a_connection_hides_its_headers() -> None:
    """Extra headers are a place for keys."""
    assert HUSH not in repr(Connection("acc", "https://shop.example", headers={"x-key": HUSH}))


class TestLoggingHook:
    def event(self, **more: Any) -> CallEvent:
        found: dict[str, Any] = {
            "system": "acc",
            "operation": "OR11",
            "method": "GET",
            "path": "/api/orders",
            "status": 200,
            "attempt": 2,
            "milliseconds": 12.6,
            "request_id": "r-1",
            "outcome": "answered",
        }
        return CallEvent(**{**found, **more})

    def test_a_line_says_what_is_needed(self, caplog: pytest.LogCaptureFixture) -> None:
        """System, operation, status, attempt, milliseconds, request id, and what was allowed."""
        caplog.set_level(logging.INFO)
        hook = LoggingHook(headers=["X-Cost"], query=["max"])

        hook(self.event(query=(("max", "10"), ("q", "x")), headers={"x-cost": "3", "set-cookie": "c"}))

        assert caplog.messages == [
            "acc.OR11 GET /api/orders -> 200 attempt=2 ms=13 request=r-1 [max=10; q=…; x-cost: 3]"
        ]

    @pytest.mark.parametrize(
        ("more", "level", "text"),
        [
            ({"status": 302}, logging.INFO, "-> 302"),
            ({"status": 404}, logging.WARNING, "-> 404"),
            (
                {"status": None, "outcome": "unanswered", "reason": "no answer in time"},
                logging.WARNING,
                "-> unanswered attempt=2 ms=13 request=r-1 (no answer in time)",
            ),
        ],
    )
    def test_its_level_follows_the_outcome(
        self, more: dict[str, Any], level: int, text: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """What failed is a warning."""
        caplog.set_level(logging.INFO)

        LoggingHook()(self.event(**more))

        assert caplog.records[0].levelno == level
        assert text in caplog.text

    def test_a_quiet_logger_costs_nothing(self, caplog: pytest.LogCaptureFixture) -> None:
        """Below the logger's level nothing is written."""
        logger = logging.getLogger("khaos_connectors.test_quiet")
        logger.setLevel(logging.ERROR)

        LoggingHook(logger)(self.event())

        assert caplog.records == []
