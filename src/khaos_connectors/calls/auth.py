"""Credentials: what signs a request, and the log-in that some systems ask for first."""

from base64 import b64encode
from datetime import datetime, timedelta
from typing import Literal, Protocol
from urllib.parse import quote, urlencode, urlsplit

import attrs

from khaos_connectors.calls.connection import Connection, is_loopback
from khaos_connectors.calls.decode import Text, parse_json, read
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.exchange import exchange
from khaos_connectors.calls.flows import now, sleep
from khaos_connectors.calls.messages import Call, Request, Response
from khaos_connectors.calls.refusals import refusal
from khaos_connectors.calls.retry import RetryPolicy
from khaos_connectors.calls.secrets import Secret, secret
from khaos_connectors.errors import AuthFailed, CallError, ConfigError, NotSent, Unanswered, Undecodable

__all__ = ["Auth", "Basic", "Bearer", "ClientCredentials", "HeaderKey", "NoAuth"]


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
        return {"authorization": _basic(self.user, self.password)}


@attrs.frozen
class Bearer(_Fixed):
    """A bearer token (RFC 6750) that somebody else renews."""

    token: Secret = attrs.field(converter=secret)

    def _header(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token.reveal()}"}


def _basic(user: str, password: Secret) -> str:
    return "Basic " + b64encode(f"{user}:{password.reveal()}".encode()).decode("ascii")


@attrs.frozen
class _Grant:
    access_token: str = attrs.field(repr=False)
    expires_in: int = 300
    token_type: Text = Text("bearer")


@attrs.frozen
class _Token:
    authorization: str = attrs.field(repr=False)
    until: datetime


_POLL = 0.05
_LONGEST_POLL = 30.0


class ClientCredentials:
    """OAuth 2.0 client credentials (RFC 6749 §4.4): logs in by itself and keeps the token until it nears its end.

    The token host is a system of its own in the driver, named ``"<account>:auth"``; ``connection()`` gives the
    connection to open for it beside the account's own. *style* says whether the client's id and secret travel in the
    form body or as HTTP Basic. A token is renewed *margin* seconds before it runs out, and once when it is refused
    earlier. Of several flows that need a token at once, one asks for it and the others wait.
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
        parts = urlsplit(token_url)
        if parts.scheme not in {"https", "http"} or not parts.netloc:
            raise ConfigError(field="token_url", problem="must be an absolute http or https address")
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            raise ConfigError(field="token_url", problem="must begin with https://: it is sent the client's secret")
        self.system = f"{account}:auth"
        self._host = f"{parts.scheme}://{parts.netloc}"
        self._path = parts.path
        self._client_id = client_id
        self._client_secret = secret(client_secret)
        self._audience = audience
        self._scope = scope
        self._style = style
        self._margin = timedelta(seconds=margin)
        self._retry = RetryPolicy() if retry is None else retry
        self._token: _Token | None = None
        self._asking = False

    def __repr__(self) -> str:
        return f"ClientCredentials(system={self.system!r}, client_id={self._client_id!r})"

    def connection(self) -> Connection:
        """The connection to the token host, with the usual timeouts; open it together with the account's own."""
        return Connection(self.system, self._host)

    def sign(self, request: Request) -> Flow[Request]:
        """*request* with a bearer token that is valid for some time yet."""
        waited = 0.0
        while True:
            moment = yield from now()
            token = self._token
            if token is not None and moment < token.until:
                break
            # A flow that was abandoned half-way must not keep the others waiting for ever.
            if not self._asking or waited > _LONGEST_POLL:
                token = yield from self._ask(moment)
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

    def _ask(self, moment: datetime) -> Flow[_Token]:
        self._asking = True
        try:
            call = Call(operation="token", repeat="free", request=self._request(), decode=self._decode)
            grant = yield from exchange(call, system=self.system, retry=self._retry, sign=_unsigned, renew=_never)
        except Unanswered as silence:
            # What was to be signed has not left: nobody has to look whether it took effect.
            raise NotSent(
                system=silence.system,
                operation=silence.operation,
                request_id=silence.request_id,
                reason=f"no token, {silence.reason}",
            ) from silence
        finally:
            self._asking = False
        # A token that lives shorter than the margin is still good for the call that asked for it.
        until = moment + max(timedelta(seconds=grant.expires_in) - self._margin, timedelta(0))
        self._token = _Token(authorization=f"Bearer {grant.access_token}", until=until)
        return self._token

    def _request(self) -> Request:
        form = {"grant_type": "client_credentials"}
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        if self._style == "basic":
            user, password = quote(self._client_id, safe=""), quote(self._client_secret.reveal(), safe="")
            headers["authorization"] = _basic(user, Secret(password))
        else:
            form |= {"client_id": self._client_id, "client_secret": self._client_secret.reveal()}
        if self._audience is not None:
            form["audience"] = self._audience
        if self._scope is not None:
            form["scope"] = self._scope
        return Request(method="POST", path=self._path, headers=headers, body=urlencode(form).encode())

    def _decode(self, response: Response) -> _Grant:
        if response.status >= 300:
            raise self._refused(response)
        grant = read(
            _Grant,
            parse_json(response, system=self.system, operation="token"),
            system=self.system,
            operation="token",
        )
        if grant.token_type.lower() != "bearer":
            raise Undecodable(
                system=self.system, operation="token", path="$.token_type", expected="the token type bearer"
            )
        return grant

    def _refused(self, response: Response) -> CallError:
        """A log-in that was refused is ``AuthFailed``, although OAuth says so with the status 400."""
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
class _Refusal:
    error: str | None = None
    error_description: str | None = None


def _unsigned(request: Request) -> Flow[Request]:
    yield from ()
    return request


def _never(refused: Request) -> bool:
    return False
