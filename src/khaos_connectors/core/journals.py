"""The journal of a settlement: balanced to the penny, with the lines behind each figure.

Sales were posted to the clearing account when they were invoiced; the settlement clears them. What could not be
matched goes to suspense and is moved out of it once it can.
"""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import count
from typing import TypeAlias

import attrs

from khaos_connectors.core.amounts import from_minor, known_currency, to_minor, whole_units
from khaos_connectors.core.fields import calendar_date, exact_amount, not_blank, typed
from khaos_connectors.core.quantities import whole
from khaos_connectors.core.reconciliation import MatchResult, MatchStatus, Reconciliation
from khaos_connectors.core.settlement_types import Statement, VatKey, VatTreatment
from khaos_connectors.core.tie_out import tie_out

__all__ = [
    "Accounts",
    "Entry",
    "Journal",
    "Posting",
    "PostingPlan",
    "journal_for",
    "plan_posting",
    "reclassify",
    "reverse",
    "undo",
]


@attrs.frozen(kw_only=True)
class Accounts:
    """The ledger accounts of a settlement; those of fees stand with their rules.

    *balance* holds what the marketplace carries from one statement to the next. *treatments* give the VAT code that
    an order's clearing entries carry; an order without a key or treatment carries none.
    """

    bank: str = attrs.field(validator=not_blank)
    clearing: str = attrs.field(validator=not_blank)
    suspense: str = attrs.field(validator=not_blank)
    rounding: str = attrs.field(validator=not_blank)
    balance: str = attrs.field(validator=not_blank)
    treatments: Mapping[VatKey, VatTreatment] = attrs.field(factory=dict[VatKey, VatTreatment])


def _one_side(record: "Entry | Posting", field: "attrs.Attribute[Decimal]", credit: Decimal) -> None:
    exact_amount(record, field, credit)
    if record.debit < 0 or credit < 0 or (record.debit > 0) == (credit > 0):
        raise ValueError(f"{record.account}: debit {record.debit}, credit {credit}: exactly one is more than 0")


@attrs.frozen(kw_only=True)
class Posting:
    """What one settlement line does to one account: the backing of an ``Entry``. References are empty for the bank."""

    account: str = attrs.field(validator=not_blank)
    debit: Decimal = attrs.field(validator=exact_amount)
    credit: Decimal = attrs.field(validator=_one_side)
    vat_code: str = ""
    memo: str = ""
    line_id: str = ""
    type: str = ""
    order_id: str = ""
    refund_id: str = ""


@attrs.frozen(kw_only=True)
class Entry:
    """One line of a journal: the sum of its postings, one side, one account, one VAT code."""

    account: str = attrs.field(validator=not_blank)
    debit: Decimal = attrs.field(validator=exact_amount)
    credit: Decimal = attrs.field(validator=_one_side)
    vat_code: str = ""
    memo: str = ""


def _in_minor_units(journal: "Journal", name: str, records: Iterable[Entry | Posting]) -> None:
    for each in records:
        whole_units(f"{name}: debit of {each.account}", each.debit, journal.currency)
        whole_units(f"{name}: credit of {each.account}", each.credit, journal.currency)


def _backed(journal: "Journal", field: "attrs.Attribute[tuple[Posting, ...]]", backing: tuple[Posting, ...]) -> None:
    _in_minor_units(journal, field.name, backing)


def _balanced(journal: "Journal", field: "attrs.Attribute[tuple[Entry, ...]]", entries: tuple[Entry, ...]) -> None:
    _in_minor_units(journal, field.name, entries)
    debits = sum(to_minor(entry.debit, journal.currency) for entry in entries)
    credits_ = sum(to_minor(entry.credit, journal.currency) for entry in entries)
    if debits != credits_:
        debit, credit = from_minor(debits, journal.currency), from_minor(credits_, journal.currency)
        raise ValueError(f"entries: journal {journal.statement_id} has {debit} debit and {credit} credit")


