"""Every settlement line ends in exactly one place, in the order of tests, and says why."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import attrs
import pytest

from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import LineId, OrderId
from khaos_connectors.core.refunds import CreditedLine, CreditNote
from khaos_connectors.core.settlement import (
    UNCLASSIFIED,
    Expected,
    ExpectedOrder,
    FeeRule,
    LineClass,
    LineKind,
    MatchResult,
    MatchRule,
    MatchStatus,
    Meaning,
    OrderBalance,
    Reconciliation,
    SettlementLine,
    Tolerance,
    VatTreatment,
    classify,
    match,
    not_settled,
    order_balances,
)

_S, _R, _X = MatchStatus, MatchRule, ExceptionType
TABLE = {
    "GOODS": Meaning(LineClass.SALE, LineKind.GOODS),
    "SHIP": Meaning(LineClass.SALE, LineKind.SHIPPING),
    "TAX": Meaning(LineClass.SALE, LineKind.GOODS_TAX),
    "BACK": Meaning(LineClass.REFUND, LineKind.GOODS),
    "BACK_SHIP": Meaning(LineClass.REFUND, LineKind.SHIPPING),
    "FEE": Meaning(LineClass.FEE),
    "FEE_VAT": Meaning(LineClass.FEE),
    "FEE_BACK": Meaning(LineClass.FEE, returned=True),
    "MANUAL": Meaning(LineClass.ADJUSTMENT),
    "REMITTED": Meaning(LineClass.OPERATOR_TAX, LineKind.GOODS_TAX),
    "RESERVE": Meaning(LineClass.RESERVE),
    "PAY": Meaning(LineClass.PAYOUT),
}
FEES = {
    "FEE": FeeRule(account="7100", vat_code="T1", rate="15%"),
    "FEE_VAT": FeeRule(account="2201", rate="20%", of="FEE"),
    "FEE_BACK": FeeRule(account="7100", rate="15%"),
}


def d(amount: str) -> Decimal:
    return Decimal(amount)


def line(line_id: str, kind: str, amount: str, order: str = "", number: str = "", **more: str) -> SettlementLine:
    bare = SettlementLine(
        line_id=line_id,
        statement_id="S-77",
        type=kind,
        currency="GBP",
        amount=d(amount),
        order_id=OrderId(order),
        order_line_id=LineId(number),
    )
    return classify(attrs.evolve(bare, **more), TABLE)


def part(amount: str, number: str = "", kind: LineKind = LineKind.GOODS, settled: str = "0.00") -> Expected:
    return Expected(line_id=LineId(number), kind=kind, amount=d(amount), settled=d(settled))


def order(order_id: str, *parts: Expected, **more: str | Decimal | datetime | None) -> ExpectedOrder:
    return attrs.evolve(ExpectedOrder(order_id=OrderId(order_id), currency="GBP", parts=parts), **more)


def note(
    refund_id: str, gross: str, code: str = "CN5", order_id: str = "O2", **more: str | Decimal | bool
) -> CreditNote:
    base = CreditNote(
        code=code,
        refund_id=refund_id,
        order_id=OrderId(order_id),
        currency="GBP",
        lines=(CreditedLine(line_id=LineId("1"), gross=d(gross)),),
    )
    return attrs.evolve(base, **more)


def matched(
    *lines: SettlementLine,
    orders: tuple[ExpectedOrder, ...] = (),
    notes: tuple[CreditNote, ...] = (),
    fees: dict[str, FeeRule] | None = None,
    seen: tuple[str, ...] = (),
) -> Reconciliation:
    return match(lines, orders=orders, credit_notes=notes, fees={} if fees is None else fees, seen=seen)


def only(reconciliation: Reconciliation) -> MatchResult:
    assert len(reconciliation.results) == 1
    return reconciliation.results[0]


def told(reconciliation: Reconciliation) -> list[ExceptionType]:
    return [reason.type for reason in reconciliation.reasons]


S_77 = (
    line("1", "ORDER_AMOUNT", "120.00", "O1", "1"),
    line("2", "ORDER_SHIPPING_AMOUNT", "4.95", "O1"),
    line("3", "COMMISSION_FEE", "-18.74", "O1"),
    line("4", "REFUND_ORDER_AMOUNT", "-35.50", "O2", refund_id="R9"),
    line("5", "REFUND_ORDER_AMOUNT", "-12.00", "O8", refund_id="R11"),
    line("6", "ORDER_AMOUNT", "60.00", "O3", "1"),
    line("1", "ORDER_AMOUNT", "120.00", "O1", "1"),
    line("8", "MANUAL_INVOICE", "-25.00", description="late shipment"),
    line("9", "LOYALTY_TOPUP", "3.00"),
)
S_77_TABLE = {
    "ORDER_AMOUNT": TABLE["GOODS"],
    "ORDER_SHIPPING_AMOUNT": TABLE["SHIP"],
    "COMMISSION_FEE": TABLE["FEE"],
    "REFUND_ORDER_AMOUNT": TABLE["BACK"],
    "MANUAL_INVOICE": TABLE["MANUAL"],
}


class TestTheStatementOfTheDomain:
    def test_s_77(self) -> None:
        """Domain §9.2, the table of statement S-77: one status per line, differences reported, dedicated reasons."""
        found = match(
            [classify(each, S_77_TABLE) for each in S_77],
            orders=[
                order("O1", part("120.00", "1"), part("4.96", kind=LineKind.SHIPPING)),
                order("O3", part("90.00", "1")),
            ],
            credit_notes=[note("R9", "35.50")],
            fees={"COMMISSION_FEE": FeeRule(account="7100", rate="15%")},
        )

        assert [(r.status, r.target, r.difference, r.outstanding) for r in found.results] == [
            (_S.MATCHED, "O1", 0, 0),
            (_S.MATCHED, "O1", d("-0.01"), 0),
            (_S.FEE, "7100", 0, 0),
            (_S.MATCHED, "CN5", 0, 0),
            (_S.UNMATCHED, "", 0, 0),
            (_S.MATCHED, "O3", 0, d("30.00")),
            (_S.DUPLICATE, "", 0, 0),
            (_S.UNMATCHED, "", 0, 0),
            (_S.UNMATCHED, "", 0, 0),
        ]
        assert [(reason.type, reason.entity) for reason in found.reasons] == [
            (_X.REFUND_UNMATCHED, "R11"),
            (_X.SETTLEMENT_DUPLICATE, "1"),
            (_X.FEE_UNMAPPED, "MANUAL_INVOICE"),
            (_X.SCHEMA_DRIFT, "LOYALTY_TOPUP"),
        ]
        assert [r.line.line_id for r in found.rounding] == ["2"]
        assert found.amount() == d("96.71")
        assert found.amount(_S.DUPLICATE) == d("120.00")
        assert [r.line.line_id for r in found.of(_S.UNMATCHED)] == ["5", "8", "9"]
        assert {b.order_id: b.outstanding for b in found.balances} == {"O1": 0, "O3": d("30.00"), "O2": 0}

    def test_the_commission_of_the_domain(self) -> None:
        """Domain §9.2: round(15 % x 124.95) is 18.74, a penny either way is allowed, two are FEE_MISMATCH."""
        sold = (line("1", "GOODS", "120.00", "O1", "1"), line("2", "SHIP", "4.95", "O1"))

        for charged, mismatch in (("-18.73", []), ("-18.75", []), ("-18.72", ["x"]), ("-18.76", ["x"])):
            found = matched(*sold, line("3", "FEE", charged, "O1"), fees=FEES)
            assert [r.type for r in found.reasons if r.type is _X.FEE_MISMATCH] == [_X.FEE_MISMATCH for _ in mismatch]
            assert found.results[2].status is _S.FEE


class TestClassify:
    def test_by_type(self) -> None:
        """Domain §9.1: a type has one meaning; anything else is UNKNOWN, never dropped."""
        bare = SettlementLine(line_id="1", statement_id="S", type="SHIP", currency="GBP", amount=d("1.00"))

        known = classify(bare, TABLE)
        assert (known.line_class, known.meaning.kind) == (LineClass.SALE, LineKind.SHIPPING)
        assert classify(known, {}).meaning == UNCLASSIFIED
        assert bare.line_class is LineClass.UNKNOWN

    def test_impossible_lines_are_refused(self) -> None:
        """By field and rule, when they are made."""
        with pytest.raises(ValueError, match=r"amount: 0\.001 is not in whole minor units"):
            line("1", "GOODS", "0.001")
        with pytest.raises(TypeError, match=r"amount: 1\.5 is a float"):
            attrs.evolve(line("1", "GOODS", "1.00"), amount=1.5)
        with pytest.raises(ValueError, match="line_id must not be blank"):
            line("", "GOODS", "1.00")
        with pytest.raises(ValueError, match="aware"):
            attrs.evolve(line("1", "GOODS", "1.00"), at=datetime(2026, 3, 2))  # noqa: DTZ001 - naive on purpose
        with pytest.raises(ValueError, match=r"^parts: order O1 expects one kind of a line twice: add them up$"):
            order("O1", part("1.00", "1"), part("2.00", "1"))
        with pytest.raises(ValueError, match=r"^parts: amount of the goods: 0\.001 is not in whole"):
            order("O1", part("0.001"))
        with pytest.raises(ValueError, match=r"^parts: settled of the goods of line 1: 0\.002 is not in whole"):
            order("O1", part("1.00", "1", settled="0.002"))
        with pytest.raises(TypeError, match=r"^parts: amount of the goods: 1\.5 is a float"):
            order("O1", attrs.evolve(part("1.00"), amount=1.5))
        with pytest.raises(TypeError, match=r"^meaning must be a Meaning, not <LineClass\.SALE"):
            attrs.evolve(line("1", "GOODS", "1.00"), meaning=LineClass.SALE)
        for kinds in (frozenset({"goods"}), [LineKind.GOODS]):
            with pytest.raises(TypeError, match=r"^kinds must be a frozenset of members of LineKind, not "):
                FeeRule(account="7100", kinds=kinds)  # type: ignore[arg-type]  # what a careless caller writes
        with pytest.raises(TypeError, match=r"^line must be a Decimal, not 0\.01"):
            Tolerance(line=0.01)  # type: ignore[arg-type]  # what a careless caller writes
        with pytest.raises(ValueError, match="between 0 and 1"):
            FeeRule(account="7100", rate="150%")
        with pytest.raises(ValueError, match="account must not be blank"):
            FeeRule(account="")
        for field in ("line", "order", "fee"):
            for value, rule in (("-1", "0 or more"), ("NaN", "a number")):
                with pytest.raises(ValueError, match=f"{field} must be {rule}, not {value}"):
                    Tolerance(**{field: d(value)})
        naive = datetime(2026, 3, 2)  # noqa: DTZ001 - naive on purpose
        with pytest.raises(ValueError, match="aware"):
            order("O1", since=naive)
        with pytest.raises(ValueError, match="aware"):
            OrderBalance(order_id=OrderId("O1"), currency="GBP", expected=d("1"), settled=d("0"), since=naive)
        with pytest.raises(ValueError, match=r"written_off: 0\.001 is not"):
            order("O1", written_off=d("0.001"))

    def test_what_is_not_said_is_empty(self) -> None:
        """References are texts and empty where there is none; nothing is returned, remitted or known by default."""
        bare = SettlementLine(line_id="1", statement_id="S", type="T", currency="GBP", amount=d("1.00"))
        result = MatchResult(line=bare, status=_S.PAYOUT, rule=_R.TYPE)

        assert attrs.astuple(bare, recurse=False)[5:] == (UNCLASSIFIED, *[""] * 8, None)
        assert attrs.astuple(Meaning(LineClass.SALE)) == (LineClass.SALE, LineKind.OTHER, False)
        assert attrs.astuple(VatTreatment(code="T1")) == ("T1", False, frozenset())
        assert attrs.astuple(Expected(kind=LineKind.GOODS, amount=d("1.00")))[2:] == ("", 0, ())
        assert attrs.astuple(order("O1"))[2:] == ((), "", None, 0, None)
        assert attrs.astuple(FeeRule(account="7100"))[1:] == (
            "",
            None,
            frozenset({LineKind.GOODS, LineKind.SHIPPING}),
            "",
        )
        assert attrs.astuple(result, recurse=False)[3:] == ("", 0, 0, "", None, "")
        assert (result.order_id, attrs.evolve(result, line=attrs.evolve(bare, order_id=OrderId("O1"))).order_id) == (
            "",
            "O1",
        )

    def test_names_that_are_stored(self) -> None:
        """Values of these enumerations are written into reports and records: they do not change."""
        assert [each.value for each in LineClass] == [
            "sale",
            "refund",
            "fee",
            "adjustment",
            "operator tax",
            "reserve",
            "payout",
            "unknown",
        ]
        assert [each.value for each in LineKind] == [
            "goods",
            "goods tax",
            "shipping",
            "shipping tax",
            "other",
            "whole order",
        ]
        assert [each.value for each in MatchStatus] == [
            "matched",
            "fee",
            "adjustment",
            "operator tax",
            "reserve",
            "payout",
            "duplicate",
            "unmatched",
        ]
        assert [each.value for each in MatchRule] == [
            "the line id was seen before",
            "the type of the line",
            "order, line and kind",
            "order and kind, on totals",
            "order by its external reference, then line and kind",
            "order by its external reference, then kind, on totals",
            "refund id",
            "no test",
        ]


class TestByType:
    @pytest.mark.parametrize(
        ("kind", "status"),
        [("FEE", _S.FEE), ("MANUAL", _S.ADJUSTMENT), ("REMITTED", _S.OPERATOR_TAX), ("RESERVE", _S.RESERVE)],
    )
    def test_with_an_account(self, kind: str, status: MatchStatus) -> None:
        """Domain §9.2: by type, with the ledger account as target and its VAT code carried."""
        rules = {kind: FeeRule(account="7200", vat_code="T1")}
        result = only(matched(line("1", kind, "-25.00"), fees=rules))

        assert (result.status, result.rule, result.target, result.vat_code) == (status, _R.TYPE, "7200", "T1")
        assert result.reason is None

    @pytest.mark.parametrize("kind", ["FEE", "MANUAL", "REMITTED", "RESERVE"])
    def test_without_an_account(self, kind: str) -> None:
        """Domain §9.2: else FEE_UNMAPPED and UNMATCHED."""
        found = matched(line("1", kind, "-25.00", "O1"))

        assert (only(found).status, only(found).rule, only(found).target) == (_S.UNMATCHED, _R.NONE, "")
        assert found.reasons == (
            Reason(
                type=_X.FEE_UNMAPPED,
                entity=kind,
                message=f"{kind} of -25.00 has no ledger account.",
                evidence={"statement": "S-77", "line": "1", "type": kind, "amount": "-25.00 GBP", "order": "O1"},
            ),
        )

    def test_the_fee_code_is_more_particular(self) -> None:
        """One type may have several fees, each with its account."""
        rules = {"FEE": FeeRule(account="7100"), "FEE/late": FeeRule(account="7300")}
        lines = (line("1", "FEE", "-1.00", fee_code="late"), line("2", "FEE", "-1.00", fee_code="other"))

        assert [r.target for r in matched(*lines, fees=rules).results] == ["7300", "7100"]
        assert matched(lines[0]).reasons[0].entity == "FEE/late"

    def test_payouts_need_no_account(self) -> None:
        """Domain §9.2: a payout is a status of its own, before anything else but duplicates."""
        result = only(matched(line("1", "PAY", "-55.66")))

        assert (result.status, result.rule, result.reason) == (_S.PAYOUT, _R.TYPE, None)

    def test_unknown_types(self) -> None:
        """Domain §9.1: SCHEMA_DRIFT and suspense; one item per type."""
        found = matched(line("1", "NEW", "3.00"))

        assert (only(found).status, only(found).rule) == (_S.UNMATCHED, _R.NONE)
        assert (found.reasons[0].type, found.reasons[0].entity) == (_X.SCHEMA_DRIFT, "NEW")
        assert found.reasons[0].message == "No table says what NEW is."


class TestDuplicates:
    def test_a_line_id_counts_once(self) -> None:
        """Domain §9.2: the first test of all, whatever the line is; other statements' ids are given."""
        found = matched(line("1", "PAY", "-5.00"), line("1", "PAY", "-5.00"), line("2", "NEW", "1.00"), seen=("2", "7"))

        assert [r.status for r in found.results] == [_S.PAYOUT, _S.DUPLICATE, _S.DUPLICATE]
        assert [r.rule for r in found.results] == [_R.TYPE, _R.LINE_ID, _R.LINE_ID]
        assert told(found) == [_X.SETTLEMENT_DUPLICATE, _X.SETTLEMENT_DUPLICATE]
        assert found.reasons[0].message == "Line 1 was there before: it is left out."
        assert found.amount() == d("-5.00")

    def test_a_duplicate_settles_nothing_and_measures_nothing(self) -> None:
        """Neither what is outstanding nor the base of a fee is touched."""
        found = matched(
            line("1", "GOODS", "60.00", "O3", "1"),
            line("1", "GOODS", "60.00", "O3", "1"),
            line("2", "FEE", "-9.00", "O3"),
            orders=(order("O3", part("120.00", "1")),),
            fees=FEES,
        )

        assert found.orders[0].settled == d("60.00")
        assert told(found) == [_X.SETTLEMENT_DUPLICATE]


