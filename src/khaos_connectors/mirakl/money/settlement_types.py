"""What the types of Mirakl's transaction log stand for (TL02, field ``type``), for ``core.settlement.classify``.

Amounts of the log are signed already: plus is to the seller.
"""

from collections.abc import Mapping
from types import MappingProxyType

from khaos_connectors.core.settlement_types import UNCLASSIFIED, LineClass, LineKind, Meaning

__all__ = ["TRANSACTION_TYPES"]

_C, _K = LineClass, LineKind
_FEE, _FEE_BACK = Meaning(_C.FEE), Meaning(_C.FEE, returned=True)
_ADJUSTMENT, _RESERVE = Meaning(_C.ADJUSTMENT), Meaning(_C.RESERVE)

TRANSACTION_TYPES: Mapping[str, Meaning] = MappingProxyType(
    {
        # The order's money and what goes back of it
        "ORDER_AMOUNT": Meaning(_C.SALE, _K.GOODS),
        "ORDER_AMOUNT_TAX": Meaning(_C.SALE, _K.GOODS_TAX),
        "ORDER_SHIPPING_AMOUNT": Meaning(_C.SALE, _K.SHIPPING),
        "ORDER_SHIPPING_AMOUNT_TAX": Meaning(_C.SALE, _K.SHIPPING_TAX),
        "REFUND_ORDER_AMOUNT": Meaning(_C.REFUND, _K.GOODS),
        "REFUND_ORDER_AMOUNT_TAX": Meaning(_C.REFUND, _K.GOODS_TAX),
        "REFUND_ORDER_SHIPPING_AMOUNT": Meaning(_C.REFUND, _K.SHIPPING),
        "REFUND_ORDER_SHIPPING_AMOUNT_TAX": Meaning(_C.REFUND, _K.SHIPPING_TAX),
        # Fees and their return
        "COMMISSION_FEE": _FEE,
        "COMMISSION_VAT": _FEE,
        "REFUND_COMMISSION_FEE": _FEE_BACK,
        "REFUND_COMMISSION_VAT": _FEE_BACK,
        "SUBSCRIPTION_FEE": _FEE,
        "SUBSCRIPTION_VAT": _FEE,
        "ORDER_FEE_AMOUNT": _FEE,
        "REFUND_ORDER_FEE_AMOUNT": _FEE_BACK,
        "SELLER_FEE_ON_ORDER": _FEE,
        "SELLER_FEE_ON_ORDER_TAX": _FEE,
        "SELLER_PENALTY_FEE": _FEE,
        "SELLER_PENALTY_FEE_TAX": _FEE,
        # What the operator debits or credits by hand or once
        "MANUAL_CREDIT": _ADJUSTMENT,
        "MANUAL_CREDIT_VAT": _ADJUSTMENT,
        "MANUAL_INVOICE": _ADJUSTMENT,
        "MANUAL_INVOICE_VAT": _ADJUSTMENT,
        "INVOICEABLE_ONE_OFF_CREDIT": _ADJUSTMENT,
        "INVOICEABLE_ONE_OFF_CREDIT_TAX": _ADJUSTMENT,
        "INVOICEABLE_ONE_OFF_DEBIT": _ADJUSTMENT,
        "INVOICEABLE_ONE_OFF_DEBIT_TAX": _ADJUSTMENT,
        # Tax that the operator pays to the tax office in the seller's place
        "OPERATOR_REMITTED_ORDER_AMOUNT_TAX": Meaning(_C.OPERATOR_TAX, _K.GOODS_TAX),
        "OPERATOR_REMITTED_ORDER_SHIPPING_AMOUNT_TAX": Meaning(_C.OPERATOR_TAX, _K.SHIPPING_TAX),
        "OPERATOR_REMITTED_ORDER_FEE_AMOUNT": Meaning(_C.OPERATOR_TAX),
        "OPERATOR_REMITTED_REFUND_ORDER_AMOUNT_TAX": Meaning(_C.OPERATOR_TAX, _K.GOODS_TAX, returned=True),
        "OPERATOR_REMITTED_REFUND_ORDER_SHIPPING_AMOUNT_TAX": Meaning(_C.OPERATOR_TAX, _K.SHIPPING_TAX, returned=True),
        "OPERATOR_REMITTED_REFUND_ORDER_FEE_AMOUNT": Meaning(_C.OPERATOR_TAX, returned=True),
        # Held back, released, paid
        "RESERVE_FUNDING": _RESERVE,
        "RESERVE_SETTLEMENT": _RESERVE,
        "PAYMENT": Meaning(_C.PAYOUT),
        # Shipping that the operator pays: in whose books it ends depends on the operator's contract
        "OPERATOR_PAID_ORDER_SHIPPING_AMOUNT": UNCLASSIFIED,
        "OPERATOR_PAID_ORDER_SHIPPING_AMOUNT_TAX": UNCLASSIFIED,
        "OPERATOR_PAID_REFUND_ORDER_SHIPPING_AMOUNT": UNCLASSIFIED,
        "OPERATOR_PAID_REFUND_ORDER_SHIPPING_AMOUNT_TAX": UNCLASSIFIED,
        # The one-creditor model, where the operator buys from the seller
        "PURCHASE_COMMISSION_FEE": UNCLASSIFIED,
        "PURCHASE_FEE_COMMISSION_FEE": UNCLASSIFIED,
        "PURCHASE_ORDER_AMOUNT_TAX": UNCLASSIFIED,
        "PURCHASE_ORDER_SHIPPING_AMOUNT_TAX": UNCLASSIFIED,
        "PURCHASE_SHIPPING_COMMISSION_FEE": UNCLASSIFIED,
        "REFUND_PURCHASE_COMMISSION_FEE": UNCLASSIFIED,
        "REFUND_PURCHASE_FEE_COMMISSION_FEE": UNCLASSIFIED,
        "REFUND_PURCHASE_ORDER_AMOUNT_TAX": UNCLASSIFIED,
        "REFUND_PURCHASE_ORDER_SHIPPING_AMOUNT_TAX": UNCLASSIFIED,
        "REFUND_PURCHASE_SHIPPING_COMMISSION_FEE": UNCLASSIFIED,
    }
)
"""All 51 types. UNCLASSIFIED ones go to suspense until ``{**TRANSACTION_TYPES, code: Meaning(...)}`` says better."""
