"""Price lists of the simulated Khaos Control: what they hold, and how PriceLists documents go out and come in."""

from collections.abc import Iterable
from decimal import Decimal
from xml.etree import ElementTree as ET

import attrs

from khaos_connectors.testing.simulators.khaos_archive import Archive
from khaos_connectors.testing.simulators.khaos_operations import Arguments
from khaos_connectors.testing.simulators.khaos_reading import amount, needed, read_root, unknown
from khaos_connectors.testing.simulators.khaos_settings import plain
from khaos_connectors.testing.simulators.khaos_soap import KhaosFault, Listing, SoapValue
from khaos_connectors.testing.simulators.khaos_world import KhaosWorld
from khaos_connectors.testing.simulators.khaos_xml import Page, flag, leaves, node

__all__ = ["KhaosPrice", "KhaosPriceList", "PriceDesk"]

_LISTS = {
    1: "StockItem-Customer",
    2: "StockType-Customer",
    3: "StockItem-CustomerClassifications",
    4: "StockType-CustomerClassifications",
}
_GROUPS = {
    1: "StockItem-Customers",
    2: "StockType-Customers",
    3: "StockItem-CustomerClassificationsList",
    4: "StockType-CustomersClassificationsList",
}
_ITEM_KINDS = frozenset({1, 3})
_CUSTOMER_KINDS = frozenset({1, 2})


@attrs.frozen(kw_only=True)
class KhaosPrice:
    """A price of a stock code (in lists of items) or of a stock type, for *start* to *end* units."""

    stock_code: str = ""
    stock_type: str = ""
    amount: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    markup: Decimal = Decimal(0)
    start: Decimal = Decimal(1)
    end: Decimal = Decimal(9999)


@attrs.frozen(kw_only=True)
class KhaosPriceList:
    """A list of *kind* 1 items of a customer, 2 types of a customer, 3 items of a class, 4 types of a class.

    *name* is the customer's URN or the company class; *currency* "" is written as "None".
    """

    name: str
    kind: int = 3
    currency: str = ""
    net: bool = False
    prices: tuple[KhaosPrice, ...] = ()


