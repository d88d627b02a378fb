"""Whose a settlement line is: by an id or by a reference, never by the lack of both."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import attrs
import pytest

from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import ChannelId, LineId, OrderId
from khaos_connectors.core.journals import Accounts, journal_for
from khaos_connectors.core.refund_records import CreditedLine, CreditNote
from khaos_connectors.core.settlement import (
    Expected,
    ExpectedOrder,
    FeeRule,
    LineClass,
    LineKind,
    MatchRule,
    MatchStatus,
    Meaning,
    OrderBalance,
    Reconciliation,
    SettlementLine,
    Statement,
    VatKey,
    VatTreatment,
    match,
    not_settled,
    order_balances,
    overpaid,
)
from khaos_connectors.core.vat_treatment import check_vat

_S, _X = MatchStatus, ExceptionType
UK = VatKey(channel=ChannelId("jl"), establishment="GB", goods_location="GB")
TREATMENTS = {UK: VatTreatment(code="T1")}
TABLE = {
    "GOODS": Meaning(LineClass.SALE, LineKind.GOODS),
    "SHIP": Meaning(LineClass.SALE, LineKind.SHIPPING),
    "WHOLE": Meaning(LineClass.SALE, LineKind.WHOLE),
    "BACK": Meaning(LineClass.REFUND, LineKind.GOODS),
    "FEE": Meaning(LineClass.FEE),
    "FEE_VAT": Meaning(LineClass.FEE),
    "FEE_BACK": Meaning(LineClass.FEE, returned=True),
    "FEE_BACK_VAT": Meaning(LineClass.FEE, returned=True),
    "REMITTED": Meaning(LineClass.OPERATOR_TAX, LineKind.GOODS_TAX),
}
FEES = {
    "FEE": FeeRule(account="7100", rate="15%"),
    "FEE_VAT": FeeRule(account="2201", rate="20%", of="FEE"),
    "FEE_BACK": FeeRule(account="7100", rate="15%"),
    "FEE_BACK_VAT": FeeRule(account="2201", rate="20%", of="FEE_BACK"),
    "REMITTED": FeeRule(account="2202"),
}
BLANK = pytest.mark.parametrize("blank", ["", " "])


def d(amount: str) -> Decimal:
    return Decimal(amount)


def line(line_id: str, kind: str, amount: str, order: str = "", **more: str) -> SettlementLine:
    bare = SettlementLine(
        line_id=line_id,
        statement_id="S-77",
        type=kind,
        currency="GBP",
        amount=d(amount),
        meaning=TABLE[kind],
        order_id=OrderId(order),
    )
    return attrs.evolve(bare, **more)


def order(order_id: str, amount: str = "100.00", **more: str | VatKey | datetime) -> ExpectedOrder:
    parts = (Expected(line_id=LineId("1"), kind=LineKind.GOODS, amount=d(amount)),)
    return attrs.evolve(ExpectedOrder(order_id=OrderId(order_id), currency="GBP", parts=parts), **more)


def note(refund_id: str, gross: str, order_id: str = "O2", **more: str | Decimal | bool) -> CreditNote:
    base = CreditNote(
        code="CN5",
        refund_id=refund_id,
        order_id=OrderId(order_id),
        currency="GBP",
        lines=(CreditedLine(line_id=LineId("1"), gross=d(gross)),),
    )
    return attrs.evolve(base, **more)


def matched(
    *lines: SettlementLine, orders: tuple[ExpectedOrder, ...] = (), notes: tuple[CreditNote, ...] = ()
) -> Reconciliation:
    return match(lines, orders=orders, credit_notes=notes, fees=FEES)


def fees_off(found: Reconciliation) -> list[str]:
    return [reason.entity for reason in found.reasons if reason.type is _X.FEE_MISMATCH]


class TestBlankIds:
    @BLANK
    def test_credit_notes_without_a_refund_stop_nothing(self, blank: str) -> None:
        """A blank id is no id: notes made by hand are not "two notes for the same refund", and settle no refund."""
        notes = (note(blank, "35.50"), note(blank, "12.00"), note("R9", "5.00"))
        found = matched(
            line("1", "BACK", "-35.50", "O2", refund_id=blank), line("2", "BACK", "-5.00", refund_id="R9"), notes=notes
        )

        assert [result.status for result in found.results] == [_S.UNMATCHED, _S.MATCHED]
        assert found.credit_notes[:2] == notes[:2]
        assert found.reasons[0].type is _X.REFUND_UNMATCHED
        assert found.reasons[0].entity == "1"

    @BLANK
    def test_an_order_without_an_id_settles_no_line_without_one(self, blank: str) -> None:
        """Nor are two such orders the same order."""
        orders = (order(blank), order(blank))
        found = matched(line("1", "GOODS", "100.00", blank), orders=orders)

        assert found.results[0].status is _S.UNMATCHED
        assert found.orders == orders
        assert found.reasons[0].message == "No order is named by GOODS of 100.00."

    @BLANK
    def test_an_order_without_an_id_is_found_by_its_reference(self, blank: str) -> None:
        """Then its reference is its name; one that is blank too finds nothing."""
        found = matched(
            line("1", "GOODS", "100.00", blank, order_reference="REF"),
            line("2", "GOODS", "100.00", blank, order_reference=blank),
            orders=(order(blank, reference="REF"), order("O2", reference=blank)),
        )

        assert [(r.status, r.target, r.order_id) for r in found.results] == [
            (_S.MATCHED, "REF", "REF"),
            (_S.UNMATCHED, "", blank),
        ]
        assert [b.order_id for b in found.balances] == ["REF", "O2"]
        assert [o.settled for o in found.orders] == [d("100.00"), d("0.00")]

    @BLANK
    def test_balances_of_what_has_no_order_id(self, blank: str) -> None:
        """A credit note without an order lowers no order's balance, be it one without an id; it stands alone."""
        balances = order_balances((order(blank), order(blank)), (note("R1", "5.00", blank), note("R2", "7.00", blank)))

        assert [balance.outstanding for balance in balances] == [d("100.00"), d("100.00"), d("-5.00"), d("-7.00")]

    def test_pennies_of_credit_notes_without_an_order(self) -> None:
        """They share no tolerance: what one has spent, another has not."""
        notes = tuple(note(f"R{n}", "1.00", "") for n in range(6))
        found = matched(*(line(str(n), "BACK", "-0.99", refund_id=f"R{n}") for n in range(6)), notes=notes)

        assert [r.difference for r in found.results] == [d("0.01")] * 6
        assert [n.written_off for n in found.credit_notes] == [d("0.01")] * 6

    @BLANK
    def test_fees_without_an_order_are_measured_on_no_sale_without_one(self, blank: str) -> None:
        """Two lines that name no order are not of the same order; a fee on a fee of the statement is as ever."""
        found = matched(
            line("1", "GOODS", "100.00", blank),
            line("2", "FEE", "-15.00", blank),
            line("3", "FEE_VAT", "-3.00", blank),
            line("4", "BACK", "-10.00", blank, refund_id=blank),
            line("5", "FEE_BACK", "1.50", blank, refund_id=blank),
            line("6", "FEE_BACK_VAT", "0.30", blank),
        )

        assert fees_off(found) == ["S-77/FEE", "S-77/FEE_BACK"]

    def test_vat_of_an_order_without_an_id(self) -> None:
        """Lines without an order are not held against it."""
        found = matched(line("1", "REMITTED", "-1.00"), orders=(order("", vat=UK),))

        assert check_vat(found, TREATMENTS) == ()


