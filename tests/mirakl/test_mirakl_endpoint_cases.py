"""The daily endpoints under five kinds of weather: accepted, refused, busy, malformed, an answer that is lost.

``test_mirakl_every_endpoint`` does the same, but for the good answers, with all that there are.
"""

from collections.abc import Callable

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.effects import Send, Sleep
from khaos_connectors.calls.messages import Call, Lost, Response
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.models.shipments import NewShipment, NewShipmentLine, NewTracking
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.testing.play import play

SHIPMENT = NewShipment(
    order_id="O-1", shipment_lines=(NewShipmentLine(order_line_id="O-1-1", quantity=1),), shipped=True
)


@attrs.frozen
class Case:
    """One endpoint: how it is called, what it sends and what a good answer is."""

    operation: str
    make: Callable[[Scope], Call[object]]
    method: str
    path: str
    repeat: str
    good: Response
    reads_body: bool = True


def ok(body: str = "", status: int = 200) -> Response:
    return Response(status=status, body=body.encode())


CASES = (
    Case("V01", endpoints.get_version, "GET", "/api/version", "free", ok('{"version": "3.1"}'), reads_body=False),
    Case("A01", endpoints.get_account, "GET", "/api/account", "free", ok('{"shop_id": 2000}')),
    Case("PC01", endpoints.get_platform, "GET", "/api/platform/configuration", "free", ok("{}")),
    Case("SH21", endpoints.list_carriers, "GET", "/api/shipping/carriers", "free", ok('{"carriers": []}')),
    Case("SH12", endpoints.list_shipping_types, "GET", "/api/shipping/types", "free", ok('{"shipping_types": []}')),
    Case("OR11", endpoints.list_orders, "GET", "/api/orders", "free", ok('{"orders": [], "total_count": 0}')),
    Case("OF21", endpoints.list_offers, "GET", "/api/offers", "free", ok('{"offers": [], "total_count": 0}')),
    Case("ST11", endpoints.list_shipments, "GET", "/api/shipments", "free", ok('{"data": []}')),
    Case(
        "OR21",
        lambda scope: endpoints.decide_lines(scope, "O/1", {"O-1-1": True}),
        "PUT",
        "/api/orders/O%2F1/accept",
        "same-effect",
        ok(status=204),
        reads_body=False,
    ),
    Case(
        "OR04",
        lambda scope: endpoints.set_seller_references(scope, {"O-1": "SO1"}),
        "PUT",
        "/api/orders",
        "same-effect",
        ok('{"updated_orders": []}'),
    ),
    Case(
        "OR23",
        lambda scope: endpoints.set_order_tracking(scope, "O-1", NewTracking(carrier_code="DPD", tracking_number="1")),
        "PUT",
        "/api/orders/O-1/tracking",
        "same-effect",
        ok(status=204),
        reads_body=False,
    ),
    Case(
        "OR24",
        lambda scope: endpoints.ship_order(scope, "O-1"),
        "PUT",
        "/api/orders/O-1/ship",
        "same-effect",
        ok(status=204),
        reads_body=False,
    ),
    Case(
        "ST01",
        lambda scope: endpoints.create_shipments(scope, [SHIPMENT]),
        "POST",
        "/api/shipments",
        "never",
        ok('{"shipment_success": [], "shipment_errors": []}', 201),
    ),
    Case(
        "STO01",
        lambda scope: endpoints.import_stock(scope, b"offer-sku;quantity\nA;1\n"),
        "POST",
        "/api/offers/stock/imports",
        "same-effect",
        ok('{"import_id": 9}', 202),
    ),
    Case(
        "STO02",
        lambda scope: endpoints.stock_import_status(scope, "a/9"),
        "GET",
        "/api/offers/stock/imports/a%2F9/status",
        "free",
        ok('{"import_id": "9", "status": "RUNNING"}'),
    ),
    Case(
        "STO03",
        lambda scope: endpoints.stock_import_errors(scope, "9"),
        "GET",
        "/api/offers/stock/imports/9/error_report",
        "free",
        ok("line;reason\n"),
        reads_body=False,
    ),
)

each = pytest.mark.parametrize("case", CASES, ids=[case.operation for case in CASES])


@pytest.fixture
def run(config: MiraklConfig, scope: Scope) -> Callable[..., object]:
    """The result of a case's call under scripted outcomes."""
    return lambda case, *outcomes: play(config.caller().perform(case.make(scope)), outcomes)


@each
def test_the_call_is_what_the_contract_says(case: Case, scope: Scope) -> None:
    """Code, method, path, repeat class and shop: the whole truth about a call is in its value."""
    call = case.make(scope)
    assert (call.operation, call.request.method, call.request.path, call.repeat) == (
        case.operation,
        case.method,
        case.path,
        case.repeat,
    )
    assert ("shop_id", "2000") in call.request.query


@each
def test_accepted(case: Case, run: Callable[..., object]) -> None:
    """A good answer is read after one request with the bare key."""
    played = run(case, case.good)
    (sent,) = played.of(Send)
    assert sent.request.headers["authorization"] == "key-123"
    assert sent.request.headers["accept"]
    assert sent.system == "john-lewis"


@each
@pytest.mark.parametrize(
    ("status", "expected"),
    [(400, errors.Invalid), (401, errors.AuthFailed), (403, errors.AuthFailed), (404, errors.NotFound)],
)
def test_refused(
    case: Case, status: int, expected: type[errors.Refused], run: Callable[..., object], answer: Callable[..., Response]
) -> None:
    """A refusal is one typed error with system, operation and Mirakl's words, and it is not repeated."""
    with pytest.raises(expected) as caught:
        run(case, answer({"status": status, "message": "No, because."}, status))
    assert caught.value.message == "No, because."
    assert (caught.value.system, caught.value.operation, caught.value.status) == ("john-lewis", case.operation, status)


@each
def test_busy(case: Case, run: Callable[..., object], answer: Callable[..., Response]) -> None:
    """A 429 took no effect, so even a call that is never repeated is made again, when Mirakl said."""
    played = run(case, answer({"status": 429, "message": "Too many"}, 429, {"retry-after": "7"}), case.good)
    assert len(played.of(Send)) == 2
    assert 7 in [sleep.seconds for sleep in played.of(Sleep)]


@each
def test_malformed(case: Case, run: Callable[..., object], answer: Callable[..., Response]) -> None:
    """HTML with a 200 is no answer: reads and harmless writes say so, a shipment's outcome is unknown."""
    if not case.reads_body and case.operation != "STO03":  # only the status is promised
        run(case, answer("<html>Maintenance</html>"))
        return
    expected = errors.Unanswered if case.repeat == "never" else errors.Undecodable
    tries = 1 if case.repeat == "never" else 4
    with pytest.raises(expected) as caught:
        run(case, *[answer("<html>Maintenance</html>")] * tries)
    assert caught.value.operation == case.operation


@each
def test_lost_answer(case: Case, run: Callable[..., object]) -> None:
    """Sent and unanswered: repeated where that is harmless; a shipment is not, its outcome is unknown."""
    lost = Lost(sent=True, reason="connection closed")
    if case.repeat == "never":
        with pytest.raises(errors.Unanswered):
            run(case, lost)
    else:
        assert len(run(case, lost, case.good).of(Send)) == 2


@each
def test_never_sent(case: Case, run: Callable[..., object]) -> None:
    """What never left took no effect, so it is sent again, whatever it is."""
    assert len(run(case, Lost(sent=False, reason="refused"), case.good).of(Send)) == 2
