"""Properties of structured results: texts, lists that may be missing, and values that may be unreadable."""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from khaos_connectors.calls.soap import SoapValue
from khaos_connectors.khaos_control.documents.fields import Reading, decimal_text, flag_text

__all__ = ["flag_of", "moment_of", "needed_text", "number_of", "read_of", "rows_of", "text_of", "texts_in", "whole_of"]

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


def read_of(value: SoapValue, name: str, path: str, reading: Reading, convert: Callable[[str], T | None]) -> T | None:
    """What *convert* makes of the text of *name*, None if empty; its ``ValueError`` is ``Undecodable`` at *path*."""
    text = text_of(value, name)
    if not text:
        return None
    try:
        return convert(text)
    except ValueError:
        raise reading.broken(path, _EXPECTED.get(name, "a number")) from None


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


_EXPECTED = {"LastUpdated": "a date", "ImportedCount": "a whole number", "Count": "a whole number"}
