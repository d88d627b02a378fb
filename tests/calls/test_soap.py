"""Envelopes as Delphi servers read them, answers as they write them."""

from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from khaos_connectors.calls.messages import Response
from khaos_connectors.calls.soap import Parameter, SoapValue, answer, envelope
from khaos_connectors.errors import AuthFailed, CallError, Invalid, Refused, Undecodable

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"


def sent(*parameters: Parameter, **options: Any) -> list[tuple[str, str | None, str | None, str | None]]:
    """Name, type, nil and text of each parameter as a server sees it."""
    root = ET.fromstring(envelope("DoIt", parameters, namespace="urn:x-y", **options))
    call = root.find(f"{SOAP}Body/{{urn:x-y}}DoIt")
    assert call is not None
    return [(each.tag, each.get(f"{XSI}type"), each.get(f"{XSI}nil"), each.text) for each in call]


def soap(result: str, *, beside: str = "", status: int = 200, wrapper: str = "n:DoItResponse") -> Response:
    body = (
        '<?xml version="1.0"?><E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
        ' xmlns:SOAP-ENC="http://schemas.xmlsoap.org/soap/encoding/"><E:Body>'
        f'<{wrapper} xmlns:n="urn:x-y">{result}</{wrapper}>{beside}</E:Body></E:Envelope>'
    )
    return Response(status=status, body=body.encode())


def fault(
    detail: str = "", *, code: str = "E:Client", text: str = "It is discontinued", actor: str = "", status: int = 500
) -> Response:
    inner = f"<faultcode>{code}</faultcode><faultstring>{text}</faultstring><faultactor>{actor}</faultactor>{detail}"
    return soap(inner, wrapper="E:Fault", status=status)


def value(response: Response) -> SoapValue:
    return answer(response, system="s", operation="DoIt")


class TestEnvelope:
    def test_parameters_carry_their_types(self) -> None:
        """One element per parameter, in order, under the given names."""
        found = sent(
            Parameter("Code", "A1"),
            Parameter("Kind", 2),
            Parameter("Full", value=True),
            Parameter("Since", datetime(2026, 3, 1, 9, 5)),  # noqa: DTZ001 - the server's own wall time
        )

        assert found == [
            ("Code", "xsd:string", None, "A1"),
            ("Kind", "xsd:int", None, "2"),
            ("Full", "xsd:boolean", None, "true"),
            ("Since", "xsd:dateTime", None, "2026-03-01T09:05:00"),
        ]

    def test_a_missing_value_is_nil(self) -> None:
        """The default: what is not given is written as nil, with the type that is known."""
        assert sent(Parameter("Code", None), Parameter("Kind", None, kind="int")) == [
            ("Code", "xsd:string", "true", None),
            ("Kind", "xsd:int", "true", None),
        ]

    def test_trailing_missing_values_can_be_left_out(self) -> None:
        """Only at the end: servers that go by position would shift the rest."""
        found = sent(
            Parameter("A", None), Parameter("B", 1), Parameter("C", None), Parameter("D", None), missing="omit"
        )

        assert [(name, nil) for name, _, nil, _ in found] == [("A", "true"), ("B", None)]

    def test_truths_as_digits(self) -> None:
        """Some runtimes want 1 and 0."""
        found = sent(Parameter("A", value=True), Parameter("B", value=False), boolean="digits")

        assert [text for *_, text in found] == ["1", "0"]

    @example("line\r\nline\rline")
    @given(
        st.text(
            st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
            | st.sampled_from("\r\n\t<>&\"']]>")
        )
    )
    def test_any_text_arrives_as_it_was(self, text: str) -> None:
        """Documents travel as text: escaped, carriage returns kept."""
        assert sent(Parameter("Doc", text))[0][3] == (text or None)

    @pytest.mark.parametrize("text", ["a\x00", "\x1f", "\ud800", "\ufffe"])
    def test_what_xml_cannot_carry_is_refused(self, text: str) -> None:
        """The parameter and the character are named, nothing is sent."""
        with pytest.raises(ValueError, match=r"Doc: the character U\+"):
            envelope("DoIt", [Parameter("Doc", text)], namespace="urn:x")

    @pytest.mark.parametrize("name", ["", "1a", "a b", "a>", "ns:a"])
    def test_a_name_that_is_none_is_refused(self, name: str) -> None:
        """Overridden names come from settings."""
        with pytest.raises(ValueError, match="not a name"):
            envelope("DoIt", [Parameter(name, "x")], namespace="urn:x")

    def test_a_time_with_a_zone_is_refused(self) -> None:
        """The server would take it for its own wall time."""
        with pytest.raises(ValueError, match="Since"):
            envelope("DoIt", [Parameter("Since", datetime(2026, 3, 1, tzinfo=UTC))], namespace="urn:x")


