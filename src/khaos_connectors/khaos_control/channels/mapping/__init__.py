"""The one place that knows both the Channels records and the library's own."""

from khaos_connectors.khaos_control.channels.mapping.orders import MappedOrder, sales_order
from khaos_connectors.khaos_control.channels.mapping.returns import MappedReturn, customer_return
from khaos_connectors.khaos_control.channels.mapping.statuses import despatches, erp_order, has_left
from khaos_connectors.khaos_control.channels.mapping.stock import item_record, pack, stock_figure, stock_item

__all__ = [
    "MappedOrder",
    "MappedReturn",
    "customer_return",
    "despatches",
    "erp_order",
    "has_left",
    "item_record",
    "pack",
    "sales_order",
    "stock_figure",
    "stock_item",
]
