"""Journals balance to the penny, say what they are made of, and are posted once."""

from datetime import date
from decimal import Decimal

import attrs
import pytest

from khaos_connectors.core.ids import ChannelId, LineId, OrderId
from khaos_connectors.core.journals import (
    Accounts,
    Entry,
    Journal,
    Posting,
    journal_for,
    plan_posting,
    reclassify,
    reverse,
    undo,
)
from khaos_connectors.core.refunds import CreditedLine, CreditNote
from khaos_connectors.core.settlement import (
    Expected,
    ExpectedOrder,
    FeeRule,
    LineClass,
    LineKind,
    Meaning,
    Reconciliation,
    SettlementLine,
    Statement,
    VatKey,
    VatTreatment,
    classify,
    match,
    tie_out,
)

ACCOUNTS = Accounts(bank="1200", clearing="1105", suspense="9998", rounding="7905", balance="1106")
TABLE = {
    "SALE": Meaning(LineClass.SALE, LineKind.GOODS),
    "SHIPPING": Meaning(LineClass.SALE, LineKind.SHIPPING),
    "REFUND": Meaning(LineClass.REFUND, LineKind.GOODS),
    "COMMISSION": Meaning(LineClass.FEE),
    "COMMISSION_VAT": Meaning(LineClass.FEE),
    "COMMISSION_BACK": Meaning(LineClass.FEE, returned=True),
    "COMMISSION_VAT_BACK": Meaning(LineClass.FEE, returned=True),
    "SUBSCRIPTION": Meaning(LineClass.FEE),
    "SUBSCRIPTION_VAT": Meaning(LineClass.FEE),
    "MANUAL": Meaning(LineClass.ADJUSTMENT),
    "PAYMENT": Meaning(LineClass.PAYOUT),
}
COMMISSION, SUBSCRIPTION, INPUT_VAT = "7100", "7110", "2201"
FEES = {
    "COMMISSION": FeeRule(account=COMMISSION, rate="15%"),
    "COMMISSION_VAT": FeeRule(account=INPUT_VAT, rate="20%", of="COMMISSION"),
    "COMMISSION_BACK": FeeRule(account=COMMISSION, rate="15%"),
    "COMMISSION_VAT_BACK": FeeRule(account=INPUT_VAT, rate="20%", of="COMMISSION_BACK"),
    "SUBSCRIPTION": FeeRule(account=SUBSCRIPTION),
    "SUBSCRIPTION_VAT": FeeRule(account=INPUT_VAT, rate="20%", of="SUBSCRIPTION"),
}
DATED = date(2026, 3, 31)


def d(amount: str) -> Decimal:
    return Decimal(amount)


def line(line_id: str, kind: str, amount: str, order: str = "", refund: str = "") -> SettlementLine:
    bare = SettlementLine(
        line_id=line_id,
        statement_id="S-77",
        type=kind,
        currency="GBP",
        amount=d(amount),
        order_id=OrderId(order),
        refund_id=refund,
    )
    return classify(bare, TABLE)


def order(order_id: str, goods: str, shipping: str = "0.00", vat: VatKey | None = None) -> ExpectedOrder:
    parts = (Expected(kind=LineKind.GOODS, amount=d(goods)), Expected(kind=LineKind.SHIPPING, amount=d(shipping)))
    return ExpectedOrder(order_id=OrderId(order_id), currency="GBP", parts=parts, vat=vat)


def note(refund_id: str, order_id: str, gross: str) -> CreditNote:
    return CreditNote(
        code="CN5",
        refund_id=refund_id,
        order_id=OrderId(order_id),
        currency="GBP",
        lines=(CreditedLine(line_id=LineId("1"), gross=d(gross)),),
    )


def statement(payout: str, opening: str = "0.00", closing: str = "0.00") -> Statement:
    return Statement(
        statement_id="S-77",
        currency="GBP",
        issued=DATED,
        payout=d(payout),
        opening=d(opening),
        closing=d(closing),
    )


