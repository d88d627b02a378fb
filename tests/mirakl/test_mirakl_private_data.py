"""What people would not want in a log: no record of Mirakl's shows it when it is printed."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from typing import get_args

import attrs
import pytest

from khaos_connectors import mirakl
from khaos_connectors.calls.decode import Text, Unrecognised

# Fields that hold people, their places, their money or their own words, by the names that Mirakl gives them.
PRIVATE = re.compile(
    r"^(first_?name|last_?name|civility|owner|display_name|company_?2?|city|birth_\w+|street_?[12]|zip_code|fax|body"
    r"|phone\w*|\w*email|\w*corporate_name|company_registration_name|company_registration_number"
    r"|iban|bic|clabe|pix_key|auban|aubsb|bank_\w+|\w*account_number|\w*sort_code|branch_\w+|\w*routing_number"
    r"|institution_number|transit_number|swift_code|indian_financial_system_code|imprint_number|payment_reference"
    r"|\w*tax_number|tax_identification_number|identification_number|electronic_address"
    r"|additional_info|comment|response|non_compliance_additional_info|file_name)$"
)
# Elsewhere the same words mean nothing of anybody: record, field, and what it is.
PRIVATE_IN = {
    ("AdditionalField", "value"),
    ("NewAdditionalField", "value"),
    ("NewBankAccount", "details"),
    ("NewReturn", "description"),
    ("NewShipmentInformation", "value"),
    ("NewTopic", "value"),
    ("Return", "description"),
    ("ShipmentInformation", "value"),
    ("Topic", "value"),
}


@cache
def records() -> dict[str, type[attrs.AttrsInstance]]:
    """Every record in the package, public or not, by module and name."""
    found: dict[str, type[attrs.AttrsInstance]] = {}
    for each in pkgutil.walk_packages(mirakl.__path__, f"{mirakl.__name__}."):
        for name, one in vars(importlib.import_module(each.name)).items():
            if isinstance(one, type) and attrs.has(one) and one.__module__ == each.name:
                found[f"{each.name.removeprefix(mirakl.__name__ + '.')}.{name}"] = one
    return found


def texts(hint: object) -> bool:
    """Whether a value of the type *hint* may hold text that somebody wrote."""
    if isinstance(hint, str):
        return re.search(r"\b(str|Text|object)\b", hint) is not None
    return hint in {str, Text, object} or any(texts(each) for each in get_args(hint))


def private(record: type[attrs.AttrsInstance]) -> Iterator[str]:
    """The fields of *record* that nobody should read in a log."""
    for field in attrs.fields(record):
        if (record.__name__, field.name) in PRIVATE_IN or (PRIVATE.match(field.name) and texts(field.type)):
            yield field.name


HOLDERS = sorted(name for name, one in records().items() if any(private(one)))


def planted(record: type[attrs.AttrsInstance]) -> attrs.AttrsInstance:
    """A *record* with its own field's name, marked, in each private field and something plain in every other."""
    made = object.__new__(record)
    marked = set(private(record))
    for field in attrs.fields(record):
        object.__setattr__(made, field.name, f"<<{field.name}>>" if field.name in marked else None)
    return made


@pytest.mark.parametrize("name", HOLDERS)
def test_no_record_shows_what_is_private(name: str) -> None:
    """Names, addresses, phones, e-mail, accounts, tax numbers and free words are kept, and never printed."""
    shown = repr(planted(records()[name]))
    assert re.findall(r"<<\w+>>", shown) == []


def test_the_private_fields_are_found() -> None:
    """Addresses of orders, parties to documents, bank accounts and returns are among them, or the law says nothing."""
    assert {
        "models.customers.OrderAddress",
        "models.parties.DeliveryAddress",
        "models.returns.ReturnAddress",
        "models.bank_accounts.BankAccount",
        "models.messages.Message",
        "models.new_bank_accounts.NewBankAccount",
    } <= set(HOLDERS)
    assert len(HOLDERS) > 40
    assert {each for record in records().values() for each in private(record)} >= {"iban", "phone", "email", "street1"}


def test_the_sweep_can_fail() -> None:
    """A record that shows an address is caught."""

    @attrs.frozen(kw_only=True)
    class Careless:
        street_1: str | None = None
        code: Unrecognised | None = None

    assert "<<street_1>>" in repr(planted(Careless))
