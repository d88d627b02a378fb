"""Telling shipments to a marketplace that plays tricks: many at once, lost answers, what is left, late debits."""

import json
from collections.abc import Callable
from datetime import timedelta

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.couriers import CarrierChoice
from khaos_connectors.core.despatch import ShipmentLine
from khaos_connectors.core.ids import DespatchId, LineId, OrderId
from khaos_connectors.core.orders import ChannelOrder, OrderState
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.despatch.batches import ShipmentOutcome
from khaos_connectors.mirakl.despatch.left_to_ship import Left, compare_left
from khaos_connectors.mirakl.models.shipments import NewShipmentInformation, NewTracking
from khaos_connectors.protocols import ShipmentNotice
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.faults import Fault, FaultKind, Faults, Faulty
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState, ShippingType
from khaos_connectors.testing.simulators.mirakl.order_state import OrderSettings
from khaos_connectors.testing.simulators.routes import transport

DPD = CarrierChoice(code="DPD", rule=1, why="mapped")
DROP = Fault(kind=FaultKind.DROP)
INTERVAL = 330.0  # five minutes and the margin of the polls


@attrs.define
class Depot:
    """A marketplace behind a line that may be bad, and a channel that despatches to it."""

    market: MiraklSimulator
    clock: ManualClock
    faults: Faults
    channel: MiraklChannel
    run: Callable[[Flow[object]], object]
    asked: list[str]

    def paid(self, units: int = 2) -> OrderId:
        """An order that waits for its despatch."""
        order_id = self.market.buy([("S1", units)])
        assert order_id is not None
        self.clock.advance(1)
        self.market.tick()
        return OrderId(order_id)

    def notice(self, order_id: OrderId, units: int = 1, *, tracking: str = "T-1", final: bool = True) -> ShipmentNotice:
        line = ShipmentLine(line_id=LineId(f"{order_id}-1"), quantity=units)
        return ShipmentNotice(
            order_id=order_id, despatch_id=DespatchId("D"), lines=(line,), carrier=DPD, tracking=tracking, final=final
        )

    def confirm_all(self, *notices: ShipmentNotice) -> tuple[ShipmentOutcome, ...]:
        return self.run(self.channel.confirm_all(notices))

    def perform(self, call: object) -> object:
        return self.run(self.channel.config.caller().perform(call))

    def left(self, *order_ids: OrderId) -> Left:
        return self.run(self.channel.left_to_ship(order_ids))

    def order(self, order_id: OrderId) -> ChannelOrder:
        return self.run(self.channel.order(order_id)).order


@pytest.fixture
def depot(config: MiraklConfig) -> Callable[..., Depot]:
    """A depot under given settings of the marketplace."""

    def made(channel: MiraklConfig = config, **settings: object) -> Depot:
        clock = ManualClock()
        wanted = {"order_acceptance": "AUTOMATIC", "debit_seconds": 0, "address_before_acceptance": True, **settings}
        market = MiraklSimulator(
            clock=clock.now,
            api_key="key-123",
            offers={"S1": OfferState(price="9.99", quantity=5000)},
            settings=MiraklSettings(**wanted),
        )
        faults, asked = Faults(), []
        line = transport(Faulty(market, faults))

        class Ears:
            """Hears which operations are asked for."""

            def send(self, request: object) -> object:
                asked.append(market.operation(request))
                return line.send(request)

        runner = Runner({"john-lewis": Ears()}, clock=clock)
        return Depot(market, clock, faults, MiraklChannel(channel), runner.run, asked)

    return made


# --- many at a time ------------------------------------------------------------------------------------------------


def test_many_shipments_go_in_one_call(depot: Callable[..., Depot]) -> None:
    """Two parcels of one order and one of another: one ST01, one shipment each, outcomes in the given order."""
    d = depot()
    one, two = d.paid(), d.paid()
    outcomes = d.confirm_all(d.notice(one, tracking="A"), d.notice(two, 2, tracking="B"), d.notice(one, tracking="C"))
    assert d.asked.count("ST01") == 1
    assert [outcome.receipt.order_id for outcome in outcomes] == [one, two, one]
    told = {shipment.shipment_id: shipment.tracking.tracking_number for shipment in d.market.shipments}
    assert [told[outcome.receipt.shipment_id] for outcome in outcomes] == ["A", "B", "C"]
    assert {d.order(each).state for each in (one, two)} == {OrderState.SHIPPED}


