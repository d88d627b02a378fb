"""The rig of the pipeline tests: a marketplace and an ERP in memory, a clock that is moved by hand, three pipelines."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import attrs
import pytest

from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.effects import Effect, Flow, Gather, Now, Send, Sleep, Step
from khaos_connectors.calls.messages import Lost, Request, Response
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.core.acceptance import AcceptancePolicy
from khaos_connectors.core.couriers import CourierMap, CourierRule
from khaos_connectors.core.exception_report import ExceptionItem
from khaos_connectors.core.ids import AccountId, ChannelId, ChannelSku, OrderId, StockCode
from khaos_connectors.core.order_policy import OrderPolicy
from khaos_connectors.core.skus import SkuMap, Target
from khaos_connectors.khaos_control import KhaosControlConfig, KhaosControlERP, OrderSettings, PaymentRule
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.pipelines import despatch_confirm, order_import, stock_push
from khaos_connectors.pipelines.confirm_policy import ConfirmPolicy
from khaos_connectors.pipelines.import_policy import ImportPolicy
from khaos_connectors.pipelines.stock_push import PushPolicy
from khaos_connectors.store.memory import MemoryStore
from khaos_connectors.store.protocol import Progress, Store, StoredOrder
from khaos_connectors.store.sql import SqlStore
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.day.audit import Audit, OpenItem, audit_day
from khaos_connectors.testing.day.plan import COURIERS, DayPlan, Goods
from khaos_connectors.testing.day.world import TradingDay
from khaos_connectors.testing.simulators.faults import Faults, Faulty
from khaos_connectors.testing.simulators.khaos_control import KhaosControlSimulator, KhaosItem, KhaosSettings
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.routes import async_transport, transport

KEY = "sim-key"
JOHN_LEWIS = AccountId("john-lewis")
KHAOS = AccountId("khaos")
ACCEPT_WHAT_IS_THERE = AcceptancePolicy()
START = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


class Died(BaseException):
    """The process is gone: nobody handles this."""


@attrs.define(kw_only=True)
class Rig:
    """Two systems behind lines that can be spoilt, a store, and the three policies of one merchant.

    ``imports``, ``pushes`` and ``confirms`` run a pipeline to its end with ``drive``; what a test wants otherwise it
    passes by name, as a change to the policy or as an argument of the pipeline.
    """

    clock: ManualClock
    mirakl: MiraklSimulator
    khaos: KhaosControlSimulator
    day: TradingDay
    store: Store
    channel: MiraklChannel
    erp: KhaosControlERP
    importing: ImportPolicy
    pushing: PushPolicy
    confirming: ConfirmPolicy
    mirakl_faults: Faults
    khaos_faults: Faults
    asynchronous: bool = False
    tamper: Callable[[str, Response], Response] = attrs.field(default=lambda _operation, answer: answer)

    # --- running -----------------------------------------------------------------------------------------------------

    def drive(self, flow: Flow[object]) -> object:
        """The result of *flow*, performed by one of the library's drivers."""
        doors = self.doors()
        if self.asynchronous:
            lines = {name: async_transport(door) for name, door in doors.items()}
            return asyncio.run(AsyncRunner(lines, clock=self.clock, chance=lambda: 0.5).run(flow))
        plain = {name: transport(door) for name, door in doors.items()}
        return Runner(plain, clock=self.clock, chance=lambda: 0.5).run(flow)

    def doors(self) -> dict[str, "_Door"]:
        """Both systems as they are reached: behind a bad line, and through whoever tampers with their answers."""
        mirakl, khaos = Faulty(self.mirakl, self.mirakl_faults), Faulty(self.khaos, self.khaos_faults)
        return {JOHN_LEWIS: _Door(self, mirakl), KHAOS: _Door(self, khaos)}

    def instead(self, name: str, **methods: object) -> None:
        """Let some methods of the port *name* (``channel`` or ``erp``) be others."""
        setattr(self, name, _Instead(getattr(self, name), methods))

    def imports(
        self, *, store: Store | None = None, dry_run: bool = False, **changes: object
    ) -> order_import.ImportReport:
        policy = attrs.evolve(self.importing, **changes)
        return self.drive(order_import.run(self.channel, self.erp, store or self.store, policy, dry_run=dry_run))

    def pushes(
        self, *, full: bool = False, approved: bool = False, dry_run: bool = False, **changes: object
    ) -> stock_push.PushReport:
        policy = attrs.evolve(self.pushing, **changes)
        return self.drive(
            stock_push.run(self.channel, self.erp, self.store, policy, full=full, approved=approved, dry_run=dry_run)
        )

    def confirms(self, *, dry_run: bool = False, **changes: object) -> despatch_confirm.ConfirmReport:
        policy = attrs.evolve(self.confirming, **changes)
        return self.drive(despatch_confirm.run(self.channel, self.erp, self.store, policy, dry_run=dry_run))

    def pass_time(self, **time: float) -> None:
        """Let the clock run on and whatever is due on the marketplace happen."""
        self.clock.advance(timedelta(**time).total_seconds())
        self.mirakl.tick()

    def settle(self, rounds: int = 8) -> None:
        """Run all three pipelines, quarter of an hour by quarter of an hour, as a scheduler would."""
        for _ in range(rounds):
            self.imports()
            self.pushes()
            self.confirms()
            self.pass_time(minutes=15)

    def drain(self, faults: Faults) -> None:
        """Let every mishap that is still planned for *faults* be forgotten."""
        faults._scripts.clear()

    def restart(self) -> None:
        """What a new process has: the store and the configuration, and nothing that was learnt by the old one."""
        self.channel = MiraklChannel(self.channel.config)
        self.erp = KhaosControlERP(self.erp.config)
        self.tamper = lambda _operation, answer: answer

    def die_after(self, effects: int, flow: Flow[object]) -> bool:
        """Perform *effects* effects of *flow* and stop dead; whether it had more to do. It is gone in either case."""
        mortal = _Mortal(self, effects)
        try:
            mortal.run(flow)
        except Died:
            return True
        return False

    # --- the world ---------------------------------------------------------------------------------------------------

    def buy(self, *lines: tuple[str, int], **wishes: object) -> OrderId:
        order_id = self.mirakl.buy(lines, **wishes)
        assert order_id is not None, "an offer was too low for this purchase"
        return OrderId(order_id)

    def in_erp(self, order_id: OrderId) -> bool:
        return self.khaos.order_of(order_id) is not None

    def despatch(
        self,
        order_id: OrderId,
        *,
        courier: str = "DPD",
        number: str = "15501234567890",
        units: Mapping[str, int] | None = None,
    ) -> str:
        """The warehouse sends an order, or *units* of it; the invoice's code."""
        known = self.khaos.order_of(order_id)
        assert known is not None, f"{order_id} never reached the ERP"
        return self.khaos.pick_and_despatch(known.code, courier=courier, consignment=number, units=units)

    # --- what came of it ---------------------------------------------------------------------------------------------

    def stored(self, order_id: OrderId) -> StoredOrder:
        found = self.store.order(JOHN_LEWIS, order_id)
        assert found is not None
        return found

    def progress(self, order_id: OrderId) -> Progress:
        return self.stored(order_id).progress

    def shown(self, sku: str) -> int:
        return self.mirakl.offers[sku].quantity

    def open_items(self) -> dict[tuple[str, str], ExceptionItem]:
        """Open items by type and entity."""
        return {(item.type.value, item.entity): item for item in self.store.items()}

    def kinds(self) -> list[str]:
        return sorted(kind for kind, _ in self.open_items())

    def told(self, order_id: OrderId) -> list[str]:
        """The tracking numbers that the marketplace holds as shipped, a repeat as often as it was told."""
        return [
            shipment.tracking.tracking_number
            for shipment in self.mirakl.shipments
            if shipment.order_id == order_id and shipment.tracking is not None
        ]

    def audit(self) -> Audit:
        """The auditor's verdict on both systems."""
        items = [
            OpenItem(
                kind=item.type.value,
                entity=item.entity,
                order=item.evidence.get("order", ""),
                despatch=item.evidence.get("despatch", ""),
            )
            for item in self.store.items()
        ]
        return audit_day(self.day, items)

    def memory(self) -> tuple[object, ...]:
        """Everything that the store holds, to be compared."""
        accounts = (JOHN_LEWIS, KHAOS)
        return (
            {
                (account, feed): self.store.watermark(account, feed)
                for account in accounts
                for feed in ("orders", "despatches")
            },
            self.store.orders(JOHN_LEWIS),
            self.store.demand(),
            dict(self.store.acked(JOHN_LEWIS)),
            [
                intent
                for account in accounts
                for action in ("create order", "decide lines", "confirm shipment", "stock push")
                for intent in self.store.intents(account, action, state=None)
            ],
            self.store.items(open_only=False),
        )

    def systems(self) -> tuple[object, ...]:
        """Everything that both systems hold, to be compared."""
        mirakl, khaos = self.mirakl, self.khaos
        # Being read is not a change, although the ERP notes that it was.
        orders = {
            code: attrs.evolve(order, invoices=tuple(attrs.evolve(one, moved=False) for one in order.invoices))
            for code, order in khaos.orders.items()
        }
        return (mirakl.orders, mirakl.offers, mirakl.shipments, mirakl.imports, orders, dict(khaos.stock))


