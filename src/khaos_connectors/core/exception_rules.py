"""The kinds of exception and, as one table, whose each is, how bad, until when, whether to retry and what to do."""

from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from types import MappingProxyType

import attrs

from khaos_connectors.core.fields import typed
from khaos_connectors.core.sla import (
    BeforeAcceptance,
    BeforeMonthEnd,
    BeforeOrderDeadline,
    BeforeVatReturn,
    DueRule,
    EndOfDay,
    NoDeadline,
    Within,
    WorkingDays,
)

__all__ = ["RULES", "ExceptionType", "RetryClass", "Rule", "Severity", "Team"]


class Team(Enum):
    """Who owns an exception."""

    ECOMMERCE = "ecommerce"
    OPERATIONS = "operations"
    FULFILMENT = "fulfilment"
    WAREHOUSE = "warehouse"
    FINANCE = "finance"
    CUSTOMER_SERVICE = "customer service"
    INTEGRATION = "integration"


class Severity(Enum):
    """How bad it is, lowest first."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


class RetryClass(Enum):
    """AUTOMATIC: the next run tries again. AFTER_FIX: replay once corrected. NEVER: a person decides."""

    AUTOMATIC = "automatic"
    AFTER_FIX = "after fix"
    NEVER = "never"


class ExceptionType(Enum):
    """The kinds of exception (the value is the name that people search for)."""

    SKU_UNMAPPED = "SKU_UNMAPPED"
    SKU_AMBIGUOUS = "SKU_AMBIGUOUS"
    LISTING_NO_STOCK_CODE = "LISTING_NO_STOCK_CODE"
    LISTING_ORPHANED = "LISTING_ORPHANED"
    STOCK_CODE_MISSING = "STOCK_CODE_MISSING"
    SKU_NOT_IN_WMS = "SKU_NOT_IN_WMS"
    BUNDLE_INVALID = "BUNDLE_INVALID"
    UOM_MISMATCH = "UOM_MISMATCH"
    CONFIG_MISSING = "CONFIG_MISSING"
    STOCK_STALE = "STOCK_STALE"
    STOCK_PARTIAL = "STOCK_PARTIAL"
    STOCK_PUSH_FAILED = "STOCK_PUSH_FAILED"
    STOCK_PUSH_REJECTED = "STOCK_PUSH_REJECTED"
    STOCK_MASS_CHANGE_HELD = "STOCK_MASS_CHANGE_HELD"
    STOCK_DRIFT = "STOCK_DRIFT"
    OVERSOLD = "OVERSOLD"
    NEGATIVE_STOCK = "NEGATIVE_STOCK"
    STOCK_VARIANCE = "STOCK_VARIANCE"
    ALLOCATION_SHORT = "ALLOCATION_SHORT"
    ORDER_IMPORT_FAILED = "ORDER_IMPORT_FAILED"
    ORDER_OUTCOME_UNKNOWN = "ORDER_OUTCOME_UNKNOWN"
    ORDER_DUPLICATE = "ORDER_DUPLICATE"
    ORDER_TOTAL_MISMATCH = "ORDER_TOTAL_MISMATCH"
    TAX_MISMATCH = "TAX_MISMATCH"
    ORDER_VALUE_DRIFT = "ORDER_VALUE_DRIFT"
    PRICE_DROP = "PRICE_DROP"
    INSUFFICIENT_STOCK = "INSUFFICIENT_STOCK"
    ACCEPTANCE_RISK = "ACCEPTANCE_RISK"
    ACCEPTANCE_EXPIRED = "ACCEPTANCE_EXPIRED"
    ADDRESS_INVALID = "ADDRESS_INVALID"
    SERVICE_UNMAPPED = "SERVICE_UNMAPPED"
    ORDER_STALLED = "ORDER_STALLED"
    CANCEL_CONFLICT = "CANCEL_CONFLICT"
    ORDER_OUTSIDE_CHANNEL = "ORDER_OUTSIDE_CHANNEL"
    COURIER_UNMAPPED = "COURIER_UNMAPPED"
    TRACKING_MISSING = "TRACKING_MISSING"
    TRACKING_INVALID = "TRACKING_INVALID"
    DESPATCH_CONFIRM_FAILED = "DESPATCH_CONFIRM_FAILED"
    DESPATCH_CONFIRM_REJECTED = "DESPATCH_CONFIRM_REJECTED"
    DESPATCH_DRIFT = "DESPATCH_DRIFT"
    SLA_RISK = "SLA_RISK"
    SLA_BREACH = "SLA_BREACH"
    OVER_DESPATCH = "OVER_DESPATCH"
    PARTIAL_NOT_SUPPORTED = "PARTIAL_NOT_SUPPORTED"
    RELEASE_BLOCKED = "RELEASE_BLOCKED"
    WMS_ORDER_REJECTED = "WMS_ORDER_REJECTED"
    WMS_ORDER_JAM = "WMS_ORDER_JAM"
    SHORT_PICK = "SHORT_PICK"
    ADJUSTMENT_FAILED = "ADJUSTMENT_FAILED"
    GOODS_IN_UNKNOWN_SKU = "GOODS_IN_UNKNOWN_SKU"
    REFUND_UNMATCHED = "REFUND_UNMATCHED"
    REFUND_EXCEEDS_ORIGINAL = "REFUND_EXCEEDS_ORIGINAL"
    REFUND_VALUE_MISMATCH = "REFUND_VALUE_MISMATCH"
    CREDIT_NOTE_FAILED = "CREDIT_NOTE_FAILED"
    SETTLEMENT_UNMATCHED = "SETTLEMENT_UNMATCHED"
    FEE_UNMAPPED = "FEE_UNMAPPED"
    FEE_MISMATCH = "FEE_MISMATCH"
    STATEMENT_MISMATCH = "STATEMENT_MISMATCH"
    PAYOUT_MISMATCH = "PAYOUT_MISMATCH"
    ORDER_NOT_SETTLED = "ORDER_NOT_SETTLED"
    SETTLEMENT_DUPLICATE = "SETTLEMENT_DUPLICATE"
    VAT_TREATMENT = "VAT_TREATMENT"
    JOURNAL_FAILED = "JOURNAL_FAILED"
    PERIOD_CLOSED = "PERIOD_CLOSED"
    AUTH_FAILED = "AUTH_FAILED"
    API_DOWN = "API_DOWN"
    RATE_LIMITED = "RATE_LIMITED"
    SEQUENCE_GAP = "SEQUENCE_GAP"
    CURSOR_STUCK = "CURSOR_STUCK"
    SCHEMA_DRIFT = "SCHEMA_DRIFT"


@attrs.frozen(field_transformer=typed)
class Rule:
    """What holds for every exception of a type: owner, severity, deadline, retry class and what to do about it."""

    team: Team
    severity: Severity
    due: DueRule
    retry: RetryClass
    fix: str


_X, _T, _S, _R = ExceptionType, Team, Severity, RetryClass

_NOW = Within(timedelta(0))
_MIN_15 = Within(timedelta(minutes=15))
_MIN_30 = Within(timedelta(minutes=30))
_HOUR = Within(timedelta(hours=1))
_HOURS_4 = Within(timedelta(hours=4))
_WD_1, _WD_2, _WD_5 = WorkingDays(1), WorkingDays(2), WorkingDays(5)
_DESPATCH = BeforeOrderDeadline()
_DESPATCH_2H = BeforeOrderDeadline(timedelta(hours=2), otherwise=_HOURS_4)
_SLA = BeforeOrderDeadline(otherwise=_HOURS_4)
_ACCEPTANCE = BeforeAcceptance(otherwise=_HOURS_4)
_MONTH_END = BeforeMonthEnd(2)

# A table, kept as one: two lines per type, the facts first and then the advice.
# fmt: off
_TABLE: dict[ExceptionType, Rule] = {
    # Listings and items
    _X.SKU_UNMAPPED: Rule(_T.ECOMMERCE, _S.HIGH, _DESPATCH, _R.AFTER_FIX,
        "Give the SKU its stock code (near matches are in the evidence) or correct the item, then replay the order."),
    _X.SKU_AMBIGUOUS: Rule(_T.ECOMMERCE, _S.HIGH, _DESPATCH, _R.AFTER_FIX,
        "Two mappings claim this SKU: delete the wrong one, then replay the order."),
    _X.LISTING_NO_STOCK_CODE: Rule(_T.ECOMMERCE, _S.HIGH, _HOURS_4, _R.AFTER_FIX,
        "Pause the listing until it has a stock code."),
    _X.LISTING_ORPHANED: Rule(_T.ECOMMERCE, _S.MEDIUM, _WD_1, _R.AFTER_FIX,
        "End the listing; it already shows nothing for sale."),
    _X.STOCK_CODE_MISSING: Rule(_T.ECOMMERCE, _S.MEDIUM, _HOURS_4, _R.AUTOMATIC,
        "Say whether the item was deleted on purpose; if not, bring it back."),
    _X.SKU_NOT_IN_WMS: Rule(_T.WAREHOUSE, _S.HIGH, _DESPATCH, _R.AFTER_FIX,
        "Send the item to the warehouse system, then release what waits for it."),
    _X.BUNDLE_INVALID: Rule(_T.ECOMMERCE, _S.HIGH, _HOURS_4, _R.AFTER_FIX,
        "Correct the recipe: unknown component, quantity of none, or a kit inside itself."),
    _X.UOM_MISMATCH: Rule(_T.ECOMMERCE, _S.MEDIUM, _WD_1, _R.AFTER_FIX,
        "Make pack size and unit agree between item and listing."),
    _X.CONFIG_MISSING: Rule(_T.ECOMMERCE, _S.MEDIUM, _WD_1, _R.AFTER_FIX,
        "Set the pack size or policy that the evidence names."),
    # Stock
    _X.STOCK_STALE: Rule(_T.INTEGRATION, _S.HIGH, _NOW, _R.AUTOMATIC,
        "Get the stock feed going again; nothing is pushed until its figures are fresh."),
    _X.STOCK_PARTIAL: Rule(_T.INTEGRATION, _S.HIGH, _NOW, _R.AUTOMATIC,
        "Part of the stock could not be read: find out why; the missing codes are not pushed."),
    _X.STOCK_PUSH_FAILED: Rule(_T.INTEGRATION, _S.HIGH, _HOUR, _R.AUTOMATIC,
        "The channel did not take the push after all retries: look at its status page, then at the log."),
    _X.STOCK_PUSH_REJECTED: Rule(_T.ECOMMERCE, _S.MEDIUM, _HOURS_4, _R.AFTER_FIX,
        "The channel refused this row: correct the listing as its message says."),
    _X.STOCK_MASS_CHANGE_HELD: Rule(_T.OPERATIONS, _S.HIGH, _MIN_30, _R.AFTER_FIX,
        "Unusually many levels would fall: approve the run if that is true, otherwise discard it."),
    _X.STOCK_DRIFT: Rule(_T.OPERATIONS, _S.MEDIUM, _HOURS_4, _R.AUTOMATIC,
        "The channel showed another level than we set; it was set again. Find out who edits by hand."),
    _X.OVERSOLD: Rule(_T.CUSTOMER_SERVICE, _S.CRITICAL, _NOW, _R.NEVER,
        "More is sold than there is: expedite, substitute or cancel, and think about a larger buffer."),
    _X.NEGATIVE_STOCK: Rule(_T.WAREHOUSE, _S.MEDIUM, _WD_1, _R.AFTER_FIX,
        "Count the location and correct its figure."),
    _X.STOCK_VARIANCE: Rule(_T.WAREHOUSE, _S.MEDIUM, _WD_1, _R.AFTER_FIX,
        "Recount and post the adjustment; tell finance when the value is above the limit."),
    _X.ALLOCATION_SHORT: Rule(_T.ECOMMERCE, _S.LOW, _WD_1, _R.AUTOMATIC,
        "The guaranteed shares are larger than the stock: review them."),
    # Orders
    _X.ORDER_IMPORT_FAILED: Rule(_T.OPERATIONS, _S.HIGH, _DESPATCH, _R.AFTER_FIX,
        "Read what the ERP answered, correct that, replay the order."),
    _X.ORDER_OUTCOME_UNKNOWN: Rule(_T.INTEGRATION, _S.HIGH, _MIN_15, _R.AUTOMATIC,
        "The ERP did not answer: the next run looks for the reference before anything is sent again."),
    _X.ORDER_DUPLICATE: Rule(_T.OPERATIONS, _S.HIGH, _HOUR, _R.NEVER,
        "Cancel the copy before it is released for picking."),
    _X.ORDER_TOTAL_MISMATCH: Rule(_T.FINANCE, _S.HIGH, _DESPATCH, _R.AFTER_FIX,
        "Lines, shipping and tax do not add up to the order's total: correct the tax mode or shipping setting."),
    _X.TAX_MISMATCH: Rule(_T.FINANCE, _S.HIGH, _DESPATCH, _R.AFTER_FIX,
        "The channel's tax is not what the item's rate gives: correct the tax code, then replay."),
    _X.ORDER_VALUE_DRIFT: Rule(_T.FINANCE, _S.MEDIUM, _WD_1, _R.AFTER_FIX,
        "Channel, ERP and invoice no longer agree: find who edited, then credit or invoice again."),
    _X.PRICE_DROP: Rule(_T.ECOMMERCE, _S.HIGH, _ACCEPTANCE, _R.AFTER_FIX,
        "Sold for less than allowed: accept or refuse the line, and correct the price on the channel."),
    _X.INSUFFICIENT_STOCK: Rule(_T.OPERATIONS, _S.HIGH, _ACCEPTANCE, _R.AFTER_FIX,
        "There is not enough for this line: find stock or refuse it."),
    _X.ACCEPTANCE_RISK: Rule(_T.OPERATIONS, _S.HIGH, _ACCEPTANCE, _R.NEVER,
        "The acceptance window is about to close: decide the order now."),
    _X.ACCEPTANCE_EXPIRED: Rule(_T.OPERATIONS, _S.CRITICAL, _ACCEPTANCE, _R.NEVER,
        "The acceptance window has closed: see what the channel did with the order."),
    _X.ADDRESS_INVALID: Rule(_T.CUSTOMER_SERVICE, _S.HIGH, _DESPATCH, _R.AFTER_FIX,
        "Get the missing part of the address, correct it at its source, replay the order."),
    _X.SERVICE_UNMAPPED: Rule(_T.CUSTOMER_SERVICE, _S.HIGH, _DESPATCH, _R.AFTER_FIX,
        "Say which ERP service this delivery option is, then replay the order."),
    _X.ORDER_STALLED: Rule(_T.OPERATIONS, _S.HIGH, _DESPATCH, _R.AUTOMATIC,
        "The order stands still at the stage in the evidence: push it on there."),
    _X.CANCEL_CONFLICT: Rule(_T.CUSTOMER_SERVICE, _S.HIGH, _NOW, _R.NEVER,
        "Cancelled after it was released: stop it in the warehouse, or plan its return."),
    _X.ORDER_OUTSIDE_CHANNEL: Rule(_T.FINANCE, _S.MEDIUM, _WD_1, _R.NEVER,
        "A marketplace customer's order was keyed by hand: have it placed in the marketplace instead."),
    # Despatch
    _X.COURIER_UNMAPPED: Rule(_T.FULFILMENT, _S.HIGH, _DESPATCH_2H, _R.AFTER_FIX,
        "Add a courier rule for the name in the evidence; the confirmation is then sent."),
    _X.TRACKING_MISSING: Rule(_T.FULFILMENT, _S.HIGH, _DESPATCH_2H, _R.AFTER_FIX,
        "Key the tracking number where the parcel was booked."),
    _X.TRACKING_INVALID: Rule(_T.FULFILMENT, _S.HIGH, _DESPATCH_2H, _R.AFTER_FIX,
        "This number cannot be one of that courier's: check courier and number, key it again."),
    _X.DESPATCH_CONFIRM_FAILED: Rule(_T.FULFILMENT, _S.HIGH, _DESPATCH_2H, _R.AUTOMATIC,
        "Retried until two hours before the deadline; after that, key it in the channel's portal."),
    _X.DESPATCH_CONFIRM_REJECTED: Rule(_T.FULFILMENT, _S.HIGH, _DESPATCH_2H, _R.AFTER_FIX,
        "The channel refused the shipment: act on its reason."),
    _X.DESPATCH_DRIFT: Rule(_T.FULFILMENT, _S.HIGH, _HOUR, _R.AUTOMATIC,
        "The systems disagree about what has left: bring the one that lags up to date."),
    _X.SLA_RISK: Rule(_T.FULFILMENT, _S.HIGH, _SLA, _R.NEVER,
        "Little time is left: expedite the order and warn customer service."),
    _X.SLA_BREACH: Rule(_T.FULFILMENT, _S.CRITICAL, _SLA, _R.NEVER,
        "The despatch deadline has passed: send it now and tell customer service."),
    _X.OVER_DESPATCH: Rule(_T.WAREHOUSE, _S.HIGH, _NOW, _R.NEVER,
        "More left than was ordered: check the picks, get the surplus back."),
    _X.PARTIAL_NOT_SUPPORTED: Rule(_T.FULFILMENT, _S.MEDIUM, _SLA, _R.AFTER_FIX,
        "The channel takes only whole orders: complete the despatch, or split the order with the channel."),
    # Warehouse
    _X.RELEASE_BLOCKED: Rule(_T.OPERATIONS, _S.MEDIUM, _DESPATCH, _R.AUTOMATIC,
        "Clear the gate that the evidence names: payment, stock or address."),
    _X.WMS_ORDER_REJECTED: Rule(_T.WAREHOUSE, _S.HIGH, _MIN_30, _R.AUTOMATIC,
        "The warehouse refused the order: look for an unknown SKU, a used id, a bad address."),
    _X.WMS_ORDER_JAM: Rule(_T.WAREHOUSE, _S.HIGH, _MIN_30, _R.AUTOMATIC,
        "The warehouse has not acknowledged the order: see whether it arrived at all."),
    _X.SHORT_PICK: Rule(_T.CUSTOMER_SERVICE, _S.HIGH, _DESPATCH, _R.NEVER,
        "Not everything was found: ship a part, substitute or refund; the warehouse recounts."),
    _X.ADJUSTMENT_FAILED: Rule(_T.WAREHOUSE, _S.HIGH, _HOUR, _R.AUTOMATIC,
        "A stock adjustment did not reach the ERP: replay the open ones in their order."),
    _X.GOODS_IN_UNKNOWN_SKU: Rule(_T.WAREHOUSE, _S.HIGH, EndOfDay(), _R.AFTER_FIX,
        "Send the item to the warehouse system, then book the goods in."),
    # Money
    _X.REFUND_UNMATCHED: Rule(_T.FINANCE, _S.MEDIUM, _WD_1, _R.AUTOMATIC,
        "No order or credit note belongs to this refund: import the order, or write it off."),
    _X.REFUND_EXCEEDS_ORIGINAL: Rule(_T.FINANCE, _S.HIGH, _WD_1, _R.AFTER_FIX,
        "More would be credited than was paid: decide the amount."),
    _X.REFUND_VALUE_MISMATCH: Rule(_T.FINANCE, _S.HIGH, _WD_1, _R.AFTER_FIX,
        "The refund is not what was sold, or not what was credited for it: decide the amount."),
    _X.CREDIT_NOTE_FAILED: Rule(_T.FINANCE, _S.HIGH, _WD_1, _R.AUTOMATIC,
        "The ERP did not take the credit note: look at period, account and line."),
    _X.SETTLEMENT_UNMATCHED: Rule(_T.FINANCE, _S.MEDIUM, _MONTH_END, _R.AUTOMATIC,
        "Find the order of this settlement line; until then it stays in suspense."),
    _X.FEE_UNMAPPED: Rule(_T.FINANCE, _S.MEDIUM, _MONTH_END, _R.AFTER_FIX,
        "Give this kind of fee a ledger account."),
    _X.FEE_MISMATCH: Rule(_T.FINANCE, _S.MEDIUM, _MONTH_END, _R.AFTER_FIX,
        "The fee is not the agreed rate: dispute it, or correct the rate."),
    _X.STATEMENT_MISMATCH: Rule(_T.FINANCE, _S.HIGH, _WD_2, _R.AFTER_FIX,
        "The statement does not add up: look for missing lines and reserves; nothing was posted."),
    _X.PAYOUT_MISMATCH: Rule(_T.FINANCE, _S.HIGH, _WD_2, _R.AFTER_FIX,
        "The bank received another amount than the statement says: look for reserves and deductions."),
    _X.ORDER_NOT_SETTLED: Rule(_T.FINANCE, _S.MEDIUM, _WD_5, _R.AUTOMATIC,
        "The marketplace has not paid for this order: ask it."),
    _X.SETTLEMENT_DUPLICATE: Rule(_T.FINANCE, _S.LOW, NoDeadline(), _R.NEVER,
        "Seen before and left out; kept as evidence only."),
    _X.VAT_TREATMENT: Rule(_T.FINANCE, _S.HIGH, BeforeVatReturn(), _R.AFTER_FIX,
        "The tax on this line contradicts the configured treatment: correct the tax code."),
    _X.JOURNAL_FAILED: Rule(_T.FINANCE, _S.HIGH, _WD_1, _R.AUTOMATIC,
        "The ledger did not take the journal: act on its message, it is posted again."),
    _X.PERIOD_CLOSED: Rule(_T.FINANCE, _S.HIGH, _WD_1, _R.AUTOMATIC,
        "Open the accounting period, or give the posting another date."),
    # Connections
    _X.AUTH_FAILED: Rule(_T.INTEGRATION, _S.CRITICAL, _NOW, _R.AFTER_FIX,
        "The credential was refused: renew it; the connection rests until then."),
    _X.API_DOWN: Rule(_T.INTEGRATION, _S.HIGH, _HOUR, _R.AUTOMATIC,
        "The system does not answer: calls wait longer each time; see its status page."),
    _X.RATE_LIMITED: Rule(_T.INTEGRATION, _S.HIGH, _HOUR, _R.AUTOMATIC,
        "The system keeps asking for fewer calls: run less often."),
    _X.SEQUENCE_GAP: Rule(_T.INTEGRATION, _S.HIGH, _HOUR, _R.AUTOMATIC,
        "A message is missing: fetch it, then replay in order."),
    _X.CURSOR_STUCK: Rule(_T.INTEGRATION, _S.HIGH, _HOUR, _R.AUTOMATIC,
        "Paging does not move on: the record at fault is set aside so that the rest can be read."),
    _X.SCHEMA_DRIFT: Rule(_T.INTEGRATION, _S.MEDIUM, _WD_1, _R.AFTER_FIX,
        "A field or code that we have not met: extend the map."),
}
# fmt: on

RULES: Mapping[ExceptionType, Rule] = MappingProxyType(_TABLE)
"""The rule of every exception type; whole (a test counts)."""
