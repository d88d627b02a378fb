"""Codes of shops, platform settings and custom fields; read as open enumerations wherever Mirakl sends them."""

from enum import Enum

__all__ = [
    "ChannelPricing",
    "CsvDelimiter",
    "Entity",
    "FeeType",
    "KycStatus",
    "PayOutProvider",
    "PerStore",
    "Period",
    "ReasonType",
    "Shareholders",
    "ShopDomain",
    "SuspensionType",
]


class SuspensionType(Enum):
    """Why a shop is suspended."""

    MANUAL = "MANUAL"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    INCOMPLETE_PROFILE = "INCOMPLETE_PROFILE"
    AUTOMATIC_SUSPENSION = "AUTOMATIC_SUSPENSION"


class KycStatus(Enum):
    """How far the identity check of a shop is."""

    PENDING_SUBMISSION = "PENDING_SUBMISSION"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    REFUSED = "REFUSED"
    APPROVED = "APPROVED"
    NOT_REQUIRED = "NOT_REQUIRED"


class ShopDomain(Enum):
    """What a shop sells."""

    PRODUCT = "PRODUCT"
    SERVICE = "SERVICE"


class FeeType(Enum):
    """What an operator's tax is put upon."""

    COMMISSION = "COMMISSION"
    SUBSCRIPTION = "SUBSCRIPTION"
    ADDITIONAL_FEES = "ADDITIONAL_FEES"


class PayOutProvider(Enum):
    """Who pays a shop."""

    NOT_SPECIFIED = "NOT_SPECIFIED"
    MANGOPAY = "MANGOPAY"
    MIRAKL_PAYOUT = "MIRAKL_PAYOUT"
    OPERATOR = "OPERATOR"


class Shareholders(Enum):
    """How many people own a company."""

    SINGLE = "SINGLE"
    SEVERAL = "SEVERAL"


class Entity(Enum):
    """What a custom field belongs to."""

    SHOP = "SHOP"
    OFFER = "OFFER"
    ORDER_LINE = "ORDER_LINE"
    ORDER = "ORDER"


class Period(Enum):
    """The time that a figure of A21 is about, counted back from today."""

    ALL_SINCE_BEGINNING = "ALL_SINCE_BEGINNING"
    LAST_MONTH = "LAST_MONTH"
    LAST_THREE_MONTHS = "LAST_THREE_MONTHS"
    LAST_SIX_MONTHS = "LAST_SIX_MONTHS"
    LAST_YEAR = "LAST_YEAR"


class ReasonType(Enum):
    """What a reason is a reason for; those with MPS belong to services, not to goods."""

    INCIDENT_OPEN = "INCIDENT_OPEN"
    MPS_INCIDENT_OPEN = "MPS_INCIDENT_OPEN"
    INCIDENT_CLOSE = "INCIDENT_CLOSE"
    MPS_INCIDENT_CLOSE = "MPS_INCIDENT_CLOSE"
    REFUND = "REFUND"
    MPS_REFUND = "MPS_REFUND"
    ORDER_MESSAGING = "ORDER_MESSAGING"
    MPS_ORDER_MESSAGING = "MPS_ORDER_MESSAGING"
    MPS_OFFER_MESSAGING = "MPS_OFFER_MESSAGING"
    OFFER_MESSAGING = "OFFER_MESSAGING"
    CANCELATION = "CANCELATION"
    MMP_SELLER_MESSAGING = "MMP_SELLER_MESSAGING"
    MPS_SELLER_MESSAGING = "MPS_SELLER_MESSAGING"
    RETURN = "RETURN"
    RETURN_REJECTION = "RETURN_REJECTION"
    RETURN_NON_COMPLIANT = "RETURN_NON_COMPLIANT"


class PerStore(Enum):
    """Whether something is on: for all, for nobody, or decided shop by shop."""

    YES = "YES"
    NO = "NO"
    YES_PER_STORE = "YES_PER_STORE"


class CsvDelimiter(Enum):
    """What separates the columns of the back office's exports."""

    COMMA = "COMMA"
    SEMICOLON = "SEMICOLON"


class ChannelPricing(Enum):
    """Whether an offer may have a price per channel."""

    MULTI = "MULTI"
    SINGLE = "SINGLE"
    DISABLED = "DISABLED"
