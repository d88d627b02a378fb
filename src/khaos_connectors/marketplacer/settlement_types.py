"""What the money fields of Marketplacer's remittances stand for, for ``core.settlement.classify``.

Marketplacer shows amounts as fields of an advice, an invoice or an amendment, not as lines of a type. Whoever reads
them makes one line per field, with the key of this table as its type and the figure negated for ``DEDUCTED`` fields.
"""

from collections.abc import Mapping
from types import MappingProxyType

from khaos_connectors.core.settlement_types import LineClass, LineKind, Meaning

__all__ = ["DEDUCTED", "REMITTANCE_FIELDS"]

_C, _K = LineClass, LineKind
_FEE, _FEE_BACK = Meaning(_C.FEE), Meaning(_C.FEE, returned=True)

REMITTANCE_FIELDS: Mapping[str, Meaning] = MappingProxyType(
    {
        # An invoice: its total (postage and discount in it) is the whole order. Read either the total or its parts;
        # where prices exclude tax only the total has it all. A discount is shown negative
        "Invoice.total": Meaning(_C.SALE, _K.WHOLE),
        "Invoice.subtotal": Meaning(_C.SALE, _K.GOODS),
        "Invoice.discount": Meaning(_C.SALE, _K.GOODS),
        "Invoice.shippingCost": Meaning(_C.SALE, _K.SHIPPING),
        "Invoice.commissionAmount": _FEE,
        "Invoice.commissionAmountTax": _FEE,
        "Invoice.merchantFee": _FEE,
        "Invoice.merchantFeeTaxTotal": _FEE,
        "Invoice.adjustments.amountToWithholdFromSellerRemittance": Meaning(_C.ADJUSTMENT),
        # An amendment after a refund: what is taken back, and the commission that comes back with it
        "InvoiceAmendment.lineItemAmountTotal": Meaning(_C.REFUND, _K.GOODS),
        "InvoiceAmendment.lineItemTaxTotal": Meaning(_C.REFUND, _K.GOODS_TAX),
        "InvoiceAmendment.commissionAmountTotal": _FEE_BACK,
        "InvoiceAmendment.commissionTaxTotal": _FEE_BACK,
        # What the seller owes the operator beside the orders
        "Billing.amount": _FEE,
        # The payout of an advice
        "RemittanceAdvice.totalPaid": Meaning(_C.PAYOUT),
    }
)
"""The fields that make up a payout. ``Remittance.amount`` and ``InvoiceAmendment.remittanceAmountTotal`` are nets of
them, so they are none: they are what the lines of one invoice or amendment have to add up to."""

DEDUCTED = frozenset(
    {
        "Billing.amount",
        "Invoice.adjustments.amountToWithholdFromSellerRemittance",
        "Invoice.commissionAmount",
        "Invoice.commissionAmountTax",
        "Invoice.merchantFee",
        "Invoice.merchantFeeTaxTotal",
        "InvoiceAmendment.lineItemAmountTotal",
        "InvoiceAmendment.lineItemTaxTotal",
        "RemittanceAdvice.totalPaid",
    }
)
"""The fields whose positive figure lowers what the seller gets, or takes it out of the statement."""