def matched(
    *lines: SettlementLine,
    orders: tuple[ExpectedOrder, ...] = (),
    notes: tuple[CreditNote, ...] = (),
    seen: tuple[str, ...] = (),
) -> Reconciliation:
    return match(lines, orders=orders, credit_notes=notes, fees=FEES, seen=seen)


def sides(journal: Journal) -> tuple[list[tuple[str, Decimal]], list[tuple[str, Decimal]]]:
    return (
        [(entry.account, entry.debit) for entry in journal.entries if entry.debit],
        [(entry.account, entry.credit) for entry in journal.entries if entry.credit],
    )


WORKED = (
    line("1", "SALE", "120.00", "O1"),
    line("2", "SHIPPING", "4.95", "O1"),
    line("3", "COMMISSION", "-18.74", "O1"),
    line("4", "COMMISSION_VAT", "-3.75", "O1"),
    line("5", "SALE", "35.50", "O2"),
    line("6", "COMMISSION", "-5.33", "O2"),
    line("7", "COMMISSION_VAT", "-1.07", "O2"),
    line("8", "REFUND", "-35.50", "O2", "R9"),
    line("9", "COMMISSION_BACK", "5.33", "O2", "R9"),
    line("10", "COMMISSION_VAT_BACK", "1.07", "O2", "R9"),
    line("11", "SUBSCRIPTION", "-39.00"),
    line("12", "SUBSCRIPTION_VAT", "-7.80"),
)


def worked() -> Reconciliation:
    return matched(
        *WORKED, orders=(order("O1", "120.00", "4.95"), order("O2", "35.50")), notes=(note("R9", "O2", "35.50"),)
    )


class TestTheJournalOfTheDomain:
    def test_166_85(self) -> None:
        """Domain §9.3: payout 55.66; 166.85 on both sides, account by account, returned fees apart."""
        found = worked()
        journal = journal_for(found, accounts=ACCOUNTS, statement=statement("55.66"))

        assert found.reasons == ()
        assert tie_out(found, statement=statement("55.66"), received=d("55.66")).may_post
        assert sides(journal) == (
            [
                ("1200", d("55.66")),
                (COMMISSION, d("24.07")),
                (INPUT_VAT, d("12.62")),
                ("1105", d("35.50")),
                (SUBSCRIPTION, d("39.00")),
            ],
            [("1105", d("160.45")), (COMMISSION, d("5.33")), (INPUT_VAT, d("1.07"))],
        )
        assert journal.total == d("166.85")
        assert (journal.ref, journal.dated, journal.currency) == ("S-77", DATED, "GBP")
        assert [entry.memo for entry in journal.entries] == [
            "payout",
            "fee",
            "fee",
            "refund",
            "fee",
            "sale",
            "fee",
            "fee",
        ]
        assert [b.outstanding for b in found.balances] == [0, 0]

    def test_the_backing_list(self) -> None:
        """Domain §9.3: a summary with an order-level list behind it, line by line."""
        journal = journal_for(worked(), accounts=ACCOUNTS, statement=statement("55.66"))

        assert journal.backing[0] == Posting(account="1200", debit=d("55.66"), credit=d("0"), memo="payout")
        assert [
            (each.line_id, each.type, each.order_id, each.refund_id, each.credit)
            for each in journal.backing
            if each.account == "1105" and each.credit
        ] == [
            ("1", "SALE", "O1", "", d("120.00")),
            ("2", "SHIPPING", "O1", "", d("4.95")),
            ("5", "SALE", "O2", "", d("35.50")),
        ]
        assert [(each.refund_id, each.debit) for each in journal.backing if each.account == "1105" and each.debit] == [
            ("R9", d("35.50"))
        ]


