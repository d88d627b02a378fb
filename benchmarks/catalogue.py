"""The races of the pure core: a catalogue's levels, push plans and settlement, and that the last two are linear."""

import gc
import random
import time
from collections.abc import Callable
from decimal import Decimal

import numpy as np

from khaos_connectors.core.ats_table import AtsTable
from khaos_connectors.core.availability import ListingPolicy
from khaos_connectors.core.buffers import Fixed, MaxOf, Percent
from khaos_connectors.core.ids import ChannelId, ChannelSku, LineId, LocationId, OrderId, OrderRef, StockCode
from khaos_connectors.core.push import WantedLevel, plan_push
from khaos_connectors.core.settlement import (
    Expected,
    ExpectedOrder,
    LineClass,
    LineKind,
    Meaning,
    SettlementLine,
    classify,
    match,
)
from khaos_connectors.core.stock import StockFigure

TABLE = {"ORDER_AMOUNT": Meaning(LineClass.SALE, LineKind.GOODS)}


def catalogue(size: int) -> list[StockFigure]:
    luck = random.Random(7)
    return [
        StockFigure(
            stock_code=StockCode(f"K{n}"),
            location=LocationId("main"),
            available=luck.randrange(400),
            back_order=luck.randrange(2),
            held=luck.randrange(2),
        )
        for n in range(size)
    ]


def levels(size: int) -> "tuple[Callable[[], object], Callable[[], object], Callable[[], object]]":
    """Four channels' levels of every figure; copying the three attributes into numpy; one comparison per figure."""
    figures = catalogue(size)
    table = AtsTable(
        {
            ChannelId(f"channel-{n}"): ListingPolicy(
                pool_buffer=MaxOf(Fixed(2), Percent("10%")), channel_buffer=Fixed(n), max_to_list=50 * (n + 1)
            )
            for n in range(4)
        }
    )
    before = table.pools(figures)

    def copied() -> object:
        return (
            np.fromiter((one.available for one in figures), np.int64, size),
            np.fromiter((one.back_order for one in figures), np.int64, size),
            np.fromiter((one.held for one in figures), np.int64, size),
        )

    return lambda: table.table(figures), copied, lambda: list(table.changes(before, before))


def planned(size: int) -> Callable[[], object]:
    """A push plan over *size* listings of which a tenth has changed."""
    luck = random.Random(8)
    acked = {ChannelSku(f"S{n}"): luck.randrange(100) for n in range(size)}
    wanted = [WantedLevel(sku=sku, units=units + (n % 10 == 0)) for n, (sku, units) in enumerate(acked.items())]
    return lambda: plan_push(wanted, acked)


def settled(lines: int) -> Callable[[], object]:
    """*lines* settlement lines against half as many orders of two lines each."""
    orders = [
        ExpectedOrder(
            order_id=OrderId(f"O{n}"),
            reference=OrderRef(f"R{n}"),
            currency="GBP",
            parts=tuple(
                Expected(line_id=LineId(f"O{n}-{part}"), kind=LineKind.GOODS, amount=Decimal("10.00"))
                for part in (1, 2)
            ),
        )
        for n in range(lines // 2)
    ]
    statement = [
        classify(
            SettlementLine(
                line_id=f"L{n}",
                statement_id="S1",
                type="ORDER_AMOUNT",
                currency="GBP",
                amount=Decimal("10.00"),
                order_id=OrderId(f"O{n // 2}"),
                order_line_id=LineId(f"O{n // 2}-{1 + n % 2}"),
            ),
            TABLE,
        )
        for n in range(lines)
    ]
    return lambda: match(statement, orders=orders, credit_notes=(), fees={})


def seconds(way: Callable[[], object], rounds: int) -> float:
    """The best of *rounds*, without the collector: its cost grows with whatever else is in memory."""
    best = float("inf")
    for _ in range(rounds):
        gc.collect()
        gc.disable()
        begun = time.perf_counter()
        way()
        best = min(best, time.perf_counter() - begun)
        gc.enable()
    return best
