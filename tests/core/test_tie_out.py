"""Whether a statement adds up: against itself, its summary and the bank."""

from datetime import date
from decimal import Decimal

import attrs
import pytest

from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.settlement import (
    LineClass,
    Meaning,
    Reconciliation,
    SettlementLine,
    Statement,
    match,
    tie_out,
)


def line(line_id: str, amount: str, line_class: LineClass = LineClass.UNKNOWN) -> SettlementLine:
    return SettlementLine(
        line_id=line_id,
        statement_id="S-77",
        type="T",
        currency="GBP",
        amount=Decimal(amount),
        meaning=Meaning(line_class),
    )


def matched(*lines: SettlementLine) -> Reconciliation:
    return match(lines, orders=[], credit_notes=[], fees={})


def statement(payout: str, **more: str | dict[LineClass, Decimal]) -> Statement:
    base = Statement(statement_id="S-77", currency="GBP", issued=date(2026, 3, 31), payout=Decimal(payout))
    return attrs.evolve(base, **{k: Decimal(v) if isinstance(v, str) else v for k, v in more.items()})


LINES = matched(line("1", "100.00", LineClass.SALE), line("2", "-15.00", LineClass.FEE))


class TestTieA:
    def test_lines_and_opening_are_payout_and_closing(self) -> None:
        """Domain §9.2 (a): sum(lines) + opening = payout + closing/reserve."""
        tied = tie_out(LINES, statement=statement("80.00", opening="5.00", closing="10.00"))

        assert [(c.tie, c.found, c.stated, c.holds) for c in tied.checks] == [("a", 90, 90, True)]
        assert tied.may_post
        assert tied.reasons == ()

    def test_a_break_is_not_posted(self) -> None:
        """Domain §9.2: any break is STATEMENT_MISMATCH, do not post."""
        tied = tie_out(LINES, statement=statement("84.99"))

        assert not tied.may_post
        assert [(r.type, r.entity, r.evidence) for r in tied.reasons] == [
            (ExceptionType.STATEMENT_MISMATCH, "S-77", {"tie": "a", "found": "85.00", "stated": "84.99"})
        ]
        assert tied.reasons[0].message == (
            "Statement S-77, lines and opening against payout and closing: 85.00 is not 84.99."
        )

    def test_duplicates_are_in_no_sum(self) -> None:
        """Domain §9.2: a duplicate is excluded from the totals, and (a) proves it."""
        twice = matched(line("1", "120.00"), line("1", "120.00"))

        assert tie_out(twice, statement=statement("120.00")).may_post

    def test_payout_lines_are_the_payout(self) -> None:
        """A statement may have the payment as a line: it is no part of (a) and must be the payout."""
        lines = (line("1", "85.00"), line("2", "-80.00", LineClass.PAYOUT), line("3", "-5.00", LineClass.PAYOUT))
        tied = tie_out(matched(*lines), statement=statement("85.00"))
        broken = tie_out(matched(*lines[:2]), statement=statement("85.00"))

        assert [(c.tie, c.found, c.holds) for c in tied.checks] == [("a", 85, True), ("a", 85, True)]
        assert [(c.about, c.holds) for c in broken.checks] == [
            ("lines and opening against payout and closing", True),
            ("payout lines against the payout", False),
        ]
        assert broken.reasons[0].type is ExceptionType.STATEMENT_MISMATCH

    @pytest.mark.parametrize(("payout", "closing"), [("0.00", "-15.00"), ("-15.00", "0.00")])
    def test_a_negative_balance_is_normal(self, payout: str, closing: str) -> None:
        """Domain §9.1: carried-forward balances and negative payouts are normal inputs."""
        fees_only = matched(line("1", "-15.00", LineClass.FEE))

        assert tie_out(fees_only, statement=statement(payout, closing=closing)).may_post

    def test_no_lines(self) -> None:
        """A statement that carries its balance on."""
        assert tie_out(matched(), statement=statement("0.00", opening="5.00", closing="5.00")).may_post


class TestTieB:
    def test_the_bank_receives_the_payout(self) -> None:
        """Domain §9.2 (b): statement payout = bank receipt, else PAYOUT_MISMATCH; unknown is not compared."""
        short = tie_out(LINES, statement=statement("85.00"), received=Decimal("84.00"))

        assert tie_out(LINES, statement=statement("85.00"), received=Decimal("85.00")).may_post
        assert [(r.type, r.evidence["tie"]) for r in short.reasons] == [(ExceptionType.PAYOUT_MISMATCH, "b")]
        assert [(c.tie, c.about) for c in short.checks][1:] == [("b", "bank receipt against the payout")]


class TestTieC:
    def test_classes_are_the_summary(self) -> None:
        """Domain §9.2 (c): the sum per class = the statement's summary, for the classes that it shows."""
        shown = {LineClass.SALE: Decimal("100.00"), LineClass.FEE: Decimal("-15.00"), LineClass.RESERVE: Decimal(0)}
        good = tie_out(LINES, statement=statement("85.00", summary=shown))
        bad = tie_out(LINES, statement=statement("85.00", summary={LineClass.REFUND: Decimal("-1.00")}))

        assert good.may_post
        assert [c.tie for c in good.checks] == ["a", "c", "c", "c"]
        assert [(r.type, r.evidence) for r in bad.reasons] == [
            (ExceptionType.STATEMENT_MISMATCH, {"tie": "c", "found": "0.00", "stated": "-1.00"})
        ]
        assert bad.checks[1].about == "refund lines against the summary"


def test_one_currency() -> None:
    """A statement in euros says nothing of lines in pounds."""
    with pytest.raises(ValueError, match=r"^statement: EUR is stated for lines in GBP"):
        tie_out(LINES, statement=attrs.evolve(statement("85.00"), currency="EUR"))


def test_an_impossible_receipt() -> None:
    """What the bank received is an exact amount: nothing is compared with a float or with fractions of a penny."""
    for received, told in ((1.0, r"1\.0 is a float"), (Decimal("NaN"), "NaN is not an amount"), (Decimal("0.001"), "")):
        with pytest.raises((TypeError, ValueError), match=f"^received: {told}"):
            tie_out(matched(), statement=statement("1.00"), received=received)  # type: ignore[arg-type]  # on purpose


def test_impossible_statements() -> None:
    """By field and rule, when they are made."""
    with pytest.raises(TypeError, match=r"^summary: 'sale' is no member of LineClass"):
        statement("1.00", summary={"sale": Decimal(1)})  # type: ignore[dict-item]  # what a careless caller writes
    with pytest.raises(TypeError, match=r"^summary of sale: 1\.5 is a float"):
        statement("1.00", summary={LineClass.SALE: 1.5})  # type: ignore[dict-item]  # what a careless caller writes
    with pytest.raises(ValueError, match="statement_id must not be blank"):
        attrs.evolve(statement("1.00"), statement_id="")
    for field in ("payout", "opening", "closing"):
        with pytest.raises(ValueError, match=rf"{field}: 0\.001 is not"):
            attrs.evolve(statement("1.00"), **{field: Decimal("0.001")})