class TestEntries:
    def test_rounding_only_from_differences(self) -> None:
        """Domain §9.3: clearing is cleared of what was expected, the difference of matching goes to rounding."""
        short = matched(line("1", "SALE", "9.99", "O1"), orders=(order("O1", "10.00"),))
        long = matched(line("1", "SALE", "10.01", "O1"), orders=(order("O1", "10.00"),))
        refund = matched(line("1", "REFUND", "-9.99", "O1", "R1"), notes=(note("R1", "O1", "10.00"),))

        assert sides(journal_for(short, accounts=ACCOUNTS, statement=statement("9.99"))) == (
            [("1200", d("9.99")), ("7905", d("0.01"))],
            [("1105", d("10.00"))],
        )
        assert sides(journal_for(long, accounts=ACCOUNTS, statement=statement("10.01"))) == (
            [("1200", d("10.01"))],
            [("1105", d("10.00")), ("7905", d("0.01"))],
        )
        assert sides(journal_for(refund, accounts=ACCOUNTS, statement=statement("-9.99"))) == (
            [("1105", d("10.00"))],
            [("1200", d("9.99")), ("7905", d("0.01"))],
        )

    def test_unmatched_lines_go_to_suspense(self) -> None:
        """Domain §9.3: the journal balances even with exceptions open."""
        found = matched(line("1", "SALE", "60.00", "O9"), line("2", "MANUAL", "-25.00"), line("3", "NEW", "3.00"))

        journal = journal_for(found, accounts=ACCOUNTS, statement=statement("38.00"))
        assert sides(journal) == ([("1200", d("38.00")), ("9998", d("25.00"))], [("9998", d("63.00"))])
        assert {each.memo for each in journal.backing} == {"payout", "unmatched"}

    def test_an_entry_says_all_that_is_in_it(self) -> None:
        """The memos of its postings, each once; those of rounding are told too."""
        one = {"SUBSCRIPTION": FeeRule(account="7100"), "MANUAL": FeeRule(account="7100")}
        found = match(
            [
                line("1", "SUBSCRIPTION", "-1.00"),
                line("2", "MANUAL", "-2.00"),
                line("3", "SUBSCRIPTION", "-3.00"),
                line("4", "SALE", "9.99", "O1"),
            ],
            orders=[order("O1", "10.00")],
            credit_notes=[],
            fees=one,
        )
        journal = journal_for(found, accounts=ACCOUNTS, statement=statement("3.99"))

        assert [(entry.account, entry.memo) for entry in journal.entries] == [
            ("1200", "payout"),
            ("7100", "fee, adjustment"),
            ("7905", "rounding"),
            ("1105", "sale"),
        ]

    def test_what_is_carried_forward(self) -> None:
        """Domain §9.1: the balance between two statements has its own account, in and out; a payout may be negative."""
        fee = matched(line("1", "SUBSCRIPTION", "-39.00"))
        carried = journal_for(fee, accounts=ACCOUNTS, statement=statement("0.00", closing="-39.00"))
        owed = journal_for(fee, accounts=ACCOUNTS, statement=statement("-34.00", opening="5.00"))
        kept = journal_for(matched(), accounts=ACCOUNTS, statement=statement("5.00", opening="8.00", closing="3.00"))

        assert sides(carried) == ([(SUBSCRIPTION, d("39.00"))], [("1106", d("39.00"))])
        assert sides(owed) == ([(SUBSCRIPTION, d("39.00"))], [("1200", d("34.00")), ("1106", d("5.00"))])
        assert sides(kept) == ([("1200", d("5.00"))], [("1106", d("5.00"))])
        assert kept.backing[1].memo == "carried forward"

    def test_duplicates_and_payout_lines_are_not_posted_again(self) -> None:
        """The bank entry is the statement's payout; a duplicate was posted in its own statement."""
        found = matched(
            line("1", "SUBSCRIPTION", "39.00"), line("2", "PAYMENT", "-39.00"), line("9", "SALE", "5.00"), seen=("9",)
        )

        assert sides(journal_for(found, accounts=ACCOUNTS, statement=statement("39.00"))) == (
            [("1200", d("39.00"))],
            [(SUBSCRIPTION, d("39.00"))],
        )

    def test_vat_codes_are_carried(self) -> None:
        """Domain §9.4: a code per (channel, establishment, goods location) on clearing, the fee's own on fees."""
        uk = VatKey(channel=ChannelId("jl"), establishment="GB", goods_location="GB")
        ie = attrs.evolve(uk, goods_location="IE")
        accounts = attrs.evolve(ACCOUNTS, treatments={uk: VatTreatment(code="T1")})
        found = match(
            [
                line("1", "SALE", "10.00", "O1"),
                line("2", "SALE", "20.00", "O2"),
                line("3", "SALE", "40.00", "O3"),
                line("4", "REFUND", "-5.00", "O1", "R1"),
                line("5", "SUBSCRIPTION", "-1.00"),
            ],
            orders=[order("O1", "10.00", vat=uk), order("O2", "20.00"), order("O3", "40.00", vat=ie)],
            credit_notes=[note("R1", "O1", "5.00")],
            fees={"SUBSCRIPTION": FeeRule(account=SUBSCRIPTION, vat_code="T9")},
        )
        journal = journal_for(found, accounts=accounts, statement=statement("64.00"))

        assert [(e.account, e.debit or -e.credit, e.vat_code) for e in journal.entries] == [
            ("1200", d("64.00"), ""),
            ("1105", d("5.00"), "T1"),
            (SUBSCRIPTION, d("1.00"), "T9"),
            ("1105", d("-10.00"), "T1"),
            ("1105", d("-60.00"), ""),
        ]

    def test_no_journal_for_a_statement_that_does_not_tie(self) -> None:
        """Domain §9.2: do not post; asked all the same, it is a ValueError, not a forced balance."""
        with pytest.raises(ValueError, match=r"S-77 does not tie: lines .* closing: 39\.00 is not 38\.00"):
            journal_for(matched(line("1", "MANUAL", "39.00")), accounts=ACCOUNTS, statement=statement("38.00"))
        with pytest.raises(ValueError, match=r"payout lines against the payout: 38\.00 is not 39\.00"):
            journal_for(
                matched(line("1", "MANUAL", "39.00"), line("2", "PAYMENT", "-38.00")),
                accounts=ACCOUNTS,
                statement=statement("39.00"),
            )

    def test_a_wrong_summary_is_not_the_journals_matter(self) -> None:
        """Only (a) keeps a journal from balancing; tie_out tells the caller of (c)."""
        off = attrs.evolve(statement("39.00"), summary={LineClass.FEE: d("1.00")})

        assert journal_for(matched(line("1", "MANUAL", "39.00")), accounts=ACCOUNTS, statement=off).total == d("39.00")

    def test_lines_of_another_statement(self) -> None:
        """One journal per statement."""
        stranger = attrs.evolve(line("1", "MANUAL", "39.00"), statement_id="S-78")

        with pytest.raises(ValueError, match="lines of S-78 in statement S-77"):
            journal_for(matched(stranger), accounts=ACCOUNTS, statement=statement("39.00"))

    def test_nothing_but_duplicates(self) -> None:
        """Domain §12: reprocessing a statement posts nothing."""
        again = matched(*WORKED, seen=tuple(each.line_id for each in WORKED))
        journal = journal_for(again, accounts=ACCOUNTS, statement=statement("55.66"))

        assert (journal.entries, journal.backing, journal.total) == ((), (), 0)
        assert plan_posting(journal, posted=[]).journals == ()
        assert plan_posting(journal, posted=[]).why == "there is nothing to post"


