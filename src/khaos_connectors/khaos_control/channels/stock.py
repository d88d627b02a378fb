"""StockItem: the item master as it is pushed with StockUpload or offered with ProvidedStock (vendor's "StockItem").

ListingPrices, CustomOptions and UserDefinedFields are lists whose items the vendor does not describe: each is kept as
the JSON text of what came.
"""

from decimal import Decimal

import attrs

from khaos_connectors.khaos_control.channels import fields
from khaos_connectors.khaos_control.channels.orders import API_VERSION
from khaos_connectors.khaos_control.channels.relationships import StockRelationships
from khaos_connectors.khaos_control.channels.values import DataItem, Price

__all__ = [
    "ProvidedItems",
    "StockBarcode",
    "StockChanges",
    "StockImage",
    "StockItem",
    "StockItems",
    "StockOptions",
    "StockSupplier",
    "WebProperties",
]


@attrs.frozen(kw_only=True)
class StockOptions:
    """The flags of an item (StockOptions); None: not told."""

    publish_on_web: bool | None = attrs.field(default=None, metadata=fields.flag("PublishOnWeb"))
    discontinued: bool | None = attrs.field(default=None, metadata=fields.flag("Discontinued"))
    drop_ship_item: bool | None = attrs.field(default=None, metadata=fields.flag("DropShipItem"))
    discounts_disabled: bool | None = attrs.field(default=None, metadata=fields.flag("DiscountsDisabled"))
    run_to_zero: bool | None = attrs.field(default=None, metadata=fields.flag("RunToZero"))
    vat_relief_qualified: bool | None = attrs.field(default=None, metadata=fields.flag("VatReliefQualified"))
    stock_controlled: bool | None = attrs.field(default=None, metadata=fields.flag("StockControlled"))
    free_text: bool | None = attrs.field(default=None, metadata=fields.flag("FreeText"))
    non_physical: bool | None = attrs.field(default=None, metadata=fields.flag("NonPhysical"))
    custom_options: tuple[str, ...] = attrs.field(default=(), metadata=fields.raw("CustomOptions", "CustomOption"))


@attrs.frozen(kw_only=True)
class WebProperties:
    """What a web shop shows of an item (WebProperties)."""

    website_price: Price | None = attrs.field(default=None, metadata=fields.record("WebsitePrice", Price))
    web_teaser: str = attrs.field(default="", metadata=fields.text("WebTeaser", lines=True))
    meta_title: str = attrs.field(default="", metadata=fields.text("MetaTitle", lines=True))
    meta_description: str = attrs.field(default="", metadata=fields.text("MetaDescription", lines=True))
    meta_keywords: str = attrs.field(default="", metadata=fields.text("MetaKeywords", lines=True))
    meta_display_qty: int | None = attrs.field(default=None, metadata=fields.whole("MetaDisplayQty"))


@attrs.frozen(kw_only=True)
class StockSupplier:
    """Who supplies an item (StockSupplier)."""

    urn: str = attrs.field(default="", metadata=fields.text("URN"))
    name: str = attrs.field(default="", metadata=fields.text("Name"))
    is_preferred: bool | None = attrs.field(default=None, metadata=fields.flag("IsPreferred"))
    supplier_ref: str = attrs.field(default="", metadata=fields.text("SupplierRef"))


@attrs.frozen(kw_only=True)
class StockImage:
    """A picture of an item (StockImage)."""

    name: str = attrs.field(default="", metadata=fields.text("Name"))
    description: str = attrs.field(default="", metadata=fields.text("Description", lines=True))
    filename: str = attrs.field(default="", metadata=fields.text("Filename"))
    image_type: DataItem | None = attrs.field(default=None, metadata=fields.record("ImageType", DataItem))


@attrs.frozen(kw_only=True)
class StockBarcode:
    """A bar code and its kind (StockBarcode)."""

    barcode: str = attrs.field(metadata=fields.text("Barcode"))
    type: DataItem | None = attrs.field(default=None, metadata=fields.record("Type", DataItem))


