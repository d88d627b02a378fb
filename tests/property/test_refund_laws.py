"""Laws of refunds: never more than was paid, the parts of a sale are the sale, each refund comes to one end."""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from itertools import pairwise

import attrs
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from khaos_connectors.core.ids import AccountId, LineId, StockCode
from khaos_connectors.core.order_mapping import Mapped, map_order
from khaos_connectors.core.order_policy import OrderPolicy
from khaos_connectors.core.orders import ChannelOrder, Charge, ChargeKind, TaxMode
from khaos_connectors.core.refunds import (
    CreditNote,
    CreditNoteDraft,
    Held,
    NextStep,
    RefundEvent,
    RefundLine,
    RefundPolicy,
    RefundState,
    Sale,
    credit_note_for,
    sale_of,
)
from khaos_connectors.core.vat import split_gross
from khaos_connectors.testing.order_flow_strategies import charges
from khaos_connectors.testing.order_strategies import channel_orders, targets_of
from khaos_connectors.testing.settlement_strategies import refund_events, sales

law = settings(deadline=None, max_examples=120)
NIL = Decimal(0)
EARLY = st.booleans().map(lambda early: RefundPolicy(draft_early=early))
MODES = st.sampled_from(TaxMode)


def pence(amount: Decimal) -> int:
    return int(amount * 100)


def pounds(units: int) -> Decimal:
    return Decimal(units).scaleb(-2)


# --- what a sale consists of, by the rule and not by the code ------------------------------------------------------


def vat_of(sale: Sale, line_id: str | None) -> Decimal:
    """The VAT in a line, or in the shipping (None): the ERP's, else what the rate makes of it."""
    if line_id is None:
        rate, gross, told = sale.shipping_rate, sale.shipping_gross, sale.shipping_vat
    else:
        line = next(line for line in sale.lines if line.line_id == line_id)
        rate, gross, told = line.vat_rate, line.gross, line.vat
    return split_gross(gross, rate).vat if told is None else told


def gross_of(sale: Sale, line_id: str | None) -> Decimal:
    if line_id is None:
        return sale.shipping_gross
    return next(line.gross for line in sale.lines if line.line_id == line_id)


def parts_of(sale: Sale) -> list[LineId | None]:
    return [*(line.line_id for line in sale.lines), None]


def credited(notes: Sequence[CreditNote], line_id: str) -> Decimal:
    return sum((each.gross for note in notes for each in note.lines if each.line_id == line_id), NIL)


def within(sale: Sale, notes: Sequence[CreditNote]) -> bool:
    """No part beyond what was sold, and all together not beyond what was paid."""
    lines = all(credited(notes, line.line_id) <= line.gross for line in sale.lines)
    shipping = sum((note.shipping for note in notes), NIL) <= sale.shipping_gross
    paid = sum((line.gross for line in sale.lines), sale.shipping_gross) + sale.charges_gross
    return lines and shipping and sum((note.total for note in notes), NIL) <= paid


def replaced(notes: Sequence[CreditNote], made: CreditNoteDraft) -> list[CreditNote]:
    """The ERP's notes once *made* is there: it takes the place of a draft for the same refund."""
    kept = [note for note in notes if note.refund_id != made.refund_id]
    return [*kept, made.as_note(f"CN-{made.refund_id}")]


# --- a history -----------------------------------------------------------------------------------------------------


@st.composite
def later(draw: st.DrawFn, sale: Sale, known: Sequence[RefundEvent]) -> RefundEvent:
    """A new refund, the same once more, one that went on, or one that says something else by now."""
    new = draw(refund_events(sale))
    if not known or draw(st.booleans()):
        return new
    before = draw(st.sampled_from(known))
    kind = draw(st.sampled_from(["again", "went on", "restated"]))
    if kind == "again":
        return before
    if kind == "went on":
        return attrs.evolve(before, state=draw(st.sampled_from(RefundState)))
    return attrs.evolve(before, lines=new.lines, tax_mode=new.tax_mode)


