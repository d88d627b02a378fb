"""How drafts become Channels documents, and how what is pushed back is to be understood."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import attrs

from khaos_connectors.core.ids import AccountId, LocationId, OrderRef, StockCode
from khaos_connectors.errors import ConfigError
from khaos_connectors.khaos_control.channels import codes
from khaos_connectors.khaos_control.channels.codes import CalcMethod, CreateNew, Match, OrderStatus, ShipmentStatus
from khaos_connectors.khaos_control.channels.orders import OrderImportConfig
from khaos_connectors.khaos_control.channels.returns import CustomerReturnImportConfig
from khaos_connectors.khaos_control.channels.values import DataItem
from khaos_connectors.khaos_control.enums import CustomerKey

__all__ = [
    "ItemSettings",
    "OrderDownloadSettings",
    "PaymentTarget",
    "ProvidedStockSettings",
    "References",
    "ReturnDownloadSettings",
    "StatusRules",
]

_ORDER_STATES: Mapping[OrderStatus, str] = {
    OrderStatus.RECEIVED: "new",
    OrderStatus.SHIPPING: "processing",
    OrderStatus.PARTIAL_SHIP: "processing",
    OrderStatus.COMPLETE: "complete",
    OrderStatus.CANCELLED: "cancelled",
}
_SHIPMENT_STATES: Mapping[ShipmentStatus, str] = {
    ShipmentStatus.RELEASED: "new",
    ShipmentStatus.STAGING: "new",
    ShipmentStatus.PAYMENT: "pending payment",
    ShipmentStatus.PICKING: "processing",
    ShipmentStatus.PACKING: "processing",
    ShipmentStatus.SHIPPING: "processing",
    ShipmentStatus.INVOICING: "processing",
    ShipmentStatus.PROCESSING: "processing",
    ShipmentStatus.ISSUE: "shipped",
    ShipmentStatus.AWAITING_DATE: "on hold",
    ShipmentStatus.AWAITING_STOCK: "back order",
    ShipmentStatus.MANUAL_HOLD: "on hold",
    ShipmentStatus.TERMS_HOLD: "on hold",
    ShipmentStatus.ARCHIVED: "complete",
}


@attrs.frozen(kw_only=True)
class References:
    """Our references and the ERP's. *template* makes the AssociatedRef that is unique over all channels.

    *channel_format* is what is set up at the ERP's channel (``{0}-JL``): the ERP keeps orders under it. A reference
    that comes back is understood with and without it.
    """

    template: str = "{reference}"
    channel_format: str = "{0}"

    def __attrs_post_init__(self) -> None:
        for field, text, slot in (
            ("template", self.template, "{reference}"),
            ("channel_format", self.channel_format, "{0}"),
        ):
            if text.count(slot) != 1:
                raise ConfigError(field=field, problem=f"must hold {slot} exactly once")

    def sent(self, reference: OrderRef) -> str:
        """The AssociatedRef of our *reference*."""
        return self.template.replace("{reference}", reference)

    def read(self, associated_ref: str) -> OrderRef:
        """Our reference in an AssociatedRef that the ERP told; one that neither setting made is given as it is."""
        bare = _unwrapped(associated_ref, self.channel_format, "{0}")
        return OrderRef(_unwrapped(bare, self.template, "{reference}"))


def _unwrapped(text: str, template: str, slot: str) -> str:
    head, tail = template.split(slot)
    fits = text.startswith(head) and text.endswith(tail) and len(text) > len(head) + len(tail)
    return text[len(head) : len(text) - len(tail)] if fits else text


@attrs.frozen(kw_only=True)
class PaymentTarget:
    """How a payment method is written. "account": no payment, the order goes on the customer's account.

    "card" stands for everything that was taken elsewhere: *card_type* names the service, and a filled *auth_code* says
    that the money was taken. *bank_account* is the ERP's account that it goes to.
    """

    kind: Literal["card", "cash", "cheque", "voucher", "bacs", "account"] = "card"
    card_type: str = ""
    auth_code: str = ""
    bank_account: DataItem | None = None

    def __attrs_post_init__(self) -> None:
        if self.kind == "card" and not self.card_type:
            raise ConfigError(field="card_type", problem="must name the card or the service that took the money")


@attrs.frozen(kw_only=True)
class OrderDownloadSettings:
    """Names that must exist in the ERP, and the choices that the document leaves open.

    *price*: unit prices with or without VAT; the ERP adds the VAT of its own item record, for the document has no rate
    per line. *calc_method*: how the ERP works the order out; None: from the side that the prices have.
    *send_gross_total* lets it absorb a rounding difference up to *absorb_up_to*; beyond that, and without it,
    *rounding_code* carries a positive one as a line of its own. *send_delivery_tax*: the charge's VAT as it was
    charged. *couriers* is by the channel's service, *payments* by ``Payment.method``. *deliver_by*: what the despatch
    deadline becomes besides RequiredDate; "locked" keeps the ERP from moving it. *missing_name* stands for a surname
    where an address has no name at all; "": such an order is refused.
    """

    company_class: DataItem
    sales_source: DataItem
    site: DataItem
    company_type: DataItem | None = None
    source_code: DataItem | None = None
    mailing_status: DataItem | None = None
    brand: DataItem | None = None
    client: DataItem | None = None
    website: DataItem | None = None
    agent: DataItem | None = None
    keycode: DataItem | None = None
    invoice_priority: DataItem | None = None
    create_new: CreateNew = CreateNew.IF_NO_MATCH
    customer_key: CustomerKey = CustomerKey.OTHER_REF
    line_mapping: codes.Mapping = codes.Mapping.STOCK_CODE
    alternate_mapping: tuple[codes.Mapping, ...] = ()
    price: Literal["gross", "net"] = "gross"
    calc_method: CalcMethod | None = None
    send_descriptions: bool = False
    send_gross_total: bool = True
    absorb_up_to: Decimal = Decimal("0.05")
    rounding_code: StockCode | None = None
    send_delivery_tax: bool = True
    deliver_by: Literal["empty", "free", "locked"] = "empty"
    repeat_equal_address: bool = True
    customer_number_as_po: bool = False
    order_id_as_custom_data: bool = True
    missing_name: str = ""
    couriers: Mapping[str, DataItem] = attrs.field(factory=dict[str, DataItem])
    unmapped_service: Literal["empty", "refuse"] = "empty"
    payments: Mapping[str, PaymentTarget] = attrs.field(factory=dict[str, PaymentTarget])
    config: OrderImportConfig = attrs.field(
        factory=lambda: OrderImportConfig(
            match_company_on=(Match.ADDRESS1, Match.POSTCODE, Match.SURNAME),
            match_address_on=(Match.ADDRESS1, Match.POSTCODE),
            match_contact_on=(Match.SURNAME,),
        )
    )


@attrs.frozen(kw_only=True)
class ReturnDownloadSettings:
    """How a credit note draft becomes a return that the ERP turns into a credit note.

    *reasons* is by the channel's reason, *default_reason* serves the others; both are set up in the ERP.
    *reference_template* makes the return's unique reference; with ``{account}`` in it those of two channel accounts
    stay apart whose refunds are numbered alike. *source*: how a line names the order that it came from.
    *amount_only_code* is a stock code for money that is given back for no unit; *shipping_code* one for carriage: a
    return has no field for either. Without them such a credit note is refused. *process*: the ERP processes a return as
    soon as it is imported; one that is still a draft is never processed.
    """

    reasons: Mapping[str, DataItem] = attrs.field(factory=dict[str, DataItem])
    default_reason: DataItem | None = None
    reference_template: str = "{refund_id}"
    source: Literal["reference", "order code", "order line"] = "reference"
    price: Literal["gross", "net"] = "gross"
    line_mapping: codes.Mapping = codes.Mapping.STOCK_CODE
    amount_only_code: StockCode | None = None
    shipping_code: StockCode | None = None
    process: bool | None = None
    brand: DataItem | None = None
    sales_source: DataItem | None = None
    missing_name: str = ""
    config: CustomerReturnImportConfig = attrs.field(
        factory=lambda: CustomerReturnImportConfig(
            match_address_on=(Match.ADDRESS1, Match.POSTCODE), match_contact_on=(Match.SURNAME,)
        )
    )

    def __attrs_post_init__(self) -> None:
        if self.reference_template.count("{refund_id}") != 1:
            raise ConfigError(field="reference_template", problem="must hold {refund_id} exactly once")

    def reference(self, refund_id: str, account: AccountId) -> str:
        """The return's unique reference for a refund of a channel *account*."""
        head, tail = (part.replace("{account}", account) for part in self.reference_template.split("{refund_id}"))
        return f"{head}{refund_id}{tail}"


