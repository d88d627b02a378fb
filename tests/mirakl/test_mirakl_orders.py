"""OR11 with its filters and pages, OR21 and OR04."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from khaos_connectors import errors
from khaos_connectors.calls.messages import Response
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.endpoints import OrderFilter
from khaos_connectors.mirakl.models.codes import OrderState, OrderTaxMode, PaymentWorkflow
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.scope import Scope

Answer = Callable[..., Response]
Document = Callable[[str], dict[str, object]]


def orders_page(sizes: int, total: int | None, document: Document) -> dict[str, object]:
    page = document("orders.json")
    (order,) = page["orders"]
    page["orders"] = [order] * sizes
    if total is None:
        del page["total_count"]
    else:
        page["total_count"] = total
    return page


def test_every_filter_reaches_the_wire(scope: Scope) -> None:
    """Comma lists, a repeated parameter, words for booleans, and times in UTC whose plus sign needs no encoding."""
    east = timezone(timedelta(hours=2))
    wanted = OrderFilter(
        order_ids=("A", "B"),
        order_references_for_customer=("C",),
        order_references_for_seller=("S",),
        order_state_codes=(OrderState.SHIPPING, OrderState.SHIPPED),
        channel_codes=("UK",),
        only_null_channel=False,
        start_date=datetime(2026, 1, 1, 2, tzinfo=east),
        end_date=datetime(2026, 1, 2, tzinfo=UTC),
        start_update_date=datetime(2026, 1, 1, 0, 0, 0, 123456, tzinfo=UTC),
        end_update_date=datetime(2026, 1, 3, tzinfo=UTC),
        customer_debited=True,
        payment_workflow=PaymentWorkflow.PAY_ON_SHIPMENT,
        has_incident=False,
        fulfillment_center_code=("X", "Y"),
        order_tax_mode=OrderTaxMode.TAX_EXCLUDED,
    )
    assert endpoints.list_orders(scope, wanted, size=50, offset=100).request.query == (
        ("order_ids", "A,B"),
        ("order_references_for_customer", "C"),
        ("order_references_for_seller", "S"),
        ("order_state_codes", "SHIPPING,SHIPPED"),
        ("channel_codes", "UK"),
        ("only_null_channel", "false"),
        ("start_date", "2026-01-01T00:00:00.000Z"),
        ("end_date", "2026-01-02T00:00:00.000Z"),
        ("start_update_date", "2026-01-01T00:00:00.123Z"),
        ("end_update_date", "2026-01-03T00:00:00.000Z"),
        ("customer_debited", "true"),
        ("payment_workflow", "PAY_ON_SHIPMENT"),
        ("has_incident", "false"),
        ("fulfillment_center_code", "X"),
        ("fulfillment_center_code", "Y"),
        ("order_tax_mode", "TAX_EXCLUDED"),
        ("max", "50"),
        ("offset", "100"),
        ("sort", "dateCreated"),
        ("order", "asc"),
        ("shop_id", "2000"),
    )


def test_the_locale_goes_with_translated_reads_only() -> None:
    """An instance refuses languages it did not switch on, so none is sent unless configured."""
    scope = Scope(account="a", locale="en_GB")
    assert ("locale", "en_GB") in endpoints.list_orders(scope).request.query
    assert endpoints.list_carriers(scope).request.query == ()


@pytest.mark.parametrize("values", [tuple(map(str, range(101))), ("a,b",), ("",)])
def test_lists_that_mirakl_refuses_are_not_sent(values: tuple[str, ...], scope: Scope) -> None:
    """More than 100 values is a 400, and a comma inside a value would make two of it."""
    with pytest.raises(errors.Invalid) as caught:
        endpoints.list_orders(scope, OrderFilter(order_ids=values))
    assert caught.value.fields[0].field == "order_ids"
    assert caught.value.status is None


def test_a_naive_time_is_refused(scope: Scope) -> None:
    """Nobody knows what instant a time without zone means."""
    with pytest.raises(errors.Invalid, match="start_date: needs a time zone"):
        endpoints.list_orders(scope, OrderFilter(start_date=datetime(2026, 1, 1)))  # noqa: DTZ001 - the bad input under test


def test_a_date_without_a_time_is_refused(scope: Scope) -> None:
    """By the filter's own name, in place of a TypeError from within."""
    wrong: object = date(2026, 1, 1)
    with pytest.raises(errors.Invalid, match="start_date: must be a datetime with a time zone, not the date"):
        endpoints.list_orders(scope, OrderFilter(start_date=wrong))  # type: ignore[arg-type]  # a mistake on purpose


@pytest.mark.parametrize(("size", "offset"), [(0, 0), (101, 0), (10, -1)])
def test_pages_have_bounds(size: int, offset: int, scope: Scope) -> None:
    """A page has 1 to 100 rows."""
    with pytest.raises(errors.Invalid):
        endpoints.list_orders(scope, size=size, offset=offset)


@pytest.mark.parametrize("count", [1, 100, 101, 250])
def test_ids_are_asked_for_in_hundreds(count: int, scope: Scope) -> None:
    """Every id is in exactly one call, and no call has more than 100."""
    ids = [f"O-{n}" for n in range(count)]
    calls = endpoints.orders_by_id(scope, ids)
    asked = [dict(call.request.query)["order_ids"].split(",") for call in calls]
    assert [order_id for chunk in asked for order_id in chunk] == ids
    assert all(len(chunk) <= 100 for chunk in asked)


