"""Every way of paying, acted out by the simulator: what the channel says of an order from basket to its end."""

from datetime import timedelta

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.core.ids import OrderId
from khaos_connectors.core.orders import ChannelOrder, OrderState
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.models import codes
from khaos_connectors.mirakl.models.orders import Order
from khaos_connectors.mirakl.models.rows import Read
from khaos_connectors.mirakl.orders.life_cycle import Act, Debit, ImportRule, is_debited, may, workflow_of
from khaos_connectors.protocols import LineDecision
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.mirakl.order_state import OrderSettings
from khaos_connectors.testing.simulators.routes import transport

HOUR = 3600.0


class World:
    """One order on a marketplace that is paid in one way."""

    def __init__(self, config: MiraklConfig, workflow: str, **settings: object) -> None:
        self.clock = ManualClock()
        self.market = MiraklSimulator(
            clock=self.clock.now,
            api_key="key-123",
            offers={"S1": OfferState(price="9.99", quantity=50)},
            settings=MiraklSettings(
                debit_seconds=HOUR,
                receive_seconds=24 * HOUR,
                orders=OrderSettings(workflow=workflow),
                **settings,
            ),
        )
        self.config = config
        self.channel = MiraklChannel(config)
        self.runner = Runner({str(config.account): transport(self.market)}, clock=self.clock)
        bought = self.market.buy([("S1", 2)])
        assert bought is not None
        self.order_id = OrderId(bought)

    def order(self) -> ChannelOrder:
        """The order as the library sees it now."""
        found = self.runner.run(self.channel.order(self.order_id))
        assert found is not None
        return found.order

    def wire(self) -> Order:
        """The order as Mirakl tells it now."""
        (call,) = endpoints.orders_by_id(self.config.scope, [self.order_id])
        (row,) = self.runner.run(self.config.caller().perform(call)).items
        assert isinstance(row, Read)
        return row.record

    def accept(self) -> None:
        """Accept every line."""
        lines = [LineDecision(line_id=line.line_id, accept=True) for line in self.order().lines]
        self.runner.run(self.channel.decide(self.order_id, lines))

    def ship(self) -> None:
        """Confirm that all of it left."""
        self.runner.run(self.config.caller().perform(endpoints.ship_order(self.config.scope, self.order_id)))


WORKFLOWS = [workflow.value for workflow in codes.PaymentWorkflow]


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_from_basket_to_delivery(workflow: str, config: MiraklConfig) -> None:
    """Accepted, taken over once it may be sent (with its address), sent once: no debit before or after changes that."""
    w = World(config, workflow)
    assert w.order().state is OrderState.AWAITING_ACCEPTANCE
    w.accept()
    seen: list[OrderState] = []
    shipped_at: int | None = None
    for hour in range(72):
        order = w.order()
        if not seen or seen[-1] is not order.state:
            seen.append(order.state)
        if order.state is OrderState.AWAITING_SHIPMENT:
            assert shipped_at is None, "an order that has left must not be sent again"
            assert order.delivery is not None
            assert may(Act.SHIP, w.wire()).granted
            w.ship()
            shipped_at = hour
        w.clock.advance(HOUR)
    early = [OrderState.AWAITING_PAYMENT] if workflow == "PAY_ON_ACCEPTANCE" else []
    sent = [*early, OrderState.AWAITING_SHIPMENT, OrderState.SHIPPED]
    assert seen[: len(sent)] == sent
    assert seen[len(sent) :] in ([], [OrderState.DELIVERED])
    # On shipment it is the shipment that is debited, and elsewhere nobody tells.
    of_the_order = workflow_of(w.wire()).debit not in {Debit.WITH_SHIPMENT, Debit.ELSEWHERE}
    assert is_debited(w.wire()) is of_the_order


def test_an_order_is_taken_over_early_where_the_rule_says_so(config: MiraklConfig) -> None:
    """The rule of the configuration reaches the orders of the channel, and the address is looked for there as well."""
    early = attrs.evolve(config, import_rule=ImportRule(also=frozenset({codes.OrderState.WAITING_DEBIT_PAYMENT})))
    w = World(early, "PAY_ON_ACCEPTANCE", address_before_acceptance=True)
    w.accept()
    order = w.order()
    assert (order.vendor_state, order.state) == ("WAITING_DEBIT_PAYMENT", OrderState.AWAITING_SHIPMENT)
    assert order.delivery is not None


def test_waiting_orders_carry_the_end_of_their_window(config: MiraklConfig) -> None:
    """What the merchant knows of the operator's patience is on each order that waits, and the operator keeps to it."""
    w = World(attrs.evolve(config, accept_within=timedelta(hours=6)), "PAY_ON_ACCEPTANCE", acceptance_hours=6)
    order = w.order()
    assert order.accept_by == order.placed_at + timedelta(hours=6)
    w.clock.advance(7 * HOUR)
    late = w.order()
    assert (late.state, late.accept_by) == (OrderState.REFUSED, None)


def test_waiting_orders_may_be_left_to_people(config: MiraklConfig) -> None:
    """With nobody to answer for them they are being checked, as far as the library is concerned."""
    w = World(attrs.evolve(config, import_rule=ImportRule(answer_waiting=False)), "PAY_ON_ACCEPTANCE")
    assert w.order().state is OrderState.BEING_CHECKED


def test_complaint_08_shipping_too_early_is_known_beforehand(config: MiraklConfig) -> None:
    """Mirakl answers a bare 400; the table says why, and which state is needed, without asking."""
    w = World(config, "PAY_ON_ACCEPTANCE")
    w.accept()
    told = may(Act.SHIP, w.wire())
    assert not told.granted
    assert "it has to be in SHIPPING" in told.why
    with pytest.raises(errors.Refused) as caught:
        w.ship()
    assert caught.value.status == 400


def test_an_order_that_the_operator_sends_is_never_sent_by_us_too(config: MiraklConfig) -> None:
    """Mirakl says that it is not the shop's to send: it is somebody's work, with the reason, and never taken over."""
    w = World(config, "PAY_ON_ACCEPTANCE", order_acceptance="AUTOMATIC")
    foreign = w.market.buy([("S1", 1)], centre="OPERATOR")
    assert foreign is not None
    w.clock.advance(2 * HOUR)
    assert w.order().state is OrderState.AWAITING_SHIPMENT
    w.order_id = OrderId(foreign)
    found = w.order()
    assert found.state is OrderState.UNKNOWN
    assert {line.state for line in found.lines} == {OrderState.UNKNOWN}
    assert "can_shop_ship" in found.vendor_state
    assert not may(Act.SHIP, w.wire()).granted


def test_only_orders_of_own_centres_are_read_where_they_are_named(config: MiraklConfig) -> None:
    """A shop of which the operator sends a part names its own centres, and the other orders do not come at all."""
    w = World(attrs.evolve(config, own_centres=("DEFAULT",)), "PAY_ON_ACCEPTANCE", order_acceptance="AUTOMATIC")
    assert w.market.buy([("S1", 1)], centre="OPERATOR")
    since = w.clock.now()
    read = w.runner.run(w.channel.orders(since=since))
    assert [each.order.order_id for each in read.items] == [w.order_id]
    fed: list[str] = []
    w.runner.run(w.channel.feed.poll(since, lambda rows: fed.extend(row.id for row in rows)))
    w.clock.advance(HOUR)
    found = w.runner.run(w.channel.feed.reconcile(dict.fromkeys, lambda _: None))
    assert (fed, found.compared) == ([w.order_id], 1)
