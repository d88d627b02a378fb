"""Documents of the operator to the seller: invoices of billing cycles, and invoices and credits made by hand."""

from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.accounting_codes import (
    InvoicePaymentState,
    InvoiceType,
    IssuingUserType,
    PayOutFailure,
    PayOutProvider,
)
from khaos_connectors.mirakl.models.bank_accounts import BankAccount
from khaos_connectors.mirakl.models.billing import InvoiceSummary
from khaos_connectors.mirakl.models.codes import ShopModel

__all__ = ["Invoice", "InvoiceDetail", "InvoicePayment", "InvoiceTax", "InvoicedShopAddress", "IssuingUser"]


@attrs.frozen(kw_only=True)
class InvoiceTax:
    """One tax of a document or of one of its lines."""

    code: Text | None = None
    amount: Decimal | None = None


@attrs.frozen(kw_only=True)
class InvoiceDetail:
    """One line of a document; it is about an order only where *order_id* says so."""

    description: Text | None = None
    amount_excl_taxes: Decimal | None = None
    quantity: int | None = None
    taxes: tuple[InvoiceTax, ...] | None = ()
    operation_date: datetime | None = None
    order_id: Text | None = None


@attrs.frozen(kw_only=True)
class IssuingUser:
    """Who issued a document; *information* may be a person's address."""

    type: IssuingUserType | Unrecognised | None = None
    information: Text | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class InvoicePayment:
    """Whether and how a document was paid."""

    state: InvoicePaymentState | Unrecognised | None = None
    reference: Text | None = None
    transaction_date: datetime | None = None
    failure_reason: PayOutFailure | Unrecognised | None = None


@attrs.frozen(kw_only=True)
class InvoicedShopAddress:
    """Where the shop is, as printed on a document."""

    civility: Text | None = attrs.field(default=None, repr=False)
    firstname: Text | None = attrs.field(default=None, repr=False)
    lastname: Text | None = attrs.field(default=None, repr=False)
    street1: Text | None = attrs.field(default=None, repr=False)
    street2: Text | None = attrs.field(default=None, repr=False)
    zip_code: Text | None = attrs.field(default=None, repr=False)
    city: Text | None = attrs.field(default=None, repr=False)
    state: Text | None = attrs.field(default=None, repr=False)
    country: Text | None = None
    phone: Text | None = attrs.field(default=None, repr=False)
    phone_secondary: Text | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class Invoice:
    """One document (IV01). *invoice_id* is its number once it is issued, and what a download asks for; *id* is there
    from the draft on. It holds no sales: those are in the transaction log.

    The last six fields are those of billing cycles and documents that belong to one.
    """

    id: Text | None = None
    invoice_id: int | None = None
    type: InvoiceType | Unrecognised | None = None
    state: Text | None = None
    currency_iso_code: Text | None = None
    date_created: datetime | None = None
    issue_date: datetime | None = None
    due_date: datetime | None = None
    issuing_user: IssuingUser | None = None
    details: tuple[InvoiceDetail, ...] | None = ()
    total_amount_excl_taxes: Decimal | None = None
    total_amount_incl_taxes: Decimal | None = None
    total_taxes: tuple[InvoiceTax, ...] | None = ()
    payment: InvoicePayment | None = None
    pay_out_psp_code: PayOutProvider | Unrecognised | None = None
    shop_id: int | None = None
    shop_name: Text | None = None
    shop_corporate_name: Text | None = attrs.field(default=None, repr=False)
    shop_operator_internal_id: Text | None = None
    shop_tax_number: Text | None = attrs.field(default=None, repr=False)
    shop_model: ShopModel | Unrecognised | None = None
    shop_address: InvoicedShopAddress | None = None
    seller_billing_cycle_id: Text | None = None
    payment_voucher_number: Text | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    payment_info: BankAccount | None = None
    summary: InvoiceSummary | None = None
