"""A program of its own that works on a store.

``claims URL OWNER START``, ``slots URL COUNT`` or ``writes URL SEED``.
"""

import sys
import time
from datetime import UTC, datetime, timedelta

from khaos_connectors.core.ids import AccountId, LineId, OrderId, OrderRef, StockCode
from khaos_connectors.core.stock import Demand
from khaos_connectors.store import SqlStore
from khaos_connectors.store.protocol import IntentState, Progress, RawOrder

A = AccountId("john-lewis")
AT = datetime(2026, 3, 2, tzinfo=UTC)


def claims(url: str, owner: str, start: float) -> None:
    """Open the database at *start* and print the keys of those of twenty intents that *owner* got."""
    time.sleep(max(0.0, start - time.time()))
    store = SqlStore(url)
    for number in range(20):
        until = AT + timedelta(minutes=5)
        if store.claim(A, "ship", f"{number}", digest="", owner=owner, at=AT, until=until):
            print(number)
    store.close()


def slots(url: str, count: int) -> None:
    """Ask for *count* slots a minute apart, all at the same moment, and print how long each is to be waited for."""
    store = SqlStore(url)
    for _ in range(count):
        print(store.reserve_slot("jl", "OR04", at=AT, spacing=60, patience=0).wait)
    store.close()


def writes(url: str, seed: int) -> None:
    """Keep orders with their demand and intents until somebody kills the process; say so after the first ones."""
    store, number = SqlStore(url), seed * 1_000_000
    while True:
        ids = [OrderId(f"{number + i}") for i in range(20)]
        store.keep_raw(A, [RawOrder(order_id=one, payload="x" * 4000) for one in ids], at=AT)
        for one in ids[:3]:
            line = Demand(account=A, order_id=one, line_id=LineId("l"), stock_code=StockCode("C"), ordered=1)
            store.set_demand(A, one, [line, line])
            intent = store.claim(A, "create", one, digest="", owner="w", at=AT, until=AT)
            store.mark(A, one, Progress.POSTED, at=AT, reference=OrderRef(f"R{one}"))
            if intent:
                store.settle(intent, IntentState.DONE, at=AT)
        print("wrote", flush=True)
        number += 20


if __name__ == "__main__":
    if sys.argv[1] == "claims":
        claims(sys.argv[2], sys.argv[3], float(sys.argv[4]))
    elif sys.argv[1] == "slots":
        slots(sys.argv[2], int(sys.argv[3]))
    else:
        writes(sys.argv[2], int(sys.argv[3]))