class TestAliases:
    """The channel's id is not ours: the order is found by its reference, and then whatever names it is of it."""

    ORDER = order("ERP-1", reference="O1", vat=UK)

    @pytest.mark.parametrize("named", [{"order": "O1"}, {"order": "X", "order_reference": "O1"}])
    def test_vat_contradictions_are_found(self, named: dict[str, str]) -> None:
        """Domain §9.4: a tax that was remitted for an order contradicts its treatment, by whichever name."""
        found = matched(
            line("1", "GOODS", "100.00", **named), line("2", "REMITTED", "-20.00", **named), orders=(self.ORDER,)
        )

        assert [result.order_id for result in found.results] == ["ERP-1", "ERP-1"]
        assert [(reason.type, reason.entity) for reason in check_vat(found, TREATMENTS)] == [
            (_X.VAT_TREATMENT, "ERP-1")
        ]

    def test_a_line_that_is_not_matched_is_still_of_its_order(self) -> None:
        """Too much for the order goes to suspense, and is named by the order all the same."""
        found = matched(line("1", "GOODS", "200.00", "O1", tax_code="IE23"), orders=(self.ORDER,))
        strict = {UK: VatTreatment(code="T1", line_codes=frozenset({"GB20"}))}

        assert (found.results[0].status, found.results[0].order_id) == (_S.UNMATCHED, "ERP-1")
        assert len(check_vat(found, strict)) == 1

    def test_a_refund_is_of_its_credit_notes_order(self) -> None:
        """Whatever the line names, and whether the note names the order by its id or by its reference."""
        for told in ("ERP-1", "O1"):
            found = matched(
                line("1", "BACK", "-5.00", "X", refund_id="R9"), orders=(self.ORDER,), notes=(note("R9", "5.00", told),)
            )
            assert found.results[0].order_id == "ERP-1"
        unknown = matched(line("1", "BACK", "-5.00", "X", refund_id="R9"), notes=(note("R9", "5.00", "O7"),))
        nowhere = matched(line("1", "BACK", "-5.00", "X", refund_id="R9"), notes=(note("R9", "5.00", ""),))
        assert [unknown.results[0].order_id, nowhere.results[0].order_id] == ["O7", "X"]
        for written_for, whose in (("O7", "O7"), ("", "ERP-1")):
            told = matched(
                line("1", "BACK", "-5.00", "O1", refund_id="R9"),
                orders=(self.ORDER,),
                notes=(note("R9", "5.00", written_for),),
            )
            assert told.results[0].order_id == whose

    def test_fees_of_an_order_by_any_of_its_names(self) -> None:
        """Domain §9.2: round(rate x base): the sale may name the order by its id, the fee by its reference."""
        sale, fee = line("1", "GOODS", "100.00", "ERP-1"), line("2", "FEE", "-15.00", "O1")

        assert fees_off(matched(sale, fee, orders=(self.ORDER,))) == []
        assert fees_off(matched(fee, orders=(self.ORDER,))) == []
        assert fees_off(matched(sale, attrs.evolve(fee, amount=d("-16.00")), orders=(self.ORDER,))) == ["ERP-1/FEE"]
        vat = line("3", "FEE_VAT", "-3.00", "X", order_reference="O1")
        assert fees_off(matched(sale, fee, vat, orders=(self.ORDER,))) == []

    def test_the_vat_code_of_an_order_by_any_of_its_names(self) -> None:
        """Domain §9.4: the ledger's code of the order goes with its sales and with its refunds into the journal."""
        found = matched(
            line("1", "GOODS", "100.00", "O1"),
            line("2", "BACK", "-5.00", "X", refund_id="R9"),
            line("3", "BACK", "-2.00", refund_id="R8"),
            orders=(self.ORDER, order("", vat=UK)),
            notes=(note("R9", "5.00", "O1"), note("R8", "2.00", "")),
        )
        accounts = Accounts(bank="B", clearing="C", suspense="S", rounding="R", balance="M", treatments=TREATMENTS)
        paid = Statement(statement_id="S-77", currency="GBP", issued=date(2026, 3, 31), payout=d("93.00"))
        journal = journal_for(found, accounts=accounts, statement=paid)

        cleared = [(p.line_id, p.vat_code, p.order_id) for p in journal.backing if p.account == "C"]
        assert cleared == [("1", "T1", "ERP-1"), ("2", "T1", "ERP-1"), ("3", "", "")]

    def test_balances_by_any_name(self) -> None:
        """A credit note that names the order by its reference lowers that order's balance."""
        balances = order_balances((self.ORDER,), (note("R9", "5.00", "O1"),))

        assert [(b.order_id, b.outstanding) for b in balances] == [("ERP-1", d("95.00"))]

    def test_an_id_comes_before_a_reference(self) -> None:
        """A note of the order that has the id is not of the one that has it as its reference."""
        balances = order_balances((self.ORDER, order("O1")), (note("R9", "5.00", "O1"),))

        assert [b.outstanding for b in balances] == [d("100.00"), d("95.00")]

    def test_pennies_by_any_name(self) -> None:
        """The tolerance is the order's, whichever name the credit note has for it."""
        spent = attrs.evolve(self.ORDER, written_off=d("0.05"))
        found = matched(line("1", "BACK", "-4.99", refund_id="R9"), orders=(spent,), notes=(note("R9", "5.00", "O1"),))

        assert (found.results[0].difference, found.results[0].outstanding) == (0, d("-0.01"))