@attrs.frozen
class _Door:
    """One system as it is reached."""

    rig: Rig
    line: Faulty

    def handle(self, request: Request) -> Response | Lost:
        answer = self.line.handle(request)
        return answer if isinstance(answer, Lost) else self.rig.tamper(self.line.operation(request), answer)


class _Instead:
    """A port with some methods exchanged."""

    def __init__(self, port: object, methods: Mapping[str, object]) -> None:
        self._port, self._methods = port, methods

    def __getattr__(self, name: str) -> object:
        return self._methods[name] if name in self._methods else getattr(self._port, name)


class _Mortal:
    """A driver that counts the effects of all nested flows and dies after so many.

    Looking at the clock and sleeping leave nothing behind, so that dying after them is dying before them: not counted.
    """

    def __init__(self, rig: Rig, effects: int) -> None:
        self._rig = rig
        self._left = effects
        self._doors = rig.doors()

    def run(self, flow: Flow[object]) -> object:
        outcome: object = None
        problem: Exception | None = None
        try:
            while True:
                try:
                    effect = flow.send(outcome) if problem is None else flow.throw(problem)
                except StopIteration as done:
                    return done.value
                outcome = problem = None
                try:
                    outcome = self._perform(effect)
                except Exception as error:
                    problem = error
        finally:
            flow.close()

    def _perform(self, effect: Effect) -> object:
        match effect:
            case Step(flow=flow):
                return self.run(flow())
            case Gather(flows=flows):
                return [self.run(flow) for flow in flows]
            case Sleep(seconds=seconds):
                return self._rig.clock.sleep(seconds)
            case Now():
                return self._rig.clock.now()
        if self._left == 0:
            raise Died
        self._left -= 1
        match effect:
            case Send(system=system, request=request):
                return self._doors[system].handle(request)
            case _:
                return effect.work()


