"""Every bank account that we write is one that the official document allows, for each kind of account by itself."""

import json
import os
from functools import cache
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.mirakl.models.accounting_codes import BankAccountKind
from khaos_connectors.mirakl.models.new_bank_accounts import RULES, written_bank_account
from khaos_connectors.testing.mirakl_shipping_strategies import bank_accounts

DATA = Path(os.environ.get("KHAOS_CONTRACTS", Path(__file__).parents[3].parent / "shared" / "contracts" / "data"))
SPEC = DATA / "mirakl" / "spec" / "mmp-seller-openapi.2026-08.json"
pytestmark = pytest.mark.skipif(not SPEC.exists(), reason="the vendor's OpenAPI document is not at hand")


@cache
def schemas() -> dict[str, dict[str, object]]:
    return json.loads(SPEC.read_text(encoding="utf-8"))["components"]["schemas"]


def schema_of(kind: BankAccountKind) -> dict[str, object]:
    """What the document asks of an account of *kind*, closed: a field that it does not know is a mistake."""
    common = schemas()["A02_Request_PaymentInfo"]
    name = common["discriminator"]["mapping"][kind.value].rpartition("/")[2]
    own = schemas()[name]
    return {
        "type": "object",
        "properties": {**common["properties"], **own["properties"]},
        "required": sorted({*common["required"], *own["required"]}),
        "additionalProperties": False,
    }


@pytest.mark.parametrize("kind", BankAccountKind)
def test_what_is_written_is_allowed(kind: BankAccountKind) -> None:
    """Whatever details are given and taken, the body has the document's fields, lengths and forms."""

    allowed = jsonschema.Draft202012Validator(schema_of(kind))

    @settings(max_examples=10, deadline=None)
    @given(account=bank_accounts(st.just(kind)))
    def law(account: object) -> None:
        allowed.validate(dict(written_bank_account(account)))

    law()


@pytest.mark.parametrize("kind", BankAccountKind)
def test_no_detail_is_missing(kind: BankAccountKind) -> None:
    """Our rules name every field that the document has for this kind, needed where the document needs it."""
    schema = schema_of(kind)
    common = {"@type", "owner", "bank_name"}
    assert set(RULES[kind]) == set(schema["properties"]) - common
    assert {name for name, rule in RULES[kind].items() if rule.needed} == set(schema["required"]) - common
