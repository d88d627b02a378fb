"""The channel against the stateful simulator: whole conversations, through the blocking and the asynchronous runner."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.couriers import CarrierChoice
from khaos_connectors.core.despatch import ShipmentLine
from khaos_connectors.core.ids import ChannelSku, DespatchId, LineId, OrderId
from khaos_connectors.core.orders import ChannelOrder, OrderState
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.protocols import LineDecision, ShipmentNotice, StockLevel
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.routes import async_transport, transport

Run = Callable[[Flow[object]], object]


@attrs.define
class World:
    """A marketplace, its clock, and a channel that talks to it."""

    market: MiraklSimulator
    clock: ManualClock
    channel: MiraklChannel
    run: Run

    def buy(self, *lines: tuple[str, int]) -> OrderId:
        order_id = self.market.buy(lines, ship_within=timedelta(days=2))
        assert order_id is not None
        return OrderId(order_id)

    def order(self, order_id: OrderId) -> ChannelOrder:
        received = self.run(self.channel.order(order_id))
        assert received is not None
        return received.order

    def accept(self, order_id: OrderId, *, refuse: tuple[int, ...] = ()) -> None:
        decisions = [
            LineDecision(line_id=line.line_id, accept=at not in refuse)
            for at, line in enumerate(self.order(order_id).lines)
        ]
        self.run(self.channel.decide(order_id, decisions))
        self.clock.advance(120)

    def notice(self, order_id: OrderId, *lines: tuple[int, int], tracking: str, final: bool) -> ShipmentNotice:
        known = self.order(order_id).lines
        return ShipmentNotice(
            order_id=order_id,
            despatch_id=DespatchId("D"),
            lines=tuple(ShipmentLine(line_id=LineId(known[at].line_id), quantity=units) for at, units in lines),
            carrier=CarrierChoice(code="DPD", rule=1, why="mapped"),
            tracking=tracking,
            final=final,
        )


@pytest.fixture(params=["blocking", "asynchronous"])
def world(request: pytest.FixtureRequest, config: MiraklConfig) -> Callable[..., World]:
    """A world under given settings."""

    def made(settings: MiraklSettings | None = None, **wishes: object) -> World:
        clock = ManualClock()
        offers = {f"S{n}": OfferState(price=Decimal("9.99"), quantity=20, title=f"Thing {n}") for n in range(5)}
        market = MiraklSimulator(clock=clock.now, api_key="key-123", offers=offers, settings=settings)
        channel = MiraklChannel(attrs.evolve(config, **wishes))
        if request.param == "blocking":
            runner = Runner({"john-lewis": transport(market)}, clock=clock)
            return World(market, clock, channel, runner.run)
        later = AsyncRunner({"john-lewis": async_transport(market)}, clock=clock)
        return World(market, clock, channel, lambda flow: asyncio.run(later.run(flow)))

    return made


def test_an_order_from_basket_to_delivery(world: Callable[..., World]) -> None:
    """Bought, accepted, debited, referenced, shipped in two parcels: at each step the core order says so."""
    w = world()
    order_id = w.buy(("S1", 2), ("S2", 1))
    waiting = w.order(order_id)
    assert (waiting.state, waiting.delivery) == (OrderState.AWAITING_ACCEPTANCE, None)
    w.accept(order_id)
    ready = w.order(order_id)
    assert ready.state is OrderState.AWAITING_SHIPMENT
    assert ready.delivery is not None
    assert ready.total == Decimal("34.92")
    assert ready.total == sum(line.amount + line.shipping for line in ready.lines)
    w.run(w.channel.set_references({order_id: "SO77"}))
    assert w.order(order_id).erp_reference == "SO77"
    w.run(w.channel.confirm(w.notice(order_id, (0, 2), tracking="T-1", final=False)))
    assert w.order(order_id).state is OrderState.AWAITING_SHIPMENT
    w.run(w.channel.confirm(w.notice(order_id, (1, 1), tracking="T-2", final=True)))
    assert w.order(order_id).state is OrderState.SHIPPED
    assert [units.tracking for units in w.run(w.channel.shipments(order_id))] == ["T-1", "T-2"]
    again = w.run(w.channel.confirm(w.notice(order_id, (1, 1), tracking="T-2", final=True)))
    assert again.already
    assert len(w.market.shipments) == 2
    with pytest.raises(errors.Conflict):
        w.run(w.channel.confirm(w.notice(order_id, (1, 1), tracking="T-3", final=True)))


def test_deciding_twice(world: Callable[..., World]) -> None:
    """The same decision again is done; another one is a conflict."""
    w = world()
    order_id = w.buy(("S1", 1), ("S2", 1))
    w.accept(order_id, refuse=(1,))
    w.accept(order_id, refuse=(1,))
    assert [line.state for line in w.order(order_id).lines] == [OrderState.AWAITING_SHIPMENT, OrderState.REFUSED]
    with pytest.raises(errors.Conflict):
        w.accept(order_id)


def test_every_order_is_walked(world: Callable[..., World]) -> None:
    """Pages of a walk hold every order once, oldest first."""
    w = world(page_size=2)
    bought = [w.buy((f"S{n}", 1)) for n in range(5)]
    seen: list[OrderId] = []
    cursor: str | None = None
    while True:
        batch = w.run(w.channel.orders(since=w.clock.now() - timedelta(hours=1), cursor=cursor))
        seen += [received.order.order_id for received in batch.items]
        cursor = batch.next
        if cursor is None:
            break
    assert seen == bought


def test_without_shipments_of_its_own(world: Callable[..., World]) -> None:
    """The platform has one shipment to an order: parts are refused, the whole is confirmed and known afterwards."""
    w = world(MiraklSettings(multi_shipment=False))
    order_id = w.buy(("S1", 1), ("S2", 1))
    w.accept(order_id)
    assert not w.run(w.channel.capabilities()).several_shipments
    with pytest.raises(errors.Unsupported):
        w.run(w.channel.confirm(w.notice(order_id, (0, 1), tracking="T-1", final=False)))
    w.run(w.channel.confirm(w.notice(order_id, (0, 1), (1, 1), tracking="T-1", final=True)))
    (units,) = w.run(w.channel.shipments(order_id))
    assert (units.tracking, len(units.lines)) == ("T-1", 2)
    assert w.run(w.channel.confirm(w.notice(order_id, (0, 1), (1, 1), tracking="T-1", final=True))).already


def test_stock_row_by_row(world: Callable[..., World]) -> None:
    """Levels arrive; rows that the marketplace does not know come back as refusals of exactly their SKUs."""
    w = world(MiraklSettings(failing_skus=frozenset({"S3"})))
    pushed = [StockLevel(sku=ChannelSku(sku), units=units) for sku, units in (("S1", 7), ("S3", 8), ("GHOST", 9))]
    receipt = w.run(w.channel.push_stock(pushed))
    assert receipt.accepted == ("S1",)
    assert {each.sku for each in receipt.refused} == {"S3", "GHOST"}
    listings = {each.sku: each.units for each in w.run(w.channel.listings()).items}
    assert (listings["S1"], listings["S3"]) == (7, 20)


def test_an_import_that_takes_too_long(world: Callable[..., World]) -> None:
    """Rows whose import is still running when patience ends are pending, and arrive later all the same."""
    w = world(MiraklSettings(import_seconds=3600), import_patience_seconds=60)
    receipt = w.run(w.channel.push_stock([StockLevel(sku=ChannelSku("S1"), units=3)]))
    assert (receipt.accepted, receipt.pending) == ((), ("S1",))
    w.clock.advance(3600)
    assert next(each.units for each in w.run(w.channel.listings()).items if each.sku == "S1") == 3


def test_an_instance_without_stock_imports(world: Callable[..., World]) -> None:
    """It says so, with advice."""
    w = world(MiraklSettings(stock_imports=False))
    with pytest.raises(errors.Unsupported, match="STO01"):
        w.run(w.channel.push_stock([StockLevel(sku=ChannelSku("S1"), units=3)]))


def test_check_and_carriers(world: Callable[..., World]) -> None:
    """Health, and the carriers for the courier map."""
    w = world()
    assert w.run(w.channel.check()).notes[0] == "shop 2000 Example Home Store"
    assert "DPD" in {carrier.code for carrier in w.run(w.channel.carriers())}


@pytest.mark.parametrize("mode", ["TAX_INCLUDED", "TAX_EXCLUDED"])
def test_both_tax_modes_tell_the_same_total(mode: str, world: Callable[..., World]) -> None:
    """Whatever mode orders are asked for in, the customer pays the same."""
    from khaos_connectors.mirakl.models.codes import OrderTaxMode

    w = world(order_tax_mode=OrderTaxMode(mode))
    order_id = w.buy(("S1", 3))
    assert w.order(order_id).total == Decimal("34.92")
