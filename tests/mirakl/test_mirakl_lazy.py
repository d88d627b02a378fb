"""Names of packages that are loaded when they are first used."""

import importlib

import pytest


def test_a_name_that_was_loaded_stays_in_its_package() -> None:
    """Looked up once: from then on it is an attribute like any other, and what is unknown stays unknown."""
    package = importlib.import_module("khaos_connectors.mirakl.money")
    package.__dict__.pop("Payout", None)
    loaded = package.Payout
    assert loaded is importlib.import_module("khaos_connectors.mirakl.money.payouts").Payout
    assert vars(package)["Payout"] is loaded
    with pytest.raises(AttributeError, match=r"'khaos_connectors\.mirakl\.money' has no attribute 'nonsense'"):
        _ = package.nonsense
    assert "nonsense" not in vars(package)