class TestSales:
    def test_by_order_line_and_kind(self) -> None:
        """The line's own expectation comes first, not the kind next to it and not another line of equal amount."""
        found = matched(
            line("1", "GOODS", "5.00", "O1", "2"),
            orders=(order("O1", part("5.00", "1"), part("5.00", "2"), part("5.00", "2", LineKind.SHIPPING)),),
        )

        assert (only(found).rule, only(found).target) == (_R.ORDER_LINE, "O1")
        assert [p.settled for p in found.orders[0].parts] == [0, d("5.00"), 0]

    def test_then_by_order_and_kind_on_totals(self) -> None:
        """A line without a line id, or of one that we do not know, settles the order's total of its kind."""
        expected = order("O1", part("5.00", "1"), part("7.00", "2"), part("4.95", kind=LineKind.SHIPPING))
        bare = matched(line("1", "GOODS", "12.00", "O1"), orders=(expected,))
        strange = matched(line("1", "GOODS", "12.00", "O1", "99"), orders=(expected,))

        for found in (bare, strange):
            assert only(found).rule is _R.ORDER_TOTAL
            assert [p.settled for p in found.orders[0].parts] == [d("5.00"), d("7.00"), 0]

    def test_more_than_the_line_goes_to_the_total(self) -> None:
        """What is too much for its line may be the order's total, put on one line by the channel."""
        found = matched(
            line("1", "GOODS", "12.00", "O1", "1"), orders=(order("O1", part("5.00", "1"), part("7.00", "2")),)
        )

        assert (only(found).status, only(found).rule) == (_S.MATCHED, _R.ORDER_TOTAL)

    def test_equal_amounts_choose_inside_one_order(self) -> None:
        """Domain §9.2: equal amounts only break ties inside one order: the line of that amount is settled."""
        found = matched(
            line("1", "GOODS", "7.00", "O1"),
            line("2", "GOODS", "2.00", "O1"),
            orders=(order("O1", part("5.00", "1"), part("7.00", "2"), part("1.00", "3")),),
        )

        assert [p.settled for p in found.orders[0].parts] == [d("2.00"), d("7.00"), 0]
        assert [(r.rule, r.outstanding) for r in found.results] == [
            (_R.ORDER_TOTAL, d("4.00")),
            (_R.ORDER_TOTAL, d("4.00")),
        ]

    def test_never_by_amount_alone(self) -> None:
        """Domain §9.2: the same amount on another order, or without an order, is no match."""
        candidates = (order("O1", part("5.00", "1")), order("", part("5.00", "1")))
        other = matched(line("1", "GOODS", "5.00", "O2", "1"), orders=candidates[:1])
        none = matched(line("1", "GOODS", "5.00"), orders=candidates[:1])

        assert only(other).status is only(none).status is _S.UNMATCHED
        assert told(other) == told(none) == [_X.SETTLEMENT_UNMATCHED]
        assert other.reasons[0].message == "No order O2 is expected."
        assert other.reasons[0].entity == "1"
        assert matched(line("1", "GOODS", "5.00", order_reference="REF")).reasons[0].message == (
            "No order REF is expected."
        )

    def test_then_by_external_reference(self) -> None:
        """Domain §9.2: the ERP's order by its external reference, by line and then on totals."""
        expected = order("ERP-1", part("5.00", "1"), part("7.00", "2"), reference="O1")
        by_line = matched(line("1", "GOODS", "5.00", "O1", "1"), orders=(expected,))
        by_total = matched(line("1", "GOODS", "12.00", "X", order_reference="O1"), orders=(expected,))

        assert (only(by_line).rule, only(by_line).target) == (_R.REFERENCE_LINE, "ERP-1")
        assert only(by_line).order_id == "ERP-1"
        assert (only(by_total).rule, only(by_total).target) == (_R.REFERENCE_TOTAL, "ERP-1")

    def test_the_id_comes_before_the_reference(self) -> None:
        """An order that has the id is taken, whatever another one's reference says."""
        candidates = (order("ERP-1", part("5.00", "1"), reference="O1"), order("O1", part("5.00", "1")))

        assert only(matched(line("1", "GOODS", "5.00", "O1", "1"), orders=candidates)).target == "O1"

    def test_two_orders_of_one_reference_are_none(self) -> None:
        """Nothing is guessed; orders without a reference are not found by an empty one."""
        twice = tuple(order(f"E{n}", part("5.00", "1"), reference="O1") for n in range(3))
        blank = (order("E1", part("5.00", "1")), order("E2", part("5.00", "1"), reference="O2"))

        assert only(matched(line("1", "GOODS", "5.00", "O1", "1"), orders=twice)).status is _S.UNMATCHED
        assert only(matched(line("1", "GOODS", "5.00"), orders=blank)).status is _S.UNMATCHED

    def test_a_kind_that_is_not_expected(self) -> None:
        """A tax line of an order that expects none is not matched, not even a penny of it."""
        found = matched(line("1", "TAX", "0.01", "O1", "1"), orders=(order("O1", part("5.00", "1")),))

        assert told(found) == [_X.SETTLEMENT_UNMATCHED]
        assert found.reasons[0].message == "0.01 is not within what is outstanding of the goods tax of O1."
        assert found.orders[0].settled == 0

    def test_other_currencies(self) -> None:
        """An order in another currency is no match; lines of two currencies are no statement."""
        euro = attrs.evolve(order("O1", part("5.00", "1")), currency="EUR")
        found = matched(line("1", "GOODS", "5.00", "O1", "1"), orders=(euro,))

        assert found.reasons[0].message == "Order O1 is in EUR, the statement in GBP."
        assert told(found) == [_X.SETTLEMENT_UNMATCHED]
        with pytest.raises(ValueError, match="a statement is of one currency, these are of EUR, GBP"):
            matched(line("1", "PAY", "5.00"), attrs.evolve(line("2", "PAY", "5.00"), currency="EUR"))

    def test_negative_expectations(self) -> None:
        """A discount line is settled by a negative amount, in part too; a negative amount settles nothing positive."""
        discount = order("O1", part("100.00", "1"), part("-10.00", "2"))
        found = matched(
            line("1", "GOODS", "-4.00", "O1", "2"),
            line("2", "GOODS", "-6.00", "O1", "2"),
            line("3", "GOODS", "-1.00", "O1", "1"),
            line("4", "GOODS", "50.00", "O1"),
            orders=(discount,),
        )

        assert [r.status for r in found.results] == [_S.MATCHED, _S.MATCHED, _S.UNMATCHED, _S.MATCHED]
        assert [p.settled for p in found.orders[0].parts] == [d("50.00"), d("-10.00")]

    def test_a_penny_of_the_other_sign(self) -> None:
        """Nothing is taken from a part of the other sign, be it one penny; a last penny is taken."""
        below = matched(line("1", "GOODS", "0.01", "O1", "1"), orders=(order("O1", part("-5.00", "1")),))
        last = matched(
            line("1", "GOODS", "5.01", "O1"),
            orders=(order("O1", part("5.00", "1"), part("0.01", "2"), part("3.00", "3")),),
        )

        assert only(below).status is _S.UNMATCHED
        assert [p.settled for p in last.orders[0].parts] == [d("5.00"), d("0.01"), 0]

    def test_a_total_of_both_signs(self) -> None:
        """Part of a total is taken from the lines of its own sign; the whole of it settles all lines."""
        discount = order("O1", part("-10.00", "2"), part("100.00", "1"))
        partly = matched(line("1", "GOODS", "50.00", "O1"), orders=(discount,))
        wholly = matched(line("1", "GOODS", "90.00", "O1"), orders=(discount,))

        assert [p.settled for p in partly.orders[0].parts] == [0, d("50.00")]
        assert only(partly).outstanding == d("40.00")
        assert [p.settled for p in wholly.orders[0].parts] == [d("-10.00"), d("100.00")]

    def test_zero_lines(self) -> None:
        """A line of nothing belongs to its order and settles nothing."""
        found = matched(line("1", "GOODS", "0.00", "O1", "1"), orders=(order("O1", part("5.00", "1")),))

        assert (only(found).status, only(found).outstanding) == (_S.MATCHED, d("5.00"))
        below = matched(line("1", "GOODS", "0.00", "O1", "1"), orders=(order("O1", part("-5.00", "1")),))
        assert (only(below).status, only(below).outstanding) == (_S.MATCHED, d("-5.00"))


