"""Returns and incidents through the simulator: every row has its outcome, and none of it moves money."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import gather
from khaos_connectors.calls.messages import Lost, Request, Response
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.after_sales.desk import AfterSales
from khaos_connectors.mirakl.after_sales.money_back import Ask, Codes
from khaos_connectors.mirakl.after_sales.refunds import Done
from khaos_connectors.mirakl.after_sales.remaining import remaining
from khaos_connectors.mirakl.after_sales.returns import (
    OpenedReturn,
    ReturnDesk,
    ReturnOutcome,
    ReturnUnknown,
    asks_for,
    still_due,
)
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.models.return_codes import NonCompliance, ReturnMethod, ReturnRejection, ReturnState
from khaos_connectors.mirakl.models.returns import (
    LineCompliance,
    NewReturn,
    NewReturnAddress,
    NewReturnLine,
    NewReturnTracking,
    ReturnChange,
    ReturnCompliance,
    ReturnDecision,
)
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.orders.reading import one_order
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.play import play
from khaos_connectors.testing.simulators.faults import Fault, FaultKind, Faults, Faulty
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.routes import async_transport, transport

AUTOMATIC = MiraklSettings(order_acceptance="AUTOMATIC", debit_seconds=0)


@attrs.define
class Desk:
    """A shop with shipped orders, and a line to it that can be spoiled."""

    market: MiraklSimulator
    clock: ManualClock
    faults: Faults
    desk: AfterSales
    runner: Runner

    def run(self, flow: Flow[object]) -> object:
        return self.runner.run(flow)

    def call(self, call: object) -> object:
        return self.run(self.desk.config.caller().perform(call))

    def shipped(self, *lines: tuple[str, int]) -> OrderId:
        order_id = self.market.buy(lines)
        assert order_id is not None
        self.call(endpoints.ship_order(self.desk.config.scope, order_id))
        return OrderId(order_id)

    def poll_and_refund(self, order_id: OrderId) -> None:
        """What a job does that knows nothing of its earlier runs."""
        changed = self.run(self.desk.returns.changed(self.clock.now())).returns
        numbers = {each.order_commercial_id or "" for each in changed}
        returns = [each for number in numbers for each in self.run(self.desk.returns.of_order(number)).returns]
        row = self.run(one_order(self.desk.config.caller(), self.desk.config, order_id))
        assert row is not None
        due = still_due(row.record, returns)
        if due:
            self.run(self.desk.money_back.give_back(order_id, due, codes=Codes(refund="16")))

    def sent_back(self, order_id: OrderId, units: int) -> str:
        return_id = self.market.send_back([(f"{order_id}-1", units)])
        assert return_id is not None
        return return_id


@pytest.fixture
def shop(config: MiraklConfig) -> Callable[..., Desk]:
    """A shop under given settings."""

    def made(settings: MiraklSettings = AUTOMATIC) -> Desk:
        clock = ManualClock()
        offers = {f"S{n}": OfferState(price=Decimal("9.99"), quantity=500) for n in range(3)}
        market = MiraklSimulator(clock=clock.now, api_key="key-123", offers=offers, settings=settings)
        faults = Faults(seed=1)
        runner = Runner({"john-lewis": transport(Faulty(market, faults))}, clock=clock)
        return Desk(market, clock, faults, AfterSales(config), runner)

    return made


def test_a_return_from_request_to_refund(shop: Callable[..., Desk]) -> None:
    """Asked for, accepted, received, judged, closed; the money goes back by a refund of its own, for the good units."""
    s = shop()
    order_id = s.shipped(("S1", 3))
    start = s.clock.now()
    return_id = s.sent_back(order_id, 2)
    (asked,) = s.run(s.desk.returns.changed(start)).returns
    assert (asked.standing, asked.id) == (ReturnState.WAITING_ACCEPTANCE, return_id)
    assert s.run(s.desk.returns.decide([ReturnDecision(id=return_id, accepted=True)]))[0].moved
    assert s.run(s.desk.returns.receive([return_id]))[0].moved
    verdict = ReturnCompliance(
        id=return_id, return_lines=(LineCompliance(order_line_id=f"{order_id}-1", compliant=True),)
    )
    assert s.run(s.desk.returns.judge([verdict]))[0].moved
    assert s.run(s.desk.returns.close([return_id]))[0].moved
    (closed,) = s.run(s.desk.returns.named([return_id])).returns
    assert closed.standing is ReturnState.CLOSED
    assert s.market.orders[order_id].lines[0].backs == ()  # not a penny so far
    outcome = s.run(s.desk.money_back.give_back(order_id, asks_for(closed), codes=Codes(refund="16")))
    assert isinstance(outcome, Done)
    (back,) = s.market.orders[order_id].lines[0].backs
    assert (back.amount, back.shipping, back.quantity) == (Decimal("19.98"), 0, 2)


def test_goods_that_are_not_as_they_should_be_are_not_asked_for(shop: Callable[..., Desk]) -> None:
    """A line that was found wanting is left out of what to refund."""
    s = shop()
    order_id = s.shipped(("S1", 3))
    return_id = s.sent_back(order_id, 1)
    s.run(s.desk.returns.decide([ReturnDecision(id=return_id, accepted=True)]))
    s.run(s.desk.returns.receive([return_id]))
    line = LineCompliance(
        order_line_id=f"{order_id}-1",
        compliant=False,
        non_compliance_reason_code=NonCompliance.DAMAGED_PRODUCT,
        non_compliance_additional_info="The box is open",
    )
    s.run(s.desk.returns.judge([ReturnCompliance(id=return_id, return_lines=(line,))]))
    (judged,) = s.run(s.desk.returns.named([return_id])).returns
    assert asks_for(judged) == ()


def test_goods_that_did_not_come_are_not_asked_for(shop: Callable[..., Desk]) -> None:
    """Asked for, on the way, refused, cancelled, or closed because nothing came: nothing is to be refunded. Of goods
    that need not come back, all is as soon as the return is accepted.
    """
    s = shop()
    order_id = s.shipped(("S1", 9))
    return_id = s.sent_back(order_id, 2)
    s.run(s.desk.returns.decide([ReturnDecision(id=return_id, accepted=True)]))
    (made,) = s.run(s.desk.returns.named([return_id])).returns
    asked = {state: asks_for(attrs.evolve(made, state=state)) != () for state in ReturnState}
    assert [state for state, due in asked.items() if due] == [ReturnState.RECEIVED]
    assert asks_for(attrs.evolve(made, state=Unrecognised("PARKED"))) == ()
    (ask,) = asks_for(attrs.evolve(made, method_code=ReturnMethod.RETURNLESS))
    assert ask.units == 2


def test_a_return_that_is_told_again_is_not_refunded_again(shop: Callable[..., Desk]) -> None:
    """The overlap brings a return in every poll: what is due for it is due once, and of two returns each its own."""
    s = shop()
    order_id = s.shipped(("S1", 3))
    first, second = (s.sent_back(order_id, 1) for _ in range(2))
    s.run(s.desk.returns.decide([ReturnDecision(id=each, accepted=True) for each in (first, second)]))
    s.run(s.desk.returns.receive([first]))
    for _ in range(3):
        s.poll_and_refund(order_id)
    assert [back.amount for back in s.market.orders[order_id].lines[0].backs] == [Decimal("9.99")]
    s.run(s.desk.returns.receive([second]))
    for _ in range(3):
        s.poll_and_refund(order_id)
    assert [back.amount for back in s.market.orders[order_id].lines[0].backs] == [Decimal("9.99")] * 2


def test_what_is_due_for_an_order_needs_no_more_than_its_id(shop: Callable[..., Desk]) -> None:
    """The desk reads the order and its returns: due is what is back and not refunded, and nothing once it was."""
    s = shop()
    order_id = s.shipped(("S1", 3))
    return_id = s.sent_back(order_id, 2)
    assert s.run(s.desk.still_due(order_id)) == ()
    s.run(s.desk.returns.decide([ReturnDecision(id=return_id, accepted=True)]))
    s.run(s.desk.returns.receive([return_id]))
    due = s.run(s.desk.still_due(order_id))
    assert due == (Ask(line_id=f"{order_id}-1", units=2),)
    s.run(s.desk.money_back.give_back(order_id, due, codes=Codes(refund="16")))
    assert s.run(s.desk.still_due(order_id)) == ()
    assert remaining(s.run(s.desk.order(order_id)))[0].units == 1
    with pytest.raises(errors.NotFound, match="NOBODY is not there"):
        s.run(s.desk.still_due(OrderId("NOBODY")))


def test_one_return_told_two_things_at_once_is_sent_nowhere(shop: Callable[..., Desk]) -> None:
    """Accepted and refused in one list: nobody knows which was meant. The same thing said twice is said once."""
    s = shop()
    return_id = s.sent_back(s.shipped(("S1", 3)), 1)
    accept, refuse = (ReturnDecision(id=return_id, accepted=each) for each in (True, False))
    with pytest.raises(errors.Invalid, match="two different things") as caught:
        s.run(s.desk.returns.decide([accept, refuse]))
    assert caught.value.operation == "RT21"
    assert [each.moved for each in s.run(s.desk.returns.decide([accept, accept]))] == [True, True]


def test_what_was_moved_is_told_also_where_returns_cannot_be_read(shop: Callable[..., Desk]) -> None:
    """One of two is refused inside the 200 and the look at it fails: the other's outcome is not lost over that."""
    s = shop()
    order_id = s.shipped(("S1", 3))
    good, bad = s.sent_back(order_id, 1), "00000000-0000-4000-a000-999999999999"
    s.faults.next("RT11", *[Fault(kind=FaultKind.UNAVAILABLE)] * 8)
    outcomes = s.run(s.desk.returns.decide([ReturnDecision(id=each, accepted=True) for each in (good, bad)]))
    assert outcomes == (
        ReturnOutcome(id=good, moved=True),
        ReturnOutcome(id=bad, moved=False, why="The return does not exist."),
    )