@attrs.frozen(kw_only=True, field_transformer=typed)
class Journal:
    """A balanced journal: it cannot be made otherwise. *entries* are summed up per account, side and VAT code, debits
    first; *backing* has every posting behind them. *revision* counts the versions of one statement, from 1.
    """

    statement_id: str = attrs.field(validator=not_blank)
    currency: str = attrs.field(validator=known_currency)
    dated: date = attrs.field(validator=calendar_date)
    entries: tuple[Entry, ...] = attrs.field(validator=_balanced)
    backing: tuple[Posting, ...] = attrs.field(default=(), validator=_backed)
    revision: int = attrs.field(default=1, validator=whole(least=1))
    label: str = ""

    @property
    def ref(self) -> str:
        """Its reference in the ledger, unique per journal: ``"S-77"``, ``"S-77 v2"``, ``"S-77 reversed"``."""
        version = f" v{self.revision}" if self.revision > 1 else ""
        return f"{self.statement_id}{version}{' ' if self.label else ''}{self.label}"

    @property
    def total(self) -> Decimal:
        """The sum of the debits, which is that of the credits."""
        return from_minor(sum(to_minor(entry.debit, self.currency) for entry in self.entries), self.currency)


def journal_for(reconciliation: Reconciliation, *, accounts: Accounts, statement: Statement) -> Journal:
    """The journal that clears what *statement* settles: bank and carried balance against clearing, fees and suspense.

    The rounding account takes the differences of matching, and nothing else. A reconciliation of nothing but
    duplicates gives a journal without entries. Raises ``ValueError`` when the lines are of another statement or
    currency, or when the statement does not tie with them (``tie_out`` (a)): such a journal could not balance.
    """
    fresh = [result for result in reconciliation.results if result.status is not MatchStatus.DUPLICATE]
    strangers = sorted({result.line.statement_id for result in fresh} - {statement.statement_id})
    if strangers:
        raise ValueError(f"reconciliation: lines of {', '.join(strangers)} in statement {statement.statement_id}")
    if reconciliation.results and not fresh:
        return _journal(statement, ())
    broken = [
        check for check in tie_out(reconciliation, statement=statement).checks if not check.holds and check.tie == "a"
    ]
    if broken:
        told = "; ".join(f"{check.about}: {check.found} is not {check.stated}" for check in broken)
        raise ValueError(f"statement {statement.statement_id} does not tie: {told}")
    carried = to_minor(statement.closing, statement.currency) - to_minor(statement.opening, statement.currency)
    postings = [
        *_post(statement.currency, accounts.bank, -to_minor(statement.payout, statement.currency), "payout"),
        *_post(statement.currency, accounts.balance, -carried, "carried forward"),
        *_postings(fresh, reconciliation, accounts),
    ]
    return _journal(statement, postings)


def reclassify(
    reconciliation: Reconciliation,
    *,
    accounts: Accounts,
    statement_id: str,
    dated: date,
    label: str = "reclassified",
    posted: Sequence[Journal] = (),
) -> Journal:
    """The journal that moves what is explained by now out of suspense, dated *dated*.

    *reconciliation* is a new match of lines that were posted to suspense, alone. Lines that are still unmatched stay
    there; a journal without entries says that nothing moves. *posted* are the journals of the statement so far: what
    their backing says is out of suspense already is not moved again, and the label is numbered where the reference is
    theirs already. Raises ``ValueError`` for a reconciliation of no line and for a blank *label*.
    """
    if not label.strip():
        raise ValueError("label must not be blank: the statement's own journal has none")
    if not reconciliation.currency:
        raise ValueError("reconciliation: there is no line to reclassify")
    settled = (MatchStatus.UNMATCHED, MatchStatus.DUPLICATE)
    there = _suspended(posted, accounts.suspense)
    explained: list[MatchResult] = []
    postings: list[Posting] = []
    for result in reconciliation.results:
        units = to_minor(result.line.amount, reconciliation.currency)
        if result.status in settled or there.get(result.line.line_id, units) != units:
            continue
        explained.append(result)
        postings += _of_line(result, _post(reconciliation.currency, accounts.suspense, -units, "out of suspense"))
        if result.status is MatchStatus.PAYOUT:
            postings += _of_line(result, _post(reconciliation.currency, accounts.bank, units, "payout"))
    postings += _postings(explained, reconciliation, accounts)
    currency = reconciliation.currency
    moved = Journal(statement_id=statement_id, currency=currency, dated=dated, entries=(), label=label)
    return _entered(_with_free_ref(moved, {each.ref for each in posted}), postings)


def _suspended(posted: Iterable[Journal], suspense: str) -> Mapping[str, int]:
    """What stands in suspense of each line that was ever posted there or moved out, credits less debits."""
    left: Counter[str] = Counter()
    for journal in posted:
        for each in journal.backing:
            if each.account == suspense:
                left[each.line_id] += to_minor(each.credit, journal.currency) - to_minor(each.debit, journal.currency)
    return left


