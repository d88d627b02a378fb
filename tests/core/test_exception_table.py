"""Domain 10 line by line: every kind of exception with its team, severity, deadline and retry class."""

from pathlib import Path

import pytest

from khaos_connectors.core.exception_report import RULES, ExceptionType, RetryClass, Severity, Team, rule_table

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "exceptions.md"
SEVERITIES = {"low": Severity.LOW, "med": Severity.MEDIUM, "high": Severity.HIGH, "crit": Severity.CRITICAL}
RETRIES = {"y": RetryClass.AUTOMATIC, "a": RetryClass.AFTER_FIX, "n": RetryClass.NEVER}
D = "by the order's despatch deadline"
D2 = "2 h before the order's despatch deadline"
ACCEPT = "by the acceptance deadline"
MONTH = "2 working days before the month ends"
WD1, WD2, WD5 = "within 1 working day", "within 2 working days", "within 5 working days"

TABLE = f"""
SKU_UNMAPPED|ecommerce|high|{D}|a
SKU_AMBIGUOUS|ecommerce|high|{D}|a
LISTING_NO_STOCK_CODE|ecommerce|high|within 4 h|a
LISTING_ORPHANED|ecommerce|med|{WD1}|a
STOCK_CODE_MISSING|ecommerce|med|within 4 h|y
SKU_NOT_IN_WMS|warehouse|high|{D}|a
BUNDLE_INVALID|ecommerce|high|within 4 h|a
UOM_MISMATCH|ecommerce|med|{WD1}|a
CONFIG_MISSING|ecommerce|med|{WD1}|a
STOCK_STALE|integration|high|now|y
STOCK_PARTIAL|integration|high|now|y
STOCK_PUSH_FAILED|integration|high|within 1 h|y
STOCK_PUSH_REJECTED|ecommerce|med|within 4 h|a
STOCK_MASS_CHANGE_HELD|operations|high|within 30 min|a
STOCK_DRIFT|operations|med|within 4 h|y
OVERSOLD|customer service|crit|now|n
NEGATIVE_STOCK|warehouse|med|{WD1}|a
STOCK_VARIANCE|warehouse|med|{WD1}|a
ALLOCATION_SHORT|ecommerce|low|{WD1}|y
ORDER_IMPORT_FAILED|operations|high|{D}|a
ORDER_OUTCOME_UNKNOWN|integration|high|within 15 min|y
ORDER_DUPLICATE|operations|high|within 1 h|n
ORDER_TOTAL_MISMATCH|finance|high|{D}|a
TAX_MISMATCH|finance|high|{D}|a
ORDER_VALUE_DRIFT|finance|med|{WD1}|a
PRICE_DROP|ecommerce|high|{ACCEPT}|a
INSUFFICIENT_STOCK|operations|high|{ACCEPT}|a
ACCEPTANCE_RISK|operations|high|{ACCEPT}|n
ACCEPTANCE_EXPIRED|operations|crit|{ACCEPT}|n
ADDRESS_INVALID|customer service|high|{D}|a
SERVICE_UNMAPPED|customer service|high|{D}|a
ORDER_STALLED|operations|high|{D}|y
CANCEL_CONFLICT|customer service|high|now|n
ORDER_OUTSIDE_CHANNEL|finance|med|{WD1}|n
COURIER_UNMAPPED|fulfilment|high|{D2}|a
TRACKING_MISSING|fulfilment|high|{D2}|a
TRACKING_INVALID|fulfilment|high|{D2}|a
DESPATCH_CONFIRM_FAILED|fulfilment|high|{D2}|y
DESPATCH_CONFIRM_REJECTED|fulfilment|high|{D2}|a
DESPATCH_DRIFT|fulfilment|high|within 1 h|y
SLA_RISK|fulfilment|high|{D}|n
SLA_BREACH|fulfilment|crit|{D}|n
OVER_DESPATCH|warehouse|high|now|n
PARTIAL_NOT_SUPPORTED|fulfilment|med|{D}|a
RELEASE_BLOCKED|operations|med|{D}|y
WMS_ORDER_REJECTED|warehouse|high|within 30 min|y
WMS_ORDER_JAM|warehouse|high|within 30 min|y
SHORT_PICK|customer service|high|{D}|n
ADJUSTMENT_FAILED|warehouse|high|within 1 h|y
GOODS_IN_UNKNOWN_SKU|warehouse|high|same day|a
REFUND_UNMATCHED|finance|med|{WD1}|y
REFUND_EXCEEDS_ORIGINAL|finance|high|{WD1}|a
REFUND_VALUE_MISMATCH|finance|high|{WD1}|a
CREDIT_NOTE_FAILED|finance|high|{WD1}|y
SETTLEMENT_UNMATCHED|finance|med|{MONTH}|y
FEE_UNMAPPED|finance|med|{MONTH}|a
FEE_MISMATCH|finance|med|{MONTH}|a
STATEMENT_MISMATCH|finance|high|{WD2}|a
PAYOUT_MISMATCH|finance|high|{WD2}|a
ORDER_NOT_SETTLED|finance|med|{WD5}|y
SETTLEMENT_DUPLICATE|finance|low|no deadline|n
VAT_TREATMENT|finance|high|before the next VAT return|a
JOURNAL_FAILED|finance|high|{WD1}|y
PERIOD_CLOSED|finance|high|{WD1}|y
AUTH_FAILED|integration|crit|now|a
API_DOWN|integration|high|within 1 h|y
RATE_LIMITED|integration|high|within 1 h|y
SEQUENCE_GAP|integration|high|within 1 h|y
CURSOR_STUCK|integration|high|within 1 h|y
SCHEMA_DRIFT|integration|med|{WD1}|a
""".strip().splitlines()


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.split("|")[0])
def test_each_line_of_the_domain(row: str) -> None:
    """Domain 10: whose it is, how bad, until when, and whether it is tried again; and advice that says something."""
    name, team, severity, due, retry = row.split("|")
    rule = RULES[ExceptionType(name)]

    assert (rule.team, rule.severity) == (Team(team), SEVERITIES[severity])
    assert str(rule.due).startswith(due)
    assert rule.retry is RETRIES[retry]
    assert len(rule.fix.split()) >= 5


def test_the_table_is_whole() -> None:
    """Every kind, once."""
    assert sorted(row.split("|")[0] for row in TABLE) == sorted(kind.value for kind in ExceptionType)


def test_the_guide_prints_the_table_as_it_is() -> None:
    """Who reads the guide reads the rules that run."""
    assert rule_table() in GUIDE.read_text(encoding="utf-8")
