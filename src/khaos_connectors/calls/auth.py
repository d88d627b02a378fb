"""Credentials: what signs a request, and the log-in that some systems ask for first."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Literal, Protocol, TypeVar
from urllib.parse import urlencode

import attrs

from khaos_connectors.calls._basic import basic
from khaos_connectors.calls._tokens import Grant, KeptToken, TokenHost
from khaos_connectors.calls.connection import Connection
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do, now
from khaos_connectors.calls.messages import Request
from khaos_connectors.calls.retry import RetryPolicy
from khaos_connectors.calls.secrets import Secret, secret
from khaos_connectors.errors import AuthFailed, ConfigError

__all__ = [
    "Auth",
    "AuthorisationCode",
    "Basic",
    "Bearer",
    "ClientCredentials",
    "HeaderKey",
    "NoAuth",
    "SignedBy",
    "consent_address",
]


T = TypeVar("T")

_LONGEST_WAIT = 30.0


class Auth(Protocol):
    """What proves to a system who is calling."""

    def sign(self, request: Request) -> Flow[Request]:
        """*request* with credentials; may talk to the system (or to its token host) first."""
        ...

    def refreshed(self, refused: Request) -> bool:
        """Told that *refused*, as signed, was answered with 401: whether signing anew gives other credentials."""
        ...


class _Fixed:
    """Credentials that never change, hence cannot be renewed."""

    __slots__ = ()

    def _header(self) -> dict[str, str]:
        return {}

    def sign(self, request: Request) -> Flow[Request]:
        """*request* with the header that proves who is calling."""
        yield from ()
        return request.with_headers(self._header())

    def refreshed(self, refused: Request) -> bool:
        """Never: the same credentials would be refused again."""
        return False


@attrs.frozen
class NoAuth(_Fixed):
    """No credentials: the network, a client certificate or nothing protects the system."""


@attrs.frozen
class HeaderKey(_Fixed):
    """A key in the header *name*, after *prefix* (``"ApiKey "``)."""

    name: str
    key: Secret = attrs.field(converter=secret)
    prefix: str = ""

    def _header(self) -> dict[str, str]:
        return {self.name: self.prefix + self.key.reveal()}


@attrs.frozen
class Basic(_Fixed):
    """HTTP Basic (RFC 7617), in UTF-8. *user* must not hold a colon."""

    user: str
    password: Secret = attrs.field(converter=secret)

    def __attrs_post_init__(self) -> None:
        if ":" in self.user:
            raise ConfigError(field="user", problem="a user name with a colon cannot travel in HTTP Basic")

    def _header(self) -> dict[str, str]:
        return {"authorization": basic(self.user, self.password)}


@attrs.frozen
class Bearer(_Fixed):
    """A bearer token (RFC 6750) that somebody else renews."""

    token: Secret = attrs.field(converter=secret)

    def _header(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token.reveal()}"}


class SignedBy:
    """Credentials that a callable of yours gives: a vault, a session of another library, an agency's token service.

    *give* answers with a token, which goes into *header* after *prefix*, or with whole headers. It is asked for every
    call, so it keeps what is worth keeping. Where it may block (the network, a file) it runs in a worker thread under
    an asynchronous driver; ``blocking=False`` asks it in place. When a call was refused with 401, *forget* is called
    before *give* is asked once more: there it drops what it keeps.

    Raises ``ConfigError``, before anything is sent, where *give* gives nothing.
    """

    def __init__(
        self,
        give: Callable[[], str | Secret | Mapping[str, str]],
        *,
        header: str = "authorization",
        prefix: str = "",
        forget: Callable[[], None] | None = None,
        blocking: bool = True,
    ) -> None:
        self._give = give
        self._header = header
        self._prefix = prefix
        self._forget = forget
        self._blocking = blocking
        self._given: Mapping[str, str] = {}
        self._refused = False

    def __repr__(self) -> str:
        return f"SignedBy(header={self._header!r})"

    def sign(self, request: Request) -> Flow[Request]:
        """*request* with what the callable gives now."""
        if self._refused:
            self._refused = False
            if self._forget is not None:
                yield from self._asked(self._forget)
        given = yield from self._asked(self._give)
        if isinstance(given, str | Secret):
            text = secret(given).reveal()
            headers = {self._header.lower(): self._prefix + text} if text else {}
        else:
            headers = {name.lower(): value for name, value in given.items()}
        if not headers:
            raise ConfigError(field="auth", problem="the callable that signs gave nothing")
        self._given = headers
        return request.with_headers(headers)

    def refreshed(self, refused: Request) -> bool:
        """Ask the callable once more, after telling it to forget what *refused* carried, if that is its latest."""
        if all(refused.headers.get(name) == value for name, value in self._given.items()):
            self._refused = True
        return True

    def _asked(self, work: Callable[[], T]) -> Flow[T]:
        if self._blocking:
            return (yield from do(work))
        return work()


class ClientCredentials:
    """OAuth 2.0 client credentials (RFC 6749 §4.4): logs in by itself and keeps the token until it nears its end.

    The token host is a system of its own in the driver, named ``"<account>:auth"``; ``connection()`` gives the
    connection to open for it beside the account's own. *style* says whether the client's id and secret travel in the
    form body or as HTTP Basic. A token is renewed *margin* seconds before it runs out, and once when it is refused
    earlier. Of several flows or threads that need a token at once, one asks for it and the others wait.
    """

    def __init__(
        self,
        account: str,
        *,
        token_url: str,
        client_id: str,
        client_secret: Secret | str,
        audience: str | None = None,
        scope: str | None = None,
        style: Literal["body", "basic"] = "body",
        margin: float = 60.0,
        retry: RetryPolicy | None = None,
    ) -> None:
        self._host = TokenHost(
            account,
            token_url=token_url,
            client_id=client_id,
            client_secret=secret(client_secret),
            more={"audience": audience, "scope": scope},
            style=style,
            retry=RetryPolicy() if retry is None else retry,
        )
        self._token = KeptToken(self._fetch, margin=timedelta(seconds=margin), longest=_LONGEST_WAIT)
        self.system = self._host.system

    def __repr__(self) -> str:
        return f"ClientCredentials(system={self.system!r}, client_id={self._host.client_id!r})"

    def connection(self) -> Connection:
        """The connection to the token host, with the usual timeouts; open it together with the account's own."""
        return self._host.connection()

    def sign(self, request: Request) -> Flow[Request]:
        """*request* with a bearer token that is valid for some time yet."""
        return self._token.sign(request)

    def refreshed(self, refused: Request) -> bool:
        """Forget the token that *refused* carried, unless another flow has replaced it already."""
        return self._token.refreshed(refused)

    def _fetch(self) -> Flow[Grant]:
        return self._host.ask({"grant_type": "client_credentials"})


