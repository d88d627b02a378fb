"""Errors survive queues, tell what is needed, and stand in the tree that their module draws."""

import copy
import pickle
from typing import Any

import attrs
import pytest

from khaos_connectors import errors

WHO: dict[str, Any] = {"system": "shop", "operation": "OR11", "request_id": "r-1"}
ALL: list[tuple[errors.ConnectorError, str]] = [
    (errors.ConnectorError("plain"), "plain"),
    (errors.ConfigError(field="base_url", problem="must be absolute"), "base_url: must be absolute"),
    (errors.CallError(**WHO), "shop.OR11: failed [request r-1]"),
    (errors.NotSent(**WHO, reason="could not connect"), "shop.OR11: not sent: could not connect [request r-1]"),
    (errors.Unanswered(**WHO, reason="no answer"), "shop.OR11: sent, outcome unknown: no answer [request r-1]"),
    (errors.Refused(**WHO, message="No"), "shop.OR11: refused: No [request r-1]"),
    (
        errors.Refused(**WHO, message="No", status=500, code="EStock", retryable=True, kinds=("EStock", "Exception")),
        "shop.OR11: refused (500 EStock): No [request r-1]",
    ),
    (errors.AuthFailed(**WHO, message="Who?", status=401), "shop.OR11: refused (401): Who? [request r-1]"),
    (
        errors.RateLimited(**WHO, message="Slow down", status=429, retry_after=2.5),
        "shop.OR11: refused (429): Slow down [request r-1]",
    ),
    (errors.NotFound(**WHO, message="Gone", status=404), "shop.OR11: refused (404): Gone [request r-1]"),
    (errors.Conflict(**WHO, message="Shipped", status=409), "shop.OR11: refused (409): Shipped [request r-1]"),
    (
        errors.Invalid(
            **WHO, message="Bad", fields=(errors.FieldError("sku", "unknown"), errors.FieldError("qty", "< 0"))
        ),
        "shop.OR11: refused: Bad (sku: unknown; qty: < 0) [request r-1]",
    ),
    (errors.Invalid(**WHO, message="Bad"), "shop.OR11: refused: Bad [request r-1]"),
    (
        errors.Undecodable(**WHO, path="$.a[0]", expected="a number"),
        "shop.OR11: cannot read $.a[0]: expected a number [request r-1]",
    ),
    (
        errors.Unsupported(**WHO, capability="journals", advice="import the file"),
        "shop.OR11: unsupported: journals (import the file) [request r-1]",
    ),
    (errors.Unsupported(system="s", operation="o", capability="journals"), "s.o: unsupported: journals"),
    (errors.CursorStuck(**WHO, cursor="page=2"), "shop.OR11: paging stands still at page=2 [request r-1]"),
]
CLASSES = [each for name in errors.__all__ if issubclass(each := getattr(errors, name), Exception)]


@pytest.mark.parametrize(("error", "text"), ALL, ids=lambda value: type(value).__name__)
def test_its_text_names_everything(error: errors.ConnectorError, text: str) -> None:
    """System, operation, the vendor's words and the request's id, in one line."""
    assert str(error) == text


@pytest.mark.parametrize("error", [error for error, _ in ALL], ids=lambda error: type(error).__name__)
def test_it_survives_queues_and_copies(error: errors.ConnectorError) -> None:
    """Pickled under every protocol, copied or deep-copied: the same class with the same fields and text."""
    twins = [pickle.loads(pickle.dumps(error, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    twins += [copy.copy(error), copy.deepcopy(error)]

    for twin in twins:
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        if attrs.has(type(error)):
            assert attrs.asdict(twin) == attrs.asdict(error)


def test_every_class_is_tried_here() -> None:
    """A class that is added is added to these tests."""
    assert {type(error) for error, _ in ALL} == set(CLASSES)


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    """Names and descent, line by line."""
    drawn: dict[str, str | None] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        bare = line.lstrip(" │├└─")
        name = bare.split(" ")[0]
        if name in errors.__all__:
            depth = (len(line) - len(bare)) // 4 - 1
            above = [*above[:depth], name]
            drawn[name] = above[-2] if depth else None

    real: dict[str, str | None] = {}
    for each in CLASSES:
        parent = next((base.__name__ for base in each.__mro__[1:] if base in CLASSES), None)
        real[each.__name__] = parent
    assert drawn == real


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_each_says_what_to_do(cls: type[Exception]) -> None:
    """A docstring of its own."""
    assert cls.__doc__
    assert all(cls.__doc__ != base.__doc__ for base in cls.__mro__[1:])


def test_what_can_come_again_is_known_from_the_class() -> None:
    """Only a limit that was met is retryable by itself."""
    assert errors.RateLimited(**WHO, message="m").retryable
    assert not errors.Refused(**WHO, message="m").retryable
