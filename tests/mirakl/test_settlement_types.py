"""What Mirakl's transaction types stand for."""

from decimal import Decimal

import pytest

from khaos_connectors.core.settlement import LineClass, LineKind, Meaning, SettlementLine, classify
from khaos_connectors.mirakl.money.settlement_types import TRANSACTION_TYPES

CLASSES = {
    LineClass.SALE: ["ORDER_AMOUNT", "ORDER_AMOUNT_TAX", "ORDER_SHIPPING_AMOUNT", "ORDER_SHIPPING_AMOUNT_TAX"],
    LineClass.REFUND: ["REFUND_ORDER_AMOUNT", "REFUND_ORDER_SHIPPING_AMOUNT_TAX"],
    LineClass.FEE: [
        "COMMISSION_FEE",
        "COMMISSION_VAT",
        "SUBSCRIPTION_FEE",
        "REFUND_COMMISSION_FEE",
        "ORDER_FEE_AMOUNT",
    ],
    LineClass.ADJUSTMENT: ["MANUAL_CREDIT", "MANUAL_INVOICE_VAT"],
    LineClass.OPERATOR_TAX: ["OPERATOR_REMITTED_ORDER_AMOUNT_TAX", "OPERATOR_REMITTED_REFUND_ORDER_FEE_AMOUNT"],
    LineClass.RESERVE: ["RESERVE_FUNDING", "RESERVE_SETTLEMENT"],
    LineClass.PAYOUT: ["PAYMENT"],
    LineClass.UNKNOWN: ["PURCHASE_COMMISSION_FEE", "LOYALTY_TOPUP"],
}


def of_type(code: str) -> SettlementLine:
    bare = SettlementLine(line_id="1", statement_id="S", type=code, currency="GBP", amount=Decimal("1.00"))
    return classify(bare, TRANSACTION_TYPES)


@pytest.mark.parametrize(("line_class", "code"), [(c, code) for c, codes in CLASSES.items() for code in codes])
def test_classes(line_class: LineClass, code: str) -> None:
    """Domain §9.1, the table; the one-creditor model and anything new are UNKNOWN."""
    assert of_type(code).line_class is line_class


def test_there_are_51_types() -> None:
    """Each has a meaning, even if that is that nobody has decided yet."""
    assert len(TRANSACTION_TYPES) == 51
    unclassified = {code for code, meaning in TRANSACTION_TYPES.items() if meaning.line_class is LineClass.UNKNOWN}
    assert all("PURCHASE_" in code or code.startswith("OPERATOR_PAID_") for code in unclassified)
    assert len(unclassified) == 14


def test_names_and_kinds_agree() -> None:
    """A tax is a tax, shipping is shipping, and what gives something back is a twin of what takes it."""
    for code, meaning in TRANSACTION_TYPES.items():
        if meaning.line_class in (LineClass.SALE, LineClass.REFUND):
            kind = (LineKind.GOODS_TAX if "SHIPPING" not in code else LineKind.SHIPPING_TAX) if "TAX" in code else None
            assert meaning.kind is (kind or (LineKind.SHIPPING if "SHIPPING" in code else LineKind.GOODS))
        twin = code.replace("REFUND_", "")
        if "REFUND_" in code and meaning.line_class in (LineClass.FEE, LineClass.OPERATOR_TAX):
            assert meaning.returned
            assert TRANSACTION_TYPES[twin] == Meaning(meaning.line_class, meaning.kind)
        else:
            assert not meaning.returned
