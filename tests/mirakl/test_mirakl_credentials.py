"""The ways in which an account of Mirakl proves who it is."""

from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, urlsplit

import attrs
import pytest

from khaos_connectors.calls.auth import Auth, SignedBy
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.core.ids import AccountId
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.credentials import TEST_TOKEN_URL, authorisation_code, client_credentials, consent_address

JL = AccountId("john-lewis")


class Door:
    """A marketplace and the token host: who came, and with what."""

    def __init__(self, answer: Callable[[Request], Response]) -> None:
        self.answer = answer
        self.came: list[Request] = []

    def send(self, request: Request) -> Response:
        self.came.append(request)
        return self.answer(request)


def visited(config: MiraklConfig, grant: str = "") -> tuple[Mapping[str, str], Door]:
    """The headers with which a call arrives, and the token host as it was left."""
    shop = Door(lambda _: Response(status=200, body=b'{"shop_id": 1}'))
    host = Door(lambda _: Response(status=200, body=grant.encode()))
    runner = Runner({"john-lewis": shop, "john-lewis:auth": host})
    runner.run(config.caller().perform(endpoints.get_account(config.scope)))
    return shop.came[0].headers, host


def with_auth(config: MiraklConfig, auth: Auth) -> MiraklConfig:
    return attrs.evolve(config, api_key=None, auth=auth)


def test_the_shop_key_travels_bare(config: MiraklConfig) -> None:
    """There is no ``Bearer`` before it."""
    assert visited(config)[0]["authorization"] == "key-123"
    assert [each.system for each in config.connections()] == ["john-lewis"]


def test_client_credentials(config: MiraklConfig) -> None:
    """One log-in, with the company as audience where it is given; the token host is one of the connections."""
    own = with_auth(config, client_credentials(JL, client_id="me", client_secret="hush", audience="company-1"))
    headers, host = visited(own, '{"access_token": "t", "token_type": "Bearer", "expires_in": 3599}')

    assert headers["authorization"] == "Bearer t"
    assert parse_qs(host.came[0].body.decode())["audience"] == ["company-1"]
    assert [each.base_url for each in own.connections()] == ["https://shop.example.com", "https://auth.mirakl.net"]


def test_an_authorised_integration(config: MiraklConfig) -> None:
    """The refresh token is changed for an access token, and the new refresh token handed over to be stored."""
    kept = list[Secret]()
    auth = authorisation_code(
        JL, client_id="me", client_secret="hush", keep=kept.append, refresh_token="r0", token_url=TEST_TOKEN_URL
    )
    own = with_auth(config, auth)
    headers, _ = visited(own, '{"access_token": "t", "refresh_token": "r1", "expires_in": 3599}')

    assert headers["authorization"] == "Bearer t"
    assert kept == [Secret("r1")]
    assert own.connections()[1].base_url == "https://auth-test.mirakl.net"


def test_where_the_seller_consents() -> None:
    """At Mirakl's own host, with what was asked for in the query."""
    address = consent_address(client_id="me", redirect_uri="https://app.example.com/back?tenant=jl", state="s")
    assert address.startswith("https://auth.mirakl.net/authorize?")
    assert parse_qs(urlsplit(address).query)["redirect_uri"] == ["https://app.example.com/back?tenant=jl"]


@pytest.mark.parametrize(
    ("given", "prefix", "sent"),
    [("key", "", "key"), (Secret("t"), "Bearer ", "Bearer t"), ({"Authorization": "h"}, "", "h")],
)
def test_any_callable(given: str | Secret | dict[str, str], prefix: str, sent: str, config: MiraklConfig) -> None:
    """A vault of one's own gives a key, a token or the headers."""
    assert visited(with_auth(config, SignedBy(lambda: given, prefix=prefix)))[0]["authorization"] == sent
