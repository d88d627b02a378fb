"""Conversations: who waits for an answer, answering once whatever happens on the line, and what is sent for it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors import errors
from khaos_connectors.calls.decode import Unrecognised, read
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.messages.conversations import Conversations, NotPosted, Posted, PostUnclear
from khaos_connectors.mirakl.messages.rules import (
    message_since,
    replies_needed,
    reply_recipients,
    said_already,
    same_text,
    unanswered,
)
from khaos_connectors.mirakl.models.documents import Upload
from khaos_connectors.mirakl.models.message_codes import ParticipantType, SenderType
from khaos_connectors.mirakl.models.messages import (
    Message,
    NewOperatorThread,
    NewOrderThread,
    NewTopic,
    Participant,
    Recipient,
    Sender,
    Thread,
    ThreadMetadata,
)
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.play import play
from khaos_connectors.testing.simulators.faults import Fault, FaultKind, Faults, Faulty
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.mirakl.inbox_state import SimulatedThread
from khaos_connectors.testing.simulators.routes import transport

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
DROP, LOST = Fault(kind=FaultKind.DROP), Fault(kind=FaultKind.UNAVAILABLE)
HELLO = NewTopic(value="Your parcel")


@attrs.define
class World:
    """A marketplace behind a line that may be bad, and the inbox of a shop in it."""

    market: MiraklSimulator
    clock: ManualClock
    faults: Faults
    desk: Conversations
    run: Callable[[Flow[object]], object]
    asked: list[str]

    def buy(self) -> OrderId:
        order_id = self.market.buy([("S1", 1)])
        assert order_id is not None
        return OrderId(order_id)

    def thread(self, thread_id: str) -> SimulatedThread:
        return next(each for each in self.market.inbox.threads if each.thread_id == thread_id)


@pytest.fixture
def world(config: MiraklConfig) -> World:
    """A shop with an empty inbox."""
    clock = ManualClock(NOON)
    settings = MiraklSettings(order_acceptance="AUTOMATIC", debit_seconds=0)
    offers = {"S1": OfferState(price="12.00", quantity=99)}
    market = MiraklSimulator(clock=clock.now, api_key="key-123", offers=offers, settings=settings)
    faults, asked = Faults(), []
    line = transport(Faulty(market, faults))

    class Watched:
        def send(self, request: Request) -> object:
            asked.append(market.operation(request))
            return line.send(request)

    runner = Runner({"john-lewis": Watched()}, clock=clock)
    return World(market, clock, faults, Conversations(config), runner.run, asked)


def thread_of(*messages: tuple[str, str], **more: object) -> Thread:
    """A thread of (side, text), a minute between two."""
    said = tuple(
        Message(
            id=f"M-{at}",
            body=text,
            date_created=NOON + timedelta(minutes=at),
            from_=Sender(type=SenderType(f"{side}_USER")),
        )
        for at, (side, text) in enumerate(messages)
    )
    return Thread(id="T-1", messages=said, **more)


# --- who waits -------------------------------------------------------------------------------------------------------


def test_who_waits_is_listed_with_how_long_and_for_what(world: World) -> None:
    """A question waits until it is answered; the longest wait comes first and is overdue after the account's time."""
    first, second = world.buy(), world.buy()
    early = world.market.inbox.customer_writes(first, "Where is it?", topic="Delivery")
    world.clock.advance(20 * 3600)
    late = world.market.inbox.customer_writes(second, "Is it blue?")
    answered = world.market.inbox.operator_writes("Welcome!")
    world.run(world.desk.answer(answered, "Thank you!"))
    world.clock.advance(5 * 3600)

    inbox = world.run(world.desk.inbox())

    assert inbox.read == 3
    assert [each.thread_id for each in inbox.waiting] == [early, late]
    assert [each.order_ids for each in inbox.waiting] == [(first,), (second,)]
    assert [each.thread_id for each in inbox.overdue] == [early]
    alert = inbox.overdue[0]
    assert (alert.waited, alert.topic, alert.last_sender) == (timedelta(hours=25), "Delivery", SenderType.CUSTOMER_USER)
    assert alert.why == "waits for an answer for 25 h 0 min, more than 24 h 0 min"


def test_a_conversation_that_cannot_be_read_stops_no_other(world: World) -> None:
    """A row that breaks the contract stands beside those that wait."""
    body = {
        "data": [
            {"id": 5, "messages": "?"},
            {"id": "T", "metadata": {"shop_reply_needed_since": "2026-01-05T09:00:00Z"}},
        ]
    }
    clock = ManualClock(NOON)

    played = play(world.desk.inbox(), [Response(status=200, body=json.dumps(body).encode())], clock=clock)

    assert [each.thread_id for each in played.result.waiting] == ["T"]
    assert [each.id for each in played.result.unreadable] == ["5"]


