"""The day itself: customers buy, shelves fill and empty, the warehouse sends parcels, and lines break."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from threading import RLock
from typing import NamedTuple

import attrs

from khaos_connectors.calls.messages import Lost, Request, Response
from khaos_connectors.testing.day.clock import DAY_START, DayClock
from khaos_connectors.testing.day.plan import API_KEY, COURIERS, DayPlan, consignment, goods_of
from khaos_connectors.testing.day.refunds import DayRefund
from khaos_connectors.testing.simulators.faults import Fault, FaultKind, Faults, Faulty
from khaos_connectors.testing.simulators.khaos_control import KhaosControlSimulator
from khaos_connectors.testing.simulators.khaos_orders import Order as KhaosOrder
from khaos_connectors.testing.simulators.mirakl import MiraklSimulator
from khaos_connectors.testing.simulators.mirakl.state import OfferState
from khaos_connectors.testing.simulators.mirakl.state import Order as MiraklOrder

__all__ = ["TICK", "TradingDay", "promised", "spare", "undecided", "unimported"]

TICK = timedelta(minutes=15)
_PER_TICK = 40
"""How many orders the warehouse can send in a quarter of an hour."""
_BUSY_EVERY = 4
"""A customer buys between two of our requests, every so many of them."""


class _Purchase(NamedTuple):
    lines: int
    luck: float


@attrs.frozen(kw_only=True)
class _Spoilt:
    """A consignment number that was keyed in wrongly, and the right one."""

    invoice: str
    right: str


class _Shop:
    """The marketplace's door: customers keep buying while we talk to it."""

    def __init__(self, day: "TradingDay", line: Faulty) -> None:
        self._day = day
        self._line = line

    def handle(self, request: Request) -> Response | Lost:
        self._day.somebody_may_buy()
        return self._line.handle(request)