class TestRecords:
    def test_an_unbalanced_journal_cannot_be_made(self) -> None:
        """Domain §9.3: debits equal credits to the penny, or it raises."""
        entries = (
            Entry(account="1", debit=d("5.00"), credit=d("0")),
            Entry(account="2", debit=d("0"), credit=d("4.99")),
        )

        with pytest.raises(ValueError, match=r"journal S-77 has 5\.00 debit and 4\.99 credit"):
            Journal(statement_id="S-77", currency="GBP", dated=DATED, entries=entries)

    def test_inexact_amounts_and_revisions_are_refused(self) -> None:
        """A float debit never gets as far as a sum; a revision is counted from 1."""
        with pytest.raises(TypeError, match=r"debit must be a Decimal, not 1\.5"):
            Entry(account="1", debit=1.5, credit=d("0"))  # type: ignore[arg-type]  # what a caller without types does
        with pytest.raises(TypeError, match=r"credit must be a Decimal, not 1\.5"):
            Posting(account="1", debit=d("0"), credit=1.5)  # type: ignore[arg-type]  # the same
        with pytest.raises(ValueError, match="revision must be 1 or more, not 0"):
            Journal(statement_id="S-77", currency="GBP", dated=DATED, entries=(), revision=0)

    @pytest.mark.parametrize(("debit", "credit"), [("0", "0"), ("1.00", "1.00"), ("-1.00", "0"), ("1.00", "-1.00")])
    def test_an_entry_has_one_side(self, debit: str, credit: str) -> None:
        """Exactly one of debit and credit is more than nothing."""
        with pytest.raises(ValueError, match="exactly one is more than 0"):
            Entry(account="1", debit=d(debit), credit=d(credit))
        with pytest.raises(ValueError, match="exactly one is more than 0"):
            Posting(account="1", debit=d(debit), credit=d(credit))

    def test_what_is_not_said_is_empty(self) -> None:
        """References, codes and memos are texts, and empty where there is nothing to say."""
        posting = Posting(account="1", debit=d("1.00"), credit=d("0"))
        entry = Entry(account="1", debit=d("1.00"), credit=d("0"))
        journal = Journal(statement_id="S-77", currency="GBP", dated=DATED, entries=())

        assert attrs.astuple(posting)[3:] == ("",) * 6
        assert attrs.astuple(entry)[3:] == ("", "")
        assert (journal.backing, journal.revision, journal.label, journal.ref) == ((), 1, "", "S-77")
        assert ACCOUNTS.treatments == {}

    def test_every_account_is_named(self) -> None:
        """A blank account is refused by its name."""
        for field in attrs.fields_dict(Accounts):
            if field != "treatments":
                with pytest.raises(ValueError, match=f"{field} must not be blank"):
                    attrs.evolve(ACCOUNTS, **{field: " "})


