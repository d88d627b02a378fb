"""Each area of Mirakl offers the names that users need, and importing it costs nothing."""

import importlib
import subprocess
import sys

import pytest

from khaos_connectors.mirakl.after_sales.money_back import Ask

AREAS = ["after_sales", "despatch", "documents", "messages", "money", "offers", "orders"]


@pytest.mark.parametrize("area", AREAS)
def test_every_name_of_an_area_leads_to_its_home(area: str) -> None:
    """Whatever ``__all__`` names is there, ``dir`` lists it, and any other name is an AttributeError."""
    package = importlib.import_module(f"khaos_connectors.mirakl.{area}")
    for name in package.__all__:
        assert getattr(package, name).__class__.__name__ != "module", name
    assert dir(package) == sorted(package.__all__)
    with pytest.raises(AttributeError, match=f"mirakl.{area}' has no attribute 'nonsense'"):
        _ = package.nonsense


def test_a_name_is_the_same_from_either_place() -> None:
    """What an area offers is what its module defines."""
    assert importlib.import_module("khaos_connectors.mirakl.after_sales").Ask is Ask


def test_importing_an_area_loads_none_of_its_modules() -> None:
    """Neither a dependency nor a module below it, until a name is used."""
    code = (
        f"import sys, importlib\nfor area in {AREAS}: importlib.import_module('khaos_connectors.mirakl.' + area)\n"
        "print('attrs' in sys.modules, sum(name.count('.') > 2 for name in sys.modules if 'khaos_c' in name))"
    )
    told = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "0"]