def end_of(refund: RefundEvent, made: CreditNoteDraft | Held, notes: Sequence[CreditNote]) -> str:
    """The one end that *refund* came to. Fails where it is none, or a silent one."""
    own = [note for note in notes if note.refund_id == refund.refund_id]
    if isinstance(made, CreditNoteDraft):
        assert made.complete == (refund.state is RefundState.REFUNDED)
        assert not any(note.complete for note in own), "credited twice"
        return "note"
    assert made.why
    if made.step is NextStep.DECIDE:
        assert made.reasons, "nobody is told"
        return "exception"
    if made.step is NextStep.NOTHING:
        gone = refund.state is RefundState.WITHDRAWN
        assert gone != bool(own), "withdrawn after its note, or done without one"
        if own and refund.tax_mode is TaxMode.INCLUDED:
            assert own[0].total == sum((line.amount + line.shipping for line in refund.lines), NIL), "changed since"
        return "done"
    assert not own or not own[0].complete or refund.state is RefundState.UNKNOWN
    return "wait"


@law
@given(st.data(), sales(), EARLY)
def test_every_history_keeps_within_what_was_paid(data: st.DataObject, sale: Sale, policy: RefundPolicy) -> None:
    """Whatever comes, in whatever order: partial, repeated, restated, withdrawn, of carriage, after a discount.

    Per line, for shipping and for the order no more is credited than was paid, and every refund comes to exactly one
    end that says why. The same news again changes nothing.
    """
    notes: list[CreditNote] = []
    known: list[RefundEvent] = []
    for _ in range(data.draw(st.integers(1, 6))):
        refund = data.draw(later(sale, known))
        known.append(refund)
        made = credit_note_for(refund, sale=sale, earlier=notes, policy=policy)
        end = end_of(refund, made, notes)
        if isinstance(made, CreditNoteDraft):
            notes = replaced(notes, made)
        assert within(sale, notes)
        assert len({note.refund_id for note in notes}) == len(notes)
        again = credit_note_for(refund, sale=sale, earlier=notes, policy=policy)
        assert isinstance(again, Held)
        assert again == made or (end == "note" and again.step is NextStep.NOTHING)


@law
@given(st.data(), sales(), EARLY)
def test_planning_all_refunds_comes_to_rest(data: st.DataObject, sale: Sale, policy: RefundPolicy) -> None:
    """Going over all refunds again and again makes no more notes than there are refunds, then none."""
    latest = {each.refund_id: each for each in data.draw(st.lists(refund_events(sale), max_size=4))}
    notes: list[CreditNote] = []
    for _ in range(len(latest) + 1):
        before = notes
        for refund in latest.values():
            made = credit_note_for(refund, sale=sale, earlier=notes, policy=policy)
            if isinstance(made, CreditNoteDraft):
                notes = replaced(notes, made)
        if notes == before:
            break

    assert all(
        isinstance(credit_note_for(refund, sale=sale, earlier=notes, policy=policy), Held) for refund in latest.values()
    )


# --- the sale of an order ------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(
    channel_orders().filter(lambda order: order.tax_mode is TaxMode.INCLUDED),
    st.lists(charges(), max_size=3),
    st.sampled_from([None, StockCode("POST")]),
)
def test_a_sale_is_all_that_the_customer_paid(
    order: ChannelOrder, beside: list[Charge], shipping_code: StockCode | None
) -> None:
    """Discounts, fees, carriage of lines and order, rounding: what was paid is the draft's total, with its VAT.

    All carriage can be given back, and never more of it; nor more than was paid.
    """
    codes = {code: StockCode(code) for code in ("PROMO", "GIFT-WRAP", "CARRIAGE")}
    policy = OrderPolicy(
        charge_codes=codes, shipping_code=shipping_code, vat_rates={codes["PROMO"]: Decimal(5)}, allow_zero_price=True
    )
    charged = attrs.evolve(order, charges=tuple(beside), total=order.total + sum((each.amount for each in beside), NIL))
    mapped = map_order(charged, targets=targets_of(charged), policy=policy)
    assume(isinstance(mapped, Mapped))
    assert isinstance(mapped, Mapped)
    sale = sale_of(mapped.draft, invoice="INV-1")

    assert sale.paid == mapped.draft.total
    listed = sum((line.vat for line in mapped.draft.lines), mapped.draft.shipping_vat)
    assert sum((vat_of(sale, part) for part in parts_of(sale)), sale.charges_vat) == listed
    posted = sum((each.amount for each in beside if each.kind is ChargeKind.SHIPPING), NIL)
    carriage = mapped.draft.shipping_gross + sum(
        (line.gross for line in mapped.draft.lines if line.stock_code == shipping_code), NIL
    )
    assert sale.shipping_gross == carriage + posted
    for asked in (sale.shipping_gross, sale.shipping_gross + pounds(1)):
        refund = RefundEvent(
            account=order.account,
            refund_id="R1",
            order_id=sale.order_id,
            state=RefundState.REFUNDED,
            currency=sale.currency,
            lines=(RefundLine(shipping=asked),),
        )
        made = credit_note_for(refund, sale=sale)
        assert isinstance(made, CreditNoteDraft) == (NIL < asked <= min(sale.shipping_gross, sale.paid))