class TestTolerance:
    @pytest.mark.parametrize("on", [("1", _R.ORDER_LINE), ("", _R.ORDER_TOTAL)])
    @pytest.mark.parametrize(
        ("amount", "status", "difference", "outstanding"),
        [
            ("89.98", _S.MATCHED, "0.00", "0.02"),
            ("89.99", _S.MATCHED, "-0.01", "0.00"),
            ("90.00", _S.MATCHED, "0.00", "0.00"),
            ("90.01", _S.MATCHED, "0.01", "0.00"),
            ("90.02", _S.UNMATCHED, "0.00", "0.00"),
        ],
    )
    def test_a_penny_per_line(
        self, amount: str, status: MatchStatus, difference: str, outstanding: str, on: tuple[str, MatchRule]
    ) -> None:
        """Domain §9.2: 0.01 per line is rounding; less is a part; more is not matched."""
        single = order("O1", part("90.00", "1", LineKind.SHIPPING), part("9.00", "1"))
        result = only(matched(line("1", "SHIP", amount, "O1", on[0]), orders=(single,)))

        assert (result.status, result.difference, result.outstanding) == (status, d(difference), d(outstanding))
        assert result.rule is (on[1] if status is _S.MATCHED else _R.NONE)

    @pytest.mark.parametrize(
        ("parts", "amount", "difference", "outstanding"),
        [
            (2, "19.98", "-0.02", "0.00"),
            (2, "19.97", "0.00", "0.03"),
            (2, "20.02", "0.02", "0.00"),
            (2, "20.03", None, "0.00"),
            (5, "49.95", "-0.05", "0.00"),
            (6, "59.95", "-0.05", "0.00"),
            (6, "59.94", "0.00", "0.06"),
            (6, "60.05", "0.05", "0.00"),
            (6, "60.06", None, "0.00"),
        ],
    )
    def test_five_pence_per_order(self, parts: int, amount: str, difference: str | None, outstanding: str) -> None:
        """Domain §9.2: on totals a penny for each line that is covered, 0.05 per order at most."""
        expected = order("O1", *(part("10.00", str(n)) for n in range(parts)))
        result = only(matched(line("1", "GOODS", amount, "O1"), orders=(expected,)))

        assert result.status is (_S.UNMATCHED if difference is None else _S.MATCHED)
        assert (result.difference, result.outstanding) == (d(difference or "0"), d(outstanding))

    def test_the_pennies_of_an_order_add_up(self) -> None:
        """Domain §9.2: no more than 0.05 per order in all, plus and minus alike; what is too much goes first."""
        parts = [part("10.00", str(n)) for n in range(7)]
        amounts = ["9.99", "10.01", "9.99", "10.01", "9.99", "9.99", "10.01"]
        lines = [line(str(n), "GOODS", amount, "O1", str(n)) for n, amount in enumerate(amounts)]
        found = matched(*lines, orders=(order("O1", *parts),))

        assert [(r.difference, r.outstanding) for r in found.results] == [
            (d("-0.01"), 0),
            (d("0.01"), 0),
            (d("-0.01"), 0),
            (d("0.01"), 0),
            (0, d("0.01")),
            (0, d("0.01")),
            (d("0.01"), 0),
        ]
        assert {r.rule for r in found.results} == {_R.ORDER_LINE}
        assert found.orders[0].written_off == d("0.05")

    def test_what_earlier_statements_wrote_off_counts(self) -> None:
        """The order's limit is for its whole life."""
        used = order("O1", part("10.00", "1"), written_off=d("0.05"))
        found = matched(line("1", "GOODS", "9.99", "O1", "1"), orders=(used,))

        assert (only(found).difference, only(found).outstanding) == (0, d("0.01"))
        assert found.orders[0].written_off == d("0.05")

    def test_an_exact_amount_needs_no_tolerance(self) -> None:
        """Whatever was written off before, under whatever tolerance."""
        used = order("O1", part("10.00", "1"), written_off=d("0.50"))
        found = matched(line("1", "GOODS", "10.00", "O1", "1"), orders=(used,))

        assert (only(found).status, only(found).rule) == (_S.MATCHED, _R.ORDER_LINE)
        assert found.orders[0].written_off == d("0.50")

    def test_own_tolerances(self) -> None:
        """None at all, and a currency without pennies, where a hundredth is nothing."""
        exact = match(
            [line("1", "GOODS", "9.99", "O1", "1")],
            orders=[order("O1", part("10.00", "1"))],
            credit_notes=[],
            fees={},
            tolerance=Tolerance(line=d("0"), order=d("0")),
        )
        yen = match(
            [attrs.evolve(line("1", "GOODS", "999", "O1", "1"), currency="JPY")],
            orders=[attrs.evolve(order("O1", part("1000", "1")), currency="JPY")],
            credit_notes=[],
            fees={},
        )

        assert only(exact).outstanding == d("0.01")
        assert (only(yen).difference, only(yen).outstanding) == (0, d("1"))


