"""What the simulated marketplace knows: settings, offers, orders, shipments, imports, a ledger of every movement."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, TypeAlias

import attrs

from khaos_connectors.testing.simulators.mirakl.after_sales_state import REASONS, AfterSales, Back, Reason
from khaos_connectors.testing.simulators.mirakl.books import Book, Dated
from khaos_connectors.testing.simulators.mirakl.inbox_state import Inbox
from khaos_connectors.testing.simulators.mirakl.money_state import MoneySettings, MoneyState
from khaos_connectors.testing.simulators.mirakl.offer_state import OfferDetails, OfferWork
from khaos_connectors.testing.simulators.mirakl.order_state import OrderDesk, OrderSettings
from khaos_connectors.testing.simulators.mirakl.papers_state import Papers, PaperSettings
from khaos_connectors.testing.simulators.mirakl.product_state import ProductSettings, ProductWork
from khaos_connectors.testing.simulators.mirakl.promotion_state import Picklist, Promotion
from khaos_connectors.testing.simulators.mirakl.shipping_state import (
    Parcel,
    Shipment,
    ShipmentBook,
    ShippingSettings,
    Tracking,
)
from khaos_connectors.testing.simulators.mirakl.wire import Json

__all__ = [
    "Carrier",
    "Job",
    "LedgerEntry",
    "MiraklSettings",
    "MiraklState",
    "OfferState",
    "Order",
    "OrderLine",
    "Parcel",
    "RateLimit",
    "Shipment",
    "ShippingType",
    "StockImport",
    "Tracking",
    "What",
    "cents",
]

TaxMode = Literal["TAX_INCLUDED", "TAX_EXCLUDED"]
OrderTexts: TypeAlias = "dict[tuple[str, str], tuple[Order, str]]"
What = Literal[
    "opened", "bought", "stock set", "accepted", "refused", "expired", "debited", "cancelled", "given back", "shipped"
]


def cents(amount: Decimal) -> Decimal:
    """*amount* to two decimals, half up."""
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


@attrs.frozen(kw_only=True)
class OfferState:
    """One offer. *price* is in the platform's own tax mode; *inactive* holds reasons besides an empty stock."""

    price: Decimal = attrs.field(converter=Decimal)
    quantity: int
    title: str = ""
    product_sku: str = ""
    category: str = "HOME"
    state_code: str = "11"
    inactive: tuple[str, ...] = ()
    details: OfferDetails = OfferDetails()

    @property
    def active(self) -> bool:
        """Whether a customer can buy it."""
        return not self.inactive and self.quantity > 0


@attrs.frozen(kw_only=True)
class Carrier:
    """A carrier registered with the operator; ``{trackingId}`` in *tracking_url* stands for the parcel's number."""

    code: str
    label: str
    standard_code: str | None = None
    tracking_url: str | None = None


@attrs.frozen(kw_only=True)
class ShippingType:
    """A shipping method of the operator."""

    code: str = "STD"
    label: str = "Standard"
    standard_code: str = "CU_ADD-STD"
    mandatory_tracking: bool = False
    delivery_by_operator: bool = False


@attrs.frozen(kw_only=True)
class RateLimit:
    """At most *calls* within any *seconds* of the simulator's clock."""

    calls: int
    seconds: float


