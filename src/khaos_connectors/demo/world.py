"""Talking to a served day: three calls, made like any other."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

import attrs

from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.decode import parse_json, read, to_json
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.messages import Call, Request, Response
from khaos_connectors.core.exception_report import ExceptionItem
from khaos_connectors.testing.day.audit import OpenItem
from khaos_connectors.testing.day.server import Scene

__all__ = ["WORLD", "PaidBack", "Verdict", "World"]

WORLD = "world"
T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Verdict:
    """What the auditor says: the *line* to print, and everything that was found, by name."""

    line: str
    passed: bool
    orders: int
    held: int
    exceptions: int
    unsettled: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    oversold: tuple[str, ...]
    unconfirmed: tuple[str, ...]
    credited: int | None = None

    @property
    def findings(self) -> Mapping[str, tuple[str, ...]]:
        """What speaks against a pass, by kind; empty after a clean day."""
        found = {
            "lost": self.lost,
            "doubled": self.doubled,
            "oversold": self.oversold,
            "unconfirmed": self.unconfirmed,
        }
        return {kind: what for kind, what in found.items() if what}


@attrs.frozen(kw_only=True)
class PaidBack:
    """A refund on one order line, as the marketplace tells it; *quantity* is in the offer's own units."""

    refund_id: str
    order_id: str
    line_id: str
    sku: str
    amount: Decimal
    shipping: Decimal
    quantity: int


@attrs.frozen
class _Refunds:
    refunds: tuple[PaidBack, ...]


class World:
    """The world's own port, as flows."""

    def __init__(self) -> None:
        self._caller = Caller(WORLD)

    def scene(self) -> Flow[Scene]:
        """How things stand now."""
        return self._caller.perform(_call("GET", "/scene", Scene))

    def advance(self, to: int) -> Flow[Scene]:
        """Let the day reach tick *to*; asking twice is harmless."""
        return self._caller.perform(_call("POST", "/advance", Scene, {"to": to}))

    def meet(self, url: str) -> Flow[Scene]:
        """Tell the ERP's people the Configuration URL of our door; the ERP calls before this is answered."""
        return self._caller.perform(_call("POST", "/door", Scene, {"url": url}))

    def refunds(self) -> Flow[tuple[PaidBack, ...]]:
        """Every refund of the day so far, the oldest first."""
        found = yield from self._caller.perform(_call("GET", "/refunds", _Refunds))
        return found.refunds

    def audit(self, items: Sequence[ExceptionItem]) -> Flow[Verdict]:
        """The auditor's verdict, given the exception items that are open."""
        told = [attrs.asdict(_open(item)) for item in items]
        return self._caller.perform(_call("POST", "/audit", Verdict, {"items": told}))


def _open(item: ExceptionItem) -> OpenItem:
    evidence = item.evidence
    return OpenItem(
        kind=item.type.value,
        entity=item.entity,
        order=evidence.get("order", ""),
        despatch=evidence.get("despatch", ""),
    )


def _call(method: str, path: str, kind: type[T], body: Mapping[str, object] | None = None) -> Call[T]:
    def decode(response: Response) -> T:
        return read(kind, parse_json(response, system=WORLD, operation=path), system=WORLD, operation=path)

    text = to_json(body).encode() if body is not None else b""
    request = Request(method=method, path=path, body=text, timeout=120.0)
    return Call(operation=path, request=request, decode=decode, repeat="same-effect")
