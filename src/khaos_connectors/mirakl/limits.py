"""What this library does about how often Mirakl lets an operation be called; ``operations`` holds the numbers."""

from collections.abc import Mapping

from khaos_connectors.calls.pace import Limit
from khaos_connectors.mirakl.operations import OPERATIONS, Keeping, Usage

__all__ = [
    "COURTESY",
    "EXTERNAL_PARTNER_POLL",
    "LONGEST_MARGIN",
    "POLL",
    "Keeping",
    "Usage",
    "polled_for",
    "waited_for",
]

_MINUTE = 60.0

COURTESY = Limit(calls=5, seconds=1.0)
"""The pace of operations for which Mirakl publishes no number: our own choice, gentle and still usable."""

LONGEST_MARGIN = 1.0
"""By how many seconds at most calls are spaced wider than Mirakl asks, because they do not travel at even speed."""

POLL = Limit(calls=1, seconds=_MINUTE)
"""How often orders may be asked for by date."""

EXTERNAL_PARTNER_POLL = Limit(calls=1, seconds=15 * _MINUTE)
"""The same for callers whom the operator classes as external partners."""


def waited_for(overrides: Mapping[str, Limit] | None = None) -> dict[str, Limit]:
    """The limits that calls are spaced by, per operation code; *overrides* win."""
    return {**_kept_by(Keeping.WAIT), **(overrides or {})}


def polled_for(overrides: Mapping[str, Limit] | None = None, *, external_partner: bool = False) -> dict[str, Limit]:
    """The limits that walks are spaced by, per operation code: their first pages count, the others do not.

    *overrides* win, except over the order polls of an *external_partner*.
    """
    polled = _kept_by(Keeping.POLL)
    wanted = {code: limit for code, limit in (overrides or {}).items() if code in polled}
    return {**polled, **wanted, **({"OR11": EXTERNAL_PARTNER_POLL} if external_partner else {})}


def _kept_by(keeping: Keeping) -> dict[str, Limit]:
    return {
        code: known.usage.limit
        for code, known in OPERATIONS.items()
        if known.usage.keeping is keeping and known.usage.limit is not None
    }
