"""What an ERP can hold of an address, and what a UK postcode must look like, as data; nothing is cut or corrected."""

from collections.abc import Mapping
from typing import Literal

import attrs

from khaos_connectors.core.fields import typed
from khaos_connectors.core.orders import Address
from khaos_connectors.core.postcodes import PostcodeMiss, read_postcode

__all__ = ["POSTCODE_COUNTRIES", "AddressProblem", "AddressRules", "address_doubts", "address_problems"]

POSTCODE_COUNTRIES = frozenset({"GB", "GG", "IM", "JE"})
"""Countries whose postcodes are of the Royal Mail's making, by two-letter code."""

_FIELDS = frozenset(field.name for field in attrs.fields(Address))


def _limits(_: object, field: "attrs.Attribute[Mapping[str, int]]", limits: Mapping[str, int]) -> None:
    for name, longest in limits.items():
        if name not in _FIELDS:
            raise ValueError(f"{field.name} names {name!r}: a field of Address is one of {', '.join(sorted(_FIELDS))}")
        if longest < 1:
            raise ValueError(f"{field.name} of {name} must be a whole number from 1, not {longest!r}")


@attrs.frozen(kw_only=True, field_transformer=typed)
class AddressRules:
    """*limits* are the longest texts that the ERP takes, in characters, by field of ``Address``; others have none.

    *postcodes*: whether postcodes of the United Kingdom and the islands must have the shape of one. One that has it
    and is still unlikely (no such area) is noted, or refused where *doubtful* is ``"refuse"``.
    """

    limits: Mapping[str, int] = attrs.field(factory=dict[str, int], validator=_limits)
    postcodes: bool = True
    doubtful: Literal["note", "refuse"] = "note"


@attrs.frozen(kw_only=True)
class AddressProblem:
    """What is wrong with one *field*, by the *rule* it breaks; neither tells what stands in it (personal data)."""

    field: str
    rule: str

    def __str__(self) -> str:
        return f"{self.field}: {self.rule}"


def address_problems(address: Address, rules: AddressRules) -> tuple[AddressProblem, ...]:
    """What *rules* have against *address* (tidied, country as a code), in the order of its fields; empty: nothing."""
    found = [
        AddressProblem(field=name, rule=f"{len(text)} characters, the ERP takes {rules.limits[name]}")
        for name, text in _texts(address)
        if name in rules.limits and len(text) > rules.limits[name]
    ]
    if rules.postcodes and address.postcode and address.country in POSTCODE_COUNTRIES:
        read = read_postcode(address.postcode)
        if isinstance(read, PostcodeMiss):
            found.append(AddressProblem(field="postcode", rule=f"no UK postcode: {read.why}"))
        elif rules.doubtful == "refuse":
            found += [AddressProblem(field="postcode", rule=doubt) for doubt in read.doubts]
    return tuple(found)


def address_doubts(address: Address, rules: AddressRules) -> tuple[str, ...]:
    """What is unlikely about the postcode of *address*, for a person to look at; empty: nothing."""
    if not (rules.postcodes and address.postcode and address.country in POSTCODE_COUNTRIES):
        return ()
    read = read_postcode(address.postcode)
    return () if isinstance(read, PostcodeMiss) else read.doubts


def _texts(address: Address) -> list[tuple[str, str]]:
    return [(field.name, str(getattr(address, field.name))) for field in attrs.fields(Address)]
