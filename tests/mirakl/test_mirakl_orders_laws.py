"""Laws over any order that an instance may tell: it is read, mapped, and what it says of itself is kept."""

from decimal import Decimal

from hypothesis import given

from khaos_connectors.calls.decode import to_json
from khaos_connectors.calls.messages import Response
from khaos_connectors.core.ids import AccountId
from khaos_connectors.core.orders import OrderState, TaxMode
from khaos_connectors.mirakl import endpoints, mapping
from khaos_connectors.mirakl.models.orders import Order
from khaos_connectors.mirakl.models.rows import Read
from khaos_connectors.mirakl.orders.life_cycle import Act, may, may_on_line, stage_of, workflow_of
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.testing.mirakl_orders_strategies import order_rows


def read(row: dict[str, object]) -> Order:
    page = Response(status=200, body=to_json({"orders": [row], "total_count": 1}).encode())
    (found,) = endpoints.list_orders(Scope(account="a")).decode(page).items
    assert isinstance(found, Read), found
    assert found.payload == to_json(row)
    return found.record


@given(row=order_rows())
def test_any_order_is_read_and_mapped(row: dict[str, object]) -> None:
    """Nulls, new codes and amounts as text: an order is never lost, and its lines are as many as there were."""
    order = read(row)
    found = mapping.channel_order(AccountId("a"), order)
    assert found.vendor_state == row["order_state"]
    assert (found.state is OrderState.UNKNOWN) is (row["order_state"] == "STATE_OF_TOMORROW")
    assert len(found.lines) == len(order.order_lines)
    for line in found.lines:
        assert 0 <= line.cancelled <= line.quantity
        assert 0 <= line.shipped <= line.quantity
    assert found.charges == () or found.charges[0].amount % Decimal("0.30") == 0


@given(row=order_rows())
def test_the_total_is_what_is_counted(row: dict[str, object]) -> None:
    """With taxes included the total is Mirakl's own: goods, shipping and fees of the lines that it counts."""
    found = mapping.channel_order(AccountId("a"), read(row))
    if found.tax_mode is TaxMode.INCLUDED:
        assert found.total == row["total_price"]
    else:
        assert found.total >= Decimal(str(row["total_price"]))


@given(row=order_rows())
def test_every_question_has_an_answer(row: dict[str, object]) -> None:
    """Whatever the order: the table has a row, and each act is granted or refused with a reason."""
    order = read(row)
    assert stage_of(order.order_state).meaning
    assert workflow_of(order).note
    for act in Act:
        assert may(act, order).why
        for line in order.order_lines:
            told = may_on_line(act, order, line)
            assert told.why
            if stage_of(order.order_state).ends:
                assert not told.granted or act in {Act.RESOLVE_INCIDENT, Act.CANCEL_ORDER}