@given(
    st.lists(st.tuples(st.uuids(), st.none() | st.integers(-10_000, 10_000)), unique_by=lambda each: each[0]),
    st.integers(0, 5000),
)
def test_alerts_are_those_who_wait_and_no_others(rows: list[tuple[object, int | None]], limit: int) -> None:
    """Exactly the threads with a time are listed, oldest first; overdue are those at or beyond the limit."""
    threads = [
        Thread(
            id=str(name),
            metadata=ThreadMetadata(shop_reply_needed_since=None if m is None else NOON - timedelta(minutes=m)),
        )
        for name, m in rows
    ]
    waited = {str(name): m for name, m in rows if m is not None}

    found = replies_needed(threads, now=NOON, alert_after=timedelta(minutes=limit))

    assert {each.thread_id for each in found} == set(waited)
    assert [each.since for each in found] == sorted(each.since for each in found)
    assert {e.thread_id for e in found if e.overdue} == {name for name, m in waited.items() if max(m, 0) >= limit}


# --- answering once --------------------------------------------------------------------------------------------------


def test_an_answer_goes_to_whoever_wrote(world: World) -> None:
    """The answer stands in the thread, to the side that wrote last, with its file, and nobody waits any more."""
    order_id = world.buy()
    thread_id = world.market.inbox.customer_writes(order_id, "Where is it?")
    file = Upload(name="label.pdf", content=b"%PDF", content_type="application/pdf")

    outcome = world.run(world.desk.answer(thread_id, "It left today.", files=[file]))

    thread = world.thread(thread_id)
    assert outcome == Posted(thread_id=thread_id, message_id=thread.messages[-1].message_id)
    assert (thread.messages[-1].body, thread.messages[-1].to) == ("It left today.", ("CUSTOMER",))
    assert thread.waiting_since is None
    attached = thread.messages[-1].files[0].file_id
    call = endpoints.download_attachment(world.desk.config.scope, attached)
    fetched = world.run(world.desk.config.caller().perform(call))
    assert (fetched.name, fetched.read(), fetched.is_archive) == ("label.pdf", b"%PDF", False)


def test_the_same_answer_is_sent_once(world: World) -> None:
    """A job that runs again does not repeat what was said, until the customer writes again or it is told to."""
    thread_id = world.market.inbox.customer_writes(world.buy(), "Where is it?")
    world.run(world.desk.answer(thread_id, "It left today."))

    again = world.run(world.desk.answer(thread_id, "  It left   today. "))
    assert isinstance(again, Posted)
    assert again.already
    world.run(world.desk.answer(thread_id, "It left today.", again=True))
    world.market.inbox.customer_writes("", "Which one?", thread_id=thread_id)
    world.run(world.desk.answer(thread_id, "It left today."))

    assert [each.side for each in world.thread(thread_id).messages] == ["CUSTOMER", "SHOP", "SHOP", "CUSTOMER", "SHOP"]
    assert world.asked.count("M12") == 3


def test_a_lost_answer_is_looked_for_and_not_repeated(world: World) -> None:
    """The message stands, its answer was lost: reading the thread shows it."""
    thread_id = world.market.inbox.customer_writes(world.buy(), "Where is it?")
    world.faults.next("M12", DROP)

    outcome = world.run(world.desk.answer(thread_id, "It left today."))

    assert outcome == Posted(thread_id=thread_id, message_id=world.thread(thread_id).messages[-1].message_id)
    assert world.asked.count("M12") == 1
    assert world.asked.count("M10") == 2


def test_what_did_not_arrive_is_told_and_can_be_sent_again(world: World) -> None:
    """No answer and nothing there after three looks: not posted; sending it again posts it once."""
    thread_id = world.market.inbox.customer_writes(world.buy(), "Where is it?")
    world.faults.next("M12", LOST)

    outcome = world.run(world.desk.answer(thread_id, "It left today."))
    assert isinstance(outcome, NotPosted)
    assert "3 times in 10 seconds" in outcome.why
    assert world.clock.slept == [5.0, 5.0]
    world.run(world.desk.answer(thread_id, "It left today."))

    assert [each.side for each in world.thread(thread_id).messages] == ["CUSTOMER", "SHOP"]


