"""One key in several processes: together they keep the limits that Mirakl has published for it."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from khaos_connectors.calls.messages import Request
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.store import MemoryStore, SqlStore
from khaos_connectors.testing.simulators import MiraklSettings, MiraklSimulator, RateLimit

Change = Callable[..., MiraklConfig]
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
WORKER = str(Path(__file__).with_name("budget_worker.py"))


class Day:
    """Programs that share one time and one marketplace. Time moves on when all of them wait."""

    def __init__(self, url: str, *, programs: int = 3, rounds: int = 5) -> None:
        self.seconds = 0.0
        self.sent: list[tuple[float, str, int]] = []
        limits = {"OR11": RateLimit(calls=1, seconds=60), "OR04": RateLimit(calls=1, seconds=60)}
        self.market = MiraklSimulator(
            clock=lambda: START + timedelta(seconds=self.seconds),
            api_key="key-123",
            offers={},
            settings=MiraklSettings(shop_id=2000, limits=limits),
        )
        self.programs = [
            subprocess.Popen(
                [sys.executable, WORKER, url, str(rounds)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for _ in range(programs)
        ]

    def pass_by(self) -> Counter[int]:
        """How often each status was answered, until every program has ended."""
        try:
            self._pass()
        finally:
            for program in self.programs:
                program.communicate()  # its end of the pipes is closed: one that still runs fails and ends
        assert all(program.returncode == 0 for program in self.programs)
        return Counter(status for _, _, status in self.sent)

    def _pass(self) -> None:
        awake, asleep = list(self.programs), dict[int, float]()
        while awake or asleep:
            for program in list(awake):
                # The others go on meanwhile, up to their own next line.
                if self._hear(program, asleep):
                    awake.remove(program)
            if not awake and asleep:
                number = min(asleep, key=lambda each: asleep[each])
                self.seconds = max(self.seconds, asleep.pop(number))
                self._tell(self.programs[number], [])
                awake.append(self.programs[number])

    def _hear(self, program: "subprocess.Popen[str]", asleep: dict[int, float]) -> bool:
        """Answer one line of a program; whether it waits now, or has ended."""
        assert program.stdout is not None
        line = program.stdout.readline()
        if not line:
            return True
        what, *rest = json.loads(line)
        if what == "sleep":
            asleep[self.programs.index(program)] = self.seconds + rest[0]
            return True
        self._tell(program, [] if what == "begin" else self._handled(*rest))
        return False

    def _handled(
        self, method: str, path: str, query: list[list[str]], headers: dict[str, str], body: str
    ) -> list[object]:
        pairs = tuple((name, value) for name, value in query)
        request = Request(method=method, path=path, query=pairs, headers=headers, body=body.encode())
        response = self.market.handle(request)
        self.sent.append((self.seconds, self.market.operation(request), response.status))
        return [response.status, dict(response.headers), response.body.decode()]

    def _tell(self, program: "subprocess.Popen[str]", answer: list[object]) -> None:
        assert program.stdin is not None
        program.stdin.write(json.dumps([self.seconds, *answer]) + "\n")
        program.stdin.flush()


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The address of a store that is ready."""
    address = f"sqlite:///{tmp_path / 'khaos.db'}"
    SqlStore(address).close()
    return address


def test_complaint_04_three_processes_with_one_key_meet_no_429(url: str) -> None:
    """Three programs on one SQLite file poll and write at once: nothing is refused, and little time is lost.

    Thirty calls on two lanes of one call a minute each take 14 minutes and the little that is kept in reserve.
    """
    day = Day(url)

    assert day.pass_by() == {200: 30}
    assert day.seconds <= 14 * 66 + 1


def test_complaint_04_a_429_for_which_nobody_here_is_to_blame(url: str) -> None:
    """Somebody else has used the key: one call is refused, waits as long as ``Retry-After`` says, and no other is."""
    day = Day(url, rounds=3)
    stranger = Request(
        method="PUT",
        path="/api/orders",
        headers={"authorization": "key-123", "content-type": "application/json"},
        body=b'{"orders": [{"order_id": "X", "references": {"order_reference_for_seller": "1"}}]}',
    )
    assert day.market.handle(stranger).status < 300

    assert day.pass_by() == {200: 18, 429: 1}


def test_without_a_shared_budget_they_are_refused() -> None:
    """The same programs, each with a budget of its own: what the other tests show is the budget's doing."""
    assert Day("", rounds=2).pass_by()[429] > 3


def test_a_budget_is_the_shops(change: Change) -> None:
    """Accounts that name the same host and shop share, whatever they are called; another shop has limits of its own."""
    book = MemoryStore()
    settings = {"budget": book, "pace_factor": 1}

    def wait(config: MiraklConfig) -> float:
        flow = config.polls().turn("OR11", START, patience=0)
        work = next(flow)
        try:
            flow.send(work.work())
            flow.send(START)
        except StopIteration as done:
            return round(done.value.wait)
        raise AssertionError("more was asked than a slot and the time")

    assert wait(change(**settings)) == 0
    assert wait(change(**settings, account="another-name", base_url="HTTPS://SHOP.example.com")) == 66
    assert wait(change(**settings, shop_id=2001)) == 0
    assert wait(change(**settings, shop_id=None)) == 0
    assert wait(change(**settings, shop_id=None, budget_name="one for all")) == 0
    assert wait(change(**settings, shop_id=2001, budget_name="one for all")) == 66


def test_a_budget_is_not_told_to_anybody(change: Change) -> None:
    """What is behind it (an address with a password, say) is not in the configuration's text."""
    assert "Store" not in repr(change(budget=MemoryStore(), api_key=Secret("hush")))
