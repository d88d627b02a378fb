"""Addresses of the library as an address and a contact of a Channels document."""

from khaos_connectors.core import orders as core
from khaos_connectors.khaos_control.channels.values import Address, Contact, DataItem

__all__ = ["address", "contact"]


def address(of: core.Address) -> Address:
    """The address without its person; a country that is not an ISO code goes by its name."""
    country = of.country.strip()
    is_code = len(country) in {2, 3} and country.isascii() and country.isalpha()
    return Address(
        line1=of.line1.strip(),
        line2=of.line2.strip(),
        line3=of.line3.strip(),
        town=of.town.strip(),
        county=of.county.strip(),
        postcode=of.postcode.strip(),
        country=DataItem(code=country.upper()) if is_code else DataItem(name=country),
        telephone=of.phone.strip(),
        organisation=of.organisation.strip(),
    )


def contact(of: core.Address, *, missing_name: str) -> Contact:
    """The person of an address; *missing_name* is the surname where there is no name at all."""
    forename, surname = of.forename.strip(), of.surname.strip()
    return Contact(
        title=of.title.strip(),
        forename=forename,
        surname=surname or ("" if forename else missing_name),
        email=of.email.strip(),
    )
