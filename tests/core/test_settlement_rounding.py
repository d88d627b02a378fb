"""What a statement settles does not depend on the sequence of its lines, and pennies are written off once."""

from decimal import Context, Decimal, localcontext
from itertools import permutations

import attrs
import pytest

from khaos_connectors.core.ids import LineId, OrderId
from khaos_connectors.core.refund_records import CreditedLine, CreditNote
from khaos_connectors.core.settlement import (
    Expected,
    ExpectedOrder,
    LineClass,
    LineKind,
    MatchResult,
    MatchRule,
    MatchStatus,
    Meaning,
    Reconciliation,
    SettlementLine,
    Tolerance,
    match,
)

_S = MatchStatus
MEANINGS = {
    "GOODS": Meaning(LineClass.SALE, LineKind.GOODS),
    "SHIP": Meaning(LineClass.SALE, LineKind.SHIPPING),
    "WHOLE": Meaning(LineClass.SALE, LineKind.WHOLE),
    "BACK": Meaning(LineClass.REFUND, LineKind.GOODS),
}


def d(amount: str) -> Decimal:
    return Decimal(amount)


def line(
    line_id: str, kind: str, amount: str, order: str = "O1", *, number: str = "", refund: str = ""
) -> SettlementLine:
    return SettlementLine(
        line_id=line_id,
        statement_id="S",
        type=kind,
        currency="GBP",
        amount=d(amount),
        meaning=MEANINGS[kind],
        order_id=OrderId(order),
        order_line_id=LineId(number),
        refund_id=refund,
    )


def goods(*amounts: str, number: str = "") -> list[SettlementLine]:
    return [line(str(place), "GOODS", amount, number=number) for place, amount in enumerate(amounts)]


def part(amount: str, number: str = "", kind: LineKind = LineKind.GOODS) -> Expected:
    return Expected(line_id=LineId(number), kind=kind, amount=d(amount))


def order(*parts: Expected, **more: Decimal) -> ExpectedOrder:
    return attrs.evolve(ExpectedOrder(order_id=OrderId("O1"), currency="GBP", parts=parts), **more)


def note(refund_id: str, gross: str, order_id: str = "O9") -> CreditNote:
    lines = (CreditedLine(line_id=LineId("1"), gross=d(gross)),)
    return CreditNote(
        code=f"CN-{refund_id}", refund_id=refund_id, order_id=OrderId(order_id), currency="GBP", lines=lines
    )


def matched(lines: list[SettlementLine], *orders: ExpectedOrder, notes: tuple[CreditNote, ...] = ()) -> Reconciliation:
    return match(lines, orders=orders, credit_notes=notes, fees={})


def in_any_order(lines: list[SettlementLine], *orders: ExpectedOrder) -> list[MatchResult]:
    """The results in the sequence of *lines*, once for all permutations: they are the same, or this fails."""
    first = matched(lines, *orders)
    for mixed in permutations(lines):
        found = matched(list(mixed), *orders)
        assert sorted(found.results, key=lambda r: r.line.line_id) == sorted(
            first.results, key=lambda r: r.line.line_id
        )
        assert found.orders == first.orders
    return list(first.results)