class TestRefunds:
    def test_by_refund_id(self) -> None:
        """Domain §9.2: the credit note of the refund, in parts, with its pennies."""
        found = matched(
            line("1", "BACK", "-35.50", "O2", refund_id="R9"),
            line("2", "BACK_SHIP", "-4.94", "O2", refund_id="R9"),
            notes=(note("R9", "35.50", shipping=d("4.95")),),
        )

        assert [(r.status, r.rule, r.target) for r in found.results] == [(_S.MATCHED, _R.REFUND, "CN5")] * 2
        assert [(r.difference, r.outstanding) for r in found.results] == [(d("0.01"), 0), (0, 0)]
        assert found.credit_notes[0].settled == d("40.45")
        assert found.results[0].order_id == "O2"

    def test_no_credit_note(self) -> None:
        """Domain §9.2: REFUND_UNMATCHED; a draft, another refund's note or no refund id do not count."""
        draft = note("R9", "35.50", complete=False)
        by_draft = matched(line("1", "BACK", "-35.50", refund_id="R9"), notes=(draft, note("R8", "35.50")))
        no_id = matched(line("1", "BACK", "-35.50"), notes=(note("R9", "35.50"),))

        assert told(by_draft) == told(no_id) == [_X.REFUND_UNMATCHED]
        assert by_draft.reasons[0].message == "Refund R9 of -35.50 has no complete credit note."
        assert no_id.reasons[0].message == "Refund without an id of -35.50 has no complete credit note."
        assert [r.reasons[0].entity for r in (by_draft, no_id)] == ["R9", "1"]
        assert by_draft.reasons[0].evidence["refund"] == "R9"
        assert by_draft.credit_notes == (draft, note("R8", "35.50"))

    @pytest.mark.parametrize("amount", ["-35.52", "5.00"])
    def test_more_than_was_credited(self, amount: str) -> None:
        """Beyond the credit note, or in the other direction, is not matched."""
        found = matched(line("1", "BACK", amount, refund_id="R9"), notes=(note("R9", "35.50"),))

        assert only(found).status is _S.UNMATCHED
        assert found.reasons[0].entity == "R9"
        assert found.reasons[0].message == f"{amount} GBP is not within what is outstanding of credit note CN5."
        assert found.credit_notes[0].settled == 0

    def test_what_is_settled_already(self) -> None:
        """A credit note goes on where the last statement left it."""
        half = note("R9", "35.50", settled=d("20.00"))
        found = matched(line("1", "BACK", "-15.50", refund_id="R9"), notes=(half, attrs.evolve(half, complete=False)))

        assert (only(found).difference, only(found).outstanding) == (0, 0)
        assert [n.settled for n in found.credit_notes] == [d("35.50"), d("20.00")]

    def test_another_currency(self) -> None:
        """A credit note in euros is not paid in pounds."""
        euro = note("R9", "35.50", currency="EUR")

        assert told(matched(line("1", "BACK", "-35.50", refund_id="R9"), notes=(euro,))) == [_X.REFUND_UNMATCHED]

    def test_the_order_bears_the_pennies_of_its_refunds(self) -> None:
        """The five pence are the order's, sales and refunds together."""
        found = matched(
            line("1", "BACK", "-9.99", "O2", refund_id="R9"),
            orders=(order("O2", part("10.00", "1"), written_off=d("0.05")),),
            notes=(note("R9", "10.00"),),
        )

        assert (only(found).difference, only(found).outstanding) == (0, d("-0.01"))

    def test_refunds_of_an_order_that_is_not_a_candidate(self) -> None:
        """Its five pence are counted all the same, within the statement."""
        notes = tuple(note(f"R{n}", "1.00", code=f"CN{n}", order_id="O9") for n in range(6))
        lines = [line(str(n), "BACK", "-0.99", refund_id=f"R{n}") for n in range(6)]

        assert [r.difference for r in matched(*lines, notes=notes).results] == [*[d("0.01")] * 5, 0]


