"""A bad line to a simulated system: refusals, silence, gateways and garbage, seeded so that a run can be repeated.

What happens *before* the system acts (``REFUSE``, ``BUSY``, ``UNAVAILABLE``) leaves it untouched. What happens *after*
(``DROP``, ``BREAK``, ``GARBLE``) hides an answer whose effect stands: that is the half that loses or doubles orders.
"""

import hashlib
import random
import threading
from collections import Counter
from collections.abc import Callable
from enum import Enum
from typing import Literal

import attrs

from khaos_connectors.calls.messages import Lost, Request, Response
from khaos_connectors.testing.simulators.protocol import NamesOperations, Simulator, guard_of

__all__ = ["PROFILES", "Fault", "FaultKind", "Faults", "Faulty", "Injected", "Rates", "operation_of"]

Profile = Literal["none", "some", "heavy"]


class FaultKind(Enum):
    """What goes wrong with one request."""

    REFUSE = "refused before it left"
    BUSY = "429 before acting"
    UNAVAILABLE = "503 before acting"
    DROP = "no answer after acting"
    BREAK = "5xx after acting"
    GARBLE = "unreadable answer after acting"

    @property
    def acts(self) -> bool:
        """Whether the system has acted on the request all the same."""
        return self in (FaultKind.DROP, FaultKind.BREAK, FaultKind.GARBLE)


@attrs.frozen(kw_only=True)
class Fault:
    """One mishap. *retry_after* (seconds) belongs to ``BUSY``; *status* to ``BREAK`` and ``UNAVAILABLE``.

    *shape* says how ``GARBLE`` spoils a body: cut in the middle, replaced by a gateway's page, or emptied.
    """

    kind: FaultKind
    retry_after: int = 1
    status: int = 503
    shape: Literal["cut", "page", "empty"] = "cut"


@attrs.frozen(kw_only=True)
class Rates:
    """How often each mishap strikes, each a share of all requests from 0 to 1; together at most 1.

    *delay* is in seconds and goes to the sleep that ``Faulty`` was given, before every request.
    """

    refused: float = 0.0
    busy: float = 0.0
    unavailable: float = 0.0
    dropped: float = 0.0
    broken: float = 0.0
    garbled: float = 0.0
    delay: float = 0.0

    def __attrs_post_init__(self) -> None:
        shares = [share for _, share in self.shares()]
        if min(shares) < 0 or sum(shares) > 1 or self.delay < 0:
            raise ValueError("rates are shares from 0 to 1, together at most 1, and a delay is not negative")

    def shares(self) -> tuple[tuple[FaultKind, float], ...]:
        """Each kind with its share, in a fixed order."""
        return (
            (FaultKind.REFUSE, self.refused),
            (FaultKind.BUSY, self.busy),
            (FaultKind.UNAVAILABLE, self.unavailable),
            (FaultKind.DROP, self.dropped),
            (FaultKind.BREAK, self.broken),
            (FaultKind.GARBLE, self.garbled),
        )


PROFILES: dict[Profile, Rates] = {
    "none": Rates(),
    "some": Rates(refused=0.01, busy=0.01, unavailable=0.01, dropped=0.01, broken=0.005, garbled=0.005),
    "heavy": Rates(refused=0.04, busy=0.05, unavailable=0.03, dropped=0.03, broken=0.02, garbled=0.015),
}
"""The mishaps per profile name; "heavy" spoils about every fifth request."""


@attrs.frozen(kw_only=True)
class Injected:
    """One mishap that did happen: the *request_number* (from 1) that it struck, and whether it was *scripted*."""

    request_number: int
    operation: str
    method: str
    path: str
    fault: Fault
    scripted: bool


def operation_of(request: Request) -> str:
    """What *request* asks for when its simulator has no name for it: the SOAP action, else method and path."""
    action = request.headers.get("soapaction", "").strip().strip('"')
    if action:
        return action.replace("#", "/").rstrip("/").rpartition("/")[2]
    return f"{request.method} {request.path}"


@attrs.define
class _Script:
    where: str
    faults: list[Fault]

    def meets(self, operation: str, request: Request) -> bool:
        return (
            operation == self.where
            or f"{request.method} {request.path}".startswith(self.where)
            or (self.where.startswith("/") and request.path.startswith(self.where))
        )


