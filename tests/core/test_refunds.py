"""From a channel's refund to a credit note: by amount, within what was sold, once."""

from datetime import UTC, datetime
from decimal import Decimal, localcontext

import attrs
import pytest

from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import AccountId, LineId, OrderId, OrderRef, StockCode
from khaos_connectors.core.orders import Address, ChargeKind, DraftLine, ErpOrderDraft, TaxMode
from khaos_connectors.core.refund_room import Room
from khaos_connectors.core.refunds import (
    CreditedLine,
    CreditLine,
    CreditNote,
    CreditNoteDraft,
    Held,
    NextStep,
    RefundEvent,
    RefundLine,
    RefundPolicy,
    RefundState,
    Sale,
    SoldLine,
    credit_note_for,
    made_elsewhere,
    sale_of,
)


def d(amount: str) -> Decimal:
    return Decimal(amount)


def sold(number: int, gross: str, rate: str = "20") -> SoldLine:
    return SoldLine(line_id=LineId(str(number)), stock_code=StockCode(f"S{number}"), gross=d(gross), vat_rate=d(rate))


SALE = Sale(
    order_id=OrderId("O2"),
    currency="GBP",
    lines=(sold(1, "35.50"), sold(2, "20.00", "5")),
    shipping_gross=d("4.95"),
    reference="REF-O2",
    invoice="INV9",
)


def line(number: int | None = 1, amount: str = "0.00", **money: Decimal | str | int) -> RefundLine:
    base = RefundLine(line_id=None if number is None else LineId(str(number)), amount=d(amount))
    return attrs.evolve(base, **money)


def refund(*lines: RefundLine, state: RefundState = RefundState.REFUNDED, refund_id: str = "R9") -> RefundEvent:
    return RefundEvent(
        account=AccountId("shop"),
        refund_id=refund_id,
        order_id=OrderId("O2"),
        state=state,
        currency="GBP",
        lines=lines,
    )


def note(refund_id: str, number: int = 1, gross: str = "0.00", shipping: str = "0.00", code: str = "CN1") -> CreditNote:
    credited = CreditedLine(line_id=LineId(str(number)), gross=d(gross))
    return CreditNote(
        code=code,
        refund_id=refund_id,
        order_id=OrderId("O2"),
        currency="GBP",
        lines=(credited,),
        shipping=d(shipping),
    )


def drafted(event: RefundEvent, sale: Sale = SALE, *earlier: CreditNote) -> CreditNoteDraft:
    made = credit_note_for(event, sale=sale, earlier=earlier)
    assert isinstance(made, CreditNoteDraft), made
    return made


def held(event: RefundEvent, sale: Sale | None = SALE, *earlier: CreditNote) -> tuple[NextStep, list[ExceptionType]]:
    made = credit_note_for(event, sale=sale, earlier=earlier)
    assert isinstance(made, Held), made
    assert made.why
    return made.step, [reason.type for reason in made.reasons]


def draft() -> ErpOrderDraft:
    """One line of a channel line, and one that the ERP added."""
    goods = DraftLine(
        stock_code=StockCode("S1"),
        units=1,
        gross=d("12.00"),
        net=d("10.00"),
        vat=d("2.00"),
        vat_rate=d("20"),
        source=(LineId("1"), LineId("2")),
    )
    return ErpOrderDraft(
        account=AccountId("shop"),
        reference=OrderRef("REF-O2"),
        order_id=OrderId("O2"),
        placed_at=datetime(2026, 3, 2, tzinfo=UTC),
        currency="GBP",
        lines=(goods, attrs.evolve(goods, stock_code=StockCode("GIFT"), source=())),
        shipping_gross=d("4.95"),
        shipping_net=d("4.13"),
        shipping_vat=d("0.82"),
        total=d("28.95"),
        delivery=Address(),
        billing=Address(),
    )


class TestAmounts:
    def test_a_refund_is_credited_by_its_amount_at_the_lines_rate(self) -> None:
        """Domain §8: 35.50 at 20 % is 29.58 + 5.92; the key is the refund's id, the invoice is what is credited."""
        made = drafted(refund(line(1, "35.50", quantity=1, reason="damaged", commission=d("5.33"))))

        credited = made.lines[0]
        assert (credited.net, credited.vat, credited.gross) == (d("29.58"), d("5.92"), d("35.50"))
        assert (credited.stock_code, credited.quantity, credited.reason) == ("S1", 1, "damaged")
        assert (made.refund_id, made.against, made.total, made.commission) == ("R9", "INV9", d("35.50"), d("5.33"))
        assert made.complete
        assert made.notes == ()

    def test_quantity_is_only_passed_on(self) -> None:
        """Domain §8: goodwill has no quantity and is credited all the same; a quantity changes no amount."""
        none = drafted(refund(line(1, "7.00")))
        many = drafted(refund(line(1, "7.00", quantity=5)))

        assert none.total == many.total == d("7.00")
        assert none.lines[0].quantity is None

    def test_the_refunds_own_tax_comes_first(self) -> None:
        """Domain §8: a tax that the refund states is used, and said when it is not what the rate gives."""
        near = drafted(refund(line(1, "35.50", tax=d("5.91"))))
        far = drafted(refund(line(1, "35.50", tax=d("5.90"))))

        assert (near.lines[0].net, near.lines[0].vat, near.notes) == (d("29.59"), d("5.91"), ())
        assert far.lines[0].net == d("29.60")
        assert far.notes == ("line 1: the channel's tax 5.90 is not 20 per cent",)

    def test_each_line_has_its_own_rate(self) -> None:
        """The rate is that of the line that was sold, not a general one."""
        made = drafted(refund(line(2, "10.50")))

        assert (made.lines[0].net, made.lines[0].vat) == (d("10.00"), d("0.50"))

    def test_net_refunds_get_their_tax_on_top(self) -> None:
        """Where the channel's amounts are net, the gross is net and tax, stated or at the line's rate."""
        event = attrs.evolve(
            refund(line(1, "10.00"), line(2, "10.00", tax=d("0.40"), shipping=d("1.00"))), tax_mode=TaxMode.EXCLUDED
        )
        made = drafted(event)

        assert [each.gross for each in made.lines] == [d("12.00"), d("10.40")]
        assert (made.shipping_net, made.shipping_vat) == (d("1.00"), d("0.20"))

    def test_shipping_alone(self) -> None:
        """Domain §8: a refund may be for shipping only, with or without a line, at the shipping's rate."""
        bare = drafted(refund(line(None, shipping=d("4.95"))))
        on_line = drafted(refund(line(1, shipping=d("4.95"), shipping_tax=d("0.82"))))

        assert (bare.lines, bare.shipping_net, bare.shipping_vat) == ((), d("4.13"), d("0.82"))
        assert drafted(refund(line(None, tax=d("0.00"), shipping=d("4.95")))) == bare
        assert (on_line.lines, on_line.shipping_net, on_line.total) == ((), d("4.13"), d("4.95"))

    def test_currencies_without_pennies(self) -> None:
        """Tax is split in the refund's own minor unit, from above and from below."""
        event = attrs.evolve(refund(line(1, "100", tax=d("17"))), currency="JPY")
        sale = attrs.evolve(SALE, currency="JPY", lines=(sold(1, "500"),), shipping_gross=d("0"))
        gross = attrs.evolve(event, lines=(line(1, "100"),))
        net = attrs.evolve(gross, tax_mode=TaxMode.EXCLUDED, lines=(line(1, "33"),))

        assert drafted(event, sale).notes == ()
        assert (drafted(gross, sale).lines[0].net, drafted(gross, sale).lines[0].vat) == (d("83"), d("17"))
        assert (drafted(net, sale).lines[0].net, drafted(net, sale).lines[0].vat) == (d("33"), d("7"))

    def test_the_order_is_credited_where_there_is_no_invoice(self) -> None:
        """A credit note is against one invoice or one order."""
        assert drafted(refund(line(1, "1.00")), attrs.evolve(SALE, invoice="")).against == "REF-O2"


