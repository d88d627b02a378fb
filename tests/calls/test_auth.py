"""Logging in with OAuth 2.0 client credentials."""

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import attrs
import pytest

from khaos_connectors.calls.auth import Auth, Basic, Bearer, ClientCredentials, HeaderKey
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.drivers import AsyncRunner
from khaos_connectors.calls.flows import gather
from khaos_connectors.calls.messages import Call, Lost, Outcome, Request, Response
from khaos_connectors.calls.refusals import refusal
from khaos_connectors.calls.retry import RetryPolicy
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.errors import AuthFailed, ConfigError, NotSent, Undecodable
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.play import play


def status(response: Response) -> int:
    if response.status >= 300:
        raise refusal(response, system="shop", operation="op", message="no")
    return response.status


CALL: Call[int] = Call(operation="op", repeat="free", request=Request(method="GET", path="/x"), decode=status)


class Host:
    """A token host and the system that takes its tokens; a token is good for *lifetime* seconds or until revoked."""

    def __init__(self, lifetime: int = 3600) -> None:
        self.lifetime = lifetime
        self.asked: list[Request] = []
        self.seen: list[str] = []
        self.revoked: set[str] = set()

    def token(self, request: Request) -> Outcome:
        self.asked.append(request)
        body = f'{{"access_token": "t{len(self.asked)}", "token_type": "Bearer", "expires_in": {self.lifetime}}}'
        return Response(status=200, body=body.encode())

    def shop(self, request: Request) -> Outcome:
        given = request.headers["authorization"]
        self.seen.append(given)
        return Response(status=401 if given in self.revoked else 200)

    @property
    def systems(self) -> dict[str, Any]:
        return {"shop": self.shop, "shop:auth": self.token}


def credentials(**more: Any) -> ClientCredentials:
    return ClientCredentials(
        "shop", token_url="https://login.example/oauth/token", client_id="me", client_secret=Secret("hush"), **more
    )


class TestToken:
    def test_it_is_asked_for_once_and_kept(self, drive: Any) -> None:
        """Three calls, one log-in."""
        host, caller = Host(), Caller("shop", auth=credentials())

        for _ in range(3):
            assert drive(caller.perform(CALL), host.systems) == 200

        assert host.seen == ["Bearer t1"] * 3
        assert len(host.asked) == 1

    def test_it_is_renewed_before_it_runs_out(self, drive: Any) -> None:
        """A minute before its end a new one is fetched."""
        host, caller, clock = Host(lifetime=600), Caller("shop", auth=credentials(margin=60)), ManualClock()

        drive(caller.perform(CALL), host.systems, clock=clock)
        clock.advance(539)
        drive(caller.perform(CALL), host.systems, clock=clock)
        clock.advance(2)
        drive(caller.perform(CALL), host.systems, clock=clock)

        assert host.seen == ["Bearer t1", "Bearer t1", "Bearer t2"]

    def test_a_short_lived_token_serves_the_call_that_asked(self, drive: Any) -> None:
        """A life shorter than the margin does not ask for ever."""
        host = Host(lifetime=5)

        assert drive(Caller("shop", auth=credentials()).perform(CALL), host.systems) == 200
        assert len(host.asked) == 1

    def test_a_revoked_token_is_replaced_once(self, drive: Any) -> None:
        """The refused call is made again with the new token."""
        host, caller = Host(), Caller("shop", auth=credentials())
        drive(caller.perform(CALL), host.systems)
        host.revoked.add("Bearer t1")

        assert drive(caller.perform(CALL), host.systems) == 200
        assert host.seen == ["Bearer t1", "Bearer t1", "Bearer t2"]

    def test_many_flows_share_one_log_in(self) -> None:
        """Thirty calls at once and no token: one asks, the others wait for it. The same when it is revoked."""
        host, caller, clock = Host(), Caller("shop", auth=credentials()), ManualClock()

        class Slow:
            def __init__(self, handler: Any, seconds: float) -> None:
                self.handler, self.seconds = handler, seconds

            async def send(self, request: Request) -> Outcome:
                await clock.sleep_async(self.seconds)
                return self.handler(request)

        runner = AsyncRunner({"shop": Slow(host.shop, 0.2), "shop:auth": Slow(host.token, 2)}, clock=clock)
        asyncio.run(runner.run(gather([caller.perform(CALL) for _ in range(30)], limit=30)))
        assert len(host.asked) == 1

        host.revoked.add("Bearer t1")
        asyncio.run(runner.run(gather([caller.perform(CALL) for _ in range(30)], limit=30)))
        assert len(host.asked) == 2

    def test_a_late_refusal_of_an_old_token_keeps_the_new_one(self, drive: Any) -> None:
        """The flow that was refused with it is signed with what another flow has fetched since."""
        host, auth = Host(), credentials()
        old = drive(auth.sign(CALL.request), host.systems)
        assert auth.refreshed(old)
        new = drive(auth.sign(CALL.request), host.systems)

        assert auth.refreshed(old)
        assert drive(auth.sign(CALL.request), host.systems) == new
        assert len(host.asked) == 2

    def test_an_abandoned_log_in_blocks_nobody(self, drive: Any) -> None:
        """A flow that was closed while it asked for the token leaves the way free."""
        host, auth = Host(), credentials()
        flow = Caller("shop", auth=auth).perform(CALL)
        next(flow)
        flow.send(ManualClock().now())
        flow.close()

        assert drive(Caller("shop", auth=auth).perform(CALL), host.systems) == 200

    def test_one_that_hangs_is_not_waited_for_for_ever(self, drive: Any) -> None:
        """After half a minute of waiting a flow asks for a token of its own."""
        host, auth, clock = Host(), credentials(), ManualClock()
        hanging = auth.sign(CALL.request)
        next(hanging)
        hanging.send(clock.now())  # now it is asking

        start = clock.now()
        assert drive(Caller("shop", auth=auth).perform(CALL), host.systems, clock=clock) == 200
        assert timedelta(seconds=29) < clock.now() - start < timedelta(seconds=32)
        hanging.close()

    def test_of_many_who_gave_up_waiting_one_asks(self) -> None:
        """Behind a log-in that hangs they do not storm the token host together: one takes its place."""
        host, auth, clock = Host(), credentials(), ManualClock()
        hanging = auth.sign(CALL.request)
        next(hanging)
        hanging.send(clock.now())  # now it is asking

        class Slow:
            async def send(self, request: Request) -> Outcome:
                await clock.sleep_async(2)
                return host.token(request)

        runner = AsyncRunner({"shop:auth": Slow()}, clock=clock)
        signed = asyncio.run(runner.run(gather([auth.sign(CALL.request) for _ in range(20)], limit=20)))
        assert {each.headers["authorization"] for each in signed} == {"Bearer t1"}
        assert len(host.asked) == 1
        hanging.close()


