"""What the service tells, in its own words: structured results and the rows of its documents.

Ids are strings: the service documents and sends both letters and numbers. All times are aware and in UTC (see
``dates``), None where the service sent one of its empty dates. Amounts and quantities are exact.
"""

from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.khaos_control.enums import Stage
from khaos_connectors.khaos_control.rows import Rows, UnreadRow
from khaos_connectors.khaos_control.sop_models import Courier, SopData
from khaos_connectors.khaos_control.stock_models import LinkedItem, StockItem

__all__ = [
    "Box",
    "Courier",
    "ImportedOrder",
    "Invoice",
    "ItemSent",
    "LinkedItem",
    "OrderImportResult",
    "OrderStatus",
    "RecentStatus",
    "Rows",
    "SiteList",
    "SiteRow",
    "SkippedOrder",
    "SopData",
    "StockItem",
    "StockListEntry",
    "StockPotential",
    "StockStatusRow",
    "UnreadRow",
]


# --- orders --------------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class ImportedOrder:
    """An order that ImportOrders created (TOrderImportResult.OrderImport)."""

    sales_order_code: str
    associated_ref: str
    message: str = ""
    urn: str = ""
    other_ref: str = ""


@attrs.frozen(kw_only=True)
class SkippedOrder:
    """An order that ImportOrders did not create, with the reason in the server's own words."""

    order_ref: str
    skip_reason: str


@attrs.frozen(kw_only=True)
class OrderImportResult:
    """What became of an import. A call that "succeeded" may have imported nothing: read *skipped*."""

    imported_count: int
    imported: tuple[ImportedOrder, ...] = ()
    skipped: tuple[SkippedOrder, ...] = ()


@attrs.frozen(kw_only=True)
class ItemSent:
    """Units of an item in a box or an invoice; the service tells no order line."""

    stock_code: str
    qty_sent: Decimal


@attrs.frozen(kw_only=True)
class Box:
    """A packed box of an invoice."""

    shipped: bool = False
    ship_date: datetime | None = None
    courier: str = ""
    consignment_ref: str = ""
    tracking_url: str = ""
    items: tuple[ItemSent, ...] = ()


@attrs.frozen(kw_only=True)
class Invoice:
    """One shipment of an order. *items* is None where the service left them out."""

    invoice_code: str
    stage_id: int | None = None
    stage_desc: str = ""
    invoice_date: datetime | None = None
    ship_date: datetime | None = None
    issue_date: datetime | None = None
    courier: str = ""
    consignment_ref: str = ""
    tracking_url: str = ""
    qty_sold: Decimal | None = None
    qty_sent: Decimal | None = None
    moved: bool = False
    boxes: tuple[Box, ...] = ()
    items: tuple[ItemSent, ...] | None = None

    @property
    def stage(self) -> Stage | None:
        """The stage where it is one of the vendor's own, else None."""
        try:
            return Stage(self.stage_id) if self.stage_id is not None else None
        except ValueError:
            return None


@attrs.frozen(kw_only=True)
class OrderStatus:
    """One order of ExportOrderStatusEx. Totals are in *currency_code*; the gross order total is items plus delivery.

    *order_type* is the text where there is one, else the type's id. The buyer's name is not kept.
    """

    sorder_code: str
    associated_ref: str
    company_code: str = ""
    customer_other_ref: str = ""
    order_type: str = ""
    courier: str = ""
    currency_code: str = ""
    date_created: datetime | None = None
    delivery_date: datetime | None = None
    items_gross: Decimal | None = None
    items_net: Decimal | None = None
    delivery_gross: Decimal | None = None
    delivery_net: Decimal | None = None
    complete: bool = False
    qty_sold: Decimal | None = None
    qty_assigned: Decimal | None = None
    cancelled: bool = False
    cancelled_at: datetime | None = None
    cancel_reason: str = ""
    invoices: tuple[Invoice, ...] = ()

    @property
    def is_credit_note(self) -> bool:
        """Whether this is a credit note: by the type's text, or by its id where there is no text."""
        told = self.order_type.strip().casefold()
        return "credit" in told or told in {"2", "c"}

    @property
    def gross(self) -> Decimal | None:
        """The gross order total, None unless both parts were told."""
        if self.items_gross is None or self.delivery_gross is None:
            return None
        return self.items_gross + self.delivery_gross


@attrs.frozen(kw_only=True)
class RecentStatus:
    """One invoice, or one order without any, of ExportOrderStatus. *complete*: this invoice completes the order."""

    associated_ref: str
    sorder_code: str
    stage_id: int
    invoice_code: str = ""
    complete: bool = False
    consignment_ref: str = ""
    urn: str = ""

    @property
    def stage(self) -> Stage | None:
        """The stage where it is one of the vendor's own, else None."""
        try:
            return Stage(self.stage_id)
        except ValueError:
            return None


# --- stock ---------------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class SiteRow:
    """A stock site of GetSiteList."""

    site_id: str
    name: str


@attrs.frozen(kw_only=True)
class SiteList:
    """All sites; *current* is the id of the default one, empty where it was not told."""

    sites: tuple[SiteRow, ...]
    current: str = ""


@attrs.frozen(kw_only=True)
class StockListEntry:
    """One item of GetStockList. *last_updated* is None for an empty date."""

    stock_code: str
    other_ref: str = ""
    description: str = ""
    parent_code: str = ""
    parent_other_ref: str = ""
    last_updated: datetime | None = None


@attrs.frozen(kw_only=True)
class StockPotential:
    """One item of GetStockPotential, all sites together. *potential* = available + on order - back order."""

    stock_code: str
    other_ref: str = ""
    available: Decimal
    on_order: Decimal
    back_order: Decimal
    potential: Decimal | None = None


@attrs.frozen(kw_only=True)
class StockStatusRow:
    """One item of ExportStockStatus. *level* (what can be sold) may have decimals, be negative, or be missing.

    *site* is the name on the row, else the one on the document. *status* is 0 to 5 (``StockState``), None if missing.
    """

    code: str
    stock_id: str = ""
    other_ref: str = ""
    description: str = ""
    site: str = ""
    level: Decimal | None = None
    status: int | None = None
    buy_price: Decimal | None = None
    sell_price: Decimal | None = None
    web_sell_price: Decimal | None = None
    safe_level: Decimal | None = None
    min_level: Decimal | None = None
    lead_time: datetime | None = None
    build_potential_children: Decimal | None = None
    build_potential_parents: Decimal | None = None
    on_order_level: Decimal | None = None
    max_back_order: Decimal | None = None