def _merchant_skus(packs: Mapping[str, tuple[str, int]]) -> SkuMap:
    channel = ChannelId(JOHN_LEWIS)
    return SkuMap({(channel, ChannelSku(sku)): Target(StockCode(code), n) for sku, (code, n) in packs.items()})


def _contents(items: Sequence[KhaosItem], packs: Mapping[str, tuple[str, int]]) -> dict[str, tuple[str, int]]:
    return {**{item.stock_code: (item.stock_code, 1) for item in items}, **packs}


@pytest.fixture(params=["memory", "sqlite"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Either store; the rules are the same."""
    store: Store = MemoryStore() if request.param == "memory" else SqlStore(f"sqlite:///{tmp_path / 'khaos.db'}")
    yield store
    store.close()


@pytest.fixture
def sql_store(tmp_path: Path) -> Iterator[Store]:
    """A store in a file."""
    store = SqlStore(f"sqlite:///{tmp_path / 'khaos.db'}")
    yield store
    store.close()


@pytest.fixture
def rig() -> Callable[..., Rig]:
    """A rig made to order: *stock* (units by stock code), *offers* (units shown by SKU), *packs*, settings, a store."""

    def made(
        *,
        stock: Mapping[str, int | KhaosItem] | None = None,
        offers: Mapping[str, int] | None = None,
        packs: Mapping[str, tuple[str, int]] | None = None,
        market: Mapping[str, object] | None = None,
        house: Mapping[str, object] | None = None,
        store: Store | None = None,
        channel: Mapping[str, object] | None = None,
        faults: str = "none",
        seed: int = 0,
        asynchronous: bool = False,
        acceptance: AcceptancePolicy | None = ACCEPT_WHAT_IS_THERE,
    ) -> Rig:
        stock, packs = stock or {"KC-1": 20, "KC-2": 20}, packs or {}
        items = tuple(
            units if isinstance(units, KhaosItem) else KhaosItem(stock_code=code, description=code, physical=units)
            for code, units in stock.items()
        )
        shown = offers if offers is not None else {item.stock_code: 20 for item in items}
        on_sale = {sku: OfferState(price=Decimal("12.00"), quantity=units, title=sku) for sku, units in shown.items()}
        clock = ManualClock(START)
        settings = MiraklSettings(**{"null_country_every": 0, "alternative_carriers": False, **(market or {})})
        mirakl = MiraklSimulator(clock=clock.now, api_key=KEY, offers=on_sale, settings=settings)
        khaos = KhaosControlSimulator(
            clock=clock.now,
            items=items,
            couriers=COURIERS,
            settings=KhaosSettings(**{"company_classes": {"John Lewis": "gross"}, **(house or {})}),
        )
        day = TradingDay(DayPlan(codes=20, multi_shipment=settings.multi_shipment, faults="none"))
        day.mirakl, day.khaos = mirakl, khaos
        day.goods = Goods(items=items, offers=on_sale, contents=_contents(items, packs), packs=packs, strangers=())
        skus = _merchant_skus(packs)
        return Rig(
            clock=clock,
            mirakl=mirakl,
            khaos=khaos,
            day=day,
            store=store or MemoryStore(),
            channel=MiraklChannel(
                MiraklConfig(
                    account=JOHN_LEWIS,
                    base_url="https://jl.example.com",
                    api_key=Secret(KEY),
                    shop_id=settings.shop_id,
                    pace_factor=0.0,
                    **(channel or {}),
                )
            ),
            erp=KhaosControlERP(
                KhaosControlConfig(
                    account=KHAOS,
                    base_url="https://khaos.example.com/K.exe",
                    default_orders=OrderSettings(
                        company_class="John Lewis",
                        sales_source="John Lewis",
                        payments={"marketplace": PaymentRule(auth_code="JOHNLEWIS")},
                    ),
                )
            ),
            importing=ImportPolicy(
                skus=skus,
                orders=OrderPolicy(payment_method="marketplace", default_country="GB"),
                acceptance=acceptance,
                owner="worker",
                lease=timedelta(minutes=10),
                clock_skew=timedelta(0),
            ),
            pushing=PushPolicy(skus=skus, owner="worker", clock_skew=timedelta(0)),
            confirming=ConfirmPolicy(
                skus=skus,
                couriers=CourierMap((CourierRule(carrier="YODEL", courier="Pony Express"),)),
                owner="worker",
                lease=timedelta(minutes=10),
            ),
            mirakl_faults=Faults(seed * 2, faults),
            khaos_faults=Faults(seed * 2 + 1, faults),
            asynchronous=asynchronous,
        )

    return made
