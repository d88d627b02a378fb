"""Shipments are told once, whatever happens: lost answers between batches, switches on the way, unreadable rows."""

import json
from collections import Counter
from collections.abc import Callable

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.core.couriers import CarrierChoice
from khaos_connectors.core.despatch import ShipmentLine
from khaos_connectors.core.ids import DespatchId, LineId, OrderId
from khaos_connectors.core.orders import OrderState
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.despatch import batches
from khaos_connectors.protocols import ShipmentNotice
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.faults import Fault, FaultKind, Faults, Faulty
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState, ShippingType
from khaos_connectors.testing.simulators.mirakl.order_state import OrderSettings
from khaos_connectors.testing.simulators.routes import transport

DPD = CarrierChoice(code="DPD", rule=1, why="mapped")


@attrs.define
class Dock:
    """A marketplace whose answers may be bent on the way, and a channel that despatches to it."""

    market: MiraklSimulator
    clock: ManualClock
    faults: Faults
    channel: MiraklChannel
    asked: list[str] = attrs.field(factory=list)
    bend: Callable[[Request, Response], Response] = attrs.field(default=lambda _, answer: answer)
    closed: bool = False
    """Whether the operator hides shipments behind a 404."""

    def send(self, request: Request) -> Response:
        self.asked.append(self.market.operation(request))
        if self.closed and request.path.startswith("/api/shipments"):
            return Response(status=404, body=b'{"status":404,"message":"Not found"}')
        answer = transport(Faulty(self.market, self.faults)).send(request)
        return self.bend(request, answer) if isinstance(answer, Response) else answer

    def run(self, flow: Flow[object]) -> object:
        return Runner({"john-lewis": self}, clock=self.clock).run(flow)

    def paid(self, units: int = 2) -> OrderId:
        order_id = self.market.buy([("S1", units)])
        self.clock.advance(1)
        self.market.tick()
        return OrderId(order_id)

    def notice(self, order_id: OrderId, units: int = 1, *, tracking: str = "T-1", final: bool = True) -> ShipmentNotice:
        line = ShipmentLine(line_id=LineId(f"{order_id}-1"), quantity=units)
        return ShipmentNotice(
            order_id=order_id, despatch_id=DespatchId("D"), lines=(line,), carrier=DPD, tracking=tracking, final=final
        )

    def confirm_all(self, *notices: ShipmentNotice) -> tuple[batches.ShipmentOutcome, ...]:
        return self.run(self.channel.confirm_all(notices))

    def confirm(self, notice: ShipmentNotice) -> object:
        return self.run(self.channel.confirm(notice))

    def prepare(self, order_id: OrderId, units: int, tracking: str | None = None) -> str:
        """A shipment that somebody made in the back office and did not confirm."""
        row = {"order_id": order_id, "shipment_lines": [{"order_line_id": f"{order_id}-1", "quantity": units}]}
        row["tracking"] = tracking and {"carrier_code": "DPD", "tracking_number": tracking}
        headers = {"authorization": "key-123", "content-type": "application/json"}
        body = json.dumps({"shipments": [row]}).encode()
        sent = Request(method="POST", path="/api/shipments", headers=headers, body=body)
        return json.loads(self.market.handle(sent).body)["shipment_success"][0]["id"]


@pytest.fixture
def dock(config: MiraklConfig) -> Callable[..., Dock]:
    """A dock under given settings of the marketplace."""

    def made(**settings: object) -> Dock:
        clock = ManualClock()
        wanted = {"order_acceptance": "AUTOMATIC", "debit_seconds": 0, "address_before_acceptance": True, **settings}
        market = MiraklSimulator(
            clock=clock.now,
            api_key="key-123",
            offers={"S1": OfferState(price="9.99", quantity=5000)},
            settings=MiraklSettings(**wanted),
        )
        return Dock(market, clock, Faults(), MiraklChannel(config))

    return made