class TestReversalAndRepost:
    def test_a_reversal_undoes(self) -> None:
        """Domain §12: posting then reversing is zero, in the entries and behind them."""
        journal = journal_for(worked(), accounts=ACCOUNTS, statement=statement("55.66"))
        undone = reverse(journal, dated=date(2026, 4, 2))

        assert [(e.account, e.debit, e.credit) for e in undone.entries] == [
            (e.account, e.credit, e.debit) for e in journal.entries
        ]
        assert [(e.line_id, e.debit, e.credit) for e in undone.backing] == [
            (e.line_id, e.credit, e.debit) for e in journal.backing
        ]
        assert (undone.ref, undone.dated) == ("S-77 reversed", date(2026, 4, 2))
        assert reverse(journal).dated == DATED

    def test_post_once_per_statement(self) -> None:
        """Domain §9.3: the same figures are posted once."""
        journal = journal_for(worked(), accounts=ACCOUNTS, statement=statement("55.66"))
        first, again = plan_posting(journal, posted=[]), plan_posting(journal, posted=[journal])

        assert (first.journals, first.why) == ((journal,), "the statement was not posted before")
        assert (again.journals, again.why) == ((), "S-77 was posted with the same figures")

    def test_a_restated_statement_reverses_and_reposts(self) -> None:
        """Domain §9.3: the old journal is reversed on the new one's date, the new one is the next version."""
        old = journal_for(matched(line("1", "MANUAL", "39.00")), accounts=ACCOUNTS, statement=statement("39.00"))
        old = attrs.evolve(old, revision=2)
        new = attrs.evolve(
            journal_for(matched(line("1", "MANUAL", "40.00")), accounts=ACCOUNTS, statement=statement("40.00")),
            dated=date(2026, 4, 30),
        )
        plan = plan_posting(new, posted=[old])

        assert [(j.ref, j.total, j.dated) for j in plan.journals] == [
            ("S-77 v2 reversed", d("39.00"), date(2026, 4, 30)),
            ("S-77 v3", d("40.00"), date(2026, 4, 30)),
        ]
        assert plan.why == "S-77 v2 was posted with other figures: the statement was restated"

    def test_only_the_same_statement_is_compared(self) -> None:
        """A journal of another statement is a mistake of the caller, and so is one that reverses or reclassifies."""
        journal = journal_for(matched(line("1", "MANUAL", "39.00")), accounts=ACCOUNTS, statement=statement("39.00"))

        with pytest.raises(ValueError, match="posted: journal of S-76, not of S-77"):
            plan_posting(journal, posted=[journal, attrs.evolve(journal, statement_id="S-76")])
        with pytest.raises(ValueError, match="S-77 reversed is not a statement's own journal"):
            plan_posting(reverse(journal), posted=[journal])

    def test_nothing_but_duplicates_reverses_nothing(self) -> None:
        """Domain §12: a statement that comes again, its lines seen, leaves what was posted for it alone."""
        first = journal_for(worked(), accounts=ACCOUNTS, statement=statement("55.66"))
        again = matched(*WORKED, seen=tuple(each.line_id for each in WORKED))
        empty = journal_for(again, accounts=ACCOUNTS, statement=statement("55.66"))

        assert plan_posting(empty, posted=[first]).journals == ()
        assert plan_posting(empty, posted=[first]).why == "every line was posted before"
        assert plan_posting(first, posted=[empty]).journals == (first,)

    def test_the_same_figures_in_other_words(self) -> None:
        """Figures are account, VAT code, currency, debit and credit, as often as they come; not memos, not order."""
        journal = simple(("1", "5.00"), ("1", "5.00"), ("2", "-10.00"))
        in_words = attrs.evolve(
            journal, entries=tuple(attrs.evolve(each, memo="else") for each in reversed(journal.entries))
        )
        once = simple(("1", "5.00"), ("3", "5.00"), ("2", "-10.00"))
        taxed = attrs.evolve(journal, entries=tuple(attrs.evolve(each, vat_code="T1") for each in journal.entries))

        assert plan_posting(in_words, posted=[journal]).journals == ()
        for other in (once, taxed, attrs.evolve(journal, currency="EUR"), simple(("1", "10.00"), ("2", "-10.00"))):
            refs = [each.ref for each in plan_posting(other, posted=[journal]).journals]
            assert refs == ["S-77 reversed", "S-77 v2"]

    def test_both_sides_of_an_account_are_figures(self) -> None:
        """A sale and its refund that fall out of a statement change no balance, but what was turned over."""
        journal = simple(("1", "8.00"), ("1", "-3.00"), ("2", "-5.00"))

        assert len(plan_posting(simple(("1", "5.00"), ("2", "-5.00")), posted=[journal]).journals) == 2


