"""A hundred thousand SKUs under Mirakl's published limits: no 429, hardly a minute wasted, every failed row by SKU."""

import random
import tracemalloc
from datetime import datetime, timedelta

import pytest

from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.hooks import CallEvent
from khaos_connectors.calls.messages import Outcome, Request, Response
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.core.ids import AccountId, ChannelSku
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.protocols import StockLevel, StockReceipt
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState, RateLimit
from khaos_connectors.testing.simulators.routes import transport

PUBLISHED = {
    "STO01": RateLimit(calls=1, seconds=60),
    "STO02": RateLimit(calls=1, seconds=15),
    "STO03": RateLimit(calls=1, seconds=60),
}


class Road:
    """Carries requests to a simulator; each takes a time of its own, up to *longest* seconds there and back."""

    def __init__(self, simulator: MiraklSimulator, clock: ManualClock, longest: float) -> None:
        self._carry = transport(simulator)
        self._clock = clock
        self._longest = longest
        self._chance = random.Random(7)

    def send(self, request: Request) -> Outcome:
        """The simulator's answer, some time later."""
        self._clock.advance(self._chance.uniform(0, self._longest))
        answer = self._carry.send(request)
        self._clock.advance(self._chance.uniform(0, self._longest))
        return answer


class Watched:
    """Notes when each operation was answered, and with which status."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.uploads: list[datetime] = []
        self.refusals: list[str] = []

    def __call__(self, event: CallEvent) -> None:
        if event.operation == "STO01":
            self.uploads.append(self._clock.now())
        if event.status == 429:
            self.refusals.append(event.operation)


class Taker:
    """A marketplace that takes every file at once and keeps none of it."""

    def __init__(self) -> None:
        self.bytes = 0

    def send(self, request: Request) -> Outcome:
        """The id of an import, or that it is complete."""
        self.bytes += len(request.body)
        body = b'{"import_id": "1"}' if request.method == "POST" else b'{"import_id": "1", "status": "COMPLETE"}'
        return Response(status=200, body=body)


def push(
    count: int, *, per_file: int, failing: frozenset[str], longest: float = 0.9
) -> tuple[StockReceipt, Watched, MiraklSimulator]:
    """A push of *count* levels against a marketplace that keeps the published limits."""
    clock = ManualClock()
    offers = {f"SKU-{n:06}": OfferState(price="9.99", quantity=0) for n in range(count)}
    market = MiraklSimulator(
        clock=clock.now,
        api_key="k",
        offers=offers,
        settings=MiraklSettings(limits=PUBLISHED, import_seconds=45, failing_skus=failing),
    )
    config = MiraklConfig(
        account=AccountId("john-lewis"),
        base_url="https://shop.example.com",
        api_key=Secret("k"),
        stock_rows_per_file=per_file,
    )
    watched = Watched(clock)
    runner = Runner({"john-lewis": Road(market, clock, longest)}, clock=clock, hooks=[watched])
    levels = [StockLevel(sku=ChannelSku(sku), units=n % 50) for n, sku in enumerate(offers)]
    return runner.run(MiraklChannel(config).push_stock(levels)), watched, market


def test_100_000_skus_keep_the_published_limits_and_use_them() -> None:
    """100 files of 1,000 rows: no call is refused for its rate, and at least 97 % of the allowed uploads are made.

    Every row's fate is told: exactly the SKUs that the marketplace could not write are refused, by name.
    """
    failing = frozenset(f"SKU-{n:06}" for n in range(0, 100_000, 251))
    receipt, watched, market = push(100_000, per_file=1000, failing=failing)
    assert watched.refusals == []
    took = watched.uploads[-1] - watched.uploads[0]
    used = (len(watched.uploads) - 1) * timedelta(minutes=1) / took
    assert len(watched.uploads) == 100
    assert used >= 0.97
    assert {str(refusal.sku) for refusal in receipt.refused} == failing
    assert len(receipt.accepted) == 100_000 - len(failing)
    assert receipt.pending == ()
    shown = market.offers
    assert all(shown[f"SKU-{n:06}"].quantity == n % 50 for n in range(100_000) if f"SKU-{n:06}" not in failing)


def test_a_slow_road_costs_no_refusal_either() -> None:
    """Calls that travel for up to half a second each way unevenly stay within the margin; a slower one is retried."""
    receipt, watched, _ = push(3000, per_file=100, failing=frozenset(), longest=0.5)
    assert watched.refusals == []
    assert len(receipt.accepted) == 3000


@pytest.mark.parametrize("count", [50_000])
def test_the_memory_of_a_push_does_not_grow_with_its_files(count: int) -> None:
    """What a file needs is gone when it was sent: many small files need no more memory than their rows' fates do."""
    tracemalloc.start()
    try:
        clock = ManualClock()
        market = Taker()
        config = MiraklConfig(
            account=AccountId("john-lewis"),
            base_url="https://shop.example.com",
            api_key=Secret("k"),
            stock_rows_per_file=500,
        )
        runner = Runner({"john-lewis": market}, clock=clock)
        levels = [StockLevel(sku=ChannelSku(f"SKU-{n:06}"), units=3) for n in range(count)]
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        receipt = runner.run(MiraklChannel(config).push_stock(levels))
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert len(receipt.accepted) == count
    assert market.bytes > 1_000_000
    assert peak / count < 64  # bytes for each row: its place in some lists, and no file
