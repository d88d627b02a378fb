"""Both systems behind bad lines: whatever is refused, dropped, broken or garbled, the day ends clean."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from khaos_connectors.core.acceptance import AcceptancePolicy
from khaos_connectors.testing.day.plan import consignment

Rig = Any  # Any: it is built in conftest.py, which other modules cannot import
Made = Callable[..., Rig]

ROUNDS = 10


def trade(made: Rig, luck: random.Random) -> None:
    """A morning: customers buy what is shown, goods come and go, parcels leave, and now and then a worker dies."""
    for round_number in range(ROUNDS):
        for sku in luck.sample(sorted(made.mirakl.offers), k=3):
            made.mirakl.buy([(sku, luck.randint(1, 2))])
        made.khaos.receive(luck.choice(("KC-1", "KC-2", "KC-3")), luck.randrange(4))
        if round_number == 4:
            made.mirakl.cancel_order(next(iter(made.mirakl.orders)))
        made.imports()
        made.pushes(full=round_number % 4 == 0)
        made.confirms()
        send_parcels(made, luck)
        made.pass_time(minutes=15)


def send_parcels(made: Rig, luck: random.Random) -> None:
    for order in list(made.khaos.orders.values()):
        if order.cancelled is None and order.remaining and not order.back_order:
            codes = sorted({line.stock_code for line in order.lines if line.remaining})
            part = {codes[0]: sum(line.remaining for line in order.lines if line.stock_code == codes[0])}
            units = part if len(codes) > 1 and luck.random() < 0.5 else None
            made.khaos.pick_and_despatch(order.code, courier="DPD", consignment=consignment("DPD", luck), units=units)


@pytest.mark.parametrize("asynchronous", [False, True], ids=["blocking", "asynchronous"])
@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_lost_doubled_oversold_or_unconfirmed(rig: Made, seed: int, *, asynchronous: bool) -> None:
    """With heavy faults on both lines: every order is in the ERP once or on a list, every parcel told once, no unit
    promised that is not there. Odd seeds trade on a channel that takes one shipment per order.
    """
    luck = random.Random(seed)
    made = rig(
        stock={"KC-1": 9, "KC-2": 6, "KC-3": 3},
        offers={"KC-1": 0, "KC-2": 0, "KC-3": 0, "KC-1-X2": 0, "kc-3": 4},
        packs={"KC-1-X2": ("KC-1", 2)},
        market={"multi_shipment": seed % 2 == 0, "unseen_every": 5, "partial_acceptance": seed % 3 == 0},
        acceptance=AcceptancePolicy(on_shortage="refuse" if seed % 2 else "hold"),
        faults="heavy",
        seed=seed,
        asynchronous=asynchronous,
    )
    trade(made, luck)
    for _ in range(4):  # what still fails by chance is tried again
        made.settle(2)
        send_parcels(made, luck)
    made.settle(2)
    verdict = made.audit()
    assert verdict.passed, (verdict, verdict.lost, verdict.doubled, verdict.oversold, verdict.unconfirmed)
    assert verdict.orders > ROUNDS
    assert made.mirakl_faults.injected
    assert made.khaos_faults.injected
    assert not any(made.khaos.duplicates.values())
