"""What is written onto orders (OR04, OR07, OR31, OR32) and read beside them (OR51, OR75), against the simulator."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors import errors
from khaos_connectors.calls.decode import parse_json, read
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.messages import Call, Response
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.models.additional_fields import AdditionalField, AdditionalFieldType, NewAdditionalField
from khaos_connectors.mirakl.models.order_updates import NewEcoContribution, NewLineOrigin, NewOrderUpdate
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.mirakl.order_state import CustomField, OrderSettings
from khaos_connectors.testing.simulators.routes import transport

T = TypeVar("T")
FIELDS = {
    "gift-note": CustomField(),
    "tags": CustomField(type="MULTIPLE_VALUES_LIST"),
    "operator-only": CustomField(editable=False),
    "lot": CustomField(entity="ORDER_LINE"),
}


class World:
    """A marketplace with one order, and the way to it."""

    def __init__(self, config: MiraklConfig) -> None:
        self.clock = ManualClock()
        self.market = MiraklSimulator(
            clock=self.clock.now,
            api_key="key-123",
            offers={"S1": OfferState(price="9.99", quantity=50), "KG": OfferState(price="4.00", quantity=50)},
            settings=MiraklSettings(orders=OrderSettings(fields=FIELDS, measured={"KG": "KILOGRAM"})),
        )
        self.scope = config.scope
        self._caller = config.caller()
        self._runner = Runner({str(config.account): transport(self.market)}, clock=self.clock)
        order_id = self.market.buy([("S1", 2), ("KG", 1)])
        assert order_id is not None
        self.order_id = order_id

    def do(self, call: Call[T]) -> T:
        """Perform one call."""
        return self._runner.run(self._caller.perform(call))

    def order(self) -> dict[str, object]:
        """The order as OR11 tells it."""
        (call,) = endpoints.orders_by_id(self.scope, [self.order_id])
        (row,) = self.do(call).items
        found: dict[str, object] = json.loads(row.payload)
        return found


@pytest.fixture
def world(config: MiraklConfig) -> World:
    return World(config)


def test_complaint_16_the_own_reference_is_written_back(world: World) -> None:
    """Our order number stands on the marketplace's order, and an order that is not there is told by its own row."""
    rows = world.do(endpoints.set_seller_references(world.scope, {world.order_id: "SO77", "NOPE-A": "SO78"}))
    assert [(row.order_id, bool(row.errors)) for row in rows] == [(world.order_id, False), ("NOPE-A", True)]
    assert rows[0].updated is not None
    assert rows[0].updated.references is not None
    assert rows[0].updated.references.order_reference_for_seller == "SO77"
    assert world.order()["references"] == {"order_reference_for_customer": None, "order_reference_for_seller": "SO77"}


def test_eco_contributions_travel_by_line(scope: Scope) -> None:
    """OR04 names only what is to change: eco data without a reference leaves the reference alone."""
    eco = NewEcoContribution(epr_category_code="FURN", producer_id="P1", unit_amount=Decimal("0.12"))
    request = endpoints.update_orders(scope, [NewOrderUpdate(order_id="O", eco_contributions={"O-1": (eco,)})]).request
    assert json.loads(request.body) == {
        "orders": [
            {
                "order_id": "O",
                "order_lines": [
                    {
                        "order_line_id": "O-1",
                        "eco_contributions": [{"epr_category_code": "FURN", "producer_id": "P1", "unit_amount": 0.12}],
                    }
                ],
            }
        ]
    }


def _field(value: str) -> AdditionalField:
    body = f'{{"code": "c", "value": {value}}}'.encode()
    answer = parse_json(Response(status=200, body=body), system="a", operation="OR11")
    return read(AdditionalField, answer, system="a", operation="OR11")


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ('"Happy birthday"', ("Happy birthday",)),
        ('"true"', ("true",)),
        ("true", ("true",)),
        ("false", ("false",)),
        ("1337", ("1337",)),
        ("1.50", ("1.50",)),
        ('["red", "blue", null]', ("red", "blue")),
        ("[]", ()),
        ("null", ()),
    ],
)
def test_custom_fields_of_every_type_are_texts(value: str, texts: tuple[str, ...]) -> None:
    """Text is what the document says; a bare value means the same by it. Customers' words stay unshown."""
    field = _field(value)
    assert field.texts == texts
    assert "Happy" not in repr(field)


