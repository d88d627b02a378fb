"""The codes of the SOAP service. MappingType means something else in each operation, so each has an enum of its own."""

from enum import Enum, IntEnum

__all__ = [
    "AddressType",
    "CalcMode",
    "CompanyClassKind",
    "CompanyMapping",
    "CompressionMethod",
    "CustomerKey",
    "DeletedKind",
    "ImportMethod",
    "LineMapping",
    "OrderMapping",
    "PaymentType",
    "PotentialMapping",
    "PriceListKind",
    "SopPart",
    "Stage",
    "StatusMapping",
    "StockDate",
    "StockItemKind",
    "StockMapping",
    "StockState",
]


class OrderMapping(IntEnum):
    """What the codes of ExportOrders are."""

    SORDER_CODE = 1
    ASSOCIATED_REF = 2


class StatusMapping(IntEnum):
    """What the ids of ExportOrderStatusEx are."""

    COMPANY_CODE = 1
    OTHER_REF = 2
    SORDER_CODE = 3
    ASSOCIATED_REF = 4


class StockMapping(IntEnum):
    """What the codes of ExportStock and ExportStockStatus are."""

    STOCK_CODE = 1
    OTHER_REF = 2
    SHORT_DESC = 4


class PotentialMapping(IntEnum):
    """What the codes of GetStockPotential are; the service's own default is the internal id, not the stock code."""

    STOCK_ID = 0
    STOCK_CODE = 1
    OTHER_REF = 2
    SHORT_DESC = 4


class CompanyMapping(IntEnum):
    """What the codes of ExportCompany and GetCompanyInfo are. USER_NAME (the web name) is what the vendor advises."""

    COMPANY_CODE = 1
    OTHER_REF = 2
    USER_NAME = 3
    COMPANY_NAME = 4
    SALES_SOURCE = 5


class ImportMethod(IntEnum):
    """What ImportCompany may do. FORCE_CREATE does not look for the customer first."""

    CREATE_OR_UPDATE = 0
    CREATE = 1
    UPDATE = 2
    FORCE_CREATE = 3


class CompanyClassKind(IntEnum):
    """Which classes GetCompanyClass tells: all, those that are price lists, the others."""

    ALL = 0
    PRICE_LISTS = 1
    OTHERS = 2


class DeletedKind(IntEnum):
    """Whose deletions GetDeletedEntries tells; there are no others."""

    COMPANY = 5


class AddressType(IntEnum):
    """What an address of a customer is for. A customer's only address is always the invoice address."""

    INVOICE = 1
    DELIVERY = 2


class SopPart(Enum):
    """The parts of GetSOPData; the value is the parameter that asks for it."""

    COURIERS = "Courier"
    DELIVERY_RATES = "DelRate"
    COURIER_BANDS = "CourierBanding"
    BOGOFS = "BOGOF"
    SPECIAL_OFFERS = "SpecialOffer"
    TELESALE_PROMPTS = "TelesalePrompt"
    KEYCODES = "KeyCode"
    BARRED_ITEMS = "BarredItems"


class LineMapping(IntEnum):
    """How an order line finds its item. AUTOMATIC tries code, other ref, bar code, channel code, then description."""

    AUTOMATIC = -1
    STOCK_CODE = 1
    OTHER_REF = 2
    EXTERNAL_FILE = 3
    DESCRIPTION = 4
    BARCODE = 5
    CHANNEL_CODE = 6
    CATALOGUE_REF = 7


class CompressionMethod(IntEnum):
    """How a compressed result is packed."""

    ZIP = 0
    BZIP2 = 1


class PriceListKind(IntEnum):
    """Whose prices of what a price list holds: of items or of stock types, for one customer or for a company class."""

    ITEM_CUSTOMER = 1
    TYPE_CUSTOMER = 2
    ITEM_CLASS = 3
    TYPE_CLASS = 4


class StockDate(IntEnum):
    """Which date GetStockList compares. ANY is what the vendor's own shop connector sends."""

    ANY = -1
    REVISION = 0
    LAUNCH = 1
    MOVEMENT = 2


class StockItemKind(IntEnum):
    """Which items GetStockList tells."""

    ALL = 0
    PARENTS = 1
    CHILDREN = 2


class StockState(IntEnum):
    """STATUS of a stock row."""

    IN_STOCK = 0
    ALL_ALLOCATED = 1
    OUT_DUE_IN = 2
    OUT_NOT_DUE = 3
    DISCONTINUED = 4
    NOT_CONTROLLED = 5


class PaymentType(IntEnum):
    """PAYMENT_TYPE of a payment on an imported order."""

    CASH = 0
    CHEQUE = 1
    CARD = 2
    ACCOUNT = 3
    VOUCHER = 4


class Stage(IntEnum):
    """Stages of an invoice. Sites define more: an unknown number is never an error."""

    CANCELLED = 1
    RELEASED = 9
    STAGING = 10
    AUTHORISE_PAYMENT = 11
    PICKING = 12
    PACKING = 13
    SHIPPING = 14
    PRINT_INVOICES = 15
    ISSUE_INVOICES = 16
    AWAITING_DATE = 17
    AWAITING_STOCK = 18
    MANUAL_HOLD = 19
    PROCESSING = 20
    TERMS_HOLD = 21
    ISSUED = 70
    ARCHIVED = 71
    ARCHIVED_2 = 72
    ARCHIVED_3 = 73


class CalcMode(Enum):
    """Whether the ERP works out an order from gross or from net prices; the customer's company class decides."""

    GROSS = "gross"
    NET = "net"


class CustomerKey(Enum):
    """Which field carries the buyer's key for customer matching; NONE leaves it to name and address."""

    OTHER_REF = "OTHER_REF"
    WEB_USER = "WEB_USER"
    NONE = "none"
