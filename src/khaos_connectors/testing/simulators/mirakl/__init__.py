"""A Mirakl marketplace in memory: ``simulator`` is the marketplace, ``state`` what it knows, the rest one area each."""

from khaos_connectors.testing.simulators.mirakl.money_state import MoneySettings
from khaos_connectors.testing.simulators.mirakl.product_state import (
    Attribute,
    Category,
    Product,
    ProductSettings,
    ValueList,
)
from khaos_connectors.testing.simulators.mirakl.simulator import UK_CARRIERS, MiraklSimulator
from khaos_connectors.testing.simulators.mirakl.state import (
    Carrier,
    LedgerEntry,
    MiraklSettings,
    OfferState,
    Order,
    RateLimit,
    Shipment,
    ShippingType,
    StockImport,
)

__all__ = [
    "UK_CARRIERS",
    "Attribute",
    "Carrier",
    "Category",
    "LedgerEntry",
    "MiraklSettings",
    "MiraklSimulator",
    "MoneySettings",
    "OfferState",
    "Order",
    "Product",
    "ProductSettings",
    "RateLimit",
    "Shipment",
    "ShippingType",
    "StockImport",
    "ValueList",
]
