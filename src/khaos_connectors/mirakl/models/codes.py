"""Mirakl's codes. Every one is read as an open enumeration: a code that we have not met is kept, never refused."""

from enum import Enum

__all__ = [
    "CustomerDebitStatus",
    "DocumentFormat",
    "ImportStatus",
    "InactivityReason",
    "LineState",
    "OrderAcceptance",
    "OrderState",
    "OrderTaxMode",
    "PaymentWorkflow",
    "RefundState",
    "ShipmentStatus",
    "ShopModel",
    "ShopState",
    "TaxCalculationRule",
    "TrackingValidity",
]


class OrderState(Enum):
    """Where an order stands."""

    STAGING = "STAGING"
    WAITING_ACCEPTANCE = "WAITING_ACCEPTANCE"
    WAITING_DEBIT = "WAITING_DEBIT"
    WAITING_DEBIT_PAYMENT = "WAITING_DEBIT_PAYMENT"
    SHIPPING = "SHIPPING"
    SHIPPED = "SHIPPED"
    TO_COLLECT = "TO_COLLECT"
    RECEIVED = "RECEIVED"
    CLOSED = "CLOSED"
    REFUSED = "REFUSED"
    CANCELED = "CANCELED"


class LineState(Enum):
    """Where an order line stands; the last two are only met in old data."""

    STAGING = "STAGING"
    WAITING_ACCEPTANCE = "WAITING_ACCEPTANCE"
    WAITING_DEBIT = "WAITING_DEBIT"
    WAITING_DEBIT_PAYMENT = "WAITING_DEBIT_PAYMENT"
    SHIPPING = "SHIPPING"
    SHIPPED = "SHIPPED"
    TO_COLLECT = "TO_COLLECT"
    RECEIVED = "RECEIVED"
    CLOSED = "CLOSED"
    REFUSED = "REFUSED"
    CANCELED = "CANCELED"
    INCIDENT_OPEN = "INCIDENT_OPEN"
    REFUNDED = "REFUNDED"
    WAITING_REFUND = "WAITING_REFUND"
    WAITING_REFUND_PAYMENT = "WAITING_REFUND_PAYMENT"


class OrderTaxMode(Enum):
    """Whether the prices of an order include taxes."""

    TAX_INCLUDED = "TAX_INCLUDED"
    TAX_EXCLUDED = "TAX_EXCLUDED"


class PaymentWorkflow(Enum):
    """When the customer is debited."""

    PAY_ON_ACCEPTANCE = "PAY_ON_ACCEPTANCE"
    PAY_ON_DELIVERY = "PAY_ON_DELIVERY"
    PAY_ON_DUE_DATE = "PAY_ON_DUE_DATE"
    PAY_ON_SHIPMENT = "PAY_ON_SHIPMENT"
    NO_CUSTOMER_PAYMENT_CONFIRMATION = "NO_CUSTOMER_PAYMENT_CONFIRMATION"


class RefundState(Enum):
    """Where a refund stands."""

    WAITING_REFUND_TAX_CONFIRMATION = "WAITING_REFUND_TAX_CONFIRMATION"
    WAITING_REFUND = "WAITING_REFUND"
    WAITING_REFUND_PAYMENT = "WAITING_REFUND_PAYMENT"
    REFUNDED = "REFUNDED"


class TaxCalculationRule(Enum):
    """Whether Mirakl computes the tax of a partial refund by itself."""

    PROPORTIONAL_TO_AMOUNT = "PROPORTIONAL_TO_AMOUNT"
    NONE = "NONE"


class DocumentFormat(Enum):
    """A format in which an operator wants invoices."""

    PDF = "PDF"
    CXML = "cXML"


class ShipmentStatus(Enum):
    """Where a shipment stands."""

    SHIPPING = "SHIPPING"
    READY_FOR_PICK_UP = "READY_FOR_PICK_UP"
    SHIPMENT_PREPARED = "SHIPMENT_PREPARED"
    SHIPPED = "SHIPPED"
    TO_COLLECT = "TO_COLLECT"
    RECEIVED = "RECEIVED"
    CANCELED = "CANCELED"
    CLOSED = "CLOSED"