def simple(*entries: tuple[str, str]) -> Journal:
    """A journal of S-77 with a debit for each amount above nothing, a credit for each below."""
    sides_ = [(account, max(d(amount), d("0")), max(-d(amount), d("0"))) for account, amount in entries]
    return Journal(
        statement_id="S-77",
        currency="GBP",
        dated=DATED,
        entries=tuple(Entry(account=account, debit=debit, credit=credit) for account, debit, credit in sides_),
    )


def net(*journals: Journal) -> dict[tuple[str, str, str], Decimal]:
    found: dict[tuple[str, str, str], Decimal] = {}
    for journal in journals:
        for entry in journal.entries:
            key = (journal.currency, entry.account, entry.vat_code)
            found[key] = found.get(key, d("0")) + entry.debit - entry.credit
    return {key: amount for key, amount in found.items() if amount}


class TestAfterReclassification:
    SUSPENDED = simple(("bank", "60.00"), ("suspense", "-60.00"))
    MOVED = attrs.evolve(simple(("suspense", "60.00"), ("clearing", "-60.00")), label="reclassified")
    EXPLAINED = simple(("bank", "60.00"), ("clearing", "-60.00"))

    def test_a_restatement_takes_all_of_it_back(self) -> None:
        """Reversing the first journal alone would leave the reclassified amount in the books a second time."""
        restated = simple(("bank", "59.00"), ("clearing", "-59.00"))
        posted = [self.SUSPENDED, self.MOVED]
        plan = plan_posting(restated, posted=posted)

        assert [each.ref for each in plan.journals] == ["S-77 reclassified reversed", "S-77 reversed", "S-77 v2"]
        assert net(*posted, *plan.journals) == net(restated)
        assert plan.why == ("S-77 and S-77 reclassified were posted with other figures: the statement was restated")
        assert plan_posting(restated, posted=[*posted, *plan.journals]).journals == ()

    def test_what_comes_to_the_same_is_not_posted_again(self) -> None:
        """With its lines explained from the start the statement says what both journals say together."""
        plan = plan_posting(self.EXPLAINED, posted=[self.SUSPENDED, self.MOVED])

        assert plan.journals == ()
        assert plan.why == "S-77 and S-77 reclassified were posted and come to the same figures"

    def test_the_unchanged_statement_does_not_undo_it(self) -> None:
        """The statement as it was, matched as it was: it stands, and what was explained since stays explained."""
        plan = plan_posting(self.SUSPENDED, posted=[self.SUSPENDED, self.MOVED])

        assert (plan.journals, plan.why) == ((), "S-77 was posted with the same figures")

    def test_posted_twice_by_mistake(self) -> None:
        """Both are taken back, under references that differ, and it is posted once."""
        posted = [self.SUSPENDED, self.SUSPENDED]
        plan = plan_posting(self.SUSPENDED, posted=posted)

        assert [each.ref for each in plan.journals] == ["S-77 reversed", "S-77 reversed 2", "S-77 v2"]
        assert net(*posted, *plan.journals) == net(self.SUSPENDED)

    def test_reversed_by_hand(self) -> None:
        """A reversal is known by its figures; nothing stands, so nothing is reversed again."""
        by_hand = attrs.evolve(reverse(self.SUSPENDED), label="storno")
        plan = plan_posting(self.SUSPENDED, posted=[self.SUSPENDED, by_hand])

        assert [each.ref for each in plan.journals] == ["S-77 v2"]
        assert plan.why == "what was posted for the statement was reversed"

    def test_a_journal_that_moves_nothing_in_all_still_stands(self) -> None:
        """A sale and its refund on one account: it was posted, and is not posted again and again."""
        even = simple(("clearing", "10.00"), ("clearing", "-10.00"))

        assert plan_posting(even, posted=[even]).journals == ()

    def test_a_withdrawn_statement(self) -> None:
        """All that stands is reversed on one date, latest first; what was reversed before is not."""
        undone = undo([self.SUSPENDED, self.MOVED], dated=date(2026, 4, 2))

        assert [(each.ref, each.dated) for each in undone] == [
            ("S-77 reclassified reversed", date(2026, 4, 2)),
            ("S-77 reversed", date(2026, 4, 2)),
        ]
        assert net(self.SUSPENDED, self.MOVED, *undone) == {}
        assert undo([self.SUSPENDED, self.MOVED, *undone], dated=DATED) == ()
        assert undo([], dated=DATED) == ()
        with pytest.raises(ValueError, match="posted: journal of S-76, not of S-77"):
            undo([self.SUSPENDED, attrs.evolve(self.MOVED, statement_id="S-76")], dated=DATED)