class TestFees:
    def test_vat_on_a_fee(self) -> None:
        """Domain §9.3: 20 % of 18.74 is 3.75, of the fee and not of the sale; the returned twin alike."""
        lines = (
            line("1", "GOODS", "120.00", "O1", "1"),
            line("2", "SHIP", "4.95", "O1"),
            line("3", "FEE", "-18.74", "O1"),
            line("4", "FEE_VAT", "-3.75", "O1"),
            line("5", "BACK", "-35.50", "O2", refund_id="R9"),
            line("6", "FEE_BACK", "5.33", "O2", refund_id="R9"),
        )

        assert _X.FEE_MISMATCH not in told(matched(*lines, fees=FEES))
        off = attrs.evolve(lines[3], amount=d("-3.77"))
        found = matched(*lines[:3], off, fees=FEES)
        assert found.reasons[-1] == Reason(
            type=_X.FEE_MISMATCH,
            entity="O1/FEE_VAT",
            message="FEE_VAT for O1 is -3.77, at 20 % it would be -3.75.",
            evidence={"statement": "S-77", "type": "FEE_VAT", "rate": "20 %", "charged": "-3.77", "expected": "-3.75"},
        )

    def test_a_returned_fee_is_measured_on_its_refund(self) -> None:
        """Domain §9.3: 15 % of the refund of 35.50 is 5.33 back; another refund of the order does not count."""
        lines = (
            line("1", "BACK", "-35.50", "O2", refund_id="R9"),
            line("2", "BACK", "-10.00", "O2", refund_id="R10"),
            line("3", "GOODS", "200.00", "O2"),
        )

        def mismatches(back: str) -> list[str]:
            found = matched(*lines, line("4", "FEE_BACK", back, "O2", refund_id="R9"), fees=FEES)
            return [reason.entity for reason in found.reasons if reason.type is _X.FEE_MISMATCH]

        assert mismatches("5.33") == []
        assert mismatches("5.30") == ["R9/FEE_BACK"]

    def test_a_fee_that_is_charged_is_of_the_sale(self) -> None:
        """Even where it names a refund: only fees that are given back are measured on one."""
        sold, fee = line("1", "GOODS", "100.00", "O1"), line("2", "FEE", "-15.00", "O1", refund_id="R9")

        assert _X.FEE_MISMATCH not in told(matched(sold, fee, fees=FEES))

    def test_a_fee_on_a_fee_to_the_penny(self) -> None:
        """All that was charged of the other fee in the order is the base, and nothing else."""
        rules = {"FEE": FeeRule(account="7100"), "FEE_VAT": FeeRule(account="2201", rate="100%", of="FEE")}
        lines = [line("1", "FEE", "-0.01", "O1"), line("2", "FEE", "-0.02", "O1"), line("3", "FEE_VAT", "-0.03", "O1")]
        exact = match(lines, orders=[], credit_notes=[], fees=rules, tolerance=Tolerance(fee=d("0")))

        assert told(exact) == []

    def test_several_fee_lines_of_an_order(self) -> None:
        """They are added up, and each may be a penny off: the marketplace rounds line by line."""
        lines = [line(str(n), "GOODS", "1.10", "O1", str(n)) for n in range(3)]
        fees = [line(f"f{n}", "FEE", "-0.16", "O1", str(n)) for n in range(3)]

        assert _X.FEE_MISMATCH not in told(matched(*lines, *fees, fees=FEES))
        # 15 % of 3.30 is 0.50: three pence more is within three lines' pennies, four is not.
        within, beyond = attrs.evolve(fees[0], amount=d("-0.21")), attrs.evolve(fees[0], amount=d("-0.22"))
        assert _X.FEE_MISMATCH not in told(matched(*lines, within, *fees[1:], fees=FEES))
        assert _X.FEE_MISMATCH in told(matched(*lines, beyond, *fees[1:], fees=FEES))

    def test_the_kinds_that_a_fee_is_measured_on(self) -> None:
        """Goods and shipping unless the rule says otherwise; tax is not commissioned by itself."""
        lines = (line("1", "GOODS", "100.00", "O1"), line("2", "TAX", "20.00", "O1"), line("3", "SHIP", "10.00", "O1"))
        goods = {"FEE": FeeRule(account="7100", rate=Fraction(15, 100), kinds=frozenset({LineKind.GOODS}))}

        assert _X.FEE_MISMATCH not in told(matched(*lines, line("4", "FEE", "-16.50", "O1"), fees=FEES))
        assert _X.FEE_MISMATCH not in told(matched(*lines, line("4", "FEE", "-15.00", "O1"), fees=goods))

    def test_a_fee_without_its_sale_is_measured_on_the_order(self) -> None:
        """The sale came in another statement: the whole order, or the whole credit note, is what there is."""
        orders = (order("O1", part("100.00", "1"), part("20.00", "1", LineKind.GOODS_TAX)),)
        fee, back = line("1", "FEE", "-15.00", "O1"), line("2", "FEE_BACK", "5.33", "O2", refund_id="R9")

        assert told(matched(fee, back, orders=orders, notes=(note("R9", "35.50"),), fees=FEES)) == []
        assert told(matched(attrs.evolve(fee, amount=d("-18.00")), orders=orders, fees=FEES)) == [_X.FEE_MISMATCH]

    def test_a_fee_of_nothing_known(self) -> None:
        """With no sale, order, refund or fee to measure on, that is said."""
        found = matched(
            line("1", "FEE", "-15.00", "O9", fee_code="late"),
            line("2", "FEE_BACK", "5.33", "O2", refund_id="R9"),
            line("3", "FEE_VAT", "-1.00"),
            fees=FEES,
        )

        assert [reason.entity for reason in found.reasons] == ["O9/FEE/late", "R9/FEE_BACK", "S-77/FEE_VAT"]
        assert found.reasons[0].message == "FEE/late of -15.00 for O9 has nothing to be measured on."
        assert "expected" not in found.reasons[0].evidence

    def test_only_fees_with_a_rate_are_measured(self) -> None:
        """A subscription is what it is; so are an adjustment and an unmapped fee."""
        rules = {"FEE": FeeRule(account="7100"), "MANUAL": FeeRule(account="7200", rate="10%")}

        assert told(matched(line("1", "FEE", "-39.00"), line("2", "MANUAL", "-7.00"), fees=rules)) == []
        assert told(matched(line("1", "FEE", "-39.00"))) == [_X.FEE_UNMAPPED]

    def test_nothing_charged_is_measured_too(self) -> None:
        """A rate of nothing expects nothing."""
        free = {"FEE": FeeRule(account="7100", rate="0")}
        sold = line("1", "GOODS", "100.00", "O1")

        assert _X.FEE_MISMATCH not in told(matched(sold, line("2", "FEE", "0.00", "O1"), fees=free))
        assert _X.FEE_MISMATCH in told(matched(sold, line("2", "FEE", "-0.02", "O1"), fees=free))

    def test_the_fees_own_tolerance(self) -> None:
        """A pound may be allowed, or nothing."""
        lines = [line("1", "GOODS", "100.00", "O1"), line("2", "FEE", "-15.50", "O1")]
        wide = match(lines, orders=[], credit_notes=[], fees=FEES, tolerance=Tolerance(fee=d("0.50")))
        tight = match(lines, orders=[], credit_notes=[], fees=FEES, tolerance=Tolerance(fee=d("0.49")))

        assert _X.FEE_MISMATCH not in told(wide)
        assert _X.FEE_MISMATCH in told(tight)


