"""Names for the keys that cross systems, so that a type checker keeps a channel SKU out of an ERP call."""

from typing import NewType

__all__ = [
    "AccountId",
    "ChannelId",
    "ChannelSku",
    "CourierId",
    "DespatchId",
    "ErpOrderCode",
    "LineId",
    "LocationId",
    "OrderId",
    "OrderRef",
    "StockCode",
]

AccountId = NewType("AccountId", str)
"""One connection to one system, as the user named it: ``"john-lewis"``. Everything stored is keyed by it."""
ChannelId = NewType("ChannelId", str)
"""A sales channel in allocation and courier rules."""
ChannelSku = NewType("ChannelSku", str)
"""The seller's SKU on a listing or an order line of a channel."""
StockCode = NewType("StockCode", str)
"""The ERP's item key: the master identity of a thing that is sold."""
OrderId = NewType("OrderId", str)
"""The channel's own order id."""
LineId = NewType("LineId", str)
"""The channel's own order line id."""
OrderRef = NewType("OrderRef", str)
"""The external reference by which the ERP order can be found again."""
ErpOrderCode = NewType("ErpOrderCode", str)
"""The ERP's own order number."""
LocationId = NewType("LocationId", str)
"""A place that holds stock."""
DespatchId = NewType("DespatchId", str)
"""The ERP's or the warehouse's id of one shipment."""
CourierId = NewType("CourierId", str)
"""A courier by this library's id (``"royal-mail"``), see ``couriers``."""
