"""The auditor: judges a day by the simulators' own ledgers and order books, never by the library's figures.

The only thing that is taken from the library is the list of open exception items, to see whether what did not go
through is on somebody's list.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import attrs

from khaos_connectors.testing.day.world import TradingDay, promised, unimported
from khaos_connectors.testing.simulators.khaos_orders import Order as KhaosOrder
from khaos_connectors.testing.simulators.mirakl_state import Order as MiraklOrder

__all__ = ["Audit", "OpenItem", "audit_day"]

_OVER = frozenset({"REFUSED", "CANCELED"})


@attrs.frozen(kw_only=True)
class OpenItem:
    """An open exception item, reduced to what it is about: its kind, its entity and the ids in its evidence."""

    kind: str
    entity: str
    order: str = ""
    despatch: str = ""


@attrs.frozen(kw_only=True)
class Audit:
    """The verdict. The tuples name what was found, for people to look at; *unsettled* orders are still under way."""

    orders: int
    held: int
    exceptions: int
    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    oversold: tuple[str, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    unsettled: int = 0

    @property
    def passed(self) -> bool:
        """Nothing lost, nothing doubled, nothing oversold, nothing unconfirmed."""
        return not (self.lost or self.doubled or self.oversold or self.unconfirmed)

    def __str__(self) -> str:
        return (
            f"AUDIT {'PASS' if self.passed else 'FAIL'} orders={self.orders} lost={len(self.lost)}"
            f" doubled={len(self.doubled)} oversold={len(self.oversold)} unconfirmed={len(self.unconfirmed)}"
            f" held={self.held} exceptions={self.exceptions}"
        )


def audit_day(day: TradingDay, items: Iterable[OpenItem]) -> Audit:
    """Compare the marketplace's order book with the ERP's, line by line and parcel by parcel."""
    with day.lock:
        return _Auditor(day, tuple(items)).verdict()


class _Auditor:
    def __init__(self, day: TradingDay, items: Sequence[OpenItem]) -> None:
        self._day = day
        self._exceptions = len(items)
        self._orders_on_list = {item.order for item in items if item.order}
        self._despatches_on_list = {(item.order, item.despatch) for item in items if item.despatch}
        self._unsettled = 0

    def verdict(self) -> Audit:
        day = self._day
        lost: list[str] = []
        doubled: list[str] = []
        unconfirmed: list[str] = []
        held = 0
        for order in day.mirakl.orders.values():
            in_erp = [one for one in day.khaos.orders.values() if one.reference == order.order_id]
            doubled.extend(self._doubled(order, in_erp))
            if order.state in _OVER:
                continue
            if not in_erp:
                if order.order_id in self._orders_on_list:
                    held += 1
                else:
                    lost.append(f"{order.order_id} ({order.state}) is not in the ERP and on nobody's list")
                continue
            lost.extend(self._changed(order, in_erp[0]))
            unconfirmed.extend(self._unconfirmed(order, in_erp[0]))
            doubled.extend(self._phantoms(order, in_erp[0]))
        return Audit(
            orders=len(day.mirakl.orders),
            held=held,
            exceptions=self._exceptions,
            lost=tuple(lost),
            doubled=tuple(doubled),
            oversold=tuple(self._oversold()),
            unconfirmed=tuple(unconfirmed),
            unsettled=self._unsettled + self._under_way(),
        )

    def _under_way(self) -> int:
        """Orders and parcels that time alone will move on: money being taken, goods being picked."""
        day = self._day
        picking = sum(1 for order in day.khaos.orders.values() if order.remaining and not order.back_order)
        paying = sum(1 for order in day.mirakl.orders.values() if promised(order) and order.state != "SHIPPING")
        return picking + paying

    # --- orders ------------------------------------------------------------------------------------------------------

    def _doubled(self, order: MiraklOrder, in_erp: Sequence[KhaosOrder]) -> Iterable[str]:
        if len(in_erp) > 1:
            yield f"{order.order_id} is in the ERP {len(in_erp)} times"
        # The ERP would have skipped it, but nobody may rely on that: sending an order twice is a double in waiting.
        repeats = self._day.khaos.duplicates[order.order_id]
        if repeats:
            yield f"{order.order_id} was sent again {repeats} times although the ERP had it"
        for known in in_erp:
            if order.state in _OVER and known.cancelled is None and order.order_id not in self._orders_on_list:
                yield f"{order.order_id} is over on the marketplace, and its ERP order lives on unseen"

    def _changed(self, order: MiraklOrder, known: KhaosOrder) -> Iterable[str]:
        wanted: Counter[str] = Counter()
        for line in order.lines:
            if line.open:
                code, pack = self._day.goods.contents.get(line.sku, (line.sku, 1))
                wanted[code] += line.quantity * pack
        posted: Counter[str] = Counter()
        for row in known.lines:
            posted[row.stock_code] += row.ordered
        if wanted != posted:
            yield f"{order.order_id}: ordered {dict(wanted)}, the ERP has {dict(posted)}"
        total = sum((line.price + line.shipping for line in order.lines if line.open), start=0 * known.total)
        if total != known.total:
            yield f"{order.order_id}: the customer pays {total}, the ERP says {known.total}"

    # --- parcels -----------------------------------------------------------------------------------------------------

    def _unconfirmed(self, order: MiraklOrder, known: KhaosOrder) -> Iterable[str]:
        several = self._day.plan.multi_shipment
        told = self._told(order)
        sent = [invoice for invoice in known.invoices if invoice.shipped_at is not None]
        if not several and known.remaining:
            return  # the marketplace takes one shipment per order: it is told when the order is complete
        if not several:
            sent = [one for one in sent if one.consignment in told][:1] or sent[:1]
        for invoice in sent:
            listed = (order.order_id, invoice.code) in self._despatches_on_list
            if told[invoice.consignment] == 0 and not listed:
                yield f"{order.order_id}: parcel {invoice.consignment} left, and the marketplace was not told"

    def _told(self, order: MiraklOrder) -> Counter[str]:
        """How often the marketplace was told each tracking number of *order*."""
        told: Counter[str] = Counter()
        for shipment in self._day.mirakl.shipments:
            if shipment.order_id == order.order_id and shipment.tracking is not None:
                told[shipment.tracking.tracking_number or ""] += 1
        if order.tracking is not None and order.tracking.tracking_number and order.state == "SHIPPED":
            told[order.tracking.tracking_number] = max(1, told[order.tracking.tracking_number])
        return told

    def _phantoms(self, order: MiraklOrder, known: KhaosOrder) -> Iterable[str]:
        sent = {invoice.consignment for invoice in known.invoices if invoice.shipped_at is not None}
        for number, times in self._told(order).items():
            if number not in sent:
                yield f"{order.order_id}: the marketplace was told of parcel {number}, which never left"
            elif times > 1:
                yield f"{order.order_id}: the marketplace was told of parcel {number} {times} times"

    # --- stock -------------------------------------------------------------------------------------------------------

    def _oversold(self) -> Iterable[str]:
        coming = unimported(self._day)
        for item in self._day.goods.items:
            position = self._day.khaos.stock[item.stock_code, 1]
            missing = position.back_order + coming[item.stock_code] - position.available
            if position.back_order or (coming[item.stock_code] and missing > 0):
                yield f"{item.stock_code}: {max(missing, position.back_order)} more promised than there are"
