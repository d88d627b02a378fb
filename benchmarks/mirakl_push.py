"""Pushes stock through Mirakl's published limits against a simulated marketplace and prints how much of them is used.

The clock is simulated, so a push that would take hours runs in seconds; the calls travel unevenly. What the push itself
holds in memory is measured apart, against a marketplace that keeps nothing.
"""

import argparse
import random
import time
import tracemalloc
from datetime import datetime

from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.hooks import CallEvent
from khaos_connectors.calls.messages import Outcome, Request, Response
from khaos_connectors.core.ids import AccountId, ChannelSku
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.protocols import StockLevel
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState, RateLimit
from khaos_connectors.testing.simulators.routes import transport

LIMITS = {
    "STO01": RateLimit(calls=1, seconds=60),
    "STO02": RateLimit(calls=1, seconds=15),
    "STO03": RateLimit(calls=1, seconds=60),
}


class Road:
    """Carries requests to the marketplace; each takes up to *longest* seconds there, and as many back."""

    def __init__(self, market: MiraklSimulator, clock: ManualClock, longest: float) -> None:
        self._carry = transport(market)
        self._clock = clock
        self._longest = longest
        self._chance = random.Random(7)

    def send(self, request: Request) -> Outcome:
        """The marketplace's answer, some time later."""
        self._clock.advance(self._chance.uniform(0, self._longest))
        answer = self._carry.send(request)
        self._clock.advance(self._chance.uniform(0, self._longest))
        return answer


class Taker:
    """A marketplace that takes every file at once and keeps none of it."""

    def send(self, request: Request) -> Outcome:
        """The id of an import, or that it is complete."""
        body = b'{"import_id": "1"}' if request.method == "POST" else b'{"import_id": "1", "status": "COMPLETE"}'
        return Response(status=200, body=body)


def held(skus: int, per_file: int) -> int:
    """How many bytes a push of *skus* levels holds at most, beside the levels themselves."""
    levels = [StockLevel(sku=ChannelSku(f"SKU-{n:06}"), units=n % 50) for n in range(skus)]
    config = MiraklConfig(
        account=AccountId("bench"), base_url="https://shop.example.com", api_key="k", stock_rows_per_file=per_file
    )
    runner = Runner({"bench": Taker()}, clock=ManualClock())
    tracemalloc.start()
    try:
        runner.run(MiraklChannel(config).push_stock(levels))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def main() -> None:
    """Push and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--skus", type=int, default=100_000)
    options.add_argument("--per-file", type=int, default=1000)
    options.add_argument("--failing", type=float, default=0.004, help="the share of rows that the marketplace refuses")
    given = options.parse_args()
    clock = ManualClock()
    market = MiraklSimulator(
        clock=clock.now,
        api_key="k",
        offers={f"SKU-{n:06}": OfferState(price="9.99", quantity=0) for n in range(given.skus)},
        settings=MiraklSettings(limits=LIMITS, import_seconds=45, failing_rate=given.failing),
    )
    uploads: list[datetime] = []
    refused: list[str] = []

    def watch(event: CallEvent) -> None:
        if event.operation == "STO01":
            uploads.append(clock.now())
        if event.status == 429:
            refused.append(event.operation)

    config = MiraklConfig(
        account=AccountId("bench"),
        base_url="https://shop.example.com",
        api_key="k",
        stock_rows_per_file=given.per_file,
    )
    levels = [StockLevel(sku=ChannelSku(f"SKU-{n:06}"), units=n % 50) for n in range(given.skus)]
    runner = Runner({"bench": Road(market, clock, 0.9)}, clock=clock, hooks=[watch])
    began, start = clock.now(), time.perf_counter()
    receipt = runner.run(MiraklChannel(config).push_stock(levels))
    took, real = clock.now() - began, time.perf_counter() - start
    used = (len(uploads) - 1) * 60 / (uploads[-1] - uploads[0]).total_seconds() if len(uploads) > 1 else 1.0
    told = (("accepted", receipt.accepted), ("refused", receipt.refused), ("pending", receipt.pending))
    print(", ".join(f"{len(rows)} {name}" for name, rows in told))
    print(f"{len(uploads)} files, {len(refused)} answers 429, {used:.1%} of the allowed uploads used")
    print(f"{took} by the marketplace's clock, {real:.1f} s here")
    for skus in (given.skus // 2, given.skus):
        most = held(skus, given.per_file)
        print(f"{skus} rows: {most / 2**20:.1f} MiB at most, {most / max(skus, 1):.0f} bytes a row")


if __name__ == "__main__":
    main()
