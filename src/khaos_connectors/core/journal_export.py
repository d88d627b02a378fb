"""A journal as rows for files that ledgers import: generic, Xero, Sage 50. Rows only; writing files is the caller's.

The header of each format stands beside its function; every row has exactly its columns, in its order.
"""

from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256

from khaos_connectors.core.journals import Entry, Journal

__all__ = [
    "BACKING_COLUMNS",
    "GENERIC_COLUMNS",
    "SAGE_COLUMNS",
    "XERO_COLUMNS",
    "backing_rows",
    "generic_rows",
    "sage_rows",
    "short_ref",
    "xero_rows",
]

GENERIC_COLUMNS = ("reference", "date", "currency", "account", "debit", "credit", "vat_code", "memo")
"""One row per entry; dates are ISO 8601, an empty side is empty."""

BACKING_COLUMNS = (
    "reference",
    "currency",
    "account",
    "debit",
    "credit",
    "vat_code",
    "line_id",
    "type",
    "order_id",
    "refund_id",
    "memo",
)
"""One row per posting: what each entry is made of."""

XERO_COLUMNS = (
    "*Narration",
    "*Date",
    "Description",
    "*AccountCode",
    "*TaxRate",
    "*Amount",
    "TrackingName1",
    "TrackingOption1",
    "TrackingName2",
    "TrackingOption2",
)
"""The columns of Xero's manual journal template."""

SAGE_COLUMNS = (
    "Type",
    "Account Reference",
    "Nominal A/C Ref",
    "Department Code",
    "Date",
    "Reference",
    "Details",
    "Net Amount",
    "Tax Code",
    "Tax Amount",
)
"""The columns of Sage 50's audit trail import that a journal needs."""

_SAGE_REFERENCE = 30
_DIGEST = 8
_SHORTEST = 20
_SAGE_DETAILS = 60
_NO_XERO_TAX = {"": "No VAT"}
_NO_SAGE_TAX = {"": "T9"}


def generic_rows(journal: Journal) -> list[dict[str, str]]:
    """The entries under ``GENERIC_COLUMNS``."""
    return [
        {
            "reference": journal.ref,
            "date": journal.dated.isoformat(),
            "currency": journal.currency,
            "account": entry.account,
            "debit": _side(entry.debit),
            "credit": _side(entry.credit),
            "vat_code": entry.vat_code,
            "memo": entry.memo,
        }
        for entry in journal.entries
    ]


def backing_rows(journal: Journal) -> list[dict[str, str]]:
    """The postings behind the entries under ``BACKING_COLUMNS``: the list that goes with a summary journal."""
    return [
        {
            "reference": journal.ref,
            "currency": journal.currency,
            "account": posting.account,
            "debit": _side(posting.debit),
            "credit": _side(posting.credit),
            "vat_code": posting.vat_code,
            "line_id": posting.line_id,
            "type": posting.type,
            "order_id": posting.order_id,
            "refund_id": posting.refund_id,
            "memo": posting.memo,
        }
        for posting in journal.backing
    ]


def xero_rows(
    journal: Journal, *, tax_rates: Mapping[str, str] = _NO_XERO_TAX, base_currency: str = "GBP"
) -> list[dict[str, str]]:
    """The entries under ``XERO_COLUMNS``: debits positive, credits negative, dates as DD/MM/YYYY.

    *tax_rates* give the name of Xero's tax rate per VAT code ("" for entries without one). Xero itself puts tax on a
    row whose rate has any. A manual journal has no currency: Xero books it in that of the organisation, which is
    *base_currency*. Raises ``ValueError`` for a VAT code without a name and for a journal in another currency.
    """
    _in_base_currency(journal, base_currency, "Xero")
    return [
        {
            **dict.fromkeys(XERO_COLUMNS, ""),
            "*Narration": journal.ref,
            "*Date": journal.dated.strftime("%d/%m/%Y"),
            "Description": entry.memo,
            "*AccountCode": entry.account,
            "*TaxRate": _code(entry, tax_rates, "tax_rates"),
            "*Amount": str(entry.debit or entry.credit.copy_negate()),
        }
        for entry in journal.entries
    ]


def sage_rows(
    journal: Journal,
    *,
    tax_codes: Mapping[str, str] = _NO_SAGE_TAX,
    department: str = "",
    base_currency: str = "GBP",
) -> list[dict[str, str]]:
    """The entries under ``SAGE_COLUMNS``: JD for a debit, JC for a credit, dates as DD/MM/YYYY, no tax amount.

    *tax_codes* give Sage's tax code per VAT code ("" for entries without one). Sage keeps 30 characters of a
    reference and 60 of the details: the reference is shortened by ``short_ref``, the details are cut. The audit trail
    imports journals in the company's own currency only, which is *base_currency*. Raises ``ValueError`` for a VAT
    code that is not in *tax_codes* and for a journal in another currency.
    """
    _in_base_currency(journal, base_currency, "Sage 50")
    reference = short_ref(journal)
    return [
        {
            "Type": "JD" if entry.debit else "JC",
            "Account Reference": "",
            "Nominal A/C Ref": entry.account,
            "Department Code": department,
            "Date": journal.dated.strftime("%d/%m/%Y"),
            "Reference": reference,
            "Details": entry.memo[:_SAGE_DETAILS],
            "Net Amount": str(entry.debit or entry.credit),
            "Tax Code": _code(entry, tax_codes, "tax_codes"),
            "Tax Amount": "0.00",
        }
        for entry in journal.entries
    ]


def short_ref(journal: Journal, *, longest: int = _SAGE_REFERENCE) -> str:
    """The journal's reference in *longest* characters (20 or more), the same each time and one per reference.

    One that fits stays as it is. Of a longer one the beginning and the end stay, for the end says "v2" or "reversed";
    between them comes a digest of the whole, so that two that differ only in the middle are still two.
    """
    if longest < _SHORTEST:
        raise ValueError(f"longest must be {_SHORTEST} or more, not {longest}: there would be no room for a digest")
    whole = journal.ref
    if len(whole) <= longest:
        return whole
    middle = "~" + sha256(whole.encode()).hexdigest()[:_DIGEST]
    room = longest - len(middle)
    suffix = whole.removeprefix(journal.statement_id)[1 - room :]
    return whole[: room - len(suffix)] + middle + suffix


def _in_base_currency(journal: Journal, base_currency: str, ledger: str) -> None:
    if journal.currency != base_currency:
        raise ValueError(
            f"journal {journal.ref} is in {journal.currency}: {ledger} books an imported journal in the base currency, "
            f"which is {base_currency}; convert it first, or post it by hand"
        )


def _side(amount: Decimal) -> str:
    return str(amount) if amount else ""


def _code(entry: Entry, names: Mapping[str, str], field: str) -> str:
    name = names.get(entry.vat_code)
    if name is None:
        raise ValueError(f"{field}: there is none for VAT code {entry.vat_code!r} of account {entry.account}")
    return name
