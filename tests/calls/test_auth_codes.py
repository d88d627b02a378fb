"""Consent once, refresh tokens from there on; and credentials that a callable of the user's gives."""

import asyncio
import threading
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import attrs
import pytest

from khaos_connectors.calls.auth import AuthorisationCode, ClientCredentials, SignedBy, consent_address
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.effects import Do
from khaos_connectors.calls.flows import gather
from khaos_connectors.calls.messages import Call, Lost, Outcome, Request, Response
from khaos_connectors.calls.refusals import refusal
from khaos_connectors.calls.retry import RetryPolicy
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.errors import AuthFailed, ConfigError, NotSent, Unanswered
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.play import play


def status(response: Response) -> int:
    if response.status >= 300:
        raise refusal(response, system="shop", operation="op", message="no")
    return response.status


CALL: Call[int] = Call(operation="op", repeat="free", request=Request(method="GET", path="/x"), decode=status)


class Host:
    """A token host that takes each refresh token once, and the shop that takes its access tokens."""

    def __init__(self, *, rotates: bool = True) -> None:
        self.rotates = rotates
        self.good = {"r0"}
        self.codes = {"c0"}
        self.asked: list[dict[str, str]] = []
        self.seen: list[str] = []
        self.revoked: set[str] = set()

    def token(self, request: Request) -> Outcome:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        self.asked.append(form)
        given = form.get("refresh_token", form.get("code", ""))
        known = self.good if "refresh_token" in form else self.codes
        if given not in known:
            return Response(status=400, body=b'{"error": "invalid_grant"}')
        number = len(self.asked)
        fresh = ""
        if self.rotates or "code" in form:
            known.discard(given)
            self.good.add(f"r{number}")
            fresh = f', "refresh_token": "r{number}"'
        return Response(status=200, body=f'{{"access_token": "t{number}", "expires_in": 600{fresh}}}'.encode())

    def shop(self, request: Request) -> Outcome:
        given = request.headers["authorization"]
        self.seen.append(given)
        return Response(status=401 if given in self.revoked else 200)

    @property
    def systems(self) -> dict[str, Any]:
        return {"shop": self.shop, "shop:auth": self.token}


def consent(kept: list[str], **more: Any) -> AuthorisationCode:
    settings = {"client_secret": "hush", "refresh_token": "r0", **more}
    return AuthorisationCode(
        "shop",
        token_url="https://login.example/oauth/token",
        client_id="me",
        keep=lambda token: kept.append(token.reveal()),
        **settings,
    )


