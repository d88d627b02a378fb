"""Races parts of the library against a simpler way to do the same, in one process, and prints how they compare.

A ratio above 1 means that the library is faster (or needs less memory). Both sides run in turn and the best run of
each counts, so that a busy machine disturbs both alike. ``--quick`` runs small sizes once, as a check that it works.
"""

import argparse
import gc
import json
import sqlite3
import time
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

import attrs
import catalogue
import cattrs
import exports

from khaos_connectors.calls.decode import parse_json, read
from khaos_connectors.calls.messages import Response
from khaos_connectors.calls.pace import Limit, Pacer
from khaos_connectors.calls.xml import stream
from khaos_connectors.core.ids import AccountId, ChannelSku, OrderId
from khaos_connectors.store import SqlStore
from khaos_connectors.store.protocol import RawOrder

AT = datetime(2026, 3, 2, tzinfo=UTC)
ACCOUNT = AccountId("bench")


@attrs.frozen(kw_only=True)
class Line:
    sku: str
    quantity: int
    price: Decimal
    title: str | None = None


@attrs.frozen(kw_only=True)
class Order:
    id: str
    created: datetime
    total: Decimal
    lines: tuple[Line, ...]


@attrs.frozen
class Race:
    name: str
    unit: str
    ours: float
    baseline: float
    against: str

    def __str__(self) -> str:
        ratio = self.baseline / self.ours if self.ours else float("inf")
        numbers = f"{self.ours:10.1f} {self.unit:<4}{self.baseline:10.1f} {self.unit:<4}{ratio:8.2f}x"
        return f"{self.name:<34}{numbers}  against {self.against}"


def milliseconds(ways: Iterable[Callable[[], object]], rounds: int) -> list[float]:
    """The best time of each way, run in turn."""
    every = list(ways)
    best = [float("inf")] * len(every)
    for _ in range(rounds):
        for index, way in enumerate(every):
            gc.collect()
            begun = time.perf_counter()
            way()
            best[index] = min(best[index], (time.perf_counter() - begun) * 1000)
    return best


def peak_kilobytes(way: Callable[[], object]) -> float:
    gc.collect()
    tracemalloc.start()
    way()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1024


def decode(size: int, rounds: int) -> list[Race]:
    """A page of orders into records: strict and exact, against cattrs as it comes, which is neither."""
    line = {"sku": "MUG-01", "quantity": 2, "price": 12.5, "title": "A mug", "ignored": 1}
    page = [
        {"id": f"o-{n}", "created": "2026-03-02T09:30:00Z", "total": 25.0, "lines": [line] * 3} for n in range(size)
    ]
    body = json.dumps(page).encode()
    plain = cattrs.Converter()
    plain.register_structure_hook(Decimal, lambda value, _: Decimal(str(value)))
    plain.register_structure_hook(datetime, lambda value, _: datetime.fromisoformat(value))

    def ours() -> object:
        value = parse_json(Response(status=200, body=body), system="bench", operation="orders")
        return read(tuple[Order, ...], value, system="bench", operation="orders")

    def theirs() -> object:
        return plain.structure(json.loads(body), tuple[Order, ...])

    assert ours() == theirs()
    best = milliseconds([ours, theirs], rounds)
    return [Race(f"decode {size} orders", "ms", *best, "json.loads + cattrs, unchecked")]


def xml(size: int, rounds: int) -> list[Race]:
    """A large export item by item, against the whole document in memory."""
    item = "<Item><Code>MUG-01</Code><Desc>A mug &amp; a saucer</Desc><Level>12</Level></Item>"
    text = f"<Export>{item * size}</Export>"

    def ours() -> int:
        return sum(int(one.findtext("Level", "0")) for one in stream(text, "Item", system="bench", operation="export"))

    def theirs() -> int:
        return sum(int(one.findtext("Level", "0")) for one in ET.fromstring(text).iter("Item"))

    assert ours() == theirs()
    best = milliseconds([ours, theirs], rounds)
    memory = peak_kilobytes(ours), peak_kilobytes(theirs)
    whole = "ElementTree.fromstring"
    return [
        Race(f"stream {size} XML items", "ms", *best, whole),
        Race(f"stream {size} XML items, peak", "KiB", *memory, whole),
    ]


def export(size: int, rounds: int) -> list[Race]:
    """A stock export in a file, bare and escaped inside a SOAP answer, into item masters."""
    document = exports.make(size)
    megabytes = len(document.bare.body) / 1e6
    ways = [lambda: exports.read_bare(document), lambda: exports.read_wrapped(document)]
    assert [way() for way in ways] == [size, size] == [exports.read_by_lxml(document)] * 2
    bare, wrapped, theirs = milliseconds([*ways, lambda: exports.read_by_lxml(document)], rounds)
    peaks = [peak_kilobytes(way) for way in ways]
    against = "lxml.iterparse, the same records"
    return [
        Race(f"export of {megabytes:.0f} MB", "ms", bare, theirs, against),
        Race(f"export of {megabytes:.0f} MB in SOAP", "ms", wrapped, theirs, against),
        Race("export, peak", "KiB", peaks[0], 40 * 1024.0, "40 MiB"),
        Race("export in SOAP, peak", "KiB", peaks[1], 40 * 1024.0, "40 MiB"),
    ]


