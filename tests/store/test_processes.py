"""Several processes and threads on one database, and processes that are killed."""

import asyncio
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from khaos_connectors.core.ids import AccountId, ChannelSku, OrderId
from khaos_connectors.store import MemoryStore, SqlStore, Store
from khaos_connectors.store.database import checked, open_engine
from khaos_connectors.store.protocol import IntentState, Progress, RawOrder

A = AccountId("john-lewis")
At = Callable[..., datetime]


WORKER = str(Path(__file__).with_name("worker.py"))


def start_worker(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, WORKER, *arguments], stdout=subprocess.PIPE, text=True)


class TestProcesses:
    def test_exactly_one_process_wins_each_intent(self, url: str) -> None:
        """Processes open a new database at the same moment and claim the same intents: each goes to one of them."""
        start = f"{time.time() + 1.5}"
        workers = [start_worker("claims", url, owner, start) for owner in ("one", "two", "three")]
        won = [worker.communicate(timeout=60)[0].split() for worker in workers]

        assert [worker.returncode for worker in workers] == [0, 0, 0]
        assert sorted([key for keys in won for key in keys], key=int) == [f"{number}" for number in range(20)]

    def test_a_killed_writer_leaves_a_consistent_store(self, tmp_path: Path) -> None:
        """SIGKILL in the middle of writing: the file opens at once, is sound, and no method took effect by half."""
        url = f"sqlite:///{tmp_path / 'store.db'}"
        chance = random.Random(7)
        for seed in range(4):
            with start_worker("writes", url, f"{seed}") as writer:
                assert writer.stdout is not None
                assert writer.stdout.readline() == "wrote\n"
                time.sleep(chance.uniform(0.0, 0.1))  # any moment will do
                writer.kill()
                writer.stdout.read()

            store = SqlStore(url)
            engine = create_engine(url)
            with engine.connect() as connection:
                assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
            engine.dispose()
            assert sum(store.counts(A).values()) % 20 == 0
            assert set(Counter(demand.order_id for demand in store.demand()).values()) == {2}
            for intent in store.intents(A, "create", state=IntentState.DONE):
                order = store.order(A, OrderId(intent.key))
                assert order is not None
                assert order.progress is Progress.POSTED
            store.close()

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
    @pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
    def test_a_forked_child_opens_its_own_connections(self, url: str, at: At) -> None:
        """A store that was opened before a fork works in parent and child."""
        store = SqlStore(url)
        store.advance(A, "orders", at(1))
        of_parent = connection_of(store)
        child = os.fork()
        if child == 0:
            store.advance(A, "orders", at(2))
            good = store.watermark(A, "orders") == at(2) and connection_of(store) is not of_parent
            os._exit(0 if good else 1)
        _, status = os.waitpid(child, 0)

        assert os.waitstatus_to_exitcode(status) == 0
        assert store.watermark(A, "orders") == at(2)
        assert connection_of(store) is of_parent
        store.close()

    def test_many_open_a_new_file_at_once(self, tmp_path: Path) -> None:
        """Turning a new file to WAL, SQLite gives up at once where two want it together; the store tries again."""

        def open_one(round_: int) -> str:
            engine = open_engine(checked(f"sqlite:///{tmp_path / f'{round_}.db'}"))
            together.wait()
            with engine.connect() as connection:
                mode: str = connection.execute(text("PRAGMA journal_mode")).scalar_one()
            engine.dispose()
            return mode

        together = threading.Barrier(6, timeout=20)
        with ThreadPoolExecutor(6) as pool:
            modes = list(pool.map(open_one, [number // 6 for number in range(6 * 60)]))

        assert set(modes) == {"wal"}


def connection_of(store: SqlStore) -> object:
    """The connection that the next method of *store* uses."""
    borrowed = store._transactions.engine.raw_connection()
    try:
        return borrowed.dbapi_connection
    finally:
        borrowed.close()


class TestThreads:
    @pytest.mark.parametrize("kind", ["memory", "database"])
    def test_worker_threads_share_a_store(self, url: str, kind: str, at: At) -> None:
        """As an asynchronous runner uses it: work in many threads at once, no number given twice, nothing lost."""
        store: Store = MemoryStore() if kind == "memory" else SqlStore(url)

        def work(number: int) -> int:
            store.ack(A, {ChannelSku(f"{number}"): number}, revision=1, at=at(0))
            store.keep_raw(A, [RawOrder(order_id=OrderId(f"{number}"), payload="x")], at=at(0))
            store.claim(A, "ship", f"{number % 5}", digest="", owner=f"{number}", at=at(0), until=at(1))
            return store.next_revision(A)

        async def all_at_once() -> list[int]:
            return await asyncio.gather(*(asyncio.to_thread(work, number) for number in range(200)))

        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)  # threads take turns as often as they can
        try:
            revisions = asyncio.run(all_at_once())
        finally:
            sys.setswitchinterval(interval)

        assert sorted(revisions) == list(range(1, 201))
        assert len(store.acked(A)) == len(store.orders(A)) == 200
        assert [intent.attempts for intent in store.intents(A, "ship")] == [1] * 5
        store.close()
