"""The page of operations in the documentation says what the table and the endpoints say, row by row."""

from collections import defaultdict
from pathlib import Path

import pytest

from khaos_connectors.calls.pace import Limit
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.operations import OPERATIONS, Keeping, Operation, Paging, Usage
from khaos_connectors.testing.mirakl_call_strategies import endpoint_functions, operation_of

DOCS = Path(__file__).parents[2] / "docs" / "systems"
PAGE = DOCS / "mirakl_operations.md"

REPEATS = {"free": "yes", "same-effect": "yes, same effect", "never": "**never**: look first"}
UNITS = {1.0: "second", 60.0: "minute", 3600.0: "hour", 86400.0: "day"}
KEPT = {
    Keeping.WAIT: "waited for",
    Keeping.POLL: "polls spaced, pages not",
    Keeping.CACHE: "keep the answer",
    Keeping.EVENT: "courtesy pace",
}


def functions_by_code() -> dict[str, list[str]]:
    """The endpoint functions of each operation."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, function in sorted(endpoint_functions().items()):
        found[operation_of(function)].append(name)
    return found


def spelt(limit: Limit) -> str:
    """A limit as people say it: ``once a minute``, ``20 a minute``, ``every 15 s``."""
    unit = UNITS.get(float(limit.seconds))
    if unit is not None:
        return f"once a{'n' if unit == 'hour' else ''} {unit}" if limit.calls == 1 else f"{limit.calls} a {unit}"
    seconds = limit.seconds
    return f"every {seconds / 60:g} minutes" if seconds > 60 else f"every {seconds:g} s"


def highest(usage: Usage) -> str:
    """The highest documented use; per event where the document gives no number."""
    if usage.limit is None:
        return "per event" if usage.keeping is Keeping.EVENT else "-"
    more = [f"at most {spelt(usage.burst)}"] if usage.burst else []
    more += [f"its larger form {spelt(usage.whole)}"] if usage.whole else []
    return ", ".join([spelt(usage.limit), *more])


def size(each: Operation) -> str:
    """How much goes into one call, or comes with one page."""
    if each.batch is not None:
        return f"{each.batch} a call"
    return "-" if each.paging is Paging.NONE else f"{each.paging.value}, {each.most} a page"


def row(each: Operation, functions: list[str]) -> str:
    """The line of one operation."""
    called = ", ".join(f"`{name}`" for name in functions) or f'`raw("{each.code}", …)`'
    if not each.integration:
        called = f"not for integrations: {each.instead}"
    cells = (
        each.code,
        each.what,
        called,
        size(each),
        REPEATS[each.repeat],
        highest(each.usage),
        KEPT[each.usage.keeping],
    )
    return f"| {' | '.join(cells)} |"


FUNCTIONS = functions_by_code()


def expected() -> list[str]:
    """Headings and lines of the page's tables, in the order of the official document."""
    lines: list[str] = []
    group = ""
    for each in OPERATIONS.values():
        if each.group != group:
            group = each.group
            lines.append(f"## {group}")
        lines.append(row(each, FUNCTIONS.get(each.code, [])))
    return lines


def written() -> list[str]:
    """The same of the page as it is."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith("## ") or (line.startswith("| ") and "Operation |" not in line)]


def test_the_page_says_what_the_table_says() -> None:
    """Every operation has its line: function, batch or page, repeat, highest use, how it is kept. None is made up."""
    assert written() == expected()


def test_every_function_stands_on_the_page() -> None:
    """Whatever ``endpoints`` offers as a call is found by its name."""
    named = {name for names in FUNCTIONS.values() for name in names}
    calls = {name for name in endpoints.__all__ if not isinstance(getattr(endpoints, name), type)}
    assert named == calls
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in sorted(calls) if f"`{name}`" not in text] == []


def test_the_counts_that_are_told_are_those_of_the_table() -> None:
    """Pages name how many operations there are, how many are typed, how many are not for integrations."""
    closed = [each for each in OPERATIONS.values() if not each.integration]
    text = PAGE.read_text(encoding="utf-8")
    assert f"All {len(OPERATIONS)} operations" in text
    assert f"{len(FUNCTIONS)} have a function" in text
    assert f"{len(closed)} are not for integrations" in text
    assert f"all {len(OPERATIONS)} operations" in (DOCS / "mirakl.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (Limit(1, 60), "once a minute"),
        (Limit(1, 3600), "once an hour"),
        (Limit(20, 60), "20 a minute"),
        (Limit(1, 15), "every 15 s"),
        (Limit(1, 900), "every 15 minutes"),
    ],
)
def test_limits_are_spelt_as_people_say_them(limit: Limit, words: str) -> None:
    """The words of the page."""
    assert spelt(limit) == words
