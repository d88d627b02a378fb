"""An error about an unknown name says which names there are."""

import pytest

from khaos_connectors._choices import known_names


@pytest.mark.parametrize(
    ("found", "known", "told"),
    [
        ("web", ["Retail", "Trade", "Web"], "known: Web, Retail, Trade"),
        ("Internett", ["A", "B", "Internet"], "known: Internet, A, B"),
        ("X", [], "none is known"),
        ("X", ["B", "A", "A", ""], "known: A, B"),
        ("code-7", [f"CODE-{number}" for number in range(9)], "known: CODE-7, CODE-0, CODE-1 and 6 more"),
    ],
)
def test_the_likeliest_names_come_first(found: str, known: list[str], told: str) -> None:
    """Then the others by the alphabet, never more than asked for, with how many are left."""
    assert known_names(found, known, most=3) == told


def test_many_names_are_looked_at_by_their_beginning() -> None:
    """Among thousands the likely ones are still found."""
    codes = [f"A{number:04}" for number in range(2000)] + ["KC-1000", "KC-1001"]

    assert known_names("kc1000", codes, most=2) == "known: KC-1000, KC-1001 and 2000 more"
