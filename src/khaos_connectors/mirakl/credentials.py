"""How an account of Mirakl proves who it is, beside the shop key: tokens of Mirakl's own authentication system.

The shop key is the documented way for sellers and suffices (``MiraklConfig(api_key=...)``). Tokens are for integrations
that Mirakl has registered, with a client id and a secret. Whether a marketplace takes them, its operator tells.
"""

from collections.abc import Callable

from khaos_connectors.calls.auth import AuthorisationCode, ClientCredentials
from khaos_connectors.calls.auth import consent_address as address_of
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.core.ids import AccountId

__all__ = [
    "CONSENT_URL",
    "TEST_TOKEN_URL",
    "TOKEN_URL",
    "authorisation_code",
    "client_credentials",
    "consent_address",
]

TOKEN_URL = "https://auth.mirakl.net/oauth/token"  # noqa: S105 - an address, not a secret
"""Where tokens of live accounts come from."""

TEST_TOKEN_URL = "https://auth-test.mirakl.net/oauth/token"  # noqa: S105 - as above
"""Where tokens of test accounts come from."""

CONSENT_URL = "https://auth.mirakl.net/authorize"
"""Where a seller lets an integration in."""


def client_credentials(
    account: AccountId,
    *,
    client_id: str,
    client_secret: Secret | str,
    audience: str | None = None,
    token_url: str = TOKEN_URL,
) -> ClientCredentials:
    """Tokens for a client id and its secret. *audience*: the seller's company id, which some hosts want to be told."""
    return ClientCredentials(
        account, token_url=token_url, client_id=client_id, client_secret=client_secret, audience=audience
    )


def authorisation_code(
    account: AccountId,
    *,
    client_id: str,
    client_secret: Secret | str,
    keep: Callable[[Secret], None],
    refresh_token: Secret | str | Callable[[], Secret | str] | None = None,
    audience: str | None = None,
    token_url: str = TOKEN_URL,
) -> AuthorisationCode:
    """Tokens that a seller has consented to; *keep* stores each new refresh token (see ``AuthorisationCode``)."""
    return AuthorisationCode(
        account,
        token_url=token_url,
        client_id=client_id,
        client_secret=client_secret,
        keep=keep,
        refresh_token=refresh_token,
        audience=audience,
    )


def consent_address(
    *, client_id: str, redirect_uri: str, state: str, scope: str | None = None, consent_url: str = CONSENT_URL
) -> str:
    """Where to send the seller for consent; they come back with a code for ``AuthorisationCode.redeem``.

    Mirakl registers the redirect addresses of an integration, with a parameter for the tenant where it has several.
    """
    return address_of(consent_url, client_id=client_id, redirect_uri=redirect_uri, state=state, scope=scope)
