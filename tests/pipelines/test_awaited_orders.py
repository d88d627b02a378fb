"""Orders that an ERP fetches in its own time: created once, filled in when told of, work when nothing happens."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.effects import Do, Effect, Flow
from khaos_connectors.calls.flows import now
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import AccountId, ErpOrderCode, LineId, OrderId, OrderRef, StockCode
from khaos_connectors.core.orders import Address, DraftLine, ErpOrder, ErpOrderDraft
from khaos_connectors.core.stock import Demand
from khaos_connectors.pipelines import awaited_orders
from khaos_connectors.pipelines.posting import PostingResult, post_once
from khaos_connectors.protocols import Concern, DraftProblem
from khaos_connectors.store.memory import MemoryStore
from khaos_connectors.store.protocol import Progress, RawOrder
from khaos_connectors.testing.clock import ManualClock

_START = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
_SHOP, _ERP = AccountId("shop"), AccountId("khaos")
_REF, _ORDER = OrderRef("R1"), OrderId("O1")


class SlowERP:
    """An ERP that takes orders at once and tells of them when it likes."""

    account = _ERP

    def __init__(self) -> None:
        self.offered: list[OrderRef] = []
        self.told: dict[OrderRef, datetime] = {}
        self.worries: list[Concern] = []
        self.asked_since: list[datetime | None] = []

    def problems(self, draft: ErpOrderDraft) -> tuple[DraftProblem, ...]:
        return ()

    def find_order(self, reference: OrderRef) -> Flow[ErpOrder | None]:
        yield from now()
        if reference in self.told:
            return ErpOrder(code=ErpOrderCode("SO1"), reference=reference, known_since=self.told[reference])
        pending = ErpOrder(code=ErpOrderCode(""), reference=reference, pending=True)
        return pending if reference in self.offered else None

    def create_order(self, draft: ErpOrderDraft) -> Flow[ErpOrder]:
        yield from now()
        self.offered.append(draft.reference)
        yield from now()
        return ErpOrder(code=ErpOrderCode(""), reference=draft.reference, pending=True)

    def concerns(self, references: Any, *, since: datetime | None) -> Flow[tuple[Concern, ...]]:  # Any: not looked at
        self.asked_since.append(since)
        yield from now()
        return tuple(self.worries)


class Scene:
    """A store with one order, the ERP and a clock."""

    def __init__(self) -> None:
        self.clock = ManualClock(_START)
        self.runner = Runner({}, clock=self.clock)
        self.store = MemoryStore()
        self.erp = SlowERP()
        self.store.keep_raw(_SHOP, [RawOrder(order_id=_ORDER, payload="{}")], at=_START)
        demand = Demand(account=_SHOP, order_id=_ORDER, line_id=LineId("1"), stock_code=StockCode("MUG"), ordered=1)
        self.store.set_demand(_SHOP, _ORDER, [demand])

    def posting(self) -> Flow[Any]:  # Any: what became of it is asked of the store
        return post_once(
            self.erp,
            self.store,
            _draft(),
            digest="d",
            owner="worker",
            lease=timedelta(minutes=5),
            most_refusals=3,
        )

    def look(self) -> awaited_orders.AwaitedReport:
        return self.runner.run(awaited_orders.run(self.erp, self.store, accounts=[_SHOP]))

    def open_items(self) -> list[tuple[AccountId, ExceptionType, str]]:
        return [(item.account, item.type, item.entity) for item in self.store.items()]


def _draft() -> ErpOrderDraft:
    line = DraftLine(
        stock_code=StockCode("MUG"),
        units=1,
        gross=Decimal(12),
        net=Decimal(10),
        vat=Decimal(2),
        vat_rate=Decimal(20),
    )
    return ErpOrderDraft(
        account=_SHOP,
        reference=_REF,
        order_id=_ORDER,
        placed_at=_START,
        currency="GBP",
        lines=(line,),
        shipping_gross=Decimal(0),
        shipping_net=Decimal(0),
        shipping_vat=Decimal(0),
        total=Decimal(12),
        delivery=Address(),
        billing=Address(),
        customer_key="buyer",
    )


@pytest.fixture
def scene() -> Scene:
    return Scene()


def _dies_after(effects: int, flow: Flow[Any], runner: Runner) -> bool:
    """Run *flow* and drop it after that many effects; whether it died before its end."""
    outcome: object = None
    for _ in range(effects):
        try:
            effect: Effect = flow.send(outcome)
        except StopIteration:
            return False
        outcome = effect.work() if isinstance(effect, Do) else runner.run(_performed(effect))
    flow.close()
    return True


def _performed(effect: Effect) -> Flow[Any]:  # Any: the effect's own result
    return (yield effect)


def test_a_pending_order_is_posted_and_stays_in_flight(scene: Scene) -> None:
    """What waits for the ERP counts as created, and its units stay subtracted: no stock figure contains them yet."""
    posting = scene.runner.run(scene.posting())
    assert posting.result is PostingResult.CREATED
    stored = scene.store.order(_SHOP, _ORDER)
    assert stored is not None
    assert (stored.progress, stored.reference, stored.erp_code, stored.erp_created_at) == (
        Progress.POSTED,
        _REF,
        None,
        None,
    )
    assert [demand.erp_created_at for demand in scene.store.demand()] == [None]


def test_an_order_that_the_erp_tells_of_gets_its_code_and_its_moment(scene: Scene) -> None:
    """From the moment at which the ERP first told of it, stock figures contain it; its progress stays as it is."""
    scene.runner.run(scene.posting())
    assert scene.look() == awaited_orders.AwaitedReport(account=_ERP, looked=1, waiting=1)
    scene.erp.told[_REF] = _START + timedelta(minutes=8)
    scene.clock.sleep(3600)
    assert scene.look() == awaited_orders.AwaitedReport(account=_ERP, looked=1, arrived=1)
    stored = scene.store.order(_SHOP, _ORDER)
    assert stored is not None
    assert (stored.progress, stored.erp_code) == (Progress.POSTED, "SO1")
    assert [demand.erp_created_at for demand in scene.store.demand()] == [_START + timedelta(minutes=8)]
    assert scene.look() == awaited_orders.AwaitedReport(account=_ERP)


@pytest.mark.parametrize("lives", range(3, 30))
def test_a_creation_that_dies_anywhere_is_neither_lost_nor_doubled(scene: Scene, lives: int) -> None:
    """Killed after any effect and run again: the order was offered once, and the store knows that it was."""
    died = _dies_after(lives, scene.posting(), scene.runner)
    for _ in range(2):
        scene.runner.run(scene.posting())
    assert scene.erp.offered == [_REF]
    stored = scene.store.order(_SHOP, _ORDER)
    assert stored is not None
    assert stored.progress is Progress.POSTED
    assert died or lives > 5


def _worry(entity: str, kind: ExceptionType, *, reference: str = "", once: bool = False) -> Concern:
    reason = Reason(type=kind, entity=entity, message="it has not happened")
    return Concern(reason=reason, reference=OrderRef(reference), once=once)


def test_concerns_become_work_under_the_order_and_close_when_they_are_over(scene: Scene) -> None:
    """An order's concern is an item of its channel and order id; others are the ERP's. What passes by itself closes,
    what does not stays, and other pipelines' items are left alone.
    """
    scene.runner.run(scene.posting())
    stalled = _worry("R1", ExceptionType.ORDER_STALLED, reference="R1")
    silent = _worry("feed:pushes", ExceptionType.API_DOWN)
    unread = _worry("push:1", ExceptionType.SCHEMA_DRIFT, once=True)
    others = _worry("feed:erp", ExceptionType.API_DOWN)
    scene.erp.worries = [stalled, silent, unread, others]
    assert scene.look().exceptions == 4
    assert sorted(scene.open_items(), key=str) == sorted(
        [
            (_SHOP, ExceptionType.ORDER_STALLED, "O1"),
            (_ERP, ExceptionType.API_DOWN, "feed:pushes"),
            (_ERP, ExceptionType.SCHEMA_DRIFT, "push:1"),
            (_ERP, ExceptionType.API_DOWN, "feed:erp"),
        ],
        key=str,
    )
    scene.erp.worries = []
    scene.erp.told[_REF] = _START
    scene.clock.sleep(60)
    scene.look()
    assert sorted(scene.open_items(), key=str) == [
        (_ERP, ExceptionType.API_DOWN, "feed:erp"),
        (_ERP, ExceptionType.SCHEMA_DRIFT, "push:1"),
    ]
    assert scene.erp.asked_since == [None, _START - timedelta(minutes=5)]
