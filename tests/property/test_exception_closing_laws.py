"""Laws of the exception report over steps that fail: nothing is dropped in silence, and what is mended is closed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.exception_closing import Checked, settle_items
from khaos_connectors.core.exception_report import ExceptionItem, ExceptionType, open_item
from khaos_connectors.core.order_mapping import Held, Mapped, Nothing, OrderPolicy, map_order
from khaos_connectors.core.orders import ChannelOrder, Charge, ChargeKind, OrderState
from khaos_connectors.testing.strategies import channel_orders, checks, exception_items, targets_of

law = settings(deadline=None, max_examples=80)
NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=30)
POLICY = OrderPolicy()


def _shipped(order: ChannelOrder) -> ChannelOrder:
    lines = tuple(
        attrs.evolve(line, state=OrderState.SHIPPED) if line.state is OrderState.AWAITING_SHIPMENT else line
        for line in order.lines
    )
    return attrs.evolve(order, lines=lines)


FAULTS: dict[str, Callable[[ChannelOrder], ChannelOrder]] = {
    "no address": lambda order: attrs.evolve(order, delivery=None),
    "a total that nobody can explain": lambda order: attrs.evolve(order, total=order.total + 1000),
    "no such currency": lambda order: attrs.evolve(order, currency="pounds"),
    "left already": _shipped,
    "a charge without a code": lambda order: attrs.evolve(
        order, charges=(Charge(kind=ChargeKind.FEE, code="ECO", amount=Decimal(1)),)
    ),
}


def _items(order: ChannelOrder, result: Held, now: datetime) -> list[ExceptionItem]:
    return [open_item(reason, account=order.account, now=now) for reason in result.reasons]


@law
@given(channel_orders(), st.lists(st.sampled_from(sorted(FAULTS)), min_size=1, max_size=3, unique=True))
def test_a_failing_step_yields_an_item_and_the_mended_order_closes_it(order: ChannelOrder, faults: list[str]) -> None:
    """Domain 12: each failing step yields at least one item; fixing the cause and replaying closes every one."""
    targets = targets_of(order)
    broken = order
    for fault in faults:
        broken = FAULTS[fault](broken)
    if isinstance(map_order(order, targets=targets, policy=POLICY), Nothing):
        return

    held = map_order(broken, targets=targets, policy=POLICY)
    assert isinstance(held, Held)
    found = _items(order, held, NOON)
    report = settle_items([], found, checked=(), now=NOON)
    again = settle_items(report, _items(order, held, LATER), checked=(), now=LATER)
    mended = map_order(order, targets=targets, policy=POLICY)
    replayed = settle_items(again, [], checked=[Checked.of(order.account, ExceptionType, [order.order_id])], now=LATER)

    assert len(report) == len(held.reasons) >= 1
    assert [item.count for item in again] == [2] * len(report)
    assert isinstance(mended, Mapped)
    assert not any(item.is_open for item in replayed)


@law
@given(st.lists(channel_orders(), max_size=6), st.sets(st.integers(0, 5)))
def test_what_comes_in_is_done_or_held(orders: list[ChannelOrder], bad: set[int]) -> None:
    """Domain 12: count(in) = count(done) + count(held); one bad order never stops the others."""
    done, held = 0, 0
    for place, order in enumerate(orders):
        wanted = attrs.evolve(order, delivery=None) if place in bad else order
        result = map_order(wanted, targets=targets_of(order), policy=POLICY)
        done += isinstance(result, Mapped | Nothing)
        held += isinstance(result, Held) and bool(result.reasons)

    assert done + held == len(orders)


@law
@given(st.lists(exception_items(), max_size=8), st.lists(exception_items(), max_size=8), st.lists(checks(), max_size=3))
def test_one_open_item_per_key_whatever_was_checked(
    items: list[ExceptionItem], found: list[ExceptionItem], looked_at: list[Checked]
) -> None:
    """Domain 12: one open item per key; none disappears; what was found is open; nothing unchecked is closed."""
    settled = settle_items(items, found, checked=looked_at, now=LATER)
    open_keys = [item.key for item in settled if item.is_open]

    assert len(set(open_keys)) == len(open_keys)
    assert {item.key for item in (*items, *found)} == {item.key for item in settled}
    assert {item.key for item in found if item.is_open} <= set(open_keys)
    for item in items:
        if item.is_open and not any(check.covers(item) for check in looked_at):
            assert item.key in open_keys


@law
@given(st.lists(exception_items(), max_size=8), st.lists(checks(), max_size=3))
def test_settling_twice_is_settling_once(items: list[ExceptionItem], looked_at: list[Checked]) -> None:
    """With nothing new, a second run at the same moment changes nothing."""
    once = settle_items(items, [], checked=looked_at, now=LATER)

    assert settle_items(once, [], checked=looked_at, now=LATER) == once
