"""Laws of settlements: every line in one place, to the penny, whatever the sequence, the cycle or the context."""

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Context, Decimal, localcontext

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.ids import OrderId
from khaos_connectors.core.journals import Journal, journal_for, plan_posting, reclassify, reverse
from khaos_connectors.core.refunds import CreditedLine
from khaos_connectors.core.settlement import (
    Expected,
    ExpectedOrder,
    FeeRule,
    LineClass,
    LineKind,
    MatchStatus,
    Meaning,
    Reconciliation,
    SettlementLine,
    Statement,
    Tolerance,
    match,
    not_settled,
    overpaid,
    tie_out,
)
from khaos_connectors.core.vat_treatment import check_vat
from khaos_connectors.testing.settlement_strategies import (
    ACCOUNTS,
    Settlement,
    expected_orders,
    settlements,
    statement_of,
)

law = settings(deadline=None, max_examples=80)
PENNY, NIL = Decimal("0.01"), Decimal(0)


def run(settlement: Settlement) -> Reconciliation:
    return match(
        settlement.lines,
        orders=settlement.orders,
        credit_notes=settlement.credit_notes,
        fees=settlement.fees,
        seen=settlement.seen,
    )


def posted(found: Reconciliation) -> Journal:
    return journal_for(found, accounts=ACCOUNTS, statement=statement_of(found))


def net(journal: Journal) -> Counter[tuple[str, str]]:
    """What a journal does to each account and VAT code: debits less credits."""
    sums: Counter[tuple[str, str]] = Counter()
    for entry in journal.entries:
        sums[entry.account, entry.vat_code] += entry.debit - entry.credit
    return sums


def without_sequence(found: Reconciliation) -> tuple[Counter[object], object, object]:
    """What a reconciliation says, whatever the sequence of its lines."""
    told = [(repr(r.line), r.status, r.rule, r.target, r.difference, r.outstanding, r.order_id) for r in found.results]
    reasons = [(reason.type, reason.entity, reason.message) for reason in found.reasons]
    return Counter([*told, *reasons]), found.orders, found.credit_notes


# --- the laws of domain §12 ------------------------------------------------------------------------------------------


@law
@given(settlements())
def test_statuses_partition_the_lines(settlement: Settlement) -> None:
    """Every line has one status; over all statuses the amounts are the raw sum, without duplicates the statement's."""
    found = run(settlement)

    assert [result.line for result in found.results] == list(settlement.lines)
    by_status = {status: found.of(status) for status in MatchStatus}
    assert sum(len(results) for results in by_status.values()) == len(settlement.lines)
    assert sum(found.amount(status) for status in MatchStatus) == sum(line.amount for line in settlement.lines)
    assert found.amount() == sum(line.amount for line in settlement.lines) - found.amount(MatchStatus.DUPLICATE)
    assert tie_out(found, statement=statement_of(found)).may_post


@law
@given(settlements())
def test_what_is_not_matched_is_told(settlement: Settlement) -> None:
    """Each unmatched line and each duplicate has a reason, and no other line has one."""
    found = run(settlement)

    for result in found.results:
        loose = result.status in (MatchStatus.UNMATCHED, MatchStatus.DUPLICATE)
        assert (result.reason is not None) is loose
        assert result.reason is None or result.reason in found.reasons


@law
@given(settlements(), st.integers(0, 500).map(lambda pence: Decimal(pence).scaleb(-2)))
def test_debits_are_credits(settlement: Settlement, closing: Decimal) -> None:
    """The journal balances to the penny, is what its backing says, and the bank gets the payout."""
    found = run(settlement)
    statement = statement_of(found, closing=closing)
    journal = journal_for(found, accounts=ACCOUNTS, statement=statement)

    assert sum(entry.debit for entry in journal.entries) == sum(entry.credit for entry in journal.entries)
    backing: Counter[tuple[str, str]] = Counter()
    for posting in journal.backing:
        backing[posting.account, posting.vat_code] += posting.debit - posting.credit
    assert net(journal) == backing
    if journal.entries:
        assert net(journal)["1200", ""] == statement.payout
        rounding = sum((result.difference for result in found.rounding), NIL)
        assert net(journal)["7905", ""] == -rounding
        assert net(journal)["9998", ""] == -found.amount(MatchStatus.UNMATCHED)


