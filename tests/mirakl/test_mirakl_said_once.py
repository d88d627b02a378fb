"""Said once: two calls at a time, senders that are not told, texts that came back as HTML, lists without texts."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from khaos_connectors import errors
from khaos_connectors.calls.decode import read
from khaos_connectors.calls.drivers import AsyncRunner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import gather, sleep
from khaos_connectors.calls.messages import Lost, Request, Response
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.messages.conversations import Conversations, NotPosted, Posted, PostOutcome, PostUnclear
from khaos_connectors.mirakl.messages.rules import reply_recipients, same_text
from khaos_connectors.mirakl.models.message_codes import ParticipantType
from khaos_connectors.mirakl.models.messages import NewOrderThread, NewTopic, Recipient, Thread
from khaos_connectors.mirakl.one_by_one import OneByOne
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.play import play
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.routes import async_transport

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
ORDER = OrderId("O-1")
LATE = NewOrderThread(topic=NewTopic(value="Your parcel of last week"), body="It is late, sorry.")


def market() -> tuple[MiraklSimulator, ManualClock]:
    clock = ManualClock(NOON)
    settings = MiraklSettings(order_acceptance="AUTOMATIC", debit_seconds=0)
    offers = {"S1": OfferState(price="12.00", quantity=9)}
    return MiraklSimulator(clock=clock.now, api_key="key-123", offers=offers, settings=settings), clock


def told(*messages: dict[str, object], **more: object) -> Response:
    """An answer of M10 with *messages*."""
    return Response(status=200, body=json.dumps({"id": "T-1", "messages": messages, **more}).encode())


def said(number: int, body: str, sender: object) -> dict[str, object]:
    return {"id": f"M-{number}", "body": body, "date_created": f"2026-01-05T09:0{number}:00Z", "from": sender}


ASKED = said(1, "Where is it?", {"type": "CUSTOMER_USER"})
PRESENT = [{"type": "CUSTOMER", "id": "C-1"}, {"type": "SHOP", "id": "2000"}]


def test_two_calls_at_once_say_it_once(config: MiraklConfig) -> None:
    """Whoever comes second waits, reads the conversation, and finds that it was said; so with a new conversation."""
    world, clock = market()
    order_id = OrderId(world.buy([("S1", 1)]) or "")
    thread_id = world.inbox.customer_writes(order_id, "Where is it?")
    desk = Conversations(config)

    def twice() -> Flow[list[list[PostOutcome]]]:
        answers = gather([desk.answer(thread_id, "It left today.") for _ in range(3)], limit=3)
        opened = gather([desk.open_about_order(order_id, LATE) for _ in range(3)], limit=3)
        return (yield from gather([answers, opened], limit=2))

    line = async_transport(world)

    class Slow:
        """Lets the others run before anything is done, as a network does."""

        async def send(self, request: Request) -> Response | Lost:
            await asyncio.sleep(0)
            return await line.send(request)

    runner = AsyncRunner({config.account: Slow()}, clock=clock)
    results = asyncio.run(runner.run(twice()))

    for outcomes in results:
        posted = [each for each in outcomes if isinstance(each, Posted)]
        assert sorted(each.already for each in posted) == [False, True, True]
        assert len({each.message_id for each in posted}) == 1
    first, second = world.inbox.threads
    assert [each.side for each in first.messages] == ["CUSTOMER", "SHOP"]
    assert len(second.messages) == 1


def test_who_waits_too_long_sends_nothing() -> None:
    """A call that never ends does not keep the others for ever: they are told that nothing was sent."""
    turns = OneByOne("john-lewis", longest=1.0)
    stuck = turns.alone("M12", "conversation T-1", lambda: sleep(9))
    next(stuck)

    with pytest.raises(errors.NotSent, match="conversation T-1 is still under way after 1 seconds"):
        play(turns.alone("M12", "conversation T-1", lambda: sleep(1)), [], clock=ManualClock(NOON))
    stuck.close()
    assert play(turns.alone("M12", "conversation T-1", lambda: sleep(0)), []).result is None


@pytest.mark.parametrize(
    "sender",
    [None, {"type": None}, {"type": "SHOP_APPLICATION"}, {"type": "API", "organization_details": {"type": "SHOP"}}],
)
def test_a_sender_that_is_not_told_may_be_the_shop(config: MiraklConfig, sender: object) -> None:
    """Our words under an unknown sender are ours: not said again by a second run, and found where no answer came."""
    desk, own = Conversations(config), said(2, "It left today.", sender)

    again = play(desk.answer("T-1", "It left today."), [told(ASKED, own, current_participants=PRESENT)])
    lost = play(
        desk.answer("T-1", "It left today."),
        [told(ASKED, current_participants=PRESENT), Response(status=503), told(ASKED, own)],
        clock=ManualClock(NOON),
    )

    assert again.result == Posted(thread_id="T-1", message_id="M-2", already=True)
    assert lost.result == Posted(thread_id="T-1", message_id="M-2")


def test_other_words_under_an_unknown_sender_leave_it_unclear(config: MiraklConfig) -> None:
    """They may be ours, changed on the way: nothing is claimed. What a customer wrote meanwhile is not ours."""
    desk, clock = Conversations(config), ManualClock(NOON)
    before, lost = told(ASKED, current_participants=PRESENT), Response(status=503)
    changed = told(ASKED, said(2, "It left ***.", {"type": "NEW_KIND"}))
    asked = told(ASKED, said(2, "Hello?", {"type": "CUSTOMER_USER"}))

    unclear = play(desk.answer("T-1", "It left today."), [before, lost, *[changed] * 3], clock=clock)
    missing = play(desk.answer("T-1", "It left today."), [before, lost, *[asked] * 3], clock=clock)

    assert isinstance(unclear.result, PostUnclear)
    assert isinstance(missing.result, NotPosted)


def test_an_answer_never_goes_to_the_shop_itself() -> None:
    """A sender of a new kind on the shop's own side is not written to."""
    robot = said(2, "Thank you for your question.", {"type": "SHOP_ROBOT", "organization_details": PRESENT[1]})
    thread = read(
        Thread,
        {"id": "T-1", "messages": [ASKED, robot], "current_participants": PRESENT},
        system="a",
        operation="M10",
    )
    assert reply_recipients(thread) == (Recipient(type=ParticipantType.CUSTOMER, id="C-1"),)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("<p>It left today.<br/>Yours, us</p>", "It left today.\r\nYours, us", True),
        ("Use &lt;b&gt; for bold", "Use <b> for bold", True),
        ("a<b and c>d", "a<b and c>d", True),
        ("<p>It left.</p>", "It did not leave.", False),
    ],
)
def test_texts_are_the_same_whatever_html_made_of_them(one: str, other: str, same: bool) -> None:  # noqa: FBT001 - a case
    """An inbox that keeps messages as HTML gives other characters back for the same words."""
    assert same_text(one, other) is same
    assert same_text(other, one) is same


def test_a_list_that_leaves_the_messages_out_is_read_by_conversation(config: MiraklConfig) -> None:
    """No conversation is without a message: where the list names none, each is read by itself before we write."""
    bare = Response(status=200, body=b'{"data": [{"id": "T-1", "metadata": {"total_count": 1}}]}')
    own = told(said(1, "It is late, sorry.", {"type": "SHOP_USER"}))

    played = play(Conversations(config).open_about_order(ORDER, LATE), [bare, own])

    assert played.result == Posted(thread_id="T-1", message_id="M-1", already=True)


def test_what_is_written_about_stays_out_of_sight() -> None:
    """Neither words nor topics are seen in ``repr``: they go to logs and tracebacks."""
    assert "parcel" not in repr(LATE)
    assert "sorry" not in repr(LATE)
