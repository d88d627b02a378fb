"""The lines of an accounting document (DR12), under Mirakl's own names.

Which of the last fields a line has follows from its *entity_type*: a period for fees, a description and references for
one-off fees, promotions for products and purchase orders.
"""

from datetime import date, datetime
from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.amounts import EcoContribution
from khaos_connectors.mirakl.models.document_codes import AccountingLineEntity
from khaos_connectors.mirakl.models.document_requests import DeliveryBill
from khaos_connectors.mirakl.models.parties import DeliveryAddress

__all__ = [
    "DocumentLine",
    "DocumentLineFee",
    "DocumentLineOrder",
    "DocumentLineOrderLine",
    "DocumentLinePeriod",
    "DocumentLinePlace",
    "DocumentLineProduct",
    "DocumentLinePromotion",
    "DocumentLineReference",
    "DocumentLineShop",
    "DocumentLineTax",
    "DocumentLineTransaction",
    "ProductReference",
]


@attrs.frozen(kw_only=True)
class DocumentLineFee:
    """A fee of the line, without taxes."""

    code: Text | None = None
    label: Text | None = None
    amount: Decimal | None = None


@attrs.frozen(kw_only=True)
class DocumentLineTransaction:
    """How the customer paid."""

    number: Text | None = None
    date: datetime | None = None


@attrs.frozen(kw_only=True)
class DocumentLineOrder:
    """The order of the line."""

    id: Text | None = None
    commercial_id: Text | None = None
    date_created: datetime | None = None
    reference_for_customer: Text | None = None
    reference_for_seller: Text | None = None
    transaction_info: DocumentLineTransaction | None = None


@attrs.frozen(kw_only=True)
class DocumentLineOrderLine:
    """The order line of the line."""

    id: Text | None = None


@attrs.frozen(kw_only=True)
class ProductReference:
    """A code of the product (an EAN, say)."""

    type: Text | None = None
    reference: Text | None = None


@attrs.frozen(kw_only=True)
class DocumentLineProduct:
    """What was sold."""

    sku: Text | None = None
    title: Text | None = None
    references: tuple[ProductReference, ...] | None = ()


@attrs.frozen(kw_only=True)
class DocumentLinePlace:
    """Where the goods left, or went."""

    address: DeliveryAddress | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class DocumentLineTax:
    """One tax; *rate* is a percentage."""

    code: Text | None = None
    amount: Decimal | None = None
    rate: Decimal | None = None


@attrs.frozen(kw_only=True)
class DocumentLineShop:
    """The shop of the line."""

    id: int | None = None


@attrs.frozen(kw_only=True)
class DocumentLinePeriod:
    """The time that a fee is for."""

    date_from: datetime | None = None
    date_to: datetime | None = None


@attrs.frozen(kw_only=True)
class DocumentLineReference:
    """A reference of a one-off fee."""

    type: Text | None = None
    value: Text | None = None


@attrs.frozen(kw_only=True)
class DocumentLinePromotion:
    """A promotion that lowered the price."""

    id: Text | None = None
    type: Text | None = None
    deduced_amount: Decimal | None = None


@attrs.frozen(kw_only=True)
class DocumentLine:
    """One line of an accounting document."""

    id: Text
    entity_type: AccountingLineEntity | Unrecognised | None = None
    entity_id: Text | None = None
    quantity: int | None = None
    unit_price_excluding_taxes: Decimal | None = None
    price_excluding_taxes: Decimal | None = None
    origin_unit_price_excluding_taxes: Decimal | None = None
    origin_unit_price_including_taxes: Decimal | None = None
    shipping_price_excluding_taxes: Decimal | None = None
    total_price_including_taxes: Decimal | None = None
    taxes: tuple[DocumentLineTax, ...] | None = ()
    shipping_taxes: tuple[DocumentLineTax, ...] | None = ()
    fees_excluding_taxes: tuple[DocumentLineFee, ...] | None = ()
    eco_contributions: tuple[EcoContribution, ...] | None = ()
    tax_legal_notice: Text | None = None
    order: DocumentLineOrder | None = None
    order_line: DocumentLineOrderLine | None = None
    product: DocumentLineProduct | None = None
    shop: DocumentLineShop | None = None
    shipping_from: DocumentLinePlace | None = None
    shipping_to: DocumentLinePlace | None = None
    delivery_bill_information: tuple[DeliveryBill, ...] | None = ()
    period: DocumentLinePeriod | None = None
    description: Text | None = None
    operation_date: date | None = None
    references: tuple[DocumentLineReference, ...] | None = ()
    promotions: tuple[DocumentLinePromotion, ...] | None = ()