@law
@given(settlements())
def test_posting_then_reversing_is_zero(settlement: Settlement) -> None:
    """On every account and VAT code."""
    journal = posted(run(settlement))
    both = net(journal)
    both.update(net(reverse(journal)))

    assert not any(both.values())


@law
@given(settlements())
def test_the_clearing_balance_is_what_is_outstanding(settlement: Settlement) -> None:
    """Invoices less credit notes, less what the journal clears, is the sum of the outstanding orders."""
    found = run(settlement)
    before = sum((balance.outstanding for balance in attrs.evolve(found, **was(settlement)).balances), NIL)
    cleared = sum(amount for (account, _), amount in net(posted(found)).items() if account == "1105")

    assert sum((balance.outstanding for balance in found.balances), NIL) == before + cleared


def was(settlement: Settlement) -> dict[str, object]:
    return {"orders": settlement.orders, "credit_notes": settlement.credit_notes}


@law
@given(settlements(), expected_orders(order_id="O77"), st.integers(0, 3))
def test_an_unrelated_order_changes_no_match(settlement: Settlement, other: ExpectedOrder, place: int) -> None:
    """Whatever it is owed, and wherever it stands among the candidates."""
    unrelated = attrs.evolve(other, reference="REF-O77")
    orders = (*settlement.orders[:place], unrelated, *settlement.orders[place:])
    more = run(attrs.evolve(settlement, orders=orders))

    assert more.results == run(settlement).results
    assert more.reasons == run(settlement).reasons
    assert unrelated in more.orders


@law
@given(settlements())
def test_reprocessing_a_statement_posts_nothing(settlement: Settlement) -> None:
    """With its lines seen, nothing is left to match; with the same journal, nothing is left to post."""
    found = run(settlement)
    again = run(attrs.evolve(settlement, seen=tuple(line.line_id for line in settlement.lines)))
    journal = posted(found)

    assert (again.orders, again.credit_notes) == (settlement.orders, settlement.credit_notes)
    assert {result.status for result in again.results} <= {MatchStatus.DUPLICATE}
    assert plan_posting(posted(run(settlement)), posted=[journal]).journals == ()
    if settlement.lines:
        assert posted(again).entries == ()


def two_cycles(settlement: Settlement, later: set[int]) -> tuple[Reconciliation, Reconciliation]:
    """The lines at the places of *later* in a second statement, which goes on where the first ended."""
    cycles = [
        tuple(line for place, line in enumerate(settlement.lines) if (place in later) is second)
        for second in (False, True)
    ]
    first = run(attrs.evolve(settlement, lines=cycles[0]))
    seen = (*settlement.seen, *(line.line_id for line in cycles[0]))
    rest = attrs.evolve(settlement, lines=cycles[1], orders=first.orders, credit_notes=first.credit_notes, seen=seen)
    return first, run(rest)


@law
@given(settlements(), st.sets(st.integers(0, 8)), st.sets(st.sampled_from(("O1", "O2", "O3", ""))))
def test_cycles_add_up(settlement: Settlement, loose: set[int], names: set[str]) -> None:
    """Two statements settle what one with all lines settles, if the lines of an order come in one of them."""
    once = {line.line_id: line for line in settlement.lines}
    alone = attrs.evolve(settlement, lines=tuple(once.values()), credit_notes=())
    whole = run(alone)
    later = {
        place
        for place, result in enumerate(whole.results)
        if (place in loose if result.line.line_class is not LineClass.SALE else result.order_id in names)
    }
    first, second = two_cycles(alone, later)

    told = {result.line.line_id: result for result in (*first.results, *second.results)}
    assert told == {result.line.line_id: result for result in whole.results}
    assert second.orders == whole.orders