def test_what_cannot_be_looked_for_stays_unclear(world: World) -> None:
    """No answer and no look: nothing is claimed. Nor where a new message of the shop says something else."""
    before = thread_of(("CUSTOMER", "Where is it?"))
    other = thread_of(("CUSTOMER", "Where is it?"), ("SHOP", "A colleague's words"))

    def seen(thread: Thread) -> Response:
        said = thread.messages or ()
        rows = [{"id": each.id, "body": each.body, "from": {"type": each.from_.type.value}} for each in said]
        return Response(status=200, body=json.dumps({"id": "T-1", "messages": rows}).encode())

    blind = play(
        world.desk.answer("T-1", "It left today."),
        [seen(before), Response(status=503), Response(status=404)],
        clock=ManualClock(NOON),
    )
    strange = play(
        world.desk.answer("T-1", "It left today."),
        [seen(before), Response(status=503), seen(other), seen(other), seen(other)],
        clock=ManualClock(NOON),
    )

    assert isinstance(blind.result, PostUnclear)
    assert "404" in blind.result.why
    assert isinstance(strange.result, PostUnclear)
    assert "of another text" in strange.result.why


def test_an_answer_that_names_no_message_is_looked_for(config: MiraklConfig) -> None:
    """A 201 without an id says nothing: the thread is read. And a list that cannot be read decides nothing."""
    desk = Conversations(config)
    before = b'{"id": "T-1", "current_participants": [{"type": "CUSTOMER"}]}'
    after = b'{"id": "T-1", "messages": [{"id": "M-1", "body": "Hello.", "from": {"type": "SHOP_USER"}}]}'
    answers = [Response(status=200, body=before), Response(status=201), Response(status=200, body=after)]

    assert play(desk.answer("T-1", "Hello."), answers).result == Posted(thread_id="T-1", message_id="M-1")
    broken = Response(status=200, body=b'{"data": [{"id": null}]}')
    with pytest.raises(errors.Undecodable, match=r"data\[0\]\.id"):
        play(desk.open_about_order(OrderId("O-1"), NewOrderThread(topic=HELLO, body="Hello.")), [broken])


def test_a_full_conversation_takes_no_more(world: World) -> None:
    """The 1001st message is refused before it is sent, with what to do instead."""
    thread = b'{"id": "T-1", "metadata": {"total_count": 1000}, "current_participants": [{"type": "CUSTOMER"}]}'
    with pytest.raises(errors.Invalid, match=r"holds 1000 messages.*open another"):
        play(world.desk.answer("T-1", "Hello."), [Response(status=200, body=thread)])


@pytest.mark.parametrize("fault", [None, DROP])
def test_a_conversation_about_an_order_is_opened_once(world: World, fault: Fault | None) -> None:
    """The thread is there once, whether the answer came or not, and a second run finds it."""
    order_id = world.buy()
    wanted = NewOrderThread(topic=HELLO, body="Your parcel is late, sorry.")
    if fault is not None:
        world.faults.next("OR43", fault)

    first = world.run(world.desk.open_about_order(order_id, wanted))
    second = world.run(world.desk.open_about_order(order_id, wanted))

    (thread,) = world.market.inbox.threads
    assert first == Posted(thread_id=thread.thread_id, message_id=thread.messages[0].message_id)
    assert second == attrs.evolve(first, already=True)
    assert (thread.entity_id, thread.topic, thread.messages[0].to) == (order_id, "Your parcel", ("CUSTOMER",))
    assert world.asked.count("OR43") == 1
    third = world.run(world.desk.open_about_order(order_id, wanted, again=True))
    assert third == Posted(thread_id=world.market.inbox.threads[1].thread_id, message_id=third.message_id)


@pytest.mark.parametrize("fault", [None, DROP])
def test_a_conversation_with_the_operator_is_opened_once(world: World, fault: Fault | None) -> None:
    """The same with the operator; after a week the same words may be said again."""
    wanted = NewOperatorThread(topic=HELLO, body="Please look at our shop.")
    if fault is not None:
        world.faults.next("M14", fault)

    first = world.run(world.desk.open_with_operator(wanted))
    second = world.run(world.desk.open_with_operator(wanted))
    world.clock.advance(8 * 86_400)
    third = world.run(world.desk.open_with_operator(wanted))

    assert isinstance(first, Posted)
    assert second == attrs.evolve(first, already=True)
    assert isinstance(third, Posted)
    assert not third.already
    assert len(world.market.inbox.threads) == 2


# --- decisions -------------------------------------------------------------------------------------------------------


