"""How often Mirakl lets an operation be called, as its document states it, and what this library does about it."""

from collections.abc import Mapping
from enum import Enum

import attrs

from khaos_connectors.calls.pace import Limit

__all__ = ["COURTESY", "DOCUMENTED", "EXTERNAL_PARTNER_POLL", "POLL", "Keeping", "Usage", "waited_for"]

_MINUTE = 60.0
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


class Keeping(Enum):
    """How a limit is kept. WAIT: calls are spaced. POLL: first pages of a walk are spaced, the rest is not counted.

    CACHE: the answer is kept for its time by the port, because nobody can wait a day. EVENT: bound to something that
    happened, so there is no number; the courtesy pace holds.
    """

    WAIT = "wait"
    POLL = "poll"
    CACHE = "cache"
    EVENT = "event"


@attrs.frozen(kw_only=True)
class Usage:
    """The highest documented use of one operation and how it is kept."""

    limit: Limit | None
    keeping: Keeping


COURTESY = Limit(calls=5, seconds=1.0)
"""The pace of operations for which Mirakl publishes no number: our own choice, gentle and still usable."""

POLL = Limit(calls=1, seconds=_MINUTE)
"""How often orders may be asked for by date."""

EXTERNAL_PARTNER_POLL = Limit(calls=1, seconds=15 * _MINUTE)
"""The same for callers whom the operator classes as external partners."""

DOCUMENTED: Mapping[str, Usage] = {
    "A01": Usage(limit=Limit(calls=1, seconds=_DAY), keeping=Keeping.CACHE),
    "OF21": Usage(limit=None, keeping=Keeping.EVENT),
    "OR04": Usage(limit=Limit(calls=1, seconds=_MINUTE), keeping=Keeping.WAIT),
    "OR11": Usage(limit=POLL, keeping=Keeping.POLL),
    "OR21": Usage(limit=None, keeping=Keeping.EVENT),
    "OR23": Usage(limit=None, keeping=Keeping.EVENT),
    "OR24": Usage(limit=None, keeping=Keeping.EVENT),
    "PC01": Usage(limit=None, keeping=Keeping.CACHE),
    "SH12": Usage(limit=Limit(calls=1, seconds=_DAY), keeping=Keeping.CACHE),
    "SH21": Usage(limit=Limit(calls=1, seconds=_DAY), keeping=Keeping.CACHE),
    "ST01": Usage(limit=None, keeping=Keeping.EVENT),
    "ST11": Usage(limit=None, keeping=Keeping.EVENT),
    "STO01": Usage(limit=Limit(calls=1, seconds=_MINUTE), keeping=Keeping.WAIT),
    "STO02": Usage(limit=Limit(calls=1, seconds=15.0), keeping=Keeping.WAIT),
    "STO03": Usage(limit=Limit(calls=1, seconds=_MINUTE), keeping=Keeping.WAIT),
    "V01": Usage(limit=None, keeping=Keeping.EVENT),
}
"""Mirakl's "maximum usage" of every operation that this library calls."""


def waited_for(overrides: Mapping[str, Limit] | None = None) -> dict[str, Limit]:
    """The limits that calls are spaced by, per operation code; *overrides* win."""
    spaced = {
        code: usage.limit
        for code, usage in DOCUMENTED.items()
        if usage.keeping is Keeping.WAIT and usage.limit is not None
    }
    return {**spaced, **(overrides or {})}
