"""Thousands of orders with debits days later and changes while pages are walked: none missed, none doubled.

The same worlds at their full size (44,000 orders for each of ten seeds) run in ``benchmarks/mirakl_orders.py``.
"""

from datetime import timedelta

import pytest

from khaos_connectors.testing.mirakl_order_worlds import OrderWorld, Shop

SIZE = 300
SMALL = {"poll_seconds": 5400.0, "page_size": 10, "days": 2.0}


@pytest.mark.parametrize("seed", range(1, 11))
def test_complaint_05_no_order_is_missed_and_none_is_doubled(seed: int) -> None:
    """Every order that was ever bought is kept once, in its last state, although debits came days after creation."""
    world = OrderWorld(seed=seed, orders=SIZE, strict=seed % 2 == 1, **SMALL)
    world.play()
    assert world.market_ids == set(world.shop.kept)
    assert len(world.shop.kept) == SIZE
    assert world.debited_late > SIZE // 2
    assert world.shop.rows > SIZE  # the same order does come several times
    assert world.stale() == []
    assert world.reconciliations
    assert [found.summary for found in world.reconciliations if not found.complete] == []


@pytest.mark.parametrize("hours", [-3, 30])
def test_no_order_is_missed_by_a_clock_that_is_wrong(hours: int) -> None:
    """A seller whose clock is hours from the marketplace's asks by the marketplace's time all the same."""
    world = OrderWorld(seed=3, orders=SIZE, strict=True, ahead=timedelta(hours=hours), **SMALL)
    world.play()
    assert world.market_ids == set(world.shop.kept)
    assert world.stale() == []
    assert [found.summary for found in world.reconciliations if not found.complete] == []


def test_polling_by_creation_and_debit_misses_orders() -> None:
    """Why it is not done so: an order that is debited days after its creation is behind the cursor by then."""
    world = OrderWorld(seed=1, orders=SIZE, naive=True, **SMALL)
    world.play()
    assert world.market_ids - set(world.shop.kept)


def test_the_daily_comparison_finds_what_was_lost() -> None:
    """Orders that a fault in what takes the polls let drop are named, and brought to where they belong."""
    world = OrderWorld(seed=2, orders=SIZE, shop=Shop(loses_every=50), **SMALL)
    world.play()
    named = {order_id for found in world.reconciliations for order_id in (*found.missing, *found.behind)}
    assert named
    assert world.shop.lost <= named
    assert world.market_ids == set(world.shop.kept)
