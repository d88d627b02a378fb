"""A code of Mirakl's as the word that came on the wire, met before or not."""

from enum import Enum

from khaos_connectors.calls.decode import Unrecognised

__all__ = ["code_word"]


def code_word(value: Enum | Unrecognised | None) -> str:
    """The code itself, empty for none."""
    if value is None:
        return ""
    return value.code if isinstance(value, Unrecognised) else str(value.value)
