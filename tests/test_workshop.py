"""What the project promises about itself: versions, changelog, constraints, benchmarks."""

import subprocess
import sys
import tomllib
from pathlib import Path

import khaos_connectors

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


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


def test_no_file_is_too_long_to_read() -> None:
    """A file of the library has at most 400 lines: beyond that it holds two things."""
    lengths = {path.name: len(path.read_text().splitlines()) for path in (ROOT / "src").rglob("*.py")}

    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_the_benchmarks_run() -> None:
    """Each race of ``make bench`` runs, and both sides come to the same result."""
    command = [sys.executable, str(ROOT / "benchmarks" / "run.py"), "--quick"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert len(done.stdout.splitlines()) == 16
