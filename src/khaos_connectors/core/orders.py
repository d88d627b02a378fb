"""Orders as a channel hands them over and as an ERP wants them; ``map_order`` turns the one into the other."""

from datetime import datetime
from decimal import Decimal
from enum import Enum

import attrs

from khaos_connectors.core.fields import aware, aware_or_none, exact_amount, typed, whole_number
from khaos_connectors.core.ids import AccountId, ChannelSku, ErpOrderCode, LineId, OrderId, OrderRef, StockCode
from khaos_connectors.core.money import exactly

__all__ = [
    "Address",
    "ChannelOrder",
    "Charge",
    "ChargeKind",
    "DraftLine",
    "ErpOrder",
    "ErpOrderDraft",
    "OrderLine",
    "OrderState",
    "Payment",
    "Tax",
    "TaxMode",
]


class OrderState(Enum):
    """Where an order or a line stands in its channel. UNKNOWN: the channel used a code that we have not met."""

    BEING_CHECKED = "being checked"
    AWAITING_ACCEPTANCE = "awaiting acceptance"
    AWAITING_PAYMENT = "awaiting payment"
    AWAITING_SHIPMENT = "awaiting shipment"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CLOSED = "closed"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @property
    def is_demand(self) -> bool:
        """Whether units of a line in this state are still promised and not yet shipped.

        UNKNOWN counts as demand: a state that we cannot read must not free stock.
        """
        return self in _DEMAND


_DEMAND = frozenset(
    {
        OrderState.AWAITING_ACCEPTANCE,
        OrderState.AWAITING_PAYMENT,
        OrderState.AWAITING_SHIPMENT,
        OrderState.UNKNOWN,
    }
)


class TaxMode(Enum):
    """Whether the prices of an order include tax (INCLUDED: gross) or not (EXCLUDED: net, taxes come on top)."""

    INCLUDED = "included"
    EXCLUDED = "excluded"


@attrs.frozen(kw_only=True, field_transformer=typed)
class Tax:
    """One tax amount as the channel states it. *rate* is a percentage (``Decimal(20)``), None if it gave none."""

    code: str
    amount: Decimal = attrs.field(validator=exact_amount)
    rate: Decimal | None = attrs.field(default=None, validator=attrs.validators.optional(exact_amount))


@attrs.frozen(kw_only=True, field_transformer=typed)
class Address:
    """A postal address with its contact. *country* is ISO 3166-1 alpha-2 where known, else as the channel wrote it.

    Personal data: left out of ``repr``.
    """

    title: str = attrs.field(default="", repr=False)
    forename: str = attrs.field(default="", repr=False)
    surname: str = attrs.field(default="", repr=False)
    organisation: str = attrs.field(default="", repr=False)
    line1: str = attrs.field(default="", repr=False)
    line2: str = attrs.field(default="", repr=False)
    line3: str = attrs.field(default="", repr=False)
    town: str = attrs.field(default="", repr=False)
    county: str = attrs.field(default="", repr=False)
    postcode: str = attrs.field(default="", repr=False)
    country: str = ""
    phone: str = attrs.field(default="", repr=False)
    email: str = attrs.field(default="", repr=False)


@attrs.frozen(kw_only=True, field_transformer=typed)
class OrderLine:
    """One line of a channel order.

    *amount* is the money for the goods of the whole line, *shipping* its share of the delivery charge, both in the
    order's currency and tax mode. *quantity* is in the listing's own units (packs); *cancelled*, *refunded* and
    *shipped* are in the same units. *unit_price* is what the channel shows, for information: the line total counts.
    """

    line_id: LineId
    sku: ChannelSku
    quantity: int
    amount: Decimal = attrs.field(validator=exact_amount)
    state: OrderState
    shipping: Decimal = attrs.field(default=Decimal(0), validator=exact_amount)
    taxes: tuple[Tax, ...] = ()
    shipping_taxes: tuple[Tax, ...] = ()
    unit_price: Decimal | None = attrs.field(default=None, validator=attrs.validators.optional(exact_amount))
    cancelled: int = 0
    refunded: int = 0
    shipped: int = 0
    title: str = ""

    @property
    def open_quantity(self) -> int:
        """Units still wanted: ordered less cancelled, in the listing's own units; never negative."""
        return max(0, self.quantity - self.cancelled)


class ChargeKind(Enum):
    """What an amount beside the lines is for: taken off (DISCOUNT), put on (FEE), or carriage for the whole order."""

    DISCOUNT = "discount"
    FEE = "fee"
    SHIPPING = "shipping"


def _signed(charge: "Charge", field: "attrs.Attribute[Decimal]", amount: Decimal) -> None:
    exact_amount(charge, field, amount)
    if charge.kind is ChargeKind.DISCOUNT and amount > 0:
        raise ValueError(f"{field.name} of a discount must be 0 or less, not {amount}: the customer pays less")
    if charge.kind is not ChargeKind.DISCOUNT and amount < 0:
        raise ValueError(f"{field.name} of a {charge.kind.value} must be 0 or more, not {amount}")


@attrs.frozen(kw_only=True, field_transformer=typed)
class Charge:
    """An amount of an order that belongs to no line: a discount, a fee, carriage for the whole order.

    *amount* is in the order's currency and tax mode, as it changes what the customer pays: a discount is negative.
    *code* is the channel's name for it, which the policy maps to a code of the ERP.
    """

    kind: ChargeKind
    code: str
    amount: Decimal = attrs.field(validator=_signed)
    taxes: tuple[Tax, ...] = ()
    title: str = ""


