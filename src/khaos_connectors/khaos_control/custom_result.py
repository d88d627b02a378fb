"""How the result of a custom operation is read, as data: paths to what it says."""

import re
from typing import Literal
from xml.etree.ElementTree import Element

import attrs

from khaos_connectors.calls.soap import SoapValue
from khaos_connectors.calls.xml import parse
from khaos_connectors.errors import ConfigError
from khaos_connectors.khaos_control.documents.fields import Reading
from khaos_connectors.khaos_control.structure import Structure, read_structure

__all__ = ["ResultReader", "Told"]

_PATH = re.compile(r"\.|(@|([A-Za-z_][\w.-]*/)*@?)[A-Za-z_][\w.-]*")
_YES = frozenset({"true", "1", "-1", "yes", "ok"})


@attrs.frozen(kw_only=True)
class Told:
    """What a result says: whether it was done (or is there), its *code* over there, and what to tell a person."""

    success: bool
    code: str = ""
    message: str = ""


@attrs.frozen(kw_only=True)
class ResultReader:
    """Where a result says what. *form*: a value or structure, an XML document in a text, or nothing at all.

    Paths are names with slashes (``"Result/Code"``, ``"ORDER/@CODE"``), ``"."`` is the result itself, and the case of
    names does not matter. *success* leads to a text that is one of *yes* (whatever its case) when it was done; "": it
    was done unless the service refuses. *code* leads to the ERP's own number of what was made, *message* to its words.
    """

    form: Literal["structure", "document", "nothing"] = "structure"
    success: str = ""
    yes: frozenset[str] = _YES
    code: str = ""
    message: str = ""

    def __attrs_post_init__(self) -> None:
        for name, path in (("success", self.success), ("code", self.code), ("message", self.message)):
            if path and not _PATH.fullmatch(path):
                raise ConfigError(field=name, problem=f"{path!r} is not a path: names with slashes, or a dot")
            if path and self.form == "nothing":
                raise ConfigError(field=name, problem="there is no result to read it from")
        if self.success and not self.yes:
            raise ConfigError(field="yes", problem="must not be empty: no answer would mean that it was done")

    def read(self, value: SoapValue, reading: Reading) -> Told:
        """What *value* says. ``Undecodable`` where it does not say what it should."""
        if self.form == "nothing":
            return Told(success=True)
        result = self._tree(value, reading)
        code, message = _text(result, self.code), _text(result, self.message)
        if self.success:
            said = _text(result, self.success)
            if said is None:
                raise reading.broken(f"$/{self.success}", "whether it was done")
            done = said.casefold() in {each.casefold() for each in self.yes}
            return Told(success=done, code=code or "", message=message or "")
        return Told(success=bool(code) or not self.code, code=code or "", message=message or "")

    def _tree(self, value: SoapValue, reading: Reading) -> Structure:
        if self.form == "structure":
            return read_structure(value, reading)
        if not (value.text or "").strip():
            return Structure(name="", text="")
        return _structure(parse(value.text or "", system=reading.system, operation=reading.operation))


def _structure(element: Element) -> Structure:
    attributes = (Structure(name=f"@{_local(name)}", text=text) for name, text in element.attrib.items())
    return Structure(
        name=_local(element.tag), text=element.text or "", parts=(*attributes, *(_structure(each) for each in element))
    )


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _text(result: Structure, path: str) -> str | None:
    """The trimmed text at *path*, None where there is none and where it is nil."""
    at: Structure | None = result
    for name in path.split("/") if path not in {"", "."} else ():
        at = at.part(name) if at is not None else None
    return at.text.strip() if at is not None and at.text is not None and path else None
