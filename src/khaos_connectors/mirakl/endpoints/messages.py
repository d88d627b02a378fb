"""The inbox: conversations with customers and with the operator, and the files in them."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import attrs

from khaos_connectors.calls.decode import to_json
from khaos_connectors.calls.messages import Call, Page, Request
from khaos_connectors.calls.multipart import ValuePart
from khaos_connectors.core.fields import typed
from khaos_connectors.mirakl.answers import model, refused_locally
from khaos_connectors.mirakl.documents.downloads import Download, downloaded
from khaos_connectors.mirakl.endpoints.paging import Listing, seek_page
from khaos_connectors.mirakl.endpoints.uploads import FILE_SECONDS, check_files, form_request
from khaos_connectors.mirakl.endpoints.writing import code_of, instant, repeated, segment
from khaos_connectors.mirakl.models.documents import Upload
from khaos_connectors.mirakl.models.message_codes import ThreadEntityType, TopicType
from khaos_connectors.mirakl.models.messages import (
    NewMessage,
    NewOperatorThread,
    NewOrderThread,
    NewTopic,
    PostedMessage,
    Thread,
)
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.scope import Scope

__all__ = [
    "ThreadFilter",
    "answer_thread",
    "download_attachment",
    "get_thread",
    "list_threads",
    "open_operator_thread",
    "open_order_thread",
]

_THREADS = Listing(operation="M11", path="/api/inbox/threads", record=Thread)
_SHORTEST, _LONGEST, _LONGEST_TOPIC = 3, 50_000, 200
_MOST_ATTACHED = 50
_MOST_BYTES = 30 * 10**6
"""What one message may weigh with its files: 30 megabytes, taken in their smaller sense."""


@attrs.frozen(kw_only=True, field_transformer=typed)
class ThreadFilter:
    """Which conversations, all of it optional. *entity_id* needs *entity_type*; the time is aware.

    *with_messages* brings the last 100 messages of each. *channel_codes* leaves order conversations of other channels
    out.
    """

    entity_type: ThreadEntityType | None = None
    entity_id: tuple[str, ...] = ()
    updated_since: datetime | None = None
    with_messages: bool = False
    channel_codes: tuple[str, ...] = ()


def list_threads(
    scope: Scope, wanted: ThreadFilter | None = None, *, size: int = 50, token: str = ""
) -> Call[Page[Read[Thread] | Broken]]:
    """Conversations, *size* (1 to 100) to a page, each read by itself: M11."""
    wanted = wanted or ThreadFilter()
    if wanted.entity_id and wanted.entity_type is None:
        raise refused_locally(scope, "M11", "entity_type", "is needed beside entity_id")
    pairs = (
        ("entity_type", code_of(wanted.entity_type)),
        *repeated(scope, "M11", "entity_id", wanted.entity_id),
        ("updated_since", instant(scope, "M11", "updated_since", wanted.updated_since)),
        ("with_messages", "true" if wanted.with_messages else None),
        *dict.fromkeys(repeated(scope, "M11", "channel_codes", wanted.channel_codes)),
    )
    return seek_page(scope, _THREADS, pairs, size=size, token=token)


def get_thread(scope: Scope, thread_id: str) -> Call[Thread]:
    """One conversation with its messages: M10."""
    return Call(
        operation="M10",
        repeat="free",
        request=Request(
            method="GET", path=f"/api/inbox/threads/{segment(scope, 'M10', thread_id)}", query=scope.query()
        ),
        decode=partial(model, Thread, scope=scope, operation="M10"),
    )


def answer_thread(
    scope: Scope, thread_id: str, message: NewMessage, files: Sequence[Upload] = ()
) -> Call[PostedMessage]:
    """Write into a conversation, with up to 50 files: M12.

    Never repeated blindly: people would get it twice. Read the conversation first (M10).
    """
    if not message.to:
        raise refused_locally(scope, "M12", "to", "must name at least one side")
    body: dict[str, object] = {
        "body": _checked(scope, "M12", message.body),
        "to": [{"type": each.type} | ({"id": each.id} if each.id else {}) for each in message.to],
    }
    if message.topic is not None:
        body["topic"] = _topic(scope, "M12", message.topic)
    return _posted(
        scope,
        "M12",
        f"/api/inbox/threads/{segment(scope, 'M12', thread_id)}/message",
        _described("message_input", body),
        files,
    )


def open_order_thread(
    scope: Scope, order_id: str, thread: NewOrderThread, files: Sequence[Upload] = ()
) -> Call[PostedMessage]:
    """Begin a conversation about an order, with up to 50 files of 30 MB together: OR43.

    Never repeated blindly. A topic of kind REASON_CODE wants a reason of type ORDER_MESSAGING (RE01).
    """
    if not thread.to:
        raise refused_locally(scope, "OR43", "to", "must name at least one side")
    body: dict[str, object] = {
        "body": _checked(scope, "OR43", thread.body),
        "to": list(dict.fromkeys(thread.to)),
        "topic": _topic(scope, "OR43", thread.topic),
    }
    return _posted(
        scope,
        "OR43",
        f"/api/orders/{segment(scope, 'OR43', order_id)}/threads",
        _described("thread_input", body),
        files,
    )


def open_operator_thread(scope: Scope, thread: NewOperatorThread, files: Sequence[Upload] = ()) -> Call[PostedMessage]:
    """Begin a conversation with the operator, with files: M14.

    Never repeated blindly. A topic of kind REASON_CODE wants a reason of type MMP_SELLER_MESSAGING (RE01).
    """
    body: dict[str, object] = {
        "body": _checked(scope, "M14", thread.body),
        "entity": {"type": thread.entity_type},
        "topic": _topic(scope, "M14", thread.topic),
    }
    return _posted(scope, "M14", "/api/inbox/threads", _described("thread_input", body), files)


def download_attachment(scope: Scope, attachment_id: str) -> Call[Download]:
    """One file of a message, as it is: M13."""
    request = Request(
        method="GET",
        path=f"/api/inbox/threads/{segment(scope, 'M13', attachment_id)}/download",
        query=scope.query(),
        headers={"accept": "application/octet-stream, */*;q=0.1"},
        timeout=FILE_SECONDS,
        spool=True,
    )
    decode = partial(downloaded, scope=scope, operation="M13", archive=False)
    return Call(operation="M13", repeat="free", request=request, decode=decode)


def _posted(
    scope: Scope, operation: str, path: str, description: ValuePart, files: Sequence[Upload]
) -> Call[PostedMessage]:
    check_files(scope, operation, files, most=_MOST_ATTACHED, most_bytes=_MOST_BYTES)
    return Call(
        operation=operation,
        repeat="never",
        request=form_request(path, scope, description, files),
        decode=partial(model, PostedMessage, scope=scope, operation=operation),
    )


def _described(field: str, body: dict[str, object]) -> ValuePart:
    return ValuePart(field=field, content=to_json(body).encode(), content_type="application/json")


def _checked(scope: Scope, operation: str, body: str) -> str:
    if not _SHORTEST <= len(body) <= _LONGEST:
        problem = f"must have {_SHORTEST} to {_LONGEST} characters, not {len(body)}"
        raise refused_locally(scope, operation, "body", problem)
    _must_be_text(scope, operation, "body", body)
    return body


def _topic(scope: Scope, operation: str, topic: NewTopic) -> dict[str, object]:
    least = _SHORTEST if topic.type is TopicType.FREE_TEXT else 1
    if not least <= len(topic.value) <= _LONGEST_TOPIC:
        problem = f"must have {least} to {_LONGEST_TOPIC} characters, not {len(topic.value)}"
        raise refused_locally(scope, operation, "topic.value", problem)
    _must_be_text(scope, operation, "topic.value", topic.value)
    return {"type": topic.type, "value": topic.value}


def _must_be_text(scope: Scope, operation: str, field: str, value: str) -> None:
    # Halves of characters travel in JSON and become something else there: what came back would not be known as ours.
    if any("\ud800" <= each <= "\udfff" for each in value):
        raise refused_locally(scope, operation, field, "holds half a character (a lone surrogate), which is no text")
