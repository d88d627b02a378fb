"""Sweeps over orders: copies, orders outside the channels, drifting values, orders that stand still."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import attrs
import pytest

from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import ErpOrderCode, OrderRef
from khaos_connectors.core.money import Money
from khaos_connectors.core.order_checks import (
    OrderAge,
    OrderValues,
    find_duplicates,
    find_outside_channel,
    find_stalled,
    find_value_drift,
)
from khaos_connectors.core.order_stages import OrderStage
from khaos_connectors.core.orders import ErpOrder

X = ExceptionType
NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def erp(
    code: str,
    reference: str = "JL-1",
    *,
    hours: int | None = 0,
    cancelled: bool = False,
    customer: str = "",
    customer_class: str = "",
) -> ErpOrder:
    return ErpOrder(
        code=ErpOrderCode(code),
        reference=OrderRef(reference),
        created_on=None if hours is None else NOON + hours * HOUR,
        cancelled=cancelled,
        customer=customer,
        customer_class=customer_class,
    )


class TestDuplicates:
    def test_one_reference_twice(self) -> None:
        """Domain 6.1: a second create made a copy; the older order is the original."""
        (reason,) = find_duplicates([erp("SO9", hours=2), erp("SO5", hours=0), erp("SO6", "JL-2")])

        assert (reason.type, reason.entity) == (X.ORDER_DUPLICATE, "JL-1")
        assert reason.evidence == {"reference": "JL-1", "original": "SO5", "copies": "SO9"}

    def test_keyed_again_by_hand(self) -> None:
        """Capitals and spaces do not make another reference."""
        (reason,) = find_duplicates([erp("SO5"), erp("SO6", " jl-1", hours=1), erp("SO7", "JL -1", hours=2)])

        assert reason.evidence["copies"] == "SO6, SO7"

    def test_an_unknown_age_is_no_original(self) -> None:
        """Unless no age is known: then the code decides."""
        (dated,) = find_duplicates([erp("SO1", hours=None), erp("SO5", hours=9)])
        (undated,) = find_duplicates([erp("SO7", hours=None), erp("SO5", hours=None)])

        assert (dated.evidence["original"], undated.evidence["original"]) == ("SO5", "SO5")

    def test_the_older_moment_is_the_original(self) -> None:
        """Domain 6.1: moments are compared, not how they are written: 13:30 in Paris is before 13:00 in London."""
        paris, west = timezone(HOUR), timezone(-5 * HOUR)
        older = attrs.evolve(erp("SO9"), created_on=datetime(2026, 3, 6, 13, 30, tzinfo=paris))
        copy = attrs.evolve(erp("SO5"), created_on=datetime(2026, 3, 6, 13, tzinfo=UTC))
        last = attrs.evolve(erp("SO7"), created_on=datetime(2026, 3, 6, 9, tzinfo=west))

        (reason,) = find_duplicates([last, copy, older])
        assert reason.evidence == {"reference": "JL-1", "original": "SO9", "copies": "SO5, SO7"}
        (same,) = find_duplicates([attrs.evolve(copy, code=ErpOrderCode("SO8")), copy])
        assert same.evidence["original"] == "SO5"

    def test_what_is_no_copy(self) -> None:
        """Cancelled orders, orders without reference, and one order that was read twice."""
        assert find_duplicates([erp("SO1"), erp("SO2", cancelled=True)]) == ()
        assert find_duplicates([erp("SO1", ""), erp("SO2", " ")]) == ()
        assert find_duplicates([erp("SO1"), erp("SO1")]) == ()


class TestOutsideChannel:
    def test_a_phone_order(self) -> None:
        """Domain 6.3: a marketplace customer or class without a channel reference was keyed by hand."""
        orders = [
            erp("SO1", "", customer="JOHN  LEWIS"),
            erp("SO2", "", customer_class="marketplace"),
            erp("SO3", "JL-1", customer="John Lewis"),
            erp("SO4", "", customer="Somebody"),
            erp("SO5", "", customer="John Lewis", cancelled=True),
            erp("SO6", ""),
        ]
        found = find_outside_channel(orders, customers=["John Lewis", ""], classes=["Marketplace"])

        assert [(reason.type, reason.entity) for reason in found] == [
            (X.ORDER_OUTSIDE_CHANNEL, "SO1"),
            (X.ORDER_OUTSIDE_CHANNEL, "SO2"),
        ]
        assert "it has no reference" in found[0].message

    def test_a_reference_that_no_channel_knows(self) -> None:
        """Where the channels' references are given, an invented one does not help."""
        orders = [erp("SO1", "JL-1", customer="JL"), erp("SO2", "PHONE", customer="JL"), erp("SO3", "", customer="JL")]
        found = find_outside_channel(orders, customers=["JL"], known={OrderRef("JL-1")})

        assert [reason.entity for reason in found] == ["SO2", "SO3"]
        assert "no channel has an order PHONE" in found[0].message
        assert [reason.entity for reason in find_outside_channel(orders, customers=["JL"])] == ["SO3"]
        found = find_outside_channel(orders, customers=["JL"], known=())
        assert ["no channel has an order JL-1" in reason.message for reason in found] == [True, False, False]
        assert ["it has no reference" in reason.message for reason in found] == [False, False, True]