class Faults:
    """Decides request by request what goes wrong, from a *seed* and a profile name or ``Rates``.

    No operation, and no single request, fails more than *in_a_row* times without a success in between, so that a
    client which repeats often enough wins. Scripted faults come first and know no such limit. Safe for threads.
    """

    def __init__(self, seed: int = 0, profile: Profile | Rates = "none", *, in_a_row: int = 3) -> None:
        self.rates = profile if isinstance(profile, Rates) else PROFILES[profile]
        self._chance = random.Random(seed)
        self._in_a_row = in_a_row
        self._rows: Counter[str] = Counter()
        self._scripts: list[_Script] = []
        self._injected: list[Injected] = []
        self._seen = 0
        self._lock = threading.RLock()

    @property
    def injected(self) -> tuple[Injected, ...]:
        """Every mishap so far, oldest first."""
        with self._lock:
            return tuple(self._injected)

    @property
    def requests(self) -> int:
        """How many requests were judged."""
        return self._seen

    def next(self, where: str, *faults: Fault) -> None:
        """Let the next requests to *where* suffer *faults*, one each.

        *where* is an operation ("OR24"), the start of a path ("/api/orders") or of a method and path ("PUT /api").
        """
        with self._lock:
            self._scripts.append(_Script(where, list(faults)))

    def decide(self, operation: str, request: Request) -> Fault | None:
        """What befalls *request*; None lets it pass. Records what it decides."""
        with self._lock:
            self._seen += 1
            scripted = self._scripted(operation, request)
            fault = scripted or self._drawn(operation, request)
            if fault is not None:
                self._injected.append(
                    Injected(
                        request_number=self._seen,
                        operation=operation,
                        method=request.method,
                        path=request.path,
                        fault=fault,
                        scripted=scripted is not None,
                    )
                )
            return fault

    def _scripted(self, operation: str, request: Request) -> Fault | None:
        for script in self._scripts:
            if script.meets(operation, request):
                fault = script.faults.pop(0)
                if not script.faults:
                    self._scripts.remove(script)
                return fault
        return None

    def _drawn(self, operation: str, request: Request) -> Fault | None:
        # The same three draws whatever comes of them: one request more or less of luck must not shift all that follow.
        draw, pick, wait = self._chance.random(), self._chance.random(), self._chance.randint(1, 3)
        row, same = f"row {operation}", f"same {_fingerprint(request)}"
        kind = _kind(self.rates, draw)
        if kind is None or self._rows[row] >= self._in_a_row or self._rows[same] >= self._in_a_row:
            self._rows.pop(row, None)
            self._rows.pop(same, None)
            return None
        self._rows[row] += 1
        self._rows[same] += 1
        status = 503 if kind is FaultKind.UNAVAILABLE else (500, 502, 504)[int(pick * 3)]
        shapes: tuple[Literal["cut", "page", "empty"], ...] = ("cut", "page", "empty")
        return Fault(kind=kind, retry_after=wait, status=status, shape=shapes[int(pick * 3)])


class Faulty:
    """*simulator* behind a line that *faults* spoils; *sleep* gets the profile's delay, outside every lock."""

    def __init__(self, simulator: Simulator, faults: Faults, *, sleep: Callable[[float], None] | None = None) -> None:
        self.simulator = simulator
        self.faults = faults
        self._sleep = sleep
        self._guard = guard_of(simulator)

    def operation(self, request: Request) -> str:
        """The vendor's name of what *request* asks for."""
        return (
            self.simulator.operation(request) if isinstance(self.simulator, NamesOperations) else operation_of(request)
        )

    def handle(self, request: Request) -> Response | Lost:
        """The simulator's answer, or what the line made of it."""
        fault = self.faults.decide(self.operation(request), request)
        if self._sleep is not None and self.faults.rates.delay > 0:
            self._sleep(self.faults.rates.delay)
        if fault is not None and not fault.kind.acts:
            return _before(fault)
        with self._guard:
            answer = self.simulator.handle(request)
        return answer if fault is None else _after(fault, answer)


def _before(fault: Fault) -> Response | Lost:
    if fault.kind is FaultKind.REFUSE:
        return Lost(sent=False, reason="connection refused")
    if fault.kind is FaultKind.BUSY:
        body = b'{"status":429,"message":"Too many requests were sent in the last hour"}'
        headers = {"content-type": "application/json", "retry-after": str(fault.retry_after)}
        return Response(status=429, headers=headers, body=body)
    return _page(fault.status)


def _after(fault: Fault, answer: Response) -> Response | Lost:
    if fault.kind is FaultKind.DROP:
        return Lost(sent=True, reason="the line broke before the answer came")
    if fault.kind is FaultKind.BREAK:
        return _page(fault.status)
    if fault.shape == "cut" and len(answer.body) > 1:
        return attrs.evolve(answer, body=answer.body[: len(answer.body) // 2])
    if fault.shape == "empty" and answer.body:
        return attrs.evolve(answer, status=200, body=b"")
    return attrs.evolve(_page(200), status=200)


def _page(status: int) -> Response:
    # A gateway in front speaks HTML whatever the system behind it speaks.
    body = f"<html><head><title>{status}</title></head><body><h1>Gateway</h1></body></html>".encode()
    return Response(status=status, headers={"content-type": "text/html"}, body=body)


def _kind(rates: Rates, draw: float) -> FaultKind | None:
    reached = 0.0
    for kind, share in rates.shares():
        reached += share
        if draw < reached:
            return kind
    return None


def _fingerprint(request: Request) -> str:
    text = repr((request.method, request.path, request.query)).encode() + request.body
    return hashlib.sha256(text).hexdigest()
