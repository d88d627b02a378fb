"""The own shop (A01, A02) and its figures (A21). What names people, tax numbers or money accounts is kept from repr."""

from datetime import date, datetime
from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.additional_fields import AdditionalField
from khaos_connectors.mirakl.models.bank_accounts import BankAccount
from khaos_connectors.mirakl.models.codes import ShopModel, ShopState
from khaos_connectors.mirakl.models.platform_codes import (
    FeeType,
    KycStatus,
    PayOutProvider,
    Shareholders,
    ShopDomain,
    SuspensionType,
)

__all__ = [
    "Account",
    "AccountShipping",
    "ApplicableTax",
    "BillingInformation",
    "ComplementaryInformation",
    "Contact",
    "CorporateInformation",
    "FiscalInformation",
    "FiscalRepresentative",
    "Kyc",
    "PaymentDetails",
    "PersonalInformation",
    "ProducerIdentifier",
    "RegistrationAddress",
    "RetailPricing",
    "ShopShipping",
    "SubBalance",
]


# --- who the shop is -----------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Contact:
    """How the shop is reached. Shops say ``street1`` where orders say ``street_1``."""

    civility: str | None = attrs.field(default=None, repr=False)
    firstname: str | None = attrs.field(default=None, repr=False)
    lastname: str | None = attrs.field(default=None, repr=False)
    street1: str | None = attrs.field(default=None, repr=False)
    street2: str | None = attrs.field(default=None, repr=False)
    zip_code: Text | None = attrs.field(default=None, repr=False)
    city: str | None = attrs.field(default=None, repr=False)
    state: str | None = attrs.field(default=None, repr=False)
    country: str | None = None
    email: str | None = attrs.field(default=None, repr=False)
    phone: Text | None = attrs.field(default=None, repr=False)
    phone_secondary: Text | None = attrs.field(default=None, repr=False)
    fax: Text | None = attrs.field(default=None, repr=False)
    web_site: str | None = None


@attrs.frozen(kw_only=True)
class ComplementaryInformation:
    """What some countries want to know of a company besides."""

    business_activity_code: Text | None = None
    company_registration_city: str | None = None
    company_registration_province: str | None = None
    company_shareholders: Shareholders | Unrecognised | None = None
    is_in_liquidation: bool | None = None
    legal_form: str | None = None
    share_capital: Decimal | None = None
    share_capital_currency: str | None = None
    sole_trader: bool | None = None


@attrs.frozen(kw_only=True)
class CorporateInformation:
    """The company behind the shop."""

    company_registration_name: str | None = attrs.field(default=None, repr=False)
    company_registration_number: Text | None = attrs.field(default=None, repr=False)
    complementary_information: ComplementaryInformation | None = None
    electronic_address: str | None = attrs.field(default=None, repr=False)
    phone_number: Text | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class FiscalInformation:
    """The shop's tax numbers; the country in three letters."""

    local_tax_number: Text | None = attrs.field(default=None, repr=False)
    tax_identification_country: str | None = None
    tax_identification_number: Text | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class FiscalRepresentative:
    """Who answers for the shop's taxes in a country where it has no seat."""

    civility: str | None = attrs.field(default=None, repr=False)
    first_name: str | None = attrs.field(default=None, repr=False)
    last_name: str | None = attrs.field(default=None, repr=False)
    company_registration_name: str | None = attrs.field(default=None, repr=False)
    company_registration_number: Text | None = attrs.field(default=None, repr=False)
    local_tax_number: Text | None = attrs.field(default=None, repr=False)
    street_1: str | None = attrs.field(default=None, repr=False)
    street_2: str | None = attrs.field(default=None, repr=False)
    zip_code: Text | None = attrs.field(default=None, repr=False)
    city: str | None = attrs.field(default=None, repr=False)
    state: str | None = attrs.field(default=None, repr=False)
    country_iso_code: str | None = None


@attrs.frozen(kw_only=True)
class PersonalInformation:
    """The person behind the shop."""

    civility: str | None = attrs.field(default=None, repr=False)
    first_name: str | None = attrs.field(default=None, repr=False)
    last_name: str | None = attrs.field(default=None, repr=False)
    birth_date: date | None = attrs.field(default=None, repr=False)
    birth_city: str | None = attrs.field(default=None, repr=False)
    birth_country: str | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class RegistrationAddress:
    """Where the company is registered; the country in three letters."""

    street_1: str | None = attrs.field(default=None, repr=False)
    street_2: str | None = attrs.field(default=None, repr=False)
    zip_code: Text | None = attrs.field(default=None, repr=False)
    city: str | None = attrs.field(default=None, repr=False)
    state: str | None = attrs.field(default=None, repr=False)
    country_iso_code: str | None = None


