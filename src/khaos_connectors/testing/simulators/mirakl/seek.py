"""Seek paging of the simulated marketplace: a token has its filters and its place frozen in it."""

import base64
import json
from collections.abc import Callable, Sequence
from typing import TypeVar

import attrs

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, answer

__all__ = ["frozen", "seek"]

T = TypeVar("T")

_KEPT_OUT = frozenset({"page_token", "shop_id"})


def frozen(asked: Asked) -> tuple[Asked, str]:
    """The request as it was first made, and the key after which this page begins: a token overrules all beside it."""
    token = asked.one("page_token")
    if token is None:
        return asked, ""
    try:
        after, query = json.loads(base64.urlsafe_b64decode(token))
        pairs = tuple((str(name), str(value)) for name, value in query)
    except (ValueError, TypeError) as broken:
        raise Refusal(400, "Invalid value for the parameter : page_token") from broken
    return attrs.evolve(asked, request=attrs.evolve(asked.request, query=pairs)), str(after)


def seek(
    asked: Asked,
    after: str,
    rows: Sequence[T],
    *,
    key: Callable[[T], str],
    show: Callable[[T], Json],
    default: int = 10,
) -> Response:
    """A page of *rows*, which are in their order: those behind the one whose *key* is *after*."""
    size = asked.number("limit", default, least=1, most=100)
    start = next((at + 1 for at, row in enumerate(rows) if key(row) == after), len(rows)) if after else 0
    page = rows[start : start + size]
    previous = _token(asked, key(rows[start - size - 1]) if start > size else "") if start else None
    return answer(
        {
            "data": [show(row) for row in page],
            "next_page_token": _token(asked, key(page[-1])) if start + size < len(rows) else None,
            "previous_page_token": previous,
        }
    )


def _token(asked: Asked, after: str) -> str:
    kept = [[name, value] for name, value in asked.request.query if name not in _KEPT_OUT]
    return base64.urlsafe_b64encode(json.dumps([after, kept]).encode()).decode()