def test_returns_come_several_times_and_count_once(shop: Callable[..., Desk]) -> None:
    """The overlap brings the same return in every poll: each is told once per poll, as it is by then."""
    s = shop()
    order_id = s.shipped(("S1", 300))
    ids = {s.sent_back(order_id, 1) for _ in range(250)}
    first = s.run(s.desk.returns.changed(s.clock.now()))
    assert {each.id for each in first.returns} == ids
    assert len(first.returns) == 250
    s.clock.advance(60)
    again = s.run(s.desk.returns.changed(s.clock.now()))
    assert {each.id for each in again.returns} == ids
    s.clock.advance(3600)
    assert s.run(s.desk.returns.changed(s.clock.now())).returns == ()


def test_failures_inside_a_200_are_told_per_return(shop: Callable[..., Desk]) -> None:
    """One that is done before is ``already``, one in the wrong state and one that is not there say why."""
    s = shop()
    order_id = s.shipped(("S1", 9))
    fresh, done, refused = (s.sent_back(order_id, 1) for _ in range(3))
    accept = ReturnDecision(id=done, accepted=True)
    refuse = ReturnDecision(id=refused, accepted=False, rejection_reason_code=ReturnRejection.WINDOW_CLOSED)
    assert all(each.moved for each in s.run(s.desk.returns.decide([accept, refuse])))
    nobody = "00000000-0000-4000-a000-999999999999"
    outcomes = s.run(
        s.desk.returns.decide([ReturnDecision(id=each, accepted=True) for each in (fresh, done, refused, nobody)])
    )
    assert outcomes == (
        ReturnOutcome(id=fresh, moved=True),
        ReturnOutcome(id=done, moved=False, already=True),
        ReturnOutcome(id=refused, moved=False, why="Return is in invalid state (it is in REFUSED)"),
        ReturnOutcome(id=nobody, moved=False, why="The return does not exist."),
    )
    (seen,) = s.run(s.desk.returns.named([refused])).returns
    assert seen.rejection_reason_code is ReturnRejection.WINDOW_CLOSED


