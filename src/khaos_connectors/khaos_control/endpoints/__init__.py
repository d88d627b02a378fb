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
from khaos_connectors.khaos_control.endpoints.customers import (
    export_companies,
    get_company_infos,
    get_company_list,
    get_deleted_entries,
    import_catalogue_requests,
    import_companies,
    login,
)
from khaos_connectors.khaos_control.endpoints.orders import (
    export_order_status,
    export_orders,
    export_recent_statuses,
    import_orders,
)
from khaos_connectors.khaos_control.endpoints.prices import (
    export_price_list,
    export_price_lists,
    get_price_lists,
    import_price_lists,
)
from khaos_connectors.khaos_control.endpoints.reference import get_site_list, get_sop_data, get_version
from khaos_connectors.khaos_control.endpoints.reference_data import (
    get_agents,
    get_company_classes,
    get_company_statuses,
    get_countries,
    get_keycode_types,
    get_keycodes,
    get_mailing_statuses,
    get_sale_sources,
)
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
    "export_companies",
    "export_order_status",
    "export_orders",
    "export_price_list",
    "export_price_lists",
    "export_recent_statuses",
    "export_stock",
    "export_stock_compressed",
    "export_stock_status",
    "export_stock_status_compressed",
    "export_web_categories",
    "export_web_categories_compressed",
    "export_web_categories_ex2",
    "get_agent_stock",
    "get_agents",
    "get_back_order_items",
    "get_company_classes",
    "get_company_infos",
    "get_company_list",
    "get_company_statuses",
    "get_countries",
    "get_deleted_entries",
    "get_harmonisation_codes",
    "get_keycode_types",
    "get_keycodes",
    "get_mailing_statuses",
    "get_manufacturers",
    "get_price_lists",
    "get_sale_sources",
    "get_site_list",
    "get_sop_data",
    "get_stock_data_array",
    "get_stock_list",
    "get_stock_list_compressed",
    "get_stock_potential",
    "get_version",
    "import_catalogue_requests",
    "import_companies",
    "import_orders",
    "import_price_lists",
    "import_stock_status",
    "login",
    "stream_stock",
]