class TestCycles:
    def test_partial_settlement_over_cycles(self) -> None:
        """Domain §9.2: 60.00 of 90.00 now, the rest in the next cycle: outstanding 30.00, then nothing."""
        first = matched(line("1", "GOODS", "60.00", "O3", "1"), orders=(order("O3", part("90.00", "1")),))
        second = matched(line("2", "GOODS", "30.00", "O3", "1"), orders=first.orders)

        assert [(b.expected, b.settled, b.outstanding) for b in first.balances] == [
            (d("90.00"), d("60.00"), d("30.00"))
        ]
        assert [b.outstanding for b in second.balances] == [0]

    def test_untouched_records_are_the_same(self) -> None:
        """What no line belongs to is handed back as it was."""
        orders, notes = (order("O1", part("5.00", "1")),), (note("R9", "5.00"),)
        found = matched(line("1", "PAY", "-5.00"), orders=orders, notes=notes)

        assert found.orders[0] is orders[0]
        assert found.credit_notes[0] is notes[0]

    def test_a_statement_without_lines(self) -> None:
        """No line, no currency, nothing to say; what is expected stays."""
        orders, notes = (order("O1", part("5.00", "1")),), (note("R9", "5.00"),)
        found = matched(orders=orders, notes=notes)

        assert (found.currency, found.results, found.reasons, found.amount()) == ("", (), (), 0)
        assert (found.orders, found.credit_notes) == (orders, notes)

    def test_an_order_is_expected_once(self) -> None:
        """Two expectations of an order, or two notes for a refund, are refused."""
        twice = order("O1", part("5.00", "1"))
        with pytest.raises(ValueError, match="an order is there twice"):
            matched(line("1", "PAY", "1.00"), orders=(twice, twice))
        with pytest.raises(ValueError, match="two credit notes are for the same refund"):
            matched(line("1", "PAY", "1.00"), notes=(note("R9", "5.00"), note("R9", "6.00")))


