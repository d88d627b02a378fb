"""Laws of the pipelines: done twice is done once, and neither the order nor the repetition of what is read matters."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.calls.drivers import Runner
from khaos_connectors.core.availability import ListingPolicy
from khaos_connectors.core.buffers import Fixed
from khaos_connectors.core.ids import AccountId, ChannelId, LineId, OrderId
from khaos_connectors.core.orders import ChannelOrder, OrderState
from khaos_connectors.core.skus import SkuMap
from khaos_connectors.demo.merchant import Merchant, merchant_of
from khaos_connectors.pipelines import order_import, stock_push
from khaos_connectors.pipelines.intake import Reading, take_in
from khaos_connectors.protocols import Batch, ReceivedOrder
from khaos_connectors.store.memory import MemoryStore
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.day.plan import API_KEY
from khaos_connectors.testing.day.server import Scene
from khaos_connectors.testing.order_strategies import channel_orders
from khaos_connectors.testing.simulators.khaos_control import KhaosControlSimulator, KhaosItem, KhaosSettings
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.routes import transport

few = settings(deadline=None, max_examples=15)
law = settings(deadline=None, max_examples=40)

START = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
PACKS = {"A-X3": ("A", 3)}
SKUS = ("A", "B", "A-X3", "b")
ACCOUNT = AccountId("somewhere")


class Home:
    """Two systems, a store and the merchant of the demonstration."""

    def __init__(self, stock: Sequence[int], shown: Sequence[int]) -> None:
        self.clock = ManualClock(START)
        offers = {sku: OfferState(price=Decimal("9.99"), quantity=n) for sku, n in zip(SKUS, shown, strict=True)}
        quiet = MiraklSettings(null_country_every=0)
        self.mirakl = MiraklSimulator(clock=self.clock.now, api_key=API_KEY, offers=offers, settings=quiet)
        items = [KhaosItem(stock_code=code, physical=n) for code, n in zip("AB", stock, strict=True)]
        house = KhaosSettings(company_classes={"John Lewis": "gross"})
        self.khaos = KhaosControlSimulator(clock=self.clock.now, items=items, settings=house)
        self.store = MemoryStore()
        self.merchant = _merchant(self.mirakl.settings.shop_id)
        self.channel, self.erp = self.merchant.channel(), self.merchant.erp()
        lines = {self.channel.account: transport(self.mirakl), self.erp.account: transport(self.khaos)}
        self._runner = Runner(lines, clock=self.clock)

    def imports(self) -> order_import.ImportReport:
        return self._runner.run(order_import.run(self.channel, self.erp, self.store, self.merchant.imports))

    def pushes(self, policy: ListingPolicy) -> stock_push.PushReport:
        wanted = attrs.evolve(self.merchant.pushes, listing=policy)
        report = self._runner.run(stock_push.run(self.channel, self.erp, self.store, wanted))
        self.clock.advance(120)
        self.mirakl.tick()
        return report

    def trade(self, purchases: Sequence[Sequence[tuple[str, int]]], cancelled: Sequence[int]) -> None:
        """Customers buy, some of the orders go into the ERP, more are placed, some are cancelled."""
        for number, lines in enumerate(purchases):
            self.mirakl.buy(lines)
            self.clock.advance(1)
            if number == len(purchases) // 2:
                self.imports()
                self.clock.advance(300)
        for order_id in [order_id for n, order_id in enumerate(self.mirakl.orders) if n in cancelled]:
            self.mirakl.cancel_order(order_id)

    def state(self) -> tuple[object, ...]:
        """What both systems hold, and what the store says of each order."""
        return (
            self.mirakl.orders,
            self.mirakl.offers,
            dict(self.khaos.orders),
            dict(self.khaos.stock),
            [(one.order_id, one.progress, one.reference, one.erp_code) for one in self._orders()],
            self.store.demand(),
            [item.key for item in self.store.items()],
        )

    def _orders(self) -> Any:
        return self.store.orders(self.channel.account)


def _merchant(shop_id: int) -> Merchant:
    scene = Scene(
        tick=0,
        ticks=1,
        over=False,
        now=START,
        speed=1.0,
        seed=0,
        mirakl_url="https://jl.example.com",
        khaos_url="https://khaos.example.com/K.exe",
        api_key=API_KEY,
        shop_id=shop_id,
        packs=PACKS,
        unsettled=0,
        requests=0,
        faults={},
    )
    merchant = merchant_of(scene)
    one_clock = timedelta(0)  # one machine: an order is in every snapshot that is begun after it was created
    return attrs.evolve(
        merchant,
        mirakl=attrs.evolve(merchant.mirakl, pace_factor=0.0),
        imports=attrs.evolve(merchant.imports, clock_skew=one_clock),
        pushes=attrs.evolve(merchant.pushes, clock_skew=one_clock),
    )


stocks = st.lists(st.integers(0, 9), min_size=2, max_size=2)
levels = st.lists(st.integers(0, 9), min_size=4, max_size=4)
purchase = st.lists(
    st.tuples(st.sampled_from(SKUS), st.integers(1, 3)), min_size=1, max_size=3, unique_by=lambda x: x[0]
)
mornings = st.tuples(st.lists(purchase, max_size=5), st.lists(st.integers(0, 4), max_size=2))


@few
@given(stock=stocks, shown=levels, morning=mornings)
def test_importing_twice_is_importing_once(stock: list[int], shown: list[int], morning: Any) -> None:
    """A second import, with nothing new in between, moves no order, makes no item, and touches neither system."""
    home = Home(stock, shown)
    home.trade(*morning)
    home.imports()
    once = home.state()
    again = home.imports()
    assert home.state() == once
    assert again.accepted == again.posted == again.found == again.refused == again.ended == 0


@few
@given(stock=stocks, shown=levels, morning=mornings, buffer=st.integers(0, 2))
def test_pushing_twice_is_pushing_once(stock: list[int], shown: list[int], morning: Any, buffer: int) -> None:
    """A second push, with nothing new in between, sends nothing; what is shown is never more than there is."""
    home = Home(stock, shown)
    home.trade(*morning)
    for _ in range(3):  # until every order has come to rest
        home.imports()
        home.clock.advance(300)
    policy = ListingPolicy(pool_buffer=Fixed(buffer))
    home.pushes(policy)
    shown_once = home.mirakl.offers
    again = home.pushes(policy)
    missing = {level.sku for level in again.plan.decreases} if again.plan else set()
    assert missing <= {"b"}, "a code that is missing for the second time goes to 0, nothing else moves"
    assert again.planned == len(missing)
    after = home.mirakl.offers
    assert {sku: offer for sku, offer in after.items() if sku != "b"} == {
        sku: offer for sku, offer in shown_once.items() if sku != "b"
    }
    available = {code: home.khaos.stock[code, 1].available for code in "AB"}
    assert after["A"].quantity + 3 * after["A-X3"].quantity <= available["A"]
    assert after["B"].quantity <= available["B"]


class Feed:
    """A channel that hands out versions of orders in pages of its own liking."""

    account = ACCOUNT

    def __init__(self, pages: Sequence[Sequence[ReceivedOrder]]) -> None:
        self._pages = pages
        self._texts = {received.payload: received.order for page in pages for received in page}

    def orders(self, *, since: datetime, cursor: str | None = None) -> Any:
        yield from ()
        place = int(cursor or 0)
        more = place + 1 < len(self._pages)
        return Batch(items=tuple(self._pages[place]) if self._pages else (), next=str(place + 1) if more else None)

    def order(self, order_id: OrderId) -> Any:
        raise AssertionError(order_id)

    def read_order(self, payload: str) -> ChannelOrder:
        return self._texts[payload]


@st.composite
def versions(draw: st.DrawFn) -> list[ReceivedOrder]:
    """Some orders, each in one to three versions that differ in time and state."""
    found: list[ReceivedOrder] = []
    for number in range(draw(st.integers(1, 3))):
        order = draw(channel_orders())
        for version in range(draw(st.integers(1, 3))):
            state = draw(
                st.sampled_from([OrderState.AWAITING_ACCEPTANCE, OrderState.AWAITING_SHIPMENT, OrderState.CANCELLED])
            )
            lines = tuple(
                attrs.evolve(line, line_id=LineId(f"{number}-{place}"), state=state)
                for place, line in enumerate(order.lines)
            )
            changed = attrs.evolve(
                order,
                account=ACCOUNT,
                order_id=OrderId(f"O{number}"),
                state=state,
                lines=lines,
                changed_at=START + timedelta(minutes=version),
            )
            found.append(ReceivedOrder(order=changed, payload=f"order {number} version {version}"))
    return found


def kept(pages: Sequence[Sequence[ReceivedOrder]]) -> tuple[object, ...]:
    """The store after those pages were read."""
    store = MemoryStore()
    flow = take_in(Feed(pages), store, channel_id=ChannelId("x"), skus=SkuMap(), reading=Reading())
    intake = Runner({}, clock=ManualClock(START)).run(flow)
    assert intake.read == sum(map(len, pages)) == intake.stored + intake.duplicate
    return store.orders(ACCOUNT), store.demand(), store.watermark(ACCOUNT, "orders"), store.items()


@law
@given(data=st.data(), orders=versions())
def test_the_order_of_reading_does_not_matter(data: st.DataObject, orders: list[ReceivedOrder]) -> None:
    """Any order of the versions, any repetition, any cut into pages: the store holds the newest text of each order
    and the demand that this text stands for.
    """
    shuffled = data.draw(st.permutations([*orders, *data.draw(st.lists(st.sampled_from(orders), max_size=4))]))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(shuffled)), max_size=4)) | {0, len(shuffled)})
    pages = [shuffled[begin:end] for begin, end in pairwise(cuts)]
    assert kept(pages) == kept([orders])
