"""SOAP 1.1, RPC style with encoded values, as Delphi servers speak it: envelopes out, values or faults in."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

import attrs

from khaos_connectors.calls._faults import local, not_soap, raise_fault
from khaos_connectors.calls.messages import Response
from khaos_connectors.calls.xml import parse
from khaos_connectors.errors import Undecodable

__all__ = ["Parameter", "SoapValue", "answer", "envelope"]

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_UNFIT_FOR_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@attrs.frozen
class Parameter:
    """One parameter of a call. *name* is as the server spells it.

    *kind* is derived from *value*: text, whole numbers, truths and (naive, in the server's own zone) date-times; it is
    given for a None that is not text. None is sent as nil or left out, see ``envelope``. The value is left out of
    ``repr``: it may be a whole order with people's names.
    """

    name: str
    value: str | int | bool | datetime | None = attrs.field(repr=False)
    kind: Literal["", "string", "int", "boolean", "dateTime"] = ""


def envelope(
    operation: str,
    parameters: Sequence[Parameter],
    *,
    namespace: str,
    missing: Literal["nil", "omit"] = "nil",
    boolean: Literal["words", "digits"] = "words",
) -> bytes:
    """The body of a call of *operation*, UTF-8.

    *missing*: whether trailing parameters without a value are sent as nil or left out; one before a parameter with a
    value is always sent, because some servers go by position. *boolean*: ``true``/``false`` or ``1``/``0``.
    ``ValueError`` for a name that is none, a character that XML cannot carry and a date-time with a zone.
    """
    sent = list(parameters)
    while missing == "omit" and sent and sent[-1].value is None:
        sent.pop()
    body = "".join(_element(parameter, boolean) for parameter in sent)
    name = _checked_name(operation)
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        '<SOAP-ENV:Body SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">'
        f'<m:{name} xmlns:m="{escape(namespace, {chr(34): "&quot;"})}">{body}</m:{name}>'
        "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
    ).encode()


def _element(parameter: Parameter, boolean: str) -> str:
    name = _checked_name(parameter.name)
    if parameter.value is None:
        return f'<{name} xsi:type="xsd:{parameter.kind or "string"}" xsi:nil="true"/>'
    kind, text = _encoded(name, parameter.value, boolean)
    return f'<{name} xsi:type="xsd:{parameter.kind or kind}">{text}</{name}>'


def _encoded(name: str, value: str | int | datetime, boolean: str) -> tuple[str, str]:
    match value:
        case bool():
            return "boolean", ("true" if value else "false") if boolean == "words" else str(int(value))
        case int():
            return "int", str(value)
        case datetime():
            if value.tzinfo is not None:
                raise ValueError(f"{name}: a date-time for this server has no zone, convert it to the server's first")
            return "dateTime", value.isoformat(timespec="seconds")
        case str():
            unfit = _UNFIT_FOR_XML.search(value)
            if unfit:
                raise ValueError(f"{name}: the character U+{ord(unfit.group()):04X} cannot travel in XML")
            # A bare carriage return would arrive as a line feed.
            return "string", escape(value, {"\r": "&#13;"})


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a name for an XML element")
    return name


@attrs.frozen
class _Place:
    """Where values were found: what references point at, and whose answer it is."""

    by_id: dict[str, Element]
    system: str
    operation: str


class SoapValue:
    """One value of an answer. References are followed as it is read; names are compared without namespace and case."""

    __slots__ = ("_element", "_name", "_path", "_place")

    def __init__(self, element: Element, place: _Place, path: str) -> None:
        self._place, self._path = place, path
        self._name = local(element.tag)
        self._element = _followed(element, place, path)

    def __repr__(self) -> str:
        return f"SoapValue({self._path})"

    @property
    def name(self) -> str:
        """The local name of the property or element, also where it only refers to its value."""
        return self._name

    @property
    def path(self) -> str:
        """Where the value stands in the answer, for errors."""
        return self._path

    @property
    def nil(self) -> bool:
        """Whether the value is explicitly none."""
        return self._element.get(f"{_XSI}nil", "").strip() in {"true", "1"}

    @property
    def text(self) -> str | None:
        """The characters of the value; None if it is nil."""
        return None if self.nil else self._element.text or ""

    def child(self, name: str) -> "SoapValue | None":
        """The first property with this *name*, None if there is none."""
        return next(iter(self.items(name)), None)

    def items(self, name: str | None = None) -> "list[SoapValue]":
        """The properties or elements in their order, those called *name* only if it is given; none if nil."""
        if self.nil:
            return []
        wanted = None if name is None else name.lower()
        found: list[SoapValue] = []
        for index, each in enumerate(self._element):
            own = local(each.tag)
            if wanted is None:
                found.append(SoapValue(each, self._place, f"{self._path}.{own}[{index}]"))
            elif own.lower() == wanted:
                found.append(SoapValue(each, self._place, f"{self._path}.{own}"))
        return found


def _followed(element: Element, place: _Place, path: str) -> Element:
    seen: set[str] = set()
    while (href := element.get("href")) is not None:
        target = place.by_id.get(href.removeprefix("#"))
        if target is None or href in seen:
            raise Undecodable(
                system=place.system,
                operation=place.operation,
                path=path,
                expected="a value, not a reference that leads nowhere",
            )
        seen.add(href)
        element = target
    return element


def answer(response: Response, *, system: str, operation: str) -> SoapValue:
    """The result in *response*, whatever its status; a call without a result gives a nil value.

    A fault, with the status 200 or 500 alike, is ``Refused`` with the exception's class as *code*, its ancestors as
    *kinds* and the fault's text. Anything else than SOAP is refused by its status, or ``Undecodable`` where the status
    says that all is well.
    """
    try:
        root = parse(response.body, system=system, operation=operation)
    except Undecodable as problem:
        raise not_soap(response, _soap_instead(problem.expected), system=system, operation=operation) from None
    body = next((each for each in root if local(each.tag) == "Body"), None)
    if local(root.tag) != "Envelope" or body is None:
        raise not_soap(response, "a SOAP envelope", system=system, operation=operation)
    for each in body:
        if local(each.tag) == "Fault":
            raise_fault(each, response, system=system, operation=operation)
    wrapper = _wrapper(body)
    if wrapper is None or response.status >= 300:
        raise not_soap(response, "a SOAP answer with a result", system=system, operation=operation)
    by_id = {identity: each for each in body.iter() if (identity := each.get("id")) is not None}
    named = [each for each in wrapper if local(each.tag).lower() == "return"] or list(wrapper)
    result = named[0] if named else Element("return", {f"{_XSI}nil": "true"})
    return SoapValue(result, _Place(by_id, system, operation), "$")


def _soap_instead(expected: str) -> str:
    return expected.replace("XML", "SOAP", 1) if expected.startswith("XML, not") else expected


def _wrapper(body: Element) -> Element | None:
    # Multi-reference objects stand beside the response element, each with an id of its own.
    plain = [each for each in body if each.get("id") is None]
    named = [each for each in body if local(each.tag).lower().endswith("response")]
    return next(iter(named or plain), None)
