"""Item masters as STOCK_ITEMS tells them (KSDXMLStock), and what a stock import sets.

Amounts and quantities are exact; an empty element is None for a number and "" for a text. Codes of other systems'
making (ids, bar codes, option values) stay the text that they are.
"""

import csv
from datetime import datetime
from decimal import Decimal

import attrs

__all__ = [
    "CountryRate",
    "ExternalItem",
    "HarmonisationCode",
    "HarmonisedItem",
    "ItemOption",
    "LinkedItem",
    "Restriction",
    "StockImage",
    "StockItem",
    "StockSetting",
    "StockType",
    "SupplierRef",
    "UnreadField",
    "UserDefined",
    "VariantHeading",
    "VariantStep",
]


@attrs.frozen(kw_only=True)
class LinkedItem:
    """A link of an item: type 1 up-sell, 2 cross-sell, 3 pack (*value* is the contained quantity), 4 associated."""

    stock_code: str
    link_type: str
    value: Decimal | None = None
    auto_add: bool = False


@attrs.frozen(kw_only=True)
class CountryRate:
    """The VAT rate of an item in one country, a percentage (COUNTRY_RATE)."""

    country_code: str
    country_name: str = ""
    rate: Decimal | None = None


@attrs.frozen(kw_only=True)
class StockType:
    """One of up to four levels of an item's classification: 1 and 2 are always there, 4 is the sub type."""

    level: int
    name: str = ""
    type_id: str = ""
    epos_description: str = ""


@attrs.frozen(kw_only=True)
class SupplierRef:
    """What one supplier calls an item and asks for it (SUPPLIER_REF). *lead_time_days* is missing in old versions."""

    stock_code: str = ""
    preferred: bool = False
    supplier_name: str = ""
    supplier_urn: str = ""
    discount: Decimal | None = None
    purchase_cost: Decimal | None = None
    reorder_qty: Decimal | None = None
    qty_available: Decimal | None = None
    lead_time_days: Decimal | None = None


@attrs.frozen(kw_only=True)
class ItemOption:
    """An option of an item; *system* ones are deprecated by the vendor. Names may come twice."""

    name: str
    value: str = ""
    system: bool = False

    @property
    def on(self) -> bool:
        """Whether the option is set."""
        return self.value.casefold() in {"-1", "1", "true"}


@attrs.frozen(kw_only=True)
class UserDefined:
    """A user defined attribute. *kind*: TEXT, DATE, YES/NO, NUMBER, LIST, CHOICE, or "" where it is not told.

    *index* is what the service tells beside a LIST (INDICES) or a CHOICE (INDEX), as it stands.
    """

    name: str
    kind: str = ""
    value: str = ""
    index: str = ""

    @property
    def values(self) -> tuple[str, ...]:
        """The single values of a list, which come quoted and separated by commas; the value itself otherwise."""
        if self.kind != "LIST":
            return (self.value,) if self.value else ()
        return tuple(value for row in csv.reader(self.value.splitlines()) for value in row if value)


@attrs.frozen(kw_only=True)
class Restriction:
    """Where an item may not go (BAR). *kind* 1: *value* is the three letter code of a barred country."""

    kind: str
    value: str


@attrs.frozen(kw_only=True)
class StockImage:
    """A picture of an item. *file_name* is a path on the customer's machines; the files are not served."""

    name: str = ""
    description: str = ""
    file_name: str = ""
    kind: str = ""


@attrs.frozen(kw_only=True)
class ExternalItem:
    """A file or address attached to an item (EXTERNAL_ITEM)."""

    kind: str = ""
    value: str = ""
    description: str = ""
    sort_order: str = ""


@attrs.frozen(kw_only=True)
class VariantHeading:
    """What one level of a template's variants is: size, colour, length."""

    level: str
    name: str


@attrs.frozen(kw_only=True)
class VariantStep:
    """The choice that a variant makes on one level; *suffix* is already part of its stock code."""

    description: str = ""
    suffix: str = ""


@attrs.frozen(kw_only=True)
class UnreadField:
    """A describing field that breaks the contract: where it is and what was *expected*; it reads as empty."""

    path: str
    expected: str


