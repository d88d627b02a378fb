"""A journal as rows for other people's imports."""

from datetime import date
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.core.journal_export import (
    BACKING_COLUMNS,
    GENERIC_COLUMNS,
    SAGE_COLUMNS,
    XERO_COLUMNS,
    backing_rows,
    generic_rows,
    sage_rows,
    short_ref,
    xero_rows,
)
from khaos_connectors.core.journals import Entry, Journal, Posting, reverse

NONE = Decimal(0)
JOURNAL = Journal(
    statement_id="S-77",
    currency="GBP",
    dated=date(2026, 3, 4),
    entries=(
        Entry(account="1200", debit=Decimal("55.66"), credit=NONE, memo="payout"),
        Entry(account="1105", debit=NONE, credit=Decimal("55.66"), vat_code="GB", memo="sale"),
    ),
    backing=(
        Posting(account="1200", debit=Decimal("55.66"), credit=NONE, memo="payout"),
        Posting(
            account="1105",
            debit=NONE,
            credit=Decimal("55.66"),
            vat_code="GB",
            memo="sale",
            line_id="1",
            type="ORDER_AMOUNT",
            order_id="O1",
            refund_id="R1",
        ),
    ),
)


def cells(rows: list[dict[str, str]], columns: tuple[str, ...]) -> list[str]:
    """Each row as one text; every row has exactly the columns, in their order."""
    assert all(tuple(row) == columns for row in rows)
    return ["|".join(row.values()) for row in rows]


def test_generic() -> None:
    """ISO dates, one side filled, reference and currency on every row."""
    assert cells(generic_rows(JOURNAL), GENERIC_COLUMNS) == [
        "S-77|2026-03-04|GBP|1200|55.66|||payout",
        "S-77|2026-03-04|GBP|1105||55.66|GB|sale",
    ]


def test_backing() -> None:
    """What an entry is made of, line by line."""
    assert cells(backing_rows(JOURNAL), BACKING_COLUMNS) == [
        "S-77|GBP|1200|55.66|||||||payout",
        "S-77|GBP|1105||55.66|GB|1|ORDER_AMOUNT|O1|R1|sale",
    ]


def test_xero() -> None:
    """Debits positive, credits negative, UK dates, Xero's own names of tax rates."""
    rows = xero_rows(JOURNAL, tax_rates={"": "No VAT", "GB": "20% (VAT on Income)"})

    assert cells(rows, XERO_COLUMNS) == [
        "S-77|04/03/2026|payout|1200|No VAT|55.66||||",
        "S-77|04/03/2026|sale|1105|20% (VAT on Income)|-55.66||||",
    ]
    assert sum(Decimal(row["*Amount"]) for row in rows) == 0


def test_sage() -> None:
    """JD and JC, amounts without a sign, Sage's own tax codes, texts no longer than it keeps."""
    assert cells(sage_rows(JOURNAL, tax_codes={"": "T9", "GB": "T1"}, department="3"), SAGE_COLUMNS) == [
        "JD||1200|3|04/03/2026|S-77|payout|55.66|T9|0.00",
        "JC||1105|3|04/03/2026|S-77|sale|55.66|T1|0.00",
    ]
    long = Journal(
        statement_id="S" * 40,
        currency="GBP",
        dated=date(2026, 3, 4),
        entries=(
            Entry(account="1", debit=Decimal("1.00"), credit=NONE, memo="m" * 70),
            Entry(account="2", debit=NONE, credit=Decimal("1.00")),
        ),
    )
    assert [(row["Reference"], row["Details"], row["Tax Code"]) for row in sage_rows(long)] == [
        (short_ref(long), "m" * 60, "T9"),
        (short_ref(long), "", "T9"),
    ]
    assert [row["*TaxRate"] for row in xero_rows(long)] == ["No VAT", "No VAT"]


def test_a_vat_code_without_a_name_is_refused() -> None:
    """Nothing is guessed about tax."""
    with pytest.raises(ValueError, match="tax_rates: there is none for VAT code 'GB' of account 1105"):
        xero_rows(JOURNAL)
    with pytest.raises(ValueError, match="tax_codes: there is none for VAT code 'GB' of account 1105"):
        sage_rows(JOURNAL)


class TestShortReferences:
    LONG = Journal(statement_id="JL-SETTLEMENT-2026-03-31-GB-0001", currency="GBP", dated=date(2026, 3, 4), entries=())

    def test_a_reversal_does_not_look_like_its_original(self) -> None:
        """Sage keeps 30 characters; the version and "reversed" stand at the end, and stay there."""
        second = attrs.evolve(self.LONG, revision=2)
        refs = [short_ref(journal) for journal in (self.LONG, reverse(self.LONG), second, reverse(second))]

        assert [ref[:2] for ref in refs] == ["JL"] * 4
        assert refs[1].endswith(" reversed")
        assert refs[2].endswith(" v2")
        assert refs[3].endswith(" v2 reversed")
        assert len(set(refs)) == 4
        assert {len(ref) for ref in refs} == {30}

    def test_only_long_ones_are_shortened(self) -> None:
        """What fits is what people know it by."""
        assert short_ref(JOURNAL) == "S-77"
        assert short_ref(attrs.evolve(self.LONG, statement_id="S" * 30)) == "S" * 30
        assert short_ref(attrs.evolve(self.LONG, statement_id="S" * 31)) == "S" * 21 + "~56fa58ed"

    def test_statements_that_differ_in_the_middle(self) -> None:
        """The digest is of the whole reference; it is the same on every machine and in every run."""
        refs = {
            short_ref(reverse(attrs.evolve(self.LONG, statement_id=f"SETTLEMENT-OF-MARCH-{number:06}-GB-0001")))
            for number in range(500)
        }

        assert len(refs) == 500
        assert short_ref(self.LONG) == "JL-SETTLEMENT-2026-03~70ad378a"

    @given(
        st.text("AB-", min_size=1, max_size=60), st.integers(1, 30), st.text("ab ", max_size=40), st.integers(20, 40)
    )
    def test_never_too_long(self, statement_id: str, revision: int, label: str, longest: int) -> None:
        """However long the statement's id or the label is; the reversal is always another reference."""
        journal = attrs.evolve(self.LONG, statement_id=statement_id, revision=revision, label=label)

        assert len(short_ref(journal, longest=longest)) <= longest
        assert short_ref(journal, longest=longest) != short_ref(reverse(journal), longest=longest)

    def test_there_is_room_for_a_digest(self) -> None:
        """Below 20 characters two references could not be told apart for certain."""
        with pytest.raises(ValueError, match="longest must be 20 or more, not 19"):
            short_ref(JOURNAL, longest=19)


def test_the_currency_is_not_lost() -> None:
    """Xero and Sage have no column for it: one that is not the ledger's own is refused. The generic rows say it."""
    euros = attrs.evolve(JOURNAL, currency="EUR", entries=tuple(attrs.evolve(e, vat_code="") for e in JOURNAL.entries))

    with pytest.raises(ValueError, match=r"journal S-77 is in EUR: Xero books .* base currency, which is GBP"):
        xero_rows(euros)
    with pytest.raises(ValueError, match=r"journal S-77 is in EUR: Sage 50 books .* base currency, which is GBP"):
        sage_rows(euros)
    assert len(xero_rows(euros, base_currency="EUR")) == len(sage_rows(euros, base_currency="EUR")) == 2
    assert {row["currency"] for row in generic_rows(euros)} == {"EUR"}