@attrs.frozen(kw_only=True)
class BillingInformation:
    """To whom the operator's invoices go: for all countries, or for one."""

    id: Text | None = None
    default_language: str | None = None
    corporate_information: CorporateInformation | None = None
    fiscal_information: FiscalInformation | None = None
    fiscal_representative: FiscalRepresentative | None = None
    personal_information: PersonalInformation | None = None
    registration_address: RegistrationAddress | None = None


@attrs.frozen(kw_only=True)
class Kyc:
    """The identity check: how far, and why it failed."""

    status: KycStatus | Unrecognised | None = None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class ProducerIdentifier:
    """The shop's number under a law of extended producer responsibility."""

    epr_category_code: str | None = None
    producer_id: Text | None = None


# --- money and shipping --------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class ApplicableTax:
    """A tax on the operator's fees."""

    code: Text | None = None
    label: str | None = None
    fee_types: tuple[FeeType | Unrecognised, ...] | None = ()


@attrs.frozen(kw_only=True)
class SubBalance:
    """The part of the balances that one provider pays."""

    pay_out_psp_code: PayOutProvider | Unrecognised | None = None
    paid: Decimal | None = None
    payable: Decimal | None = None
    pending: Decimal | None = None


@attrs.frozen(kw_only=True)
class PaymentDetails:
    """What the shop was paid, is to be paid, and what is held back, in the shop's currency."""

    paid_balance: Decimal | None = None
    payable_balance: Decimal | None = None
    pending_balance: Decimal | None = None
    reserve_balance: Decimal | None = None
    reserve_target: Decimal | None = None
    sub_balances: tuple[SubBalance, ...] | None = ()


@attrs.frozen(kw_only=True)
class AccountShipping:
    """Days that the shop takes until goods leave, unless the offer says otherwise."""

    lead_time_to_ship: int | None = None


@attrs.frozen(kw_only=True)
class ShopShipping:
    """A method and a zone that the shop ships by."""

    shipping_type_code: Text | None = None
    shipping_type_label: str | None = None
    shipping_type_standard_code: str | None = None
    shipping_zone_code: Text | None = None
    shipping_zone_label: str | None = None
    shipping_free_amount: Decimal | None = None
    additional_fields: tuple[AdditionalField, ...] | None = ()


@attrs.frozen(kw_only=True)
class RetailPricing:
    """Whether a drop-ship shop may set retail prices."""

    retail_pricing_edition_enabled: bool | None = None


@attrs.frozen(kw_only=True)
class Account:
    """The own shop (A01).

    *approval_delay* and *order_messages_response_delay* are in seconds, *approval_rate* is a share of 1, *grade* is of
    5. *closed_from* and *closed_to* are a holiday: offers are hidden meanwhile.
    """

    shop_id: int
    shop_name: str | None = None
    shop_state: ShopState | Unrecognised | None = None
    model: ShopModel | Unrecognised | None = None
    domains: tuple[ShopDomain | Unrecognised, ...] | None = ()
    suspension_type: SuspensionType | Unrecognised | None = None
    closed_from: datetime | None = None
    closed_to: datetime | None = None
    date_created: datetime | None = None
    last_updated_date: datetime | None = None
    description: str | None = None
    logo: str | None = None
    banner: str | None = None
    return_policy: str | None = None
    recycling_policy: str | None = None
    channels: tuple[str, ...] | None = ()
    currency_iso_code: str | None = None
    is_professional: bool | None = None
    premium: bool | None = None
    kyc: Kyc | None = None
    dropship: RetailPricing | None = None
    contact_informations: Contact | None = None
    default_billing_information: BillingInformation | None = None
    specific_billing_informations: tuple[BillingInformation, ...] | None = ()
    producer_identifiers: tuple[ProducerIdentifier, ...] | None = ()
    applicable_taxes: tuple[ApplicableTax, ...] | None = ()
    payment_details: PaymentDetails | None = None
    payment_info: BankAccount | None = None
    payment_method_mandatory: bool | None = None
    free_shipping: bool | None = None
    shipping: AccountShipping | None = None
    shipping_country: str | None = None
    shippings: tuple[ShopShipping, ...] | None = ()
    shop_additional_fields: tuple[AdditionalField, ...] | None = ()
    approval_delay: int | None = None
    approval_rate: Decimal | None = None
    evaluations_count: int | None = None
    grade: Decimal | None = None
    offers_count: int | None = None
    orders_count: int | None = None
    order_messages_response_delay: int | None = None
