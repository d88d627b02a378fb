"""Postal addresses as an ERP wants them: trimmed, with a country code, and nothing missing that a parcel needs."""

import attrs

from khaos_connectors.core.address_rules import POSTCODE_COUNTRIES
from khaos_connectors.core.countries import COUNTRIES, country_code
from khaos_connectors.core.orders import Address

__all__ = ["COUNTRIES", "country_code", "missing_parts", "tidy"]


def tidy(address: Address) -> Address:
    """*address* without spaces at the ends and doubled spaces; the postcode in capitals."""
    fields = {field.name: " ".join(str(getattr(address, field.name)).split()) for field in attrs.fields(Address)}
    return Address(**{**fields, "postcode": fields["postcode"].upper()})


def missing_parts(address: Address) -> tuple[str, ...]:
    """What a parcel to *address* (tidied, country as a code) still needs, in words; empty: it can be sent.

    Street, town, a name (surname or organisation), and in the United Kingdom and the islands a postcode.
    """
    checks = (
        ("name", address.surname or address.organisation),
        ("street", address.line1),
        ("town", address.town),
        ("postcode", address.postcode or address.country not in POSTCODE_COUNTRIES),
    )
    return tuple(part for part, present in checks if not present)
