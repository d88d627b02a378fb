"""The sums of which order lines, refunds and cancelations consist, under Mirakl's own names."""

from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.codes import TaxCalculationRule

__all__ = [
    "AmountBreakdown",
    "AmountPart",
    "EcoContribution",
    "Fee",
    "PurchaseInformation",
    "PurchaseTax",
    "PurchaseTotal",
    "TaxAmount",
]


@attrs.frozen(kw_only=True)
class AmountPart:
    """A part of an amount, and who it concerns: the customer's debit, the shop's payment, the commission."""

    amount: Decimal | None = None
    commissionable: bool | None = None
    debitable_from_customer: bool | None = None
    payable_to_shop: bool | None = None


@attrs.frozen(kw_only=True)
class AmountBreakdown:
    """The parts of an amount; given where not all of it concerns the same parties."""

    parts: tuple[AmountPart, ...] | None = ()


@attrs.frozen(kw_only=True)
class PurchaseTax:
    """The tax on the purchase price, on drop-ship and one-creditor platforms; *purchase_rate* is a percentage."""

    purchase_amount: Decimal | None = None
    purchase_rate: Decimal | None = None


@attrs.frozen(kw_only=True)
class TaxAmount:
    """One tax of a line, a shipping charge, a refund or a cancelation; *rate* is a percentage."""

    code: Text
    amount: Decimal
    rate: Decimal | None = None
    tax_calculation_rule: TaxCalculationRule | Unrecognised | None = None
    origin_unit_amount: Decimal | None = None
    amount_breakdown: AmountBreakdown | None = None
    purchase_tax: PurchaseTax | None = None


@attrs.frozen(kw_only=True)
class Fee:
    """A fee that the customer pays on a line."""

    code: Text
    amount: Decimal


@attrs.frozen(kw_only=True)
class EcoContribution:
    """What a producer owes for the recycling of the goods."""

    epr_category_code: Text | None = None
    producer_id: Text | None = None
    producer_id_owner: Text | None = None
    total_amount: Decimal | None = None
    unit_amount: Decimal | None = None


@attrs.frozen(kw_only=True)
class PurchaseTotal:
    """A sum of purchase fees, or of the commission on them."""

    total_amount: Decimal | None = None


@attrs.frozen(kw_only=True)
class PurchaseInformation:
    """What the operator pays, where it buys from the shop (drop-ship and one-creditor platforms)."""

    purchase_commission_on_fees: PurchaseTotal | None = None
    purchase_commission_on_price: Decimal | None = None
    purchase_commission_on_shipping: Decimal | None = None
    purchase_fee_amount: PurchaseTotal | None = None
    purchase_price: Decimal | None = None
    purchase_shipping_price: Decimal | None = None
    purchase_unit_price: Decimal | None = None
