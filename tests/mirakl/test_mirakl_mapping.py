"""From Mirakl's order to the core's: states, money, addresses, quantities."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, localcontext

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.calls.decode import Unrecognised, parse_json, read
from khaos_connectors.calls.messages import Response
from khaos_connectors.core.ids import AccountId
from khaos_connectors.core.orders import ChannelOrder, OrderState, TaxMode
from khaos_connectors.mirakl import mapping
from khaos_connectors.mirakl.mapping.countries import alpha2
from khaos_connectors.mirakl.models import codes
from khaos_connectors.mirakl.models.offers import Offer
from khaos_connectors.mirakl.models.orders import (
    Cancelation,
    Customer,
    Order,
    OrderAddress,
    OrderLine,
    OrderTax,
    TaxAmount,
)
from khaos_connectors.mirakl.models.shipments import Shipment

ACCOUNT = AccountId("john-lewis")
WHEN = datetime(2026, 3, 2, tzinfo=UTC)


def line(state: codes.LineState | Unrecognised = codes.LineState.SHIPPING, **more: object) -> OrderLine:
    plain = OrderLine(
        order_line_id="L",
        order_line_state=state,
        offer_sku="S",
        quantity=2,
        price=Decimal(10),
        shipping_price=Decimal(2),
    )
    return attrs.evolve(plain, **more)


def order(*lines: OrderLine, **more: object) -> Order:
    plain = Order(
        order_id="O-1",
        order_state=codes.OrderState.SHIPPING,
        created_date=WHEN,
        currency_iso_code="GBP",
        total_price=Decimal(12),
        order_lines=lines or (line(),),
    )
    return attrs.evolve(plain, **more)


@pytest.fixture
def mapped(sample: Callable[[str], str]) -> ChannelOrder:
    """The sample order, mapped."""
    body = parse_json(Response(status=200, body=sample("orders.json").encode()), system="a", operation="OR11")
    wire = read(Order, body["orders"][0], system="a", operation="OR11")
    return mapping.channel_order(ACCOUNT, wire)


def test_who_and_when(mapped: ChannelOrder) -> None:
    """Ids, dates, references and the service of the sample order stand where the core looks for them."""
    assert (mapped.order_id, mapped.customer_number, mapped.customer_key) == ("JL70000001-A", "JL70000001", "C-501")
    assert mapped.placed_at == datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
    assert mapped.paid_at == datetime(2026, 3, 2, 9, 58, 12, 460000, tzinfo=UTC)
    assert mapped.ship_by == datetime(2026, 3, 4, 23, 59, 59, 999000, tzinfo=UTC)
    assert (mapped.erp_reference, mapped.payment_reference) == ("SO1001", "TR-0001")
    assert (mapped.service, mapped.service_label, mapped.vendor_state) == ("STD", "Standard delivery", "SHIPPING")


def test_lines_and_money(mapped: ChannelOrder) -> None:
    """Line totals, not unit prices; numbers as strings are numbers; the total is that of the lines."""
    first, second = mapped.lines
    assert (first.amount, first.shipping, first.quantity, first.cancelled) == (Decimal("44.97"), Decimal("4.95"), 3, 1)
    assert (second.sku, second.quantity, second.amount, second.refunded) == ("PLATE;24", 1, Decimal("15.00"), 0)
    assert first.shipping_taxes[0].amount == Decimal("0.83")
    assert mapped.tax_mode is TaxMode.INCLUDED
    assert mapped.total == Decimal("64.92") == sum(each.amount + each.shipping for each in mapped.lines)


def test_addresses(mapped: ChannelOrder) -> None:
    """Both addresses come whole; the country is alpha-2 where its code is told, else as it was written."""
    assert mapped.delivery is not None
    assert mapped.billing is not None
    assert mapped.delivery.organisation == "Sample Ltd, Dock 3"
    assert (mapped.delivery.line1, mapped.delivery.line2, mapped.delivery.line3) == (
        "2 Delivery Lane",
        "Flat 4",
        "Ring twice",
    )
    assert (mapped.delivery.country, mapped.billing.country) == ("United Kingdom", "GB")
    assert (mapped.delivery.title, mapped.delivery.email) == ("Dr", "alias-1@example.com")
    assert "Delivery Lane" not in repr(mapped)


@pytest.mark.parametrize("street", [None, "", "   "])
def test_a_hidden_address_is_none(street: str | None) -> None:
    """Before acceptance the street is empty, and such an address is no place to send a parcel to."""
    hidden = Customer(shipping_address=OrderAddress(street_1=street, city="Exampleton"), billing_address=None)
    result = mapping.channel_order(ACCOUNT, order(customer=hidden))
    assert result.delivery is None
    assert result.billing is None


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (codes.OrderState.STAGING, OrderState.BEING_CHECKED),
        (codes.OrderState.WAITING_ACCEPTANCE, OrderState.AWAITING_ACCEPTANCE),
        (codes.OrderState.WAITING_DEBIT, OrderState.AWAITING_PAYMENT),
        (codes.OrderState.WAITING_DEBIT_PAYMENT, OrderState.AWAITING_PAYMENT),
        (codes.OrderState.SHIPPING, OrderState.AWAITING_SHIPMENT),
        (codes.OrderState.SHIPPED, OrderState.SHIPPED),
        (codes.OrderState.TO_COLLECT, OrderState.SHIPPED),
        (codes.OrderState.RECEIVED, OrderState.DELIVERED),
        (codes.OrderState.CLOSED, OrderState.CLOSED),
        (codes.OrderState.REFUSED, OrderState.REFUSED),
        (codes.OrderState.CANCELED, OrderState.CANCELLED),
        (Unrecognised("ON_THE_MOON"), OrderState.UNKNOWN),
    ],
)
def test_states(code: codes.OrderState | Unrecognised, expected: OrderState) -> None:
    """Each state of the life cycle has its core state; a new one is unknown and keeps its code."""
    result = mapping.channel_order(ACCOUNT, order(order_state=code))
    assert result.state is expected
    assert result.vendor_state == (code.code if isinstance(code, Unrecognised) else code.value)


@pytest.mark.parametrize(
    ("state", "dates", "expected", "shipped"),
    [
        (codes.LineState.INCIDENT_OPEN, {}, OrderState.AWAITING_SHIPMENT, 0),
        (codes.LineState.INCIDENT_OPEN, {"shipped_date": WHEN}, OrderState.SHIPPED, 2),
        (codes.LineState.INCIDENT_OPEN, {"shipped_date": WHEN, "received_date": WHEN}, OrderState.DELIVERED, 2),
        (codes.LineState.REFUNDED, {}, OrderState.CANCELLED, 0),
        (codes.LineState.REFUNDED, {"shipped_date": WHEN}, OrderState.SHIPPED, 2),
        (codes.LineState.WAITING_REFUND, {}, OrderState.CANCELLED, 0),
        (codes.LineState.WAITING_DEBIT, {"shipped_date": WHEN}, OrderState.SHIPPED, 2),
        (codes.LineState.WAITING_DEBIT, {}, OrderState.AWAITING_PAYMENT, 0),
        (codes.LineState.CANCELED, {}, OrderState.CANCELLED, 0),
        (codes.LineState.REFUSED, {}, OrderState.REFUSED, 0),
    ],
)
def test_line_states(state: codes.LineState, dates: dict[str, datetime], expected: OrderState, shipped: int) -> None:
    """Where a state hides the goods (incident, refund, debit after delivery) the dates tell where they are."""
    (only,) = mapping.channel_order(ACCOUNT, order(line(state, **dates))).lines
    assert (only.state, only.shipped) == (expected, shipped)


def test_a_debit_after_the_goods_frees_no_demand() -> None:
    """With payment on delivery the order waits for its debit when everything has left: nothing is to be sent."""
    late = order(line(codes.LineState.WAITING_DEBIT, shipped_date=WHEN), order_state=codes.OrderState.WAITING_DEBIT)
    assert mapping.channel_order(ACCOUNT, late).state is OrderState.SHIPPED


def test_taxes_come_on_top_of_net_prices() -> None:
    """TAX_EXCLUDED: the total is what the customer pays, goods and shipping and the tax of the lines that count."""
    vat = (TaxAmount(code="VAT", amount=Decimal(2), rate=Decimal(20)),)
    gone = line(codes.LineState.REFUSED, taxes=vat, shipping_taxes=vat)
    wire = order(
        line(taxes=vat, shipping_taxes=(TaxAmount(code="VAT", amount=Decimal("0.4")),)),
        gone,
        order_tax_mode=codes.OrderTaxMode.TAX_EXCLUDED,
    )
    result = mapping.channel_order(ACCOUNT, wire)
    assert result.tax_mode is TaxMode.EXCLUDED
    assert result.total == Decimal("14.4")


def test_the_callers_decimal_context_does_not_matter() -> None:
    """In a context of three digits the total has every penny of the prices and of the taxes on top of them."""
    wire = order(
        order_tax_mode=codes.OrderTaxMode.TAX_EXCLUDED,
        total_price=Decimal("1234.56"),
        order_taxes=(
            OrderTax(code="T", total_amount=Decimal("246.91")),
            OrderTax(code="U", total_amount=Decimal("0.01")),
        ),
    )
    with localcontext(prec=3):
        assert mapping.channel_order(ACCOUNT, wire).total == Decimal("1481.48")


def test_order_level_taxes_come_on_top_once() -> None:
    """Operators that compute tax per order list it there and not on the lines."""
    wire = order(
        order_tax_mode=codes.OrderTaxMode.TAX_EXCLUDED, order_taxes=(OrderTax(code="T", total_amount=Decimal(3)),)
    )
    assert mapping.channel_order(ACCOUNT, wire).total == Decimal(15)


def test_without_any_tax_both_modes_are_gross() -> None:
    """With no tax on the order both modes show the same figures, so they are what the customer pays."""
    result = mapping.channel_order(ACCOUNT, order(order_tax_mode=codes.OrderTaxMode.TAX_EXCLUDED))
    assert result.tax_mode is TaxMode.INCLUDED
    assert result.total == Decimal(12)


def test_an_old_instance_answers_in_the_mode_that_was_asked_for() -> None:
    """Where the order does not say its tax mode, the question's mode holds."""
    wire = order(line(taxes=(TaxAmount(code="VAT", amount=Decimal(2)),)))
    assert wire.order_tax_mode is None
    asked = mapping.channel_order(ACCOUNT, wire, asked_mode=codes.OrderTaxMode.TAX_EXCLUDED)
    assert (asked.tax_mode, asked.total) == (TaxMode.EXCLUDED, Decimal(14))
    assert mapping.channel_order(ACCOUNT, wire).tax_mode is TaxMode.INCLUDED


