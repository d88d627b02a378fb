"""How an open question about an instance is settled: by the user, else by the instance, else by a default."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Generic, TypeVar

import attrs

from khaos_connectors.mirakl.models.platform import CustomField, Platform, Reason
from khaos_connectors.mirakl.models.shipping import Carrier, ShippingType
from khaos_connectors.mirakl.models.shops import Account

__all__ = ["Chosen", "InstanceFacts", "Source", "choose"]

T = TypeVar("T")


class Source(Enum):
    """Where an answer came from, the strongest first."""

    CONFIGURATION = "configuration"
    INSTANCE = "instance"
    DEFAULT = "default"


@attrs.frozen
class Chosen(Generic[T]):
    """An answer and where it came from."""

    value: T
    source: Source


def choose(explicit: T | None, told: T | None, default: T) -> Chosen[T]:
    """The strongest of three answers; None stands for "no answer"."""
    if explicit is not None:
        return Chosen(explicit, Source.CONFIGURATION)
    if told is not None:
        return Chosen(told, Source.INSTANCE)
    return Chosen(default, Source.DEFAULT)


@attrs.frozen(kw_only=True)
class InstanceFacts:
    """What an instance says of itself; None: it did not say (not asked, not permitted, not there).

    *several_shipments* is what a 404 on the shipment operations taught; it outweighs the platform's own flag. *cycles*
    are the dates of the last billing cycles, *documents_owed* whether the seller has any to upload. *untold* says by
    operation code why something is not known.
    """

    account: Account | None = None
    platform: Platform | None = None
    shipping_types: tuple[ShippingType, ...] | None = None
    carriers: tuple[Carrier, ...] | None = None
    several_shipments: bool | None = None
    reasons: tuple[Reason, ...] | None = None
    custom_fields: tuple[CustomField, ...] | None = None
    currencies: tuple[str, ...] | None = None
    locales: tuple[str, ...] | None = None
    cycles: tuple[datetime, ...] | None = None
    documents_owed: bool | None = None
    untold: Mapping[str, str] = attrs.field(factory=dict[str, str])
