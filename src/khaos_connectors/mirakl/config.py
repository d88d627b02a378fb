"""The settings of one Mirakl account, each with its default, checked before anything is sent."""

from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.auth import Auth, AuthorisationCode, ClientCredentials, HeaderKey
from khaos_connectors.calls.budget import SharedPacer, SlotBook
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.connection import Connection, is_loopback
from khaos_connectors.calls.given import kind_of
from khaos_connectors.calls.pace import Limit, Pace, Pacer
from khaos_connectors.calls.retry import RetryPolicy
from khaos_connectors.calls.secrets import Secret, secret
from khaos_connectors.core.ids import AccountId, ChannelId
from khaos_connectors.mirakl.limits import COURTESY, LONGEST_MARGIN, polled_for, waited_for
from khaos_connectors.mirakl.models.codes import OrderTaxMode, ShopModel
from khaos_connectors.mirakl.models.documents import DocumentForm
from khaos_connectors.mirakl.orders.life_cycle import ImportRule
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.mirakl.setting_kinds import a_choice, check_key, check_kinds

if TYPE_CHECKING:
    from khaos_connectors.mirakl.instance.profiles import Profile

__all__ = ["InvoiceWay", "MiraklConfig", "ShipmentWay", "StockWay", "normal_base_url"]

_NO_TIME = timedelta(0)


class ShipmentWay(Enum):
    """How shipments are confirmed. AUTOMATIC: what the platform says, and what a 404 teaches."""

    AUTOMATIC = "automatic"
    SHIPMENTS = "ST01"
    ORDER = "OR23+OR24"


class InvoiceWay(Enum):
    """How invoices for customers are brought. AUTOMATIC: what the platform says (PC01), OR74 where it is silent."""

    AUTOMATIC = "automatic"
    ORDER_DOCUMENT = "OR74"
    ACCOUNTING_DOCUMENT = "DR74"


class StockWay(Enum):
    """How stock is written. STOCK_FILE: by STO01, which touches nothing else, or not at all. OFFERS: by OF24, each
    offer read whole and written back. AUTOMATIC: the second where the instance has no STO01.
    """

    AUTOMATIC = "automatic"
    STOCK_FILE = "STO01"
    OFFERS = "OF24"


_WAYS = {
    "shipment_way": a_choice(ShipmentWay),
    "invoice_way": a_choice(InvoiceWay),
    "stock_way": a_choice(StockWay),
}


def normal_base_url(value: str) -> str:
    """The address of an instance without a trailing ``/api``, however the user pasted it.

    Raises ``ConfigError`` for anything but HTTPS; plain HTTP is taken on the loopback only, because a key must not
    travel in the clear.
    """
    text = _address(value)
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = parts.hostname if parts.port != 0 else None
    except ValueError:
        raise errors.ConfigError(field="base_url", problem="is not an address") from None
    if not host:
        raise errors.ConfigError(field="base_url", problem="is not an address such as https://shop-prod.mirakl.net")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise errors.ConfigError(field="base_url", problem="must hold no query, fragment or user name")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise errors.ConfigError(field="base_url", problem="must begin with https://")
    path = parts.path.rstrip("/").removesuffix("/api").rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}"


def _address(value: object, field: str = "base_url") -> str:
    if not isinstance(value, str):
        raise errors.ConfigError(field=field, problem=f"give an address as a text, not {kind_of(value)}")
    return value.strip()


def _optional_url(value: str) -> str:
    return normal_base_url(value) if _address(value, "files_url") else ""


def _key(value: Secret | str | None) -> Secret | None:
    try:
        key = None if value is None else secret(value)
    except TypeError as problem:
        raise errors.ConfigError(field="api_key", problem=str(problem)) from None
    if key is not None:
        check_key(key.reveal())
    return key


