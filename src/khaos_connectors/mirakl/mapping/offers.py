"""Offers as listings."""

from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.mirakl.mapping.words import code_word
from khaos_connectors.mirakl.models import offers
from khaos_connectors.protocols import Listing

__all__ = ["listing"]


def listing(wire: offers.Offer) -> Listing:
    """The offer as it is shown now, with why it is not for sale."""
    reasons = tuple(code_word(reason) for reason in wire.inactivity_reasons or ())
    return Listing(sku=ChannelSku(wire.shop_sku), units=wire.quantity, active=wire.active, reasons=reasons)
