"""The page of complaints and traps says what the tests show, and nothing else."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT.parent / "docs" / "systems" / "mirakl_complaints.md"
KINDS = {"complaint": ("## Complaints", 19), "trap": ("## Traps", 12)}

_ROW = re.compile(r"^\| (\d+) \|(.*)\|$", re.MULTILINE)
_NODE = re.compile(r"`([\w/]+\.py)::(\w+)`")


def rows(kind: str) -> dict[int, str]:
    """The rows of one of the page's tables by number."""
    _, _, after = PAGE.read_text(encoding="utf-8").partition(KINDS[kind][0])
    return {int(number): row for number, row in _ROW.findall(after.partition("\n## ")[0])}


@cache
def named_in(file: Path) -> frozenset[str]:
    """The names of all functions in a file, in classes too."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("kind", KINDS)
def test_each_number_is_there_with_a_test_of_its_name(kind: str) -> None:
    """Every complaint and every trap has one row, and a test that is named after it."""
    found = rows(kind)
    assert sorted(found) == list(range(1, KINDS[kind][1] + 1))
    for number, row in found.items():
        assert f"::test_{kind}_{number:02}_" in row, f"{kind} {number}"


@pytest.mark.parametrize("kind", KINDS)
def test_each_named_test_exists(kind: str) -> None:
    """A test that was renamed or moved is renamed on the page as well."""
    for number, row in rows(kind).items():
        for file, name in _NODE.findall(row):
            assert (ROOT / file).is_file(), f"{kind} {number}: {file}"
            assert name in named_in(ROOT / file), f"{kind} {number}: {file}::{name}"


@pytest.mark.parametrize("kind", KINDS)
def test_no_test_of_that_name_is_left_out(kind: str) -> None:
    """Whoever adds a test of a complaint or trap finds its row."""
    found = rows(kind)
    for file in ROOT.rglob("test_*.py"):
        for name in named_in(file):
            numbered = re.match(rf"test_{kind}_(\d+)_", name)
            if numbered:
                node = f"`{file.relative_to(ROOT).as_posix()}::{name}`"
                assert node in found.get(int(numbered[1]), ""), f"add {node} to the page"
