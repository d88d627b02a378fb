"""SOAP 1.1 RPC/encoded as a Delphi server reads and writes it: calls in, results and faults out.

Written apart from the library's own client on purpose: the simulator is a second reading of the same contract.
"""

from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

import attrs

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.khaos_settings import KhaosSettings, plain

__all__ = [
    "EMPTY_DATE",
    "KhaosFault",
    "Listing",
    "Part",
    "Record",
    "SoapCall",
    "SoapValue",
    "fault_answer",
    "html_answer",
    "moment_text",
    "parse_document",
    "read_call",
    "result_answer",
]

EMPTY_DATE = datetime(1899, 12, 30, tzinfo=UTC)
"""Delphi's day zero: what the service writes where there is no date."""

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_XSI_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_OPENING = (
    f'<SOAP-ENV:Envelope xmlns:SOAP-ENV="{_ENVELOPE}" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:SOAP-ENC="http://schemas.xmlsoap.org/soap/encoding/">'
)


class KhaosFault(Exception):
    """What ends a call with a SOAP fault: the message, and the server's exception class with its ancestors."""

    def __init__(self, message: str, *, exception_class: str = "EKhaosException", ancestors: str = "Exception") -> None:
        super().__init__(message)
        self.message = message
        self.exception_class = exception_class
        self.inheritance = f"{exception_class},{ancestors}"


def _unsupported() -> KhaosFault:
    return KhaosFault("Interface not supported", exception_class="EIntfCastError")


# --- reading -----------------------------------------------------------------------------------------------------


