"""From a channel's refund to a credit note: by amount, within what was sold, once."""

from datetime import UTC, datetime
from decimal import Decimal

import attrs
import pytest

from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import AccountId, LineId, OrderId, OrderRef, StockCode
from khaos_connectors.core.orders import Address, DraftLine, ErpOrderDraft, TaxMode
from khaos_connectors.core.refunds import (
    CreditedLine,
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
        """Domain §8: credited at REFUNDED; a policy may make a draft earlier."""
        event = refund(line(1, "5.00"), state=state)
        early = credit_note_for(event, sale=SALE, policy=RefundPolicy(draft_early=True))

        assert held(event) == (NextStep.WAIT, [])
        assert isinstance(early, CreditNoteDraft)
        assert not early.complete

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


class TestRecords:
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
        """Lines by the channel's line id, shipping as a whole; a line of no channel line is left out."""
        made = sale_of(draft(), invoice="INV1", cancelled=True, shipping_rate=d("0"))

        assert made == Sale(
            order_id=OrderId("O2"),
            currency="GBP",
            lines=(SoldLine(line_id=LineId("1"), stock_code=StockCode("S1"), gross=d("12.00"), vat_rate=d("20")),),
            shipping_gross=d("4.95"),
            shipping_rate=d("0"),
            reference="REF-O2",
            invoice="INV1",
            cancelled=True,
        )
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
        with pytest.raises(ValueError, match=r"0\.001 is not in whole minor units of GBP"):
            refund(line(1, "0.001"))
        with pytest.raises(ValueError, match="aware"):
            attrs.evolve(refund(line(1, "1.00")), at=datetime(2026, 3, 2))  # noqa: DTZ001 - naive on purpose
        with pytest.raises(ValueError, match="refund_id must not be blank"):
            refund(line(1, "1.00"), refund_id=" ")
        with pytest.raises(ValueError, match="has a line twice: 1, 1"):
            attrs.evolve(SALE, lines=(sold(1, "1.00"), sold(1, "2.00")))
        with pytest.raises(ValueError, match=r"1\.005 is not in whole"):
            attrs.evolve(SALE, lines=(sold(1, "1.005"),))
        with pytest.raises(ValueError, match="vat_rate must be 0 to 100 per cent"):
            sold(1, "1.00", "120")
        with pytest.raises(ValueError, match=r"shipping_gross: 0\.001 is not"):
            attrs.evolve(SALE, shipping_gross=d("0.001"))
        with pytest.raises(ValueError, match=r"0\.001 is not in whole"):
            note("R1", 1, "0.001")