class TestRefreshing:
    def test_each_new_refresh_token_is_stored_before_its_access_token_is_used(self, drive: Any) -> None:
        """The one that was given is used once; what comes back is kept and used next."""
        host, kept, clock = Host(), list[str](), ManualClock()
        caller = Caller("shop", auth=consent(kept))

        drive(caller.perform(CALL), host.systems, clock=clock)
        assert kept == ["r1"]
        drive(caller.perform(CALL), host.systems, clock=clock)
        assert len(host.asked) == 1
        clock.advance(600)
        drive(caller.perform(CALL), host.systems, clock=clock)

        assert [form["refresh_token"] for form in host.asked] == ["r0", "r1"]
        assert kept == ["r1", "r2"]
        assert host.seen == ["Bearer t1", "Bearer t1", "Bearer t2"]

    def test_the_form(self, drive: Any) -> None:
        """Grant, token, client and, where there is one, its secret."""
        host = Host()
        drive(Caller("shop", auth=consent([])).perform(CALL), host.systems)
        assert host.asked == [
            {"grant_type": "refresh_token", "refresh_token": "r0", "client_id": "me", "client_secret": "hush"}
        ]
        public = Host()
        drive(Caller("shop", auth=consent([], client_secret=None)).perform(CALL), public.systems)
        assert public.asked == [{"grant_type": "refresh_token", "refresh_token": "r0", "client_id": "me"}]

    def test_a_host_that_gives_no_new_one(self, drive: Any) -> None:
        """Then the old one goes on, and there is nothing to keep."""
        host, kept, clock = Host(rotates=False), list[str](), ManualClock()
        caller = Caller("shop", auth=consent(kept))
        for _ in range(2):
            drive(caller.perform(CALL), host.systems, clock=clock)
            clock.advance(600)

        assert [form["refresh_token"] for form in host.asked] == ["r0", "r0"]
        assert kept == []

    def test_a_revoked_access_token_is_replaced_once(self, drive: Any) -> None:
        """The refused call is made again with the new one."""
        host, kept = Host(), list[str]()
        caller = Caller("shop", auth=consent(kept))
        drive(caller.perform(CALL), host.systems)
        host.revoked.add("Bearer t1")

        assert drive(caller.perform(CALL), host.systems) == 200
        assert host.seen == ["Bearer t1", "Bearer t1", "Bearer t2"]

    def test_many_flows_refresh_once(self) -> None:
        """Thirty calls at once use up one refresh token: a second use could end the consent."""
        host, kept, clock = Host(), list[str](), ManualClock()

        class Slow:
            def __init__(self, handler: Any) -> None:
                self.handler = handler

            async def send(self, request: Request) -> Outcome:
                await clock.sleep_async(40)
                return self.handler(request)

        caller = Caller("shop", auth=consent(kept))
        runner = AsyncRunner({"shop": Slow(host.shop), "shop:auth": Slow(host.token)}, clock=clock)
        asyncio.run(runner.run(gather([caller.perform(CALL) for _ in range(30)], limit=30)))
        assert kept == ["r1"]

    def test_a_refresh_that_is_refused(self, drive: Any) -> None:
        """A consent that was taken back is ``AuthFailed`` with the host's code; nothing of the call was sent."""
        host = Host()
        with pytest.raises(AuthFailed) as told:
            drive(Caller("shop", auth=consent([], refresh_token="gone")).perform(CALL), host.systems)
        assert (told.value.code, host.seen) == ("invalid_grant", [])

    def test_silence_of_the_host_says_nothing_of_the_call(self, drive: Any) -> None:
        """The call itself never left."""
        auth = consent([], retry=RetryPolicy(attempts=1))
        with pytest.raises(NotSent, match="no token"):
            drive(
                Caller("shop", auth=auth).perform(attrs.evolve(CALL, repeat="never")),
                {"shop:auth": lambda _: Lost(sent=True, reason="no answer in time")},
            )

    def test_secrets_do_not_show(self) -> None:
        """Neither the client's nor the tokens."""
        assert "hush" not in repr(consent([]))
        assert "r0" not in repr(vars(consent([])))


class TestStored:
    def test_two_processes_share_one_consent(self, drive: Any) -> None:
        """Each reads what the other stored; whoever is late with an old one reads again."""
        host, stored, clock = Host(), ["r0"], ManualClock()

        def process() -> Caller:
            return Caller("shop", auth=consent(stored, refresh_token=lambda: stored[-1]))

        one, other = process(), process()
        for caller in (one, other, one, other):
            drive(caller.perform(CALL), host.systems, clock=clock)
            clock.advance(400)

        assert [form["refresh_token"] for form in host.asked] == stored[:-1]

    def test_the_late_one_reads_again(self, drive: Any) -> None:
        """Between its reading and its asking another process was quicker: the stored one is read anew, once."""
        host, read = Host(), list[str]()
        host.good = {"r9"}

        def stored() -> str:
            read.append("")
            return "r0" if len(read) == 1 else "r9"

        assert drive(Caller("shop", auth=consent([], refresh_token=stored)).perform(CALL), host.systems) == 200
        assert [form["refresh_token"] for form in host.asked] == ["r0", "r9"]

    def test_the_same_one_again_is_a_refusal(self, drive: Any) -> None:
        """Where nothing newer is stored the refusal stands."""
        with pytest.raises(AuthFailed):
            drive(Caller("shop", auth=consent([], refresh_token=lambda: "gone")).perform(CALL), Host().systems)

    def test_a_token_that_could_not_be_stored_is_not_lost(self, drive: Any) -> None:
        """The store's failure comes out of the call; the next one goes on from the token that it did not take."""
        host, failing = Host(), [True]
        stored = ["r0"]

        def keep(token: Secret) -> None:
            if failing.pop() if failing else False:
                raise OSError("disk full")
            stored.append(token.reveal())

        auth = AuthorisationCode(
            "shop",
            token_url="https://login.example/t",
            client_id="me",
            keep=keep,
            refresh_token=lambda: stored[-1],
        )
        with pytest.raises(OSError, match="disk full"):
            drive(Caller("shop", auth=auth).perform(CALL), host.systems)
        assert host.seen == []
        assert drive(Caller("shop", auth=auth).perform(CALL), host.systems) == 200
        assert stored == ["r0", "r2"]