@attrs.frozen(kw_only=True, field_transformer=typed)
class ChannelOrder:
    """An order as a channel handed it over; key ``(account, order_id)``. All times are aware and in UTC.

    *total* is what the customer pays in *currency*, goods and shipping and tax. *customer_number* is the number that
    the customer sees. *ship_by* is the channel's own despatch deadline. *accept_by* is the end of the acceptance
    window where the channel tells one. *delivery* is None while the channel still hides the address.
    *erp_reference* is the seller's reference that the channel holds for this order. *charges* are what the customer
    pays or is let off beside the lines. A time without a zone is refused.
    """

    account: AccountId
    order_id: OrderId
    state: OrderState
    placed_at: datetime = attrs.field(validator=aware)
    changed_at: datetime = attrs.field(validator=aware)
    currency: str
    tax_mode: TaxMode
    lines: tuple[OrderLine, ...]
    total: Decimal = attrs.field(validator=exact_amount)
    customer_number: str = ""
    customer_key: str = ""
    paid_at: datetime | None = attrs.field(default=None, validator=aware_or_none)
    accepted_at: datetime | None = attrs.field(default=None, validator=aware_or_none)
    accept_by: datetime | None = attrs.field(default=None, validator=aware_or_none)
    ship_by: datetime | None = attrs.field(default=None, validator=aware_or_none)
    delivery: Address | None = None
    billing: Address | None = None
    service: str = ""
    service_label: str = ""
    erp_reference: str = ""
    payment_reference: str = ""
    order_taxes: tuple[Tax, ...] = ()
    vendor_state: str = ""
    charges: tuple[Charge, ...] = ()


@attrs.frozen(kw_only=True, field_transformer=typed)
class Payment:
    """Money that the channel has taken for an order. *method* is the key of the ERP's payment map."""

    method: str
    amount: Decimal = attrs.field(validator=exact_amount)
    reference: str = ""
    taken_at: datetime | None = attrs.field(default=None, validator=aware_or_none)


@exactly
def _adds_up(line: "DraftLine", field: "attrs.Attribute[Decimal]", vat: Decimal) -> None:
    exact_amount(line, field, vat)
    if line.net + vat != line.gross:
        told = f"net {line.net} + vat {vat} is {line.net + vat}, not gross {line.gross}"
        raise ValueError(f"line of {line.stock_code}: {told}")


@attrs.frozen(kw_only=True, field_transformer=typed)
class DraftLine:
    """One line for the ERP: *units* (eaches) of *stock_code* for *gross* in all, of which *vat* is tax.

    ``net + vat == gross`` always: another one cannot be made. *vat_rate* is a percentage. *source* are the channel
    lines it came from; none where it stands for a charge of the whole order, and *charge* then says of what kind,
    *charge_code* under which name of the channel's.
    """

    stock_code: StockCode
    units: int
    gross: Decimal = attrs.field(validator=exact_amount)
    net: Decimal = attrs.field(validator=exact_amount)
    vat: Decimal = attrs.field(validator=_adds_up)
    vat_rate: Decimal = attrs.field(validator=exact_amount)
    description: str = ""
    source: tuple[LineId, ...] = ()
    charge: ChargeKind | None = None
    charge_code: str = ""


@attrs.frozen(kw_only=True, field_transformer=typed)
class ErpOrderDraft:
    """An order ready to be created in an ERP; *reference* finds it again and is unique over all channels.

    *total* is the gross total: lines + shipping + rounding. *customer_key* identifies the buyer for the ERP's
    customer matching.
    """

    account: AccountId
    reference: OrderRef
    order_id: OrderId
    placed_at: datetime = attrs.field(validator=aware)
    currency: str
    lines: tuple[DraftLine, ...]
    shipping_gross: Decimal = attrs.field(validator=exact_amount)
    shipping_net: Decimal = attrs.field(validator=exact_amount)
    shipping_vat: Decimal = attrs.field(validator=exact_amount)
    total: Decimal = attrs.field(validator=exact_amount)
    delivery: Address
    billing: Address
    rounding: Decimal = attrs.field(default=Decimal(0), validator=exact_amount)
    customer_key: str = ""
    customer_number: str = ""
    service: str = ""
    deliver_by: datetime | None = attrs.field(default=None, validator=aware_or_none)
    payments: tuple[Payment, ...] = ()
    note: str = ""


def _whole_units(
    _: object, field: "attrs.Attribute[tuple[tuple[StockCode, int], ...]]", units: tuple[tuple[StockCode, int], ...]
) -> None:
    for code, number in units:
        whole_number(f"{field.name} of {code}", number)


@attrs.frozen(kw_only=True, field_transformer=typed)
class ErpOrder:
    """An order as the ERP knows it. *units* is what it holds per stock code, where the ERP tells it (else empty).

    *customer* and *customer_class* say whose it is, where the ERP tells them. *pending*: it waits where the ERP fetches
    it, and the ERP has not told of it yet, so *code* is empty and no stock figure contains it. *known_since* is when
    the ERP first told of it, where that is known.
    """

    code: ErpOrderCode
    reference: OrderRef
    created_on: datetime | None = attrs.field(default=None, validator=aware_or_none)
    cancelled: bool = False
    complete: bool = False
    stage: str = ""
    gross: Decimal | None = attrs.field(default=None, validator=attrs.validators.optional(exact_amount))
    units: tuple[tuple[StockCode, int], ...] = attrs.field(default=(), validator=_whole_units)
    customer: str = ""
    customer_class: str = ""
    pending: bool = False
    known_since: datetime | None = attrs.field(default=None, validator=aware_or_none)
