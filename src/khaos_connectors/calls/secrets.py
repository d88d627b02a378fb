"""A credential that does not show itself."""

import hmac
from typing import NoReturn, Self

__all__ = ["Secret", "secret"]

_SHOWN = "Secret(***)"


class Secret:
    """A credential: ``reveal()`` is the only way to its text; ``repr``, ``str`` and formats hide it.

    It compares in constant time and refuses to be pickled, so that it lands in no queue, cache or crash report.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The credential itself: for the line that signs a request and nowhere else."""
        return self._text

    def __repr__(self) -> str:
        return _SHOWN

    def __str__(self) -> str:
        return _SHOWN

    def __format__(self, spec: str) -> str:
        return format(_SHOWN, spec)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled: pass the name of the setting and read it on the other side")


def secret(value: "Secret | str") -> Secret:
    """*value* as a ``Secret``: a text is wrapped where it is given, because at the first call it would be too late."""
    return _wrapped(value)


def _wrapped(value: object) -> Secret:
    # Whatever the annotation says: an unset variable or the bytes of a file come here too.
    if isinstance(value, Secret):
        return value
    if isinstance(value, str):
        return Secret(value)
    raise TypeError(f"a credential must be a Secret(text) or the text itself, not {type(value).__name__}")