class AuthorisationCode:
    """OAuth 2.0 authorisation code (RFC 6749 §4.1): a person consented once, refresh tokens carry on from there (§6).

    *refresh_token* is the latest one, or a callable that reads it where it is stored; None until ``redeem`` has turned
    the code of a consent into the first. Hosts may give a new refresh token with every access token and take the old
    one no more: *keep* is handed each new one before the access token beside it is used, and must have stored it when
    it returns. Several processes share one consent by a callable that reads what *keep* stored: the one that comes
    too late with an old refresh token reads it again.

    Tokens are renewed, waited for and reached as with ``ClientCredentials``; *client_secret* None suits public clients.
    """

    def __init__(
        self,
        account: str,
        *,
        token_url: str,
        client_id: str,
        keep: Callable[[Secret], None],
        client_secret: Secret | str | None = None,
        refresh_token: Secret | str | Callable[[], Secret | str] | None = None,
        audience: str | None = None,
        scope: str | None = None,
        style: Literal["body", "basic"] = "body",
        margin: float = 60.0,
        retry: RetryPolicy | None = None,
    ) -> None:
        patience = RetryPolicy() if retry is None else retry
        self._host = TokenHost(
            account,
            token_url=token_url,
            client_id=client_id,
            client_secret=None if client_secret is None else secret(client_secret),
            more={"audience": audience, "scope": scope},
            style=style,
            retry=patience,
        )
        # A refresh token used twice may end the consent: the others wait for as long as a refresh can take.
        longest = max(_LONGEST_WAIT, patience.budget + _LONGEST_WAIT)
        self._token = KeptToken(self._fetch, margin=timedelta(seconds=margin), longest=longest)
        self._keep = keep
        self._stored = refresh_token if callable(refresh_token) else None
        self._latest = None if refresh_token is None or callable(refresh_token) else secret(refresh_token)
        self.system = self._host.system

    def __repr__(self) -> str:
        return f"AuthorisationCode(system={self.system!r}, client_id={self._host.client_id!r})"

    def connection(self) -> Connection:
        """The connection to the token host, with the usual timeouts; open it together with the account's own."""
        return self._host.connection()

    def sign(self, request: Request) -> Flow[Request]:
        """*request* with a bearer token that is valid for some time yet."""
        return self._token.sign(request)

    def refreshed(self, refused: Request) -> bool:
        """Forget the token that *refused* carried, unless another flow has replaced it already."""
        return self._token.refreshed(refused)

    def redeem(self, code: Secret | str, *, redirect_uri: str, verifier: Secret | str | None = None) -> Flow[None]:
        """Turn the *code* that a consent came back with into tokens; *keep* gets the refresh token.

        *redirect_uri* is the one that the consent was asked with, *verifier* the text behind its PKCE challenge.
        A code works once: after ``Unanswered`` ask for consent again.
        """
        form: dict[str, str | Secret] = {"grant_type": "authorization_code", "redirect_uri": redirect_uri}
        form["code"] = secret(code)
        if verifier is not None:
            form["code_verifier"] = secret(verifier)
        moment = yield from now()
        grant = yield from self._host.ask(form, repeat="never")
        if grant.refresh_token is not None:
            yield from self._store(Secret(grant.refresh_token))
        self._token.put(grant, moment)

    def _fetch(self) -> Flow[Grant]:
        current = yield from self._current()
        try:
            grant = yield from self._refresh(current)
        except AuthFailed:
            self._forget_latest()
            newer = yield from self._current()
            if newer == current:
                raise
            current = newer  # another process was quicker, and has stored what it got
            grant = yield from self._refresh(current)
        if grant.refresh_token is not None and Secret(grant.refresh_token) != current:
            yield from self._store(Secret(grant.refresh_token))
        return grant

    def _refresh(self, token: Secret) -> Flow[Grant]:
        return self._host.ask({"grant_type": "refresh_token", "refresh_token": token})

    def _current(self) -> Flow[Secret]:
        # One that *keep* failed to store is newer than what is stored.
        token = self._latest
        if token is None and self._stored is not None:
            token = secret((yield from do(self._stored)))
        if not token:
            raise ConfigError(field="refresh_token", problem="there is none yet: ask for consent and redeem its code")
        return token

    def _forget_latest(self) -> None:
        if self._stored is not None:
            self._latest = None

    def _store(self, token: Secret) -> Flow[None]:
        self._latest = token
        yield from do(self._keep, token)
        self._forget_latest()


def consent_address(
    authorise_url: str,
    *,
    client_id: str,
    redirect_uri: str,
    state: str,
    scope: str | None = None,
    audience: str | None = None,
    challenge: str | None = None,
) -> str:
    """Where to send a person for consent (RFC 6749 §4.1.1); they come back to *redirect_uri* with a code and *state*.

    Compare *state* before the code is redeemed: it shows that the consent was asked for by you. *challenge* is the
    S256 challenge of PKCE (RFC 7636).
    """
    fields = {"response_type": "code", "client_id": client_id, "redirect_uri": redirect_uri, "state": state}
    if challenge is not None:
        fields |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    fields |= {name: value for name, value in (("scope", scope), ("audience", audience)) if value is not None}
    return f"{authorise_url}{'&' if '?' in authorise_url else '?'}{urlencode(fields)}"
