"""Laws of money back: never more than is left, parts that come to the whole, and what is made is found again."""

import json
from decimal import Decimal

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.calls.decode import Text
from khaos_connectors.calls.messages import Response
from khaos_connectors.core.ids import AccountId
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.after_sales.money_back import (
    Ask,
    Codes,
    NotPossible,
    Plan,
    everything_left,
    plan_money_back,
)
from khaos_connectors.mirakl.after_sales.money_seen import ids_before, seen_since
from khaos_connectors.mirakl.after_sales.remaining import remaining
from khaos_connectors.mirakl.mapping import refund_events
from khaos_connectors.mirakl.models.amounts import Fee, TaxAmount
from khaos_connectors.mirakl.models.orders import Order, Refund
from khaos_connectors.mirakl.models.rows import Read
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.testing.mirakl_after_sales_strategies import asks_on, paid_orders, return_rows

CODES = Codes(refund="15", cancelation="34")
SCOPE = Scope(account="a")


def made(order: Order, plan: Plan, *, first: int = 500) -> Order:
    """The order once Mirakl has made every refund of *plan*, each with the taxes that were sent."""
    lines = []
    for line in order.order_lines:
        new = [
            Refund(
                id=Text(str(first + at)),
                amount=row.amount,
                shipping_amount=row.shipping_amount,
                quantity=row.quantity,
                reason_code=Text(row.reason_code),
                taxes=tuple(TaxAmount(code=Text(tax.code), amount=tax.amount) for tax in row.taxes),
                shipping_taxes=tuple(TaxAmount(code=Text(tax.code), amount=tax.amount) for tax in row.shipping_taxes),
                fees=tuple(Fee(code=Text(fee.code), amount=fee.amount) for fee in row.fees),
            )
            for at, row in enumerate(plan.refunds)
            if row.order_line_id == line.order_line_id
        ]
        lines.append(attrs.evolve(line, refunds=(*(line.refunds or ()), *new)))
    return attrs.evolve(order, order_lines=tuple(lines))


def sums(order: Order) -> list[Decimal]:
    """Per line what is left of goods, shipping, fees and taxes that Mirakl does not work out."""
    return [
        amount
        for line in remaining(order)
        for amount in (
            line.amount,
            line.shipping,
            *(part.amount for part in (*line.fees, *line.taxes, *line.shipping_taxes) if not part.automatic),
        )
    ]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_however_it_goes_back_it_is_never_more_than_was_paid(data: st.DataObject) -> None:
    """Refund after refund, in any parts: each takes off what is left exactly what it sends, and all ends at nothing."""
    order = data.draw(paid_orders())
    for turn in range(data.draw(st.integers(0, 3))):
        line = data.draw(st.sampled_from(order.order_lines))
        plan = plan_money_back(order, [data.draw(asks_on(line.order_line_id))], codes=CODES)
        if isinstance(plan, NotPossible):
            assert plan.reasons
            continue
        before, order = order, made(order, plan, first=500 + 10 * turn)
        assert all(new <= old for old, new in zip(sums(before), sums(order), strict=True))
        taken = sum(line.amount + line.shipping for line in remaining(before)) - sum(
            line.amount + line.shipping for line in remaining(order)
        )
        assert taken == sum(row.amount + row.shipping_amount for row in plan.refunds)
    rest = plan_money_back(order, everything_left(order), codes=CODES)
    if isinstance(rest, NotPossible):
        assert not any(line.anything for line in remaining(order))
    else:
        assert not any(line.anything for line in remaining(made(order, rest, first=900)))


@settings(max_examples=100, deadline=None)
@given(paid_orders(), st.integers(0, 3))
def test_what_was_made_is_seen_and_what_was_not_is_missing(order: Order, lost: int) -> None:
    """Of a plan's refunds, those on the order are made, the others missing; none is strange, none counts twice."""
    plan = plan_money_back(order, everything_left(order), codes=CODES)
    if isinstance(plan, NotPossible):
        return
    before = ids_before(order)
    partly = attrs.evolve(plan, refunds=plan.refunds[lost:])
    seen = seen_since(made(order, partly), plan, before)
    assert len(seen.made) == len(partly.refunds)
    assert list(seen.missing) == [row.order_line_id for row in plan.refunds[:lost]]
    assert seen.strange == ()


@settings(max_examples=100, deadline=None)
@given(paid_orders())
def test_every_refund_on_an_order_is_one_event_by_amount(order: Order) -> None:
    """As many events as refunds, each under its own id with its own money."""
    events = refund_events(AccountId("a"), order)
    refunds = [refund for line in order.order_lines for refund in line.refunds or ()]
    assert [event.refund_id for event in events] == [refund.id for refund in refunds]
    assert [event.lines[0].amount for event in events] == [refund.amount for refund in refunds]


@settings(max_examples=50, deadline=None)
@given(st.lists(return_rows(), max_size=4))
def test_returns_in_the_documents_shape_are_read(rows: list[dict[str, object]]) -> None:
    """Whatever codes and nulls a return has, every row is read and keeps its id and state."""
    page = endpoints.list_returns(SCOPE).decode(Response(status=200, body=json.dumps({"data": rows}).encode()))
    read = [row.record for row in page.items if isinstance(row, Read)]
    assert [(each.id, each.standing.value) for each in read] == [(row["id"], row["state"]) for row in rows]


def test_a_share_of_three_units_is_a_third_and_the_last_takes_the_rest() -> None:
    """10.00 for three: 3.33, then half of what is left, then all of it; the sum is 10.00."""
    (line,) = (Ask(line_id="O-1-1", units=1),)
    order = next_order(Decimal("10.00"), 3)
    taken: list[Decimal] = []
    for turn in range(3):
        plan = plan_money_back(order, [line], codes=CODES)
        assert isinstance(plan, Plan)
        taken.append(plan.refunds[0].amount)
        order = made(order, plan, first=500 + turn)
    assert taken == [Decimal("3.33"), Decimal("3.34"), Decimal("3.33")]


def next_order(price: Decimal, units: int) -> Order:
    """A debited order of one line."""
    body = {
        "order_id": "O-1",
        "order_state": "SHIPPED",
        "created_date": "2026-03-02T09:00:00Z",
        "currency_iso_code": "GBP",
        "total_price": price,
        "customer_debited_date": "2026-03-02T09:00:00Z",
        "order_lines": [
            {
                "order_line_id": "O-1-1",
                "order_line_state": "SHIPPED",
                "offer_sku": "S",
                "quantity": units,
                "price": str(price),
                "shipping_price": 0,
            }
        ],
    }
    (row,) = (
        endpoints.list_orders(SCOPE)
        .decode(Response(status=200, body=json.dumps({"orders": [body], "total_count": 1}, default=str).encode()))
        .items
    )
    assert isinstance(row, Read)
    return row.record
