"""XML that comes from outside: no DTD, no entities, bounded size and depth, and exports read one item at a time."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

import attrs

from khaos_connectors.calls._faults import local, not_soap, raise_fault
from khaos_connectors.calls.messages import Response
from khaos_connectors.errors import Undecodable

__all__ = ["parse", "stream", "stream_inner"]

_MAX_BYTES = 64 * 2**20
_MAX_DEPTH = 64
_PIECE = 16 * 1024
_LONG_TOKEN = 64 * 1024
_LEADS_NOWHERE = "a value, not a reference that leads nowhere further on in the answer"


def parse(
    text: str | bytes,
    *,
    system: str,
    operation: str,
    max_bytes: int = _MAX_BYTES,
    max_depth: int = _MAX_DEPTH,
) -> Element:
    """The root element of a document, names as ``{namespace}local``.

    A byte order mark and white space before the document, and a missing declaration, are accepted. ``Undecodable`` for
    what is not well-formed, holds a DTD, is longer than *max_bytes* (characters, for text) or nested deeper than
    *max_depth*.
    """
    builder = TreeBuilder()
    document = _Document(builder.start, builder.end, builder.data, _Bounds(system, operation, max_bytes, max_depth))
    document.feed(text)
    document.close()
    return builder.close()


def stream(
    text: str | bytes | Iterable[str] | Iterable[bytes],
    tag: str,
    *,
    system: str,
    operation: str,
    root: str | None = None,
    may_be_empty: bool = False,
    max_bytes: int = _MAX_BYTES,
    max_depth: int = _MAX_DEPTH,
) -> Iterator[Element]:
    """The elements with the local name *tag*, one after the other, each forgotten here once it was given.

    *text* may come whole or in pieces, which may end anywhere. Raises like ``parse``, after the items before the
    fault were given, and ``Undecodable`` for another document
    where the name of its *root* is given. *may_be_empty*: nothing at all has no elements.
    """
    harvest = _Harvest(tag, root, _Bounds(system, operation, max_bytes, max_depth))
    for piece in _pieces(text):
        yield from harvest.feed(piece)
    yield from harvest.close(may_be_empty=may_be_empty)


def stream_inner(
    response: Response,
    tag: str,
    *,
    system: str,
    operation: str,
    root: str | None = None,
    max_bytes: int = _MAX_BYTES,
    max_depth: int = _MAX_DEPTH,
) -> Iterator[Element]:
    """The elements *tag* of the document that travels as escaped text in the string result of a SOAP answer.

    The outer document is never held as a tree, the inner one never as text. A nil or empty result has no items.
    Raises ``Refused`` for a fault and like ``stream`` otherwise.
    """
    outer = _StringResult(_Bounds(system, operation, max_bytes, _MAX_DEPTH))
    harvest = _Harvest(tag, root, _Bounds(system, operation, max_bytes, max_depth))
    for piece in response.pieces():
        for text in _outer(outer.feed, piece, response, system, operation):
            yield from harvest.feed(text)
    _outer(outer.close, b"", response, system, operation)
    if outer.fault is not None:
        raise_fault(outer.fault, response, system=system, operation=operation)
    if not outer.found:
        raise not_soap(response, "a SOAP answer with a result", system=system, operation=operation)
    if outer.lost:
        raise not_soap(response, _LEADS_NOWHERE, system=system, operation=operation)
    yield from harvest.close(may_be_empty=True)


# --- expat, made safe --------------------------------------------------------------------------------------------


@attrs.frozen
class _Bounds:
    system: str
    operation: str
    max_bytes: int
    max_depth: int


class _Unfit(Exception):
    """Raised inside expat's handlers with what was expected instead."""


