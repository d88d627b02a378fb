"""Several pushes of one SKU at once, lost answers, repeats that Mirakl recognises: the newest row has the last word."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors import errors
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.effects import Effect, Flow, Send, Sleep
from khaos_connectors.calls.messages import Lost, Outcome, Request, Response
from khaos_connectors.calls.retry import RetryPolicy
from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.config import MiraklConfig, StockWay
from khaos_connectors.mirakl.offers.in_flight import InFlight
from khaos_connectors.mirakl.offers.merge import OfferChange
from khaos_connectors.mirakl.offers.price_file import OfferPrices, PriceRow
from khaos_connectors.protocols import StockLevel
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.play import play
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.mirakl.offer_state import OfferDetails
from khaos_connectors.testing.simulators.routes import transport

Change = Callable[..., MiraklConfig]
Answer = Callable[..., Response]


def level(sku: str, units: int) -> StockLevel:
    return StockLevel(sku=ChannelSku(sku), units=units)


class World:
    """A marketplace, and flows that are moved on step by step, so that a test says who comes first."""

    def __init__(self, skus: int = 3, settings: MiraklSettings | None = None) -> None:
        self.clock = ManualClock()
        offers = {f"S{n}": OfferState(price="9.99", quantity=0) for n in range(skus)}
        self.sim = MiraklSimulator(clock=self.clock.now, api_key="key-123", offers=offers, settings=settings)
        self._carry = transport(self.sim)
        self.lose: list[bool] = []

    def send(self, request: Request) -> Outcome:
        outcome = self._carry.send(request)
        lost = bool(self.lose) and request.method == "POST" and self.lose.pop(0)
        return Lost(sent=True, reason="cut") if lost else outcome

    def run(self, flow: Flow[object]) -> object:
        return Runner({"john-lewis": self}, clock=self.clock).run(flow)

    def step(self, flow: Flow[object], answer: object = None, *, until: type[Effect] | None = None) -> object:
        """Move *flow* on, answering its effects, until it wants *until*; the effect, or the result at its end."""
        try:
            while True:
                effect = flow.send(answer)
                if until is not None and isinstance(effect, until):
                    return effect
                answer = self.outcome(effect)
        except StopIteration as done:
            return done.value

    def outcome(self, effect: Effect) -> object:
        if isinstance(effect, Send):
            return self.send(effect.request)
        if isinstance(effect, Sleep):
            self.clock.advance(effect.seconds)
            return None
        return self.clock.now()


def test_an_older_level_that_is_sent_again_does_not_overwrite_a_newer_one(change: Change) -> None:
    """The answer to the older file is lost; while its repeat waits, a newer push goes through. The newer level stays.

    The older push reports its rows as pending: what became of them is told by the newer one.
    """
    world = World()
    channel = MiraklChannel(change(pace_factor=1, import_poll_seconds=1))
    older = channel.push_stock([level("S0", 9), level("S1", 9)])
    world.lose = [True]
    sleeping = world.step(older, until=Sleep)  # the file is there, nobody knows it; it will be sent again
    assert isinstance(sleeping, Sleep)
    newer = world.run(channel.push_stock([level("S0", 1)]))
    assert newer.accepted == ("S0",)
    receipt = world.step(older, world.outcome(sleeping))
    world.clock.advance(60)
    world.sim.tick()
    assert (world.sim.offers["S0"].quantity, world.sim.offers["S1"].quantity) == (1, 9)
    assert (receipt.accepted, receipt.pending) == (("S1",), ("S0",))


def test_a_file_that_waits_leaves_out_what_a_newer_push_sends(change: Change) -> None:
    """Rows that are still to come when a newer push begins are not sent at all."""
    world = World()
    channel = MiraklChannel(change(pace_factor=1, import_poll_seconds=1, stock_rows_per_file=1))
    older = channel.push_stock([level("S0", 9), level("S1", 9), level("S2", 9)])
    waiting = world.step(older, until=Sleep)
    assert world.run(channel.push_stock([level("S2", 4)])).accepted == ("S2",)
    receipt = world.step(older, world.outcome(waiting))
    assert (receipt.accepted, receipt.pending) == (("S0", "S1"), ("S2",))
    assert world.sim.offers["S2"].quantity == 4
    assert [file.rows[0][:2] for file in world.sim._state.imports.values()] == [("S0", "9"), ("S2", "4"), ("S1", "9")]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whoever_comes_last_the_newest_level_stays(data: st.DataObject) -> None:
    """Law: however two or three pushes of one account are interleaved, and whichever answers are lost, each SKU ends

    with the level of the last push that named it.
    """
    world = World(4)
    config = MiraklConfig(account="john-lewis", base_url="shop.example.com", api_key="key-123", stock_rows_per_file=2)
    channel = MiraklChannel(attrs.evolve(config, import_poll_seconds=5, retry=RetryPolicy(budget=10_000, attempts=9)))
    world.lose = data.draw(st.lists(st.booleans(), max_size=6))
    wanted: dict[str, int] = {}
    pushes: list[tuple[Flow[object], list[object]]] = []
    for number in range(data.draw(st.integers(2, 3))):
        levels = {f"S{n}": 10 * number + n for n in sorted(data.draw(st.sets(st.integers(0, 3), min_size=1)))}
        wanted |= levels
        push = channel.push_stock([level(sku, units) for sku, units in levels.items()])
        pushes.append((push, [push.send(None)]))
    while pushes:
        push, effects = pushes[data.draw(st.integers(0, len(pushes) - 1))]
        try:
            effects[0] = push.send(world.outcome(effects[0]))
        except StopIteration:
            pushes.remove((push, effects))
    world.clock.advance(3600)
    world.sim.tick()
    assert {sku: world.sim.offers[sku].quantity for sku in wanted} == wanted


def test_prices_of_an_older_push_do_not_come_last_either(change: Change) -> None:
    """The same holds for price files."""
    world = World()
    offers = MiraklChannel(change(pace_factor=1)).offers

    def push(price: str) -> Flow[object]:
        return offers.push_prices([OfferPrices(sku=ChannelSku("S0"), rows=(PriceRow(price=Decimal(price)),))])

    older = push("9")
    world.lose = [True]
    effect = world.step(older, until=Sleep)
    while not world.sim._state.offer_work.files:
        effect = world.step(older, world.outcome(effect), until=Sleep)
    assert world.run(push("5")).accepted == ("S0",)
    assert world.step(older, world.outcome(effect)).pending == ("S0",)
    world.clock.advance(60)
    world.sim.tick()
    assert world.sim.offers["S0"].price == Decimal(5)


# --- whole offers ----------------------------------------------------------------------------------------------------


def test_a_change_that_does_not_show_yet_is_not_undone_by_the_next(change: Change) -> None:
    """The first change is still an open import when the offer is read for the second: the second write holds both."""
    world = World(settings=MiraklSettings(import_seconds=3600))
    channel = MiraklChannel(change(import_patience_seconds=1, stock_way=StockWay.OFFERS))
    first = world.run(channel.offers.change({ChannelSku("S0"): OfferChange(leadtime_to_ship=7)}))
    assert first.pending == ("S0",)
    world.run(channel.push_stock([level("S0", 4)]))
    world.clock.advance(7200)
    world.sim.tick()
    shown = world.sim.offers["S0"]
    assert (shown.quantity, shown.details.leadtime_to_ship) == (4, 7)


def test_a_change_whose_fate_is_known_is_not_made_again(change: Change) -> None:
    """Once it was accepted, what somebody else changed since stands."""
    world = World()
    offers = MiraklChannel(change()).offers
    world.run(offers.change({ChannelSku("S0"): OfferChange(leadtime_to_ship=7)}))
    world.sim._state.offers["S0"] = attrs.evolve(world.sim.offers["S0"], details=OfferDetails(leadtime_to_ship=2))
    world.run(offers.change({ChannelSku("S0"): OfferChange(description="new")}))
    assert world.sim.offers["S0"].details.leadtime_to_ship == 2


def test_a_pending_change_is_carried_until_a_later_one_settles_it(change: Change) -> None:
    """Pending, then written together with the next change, it is done: it is not made a third time."""
    world = World(settings=MiraklSettings(import_seconds=3600))
    impatient = MiraklChannel(change(import_patience_seconds=1)).offers
    patient = MiraklChannel(change(import_patience_seconds=10_000)).offers
    patient._rewrites = impatient.rewrites
    assert world.run(impatient.change({ChannelSku("S0"): OfferChange(leadtime_to_ship=7)})).pending == ("S0",)
    assert world.run(patient.change({ChannelSku("S0"): OfferChange(description="new")})).accepted == ("S0",)
    assert world.sim.offers["S0"].details.leadtime_to_ship == 7
    world.sim._state.offers["S0"] = attrs.evolve(world.sim.offers["S0"], details=OfferDetails(leadtime_to_ship=2))
    assert world.run(patient.change({ChannelSku("S0"): OfferChange(description="newer")})).accepted == ("S0",)
    assert world.sim.offers["S0"].details.leadtime_to_ship == 2


def test_a_repeat_that_mirakl_recognises_is_not_called_accepted(change: Change) -> None:
    """OF24 gives the id of an earlier import for a body that it knows, and writes nothing: 5, 3, 5 leaves 3.

    The third push must not say that 5 is there.
    """
    world = World(settings=MiraklSettings(duplicate_seconds=3600, import_seconds=1))
    channel = MiraklChannel(change(stock_way=StockWay.OFFERS))
    receipts = [world.run(channel.push_stock([level("S0", units)])) for units in (5, 3, 5)]
    assert world.sim.offers["S0"].quantity == 3
    assert [receipt.accepted for receipt in receipts] == [("S0",), ("S0",), ()]
    assert "repeat of import 2001" in receipts[2].refused[0].message


def test_a_repeat_of_an_old_import_is_known_by_its_date(change: Change) -> None:
    """A process that never saw the earlier import goes by when it was made."""
    world = World(settings=MiraklSettings(duplicate_seconds=86_400, import_seconds=1))
    config = change(stock_way=StockWay.OFFERS)
    world.run(MiraklChannel(config).push_stock([level("S0", 5)]))
    world.clock.advance(7200)
    world.sim._state.offers["S0"] = attrs.evolve(world.sim.offers["S0"], quantity=1)
    receipt = world.run(MiraklChannel(config).push_stock([level("S0", 5)]))
    assert [str(each.sku) for each in receipt.refused] == ["S0"]


def test_the_same_push_made_twice_is_taken(change: Change) -> None:
    """With nothing in between, the earlier import has written just these levels."""
    world = World(settings=MiraklSettings(duplicate_seconds=3600, import_seconds=1))
    channel = MiraklChannel(change(stock_way=StockWay.OFFERS))
    assert [world.run(channel.push_stock([level("S0", 5)])).accepted for _ in range(2)] == [("S0",), ("S0",)]


def test_offers_are_read_just_before_they_are_written(change: Change) -> None:
    """Of many offers each is read after the files before its own went out: a sale meanwhile is in the figures."""
    world = World(450)
    asked: list[str] = []
    runner = Runner({"john-lewis": world}, clock=world.clock, hooks=[lambda event: asked.append(event.operation)])
    changes = {ChannelSku(f"S{n}"): OfferChange(leadtime_to_ship=2) for n in range(450)}
    receipt = runner.run(MiraklChannel(change()).offers.change(changes))
    assert len(receipt.accepted) == 450
    first_write = asked.index("OF24")
    assert asked[:first_write].count("OF22") == 200
    assert asked.count("OF22") == 450


def test_a_change_that_mirakl_would_refuse_costs_itself_alone(change: Change) -> None:
    """A lead time out of bounds is refused by SKU before anything is sent; the other offers are written."""
    world = World()
    changes = {ChannelSku("S0"): OfferChange(leadtime_to_ship=60), ChannelSku("S1"): OfferChange(leadtime_to_ship=3)}
    receipt = world.run(MiraklChannel(change()).offers.change(changes))
    assert receipt.accepted == ("S1",)
    assert [(str(each.sku), "leadtime_to_ship must be at most 44" in each.message) for each in receipt.refused] == [
        ("S0", True)
    ]


# --- trouble in the middle -------------------------------------------------------------------------------------------


def test_trouble_in_the_middle_tells_what_went_before(change: Change, answer: Answer) -> None:
    """The second file is refused for good: the error carries a note of the rows that are in already."""
    channel = MiraklChannel(change(stock_rows_per_file=2))
    outcomes = [answer({"import_id": "i-1"}, 201), answer({"message": "no"}, 409)]
    with pytest.raises(errors.Conflict) as caught:
        play(channel.push_stock([level(f"S{n}", n) for n in range(4)]), outcomes)
    assert caught.value.__notes__ == ["2 rows were handed over before, the last as the imports i-1"]


def test_rows_that_were_not_looked_at_alone_say_so(change: Change, answer: Answer) -> None:
    """When the halving has reached its bound, nobody is told that his row is bad."""
    channel = MiraklChannel(change(stock_splits_per_push=0))
    receipt = play(channel.push_stock([level("A", 1), level("B", 1)]), [answer({"message": "Bad"}, 400)]).result
    assert all("file of 2 rows" in each.message and "stock_splits_per_push" in each.message for each in receipt.refused)


def test_imports_that_hang_are_waited_for_once(change: Change) -> None:
    """Patience is for one import; those behind one that does not end get one look each, not the whole time anew."""
    world = World(5, MiraklSettings(import_seconds=10**6))
    channel = MiraklChannel(change(stock_rows_per_file=1, import_patience_seconds=600, import_poll_seconds=15))
    began = world.clock.now()
    receipt = world.run(channel.push_stock([level(f"S{n}", n) for n in range(5)]))
    assert len(receipt.pending) == 5
    assert world.clock.now() - began < timedelta(seconds=700)


def test_a_key_that_cannot_be_written_costs_itself(change: Change) -> None:
    """Half a character in a SKU (a lone surrogate) is refused by SKU; the file goes without it."""
    world = World()
    receipt = world.run(MiraklChannel(change()).push_stock([level("S\ud800", 1), level("S1", 2)]))
    assert receipt.accepted == ("S1",)
    assert "surrogate" in receipt.refused[0].message


def test_pushes_that_ended_are_forgotten() -> None:
    """What is under way is kept for as long as somebody older is, and no longer."""
    shared = InFlight[StockLevel](lambda row: row.sku)
    with shared.turn() as older:
        with shared.turn() as newer:
            newer.fill([level("A", 2)])
        assert older.newer(ChannelSku("A")) == level("A", 2)
        assert older.newer(ChannelSku("B")) is None
    with shared.turn() as last:
        assert last.newer(ChannelSku("A")) is None
