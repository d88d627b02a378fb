"""The rows that the simulated ERP pushes through Channels: orders and their shipments, levels, items, price lists."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from khaos_connectors.testing.simulators.khaos_channels_orders import ChannelLine
from khaos_connectors.testing.simulators.khaos_channels_wire import Rows, Thing, Value
from khaos_connectors.testing.simulators.khaos_orders import Invoice, Order
from khaos_connectors.testing.simulators.khaos_prices import KhaosPriceList
from khaos_connectors.testing.simulators.khaos_settings import KhaosCourier, KhaosItem
from khaos_connectors.testing.simulators.khaos_world import KhaosWorld

__all__ = ["SHIPMENT_STATUSES", "ChannelRows", "shipment_id"]

SHIPMENT_STATUSES: Mapping[int, str] = {
    1: "Archived",
    9: "Released",
    10: "Staging",
    11: "Payment",
    12: "Picking",
    13: "Packing",
    14: "Shipping",
    15: "Invoicing",
    16: "Issue",
    17: "AwaitingDate",
    18: "AwaitingStock",
    19: "ManualHold",
    20: "Processing",
    21: "TermsHold",
    70: "Archived",
    71: "Archived",
    72: "Archived",
    73: "Archived",
}
"""What Channels calls each invoice stage; the vendor's pages name the words, not which stage each belongs to."""

_UNDER_WAY = frozenset({12, 13, 14, 15, 16, 20})


def shipment_id(invoice_code: str) -> str:
    """The Shipment.ID of an invoice, which stays even if the invoice is given another code."""
    return invoice_code.lstrip("INV").lstrip("0")