@attrs.frozen(kw_only=True)
class MiraklSettings:
    """How this marketplace is set up; all times are seconds of the simulator's clock unless they are a timedelta.

    *unseen_state* is shown for *unseen_seconds* between debit and ``SHIPPING`` by every *unseen_every*-th order (0:
    never). Every *null_country_every*-th order carries no country code. An upload of offers (OF01, OF24) like one
    of the last *duplicate_seconds* becomes no import of its own. *limits* are keyed by operation code.
    """

    shop_id: int = 2000
    shop_name: str = "Example Home Store"
    model: str = "MARKETPLACE"
    currency: str = "GBP"
    order_prefix: str = "JL"
    channel: str | None = None
    locales: tuple[str, ...] = ("en", "en_GB")
    seed: int = 0

    order_acceptance: Literal["NOT_AUTOMATIC", "AUTOMATIC"] = "NOT_AUTOMATIC"
    staging_seconds: float = 0
    acceptance_hours: float | None = None
    debit_seconds: float = 60
    receive_seconds: float | None = None
    partial_acceptance: bool = True
    address_before_acceptance: bool = False
    refusal_restocks: bool = False
    cancel_restocks: bool = False

    order_tax_mode: TaxMode = "TAX_INCLUDED"
    tax_rate: Decimal = Decimal(20)
    taxes_listed: bool = True
    commission_rate: Decimal = Decimal(15)
    shipping_on: Literal["first line", "every line"] = "first line"

    tax_rule: Literal["PROPORTIONAL_TO_AMOUNT", "NONE"] = "PROPORTIONAL_TO_AMOUNT"
    refund_seconds: float = 60
    refund_states: frozenset[str] = frozenset({"SHIPPING", "SHIPPED", "TO_COLLECT", "RECEIVED"})
    reasons: tuple[Reason, ...] = REASONS
    returns: bool = True
    return_window: int = 30

    papers: PaperSettings = PaperSettings()
    multi_shipment: bool = True
    shipping: ShippingSettings = ShippingSettings()
    alternative_carriers: bool = True
    shipping_types: tuple[ShippingType, ...] = (ShippingType(),)
    stock_imports: bool = True
    import_seconds: float = 30
    duplicate_seconds: float = 60
    export_seconds: float = 60
    export_chunk: int = 10_000
    host: str = "shop.example.com"
    failing_skus: frozenset[str] = frozenset()
    failing_rate: float = 0.0

    update_safety: timedelta = timedelta(minutes=5)
    limits: Mapping[str, RateLimit] = attrs.field(factory=dict[str, RateLimit])
    unseen_state: str = "FRAUD_RECHECK"
    unseen_every: int = 0
    unseen_seconds: float = 60
    null_country_every: int = 7
    amounts_as_strings: bool = False
    money: MoneySettings = MoneySettings()
    orders: OrderSettings = OrderSettings()
    products: ProductSettings = ProductSettings()
    promotions_approved: bool = True


@attrs.frozen(kw_only=True)
class OrderLine:
    """One line; *price* and *shipping* are for the whole line in the platform's own tax mode."""

    line_id: str
    index: int
    sku: str
    title: str
    product_sku: str
    category: str
    offer_id: int
    offer_state: str
    quantity: int
    unit_price: Decimal
    shipping: Decimal
    state: str
    shipped_at: datetime | None = None
    backs: tuple[Back, ...] = ()
    before_incident: str | None = None
    fields: tuple[Mapping[str, Json], ...] = ()
    origin: Mapping[str, Json] | None = None
    measured: Decimal | None = None

    @property
    def price(self) -> Decimal:
        """Unit price times quantity."""
        return self.unit_price * self.quantity

    @property
    def open(self) -> bool:
        """Whether it still counts: neither refused nor cancelled."""
        return self.state not in ("REFUSED", "CANCELED")


@attrs.frozen(kw_only=True)
class Order:
    """One order of this shop; *due* is when the marketplace will move it on by itself.

    Whatever OR11 shows of an order stands in this record: its text is kept for as long as the record is the same.
    """

    order_id: str
    commercial_id: str
    number: int
    state: str
    created_at: datetime
    updated_at: datetime
    ship_by: datetime
    shipping_type: str
    centre: str
    lines: tuple[OrderLine, ...]
    due: datetime | None = None
    decided_at: datetime | None = None
    debited_at: datetime | None = None
    cancelled_at: datetime | None = None
    has_incident: bool = False
    seller_reference: str | None = None
    tracking: Tracking | None = None
    fields: tuple[Mapping[str, Json], ...] = ()

    def line(self, line_id: str) -> OrderLine | None:
        """The line of that id."""
        return next((line for line in self.lines if line.line_id == line_id), None)


