"""Refunds (OR28) and cancelations (OR30) as they are asked for and as they were made, under Mirakl's own names."""

from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.core.amounts import typed_money
from khaos_connectors.mirakl.models.amounts import (
    AmountBreakdown,
    EcoContribution,
    Fee,
    PurchaseInformation,
    TaxAmount,
)
from khaos_connectors.mirakl.models.codes import OrderTaxMode

__all__ = [
    "CreatedCancelation",
    "CreatedCancelations",
    "CreatedRefund",
    "CreatedRefunds",
    "NewCancelation",
    "NewFee",
    "NewRefund",
    "NewTax",
]


@attrs.frozen(kw_only=True, field_transformer=typed_money)
class NewTax:
    """How much of one tax goes back."""

    code: str
    amount: Decimal


@attrs.frozen(kw_only=True, field_transformer=typed_money)
class NewFee:
    """How much of one customer fee goes back."""

    code: str
    amount: Decimal


@attrs.frozen(kw_only=True, field_transformer=typed_money)
class NewRefund:
    """Money to give back on one debited line; *amount* is for the goods, both amounts are in the request's tax mode.

    *quantity* only informs. *excluded_from_shipment* takes it out of what is still to be shipped. *currency_iso_code*
    is needed where the shop's currency is not the platform's own. *taxes* and *shipping_taxes* are what Mirakl does not
    compute by itself; a tax without the rule PROPORTIONAL_TO_AMOUNT that is left out is not given back.
    """

    order_line_id: str
    amount: Decimal
    shipping_amount: Decimal
    reason_code: str
    quantity: int | None = None
    currency_iso_code: str | None = None
    taxes: tuple[NewTax, ...] = ()
    shipping_taxes: tuple[NewTax, ...] = ()
    fees: tuple[NewFee, ...] = ()
    excluded_from_shipment: bool | None = None


@attrs.frozen(kw_only=True, field_transformer=typed_money)
class NewCancelation:
    """What is to be taken out of one line before the debit; the fields mean what they mean in ``NewRefund``."""

    order_line_id: str
    amount: Decimal
    shipping_amount: Decimal
    quantity: int
    reason_code: str
    currency_iso_code: str | None = None
    taxes: tuple[NewTax, ...] = ()
    shipping_taxes: tuple[NewTax, ...] = ()
    fees: tuple[NewFee, ...] = ()


@attrs.frozen(kw_only=True)
class CreatedRefund:
    """A refund that was made; *order_refund_id* is shared by those that were made together.

    Only the ids and the line matter here: the order (OR11) tells the rest, and a strange field of a refund that is
    made must not hide that it is made.
    """

    order_line_id: Text
    refund_id: Text
    order_refund_id: Text | None = None
    amount: Decimal | None = None
    shipping_amount: Decimal | None = None
    quantity: int | None = None
    reason_code: Text | None = None
    currency_iso_code: str | None = None
    excluded_from_shipment: bool | None = None
    taxes: tuple[TaxAmount, ...] | None = ()
    shipping_taxes: tuple[TaxAmount, ...] | None = ()
    fees: tuple[Fee, ...] | None = ()
    amount_breakdown: AmountBreakdown | None = None
    shipping_amount_breakdown: AmountBreakdown | None = None
    eco_contributions: tuple[EcoContribution, ...] | None = ()
    purchase_information: PurchaseInformation | None = None
    tax_legal_notice: str | None = None


@attrs.frozen(kw_only=True)
class CreatedRefunds:
    """The answer of OR28."""

    refunds: tuple[CreatedRefund, ...] | None = ()
    order_tax_mode: OrderTaxMode | Unrecognised | None = None


@attrs.frozen(kw_only=True)
class CreatedCancelation:
    """A cancelation that was made."""

    order_line_id: Text
    cancelation_id: Text
    amount: Decimal | None = None
    shipping_amount: Decimal | None = None
    quantity: int | None = None
    reason_code: Text | None = None
    currency_iso_code: str | None = None
    taxes: tuple[TaxAmount, ...] | None = ()
    shipping_taxes: tuple[TaxAmount, ...] | None = ()
    fees: tuple[Fee, ...] | None = ()
    amount_breakdown: AmountBreakdown | None = None
    shipping_amount_breakdown: AmountBreakdown | None = None
    eco_contributions: tuple[EcoContribution, ...] | None = ()
    purchase_information: PurchaseInformation | None = None


@attrs.frozen(kw_only=True)
class CreatedCancelations:
    """The answer of OR30."""

    cancelations: tuple[CreatedCancelation, ...] | None = ()
    order_tax_mode: OrderTaxMode | Unrecognised | None = None
