"""The operations that the simulated web service offers: their parameters, how those are read, and the WSDL."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal
from xml.sax.saxutils import quoteattr

import attrs

from khaos_connectors.testing.simulators.khaos_settings import KhaosSettings
from khaos_connectors.testing.simulators.khaos_soap import KhaosFault, SoapCall

__all__ = ["NO_OPERATION", "OPERATIONS", "Arguments", "Operation", "Parameter", "parse_moment", "wsdl"]

Kind = Literal["string", "int", "boolean", "dateTime"]


@attrs.frozen
class Parameter:
    """One parameter by the name of the vendor's guide."""

    name: str
    kind: Kind = "string"


@attrs.frozen
class Operation:
    """One operation: its parameters in order and the type of its result."""

    parameters: tuple[Parameter, ...]
    result: str


def _operation(result: str, /, *parameters: str) -> Operation:
    """*parameters* are "Name" or "Name:kind"."""
    kinds: dict[str, Kind] = {"string": "string", "int": "int", "boolean": "boolean", "dateTime": "dateTime"}
    split = [text.partition(":") for text in parameters]
    return Operation(tuple(Parameter(name, kinds[kind or "string"]) for name, _, kind in split), result)


_SOP_PARTS = (
    "Courier",
    "DelRate",
    "CourierBanding",
    "BOGOF",
    "SpecialOffer",
    "TelesalePrompt",
    "KeyCode",
    "BarredItems",
)

OPERATIONS: Mapping[str, Operation] = {
    "GetVersion": _operation("xsd:string"),
    "GetSiteList": _operation("TSiteList"),
    "GetSaleSource": _operation("TDataArray"),
    "GetCompanyClass": _operation("TDataArray", "CompanyClassType:int"),
    "GetStockList": _operation("TStockList", "DateType:int", "DateValue:dateTime", "StockItemType:int"),
    "GetStockPotential": _operation("TStockPotentialArray", "StockCode", "MappingType:int"),
    "ExportStock": _operation("xsd:string", "StockCode", "MappingType:int", "LastUpdated:dateTime"),
    "ExportStockStatus": _operation(
        "xsd:string", "StockCode", "MappingType:int", "LastUpdated:dateTime", "SiteID:int", "PotentialLeadTime:boolean"
    ),
    "ImportOrders": _operation("TOrderImportResult", "Orders"),
    "ExportOrders": _operation("xsd:string", "OrderCode", "MappingType:int"),
    "ExportOrderStatusEx": _operation(
        "xsd:string",
        "IDs",
        "MappingType:int",
        "WebOnly:boolean",
        "ConfirmedOnly:boolean",
        "IncludeTracking:boolean",
        "IncludeCancelled:boolean",
        "DateFrom:dateTime",
        "DateTo:dateTime",
        "InvoiceStageIDs",
        "ShowItems:boolean",
    ),
    "GetSOPData": _operation("xsd:string", *(f"{part}:boolean" for part in _SOP_PARTS)),
}
"""Every operation that is offered, by name."""

NO_OPERATION = _operation("xsd:string")
"""What stands for an operation that is not offered: it has no parameters."""

_ENCODING = '"http://schemas.xmlsoap.org/soap/encoding/"'
_NO_DATE_BEFORE = datetime(1900, 1, 2, tzinfo=UTC)


def parse_moment(text: str, settings: KhaosSettings) -> datetime | None:
    """A date as the server reads it: wall time of its own zone, whatever offset was written; None for "no date".

    The server's reader never complains. What it cannot read it takes for no date, which selects everything.
    """
    try:
        wall = datetime.fromisoformat(text.strip()).replace(tzinfo=settings.server_timezone)
    except ValueError:
        return None
    found = wall.astimezone(UTC)
    return None if found < _NO_DATE_BEFORE else found