@attrs.frozen(kw_only=True)
class StockItem:
    """An item (StockItem). *stock_id* stays, *stock_code* can change. *lead_time* is in days."""

    stock_id: str = attrs.field(metadata=fields.text("StockID"))
    stock_code: str = attrs.field(metadata=fields.text("StockCode"))
    short_description: str = attrs.field(
        default="",
        metadata=fields.text("ShortDescription", also=("StockDescription",), lines=True, spelt="short_description"),
    )
    buy_price: Price | None = attrs.field(default=None, metadata=fields.record("BuyPrice", Price))
    sell_price: Price | None = attrs.field(default=None, metadata=fields.record("SellPrice", Price))
    channel_listing_price: Price | None = attrs.field(
        default=None, metadata=fields.record("ChannelListingPrice", Price)
    )
    listing_prices: tuple[str, ...] = attrs.field(default=(), metadata=fields.raw("ListingPrices", "ListingPrice"))
    tax_rate: DataItem | None = attrs.field(default=None, metadata=fields.record("TaxRate", DataItem))
    stock_type1: DataItem | None = attrs.field(default=None, metadata=fields.record("StockType1", DataItem))
    stock_type2: DataItem | None = attrs.field(default=None, metadata=fields.record("StockType2", DataItem))
    stock_type3: DataItem | None = attrs.field(default=None, metadata=fields.record("StockType3", DataItem))
    stock_type4: DataItem | None = attrs.field(default=None, metadata=fields.record("StockType4", DataItem))
    options: StockOptions | None = attrs.field(default=None, metadata=fields.record("Options", StockOptions))
    other_ref: str = attrs.field(default="", metadata=fields.text("OtherRef"))
    long_description: str = attrs.field(default="", metadata=fields.text("LongDescription", lines=True))
    epos_description: str = attrs.field(default="", metadata=fields.text("EposDescription", lines=True))
    manufacturer: DataItem | None = attrs.field(default=None, metadata=fields.record("Manufacturer", DataItem))
    average_weight: Decimal | None = attrs.field(default=None, metadata=fields.number("AverageWeight"))
    height: Decimal | None = attrs.field(default=None, metadata=fields.number("Height"))
    width: Decimal | None = attrs.field(default=None, metadata=fields.number("Width"))
    depth: Decimal | None = attrs.field(default=None, metadata=fields.number("Depth"))
    reorder_multiple: Decimal | None = attrs.field(default=None, metadata=fields.number("ReorderMultiple"))
    min_level: Decimal | None = attrs.field(default=None, metadata=fields.number("MinLevel"))
    safe_level: Decimal | None = attrs.field(default=None, metadata=fields.number("SafeLevel"))
    sales_multiple: Decimal | None = attrs.field(default=None, metadata=fields.number("SalesMultiple"))
    lead_time: int | None = attrs.field(default=None, metadata=fields.whole("LeadTime"))
    availability: str = attrs.field(default="", metadata=fields.text("Availability", lines=True))
    web_properties: WebProperties | None = attrs.field(
        default=None, metadata=fields.record("WebProperties", WebProperties)
    )
    supplier_info: tuple[StockSupplier, ...] = attrs.field(
        default=(), metadata=fields.records("SupplierInfo", StockSupplier, "StockSupplier")
    )
    images: tuple[StockImage, ...] = attrs.field(
        default=(), metadata=fields.records("Images", StockImage, "StockImage")
    )
    barcodes: tuple[StockBarcode, ...] = attrs.field(
        default=(), metadata=fields.records("Barcodes", StockBarcode, "StockBarcode")
    )
    user_defined_fields: tuple[str, ...] = attrs.field(
        default=(), metadata=fields.raw("UserDefinedFields", "UserDefinedField")
    )


@attrs.frozen(kw_only=True)
class StockItems:
    """One StockUpload: items that changed (at first link all of them) and the StockIDs of those that were deleted."""

    items: tuple[StockItem, ...] = attrs.field(
        default=(), metadata=fields.records("Items", StockItem, "StockItem", always=True)
    )
    deleted: tuple[str, ...] = attrs.field(default=(), metadata=fields.texts("Deleted", item="StockID", always=True))


@attrs.frozen(kw_only=True)
class StockChanges:
    """The answer to ProvidedStock by the vendor's text (StockChanges)."""

    stock_items: StockItems | None = attrs.field(
        default=None, metadata=fields.record("StockItems", StockItems, hollow=False)
    )
    relationships: StockRelationships | None = attrs.field(
        default=None, metadata=fields.record("Relationships", StockRelationships, hollow=False)
    )


@attrs.frozen(kw_only=True)
class ProvidedItems:
    """The answer to ProvidedStock by an older sample page of the vendor (see ``Spelling.provided_stock``)."""

    items: tuple[StockItem, ...] = attrs.field(
        default=(), metadata=fields.records("Items", StockItem, "StockItem", always=True)
    )
    deleted: tuple[str, ...] = attrs.field(default=(), metadata=fields.texts("Deleted", item="StockID", always=True))
    api_version: int = attrs.field(default=API_VERSION, metadata=fields.whole("ApiVersion"))
