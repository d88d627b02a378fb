"""The items of the simulated Khaos Control, and how codes are matched to them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Literal

import attrs

from khaos_connectors.testing.simulators.khaos_settings import KhaosItem

__all__ = ["Catalogue", "MatchBy"]

MatchBy = Literal["id", "code", "other_ref", "description", "barcode", "channel"]


class Catalogue:
    """Items by code, in the order in which they were made, with the time of their last revision.

    *channel_codes* are the codes that items have on web sites, with the stock codes that they stand for.
    """

    def __init__(self, items: Iterable[KhaosItem], *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._items: dict[str, KhaosItem] = {}
        self._revised: dict[str, datetime] = {}
        self._parents: set[str] = set()
        self.channel_codes: dict[str, str] = {}
        for item in items:
            self.keep(item)

    @property
    def items(self) -> Mapping[str, KhaosItem]:
        """A copy of all items by stock code."""
        return dict(self._items)

    def keep(self, item: KhaosItem) -> KhaosItem:
        """Store a new item or a revision of one."""
        if item.parent and item.parent not in self._items:
            raise ValueError(f"{item.stock_code}: make the parent {item.parent} first")
        known = self._items.get(item.stock_code)
        number = item.stock_id or (known.stock_id if known else str(1001 + len(self._items)))
        item = attrs.evolve(item, stock_id=number)
        self._items[item.stock_code] = item
        self._parents.add(item.parent)
        self._revised[item.stock_code] = self._clock()
        return item

    def get(self, stock_code: str) -> KhaosItem | None:
        """The item with exactly this code."""
        return self._items.get(stock_code)

    @property
    def codes(self) -> tuple[str, ...]:
        """The code of every item."""
        return tuple(self._items)

    def revised_at(self, stock_code: str) -> datetime:
        """When the item was last revised."""
        return self._revised[stock_code]

    def is_parent(self, item: KhaosItem) -> bool:
        """Whether the item is a template with variants."""
        return bool(item.headings) or item.stock_code in self._parents

    def children(self, stock_code: str) -> tuple[KhaosItem, ...]:
        """The variants of a parent."""
        return tuple(item for item in self._items.values() if item.parent == stock_code)

    def find(self, text: str, by: MatchBy) -> KhaosItem | None:
        """The item that *text* names. Where several share it, the first one is taken: nothing tells the caller."""
        match by:
            case "code":
                return self._items.get(text)
            case "id":
                return next((item for item in self._items.values() if item.stock_id == text), None)
            case "other_ref":
                return next((item for item in self._items.values() if item.other_ref == text), None)
            case "description":
                return next((item for item in self._items.values() if item.description == text), None)
            case "barcode":
                return next((item for item in self._items.values() if text in item.barcodes), None)
            case "channel":
                return self._items.get(self.channel_codes.get(text, ""))