def test_custom_fields_are_written_and_deleted(world: World) -> None:
    """One text or several, on the order and on a line; an empty value deletes; the answer is what stands now."""
    line = f"{world.order_id}-1"
    done = world.do(
        endpoints.set_additional_fields(
            world.scope,
            world.order_id,
            [
                NewAdditionalField(code="gift-note", value="Happy birthday"),
                NewAdditionalField(code="tags", value=("red", "blue")),
            ],
            lines={line: [NewAdditionalField(code="lot", value="L7", type=AdditionalFieldType.STRING)]},
        )
    )
    assert done.problems == ()
    assert done.order_update_result is not None
    kept = {field.code: field.texts for field in done.order_update_result.order_additional_fields or ()}
    assert kept == {"gift-note": ("Happy birthday",), "tags": ("red", "blue")}
    assert world.order()["order_additional_fields"] == [
        {"code": "gift-note", "type": "STRING", "value": "Happy birthday"},
        {"code": "tags", "type": "MULTIPLE_VALUES_LIST", "value": ["red", "blue"]},
    ]
    world.do(
        endpoints.set_additional_fields(world.scope, world.order_id, [NewAdditionalField(code="tags", value=None)])
    )
    left = world.order()["order_additional_fields"]
    assert left == [{"code": "gift-note", "type": "STRING", "value": "Happy birthday"}]


@pytest.mark.parametrize("code", ["operator-only", "lot", "unknown"])
def test_custom_fields_are_refused_inside_a_200(code: str, world: World) -> None:
    """All or nothing: one field that may not be written leaves all as they were, and says which it is."""
    fields = [NewAdditionalField(code="gift-note", value="x"), NewAdditionalField(code=code, value="y")]
    done = world.do(endpoints.set_additional_fields(world.scope, world.order_id, fields))
    assert done.order_update_result is None
    assert len(done.problems) == 1
    assert world.order()["order_additional_fields"] == []


@pytest.mark.parametrize(
    "field",
    [
        NewAdditionalField(code="", value="x"),
        NewAdditionalField(code="a", value=("x",), type=AdditionalFieldType.STRING),
        NewAdditionalField(code="a", value="x", type=AdditionalFieldType.MULTIPLE_VALUES_LIST),
    ],
)
def test_custom_fields_of_the_wrong_form_are_not_sent(field: NewAdditionalField, scope: Scope) -> None:
    """A code is needed, and the value has to be of its type."""
    with pytest.raises(errors.Invalid):
        endpoints.set_additional_fields(scope, "O", [field])
    with pytest.raises(errors.Invalid):
        endpoints.set_additional_fields(scope, "O", [], lines={"O-1": []})


def test_origins_are_fixed_once_the_debit_began(world: World) -> None:
    """OR07 takes a warehouse or an address before the debit, and refuses per line inside its 200 afterwards."""
    line = f"{world.order_id}-1"
    (row,) = world.do(endpoints.set_line_origins(world.scope, [NewLineOrigin(order_line_id=line, warehouse="MAIN")]))
    assert row.updated is not None
    assert row.updated.warehouse is not None
    assert (row.updated.warehouse.code, row.errors) == ("MAIN", ())
    decide = {f"{world.order_id}-{n}": True for n in (1, 2)}
    world.do(endpoints.decide_lines(world.scope, world.order_id, decide))
    moved = NewLineOrigin(order_line_id=line, country_iso_code="GBR", city="Exampleton")
    (late,) = world.do(endpoints.set_line_origins(world.scope, [moved]))
    assert [error.code for error in late.errors or ()] == ["05.read-only"]


@pytest.mark.parametrize(
    "origin",
    [
        NewLineOrigin(order_line_id="L"),
        NewLineOrigin(order_line_id="L", city="Exampleton"),
        NewLineOrigin(order_line_id="L", warehouse="MAIN", country_iso_code="GBR"),
    ],
)
def test_an_origin_is_a_warehouse_or_an_address(origin: NewLineOrigin, scope: Scope) -> None:
    """Neither, both, and an address without its country are not sent."""
    with pytest.raises(errors.Invalid):
        endpoints.set_line_origins(scope, [origin])


def test_measured_lines_are_adjusted_once(world: World) -> None:
    """OR32 moves money: it is never repeated by itself, and Mirakl takes it once per line, telling so in a 200."""
    call = endpoints.adjust_lines(world.scope, {f"{world.order_id}-2": Decimal("0.85"), "X-1": Decimal(1)})
    assert call.repeat == "never"
    done, unknown = world.do(call)
    assert done.measurement is not None
    assert done.measurement.actual_measurement == Decimal("0.85")
    assert [error.code for error in unknown.errors or ()] == ["ORDER_LINE_NOT_FOUND"]
    again = world.do(endpoints.adjust_lines(world.scope, {f"{world.order_id}-2": Decimal("0.85")}))
    assert [error.code for error in again[0].errors or ()] == ["ORDER_LINE_ALREADY_ADJUSTED"]


@pytest.mark.parametrize("measured", ["-1", "NaN", "Infinity"])
def test_impossible_measurements_are_not_sent(measured: str, scope: Scope) -> None:
    """A weight is a number of 0 or more."""
    with pytest.raises(errors.Invalid):
        endpoints.adjust_lines(scope, {"L": Decimal(measured)})


