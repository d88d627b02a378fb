"""Everything about one channel of Khaos Control's Channels that differs from the next."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import attrs

from khaos_connectors.calls.connection import is_loopback
from khaos_connectors.calls.secrets import Secret, secret
from khaos_connectors.core.fields import aware_or_none
from khaos_connectors.core.ids import AccountId
from khaos_connectors.errors import ConfigError
from khaos_connectors.khaos_control.channels.codes import Format
from khaos_connectors.khaos_control.channels.document import Endpoint, EndpointConfig
from khaos_connectors.khaos_control.channels.orders import OrderImportConfig
from khaos_connectors.khaos_control.channels.settings import (
    ItemSettings,
    OrderDownloadSettings,
    ProvidedStockSettings,
    References,
    ReturnDownloadSettings,
    StatusRules,
)
from khaos_connectors.khaos_control.channels.spelling import Conventions, Spelling
from khaos_connectors.khaos_control.dates import ServerTime

__all__ = ["KhaosChannelsConfig", "Patience"]

_NO_TIME = timedelta(0)


@attrs.frozen(kw_only=True)
class Patience:
    """How long a step of the ERP may take before people are told.

    *fetched*: from an order or return being offered to its being fetched. *told*: from an order's being fetched to its
    first status. *pushed*: the longest silence of the ERP as a whole; None: silence is not looked at.
    """

    fetched: timedelta = timedelta(hours=2)
    told: timedelta = timedelta(hours=4)
    pushed: timedelta | None = timedelta(hours=24)

    def __attrs_post_init__(self) -> None:
        for name, span in (("fetched", self.fetched), ("told", self.told), ("pushed", self.pushed)):
            if span is not None and span <= _NO_TIME:
                raise ConfigError(field=f"patience.{name}", problem=f"must be longer than nothing, not {span}")


@attrs.frozen(kw_only=True)
class KhaosChannelsConfig:
    """One channel: the credentials that the ERP comes with, where it finds us, and how its data is understood.

    *user* and *password* are those typed into the channel; *public_url* is how the ERP reaches this door from outside
    (``https://HOST/PATH``), and what the configuration document tells. *mount* is that path as requests bear it here,
    None: the path of *public_url* (a proxy may cut it off: then ""). *form* is the form of every document that is
    offered; what is pushed is understood in both. *order_minutes* and *return_minutes* are how often the ERP is asked
    to fetch, *batch* the most orders or returns per answer.

    *orders* is by the channel account that an order came from; *default_orders* serves the others. Without
    *returns* no returns are offered, without *provided* no items; *customer_urns* is the ERP's number of the
    customer on whom the returns of a channel account are booked, for accounts whose orders all belong to one.
    *starts* is the start date set in the ERP: it imports nothing older. *level_delay* is taken off the time at
    which a level came, for an ERP whose levels may be older than their arrival. A push with the very bytes of one
    that came less than *resend_window* ago is taken for its repetition, which must not raise a level. A body of
    more than *max_body_bytes* is refused.
    """

    account: AccountId
    user: str
    password: Secret = attrs.field(converter=secret)
    public_url: str
    mount: str | None = None
    allow_plain_http: bool = False
    form: Format = Format.JSON
    order_minutes: int = 5
    return_minutes: int = 15
    batch: int = 1000
    price_lists: bool = True
    max_body_bytes: int = 64 * 2**20

    orders: Mapping[AccountId, OrderDownloadSettings] = attrs.field(factory=dict[AccountId, OrderDownloadSettings])
    default_orders: OrderDownloadSettings | None = None
    returns: ReturnDownloadSettings | None = None
    provided: ProvidedStockSettings | None = None
    customer_urns: Mapping[AccountId, str] = attrs.field(factory=dict[AccountId, str])
    references: References = attrs.field(factory=References)
    items: ItemSettings = attrs.field(factory=ItemSettings)
    statuses: StatusRules = attrs.field(factory=StatusRules)
    time: ServerTime = attrs.field(factory=ServerTime)
    spelling: Spelling = attrs.field(factory=Spelling)
    starts: datetime | None = attrs.field(default=None, validator=aware_or_none)
    patience: Patience = attrs.field(factory=Patience)
    level_delay: timedelta = _NO_TIME
    resend_window: timedelta = timedelta(hours=1)

    def __attrs_post_init__(self) -> None:
        if not self.account:
            raise ConfigError(field="account", problem="must not be empty")
        if not self.user or not self.password or ":" in self.user:
            raise ConfigError(field="user", problem="user and password must not be empty, nor the user hold a colon")
        parts = urlsplit(self.public_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ConfigError(field="public_url", problem="must be https://HOST/PATH, without a query")
        if parts.scheme == "http" and not (self.allow_plain_http or is_loopback(parts.hostname)):
            problem = "must begin with https://: the password travels with every call; allow_plain_http=True takes it"
            raise ConfigError(field="public_url", problem=problem)
        if self.mount and not self.mount.startswith("/"):
            raise ConfigError(field="mount", problem="must be empty or begin with /")
        if any(each.config != self.order_import for each in self._all_orders()):
            problem = "must be the same for every account: the orders of all of them travel in one document"
            raise ConfigError(field="orders.config", problem=problem)
        for name, number in (
            ("order_minutes", self.order_minutes),
            ("return_minutes", self.return_minutes),
            ("batch", self.batch),
            ("max_body_bytes", self.max_body_bytes),
        ):
            if number < 1:
                raise ConfigError(field=name, problem=f"must be 1 or more, not {number}")
        for name, span in (("level_delay", self.level_delay), ("resend_window", self.resend_window)):
            if span < _NO_TIME:
                raise ConfigError(field=name, problem=f"must not be negative: {span}")

    @property
    def by(self) -> Conventions:
        """How this channel's documents are written and read."""
        return Conventions(account=self.account, time=self.time, spelling=self.spelling, max_bytes=self.max_body_bytes)

    @property
    def root(self) -> str:
        """The path under which requests come in here, without a slash at its end."""
        return (urlsplit(self.public_url).path if self.mount is None else self.mount).rstrip("/")

    def order_settings(self, account: AccountId) -> OrderDownloadSettings | None:
        """The settings for orders of the channel *account*, None where nothing is set for it."""
        return self.orders.get(account, self.default_orders)

    @property
    def order_import(self) -> OrderImportConfig | None:
        """How the ERP is to take the orders of every account; one document of them has one such setting."""
        return next((settings.config for settings in self._all_orders()), None)

    def _all_orders(self) -> tuple[OrderDownloadSettings, ...]:
        default = (self.default_orders,) if self.default_orders is not None else ()
        return (*default, *self.orders.values())

    def endpoints(self) -> EndpointConfig:
        """The configuration document: what is offered, and where."""
        return EndpointConfig(
            order_download=self._endpoint("orders", self.order_minutes),
            order_status_upload=self._endpoint("order-statuses"),
            stock_status_upload=self._endpoint("stock-statuses"),
            stock_upload=self._endpoint("items"),
            customer_return_download=self._endpoint("returns", self.return_minutes) if self.returns else None,
            provided_stock=self._endpoint("provided-stock") if self.provided else None,
            price_list_upload=self._endpoint("price-lists") if self.price_lists else None,
        )

    def _endpoint(self, name: str, minutes: int | None = None) -> Endpoint:
        return Endpoint(url=f"{self.public_url.rstrip('/')}/{name}", format=self.form, frequency=minutes)