def test_more_returns_than_one_call_takes(shop: Callable[..., Desk]) -> None:
    """A hundred to a call: 230 are moved on in three."""
    s = shop()
    order_id = s.shipped(("S1", 300))
    ids = [s.sent_back(order_id, 1) for _ in range(230)]
    outcomes = s.run(s.desk.returns.cancel(ids))
    assert [each.id for each in outcomes] == ids
    assert all(each.moved for each in outcomes)
    assert {each.state for each in s.market.returns.values()} == {"CANCELED"}


@pytest.mark.parametrize("kind", [FaultKind.DROP, FaultKind.GARBLE])
def test_a_return_whose_answer_is_lost_is_found_and_not_opened_twice(
    shop: Callable[..., Desk], kind: FaultKind
) -> None:
    """RT01 is never repeated on a guess: the order's returns are read before and after."""
    s = shop()
    order_id = s.shipped(("S1", 3))
    new = NewReturn(
        order_commercial_id=s.market.orders[order_id].commercial_id,
        method_code=ReturnMethod.BY_MAIL,
        return_lines=(NewReturnLine(order_line_id=f"{order_id}-1", quantity=1, reason_code="RETURN_BROKEN_ITEM"),),
    )
    s.faults.next("RT01", Fault(kind=kind))
    opened = s.run(s.desk.returns.open(new))
    assert isinstance(opened, OpenedReturn)
    assert opened.looked
    assert list(s.market.returns) == [opened.made.id]
    s.faults.next("RT01", Fault(kind=FaultKind.UNAVAILABLE))
    lost = s.run(s.desk.returns.open(new, again=True))
    assert isinstance(lost, ReturnUnknown)
    assert lost.missing
    assert len(s.market.returns) == 1