def reverse(journal: Journal, *, dated: date | None = None) -> Journal:
    """*journal* with debits and credits exchanged, dated *dated* (else as it was): both together change nothing."""
    return attrs.evolve(
        journal,
        dated=journal.dated if dated is None else dated,
        entries=tuple(attrs.evolve(entry, debit=entry.credit, credit=entry.debit) for entry in journal.entries),
        backing=tuple(attrs.evolve(each, debit=each.credit, credit=each.debit) for each in journal.backing),
        label=f"{journal.label} reversed".strip(),
    )


@attrs.frozen(kw_only=True, field_transformer=typed)
class PostingPlan:
    """The journals to post for a statement, in order (none: nothing is to be posted), and why."""

    journals: tuple[Journal, ...]
    why: str


def plan_posting(journal: Journal, *, posted: Sequence[Journal]) -> PostingPlan:
    """What to post when *journal* is worked out and *posted* is everything posted for its statement so far:
    restatements, reversals and reclassifications too.

    Nothing, when the statement stands in the ledger with the same figures: the same debits and credits on the same
    accounts and VAT codes in the same currency, whatever their order and memos. Nothing either, when all that was
    posted together comes to the same, or when *journal* has no entries, for then every line was posted before. Else
    all that stands is reversed, latest first, and *journal* is posted as the next revision. A statement that is
    withdrawn, rather than restated, takes ``undo``.

    Raises ``ValueError`` when the journals are of different statements, or when *journal* is a reversal or
    reclassification: those are posted as they are.
    """
    if journal.label:
        raise ValueError(f"journal: {journal.ref} is not a statement's own journal, which has no label")
    standing = _standing(journal.statement_id, posted)
    if not journal.entries:
        why = "every line was posted before" if posted else "there is nothing to post"
        return PostingPlan(journals=(), why=why)
    if not any(each.entries for each in posted):
        return PostingPlan(journals=(journal,), why="the statement was not posted before")
    own = [each for each in standing if not each.label] or standing
    told = " and ".join(each.ref for each in standing)
    if len(own) == 1 and _figures(own[0]) == _figures(journal):
        return PostingPlan(journals=(), why=f"{own[0].ref} was posted with the same figures")
    if len(standing) > 1 and _effect(standing) == _effect([journal]):
        return PostingPlan(journals=(), why=f"{told} were posted and come to the same figures")
    next_one = attrs.evolve(journal, revision=1 + max(each.revision for each in posted))
    if not standing:
        return PostingPlan(journals=(next_one,), why="what was posted for the statement was reversed")
    verb = "were" if len(standing) > 1 else "was"
    why = f"{told} {verb} posted with other figures: the statement was restated"
    return PostingPlan(journals=(*undo(posted, dated=journal.dated), next_one), why=why)


def undo(posted: Sequence[Journal], *, dated: date) -> tuple[Journal, ...]:
    """The reversals, dated *dated*, of all that stands of *posted*, latest first; afterwards its sum is nothing.

    *posted* is everything posted for one statement, in order. What was reversed before is not reversed again. Raises
    ``ValueError`` when it is of several statements.
    """
    refs = {each.ref for each in posted}
    reversals: list[Journal] = []
    for each in reversed(_standing(posted[0].statement_id, posted) if posted else []):
        reversals.append(_with_free_ref(reverse(each, dated=dated), refs))
        refs.add(reversals[-1].ref)
    return tuple(reversals)


_Figures: TypeAlias = Counter[tuple[str, str, str, Decimal, Decimal]]


def _standing(statement_id: str, posted: Sequence[Journal]) -> list[Journal]:
    """The journals of *posted* that no other one takes back: told by their figures, for people reverse by hand too."""
    strangers = sorted({each.statement_id for each in posted} - {statement_id})
    if strangers:
        raise ValueError(f"posted: journal of {', '.join(strangers)}, not of {statement_id}")
    standing: list[Journal] = []
    for each in (journal for journal in posted if journal.entries):
        opposite = _figures(reverse(each))
        undone = next((place for place, other in enumerate(standing) if _figures(other) == opposite), None)
        if undone is None:
            standing.append(each)
        else:
            del standing[undone]
    return standing


def _figures(journal: Journal) -> _Figures:
    """What a journal says, whatever the order of its entries and the words on them."""
    return Counter((journal.currency, e.account, e.vat_code, e.debit, e.credit) for e in journal.entries)


