"""ImportStockStatus of the simulated Khaos Control: levels and prices that somebody else sets."""

from decimal import Decimal
from xml.etree import ElementTree as ET

import attrs

from khaos_connectors.testing.simulators.khaos_archive import Archive
from khaos_connectors.testing.simulators.khaos_operations import Arguments
from khaos_connectors.testing.simulators.khaos_reading import amount, read_root, unknown
from khaos_connectors.testing.simulators.khaos_settings import KhaosItem
from khaos_connectors.testing.simulators.khaos_soap import KhaosFault, SoapValue
from khaos_connectors.testing.simulators.khaos_world import KhaosWorld, Reader

__all__ = ["LevelDesk"]

_PRICES = {"BUY_PRICE": "buy_price", "SELL_PRICE": "sell_price", "WEBSELL_PRICE": "web_price"}


class LevelDesk:
    """Takes stock levels, which are absolute: what was sold since they were counted is undone by them."""

    def __init__(self, world: KhaosWorld, reader: Reader, archive: Archive) -> None:
        self._world = world
        self._reader = reader
        self._archive = archive

    def take(self, arguments: Arguments) -> SoapValue:
        """ImportStockStatus: the list of the items that were set; without either flag nothing is."""
        text = arguments.text("StockStatus")
        self._archive.received("ImportStockStatus", text)
        root = read_root(text, "STOCK_STATUS")
        with_data, with_levels = arguments.flag("UpdateStockData"), arguments.flag("UpdateStockLevels")
        site_id = self._site(root.get("SITE", ""))
        if with_levels and not self._world.settings.default_location:
            raise KhaosFault("Stock levels cannot be set: there is no default location")
        # Everything is looked at before anything is set.
        rows = [(row, item) for row in root.findall("STOCK_ITEM") if (item := self._item(row)) is not None]
        levels = [self._level(row, item) if with_levels else None for row, item in rows]
        for (row, item), level in zip(rows, levels, strict=True):
            if with_data:
                self._reprice(row, item)
            if level is not None:
                self._set(item, site_id, level)
        touched = [item for row, item in rows if with_data or (with_levels and row.find("LEVEL") is not None)]
        return self._reader.listed(touched)

    def _site(self, name: str) -> int:
        found = next((one.site_id for one in self._world.sites.values() if one.name == name), None)
        if name and found is None:
            raise unknown("SITE", name, [one.name for one in self._world.sites.values()])
        return self._world.default_site.site_id if found is None else found

    def _item(self, row: ET.Element) -> KhaosItem | None:
        code = row.get("CODE", "")
        item = self._world.catalogue.get(code)
        if item is None and self._world.settings.data_errors == "fault":
            raise unknown("Stock item", code, self._world.catalogue.codes)
        return item

    def _level(self, row: ET.Element, item: KhaosItem) -> int | None:
        level = amount(row, "LEVEL")
        if level is None:
            return None
        if not item.stock_controlled:
            raise KhaosFault(f"Stock item '{item.stock_code}' is not stock controlled")
        if level < 0 or level != int(level):
            raise KhaosFault(f"LEVEL of '{item.stock_code}' must be a whole number of at least 0")
        return int(level)

    def _reprice(self, row: ET.Element, item: KhaosItem) -> None:
        prices = {name: amount(row, tag) for tag, name in _PRICES.items()}
        told: dict[str, Decimal] = {name: price for name, price in prices.items() if price is not None}
        if told:
            self._world.catalogue.keep(
                attrs.evolve(
                    item,
                    buy_price=told.get("buy_price", item.buy_price),
                    sell_price=told.get("sell_price", item.sell_price),
                    web_price=told.get("web_price", item.web_price),
                )
            )

    def _set(self, item: KhaosItem, site_id: int, level: int) -> None:
        before = self._world.stock.at(item.stock_code, site_id)
        means_available = self._world.settings.level_means == "available"
        if not means_available and level < before.allocated:
            raise KhaosFault(f"{before.allocated} of '{item.stock_code}' are allocated")
        difference = level - (before.available if means_available else before.physical)
        self._world.stock.post(item.stock_code, site_id, "set", physical=difference)
        if self._world.settings.allocate_on_receipt:
            self._world.orders.assign(item.stock_code, site_id)
