"""The WSDL of the simulated Khaos Control, as its SOAP runtime would write it: RPC style, encoded use."""

from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

from khaos_connectors.testing.simulators.khaos_operations import Operation
from khaos_connectors.testing.simulators.khaos_settings import KhaosSettings

__all__ = ["ARRAYS", "STRUCTURES", "wsdl"]

_ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"

STRUCTURES: Mapping[str, str] = {
    "TOrderImport": "SalesOrderCode AssociatedRef Msg URN OtherRef",
    "TOrderSkipped": "OrderRef SkipReason",
    "TOrderImportResult": "ImportedCount:int OrderImport:TOrderImportArray OrderSkipped:TOrderSkippedArray",
    "TCustomerImport": "URN Action OtherRef PassedReference WebUser",
    "TCustomerSkipped": "CustomerRef SkipReason PassedReference",
    "TCustomerImportResult": (
        "ImportedCount:int CustomerImport:TCustomerImportArray CustomerSkipped:TCustomerSkippedArray"
    ),
    "TStockListItem": "StockCode OtherRef StockDesc ParentCode ParentOtherRef LastUpdated:dateTime",
    "TStockList": "Count:int List:TStockListItemArray",
    "TStockPotential": (
        "StockCode OtherRef StockDesc Available:double OnOrder:double BackOrder:double Potential:double"
    ),
    "TSite": "SiteID:int SiteName",
    "TSiteList": "List:TSiteArray CurrentSiteID:int",
    "TCompanyListItem": "CompanyCode OtherRef LastUpdated:dateTime",
    "TCompanyList": "Count:int List:TCompanyListItemArray",
    "TCompanyInfo": (
        "CompanyCode CompanyName OtherRef HideCompany:boolean HoldData:boolean CreditLimit:double CreditBalance:double "
        "CreditOverdue:double CreditPending:double CreditUnallocated:double OutstandingBalance:double CurrencyCode "
        "TermsLength:int TermsType:int TermsDesc CreditStop:boolean OrdersHeld:boolean PTypeID:int Proforma:boolean "
        "Supplier:boolean ECCompany:boolean PaysVAT:boolean POCodeRequired:boolean PriceLists:TDataArray"
    ),
    "TCountry": (
        "CountryName CountryCode2 CountryCode3 EUMember:boolean PaysVAT:boolean CurrencyName CurrencyCode Zone"
    ),
    "TCountryList": "Count:int List:TCountryArray",
    "TMailingStatus": "ID Description",
    "TKeycode": (
        "KeycodeCode KeycodeDesc KeycodeTypeDesc SourceCode:boolean DateCrreated:dateTime ExpiryDate:dateTime "
        "WebUse:boolean MOTOUse:boolean"
    ),
    "THarmonisedItem": "StockCode Duty:double",
    "THarmonisationCode": "Code StockItems:THarmonisedItemArray",
    "TCompressedResult": (
        "Method FileName Data:base64Binary OriginalSize:int CompressedSize:int PasswordProtected:boolean"
    ),
    "TBackOrderItem": "SalesOrderCode StockCode Quantity:int",
    "TStockData": "StockCode Available:double",
}
"""The structured types: their properties in order, each a text unless another type is named."""

ARRAYS: Mapping[str, str] = {
    "TDataArray": "xsd:string",
    **{
        f"{name}Array": name
        for name in (
            "TOrderImport",
            "TOrderSkipped",
            "TCustomerImport",
            "TCustomerSkipped",
            "TStockListItem",
            "TStockPotential",
            "TSite",
            "TCompanyListItem",
            "TCompanyInfo",
            "TCountry",
            "TMailingStatus",
            "TKeycode",
            "THarmonisedItem",
            "THarmonisationCode",
            "TBackOrderItem",
            "TStockData",
        )
    },
}
"""The array types with the type of their items."""

_SIMPLE = frozenset({"int", "boolean", "double", "dateTime", "base64Binary"})


def wsdl(operations: Mapping[str, Operation], settings: KhaosSettings, *, address: str) -> str:
    """A description of *operations* at *address*."""
    return (
        '<?xml version="1.0"?>\n<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" '
        'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" '
        f'xmlns:soapenc="{_ENCODING}" xmlns:tns="http://tempuri.org/" xmlns:ns1={quoteattr(settings.type_namespace)} '
        'name="IKosWebservice" targetNamespace="http://tempuri.org/">'
        f"<types>{_schema(settings)}</types>"
        f"{''.join(_messages(name, one) for name, one in operations.items())}"
        f'<portType name="IKosWeb">{"".join(_port(name) for name in operations)}</portType>'
        '<binding name="IKosWebbinding" type="tns:IKosWeb">'
        '<soap:binding style="rpc" transport="http://schemas.xmlsoap.org/soap/http"/>'
        f"{''.join(_bound(name, settings) for name in operations)}</binding>"
        '<service name="IKosWebservice"><port name="IKosWebPort" binding="tns:IKosWebbinding">'
        f"<soap:address location={quoteattr(address)}/></port></service></definitions>\n"
    )


def _schema(settings: KhaosSettings) -> str:
    structures = (
        f'<xsd:complexType name="{name}"><xsd:sequence>'
        f"{''.join(_property(one, settings) for one in text.split())}"
        "</xsd:sequence></xsd:complexType>"
        for name, text in STRUCTURES.items()
    )
    arrays = (
        f'<xsd:complexType name="{name}"><xsd:complexContent><xsd:restriction base="soapenc:Array">'
        '<xsd:attribute ref="soapenc:arrayType" xmlns:n="http://schemas.xmlsoap.org/wsdl/" '
        f'n:arrayType="{item if ":" in item else f"ns1:{item}"}[]"/>'
        "</xsd:restriction></xsd:complexContent></xsd:complexType>"
        for name, item in ARRAYS.items()
    )
    return (
        f"<xsd:schema targetNamespace={quoteattr(settings.type_namespace)}>"
        f'<xsd:import namespace="{_ENCODING}"/>{"".join(structures)}{"".join(arrays)}</xsd:schema>'
    )


def _property(text: str, settings: KhaosSettings) -> str:
    name, _, kind = text.partition(":")
    if not kind or kind in _SIMPLE:
        return f'<xsd:element name="{name}" type="xsd:{kind or "string"}"/>'
    # An installation that leaves empty arrays out has to say so, or clients that are led by this would refuse it.
    may_be = {"empty": "", "nil": ' nillable="true"', "missing": ' minOccurs="0"'}[settings.empty_arrays]
    return f'<xsd:element name="{name}" type="ns1:{kind}"{may_be}/>'


def _messages(name: str, operation: Operation) -> str:
    parts = "".join(f'<part name="{item.name}" type="xsd:{item.kind}"/>' for item in operation.parameters)
    result = operation.result if ":" in operation.result else f"ns1:{operation.result}"
    returned = f'<part name="return" type="{result}"/>' if operation.result else ""
    return f'<message name="{name}Request">{parts}</message><message name="{name}Response">{returned}</message>'


def _port(name: str) -> str:
    return (
        f'<operation name="{name}"><input message="tns:{name}Request"/>'
        f'<output message="tns:{name}Response"/></operation>'
    )


def _bound(name: str, settings: KhaosSettings) -> str:
    namespace = quoteattr(settings.namespace)
    body = f'<soap:body use="encoded" encodingStyle="{_ENCODING}" namespace={namespace}/>'
    action = quoteattr(f"{settings.namespace}#{name}")
    return (
        f'<operation name="{name}"><soap:operation soapAction={action} style="rpc"/>'
        f"<input>{body}</input><output>{body}</output></operation>"
    )
