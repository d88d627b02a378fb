"""The auditor: judges a day by the simulators' own ledgers and order books, never by the library's figures.

The only thing that is taken from the library is the list of open exception items, to see whether what did not go
through is on somebody's list. Lost: not in the ERP, other there than ordered, sent to somebody else, refused without a
word, or never for sale although the shelves are full. Doubled: twice or invented, orders and parcels alike. Oversold:
sold without stock, were it for a moment, or still on sale without it. Unconfirmed: a parcel that the marketplace was
not told of, or not with what was in it and who took it. A refund is lost without its credit note, or with one of
another amount or of other units; two credit notes, or one without a refund, are doubled.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import attrs

from khaos_connectors.testing.day.plan import CARRIERS
from khaos_connectors.testing.day.refunds import miscredited, overcredited
from khaos_connectors.testing.day.world import TradingDay, promised, undecided, unimported
from khaos_connectors.testing.simulators.khaos_orders import Order as KhaosOrder
from khaos_connectors.testing.simulators.khaos_soap import parse_document
from khaos_connectors.testing.simulators.mirakl.people import invent
from khaos_connectors.testing.simulators.mirakl.state import Order as MiraklOrder
from khaos_connectors.testing.simulators.mirakl.state import Shipment

__all__ = ["Audit", "OpenItem", "audit_day"]

_OVER = frozenset({"REFUSED", "CANCELED"})
_PLENTY = 10
"""Packs on the shelf, over and above every promise, from which a merchant who sells nothing of it has lost sales."""


_HOLDING = frozenset(
    {
        "ACCEPTANCE_RISK",
        "ADDRESS_INVALID",
        "CANCEL_CONFLICT",
        "CONFIG_MISSING",
        "DESPATCH_DRIFT",
        "INSUFFICIENT_STOCK",
        "ORDER_DUPLICATE",
        "ORDER_IMPORT_FAILED",
        "ORDER_OUTCOME_UNKNOWN",
        "ORDER_TOTAL_MISMATCH",
        "PRICE_DROP",
        "SCHEMA_DRIFT",
        "SERVICE_UNMAPPED",
        "SKU_UNMAPPED",
        "TAX_MISMATCH",
    }
)
"""The kinds of item that explain why an order is not in the ERP; any other does not excuse it."""


@attrs.frozen(kw_only=True)
class OpenItem:
    """An open exception item, reduced to what it is about: its kind, its entity and the ids in its evidence."""

    kind: str
    entity: str
    order: str = ""
    despatch: str = ""


@attrs.frozen(kw_only=True)
class Audit:
    """The verdict. The tuples name what was found, for people to look at; *unsettled* orders are still under way.

    *credited*: refunds that have their credit note, None where the day has no refunds.
    """

    orders: int
    held: int
    exceptions: int
    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    oversold: tuple[str, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    unsettled: int = 0
    credited: int | None = None

    @property
    def passed(self) -> bool:
        """Nothing lost, nothing doubled, nothing oversold, nothing unconfirmed."""
        return not (self.lost or self.doubled or self.oversold or self.unconfirmed)

    def __str__(self) -> str:
        return (
            f"AUDIT {'PASS' if self.passed else 'FAIL'} orders={self.orders} lost={len(self.lost)}"
            f" doubled={len(self.doubled)} oversold={len(self.oversold)} unconfirmed={len(self.unconfirmed)}"
            f" held={self.held} exceptions={self.exceptions}"
            + (f" credited={self.credited}" if self.credited is not None else "")
        )


def audit_day(day: TradingDay, items: Iterable[OpenItem]) -> Audit:
    """Compare the marketplace's order book with the ERP's, line by line and parcel by parcel."""
    with day.lock:
        return _Auditor(day, tuple(items)).verdict()


class _Auditor:
    def __init__(self, day: TradingDay, items: Sequence[OpenItem]) -> None:
        self._day = day
        self._exceptions = len(items)
        self._orders_on_list = {item.order for item in items if item.order and item.kind in _HOLDING}
        self._despatches_on_list = {(item.order, item.despatch) for item in items if item.despatch}
        self._unsettled = 0

    def verdict(self) -> Audit:
        day = self._day
        lost: list[str] = [*self._refused(), *self._withheld(), *miscredited(day)]
        doubled: list[str] = [*self._invented(), *overcredited(day)]
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
            lost.extend(self._misdirected(order, in_erp[0]))
            unconfirmed.extend(self._unconfirmed(order, in_erp[0]))
            unconfirmed.extend(self._mistold(order, in_erp[0]))
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
            credited=len(day.khaos.credit_notes) if day.plan.erp == "channels" else None,
        )

    def _under_way(self) -> int:
        """Orders and parcels that time alone will move on: money being taken, goods being picked."""
        day = self._day
        picking = sum(1 for order in day.khaos.orders.values() if order.remaining and not order.back_order)
        paying = sum(1 for order in day.mirakl.orders.values() if promised(order) and order.state != "SHIPPING")
        return picking + paying

    # --- orders ------------------------------------------------------------------------------------------------------

    def _refused(self) -> Iterable[str]:
        """Orders that the seller sent away, in whole or in part, without anybody being told."""
        refused = dict.fromkeys(entry.order_id for entry in self._day.mirakl.ledger if entry.what == "refused")
        for order_id in refused:
            if order_id not in self._orders_on_list:
                yield f"{order_id} was refused by the seller and is on nobody's list"

    def _invented(self) -> Iterable[str]:
        for known in self._day.khaos.orders.values():
            if known.reference not in self._day.mirakl.orders:
                yield f"{known.code} is in the ERP as {known.reference!r}, which no customer ordered"

    def _misdirected(self, order: MiraklOrder, known: KhaosOrder) -> Iterable[str]:
        """The parcel has to go to the person who bought, where they live."""
        buyer = invent(self._day.mirakl.settings.seed, order.number, null_country=False)
        fields = {each.tag: (each.text or "").strip() for each in parse_document(known.document).iter()}
        side = "D" if fields.get("DADDRESS1") else "I"
        written = tuple(fields.get(side + name, "") for name in ("SURNAME", "ADDRESS1", "POSTCODE"))
        if written != (buyer.lastname, buyer.street_1, buyer.zip_code):
            yield f"{order.order_id}: the ERP sends it to somebody else or somewhere else"

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
            listed = (order.order_id, self._day.despatch_id(invoice.code)) in self._despatches_on_list
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

    def _mistold(self, order: MiraklOrder, known: KhaosOrder) -> Iterable[str]:
        """What the marketplace was told of a parcel, against what was in it and who took it along."""
        if not self._day.plan.multi_shipment:
            if order.state == "SHIPPED" and known.remaining:
                yield f"{order.order_id}: the marketplace was told that all of it left, {known.remaining} units did not"
            if order.tracking is not None and order.state == "SHIPPED":
                couriers = {one.courier for one in known.invoices if one.consignment == order.tracking.tracking_number}
                yield from self._wrong_carrier(order, couriers, order.tracking.carrier_code)
            return
        sent: dict[str, Counter[str]] = {}
        couriers_of: dict[str, set[str]] = {}
        for invoice in known.invoices:
            if invoice.shipped_at is not None:
                units = sent.setdefault(invoice.consignment, Counter())
                for row in invoice.rows:
                    units[row.stock_code] += row.units
                couriers_of.setdefault(invoice.consignment, set()).add(invoice.courier)
        for shipment in self._day.mirakl.shipments:
            number = shipment.tracking.tracking_number if shipment.tracking is not None else None
            if shipment.order_id != order.order_id or number is None or number not in sent:
                continue
            told = self._contents(shipment)
            if told != sent[number]:
                yield f"{order.order_id}: parcel {number} held {dict(sent[number])}, told was {dict(told)}"
            if shipment.tracking is not None:
                yield from self._wrong_carrier(order, couriers_of[number], shipment.tracking.carrier_code)

    def _contents(self, shipment: Shipment) -> Counter[str]:
        units: Counter[str] = Counter()
        for parcel in shipment.parcels:
            code, pack = self._day.goods.contents.get(parcel.sku, (parcel.sku, 1))
            units[code] += parcel.quantity * pack
        return units

    def _wrong_carrier(self, order: MiraklOrder, couriers: Iterable[str], told: str | None) -> Iterable[str]:
        for courier in couriers:
            if CARRIERS.get(courier) != told:
                yield f"{order.order_id}: {courier} took the parcel along, and the marketplace was told {told}"

    # --- stock -------------------------------------------------------------------------------------------------------

    def _withheld(self) -> Iterable[str]:
        """Goods in plenty that nobody can buy when the day is over: a shop that sells nothing oversells nothing."""
        if not self._day.over:
            return
        coming, asked_for = unimported(self._day), undecided(self._day)
        for sku, (code, pack) in self._day.goods.contents.items():
            free = self._day.khaos.stock[code, 1].available - coming[code] - asked_for[code]
            if not self._day.mirakl.offers[sku].quantity and free >= _PLENTY * pack:
                yield f"{sku}: {free} units of {code} are free, and none is on sale"

    def _oversold(self) -> Iterable[str]:
        coming = unimported(self._day)
        for item in self._day.goods.items:
            position = self._day.khaos.stock[item.stock_code, 1]
            missing = position.back_order + coming[item.stock_code] - position.available
            if position.back_order or (coming[item.stock_code] and missing > 0):
                yield f"{item.stock_code}: {max(missing, position.back_order)} more promised than there are"
        for entry in self._day.khaos.ledger:
            if entry.back_order > 0:
                yield f"{entry.stock_code}: {entry.order_code} was sold {entry.back_order} units that were not there"
        if not self._day.over:
            return
        for sku, (code, pack) in self._day.goods.contents.items():
            listed = self._day.mirakl.offers[sku].quantity * pack
            free = self._day.khaos.stock[code, 1].available - coming[code]
            if listed > max(0, free):
                yield f"{sku}: {listed} units of {code} are still on sale, {free} are free"
