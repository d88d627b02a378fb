"""The vendor's own list of transaction types is the one that we know."""

import json
import os
from pathlib import Path

import pytest

from khaos_connectors.mirakl.money.settlement_types import TRANSACTION_TYPES

DATA = Path(os.environ.get("KHAOS_CONTRACTS", Path(__file__).parents[3].parent / "shared" / "contracts" / "data"))
ENUMS = DATA / "mirakl" / "mmp-seller-enums.json"
pytestmark = pytest.mark.skipif(not ENUMS.exists(), reason="the vendor's enumerations are not at hand")


def lists(value: object) -> list[list[str]]:
    """Every list of texts anywhere in a document."""
    if isinstance(value, dict):
        return [found for each in value.values() for found in lists(each)]
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return [value]
    return [found for each in value for found in lists(each)] if isinstance(value, list) else []


def test_every_type_has_a_meaning() -> None:
    """TL02's types, no more and no fewer."""
    found = [each for each in lists(json.loads(ENUMS.read_text())) if "RESERVE_FUNDING" in each]

    assert found
    assert all(set(each) == TRANSACTION_TYPES.keys() for each in found)
