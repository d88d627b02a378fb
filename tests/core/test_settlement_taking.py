"""What fits exactly goes before what nearly fits, wherever in the order it stands; and large orders take no longer."""

import time
from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest

from khaos_connectors.core.ids import LineId, OrderId
from khaos_connectors.core.settlement import (
    Expected,
    ExpectedOrder,
    LineClass,
    LineKind,
    MatchRule,
    Meaning,
    Reconciliation,
    SettlementLine,
    match,
)


def part(amount: str | Decimal, line_id: str = "") -> Expected:
    return Expected(kind=LineKind.GOODS, amount=Decimal(amount), line_id=LineId(line_id))


def paid(number: int, amount: str | Decimal, line_id: str = "", kind: LineKind = LineKind.GOODS) -> SettlementLine:
    return SettlementLine(
        line_id=f"{number:06}",
        statement_id="S",
        type="T",
        currency="GBP",
        amount=Decimal(amount),
        meaning=Meaning(LineClass.SALE, kind),
        order_id=OrderId("O1"),
        order_line_id=LineId(line_id),
    )


def order(*parts: Expected) -> ExpectedOrder:
    return ExpectedOrder(order_id=OrderId("O1"), currency="GBP", parts=parts)


def settled(lines: Sequence[SettlementLine], orders: Sequence[ExpectedOrder]) -> Reconciliation:
    return match(lines, orders=orders, credit_notes=[], fees={})


def over_cycles(of: ExpectedOrder, *lines: SettlementLine) -> list[tuple[str, str]]:
    """The differences and rules, each line in a statement of its own."""
    orders: Sequence[ExpectedOrder] = (of,)
    told: list[tuple[str, str]] = []
    for each in lines:
        found = settled([each], orders)
        orders = found.orders
        told.append((str(found.results[0].difference), found.results[0].rule.name))
    return told


LINE, TOTAL = MatchRule.ORDER_LINE.name, MatchRule.ORDER_TOTAL.name


class TestExactBeforeNear:
    def test_a_penny_too_much_waits_for_an_exact_fit(self) -> None:
        """5.01 that names no line is the 5.01 of line 1, not a penny too much for the 5.00 of the order as a whole."""
        owed = order(part("5.01", "1"), part("5.00"))

        assert over_cycles(owed, paid(1, "5.01"), paid(2, "5.00")) == [("0.00", TOTAL), ("0.00", LINE)]
        assert over_cycles(owed, paid(1, "5.00"), paid(2, "5.01")) == [("0.00", LINE), ("0.00", TOTAL)]
        both = settled([paid(1, "5.01"), paid(2, "5.00")], [owed])
        assert [str(result.difference) for result in both.results] == ["0.00", "0.00"]

    @pytest.mark.parametrize("line_id", ["", "1"])
    def test_a_penny_too_little_waits_too(self, line_id: str) -> None:
        """5.00 is not 5.01 less a penny while 5.00 is expected elsewhere in the order."""
        owed = order(part("5.00", "2"), part("5.01", line_id))

        assert over_cycles(owed, paid(1, "5.00", line_id), paid(2, "5.01")) == [
            ("0.00", TOTAL),
            ("0.00", TOTAL if line_id else LINE),
        ]

    def test_a_penny_too_much_of_a_named_line_waits_too(self) -> None:
        """Also where the line is named: an exact fit is none that has to be explained."""
        owed = order(part("5.01", "2"), part("5.00", "1"))

        assert over_cycles(owed, paid(1, "5.01", "1"), paid(2, "5.00", "2")) == [("0.00", TOTAL), ("0.00", TOTAL)]

    def test_an_exact_whole_goes_before_a_near_part(self) -> None:
        """All of the order, to the penny, before a part of its parts of that kind."""
        owed = order(Expected(kind=LineKind.WHOLE, amount=Decimal("9.99")), part("0.01"))

        assert over_cycles(owed, paid(1, "10.00", kind=LineKind.WHOLE)) == [("0.00", TOTAL)]

    def test_without_an_exact_fit_the_own_part_comes_first(self) -> None:
        """A penny too much or too little of the line's own part is no part of another."""
        owed = order(part("20.00", "2"), part("5.00", "1"))

        assert over_cycles(owed, paid(1, "5.01", "1")) == [("0.01", LINE)]
        assert over_cycles(owed, paid(1, "4.99", "1")) == [("-0.01", LINE)]

    def test_a_line_that_is_named_is_settled_in_part(self) -> None:
        """Domain §9.2: a part shipment of line 1 is not line 2, whose whole amount happens to be the same."""
        owed = order(part("10.00", "1"), part("5.00", "2"))
        found = settled([paid(1, "5.00", "1")], [owed])

        assert [str(each.settled) for each in found.orders[0].parts] == ["5.00", "0"]
        assert (found.results[0].rule.name, str(found.results[0].outstanding)) == (LINE, "5.00")

    def test_an_equal_amount_is_taken_once(self) -> None:
        """Two parts of one amount for two lines of it; the third is beyond what is owed."""
        owed = order(part("5.00", "1"), part("5.00", "2"))
        found = settled([paid(number, "5.00") for number in (1, 2, 3)], [owed])

        assert [result.status.name for result in found.results] == ["MATCHED", "MATCHED", "UNMATCHED"]
        assert found.orders[0].settled == Decimal("10.00")


