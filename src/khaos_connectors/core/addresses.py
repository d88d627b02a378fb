"""Postal addresses as an ERP wants them: trimmed, with a country code, and nothing missing that a parcel needs."""

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from khaos_connectors.core.orders import Address

__all__ = ["COUNTRIES", "country_code", "missing_parts", "tidy"]

_NAMES = """
AT Austria AUT|BE Belgium BEL|BG Bulgaria BGR|CH Switzerland CHE|CY Cyprus CYP|CZ Czechia CZE|CZ Czech Republic CZE
DE Germany DEU|DK Denmark DNK|EE Estonia EST|ES Spain ESP|FI Finland FIN|FR France FRA|GB United Kingdom GBR
GB Great Britain GBR|GB England GBR|GB Scotland GBR|GB Wales GBR|GB Northern Ireland GBR|GB UK GBR|GB U.K. GBR
GG Guernsey GGY|GR Greece GRC|HR Croatia HRV|HU Hungary HUN|IE Ireland IRL|IE Republic of Ireland IRL|IE Eire IRL
IM Isle of Man IMN|IS Iceland ISL|IT Italy ITA|JE Jersey JEY|LI Liechtenstein LIE|LT Lithuania LTU|LU Luxembourg LUX
LV Latvia LVA|MT Malta MLT|NL Netherlands NLD|NL The Netherlands NLD|NO Norway NOR|PL Poland POL|PT Portugal PRT
RO Romania ROU|SE Sweden SWE|SI Slovenia SVN|SK Slovakia SVK|US United States USA|US United States of America USA
AU Australia AUS|CA Canada CAN|JP Japan JPN|NZ New Zealand NZL
"""


def _table() -> dict[str, str]:
    table: dict[str, str] = {}
    for entry in _NAMES.strip().replace("\n", "|").split("|"):
        code, rest = entry[:2], entry[3:]
        name, alpha3 = rest.rsplit(" ", 1)
        table.update({code.casefold(): code, name.casefold(): code, alpha3.casefold(): code})
    return table


COUNTRIES: Mapping[str, str] = MappingProxyType(_table())
"""Two-letter codes (ISO 3166-1) by two- and three-letter code and by English name, in lower case."""


def country_code(country: str, more: Mapping[str, str] = MappingProxyType({})) -> str | None:
    """The two-letter code of *country* (a code or an English name), None if it is not known.

    *more* holds further spellings, in any case, and goes first.
    """
    wanted = " ".join(country.split()).casefold()
    own = {name.casefold(): code for name, code in more.items()}
    return own.get(wanted) or COUNTRIES.get(wanted)


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
        ("postcode", address.postcode or address.country not in _POSTCODE_NEEDED),
    )
    return tuple(part for part, present in checks if not present)


_POSTCODE_NEEDED = frozenset({"GB", "GG", "JE", "IM"})
