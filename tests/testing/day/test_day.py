"""The world and its auditor: what happens without us, and that nothing can be hidden from the audit."""

import random
from collections.abc import Callable

import attrs
import pytest

from khaos_connectors.calls.messages import Request
from khaos_connectors.testing.day.audit import Audit, OpenItem, audit_day
from khaos_connectors.testing.day.clock import DAY_START, DayClock
from khaos_connectors.testing.day.plan import API_KEY, DayPlan, consignment, goods_of
from khaos_connectors.testing.day.world import TICK, TradingDay
from khaos_connectors.testing.simulators.khaos_settings import KhaosItem


class Stopwatch:
    """Real time that only moves when it is told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def day() -> TradingDay:
    """A day without customers' luck: nothing is listed but the strangers, so nobody else buys."""
    return TradingDay(DayPlan(seed=1, orders=1, faults="none"), clock=DayClock(real=Stopwatch()))


class TestDayClock:
    def test_time_passes_faster(self) -> None:
        """One real second is *speed* seconds of the day."""
        real = Stopwatch()
        clock = DayClock(speed=600, real=real)
        real.seconds = 3

        assert (clock.now() - DAY_START).total_seconds() == 1800

    def test_it_never_runs_backwards(self) -> None:
        """Skipping to an earlier moment changes nothing."""
        clock = DayClock(real=Stopwatch())
        clock.skip_to(DAY_START + TICK)
        clock.skip_to(DAY_START)

        assert clock.now() == DAY_START + TICK

    def test_a_clock_must_move(self) -> None:
        """A speed of nothing or less is refused."""
        with pytest.raises(ValueError, match="speed"):
            DayClock(speed=0)


class TestPlan:
    def test_a_seed_is_a_day(self) -> None:
        """Equal plans have equal goods; another seed has others."""
        assert goods_of(DayPlan(seed=7)) == goods_of(DayPlan(seed=7))
        assert goods_of(DayPlan(seed=7)) != goods_of(DayPlan(seed=8))

    def test_strangers_have_no_stock_code(self) -> None:
        """Offers that the ERP does not know are on sale, and are made of nothing."""
        goods = goods_of(DayPlan())
        codes = {item.stock_code for item in goods.items}

        assert goods.strangers
        assert not codes & set(goods.strangers)
        assert not set(goods.contents) & set(goods.strangers)

    def test_royal_mail_numbers_carry_their_check_digit(self) -> None:
        """The S10 example of the postal union's check digit holds for our generator's arithmetic."""
        number = consignment("Royal Mail", random.Random(1))
        digits, check = [int(char) for char in number[2:10]], int(number[10])
        rest = sum(d * w for d, w in zip(digits, (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11

        assert {0: 5, 1: 0}.get(rest, 11 - rest) == check

    def test_a_day_too_small_is_refused(self) -> None:
        """A plan without room for the story is an error, not a strange day."""
        with pytest.raises(ValueError, match="ticks"):
            DayPlan(ticks=3)


class TestWorld:
    def test_advancing_twice_is_once(self, day: TradingDay) -> None:
        """A tick that was reached is not played again: whoever was killed may ask anew."""
        day.advance(5)
        before = day.khaos.ledger

        assert 5 == day.advance(5) == day.advance(2)
        assert before == day.khaos.ledger

    def test_customers_buy_while_we_talk(self) -> None:
        """Some purchases fall between two of our requests, not between two rounds."""
        day = TradingDay(DayPlan(seed=1, orders=200, faults="none"), clock=DayClock(real=Stopwatch()))
        for sku, offer in list(day.mirakl.offers.items())[:40]:
            day.mirakl.list_offer(sku, attrs.evolve(offer, quantity=500))
        day.advance(6)
        before = len(day.mirakl.orders)
        for _ in range(40):
            day.mirakl_door.handle(Request(method="GET", path="/api/version", headers={"authorization": API_KEY}))

        assert len(day.mirakl.orders) > before

    def test_nobody_sells_what_was_promised(self) -> None:
        """The counter and the broken shelf leave alone what the marketplace's customers were promised."""
        day = TradingDay(DayPlan(seed=3, orders=60, faults="none"), clock=DayClock(real=Stopwatch()))
        for tick in range(1, day.plan.ticks + 1):
            day.advance(tick)

        assert all(position.available >= 0 for position in day.khaos.stock.values())


def bought(day: TradingDay, sku: str, units: int = 1) -> str:
    """An order that a customer has placed, and the seller has not looked at."""
    day.mirakl.list_offer(sku, attrs.evolve(day.mirakl.offers[sku], quantity=units))
    order_id = day.mirakl.buy([(sku, units)])
    assert order_id is not None
    return order_id


@pytest.fixture
def audit(day: TradingDay) -> Callable[..., Audit]:
    """The verdict on the day as it stands, with these items on somebody's list."""
    return lambda *items: audit_day(day, items)


class TestAudit:
    def test_an_order_on_nobodys_list_is_lost(self, day: TradingDay, audit: Callable[..., Audit]) -> None:
        """An order that is not in the ERP is lost, unless an open item speaks of it: then it is held."""
        order_id = bought(day, "KC-1001")

        alone, listed = audit(), audit(OpenItem(kind="SKU_UNMAPPED", entity=order_id, order=order_id))

        assert (len(alone.lost), alone.held, alone.passed) == (1, 0, False)
        assert (len(listed.lost), listed.held, listed.passed) == (0, 1, True)

    def test_an_empty_day_passes(self, audit: Callable[..., Audit]) -> None:
        """Where nothing happened, nothing is wrong, and the line says so in a fixed form."""
        assert str(audit()) == "AUDIT PASS orders=0 lost=0 doubled=0 oversold=0 unconfirmed=0 held=0 exceptions=0"

    def test_more_promised_than_there_is_shows(self, day: TradingDay, audit: Callable[..., Audit]) -> None:
        """Accepted units that neither the shelf nor a receipt covers are oversold."""
        day.khaos.revise(KhaosItem(stock_code="KC-NEW", physical=1))
        short = next(code for code, _ in day.khaos.stock if day.khaos.stock[code, 1].available == 0)
        order_id = bought(day, short)
        accepted = Request(
            method="PUT",
            path=f"/api/orders/{order_id}/accept",
            headers={"authorization": API_KEY, "content-type": "application/json"},
            body=f'{{"order_lines":[{{"id":"{order_id}-1","accepted":true}}]}}'.encode(),
        )
        assert day.mirakl.handle(accepted).status == 204

        assert len(audit().oversold) == 1