@law
@given(settlements(), st.sets(st.integers(0, 8)))
def test_pennies_are_written_off_once(settlement: Settlement, later: set[int]) -> None:
    """However the lines are spread over cycles: per order no more than the tolerance, its credit notes included."""
    first, second = two_cycles(settlement, later)
    stages = [(*each.orders, *each.credit_notes) for each in (settlement, first, second)]
    for order_id in {record.order_id for record in stages[0]}:
        # Records without an order id are of no order: each bears its own.
        shared = [[place for place, record in enumerate(stages[0]) if record.order_id == order_id]]
        for places in shared if order_id else ([place] for place in shared[0]):
            before, then, after = (sum(records[place].written_off for place in places) for records in stages)
            assert before <= then <= after <= max(before, Decimal("0.05"))
    told = sum(abs(result.difference) for each in (first, second) for result in each.results)
    start, _, end = (sum(record.written_off for record in records) for records in stages)
    assert told == end - start


def test_lines_of_one_order_over_cycles_may_differ() -> None:
    """It is no law within an order: what was written off in March is not waited for in April. The counterexample."""
    order = ExpectedOrder(
        order_id=OrderId("O1"), currency="GBP", parts=(Expected(kind=LineKind.GOODS, amount=Decimal("10.00")),)
    )
    bare = SettlementLine(
        line_id="1",
        statement_id="S",
        type="GOODS",
        currency="GBP",
        amount=Decimal("9.99"),
        meaning=Meaning(LineClass.SALE, LineKind.GOODS),
        order_id=OrderId("O1"),
    )
    lines = (bare, attrs.evolve(bare, line_id="2", amount=PENNY))
    settlement = Settlement(lines=lines, orders=(order,), credit_notes=(), fees={}, seen=())
    march, april = two_cycles(settlement, {1})

    assert [result.difference for result in run(settlement).results] == [0, 0]
    assert [result.difference for result in march.results] == [-PENNY]
    # A penny too much of nothing is rounding as well, and told.
    assert [result.difference for result in april.results] == [PENNY]
    assert april.orders[0].settled == Decimal("10.00")


@law
@given(settlements(), st.data())
def test_the_sequence_of_lines_does_not_matter(settlement: Settlement, data: st.DataObject) -> None:
    """Any permutation of a statement gives each line the same place, each record the same state, and the same sums."""
    mixed = attrs.evolve(settlement, lines=tuple(data.draw(st.permutations(settlement.lines))))
    found, again = run(settlement), run(mixed)

    assert without_sequence(again) == without_sequence(found)
    assert [again.amount(status) for status in MatchStatus] == [found.amount(status) for status in MatchStatus]


@law
@given(settlements())
def test_what_fits_is_not_in_suspense(settlement: Settlement) -> None:
    """Lines of one part that together are no more than is outstanding of it, and of the order, are all matched."""
    found = run(settlement)
    for order in settlement.orders:
        outstanding = [part.amount - part.settled for part in order.parts]
        for part, left in zip(order.parts, outstanding, strict=True):
            mine = [
                result
                for result in found.results
                if result.status is not MatchStatus.DUPLICATE
                and result.line.line_class is LineClass.SALE
                and result.order_id == order.order_id
            ]
            own = [r for r in mine if r.line.order_line_id == part.line_id and r.line.meaning.kind is part.kind]
            fits = sum(result.line.amount for result in own) <= min(left, sum(outstanding))
            if own == mine and fits and all(result.line.amount >= 0 for result in own):
                assert all(result.status is MatchStatus.MATCHED for result in own)


@law
@given(settlements(), st.integers(10**4, 10**6))
def test_the_callers_decimal_context_does_not_matter(settlement: Settlement, times: int) -> None:
    """In a context of three digits every figure is the same, to the penny: matched, tied, balanced, and told."""
    large = enlarged(settlement, times)
    with localcontext(Context(prec=28)):
        plain = told_in_full(large)
    with localcontext(Context(prec=3)):
        coarse = told_in_full(large)

    assert coarse == plain