class Bucket:
    """The limiter that everybody writes first: a bucket that refills and may be emptied at once."""

    def __init__(self, calls: int, seconds: float) -> None:
        self.rate, self.size, self.tokens, self.last = calls / seconds, float(calls), float(calls), AT

    def reserve(self, operation: str, now: datetime) -> float:
        self.tokens = min(self.size, self.tokens + (now - self.last).total_seconds() * self.rate)
        self.last = now
        self.tokens -= 1
        return max(0.0, -self.tokens / self.rate)


def limiter(size: int, rounds: int) -> list[Race]:
    """What a decision costs, and how many calls fall into the worst window (the limit is 10 per second)."""

    def run(limit: Pacer | Bucket) -> list[datetime]:
        now, sent = AT, []
        for _ in range(size):
            now += timedelta(seconds=limit.reserve("call", now))
            sent.append(now)
        return sent

    def worst(sent: list[datetime]) -> int:
        window: deque[datetime] = deque()
        most = 0
        for moment in sent:
            window.append(moment)
            while moment - window[0] >= timedelta(seconds=1):
                window.popleft()
            most = max(most, len(window))
        return most

    def pacer() -> Pacer:
        return Pacer({}, default=Limit(10, 1.0))

    best = milliseconds([lambda: run(pacer()), lambda: run(Bucket(10, 1.0))], rounds)
    windows = float(worst(run(pacer()))), float(worst(run(Bucket(10, 1.0))))
    return [
        Race(f"limiter, {size} decisions", "ms", *best, "a token bucket"),
        Race("limiter, worst second (10 allowed)", "", *windows, "a token bucket"),
    ]


def store(size: int, rounds: int) -> list[Race]:
    """Orders and levels into SQLite, against one commit per row with the same durability."""
    orders = [RawOrder(order_id=OrderId(f"o-{n}"), payload="x" * 2000, changed_at=AT) for n in range(size)]
    levels = {ChannelSku(f"s-{n}"): n for n in range(size)}
    with TemporaryDirectory() as folder:
        ours = SqlStore(f"sqlite:///{Path(folder) / 'ours.db'}")
        rows = sqlite3.connect(Path(folder) / "rows.db", isolation_level=None)
        rows.execute("PRAGMA journal_mode=WAL")
        rows.execute("PRAGMA synchronous=FULL")
        rows.execute("CREATE TABLE orders (id TEXT PRIMARY KEY, payload TEXT, seen TEXT)")
        rows.execute("CREATE TABLE levels (sku TEXT PRIMARY KEY, units INTEGER)")

        # Each round keeps orders that are new: what was seen before would be no work for us.
        our_round, their_round = count(), count()

        def keep() -> None:
            ours.keep_raw(AccountId(f"bench-{next(our_round)}"), orders, at=AT)

        def keep_rows() -> None:
            mark = next(their_round)
            for one in orders:
                row = (f"{mark}-{one.order_id}", one.payload, str(AT))
                rows.execute("INSERT OR REPLACE INTO orders VALUES (?, ?, ?)", row)

        def ack_rows() -> None:
            for sku, units in levels.items():
                rows.execute("INSERT OR REPLACE INTO levels VALUES (?, ?)", (sku, units))

        kept = milliseconds([keep, keep_rows], rounds)
        acked = milliseconds([lambda: ours.ack(ACCOUNT, levels, revision=1, at=AT), ack_rows], rounds)
        ours.close()
        rows.close()
    return [
        Race(f"store, {size} raw orders", "ms", *kept, "sqlite3, a commit per row"),
        Race(f"store, {size} acknowledged levels", "ms", *acked, "sqlite3, a commit per row"),
    ]


def core(size: int, rounds: int) -> list[Race]:
    """A catalogue's levels against merely copying what they are made from; plans and settlement against half as much.

    Where the baseline is half the size, both numbers are per listing or line, and a ratio of 1 is a linear cost.
    """
    table, copied, unchanged = catalogue.levels(size)
    ours, theirs, same = (catalogue.seconds(way, rounds) / size * 1e9 for way in (table, copied, unchanged))
    races = [
        Race(f"levels of {size} SKUs, 4 channels", "ns", ours, theirs, "copying 3 attributes into numpy, per SKU"),
        Race("levels, an unchanged SKU", "ns", same, ours, "working it out"),
    ]
    for name, make in (("plan_push", catalogue.planned), ("match", catalogue.settled)):
        whole, half = (catalogue.seconds(make(number), rounds) / number * 1e9 for number in (size, size // 2))
        races.append(Race(f"{name} of {size}", "ns", whole, half, "half as many, each"))
    return races


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, one round")
    quick = parser.parse_args().quick
    rounds = 1 if quick else 5
    shrink = 50 if quick else 1
    print(f"{'':<34}{'ours':>14} {'baseline':>14} {'ratio':>8}")
    for races, size in (
        (decode, 1000),
        (xml, 20_000),
        (export, 23_000),
        (limiter, 50_000),
        (store, 2000),
        (core, 100_000),
    ):
        for race in races(size // shrink, rounds):
            print(race, flush=True)


if __name__ == "__main__":
    main()
