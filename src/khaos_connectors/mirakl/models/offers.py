"""Offers and stock imports, under Mirakl's own names."""

from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.codes import ImportStatus, InactivityReason

__all__ = [
    "LogisticClass",
    "Offer",
    "OfferPrice",
    "ProductReference",
    "StockImport",
    "StockImportStatus",
    "VolumePrice",
    "WarehouseQuantity",
]


@attrs.frozen(kw_only=True)
class ProductReference:
    """A code of the product, such as its EAN."""

    reference_type: str
    reference: Text


@attrs.frozen(kw_only=True)
class LogisticClass:
    """How heavy or awkward the goods are (an object here, a mere code where offers are written)."""

    code: Text
    label: str | None = None


@attrs.frozen(kw_only=True)
class WarehouseQuantity:
    """Units in one warehouse of the shop."""

    code: Text
    quantity: int


@attrs.frozen(kw_only=True)
class VolumePrice:
    """A price from a quantity on."""

    quantity_threshold: int
    price: Decimal | None = None
    unit_origin_price: Decimal | None = None
    unit_discount_price: Decimal | None = None


@attrs.frozen(kw_only=True)
class OfferPrice:
    """A price of an offer on one channel (None: the default one)."""

    channel_code: Text | None = None
    price: Decimal | None = None
    unit_origin_price: Decimal | None = None
    unit_discount_price: Decimal | None = None
    discount_start_date: datetime | None = None
    discount_end_date: datetime | None = None
    volume_prices: tuple[VolumePrice, ...] | None = ()


@attrs.frozen(kw_only=True)
class Offer:
    """A sellable record of this shop. *shop_sku* is the lasting key; *offer_id* is not stable over long periods.

    In drop-ship shops the prices are purchase prices.
    """

    shop_sku: Text
    quantity: int
    active: bool
    offer_id: Text | None = None
    product_sku: Text | None = None
    product_title: str | None = None
    product_references: tuple[ProductReference, ...] | None = ()
    inactivity_reasons: tuple[InactivityReason | Unrecognised, ...] | None = ()
    warehouses: tuple[WarehouseQuantity, ...] | None = ()
    price: Decimal | None = None
    total_price: Decimal | None = None
    msrp: Decimal | None = None
    applicable_pricing: OfferPrice | None = None
    all_prices: tuple[OfferPrice, ...] | None = ()
    currency_iso_code: str | None = None
    state_code: Text | None = None
    channels: tuple[str, ...] | None = ()
    leadtime_to_ship: int | None = None
    shipping_deadline: datetime | None = None
    logistic_class: LogisticClass | None = None
    min_order_quantity: int | None = None
    max_order_quantity: int | None = None
    package_quantity: int | None = None
    min_quantity_alert: int | None = None
    available_start_date: datetime | None = None
    available_end_date: datetime | None = None


@attrs.frozen(kw_only=True)
class StockImport:
    """The answer of STO01: the file was taken, nothing more. Its fate is asked for by *import_id*."""

    import_id: Text


@attrs.frozen(kw_only=True)
class StockImportStatus:
    """The answer of STO02. COMPLETE does not say that every line was taken."""

    import_id: Text
    status: ImportStatus | Unrecognised
    has_error_report: bool | None = None
    lines_in_error: int | None = None
    lines_in_success: int | None = None
    reason_status: str | None = None
    date_created: datetime | None = None
    shop_id: int | None = None
