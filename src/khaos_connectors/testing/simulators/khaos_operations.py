"""The operations that the simulated web service offers: their parameters, and how those are read."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

import attrs

from khaos_connectors.testing.simulators.khaos_settings import KhaosSettings
from khaos_connectors.testing.simulators.khaos_soap import KhaosFault, SoapCall

__all__ = ["ADD_ONS", "NO_OPERATION", "OPERATIONS", "Arguments", "Operation", "Parameter", "parse_moment"]

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

_ITEMS = ("StockCode", "MappingType:int", "LastUpdated:dateTime")
_STATUS = (*_ITEMS, "SiteID:int", "PotentialLeadTime:boolean")
_LIST = ("DateType:int", "DateValue:dateTime", "StockItemType:int")
_METHOD = "CompressionMethod:int"
_ORDER_STATUS = (
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
)

OPERATIONS: Mapping[str, Operation] = {
    "GetVersion": _operation("xsd:string"),
    "ImportOrders": _operation("TOrderImportResult", "Orders"),
    "ExportOrders": _operation("xsd:string", "OrderCode", "MappingType:int"),
    "ExportOrderStatus": _operation("xsd:string"),
    "ExportOrderStatusEx": _operation("xsd:string", *_ORDER_STATUS),
    "GetSaleSource": _operation("TDataArray"),
    "Login": _operation("xsd:string", "UserName", "UserPassword"),
    "GetCompanyList": _operation("TCompanyList", "LastUpdated:dateTime", "CompanyClassList"),
    "ExportCompany": _operation("xsd:string", "CompanyCode", "MappingType:int", "LastUpdated:dateTime"),
    "GetCompanyInfo": _operation("TCompanyInfoArray", "CompanyCode", "MappingType:int"),
    "GetDeletedEntries": _operation(
        "xsd:string", "DateFrom:dateTime", "DateTo:dateTime", "DocumentType:int", "ObjectID"
    ),
    "ImportCompany": _operation("TCustomerImportResult", "Customers", "Method:int"),
    "ImportCatalogueRequest": _operation("", "CatRequest"),
    "GetCountryList": _operation("TCountryList"),
    "GetCompanyClass": _operation("TDataArray", "CompanyClassType:int"),
    "GetCompanyStatus": _operation("TDataArray"),
    "GetMailingStatusList": _operation("TMailingStatusArray"),
    "GetStockList": _operation("TStockList", *_LIST),
    "GetStockListCompressed": _operation("TCompressedResult", *_LIST, _METHOD),
    "GetStockPotential": _operation("TStockPotentialArray", "StockCode", "MappingType:int"),
    "ExportStock": _operation("xsd:string", *_ITEMS),
    "ExportStockCompressed": _operation("TCompressedResult", *_ITEMS, _METHOD),
    "ExportStockStatus": _operation("xsd:string", *_STATUS),
    "ExportStockStatusCompressed": _operation("TCompressedResult", *_STATUS, _METHOD),
    "ImportStockStatus": _operation(
        "TStockList", "StockStatus", "UpdateStockData:boolean", "UpdateStockLevels:boolean"
    ),
    "GetSiteList": _operation("TSiteList"),
    "GetManufacturer": _operation("TDataArray"),
    "GetHarmonisationCodes": _operation("THarmonisationCodeArray"),
    "ExportWebCategories": _operation("xsd:string", "Website"),
    "ExportWebCategoriesCompressed": _operation("TCompressedResult", "Website", _METHOD),
    "ExportWebCategoriesEx2": _operation("xsd:string", "WebsiteName", "WebsiteID", "WebNodeID", "IncludeItems:boolean"),
    "ExportPriceList": _operation("xsd:string", "PriceList"),
    "ExportPriceListEx": _operation("xsd:string", "PriceLists", "PriceListType:int", "PriceListIDs"),
    "ImportPriceLists": _operation("xsd:string", "PriceList"),
    "GetPriceLists": _operation("TDataArray"),
    "GetKeycodeTypes": _operation("TDataArray"),
    "GetAgentList": _operation("TDataArray"),
    "GetKeycodes": _operation("TKeycodeArray"),
    "GetSOPData": _operation("xsd:string", *(f"{part}:boolean" for part in _SOP_PARTS)),
    "GetBackOrderItems": _operation("TBackOrderItemArray", "CompanyCode", "MappingType:int"),
    "GetAgentStock": _operation("TStockDataArray", "Agent", "MappingType:int"),
    "GetStockDataArray": _operation("TStockDataArray"),
    "FTStockDataArray": _operation("TStockDataArray"),
}
"""Every operation that each installation offers, by name; "" as result: there is none."""

ADD_ONS: Mapping[str, Operation] = {
    "ProcessReturn": _operation("xsd:string", "ReturnCode", "ManualAuthCode"),
    "CancelOrder": _operation("xsd:string", "OrderCode", "Reason"),
}
"""What an installation may have bought. The vendor tells the parameters of the first only, and of none the result."""

NO_OPERATION = _operation("xsd:string")
"""What stands for an operation that is not offered: it has no parameters."""

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
