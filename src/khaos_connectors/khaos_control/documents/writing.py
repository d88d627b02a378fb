"""What every document that is written has in common: numbers as the service takes them, characters that it can take."""

import re
from decimal import Decimal

__all__ = ["amount_text", "quantity_text", "unfit_character"]

# What XML 1.0 cannot carry at all, and the control characters that the parser over there will not take.
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def amount_text(value: Decimal) -> str:
    """An amount, exact, with at least two decimals."""
    whole, _, fraction = quantity_text(value).partition(".")
    return f"{whole}.{fraction.ljust(2, '0')}"


def quantity_text(value: Decimal) -> str:
    """A quantity, exact, without an exponent or needless zeros."""
    text = f"{value or Decimal(0):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def unfit_character(text: str) -> str:
    """The first character of *text* that cannot be sent, as ``U+0001``; "" if there is none."""
    found = _UNFIT.search(text)
    return f"U+{ord(found.group()):04X}" if found else ""
