"""Words for an error about a name that is not known: the names that are, the likeliest first."""

from collections.abc import Iterable
from difflib import SequenceMatcher

__all__ = ["known_names"]


def known_names(found: str, known: Iterable[str], *, most: int = 5) -> str:
    """``known: Web, Retail and 3 more``: at most *most* of *known*, those that look like *found* before the others."""
    names = sorted({each for each in known if each})
    if not names:
        return "none is known"
    wanted = found.casefold()
    # Comparing costs: thousands of stock codes are looked at by their beginning only.
    close = names if len(names) <= 1000 else [each for each in names if each.casefold()[:2] == wanted[:2]]
    likeness: dict[str, float] = {}
    matcher = SequenceMatcher(b=wanted)
    for name in close:
        matcher.set_seq1(name.casefold())
        likeness[name] = max(0.6, matcher.ratio())  # what is less like it is not like it at all
    likeliest = sorted(names, key=lambda name: (-likeness.get(name, 0.6), name))
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return f"known: {', '.join(likeliest[:most])}{rest}"
