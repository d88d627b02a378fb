"""A day without SOAP: the ERP calls us through Channels, and customers send goods back."""

import http.client
from decimal import Decimal
from typing import Literal
from urllib.parse import urlencode, urlsplit

from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.testing.day.clock import DayClock
from khaos_connectors.testing.day.plan import CHANNEL_PASSWORD, CHANNEL_USER, SHOP_URN, DayPlan
from khaos_connectors.testing.day.refunds import DayRefund
from khaos_connectors.testing.day.world import TradingDay
from khaos_connectors.testing.simulators.faults import Fault, FaultKind, Faulty
from khaos_connectors.testing.simulators.khaos_channels import ChannelSettings, KhaosChannelsSimulator
from khaos_connectors.testing.simulators.khaos_channels_rows import shipment_id
from khaos_connectors.testing.simulators.khaos_customers import Customer
from khaos_connectors.testing.simulators.khaos_orders import Order as KhaosOrder
from khaos_connectors.testing.simulators.khaos_settings import KhaosItem
from khaos_connectors.testing.simulators.mirakl.state import Order as MiraklOrder
from khaos_connectors.testing.simulators.mirakl.state import OrderLine

__all__ = ["CARRIAGE", "GOODWILL", "ChannelsDay", "HttpLine", "day_of"]

CARRIAGE = "CARRIAGE"
GOODWILL = "GOODWILL"
"""Stock codes that stand for money in credit notes; nobody counts them."""

_ATTEMPTS = 8
"""How often the ERP tries in a quarter of an hour: more often than the worst line fails in a row."""
_BUSY_EVERY = 5
_SECONDS = 10.0
_SENDS_BACK = 0.15
"""The chance, in each quarter of an hour, that a customer wants money back on an order that has arrived."""
_RESEND: tuple[Literal["fresh"], Literal["first"], Literal["last"]] = ("fresh", "first", "last")


class HttpLine:
    """The way to an origin (``http://host:port``) over real HTTP; ``OSError`` when there is no answer."""

    def __init__(self, origin: str) -> None:
        self._host = urlsplit(origin).netloc

    def handle(self, request: Request) -> Response:
        """The answer of whoever listens there."""
        path = f"{request.path}?{urlencode(request.query)}" if request.query else request.path
        connection = http.client.HTTPConnection(self._host, timeout=_SECONDS)
        try:
            connection.request(request.method, path, body=request.body or None, headers=dict(request.headers))
            answer = connection.getresponse()
            return Response(status=answer.status, headers=dict(answer.getheaders()), body=answer.read())
        except http.client.HTTPException as broken:
            raise ConnectionError(str(broken)) from broken
        finally:
            connection.close()


class ChannelsDay(TradingDay):
    """A ``TradingDay`` whose ERP is reached by nobody: it fetches and pushes, whenever it likes."""

    def __init__(self, plan: DayPlan, *, clock: DayClock | None = None) -> None:
        super().__init__(plan, clock=clock)
        for code in (CARRIAGE, GOODWILL):
            self.khaos.revise(KhaosItem(stock_code=code, description=code.title(), stock_controlled=False))
        shop = Customer(urn=SHOP_URN, name="John Lewis", company_class="John Lewis", currency="GBP")
        self.khaos.add_customer(shop)
        self._lines: dict[str, Faulty] = {}
        self._refunding = plan.luck("refunds")
        self._heard = 0
        settings = ChannelSettings(user=CHANNEL_USER, password=CHANNEL_PASSWORD, resend=_RESEND[plan.seed % 3])
        self.channel = KhaosChannelsSimulator(self.khaos, reach=self._reach, settings=settings)
        if plan.faults != "none":
            for call in ("GET /khaos/orders", "GET /khaos/returns", "POST /khaos/stock-statuses"):
                self.khaos_faults.next(call, Fault(kind=FaultKind.DROP))

    def despatch_id(self, invoice_code: str) -> str:
        """The Shipment.ID."""
        return shipment_id(invoice_code)

    def meet(self, url: str) -> None:
        """Let the ERP's people type in *url*; the ERP looks there at once."""
        self.channel.link(url)
        self.channel.work_off(attempts=_ATTEMPTS)

    def advance(self, to: int) -> int:
        """As on any day; after every tick the ERP does what it has to do."""
        while self.tick < to:
            super().advance(self.tick + 1)
            self.channel.work_off(attempts=_ATTEMPTS)
        return self.tick

    def somebody_may_buy(self) -> None:
        """Between two of our requests the ERP may call, too."""
        super().somebody_may_buy()
        self._heard += 1
        if self._heard % _BUSY_EVERY == 0 and self.channel.lock.acquire(blocking=False):
            try:
                self.channel.work()
            finally:
                self.channel.lock.release()

    def _reach(self, origin: str) -> Faulty:
        if origin not in self._lines:
            self._lines[origin] = Faulty(HttpLine(origin), self.khaos_faults)
        return self._lines[origin]

    # --- what comes back ---------------------------------------------------------------------------------------------

    def _one_tick(self) -> None:
        super()._one_tick()
        if self.over:
            return
        refunded = {refund.order_id for refund in self.refunds}
        for order in self.mirakl.orders.values():
            known = self.khaos.order_of(order.order_id)
            if (
                known is not None
                and known.complete
                and order.order_id not in refunded
                and self._refunding.random() < _SENDS_BACK
            ):
                self._send_back(order, known)

    def _send_back(self, order: MiraklOrder, known: KhaosOrder) -> None:
        """A customer gets money back on one line of an order that has arrived, on two of them now and then."""
        lines = [line for line in order.lines if line.open]
        refunded = self._refunding.sample(lines, k=min(len(lines), self._refunding.choice((1, 1, 2))))
        for number, line in enumerate(refunded):
            self.refunds.append(self._refund(f"RF-{known.code}-{number + 1}", order, line))

    def _refund(self, refund_id: str, order: MiraklOrder, line: OrderLine) -> DayRefund:
        code, pack = self.goods.contents[line.sku]
        luck = self._refunding.random()
        if luck < 0.2:
            amount = min(line.price, Decimal(self._refunding.randrange(50, 400)) / 100)
            return self._paid(refund_id, order, line, amount=amount)
        quantity = line.quantity if luck < 0.7 else self._refunding.randint(1, line.quantity)
        return self._paid(
            refund_id,
            order,
            line,
            amount=line.unit_price * quantity,
            shipping=line.shipping if luck < 0.5 else Decimal(0),
            quantity=quantity,
            sent_back=((code, quantity * pack),),
        )

    @staticmethod
    def _paid(
        refund_id: str,
        order: MiraklOrder,
        line: OrderLine,
        *,
        amount: Decimal,
        shipping: Decimal = Decimal(0),
        quantity: int = 0,
        sent_back: tuple[tuple[str, int], ...] = (),
    ) -> DayRefund:
        return DayRefund(
            refund_id=refund_id,
            order_id=order.order_id,
            line_id=line.line_id,
            sku=line.sku,
            amount=amount,
            shipping=shipping,
            quantity=quantity,
            sent_back=sent_back,
        )


def day_of(plan: DayPlan) -> TradingDay:
    """The day that *plan* describes, by the door that its ERP is used by."""
    return ChannelsDay(plan) if plan.erp == "channels" else TradingDay(plan)
