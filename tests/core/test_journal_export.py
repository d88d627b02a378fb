"""A journal as rows for other people's imports."""

from datetime import date
from decimal import Decimal

import pytest

from khaos_connectors.core.journal_export import (
    BACKING_COLUMNS,
    GENERIC_COLUMNS,
    SAGE_COLUMNS,
    XERO_COLUMNS,
    backing_rows,
    generic_rows,
    sage_rows,
    xero_rows,
)
from khaos_connectors.core.journals import Entry, Journal, Posting

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
        "S-77|1200|55.66|||||||payout",
        "S-77|1105||55.66|GB|1|ORDER_AMOUNT|O1|R1|sale",
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
        ("S" * 30, "m" * 60, "T9"),
        ("S" * 30, "", "T9"),
    ]
    assert [row["*TaxRate"] for row in xero_rows(long)] == ["No VAT", "No VAT"]


def test_a_vat_code_without_a_name_is_refused() -> None:
    """Nothing is guessed about tax."""
    with pytest.raises(ValueError, match="tax_rates: there is none for VAT code 'GB' of account 1105"):
        xero_rows(JOURNAL)
    with pytest.raises(ValueError, match="tax_codes: there is none for VAT code 'GB' of account 1105"):
        sage_rows(JOURNAL)
