"""A process that is killed at any moment loses nothing and doubles nothing: the next one carries on."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COMMAND = [sys.executable, "-m", "khaos_connectors"]
KILLS = 20


@contextmanager
def served_day(seed: int) -> Iterator[str]:
    """A day in a process of its own, which outlives everybody who works it; gives the world's address."""
    options = ["--seed", str(seed), "--orders", "60", "--codes", "60", "--ticks", "16", "--faults", "heavy"]
    with subprocess.Popen([*COMMAND, "simulate", *options], stdout=subprocess.PIPE, text=True) as day:
        try:
            assert day.stdout is not None
            yield json.loads(day.stdout.readline())["world"]
        finally:
            day.terminate()


def work(world: str, store: str, *more: str) -> "subprocess.Popen[str]":
    """A worker on that day."""
    command = [*COMMAND, "demo", "--world", world, "--store", store, "--json", *more]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def killed(worker: "subprocess.Popen[str]", after: float) -> bool:
    """Whether the worker was still at it after that many seconds, and was killed without warning."""
    try:
        worker.wait(timeout=after)
    except subprocess.TimeoutExpired:
        os.kill(worker.pid, signal.SIGKILL)
        worker.communicate()
        return True
    worker.communicate()  # it ended by itself: its pipe is read out and closed
    return False


def last_line(worker: "subprocess.Popen[str]") -> str:
    """What the worker said last."""
    _, said = worker.communicate(timeout=240)
    return said.strip().splitlines()[-1]


class TestKilledAtARandomMoment:
    def test_the_audit_passes_after_twenty_kills(self, tmp_path: Path) -> None:
        """However often the worker is killed in mid-work, the one that finishes the day leaves nothing lost, doubled,
        oversold or unconfirmed; both drivers take turns.
        """
        moments = random.Random(20)
        kills = 0
        for seed in range(1, 6):
            store = f"sqlite:///{tmp_path / f'day-{seed}.db'}"
            with served_day(seed) as world:
                for _ in range(KILLS - kills if seed == 5 else 7):
                    worker = work(world, store, *(["--async"] if moments.random() < 0.5 else []))
                    if not killed(worker, moments.uniform(0.9, 2.6)):
                        break
                    kills += 1
                final = work(world, store)
                line = last_line(final)
            assert line.startswith("AUDIT PASS"), f"seed {seed} after {kills} kills: {line}"
            assert final.returncode == 0
            if kills >= KILLS:
                return
        raise AssertionError(f"only {kills} workers were still at work when their time came")
