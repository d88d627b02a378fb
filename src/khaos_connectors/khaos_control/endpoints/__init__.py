"""The operations of the SOAP service that this library uses, each as a ``Call``; nothing is sent here.

Parameters are named as the vendor's guide v7.8d names them; ``Dialect.parameter_names`` overrides the spelling.
Reading may be repeated freely, setting prices too; orders and stock levels never are: look first what became of them.
"""

from khaos_connectors.khaos_control.endpoints._calling import Service
from khaos_connectors.khaos_control.endpoints.categories import (
    export_web_categories,
    export_web_categories_compressed,
    export_web_categories_ex2,
)
from khaos_connectors.khaos_control.endpoints.compressed import (
    export_stock_compressed,
    export_stock_status_compressed,
    get_stock_list_compressed,
)
from khaos_connectors.khaos_control.endpoints.orders import export_order_status, export_orders, import_orders
from khaos_connectors.khaos_control.endpoints.prices import (
    export_price_list,
    export_price_lists,
    get_price_lists,
    import_price_lists,
)
from khaos_connectors.khaos_control.endpoints.reference import get_site_list, get_sop_data, get_version
from khaos_connectors.khaos_control.endpoints.stock import (
    export_stock,
    export_stock_status,
    get_stock_list,
    get_stock_potential,
    stream_stock,
)
from khaos_connectors.khaos_control.endpoints.stock_data import (
    get_agent_stock,
    get_back_order_items,
    get_harmonisation_codes,
    get_manufacturers,
    get_stock_data_array,
    import_stock_status,
)

__all__ = [
    "Service",
    "export_order_status",
    "export_orders",
    "export_price_list",
    "export_price_lists",
    "export_stock",
    "export_stock_compressed",
    "export_stock_status",
    "export_stock_status_compressed",
    "export_web_categories",
    "export_web_categories_compressed",
    "export_web_categories_ex2",
    "get_agent_stock",
    "get_back_order_items",
    "get_harmonisation_codes",
    "get_manufacturers",
    "get_price_lists",
    "get_site_list",
    "get_sop_data",
    "get_stock_data_array",
    "get_stock_list",
    "get_stock_list_compressed",
    "get_stock_potential",
    "get_version",
    "import_orders",
    "import_price_lists",
    "import_stock_status",
    "stream_stock",
]
