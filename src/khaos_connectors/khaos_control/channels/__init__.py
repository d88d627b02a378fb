"""Khaos Control's Channels push/pull documents: the ERP fetches orders and returns from us and pushes what changed.

``models`` holds every record, ``reading`` and ``writing`` both forms of each document, ``checks`` what the ERP would
refuse, ``mapping`` the way to and from the library's own records. Names are loaded when first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from khaos_connectors.khaos_control.channels.codes import Format
    from khaos_connectors.khaos_control.channels.config import KhaosChannelsConfig, Patience
    from khaos_connectors.khaos_control.channels.document import Endpoint, EndpointConfig
    from khaos_connectors.khaos_control.channels.door import ChannelsDoor
    from khaos_connectors.khaos_control.channels.erp import KhaosChannelsERP
    from khaos_connectors.khaos_control.channels.settings import (
        ItemSettings,
        OrderDownloadSettings,
        PaymentTarget,
        ProvidedStockSettings,
        References,
        ReturnDownloadSettings,
        StatusRules,
    )
    from khaos_connectors.khaos_control.channels.spelling import Conventions, Spelling
    from khaos_connectors.khaos_control.channels.values import DataItem

__all__ = [
    "ChannelsDoor",
    "Conventions",
    "DataItem",
    "Endpoint",
    "EndpointConfig",
    "Format",
    "ItemSettings",
    "KhaosChannelsConfig",
    "KhaosChannelsERP",
    "OrderDownloadSettings",
    "Patience",
    "PaymentTarget",
    "ProvidedStockSettings",
    "References",
    "ReturnDownloadSettings",
    "Spelling",
    "StatusRules",
]

_HOMES = {
    "ChannelsDoor": "door",
    "Conventions": "spelling",
    "DataItem": "values",
    "Endpoint": "document",
    "EndpointConfig": "document",
    "Format": "codes",
    "ItemSettings": "settings",
    "KhaosChannelsConfig": "config",
    "KhaosChannelsERP": "erp",
    "OrderDownloadSettings": "settings",
    "Patience": "config",
    "PaymentTarget": "settings",
    "ProvidedStockSettings": "settings",
    "References": "settings",
    "ReturnDownloadSettings": "settings",
    "Spelling": "spelling",
    "StatusRules": "settings",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