def _effect(journals: Iterable[Journal]) -> dict[tuple[str, str, str], int]:
    """What *journals* together do, in minor units per currency, account and VAT code: debits less credits."""
    net: Counter[tuple[str, str, str]] = Counter()
    for journal in journals:
        for each in journal.entries:
            units = to_minor(each.debit, journal.currency) - to_minor(each.credit, journal.currency)
            net[journal.currency, each.account, each.vat_code] += units
    return {key: units for key, units in net.items() if units}


def _with_free_ref(journal: Journal, taken: Container[str]) -> Journal:
    """*journal*, its label numbered where its reference is *taken*: two journals of one reference look like one."""
    free = (attrs.evolve(journal, label=f"{journal.label} {number}") for number in count(2))
    return journal if journal.ref not in taken else next(each for each in free if each.ref not in taken)


def _postings(results: Sequence[MatchResult], reconciliation: Reconciliation, accounts: Accounts) -> Iterator[Posting]:
    currency = reconciliation.currency
    codes = _vat_codes(reconciliation, accounts)
    for result in results:
        units = to_minor(result.line.amount, currency)
        memo = result.line.line_class.value
        match result.status:
            case MatchStatus.MATCHED:
                difference = to_minor(result.difference, currency)
                code = codes.get(result.order_id, "")
                yield from _of_line(result, _post(currency, accounts.clearing, units - difference, memo, code))
                yield from _of_line(result, _post(currency, accounts.rounding, difference, "rounding"))
            case MatchStatus.UNMATCHED:
                yield from _of_line(result, _post(currency, accounts.suspense, units, "unmatched"))
            case MatchStatus.PAYOUT | MatchStatus.DUPLICATE:
                pass  # the bank entry is the statement's payout; a duplicate was posted before
            case _:
                yield from _of_line(result, _post(currency, result.target, units, memo, result.vat_code))


def _vat_codes(reconciliation: Reconciliation, accounts: Accounts) -> dict[str, str]:
    """The VAT code of each order that has a name, by that name."""
    return {
        order.name: accounts.treatments[order.vat].code
        for order in reconciliation.orders
        if order.vat is not None and order.vat in accounts.treatments and order.name.strip()
    }


def _post(currency: str, account: str, units: int, memo: str, vat_code: str = "") -> list[Posting]:
    """*units* to the credit of *account* (minus: to its debit); nothing for 0."""
    if not units:
        return []
    amount, nothing = from_minor(abs(units), currency), Decimal(0)
    debit, credit = (nothing, amount) if units > 0 else (amount, nothing)
    return [Posting(account=account, debit=debit, credit=credit, vat_code=vat_code, memo=memo)]


def _of_line(result: MatchResult, postings: Iterable[Posting]) -> list[Posting]:
    line = result.line
    return [
        attrs.evolve(each, line_id=line.line_id, type=line.type, order_id=result.order_id, refund_id=line.refund_id)
        for each in postings
    ]


def _journal(statement: Statement, postings: Sequence[Posting]) -> Journal:
    empty = Journal(
        statement_id=statement.statement_id, currency=statement.currency, dated=statement.issued, entries=()
    )
    return _entered(empty, postings)


def _entered(journal: Journal, postings: Sequence[Posting]) -> Journal:
    """*journal* with the *postings* as its backing, summed up: debits first, each side as accounts first appear."""
    sums: dict[tuple[bool, str, str], int] = {}
    memos: dict[tuple[bool, str, str], dict[str, None]] = {}
    for posting in postings:
        key = (posting.debit == 0, posting.account, posting.vat_code)
        # Each of its own: their sum would be of the caller's decimal context.
        units = to_minor(posting.debit, journal.currency) + to_minor(posting.credit, journal.currency)
        sums[key] = sums.get(key, 0) + units
        memos.setdefault(key, {})[posting.memo] = None
    entries = [
        Entry(
            account=account,
            debit=Decimal(0) if is_credit else from_minor(units, journal.currency),
            credit=from_minor(units, journal.currency) if is_credit else Decimal(0),
            vat_code=vat_code,
            memo=", ".join(memos[is_credit, account, vat_code]),
        )
        for (is_credit, account, vat_code), units in sorted(sums.items(), key=lambda item: item[0][0])
    ]
    return attrs.evolve(journal, entries=tuple(entries), backing=tuple(postings))