@attrs.frozen(kw_only=True)
class StockImport:
    """One uploaded stock file. *status* turns final when it has run; *failed* are line number, reason, columns."""

    import_id: str
    created_at: datetime
    due: datetime
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    delimiter: str
    status: str = "WAITING"
    done: int = 0
    failed: tuple[tuple[int, str, tuple[str, ...]], ...] = ()


@attrs.frozen(kw_only=True)
class LedgerEntry:
    """One thing that happened to *units* of a SKU; *stock* is the offer's quantity after it, if that moved."""

    at: datetime
    what: What
    order_id: str | None = None
    sku: str | None = None
    units: int = 0
    stock: int | None = None
    reference: str | None = None


@attrs.frozen
class Job:
    """Something that the marketplace will do at *due*, whoever asks by then: an import, an export, an expiry."""

    due: datetime
    run: Callable[["MiraklState", datetime], None]


def _orders() -> Dated[Order]:
    return Dated(lambda one: one.due, created=lambda one: one.created_at, changed=lambda one: one.updated_at)


def _imports() -> Book[StockImport]:
    return Book(lambda file: file.due if file.status == "WAITING" else None)


def _jobs() -> "Book[Job]":
    return Book(lambda job: job.due)


@attrs.define(kw_only=True)
class MiraklState:
    """Everything that changes; the records in it are frozen and replaced under their key, never changed in place."""

    settings: MiraklSettings
    carriers: tuple[Carrier, ...]
    offers: dict[str, OfferState]
    orders: Dated[Order] = attrs.field(factory=_orders)
    shipments: ShipmentBook = attrs.field(factory=ShipmentBook)
    imports: Book[StockImport] = attrs.field(factory=_imports)
    ledger: list[LedgerEntry] = attrs.field(factory=list[LedgerEntry])
    jobs: Book[Job] = attrs.field(factory=_jobs)
    money: MoneyState = attrs.field(factory=MoneyState)
    inbox: Inbox = attrs.field(factory=Inbox)
    papers: Papers = attrs.field(factory=Papers)
    after_sales: AfterSales = attrs.field(factory=AfterSales)
    desk: OrderDesk = attrs.field(factory=OrderDesk)
    offer_work: OfferWork = attrs.field(factory=OfferWork)
    products: ProductWork = attrs.field(factory=ProductWork)
    promotions: dict[str, Promotion] = attrs.field(factory=dict[str, Promotion])
    picklists: dict[str, Picklist] = attrs.field(factory=dict[str, Picklist])
    shop_written: dict[str, Json] = attrs.field(factory=dict[str, Json])
    failures_due: dict[str, int] = attrs.field(factory=dict[str, int])
    order_texts: dict[tuple[str, str], tuple[Order, str]] = attrs.field(
        factory=dict[tuple[str, str], tuple[Order, str]]
    )
    calls: dict[str, list[datetime]] = attrs.field(factory=dict[str, list[datetime]])

    def carrier(self, code: str) -> Carrier | None:
        """The registered carrier of that code."""
        return next((carrier for carrier in self.carriers if carrier.code == code), None)

    def move_stock(
        self,
        at: datetime,
        what: What,
        sku: str,
        quantity: int,
        *,
        units: int,
        order_id: str | None = None,
        reference: str | None = None,
    ) -> None:
        """Set the offer of *sku* to *quantity* and write down the movement."""
        self.offers[sku] = attrs.evolve(self.offers[sku], quantity=quantity)
        self.note(at, what, order_id=order_id, sku=sku, units=units, stock=quantity, reference=reference)

    def note(
        self,
        at: datetime,
        what: What,
        *,
        order_id: str | None = None,
        sku: str | None = None,
        units: int = 0,
        stock: int | None = None,
        reference: str | None = None,
    ) -> None:
        """Write down what happened."""
        entry = LedgerEntry(at=at, what=what, order_id=order_id, sku=sku, units=units, stock=stock, reference=reference)
        self.ledger.append(entry)
