"""Properties of structured results: texts, lists that may be missing, and values that may be unreadable."""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from khaos_connectors import errors
from khaos_connectors.calls.soap import SoapValue
from khaos_connectors.khaos_control.documents.fields import Reading, decimal_text, flag_text
from khaos_connectors.khaos_control.rows import Rows, UnreadRow

__all__ = [
    "flag_of",
    "moment_of",
    "needed_text",
    "number_of",
    "rows_of",
    "rows_read",
    "text_of",
    "texts_in",
    "whole_list",
    "whole_of",
]

T = TypeVar("T")


def rows_of(value: SoapValue, name: str) -> Iterable[SoapValue]:
    """The rows of the list *name*; none if it is missing or nil."""
    child = value.child(name)
    return () if child is None or child.nil else child.items()


def text_of(value: SoapValue, name: str) -> str:
    """The trimmed text of the property *name*, "" if there is none."""
    child = value.child(name)
    return "" if child is None else (child.text or "").strip()


def texts_in(value: SoapValue) -> tuple[str, ...]:
    """The texts of a plain list (string[]) without the empty ones; a nil list has none."""
    return tuple(text for each in value.items() if (text := (each.text or "").strip()))


def needed_text(value: SoapValue, name: str, path: str, reading: Reading) -> str:
    """The text of *name*, which must not be empty: else ``Undecodable`` at *path*."""
    text = text_of(value, name)
    if not text:
        raise reading.broken(f"{path}/{name}", "a text")
    return text


def rows_read(rows: Iterable[SoapValue], name: str, read: Callable[[SoapValue, str], T], *, key: str) -> Rows[T]:
    """Every row by *read*, which gets its path, the broken ones apart under the text of their property *key*."""
    items: list[T] = []
    unread: list[UnreadRow] = []
    for index, row in enumerate(rows):
        try:
            items.append(read(row, f"{name}[{index}]"))
        except errors.Undecodable as bad:
            unread.append(UnreadRow(key=text_of(row, key), path=bad.path, expected=bad.expected))
    return Rows(items=tuple(items), unread=tuple(unread))


def whole_list(value: SoapValue, reading: Reading) -> tuple[tuple[str, SoapValue], ...]:
    """The rows of the property List, each with its path; ``Undecodable`` where it is shorter than its own Count.

    So is what is no list at all.
    """
    count, found = whole_of(value, "Count", "", reading), tuple(rows_of(value, "List"))
    if count is None and value.child("List") is None:
        raise reading.broken("List", "a list")
    if count is not None and len(found) < count:
        raise reading.broken("List", f"{count} entries, as Count says, not {len(found)}")
    return tuple((f"List[{index}]", row) for index, row in enumerate(found))


def flag_of(value: SoapValue, name: str, path: str, reading: Reading) -> bool:
    """The truth *name*; empty or missing is False."""
    return bool(_converted(text_of(value, name), f"{path}/{name}", reading, flag_text, "true or false"))


def moment_of(value: SoapValue, name: str, path: str, reading: Reading) -> datetime | None:
    """The time *name*, None for an empty date."""
    return _converted(text_of(value, name), f"{path}/{name}", reading, reading.time.read, "a date")


def number_of(value: SoapValue, name: str, path: str, reading: Reading) -> Decimal | None:
    """The number *name*, None if empty."""
    return _converted(text_of(value, name), f"{path}/{name}", reading, decimal_text, "a number")


def whole_of(value: SoapValue, name: str, path: str, reading: Reading) -> int | None:
    """The whole number *name*, None if empty."""
    return _converted(text_of(value, name), f"{path}/{name}", reading, int, "a whole number")


def _converted(text: str, place: str, reading: Reading, convert: Callable[[str], T | None], expected: str) -> T | None:
    try:
        return convert(text) if text else None
    except ValueError:
        raise reading.broken(place.removeprefix("/"), expected) from None
