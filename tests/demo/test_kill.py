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

import attrs
import pytest

COMMAND = [sys.executable, "-m", "khaos_connectors"]
FEW = ["--faults", "heavy", "--ticks", "16"]


@attrs.frozen
class Ground:
    """A kind of day, how its workers are killed, and how many kills are wanted over all its days."""

    day: tuple[str, ...]
    wanted: int
    kills_a_day: int
    moments: tuple[float, float]


# Khaos Control over SOAP; and over Channels, where the worker is a door that the ERP calls, at times in vain.
SOAP = Ground(("--orders", "60", "--codes", "60"), wanted=20, kills_a_day=7, moments=(0.9, 2.6))
CHANNELS = Ground(("--erp", "channels", "--orders", "30", "--codes", "30"), wanted=5, kills_a_day=5, moments=(0.8, 1.6))


@contextmanager
def served_day(*options: str) -> Iterator[str]:
    """A day in a process of its own, which outlives everybody who works it; gives the world's address."""
    with subprocess.Popen([*COMMAND, "simulate", *FEW, *options], stdout=subprocess.PIPE, text=True) as day:
        try:
            assert day.stdout is not None
            yield json.loads(day.stdout.readline())["world"]
        finally:
            day.terminate()


def work(world: str, store: str, *more: str) -> "subprocess.Popen[str]":
    """A worker on that day."""
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


@pytest.mark.parametrize("ground", [SOAP, CHANNELS], ids=["soap", "channels"])
def test_the_audit_passes_however_often_the_worker_is_killed(ground: Ground, tmp_path: Path) -> None:
    """The worker that finishes a day leaves nothing lost, doubled, oversold or unconfirmed, and every refund with one
    credit note where the door takes them; both drivers take turns. Days go on until enough workers were killed.
    """
    moments = random.Random(20)
    kills = credited = 0
    for seed in range(1, 11):
        store = f"sqlite:///{tmp_path / f'day-{seed}.db'}"
        with served_day(*ground.day, "--seed", str(seed)) as world:
            for _ in range(min(ground.kills_a_day, ground.wanted - kills)):
                worker = work(world, store, *(["--async"] if moments.random() < 0.5 else []))
                if not killed(worker, moments.uniform(*ground.moments)):
                    break
                kills += 1
            final = work(world, store)
            said, beside = final.communicate(timeout=240)
        line = beside.strip().splitlines()[-1]
        assert line.startswith("AUDIT PASS"), f"seed {seed} after {kills} kills: {line}"
        assert final.returncode == 0
        credited += json.loads(said)["audit"].get("credited", 0)
        if kills >= ground.wanted:
            break
    assert kills >= ground.wanted, f"only {kills} workers were still at work when their time came"
    assert credited > 0 or ground is SOAP