class PriceDesk:
    """Tells and takes price lists; *lists* by kind and name, numbered from 1 in the order in which they were made."""

    def __init__(self, world: KhaosWorld, archive: Archive, lists: Iterable[KhaosPriceList]) -> None:
        self._world = world
        self._archive = archive
        self._page = Page(world.settings)
        self.lists: dict[tuple[int, str], KhaosPriceList] = {(one.kind, one.name): one for one in lists}

    def names(self, arguments: Arguments) -> SoapValue:
        """GetPriceLists."""
        return Listing("xsd:string", tuple(dict.fromkeys(one.name for one in self.lists.values())))

    def one(self, arguments: Arguments) -> SoapValue:
        """ExportPriceList: of items only; without a name the one that begins with "web"."""
        name = arguments.text("PriceList").strip()
        found = [
            one
            for one in self.lists.values()
            if one.kind in _ITEM_KINDS and (one.name == name if name else one.name.casefold().startswith("web"))
        ]
        if len(found) > 1:
            raise KhaosFault(f"More than one price list matches '{name or 'web'}'")
        return self._document(found)

    def several(self, arguments: Arguments) -> SoapValue:
        """ExportPriceListEx: of one kind, by names or numbers; without both all of the kind."""
        kind = arguments.number("PriceListType", 3)
        if kind not in _LISTS:
            raise KhaosFault(f"PriceListType {kind} is not supported")
        names, ids = arguments.codes("PriceLists"), arguments.codes("PriceListIDs")
        found = [
            one
            for number, one in enumerate(self.lists.values(), start=1)
            if one.kind == kind and (not (names or ids) or one.name in names or str(number) in ids)
        ]
        return self._document(found)

    def take(self, arguments: Arguments) -> SoapValue:
        """ImportPriceLists: each list replaces the one of its kind and name. The result's text is not documented."""
        text = arguments.text("PriceList")
        self._archive.received("ImportPriceLists", text)
        root = read_root(text, "PriceLists")
        names = {name: kind for kind, name in _LISTS.items()}
        read = [self._read(one, names[one.tag]) for one in root.iter() if one.tag in names and len(one)]
        self.lists.update({(one.kind, one.name): one for one in read})
        return f"{len(read)} price list(s) imported"

    # --- writing -----------------------------------------------------------------------------------------------------

    def _document(self, lists: list[KhaosPriceList]) -> str:
        if self._world.settings.price_list_form == "recorded":
            return self._page.whole(node("PriceLists", [self._list(one) for one in lists]))
        groups = [
            node(group, [self._list(one) for one in lists if one.kind == kind] + [node(_LISTS[kind], ())])
            for kind, group in _GROUPS.items()
        ]
        return self._page.whole(node("PriceLists", groups))

    def _list(self, one: KhaosPriceList) -> str:
        if one.kind in _CUSTOMER_KINDS:
            customer = self._world.customers.customers.get(one.name)
            attributes = [("CompanyCode", one.name), ("CompanyName", customer.name if customer else "")]
        else:
            attributes = [("CompClass", one.name)]
        currency = [("CurrencyCode", one.currency or "None"), ("CurrencyID", "1" if one.currency else "0")]
        attributes += [*currency, ("PricelistNet", flag(one.net))]
        row = self._item_row if one.kind in _ITEM_KINDS else _type_row
        return node(_LISTS[one.kind], [row(price) for price in one.prices], attributes)

    def _item_row(self, price: KhaosPrice) -> str:
        item = self._world.catalogue.get(price.stock_code)
        rate = self._world.settings.tax_rates[item.tax_code] if item else Decimal(0)
        calculated = price.amount or (item.sell_price * (1 - price.discount / 100) if item else Decimal(0))
        return node(
            "StockItem",
            leaves(
                [
                    ("AmountValue", plain(price.amount)),
                    ("BuyPrice", plain(item.buy_price) if item else "0"),
                    ("BuyPriceMassage", "0"),
                    ("CalculatedPrice", plain(calculated)),
                    ("Discontinued", str(item is not None and item.discontinued)),
                    ("DiscountValue", plain(price.discount)),
                    ("MarkUp", plain(price.markup)),
                    ("QtyEnd", plain(price.end)),
                    ("QtyStart", plain(price.start)),
                    ("SellPrice", plain(item.sell_price) if item else "0"),
                    ("StockCode", price.stock_code),
                    ("StockDesc", item.description if item else ""),
                    ("StockID", item.stock_id if item else ""),
                    ("TaxRate", plain(rate)),
                ]
            ),
        )

    # --- reading -----------------------------------------------------------------------------------------------------

    def _read(self, one: ET.Element, kind: int) -> KhaosPriceList:
        attribute = "CompanyCode" if kind in _CUSTOMER_KINDS else "CompClass"
        name = one.get(attribute, "")
        known = self._world.customers.customers if kind in _CUSTOMER_KINDS else self._world.settings.company_classes
        if name not in known and (kind, name) not in self.lists:
            raise unknown(attribute, name, known)
        rows = one.findall("StockItem" if kind in _ITEM_KINDS else "StockType")
        currency = one.get("CurrencyCode", "")
        return KhaosPriceList(
            name=name,
            kind=kind,
            currency="" if currency == "None" else currency,
            net=one.get("PricelistNet", one.get("PriceListNet", "0")) == "-1",
            prices=tuple(self._read_row(row, kind) for row in rows if len(row)),
        )

    def _read_row(self, row: ET.Element, kind: int) -> KhaosPrice:
        code = needed(row, "StockCode") if kind in _ITEM_KINDS else ""
        if code and self._world.catalogue.get(code) is None:
            raise unknown("StockCode", code, self._world.catalogue.codes)
        return KhaosPrice(
            stock_code=code,
            stock_type="" if code else needed(row, "StockTypeDesc"),
            amount=amount(row, "AmountValue") or Decimal(0),
            discount=amount(row, "DiscountValue") or Decimal(0),
            markup=amount(row, "MarkUp") or Decimal(0),
            start=amount(row, "QtyStart") or Decimal(1),
            end=amount(row, "QtyEnd") or Decimal(9999),
        )


def _type_row(price: KhaosPrice) -> str:
    return node(
        "StockType",
        leaves(
            [
                ("AmountValue", plain(price.amount)),
                ("DiscountValue", plain(price.discount)),
                ("MarkUp", plain(price.markup)),
                ("QtyEnd", plain(price.end)),
                ("QtyStart", plain(price.start)),
                ("StockTypeDesc", price.stock_type),
            ]
        ),
    )