def test_to_whom_an_answer_goes() -> None:
    """The side that wrote last, by its id where it is known; without any message, everybody but shops."""
    customer = Participant(type=ParticipantType.CUSTOMER, id="C-1")
    operator = Participant(type=ParticipantType.OPERATOR)
    shop = Participant(type=ParticipantType.SHOP, id="S-1")
    present = (customer, operator, shop)

    asked = thread_of(("OPERATOR", "a"), ("CUSTOMER", "b"), ("SHOP", "c"), current_participants=present)
    assert reply_recipients(asked) == (Recipient(type=ParticipantType.CUSTOMER, id="C-1"),)
    two = attrs.evolve(asked, current_participants=(customer, attrs.evolve(customer, id="C-2")))
    assert reply_recipients(two) == (Recipient(type=ParticipantType.CUSTOMER),)
    silent = Thread(id="T", current_participants=(*present, Participant(type=Unrecognised("BOT"))))
    assert reply_recipients(silent) == (
        Recipient(type=ParticipantType.CUSTOMER, id="C-1"),
        Recipient(type=ParticipantType.OPERATOR),
    )
    details = Message(id="M", from_=Sender(type=Unrecognised("BOT_USER"), organization_details=operator))
    assert reply_recipients(Thread(id="T", messages=(details,))) == (Recipient(type=ParticipantType.OPERATOR),)


def test_what_waits_for_an_answer_can_be_read(world: World) -> None:
    """The conversation of an entry of the inbox, and of it what others wrote since the shop wrote last."""
    order_id = world.buy()
    thread_id = world.market.inbox.customer_writes(order_id, "Where is it?")
    world.clock.advance(60)
    world.run(world.desk.answer(thread_id, "On its way."))
    for text in ("And now?", "Hello?"):
        world.clock.advance(60)
        world.market.inbox.customer_writes(order_id, text, thread_id=thread_id)
    (waiting,) = world.run(world.desk.inbox()).waiting
    thread = world.run(world.desk.thread(waiting.thread_id))
    assert [each.body for each in thread.messages or ()] == ["Where is it?", "On its way.", "And now?", "Hello?"]
    assert [each.body for each in unanswered(thread)] == ["And now?", "Hello?"]
    assert unanswered(thread_of(("CUSTOMER", "?"), ("SHOP", "!"))) == ()
    assert [each.body for each in unanswered(Thread(id="T", messages=(Message(id="M", body="who?"),)))] == ["who?"]
    assert unanswered(Thread(id="T", messages=None)) == ()


def test_only_what_was_said_since_counts_as_said() -> None:
    """The same words before the customer's last message answer something else."""
    thread = thread_of(("SHOP", "Yes."), ("CUSTOMER", "Sure?"), ("SHOP", "Quite."))
    assert said_already(thread, "Yes.") is None
    found = said_already(thread, "Quite.")
    assert found is not None
    assert found.id == "M-2"


@given(st.text(max_size=30), st.text(max_size=30))
def test_texts_are_the_same_whatever_blanks_lie_between(one: str, other: str) -> None:
    """Line ends and doubled blanks do not make another text; other words do."""
    assert same_text(one.replace(" ", "\r\n "), one)
    assert same_text(one, other) == same_text(other, one)
    assert not same_text(None, one)
    assert same_text("a &amp; b", "a & b")


def test_a_message_of_before_is_not_taken_for_ours() -> None:
    """Only a message whose id was not there before can be the one that was sent."""
    thread = thread_of(("SHOP", "Hello"), ("SHOP", "Hello"))
    rows = [("T-1", each) for each in thread.messages or ()]
    assert message_since({"M-0"}, rows, "Hello") == (rows[1], False)
    assert message_since({"M-0", "M-1"}, rows, "Hello") == (None, False)
    assert message_since({"M-0"}, rows, "Other") == (None, True)


def test_an_inbox_of_any_size_is_walked_to_its_end(world: World) -> None:
    """More threads than fit on a page are all seen, each once."""
    order_id = world.buy()
    made = {world.market.inbox.customer_writes(order_id, f"Question {n}") for n in range(230)}
    inbox = world.run(world.desk.inbox())
    assert {each.thread_id for each in inbox.waiting} == made
    assert world.asked.count("M11") == 3


def test_nulls_where_the_document_promises_values() -> None:
    """Required is not the same as never null: a thread of nulls is read."""
    row: dict[str, object] = {"id": "T-1", "metadata": {"shop_reply_needed_since": None, "last_sender": None}}
    row |= dict.fromkeys(("messages", "entities", "topic", "current_participants", "date_created"))
    thread = read(Thread, row, system="a", operation="M10")
    assert thread.metadata is not None
    assert replies_needed([thread], now=NOON, alert_after=timedelta(0)) == ()
    assert reply_recipients(thread) == ()
