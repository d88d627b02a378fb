"""The day on which the ERP calls us: nobody answers it by itself, and no refund escapes the auditor."""

from collections.abc import Callable
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from khaos_connectors.calls.messages import Request
from khaos_connectors.testing.day.audit import audit_day
from khaos_connectors.testing.day.channels import CARRIAGE, ChannelsDay, HttpLine, day_of
from khaos_connectors.testing.day.clock import DayClock
from khaos_connectors.testing.day.plan import DayPlan
from khaos_connectors.testing.day.refunds import DayRefund, miscredited, overcredited
from khaos_connectors.testing.day.world import TradingDay
from khaos_connectors.testing.simulators.khaos_archive import Archive
from khaos_connectors.testing.simulators.khaos_import import OrderReader
from khaos_connectors.testing.simulators.khaos_intake import Intake
from khaos_connectors.testing.simulators.khaos_returns import ReturnLine
from khaos_connectors.testing.simulators.khaos_totals import LineTotals

ORDER = """<SALES_ORDERS><SALES_ORDER>
<CUSTOMER_DETAIL><IS_NEW_CUSTOMER>-1</IS_NEW_CUSTOMER><COMPANY_CLASS>John Lewis</COMPANY_CLASS><ADDRESSES><INVADDR>
<IADDRESS1>1 Example Street</IADDRESS1><ITOWN>Sampleton</ITOWN><IPOSTCODE>AB1 2CD</IPOSTCODE>
<ISURNAME>Example</ISURNAME><ICOUNTRY_CODE>GB</ICOUNTRY_CODE></INVADDR></ADDRESSES></CUSTOMER_DETAIL>
<ORDER_HEADER><ASSOCIATED_REF>JL-1</ASSOCIATED_REF><DELIVERY_GRS>0</DELIVERY_GRS></ORDER_HEADER>
<ORDER_ITEMS><ORDER_ITEM><STOCK_CODE>KC-1001</STOCK_CODE><MAPPING_TYPE>1</MAPPING_TYPE><ORDER_QTY>3</ORDER_QTY>
<PRICE_GRS>5</PRICE_GRS></ORDER_ITEM></ORDER_ITEMS>
<PAYMENTS><PAYMENT_DETAIL><PAYMENT_TYPE>0</PAYMENT_TYPE><PAYMENT_AMOUNT>15</PAYMENT_AMOUNT></PAYMENT_DETAIL></PAYMENTS>
</SALES_ORDER></SALES_ORDERS>"""


@pytest.fixture
def day() -> ChannelsDay:
    """A day on which three of one code have gone to one customer, who was paid back 10.00 for two of them."""
    day = ChannelsDay(DayPlan(orders=1, faults="none", erp="channels"), clock=DayClock(real=lambda: 0.0))
    day.khaos.receive("KC-1001", 5)
    with day.khaos.lock:
        world = day.khaos.world
        reader = OrderReader(
            settings=world.settings,
            catalogue=world.catalogue,
            sites=tuple(world.sites.values()),
            couriers=world.couriers,
            default_site=world.default_site,
        )
        order = Intake(world, Archive(clock=world.clock, keep_sent=False)).take(ET.fromstring(ORDER)[0], reader)
    day.khaos.pick_and_despatch(order.code, courier="DPD", consignment="1")
    day.refunds.append(
        DayRefund(
            refund_id="RF-1",
            order_id="JL-1",
            line_id="JL-1-1",
            sku="KC-1001",
            amount=Decimal("10.00"),
            quantity=2,
            sent_back=(("KC-1001", 2),),
        )
    )
    return day


Credit = Callable[..., None]


@pytest.fixture
def credit(day: ChannelsDay) -> Credit:
    """Raise a credit note in the ERP, by hand."""

    def raised(reference: str = "RF-1", *, units: int = 2, gross: str = "10.00", code: str = "KC-1001") -> None:
        order = day.khaos.order_of("JL-1")
        assert order is not None
        worth = LineTotals(net=Decimal(gross), gross=Decimal(gross))
        line = ReturnLine(place=0 if code == "KC-1001" else -1, stock_code=code, units=units, worth=worth)
        found = day.khaos.world.returns.keep(
            order, (line,), reference=reference, reason="", restock=True, delivery=False
        )
        day.khaos.process_return(found.code)

    return raised


class TestRefunds:
    def test_a_credit_note_that_says_the_same(self, day: ChannelsDay, credit: Credit) -> None:
        """Is what the auditor wants to see."""
        credit()

        assert (list(miscredited(day)), list(overcredited(day))) == ([], [])
        assert str(audit_day(day, ())).endswith(" credited=1")

    def test_no_credit_note(self, day: ChannelsDay) -> None:
        """The refund is lost."""
        assert list(miscredited(day)) == ["RF-1 of JL-1 has no credit note"]
        assert not audit_day(day, ()).passed

    def test_another_amount(self, day: ChannelsDay, credit: Credit) -> None:
        """By a penny."""
        credit(gross="9.99")

        assert "10.00 were paid back" in next(iter(miscredited(day)))

    @pytest.mark.parametrize(("units", "code"), [(1, "KC-1001"), (2, CARRIAGE)])
    def test_other_units(self, day: ChannelsDay, credit: Credit, units: int, code: str) -> None:
        """Fewer on the shelf than came back, or none of them."""
        credit(units=units, code=code)

        assert "came back" in next(iter(miscredited(day)))

    def test_two_credit_notes(self, day: ChannelsDay, credit: Credit) -> None:
        """Money is booked twice, even where each of them is right."""
        credit(units=1, gross="5.00")
        credit(units=1, gross="5.00")

        assert list(overcredited(day)) == ["RF-1 has 2 credit notes"]

    def test_a_credit_note_for_nothing(self, day: ChannelsDay, credit: Credit) -> None:
        """No refund stands behind it."""
        credit(reference="RF-9")

        assert "no refund" in next(iter(overcredited(day)))


def test_nobody_at_the_door(day: ChannelsDay) -> None:
    """The ERP calls in vain, keeps what it has to tell, and the day goes on."""
    day.meet("http://127.0.0.1:1/khaos/config")
    day.advance(2)

    assert {call.status for call in day.channel.calls} == {None}
    assert day.tick == 2


def test_a_line_to_nobody() -> None:
    """Is silence, which is an ``OSError`` for the ERP."""
    with pytest.raises(OSError, match="refused"):
        HttpLine("http://127.0.0.1:1").handle(Request(method="GET", path="/"))


def test_the_plan_says_by_which_door() -> None:
    """The SOAP service answers, or the ERP calls."""
    assert type(day_of(DayPlan())) is TradingDay
    assert type(day_of(DayPlan(erp="channels"))) is ChannelsDay