class _Document:
    """Feeds a parser and tells its three events to *start*, *end* and *data*; *path* goes into what is raised."""

    def __init__(
        self,
        start: Callable[[str, dict[str, str]], object],
        end: Callable[[str], object],
        data: Callable[[str], object],
        bounds: "_Bounds",
    ) -> None:
        self.path = "$"
        self._start, self._end = start, end
        self._bounds = bounds
        self._left = bounds.max_bytes
        self._depth = 0
        self._begun = False
        self._held: list[str | bytes] = []
        self._holding = self._stuck = 0
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = self._on_start
        parser.EndElementHandler = self._on_end
        parser.CharacterDataHandler = data
        parser.StartDoctypeDeclHandler = _no_dtd
        self._parser = parser

    def feed(self, piece: str | bytes) -> None:
        self._left -= len(piece)
        if self._left < 0:
            raise self._unfit("a document of reasonable size")
        if not self._begun:
            piece = _trimmed(piece)
            if not piece:
                return
            self._begun = True
            if _is_html(piece):
                raise self._unfit("XML, not HTML")
        if self._stuck >= _LONG_TOKEN:
            self._held.append(piece)
            self._holding += len(piece)
            if self._holding < self._stuck:
                return
            piece = _joined(self._held)
            self._held, self._holding = [], 0
        self._advance(piece)

    def _advance(self, piece: str | bytes) -> None:
        # Older parsers read a comment, a tag or a section that is not complete again from its start for every piece.
        # A long one is therefore fed as much again at a time as it has so far, which keeps the whole linear.
        before = self._parser.CurrentByteIndex
        self._parse(piece, is_last=False)
        self._stuck = self._stuck + len(piece) if self._parser.CurrentByteIndex == before else 0

    def _release(self) -> None:
        if self._held:
            piece, self._held = _joined(self._held), []
            self._parse(piece, is_last=False)

    def close(self, *, may_be_empty: bool = False) -> None:
        if self._begun:
            self._release()
            self._parse(b"", is_last=True)
        elif not may_be_empty:
            raise self._unfit("XML, not an empty answer")

    def _parse(self, piece: str | bytes, *, is_last: bool) -> None:
        try:
            self._parser.Parse(piece, is_last)
        except _Unfit as problem:
            raise self._unfit(str(problem)) from None
        except expat.ExpatError as problem:
            place = f"line {problem.lineno}, column {problem.offset}"
            raise self._unfit(f"well-formed XML ({expat.ErrorString(problem.code)} at {place})") from None
        except (LookupError, ValueError):
            raise self._unfit("XML in an encoding that is known") from None

    def _unfit(self, expected: str) -> Undecodable:
        return Undecodable(
            system=self._bounds.system, operation=self._bounds.operation, path=self.path, expected=expected
        )

    def _on_start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > self._bounds.max_depth:
            raise _Unfit(f"XML at most {self._bounds.max_depth} elements deep")
        if attributes:
            attributes = {_qualified(key): value for key, value in attributes.items()}
        self._start(_qualified(name), attributes)

    def _on_end(self, name: str) -> None:
        self._depth -= 1
        self._end(_qualified(name))


def _joined(pieces: "list[str | bytes]") -> str | bytes:
    texts = [piece for piece in pieces if isinstance(piece, str)]
    return "".join(texts) if texts else b"".join(piece for piece in pieces if isinstance(piece, bytes))


def _no_dtd(name: str, system_id: str | None, public_id: str | None, has_subset: int) -> None:
    raise _Unfit("XML without a document type declaration")


def _qualified(name: str) -> str:
    return "{" + name if "}" in name else name


def _trimmed(text: str | bytes) -> str | bytes:
    if isinstance(text, str):
        return text.lstrip("\ufeff \t\r\n")
    return text.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")


def _is_html(piece: str | bytes) -> bool:
    start = piece[:14].lower()
    if isinstance(start, str):
        return start.startswith(("<!doctype html", "<html"))
    return start.startswith((b"<!doctype html", b"<html"))


def _pieces(text: str | bytes | Iterable[str] | Iterable[bytes]) -> Iterator[str | bytes]:
    if isinstance(text, str | bytes):
        for start in range(0, len(text), _PIECE):
            yield text[start : start + _PIECE]
    else:
        yield from text