class ChannelRows:
    """Writes rows out of *world*; *status_name* and *description_name* are spelt differently by the vendor's pages."""

    def __init__(
        self,
        world: KhaosWorld,
        *,
        channel_id: str,
        status_name: str = "Status",
        description_name: str = "ShortDescription",
    ) -> None:
        self._world = world
        self._channel_id = channel_id
        self._status_name = status_name
        self._description_name = description_name

    # --- orders ------------------------------------------------------------------------------------------------------

    def status(self, order: Order, lines: Sequence[ChannelLine]) -> Mapping[str, Value]:
        """SalesOrderStatus."""
        items = _shipment_items(order, lines)
        return {
            "OrderCode": order.code,
            "OrderID": order.code.lstrip("SO").lstrip("0"),
            self._status_name: _order_status(order),
            "AssociatedRef": order.reference,
            "ChannelID": self._channel_id,
            "Shipments": Rows(
                "Shipment", [self._shipment(one, items.get(one.code, ())) for one in order.invoices if one.stage != 1]
            ),
        }

    def _shipment(self, invoice: Invoice, items: Sequence[Mapping[str, Value]]) -> Mapping[str, Value]:
        packages: list[Mapping[str, Value]] = []
        if invoice.shipped_at is not None:
            package: dict[str, Value] = {
                "ConsignmentRef": invoice.consignment,
                "ShipmentDate": self._wall(invoice.shipped_at),
            }
            courier = self._courier(invoice.courier)
            packages.append({**package, "Courier": courier} if courier is not None else package)
        return {
            "ID": shipment_id(invoice.code),
            "Code": invoice.code,
            "Status": SHIPMENT_STATUSES[invoice.stage],
            "Items": Rows("ShipmentItem", items),
            "Packages": Rows("ShipmentPackage", packages),
        }

    def _courier(self, name: str) -> Thing | None:
        if not name:
            return None
        known: KhaosCourier | None = None
        place = 0
        for place, known in enumerate(self._world.couriers, 1):
            if known.name == name:
                return Thing(id=str(place), code=known.code, name=name)
        return Thing(name=name)

    def _wall(self, moment: datetime) -> datetime:
        return moment.astimezone(self._world.settings.server_timezone)

    # --- stock -------------------------------------------------------------------------------------------------------

    def levels(self) -> Iterator[tuple[str, Mapping[str, Value]]]:
        """StockStatus of every item at every site, each with its key."""
        world = self._world
        for item in world.catalogue.items.values():
            if world.catalogue.is_parent(item):
                continue
            for site_id in world.sites:
                row: dict[str, Value] = {"StockCode": item.stock_code, "StockID": item.stock_id, "SiteID": site_id}
                if item.stock_controlled:
                    coming = sum(one.units for one in world.on_order(item.stock_code, [site_id]))
                    available = world.stock.at(item.stock_code, site_id).available
                    row["Levels"] = {"Available": available, "OnOrder": coming}
                if item.build_potential is not None:
                    row["RelationshipPotential"] = {"FromChildren": item.build_potential, "FromParents": 0}
                yield f"{item.stock_id} {site_id}", row

    def items(self) -> Iterator[tuple[str, Mapping[str, Value]]]:
        """StockItem of every item, each with its StockID."""
        for item in self._world.catalogue.items.values():
            yield item.stock_id, self._item(item)

    def _item(self, item: KhaosItem) -> Mapping[str, Value]:
        price = "Net" if item.prices_net else "Gross"
        row: dict[str, Value] = {
            "StockID": item.stock_id,
            "StockCode": item.stock_code,
            self._description_name: item.description,
            "BuyPrice": {"Net": item.buy_price},
            "SellPrice": {price: item.sell_price},
            "TaxRate": Thing(id=str(item.tax_code)),
            "Options": {
                "PublishOnWeb": item.web,
                "Discontinued": item.discontinued,
                "DropShipItem": item.drop_ship,
                "RunToZero": item.run_to_zero,
                "StockControlled": item.stock_controlled,
            },
            "OtherRef": item.other_ref,
            "LongDescription": item.long_description,
            "AverageWeight": item.weight,
            "MinLevel": item.min_level,
            "SafeLevel": item.safe_level,
            "LeadTime": item.lead_time,
            "Barcodes": Rows("StockBarcode", [{"Barcode": one} for one in item.barcodes]),
        }
        if item.manufacturer:
            row["Manufacturer"] = Thing(name=item.manufacturer)
        return row

    # --- price lists -------------------------------------------------------------------------------------------------

    def price_lists(self, lists: Sequence[KhaosPriceList]) -> Iterator[tuple[str, Mapping[str, Value]]]:
        """PriceList of every list that names items, each with its id."""
        for number, one in enumerate(lists, 1):
            prices: list[Mapping[str, Value]] = []
            for price in one.prices:
                item = self._world.catalogue.get(price.stock_code)
                if item is None:
                    continue
                prices.append(
                    {
                        "StockID": item.stock_id,
                        "StockCode": item.stock_code,
                        "StockDesc": item.description,
                        "SellPrice": {"Net" if item.prices_net else "Gross": item.sell_price},
                        "QtyStart": price.start,
                        "QtyEnd": price.end,
                        "PriceValue": price.amount,
                        "PriceType": 2 if price.discount else 3 if price.markup else 1,
                    }
                )
            row: dict[str, Value] = {
                "PriceListID": str(number),
                "PriceListName": one.name,
                "ChannelID": self._channel_id,
                "PriceListNet": one.net,
                "StockPrices": Rows("PriceListStock", prices),
            }
            yield str(number), row


def _order_status(order: Order) -> str:
    if order.cancelled:
        return "Cancelled"
    if order.complete:
        return "Complete"
    if any(one.shipped_at for one in order.invoices):
        return "PartialShip"
    return "Shipping" if any(one.stage in _UNDER_WAY for one in order.invoices) else "Received"


def _shipment_items(order: Order, lines: Sequence[ChannelLine]) -> dict[str, list[Mapping[str, Value]]]:
    """What each invoice holds, as parts of the order's lines; the first line of a code is sent first."""
    left = [line.ordered for line in order.lines]
    found: dict[str, list[Mapping[str, Value]]] = {}
    for invoice in order.invoices:
        wanted: Counter[str] = Counter()
        for row in invoice.rows:
            wanted[row.stock_code] += row.units
        for place, line in enumerate(order.lines):
            # The open invoice holds what is left.
            taken = min(wanted[line.stock_code], left[place]) if invoice.rows else left[place]
            if not taken:
                continue
            left[place] -= taken
            wanted[line.stock_code] -= taken
            rows = found.setdefault(invoice.code, [])
            rows.append(
                {
                    "OrderItemID": f"{order.code}-{place + 1}",
                    "ShipmentItemID": f"{invoice.code}-{len(rows) + 1}",
                    "SKU": line.stock_code,
                    "Quantity": Decimal(taken),
                    "ImportRef": lines[place].import_ref,
                    "WebsiteItemRef": lines[place].web_item_ref,
                }
            )
    return found