def test_each_failure_inside_a_201_has_its_own_outcome(depot: Callable[..., Depot]) -> None:
    """Too many units, an unknown order and a good one: one is told, two say why not."""
    d = depot()
    good, greedy = d.paid(), d.paid()
    outcomes = d.confirm_all(d.notice(greedy, 9), d.notice(OrderId("NONE-A")), d.notice(good, 2))
    assert [outcome.told for outcome in outcomes] == [False, False, True]
    assert isinstance(outcomes[0].trouble, errors.Invalid)
    assert outcomes[0].trouble.fields[0].field == "lines.quantity"
    assert "does not exist" in str(outcomes[1].trouble)


def test_too_many_units_are_told_with_how_many_are_left(depot: Callable[..., Depot]) -> None:
    """One of two has left: telling two more says that one is left, alone and among many, by one look (ST12) for all."""
    d = depot()
    first, second = d.paid(2), d.paid(1)
    assert all(each.told for each in d.confirm_all(d.notice(first), d.notice(second)))
    d.asked.clear()
    outcomes = d.confirm_all(d.notice(first, 2, tracking="T-2"), d.notice(second, 1, tracking="T-3"))
    assert d.asked.count("ST12") == 1
    assert not any(each.told for each in outcomes)
    with pytest.raises(errors.Invalid) as alone:
        d.run(d.channel.confirm(d.notice(first, 2, tracking="T-2")))
    for trouble in (outcomes[0].trouble, alone.value):
        assert f"(lines.quantity: 2 of line {first}-1 told, 1 left to ship; read the order again" in str(trouble)


def test_what_is_left_is_asked_for_no_oftener_than_mirakl_allows(
    depot: Callable[..., Depot], config: MiraklConfig
) -> None:
    """One look (ST12) in five minutes however many are refused, alone or together, and nobody waits for the words."""
    d = depot(attrs.evolve(config, pace_factor=1))
    order_id = d.paid(2)
    d.run(d.channel.confirm(d.notice(order_id)))
    d.asked.clear()
    before, words = d.clock.now(), []
    for number in range(4):
        with pytest.raises(errors.Invalid, match=r"lines\.quantity") as caught:
            d.run(d.channel.confirm(d.notice(order_id, 2, tracking=f"T-2{number}")))
        words.append("left to ship" in str(caught.value))
    (outcome,) = d.confirm_all(d.notice(order_id, 2, tracking="T-3"))
    assert "left to ship" not in str(outcome.trouble)
    assert words == [True, False, False, False]
    assert d.asked.count("ST12") == 1
    assert (d.clock.now() - before).total_seconds() < INTERVAL
    d.clock.advance(INTERVAL)
    (later,) = d.confirm_all(d.notice(order_id, 2, tracking="T-3"))
    assert "1 left to ship" in str(later.trouble)
    assert d.asked.count("ST12") == 2


def test_one_look_asks_for_no_more_orders_than_one_call_takes(depot: Callable[..., Depot]) -> None:
    """Of 101 orders refused together the first hundred are asked for; the last is refused without a number."""
    d = depot()
    orders = [d.paid(2) for _ in range(101)]
    assert all(each.told for each in d.confirm_all(*map(d.notice, orders)))
    d.asked.clear()
    outcomes = d.confirm_all(*(d.notice(each, 2, tracking="T-2") for each in orders))
    assert d.asked.count("ST12") == 1
    assert ["left to ship" in str(each.trouble) for each in outcomes] == [True] * 100 + [False]


def test_what_fails_the_checks_does_not_stop_the_others(depot: Callable[..., Depot]) -> None:
    """A notice without lines and one of an unknown carrier are refused before anything is sent; the third is told."""
    d = depot()
    order_id = d.paid()
    empty = attrs.evolve(d.notice(order_id), lines=())
    stranger = attrs.evolve(d.notice(order_id), carrier=CarrierChoice(code="NOBODY", rule=1, why=""))
    outcomes = d.confirm_all(empty, stranger, d.notice(order_id, 2))
    assert [outcome.told for outcome in outcomes] == [False, False, True]
    assert [each.trouble.fields[0].field for each in outcomes[:2]] == ["lines", "carrier.code"]
    assert len(d.market.shipments) == 1