class TestReclassification:
    def test_out_of_suspense(self) -> None:
        """Domain §11: open lines are matched again; what is explained by now leaves suspense, the rest stays."""
        lines = (line("1", "SALE", "60.00", "O9"), line("2", "REFUND", "-12.00", "O8", "R11"), line("3", "NEW", "3.00"))
        again = matched(*lines, orders=(order("O9", "60.01"),), notes=(note("R11", "O8", "12.00"),))
        journal = reclassify(again, accounts=ACCOUNTS, statement_id="S-77", dated=date(2026, 4, 2))

        assert sides(journal) == (
            [("9998", d("60.00")), ("7905", d("0.01")), ("1105", d("12.00"))],
            [("9998", d("12.00")), ("1105", d("60.01"))],
        )
        assert (journal.ref, journal.dated) == ("S-77 reclassified", date(2026, 4, 2))
        assert {each.line_id for each in journal.backing} == {"1", "2"}
        assert [each.memo for each in journal.backing if each.account == "9998"] == ["out of suspense"] * 2

    def test_fees_and_payouts_leave_it_too(self) -> None:
        """What a new table or a new account explains; a payout that was unknown goes to the bank."""
        again = matched(line("1", "SUBSCRIPTION", "-39.00"), line("2", "PAYMENT", "-5.00"))
        journal = reclassify(again, accounts=ACCOUNTS, statement_id="S-77", dated=DATED, label="april")

        assert sides(journal) == (
            [(SUBSCRIPTION, d("39.00")), ("1200", d("5.00"))],
            [("9998", d("44.00"))],
        ) or sides(journal) == ([("1200", d("5.00")), (SUBSCRIPTION, d("39.00"))], [("9998", d("44.00"))])
        assert journal.ref == "S-77 april"
        assert [(p.line_id, p.memo) for p in journal.backing if p.account == "1200"] == [("2", "payout")]

    def test_nothing_is_explained_yet(self) -> None:
        """A journal without entries; a duplicate moves nothing either; no line at all is a mistake."""
        still = matched(line("1", "NEW", "3.00"), line("7", "SUBSCRIPTION", "-1.00"), seen=("7",))

        assert reclassify(still, accounts=ACCOUNTS, statement_id="S-77", dated=DATED).entries == ()
        with pytest.raises(ValueError, match="there is no line to reclassify"):
            reclassify(matched(), accounts=ACCOUNTS, statement_id="S-77", dated=DATED)
        with pytest.raises(ValueError, match="label must not be blank"):
            reclassify(still, accounts=ACCOUNTS, statement_id="S-77", dated=DATED, label=" ")

    def test_a_reference_of_its_own(self) -> None:
        """Two reclassifications of one statement are two journals in the ledger."""
        posted: list[Journal] = []
        for number in "123":
            again = matched(line(number, "SUBSCRIPTION", "-39.00"))
            posted.append(reclassify(again, accounts=ACCOUNTS, statement_id="S-77", dated=DATED, posted=posted))

        assert [each.ref for each in posted] == ["S-77 reclassified", "S-77 reclassified 2", "S-77 reclassified 3"]
        assert all(each.entries for each in posted)

    def test_what_is_out_of_suspense_is_not_moved_again(self) -> None:
        """A program that stopped after posting asks again: nothing is moved twice, what is new is moved, and after
        a restatement has put a line into suspense once more it leaves it once more.
        """
        loose = (line("1", "SALE", "60.00", "O9"), line("2", "SALE", "5.00", "O8"))
        statement = Statement(statement_id="S-77", currency="GBP", issued=DATED, payout=d("65.00"))
        own = journal_for(matched(*loose), accounts=ACCOUNTS, statement=statement)
        one = matched(*loose, orders=(order("O9", "60.00"),))
        both = matched(*loose, orders=(order("O9", "60.00"), order("O8", "5.00")))

        def again(found: Reconciliation, posted: list[Journal]) -> Journal:
            return reclassify(found, accounts=ACCOUNTS, statement_id="S-77", dated=DATED, posted=posted)

        first = again(one, [own])
        second = again(both, [own, first])
        assert again(one, [own, first]).entries == ()
        assert again(one, [first]).entries == ()
        assert {each.line_id for each in second.backing} == {"2"}
        assert again(both, [own, first, second]).entries == ()
        posted = [own, first, *undo([own, first], dated=DATED)]
        assert again(both, posted).entries == ()
        assert {each.line_id for each in again(both, [*posted, attrs.evolve(own, revision=2)]).backing} == {"1", "2"}
