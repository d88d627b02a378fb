"""XML from outside is bounded, and large exports are never held whole."""

import gc
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.calls.messages import Response
from khaos_connectors.calls.xml import parse, stream, stream_inner
from khaos_connectors.errors import AuthFailed, Refused, Undecodable

WHO: dict[str, Any] = {"system": "s", "operation": "ExportStock"}
BOMB = (
    '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><lolz>&c;</lolz>'
)


def export(count: int, text: str = "") -> str:
    items = "".join(f'<STOCK_ITEM n="{n}"><DESC>item &amp; {n}{text}</DESC></STOCK_ITEM>' for n in range(count))
    return f"<STOCK_ITEMS>{items}</STOCK_ITEMS>"


def soap(result: str, status: int = 200, attributes: str = "", beside: str = "") -> Response:
    body = (
        '<E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/"><E:Header><x/></E:Header><E:Body>'
        f'<n:R xmlns:n="urn:x"><return{attributes}>{result}</return></n:R>{beside}</E:Body></E:Envelope>'
    )
    return Response(status=status, body=body.encode())


class TestParse:
    @pytest.mark.parametrize(
        "text",
        [
            "<a>é</a>",
            "\ufeff<a>é</a>",
            "\r\n <a>é</a>",
            '<?xml version="1.0" encoding="utf-16"?><a>é</a>',
            "<a>é</a>".encode(),
            b"\xef\xbb\xbf<a>\xc3\xa9</a>",
            b'\xef\xbb\xbf\r\n<?xml version="1.0" encoding="UTF-8"?><a>\xc3\xa9</a>',
            b'<?xml version="1.0" encoding="iso-8859-1"?><a>\xe9</a>',
            b'<?xml version="1.0" encoding="windows-1252"?><a>\xe9</a>',
            "<a>é</a>".encode("utf-16"),
        ],
    )
    def test_documents_come_in_many_forms(self, text: str | bytes) -> None:
        """With or without declaration, mark and leading blanks, in the encodings that servers use."""
        assert parse(text, **WHO).text == "é"

    def test_names_keep_their_namespaces(self) -> None:
        """As the standard library writes them."""
        root = parse('<n:a xmlns:n="urn:x" n:b="1" c="2"/>', **WHO)

        assert (root.tag, root.attrib) == ("{urn:x}a", {"{urn:x}b": "1", "c": "2"})

    @given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=200))
    def test_text_comes_whole(self, text: str) -> None:
        """However many pieces the parser makes of it."""
        assert parse(f"<a>{escape(text)}</a>", **WHO).text == (text or None)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", "XML, not an empty answer"),
            (b" ", "XML, not an empty answer"),
            ("<!doctype HTML><p>", "XML, not HTML"),
            ("<html></html>", "XML, not HTML"),
            ("{}", "well-formed XML"),
            ("<a><b></a>", "well-formed XML (mismatched tag at line 1, column 8)"),
            ("<a>", "well-formed XML"),
            (b'<?xml version="1.0" encoding="martian"?><a/>', "XML in an encoding"),
            (BOMB, "XML without a document type declaration"),
            (BOMB.encode("utf-16"), "XML without a document type declaration"),
            ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "XML without a document type declaration"),
            ("<a>&undefined;</a>", "well-formed XML"),
            ("<a>" * 65 + "</a>" * 65, "XML at most 64 elements deep"),
        ],
    )
    def test_what_is_refused(self, text: str | bytes, expected: str) -> None:
        """Each with what was expected instead."""
        with pytest.raises(Undecodable) as raised:
            parse(text, **WHO)

        assert raised.value.path == "$"
        assert raised.value.expected.startswith(expected) or expected.startswith("XML in an encoding")

    def test_size_is_bounded(self) -> None:
        """A document longer than allowed is not read."""
        with pytest.raises(Undecodable, match="reasonable size"):
            parse(export(100), **WHO, max_bytes=1000)

    @given(st.binary(max_size=80) | st.text(max_size=80) | st.text("<>&/ab=\"'!-[]", max_size=60))
    def test_nothing_breaks_it(self, text: str | bytes) -> None:
        """Any input gives an element or ``Undecodable``."""
        with suppress(Undecodable):
            parse(text, **WHO)