def enlarged(settlement: Settlement, times: int) -> Settlement:
    """The same in *times* the pounds, so that no figure has only three digits."""

    def much(amount: Decimal) -> Decimal:
        return Decimal(int(amount.scaleb(2)) * times).scaleb(-2)

    return attrs.evolve(
        settlement,
        lines=tuple(attrs.evolve(line, amount=much(line.amount)) for line in settlement.lines),
        orders=tuple(
            attrs.evolve(
                order,
                parts=tuple(
                    attrs.evolve(part, amount=much(part.amount), settled=much(part.settled)) for part in order.parts
                ),
            )
            for order in settlement.orders
        ),
        credit_notes=tuple(
            attrs.evolve(
                note,
                lines=tuple(CreditedLine(line_id=each.line_id, gross=much(each.gross)) for each in note.lines),
                shipping=much(note.shipping),
                settled=much(note.settled),
            )
            for note in settlement.credit_notes
        ),
    )


def told_in_full(settlement: Settlement) -> tuple[object, ...]:
    """Every figure that the settlement modules give, as text."""
    wide = Tolerance(line=Decimal("1234.56"), order=Decimal("98765.43"), fee=Decimal("1234.56"))
    found = match(
        settlement.lines,
        orders=settlement.orders,
        credit_notes=settlement.credit_notes,
        fees=settlement.fees,
        seen=settlement.seen,
        tolerance=wide,
    )
    balances = found.balances
    statement = Statement(
        statement_id="S-77",
        currency="GBP",
        issued=date(2026, 3, 31),
        payout=Decimal("123456.78"),
        opening=Decimal("-7654.32"),
        closing=Decimal("0.01"),
    )
    ties = tie_out(found, statement=statement, received=Decimal("123456.77"))
    late = not_settled(balances, now=datetime(2026, 9, 1, tzinfo=UTC))
    sums = [str(balance.outstanding) + str(balance.overpaid) for balance in balances]
    amounts = [str(found.amount(status)) for status in (None, *MatchStatus)]
    vat = check_vat(found, ACCOUNTS.treatments)
    return repr(found), repr(balances), repr(ties), repr(late), repr(overpaid(balances)), sums, amounts, repr(vat)


@law
@given(settlements())
def test_nothing_is_settled_beyond_what_was_expected(settlement: Settlement) -> None:
    """A part moves from where it was towards nothing outstanding, and never past it."""
    found = run(settlement)

    for before, after in zip(settlement.orders, found.orders, strict=True):
        for old, new in zip(before.parts, after.parts, strict=True):
            was_left, is_left = old.amount - old.settled, new.amount - new.settled
            assert min(was_left, NIL) <= is_left <= max(was_left, NIL)
        if before.expected >= before.settled:
            assert after.expected >= after.settled
        assert before.written_off <= after.written_off
        assert after.written_off <= max(before.written_off, Decimal("0.05"))


@law
@given(settlements())
def test_suspense_is_emptied_by_what_is_explained(settlement: Settlement) -> None:
    """Matching without the orders and then reclassifying with them books the same as matching with them at once."""
    fees = {**settlement.fees, "NEW": FeeRule(account="7300")}
    blind = run(attrs.evolve(settlement, orders=(), credit_notes=()))
    loose = tuple(result.line for result in blind.of(MatchStatus.UNMATCHED))
    later = run(attrs.evolve(settlement, lines=loose, fees=fees, seen=()))
    if not loose:
        return
    moved = reclassify(later, accounts=ACCOUNTS, statement_id="S-77", dated=statement_of(blind).issued)
    both = net(posted(blind))
    both.update(net(moved))

    assert both["9998", ""] == -later.amount(MatchStatus.UNMATCHED)
    assert sum(both.values()) == 0