class TestWithoutALine:
    def test_the_only_line(self) -> None:
        """A refund on the order is for its only line."""
        assert drafted(refund(line(None, "3.00")), attrs.evolve(SALE, lines=SALE.lines[1:])).lines[0].line_id == "2"

    def test_the_only_line_of_which_that_is_left(self) -> None:
        """Of several lines, the one of which exactly this amount may still be credited."""
        assert drafted(refund(line(None, "20.00"))).lines[0].line_id == "2"
        assert drafted(refund(line(None, "15.50")), SALE, note("R1", 1, "20.00")).lines[0].line_id == "1"

    @pytest.mark.parametrize("amount", ["3.00", "35.49", "55.50"])
    def test_otherwise_a_person_decides(self, amount: str) -> None:
        """Domain §8: an amount that fits no line is REFUND_VALUE_MISMATCH, nothing is posted."""
        assert held(refund(line(None, amount))) == (NextStep.DECIDE, [ExceptionType.REFUND_VALUE_MISMATCH])

    def test_two_lines_that_fit_are_one_too_many(self) -> None:
        """Nothing is guessed."""
        sale = attrs.evolve(SALE, lines=(sold(1, "20.00"), sold(2, "20.00")))

        assert held(refund(line(None, "20.00")), sale) == (NextStep.DECIDE, [ExceptionType.REFUND_VALUE_MISMATCH])


class TestLimits:
    def test_no_more_than_was_sold(self) -> None:
        """Domain §8: sum(credited) + new <= original, to the penny, over all earlier credit notes."""
        earlier = (note("R1", 1, "10.00"), note("R2", 1, "5.50"))

        assert drafted(refund(line(1, "20.00")), SALE, *earlier).total == d("20.00")
        made = credit_note_for(refund(line(1, "20.01")), sale=SALE, earlier=earlier)
        assert isinstance(made, Held)
        assert (made.step, made.reasons[0].type) == (NextStep.DECIDE, ExceptionType.REFUND_EXCEEDS_ORIGINAL)
        assert made.why == "Refund R9 asks for 20.01 on line 1; 20.00 may still be credited."
        assert made.reasons[0].entity == "R9"
        assert made.reasons[0].evidence == {
            "order": "O2",
            "refund": "R9",
            "part": "line 1",
            "asked": "20.01",
            "left": "20.00",
        }

    def test_a_second_refund_of_the_shipping(self) -> None:
        """Domain §8: the classic failure is a second shipping refund."""
        assert held(refund(line(None, shipping=d("0.01"))), SALE, note("R1", shipping="4.95")) == (
            NextStep.DECIDE,
            [ExceptionType.REFUND_EXCEEDS_ORIGINAL],
        )

    def test_lines_of_one_refund_count_together(self) -> None:
        """Two rows for one line may not exceed it together; goods and shipping are told apart."""
        twice = refund(line(1, "20.00", shipping=d("3.00")), line(1, "15.51", shipping=d("1.96")))

        made = credit_note_for(twice, sale=SALE)
        assert isinstance(made, Held)
        assert [reason.type for reason in made.reasons] == [ExceptionType.REFUND_EXCEEDS_ORIGINAL] * 2
        assert made.why == (
            "Refund R9 asks for 35.51 on line 1; 35.50 may still be credited. "
            "Refund R9 asks for 4.96 on shipping; 4.95 may still be credited."
        )

    def test_nothing_is_left_of_what_was_credited_beyond_it(self) -> None:
        """Somebody credited more than was sold, by hand: what is left is nothing, and other parts are not concerned."""
        made = credit_note_for(refund(line(1, "0.01")), sale=SALE, earlier=[note("R1", 1, "36.00")])

        assert isinstance(made, Held)
        assert made.why == "Refund R9 asks for 0.01 on line 1; 0.00 may still be credited."
        assert drafted(refund(line(2, "20.00")), SALE, note("R1", 1, "36.00")).vat == d("0.95")

    def test_other_orders_do_not_count(self) -> None:
        """Only this order's credit notes limit the refund."""
        other = attrs.evolve(note("R1", 1, "35.50"), order_id=OrderId("O7"))

        assert drafted(refund(line(1, "35.50")), SALE, other).total == d("35.50")

    def test_a_credit_note_for_a_line_that_is_not_sold_limits_nothing_else(self) -> None:
        """An earlier credit on another line of the ERP's leaves these lines whole."""
        assert drafted(refund(line(1, "35.50")), SALE, note("R1", 9, "3.00")).total == d("35.50")

    @pytest.mark.parametrize(
        ("lines", "why"),
        [
            ((line(9, "5.00"),), "5.00 of refund R9 fits no line of order O2."),
            ((line(9, shipping=d("1.00")),), "0.00 of refund R9 fits no line of order O2."),
            ((line(None, "5.00"),), "5.00 of refund R9 fits no line of order O2."),
            ((line(1, "-1.00"),), "Refund R9 has an amount below zero: -1.00."),
            ((line(1, "5.00", shipping=d("-1.00")),), "Refund R9 has an amount below zero: -1.00."),
            ((line(1),), "Refund R9 gives nothing back on order O2."),
            ((), "Refund R9 gives nothing back on order O2."),
            ((line(1, "5.00", tax=d("5.01")),), "The tax of refund R9 is not a part of its amount."),
            ((line(1, "5.00", tax=d("-0.01")),), "The tax of refund R9 is not a part of its amount."),
            (
                (line(1, "5.00", shipping=d("1.00"), shipping_tax=d("1.01")),),
                "The tax of refund R9 is not a part of its amount.",
            ),
        ],
    )
    def test_what_fits_nothing(self, lines: tuple[RefundLine, ...], why: str) -> None:
        """Domain §8: REFUND_VALUE_MISMATCH, and nothing is posted, not even the lines that would fit."""
        made = credit_note_for(refund(*lines), sale=SALE)

        assert isinstance(made, Held)
        assert (made.step, made.why) == (NextStep.DECIDE, why)
        assert [reason.type for reason in made.reasons] == [ExceptionType.REFUND_VALUE_MISMATCH]

    def test_the_evidence_of_a_misfit(self) -> None:
        """The amount and the line, empty where there is none."""
        known, none = (credit_note_for(refund(line(n, "5.00")), sale=SALE) for n in (9, None))

        assert isinstance(known, Held)
        assert isinstance(none, Held)
        assert known.reasons[0].evidence == {"order": "O2", "refund": "R9", "amount": "5.00", "line": "9"}
        assert none.reasons[0].evidence["line"] == ""

    def test_tax_may_be_none_or_all_of_an_amount(self) -> None:
        """The bounds themselves are allowed."""
        assert drafted(refund(line(1, "5.00", tax=d("0.00")))).lines[0].net == d("5.00")
        assert drafted(refund(line(1, "5.00", tax=d("5.00")))).lines[0].net == 0

    @pytest.mark.parametrize("change", [{"order_id": OrderId("O9")}, {"currency": "EUR"}])
    def test_the_sale_is_of_that_order_and_currency(self, change: dict[str, str]) -> None:
        """A refund is never booked on another order, nor in another currency."""
        made = credit_note_for(refund(line(1, "5.00")), sale=attrs.evolve(SALE, **change))

        assert isinstance(made, Held)
        assert made.reasons[0].type is ExceptionType.REFUND_VALUE_MISMATCH
        other = (change.get("order_id", "O2"), change.get("currency", "GBP"))
        assert made.why == f"Refund R9 is for order O2 in GBP, the sale is order {other[0]} in {other[1]}."


