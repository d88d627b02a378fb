"""The one place that knows both the vendor's records and the library's own."""

from khaos_connectors.khaos_control.mapping.despatches import DespatchRules, despatches, erp_order, has_left
from khaos_connectors.khaos_control.mapping.orders import WrittenOrder, sales_order
from khaos_connectors.khaos_control.mapping.stock import figure_of_potential, figure_of_status, units_short

__all__ = [
    "DespatchRules",
    "WrittenOrder",
    "despatches",
    "erp_order",
    "figure_of_potential",
    "figure_of_status",
    "has_left",
    "sales_order",
    "units_short",
]
