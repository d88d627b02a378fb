"""Khaos Control: the ERP's SOAP service (IKosWeb) as an ERP of this library. Names are loaded when first used."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from khaos_connectors.khaos_control.channels.config import KhaosChannelsConfig
    from khaos_connectors.khaos_control.channels.door import ChannelsDoor
    from khaos_connectors.khaos_control.channels.erp import KhaosChannelsERP
    from khaos_connectors.khaos_control.config import KhaosControlConfig
    from khaos_connectors.khaos_control.custom import CustomLook, CustomOperation, StatusLook
    from khaos_connectors.khaos_control.custom_result import ResultReader
    from khaos_connectors.khaos_control.custom_template import Document, Each, Field, Fixed, Tag, Template
    from khaos_connectors.khaos_control.dialect import Dialect
    from khaos_connectors.khaos_control.enums import CalcMode, CustomerKey, LineMapping, PaymentType
    from khaos_connectors.khaos_control.erp import KhaosControlERP
    from khaos_connectors.khaos_control.item_settings import ItemSettings
    from khaos_connectors.khaos_control.job_settings import JobSettings
    from khaos_connectors.khaos_control.opened import AsyncKhaosControl, KhaosControl
    from khaos_connectors.khaos_control.opening import connect, connect_async
    from khaos_connectors.khaos_control.order_settings import CourierTarget, OrderSettings, PaymentRule
    from khaos_connectors.khaos_control.refusals import SkipKind, SkipPattern
    from khaos_connectors.khaos_control.returns_door import ReturnsDoor
    from khaos_connectors.khaos_control.stock_settings import ChunkSizes, Levels, Site, StockSettings

__all__ = [
    "AsyncKhaosControl",
    "CalcMode",
    "ChannelsDoor",
    "ChunkSizes",
    "CourierTarget",
    "CustomLook",
    "CustomOperation",
    "CustomerKey",
    "Dialect",
    "Document",
    "Each",
    "Field",
    "Fixed",
    "ItemSettings",
    "JobSettings",
    "KhaosChannelsConfig",
    "KhaosChannelsERP",
    "KhaosControl",
    "KhaosControlConfig",
    "KhaosControlERP",
    "Levels",
    "LineMapping",
    "OrderSettings",
    "PaymentRule",
    "PaymentType",
    "ResultReader",
    "ReturnsDoor",
    "Site",
    "SkipKind",
    "SkipPattern",
    "StatusLook",
    "StockSettings",
    "Tag",
    "Template",
    "connect",
    "connect_async",
]

_HOMES = {
    "AsyncKhaosControl": "opened",
    "CalcMode": "enums",
    "ChannelsDoor": "channels.door",
    "ChunkSizes": "stock_settings",
    "CourierTarget": "order_settings",
    "CustomLook": "custom",
    "CustomOperation": "custom",
    "CustomerKey": "enums",
    "Dialect": "dialect",
    "Document": "custom_template",
    "Each": "custom_template",
    "Field": "custom_template",
    "Fixed": "custom_template",
    "ItemSettings": "item_settings",
    "JobSettings": "job_settings",
    "KhaosChannelsConfig": "channels.config",
    "KhaosChannelsERP": "channels.erp",
    "KhaosControl": "opened",
    "KhaosControlConfig": "config",
    "KhaosControlERP": "erp",
    "Levels": "stock_settings",
    "LineMapping": "enums",
    "OrderSettings": "order_settings",
    "PaymentRule": "order_settings",
    "PaymentType": "enums",
    "ResultReader": "custom_result",
    "ReturnsDoor": "returns_door",
    "Site": "stock_settings",
    "SkipKind": "refusals",
    "SkipPattern": "refusals",
    "StatusLook": "custom",
    "StockSettings": "stock_settings",
    "Tag": "custom_template",
    "Template": "custom_template",
    "connect": "opening",
    "connect_async": "opening",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