class TestStates:
    @pytest.mark.parametrize("state", [RefundState.AWAITING_DECISION, RefundState.AWAITING_PAYMENT])
    def test_before_it_is_paid(self, state: RefundState) -> None:
        """Domain §8: credited at REFUNDED."""
        assert held(refund(line(1, "5.00"), state=state)) == (NextStep.WAIT, [])

    def test_an_early_draft_is_made_once_the_channel_has_decided(self) -> None:
        """Domain §8: a policy may make a draft earlier; what nobody has decided yet is not even a draft."""
        early = RefundPolicy(draft_early=True)
        undecided = refund(line(1, "5.00"), state=RefundState.AWAITING_DECISION)
        waiting = credit_note_for(undecided, sale=SALE, policy=early)
        decided = attrs.evolve(undecided, state=RefundState.AWAITING_PAYMENT)
        made = credit_note_for(decided, sale=SALE, policy=early)

        assert isinstance(waiting, Held)
        assert waiting.step is NextStep.WAIT
        assert isinstance(made, CreditNoteDraft)
        assert not made.complete

    def test_an_early_draft_is_completed_once(self) -> None:
        """The draft waits, is completed when the channel has paid, and does not count against itself."""
        early = attrs.evolve(note("R9", 1, "35.50", code="D1"), complete=False)
        waiting = refund(line(1, "35.50"), state=RefundState.AWAITING_PAYMENT)
        again = credit_note_for(waiting, sale=SALE, earlier=[early], policy=RefundPolicy(draft_early=True))

        assert isinstance(again, Held)
        assert (again.step, again.why) == (NextStep.NOTHING, "credit note D1 was made for refund R9")
        assert drafted(refund(line(1, "35.50")), SALE, early).complete

    def test_a_refund_is_credited_once(self) -> None:
        """Domain §8: the key is the refund's id."""
        assert held(refund(line(1, "5.00")), SALE, note("R9", 1, "5.00")) == (NextStep.NOTHING, [])

    def test_withdrawn(self) -> None:
        """What the channel took back is not credited."""
        assert held(refund(line(1, "5.00"), state=RefundState.WITHDRAWN)) == (NextStep.NOTHING, [])

    def test_unknown_states_wait(self) -> None:
        """A state that we have not met is SCHEMA_DRIFT, and no money moves."""
        event = refund(line(1, "5.00"), state=RefundState.UNKNOWN)
        made = credit_note_for(event, sale=SALE)

        assert held(event) == (NextStep.WAIT, [ExceptionType.SCHEMA_DRIFT])
        assert isinstance(made, Held)
        assert made.why == made.reasons[0].message == "Refund R9 is in a state that we have not met."

    def test_an_order_that_is_not_there_is_fetched(self) -> None:
        """Domain §8: not imported yet: park, fetch the order, retry."""
        assert held(refund(line(1, "5.00")), None) == (NextStep.FETCH_ORDER, [ExceptionType.REFUND_UNMATCHED])

    def test_cancelled_before_it_was_invoiced(self) -> None:
        """Domain §8: no credit note, cancel only; after the invoice it is credited."""
        cancelled = attrs.evolve(SALE, cancelled=True)

        assert held(refund(line(1, "5.00")), attrs.evolve(cancelled, invoice="")) == (NextStep.CANCEL_ONLY, [])
        assert drafted(refund(line(1, "5.00")), cancelled).total == d("5.00")


SPLIT = attrs.evolve(SALE, lines=(sold(1, "30.00"),))


def at_net(*lines: RefundLine, refund_id: str = "R9") -> RefundEvent:
    return attrs.evolve(refund(*lines, refund_id=refund_id), tax_mode=TaxMode.EXCLUDED)