@attrs.frozen(kw_only=True)
class MiraklConfig:
    """One Mirakl account: where it is, who we are there, and how its open questions are settled.

    A setting of another kind (``shop_id="2000"``, say, from the environment) is a ``ConfigError`` that names it.

    Give exactly one of *api_key* (the shop key, sent bare; a text becomes a ``Secret``) and *auth* (anything that signs
    a request). *profile* is what is known of the operator (None: the generic one); it changes no other setting.
    *channel* defaults to the account's name. None for *needs_acceptance*, *partial_acceptance*, *free_text_carriers*,
    *mandatory_tracking* and *model* means: what the instance says, else the default; a value always wins.

    *order_tax_mode* is asked for with every order read; None leaves it to the platform. *import_rule* says in which
    states orders are taken over. *accept_within* is how long the operator waits for an acceptance: no field of the API
    tells. *own_centres* are the fulfilment centres whose orders are read (empty: of all), for a shop of which the
    operator sends a part from centres of its own. *order_overlap* is how far behind the last poll the next one begins;
    *reconcile_within* is how far back by creation the daily comparison of orders looks: longer than debits may take.
    *carrier_map* leads from a carrier as we call it to the operator's code (SH21); other names are looked up there.
    *invoice_type_code* is the operator's type of document for invoices (DO01), *document_form* how the list beside
    uploaded files is written. *reply_alert* is how long somebody may wait for an answer before it is overdue.
    *stock_separator* is ``";"`` or ``","``; *stock_warehouse* fills the warehouse column (empty: the global quantity).
    *stock_way* is how stock is written.
    *import_poll_seconds* lies between two looks at a running stock import, *import_patience_seconds* ends the looking:
    what has no result by then is pending. *export_poll_seconds* and *export_patience_seconds* are the same for exports.
    *files_url* is where an instance keeps the files of its exports, if not on its own host; no key goes there.
    A push longer than *stock_rows_per_file* goes in several files; at most *stock_splits_per_push* refused files are
    halved in search of the bad line.
    *pace_factor* stretches (above 1) or squeezes (below 1) the waits between calls; *limits* replaces single ones by
    operation code. *external_partner*: the operator counts us among its external partners, who may poll orders every
    15 minutes only. *budget* (any store) keeps count of the calls of every process that is given the same one, under
    *budget_name* or, where that is empty, under the host and the shop. *settings_age* is how long what the instance
    says of itself is believed. An answer longer than *max_answer_bytes* is not read.
    """

    account: AccountId
    base_url: str = attrs.field(converter=normal_base_url)
    api_key: Secret | None = attrs.field(default=None, converter=_key)
    auth: Auth | None = None
    shop_id: int | None = None
    channel: ChannelId = attrs.field(
        default=attrs.Factory(lambda config: ChannelId(str(config.account)), takes_self=True)
    )
    locale: str = ""
    profile: "Profile | None" = attrs.field(default=None, repr=False)

    model: ShopModel | None = None
    order_tax_mode: OrderTaxMode | None = OrderTaxMode.TAX_INCLUDED
    import_rule: ImportRule = attrs.field(factory=ImportRule)
    accept_within: timedelta | None = None
    own_centres: tuple[str, ...] = ()
    order_overlap: timedelta = timedelta(minutes=10)
    reconcile_within: timedelta = timedelta(days=14)
    needs_acceptance: bool | None = None
    partial_acceptance: bool | None = None
    free_text_carriers: bool | None = None
    mandatory_tracking: bool | None = None
    carrier_map: Mapping[str, str] = attrs.field(factory=dict[str, str])
    shipment_way: ShipmentWay = ShipmentWay.AUTOMATIC

    invoice_way: InvoiceWay = InvoiceWay.AUTOMATIC
    invoice_type_code: str = "CUSTOMER_INVOICE"
    document_form: DocumentForm = "json"
    reply_alert: timedelta = timedelta(hours=24)

    page_size: int = 100
    stock_way: StockWay = StockWay.STOCK_FILE
    stock_separator: str = ";"
    stock_warehouse: str = ""
    stock_rows_per_file: int = 20_000
    stock_splits_per_push: int = 30
    import_poll_seconds: float = 15.0
    import_patience_seconds: float = 600.0
    export_poll_seconds: float = 10.0
    export_patience_seconds: float = 3600.0
    files_url: str = attrs.field(default="", converter=_optional_url)

    pace_factor: float = 1.0
    limits: Mapping[str, Limit] = attrs.field(factory=dict[str, Limit])
    external_partner: bool = False
    budget: SlotBook | None = attrs.field(default=None, repr=False)
    budget_name: str = ""
    settings_age: timedelta = timedelta(days=1)
    retry: RetryPolicy = attrs.field(factory=RetryPolicy)

    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    verify: bool = True
    ca_file: str | None = None
    max_answer_bytes: int = 64 * 2**20
    user_agent: str = "khaos-connectors"

    def __attrs_post_init__(self) -> None:
        settings = {field.name: getattr(self, field.name) for field in attrs.fields(MiraklConfig)}
        check_kinds(settings, also=_WAYS)
        for field, wrong, problem in (
            ("account", not self.account, "must not be empty"),
            ("api_key", (self.api_key is None) == (self.auth is None), "give exactly one of api_key and auth"),
            ("api_key", self.api_key is not None and not self.api_key, "must not be empty"),
            ("shop_id", self.shop_id is not None and self.shop_id < 0, "must be 0 or more"),
            ("invoice_type_code", not self.invoice_type_code, "must not be empty"),
            ("document_form", self.document_form not in {"json", "xml"}, "must be json or xml"),
            ("reply_alert", self.reply_alert < timedelta(0), "must be 0 or more"),
            ("page_size", not 1 <= self.page_size <= 100, "must be between 1 and 100"),
            ("accept_within", self.accept_within is not None and self.accept_within <= _NO_TIME, "must be more than 0"),
            ("own_centres", not all(self.own_centres), "must hold no empty code"),
            ("order_overlap", self.order_overlap < _NO_TIME, "must be 0 or more"),
            ("reconcile_within", self.reconcile_within <= _NO_TIME, "must be more than 0"),
            ("stock_separator", self.stock_separator not in {";", ","}, "must be ; or ,"),
            ("stock_rows_per_file", self.stock_rows_per_file < 1, "must be at least 1"),
            ("stock_splits_per_push", self.stock_splits_per_push < 0, "must be 0 or more"),
            ("import_poll_seconds", self.import_poll_seconds <= 0, "must be more than 0"),
            ("import_patience_seconds", self.import_patience_seconds < 0, "must be 0 or more"),
            ("export_poll_seconds", self.export_poll_seconds <= 0, "must be more than 0"),
            ("export_patience_seconds", self.export_patience_seconds < 0, "must be 0 or more"),
            ("pace_factor", self.pace_factor < 0, "must be 0 or more"),
            ("max_answer_bytes", self.max_answer_bytes < 1, "must be at least 1"),
        ):
            if wrong:
                raise errors.ConfigError(field=field, problem=problem)

    @property
    def scope(self) -> Scope:
        """What the endpoints need to know of this account."""
        return Scope(account=self.account, shop_id=self.shop_id, locale=self.locale)

    def connection(self) -> Connection:
        """How the instance is reached; its name is the account."""
        return Connection(
            self.account,
            self.base_url,
            connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout,
            verify=self.verify,
            ca_file=self.ca_file,
            headers={"user-agent": self.user_agent},
            max_answer_bytes=self.max_answer_bytes,
        )

    @property
    def files_system(self) -> str:
        """The name of the connection to *files_url*."""
        return f"{self.account}:files"

    def connections(self) -> tuple[Connection, ...]:
        """Every host that this account needs: the instance, where its tokens come from, where its exports lie."""
        found = [self.connection()]
        if isinstance(self.auth, ClientCredentials | AuthorisationCode):
            found.append(self.auth.connection())
        if self.files_url:
            found.append(attrs.evolve(self.connection(), system=self.files_system, base_url=self.files_url))
        return tuple(found)

    def caller(self) -> Caller:
        """A caller with this account's key, retry policy and pace; ports of one account should share one."""
        return Caller(
            self.account,
            auth=self._auth(),
            retry=self.retry,
            pacer=self._shared(
                Pacer(
                    waited_for(self.limits),
                    default=COURTESY,
                    factor=self.pace_factor,
                    longest_margin=LONGEST_MARGIN,
                    apart=True,
                )
            ),
            headers={"accept": "application/json"},
        )

    def poll_pacer(self) -> Pacer:
        """What spaces the polls for what has changed (orders, returns, imports); pages and single ones do not count."""
        polled = polled_for(self.limits, external_partner=self.external_partner)
        return Pacer(polled, factor=self.pace_factor)

    def polls(self) -> Pace:
        """``poll_pacer``, counted in the shared budget where there is one."""
        return self._shared(self.poll_pacer(), of="polls")

    def _shared(self, pacer: Pacer, *, of: str = "calls") -> Pace:
        if self.budget is None:
            return pacer
        shop = "the default shop" if self.shop_id is None else f"shop {self.shop_id}"
        name = self.budget_name or f"{urlsplit(self.base_url).netloc.casefold()}, {shop}"
        return SharedPacer(pacer, self.budget, account=f"{name}: {of}")

    def _auth(self) -> Auth:
        if self.api_key is not None:
            return HeaderKey("authorization", self.api_key)
        assert self.auth is not None, "checked at construction"
        return self.auth
