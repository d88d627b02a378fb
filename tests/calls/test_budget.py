"""One pace for several processes: what a shared pacer asks of its book, and what it makes of the answers."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from khaos_connectors.calls.budget import SharedPacer
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.effects import Do
from khaos_connectors.calls.flows import gather
from khaos_connectors.calls.messages import Call, Outcome, Request, Response
from khaos_connectors.calls.pace import Limit, Pacer, Slot
from khaos_connectors.calls.refusals import refusal
from khaos_connectors.calls.retry import RetryPolicy
from khaos_connectors.errors import RateLimited
from khaos_connectors.store import MemoryStore
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.play import play


def status(response: Response) -> int:
    if response.status >= 300:
        raise refusal(response, system="shop", operation="op", message="too many")
    return response.status


CALL: Call[int] = Call(operation="op", repeat="free", request=Request(method="GET", path="/x"), decode=status)


def shared(book: MemoryStore, account: str = "shop", **limits: Any) -> SharedPacer:
    return SharedPacer(Pacer({"op": Limit(1, 60)}, jitter=0, **limits), book, account=account)


def caller(book: MemoryStore, **more: Any) -> Caller:
    return Caller("shop", pacer=shared(book, **more))


def ok(_: Request) -> Outcome:
    return Response(status=200)


def test_two_callers_keep_one_limit(drive: Any) -> None:
    """Each has a pacer of its own, as two processes do, and the second waits for the slot after the first's."""
    book, clock = MemoryStore(), ManualClock()

    for number in range(4):
        drive(caller(book).perform(CALL), {"shop": ok}, clock=clock)
        assert sum(clock.slept) == 60 * number


def test_accounts_and_other_operations_do_not_wait(drive: Any) -> None:
    """The lane is the account's and the operation's; what has no limit asks nobody."""
    book, clock = MemoryStore(), ManualClock()
    drive(caller(book).perform(CALL), {"shop": ok}, clock=clock)
    drive(caller(book, account="other").perform(CALL), {"shop": ok}, clock=clock)

    free: Call[int] = Call(operation="free", repeat="free", request=CALL.request, decode=status)
    assert not play(caller(book).perform(free), [Response(status=200)]).of(Do)
    assert clock.slept == []


class Together(ManualClock):
    """A clock that moves when all of *flows* wait: not while one of them asks its book in a thread."""

    def __init__(self, flows: int) -> None:
        super().__init__()
        self.flows = flows
        self._targets: list[datetime] = []

    async def sleep_async(self, seconds: float) -> None:
        """Return when it is this flow's time."""
        target = self.now() + timedelta(seconds=seconds)
        self._targets.append(target)
        while not (len(self._targets) == self.flows and min(self._targets) == target):
            await asyncio.sleep(0)
        self._targets.remove(target)
        self.advance((target - self.now()).total_seconds())


def test_many_at_once_are_spaced() -> None:
    """Twenty flows of one loop, on two pacers, leave one a minute."""
    book, clock, sent = MemoryStore(), Together(20), list[float]()
    start = clock.now()

    class Shop:
        async def send(self, request: Request) -> Outcome:
            sent.append((clock.now() - start).total_seconds())
            clock.flows -= 1
            return Response(status=200)

    callers = [caller(book), caller(book)]
    flows = [callers[number % 2].perform(CALL) for number in range(20)]
    asyncio.run(AsyncRunner({"shop": Shop()}, clock=clock).run(gather(flows, limit=20)))
    assert sent == [60.0 * number for number in range(20)]


def test_complaint_04_a_429_that_one_process_gets_holds_for_all(drive: Any) -> None:
    """The seconds of ``Retry-After`` are waited by everybody who uses the key, not by who was refused alone."""
    book, clock = MemoryStore(), ManualClock()
    once = Caller("shop", pacer=shared(book), retry=RetryPolicy(attempts=1))

    with pytest.raises(RateLimited):
        drive(once.perform(CALL), {"shop": lambda _: Response(status=429, headers={"retry-after": "90"})}, clock=clock)
    assert drive(caller(book).perform(CALL), {"shop": ok}, clock=clock) == 200

    assert clock.slept == [90.0]


@pytest.mark.parametrize("together", [True, False])
def test_complaint_04_whoever_waits_for_a_slot_hears_of_a_429(*, together: bool) -> None:
    """Six wait in line, and the first is told to be quiet for ten minutes: the others do not call meanwhile, in the
    same process or in another one, and afterwards leave one by one.
    """
    book, clock, sent = MemoryStore(), Together(6), list[float]()
    start, limit = clock.now(), Pacer({"op": Limit(1, 60)}, jitter=0)

    class Shop:
        async def send(self, request: Request) -> Outcome:
            sent.append((clock.now() - start).total_seconds())
            await asyncio.sleep(0)  # the others take their slots meanwhile
            if len(sent) == 1:
                return Response(status=429, headers={"retry-after": "600"})
            clock.flows -= 1
            return Response(status=200)

    patient = RetryPolicy(budget=3600, spread=0)
    callers = [Caller("shop", pacer=shared(book) if together else limit, retry=patient) for _ in range(6)]
    flows = [each.perform(CALL) for each in callers]
    asyncio.run(AsyncRunner({"shop": Shop()}, clock=clock).run(gather(flows, limit=6)))
    assert sent[0] == 0
    assert sent[1:] == [600.0 + 60 * number for number in range(6)]