class TestTaxOfParts:
    def test_parts_have_the_tax_of_the_whole(self) -> None:
        """30.00 at 20 % is 25.00 + 5.00, and so are three refunds of 10.00, which alone are 8.33 + 1.67 each."""
        notes: list[CreditNote] = []
        splits: list[tuple[Decimal, Decimal]] = []
        for number in range(3):
            made = drafted(refund(line(1, "10.00"), refund_id=f"R{number}"), SPLIT, *notes)
            notes.append(made.as_note(f"CN{number}"))
            splits.append((made.net, made.vat))

        assert splits == [(d("8.33"), d("1.67")), (d("8.34"), d("1.66")), (d("8.33"), d("1.67"))]

    def test_rows_of_one_refund_are_parts_too(self) -> None:
        """The same within one refund, and for the shipping."""
        made = drafted(refund(*(line(1, "10.00", shipping=d("1.65")) for _ in range(3))), SPLIT)

        assert [each.vat for each in made.lines] == [d("1.67"), d("1.66"), d("1.67")]
        assert (made.shipping_net, made.shipping_vat) == (d("4.13"), d("0.82"))

    def test_pennies_have_the_tax_of_the_whole(self) -> None:
        """A refund of 0.03 has no tax by its rate; a hundred of them are 3.00, with 0.50."""
        notes: list[CreditNote] = []
        sale = attrs.evolve(SALE, lines=(sold(1, "3.00"),))
        for number in range(100):
            made = drafted(refund(line(1, "0.03"), refund_id=f"R{number}"), sale, *notes)
            assert made.vat in (d("0.00"), d("0.01"))
            notes.append(made.as_note(f"CN{number}"))

        assert sum(each.vat or 0 for note in notes for each in note.lines) == d("0.50")

    def test_notes_that_do_not_tell_their_tax(self) -> None:
        """An ERP that tells the gross only: the tax is what would have been taken."""
        earlier = (note("R1", 1, "10.00"), note("R2", 1, "10.00", shipping="4.00"))

        made = drafted(refund(line(1, "10.00", shipping=d("0.95"))), SPLIT, *earlier)
        assert (made.lines[0].vat, made.shipping_vat) == (d("1.67"), d("0.15"))

    def test_the_last_part_takes_what_the_channels_own_tax_left(self) -> None:
        """The sale has 5.00 of tax; the channel gave 1.00 of it back on the first 10.00."""
        first = drafted(refund(line(1, "10.00", tax=d("1.00")), refund_id="R1"), SPLIT).as_note("CN1")
        middle = drafted(refund(line(1, "10.00")), SPLIT, first)
        last = drafted(refund(line(1, "20.00")), SPLIT, first)

        assert (middle.vat, middle.notes) == (d("1.66"), ())
        assert last.vat == d("4.00")
        assert last.notes == ("line 1: what is left of the VAT, 4.00 is not 20 per cent",)

    @pytest.mark.parametrize(("stated", "left"), [("0.00", "0.50"), ("19.00", "0.00")])
    def test_no_tax_beyond_what_is_left(self, stated: str, left: str) -> None:
        """Neither net nor VAT falls below nothing, whatever the channel stated before."""
        first = drafted(refund(line(1, "29.50", tax=d(stated)), refund_id="R1"), SPLIT).as_note("CN1")

        assert drafted(refund(line(1, "0.50")), SPLIT, first).vat == d(left)

    def test_the_tax_of_the_sale_is_the_erps(self) -> None:
        """Where the ERP has a penny more or less than the rate gives, so have the parts together."""
        sale = attrs.evolve(SALE, lines=(attrs.evolve(sold(1, "30.00"), vat=d("5.01")),), shipping_vat=d("0.83"))

        made = drafted(refund(line(1, "30.00", shipping=d("4.95"))), sale)
        assert (made.lines[0].vat, made.shipping_vat) == (d("5.01"), d("0.83"))

    def test_a_tax_of_the_shipping_that_is_not_its_rate(self) -> None:
        """Said as it is for a line."""
        made = drafted(refund(line(None, shipping=d("4.95"), shipping_tax=d("0.00"))))

        assert made.notes == ("shipping: the channel's tax 0.00 is not 20 per cent",)
        both = drafted(refund(line(1, "35.50", tax=d("0.00"), shipping=d("4.95"), shipping_tax=d("0.00"))))
        assert both.notes == ("line 1: the channel's tax 0.00 is not 20 per cent", *made.notes)


class TestNetAmounts:
    SALE = attrs.evolve(SALE, lines=(sold(1, "0.99"),), shipping_gross=d("0"))

    def test_a_full_refund_is_the_sale(self) -> None:
        """0.99 is 0.83 + 0.16, though 20 % on 0.83 is 0.17: the tax of all that is left is all the tax that is left."""
        made = drafted(at_net(line(1, "0.83")), self.SALE)

        assert (made.net, made.vat, made.total) == (d("0.83"), d("0.16"), d("0.99"))

    def test_parts_are_the_sale(self) -> None:
        """0.50 and 0.33 are 0.10 and 0.07 of tax alone, 0.16 together."""
        first = drafted(at_net(line(1, "0.50"), refund_id="R1"), self.SALE)
        second = drafted(at_net(line(1, "0.33")), self.SALE, first.as_note("CN1"))

        assert (first.vat, second.vat) == (d("0.10"), d("0.06"))

    def test_a_part_in_the_middle_has_its_tax_too(self) -> None:
        """20 % of 0.33 is 0.07, of twice that 0.13, of three times 0.20."""
        sale = attrs.evolve(self.SALE, lines=(sold(1, "2.38"),))
        made = drafted(at_net(*(line(1, "0.33") for _ in range(3))), sale)

        assert [each.vat for each in made.lines] == [d("0.07"), d("0.06"), d("0.07")]

    def test_a_penny_between_the_channels_net_and_ours(self) -> None:
        """The channel's rounding of the tax may put a penny of it into the net; two pennies are more than was sold."""
        made = drafted(at_net(line(1, "0.84")), self.SALE)

        assert (made.net, made.vat) == (d("0.84"), d("0.15"))
        assert held(at_net(line(1, "0.85")), self.SALE) == (NextStep.DECIDE, [ExceptionType.REFUND_EXCEEDS_ORIGINAL])

    def test_little_tax_in_the_order_makes_no_room_in_a_line(self) -> None:
        """Two pennies more net than was sold of the line are too much, whatever tax the order as a whole has."""
        sale = attrs.evolve(self.SALE, charges_gross=d("-0.02"), charges_vat=d("-0.16"))

        assert drafted(at_net(line(1, "0.82")), sale).vat == 0
        assert held(at_net(line(1, "0.85")), sale) == (NextStep.DECIDE, [ExceptionType.REFUND_EXCEEDS_ORIGINAL])

    def test_a_line_is_found_by_its_net(self) -> None:
        """The only line of which exactly this net amount is left."""
        made = drafted(at_net(line(None, "0.83")), attrs.evolve(self.SALE, lines=(sold(1, "0.99"), sold(2, "5.00"))))

        assert (made.lines[0].line_id, made.total) == ("1", d("0.99"))

    def test_nothing_is_taken_where_less_than_the_tax_is_left(self) -> None:
        """What the channel stated before can leave less than the net that it asks for now."""
        first = drafted(at_net(line(1, "0.50", tax=d("0.45")), refund_id="R1"), self.SALE).as_note("CN1")

        assert held(at_net(line(1, "0.30")), self.SALE, first)[0] is NextStep.DECIDE