class TestStream:
    @given(st.integers(0, 30), st.integers(1, 50))
    def test_pieces_may_end_anywhere(self, count: int, size: int) -> None:
        """Cut as it may be, the same items come out as from the whole document."""
        text = export(count)
        whole = [ET.tostring(each) for each in ET.fromstring(text)]

        pieces = [text[start : start + size] for start in range(0, len(text), size)]

        assert [ET.tostring(each) for each in stream(pieces, "STOCK_ITEM", **WHO)] == whole
        assert [ET.tostring(each) for each in stream([p.encode() for p in pieces], "STOCK_ITEM", **WHO)] == whole

    def test_namespaces_and_nesting(self) -> None:
        """Found by local name; one inside another belongs to the outer one."""
        text = '<r xmlns:n="urn:x"><n:I><I>in</I></n:I><J/><I/></r>'

        assert [len(each) for each in stream(text, "I", **WHO)] == [1, 0]

    def test_items_before_a_fault_are_given(self) -> None:
        """Then the error says which item was being read."""
        seen: list[ET.Element] = []

        with pytest.raises(Undecodable) as raised:
            seen.extend(stream(export(3)[:-40], "STOCK_ITEM", **WHO))

        assert len(seen) == 2
        assert raised.value.path == "$.STOCK_ITEM[2]"

    @pytest.mark.parametrize("size", [10, 7000, 200_000])
    @pytest.mark.parametrize("piece", [1000, 40_000, 10**9])
    def test_a_long_comment_hides_nothing_behind_it(self, size: int, piece: int) -> None:
        """However a long token and what follows it are cut into pieces, every item is given."""
        text = f"<L><I>1</I><!--{'-x' * size}--><I>2</I><I>3</I></L>"
        pieces = [text[start : start + piece] for start in range(0, len(text), piece)]

        assert [item.text for item in stream(pieces, "I", **WHO)] == ["1", "2", "3"]
        assert [item.text for item in stream((part.encode() for part in pieces), "I", **WHO)] == ["1", "2", "3"]

    @pytest.mark.parametrize(
        "make",
        [lambda body: f"<a><!--{body}--></a>", lambda body: f'<a x="{body}"/>', lambda body: f"<a><?p {body}?></a>"],
    )
    def test_a_long_token_costs_what_its_length_says(self, make: Callable[[str], str]) -> None:
        """Ten megabytes in small pieces take a moment: they are not read again for every piece."""
        text = make("-x" * 5_000_000)

        begun = time.perf_counter()
        assert list(stream((text[n : n + 1000] for n in range(0, len(text), 1000)), "b", **WHO)) == []

        assert time.perf_counter() - begun < 5

    @pytest.mark.parametrize("before", ["", "<?xml version='1.0'?>", "<!-- STOCK_ITEMS -->" * 5000])
    def test_another_root_is_another_document(self, before: str) -> None:
        """Without its name, a document of other things would read as one without items."""
        assert [item.text for item in stream(f"{before}<L><I>1</I></L>", "I", **WHO, root="L")] == ["1"]
        with pytest.raises(Undecodable, match="cannot read /M: expected L"):
            list(stream(f"{before}<M><I>1</I></M>", "I", **WHO, root="L"))

    def test_bounds_and_bombs(self) -> None:
        """As for a whole document."""
        with pytest.raises(Undecodable, match="document type"):
            list(stream(BOMB, "lolz", **WHO))
        with pytest.raises(Undecodable, match="reasonable size"):
            list(stream(export(100), "STOCK_ITEM", **WHO, max_bytes=1000))
        with pytest.raises(Undecodable, match="elements deep"):
            list(stream("<a>" * 9 + "</a>" * 9, "a", **WHO, max_depth=8))
        with pytest.raises(Undecodable, match="empty answer"):
            list(stream("", "a", **WHO))

    def test_one_item_is_alive_at_a_time(self) -> None:
        """Whoever lets go of an item when taking the next has one in memory, and perhaps the one being built."""

        def alive() -> int:
            return sum(1 for each in gc.get_objects() if isinstance(each, ET.Element) and each.tag == "STOCK_ITEM")

        gc.collect()
        before = alive()
        counts = [alive() - before for n, _ in enumerate(stream(export(2000), "STOCK_ITEM", **WHO)) if n % 200 == 100]

        assert len(counts) == 10
        assert max(counts) <= 2

    def test_memory_does_not_grow_with_the_export(self) -> None:
        """A lazily fed export ten times as long needs no more memory."""

        def pieces(count: int) -> Iterator[str]:
            yield "<STOCK_ITEMS>"
            for number in range(count):
                yield f"<STOCK_ITEM><CODE>{number}</CODE><DESC>{'x' * 200}</DESC></STOCK_ITEM>"
            yield "</STOCK_ITEMS>"

        def peak(count: int) -> int:
            gc.collect()
            tracemalloc.start()
            try:
                assert sum(1 for _ in stream(pieces(count), "STOCK_ITEM", **WHO)) == count
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

        peak(100)
        assert peak(5000) < peak(500) * 1.5 + 50_000


