"""Who an accounting document is from and to, under Mirakl's own names. All of it is left out of ``repr``."""

from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.document_codes import IssuerType, RecipientType

__all__ = [
    "BillingAddress",
    "DeliveryAddress",
    "DocumentIssuer",
    "DocumentRecipient",
    "FiscalRepresentative",
    "IssuerOrganization",
    "OrganizationAddress",
    "PersonalInformation",
    "RecipientOrganization",
]


@attrs.frozen(kw_only=True, repr=False)
class OrganizationAddress:
    """Where an organisation sits; *country_iso_code* has three letters."""

    street_1: Text | None = None
    street_2: Text | None = None
    zip_code: Text | None = None
    city: Text | None = None
    state: Text | None = None
    country_iso_code: Text | None = None


@attrs.frozen(kw_only=True, repr=False)
class BillingAddress:
    """A customer's address, for billing or for shipping, with the street names that orders use."""

    civility: Text | None = None
    firstname: Text | None = None
    lastname: Text | None = None
    company: Text | None = None
    company_2: Text | None = None
    street_1: Text | None = None
    street_2: Text | None = None
    zip_code: Text | None = None
    city: Text | None = None
    state: Text | None = None
    country: Text | None = None
    country_iso_code: Text | None = None


@attrs.frozen(kw_only=True, repr=False)
class DeliveryAddress:
    """Where goods went, or came from; here the street is ``street1`` and the company's second line ``company2``."""

    civility: Text | None = None
    firstname: Text | None = None
    lastname: Text | None = None
    company: Text | None = None
    company2: Text | None = None
    street1: Text | None = None
    street2: Text | None = None
    zip_code: Text | None = None
    city: Text | None = None
    state: Text | None = None
    country_iso_code: Text | None = None
    phone: Text | None = None
    phone_secondary: Text | None = None


@attrs.frozen(kw_only=True, repr=False)
class FiscalRepresentative:
    """Who stands for a foreign organisation before the tax office."""

    civility: Text | None = None
    first_name: Text | None = None
    last_name: Text | None = None
    company_registration_name: Text | None = None
    company_registration_number: Text | None = None
    local_tax_number: Text | None = None
    street_1: Text | None = None
    street_2: Text | None = None
    zip_code: Text | None = None
    city: Text | None = None
    state: Text | None = None
    country_iso_code: Text | None = None


@attrs.frozen(kw_only=True, repr=False)
class PersonalInformation:
    """The person behind a sole trader."""

    civility: Text | None = None
    first_name: Text | None = None
    last_name: Text | None = None


@attrs.frozen(kw_only=True, repr=False)
class RecipientOrganization:
    """The organisation that gets the document, with what a tax office wants to know of it."""

    organization_id: Text | None = None
    name: Text | None = None
    address: OrganizationAddress | None = None
    identification_number: Text | None = None
    tax_identification_number: Text | None = None
    tax_number_country: Text | None = None
    local_tax_number: Text | None = None
    local_tax_number_country: Text | None = None
    business_activity_code: Text | None = None
    company_shareholders: Text | None = None
    electronic_address: Text | None = None
    is_in_liquidation: bool | None = None
    legal_form: Text | None = None
    phone_number: Text | None = None
    share_capital: Decimal | None = None
    share_capital_currency: Text | None = None
    trade_company_registration_location: Text | None = None


@attrs.frozen(kw_only=True, repr=False)
class IssuerOrganization:
    """The organisation that issues the document, with what a tax office wants to know of it."""

    name: Text | None = None
    address: OrganizationAddress | None = None
    fiscal_representative: FiscalRepresentative | None = None
    personal_information: PersonalInformation | None = None
    sole_trader: bool | None = None
    identification_number: Text | None = None
    tax_identification_number: Text | None = None
    tax_number_country: Text | None = None
    local_tax_number: Text | None = None
    local_tax_number_country: Text | None = None
    business_activity_code: Text | None = None
    company_shareholders: Text | None = None
    electronic_address: Text | None = None
    is_in_liquidation: bool | None = None
    legal_form: Text | None = None
    phone_number: Text | None = None
    share_capital: Decimal | None = None
    share_capital_currency: Text | None = None
    trade_company_registration_location: Text | None = None


@attrs.frozen(kw_only=True)
class DocumentIssuer:
    """Who owes the document."""

    type: IssuerType | Unrecognised | None = None
    id: Text | None = None
    locale: Text | None = None
    organization: IssuerOrganization | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class DocumentRecipient:
    """Who gets the document."""

    type: RecipientType | Unrecognised | None = None
    id: Text | None = None
    locale: Text | None = None
    organization: RecipientOrganization | None = attrs.field(default=None, repr=False)
    billing_address: BillingAddress | None = attrs.field(default=None, repr=False)
    shipping_address: BillingAddress | None = attrs.field(default=None, repr=False)
