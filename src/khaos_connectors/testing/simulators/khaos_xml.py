"""The bits of XML that the simulated Khaos Control writes its documents from."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

from khaos_connectors.testing.simulators.khaos_settings import KhaosSettings

__all__ = ["Attributes", "Page", "Pairs", "flag", "leaf", "leaves", "node", "put"]

Attributes = Sequence[tuple[str, str]]
Pairs = Iterable[tuple[str, str]]


def _open(name: str, attributes: Attributes) -> str:
    return name + "".join(f" {key}={quoteattr(value)}" for key, value in attributes)


def node(name: str, content: Iterable[str], attributes: Attributes = ()) -> str:
    """An element around *content*, which is XML already."""
    inner = "".join(content)
    return f"<{_open(name, attributes)}>{inner}</{name}>" if inner else f"<{_open(name, attributes)}/>"


def leaf(name: str, text: str, attributes: Attributes = ()) -> str:
    """An element with nothing but text."""
    return node(name, [escape(text)], attributes)


def leaves(pairs: Pairs) -> list[str]:
    """One element per name and text."""
    return [leaf(name, text) for name, text in pairs]


def flag(value: bool) -> str:  # noqa: FBT001 (a conversion of one value, nothing is switched by it)
    """A truth value as documents have it: -1 or 0."""
    return "-1" if value else "0"


def put(parent: ET.Element, name: str, text: str) -> None:
    """Set the text of a child, which is made if it is not there."""
    found = parent.find(name)
    if found is None:
        found = ET.SubElement(parent, name)
    found.text = text


class Page:
    """How one installation writes what stands in every kind of document."""

    def __init__(self, settings: KhaosSettings) -> None:
        self._settings = settings

    def whole(self, root: str) -> str:
        """*root* as a document, with the declaration and the byte order mark that this installation puts first."""
        declaration = '<?xml version="1.0"?>' if self._settings.declaration else ""
        return ("\ufeff" if self._settings.bom else "") + declaration + root

    def free(self, name: str, text: str) -> str:
        """Text that people wrote: in a CDATA section where the installation does so."""
        if self._settings.cdata and text:
            return f"<{name}><![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"
        return leaf(name, text)

    def day(self, moment: datetime | None) -> str:
        """A day as status documents write it, DD/MM/YYYY; "" for none."""
        return "" if moment is None else f"{moment.astimezone(self._settings.server_timezone):%d/%m/%Y}"

    def iso_day(self, moment: datetime | None) -> str:
        """A day as customer documents write it, YYYY-MM-DD; Delphi's day zero for none."""
        return "1899-12-30" if moment is None else f"{moment.astimezone(self._settings.server_timezone):%Y-%m-%d}"