class TestRequest:
    def test_the_query_of_the_address_is_kept(self, drive: Any) -> None:
        """Some hosts tell their tenants apart by it."""
        host = Host()
        auth = ClientCredentials(
            "shop", token_url="https://login.example/token?p=b2c&x=", client_id="me", client_secret="hush"
        )
        drive(auth.sign(CALL.request), host.systems)
        assert (host.asked[0].path, host.asked[0].query) == ("/token", (("p", "b2c"), ("x", "")))

    def test_the_form(self, drive: Any) -> None:
        """Grant, id and secret travel in the body; audience and scope only where they are set."""
        host = Host()

        drive(Caller("shop", auth=credentials(audience="aud", scope="a b")).perform(CALL), host.systems)

        asked = host.asked[0]
        assert (asked.method, asked.path) == ("POST", "/oauth/token")
        assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
        assert parse_qs(asked.body.decode()) == {
            "grant_type": ["client_credentials"],
            "client_id": ["me"],
            "client_secret": ["hush"],
            "audience": ["aud"],
            "scope": ["a b"],
        }

    def test_the_basic_style(self, drive: Any) -> None:
        """Some hosts want id and secret as HTTP Basic and nowhere else."""
        host = Host()

        drive(Caller("shop", auth=credentials(style="basic")).perform(CALL), host.systems)

        assert host.asked[0].headers["authorization"] == "Basic bWU6aHVzaA=="
        assert b"hush" not in host.asked[0].body

    def test_the_token_host_is_a_system_of_its_own(self) -> None:
        """Its connection is opened beside the account's."""
        connection = credentials().connection()

        assert (connection.system, connection.base_url) == ("shop:auth", "https://login.example")

    def test_a_relative_address_is_refused(self) -> None:
        """The token host must be told whole."""
        with pytest.raises(ConfigError, match="token_url"):
            ClientCredentials("shop", token_url="/oauth/token", client_id="me", client_secret=Secret("hush"))

    def test_the_secret_does_not_travel_in_the_clear(self) -> None:
        """A token host is asked over HTTPS; over plain HTTP on this machine only."""
        with pytest.raises(ConfigError, match="token_url"):
            ClientCredentials("shop", token_url="http://login.example/t", client_id="me", client_secret="hush")
        for held in ("https://u:p@login.example/t", "https://:p@login.example/t", "https://login.example/t#x"):
            with pytest.raises(ConfigError, match="token_url"):
                ClientCredentials("shop", token_url=held, client_id="me", client_secret="hush")
        local = ClientCredentials("shop", token_url="http://127.0.0.1:8/t", client_id="me", client_secret="hush")
        assert local.connection().base_url == "http://127.0.0.1:8"


