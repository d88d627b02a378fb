"""Results whose shape nobody has published, as a plain tree of names and texts."""

from collections.abc import Iterator

import attrs

from khaos_connectors.calls.soap import SoapValue
from khaos_connectors.khaos_control.documents.fields import Reading

__all__ = ["Structure", "read_structure"]

_MAX_DEPTH = 32
_MAX_NODES = 200_000


@attrs.frozen(kw_only=True)
class Structure:
    """A value of a result: its element's *name*, its *text* (None if it is nil), and what it consists of.

    Names are as the service spells them; they are looked up without regard to case, as everywhere.
    """

    name: str
    text: str | None = None
    parts: "tuple[Structure, ...]" = ()

    def __iter__(self) -> "Iterator[Structure]":
        return iter(self.parts)

    def part(self, name: str) -> "Structure | None":
        """The first part called *name*, None if there is none."""
        return next((each for each in self.parts if each.name.casefold() == name.casefold()), None)

    def told(self, name: str) -> str:
        """The trimmed text of the first part called *name*, "" if there is none."""
        part = self.part(name)
        return "" if part is None else (part.text or "").strip()


def read_structure(value: SoapValue, reading: Reading) -> Structure:
    """*value* with everything under it, references followed.

    ``Undecodable`` for what refers to itself or nests deeper than 32 levels, and for more than 200,000 values: a few
    references to references would otherwise unfold to any size.
    """
    return _Unfolding(reading).structure(value, 0)


class _Unfolding:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._left = _MAX_NODES

    def structure(self, value: SoapValue, depth: int) -> Structure:
        self._left -= 1
        if self._left < 0:
            raise self._reading.broken(value.path, f"at most {_MAX_NODES} values")
        if depth > _MAX_DEPTH:
            raise self._reading.broken(value.path, f"values at most {_MAX_DEPTH} levels deep")
        parts = tuple(self.structure(each, depth + 1) for each in value.items())
        return Structure(name=value.name, text=value.text, parts=parts)
