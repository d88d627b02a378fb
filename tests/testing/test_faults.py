"""The bad line: seeded, bounded, honest about what reached the system, and written down."""

from collections import Counter

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.calls.messages import Lost, Request, Response
from khaos_connectors.testing.simulators import Fault, FaultKind, Faults, Faulty, Rates
from khaos_connectors.testing.simulators.faults import PROFILES, operation_of


@attrs.define
class Echo:
    """Counts what reached it and answers with a long enough body."""

    status: int = 200
    body: bytes = b'{"answer":[1,2,3]}'
    reached: list[Request] = attrs.field(factory=list)

    def handle(self, request: Request) -> Response:
        self.reached.append(request)
        return Response(status=self.status, headers={"content-type": "application/json"}, body=self.body)


def get(path: str = "/api/orders", number: int = 0) -> Request:
    return Request(method="GET", path=path, query=(("n", str(number)),))


def test_no_profile_no_fault() -> None:
    """The profile "none" lets everything pass and records nothing."""
    echo, faults = Echo(), Faults(1, "none")
    line = Faulty(echo, faults)
    assert all(
        line.handle(get()) == Response(status=200, headers={"content-type": "application/json"}, body=echo.body)
        for _ in range(200)
    )
    assert (faults.injected, faults.requests, len(echo.reached)) == ((), 200, 200)


def test_same_seed_same_mishaps() -> None:
    """A run can be repeated, and another seed is another run."""
    runs = []
    for seed in (7, 7, 8):
        line = Faulty(Echo(), Faults(seed, "heavy"))
        runs.append([line.handle(get(number=n)) for n in range(300)])
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_heavy_strikes_about_as_often_as_it_says() -> None:
    """Each kind comes near its share over many requests, and the record counts them all."""
    faults = Faults(3, "heavy")
    line = Faulty(Echo(), faults)
    for n in range(8000):
        line.handle(get(f"/api/{n % 50}", n))
    counted = Counter(injected.fault.kind for injected in faults.injected)
    for kind, share in PROFILES["heavy"].shares():
        assert counted[kind] / 8000 == pytest.approx(share, rel=0.3)
    assert all(1 <= injected.fault.retry_after <= 3 for injected in faults.injected)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), in_a_row=st.integers(1, 4))
def test_a_bounded_retry_wins(seed: int, in_a_row: int) -> None:
    """However bad the rates, the request after *in_a_row* failures succeeds, also when others come in between."""
    faults = Faults(seed, Rates(refused=0.3, busy=0.3, dropped=0.4), in_a_row=in_a_row)
    line = Faulty(Echo(), faults)
    fails = Counter[int]()
    for step in range(120):
        number = step % 3
        answer = line.handle(get(number=number))
        good = isinstance(answer, Response) and answer.status == 200
        fails[number] = 0 if good else fails[number] + 1
        assert fails[number] <= in_a_row


@pytest.mark.parametrize("kind", list(FaultKind))
def test_what_acts_reaches_the_system(kind: FaultKind) -> None:
    """Faults before acting leave the system untouched; those after it hide an answer whose effect stands."""
    echo, faults = Echo(), Faults()
    faults.next("GET /api/orders", Fault(kind=kind))
    Faulty(echo, faults).handle(get())
    assert len(echo.reached) == (1 if kind.acts else 0)


def test_scripted_faults_come_once_each_and_in_order() -> None:
    """A script meets an operation, a path or a method with a path; then the line is good again."""
    echo, faults = Echo(), Faults()
    line = Faulty(echo, faults)
    faults.next("/api/orders", Fault(kind=FaultKind.BUSY, retry_after=2), Fault(kind=FaultKind.DROP))
    assert line.handle(get("/api/offers")).status == 200
    busy = line.handle(get())
    assert isinstance(busy, Response)
    assert (busy.status, busy.headers["retry-after"]) == (429, "2")
    assert line.handle(get()) == Lost(sent=True, reason="the line broke before the answer came")
    assert line.handle(get()).status == 200
    faults.next("PUT /api", Fault(kind=FaultKind.REFUSE))
    assert line.handle(get()).status == 200
    refused = line.handle(Request(method="PUT", path="/api/orders"))
    assert isinstance(refused, Lost)
    assert refused.sent is False
    assert [(i.fault.kind, i.scripted, i.request_number) for i in faults.injected] == [
        (FaultKind.BUSY, True, 2),
        (FaultKind.DROP, True, 3),
        (FaultKind.REFUSE, True, 6),
    ]


def test_operations_of_soap_requests() -> None:
    """Where a simulator does not name operations, the SOAP action does, and a script meets that name."""
    for action in ('"urn:Khaos-IKosWeb#ImportOrders"', "http://example.com/IKosWeb/ImportOrders", "ImportOrders"):
        request = Request(method="POST", path="/soap", headers={"SOAPAction": action})
        assert operation_of(request) == "ImportOrders"
    assert operation_of(Request(method="POST", path="/soap", headers={"soapaction": '""'})) == "POST /soap"
    echo, faults = Echo(), Faults()
    faults.next("ImportOrders", Fault(kind=FaultKind.BREAK, status=502))
    soap = Request(method="POST", path="/soap", headers={"soapaction": "urn:x#ImportOrders"})
    assert Faulty(echo, faults).handle(soap).status == 502
    assert echo.reached == [soap]


def test_a_simulator_that_names_operations_is_asked() -> None:
    """Scripts and rows go by the vendor's own name."""

    class Named(Echo):
        def operation(self, request: Request) -> str:
            return "OR11"

    faults = Faults()
    faults.next("OR11", Fault(kind=FaultKind.UNAVAILABLE))
    line = Faulty(Named(), faults)
    answer = line.handle(get())
    assert isinstance(answer, Response)
    assert (answer.status, answer.headers["content-type"]) == (503, "text/html")
    assert faults.injected[0].operation == "OR11"


def test_garbled_answers_cannot_be_read() -> None:
    """Cut in the middle, a gateway's page with status 200, or nothing at all; an empty answer becomes a page."""
    for shape, body, expected in (
        ("cut", b'{"answer":1}', b'{"answ'),
        ("empty", b'{"answer":1}', b""),
        ("page", b'{"answer":1}', b"<html>"),
        ("cut", b"", b"<html>"),
        ("empty", b"", b"<html>"),
    ):
        faults = Faults()
        faults.next("/", Fault(kind=FaultKind.GARBLE, shape=shape))
        answer = Faulty(Echo(status=200 if body else 204, body=body), faults).handle(get())
        assert isinstance(answer, Response)
        assert answer.status == 200
        assert answer.body == expected or (expected and answer.body.startswith(expected) and expected == b"<html>")


def test_delay_goes_to_the_sleep_that_was_given() -> None:
    """The profile's delay is handed on for every request; nothing sleeps by itself."""
    slept: list[float] = []
    line = Faulty(Echo(), Faults(0, Rates(delay=0.25)), sleep=slept.append)
    line.handle(get())
    line.handle(get())
    assert slept == [0.25, 0.25]


def test_rates_that_cannot_be() -> None:
    """Shares below nought or above one in all are refused."""
    for wrong in ({"busy": -0.1}, {"busy": 0.6, "refused": 0.5}, {"delay": -1.0}):
        with pytest.raises(ValueError, match="shares from 0 to 1"):
            Rates(**wrong)