def test_a_return_is_opened_once(shop: Callable[..., Desk]) -> None:
    """The same return opened again is the one that stands; another number, other units or ``again`` is another one.

    One that was cancelled stands no more.
    """
    s = shop()
    order_id = s.shipped(("S1", 5))
    new = NewReturn(
        order_commercial_id=s.market.orders[order_id].commercial_id,
        method_code=ReturnMethod.BY_MAIL,
        return_lines=(NewReturnLine(order_line_id=f"{order_id}-1", quantity=1, reason_code="RETURN_BROKEN_ITEM"),),
        rma="R-1",
    )
    first, repeat = (s.run(s.desk.returns.open(new)) for _ in range(2))
    assert not first.already
    assert repeat == OpenedReturn(made=first.made, already=True)
    unnumbered = s.run(s.desk.returns.open(attrs.evolve(new, rma=None)))
    assert (unnumbered.already, unnumbered.made.id) == (True, first.made.id)
    assert not s.run(s.desk.returns.open(attrs.evolve(new, rma="R-2"))).already
    two = attrs.evolve(new, return_lines=(attrs.evolve(new.return_lines[0], quantity=2),))
    assert not s.run(s.desk.returns.open(two)).already
    assert not s.run(s.desk.returns.open(new, again=True)).already
    s.run(s.desk.returns.cancel(list(s.market.returns)))
    assert not s.run(s.desk.returns.open(new)).already


def one_unit(s: Desk, order_id: OrderId) -> NewReturn:
    return NewReturn(
        order_commercial_id=s.market.orders[order_id].commercial_id,
        method_code=ReturnMethod.BY_MAIL,
        return_lines=(NewReturnLine(order_line_id=f"{order_id}-1", quantity=1, reason_code="RETURN_BROKEN_ITEM"),),
    )