def _amount(number: int) -> Decimal:
    return Decimal(1000 + 7 * number).scaleb(-2)


def _equal(size: int) -> tuple[list[SettlementLine], list[Expected]]:
    """Every amount is that of one part, and no line is named."""
    parts = [part(_amount(number), f"L{number}") for number in range(size)]
    return [paid(number, _amount(size - 1 - number)) for number in range(size)], parts


def _one_amount(size: int) -> tuple[list[SettlementLine], list[Expected]]:
    """All parts are of one amount."""
    return [paid(number, "5.00") for number in range(size)], [part("5.00", f"L{number}") for number in range(size)]


def _in_part(size: int) -> tuple[list[SettlementLine], list[Expected]]:
    """No amount is that of a part: all settle the kind in part."""
    parts = [part(_amount(number), f"L{number}") for number in range(size)]
    return [paid(number, _amount(number) - Decimal("0.03")) for number in range(size)], parts


def _nothing(size: int) -> tuple[list[SettlementLine], list[Expected]]:
    """Lines of 0.00, and one that is all."""
    parts = [part("1.00", f"L{number}") for number in range(size)]
    return [paid(0, Decimal(size)), *(paid(number, "0.00") for number in range(1, size))], parts


def _of_the_whole(size: int) -> tuple[list[SettlementLine], list[Expected]]:
    """Lines that are of the whole order."""
    lines = [paid(number, "0.70", kind=LineKind.WHOLE) for number in range(size)]
    return lines, [part("1.00", f"L{number}") for number in range(size)]


def _taken_back(size: int) -> tuple[list[SettlementLine], list[Expected]]:
    """Discounts beside goods: both signs."""
    parts = [part("-1.00" if number % 2 else "3.00", f"L{number}") for number in range(size)]
    return [paid(number, "-0.40" if number % 2 else "1.10") for number in range(size)], parts


def _seconds(case: Callable[[int], tuple[list[SettlementLine], list[Expected]]], size: int) -> float:
    lines, parts = case(size)
    owed = [order(*parts)]
    taken: list[float] = []
    for _ in range(3):
        begun = time.process_time()
        settled(lines, owed)
        taken.append(time.process_time() - begun)
    return min(taken)


@pytest.mark.parametrize("case", [_equal, _one_amount, _in_part, _nothing, _of_the_whole, _taken_back])
def test_a_large_order_takes_no_longer_per_line(
    case: Callable[[int], tuple[list[SettlementLine], list[Expected]]],
) -> None:
    """Four times the lines and parts of one order take about four times as long; sixteen times would be quadratic."""
    assert _seconds(case, 4000) < 8 * _seconds(case, 1000)