@attrs.frozen(kw_only=True)
class StockItem:
    """One item of ExportStock; variants of a template are in *children* with their *parent_code*.

    *deleted* only says "not for the web". *sell_price_web* is None where the service sends 0 or nothing.
    *price_is_net* and *buy_price_is_net* come from the parent for variants. *vat_rate* is a percentage. The lead time
    is in days; the units of weight and sizes are not documented. *barcode_labels* are what *barcodes* are called, in
    their order. *headings* name the levels of a template's variants, *steps* are a variant's way down them, outermost
    first. *unread_fields* are describing fields that could not be read.
    """

    stock_code: str
    stock_id: str = ""
    other_ref: str = ""
    description: str = ""
    long_description: str = ""
    parent_code: str = ""
    vat_rate: Decimal | None = None
    buy_price: Decimal | None = None
    sell_price: Decimal | None = None
    price_is_net: bool | None = None
    sell_price_web: Decimal | None = None
    weight: Decimal | None = None
    manufacturer: str = ""
    deleted: bool = False
    web: bool = False
    discontinued: bool = False
    run_to_zero: bool = False
    drop_ship: bool = False
    stock_controlled: bool = True
    barcodes: tuple[str, ...] = ()
    links: tuple[LinkedItem, ...] = ()
    children: "tuple[StockItem, ...]" = ()
    # identity and texts
    epos_description: str = ""
    web_teaser: str = ""
    # prices and tax
    buy_price_is_net: bool | None = None
    country_rates: tuple[CountryRate, ...] = ()
    vat_relief_qualified: bool = False
    discounts_disabled: bool = False
    discount_code: str = ""
    reward_points: Decimal | None = None
    # classification
    types: tuple[StockType, ...] = ()
    options: tuple[ItemOption, ...] = ()
    user_defined: tuple[UserDefined, ...] = ()
    # supply
    supplier_stock_code: str = ""
    supplier_refs: tuple[SupplierRef, ...] = ()
    lead_time_days: Decimal | None = None
    reorder_multiple: Decimal | None = None
    purchase_multiple: Decimal | None = None
    sales_multiple: Decimal | None = None
    min_level: Decimal | None = None
    safe_level: Decimal | None = None
    # physical
    height: Decimal | None = None
    width: Decimal | None = None
    depth: Decimal | None = None
    country_of_manufacture: str = ""
    country_name: str = ""
    commodity_code: str = ""
    commodity_description: str = ""
    restrictions: tuple[Restriction, ...] = ()
    barcode_labels: tuple[str, ...] = ()
    # web and media
    page_order: Decimal | None = None
    colour_value: str = ""
    meta_title: str = ""
    meta_description: str = ""
    meta_keywords: str = ""
    availability: str = ""
    max_display_qty: Decimal | None = None
    launch: datetime | None = None
    image_file_name: str = ""
    images: tuple[StockImage, ...] = ()
    external_items: tuple[ExternalItem, ...] = ()
    # variants
    headings: tuple[VariantHeading, ...] = ()
    steps: tuple[VariantStep, ...] = ()
    unread_fields: tuple[UnreadField, ...] = ()

    @property
    def barred_countries(self) -> tuple[str, ...]:
        """Three letter codes of the countries that the item may not be sold to."""
        return tuple(each.value for each in self.restrictions if each.kind == "1")


@attrs.frozen(kw_only=True)
class StockSetting:
    """What ImportStockStatus sets on one item; None leaves it alone.

    *level* is absolute, never a difference, and counts only with ``update_levels``; the prices count only with
    ``update_data``. *kind* is an attribute TYPE that one related product wants; leave it empty.
    """

    code: str
    level: Decimal | None = None
    buy_price: Decimal | None = None
    sell_price: Decimal | None = None
    web_sell_price: Decimal | None = None
    kind: str = ""


@attrs.frozen(kw_only=True)
class HarmonisedItem:
    """An item under a customs code. *duty* is as the service tells it: its unit is not documented."""

    stock_code: str
    duty: Decimal | None = None


@attrs.frozen(kw_only=True)
class HarmonisationCode:
    """A customs code of GetHarmonisationCodes with the items that stand under it."""

    code: str
    items: tuple[HarmonisedItem, ...] = ()
