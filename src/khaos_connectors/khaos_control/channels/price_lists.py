"""Price lists as the ERP pushes them with PriceListUpload (vendor's "PriceList")."""

from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Unrecognised
from khaos_connectors.khaos_control.channels import fields
from khaos_connectors.khaos_control.channels.codes import PriceType
from khaos_connectors.khaos_control.channels.values import Price

__all__ = ["PriceList", "PriceListStock", "PriceLists"]


@attrs.frozen(kw_only=True)
class PriceListStock:
    """The price of an item for *qty_start* to *qty_end* units (PriceListStock); *price_value* is that price."""

    stock_id: str = attrs.field(default="", metadata=fields.text("StockID"))
    stock_code: str = attrs.field(metadata=fields.text("StockCode"))
    stock_desc: str = attrs.field(default="", metadata=fields.text("StockDesc", lines=True))
    buy_price: Price | None = attrs.field(default=None, metadata=fields.record("BuyPrice", Price))
    sell_price: Price | None = attrs.field(default=None, metadata=fields.record("SellPrice", Price))
    qty_start: Decimal | None = attrs.field(default=None, metadata=fields.number("QtyStart"))
    qty_end: Decimal | None = attrs.field(default=None, metadata=fields.number("QtyEnd"))
    price_value: Decimal = attrs.field(metadata=fields.number("PriceValue"))
    price_type: PriceType | Unrecognised | None = attrs.field(
        default=None, metadata=fields.open_code("PriceType", PriceType)
    )


@attrs.frozen(kw_only=True)
class PriceList:
    """One price list (PriceList); *net* says whether its prices are without VAT."""

    price_list_id: str = attrs.field(metadata=fields.text("PriceListID"))
    name: str = attrs.field(default="", metadata=fields.text("PriceListName"))
    prices: tuple[PriceListStock, ...] = attrs.field(
        default=(), metadata=fields.records("StockPrices", PriceListStock, "PriceListStock", always=True)
    )
    channel_id: str = attrs.field(default="", metadata=fields.text("ChannelID"))
    net: bool | None = attrs.field(default=None, metadata=fields.flag("PriceListNet"))


@attrs.frozen(kw_only=True)
class PriceLists:
    """One PriceListUpload."""

    upload_price_lists: tuple[PriceList, ...] = attrs.field(
        default=(), metadata=fields.records("UploadPriceLists", PriceList, "PriceList", always=True)
    )