LIST = "<Count>2</Count><List {}>{}</List>"
ITEM = "<StockCode>{}</StockCode>"
INLINE = soap(
    f"<return><Count>2</Count><List><item>{ITEM.format('A')}</item><item>{ITEM.format('B')}</item></List></return>"
)
MULTI = soap(
    '<return href="#1"/>',
    beside='<NS1:TList id="1" xmlns:NS1="urn:t"><Count xsi:type="xsd:int">2</Count><List href="#2"/></NS1:TList>'
    '<SOAP-ENC:Array id="2" SOAP-ENC:arrayType="x[2]"><item href="#3"/><item href="#4"/></SOAP-ENC:Array>'
    f'<a id="3">{ITEM.format("A")}</a><a id="4">{ITEM.format("B")}</a>',
)


class TestAnswer:
    @pytest.mark.parametrize("response", [INLINE, MULTI], ids=["inline", "by reference"])
    def test_both_ways_of_writing_objects_read_alike(self, response: Response) -> None:
        """Whether values stand where they belong or beside the result with an id."""
        found = value(response)
        listed = found.child("list")

        assert found.child("COUNT") is not None
        assert listed is not None
        assert [item.child("stockcode").text for item in listed.items()] == ["A", "B"]  # type: ignore[union-attr]  # present in both
        assert [each.name for each in (found, *found.items(), *listed.items())] == [
            "return",
            "Count",
            "List",
            "item",
            "item",
        ]

    @pytest.mark.parametrize(
        "inner", ["<Count>0</Count>", '<Count>0</Count><List xsi:nil="true"/>', "<Count>0</Count><List/>"]
    )
    def test_a_list_may_be_missing_nil_or_empty(self, inner: str) -> None:
        """All three mean that there is nothing."""
        listed = value(soap(f"<return>{inner}</return>")).child("List")

        assert (listed.items() if listed else []) == []

    def test_items_by_name(self) -> None:
        """Other children are passed over; a path says where each stands."""
        found = value(soap("<return><a>1</a><b>2</b><A>3</A></return>"))

        assert [each.text for each in found.items("a")] == ["1", "3"]
        assert [each.path for each in found.items()] == ["$.a[0]", "$.b[1]", "$.A[2]"]
        assert found.child("c") is None
        assert (found.name, repr(found)) == ("return", "SoapValue($)")

    def test_text(self) -> None:
        """Nil has none, empty is empty, and an escaped document comes out as text."""
        assert value(soap('<return xsi:nil="true"/>')).text is None
        assert value(soap("<return/>")).text == ""
        assert value(soap("<return>\ufeff&lt;STOCK_ITEMS/&gt;</return>")).text == "\ufeff<STOCK_ITEMS/>"

    def test_a_call_without_a_result_gives_nil(self) -> None:
        """Some operations only say that they are done."""
        assert value(soap("")).nil

    def test_the_result_is_the_return_element(self) -> None:
        """Output parameters beside it do not stand in for it."""
        assert value(soap("<Extra>1</Extra><return>2</return>")).text == "2"

    @pytest.mark.parametrize(
        "response",
        [
            soap('<return href="#9"/>'),
            soap('<return href="#1"/>', beside='<x id="1" href="#1"/>'),
            soap('<return href="#1"/>', beside='<x id="1" href="#2"/><x id="2" href="#1"/>'),
        ],
        ids=["dangling", "own tail", "circle"],
    )
    def test_a_reference_that_leads_nowhere(self, response: Response) -> None:
        """It is an error with its place, not an endless search."""
        with pytest.raises(Undecodable, match="leads nowhere"):
            value(response)