def test_what_comes_back_after_a_closed_return_is_a_return_of_its_own(shop: Callable[..., Desk]) -> None:
    """One of three came back and was closed; the next one, without a number, is opened, and that once."""
    s = shop()
    new = one_unit(s, s.shipped(("S1", 3)))
    first = s.run(s.desk.returns.open(new)).made
    s.run(s.desk.returns.decide([ReturnDecision(id=first.id, accepted=True)]))
    s.run(s.desk.returns.receive([first.id]))
    assert s.run(s.desk.returns.open(new)).made.id == first.id
    fine = LineCompliance(order_line_id=new.return_lines[0].order_line_id, compliant=True)
    s.run(s.desk.returns.judge([ReturnCompliance(id=first.id, return_lines=(fine,))]))
    assert s.run(s.desk.returns.close([first.id]))[0].moved
    second, repeat = (s.run(s.desk.returns.open(new)) for _ in range(2))
    assert (second.already, repeat.already, repeat.made.id) == (False, True, second.made.id)
    assert list(s.market.returns) == [first.id, second.made.id]


def test_two_who_open_the_same_return_at_once_open_one(shop: Callable[..., Desk]) -> None:
    """Whoever comes second waits, reads, and finds it standing. Orders do not wait for each other."""
    s = shop()
    new, other = (one_unit(s, s.shipped(("S1", 3))) for _ in range(2))
    line = async_transport(s.market)

    class Slow:
        """Lets the others run before anything is done, as a network does."""

        async def send(self, request: Request) -> Response | Lost:
            await asyncio.sleep(0)
            return await line.send(request)

    runner = AsyncRunner({s.desk.config.account: Slow()}, clock=s.clock)
    flows = gather([s.desk.returns.open(each) for each in (new, new, new, other)], limit=4)
    *same, alone = asyncio.run(runner.run(flows))
    assert sorted(each.already for each in same) == [False, True, True]
    assert len({each.made.id for each in same}) == 1
    assert not alone.already
    assert len(s.market.returns) == 2


UNREADABLE = {"id": "R-1", "state": "IN_PROGRESS", "return_lines": "one"}
READABLE = {"id": "R-2", "state": "IN_PROGRESS", "return_lines": [{"order_line_id": "L-1", "quantity": 1}]}
COMES_BACK = NewReturn(
    order_commercial_id="C-1",
    method_code=ReturnMethod.BY_MAIL,
    return_lines=(NewReturnLine(order_line_id="L-1", quantity=1, reason_code="RETURN_OTHER"),),
)


def listed(*rows: dict[str, object]) -> Response:
    return Response(status=200, body=json.dumps({"data": rows}).encode())


def test_only_a_return_under_way_is_the_same_one(config: MiraklConfig) -> None:
    """One that is over is another parcel than what comes back now; a state not met yet counts as under way."""
    desk = ReturnDesk(config, config.caller())
    made = Response(status=200, body=json.dumps({"return_success": [{"id": "R-3"}]}).encode())
    over = {"REFUSED", "CANCELED", "CLOSED", "NO_RECEPTION"}
    for state in [*(each.value for each in ReturnState), "PARKED"]:
        answers = [listed({**READABLE, "state": state}), *([made] if state in over else [])]
        opened = play(desk.open(COMES_BACK), answers).result
        assert isinstance(opened, OpenedReturn)
        assert (opened.made.id, opened.already) == (("R-3", False) if state in over else ("R-2", True))


def test_one_number_is_one_return_also_when_it_is_closed(config: MiraklConfig) -> None:
    """A repeat with the number of a closed return finds it; only what was refused or cancelled may be opened again."""
    desk = ReturnDesk(config, config.caller())
    made = Response(status=200, body=json.dumps({"return_success": [{"id": "R-3"}]}).encode())
    numbered = attrs.evolve(COMES_BACK, rma="RMA-1")
    for state in ("CLOSED", "NO_RECEPTION", "REFUSED", "CANCELED"):
        anew = state in {"REFUSED", "CANCELED"}
        answers = [listed({**READABLE, "state": state, "rma": "RMA-1"}), *([made] if anew else [])]
        opened = play(desk.open(numbered), answers).result
        assert isinstance(opened, OpenedReturn)
        assert (opened.made.id, opened.already) == (("R-3", False) if anew else ("R-2", True))