class TestTheSequenceOfLines:
    @pytest.mark.parametrize("number", ["", "1"])
    def test_a_penny_that_comes_as_a_line(self, number: str) -> None:
        """9.99 and 0.01 are 10.00, and no rounding: whichever comes first."""
        results = in_any_order(goods("9.99", "0.01", number=number), order(part("10.00", "1"), part("3.00", "2")))

        assert [(r.status, r.difference) for r in results] == [(_S.MATCHED, 0)] * 2

    def test_pennies_alone(self) -> None:
        """Two lines of a penny settle two pennies: neither is taken for the rounding of the other."""
        results = in_any_order(goods("0.01", "0.01"), order(part("0.02")))

        assert [(r.status, r.difference) for r in results] == [(_S.MATCHED, 0)] * 2

    def test_the_largest_line_bears_the_rounding(self) -> None:
        """What lacks at the end of the statement, or is too much, is the difference of one line: told once."""
        short = in_any_order(goods("6.00", "3.99"), order(part("10.00")))
        long = in_any_order(goods("6.00", "4.01"), order(part("10.00")))

        assert [(r.difference, r.outstanding) for r in short] == [(d("-0.01"), 0), (0, 0)]
        assert [(r.difference, r.outstanding) for r in long] == [(d("0.01"), 0), (0, 0)]

    def test_what_fits_exactly_comes_first(self) -> None:
        """Of two lines that together are too much, the one that is all of it is matched."""
        results = in_any_order(goods("4.00", "10.00"), order(part("10.00")))

        assert [r.status for r in results] == [_S.UNMATCHED, _S.MATCHED]

    def test_small_before_large(self) -> None:
        """Of lines that are in part of it, as many as there is room for."""
        results = in_any_order(goods("8.00", "4.00", "5.00"), order(part("10.00")))

        assert [r.status for r in results] == [_S.UNMATCHED, _S.MATCHED, _S.MATCHED]

    def test_lines_with_their_line_id_before_lines_on_totals(self) -> None:
        """A line on totals takes nothing from a line that is named."""
        lines = [line("1", "GOODS", "4.00"), line("2", "GOODS", "5.00", number="1")]
        results = in_any_order(lines, order(part("5.00", "1"), part("7.00", "2")))

        assert [(r.rule, r.outstanding) for r in results] == [
            (MatchRule.ORDER_TOTAL, d("3.00")),
            (MatchRule.ORDER_LINE, 0),
        ]

    def test_pennies_too_much_before_pennies_too_little(self) -> None:
        """Where the tolerance does not last, it goes where a whole line would be in suspense, not a penny."""
        lines = [line("1", "GOODS", "9.99", number="1"), line("2", "GOODS", "10.01", number="2")]
        spent = order(part("10.00", "1"), part("10.00", "2"), written_off=d("0.04"))
        results = in_any_order(lines, spent)

        assert [(r.status, r.difference, r.outstanding) for r in results] == [
            (_S.MATCHED, 0, d("0.01")),
            (_S.MATCHED, d("0.01"), 0),
        ]

    def test_what_is_taken_back_before_what_is_paid(self) -> None:
        """A discount makes room for its line, wherever it stands; an order for nothing is settled by both."""
        free = order(part("10.00", "1"), part("-10.00", "2"))
        lines = [line("1", "GOODS", "10.00", number="1"), line("2", "GOODS", "-10.00", number="2")]

        assert [(r.rule, r.difference) for r in in_any_order(lines, free)] == [(MatchRule.ORDER_LINE, 0)] * 2

    def test_copies_that_differ(self) -> None:
        """One of two lines with one id counts; which one does not hang on which came first."""
        lines = [line("1", "GOODS", "4.00"), line("1", "GOODS", "6.00"), line("2", "GOODS", "1.00")]
        found = [matched(list(mixed), order(part("10.00"))) for mixed in permutations(lines)]

        assert len({each.amount() for each in found}) == 1
        assert all([r.status for r in each.results].count(_S.DUPLICATE) == 1 for each in found)

    def test_a_penny_off_both_ways(self) -> None:
        """Each line is a penny off its own: neither is told to be the other's."""
        lines = [line("1", "GOODS", "9.99", number="1"), line("2", "GOODS", "10.01", number="2")]
        results = in_any_order(lines, order(part("10.00", "1"), part("10.00", "2")))

        assert [(r.rule, r.difference) for r in results] == [
            (MatchRule.ORDER_LINE, d("-0.01")),
            (MatchRule.ORDER_LINE, d("0.01")),
        ]

    def test_nothing_is_written_off_beyond_the_order(self) -> None:
        """A penny that is left of a line but not of its order stays where it is: the order is settled."""
        discounted = order(part("10.00", "1"), part("-0.01", "2", kind=LineKind.SHIPPING))
        results = in_any_order([line("1", "GOODS", "9.99", number="1")], discounted)

        assert [(r.difference, r.outstanding) for r in results] == [(0, d("0.01"))]
        over = in_any_order([line("1", "GOODS", "10.00", number="1")], discounted)
        assert [(r.rule, r.difference, r.outstanding) for r in over] == [
            (MatchRule.ORDER_LINE, d("0.01"), d("0.01")),
        ]
        of_one_kind = in_any_order(
            [line("1", "GOODS", "9.99", number="1")], order(part("10.00", "1"), part("-0.01", "2"))
        )
        assert [(r.rule, r.difference, r.outstanding) for r in of_one_kind] == [(MatchRule.ORDER_TOTAL, 0, 0)]


