"""The one place that knows both the vendor's records and the library's own."""

from khaos_connectors.khaos_control.mapping.despatches import DespatchRules, despatches, erp_order, has_left
from khaos_connectors.khaos_control.mapping.items import MappedItem, family, item_record
from khaos_connectors.khaos_control.mapping.orders import WrittenOrder, sales_order
from khaos_connectors.khaos_control.mapping.stock import figure_of_potential, figure_of_status, units_short
from khaos_connectors.khaos_control.mapping.values import value_drift

__all__ = [
    "DespatchRules",
    "MappedItem",
    "WrittenOrder",
    "despatches",
    "erp_order",
    "family",
    "figure_of_potential",
    "figure_of_status",
    "has_left",
    "item_record",
    "sales_order",
    "units_short",
    "value_drift",
]
