"""Changing the own shop (A02): what is written, and what the answer says of it."""

from collections.abc import Sequence
from datetime import datetime

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.additional_fields import AdditionalField, NewAdditionalField
from khaos_connectors.mirakl.models.bank_accounts import BankAccount
from khaos_connectors.mirakl.models.codes import ShopModel
from khaos_connectors.mirakl.models.new_bank_accounts import NewBankAccount
from khaos_connectors.mirakl.models.offer_codes import EprCategory
from khaos_connectors.mirakl.models.shops import (
    AccountShipping,
    BillingInformation,
    ProducerIdentifier,
)

__all__ = [
    "AccountError",
    "ChangedAccount",
    "CompanyDetails",
    "NewAccount",
    "NewProducerIdentifier",
    "ShopAddress",
    "UpdatedAccount",
]


@attrs.frozen(kw_only=True)
class ShopAddress:
    """Where the shop is, written and told; None leaves a part as it is. *country* in three letters."""

    civility: str | None = attrs.field(default=None, repr=False)
    firstname: str | None = attrs.field(default=None, repr=False)
    lastname: str | None = attrs.field(default=None, repr=False)
    street1: str | None = attrs.field(default=None, repr=False)
    street2: str | None = attrs.field(default=None, repr=False)
    zip_code: Text | None = attrs.field(default=None, repr=False)
    city: str | None = attrs.field(default=None, repr=False)
    state: str | None = attrs.field(default=None, repr=False)
    country: str | None = None
    phone: Text | None = attrs.field(default=None, repr=False)
    phone_secondary: Text | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class CompanyDetails:
    """The company behind a professional shop."""

    corporate_name: str | None = attrs.field(default=None, repr=False)
    identification_number: Text | None = attrs.field(default=None, repr=False)
    tax_identification_number: Text | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class NewProducerIdentifier:
    """The shop's number under a law of extended producer responsibility, at most 255 characters."""

    epr_category_code: EprCategory
    producer_id: str


@attrs.frozen(kw_only=True)
class NewAccount:
    """What to change of the own shop; None leaves a field as it is. Which fields may be changed the operator settles.

    *closed_from* and *closed_to* announce a holiday. *recycling_policy* has at most 5000 characters,
    *producer_identifiers* at most 50 rows. A field of *shop_additional_fields* without a value is removed.
    """

    shop_name: str | None = None
    description: str | None = None
    email: str | None = attrs.field(default=None, repr=False)
    fax: str | None = attrs.field(default=None, repr=False)
    web_site: str | None = None
    address: ShopAddress | None = None
    channels: Sequence[str] | None = None
    closed_from: datetime | None = None
    closed_to: datetime | None = None
    is_professional: bool | None = None
    pro_details: CompanyDetails | None = None
    payment_info: NewBankAccount | None = None
    producer_identifiers: Sequence[NewProducerIdentifier] | None = None
    recycling_policy: str | None = None
    return_policy: str | None = None
    shipping_country: str | None = None
    shop_additional_fields: Sequence[NewAdditionalField] | None = None


@attrs.frozen(kw_only=True)
class AccountError:
    """Why a field of the shop was not changed, although the answer was a 200."""

    code: Text | None = None
    field: str | None = None
    message: str | None = None


@attrs.frozen(kw_only=True)
class UpdatedAccount:
    """The shop after the change, as far as A02 tells it."""

    shop_name: str | None = None
    model: ShopModel | Unrecognised | None = None
    description: str | None = None
    email: str | None = attrs.field(default=None, repr=False)
    fax: Text | None = attrs.field(default=None, repr=False)
    web_site: str | None = None
    address: ShopAddress | None = None
    channels: tuple[str, ...] | None = ()
    closed_from: datetime | None = None
    closed_to: datetime | None = None
    is_professional: bool | None = None
    pro_details: CompanyDetails | None = None
    default_billing_information: BillingInformation | None = None
    specific_billing_informations: tuple[BillingInformation, ...] | None = ()
    payment_info: BankAccount | None = None
    payment_method_mandatory: bool | None = None
    producer_identifiers: tuple[ProducerIdentifier, ...] | None = ()
    recycling_policy: str | None = None
    return_policy: str | None = None
    shipping: AccountShipping | None = None
    shipping_country: str | None = None
    shop_additional_fields: tuple[AdditionalField, ...] | None = ()


@attrs.frozen(kw_only=True)
class ChangedAccount:
    """The answer of A02: *errors* name what was refused, although the answer was a 200."""

    updated: UpdatedAccount | None = None
    errors: tuple[AccountError, ...] | None = ()