class TestRefundsInTheBase:
    def test_a_refund_without_an_id_is_no_sale(self) -> None:
        """Domain §9.2: a commission is measured on what was sold, also where a refund line lost its refund id."""
        lines = (
            line("1", "GOODS", "100.00", "O1"),
            line("2", "BACK", "-40.00", "O1"),
            line("3", "FEE", "-15.00", "O1"),
        )

        assert fees_off(matched(*lines)) == []
        assert fees_off(matched(*lines[:2], attrs.evolve(lines[2], amount=d("-9.00")))) == ["O1/FEE"]

    def test_a_fee_given_back_without_a_refund_id(self) -> None:
        """It is measured on the refunds of its order that have none either, never on the order's sales."""
        sale, back = line("1", "GOODS", "100.00", "O1"), line("2", "BACK", "-40.00", "O1")
        fee_back = line("3", "FEE_BACK", "6.00", "O1")

        assert fees_off(matched(sale, back, fee_back)) == []
        assert fees_off(matched(sale, fee_back, orders=(order("O1"),))) == ["O1/FEE_BACK"]
        assert fees_off(matched(sale, attrs.evolve(back, refund_id="R9"), fee_back)) == ["O1/FEE_BACK"]

    def test_a_refund_id_is_enough(self) -> None:
        """The fee that comes back names the refund alone, the refund its order too: they belong together."""
        back, fee_back = (
            line("1", "BACK", "-40.00", "O1", refund_id="R9"),
            line("2", "FEE_BACK", "6.00", refund_id="R9"),
        )

        assert fees_off(matched(back, fee_back)) == []

    def test_the_part_of_a_credit_note_that_a_fee_is_measured_on(self) -> None:
        """A fee on goods alone is measured on the goods of the note, without its shipping."""
        credited = note("R9", "40.00", shipping=d("10.00"))
        back = line("1", "FEE_BACK", "6.00", "O2", refund_id="R9")
        for kinds, off in (
            ({LineKind.GOODS}, []),
            ({LineKind.SHIPPING}, ["R9/FEE_BACK"]),
            ({LineKind.GOODS, LineKind.SHIPPING}, ["R9/FEE_BACK"]),
        ):
            rules = {"FEE_BACK": FeeRule(account="7100", rate="15%", kinds=frozenset(kinds))}
            assert fees_off(match([back], orders=[], credit_notes=[credited], fees=rules)) == off

    def test_a_whole_order_line_in_the_base(self) -> None:
        """It holds goods and shipping; a fee on goods alone is then measured on the order's own goods."""
        parts = (
            Expected(line_id=LineId("1"), kind=LineKind.GOODS, amount=d("100.00")),
            Expected(kind=LineKind.SHIPPING, amount=d("20.00")),
        )
        candidates = (ExpectedOrder(order_id=OrderId("O1"), currency="GBP", parts=parts),)
        sale = line("1", "WHOLE", "120.00", "O1")
        goods = {"FEE": FeeRule(account="7100", rate="15%", kinds=frozenset({LineKind.GOODS}))}

        assert fees_off(matched(sale, line("2", "FEE", "-18.00", "O1"))) == []
        assert (
            fees_off(match([sale, line("2", "FEE", "-15.00", "O1")], orders=candidates, credit_notes=[], fees=goods))
            == []
        )
        assert fees_off(
            match([sale, line("2", "FEE", "-18.00", "O1")], orders=candidates, credit_notes=[], fees=goods)
        ) == ["O1/FEE"]