class TradingDay:
    """Two simulated systems and the world around them, from one seed.

    ``advance`` lets time pass; between two calls of it only customers move. ``mirakl_door`` and ``khaos_door`` are the
    two systems behind bad lines, to be served. Everything takes one lock.
    """

    def __init__(self, plan: DayPlan, *, clock: DayClock | None = None) -> None:
        self.plan = plan
        self.clock = clock or DayClock()
        self.goods = goods_of(plan)
        self.lock = RLock()
        self.tick = 0
        self.mirakl = MiraklSimulator(
            clock=self.clock.now, api_key=API_KEY, offers=self.goods.offers, settings=plan.mirakl_settings()
        )
        self.khaos = KhaosControlSimulator(
            clock=self.clock.now, items=self.goods.items, couriers=COURIERS, settings=plan.khaos_settings()
        )
        self.mirakl_faults = Faults(plan.seed * 2, plan.faults)
        self.khaos_faults = Faults(plan.seed * 2 + 1, plan.faults)
        self.mirakl_door = _Shop(self, Faulty(self.mirakl, self.mirakl_faults))
        self.khaos_door = Faulty(self.khaos, self.khaos_faults)
        self._buying = plan.luck("buying")
        self._shipping = plan.luck("shipping")
        self._moving = plan.luck("moving")
        self._purchases = self._plan_purchases()
        self._waiting: list[_Purchase] = []
        self._requests = 0
        self._spoilt: list[_Spoilt] = []
        self.refunds: list[DayRefund] = []
        self._script_faults()

    # --- the plan of the day ---------------------------------------------------------------------------------------

    def _plan_purchases(self) -> dict[int, list[_Purchase]]:
        """When customers come: not before stock is listed, and not so late that nobody could serve them."""
        luck = self.plan.luck("customers")
        plan: dict[int, list[_Purchase]] = {}
        for _ in range(self.plan.orders):
            tick = luck.randrange(2, max(3, self.plan.ticks - 4))
            lines = luck.choices((1, 2, 3), weights=(6, 3, 1))[0]
            plan.setdefault(tick, []).append(_Purchase(lines, luck.random()))
        return plan

    def _script_faults(self) -> None:
        if self.plan.faults == "none":
            return
        self.khaos_faults.next("ImportOrders", Fault(kind=FaultKind.DROP))
        self.mirakl_faults.next("OR11", Fault(kind=FaultKind.BUSY, retry_after=2))
        self.mirakl_faults.next("ST01" if self.plan.multi_shipment else "OR24", Fault(kind=FaultKind.DROP))

    @property
    def over(self) -> bool:
        """Whether no customer will come any more."""
        return self.tick >= self.plan.ticks

    def despatch_id(self, invoice_code: str) -> str:
        """By what the ERP's door tells an invoice from others."""
        return invoice_code

    # --- time --------------------------------------------------------------------------------------------------------

    def advance(self, to: int) -> int:
        """Let the day reach tick *to*, one tick at a time; the tick that it is now. Going back changes nothing."""
        with self.lock:
            while self.tick < to:
                self._flush()
                self.tick += 1
                self.clock.skip_to(DAY_START + self.tick * TICK)
                self.mirakl.tick()
                self._one_tick()
            return self.tick

    def _one_tick(self) -> None:
        if not self.over:
            self._receive_goods()
            self._sell_over_the_counter()
            if self.tick % 9 == 4:
                self._break_and_sell()
            if self.tick % 7 == 3:
                self._cancel_one()
            if self.tick == 5:
                for sku in list(self.goods.contents)[:3]:
                    self.mirakl.fail_rows(sku)
        self._correct_numbers()
        self._send_parcels()
        # Half of the customers buy now, half of them while the pipelines are talking.
        for number, purchase in enumerate(self._purchases.pop(self.tick, [])):
            if number % 2:
                self._waiting.append(purchase)
            else:
                self._buy(purchase)
        self._sell_strangers()

    # --- customers -------------------------------------------------------------------------------------------------

    def somebody_may_buy(self) -> None:
        """Called with every request to the marketplace: now and then a waiting customer buys."""
        with self.lock:
            self._requests += 1
            if self._waiting and self._requests % _BUSY_EVERY == 0:
                self._buy(self._waiting.pop())

    def _sell_strangers(self) -> None:
        """What the ERP does not know is bought before anybody has noticed: old offers at once, a new one at noon."""
        if self.tick == 1:
            for sku in self.goods.strangers:
                self.mirakl.buy([(sku, 1)])
        if self.tick == self.plan.ticks // 2:
            sku = f"{self.goods.items[-1].stock_code} "
            self.mirakl.list_offer(sku, OfferState(price=Decimal("24.50"), quantity=5, title="Listed with a slip"))
            self.mirakl.buy([(sku, 2)])

    def _flush(self) -> None:
        while self._waiting:
            self._buy(self._waiting.pop())

    def _buy(self, purchase: _Purchase) -> None:
        offers = self.mirakl.offers
        listed = [sku for sku, offer in offers.items() if offer.active and sku not in self.goods.strangers]
        if not listed:
            return
        # A third of the customers want the same few things: that is where overselling happens.
        popular = listed[: max(3, len(listed) // 12)] if purchase.luck < 0.33 else listed
        chosen = self._buying.sample(popular, k=min(purchase.lines, len(popular)))
        lines = [
            (sku, min(offers[sku].quantity, self._buying.choices((1, 2, 3, 5), (12, 4, 2, 1))[0])) for sku in chosen
        ]
        self.mirakl.buy(lines, shipping=self._buying.choice(("0.00", "3.50", "4.95")))

    def _cancel_one(self) -> None:
        """A customer changes their mind; if the office has the order already, it stops it as well."""
        for order in self.mirakl.orders.values():
            known = self.khaos.order_of(order.order_id)
            if known is not None and any(invoice.shipped_at for invoice in known.invoices):
                continue
            if self._moving.random() < 0.2 and self.mirakl.cancel_order(order.order_id):
                if known is not None:
                    self.khaos.cancel(known.code)
                return

    # --- the shelves -------------------------------------------------------------------------------------------------

    def _receive_goods(self) -> None:
        for item in self._moving.sample(self.goods.items, k=3):
            self.khaos.receive(item.stock_code, self._moving.randrange(4, 25))

    def _sell_over_the_counter(self) -> None:
        """The shop next door sells from the same shelves, never what a customer was already promised."""
        for item in self._moving.sample(self.goods.items, k=4):
            if spare(self, item.stock_code) > 0:
                self.khaos.sell_over_counter(item.stock_code, 1)

    def _break_and_sell(self) -> None:
        """A shelf collapses, and before anybody is told, a customer buys what lay there."""
        for sku, offer in self.mirakl.offers.items():
            code, pack = self.goods.contents.get(sku, ("", 0))
            units = spare(self, code) if code else 0
            if pack == 1 and offer.active and units >= 2 and self._moving.random() < 0.2:
                self.khaos.write_off(code, units)
                self.mirakl.buy([(sku, min(2, offer.quantity))])
                return

    # --- the warehouse -----------------------------------------------------------------------------------------------

    def _send_parcels(self) -> None:
        ready = [order for order in self.khaos.orders.values() if _can_leave(order)]
        for order in ready[:_PER_TICK]:
            if self.clock.now() - order.created_at < TICK / 2:
                continue
            courier = self._shipping.choices([one.name for one in COURIERS], weights=(10, 8, 6, 1, 2))[0]
            number = consignment(courier, self._shipping)
            units = self._part_of(order) if self._shipping.random() < 0.12 else None
            typed = number
            if courier == "Royal Mail" and self._shipping.random() < 0.05:
                typed = f"{number[:-3]}{(int(number[-3]) + 1) % 10}GB"
            boxes = self._shipping.random() < 0.3
            invoice = self.khaos.pick_and_despatch(
                order.code, courier=courier, consignment=typed, units=units, boxes=boxes
            )
            if typed != number:
                self._spoilt.append(_Spoilt(invoice=invoice, right=number))

    def _part_of(self, order: KhaosOrder) -> dict[str, int] | None:
        """One item of several, or None: then everything goes."""
        left: Counter[str] = Counter()
        for line in order.lines:
            left[line.stock_code] += line.remaining
        first, *rest = [code for code, units in left.items() if units]
        return {first: left[first]} if rest else None

    def _correct_numbers(self) -> None:
        """Somebody looks at the list of exceptions and types the number again; the last one is never mended."""
        if self.tick % 6 == 0 and len(self._spoilt) > 1:
            mended = self._spoilt.pop(0)
            self.khaos.track(mended.invoice, mended.right)


def _can_leave(order: KhaosOrder) -> bool:
    return order.cancelled is None and order.remaining > 0 and order.back_order == 0


_PROMISED = frozenset({"WAITING_DEBIT", "WAITING_DEBIT_PAYMENT", "SHIPPING"})


def promised(order: MiraklOrder) -> bool:
    """Whether the seller has accepted *order* and it has not left yet."""
    return order.state in _PROMISED


def unimported(day: TradingDay) -> Counter[str]:
    """Units per stock code that were accepted on the marketplace and are not in the ERP yet."""
    return _units(
        day,
        (one for one in day.mirakl.orders.values() if promised(one) and day.khaos.order_of(one.order_id) is None),
    )


def undecided(day: TradingDay) -> Counter[str]:
    """Units per stock code in orders that nobody has accepted or refused yet."""
    return _units(day, (one for one in day.mirakl.orders.values() if one.state == "WAITING_ACCEPTANCE"))


def spare(day: TradingDay, code: str) -> int:
    """Units of *code* that nobody was promised."""
    return day.khaos.stock[code, 1].available - unimported(day)[code]


def _units(day: TradingDay, orders: Iterable[MiraklOrder]) -> Counter[str]:
    units: Counter[str] = Counter()
    for order in orders:
        for line in order.lines:
            code, pack = day.goods.contents.get(line.sku, ("", 0))
            if line.open and code:
                units[code] += line.quantity * pack
    return units
