"""The transaction log: one signed amount per row, and what it is about."""

from datetime import date, datetime
from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.accounting_codes import PayOutProvider, TransactionPaymentState, TransactionType
from khaos_connectors.mirakl.models.codes import ShopModel

__all__ = [
    "Coded",
    "FeeEntity",
    "Identified",
    "ManualDocument",
    "Numbered",
    "OneOffItem",
    "OneOffReference",
    "OrderEntity",
    "OrderPaymentInfo",
    "OrderReferences",
    "TaxEntity",
    "Transaction",
    "TransactionEntities",
    "TransactionShop",
]


@attrs.frozen(kw_only=True)
class Identified:
    """Something that is told by its id."""

    id: Text | None = None


@attrs.frozen(kw_only=True)
class Coded:
    """Something that is told by its code."""

    code: Text | None = None


@attrs.frozen(kw_only=True)
class TaxEntity:
    """A tax; *rate* is a percentage on shop taxes, and on order taxes what the operator's tax system gave."""

    code: Text | None = None
    rate: Decimal | None = None


@attrs.frozen(kw_only=True)
class FeeEntity:
    """A fee that the operator charges the seller, and which refunds or cancelations it is charged for."""

    code: Text | None = None
    refunds: tuple[Identified, ...] | None = ()
    cancelations: tuple[Identified, ...] | None = ()


@attrs.frozen(kw_only=True)
class ManualDocument:
    """An invoice or a credit made by hand."""

    number: Text | None = None


@attrs.frozen(kw_only=True)
class OneOffReference:
    """A reference of a one-off item in some other system."""

    type: Text | None = None
    value: Text | None = None


@attrs.frozen(kw_only=True)
class OneOffItem:
    """What a one-off debit or credit is for."""

    description: Text | None = None
    operation_date: date | None = None
    quantity: int | None = None
    unit_price: Decimal | None = None
    references: tuple[OneOffReference, ...] | None = ()


@attrs.frozen(kw_only=True)
class OrderReferences:
    """What the customer and the seller call an order."""

    order_reference_for_customer: Text | None = None
    order_reference_for_seller: Text | None = None


@attrs.frozen(kw_only=True)
class OrderPaymentInfo:
    """How the customer paid."""

    payment_type: Text | None = None
    imprint_number: Text | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class OrderEntity:
    """The order that a transaction is about."""

    id: Text | None = None
    commercial_id: Text | None = None
    creation_date: datetime | None = None
    references: OrderReferences | None = None
    payment_info: OrderPaymentInfo | None = None


@attrs.frozen(kw_only=True)
class Numbered:
    """A payment's number and time at whoever moved the money."""

    number: Text | None = None
    date: datetime | None = None


@attrs.frozen(kw_only=True)
class TransactionEntities:
    """All that a transaction may be about; most of it is absent on any one row."""

    channel: Coded | None = None
    debit: Identified | None = None
    domain: Text | None = None
    fee: FeeEntity | None = None
    manual_accounting_document: ManualDocument | None = None
    one_off_item: OneOffItem | None = None
    order: OrderEntity | None = None
    order_fee: Coded | None = None
    order_line: Identified | None = None
    order_tax: TaxEntity | None = None
    refund: Identified | None = None
    shipment: Identified | None = None
    shop_tax: TaxEntity | None = None
    transaction_info: Numbered | None = None


@attrs.frozen(kw_only=True)
class TransactionShop:
    """The shop of a transaction; seen in examples, not in the document's list of fields."""

    id: int | None = None
    domains: tuple[Text, ...] | None = ()
    model: ShopModel | Unrecognised | None = None
    operator_internal_id: Text | None = None


@attrs.frozen(kw_only=True)
class Transaction:
    """One row of the log (TL02, TL05). *amount* is signed, plus is to the seller; *balance* is the seller's after it.

    It belongs to a billing cycle once *seller_billing_cycle_id* says so; *last_updated* moves whenever it is changed.
    """

    id: Text
    type: TransactionType | Unrecognised
    amount: Decimal
    currency_iso_code: Text
    amount_credited: Decimal | None = None
    amount_debited: Decimal | None = None
    balance: Decimal | None = None
    psp_balance: Decimal | None = None
    payment_state: TransactionPaymentState | Unrecognised | None = None
    pay_out_psp_code: PayOutProvider | Unrecognised | None = None
    seller_billing_cycle_id: Text | None = None
    payment_voucher_number: Text | None = None
    accounting_document_id: Text | None = None
    accounting_document_number: Text | None = None
    accounting_document_creation_date: datetime | None = None
    date_created: datetime | None = None
    last_updated: datetime | None = None
    entities: TransactionEntities | None = None
    shop: TransactionShop | None = None
