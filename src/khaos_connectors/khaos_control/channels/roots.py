"""Which records are whole documents, and the name of their root in XML."""

from collections.abc import Mapping
from typing import TypeAlias

from khaos_connectors.khaos_control.channels.document import EndpointConfig
from khaos_connectors.khaos_control.channels.orders import SalesOrderImport
from khaos_connectors.khaos_control.channels.price_lists import PriceLists
from khaos_connectors.khaos_control.channels.returns import CustomerReturnImport
from khaos_connectors.khaos_control.channels.statuses import OrderStatuses, StockStatuses
from khaos_connectors.khaos_control.channels.stock import ProvidedItems, StockChanges, StockItems

__all__ = ["Document", "root_of"]

Document: TypeAlias = (
    SalesOrderImport
    | CustomerReturnImport
    | OrderStatuses
    | StockStatuses
    | StockItems
    | StockChanges
    | ProvidedItems
    | PriceLists
    | EndpointConfig
)
"""What travels as one body."""

_ROOTS: Mapping[type[object], str] = {
    SalesOrderImport: "SalesOrderImport",
    CustomerReturnImport: "CustomerReturnImport",
    OrderStatuses: "OrderStatuses",
    StockStatuses: "StockStatuses",
    StockItems: "StockItems",
    StockChanges: "StockChanges",
    ProvidedItems: "StockItems",
    PriceLists: "PriceLists",
    EndpointConfig: "EndpointConfig",
}


def root_of(cls: type[object]) -> str:
    """The root element of a document in XML; ``KeyError`` for a record that is only part of one."""
    return _ROOTS[cls]