class Arguments:
    """The parameters of one call, read by name, and by position where the name is unknown."""

    def __init__(self, call: SoapCall, operation: Operation, settings: KhaosSettings) -> None:
        self._settings = settings
        self._values = self._assign(call, operation)

    def _assign(self, call: SoapCall, operation: Operation) -> dict[str, str | None]:
        credentials = {name.casefold(): value for name, value in self._settings.body_credentials.items()}
        given = {part.name.casefold(): part.text for part in call.parts}
        if any(given.get(name) != value for name, value in credentials.items()):
            raise KhaosFault("User name or password is wrong", exception_class="ELoginException")
        parts = [part for part in call.parts if part.name.casefold() not in credentials]
        known = {parameter.name.casefold(): parameter.name for parameter in operation.parameters}
        found = {known[part.name.casefold()]: part.text for part in parts if part.name.casefold() in known}
        if not self._settings.names_matter:
            for part, parameter in zip(parts, operation.parameters, strict=False):
                if part.name.casefold() not in known:
                    found.setdefault(parameter.name, part.text)
        missing = [parameter.name for parameter in operation.parameters if parameter.name not in found]
        if missing and not self._settings.accepts_omitted:
            raise KhaosFault(f"Parameter {missing[0]} is missing", exception_class="ESOAPDomConvertError")
        return found

    def text(self, name: str) -> str:
        """The text of a parameter, "" when it was nil or left out."""
        return self._values.get(name) or ""

    def codes(self, name: str) -> tuple[str, ...]:
        """The members of a comma-separated parameter; there is no way to write a comma inside one."""
        return tuple(code for code in (part.strip() for part in self.text(name).split(",")) if code)

    def number(self, name: str, default: int) -> int:
        """A whole number, *default* when it was nil or left out."""
        text = self.text(name).strip()
        if not text:
            return default
        try:
            return int(text)
        except ValueError as problem:
            raise KhaosFault(f"'{text}' is not a valid integer value", exception_class="EConvertError") from problem

    def flag(self, name: str) -> bool:
        """A truth value: the runtime takes anything but ``true`` and ``1`` for false, -1 included."""
        return self.text(name).strip() in {"true", "1"}

    def moment(self, name: str) -> datetime | None:
        """A date, None when there is none or it is one of the values that stand for none."""
        return parse_moment(self.text(name), self._settings)


def wsdl(settings: KhaosSettings, *, address: str) -> str:
    """A description of the service: RPC style, encoded use, one operation after the other."""
    namespace = quoteattr(settings.namespace)
    messages: list[str] = []
    ports: list[str] = []
    bindings: list[str] = []
    types = sorted({found.result for found in OPERATIONS.values() if ":" not in found.result})
    for name, operation in OPERATIONS.items():
        result = operation.result if ":" in operation.result else f"ns1:{operation.result}"
        parts = "".join(f'<part name="{item.name}" type="xsd:{item.kind}"/>' for item in operation.parameters)
        messages.append(
            f'<message name="{name}Request">{parts}</message>'
            f'<message name="{name}Response"><part name="return" type="{result}"/></message>'
        )
        ports.append(
            f'<operation name="{name}"><input message="tns:{name}Request"/>'
            f'<output message="tns:{name}Response"/></operation>'
        )
        body = f'<soap:body use="encoded" encodingStyle={_ENCODING} namespace={namespace}/>'
        action = quoteattr(f"{settings.namespace}#{name}")
        bindings.append(
            f'<operation name="{name}"><soap:operation soapAction={action} style="rpc"/>'
            f"<input>{body}</input><output>{body}</output></operation>"
        )
    schema = "".join(f'<xsd:complexType name="{name}"><xsd:sequence/></xsd:complexType>' for name in types)
    return (
        '<?xml version="1.0"?>\n<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" '
        'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" '
        f'xmlns:tns="http://tempuri.org/" xmlns:ns1={quoteattr(settings.type_namespace)} '
        'name="IKosWebservice" targetNamespace="http://tempuri.org/">'
        f"<types><xsd:schema targetNamespace={quoteattr(settings.type_namespace)}>{schema}</xsd:schema></types>"
        f'{"".join(messages)}<portType name="IKosWeb">{"".join(ports)}</portType>'
        '<binding name="IKosWebbinding" type="tns:IKosWeb">'
        '<soap:binding style="rpc" transport="http://schemas.xmlsoap.org/soap/http"/>'
        f"{''.join(bindings)}</binding>"
        '<service name="IKosWebservice"><port name="IKosWebPort" binding="tns:IKosWebbinding">'
        f"<soap:address location={quoteattr(address)}/></port></service></definitions>\n"
    )