@given(st.lists(st.integers(0, 5) | st.none(), max_size=4), st.integers(0, 9))
def test_cancelled_units_never_exceed_the_line(cancelations: list[int | None], quantity: int) -> None:
    """Cancelations add up, null counts as none, and no more is cancelled than was ordered."""
    rows = tuple(Cancelation(id="c", quantity=each) for each in cancelations)
    (only,) = mapping.channel_order(ACCOUNT, order(line(quantity=quantity, cancelations=rows))).lines
    assert only.cancelled == min(quantity, sum(each or 0 for each in cancelations))
    assert 0 <= only.open_quantity <= quantity


@given(
    state=st.sampled_from(list(codes.OrderState)),
    lines=st.lists(st.sampled_from(list(codes.LineState)), max_size=3),
    gone=st.booleans(),
)
def test_mapping_is_total(*, state: codes.OrderState, lines: list[codes.LineState], gone: bool) -> None:
    """Every combination of states maps, and what left is never demand."""
    rows = [line(each, order_line_id=f"L{n}", shipped_date=WHEN if gone else None) for n, each in enumerate(lines)]
    result = mapping.channel_order(ACCOUNT, order(*rows, order_state=state))
    assert all(not each.state.is_demand for each in result.lines if each.shipped)


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("GBR", "anything", "GB"),
        ("gbr", None, "GB"),
        ("FR", None, "FR"),
        (None, "DEU", "DE"),
        (None, "United Kingdom", "United Kingdom"),
        ("ZZZ", None, "ZZZ"),
        (None, None, ""),
    ],
)
def test_countries(code: str | None, name: str | None, expected: str) -> None:
    """Alpha-3 becomes alpha-2; what we do not know stays as it was written."""
    assert alpha2(code, name) == expected


