"""How the simulated Khaos Control reads the documents that it is sent, and the words with which it refuses them."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from xml.etree import ElementTree as ET

from khaos_connectors._choices import known_names
from khaos_connectors.testing.simulators.khaos_settings import KhaosSettings
from khaos_connectors.testing.simulators.khaos_soap import KhaosFault, parse_document

__all__ = ["amount", "check_texts", "known_name", "needed", "read_root", "text_of", "truth", "unknown", "whole"]

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_ADDRESS_LIMITS = {
    **dict.fromkeys(("ADDRESS1", "ADDRESS2", "ADDRESS3", "TOWN", "COUNTY"), 35),
    **dict.fromkeys(("FORENAME", "SURNAME", "EMAIL"), 50),
    "POSTCODE": 10,
    "TITLE": 20,
}
_LIMITS = {
    **{prefix + name: limit for prefix in ("I", "D", "") for name, limit in _ADDRESS_LIMITS.items()},
    **dict.fromkeys(("ADDR1", "ADDR2", "ADDR3"), 35),
    **dict.fromkeys(("WEB_USER", "COMPANY_NAME", "WEB_SITE", "STOCK_CODE"), 50),
    **dict.fromkeys(("ORDER_NOTE", "INVOICE_NOTE"), 2000),
    **dict.fromkeys(("OTHER_REF", "PO_NUMBER"), 30),
    "COMPANY_CODE": 10,
    "TAX_REFERENCE": 20,
    "COURIER_NOTE": 255,
    "STOCK_DESC": 250,
    "EXTENDED_DESC": 150,
}
_TELEPHONES = frozenset(prefix + name for prefix in ("I", "D", "") for name in ("TEL", "FAX", "MOBILE"))


def read_root(text: str, tag: str) -> ET.Element:
    """The root of the document in *text*, which must be a *tag*."""
    root = parse_document(text)
    if root.tag != tag:
        raise KhaosFault(f"{tag} expected, {root.tag} found")
    return root


def text_of(element: ET.Element, path: str) -> str:
    """The trimmed text at *path*, "" when nothing is there."""
    return (element.findtext(path) or "").strip()


def needed(element: ET.Element, path: str) -> str:
    """The text at *path*; a fault where there is none."""
    found = text_of(element, path)
    if not found:
        raise KhaosFault(f"{path.rpartition('/')[2]} is required")
    return found


def amount(element: ET.Element, path: str) -> Decimal | None:
    """The number at *path*, None where there is none; a fault for what is no number."""
    text = text_of(element, path)
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        message = f"'{text}' is not a valid floating point value for {path.rpartition('/')[2]}"
        raise KhaosFault(message, exception_class="EConvertError")
    return Decimal(text)


def whole(element: ET.Element, path: str) -> int:
    """The whole number at *path*, which must be there."""
    text = needed(element, path)
    if not re.fullmatch(r"-?[0-9]+", text):
        message = f"'{text}' is not a valid integer value for {path.rpartition('/')[2]}"
        raise KhaosFault(message, exception_class="EConvertError")
    return int(text)


def truth(element: ET.Element, path: str) -> bool:
    """The truth value at *path*, which must be there as 0 or -1."""
    found = whole(element, path)
    if found not in {0, -1}:
        raise KhaosFault(f"{path} must be 0 or -1, not {found}")
    return found == -1


def known_name(element: ET.Element, path: str, allowed: Sequence[str]) -> str:
    """The text at *path*: one of *allowed* (case matters), or ""."""
    found = text_of(element, path)
    if found and found not in allowed:
        raise unknown(path.rpartition("/")[2], found, allowed)
    return found


def unknown(name: str, found: str, known: Iterable[object]) -> KhaosFault:
    """The fault for a *name* that the installation does not know."""
    return KhaosFault(f"{name} '{found}' does not exist; {known_names(found, map(str, known))}")


def check_texts(document: ET.Element, settings: KhaosSettings) -> None:
    """A fault for the first text that is too long or holds what may not stand in it."""
    for element in document.iter():
        text = element.text or ""
        limit = _limit(element.tag, settings)
        longest = max((len(line) for line in text.splitlines()), default=0)
        length = longest if element.tag == "EXTENDED_DESC" else len(text)
        if settings.strict_lengths and limit is not None and length > limit:
            raise KhaosFault(f"{element.tag} is too long: {length} characters, {limit} are allowed")
        if element.tag in {"STOCK_CODE", "STOCK_DESC", "EXTENDED_DESC"} and "#" in text:
            raise KhaosFault(f"{element.tag} may not contain #")


def _limit(tag: str, settings: KhaosSettings) -> int | None:
    if tag == "ASSOCIATED_REF":
        return settings.reference_limit
    return settings.telephone_limit if tag in _TELEPHONES else _LIMITS.get(tag)
