"""Nothing that looks like a card number is sent: a payment refuses it, other texts that people write are checked."""

import re
from collections.abc import Iterator

import attrs

__all__ = ["last_digits", "looks_like_card_number", "no_card_number"]

# Digits that belong together: people and shops group them with single spaces or hyphens.
_GROUPED = re.compile(r"[0-9]+(?:[ -][0-9]+)*")
_LENGTHS = range(13, 20)
_FIRST_DIGITS = re.compile(r"2[2-7]|[3-6]")


def looks_like_card_number(text: str) -> bool:
    """Whether *text* holds 13 to 19 digits that begin like a payment card's and end in its check digit (Luhn).

    One random number of that length in twenty does: such a reference is refused too. Bar codes and telephone numbers
    are such numbers: codes are not to be checked by this.
    """
    return any(
        len(digits) in _LENGTHS and _FIRST_DIGITS.match(digits) is not None and _has_check_digit(digits)
        for found in _GROUPED.findall(text)
        for digits in _joined(re.split("[ -]", found))
    )


def _joined(groups: list[str]) -> Iterator[str]:
    """Neighbouring groups, as many together as a card number could be long."""
    for start in range(len(groups)):
        digits = ""
        for group in groups[start:]:
            digits += group
            if len(digits) >= _LENGTHS.stop:
                break
            yield digits


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
