"""The life cycle as a table: every state, every way of paying, and what a seller may do."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.calls.decode import Unrecognised
from khaos_connectors.core.ids import AccountId
from khaos_connectors.core.orders import OrderState as Standing
from khaos_connectors.mirakl import mapping
from khaos_connectors.mirakl.models.codes import LineState, OrderState, PaymentWorkflow
from khaos_connectors.mirakl.models.orders import Order, OrderLine
from khaos_connectors.mirakl.orders.life_cycle import (
    LIFE_CYCLE,
    WORKFLOWS,
    Act,
    Debit,
    ImportRule,
    is_debited,
    may,
    may_on_line,
    stage_of,
    workflow_of,
)

WHEN = datetime(2026, 3, 2, tzinfo=UTC)
ACCOUNT = AccountId("a")


def line(state: LineState | Unrecognised = LineState.SHIPPING, **more: object) -> OrderLine:
    plain = OrderLine(
        order_line_id="L",
        order_line_state=state,
        offer_sku="S",
        quantity=1,
        price=Decimal(10),
        shipping_price=Decimal(0),
    )
    return attrs.evolve(plain, **more)


def order(state: OrderState | Unrecognised = OrderState.SHIPPING, *lines: OrderLine, **more: object) -> Order:
    plain = Order(
        order_id="O-1",
        order_state=state,
        created_date=WHEN,
        currency_iso_code="GBP",
        total_price=Decimal(10),
        order_lines=lines or (line(),),
    )
    return attrs.evolve(plain, **more)


def test_every_state_and_workflow_has_its_row() -> None:
    """Nothing that Mirakl documents is left out of the tables, and ends are the states that nobody moves on."""
    assert set(LIFE_CYCLE) == set(OrderState)
    assert set(WORKFLOWS) == set(PaymentWorkflow)
    for stage in LIFE_CYCLE.values():
        assert stage.meaning
        assert stage.ends is not bool(stage.moved_by)
        assert not (stage.ends and stage.seller_may)


@pytest.mark.parametrize(
    ("act", "states"),
    [
        (Act.DECIDE, {"WAITING_ACCEPTANCE"}),
        (Act.SHIP, {"SHIPPING"}),
        (Act.TRACK, {"SHIPPING", "SHIPPED"}),
        (Act.CANCEL_ORDER, {"WAITING_DEBIT", "WAITING_DEBIT_PAYMENT", "SHIPPING"}),
        (Act.REFUND, {"SHIPPING", "SHIPPED", "TO_COLLECT", "RECEIVED"}),
    ],
)
def test_what_may_be_done_follows_from_the_state(act: Act, states: set[str]) -> None:
    """Each act is granted in its own states and in no other, an unknown state included."""
    granted = {state.value for state in OrderState if may(act, order(state)).granted}
    assert granted == states
    assert not may(act, order(Unrecognised("FRAUD_RECHECK"))).granted


def test_complaint_08_a_no_names_the_rule() -> None:
    """In place of Mirakl's bare 400: where the order stands, what that means, and where it would have to be."""
    refused = may(Act.SHIP, order(OrderState.WAITING_DEBIT_PAYMENT))
    assert not refused.granted
    assert "WAITING_DEBIT_PAYMENT" in refused.why
    assert "debit" in refused.why
    assert "SHIPPING" in refused.why


def test_flags_of_the_order_win_over_the_table() -> None:
    """What Mirakl says of this very order outweighs what its state says of orders in general."""
    assert may(Act.CANCEL_ORDER, order(OrderState.SHIPPING, can_cancel=True)).granted
    assert not may(Act.CANCEL_ORDER, order(OrderState.WAITING_DEBIT, can_cancel=False)).granted
    assert not may(Act.SHIP, order(can_shop_ship=False)).granted
    assert may(Act.RESOLVE_INCIDENT, order(OrderState.SHIPPED, has_incident=True)).granted
    assert not may(Act.RESOLVE_INCIDENT, order(OrderState.SHIPPED, has_incident=False)).granted


def test_money_of_a_line_goes_back_by_its_debit() -> None:
    """Not debited: cancelled. Debited: refunded. Never both, and neither once the order is closed."""
    unpaid, paid = line(), line(debited_date=WHEN)
    assert may_on_line(Act.CANCEL_LINES, order(OrderState.SHIPPING, unpaid), unpaid).granted
    assert not may_on_line(Act.REFUND, order(OrderState.SHIPPING, unpaid), unpaid).granted
    assert may_on_line(Act.REFUND, order(OrderState.SHIPPED, paid), paid).granted
    assert not may_on_line(Act.CANCEL_LINES, order(OrderState.SHIPPING, paid), paid).granted
    closed = line(LineState.CLOSED, debited_date=WHEN, can_refund=True)
    assert not may_on_line(Act.REFUND, order(OrderState.CLOSED, closed), closed).granted
    kept = line(debited_date=WHEN, can_refund=False)
    assert not may_on_line(Act.REFUND, order(OrderState.SHIPPED, kept), kept).granted
    gone = line(LineState.REFUSED)
    assert not may_on_line(Act.CANCEL_LINES, order(OrderState.SHIPPING, gone), gone).granted


