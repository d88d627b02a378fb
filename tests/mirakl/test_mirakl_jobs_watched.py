"""A job that does not run is seen: each writes down when it ran and how it ended."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from khaos_connectors import errors
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.messages import Lost, Outcome, Request
from khaos_connectors.calls.retry import RetryPolicy
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.pipelines.watching import jobs_of, watched
from khaos_connectors.store import MemoryStore
from khaos_connectors.store.runs import JobState
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.mirakl import MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.routes import transport

Change = Callable[..., MiraklConfig]
EVERY = {"orders": timedelta(minutes=15), "tracking": timedelta(minutes=30), "stock": timedelta(hours=1)}


class Shop:
    """A marketplace that can be switched off, its clock, and a store."""

    def __init__(self, config: MiraklConfig) -> None:
        self.clock, self.store, self.is_off = ManualClock(), MemoryStore(), False
        market = MiraklSimulator(
            clock=self.clock.now, api_key="key-123", offers={"MUG": OfferState(price="8.50", quantity=2)}
        )
        self.market = transport(market)
        self.channel = MiraklChannel(config)
        self.runner = Runner({"john-lewis": self}, clock=self.clock)

    def send(self, request: Request) -> Outcome:
        return Lost(sent=False, reason="could not connect") if self.is_off else self.market.send(request)

    def poll(self) -> None:
        """The job that reads orders."""
        flow = self.channel.orders(since=self.clock.now() - timedelta(days=1))
        words = lambda batch: f"{len(batch.items)} orders"  # noqa: E731 - short, and used once
        self.runner.run(watched(self.store, self.channel.account, "orders", flow, summary=words))

    def states(self) -> dict[str, JobState]:
        found = self.runner.run(jobs_of(self.store, self.channel.account, EVERY))
        return {each.job: each.state for each in found}


@pytest.fixture
def shop(change: Change) -> Shop:
    """A shop without patience."""
    return Shop(change(retry=RetryPolicy(attempts=1)))


def test_complaint_17_a_tracking_job_that_does_not_run_is_seen(shop: Shop) -> None:
    """Orders come in all day while nobody started the job that tells shipments: it is the first of the list."""
    for _ in range(3):
        shop.poll()
        shop.clock.advance(600)

    found = shop.runner.run(jobs_of(shop.store, shop.channel.account, EVERY))
    assert [each.job for each in found if each.state is JobState.NEVER_RAN] == ["stock", "tracking"]
    assert str(found[-1]) == "john-lewis: orders is fine: the last good run ended 2026-01-05 09:20: 0 orders"


def test_complaint_17_a_job_that_stopped_and_one_that_fails_are_told_apart(shop: Shop) -> None:
    """Late is a scheduler's trouble, failing an account's: the reason stands beside it, and it is raised as before."""
    shop.poll()
    shop.clock.advance(901)
    assert shop.states()["orders"] is JobState.LATE

    shop.is_off = True
    with pytest.raises(errors.NotSent):
        shop.poll()
    found = shop.runner.run(jobs_of(shop.store, shop.channel.account, EVERY))
    failing = next(each for each in found if each.job == "orders")
    assert failing.state is JobState.FAILING
    assert "failed 1 times since, with NotSent: john-lewis.OR11: not sent: could not connect" in failing.why

    shop.is_off = False
    shop.poll()
    assert shop.states()["orders"] is JobState.FINE


def test_a_killed_run_shows_as_one_that_does_not_end(shop: Shop) -> None:
    """Its beginning was written down before anything could happen."""
    flow = watched(shop.store, shop.channel.account, "orders", shop.channel.orders(since=shop.clock.now()))
    next(flow)
    work = flow.send(shop.clock.now())
    work.work()
    flow.send(None)
    flow.close()
    shop.clock.advance(3601)
    assert shop.states()["orders"] is JobState.HANGING


def test_a_report_that_tells_a_failure_is_one(shop: Shop) -> None:
    """Pipelines report a feed that could not be read instead of raising it."""
    for trouble, state in (("the feed was not read", JobState.FAILING), ("", JobState.FINE)):
        flow = watched(shop.store, shop.channel.account, "stock", shop.channel.check(), failed=lambda _, t=trouble: t)
        assert shop.runner.run(flow).version
        assert shop.states()["stock"] is state