@attrs.frozen(kw_only=True)
class ProvidedStockSettings:
    """How items are written that the ERP takes from us.

    *stock_id*: what an item's StockID is there, our stock code ("own") or the ERP's id where it has told one of that
    code ("told"); no page of the vendor says. *pack_type* is what an item becomes that is made of others.
    """

    stock_id: Literal["own", "told"] = "own"
    pack_type: codes.PackType = codes.PackType.PACK


@attrs.frozen(kw_only=True)
class StatusRules:
    """When a pushed shipment has left, and what the states are called.

    A shipment in one of *shipped* has left; with *by_date* so has one whose parcels all carry a date.
    """

    shipped: frozenset[ShipmentStatus] = frozenset({ShipmentStatus.ISSUE, ShipmentStatus.ARCHIVED})
    by_date: bool = True
    order_states: Mapping[OrderStatus, str] = attrs.field(factory=lambda: dict(_ORDER_STATES))
    shipment_states: Mapping[ShipmentStatus, str] = attrs.field(factory=lambda: dict(_SHIPMENT_STATES))


@attrs.frozen(kw_only=True)
class ItemSettings:
    """How pushed items and levels are to be understood.

    *locations* is by SiteID, an int as it is pushed; levels of other sites are not looked at. *add_build_potential*:
    what could be built counts on top of a level. *weight_in_kg*: kilograms of one unit of AverageWeight.
    *barcode_types*: whose bar codes count, by name, code or id, the best first; empty: the first one.
    *unpublished_is_blocked*: an item that is not for the web is not for sale.
    """

    locations: Mapping[int, LocationId] = attrs.field(factory=dict[int, LocationId])
    add_build_potential: bool = False
    weight_in_kg: Decimal = Decimal(1)
    barcode_types: tuple[str, ...] = ()
    unpublished_is_blocked: bool = False

    def __attrs_post_init__(self) -> None:
        for site in self.locations:
            if type(site) is not int:  # pushes tell a number; under another key every level would be passed over
                problem = f"SiteID {site!r} must be an int: pushed levels name their site by its number"
                raise ConfigError(field="items.locations", problem=problem)
        if len(set(self.locations.values())) < len(self.locations):
            raise ConfigError(field="items.locations", problem="two sites have one location: their levels would be one")