# --- lost answers --------------------------------------------------------------------------------------------------


def test_an_equal_shipment_of_an_earlier_batch_is_not_the_later_ones(
    dock: Callable[..., Dock], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first batch told an equal parcel, the second never arrived: its parcel is not told, and nobody says so."""
    monkeypatch.setattr(batches, "_MOST_SHIPMENTS", 1)
    d = dock()
    order_id = d.paid(3)

    handle, told_before = d.market.handle, False

    def once(request: Request) -> Response:
        nonlocal told_before
        if request.method == "POST" and told_before:
            return Response(status=503)
        told_before = told_before or request.method == "POST"
        return handle(request)

    d.market.handle = once
    told, lost = d.confirm_all(d.notice(order_id, tracking="ONE"), d.notice(order_id, tracking="ONE"))
    assert told.told
    assert isinstance(lost.trouble, errors.Unanswered)
    assert len(d.market.shipments) == 1


@pytest.mark.parametrize("one_call", [True, False])
def test_a_shipment_that_is_there_is_one_notices_only(dock: Callable[..., Dock], *, one_call: bool) -> None:
    """Two equal parcels, one of them told before, no units left for the other: one is told already, one is refused."""
    d = dock()
    order_id = d.paid(1)
    assert d.confirm(d.notice(order_id, tracking="ONE")).shipment_id
    notices = [d.notice(order_id, tracking="ONE")] * 2
    outcomes = d.confirm_all(*notices) if one_call else [*d.confirm_all(notices[0]), *d.confirm_all(*notices)][1:]
    assert [outcome.told for outcome in outcomes] == [True, False]
    assert outcomes[0].receipt.already
    assert isinstance(outcomes[1].trouble, errors.Conflict)


def test_a_number_that_comes_back_in_another_form_is_still_ours(dock: Callable[..., Dock]) -> None:
    """Mirakl echoes numbers without their dashes: the made shipments are found by units, each notice its own."""
    d = dock()
    order_id = d.paid(3)

    def stripped(request: Request, answer: Response) -> Response:
        if request.method != "POST" or request.path != "/api/shipments":
            return answer
        body = json.loads(answer.body)
        for row in body["shipment_success"]:
            row["tracking"]["tracking_number"] = "cut"
        body["shipment_success"].reverse()
        return attrs.evolve(answer, body=json.dumps(body).encode())

    d.bend = stripped
    outcomes = d.confirm_all(d.notice(order_id, 1, tracking="A"), d.notice(order_id, 2, tracking="B"))
    units = {each.shipment_id: each.parcels[0].quantity for each in d.market.shipments}
    assert [units[outcome.receipt.shipment_id] for outcome in outcomes] == [1, 2]


class KilledError(Exception):
    """The process is gone."""


def killed(request: Request, answer: Response) -> Response:
    """ST01 acts, and nobody is there any more to hear of it."""
    if request.method == "POST" and request.path == "/api/shipments":
        raise KilledError
    return answer


def test_a_run_that_was_cut_off_is_run_again(dock: Callable[..., Dock]) -> None:
    """Killed between ST01 and its answer, with units left for every parcel once more: run again, each is told once."""
    d = dock()
    order_id = d.paid(9)
    notices = [d.notice(order_id, units, tracking=number) for units, number in ((1, "A"), (1, "A"), (2, "B"))]
    d.bend = killed
    with pytest.raises(KilledError):
        d.confirm_all(*notices)
    d.bend = lambda _, answer: answer
    late = d.notice(order_id, 1, tracking="A")
    outcomes = d.run(d.channel.confirm_all([*notices, late], rerun=True))
    assert [outcome.receipt.already for outcome in outcomes] == [True, True, True, False]
    assert len({outcome.receipt.shipment_id for outcome in outcomes}) == len(d.market.shipments) == 4


def test_a_rerun_tells_nothing_of_an_order_that_cannot_be_read(dock: Callable[..., Dock]) -> None:
    """Whether it was told before nobody can say, so it is not told again; the other order is."""
    d = dock()
    odd, good = d.paid(4), d.paid(2)
    d.confirm_all(d.notice(odd))
    d.bend = lambda _, answer: attrs.evolve(answer, body=answer.body.replace(b'"quantity":1', b'"quantity":"?"'))
    unread, told = d.run(d.channel.confirm_all([d.notice(odd), d.notice(good, 2)], rerun=True))
    assert isinstance(unread.trouble, errors.Undecodable)
    assert told.told
    assert len(d.market.shipments) == 2


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("workflow", ["PAY_ON_ACCEPTANCE", "PAY_ON_SHIPMENT"])
def test_under_heavy_faults_each_is_told_once(dock: Callable[..., Dock], *, seed: int, workflow: str) -> None:
    """Answers are lost, garbled, refused for a while: run until all is told, every parcel is there exactly once."""
    d = dock(orders=OrderSettings(workflow=workflow))
    orders = [d.paid(4) for _ in range(12)]
    parcels = [
        (each, units, f"{mark}{at}") for at, each in enumerate(orders) for units, mark in ((1, "P"),) * 2 + ((2, "Q"),)
    ]
    d.faults = Faults(seed, profile="heavy")
    waiting = [d.notice(order_id, units, tracking=number) for order_id, units, number in parcels]
    calls = [waiting[at : at + 6] for at in range(0, len(waiting), 6)]
    for _ in range(30):
        outcomes: list[batches.ShipmentOutcome] = []
        for call in calls:
            try:
                outcomes += d.run(d.channel.confirm_all(call, rerun=True))
            except errors.CallError:
                continue  # before anything was sent
        if len(outcomes) == len(parcels) and all(outcome.told for outcome in outcomes):
            break
    there = Counter(
        (each.order_id, each.parcels[0].quantity, each.tracking.tracking_number) for each in d.market.shipments
    )
    assert there == Counter(parcels)


# --- rows that cannot be read --------------------------------------------------------------------------------------


def test_an_unreadable_shipment_costs_its_own_order_only(dock: Callable[..., Dock]) -> None:
    """ST11 has a row of one order that breaks the contract: the others are told, also after a lost answer."""
    d = dock()
    odd, good = d.paid(2), d.paid(2)
    d.confirm(d.notice(odd, tracking="OLD"))

    def broken(request: Request, answer: Response) -> Response:
        if request.method != "GET" or request.path != "/api/shipments":
            return answer
        body = json.loads(answer.body)
        for row in body["data"]:
            row["shipment_lines"] = "?" if row["order_id"] == odd else row["shipment_lines"]
        return attrs.evolve(answer, body=json.dumps(body).encode())

    d.bend = broken
    d.faults.next("ST01", Fault(kind=FaultKind.DROP))
    unsure, told = d.confirm_all(d.notice(odd, tracking="NEW"), d.notice(good, 2))
    assert told.told
    assert isinstance(unsure.trouble, errors.Unanswered)
    with pytest.raises(errors.Undecodable):
        d.run(d.channel.shipments(odd))


def test_an_unreadable_order_costs_its_own_notice_only(dock: Callable[..., Dock]) -> None:
    """Whether a number is wanted stands in an order that breaks the contract: the other notices are told."""
    d = dock(shipping_types=(ShippingType(mandatory_tracking=True), ShippingType(code="CLC")))
    odd, good = d.paid(1), d.paid(1)

    def broken(request: Request, answer: Response) -> Response:
        return answer if request.path != "/api/orders" else attrs.evolve(answer, body=b'{"orders":[{"order_id":1}]}')

    d.bend = broken
    unread, told = d.confirm_all(d.notice(odd, tracking=""), d.notice(good))
    assert told.told
    assert isinstance(unread.trouble, errors.Undecodable)


# --- prepared and never confirmed ----------------------------------------------------------------------------------


@pytest.mark.parametrize("many", [True, False])
@pytest.mark.parametrize("number", [None, "t 1"])
def test_a_prepared_shipment_is_confirmed_with_our_number(
    dock: Callable[..., Dock], *, number: str | None, many: bool
) -> None:
    """Somebody made the shipment in the back office and did not confirm it: no second one, but ST23 and ST24."""
    d = dock()
    order_id = d.paid(2)
    id_ = d.prepare(order_id, 2, number)
    notice = d.notice(order_id, 2)
    receipt = d.confirm_all(notice)[0].receipt if many else d.confirm(notice)
    assert (receipt.shipment_id, receipt.already) == (id_, False)
    (shipment,) = d.market.shipments
    assert (shipment.status, shipment.tracking.tracking_number) == ("SHIPPED", "T-1")


def test_a_prepared_shipment_of_another_number_is_not_ours(dock: Callable[..., Dock]) -> None:
    """Its units are held by another parcel: refused by the field, and nothing is confirmed."""
    d = dock()
    order_id = d.paid(2)
    d.prepare(order_id, 2, "OTHER")
    (outcome,) = d.confirm_all(d.notice(order_id, 2))
    assert outcome.trouble.fields[0].field == "lines.quantity"
    assert d.market.shipments[0].status == "SHIPPING"


@pytest.mark.parametrize("stale", [True, False])
@pytest.mark.parametrize("many", [True, False])
def test_a_shipment_that_st01_made_and_did_not_confirm(dock: Callable[..., Dock], *, stale: bool, many: bool) -> None:
    """ST01 answers SHIPPING: it is confirmed; where it had left already, ST24's refusal is looked into."""
    d = dock()
    order_id = d.paid(2)
    handle = d.market.handle

    def halfway(request: Request) -> Response:
        if request.method != "POST" or request.path != "/api/shipments":
            return handle(request)
        sent = request if stale else attrs.evolve(request, body=request.body.replace(b"true", b"false"))
        answer = handle(sent)
        return attrs.evolve(answer, body=answer.body.replace(b'"SHIPPED"', b'"SHIPPING"'))

    d.market.handle = halfway
    notice = d.notice(order_id, 2)
    receipt = d.confirm_all(notice)[0].receipt if many else d.confirm(notice)
    assert receipt.shipment_id == d.market.shipments[0].shipment_id
    assert d.market.shipments[0].status == "SHIPPED"
    assert d.asked.count("ST24") == 1


@pytest.mark.parametrize("many", [True, False])
def test_what_cannot_be_confirmed_is_not_told(dock: Callable[..., Dock], *, many: bool) -> None:
    """ST24 refuses the prepared shipment: the trouble names it, so that somebody finds it."""
    d = dock()
    order_id = d.paid(2)
    id_ = d.prepare(order_id, 2)

    handle = d.market.handle
    rows = {"shipment_success": [], "shipment_errors": [{"id": id_, "message": "not today"}]}
    no = Response(status=200, body=json.dumps(rows).encode())
    d.market.handle = lambda request: no if request.path == "/api/shipments/ship" else handle(request)
    if many:
        trouble = d.confirm_all(d.notice(order_id, 2))[0].trouble
    else:
        with pytest.raises(errors.Conflict) as caught:
            d.confirm(d.notice(order_id, 2))
        trouble = caught.value
    assert isinstance(trouble, errors.Conflict)
    assert id_ in str(trouble)
    assert "not today" in str(trouble)


# --- shipments that are switched on and off ------------------------------------------------------------------------


@pytest.mark.parametrize("many", [True, False])
def test_an_order_that_left_whole_before_shipments_were_switched_on(dock: Callable[..., Dock], *, many: bool) -> None:
    """It was told by OR24, and ST11 knows nothing of it: the order itself says that our number left already."""
    d = dock()
    d.closed = True
    order_id = d.paid(2)
    d.confirm(d.notice(order_id, 2))
    assert "OR24" in d.asked
    d.closed = False
    d.channel.forget()
    notice = d.notice(order_id, 2, tracking="t-1")
    receipt = d.confirm_all(notice)[0].receipt if many else d.confirm(notice)
    assert receipt.already
    with pytest.raises(errors.Conflict, match="T-1"):
        d.confirm(d.notice(order_id, 2, tracking="OTHER"))


def test_a_switch_in_the_middle_loses_nothing(dock: Callable[..., Dock], monkeypatch: pytest.MonkeyPatch) -> None:
    """Shipments are switched off between two batches: the first is told by ST01, the second by OR24, each once."""
    monkeypatch.setattr(batches, "_MOST_SHIPMENTS", 2)
    d = dock()
    orders = [d.paid(1) for _ in range(4)]

    def off(request: Request, answer: Response) -> Response:
        d.closed = d.closed or d.market.operation(request) == "ST01"
        return answer

    d.bend = off
    outcomes = d.confirm_all(*[d.notice(each, tracking=f"T{at}") for at, each in enumerate(orders)])
    assert all(outcome.told for outcome in outcomes)
    assert len(d.market.shipments) == 2
    assert d.asked.count("OR24") == 2
    d.closed = False
    assert {d.run(d.channel.order(each)).order.state for each in orders} == {OrderState.SHIPPED}


def test_a_gateways_404_switches_nothing_off(dock: Callable[..., Dock]) -> None:
    """A web page that says 404 is not Mirakl's word: the shipment is refused, and the next one goes by ST01 again."""
    d = dock()
    one, two = d.paid(2), d.paid(2)
    page = Response(status=404, body=b"<html>not found</html>")
    d.bend = lambda request, answer: page if request.path == "/api/shipments" else answer
    with pytest.raises(errors.Refused, match="gateway") as caught:
        d.confirm(d.notice(one, 1))
    assert not isinstance(caught.value, errors.NotFound)
    d.bend = lambda _, answer: answer
    d.confirm(d.notice(two, 1))
    assert "OR24" not in d.asked


# --- cancelled meanwhile, paid later -------------------------------------------------------------------------------


def test_an_order_cancelled_between_the_look_and_or24(dock: Callable[..., Dock]) -> None:
    """The bare 400 is explained by the state that the order has come to be in."""
    d = dock(multi_shipment=False)
    order_id = d.paid(2)

    gone = False

    def cancelled(request: Request, answer: Response) -> Response:
        nonlocal gone
        if request.path.endswith("/ship"):
            gone = True
            return Response(status=400, body=b'{"status":400,"message":"Bad Request"}')
        return attrs.evolve(answer, body=answer.body.replace(b'"SHIPPED"', b'"CANCELED"')) if gone else answer

    d.bend = cancelled
    with pytest.raises(errors.Conflict, match="it is in CANCELED"):
        d.confirm(d.notice(order_id, 2))


def test_an_order_that_is_paid_after_it_left_is_told_already(dock: Callable[..., Dock]) -> None:
    """Payment on a due date: the order waits for its debit after OR24, so its lines tell that the goods are gone."""
    d = dock(multi_shipment=False)
    order_id = d.paid(2)
    d.confirm(d.notice(order_id, 2))
    d.asked.clear()

    def unpaid(request: Request, answer: Response) -> Response:
        if request.path != "/api/orders":
            return answer
        return attrs.evolve(answer, body=answer.body.replace(b'"SHIPPED"', b'"WAITING_DEBIT_PAYMENT"'))

    d.bend = unpaid
    assert d.confirm(d.notice(order_id, 2)).already
    assert not {"OR23", "OR24"} & set(d.asked)
    with pytest.raises(errors.Conflict, match="left already, with tracking T-1"):
        d.confirm(d.notice(order_id, 2, tracking="OTHER"))
