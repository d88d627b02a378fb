"""What users give to endpoints and desks, looked at before anything is sent.

A text in place of a list would be taken apart into its letters, and a wrong record would fail deep within: both are
``Invalid``, by the argument's name and with what to give. What was given is not told: it may be an address.
"""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import TypeVar

from khaos_connectors.calls.given import kind_of
from khaos_connectors.mirakl.answers import refused_locally
from khaos_connectors.mirakl.scope import Scope

__all__ = ["codes", "one_record", "one_text", "records", "texts"]

T = TypeVar("T")


def texts(scope: Scope, operation: str, name: str, values: Iterable[str]) -> tuple[str, ...]:
    """*values* where they are a list of texts, and not one text alone. Raises ``Invalid`` with *name*."""
    found = tuple(_listed(scope, operation, name, values, "texts"))
    for each in found:
        if not _is_text(each):
            raise refused_locally(scope, operation, name, f"give a list of texts, not of {kind_of(each)}")
    return found


def codes(scope: Scope, operation: str, name: str, values: Iterable[Enum], kind: type[Enum]) -> tuple[str, ...]:
    """The codes of *values* where they are a list of members of *kind*. Raises ``Invalid`` with *name*."""
    return tuple(str(each.value) for each in records(scope, operation, name, values, kind))


def records(scope: Scope, operation: str, name: str, values: Iterable[T], kind: type[T]) -> Sequence[T]:
    """*values* where they are a list of *kind*, and not one alone. Raises ``Invalid`` with *name*."""
    found = _listed(scope, operation, name, values, kind.__name__)
    if set(map(type, found)) <= {kind}:  # one comparison for all: there may be 100,000 stock levels
        return found
    for number, each in enumerate(found):
        one_record(scope, operation, f"{name}[{number}]", each, kind)
    return found


def one_record(scope: Scope, operation: str, name: str, value: object, kind: type) -> None:
    """Raises ``Invalid`` with *name* unless *value* is a *kind*; only its type is told, it may hold an address."""
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        raise refused_locally(scope, operation, name, f"give {article} {kind.__name__}, not {kind_of(value)}")


def one_text(scope: Scope, operation: str, name: str, value: object) -> None:
    """Raises ``Invalid`` with *name* unless *value* is a text."""
    if not isinstance(value, str):
        raise refused_locally(scope, operation, name, f"give a text, not {kind_of(value)}")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _listed(scope: Scope, operation: str, name: str, values: Iterable[T], what: str) -> Sequence[T]:
    if isinstance(values, str):
        raise refused_locally(scope, operation, name, f"give a list of {what}, not one text alone")
    if isinstance(values, bytes):
        raise refused_locally(scope, operation, name, f"give a list of {what}, not bytes")
    if isinstance(values, list | tuple):
        return values  # not copied: there may be 100,000 stock levels
    try:
        return tuple(values)
    except TypeError:
        problem = f"give a list of {what}, not one {kind_of(values)} alone"
        raise refused_locally(scope, operation, name, problem) from None