class TestRefusals:
    @pytest.mark.parametrize("code", [400, 401])
    def test_wrong_credentials(self, drive: Any, code: int) -> None:
        """OAuth says 400 or 401; both are ``AuthFailed`` with the host's own code and words."""
        body = b'{"error": "invalid_client", "error_description": "Unknown client"}'

        with pytest.raises(AuthFailed, match="Unknown client") as raised:
            drive(
                Caller("shop", auth=credentials()).perform(CALL),
                {"shop:auth": lambda _: Response(status=code, body=body)},
            )

        assert (raised.value.system, raised.value.operation) == ("shop:auth", "token")
        assert (raised.value.status, raised.value.code) == (code, "invalid_client")

    def test_a_refusal_without_json(self, drive: Any) -> None:
        """A proxy's page in place of the host's answer is still told by its status."""
        with pytest.raises(AuthFailed, match="refused the log-in"):
            drive(
                Caller("shop", auth=credentials()).perform(CALL),
                {"shop:auth": lambda _: Response(status=403, body=b"<html>no</html>")},
            )

    def test_the_host_is_asked_again_while_it_is_away(self, drive: Any) -> None:
        """A log-in may be repeated; when it stays away the error names the token host."""
        auth = credentials(retry=RetryPolicy(attempts=2))
        asked: list[Request] = []

        def away(request: Request) -> Outcome:
            asked.append(request)
            return Lost(sent=False, reason="could not connect")

        with pytest.raises(NotSent, match=r"shop:auth\.token"):
            drive(Caller("shop", auth=auth).perform(CALL), {"shop:auth": away})
        assert len(asked) == 2

    def test_silence_of_the_host_says_nothing_of_the_call(self, drive: Any) -> None:
        """The call itself never left, so nobody needs to look whether its write took effect."""
        auth = credentials(retry=RetryPolicy(attempts=1))

        with pytest.raises(NotSent, match=r"shop:auth\.token: not sent: no token, no answer in time"):
            drive(
                Caller("shop", auth=auth).perform(attrs.evolve(CALL, repeat="never")),
                {"shop:auth": lambda _: Lost(sent=True, reason="no answer in time")},
            )

    @pytest.mark.parametrize(
        ("body", "path"),
        [
            (b'{"token_type": "Bearer"}', "$.access_token"),
            (b'{"access_token": "t", "token_type": "mac"}', "$.token_type"),
        ],
    )
    def test_a_grant_that_is_none(self, drive: Any, body: bytes, path: str) -> None:
        """An answer without a bearer token names the field."""
        with pytest.raises(Undecodable) as raised:
            drive(
                Caller("shop", auth=credentials()).perform(CALL),
                {"shop:auth": lambda _: Response(status=200, body=body)},
            )

        assert raised.value.path == path


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (HeaderKey("x-key", "hush"), HeaderKey("x-key", Secret("hush"))),
        (Basic("me", "hush"), Basic("me", Secret("hush"))),
        (Bearer("hush"), Bearer(Secret("hush"))),
    ],
)
def test_a_credential_may_be_given_as_text(text: Auth, secret: Auth) -> None:
    """It becomes a ``Secret`` where it is given, not an error where it signs."""
    assert text == secret
    assert "hush" not in repr(text)
    assert play(text.sign(CALL.request), []).result == play(secret.sign(CALL.request), []).result


@pytest.mark.parametrize("wrong", [None, b"hush", 7])
def test_a_credential_of_another_kind_is_refused_where_it_is_given(wrong: object) -> None:
    """With the kind that came and the kinds that are taken, never with its text."""
    with pytest.raises(TypeError, match=r"Secret\(text\)") as caught:
        Bearer(wrong)  # type: ignore[arg-type]  # a mistake on purpose
    assert "hush" not in str(caught.value)


def test_a_user_name_with_a_colon_is_refused() -> None:
    """It would be read as another name and another password."""
    with pytest.raises(ConfigError, match="colon"):
        Basic("a:b", Secret("p"))
