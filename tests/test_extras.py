"""What is asked for without its extra says which one to install."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from khaos_connectors import testing
from khaos_connectors._extras import extra

MISSING = """
import sys
for name in {missing!r}:
    sys.modules[name] = None  # what import does where it is not installed
try:
    {statement}
except {error} as missing:
    print(missing)
"""
MODULES = sorted(path.stem for path in Path(testing.__path__[0]).glob("*_strategies.py"))


def told(statement: str, *missing: str, error: str = "ModuleNotFoundError") -> str:
    code = MISSING.format(missing=missing, statement=statement, error=error)
    return subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(
    "statement",
    [
        "from khaos_connectors.store import SqlStore",
        "from khaos_connectors.store.sql import SqlStore",
        "import khaos_connectors.store.schema",
        "import khaos_connectors.store.records",
        "import khaos_connectors.store.database",
    ],
)
def test_the_store_names_its_extra(statement: str) -> None:
    """Not only that sqlalchemy is missing, but what to install."""
    assert told(statement, "sqlalchemy") == "sqlalchemy is not installed: pip install 'khaos-connectors[store]'"


def test_opening_a_store_names_its_extra() -> None:
    """A setting that needs it is a setting that cannot work."""
    text = told("import khaos_connectors.store as s; s.open_store()", "sqlalchemy", error="ValueError")

    assert text == "store: sqlalchemy is not installed: pip install 'khaos-connectors[store]'"


@pytest.mark.parametrize(
    "statement",
    [
        "from khaos_connectors.testing.strategies import figures_of_one_code",
        *(f"import khaos_connectors.testing.{module}" for module in MODULES),
    ],
)
def test_strategies_name_their_extra(statement: str) -> None:
    """Every module of strategies, whichever is imported first."""
    text = told(statement, "hypothesis")

    assert text == "hypothesis is not installed: pip install 'khaos-connectors[testing]'"


def test_respx_names_its_extra() -> None:
    """Found when the first request is answered: the rest of the routes needs no extra."""
    statement = "import khaos_connectors.testing.simulators.routes as r; r._for_httpx(r.Response(status=200))"

    assert told(statement, "respx") == "respx is not installed: pip install 'khaos-connectors[testing]'"


@pytest.mark.parametrize("name", ["typer", "rich"])
def test_the_command_names_its_extra(name: str) -> None:
    """By a line on the standard error stream and an exit status, without a traceback."""
    wanted = f"{name} is not installed: pip install 'khaos-connectors[cli]'"

    assert told("import khaos_connectors.demo.commands", name) == wanted
    statement = "from khaos_connectors.cli import main; main()"
    assert told(statement, name, error="SystemExit") == f"khaos-connectors: {wanted}"


def test_what_is_missing_for_another_reason_keeps_its_words() -> None:
    """A module of ours that is gone is no extra that somebody forgot."""
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'khaos_connectors\.nonsense'"), extra("store"):
        import_module("khaos_connectors.nonsense")