def test_shipments(document: Callable[[str], dict[str, object]]) -> None:
    """A cancelled shipment is none; one in SHIPPING is there and has not left."""
    wires = [read(Shipment, row, system="a", operation="ST11") for row in document("shipments.json")["data"]]
    left, cancelled, planned = map(mapping.shipped_units, wires)
    assert left is not None
    assert planned is not None
    assert (left.tracking, left.carrier, left.shipped, left.lines[0].quantity) == (
        "AB123456785GB",
        "ROYALMAIL",
        True,
        2,
    )
    assert cancelled is None
    assert (planned.shipped, planned.carrier) == (False, "Van")


def test_an_unheard_of_shipment_status_counts_as_left() -> None:
    """Sending goods twice is the worse mistake."""
    units = mapping.shipped_units(Shipment(id="s", order_id="O", status=Unrecognised("BEAMED")))
    assert units is not None
    assert units.shipped


def test_an_order_as_its_own_shipment() -> None:
    """Without shipments of its own an order left whole, with its one tracking number."""
    wire = order(line(codes.LineState.SHIPPED), shipping_tracking="T1", shipping_carrier_code="DPD")
    (units,) = mapping.order_shipments(wire)
    assert (units.tracking, units.carrier, units.lines[0].quantity, units.shipped) == ("T1", "DPD", 2, True)
    assert mapping.order_shipments(order(shipping_tracking="T1")) == ()


def test_listings(document: Callable[[str], dict[str, object]]) -> None:
    """An offer says why it is not for sale, unknown reasons included."""
    rows = document("offers.json")["offers"]
    wires = [read(Offer, row, system="a", operation="OF21") for row in itertools.islice(rows, 2)]
    active, inactive = map(mapping.listing, wires)
    assert (active.sku, active.units, active.active, active.reasons) == ("MUG-BLUE", 12, True, ())
    assert (inactive.units, inactive.active, inactive.reasons) == (0, False, ("ZERO_QUANTITY", "SOMETHING_NEW"))