def test_incidents_belong_to_lines() -> None:
    """Only the line on which it is open can have it solved."""
    opened, other = line(LineState.INCIDENT_OPEN), line(LineState.RECEIVED)
    whole = order(OrderState.RECEIVED, opened, other, has_incident=True)
    assert may_on_line(Act.RESOLVE_INCIDENT, whole, opened).granted
    assert not may_on_line(Act.RESOLVE_INCIDENT, whole, other).granted


def test_ways_of_paying() -> None:
    """Only one of them has an order paid by the time it is to be sent; a way that is not told is the usual one."""
    assert [way for way, row in WORKFLOWS.items() if row.paid_in_shipping] == [PaymentWorkflow.PAY_ON_ACCEPTANCE]
    assert workflow_of(order(payment_workflow=PaymentWorkflow.PAY_ON_SHIPMENT)).debit is Debit.WITH_SHIPMENT
    for told in (None, Unrecognised("PAY_IN_KIND")):
        assert workflow_of(order(payment_workflow=told)).debit is Debit.AFTER_ACCEPTANCE
    free = line()
    elsewhere = order(OrderState.SHIPPED, free, payment_workflow=PaymentWorkflow.NO_CUSTOMER_PAYMENT_CONFIRMATION)
    assert may_on_line(Act.REFUND, elsewhere, free).granted
    assert not is_debited(order())
    assert is_debited(order(customer_debited_date=WHEN))
    assert is_debited(order(OrderState.SHIPPED, line(debited_date=WHEN)))


@pytest.mark.parametrize("workflow", list(PaymentWorkflow))
def test_a_debit_after_the_goods_left_does_not_send_them_again(workflow: PaymentWorkflow) -> None:
    """Whatever the workflow: an order in a debit state whose lines have all left is SHIPPED, under any import rule."""
    left = line(LineState.WAITING_DEBIT_PAYMENT, shipped_date=WHEN)
    wire = order(OrderState.WAITING_DEBIT_PAYMENT, left, payment_workflow=workflow)
    for rule in (ImportRule(), ImportRule(also=frozenset({OrderState.WAITING_DEBIT_PAYMENT}))):
        found = mapping.channel_order(ACCOUNT, wire, rule=rule)
        assert found.state is Standing.SHIPPED
        assert found.lines[0].shipped == 1


def test_import_rule() -> None:
    """SHIPPING is always taken over; earlier states only where the merchant says so, and only the debit states."""
    early = ImportRule(also=frozenset({OrderState.WAITING_DEBIT}))
    assert early.standing(OrderState.WAITING_DEBIT) is Standing.AWAITING_SHIPMENT
    assert early.standing(OrderState.WAITING_DEBIT_PAYMENT) is Standing.AWAITING_PAYMENT
    for rule in (early, ImportRule()):
        assert rule.standing(OrderState.SHIPPING) is Standing.AWAITING_SHIPMENT
        assert rule.standing(Unrecognised("NEW")) is Standing.UNKNOWN
    assert ImportRule().standing(OrderState.WAITING_ACCEPTANCE) is Standing.AWAITING_ACCEPTANCE
    left_alone = ImportRule(answer_waiting=False)
    assert left_alone.standing(OrderState.WAITING_ACCEPTANCE) is Standing.BEING_CHECKED
    with pytest.raises(ValueError, match="also must be of"):
        ImportRule(also=frozenset({OrderState.WAITING_ACCEPTANCE}))


def test_an_early_order_is_taken_over_with_its_lines() -> None:
    """Order and lines agree on what is to be sent."""
    wire = order(OrderState.WAITING_DEBIT, line(LineState.WAITING_DEBIT))
    found = mapping.channel_order(ACCOUNT, wire, rule=ImportRule(also=frozenset({OrderState.WAITING_DEBIT})))
    assert (found.state, found.lines[0].state) == (Standing.AWAITING_SHIPMENT, Standing.AWAITING_SHIPMENT)
    plain = mapping.channel_order(ACCOUNT, wire)
    assert (plain.state, plain.lines[0].state) == (Standing.AWAITING_PAYMENT, Standing.AWAITING_PAYMENT)


def test_the_acceptance_window_is_a_setting() -> None:
    """No field tells how long the operator waits; given it, orders that wait carry their end, others none."""
    waiting = order(OrderState.WAITING_ACCEPTANCE, line(LineState.WAITING_ACCEPTANCE))
    window = timedelta(hours=48)
    assert mapping.channel_order(ACCOUNT, waiting, accept_within=window).accept_by == WHEN + window
    assert mapping.channel_order(ACCOUNT, waiting).accept_by is None
    assert mapping.channel_order(ACCOUNT, order(), accept_within=window).accept_by is None


@given(
    state=st.sampled_from(list(OrderState)) | st.just(Unrecognised("NEW")),
    also=st.sets(st.sampled_from([OrderState.WAITING_DEBIT, OrderState.WAITING_DEBIT_PAYMENT])).map(frozenset),
    answer=st.booleans(),
)
def test_an_import_rule_only_moves_what_waits(
    *, state: OrderState | Unrecognised, also: frozenset[OrderState], answer: bool
) -> None:
    """Whatever the rule: an order that has left, ended, or is not understood stands where the table says."""
    found = ImportRule(also=also, answer_waiting=answer).standing(state)
    plain = stage_of(state).standing
    waits = {Standing.AWAITING_PAYMENT, Standing.AWAITING_ACCEPTANCE}
    assert found is plain or plain in waits