class TestInner:
    @settings(deadline=None)
    @given(st.integers(0, 200), st.sampled_from(["", "\ufeff", '<?xml version="1.0" encoding="utf-16"?>', "\r\n"]))
    def test_the_inner_document_is_read_as_its_text_comes(self, count: int, start: str) -> None:
        """The items of the document inside the string result, as if it had been parsed alone."""
        found = stream_inner(soap(escape(start + export(count))), "STOCK_ITEM", **WHO)

        assert [each.findtext("DESC") for each in found] == [f"item & {n}" for n in range(count)]

    def test_other_ways_of_escaping(self) -> None:
        """CDATA and numeric references are the same characters."""
        text = export(3)

        assert len(list(stream_inner(soap(f"<![CDATA[{text}]]>"), "STOCK_ITEM", **WHO))) == 3
        assert len(list(stream_inner(soap("".join(f"&#{ord(c)};" for c in text)), "STOCK_ITEM", **WHO))) == 3

    def test_an_empty_or_nil_result_has_no_items(self) -> None:
        """An export of nothing."""
        assert list(stream_inner(soap(""), "STOCK_ITEM", **WHO)) == []
        assert list(stream_inner(soap(escape("<STOCK_ITEMS/>")), "STOCK_ITEM", **WHO)) == []

    def test_a_result_by_reference(self) -> None:
        """A string that stands beside the response is found."""
        response = soap("", attributes=' href="#1"', beside=f'<s id="1">{escape(export(2))}</s>')

        assert len(list(stream_inner(response, "STOCK_ITEM", **WHO))) == 2

    def test_a_result_by_a_reference_to_a_reference(self) -> None:
        """The string is where the last of them points."""
        beside = f'<s id="1" href="#2"/><s id="2">{escape(export(2))}</s>'

        assert len(list(stream_inner(soap("", attributes=' href="#1"', beside=beside), "STOCK_ITEM", **WHO))) == 2

    @pytest.mark.parametrize("before", ["", f'<s id="1">{escape(export(2))}</s>'])
    def test_a_reference_that_leads_nowhere_is_no_empty_result(self, before: str) -> None:
        """Neither is one to a string that has already gone by: nobody may take it for an export of nothing."""
        body = soap("", attributes=' href="#1"').body.replace(b"<n:R ", before.encode() + b"<n:R ")

        with pytest.raises(Undecodable, match="leads nowhere"):
            list(stream_inner(Response(status=200, body=body), "STOCK_ITEM", **WHO))

    def test_a_fault_is_refused(self) -> None:
        """With its class, whatever the status."""
        text = soap("").body.decode()
        body = text.replace(
            '<n:R xmlns:n="urn:x"><return></return></n:R>',
            (
                "<E:Fault><faultcode>E:Client</faultcode><faultstring>No <b>such</b> site</faultstring>"
                "<faultactor>EKhaos</faultactor></E:Fault>"
            ),
        )

        with pytest.raises(Refused, match="No") as raised:
            list(stream_inner(Response(status=200, body=body.encode()), "STOCK_ITEM", **WHO))

        assert raised.value.code == "EKhaos"

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            (b"<html>", "XML, not HTML"),
            (b"", "XML, not an empty answer"),
            (b"<a/>", "a SOAP envelope"),
            (b'<E:Envelope xmlns:E="x"><E:Body/></E:Envelope>', "a SOAP answer with a result"),
            (soap("<inner/>").body, "a result that is text"),
            (soap("x").body[:-20], "well-formed XML"),
        ],
    )
    def test_what_is_no_such_answer(self, body: bytes, expected: str) -> None:
        """It is undecodable under a good status, and refused by a bad one."""
        with pytest.raises(Undecodable) as raised:
            list(stream_inner(Response(status=200, body=body), "STOCK_ITEM", **WHO))
        assert raised.value.expected.startswith(expected)

        with pytest.raises(AuthFailed):
            list(stream_inner(Response(status=403, body=body), "STOCK_ITEM", **WHO))

    def test_a_bomb_inside(self) -> None:
        """The inner document is read as carefully as the outer one."""
        with pytest.raises(Undecodable, match="document type"):
            list(stream_inner(soap(escape(BOMB)), "lolz", **WHO))

    def test_memory_stays_small(self) -> None:
        """Neither the outer tree nor the inner text is ever held whole."""
        response = soap(escape(export(20_000, "x" * 80)))
        gc.collect()
        tracemalloc.start()
        try:
            assert sum(1 for _ in stream_inner(response, "STOCK_ITEM", **WHO)) == 20_000
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

        assert len(response.body) > 2_000_000
        assert peak < 300_000
