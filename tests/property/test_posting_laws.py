"""Laws of posting: whatever was posted before, the ledger ends up with what the statement says, once."""

import random
from datetime import date
from decimal import Decimal

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.journals import Entry, Journal, plan_posting, undo

law = settings(deadline=None, max_examples=120)
DATED = date(2026, 3, 31)
NIL = Decimal(0)


@st.composite
def journals(draw: st.DrawFn, label: str = "") -> Journal:
    """A balanced journal of S-77 over few accounts and amounts, so that figures repeat."""
    pence = draw(st.lists(st.integers(-3, 3).filter(bool), min_size=1, max_size=4))
    pairs = [(draw(st.sampled_from("ABC")), units) for units in pence] + [("bank", -sum(pence))]
    return Journal(
        statement_id="S-77",
        currency=draw(st.sampled_from(["GBP", "EUR"])),
        dated=DATED,
        entries=tuple(
            Entry(
                account=account,
                debit=Decimal(max(units, 0)),
                credit=Decimal(max(-units, 0)),
                vat_code=draw(st.sampled_from(["", "T1"])),
                memo=draw(st.sampled_from(["sale", "fee"])),
            )
            for account, units in pairs
            if units
        ),
        label=label,
    )


def net(posted: list[Journal]) -> dict[tuple[str, str, str], Decimal]:
    found: dict[tuple[str, str, str], Decimal] = {}
    for journal in posted:
        for entry in journal.entries:
            key = (journal.currency, entry.account, entry.vat_code)
            found[key] = found.get(key, NIL) + entry.debit - entry.credit
    return {key: amount for key, amount in found.items() if amount}


@law
@given(st.lists(journals(), min_size=1, max_size=5), st.integers())
def test_restated_over_and_over(versions: list[Journal], seed: int) -> None:
    """After each plan the ledger says what the last version says; the same version again posts nothing, in whatever
    order the ledger hands its journals over.
    """
    ledger: list[Journal] = []
    for version in versions:
        ledger += plan_posting(version, posted=ledger).journals

        assert net(ledger) == net([version])
        assert plan_posting(version, posted=random.Random(seed).sample(ledger, len(ledger))).journals == ()
    assert len({journal.ref for journal in ledger}) == len(ledger)


@law
@given(st.lists(journals(), max_size=6), st.lists(st.booleans(), min_size=6, max_size=6), journals())
def test_whatever_was_posted(chaos: list[Journal], labelled: list[bool], journal: Journal) -> None:
    """Reclassifications, entries by hand, the same twice: one plan brings the ledger to the statement's own effect,
    unless the statement's own journal stands unchanged among them; undoing brings it to nothing.
    """
    posted = [
        attrs.evolve(each, label=f"by hand {number}" if labelled[number] else "") for number, each in enumerate(chaos)
    ]
    plan = plan_posting(journal, posted=posted)

    assert net([*posted, *undo(posted, dated=DATED)]) == {}
    assert undo([*posted, *undo(posted, dated=DATED)], dated=DATED) == ()
    if "same figures" not in plan.why:
        assert net([*posted, *plan.journals]) == net([journal])
    assert plan_posting(journal, posted=[*posted, *plan.journals]).journals == ()