def test_evaluations_and_tax_codes(world: World) -> None:
    """OR51 tells what the customer said, as NotFound where nothing was; OR75 the operator's tax codes."""
    with pytest.raises(errors.NotFound):
        world.do(endpoints.get_evaluation(world.scope, world.order_id))
    world.market.evaluate(world.order_id, 4, "Quick, but dented")
    said = world.do(endpoints.get_evaluation(world.scope, world.order_id))
    assert (said.grade, said.visible) == (4, True)
    assert "dented" not in repr(said)
    assert [tax.code for tax in world.do(endpoints.list_order_taxes(world.scope))] == ["VAT"]


def test_trap_06_cancelation_is_spelt_with_one_l(answer: Callable[..., Response], sample: Callable[[str], str]) -> None:
    """``cancelations`` is read where Mirakl writes it, ``cancellations`` is no field of its; so with deduced_amount."""
    page = json.loads(sample("orders.json"), parse_float=Decimal)
    page["orders"] = page["orders"][:1]
    line = page["orders"][0]["order_lines"][0]
    line["cancelations"] = [{"id": "7", "quantity": 1, "amount": 1}]
    line["cancellations"] = [{"id": "8", "quantity": 1, "amount": 1}]
    line["promotions"] = [{"id": "P", "apportioned": True, "deduced_amount": 2, "deducted_amount": 3}]
    (row,) = endpoints.list_orders(Scope(account="a")).decode(answer(page)).items
    found = row.record.order_lines[0]
    assert [each.id for each in found.cancelations or ()] == ["7"]
    assert [each.deduced_amount for each in found.promotions or ()] == [Decimal(2)]


NULLABLE = (
    "acceptance_decision_date",
    "customer_debited_date",
    "last_updated_date",
    "shipping_deadline",
    "references",
    "customer",
    "order_taxes",
    "order_additional_fields",
    "promotions",
    "channel",
)
NULLABLE_OF_LINES = (
    "debited_date",
    "received_date",
    "shipped_date",
    "order_line_state_reason_code",
    "order_line_state_reason_label",
    "description",
    "last_updated_date",
    "refunds",
    "cancelations",
    "taxes",
    "promotions",
    "commission_fee",
)
ABSENT = ("paymentType", "leadtime_to_ship", "has_invoice", "fulfillment", "can_cancel")


@given(
    nulls=st.sets(st.sampled_from(NULLABLE)),
    line_nulls=st.sets(st.sampled_from(NULLABLE_OF_LINES)),
    gone=st.sets(st.sampled_from(ABSENT)),
)
def test_trap_01_required_is_not_non_null(
    *, nulls: set[str], line_nulls: set[str], gone: set[str], order_page: dict[str, object]
) -> None:
    """Null and absence where the document says "required" make no order unreadable."""
    page = json.loads(json.dumps(order_page))
    (order,) = page["orders"]
    order.update(dict.fromkeys(nulls))
    for line in order["order_lines"]:
        line.update(dict.fromkeys(line_nulls))
    for name in gone:
        order.pop(name, None)
    body = json.dumps(page).encode()
    (row,) = endpoints.list_orders(Scope(account="a")).decode(Response(status=200, body=body)).items
    assert row.record.order_id == order["order_id"]


def test_trap_02_numbers_as_strings_and_strings_as_numbers(order_page: dict[str, object]) -> None:
    """Amounts and quantities as text, reason codes as numbers: the same record either way."""
    plain = json.loads(json.dumps(order_page))
    odd = json.loads(json.dumps(order_page))
    for page, quantity, amount, reason in ((plain, 1, 2.50, "34"), (odd, "1", "2.50", 34)):
        line = page["orders"][0]["order_lines"][0]
        line["price"] = amount
        line["quantity"] = quantity
        line["refunds"] = [
            {"id": 5 if page is odd else "5", "amount": amount, "quantity": quantity, "reason_code": reason}
        ]
        line["taxes"] = [{"code": "VAT", "amount": amount}]
    read = [
        endpoints.list_orders(Scope(account="a")).decode(Response(status=200, body=json.dumps(page).encode())).items[0]
        for page in (plain, odd)
    ]
    assert read[0].record == read[1].record


@pytest.fixture(scope="module")
def order_page() -> dict[str, object]:
    """A page with one order as the simulator tells it."""
    market = MiraklSimulator(clock=ManualClock().now, api_key="k", offers={"S1": OfferState(price="9.99", quantity=50)})
    market.buy([("S1", 2)])
    request = endpoints.list_orders(Scope(account="a")).request.with_headers({"authorization": "k"})
    found: dict[str, object] = json.loads(market.handle(request).body)
    return found
