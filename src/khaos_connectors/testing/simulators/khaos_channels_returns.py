"""Returns that the simulated ERP has fetched through Channels: booked against their orders, credit notes to be.

What a return says that its units are worth is what the credit note says; without a price it is what they were sold for.
"""

from decimal import Decimal
from typing import Literal
from xml.etree import ElementTree as ET

import attrs

from khaos_connectors.testing.simulators.khaos_channels_wire import (
    moment_of,
    number_of,
    text_of,
    thing_of,
    truth_of,
)
from khaos_connectors.testing.simulators.khaos_orders import Order
from khaos_connectors.testing.simulators.khaos_returns import KhaosReturn, ReturnLine
from khaos_connectors.testing.simulators.khaos_settings import KhaosItem
from khaos_connectors.testing.simulators.khaos_soap import KhaosFault
from khaos_connectors.testing.simulators.khaos_totals import LineTotals, line_totals
from khaos_connectors.testing.simulators.khaos_world import KhaosWorld

__all__ = ["ReturnImporter"]

_KEYS = ("AssociatedRef", "SOrderID", "SOrderCode", "SOrderItemID")


@attrs.frozen(kw_only=True)
class _Row:
    order: Order
    item: KhaosItem
    units: int
    net: Decimal | None
    gross: Decimal | None
    reason: str


class ReturnImporter:
    """Imports fetched returns. *spelling* is how this installation wants the order of a returned item named."""

    def __init__(self, world: KhaosWorld, *, spelling: Literal["SourceReference", "SourceReturnReference"]) -> None:
        self._world = world
        self._spelling = spelling

    def bring_in(self, node: ET.Element) -> KhaosReturn:
        """Book one CustomerReturn, unprocessed; ``KhaosFault`` for whatever keeps it out."""
        reference = text_of(node, "AssociatedRef", needed=True)
        urn = text_of(node, "URN", needed=True)
        if urn not in self._world.customers.customers:
            raise KhaosFault(f"Customer '{urn}' does not exist")
        if moment_of(node, "CreatedDate", self._world.settings.server_timezone) is None:
            raise KhaosFault("CreatedDate is required")
        if node.find("InvoiceAddress") is None or node.find("InvoiceContact") is None:
            raise KhaosFault("InvoiceAddress and InvoiceContact are required")
        if node.find("ExchangeItems/*") is not None:
            raise KhaosFault("Exchange items are not set up on this site")
        rows = [self._row(row) for row in node.findall("ReturnedItems/*")]
        if not rows or len({row.order.code for row in rows}) > 1:
            raise KhaosFault("The returned items must come from one order")
        return self._world.returns.keep(
            rows[0].order,
            self._lines(rows),
            reference=reference,
            reason=rows[0].reason,
            restock=True,
            delivery=False,
            urn=urn,
        )

    @staticmethod
    def wants_processing(node: ET.Element) -> bool:
        """Whether the return is to be processed as soon as it is imported."""
        return truth_of(node, "ProcessReturn")

    def _row(self, row: ET.Element) -> _Row:
        units = number_of(row, "Quantity", needed=True) or Decimal(0)
        if units < 1 or units != int(units):
            raise KhaosFault("Quantity must be a whole number above 0")
        mappings = [text_of(one, "Mapping", needed=True) for one in row.findall("Mapping/*")]
        code = text_of(row, "SKU", needed=True)
        item = self._world.catalogue.get(code) if not mappings or "StockCode" in mappings else None
        if item is None:
            raise KhaosFault(f"Stock item '{code}' could not be found")
        return _Row(
            order=self._order(row),
            item=item,
            units=int(units),
            net=number_of(row, "UnitPrice/Net"),
            gross=number_of(row, "UnitPrice/Gross"),
            reason=str(thing_of(row, "ReturnReason", needed=True)),
        )

    def _order(self, row: ET.Element) -> Order:
        source = row.find(self._spelling)
        if source is None:
            raise KhaosFault(f"{self._spelling} is required")
        inner = source.find("SourceOrder")
        source = source if inner is None else inner
        keys = {name: text for name in _KEYS if (text := text_of(source, name))}
        if len(keys) != 1:
            raise KhaosFault(f"Exactly one of {', '.join(_KEYS)} must be given")
        orders = self._world.orders
        if "AssociatedRef" in keys:
            found = orders.of_reference(keys["AssociatedRef"])
        else:
            code = next(iter(keys.values())).partition("-")[0]  # an item's id begins with its order's code
            found = orders.orders.get(code)
        if found is None:
            raise KhaosFault(f"Order '{next(iter(keys.values()))}' does not exist")
        return found

    def _lines(self, rows: list[_Row]) -> tuple[ReturnLine, ...]:
        """The rows on the order's lines; rows of one code share what of it can come back, in their order."""
        room: dict[str, list[ReturnLine]] = {}
        found: list[ReturnLine] = []
        for row in rows:
            if not row.item.stock_controlled and all(
                line.stock_code != row.item.stock_code for line in row.order.lines
            ):
                worth = self._worth(row, row.units)
                found.append(ReturnLine(place=-1, stock_code=row.item.stock_code, units=row.units, worth=worth))
                continue
            code = row.item.stock_code
            if code not in room:
                every = self._world.returns.shared_out(row.order, None)
                room[code] = [line for line in every if line.stock_code == code]
            found += self._placed(row, room[code])
        return tuple(found)

    def _placed(self, row: _Row, room: list[ReturnLine]) -> list[ReturnLine]:
        left, found = row.units, list[ReturnLine]()
        for index, free in enumerate(room):
            taken = min(left, free.units)
            if taken:
                room[index] = attrs.evolve(free, units=free.units - taken)
                found.append(attrs.evolve(free, units=taken, worth=self._worth(row, taken)))
                left -= taken
        if left:
            raise KhaosFault(f"{left} more of '{row.item.stock_code}' than were sent and did not come back yet")
        return found

    def _worth(self, row: _Row, units: int) -> LineTotals | None:
        if row.net is None and row.gross is None:
            return None
        return line_totals(
            "gross" if row.net is None else "net",
            unit_net=row.net,
            unit_gross=row.gross,
            quantity=units,
            vat_percent=self._world.settings.tax_rates[row.item.tax_code],
            discount_percent=Decimal(0),
        )
