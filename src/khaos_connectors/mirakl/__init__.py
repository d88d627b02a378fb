"""Mirakl marketplaces, seller side: from the order to the payout.

Start with ``MiraklConfig`` and one of two blocks. ``connect(config)`` gives a channel like any other: orders, stock,
shipments. ``open_client(config)`` gives everything: single calls (``client.call``, ``client.walk``) of ``endpoints`` or
by their code (``raw``, ``raw_pages``), ``client.shop``, which is what ``connect`` gives, and ``client.channel``, with
desks whose flows do nothing until ``client.run`` runs them: ``feed``, ``offers``, ``after_sales``, ``conversations``,
``documents``, ``payouts``. ``connect_async`` and ``open_client_async`` are the same, awaited.

Each area is a folder: ``instance`` (what an operator's platform says of itself), ``orders``, ``offers``, ``despatch``,
``after_sales``, ``messages``, ``documents``, ``money``. ``endpoints`` are the calls, ``models`` what they carry in
Mirakl's words, ``mapping`` what that means in ours, ``operations`` the table of all operations. ``john_lewis`` holds
what is particular to that operator.

Importing this package does nothing else: names are loaded when they are first used (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from khaos_connectors.mirakl import credentials, endpoints, john_lewis, operations
    from khaos_connectors.mirakl.after_sales.desk import AfterSales
    from khaos_connectors.mirakl.channel import MiraklChannel
    from khaos_connectors.mirakl.client import AsyncMiraklClient, MiraklClient
    from khaos_connectors.mirakl.config import InvoiceWay, MiraklConfig, ShipmentWay, StockWay
    from khaos_connectors.mirakl.connecting import connect, connect_async, open_client, open_client_async
    from khaos_connectors.mirakl.documents.desk import Documents
    from khaos_connectors.mirakl.instance import operators, profiles
    from khaos_connectors.mirakl.messages.conversations import Conversations
    from khaos_connectors.mirakl.models.rows import Broken, Read
    from khaos_connectors.mirakl.money.payouts import Payouts
    from khaos_connectors.mirakl.offers.coalescing import Gathered
    from khaos_connectors.mirakl.offers.desk import Offers
    from khaos_connectors.mirakl.offers.merge import OfferChange
    from khaos_connectors.mirakl.offers.price_file import OfferPrices, PriceKind, PriceRow
    from khaos_connectors.mirakl.orders.feed import OrderFeed
    from khaos_connectors.mirakl.raw_calls import raw, raw_pages

__all__ = [
    "AfterSales",
    "AsyncMiraklClient",
    "Broken",
    "Conversations",
    "Documents",
    "Gathered",
    "InvoiceWay",
    "MiraklChannel",
    "MiraklClient",
    "MiraklConfig",
    "OfferChange",
    "OfferPrices",
    "Offers",
    "OrderFeed",
    "Payouts",
    "PriceKind",
    "PriceRow",
    "Read",
    "ShipmentWay",
    "StockWay",
    "connect",
    "connect_async",
    "credentials",
    "endpoints",
    "john_lewis",
    "open_client",
    "open_client_async",
    "operations",
    "operators",
    "profiles",
    "raw",
    "raw_pages",
]

_HOMES = {
    "AfterSales": "after_sales.desk",
    "AsyncMiraklClient": "client",
    "Broken": "models.rows",
    "Conversations": "messages.conversations",
    "Documents": "documents.desk",
    "InvoiceWay": "config",
    "MiraklChannel": "channel",
    "MiraklClient": "client",
    "MiraklConfig": "config",
    "Gathered": "offers.coalescing",
    "OfferChange": "offers.merge",
    "OfferPrices": "offers.price_file",
    "Offers": "offers.desk",
    "OrderFeed": "orders.feed",
    "Payouts": "money.payouts",
    "PriceKind": "offers.price_file",
    "PriceRow": "offers.price_file",
    "Read": "models.rows",
    "ShipmentWay": "config",
    "StockWay": "config",
    "connect": "connecting",
    "connect_async": "connecting",
    "open_client": "connecting",
    "open_client_async": "connecting",
    "raw": "raw_calls",
    "raw_pages": "raw_calls",
}
_MODULES = {
    "credentials": "credentials",
    "endpoints": "endpoints",
    "john_lewis": "john_lewis",
    "operations": "operations",
    "operators": "instance.operators",
    "profiles": "instance.profiles",
}


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(f"{__name__}.{_MODULES[name]}")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