class TestWholeOrders:
    WHOLE = order(part("100.00", "1"), part("-10.00"), part("4.95", kind=LineKind.SHIPPING))

    def test_one_line_for_all_of_it(self) -> None:
        """A line of the whole order settles goods, discount and carriage at once, with a penny for each of them."""
        for amount, difference in (("94.95", "0"), ("94.98", "0.03"), ("94.92", "-0.03")):
            (result,) = matched([line("1", "WHOLE", amount)], self.WHOLE).results
            assert (result.rule, result.difference, result.outstanding) == (MatchRule.ORDER_TOTAL, d(difference), 0)

    def test_in_part_and_too_much(self) -> None:
        """As with any other line: less settles in part, more is not matched."""
        partly = matched([line("1", "WHOLE", "50.00")], self.WHOLE)
        assert (partly.results[0].outstanding, partly.orders[0].settled) == (d("44.95"), d("50.00"))
        assert matched([line("1", "WHOLE", "94.99")], self.WHOLE).results[0].status is _S.UNMATCHED

    def test_after_the_lines_of_one_kind(self) -> None:
        """What is named more closely is settled first."""
        results = in_any_order([line("1", "WHOLE", "90.00"), line("2", "SHIP", "4.95")], self.WHOLE)

        assert [(r.status, r.outstanding) for r in results] == [(_S.MATCHED, 0), (_S.MATCHED, 0)]

    def test_beside_its_parts(self) -> None:
        """The total and its parts in one statement are the same money twice: the second is not matched."""
        lines = [line("1", "WHOLE", "94.95"), line("2", "SHIP", "4.95"), line("3", "GOODS", "90.00")]

        assert [r.status for r in in_any_order(lines, self.WHOLE)] == [_S.UNMATCHED, _S.MATCHED, _S.MATCHED]

    def test_of_an_order_without_parts(self) -> None:
        """There is nothing that it could settle."""
        (result,) = matched([line("1", "WHOLE", "5.00")], order()).results

        assert result.reason is not None
        assert result.reason.message == "5.00 is not within what is outstanding of the whole order of O1."


class TestPenniesOverCycles:
    def test_of_credit_notes_whose_order_is_not_expected(self) -> None:
        """Domain §9.2: 0.05 per order in all: one refund per statement, six statements, five pennies."""
        notes = tuple(note(f"R{n}", "1.00") for n in range(6))
        written = []
        for n in range(6):
            found = matched([line(f"{n}", "BACK", "-0.99", "O9", refund=f"R{n}")], notes=notes)
            notes = found.credit_notes
            written.append(found.results[0].difference)

        assert written == [d("0.01")] * 5 + [0]
        assert sum(each.written_off for each in notes) == d("0.05")

    def test_of_an_order_that_is_expected_later(self) -> None:
        """What was spent on its credit notes before counts for the order, and is not counted twice after."""
        spent = attrs.evolve(note("R1", "5.00", "O1"), written_off=d("0.04"))
        first = matched([line("1", "GOODS", "9.99"), line("2", "GOODS", "9.99")], order(part("20.00")), notes=(spent,))
        assert first.results[0].outstanding == d("0.02")  # two pennies do not fit, and one is not half of them

        ready = matched([line("1", "GOODS", "9.99")], order(part("10.00")), notes=(spent,))
        assert ready.orders[0].written_off == d("0.01")
        assert ready.credit_notes[0].written_off == d("0.04")
        again = matched([line("3", "BACK", "-4.99", refund="R1")], *ready.orders, notes=ready.credit_notes)
        assert (again.results[0].difference, again.results[0].outstanding) == (0, d("-0.01"))

    def test_each_stands_in_one_record(self) -> None:
        """The pennies of a refund are its order's where that is expected, else the credit note's own."""
        back = [line("1", "BACK", "-4.99", refund="R1")]
        with_order = matched(back, order(part("10.00")), notes=(note("R1", "5.00", "O1"),))
        without = matched(back, notes=(note("R1", "5.00", "O1"),))

        assert (with_order.orders[0].written_off, with_order.credit_notes[0].written_off) == (d("0.01"), 0)
        assert without.credit_notes[0].written_off == d("0.01")

    def test_of_another_currency(self) -> None:
        """Pennies of a euro note are none of the order in pounds."""
        euro = attrs.evolve(note("R1", "5.00", "O1"), currency="EUR", written_off=d("0.05"))
        found = matched([line("1", "GOODS", "9.99")], order(part("10.00")), notes=(euro,))

        assert found.results[0].difference == d("-0.01")


def test_tolerances_of_a_large_currency_are_exact() -> None:
    """A tolerance in whole minor units, rounded down, however many digits it has and whatever the caller's context."""
    wide = Tolerance(line=d("1234567.899"), order=d("1234567.899"))
    for amount, difference in (("8765432.10", "-1234567.89"), ("8765432.11", "-1234567.89"), ("8765432.09", "0")):
        expected = order(part("9999999.99" if amount != "8765432.11" else "10000000.00"))
        lines = [line("1", "GOODS", amount)]
        for digits in (3, 28):
            with localcontext(Context(prec=digits)):
                found = match(lines, orders=[expected], credit_notes=[], fees={}, tolerance=wide)
            assert found.results[0].difference == d(difference)