def test_one_malformed_shipment_does_not_spoil_its_batch(depot: Callable[..., Depot]) -> None:
    """A 400 for the whole batch is halved until the bad one is alone; the others are told once each."""
    d = depot()
    orders = [d.paid() for _ in range(5)]
    notices = [d.notice(order_id, 2, tracking=f"T{at}") for at, order_id in enumerate(orders)]
    handle = d.market.handle

    def strict(request: object) -> object:
        if request.method == "POST" and b'"T3"' in request.body:
            body = json.dumps({"status": 400, "message": "Bad Request"}).encode()
            return attrs.evolve(handle(attrs.evolve(request, path="/api/nowhere")), status=400, body=body)
        return handle(request)

    d.market.handle = strict
    outcomes = d.confirm_all(*notices)
    assert [outcome.told for outcome in outcomes] == [True, True, True, False, True]
    assert isinstance(outcomes[3].trouble, errors.Invalid)
    assert len(d.market.shipments) == 4


def test_a_lost_answer_is_looked_for_before_anything_is_repeated(depot: Callable[..., Depot]) -> None:
    """ST01 acted and its answer was lost: ST11 shows the new shipments, so all are told and none is told twice."""
    d = depot()
    one, two = d.paid(), d.paid()
    d.confirm_all(d.notice(one, tracking="SAME"))
    d.faults.next("ST01", DROP)
    # The second despatch of the order has the very number and units of the first: only the new shipment is it.
    outcomes = d.confirm_all(d.notice(one, tracking="SAME"), d.notice(two, 2, tracking="T-2"))
    assert all(outcome.told and not outcome.receipt.already for outcome in outcomes)
    first, second, third = d.market.shipments
    assert [outcome.receipt.shipment_id for outcome in outcomes] == [second.shipment_id, third.shipment_id]
    assert first.shipment_id != second.shipment_id
    assert d.asked.count("ST01") == 2


@pytest.mark.parametrize("lost", [False, True])
def test_despatches_under_one_number_are_each_told_once(depot: Callable[..., Depot], *, lost: bool) -> None:
    """A courier gives one number to a consignment: equal parcels are two shipments, a larger one is a third."""
    d = depot()
    order_id = d.paid(5)
    d.run(d.channel.shipments(order_id))
    if lost:
        d.faults.next("ST01", DROP)
    notices = [d.notice(order_id, units, tracking="ONE") for units in (1, 3, 1)]
    outcomes = d.confirm_all(*notices)
    assert all(outcome.told for outcome in outcomes)
    units = {shipment.shipment_id: shipment.parcels[0].quantity for shipment in d.market.shipments}
    assert [units[outcome.receipt.shipment_id] for outcome in outcomes] == [1, 3, 1]
    assert len({outcome.receipt.shipment_id for outcome in outcomes}) == 3


def test_each_notice_gets_its_own_shipment_or_its_own_refusal(depot: Callable[..., Depot]) -> None:
    """Three notices of one order under one number: two are refused for reasons of their own, the last one is made."""
    d = depot()
    order_id = d.paid(2)
    strange = ShipmentLine(line_id=LineId("NO-LINE"), quantity=1)
    notices = [d.notice(order_id, 9), attrs.evolve(d.notice(order_id), lines=(strange,)), d.notice(order_id, 2)]
    outcomes = d.confirm_all(*notices)
    assert [outcome.told for outcome in outcomes] == [False, False, True]
    assert "quantity" in str(outcomes[0].trouble)
    assert "NO-LINE" in str(outcomes[1].trouble)


