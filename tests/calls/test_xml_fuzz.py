"""XML from outside, bent in every way: a typed error or a parse, never a crash, a hang or memory out of proportion."""

import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from khaos_connectors.calls.messages import Response
from khaos_connectors.calls.soap import SoapValue, answer
from khaos_connectors.calls.xml import parse, stream, stream_inner
from khaos_connectors.errors import CallError, Undecodable

WHO: dict[str, Any] = {"system": "s", "operation": "ExportStock"}
MANY = settings(max_examples=2000, suppress_health_check=[HealthCheck.too_slow])

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.sampled_from("\t\n"), max_size=12)
names = st.sampled_from(["a", "STOCK_ITEM", "DESC", "n:x", "Envelope", "Body", "Fault", "return", "item"])
attributes = st.dictionaries(st.sampled_from(["id", "href", "n", "xsi:nil"]), words | st.just("#1"), max_size=2)


def _element(name: str, given_attributes: dict[str, str], inner: str) -> str:
    marks = "".join(f" {key}={quoteattr(value)}" for key, value in given_attributes.items())
    return f'<{name} xmlns:n="urn:n" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"{marks}>{inner}</{name}>'


content = words.map(escape) | words.map(lambda text: f"<![CDATA[{text.replace(']]>', '')}]]>")
trees = st.recursive(
    st.builds(_element, names, attributes, content),
    lambda inner: st.builds(_element, names, attributes, st.lists(inner | content, max_size=3).map("".join)),
    max_leaves=6,
)
bombs = st.builds(
    lambda depth, width, name: (
        f'<!DOCTYPE {name} [<!ENTITY e0 "ha">'
        + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * width}">' for n in range(1, depth))
        + f"]><{name}>&e{depth - 1};</{name}>"
    ),
    st.integers(1, 12),
    st.integers(1, 12),
    names.map(lambda name: name.replace("n:", "")),
)
outside = st.sampled_from(
    [
        '<!DOCTYPE a SYSTEM "file:///etc/hostname"><a/>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1/x"> %p;]><a/>',
        "<a>&nothing;</a>",
    ]
)
deep = st.builds(lambda levels, name: f"<{name}>" * levels + f"</{name}>" * levels, st.integers(1, 600), names)
soups = st.builds(
    lambda inner, beside: (
        '<E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/"><E:Body>'
        f'<R xmlns:n="urn:n"><return href="#1">{inner}</return></R>{beside}</E:Body></E:Envelope>'
    ),
    trees | trees.map(escape) | bombs.map(escape) | deep.map(escape),
    trees | st.just(""),
)
encodings = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "cp037"])
declarations = st.sampled_from(
    ["", '<?xml version="1.0"?>']
    + [f'<?xml version="1.0" encoding="{name}"?>' for name in ("utf-8", "utf-7", "big5", "x")]
)


def _encoded(text: str, encoding: str) -> bytes:
    return text.encode(encoding, "replace")


@st.composite
def damage(draw: st.DrawFn, source: st.SearchStrategy[str] = trees | bombs | outside | deep | soups) -> bytes:
    """A document in some encoding, which its declaration may deny, cut, with bytes changed, removed or repeated."""
    body = _encoded(draw(declarations) + draw(source), draw(encodings))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 40)))
        kind = draw(st.sampled_from(["cut", "remove", "repeat", "noise", "none"]))
        if kind == "cut":
            body = body[:start]
        elif kind == "remove":
            body = body[:start] + body[end:]
        elif kind == "repeat":
            body = body[:end] + body[start:]
        elif kind == "noise":
            body = body[:start] + draw(st.binary(max_size=8)) + body[end:]
    return body


def _read_all(value: SoapValue, budget: int = 200) -> int:
    """Walk a result as far as the budget goes: references may lead in circles, which is the reader's to bound."""
    if budget <= 0:
        return 0
    _ = (value.name, value.nil, value.text)
    for each in value.items():
        budget = _read_all(each, budget - 1)
    return budget


READERS: list[Callable[[bytes], object]] = [
    lambda body: parse(body, **WHO),
    lambda body: list(stream(body, "STOCK_ITEM", **WHO)),
    lambda body: list(stream((body[n : n + 7] for n in range(0, len(body), 7)), "a", **WHO)),
    lambda body: list(stream_inner(Response(status=200, body=body), "STOCK_ITEM", **WHO)),
    lambda body: _read_all(answer(Response(status=500, body=body), **WHO)),
]


@MANY
@given(body=damage())
@example(body=b"<a>" * 100_000)
@example(body=b"<" * 100_000)
@example(body=b"<a " + b'x="1" ' * 20_000)
@example(body=b"&" * 100_000)
@example(body=b"")
def test_a_typed_error_or_a_parse(body: bytes) -> None:
    """Five ways of reading whatever comes: each ends soon, with a result or with an error that the caller can name."""
    for read in READERS:
        begun = time.perf_counter()
        with suppress(CallError):
            read(body)
        assert time.perf_counter() - begun < 5


@settings(MANY, max_examples=1500)
@given(text=trees, cut=st.integers(1, 30))
def test_reading_agrees_with_the_standard_library(text: str, cut: int) -> None:
    """What is whole is read as the standard library reads it; cut anywhere, it is refused, not read in part."""
    assert ET.tostring(parse(text, **WHO)) == ET.tostring(ET.fromstring(text))

    for shorter in (text[:-cut], text[cut:]):
        try:
            ET.fromstring(shorter)
        except ET.ParseError:
            try:
                parse(shorter, **WHO)
            except Undecodable:
                continue
            raise AssertionError(shorter) from None


@settings(MANY, max_examples=1000)
@given(bomb=bombs | outside, wrapped=st.booleans())
def test_no_declared_entity_is_ever_expanded(bomb: str, *, wrapped: bool) -> None:
    """A document with a type declaration is refused before its first element, also inside an answer's text."""
    readers = [
        lambda: parse(bomb, **WHO),
        lambda: list(stream(bomb, "a", **WHO)),
    ]
    if wrapped:
        body = f"<Envelope><Body><R><return>{escape(bomb)}</return></R></Body></Envelope>".encode()
        readers = [lambda: list(stream_inner(Response(status=200, body=body), "a", **WHO))]
    for read in readers:
        with pytest.raises(Undecodable, match=r"document type|well-formed"):
            read()


@settings(MANY, max_examples=300)
@given(body=damage(bombs | deep | soups))
def test_memory_stays_in_proportion(body: bytes) -> None:
    """Reading needs a fixed multiple of what was sent, whatever it claims to unfold to."""
    for read in READERS:
        tracemalloc.start()
        try:
            read(body)
        except CallError:
            pass
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert peak < 2**20 + 60 * len(body)


@settings(MANY, max_examples=500)
@given(levels=st.integers(1, 200), limit=st.integers(1, 100))
def test_depth_is_a_limit_and_not_a_suggestion(levels: int, limit: int) -> None:
    """A document is read if and only if it is not deeper than the limit."""
    text = "<a>" * levels + "</a>" * levels
    try:
        parse(text, **WHO, max_depth=limit)
    except Undecodable:
        assert levels > limit
    else:
        assert levels <= limit
