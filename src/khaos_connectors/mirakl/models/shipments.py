"""Shipments, carriers and shipping methods, under Mirakl's own names."""

from datetime import datetime

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.codes import CustomerDebitStatus, ShipmentStatus, TrackingValidity

__all__ = [
    "Carrier",
    "CarrierList",
    "CreatedShipments",
    "NewShipment",
    "NewShipmentLine",
    "NewTracking",
    "Shipment",
    "ShipmentError",
    "ShipmentLine",
    "ShipmentTracking",
    "ShippingType",
    "ShippingTypeList",
]


@attrs.frozen(kw_only=True)
class Carrier:
    """A carrier that the operator registered; *tracking_url* may hold ``{trackingId}``."""

    code: Text
    label: str | None = None
    standard_code: Text | None = None
    tracking_url: str | None = None


@attrs.frozen(kw_only=True)
class CarrierList:
    """The answer of SH21."""

    carriers: tuple[Carrier, ...]


@attrs.frozen(kw_only=True)
class ShippingType:
    """A shipping method of the operator."""

    code: Text
    label: str | None = None
    standard_code: str | None = None
    mandatory_tracking: bool | None = None
    click_and_collect: bool | None = None
    delivery_by_operator: bool | None = None
    ignore_lead_time_to_ship: bool | None = None


@attrs.frozen(kw_only=True)
class ShippingTypeList:
    """The answer of SH12."""

    shipping_types: tuple[ShippingType, ...] | None = ()


@attrs.frozen(kw_only=True)
class ShipmentLine:
    """A quantity of one order line inside a shipment."""

    order_line_id: Text | None = None
    quantity: int
    offer_sku: Text | None = None
    package_reference: Text | None = None


@attrs.frozen(kw_only=True)
class ShipmentTracking:
    """How a shipment is followed."""

    carrier_code: Text | None = None
    carrier_name: str | None = None
    carrier_standard_code: Text | None = None
    tracking_number: Text | None = None
    tracking_url: str | None = None
    validity_status: TrackingValidity | Unrecognised | None = None


@attrs.frozen(kw_only=True)
class Shipment:
    """A shipment as ST11 tells it and as ST01 answers."""

    id: Text
    order_id: Text
    status: ShipmentStatus | Unrecognised
    status_customer_debit: CustomerDebitStatus | Unrecognised | None = None
    shipment_lines: tuple[ShipmentLine, ...] | None = ()
    tracking: ShipmentTracking | None = None
    invoice_reference: Text | None = None
    created_date: datetime | None = None
    last_updated_date: datetime | None = None
    shipped_date: datetime | None = None


@attrs.frozen(kw_only=True)
class ShipmentError:
    """Why ST01 did not create a shipment, although it answered 201."""

    message: str | None = None
    order_id: Text | None = None


@attrs.frozen(kw_only=True)
class CreatedShipments:
    """The answer of ST01: both lists count, whatever the status says."""

    shipment_success: tuple[Shipment, ...] | None = ()
    shipment_errors: tuple[ShipmentError, ...] | None = ()


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
class NewShipment:
    """A shipment to create; *shipped* confirms it in the same call. One tracking each."""

    order_id: str
    shipment_lines: tuple[NewShipmentLine, ...]
    shipped: bool = False
    tracking: NewTracking | None = None
    invoice_reference: str | None = None
    warehouse_code: str | None = None