class TestConsent:
    def test_the_address(self) -> None:
        """What was asked for travels in the query; what was not given does not."""
        address = consent_address(
            "https://login.example/authorize",
            client_id="me",
            redirect_uri="https://app.example.com/back?a=1",
            state="s t",
            scope="orders",
            challenge="xyz",
        )
        assert parse_qs(urlsplit(address).query) == {
            "response_type": ["code"],
            "client_id": ["me"],
            "redirect_uri": ["https://app.example.com/back?a=1"],
            "state": ["s t"],
            "code_challenge": ["xyz"],
            "code_challenge_method": ["S256"],
            "scope": ["orders"],
        }
        tenant = consent_address("https://login.example/a?tenant=1", client_id="me", redirect_uri="u", state="s")
        assert tenant.startswith("https://login.example/a?tenant=1&response_type=code")

    def test_a_code_becomes_tokens(self, drive: Any) -> None:
        """The refresh token is kept and the access token used at once."""
        host, kept = Host(), list[str]()
        auth = consent(kept, refresh_token=None)
        drive(auth.redeem("c0", redirect_uri="https://app.example.com/back", verifier="v"), host.systems)

        assert drive(Caller("shop", auth=auth).perform(CALL), host.systems) == 200
        assert host.asked == [
            {
                "grant_type": "authorization_code",
                "code": "c0",
                "redirect_uri": "https://app.example.com/back",
                "code_verifier": "v",
                "client_id": "me",
                "client_secret": "hush",
            }
        ]
        assert kept == ["r1"]

    def test_a_code_that_brings_no_refresh_token_serves_while_its_token_lives(self, drive: Any) -> None:
        """There is nothing to keep; when the token has run out, somebody has to consent again."""
        host, kept, clock = Host(), list[str](), ManualClock()
        auth = consent(kept, refresh_token=None)
        bare = Response(status=200, body=b'{"access_token": "t1", "expires_in": 600}')
        drive(auth.redeem("c0", redirect_uri="u"), {"shop:auth": lambda _: bare}, clock=clock)

        assert drive(Caller("shop", auth=auth).perform(CALL), host.systems, clock=clock) == 200
        clock.advance(600)
        with pytest.raises(ConfigError, match="redeem"):
            drive(Caller("shop", auth=auth).perform(CALL), host.systems, clock=clock)
        assert kept == []

    def test_a_code_is_not_sent_twice(self, drive: Any) -> None:
        """It works once; whether it did, nobody knows after a silence."""
        asked = list[Request]()

        def silent(request: Request) -> Outcome:
            asked.append(request)
            return Lost(sent=True, reason="no answer in time")

        with pytest.raises(Unanswered):
            drive(consent([], refresh_token=None).redeem("c0", redirect_uri="u"), {"shop:auth": silent})
        assert len(asked) == 1

    def test_without_consent_nothing_can_be_called(self, drive: Any) -> None:
        """The error says what to do."""
        with pytest.raises(ConfigError, match="redeem"):
            drive(Caller("shop", auth=consent([], refresh_token=None)).perform(CALL), Host().systems)

    def test_basic_needs_a_secret(self) -> None:
        """A public client cannot use HTTP Basic."""
        with pytest.raises(ConfigError, match="client_secret"):
            consent([], client_secret=None, style="basic")


def test_threads_log_in_once() -> None:
    """Eight threads of blocking runners without a token: one asks for it, the others wait."""
    asked, begin = list[int](), threading.Barrier(8)

    class Slow:
        def send(self, request: Request) -> Outcome:
            asked.append(1)
            time.sleep(0.05)  # real threads meet in real time
            return Response(status=200, body=b'{"access_token": "t", "expires_in": 600}')

    class Shop:
        def send(self, request: Request) -> Outcome:
            return Response(status=200)

    auth = ClientCredentials("shop", token_url="https://login.example/t", client_id="me", client_secret="hush")
    runner = Runner({"shop": Shop(), "shop:auth": Slow()})
    found = list[int]()

    def work() -> None:
        begin.wait()
        found.append(runner.run(Caller("shop", auth=auth).perform(CALL)))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, asked) == ([200] * 8, [1])