def test_a_platform_that_promises_shipments_and_has_none(depot: Callable[..., Depot]) -> None:
    """PC01 says yes and ST11 says 404: the whole orders are confirmed, and the next time nobody asks again."""
    d = depot()
    handle = d.market.handle

    def without(request: object) -> object:
        gone = request.path == "/api/shipments"
        return handle(attrs.evolve(request, path="/api/nowhere") if gone else request)

    d.market.handle = without
    one, two = d.paid(), d.paid()
    assert all(outcome.told for outcome in d.confirm_all(d.notice(one, 2)))
    assert all(outcome.told for outcome in d.confirm_all(d.notice(two, 2)))
    assert d.asked.count("ST11") == 1
    assert {d.order(each).state for each in (one, two)} == {OrderState.SHIPPED}


def test_an_outcome_that_nobody_knows_is_said_to_be_unknown(depot: Callable[..., Depot]) -> None:
    """The answer was lost and so was every look: ``Unanswered``, and told once more it is found to be there."""
    d = depot()
    order_id = d.paid()
    d.faults.next("ST01", DROP)
    d.run(d.channel.shipments(order_id))  # what the platform can do is asked before the line goes bad
    handle = d.market.handle

    def blind(request: object) -> object:
        answer = handle(request)
        seen = d.market.shipments and request.method == "GET" and request.path == "/api/shipments"
        return attrs.evolve(answer, status=500, body=b"") if seen else answer

    d.market.handle = blind
    (outcome,) = d.confirm_all(d.notice(order_id, 2))
    assert isinstance(outcome.trouble, errors.Unanswered)
    d.market.handle = handle
    (again,) = d.confirm_all(d.notice(order_id, 2))
    assert again.receipt.already
    assert len(d.market.shipments) == 1


def test_without_shipments_of_its_own_orders_go_one_by_one(depot: Callable[..., Depot]) -> None:
    """ST01 is 404: OR23 and OR24 for each order, and a part of an order is refused by name."""
    d = depot(multi_shipment=False)
    one, two = d.paid(), d.paid()
    outcomes = d.confirm_all(d.notice(one, 2), d.notice(two, final=False))
    assert [outcome.told for outcome in outcomes] == [True, False]
    assert isinstance(outcomes[1].trouble, errors.Unsupported)
    assert d.order(one).state is OrderState.SHIPPED
    assert "ST01" not in d.asked


# --- before anything is sent ---------------------------------------------------------------------------------------


def test_complaint_09_mandatory_tracking_is_known_before_anything_is_sent(depot: Callable[..., Depot]) -> None:
    """Users met "tracking details are mandatory" as a bare 400: SH12 tells it, so the notice is refused unsent."""
    d = depot(shipping_types=(ShippingType(mandatory_tracking=True), ShippingType(code="CLC")))
    order_id = d.paid()
    with pytest.raises(errors.Invalid, match="mandatory for the shipping method") as caught:
        d.run(d.channel.confirm(d.notice(order_id, tracking="")))
    assert caught.value.status is None
    assert not {"ST01", "OR23", "OR24"} & set(d.asked)


def test_complaint_09_a_carrier_is_found_by_its_label(depot: Callable[..., Depot]) -> None:
    """The shipping method mapping that users asked for: a name in any capitals leads to the operator's own code."""
    d = depot()
    order_id = d.paid()
    named = CarrierChoice(name="royal mail", rule=7, why="free text")
    d.run(d.channel.confirm(attrs.evolve(d.notice(order_id), carrier=named)))
    assert d.market.shipments[0].tracking.carrier_code == "ROYALMAIL"


@pytest.mark.parametrize("several", [True, False])
def test_complaint_08_a_wrong_state_is_explained(depot: Callable[..., Depot], *, several: bool) -> None:
    """Instead of a bare 400 on "ship" the error names the state that the order is in, and what it would have to be."""
    d = depot(multi_shipment=several, order_acceptance="NOT_AUTOMATIC")
    order_id = d.paid()
    with pytest.raises(errors.Conflict, match=r"SHIPPING.*WAITING_ACCEPTANCE"):
        d.run(d.channel.confirm(d.notice(order_id)))
    assert "OR24" not in d.asked


def test_an_order_of_the_operators_own_centre_is_not_ours_to_ship(depot: Callable[..., Depot]) -> None:
    """It is in SHIPPING, but the operator fulfils it: said before OR23 and OR24 are refused."""
    d = depot(multi_shipment=False)
    order_id = d.market.buy([("S1", 1)], centre="OPERATOR")
    d.clock.advance(1)
    with pytest.raises(errors.Conflict, match="not the shop"):
        d.run(d.channel.confirm(d.notice(OrderId(order_id))))
    assert "OR23" not in d.asked


