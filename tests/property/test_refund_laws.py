"""Laws of refunds: never more than was sold, net and VAT are the gross, one credit note per refund."""

from decimal import Decimal

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.orders import TaxMode
from khaos_connectors.core.refunds import (
    CreditNote,
    CreditNoteDraft,
    Held,
    NextStep,
    RefundPolicy,
    RefundState,
    Sale,
    credit_note_for,
)
from khaos_connectors.testing.settlement_strategies import refund_events, sales

law = settings(deadline=None, max_examples=120)
NIL = Decimal(0)


def credited(notes: list[CreditNote], line_id: str) -> Decimal:
    return sum((each.gross for note in notes for each in note.lines if each.line_id == line_id), NIL)


def within(sale: Sale, notes: list[CreditNote]) -> bool:
    lines = all(credited(notes, line.line_id) <= line.gross for line in sale.lines)
    return lines and sum((note.shipping for note in notes), NIL) <= sale.shipping_gross


@law
@given(st.data(), sales(), st.booleans().map(lambda early: RefundPolicy(draft_early=early)))
def test_never_more_than_was_sold(data: st.DataObject, sale: Sale, policy: RefundPolicy) -> None:
    """However many refunds come, in whatever order: per line and for shipping, and each refund once."""
    notes: list[CreditNote] = []
    for _ in range(data.draw(st.integers(1, 6))):
        refund = data.draw(refund_events(sale))
        made = credit_note_for(refund, sale=sale, earlier=notes, policy=policy)
        if isinstance(made, CreditNoteDraft):
            notes = [note for note in notes if note.refund_id != made.refund_id]
            notes.append(made.as_note(f"CN{len(notes)}"))
        assert within(sale, notes)
        assert len({note.refund_id for note in notes}) == len(notes)


@law
@given(st.data(), sales())
def test_net_and_vat_are_the_gross(data: st.DataObject, sale: Sale) -> None:
    """A draft credits exactly what was refunded, all of it, to the penny."""
    refund = data.draw(refund_events(sale))
    made = credit_note_for(refund, sale=sale)
    if not isinstance(made, CreditNoteDraft):
        return

    assert all(line.net + line.vat == line.gross and line.net >= 0 and line.vat >= 0 for line in made.lines)
    assert made.as_note("CN1").total == made.total
    stated = sum((line.amount + line.shipping for line in refund.lines), NIL)
    if refund.tax_mode is TaxMode.INCLUDED:
        assert made.total == stated
    else:
        assert sum((line.net for line in made.lines), NIL) + made.shipping_net == stated


@law
@given(st.data(), sales())
def test_a_refund_is_credited_once(data: st.DataObject, sale: Sale) -> None:
    """The same refund again gives nothing, whatever its state is by then."""
    refund = data.draw(refund_events(sale))
    made = credit_note_for(refund, sale=sale)
    if not isinstance(made, CreditNoteDraft):
        return
    state = data.draw(st.sampled_from([state for state in RefundState if state is not RefundState.UNKNOWN]))
    again = credit_note_for(attrs.evolve(refund, state=state), sale=sale, earlier=[made.as_note("CN1")])

    assert isinstance(again, Held)
    assert again.step is NextStep.NOTHING


@law
@given(st.data(), sales())
def test_whoever_waits_is_told_why(data: st.DataObject, sale: Sale) -> None:
    """No credit note without a reason, and what a person decides has an item of work."""
    made = credit_note_for(data.draw(refund_events(sale)), sale=sale)

    if isinstance(made, Held):
        assert made.why
        assert made.step is not NextStep.DECIDE or made.reasons


@law
@given(st.data(), sales())
def test_a_quantity_changes_no_amount(data: st.DataObject, sale: Sale) -> None:
    """Credited is the amount; the quantity is passed on."""
    refund = data.draw(refund_events(sale))
    bare = attrs.evolve(refund, lines=tuple(attrs.evolve(line, quantity=None) for line in refund.lines))
    made, other = credit_note_for(refund, sale=sale), credit_note_for(bare, sale=sale)

    assert type(made) is type(other)
    if isinstance(made, CreditNoteDraft) and isinstance(other, CreditNoteDraft):
        assert made.total == other.total