class TestSignedBy:
    def test_a_token(self, drive: Any) -> None:
        """It goes into the header after the prefix, asked for each time, a Secret or a text."""
        seen = list[str]()
        tokens = iter(["one", Secret("two")])
        caller = Caller("shop", auth=SignedBy(lambda: next(tokens), prefix="Bearer "))

        def shop(request: Request) -> Outcome:
            seen.append(request.headers["authorization"])
            return Response(status=200)

        for _ in range(2):
            drive(caller.perform(CALL), {"shop": shop})
        assert seen == ["Bearer one", "Bearer two"]

    def test_whole_headers(self) -> None:
        """Several at once, as some gateways want."""
        auth = SignedBy(lambda: {"X-Key": "k", "X-Shop": "7"}, blocking=False)
        signed = play(auth.sign(CALL.request)).result
        assert (signed.headers["x-key"], signed.headers["x-shop"]) == ("k", "7")

    def test_what_may_block_runs_where_it_may(self) -> None:
        """As work for the driver; in place only where the user says so."""
        assert len(play(SignedBy(lambda: "t").sign(CALL.request), ["t"]).of(Do)) == 1
        assert not play(SignedBy(lambda: "t", blocking=False).sign(CALL.request)).of(Do)

    @pytest.mark.parametrize("blocking", [True, False])
    def test_after_a_401_it_forgets_and_is_asked_once_more(self, drive: Any, *, blocking: bool) -> None:
        """The refused token is dropped by its owner; the call is repeated once with the new one."""
        vault, seen = ["old"], list[str]()
        auth = SignedBy(lambda: {"Authorization": vault[-1]}, forget=lambda: vault.append("new"), blocking=blocking)

        def shop(request: Request) -> Outcome:
            seen.append(request.headers["authorization"])
            return Response(status=401 if seen[-1] == "old" else 200)

        assert drive(Caller("shop", auth=auth).perform(CALL), {"shop": shop}) == 200
        assert seen == ["old", "new"]

    def test_without_anything_to_forget_it_is_asked_once_more(self, drive: Any) -> None:
        """A callable that looks into a vault each time needs no telling; a key that stays refused is an error."""
        vault = iter(["old", "new"])
        shop = {"shop": lambda request: Response(status=401 if request.headers["authorization"] != "new" else 200)}
        assert drive(Caller("shop", auth=SignedBy(lambda: next(vault))).perform(CALL), shop) == 200
        with pytest.raises(AuthFailed):
            drive(Caller("shop", auth=SignedBy(lambda: "bad")).perform(CALL), shop)

    def test_a_late_refusal_of_an_old_token_forgets_nothing(self, drive: Any) -> None:
        """Another flow has asked since: what it was given is still good."""
        vault, forgotten = ["old"], list[int]()
        auth = SignedBy(lambda: vault[-1], forget=lambda: forgotten.append(1), blocking=False)
        old = drive(auth.sign(CALL.request))
        drive(auth.sign(Request(method="POST", path="/y", headers={"content-type": "text/csv"})))
        assert auth.refreshed(old)
        drive(auth.sign(CALL.request))
        assert forgotten.pop() == 1, "the same token on another request is the same token"
        vault.append("new")
        drive(auth.sign(CALL.request))

        assert auth.refreshed(old)
        drive(auth.sign(CALL.request))
        assert forgotten == []

    def test_nothing_is_no_credential(self, drive: Any) -> None:
        """An empty token or no headers are told before anything is sent."""
        for nothing in ("", {}):
            with pytest.raises(ConfigError, match="gave nothing"):
                drive(Caller("shop", auth=SignedBy(lambda given=nothing: given)).perform(CALL), {})

    def test_it_does_not_show_what_it_gave(self, drive: Any) -> None:
        """Neither in its text nor in its fields' text."""
        auth = SignedBy(lambda: "hush")
        drive(auth.sign(CALL.request))
        assert "hush" not in repr(auth)
