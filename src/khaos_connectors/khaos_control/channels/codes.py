"""The words of the Channels documents (vendor's web-service pages, "Types"); each value is what stands on the wire."""

from enum import Enum, IntEnum

__all__ = [
    "CalcMethod",
    "CreateNew",
    "DescriptionSource",
    "Format",
    "LinkedItemType",
    "Mapping",
    "Match",
    "OrderStatus",
    "PackType",
    "PriceType",
    "ShipmentStatus",
    "UnfitItems",
]


class Format(Enum):
    """The two forms that every document has; the configuration document says which one an endpoint speaks."""

    XML = "XML"
    JSON = "JSON"

    @property
    def content_type(self) -> str:
        """The media type of an answer in this form; both are always UTF-8."""
        return "application/json" if self is Format.JSON else "application/xml; charset=utf-8"


class CreateNew(Enum):
    """Whether an order may create its customer. Never: an order without a match is not imported."""

    IF_NO_MATCH = "IfNoMatch"
    ALWAYS = "Always"
    NEVER = "Never"


class Mapping(Enum):
    """How an SKU finds its stock item."""

    STOCK_CODE = "StockCode"
    OTHER_REF = "OtherRef"
    BARCODE = "Barcode"
    WEB_CODE = "WebCode"
    AUTOMATIC = "Automatic"


class DescriptionSource(Enum):
    """Where an order line's description comes from: the text beside it, the item, or a set of web categories."""

    EXPLICIT = "Explicit"
    STOCK_DESC = "StockDesc"
    WEB_CATEGORIES = "WebCategories"


class CalcMethod(IntEnum):
    """How an order is worked out; AUTO leaves it to the customer's classification."""

    AUTO = 0
    NET = 1
    GROSS = 2


class Match(Enum):
    """What an existing customer, address or contact is found by. COMPANY_CODE must stand alone."""

    COMPANY_NAME = "CompanyName"
    ADDRESS1 = "Address1"
    ADDRESS2 = "Address2"
    ADDRESS3 = "Address3"
    TOWN = "Town"
    POSTCODE = "Postcode"
    SURNAME = "Surname"
    FORENAME = "Forename"
    TELEPHONE = "Telephone"
    EMAIL = "Email"
    COMPANY_CODE = "CompanyCode"
    USE_DELIVERY_ADDRESS = "UseDeliveryAddress"


class UnfitItems(Enum):
    """What becomes of an order with an item that is discontinued or has run to zero; better not SKIP."""

    ABORT = "Abort"
    IMPORT_AND_HOLD = "ImportAndHold"
    SKIP = "Skip"


class OrderStatus(Enum):
    """Where an order stands, as the ERP pushes it."""

    RECEIVED = "Received"
    SHIPPING = "Shipping"
    PARTIAL_SHIP = "PartialShip"
    COMPLETE = "Complete"
    CANCELLED = "Cancelled"


class ShipmentStatus(Enum):
    """Where one shipment (an invoice) of an order stands."""

    RELEASED = "Released"
    STAGING = "Staging"
    PAYMENT = "Payment"
    PICKING = "Picking"
    PACKING = "Packing"
    SHIPPING = "Shipping"
    INVOICING = "Invoicing"
    PROCESSING = "Processing"
    ISSUE = "Issue"
    AWAITING_DATE = "AwaitingDate"
    AWAITING_STOCK = "AwaitingStock"
    MANUAL_HOLD = "ManualHold"
    TERMS_HOLD = "TermsHold"
    ARCHIVED = "Archived"


class PackType(Enum):
    """What an item's PackItems make of it."""

    NONE = "None"
    BUILD = "Build"
    PACK = "Pack"


class LinkedItemType(Enum):
    """How one item is offered beside another."""

    UP_SELL = "UpSell"
    CROSS_SELL = "CrossSell"
    ASSOCIATED = "Associated"


class PriceType(IntEnum):
    """How the value of a price list was worked out: as an amount, by a discount off the sell price, or by a mark-up."""

    AMOUNT = 1
    DISCOUNT = 2
    MARK_UP = 3
