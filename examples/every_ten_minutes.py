"""What a scheduler runs every ten minutes: orders in, stock out, despatches back, with a SQLite file as its memory.

``python examples/every_ten_minutes.py`` works a simulated day's first two hours. In production the body of ``round_of``
is all there is; cron or systemd starts it, and ``demo/merchant.py`` shows what the policies look like.
"""

import tempfile
from pathlib import Path

from khaos_connectors import open_runner
from khaos_connectors.calls.connect import Connection
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.core.exception_report import by_owner
from khaos_connectors.demo.merchant import Merchant, merchant_of
from khaos_connectors.demo.world import WORLD, World
from khaos_connectors.pipelines import despatch_confirm, order_import, stock_push
from khaos_connectors.store import SqlStore
from khaos_connectors.store.protocol import Store
from khaos_connectors.testing.day import DayClock, DayPlan, TradingDay, serve_day


def round_of(runner: Runner, merchant: Merchant, store: Store) -> None:
    """One round. Killed anywhere, it is simply run again."""
    channel, erp = merchant.channel(), merchant.erp()
    imported = runner.run(order_import.run(channel, erp, store, merchant.imports))
    pushed = runner.run(stock_push.run(channel, erp, store, merchant.pushes))
    confirmed = runner.run(despatch_confirm.run(channel, erp, store, merchant.confirms))
    print(f"{imported.posted} orders posted, {pushed.acked} levels pushed, {confirmed.confirmed} parcels confirmed")


def main() -> None:
    """Eight rounds, a quarter of an hour apart, then the list of what people have to look at."""
    with serve_day(TradingDay(DayPlan(seed=5, orders=40, codes=40, faults="some"))) as simulated:
        world = Connection(WORLD, simulated.world_url)
        with open_runner(world) as runner:
            scene = runner.run(World().scene())
        merchant = merchant_of(scene)
        clock = DayClock(scene.now, speed=float(scene.speed))
        with (
            tempfile.TemporaryDirectory() as folder,
            open_runner(world, *merchant.connections, clock=clock) as runner,
        ):
            store = SqlStore(f"sqlite:///{Path(folder) / 'khaos.db'}")
            for tick in range(1, 9):
                runner.run(World().advance(tick))
                round_of(runner, merchant, store)
            for team, items in by_owner(store.items()).items():
                for item in items:
                    print(f"{team.value}: {item.type.value} {item.entity} by {item.deadline:%a %H:%M} - {item.fix}")
            store.close()


if __name__ == "__main__":
    main()