# --- what is left to ship ------------------------------------------------------------------------------------------


def test_what_is_left_agrees_with_what_was_told(depot: Callable[..., Depot]) -> None:
    """After a part was told, Mirakl waits for the rest; after all of it, for nothing."""
    d = depot()
    order_id = d.paid(3)
    line = LineId(f"{order_id}-1")
    assert d.left(order_id).units == {order_id: {line: 3}}
    d.confirm_all(d.notice(order_id, 2, tracking="A"))
    known = {order_id: d.run(d.channel.shipments(order_id))}
    assert d.left().units == {order_id: {line: 1}}
    assert compare_left([d.order(order_id)], known, d.left()) == ()
    (gap,) = compare_left([d.order(order_id)], {}, d.left())
    assert (gap.ours, gap.theirs) == (3, 1)
    assert "do not know" in gap.why
    d.confirm_all(d.notice(order_id, 1, tracking="B"))
    assert d.left().units == {}


def test_what_is_left_comes_page_by_page(depot: Callable[..., Depot]) -> None:
    """More orders than fit a page are all there, each once; ids beyond 100 go in several calls."""
    d = depot()
    orders = [d.paid(1) for _ in range(230)]
    assert set(d.left().units) == set(orders)
    d.asked.clear()
    assert set(d.left(*orders[:150]).units) == set(orders[:150])
    assert d.asked == ["ST12", "ST12"]


def test_an_order_that_is_shipped_between_two_pages_hides_no_other(depot: Callable[..., Depot]) -> None:
    """The order at the end of a page leaves before the next page is read: the rest of the list is still there."""
    d = depot()
    orders = [d.paid(1) for _ in range(3)]
    first = d.perform(endpoints.list_items_to_ship(d.channel.config.scope, size=1))
    d.confirm_all(d.notice(orders[0]))
    second = d.perform(first.next)
    third = d.perform(second.next)
    assert [page.items[0].id for page in (first, second, third)] == orders
    assert third.next is None


@pytest.mark.parametrize("wanted", ["left_to_ship", "waiting_debits"])
def test_a_platform_without_shipments_names_what_it_cannot_tell(depot: Callable[..., Depot], wanted: str) -> None:
    """A 404 is no answer for a person: the capability is named, with what to read instead."""
    d = depot(multi_shipment=False)
    with pytest.raises(errors.Unsupported, match="OR11"):
        d.run(getattr(d.channel, wanted)())


# --- debits by shipment --------------------------------------------------------------------------------------------


def test_a_shipment_waits_for_its_own_debit(depot: Callable[..., Depot]) -> None:
    """Customers pay on shipment: told, it is prepared and waits; debited, it goes on by itself."""
    d = depot(orders=OrderSettings(workflow="PAY_ON_SHIPMENT"))
    order_id = d.paid()
    (outcome,) = d.confirm_all(d.notice(order_id, 2))
    assert outcome.told
    (waiting,) = d.run(d.channel.waiting_debits()).waiting
    assert (waiting.shipment_id, waiting.order_id) == (outcome.receipt.shipment_id, order_id)
    assert not waiting.overdue(now=d.clock.now(), after=timedelta(hours=1))
    assert waiting.overdue(now=d.clock.now() + timedelta(hours=2), after=timedelta(hours=1))
    d.clock.advance(61)
    assert d.run(d.channel.waiting_debits()).waiting == ()
    assert d.market.shipments[0].status == "SHIPPED"


# --- writes onto shipments -----------------------------------------------------------------------------------------


def shipment(d: Depot, order_id: OrderId, units: int = 1) -> str:
    """A shipment that was created and not confirmed."""
    line = {"order_line_id": f"{order_id}-1", "quantity": units}
    body = json.dumps({"shipments": [{"order_id": order_id, "shipment_lines": [line]}]}).encode()
    request = endpoints.confirm_shipments(d.channel.config.scope, ["x"]).request
    headers = {**request.headers, "authorization": "key-123"}
    sent = attrs.evolve(request, method="POST", path="/api/shipments", body=body, headers=headers)
    return json.loads(d.market.handle(sent).body)["shipment_success"][0]["id"]


