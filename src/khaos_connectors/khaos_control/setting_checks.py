"""Settings of a kind that cannot work, told by name where they are given and not by whoever needs them first."""

from collections.abc import Mapping, Sequence
from typing import Any

from khaos_connectors.errors import ConfigError

__all__ = ["each_must_be", "must_be", "values_must_be"]

Kind = type | tuple[type, ...]


def must_be(field: str, value: object, kind: Kind, wanted: str) -> None:
    """Refuse a *value* that is none of *kind*; only its type is told, for it may hold a password."""
    if not isinstance(value, kind):
        raise ConfigError(field=field, problem=f"must be {wanted}, not {_named(value)}")


def values_must_be(
    field: str,
    value: Mapping[Any, object] | None,  # Any: keys of every kind
    kind: Kind,
    wanted: str,
) -> None:
    """Refuse what is no mapping, or has a value that is none of *kind*; *wanted* is one entry."""
    if not isinstance(value, Mapping):
        raise ConfigError(field=field, problem=f"must be a mapping, {{{wanted}}}, not {_named(value)}")
    for key, each in value.items():
        if not isinstance(each, kind):
            raise ConfigError(field=field, problem=f"{key!r}: must be as in {{{wanted}}}, not {_named(each)}")


def each_must_be(field: str, value: Sequence[object] | None, kind: Kind, wanted: str) -> None:
    """Refuse what is no tuple or list, or has something in it that is none of *kind*; *wanted* is one entry."""
    if not isinstance(value, tuple | list) or not all(isinstance(each, kind) for each in value):
        raise ConfigError(field=field, problem=f"must be a tuple of such entries: {wanted}")


def _named(value: object) -> str:
    return "None" if value is None else f"a value of type {type(value).__name__}"
