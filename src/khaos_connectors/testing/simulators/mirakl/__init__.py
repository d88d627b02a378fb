"""A Mirakl marketplace in memory: ``simulator`` is the marketplace, ``state`` what it knows, the rest one area each."""

from khaos_connectors.testing.simulators.mirakl.money_state import MoneySettings
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
    "Carrier",
    "LedgerEntry",
    "MiraklSettings",
    "MiraklSimulator",
    "MoneySettings",
    "OfferState",
    "Order",
    "RateLimit",
    "Shipment",
    "ShippingType",
    "StockImport",
]