class _Harvest:
    """Builds only the elements named *tag* and hands each over when it is complete."""

    def __init__(self, tag: str, root: str | None, bounds: _Bounds) -> None:
        self._tag = tag
        self._root = root
        self._inside = 0
        self._count = 0
        self._builder: TreeBuilder | None = None
        self._ripe: deque[Element] = deque()
        self._document = _Document(self._start, self._end, self._data, bounds)

    def feed(self, piece: str | bytes) -> Iterator[Element]:
        # Cut before each closing tag, so that hardly ever more than one item is complete at a time.
        parts = _split(piece, f"</{self._tag}")
        for part in parts:
            yield from self._picked(partial(self._document.feed, part))

    def close(self, *, may_be_empty: bool = False) -> Iterator[Element]:
        yield from self._picked(partial(self._document.close, may_be_empty=may_be_empty))

    def _picked(self, act: Callable[[], None]) -> Iterator[Element]:
        problem = None
        try:
            act()
        except Undecodable as error:
            problem = error
        while self._ripe:
            yield self._ripe.popleft()
        if problem is not None:
            raise problem

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._root is not None:
            expected, self._root = self._root, None
            if local(name) != expected:
                self._document.path = f"/{local(name)}"
                raise _Unfit(expected)
        if self._builder is None:
            if local(name) != self._tag:
                return
            self._builder = TreeBuilder()
            self._document.path = f"$.{self._tag}[{self._count}]"
        self._inside += 1
        self._builder.start(name, attributes)

    def _end(self, name: str) -> None:
        if self._builder is None:
            return
        self._builder.end(name)
        self._inside -= 1
        if not self._inside:
            self._ripe.append(self._builder.close())
            self._builder = None
            self._count += 1

    def _data(self, text: str) -> None:
        if self._builder is not None:
            self._builder.data(text)


def _split(piece: str | bytes, mark: str) -> list[str] | list[bytes]:
    if isinstance(piece, str):
        head, *rest = piece.split(mark)
        return [head, *(mark + part for part in rest)]
    sign = mark.encode()
    first, *others = piece.split(sign)
    return [first, *(sign + part for part in others)]


class _StringResult:
    """Follows a SOAP answer and takes out the characters of its first result; *fault* is the fault, if it is one.

    *lost*: the result is a reference, and what it points at did not come after it.
    """

    def __init__(self, bounds: _Bounds) -> None:
        self.fault: Element | None = None
        self.found = False
        self._names: list[str] = []
        self._builder: TreeBuilder | None = None
        self._reading_at = 0
        self._reference = ""
        self._texts: list[str] = []
        self._document = _Document(self._start, self._end, self._data, bounds)

    @property
    def lost(self) -> bool:
        return bool(self._reference)

    def feed(self, piece: str | bytes) -> list[str]:
        self._document.feed(piece)
        texts, self._texts = self._texts, []
        return texts

    def close(self, rest: str | bytes = b"") -> list[str]:
        texts = self.feed(rest)
        self._document.close()
        return texts

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._names.append(local(name))
        depth = len(self._names)
        if self._builder is not None:
            self._builder.start(name, attributes)
        elif (depth == 1 and self._names != ["Envelope"]) or (depth == 2 and self._names[1] not in {"Header", "Body"}):
            raise _Unfit("a SOAP envelope")
        elif self._reading_at:
            raise _Unfit("a result that is text")
        elif depth == 3 and self._names[1] == "Body":
            if self._names[2] == "Fault":
                self._builder = TreeBuilder()
                self._builder.start(name, attributes)
            elif self._reference and attributes.get("id") == self._reference:
                self._refer(attributes, depth)
        elif depth == 4 and self._names[1] == "Body" and not self.found:
            self.found = True
            self._refer(attributes, depth)

    def _refer(self, attributes: dict[str, str], depth: int) -> None:
        self._reference = attributes.get("href", "").removeprefix("#")
        if not self._reference:
            self._reading_at = depth

    def _end(self, name: str) -> None:
        depth = len(self._names)
        self._names.pop()
        if self._builder is not None:
            self._builder.end(name)
            if depth == 3:
                self.fault, self._builder = self._builder.close(), None
        elif depth == self._reading_at:
            self._reading_at = 0

    def _data(self, text: str) -> None:
        if self._builder is not None:
            self._builder.data(text)
        elif self._reading_at == len(self._names):
            self._texts.append(text)


def _outer(
    step: Callable[[str | bytes], list[str]], piece: str | bytes, response: Response, system: str, operation: str
) -> list[str]:
    try:
        return step(piece)
    except Undecodable as problem:
        raise not_soap(response, problem.expected, system=system, operation=operation) from None
