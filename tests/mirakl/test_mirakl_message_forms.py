"""Messages as they are sent, and what is refused before: descriptions, recipients, lengths, files, filters."""

import json
from email import message_from_bytes

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.messages import Response
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.models.documents import Upload
from khaos_connectors.mirakl.models.message_codes import ParticipantType, ThreadEntityType, TopicType
from khaos_connectors.mirakl.models.messages import (
    NewMessage,
    NewOrderThread,
    NewTopic,
    Recipient,
)
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.scope import Scope

HELLO = NewTopic(value="Your parcel")


def test_the_description_of_a_message_is_json_beside_its_files(scope: Scope) -> None:
    """M12's part says that it is JSON; recipients have an id only where one is given."""
    to = (Recipient(type=ParticipantType.CUSTOMER, id="C-1"), Recipient(type=ParticipantType.OPERATOR))
    message = NewMessage(body="Hello", to=to, topic=NewTopic(value="15", type=TopicType.REASON_CODE))

    request = endpoints.answer_thread(scope, "T/1", message, [Upload(name="a.png", content=b"x")]).request

    assert request.path == "/api/inbox/threads/T%2F1/message"
    whole = message_from_bytes(f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode() + request.body)
    described, file = [part for part in whole.walk() if not part.is_multipart()]
    assert (described.get_content_type(), described.get_filename()) == ("application/json", None)
    assert json.loads(described.get_payload(decode=True)) == {
        "body": "Hello",
        "to": [{"type": "CUSTOMER", "id": "C-1"}, {"type": "OPERATOR"}],
        "topic": {"type": "REASON_CODE", "value": "15"},
    }
    assert file.get_filename() == "a.png"


def test_what_mirakl_would_refuse_is_refused_before(scope: Scope) -> None:
    """Texts and topics that are too short or too long, nobody to write to, files beyond 30 MB."""
    good = NewOrderThread(topic=HELLO, body="Hello")
    for bad in (
        attrs.evolve(good, body="Hi"),
        attrs.evolve(good, body="x" * 50_001),
        attrs.evolve(good, topic=NewTopic(value="ab")),
        attrs.evolve(good, topic=NewTopic(value="x" * 201, type=TopicType.REASON_CODE)),
        attrs.evolve(good, to=()),
    ):
        with pytest.raises(errors.Invalid):
            endpoints.open_order_thread(scope, "O-1", bad)
    with pytest.raises(errors.Invalid, match="30000000 bytes together"):
        endpoints.open_order_thread(scope, "O-1", good, [Upload(name="a.mov", content=b"x" * 30_000_001)])
    with pytest.raises(errors.Invalid, match="at least one side"):
        endpoints.answer_thread(scope, "T-1", NewMessage(body="Hello", to=()))


@pytest.mark.parametrize("changed", [{"body": "Hello \ud83d"}, {"topic": NewTopic(value="About \udc4b")}])
def test_half_a_character_is_refused_before(scope: Scope, changed: dict[str, object]) -> None:
    """JSON could carry a lone surrogate, and the text that comes back is another; words stay out of errors."""
    thread = attrs.evolve(NewOrderThread(topic=HELLO, body="Hello"), **changed)
    with pytest.raises(errors.Invalid, match="half a character") as caught:
        endpoints.open_order_thread(scope, "O-1", thread)
    assert "Hello" not in str(caught.value)


def test_threads_of_an_order_need_the_kind_of_entity(scope: Scope) -> None:
    """Mirakl answers 400 to an id without its kind: refused before. A page is walked by its token alone."""
    with pytest.raises(errors.Invalid, match="entity_type: is needed"):
        endpoints.list_threads(scope, endpoints.ThreadFilter(entity_id=("O-1",)))
    with pytest.raises(errors.Invalid, match="channel_codes: takes at most 100"):
        endpoints.list_threads(scope, endpoints.ThreadFilter(channel_codes=("UK",) * 101))
    wanted = endpoints.ThreadFilter(entity_type=ThreadEntityType.MMP_ORDER, entity_id=("O-1",), with_messages=True)
    call = endpoints.list_threads(scope, wanted)
    assert dict(call.request.query) == {
        "entity_type": "MMP_ORDER",
        "entity_id": "O-1",
        "with_messages": "true",
        "limit": "50",
        "shop_id": "2000",
    }

    page = call.decode(Response(status=200, body=b'{"data": [{"id": "T"}, {}], "next_page_token": "n"}'))

    assert [type(row) for row in page.items] == [Read, Broken]
    assert page.next is not None
    assert page.next.request.query == (("page_token", "n"), ("shop_id", "2000"))