@pytest.mark.parametrize(
    ("rows", "total", "more"),
    [(2, 5, True), (2, 2, False), (0, 0, False), (0, None, False), (2, None, True), (1, None, False)],
)
def test_the_next_page(
    *, rows: int, total: int | None, more: bool, scope: Scope, answer: Answer, document: Document
) -> None:
    """Pages follow until the total is seen, or a short page where no total is told; an empty page is the end."""
    page = endpoints.list_orders(scope, size=2).decode(answer(orders_page(rows, total, document)))
    assert (page.next is not None) is more
    if page.next is not None:
        assert ("offset", "2") in page.next.request.query


@pytest.mark.parametrize("total", [4, None])
def test_a_page_that_comes_again_is_no_progress(
    total: int | None, scope: Scope, answer: Answer, document: Document
) -> None:
    """An instance that ignores the offset would hide all later orders: the walk stops with the place that it is at."""
    page = answer(orders_page(2, total, document))
    first = endpoints.list_orders(scope, size=2).decode(page)
    assert first.next is not None
    with pytest.raises(errors.CursorStuck) as caught:
        first.next.decode(page)
    assert (caught.value.system, caught.value.operation) == (scope.account, "OR11")
    assert caught.value.cursor == "offset=2"


def test_an_empty_page_before_the_total_is_no_end(scope: Scope, answer: Answer, document: Document) -> None:
    """Orders that the answer itself counts and does not show must not be passed over."""
    with pytest.raises(errors.CursorStuck):
        endpoints.list_orders(scope, size=2, offset=2).decode(answer(orders_page(0, 5, document)))


def test_one_bad_order_does_not_spoil_the_page(scope: Scope, answer: Answer, document: Document) -> None:
    """Null where a number is due makes one order unreadable, named with its path; the others go on."""
    page = orders_page(3, 3, document)
    page["orders"] = deepcopy(page["orders"][:1]) + deepcopy(page["orders"][:1]) + page["orders"][:1]
    page["orders"][1]["order_lines"][0]["price"] = None
    first, bad, last = endpoints.list_orders(scope).decode(answer(page)).items
    assert isinstance(first, Read)
    assert isinstance(last, Read)
    assert isinstance(bad, Broken)
    assert bad.id == "JL70000001-A"
    assert "$.orders[1].order_lines[0].price" in bad.problem
    assert json.loads(bad.payload)["order_lines"][0]["price"] is None


@pytest.mark.parametrize("row", [None, 5, "text", [], {}, {"order_id": 7}])
def test_what_is_no_order_at_all(row: object, scope: Scope, answer: Answer) -> None:
    """Any JSON value in the list is either an order or unreadable."""
    (bad,) = endpoints.list_orders(scope).decode(answer({"orders": [row], "total_count": 1})).items
    assert isinstance(bad, Broken)
    assert bad.id == ("7" if row == {"order_id": 7} else "")


@pytest.mark.parametrize(("field", "value"), [("created_date", "2026-03-02T09:15:00"), ("total_price", True)])
def test_what_the_contract_forbids(field: str, value: object, scope: Scope, answer: Answer, document: Document) -> None:
    """A naive date-time and a boolean amount break the contract at their field."""
    page = document("orders.json")
    page["orders"][0][field] = value
    (bad,) = endpoints.list_orders(scope).decode(answer(page)).items
    assert isinstance(bad, Broken)
    assert bad.path == f"$.orders[0].{field}"


def test_the_payload_is_exact(scope: Scope, answer: Answer) -> None:
    """Digits and unknown fields of an order survive in its payload."""
    body = '{"orders": [{"order_id": "A", "x": 1.10, "y": [12345678901234567890.123]}], "total_count": 1}'
    (bad,) = endpoints.list_orders(scope).decode(answer(body)).items
    assert bad.payload == '{"order_id":"A","x":1.10,"y":[12345678901234567890.123]}'


def test_a_body_without_orders_is_undecodable(scope: Scope, answer: Answer) -> None:
    """A page that is no page is one clear error, not an empty page."""
    with pytest.raises(errors.Undecodable) as caught:
        endpoints.list_orders(scope).decode(answer({"total_count": 3}))
    assert "orders" in str(caught.value)


def test_every_line_is_decided(scope: Scope) -> None:
    """OR21 carries a verdict for each line, and an empty decision is refused before it is sent."""
    request = endpoints.decide_lines(scope, "O-1", {"a": True, "b": False}).request
    assert json.loads(request.body) == {"order_lines": [{"id": "a", "accepted": True}, {"id": "b", "accepted": False}]}
    with pytest.raises(errors.Invalid):
        endpoints.decide_lines(scope, "O-1", {})


@pytest.mark.parametrize("references", [{}, {"O-1": ""}, {"O-1": "x" * 2001}, {f"O-{n}": "x" for n in range(101)}])
def test_references_that_mirakl_refuses_are_not_sent(references: dict[str, str], scope: Scope) -> None:
    """OR04 takes 1 to 100 orders with 1 to 2000 characters each."""
    with pytest.raises(errors.Invalid):
        endpoints.set_seller_references(scope, references)