@pytest.mark.parametrize("together", [True, False])
def test_slots_of_programs_that_died_do_not_pile_up(drive: Any, *, together: bool) -> None:
    """A program that is killed while it waits and started again, for an hour, leaves minutes behind and no day."""
    book, clock, limit = MemoryStore(), ManualClock(), Pacer({"op": Limit(1, 60)}, jitter=0)
    pace = shared(book) if together else limit
    for _ in range(720):
        turn = drive(pace.turn("op", clock.now(), patience=0), clock=clock)
        clock.advance(5)
    assert not turn.taken

    drive(Caller("shop", pacer=pace).perform(CALL), {"shop": ok}, clock=clock)

    assert 60 < sum(clock.slept) <= 360


def test_a_clock_that_goes_slow_costs_no_slot(drive: Any) -> None:
    """Who waited for the end of the quiet, and is a moment early by the clock, waits that moment and no slot more."""

    class Slow(ManualClock):
        def sleep(self, seconds: float) -> None:
            self.slept.append(seconds)
            self.advance(seconds * 0.999)

        async def sleep_async(self, seconds: float) -> None:
            self.sleep(seconds)

    clock, pacer = Slow(), Pacer({"op": Limit(1, 60)}, jitter=0)
    pacer.hold("op", clock.now(), 90)
    drive(Caller("shop", pacer=pacer).perform(CALL), {"shop": ok}, clock=clock)
    assert clock.slept == [90, pytest.approx(0.09)]


def test_no_quiet_is_kept_for_years(drive: Any) -> None:
    """A gateway that counts in milliseconds would end all calls for a month; after a day the system is asked again."""
    book, clock = MemoryStore(), ManualClock()
    with pytest.raises(RateLimited) as told:
        drive(
            caller(book).perform(CALL),
            {"shop": lambda _: Response(status=429, headers={"retry-after": "3600000"})},
            clock=clock,
        )
    assert told.value.retry_after == 3_600_000, "what was said is told as it was said"
    assert book.quiet_left("shop", "op", at=clock.now()) == 86_400


def test_quiet_that_outlasts_the_patience_is_told(drive: Any) -> None:
    """An hour of quiet is not slept through: ``RateLimited``, nothing sent, and no slot used up."""
    book, clock = MemoryStore(), ManualClock()
    book.hush("shop", "op", at=clock.now(), seconds=3600)
    impatient = Caller("shop", pacer=shared(book), retry=RetryPolicy(budget=120))

    with pytest.raises(RateLimited, match="not sent") as told:
        drive(impatient.perform(CALL), {}, clock=clock)

    assert told.value.retry_after == 3600
    assert book.reserve_slot("shop", "op", at=clock.now() + timedelta(hours=1), spacing=60, patience=0).wait == 0


def test_a_slot_that_passed_while_the_book_was_busy_is_given_up(drive: Any) -> None:
    """A call made half a minute after its slot would be too near the next one's: another slot is taken."""
    clock, asked = ManualClock(), list[float]()

    class Busy(MemoryStore):
        def reserve_slot(self, *args: Any, **more: Any) -> Any:
            slot = super().reserve_slot(*args, **more)
            asked.append(slot.wait)
            if len(asked) == 1:
                clock.advance(30)
            return slot

    drive(caller(Busy()).perform(CALL), {"shop": ok}, clock=clock)
    assert asked == [0, 30]
    assert clock.slept == [30]


def test_a_book_that_is_always_late_is_not_asked_for_ever() -> None:
    """Three slots are tried; then the call is made."""
    clock, asked = ManualClock(), list[int]()

    class Late(MemoryStore):
        def reserve_slot(self, *args: Any, **more: Any) -> Any:
            asked.append(1)
            clock.advance(500)
            return Slot(wait=0)

    flow = shared(Late()).turn("op", clock.now(), patience=0)
    found = Runner({}, clock=clock).run(flow)
    assert found.wait == 0
    assert len(asked) == 3


def test_what_the_book_raises_comes_out_before_anything_is_sent(drive: Any) -> None:
    """A store that cannot be reached is the caller's to hear of; a call without a slot is not made."""

    class Broken(MemoryStore):
        def reserve_slot(self, *args: Any, **more: Any) -> Any:
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        drive(caller(Broken()).perform(CALL), {})


def test_an_operation_without_a_limit_is_not_hushed(drive: Any) -> None:
    """There is no lane to hold."""
    clock = ManualClock()
    pacer = shared(MemoryStore())
    drive(pacer.hush("free", clock.now(), 10), clock=clock)
    assert drive(pacer.turn("free", clock.now(), patience=0), clock=clock) == Slot(wait=0)


def test_quiet_of_one_operation_leaves_the_others_alone(drive: Any) -> None:
    """Where limits are by operation, a 429 of one that shares our courtesy pace silences it alone, for everybody."""
    book, clock = MemoryStore(), ManualClock()

    def pacer() -> SharedPacer:
        return SharedPacer(Pacer({}, Limit(1, 1), jitter=0, apart=True), book, account="shop")

    def wait(operation: str, patience: float = 60) -> tuple[float, float]:
        turn = drive(pacer().turn(operation, clock.now(), patience=patience), clock=clock)
        return turn.wait, turn.quiet

    drive(pacer().hush("read", clock.now(), 30), clock=clock)
    assert wait("write") == (0, 0)
    assert wait("write") == (1, 0)
    assert wait("read", patience=10) == (30, 30)
    assert [wait("read") for _ in range(3)] == [(30, 30), (31, 30), (32, 30)], "nor are they let loose together"
    clock.advance(40)
    assert wait("read") == (0, 0)
