"""What the money fields of Marketplacer's remittances stand for."""

from datetime import date
from decimal import Decimal

import pytest

from khaos_connectors.core.ids import OrderId
from khaos_connectors.core.settlement import (
    Expected,
    ExpectedOrder,
    FeeRule,
    LineClass,
    LineKind,
    SettlementLine,
    Statement,
    classify,
    match,
    tie_out,
)
from khaos_connectors.marketplacer.settlement_types import DEDUCTED, REMITTANCE_FIELDS


@pytest.mark.parametrize(
    ("field", "line_class"),
    [
        ("Invoice.total", LineClass.SALE),
        ("Invoice.shippingCost", LineClass.SALE),
        ("Invoice.commissionAmount", LineClass.FEE),
        ("Invoice.merchantFeeTaxTotal", LineClass.FEE),
        ("Invoice.adjustments.amountToWithholdFromSellerRemittance", LineClass.ADJUSTMENT),
        ("InvoiceAmendment.lineItemAmountTotal", LineClass.REFUND),
        ("InvoiceAmendment.commissionAmountTotal", LineClass.FEE),
        ("Billing.amount", LineClass.FEE),
        ("RemittanceAdvice.totalPaid", LineClass.PAYOUT),
    ],
)
def test_classes(field: str, line_class: LineClass) -> None:
    """Sales and their postage, commission and merchant fee with their taxes, what is withheld, amendments, payout."""
    assert REMITTANCE_FIELDS[field].line_class is line_class


def test_what_is_deducted() -> None:
    """Fees of an invoice lower the payout; what an amendment returns of them raises it; sales are never deducted."""
    assert REMITTANCE_FIELDS.keys() >= DEDUCTED
    for field, meaning in REMITTANCE_FIELDS.items():
        lowers = meaning.line_class is not LineClass.SALE and not meaning.returned
        assert (field in DEDUCTED) is lowers, field


def test_an_invoice_as_lines() -> None:
    """Total less what is withheld, commission, merchant fee and their taxes is what the advice pays."""
    figures = {
        "Invoice.total": "120.00",
        "Invoice.commissionAmount": "12.00",
        "Invoice.commissionAmountTax": "2.40",
        "Invoice.merchantFee": "1.50",
        "Invoice.merchantFeeTaxTotal": "0.30",
        "Invoice.adjustments.amountToWithholdFromSellerRemittance": "5.00",
        "RemittanceAdvice.totalPaid": "98.80",
    }
    lines = [
        classify(
            SettlementLine(
                line_id=f"7:{field}",
                statement_id="A-1",
                type=field,
                currency="GBP",
                amount=-Decimal(figure) if field in DEDUCTED else Decimal(figure),
                order_id=OrderId("7"),
            ),
            REMITTANCE_FIELDS,
        )
        for field, figure in figures.items()
    ]
    found = match(
        lines,
        orders=[
            ExpectedOrder(
                order_id=OrderId("7"),
                currency="GBP",
                parts=(Expected(kind=LineKind.GOODS, amount=Decimal("120.00")),),
            )
        ],
        credit_notes=[],
        fees={field: FeeRule(account="7100") for field in figures},
    )
    advice = Statement(statement_id="A-1", currency="GBP", issued=date(2026, 3, 2), payout=Decimal("98.80"))

    assert found.reasons == ()
    assert tie_out(found, statement=advice).may_post
