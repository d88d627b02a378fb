"""Everything about one installation of Khaos Control that differs from the next."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import NoneType
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from khaos_connectors.calls.auth import Basic, NoAuth
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.connection import Connection, is_loopback
from khaos_connectors.calls.pace import Limit, Pacer
from khaos_connectors.calls.retry import RetryPolicy
from khaos_connectors.core.ids import AccountId, OrderRef
from khaos_connectors.errors import ConfigError
from khaos_connectors.khaos_control.addresses import service_urls
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.dialect import Dialect
from khaos_connectors.khaos_control.endpoints import Service
from khaos_connectors.khaos_control.item_settings import ItemSettings
from khaos_connectors.khaos_control.job_settings import JobSettings
from khaos_connectors.khaos_control.order_settings import OrderSettings
from khaos_connectors.khaos_control.refusals import DEFAULT_PATTERNS, SkipPattern
from khaos_connectors.khaos_control.setting_checks import must_be, values_must_be
from khaos_connectors.khaos_control.stages import ISSUED_FROM, SHIPPED_STAGES, stage_states
from khaos_connectors.khaos_control.stock_settings import ChunkSizes, StockSettings

__all__ = ["KhaosControlConfig"]


@attrs.frozen(kw_only=True)
class KhaosControlConfig:
    """One account: where the service is, how it is spoken to, and how its data is to be understood.

    One of *base_url* (``https://HOST/PATH/NAME.exe``), *wsdl_url* or *endpoint_url* is needed; the others follow by
    swapping ``/wsdl/`` and ``/soap/``. *auth* is HTTP Basic or nothing: the service itself knows no credentials.
    *dialect* holds what differs on the wire. Times in seconds. Over plain ``http://`` orders and the password travel in
    the clear: it is taken for this machine, and for another one (inside the company's own network, say) only with
    *allow_plain_http*.

    *server_timezone* is the server's wall clock; *delta_overlap* is read again on every poll, because it is not proven
    that a ``Z`` on its times means UTC. *orders* is by the channel's account; *default_orders* serves the others.
    *reference_template* makes the ASSOCIATED_REF of a reference, which must be unique over all channels.
    *stage_states* names the state of each invoice stage (``stages.stage_states`` changes single ones). An invoice in
    one of *shipped_stages*, or from *issued_from* on, has left. *web_only*: read despatches by date for web orders
    only. *partial_boxes*: whether an invoice of which only some boxes have left is told at once or when all have.
    *status_window* is the longest span that one status call asks for. *seconds_between_calls* spaces the calls of an
    account that must go easy on its server. *skip_patterns* tell refusals apart. *jobs*: what this
    installation has for credit notes, ship confirmations and the like.
    """

    account: AccountId
    base_url: str = attrs.field(default="", repr=False)
    wsdl_url: str = attrs.field(default="", repr=False)
    endpoint_url: str = attrs.field(default="", repr=False)
    auth: Basic | NoAuth = attrs.field(factory=NoAuth)
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    allow_plain_http: bool = False
    connect_timeout: float = 5.0
    read_timeout: float = 120.0
    verify: bool = True
    ca_file: str | Path | None = None
    client_cert: str | Path | None = None
    max_answer_bytes: int = 64 * 2**20
    retry: RetryPolicy = RetryPolicy(
        first_wait=1.0, budget=300.0
    )  # beyond one read_timeout, or silence is never retried
    seconds_between_calls: float = 0.0
    dialect: Dialect = attrs.field(factory=Dialect)

    server_timezone: str = "Europe/London"
    times_with_z: Literal["utc", "local"] = "utc"
    delta_overlap: timedelta = timedelta(minutes=65)
    chunks: ChunkSizes = attrs.field(factory=ChunkSizes)
    stock: StockSettings = attrs.field(factory=StockSettings)
    items: ItemSettings = attrs.field(factory=ItemSettings)
    orders: Mapping[AccountId, OrderSettings] = attrs.field(factory=dict[AccountId, OrderSettings])
    default_orders: OrderSettings | None = None
    reference_template: str = "{reference}"
    stage_states: Mapping[int, str] = attrs.field(factory=lambda: stage_states({}))
    shipped_stages: frozenset[int] = SHIPPED_STAGES
    issued_from: int = ISSUED_FROM
    web_only: bool = False
    partial_boxes: Literal["wait", "tell"] = "wait"
    status_window: timedelta = timedelta(days=7)
    skip_patterns: tuple[SkipPattern, ...] = DEFAULT_PATTERNS
    jobs: JobSettings = attrs.field(factory=JobSettings)

    def __attrs_post_init__(self) -> None:
        if not self.account:
            raise ConfigError(field="account", problem="must not be empty")
        self._check_kinds()
        self._check_address()
        if self.reference_template.count("{reference}") != 1:
            raise ConfigError(field="reference_template", problem="must hold {reference} exactly once")
        if self.delta_overlap < timedelta(0):
            raise ConfigError(field="delta_overlap", problem="must not be negative")
        if self.status_window < timedelta(hours=1):
            raise ConfigError(field="status_window", problem="must be an hour or more")
        if self.seconds_between_calls < 0:
            raise ConfigError(field="seconds_between_calls", problem="must not be negative")
        _zone(self.server_timezone)

    def _check_kinds(self) -> None:
        if not hasattr(self.auth, "sign"):
            raise ConfigError(field="auth", problem="must be Basic(user, password), or NoAuth()")
        one = "the channel's account: OrderSettings(...)"
        values_must_be("orders", self.orders, OrderSettings, one)
        must_be("default_orders", self.default_orders, (OrderSettings, NoneType), "OrderSettings(...)")
        must_be("delta_overlap", self.delta_overlap, timedelta, "a timedelta")
        must_be("status_window", self.status_window, timedelta, "a timedelta")
        must_be("retry", self.retry, RetryPolicy, "RetryPolicy(...)")
        must_be("dialect", self.dialect, Dialect, "Dialect(...)")
        must_be("chunks", self.chunks, ChunkSizes, "ChunkSizes(...)")
        must_be("stock", self.stock, StockSettings, "StockSettings(...)")
        must_be("items", self.items, ItemSettings, "ItemSettings(...)")
        must_be("jobs", self.jobs, JobSettings, "JobSettings(...)")

    def _check_address(self) -> None:
        parts = urlsplit(service_urls(self.base_url, self.wsdl_url, self.endpoint_url).base)
        if parts.scheme == "https" or self.allow_plain_http or is_loopback(parts.hostname or ""):
            return
        given = "base_url" if self.base_url else "endpoint_url" if self.endpoint_url else "wsdl_url"
        problem = "must begin with https://: over http anybody on the way can read it; allow_plain_http=True takes it"
        raise ConfigError(field=given, problem=problem)

    @property
    def time(self) -> ServerTime:
        """How the server's times are read and written."""
        return ServerTime(zone=_zone(self.server_timezone), z_is_utc=self.times_with_z == "utc")

    @property
    def service(self) -> Service:
        """What the endpoints need to know of this account."""
        return Service(system=self.account, path=self.path, dialect=self.dialect, time=self.time)

    @property
    def wsdl(self) -> str:
        """The address of the service's description."""
        return service_urls(self.base_url, self.wsdl_url, self.endpoint_url).wsdl

    @property
    def path(self) -> str:
        """The endpoint's path below the connection's address."""
        return service_urls(self.base_url, self.wsdl_url, self.endpoint_url).path

    def connection(self) -> Connection:
        """The connection to open for this account."""
        return Connection(
            self.account,
            service_urls(self.base_url, self.wsdl_url, self.endpoint_url).base,
            connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout,
            verify=self.verify,
            ca_file=self.ca_file,
            client_cert=self.client_cert,
            max_answer_bytes=self.max_answer_bytes,
            at_once=1,
        )

    def caller(self) -> Caller:
        """What makes this account's calls: one at a time, at its pace, with its credentials and headers."""
        gap = self.seconds_between_calls
        pacer = Pacer({}, Limit(1, gap), jitter=0.0) if gap > 0 else None
        return Caller(self.account, auth=self.auth, retry=self.retry, pacer=pacer, headers=self.headers)

    def order_settings(self, account: AccountId) -> OrderSettings | None:
        """The order settings for orders of the channel *account*, None where nothing is set for it."""
        return self.orders.get(account, self.default_orders)

    def associated_ref(self, reference: OrderRef) -> str:
        """The reference as the ERP holds it."""
        return self.reference_template.replace("{reference}", reference)

    def reference(self, associated_ref: str) -> OrderRef:
        """Our reference in the ERP's; a reference that the template did not make is given as it is."""
        head, tail = self.reference_template.split("{reference}")
        found = re.fullmatch(re.escape(head) + "(.+)" + re.escape(tail), associated_ref, re.DOTALL)
        return OrderRef(found.group(1) if found else associated_ref)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        problem = f"{name!r} is not a time zone that this machine knows (the package tzdata brings them)"
        raise ConfigError(field="server_timezone", problem=problem) from None
