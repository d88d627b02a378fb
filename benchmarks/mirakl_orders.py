"""44,000 Mirakl orders with debits days later and changes while pages are walked, for seeds 1 to 10: is one missed?

Prints a line for each seed and ends with 1 if an order was missed, kept in an old state, or had to be found by the
daily comparison. ``--quick`` plays 2,000 orders for two seeds. A full run takes some minutes a seed.
"""

import argparse
import sys
import time

from khaos_connectors.testing.mirakl_order_worlds import OrderWorld


def run(seed: int, orders: int) -> bool:
    """Live through one world and tell how it ended; True if nothing was missed."""
    began = time.perf_counter()
    world = OrderWorld(seed=seed, orders=orders, strict=seed % 2 == 1, days=10.0, poll_seconds=3600.0)
    world.play()
    missed, stale = world.market_ids - set(world.shop.kept), world.stale()
    found = [each.summary for each in world.reconciliations if not each.complete]
    print(
        f"seed {seed}: {orders} orders ({world.debited_late} debited over a day later), {world.shop.rows} rows read; "
        f"missed {len(missed)}, out of date {len(stale)}, "
        f"found by {len(world.reconciliations)} daily comparisons {len(found)}; {time.perf_counter() - began:.0f} s",
        flush=True,
    )
    return not (missed or stale or found) and len(world.shop.kept) == orders


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="small sizes, as a check that it works")
    parser.add_argument("--seeds", type=int, nargs="*", help="other seeds than 1 to 10")
    given = parser.parse_args()
    seeds = given.seeds or ([1, 2] if given.quick else range(1, 11))
    failed = [seed for seed in seeds if not run(seed, 2_000 if given.quick else 44_000)]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