def test_a_shipment_from_creation_to_confirmation(depot: Callable[..., Depot]) -> None:
    """Origin, tracking and the operator's own information are written, then it is confirmed; a stranger is refused."""
    d = depot()
    scope = d.channel.config.scope
    order_id = d.paid(1)
    id_ = shipment(d, order_id)
    moved = d.perform(endpoints.set_shipment_origins(scope, {id_: "MAIN", "none": "MAIN"}))
    assert moved.shipment_success[0].shipping_from.warehouse.code == "MAIN"
    assert moved.shipment_errors[0].id == "none"
    tracked = d.perform(
        endpoints.set_shipment_trackings(scope, {id_: NewTracking(carrier_code="DPD", tracking_number="T")})
    )
    assert tracked.done == (id_,)
    confirmed = d.perform(endpoints.confirm_shipments(scope, [id_, "none"]))
    assert confirmed.done == (id_,)
    assert [(each.id, "none" in each.message) for each in confirmed.refused] == [("none", True)]
    again = d.perform(endpoints.confirm_shipments(scope, [id_]))
    assert again.done == ()
    assert "SHIPPING" in again.refused[0].message
    assert d.order(order_id).state is OrderState.SHIPPED


def test_a_deletion_is_read_under_both_spellings(depot: Callable[..., Depot]) -> None:
    """ST06's schema says one thing and its example another: done and refused are told either way."""
    d = depot()
    scope = d.channel.config.scope
    id_ = shipment(d, d.paid(1))
    call = endpoints.delete_shipments(scope, [id_, "none"])
    answer = d.perform(call)
    assert (answer.done, [each.id for each in answer.refused]) == ((id_,), ["none"])
    assert d.market.shipments == ()
    body = {"shipment_success": [{"id": "a"}], "shipment_errors": [{"id": "b", "message": "no"}]}
    other = call.decode(attrs.evolve(d.market.handle(call.request), status=200, body=json.dumps(body).encode()))
    assert (other.done, other.refused[0].message) == (("a",), "no")


def test_ready_for_pick_up_is_for_the_operators_own_delivery(depot: Callable[..., Depot]) -> None:
    """ST26 is taken for a method that the operator delivers and refused for any other."""
    d = depot(shipping_types=(ShippingType(), ShippingType(code="OWN", delivery_by_operator=True)))
    scope = d.channel.config.scope
    ours, theirs = d.paid(1), OrderId(d.market.buy([("S1", 1)], shipping_type="OWN") or "")
    d.clock.advance(1)
    ids = [shipment(d, ours), shipment(d, theirs)]
    answer = d.perform(endpoints.mark_ready_for_pick_up(scope, ids))
    assert (answer.done, [each.id for each in answer.refused]) == ((ids[1],), [ids[0]])


def test_trap_04_the_value_of_shipment_information_is_a_text(depot: Callable[..., Depot]) -> None:
    """The document calls it an object; a text and a day both travel as text with their type beside, and come back."""
    d = depot()
    scope = d.channel.config.scope
    id_ = shipment(d, d.paid(1))
    day = d.clock.now().date()
    told = (
        NewShipmentInformation(code="DELIVERY_BILL_ID", value="AB-1"),
        NewShipmentInformation(code="DELIVERY_BILL_DATE", value=day),
    )
    call = endpoints.inform_shipments(scope, {id_: told})
    rows = json.loads(call.request.body)["shipments"][0]["shipment_additional_information"]
    assert [(row["type"], row["value"]) for row in rows] == [("STRING", "AB-1"), ("DATE", day.isoformat())]
    answer = d.perform(call)
    back = answer.shipment_update_success[0].shipment_additional_information
    assert [each.value for each in back] == ["AB-1", day.isoformat()]
    bad = {id_: [told[1], NewShipmentInformation(code="DELIVERY_BILL_ID", value="has blanks in it")]}
    refused = d.perform(endpoints.inform_shipments(scope, bad)).shipment_update_errors[0]
    assert (refused.shipment_id, refused.errors[0].field) == (id_, "shipmentAdditionalInfoCommands[1].value")
