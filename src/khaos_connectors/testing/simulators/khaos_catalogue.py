"""The items and customers of the simulated Khaos Control, and how codes and people are matched to them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Literal

import attrs

from khaos_connectors.testing.simulators.khaos_settings import KhaosItem

__all__ = ["Catalogue", "Customer", "CustomerFile", "MatchBy"]

MatchBy = Literal["id", "code", "other_ref", "description", "barcode"]


class Catalogue:
    """Items by code, in the order in which they were made, with the time of their last revision."""

    def __init__(self, items: Iterable[KhaosItem], *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._items: dict[str, KhaosItem] = {}
        self._revised: dict[str, datetime] = {}
        self._parents: set[str] = set()
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


@attrs.frozen(kw_only=True)
class Customer:
    """A customer record. *delivery_note* belongs to the delivery address and is overwritten by every order."""

    urn: str
    name: str
    company_class: str
    currency: str
    surname: str
    postcode: str
    other_ref: str = ""
    web_user: str = ""
    delivery_note: str = ""


class CustomerFile:
    """Customers, matched in the vendor's order; people of one surname and postcode become one customer."""

    def __init__(self) -> None:
        self._customers: dict[str, Customer] = {}

    @property
    def customers(self) -> Mapping[str, Customer]:
        """A copy of all customers by URN."""
        return dict(self._customers)

    def match(self, wanted: Customer) -> Customer | None:
        """The customer that *wanted* would be taken for: by URN, other ref, web user, then surname and postcode."""
        known = self._customers.get(wanted.urn)
        if known is not None:
            return known
        tests: tuple[Callable[[Customer], bool], ...] = (
            lambda found: bool(wanted.other_ref) and found.other_ref == wanted.other_ref,
            lambda found: bool(wanted.web_user) and found.web_user == wanted.web_user,
            lambda found: _person(found) == _person(wanted),
        )
        for test in tests:
            hit = next((found for found in self._customers.values() if test(found)), None)
            if hit is not None:
                return hit
        return None

    def keep(self, wanted: Customer, *, always_new: bool) -> Customer:
        """Store the customer of an order: a new one, or what the order says written over the one that it matches."""
        found = None if always_new else self.match(wanted)
        if found is None:
            stored = attrs.evolve(wanted, urn=f"CU{len(self._customers) + 1:07d}")
        else:
            stored = attrs.evolve(
                wanted,
                urn=found.urn,
                other_ref=wanted.other_ref or found.other_ref,
                web_user=wanted.web_user or found.web_user,
                delivery_note=wanted.delivery_note or found.delivery_note,
            )
        self._customers[stored.urn] = stored
        return stored


def _person(customer: Customer) -> tuple[str, str]:
    return customer.surname.casefold().strip(), customer.postcode.casefold().replace(" ", "")
