"""Laws of the sweeps over orders: the zone of a time does not matter, and who is too late stays so."""

from datetime import UTC, datetime, timedelta, timezone

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.ids import OrderRef
from khaos_connectors.core.order_checks import OrderAge, find_duplicates, find_outside_channel, find_stalled
from khaos_connectors.core.order_stages import OrderStage
from khaos_connectors.core.orders import ErpOrder
from khaos_connectors.testing.strategies import erp_orders, order_ages

law = settings(deadline=None, max_examples=100)
NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
GONE = {OrderStage.DESPATCHED, OrderStage.REFUSED, OrderStage.CANCELLED, OrderStage.CLOSED}
offsets = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))


@law
@given(st.lists(erp_orders(), max_size=6), st.data())
def test_where_a_time_was_written_does_not_matter(orders: list[ErpOrder], data: st.DataObject) -> None:
    """The same moments in other zones, and the orders in another sequence, give the same original and copies."""
    alike = [attrs.evolve(order, reference=OrderRef("JL-1")) for order in orders]
    elsewhere = [
        attrs.evolve(order, created_on=order.created_on.astimezone(data.draw(offsets)))
        if order.created_on is not None
        else order
        for order in alike
    ]

    assert find_duplicates(elsewhere) == find_duplicates(alike)


@law
@given(st.lists(erp_orders(), max_size=6), st.none() | st.sets(st.sampled_from([OrderRef("JL-1"), OrderRef("JL-2")])))
def test_who_is_outside_is_told_with_its_reference(orders: list[ErpOrder], known: set[OrderRef] | None) -> None:
    """A reference that there is stands in the message, however few references are known."""
    ours = {order.code: attrs.evolve(order, customer="JL") for order in orders}

    for reason in find_outside_channel(ours.values(), customers=["JL"], known=known):
        reference = reason.evidence["reference"].strip()
        assert reference in reason.message
        assert ("it has no reference" in reason.message) is (not reference)


@law
@given(order_ages(), st.integers(-72, 72), st.integers(0, 72))
def test_too_late_stays_too_late(age: OrderAge, hours: int, more: int) -> None:
    """At any stage, a hold and a wrong date included, until it has left or is over."""
    now = NOON + timedelta(hours=hours)
    late = age.ship_by is not None and now >= age.ship_by and (age.behind or age.stage) not in GONE

    if late:
        assert find_stalled([age], now=now)
        assert find_stalled([age], now=now + timedelta(hours=more))
