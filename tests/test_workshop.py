"""What the project promises about itself: versions, names, examples."""

import ast
import importlib
import pkgutil
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import khaos_connectors

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def public_modules() -> list[str]:
    found = pkgutil.walk_packages(khaos_connectors.__path__, "khaos_connectors.")
    return [module.name for module in found if not any(part.startswith("_") for part in module.name.split("."))]


def test_version_is_told_once() -> None:
    """The package and its metadata have the same version."""
    assert khaos_connectors.__version__ == PROJECT["version"]


def test_changelog_has_a_place_for_changes() -> None:
    """The changelog begins with what is not released yet."""
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text()


def test_constraints_are_plain() -> None:
    """Exact versions and nothing else: no addresses, no hashes, no options."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()

    for line in lines:
        name, _, version = line.partition("==")
        assert name.replace("-", "").replace("_", "").replace(".", "").isalnum(), line
        assert version.replace(".", "").isalnum(), line
    assert lines == sorted(lines, key=str.lower)


@pytest.mark.parametrize("name", public_modules())
def test_public_modules_list_their_names(name: str) -> None:
    """``__all__`` is there, sorted as ruff sorts it, and each name in it exists."""
    module = importlib.import_module(name)
    if not (module.__file__ or "").endswith("__init__.py") or hasattr(module, "__all__"):
        listed = module.__all__
        assert len(set(listed)) == len(listed)
        for each in listed:
            assert getattr(module, each) is not None


def test_httpx_has_one_door() -> None:
    """Only one file imports httpx, wherever in it."""
    found = [
        path.name
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Import) and any(alias.name.split(".")[0] == "httpx" for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "httpx")
    ]

    assert set(found) == {"_httpx.py"}


def test_importing_the_package_loads_next_to_nothing() -> None:
    """``import khaos_connectors`` loads no dependency and none of its own modules."""
    code = "import sys; before = set(sys.modules); import khaos_connectors; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()

    assert [name for name in loaded if name.startswith("khaos_connectors.")] == []
    assert {"attrs", "attr", "cattrs", "httpx", "sqlalchemy"}.isdisjoint(loaded)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each example is a program that runs as it stands, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [path.name])

    runpy.run_path(str(path), run_name="__main__")


def test_the_benchmarks_run() -> None:
    """Each race of ``make bench`` runs, and both sides come to the same result."""
    command = [sys.executable, str(ROOT / "benchmarks" / "run.py"), "--quick"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert len(done.stdout.splitlines()) == 8
