"""The operations around stock that the others do not need: setting levels, makers, customs codes, unpublished results.

Setting stock is absolute and takes no notice of what was sold meanwhile: look at what it needs to be safe before you
use it. The last three operations are only known by name; their results come as plain trees.
"""

from collections.abc import Collection
from decimal import Decimal
from typing import Literal

from khaos_connectors.calls.messages import Call
from khaos_connectors.calls.soap import Parameter, SoapValue
from khaos_connectors.errors import Invalid
from khaos_connectors.khaos_control import structures
from khaos_connectors.khaos_control.documents.fields import Reading
from khaos_connectors.khaos_control.documents.stock_import import setting_problems, write_stock_settings
from khaos_connectors.khaos_control.endpoints._calling import Service, call
from khaos_connectors.khaos_control.models import StockListEntry
from khaos_connectors.khaos_control.stock_models import HarmonisationCode, HarmonisedItem, StockSetting
from khaos_connectors.khaos_control.structure import Structure, read_structure
from khaos_connectors.khaos_control.structure_fields import needed_text, number_of, rows_of, text_of, texts_in

__all__ = [
    "get_agent_stock",
    "get_back_order_items",
    "get_harmonisation_codes",
    "get_manufacturers",
    "get_stock_data_array",
    "import_stock_status",
]


def import_stock_status(
    service: Service,
    settings: Collection[StockSetting],
    *,
    site: str = "",
    update_data: bool = False,
    update_levels: bool = False,
) -> Call[tuple[StockListEntry, ...]]:
    """Set absolute levels (*update_levels*) or prices (*update_data*) at the *site* of that name (ImportStockStatus).

    "": the service's default site. The vendor's advice is to leave levels alone unless another system is the master of
    stock. Levels are never sent twice by themselves: what was sold since the first time would be undone. Prices may be.
    ``ValueError`` where nothing is to be set, or a level or price without its permission; ``Invalid`` for what must not
    be sent.
    """
    operation = "ImportStockStatus"
    _permitted(settings, update_data=update_data, update_levels=update_levels)
    problems = setting_problems(settings, site=site)
    if problems:
        raise Invalid(system=service.system, operation=operation, message="not sent: stock is not fit", fields=problems)
    reading = service.reading(operation)
    parameters = (
        Parameter("StockStatus", write_stock_settings(settings, site=site)),
        Parameter("UpdateStockData", update_data),
        Parameter("UpdateStockLevels", update_levels),
    )
    return call(
        service,
        operation,
        parameters,
        lambda value: structures.stock_list(value, reading),
        repeat="never" if update_levels else "same-effect",
    )


def _permitted(settings: Collection[StockSetting], *, update_data: bool, update_levels: bool) -> None:
    if not settings or not (update_data or update_levels):
        raise ValueError("settings: nothing would be set, give settings and update_levels or update_data")
    if not update_levels and any(each.level is not None for each in settings):
        raise ValueError("update_levels: must be given, there are levels among the settings")
    prices = (price for each in settings for price in (each.buy_price, each.sell_price, each.web_sell_price))
    if not update_data and any(price is not None for price in prices):
        raise ValueError("update_data: must be given, there are prices among the settings")


def get_manufacturers(service: Service) -> Call[tuple[str, ...]]:
    """The names of all makers of items (GetManufacturer)."""
    return call(service, "GetManufacturer", (), texts_in)


def get_harmonisation_codes(service: Service) -> Call[tuple[HarmonisationCode, ...]]:
    """Customs codes with the items under them (GetHarmonisationCodes)."""
    operation = "GetHarmonisationCodes"
    reading = service.reading(operation)

    def read(value: SoapValue) -> tuple[HarmonisationCode, ...]:
        return tuple(_harmonisation(row, f"[{index}]", reading) for index, row in enumerate(value.items()))

    return call(service, operation, (), read)


def _harmonisation(row: SoapValue, path: str, reading: Reading) -> HarmonisationCode:
    def duty(item: SoapValue, place: str) -> Decimal | None:
        return number_of(item, "Duty", place, reading)

    places = ((item, f"{path}/StockItems[{index}]") for index, item in enumerate(rows_of(row, "StockItems")))
    return HarmonisationCode(
        code=text_of(row, "Code"),
        items=tuple(
            HarmonisedItem(stock_code=needed_text(item, "StockCode", place, reading), duty=duty(item, place))
            for item, place in places
        ),
    )


def get_back_order_items(service: Service, company_code: str, *, mapping: int | None = None) -> Call[Structure]:
    """What a customer has on back order (GetBackOrderItems). What the *mapping* numbers mean is not published."""
    parameters = (Parameter("CompanyCode", company_code), Parameter("MappingType", mapping, "int"))
    return _unpublished(service, "GetBackOrderItems", parameters)


def get_agent_stock(service: Service, agent: str, *, mapping: int | None = None) -> Call[Structure]:
    """The stock of a sales agent (GetAgentStock). What the *mapping* numbers mean is not published."""
    parameters = (Parameter("Agent", agent), Parameter("MappingType", mapping, "int"))
    return _unpublished(service, "GetAgentStock", parameters)


def get_stock_data_array(
    service: Service, *, operation: Literal["GetStockDataArray", "FTStockDataArray"] = "GetStockDataArray"
) -> Call[Structure]:
    """Stock data of unpublished shape (GetStockDataArray, FTStockDataArray on other installations)."""
    return _unpublished(service, operation, ())


def _unpublished(service: Service, operation: str, parameters: tuple[Parameter, ...]) -> Call[Structure]:
    reading = service.reading(operation)
    return call(service, operation, parameters, lambda value: read_structure(value, reading))