class TestTheOrderAsAWhole:
    DISCOUNTED = attrs.evolve(SALE, lines=(sold(1, "40.00"),), shipping_gross=d("0"), charges_gross=d("-10.00"))

    def test_no_more_than_was_paid(self) -> None:
        """A line of 40.00 in an order with 10.00 off: the customer paid 30.00, and gets no more than that back."""
        made = credit_note_for(refund(line(1, "30.01")), sale=self.DISCOUNTED)

        assert self.DISCOUNTED.paid == d("30.00")
        assert isinstance(made, Held)
        assert [reason.type for reason in made.reasons] == [ExceptionType.REFUND_EXCEEDS_ORIGINAL]
        assert made.why == "Refund R9 asks for 30.01 on the order; 30.00 may still be credited."
        assert made.reasons[0].evidence["part"] == "the order"
        full = drafted(refund(line(1, "30.00")), self.DISCOUNTED)
        assert (full.net, full.vat) == (d("25.00"), d("5.00"))

    def test_over_several_lines_and_the_shipping(self) -> None:
        """Each part fits its own limit; together they are too much."""
        sale = attrs.evolve(SALE, charges_gross=d("-0.50"))
        first = drafted(refund(line(1, "35.50"), line(2, "20.00"), refund_id="R1"), sale).as_note("CN1")

        assert held(refund(line(None, shipping=d("4.95"))), sale, first) == (
            NextStep.DECIDE,
            [ExceptionType.REFUND_EXCEEDS_ORIGINAL],
        )
        assert drafted(refund(line(None, shipping=d("4.45"))), sale, first).total == d("4.45")

    def test_the_tax_of_all_that_was_paid(self) -> None:
        """Lines at two rates and a discount at one of them: all that was paid back has the tax of all that was paid."""
        sale = attrs.evolve(
            SALE,
            lines=(sold(1, "40.00"), sold(2, "20.00", "5")),
            shipping_gross=d("0"),
            charges_gross=d("-10.00"),
            charges_vat=d("-1.67"),
        )
        first = drafted(refund(line(1, "40.00"), refund_id="R1"), sale)
        last = drafted(refund(line(2, "10.00")), sale, first.as_note("CN1"))

        assert (first.vat + last.vat, first.total + last.total) == (d("5.95"), d("50.00"))

    def test_a_credit_note_for_a_line_that_is_not_sold_counts_for_the_order(self) -> None:
        """Whatever it was for, the customer has it: with the tax that it tells, else with its share."""
        told = attrs.evolve(note("R1"), lines=(CreditedLine(line_id=LineId("9"), gross=d("10.00"), vat=d("1.00")),))
        full = drafted(refund(line(1, "20.00")), self.DISCOUNTED, note("R1", 9, "10.00"))

        assert held(refund(line(1, "20.01")), self.DISCOUNTED, told)[0] is NextStep.DECIDE
        assert full.vat == d("3.33")
        assert drafted(refund(line(1, "20.00")), self.DISCOUNTED, told).vat == d("4.00")

    def test_an_order_that_cost_nothing(self) -> None:
        """All was taken off: nothing can be given back, not even after a note that should not be there."""
        free = attrs.evolve(self.DISCOUNTED, charges_gross=d("-40.00"))

        assert held(refund(line(1, "0.01")), free)[0] is NextStep.DECIDE
        assert held(refund(line(1, "0.01")), free, note("R1", 9, "5.00"))[0] is NextStep.DECIDE
        assert held(refund(line(1, "0.01")), attrs.evolve(free, lines=()))[0] is NextStep.DECIDE

    def test_charges_alone_have_no_tax_to_share(self) -> None:
        """An order of a fee and nothing else: no line says at which rate."""
        room = Room(attrs.evolve(SALE, lines=(), shipping_gross=d("0"), charges_gross=d("5.00")))

        assert (room.order.net, room.order.vat) == (500, 0)

    def test_notes_in_another_currency(self) -> None:
        """Pounds less euros is no amount: what may still be credited is for a person to find out."""
        euros = attrs.evolve(note("R1", 1, "35.50"), currency="EUR")
        made = credit_note_for(refund(line(1, "5.00")), sale=SALE, earlier=[euros])

        assert isinstance(made, Held)
        assert [reason.type for reason in made.reasons] == [ExceptionType.REFUND_VALUE_MISMATCH]
        assert made.why == (
            "Credit note CN1 for order O2 is in EUR, the sale in GBP: how much may still be credited cannot be told."
        )

    def test_a_correction_gives_room_back(self) -> None:
        """A note below nothing takes back what an earlier one gave."""
        earlier = (note("R1", 1, "35.50"), note("R2", 1, "-5.50"))

        assert drafted(refund(line(1, "5.50")), SALE, *earlier).vat == d("0.92")
        assert held(refund(line(1, "5.51")), SALE, *earlier)[0] is NextStep.DECIDE


class TestLinesWithoutAName:
    def test_what_was_attributed_is_not_left(self) -> None:
        """Two rows of 20.00 and one line of 20.00: the second fits nothing."""
        assert held(refund(line(None, "20.00"), line(None, "20.00"))) == (
            NextStep.DECIDE,
            [ExceptionType.REFUND_VALUE_MISMATCH],
        )

    def test_rows_with_a_name_go_first(self) -> None:
        """What is left of line 1 once its own row is taken is what the other row is for; the order of rows stays."""
        made = drafted(refund(line(None, "15.50"), line(1, "20.00")))

        assert [(each.line_id, each.gross) for each in made.lines] == [("1", d("15.50")), ("1", d("20.00"))]


