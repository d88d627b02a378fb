"""Documents that came in an archive: looked at before they are read item by item."""

import re
from collections.abc import Iterator
from itertools import chain
from xml.etree.ElementTree import Element

from khaos_connectors.calls.xml import stream
from khaos_connectors.khaos_control.documents.fields import Reading

__all__ = ["elements_of"]

_HEAD = 64 * 1024
# What may stand before the first element. Possessive, so that many comments cannot be tried in many ways.
_ROOT = re.compile(r"(?:\s++|<\?.*?\?>|<!--.*?-->)*+<([A-Za-z_][\w.-]*)[\s/>]", re.DOTALL)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def elements_of(pieces: Iterator[bytes], tag: str, *, root: str, reading: Reading, max_bytes: int) -> Iterator[Element]:
    """The elements *tag* of a document *root* that comes in *pieces*; none where there are no pieces.

    Reading item by item never sees the root, and another document would look like an empty one: ``Undecodable``, as far
    as the first piece shows the root.
    """
    head = next(pieces, b"")
    found = _ROOT.match(_text(head[:_HEAD]))
    if found is not None and found.group(1) != root:
        raise reading.broken(f"/{found.group(1)}", root)
    if head:
        whole = chain([head], pieces)
        yield from stream(whole, tag, system=reading.system, operation=reading.operation, max_bytes=max_bytes)


def _text(head: bytes) -> str:
    return head.decode("utf-16" if head.startswith(_UTF16) else "utf-8-sig", errors="ignore")
