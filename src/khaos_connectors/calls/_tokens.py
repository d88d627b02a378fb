"""Tokens: the host that gives them out, and the keeping of one until it nears its end."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Literal
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import attrs

from khaos_connectors.calls._basic import basic
from khaos_connectors.calls.connection import Connection, is_loopback
from khaos_connectors.calls.decode import Text, parse_json, read
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.exchange import exchange
from khaos_connectors.calls.flows import now, sleep
from khaos_connectors.calls.messages import Call, Repeat, Request, Response
from khaos_connectors.calls.refusals import refusal
from khaos_connectors.calls.retry import RetryPolicy
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.errors import AuthFailed, CallError, ConfigError, NotSent, Unanswered, Undecodable

__all__ = ["Grant", "KeptToken", "TokenHost"]

_POLL = 0.05
_USUAL_LIFE = 300


@attrs.frozen
class Grant:
    """What a token host gives; *expires_in* is in seconds."""

    access_token: str = attrs.field(repr=False)
    expires_in: int | None = None
    token_type: Text = Text("bearer")
    refresh_token: str | None = attrs.field(default=None, repr=False)


@attrs.frozen
class _Refusal:
    error: str | None = None
    error_description: str | None = None


class TokenHost:
    """Where the tokens of *account* come from (RFC 6749): a system of its own, ``"<account>:auth"``."""

    def __init__(
        self,
        account: str,
        *,
        token_url: str,
        client_id: str,
        client_secret: Secret | None,
        more: Mapping[str, str | None],
        style: Literal["body", "basic"],
        retry: RetryPolicy,
    ) -> None:
        parts = urlsplit(token_url)
        if parts.scheme not in {"https", "http"} or not parts.netloc:
            raise ConfigError(field="token_url", problem="must be an absolute http or https address")
        if "@" in parts.netloc or parts.fragment:
            raise ConfigError(field="token_url", problem="must hold no fragment, user name or password")
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            raise ConfigError(field="token_url", problem="must begin with https://: it is sent the client's secret")
        if style == "basic" and client_secret is None:
            raise ConfigError(field="client_secret", problem="HTTP Basic needs one")
        self.system = f"{account}:auth"
        self.client_id = client_id
        self._host = f"{parts.scheme}://{parts.netloc}"
        self._path = parts.path
        self._query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        self._client_secret = client_secret
        self._more = {name: value for name, value in more.items() if value is not None}
        self._style = style
        self._retry = retry

    def connection(self) -> Connection:
        """The connection to it, with the usual timeouts."""
        return Connection(self.system, self._host)

    def ask(self, form: Mapping[str, str | Secret], *, repeat: Repeat = "free") -> Flow[Grant]:
        """The tokens for *form*. A refusal is ``AuthFailed``, although OAuth says so with the status 400."""
        call = Call(operation="token", repeat=repeat, request=self._request(form), decode=self._decode)
        return exchange(call, system=self.system, retry=self._retry, sign=_unsigned, renew=_never)

    def _request(self, form: Mapping[str, str | Secret]) -> Request:
        # Secrets stay hidden in what a crash reporter may print of this frame, until they are part of the body.
        fields: dict[str, str | Secret] = {**form, **self._more}
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        if self._style == "basic" and self._client_secret is not None:
            user, password = quote(self.client_id, safe=""), quote(self._client_secret.reveal(), safe="")
            headers["authorization"] = basic(user, Secret(password))
        else:
            fields["client_id"] = self.client_id
            if self._client_secret is not None:
                fields["client_secret"] = self._client_secret
        return Request(method="POST", path=self._path, query=self._query, headers=headers, body=_encoded(fields))

    def _decode(self, response: Response) -> Grant:
        if response.status >= 300:
            raise self._refused(response)
        found = parse_json(response, system=self.system, operation="token")
        grant = read(Grant, found, system=self.system, operation="token")
        if grant.token_type.lower() != "bearer":
            raise Undecodable(
                system=self.system, operation="token", path="$.token_type", expected="the token type bearer"
            )
        return grant

    def _refused(self, response: Response) -> CallError:
        code, words = None, "the token host refused the log-in"
        try:
            found = parse_json(response, system=self.system, operation="token")
            told = read(_Refusal, found, system=self.system, operation="token")
            code, words = told.error, told.error_description or words
        except Undecodable:
            pass
        error = refusal(response, system=self.system, operation="token", message=words, code=code)
        if response.status != 400:
            return error
        return AuthFailed(
            system=self.system,
            operation="token",
            request_id=error.request_id,
            message=error.message,
            status=400,
            code=code,
        )


@attrs.frozen
class _Token:
    authorization: str = attrs.field(repr=False)
    until: datetime


class KeptToken:
    """One token, fetched when it is first needed, and again *margin* before it runs out or once it was refused.

    Of several flows or threads that need one at once, one fetches it and the others wait for it, *longest* seconds at
    most: one that was abandoned half-way must not keep them waiting for ever. Then one of them takes its place, and the
    others wait for that one.
    """

    def __init__(self, fetch: Callable[[], Flow[Grant]], *, margin: timedelta, longest: float) -> None:
        self._fetch = fetch
        self._margin = margin
        self._longest = longest
        self._token: _Token | None = None
        self._turn: object | None = None
        self._lock = Lock()

    def sign(self, request: Request) -> Flow[Request]:
        """*request* with a bearer token that is valid for some time yet."""
        waited, awaited = 0.0, None
        while True:
            moment = yield from now()
            token = self._token
            if token is not None and moment < token.until:
                break
            if awaited is not self._turn:
                waited, awaited = 0.0, self._turn
            turn = self._take(over=awaited if waited > self._longest else None)
            if turn is not None:
                token = yield from self._renewed(moment, turn)
                break
            yield from sleep(_POLL)
            waited += _POLL
        return request.with_headers({"authorization": token.authorization})

    def refreshed(self, refused: Request) -> bool:
        """Forget the token that *refused* carried, unless another flow has replaced it already."""
        token = self._token
        if token is not None and refused.headers.get("authorization") == token.authorization:
            self._token = None
        return True

    def put(self, grant: Grant, moment: datetime) -> None:
        """Keep a token that came another way at *moment*."""
        self._token = self._kept(grant, moment)

    def _take(self, *, over: object | None) -> object | None:
        with self._lock:
            if self._turn is not None and self._turn is not over:
                return None
            self._turn = object()
            return self._turn

    def _renewed(self, moment: datetime, turn: object) -> Flow[_Token]:
        try:
            grant = yield from self._fetch()
            token = self._token = self._kept(grant, moment)
        except Unanswered as silence:
            # What was to be signed has not left: nobody has to look whether it took effect.
            raise NotSent(
                system=silence.system,
                operation=silence.operation,
                request_id=silence.request_id,
                reason=f"no token, {silence.reason}",
            ) from silence
        finally:
            with self._lock:
                if self._turn is turn:
                    self._turn = None
        return token

    def _kept(self, grant: Grant, moment: datetime) -> _Token:
        life = timedelta(seconds=_USUAL_LIFE if grant.expires_in is None else grant.expires_in)
        # A token that lives shorter than the margin is still good for the call that asked for it.
        return _Token(
            authorization=f"Bearer {grant.access_token}", until=moment + max(life - self._margin, timedelta(0))
        )


def _encoded(fields: Mapping[str, str | Secret]) -> bytes:
    pairs = [(name, value.reveal() if isinstance(value, Secret) else value) for name, value in fields.items()]
    return urlencode(pairs).encode()


def _unsigned(request: Request) -> Flow[Request]:
    yield from ()
    return request


def _never(refused: Request) -> bool:
    return False