class CustomerDebitStatus(Enum):
    """How far the debit of a shipment is."""

    NO_DEBIT = "NO_DEBIT"
    NOT_STARTED = "NOT_STARTED"
    WAITING_TAX_CONFIRMATION = "WAITING_TAX_CONFIRMATION"
    WAITING_OPERATOR_SYSTEM_CONTACT = "WAITING_OPERATOR_SYSTEM_CONTACT"
    WAITING_DEBIT_CONFIRMATION = "WAITING_DEBIT_CONFIRMATION"
    DEBIT_OK = "DEBIT_OK"
    CANCELED = "CANCELED"


class TrackingValidity(Enum):
    """What Mirakl thinks of a tracking number."""

    MISSING_TRACKING = "MISSING_TRACKING"
    UNVERIFIED = "UNVERIFIED"
    UNCOVERED = "UNCOVERED"
    INVALID = "INVALID"
    VERIFIED = "VERIFIED"


class ImportStatus(Enum):
    """How far a stock import is; only COMPLETE and FAILED are ends."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    FAILED = "FAILED"


class ShopState(Enum):
    """Whether a shop sells."""

    OPEN = "OPEN"
    CLOSE = "CLOSE"
    SUSPENDED = "SUSPENDED"
    TERMINATED = "TERMINATED"


class ShopModel(Enum):
    """Whose sale it is. In the last two the prices that the seller sees are purchase prices."""

    MARKETPLACE = "MARKETPLACE"
    DROPSHIP = "DROPSHIP"
    ONE_CREDITOR = "ONE_CREDITOR"


class OrderAcceptance(Enum):
    """Whether orders wait for the seller's word."""

    AUTOMATIC = "AUTOMATIC"
    NOT_AUTOMATIC = "NOT_AUTOMATIC"
    BOTH = "BOTH"


class InactivityReason(Enum):
    """Why an offer is not for sale."""

    PRODUCT_STATUS_NEW = "PRODUCT_STATUS_NEW"
    PRODUCT_STATUS_INVALID = "PRODUCT_STATUS_INVALID"
    PRODUCT_STATUS_REJECTED = "PRODUCT_STATUS_REJECTED"
    PRODUCT_STATUS_UNAUTHORIZED_TO_SELL = "PRODUCT_STATUS_UNAUTHORIZED_TO_SELL"
    PRODUCT_STATUS_PENDING = "PRODUCT_STATUS_PENDING"
    PRODUCT_STATUS_SYNCHRO_ERROR = "PRODUCT_STATUS_SYNCHRO_ERROR"
    PRODUCT_DISABLED = "PRODUCT_DISABLED"
    SHOP_NOT_OPEN = "SHOP_NOT_OPEN"
    ZERO_QUANTITY = "ZERO_QUANTITY"
    NO_MIN_SHIPPING_RATE = "NO_MIN_SHIPPING_RATE"
    NOT_IN_AVAILABILITY_PERIOD = "NOT_IN_AVAILABILITY_PERIOD"
    NO_CHANNEL_ON_SHOP = "NO_CHANNEL_ON_SHOP"
    SHOP_CURRENCY_DISABLED = "SHOP_CURRENCY_DISABLED"
    AVAILABLE_QUANTITY_LESS_THAN_MIN_ORDER_QUANTITY = "AVAILABLE_QUANTITY_LESS_THAN_MIN_ORDER_QUANTITY"
    AVAILABLE_QUANTITY_LESS_THAN_PACKAGE_QUANTITY = "AVAILABLE_QUANTITY_LESS_THAN_PACKAGE_QUANTITY"
    NO_ACTIVE_PRICE = "NO_ACTIVE_PRICE"
    CATEGORY_UNAUTHORIZED_TO_SELL = "CATEGORY_UNAUTHORIZED_TO_SELL"
    BRAND_UNAUTHORIZED_TO_SELL = "BRAND_UNAUTHORIZED_TO_SELL"
