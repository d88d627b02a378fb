"""What the simulated marketplace knows of shipments, and how shipping is set up."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime

import attrs
from typing_extensions import override

__all__ = ["Parcel", "Shipment", "ShipmentBook", "ShippingSettings", "Tracking"]


@attrs.frozen(kw_only=True)
class ShippingSettings:
    """How goods travel here. *debit_seconds* is how long a shipment's own debit takes, where customers pay on shipment.

    *information* is what the operator asks to be told of shipments: a pattern by code. *cut_off* is a time of day.
    """

    debit_seconds: float = 60
    warehouses: frozenset[str] = frozenset({"MAIN"})
    information: Mapping[str, str] = attrs.field(factory=lambda: {"DELIVERY_BILL_ID": "[0-9A-Za-z-]+"})
    zones: tuple[str, ...] = ("UK",)
    logistic_classes: tuple[str, ...] = ("S", "M", "L")
    lead_time_days: int = 2
    cut_off: str = "14:00:00Z"


@attrs.frozen(kw_only=True)
class Tracking:
    """How one parcel, or one order, can be followed."""

    carrier_code: str | None = None
    carrier_name: str | None = None
    carrier_standard_code: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None


@attrs.frozen(kw_only=True)
class Parcel:
    """*quantity* units of one order line inside a shipment."""

    line_id: str
    sku: str
    quantity: int
    package_reference: str | None = None


@attrs.frozen(kw_only=True)
class Shipment:
    """One shipment; *shipped_at* None: not on its way yet. *debit* is how the customer's debit for it stands."""

    shipment_id: str
    number: int
    order_id: str
    parcels: tuple[Parcel, ...]
    tracking: Tracking | None
    invoice_reference: str | None
    created_at: datetime
    updated_at: datetime
    status: str = "SHIPPING"
    debit: str = "NO_DEBIT"
    shipped_at: datetime | None = None
    debited_at: datetime | None = None
    warehouse: str | None = None
    information: Mapping[str, tuple[str, str]] = attrs.field(factory=dict[str, tuple[str, str]])


class ShipmentBook(dict[str, Shipment]):
    """Shipments by id, oldest first, and by order without looking through them all. *made* counts deleted ones too."""

    def __init__(self) -> None:
        super().__init__()
        self.made = 0
        self._by_order: dict[str, dict[str, None]] = defaultdict(dict)

    @override
    def __setitem__(self, key: str, shipment: Shipment) -> None:
        super().__setitem__(key, shipment)
        self._by_order[shipment.order_id][key] = None
        self.made = max(self.made, shipment.number)

    @override
    def __delitem__(self, key: str) -> None:
        del self._by_order[self[key].order_id][key]
        super().__delitem__(key)

    def all_of(self, order_id: str) -> list[Shipment]:
        """The shipments of an order, cancelled ones included."""
        return [self[key] for key in self._by_order.get(order_id, ())]

    def of(self, order_id: str) -> list[Shipment]:
        """The shipments of an order that were not cancelled."""
        return [shipment for shipment in self.all_of(order_id) if shipment.status != "CANCELED"]

    def units(self, order_id: str, *, shipped_only: bool = False) -> Counter[str]:
        """Units of each order line in the order's shipments."""
        units = Counter[str]()
        for shipment in self.of(order_id):
            if shipment.shipped_at or not shipped_only:
                for parcel in shipment.parcels:
                    units[parcel.line_id] += parcel.quantity
        return units
