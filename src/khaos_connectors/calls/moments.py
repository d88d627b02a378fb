"""Moments that come from a caller: only one with a time zone is one, and the wrong one is named before it is sent."""

from datetime import date, datetime

from khaos_connectors.errors import FieldError, Invalid

__all__ = ["moment"]


def moment(value: date, *, system: str, operation: str, name: str) -> datetime:
    """*value*, given as the parameter *name* of *operation*, where it is a moment: a datetime with a time zone.

    Raises ``Invalid`` (with status None, for nothing was sent) for a naive one, a date without a time, and a text.
    """
    if isinstance(value, datetime):
        if value.utcoffset() is not None:
            return value
        problem = f"needs a time zone: {value.isoformat()} can be several moments; give tzinfo=UTC, say"
    else:
        problem = f"must be a datetime with a time zone, not the {type(value).__name__} {str(value)!r}"
    raise Invalid(system=system, operation=operation, message="not sent", fields=(FieldError(name, problem),))