class TestValueDrift:
    def values(self, channel: str, erp: str | None = None, invoice: str | None = None) -> OrderValues:
        def money(text: str | None) -> Money | None:
            return None if text is None else Money(Decimal(text), "GBP")

        return OrderValues(
            reference=OrderRef("JL-1"), channel=Money(Decimal(channel), "GBP"), erp=money(erp), invoice=money(invoice)
        )

    def test_somebody_edited_the_order(self) -> None:
        """Domain 10: channel total, ERP order and invoice differ later."""
        (reason,) = find_value_drift([self.values("84.95", "84.95", "80.00")])

        assert (reason.type, reason.entity) == (X.ORDER_VALUE_DRIFT, "JL-1")
        assert reason.evidence == {
            "difference": "4.95",
            "channel": "84.95 GBP",
            "ERP order": "84.95 GBP",
            "invoice": "80.00 GBP",
        }

    def test_rounding_is_no_drift(self) -> None:
        """Domain 6.3: an import rounds by 0.05 at most; beyond that it is drift."""
        assert find_value_drift([self.values("84.95", "85.00")]) == ()
        assert len(find_value_drift([self.values("84.95", "85.01")])) == 1
        assert len(find_value_drift([self.values("84.95", "85.00")], tolerance=Decimal(0))) == 1

    def test_the_two_ends_count(self) -> None:
        """Each within the tolerance of the middle, and still too far from each other."""
        assert len(find_value_drift([self.values("10.05", "10.00", "10.10")])) == 1

    def test_what_was_not_told_is_not_compared(self) -> None:
        """And the evidence says so."""
        assert find_value_drift([self.values("84.95")]) == ()
        (reason,) = find_value_drift([self.values("84.95", "1.00")])
        assert reason.evidence["invoice"] == "not told"

    def test_impossible_input(self) -> None:
        """Two currencies, a negative tolerance, no reference."""
        with pytest.raises(ValueError, match="erp is in EUR, channel in GBP"):
            OrderValues(reference=OrderRef("JL-1"), channel=Money(1, "GBP"), erp=Money(1, "EUR"))
        with pytest.raises(ValueError, match="tolerance must be 0 or more"):
            find_value_drift([], tolerance=Decimal(-1))
        with pytest.raises(ValueError, match="reference must not be blank"):
            OrderValues(reference=OrderRef(" "), channel=Money(1, "GBP"))