def test_a_return_that_cannot_be_read_may_be_the_one_to_open(config: MiraklConfig) -> None:
    """Nothing is sent beside it, and it is named; one that is readable and the same, or ``again``, settles it."""
    desk = ReturnDesk(config, config.caller())
    with pytest.raises(errors.Undecodable) as caught:
        play(desk.open(COMES_BACK), [listed(UNREADABLE)])
    assert (caught.value.operation, caught.value.records) == ("RT11", ("R-1",))
    stands = play(desk.open(COMES_BACK), [listed(UNREADABLE, READABLE)]).result
    assert isinstance(stands, OpenedReturn)
    assert (stands.made.id, stands.already) == ("R-2", True)
    made = Response(status=200, body=json.dumps({"return_success": [{"id": "R-3"}]}).encode())
    another = play(desk.open(COMES_BACK, again=True), [listed(UNREADABLE), made]).result
    assert isinstance(another, OpenedReturn)
    assert (another.made.id, another.already) == ("R-3", False)


def test_a_lost_return_is_not_missing_while_a_row_cannot_be_read(config: MiraklConfig) -> None:
    """The row that came since may be it: nobody could look. One that was unreadable before is not what was opened."""
    desk, lost = ReturnDesk(config, config.caller()), Response(status=503)
    blind = play(desk.open(COMES_BACK), [listed(), lost, listed(UNREADABLE)], clock=ManualClock()).result
    assert isinstance(blind, ReturnUnknown)
    assert not blind.missing
    mended = {**READABLE, "id": "R-1"}
    looks = [listed(UNREADABLE), listed(mended), listed(mended)]
    gone = play(desk.open(COMES_BACK, again=True), [listed(UNREADABLE), lost, *looks], clock=ManualClock()).result
    assert isinstance(gone, ReturnUnknown)
    assert gone.missing
    nameless = listed({**UNREADABLE, "id": None})
    doubt = play(desk.open(COMES_BACK, again=True), [nameless, lost, nameless], clock=ManualClock()).result
    assert isinstance(doubt, ReturnUnknown)
    assert not doubt.missing
    found = play(desk.open(COMES_BACK), [listed(), lost, listed(UNREADABLE, READABLE)], clock=ManualClock()).result
    assert isinstance(found, OpenedReturn)
    assert (found.made.id, found.looked) == ("R-2", True)


def test_a_return_that_mirakl_will_not_open_is_refused(shop: Callable[..., Desk]) -> None:
    """More units than have left: the error inside the 200 is raised."""
    s = shop()
    order_id = s.shipped(("S1", 3))
    new = NewReturn(
        order_commercial_id=s.market.orders[order_id].commercial_id,
        method_code=ReturnMethod.BY_MAIL,
        return_lines=(NewReturnLine(order_line_id=f"{order_id}-1", quantity=4, reason_code="RETURN_BROKEN_ITEM"),),
    )
    with pytest.raises(errors.Invalid, match="Not returnable in this quantity"):
        s.run(s.desk.returns.open(new))


def test_number_address_and_tracking_can_be_set(shop: Callable[..., Desk]) -> None:
    """RT04: the last word wins, and the return tells it."""
    s = shop()
    order_id = s.shipped(("S1", 3))
    return_id = s.sent_back(order_id, 1)
    change = ReturnChange(
        id=return_id,
        rma="RMA-1",
        return_address=NewReturnAddress(street1="2 Sample Road", city="Sampleton", country_iso_code="GBR"),
        tracking=NewReturnTracking(carrier_code="DPD", tracking_number="T-1"),
    )
    answer = s.call(endpoints.update_returns(s.desk.config.scope, [change]))
    (changed,) = answer.return_success
    assert (changed.rma, changed.return_address.street1, changed.tracking.carrier) == ("RMA-1", "2 Sample Road", "DPD")


