"""From the courier's name in an ERP to the carrier code of a channel, with the rule that decided."""

import attrs

__all__ = ["Carrier", "CarrierChoice"]


@attrs.frozen(kw_only=True)
class Carrier:
    """A carrier as a channel lists it. *tracking_url* may hold ``{trackingId}``."""

    code: str
    label: str
    standard_code: str = ""
    tracking_url: str = ""


@attrs.frozen(kw_only=True)
class CarrierChoice:
    """The carrier to name to a channel: a registered *code*, or an unregistered *name* with its *url*.

    *rule* is the number of the ladder's step that hit, *why* says it in words.
    """

    code: str = ""
    name: str = ""
    url: str = ""
    rule: int
    why: str