class TestStalled:
    def test_too_long_at_a_stage(self) -> None:
        """Domain 10: posted, allocated or released too late; the stage is in the evidence."""
        age = OrderAge(order_id="O1", stage=OrderStage.POSTED, since=NOON)

        assert find_stalled([age], now=NOON + HOUR) == ()
        (reason,) = find_stalled([age], now=NOON + 1.5 * HOUR)
        assert (reason.type, reason.entity) == (X.ORDER_STALLED, "O1")
        assert reason.evidence == {"order": "O1", "stage": "posted", "since": "2026-03-06T12:00:00+00:00"}
        assert "it is posted for 1 h 30 min, 1 h are usual" in reason.message

    def test_too_late_for_its_deadline(self) -> None:
        """However young its stage; what has left is not late."""
        released = OrderAge(order_id="O1", stage=OrderStage.RELEASED, since=NOON, ship_by=NOON + 3 * HOUR)
        left = OrderAge(order_id="O2", stage=OrderStage.DESPATCHED, since=NOON, ship_by=NOON + 3 * HOUR)

        assert find_stalled([released, left], now=NOON + HOUR / 2) == ()
        (reason,) = find_stalled([released, left], now=NOON + HOUR)
        assert "it has to leave by 2026-03-06T15:00:00+00:00 and is only released" in reason.message

    @pytest.mark.parametrize("stage", OrderStage)
    def test_whatever_has_not_left_can_be_too_late(self, stage: OrderStage) -> None:
        """Domain 10: held and new orders, too: a hold does not stop the clock. What is over or gone is not late."""
        over = {OrderStage.DESPATCHED, OrderStage.REFUSED, OrderStage.CANCELLED, OrderStage.CLOSED}
        age = OrderAge(order_id="O1", stage=stage, since=NOON, ship_by=NOON + HOUR)

        assert [reason.entity for reason in find_stalled([age], now=NOON)] == ["O1"] * (stage not in over)

    def test_a_hold_on_what_has_left(self) -> None:
        """The stage behind it counts, and is in the evidence."""
        left = OrderAge(
            order_id="O1", stage=OrderStage.HELD, since=NOON, ship_by=NOON + HOUR, behind=OrderStage.DESPATCHED
        )

        assert find_stalled([left], now=NOON) == ()
        (reason,) = find_stalled([attrs.evolve(left, behind=OrderStage.MAPPED)], now=NOON)
        assert (reason.evidence["stage"], reason.evidence["behind the hold"]) == ("held", "mapped")

    def test_a_stage_that_begins_in_the_future(self) -> None:
        """A little ahead clocks differ; further ahead it would never be too long, so it is named."""
        ahead = OrderAge(order_id="O1", stage=OrderStage.POSTED, since=NOON + HOUR)

        assert find_stalled([ahead], now=NOON) == ()
        (reason,) = find_stalled([ahead], now=NOON - HOUR / 60)
        assert "it is said to be posted since 2026-03-06T13:00:00+00:00, which is yet to come" in reason.message

    def test_own_limits(self) -> None:
        """A stage without a limit is never too long."""
        ages = [OrderAge(order_id="O1", stage=stage, since=NOON) for stage in OrderStage]

        assert find_stalled(ages, now=NOON + 999 * HOUR, limits={}) == ()
        assert len(find_stalled(ages, now=NOON + 2 * HOUR, limits={OrderStage.HELD: HOUR})) == 1
        assert len(find_stalled(ages, now=NOON + 999 * HOUR)) == 9

    def test_impossible_input(self) -> None:
        """Naive times are refused, wherever they stand."""
        naive = NOON.replace(tzinfo=None)
        with pytest.raises(ValueError, match="now has no time zone"):
            find_stalled([], now=naive)
        with pytest.raises(ValueError, match="since has no time zone"):
            OrderAge(order_id="O1", stage=OrderStage.SEEN, since=naive)
        with pytest.raises(ValueError, match="behind is for orders that are held, this one is seen"):
            OrderAge(order_id="O1", stage=OrderStage.SEEN, since=NOON, behind=OrderStage.SEEN)
