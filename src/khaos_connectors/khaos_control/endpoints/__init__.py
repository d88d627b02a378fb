"""The operations of the SOAP service that this library uses, each as a ``Call``; nothing is sent here.

Parameters are named as the vendor's guide v7.8d names them; ``Dialect.parameter_names`` overrides the spelling.
Reading may be repeated freely; ImportOrders never is: look the reference up first.
"""

from khaos_connectors.khaos_control.endpoints._calling import Service
from khaos_connectors.khaos_control.endpoints.compressed import (
    export_stock_compressed,
    export_stock_status_compressed,
    get_stock_list_compressed,
)
from khaos_connectors.khaos_control.endpoints.orders import export_order_status, export_orders, import_orders
from khaos_connectors.khaos_control.endpoints.reference import get_site_list, get_sop_data, get_version
from khaos_connectors.khaos_control.endpoints.stock import (
    export_stock,
    export_stock_status,
    get_stock_list,
    get_stock_potential,
)

__all__ = [
    "Service",
    "export_order_status",
    "export_orders",
    "export_stock",
    "export_stock_compressed",
    "export_stock_status",
    "export_stock_status_compressed",
    "get_site_list",
    "get_sop_data",
    "get_stock_list",
    "get_stock_list_compressed",
    "get_stock_potential",
    "get_version",
    "import_orders",
]
