"""The account that a shop wants to be paid into, and what each kind of account must hold before Mirakl takes it."""

import re
from collections.abc import Mapping

import attrs

from khaos_connectors.mirakl.models.accounting_codes import BankAccountKind

__all__ = ["RULES", "FieldRule", "NewBankAccount", "written_bank_account"]


@attrs.frozen(kw_only=True)
class NewBankAccount:
    """An account to be paid into from now on. *details* are the fields of its *kind*: ``{"iban": ..., "bic": ...}``.

    Which ones those are, and how long they may be, is checked before anything is sent. Only the kind is ever shown.
    """

    kind: BankAccountKind
    owner: str = attrs.field(repr=False)
    bank_name: str = attrs.field(repr=False)
    details: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)


@attrs.frozen
class FieldRule:
    """What one field must look like: *needed*, its length, the characters that it may hold."""

    needed: bool = True
    least: int = 0
    most: int | None = None
    form: str = ""


def _digits(least: int = 1, most: int | None = None, *, needed: bool = True, letters: bool = False) -> FieldRule:
    return FieldRule(needed, least, most, "[0-9a-zA-Z]+" if letters else "[0-9]+")


_FREE, _MAYBE, _CHECKING_OR_SAVINGS = FieldRule(), FieldRule(needed=False), FieldRule(form="[CP]")
_EVERYWHERE: Mapping[str, FieldRule] = {
    "bank_city": FieldRule(needed=False, least=3, most=100),
    "bank_street": FieldRule(needed=False, least=3, most=100),
    "bank_zip": FieldRule(needed=False, most=255),
}
_Kind = BankAccountKind
_OWN: Mapping[BankAccountKind, Mapping[str, FieldRule]] = {
    _Kind.ABA: {"bank_account_number": _digits(3, 17), "bic": _MAYBE, "routing_number": _digits()},
    _Kind.AUBSB: {"auban": _digits(6, 10), "aubsb": _digits()},
    _Kind.BRAZILIAN: {
        "account_number": _digits(10, 11),
        "bank_account_type": _CHECKING_OR_SAVINGS,
        "bank_code": _digits(),
        "branch_code": _digits(),
        "pix_key": FieldRule(needed=False, most=255),
    },
    _Kind.CANADIAN: {
        "bank_account_number": _digits(5, 12),
        "institution_number": _digits(),
        "swift_code": _MAYBE,
        "transit_number": _digits(),
    },
    _Kind.COLOMBIAN: {"account_number": _digits(), "bank_account_type": _CHECKING_OR_SAVINGS},
    _Kind.GUATEMALAN: {"account_number": _digits(1, 255), "bank_account_type": _CHECKING_OR_SAVINGS},
    _Kind.HK: {"bank_account_number": _digits(9, 12), "swift_code": _FREE},
    _Kind.IBAN: {"bic": _FREE, "iban": _FREE},
    _Kind.INDIAN: {
        "account_number": _digits(6, 20, letters=True),
        "indian_financial_system_code": _FREE,
        "swift_code": _MAYBE,
    },
    _Kind.ISRAELI: {"bank_account_number": _digits(1, 9), "bank_code": _digits(1, 4), "branch_name": _MAYBE},
    _Kind.JAPANESE: {
        "bank_account_number": FieldRule(least=6, most=8),
        "bank_account_type": _CHECKING_OR_SAVINGS,
        "bank_code": _digits(),
        "branch_code": _digits(),
        "branch_name": _FREE,
        "swift_code": _MAYBE,
    },
    _Kind.MEXICAN: {"bank_account_number": _digits(5, 20), "clabe": _FREE},
    _Kind.NUBAN: {"nuban": FieldRule(least=10, most=255)},
    _Kind.NZBSB: {"nzban": FieldRule(least=10, most=10), "nzbsb": _FREE},
    _Kind.PAYOUT: {
        "bank_account_number": _MAYBE,
        "bic": _MAYBE,
        "iban": _MAYBE,
        "payout_format": FieldRule(form="LOCAL_IBAN|LOCAL_UK|INTERNATIONAL"),
        "sort_code": _digits(needed=False),
    },
    _Kind.PHILIPPINES: {"bank_account_number": _digits(10, 16)},
    _Kind.SERBIAN: {
        "bank_account_number": _digits(),
        "bank_branch_number": FieldRule(least=1, most=10),
        "bic": _MAYBE,
        "iban": _MAYBE,
    },
    _Kind.SG: {"bank_account_number": _digits(9, 12), "bank_key": _digits(needed=False), "swift_code": _FREE},
    _Kind.TAIWANESE: {
        "account_number": _digits(8, 14),
        "bank_code": _digits(2, 3, letters=True),
        "branch_code": _digits(3, 4, letters=True),
    },
    _Kind.THAI: {"account_number": _digits(10, 12)},
    _Kind.UK: {"bank_account_number": _digits(6, 11), "bank_sort_code": _digits(6, 6), "swift_code": _MAYBE},
    _Kind.URUGUAYAN: {
        "account_number": _digits(5, 20),
        "bank_account_type": _CHECKING_OR_SAVINGS,
        "branch_code": _digits(1, 10),
    },
    _Kind.VIETNAMESE: {
        "bank_account_number": _digits(1, 255, letters=True),
        "branch_name": FieldRule(needed=False, most=255, form="[0-9a-zA-Z]+"),
    },
}

RULES: Mapping[BankAccountKind, Mapping[str, FieldRule]] = {kind: {**_EVERYWHERE, **own} for kind, own in _OWN.items()}
"""Which details an account of each kind has, and what each must look like."""


def written_bank_account(account: NewBankAccount) -> Mapping[str, str]:
    """The account as A02 takes it. Raises ``ValueError`` naming the first field that it would refuse, never its value.

    What only a bank can know (whether an IBAN is right) is left to Mirakl.
    """
    rules = RULES[account.kind]
    for name in sorted(account.details.keys() - rules.keys()):
        raise ValueError(f"{name}: not a field of an account of kind {account.kind.value}")
    for name, rule in rules.items():
        _must_fit(name, rule, account.details.get(name))
    _must_fit("owner", FieldRule(least=1, most=100), account.owner)
    _must_fit("bank_name", FieldRule(least=1, most=255), account.bank_name)
    return {"@type": account.kind.value, "owner": account.owner, "bank_name": account.bank_name, **account.details}


def _must_fit(name: str, rule: FieldRule, value: str | None) -> None:
    if value is None:
        if rule.needed:
            raise ValueError(f"{name}: is needed")
        return
    if len(value) < rule.least or (rule.most is not None and len(value) > rule.most):
        span = f"{rule.least} to {rule.most}" if rule.most is not None else f"{rule.least} or more"
        raise ValueError(f"{name}: must have {span} characters")
    if rule.form and not re.fullmatch(rule.form, value):
        raise ValueError(f"{name}: holds characters that it may not hold")