def test_what_may_come_back(shop: Callable[..., Desk]) -> None:
    """RT12: units that left less those on their way back; a method that is in no list of codes is kept."""
    s = shop()
    order_id = s.shipped(("S1", 3), ("S2", 1))
    s.sent_back(order_id, 3)
    page = s.call(
        endpoints.list_returnable_items(s.desk.config.scope, order_line_ids=[f"{order_id}-1", f"{order_id}-2"])
    )
    rows = [row.record for row in page.items]
    assert [(row.returnable_quantity, row.return_window) for row in rows] == [(0, None), (1, 30)]
    assert rows[1].available_return_methods == (ReturnMethod.BY_MAIL, Unrecognised("RETURN_METHOD_DROP_OFF"))


def test_an_operator_without_returns_is_told_by_name(shop: Callable[..., Desk]) -> None:
    """404 on the list: the capability is missing, not the return."""
    s = shop(attrs.evolve(AUTOMATIC, returns=False))
    with pytest.raises(errors.Unsupported) as caught:
        s.run(s.desk.returns.changed(s.clock.now()))
    assert caught.value.capability == "returns"


def test_a_moment_without_a_zone_is_refused(shop: Callable[..., Desk]) -> None:
    """Which returns that would mean depends on where the caller sits."""
    s = shop()
    with pytest.raises(errors.Invalid, match="since"):
        s.run(s.desk.returns.changed(s.clock.now().replace(tzinfo=None)))


# --- traps of the document -------------------------------------------------------------------------------------------


def test_trap_03_returns_read_both_spellings_of_the_examples(scope: Scope) -> None:
    """RT11's example writes ``carrierCode``, RT01's writes ``status``: neither carrier nor state gets lost."""
    tracking = {"carrierCode": "UPS", "carrierName": "United Parcel", "tracking_number": 35}
    row = {"id": "R-1", "state": "RECEIVED", "tracking": tracking, "return_lines": None}
    call = endpoints.list_returns(scope)
    (read,) = call.decode(Response(status=200, body=json.dumps({"data": [row]}).encode())).items
    assert isinstance(read, Read)
    assert (read.record.tracking.carrier, read.record.tracking.tracking_number) == ("UPS", Text("35"))
    new = NewReturn(
        order_commercial_id="C",
        method_code=ReturnMethod.BY_MAIL,
        return_lines=(NewReturnLine(order_line_id="L", quantity=1, reason_code="R"),),
    )
    made = endpoints.create_returns(scope, [new]).decode(
        Response(status=200, body=json.dumps({"return_success": [{"id": "R-2", "status": "IN_PROGRESS"}]}).encode())
    )
    assert (made.return_success or ())[0].standing is ReturnState.IN_PROGRESS


def test_trap_10_addresses_of_returns_have_street1(scope: Scope) -> None:
    """Orders write ``street_1``, returns ``street1``, in answers and in requests."""
    address = NewReturnAddress(street1="1 Example Street", city="Sampleton", country_iso_code="GBR")
    call = endpoints.update_returns(scope, [ReturnChange(id="R", return_address=address)])
    sent = json.loads(call.request.body)["returns"][0]["return_address"]["address"]
    assert sent == {"street1": "1 Example Street", "city": "Sampleton", "country_iso_code": "GBR"}


def test_a_broken_return_is_a_row_of_its_own(scope: Scope) -> None:
    """One return without an id does not cost the page."""
    rows = [{"state": "RECEIVED"}, {"id": "R-1"}]
    page = endpoints.list_returns(scope).decode(Response(status=200, body=json.dumps({"data": rows}).encode()))
    assert [type(row) for row in page.items] == [Broken, Read]


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("returns", lambda scope: endpoints.receive_returns(scope, [])),
        ("returns", lambda scope: endpoints.close_returns(scope, ["R"] * 101)),
        ("id", lambda scope: endpoints.cancel_returns(scope, ["R" * 37])),
        (
            "changes",
            lambda scope: endpoints.update_returns(scope, [ReturnChange(id="R", rma="1"), ReturnChange(id="S")]),
        ),
        (
            "rejection_reason_code",
            lambda scope: endpoints.decide_returns(
                scope, [ReturnDecision(id="R", accepted=True, rejection_reason_code=ReturnRejection.NOT_NEEDED)]
            ),
        ),
        ("return_id", lambda scope: endpoints.list_returns(scope, endpoints.ReturnFilter(return_id=("R",) * 101))),
        (
            "country_iso_code",
            lambda scope: endpoints.update_returns(
                scope,
                [ReturnChange(id="R", return_address=NewReturnAddress(street1="1", city="C", country_iso_code="GB"))],
            ),
        ),
    ],
)
def test_limits_are_kept_before_sending(scope: Scope, field: str, make: Callable[[Scope], object]) -> None:
    """What Mirakl refuses for its size or shape never leaves the house."""
    with pytest.raises(errors.Invalid) as caught:
        make(scope)
    assert caught.value.fields[0].field == field