class TestChanges:
    CREDITED = note("R9", 1, "5.00", code="CN5")

    def changed(self, event: RefundEvent, *own: CreditNote, sale: Sale | None = SALE) -> Held:
        made = credit_note_for(event, sale=sale, earlier=own or (self.CREDITED,))
        assert isinstance(made, Held), made
        assert made.step is NextStep.DECIDE, made
        assert [reason.type for reason in made.reasons] == [ExceptionType.REFUND_VALUE_MISMATCH]
        return made

    def test_withdrawn_after_its_credit_note(self) -> None:
        """The books have money back that the channel kept: never in silence."""
        gone = refund(line(1, "5.00"), state=RefundState.WITHDRAWN)
        made = self.changed(gone)

        assert made.why == "Refund R9 is withdrawn now; credit note CN5 gave back 5.00 GBP."
        assert made.reasons[0].evidence == {
            "order": "O2",
            "refund": "R9",
            "now": "is withdrawn",
            "credited": "gave back 5.00 GBP",
            "credit_note": "CN5",
        }
        twice = self.changed(gone, self.CREDITED, attrs.evolve(self.CREDITED, code="CN6"))
        assert twice.why == "Refund R9 is withdrawn now; credit notes CN5, CN6 gave back 5.00 GBP, 5.00 GBP."
        early = self.changed(gone, attrs.evolve(self.CREDITED, complete=False), sale=None)
        assert early.why == "Refund R9 is withdrawn now; draft CN5 gave back 5.00 GBP."

    @pytest.mark.parametrize(
        ("lines", "now"),
        [
            ((line(1, "4.00"),), "4.00 on line 1"),
            ((line(2, "5.00"),), "5.00 on line 2"),
            ((line(1, "5.00", shipping=d("1.00")),), "5.00 on line 1, 1.00 on shipping"),
            ((line(None, shipping=d("5.00")),), "5.00 on shipping"),
            ((line(None, "5.01"),), "5.01 on the lines"),
            ((), "nothing"),
        ],
    )
    @pytest.mark.parametrize("state", [RefundState.REFUNDED, RefundState.AWAITING_PAYMENT])
    def test_restated_after_its_credit_note(self, lines: tuple[RefundLine, ...], now: str, state: RefundState) -> None:
        """A refund that asks for something else by now is told with both amounts."""
        credited = "5.00 on the lines" if "the lines" in now else "5.00 on line 1"

        assert self.changed(refund(*lines, state=state)).why == (
            f"Refund R9 asks for {now} now; credit note CN5 gave back {credited}."
        )

    @pytest.mark.parametrize("lines", [(line(1, "5.00"),), (line(None, "5.00"),), (line(1, "2.00"), line(1, "3.00"))])
    def test_the_same_in_other_rows(self, lines: tuple[RefundLine, ...]) -> None:
        """The amounts count, not how they are written down."""
        assert held(refund(*lines), SALE, self.CREDITED) == (NextStep.NOTHING, [])

    def test_another_tax(self) -> None:
        """The same gross with another tax is another credit note; a penny is rounding, and what is not told is not
        compared."""
        told = attrs.evolve(note("R9"), lines=(CreditedLine(line_id=LineId("1"), gross=d("5.00"), vat=d("0.83")),))

        assert self.changed(refund(line(1, "5.00", tax=d("0.81"))), told).why == (
            "Refund R9 states VAT of 0.81 now; credit note CN1 gave back VAT of 0.83."
        )
        for same in (line(1, "5.00", tax=d("0.82")), line(1, "5.00")):
            assert held(refund(same), SALE, told) == (NextStep.NOTHING, [])
        assert held(refund(line(1, "5.00", tax=d("0.00"))), SALE, self.CREDITED) == (NextStep.NOTHING, [])

    def test_credited_twice(self) -> None:
        """Two credit notes for one refund are more than it asks for."""
        second = attrs.evolve(self.CREDITED, code="CN6")

        assert self.changed(refund(line(1, "5.00")), self.CREDITED, second).why == (
            "Refund R9 asks for 5.00 on line 1 now; credit notes CN5, CN6 gave back 10.00 on line 1."
        )

    def test_a_draft_beside_its_credit_note(self) -> None:
        """A draft that stayed when it was completed under another number is money twice."""
        early = attrs.evolve(self.CREDITED, code="D1", complete=False)

        assert self.changed(refund(line(1, "5.00")), early, self.CREDITED).why == (
            "Refund R9 asks for 5.00 on line 1 now; credit notes D1, CN5 gave back 10.00 on line 1."
        )

    def test_a_penny_on_another_part(self) -> None:
        """It was not there before, or is not any more."""
        more = note("R9", 1, "5.00", shipping="0.01", code="CN5")

        assert (
            "asks for 5.00 on line 1, 0.01 on shipping now"
            in self.changed(refund(line(1, "5.00", shipping=d("0.01")))).why
        )
        assert "gave back 5.00 on line 1, 0.01 on shipping" in self.changed(refund(line(1, "5.00")), more).why

    def test_between_lines_and_shipping(self) -> None:
        """The same sum, but more of it for the shipping."""
        own = note("R9", 1, "5.00", shipping="1.00")

        assert self.changed(refund(line(None, "4.00", shipping=d("2.00"))), own).why == (
            "Refund R9 asks for 4.00 on the lines, 2.00 on shipping now; "
            "credit note CN1 gave back 5.00 on the lines, 1.00 on shipping."
        )

    @pytest.mark.parametrize("change", [{"order_id": OrderId("O7")}, {"currency": "EUR"}])
    def test_a_note_for_another_order_or_in_another_currency(self, change: dict[str, str]) -> None:
        """The id of the refund alone does not make it credited."""
        other = (change.get("order_id", "O2"), change.get("currency", "GBP"))

        assert self.changed(refund(line(1, "5.00")), attrs.evolve(self.CREDITED, **change)).why == (
            f"Refund R9 is for order O2 in GBP now; credit note CN5 was for order {other[0]} in {other[1]}."
        )

    def test_a_draft_is_completed_with_what_was_paid(self) -> None:
        """Nothing final was posted: the credit note is for what was paid, and says that the draft was not."""
        early = attrs.evolve(self.CREDITED, complete=False)
        made = drafted(refund(line(1, "4.00")), SALE, early)

        assert (made.total, made.complete) == (d("4.00"), True)
        assert made.notes == ("Refund R9 asks for 4.00 on line 1 now; draft CN5 gave back 5.00 on line 1.",)
        assert drafted(refund(line(1, "5.00")), SALE, early).notes == ()

    def test_net_amounts_with_their_tax(self) -> None:
        """Where the refund states the tax, gross is compared with gross."""
        same = at_net(line(1, "4.00", tax=d("1.00")))

        assert held(same, None, self.CREDITED) == (NextStep.NOTHING, [])
        assert self.changed(at_net(line(1, "4.00", tax=d("0.80")))).why == (
            "Refund R9 asks for 4.80 on line 1 now; credit note CN5 gave back 5.00 on line 1."
        )

    def test_net_amounts_and_notes_that_tell_their_tax(self) -> None:
        """Net is compared with net."""
        event = at_net(line(1, "10.00", shipping=d("1.00")))
        made = drafted(event).as_note("CN5")

        assert held(event, SALE, made) == held(event, None, made) == (NextStep.NOTHING, [])
        assert self.changed(at_net(line(1, "9.99", shipping=d("1.00"))), made, sale=None).why == (
            "Refund R9 asks for 9.99 on line 1, 1.00 on shipping now; "
            "credit note CN5 gave back 10.00 on line 1, 1.00 on shipping."
        )

    def test_net_amounts_and_notes_that_do_not(self) -> None:
        """The sale's rates tell the net, to the penny; without a sale there is nothing to compare."""
        own = note("R9", 1, "12.00", shipping="1.20", code="CN5")
        same, other = (at_net(line(1, amount, shipping=d("1.00"))) for amount in ("10.01", "9.97"))

        assert held(same, SALE, own) == held(other, None, own) == (NextStep.NOTHING, [])
        assert "gave back 10.00 on line 1, 1.00 on shipping" in self.changed(other, own).why
        reduced = note("R9", 2, "10.50", code="CN5")
        assert held(at_net(line(2, "10.00")), SALE, reduced) == (NextStep.NOTHING, [])
        unsold = attrs.evolve(SALE, lines=SALE.lines[1:])
        assert "gave back 10.00 on line 1" in self.changed(other, own, sale=unsold).why