class TestOverpaid:
    SINCE = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def test_paid_beyond_what_was_expected(self) -> None:
        """Domain §9.2: per order expected, settled, outstanding: less than nothing is told at once, with the amount."""
        paid = attrs.evolve(
            order("O1", "90.00"), parts=(Expected(kind=LineKind.GOODS, amount=d("90.00"), settled=d("100.00")),)
        )

        assert overpaid(order_balances([paid, order("O2")], ())) == (
            Reason(
                type=_X.ORDER_NOT_SETTLED,
                entity="O1",
                message="10.00 GBP too much was paid for order O1: 100.00 for 90.00.",
                evidence={"expected": "90.00", "settled": "100.00", "overpaid": "10.00"},
            ),
        )

    def test_a_refund_on_its_way_is_not_too_much(self) -> None:
        """A credit note that is still to be taken back explains a balance below nothing; what is beyond it does not."""
        paid = attrs.evolve(
            order("O1"), parts=(Expected(kind=LineKind.GOODS, amount=d("100.00"), settled=d("100.00")),)
        )
        more = attrs.evolve(paid, parts=(attrs.evolve(paid.parts[0], settled=d("100.01")),))
        notes = (note("R1", "20.00", "O1", settled=d("5.00")),)

        (balance,) = order_balances([paid], notes)
        assert (balance.outstanding, balance.to_take_back) == (d("-15.00"), d("15.00"))
        assert overpaid([balance]) == ()
        assert [reason.evidence["overpaid"] for reason in overpaid(order_balances([more], notes))] == ["0.01"]

    def test_late_below_nothing(self) -> None:
        """Domain §9.2: after the days that were allowed, what was not taken back is as late as what was not paid."""
        credited = order_balances([order("O1", "10.00", since=self.SINCE)], (note("R1", "25.00", "O1"),))
        late = not_settled(credited, now=self.SINCE + timedelta(days=31))

        assert [(reason.type, reason.entity, reason.message) for reason in late] == [
            (
                _X.ORDER_NOT_SETTLED,
                "O1",
                "15.00 GBP too much stands for order O1 since 2026-03-02, longer than 30 days: it was not taken back.",
            )
        ]
        assert late[0].evidence == {"expected": "-15.00", "settled": "0.00", "outstanding": "-15.00"}
        assert not_settled(credited, now=self.SINCE + timedelta(days=30)) == ()

    def test_a_line_never_overpays_its_order(self) -> None:
        """The discount is the order's: its line may not be paid in full on top of it."""
        parts = (
            Expected(line_id=LineId("1"), kind=LineKind.GOODS, amount=d("100.00")),
            Expected(kind=LineKind.GOODS, amount=d("-10.00")),
        )
        discounted = ExpectedOrder(order_id=OrderId("O1"), currency="GBP", parts=parts)
        full, less = line("1", "GOODS", "100.00", "O1", order_line_id="1"), line("2", "GOODS", "-10.00", "O1")

        assert [r.status for r in matched(full, orders=(discounted,)).results] == [_S.UNMATCHED]
        both = matched(full, less, orders=(discounted,))
        assert [r.rule for r in both.results] == [MatchRule.ORDER_LINE] * 2
        assert both.balances[0].outstanding == 0
        net = matched(attrs.evolve(full, amount=d("90.00")), orders=(discounted,))
        assert (net.results[0].rule, net.balances[0].outstanding) == (MatchRule.ORDER_LINE, 0)
        assert overpaid(net.balances) == ()

    def test_a_balance_says_what_is_to_be_taken_back(self) -> None:
        """Of an order that only credit notes name, all of them; by default nothing."""
        bare = OrderBalance(order_id=OrderId("O1"), currency="GBP", expected=d("1.00"), settled=d("0.00"))

        assert bare.to_take_back == 0
        assert overpaid(order_balances((), (note("R1", "20.00"),))) == ()
