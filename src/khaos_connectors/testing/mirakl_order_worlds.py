"""Weeks of a busy Mirakl shop in seconds: orders that are debited days later and change while they are being read."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs

from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.messages import Lost, Request, Response
from khaos_connectors.core.ids import AccountId
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.endpoints import OrderFilter, list_orders
from khaos_connectors.mirakl.models.rows import Read
from khaos_connectors.mirakl.orders.feed import OrderFeed, OrderRow, Reconciliation
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.mirakl.order_state import OrderSettings

__all__ = ["OrderWorld", "Shop"]

_START = datetime(2026, 3, 2, tzinfo=UTC)
_LAST_DEBIT = timedelta(days=4)


@attrs.define
class Shop:
    """What a seller keeps of the orders that are read: by id, the newest record.

    Every *loses_every*-th order is lost whenever a poll hands it over, as by a fault in what takes the polls.
    """

    loses_every: int = 0
    kept: dict[str, tuple[datetime, str]] = attrs.field(factory=dict[str, tuple[datetime, str]])
    lost: set[str] = attrs.field(factory=set[str])
    rows: int = 0
    _new: int = 0

    def take(self, rows: Sequence[OrderRow]) -> None:
        """Keep the rows of a poll, all but those that get lost."""
        for row in rows:
            assert isinstance(row, Read)
            if row.id not in self.kept and row.id not in self.lost:
                self._new += 1
                if self.loses_every and self._new % self.loses_every == 0:
                    self.lost.add(row.id)
        self.mend([row for row in rows if row.id not in self.lost])

    def mend(self, rows: Sequence[OrderRow]) -> None:
        """Keep rows, the newest of each order."""
        for row in rows:
            assert isinstance(row, Read)
            self.rows += 1
            changed = row.record.last_updated_date or row.record.created_date
            before = self.kept.get(row.id)
            if before is None or before[0] <= changed:
                self.kept[row.id] = (changed, str(row.record.order_state))

    def known(self, ids: Sequence[str]) -> Mapping[str, datetime | None]:
        """The last change that is kept of each of *ids*."""
        return {each: self.kept[each][0] for each in ids if each in self.kept}


@attrs.define
class OrderWorld:
    """*orders* orders over some days, polled every *poll_seconds* or so, compared daily.

    Each is debited within four days of its acceptance. While pages are walked, customers buy and the operator changes
    orders: every request gives the world a chance to move. *strict*: neither the marketplace nor the seller looks back
    further than the poll before. *naive* polls by creation date and debit instead. The seller's clock is *ahead* of the
    marketplace's (less than zero: behind it).
    """

    seed: int
    orders: int
    naive: bool = False
    strict: bool = False
    poll_seconds: float = 1800
    shop: Shop = attrs.field(factory=Shop)
    page_size: int = 100
    days: float = 3.0
    ahead: timedelta = timedelta(0)
    reconciliations: list[Reconciliation] = attrs.field(factory=list[Reconciliation])
    clock: ManualClock = attrs.field(factory=lambda: ManualClock(_START))
    market: MiraklSimulator = attrs.field(init=False)
    _chance: random.Random = attrs.field(init=False)
    _bought: list[str] = attrs.field(factory=list[str])
    _until: datetime = _START
    _still: bool = False

    def __attrs_post_init__(self) -> None:
        self._chance = random.Random(f"orders {self.seed}")
        self.market = MiraklSimulator(
            clock=self.clock.now,
            api_key="key",
            offers={f"S{n}": OfferState(price=Decimal("9.99"), quantity=10**9) for n in range(5)},
            settings=MiraklSettings(
                seed=self.seed,
                order_acceptance="AUTOMATIC",
                debit_seconds=60,
                update_safety=timedelta(0) if self.strict else timedelta(minutes=5),
                orders=OrderSettings(debit_spread_seconds=_LAST_DEBIT.total_seconds()),
            ),
        )

    def play(self) -> None:
        """Live through it: buying and polling side by side, then until the last debit was seen."""
        config = MiraklConfig(
            account=AccountId("shop"),
            base_url="https://shop.example.com",
            api_key="key",
            pace_factor=0,
            page_size=self.page_size,
            order_overlap=timedelta(0) if self.strict else timedelta(minutes=10),
            reconcile_within=timedelta(days=2),
        )
        feed = OrderFeed(config, config.caller())
        runner = Runner({"shop": _Moving(self)}, clock=_OtherClock(self.clock, self.ahead))
        end = _START + timedelta(days=self.days) + _LAST_DEBIT + timedelta(hours=2)
        day = timedelta(0)
        while self.clock.now() < end:
            self._sell(self._due())
            if self.naive:
                self._poll_naively(config, runner)
            else:
                self._until = runner.run(feed.poll(self._until, self.shop.take)).until
            if self.clock.now() - _START >= day + timedelta(days=1) and not self.naive:
                day += timedelta(days=1)
                self.reconciliations.append(
                    runner.run(feed.reconcile(self.shop.known, self.shop.mend, until=self._until))
                )
            self.clock.advance(self.poll_seconds * self._chance.uniform(0.8, 1.2))
        if not self.naive:
            self._still = True  # what changed during the last poll is the next one's
            self._until = runner.run(feed.poll(self._until, self.shop.take)).until

    @property
    def market_ids(self) -> set[str]:
        """Every order that there is."""
        return set(self.market.orders)

    @property
    def debited_late(self) -> int:
        """How many orders were debited more than a day after they were created."""
        return sum(
            one.debited_at is not None and one.debited_at - one.created_at > timedelta(days=1)
            for one in self.market.orders.values()
        )

    def stale(self) -> list[str]:
        """Orders that are kept otherwise than they stand now."""
        kept = self.shop.kept
        return [key for key, one in self.market.orders.items() if key in kept and kept[key][0] < _shown(one.updated_at)]

    def stir(self) -> None:
        """What happens between one page and the next."""
        if self._still:
            return
        self.clock.advance(self._chance.uniform(0.2, 3))
        if self._chance.random() < 0.5:
            self._sell(1)
        if self._bought and self._chance.random() < 0.5:
            self.market.cancel_order(self._chance.choice(self._bought[-200:]))

    def _due(self) -> int:
        """How many orders should have been bought by now, less those that were."""
        share = min(1.0, (self.clock.now() - _START) / timedelta(days=self.days))
        return int(self.orders * share) - len(self._bought)

    def _sell(self, number: int) -> None:
        for _ in range(min(number, self.orders - len(self._bought))):
            order_id = self.market.buy([(f"S{self._chance.randrange(5)}", 1)])
            assert order_id is not None
            self._bought.append(order_id)

    def _poll_naively(self, config: MiraklConfig, runner: Runner) -> None:
        began = self.clock.now()
        wanted = OrderFilter(start_date=self._until - timedelta(minutes=10), customer_debited=True)
        self.shop.take(runner.run(config.caller().pages(list_orders(config.scope, wanted))))
        self._until = began


class _OtherClock:
    """The seller's clock."""

    def __init__(self, market: ManualClock, ahead: timedelta) -> None:
        self._market = market
        self._ahead = ahead

    def now(self) -> datetime:
        return self._market.now() + self._ahead

    def sleep(self, seconds: float) -> None:
        self._market.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        await self._market.sleep_async(seconds)


class _Moving:
    """The way to the marketplace; the world moves while an answer is awaited."""

    def __init__(self, world: OrderWorld) -> None:
        self._world = world

    def send(self, request: Request) -> Response | Lost:
        self._world.stir()
        return self._world.market.handle(request)


def _shown(moment: datetime) -> datetime:
    """*moment* as the wire tells it, to the millisecond."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
