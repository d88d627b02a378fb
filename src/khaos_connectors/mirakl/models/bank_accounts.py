"""The bank account that a shop or one of its billing cycles is paid to, in any of the forms that Mirakl knows."""

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.accounting_codes import BankAccountKind

__all__ = ["BankAccount"]


@attrs.frozen(kw_only=True)
class BankAccount:
    """A bank account. *kind* says which of the other fields are filled; none of them is shown."""

    kind: BankAccountKind | Unrecognised | None = attrs.field(default=None, metadata={"wire": "@type"})
    bank_city: Text | None = attrs.field(default=None, repr=False)
    bank_name: Text | None = attrs.field(default=None, repr=False)
    bank_street: Text | None = attrs.field(default=None, repr=False)
    bank_zip: Text | None = attrs.field(default=None, repr=False)
    owner: Text | None = attrs.field(default=None, repr=False)
    bank_account_number: Text | None = attrs.field(default=None, repr=False)
    bic: Text | None = attrs.field(default=None, repr=False)
    routing_number: Text | None = attrs.field(default=None, repr=False)
    auban: Text | None = attrs.field(default=None, repr=False)
    aubsb: Text | None = attrs.field(default=None, repr=False)
    account_number: Text | None = attrs.field(default=None, repr=False)
    bank_sort_code: Text | None = attrs.field(default=None, repr=False)
    bank_account_type: Text | None = attrs.field(default=None, repr=False)
    bank_code: Text | None = attrs.field(default=None, repr=False)
    branch_code: Text | None = attrs.field(default=None, repr=False)
    pix_key: Text | None = attrs.field(default=None, repr=False)
    institution_number: Text | None = attrs.field(default=None, repr=False)
    swift_code: Text | None = attrs.field(default=None, repr=False)
    transit_number: Text | None = attrs.field(default=None, repr=False)
    iban: Text | None = attrs.field(default=None, repr=False)
    indian_financial_system_code: Text | None = attrs.field(default=None, repr=False)
    branch_name: Text | None = attrs.field(default=None, repr=False)
    clabe: Text | None = attrs.field(default=None, repr=False)
    nuban: Text | None = attrs.field(default=None, repr=False)
    nzban: Text | None = attrs.field(default=None, repr=False)
    nzbsb: Text | None = attrs.field(default=None, repr=False)
    payout_format: Text | None = attrs.field(default=None, repr=False)
    sort_code: Text | None = attrs.field(default=None, repr=False)
    bank_branch_number: Text | None = attrs.field(default=None, repr=False)
    bank_key: Text | None = attrs.field(default=None, repr=False)