class TestRecords:
    def test_stored_names(self) -> None:
        """The values of the states are what a store keeps; they do not change."""
        assert [state.value for state in RefundState] == [
            "awaiting decision",
            "awaiting payment",
            "refunded",
            "withdrawn",
            "unknown",
        ]
        assert [step.value for step in NextStep] == ["wait", "fetch order", "cancel only", "decide", "nothing"]

    def test_what_is_not_told_is_empty(self) -> None:
        """A refund line of an amount alone, a sale without reference and invoice."""
        bare = Sale(order_id=OrderId("O2"), currency="GBP", lines=())

        assert (RefundLine().reason, RefundLine().amount, RefundLine().shipping, RefundLine().commission) == (
            "",
            0,
            0,
            0,
        )
        assert (bare.reference, bare.invoice, bare.cancelled, bare.paid) == ("", "", False, 0)
        nothing = CreditNote(code="CN1", refund_id="R1", order_id=OrderId("O2"), currency="GBP")
        assert (nothing.shipping, nothing.settled, nothing.written_off, nothing.complete) == (0, 0, 0, True)

    def test_carriage_that_is_a_line_is_shipping(self) -> None:
        """An order line for carriage can be given back as shipping, at its own rate and under its own stock code."""
        goods = draft().lines[0]
        money = {"gross": d("6.00"), "net": d("5.00"), "vat": d("1.00")}
        post = attrs.evolve(
            goods, stock_code=StockCode("POST"), source=(), charge=ChargeKind.SHIPPING, vat_rate=d("20"), **money
        )
        off = attrs.evolve(
            goods, source=(), charge=ChargeKind.DISCOUNT, gross=d("-1.20"), net=d("-1.00"), vat=d("-0.20")
        )
        nil = {"shipping_gross": d("0"), "shipping_net": d("0"), "shipping_vat": d("0")}
        order = attrs.evolve(draft(), lines=(goods, off, post), total=d("16.81"), rounding=d("0.01"), **nil)
        sale = sale_of(order, invoice="INV1", shipping_rate=d("0"))

        assert (sale.shipping_gross, sale.shipping_vat, sale.shipping_rate) == (d("6.00"), d("1.00"), d("20"))
        assert (sale.charges_gross, sale.charges_vat, sale.paid) == (d("-1.19"), d("-0.20"), d("16.81"))
        made = drafted(refund(line(None, shipping=d("3.00"))), sale)
        assert (made.shipping_net, made.shipping_vat, made.shipping_code) == (d("2.50"), d("0.50"), "POST")
        assert drafted(refund(line(1, "1.00")), sale).shipping_code is None
        both = sale_of(attrs.evolve(draft(), lines=(goods, post)), shipping_rate=d("5"))
        assert (both.shipping_gross, both.shipping_vat, both.shipping_rate) == (d("10.95"), d("1.82"), d("5"))

    def test_a_credit_line_adds_up(self) -> None:
        """Net and VAT are the gross, checked when the line is made."""
        credited = drafted(refund(line(1, "35.50"))).lines[0]

        with pytest.raises(ValueError, match=r"gross of line 1 is 35\.49: net 29\.58 and VAT 5\.92 are not that"):
            attrs.evolve(credited, gross=d("35.49"))
        with pytest.raises(ValueError, match=r"net must be 0 or more, not -0\.01"):
            attrs.evolve(credited, net=d("-0.01"), gross=d("5.91"))
        with pytest.raises(TypeError, match="vat must be a Decimal"):
            attrs.evolve(credited, vat=5.92)
        with pytest.raises(TypeError, match="gross must be a Decimal"):
            attrs.evolve(credited, gross=35.5)

    def test_a_draft_is_in_whole_pennies(self) -> None:
        """Every amount of it, and none is below nothing but the commission."""
        made = drafted(refund(line(1, "35.50", shipping=d("4.95"))))
        bent = attrs.evolve(made.lines[0], net=d("29.575"), vat=d("5.925"))

        with pytest.raises(ValueError, match=r"29\.575 is not in whole"):
            attrs.evolve(made, lines=(bent,))
        with pytest.raises(ValueError, match=r"5\.925 is not in whole"):
            attrs.evolve(made, lines=(attrs.evolve(bent, net=d("29.58"), gross=d("35.505")),))
        with pytest.raises(ValueError, match="shipping_net must be 0 or more"):
            attrs.evolve(made, shipping_net=d("-1.00"))
        with pytest.raises(ValueError, match=r"shipping_vat: 0\.001 is not"):
            attrs.evolve(made, shipping_vat=d("0.001"))
        assert attrs.evolve(made, commission=d("-1.00")).total == made.net + made.vat == d("40.45")

    def test_nothing_is_rounded_by_the_callers_context(self) -> None:
        """Three digits of precision are enough for exact pennies."""
        with localcontext(prec=3):
            credited = CreditLine(
                line_id=LineId("1"), stock_code=StockCode("S1"), net=d("1234.56"), vat=d("246.91"), vat_rate=d("20")
            )
            made = drafted(refund(line(1, "29.30", tax=d("4.90"), shipping=d("4.95"))))
            kept = made.as_note("CN5")

        assert (credited.gross, credited.reason) == (d("1481.47"), "")
        assert (made.lines[0].net, made.total, made.shipping_net) == (d("24.40"), d("34.25"), d("4.13"))
        assert (kept.total, kept.shipping, kept.shipping_vat) == (d("34.25"), d("4.95"), d("0.82"))

    def test_a_draft_becomes_a_note(self) -> None:
        """With the ERP's number, as the limit of the next refund and for the settlement."""
        made = drafted(refund(line(1, "35.50", shipping=d("4.95")))).as_note("CN5")

        assert (made.code, made.refund_id, made.order_id, made.total) == ("CN5", "R9", "O2", d("40.45"))
        assert made.complete
        assert held(refund(line(1, "0.01"), refund_id="R10"), SALE, made) == (
            NextStep.DECIDE,
            [ExceptionType.REFUND_EXCEEDS_ORIGINAL],
        )

    def test_the_sale_of_an_order_draft(self) -> None:
        """Lines by the channel's line id, shipping as a whole; a line of no channel line counts for what was paid."""
        made = sale_of(draft(), invoice="INV1", cancelled=True, shipping_rate=d("0"))

        assert made == Sale(
            order_id=OrderId("O2"),
            currency="GBP",
            lines=(attrs.evolve(sold(1, "12.00"), vat=d("2.00")),),
            shipping_gross=d("4.95"),
            shipping_rate=d("0"),
            reference="REF-O2",
            invoice="INV1",
            cancelled=True,
            shipping_vat=d("0.82"),
            charges_gross=d("12.00"),
            charges_vat=d("2.00"),
        )
        assert made.paid == draft().total
        assert (sale_of(draft()).invoice, sale_of(draft()).cancelled) == ("", False)

    def test_credit_notes_from_elsewhere_are_told(self) -> None:
        """Domain §8: a refund starts in the channel; one that the ERP started is reported."""
        told = made_elsewhere([note("R9"), note("", code="CN7")], ["R9"])

        assert [(reason.type, reason.entity) for reason in told] == [(ExceptionType.REFUND_UNMATCHED, "CN7")]
        assert told[0].message == "Credit note CN7 for order O2 belongs to no refund of the channel."
        assert told[0].evidence == {"order": "O2", "credit_note": "CN7", "refund": ""}

    @pytest.mark.parametrize(
        ("event", "sale", "why"),
        [
            (refund(line(1, "5.00"), state=RefundState.WITHDRAWN), SALE, "the channel has withdrawn refund R9"),
            (
                refund(line(1, "5.00"), state=RefundState.AWAITING_PAYMENT),
                SALE,
                "the channel has not paid refund R9 yet",
            ),
            (refund(line(1, "5.00")), None, "Order O2 of refund R9 is not in the ERP yet."),
            (
                refund(line(1, "5.00")),
                attrs.evolve(SALE, cancelled=True, invoice=""),
                "order O2 was cancelled before it was invoiced: there is nothing to credit",
            ),
        ],
    )
    def test_every_wait_says_why(self, event: RefundEvent, sale: Sale | None, why: str) -> None:
        """In a sentence, with ids."""
        made = credit_note_for(event, sale=sale)

        assert isinstance(made, Held)
        assert made.why == why

    def test_impossible_records_are_refused(self) -> None:
        """By field and rule, when they are made."""
        with pytest.raises(ValueError, match=r"^lines: amount of line 1: 0\.001 is not in whole minor units of GBP"):
            refund(line(1, "0.001"))
        with pytest.raises(ValueError, match=r"^lines: shipping_tax of the order: 0\.001 is not in whole"):
            refund(RefundLine(shipping=d("4.95"), shipping_tax=d("0.001")))
        with pytest.raises(ValueError, match="aware"):
            attrs.evolve(refund(line(1, "1.00")), at=datetime(2026, 3, 2))  # noqa: DTZ001 - naive on purpose
        with pytest.raises(ValueError, match="refund_id must not be blank"):
            refund(line(1, "1.00"), refund_id=" ")
        with pytest.raises(ValueError, match="has a line twice: 1, 1"):
            attrs.evolve(SALE, lines=(sold(1, "1.00"), sold(1, "2.00")))
        with pytest.raises(ValueError, match=r"^lines: gross of line 1: 1\.005 is not in whole"):
            attrs.evolve(SALE, lines=(sold(1, "1.005"),))
        with pytest.raises(ValueError, match="vat_rate must be 0 to 100 per cent"):
            sold(1, "1.00", "120")
        with pytest.raises(ValueError, match=r"shipping_gross: 0\.001 is not"):
            attrs.evolve(SALE, shipping_gross=d("0.001"))
        with pytest.raises(ValueError, match=r"0\.001 is not in whole"):
            note("R1", 1, "0.001")
        with pytest.raises(ValueError, match=r"^lines: vat of line 1: 0\.001 is not in whole"):
            attrs.evolve(SALE, lines=(attrs.evolve(sold(1, "1.00"), vat=d("0.001")),))
        with pytest.raises(ValueError, match=r"vat of line 1 must be a part of 1\.00, not 1\.01"):
            attrs.evolve(sold(1, "1.00"), vat=d("1.01"))
        with pytest.raises(ValueError, match=r"vat of line 1 must be a part of -1\.00, not 0\.01"):
            CreditedLine(line_id=LineId("1"), gross=d("-1.00"), vat=d("0.01"))
        with pytest.raises(ValueError, match=r"0\.001 is not in whole"):
            attrs.evolve(SALE, lines=(attrs.evolve(sold(1, "1.00"), vat=d("0.001")),))
        with pytest.raises(ValueError, match=r"0\.001 is not in whole"):
            attrs.evolve(note("R1"), lines=(CreditedLine(line_id=LineId("1"), gross=d("1.00"), vat=d("0.001")),))
        for record in (SALE, note("R1", shipping="4.95")):
            with pytest.raises(ValueError, match=r"shipping_vat must be a part of 4\.95, not 5\.00"):
                attrs.evolve(record, shipping_vat=d("5.00"))
            with pytest.raises(ValueError, match=r"^shipping_vat: 0\.001 is not in whole"):
                attrs.evolve(record, shipping_vat=d("0.001"))
        with pytest.raises(ValueError, match=r"charges_vat: 0\.001 is not in whole"):
            attrs.evolve(SALE, charges_vat=d("0.001"))