# --- incidents -----------------------------------------------------------------------------------------------------


def test_an_incident_is_found_and_solved_once(shop: Callable[..., Desk]) -> None:
    """Found by OR11, solved by OR64; solving it again says that none was open any more."""
    s = shop()
    order_id = s.shipped(("S1", 1), ("S2", 1))
    s.market.raise_incident(order_id, line_id=f"{order_id}-2")
    (found,) = s.run(s.desk.incidents.open())
    assert (found.order_id, found.line_id, found.sku) == (order_id, f"{order_id}-2", "S2")
    assert s.run(s.desk.incidents.resolve(order_id, found.line_id, "24")) is True
    assert s.run(s.desk.incidents.open()) == ()
    assert s.market.orders[order_id].lines[1].state == "SHIPPED"
    assert s.run(s.desk.incidents.resolve(order_id, found.line_id, "24")) is False


def test_a_lost_answer_of_a_solved_incident_is_no_failure(shop: Callable[..., Desk]) -> None:
    """The driver repeats OR64, Mirakl refuses the repeat, the order says that it is done."""
    s = shop()
    order_id = s.shipped(("S1", 1))
    s.market.raise_incident(order_id)
    s.faults.next("OR64", Fault(kind=FaultKind.DROP))
    assert s.run(s.desk.incidents.resolve(order_id, f"{order_id}-1", "24")) is False
    assert not s.market.orders[order_id].has_incident


def test_an_incident_is_closed_with_a_reason_of_the_shop_only(shop: Callable[..., Desk]) -> None:
    """INCIDENT_CLOSE with ``is_shop_right``: a refund reason and the operator's own are refused here."""
    s = shop()
    order_id = s.shipped(("S1", 1))
    s.market.raise_incident(order_id)
    for code in ("15", "25"):
        with pytest.raises(errors.Invalid, match="no INCIDENT_CLOSE reason that a shop may use"):
            s.run(s.desk.incidents.resolve(order_id, f"{order_id}-1", code))
    s.clock.advance(timedelta(days=1).total_seconds())
    assert s.market.orders[order_id].has_incident


def test_polls_are_spaced_and_share_the_turns_of_the_channel(config: MiraklConfig) -> None:
    """Orders once a minute whoever asks, returns every five minutes; what is asked by id does not wait."""
    clock = ManualClock()
    market = MiraklSimulator(clock=clock.now, api_key="key-123", offers={}, settings=AUTOMATIC)
    runner = Runner({"john-lewis": transport(market)}, clock=clock)
    channel = MiraklChannel(attrs.evolve(config, pace_factor=1))
    desk = channel.after_sales
    start = clock.now()
    runner.run(channel.orders(since=start))
    runner.run(desk.news(start))
    assert clock.now() - start >= timedelta(seconds=60)
    runner.run(desk.incidents.open())
    assert clock.now() - start >= timedelta(seconds=120)
    before = clock.now()
    runner.run(desk.returns.changed(start))
    runner.run(desk.returns.named(["00000000-0000-4000-a000-000000000001"]))
    assert clock.now() - before < timedelta(seconds=10)
    runner.run(desk.returns.changed(start))
    assert clock.now() - before >= timedelta(minutes=5)
