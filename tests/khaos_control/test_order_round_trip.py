"""Whole orders: what is written is read back, element by element, and nothing that looks like a card number gets in."""

from collections.abc import Callable
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import attrs
import pytest
from hypothesis import given

from khaos_connectors.core.orders import ErpOrderDraft, Payment
from khaos_connectors.khaos_control import OrderSettings, PaymentRule
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.documents.fields import Reading
from khaos_connectors.khaos_control.documents.orders import order_problems, read_sales_orders, write_sales_orders
from khaos_connectors.khaos_control.mapping import sales_order
from khaos_connectors.khaos_control.order_models import CommLog, NamedValue, SalesOrder
from khaos_connectors.testing.khaos_customer_strategies import sales_orders

_TIME = ServerTime()
_READING = Reading(system="khaos", operation="ExportOrders", time=_TIME)


@given(sales_orders())
def test_every_element_is_read_back(order: SalesOrder) -> None:
    """Writing and reading is the identity, and what the strategy draws may be sent."""
    text = write_sales_orders(order, _TIME)

    rows = read_sales_orders(ET.fromstring(text), _READING)

    assert rows.unread == ()
    assert rows.items == (order,)
    assert write_sales_orders(rows.items[0], _TIME) == text
    assert order_problems(order) == ()


def test_our_sample_is_read_written_and_read(sample: Callable[[str], str]) -> None:
    """An exported order with everything that an order can hold: locked date, own properties, notes, options, ids."""
    (order,) = read_sales_orders(ET.fromstring(sample("sales_orders.xml")), _READING)
    (again,) = read_sales_orders(ET.fromstring(write_sales_orders(order, _TIME)), _READING)

    assert again == order
    assert (order.header.delivery_date, order.header.delivery_date_locked) == (
        datetime(2026, 7, 2, 11, 0, tzinfo=UTC),
        True,
    )
    assert (order.customer.uda, order.customer.custom) == (
        (NamedValue(name="Favourite Colour", value="Green"),),
        (NamedValue(name="TIER", value="2"),),
    )
    assert order.header.custom == (NamedValue(name="GIFT", value="-1"),)
    assert order.header.comm_logs == (
        CommLog(
            contact_type="Telephone",
            date=datetime(2026, 6, 30, 8, 30, tzinfo=UTC),
            description="Asked about sizes",
            response="Sent the chart",
        ),
    )
    assert (order.invoice.address_id, order.invoice.address_other_ref, order.invoice.contact_other_ref) == (
        "71",
        "A-71",
        "C-9",
    )
    line = order.items[0]
    assert (line.option_ref1, line.option_ref2, line.option_ref3) == ("OAK", "LARGE", "")
    assert (line.extended_desc, line.custom) == ("With brass handles\nand a key", (NamedValue(name="56", value="A1"),))


def test_own_properties_are_not_shown() -> None:
    """What an installation keeps about people under names of its own is personal: only the name is in repr."""
    assert repr(NamedValue(name="Security Question", value="Rex")) == "NamedValue(name='Security Question')"


def test_a_reference_like_a_card_number_is_a_problem(draft: ErpOrderDraft, settings: OrderSettings) -> None:
    """A transaction whose reference looks like a card number is named, not sent and not repeated in the problem."""
    payment = Payment(method="marketplace", amount=draft.payments[0].amount, reference="4000 0000 0000 0002")

    written = sales_order(attrs.evolve(draft, payments=(payment,)), settings, reference="R1")

    assert [each.field for each in written.problems] == ["TRANSACTION_ID"]
    assert "4000" not in repr(written)


def test_settings_cannot_hold_a_card_number() -> None:
    """The word of a payment rule stands in CARD_NUMBER: a number is refused when the rule is made."""
    with pytest.raises(ValueError, match="card number"):
        PaymentRule(word="4000000000000002")