REMOTABLE = '<detail><n:ERemotableException xmlns:n="urn:InvokeRegistry"/></detail>'
SERVICE = (
    '<detail><n:EWebServiceError xmlns:n="urn:WebServiceP"><ExceptionClassName>EStock</ExceptionClassName>'
    "<ExceptionInheritance>EStock, EKhaos,Exception</ExceptionInheritance></n:EWebServiceError></detail>"
)


class TestFaults:
    @pytest.mark.parametrize("status", [200, 500])
    @pytest.mark.parametrize("code", ["E:Client", "E:Server"])
    def test_a_fault_is_a_refusal_whatever_it_blames(self, status: int, code: str) -> None:
        """The text, the class and its ancestors are kept; faultcode and HTTP status decide nothing."""
        with pytest.raises(Refused) as raised:
            value(fault(SERVICE, code=code, status=status))

        error = raised.value
        assert (error.message, error.code, error.kinds, error.status) == (
            "It is discontinued",
            "EStock",
            ("EStock", "EKhaos", "Exception"),
            status,
        )
        assert not error.retryable
        assert str(error) == f"s.DoIt: refused ({status} EStock): It is discontinued"

    def test_the_actor_stands_in_for_a_missing_class(self) -> None:
        """Plain exceptions tell their class there."""
        with pytest.raises(Refused) as raised:
            value(fault(REMOTABLE, actor="EAccessViolation"))

        assert (raised.value.code, raised.value.kinds) == ("EAccessViolation", ("EAccessViolation",))

    def test_a_long_text_is_cut(self) -> None:
        """Some servers repeat the whole of what they were sent in it, people's names included."""
        with pytest.raises(Refused) as raised:
            value(fault(REMOTABLE, text="cannot import " + "&lt;ORDER/&gt; " * 100))

        assert raised.value.message.startswith("cannot import <ORDER/>")
        assert len(raised.value.message) == 500

    def test_a_fault_without_anything(self) -> None:
        """It is still a refusal with a text."""
        with pytest.raises(Refused, match="a fault without a text") as raised:
            value(soap("", wrapper="E:Fault"))

        assert (raised.value.code, raised.value.kinds) == (None, ())


class TestNotSoap:
    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            (b"<!DOCTYPE html><html><body>Error</body></html>", "SOAP, not HTML"),
            (b"<HTML>", "SOAP, not HTML"),
            (b"", "SOAP, not an empty answer"),
            (b"<a/>", "a SOAP envelope"),
            (INLINE.body[:-30], "well-formed XML"),
            (b'<E:Envelope xmlns:E="x"><E:Body/></E:Envelope>', "a SOAP answer with a result"),
            (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "document type declaration"),
        ],
    )
    def test_under_a_good_status_it_is_undecodable(self, body: bytes, expected: str) -> None:
        """What came in place of an envelope is named."""
        with pytest.raises(Undecodable) as raised:
            value(Response(status=200, body=body))

        assert raised.value.path == "$"
        assert expected in raised.value.expected

    @pytest.mark.parametrize(
        ("status", "kind", "retryable"),
        [(401, AuthFailed, False), (500, Refused, True), (503, Refused, True), (400, Invalid, False)],
    )
    def test_under_a_bad_status_the_status_decides(
        self, status: int, kind: type[CallError], *, retryable: bool
    ) -> None:
        """A web server's error page is the web server's refusal."""
        with pytest.raises(kind) as raised:
            value(Response(status=status, body=b"<html>Sorry</html>"))

        assert raised.value.retryable is retryable  # type: ignore[attr-defined]  # every kind here is a Refused

    @pytest.mark.parametrize(
        ("status", "words"),
        [
            (302, "points to another address"),
            (401, "wants a user and a password, or others than were sent"),
            (403, "does not let this caller in"),
            (404, "no service at this address"),
            (502, "an error page of the web server"),
        ],
    )
    def test_the_refusal_says_where_to_look(self, status: int, words: str) -> None:
        """Credentials, address or the server: what has to be mended differs, and the page itself is not read."""
        with pytest.raises(Refused, match=words):
            value(Response(status=status, body=b"<html>Sorry</html>"))

    def test_a_result_under_a_bad_status_is_not_trusted(self) -> None:
        """A 500 with a result instead of a fault is a refusal."""
        with pytest.raises(Refused):
            value(soap("<return>1</return>", status=500))