class TestBalances:
    SINCE = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def test_credit_notes_lower_what_is_owed(self) -> None:
        """Expected is invoiced less credited; drafts do not count; a note may be all that is left of an order."""
        orders = (order("O1", part("100.00", "1", settled="30.00"), since=self.SINCE), order("O2", part("5.00")))
        notes = (
            note("R1", "20.00", order_id="O1", settled=d("5.00")),
            note("R2", "10.00", order_id="O1"),
            note("R3", "9.00", order_id="O1", complete=False),
            note("R4", "8.00", order_id="O9"),
        )

        assert order_balances(orders, notes) == (
            OrderBalance(
                order_id=OrderId("O1"),
                currency="GBP",
                expected=d("70.00"),
                settled=d("25.00"),
                since=self.SINCE,
                to_take_back=d("25.00"),
            ),
            OrderBalance(order_id=OrderId("O2"), currency="GBP", expected=d("5.00"), settled=d("0.00")),
            OrderBalance(
                order_id=OrderId("O9"),
                currency="GBP",
                expected=d("-8.00"),
                settled=d("0.00"),
                to_take_back=d("8.00"),
            ),
        )

    def test_not_settled_in_time(self) -> None:
        """Domain §9.2: outstanding > 0 after N days (30) is ORDER_NOT_SETTLED; on the last day it is not."""
        due = order_balances([order("O1", part("90.00", settled="60.00"), since=self.SINCE)], ())
        limit = self.SINCE + timedelta(days=30)

        assert not_settled(due, now=limit) == ()
        late = not_settled(due, now=limit + timedelta(seconds=1))
        assert late == (
            Reason(
                type=_X.ORDER_NOT_SETTLED,
                entity="O1",
                message="30.00 of 90.00 GBP for order O1 is outstanding since 2026-03-02, longer than 30 days.",
                evidence={"expected": "90.00", "settled": "60.00", "outstanding": "30.00"},
            ),
        )
        assert len(not_settled(due, now=self.SINCE + timedelta(days=8), days=7)) == 1
        penny = order_balances([order("O1", part("0.01"), since=self.SINCE)], ())
        (told,) = not_settled(penny, now=limit + timedelta(days=1))
        assert told.message.startswith("0.01 of 0.01 GBP for order O1 is outstanding since")

    def test_what_is_never_late(self) -> None:
        """Nothing outstanding, and what has no date."""
        later = self.SINCE + timedelta(days=99)
        orders = [
            order("O1", part("5.00", settled="5.00"), since=self.SINCE),
            order("O2", part("5.00")),
            order("O3", part("-5.00")),
        ]

        assert not_settled(order_balances(orders, ()), now=later) == ()
        with pytest.raises(ValueError, match="now must be aware: 2026-03-02T09:00:00 has no time zone"):
            not_settled((), now=self.SINCE.replace(tzinfo=None))
