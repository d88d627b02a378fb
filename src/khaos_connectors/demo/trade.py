"""The trading day as one flow: every tick the three pipelines run, then the world moves on. Runs under any driver."""

from collections.abc import Callable

import attrs

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do, now
from khaos_connectors.core.exception_report import ExceptionItem, escalate
from khaos_connectors.demo.crediting import CreditReport, credit_refunds
from khaos_connectors.demo.merchant import Merchant
from khaos_connectors.demo.world import Verdict, World
from khaos_connectors.khaos_control.channels.erp import KhaosChannelsERP
from khaos_connectors.pipelines import awaited_orders, despatch_confirm, order_import, stock_push
from khaos_connectors.pipelines.awaited_orders import AwaitedReport
from khaos_connectors.pipelines.despatch_confirm import ConfirmReport
from khaos_connectors.pipelines.order_import import ImportReport
from khaos_connectors.pipelines.stock_push import PushReport
from khaos_connectors.store.protocol import Store
from khaos_connectors.testing.day.server import Scene

__all__ = ["Day", "Tick", "trade"]

_FULL_EVERY = 16
"""Ticks between two full pushes: four hours of the day."""
_NOON = 0.6
"""The part of the day after which somebody has told us who the pony belongs to."""


@attrs.frozen(kw_only=True)
class Tick:
    """What one round of the three pipelines did."""

    scene: Scene
    imported: ImportReport
    pushed: PushReport
    confirmed: ConfirmReport
    awaited: AwaitedReport | None = None
    credited: CreditReport | None = None

    @property
    def quiet(self) -> bool:
        """Whether nothing is left that the next round would try again by itself."""
        return not (
            self.imported.failed
            or self.imported.failures
            or self.imported.accepted
            or self.imported.posted
            or self.confirmed.failed
            or self.confirmed.failures
            or self.confirmed.confirmed
            or self.pushed.failed
            or self.pushed.failures
            or self.pushed.pending
            or (self.awaited is not None and self.awaited.waiting)
            or (self.credited is not None and self.credited.offered)
        )


@attrs.frozen(kw_only=True)
class Day:
    """How the day went: every round, the items that are open at its end, and the auditor's verdict."""

    ticks: tuple[Tick, ...]
    items: tuple[ExceptionItem, ...]
    verdict: Verdict
    ended: Scene


def trade(
    merchant: Merchant,
    world: World,
    store: Store,
    *,
    tell: Callable[[Tick], None],
    patience: int = 24,
) -> Flow[Day]:
    """Work the day to its end, and after it up to *patience* more rounds, until nothing is under way any more.

    *tell* is called after every round. A day that was begun by an earlier process, killed at any moment, is taken up
    where it stands.
    """
    channel, erp = merchant.channel(), merchant.erp(store)
    ticks: list[Tick] = []
    scene = yield from world.scene()
    while True:
        today = merchant.with_courier("Pony Express", "YODEL") if scene.tick >= scene.ticks * _NOON else merchant
        awaited: AwaitedReport | None = None
        credited: CreditReport | None = None
        if isinstance(erp, KhaosChannelsERP):
            # First of all: what the ERP has told of since is in the levels that it has pushed since.
            awaited = yield from awaited_orders.run(erp, store, accounts=[channel.account])
        imported = yield from order_import.run(channel, erp, store, today.imports)
        full = scene.tick % _FULL_EVERY == 0
        pushed = yield from stock_push.run(channel, erp, store, today.pushes, full=full)
        confirmed = yield from despatch_confirm.run(channel, erp, store, today.confirms)
        if isinstance(erp, KhaosChannelsERP):
            refunds = yield from world.refunds()
            credited = yield from credit_refunds(refunds, channel, erp, store, today.imports.skus)
        scene = yield from world.scene()
        tick = Tick(
            scene=scene, imported=imported, pushed=pushed, confirmed=confirmed, awaited=awaited, credited=credited
        )
        ticks.append(tick)
        yield from do(tell, tick)
        if scene.over:
            items = yield from do(store.items)
            verdict = yield from world.audit(items)
            settled = verdict.passed and tick.quiet and not verdict.unsettled
            if settled or scene.tick >= scene.ticks + patience:
                at = yield from now()
                open_items = tuple(escalate(item, at) for item in items)
                return Day(ticks=tuple(ticks), items=open_items, verdict=verdict, ended=scene)
        scene = yield from world.advance(scene.tick + 1)