# --- one refund ----------------------------------------------------------------------------------------------------


@st.composite
def fitting(draw: st.DrawFn) -> tuple[Sale, RefundEvent]:
    """A sale with an invoice, and a paid refund on it that may well be credited."""
    sale = attrs.evolve(draw(sales()), invoice="INV-1")
    sold = draw(st.sampled_from(sale.lines))
    amount = pounds(draw(st.integers(1, max(1, pence(sold.gross) // 2))))
    tax = draw(st.one_of(st.none(), st.integers(0, pence(amount)).map(pounds)))
    refund = RefundEvent(
        account=AccountId("john-lewis"),
        refund_id="R1",
        order_id=sale.order_id,
        state=RefundState.REFUNDED,
        currency=sale.currency,
        lines=(RefundLine(line_id=sold.line_id, amount=amount, tax=tax, quantity=draw(st.integers(0, 3))),),
        tax_mode=draw(MODES),
    )
    return sale, refund


@law
@given(fitting())
def test_net_and_vat_are_the_gross(drawn: tuple[Sale, RefundEvent]) -> None:
    """A draft credits exactly what was refunded, all of it, to the penny."""
    sale, refund = drawn
    made = credit_note_for(refund, sale=sale)
    if not isinstance(made, CreditNoteDraft):
        return

    assert all(line.net + line.vat == line.gross and line.net >= 0 and line.vat >= 0 for line in made.lines)
    assert made.as_note("CN1").total == made.total == made.net + made.vat
    stated = sum((line.amount + line.shipping for line in refund.lines), NIL)
    assert stated == (made.total if refund.tax_mode is TaxMode.INCLUDED else made.net)


@law
@given(fitting(), st.sampled_from(RefundState))
def test_a_refund_is_credited_once(drawn: tuple[Sale, RefundEvent], state: RefundState) -> None:
    """The same refund again gives nothing, whatever its state is by then; a person hears of it if it was withdrawn."""
    sale, refund = drawn
    made = credit_note_for(refund, sale=sale)
    if not isinstance(made, CreditNoteDraft):
        return
    again = credit_note_for(attrs.evolve(refund, state=state), sale=sale, earlier=[made.as_note("CN1")])
    steps = {RefundState.WITHDRAWN: NextStep.DECIDE, RefundState.UNKNOWN: NextStep.WAIT}

    assert isinstance(again, Held)
    assert again.step is steps.get(state, NextStep.NOTHING)


@law
@given(fitting(), st.integers(1, 500))
def test_a_changed_amount_is_told(drawn: tuple[Sale, RefundEvent], more: int) -> None:
    """A refund that asks for something else after its credit note is a person's work, with both amounts."""
    sale, refund = drawn
    made = credit_note_for(refund, sale=sale)
    if not isinstance(made, CreditNoteDraft):
        return
    line = refund.lines[0]
    other = attrs.evolve(refund, lines=(attrs.evolve(line, amount=line.amount + pounds(more)),))
    told = credit_note_for(other, sale=sale, earlier=[made.as_note("CN1")])

    assert isinstance(told, Held)
    assert told.step is NextStep.DECIDE
    evidence = told.reasons[0].evidence
    stated = line.tax is not None and refund.tax_mode is TaxMode.EXCLUDED
    asked = line.amount + pounds(more) + (line.tax or NIL if stated else NIL)
    assert str(asked) in evidence["now"]
    assert str(made.net if refund.tax_mode is TaxMode.EXCLUDED and not stated else made.total) in evidence["credited"]


@law
@given(fitting())
def test_a_quantity_changes_no_amount(drawn: tuple[Sale, RefundEvent]) -> None:
    """Credited is the amount; the quantity is passed on."""
    sale, refund = drawn
    bare = attrs.evolve(refund, lines=tuple(attrs.evolve(line, quantity=None) for line in refund.lines))
    made, other = credit_note_for(refund, sale=sale), credit_note_for(bare, sale=sale)

    assert type(made) is type(other)
    if isinstance(made, CreditNoteDraft) and isinstance(other, CreditNoteDraft):
        assert (made.net, made.vat) == (other.net, other.vat)


@law
@given(st.data(), sales(), EARLY)
def test_nothing_depends_on_the_callers_decimal_context(data: st.DataObject, sale: Sale, policy: RefundPolicy) -> None:
    """The same answer, notes and totals with three digits of precision."""
    refunds = data.draw(st.lists(refund_events(sale), min_size=1, max_size=4))

    def told() -> list[str]:
        notes: list[CreditNote] = []
        seen = [f"{sale.paid}"]
        for refund in refunds:
            made = credit_note_for(refund, sale=sale, earlier=notes, policy=policy)
            seen.append(repr(made))
            if isinstance(made, CreditNoteDraft):
                notes = replaced(notes, made)
                seen.append(f"{made.net} {made.vat} {made.total} {notes[-1]} {notes[-1].total}")
        return seen

    usual = told()
    with localcontext(prec=3):
        assert told() == usual


# --- the parts of a sale are the sale ------------------------------------------------------------------------------


@st.composite
def cuts(draw: st.DrawFn, units: int) -> list[int]:
    """*units* in one to five pieces, none of them nothing."""
    at = draw(st.sets(st.integers(1, units - 1), max_size=4)) if units > 1 else set[int]()
    edges = [0, *sorted(at), units]
    return [high - low for low, high in pairwise(edges) if high > low]


@st.composite
def in_parts(draw: st.DrawFn, amounts: dict[LineId | None, int], mode: TaxMode, sale: Sale) -> list[RefundEvent]:
    """All of *amounts* (minor units by part) given back, in pieces, in any order, a few to a refund."""
    pieces = [(part, piece) for part, units in amounts.items() for piece in draw(cuts(units))]
    refunds: list[RefundEvent] = []
    rest = draw(st.permutations(pieces))
    while rest:
        some = draw(st.integers(1, 3))
        rows = tuple(
            RefundLine(shipping=pounds(units)) if part is None else RefundLine(line_id=part, amount=pounds(units))
            for part, units in rest[:some]
        )
        rest = rest[some:]
        refunds.append(
            RefundEvent(
                account=AccountId("john-lewis"),
                refund_id=f"R{len(refunds)}",
                order_id=sale.order_id,
                state=RefundState.REFUNDED,
                currency=sale.currency,
                lines=rows,
                tax_mode=mode,
            )
        )
    return refunds


def credit_all(refunds: Sequence[RefundEvent], sale: Sale) -> tuple[list[CreditNoteDraft], list[CreditNote]]:
    made: list[CreditNoteDraft] = []
    notes: list[CreditNote] = []
    for refund in refunds:
        one = credit_note_for(refund, sale=sale, earlier=notes)
        assert isinstance(one, CreditNoteDraft), one
        made.append(one)
        notes = replaced(notes, one)
    return made, notes


@law
@given(st.data(), sales(), MODES)
def test_the_parts_of_a_sale_are_the_sale(data: st.DataObject, sale: Sale, mode: TaxMode) -> None:
    """Any division of a full refund has net and VAT of the sale, per line and for shipping, to the penny."""
    whole = attrs.evolve(sale, invoice="INV-1", charges_gross=NIL)
    amounts = {
        part: pence(gross_of(whole, part) - (vat_of(whole, part) if mode is TaxMode.EXCLUDED else NIL))
        for part in parts_of(whole)
    }
    if mode is TaxMode.EXCLUDED:
        # A part that is all tax has no net amount that could be refunded.
        whole = attrs.evolve(
            whole,
            lines=tuple(
                line if amounts[line.line_id] else attrs.evolve(line, gross=NIL, vat=None) for line in whole.lines
            ),
            shipping_gross=whole.shipping_gross if amounts[None] else NIL,
            shipping_vat=whole.shipping_vat if amounts[None] else None,
        )
    some = {part: units for part, units in amounts.items() if units}
    made, _notes = credit_all(data.draw(in_parts(some, mode, whole)), whole)

    for line in whole.lines:
        of_line = [each for one in made for each in one.lines if each.line_id == line.line_id]
        assert sum((each.vat for each in of_line), NIL) == vat_of(whole, line.line_id)
        assert sum((each.gross for each in of_line), NIL) == line.gross
    assert sum((one.shipping_vat for one in made), NIL) == vat_of(whole, None)
    assert sum((one.total for one in made), NIL) == whole.paid


@law
@given(st.data(), sales().filter(lambda sale: all(line.vat is None for line in sale.lines)), MODES)
def test_a_part_is_within_a_penny_of_its_rate(data: st.DataObject, sale: Sale, mode: TaxMode) -> None:
    """Where the sale has the tax of its rates, each part has it too, to the penny, however many there are."""
    whole = attrs.evolve(sale, invoice="INV-1", charges_gross=NIL, shipping_gross=NIL, shipping_vat=None)
    amounts = {
        line.line_id: pence(line.gross - (vat_of(whole, line.line_id) if mode is TaxMode.EXCLUDED else NIL))
        for line in whole.lines
        if line.gross
    }
    made, _notes = credit_all(data.draw(in_parts(dict(amounts), mode, whole)), whole)

    for one in made:
        assert one.notes == ()
        for each in one.lines:
            assert abs(each.vat - split_gross(each.gross, each.vat_rate).vat) <= Decimal("0.01")


@law
@given(st.data(), sales())
def test_after_a_discount_all_that_was_paid_is_the_sale(data: st.DataObject, sale: Sale) -> None:
    """Lines at any rates and a discount: all that was paid, given back in parts, has the VAT of all that was paid.

    So too where the ERP does not tell the VAT of its notes. After that not a penny more is credited.
    """
    untold = data.draw(st.booleans())
    sale = attrs.evolve(sale, invoice="INV-1", charges_gross=min(NIL, sale.charges_gross))
    lines = [(part, pence(gross_of(sale, part))) for part in data.draw(st.permutations(parts_of(sale)))]
    left, amounts = pence(sale.paid), dict[LineId | None, int]()
    for part, units in lines:
        if take := min(units, left):
            amounts[part], left = take, left - take
    notes: list[CreditNote] = []
    total = NIL
    for refund in data.draw(in_parts(amounts, TaxMode.INCLUDED, sale)):
        made = credit_note_for(refund, sale=sale, earlier=notes)
        assert isinstance(made, CreditNoteDraft), made
        total += made.vat
        note = made.as_note(made.refund_id)
        bare = tuple(attrs.evolve(line, vat=None) for line in note.lines)
        notes.append(attrs.evolve(note, lines=bare, shipping_vat=None) if untold else note)

    listed = sum((vat_of(sale, part) for part in parts_of(sale)), NIL)
    gross = sale.paid - sale.charges_gross
    off = listed * sale.charges_gross / gross if gross else NIL
    assert sum((note.total for note in notes), NIL) == sale.paid
    assert abs(total - (listed + off)) <= Decimal("0.005")
    for part in parts_of(sale):
        row = RefundLine(shipping=pounds(1)) if part is None else RefundLine(line_id=part, amount=pounds(1))
        last = RefundEvent(
            account=AccountId("john-lewis"),
            refund_id="one more",
            order_id=sale.order_id,
            state=RefundState.REFUNDED,
            currency=sale.currency,
            lines=(row,),
        )
        more = credit_note_for(last, sale=sale, earlier=notes)
        assert isinstance(more, Held)
        assert more.step is NextStep.DECIDE
