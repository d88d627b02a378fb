"""Shipments as Mirakl tells them and as they are written. A shipment has one tracking; an order may have several."""

from collections.abc import Sequence
from datetime import date as Day  # noqa: N812 - a field is named date, as Mirakl names it
from datetime import datetime

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.codes import CustomerDebitStatus, ShipmentStatus, TrackingValidity
from khaos_connectors.mirakl.models.order_lines import ShippingFrom
from khaos_connectors.mirakl.models.shipping_codes import InformationType, MilestoneDetail, MilestoneType

__all__ = [
    "DeliveryWindow",
    "Milestone",
    "MilestoneInformation",
    "NewShipment",
    "NewShipmentInformation",
    "NewShipmentLine",
    "NewTracking",
    "ParcelLocation",
    "Shipment",
    "ShipmentInformation",
    "ShipmentLine",
    "ShipmentPayment",
    "ShipmentTracking",
    "SplitMoment",
]


@attrs.frozen(kw_only=True)
class ShipmentLine:
    """A quantity of one order line inside a shipment; *package_reference* is the item's part, where it has several."""

    order_line_id: Text | None = None
    quantity: int
    offer_sku: Text | None = None
    package_reference: Text | None = None


# --- tracking ------------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class SplitMoment:
    """A time as carriers give it: often only a day, often without a zone. ``text`` is what is known of it."""

    date: Day | None = None
    time: str | None = None
    offset: str | None = None

    @property
    def text(self) -> str:
        """ISO 8601 as far as it goes: ``"2026-03-02T14:25:00+02:00"``, ``"2026-03-02"``, or nothing."""
        if self.date is None:
            return ""
        return self.date.isoformat() + (f"T{self.time}{self.offset or ''}" if self.time else "")


@attrs.frozen(kw_only=True)
class DeliveryWindow:
    """Between when and when a carrier means to deliver."""

    earliest: SplitMoment | None = None
    latest: SplitMoment | None = None


@attrs.frozen(kw_only=True)
class ParcelLocation:
    """Where a parcel was last seen."""

    location: str | None = None
    occurrence_date: SplitMoment | None = None


@attrs.frozen(kw_only=True)
class MilestoneInformation:
    """What more a carrier told of a milestone."""

    type: MilestoneDetail | Unrecognised | None = None
    occurrence_date: SplitMoment | None = None


@attrs.frozen(kw_only=True)
class Milestone:
    """How far a parcel got, and when."""

    type: MilestoneType | Unrecognised | None = None
    occurrence_date: SplitMoment | None = None
    additional_info: MilestoneInformation | None = None


@attrs.frozen(kw_only=True)
class ShipmentTracking:
    """How a shipment is followed, and how far it got.

    Some instances call the carrier's date estimated, others expected: ``delivery_window`` is whichever came.
    """

    carrier_code: Text | None = None
    carrier_name: str | None = None
    carrier_standard_code: Text | None = None
    tracking_number: Text | None = None
    tracking_url: str | None = None
    validity_status: TrackingValidity | Unrecognised | None = None
    milestones: tuple[Milestone, ...] | None = ()
    last_known_location: ParcelLocation | None = None
    carrier_expected_delivery_date: DeliveryWindow | None = None
    carrier_estimated_delivery_date: DeliveryWindow | None = None

    @property
    def delivery_window(self) -> DeliveryWindow | None:
        """When the carrier means to deliver, under either name."""
        return self.carrier_expected_delivery_date or self.carrier_estimated_delivery_date


# --- the shipment --------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class ShipmentInformation:
    """A piece of information that the operator asks for; *value* is text, whatever the document says of it."""

    code: Text | None = None
    type: InformationType | Unrecognised | None = None
    value: Text | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class ShipmentPayment:
    """The customer's debit for one shipment (payment on shipment)."""

    customer_debited_date: datetime | None = None
    transaction_date: datetime | None = None
    transaction_number: Text | None = None


@attrs.frozen(kw_only=True)
class Shipment:
    """A shipment as ST11 tells it and as ST01 answers.

    Where customers pay on shipment it waits in SHIPMENT_PREPARED until *status_customer_debit* says DEBIT_OK.
    """

    id: Text
    order_id: Text
    status: ShipmentStatus | Unrecognised
    status_customer_debit: CustomerDebitStatus | Unrecognised | None = None
    shipment_lines: tuple[ShipmentLine, ...] | None = ()
    tracking: ShipmentTracking | None = None
    shipping_from: ShippingFrom | None = None
    invoice_reference: Text | None = None
    shipment_additional_information: tuple[ShipmentInformation, ...] | None = ()
    payment_details: ShipmentPayment | None = None
    created_date: datetime | None = None
    last_updated_date: datetime | None = None
    shipped_date: datetime | None = None


# --- what is written -----------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class NewShipmentLine:
    """*quantity* (1 or more) of one order line to put into a new shipment."""

    order_line_id: str
    quantity: int
    package_reference: str | None = None


@attrs.frozen(kw_only=True)
class NewTracking:
    """A registered carrier by *carrier_code*, or any other by *carrier_name* with *tracking_url*."""

    carrier_code: str | None = None
    carrier_name: str | None = None
    carrier_standard_code: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None


@attrs.frozen(kw_only=True)
class NewShipmentInformation:
    """A piece of information that the operator asks for, under its *code*: a text, or a day."""

    code: str
    value: str | Day = attrs.field(repr=False)

    @property
    def type(self) -> InformationType:
        """What it holds, as Mirakl wants it said beside it."""
        return InformationType.DATE if isinstance(self.value, Day) else InformationType.STRING

    @property
    def text(self) -> str:
        """The value as it travels."""
        return self.value.isoformat() if isinstance(self.value, Day) else self.value


@attrs.frozen(kw_only=True)
class NewShipment:
    """A shipment to create; *shipped* confirms it in the same call. One tracking each.

    *invoice_reference* holds letters of the alphabet, digits, ``_`` and ``-``, at most 255.
    """

    order_id: str
    shipment_lines: Sequence[NewShipmentLine]
    shipped: bool = False
    tracking: NewTracking | None = None
    invoice_reference: str | None = None
    warehouse_code: str | None = None
    information: Sequence[NewShipmentInformation] = ()
