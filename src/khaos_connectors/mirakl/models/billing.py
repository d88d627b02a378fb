"""Billing cycles: what a seller is paid for a stretch of time, and the sums that it is made of."""

from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.accounting_codes import PayOutFailure, PayOutProvider, PayOutState
from khaos_connectors.mirakl.models.codes import ShopModel

__all__ = ["BilledShop", "BillingCycle", "BillingSummary", "InvoiceSummary", "PayOut"]


@attrs.frozen(kw_only=True)
class BillingSummary:
    """The sums of a cycle, signed: plus is to the seller. *payable* orders are those that the marketplace pays out;
    for the others the customer has paid the seller directly.
    """

    total_commissions_excl_tax: Decimal | None = None
    total_commissions_incl_tax: Decimal | None = None
    total_fee_excl_tax: Decimal | None = None
    total_fee_incl_tax: Decimal | None = None
    total_fee_operator_remitted_excl_tax: Decimal | None = None
    total_fee_operator_remitted_incl_tax: Decimal | None = None
    total_non_payable_orders_excl_tax: Decimal | None = None
    total_non_payable_orders_incl_tax: Decimal | None = None
    total_operator_paid_shipping_charges_excl_tax: Decimal | None = None
    total_operator_paid_shipping_charges_incl_tax: Decimal | None = None
    total_operator_remitted_taxes: Decimal | None = None
    total_other_credits_excl_tax: Decimal | None = None
    total_other_credits_incl_tax: Decimal | None = None
    total_other_invoices_excl_tax: Decimal | None = None
    total_other_invoices_incl_tax: Decimal | None = None
    total_payable_orders_excl_tax: Decimal | None = None
    total_payable_orders_incl_tax: Decimal | None = None
    total_purchase_taxes: Decimal | None = None
    total_refund_commissions_excl_tax: Decimal | None = None
    total_refund_commissions_incl_tax: Decimal | None = None
    total_refund_fee_excl_tax: Decimal | None = None
    total_refund_fee_incl_tax: Decimal | None = None
    total_refund_fee_operator_remitted_excl_tax: Decimal | None = None
    total_refund_fee_operator_remitted_incl_tax: Decimal | None = None
    total_refund_non_payable_orders_excl_tax: Decimal | None = None
    total_refund_non_payable_orders_incl_tax: Decimal | None = None
    total_refund_operator_paid_shipping_charges_excl_tax: Decimal | None = None
    total_refund_operator_paid_shipping_charges_incl_tax: Decimal | None = None
    total_refund_operator_remitted_taxes: Decimal | None = None
    total_refund_orders_excl_tax: Decimal | None = None
    total_refund_orders_incl_tax: Decimal | None = None
    total_refund_payable_orders_excl_tax: Decimal | None = None
    total_refund_payable_orders_incl_tax: Decimal | None = None
    total_refund_purchase_taxes: Decimal | None = None
    total_seller_fees_on_orders_excl_tax: Decimal | None = None
    total_seller_fees_on_orders_incl_tax: Decimal | None = None
    total_seller_penalty_fees_excl_tax: Decimal | None = None
    total_seller_penalty_fees_incl_tax: Decimal | None = None
    total_subscription_excl_tax: Decimal | None = None
    total_subscription_incl_tax: Decimal | None = None


@attrs.frozen(kw_only=True)
class InvoiceSummary(BillingSummary):
    """The same sums on the document of a cycle, which also tells what was paid out and what was held back."""

    amount_transferred: Decimal | None = None
    amount_transferred_to_operator: Decimal | None = None
    reserve_funding: Decimal | None = None
    reserve_settlement: Decimal | None = None


@attrs.frozen(kw_only=True)
class PayOut:
    """Whether and how a cycle was paid out; *reference* is what the bank shows."""

    state: PayOutState | Unrecognised | None = None
    reference: Text | None = None
    transaction_date: datetime | None = None
    failure_reason: PayOutFailure | Unrecognised | None = None


@attrs.frozen(kw_only=True)
class BilledShop:
    """The shop that a cycle is for."""

    shop_id: int | None = None
    shop_name: Text | None = None
    shop_corporate_name: Text | None = attrs.field(default=None, repr=False)
    shop_operator_internal_id: Text | None = None
    shop_model: ShopModel | Unrecognised | None = None


@attrs.frozen(kw_only=True)
class BillingCycle:
    """One billing cycle of a shop (SBC11): *amount_transferred_to_seller* is what it pays, below 0 what it asks for."""

    id: Text
    date_created: datetime
    currency_iso_code: Text
    amount_transferred_to_seller: Decimal
    amount_transferred_to_operator: Decimal | None = None
    pay_out: PayOut | None = None
    pay_out_psp_code: PayOutProvider | Unrecognised | None = None
    payment_voucher_number: Text | None = None
    shop: BilledShop | None = None
    summary: BillingSummary | None = None
