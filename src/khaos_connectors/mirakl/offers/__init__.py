"""Stock, prices and whole offers: written, followed, read back.

Start with ``MiraklChannel.push_stock`` for stock and ``MiraklChannel.offers`` (``desk.Offers``) for prices, single
fields and drift. ``stock_file`` and ``price_file`` write the imports, ``import_push`` follows them and halves what is
refused whole, ``in_flight`` gives the newest of several pushes the last word, ``merge`` and ``rewrite`` change an offer
without wiping it, ``price_merge`` its prices, ``drift`` compares, ``coalescing`` holds changes back, ``pricing`` says
in which shops prices are cost prices.

The names that users need are here, and are loaded when they are first used (PEP 562).
"""

from typing import TYPE_CHECKING

from khaos_connectors.mirakl._lazy import lazy_names

if TYPE_CHECKING:
    from khaos_connectors.mirakl.offers.coalescing import Gathered
    from khaos_connectors.mirakl.offers.desk import Offers
    from khaos_connectors.mirakl.offers.drift import DriftReport, StockDrift
    from khaos_connectors.mirakl.offers.import_push import ImportReceipt
    from khaos_connectors.mirakl.offers.merge import NotWhole, OfferChange
    from khaos_connectors.mirakl.offers.price_file import MOST_PRICES, OfferPrices, PriceKind, PriceRow

__all__ = [
    "MOST_PRICES",
    "DriftReport",
    "Gathered",
    "ImportReceipt",
    "NotWhole",
    "OfferChange",
    "OfferPrices",
    "Offers",
    "PriceKind",
    "PriceRow",
    "StockDrift",
]

_HOMES = {
    "MOST_PRICES": "offers.price_file",
    "DriftReport": "offers.drift",
    "Gathered": "offers.coalescing",
    "ImportReceipt": "offers.import_push",
    "NotWhole": "offers.merge",
    "OfferChange": "offers.merge",
    "OfferPrices": "offers.price_file",
    "Offers": "offers.desk",
    "PriceKind": "offers.price_file",
    "PriceRow": "offers.price_file",
    "StockDrift": "offers.drift",
}

__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
