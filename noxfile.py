"""The tests on every supported Python, with the newest and with the oldest dependencies that we promise: ``nox``."""

import tomllib
from pathlib import Path

import nox

PYTHONS = ["3.11", "3.12", "3.13"]
# What the tests need, and nothing of "dev" that asks for newer versions of our own dependencies.
# The oldest typer warns about what the newest click deprecates.
RUNNERS = [
    "click<8.3",
    "jsonschema",
    "PySimpleSOAP",
    "pytest",
    "pytest-xdist",
    "PyYAML",
    "spyne; python_version < '3.12'",
    "sybil",
    "zeep",
]
ROOT = Path(__file__).parent

nox.options.default_venv_backend = "venv"


def oldest() -> list[str]:
    """The lower bound of every runtime dependency and extra, as exact versions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    asked = [*project["dependencies"], *(one for name, many in extras.items() if name != "dev" for one in many)]
    return sorted({one.split(",")[0].replace(">=", "==") for one in asked})


@nox.session(python=PYTHONS)
def newest(session: nox.Session) -> None:
    """Whatever the package index offers today."""
    session.install("-e", ".[store,postgres,testing,cli,dev]")
    session.run("pytest", "-n", "2", "--dist", "loadfile", "-q", *session.posargs)


@nox.session(python=PYTHONS, name="oldest")
def with_oldest(session: nox.Session) -> None:
    """Each dependency in the oldest version that pyproject.toml allows."""
    session.install("-e", ".[store,postgres,testing,cli]", *RUNNERS, *oldest())
    session.run("pytest", "-n", "2", "--dist", "loadfile", "-q", "-p", "no:anyio", *session.posargs)
