"""M10 to M14 and OR43: conversations about orders and with the operator, and the files in them."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.forms import Form, form
from khaos_connectors.testing.simulators.mirakl.inbox_state import SentFile, Side, SimulatedMessage, SimulatedThread
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.people import invent
from khaos_connectors.testing.simulators.mirakl.seek import frozen, seek
from khaos_connectors.testing.simulators.mirakl.state import MiraklState
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, answer, stamp

__all__ = [
    "OPERATIONS",
    "answer_thread",
    "download",
    "get_thread",
    "list_threads",
    "open_about_order",
    "open_with_operator",
    "say",
]

_IDS = uuid.UUID("8d0f4f8e-6f0a-4c57-9a53-696e626f7873")
_SIDES: Mapping[str, Side] = {"SHOP": "SHOP", "CUSTOMER": "CUSTOMER", "OPERATOR": "OPERATOR"}
_MOST_BYTES = 30_000_000
_MOST_MESSAGES = 1000
_LAST_MESSAGES = 100
_ENTITIES = ("MMP_ORDER", "MMP_OFFER", "MPS_ORDER", "MPS_SERVICE", "SELLER_OPERATOR")


def say(
    state: MiraklState,
    now: datetime,
    *,
    side: Side,
    body: str,
    to: Sequence[Side],
    thread_id: str = "",
    entity_type: str = "MMP_ORDER",
    entity_id: str = "",
    topic_type: str = "FREE_TEXT",
    topic: str = "",
    files: Mapping[str, bytes] | None = None,
) -> tuple[str, str]:
    """*side* writes, into the thread or a new one about the entity: the ids of thread and message."""
    inbox = state.inbox
    inbox.messages_made += 1
    message_id = _made(state, f"message {inbox.messages_made}")
    kept = tuple(
        SentFile(file_id=_made(state, f"file {message_id} {name}"), name=name, content=content)
        for name, content in (files or {}).items()
    )
    message = SimulatedMessage(message_id=message_id, side=side, body=body, at=now, to=tuple(to), files=kept)
    thread = inbox.threads.get(thread_id)
    if thread is None:
        number = len(inbox.threads) + 1
        order = state.orders.get(entity_id)
        customer = (
            invent(state.settings.seed, order.number, null_country=False).customer_id if order is not None else None
        )
        thread = SimulatedThread(
            thread_id=_made(state, f"thread {number}"),
            number=number,
            entity_type=entity_type,
            entity_id=entity_id,
            label=entity_id,
            topic_type=topic_type,
            topic=topic,
            created_at=now,
            updated_at=now,
            messages=(),
            customer_id=customer,
        )
    waiting = None if side == "SHOP" else (thread.waiting_since or now) if "SHOP" in to else thread.waiting_since
    inbox.threads[thread.thread_id] = attrs.evolve(
        thread,
        messages=(*thread.messages, message),
        updated_at=now,
        waiting_since=waiting,
        topic_type=topic_type if topic else thread.topic_type,
        topic=topic or thread.topic,
    )
    return thread.thread_id, message_id


# --- reading ---------------------------------------------------------------------------------------------------------


def list_threads(state: MiraklState, asked: Asked) -> Response:
    """M11: the ones touched last come last; messages on request only, and the last hundred of them."""
    asked, after = frozen(asked)
    kind = asked.one("entity_type")
    ids = [one for value in asked.repeated("entity_id") for one in value.split(",")]
    since, whole = asked.moment("updated_since"), asked.flag("with_messages")
    if kind is not None and kind not in _ENTITIES:
        raise Refusal(400, "Invalid value for the parameter : entity_type")
    if ids and kind is None:
        raise Refusal(400, "The entity_type must be specified to filter by entity_id")
    channels = asked.repeated("channel_codes")
    rows = [
        thread
        for thread in state.inbox.threads.values()
        if (kind is None or thread.entity_type == kind)
        and (not ids or thread.entity_id in ids)
        and (since is None or thread.updated_at >= since)
        and (not channels or thread.entity_type != "MMP_ORDER" or state.settings.channel in channels)
    ]

    def shown(thread: SimulatedThread) -> Json:
        return _thread(state, thread, thread.messages[-_LAST_MESSAGES:] if whole else None)

    return seek(asked, after, rows, key=lambda thread: thread.thread_id, show=shown, default=50)


def get_thread(state: MiraklState, asked: Asked) -> Response:
    """M10: one conversation with all its messages."""
    thread = _find(state, asked)
    return answer(_thread(state, thread, thread.messages))


def download(state: MiraklState, asked: Asked) -> Response:
    """M13: a file as it was sent."""
    for thread in state.inbox.threads.values():
        for message in thread.messages:
            for file in message.files:
                if file.file_id == asked.ids[0]:
                    name = f'attachment; filename="{file.name}"'
                    headers = {"content-type": "application/octet-stream", "content-disposition": name}
                    return Response(status=200, headers=headers, body=file.content)
    raise Refusal(404, "Not Found")


# --- writing ---------------------------------------------------------------------------------------------------------


def answer_thread(state: MiraklState, asked: Asked) -> Response:
    """M12."""
    thread = _find(state, asked)
    came = _taken(asked, "message_input")
    if len(thread.messages) >= _MOST_MESSAGES:
        raise Refusal(400, f"A thread can have a maximum of {_MOST_MESSAGES} messages")
    rows = came.described.get("to")
    to = [row.get("type") if isinstance(row, Mapping) else None for row in _rows(rows)]
    topic = came.described.get("topic")
    kind, value = _topic(topic) if topic is not None else (thread.topic_type, "")
    return _posted(state, asked, came, to=to, thread_id=thread.thread_id, topic_type=kind, topic=value)


def open_about_order(state: MiraklState, asked: Asked) -> Response:
    """OR43."""
    order = state.orders.get(asked.ids[0])
    if order is None:
        raise Refusal(404, f"Order with id '{asked.ids[0]}' not found")
    came = _taken(asked, "thread_input")
    kind, value = _topic(came.described.get("topic"))
    to = _rows(came.described.get("to"))
    return _posted(state, asked, came, to=to, entity_id=order.order_id, topic_type=kind, topic=value)


def open_with_operator(state: MiraklState, asked: Asked) -> Response:
    """M14."""
    came = _taken(asked, "thread_input")
    entity = came.described.get("entity")
    if not isinstance(entity, Mapping) or entity.get("type") != "SELLER_OPERATOR":
        raise Refusal(400, "Error with field entity.type. Please check the field datatype.")
    kind, value = _topic(came.described.get("topic"))
    shop = str(state.settings.shop_id)
    return _posted(
        state,
        asked,
        came,
        to=["OPERATOR"],
        entity_type="SELLER_OPERATOR",
        entity_id=shop,
        topic_type=kind,
        topic=value,
    )


def _taken(asked: Asked, field: str) -> Form:
    came = form(asked, field)
    body = came.described.get("body")
    if not isinstance(body, str) or not 3 <= len(body) <= 50_000:
        raise Refusal(400, "Error with field body: size must be between 3 and 50000")
    if sum(len(part.content) for part in came.files.values()) > _MOST_BYTES:
        raise Refusal(400, "The message exceeds the size limit")
    return came


def _posted(
    state: MiraklState,
    asked: Asked,
    came: Form,
    *,
    to: Sequence[object],
    topic_type: str,
    topic: str,
    thread_id: str = "",
    entity_type: str = "MMP_ORDER",
    entity_id: str = "",
) -> Response:
    sides: list[Side] = [_SIDES[str(each)] for each in to if str(each) in _SIDES and each != "SHOP"]
    if not sides or len(sides) < len(to):
        raise Refusal(400, "Error with field to: unknown recipient")
    files = {name: part.content for name, part in came.files.items()}
    thread_id, message_id = say(
        state,
        asked.now,
        side="SHOP",
        body=str(came.described["body"]),
        to=sides,
        thread_id=thread_id,
        entity_type=entity_type,
        entity_id=entity_id,
        topic_type=topic_type,
        topic=topic,
        files=files,
    )
    return answer({"message_id": message_id, "thread_id": thread_id}, status=201)


def _topic(value: Json) -> tuple[str, str]:
    if not isinstance(value, Mapping) or value.get("type") not in ("FREE_TEXT", "REASON_CODE"):
        raise Refusal(400, "Error with field topic. Please check the field datatype.")
    text = value.get("value")
    if not isinstance(text, str) or not (3 if value["type"] == "FREE_TEXT" else 1) <= len(text) <= 200:
        raise Refusal(400, "Error with field topic.value: size must be between 3 and 200")
    return str(value["type"]), text


def _rows(value: Json) -> Sequence[Json]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise Refusal(400, "Error with field to. Please check the field datatype.")
    return value


def _find(state: MiraklState, asked: Asked) -> SimulatedThread:
    thread = state.inbox.threads.get(asked.ids[0])
    if thread is None:
        raise Refusal(404, f"Thread with id '{asked.ids[0]}' not found")
    return thread


def _made(state: MiraklState, what: str) -> str:
    return str(uuid.uuid5(_IDS, f"{state.settings.seed} {what}"))


# --- showing ---------------------------------------------------------------------------------------------------------


def _thread(state: MiraklState, thread: SimulatedThread, messages: Sequence[SimulatedMessage] | None) -> Json:
    sides: tuple[Side, ...] = ("SHOP", "CUSTOMER" if thread.entity_type == "MMP_ORDER" else "OPERATOR")
    said: list[Side] = [side for each in thread.messages for side in (each.side, *each.to)]
    present = dict.fromkeys(said)
    last = thread.messages[-1]
    body: dict[str, Json] = {
        "id": thread.thread_id,
        "topic": {"type": thread.topic_type, "value": thread.topic},
        "authorized_participants": [_side(state, thread, side) for side in sides],
        "current_participants": [_side(state, thread, side) for side in present],
        "entities": [{"type": thread.entity_type, "id": thread.entity_id, "label": thread.label}],
        "date_created": stamp(thread.created_at),
        "date_updated": stamp(thread.updated_at),
        "no_store_reply_needed": [],
        "metadata": {
            "last_message_date": stamp(last.at),
            "last_sender": _sender(state, thread, last.side),
            "shop_reply_needed_since": stamp(thread.waiting_since),
            "total_count": len(thread.messages),
        },
    }
    if messages is not None:
        body["messages"] = [_message(state, thread, message) for message in messages]
    return body


def _message(state: MiraklState, thread: SimulatedThread, message: SimulatedMessage) -> Json:
    body: dict[str, Json] = {
        "id": message.message_id,
        "body": message.body,
        "date_created": stamp(message.at),
        "from": _sender(state, thread, message.side),
        "to": [_side(state, thread, side) for side in message.to],
    }
    if message.files:
        body["attachments"] = [{"id": f.file_id, "name": f.name, "size": len(f.content)} for f in message.files]
    return body


def _sender(state: MiraklState, thread: SimulatedThread, side: Side) -> Json:
    body: dict[str, Json] = {"type": f"{side}_USER", "display_name": _name(state, side)}
    if side == "SHOP":
        body["organization_details"] = _side(state, thread, side)
    return body


def _side(state: MiraklState, thread: SimulatedThread, side: Side) -> Json:
    body: dict[str, Json] = {"type": side, "display_name": _name(state, side)}
    if side == "SHOP":
        body["id"] = str(state.settings.shop_id)
    elif side == "CUSTOMER" and thread.customer_id is not None:
        body["id"] = thread.customer_id
    return body


def _name(state: MiraklState, side: Side) -> str:
    return {"SHOP": state.settings.shop_name, "CUSTOMER": "A customer", "OPERATOR": "The operator"}[side]


OPERATIONS = (
    operation("M10", "GET", "api/inbox/threads/*", get_thread),
    operation("M11", "GET", "api/inbox/threads", list_threads),
    operation("M12", "POST", "api/inbox/threads/*/message", answer_thread),
    operation("M13", "GET", "api/inbox/threads/*/download", download),
    operation("M14", "POST", "api/inbox/threads", open_with_operator),
    operation("OR43", "POST", "api/orders/*/threads", open_about_order),
)
