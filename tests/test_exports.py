"""What is public is said, and importing the package costs next to nothing."""

import ast
import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import khaos_connectors

ROOT = Path(khaos_connectors.__file__).parent
HEAVY = ["httpx", "attrs", "attr", "cattrs", "asyncio", "ssl", "json", "logging", "sqlalchemy", "hypothesis", "typer"]
BUDGET_MS = 5.0


def modules() -> Iterator[str]:
    for found in pkgutil.walk_packages([str(ROOT)], "khaos_connectors."):
        if not any(part.startswith("_") for part in found.name.split(".")):
            yield found.name


def public_names(tree: ast.Module) -> set[str]:
    """Functions and classes that a module defines without an underscore. Type words and constants may stay inside."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")}


def file_of(module: str) -> Path:
    base = ROOT.joinpath(*module.split(".")[1:])
    return base / "__init__.py" if base.is_dir() else base.with_suffix(".py")


@pytest.mark.parametrize("module", ["khaos_connectors", *modules()])
def test_all_is_sorted_and_complete(module: str) -> None:
    """``__all__`` holds every public function and class that a module defines, sorted, and every name in it exists."""
    source = file_of(module).read_text(encoding="utf-8")
    loaded = importlib.import_module(module)
    declared = getattr(loaded, "__all__", None)
    defined = public_names(ast.parse(source))
    if declared is None:
        assert defined == set(), f"{module} defines public names and has no __all__"
        return

    assert list(declared) == sorted(declared, key=_as_ruff_sorts)
    assert len(set(declared)) == len(declared)
    assert [name for name in declared if not hasattr(loaded, name)] == []
    assert defined - set(declared) == set()


def _as_ruff_sorts(name: str) -> tuple[int, str]:
    # Constants, then classes, then the rest: the order that the linter keeps.
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2, name)


def test_lazy_names_are_loaded_when_they_are_used() -> None:
    """Every name at the top leads to its home; an unknown one is an AttributeError like anywhere."""
    assert dir(khaos_connectors) == sorted(khaos_connectors.__all__)
    for name in khaos_connectors.__all__:
        assert getattr(khaos_connectors, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = khaos_connectors.nonsense  # type: ignore[attr-defined]  # that it is missing is the point


def test_importing_loads_nothing_heavy() -> None:
    """No dependency, no event loop, no module of ours but the package itself."""
    code = (
        "import sys; before = set(sys.modules); import khaos_connectors; new = set(sys.modules) - before;"
        f"print([name for name in {HEAVY} if name in new]);"
        "print(sorted(name for name in new if name.startswith('khaos_connectors')))"
    )
    told = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.splitlines() == ["[]", "['khaos_connectors']"]


def test_importing_is_quick() -> None:
    """At most five milliseconds over a bare interpreter; the best of several runs, because machines are busy."""

    def cost() -> float:
        told = subprocess.run(
            [sys.executable, "-I", "-X", "importtime", "-c", "import khaos_connectors"],
            capture_output=True,
            text=True,
            check=True,
        )
        line = next(line for line in told.stderr.splitlines() if line.endswith("| khaos_connectors"))
        return int(line.split("|")[1]) / 1000

    assert min(cost() for _ in range(5)) <= BUDGET_MS


def test_one_file_knows_httpx() -> None:
    """Everything else speaks of requests as values."""
    importers = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Import) and any(each.name.split(".")[0] == "httpx" for each in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "httpx")
    }

    assert importers == {"calls/_httpx.py"}


def test_using_a_client_needs_no_httpx_until_it_connects() -> None:
    """Endpoints, callers and runners over another transport work without it."""
    code = (
        "import sys; import khaos_connectors.calls.client, khaos_connectors.calls.connect, khaos_connectors.faces;"
        "print('httpx' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "False"
