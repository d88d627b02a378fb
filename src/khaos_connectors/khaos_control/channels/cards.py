"""Nothing that looks like a card number can be put into a payment: it is refused before there is a record of it."""

import re

import attrs

__all__ = ["last_digits", "looks_like_card_number", "no_card_number"]

# Digits that belong together: people and shops group them with single spaces or hyphens.
_GROUPED = re.compile(r"\d(?:[ -]?\d)*")
_SOLID = re.compile(r"\d+")
_LENGTHS = range(13, 20)
_FIRST_DIGITS = frozenset("23456")


def looks_like_card_number(text: str) -> bool:
    """Whether *text* holds 13 to 19 digits that begin like a payment card's and end in its check digit (Luhn).

    One random number of that length in ten does: such a reference is refused too.
    """
    runs = {*_SOLID.findall(text), *(re.sub("[ -]", "", found) for found in _GROUPED.findall(text))}
    return any(len(run) in _LENGTHS and run[0] in _FIRST_DIGITS and _has_check_digit(run) for run in runs)


def _has_check_digit(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (place % 2 + 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def no_card_number(_: object, field: "attrs.Attribute[str]", text: str) -> None:
    """The field does not hold what looks like a card number; the number is not repeated in the error."""
    if looks_like_card_number(text):
        raise ValueError(f"{field.name} looks like it holds a card number, which is never sent")


def last_digits(_: object, field: "attrs.Attribute[str]", text: str) -> None:
    """The field holds at most four digits."""
    if text and (len(text) > 4 or not text.isascii() or not text.isdigit()):
        raise ValueError(f"{field.name} must be at most four digits")
