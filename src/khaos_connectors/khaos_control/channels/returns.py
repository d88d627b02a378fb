"""CustomerReturn: what the ERP fetches with CReturnDownload and turns into a credit note (vendor's "CustomerReturn").

No push tells what became of a return: the credit note itself is never reported.
"""

from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.khaos_control.channels import fields
from khaos_connectors.khaos_control.channels.codes import Match
from khaos_connectors.khaos_control.channels.orders import API_VERSION
from khaos_connectors.khaos_control.channels.values import Address, Contact, DataItem, ItemMapping, Price

__all__ = [
    "CustomerReturn",
    "CustomerReturnImport",
    "CustomerReturnImportConfig",
    "ExchangeItem",
    "ReturnedItem",
    "SourceOrder",
]


@attrs.frozen(kw_only=True)
class SourceOrder:
    """The order that a returned item came from, by exactly one of these (SourceOrder); *sorder_item_id* is the line."""

    associated_ref: str = attrs.field(default="", metadata=fields.text("AssociatedRef"))
    sorder_id: str = attrs.field(default="", metadata=fields.text("SOrderID"))
    sorder_code: str = attrs.field(default="", metadata=fields.text("SOrderCode"))
    sorder_item_id: str = attrs.field(default="", metadata=fields.text("SOrderItemID"))

    def __bool__(self) -> bool:
        return bool(self.associated_ref or self.sorder_id or self.sorder_code or self.sorder_item_id)


@attrs.frozen(kw_only=True)
class ReturnedItem:
    """An item that comes back (CustomerReturnItem). *return_reason* is one of those that the customer has set up."""

    sku: str = attrs.field(metadata=fields.text("SKU"))
    mapping: tuple[ItemMapping, ...] = attrs.field(
        default=(), metadata=fields.records("Mapping", ItemMapping, "ItemMapping")
    )
    quantity: Decimal = attrs.field(metadata=fields.number("Quantity"))
    return_reason: DataItem = attrs.field(metadata=fields.record("ReturnReason", DataItem))
    extended_description: tuple[str, ...] = attrs.field(
        default=(), metadata=fields.texts("ExtendedDescription", always=True), repr=False
    )
    source_order: SourceOrder | None = attrs.field(default=None, metadata=fields.source_order(SourceOrder))
    unit_price: Price | None = attrs.field(default=None, metadata=fields.record("UnitPrice", Price))


@attrs.frozen(kw_only=True)
class ExchangeItem:
    """An item that is sent out for what came back (CustomerExchangeItem)."""

    sku: str = attrs.field(metadata=fields.text("SKU"))
    mapping: tuple[ItemMapping, ...] = attrs.field(
        default=(), metadata=fields.records("Mapping", ItemMapping, "ItemMapping")
    )
    quantity: Decimal = attrs.field(metadata=fields.number("Quantity"))
    extended_description: tuple[str, ...] = attrs.field(
        default=(), metadata=fields.texts("ExtendedDescription", always=True), repr=False
    )
    unit_price: Price | None = attrs.field(default=None, metadata=fields.record("UnitPrice", Price))


@attrs.frozen(kw_only=True)
class CustomerReturn:
    """One return (CustomerReturn). *associated_ref* is unique; *urn* is a customer that exists in the ERP.

    *process_return*: the ERP processes it as soon as it has imported it.
    """

    associated_ref: str = attrs.field(metadata=fields.text("AssociatedRef"))
    created_date: datetime = attrs.field(metadata=fields.moment("CreatedDate"))
    urn: str = attrs.field(metadata=fields.text("URN"))
    invoice_address: Address = attrs.field(metadata=fields.record("InvoiceAddress", Address))
    invoice_contact: Contact = attrs.field(metadata=fields.record("InvoiceContact", Contact))
    delivery_address: Address | None = attrs.field(default=None, metadata=fields.record("DeliveryAddress", Address))
    delivery_contact: Contact | None = attrs.field(default=None, metadata=fields.record("DeliveryContact", Contact))
    returned_items: tuple[ReturnedItem, ...] = attrs.field(
        default=(), metadata=fields.records("ReturnedItems", ReturnedItem, "ReturnedItem", also=("ReturnItems",))
    )
    exchange_items: tuple[ExchangeItem, ...] = attrs.field(
        default=(), metadata=fields.records("ExchangeItems", ExchangeItem, "ExchangeItem")
    )
    brand: DataItem | None = attrs.field(default=None, metadata=fields.record("Brand", DataItem))
    sales_source: DataItem | None = attrs.field(default=None, metadata=fields.record("SalesSource", DataItem))
    notes: str = attrs.field(default="", metadata=fields.text("Notes", lines=True), repr=False)
    process_return: bool | None = attrs.field(default=None, metadata=fields.flag("ProcessReturn"))


@attrs.frozen(kw_only=True)
class CustomerReturnImportConfig:
    """How the ERP finds the addresses and contacts of a return's customer (CustomerReturnImportConfig)."""

    match_address_on: tuple[Match, ...] = attrs.field(default=(), metadata=fields.bare_codes("MatchAddressOn", Match))
    match_contact_on: tuple[Match, ...] = attrs.field(default=(), metadata=fields.bare_codes("MatchContactOn", Match))


@attrs.frozen(kw_only=True)
class CustomerReturnImport:
    """The answer to CReturnDownload."""

    returns: tuple[CustomerReturn, ...] = attrs.field(
        default=(), metadata=fields.records("Returns", CustomerReturn, "CustomerReturn", always=True)
    )
    api_version: int = attrs.field(default=API_VERSION, metadata=fields.whole("ApiVersion"))
    config: CustomerReturnImportConfig | None = attrs.field(
        default=None, metadata=fields.record("Config", CustomerReturnImportConfig, also=("config",))
    )