class _NoDoctype(ET.TreeBuilder):
    """A tree builder that refuses document type declarations before any entity in them is known."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise KhaosFault(f"DTD is prohibited ({name})", exception_class="EDOMParseError")


def parse_document(text: str | bytes) -> ET.Element:
    """The root element of an XML document, byte order mark or not; a document that is none of it is a fault."""
    if isinstance(text, str):
        text = text.lstrip("\ufeff").strip()
    parser = ET.XMLParser(target=_NoDoctype())  # noqa: S314 (the builder refuses declarations, so entities too)
    try:
        parser.feed(text)
        root: ET.Element = parser.close()
    except (ET.ParseError, ValueError, LookupError) as problem:
        raise KhaosFault(f"XML document could not be parsed: {problem}", exception_class="EDOMParseError") from problem
    return root


def _split(tag: str) -> tuple[str, str]:
    namespace, found, local = tag.rpartition("}")
    return (namespace.removeprefix("{"), local) if found else ("", tag)


@attrs.frozen(kw_only=True)
class Part:
    """One parameter as it came: *text* is None when it was sent as nil."""

    name: str
    text: str | None


@attrs.frozen(kw_only=True)
class SoapCall:
    """The operation that is asked for, and its parameters in the order in which they came."""

    operation: str
    parts: tuple[Part, ...]


def read_call(body: bytes, *, action: str, namespace: str) -> SoapCall:
    """The call in a SOAP 1.1 envelope. *action* is the SOAPAction header; when there is one it must fit the call."""
    root = parse_document(body)
    if _split(root.tag) != (_ENVELOPE, "Envelope"):
        raise KhaosFault(
            f"Invalid SOAP request: root element is {_split(root.tag)[1]}", exception_class="ESOAPDomConvertError"
        )
    content = root.find(f"{{{_ENVELOPE}}}Body")
    if content is None or len(content) == 0:
        raise KhaosFault("Invalid SOAP request: no Body", exception_class="ESOAPDomConvertError")
    found, operation = _split(content[0].tag)
    if found != namespace:
        raise _unsupported()
    wanted = action.strip().strip('"')
    if wanted and wanted.casefold() != f"{namespace}#{operation}".casefold():
        raise _unsupported()
    parts = [
        Part(name=_split(child.tag)[1], text=None if child.get(_XSI_NIL) in {"true", "1"} else (child.text or ""))
        for child in content[0]
    ]
    return SoapCall(operation=operation, parts=tuple(parts))


# --- writing -----------------------------------------------------------------------------------------------------


@attrs.frozen
class Record:
    """A structured value of a named server type; the fields keep their order."""

    type_name: str
    fields: tuple[tuple[str, "SoapValue"], ...]


@attrs.frozen
class Listing:
    """An array of values of one type ("xsd:string" or a server type)."""

    item_type: str
    items: tuple["SoapValue", ...]


Scalar = str | bool | int | Decimal | datetime | bytes
SoapValue = Scalar | Record | Listing


class _Writer:
    """Writes one result; as numbered objects it collects them for the end of the Body."""

    def __init__(self, settings: KhaosSettings) -> None:
        self._settings = settings
        self._count = 0
        self.objects: list[str] = []

    def element(self, name: str, value: SoapValue) -> str:
        if isinstance(value, Record):
            return self._record(name, value)
        if isinstance(value, Listing):
            return self._listing(name, value)
        kind, text = self._scalar(value)
        return f'<{name} xsi:type="xsd:{kind}">{text}</{name}>'

    def _scalar(self, value: Scalar) -> tuple[str, str]:
        match value:
            case bool():
                return "boolean", "true" if value else "false"
            case int():
                return "int", str(value)
            case Decimal():
                return "double", plain(value)
            case datetime():
                return "dateTime", moment_text(value, self._settings)
            case str():
                return "string", _text(value, cdata=self._settings.result_cdata)
            case bytes():
                return "base64Binary", b64encode(value).decode()

    def _record(self, name: str, value: Record) -> str:
        if self._settings.answers == "inline":
            return f"<{name}{self._typed(value.type_name)}>{self._fields(value)}</{name}>"
        self._count += 1
        mark, place = self._count, len(self.objects)
        self.objects.append("")
        typed = self._typed(value.type_name)
        self.objects[place] = f'<NS2:{value.type_name} id="{mark}"{typed}>{self._fields(value)}</NS2:{value.type_name}>'
        return f'<{name} href="#{mark}"/>'

    def _typed(self, type_name: str) -> str:
        return f' xmlns:NS2={quoteattr(self._settings.type_namespace)} xsi:type="NS2:{type_name}"'

    def _fields(self, value: Record) -> str:
        return "".join(self.element(name, field) for name, field in value.fields)

    def _listing(self, name: str, value: Listing) -> str:
        if not value.items and self._settings.empty_arrays != "empty":
            return "" if self._settings.empty_arrays == "missing" else f'<{name} xsi:nil="true"/>'
        prefix = "" if ":" in value.item_type else "NS2:"
        declared = f" xmlns:NS2={quoteattr(self._settings.type_namespace)}" if prefix else ""
        kind = f'xsi:type="SOAP-ENC:Array" SOAP-ENC:arrayType="{prefix}{value.item_type}[{len(value.items)}]"'
        return f"<{name}{declared} {kind}>{''.join(self.element('item', item) for item in value.items)}</{name}>"


def moment_text(value: datetime, settings: KhaosSettings) -> str:
    """A time as structured results have it: with milliseconds, and a Z that may not be true."""
    zone = UTC if settings.z_is_utc or value == EMPTY_DATE else settings.server_timezone
    return f"{value.astimezone(zone):%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03d}Z"


def _text(value: str, *, cdata: bool) -> str:
    if cdata and value:
        return "<![CDATA[" + value.replace("]]>", "]]]]><![CDATA[>") + "]]>"
    return escape(value, {"\r": "&#13;"})


def _answer(status: int, body: str) -> Response:
    text = f'<?xml version="1.0"?>\r\n{_OPENING}{body}</SOAP-ENV:Envelope>'
    return Response(status=status, headers={"content-type": "text/xml; charset=utf-8"}, body=text.encode())


def result_answer(operation: str, value: SoapValue | None, settings: KhaosSettings) -> Response:
    """The answer that carries *value* as the result of *operation*; None where the operation has no result."""
    writer = _Writer(settings)
    result = "" if value is None else writer.element("return", value)
    wrapper = f"NS1:{operation}Response"
    return _answer(
        200,
        '<SOAP-ENV:Body SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">'
        f"<{wrapper} xmlns:NS1={quoteattr(settings.namespace)}>{result}</{wrapper}>"
        f"{''.join(writer.objects)}</SOAP-ENV:Body>",
    )


def fault_answer(fault: KhaosFault, settings: KhaosSettings) -> Response:
    """The fault as the service reports it: the code blames the client whoever is at fault."""
    if settings.fault_detail == "remotable":
        actor = "Exception"
        detail = '<NS1:ERemotableException xmlns:NS1="urn:InvokeRegistry" xsi:type="NS1:ERemotableException"/>'
    else:
        actor = fault.exception_class
        detail = (
            '<NS1:EWebServiceError xmlns:NS1="urn:WebServiceP" xsi:type="NS1:EWebServiceError">'
            f'<ExceptionClassName xsi:type="xsd:string">{escape(fault.exception_class)}</ExceptionClassName>'
            f'<ExceptionInheritance xsi:type="xsd:string">{escape(fault.inheritance)}</ExceptionInheritance>'
            "</NS1:EWebServiceError>"
        )
    return _answer(
        settings.fault_status,
        "<SOAP-ENV:Body><SOAP-ENV:Fault><faultcode>SOAP-ENV:Client</faultcode>"
        f"<faultstring>{escape(fault.message)}</faultstring><faultactor>{escape(actor)}</faultactor>"
        f"<detail>{detail}</detail></SOAP-ENV:Fault></SOAP-ENV:Body>",
    )


def html_answer(status: int, title: str, *, headers: Sequence[tuple[str, str]] = ()) -> Response:
    """An error page of the web server in front of the service: HTML, and not well-formed as XML."""
    page = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">\r\n<html><head>'
        f"<meta http-equiv=content-type content='text/html; charset=utf-8'><title>{escape(title)}</title></head>"
        f"<body><div id=header><h1>Server Error</h1></div><br><fieldset><h2>{status} - {escape(title)}</h2></fieldset>"
        "</body></html>\r\n"
    )
    return Response(status=status, headers={"content-type": "text/html", **dict(headers)}, body=page.encode())
