"""The operations of the vendor's guide v7.8d and their parameters, in the order in which clients that go by position
send them. What an installation offers beyond these it bought, or has from a newer version.
"""

from collections.abc import Mapping

from khaos_connectors.khaos_control.enums import SopPart

__all__ = ["ADD_ONS", "GUIDE"]

_ITEMS = ("StockCode", "MappingType", "LastUpdated")
_STATUS = (*_ITEMS, "SiteID", "PotentialLeadTime")
_LIST = ("DateType", "DateValue", "StockItemType")
_METHOD = "CompressionMethod"
_ORDER_STATUS = (
    "IDs",
    "MappingType",
    "WebOnly",
    "ConfirmedOnly",
    "IncludeTracking",
    "IncludeCancelled",
    "DateFrom",
    "DateTo",
    "InvoiceStageIDs",
    "ShowItems",
)

GUIDE: Mapping[str, tuple[str, ...]] = {
    "GetVersion": (),
    "ImportOrders": ("Orders",),
    "ExportOrders": ("OrderCode", "MappingType"),
    "ExportOrderStatus": (),
    "ExportOrderStatusEx": _ORDER_STATUS,
    "GetSaleSource": (),
    "Login": ("UserName", "UserPassword"),
    "GetCompanyList": ("LastUpdated", "CompanyClassList"),
    "ExportCompany": ("CompanyCode", "MappingType", "LastUpdated"),
    "GetCompanyInfo": ("CompanyCode", "MappingType"),
    "GetDeletedEntries": ("DateFrom", "DateTo", "DocumentType", "ObjectID"),
    "ImportCompany": ("Customers", "Method"),
    "ImportCatalogueRequest": ("CatRequest",),
    "GetCountryList": (),
    "GetCompanyClass": ("CompanyClassType",),
    "GetCompanyStatus": (),
    "GetMailingStatusList": (),
    "GetStockList": _LIST,
    "GetStockListCompressed": (*_LIST, _METHOD),
    "GetStockPotential": ("StockCode", "MappingType"),
    "ExportStock": _ITEMS,
    "ExportStockCompressed": (*_ITEMS, _METHOD),
    "ExportStockStatus": _STATUS,
    "ExportStockStatusCompressed": (*_STATUS, _METHOD),
    "ImportStockStatus": ("StockStatus", "UpdateStockData", "UpdateStockLevels"),
    "GetSiteList": (),
    "GetManufacturer": (),
    "GetHarmonisationCodes": (),
    "ExportWebCategories": ("Website",),
    "ExportWebCategoriesCompressed": ("Website", _METHOD),
    "ExportWebCategoriesEx2": ("WebsiteName", "WebsiteID", "WebNodeID", "IncludeItems"),
    "ExportPriceList": ("PriceList",),
    "ExportPriceListEx": ("PriceLists", "PriceListType", "PriceListIDs"),
    "ImportPriceLists": ("PriceList",),
    "GetPriceLists": (),
    "GetKeycodeTypes": (),
    "GetAgentList": (),
    "GetKeycodes": (),
    "GetSOPData": tuple(part.value for part in SopPart),
    "GetBackOrderItems": ("CompanyCode", "MappingType"),
    "GetAgentStock": ("Agent", "MappingType"),
    "GetStockDataArray": (),
}
"""Parameters by operation. The last three are not in the guide: clients were seen to call them."""

ADD_ONS: Mapping[str, str] = {
    "AmendOrder": "amend an order (add-on 024788)",
    "CancelOrder": "cancel an order (add-on 024788)",
    "ProcessReturn": "process a return that exists, with its credit note (add-on 025799)",
}
"""Operations of which the vendor says that they can be bought, and what they are for."""
