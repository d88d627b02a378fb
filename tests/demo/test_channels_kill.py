"""A process with the door in it is killed at any moment, and the ERP calls in vain; the next one carries on."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

COMMAND = [sys.executable, "-m", "khaos_connectors"]
DAY = ["--erp", "channels", "--seed", "4", "--orders", "30", "--codes", "30", "--ticks", "16", "--faults", "heavy"]
KILLS = 5


def work(world: str, store: str, *more: str) -> "subprocess.Popen[str]":
    """A worker on that day, with a door of its own: the ERP is told of its address."""
    command = [*COMMAND, "demo", "--world", world, "--store", store, "--json", *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def killed(worker: "subprocess.Popen[str]", after: float) -> bool:
    """Whether the worker was still at it after that many seconds, and was killed without warning."""
    try:
        worker.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        os.kill(worker.pid, signal.SIGKILL)
        worker.communicate()
        return True
    return False


def test_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    """Orders are in the ERP once, parcels are told once, and each refund has one credit note of its amount.

    A quick machine may be through with the day before the last worker is to be killed.
    """
    moments = random.Random(5)
    store = f"sqlite:///{tmp_path / 'day.db'}"
    kills = 0
    with subprocess.Popen([*COMMAND, "simulate", *DAY], stdout=subprocess.PIPE, text=True) as day:
        try:
            assert day.stdout is not None
            world = json.loads(day.stdout.readline())["world"]
            for number in range(KILLS):
                worker = work(world, store, *(["--async"] if number % 2 else []))
                kills += killed(worker, moments.uniform(0.8, 1.6))
            final = work(world, store)
            said, beside = final.communicate(timeout=120)
        finally:
            day.terminate()

    assert kills >= 2
    assert beside.strip().splitlines()[-1].startswith("AUDIT PASS")
    assert json.loads(said)["audit"]["credited"] > 0
    assert final.returncode == 0
