"""What the money fields of Marketplacer's remittances stand for."""

from datetime import date
from decimal import Decimal

import pytest

from khaos_connectors.core.ids import LineId, OrderId
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
                parts=(
                    Expected(kind=LineKind.GOODS, amount=Decimal("115.05")),
                    Expected(kind=LineKind.SHIPPING, amount=Decimal("4.95")),
                ),
            )
        ],
        credit_notes=[],
        fees={field: FeeRule(account="7100") for field in figures},
    )
    advice = Statement(statement_id="A-1", currency="GBP", issued=date(2026, 3, 2), payout=Decimal("98.80"))

    assert found.reasons == ()
    assert tie_out(found, statement=advice).may_post


def sale(field: str, figure: str) -> SettlementLine:
    bare = SettlementLine(
        line_id=f"7:{field}",
        statement_id="A-1",
        type=field,
        currency="GBP",
        amount=Decimal(figure),
        order_id=OrderId("7"),
    )
    return classify(bare, REMITTANCE_FIELDS)


@pytest.mark.parametrize(
    "lines",
    [
        [sale("Invoice.total", "109.95")],
        [
            sale("Invoice.subtotal", "115.00"),
            sale("Invoice.discount", "-10.00"),
            sale("Invoice.shippingCost", "4.95"),
        ],
    ],
)
def test_a_total_has_postage_in_it(lines: list[SettlementLine]) -> None:
    """Marketplacer §7: the total is subtotal, discount and postage: it settles the whole order, as its parts do."""
    order = ExpectedOrder(
        order_id=OrderId("7"),
        currency="GBP",
        parts=(
            Expected(line_id=LineId("71"), kind=LineKind.GOODS, amount=Decimal("100.00")),
            Expected(line_id=LineId("72"), kind=LineKind.GOODS, amount=Decimal("15.00")),
            Expected(kind=LineKind.GOODS, amount=Decimal("-10.00")),
            Expected(kind=LineKind.SHIPPING, amount=Decimal("4.95")),
        ),
    )
    found = match(lines, orders=[order], credit_notes=[], fees={})

    assert found.reasons == ()
    assert [balance.outstanding for balance in found.balances] == [0]
