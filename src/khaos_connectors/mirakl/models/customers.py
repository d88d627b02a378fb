"""Who buys, and where to: the people and addresses of an order, under Mirakl's own names."""

import attrs

from khaos_connectors.calls.decode import Text

__all__ = ["Contact", "Customer", "OrderAddress", "Organization", "PlainAddress"]


@attrs.frozen(kw_only=True)
class OrderAddress:
    """A billing or shipping address. *country_iso_code* is alpha-3, null in some live orders; *country* is free text.

    Personal data: left out of ``repr``.
    """

    civility: str | None = attrs.field(default=None, repr=False)
    firstname: str | None = attrs.field(default=None, repr=False)
    lastname: str | None = attrs.field(default=None, repr=False)
    company: str | None = attrs.field(default=None, repr=False)
    company_2: str | None = attrs.field(default=None, repr=False)
    street_1: str | None = attrs.field(default=None, repr=False)
    street_2: str | None = attrs.field(default=None, repr=False)
    zip_code: Text | None = attrs.field(default=None, repr=False)
    city: str | None = attrs.field(default=None, repr=False)
    state: str | None = attrs.field(default=None, repr=False)
    country: str | None = None
    country_iso_code: str | None = None
    phone: Text | None = attrs.field(default=None, repr=False)
    phone_secondary: Text | None = attrs.field(default=None, repr=False)
    additional_info: str | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class PlainAddress:
    """An address without a person: an organisation's, or where goods leave from. The country is alpha-3."""

    street_1: str | None = attrs.field(default=None, repr=False)
    street_2: str | None = attrs.field(default=None, repr=False)
    zip_code: Text | None = attrs.field(default=None, repr=False)
    city: str | None = attrs.field(default=None, repr=False)
    state: str | None = attrs.field(default=None, repr=False)
    country_iso_code: str | None = None


@attrs.frozen(kw_only=True)
class Organization:
    """The organisation that buys, on business platforms."""

    organization_id: Text | None = None
    name: str | None = attrs.field(default=None, repr=False)
    identification_number: Text | None = attrs.field(default=None, repr=False)
    tax_identification_number: Text | None = attrs.field(default=None, repr=False)
    address: PlainAddress | None = None


@attrs.frozen(kw_only=True)
class Contact:
    """A person to talk to about accounting or delivery."""

    customer_id: Text | None = None
    civility: str | None = attrs.field(default=None, repr=False)
    firstname: str | None = attrs.field(default=None, repr=False)
    lastname: str | None = attrs.field(default=None, repr=False)
    locale: str | None = None


@attrs.frozen(kw_only=True)
class Customer:
    """The buyer. Both addresses are null or empty while the operator hides them."""

    customer_id: Text | None = None
    civility: str | None = attrs.field(default=None, repr=False)
    firstname: str | None = attrs.field(default=None, repr=False)
    lastname: str | None = attrs.field(default=None, repr=False)
    locale: str | None = None
    billing_address: OrderAddress | None = None
    shipping_address: OrderAddress | None = None
    organization: Organization | None = None
    accounting_contact: Contact | None = None
    delivery_contact: Contact | None = None
